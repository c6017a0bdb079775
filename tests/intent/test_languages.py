"""Which languages there are, and which one a message is in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from fourthwall.intent import _languages
from fourthwall.intent._grammar import RoleGrammar, TemplateGrammar
from fourthwall.intent._languages import (
    Babel,
    all_languages,
    babel,
    grammars,
    make_index,
    mixed_grammar,
)

CODES = ("en", "de", "ja", "ko", "nl", "tr", "zh")
SIGNS = {
    "en": "switch to use the a model",
    "de": "wechsle zu nimm das modell please",
    "nl": "wechsle zu neem het model",
    "tr": "wechsle zu a model",
}


def tower(*codes: str, parts: Sequence[str] = ()) -> Babel:
    """Make the languages with these codes, or all, of which each has a few words."""
    codes = codes or CODES
    signs: dict[str, int] = {}
    for number, code in enumerate(codes):
        for word in SIGNS.get(code, "").split():
            signs[word] = signs.get(word, 0) | 1 << number
    return Babel(
        cues=frozenset(),
        cue_parts={part[:2]: (part,) for part in parts},
        signs=signs,
        codes=codes,
        name_parts=(),
        real=frozenset(),
        common=frozenset(("now", "please")),
        spelled={},
        spelling=frozenset(),
    )


class TestSpoken:
    @pytest.mark.parametrize(
        ("text", "languages"),
        [
            ("", ["en"]),
            ("claude 4.5", ["en"]),
            ("switch to claude", ["en"]),
            ("nimm das modell", ["de"]),
            ("neem het model", ["nl"]),
            ("wechsle zu claude", ["de", "nl", "tr"]),
            ("use a model", ["en"]),
            ("wechsle zu a model", ["tr"]),
            ("neem zu wechsle please", ["nl", "de"]),
        ],
    )
    def test_a_message_is_in_the_languages_that_have_most_of_its_words(
        self, text: str, languages: list[str]
    ) -> None:
        assert list(tower().spoken(text)[0]) == languages

    @pytest.mark.parametrize(
        ("text", "language"),
        [
            ("claudeに切り替えて", "ja"),
            ("claude로 바꿔줘", "ko"),
            ("切换到claude", "zh"),
            ("漢字とかな", "ja"),
        ],
    )
    def test_writing_without_spaces_tells_the_language(self, text: str, language: str) -> None:
        assert tower().spoken(text)[0] == (language,)

    @pytest.mark.parametrize(
        "text", ["claudeに切り替えて", "claude로 바꿔줘", "切换到claude", "на"]
    )
    def test_a_language_that_is_not_there_is_not_told(self, text: str) -> None:
        assert tower("en", "de").spoken(text) == (("en",), None)

    def test_english_goes_first_where_it_is_nearly_as_likely(self) -> None:
        assert tower().spoken("wechsle zu nimm to use")[0] == ("en", "de")

    @pytest.mark.parametrize(
        ("text", "languages"),
        [
            ("a model", ["en", "tr"]),
            ("a model claude", ["en", "tr"]),
            ("a model claude opus", ["en"]),
            ("use a model switch", ["en"]),
        ],
    )
    def test_a_few_words_that_english_shares_may_be_another_languages(
        self, text: str, languages: list[str]
    ) -> None:
        assert list(tower().spoken(text)[0]) == languages

    @pytest.mark.parametrize(
        ("low", "text", "spoken"),
        [
            ("gross", "groß", (("de",), None)),
            ("dag", "dağ", (("tr",), None)),
            ("gross", "gross", (("en",), None)),
            ("gross", "gröss", (("en",), None)),
            ("mas", "mañas", (("en",), None)),
            ("switch gross", "switch groß", (("en", "de"), "de")),
        ],
    )
    def test_letters_that_only_one_language_writes_tell_it(
        self, low: str, text: str, spoken: tuple[tuple[str, ...], str | None]
    ) -> None:
        assert tower().spoken(low, text) == spoken

    def test_no_more_than_three_are_tried(self) -> None:
        codes = [f"l{n}" for n in range(6)]
        many = Babel(
            cues=frozenset(),
            cue_parts={},
            signs={"zum": 0b111110},
            codes=tuple(codes),
            name_parts=(),
            real=frozenset(),
            common=frozenset(),
            spelled={},
            spelling=frozenset(),
        )
        assert many.spoken("zum")[0] == ("l1", "l2", "l3")


class TestMixed:
    @pytest.mark.parametrize(
        ("text", "other"),
        [
            ("nimm the model", "de"),
            ("switch zu claude", None),
            ("switch zu das claude", "de"),
            ("switch nimm claude", "de"),
            ("claude gemini opus sonnet haiku kimi to nimm", "de"),
            ("a model claude switch to the model and use a model nimm", None),
            ("nimm das modell", None),
            ("switch to the model", None),
            ("please switch to the model now", None),
            ("claudeに switch して", "ja"),
        ],
    )
    def test_english_words_in_another_language_are_told(self, text: str, other: str | None) -> None:
        assert tower().spoken(text)[1] == other


class TestCued:
    @pytest.mark.parametrize(
        ("text", "cued"),
        [
            ("モデルを変えて", True),
            ("모델 바꿔", True),
            ("모델을 바 꿔", False),
            ("他 の モデル", True),
            ("他 モ デル", False),
            ("model", False),
        ],
    )
    def test_a_part_may_stand_anywhere_and_hangul_may_be_spaced(
        self, text: str, cued: bool
    ) -> None:
        assert tower(parts=["モデル", "모델바꿔"]).is_cued(text) is cued

    def test_without_parts_nothing_is(self) -> None:
        assert not tower().is_cued("モデル")


class TestPackaged:
    def test_english_is_the_first_of_fifteen(self) -> None:
        codes = all_languages()
        assert codes[0] == "en"
        assert list(codes[1:]) == sorted(codes[1:])
        assert len(set(codes)) == 15

    def test_each_is_compiled_once(self) -> None:
        assert grammars("en") is grammars("en")
        assert mixed_grammar("de") is mixed_grammar("de")

    def test_templates_are_read_before_roles(self) -> None:
        assert [type(grammar) for grammar in grammars("en")] == [TemplateGrammar, RoleGrammar]
        assert [type(grammar) for grammar in grammars("de")] == [RoleGrammar]

    def test_all_together_know_each_ones_words(self) -> None:
        whole = babel()
        assert whole is babel()
        assert whole.codes == all_languages()
        assert whole.spoken("switch to the default model please")[0][0] == "en"
        assert whole.common <= whole.real
        assert set(whole.signs) <= whole.real
        assert "gpt" in whole.name_parts


ENGLISH = """
language = "en"
name = "English"
near_words = "swatch"
roles = {go = "switch to", noun = "model", reset = "zurb it"}
outside = {names = "vicuna", parts = "gpt"}
"""
XISH = """
language = "xx"
name = "Xish"
sounds = {zix = "6", emz = "m", zum = "o", q = "k"}
roles = {go = "zum", noun = "モデル", use = "vicuna", reset = "model zurb"}
"""
CUED = """
language = "yy"
name = "Yish"
cues = "yop yup"
"""


class TestFolder:
    """Files make the languages; an index beside them saves compiling them all."""

    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Keep lexicons in a folder of our own, of which nothing is known yet."""
        for code, text in (("xx", XISH), ("en", ENGLISH), ("yy", CUED)):
            tmp_path.joinpath(f"{code}.toml").write_text(text, "utf-8")
        monkeypatch.setattr(_languages, "_folder", lambda: tmp_path)
        for name, function in vars(_languages).copy().items():
            if hasattr(function, "cache_clear") and function.__module__ == _languages.__name__:
                monkeypatch.setattr(_languages, name, cache(function.__wrapped__))
        return tmp_path

    def test_every_file_is_a_language(self) -> None:
        assert _languages.all_languages() == ("en", "xx", "yy")
        assert _languages.lexicon_data("xx")["name"] == "Xish"

    def test_a_language_without_roles_or_templates_cannot_be_read(self) -> None:
        assert _languages.grammars("yy") == ()
        assert [grammar.language for grammar in _languages.grammars("xx")] == ["xx"]

    def test_names_known_everywhere_are_the_english_ones(self) -> None:
        assert _languages.grammars("xx")[0].name_words.outside == {"vicuna"}

    def test_a_mixture_knows_words_of_both(self) -> None:
        mixture = _languages.mixed_grammar("xx")
        assert mixture.language == "xx"
        assert {"zum", "switch"} <= mixture.name_words.vocabulary

    def test_without_an_index_it_is_worked_out(self) -> None:
        tower = _languages.babel()
        assert tower.codes == ("en", "xx", "yy")
        assert tower.cues == {"yop", "yup", "zurb", "model"}
        assert tower.is_cued("このモデルを")
        assert (tower.signs["switch"], tower.signs["zum"], tower.signs["zurb"]) == (1, 2, 3)
        assert {"swatch", "zum"} <= tower.real
        assert tower.name_parts == ("gpt",)

    def test_names_are_signs_of_no_language(self) -> None:
        assert "vicuna" not in _languages.babel().signs

    def test_only_words_for_letters_that_are_no_words_besides_are_spelling(self) -> None:
        tower = _languages.babel()
        assert tower.spelled == {"zix": "6", "emz": "m", "zum": "o", "q": "k"}
        assert tower.spelling == {"emz"}

    def test_an_index_says_the_same(self, folder: Path) -> None:
        made = _languages.make_index()
        _languages.write_index()
        assert json.loads(folder.joinpath("index.json").read_text("utf-8")) == made
        assert _languages.babel().signs == made["signs"]

    def test_the_index_is_read_where_it_belongs_to_the_files(self, folder: Path) -> None:
        index = {**_languages.make_index(), "cues": ["zop"], "parts": []}
        folder.joinpath("index.json").write_text(json.dumps(index), "utf-8")
        tower = _languages.babel()
        assert tower.cues == {"zop"}
        assert tower.cue_parts == {}

    def test_an_index_of_other_files_is_made_anew(self, folder: Path) -> None:
        index = {**_languages.make_index(), "cues": ["zop"], "digest": "another"}
        folder.joinpath("index.json").write_text(json.dumps(index), "utf-8")
        assert _languages.babel().cues == {"yop", "yup", "zurb", "model"}


def test_the_packaged_index_belongs_to_the_packaged_lexicons() -> None:
    """Write it anew with `write_index` after a change of a lexicon."""
    folder = Path(_languages.__file__).with_name("lexicons")
    stored = json.loads(folder.joinpath(_languages.INDEX).read_text("utf-8"))
    written = make_index()
    assert {name: stored[name] for name in written} == written

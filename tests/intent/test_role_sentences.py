"""The sentences of a part of a message, for a lexicon of roles."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fourthwall.intent._evidence import Evidence
from fourthwall.intent._line import Item
from fourthwall.intent._names import Mention, finder_for
from fourthwall.intent._role_sentences import RoleSentences
from fourthwall.intent._roles import compile_roles
from fourthwall.intent._sentences import Sentence
from fourthwall.intent._tokens import fold_case
from fourthwall.registry import Registry

Cutter = Callable[..., list[Sentence]]
Symbols = Callable[..., list[str]]


@pytest.fixture
def symbols(role_lines: Cutter) -> Symbols:
    """Return the symbols of a text, with the family of what is a model's name."""

    def named(item: Item) -> str:
        if isinstance(item.payload, Mention) and item.payload.cards:
            return f"[{item.payload.cards[0].family}]"
        return item.symbol

    def symbols(text: str) -> list[str]:
        return [named(item) for sentence in role_lines(text) for item in sentence.line.items]

    return symbols


class TestEndings:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("claudeov", ["[claude]", "~ov"]),
            ("opusa", ["[claude]", "~a"]),
            ("claude'ov", ["[claude]", "'", "~ov"]),
            ("клод'ov", ["[claude]", "'", "~ov"]),
            ("gpt-5'ov", ["[gpt]", "'", "~ov"]),
            ("gpt-5ov", ["[gpt]", "~ov"]),
            ("llama 70b'ov", ["[llama]", "'", "~ov"]),
        ],
    )
    def test_an_ending_glued_to_a_name_is_a_token_of_its_own(
        self, symbols: Symbols, text: str, expected: list[str]
    ) -> None:
        assert symbols(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a claude", ["a", "[claude]"]),
            ("'a", ["'", "a"]),
            ("rain'a", ["rain", "'", "a"]),
            ("7 rain'a", ["7", "rain", "'", "a"]),
            ("claude' a", ["[claude]", "'", "a"]),
            ("claude a", ["[claude]", "a"]),
            ("7 a", ["7", "a"]),
            ("rova", ["rova"]),
        ],
    )
    def test_elsewhere_it_is_a_word(self, symbols: Symbols, text: str, expected: list[str]) -> None:
        assert symbols(text) == expected

    def test_a_letter_that_belongs_to_a_version_is_no_ending(self, symbols: Symbols) -> None:
        assert symbols("gpt-4o") == ["[gpt]"]
        assert symbols("gpt-5o") == ["[gpt]", "~o"]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("opusov 4.1", ["[claude]"]),
            ("clawdov 4.5", ["[claude]"]),
            ("opusov fjord", ["[claude]", "~ov", "fjord"]),
        ],
    )
    def test_where_a_version_follows_it_belongs_to_the_name(
        self, symbols: Symbols, text: str, expected: list[str]
    ) -> None:
        assert symbols(text) == expected

    def test_a_real_word_stays_whole(self, symbols: Symbols) -> None:
        assert symbols("opusov") == ["[claude]", "~ov"]
        assert symbols("sonnetov") == ["sonnetov"]

    def test_a_word_of_the_sounds_may_belong_to_a_name(self, symbols: Symbols) -> None:
        assert symbols("gpt cinco") == ["[gpt]"]

    def test_an_ending_is_cut_from_a_name_as_it_sounds(self, symbols: Symbols) -> None:
        assert symbols("клодov")[:1] == ["[claude]"]
        assert symbols("clawdov") == ["[claude]", "~ov"]

    def test_places_are_those_in_the_text(self, role_lines: Cutter) -> None:
        (sentence,) = role_lines("use Claudeov now")
        assert [(item.start, item.end) for item in sentence.line.items] == [
            (0, 3),
            (4, 10),
            (10, 12),
            (13, 16),
        ]


class TestParticles:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("zuswitch", ["zu", "switch"]),
            ("zswitch", ["z", "switch"]),
            ("zuclawd", ["zu", "[claude]"]),
            ("zuclawdov", ["zuclawdov"]),
            ("zurivers", ["zurivers"]),
            ("zugo", ["zugo"]),
            ("zulist", ["zulist"]),
            ("zu switch", ["zu", "switch"]),
        ],
    )
    def test_a_particle_glued_to_a_word_or_a_name_is_a_token_of_its_own(
        self, symbols: Symbols, text: str, expected: list[str]
    ) -> None:
        assert symbols(text) == expected

    def test_accents_may_tell_a_word_from_one_of_the_lexicon(self, symbols: Symbols) -> None:
        assert symbols("use Claude") == ["use", "[claude]"]
        assert symbols("Usé Claude") == ["~use", "[claude]"]


class TestOwnSpellings:
    @pytest.fixture
    def words(self, registry: Registry) -> Symbols:
        """Return the words of a text, in a language that spells names its own way."""
        lexicon = compile_roles(
            {
                "language": "xx",
                "name": "Small",
                "endings": "ov",
                "prefixes": "z zu",
                "roles": {"use": "use|切换"},
                "names": {"claude": "zaunkoenig|克克|grosser bruder", "gemini": "zuber"},
            }
        )
        names = finder_for(registry, lexicon.name_words)

        def words(text: str) -> list[str]:
            maker = RoleSentences(text, fold_case(text), names, lexicon, None)
            return [
                f"{token.word} {token.start}-{token.end}" for token in maker.tokens(0, len(text))
            ]

        return words

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("use zaunkoenig", ["use 0-3", "claude 4-14"]),
            ("grosser Bruder 4", ["claude 0-14", "4 15-16"]),
            ("grosser hund", ["grosser 0-7", "hund 8-12"]),
            ("切换克克", ["切 0-1", "换 1-2", "claude 2-4"]),
            ("zaunkoenigov", ["claude 0-12"]),
            ("zuber", ["gemini 0-5"]),
        ],
    )
    def test_a_word_of_a_name_is_told_by_them(
        self, words: Symbols, text: str, expected: list[str]
    ) -> None:
        assert words(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("zuzuber", ["zu 0-2", "gemini 2-7"]),
            ("zzuber", ["z 0-1", "gemini 1-6"]),
            ("zugrosser bruder", ["zu 0-2", "claude 2-16"]),
            ("zurivers", ["zurivers 0-8"]),
            ("zu", ["zu 0-2"]),
            ("7 !", ["7 0-1", "! 2-3"]),
        ],
    )
    def test_a_particle_may_be_glued_to_it(
        self, words: Symbols, text: str, expected: list[str]
    ) -> None:
        assert words(text) == expected


class TestSounds:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("клод", ["[claude]"]),
            ("クロード", ["[claude]"]),
            ("クロードへ", ["[claude]", "へ"]),
            ("클로드", ["[claude]"]),
            ("클로드로바꿔줘요제발", ["[claude]", *"로바꿔줘요제발"]),
            ("克劳德吧", ["[claude]", "吧"]),
        ],
    )
    def test_a_name_in_another_script_is_found_as_it_sounds(
        self, symbols: Symbols, text: str, expected: list[str]
    ) -> None:
        assert symbols(text) == expected

    @pytest.mark.parametrize("text", ["アメリカ", "天気", "天 気", "ア"])
    def test_other_words_stay(self, symbols: Symbols, text: str) -> None:
        assert symbols(text) == list(text.replace(" ", ""))

    def test_a_phrase_of_the_language_is_no_name(self, role_lines: Cutter) -> None:
        def found(**language: str) -> list[str]:
            (sentence,) = role_lines("克劳德吧", **language)
            return [item.symbol for item in sentence.line.items]

        assert found()[1:] == ["吧"]
        assert found(talk="克劳德") == list("克劳德吧")
        assert found(talk="克劳")[1:] == ["吧"]

    def test_a_run_of_katakana_is_one_word(self, symbols: Symbols) -> None:
        """What a longer word ends with is no name."""
        assert symbols("アクロード") == list("アクロード")


class TestTexts:
    def test_slips_of_the_lexicons_words_are_mended(self, symbols: Symbols) -> None:
        assert symbols("swich to claude") == ["switch", "to", "[claude]"]

    @pytest.mark.parametrize(
        "text",
        [
            "translate: go to rome",
            "well, translate: go to rome",
            "my teacher wrote: go to rome",
            "translate\ngo to rome",
            "please can you translate\ngo to rome",
        ],
    )
    def test_a_text_to_work_on_is_opaque(self, role_lines: Cutter, text: str) -> None:
        evidence = Evidence()
        found = [item.symbol for s in role_lines(text, evidence) for item in s.line.items]
        assert found[-3:] == ["Q", "Q", "Q"]
        assert len(evidence.vetoes) == 1
        assert evidence.vetoes[0].endswith("a text to work on follows")

    @pytest.mark.parametrize(
        "text", ["my wish: go to rome", "please\ngo to rome", "they translate\ngo to rome"]
    )
    def test_other_words_after_a_colon_or_a_line_are_read(
        self, symbols: Symbols, text: str
    ) -> None:
        assert symbols(text)[-3:] == ["go", "to", "rome"]

    def test_sentences_are_cut_at_their_marks(self, role_lines: Cutter) -> None:
        text = "It rains. Go to Claude!"
        assert [text[s.start : s.end] for s in role_lines(text)] == ["It rains. ", "Go to Claude!"]

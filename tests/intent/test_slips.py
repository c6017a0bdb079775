"""Typing slips: which word was meant."""

from __future__ import annotations

import pytest

from fourthwall.intent._lexicon import load_lexicon
from fourthwall.intent._names import finder_for
from fourthwall.intent._slips import NameSlips, word_slips
from fourthwall.registry import Registry


@pytest.fixture(scope="module")
def slips() -> NameSlips:
    return NameSlips(
        first_words=("falcon", "otter", "lynx", "owl", "o3"),
        words=("falcon", "otter", "lynx", "owl", "tiny", "small"),
    )


REAL = ({"falcons"}, {"other", "utter"})


class TestTheFirstWordOfAName:
    @pytest.mark.parametrize(
        ("word", "meant"),
        [
            ("flacon", ["falcon"]),
            ("falcno", ["falcon"]),
            ("fallcon", ["falcon"]),
            ("falconn", ["falcon"]),
            ("falckon", ["falcon"]),
            ("facon", ["falcon"]),
            ("falcn", ["falcon"]),
            ("felcon", ["falcon"]),
            ("lyxn", ["lynx"]),
            ("lynnx", ["lynx"]),
            ("ottter", ["otter"]),
        ],
    )
    def test_letters_may_be_swapped_doubled_missing_or_too_many(
        self, slips: NameSlips, word: str, meant: list[str]
    ) -> None:
        assert slips.mended(word, REAL, inside=False) == meant
        assert slips.has_slip(["a", word], REAL)

    @pytest.mark.parametrize(
        ("word", "why"),
        [
            ("alcon", "the first letter is wrong"),
            ("balcon", "the first letter is wrong"),
            ("fadcon", "another consonant"),
            ("falzcon", "a consonant that slips into no word"),
            ("fcn", "three letters are missing"),
            ("lyx", "too short to lose a letter"),
            ("lunx", "too short for another vowel"),
            ("falcons", "a word of its own"),
            ("other", "a word of its own"),
            ("ow", "the name is too short"),
            ("owwl", "the name is too short"),
            ("oo3", "digits are never mended"),
            ("kitchen", "nothing like it"),
            ("", "no word"),
        ],
    )
    def test_anything_else_is_another_word(self, slips: NameSlips, word: str, why: str) -> None:
        assert slips.mended(word, REAL, inside=False) == [], why
        assert not slips.has_slip([word], REAL)


class TestAWordInsideAName:
    @pytest.mark.parametrize(
        ("word", "meant"),
        [
            ("tny", ["tiny"]),
            ("tiiny", ["tiny"]),
            ("smsll", ["small"]),
            ("fadcon", ["falcon"]),
            ("owwl", ["owl"]),
            ("lyx", ["lynx"]),
        ],
    )
    def test_more_is_mended(self, slips: NameSlips, word: str, meant: list[str]) -> None:
        assert slips.mended(word, REAL, inside=True) == meant

    @pytest.mark.parametrize("word", ["iny", "miny", "falcons", "tinnny"])
    def test_not_the_first_letter_nor_real_words_nor_two_slips(
        self, slips: NameSlips, word: str
    ) -> None:
        assert slips.mended(word, REAL, inside=True) == []


def test_all_the_words_that_may_be_meant_are_told() -> None:
    slips = NameSlips(("marlin", "merlin"), ())
    assert slips.mended("mirlin", REAL, inside=False) == ["marlin", "merlin"]


@pytest.mark.parametrize("word", ["falcon", "leopard", "salamander"])
def test_one_slip_in_a_long_word_is_always_mended(word: str) -> None:
    slips = NameSlips((word,), (word,))
    within = range(1, len(word))
    for slip in (
        *(word[:i] + word[i + 1 :] for i in within),
        *(word[:i] + word[i] + word[i:] for i in within),
        *(word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in within[:-1]),
    ):
        assert slips.mended(slip, REAL, inside=False) == [word], slip
        assert slips.mended(slip, REAL, inside=True) == [word], slip


@pytest.mark.parametrize(
    ("word", "known"), [("cluade", True), ("clause", False), ("cld", False), ("kitchen", False)]
)
def test_the_words_of_a_lexicon_are_no_slips_of_names(
    registry: Registry, word: str, known: bool
) -> None:
    finder = finder_for(registry, load_lexicon("en").name_words)
    assert finder.names.slips.has_slip([word], finder.words.real) is known


class TestWordsOfTheLexicon:
    def test_letters_may_be_swapped_or_missing(self) -> None:
        table = word_slips({"paddle"}, set())
        assert {"padlde", "apddle", "padle"} <= table.keys()
        assert set(table.values()) == {"paddle"}

    def test_the_ends_stay(self) -> None:
        table = word_slips({"paddle"}, set())
        assert "addle" not in table
        assert "paddl" not in table

    def test_short_words_only_take_swapped_letters(self) -> None:
        assert word_slips({"row"}, set()) == {"orw": "row", "rwo": "row"}
        assert word_slips({"to"}, set()) == {}

    def test_real_words_and_the_lexicons_own_are_no_slips(self) -> None:
        assert word_slips({"row", "rwo"}, {"orw"}) == {"wro": "rwo"}

    def test_what_could_be_two_words_is_neither(self) -> None:
        table = word_slips({"trial", "trail"}, set())
        assert "tral" not in table
        assert table["tial"] == "trial"

    def test_marks_and_digits_have_no_slips(self) -> None:
        assert word_slips({"'s", "4you"}, set()) == {}

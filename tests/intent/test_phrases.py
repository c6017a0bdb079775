"""Lists of phrases, written out."""

from __future__ import annotations

import pytest

from fourthwall.errors import ConfigurationError
from fourthwall.intent._phrases import PhraseError, expand


def phrases(text: str) -> list[str]:
    return [" ".join(row) for row in expand(text)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", []),
        ("  |  | ", []),
        ("switch", ["switch"]),
        ("switch to|change", ["switch to", "change"]),
        ("go [over] to", ["go over to", "go to"]),
        ("(go|move) to", ["go to", "move to"]),
        ("a [b [c]] d", ["a b c d", "a b d", "a d"]),
        ("[a|b]", ["a", "b"]),
        ("[a] [b]", ["a b", "a", "b"]),
        ("a|a|A", ["a"]),
        ("Über\n  Ça", ["uber ca"]),
        ("don't", ["don ' t"]),
        ("切换到", ["切 换 到"]),
        ("(に|へ)切替", ["に 切 替", "へ 切 替"]),
        ("()a", ["a"]),
        ("stell … um|pon…en", ["stell … um", "pon … en"]),
        ("^(que|cu)", ["^ que", "^ cu"]),
    ],
)
def test_a_list_stands_for_its_plain_phrases(text: str, rows: list[str]) -> None:
    assert phrases(text) == rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(a", r"'\(' is never closed in '\(a'"),
        ("[a|b", r"'\[' is never closed"),
        ("(a]", r"'\(' is never closed"),
        ("a)", r"'\)' closes nothing in 'a\)'"),
        ("a] b", r"'\]' closes nothing"),
    ],
)
def test_a_bracket_without_its_partner_is_told(text: str, message: str) -> None:
    with pytest.raises(PhraseError, match=message):
        expand(text)


def test_a_phrase_stands_for_two_thousand_at_most() -> None:
    assert len(expand("(a|b)" * 10)) == 2**10
    with pytest.raises(PhraseError, match="stands for more than 2000"):
        expand("(a|b)" * 11)


def test_a_list_may_be_longer_than_a_phrase_may_stand_for() -> None:
    letters = "abcdefghij"
    words = [f"{a}{b}{c}{d}" for a in letters for b in letters for c in letters for d in "xyz"]
    assert len(expand("|".join(words))) == 3000


def test_the_error_is_one_of_configuration_and_says_what_to_do() -> None:
    error = PhraseError("'(' is never closed")
    assert isinstance(error, ConfigurationError)
    assert error.code == "lexicon_error"
    assert error.remedy == "Correct the phrase in the lexicon file."

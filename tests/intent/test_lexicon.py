"""The packaged language, and what a broken one gets."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

import pytest

from fourthwall.intent._lexicon import FrameSet, Lexicon, compile_lexicon, load_lexicon
from fourthwall.intent._template import TemplateError


@pytest.fixture
def data() -> dict[str, Any]:
    source = resources.files("fourthwall.intent").joinpath("lexicons", "en.toml")
    return tomllib.loads(source.read_text("utf-8"))


def test_a_language_is_compiled_once() -> None:
    assert load_lexicon("en") is load_lexicon("en")


@pytest.mark.parametrize(
    ("word", "meant"),
    [("swithc", "switch"), ("switch", "switch"), ("modle", "model"), ("xylophone", "xylophone")],
)
def test_slips_of_its_words_are_mended(lexicon: Lexicon, word: str, meant: str) -> None:
    assert lexicon.mended(word) == meant


def test_no_word_of_its_own_is_a_slip(lexicon: Lexicon) -> None:
    assert lexicon.slips.keys().isdisjoint(lexicon.vocabulary)
    assert all(lexicon.slips.keys().isdisjoint(words) for words in lexicon.name_words.real)


@pytest.mark.parametrize(
    ("form", "line", "kind"),
    [
        ("do", "switch to W ", "switch"),
        ("open", "ask W to draw ", "once"),
        ("mention", "@ W draw ", "once"),
        ("slash", "/ N W ", "switch"),
        ("slash", "/ N ", "list"),
        ("say", "which N is this ", "which"),
    ],
)
def test_the_frame_that_fits_tells_the_kind(
    lexicon: Lexicon, form: str, line: str, kind: str
) -> None:
    match = lexicon.frames[form].match(line, 0)
    assert match is not None
    assert match[0].kind == kind


def test_no_frame_fits_anything_else(lexicon: Lexicon) -> None:
    assert lexicon.frames["do"].match("name a river ", 0) is None
    assert FrameSet(lexicon.lead, (None,)).match("", 0) is None


def test_a_part_that_is_missing_is_named(data: dict[str, Any]) -> None:
    del data["guards"]
    with pytest.raises(KeyError, match="guards"):
        compile_lexicon(data)


def test_a_rule_that_is_missing_is_named(data: dict[str, Any]) -> None:
    data["frames"][0]["templates"].append("go <nowhere>")
    with pytest.raises(TemplateError, match="there is no rule <nowhere>"):
        compile_lexicon(data)

from __future__ import annotations

from typing import Any

import pytest

from fourthwall.errors import ConfigurationError
from fourthwall.stages import FORMATS, ReasoningFormat, ReasoningSplitter


@pytest.mark.parametrize(
    "row",
    [
        {"openings": ("",)},
        {"openings": ("\n((",)},
        {"openings": ("(",), "closings": ("((",)},
        {"openings": ("|",), "closings": ("|",)},
        {"openings": ("(",), "wrappers": (("(a", ")"),)},
        {"wrappers": (("<a>", " </a>"),)},
        {"inner_calls": (("<a>", ""),)},
        {"openings": ("((",), "ends": ("(",)},
    ],
)
def test_a_format_that_cannot_be_told_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="marker") as caught:
        ReasoningFormat(**row)
    assert caught.value.param == "reasoning_format"


def test_a_wrapper_may_open_in_the_thought() -> None:
    row = ReasoningFormat(
        closings=("))",), implicit_ends=("<a>",), wrappers=(("<a>", "</a>"),), repeats=True
    )
    assert row.implicit_ends == ("<a>",)


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        FORMATS["own"] = ReasoningFormat()  # type: ignore[index]


@pytest.mark.parametrize("name", FORMATS)
def test_every_row_opens_and_closes(name: str) -> None:
    row = FORMATS[name]
    for opening in row.openings:
        for closing in row.closings:
            splitter = ReasoningSplitter(name)
            pieces = splitter.feed(f"{opening}a{closing}b") + splitter.finish()
            assert pieces == [("reasoning", "a"), ("content", "b")]


def test_a_guess_is_possible_for_one_format_only() -> None:
    openings = [opening for row in FORMATS.values() if row.guessable for opening in row.openings]
    assert len(openings) == len(set(openings))

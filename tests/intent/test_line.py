"""The line of symbols that templates are matched against."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fourthwall.intent._line import Item, Line


def line_of(text: str) -> Line:
    return Line([Item(m.group(), m.start(), m.end()) for m in re.finditer(r"\S+", text)])


def merged(items: Sequence[Item], _: re.Match[str]) -> Item:
    return Item("N", items[0].start, items[-1].end)


def test_every_symbol_is_followed_by_a_space() -> None:
    assert line_of("the  language model").text == "the language model "
    assert Line([]).text == ""


def test_offsets_and_items_answer_each_other() -> None:
    line = line_of("the language model")
    assert [line.offset(index) for index in range(4)] == [0, 4, 13, 19]
    assert [line.index(offset) for offset in (0, 3, 4, 13, 18, 19, 99)] == [0, 0, 1, 2, 2, 3, 3]


def test_a_match_becomes_one_item_that_spans_them_all() -> None:
    line = line_of("the language model and the model")
    made = line.rewritten(re.compile("(?:language )?model "), merged)
    assert made.text == "the N and the N "
    assert [(item.start, item.end) for item in made.items if item.symbol == "N"] == [
        (4, 18),
        (27, 32),
    ]


def test_a_line_without_a_match_is_the_same_line() -> None:
    line = line_of("nothing of the kind")
    assert line.rewritten(re.compile("model "), merged) is line


def test_empty_matches_and_refused_ones_change_nothing() -> None:
    line = line_of("a b")
    assert line.rewritten(re.compile("x*"), merged) is line
    assert line.rewritten(re.compile("a "), lambda _items, _found: None) is line


def test_a_refused_match_leaves_the_others() -> None:
    line = line_of("a b a")
    made = line.rewritten(
        re.compile("[ab] "), lambda items, found: merged(items, found) if found[0] == "b " else None
    )
    assert made.text == "a N a "

"""A stretch of text as a line of symbols that templates can be matched against.

Every token is one item; what has been recognised (a model's name, "the model", "this
conversation", a description) is one item with a capital letter as its symbol.  The line is the
items' symbols, each followed by one space; every item knows its place in the person's text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from fourthwall.intent._names import Mention

__all__ = ["Description", "Item", "Line", "Trait"]


@dataclass(frozen=True, slots=True)
class Description:
    """A model described instead of named: its traits and the names that narrow it down.

    `bare` is true for "something cheaper", which doesn't say that a model is meant, `vague` for
    "the latest version", which may as well be said of anything else, `offered` for "... you have".
    """

    traits: tuple[str, ...]
    named: tuple[Mention, ...]
    bare: bool = False
    vague: bool = False
    offered: bool = False


@dataclass(frozen=True, slots=True)
class Trait:
    """A trait's words: its name, and the items they were before they were made one."""

    name: str
    items: tuple[Item, ...]


Payload: TypeAlias = "Mention | Description | Trait | None"


@dataclass(frozen=True, slots=True)
class Item:
    """One symbol of a line and where it stands in the text (half-open, code points)."""

    symbol: str
    start: int
    end: int
    payload: Payload = None


@dataclass(slots=True)
class Line:
    """Items, and the text that patterns are matched against."""

    items: list[Item]
    text: str = field(init=False)
    _starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._starts = []
        position = 0
        for item in self.items:
            self._starts.append(position)
            position += len(item.symbol) + 1
        self.text = "".join([f"{item.symbol} " for item in self.items])

    def offset(self, index: int) -> int:
        """Return where item ``index`` begins in `text`; the length of `text` for one too far."""
        return self._starts[index] if index < len(self._starts) else len(self.text)

    def index(self, offset: int) -> int:
        """Return the item at ``offset`` of `text`; one too far for its end."""
        if offset >= len(self.text):
            return len(self.items)
        return bisect_right(self._starts, offset) - 1

    def rewritten(
        self,
        pattern: re.Pattern[str],
        merge: Callable[[Sequence[Item], re.Match[str]], Item | None],
    ) -> Line:
        """Return the line with every match of ``pattern`` made one item by ``merge``.

        ``merge`` gets the items of the match and returns the one for all of them, or None to
        leave them.
        """
        out: list[Item] = []
        done = 0
        for found in pattern.finditer(self.text):
            if found.start() == found.end():
                continue
            first, last = self.index(found.start()), self.index(found.end())
            merged = merge(self.items[first:last], found)
            if merged is not None and first >= done:
                out.extend(self.items[done:first])
                out.append(merged)
                done = last
        if not done:
            return self
        out.extend(self.items[done:])
        return Line(out)

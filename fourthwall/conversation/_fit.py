"""What fits into a model's window, and which messages it is shown where not everything does.

**Whether it fits** is an estimate (see `fourthwall.tokens`): the conversation and the tools in the
target's own tokens, and a reserve for the answer, against the window.  A window that isn't known
is never too small.

**What it is shown** where the person agreed to leave something out: the system text, the first
request or a summary, a note that something is missing, and the newest whole exchanges.  An
exchange is a user message with everything up to the next, so that a tool's call and its result
are never torn apart.  Where to cut is a pure function of the messages before, with slack: once the
window is full, as much goes as leaves it at `_CUT_TO`.  Until it is full again, each request is a
beginning of the next one, which prompt caches and signed reasoning depend on.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from fourthwall.chat import Message
from fourthwall.registry import ModelCard
from fourthwall.tokens import message_quarters, token_percent, tokens_for, tool_quarters

__all__ = ["Room", "Shortening", "View", "summary_question", "view"]

_RESERVE: Final = 4_096
"""Tokens kept for an answer whose length nobody bounded: what providers give by default."""
_RESERVE_AT_MOST: Final = 4  # a part of the window: models with a small one answer briefly

_CUT_TO: Final = 60  # percent of what the messages may take
_FIRST_AT_MOST: Final = 25  # percent; a first request that is longer is what has to go
_BESIDE_SUMMARY: Final = 30  # percent, of the newest messages that a summary stands for
_SUMMARY_AT_MOST: Final = 4_096  # tokens
_SUMMARY_AT_LEAST: Final = 256

_LEFT_OUT: Final = "What came between the first request and the next message was left out."
_ALL_LEFT_OUT: Final = "The conversation before this was left out."
_SUMMARY: Final = "The conversation before this, summarised:\n\n{text}"
_SUMMARISE: Final = (
    "Summarise our conversation so far for another model that will go on with it and can't read "
    "it: what I want, what was decided and why, facts, names, figures and code that are still "
    "needed, and what is open. Leave out what is settled and no longer matters. Answer with the "
    "summary alone, in the language of the conversation."
)


@dataclass(frozen=True, kw_only=True)
class Room:
    """What a request takes beside its messages.

    Attributes:
        tools: the tools that it offers, OpenAI's definitions.
        max_tokens: how long an answer it allows; None where it doesn't say.
    """

    tools: Sequence[Mapping[str, Any]] = ()
    max_tokens: int | None = None

    @cached_property
    def _with_tools(self) -> int:
        return tool_quarters(self.tools)

    @cached_property
    def _without_tools(self) -> int:
        return tool_quarters()

    def _beside(self, card: ModelCard) -> int:
        return self._without_tools if card.tools is False else self._with_tools

    def reserve(self, card: ModelCard) -> int:
        """Return the tokens that are kept free for an answer."""
        wanted = self.max_tokens or _RESERVE
        bounds = (card.max_output, card.context and card.context // _RESERVE_AT_MOST)
        return min([wanted, *(bound for bound in bounds if bound)])

    def prompt_tokens(self, card: ModelCard, quarters: int) -> int:
        """Return messages of so many quarters of a token, and the tools, in a model's tokens."""
        return tokens_for(card, quarters + self._beside(card))

    def over_by(self, card: ModelCard, quarters: int) -> int | None:
        """Return by how many tokens messages don't fit; None if the window isn't known."""
        if card.context is None:
            return None
        return max(0, self.prompt_tokens(card, quarters) + self.reserve(card) - card.context)

    def quarters_for_messages(self, card: ModelCard) -> int | None:
        """Return what all messages together may take, in quarters of a token."""
        if card.context is None:
            return None
        whole = (card.context - self.reserve(card)) * 400 // token_percent(card)
        return max(0, whole - self._beside(card))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortening:
    """That the person agreed to show a model less than everything.

    Attributes:
        model: id of the model.
        at: how many messages there were then.
        summary: what stands for these; None where the oldest are left out.
    """

    model: str
    at: int = 0
    summary: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What a model is shown of a conversation.

    Attributes:
        head: what stands in front in place of what was left out.
        lead: how many messages before the first user message are shown.
        start: the first of the other messages that is shown.
        quarters: the size of all that is shown, in quarters of a token.
    """

    head: tuple[Message, ...]
    lead: int
    start: int
    quarters: int

    def of(self, messages: Sequence[Message]) -> list[Message]:
        """Return what is shown of these messages."""
        return [*messages[: self.lead], *self.head, *messages[self.start :]]


def view(
    messages: Sequence[Message], sums: Sequence[int], limit: int, shortening: Shortening
) -> View:
    """Return what a model is shown.

    Args:
        messages: all of them.
        sums: the size of the first 0, 1, 2 ... messages, in quarters of a token.
        limit: what may be shown, in quarters of a token.
        shortening: what was agreed.
    """
    starts = [n for n, message in enumerate(messages) if message["role"] == "user"]
    if not starts:
        return View((), len(messages), len(messages), sums[-1])
    return _Cutter(messages, sums, limit, starts).view(shortening)


@dataclass(frozen=True, slots=True)
class _Cutter:
    """Decides from where on messages are shown."""

    messages: Sequence[Message]
    sums: Sequence[int]
    limit: int
    starts: Sequence[int]

    def view(self, shortening: Shortening) -> View:
        """Return what is shown, exchange by exchange as the conversation grew."""
        cut_head = self._cut_head()
        head: tuple[Message, ...] = ()
        start = self.starts[0]
        grown = 0
        if shortening.summary is not None:
            cut_head = head = (_system(_SUMMARY.format(text=shortening.summary)),)
            grown = min(shortening.at, len(self.messages))
            kept = self._oldest(grown, self.limit * _BESIDE_SUMMARY // 100)
            start = grown if kept is None else kept
        room = self.limit * _CUT_TO // 100 - self._heading(cut_head)
        while (end := self._outgrown(head, start, grown + 1)) <= len(self.messages):
            later = self._oldest(end, room)
            if later is None:  # the newest exchange is too long by itself
                later = self.starts[max(0, bisect_left(self.starts, end) - 1)]
            if later > start:
                head, start = cut_head, later
            grown = end
        return View(head, self.starts[0], start, self._size(head, start, len(self.messages)))

    def _outgrown(self, head: Sequence[Message], start: int, end: int) -> int:
        """Return how many messages, at least ``end``, are too many with this head and start.

        It is more than there are where all of them fit.
        """
        left = self.limit - self._heading(head)
        return bisect_right(self.sums, left + self.sums[start], lo=end)

    def _size(self, head: Sequence[Message], start: int, end: int) -> int:
        return self._heading(head) + self.sums[end] - self.sums[min(start, end)]

    def _heading(self, head: Sequence[Message]) -> int:
        return self.sums[self.starts[0]] + sum(map(message_quarters, head))

    def _oldest(self, end: int, room: int) -> int | None:
        """Return where the oldest exchange begins from which on all up to ``end`` has room."""
        place = bisect_left(self.starts, self.sums[end] - room, key=lambda n: self.sums[n])
        found = self.starts[place] if place < len(self.starts) else end
        return found if found < end else None

    def _cut_head(self) -> tuple[Message, ...]:
        """Return what stands for the oldest exchanges."""
        first = self.starts[0]
        if self.sums[first + 1] - self.sums[first] > self.limit * _FIRST_AT_MOST // 100:
            return (_system(_ALL_LEFT_OUT),)
        return (self.messages[first], _system(_LEFT_OUT))


def summary_question(card: ModelCard, limit: int) -> tuple[Message, int]:
    """Return what the model that is left is asked, and how long its answer may be in tokens.

    Args:
        card: the model that is left.
        limit: what the new model may be shown, in quarters of a token.
    """
    most = min(_SUMMARY_AT_MOST, limit // 16, card.max_output or _SUMMARY_AT_MOST)
    return {"role": "user", "content": _SUMMARISE}, max(most, _SUMMARY_AT_LEAST)


def _system(text: str) -> Message:
    return {"role": "system", "content": text}

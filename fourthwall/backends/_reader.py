"""From the bytes of an answer to our events, in whichever dialect: sans-IO, ``feed``, ``finish``.

What all dialects have in common is here: an answer may come as an event stream or, from a server
that doesn't stream, as one JSON value (its first byte tells which); an error may come in the middle
of it; an answer that nobody has ended isn't whole.  A dialect says what one JSON value means.

`Started` comes with the first value that belongs to an answer, and with it what that value says of
the prompt's tokens: whoever reads no further knows them.  The rest of the usage comes at the
end, whole or broken off, and then `Finished`: some servers report usage in every chunk, some after
the finish reason.  Reports add up.
"""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from fourthwall.backends._errors import Translator
from fourthwall.backends._sse import MAX_EVENT_BYTES, SSEDecoder
from fourthwall.chat import (
    ContentDelta,
    Event,
    Finished,
    ReasoningDelta,
    Started,
    ToolCallDelta,
    Usage,
    UsageReported,
    as_mapping,
)
from fourthwall.errors import FourthwallError

__all__ = ["AnswerReader", "count", "first_of"]

_DONE: Final = "[DONE]"


@dataclass(slots=True)
class AnswerReader(ABC):
    """Read one answer.

    Args:
        translator: knows who was asked; makes the errors.

    Attributes:
        has_begun: whether a piece of the answer has come (reasoning and tool calls count).
        is_complete: whether the provider has said that the answer is whole; what comes after
            that can be lost without harm.

    Raises:
        FourthwallError: from `feed` and `finish`.  Before the first piece it is the fault itself,
            afterwards a `StreamInterruptedError` with the content so far.

    A dialect implements `_chunk` and uses `_begun`, `_thought`, `_said`, `_called` to give events,
    `_usage` and `_finish_with` to note what ends the answer.
    """

    translator: Translator
    has_begun: bool = False
    is_complete: bool = False
    _decoder: SSEDecoder | None = None
    _body: bytearray = field(default_factory=bytearray)
    _has_started: bool = False
    _is_over: bool = False
    _reason: str | None = None
    _native: str | None = None
    _usage: Usage | None = None
    _told: Usage = field(default_factory=Usage)
    _content: list[str] = field(default_factory=list)
    _chars: int = 0
    _calls_seen: int = 0

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take bytes of the body; give the events that they complete.  Read it to the end."""
        yield from self._guarded(self._read(data))

    def finish(self) -> Iterator[Event]:
        """The body is over: give what is left, the usage and the end."""
        yield from self._guarded(self._read_rest())
        yield from self._guarded(self._ended())

    def end(self) -> Iterator[Event]:
        """End an answer that is complete, though the connection broke before it said so."""
        yield from self._ended()

    @property
    def partial(self) -> str:
        """The content so far."""
        return "".join(self._content)

    # What a dialect implements

    @abstractmethod
    def _chunk(self, chunk: Mapping[str, Any], name: str) -> Iterator[Event]:
        """Read one JSON value of the stream, or the whole answer.

        Args:
            chunk: the value.
            name: the event's type, ``""`` where the stream has none and for a whole answer.
        """

    def _is_error(self, chunk: Mapping[str, Any]) -> bool:
        """Whether a value reports an error instead of a piece of the answer."""
        return bool(chunk.get("error")) or "error" in (chunk.get("object"), chunk.get("type"))

    def _done(self) -> Iterator[Event]:
        """The stream has said ``[DONE]``."""
        self._reason = self._reason or ("tool_calls" if self._calls_seen else "stop")
        yield from self._ended()

    # What a dialect uses

    def _begun(self, upstream_model: object) -> Iterator[Event]:
        """Give `Started`, once."""
        if not self._has_started:
            self._has_started = True
            model = upstream_model if isinstance(upstream_model, str) and upstream_model else None
            card, provider = self.translator.card, self.translator.provider
            yield Started(card.id, provider, upstream_model=model)
            if self._usage is not None:
                yield from self._tell(replace(self._usage, completion_tokens=0, reasoning_tokens=0))

    def reported(self) -> Iterator[Event]:
        """Give what has become known of the usage since it was last told."""
        if self._usage is not None:
            yield from self._tell(self._usage)

    def _tell(self, usage: Usage) -> Iterator[Event]:
        more = usage.beyond(self._told)
        if more != Usage():
            self._told = usage
            yield UsageReported(more)

    def _thought(self, text: str, details: Sequence[Mapping[str, Any]] = ()) -> Iterator[Event]:
        """Give a piece of the chain of thought, and the private state that came with it."""
        if text or details:
            self.has_begun = True
            yield ReasoningDelta(text, opaque=[self._owned(d) for d in details] or None)

    def _owned(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Say on an entry of ``reasoning_details`` whose it is, and where in the answer it stands.

        The place is left out in front of everything else, where thoughts usually stand.
        """
        maker = {"provider": self.translator.provider, "model": self.translator.card.id}
        place = {"chars": self._chars, "calls": self._calls_seen}
        note = {**as_mapping(entry.get("fourthwall")), **(place if any(place.values()) else {})}
        return {**entry, **maker, **({"fourthwall": note} if note else {})}

    def _said(self, text: str) -> Iterator[Event]:
        """Give a piece of the answer."""
        if text:
            self.has_begun = True
            self._content.append(text)
            self._chars += len(text)
            yield ContentDelta(text)

    def _called(self, piece: ToolCallDelta) -> Iterator[Event]:
        """Give a piece of a tool call."""
        self.has_begun = True
        self._calls_seen = max(self._calls_seen, piece.index + 1)
        yield piece

    def _finish_with(self, reason: str, native: str | None = None) -> None:
        """Note why the answer ends, in OpenAI's word and, where it says more, the provider's."""
        self._reason, self._native = reason, native
        self.is_complete = True

    # The rest

    def _guarded(self, events: Iterator[Event]) -> Iterator[Event]:
        """Pass events on; an error after the first piece becomes an interruption."""
        try:
            yield from events
        except FourthwallError as error:
            if self.is_complete:
                yield from self._ended()
                return
            self._is_over = True
            if self.has_begun:
                yield from self.reported()
                raise self.translator.interrupted(error, self.partial) from error
            raise

    def _read(self, data: bytes) -> Iterator[Event]:
        if self._decoder is None:
            # Blank lines in front only keep the connection alive.
            self._body += data if self._body else data.lstrip()
            if self._may_be_whole():
                return
            self._decoder, data = SSEDecoder(), bytes(self._body)
            self._body.clear()
        for event in self._decoder.feed(data):
            yield from self._message(event.data, event.event)

    def _may_be_whole(self) -> bool:
        """Whether the body so far looks like one JSON value or a web page, not like a stream."""
        start = bytes(self._body[:64]).removeprefix(b"\xef\xbb\xbf").lstrip()
        if start and start[:1] not in b"{[<":
            return False
        if len(self._body) > MAX_EVENT_BYTES:
            raise self.translator.protocol("sent an answer of more than 16 MiB")
        return True

    def _read_rest(self) -> Iterator[Event]:
        if self._decoder is not None:
            for event in self._decoder.finish():
                yield from self._message(event.data, event.event)
            return
        text = self._body.decode("utf-8", "replace").removeprefix("\ufeff").strip()
        if text.startswith("<"):
            raise self.translator.html(text)
        if text:
            yield from self._message(text, "")

    def _message(self, data: str, name: str) -> Iterator[Event]:
        if self._is_over or not data.strip():
            return
        if data.strip() == _DONE:
            yield from self._done()
            return
        try:
            value = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise self.translator.protocol("sent a chunk that isn't JSON") from error
        # Google wraps errors, and streams that nobody asked to be event streams, in a list.
        for chunk in value if isinstance(value, list) and value else [value]:
            if not isinstance(chunk, Mapping) or self._is_error(chunk):
                raise self.translator.payload(chunk)
            yield from self._chunk(chunk, name)

    def _ended(self) -> Iterator[Event]:
        if self._is_over:
            return
        if not self._has_started:
            raise self.translator.protocol("sent an answer without choices")
        if self._reason is None:
            raise self.translator.protocol("ended the stream before the answer was whole")
        self._is_over = self.is_complete = True
        yield from self.reported()
        yield Finished(self._reason, native=self._native)


def first_of(values: object) -> Mapping[str, Any]:
    """Return number 0 of an answer's choices; with several the others are not ours to mix in."""
    for value in values if isinstance(values, list) else ():
        if isinstance(value, Mapping) and value.get("index") in (0, None):
            return value
    return {}


def count(row: Mapping[str, Any], name: str) -> int:
    """Return a number of tokens that a provider reports; 0 for anything that is none."""
    value = row.get(name)
    if not isinstance(value, int | float) or not math.isfinite(value):
        return 0
    return max(0, int(value))

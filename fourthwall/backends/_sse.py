"""Server-sent events, decoded as the bytes come: sans-IO, ``feed(bytes)`` and ``finish()``.

The decoder keeps to the WHATWG rules for lines, fields and comments, with two liberties that real
servers need: the last event counts without the blank line after it, and ``id`` and ``retry`` are
ignored (nobody reconnects to an answer).

It holds back: a line until its end has come, an event until the blank line after it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from fourthwall.errors import UpstreamProtocolError

__all__ = ["SSEDecoder", "ServerSentEvent"]

MAX_EVENT_BYTES: Final = 16 * 1024 * 1024
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event: its data lines joined by newlines, and its type (``""`` for a plain message)."""

    data: str
    event: str = ""


@dataclass(slots=True)
class SSEDecoder:
    """Decode one stream.  Where the bytes were cut makes no difference.

    Invalid UTF-8 is replaced, never fatal: one broken character is better than no answer.

    Raises:
        UpstreamProtocolError: a line or an event grows beyond 16 MiB; nobody means that.
    """

    _partial_line: bytearray = field(default_factory=bytearray)
    _data: list[str] = field(default_factory=list)
    _event: str = ""
    _held_bytes: int = 0
    _at_start: bool = True
    _skip_newline: bool = False  # the last bytes ended with CR: a newline now belongs to it

    def feed(self, data: bytes) -> list[ServerSentEvent]:
        """Take bytes; give the events that they complete."""
        if self._skip_newline and data:
            data = data.removeprefix(b"\n")
            self._skip_newline = False
        if b"\n" not in data and b"\r" not in data:
            self._partial_line += data
            self._check_size()
            return []
        *lines, rest = [*(bytes(self._partial_line) + data).splitlines(keepends=True), b""]
        if lines and not lines[-1].endswith((b"\n", b"\r")):
            rest = lines.pop()
        self._skip_newline = not rest and lines[-1].endswith(b"\r")
        self._partial_line = bytearray(rest)
        return [event for line in lines if (event := self._line(line.rstrip(b"\r\n")))]

    def finish(self) -> list[ServerSentEvent]:
        """The stream is over: give the event that nothing has ended yet, if there is one."""
        lines = [bytes(self._partial_line), b""]
        self._partial_line.clear()
        return [event for line in lines if (event := self._line(line))]

    def _check_size(self) -> None:
        if len(self._partial_line) + self._held_bytes > MAX_EVENT_BYTES:
            raise UpstreamProtocolError("the provider sent an event of more than 16 MiB")

    def _line(self, raw: bytes) -> ServerSentEvent | None:
        if self._at_start:
            raw = raw.removeprefix(_BOM)
            self._at_start = False
        if not raw:
            return self._dispatched()
        name, _, value = raw.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
            self._held_bytes += len(raw)
            self._check_size()
        elif name == "event":
            self._event = value
        return None

    def _dispatched(self) -> ServerSentEvent | None:
        """A blank line: what has gathered is an event, unless there was no data."""
        event = ServerSentEvent("\n".join(self._data), self._event) if self._data else None
        self._data.clear()
        self._event = ""
        self._held_bytes = 0
        return event

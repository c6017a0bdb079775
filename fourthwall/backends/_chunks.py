"""From the bytes of a chat-completions answer to our events: sans-IO, ``feed`` and ``finish``.

Servers that call themselves compatible differ in where they put reasoning, usage, errors and the
numbers of tool calls; all of these dialects are read without being told which it is.  An answer
may come as an event stream or, from a server that ignores ``stream``, as one JSON object; which
one it is, its first byte tells.

`Started` comes with the first chunk.  `UsageReported` and `Finished` come once, at the very end:
some servers report usage in every chunk, some after the finish reason.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
)
from fourthwall.errors import FourthwallError

__all__ = ["AnswerReader", "read_usage"]

_DONE: Final = "[DONE]"

_FINISH_REASONS: Final[Mapping[str, str]] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "function_call": "tool_calls",
    "max_tokens": "length",
    "model_length": "length",
    "sensitive": "content_filter",
    "refusal": "content_filter",
    "safety": "content_filter",
}
"""Finish reasons in OpenAI's words.  Any other word (``eos``, ``end_turn``) means ``stop``."""

_FAILED_REASONS: Final = frozenset(
    {"error", "abort", "insufficient_system_resource", "network_error"}
)
"""Finish reasons that say that the answer isn't whole."""


@dataclass(slots=True)
class AnswerReader:
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
    """

    translator: Translator
    has_begun: bool = False
    is_complete: bool = False
    _decoder: SSEDecoder | None = None
    _body: bytearray = field(default_factory=bytearray)
    _has_started: bool = False
    _is_over: bool = False
    _reason: str | None = None
    _was_refused: bool = False
    _usage: Usage | None = None
    _content: list[str] = field(default_factory=list)
    _calls: _ToolCalls = field(default_factory=lambda: _ToolCalls())

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
                raise self.translator.interrupted(error, self.partial) from error
            raise

    def _read(self, data: bytes) -> Iterator[Event]:
        if self._decoder is None:
            self._body += data
            if self._may_be_whole():
                return
            self._decoder, data = SSEDecoder(), bytes(self._body)
            self._body.clear()
        for event in self._decoder.feed(data):
            yield from self._message(event.data)

    def _may_be_whole(self) -> bool:
        """Whether the body so far looks like one JSON object or a web page, not like a stream."""
        start = bytes(self._body[:64]).removeprefix(b"\xef\xbb\xbf").lstrip()
        if start and start[:1] not in b"{[<":
            return False
        if len(self._body) > MAX_EVENT_BYTES:
            raise self.translator.protocol("sent an answer of more than 16 MiB")
        return True

    def _read_rest(self) -> Iterator[Event]:
        if self._decoder is not None:
            for event in self._decoder.finish():
                yield from self._message(event.data)
            return
        text = self._body.decode("utf-8", "replace").removeprefix("\ufeff").strip()
        if text.startswith("<"):
            raise self.translator.html(text)
        if text:
            yield from self._message(text)

    def _message(self, data: str) -> Iterator[Event]:
        if self._is_over or not data.strip():
            return
        if data.strip() == _DONE:
            self._reason = self._reason or ("tool_calls" if self._calls.count else "stop")
            yield from self._ended()
            return
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise self.translator.protocol("sent a chunk that isn't JSON") from error
        if not isinstance(chunk, Mapping) or chunk.get("error") or chunk.get("object") == "error":
            raise self.translator.payload(chunk)
        yield from self._chunk(chunk)

    def _chunk(self, chunk: Mapping[str, Any]) -> Iterator[Event]:
        choices = chunk.get("choices")
        choice = _first_choice(choices)
        if choice.get("error"):
            raise self.translator.payload(choice)
        self._usage = (
            read_usage(chunk.get("usage"))
            or read_usage(_mapping(chunk.get("x_groq")).get("usage"))
            or read_usage(choice.get("usage"))
            or self._usage
        )
        if not isinstance(choices, list):
            return  # a keep-alive or a note of the server's own
        if not self._has_started:
            self._has_started = True
            model = chunk.get("model")
            yield Started(
                self.translator.card.id,
                self.translator.provider,
                upstream_model=model if isinstance(model, str) and model else None,
            )
        for event in self._delta(_mapping(choice.get("delta") or choice.get("message"))):
            self.has_begun = True
            yield event
        reason = choice.get("finish_reason")
        if reason:
            self._finish_with(str(reason))

    def _delta(self, delta: Mapping[str, Any]) -> Iterator[Event]:
        thought, content = _mistral_parts(delta.get("content"))
        thought = thought or _reasoning(delta)
        details = delta.get("reasoning_details") or None
        if thought or details:
            yield ReasoningDelta(thought, opaque=details)
        refusal = delta.get("refusal")
        if isinstance(refusal, str) and refusal:
            self._was_refused = True
            content += refusal
        if content:
            self._content.append(content)
            yield ContentDelta(content)
        yield from self._calls.read(delta)

    def _finish_with(self, reason: str) -> None:
        if reason in _FAILED_REASONS:
            raise self.translator.protocol(f"gave up in the middle of the answer ({reason})")
        self._reason = _FINISH_REASONS.get(reason, "stop")
        self.is_complete = True

    def _ended(self) -> Iterator[Event]:
        if self._is_over:
            return
        if not self._has_started:
            raise self.translator.protocol("sent an answer without choices")
        if self._reason is None:
            raise self.translator.protocol("ended the stream before the answer was whole")
        self._is_over = self.is_complete = True
        if self._usage is not None:
            yield UsageReported(self._usage)
        yield Finished("content_filter" if self._was_refused else self._reason)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _first_choice(choices: object) -> Mapping[str, Any]:
    """Return choice number 0; with ``n`` > 1 the others are not ours to mix in."""
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, Mapping) and choice.get("index") in (0, None):
            return choice
    return {}


def _reasoning(delta: Mapping[str, Any]) -> str:
    """Return the chain of thought; where two fields hold it, they hold the same text."""
    for name in ("reasoning_content", "reasoning"):
        value = delta.get(name)
        if isinstance(value, str) and value:
            return value
    details = delta.get("reasoning_details")
    texts = [
        part.get("text") or part.get("summary")
        for part in (details if isinstance(details, list) else ())
        if isinstance(part, Mapping)
    ]
    return "".join(text for text in texts if isinstance(text, str))


def _mistral_parts(content: object) -> tuple[str, str]:
    """Return (reasoning, content) of a text, or of a list of parts as Mistral sends it."""
    if isinstance(content, str):
        return "", content
    thought, text = [], []
    for part in content if isinstance(content, list) else ():
        match part:
            case {"type": "thinking", "thinking": str(inner)}:
                thought.append(inner)
            case {"type": "thinking", "thinking": [*inner]}:
                thought.append(_mistral_parts(inner)[1])
            case {"type": "text", "text": str(inner)}:
                text.append(inner)
    return "".join(thought), "".join(text)


@dataclass(slots=True)
class _ToolCalls:
    """Give every piece of a tool call the number of its call, also where the server doesn't.

    ``index`` says it.  Without one, a piece with a new id begins a call and any other piece
    continues.  Some servers give every call index 0: there a new id together with a name tells
    the calls apart.
    """

    count: int = 0
    _number_of: dict[int, int] = field(default_factory=dict)  # the server's index -> our number
    _ids: list[str] = field(default_factory=list)  # by our number; "" while it isn't known
    _names: list[str] = field(default_factory=list)

    def read(self, delta: Mapping[str, Any]) -> Iterator[ToolCallDelta]:
        pieces = delta.get("tool_calls")
        if not isinstance(pieces, list):
            old = _mapping(delta.get("function_call"))  # the shape before there were tools
            pieces = [{"index": 0, "function": old}] if old else []
        for piece in pieces:
            if isinstance(piece, Mapping):
                yield self._piece(piece)

    def _piece(self, piece: Mapping[str, Any]) -> ToolCallDelta:
        function = _mapping(piece.get("function"))
        call_id, name = str(piece.get("id") or ""), str(function.get("name") or "")
        number = self._number(piece.get("index"), call_id, name)
        new_id = call_id if not self._ids[number] else ""
        new_name = name if not self._names[number] else ""
        self._ids[number] = self._ids[number] or call_id
        self._names[number] = self._names[number] or name
        return ToolCallDelta(
            number,
            id=new_id or None,
            name=new_name or None,
            arguments=_arguments(function.get("arguments")),
        )

    def _number(self, index: object, call_id: str, name: str) -> int:
        if isinstance(index, int):
            known = self._number_of.get(index)
            if known is None or (name and call_id and self._ids[known] not in ("", call_id)):
                known = self._number_of[index] = self._begin()
            return known
        if call_id and call_id in self._ids:
            return self._ids.index(call_id)
        if call_id or not self.count:
            return self._begin()
        return self.count - 1

    def _begin(self) -> int:
        self._ids.append("")
        self._names.append("")
        self.count += 1
        return self.count - 1


def _arguments(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, Mapping) else ""


def read_usage(usage: object) -> Usage | None:
    """Return the tokens that a provider reports; None if it reports none.

    Providers count alike but for one thing: some leave reasoning out of the completion tokens,
    which shows in their total.
    """
    row = _mapping(usage)
    if not ({"prompt_tokens", "completion_tokens"} & row.keys()):
        return None
    prompt, completion = _count(row, "prompt_tokens"), _count(row, "completion_tokens")
    details = _mapping(row.get("completion_tokens_details"))
    reasoning = _count(details, "reasoning_tokens") or _count(row, "reasoning_tokens")
    if reasoning and _count(row, "total_tokens") == prompt + completion + reasoning:
        completion += reasoning
    cached = (
        _count(_mapping(row.get("prompt_tokens_details")), "cached_tokens")
        or _count(row, "prompt_cache_hit_tokens")
        or _count(row, "cached_tokens")
    )
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        reasoning_tokens=min(reasoning, completion),
        cached_tokens=min(cached, prompt),
    )


def _count(row: Mapping[str, Any], name: str) -> int:
    value = row.get(name)
    if not isinstance(value, int | float) or not math.isfinite(value):
        return 0
    return max(0, int(value))

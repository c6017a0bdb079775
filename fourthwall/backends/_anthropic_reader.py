"""What an answer of Anthropic's Messages API says: from its JSON to our events.

A stream tells of one block after the other: it begins, grows by deltas, stops.  A whole answer
holds the same blocks finished, and is read as if each had begun and stopped at once.  Blocks of
kinds that aren't known (the tools that run at Anthropic, and whatever comes next) say nothing to
us and are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fourthwall.backends._anthropic_messages import THOUGHT_FORMAT
from fourthwall.backends._reader import AnswerReader, count
from fourthwall.chat import Event, ToolCallDelta, Usage, as_mapping

__all__ = ["AnthropicReader"]

_FINISH_REASONS: Final[Mapping[str, str]] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    # The tools at Anthropic aren't done: there is more to come if one asks again.
    "pause_turn": "length",
    "refusal": "content_filter",
}
"""Stop reasons in OpenAI's words; any other means ``stop``."""


@dataclass(slots=True)
class _Call:
    """A tool call that hasn't ended.  `input` is what came whole, before any piece."""

    number: int
    input: Mapping[str, Any]
    has_pieces: bool = False


@dataclass(slots=True)
class AnthropicReader(AnswerReader):
    """Read one answer of the Messages API; see `AnswerReader`."""

    _open_calls: dict[int, _Call] = field(default_factory=dict)
    _call_count: int = 0
    _tokens: dict[str, Any] = field(default_factory=dict)
    _stop_reason: str | None = None

    def _chunk(self, chunk: Mapping[str, Any], name: str) -> Iterator[Event]:
        given = chunk.get("index")
        index = given if isinstance(given, int) else 0
        match chunk.get("type") or name:
            case "message_start":
                yield from self._message_begun(as_mapping(chunk.get("message")))
            case "content_block_start":
                yield from self._block(index, as_mapping(chunk.get("content_block")))
            case "content_block_delta":
                yield from self._delta(index, as_mapping(chunk.get("delta")))
            case "content_block_stop":
                yield from self._call_ended(index)
            case "message_delta":
                self._count(chunk.get("usage"))
                self._note_stop(as_mapping(chunk.get("delta")))
            case "message_stop":
                yield from self._message_ended()
            case "message":
                yield from self._whole(chunk)

    def _message_begun(self, message: Mapping[str, Any]) -> Iterator[Event]:
        self._count(message.get("usage"))
        yield from self._begun(message.get("model"))

    def _whole(self, message: Mapping[str, Any]) -> Iterator[Event]:
        yield from self._message_begun(message)
        blocks = message.get("content")
        for index, block in enumerate(blocks if isinstance(blocks, list) else ()):
            yield from self._block(index, as_mapping(block))
            yield from self._call_ended(index)
        self._note_stop(message)
        yield from self._message_ended()

    def _message_ended(self) -> Iterator[Event]:
        for index in list(self._open_calls):
            yield from self._call_ended(index)
        if self._stop_reason is not None:
            ours = _FINISH_REASONS.get(self._stop_reason, "stop")
            self._finish_with(ours, self._stop_reason if self._stop_reason != ours else None)
        yield from self._ended()

    # Blocks

    def _block(self, index: int, block: Mapping[str, Any]) -> Iterator[Event]:
        """A block begins, with whatever of it has come at once."""
        match block:
            case {"type": "text", "text": str(text)}:
                yield from self._said(text)
            case {"type": "thinking"}:
                yield from self._thinking(index, "text", block.get("thinking"))
                yield from self._thinking(index, "signature", block.get("signature"))
            case {"type": "redacted_thinking", "data": str(data)}:
                entry = {"type": "reasoning.encrypted", "data": data}
                yield from self._thought("", [_numbered(entry, index)])
            case {"type": "tool_use", "id": str(call_id), "name": str(name)}:
                call = _Call(self._call_count, as_mapping(block.get("input")))
                self._open_calls[index] = call
                self._call_count += 1
                yield from self._called(ToolCallDelta(call.number, id=call_id, name=name))

    def _delta(self, index: int, delta: Mapping[str, Any]) -> Iterator[Event]:
        match delta:
            case {"type": "text_delta", "text": str(text)}:
                yield from self._said(text)
            case {"type": "thinking_delta"}:
                yield from self._thinking(index, "text", delta.get("thinking"))
            case {"type": "signature_delta"}:
                yield from self._thinking(index, "signature", delta.get("signature"))
            case {"type": "input_json_delta", "partial_json": str(piece)}:
                call = self._open_calls.get(index)
                if call is not None and piece:
                    call.has_pieces = True
                    yield from self._called(ToolCallDelta(call.number, arguments=piece))

    def _thinking(self, index: int, part: str, value: object) -> Iterator[Event]:
        """Give a piece of a thought: its text, or the signature that proves whose it is."""
        if isinstance(value, str) and value:
            entry = {"type": "reasoning.text", part: value}
            yield from self._thought(value if part == "text" else "", [_numbered(entry, index)])

    def _call_ended(self, index: int) -> Iterator[Event]:
        """A block stops: arguments that came whole, or not at all, are given now."""
        call = self._open_calls.pop(index, None)
        if call is not None and not call.has_pieces:
            arguments = json.dumps(call.input, ensure_ascii=False)
            yield from self._called(ToolCallDelta(call.number, arguments=arguments))

    # The end

    def _note_stop(self, source: Mapping[str, Any]) -> None:
        reason = source.get("stop_reason")
        if isinstance(reason, str) and reason:
            self._stop_reason = reason

    def _count(self, usage: object) -> None:
        """Take the counts so far: those of a later event replace those of an earlier one."""
        given = {name: value for name, value in as_mapping(usage).items() if value is not None}
        if not given:
            return
        self._tokens |= given
        row = self._tokens
        cached = count(row, "cache_read_input_tokens")
        written = count(row, "cache_creation_input_tokens")
        completion = count(row, "output_tokens")
        thinking = count(as_mapping(row.get("output_tokens_details")), "thinking_tokens")
        self._usage = Usage(
            prompt_tokens=count(row, "input_tokens") + cached + written,
            completion_tokens=completion,
            reasoning_tokens=min(thinking, completion),
            cached_tokens=cached,
            cache_write_tokens=written,
        )


def _numbered(entry: Mapping[str, Any], index: int) -> dict[str, Any]:
    """Return an entry of ``reasoning_details`` with the number of its block, by which it grows."""
    return {**entry, "format": THOUGHT_FORMAT, "index": index}

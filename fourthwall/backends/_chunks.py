"""What a chat-completions answer says: from its JSON to our events.

Servers that call themselves compatible differ in where they put reasoning, usage, errors and the
numbers of tool calls; all of these habits are read without being told which it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fourthwall.backends._reader import AnswerReader, count, first_of
from fourthwall.chat import Event, ToolCallDelta, Usage, as_mapping

__all__ = ["ChatReader", "read_usage"]

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
class ChatReader(AnswerReader):
    """Read one answer of chat completions; see `AnswerReader`."""

    _was_refused: bool = False
    _calls: _ToolCalls = field(default_factory=lambda: _ToolCalls())

    def _chunk(self, chunk: Mapping[str, Any], name: str) -> Iterator[Event]:
        choices = chunk.get("choices")
        choice = first_of(choices)
        if choice.get("error"):
            raise self.translator.payload(choice)
        self._usage = (
            read_usage(chunk.get("usage"))
            or read_usage(as_mapping(chunk.get("x_groq")).get("usage"))
            or read_usage(choice.get("usage"))
            or self._usage
        )
        if not isinstance(choices, list):
            return  # a keep-alive or a note of the server's own
        yield from self._begun(chunk.get("model"))
        yield from self._delta(as_mapping(choice.get("delta") or choice.get("message")))
        reason = choice.get("finish_reason")
        if reason:
            self._ends(str(reason), choice.get("native_finish_reason"))

    def _delta(self, delta: Mapping[str, Any]) -> Iterator[Event]:
        thought, content = _mistral_parts(delta.get("content"))
        details = delta.get("reasoning_details")
        known = [d for d in details if isinstance(d, Mapping)] if isinstance(details, list) else []
        yield from self._thought(thought or _reasoning(delta), known)
        refusal = delta.get("refusal")
        if isinstance(refusal, str) and refusal:
            self._was_refused = True
            content += refusal
        yield from self._said(content)
        for piece in self._calls.read(delta):
            yield from self._called(piece)

    def _ends(self, reason: str, native: object) -> None:
        if reason in _FAILED_REASONS:
            raise self.translator.protocol(f"gave up in the middle of the answer ({reason})")
        ours = _FINISH_REASONS.get(reason, "stop")
        word = native if isinstance(native, str) and native else reason
        self._finish_with(
            "content_filter" if self._was_refused else ours, word if word != ours else None
        )


def _reasoning(delta: Mapping[str, Any]) -> str:
    """Return the chain of thought; where two fields hold it, they hold the same text."""
    for name in ("reasoning_content", "reasoning", "reasoning_text", "thinking"):
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
            old = as_mapping(delta.get("function_call"))  # the shape before there were tools
            pieces = [{"index": 0, "function": old}] if old else []
        for piece in pieces:
            if isinstance(piece, Mapping):
                yield self._piece(piece)

    def _piece(self, piece: Mapping[str, Any]) -> ToolCallDelta:
        function = as_mapping(piece.get("function"))
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
    row = as_mapping(usage)
    if not ({"prompt_tokens", "completion_tokens"} & row.keys()):
        return None
    prompt, completion = count(row, "prompt_tokens"), count(row, "completion_tokens")
    details = as_mapping(row.get("completion_tokens_details"))
    prompt_details = as_mapping(row.get("prompt_tokens_details"))
    reasoning = count(details, "reasoning_tokens") or count(row, "reasoning_tokens")
    if reasoning and count(row, "total_tokens") == prompt + completion + reasoning:
        completion += reasoning
    cached = (
        count(prompt_details, "cached_tokens")
        or count(row, "prompt_cache_hit_tokens")
        or count(row, "cached_tokens")
    )
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        reasoning_tokens=min(reasoning, completion),
        cached_tokens=min(cached, prompt),
        cache_write_tokens=count(prompt_details, "cache_write_tokens"),
    )

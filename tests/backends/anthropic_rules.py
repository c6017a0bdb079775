"""What Anthropic's Messages API accepts, beyond the types of its SDK: its refusals, as checks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from anthropic.types.message_create_params import (
    MessageCreateParamsNonStreaming,
    MessageCreateParamsStreaming,
)

from tests.backends.sdk import unknown_to

__all__ = ["accepted", "blocks_of"]

_ID = re.compile(r"[a-zA-Z0-9_-]+")
_SAMPLING = {"temperature", "top_p", "top_k"}
"""Gone from the SDK's types, as new models refuse them; models up to 4.6 take them."""
_THINKING = ("thinking", "redacted_thinking")


def accepted(body: dict[str, Any], *, thinks: bool = False) -> dict[str, Any]:
    """Return a body that the SDK's types and the API's rules accept; fail for any other.

    ``thinks`` says that the model thinks where nobody says anything.
    """
    streams = "stream" in body
    kind = MessageCreateParamsStreaming if streams else MessageCreateParamsNonStreaming
    assert {*unknown_to(kind, body)} <= _SAMPLING
    messages = body["messages"]
    roles = [message["role"] for message in messages]
    assert roles == [("user", "assistant")[n % 2] for n in range(len(roles))]
    assert roles, "at least one message is required"
    for message in messages:
        _content_is_accepted(message)
    _pairs_are_accepted(messages)
    _ending_is_accepted(body)
    _thinking_is_accepted(body, thinks=thinks)
    assert sum("cache_control" in part for part in _mappings(body)) <= 4
    return body


def blocks_of(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a message's content as blocks."""
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _content_is_accepted(message: Mapping[str, Any]) -> None:
    blocks = blocks_of(message)
    assert blocks
    for block in blocks:
        if block["type"] == "text":
            assert block["text"].strip(), "text content blocks must be non-empty"
        elif block["type"] == "thinking":
            assert block["signature"]
        elif block["type"] == "tool_result":
            _result_is_accepted(block)
    types = _types(message)
    if message["role"] == "user":
        assert not types & {"tool_use", *_THINKING}
    else:
        assert types <= {"text", "tool_use", *_THINKING}
        assert blocks[-1]["type"] not in _THINKING


def _result_is_accepted(block: Mapping[str, Any]) -> None:
    content = block.get("content")
    if isinstance(content, list):
        assert all(b["type"] != "text" or b["text"].strip() for b in content)
    if block.get("is_error"):
        assert content, "content cannot be empty if is_error is true"
        assert isinstance(content, str) or all(b["type"] == "text" for b in content)


def _pairs_are_accepted(messages: list[dict[str, Any]]) -> None:
    """Every call is answered at the very beginning of the next message, and nothing else is."""
    seen: set[str] = set()
    calls: list[str] = []
    for message in messages:
        blocks = blocks_of(message)
        results = [b["tool_use_id"] for b in blocks if b["type"] == "tool_result"]
        assert results == calls
        assert all(b["type"] == "tool_result" for b in blocks[: len(results)])
        calls = [b["id"] for b in blocks if b["type"] == "tool_use"]
        assert all(_ID.fullmatch(call) for call in calls)
        assert len({*calls}) == len(calls)
        assert not seen & {*calls}, "`tool_use` ids must be unique"
        seen |= {*calls}
    assert not calls


def _ending_is_accepted(body: Mapping[str, Any]) -> None:
    last = body["messages"][-1]
    if last["role"] == "assistant":
        assert "thinking" not in body
        text = blocks_of(last)[-1].get("text", "")
        assert text == text.rstrip()


def _thinking_is_accepted(body: Mapping[str, Any], *, thinks: bool) -> None:
    thinking = body.get("thinking", {})
    assert body["max_tokens"] >= 1
    if thinking.get("type") == "enabled":
        assert 1024 <= thinking["budget_tokens"] < body["max_tokens"]
        assert body.get("tool_choice", {}).get("type") in (None, "auto", "none")
    if thinking.get("type") in ("enabled", "adaptive"):
        assert not body.keys() & {"temperature", "top_p", "top_k"}
    assert not {"temperature", "top_p"} <= body.keys()
    last = body["messages"][-1]
    if last["role"] == "user" and "tool_result" in _types(last):
        _thinking_in_loop_is_accepted(body["messages"], thinking.get("type"), thinks=thinks)


def _thinking_in_loop_is_accepted(
    messages: list[dict[str, Any]], form: str | None, *, thinks: bool
) -> None:
    """A tool loop goes on: it has to have begun as it continues.

    Where somebody says something beside a result, either place may count as its beginning; what a
    failed tool showed looks like that, too.
    """
    if form == "enabled":
        starts = [_start_of_loop(messages, strict) for strict in (True, False)]
        assert any(blocks_of(start)[0]["type"] in _THINKING for start in starts)
    if form == "disabled" or (form is None and not thinks):
        assert not _types(messages[-2]) & {*_THINKING}


def _start_of_loop(messages: list[dict[str, Any]], strict: bool) -> dict[str, Any]:
    said = {"text", "image", "document"} if strict else {"text"}
    place = len(messages) - 2
    while (
        place > 1 and "tool_result" in (types := _types(messages[place - 1])) and not types & said
    ):
        place -= 2
    return messages[place]


def _types(message: Mapping[str, Any]) -> set[str]:
    return {block["type"] for block in blocks_of(message)}


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for key, inner in value.items():
            if key not in ("input", "input_schema", "schema"):
                yield from _mappings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _mappings(inner)

"""What providers refuse in a request, as checks: each fails with the rule that a body breaks."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from fourthwall.registry import ModelCard, Provider, canonical_provider, providers
from tests.backends.anthropic_rules import accepted as anthropic_accepts

__all__ = ["accepted", "texts_of"]

_IDS: Final = {"any": r"[\s\S]{1,40}", "word": r"[a-zA-Z0-9_-]{1,40}", "nine": r"[a-zA-Z0-9]{9}"}
_FIELDS: Final = {
    "system": {"role", "content", "name"},
    "developer": {"role", "content", "name"},
    "user": {"role", "content", "name"},
    "tool": {"role", "content", "tool_call_id"},
    "assistant": {"role", "content", "name", "tool_calls", "prefix", "audio", "reasoning_details"},
}
_PARTS: Final = {
    "text": "text",
    "image_url": "image",
    "input_audio": "audio",
    "file": "file",
    "video_url": "video",
}


def accepted(provider: str, card: ModelCard, body: dict[str, Any]) -> dict[str, Any]:
    """Return a body that breaks no rule of its target; fail for any other."""
    row = providers()[canonical_provider(provider)]
    assert body == json.loads(json.dumps(body)), "plain JSON"
    if "input" in body:
        _responses(body)
    elif "contents" in body:
        _gemini(body)
    elif row.kind == "anthropic":
        anthropic_accepts(body)
    else:
        _chat(row, card, body)
    return body


def texts_of(body: Mapping[str, Any]) -> str:
    """Return everything that a body says, as one text to look things up in."""
    return json.dumps(body, ensure_ascii=False)


# Chat completions ---------------------------------------------------------------------------------


def _chat(row: Provider, card: ModelCard, body: Mapping[str, Any]) -> None:
    messages = body["messages"]
    assert messages, "at least one message"
    for message in messages:
        _fields_are_known(row, message)
        _content_says_something(message)
        _media_can_be_seen(row, card, message)
    parts = [p for m in messages if isinstance(m.get("content"), list) for p in m["content"]]
    images = sum(part.get("type") == "image_url" for part in parts)
    assert row.max_images is None or images <= row.max_images, "too many images"
    _roles_follow(row, messages)
    _calls_are_answered(row, messages)
    _ending_is_accepted(row, messages[-1])
    if row.closed_schema:
        assert all(value is not None for m in messages for value in m.values()), "no nulls"
    if row.takes:
        known = {row.token_limit_field, "model", "messages", "stream", "stream_options"}
        thinking = {"reasoning_effort", "thinking", "enable_thinking", "thinking_budget"}
        assert set(body) <= {*row.takes, *known, *thinking, "reasoning"}, "unknown parameters"


def _fields_are_known(row: Provider, message: Mapping[str, Any]) -> None:
    known = set(_FIELDS[message["role"]])
    if message["role"] == "assistant" and row.reasoning_replay_field:
        known.add(row.reasoning_replay_field)
    if row.closed_schema or not row.message_names:
        known.discard("name")
    if not row.reasoning_details:
        known.discard("reasoning_details")
    assert set(message) <= known, f"extra inputs: {set(message) - known}"
    assert message["role"] != "developer" or row.developer_role, "unknown variant `developer`"


def _content_says_something(message: Mapping[str, Any]) -> None:
    content = message.get("content")
    if content is None:
        assert message["role"] == "assistant"
        assert message.get("tool_calls") or message.get("audio"), "neither content nor calls"
    elif isinstance(content, str):
        assert content.strip(), "empty content"
    else:
        assert content, "no parts"
        texts = [part["text"] for part in content if part.get("type") == "text"]
        assert all(text.strip() for text in texts), "text parts must be non-empty"
    if message["role"] in ("tool", "assistant"):
        assert content is None or isinstance(content, str), "text only"


def _media_can_be_seen(row: Provider, card: ModelCard, message: Mapping[str, Any]) -> None:
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    kinds = {_PARTS.get(str(part.get("type")), "other") for part in parts}
    sees = "image" in row.media if card.vision is None else card.vision
    assert kinds <= {"text", *row.media, *({"image"} if sees else ())}, "unknown variant"
    assert sees or "image" not in kinds, "unknown variant `image_url`, expected `text`"


def _roles_follow(row: Provider, messages: list[dict[str, Any]]) -> None:
    roles = [message["role"] for message in messages]
    if row.late_system == "note":
        late = [role for role in roles[1:] if role in ("system", "developer")]
        assert not late, "System message must be at the beginning."
    spoken = [role for role in roles if role not in ("system", "developer")]
    if row.user_first:
        assert spoken[0] == "user", "the first message must be the user's"
    if row.merges_turns:
        pairs = pairwise(roles)
        assert all(a != b or a in ("tool", "system") for a, b in pairs), "roles must alternate"


def _calls_are_answered(row: Provider, messages: list[dict[str, Any]]) -> None:
    waiting: list[str] = []
    seen: Counter[str] = Counter()
    for message in messages:
        if message["role"] == "tool":
            assert waiting, "a tool message must be a response to a preceding call"
            assert message["tool_call_id"] == waiting.pop(0)
            continue
        assert not waiting, "calls must be followed by tool messages for each of them"
        for call in message.get("tool_calls", ()):
            assert re.fullmatch(_IDS[row.tool_id], call["id"]), f"id {call['id']!r}"
            assert "__thought__" not in call["id"]
            assert isinstance(json.loads(call["function"]["arguments"]), dict)
            assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", call["function"]["name"])
            waiting.append(call["id"])
            seen[call["id"]] += 1
    assert not waiting, "calls without results"
    assert all(times == 1 for times in seen.values()), "ids must be unique"


def _ending_is_accepted(row: Provider, last: Mapping[str, Any]) -> None:
    if last["role"] != "assistant":
        return
    assert row.last_turn != "user", "the last message must be the user's"
    if row.last_turn == "prefix":
        assert last["prefix"] is True, "expected last role User or Tool"
        assert last["content"] == last["content"].rstrip(), "trailing white space"


# Gemini -------------------------------------------------------------------------------------------

_DATA: Final = {"text", "inlineData", "fileData", "functionCall", "functionResponse"}


def _gemini(body: Mapping[str, Any]) -> None:
    contents = body["contents"]
    roles = [content["role"] for content in contents]
    assert roles == [("user", "model")[n % 2] for n in range(len(roles))], "roles alternate"
    assert roles[-1] == "user", "the last turn is the user's"
    calls: list[Mapping[str, Any]] = []
    for content in contents:
        parts = content["parts"]
        assert parts, "contents.parts must not be empty"
        for part in parts:
            assert len(_DATA & part.keys()) == 1, "required oneof field 'data'"
            assert part.get("text", "x") or "thoughtSignature" in part, "empty text"
        answers = [part["functionResponse"] for part in parts if "functionResponse" in part]
        assert len(answers) == len(calls), "as many responses as calls"
        for call, answer in zip(calls, answers, strict=True):
            assert (call["name"], call.get("id")) == (answer["name"], answer.get("id"))
            assert isinstance(answer["response"], dict)
        calls = [part["functionCall"] for part in parts if "functionCall" in part]
        assert all(isinstance(call["args"], dict) for call in calls)
    assert not calls, "calls without responses"


# Responses ----------------------------------------------------------------------------------------


def _responses(body: Mapping[str, Any]) -> None:
    items = body["input"]
    assert items, "at least one item"
    calls: Counter[str] = Counter()
    outputs: Counter[str] = Counter()
    for place, item in enumerate(items):
        match item["type"]:
            case "message":
                assert item["content"], "empty content"
            case "function_call":
                assert isinstance(json.loads(item["arguments"]), dict)
                calls[item["call_id"]] += 1
            case "function_call_output":
                assert item["call_id"] in calls, "No tool call found for function call output"
                outputs[item["call_id"]] += 1
            case "reasoning":
                assert item["encrypted_content"], "never an id without content"
                following = items[place + 1]["type"] if place + 1 < len(items) else None
                assert following in ("reasoning", "message", "function_call")
    assert calls == outputs, "No tool output found for function call"
    assert all(times == 1 for times in calls.values())

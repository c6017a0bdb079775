"""From every family of providers to every other, with all that a conversation leaves behind.

The first family's part of the history is what a `Conversation` keeps of its answers, read from
scripted streams in its own dialect; the request is the second family's.  It must pass the official
SDK's types and every rule that the second family is known to have.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx
import pytest
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming

import fourthwall as fw
from fourthwall.backends import HTTPBackend, RetryPolicy, build_request
from fourthwall.engine import Options
from fourthwall.errors import FourthwallError
from fourthwall.registry import ModelCard, Registry, providers
from tests.backends.rules import accepted, texts_of
from tests.backends.sdk import unknown_to
from tests.backends.test_gemini_body import check as google_accepts

Json: TypeAlias = dict[str, Any]
Call: TypeAlias = tuple[str, str]  # id and name

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
    for name in ("weather", "time")
]
SECRET = "c2VjcmV0LW9mLWl0cy1tYWtlcg=="
THOUGHT = "I had better look it up."
ARGUMENTS = '{"town": "Bergen"}'

# What each family streams -------------------------------------------------------------------------


def sse(*chunks: Json, named: bool = False) -> bytes:
    lines = (
        (f"event: {chunk['type']}\n" if named else "") + f"data: {json.dumps(chunk)}\n\n"
        for chunk in chunks
    )
    return "".join(lines).encode()


def chat_stream(field: str | None) -> Callable[[str, Sequence[Call], bool], bytes]:
    """Return what streams as chat completions do, thoughts in that field."""

    def stream(text: str, calls: Sequence[Call], thinks: bool) -> bytes:
        deltas: list[Json] = [{"role": "assistant", "content": ""}]
        if thinks and field:
            deltas.append({field: THOUGHT})
        deltas += [{"content": piece} for piece in text]
        for number, (call_id, name) in enumerate(calls):
            call = {"index": number, "id": call_id, "type": "function"}
            pieces = ARGUMENTS[:8], ARGUMENTS[8:]
            deltas += [
                {"tool_calls": [{**call, "function": {"name": name, "arguments": pieces[0]}}]},
                {"tool_calls": [{"index": number, "function": {"arguments": pieces[1]}}]},
            ]
        reason = "tool_calls" if calls else "stop"
        chunks = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
        end = {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
        return sse(*chunks, end) + b"data: [DONE]\n\n"

    return stream


def anthropic_stream(text: str, calls: Sequence[Call], thinks: bool) -> bytes:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "content": []}
    out: list[Json] = [{"type": "message_start", "message": {**message, "model": "claude"}}]
    blocks: list[tuple[Json, list[Json]]] = []
    if thinks:
        thought = {"type": "thinking", "thinking": "", "signature": ""}
        steps = [
            {"type": "thinking_delta", "thinking": THOUGHT},
            {"type": "signature_delta", "signature": SECRET},
        ]
        blocks.append((thought, steps))
    if text:
        blocks.append(({"type": "text", "text": ""}, [{"type": "text_delta", "text": text}]))
    for call_id, name in calls:
        call = {"type": "tool_use", "id": call_id, "name": name, "input": {}}
        blocks.append((call, [{"type": "input_json_delta", "partial_json": ARGUMENTS}]))
    for number, (block, steps) in enumerate(blocks):
        out.append({"type": "content_block_start", "index": number, "content_block": block})
        out += [{"type": "content_block_delta", "index": number, "delta": step} for step in steps]
        out.append({"type": "content_block_stop", "index": number})
    reason = {"stop_reason": "tool_use" if calls else "end_turn"}
    out.append({"type": "message_delta", "delta": reason, "usage": {"output_tokens": 4}})
    return sse(*out, {"type": "message_stop"}, named=True)


def gemini_stream(text: str, calls: Sequence[Call], thinks: bool) -> bytes:
    parts: list[Json] = [{"text": THOUGHT, "thought": True}] if thinks else []
    parts += [{"text": text}] if text else []
    for number, (_, name) in enumerate(calls):  # it gives its calls no ids
        part: Json = {"functionCall": {"name": name, "args": json.loads(ARGUMENTS)}}
        parts.append({**part, **({"thoughtSignature": SECRET} if thinks and not number else {})})
    content = {"role": "model", "parts": parts}
    return sse({"candidates": [{"index": 0, "content": content, "finishReason": "STOP"}]})


def responses_stream(text: str, calls: Sequence[Call], thinks: bool) -> bytes:
    items: list[Json] = []
    if thinks:
        summary = [{"type": "summary_text", "text": THOUGHT}]
        items.append(
            {"type": "reasoning", "id": "rs_1", "summary": summary, "encrypted_content": SECRET}
        )
    if text:
        said = [{"type": "output_text", "text": text}]
        items.append({"type": "message", "id": "msg_1", "role": "assistant", "content": said})
    items += [
        {"type": "function_call", "id": f"fc_{n}", "call_id": call_id, "name": name}
        | {"arguments": ARGUMENTS}
        for n, (call_id, name) in enumerate(calls)
    ]
    steps = [
        {"type": "response.output_item.done", "output_index": number, "item": item}
        for number, item in enumerate(items)
    ]
    whole = {"id": "resp_1", "object": "response", "status": "completed", "output": items}
    return sse(*steps, {"type": "response.completed", "response": whole}, named=True)


# The families -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Family:
    """A provider with a model of its own, and what that model streams."""

    provider: str
    card: ModelCard
    stream: Callable[[str, Sequence[Call], bool], bytes]
    private: str | None = None
    """What of its thoughts goes back to it; None where nothing does."""


def _card(model: str, provider: str, **facts: Any) -> ModelCard:
    return ModelCard(id=model, provider=provider, **facts)


FAMILIES = {
    "chat": Family("openai", _card("gpt-4o", "openai", vision=True), chat_stream(None)),
    "responses": Family("openai", _card("o3-pro", "openai", vision=True), responses_stream, SECRET),
    "anthropic": Family(
        "anthropic",
        _card("claude-sonnet-4.5", "anthropic", vision=True, reasoning=True),
        anthropic_stream,
        SECRET,
    ),
    "gemini": Family(
        "google",
        _card("gemini-3-flash-preview", "google", vision=True, thought_signatures="required"),
        gemini_stream,
        SECRET,
    ),
    "deepseek": Family(
        "deepseek",
        _card("deepseek-v4", "deepseek", reasoning_replay="required_on_tool_turns"),
        chat_stream("reasoning_content"),
        THOUGHT,
    ),
    "mistral": Family("mistral", _card("mistral-large", "mistral"), chat_stream(None)),
}
REGISTRY = Registry([family.card for family in FAMILIES.values()])


def talk(family: Family, *answers: bytes) -> fw.Conversation:
    """Return a conversation with a family's model that answers like this, one after the other."""
    waiting = iter(answers)

    def answer(_: httpx.Request) -> httpx.Response:
        headers = {"content-type": "text/event-stream"}
        return httpx.Response(200, content=next(waiting), headers=headers)

    client = httpx.Client(transport=httpx.MockTransport(answer))
    backend = HTTPBackend(family.provider, api_key="k", client=client)
    options = Options(retry=RetryPolicy(attempts=1))
    parameters = {"tools": TOOLS}
    return fw.Conversation(
        family.card.id,
        registry=REGISTRY,
        backends=[backend],
        system="Be brief.",
        parameters=parameters,
        options=options,
    )


def kept(chat: fw.Conversation) -> list[Any]:
    history: list[Any] = json.loads(chat.to_json())["messages"]
    return history


def results(reply: fw.ChatReply, content: Any = "sleet") -> list[Json]:
    return [
        {"role": "tool", "tool_call_id": call.id, "content": content} for call in reply.tool_calls
    ]


# What happens before the switch -------------------------------------------------------------------

ONE, TWO = [("call_1", "weather")], [("call_1", "weather"), ("call_2", "time")]


def plain(family: Family) -> list[Any]:
    chat = talk(family, family.stream("Sleet.", (), False))
    chat.send("What is the weather in Bergen?")
    return kept(chat)


def tools(family: Family, calls: Sequence[Call] = ONE, content: Any = "sleet") -> list[Any]:
    answers = family.stream("One moment.", calls, False), family.stream("Sleet.", (), False)
    chat = talk(family, *answers)
    reply = chat.send("What is the weather in Bergen?")
    assert len(reply.tool_calls) == len(calls)
    chat.send(results(reply, content))
    return kept(chat)


def parallel_tools(family: Family) -> list[Any]:
    return tools(family, TWO)


def tools_that_draw(family: Family) -> list[Any]:
    return tools(family, TWO, [{"type": "text", "text": "sleet"}, PICTURE])


def images(family: Family) -> list[Any]:
    chat = talk(family, family.stream("Sleet.", (), False))
    chat.send([{"type": "text", "text": "What is the weather in Bergen?"}, PICTURE])
    return kept(chat)


def reasoning(family: Family) -> list[Any]:
    chat = talk(family, family.stream("", ONE, True), family.stream("Sleet.", (), True))
    chat.send(results(chat.send("What is the weather in Bergen?")))
    return kept(chat)


def open_loop(family: Family) -> list[Any]:
    """The model waits for one of two results when the person goes on."""
    chat = talk(family, family.stream("", TWO, True))
    reply = chat.send("What is the weather in Bergen?")
    return [*kept(chat), *results(reply)[:1]]


def cut_off(family: Family) -> list[Any]:
    """The connection breaks in the middle of an answer."""
    whole = family.stream("It is sleet and more of it. " * 20, ONE, True)
    chat = talk(family, whole[: len(whole) * 3 // 4])
    with pytest.raises(FourthwallError):
        chat.send("What is the weather in Bergen?")
    question = {"role": "user", "content": "What is the weather in Bergen?"}
    history = kept(chat)  # nothing of it where the model had said nothing
    return history if len(history) > 1 else [*history, question]


def system_in_the_middle(family: Family) -> list[Any]:
    history = tools(family)
    note = {"role": "system", "content": "Now in Norwegian."}
    return [*history[:3], note, *history[3:], note]


def empty_content(family: Family) -> list[Any]:
    nothing: list[Any] = [
        {"role": "assistant", "content": ""},
        {"role": "user", "content": [{"type": "text", "text": " "}]},
        {"role": "assistant", "content": None, "model": family.card.id},
    ]
    return [*nothing, *tools(family, content=""), *nothing]


SCENES: list[Callable[[Family], list[Any]]] = [
    plain,
    tools,
    parallel_tools,
    tools_that_draw,
    images,
    reasoning,
    open_loop,
    cut_off,
    system_in_the_middle,
    empty_content,
]

# The matrix ---------------------------------------------------------------------------------------

PAIRS = [(first, second) for first in FAMILIES for second in FAMILIES]
NAMES = [f"{first}-to-{second}" for first, second in PAIRS]


def passes(family: Family, body: Json) -> Json:
    """Return a body that the SDK of its family and the family's rules accept."""
    if "contents" in body:
        google_accepts(body)
    elif "input" in body:
        assert unknown_to(ResponseCreateParamsStreaming, body) == []
    elif family.provider == "openai":
        assert unknown_to(CompletionCreateParamsStreaming, body) == []
    return accepted(family.provider, family.card, body)


def built(family: Family, history: Iterable[Any]) -> Json:
    request = {"messages": [*history], "tools": TOOLS, "temperature": 0.5, "max_tokens": 500}
    return passes(family, build_request(family.provider, family.card, request))


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
@pytest.mark.parametrize(("first", "second"), PAIRS, ids=NAMES)
def test_a_switch_gives_a_request_that_is_accepted(
    first: str, second: str, scene: Callable[[Family], list[Any]]
) -> None:
    history = scene(FAMILIES[first])
    target = FAMILIES[second]
    body = built(target, [*history, {"role": "user", "content": "And in Oslo?"}])
    made = texts_of(body)
    assert "Bergen?" in made
    assert "And in Oslo?" in made
    told = [m for m in history if m["role"] in ("tool", "system") and m["content"]]
    words = {"sleet": "tool", "Be brief.": "system", "Norwegian": "system"}
    for word, role in words.items():
        was_said = any(word in str(m["content"]) for m in told if m["role"] == role)
        assert not was_said or word in made
    if first != second:
        assert SECRET not in made
        assert THOUGHT not in made
    if "AAAA" in json.dumps(history):
        sees = target.card.vision or "image" in providers()[target.provider].media
        assert ("AAAA" in made) is sees
        assert sees or "[image: not shown to this model]" in made


@pytest.mark.parametrize("name", [n for n, family in FAMILIES.items() if family.private])
def test_its_own_state_comes_back_to_its_maker(name: str) -> None:
    family = FAMILIES[name]
    made = texts_of(
        built(family, [*reasoning(family), {"role": "user", "content": "And in Oslo?"}])
    )
    assert family.private is not None
    assert family.private in made


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=NAMES)
def test_a_beginning_is_gone_on_with_or_answered(first: str, second: str) -> None:
    history = plain(FAMILIES[first])
    body = built(FAMILIES[second], [*history, {"role": "assistant", "content": "Once upon "}])
    assert "Once upon" in texts_of(body)


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=NAMES)
def test_while_the_model_stays_turns_are_appended(first: str, second: str) -> None:
    target = FAMILIES[second]
    history = [*reasoning(FAMILIES[first]), {"role": "user", "content": "And in Oslo?"}]
    short = built(target, history)
    answer = {"role": "assistant", "content": "Sun.", "model": target.card.id}
    longer = built(target, [*history, answer, {"role": "user", "content": "Thanks."}])
    name = next(name for name in ("messages", "contents", "input") if name in short)
    assert longer[name][: len(short[name])] == short[name]
    assert {**longer, name: 0} == {**short, name: 0}

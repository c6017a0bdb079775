"""Chat completions held against the official SDK: its types know what we send, we read its objects.

Compatible providers have fields of their own; those that a row of the table names are all that the
SDK may not know.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.completion_create_params import (
    CompletionCreateParamsNonStreaming,
    CompletionCreateParamsStreaming,
)

from fourthwall.backends import build_request
from fourthwall.backends._chunks import ChatReader
from fourthwall.backends._errors import Translator
from fourthwall.chat import ChatReply, ChatRequest, Usage, fold_reply
from fourthwall.registry import ModelCard, Provider, providers
from tests.backends.sdk import unknown_to

ROWS = [row for row in providers().values() if row.kind == "openai"]
USER = {"role": "user", "content": "hi"}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
TRANSLATOR = Translator(
    provider="openai",
    card=ModelCard(id="m", provider="openai"),
    request=ChatRequest(messages=(USER,)),
)

private = st.fixed_dictionaries(
    {},
    optional={
        "name": st.just("n"),
        "model": st.sampled_from(["m", "other"]),
        "reasoning_content": st.just("hm"),
        "reasoning_details": st.just([{"type": "reasoning.text", "text": "hm"}]),
        "tool_calls": st.just([{"id": "c", "function": {"name": "f", "arguments": {"x": 1}}}]),
        "tool_call_id": st.just("c"),
        "refusal": st.just("no"),
        "annotations": st.just([]),
        "fourthwall": st.just({"kind": "switch"}),
    },
)
contents = st.sampled_from(
    [None, "", "a", [{"type": "text", "text": "a"}], [PICTURE], [{"type": "text", "text": ""}]]
)
messages = st.lists(
    st.builds(
        lambda role, content, more: {"role": role, "content": content, **more},
        st.sampled_from(["system", "developer", "user", "assistant", "tool", "function"]),
        contents,
        private,
    ),
    max_size=5,
)
parameters = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.floats(0, 2),
        "top_p": st.floats(0, 1),
        "max_tokens": st.integers(1, 9999),
        "seed": st.integers(0, 9),
        "stop": st.just(["x", "y"]),
        "logprobs": st.booleans(),
        "tools": st.just([TOOL]),
        "tool_choice": st.sampled_from(["auto", "none"]),
        "parallel_tool_calls": st.booleans(),
        "reasoning_effort": st.sampled_from(["none", "low", "high"]),
        "response_format": st.just({"type": "json_object"}),
        "user": st.just("u"),
        "stream_options": st.just({"include_obfuscation": False}),
    },
)
cards = st.builds(
    ModelCard,
    id=st.just("m"),
    provider=st.just("p"),
    reasoning=st.sampled_from([None, True, False]),
    vision=st.sampled_from([None, True, False]),
    tools=st.sampled_from([None, True]),
    reasoning_replay=st.sampled_from([None, "own", "required_on_tool_turns"]),
)


def own_fields(row: Provider) -> set[str]:
    """Return what a provider takes beyond OpenAI's vocabulary, as its row says it."""
    switches = {
        "thinking_type": {"thinking"},
        "enable_thinking": {"enable_thinking", "thinking_budget"},
        "reasoning": {"reasoning"},
    }
    return {
        *switches.get(row.thinking_switch, set()),
        *({f"messages.{row.reasoning_replay_field}"} if row.reasoning_replay_field else set()),
        *({"messages.reasoning_details"} if row.reasoning_details else set()),
        *({"messages.prefix"} if row.last_turn == "prefix" else set()),
        *({row.seed_field} - {"seed"}),
    }


@given(st.sampled_from(ROWS), cards, messages, parameters, st.booleans())
def test_the_sdk_knows_every_field_that_no_row_names(
    row: Provider,
    card: ModelCard,
    more: list[dict[str, Any]],
    given: dict[str, Any],
    stream: bool,
) -> None:
    """Law: for every compatible provider the official types accept the body."""
    request = {"messages": [USER, *more], **given, "stream": stream}
    made = build_request(row.name, card, request)
    kind = CompletionCreateParamsStreaming if stream else CompletionCreateParamsNonStreaming
    unknown = {re.sub(r"\[\d+\]", "", path) for path in unknown_to(kind, made)}
    assert unknown <= own_fields(row)


class TestChunks:
    """What the SDK's objects say, our reader reads."""

    def reply(self, *chunks: ChatCompletionChunk) -> ChatReply:
        lines = [f"data: {chunk.model_dump_json()}\n\n" for chunk in chunks]
        reader = ChatReader(TRANSLATOR)
        data = "".join([*lines, "data: [DONE]\n\n"]).encode()
        return fold_reply([*reader.feed(data), *reader.finish()])

    def chunk(self, *choices: Any, **facts: Any) -> ChatCompletionChunk:
        made = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", **facts}
        return ChatCompletionChunk.model_validate({**made, "choices": list(choices)})

    def delta(self, finish: str | None = None, **delta: Any) -> ChatCompletionChunk:
        return self.chunk({"index": 0, "delta": delta, "finish_reason": finish})

    def test_a_stream_of_its_chunks(self) -> None:
        usage = {
            "prompt_tokens": 9,
            "completion_tokens": 5,
            "total_tokens": 14,
            "prompt_tokens_details": {"cached_tokens": 4},
            "completion_tokens_details": {"reasoning_tokens": 3},
        }
        call = {"index": 0, "id": "call_1", "type": "function"}
        answer = self.reply(
            self.delta(role="assistant", content=""),
            self.delta(content="Hel"),
            self.delta(content="lo"),
            self.delta(tool_calls=[{**call, "function": {"name": "f", "arguments": ""}}]),
            self.delta(tool_calls=[{"index": 0, "function": {"arguments": "{}"}}]),
            self.delta("tool_calls"),
            self.chunk(usage=usage),
        )
        assert (answer.text, answer.finish_reason) == ("Hello", "tool_calls")
        assert [(c.id, c.name, c.arguments) for c in answer.tool_calls] == [("call_1", "f", "{}")]
        assert answer.usage == Usage(
            prompt_tokens=9, completion_tokens=5, reasoning_tokens=3, cached_tokens=4
        )

    @pytest.mark.parametrize(
        ("reason", "ours"),
        [
            ("stop", "stop"),
            ("length", "length"),
            ("tool_calls", "tool_calls"),
            ("content_filter", "content_filter"),
            ("function_call", "tool_calls"),
        ],
    )
    def test_every_finish_reason(self, reason: str, ours: str) -> None:
        assert self.reply(self.delta(content="x"), self.delta(reason)).finish_reason == ours

    def test_a_refusal(self) -> None:
        answer = self.reply(self.delta(refusal="No."), self.delta("stop"))
        assert (answer.text, answer.finish_reason) == ("No.", "content_filter")

    def test_a_whole_answer(self) -> None:
        message = {"role": "assistant", "content": "Hello"}
        made = ChatCompletion.model_validate(
            {
                "id": "c",
                "object": "chat.completion",
                "created": 1,
                "model": "m",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            }
        )
        reader = ChatReader(TRANSLATOR)
        events = [*reader.feed(json.dumps(made.model_dump()).encode()), *reader.finish()]
        assert fold_reply(events).text == "Hello"

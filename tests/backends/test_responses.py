"""The Responses API over real HTTP: in both faces, and through a conversation that goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from openai.types.responses import Response, ResponseStreamEvent
from openai.types.responses.response_create_params import (
    ResponseCreateParamsNonStreaming,
    ResponseCreateParamsStreaming,
)
from pydantic import TypeAdapter

from fourthwall.backends import OpenAIBackend, RetryPolicy
from fourthwall.chat import ChatReply, ChatRequest, fold_reply
from fourthwall.engine import Conversation, Options
from fourthwall.errors import (
    FourthwallError,
    OverloadedError,
    RateLimitedError,
    StreamInterruptedError,
    UpstreamProtocolError,
)
from fourthwall.registry import ModelCard, Registry
from tests.backends.sdk import unknown_to

if TYPE_CHECKING:
    from tests.backends.conftest import Upstream

Ask: TypeAlias = Callable[..., ChatReply]

CARD = ModelCard(id="gpt-5.5", provider="openai", reasoning=True, family="gpt")
OLD = ModelCard(id="gpt-4o", provider="openai", reasoning=False)
SISTER = ModelCard(id="gpt-5.6-sol", provider="openai", reasoning=True)
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
REQUEST = ChatRequest(messages=({"role": "user", "content": "Rain in Bergen?"},), tools=(TOOL,))

SECRET = "gAAAAAB+/x== \u00e9"  # whatever it holds, it comes back as it was
EVENTS: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


def response(*output: Any, status: str = "completed", **facts: Any) -> dict[str, Any]:
    made = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": status,
        "model": "gpt-5.5",
        "output": list(output),
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        **facts,
    }
    Response.model_validate(made)
    return made


def event(kind: str, **fields: Any) -> dict[str, Any]:
    made = {"type": f"response.{kind}", "sequence_number": 0, **fields}
    EVENTS.validate_python(made)
    return made


THOUGHT = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "Ask the weather service."}],
    "encrypted_content": SECRET,
    "status": "completed",
}
CALL = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "call_1",
    "name": "weather",
    "arguments": '{"city": "Bergen"}',
    "status": "completed",
}
CREATED = event("created", response=response(status="in_progress"))
TOKENS = {
    "input_tokens": 9,
    "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
    "output_tokens": 8,
    "output_tokens_details": {"reasoning_tokens": 6},
    "total_tokens": 17,
}
CALLS = [
    CREATED,
    event("output_item.added", output_index=0, item={**THOUGHT, "summary": []}),
    event(
        "reasoning_summary_text.delta",
        output_index=0,
        summary_index=0,
        item_id="rs_1",
        delta="Ask the weather service.",
    ),
    event("output_item.done", output_index=0, item=THOUGHT),
    event("output_item.added", output_index=1, item={**CALL, "arguments": ""}),
    event(
        "function_call_arguments.delta", output_index=1, item_id="fc_1", delta='{"city": "Bergen"}'
    ),
    event("output_item.done", output_index=1, item=CALL),
    event("completed", response=response(THOUGHT, CALL, usage=TOKENS)),
]


def says(text: str) -> list[dict[str, Any]]:
    place = {"output_index": 0, "content_index": 0, "item_id": "msg_1"}
    return [
        CREATED,
        event("output_text.delta", delta=text, logprobs=[], **place),
        event("completed", response=response(usage=TOKENS)),
    ]


def ask_sync(backend: OpenAIBackend) -> ChatReply:
    with backend:
        return fold_reply(backend.stream(CARD, REQUEST))


def ask_async(backend: OpenAIBackend) -> ChatReply:
    async def collect() -> ChatReply:
        async with backend:
            return fold_reply([event async for event in backend.astream(CARD, REQUEST)])

    return asyncio.run(collect())


@pytest.fixture(params=[ask_sync, ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    face: Ask = request.param
    return face


@pytest.fixture
def backend(upstream: Upstream) -> OpenAIBackend:
    return OpenAIBackend("openai", base_url=upstream.url, api_key="sk-test-key")


class TestAnswers:
    def test_tools_and_thinking_meet_at_their_own_address(
        self, ask: Ask, upstream: Upstream, backend: OpenAIBackend
    ) -> None:
        upstream.answers(lambda answer: answer.stream(*CALLS, done=False))
        reply = ask(backend)
        assert reply.reasoning == "Ask the weather service."
        assert [(c.id, c.arguments) for c in reply.tool_calls] == [("call_1", '{"city": "Bergen"}')]
        assert reply.finish_reason == "tool_calls"
        assert reply.usage is not None
        assert reply.usage.reasoning_tokens == 6
        sent = upstream.requests[0]
        assert sent.path == "/v1/responses"
        assert sent.headers["authorization"] == "Bearer sk-test-key"
        assert unknown_to(ResponseCreateParamsStreaming, sent.json) == []

    def test_the_answer_may_come_as_a_whole(self, ask: Ask, upstream: Upstream) -> None:
        upstream.answers(lambda answer: answer.whole(200, response(THOUGHT, CALL, usage=TOKENS)))
        reply = ask(OpenAIBackend("openai", base_url=upstream.url, streaming=False))
        assert (reply.reasoning, reply.finish_reason) == ("Ask the weather service.", "tool_calls")
        assert unknown_to(ResponseCreateParamsNonStreaming, upstream.requests[0].json) == []

    def test_without_tools_chat_completions_will_do(self, upstream: Upstream) -> None:
        with OpenAIBackend("openai", base_url=upstream.url) as backend:
            assert fold_reply(backend.stream(CARD, ChatRequest(messages=REQUEST.messages))).text
        assert upstream.requests[0].path == "/v1/chat/completions"

    @pytest.mark.parametrize(
        ("chunks", "cls", "partial"),
        [
            ([CREATED], UpstreamProtocolError, None),
            (says("Hel")[:2], StreamInterruptedError, "Hel"),
            (
                [CREATED, {"type": "error", "code": "rate_limit_exceeded", "message": "slow"}],
                RateLimitedError,
                None,
            ),
            (
                [
                    CREATED,
                    {
                        "type": "response.failed",
                        "response": {
                            "status": "failed",
                            "error": {"code": "server_is_overloaded", "message": "Later."},
                        },
                    },
                ],
                OverloadedError,
                None,
            ),
        ],
    )
    def test_broken_answers(
        self,
        ask: Ask,
        upstream: Upstream,
        backend: OpenAIBackend,
        chunks: list[Any],
        cls: type[FourthwallError],
        partial: str | None,
    ) -> None:
        upstream.answers(lambda answer: answer.stream(*chunks, done=False))
        with pytest.raises(FourthwallError) as caught:
            ask(backend)
        assert type(caught.value) is cls
        assert getattr(caught.value, "partial", None) == partial


class TestConversation:
    def chat(self, upstream: Upstream) -> Conversation:
        return Conversation(
            "gpt-5.5",
            registry=Registry([CARD, OLD, SISTER]),
            backends=[OpenAIBackend("openai", base_url=upstream.url)],
            system="Be brief.",
            parameters={"tools": [TOOL]},
            options=Options(retry=RetryPolicy(attempts=1)),
        )

    def test_encrypted_reasoning_comes_back_byte_for_byte_and_to_its_maker_only(
        self, upstream: Upstream
    ) -> None:
        said = {"choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}]}
        upstream.answers(
            lambda answer: answer.stream(*CALLS, done=False),
            lambda answer: answer.stream(*says("It rains."), done=False),
            lambda answer: answer.stream(said),  # gpt-4o, by chat completions
            lambda answer: answer.stream(*says("Hello."), done=False),
        )
        chat = self.chat(upstream)
        assert chat.send("Rain in Bergen?").reasoning == "Ask the weather service."
        chat.send([{"role": "tool", "tool_call_id": "call_1", "content": "Sleet."}])
        chat.send("Switch to gpt-4o and say hello")
        chat.send("Switch to gpt-5.6-sol and say hello")
        chat.send("Switch to gpt-5.5 and say hello")

        first, second, plain, sister, back = (request.json for request in upstream.requests)
        made = [
            {key: THOUGHT[key] for key in ("type", "id", "summary", "encrypted_content")},
            {key: CALL[key] for key in ("type", "call_id", "name", "arguments")},
            {"type": "function_call_output", "call_id": "call_1", "output": "Sleet."},
        ]
        assert second["input"] == [*first["input"], *made]
        assert SECRET not in json.dumps([plain, sister], ensure_ascii=False)
        assert plain["messages"][2]["tool_calls"][0]["function"]["name"] == "weather"
        assert [item["type"] for item in sister["input"]].count("reasoning") == 0
        assert back["input"][: len(second["input"])] == second["input"]

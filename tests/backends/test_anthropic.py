"""Anthropic's Messages API over real HTTP: in both faces, and through a conversation."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from anthropic.types import RawMessageStreamEvent
from pydantic import TypeAdapter

from fourthwall.backends import AnthropicBackend, OpenAIBackend, RetryPolicy
from fourthwall.chat import ChatReply, ChatRequest, Usage, fold_reply
from fourthwall.engine import Conversation, Options
from fourthwall.errors import (
    ConfigurationError,
    ContextTooLongError,
    CredentialsError,
    DeadlineExceededError,
    FourthwallError,
    InsufficientCreditsError,
    OverloadedError,
    RateLimitedError,
    RequestError,
    StreamInterruptedError,
    TryAgainError,
    UnsupportedError,
    UpstreamProtocolError,
    UpstreamServerError,
)
from fourthwall.registry import ModelCard, Registry
from tests.backends.anthropic_rules import accepted, blocks_of

if TYPE_CHECKING:
    from tests.backends.conftest import Answer, Upstream

Ask: TypeAlias = Callable[..., ChatReply]

CARD = ModelCard(id="claude-sonnet-4.5", provider="anthropic", upstream="claude-sonnet-4-5")
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
REQUEST = ChatRequest(messages=({"role": "user", "content": "Rain in Bergen?"},), tools=(TOOL,))

SIGNATURE = "EqQBCkYIARgCKkA+/x== \u00e9"  # whatever it holds, it comes back as it was
EVENTS: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)
PING = {"type": "ping"}
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def sse(*events: dict[str, Any]) -> bytes:
    for event in events:
        if event["type"] not in ("ping", "error"):
            EVENTS.validate_python(event)  # the script says nothing that the SDK wouldn't take
    lines = (f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    return "".join(lines).encode()


def streams(*events: dict[str, Any]) -> Callable[[Answer], None]:
    data = sse(*events)
    return lambda answer: answer.stream(data, done=False)


def start() -> dict[str, Any]:
    message: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 12, "cache_read_input_tokens": 3, "output_tokens": 1},
    }
    return {"type": "message_start", "message": message}


def block(index: int, begun: dict[str, Any], *deltas: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"type": "content_block_start", "index": index, "content_block": begun}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def text(index: int, *pieces: str) -> Iterator[dict[str, Any]]:
    deltas = [{"type": "text_delta", "text": piece} for piece in pieces]
    return block(index, {"type": "text", "text": ""}, *deltas)


def thinking(index: int, words: str) -> Iterator[dict[str, Any]]:
    return block(
        index,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": words},
        {"type": "signature_delta", "signature": SIGNATURE},
    )


def call(index: int, city: str) -> Iterator[dict[str, Any]]:
    return block(
        index,
        {"type": "tool_use", "id": f"toolu_{index}", "name": "weather", "input": {}},
        {"type": "input_json_delta", "partial_json": '{"city": '},
        {"type": "input_json_delta", "partial_json": f'"{city}"}}'},
    )


def end(reason: str = "end_turn") -> list[dict[str, Any]]:
    return [
        {
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": None},
            "usage": {"output_tokens": 4},
        },
        {"type": "message_stop"},
    ]


SLEET = [start(), PING, *text(0, "Sl", "eet."), *end()]
THINKS_AND_CALLS = [start(), *thinking(0, "Ask."), *call(1, "Bergen"), *end("tool_use")]


def ask_sync(backend: AnthropicBackend, request: ChatRequest = REQUEST) -> ChatReply:
    with backend:
        return fold_reply(backend.stream(CARD, request))


def ask_async(backend: AnthropicBackend, request: ChatRequest = REQUEST) -> ChatReply:
    async def collect() -> ChatReply:
        async with backend:
            return fold_reply([event async for event in backend.astream(CARD, request)])

    return asyncio.run(collect())


@pytest.fixture(params=[ask_sync, ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    face: Ask = request.param
    return face


@pytest.fixture
def backend(upstream: Upstream) -> AnthropicBackend:
    return AnthropicBackend(base_url=upstream.url, api_key="sk-ant-test")


class TestAnswers:
    def test_a_stream(self, ask: Ask, upstream: Upstream, backend: AnthropicBackend) -> None:
        upstream.answers(streams(*SLEET))
        reply = ask(backend)
        assert (reply.text, reply.finish_reason, reply.model) == ("Sleet.", "stop", CARD.id)
        assert reply.usage == Usage(prompt_tokens=15, completion_tokens=4, cached_tokens=3)
        sent = upstream.requests[0]
        assert sent.path == "/v1/messages"
        assert sent.headers["x-api-key"] == "sk-ant-test"
        assert sent.headers["anthropic-version"] == "2023-06-01"
        assert "authorization" not in sent.headers
        assert accepted(sent.json)["model"] == "claude-sonnet-4-5"
        assert sent.json["stream"] is True

    def test_a_whole_answer(self, ask: Ask, upstream: Upstream) -> None:
        message = {
            **start()["message"],
            "content": [{"type": "text", "text": "Sleet."}],
            "stop_reason": "end_turn",
        }
        upstream.answers(lambda answer: answer.whole(200, message))
        quiet = AnthropicBackend(base_url=upstream.url, streaming=False)
        assert ask(quiet).text == "Sleet."
        sent = accepted(upstream.requests[0].json)
        assert "stream" not in sent
        assert sent["max_tokens"] == 21_333

    def test_thoughts_and_parallel_calls(
        self, ask: Ask, upstream: Upstream, backend: AnthropicBackend
    ) -> None:
        upstream.answers(
            streams(start(), *thinking(0, "é"), *call(1, "Oslo"), *call(2, "Bergen"), *end())
        )
        reply = ask(backend)
        assert reply.reasoning == "é"
        assert reply.reasoning_details[0]["signature"] == SIGNATURE
        assert [(c.id, c.arguments) for c in reply.tool_calls] == [
            ("toolu_1", '{"city": "Oslo"}'),
            ("toolu_2", '{"city": "Bergen"}'),
        ]

    def test_bytes_may_come_one_by_one(
        self, ask: Ask, upstream: Upstream, backend: AnthropicBackend
    ) -> None:
        data = sse(start(), *text(0, "Sleet, é"), *end())
        upstream.answers(
            lambda answer: answer.stream(*(data[n : n + 1] for n in range(len(data))), done=False)
        )
        assert ask(backend).text == "Sleet, é"


class TestFaults:
    @pytest.mark.parametrize(
        ("status", "kind", "cls"),
        [
            (400, "invalid_request_error", RequestError),
            (401, "authentication_error", CredentialsError),
            (402, "billing_error", InsufficientCreditsError),
            (403, "permission_error", CredentialsError),
            (404, "not_found_error", ConfigurationError),
            (409, "conflict_error", TryAgainError),
            (413, "request_too_large", ContextTooLongError),
            (429, "rate_limit_error", RateLimitedError),
            (500, "api_error", UpstreamServerError),
            (504, "timeout_error", DeadlineExceededError),
            (529, "overloaded_error", OverloadedError),
        ],
    )
    def test_every_status(
        self,
        ask: Ask,
        upstream: Upstream,
        backend: AnthropicBackend,
        status: int,
        kind: str,
        cls: type[FourthwallError],
    ) -> None:
        body = {"type": "error", "error": {"type": kind, "message": "no"}, "request_id": "req_1"}
        upstream.answers(lambda answer: answer.whole(status, body, headers={"retry-after": "7"}))
        with pytest.raises(FourthwallError) as caught:
            ask(backend)
        assert type(caught.value) is cls
        assert (caught.value.status, caught.value.request_id) == (status, "req_1")
        if isinstance(caught.value, RateLimitedError):
            assert caught.value.retry_after_s == 7

    @pytest.mark.parametrize(
        ("status", "error", "cls"),
        [
            (
                400,
                {"message": "prompt is too long: 213462 tokens > 200000 maximum"},
                ContextTooLongError,
            ),
            (
                400,
                {"message": "input length and `max_tokens` exceed context limit: 9 + 9 > 10"},
                ContextTooLongError,
            ),
            (
                400,
                {"message": "You have reached your specified API usage limits. You will regain"},
                InsufficientCreditsError,
            ),
            (
                429,
                {
                    "type": "rate_limit_error",
                    "message": "no",
                    "details": {"error_code": "enforced_spend_limit_reached"},
                },
                InsufficientCreditsError,
            ),
            (404, {"type": "not_found_error", "message": "model: claude-x"}, UnsupportedError),
        ],
    )
    def test_what_the_words_say(
        self,
        upstream: Upstream,
        backend: AnthropicBackend,
        status: int,
        error: dict[str, Any],
        cls: type[FourthwallError],
    ) -> None:
        body = {"type": "error", "error": {"type": "invalid_request_error", **error}}
        upstream.answers(lambda answer: answer.whole(status, body, headers={"request-id": "req_2"}))
        with pytest.raises(FourthwallError) as caught:
            ask_sync(backend)
        assert type(caught.value) is cls
        assert caught.value.request_id == "req_2"

    @pytest.mark.parametrize(
        ("events", "cls", "partial"),
        [
            ([start(), PING, OVERLOADED], OverloadedError, None),
            ([*SLEET[:5], OVERLOADED], StreamInterruptedError, "Sleet."),
            (SLEET[:4], StreamInterruptedError, "Sl"),  # cut
            (SLEET[:-1], StreamInterruptedError, "Sleet."),
            ([start()], UpstreamProtocolError, None),
        ],
    )
    def test_in_mid_stream(
        self,
        ask: Ask,
        upstream: Upstream,
        backend: AnthropicBackend,
        events: list[dict[str, Any]],
        cls: type[FourthwallError],
        partial: str | None,
    ) -> None:
        upstream.answers(streams(*events))
        with pytest.raises(FourthwallError) as caught:
            ask(backend)
        assert type(caught.value) is cls
        assert getattr(caught.value, "partial", None) == partial

    def test_several_answers_are_refused_before_anything_is_sent(
        self, upstream: Upstream, backend: AnthropicBackend
    ) -> None:
        request = ChatRequest(messages=REQUEST.messages, extra={"n": 2})
        with pytest.raises(UnsupportedError):
            ask_sync(backend, request)
        assert upstream.requests == []


# A conversation -----------------------------------------------------------------------------------

OTHER = ModelCard(id="gpt-4o", provider="openai", reasoning=False, aliases=("gpt",))
CLAUDE = ModelCard(
    id="claude-sonnet-4.5",
    provider="anthropic",
    upstream="claude-sonnet-4-5",
    reasoning=True,
    aliases=("claude",),
)


def says(words: str) -> Callable[[Answer], None]:
    chunk = {"choices": [{"index": 0, "delta": {"content": words}, "finish_reason": "stop"}]}
    return lambda answer: answer.stream(chunk)


@pytest.fixture
def chat(upstream: Upstream) -> Iterator[Conversation]:
    with (
        AnthropicBackend(base_url=upstream.url) as claude,
        OpenAIBackend(base_url=upstream.url) as openai,
    ):
        yield Conversation(
            "claude-sonnet-4.5",
            registry=Registry([CLAUDE, OTHER]),
            backends=[claude, openai],
            options=Options(retry=RetryPolicy(attempts=1)),
            parameters={"tools": [TOOL], "reasoning_effort": "low"},
        )


def result(reply: ChatReply) -> list[dict[str, Any]]:
    return [{"role": "tool", "tool_call_id": reply.tool_calls[0].id, "content": "sleet"}]


class TestConversation:
    def test_thoughts_go_back_to_their_maker_and_to_nobody_else(
        self, upstream: Upstream, chat: Conversation
    ) -> None:
        upstream.answers(
            streams(*THINKS_AND_CALLS),
            streams(*SLEET),
            says("Take an umbrella."),
            streams(*SLEET),
        )
        called = chat.send("Rain in Bergen?")
        chat.send(result(called))
        chat.send("switch to gpt-4o and tell me what to wear")
        chat.send("switch to claude-sonnet-4.5 and tell me again")
        first, second, other, back = (request.json for request in upstream.requests)

        thought = {"type": "thinking", "thinking": "Ask.", "signature": SIGNATURE}
        use = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Bergen"}}
        assert accepted(first)["thinking"]["type"] == "enabled"
        assert blocks_of(accepted(second)["messages"][1]) == [thought, use]
        assert second["messages"][:1] == first["messages"]

        assert upstream.requests[2].path == "/v1/chat/completions"
        assert SIGNATURE not in json.dumps(other, ensure_ascii=False)
        assert "Ask." not in json.dumps(other)

        assert accepted(back)["messages"][:3] == second["messages"]
        assert "umbrella" in json.dumps(back["messages"])

    def test_what_was_reported_counts_though_the_answer_broke_off(
        self, upstream: Upstream, chat: Conversation
    ) -> None:
        upstream.answers(streams(*SLEET[:4]))
        with pytest.raises(StreamInterruptedError):
            chat.send("Rain in Bergen?")
        assert (chat.usage.prompt_tokens, chat.usage.cached_tokens) == (15, 3)

    def test_what_was_reported_counts_though_the_answer_was_long_enough(
        self, upstream: Upstream
    ) -> None:
        words = [start(), *thinking(0, "Hm."), *text(1, "Sleet and rain. " * 9), *end()]
        upstream.answers(streams(*words))
        with AnthropicBackend(base_url=upstream.url) as claude:
            chat = Conversation(
                "claude",
                registry=Registry([CLAUDE]),
                backends=[claude],
                parameters={"max_tokens": 5, "reasoning_effort": "low"},
            )
            reply = chat.send("Rain in Bergen?")
        assert (reply.finish_reason, len(reply.text)) == ("length", 20)
        assert reply.usage is not None
        assert (reply.usage.prompt_tokens, reply.usage.cached_tokens) == (15, 3)
        assert reply.usage.completion_tokens >= 5
        assert reply.usage.estimated

    def test_a_half_thought_is_not_given_back(self, upstream: Upstream, chat: Conversation) -> None:
        begun = [start(), *thinking(0, "Ask."), *text(1, "Let me")]
        upstream.answers(streams(*begun), streams(*SLEET))
        with pytest.raises(StreamInterruptedError):
            chat.send("Rain in Bergen?")
        chat.send("Well?")
        sent = accepted(upstream.requests[1].json)
        assert SIGNATURE not in json.dumps(sent, ensure_ascii=False)
        assert sent["messages"][1] == {"role": "assistant", "content": "Let me"}

    def test_a_turn_of_another_model_is_taken_over(
        self, upstream: Upstream, chat: Conversation
    ) -> None:
        call = {"index": 0, "id": "call_1", "function": {"name": "weather", "arguments": "{}"}}
        chunk = {
            "choices": [
                {"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": "tool_calls"}
            ]
        }
        upstream.answers(lambda answer: answer.stream(chunk), says("It's sleet."), streams(*SLEET))
        called = chat.send("switch to gpt-4o and tell me: rain in Bergen?")
        chat.send(result(called))
        chat.send("switch to claude-sonnet-4.5 and explain")
        sent = accepted(upstream.requests[2].json)
        (use,) = blocks_of(sent["messages"][1])
        assert use["id"] == blocks_of(sent["messages"][2])[0]["tool_use_id"] != "call_1"
        assert sent["thinking"]["type"] == "enabled"  # the loop is over: it may think again

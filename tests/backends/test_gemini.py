"""Google's models over real HTTP: addresses, streams, errors, and a conversation that switches."""

from __future__ import annotations

import asyncio
import json
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from google import genai
from google.genai import types

import fourthwall as fw
from fourthwall.backends import (
    GeminiBackend,
    HTTPBackend,
    OpenAIBackend,
    RetryPolicy,
    build_request,
)
from fourthwall.chat import ChatRequest, ContentDelta, Event, Finished, Started, fold_reply
from fourthwall.engine import Options
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
from fourthwall.registry import ModelCard, Registry, providers

if TYPE_CHECKING:
    from tests.backends.conftest import Answer, Upstream

Ask: TypeAlias = Callable[..., list[Event]]

GEMINI = Registry.default()["gemini-3-flash-preview"]
OTHER = ModelCard(id="gpt-4o", provider="openai", aliases=("gpt",))
SISTER = Registry.default()["gemini-3.1-pro-preview"]
REGISTRY = Registry([GEMINI, SISTER, OTHER])
KEY = "AIza-test-key-0123456789"
USER = {"role": "user", "content": "What is the weather in Bergen?"}
REQUEST = ChatRequest(messages=(USER,))
TOOLS = [{"type": "function", "function": {"name": n}} for n in ("weather", "time")]
DUMMY = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="


def chunk(*parts: Any, finish: str | None = None, **more: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"index": 0}
    if parts:
        candidate["content"] = {"role": "model", "parts": list(parts)}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "modelVersion": "gemini-3-flash", "responseId": "r1", **more}


TOKENS = {
    "promptTokenCount": 9,
    "candidatesTokenCount": 3,
    "thoughtsTokenCount": 41,
    "totalTokenCount": 53,
}
SLEET = [chunk({"text": "Sl"}), chunk({"text": "eet."}, finish="STOP", usageMetadata=TOKENS)]
THINKING = {"text": "**Looking it up**", "thought": True}
SIGNED_TEXT = {"text": "One moment.", "thoughtSignature": "dGV4dA=="}
SIGNED_CALL = {
    "functionCall": {"name": "weather", "args": {"city": "Bergen"}},
    "thoughtSignature": "Y2FsbCtzaWduYXR1cmUvYQ==",
}
SECOND_CALL = {"functionCall": {"name": "time", "args": {}}}
CALLS = [
    chunk(THINKING),
    chunk({"text": "Well. "}),
    chunk(SIGNED_TEXT),
    chunk(SIGNED_CALL, SECOND_CALL),
    chunk({"text": ""}, finish="STOP", usageMetadata=TOKENS),
]


def streamed(*chunks: Any) -> Callable[[Answer], None]:
    return lambda answer: answer.stream(*chunks, done=False)


def whole(status: int, body: Any) -> Callable[[Answer], None]:
    return lambda answer: answer.whole(status, body)


def ask_sync(backend: HTTPBackend) -> list[Event]:
    with backend:
        return list(backend.stream(GEMINI, REQUEST))


def ask_async(backend: HTTPBackend) -> list[Event]:
    async def collect() -> list[Event]:
        async with backend:
            return [event async for event in backend.astream(GEMINI, REQUEST)]

    return asyncio.run(collect())


@pytest.fixture(params=[ask_sync, ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    face: Ask = request.param
    return face


@pytest.fixture
def backend(upstream: Upstream) -> GeminiBackend:
    return GeminiBackend(base_url=upstream.url, api_key=KEY)


class TestAnswers:
    def test_a_stream_becomes_events(
        self, ask: Ask, upstream: Upstream, backend: GeminiBackend
    ) -> None:
        upstream.answers(streamed(*SLEET))
        events = ask(backend)
        assert events[0] == Started(GEMINI.id, "google", upstream_model="gemini-3-flash")
        assert events[1:3] == [ContentDelta("Sl"), ContentDelta("eet.")]
        assert events[-1] == Finished("stop")
        sent = upstream.requests[0]
        assert sent.path == "/v1/models/gemini-3-flash-preview:streamGenerateContent?alt=sse"
        assert sent.headers["x-goog-api-key"] == KEY
        assert "authorization" not in sent.headers
        assert sent.json == build_request("gemini", GEMINI, {"messages": [USER]})

    def test_a_whole_answer_has_an_address_of_its_own(self, ask: Ask, upstream: Upstream) -> None:
        body = chunk(*(part for c in CALLS for part in _parts(c)), finish="STOP")
        upstream.answers(whole(200, body))
        quiet = GeminiBackend(base_url=upstream.url, api_key=KEY, streaming=False)
        got = fold_reply(ask(quiet))
        assert upstream.requests[0].path == "/v1/models/gemini-3-flash-preview:generateContent"
        upstream.answers(streamed(*CALLS))
        upstream.requests.clear()
        again = fold_reply(ask(GeminiBackend(base_url=upstream.url, api_key=KEY)))
        assert (got.text, got.reasoning, got.tool_calls) == (
            again.text,
            again.reasoning,
            again.tool_calls,
        )
        assert got.finish_reason == again.finish_reason == "tool_calls"

    def test_an_array_of_chunks_is_read_too(
        self, ask: Ask, upstream: Upstream, backend: GeminiBackend
    ) -> None:
        upstream.answers(whole(200, SLEET))
        assert fold_reply(ask(backend)).text == "Sleet."

    def test_a_blocked_prompt_is_a_filtered_answer(
        self, ask: Ask, upstream: Upstream, backend: GeminiBackend
    ) -> None:
        upstream.answers(streamed({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}))
        got = fold_reply(ask(backend))
        assert (got.text, got.finish_reason) == ("", "content_filter")
        assert got.native_finish_reason == "PROHIBITED_CONTENT"

    def test_a_key_comes_from_the_environment(
        self, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GEMINI_API_KEY", KEY)
        row = replace(providers()["google"], base_url=upstream.url)
        upstream.answers(streamed(*SLEET))
        ask_sync(GeminiBackend(provider=row))
        assert upstream.requests[0].headers["x-goog-api-key"] == KEY


def _parts(body: dict[str, Any]) -> Iterator[Any]:
    yield from body["candidates"][0].get("content", {}).get("parts", ())


def error(code: int, status: str, message: str = "no", *details: Any) -> dict[str, Any]:
    listed = [{"@type": f"type.googleapis.com/google.rpc.{name}", **d} for name, d in details]
    return {"error": {"code": code, "message": message, "status": status, "details": listed}}


RETRY_32 = ("RetryInfo", {"retryDelay": "32s"})
BAD_KEY = ("ErrorInfo", {"reason": "API_KEY_INVALID", "domain": "googleapis.com"})
QUOTA = "You exceeded your current quota, please check your plan and billing details."


def quota(period: str) -> Any:
    quota_id = f"GenerateRequestsPer{period}PerProjectPerModel-FreeTier"
    return ("QuotaFailure", {"violations": [{"quotaId": quota_id}]})


ERRORS = [
    (error(400, "INVALID_ARGUMENT"), RequestError),
    (error(400, "FAILED_PRECONDITION", "User location is not supported"), RequestError),
    (error(400, "INVALID_ARGUMENT", "API key not valid.", BAD_KEY), CredentialsError),
    (error(400, "INVALID_ARGUMENT", "no", BAD_KEY), CredentialsError),
    (
        error(
            400,
            "INVALID_ARGUMENT",
            "The input token count (9) exceeds the maximum number of tokens allowed (8).",
        ),
        ContextTooLongError,
    ),
    (error(401, "UNAUTHENTICATED"), CredentialsError),
    (error(403, "PERMISSION_DENIED"), CredentialsError),
    (
        error(403, "PERMISSION_DENIED", "no", ("ErrorInfo", {"reason": "BILLING_DISABLED"})),
        InsufficientCreditsError,
    ),
    (error(404, "NOT_FOUND", "Requested entity was gone."), ConfigurationError),
    (
        error(404, "NOT_FOUND", "models/gemini-0 is not found for API version v1beta"),
        UnsupportedError,
    ),
    (error(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted."), RateLimitedError),
    (error(429, "RESOURCE_EXHAUSTED", QUOTA, quota("Minute"), RETRY_32), RateLimitedError),
    (error(429, "RESOURCE_EXHAUSTED", QUOTA, quota("Day"), RETRY_32), InsufficientCreditsError),
    (error(429, "RESOURCE_EXHAUSTED", QUOTA), InsufficientCreditsError),
    (
        error(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."),
        InsufficientCreditsError,
    ),
    (error(499, "CANCELLED"), RequestError),
    (error(500, "INTERNAL"), UpstreamServerError),
    (error(503, "UNAVAILABLE", "The model is overloaded."), OverloadedError),
    (error(504, "DEADLINE_EXCEEDED"), DeadlineExceededError),
]


class TestErrors:
    @pytest.mark.parametrize(("body", "cls"), ERRORS)
    @pytest.mark.parametrize("is_list", [False, True])
    def test_each_is_what_it_means(
        self, upstream: Upstream, body: Any, cls: type[FourthwallError], is_list: bool
    ) -> None:
        upstream.answers(whole(body["error"]["code"], [body] if is_list else body))
        with pytest.raises(FourthwallError) as caught:
            ask_sync(GeminiBackend(base_url=upstream.url, api_key=KEY))
        assert type(caught.value) is cls
        assert KEY not in str(caught.value)

    @pytest.mark.parametrize(("body", "cls"), ERRORS)
    def test_in_a_stream_it_means_the_same(
        self, upstream: Upstream, body: Any, cls: type[FourthwallError]
    ) -> None:
        upstream.answers(streamed(body), streamed(chunk({"text": "Sl"}), body))
        with pytest.raises(cls):
            ask_sync(GeminiBackend(base_url=upstream.url, api_key=KEY))
        with pytest.raises(StreamInterruptedError) as caught:
            ask_sync(GeminiBackend(base_url=upstream.url, api_key=KEY))
        assert caught.value.partial == "Sl"
        assert type(caught.value.__cause__) is cls

    @pytest.mark.parametrize(
        ("details", "seconds"),
        [
            ([RETRY_32], 32.0),
            ([("Help", {}), ("RetryInfo", {"retryDelay": "0.5s"})], 0.5),
            ([("RetryInfo", {"retryDelay": "soon"}), ("RetryInfo", {})], None),
            ([], None),
        ],
    )
    def test_the_wait_that_it_names_is_kept(
        self, upstream: Upstream, details: list[Any], seconds: float | None
    ) -> None:
        upstream.answers(whole(503, error(503, "UNAVAILABLE", "later", *details)))
        with pytest.raises(TryAgainError) as caught:
            ask_sync(GeminiBackend(base_url=upstream.url, api_key=KEY))
        assert caught.value.retry_after_s == seconds

    def test_details_of_any_shape_do_no_harm(self, upstream: Upstream) -> None:
        for details in ("odd", ["odd"], [{"violations": "odd"}], [{"violations": ["odd", {}]}]):
            body = {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": details}}
            upstream.answers(whole(429, body))
            with pytest.raises(RateLimitedError):
                ask_sync(GeminiBackend(base_url=upstream.url, api_key=KEY))

    def test_without_a_finish_reason_the_answer_was_cut(
        self, ask: Ask, upstream: Upstream, backend: GeminiBackend
    ) -> None:
        upstream.answers(streamed(SLEET[0]))
        with pytest.raises(StreamInterruptedError) as caught:
            ask(backend)
        assert caught.value.partial == "Sl"

    def test_a_malformed_call_is_asked_for_again_while_nothing_was_shown(
        self, upstream: Upstream
    ) -> None:
        upstream.answers(streamed(chunk(finish="MALFORMED_FUNCTION_CALL")), streamed(*SLEET))
        chat = conversation(upstream, RetryPolicy(attempts=2, wait=lambda _: 0.0))
        assert chat.send("What is the weather?").text == "Sleet."
        assert len(upstream.requests) == 2

    def test_after_the_first_word_it_ends_the_answer(
        self, ask: Ask, upstream: Upstream, backend: GeminiBackend
    ) -> None:
        upstream.answers(streamed(SLEET[0], chunk(finish="MALFORMED_FUNCTION_CALL")))
        with pytest.raises(StreamInterruptedError) as caught:
            ask(backend)
        assert isinstance(caught.value.__cause__, UpstreamProtocolError)
        assert caught.value.request_id == "r1"


def conversation(upstream: Upstream, retry: RetryPolicy | None = None) -> fw.Conversation:
    return fw.Conversation(
        GEMINI.id,
        registry=REGISTRY,
        backends=[
            GeminiBackend(base_url=upstream.url, api_key=KEY),
            OpenAIBackend(base_url=upstream.url, api_key="sk-test"),
        ],
        system="Be brief.",
        parameters={"tools": TOOLS},
        options=Options(retry=retry or RetryPolicy(attempts=1)),
    )


OPENAI_CALLS = [
    {
        "choices": [
            {
                "index": 0,
                "delta": {
                    "tool_calls": [
                        {
                            "index": n,
                            "id": f"call_{n}|fc_{n}",
                            "function": {"name": "time", "arguments": "{}"},
                        }
                        for n in range(2)
                    ]
                },
                "finish_reason": "tool_calls",
            }
        ]
    }
]
OPENAI_NOON = [{"choices": [{"index": 0, "delta": {"content": "Noon."}, "finish_reason": "stop"}]}]


class TestConversation:
    def test_it_thinks_calls_switches_and_comes_back(self, upstream: Upstream) -> None:
        upstream.answers(
            streamed(*CALLS),  # Gemini thinks, says something and calls two tools
            streamed(*SLEET),  # ... and answers with their results
            lambda answer: answer.stream(*OPENAI_CALLS),  # another provider's model calls tools
            lambda answer: answer.stream(*OPENAI_NOON),
            streamed(*SLEET),  # Gemini again
            streamed(*SLEET),  # another Gemini
        )
        chat = conversation(upstream)
        reply = chat.send("What is the weather in Bergen?")
        assert (reply.text, reply.reasoning) == ("Well. One moment.", "**Looking it up**")
        assert [call.name for call in reply.tool_calls] == ["weather", "time"]
        ids = [call.id for call in reply.tool_calls]
        assert chat.send(_results(*ids)).text == "Sleet."
        other = chat.send("Switch to gpt-4o and tell me the time")
        chat.send(_results(*(call.id for call in other.tool_calls)))
        chat.send("Switch to gemini-3-flash-preview and say it again")
        chat.send("Switch to gemini-3.1-pro-preview and say it again")
        first, second, foreign, _, back, sister = (r.json for r in upstream.requests)

        # Each signature is in its own part, byte for byte, and what was sent before is untouched.
        own_turn, results = second["contents"][-2:]
        assert second["contents"][:-2] == first["contents"]
        assert own_turn["parts"] == [
            {"text": "Well. "},
            SIGNED_TEXT,
            _with_id(SIGNED_CALL, ids[0]),
            _with_id(SECOND_CALL, ids[1]),
        ]
        assert [(p["functionResponse"]["id"]) for p in results["parts"]] == ids

        # The other provider sees calls and results under ids of their own, and no private state.
        sent = json.dumps(foreign)
        assert "dGV4dA" not in sent
        assert "Y2FsbC" not in sent
        assert not any(call_id in sent for call_id in ids)
        turns = {message["role"]: message for message in foreign["messages"]}
        assert "reasoning_details" not in turns["assistant"]
        assert turns["tool"]["tool_call_id"]

        # Back: the own turn as before, the foreign calls with Google's word instead of a signature.
        assert back["contents"][: len(second["contents"])] == second["contents"]
        marks = [
            [part.get("thoughtSignature") for part in turn["parts"] if "functionCall" in part]
            for turn in back["contents"]
        ]
        assert [m for m in marks if m] == [[SIGNED_CALL["thoughtSignature"], None], [DUMMY, None]]
        assert "|" not in json.dumps(back)

        # Another Gemini never gets the first one's signatures.
        signed = [p.get("thoughtSignature") for t in sister["contents"] for p in t["parts"]]
        assert {mark for mark in signed if mark} == {DUMMY}

    def test_it_can_be_saved_in_between(self, upstream: Upstream) -> None:
        upstream.answers(streamed(*CALLS), streamed(*SLEET))
        chat = conversation(upstream)
        reply = chat.send("What is the weather in Bergen?")
        kept = fw.Conversation.from_json(
            chat.to_json(),
            registry=REGISTRY,
            backends=[GeminiBackend(base_url=upstream.url, api_key=KEY)],
            parameters={"tools": TOOLS},
        )
        kept.send(_results(*(call.id for call in reply.tool_calls)))
        parts = upstream.requests[1].json["contents"][-2]["parts"]
        assert [part.get("thoughtSignature") for part in parts] == [
            None,
            SIGNED_TEXT["thoughtSignature"],
            SIGNED_CALL["thoughtSignature"],
            None,
        ]


def _results(*ids: str) -> list[dict[str, Any]]:
    return [{"role": "tool", "tool_call_id": call_id, "content": "ok"} for call_id in ids]


def _with_id(part: dict[str, Any], call_id: str) -> dict[str, Any]:
    return {**part, "functionCall": {**part["functionCall"], "id": call_id}}


class TestOfficialClient:
    """The official SDK against the same server: what it sends and what it reads."""

    @pytest.fixture
    def client(self, upstream: Upstream) -> Iterator[genai.Client]:
        options = types.HttpOptions(base_url=upstream.url.removesuffix("/v1"), api_version="v1")
        with genai.Client(api_key=KEY, http_options=options) as client:
            yield client

    def test_it_reads_the_same_stream_alike(
        self, client: genai.Client, upstream: Upstream, backend: GeminiBackend
    ) -> None:
        upstream.answers(streamed(*CALLS))
        chunks = [*client.models.generate_content_stream(model=GEMINI.id, contents="?")]
        parts = [part for one in chunks for part in one.parts or ()]
        ours = fold_reply(ask_sync(backend))
        assert ours.text == "".join(p.text or "" for p in parts if not p.thought)
        assert ours.reasoning == "".join(p.text or "" for p in parts if p.thought)
        assert [(c.name, json.loads(c.arguments)) for c in ours.tool_calls] == [
            (p.function_call.name, p.function_call.args) for p in parts if p.function_call
        ]

    def test_it_sends_the_body_that_we_send(self, client: genai.Client, upstream: Upstream) -> None:
        request = {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "Where is it?"},
                        {
                            "type": "image_url",
                            "image_url": {"url": "data:image/png;base64,AAAA"},
                        },
                    ],
                },
                {
                    "role": "assistant",
                    "tool_calls": [
                        {"id": "c1", "function": {"name": "weather", "arguments": '{"x": 1.5}'}}
                    ],
                    "model": "other",
                },
                {"role": "tool", "tool_call_id": "c1", "content": "sleet"},
            ],
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "weather", "parameters": {"type": "object"}},
                }
            ],
            "tool_choice": "required",
            "temperature": 0.5,
            "top_p": 0.5,
            "stop": ["x"],
            "seed": 7,
            "max_tokens": 100,
            "reasoning_effort": "low",
            "response_format": {
                "type": "json_schema",
                "json_schema": {"schema": {"type": "object"}},
            },
        }
        body = build_request("gemini", GEMINI, request)
        config = types.GenerateContentConfig.model_validate_json(
            json.dumps(
                {
                    **body["generationConfig"],
                    "systemInstruction": body["systemInstruction"],
                    "tools": body["tools"],
                    "toolConfig": body["toolConfig"],
                }
            )
        )
        contents = [types.Content.model_validate_json(json.dumps(c)) for c in body["contents"]]
        upstream.answers(whole(200, chunk({"text": "{}"}, finish="STOP")))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            client.models.generate_content(model=GEMINI.id, contents=contents, config=config)
        assert _in_camel_case(upstream.requests[0].json) == body


def _in_camel_case(value: Any) -> Any:
    """The SDK leaves inner names as Python writes them; the API takes both."""
    if isinstance(value, list):
        return [_in_camel_case(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        re.sub(r"_([a-z])", lambda found: found[1].upper(), name): _in_camel_case(inner)
        for name, inner in value.items()
    }

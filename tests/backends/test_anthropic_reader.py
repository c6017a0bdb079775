"""From the bytes of Anthropic's answers to events, held against the SDK's own accumulator."""

from __future__ import annotations

import contextlib
import json
from itertools import pairwise
from typing import Any

import pytest
from anthropic.lib.streaming._messages import accumulate_event
from anthropic.types import Message, RawMessageStreamEvent
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from fourthwall.backends._anthropic_reader import AnthropicReader
from fourthwall.backends._errors import Translator
from fourthwall.chat import (
    ChatReply,
    ChatRequest,
    ContentDelta,
    Event,
    Finished,
    ReasoningDelta,
    Started,
    ToolCallDelta,
    Usage,
    UsageReported,
    fold_reply,
)
from fourthwall.errors import (
    CredentialsError,
    DeadlineExceededError,
    FourthwallError,
    InsufficientCreditsError,
    OverloadedError,
    RateLimitedError,
    RequestError,
    StreamInterruptedError,
    UpstreamProtocolError,
    UpstreamServerError,
)
from fourthwall.registry import ModelCard

TRANSLATOR = Translator(
    provider="anthropic",
    card=ModelCard(id="claude-sonnet-4.5", provider="anthropic"),
    request=ChatRequest(messages=({"role": "user", "content": "How deep is it?"},)),
)
MAKER = {
    "format": "anthropic-claude-v1",
    "provider": "anthropic",
    "model": "claude-sonnet-4.5",
}


def read(*chunks: bytes) -> list[Event]:
    reader = AnthropicReader(TRANSLATOR)
    return [event for chunk in chunks for event in reader.feed(chunk)] + list(reader.finish())


def sse(*events: dict[str, Any]) -> bytes:
    lines = (f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    return "".join(lines).encode()


def reply(*events: dict[str, Any]) -> ChatReply:
    return fold_reply(read(sse(*events)))


def start(**usage: Any) -> dict[str, Any]:
    message: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 12, "output_tokens": 1, **usage},
    }
    return {"type": "message_start", "message": message}


def begin(index: int, **block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index: int, **piece: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": piece}


def stop(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def text(index: int, *pieces: str) -> list[dict[str, Any]]:
    deltas = [delta(index, type="text_delta", text=piece) for piece in pieces]
    return [begin(index, type="text", text=""), *deltas, stop(index)]


def thinking(index: int, *pieces: str, signature: str = "c2ln") -> list[dict[str, Any]]:
    deltas = [delta(index, type="thinking_delta", thinking=piece) for piece in pieces]
    signed = [delta(index, type="signature_delta", signature=signature)] if signature else []
    block = begin(index, type="thinking", thinking="", signature="")
    return [block, *deltas, *signed, stop(index)]


def redacted(index: int, data: str = "cmVk") -> list[dict[str, Any]]:
    return [begin(index, type="redacted_thinking", data=data), stop(index)]


def tool(index: int, *pieces: str, input: Any = None) -> list[dict[str, Any]]:
    block = begin(index, type="tool_use", id=f"toolu_{index}", name="f", input=input or {})
    deltas = [delta(index, type="input_json_delta", partial_json=piece) for piece in pieces]
    return [block, *deltas, stop(index)]


def server_tool(index: int) -> list[dict[str, Any]]:
    block = begin(index, type="server_tool_use", id="srvtoolu_1", name="web_search", input={})
    return [
        block,
        delta(index, type="input_json_delta", partial_json='{"query": "x"}'),
        stop(index),
    ]


def end(reason: str = "end_turn", **usage: Any) -> list[dict[str, Any]]:
    return [
        {
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": None},
            "usage": {"output_tokens": 4, **usage},
        },
        {"type": "message_stop"},
    ]


PING = {"type": "ping"}
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
SLEET = [start(), *text(0, "Sl", "eet.")[:1], PING, *text(0, "Sl", "eet.")[1:], *end()]


# Laws ---------------------------------------------------------------------------------------------

block_kinds: st.SearchStrategy[list[tuple[str, list[str]]]] = st.lists(
    st.one_of(
        st.builds(lambda t: ("text", t), st.lists(st.sampled_from(["é", "a b", ""]), max_size=3)),
        st.builds(lambda t: ("thinking", t), st.lists(st.sampled_from(["hm", "\n"]), max_size=3)),
        st.just(("redacted", [])),
        st.just(("server", [])),
        st.builds(
            lambda t: ("tool", t), st.sampled_from([[], [""], ['{"a"', ": 1}"], ['{"é": [{}]}']])
        ),
    ),
    max_size=5,
)


def stream(kinds: list[tuple[str, list[str]]]) -> list[dict[str, Any]]:
    """A whole stream of these blocks."""
    events = [start(cache_read_input_tokens=3, cache_creation_input_tokens=None)]
    for index, (kind, pieces) in enumerate(kinds):
        made = {
            "text": lambda i, p: text(i, *p),
            "thinking": lambda i, p: thinking(i, *p),
            "redacted": lambda i, p: redacted(i),
            "server": lambda i, p: server_tool(i),
            "tool": lambda i, p: tool(i, *p),
        }[kind](index, pieces)
        events += [*made, PING]
    reason = "tool_use" if any(kind == "tool" for kind, _ in kinds) else "end_turn"
    return [*events, *end(reason, output_tokens_details={"thinking_tokens": 2})]


@given(block_kinds, st.lists(st.integers(0, 3000), max_size=6))
def test_events_do_not_depend_on_where_the_bytes_are_cut(
    kinds: list[tuple[str, list[str]]], cuts: list[int]
) -> None:
    """Law: any chunking gives the same events."""
    data = sse(*stream(kinds))
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    assert read(*(data[a:b] for a, b in pairwise(places))) == read(data)


@given(block_kinds)
def test_agrees_with_the_sdks_accumulator(kinds: list[tuple[str, list[str]]]) -> None:
    """Law: text, thoughts, calls and usage are those that the official SDK makes of the stream."""
    events = stream(kinds)
    adapter: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)
    message: Any = None
    buffers: dict[int, bytes] = {}
    for event in events:
        if event["type"] != "ping":
            message = accumulate_event(
                event=adapter.validate_python(event), current_snapshot=message, json_bufs=buffers
            )
    for ours in (reply(*events), fold_reply(read(message.to_json().encode()))):
        agrees(ours, message)


def agrees(ours: ChatReply, theirs: Any) -> None:
    """Compare a reply of ours with the SDK's message."""
    blocks = theirs.content
    assert ours.text == "".join(b.text for b in blocks if b.type == "text")
    assert [(c.id, c.name, json.loads(c.arguments)) for c in ours.tool_calls] == [
        (b.id, b.name, b.input) for b in blocks if b.type == "tool_use"
    ]
    thoughts = [b for b in blocks if b.type in ("thinking", "redacted_thinking")]
    assert ours.reasoning == "".join(b.thinking for b in thoughts if b.type == "thinking")
    kept = [(e.get("text", ""), e.get("signature"), e.get("data")) for e in ours.reasoning_details]
    assert kept == [
        (b.thinking, b.signature, None) if b.type == "thinking" else ("", None, b.data)
        for b in thoughts
    ]
    assert ours.usage == Usage(
        prompt_tokens=15, completion_tokens=4, reasoning_tokens=2, cached_tokens=3
    )
    assert ours.native_finish_reason == theirs.stop_reason


# Streams ------------------------------------------------------------------------------------------


class TestStream:
    def test_text(self) -> None:
        assert read(sse(*SLEET)) == [
            Started("claude-sonnet-4.5", "anthropic", upstream_model="claude-sonnet-4-5"),
            UsageReported(Usage(prompt_tokens=12)),
            ContentDelta("Sl"),
            ContentDelta("eet."),
            UsageReported(Usage(completion_tokens=4)),
            Finished("stop", native="end_turn"),
        ]

    def test_a_block_may_begin_with_its_text(self) -> None:
        assert reply(start(), begin(0, type="text", text="Sleet."), *end()).text == "Sleet."

    def test_thoughts_carry_their_signature(self) -> None:
        events = read(sse(start(), *thinking(0, "h", "m"), *text(1, "Hi"), *end()))
        entry = {"type": "reasoning.text", "index": 0, **MAKER}
        assert events[2:5] == [
            ReasoningDelta("h", opaque=[{**entry, "text": "h"}]),
            ReasoningDelta("m", opaque=[{**entry, "text": "m"}]),
            ReasoningDelta("", opaque=[{**entry, "signature": "c2ln"}]),
        ]
        assert fold_reply(events).reasoning_details == (
            {**entry, "text": "hm", "signature": "c2ln"},
        )

    def test_thoughts_without_words_are_a_signature(self) -> None:
        made = reply(start(), *thinking(0), *text(1, "Hi"), *end())
        assert made.reasoning == ""
        assert made.reasoning_details == (
            {"type": "reasoning.text", "index": 0, "signature": "c2ln", **MAKER},
        )

    def test_thoughts_know_where_they_stood(self) -> None:
        made = reply(
            start(),
            *thinking(0, "one", signature="s0"),
            *text(1, "first"),
            *thinking(2, "two", signature="s2"),
            *tool(3, "{}"),
            *redacted(4),
            *tool(5, "{}"),
            *end("tool_use"),
        )
        places = [entry.get("fourthwall") for entry in made.reasoning_details]
        assert places == [None, {"chars": 5, "calls": 0}, {"chars": 5, "calls": 1}]
        assert made.reasoning_details[2]["data"] == "cmVk"
        assert made.reasoning_details[2]["type"] == "reasoning.encrypted"

    def test_calls_are_numbered_among_themselves(self) -> None:
        events = read(
            sse(start(), *text(0, "a"), *tool(1, '{"x"', ": 1}"), *tool(2), *end("tool_use"))
        )
        assert events[3:8] == [
            ToolCallDelta(0, id="toolu_1", name="f"),
            ToolCallDelta(0, arguments='{"x"'),
            ToolCallDelta(0, arguments=": 1}"),
            ToolCallDelta(1, id="toolu_2", name="f"),
            ToolCallDelta(1, arguments="{}"),
        ]
        assert events[-1] == Finished("tool_calls", native="tool_use")

    def test_arguments_that_came_whole_are_given(self) -> None:
        made = reply(start(), *tool(0, input={"city": "Tromsø"}), *end("tool_use"))
        assert made.tool_calls[0].arguments == '{"city": "Tromsø"}'

    def test_a_call_that_nobody_stopped_is_ended(self) -> None:
        made = reply(start(), tool(0)[0], *end("tool_use"))
        assert made.tool_calls[0].arguments == "{}"

    def test_what_is_not_for_us_is_passed_over(self) -> None:
        made = reply(
            start(),
            PING,
            *server_tool(0),
            begin(1, type="web_search_tool_result", tool_use_id="s", content=[]),
            stop(1),
            begin(2, type="hologram", shape={}),
            delta(2, type="hologram_delta", shape={}),
            {"type": "weather_changed"},
            *text(3, "Sleet."),
            delta(3, type="citations_delta", citation={"type": "page_location"}),
            *end(),
        )
        assert (made.text, made.tool_calls, made.reasoning) == ("Sleet.", (), "")

    def test_a_layer_may_leave_out_what_stands_in_the_events_name(self) -> None:
        named = b'event: message_start\ndata: {"message": {"model": "m"}}\n\n'
        body = named + sse(*text(0, "Hi"), *end())
        assert fold_reply(read(body)).text == "Hi"

    @pytest.mark.parametrize(
        ("reason", "ours", "native"),
        [
            ("end_turn", "stop", "end_turn"),
            ("stop_sequence", "stop", "stop_sequence"),
            ("max_tokens", "length", "max_tokens"),
            ("model_context_window_exceeded", "length", "model_context_window_exceeded"),
            ("tool_use", "tool_calls", "tool_use"),
            ("pause_turn", "length", "pause_turn"),
            ("refusal", "content_filter", "refusal"),
            ("something_new", "stop", "something_new"),
            ("stop", "stop", None),
        ],
    )
    def test_every_stop_reason(self, reason: str, ours: str, native: str | None) -> None:
        made = reply(start(), *text(0, "Hi"), *end(reason))
        assert (made.finish_reason, made.native_finish_reason) == (ours, native)

    def test_usage_counts_what_was_cached(self) -> None:
        counts = {"cache_read_input_tokens": 100, "cache_creation_input_tokens": 30}
        later: dict[str, Any] = {
            "input_tokens": 20,
            "output_tokens_details": {"thinking_tokens": 99},
        }
        made = reply(start(**counts), *text(0, "Hi"), *end(**later))
        assert made.usage == Usage(
            prompt_tokens=150,
            completion_tokens=4,
            reasoning_tokens=4,  # never more than all
            cached_tokens=100,
            cache_write_tokens=30,
        )

    def test_no_usage_is_none(self) -> None:
        message = {"type": "message", "content": [], "stop_reason": "end_turn"}
        assert fold_reply(read(json.dumps(message).encode())).usage is None


# Faults -------------------------------------------------------------------------------------------


class TestFaults:
    @pytest.mark.parametrize(
        ("kind", "cls", "status"),
        [
            ("overloaded_error", OverloadedError, 529),
            ("api_error", UpstreamServerError, 500),
            ("timeout_error", DeadlineExceededError, 504),
            ("rate_limit_error", RateLimitedError, 429),
            ("authentication_error", CredentialsError, 401),
            ("permission_error", CredentialsError, 403),
            ("billing_error", InsufficientCreditsError, 402),
            ("invalid_request_error", RequestError, 400),
        ],
    )
    def test_an_error_before_the_first_piece_is_the_fault_itself(
        self, kind: str, cls: type[FourthwallError], status: int
    ) -> None:
        error = {
            "type": "error",
            "error": {"type": kind, "message": "no"},
            "request_id": "req_1",
        }
        with pytest.raises(FourthwallError) as caught:
            read(sse(start(), PING, error))
        assert type(caught.value) is cls
        assert (caught.value.status, caught.value.request_id) == (status, "req_1")

    @pytest.mark.parametrize("begun", [text(0, "Sl"), thinking(0, "hm"), tool(0, "{")])
    def test_an_error_after_it_is_an_interruption(self, begun: list[dict[str, Any]]) -> None:
        with pytest.raises(StreamInterruptedError) as caught:
            read(sse(start(), *begun, OVERLOADED))
        assert caught.value.partial == ("Sl" if begun[0]["content_block"]["type"] == "text" else "")
        assert isinstance(caught.value.__cause__, OverloadedError)
        assert caught.value.status == 529

    @pytest.mark.parametrize(
        ("events", "cls"),
        [
            ([], UpstreamProtocolError),
            ([PING], UpstreamProtocolError),
            ([start()], UpstreamProtocolError),
            (SLEET[:-2], StreamInterruptedError),
            (SLEET[:-1], StreamInterruptedError),  # nobody said message_stop
            ([start(), *text(0, "Hi"), {"type": "message_stop"}], StreamInterruptedError),
        ],
    )
    def test_an_answer_that_nobody_ended_is_not_whole(
        self, events: list[dict[str, Any]], cls: type[FourthwallError]
    ) -> None:
        with pytest.raises(FourthwallError) as caught:
            read(sse(*events))
        assert type(caught.value) is cls

    def test_nothing_after_the_end_counts(self) -> None:
        assert read(sse(*SLEET, OVERLOADED, *text(0, "more"))) == read(sse(*SLEET))

    @given(
        st.lists(
            st.one_of(
                st.sampled_from(SLEET),
                st.dictionaries(
                    st.sampled_from(
                        ["type", "index", "delta", "content_block", "message", "usage"]
                    ),
                    st.one_of(
                        st.none(),
                        st.integers(),
                        st.sampled_from(["text", "tool_use", "message_delta", "message", "ping"]),
                        st.just([1]),
                        st.just({"type": "tool_use", "id": "t", "name": "f", "input": "x"}),
                        st.just({"type": "thinking_delta", "thinking": 3}),
                    ),
                ),
            ),
            max_size=6,
        )
    )
    def test_garbage_is_an_error_of_ours_or_passed_over(self, events: list[dict[str, Any]]) -> None:
        data = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
        with contextlib.suppress(FourthwallError):
            read(data)


# Whole answers ------------------------------------------------------------------------------------


def test_a_whole_message_as_the_sdk_writes_it() -> None:
    message = Message.model_validate(
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-sonnet-4-5",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
                {"type": "redacted_thinking", "data": "cmVk"},
                {"type": "text", "text": "Let me see.", "citations": None},
                {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"x": 1}},
            ],
            "stop_reason": "tool_use",
            "stop_sequence": None,
            "usage": {
                "input_tokens": 12,
                "output_tokens": 4,
                "cache_read_input_tokens": 3,
                "output_tokens_details": {"thinking_tokens": 2},
            },
        }
    )
    agrees(fold_reply(read(message.to_json().encode())), message)


def test_a_whole_answer_without_a_stop_reason_is_not_whole() -> None:
    with pytest.raises(UpstreamProtocolError):
        read(b'{"type": "message", "content": [], "stop_reason": null}')

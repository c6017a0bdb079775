"""From bytes to events: the dialects of compatible servers."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourthwall.backends import _reader
from fourthwall.backends._chunks import ChatReader, read_usage
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
    fold_reply,
)
from fourthwall.errors import (
    FourthwallError,
    InsufficientCreditsError,
    OverloadedError,
    StreamInterruptedError,
    UpstreamProtocolError,
    UpstreamServerError,
)
from fourthwall.registry import ModelCard

TRANSLATOR = Translator(
    provider="local",
    card=ModelCard(id="m", provider="local"),
    request=ChatRequest(messages=({"role": "user", "content": "How deep is it?"},)),
)


def reader() -> ChatReader:
    return ChatReader(TRANSLATOR)


def read(*chunks: bytes) -> list[Event]:
    one = reader()
    return [event for chunk in chunks for event in one.feed(chunk)] + list(one.finish())


def sse(*chunks: Any, done: bool = True) -> bytes:
    lines = [chunk if isinstance(chunk, str) else json.dumps(chunk) for chunk in chunks]
    return "".join(f"data: {line}\n\n" for line in [*lines, *(["[DONE]"] if done else [])]).encode()


def delta(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def reply(*chunks: Any) -> ChatReply:
    return fold_reply(read(sse(*chunks)))


END = delta("stop")
TOKENS = {"prompt_tokens": 9, "completion_tokens": 4}

pieces = st.lists(
    st.sampled_from(
        [
            delta(role="assistant"),
            delta(content="é"),
            delta(content=""),
            delta(reasoning_content="hm"),
            delta(tool_calls=[{"index": 0, "function": {"arguments": "{}"}}]),
            {"choices": [], "usage": TOKENS},
            {"choices": []},
            "{broken",
            {"error": {"message": "oops"}},
            END,
        ]
    ),
    max_size=6,
)


@given(pieces, st.booleans(), st.lists(st.integers(0, 600), max_size=6))
def test_where_the_bytes_were_cut_makes_no_difference(
    chunks: list[Any], done: bool, cuts: list[int]
) -> None:
    """Law: any chunking gives the same events and the same error."""
    data = sse(*chunks, done=done)
    places = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})

    def outcome(parts: list[bytes]) -> tuple[list[Event], str]:
        one, events = reader(), []
        try:
            for part in parts:
                events.extend([*one.feed(part)])
            events.extend([*one.finish()])
        except FourthwallError as error:
            return [], repr(error)
        return events, ""

    whole = outcome([data])
    assert outcome([data[a:b] for a, b in pairwise(places)]) == whole


@given(pieces, st.booleans())
def test_an_answer_begins_once_and_ends_once(chunks: list[Any], done: bool) -> None:
    """Law: `Started` first, `Finished` last, each once; or an error."""
    events: list[Event] = []
    one = reader()
    try:
        for event in one.feed(sse(*chunks, done=done)):
            events.append(event)
        events.extend(one.finish())
    except FourthwallError as error:
        assert isinstance(error, StreamInterruptedError) == one.has_begun  # noqa: PT017
        assert not any(isinstance(event, Finished) for event in events)
    else:
        assert isinstance(events[0], Started)
        assert isinstance(events[-1], Finished)
        assert [isinstance(e, Started | Finished) for e in events].count(True) == 2


class TestContent:
    def test_a_plain_stream(self) -> None:
        events = read(sse({**delta(content="Hel"), "model": "gpt-x"}, delta(content="lo"), END))
        assert events == [
            Started("m", "local", upstream_model="gpt-x"),
            ContentDelta("Hel"),
            ContentDelta("lo"),
            Finished("stop"),
        ]

    def test_one_json_object_instead_of_a_stream(self) -> None:
        message = {"role": "assistant", "content": "Hello", "reasoning_content": "hm"}
        body = {"choices": [{"message": message, "finish_reason": "stop"}], "usage": TOKENS}
        for text in (json.dumps(body), "\ufeff\n " + json.dumps(body, indent=2)):
            whole = fold_reply(read(text.encode()))
            assert (whole.text, whole.reasoning) == ("Hello", "hm")
            assert whole.usage == Usage(prompt_tokens=9, completion_tokens=4)

    def test_mistral_parts(self) -> None:
        thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
        plain = {"type": "thinking", "thinking": "so"}
        parts = [thinking, plain, {"type": "text", "text": "Hi"}, {"type": "reference"}, "odd"]
        whole = reply(delta(content=parts), delta(content="!"), END)
        assert (whole.reasoning, whole.text) == ("hmso", "Hi!")

    def test_a_refusal_is_shown_and_told(self) -> None:
        whole = reply(delta(refusal="I can't."), END)
        assert (whole.text, whole.finish_reason) == ("I can't.", "content_filter")

    def test_other_choices_are_not_mixed_in(self) -> None:
        other = {"choices": ["odd", {"index": 1, "delta": {"content": "B"}}]}
        assert reply(delta(content="A"), other, END).text == "A"

    def test_chunks_without_choices_and_empty_ones_are_harmless(self) -> None:
        assert reply({"id": "ping"}, {"choices": None}, " ", delta(content="A"), END).text == "A"


class TestBeginning:
    @pytest.mark.parametrize("cut", [1, 7, 300])
    def test_blank_lines_that_keep_the_connection_alive_say_nothing(self, cut: int) -> None:
        body = b"\n" * 150 + sse(delta(content="Hi"), delta("stop"))
        events = read(*(body[n : n + cut] for n in range(0, len(body), cut)))
        assert fold_reply(events).text == "Hi"


class TestReasoning:
    @pytest.mark.parametrize(
        "fields",
        [
            {"reasoning_content": "hm"},
            {"reasoning": "hm"},
            {"reasoning_content": "hm", "reasoning": "hm"},
            {"reasoning_content": "", "reasoning": "hm"},
            {"reasoning": None, "reasoning_details": [{"text": "h"}, {"summary": "m"}, "odd"]},
        ],
    )
    def test_each_field_is_read_and_none_twice(self, fields: dict[str, Any]) -> None:
        assert reply(delta(**fields), END).reasoning == "hm"

    def test_thought_comes_before_the_word_of_the_same_chunk(self) -> None:
        kinds = [type(e) for e in read(sse(delta(content="A", reasoning="hm"), END))]
        assert kinds == [Started, ReasoningDelta, ContentDelta, Finished]

    def test_private_state_is_kept_with_its_maker_and_its_place(self) -> None:
        detail = {"type": "reasoning.encrypted", "data": "x"}
        call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}
        events = read(
            sse(
                delta(reasoning_details=[detail, "odd"]),
                delta(content="Hello", tool_calls=[call]),
                delta(reasoning_details=[detail]),
                END,
            )
        )
        maker = {"provider": "local", "model": "m"}
        place = {"fourthwall": {"chars": 5, "calls": 1}}
        assert [event for event in events if isinstance(event, ReasoningDelta)] == [
            ReasoningDelta("", opaque=[{**detail, **maker}]),
            ReasoningDelta("", opaque=[{**detail, **maker, **place}]),
        ]

    def test_pieces_of_private_state_are_joined(self) -> None:
        text = {"type": "reasoning.text", "index": 0, "format": "anthropic-claude-v1"}
        whole = reply(
            delta(reasoning="hm", reasoning_details=[{**text, "text": "hm"}]),
            delta(reasoning="!", reasoning_details=[{**text, "text": "!"}]),
            delta(reasoning_details=[{**text, "signature": "c2ln"}]),
            END,
        )
        assert whole.reasoning == "hm!"
        (entry,) = whole.reasoning_details
        assert (entry["text"], entry["signature"], entry["model"]) == ("hm!", "c2ln", "m")


class TestToolCalls:
    def calls(self, *pieces: Any) -> list[tuple[str, str, str]]:
        whole = reply(*(delta(tool_calls=[piece]) for piece in pieces), delta("tool_calls"))
        return [(call.id, call.name, call.arguments) for call in whole.tool_calls]

    def piece(
        self, index: int | None, call_id: str | None, name: str | None, arguments: Any
    ) -> dict[str, Any]:
        function = {"name": name, "arguments": arguments}
        return {"index": index, "id": call_id, "type": "function", "function": function}

    def test_by_index(self) -> None:
        assert self.calls(
            self.piece(0, "a", "f", ""),
            self.piece(1, "b", "g", "{"),
            self.piece(0, None, None, "{}"),
            self.piece(1, None, None, "}"),
        ) == [("a", "f", "{}"), ("b", "g", "{}")]

    def test_without_index_by_id(self) -> None:
        assert self.calls(
            self.piece(None, "a", "f", "{"),
            self.piece(None, None, None, "}"),
            self.piece(None, "b", "g", "["),
            self.piece(None, "a", None, "!"),
            self.piece(None, "b", None, "]"),
        ) == [("a", "f", "{}!"), ("b", "g", "[]")]

    def test_without_index_and_id(self) -> None:
        assert self.calls(self.piece(None, None, "f", "{"), self.piece(None, None, None, "}")) == [
            ("", "f", "{}")
        ]

    def test_repeated_id_and_name_are_one_call(self) -> None:
        assert self.calls(self.piece(0, "a", "f", "{"), self.piece(0, "a", "f", "}")) == [
            ("a", "f", "{}")
        ]

    def test_every_call_with_index_0(self) -> None:
        assert self.calls(
            self.piece(0, "a", "f", "1"),
            self.piece(0, "b", "g", "2"),
            self.piece(0, None, None, "3"),
        ) == [("a", "f", "1"), ("b", "g", "23")]

    def test_arguments_as_an_object(self) -> None:
        assert self.calls(self.piece(0, "a", "f", {"x": 1}), self.piece(0, None, None, None)) == [
            ("a", "f", '{"x": 1}')
        ]

    def test_what_is_no_call_is_left_out(self) -> None:
        assert self.calls("odd") == []

    def test_the_old_function_call(self) -> None:
        whole = reply(delta(function_call={"name": "f", "arguments": "{}"}), delta("function_call"))
        assert whole.tool_calls[0].name == "f"
        assert whole.finish_reason == "tool_calls"

    def test_deltas_carry_id_and_name_once(self) -> None:
        pieces = [self.piece(0, "a", "f", "{"), self.piece(0, "a", "f", "}")]
        events = read(sse(*(delta(tool_calls=[p]) for p in pieces), END))
        assert [e for e in events if isinstance(e, ToolCallDelta)] == [
            ToolCallDelta(0, "a", "f", "{"),
            ToolCallDelta(0, None, None, "}"),
        ]


class TestUsage:
    @pytest.mark.parametrize(
        "chunks",
        [
            [END, {"choices": [], "usage": TOKENS}],
            [{**END, "usage": TOKENS}],
            [{**END, "x_groq": {"usage": TOKENS}}],
            [{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "usage": TOKENS}]}],
            [{**delta(content="a"), "usage": {"prompt_tokens": 9}}, {**END, "usage": TOKENS}],
        ],
    )
    def test_wherever_it_stands_it_counts_once(self, chunks: list[Any]) -> None:
        events = read(sse(*chunks))
        assert fold_reply(events).usage == Usage(prompt_tokens=9, completion_tokens=4)
        assert isinstance(events[-1], Finished)

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            (
                {
                    "prompt_tokens_details": {"cached_tokens": 5},
                    "completion_tokens_details": {"reasoning_tokens": 3},
                },
                Usage(prompt_tokens=9, completion_tokens=4, cached_tokens=5, reasoning_tokens=3),
            ),
            (
                {"prompt_cache_hit_tokens": 5},
                Usage(prompt_tokens=9, completion_tokens=4, cached_tokens=5),
            ),
            ({"cached_tokens": 50}, Usage(prompt_tokens=9, completion_tokens=4, cached_tokens=9)),
            (
                {"reasoning_tokens": 7, "total_tokens": 20},  # reasoning stands beside completion
                Usage(prompt_tokens=9, completion_tokens=11, reasoning_tokens=7),
            ),
            (
                {"completion_tokens": float("inf"), "prompt_tokens": "9", "cached_tokens": -1},
                Usage(),
            ),
        ],
    )
    def test_every_dialect_counts_alike(self, fields: dict[str, Any], expected: Usage) -> None:
        assert read_usage({**TOKENS, **fields}) == expected

    def test_nothing_reported_is_not_nothing_used(self) -> None:
        assert read_usage(None) is None
        assert read_usage({}) is None


class TestEnd:
    @pytest.mark.parametrize(
        ("reason", "ours"),
        [
            ("length", "length"),
            ("model_length", "length"),
            ("eos", "stop"),
            ("sensitive", "content_filter"),
        ],
    )
    def test_finish_reasons_are_openais(self, reason: str, ours: str) -> None:
        assert reply(delta(content="a"), delta(reason)).finish_reason == ours

    def test_done_without_a_reason_is_an_end(self) -> None:
        assert reply(delta(content="a")).finish_reason == "stop"
        call = {"index": 0, "id": "a", "function": {"name": "f"}}
        assert reply(delta(tool_calls=[call])).finish_reason == "tool_calls"

    def test_a_reason_without_done_is_an_end(self) -> None:
        assert fold_reply(read(sse(delta(content="a"), END, done=False))).finish_reason == "stop"

    def test_the_last_newlines_may_be_missing(self) -> None:
        data = sse(delta(content="a"), END, done=False)
        assert fold_reply(read(data.rstrip(b"\n"))).text == "a"

    def test_what_comes_after_a_whole_answer_does_no_harm(self) -> None:
        one = reader()
        events = [*one.feed(sse(delta(content="a"), END, "{broken")), *one.feed(b"more")]
        assert events[-1] == Finished("stop")
        assert [*one.finish()] == []
        one = reader()
        list(one.feed(sse(delta(content="a"), END, done=False)))
        assert one.is_complete
        assert list(one.end()) == [Finished("stop")]
        assert reply(delta(content="a"), END, "[DONE]", delta(content="b")).text == "a"


class TestFaults:
    @pytest.mark.parametrize(
        ("body", "error", "message"),
        [
            (b"", UpstreamProtocolError, "without choices"),
            (b"data: [DONE]\n\n", UpstreamProtocolError, "without choices"),
            (b"data: {broken\n\n", UpstreamProtocolError, "isn't JSON"),
            (b"data: " + b"[" * 100_000 + b"\n\n", UpstreamProtocolError, "isn't JSON"),
            (b"{broken", UpstreamProtocolError, "isn't JSON"),
            (b"data: 7\n\n", UpstreamServerError, "reported an error"),
            (b"<!doctype html><title> Log\n in </title>", UpstreamProtocolError, "'Log in'"),
            (b"  <html>", UpstreamProtocolError, "a web page"),
            (sse({"error": {"type": "overloaded_error"}}), OverloadedError, "overloaded_error"),
            (sse({"error": {"code": 402, "message": "no"}}), InsufficientCreditsError, "402"),
            (sse({"object": "error", "message": "no"}), UpstreamServerError, "no"),
            (
                sse({"choices": [{"index": 0, "error": {"code": 503}}]}),
                OverloadedError,
                "answered 503",
            ),
            (sse(delta("error")), UpstreamProtocolError, "gave up"),
            (sse(delta(role="assistant"), done=False), UpstreamProtocolError, "ended the stream"),
        ],
    )
    def test_before_the_first_piece_it_is_the_fault_itself(
        self, body: bytes, error: type[FourthwallError], message: str
    ) -> None:
        with pytest.raises(error, match=message) as caught:
            read(body)
        assert (caught.value.provider, caught.value.model) == ("local", "m")

    @pytest.mark.parametrize(
        "rest",
        [
            b"data: {broken\n\n",
            sse({"error": {"message": "oops"}}),
            sse(delta("insufficient_system_resource")),
            b"",
        ],
    )
    def test_afterwards_it_is_an_interruption_with_what_came(self, rest: bytes) -> None:
        with pytest.raises(StreamInterruptedError) as caught:
            read(sse(delta(content="Hel"), delta(content="lo"), done=False) + rest)
        assert caught.value.partial == "Hello"
        assert caught.value.__cause__ is not None

    def test_an_endless_object_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_reader, "MAX_EVENT_BYTES", 10)
        with pytest.raises(UpstreamProtocolError, match="16 MiB"):
            read(b'{"aaaaaaaaaaaaaaa')

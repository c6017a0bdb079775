"""What all dialects' readers have in common, shown with the smallest of dialects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from fourthwall.backends._errors import Translator
from fourthwall.backends._reader import AnswerReader, count
from fourthwall.chat import (
    ChatRequest,
    ContentDelta,
    Event,
    Finished,
    ReasoningDelta,
    Started,
    ToolCallDelta,
    Usage,
    UsageReported,
    as_mapping,
)
from fourthwall.errors import (
    FourthwallError,
    OverloadedError,
    StreamInterruptedError,
    UpstreamProtocolError,
)
from fourthwall.registry import ModelCard

USER = {"role": "user", "content": "How deep is it?"}


class Reader(AnswerReader):
    """A dialect with a field for each thing that can be said."""

    def _chunk(self, chunk: Mapping[str, Any], name: str) -> Iterator[Event]:
        yield from self._begun(chunk.get("model"))
        yield from self._thought(chunk.get("thought", ""), chunk.get("details", ()))
        yield from self._said(chunk.get("text", "") + name)
        if "call" in chunk:
            yield from self._called(ToolCallDelta(chunk["call"], id="c", name="f"))
        if "tokens" in chunk:
            self._usage = Usage(completion_tokens=chunk["tokens"])
        if "end" in chunk:
            self._finish_with(chunk["end"], chunk.get("native"))


def reader() -> Reader:
    card = ModelCard(id="m", provider="local")
    return Reader(Translator(provider="local", card=card, request=ChatRequest(messages=(USER,))))


def sse(*chunks: Any) -> bytes:
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode()


def read(data: bytes) -> list[Event]:
    one = reader()
    return [*one.feed(data), *one.finish()]


END = {"end": "stop"}
HELLO = [Started("m", "local"), ContentDelta("Hello"), Finished("stop")]


class TestShapes:
    @pytest.mark.parametrize(
        "data",
        [
            sse({"text": "Hello"}, END),
            sse({"text": "Hello"}) + b"data: [DONE]\n\n",
            sse({"text": "Hello"}) + b"data: [DONE]\n\n" + sse({"text": "more"}),
            json.dumps({"text": "Hello", **END}).encode(),
            b"\xef\xbb\xbf \n" + json.dumps({"text": "Hello", **END}).encode(),
            json.dumps([{"text": "Hel"}, {"text": "lo"}, END]).encode(),
            b": keep-alive\n\n" + sse({"text": "Hello"}) + b"data:  \n\n" + sse(END),
            b"data: [" + json.dumps({"text": "Hello"}).encode() + b"]\n\n" + sse(END),
        ],
    )
    def test_a_stream_or_a_whole_answer(self, data: bytes) -> None:
        events = [event for event in read(data) if event != ContentDelta("lo")]
        assert [event if event != ContentDelta("Hel") else HELLO[1] for event in events] == HELLO

    def test_an_events_name_is_told(self) -> None:
        assert ContentDelta("Hello") in read(b'event: lo\ndata: {"text": "Hel"}\n\n' + sse(END))

    def test_usage_and_end_come_last_whenever_they_were_said(self) -> None:
        events = read(
            sse({"tokens": 1, "end": "length", "native": "max"}, {"text": "a", "tokens": 2})
        )
        assert events[1:] == [
            ContentDelta("a"),
            UsageReported(Usage(completion_tokens=2)),
            Finished("length", native="max"),
        ]

    def test_what_the_provider_calls_the_model_is_kept(self) -> None:
        assert read(sse({"model": "gpt-x", **END}))[0] == Started(
            "m", "local", upstream_model="gpt-x"
        )
        assert read(sse({"model": 5, **END}))[0] == Started("m", "local")

    def test_done_after_calls_means_that_they_are_to_be_made(self) -> None:
        assert read(sse({"call": 0}) + b"data: [DONE]\n\n")[-1] == Finished("tool_calls")


class TestPrivateState:
    def test_it_is_kept_with_its_maker_and_its_place(self) -> None:
        entry = {"type": "reasoning.encrypted", "data": "x"}
        events = read(
            sse({"details": [entry]}, {"text": "abc", "call": 1}, {"details": [entry]}, END)
        )
        kept = [event.opaque for event in events if isinstance(event, ReasoningDelta)]
        maker = {"provider": "local", "model": "m"}
        assert kept == [
            [{**entry, **maker}],
            [{**entry, **maker, "fourthwall": {"chars": 3, "calls": 2}}],
        ]

    def test_text_alone_has_none(self) -> None:
        assert ReasoningDelta("hm") in read(sse({"thought": "hm"}, END))


class TestFaults:
    def fails(self, *parts: bytes) -> FourthwallError:
        one = reader()

        def read_all() -> None:
            for part in parts:
                list(one.feed(part))
            list(one.finish())

        with pytest.raises(FourthwallError) as caught:
            read_all()
        return caught.value

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "without choices"),
            (b": nothing\n\n", "without choices"),
            (sse({"text": ""}), "before the answer was whole"),
            (b"data: {broken\n\n", "isn't JSON"),
            (b"<html>Bad gateway</html>", "a web page"),
            (b"data: " + b"[" * 100_000 + b"\n\n", "isn't JSON"),
        ],
    )
    def test_what_is_no_answer(self, data: bytes, message: str) -> None:
        error = self.fails(data)
        assert isinstance(error, UpstreamProtocolError)
        assert message in str(error)

    @pytest.mark.parametrize(
        "chunk",
        [
            {"error": {"type": "overloaded_error", "message": "Overloaded"}},
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        ],
    )
    def test_an_error_before_the_first_piece_is_itself(self, chunk: Any) -> None:
        assert isinstance(self.fails(sse(chunk)), OverloadedError)

    def test_an_error_after_it_is_an_interruption_with_what_came(self) -> None:
        chunk = {"error": {"type": "overloaded_error", "message": "Overloaded"}}
        error = self.fails(sse({"text": "Hel"}), sse(chunk))
        assert isinstance(error, StreamInterruptedError)
        assert error.partial == "Hel"
        assert isinstance(error.__cause__, OverloadedError)

    @pytest.mark.parametrize("begun", [{"thought": "hm"}, {"call": 0}, {"details": [{"a": 1}]}])
    def test_thoughts_and_calls_are_pieces_too(self, begun: Any) -> None:
        assert isinstance(self.fails(sse(begun)), StreamInterruptedError)

    def test_an_error_after_the_end_does_no_harm(self) -> None:
        assert read(sse({"text": "Hello"}, END) + b"data: {broken\n\n") == HELLO

    def test_a_broken_connection_after_the_end_does_no_harm(self) -> None:
        one = reader()
        events = [*one.feed(sse({"text": "Hello"}, END))]
        assert one.is_complete
        assert [*events, *one.end()] == HELLO
        assert [*one.end(), *one.finish()] == []
        assert one.partial == "Hello"


def test_odd_values_are_nothing() -> None:
    assert as_mapping([]) == {}
    assert as_mapping({"a": 1}) == {"a": 1}
    odd = {"a": "5", "b": float("nan"), "c": -3, "d": 2.9, "e": None}
    assert [count(odd, name) for name in "abcdef"] == [0, 0, 0, 2, 0, 0]

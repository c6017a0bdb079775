"""From the Responses API's events to ours, with events as the official SDK has them."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from fourthwall.backends._errors import Translator
from fourthwall.backends._responses_reader import ResponsesReader
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
    FourthwallError,
    OverloadedError,
    RateLimitedError,
    RequestError,
    StreamInterruptedError,
    UpstreamProtocolError,
    UpstreamServerError,
)
from fourthwall.registry import ModelCard

TRANSLATOR = Translator(
    provider="openai",
    card=ModelCard(id="gpt-5.5", provider="openai"),
    request=ChatRequest(messages=({"role": "user", "content": "How deep is it?"},)),
)
EVENTS: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
MINE = {"provider": "openai", "model": "gpt-5.5"}

TOKENS = {
    "input_tokens": 90,
    "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 20},
    "output_tokens": 30,
    "output_tokens_details": {"reasoning_tokens": 25},
    "total_tokens": 120,
}
USED = Usage(
    prompt_tokens=90,
    completion_tokens=30,
    reasoning_tokens=25,
    cached_tokens=60,
    cache_write_tokens=20,
)


def response(*output: dict[str, Any], status: str = "completed", **facts: Any) -> dict[str, Any]:
    made = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": status,
        "model": "gpt-5.5-2026-04-23",
        "output": list(output),
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        **facts,
    }
    Response.model_validate(made)
    return made


def event(kind: str, **fields: Any) -> dict[str, Any]:
    """Make an event, and have the SDK check that it is one."""
    made = {"type": f"response.{kind}", "sequence_number": 0, **fields}
    EVENTS.validate_python(made)
    return made


CREATED = event("created", response=response(status="in_progress"))


def ended(status: str = "completed", **facts: Any) -> dict[str, Any]:
    return event(status, response=response(status=status, **facts))


COMPLETED = ended(usage=TOKENS)


def said(delta: str, item: int = 0, part: int = 0) -> dict[str, Any]:
    place = {"output_index": item, "content_index": part, "item_id": f"msg_{item}"}
    return event("output_text.delta", delta=delta, logprobs=[], **place)


def summary(delta: str, item: int = 0, part: int = 0) -> dict[str, Any]:
    place = {"output_index": item, "summary_index": part, "item_id": f"rs_{item}"}
    return event("reasoning_summary_text.delta", delta=delta, **place)


def arguments(delta: str, item: int = 0) -> dict[str, Any]:
    place = {"output_index": item, "item_id": f"fc_{item}"}
    return event("function_call_arguments.delta", delta=delta, **place)


def added(item: dict[str, Any], number: int = 0) -> dict[str, Any]:
    return event("output_item.added", item=item, output_index=number)


def done(item: dict[str, Any], number: int = 0) -> dict[str, Any]:
    return event("output_item.done", item=item, output_index=number)


def message(*texts: str, phase: str | None = None) -> dict[str, Any]:
    parts = [{"type": "output_text", "text": text, "annotations": []} for text in texts]
    named = {"phase": phase} if phase else {}
    facts = {"id": "msg_0", "role": "assistant", "status": "completed", **named}
    return {"type": "message", "content": parts, **facts}


def thought(*texts: str, data: str | None = "enc==") -> dict[str, Any]:
    parts = [{"type": "summary_text", "text": text} for text in texts]
    return {"type": "reasoning", "id": "rs_0", "summary": parts, "encrypted_content": data}


def call(name: str, given: str = "") -> dict[str, Any]:
    return {
        "type": "function_call",
        "id": f"fc_{name}",
        "call_id": f"call_{name}",
        "name": name,
        "arguments": given,
    }


def sse(*chunks: Any) -> bytes:
    lines = [chunk if isinstance(chunk, str) else json.dumps(chunk) for chunk in chunks]
    return "".join(f"event: x\ndata: {line}\n\n" for line in lines).encode()


def read(data: bytes) -> list[Event]:
    one = ResponsesReader(TRANSLATOR)
    return [*one.feed(data), *one.finish()]


def reply(*chunks: Any) -> ChatReply:
    return fold_reply(read(sse(CREATED, *chunks, COMPLETED)))


def whole(*output: dict[str, Any], **facts: Any) -> ChatReply:
    return fold_reply(read(json.dumps(response(*output, **facts)).encode()))


# Laws -------------------------------------------------------------------------------------------

pieces = st.lists(
    st.sampled_from(
        [
            CREATED,
            said("é"),
            said("", 1),
            summary("hm"),
            summary("so", part=1),
            done(thought("hm", "so")),
            added(call("f"), 2),
            arguments("{", 2),
            done(call("f", "{}"), 2),
            done(message("é"), 0),
            "{broken",
            "[DONE]",
            {"type": "response.unheard.of"},
            {"type": "error", "code": "server_error", "message": "oops"},
            COMPLETED,
        ]
    ),
    max_size=8,
)


@given(pieces, st.lists(st.integers(0, 900), max_size=6))
def test_where_the_bytes_were_cut_makes_no_difference(chunks: list[Any], cuts: list[int]) -> None:
    """Law: any chunking gives the same events and the same error."""
    data = sse(*chunks)
    places = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})

    def outcome(parts: list[bytes]) -> tuple[list[Event], str]:
        one, events = ResponsesReader(TRANSLATOR), []
        try:
            for part in parts:
                events.extend([*one.feed(part)])
            events.extend([*one.finish()])
        except FourthwallError as error:
            return [], repr(error)
        return events, ""

    assert outcome([data[a:b] for a, b in pairwise(places)]) == outcome([data])


@given(pieces)
def test_an_answer_begins_once_and_ends_once(chunks: list[Any]) -> None:
    """Law: `Started` first, `Finished` last, each once; or an error."""
    events: list[Event] = []
    one = ResponsesReader(TRANSLATOR)
    try:
        for each in one.feed(sse(*chunks)):
            events.append(each)
        events.extend(one.finish())
    except FourthwallError as error:
        assert isinstance(error, StreamInterruptedError) == one.has_begun  # noqa: PT017
        assert not any(isinstance(each, Finished) for each in events)
    else:
        assert isinstance(events[0], Started)
        assert isinstance(events[-1], Finished)
        assert [isinstance(each, Started | Finished) for each in events].count(True) == 2


steps = st.lists(st.text("ab\n", min_size=1, max_size=3), min_size=1, max_size=4)


@given(steps, steps, steps, st.sets(st.sampled_from(["pieces", "end", "whole"]), min_size=1))
def test_whatever_tells_a_text_it_is_given_once(
    summaries: list[str], words: list[str], given: list[str], ways: set[str]
) -> None:
    """Law: pieces, the end of an item, the end of the answer: each alone will do, and all do."""
    items = [thought("".join(summaries)), message("".join(words)), call("f", "".join(given))]
    chunks: list[Any] = [CREATED]
    if "pieces" in ways:
        chunks += [summary(piece, 0) for piece in summaries]
        chunks += [said(piece, 1) for piece in words]
        chunks += [added(items[2], 2), *(arguments(piece, 2) for piece in given)]
    if "end" in ways:
        chunks += [done(item, number) for number, item in enumerate(items)]
    answer = fold_reply(read(sse(*chunks, ended(output=items if "whole" in ways else []))))
    assert answer.reasoning == "".join(summaries)
    assert answer.text == "".join(words)
    assert [(c.id, c.name, c.arguments) for c in answer.tool_calls] == [
        ("call_f", "f", "".join(given))
    ]
    assert answer.finish_reason == "tool_calls"


# Cases ------------------------------------------------------------------------------------------


class TestStream:
    def test_events_in_the_order_in_which_they_come(self) -> None:
        part = {"type": "output_text", "text": "", "annotations": []}
        place = {"output_index": 1, "content_index": 0, "item_id": "msg_1"}
        events = read(
            sse(
                CREATED,
                event("in_progress", response=response(status="in_progress")),
                added(thought(data=None)),
                summary("Let me "),
                summary("see."),
                done(thought("Let me see.")),
                added({**message(), "status": "in_progress"}, 1),
                event("content_part.added", part=part, **place),
                said("Hel", 1),
                said("lo", 1),
                event("output_text.done", text="Hello", logprobs=[], **place),
                done(message("Hello"), 1),
                COMPLETED,
            )
        )
        name = {"id": "rs_0", "format": "openai-responses-v1"}
        first = {"type": "reasoning.summary", "summary": "Let me ", **name, "index": 0, **MINE}
        assert events == [
            Started("gpt-5.5", "openai", upstream_model="gpt-5.5-2026-04-23"),
            ReasoningDelta("Let me ", opaque=[first]),
            ReasoningDelta("see.", opaque=[{**first, "summary": "see."}]),
            ReasoningDelta(
                "",
                opaque=[
                    {"type": "reasoning.encrypted", "data": "enc==", **name, "index": 1, **MINE}
                ],
            ),
            ContentDelta("Hel"),
            ContentDelta("lo"),
            UsageReported(USED),
            Finished("stop"),
        ]

    def test_calls_are_told_apart(self) -> None:
        events = read(
            sse(
                CREATED,
                added(call("a"), 1),
                added(call("b"), 2),
                arguments('{"x"', 1),
                arguments("{}", 2),
                arguments(": 1}", 1),
                event(
                    "function_call_arguments.done",
                    arguments='{"x": 1}',
                    name="a",
                    output_index=1,
                    item_id="fc_a",
                ),
                done(call("a", '{"x": 1}'), 1),
                COMPLETED,
            )
        )
        assert events[1:-2] == [
            ToolCallDelta(0, id="call_a", name="a"),
            ToolCallDelta(1, id="call_b", name="b"),
            ToolCallDelta(0, arguments='{"x"'),
            ToolCallDelta(1, arguments="{}"),
            ToolCallDelta(0, arguments=": 1}"),
        ]
        assert events[-1] == Finished("tool_calls")

    def test_arguments_of_a_call_that_nobody_began_wait_for_its_end(self) -> None:
        answer = reply(arguments("{}", 1), done(call("a", "{}"), 1))
        assert [(c.name, c.arguments) for c in answer.tool_calls] == [("a", "{}")]

    def test_a_call_in_free_text_is_a_call(self) -> None:
        item = {"type": "custom_tool_call", "call_id": "call_c", "name": "c", "input": 'say "é"'}
        (made,) = reply(done(item)).tool_calls
        assert (made.id, made.name, json.loads(made.arguments)) == (
            "call_c",
            "c",
            {"input": 'say "é"'},
        )

    def test_parts_of_a_chain_of_thought_are_paragraphs_and_entries(self) -> None:
        answer = reply(
            summary("**A**"),
            summary("**B", part=1),
            summary("**", part=1),
            done(thought("**A**", "**B**")),
            summary("**C**", item=2),
        )
        assert answer.reasoning == "**A**\n\n**B**\n\n**C**"
        assert [entry.get("summary") for entry in answer.reasoning_details] == [
            "**A**",
            "**B**",
            None,
            "**C**",
        ]

    def test_encrypted_reasoning_comes_from_the_end_of_its_item(self) -> None:
        answer = reply(added(thought(data="half")), done(thought(data="whole==")))
        assert [entry["data"] for entry in answer.reasoning_details] == ["whole=="]
        assert answer.reasoning == ""

    def test_open_models_show_their_thoughts_themselves(self) -> None:
        place = {"output_index": 0, "content_index": 0, "item_id": "rs_0"}
        item = {**thought(data=None), "content": [{"type": "reasoning_text", "text": "raw"}]}
        answer = reply(event("reasoning_text.delta", delta="ra", **place), done(item))
        assert answer.reasoning == "raw"
        assert answer.reasoning_details[0]["type"] == "reasoning.text"

    def test_state_says_where_in_the_answer_it_stands(self) -> None:
        answer = reply(
            said("Hm. "),
            done(message("Hm. ", phase="commentary")),
            done(thought(), 1),
            added(call("a"), 2),
            done(thought(), 3),
            said("Hello", 4),
        )
        assert [(e["type"], e.get("fourthwall")) for e in answer.reasoning_details] == [
            ("reasoning.phase", {"chars": 4, "calls": 0}),
            ("reasoning.encrypted", {"chars": 4, "calls": 0}),
            ("reasoning.encrypted", {"chars": 4, "calls": 1}),
        ]
        assert answer.reasoning_details[0]["phase"] == "commentary"

    def test_a_refusal_is_read_and_named(self) -> None:
        place = {"output_index": 0, "content_index": 0, "item_id": "msg_0"}
        answer = reply(
            event("refusal.delta", delta="I can't.", **place),
            event("refusal.done", refusal="I can't.", **place),
        )
        assert (answer.text, answer.finish_reason) == ("I can't.", "content_filter")
        assert answer.native_finish_reason == "refusal"

    @pytest.mark.parametrize(
        ("why", "reason", "native"),
        [
            ({"reason": "max_output_tokens"}, "length", "max_output_tokens"),
            ({"reason": "content_filter"}, "content_filter", None),
            ({"reason": "steered"}, "length", "steered"),
            (None, "length", "incomplete"),
        ],
    )
    def test_why_an_answer_is_cut_short(self, why: Any, reason: str, native: str | None) -> None:
        answer = fold_reply(
            read(sse(CREATED, said("Hel"), ended("incomplete", incomplete_details=why)))
        )
        assert (answer.text, answer.finish_reason, answer.native_finish_reason) == (
            "Hel",
            reason,
            native,
        )

    def test_a_stream_may_begin_with_anything(self) -> None:
        events = read(sse(said("Hi"), COMPLETED))
        assert events[0] == Started("gpt-5.5", "openai")

    @pytest.mark.parametrize("kind", get_args(get_args(ResponseStreamEvent)[0]))
    def test_every_event_that_the_sdk_knows_can_be_read(self, kind: Any) -> None:
        name = kind.model_fields["type"].annotation.__args__[0]
        if name in ("error", "response.failed"):
            return
        odd = [
            {"type": name},
            {"type": name, "output_index": 7, "delta": None, "item": {"type": "unheard_of"}},
            {"type": name, "output_index": None, "delta": 3, "item": 4, "response": []},
            {"type": name, "output_index": [], "content_index": {}, "delta": "x", "text": 1},
        ]
        for chunk in odd:
            assert isinstance(read(sse(CREATED, chunk, COMPLETED))[-1], Finished)

    def test_output_that_is_not_for_us_is_skipped(self) -> None:
        search = {"type": "web_search_call", "id": "ws", "status": "completed", "action": {}}
        item = {"type": "response.output_item.done", "output_index": 0, "item": search}
        assert reply(item, said("Hi", 1)).text == "Hi"

    def test_usage_that_is_not_told_is_not_made_up(self) -> None:
        assert fold_reply(read(sse(CREATED, said("Hi"), ended()))).usage is None


class TestWhole:
    def test_one_value_is_the_same_answer(self) -> None:
        answer = whole(
            thought("A", "B"),
            message("Hel", "lo", phase="commentary"),
            call("f", '{"x": 1}'),
            usage=TOKENS,
        )
        assert (answer.reasoning, answer.text) == ("A\n\nB", "Hello")
        assert [(c.id, c.arguments) for c in answer.tool_calls] == [("call_f", '{"x": 1}')]
        assert (answer.usage, answer.finish_reason) == (USED, "tool_calls")
        assert [entry["type"] for entry in answer.reasoning_details] == [
            "reasoning.summary",
            "reasoning.summary",
            "reasoning.encrypted",
            "reasoning.phase",
        ]

    def test_a_refusal(self) -> None:
        item = {**message(), "content": [{"type": "refusal", "refusal": "No."}]}
        answer = whole(item)
        assert (answer.text, answer.finish_reason) == ("No.", "content_filter")

    def test_one_that_is_still_being_made_is_no_answer(self) -> None:
        with pytest.raises(UpstreamProtocolError, match="before the answer was whole"):
            whole(status="queued")


class TestFaults:
    @pytest.mark.parametrize(
        ("code", "cls"),
        [
            ("server_error", UpstreamServerError),
            ("rate_limit_exceeded", RateLimitedError),
            ("server_is_overloaded", OverloadedError),
            ("slow_down", OverloadedError),
            ("invalid_prompt", RequestError),
            ("image_too_large", RequestError),
            ("unheard_of", UpstreamServerError),
        ],
    )
    @pytest.mark.parametrize("way", ["failed", "error", "whole"])
    def test_a_failure_is_told_by_its_code(
        self, code: str, cls: type[FourthwallError], way: str
    ) -> None:
        error = {"code": code, "message": "It is."}
        failed = {**response(status="failed"), "error": error}
        data = {
            "failed": sse(CREATED, {"type": "response.failed", "response": failed}),
            "error": sse(CREATED, {"type": "error", "sequence_number": 1, "param": None, **error}),
            "whole": json.dumps(failed).encode(),
        }[way]
        with pytest.raises(FourthwallError) as caught:
            read(data)
        assert type(caught.value) is cls
        assert code in caught.value.message

    def test_after_the_first_piece_it_is_an_interruption(self) -> None:
        failed = {**response(status="failed"), "error": {"code": "server_error", "message": "x"}}
        with pytest.raises(StreamInterruptedError) as caught:
            read(sse(CREATED, said("Hel"), {"type": "response.failed", "response": failed}))
        assert caught.value.partial == "Hel"

    @pytest.mark.parametrize(
        "chunks",
        [
            (CREATED,),
            (CREATED, "[DONE]"),
            (CREATED, {"type": "response.cancelled", "response": {"status": "cancelled"}}),
            (),
            ("{oops",),
        ],
    )
    def test_an_answer_that_nobody_has_ended_is_not_whole(self, chunks: tuple[Any, ...]) -> None:
        with pytest.raises(UpstreamProtocolError):
            read(sse(*chunks))

    def test_what_comes_after_the_end_does_no_harm(self) -> None:
        answer = fold_reply(read(sse(CREATED, said("Hi"), COMPLETED, "{oops")))
        assert (answer.text, answer.finish_reason) == ("Hi", "stop")
        assert fold_reply(read(sse(CREATED, said("Hi"), COMPLETED, "[DONE]"))).text == "Hi"

"""What Google's answers say, in a stream and as a whole, also as the official SDK builds them."""

from __future__ import annotations

import json
import warnings
from itertools import pairwise
from typing import Any

import pytest
from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

from fourthwall.backends import build_request
from fourthwall.backends._errors import Translator
from fourthwall.backends._gemini_reader import GeminiReader, read_usage
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
    ContextTooLongError,
    FourthwallError,
    OverloadedError,
    RateLimitedError,
    StreamInterruptedError,
    UpstreamProtocolError,
)
from fourthwall.registry import Registry

CARD = Registry.default()["gemini-3-flash-preview"]
OFFERED = tuple({"type": "function", "function": {"name": n}} for n in ("weather", "2fa"))
TRANSLATOR = Translator(
    provider="google",
    card=CARD,
    request=ChatRequest(messages=({"role": "user", "content": "How deep is it?"},), tools=OFFERED),
)


def reader() -> GeminiReader:
    return GeminiReader(TRANSLATOR)


def read(data: bytes) -> list[Event]:
    one = reader()
    return [*one.feed(data), *one.finish()]


def sse(*chunks: Any) -> bytes:
    lines = (chunk if isinstance(chunk, str) else json.dumps(chunk) for chunk in chunks)
    return "".join(f"data: {line}\r\n\r\n" for line in lines).encode()


def chunk(*parts: Any, finish: str | None = None, **more: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"index": 0}
    if parts:
        candidate["content"] = {"role": "model", "parts": list(parts)}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "responseId": "r1", **more}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"text": words, **more}


def calling(name: str = "weather", call_id: str | None = None, **args: Any) -> dict[str, Any]:
    return {"functionCall": {"name": name, "args": args, **({"id": call_id} if call_id else {})}}


def reply(*chunks: Any) -> ChatReply:
    return fold_reply(read(sse(*chunks)))


END = chunk(finish="STOP")
TOKENS = {
    "promptTokenCount": 9,
    "candidatesTokenCount": 3,
    "thoughtsTokenCount": 41,
    "totalTokenCount": 53,
}

# Laws ---------------------------------------------------------------------------------------------

pieces = st.lists(
    st.sampled_from(
        [
            chunk(text("é")),
            chunk(text("")),
            chunk(text("hm", thought=True), text("a", thoughtSignature="c2ln")),
            chunk(calling(city="Bergen"), calling()),
            chunk({**calling("2fa", "id7"), "thoughtSignature": "c2ln"}),
            chunk({"unheardOf": 1, "thoughtSignature": "c2ln"}, "odd", {"text": 1}),
            {"usageMetadata": TOKENS},
            {"promptFeedback": {"blockReason": "SAFETY"}},
            {"candidates": []},
            "{broken",
            {"error": {"code": 503, "status": "UNAVAILABLE", "message": "overloaded"}},
            chunk(finish="MALFORMED_FUNCTION_CALL"),
            chunk(text("b"), finish="MAX_TOKENS"),
            END,
        ]
    ),
    max_size=6,
)


def outcome(parts: list[bytes]) -> tuple[list[Event], str]:
    one, events = reader(), []
    try:
        for part in parts:
            events.extend([*one.feed(part)])
        events.extend([*one.finish()])
    except FourthwallError as error:
        return [], repr(error)
    return events, ""


@given(pieces, st.sampled_from([sse, lambda *c: json.dumps(c).encode()]), st.data())
def test_where_the_bytes_were_cut_makes_no_difference(
    chunks: list[Any], written: Any, data: st.DataObject
) -> None:
    """Law: any chunking gives the same events and the same error, in a stream and in an array."""
    sent = written(*chunks)
    cuts = data.draw(st.lists(st.integers(0, len(sent)), max_size=6))
    places = sorted({0, len(sent), *cuts})
    assert outcome([sent[a:b] for a, b in pairwise(places)]) == outcome([sent])


@given(pieces)
def test_an_answer_begins_once_and_ends_once(chunks: list[Any]) -> None:
    """Law: `Started` first, `Finished` last, each once; or an error."""
    events: list[Event] = []
    one = reader()
    try:
        for event in one.feed(sse(*chunks)):
            events.append(event)
        events.extend(one.finish())
    except FourthwallError as error:
        assert isinstance(error, StreamInterruptedError) == one.has_begun  # noqa: PT017
        assert not any(isinstance(event, Finished) for event in events)
    else:
        assert isinstance(events[0], Started)
        assert isinstance(events[-1], Finished)
        assert [isinstance(e, Started | Finished) for e in events].count(True) == 2


signatures = st.none() | st.binary(min_size=1, max_size=6)
sdk_parts = st.one_of(
    st.builds(types.Part, text=st.text(max_size=8), thought_signature=signatures),
    st.builds(types.Part, text=st.text(max_size=8), thought=st.just(value=True)),
    st.builds(
        types.Part,
        function_call=st.builds(
            types.FunctionCall,
            name=st.sampled_from(["weather", "time"]),
            id=st.none() | st.sampled_from(["a", "b"]),
            args=st.none() | st.dictionaries(st.text(max_size=3), st.integers() | st.text()),
        ),
        thought_signature=signatures,
    ),
)
sdk_responses = st.builds(
    lambda parts, reason, usage: types.GenerateContentResponse(
        candidates=[
            types.Candidate(content=types.Content(role="model", parts=parts), finish_reason=reason)
        ],
        usage_metadata=usage,
        model_version="gemini-3-flash",
        response_id="r1",
    ),
    st.lists(sdk_parts, max_size=6),
    st.sampled_from([types.FinishReason.STOP, types.FinishReason.MAX_TOKENS]),
    st.none()
    | st.builds(
        types.GenerateContentResponseUsageMetadata,
        prompt_token_count=st.integers(0, 9),
        candidates_token_count=st.none() | st.integers(0, 9),
        thoughts_token_count=st.none() | st.integers(0, 9),
    ),
)


@given(sdk_responses)
def test_what_the_sdk_can_say_is_read_as_the_sdk_reads_it(
    response: types.GenerateContentResponse,
) -> None:
    """Law: text, thoughts and calls of the SDK's own responses come out the same."""
    got = fold_reply(read(response.model_dump_json(by_alias=True, exclude_none=True).encode()))
    with warnings.catch_warnings(action="ignore"):  # the SDK tells that there are calls, too
        assert got.text == (response.text or "")
        asked = response.function_calls or []
    parts = response.parts or []
    assert got.reasoning == "".join(p.text or "" for p in parts if p.thought)
    assert [(c.name, json.loads(c.arguments)) for c in got.tool_calls] == [
        (c.name, c.args or {}) for c in asked
    ]
    assert len({c.id for c in got.tool_calls}) == len(asked)
    assert got.native_finish_reason in (None, "MAX_TOKENS")


@given(sdk_responses)
def test_what_was_read_goes_back_in_the_same_parts(
    response: types.GenerateContentResponse,
) -> None:
    """Law: every signature comes back byte for byte, with the text or call that it came with."""
    body = response.model_dump_json(by_alias=True, exclude_none=True)
    got = fold_reply(read(body.encode()))
    calls = [
        {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
        for c in got.tool_calls
    ]
    says_text = bool(got.text.strip())  # white space alone says nothing: no provider takes it
    if not says_text and not calls:
        return
    answer = {
        "role": "assistant",
        "model": CARD.id,
        "content": got.text if says_text else None,
        "tool_calls": calls,
        "reasoning_details": [*got.reasoning_details],
    }
    question = {"role": "user", "content": "?"}
    results = [{"role": "tool", "tool_call_id": c.id, "content": "."} for c in got.tool_calls]
    sent = build_request("gemini", CARD, {"messages": [question, answer, *results, question]})
    parts = [p for turn in sent["contents"] if turn["role"] == "model" for p in turn["parts"]]

    def signed(listed: list[Any]) -> list[Any]:
        return sorted(
            [p["thoughtSignature"], p.get("text", ""), p.get("functionCall", {}).get("name", "")]
            for p in listed
            if "thoughtSignature" in p
        )

    came = json.loads(body)["candidates"][0]["content"]["parts"]
    if not says_text:
        came = [{**p, "text": ""} if "text" in p else p for p in came]
    ours = [p for p in parts if p.get("thoughtSignature") != NOBODYS]
    assert signed(ours) == signed(came)


NOBODYS = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="

# Cases --------------------------------------------------------------------------------------------


class TestContent:
    def test_a_plain_stream(self) -> None:
        first = {"promptTokenCount": 9, "totalTokenCount": 9}
        events = read(
            sse(
                chunk(text("Sl"), usageMetadata=first, modelVersion="gemini-2.5-pro"),
                chunk(text("eet."), finish="STOP", usageMetadata=TOKENS),
            )
        )
        assert events == [
            Started(CARD.id, "google", upstream_model="gemini-2.5-pro"),
            UsageReported(Usage(prompt_tokens=9)),
            ContentDelta("Sl"),
            ContentDelta("eet."),
            UsageReported(Usage(completion_tokens=44, reasoning_tokens=41)),
            Finished("stop"),
        ]

    def test_one_json_object_and_an_array_of_chunks_are_read_alike(self) -> None:
        chunks = [chunk(text("hm", thought=True)), chunk(text("Hello"), finish="STOP")]
        whole = chunk(text("hm", thought=True), text("Hello"), finish="STOP")
        bodies = [json.dumps(whole), json.dumps([whole]), json.dumps(chunks, indent=1)]
        for body in bodies:
            got = fold_reply(read(body.encode()))
            assert (got.reasoning, got.text, got.finish_reason) == ("hm", "Hello", "stop")

    def test_thoughts_and_words_of_one_event_keep_their_order(self) -> None:
        events = read(sse(chunk(text("hm", thought=True), text("A")), END))
        assert events[1:3] == [ReasoningDelta("hm"), ContentDelta("A")]

    def test_literal_tags_are_text(self) -> None:
        assert reply(chunk(text("<think>a</think>")), END).text == "<think>a</think>"

    def test_other_candidates_are_not_mixed_in(self) -> None:
        other = {"candidates": ["odd", {"index": 1, "content": {"parts": [text("B")]}}]}
        assert reply(chunk(text("A")), other, END).text == "A"

    def test_code_can_be_read_and_images_are_noted(self) -> None:
        got = reply(
            chunk(
                {"executableCode": {"language": "PYTHON", "code": "print(1)\n"}},
                {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1\n"}},
                {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": ""}},
                {"executableCode": {"code": "a = '```'"}},
                {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
                {"toolCall": {"toolType": "GOOGLE_SEARCH_WEB"}},
            ),
            END,
        )
        assert got.text == (
            "\n```python\nprint(1)\n```\n\n```\n1\n```\n\n````\na = '```'\n````\n"
            "[image: can't be shown here]"
        )

    def test_what_is_no_answer_is_passed_over(self) -> None:
        odd = [{"usageMetadata": TOKENS}, {"candidates": None}, {"promptFeedback": {}}, " "]
        assert reply(*odd, chunk(text("A")), END).text == "A"
        bare: list[Any] = [{"candidates": [{"content": None}]}, {"candidates": [{"content": {}}]}]
        assert reply(*bare, END).text == ""


class TestCalls:
    def test_they_come_whole_and_keep_the_ids_they_have(self) -> None:
        events = read(sse(chunk(calling(call_id="id7", city="Bø"), calling("time")), END))
        assert events[1] == ToolCallDelta(0, "id7", "weather", '{"city": "Bø"}')
        assert isinstance(events[2], ToolCallDelta)
        assert (events[2].index, events[2].name, events[2].arguments) == (1, "time", "{}")
        assert events[-1] == Finished("tool_calls")

    def test_ids_are_made_where_there_are_none_and_told_apart(self) -> None:
        chunks = (chunk(calling(), calling(), calling(call_id="a"), calling(call_id="a")), END)
        ids = [call.id for call in reply(*chunks).tool_calls]
        assert len(set(ids)) == 4
        assert ids == [call.id for call in reply(*chunks).tool_calls]
        assert all(call_id.replace("_", "").isalnum() for call_id in ids)
        other = reply(chunk(calling(), responseId="r2"), END).tool_calls[0].id
        assert other not in ids

    def test_a_name_that_google_could_not_take_is_the_clients_again(self) -> None:
        names = [c.name for c in reply(chunk(calling("_2fa"), calling("_x")), END).tool_calls]
        assert names == ["2fa", "_x"]

    def test_a_call_without_a_name_breaks_the_rules(self) -> None:
        with pytest.raises(UpstreamProtocolError, match="without a name"):
            reply(chunk({"functionCall": {"args": {}}}), END)


class TestSignatures:
    def test_each_is_kept_right_before_what_it_came_with(self) -> None:
        signed = {"thoughtSignature": "c2ln"}
        events = read(sse(chunk(text("I"), text("go", **signed), {**calling(), **signed}), END))
        kinds = [type(event) for event in events[1:-1]]
        assert kinds == [
            ContentDelta,
            ReasoningDelta,
            ContentDelta,
            ReasoningDelta,
            ToolCallDelta,
        ]
        got = fold_reply(events)
        entry = {
            "type": "reasoning.encrypted",
            "data": "c2ln",
            "format": "google-gemini-v1",
            "provider": "google",
            "model": CARD.id,
        }
        assert got.reasoning_details == (
            {**entry, "index": 0, "fourthwall": {"length": 2, "chars": 1, "calls": 0}},
            {
                **entry,
                "index": 1,
                "id": got.tool_calls[0].id,
                "fourthwall": {"chars": 3, "calls": 0},
            },
        )

    def test_one_on_an_empty_text_and_one_on_a_thought_are_kept(self) -> None:
        got = reply(
            chunk(text("hm", thought=True, thoughtSignature="YQ==")),
            chunk(text("A")),
            chunk(text("", thoughtSignature="Yg=="), finish="STOP"),
        )
        assert (got.reasoning, got.text) == ("hm", "A")
        assert [entry["data"] for entry in got.reasoning_details] == ["YQ==", "Yg=="]
        assert [entry["fourthwall"]["length"] for entry in got.reasoning_details] == [0, 0]


class TestEnd:
    @pytest.mark.parametrize(
        ("native", "ours"),
        [
            ("MAX_TOKENS", "length"),
            ("CONTINUATION", "length"),
            ("SAFETY", "content_filter"),
            ("RECITATION", "content_filter"),
            ("MODEL_ARMOR", "content_filter"),
            ("OTHER", "stop"),
            ("FINISH_REASON_UNSPECIFIED", "stop"),
            ("SOMETHING_NEW", "stop"),
        ],
    )
    def test_the_reason_is_openais_and_the_native_one_is_kept(self, native: str, ours: str) -> None:
        got = reply(chunk(text("A"), finish=native))
        assert (got.finish_reason, got.native_finish_reason) == (ours, native)

    def test_the_sdk_knows_no_reason_that_we_do_not(self) -> None:
        told = {"stop": 0, "length": 0, "content_filter": 0, "failed": 0}
        for reason in types.FinishReason:
            try:
                told[reply(chunk(text("A"), finish=reason.value)).finish_reason or ""] += 1
            except StreamInterruptedError:
                told["failed"] += 1
        assert told == {"stop": 6, "length": 2, "content_filter": 11, "failed": 5}

    def test_stop_with_calls_means_tool_calls(self) -> None:
        got = reply(chunk(calling(), finish="STOP"))
        assert (got.finish_reason, got.native_finish_reason) == ("tool_calls", None)
        assert reply(chunk(finish="STOP"), chunk(calling(), finish="STOP")).finish_reason == (
            "tool_calls"
        )

    @pytest.mark.parametrize("reason", [reason.value for reason in types.BlockedReason][1:])
    def test_a_blocked_prompt_is_an_empty_filtered_answer(self, reason: str) -> None:
        body = {"promptFeedback": {"blockReason": reason}, "usageMetadata": TOKENS}
        got = reply(body)
        assert (got.text, got.finish_reason, got.native_finish_reason) == (
            "",
            "content_filter",
            reason,
        )
        assert got.usage is not None

    def test_an_answer_blocked_in_the_middle_keeps_its_text(self) -> None:
        got = reply(chunk(text("A")), chunk(finish="PROHIBITED_CONTENT"))
        assert (got.text, got.finish_reason) == ("A", "content_filter")

    @pytest.mark.parametrize(
        "reason",
        ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MISSING_THOUGHT_SIGNATURE"],
    )
    def test_an_answer_given_up_is_an_error_that_can_be_tried_again(self, reason: str) -> None:
        with pytest.raises(UpstreamProtocolError, match=reason) as caught:
            reply(chunk(finish=reason))
        assert caught.value.request_id == "r1"
        with pytest.raises(StreamInterruptedError) as cut:
            reply(chunk(text("A")), chunk(finish=reason))
        assert (cut.value.partial, cut.value.request_id) == ("A", "r1")

    def test_without_a_reason_the_stream_was_cut(self) -> None:
        with pytest.raises(StreamInterruptedError) as caught:
            reply(chunk(text("A")))
        assert caught.value.partial == "A"
        with pytest.raises(UpstreamProtocolError):
            reply({"candidates": [], "usageMetadata": TOKENS})
        with pytest.raises(UpstreamProtocolError):
            reply({"usageMetadata": TOKENS})

    def test_usage_after_the_reason_counts(self) -> None:
        got = reply(chunk(text("A"), finish="STOP"), {"usageMetadata": TOKENS})
        assert got.usage == Usage(prompt_tokens=9, completion_tokens=44, reasoning_tokens=41)


class TestErrors:
    def test_one_in_the_stream_goes_by_its_status(self) -> None:
        body = {"error": {"code": 503, "status": "UNAVAILABLE", "message": "overloaded"}}
        with pytest.raises(OverloadedError):
            reply(body)
        with pytest.raises(OverloadedError):
            read(json.dumps([body]).encode())
        with pytest.raises(StreamInterruptedError) as caught:
            reply(chunk(text("A")), body)
        assert isinstance(caught.value.__cause__, OverloadedError)

    def test_a_status_without_a_number_is_enough(self) -> None:
        with pytest.raises(RateLimitedError):
            reply({"error": {"status": "RESOURCE_EXHAUSTED", "message": "slow down"}})
        with pytest.raises(ContextTooLongError):
            reply(
                {
                    "error": {
                        "status": "INVALID_ARGUMENT",
                        "message": "The input token count (9) exceeds the maximum number of tokens "
                        "allowed (8)",
                    }
                }
            )


class TestUsage:
    @pytest.mark.parametrize(
        ("row", "usage"),
        [
            (None, None),
            ({}, None),
            ({"trafficType": "ON_DEMAND"}, None),
            ({"promptTokenCount": 3}, Usage(prompt_tokens=3)),
            (
                {
                    "promptTokenCount": 9,
                    "toolUsePromptTokenCount": 2,
                    "cachedContentTokenCount": 4,
                    "candidatesTokenCount": 3,
                    "thoughtsTokenCount": 5,
                },
                Usage(prompt_tokens=11, cached_tokens=4, completion_tokens=8, reasoning_tokens=5),
            ),
            ({"promptTokenCount": "many", "thoughtsTokenCount": -1}, Usage()),
        ],
    )
    def test_tokens_are_counted_as_openai_counts_them(self, row: Any, usage: Any) -> None:
        assert read_usage(row) == usage

"""What Google's models are sent: checked against the official SDK's types and the API's rules."""

from __future__ import annotations

import copy
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from google.genai import types
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from fourthwall.backends import build_request, dropped_parameters, fault_of
from fourthwall.backends._gemini_contents import function_name
from fourthwall.backends._target import JSON_ONLY
from fourthwall.chat import ChatRequest
from fourthwall.errors import RequestError, UnsupportedError
from fourthwall.registry import ModelCard, Registry

REGISTRY = Registry.default()
PRO_25, FLASH_25, LITE_25 = (
    REGISTRY[f"gemini-2.5-{name}"] for name in ("pro", "flash", "flash-lite")
)
FLASH_3, PRO_31 = REGISTRY["gemini-3-flash-preview"], REGISTRY["gemini-3.1-pro-preview"]
UNKNOWN = ModelCard(id="m", provider="google")
EVERY_CARD = (PRO_25, FLASH_25, LITE_25, FLASH_3, PRO_31, UNKNOWN)

DUMMY = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="
PNG = "data:image/png;base64,AAAA"
PICTURE = {"type": "image_url", "image_url": {"url": PNG}}
USER = {"role": "user", "content": "Bergen?"}
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}


def call(call_id: str, name: str = "weather", arguments: Any = '{"city":"Bergen"}') -> Any:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def signed(data: str, *, call_id: str | None = None, **note: int) -> dict[str, Any]:
    return {
        "type": "reasoning.encrypted",
        "data": data,
        "format": "google-gemini-v1",
        "index": 0,
        "provider": "google",
        "model": FLASH_3.id,
        **({"id": call_id} if call_id else {}),
        **({"fourthwall": note} if note else {}),
    }


def by_gemini(content: Any = None, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, "model": FLASH_3.id, **more}


def result(call_id: str, content: Any = "sleet", **more: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content, **more}


def body(*messages: Any, card: ModelCard = FLASH_3, **fields: Any) -> dict[str, Any]:
    made = build_request("gemini", card, {"messages": list(messages or [USER]), **fields})
    check(made)
    return made


def contents(*messages: Any, card: ModelCard = FLASH_3, **fields: Any) -> Any:
    return body(*messages, card=card, **fields)["contents"]


def config(card: ModelCard = FLASH_3, **fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = body(card=card, **fields).get("generationConfig", {})
    return found


def told(card: ModelCard = FLASH_3, *messages: Any, **fields: Any) -> Any:
    return dropped_parameters("gemini", card, {"messages": [*(messages or [USER])], **fields})


# What every body must be --------------------------------------------------------------------------

_FIELDS: dict[str, TypeAdapter[Any]] = {
    "contents": TypeAdapter(list[types.Content]),
    "systemInstruction": TypeAdapter(types.Content),
    "tools": TypeAdapter(list[types.Tool]),
    "toolConfig": TypeAdapter(types.ToolConfig),
    "safetySettings": TypeAdapter(list[types.SafetySetting]),
    "cachedContent": TypeAdapter(str),
    "generationConfig": TypeAdapter(types.GenerationConfig),
}


def check(made: dict[str, Any]) -> None:
    """Hold a body against the SDK's types, which know no other fields, and the API's rules."""
    assert made.keys() <= _FIELDS.keys()
    for name, value in made.items():
        read = _FIELDS[name].validate_json(json.dumps(value))
        wire = json.loads(_FIELDS[name].dump_json(read, by_alias=True, exclude_unset=True))
        assert _same(wire, value), name
    check_turns(made["contents"])
    for part in made.get("systemInstruction", {"parts": ()})["parts"]:
        assert part["text"].strip()


def _same(wire: Any, ours: Any) -> bool:
    """Whether the SDK would send the same; it writes base64 in the alphabet for URLs."""
    if isinstance(ours, dict):
        return wire.keys() == ours.keys() and all(_same(wire[k], ours[k]) for k in ours)
    if isinstance(ours, list):
        return len(wire) == len(ours) and all(map(_same, wire, ours))
    if isinstance(ours, str) and isinstance(wire, str):
        return wire == ours.replace("+", "-").replace("/", "_") or wire == ours
    return bool(wire == ours)


def check_turns(turns: Sequence[dict[str, Any]]) -> None:
    """Roles take turns, nothing is empty, and right after calls come as many results."""
    assert [t["role"] for t in turns] == [("user", "model")[n % 2] for n in range(len(turns))]
    assert turns[-1]["role"] == "user"
    for number, turn in enumerate(turns):
        assert turn["parts"]
        for part in turn["parts"]:
            kinds = part.keys() - {"thoughtSignature"}
            assert len(kinds) == 1
            assert part.get("text") != "" or "thoughtSignature" in part
        calls = [p["functionCall"] for p in turn["parts"] if "functionCall" in p]
        answers = [p["functionResponse"] for p in turn["parts"] if "functionResponse" in p]
        if calls:
            following = turns[number + 1]["parts"][: len(calls)]
            assert [(c.get("id"), c["name"]) for c in calls] == [
                (p["functionResponse"].get("id"), p["functionResponse"]["name"]) for p in following
            ]
        if answers:
            before = [p for p in turns[number - 1]["parts"] if "functionCall" in p]
            assert len(before) == len(answers)
            assert all(a["response"].keys() <= {"output", "error"} for a in answers)
    called = [p["functionCall"] for t in turns for p in t["parts"] if "functionCall" in p]
    ids = [c["id"] for c in called if "id" in c]
    assert len(set(ids)) == len(ids)


# Laws ---------------------------------------------------------------------------------------------

texts = st.text(max_size=8)
signatures = st.sampled_from(["c2ln", "bW9yZQ=="])
entries = st.lists(
    st.builds(
        lambda data, call_id, note, owner: {
            **signed(data),
            **({"id": call_id} if call_id else {}),
            **note,
            **owner,
        },
        signatures,
        st.sampled_from([None, None, "c1", "c2", "gone"]),
        st.fixed_dictionaries(
            {},
            optional={
                "fourthwall": st.fixed_dictionaries(
                    {},
                    optional={
                        "chars": st.integers(0, 12),
                        "calls": st.integers(0, 3),
                        "length": st.integers(0, 12),
                    },
                )
            },
        ),
        st.sampled_from([{}, {}, {"model": "other"}, {"provider": "openai"}, {"format": "x"}]),
    ),
    max_size=3,
)
MEDIA = [
    {"type": "text", "text": "a"},
    PICTURE,
    {"type": "image_url", "image_url": {"url": "https://x.org/a.webp?b=c"}},
    {"type": "image_url", "image_url": {"url": "oddity"}},
    {"type": "image_url"},
    {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
    {"type": "file", "file": {"file_data": "data:text/plain,hello%20you", "filename": "a"}},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,not base64!"}},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA\nBBBB\n"}},
    {"type": "file", "file": {"file_id": "file-1"}},
    {"type": "video_url", "video_url": {"url": "https://[x.org/a.mov"}},
    {"type": "unheard_of"},
]
anything = st.one_of(texts, st.none(), st.lists(st.sampled_from(MEDIA), max_size=3))
calls = st.lists(
    st.builds(
        call,
        st.sampled_from(["c1", "c2", "functions.f:0", ""]),
        st.sampled_from(["weather", "2fa", "-", "a.b c", "", "é"]),
        st.sampled_from(['{"x": 1}', "", "{broken", "[]", '{"x": NaN}', {"x": {"y": None}}]),
    ),
    max_size=3,
)
messages = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"role": st.sampled_from(["user", "system", "developer"]), "content": anything}
        ),
        st.fixed_dictionaries(
            {"role": st.just("assistant"), "content": anything},
            optional={
                "model": st.sampled_from([FLASH_3.id, PRO_25.id, "other"]),
                "tool_calls": calls,
                "reasoning_details": entries,
                "reasoning_content": texts,
            },
        ),
        st.fixed_dictionaries(
            {"role": st.just("tool"), "content": anything},
            optional={
                "tool_call_id": st.sampled_from(["c1", "c2", "nobody"]),
                "is_error": st.booleans(),
            },
        ),
    ),
    max_size=6,
)
fields = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.floats(0, 2),
        "top_p": st.floats(0, 1),
        "top_k": st.integers(1, 40),
        "presence_penalty": st.sampled_from([-2, 0.5]),
        "frequency_penalty": st.sampled_from([-2, 0.5]),
        "max_tokens": st.integers(1, 99999),
        "seed": st.integers(-(2**63), 2**63),
        "stop": st.sampled_from(["x", ["x", "y"], [""]]),
        "logprobs": st.booleans(),
        "top_logprobs": st.integers(0, 5),
        "n": st.just(1),
        "tools": st.sampled_from([[TOOL], [{"type": "web_search"}, TOOL], []]),
        "tool_choice": st.sampled_from(
            ["auto", "none", "required", {"type": "function", "function": {"name": "weather"}}]
        ),
        "parallel_tool_calls": st.booleans(),
        "response_format": st.sampled_from(
            [
                {"type": "text"},
                {"type": "json_object"},
                {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}},
            ]
        ),
        "reasoning_effort": st.sampled_from(["none", "minimal", "low", "high", "max", "odd"]),
        "thinking_budget": st.integers(-1, 99999),
        "enable_thinking": st.booleans(),
        "user": st.just("u"),
        "safety_settings": st.just(
            [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]
        ),
        "stream": st.booleans(),
    },
)
cards = st.sampled_from(EVERY_CARD)


@given(cards, messages, fields)
def test_whatever_history_there_is_the_sdk_and_the_rules_accept_the_body(
    card: ModelCard, history: list[Any], given_fields: dict[str, Any]
) -> None:
    """Law: a body that validates, or an error that names a field."""
    try:
        made = body(USER, *history, card=card, **given_fields)
    except UnsupportedError as error:
        assume(error.param != "messages")  # a file that only another provider has
        assert given_fields["tool_choice"] not in ("auto", "none")
    else:
        assert made["contents"]


@given(cards, messages, fields)
def test_the_request_is_never_changed_and_building_again_changes_nothing(
    card: ModelCard, history: list[Any], given_fields: dict[str, Any]
) -> None:
    """Law: pure and deterministic; the body shares nothing with the request."""
    request = {"messages": [USER, *history], "tools": [TOOL], **given_fields}
    before = copy.deepcopy(request)
    try:
        made = build_request("gemini", card, request)
    except UnsupportedError:
        return
    assert made == build_request("gemini", card, ChatRequest.from_openai(request))
    _empty(made)
    assert request == before


def _empty(value: Any) -> None:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        _empty(item)
    if isinstance(value, dict | list):
        value.clear()


exchanges = st.lists(
    st.one_of(
        st.builds(
            lambda said, answer, details, maker: [
                {"role": "user", "content": said.strip() or "?"},
                {"role": "assistant", "content": answer, "reasoning_details": details, **maker},
            ],
            texts,
            texts,
            entries,
            st.sampled_from([{}, {"model": FLASH_3.id}, {"model": "other"}]),
        ),
        st.builds(
            lambda said, made, details, maker: [
                {"role": "user", "content": said.strip() or "?"},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": made,
                    "reasoning_details": details,
                    **maker,
                },
                *(result(c["id"], "done") for c in made),
            ],
            texts,
            calls,
            entries,
            st.sampled_from([{}, {"model": FLASH_3.id}, {"model": "other"}]),
        ),
    ),
    min_size=1,
    max_size=4,
)


@given(cards, exchanges, st.data())
def test_a_longer_history_begins_with_what_was_sent_for_the_shorter_one(
    card: ModelCard, history: list[list[Any]], data: st.DataObject
) -> None:
    """Law: append-only as long as the model stays; the last content may only grow."""
    kept = history[: data.draw(st.integers(0, len(history) - 1))]
    question = history[len(kept)][0]
    short = contents(*(m for e in kept for m in e), question, card=card)
    long = contents(*(m for e in history for m in e), USER, card=card)
    assert long[: len(short) - 1] == short[:-1]
    last, grown = short[-1], long[len(short) - 1]
    assert last["role"] == grown["role"]
    assert grown["parts"][: len(last["parts"])] == last["parts"]


def mark(place: int) -> str:
    return b64encode(f"s{place}".encode()).decode()


@given(st.text(min_size=1, max_size=30), st.data())
def test_signed_stretches_come_back_where_they_were(text: str, data: st.DataObject) -> None:
    """Law: the parts hold the text, and each signature covers the stretch that it came with."""
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)) | {0, len(text)})
    pieces = [(a, b, data.draw(st.booleans())) for a, b in pairwise(cuts)]
    details = [
        {**signed(mark(start)), "fourthwall": {"chars": start, "length": end - start}}
        for start, end, has_signature in pieces
        if has_signature
    ]
    if not text.strip():
        return
    parts = contents(USER, by_gemini(text, reasoning_details=details), USER)[1]["parts"]
    assert "".join(part["text"] for part in parts) == text
    assert [(p["text"], p["thoughtSignature"]) for p in parts if "thoughtSignature" in p] == [
        (text[a:b], mark(a)) for a, b, has_signature in pieces if has_signature
    ]


# Cases --------------------------------------------------------------------------------------------


class TestBody:
    def test_a_history_with_a_call(self) -> None:
        history = [
            {"role": "system", "content": "Be brief."},
            USER,
            by_gemini(
                tool_calls=[call("c1")], reasoning_details=[signed("c2lnLi4u", call_id="c1")]
            ),
            result("c1"),
        ]
        asked = {"name": "weather", "args": {"city": "Bergen"}, "id": "c1"}
        given_back = {"name": "weather", "id": "c1", "response": {"output": "sleet"}}
        assert body(*history, max_tokens=800) == {
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "contents": [
                {"role": "user", "parts": [{"text": "Bergen?"}]},
                {
                    "role": "model",
                    "parts": [{"functionCall": asked, "thoughtSignature": "c2lnLi4u"}],
                },
                {"role": "user", "parts": [{"functionResponse": given_back}]},
            ],
            "generationConfig": {
                "maxOutputTokens": FLASH_3.max_output,
                "thinkingConfig": {"includeThoughts": True},
            },
        }

    def test_neither_model_nor_stream_stands_in_the_body(self) -> None:
        assert body() == body(stream=False) == body(stream=True)
        assert body().keys() == {"contents", "generationConfig"}

    def test_other_names_of_the_provider_are_understood(self) -> None:
        made = {"messages": [USER]}
        assert build_request("google", FLASH_3, made) == build_request("gemini", FLASH_3, made)

    @pytest.mark.parametrize(
        "history",
        [
            [{"role": "user", "content": ""}],
            [{"role": "user", "content": []}, {"role": "assistant", "content": None}],
            [{"role": "system", "content": " "}],
        ],
    )
    def test_nothing_to_answer_is_an_error(self, history: list[Any]) -> None:
        with pytest.raises(RequestError, match="nothing to answer") as caught:
            build_request("gemini", FLASH_3, {"messages": history})
        assert caught.value.param == "messages"

    def test_instructions_alone_get_a_turn_to_answer(self) -> None:
        made = body({"role": "system", "content": "Say hello."})
        assert made["systemInstruction"] == {"parts": [{"text": "Say hello."}]}
        assert [turn["role"] for turn in made["contents"]] == ["user"]


class TestTurns:
    def test_a_greeting_stays_behind_a_neutral_turn(self) -> None:
        turns = contents({"role": "assistant", "content": "Hello!"}, USER)
        assert [turn["role"] for turn in turns] == ["user", "model", "user"]
        assert turns[1]["parts"] == [{"text": "Hello!"}]

    def test_an_unanswered_answer_is_followed_by_a_user_turn(self) -> None:
        assert contents(USER, by_gemini("Sleet."))[-1] == {
            "role": "user",
            "parts": [{"text": "Continue."}],
        }

    def test_neighbours_are_joined_and_empty_ones_left_out(self) -> None:
        turns = contents(USER, by_gemini(""), by_gemini(None), {**USER, "content": "So?"})
        assert turns == [{"role": "user", "parts": [{"text": "Bergen?"}, {"text": "So?"}]}]

    def test_late_instructions_are_a_note_where_they_stand(self) -> None:
        late = {"role": "system", "content": "Be kind."}
        turns = contents(USER, by_gemini("Sleet."), late, {**USER, "content": "So?"})
        assert turns[-1]["parts"] == [
            {"text": "<system>\nBe kind.\n</system>"},
            {"text": "So?"},
        ]

    def test_an_answer_that_cannot_be_written_leaves_no_empty_content(self) -> None:
        heard = {"role": "assistant", "content": None, "audio": {"id": "audio_1"}}
        assert contents(USER, heard, USER) == contents(USER, USER)

    def test_a_name_is_left_out(self) -> None:
        assert contents({**USER, "name": "ann"}) == contents(USER)

    def test_reasoning_as_text_is_never_sent(self) -> None:
        thought = by_gemini("Sleet.", reasoning_content="hm", reasoning="hm")
        assert contents(USER, thought, USER) == contents(USER, by_gemini("Sleet."), USER)


class TestCalls:
    def test_all_results_of_a_turn_stand_in_one_content_in_the_order_of_the_calls(self) -> None:
        both = by_gemini(tool_calls=[call("c1"), call("c2", "time", "")])
        turns = contents(USER, both, result("c2", "noon"), result("c1"), {**USER, "content": "So?"})
        assert [part.get("functionResponse") for part in turns[2]["parts"]] == [
            {"name": "weather", "id": "c1", "response": {"output": "sleet"}},
            {"name": "time", "id": "c2", "response": {"output": "noon"}},
            None,
        ]
        assert turns[2]["parts"][2] == {"text": "So?"}
        assert turns[1]["parts"][1]["functionCall"] == {"name": "time", "args": {}, "id": "c2"}

    def test_errors_and_missing_results_are_told_as_errors(self) -> None:
        both = by_gemini(tool_calls=[call("c1"), call("c2")])
        turns = contents(USER, both, result("c1", "no such town", is_error=True))
        assert [part["functionResponse"]["response"] for part in turns[2]["parts"]] == [
            {"error": "no such town"},
            {"error": "No result: the call was interrupted."},
        ]

    def test_ids_of_other_providers_are_mapped_on_both_sides(self) -> None:
        foreign = {"role": "assistant", "model": "kimi", "tool_calls": [call("functions.f:0")]}
        turns = contents(USER, foreign, result("functions.f:0"))
        made = turns[1]["parts"][0]["functionCall"]["id"]
        assert made.isalnum()
        assert turns[2]["parts"][0]["functionResponse"]["id"] == made

    def test_ids_can_be_done_without(self) -> None:
        history = (USER, by_gemini(tool_calls=[call("c1")]), result("c1"))
        request = ChatRequest(messages=history, faults=frozenset({"parameter:id"}))
        made = build_request("gemini", FLASH_3, request)["contents"]
        assert "id" not in made[1]["parts"][0]["functionCall"]
        assert "id" not in made[2]["parts"][0]["functionResponse"]

    def test_names_begin_with_a_letter_everywhere(self) -> None:
        tool = {"type": "function", "function": {"name": "2fa"}}
        chosen = {"type": "function", "function": {"name": "2fa"}}
        made = body(
            USER,
            by_gemini(tool_calls=[call("c1", "2fa")]),
            result("c1"),
            tools=[tool],
            tool_choice=chosen,
        )
        assert made["tools"] == [{"functionDeclarations": [{"name": "_2fa"}]}]
        assert made["toolConfig"]["functionCallingConfig"]["allowedFunctionNames"] == ["_2fa"]
        assert made["contents"][1]["parts"][0]["functionCall"]["name"] == "_2fa"
        assert made["contents"][2]["parts"][0]["functionResponse"]["name"] == "_2fa"
        assert [function_name(n) for n in ("a1", "_a", "-a", "7")] == ["a1", "_a", "_-a", "_7"]

    def test_a_model_without_tools_reads_what_happened(self) -> None:
        card = ModelCard(id="gemma-3", provider="google", tools=False)
        turns = contents(USER, by_gemini(tool_calls=[call("c1")]), result("c1"), card=card)
        assert "weather" in turns[1]["parts"][0]["text"]
        assert turns[2]["parts"][-1] == {"text": "sleet"}


class TestSignatures:
    def test_a_call_and_a_text_have_theirs_in_their_own_part(self) -> None:
        turn = by_gemini(
            "I'll look. Both.",
            tool_calls=[call("c1"), call("c2")],
            reasoning_details=[
                signed("dGV4dA==", chars=11, length=5),
                signed("Y2FsbA==", call_id="c1", chars=16),
            ],
        )
        parts = contents(USER, turn, result("c1"), result("c2"))[1]["parts"]
        assert [(p.get("text"), p.get("thoughtSignature")) for p in parts] == [
            ("I'll look. ", None),
            ("Both.", "dGV4dA=="),
            (None, "Y2FsbA=="),
            (None, None),
        ]

    def test_one_on_an_empty_text_comes_back_on_an_empty_text(self) -> None:
        turn = by_gemini("Sleet.", reasoning_details=[signed("c2ln", chars=6, length=0)])
        assert contents(USER, turn, USER)[1]["parts"] == [
            {"text": "Sleet."},
            {"text": "", "thoughtSignature": "c2ln"},
        ]

    def test_text_that_came_between_calls_stays_between_them(self) -> None:
        turn = by_gemini(
            "Then:",
            tool_calls=[call("c1"), call("c2")],
            reasoning_details=[signed("c2ln", calls=1, length=5)],
        )
        parts = contents(USER, turn, result("c1"), result("c2"))[1]["parts"]
        assert [next(iter(part)) for part in parts] == ["functionCall", "text", "functionCall"]

    def test_without_our_note_one_of_text_stands_at_the_end(self) -> None:
        turn = by_gemini("Sleet.", reasoning_details=[signed("c2ln")])
        assert contents(USER, turn, USER)[1]["parts"][-1] == {
            "text": "",
            "thoughtSignature": "c2ln",
        }

    @pytest.mark.parametrize(
        "change",
        [
            {"model": PRO_31.id},
            {"provider": "openrouter"},
            {"format": "anthropic-claude-v1"},
            {"data": ""},
            {"data": None},
        ],
    )
    def test_those_of_others_do_not_exist(self, change: dict[str, Any]) -> None:
        entry = {**signed("c2ln", length=6), **change}
        turn = by_gemini("Sleet.", reasoning_details=[entry])
        assert contents(USER, turn, USER)[1]["parts"] == [{"text": "Sleet."}]

    def test_a_call_that_nobody_signed_gets_googles_word_for_it_once_a_step(self) -> None:
        foreign = {"role": "assistant", "model": "gpt-5", "tool_calls": [call("a"), call("b")]}
        history = (USER, foreign, result("a"), result("b"), foreign, result("a"), result("b"))
        for card, word in ((FLASH_3, DUMMY), (PRO_31, DUMMY), (FLASH_25, None), (UNKNOWN, None)):
            turns = contents(*history, card=card)
            for place in (1, 3):
                marks = [part.get("thoughtSignature") for part in turns[place]["parts"]]
                assert marks == [word, None]

    def test_the_card_or_a_refusal_may_ask_for_that_word(self) -> None:
        history = (USER, by_gemini(tool_calls=[call("c1")]), result("c1"))
        card = ModelCard(id="m", provider="google", thought_signatures="required")
        assert contents(*history, card=card)[1]["parts"][0]["thoughtSignature"] == DUMMY
        request = ChatRequest(messages=history, faults=frozenset({"thought_signature_missing"}))
        made = build_request("gemini", FLASH_25, request)["contents"]
        assert made[1]["parts"][0]["thoughtSignature"] == DUMMY

    def test_a_signed_step_is_left_as_it_is(self) -> None:
        turn = by_gemini(
            tool_calls=[call("c1"), call("c2")],
            reasoning_details=[signed("c2ln", call_id="c2")],
        )
        parts = contents(USER, turn, result("c1"), result("c2"))[1]["parts"]
        assert [part.get("thoughtSignature") for part in parts] == [None, "c2ln"]

    def test_after_a_refusal_none_is_sent(self) -> None:
        turn = by_gemini(tool_calls=[call("c1")], reasoning_details=[signed("x", call_id="c1")])
        request = ChatRequest(messages=(USER, turn, result("c1")), faults=frozenset({"signature"}))
        made = build_request("gemini", FLASH_3, request)["contents"]
        assert made[1]["parts"][0]["thoughtSignature"] == DUMMY


class TestMedia:
    @pytest.mark.parametrize(
        ("part", "sent"),
        [
            (PICTURE, {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}),
            (
                {"type": "image_url", "image_url": "data:image/jpg;base64,AAAA"},
                {"inlineData": {"mimeType": "image/jpeg", "data": "AAAA"}},
            ),
            (
                {"type": "image_url", "image_url": {"url": "https://x.org/a/B.PNG?size=1"}},
                {"fileData": {"mimeType": "image/png", "fileUri": "https://x.org/a/B.PNG?size=1"}},
            ),
            (
                {"type": "image_url", "image_url": {"url": "https://x.org/a"}},
                {"fileData": {"mimeType": "image/jpeg", "fileUri": "https://x.org/a"}},
            ),
            (
                {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
                {"inlineData": {"mimeType": "audio/mp3", "data": "AAAA"}},
            ),
            (
                {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA"}},
                {"inlineData": {"mimeType": "application/pdf", "data": "AAAA"}},
            ),
            (
                {"type": "file", "file": {"file_data": "data:text/plain,hi%20you"}},
                {"inlineData": {"mimeType": "text/plain", "data": "aGkgeW91"}},
            ),
            (
                {"type": "video_url", "video_url": {"url": "gs://bucket/film.mov"}},
                {"fileData": {"mimeType": "video/mov", "fileUri": "gs://bucket/film.mov"}},
            ),
            (
                {"type": "file", "file": {"file_id": "gs://bucket/a.pdf"}},
                {"fileData": {"mimeType": "application/pdf", "fileUri": "gs://bucket/a.pdf"}},
            ),
            ({"type": "audio"}, {"text": "[attachment: not shown to this model]"}),
            (
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,"}},
                {"text": "[image: not shown to this model]"},
            ),
            (
                {"type": "input_audio", "input_audio": {}},
                {"text": "[audio: not shown to this model]"},
            ),
        ],
    )
    def test_a_medium_is_sent_or_noted(self, part: Any, sent: Any) -> None:
        assert contents({"role": "user", "content": [part]})[0]["parts"] == [sent]

    def test_a_file_that_another_provider_has_is_noted_and_refused_in_the_question(self) -> None:
        message = {"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}}]}
        turns = contents(message, by_gemini("A map."), USER)
        assert turns[0]["parts"] == [{"text": "[file: not shown to this model]"}]
        with pytest.raises(UnsupportedError, match="file-1"):
            contents(message)

    def test_words_of_a_spoken_answer_are_read_to_a_model_that_keeps_no_sounds(self) -> None:
        spoken = {"role": "assistant", "content": None, "audio": {"id": "a1", "transcript": "Hi!"}}
        assert contents(USER, spoken, USER)[1]["parts"] == [{"text": "Hi!"}]

    def test_what_a_model_showed_stays_in_its_turn(self) -> None:
        turns = contents(USER, {"role": "assistant", "content": [PICTURE]}, USER)
        assert turns[1]["parts"] == [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]

    def test_a_model_that_cannot_see_is_told_and_so_is_the_caller(self) -> None:
        card = ModelCard(id="gemma-3", provider="google", vision=False)
        message = {"role": "user", "content": [PICTURE]}
        assert contents(message, card=card)[0]["parts"] == [
            {"text": "[image: not shown to this model]"}
        ]
        assert "1 image" in told(card, message)["messages"]

    def test_images_in_results_stand_inside_from_gemini_3_on_and_behind_before(self) -> None:
        far = {"type": "image_url", "image_url": {"url": "https://x.org/a.png"}}
        said = {"type": "text", "text": "see"}
        history = (USER, by_gemini(tool_calls=[call("c1")]), result("c1", [said, PICTURE, far]))
        inline = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}
        linked = {"fileData": {"mimeType": "image/png", "fileUri": "https://x.org/a.png"}}
        new = contents(*history)[2]["parts"]
        assert new[0]["functionResponse"]["response"] == {"output": "see"}
        assert new[0]["functionResponse"]["parts"] == [inline]
        assert new[1:] == [linked]
        old = contents(*history, card=FLASH_25)[2]["parts"]
        assert old[0]["functionResponse"]["response"] == {"output": "see"}
        assert "parts" not in old[0]["functionResponse"]
        assert old[2:] == [inline, linked]


class TestThinking:
    @pytest.mark.parametrize(
        ("card", "wish", "sent"),
        [
            (PRO_25, {}, {"includeThoughts": True}),
            (PRO_25, {"reasoning_effort": "low"}, {"thinkingBudget": 2048}),
            (PRO_25, {"reasoning_effort": "max"}, {"thinkingBudget": 32768}),
            (PRO_25, {"reasoning_effort": "none"}, {"thinkingBudget": 128}),
            (PRO_25, {"thinking_budget": 5}, {"thinkingBudget": 128}),
            (PRO_25, {"enable_thinking": True}, {"thinkingBudget": -1}),
            (FLASH_25, {}, {"includeThoughts": True}),
            (FLASH_25, {"thinking": {"type": "enabled", "budget_tokens": 99999}}, 24576),
            (LITE_25, {"reasoning": {"enabled": True}}, {"thinkingBudget": -1}),
            (LITE_25, {"thinking_budget": 100}, {"thinkingBudget": 512}),
            (FLASH_3, {}, {"includeThoughts": True}),
            (FLASH_3, {"reasoning_effort": "minimal"}, {"thinkingLevel": "MINIMAL"}),
            (FLASH_3, {"reasoning_effort": "none"}, {"thinkingLevel": "MINIMAL"}),
            (PRO_31, {"reasoning_effort": "minimal"}, {"thinkingLevel": "LOW"}),
            (PRO_31, {"reasoning_effort": "xhigh"}, {"thinkingLevel": "HIGH"}),
            (PRO_31, {"thinking_budget": 8192}, {"thinkingLevel": "MEDIUM"}),
            (PRO_31, {"reasoning_effort": "odd"}, {"includeThoughts": True}),
        ],
    )
    def test_it_is_asked_for_in_the_models_own_form(
        self, card: ModelCard, wish: dict[str, Any], sent: Any
    ) -> None:
        wanted = {"thinkingBudget": sent} if isinstance(sent, int) else sent
        assert config(card, **wish) == {"thinkingConfig": {"includeThoughts": True, **wanted}}

    def test_where_it_can_be_turned_off_it_is(self) -> None:
        for card in (FLASH_25, LITE_25):
            sent = config(card, reasoning_effort="none")
            assert sent == {"thinkingConfig": {"thinkingBudget": 0}}
        assert config(LITE_25) == {}

    @pytest.mark.parametrize(
        "card",
        [
            ModelCard(id="gemini-2.0-flash", provider="google"),
            ModelCard(id="gemini-2.5-flash-image", provider="google", reasoning=True),
            ModelCard(id="gemini-3-flash", provider="google", reasoning=False),
        ],
    )
    def test_a_model_that_cannot_think_gets_no_word_of_it(self, card: ModelCard) -> None:
        assert config(card) == config(card, reasoning_effort="high") == {}
        assert told(card, reasoning_effort="high")["reasoning_effort"].endswith("doesn't reason")
        assert "reasoning_effort" not in told(card, reasoning_effort="none")

    def test_a_model_of_no_known_kind_only_shows_its_thoughts(self) -> None:
        card = ModelCard(id="m", provider="google", reasoning=True)
        assert config(card, reasoning_effort="high") == {
            "thinkingConfig": {"includeThoughts": True}
        }
        assert "isn't known" in told(card, reasoning_effort="high")["reasoning_effort"]
        assert config(UNKNOWN, reasoning_effort="high") == {}

    def test_after_a_refusal_nothing_is_asked_for(self) -> None:
        request = ChatRequest(
            messages=(USER,),
            reasoning_effort="high",
            faults=frozenset({"parameter:thinking_level"}),
        )
        assert "generationConfig" not in build_request("gemini", FLASH_3, request)

    @pytest.mark.parametrize(
        ("card", "wish"),
        [
            (PRO_25, {"reasoning_effort": "none"}),
            (PRO_25, {"thinking_budget": 5}),
            (PRO_25, {"reasoning_effort": "odd"}),
            (PRO_31, {"reasoning_effort": "xhigh"}),
            (PRO_31, {"thinking_budget": 8192}),
        ],
    )
    def test_what_comes_out_otherwise_is_told(self, card: ModelCard, wish: Any) -> None:
        assert "reasoning_effort" in told(card, **wish)

    def test_a_thinking_model_has_room_to_think(self) -> None:
        assert config(FLASH_3, max_tokens=100)["maxOutputTokens"] == FLASH_3.max_output
        assert config(FLASH_25, max_tokens=100, thinking_budget=2000)["maxOutputTokens"] == 2100
        assert config(LITE_25, max_tokens=100) == {"maxOutputTokens": 100}


class TestParameters:
    def test_they_have_googles_names(self) -> None:
        sent = config(
            LITE_25,
            temperature=0.5,
            top_p=0.9,
            top_k=5,
            presence_penalty=1,
            frequency_penalty=-1,
            seed=7,
            stop=["x", ""],
            logprobs=True,
            top_logprobs=3,
            n=1,
        )
        assert sent == {
            "temperature": 0.5,
            "topP": 0.9,
            "topK": 5,
            "presencePenalty": 1,
            "frequencyPenalty": -1,
            "seed": 7,
            "stopSequences": ["x"],
            "responseLogprobs": True,
            "logprobs": 3,
        }

    def test_a_seed_is_held_to_what_fits(self) -> None:
        assert config(LITE_25, seed=2**31 + 5) == {"seed": 5}
        assert "seed" in told(LITE_25, seed=2**31 + 5)

    def test_at_most_five_stop_sequences(self) -> None:
        request = ChatRequest(messages=(USER,), stop=tuple("abcdef"))
        made = build_request("gemini", LITE_25, request)
        assert made["generationConfig"] == {"stopSequences": [*"abcde"]}
        assert "stop" in dropped_parameters("gemini", LITE_25, request)

    def test_log_probabilities_without_the_wish_for_them_say_nothing(self) -> None:
        assert config(LITE_25, top_logprobs=3) == config(LITE_25, logprobs=False) == {}
        assert told(LITE_25, top_logprobs=3).keys() == {"top_logprobs"}

    def test_several_answers_are_refused(self) -> None:
        with pytest.raises(UnsupportedError, match="one answer") as caught:
            body(n=2)
        assert caught.value.param == "n"

    def test_what_google_does_not_know_is_left_out_and_told(self) -> None:
        extras: dict[str, Any] = {"user": "u", "store": True, "logit_bias": {}, "min_p": 0.1}
        assert body(**extras) == body()
        assert told(LITE_25, **extras).keys() == extras.keys()
        assert told(LITE_25, user="u") == {"user": "Google doesn't know it"}

    def test_googles_own_fields_are_passed_on(self) -> None:
        settings = [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]
        made = body(safety_settings=settings, cached_content="cachedContents/1")
        assert (made["safetySettings"], made["cachedContent"]) == (settings, "cachedContents/1")
        assert made == body(safetySettings=settings, cachedContent="cachedContents/1")

    def test_a_schema_goes_with_its_mime_type(self) -> None:
        schema = {"type": "object", "properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": {}}}
        wanted = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
        assert config(LITE_25, response_format=wanted) == {
            "responseMimeType": "application/json",
            "responseJsonSchema": schema,
        }
        json_only = config(LITE_25, response_format={"type": "json_object"})
        assert json_only == {"responseMimeType": "application/json"}
        assert config(LITE_25, response_format={"type": "text"}) == {}
        assert "response_format" in told(LITE_25, response_format={"type": "grammar"})

    def test_beside_tools_older_models_have_the_schema_in_words(self) -> None:
        wanted = {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}}
        old = body(card=LITE_25, tools=[TOOL], response_format=wanted)
        assert "generationConfig" not in old
        assert '{"type": "object"}' in old["systemInstruction"]["parts"][-1]["text"]
        new = body(card=FLASH_3, tools=[TOOL], response_format=wanted)
        assert new["generationConfig"]["responseJsonSchema"] == {"type": "object"}


class TestTools:
    def test_a_definition_keeps_its_json_schema(self) -> None:
        schema = {"type": "object", "properties": {"x": {"type": ["string", "null"]}}}
        function = {"name": "f", "description": "d", "parameters": schema, "strict": True}
        made = body(tools=[{"type": "function", "function": function}])
        assert made["tools"] == [
            {
                "functionDeclarations": [
                    {"name": "f", "description": "d", "parametersJsonSchema": schema}
                ]
            }
        ]
        assert "strict" in told(tools=[{"type": "function", "function": function}])

    @pytest.mark.parametrize(
        ("choice", "sent"),
        [
            ("auto", {"mode": "AUTO"}),
            ("none", {"mode": "NONE"}),
            ("required", {"mode": "ANY"}),
            (
                {"type": "function", "function": {"name": "weather"}},
                {"mode": "ANY", "allowedFunctionNames": ["weather"]},
            ),
            (
                {"type": "function", "name": "weather"},
                {"mode": "ANY", "allowedFunctionNames": ["weather"]},
            ),
            (
                {
                    "type": "allowed_tools",
                    "allowed_tools": {"mode": "required", "tools": [TOOL]},
                },
                {"mode": "ANY", "allowedFunctionNames": ["weather"]},
            ),
            ({"type": "custom", "custom": {"name": "x"}}, {"mode": "AUTO"}),
        ],
    )
    def test_the_choice_becomes_a_mode(self, choice: Any, sent: Any) -> None:
        made = body(tools=[TOOL], tool_choice=choice)
        assert made["toolConfig"] == {"functionCallingConfig": sent}

    def test_without_tools_there_is_no_choice(self) -> None:
        assert body(tools=[], tool_choice="auto") == body()
        assert "toolConfig" not in body(tools=[TOOL])

    def test_tools_of_other_kinds_are_left_out_and_told(self) -> None:
        others = [{"type": "web_search"}, TOOL]
        assert body(tools=others)["tools"] == body(tools=[TOOL])["tools"]
        assert "tools" in told(tools=others)
        with pytest.raises(UnsupportedError, match="none of its tools is a function"):
            body(tools=[{"type": "web_search"}], tool_choice="required")

    def test_one_call_at_a_time_cannot_be_had(self) -> None:
        assert "parallel_tool_calls" in told(tools=[TOOL], parallel_tool_calls=False)
        assert "parallel_tool_calls" not in told(tools=[TOOL], parallel_tool_calls=True)

    @pytest.mark.parametrize("tool", [{"type": "function"}, {"function": {"name": None}}])
    def test_a_tool_without_a_name_is_told_by_its_place(self, tool: Any) -> None:
        with pytest.raises(RequestError) as caught:
            body(tools=[tool])
        assert caught.value.param == "tools[0].function.name"


class TestRefusals:
    """What Google has just refused isn't sent again, whatever it is called."""

    SCHEMA: Mapping[str, Any] = {
        "type": "json_schema",
        "json_schema": {"name": "a", "schema": {"type": "object"}},
    }
    FULL: Mapping[str, Any] = {
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": [{"type": "text", "text": "look"}, PICTURE]},
            by_gemini(tool_calls=[call("c1")], reasoning_details=[signed("AAAA", call_id="c1")]),
            result("c1"),
            USER,
        ],
        "max_tokens": 100,
        "temperature": 0.5,
        "top_p": 0.5,
        "top_k": 5,
        "stop": ["x"],
        "seed": 7,
        "presence_penalty": 0.5,
        "frequency_penalty": 0.5,
        "logprobs": True,
        "top_logprobs": 2,
        "response_format": SCHEMA,
        "reasoning_effort": "low",
        "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"}],
        "cached_content": "cachedContents/1",
        "tools": [{"type": "function", "function": {"name": "weather", "parameters": {}}}],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
    }
    NEEDED = frozenset(
        {"contents", "role", "parts", "text", "name", "args", "response", "output", "data"}
        | {"tools", "generationConfig", "category", "threshold", "mode"}
        | {"type", "city"}  # a caller's
    )

    def written(self, *faults: str) -> tuple[dict[str, Any], Mapping[str, str]]:
        request = replace(ChatRequest.from_openai(self.FULL), faults=frozenset(faults))
        made = build_request("gemini", FLASH_3, request)
        check(made)
        return made, dropped_parameters("gemini", FLASH_3, request)

    def fields(self, made: Any) -> set[str]:
        if isinstance(made, dict):
            return set(made).union(*map(self.fields, made.values()))
        return set().union(*map(self.fields, made)) if isinstance(made, list) else set()

    def test_each_field_can_be_done_without(self) -> None:
        whole, _ = self.written()
        names = self.fields(whole) - self.NEEDED
        assert {"maxOutputTokens", "topP", "systemInstruction", "safetySettings"} <= names
        for name in names:
            assert name not in self.fields(self.written(f"parameter:{name}")[0]), name
            refusal = f"Unknown name \"{name}\" at 'contents[0]': Cannot find field."
            assert name not in self.fields(self.written(str(fault_of(refusal)))[0]), name

    @pytest.mark.parametrize(
        "fault",
        [
            "parameter:maxOutputTokens",
            "parameter:max_output_tokens",
            "parameter:max_tokens",
            "token_limit_field",
        ],
    )
    def test_a_bound_that_is_refused_is_left_out_and_told(self, fault: str) -> None:
        made, report = self.written(fault)
        assert "maxOutputTokens" not in made["generationConfig"]
        assert "refused" in report["max_tokens"]

    def test_without_instructions_they_open_the_first_turn(self) -> None:
        faults = ("parameter:systemInstruction", "parameter:responseJsonSchema")
        made, report = self.written(*faults)
        first, second, third, *_ = made["contents"][0]["parts"]
        assert JSON_ONLY in first["text"]
        assert (second, third) == ({"text": "Be kind."}, {"text": "look"})
        assert "prompt" in report["response_format"]

    def test_a_schema_of_arguments_stands_in_the_description(self) -> None:
        made, report = self.written("parameter:parameters_json_schema")
        (tool,) = made["tools"][0]["functionDeclarations"]
        assert tool == {
            "name": "weather",
            "description": "Its arguments follow this JSON schema: {}",
        }
        assert "descriptions" in report["tools"]

"""The body for OpenAI's Responses API, held against the types of the official SDK."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses.response_create_params import (
    ResponseCreateParamsNonStreaming,
    ResponseCreateParamsStreaming,
)

from fourthwall.backends import build_request, dropped_parameters
from fourthwall.backends._request import build_body
from fourthwall.chat import ChatRequest
from fourthwall.errors import RequestError, UnsupportedError
from fourthwall.registry import ModelCard, providers
from tests.backends.sdk import unknown_to

CARD = ModelCard(id="gpt-5.5-pro", provider="openai", reasoning=True, vision=True, max_output=9000)
PLAIN = ModelCard(id="plain", provider="openai", reasoning=False, vision=True)
USER = {"role": "user", "content": "hi"}
FUNCTION = {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}}
TOOL = {"type": "function", "function": FUNCTION}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}}
MINE = {"format": "openai-responses-v1", "provider": "openai", "model": "gpt-5.5-pro"}


def body(card: ModelCard = CARD, **fields: Any) -> dict[str, Any]:
    made = build_request("openai", card, {"messages": [USER], **fields})
    kind = ResponseCreateParamsStreaming if made["stream"] else ResponseCreateParamsNonStreaming
    assert unknown_to(kind, made) == []
    return made


def items(*messages: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = body(messages=list(messages), **fields)["input"]
    return listed


def report(card: ModelCard = CARD, **fields: Any) -> dict[str, str]:
    return dict(dropped_parameters("openai", card, {"messages": [USER], **fields}))


def only_there(card: ModelCard, *faults: str, **fields: Any) -> dict[str, Any]:
    """Build for a model that chat completions has just refused."""
    request = ChatRequest.from_openai({"messages": [USER], **fields})
    seen = frozenset({"responses_only", *faults})
    refused = ChatRequest(
        **{name: getattr(request, name) for name in request.__slots__ if name != "faults"},
        faults=seen,
    )
    made, _ = build_body(providers()["openai"], card, refused)
    assert unknown_to(ResponseCreateParamsStreaming, made) == []
    return made


def thought(number: int, *summaries: str, data: str | None = "", **place: int) -> list[Any]:
    """Make the entries of one reasoning item."""
    name = f"rs_{number}"
    where = {"fourthwall": place} if place else {}
    entries: list[dict[str, Any]] = [
        {"type": "reasoning.summary", "summary": text, "id": name, "index": 9 + n, **MINE, **where}
        for n, text in enumerate(summaries)
    ]
    if data is not None:
        encrypted = {"type": "reasoning.encrypted", "data": data or f"enc{number}=="}
        entries.append({**encrypted, "id": name, "index": number, **MINE, **where})
    return entries


def called(*names: str) -> list[dict[str, Any]]:
    return [
        {"id": f"call_{name}", "type": "function", "function": {"name": name, "arguments": "{}"}}
        for name in names
    ]


def answered(*names: str) -> list[dict[str, Any]]:
    return [{"role": "tool", "tool_call_id": f"call_{n}", "content": f"{n}!"} for n in names]


# Laws -------------------------------------------------------------------------------------------

contents = st.one_of(
    st.text(max_size=8),
    st.none(),
    st.lists(
        st.sampled_from(
            [
                {"type": "text", "text": "a", "cache_control": {}},
                PICTURE,
                {"type": "image_url", "image_url": "https://x/y.png"},
                {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
                {"type": "file", "file": {"file_id": "file-1"}},
                {"type": "file", "file": {"file_data": "AAAA", "filename": "a.pdf"}},
                {"type": "x"},
            ]
        ),
        max_size=3,
    ),
)
private = st.fixed_dictionaries(
    {},
    optional={
        "name": st.just("n"),
        "model": st.sampled_from(["gpt-5.5-pro", "other"]),
        "reasoning_content": st.just("hm"),
        "reasoning_details": st.lists(
            st.sampled_from(
                [
                    *thought(1, "S", chars=1),
                    *thought(2, calls=1),
                    {"type": "reasoning.phase", "phase": "commentary", **MINE},
                    {"type": "reasoning.text", "text": "t", "signature": "sig"},
                    {"type": "reasoning.encrypted", "data": "x", "format": "xai-responses-v1"},
                ]
            ),
            max_size=4,
        ),
        "tool_calls": st.sampled_from([called("a"), called("a", "b"), [{"id": "a|fc_" * 30}]]),
        "tool_call_id": st.sampled_from(["call_a", "call_b", "nobody"]),
        "fourthwall": st.just({"kind": "switch"}),
    },
)
messages = st.lists(
    st.builds(
        lambda role, content, more: {"role": role, "content": content, **more},
        st.sampled_from(["system", "developer", "user", "assistant", "tool", "function"]),
        contents,
        private,
    ),
    max_size=6,
)
parameters = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.floats(0, 2),
        "top_p": st.floats(0, 1),
        "max_tokens": st.integers(1, 99999),
        "seed": st.integers(0, 9),
        "n": st.just(1),
        "stop": st.just(["x"]),
        "logprobs": st.booleans(),
        "top_logprobs": st.integers(0, 20),
        "logit_bias": st.just({"1": 1}),
        "presence_penalty": st.just(0.5),
        "tools": st.just([TOOL]),
        "tool_choice": st.sampled_from(["auto", "none"]),
        "parallel_tool_calls": st.booleans(),
        "reasoning_effort": st.sampled_from(["none", "minimal", "low", "xhigh", "max"]),
        "verbosity": st.just("low"),
        "response_format": st.sampled_from([{"type": "text"}, {"type": "json_object"}]),
        "user": st.just("u"),
        "metadata": st.just({"a": "b"}),
        "service_tier": st.just("flex"),
        "prompt_cache_key": st.just("k"),
        "safety_identifier": st.just("s"),
        "previous_response_id": st.just("resp_1"),
        "stream_options": st.just({"include_usage": True, "include_obfuscation": False}),
    },
)
requests = st.builds(lambda more, rest: {"messages": [USER, *more], **rest}, messages, parameters)
cards = st.sampled_from(
    [CARD, ModelCard(id="gpt-5.5-pro", provider="openai", tools=False, vision=False), CARD]
)


@given(cards, requests)
def test_the_sdk_knows_every_field(card: ModelCard, request: dict[str, Any]) -> None:
    """Law: whatever the history holds, the official types accept the body whole."""
    assert unknown_to(ResponseCreateParamsStreaming, build_request("openai", card, request)) == []


@given(cards, requests)
def test_building_changes_nothing_and_gives_the_same_again(
    card: ModelCard, request: dict[str, Any]
) -> None:
    """Law: pure, deterministic, plain JSON that shares nothing with the request."""
    before = copy.deepcopy(request)
    made = build_request("openai", card, request)
    assert made == build_request("openai", card, request) == json.loads(json.dumps(made))
    made["input"].clear()
    assert request == before


@given(cards, requests, messages)
def test_turns_are_appended(
    card: ModelCard, request: dict[str, Any], more: list[dict[str, Any]]
) -> None:
    """Law: what is sent before an answer is what is sent after it begins with."""
    closed = [*request["messages"], USER]
    short = build_request("openai", card, {**request, "messages": closed})
    answered = [*closed, {"role": "assistant", "content": "a"}, *more]
    longer = build_request("openai", card, {**request, "messages": answered})
    assert longer["input"][: len(short["input"])] == short["input"]
    assert {**longer, "input": 0} == {**short, "input": 0}


@given(requests)
def test_calls_have_their_results_and_reasoning_what_it_led_to(request: dict[str, Any]) -> None:
    """Law: each call is answered once, after it; no reasoning item stands alone or empty."""
    made = build_request("openai", CARD, request)["input"]
    calls = [item["call_id"] for item in made if item["type"] == "function_call"]
    outputs = [item["call_id"] for item in made if item["type"] == "function_call_output"]
    assert calls == outputs
    assert len(set(calls)) == len(calls)
    for item, after in zip(made, [*made[1:], {"type": "nothing"}], strict=True):
        if item["type"] == "reasoning":
            assert item["encrypted_content"]
            assert "status" not in item
            is_answer = after.get("role") == "assistant"
            assert after["type"] in ("reasoning", "function_call") or is_answer


@given(requests)
def test_private_state_of_others_does_not_exist(request: dict[str, Any]) -> None:
    """Law: another model's encrypted reasoning never goes out."""
    other = ModelCard(id="o3-pro", provider="openai", reasoning=True)
    made = build_request("openai", other, request)["input"]
    assert not any(item["type"] == "reasoning" for item in made)


# Cases ------------------------------------------------------------------------------------------


class TestItems:
    def test_each_role_becomes_items(self) -> None:
        made = items(
            {"role": "system", "content": "Be brief."},
            USER,
            {"role": "assistant", "content": "Let me look.", "tool_calls": called("a", "b")},
            *answered("a", "b"),
            {"role": "assistant", "content": "Done."},
            {"role": "system", "content": "Now be long."},
            USER,
        )
        assert made == [
            {"type": "message", "role": "developer", "content": "Be brief."},
            {"type": "message", "role": "user", "content": "hi"},
            {"type": "message", "role": "assistant", "content": "Let me look."},
            {"type": "function_call", "call_id": "call_a", "name": "a", "arguments": "{}"},
            {"type": "function_call", "call_id": "call_b", "name": "b", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_a", "output": "a!"},
            {"type": "function_call_output", "call_id": "call_b", "output": "b!"},
            {"type": "message", "role": "assistant", "content": "Done."},
            {"type": "message", "role": "developer", "content": "Now be long."},
            {"type": "message", "role": "user", "content": "hi"},
        ]

    @pytest.mark.parametrize(
        ("card", "faults", "role"),
        [
            (CARD, (), "developer"),
            (ModelCard(id="o3-pro", provider="openai"), (), "developer"),
            (CARD, ("developer_role",), "system"),
            (PLAIN, (), "system"),
        ],
    )
    def test_instructions_have_the_role_that_is_known(
        self, card: ModelCard, faults: tuple[str, ...], role: str
    ) -> None:
        said = [{"role": "system", "content": "Be brief."}, USER]
        assert only_there(card, *faults, messages=said)["input"][0]["role"] == role

    def test_names_and_empty_turns_stay_behind(self) -> None:
        made = items(
            {**USER, "name": "ann"},
            {"role": "assistant", "content": ""},
            {"role": "user", "content": [{"type": "text", "text": " "}]},
            USER,
        )
        assert made == [{"type": "message", "role": "user", "content": "hi"}] * 2

    def test_a_call_without_a_result_gets_one(self) -> None:
        made = items(USER, {"role": "assistant", "tool_calls": called("a")}, USER)
        assert made[2]["output"] == "No result: the call was interrupted."

    def test_a_result_without_a_call_becomes_a_note(self) -> None:
        made = items(USER, {"role": "tool", "tool_call_id": "call_x", "content": "it rains"})
        assert [item["type"] for item in made] == ["message", "message"]
        assert "it rains" in json.dumps(made[1])

    def test_ids_of_other_providers_are_made_to_fit(self) -> None:
        calls = [{**called("a")[0], "id": "call_1|fc_" + "x" * 400}]
        result = {"role": "tool", "tool_call_id": calls[0]["id"], "content": "ok"}
        call, output = items(USER, {"role": "assistant", "tool_calls": calls}, result)[1:]
        assert call["call_id"] == output["call_id"]
        assert len(call["call_id"]) <= 40

    def test_a_model_without_tools_reads_about_them(self) -> None:
        card = ModelCard(id="o3-pro", provider="openai", tools=False)
        said = [USER, {"role": "assistant", "tool_calls": called("a")}, *answered("a")]
        made = body(card, messages=said)["input"]
        assert [item["type"] for item in made] == ["message"] * 3
        assert "called the tool a" in made[1]["content"]

    def test_nothing_to_answer_is_an_error(self) -> None:
        with pytest.raises(RequestError, match="nothing to answer"):
            body(messages=[{"role": "user", "content": " "}])


class TestMedia:
    @pytest.mark.parametrize(
        ("part", "written"),
        [
            (
                PICTURE,
                {"type": "input_image", "image_url": PICTURE["image_url"]["url"], "detail": "low"},  # type: ignore[index]  # a literal
            ),
            (
                {"type": "image_url", "image_url": "https://x/y.png"},
                {"type": "input_image", "image_url": "https://x/y.png", "detail": "auto"},
            ),
            (
                {"type": "input_image", "file_id": "file-1", "detail": "high"},
                {"type": "input_image", "file_id": "file-1", "detail": "high"},
            ),
            (
                {"type": "file", "file": {"file_id": "file-1"}},
                {"type": "input_file", "file_id": "file-1"},
            ),
            (
                {"type": "file", "file": {"file_data": "AAAA"}},
                {
                    "type": "input_file",
                    "filename": "file.pdf",
                    "file_data": "data:application/pdf;base64,AAAA",
                },
            ),
            (
                {
                    "type": "file",
                    "file": {"file_data": "data:text/plain;base64,AAAA", "filename": "a.md"},
                },
                {
                    "type": "input_file",
                    "filename": "a.md",
                    "file_data": "data:text/plain;base64,AAAA",
                },
            ),
            (
                {"type": "file", "file": {"file_data": "data:text/plain;base64,AAAA"}},
                {
                    "type": "input_file",
                    "filename": "file.txt",
                    "file_data": "data:text/plain;base64,AAAA",
                },
            ),
            (
                {"type": "input_file", "file_url": "https://x/y.pdf"},
                {"type": "input_file", "file_url": "https://x/y.pdf"},
            ),
            (
                {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
                {"type": "input_text", "text": "[audio: not shown to this model]"},
            ),
            (
                {"type": "video_url", "video_url": {"url": "https://x/y.mp4"}},
                {"type": "input_text", "text": "[video: not shown to this model]"},
            ),
        ],
    )
    def test_parts_are_written_as_the_api_has_them(self, part: Any, written: Any) -> None:
        text = {"type": "text", "text": "Look:"}
        (made,) = items({"role": "user", "content": [text, part]})
        assert made["content"] == [{"type": "input_text", "text": "Look:"}, written]

    def test_what_is_not_shown_is_told(self) -> None:
        sound = {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}}
        assert "1 audio" in report(messages=[{"role": "user", "content": [sound]}])["messages"]

    def test_a_result_may_hold_an_image(self) -> None:
        result = {**answered("a")[0], "content": [{"type": "text", "text": "here"}, PICTURE]}
        output = items(USER, {"role": "assistant", "tool_calls": called("a")}, result)[2]["output"]
        assert [part["type"] for part in output] == ["input_text", "input_image"]

    def test_an_image_that_a_model_made_is_noted(self) -> None:
        made = items(USER, {"role": "assistant", "content": [PICTURE]}, USER)
        assert made[1]["content"] == "[image: not shown to this model]"


class TestReasoning:
    def test_an_item_goes_back_whole_in_front_of_what_it_led_to(self) -> None:
        turn = {
            "role": "assistant",
            "model": "gpt-5.5-pro",
            "content": "Hello",
            "tool_calls": called("a", "b"),
            "reasoning_details": [
                *thought(1, "First", "Second"),
                *thought(2, chars=5),
                *thought(3, "Third", chars=5, calls=1),
            ],
        }
        made = items(USER, turn, *answered("a", "b"))
        first = [{"type": "summary_text", "text": text} for text in ("First", "Second")]
        assert made[1:7] == [
            {"type": "reasoning", "id": "rs_1", "summary": first, "encrypted_content": "enc1=="},
            {"type": "message", "role": "assistant", "content": "Hello"},
            {"type": "reasoning", "id": "rs_2", "summary": [], "encrypted_content": "enc2=="},
            {"type": "function_call", "call_id": "call_a", "name": "a", "arguments": "{}"},
            {
                "type": "reasoning",
                "id": "rs_3",
                "summary": [{"type": "summary_text", "text": "Third"}],
                "encrypted_content": "enc3==",
            },
            {"type": "function_call", "call_id": "call_b", "name": "b", "arguments": "{}"},
        ]

    def test_text_is_cut_where_the_model_thought_again(self) -> None:
        turn = {
            "role": "assistant",
            "content": [{"type": "text", "text": "One. "}, {"type": "text", "text": "Two."}],
            "reasoning_details": [*thought(1), *thought(2, chars=5)],
        }
        assert [item.get("content", item["type"]) for item in items(USER, turn, USER)] == [
            "hi",
            "reasoning",
            "One. ",
            "reasoning",
            "Two.",
            "hi",
        ]

    def test_phases_are_given_back_with_their_messages(self) -> None:
        def phase(name: str, chars: int) -> dict[str, Any]:
            place = {"fourthwall": {"chars": chars}}
            return {"type": "reasoning.phase", "phase": name, **MINE, **place}

        turn = {
            "role": "assistant",
            "content": "I look. Found.",
            "reasoning_details": [
                *thought(1),
                phase("commentary", 8),
                *thought(2, chars=8),
                phase("final_answer", 14),
            ],
        }
        made = items(USER, turn, USER)
        assert [(item.get("content"), item.get("phase")) for item in made[1:5]] == [
            (None, None),
            ("I look. ", "commentary"),
            (None, None),
            ("Found.", "final_answer"),
        ]

    @pytest.mark.parametrize(
        "facts",
        [
            {"model": "gpt-5.5"},
            {"provider": "azure"},
            {"format": "anthropic-claude-v1"},
            {"data": ""},
        ],
    )
    def test_it_goes_to_nobody_else_and_never_without_its_content(
        self, facts: dict[str, str]
    ) -> None:
        entry = {**thought(1)[0], **facts}
        made = items(USER, {"role": "assistant", "content": "x", "reasoning_details": [entry]})
        assert [item["type"] for item in made] == ["message", "message"]

    def test_it_stays_behind_where_its_answer_is_missing(self) -> None:
        cut = {"role": "assistant", "content": "", "reasoning_details": thought(1, "S")}
        end = {"role": "assistant", "content": "x", "reasoning_details": thought(2, chars=1)}
        assert not any(item["type"] == "reasoning" for item in items(USER, cut, USER, end, USER))

    def test_entries_that_make_no_sense_do_no_harm(self) -> None:
        entries = [{**entry, "id": [1], "summary": {}, "data": 3} for entry in thought(1, "S")]
        entries.append({"type": "reasoning.phase", "phase": ["x"], **MINE})
        made = items(USER, {"role": "assistant", "content": "x", "reasoning_details": entries})
        assert made[1] == {"type": "message", "role": "assistant", "content": "x"}

    def test_a_summary_alone_is_no_item(self) -> None:
        entries = thought(1, "S", data=None)
        made = items(USER, {"role": "assistant", "content": "x", "reasoning_details": entries})
        assert [item["type"] for item in made] == ["message", "message"]

    def test_an_item_without_an_id_gets_none(self) -> None:
        entry = {k: v for k, v in thought(1)[0].items() if k != "id"}
        turn = {"role": "assistant", "content": "x", "reasoning_details": [entry]}
        made = build_request("openai", CARD, {"messages": [USER, turn]})["input"]
        assert made[1] == {"type": "reasoning", "summary": [], "encrypted_content": "enc1=="}

    @pytest.mark.parametrize("fault", ["encrypted_content", "reasoning_refused"])
    def test_a_refused_one_is_left_out(self, fault: str) -> None:
        turn = {"role": "assistant", "content": "x", "reasoning_details": thought(1)}
        made = only_there(CARD, fault, messages=[USER, turn, USER])["input"]
        assert not any(item["type"] == "reasoning" for item in made)


class TestParameters:
    def test_a_model_that_thinks_shows_a_summary_and_hands_its_state_over(self) -> None:
        made = body(reasoning_effort="high")
        assert made["reasoning"] == {"effort": "high", "summary": "auto"}
        assert made["include"] == ["reasoning.encrypted_content"]
        assert made["store"] is False

    def test_one_that_does_not_reason_is_asked_for_none(self) -> None:
        made = only_there(PLAIN, reasoning_effort="high", temperature=0.5, top_logprobs=2)
        assert "reasoning" not in made
        assert "include" not in made
        assert (made["temperature"], made["top_logprobs"]) == (0.5, 2)

    def test_thinking_can_be_turned_off(self) -> None:
        card = ModelCard(id="gpt-5.5", provider="openai", reasoning=True)
        made = only_there(card, reasoning_effort="none")
        assert made["reasoning"] == {"effort": "none"}
        assert "include" not in made

    def test_the_highest_effort_is_taken_only_here(self) -> None:
        card = ModelCard(id="gpt-6-astra", provider="openai", reasoning=True)
        assert body(card, reasoning_effort="max")["reasoning"]["effort"] == "max"
        assert "messages" in build_request(
            "openai", card, {"messages": [USER], "reasoning_effort": "xhigh"}
        )

    @pytest.mark.parametrize(
        ("given", "written"),
        [
            ({"effort": "high", "summary": "detailed"}, {"effort": "high", "summary": "detailed"}),
            ({"exclude": True}, None),
            ({"mode": "pro"}, {"summary": "auto", "mode": "pro"}),
            ({"max_tokens": 9000}, {"effort": "medium", "summary": "auto"}),
        ],
    )
    def test_wishes_about_reasoning_are_heard(self, given: Any, written: Any) -> None:
        assert body(reasoning=given).get("reasoning") == written

    @pytest.mark.parametrize(
        "fault",
        [
            f"parameter:{name}"
            for name in ("reasoning", "include", "store", "text", "max_output_tokens")
        ],
    )
    def test_what_was_just_refused_is_left_out(self, fault: str) -> None:
        made = only_there(CARD, fault, reasoning_effort="low", max_tokens=50, verbosity="low")
        assert fault.partition(":")[2] not in made

    def test_strictness_that_was_just_refused_is_left_to_the_provider(self) -> None:
        faults = frozenset({"responses_only", "parameter:strict"})
        request = ChatRequest(messages=(USER,), tools=(TOOL,), faults=faults)
        made, _ = build_body(providers()["openai"], CARD, request)
        assert "strict" not in made["tools"][0]

    def test_a_summary_that_was_just_refused_leaves_the_effort(self) -> None:
        made = only_there(CARD, "parameter:reasoning.summary", reasoning_effort="low")
        assert made["reasoning"].keys() == {"effort"}

    def test_parameters_have_other_names_here(self) -> None:
        schema = {"name": "s", "schema": {"type": "object"}, "strict": True}
        made = body(
            tools=[TOOL],
            tool_choice={"type": "function", "function": {"name": "f"}},
            response_format={"type": "json_schema", "json_schema": schema},
            verbosity="low",
            user="u",
            metadata={"a": "b"},
            stream_options={"include_usage": True, "include_obfuscation": False},
        )
        assert made["tools"] == [{"type": "function", **FUNCTION, "strict": False}]
        assert made["tool_choice"] == {"type": "function", "name": "f"}
        assert made["text"] == {"format": {"type": "json_schema", **schema}, "verbosity": "low"}
        assert (made["user"], made["metadata"]) == ("u", {"a": "b"})
        assert made["stream_options"] == {"include_obfuscation": False}

    @pytest.mark.parametrize(
        ("tool", "written"),
        [
            (
                {"type": "function", "function": {"name": "f", "strict": True}},
                {
                    "type": "function",
                    "name": "f",
                    "strict": True,
                    "parameters": {"type": "object", "properties": {}},
                },
            ),
            (
                {"type": "custom", "custom": {"name": "c", "format": {"type": "text"}}},
                {"type": "custom", "name": "c", "format": {"type": "text"}},
            ),
            (
                {
                    "type": "custom",
                    "custom": {
                        "name": "c",
                        "format": {
                            "type": "grammar",
                            "grammar": {"syntax": "lark", "definition": "x"},
                        },
                    },
                },
                {
                    "type": "custom",
                    "name": "c",
                    "format": {"type": "grammar", "syntax": "lark", "definition": "x"},
                },
            ),
            ({"type": "custom", "custom": {"name": "c"}}, {"type": "custom", "name": "c"}),
            ({"type": "web_search"}, {"type": "web_search"}),
        ],
    )
    def test_tools_are_flat(self, tool: Any, written: Any) -> None:
        assert body(tools=[tool])["tools"] == [written]

    def test_a_choice_among_tools_is_flat_too(self) -> None:
        few = {"mode": "auto", "tools": [{"type": "function", "function": {"name": "f"}}]}
        made = body(tools=[TOOL], tool_choice={"type": "allowed_tools", "allowed_tools": few})
        assert made["tool_choice"] == {
            "type": "allowed_tools",
            "mode": "auto",
            "tools": [{"type": "function", "name": "f"}],
        }

    def test_what_is_not_there_is_told(self) -> None:
        card = ModelCard(id="plain", provider="openai", reasoning=False)
        request = {
            "stop": ["x"],
            "seed": 1,
            "presence_penalty": 1,
            "logit_bias": {"1": 1},
            "previous_response_id": "resp_1",
        }
        made = only_there(card, **request)
        assert not set(made) & set(request)
        asked = ChatRequest(
            messages=(USER,),
            stop=("x",),
            seed=1,
            extra={k: v for k, v in request.items() if k not in ("stop", "seed")},
            faults=frozenset({"responses_only"}),
        )
        _, told = build_body(providers()["openai"], card, asked)
        assert set(told) == set(request)

    def test_probabilities_are_asked_for_in_another_way(self) -> None:
        made = only_there(PLAIN, logprobs=True, top_logprobs=3)
        assert made["include"] == ["message.output_text.logprobs"]
        assert "logprobs" not in made

    def test_several_answers_are_refused(self) -> None:
        with pytest.raises(UnsupportedError, match="one answer at a time"):
            body(n=2)

    @pytest.mark.parametrize(
        ("card", "asked", "limit"),
        [(CARD, 100, 9000), (PLAIN, 100, 100), (PLAIN, 1, 16)],
    )
    def test_limits_leave_room_to_think_and_are_never_too_small(
        self, card: ModelCard, asked: int, limit: int
    ) -> None:
        assert only_there(card, max_tokens=asked)["max_output_tokens"] == limit
        assert "max_output_tokens" not in only_there(card)

    def test_a_limit_that_is_raised_is_told(self) -> None:
        asked = ChatRequest(messages=(USER,), max_tokens=1, faults=frozenset({"responses_only"}))
        _, told = build_body(providers()["openai"], PLAIN, asked)
        assert "raised to 16" in told["max_tokens"]

    def test_a_whole_answer_can_be_asked_for(self) -> None:
        assert body(stream=False)["stream"] is False

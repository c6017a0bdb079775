"""The body of Anthropic's Messages API, held against the SDK's types and the API's refusals."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourthwall.backends import build_request, dropped_parameters
from fourthwall.backends._request import build_body
from fourthwall.chat import ChatRequest
from fourthwall.errors import RequestError, UnsupportedError
from fourthwall.registry import ModelCard, Provider, providers
from tests.backends.anthropic_rules import accepted, blocks_of

# A row of traits each: a budget, a budget without schemas, adaptive and off, adaptive and on,
# always on, on but for notes between tools, no thinking, and a model that nobody knows.
BUDGET = ModelCard(
    id="claude-sonnet-4.5",
    provider="anthropic",
    context=200_000,
    reasoning=True,
    sampling="accepted",
)
OLD = ModelCard(id="claude-opus-4-0", provider="anthropic", reasoning=True)
ASKED = ModelCard(id="claude-opus-4.8", provider="anthropic", reasoning=True)
DEFAULT = ModelCard(id="claude-opus-5", provider="anthropic", reasoning=True)
ALWAYS = ModelCard(id="claude-fable-5", provider="anthropic", reasoning=True)
NOTES = ModelCard(id="claude-sonnet-5.5", provider="anthropic", reasoning=True)
PLAIN = ModelCard(id="claude-3-5-haiku", provider="anthropic", vision=False)
UNKNOWN = ModelCard(id="m", provider="anthropic")
CARDS = [BUDGET, OLD, ASKED, DEFAULT, ALWAYS, NOTES, PLAIN, UNKNOWN]
KINDS = pytest.mark.parametrize("card", CARDS, ids=[card.id for card in CARDS])

USER = {"role": "user", "content": "How deep is the fjord?"}
FUNCTION = {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}}
TOOL = {"type": "function", "function": FUNCTION}
SCHEMA = {"type": "object", "properties": {"depth": {"type": "number"}}}
JSON_SCHEMA = {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}


def body(card: ModelCard = BUDGET, **fields: Any) -> dict[str, Any]:
    return accepted(build_request("anthropic", card, {"messages": [USER], **fields}))


def report(card: ModelCard = BUDGET, **fields: Any) -> dict[str, str]:
    return dict(dropped_parameters("anthropic", card, {"messages": [USER], **fields}))


def after(card: ModelCard, *faults: str, **fields: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Build once more after a refusal."""
    request = ChatRequest.from_openai({"messages": [USER], **fields})
    request = replace(request, faults=frozenset(faults))
    made, dropped = build_body(providers()["anthropic"], card, request)
    return accepted(made, thinks=card in (DEFAULT, ALWAYS, NOTES)), dropped


def thought(card: ModelCard, **fields: Any) -> dict[str, Any]:
    """An entry of ``reasoning_details``, as the reader gives it."""
    return {
        "type": "reasoning.text",
        "text": "hm",
        "signature": "c2ln",
        "format": "anthropic-claude-v1",
        "index": 0,
        "provider": "anthropic",
        "model": card.id,
        **fields,
    }


def loop(card: ModelCard, *, details: list[Any] | None = None) -> list[dict[str, Any]]:
    """A tool loop that waits for the model: question, call, result."""
    call = {"id": "toolu_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    answer: dict[str, Any] = {"role": "assistant", "content": None, "tool_calls": [call]}
    answer["model"] = card.id
    if details is not None:
        answer["reasoning_details"] = details
    return [USER, answer, {"role": "tool", "tool_call_id": "toolu_1", "content": "sleet"}]


# Laws ---------------------------------------------------------------------------------------------

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
MARKED = {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}
DOCUMENT = {
    "type": "file",
    "file": {"file_data": "data:application/pdf;base64,AA", "filename": "x"},
}
SOUND = {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}}
texts = st.sampled_from(["", " \n", "a", "b ", "<think>x</think>y", "é\ud800"])
contents = st.one_of(
    texts,
    st.none(),
    st.lists(st.sampled_from([MARKED, PICTURE, DOCUMENT, SOUND, {"type": "x"}, "s"]), max_size=3),
)
ids = st.sampled_from(["toolu_1", "functions.f:0", "", "x" * 90])
details = st.lists(
    st.builds(
        lambda entry, place: {**entry, **place},
        st.sampled_from(
            [
                thought(BUDGET),
                thought(BUDGET, signature=None),
                thought(ALWAYS),
                thought(BUDGET, type="reasoning.encrypted", data="cmVk"),
                {"type": "reasoning.text", "text": "t", "signature": "s"},
                {"type": "reasoning.summary", "summary": "s"},
                {"type": "reasoning.encrypted", "data": "x", "format": "openai-responses-v1"},
            ]
        ),
        st.sampled_from([{}, {"fourthwall": {"chars": 1}}, {"fourthwall": {"calls": 1}}]),
    ),
    max_size=3,
)
calls = st.lists(
    st.builds(
        lambda i, a: {"id": i, "type": "function", "function": {"name": "f g", "arguments": a}},
        ids,
        st.sampled_from(["", "{}", '{"x": [1]}', "{broken", "[1]"]),
    ),
    max_size=3,
)
wild = st.lists(
    st.builds(
        lambda role, content, more: {"role": role, "content": content, **more},
        st.sampled_from(["system", "developer", "user", "assistant", "assistant", "tool", "tool"]),
        contents,
        st.fixed_dictionaries(
            {},
            optional={
                "model": st.sampled_from([BUDGET.id, ALWAYS.id, "gpt-4o"]),
                "tool_calls": calls,
                "tool_call_id": ids,
                "reasoning_details": details,
                "reasoning_content": texts,
                "is_error": st.booleans(),
                "name": st.just("n"),
            },
        ),
    ),
    max_size=8,
)
parameters = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.floats(0, 2),
        "top_p": st.floats(0, 1),
        "top_k": st.integers(1, 99),
        "max_tokens": st.sampled_from([1, 500, 9999, 999_999]),
        "seed": st.integers(0, 9),
        "stop": st.sampled_from(["x", ["x", " \n"], [" "]]),
        "tools": st.just([TOOL]),
        "tool_choice": st.sampled_from(
            ["auto", "none", "required", {"type": "function", "function": {"name": "f"}}, {}]
        ),
        "parallel_tool_calls": st.booleans(),
        "reasoning_effort": st.sampled_from(["none", "minimal", "high", "odd"]),
        "thinking": st.sampled_from(
            [{"type": "enabled", "budget_tokens": 30_000}, {"type": "disabled"}]
        ),
        "response_format": st.sampled_from(
            [JSON_SCHEMA, {"type": "json_object"}, {"type": "text"}]
        ),
        "user": st.just("u"),
        "metadata": st.just({"user_id": "v", "other": "w"}),
        "service_tier": st.sampled_from(["auto", "flex"]),
        "logprobs": st.just(True),
        "cache_control": st.just({"type": "ephemeral", "ttl": "1h"}),
        "stream": st.booleans(),
    },
)
FAULTS = [
    "signature",
    "thinking_missing",
    "reasoning_refused",
    "tool_pairs",
    "tools_missing",
    "media",
    "prefill",
    "parameter:thinking",
    "parameter:output_config",
    "parameter:cache_control",
    "parameter:temperature",
]


@given(wild, parameters, st.sampled_from(CARDS))
def test_any_history_gives_a_body_that_the_api_accepts(
    messages: list[Any], more: dict[str, Any], card: ModelCard
) -> None:
    """Law: accepted, the same each time, and the request stays as it was."""
    request = {"messages": [*messages, USER], **more}
    before = copy.deepcopy(request)
    made = build_request("anthropic", card, request)
    assert accepted(made) == build_request("anthropic", card, request)
    assert request == before
    assert made["model"] == card.id


@given(wild, parameters, st.sampled_from(CARDS), st.sets(st.sampled_from(FAULTS), max_size=3))
def test_what_was_refused_leaves_a_body_that_the_api_accepts(
    messages: list[Any], more: dict[str, Any], card: ModelCard, faults: set[str]
) -> None:
    """Law: any refusals together can be met."""
    made, _ = after(card, *faults, messages=[*messages, USER], **more)
    for fault in faults:
        assert fault.removeprefix("parameter:") not in made


@given(wild, st.sampled_from(CARDS))
def test_only_what_the_model_made_itself_goes_back(messages: list[Any], card: ModelCard) -> None:
    """Law: private state is the target's own, byte for byte, or it isn't there."""
    given_entries = [e for m in messages for e in m.get("reasoning_details", ())]
    own = [
        (e.get("signature"), e.get("text") if e["type"] == "reasoning.text" else e.get("data"))
        for e in given_entries
        if e.get("model", card.id) == card.id
    ]
    made = build_request("anthropic", card, {"messages": [*messages, USER]})
    for message in made["messages"]:
        for block in blocks_of(message):
            if block["type"] == "thinking":
                assert (block["signature"], block["thinking"]) in own
            if block["type"] == "redacted_thinking":
                assert block["data"] in {data for _, data in own}


def exchange(answer: dict[str, Any], *results: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": "q"}, answer, *results, {"role": "system", "content": "n"}]


ANSWERS = [
    exchange({"role": "assistant", "content": "a", "model": "gpt-4o"}),
    exchange(
        {"role": "assistant", "content": "a", "reasoning_details": [thought(BUDGET)]},
    ),
    [*loop(BUDGET, details=[thought(BUDGET)]), {"role": "assistant", "content": "b"}],
    [*loop(ModelCard(id="gpt-4o", provider="openai")), {"role": "assistant", "content": "b"}],
    exchange({"role": "assistant", "content": ""}),
    [{"role": "user", "content": [PICTURE, {"type": "text", "text": "q"}]}],
]


@given(
    st.lists(st.sampled_from(ANSWERS), max_size=6),
    st.lists(st.sampled_from(ANSWERS), max_size=3),
    st.sampled_from([BUDGET, DEFAULT, ALWAYS]),
    st.sampled_from([None, "high"]),
)
def test_a_request_begins_with_the_one_before(
    then: list[Any], since: list[Any], card: ModelCard, effort: str | None
) -> None:
    """Law: append-only, as prompt caches and signed thinking need it."""
    before = [message for listed in then for message in listed]
    later = [message for listed in since for message in listed]
    more = {"tools": [TOOL], "reasoning_effort": effort}
    short = body(card, messages=[*before, USER], **more)
    answer = {"role": "assistant", "content": "It is deep."}
    long = body(card, messages=[*before, USER, answer, *later, USER], **more)
    assert long["messages"][: len(short["messages"])] == short["messages"]
    fields = {*short} - {"messages", "max_tokens"}
    assert {name: short[name] for name in fields} == {name: long[name] for name in fields}


# Thinking -----------------------------------------------------------------------------------------


class TestThinking:
    @pytest.mark.parametrize(
        ("card", "effort", "thinking", "config"),
        [
            (BUDGET, None, None, None),
            (BUDGET, "none", None, None),
            (BUDGET, "low", {"type": "enabled", "budget_tokens": 2048}, None),
            (OLD, "high", {"type": "enabled", "budget_tokens": 16384}, None),
            (ASKED, None, None, None),
            (ASKED, "none", None, None),
            (ASKED, "max", {"type": "adaptive"}, {"effort": "max"}),
            (DEFAULT, None, {"type": "adaptive"}, None),
            (DEFAULT, "none", {"type": "disabled"}, None),
            (ALWAYS, None, {"type": "adaptive"}, None),
            (ALWAYS, "none", {"type": "adaptive"}, {"effort": "low"}),
            (ALWAYS, "minimal", {"type": "adaptive"}, {"effort": "low"}),
            (NOTES, "none", {"type": "between_tools"}, None),
            (NOTES, "xhigh", {"type": "adaptive"}, {"effort": "xhigh"}),
            (PLAIN, "high", None, None),
            (UNKNOWN, "medium", {"type": "enabled", "budget_tokens": 4096}, None),
            (UNKNOWN, "none", {"type": "disabled"}, None),
            (UNKNOWN, None, None, None),
        ],
    )
    def test_each_kind_is_asked_in_its_own_form(
        self, card: ModelCard, effort: str | None, thinking: Any, config: Any
    ) -> None:
        made = body(card, reasoning_effort=effort)
        if thinking == {"type": "adaptive"}:
            thinking["display"] = "summarized"  # a person is to see it
        assert made.get("thinking") == thinking
        assert made.get("output_config") == config

    def test_what_cannot_be_done_is_reported(self) -> None:
        assert "reasoning_effort" in report(ALWAYS, reasoning_effort="none")
        assert "reasoning_effort" in report(PLAIN, reasoning_effort="high")
        assert report(ASKED, reasoning_effort="high") == {}

    def test_sampling_goes_where_the_model_thinks(self) -> None:
        sampling = {"temperature": 0.5, "top_k": 5}
        assert body(BUDGET, **sampling)["temperature"] == 0.5
        assert body(BUDGET, **sampling)["top_k"] == 5
        assert {*sampling} <= report(BUDGET, reasoning_effort="low", **sampling).keys()
        assert {*sampling} <= report(DEFAULT, **sampling).keys()
        layer = replace(UNKNOWN, sampling="accepted")
        assert {*sampling} <= report(layer, reasoning_effort="low", **sampling).keys()

    def test_a_forced_tool_turns_a_budget_off(self) -> None:
        forced = {"tools": [TOOL], "tool_choice": "required"}
        made = body(BUDGET, reasoning_effort="high", **forced)
        assert "thinking" not in made
        assert made["tool_choice"] == {"type": "any"}
        assert "reasoning_effort" in report(BUDGET, reasoning_effort="high", **forced)
        assert body(ASKED, reasoning_effort="high", **forced)["thinking"]["type"] == "adaptive"

    def test_the_callers_budget_leaves_room_for_the_answer(self) -> None:
        wanted = {"thinking": {"type": "enabled", "budget_tokens": 30_000}}
        made = body(BUDGET, max_tokens=500, **wanted)
        assert (made["max_tokens"], made["thinking"]["budget_tokens"]) == (30_500, 30_000)
        made = body(OLD, max_tokens=20_000, **wanted)  # 32,000 at most
        assert (made["max_tokens"], made["thinking"]["budget_tokens"]) == (32_000, 16_000)
        dropped = report(OLD, max_tokens=20_000, **wanted)
        assert dropped.keys() == {"thinking_budget", "max_tokens"}

    def test_a_budget_that_finds_no_room_is_left_out(self) -> None:
        small = replace(BUDGET, max_output=1500)
        assert "thinking" not in body(small, reasoning_effort="high")
        assert "room" in report(small, reasoning_effort="high")["reasoning_effort"]


class TestOpenToolLoop:
    def test_what_another_model_began_is_ended_without_a_budget(self) -> None:
        messages = loop(ModelCard(id="gpt-4o", provider="openai"))
        made = body(BUDGET, messages=messages, reasoning_effort="high")
        assert "thinking" not in made
        assert "reasoning_effort" in report(BUDGET, messages=messages, reasoning_effort="high")
        assert body(ASKED, messages=messages, reasoning_effort="high")["thinking"]

    def test_what_began_with_thinking_goes_on_with_it(self) -> None:
        messages = loop(BUDGET, details=[thought(BUDGET)])
        made = body(BUDGET, messages=messages)
        assert made["thinking"]["type"] == "enabled"
        assert blocks_of(made["messages"][1])[0] == {
            "type": "thinking",
            "thinking": "hm",
            "signature": "c2ln",
        }

    def test_a_signature_weighs_more_than_a_card_that_knows_of_no_thinking(self) -> None:
        card = replace(BUDGET, reasoning=False)
        made = body(card, messages=loop(card, details=[thought(card)]))
        assert made["thinking"]["type"] == "enabled"

    def test_whoever_turns_thinking_off_is_obeyed(self) -> None:
        messages = loop(BUDGET, details=[thought(BUDGET)])
        made = body(BUDGET, messages=messages, reasoning_effort="none")
        assert "thinking" not in made
        assert [b["type"] for b in blocks_of(made["messages"][1])] == ["tool_use"]
        ended = [*messages, {"role": "assistant", "content": "Sleet."}, USER]
        made = body(BUDGET, messages=ended, reasoning_effort="none")
        assert blocks_of(made["messages"][1])[0]["type"] == "thinking"  # it no longer matters

    def test_a_forced_tool_turns_thinking_off(self) -> None:
        messages = loop(BUDGET, details=[thought(BUDGET)])
        made = body(BUDGET, messages=messages, tools=[TOOL], tool_choice="required")
        assert "thinking" not in made
        assert made["tool_choice"] == {"type": "any"}

    def test_what_just_refused_thinking_gets_no_thoughts(self) -> None:
        messages = loop(BUDGET, details=[thought(BUDGET)])
        made, dropped = after(BUDGET, "parameter:thinking", messages=messages)
        assert "thinking" not in made
        assert "thinking" in dropped
        messages = loop(ALWAYS, details=[thought(ALWAYS)])
        made, _ = after(ALWAYS, "parameter:thinking", messages=messages)
        assert blocks_of(made["messages"][1])[0]["type"] == "thinking"

    def test_notes_between_tools_stay(self) -> None:
        messages = loop(NOTES, details=[thought(NOTES)])
        made = body(NOTES, messages=messages, reasoning_effort="none")
        assert blocks_of(made["messages"][1])[0]["type"] == "thinking"

    def test_a_refusal_for_a_missing_thought_turns_thinking_off(self) -> None:
        made, dropped = after(DEFAULT, "thinking_missing", messages=loop(DEFAULT))
        assert made["thinking"] == {"type": "disabled"}
        assert "reasoning_effort" in dropped
        made, _ = after(ALWAYS, "thinking_missing", messages=loop(ALWAYS))
        assert made["thinking"]["type"] == "adaptive"  # it can't be turned off


# Limits -------------------------------------------------------------------------------------------


class TestMaxTokens:
    @pytest.mark.parametrize(
        ("card", "more", "limit"),
        [
            (BUDGET, {}, 64_000),
            (BUDGET, {"max_tokens": 300}, 300),
            (BUDGET, {"max_completion_tokens": 300}, 300),
            (BUDGET, {"max_tokens": 90_000}, 64_000),
            (BUDGET, {"stream": False}, 21_333),
            (BUDGET, {"stream": False, "max_tokens": 30_000}, 30_000),
            (BUDGET, {"max_tokens": 300, "reasoning_effort": "low"}, 2_348),
            (replace(BUDGET, max_output=5000), {}, 5000),
            (DEFAULT, {"max_tokens": 300}, 128_000),
            (DEFAULT, {"max_tokens": 300, "reasoning_effort": "none"}, 300),
            (UNKNOWN, {}, 8192),
            (UNKNOWN, {"max_tokens": 30_000}, 30_000),
        ],
    )
    def test_is_always_there(self, card: ModelCard, more: dict[str, Any], limit: int) -> None:
        assert body(card, **more)["max_tokens"] == limit

    def test_is_what_is_left_of_the_window(self) -> None:
        full = [{"role": "user", "content": "word " * 120_000}]
        assert 10_000 < body(BUDGET, messages=full)["max_tokens"] < 50_000
        overfull = [{"role": "user", "content": "word " * 400_000}]
        assert body(BUDGET, messages=overfull)["max_tokens"] == 1024
        assert body(BUDGET, messages=overfull, max_tokens=5000)["max_tokens"] == 5000
        always = replace(ALWAYS, context=200_000)
        assert body(always, messages=overfull, max_tokens=5000)["max_tokens"] == 5000

    def test_counts_everything_that_is_sent(self) -> None:
        small = replace(BUDGET, context=90_000)
        plain = body(small)["max_tokens"]
        large = {"role": "user", "content": [PICTURE] * 20}
        pdf = f"data:application/pdf;base64,{'A' * 800_000}"
        file = {"role": "user", "content": [{"type": "file", "file": {"file_data": pdf}}]}
        long = thought(small, text="hm " * 40_000)
        for more in (
            {"messages": [large]},
            {"messages": [file]},
            {"messages": [{"role": "system", "content": "s" * 120_000}, USER]},
            {
                "messages": [
                    *loop(small, details=[long]),
                    {"role": "assistant", "content": "b"},
                    USER,
                ]
            },
            {
                "tools": [
                    {"type": "function", "function": {"name": "f", "description": "d" * 150_000}}
                ]
            },
        ):
            assert body(small, **more)["max_tokens"] < plain


# Parameters ---------------------------------------------------------------------------------------


class TestParameters:
    def test_are_put_into_anthropics_words(self) -> None:
        made = body(
            temperature=0.3,
            stop="END",
            top_k=3,
            user="u-1",
            service_tier="standard_only",
            cache_control={"type": "ephemeral"},
        )
        assert made["temperature"] == 0.3
        assert made["stop_sequences"] == ["END"]
        assert made["top_k"] == 3
        assert made["metadata"] == {"user_id": "u-1"}
        assert made["service_tier"] == "standard_only"
        assert made["cache_control"] == {"type": "ephemeral"}

    @pytest.mark.parametrize(
        ("given_", "name"),
        [
            ({"seed": 3}, "seed"),
            ({"frequency_penalty": 1}, "frequency_penalty"),
            ({"logprobs": True}, "logprobs"),
            ({"logit_bias": {"1": 2}}, "logit_bias"),
            ({"verbosity": "low"}, "verbosity"),
            ({"store": True}, "store"),
            ({"whatever": {"x": 1}}, "whatever"),
            ({"container": "c"}, "container"),
            ({"service_tier": "flex"}, "service_tier"),
            ({"metadata": {"a": "b"}}, "metadata"),
            ({"metadata": {"user_id": "u", "a": "b"}}, "metadata"),
            ({"user": 3}, "user"),
            ({"temperature": 1.5}, "temperature"),
            ({"temperature": 0.5, "top_p": 0.9}, "top_p"),
            ({"stop": ["x", "\n"]}, "stop"),
            ({"stop": " "}, "stop"),
            ({"top_k": "many"}, "top_k"),
            ({"cache_control": {"type": "eternal"}}, "cache_control"),
            ({"max_tokens": 99_999}, "max_tokens"),
        ],
    )
    def test_what_is_dropped_or_changed_is_reported(
        self, given_: dict[str, Any], name: str
    ) -> None:
        body(**given_)
        assert report(**given_).keys() == {name}

    def test_a_layer_of_somebody_elses_is_asked_in_the_same_way(self) -> None:
        row = Provider(name="layer", label="Layer", base_url="http://x", kind="anthropic")
        request = ChatRequest.from_openai(
            {"messages": [*loop(UNKNOWN), {"role": "assistant", "content": "b"}], "temperature": 2}
        )
        made, dropped = build_body(row, UNKNOWN, request)
        assert accepted(made)["temperature"] == 1.0
        assert dropped.keys() == {"temperature"}

    def test_several_answers_are_refused(self) -> None:
        assert report(n=1) == {}
        with pytest.raises(UnsupportedError) as caught:
            body(n=2)
        assert caught.value.param == "n"

    def test_nothing_to_answer_is_refused(self) -> None:
        with pytest.raises(RequestError, match="nothing to answer"):
            body(messages=[{"role": "user", "content": " "}])
        assert body(messages=[{"role": "system", "content": "Greet."}])["system"] == "Greet."

    def test_a_field_that_was_just_refused_stays_out(self) -> None:
        made, dropped = after(ALWAYS, "parameter:thinking", reasoning_effort="high")
        assert made["output_config"] == {"effort": "high"}
        assert "thinking" not in made
        assert dropped.keys() == {"thinking"}
        made, dropped = after(BUDGET, "parameter:metadata", user="u", metadata={"user_id": "u"})
        assert "metadata" not in made
        assert dropped["metadata"] == "Anthropic has just refused it"
        made, dropped = after(BUDGET, "parameter:output_config", response_format=JSON_SCHEMA)
        assert "JSON schema" in made["system"]
        assert dropped.keys() == {"response_format"}
        strict = {"type": "function", "function": {**FUNCTION, "strict": True}}
        made, _ = after(BUDGET, "parameter:strict", tools=[strict])
        assert "strict" not in made["tools"][0]
        marked = [{"role": "user", "content": [MARKED]}]
        made, _ = after(BUDGET, "parameter:ttl", messages=marked)
        assert made["messages"] == [{"role": "user", "content": "a"}]


class TestAnswerFormat:
    def test_a_schema_is_closed_and_goes_out(self) -> None:
        inner = {"type": "object", "properties": {"x": {"enum": [{"type": "object"}]}}}
        schema = {**SCHEMA, "properties": {"a": {"anyOf": [inner, {"type": "null"}]}}}
        wanted = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
        made = body(response_format=wanted)["output_config"]["format"]
        closed = {**inner, "additionalProperties": False}
        assert made == {
            "type": "json_schema",
            "schema": {
                "type": "object",
                "properties": {"a": {"anyOf": [closed, {"type": "null"}]}},
                "additionalProperties": False,
            },
        }

    def test_effort_and_schema_share_a_field(self) -> None:
        made = body(ASKED, response_format=JSON_SCHEMA, reasoning_effort="low")
        assert made["output_config"].keys() == {"effort", "format"}

    @pytest.mark.parametrize(
        ("card", "wanted"), [(OLD, JSON_SCHEMA), (BUDGET, {"type": "json_object"})]
    )
    def test_words_stand_in_where_there_is_no_schema(
        self, card: ModelCard, wanted: dict[str, Any]
    ) -> None:
        messages = [{"role": "system", "content": "S"}, USER]
        made = body(card, messages=messages, response_format=wanted)
        assert "output_config" not in made
        assert made["system"][0] == {"type": "text", "text": "S"}
        assert "JSON" in made["system"][1]["text"]
        assert "response_format" in report(card, response_format=wanted)
        assert report(card, response_format={"type": "text"}) == {}


class TestTools:
    def test_are_written_with_a_schema_of_an_object(self) -> None:
        tools = [
            {"type": "function", "function": {**FUNCTION, "strict": True}},
            {"type": "function", "function": {"name": "g"}, "cache_control": {"type": "ephemeral"}},
            {"type": "function", "function": {"name": "h", "parameters": {"properties": {}}}},
        ]
        f, g, h = body(tools=tools)["tools"]
        assert f == {
            "name": "f",
            "description": "d",
            "input_schema": FUNCTION["parameters"],
            "strict": True,
        }
        assert g["input_schema"] == h["input_schema"] == {"type": "object", "properties": {}}
        assert g["cache_control"] == {"type": "ephemeral"}
        assert "strict" not in body(OLD, tools=tools)["tools"][0]

    @pytest.mark.parametrize(
        ("choice", "written"),
        [
            (None, None),
            ("auto", {"type": "auto"}),
            ("none", {"type": "none"}),
            ("required", {"type": "any"}),
            ({"type": "function", "function": {"name": "f"}}, {"type": "tool", "name": "f"}),
            ({"type": "tool", "name": "f"}, {"type": "tool", "name": "f"}),
            ({"type": "any"}, {"type": "any"}),
            ({"type": "allowed_tools", "allowed_tools": {"mode": "required"}}, {"type": "any"}),
            ({"type": "allowed_tools", "allowed_tools": {"mode": "auto"}}, {"type": "auto"}),
        ],
    )
    def test_the_choice_is_translated(self, choice: Any, written: Any) -> None:
        made = body(tools=[TOOL], tool_choice=choice)
        assert made.get("tool_choice") == written

    def test_one_call_at_a_time(self) -> None:
        alone: dict[str, Any] = {"tools": [TOOL], "parallel_tool_calls": False}
        choice = {"type": "auto", "disable_parallel_tool_use": True}
        assert body(**alone)["tool_choice"] == choice
        assert body(tool_choice="required", **alone)["tool_choice"] == {**choice, "type": "any"}
        assert body(tool_choice="none", **alone)["tool_choice"] == {"type": "none"}

    def test_what_is_no_function_is_left_out(self) -> None:
        custom = {"type": "custom", "custom": {"name": "c"}}
        made = body(tools=[custom, TOOL])
        assert [tool["name"] for tool in made["tools"]] == ["f"]
        assert "tools" in report(tools=[custom, TOOL])
        assert not body(tools=[custom], tool_choice="auto").keys() & {"tools", "tool_choice"}

    def test_a_call_that_cannot_be_forced_is_left_to_the_model(self) -> None:
        made = body(NOTES, tools=[TOOL], tool_choice="required")
        assert made["tool_choice"] == {"type": "auto"}
        assert "tool_choice" in report(NOTES, tools=[TOOL], tool_choice="required")


class TestPrefill:
    MESSAGES = [USER, {"role": "assistant", "content": "It is (\n"}]  # noqa: RUF012 - never changed

    def test_goes_on_where_the_kind_can(self) -> None:
        assert body(BUDGET, messages=self.MESSAGES)["messages"][-1]["content"] == "It is ("

    @pytest.mark.parametrize(
        ("card", "effort"), [(BUDGET, "high"), (ASKED, None), (DEFAULT, None), (ALWAYS, None)]
    )
    def test_is_answered_where_it_can_not(self, card: ModelCard, effort: str | None) -> None:
        made = body(card, messages=self.MESSAGES, reasoning_effort=effort)
        assert made["messages"][-1] == {"role": "user", "content": "Continue."}


@KINDS
def test_every_kind_takes_a_plain_question(card: ModelCard) -> None:
    made = body(card, messages=[{"role": "system", "content": "Be brief."}, USER])
    assert made["system"] == "Be brief."
    assert made["messages"] == [USER]
    assert made["stream"] is True
    assert "stream" not in body(card, stream=False)

"""The JSON body that a provider is sent."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourthwall.backends import build_request, dropped_parameters
from fourthwall.backends._request import IMAGE_NOTE
from fourthwall.chat import ChatRequest
from fourthwall.errors import RequestError, UnsupportedError
from fourthwall.registry import ModelCard, providers

CARD = ModelCard(id="m", provider="groq", upstream="org/m")
USER = {"role": "user", "content": "hi"}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
SAMPLING = {"temperature": 0.5, "top_p": 0.9, "presence_penalty": 1, "logprobs": True, "top_k": 5}
COMPATIBLE = sorted(name for name, row in providers().items() if row.kind == "openai")


def body(provider: str = "groq", card: ModelCard = CARD, **fields: Any) -> dict[str, Any]:
    return build_request(provider, card, {"messages": [USER], **fields})


def card(**facts: Any) -> ModelCard:
    return ModelCard(id="m", provider="groq", **facts)


# Laws -------------------------------------------------------------------------------------------

texts = st.text(max_size=8)
contents = st.one_of(
    texts,
    st.none(),
    st.lists(
        st.sampled_from(
            [{"type": "text", "text": "a", "cache_control": {}}, PICTURE, {"type": "x"}]
        ),
        max_size=3,
    ),
)
private = st.fixed_dictionaries(
    {},
    optional={
        "name": st.just("n"),
        "model": st.sampled_from(["m", "other"]),
        "reasoning_content": texts,
        "reasoning": texts,
        "fourthwall": st.just({"kind": "switch"}),
        "tool_calls": st.just(
            [{"id": "c", "index": 0, "function": {"name": "f", "arguments": {"x": 1}}}]
        ),
        "tool_call_id": st.just("c"),
    },
)
messages = st.lists(
    st.builds(
        lambda role, content, more: {"role": role, "content": content, **more},
        st.sampled_from(["system", "developer", "user", "assistant", "tool", "function"]),
        contents,
        private,
    ),
    min_size=1,
    max_size=5,
)
requests = st.builds(
    lambda listed, more: {"messages": listed, **more},
    messages,
    st.fixed_dictionaries(
        {},
        optional={
            "temperature": st.floats(0, 2),
            "top_p": st.floats(0, 1),
            "max_tokens": st.integers(1, 9999),
            "seed": st.integers(0, 9),
            "stop": st.sampled_from(["x", ["x", "y"]]),
            "logprobs": st.booleans(),
            "tools": st.just([TOOL]),
            "tool_choice": st.sampled_from(["auto", "none"]),
            "parallel_tool_calls": st.booleans(),
            "reasoning_effort": st.sampled_from(["none", "low"]),
            "user": st.just("u"),
            "stream": st.just(True),
            "stream_options": st.just({"include_obfuscation": False}),
            "enable4thWall": st.just(True),
        },
    ),
)
cards = st.builds(
    ModelCard,
    id=st.just("m"),
    provider=st.sampled_from(COMPATIBLE),
    reasoning=st.sampled_from([None, True, False]),
    vision=st.sampled_from([None, True, False]),
    tools=st.sampled_from([None, True, False]),
    max_output=st.none() | st.integers(1, 5000),
    sampling=st.sampled_from([None, "accepted", "rejected", "ignored", "without_reasoning"]),
    reasoning_replay=st.sampled_from([None, "never", "own", "required_on_tool_turns"]),
)
any_provider = st.sampled_from(COMPATIBLE)


@given(any_provider, cards, requests)
def test_the_request_is_never_changed(
    provider: str, model: ModelCard, request: dict[str, Any]
) -> None:
    """Law: the input is as it was, and the body shares nothing with it."""
    before = copy.deepcopy(request)
    made = build_request(provider, model, request)
    for message in made["messages"]:
        if isinstance(message["content"], list):
            message["content"].clear()
    assert request == before


@given(any_provider, cards, requests)
def test_building_again_changes_nothing(
    provider: str, model: ModelCard, request: dict[str, Any]
) -> None:
    """Law: deterministic and idempotent, and plain JSON."""
    made = build_request(provider, model, request)
    assert made == build_request(provider, model, request)
    assert made == build_request(provider, model, ChatRequest.from_openai(request))
    assert made == build_request(provider, model, made)
    assert made == json.loads(json.dumps(made))


@given(any_provider, cards, requests, requests)
def test_turns_are_appended(
    provider: str, model: ModelCard, request: dict[str, Any], more: dict[str, Any]
) -> None:
    """Law: a longer history begins with what was sent for the shorter one."""
    short = build_request(provider, model, request)["messages"]
    longer = {**request, "messages": [*request["messages"], *more["messages"]]}
    assert build_request(provider, model, longer)["messages"][: len(short)] == short


@given(any_provider, cards, requests)
def test_every_message_stays_and_no_private_field_does(
    provider: str, model: ModelCard, request: dict[str, Any]
) -> None:
    made = build_request(provider, model, request)
    known = {
        "role",
        "content",
        "name",
        "tool_calls",
        "tool_call_id",
        "reasoning_content",
        "reasoning",
    }
    assert len(made["messages"]) == len(request["messages"])
    assert all(set(message) <= known for message in made["messages"])
    assert "enable4thWall" not in made


# Cases ------------------------------------------------------------------------------------------


class TestProvider:
    def test_a_compatible_provider_gets_its_own_names(self) -> None:
        assert body("groq", max_tokens=5, seed=7) == {
            "model": "org/m",
            "messages": [USER],
            "max_completion_tokens": 5,
            "seed": 7,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        assert body("mistral", max_completion_tokens=5, seed=7) == {
            "model": "org/m",
            "messages": [USER],
            "max_tokens": 5,
            "random_seed": 7,
            "stream": True,
        }

    def test_a_host_gets_its_own_name_of_the_model(self) -> None:
        hosted = ModelCard(id="m", provider="openai", hosts={"groq": "openai/m"})
        assert body("groq", hosted)["model"] == "openai/m"
        assert body("openai", hosted)["model"] == "m"

    def test_other_spellings_are_understood(self) -> None:
        assert body("OpenAI")["messages"] == [USER]

    @pytest.mark.parametrize("provider", ["anthropic", "gemini", "google"])
    def test_other_dialects_come_later(self, provider: str) -> None:
        with pytest.raises(UnsupportedError, match="later release") as caught:
            body(provider)
        assert "openrouter" in caught.value.remedy

    def test_an_unknown_one_lists_the_known(self) -> None:
        with pytest.raises(RequestError, match="'nobody'") as caught:
            body("nobody")
        assert "deepseek" in caught.value.remedy

    def test_a_closed_schema_gets_nothing_that_it_does_not_know(self) -> None:
        message = {**USER, "name": "ann"}
        assert body("mistral", messages=[message], user="u", store=True) == body("mistral")
        assert body("groq", messages=[message], user="u")["messages"] == [message]
        assert dropped_parameters("mistral", CARD, {"messages": [USER], "user": "u"}) == {
            "user": "Mistral AI doesn't know it"
        }
        tool = {"role": "tool", "tool_call_id": "c", "name": "f", "content": "x"}
        assert body("mistral", messages=[tool])["messages"] == [tool]

    def test_usage_is_asked_for_without_losing_other_options(self) -> None:
        options = {"include_obfuscation": False}
        assert body("groq", stream_options=options)["stream_options"] == {
            "include_obfuscation": False,
            "include_usage": True,
        }
        assert "stream_options" not in body("mistral", stream_options={"include_usage": True})

    def test_a_whole_answer_can_be_asked_for(self) -> None:
        assert body(stream=False) == {"model": "org/m", "messages": [USER]}


class TestParameters:
    @pytest.mark.parametrize(
        ("facts", "effort", "kept"),
        [
            ({"sampling": "accepted", "reasoning": True}, None, set(SAMPLING)),
            ({"sampling": "rejected"}, None, set()),
            ({"sampling": "ignored"}, None, set()),
            ({"sampling": "without_reasoning"}, None, set()),
            ({"sampling": "without_reasoning"}, "low", set()),
            ({"sampling": "without_reasoning"}, "none", {"temperature", "top_p", "top_k"}),
            ({"sampling": "without_reasoning", "reasoning": False}, None, set(SAMPLING)),
            ({"reasoning": True}, None, set()),
            ({"reasoning": False}, None, set(SAMPLING)),
            ({}, None, set(SAMPLING)),
        ],
    )
    def test_sampling_goes_by_the_card(
        self, facts: dict[str, Any], effort: str | None, kept: set[str]
    ) -> None:
        fields: dict[str, Any] = {**SAMPLING, **({"reasoning_effort": effort} if effort else {})}
        made = body(card=card(**facts), **fields)
        assert SAMPLING.keys() & made.keys() == kept
        told = dropped_parameters("groq", card(**facts), {"messages": [USER], **fields})
        assert set(told) == set(SAMPLING) - kept

    def test_limits_are_lowered_to_what_is_possible(self) -> None:
        small = card(max_output=100)
        assert body(card=small, max_tokens=5000)["max_completion_tokens"] == 100
        assert body(card=small, max_tokens=50)["max_completion_tokens"] == 50
        told = dropped_parameters("groq", small, {"messages": [USER], "max_tokens": 5000})
        assert told == {"max_completion_tokens": "lowered to 100, the most that m gives"}

    def test_effort_is_left_out_for_models_that_do_not_reason(self) -> None:
        assert "reasoning_effort" not in body(card=card(reasoning=False), reasoning_effort="low")
        assert body(card=card(reasoning=True), reasoning_effort="low")["reasoning_effort"] == "low"

    def test_tools_are_left_out_where_the_model_has_none(self) -> None:
        fields: dict[str, Any] = {
            "tools": [TOOL],
            "tool_choice": "auto",
            "parallel_tool_calls": True,
        }
        assert body(card=card(tools=False), **fields) == body(card=card(tools=False))
        assert body(card=card(), **fields)["tools"] == [TOOL]
        with pytest.raises(UnsupportedError, match="can't call tools"):
            body(card=card(tools=False), tools=[TOOL], tool_choice="required")

    def test_empty_and_null_parameters_are_not_sent(self) -> None:
        empty: dict[str, Any] = {
            "tools": [],
            "tool_choice": "auto",
            "stop": [],
            "parallel_tool_calls": True,
            "n": None,
        }
        assert body(**empty) == body()

    def test_everything_else_is_passed_on(self) -> None:
        assert body(thinking={"type": "disabled"})["thinking"] == {"type": "disabled"}
        assert body(response_format={"type": "json_object"})["response_format"]


class TestMessages:
    def sent(self, *given: Any, provider: str = "groq", **facts: Any) -> list[Any]:
        made = build_request(provider, card(**facts), {"messages": list(given)})
        listed: list[Any] = made["messages"]
        return listed

    @pytest.mark.parametrize(
        ("provider", "reasoning", "role"),
        [
            ("openai", True, "developer"),
            ("openai", False, "system"),
            ("openai", None, "system"),
            ("groq", True, "system"),
        ],
    )
    def test_instructions_have_the_role_that_is_known(
        self, provider: str, reasoning: bool | None, role: str
    ) -> None:
        for given_role in ("system", "developer"):
            message = {"role": given_role, "content": "be brief"}
            sent = self.sent(message, provider=provider, reasoning=reasoning)
            assert sent == [{"role": role, "content": "be brief"}]

    def test_images_become_a_note_only_where_they_cannot_be_seen(self) -> None:
        message = {"role": "user", "content": [{"type": "text", "text": "look"}, PICTURE]}
        note = {"type": "text", "text": IMAGE_NOTE}
        assert self.sent(message, vision=False)[0]["content"] == [message["content"][0], note]
        assert self.sent(message, vision=None) == [message]
        assert self.sent(message, vision=True) == [message]

    def test_missing_content_is_made_good(self) -> None:
        call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        assert self.sent({"role": "user"}) == [{"role": "user", "content": ""}]
        assert self.sent({"role": "assistant", "content": None, "tool_calls": [call]}) == [
            {"role": "assistant", "content": None, "tool_calls": [call]}
        ]

    def test_tool_calls_are_put_in_shape(self) -> None:
        odd = [{"id": "a", "function": {"name": "f", "arguments": {"x": 1}}}, {"id": "b"}, "odd"]
        sent = self.sent({"role": "assistant", "tool_calls": odd})[0]["tool_calls"]
        assert [call["function"] for call in sent] == [
            {"name": "f", "arguments": '{"x": 1}'},
            {"name": "", "arguments": "{}"},
        ]

    @pytest.mark.parametrize("replay", [None, "never", "forbidden"])
    def test_reasoning_is_not_sent_back(self, replay: Any) -> None:
        message = {"role": "assistant", "content": "a", "reasoning_content": "hm"}
        sent = self.sent(message, provider="deepseek", reasoning_replay=replay)
        assert sent == [{"role": "assistant", "content": "a"}]

    def test_a_models_own_reasoning_is_where_it_wants_it(self) -> None:
        mine = {"role": "assistant", "content": "a", "reasoning_content": "hm", "model": "m"}
        other = {**mine, "model": "other"}
        own = {"reasoning_replay": "own"}
        assert self.sent(mine, provider="deepseek", **own)[0]["reasoning_content"] == "hm"
        assert self.sent(mine, provider="openrouter", **own)[0]["reasoning"] == "hm"
        assert "reasoning_content" not in self.sent(other, provider="deepseek", **own)[0]
        assert "reasoning_content" not in self.sent(mine, provider="groq", **own)[0]

    def test_tool_turns_get_reasoning_where_it_is_required(self) -> None:
        call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        turn = {"role": "assistant", "tool_calls": [call], "reasoning_content": "hm"}
        foreign = {**turn, "model": "other"}
        plain = {"role": "assistant", "content": "a", "reasoning_content": "hm"}
        sent = self.sent(
            turn, foreign, plain, provider="deepseek", reasoning_replay="required_on_tool_turns"
        )
        assert [message.get("reasoning_content") for message in sent] == ["hm", "", None]

    def test_nothing_to_answer_is_an_error(self) -> None:
        with pytest.raises(RequestError, match="is empty"):
            self.sent()
        with pytest.raises(RequestError, match="role"):
            build_request("groq", CARD, ChatRequest(messages=({"role": "alien"},)))

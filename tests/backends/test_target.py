"""How a request's parameters come out for a model at a provider."""

from __future__ import annotations

from typing import Any

import pytest

from fourthwall.backends import build_request
from fourthwall.backends._target import (
    JSON_ONLY,
    Report,
    Target,
    plain,
    schema_prompt,
)
from fourthwall.chat import ChatRequest, Thinking
from fourthwall.errors import RequestError, UnsupportedError
from fourthwall.registry import ModelCard, Provider, providers

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
SAMPLING = {
    "temperature": 0.5,
    "top_p": 0.9,
    "top_k": 5,
    "min_p": 0.1,
    "logprobs": True,
    "top_logprobs": 3,
    "presence_penalty": 1,
    "frequency_penalty": 1,
    "logit_bias": {"1": 2},
}
WITHOUT_REASONING = {"temperature", "top_p", "top_k", "min_p", "logprobs"}


def request(**fields: Any) -> ChatRequest:
    return ChatRequest.from_openai({"messages": [{"role": "user", "content": "hi"}], **fields})


def target(row: Provider | str = "together", **facts: Any) -> Target:
    card = ModelCard(**{"id": "m", "provider": "p", **facts})
    return Target(providers()[row] if isinstance(row, str) else row, card)


def row(**facts: Any) -> Provider:
    return Provider(**{"name": "p", "label": "P", "base_url": "https://p", **facts})


def given(one: Target, **fields: Any) -> tuple[dict[str, Any], Report]:
    report: Report = {}
    asked = request(**fields)
    return one.parameters(asked, Thinking.of(asked), report), report


class TestThinking:
    @pytest.mark.parametrize(
        ("fields", "thinking"),
        [
            ({}, Thinking()),
            ({"reasoning_effort": "low"}, Thinking(True, "low")),
            ({"reasoning_effort": "none"}, Thinking(False, "none")),
            ({"reasoning": {"effort": "high"}}, Thinking(True, "high")),
            ({"reasoning": {"max_tokens": 2000}}, Thinking(True, None, 2000)),
            ({"reasoning": {"enabled": False}}, Thinking(False)),
            ({"thinking": {"type": "enabled", "budget_tokens": 4}}, Thinking(True, None, 4)),
            ({"thinking": {"type": "adaptive"}}, Thinking(True)),
            ({"thinking": {"type": "disabled"}}, Thinking(False)),
            ({"enable_thinking": True}, Thinking(True)),
            ({"thinking_budget": 9}, Thinking(True, None, 9)),
            ({"thinking": "odd", "reasoning": 3, "thinking_budget": "x"}, Thinking()),
        ],
    )
    def test_it_is_read_in_everyones_words(self, fields: Any, thinking: Thinking) -> None:
        assert Thinking.of(request(**fields)) == thinking

    @pytest.mark.parametrize(
        ("facts", "asked", "thinks"),
        [
            ({"id": "o3"}, Thinking(), True),
            ({"id": "o3"}, Thinking(on=False), True),
            ({"id": "gpt-5.1"}, Thinking(), False),
            ({"id": "gpt-5.1"}, Thinking(on=True), True),
            ({"id": "deepseek-v4"}, Thinking(), True),
            ({"id": "deepseek-v4"}, Thinking(on=False), False),
            ({"id": "o3", "reasoning": False}, Thinking(on=True), False),
            ({"id": "gpt-4o"}, Thinking(on=True), False),
            ({"id": "gpt-4o", "reasoning": True}, Thinking(), True),
            ({"reasoning": True}, Thinking(), True),
            ({}, Thinking(), False),
            ({}, Thinking(on=True), True),
        ],
    )
    def test_whether_it_thinks(self, facts: Any, asked: Thinking, thinks: bool) -> None:
        assert target(**facts).thinks(asked) is thinks

    @pytest.mark.parametrize(
        ("facts", "reasons"),
        [({}, None), ({"reasoning": True}, True), ({"id": "o3"}, True), ({"id": "gpt-4o"}, False)],
    )
    def test_the_card_says_first_whether_it_reasons(self, facts: Any, reasons: Any) -> None:
        assert target(**facts).reasons is reasons

    @pytest.mark.parametrize(
        ("model", "asked", "effort", "is_told"),
        [
            ("o3", Thinking(True, "low"), "low", False),
            ("o3", Thinking(True, "xhigh"), "high", True),
            ("o3", Thinking(True, "minimal"), "low", True),
            ("o3", Thinking(on=False), "low", True),
            ("o3", Thinking(True, "odd"), None, True),
            ("o3", Thinking(True, None, 3000), "low", False),
            ("o3", Thinking(True, None, 10), "low", True),
            ("o3", Thinking(), None, False),
            ("kimi-k2.5", Thinking(True, "low"), None, True),
            ("gpt-5.1", Thinking(on=False), "none", False),
            ("gpt-5.1", Thinking(on=True), "medium", False),
            ("m", Thinking(True, "odd"), "odd", False),
        ],
    )
    def test_an_effort_is_one_that_it_has(
        self, model: str, asked: Thinking, effort: str | None, is_told: bool
    ) -> None:
        report: Report = {}
        assert target(id=model).effort(asked, report) == effort
        assert bool(report) is is_told

    def test_a_budget_keeps_to_its_bounds(self) -> None:
        pro = target(id="gemini-2.5-pro")
        asked = [Thinking(budget=n) for n in (1, 500, 99_999)]
        assert [pro.budget(one) for one in asked] == [128, 500, 32_768]
        assert [target().budget(Thinking(True, e)) for e in ("low", "odd", None)] == [
            2048,
            8192,
            8192,
        ]


class TestLimit:
    @pytest.mark.parametrize(
        ("facts", "fields", "limit", "told"),
        [
            ({}, {}, None, ""),
            ({}, {"max_tokens": 5}, 5, ""),
            ({"max_output": 100}, {"max_tokens": 50}, 50, ""),
            ({"max_output": 100}, {"max_completion_tokens": 5000}, 100, "lowered to 100"),
            ({"reasoning": True, "max_output": 64_000}, {"max_tokens": 50}, 64_000, "raised"),
            ({"reasoning": True, "max_output": 100}, {"max_tokens": 500}, 100, "lowered to 100"),
            ({"reasoning": True}, {"max_tokens": 50}, 16_434, "raised"),
            ({"reasoning": True}, {"max_tokens": 20_000}, 20_000, ""),
            ({}, {"max_tokens": 50, "reasoning_effort": "low"}, 2098, "raised"),
            ({}, {"max_tokens": 50, "thinking_budget": 1000}, 1050, "raised"),
            ({"max_output": 900}, {"max_tokens": 50, "thinking_budget": 1000}, 900, "raised"),
            ({"id": "o3"}, {"max_tokens": 50}, 100_000, "raised"),
        ],
    )
    def test_a_thinking_model_gets_room_to_think(
        self, facts: Any, fields: Any, limit: int | None, told: str
    ) -> None:
        report: Report = {}
        asked = request(**fields)
        assert target(**facts).token_limit(asked, Thinking.of(asked), report) == limit
        assert report.get("max_tokens", "").startswith(told)
        assert bool(report) is bool(told)


class TestParameters:
    @pytest.mark.parametrize(
        ("facts", "effort", "kept"),
        [
            ({"sampling": "accepted", "reasoning": True}, None, set(SAMPLING)),
            ({"sampling": "rejected"}, None, set()),
            ({"sampling": "ignored"}, None, set()),
            ({"sampling": "without_reasoning"}, None, WITHOUT_REASONING),
            ({"sampling": "without_reasoning"}, "low", set()),
            ({"sampling": "without_reasoning", "reasoning": True}, None, set()),
            ({"sampling": "without_reasoning", "reasoning": True}, "none", WITHOUT_REASONING),
            ({"sampling": "without_reasoning", "reasoning": False}, None, set(SAMPLING)),
            ({"reasoning": True}, None, set()),
            ({"reasoning": False}, None, set(SAMPLING)),
            ({}, None, set(SAMPLING)),
            ({"id": "o3"}, None, set()),
            ({"id": "gpt-4o"}, None, set(SAMPLING)),
            ({"id": "gpt-5.1"}, "none", WITHOUT_REASONING),
            ({"id": "gpt-5.1", "sampling": "accepted"}, "low", set()),
            ({"id": "grok-4"}, None, set(SAMPLING) - {"presence_penalty", "frequency_penalty"}),
        ],
    )
    def test_sampling_goes_by_card_and_kind(self, facts: Any, effort: Any, kept: set[str]) -> None:
        made, report = given(target(**facts), **SAMPLING, reasoning_effort=effort)
        assert SAMPLING.keys() & made.keys() == kept
        assert set(report) == set(SAMPLING) - kept

    def test_what_nobody_passes_on(self) -> None:
        made, report = given(
            target(), enable4thWall=True, announceSwitches=False, stream_options={}, user=None
        )
        assert (made, report) == ({}, {})
        strange = ChatRequest(messages=(), extra={"model": "x", "messages": [], "stream": True})
        assert target().parameters(strange, Thinking(), {}) == {}

    def test_what_is_empty_is_not_sent(self) -> None:
        assert given(target(), stop=[], tools=[], n=None) == ({}, {})

    def test_what_has_just_been_refused_stays_out(self) -> None:
        asked = ChatRequest(messages=(), seed=3, faults=frozenset({"parameter:seed"}))
        report: Report = {}
        assert target().parameters(asked, Thinking(), report) == {}
        assert report == {"seed": "Together AI has just refused it"}

    def test_temperature_and_stops_are_bounded_by_the_row(self) -> None:
        narrow = target(row(temperature_max=1.0, max_stops=1, refuses=("seed",)))
        made, report = given(narrow, temperature=1.5, stop=["a", "b"], seed=1)
        assert made == {"temperature": 1.0, "stop": ["a"]}
        assert set(report) == {"temperature", "stop", "seed"}
        assert given(narrow, temperature=1.0, stop="a")[1] == {}

    def test_fewer_answers_than_asked_for_are_no_answer(self) -> None:
        single = target(row(refuses=("n",)))
        assert given(single, n=1) == ({}, {})
        with pytest.raises(UnsupportedError, match="one answer") as caught:
            given(single, n=2)
        assert caught.value.param == "n"
        assert given(target(), n=2)[0] == {"n": 2}


class TestTools:
    def test_without_tools_nothing_is_said_about_them(self) -> None:
        made, report = given(target(), tool_choice="auto", parallel_tool_calls=True)
        assert made == {}
        assert set(report) == {"tool_choice", "parallel_tool_calls"}

    def test_a_model_without_tools_is_offered_none(self) -> None:
        made, report = given(
            target(tools=False), tools=[TOOL], tool_choice="auto", parallel_tool_calls=True
        )
        assert made == {}
        assert set(report) == {"tools", "tool_choice", "parallel_tool_calls"}
        with pytest.raises(UnsupportedError, match="can't call tools"):
            given(target(tools=False), tools=[TOOL], tool_choice="required")

    @pytest.mark.parametrize(
        ("one", "choice"),
        [
            (target(), "required"),
            (target(row(forced_tools=False)), "auto"),
            (target(id="kimi-k2-thinking"), "auto"),
        ],
    )
    def test_a_call_is_forced_where_it_can_be(self, one: Target, choice: str) -> None:
        made, report = given(one, tools=[TOOL], tool_choice="required")
        assert made["tool_choice"] == choice
        assert ("tool_choice" in report) is (choice == "auto")

    @pytest.mark.parametrize(
        ("tool", "message"),
        [
            ({"type": "function"}, "tool 1 has no name"),
            ({"function": {"name": 3}}, "tool 1 has no name"),
            ({"function": {"name": "get weather"}}, "1 to 64 letters"),
            ({"function": {"name": "x" * 65}}, "1 to 64 letters"),
        ],
    )
    def test_a_name_that_not_every_provider_takes_is_refused(self, tool: Any, message: str) -> None:
        with pytest.raises(RequestError, match=message) as caught:
            given(target(), tools=[TOOL, tool])
        assert caught.value.param == "tools[1].function.name"

    def test_a_providers_own_tools_need_no_name(self) -> None:
        assert given(target(), tools=[{"type": "web_search"}])[0]["tools"]


class TestNames:
    def test_upstream_by_route(self) -> None:
        hosted = ModelCard(id="m", provider="openai", upstream="m-1", hosts={"groq": "org/m"})
        assert Target(providers()["groq"], hosted).upstream == "org/m"
        assert Target(providers()["openai"], hosted).upstream == "m-1"
        assert Target(providers()["mistral"], hosted).upstream == "m-1"
        assert Target(providers()["groq"], hosted).names == {"m", "org/m"}

    @pytest.mark.parametrize(
        ("name", "vision", "sees"),
        [
            ("deepseek", None, False),
            ("deepseek", True, True),
            ("groq", None, True),
            ("groq", False, False),
        ],
    )
    def test_images_by_card_and_row(self, name: str, vision: Any, sees: bool) -> None:
        one = target(name, vision=vision)
        assert one.takes_images is sees
        assert ("image" in one.media) is sees


class TestWords:
    def test_a_schema_in_words(self) -> None:
        assert schema_prompt({"type": "json_object"}) == JSON_ONLY
        wanted = {"type": "json_schema", "json_schema": {"schema": {"type": "é"}}}
        assert schema_prompt(wanted).endswith('schema:\n{"type": "é"}')

    def test_a_copy_shares_nothing(self) -> None:
        inner: dict[Any, Any] = {"a": [1, ("b",)], 2: None}
        copied = plain(inner)
        assert copied == {"a": [1, ["b"]], "2": None}
        assert copied["a"] is not inner["a"]
        marker = object()
        assert plain(marker) is marker


def test_a_forced_tool_is_one_that_is_offered() -> None:
    tool = {"type": "function", "function": {"name": "f"}}
    request = {
        "messages": [{"role": "user", "content": "hi"}],
        "tools": [tool],
        "tool_choice": {"type": "function", "function": {"name": "g"}},
    }
    for provider in ("openai", "anthropic", "gemini", "deepseek"):
        with pytest.raises(RequestError, match="'g' is forced") as caught:
            build_request(provider, ModelCard(id="m", provider=provider), request)
        assert caught.value.param == "tool_choice"

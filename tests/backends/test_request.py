"""`build_request`: which dialect is spoken to whom, and what is told of what was dropped."""

from __future__ import annotations

from typing import Any

import pytest

from fourthwall.backends import build_request, dropped_parameters
from fourthwall.backends._request import build_body, dialect_of
from fourthwall.backends._target import Target
from fourthwall.chat import ChatRequest
from fourthwall.errors import RequestError
from fourthwall.registry import ModelCard, providers

USER = {"role": "user", "content": "hi"}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
CARD = ModelCard(id="m", provider="groq", upstream="org/m")


def card(model: str = "m", **facts: Any) -> ModelCard:
    return ModelCard(id=model, provider="p", **facts)


def body(provider: str = "groq", model: ModelCard = CARD, **fields: Any) -> dict[str, Any]:
    return build_request(provider, model, {"messages": [USER], **fields})


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

    @pytest.mark.parametrize(
        ("provider", "field"),
        [
            ("anthropic", "messages"),
            ("claude", None),
            ("gemini", "contents"),
            ("google", "contents"),
            ("Google", "contents"),
            ("OpenAI", "messages"),
        ],
    )
    def test_each_is_spoken_to_in_its_dialect(self, provider: str, field: str | None) -> None:
        if field is None:
            with pytest.raises(RequestError, match="no provider"):
                body(provider)
            return
        assert body(provider)[field]

    def test_an_unknown_one_lists_the_known(self) -> None:
        with pytest.raises(RequestError, match="'nobody'") as caught:
            body("nobody")
        assert caught.value.param == "provider"
        assert "deepseek" in caught.value.remedy

    def test_a_whole_answer_can_be_asked_for(self) -> None:
        assert body(stream=False) == {"model": "org/m", "messages": [USER], "stream": False}
        made, _ = build_body(
            providers()["anthropic"], CARD, ChatRequest(messages=(USER,)), stream=False
        )
        assert not made.get("stream")


class TestDialects:
    @pytest.mark.parametrize(
        ("provider", "model", "fields", "dialect"),
        [
            ("openai", "gpt-4o", {}, "chat"),
            ("openai", "gpt-4o", {"tools": [TOOL]}, "chat"),
            ("openai", "o3", {"tools": [TOOL]}, "chat"),
            ("openai", "o3-pro", {}, "responses"),
            ("openai", "gpt-5.5", {}, "chat"),
            ("openai", "gpt-5.5", {"tools": [TOOL]}, "responses"),
            ("openai", "gpt-5.5", {"tools": [TOOL], "reasoning_effort": "none"}, "chat"),
            ("azure", "o3-pro", {}, "responses"),
            ("openrouter", "o3-pro", {}, "chat"),
            ("anthropic", "o3-pro", {}, "anthropic"),
            ("google", "m", {}, "gemini"),
        ],
    )
    def test_openai_has_two(self, provider: str, model: str, fields: Any, dialect: str) -> None:
        request = ChatRequest.from_openai({"messages": [USER], **fields})
        assert dialect_of(Target(providers()[provider], card(model)), request) == dialect

    def test_what_chat_completions_refused_goes_to_the_other(self) -> None:
        request = ChatRequest(messages=(USER,), faults=frozenset({"responses_only"}))
        assert dialect_of(Target(providers()["openai"], card()), request) == "responses"
        assert dialect_of(Target(providers()["groq"], card()), request) == "chat"


class TestMistakes:
    @pytest.mark.parametrize("provider", ["groq", "anthropic", "google", "openai"])
    def test_nothing_to_answer_is_an_error(self, provider: str) -> None:
        with pytest.raises(RequestError, match="is empty") as caught:
            build_request(provider, CARD, {"messages": []})
        assert caught.value.param == "messages"
        with pytest.raises(RequestError, match="nothing to answer"):
            build_request(provider, CARD, {"messages": [{"role": "user"}]})

    @pytest.mark.parametrize(
        ("request_", "param"),
        [
            ({}, "messages"),
            ({"messages": "hi"}, "messages"),
            ({"messages": [USER, 5]}, "messages[1]"),
            ({"messages": [{"role": "alien"}]}, "messages[0].role"),
            ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
            ({"messages": [USER], "temperature": 3}, "temperature"),
            ({"messages": [USER], "tools": [{"type": "function"}]}, "tools[0].function.name"),
            (ChatRequest(messages=({"role": "alien"},)), "messages[0].role"),
        ],
    )
    def test_a_wrong_field_is_named(self, request_: Any, param: str) -> None:
        with pytest.raises(RequestError) as caught:
            build_request("groq", CARD, request_)
        assert caught.value.param == param

    def test_a_request_of_ones_own_is_checked_too(self) -> None:
        made = build_request("groq", CARD, ChatRequest(messages=(USER,), seed=7))
        assert made == body(seed=7)

    def test_what_is_nested_too_deeply_is_refused(self) -> None:
        deep: Any = {}
        for _ in range(5000):
            deep = {"a": deep}
        with pytest.raises(RequestError, match="too deeply"):
            body(metadata=deep, provider="openai")


class TestReport:
    def test_what_is_left_out_or_changed_is_told(self) -> None:
        request = {"messages": [USER], "max_tokens": 5000, "temperature": 0.5, "top_k": 3}
        told = dropped_parameters("openai", card("o3", max_output=100), request)
        assert dict(told) == {
            "max_tokens": "lowered to 100, the most that o3 gives",
            "temperature": "o3 refuses it",
            "top_k": "o3 refuses it",
        }
        with pytest.raises(TypeError):
            told["x"] = ""  # type: ignore[index]  # what is tested

    def test_nothing_is_told_of_what_is_as_it_was(self) -> None:
        request = {"messages": [USER], "max_tokens": 5, "temperature": 0.5, "tools": [TOOL]}
        for provider in ("openai", "anthropic", "google", "mistral", "deepseek", "vllm"):
            assert dropped_parameters(provider, card(), request) == {}, provider

    def test_it_is_about_the_very_request(self) -> None:
        request = {"messages": [USER], "stream": False}
        assert dropped_parameters("alibaba", card("qwen3-235b"), request)
        assert not dropped_parameters("alibaba", card("qwen3-235b"), {**request, "stream": True})


@pytest.mark.parametrize("build", [build_request, dropped_parameters])
@pytest.mark.parametrize(
    ("provider", "model", "param"), [("openai", "gpt-5", "card"), (None, None, "provider")]
)
def test_arguments_of_another_kind_are_named(
    build: Any, provider: Any, model: Any, param: str
) -> None:
    with pytest.raises(RequestError, match=f"'{param}' must be") as caught:
        build(provider, model, {"messages": [{"role": "user", "content": "hi"}]})
    assert caught.value.param == param

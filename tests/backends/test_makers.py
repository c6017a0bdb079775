"""Whose private state is whose, and whose parameters: cases across dialects, by their bodies."""

from __future__ import annotations

from typing import Any

import pytest

from fourthwall.backends import build_request, dropped_parameters
from fourthwall.registry import ModelCard

ASK = {"role": "user", "content": "go on"}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "ok"}
CLAUDES = {
    "type": "reasoning.text",
    "text": "I wonder",
    "signature": "SIG",
    "format": "anthropic-claude-v1",
    "index": 0,
}
MADE = {"provider": "anthropic", "model": "claude-sonnet-4.5"}


def card(name: str, provider: str, **facts: Any) -> ModelCard:
    return ModelCard(id=name, provider=provider, **facts)


def called(call_id: str = "c1", **more: Any) -> dict[str, Any]:
    call = {"id": call_id, "type": "function", "function": {"name": "f", "arguments": "{}"}}
    return {"role": "assistant", "content": None, "tool_calls": [call], **more}


def body(provider: str, name: str, *messages: Any, **fields: Any) -> dict[str, Any]:
    made = card(name, provider, **fields.pop("facts", {}))
    return build_request(provider, made, {"messages": list(messages), **fields})


class TestReasoning:
    @pytest.mark.parametrize("entry", [CLAUDES, {**CLAUDES, **MADE}])
    @pytest.mark.parametrize(
        ("provider", "name"),
        [("deepseek", "deepseek-v4-pro"), ("moonshot", "kimi-k2-thinking"), ("zai", "glm-4.7")],
    )
    def test_anothers_is_never_taken_for_ones_own_though_only_its_details_say_so(
        self, provider: str, name: str, entry: dict[str, Any]
    ) -> None:
        foreign = called(reasoning="I wonder", reasoning_details=[entry])
        sent = body(provider, name, ASK, foreign, RESULT)["messages"][1]
        assert sent["reasoning_content"] == ""
        assert sent["tool_calls"][0]["id"] != "c1"

    def test_ones_own_is_found_in_its_details(self) -> None:
        own = called(
            model="deepseek-v4-pro", reasoning_details=[{"type": "reasoning.text", "text": "hm"}]
        )
        sent = body("deepseek", "deepseek-v4-pro", ASK, own, RESULT)["messages"][1]
        assert sent["reasoning_content"] == "hm"

    def test_the_same_model_at_another_provider_is_another(self) -> None:
        said = {"role": "assistant", "content": "x", **MADE, "reasoning_details": [CLAUDES]}
        there = body("openrouter", "claude-sonnet-4.5", ASK, said, ASK)["messages"][1]
        assert "reasoning_details" not in there
        here = body("anthropic", "claude-sonnet-4.5", ASK, said, ASK)["messages"][1]
        assert here["content"][0]["signature"] == "SIG"

    def test_a_signature_beside_a_call_goes_back_in_its_part(self) -> None:
        own = called(model="gemini-3-pro")
        own["tool_calls"][0]["extra_content"] = {"google": {"thought_signature": "T1dO"}}
        sent = body("gemini", "gemini-3-pro", ASK, own, RESULT)["contents"][1]["parts"]
        assert [part["thoughtSignature"] for part in sent] == ["T1dO"]


class TestThinking:
    @pytest.mark.parametrize(
        ("provider", "name", "field", "value"),
        [
            ("gemini", "gemini-2.5-flash", "generationConfig", {"thinkingBudget": 0}),
            ("alibaba", "qwen3-235b", "enable_thinking", False),
        ],
    )
    def test_a_budget_of_nothing_turns_it_off(
        self, provider: str, name: str, field: str, value: Any
    ) -> None:
        sent = body(provider, name, ASK, thinking_budget=0, facts={"reasoning": True})[field]
        assert sent == ({"thinkingConfig": value} if isinstance(value, dict) else value)

    def test_thoughts_may_stay_with_the_provider(self) -> None:
        hidden = {"reasoning": {"exclude": True, "effort": "low"}}
        assert body("openrouter", "m", ASK, **hidden)["reasoning"] == hidden["reasoning"]
        sent = body("gemini", "gemini-3-flash", ASK, **hidden, facts={"reasoning": True})
        assert sent["generationConfig"]["thinkingConfig"] == {"thinkingLevel": "LOW"}

    @pytest.mark.parametrize("provider", ["ollama", "vllm", "together", "groq"])
    def test_an_effort_is_one_that_the_kind_has(self, provider: str) -> None:
        assert (
            body(provider, "gpt-oss:20b", ASK, reasoning_effort="none")["reasoning_effort"] == "low"
        )

    def test_of_two_efforts_the_one_nearer_to_high_is_taken(self) -> None:
        efforts = {"medium": "high", "xhigh": "high", "minimal": "low"}
        for given, taken in efforts.items():
            sent = body("deepseek", "deepseek-v4-pro", ASK, reasoning_effort=given)
            assert sent["reasoning_effort"] == taken

    def test_a_model_that_does_not_reason_is_told_nothing_of_it(self) -> None:
        said = {"enable_thinking": True, "reasoning": {"enabled": True}, "reasoning_effort": "low"}
        plain = card("m", "vllm", reasoning=False)
        assert body("vllm", "m", ASK, **said, facts={"reasoning": False}) == body("vllm", "m", ASK)
        told = dropped_parameters("vllm", plain, {"messages": [ASK], **said})
        assert set(told) == set(said)


class TestFields:
    @pytest.mark.parametrize("provider", ["vllm", "ollama", "together", "alibaba", "openrouter"])
    def test_those_of_other_apis_stay_there(self, provider: str) -> None:
        fields = {"safety_settings": [1], "output_config": {"effort": "low"}}
        assert body(provider, "m", ASK, **fields) == body(provider, "m", ASK)
        told = dropped_parameters(provider, card("m", provider), {"messages": [ASK], **fields})
        assert set(told) == set(fields)

    def test_a_model_without_a_role_for_it_hears_system_text_from_the_user(self) -> None:
        tool = {"type": "function", "function": {"name": "f"}}
        system = {"role": "system", "content": "Be brief."}
        sent = body("openai", "o1-mini", system, ASK, tools=[tool])
        assert [message["role"] for message in sent["messages"]] == ["user", "user"]
        assert "tools" not in sent


def test_a_result_without_an_id_is_that_of_the_call_without_one() -> None:
    calls = called("c2")
    calls["tool_calls"].append({"id": "", "type": "function", "function": {"name": "g"}})
    first = {"role": "tool", "tool_call_id": "", "content": "one"}
    second = {"role": "tool", "tool_call_id": "c2", "content": "two"}
    sent = body("openai", "m", ASK, calls, first, second, ASK)["messages"]
    assert [message["content"] for message in sent[2:4]] == ["two", "one"]

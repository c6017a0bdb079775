"""What kinds of models accept: the rows' meaning, by the names that people and files use."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from fourthwall.registry import ModelCard, Registry, Traits, traits_of
from fourthwall.registry._packaged import packaged

ROWS: list[dict[str, Any]] = tomllib.loads(packaged("traits.toml").decode())["traits"]

DOCUMENTED = [
    "chatgpt-4o-latest",
    "claude-2.1",
    "claude-3-5-sonnet-20241022",
    "claude-3-opus-20240229",
    "claude-3.7-sonnet",
    "claude-4-opus-20250514",
    "claude-4-sonnet-20250514",
    "claude-4.5-sonnet",
    "claude-opus-4-20250514",
    "deepseek-r1-distill-llama-70b",
    "deepseek-reasoner",
    "gemini-2.0-flash",
    "gemini-2.5-flash-image",
    "gemini-1.5-pro",
    "gemini-3-pro-preview",
    "gemini-3-pro-image-preview",
    "gemma-3-27b-it",
    "gpt-3.5-turbo",
    "gpt-5-chat-latest",
    "gpt-5-codex",
    "gpt-5.1-chat-latest",
    "gpt-5.1-codex",
    "gpt-5.1-codex-max",
    "gpt-6-astra",
    "grok-3",
    "grok-3-mini",
    "grok-4-fast-non-reasoning",
    "grok-code-fast-1",
    "kimi-k2-0905-preview",
    "magistral-medium-2509",
    "minimax-m2",
    "minimax-m3",
    "ministral-14b-reasoning-2512",
    "ministral-8b-2410",
    "mixtral-8x22b",
    "moonshot-v1-128k",
    "o1-mini",
    "o3-deep-research",
    "qwen-2.5-72b-instruct",
    "qwen3-30b-a3b-thinking-2507",
    "qwq-32b",
]
"""Names of kinds that the catalogue has left behind, or never had."""


def traits(name: str, **facts: Any) -> Traits:
    return traits_of(ModelCard(id=name, provider="p", **facts))


def plain(name: str) -> str:
    return name.casefold().rsplit("/", 1)[-1].replace(".", "-").replace("_", "-")


class TestRows:
    def test_every_pattern_is_reached_by_a_name_that_exists(self) -> None:
        known = {name for card in Registry.default().cards for name in (card.id, card.upstream_id)}
        names = sorted(map(plain, {*known, *DOCUMENTED}))

        def row_of(name: str) -> dict[str, Any] | None:
            for row in ROWS:
                if re.match("|".join(row["models"]), name):
                    return row
            return None

        reached = {
            (pattern, plain(name))
            for name in names
            if (row := row_of(name)) is not None
            for pattern in row["models"]
            if re.match(pattern, name)
        }
        patterns = {pattern for row in ROWS for pattern in row["models"]}
        assert patterns - {pattern for pattern, _ in reached} == set()

    def test_a_row_does_not_contradict_itself(self) -> None:
        for row in ROWS:
            made = Traits(**{k: v for k, v in row.items() if k != "models"})
            assert not (made.reasons is False and made.thinks), row["models"]
            if made.thinks == "always":
                assert "none" not in made.efforts, row["models"]
            if made.thinking == "effort" and made.thinks != "always":
                assert "none" in made.efforts, row["models"]
            assert made.budget_min <= (made.budget_max or made.budget_min), row["models"]


class TestNames:
    @pytest.mark.parametrize(
        ("spelled", "same"),
        [
            ("claude-sonnet-4.5", "claude-sonnet-4-5-20250929"),
            ("anthropic/claude-opus-4.5", "claude-opus-4-5"),
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4.5"),
            ("eu.anthropic.claude-haiku-4-5", "claude-haiku-4.5"),
            ("claude-sonnet-4:thinking", "claude-sonnet-4"),
            ("claude-sonnet-4@20250514", "claude-sonnet-4"),
            ("GPT-5", "gpt-5-2025-08-07"),
            ("openai/gpt-oss-120b", "gpt-oss:20b"),
            ("openai.gpt-oss-120b-1:0", "gpt-oss-120b"),
            ("deepseek/deepseek-r1:free", "deepseek-reasoner"),
            ("deepseek.r1-v1:0", "deepseek-r1"),
            ("moonshotai/Kimi-K2-Thinking", "kimi-k2-thinking"),
            ("z-ai/glm-4.6", "glm-4-6"),
            ("models/gemini-2.5-pro", "gemini-2.5-pro"),
        ],
    )
    def test_spellings_of_one_model_are_one(self, spelled: str, same: str) -> None:
        assert traits(spelled) is traits(same)
        assert traits(spelled) != Traits()

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("gpt-5", "gpt-5.1"),
            ("gpt-5-mini", "gpt-5.4-mini"),
            ("gpt-5", "gpt-5.5"),
            ("gpt-5", "gpt-5-chat-latest"),
            ("claude-sonnet-4", "claude-sonnet-4.5"),
            ("claude-opus-4", "claude-opus-4.1"),
            ("claude-fable-5", "claude-fable-5.1"),
            ("gemini-2.5-flash", "gemini-2.5-flash-lite"),
            ("grok-4", "grok-4.3"),
            ("deepseek-r1", "deepseek-r1-distill-qwen-32b"),
        ],
    )
    def test_neighbours_are_told_apart(self, one: str, other: str) -> None:
        assert traits(one) != traits(other)

    def test_the_upstream_name_comes_first(self) -> None:
        assert traits("my-model", upstream="gpt-5") is traits("gpt-5")
        assert traits("gpt-5", upstream="deployment-7") is traits("gpt-5")

    def test_of_others_nothing_is_said(self) -> None:
        assert traits("my-own-model") == Traits()


class TestThinking:
    @pytest.mark.parametrize(
        ("name", "thinks", "thinking", "efforts"),
        [
            ("o3", "always", "effort", "low medium high"),
            ("o1-mini", "always", "none", ""),
            ("gpt-5", "always", "effort", "minimal low medium high"),
            ("gpt-5-pro", "always", "effort", "high"),
            ("gpt-5.1", "asked", "effort", "none low medium high"),
            ("gpt-5.1-chat-latest", "always", "effort", "medium"),
            ("gpt-5.2", "asked", "effort", "none low medium high xhigh"),
            ("gpt-5.4-pro", "always", "effort", "medium high xhigh"),
            ("gpt-5.5", "default", "effort", "none low medium high xhigh"),
            ("gpt-5.6-terra", "default", "effort", "none low medium high xhigh"),
            ("gpt-6-sol", "default", "effort", "none low medium high xhigh max"),
            ("gpt-6-luna", "default", "effort", "none low medium high xhigh max"),
            ("gpt-6.1-terra", "default", "effort", "none low medium high xhigh max"),
            ("gpt-6.1-sol", "always", "effort", "low medium high xhigh max"),
            ("gpt-6-astra", "always", "effort", "low medium high xhigh max"),
            ("gpt-oss-120b", "always", "effort", "low medium high"),
            ("claude-opus-4.6", "asked", "adaptive", "none low medium high max"),
            ("claude-opus-4.8", "asked", "adaptive", "none low medium high xhigh max"),
            ("claude-opus-5", "default", "adaptive", "none low medium high xhigh max"),
            ("claude-haiku-5.5", "default", "adaptive", "none low medium high xhigh max"),
            ("claude-opus-5.5", "always", "adaptive", "low medium high xhigh max"),
            ("claude-fable-5", "always", "adaptive", "low medium high xhigh max"),
            ("gemini-2.5-pro", "always", "budget", ""),
            ("gemini-2.5-flash", "default", "budget", "none"),
            ("gemini-2.5-flash-lite", "asked", "budget", "none"),
            ("gemini-3-pro-preview", "always", "level", "low high"),
            ("gemini-3-flash-preview", "always", "level", "minimal low medium high"),
            ("gemini-3.1-pro-preview", "always", "level", "low medium high"),
            ("gemini-4-argon", "always", "level", "low medium high"),
            ("deepseek-r1", "always", "none", ""),
            ("deepseek-v4-pro", "default", "switch", "none low high max"),
            ("kimi-k2-thinking", "always", "none", ""),
            ("kimi-k2.6", "default", "switch", "none"),
            ("kimi-k2.7-code", "always", "none", ""),
            ("kimi-k3", "always", "effort", "low high max"),
            ("glm-4.6", "default", "switch", "none"),
            ("glm-5.2", "default", "switch", "none low high max"),
            ("glm-5.3", "always", "effort", "low high max"),
            ("qwen3-235b-a22b", "default", "budget", "none"),
            ("qwen3-30b-a3b-thinking-2507", "always", "none", ""),
            ("grok-3-mini", "default", "effort", "none low high"),
            ("grok-4", "always", "none", ""),
            ("grok-4.20", "always", "none", ""),
            ("grok-4.3", "default", "effort", "none low medium high"),
            ("grok-4.6", "always", "effort", "low medium high"),
            ("grok-4.7", "always", "effort", "low medium high xhigh"),
            ("magistral-medium-2509", "always", "none", ""),
            ("mistral-small-2603", "asked", "effort", "none high"),
            ("minimax-m2", "always", "none", ""),
        ],
    )
    def test_how_it_is_asked_for(self, name: str, thinks: str, thinking: str, efforts: str) -> None:
        found = traits(name)
        assert (found.thinks, found.thinking, " ".join(found.efforts)) == (
            thinks,
            thinking,
            efforts,
        )

    @pytest.mark.parametrize(
        "name",
        [
            "gpt-4o",
            "gpt-4.1-nano",
            "gpt-5-chat-latest",
            "claude-3-5-sonnet-20241022",
            "gemini-2.0-flash",
            "gemini-2.5-flash-image",
            "qwen2.5-72b-instruct",
            "qwen3-235b-a22b-instruct-2507",
            "mistral-large-2411",
            "codestral-2508",
            "grok-3",
            "grok-4-fast-non-reasoning",
            "kimi-k2",
        ],
    )
    def test_these_do_not_reason(self, name: str) -> None:
        assert traits(name).reasons is False

    @pytest.mark.parametrize(
        ("name", "least", "most"),
        [
            ("claude-sonnet-4.5", 1024, None),
            ("claude-3.7-sonnet", 1024, None),
            ("gemini-2.5-pro", 128, 32768),
            ("gemini-2.5-flash", 1, 24576),
            ("gemini-2.5-flash-lite", 512, 24576),
        ],
    )
    def test_budgets_have_bounds(self, name: str, least: int, most: int | None) -> None:
        assert (traits(name).budget_min, traits(name).budget_max) == (least, most)


class TestParameters:
    @pytest.mark.parametrize(
        ("name", "sampling"),
        [
            ("o3", "rejected"),
            ("gpt-5", "rejected"),
            ("gpt-5.1", "without_reasoning"),
            ("gpt-5.4-nano", "without_reasoning"),
            ("gpt-5.5", "rejected"),
            ("gpt-6.1-sol", "rejected"),
            ("claude-sonnet-4.5", "without_reasoning"),
            ("claude-opus-4.6", "without_reasoning"),
            ("claude-opus-4.7", "rejected"),
            ("claude-sonnet-5", "rejected"),
            ("gemini-2.5-pro", "accepted"),
            ("gemini-3.1-pro-preview", "accepted"),
            ("gemini-3.5-flash", "accepted"),
            ("gemini-3.5-flash-lite", None),  # sources disagree
            ("gemini-4-argon", "ignored"),
            ("deepseek-r1", "ignored"),
            ("deepseek-r1-distill-llama-70b", "accepted"),
            ("deepseek-v4-flash", "ignored"),
            ("kimi-k2-thinking", "accepted"),
            ("kimi-k2.5", "rejected"),
            ("glm-4.6", "accepted"),
            ("grok-4", "accepted"),
            ("qwen3-235b", "accepted"),
            ("gpt-oss-20b", "accepted"),
        ],
    )
    def test_what_becomes_of_the_temperature(self, name: str, sampling: str | None) -> None:
        assert traits(name).sampling == sampling

    def test_what_else_is_refused(self) -> None:
        assert "stop" in traits("o3").refuses
        assert "stop" not in traits("o1").refuses
        assert {"stop", "prediction"} <= set(traits("gpt-5").refuses)
        assert {"stop", "presence_penalty"} <= set(traits("grok-4").refuses)
        assert "logprobs" in traits("deepseek-r1").refuses
        assert "n" in traits("kimi-k3").refuses

    @pytest.mark.parametrize(
        ("name", "can", "only_without_thinking"),
        [
            ("gpt-5", True, False),
            ("claude-sonnet-4.5", True, True),
            ("claude-opus-4.8", True, False),
            ("claude-fable-5", True, False),
            ("claude-fable-5.1", False, False),
            ("claude-opus-5.5", False, False),
            ("claude-sonnet-5.5", False, False),
            ("deepseek-v4-pro", True, True),
            ("kimi-k2-thinking", False, False),
        ],
    )
    def test_whether_a_call_can_be_forced(
        self, name: str, can: bool, only_without_thinking: bool
    ) -> None:
        found = traits(name)
        assert (found.forced_tools, found.forces_without_thinking) == (can, only_without_thinking)

    @pytest.mark.parametrize(
        ("name", "most"),
        [
            ("claude-3-opus-20240229", 4096),
            ("claude-opus-4.1", 32000),
            ("claude-sonnet-4.5", 64000),
            ("claude-opus-4.6", 128000),
            ("claude-sonnet-5", 128000),
            ("gemini-2.5-pro", 65536),
            ("gpt-5", 128000),
            ("gpt-5-pro", 272000),
            ("o4-mini", 100000),
        ],
    )
    def test_how_long_an_answer_may_be(self, name: str, most: int) -> None:
        assert traits(name).max_output == most


class TestDialects:
    @pytest.mark.parametrize(
        "name", ["o3-pro", "gpt-5-pro", "gpt-5.5-pro", "gpt-5-codex", "gpt-5.3-codex"]
    )
    def test_these_have_no_chat_completions(self, name: str) -> None:
        assert not traits(name).chat

    @pytest.mark.parametrize(
        ("name", "combine"),
        [
            ("gpt-5.4", True),
            ("o3", True),
            ("gpt-5.5", False),
            ("gpt-5.6-sol", False),
            ("gpt-6.1-terra", False),
            ("gpt-6-astra", False),
        ],
    )
    def test_where_tools_and_thinking_meet(self, name: str, combine: bool) -> None:
        assert (traits(name).chat, traits(name).chat_tools) == (True, combine)

    @pytest.mark.parametrize(
        ("name", "can"),
        [
            ("claude-opus-4.5", True),
            ("claude-opus-4.6", False),
            ("claude-sonnet-5", False),
            ("gemini-2.5-pro", False),
            ("gpt-5", True),
        ],
    )
    def test_whether_it_goes_on_with_an_answer(self, name: str, can: bool) -> None:
        assert traits(name).prefill is can

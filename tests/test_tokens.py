"""The estimate of tokens."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourthwall.registry import ModelCard
from fourthwall.tokens import (
    estimate_message_tokens,
    estimate_tokens,
    quarter_tokens,
    text_within,
    token_percent,
    tokens_for,
)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("four", 1),
        ("fours", 2),
        ("x" * 4_000, 1_000),
        ("你好世界", 4),
        ("こんにちは", 5),
        ("안녕", 2),
        ("привет", 3),
        ("naïve", 2),
        ("🙂", 1),
        ("\ud83d", 1),
        ("𠀋", 1),
    ],
)
def test_text(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@pytest.mark.parametrize(
    ("message", "tokens"),
    [
        ({"content": "four"}, 1),
        ({"content": None}, 0),
        ({"content": [{"type": "text", "text": "four"}, "odd"]}, 1),
        ({"content": [{"type": "image_url", "image_url": {"url": "data:..."}}]}, 765),
        ({"content": "", "tool_calls": [{"id": "x"}]}, 4),
    ],
)
def test_message(message: dict[str, Any], tokens: int) -> None:
    assert estimate_message_tokens([message]) == tokens + 4 + 3
    assert estimate_message_tokens([message, message]) in (2 * tokens + 11, 2 * tokens + 10)


def test_tools_count() -> None:
    tools = [{"type": "function", "function": {"name": "search"}}]
    assert estimate_message_tokens([], tools=tools) > estimate_message_tokens([])


@pytest.mark.parametrize(
    ("model", "percent"),
    [
        *(("gpt-5", 100), ("openai/gpt-4o", 100), ("o3", 100), ("gemini-2.5-pro", 100)),
        *(("claude-sonnet-4.5", 120), ("claude-opus-4.6", 120), ("claude-3-opus", 120)),
        *(("claude-opus-4.7", 156), ("claude-opus-5", 156), ("claude-sonnet-5.5", 156)),
        *(("anthropic/claude-fable-5.1", 156), ("Claude-Haiku-5-5", 156)),
        *(("deepseek-r1", 120), ("llama-4", 110), ("orca", 110), ("", 110)),
    ],
)
def test_tokenizers_differ(model: str, percent: int) -> None:
    assert token_percent(ModelCard(id=model or "x", provider="p")) == percent


def test_a_models_own_tokens_are_rounded_up() -> None:
    card = ModelCard(id="claude-opus-5", provider="anthropic")
    assert [tokens_for(card, quarters) for quarters in (0, 1, 400, 401)] == [0, 1, 156, 157]


@given(st.text(st.sampled_from("ab é你🙂")), st.integers(-2, 40))
def test_a_beginning_is_as_long_as_it_may_be(text: str, quarters: int) -> None:
    """Law: what is within a bound is a beginning, and one character more would be too much."""
    kept = text_within(text, quarters)
    assert text.startswith(kept)
    assert quarter_tokens(kept) <= max(quarters, 0)
    if len(kept) < len(text):
        assert quarter_tokens(text[: len(kept) + 1]) > quarters

from __future__ import annotations

from typing import Any

import pytest

from fourthwall.stages import estimate_message_tokens, estimate_tokens


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

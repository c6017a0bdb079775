"""A simple estimate of tokens, for answers whose provider reports no usage.

Every model has a tokenizer of its own; an estimate that is good enough for a bill's order of
magnitude needs none.  The measure:

- ASCII text: four characters a token, the rule of thumb that OpenAI gives for English in its
  help pages;
- Chinese, Japanese and Korean: a token a character.  Vocabularies from before 2024 need one to
  two, later ones somewhat less than one;
- everything else (accents, Cyrillic, Arabic, Indic scripts, emoji): two characters a token.

Around a message stand four tokens (role and delimiters) and three in front of the answer, as
OpenAI's cookbook counts its chat format.  An image counts as 765 tokens, what OpenAI's guide to
image input computes for one of 1024 by 1024 pixels.  All of it is rounded up: where we have to
guess, it is rather too much.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fourthwall.chat import Message, content_text, image_count

__all__ = ["estimate_message_tokens", "estimate_tokens"]

_WIDE: Final = re.compile(
    "[\u1100-\u11ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f"
    "\uff00-\uffef\U00020000-\U0003ffff]"
)
_QUARTERS_WIDE, _QUARTERS_OTHER, _QUARTERS_ASCII = 4, 2, 1

_AROUND_MESSAGE = 4
_BEFORE_ANSWER = 3
_IMAGE = 765


def quarter_tokens(text: str) -> int:
    """Return the estimate in quarters of a token, which add up over the pieces of a text."""
    if text.isascii():
        return len(text) * _QUARTERS_ASCII
    narrow = _WIDE.sub("", text)
    plain = len(narrow.encode("ascii", "ignore"))
    return (
        (len(text) - len(narrow)) * _QUARTERS_WIDE
        + (len(narrow) - plain) * _QUARTERS_OTHER
        + plain * _QUARTERS_ASCII
    )


def whole_tokens(quarters: int) -> int:
    """Return quarters of a token as whole tokens, rounded up."""
    return -(-quarters // 4)


def estimate_tokens(text: str) -> int:
    """Estimate how many tokens a text is; 0 only for ``""``.

    >>> estimate_tokens("Hello, world"), estimate_tokens("你好"), estimate_tokens("")
    (3, 2, 0)
    """
    return whole_tokens(quarter_tokens(text))


def estimate_message_tokens(
    messages: Sequence[Message], *, tools: Sequence[Mapping[str, Any]] = ()
) -> int:
    """Estimate the prompt tokens of a request: its messages and the tools it offers.

    Args:
        messages: OpenAI's shape.
        tools: OpenAI's tool definitions; they count as the JSON text they are.
    """
    texts = [content_text(message) + _calls(message) for message in messages]
    quarters = sum(map(quarter_tokens, texts)) + (quarter_tokens(_json(tools)) if tools else 0)
    around = _AROUND_MESSAGE * len(messages) + _BEFORE_ANSWER
    return whole_tokens(quarters) + around + _IMAGE * sum(map(image_count, messages))


def _calls(message: Message) -> str:
    calls = message.get("tool_calls")
    return _json(calls) if calls else ""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)

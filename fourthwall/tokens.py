"""A simple estimate of tokens: for bills where a provider reports nothing, and for what fits.

Every model has a tokenizer of its own; an estimate that is good enough for an order of magnitude
needs none.  The measure:

- ASCII text: four characters a token, the rule of thumb that OpenAI gives for English in its
  help pages;
- Chinese, Japanese and Korean: a token a character.  Vocabularies from before 2024 need one to
  two, later ones somewhat less than one;
- everything else (accents, Cyrillic, Arabic, Indic scripts, emoji): two characters a token.

Around a message stand four tokens (role and delimiters) and three in front of the answer, as
OpenAI's cookbook counts its chat format.  An image counts as 765 tokens, what OpenAI's guide to
image input computes for one of 1024 by 1024 pixels.  All of it is rounded up: where we have to
guess, it is rather too much.

Other tokenizers make more of the same text: by how much stands in a table, see `token_percent`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from fourthwall.chat import Message, content_text, image_count
from fourthwall.registry import ModelCard

__all__ = [
    "estimate_message_tokens",
    "estimate_tokens",
    "message_quarters",
    "quarter_tokens",
    "text_within",
    "token_percent",
    "tokens_for",
    "tool_quarters",
    "whole_tokens",
]

_WIDE: Final = re.compile(
    "[\u1100-\u11ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f"
    "\uff00-\uffef\U00020000-\U0003ffff]"
)
_QUARTERS_WIDE, _QUARTERS_OTHER, _QUARTERS_ASCII = 4, 2, 1

_AROUND_MESSAGE = 4
_BEFORE_ANSWER = 3
_IMAGE = 765

_TOKENIZERS: Final = (
    # "Approximately 30 percent more tokens than on earlier models": Opus from 4.7 on, Fable, Mythos
    # and Sonnet 5 (platform.claude.com/docs/en/build-with-claude/token-counting).  Not named there
    # is Haiku 5.5, which is younger than all of them.
    (r"claude-(?:opus-4-[7-9]|(?:opus|sonnet|haiku)-[5-9]|fable|mythos)", 156),
    # Claude 3.5 Sonnet made 16 % more of English articles than GPT-4o, 21 % more of mathematics and
    # 30 % more of Python (a comparison that was printed widely in May 2025).
    (r"claude", 120),
    # "1 English character is about 0.3 tokens" (api-docs.deepseek.com/quick_start/token_usage).
    (r"deepseek", 120),
    # "A token is equivalent to about 4 characters" (ai.google.dev/gemini-api/docs/tokens).
    (r"gemini|gemma", 100),
    # What the measure was made for.
    (r"(?:chat)?gpt|o\d", 100),
    # No figure was found: comparisons put the others within a tenth for English.
    (r"", 110),
)
"""What a model's name begins with -> tokens where the estimate has 100; the first row counts."""


@lru_cache(maxsize=4096)
def _percent(name: str) -> int:
    plain = name.casefold().rsplit("/", 1)[-1].replace(".", "-").replace("_", "-")
    return next(percent for pattern, percent in _TOKENIZERS if re.match(pattern, plain))


def token_percent(card: ModelCard) -> int:
    """Return how many tokens a model's tokenizer makes where the estimate counts 100."""
    return _percent(card.id)


def tokens_for(card: ModelCard, quarters: int) -> int:
    """Return quarters of a token as whole tokens of this model, rounded up."""
    return -(-quarters * token_percent(card) // 400)


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


def text_within(text: str, quarters: int) -> str:
    """Return the longest beginning of a text that is no more than so many quarters of a token."""
    shortest, longest = 0, min(len(text), max(quarters, 0))
    while shortest < longest:
        middle = (shortest + longest + 1) // 2
        if quarter_tokens(text[:middle]) <= quarters:
            shortest = middle
        else:
            longest = middle - 1
    return text[:shortest]


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
    return whole_tokens(sum(map(message_quarters, messages)) + tool_quarters(tools))


def message_quarters(message: Message) -> int:
    """Return a message in quarters of a token: its text, calls and images, and what is around."""
    around = _AROUND_MESSAGE + _IMAGE * image_count(message)
    return quarter_tokens(content_text(message) + _calls(message)) + 4 * around


def tool_quarters(tools: Sequence[Mapping[str, Any]] = ()) -> int:
    """Return what a request is beside its messages, in quarters of a token: tools and its end."""
    return (quarter_tokens(_json(tools)) if tools else 0) + 4 * _BEFORE_ANSWER


def _calls(message: Message) -> str:
    calls = message.get("tool_calls")
    return _json(calls) if calls else ""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)

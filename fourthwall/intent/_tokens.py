"""Text -> tokens that know their place in it.

A token is a run of letters (with an apostrophe inside: ``don't``), the ending ``'s``, a number
(``4``, ``4.5``) or a single other character.  Letters and digits are split (``gpt4o`` is three
tokens), so that the spellings ``gpt-4o``, ``GPT 4o`` and ``gpt4 o`` give the same words.

Everything works on a lower-cased copy of the same length as the text, so that every position
points into the person's own spelling.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Token", "fold_case", "tokenize"]

_TOKEN = re.compile(r"[^\W\d_]+(?:'(?!s\b)[^\W\d_]+)*|'s\b|\d+(?:\.\d+)*|[^\w\s]|_")

# Typographic characters that stand for a plain one; one character for one, so positions hold.
_PLAIN = str.maketrans(
    {
        "’": "'",
        "ʼ": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "‐": "-",
        "‑": "-",
        "‒": "-",
        "–": "–",
        "\u00a0": " ",
        "\u200b": " ",
    }
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its folded `word` and its half-open place in the text, in code points."""

    word: str
    start: int
    end: int


def fold_case(text: str) -> str:
    """Return ``text`` lower-cased, with plain quotes and hyphens, at the same length.

    The few characters that grow when lower-cased (``İ``) stay as they are.
    """
    low = text.lower()
    if not low.isascii():
        if len(low) != len(text):
            low = "".join(c if len(c.lower()) != 1 else c.lower() for c in text)
        low = low.translate(_PLAIN)
    return low


def tokenize(low: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Return the tokens of ``low[start:end]``, with positions in ``low``.

    >>> [t.word for t in tokenize("switch to gpt-4.1-mini, don't wait")]
    ['switch', 'to', 'gpt', '-', '4.1', '-', 'mini', ',', "don't", 'wait']
    """
    found = _TOKEN.finditer(low, start, len(low) if end is None else end)
    return [Token(m.group(), m.start(), m.end()) for m in found]

"""Text -> tokens that know their place in it.

Everything works on a folded copy of the same length as the text (`fold_case`), so that every
position points into the person's own spelling.  What can't be folded one character for one is
taken care of before (`_clean`).

Two ways to cut: `tokenize` keeps English contractions whole (``don't``), as sentence templates
want them; `tokenize_roles` cuts at every apostrophe and at every change of script, and takes
Chinese, Japanese and Korean writing character by character, as phrase lists want it.  Both split
letters from digits (``gpt4o`` is three tokens), so that the spellings ``gpt-4o``, ``GPT 4o`` and
``gpt4 o`` give the same words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import category, normalize

__all__ = ["INDIC_MARKS", "JOINED_SCRIPTS", "Token", "fold_case", "tokenize", "tokenize_roles"]

_TOKEN = re.compile(r"[^\W\d_]+(?:'(?!s\b)[^\W\d_]+)*|'s\b|\d+(?:\.\d+)*|[^\w\s]|_")

JOINED_SCRIPTS = "\u3005-\u3007\u3041-\u3096\u30a1-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
"""Character class of the scripts that are matched by character: kana, Han, Hangul."""

INDIC_MARKS = "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"
"""Vowel signs and the like of Devanagari, which are no letters to `re`."""

_ROLE_TOKEN = re.compile(
    rf"[a-z]+|[{JOINED_SCRIPTS}]|(?:[^\W\d_a-z{JOINED_SCRIPTS}]|[{INDIC_MARKS}])+"
    r"|\d+(?:\.\d+)*(?:,\d(?!\d))?|[^\w\s]|_"
)

# Typographic characters that stand for a plain one.
_PLAIN = {
    "’": "'",
    "ʼ": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "‐": "-",
    "‑": "-",
    "‒": "-",
    "\u00a0": " ",
    "\u3000": " ",
    "\u200b": " ",
    "İ": "i",
    "ı": "i",
    "ł": "l",
    "Ł": "l",
    "ø": "o",
    "Ø": "o",
    "。": ".",
    "！": "!",
    "？": "?",
    "،": ",",
    "؟": "?",
    "؛": ";",
    "।": ".",
    "、": ",",
    "，": ",",
    "：": ":",
    "；": ";",
    "（": "(",
    "）": ")",
    "～": "~",
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ى": "ي",
    "ة": "ه",
}


def _folded(char: str) -> str:
    """Return the plain lower-case character for one character, or itself."""
    if char in _PLAIN:
        return _PLAIN[char]
    low = char.lower()  # one character: the only one that grows, "İ", is in the table
    compatible = normalize("NFKC", low)  # full-width letters and digits
    if len(compatible) == 1:
        low = compatible
    if low.isdigit() and not low.isascii():
        return str(int(low)) if low.isdecimal() else low
    parts = normalize("NFD", low)
    base = parts[0]
    accented = len(parts) > 1 and all(category(mark) == "Mn" for mark in parts[1:])
    # Marks of other scripts tell letters apart: "が" is no "か".
    if accented and (base.isascii() or "\u0370" <= base <= "\u06ff"):
        return base
    return low


class _Folding(dict[int, str]):
    """`str.translate` table that works a character out when it is first met."""

    def __missing__(self, code: int) -> str:
        char = _folded(chr(code))
        self[code] = char
        return char


_FOLDING = _Folding()


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its folded `word` and its half-open place in the text, in code points."""

    word: str
    start: int
    end: int


def fold_case(text: str) -> str:
    """Return ``text`` in lower case, without accents, with plain marks, at the same length.

    >>> fold_case("Größe – ＧＰＴ－５，«Ça va?» İzmir")
    'große – gpt-5,«ca va?» izmir'
    """
    if text.isascii():
        return text.lower()
    return text.translate(_FOLDING)


def tokenize(low: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Return the tokens of ``low[start:end]``, with positions in ``low``.

    A token is a run of letters (with an apostrophe inside: ``don't``), the ending ``'s``, a
    number (``4``, ``4.5``) or a single other character.

    >>> [t.word for t in tokenize("switch to gpt-4.1-mini, don't wait")]
    ['switch', 'to', 'gpt', '-', '4.1', '-', 'mini', ',', "don't", 'wait']
    """
    found = _TOKEN.finditer(low, start, len(low) if end is None else end)
    return [Token(m.group(), m.start(), m.end()) for m in found]


def tokenize_roles(low: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Return the tokens of ``low[start:end]`` for phrase lists, with positions in ``low``.

    A token is a run of letters of one script, one character of a `JOINED_SCRIPTS` script, a
    number (with a point or a decimal comma) or a single other character.

    >>> [t.word for t in tokenize_roles("l'opus, claudeに切替")]
    ['l', "'", 'opus', ',', 'claude', 'に', '切', '替']
    """
    found = _ROLE_TOKEN.finditer(low, start, len(low) if end is None else end)
    return [Token(_number(m.group()), m.start(), m.end()) for m in found]


def _number(word: str) -> str:
    """Return a number with a decimal comma as one with a point."""
    return word.replace(",", ".") if len(word) > 1 and "," in word else word

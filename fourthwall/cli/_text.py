"""How things are written for a person: safe text, tokens, money.  No output happens here."""

from __future__ import annotations

import re
from typing import Final

from fourthwall.chat import NANO_PER_USD

__all__ = ["count", "dollars", "plain", "price", "size"]

# C0 and C1 controls but tab and newline, and what turns the direction of writing around: a
# terminal obeys them, and the text is somebody else's.
_OBEYED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    r"""Return text without the characters that a terminal would obey instead of showing.

    >>> plain("a\x1b[31mb\tc\r\n")
    'a[31mb\tc\n'
    """
    return _OBEYED.sub("", text)


def size(tokens: int | None) -> str:
    """Return a number of tokens, short; a dash for None.

    >>> size(128_000), size(1_048_576), size(None)
    ('128k', '1M', '–')
    """
    if tokens is None:
        return "–"
    if tokens >= 1_000_000:
        return f"{tokens / 1_000_000:.1f}".removesuffix(".0") + "M"
    return f"{tokens // 1000}k" if tokens >= 1000 else str(tokens)


def price(usd: float | None) -> str:
    """Return a price in USD per million tokens; a dash where it isn't known, never a zero.

    >>> price(2.5), price(0.075), price(0.0), price(None)
    ('2.50', '0.075', '0', '–')
    """
    if usd is None:
        return "–"
    if usd == 0:
        return "0"
    whole, _, digits = f"{usd:.4f}".partition(".")
    return f"{whole}.{digits.rstrip('0').ljust(2, '0')}"


def dollars(nanousd: int | None) -> str:
    """Return an amount of money with as many digits as it has; never a zero for an unknown one.

    >>> dollars(1_234_000_000), dollars(1_230_000), dollars(9), dollars(0), dollars(None)
    ('$1.23', '$0.00123', 'under $0.000001', '$0', 'price unknown')
    """
    if nanousd is None:
        return "price unknown"
    if nanousd == 0:
        return "$0"
    usd = nanousd / NANO_PER_USD
    if usd >= 1:
        return f"${usd:,.2f}"
    return f"${usd:.6f}".rstrip("0") if usd >= 0.000001 else "under $0.000001"


def count(number: int, noun: str) -> str:
    """Return a number with its noun, which takes an s if there is not just one.

    >>> count(1, "model"), count(12, "model")
    ('1 model', '12 models')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

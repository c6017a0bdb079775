from __future__ import annotations

import pytest

from fourthwall.cli._text import count, dollars, plain, price, size


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07", "]0;title"),
        ("a\x9b31mb", "a31mb"),
        ("back\x08\x08\rspace", "backspace"),
        ("right \u202eleft", "right left"),
        ("tab\tand\nline", "tab\tand\nline"),
    ],
)
def test_nothing_is_left_that_a_terminal_obeys(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_unknown_is_never_a_zero() -> None:
    assert "0" not in dollars(None) + price(None) + size(None)


@pytest.mark.parametrize(
    ("nanousd", "shown"),
    [(646_000, "$0.000646"), (500_000_000, "$0.5"), (2_500_000_000_000, "$2,500.00")],
)
def test_amounts_keep_their_digits(nanousd: int, shown: str) -> None:
    assert dollars(nanousd) == shown


def test_large_numbers_are_grouped() -> None:
    assert count(12_345, "token") == "12,345 tokens"


def test_small_sizes_stay_whole() -> None:
    assert size(512) == "512"

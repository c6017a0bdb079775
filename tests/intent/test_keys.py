"""Keys: what two spellings of a name share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourthwall.intent._keys import chunks, key_of, name_words, number_end, skip_separators
from fourthwall.intent._tokens import tokenize


@pytest.mark.parametrize(
    "spelling", ["GPT-4.1 mini", "gpt4.1mini", "gpt 4.1-mini", "GPT_4.1_Mini", "gpt-4-1-mini"]
)
def test_spellings_of_one_name_have_one_key(spelling: str) -> None:
    assert key_of(name_words(spelling)) == "gpt4·1mini"


def test_digits_are_spelled_in_one_way_only() -> None:
    assert key_of(name_words("gpt-41 mini")) != key_of(name_words("gpt-4.1 mini"))


@given(st.lists(st.integers(min_value=0, max_value=999).map(str), min_size=1, max_size=4))
def test_numbers_never_run_together(numbers: list[str]) -> None:
    """Law: the numbers of a name can be read off its key again."""
    assert key_of(numbers).split("·") == numbers


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("claude-opus-4-8", ["claude", "opus", "4·8"]),
        ("gpt-4o", ["gpt", "4o"]),
        ("llama-3.3-70b", ["llama", "3·3", "70b"]),
    ],
)
def test_a_size_is_no_part_of_the_version(name: str, expected: list[str]) -> None:
    assert list(chunks(tokenize(name))) == expected


def test_a_separator_counts_only_without_space_around() -> None:
    assert skip_separators(tokenize("gpt-5"), 1) == 2
    assert skip_separators(tokenize("gpt - 5"), 1) == 1


def test_a_version_takes_its_letters_sizes_and_suffixes() -> None:
    for text in ("4o", "5-preview", "3 mini", "4o-mini"):
        tokens = tokenize(text)
        assert number_end(tokens, 1) == len(tokens)

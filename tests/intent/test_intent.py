"""The value that parsing gives."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import get_args

import pytest

from fourthwall.intent import KINDS, Intent, Kind


def test_the_kinds_are_those_of_the_type_in_order() -> None:
    assert get_args(Kind) == KINDS
    assert len(set(KINDS)) == 10


def test_everything_but_none_is_a_command() -> None:
    assert [kind for kind in KINDS if not Intent(kind=kind).is_command] == ["none"]


def test_an_intent_says_nothing_that_it_was_not_told() -> None:
    intent = Intent(kind="none")
    assert (intent.target, intent.asked_for, intent.language) == (None, None, None)
    assert (intent.span, intent.spans, intent.candidates) == ((0, 0), (), ())
    assert (intent.remainder, intent.named, intent.wish) == ("", "", "none")


def test_an_intent_stays_as_it_was_made() -> None:
    intent = Intent(kind="switch")
    with pytest.raises(FrozenInstanceError):
        intent.kind = "none"  # type: ignore[misc]  # that it can't be done is what is tested

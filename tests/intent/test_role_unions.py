"""Which roles go together."""

from __future__ import annotations

import pytest

from fourthwall.intent import _role_unions
from fourthwall.intent._role_unions import (
    AGAINST,
    ASKED_WITH,
    BREAKS,
    CLEAR,
    COMMAND,
    FAIR,
    LOOSE,
    NO_CONDITION,
    QUESTION,
    TAKES,
    VERBS,
)
from fourthwall.intent._roles import Role


def test_a_command_holds_loose_words_and_verbs() -> None:
    assert COMMAND & LOOSE == LOOSE
    assert COMMAND & VERBS == VERBS
    assert COMMAND & TAKES == TAKES


def test_nothing_in_a_command_speaks_against_it_or_breaks_it() -> None:
    assert not COMMAND & AGAINST
    assert not COMMAND & (BREAKS | Role.TASK | Role.NOT)


def test_a_task_or_a_question_is_no_condition_beside_a_command() -> None:
    assert NO_CONDITION & COMMAND == COMMAND
    assert NO_CONDITION & Role.TASK
    assert not NO_CONDITION & Role.CONDITION


def test_verbs_stand_in_questions_only_where_they_say_what_can_be_had() -> None:
    assert not QUESTION & (Role.GO | Role.USE | Role.ASK)
    assert ASKED_WITH & QUESTION == QUESTION
    assert ASKED_WITH & Role.GO
    assert not ASKED_WITH & Role.TASK


def test_only_a_command_says_what_is_clear() -> None:
    assert CLEAR > FAIR


@pytest.mark.parametrize("name", _role_unions.__all__)
def test_each_is_a_row_of_bits_or_a_degree(name: str) -> None:
    assert getattr(_role_unions, name) > 0

"""What speaks against a clause that has the form of a command."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Wishes = Callable[..., list[str]]
Objections = Callable[..., list[str]]


class TestBefore:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("she said, go to Claude", "guard 'report'"),
            ("if it rains, go to Claude", "guard 'condition'"),
            ("how old is rome and go to Claude", "guard 'question'"),
            ("how, rivers, can you go to Claude", "guard 'question'"),
            ("he rains, go to Claude", "guard 'person'"),
            ("rivers not, go to Claude", "guard 'not'"),
            ("my bicycle: go to Claude", "a label stands before it"),
            ("rivers are long, use Opus", "too weak after something else"),
            ("my bicycle, can you use Opus", "too weak after something else"),
            ("can you sing, use Opus", "too weak after something else"),
            ("thanks rivers, use Opus", "too weak after something else"),
            ("change the model rain: use Claude", "too weak after something else"),
            ("in order to use Claude, ride", "it says what something else is for"),
        ],
    )
    def test_it_may_make_no_command_of_a_clause(
        self, wishes: Wishes, objections: Objections, text: str, reason: str
    ) -> None:
        assert wishes(text) == []
        assert objections(text) == [reason]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("rivers are long, go to Claude", "switch Claude"),
            ("rivers are long, use a cheaper model", "switch cheaper model"),
            ("draw a fjord, use Opus", "switch Opus"),
            ("please can you draw a fjord, use Opus", "switch Opus"),
            ("well, thanks, use Opus", "switch Opus"),
            ("that is not good, use Opus", "switch Opus"),
            ("Claude rains, use Opus", "switch Opus"),
            ("how old is rome and can you go to Claude", "switch Claude"),
            ("rain wait, go to Claude", "switch Claude"),
            ("rain nah, go to Claude", "switch Claude"),
            ("bot: go to Claude", "switch Claude"),
            ("change the model: use Claude", "switch Claude"),
        ],
    )
    def test_it_may_leave_one(self, wishes: Wishes, text: str, expected: str) -> None:
        assert wishes(text) == [expected]

    @pytest.mark.parametrize(
        ("text", "roles"),
        [
            ("if thanks, go to Claude", {"filler": "if thanks", "condition": "if thanks"}),
            ("tunes why please, go to Claude", {"polite": "why please", "question": "why please"}),
        ],
    )
    def test_a_polite_condition_is_none(
        self, wishes: Wishes, text: str, roles: dict[str, str]
    ) -> None:
        assert wishes(text, **roles) == ["switch Claude"]

    def test_a_text_to_work_on_may_follow_a_colon_later(self, objections: Objections) -> None:
        """A colon after a model's name hands no text over by itself."""
        text = "translate Claude rains: rivers, go to Opus"
        assert objections(text) == ["guard 'work_on'"]
        assert objections("translate rivers, go to Opus") == []

    def test_it_may_be_one_of_several_things(self, objections: Objections) -> None:
        assert objections("ride or go to Claude", **{"and": "or"}) == ["one of several things"]

    def test_a_request_may_be_a_task_as_well(self, wishes: Wishes) -> None:
        assert wishes("tell me rivers, use Opus", request="tell me") == []
        assert wishes("tell me rivers, use Opus", request="tell me", task="tell me") == [
            "switch Opus"
        ]

    def test_a_purpose_is_told_by_the_verb_behind_it(self, wishes: Wishes) -> None:
        assert wishes("in order to Claude use", verb_final=True) == ["switch Claude"]
        assert wishes("ride, in order to") == []
        assert wishes("in order to me go to Claude") == ["switch Claude"]
        assert wishes("in order to over go to Claude", go="over") == ["switch Claude"]


class TestAfter:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("go to Claude:", "it introduces what isn't there"),
            ("go to somebody else, rivers", "more is said about it"),
            ("use Claude, he said", "guard 'report'"),
            ("use Claude, rivers said he", "guard 'report'"),
            ("go to Claude, if it rains", "guard 'condition'"),
            ("use something cheaper, rivers", "the description goes on about something else"),
            ("use Claude and Opus", "more names follow"),
            ("go to Claude, GPT-5 Opus", "more names follow"),
            ("use Claude and boss", "more names or persons follow"),
            ("use Claude and Anna", "more names or persons follow"),
            ("use Claude, boss", "a person is meant"),
            ("use Claude, the neighbour", "a person is meant"),
            ("use Claude, is that of any good?", "it is what a question is about"),
        ],
    )
    def test_it_may_make_no_command_of_a_clause(
        self, wishes: Wishes, objections: Objections, text: str, reason: str
    ) -> None:
        assert wishes(text) == []
        assert objections(text) == [reason]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("go to Claude: rivers are long", "switch Claude"),
            ("go to somebody else, draw", "ambiguous"),
            ("undo the switch, rivers", "revert"),
            ("use something cheaper, draw a fjord", "switch something cheaper"),
            ("use something cheaper, well, how rivers", "switch something cheaper"),
            ("go to Claude and Anna", "switch Claude"),
            ("use Claude and anna", "switch Claude"),
            ("use Claude and A", "switch Claude"),
            ("use Claude and and", "switch Claude"),
            ("use Claude, rivers", "switch Claude"),
            ("go to Claude, boss", "switch Claude"),
            ("go to Claude, Opus rains", "switch Claude"),
            ("use Claude, the neighbour is a good soul", "switch Claude"),
            ("use Claude, write a poem that rhymes?", "switch Claude"),
            ("can you use Claude, rivers are so long?", "switch Claude"),
            ("use Claude: rivers are so long?", "switch Claude"),
        ],
    )
    def test_it_may_leave_one(self, wishes: Wishes, text: str, expected: str) -> None:
        assert wishes(text) == [expected]


class TestCode:
    @pytest.mark.parametrize(
        "text",
        [
            "go to Claude, x = 3;",
            "use Claude = 3",
            "use Claude;",
            "use 'opus' instead of 'haiku'",
            "use 'opus' instead of the 'river'",
        ],
    )
    def test_what_configures_or_edits_asks_for_nothing(self, wishes: Wishes, text: str) -> None:
        assert wishes(text) == []

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("use 'opus'", "switch 'opus'"),
            ("use 'opus' instead of haiku", "switch 'opus'"),
            ("ask Claude: draw x = 3;", "once Claude: draw x = 3;"),
        ],
    )
    def test_a_quoted_name_or_a_task_of_code_is_no_code(
        self, wishes: Wishes, text: str, expected: str
    ) -> None:
        assert wishes(text) == [expected]

    def test_it_is_told(self, objections: Objections) -> None:
        assert objections("use Claude;") == ["it configures or edits something"]

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
            ("rivers are long, use opus", "too weak after something else"),
            ("rivers are long: use Opus", "too weak after something else"),
            ("rivers are long, use Opus, sing", "too weak after something else"),
            ("rivers are long and wide and deep, use Opus", "too weak after something else"),
            ("It rains. It snows. It blows. rain, use Opus", "too weak after something else"),
            ("on rivers, use Opus", "too weak after something else"),
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
            ("rivers are long, use Opus", "switch Opus"),
            ("rivers are long and wide and deep, use GPT-5", "switch GPT-5"),
            ("thanks rivers, use Opus please!", "switch Opus"),
            ("can you sing so well and so loud, use Opus", "switch Opus"),
            ("It rains. wait rivers are long and wide, use Opus", "switch Opus"),
            ("i mean: go to Claude", "switch Claude"),
            (": go to Claude", "switch Claude"),
        ],
    )
    def test_it_may_leave_one(self, wishes: Wishes, text: str, expected: str) -> None:
        assert wishes(text) == [expected]

    @pytest.mark.parametrize(
        "text",
        [
            "option A: go to Claude",
            "change the model 2: go to Claude",
            "default: use Claude",
            "default model: go to Claude",
            "can you default rain: go to Claude",
            "use: go to Claude",
        ],
    )
    def test_a_label_is_no_wish(self, wishes: Wishes, objections: Objections, text: str) -> None:
        assert "switch Claude" not in wishes(text)
        assert "a label stands before it" in objections(text)

    def test_beside_templates_a_reason_must_be_a_task(self, wishes: Wishes) -> None:
        both = {"filler": "tell me", "task": "tell me"}
        assert wishes("rivers are long, use Opus", templates=True) == []
        assert wishes("can you sing so well, use Opus", templates=True) == []
        assert wishes("tell me rivers, use Opus", templates=True, **both) == ["switch Opus"]

    def test_where_verbs_are_final_a_refusal_ends_a_complaint(self, wishes: Wishes) -> None:
        assert wishes("rivers not, Claude go", verb_final=True) == ["switch Claude"]

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
            ("go to Claude, boss", "a person is meant"),
            ("use GPT-5, boss", "a person is meant"),
            ("use Claude, first price free!", "it advertises"),
            ("go to Claude, price rivers!", "it advertises"),
            ("use Claude, let rivers flow", "it advertises"),
            ("use Claude and rivers price", "it advertises"),
            ("go to Claude and save 20 %", "it advertises"),
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
            ("go to GPT-5, boss", "switch GPT-5"),
            ("go to Claude, he is cheaper", "switch Claude"),
            ("use Claude, write price lists!", "switch Claude"),
            ("use Claude, price rivers", "switch Claude"),
            ("use Claude, let Opus rest", "switch Claude"),
            ("go to Claude, let rivers flow", "switch Claude"),
            ("go to Claude and write price lists", "switch Claude"),
            ("use something cheaper, Haiku", "switch Haiku"),
            ("go to Claude: if it rains", "switch Claude"),
            ("go to Claude, rivers long said", "switch Claude"),
            ("go to Claude, Opus rains", "switch Claude"),
            ("use Claude, the neighbour is a good soul", "switch Claude"),
            ("use Claude, write a poem that rhymes?", "switch Claude"),
            ("can you use Claude, rivers are so long?", "switch Claude"),
            ("use Claude: rivers are so long?", "switch Claude"),
            ("use Claude; rivers are so long?", "switch Claude"),
            ("go to Claude, rivers are so long?", "switch Claude"),
        ],
    )
    def test_it_may_leave_one(self, wishes: Wishes, text: str, expected: str) -> None:
        assert wishes(text) == [expected]

    def test_where_verbs_are_final_a_report_ends_with_one(
        self, wishes: Wishes, objections: Objections
    ) -> None:
        text = "Claude use, rivers wide said"
        assert wishes(text, verb_final=True) == []
        assert objections(text, verb_final=True) == ["guard 'report'"]


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

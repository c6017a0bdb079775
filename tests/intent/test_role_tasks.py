"""Tasks that are handed to a model: "ask X to ...", "write ... with X"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fourthwall.intent._grammar import Reading

Wishes = Callable[..., list[str]]
Objections = Callable[..., list[str]]


class TestAsking:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("ask Claude draw a fjord", "once Claude: draw a fjord"),
            ("ask Claude, draw a fjord", "once Claude: draw a fjord"),
            ("ask Claude: draw a fjord", "once Claude: draw a fjord"),
            ("ask Claude in order to draw a fjord", "once Claude: draw a fjord"),
            ("ask GPT-5 rivers", "once GPT-5: rivers"),
            ("ask Claudeov draw rivers", "once Claude: draw rivers"),
            ("ask Claude'ov draw rivers", "once Claude: draw rivers"),
            ("ask haiku draw rivers", "once haiku: draw rivers"),
        ],
    )
    def test_what_follows_is_the_task(self, wishes: Wishes, text: str, expected: str) -> None:
        assert wishes(text) == [expected]

    @pytest.mark.parametrize(
        "text",
        [
            "ask Claude:",
            "ask Claude or rivers",
            "ask Claude answer",
            "ask Claude price rivers",
            "ask Claude the wrote rivers",
            "ask something cheaper rivers draw",
        ],
    )
    def test_without_one_nothing_is_asked(self, wishes: Wishes, text: str) -> None:
        assert wishes(text) == []

    def test_what_leads_to_the_task_may_begin_it_as_well(self, wishes: Wishes) -> None:
        both = {"for_task": "so draw", "task": "so draw"}
        assert wishes("ask Claude so draw rivers", **both) == ["once Claude: so draw rivers"]

    @pytest.mark.parametrize(
        "text",
        [
            "ask Claude boss rivers",
            "ask Claude if he rains",
            "ask Claude from accounts draw it",
            "ask Claude, the neighbour, draw rivers",
            "ask GPT-5, the long neighbour, draw rivers",
        ],
    )
    def test_a_person_may_be_meant(self, wishes: Wishes, objections: Objections, text: str) -> None:
        assert wishes(text) == []
        assert objections(text) == ["a person is meant"]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("ask Claude if one rains", "once Claude: if one rains"),
            ("ask GPT-5 from accounts rivers", "once GPT-5: from accounts rivers"),
            ("ask GPT-5, rivers, the neighbour", "once GPT-5: rivers, the neighbour"),
            ("ask GPT-5, draw rivers, please", "once GPT-5: draw rivers, please"),
        ],
    )
    def test_a_task_may_be_about_one(self, wishes: Wishes, text: str, expected: str) -> None:
        assert wishes(text, small="one", person="one") == [expected]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("ask Claude long draw", "once Claude: long draw"),
            ("ask Claude what rains", "once Claude: what rains"),
            ("ask Claude: rivers", "once Claude: rivers"),
            ("ask Claude wide rivers: the river", "once Claude: wide rivers: the river"),
            ("ask Claude can wide rivers rain?", "once Claude: can wide rivers rain?"),
            ("put this to Claude rivers", "once Claude: rivers"),
        ],
    )
    def test_who_may_be_a_person_is_asked_what_a_model_is_asked(
        self, wishes: Wishes, text: str, expected: str
    ) -> None:
        assert wishes(text, ask="put this to") == [expected]

    def test_nothing_else_is_asked_of_one(self, wishes: Wishes, objections: Objections) -> None:
        assert wishes("ask Claude rivers") == []
        assert objections("ask Claude rivers") == ["no task follows"]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("ask Claude", "retry Claude"),
            ("ask Claude!", "retry Claude"),
            ("ask Claude redo that", "retry Claude"),
            ("ask Claude redo rivers", "retry Claude"),
            ("ask Claude redo long rivers", "once Claude: redo long rivers"),
            (
                "ask Claude that again with the on river",
                "once Claude: that again with the on river",
            ),
        ],
    )
    def test_the_task_may_be_the_last_question(
        self, wishes: Wishes, text: str, expected: str
    ) -> None:
        assert wishes(text) == [expected]

    def test_beside_templates_it_must_show_that_it_is_one(self, wishes: Wishes) -> None:
        assert wishes("ask Claude rivers", templates=True) == []
        assert wishes("ask Claude draw rivers", templates=True) == ["once Claude: draw rivers"]
        assert wishes("ask Claude how old", templates=True) == ["once Claude: how old"]


class TestLetting:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("let Claude draw a fjord", ["once Claude: draw a fjord"]),
            ("let Claude well long draw", ["once Claude: well long draw"]),
            ("let Claude rivers flow on", []),
            ("let GPT-5 rivers flow on", []),
        ],
    )
    def test_a_verb_of_tasks_must_be_near(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    def test_beside_templates_the_task_is_nobody_elses(self, wishes: Wishes) -> None:
        his = {"person": "his"}
        assert wishes("let Claude draw wide rivers", templates=True) == [
            "once Claude: draw wide rivers"
        ]
        assert wishes("let Claude draw wide his rivers", templates=True, **his) == []
        assert wishes("let Claude draw wide his rivers", **his) == [
            "once Claude: draw wide his rivers"
        ]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("let Claude long wide rivers draw", ["once Claude: long wide rivers draw"]),
            (
                "let Claude long wide rivers draw please!",
                ["once Claude: long wide rivers draw please!"],
            ),
            ("let Claude long wide rivers flow", []),
        ],
    )
    def test_where_verbs_come_last_it_may_be_the_last_word(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text, verb_last=True) == expected
        assert wishes("let Claude long wide rivers draw") == []


class TestUsing:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("use Claude in order to draw a fjord", "once Claude: draw a fjord"),
            ("use Claude in order to rivers", "once Claude: rivers"),
            ("use Claude me draw a fjord", "once Claude: draw a fjord"),
            ("with Claude draw a fjord", "once Claude: draw a fjord"),
            ("with Claude, draw a fjord", "once Claude: draw a fjord"),
        ],
    )
    def test_a_task_may_follow(self, wishes: Wishes, text: str, expected: str) -> None:
        assert wishes(text) == [expected]

    @pytest.mark.parametrize(
        "text",
        [
            "use Claude draw a fjord",  # "Claude Draw" may be a thing
            "use Claude me rivers",
            "use GPT-9 in order to draw a fjord",
        ],
    )
    def test_it_must_be_led_to(self, wishes: Wishes, text: str) -> None:
        assert wishes(text) == []

    def test_a_model_for_once_is_one_whatever_the_task(
        self, role_reading: Callable[..., Reading]
    ) -> None:
        ((_, (command,)),) = role_reading("use Claude just once draw a fjord")
        assert (command.kind, command.once, command.open) == ("switch", True, False)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("use Claude in order to the project", ["switch Claude"]),
            ("use GPT-5 in order to the project please!", ["switch GPT-5"]),
            ("use Claude in order to the long wide project", ["once Claude: long wide project"]),
            ("use Claude in order to draw the project", ["once Claude: draw the project"]),
            ("use Claude the project", []),
        ],
    )
    def test_a_thing_that_it_is_for_is_no_task(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    def test_what_leads_to_the_task_may_be_a_function_word(self, wishes: Wishes) -> None:
        both = {"small": "so", "for_task": "so"}
        assert wishes("use GPT-5 so rivers", **both) == ["once GPT-5: rivers"]

    def test_what_touches_the_name_is_no_part_of_a_longer_one(self, wishes: Wishes) -> None:
        assert wishes("use クロード描く", task="描く") == ["once クロード: 描く"]

    def test_a_word_between_may_be_the_tasks_verb(self, wishes: Wishes) -> None:
        both = {"small": "so draw", "task": "so draw"}
        assert wishes("use Claude me so draw rivers", **both) == ["once Claude: so draw rivers"]

    def test_beside_templates_the_task_must_show_that_it_is_one(self, wishes: Wishes) -> None:
        assert wishes("use Claude in order to rivers", templates=True) == []
        assert wishes("use Claude in order to draw", templates=True) == ["once Claude: draw"]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("can you with Claude poems write", ["once Claude: poems write"]),
            ("can you with Claude poems write thanks?", ["once Claude: poems write thanks?"]),
            ("can you with Claude poems sing thanks?", []),
        ],
    )
    def test_where_verbs_come_last_the_tasks_may_do_so(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text, verb_last=True) == expected
        assert wishes(text) == []

    def test_a_polite_verb_is_one_nonetheless(self, wishes: Wishes) -> None:
        both = {"task": "tell me", "request": "tell me"}
        assert wishes("with Claude poems tell me", verb_last=True, **both) == [
            "once Claude: poems tell me"
        ]


class TestRequests:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("could Claude draw that", "once Claude: draw that"),
            ("could Claude draw a fjord, please?", "once Claude: draw a fjord, please?"),
            ("could Claude draw: rivers", "once Claude: draw: rivers"),
            ("could Claude draw us a fjord?", "once Claude: draw us a fjord?"),
            ("could the Claude draw that?", "once Claude: draw that?"),
        ],
    )
    def test_a_task_for_somebody_is_handed_over(
        self, wishes: Wishes, text: str, expected: str
    ) -> None:
        assert wishes(text, request="could", for_me="us") == [expected]

    @pytest.mark.parametrize(
        "text", ["could Claude draw a fjord?", "could Claude rain, please?", "draw that Claude"]
    )
    def test_whether_a_model_is_able_to_is_a_question(self, wishes: Wishes, text: str) -> None:
        assert wishes(text, request="could") == []


class TestVerbsBehindTheName:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Claude over ask the fjord draw", ["once Claude: fjord draw"]),
            ("Claude with fjord draw", ["once Claude: fjord draw"]),
            ("Claude tell", ["retry Claude"]),
            ("Claude over tell rivers draw", ["once Claude: rivers draw"]),
        ],
    )
    def test_the_verb_may_follow_the_name(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text, verb_final=True) == expected

    @pytest.mark.parametrize(
        ("text", "also"),
        [
            ("Claude on fjord tell", "tell"),
            ("Claude on fjord tell please!", "tell"),
            ("Claude on fjord ask tell me", "ask tell"),
        ],
    )
    def test_it_may_end_the_sentence_too(
        self, wishes: Wishes, role_reading: Callable[..., Reading], text: str, also: str
    ) -> None:
        ((_, (command,)),) = role_reading(text, verb_final=True)
        assert (command.kind, command.open) == ("once", True)
        assert text[command.end :].strip().startswith("fjord")
        assert command.also is not None
        assert text[slice(*command.also)] == also

    def test_that_verb_may_be_polite_as_well(self, role_reading: Callable[..., Reading]) -> None:
        text = "Claude on fjord tell me"
        both = {"ask": "tell me", "filler": "tell me"}
        ((_, (command,)),) = role_reading(text, verb_final=True, **both)
        assert command.also == (16, 23)

    @pytest.mark.parametrize(
        "text", ["Claude on fjord he rivers tell please", "Claude on fjord rains please"]
    )
    def test_other_sentences_end_with_it_as_well(self, wishes: Wishes, text: str) -> None:
        assert wishes(text, verb_final=True) == []


class TestAsides:
    @pytest.mark.parametrize(
        "text",
        [
            "draw a fjord with Claude",
            "please draw a fjord with Claude, thanks!",
            "can you draw a fjord with the model Claude",
            "draw a fjord Claude using",
            "draw a fjord with haiku",
            "draw a fjord nah with Claude",
            "draw with Claude",
            "draw a fjord, and with Claude",
            "draw boss a fjord with Claude",
            "draw a fjord with Claude: the river",
        ],
    )
    def test_a_task_may_end_with_whom_it_is_for(self, wishes: Wishes, text: str) -> None:
        assert [wish.split()[0] for wish in wishes(text)] == ["once"]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("draw a fjord with the Claude, thanks", "with the Claude"),
            ("draw a fjord with Claude just once", "with Claude just once"),
        ],
    )
    def test_the_rest_is_the_task(
        self, role_reading: Callable[..., Reading], text: str, said: str
    ) -> None:
        ((_, (command,)),) = role_reading(text)
        assert text[command.start : command.end] == said

    @pytest.mark.parametrize(
        "text",
        [
            "draw a fjord Claude",
            "draw a fjord with Claude bicycles",
            "draw a fjord with Claude and Opus",
            "Claude draw a fjord",
            "with Claude",
            "well with Claude",
            "can you with Claude",
            "rivers draw a fjord with Claude",
            "draw a bot with Claude",
            "draw # fjord with Claude",
            "draw the with Claude",
            "he draw a fjord with Claude",
            "draw a fjord and with Claude",
            "draw a fjord, go somewhere with Claude",
            "draw a fjord not mine with Claude",
            "draw a fjord with a haiku",
            "draw a fjord with something cheaper",
            "It rains. It snows. It blows. draw a fjord with Claude",
        ],
    )
    def test_nothing_else_may_be_said(self, wishes: Wishes, text: str) -> None:
        assert wishes(text) == []

    @pytest.mark.parametrize("role", ["request", "small"])
    def test_a_tasks_verb_may_be_something_else_as_well(self, wishes: Wishes, role: str) -> None:
        both: dict[str, Any] = {"task": "tell me", role: "tell me"}
        assert wishes("tell me poems with Claude", **both) == ["once Claude"]

    def test_where_verbs_are_final_it_may_stand_anywhere(self, wishes: Wishes) -> None:
        assert wishes("rivers draw with Claude", verb_final=True) == ["once Claude"]
        assert wishes("rivers flow with Claude", verb_final=True) == []
        assert wishes("boss rivers draw with Claude", verb_final=True) == []

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("can you a fjord with Claude draw", ["once Claude"]),
            ("can you a fjord with Claude rain", []),
            ("rivers with Claude draw", []),
        ],
    )
    def test_the_verb_may_end_a_request_where_verbs_come_last(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text, verb_last=True) == expected


class TestInside:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("explain with Claude what rains", "with Claude"),
            ("please explain that with the model Claude how rivers flow", "with the model Claude"),
            ("draw me with haiku wide rivers", "with haiku"),
        ],
    )
    def test_the_model_may_stand_right_behind_the_tasks_verb(
        self, role_reading: Callable[..., Reading], text: str, said: str
    ) -> None:
        ((_, (command,)),) = role_reading(text)
        assert command.kind == "once"
        assert text[command.start : command.end] == said

    @pytest.mark.parametrize(
        "text",
        [
            "explain Claude what rains",
            "explain rivers with Claude what rains",
            "rain with Claude what rains",
            "explain with Claude and rivers",
            "explain with Claude boss rivers",
            "explain with Claude what he said",
            "explain with a haiku what rains",
            "explain with something cheaper what rains",
        ],
    )
    def test_nowhere_else(self, wishes: Wishes, text: str) -> None:
        assert wishes(text) == []

    def test_templates_know_it_better(self, wishes: Wishes) -> None:
        assert wishes("explain with Claude what rains", templates=True) == []


class TestAskedLast:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("wide rivers Claude ask", "Claude ask"),
            ("wide rivers Claude over ask please!", "Claude over ask please"),
            ("wide rivers Claude ask: the river", "Claude ask"),
        ],
    )
    def test_whom_to_ask_may_end_the_task_where_verbs_are_final(
        self, role_reading: Callable[..., Reading], text: str, said: str
    ) -> None:
        ((_, (command,)),) = role_reading(text, verb_final=True)
        assert command.kind == "once"
        assert text[command.start : command.end] == said
        ((_, commands),) = role_reading(text)
        assert commands == []

    @pytest.mark.parametrize(
        "text",
        [
            "wide rivers Claude",
            "wide rivers Claude bicycle ask",
            "wide rivers said Claude ask",
            "if rivers Claude ask",
            "price rivers not Claude ask",
            "wide rivers Claude ask?",
            "wide rivers a Claude ask",
        ],
    )
    def test_it_is_a_persons_own_task(self, wishes: Wishes, text: str) -> None:
        assert wishes(text, verb_final=True) == []

"""What a clause wishes for, by the roles of its words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fourthwall.registry import ModelCard

Wishes = Callable[..., list[str]]
Objections = Callable[..., list[str]]
STEP = ModelCard(id="step", provider="stepfun")


class TestNamed:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("go to Claude", "switch Claude"),
            ("back to Claude", "switch Claude"),
            ("talk to Claude", "switch Claude"),
            ("use Claude", "switch Claude"),
            ("use Claude from now on", "switch Claude"),
            ("Claude from now on", "switch Claude"),
            ("Claude please", "switch Claude"),
            ("change the model: Claude", "switch Claude"),
            ("no wait use Claude", "switch Claude"),
            ("let Claude answer from now on", "switch Claude"),
            ("let Claude answer that from now on", "switch Claude"),
            ("use Claude answer", "switch Claude"),
            ("answer Claude please", "switch Claude"),
            ("again use Claude", "switch Claude"),
            ("give me a haiku with Claude", "switch Claude"),
            ("let Claude answer it", "once Claude"),
            ("ask Claude that", "once Claude"),
            ("with Claude just once", "once Claude"),
            ("Claude just once please", "once Claude"),
            ("Claude just once: rivers", "once Claude"),
            ("redo with Claude", "retry Claude"),
            ("opinion of Claude", "retry Claude"),
            ("again Claude", "retry Claude"),
            ("again with Claude", "retry Claude"),
            ("again use ask Claude", "retry Claude"),
        ],
    )
    def test_the_words_beside_a_name_say_what_is_wished(
        self, wishes: Wishes, text: str, expected: str
    ) -> None:
        assert wishes(text) == [expected]

    @pytest.mark.parametrize(
        "text",
        [
            "Claude",
            "answer Claude",
            "Claude just once",
            "to Claude",
            "go to Claude boss",
            "use a haiku or Claude",
        ],
    )
    def test_without_such_words_there_is_no_wish(self, wishes: Wishes, text: str) -> None:
        assert wishes(text) == []

    def test_a_verb_at_the_end_needs_nothing_more(self, wishes: Wishes) -> None:
        assert wishes("Claude answer", verb_final=True) == ["switch Claude"]

    def test_beside_templates_a_name_must_be_moved_to(self, wishes: Wishes) -> None:
        assert wishes("move Claude", templates=True) == []
        assert wishes("move to Claude", templates=True) == ["switch Claude"]
        assert wishes("Claude move", templates=True) == ["switch Claude"]

    def test_a_person_is_no_function_word(self, wishes: Wishes) -> None:
        assert wishes("go over there Claude", person="over there") == []
        assert wishes("go over there Claude", small="over there") == ["switch Claude"]
        both = {"person": "over there", "small": "over there"}
        assert wishes("go over there Claude", **both) == ["switch Claude"]
        both = {"person": "over there", "chat": "over there"}
        assert wishes("go over there Claude", **both) == []

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("use a haiku", "an ordinary word is meant"),
            ("use Step", "too weak for this name"),
        ],
    )
    def test_it_is_told_why_a_name_is_none(
        self, wishes: Wishes, objections: Objections, text: str, reason: str
    ) -> None:
        assert wishes(text, cards=(STEP,)) == []
        assert objections(text, cards=(STEP,)) == [reason]


class TestSeveralNames:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("go to Claude or Opus or GPT-5", "switch Claude|Opus|GPT-5"),
            ("use Claude i mean GPT-5", "switch GPT-5"),
            ("use Opus instead of Claude", "switch Opus"),
            ("instead of Claude use Opus", "switch Opus"),
            ("use Claude instead of the Opus", "switch Claude"),
            ("Claude instead of Opus", "switch Claude"),
            ("go from Claude to Opus", "switch Opus"),
            ("talk from Claude", "switch Claude"),
            ("go to Opus from this chat Claude over", "switch Claude"),
        ],
    )
    def test_one_is_wanted_or_there_is_a_choice(
        self, wishes: Wishes, text: str, expected: str
    ) -> None:
        assert wishes(text) == [expected]

    @pytest.mark.parametrize(
        "text",
        ["instead of Claude", "go from Claude", "use Claude or this chat", "from Claude please"],
    )
    def test_none_may_be_wanted(self, wishes: Wishes, text: str) -> None:
        assert wishes(text) == []

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Opus instead of Claude use", "switch Claude"),
            ("Claude instead of Opus use", "switch Opus"),
            ("Claude from Opus to go", "switch Opus"),
        ],
    )
    def test_where_verbs_are_final_prepositions_may_follow_their_name(
        self, wishes: Wishes, text: str, expected: str
    ) -> None:
        assert wishes(text, verb_final=True) == [expected]


class TestCorrections:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("use Claude, wait, Opus", ["switch Claude", "switch Opus"]),
            ("use Claude, Opus wait", ["switch Claude", "switch Opus"]),
            ("Claude, wait, Opus", []),
        ],
    )
    def test_a_bare_name_may_correct_a_command(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Claude, not Opus", ["switch Claude"]),
            ("Claude, not Opus please!", ["switch Claude"]),
            ("Claude, not", []),
            ("Claude, thanks Opus", []),
            ("Claude, not Opus rains", []),
            ("Claude", []),
        ],
    )
    def test_another_name_may_be_refused(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("not Claude but Opus", ["switch Opus"]),
            ("not Claude, Opus", ["switch Opus"]),
            ("use Claude not Opus", ["switch Claude"]),
            ("use not Claude over Opus", ["switch Opus"]),
            ("never use Claude, use Opus", ["switch Opus"]),
            ("never use Claude, and but Opus", ["switch Opus"]),
            ("use Claude not", []),
            ("never use Claude", []),
            ("never use Claude,", []),
            ("never use Claude!", []),
            ("never use Claude rivers", []),
            ("never use this chat", []),
            ("never use Claude, rivers", []),
            ("never use Claude, Opus or GPT-5", []),
            ("never use Claude, with Opus rivers", []),
            ("never use Claude, redo Opus", ["retry Opus"]),
            ("never use Claude, to a haiku", []),
        ],
    )
    def test_after_a_refusal_another_one_is_wanted(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    def test_a_name_of_common_words_is_no_contrast(self, wishes: Wishes) -> None:
        assert wishes("use step not Claude", cards=(STEP,)) == []

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Claude not Opus use", ["switch Opus"]),
            ("Claude use not, Opus use", ["switch Opus"]),
            ("Claude the over use not Opus", ["switch Claude"]),
            ("not Claude use", []),
        ],
    )
    def test_where_verbs_are_final_a_name_is_refused_behind_it(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text, verb_final=True) == expected


class TestEnds:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("go to Claude draw a fjord", ["switch Claude"]),
            ("go to Claude how rivers flow", ["switch Claude"]),
            ("go to Claude rivers", []),
            ("use Claude draw", []),
            ("use Claude from now on draw a fjord", ["switch Claude"]),
            ("redo Claude draw a fjord", []),
        ],
    )
    def test_a_task_may_follow_without_a_comma(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    def test_a_name_behind_an_article_may_go_on(self, wishes: Wishes) -> None:
        both = {"small": "those", "degree": "those"}
        assert wishes("go to those Claude draw", **both) == []
        assert wishes("go to those Claude please draw", **both) == ["switch Claude"]
        assert wishes("go to the Claude draw", **both) == ["switch Claude"]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Claude go rivers", ["switch Claude"]),
            ("Claude go draw rivers?", ["switch Claude"]),
            ("Claude go rivers?", []),
            ("Claude go he rivers", []),
            ("go Claude rivers", []),
        ],
    )
    def test_where_verbs_are_final_one_may_end_a_clause(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text, verb_final=True) == expected


class TestNameless:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("undo the switch", "revert"),
            ("go to your predecessor", "revert"),
            ("can you give me the previous bot", "revert"),
            ("reset the model", "reset"),
            ("use the usual one", "reset"),
            ("use the default model", "reset"),
            ("change the model", "ambiguous"),
            ("use somebody else", "ambiguous"),
            ("let another of the models answer", "ambiguous"),
        ],
    )
    def test_a_model_may_be_spoken_of_without_its_name(
        self, wishes: Wishes, text: str, expected: str
    ) -> None:
        assert wishes(text) == [expected]

    @pytest.mark.parametrize(
        "text",
        ["previous model", "go to another", "undo the switch rivers", "the model", "go back"],
    )
    def test_what_doesnt_say_enough_is_no_wish(self, wishes: Wishes, text: str) -> None:
        assert wishes(text) == []

    def test_where_verbs_are_final_a_task_may_follow(self, wishes: Wishes) -> None:
        assert wishes("previous model go rivers", verb_final=True) == ["revert"]
        assert wishes("undo the switch rivers", verb_final=True) == []

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("the previous model rains, give me it back", ["revert"]),
            ("the previous model rains, use it", ["revert"]),
            ("why the previous model rains, return", []),
            ("the previous model rains, use this chat", []),
            ("the previous model said rivers, use it", []),
            ("the model rains, use it", []),
            ("the previous bike rains, a model, use it", ["revert"]),
            ("the previous bike rains, use it", []),
        ],
    )
    def test_the_model_before_may_be_called_it(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Claude rains, go to it", ["switch Claude"]),
            ("Claude rains, go it", []),
            ("Claude rains, go", []),
            ("Claude rains, it rains", []),
            ("Claude or Opus rains, go to it", []),
            ("he said Claude rains, go to it", []),
            ("Claude never rains, go to it", []),
            ("the model, go to it", []),
        ],
    )
    def test_so_may_a_model_that_was_named(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected


class TestOpinions:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("what would Claude draw", ["retry Claude"]),
            ("what would Claude draw, how", ["retry Claude"]),
            ("what would Claude how draw", ["retry Claude"]),
            ("what would Claude draw rivers", []),
            ("what would Claude or Opus how", []),
            ("what would he draw Claude", []),
        ],
    )
    def test_a_question_for_an_opinion_may_have_other_words(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

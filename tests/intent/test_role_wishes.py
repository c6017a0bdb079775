"""What a clause wishes for, by the roles of its words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fourthwall.registry import ModelCard

Wishes = Callable[..., list[str]]
Objections = Callable[..., list[str]]
STEP = ModelCard(id="step", provider="stepfun")
PRONOUNS = {"that_model": "him|that one", "had": "had"}


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
            ("Claude just once", "once Claude"),
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
            "Claude just once rivers",
            "to Claude",
            "go to Claude boss",
            "use a haiku or Claude",
        ],
    )
    def test_without_such_words_there_is_no_wish(self, wishes: Wishes, text: str) -> None:
        assert wishes(text) == []

    def test_a_verb_at_the_end_needs_nothing_more(self, wishes: Wishes) -> None:
        assert wishes("Claude answer", verb_final=True) == ["switch Claude"]

    def test_a_particle_behind_the_name_makes_a_wish_where_verbs_are_final(
        self, wishes: Wishes
    ) -> None:
        assert wishes("model Claude with", verb_final=True) == ["switch Claude"]
        assert wishes("well Claude with", verb_final=True) == ["switch Claude"]
        assert wishes("well Claude the with", verb_final=True) == []
        assert wishes("model Claude", verb_final=True) == []
        assert wishes("model Claude with") == []

    def test_what_was_done_with_a_model_is_told(self, wishes: Wishes) -> None:
        assert wishes("Claude had please", **PRONOUNS) == []
        assert wishes("use Claude had please", **PRONOUNS) == ["switch Claude"]

    def test_beside_templates_nobody_asks_whether_it_can_be_done(
        self, wishes: Wishes, objections: Objections
    ) -> None:
        both = {"request": "is it possible to", "deal": "is it possible to"}
        text = "is it possible to use Claude"
        assert wishes(text, **both) == ["switch Claude"]
        assert wishes(text, templates=True, **both) == []
        assert objections(text, templates=True, **both) == ["a question whether it can be done"]

    def test_a_filler_doesnt_move(self, wishes: Wishes) -> None:
        both = {"filler": "come on", "go": "come on"}
        assert wishes("come on again ask Claude", **both) == ["retry Claude"]
        assert wishes("come on again go ask Claude", **both) == ["switch Claude"]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("move this whole question to Claude", "once Claude"),
            ("move the very same question to Claude", "retry Claude"),
            ("move this whole question to Claude just once", "switch Claude"),
            ("move it to Claude", "switch Claude"),
        ],
    )
    def test_a_question_may_be_moved_instead_of_the_chat(
        self, wishes: Wishes, text: str, expected: str
    ) -> None:
        said = {"it": "this whole question", "again": "the very same question"}
        assert wishes(text, **said) == [expected]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("let Claude answer that", ["once Claude"]),
            ("let Claude answer that instead of Opus", ["switch Claude"]),
            ("ask Claude just once", ["once Claude"]),
            ("ask Claude", ["retry Claude"]),
        ],
    )
    def test_an_answer_is_wanted_of_a_model_or_instead_of_one(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("would Claude do?", []),
            ("would Claude do", ["switch Claude"]),
            ("do Claude?", ["switch Claude"]),
            ("can you Claude do?", ["switch Claude"]),
        ],
    )
    def test_a_model_before_its_verb_is_asked_about(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text, use="do", small="would") == expected

    def test_where_verbs_are_final_it_always_stands_there(self, wishes: Wishes) -> None:
        assert wishes("Claude use?", verb_final=True) == ["switch Claude"]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("draw it again, Claude", ["retry Claude"]),
            ("draw it again, with Claude", ["retry Claude"]),
            ("draw it again, Claude from now on", ["switch Claude"]),
            ("draw Opus again, Claude", []),
            ("draw rivers again, Claude", []),
            ("how to draw it again, Claude", []),
        ],
    )
    def test_it_may_be_done_again_before_the_name(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("model GPT-5", ["switch GPT-5"]),
            ("model GPT-5!", ["switch GPT-5"]),
            ("model GPT-5?", []),
            ("model Claude", []),
            ("GPT-5 model", []),
        ],
    )
    def test_a_label_says_it_with_a_name_beyond_doubt(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    def test_beside_templates_a_label_says_nothing(self, wishes: Wishes) -> None:
        assert wishes("model GPT-5", templates=True) == []

    def test_who_talks_is_not_talked_to(self, wishes: Wishes) -> None:
        assert wishes("can Claude talk?", request="can") == []
        assert wishes("to Claude talk?") == []
        assert wishes("with Claude talk?") == ["switch Claude"]
        assert wishes("can you Claude talk?") == ["switch Claude"]
        assert wishes("can Claude talk", request="can") == ["switch Claude"]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Opus is not nice, Claude please", ["switch Claude"]),
            ("that is not nice, Claude please", []),
            ("Opus is nice, Claude please", []),
            ("Opus is not nice, Claude please rivers", []),
        ],
    )
    def test_a_polite_name_may_follow_a_complaint(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

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
            ("GPT-5 from Opus to go", "switch Opus"),
        ],
    )
    def test_where_verbs_are_final_prepositions_may_follow_their_name(
        self, wishes: Wishes, text: str, expected: str
    ) -> None:
        assert wishes(text, verb_final=True) == [expected]

    def test_where_verbs_are_final_none_belongs_to_the_name_behind_it(self, wishes: Wishes) -> None:
        assert wishes("Claude this chat instead of Opus use", verb_final=True) == []
        assert wishes("instead of Opus the GPT-5 use", verb_final=True) == ["switch GPT-5"]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("take Claude over Opus", []),
            ("take Claude wait Opus", ["switch Opus"]),
            ("go with Claude to Opus", ["switch Opus"]),
            ("go Claude es to Opus", []),
        ],
    )
    def test_two_in_one_wish_are_compared(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text, object_marks="es", small="es") == expected


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
            ("Claude please, not to me", ["switch Claude"]),
            ("Claude please, not well", []),
            ("Claude, not to me", []),
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
            ("Claude not Opus or GPT-5", ["switch Claude"]),
            ("not a llama but gemini", ["switch gemini"]),
            ("a llama not gemini", []),
            ("use a llama not gemini", ["switch llama"]),
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
            ("go to GPT-9 draw a fjord", []),
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
            ("Claude go please rivers", ["switch Claude"]),
            ("Claude go the model rains", ["switch Claude"]),
            ("Claude the model rains", []),
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
            ("undo the switch to the usual one", "reset"),
            ("undo the switch to the default model", "reset"),
            ("undo the switch to the default model of your predecessor", "reset"),
            ("previous model, thanks", "revert"),
            ("default model, thanks", "reset"),
            ("the model rains, take another", "ambiguous"),
        ],
    )
    def test_a_model_may_be_spoken_of_without_its_name(
        self, wishes: Wishes, text: str, expected: str
    ) -> None:
        assert wishes(text) == [expected]

    @pytest.mark.parametrize(
        "text",
        [
            "previous model",
            "previous model thanks",
            "rivers; previous model, thanks",
            "go to another",
            "rivers, take another",
            "the model rains, another",
            "undo the switch rivers",
            "the model",
            "go back",
        ],
    )
    def test_what_doesnt_say_enough_is_no_wish(self, wishes: Wishes, text: str) -> None:
        assert wishes(text) == []

    def test_the_model_before_may_be_the_one_they_had(self, wishes: Wishes) -> None:
        assert wishes("back to the model had", **PRONOUNS) == ["revert"]
        assert wishes("go to that one model had", **PRONOUNS) == ["revert"]
        assert wishes("back to the usual one model had", **PRONOUNS) == ["reset"]
        assert wishes("go to the model had", **PRONOUNS) == []

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
            ("the previous seeing model rains, use it", ["revert"]),
            ("the seeing model rains, use it", []),
            ("the previous Claude rains, use it", []),
            ("your predecessor rains, use it", ["revert"]),
            ("the usual one rains, use it", ["reset"]),
            ("the default model rains, return", ["reset"]),
            ("the previous model rains. use it", []),
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
            ("Claude rains, go", ["switch Claude"]),
            ("Claude rains. can you go over please", ["switch Claude"]),
            ("Claude rains. rivers, go", ["switch Claude"]),
            ("he said Claude rains, go to it", ["switch Claude"]),
            ("Claude rains" + " flow" * 27 + ", go", ["switch Claude"]),
            ("Claude rains" + " flow" * 28 + ", go", []),
            ("Claude rains. rivers. go", []),
            ("Claude rains, go rivers", []),
            ("Claude rains: go", []),
            ("Claude rains, it rains", []),
            ("Claude or Opus rains, go to it", []),
            ("Claude never rains, go to it", []),
            ("Claude wait, no, rains, go to it", ["switch Claude"]),
            ("instead of Claude rains, go to it", []),
            ("if Claude rains, go to it", []),
            ("the price of Claude rains, go to it", []),
            ("the model, go to it", []),
            ("use GPT-5. Claude rains. go to it", ["switch GPT-5"]),
            ("mini rains, go to it", []),
        ],
    )
    def test_a_model_that_was_named_may_be_gone_to(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Claude rains, go to him", ["switch Claude"]),
            ("Claude rains: go to him", ["switch Claude"]),
            ("Claude rains, talk to him", ["switch Claude"]),
            ("Claude rains, let him answer", ["switch Claude"]),
            ("Claude rains, use him", ["switch Claude"]),
            ("o3 rains, use him", ["switch o3"]),
            ("GPT-5 rains, give me him", ["switch GPT-5"]),
            ("Claude rains, give me him", []),
            ("claude rains, use him", []),
            ("claude rains, go to him", ["switch claude"]),
            ("Claude rains, let him", []),
            ("Claude rains, him", []),
            ("the previous model rains. use him", ["revert"]),
            ("a cheaper model rains, use him", ["switch cheaper model"]),
            ("something cheaper rains, use him", []),
            ("something cheaper rains, go to him", ["switch something cheaper"]),
        ],
    )
    def test_a_pronoun_may_stand_for_it(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text, **PRONOUNS) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Claude rains, go to him", ["switch Claude"]),
            ("Claude rains, go him", []),
            ("Claude rains, use him", []),
            ("Claude rains, go", ["switch Claude"]),
            ("Claude rains. go", []),
        ],
    )
    def test_beside_templates_that_must_be_clear(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text, templates=True, **PRONOUNS) == expected


class TestOpinions:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("what would Claude how", ["retry Claude"]),
            ("what would Claude draw of that", ["retry Claude"]),
            ("what would Claude draw again, how", ["retry Claude"]),
            ("what would Claude draw", []),
            ("what would Claude how rivers", []),
            ("what would Claude or Opus how", []),
            ("what would he how Claude", []),
            ("what would step how", []),
            ("what would Claude how: rivers", ["once Claude: rivers"]),
            ("what would Claude how:", []),
        ],
    )
    def test_a_question_for_an_opinion_may_have_other_words(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text, cards=(STEP,)) == expected

    def test_a_task_may_ask_for_one_itself(self, wishes: Wishes) -> None:
        assert wishes("what would Claude draft", task="draft") == []
        assert wishes("what would Claude draft", task="draft", opinion="draft") == ["retry Claude"]


class TestTasksDoneAgain:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("please draw that again with Claude", ["retry Claude"]),
            ("can you draw it again using Claude", ["retry Claude"]),
            ("can you draw it with Claude", []),
            ("please draw again Claude", []),
            ("please draw it again with Claude or Opus", []),
            ("please draw a fjord again with Claude", ["once Claude"]),
        ],
    )
    def test_the_last_question_may_be_their_object(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    def test_beside_templates_they_are_asides(self, wishes: Wishes) -> None:
        assert wishes("please draw it again with Claude", templates=True) == ["once Claude"]

"""A sentence as units, and its clauses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fourthwall.intent._roles import Role
from fourthwall.intent._unit_sentence import only
from fourthwall.intent._units import Unit
from fourthwall.registry import ModelCard

Wishes = Callable[..., list[str]]
Objections = Callable[..., list[str]]
STEP = ModelCard(id="step", provider="stepfun")


def test_only_asks_for_one_role_of_each_unit() -> None:
    units = [Unit(Role.GO | Role.SMALL, 0, 1), Unit(Role.FILLER, 1, 2)]
    assert only(units, Role.GO | Role.FILLER)
    assert not only(units, Role.GO)
    assert only([], Role.GO)


class TestClauses:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("hello, please, go to Claude, thanks", ["switch Claude"]),
            ("it rains, go to Claude", ["switch Claude"]),
            ("it rains and go to Claude", ["switch Claude"]),
            ("go to Claude: it rains", ["switch Claude"]),
            ("go to Claude and draw a fjord", ["switch Claude"]),
            ("go to Claude, and then go to Opus", ["switch Claude", "switch Opus"]),
        ],
    )
    def test_a_clause_ends_at_commas_and_connectors(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("rivers can you go to Claude", ["switch Claude"]),
            ("rivers please talk to Claude", ["switch Claude"]),
            ("rivers can you ride Claude", []),
            ("rivers not can you go to Claude", []),
            ("rivers can you", []),
            ("rivers could go to Claude", []),
            ("rivers go to Claude", []),
        ],
    )
    def test_a_request_with_its_verb_begins_one_in_speech(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text, request="could") == expected

    def test_where_verbs_are_final_it_does_not(self, wishes: Wishes) -> None:
        assert wishes("rivers can you go to Claude", verb_final=True) == []

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("and Claude please", ["switch Claude"]),
            ("Claude and please", ["switch Claude"]),
            ("Claude and rivers please", []),
        ],
    )
    def test_a_connector_at_the_beginning_ends_none(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Claude, answer from now on", ["switch Claude"]),
            ("well Claude, please continue just once", ["switch Claude"]),
            ("Claude, answer instead", ["switch Claude"]),
            ("Claude, answer", []),
            ("Claude, rain from now on", []),
            ("Claude, what would that?", ["retry Claude"]),
            ("Claude, what would that rain?", []),
            ("Claude, what would that", []),
        ],
    )
    def test_who_is_spoken_to_may_stand_before_a_comma(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text, instead_of="instead") == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("i want to, please, the Claude", ["switch Claude"]),
            ("i want to, please, the Claude rivers", []),
            ("i want to, please, rivers", []),
        ],
    )
    def test_politeness_between_commas_ends_no_request(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    def test_beside_templates_words_of_speaking_have_no_place_in_one(self, wishes: Wishes) -> None:
        assert wishes("go to Claude speaks") == ["switch Claude"]
        assert wishes("go to Claude speaks", templates=True) == []

    @pytest.mark.parametrize("text", ["go to Claude bicycles", "go to Claude teacher bicycles"])
    def test_what_has_no_place_in_a_command_ends_it_too(self, wishes: Wishes, text: str) -> None:
        assert wishes(text) == []

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("redo, but with Claude", ["retry Claude"]),
            ("redo that, and with Claude please", ["retry Claude"]),
            ("redo that, and and with Claude", ["retry Claude"]),
            ("redo, with Claude the bicycle", []),
        ],
    )
    def test_the_model_may_be_an_afterthought(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    def test_a_connector_may_be_a_function_word(self, wishes: Wishes) -> None:
        """Where "e" is "and" as well as "to", it ends no clause."""
        assert wishes("Claude e use", **{"and": "e"}) == []
        assert wishes("Claude e use", small="e", **{"and": "e"}) == ["switch Claude"]

    def test_such_a_connector_at_its_end_stays(self, wishes: Wishes) -> None:
        assert wishes("go to Claude e", small="e", **{"and": "e"}) == ["switch Claude"]

    def test_a_comma_at_its_end_does_not(self, wishes: Wishes) -> None:
        assert wishes("please, go to Claude, bicycles") == ["switch Claude"]
        assert wishes("please, bicycles, Claude") == []


class TestSecondThoughts:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("use Claude, no wait, Opus", ["switch Claude", "switch Opus"]),
            ("use Claude, i mean Opus", ["switch Claude", "switch Opus"]),
            ("use Claude no, Opus", ["switch Opus"]),
            ("no, wait, go to Claude", ["switch Claude"]),
            ("no wait go to Claude", ["switch Claude"]),
            ("nah, go to Claude", ["switch Claude"]),
            ("Claude nah, Opus please", ["switch Opus"]),
        ],
    )
    def test_a_no_may_correct_what_was_said(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    @pytest.mark.parametrize(
        "text",
        [
            "not Claude",
            "never go to Claude",
            "nah go to Claude",
            "go to Claude no",
            "go to Claude nah",
            "nah",
            "no",
            "use Claude nah?",
        ],
    )
    def test_elsewhere_it_refuses(self, wishes: Wishes, text: str) -> None:
        assert wishes(text) == []


class TestHowClear:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("go to step", ["switch step"]),
            ("use the step model", ["switch step"]),
            ("use step", []),
            ("go to step, rivers are long", []),
        ],
    )
    def test_a_name_of_common_words_needs_a_whole_sentence(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text, cards=(STEP,)) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("use Calude", ["switch Calude"]),
            ("give me Calude from now on", ["switch Calude"]),
            ("give me Calude", []),
            ("Calude from now on", ["switch Calude"]),
        ],
    )
    def test_a_mistyped_name_needs_a_plain_verb(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("use something cheaper", ["switch something cheaper"]),
            ("go to something cheaper", ["switch something cheaper"]),
            ("give me a cheaper model", ["switch cheaper model"]),
            ("give me something cheaper", []),
        ],
    )
    def test_so_does_something_that_may_be_no_model(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    @pytest.mark.parametrize(
        ("text", "templates", "expected"),
        [
            ("give me haiku", False, ["switch haiku"]),
            ("give me HAIKU, rivers are long", True, ["switch HAIKU"]),
            ("give me haiku, rivers are long", False, []),
            ("use haiku, rivers are long", False, ["switch haiku"]),
            ("give me haiku just once", False, ["switch haiku"]),
            ("give me haiku", True, []),
            ("give me 하이쿠", False, ["switch 하이쿠"]),
            ("give me 하이쿠, rivers are long", False, []),
            ("give me o3, rivers are long", True, ["switch o3"]),
        ],
    )
    def test_a_name_that_is_an_ordinary_word_may_be_one(
        self, wishes: Wishes, text: str, templates: bool, expected: list[str]
    ) -> None:
        assert wishes(text, templates=templates) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("use haiku", []),
            ("Haiku please", []),
            ("go to haiku", ["switch haiku"]),
            ("use haiku just once", ["switch haiku"]),
            ("use the model haiku", ["switch haiku"]),
            ("use Haiku", ["switch Haiku"]),
            ("use 하이쿠", []),
            ("use 하이쿠 instead of Opus", ["switch 하이쿠"]),
        ],
    )
    def test_where_a_language_says_that_it_is_one_more_must_be_said(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text, ordinary="haiku 하이쿠") == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("use a haiku", []),
            ("use the haiku", ["switch haiku"]),
            ("use a gtp-5", ["switch gtp-5"]),
            ("use a GPT-5", ["switch GPT-5"]),
            ("use a gpt mini", ["switch gpt mini"]),
            ("use an o3", []),
            ("Haiku please", ["switch Haiku"]),
        ],
    )
    def test_an_article_tells_a_thing_from_a_model(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    @pytest.mark.parametrize("role", ["degree", "that_model"])
    def test_an_article_that_is_a_pronoun_tells_a_thing_too(
        self, wishes: Wishes, role: str
    ) -> None:
        the = {role: "the"}
        assert wishes("use the flash", **the) == []
        assert wishes("use the Flash", **the) == ["switch Flash"]
        assert wishes("go to the flash", **the) == ["switch flash"]
        assert wishes("use flash", **the) == ["switch flash"]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a Claude'ov tell", ["retry Claude"]),
            ("a Claudeov tell", ["retry Claude"]),
            ("a Claude tell", []),
        ],
    )
    def test_an_ending_tells_a_model_from_a_thing_where_verbs_are_final(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text, verb_final=True) == expected

    def test_it_is_told_that_a_name_needs_more(self, objections: Objections) -> None:
        assert objections("give me something cheaper") == ["too weak for this name"]


class TestBareNames:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("change the model: Claude", ["switch Claude"]),
            ("another model: Claude, please", ["switch Claude"]),
            ("rain: Claude", []),
            ("change the model rain: Claude", []),
            ("thanks: Claude", []),
            (": Claude", []),
        ],
    )
    def test_a_name_after_a_wish_and_a_colon_is_the_answer_to_it(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Claude please", ["switch Claude"]),
            ("well, Claude please!", ["switch Claude"]),
            ("the river, Claude please", []),
            ("Claude please, the river", []),
        ],
    )
    def test_a_polite_one_must_be_the_whole_sentence(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

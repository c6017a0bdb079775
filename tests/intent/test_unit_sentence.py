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
            ("give me 하이쿠", False, []),
            ("use 하이쿠", False, ["switch 하이쿠"]),
        ],
    )
    def test_a_name_that_is_an_ordinary_word_may_be_one(
        self, wishes: Wishes, text: str, templates: bool, expected: list[str]
    ) -> None:
        assert wishes(text, templates=templates) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("use a haiku", []),
            ("use the haiku", ["switch haiku"]),
            ("use a gtp-5", ["switch gtp-5"]),
            ("use a GPT-5", ["switch GPT-5"]),
            ("Haiku please", ["switch Haiku"]),
        ],
    )
    def test_an_article_tells_a_thing_from_a_model(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

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

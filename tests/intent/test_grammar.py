"""How a language's commands are read: two ways behind one face."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fourthwall.intent._grammar import Grammar, Reading, RoleGrammar, TemplateGrammar
from fourthwall.intent._lexicon import Lexicon
from fourthwall.intent._names import finder_for
from fourthwall.intent._roles import RoleLexicon
from fourthwall.intent._sentences import Sentence
from fourthwall.intent._tokens import fold_case
from fourthwall.registry import Registry

Cutter = Callable[..., list[Sentence]]


@pytest.fixture(scope="session")
def templates(lexicon: Lexicon) -> TemplateGrammar:
    return TemplateGrammar(lexicon)


@pytest.fixture(scope="session")
def roles(small_language: Callable[..., RoleLexicon]) -> RoleGrammar:
    return RoleGrammar(small_language())


def kinds(reading: Reading) -> list[list[str]]:
    return [[command.kind for command in commands] for _, commands in reading]


def without(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + text[end:]
    return text


def test_both_ways_read_the_sentences_of_a_part(
    registry: Registry, templates: TemplateGrammar, roles: RoleGrammar
) -> None:
    text = "Rivers are long. Switch to Claude. Use Opus!"
    grammars: tuple[Grammar, ...] = (templates, roles)
    for grammar in grammars:
        names = finder_for(registry, grammar.name_words)
        low = fold_case(text)
        assert kinds(grammar.read(text, low, 0, len(text), names, None)) == [
            [],
            ["switch"],
            ["switch"],
        ]
        ((sentence, _), *_) = grammar.read(text, low, 17, 34, names, None)
        assert text[sentence.start : sentence.end] == "Switch to Claude."


def test_a_grammar_has_a_language(templates: TemplateGrammar, roles: RoleGrammar) -> None:
    assert (templates.language, roles.language) == ("en", "xx")


class TestTemplates:
    @pytest.mark.parametrize(
        ("text", "expected"), [("Thanks a lot!", True), ("Thanks, rivers!", False)]
    )
    def test_a_loose_sentence_says_nothing_but_politeness(
        self, templates: TemplateGrammar, sentences: Cutter, text: str, expected: bool
    ) -> None:
        (sentence,) = sentences(text)
        assert templates.is_loose(sentence) is expected
        assert templates.is_filler(sentence.line.items) is expected

    @pytest.mark.parametrize(
        ("text", "after", "expected"),
        [
            ("never mind", 0, "never mind"),
            ("no", 0, "no"),
            ("switch to Claude, never mind", 16, "never mind"),
            ("never mind, switch to Claude", 20, None),
            ("rivers never mind", 0, None),
        ],
    )
    def test_a_command_may_be_taken_back(
        self,
        templates: TemplateGrammar,
        sentences: Cutter,
        text: str,
        after: int,
        expected: str | None,
    ) -> None:
        (sentence,) = sentences(text)
        assert templates.takes_back(sentence, after) == expected

    @pytest.mark.parametrize(
        ("text", "leading", "trailing"),
        [("and rivers", 1, 0), ("rivers and", 0, 1), ("rivers,", 0, 1), ("rivers", 0, 0)],
    )
    def test_connectors_belong_to_neither_side(
        self,
        templates: TemplateGrammar,
        sentences: Cutter,
        text: str,
        leading: int,
        trailing: int,
    ) -> None:
        (sentence,) = sentences(text)
        items = sentence.line.items
        assert (templates.leading(items), templates.trailing(items)) == (leading, trailing)
        assert (templates.leading([]), templates.trailing([])) == (0, 0)

    @pytest.mark.parametrize(
        ("text", "rest"),
        [
            ("draw a fjord just this once", "draw a fjord"),
            ("draw a fjord, just this once, please!", "draw a fjord!"),
            ("draw a fjord, and just this once!!", "draw a fjord!!"),
            ("just this once", "just this once"),
            ("draw a fjord just this once in blue", "draw a fjord just this once in blue"),
            ("draw this one", "draw this one"),
        ],
    )
    def test_just_once_is_cut_from_the_end_of_a_task(
        self, templates: TemplateGrammar, sentences: Cutter, text: str, rest: str
    ) -> None:
        (sentence,) = sentences(text)
        assert without(text, templates.loose_end(sentence)) == rest

    def test_with_roles_it_knows_more_ways_to_take_a_command_back(
        self,
        lexicon: Lexicon,
        small_language: Callable[..., RoleLexicon],
        templates: TemplateGrammar,
        sentences: Cutter,
    ) -> None:
        (sentence,) = sentences("switch to Claude, zibble")
        both = TemplateGrammar(lexicon, small_language(cancel="zibble"))
        assert templates.takes_back(sentence, 16) is None
        assert both.takes_back(sentence, 16) == "zibble"
        assert both.takes_back(sentence, 24) is None

    @pytest.mark.parametrize(
        ("text", "alone", "expected"),
        [
            ("thanks!", True, True),
            ("Claude or GPT?", False, True),
            ("rivers?", False, False),
        ],
    )
    def test_with_roles_it_knows_what_goes_on_with_a_question(
        self,
        lexicon: Lexicon,
        small_language: Callable[..., RoleLexicon],
        templates: TemplateGrammar,
        sentences: Cutter,
        text: str,
        alone: bool,
        expected: bool,
    ) -> None:
        (sentence,) = sentences(text)
        assert templates.is_of_question(sentence) is alone
        assert TemplateGrammar(lexicon, small_language()).is_of_question(sentence) is expected


class TestRoles:
    @pytest.mark.parametrize(
        ("text", "expected"), [("Claude or GPT?", True), ("thanks!", True), ("rivers?", False)]
    )
    def test_a_sentence_may_go_on_with_a_question(
        self, roles: RoleGrammar, role_lines: Cutter, text: str, expected: bool
    ) -> None:
        (sentence,) = role_lines(text)
        assert roles.is_of_question(sentence) is expected

    @pytest.mark.parametrize(
        ("text", "rest"),
        [
            ("draw 골라 한번 줘", "draw 골라"),
            ("draw 골라 한번줘", "draw 골라"),
            ("draw 골라 줘", "draw 골라"),
            ("draw 골라줘", "draw 골라줘"),
        ],
    )
    def test_what_is_written_together_stays_together(
        self, role_lines: Cutter, small_language: Callable[..., RoleLexicon], text: str, rest: str
    ) -> None:
        (sentence,) = role_lines(text, polite="줘", once="한번")
        grammar = RoleGrammar(small_language(polite="줘", once="한번"))
        assert without(text, grammar.loose_end(sentence)) == rest

    @pytest.mark.parametrize(
        ("text", "expected"), [("well, thanks!", True), ("thanks, rivers!", False)]
    )
    def test_a_loose_sentence_says_nothing_but_politeness(
        self, roles: RoleGrammar, role_lines: Cutter, text: str, expected: bool
    ) -> None:
        (sentence,) = role_lines(text)
        assert roles.is_loose(sentence) is expected
        assert roles.is_filler(sentence.line.items) is expected

    def test_a_command_may_be_taken_back(self, roles: RoleGrammar, role_lines: Cutter) -> None:
        (sentence,) = role_lines("go to Claude, never mind")
        assert roles.takes_back(sentence, 12) == "never mind"
        assert roles.takes_back(sentence, 20) is None

    @pytest.mark.parametrize(
        ("text", "leading", "trailing"),
        [
            ("and then rivers", 2, 0),
            ("in order to ride", 3, 0),
            ("rivers and then", 0, 2),
            ("rivers in order to", 0, 3),
            ("rivers and", 0, 1),
            ("rivers,", 0, 1),
            ("rivers", 0, 0),
            ("then", 0, 0),
        ],
    )
    def test_connectors_belong_to_neither_side(
        self, roles: RoleGrammar, role_lines: Cutter, text: str, leading: int, trailing: int
    ) -> None:
        (sentence,) = role_lines(text)
        items = sentence.line.items
        assert (roles.leading(items), roles.trailing(items)) == (leading, trailing)
        assert (roles.leading([]), roles.trailing([])) == (0, 0)

    @pytest.mark.parametrize(
        ("text", "rest"),
        [
            ("draw a fjord just once", "draw a fjord"),
            ("draw a fjord, just once, please!", "draw a fjord!"),
            ("draw a fjord and then just once", "draw a fjord"),
            ("draw a fjord: just once", "draw a fjord"),
            ("draw a fjord, in order to: just once", "draw a fjord"),
            ("draw a fjord just once in blue", "draw a fjord just once in blue"),
            ("just once", "just once"),
            ("!", "!"),
        ],
    )
    def test_just_once_is_cut_from_the_end_of_a_task(
        self, roles: RoleGrammar, role_lines: Cutter, text: str, rest: str
    ) -> None:
        (sentence,) = role_lines(text)
        assert without(text, roles.loose_end(sentence)) == rest

    @pytest.mark.parametrize(
        ("text", "cued"),
        [("the bots of today", True), ("UNDO THE SWITCH", True), ("rivers are long", False)],
    )
    def test_a_text_may_have_a_word_for_a_model(
        self, roles: RoleGrammar, text: str, cued: bool
    ) -> None:
        assert roles.is_cued(fold_case(text)) is cued

    def test_writing_without_spaces_may_have_it_anywhere(
        self, small_language: Callable[..., RoleLexicon]
    ) -> None:
        grammar = RoleGrammar(small_language(noun="模型"))
        assert grammar.is_cued("换个模型吧")
        assert not grammar.is_cued("换个椅子吧")


class TestMessages:
    def test_a_bare_name_may_correct_a_sentence_before(
        self, role_reading: Callable[..., Reading]
    ) -> None:
        assert kinds(role_reading("Use Claude. No wait, Opus.")) == [["switch"], ["switch"]]
        assert kinds(role_reading("It rains. No wait, Opus.")) == [[], []]

    @pytest.mark.parametrize(("sentences", "expected"), [(3, ["once"]), (4, [])])
    def test_a_task_with_an_aside_is_a_short_message(
        self, role_reading: Callable[..., Any], sentences: int, expected: list[str]
    ) -> None:
        text = "It rains. " * (sentences - 1) + "draw a fjord with Claude"
        assert kinds(role_reading(text))[-1] == expected

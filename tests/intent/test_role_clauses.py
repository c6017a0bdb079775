"""The commands in a sentence, whatever the order of its words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fourthwall.intent._command import Command
from fourthwall.intent._evidence import Evidence
from fourthwall.intent._role_clauses import RoleReader, is_loose, takes_back
from fourthwall.intent._roles import RoleLexicon
from fourthwall.intent._sentences import Sentence

Cutter = Callable[..., list[Sentence]]
Finder = Callable[..., list[Command]]
Language = Callable[..., RoleLexicon]
Wishes = Callable[..., list[str]]
Objections = Callable[..., list[str]]


@pytest.fixture
def commands(role_lines: Cutter, small_language: Language) -> Finder:
    """Return the commands of a text of one sentence."""

    def commands(
        text: str,
        evidence: Evidence | None = None,
        *,
        after: bool = False,
        few: bool = True,
        **language: Any,
    ) -> list[Command]:
        (sentence,) = role_lines(text, **language)
        reader = RoleReader(text, small_language(**language), evidence)
        return reader.commands(sentence.line, after=after, few=few)

    return commands


class TestCommands:
    def test_a_command_knows_where_it_stands(self, commands: Finder) -> None:
        text = "rivers are long, please go to Claude, thanks"
        (command,) = commands(text)
        assert text[command.start : command.end] == "please go to Claude, thanks"
        assert command.core == command.start
        assert command.item is not None
        assert text[command.item.start : command.item.end] == "Claude"
        assert (command.kind, command.open) == ("switch", False)

    def test_a_comma_behind_it_isnt_its_own(self, commands: Finder) -> None:
        for text in ("never use Claude, use Opus,", "@claude,"):
            (command,) = commands(text)
            assert command.end == len(text) - 1

    def test_it_says_for_how_long(self, commands: Finder) -> None:
        (staying,) = commands("use Claude from now on")
        assert (staying.stay, staying.once) == (True, False)
        (passing,) = commands("use Claude just once")
        assert (passing.stay, passing.once) == (False, True)
        (later,) = commands("use Claude, rivers from now on")
        assert (later.stay, later.once) == (False, False)

    def test_a_task_may_say_so_too(self, commands: Finder) -> None:
        (command,) = commands("ask Claude draw a fjord from now on")
        assert (command.open, command.stay) == (True, True)

    def test_it_says_whether_it_speaks_of_doing_it_again(self, commands: Finder) -> None:
        assert commands("ask Claude draw a fjord again")[0].again
        assert not commands("ask Claude draw a fjord")[0].again

    def test_it_has_all_names_of_a_choice(self, commands: Finder) -> None:
        (command,) = commands("use Claude or Opus")
        assert [(item.start, item.end) for item in command.others] == [(14, 18)]

    def test_it_may_have_a_second_stretch(self, commands: Finder) -> None:
        text = "Claude on fjord tell"
        (command,) = commands(text, verb_final=True)
        assert command.also is not None
        assert text[slice(*command.also)] == "tell"

    def test_a_sentence_may_hold_several(self, wishes: Wishes) -> None:
        assert wishes("use Claude, and then go to GPT-5; undo the switch") == [
            "switch Claude",
            "switch GPT-5",
            "revert",
        ]

    def test_nothing_follows_a_task(self, wishes: Wishes) -> None:
        text = "ask Claude draw a fjord, and then go to GPT-5"
        assert wishes(text) == ["once Claude: draw a fjord, and then go to GPT-5"]

    def test_a_very_long_sentence_has_none(self, commands: Finder) -> None:
        assert commands("go to Claude, rivers" + " flow" * 115) != []
        assert commands("go to Claude, rivers" + " flow" * 116) == []

    def test_without_a_word_for_a_model_there_is_none(self, commands: Finder) -> None:
        assert commands("please go to rome") == []

    def test_a_bare_name_may_correct_a_command_before_it(self, commands: Finder) -> None:
        assert commands("no wait, Claude", after=False) == []
        assert [c.kind for c in commands("no wait, Claude", after=True)] == ["switch"]

    def test_a_task_with_an_aside_is_a_short_message(self, commands: Finder) -> None:
        text = "draw a fjord with Claude"
        (command,) = commands(text)
        assert text[command.start : command.end] == "with Claude"
        assert commands(text, few=False) == []

    def test_notes_are_taken(self, commands: Finder) -> None:
        evidence = Evidence()
        commands("she said, go to Claude", evidence)
        commands("go to Claude", evidence)
        assert evidence.vetoes == ["'go to Claude': guard 'report'"]
        assert evidence.matched == ["switch: 'go to Claude' by its roles (strength 3)"]


class TestCalls:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("@claude draw a fjord", ["once claude: draw a fjord"]),
            ("@claude: draw a fjord", ["once claude: draw a fjord"]),
            ("@claude", ["switch claude"]),
            ("@claude, please!", ["switch claude"]),
            ("@rivers use Claude", []),
            ("rivers @claude draw", []),
            ("well. @claude draw", []),
        ],
    )
    def test_a_message_may_begin_with_whom_it_is_for(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    def test_an_at_sign_alone_calls_nobody(self, commands: Finder) -> None:
        assert commands("@") == []

    def test_templates_know_calls_themselves(self, wishes: Wishes) -> None:
        assert wishes("@claude draw a fjord", templates=True) == []


class TestQuestions:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("which model speaks", "which"),
            ("show me the model, speaks", "which"),
            ("what are you called?", "which"),
            ("are you Claude?", "which"),
            ("are you Claude or Opus", "which"),
            ("which Claude speaks", "which"),
            ("the menu", "list"),
            ("show me the models", "list"),
            ("models available?", "list"),
            ("which models you have", "list"),
            ("which model available", "list"),
            ("which Claude models you have", "list"),
            ("show Claude models", "list"),
        ],
    )
    def test_a_sentence_may_ask_about_models(
        self, wishes: Wishes, text: str, expected: str
    ) -> None:
        assert [wish.split()[0] for wish in wishes(text)] == [expected]

    @pytest.mark.parametrize(
        "text",
        [
            "are you Claude",
            "are you GPT-9?",
            "show Claude",
            "who Claude",
            "model",
            "which model",
            "models",
            "which models rains",
            "which model speaks" + " please" * 38,
        ],
    )
    def test_it_must_say_what_it_asks(self, wishes: Wishes, text: str) -> None:
        assert wishes(text) == []


@pytest.mark.parametrize(
    ("text", "loose"),
    [("well, thanks!", True), ("please and thanks", True), ("thanks rivers", False)],
)
def test_a_loose_sentence_says_nothing_but_politeness(
    role_lines: Cutter, small_language: Language, text: str, loose: bool
) -> None:
    (sentence,) = role_lines(text)
    assert is_loose(sentence.line.items, small_language()) is loose


class TestTakingBack:
    @pytest.mark.parametrize(
        ("text", "after", "expected"),
        [
            ("go to Claude, never mind", 12, "never mind"),
            ("go to Claude, no, leave it please!", 12, "leave it please"),
            ("never mind, rivers", 0, "never mind"),
            ("no!", 0, "no !"),
            ("no no, wait please", 0, "no no , wait please"),
            ("never mind, go to Claude", 12, None),
            ("go to Claude, never mind rivers", 12, None),
            ("go to Claude, no", 12, None),
            ("well, thanks", 0, None),
            ("no rivers", 0, None),
            (",, rivers", 0, None),
        ],
    )
    def test_a_clause_or_a_sentence_may_take_a_wish_back(
        self,
        role_lines: Cutter,
        small_language: Language,
        text: str,
        after: int,
        expected: str | None,
    ) -> None:
        (sentence,) = role_lines(text)
        assert takes_back(sentence.line, small_language(), after) == expected

"""The commands in a sentence, whatever the order of its words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fourthwall.intent._command import Command
from fourthwall.intent._evidence import Evidence
from fourthwall.intent._role_clauses import (
    RoleReader,
    is_loose,
    is_of_question,
    is_tail,
    refuses,
    takes_back,
)
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

    def test_the_wish_before_a_colon_is_a_part_of_it(self, commands: Finder) -> None:
        text = "change the model: Claude"
        (command,) = commands(text)
        assert text[command.start : command.end] == text

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

    def test_a_task_at_an_at_sign_is_all_the_models(self, commands: Finder) -> None:
        (command,) = commands("@claude draw a fjord from now on")
        assert (command.open, command.stay) == (True, False)

    def test_an_opinion_is_about_the_last_question(self, commands: Finder) -> None:
        (command,) = commands("what would Claude how")
        assert (command.kind, command.again) == ("retry", True)

    def test_its_name_may_stand_before_it(self, commands: Finder) -> None:
        text = "Claude rains, go to it"
        (command,) = commands(text)
        assert command.pointed
        assert command.item is not None
        assert text[command.item.start : command.item.end] == "Claude"
        assert not commands("go to Claude")[0].pointed

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("go to openai, GPT-5", "switch GPT-5"),
            ("go to openai, even Opus!", "switch Opus"),
            ("use the cheaper model, GPT-5", "switch GPT-5"),
            ("use the cheaper model, rivers", "switch cheaper model"),
            ("go to openai, GPT-5 or Opus", "switch openai"),
            ("go to openai, GPT-5 rains", "switch openai"),
            ("go to openai, GPT-9", "switch openai"),
            ("go to openai: GPT-5", "switch openai"),
            ("go to openai", "switch openai"),
        ],
    )
    def test_a_name_may_follow_that_says_it_more_exactly(
        self, wishes: Wishes, text: str, expected: str
    ) -> None:
        assert wishes(text) == [expected]

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

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("/gpt-5", ["switch gpt-5"]),
            (" /claude draw a fjord", ["switch claude"]),
            ("/model gpt-5", ["switch gpt-5"]),
            ("/switch gpt-5", ["switch gpt-5"]),
            ("/rivers gpt-5", []),
            ("/model rivers", []),
            ("/rivers", []),
            ("/model", []),
            ("/gpt-5/rivers", []),
            ("/model gpt-5.txt", []),
            ("/ gpt-5", []),
            ("rivers /gpt-5", []),
        ],
    )
    def test_it_may_begin_with_a_slash(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text) == expected

    def test_templates_know_calls_themselves(self, wishes: Wishes) -> None:
        assert wishes("@claude draw a fjord", templates=True) == []
        assert wishes("/gpt-5", templates=True) == []


class TestObjectsFirst:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("ba rivers ask GPT-5", ["once GPT-5"]),
            ("please ba rivers ask GPT-5", ["once GPT-5"]),
            ("ba rivers let GPT-5 draw a fjord", ["once GPT-5: draw a fjord"]),
            ("rivers let GPT-5 draw a fjord", ["once GPT-5: draw a fjord"]),
            ("rivers let GPT-5 flow", []),
            ("rivers boss let GPT-5 draw a fjord", []),
            ("never ba rivers ask GPT-5", []),
            ("rivers flow GPT-5", []),
            ("rivers ba fjords ask GPT-5", []),
            ("ba rivers ask", []),
            ("ba rivers ask boss", []),
            ("ba rivers ask GPT-9", []),
            ("ba rivers ask openai", []),
            ("ba rivers ask GPT-5?", []),
        ],
    )
    def test_a_word_may_put_what_is_handed_over_before_the_verb(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text, object_first="ba") == expected

    def test_not_every_language_has_one(self, wishes: Wishes) -> None:
        assert wishes("ba rivers ask GPT-5") == []

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("well ba rivers ask GPT-5: draw a fjord", "ba rivers ask GPT-5"),
            ("well ba rivers ask GPT-5 draw a fjord", "ask GPT-5"),
        ],
    )
    def test_what_is_handed_over_belongs_to_the_task_unless_that_follows(
        self, commands: Finder, text: str, said: str
    ) -> None:
        (command,) = commands(text, object_first="ba")
        assert text[command.start : command.end] == said


class TestOrdersAtTheEnd:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("rivers flow GPT-5 to go please", ["switch GPT-5"]),
            ("rivers flow openai to go please!", ["switch openai"]),
            ("rivers ob GPT-5 to go please", []),
            ("why rivers flow GPT-5 to go please", []),
            ("rivers flow GPT-5 to go", []),
            ("rivers flow GPT-5 please", []),
            ("rivers flow GPT-5 to go please rains", []),
            ("rivers flow GPT-5 to Opus to go please", []),
            ("GPT-5 rains to go please", []),
            ("rivers flow a haiku to go please", []),
            ("rivers. rivers. rivers. rivers flow GPT-5 to go please", []),
        ],
    )
    def test_where_particles_mark_objects_one_may_follow_anything(
        self, wishes: Wishes, text: str, expected: list[str]
    ) -> None:
        assert wishes(text, object_marks="ob") == expected

    def test_elsewhere_none_may(self, wishes: Wishes) -> None:
        assert wishes("rivers flow GPT-5 to go please") == []

    def test_what_stands_before_it_is_no_part_of_it(self, commands: Finder) -> None:
        text = "rivers flow GPT-5 to go please"
        (command,) = commands(text, object_marks="ob")
        assert text[command.start : command.end] == "GPT-5 to go please"


class TestQuestions:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("which model speaks", "which"),
            ("show me the model, speaks", "which"),
            ("what are you called?", "which"),
            ("are you Claude?", "which"),
            ("are you Claude or Opus", "which"),
            ("what are you called, Claude or Opus?", "which"),
            ("which model are you", "which"),
            ("which models can you go to?", "list"),
            ("show me the models can you use", "list"),
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
            "which Claude speaks",
            "model, are you?",
            "which models can you go to",
            "which model can you go to?",
            "which models go?",
            "which models can you go to rivers?",
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("that is not Claude", True),
        ("not Claude please", True),
        ("not rivers, Claude", False),
        ("not it", False),
        ("use Claude", False),
        ("Claude nicht", False),
    ],
)
def test_a_sentence_may_refuse_a_model(
    role_lines: Cutter, small_language: Language, text: str, *, expected: bool
) -> None:
    both = {"not": "nicht", "small": "nicht|is"}
    (sentence,) = role_lines(text, **both)
    assert refuses(sentence.line.items, small_language(**both)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Claude or Opus?", True), ("which ones please", False), ("and which models", True)],
)
def test_a_sentence_may_go_on_with_a_question(
    role_lines: Cutter, small_language: Language, text: str, *, expected: bool
) -> None:
    (sentence,) = role_lines(text)
    assert is_of_question(sentence.line.items, small_language()) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("just once, please", True), ("from now on", True), ("well, just once", False)],
)
def test_a_tail_says_for_how_long(
    role_lines: Cutter, small_language: Language, text: str, *, expected: bool
) -> None:
    (sentence,) = role_lines(text)
    assert is_tail(sentence.line.items, small_language()) is expected

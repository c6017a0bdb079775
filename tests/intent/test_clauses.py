"""The commands in a sentence, by the sentences of the lexicon."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fourthwall.intent import Intent, explain
from fourthwall.intent._clauses import ClauseReader, needed
from fourthwall.intent._command import Command
from fourthwall.intent._lexicon import Lexicon
from fourthwall.intent._line import Item
from fourthwall.intent._sentences import Sentence
from fourthwall.intent._symbols import KNOWN, NEEDED, NOUN
from fourthwall.registry import Registry

Reader = Callable[..., Intent]
Cutter = Callable[..., list[Sentence]]
Finder = Callable[..., list[Command]]
SONNET = "claude-sonnet-4.5"


@pytest.fixture
def commands(sentences: Cutter, lexicon: Lexicon) -> Finder:
    """Return the commands of a text of one sentence."""

    def commands(
        text: str, *, first: bool = True, after: bool = False, few: bool = True
    ) -> list[Command]:
        (sentence,) = sentences(text)
        reader = ClauseReader(text, lexicon, None)
        return reader.commands(sentence.line, first=first, after=after, few=few)

    return commands


class TestCommands:
    def test_a_command_knows_where_it_stands(self, commands: Finder) -> None:
        text = "Name a river, please switch to Claude now, thanks"
        (command,) = commands(text)
        assert text[command.start : command.end] == "please switch to Claude now, thanks"
        assert text[command.core : command.end] == "switch to Claude now, thanks"
        assert command.item is not None
        assert text[command.item.start : command.item.end] == "Claude"
        assert (command.kind, command.open) == ("switch", False)

    def test_it_says_for_how_long(self, commands: Finder) -> None:
        (staying,) = commands("use Claude from now on")
        assert (staying.stay, staying.once) == (True, False)
        (passing,) = commands("use Claude just this once")
        assert (passing.stay, passing.once) == (False, True)
        (plain,) = commands("use Claude")
        assert (plain.stay, plain.once) == (False, False)

    def test_it_is_the_clearer_the_more_it_says(self, commands: Finder) -> None:
        texts = ("use Claude", "switch to Claude", "switch to Claude from now on")
        assert [commands(text)[0].support for text in texts] == [2, 3, 4]

    def test_a_task_may_be_its_rest(self, commands: Finder) -> None:
        text = "ask Claude to draw a fjord"
        (command,) = commands(text)
        assert (command.kind, command.open) == ("once", True)
        assert text[command.end :] == " draw a fjord"

    def test_a_sentence_may_hold_several(self, commands: Finder) -> None:
        found = commands("use Claude, then switch to GPT-5; switch back")
        assert [command.kind for command in found] == ["switch", "switch", "revert"]

    def test_nothing_follows_a_task(self, commands: Finder) -> None:
        assert len(commands("ask Claude to draw a fjord, then switch to GPT-5")) == 1

    def test_a_very_long_sentence_has_none(self, commands: Finder) -> None:
        assert commands("Switch to Claude and count" + " one" * 70) != []
        assert commands("Switch to Claude and count" + " one" * 80) == []

    def test_a_mention_counts_where_the_message_begins(self, commands: Finder) -> None:
        assert [c.kind for c in commands("@claude draw a fjord")] == ["once"]
        assert commands("@claude draw a fjord", first=False) == []
        assert [c.kind for c in commands("/models")] == ["list"]
        assert commands("/models", first=False) == []

    @pytest.mark.parametrize("text", ["Claude instead", "no, Claude", "Claude, please"])
    def test_a_bare_name_corrects_what_stands_before(self, commands: Finder, text: str) -> None:
        assert [c.kind for c in commands(text, first=False, after=True)] == ["switch"]

    def test_a_bare_name_asks_for_nothing(self, commands: Finder) -> None:
        assert commands("GPT-5") == []
        assert commands("GPT-5", after=True) == []

    def test_an_aside_belongs_to_a_short_message(self, commands: Finder) -> None:
        assert len(commands("Describe a fjord using Claude")) == 1
        assert commands("Describe a fjord using Claude", few=False) == []


class TestWhereClausesBegin:
    @pytest.mark.parametrize(
        "text",
        [
            "Name a river - switch to Claude",
            "Name a river – switch to Claude",
            "Name a river; switch to Claude",
            "Name a river (switch to Claude)",
            "Name a river, then switch to Claude",
            "Name a river please switch to Claude",
        ],
    )
    def test_marks_and_small_words_begin_one(self, read: Reader, text: str) -> None:
        assert read(text).kind == "switch"

    def test_a_hyphen_inside_a_word_begins_none(self, read: Reader) -> None:
        assert read("The kitchen-switch to Claude is broken").kind == "none"

    @pytest.mark.parametrize("text", ["Describe a fjord or switch to Claude", "tea or Claude"])
    def test_an_alternative_asks_for_nothing(self, read: Reader, text: str) -> None:
        assert read(text).kind == "none"

    def test_a_dash_has_space_on_both_sides(self, sentences: Cutter, lexicon: Lexicon) -> None:
        text = "one - two-three -four"
        reader = ClauseReader(text, lexicon, None)
        (sentence,) = sentences(text)
        dashes = [i for i, item in enumerate(sentence.line.items) if item.symbol == "-"]
        assert [reader.stands_free(sentence.line, index) for index in dashes] == [
            True,
            False,
            False,
        ]


class TestGuards:
    """What stands before a clause and speaks against it."""

    @pytest.mark.parametrize(
        ("before", "guard"),
        [
            ("", None),
            ("Oh well, ", None),
            ("Rivers are long, ", None),
            ("She said, ", "report"),
            ("If it rains, ", "condition"),
            ("How it works, ", "howto"),
            ("Her friends and ", "other_person"),
            ("Translate it : ", "text_task"),
            ("Tea or ", "or"),
            ("I shall never ", "negation"),
        ],
    )
    def test_each_has_its_words(
        self, sentences: Cutter, lexicon: Lexicon, before: str, guard: str | None
    ) -> None:
        text = f"{before}move"
        (sentence,) = sentences(text)
        index = next(i for i, item in enumerate(sentence.line.items) if item.start == len(before))
        assert ClauseReader(text, lexicon, None).guard(sentence.line, index) == guard

    def test_a_negation_of_another_model_is_none(self, read: Reader) -> None:
        target = read("I don't like Opus here, switch to Claude").target
        assert target is not None
        assert target.id == SONNET


class TestRequests:
    @pytest.mark.parametrize(
        "text",
        [
            "could you maybe switch to Claude",
            "can you please, could you switch to Claude",
            "could you, please, switch to Claude",
            "could you please, can you, switch to Claude",
            "would you kindly let us switch to Claude",
            "I was wondering if you could switch to Claude",
            "could we maybe do this with Claude from now on",
            "bring Claude into this chat",
            "let Claude take over the conversation",
            "switch - to Claude",
        ],
    )
    def test_there_are_many_ways_to_ask(self, read: Reader, text: str) -> None:
        found = read(text)
        assert found.kind == "switch"
        assert found.target is not None
        assert found.target.id == SONNET

    def test_a_word_of_politeness_may_stand_before_the_task(self, read: Reader) -> None:
        intent = read("have Claude please draw a fjord")
        assert (intent.kind, intent.remainder) == ("once", "draw a fjord")

    @pytest.mark.parametrize(
        "text",
        [
            "ask Claude to the party",
            "ask Claude whether he is coming",
            "ask Claude again what he meant",
            "let Claude in the kitchen know",
            "use Claude the red one",
            "move the chair towards Claude",
            "something cheaper, please",
            "not Claude",
            "Can Claude open jars?",
            "switch to Claude:",
        ],
    )
    def test_what_speaks_of_something_else_is_left_alone(self, read: Reader, text: str) -> None:
        assert read(text).kind == "none"

    def test_a_favour_for_this_person_is_asked_for(self, read: Reader) -> None:
        assert read("Could Claude open this jar for me?").kind == "once"
        assert read("Could Claude, just this once, draw a fjord?").kind == "once"


class TestMoreNamesAndPersons:
    """ "Use X" is said of people and things too; what goes on about them is no command."""

    @pytest.mark.parametrize(
        "text",
        [
            "Claude and Anna",
            "use Claude and Anna",
            "ask Claude and Anna to tea",
            "ask Claude and Anna",
            "get Claude and Opus for the concert",
            "use r1 and r2 as resistors",
            "call Claude and tell him",
            "call Claude and tell her dinner is ready",
            "invite Claude, she likes it",
            "take Claude and they will thank you",
        ],
    )
    def test_they_are_left_alone(self, read: Reader, text: str) -> None:
        assert read(text).kind == "none"

    @pytest.mark.parametrize(
        ("text", "remainder"),
        [
            ("use Claude and draw a fjord", "draw a fjord"),
            ("use Claude and Write a limerick", "Write a limerick"),
            ("USE CLAUDE AND DRAW A FJORD", "DRAW A FJORD"),
            ("use Claude and name her a river", "name her a river"),
            ("switch to Claude and tell her story", "tell her story"),
        ],
    )
    def test_a_task_may_follow(self, read: Reader, text: str, remainder: str) -> None:
        intent = read(text)
        assert intent.kind in ("switch", "once")
        assert intent.remainder == remainder

    @pytest.mark.parametrize(
        "text",
        [
            "use something cheaper, like a bicycle",
            "use something cheaper like tofu",
            "use something cheaper for the roof",
            "take something lighter, such as linen",
            "give me something better than tea",
        ],
    )
    def test_a_description_may_be_of_anything(self, read: Reader, text: str) -> None:
        assert read(text).kind == "none"

    @pytest.mark.parametrize("text", ["use something cheaper", "use something cheaper, please"])
    def test_a_description_alone_is_of_a_model(self, read: Reader, text: str) -> None:
        assert read(text).kind == "switch"


class TestSeveralNames:
    @pytest.mark.parametrize(
        ("text", "candidates"),
        [
            ("switch to Claude or Opus", [SONNET, "claude-opus-4.1"]),
            ("switch to Claude or Opus or GPT-5", [SONNET, "claude-opus-4.1", "gpt-5"]),
            ("switch to Claude or Claude", [SONNET]),
            ("switch to Claude or GPT-9", [SONNET]),
            ("switch to Claude or a cheaper model", [SONNET]),
        ],
    )
    def test_a_choice_is_left_open(self, read: Reader, text: str, candidates: list[str]) -> None:
        intent = read(text)
        assert (intent.kind, intent.target, intent.remainder) == ("ambiguous", None, "")
        assert [card.id for card in intent.candidates] == candidates

    def test_a_first_name_that_is_not_there_is_told(self, read: Reader) -> None:
        assert read("switch to GPT-9 or Claude").kind == "unknown_model"

    @pytest.mark.parametrize(
        "text", ["use Claude or Opus as a name", "switch to Claude or Opus for the sofa"]
    )
    def test_what_goes_on_is_about_something_else(self, read: Reader, text: str) -> None:
        assert read(text).kind == "none"


class TestWhatTheClauseIsAbout:
    @pytest.mark.parametrize(
        ("text", "objection"),
        [
            ("switch to Claude or Opus at work", "it happens elsewhere"),
            ("/model claude at work", "it happens elsewhere"),
            ("switch to Claude;", "it configures or edits something"),
            ('swap "opus" for "claude"', "it configures or edits something"),
            ("use Claude, my neighbour", "a person is meant"),
            ("ask for Claude, our uncle.", "a person is meant"),
            ("ask Claude about his trip", "no task follows"),
            ("add GPT-5 through Claude", "several names, and more about them"),
            ("use a reasoning model and quantize it", "the model is worked on, not asked"),
            ("use a cheaper model to label photos", "a model may be used for many things"),
        ],
    )
    def test_places_settings_and_persons_are_told_apart(
        self, registry: Registry, text: str, objection: str
    ) -> None:
        told = explain(text, registry)
        assert told.intent.kind == "none"
        assert any(veto.endswith(objection) for veto in told.vetoes), told.vetoes

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("@claude is this right", "once"),
            ("@claude were these the last ones", "once"),
            ("@claude need a rhyme", "once"),
            ("@claude posted this?", "once"),
            ("@gemini posted this", "none"),
            ("@claude is my uncle", "none"),
            ("@claude and @gemini", "none"),
        ],
    )
    def test_a_mention_speaks_to_a_model_not_about_it(
        self, read: Reader, text: str, kind: str
    ) -> None:
        assert read(text).kind == kind

    def test_a_described_model_may_be_asked(self, read: Reader) -> None:
        intent = read("ask a cheaper model to name a river")
        assert (intent.kind, intent.remainder) == ("once", "name a river")

    def test_a_question_about_a_model_that_is_not_there_is_left_alone(self, read: Reader) -> None:
        assert read("are you GPT-5?").kind == "which"
        assert read("are you GPT-9?").kind == "none"


class TestTasksWithAnAside:
    """ "... using X" at the end of a task."""

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("Describe a fjord using Claude", "once"),
            ("Describe a fjord, using Claude.", "once"),
            ("Describe a fjord (via Claude please)", "once"),
            ("Describe a fjord via OpenAI", "none"),
            ("Describe a fjord using Claude or not", "none"),
            ("My uncle wrote a novel using Claude", "none"),
            ("Describe a * b using Claude", "none"),
            ("Make an app using Claude", "none"),
            ("Name the risks of using Claude", "none"),
            ("Compare a fjord with Claude", "none"),
            ("If it rains, describe a fjord using Claude", "none"),
            ("One. Two. Three. Four. Describe a fjord using Claude", "none"),
            ("using Claude", "none"),
        ],
    )
    def test_only_a_task_can_have_one(self, read: Reader, text: str, kind: str) -> None:
        assert read(text).kind == kind


class TestHowClearASentenceMustBe:
    @pytest.mark.parametrize(("symbol", "clarity"), [*NEEDED.items(), (NOUN, 1)])
    def test_each_symbol_has_its_row(self, symbol: str, clarity: int) -> None:
        assert needed(Item(symbol, 0, 1)) == clarity

    def test_a_name_needs_least(self) -> None:
        assert min(NEEDED, key=lambda symbol: NEEDED[symbol]) == KNOWN

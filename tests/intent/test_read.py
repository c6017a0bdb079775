"""Reading a part of a message: its sentences, and the commands in them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fourthwall.intent import Intent, explain
from fourthwall.intent._lexicon import load_lexicon
from fourthwall.intent._names import compile_names
from fourthwall.intent._read import read_part
from fourthwall.intent._tokens import fold_case
from fourthwall.registry import Registry

Reader = Callable[..., Intent]
SONNET = "claude-sonnet-4.5"


@pytest.fixture(scope="module")
def sentences(registry: Registry) -> Callable[[str], list[tuple[str, list[str]]]]:
    """Return the sentences of a text, each with the kinds of the commands in it."""
    lexicon = load_lexicon("en")
    names = compile_names(registry, lexicon)

    def sentences(text: str) -> list[tuple[str, list[str]]]:
        read = read_part(text, fold_case(text), 0, len(text), names, lexicon, None)
        return [(text[s.start : s.end].strip(), [c.kind for c in found]) for s, found in read]

    return sentences


class TestSentences:
    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            ("", []),
            ("One", ["One"]),
            ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
            ("One\nTwo", ["One", "Two"]),
            ("Wait... what?!", ["Wait...", "what?!"]),
            ("Version 2.5 of it.", ["Version 2.5 of it."]),
            ("See example.org there", ["See example.org there"]),
        ],
    )
    def test_marks_and_lines_end_them(
        self,
        sentences: Callable[[str], list[tuple[str, list[str]]]],
        text: str,
        parts: list[str],
    ) -> None:
        assert [part for part, _ in sentences(text)] == parts

    def test_each_has_its_commands(
        self, sentences: Callable[[str], list[tuple[str, list[str]]]]
    ) -> None:
        text = "Name a river. Switch to Claude. Actually, switch to Opus."
        assert [kinds for _, kinds in sentences(text)] == [[], ["switch"], ["switch"]]

    def test_a_very_long_one_has_none(self, read: Reader) -> None:
        assert read("Switch to Claude and count " + "one two " * 50).kind == "none"


class TestClauses:
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
            "I would like the conversation to go on with Claude",
        ],
    )
    def test_there_are_many_ways_to_ask(self, read: Reader, text: str) -> None:
        found = read(text)
        assert found.kind == "switch"
        assert found.target is not None
        assert found.target.id == SONNET

    @pytest.mark.parametrize(
        "text",
        [
            "I wish to be served by Claude",
            "ask Claude to the party",
            "ask Claude whether he is coming",
            "ask Claude again what he meant",
            "let Claude in the kitchen know",
            "use Claude the red one",
            "move the chair towards Claude",
            "something cheaper, please",
            "not Claude",
        ],
    )
    def test_what_speaks_of_something_else_is_left_alone(self, read: Reader, text: str) -> None:
        assert read(text).kind == "none"

    def test_a_word_of_politeness_may_stand_before_the_task(self, read: Reader) -> None:
        intent = read("have Claude please draw a fjord")
        assert (intent.kind, intent.remainder) == ("once", "draw a fjord")

    @pytest.mark.parametrize(
        "text",
        [
            "tell me again please what model it is that answers me here",
            "so which one of the models is it that replies now",
        ],
    )
    def test_a_question_about_the_model_may_be_roundabout(self, read: Reader, text: str) -> None:
        assert read(text).kind == "which"

    def test_asking_whether_it_can_be_done_is_no_request(self, read: Reader) -> None:
        assert read("are you able to move this conversation over to Claude").kind == "none"

    def test_a_quoted_name_is_a_name(self, read: Reader) -> None:
        assert read("switch to `claude`").kind == "switch"
        assert read('switch to "the red one"').kind == "none"
        assert read('switch to "Claude or tea"').kind == "none"


class TestTasksWithAnAside:
    """ "... using X" at the end of a task."""

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("Describe a fjord using Claude", "once"),
            ("Describe a fjord, using Claude.", "once"),
            ("Describe a fjord via OpenAI", "none"),
            ("Describe a fjord using Claude or not", "none"),
            ("My uncle wrote a novel using Claude", "none"),
            ("Describe a * b using Claude", "none"),
            ("Make an app using Claude", "none"),
            ("If it rains, describe a fjord using Claude", "none"),
            ("One. Two. Three. Four. Describe a fjord using Claude", "none"),
            ("using Claude", "none"),
        ],
    )
    def test_only_a_task_can_have_one(self, read: Reader, text: str, kind: str) -> None:
        assert read(text).kind == kind


class TestDescriptions:
    @pytest.mark.parametrize(
        ("text", "target"),
        [
            ("use the cheap model, not the reasoning one", "gpt-4o-mini"),
            ("switch to Anthropic's Opus", "claude-opus-4.1"),
            ("use whatever Claude you have", SONNET),
            ("switch to good old Claude", SONNET),
            ("switch to the Opus model", "claude-opus-4.1"),
            ("use the fast Gemini model, not the reasoning one", "gemini-2.5-flash"),
            ("switch to something made by Google", "gemini-2.5-pro"),
        ],
    )
    def test_a_model_may_be_described(self, read: Reader, text: str, target: str) -> None:
        found = read(text).target
        assert found is not None
        assert found.id == target


class TestEvidence:
    @pytest.mark.parametrize(
        "text",
        [
            "try that again with Opus",
            "which model is this?",
            "what models can I use?",
            "tell me again please what model it is that answers me here",
            "Describe a fjord using Claude",
            "could we maybe do this with Claude from now on",
            "put the same question to Claude for me",
            "I want to hear Claude on the same question",
        ],
    )
    def test_what_fits_is_noted(self, registry: Registry, text: str) -> None:
        told = explain(text, registry)
        assert told.matched
        assert told.intent.kind == told.matched[-1].split(":")[0]

    @pytest.mark.parametrize(
        "text",
        [
            "I wish to be served by Claude",
            "Is it possible to go back to the default model?",
            "Make an app using Claude",
            "Never mind the rain: switch to Claude",
            "have Claude 3 times",
            "have Claude to please",
            "is it possible for this chat to go on with Claude",
            "use whatever Vicuna you have",
            "Which model is this, and who made the bicycle?",
            "We cannot move this to Claude",
            "move Claude",
            "if it rains move this conversation over to Claude",
        ],
    )
    def test_what_does_not_is_noted_too(self, registry: Registry, text: str) -> None:
        told = explain(text, registry)
        assert told.intent.kind == "none"
        assert told.vetoes

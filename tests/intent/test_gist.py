"""What a sentence means by its words, where none of the lexicon fits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fourthwall.intent import Intent, explain
from fourthwall.intent._clauses import ClauseReader
from fourthwall.intent._command import Command
from fourthwall.intent._evidence import Evidence
from fourthwall.intent._gist import GistReader
from fourthwall.intent._lexicon import Lexicon
from fourthwall.intent._sentences import Sentence
from fourthwall.registry import Registry

Reader = Callable[..., Intent]
Cutter = Callable[..., list[Sentence]]
Finder = Callable[..., list[Command]]
SONNET = "claude-sonnet-4.5"


@pytest.fixture
def gist(sentences: Cutter, lexicon: Lexicon) -> Finder:
    """Return what a text of one sentence comes to, whether or not the lexicon has it."""

    def gist(text: str, evidence: Evidence | None = None) -> list[Command]:
        (sentence,) = sentences(text)
        clauses = ClauseReader(text, lexicon, None)
        return GistReader(lexicon, clauses, evidence).commands(sentence.line)

    return gist


def kinds(commands: list[Command]) -> list[str]:
    return [command.kind for command in commands]


class TestWishes:
    @pytest.mark.parametrize(
        "text",
        [
            "I want the rest of this conversation to go on with Claude",
            "we would like this thread to go on with Claude",
            "wrap up this session with Claude",
            "end this session on Claude",
            "bring us from this model to Claude",
            "I want this chat to go to Claude for good",
            "let me finish this with Claude",
            "Would you mind if we moved this conversation to Claude",
            "let's continue this with Claude from now on",
            "I would like the conversation to go on with Claude",
            "so, well, move the rest of our chat on over to Claude",
            "Rivers are long, I want this chat to go on with Claude",
        ],
    )
    def test_an_order_or_a_wish_about_the_conversation_means_a_switch(
        self, gist: Finder, read: Reader, text: str
    ) -> None:
        assert kinds(gist(text)) == ["switch"]
        intent = read(text)
        assert intent.kind == "switch"
        assert intent.target is not None
        assert intent.target.id == SONNET

    @pytest.mark.parametrize(
        "text",
        [
            "bring the rest of this chat from this model over to Claude",
            "bring from this model over to Claude the rest of this chat",
            "bring over to Claude the rest of this chat from this model",
        ],
    )
    def test_the_order_of_the_words_is_free(self, gist: Finder, text: str) -> None:
        assert kinds(gist(text)) == ["switch"]

    @pytest.mark.parametrize(
        ("text", "strange"),
        [
            ("I want the bread to go to Claude for good", "bread"),
            ("we would like this thread knitted with Opus", "knitted"),
            ("wrap up this parcel with Gemini", "parcel"),
            ("I want to go with Claude to the sea", "sea"),
            ("let us put this conversation on Claude's table", "table"),
            ("I want to move closer to Claude", "closer"),
            ("move the bicycle to Claude from now on", "bicycle"),
            ("please put the model on Claude's shelf", "shelf"),
        ],
    )
    def test_one_strange_word_is_enough(
        self, gist: Finder, read: Reader, text: str, strange: str
    ) -> None:
        evidence = Evidence()
        assert gist(text, evidence) == []
        assert f"also speaks of {strange}" in evidence.vetoes[-1]
        assert read(text).kind == "none"

    @pytest.mark.parametrize(
        "text",
        [
            "wrap up with Gemini",
            "finish with Claude",
            "I need some time with Claude",
            "I want another turn with Claude",
            "I want the wheel from Claude",
            "I want to have a chat with Claude",
            "I'd rather have the next part with Claude",
            "move Claude",
        ],
    )
    def test_something_must_say_that_the_conversation_is_meant(
        self, gist: Finder, read: Reader, text: str
    ) -> None:
        evidence = Evidence()
        assert gist(text, evidence) == []
        assert "nothing says that the conversation is meant" in evidence.vetoes[-1]
        assert read(text).kind == "none"

    @pytest.mark.parametrize(
        ("text", "guard"),
        [
            ("don't move the rest of this chat over to Claude now", "negation"),
            ("I want this chat to never go on with Claude", "negation"),
            ("move the rest of this to Claude, she said", "report"),
            ("she said I want this chat to go on with Claude", "report"),
            ("when can this chat go on with Claude", "condition"),
            ("where do I move this chat so that it goes to Claude", "howto"),
            ("I want her chat to go on with Claude", "other_person"),
            ("I want this chat or another to go on with Claude", "compare"),
            ("I want to talk about Claude", "compare"),
        ],
    )
    def test_guards_speak_against_it(
        self, gist: Finder, read: Reader, text: str, guard: str
    ) -> None:
        evidence = Evidence()
        assert gist(text, evidence) == []
        assert guard in evidence.vetoes[-1]
        assert read(text).kind == "none"

    @pytest.mark.parametrize(
        "text",
        [
            "I'd like to go to Claude at work",
            "please use Claude for this chat at work",
            "take this chat at home to Claude",
            "I want to talk with Claude in the office",
            "at work I want to talk with Claude",
            "we use Claude at work",
            "we move this chat to Claude on our team",
        ],
    )
    def test_what_happens_elsewhere_is_not_asked_for_here(
        self, gist: Finder, read: Reader, text: str
    ) -> None:
        assert gist(text) == []
        assert read(text).kind == "none"

    @pytest.mark.parametrize(
        "text",
        [
            "this chat goes on with Claude",
            "we work with Claude",
            "I like Claude a lot",
            "are you able to move this conversation over to Claude",
            "is it possible for this chat to go on with Claude",
            "would it be nice if this chat went to Claude",
        ],
    )
    def test_only_orders_requests_and_wishes_are_read(
        self, gist: Finder, read: Reader, text: str
    ) -> None:
        assert gist(text) == []
        assert read(text).kind == "none"

    @pytest.mark.parametrize(
        "text",
        [
            "move this chat to Claude from Opus",
            "move this chat to someone else",
            "please move this chat to Claude:",
        ],
    )
    def test_exactly_one_name_stands_in_it_and_ends_no_heading(
        self, gist: Finder, text: str
    ) -> None:
        assert gist(text) == []

    @pytest.mark.parametrize("text", ["set model.switch to Claude", "move this.chat to Claude"])
    def test_code_is_no_order(self, read: Reader, text: str) -> None:
        assert read(text).kind == "none"

    def test_a_description_must_say_that_a_model_is_meant(self, gist: Finder, read: Reader) -> None:
        text = "for the rest of this I want to be talking with something cheaper"
        evidence = Evidence()
        assert gist(text, evidence) == []
        assert "nothing says that a model is meant" in evidence.vetoes[-1]
        assert kinds(gist(text.replace("something cheaper", "a cheaper model"))) == ["switch"]
        assert read(text).kind == "none"

    def test_it_says_for_how_long(self, gist: Finder) -> None:
        (staying,) = gist("let's continue this with Claude from now on")
        assert (staying.stay, staying.once, staying.open) == (True, False, False)
        (passing,) = gist("move us from this model to Claude for this question")
        assert (passing.stay, passing.once) == (False, True)

    def test_it_takes_the_clause_around_the_name(self, gist: Finder) -> None:
        text = "Rivers are long, I want this chat to go on with Claude - the sea is deep"
        (command,) = gist(text)
        assert text[command.start : command.end] == "I want this chat to go on with Claude"
        assert command.item is not None
        assert text[command.item.start : command.item.end] == "Claude"


class TestAskingAgain:
    @pytest.mark.parametrize(
        "text",
        [
            "do the same thing again but let me have it from Opus",
            "I want to hear Opus on the same question",
            "please let me have another answer by Opus",
            "put the same question to Opus for me",
        ],
    )
    def test_the_last_question_asked_again_is_a_retry(self, gist: Finder, text: str) -> None:
        assert kinds(gist(text)) == ["retry"]

    @pytest.mark.parametrize(
        "text",
        ["I'd like that same poem again from Opus", "show me the same goat again with Opus"],
    )
    def test_one_strange_word_is_enough(self, gist: Finder, read: Reader, text: str) -> None:
        assert gist(text) == []
        assert read(text).kind == "none"


class TestQuestions:
    @pytest.mark.parametrize(
        "text",
        [
            "so the model that I am talking to right now is which one exactly",
            "curious who it is that is replying here, which model",
            "with which model is it that I talk in this moment, please",
            "tell me again please what model it is that answers me here",
            "so which one of the models is it that replies now",
            "is it Claude that is talking right now",
            "is Claude still the one that answers now?",
            "has Claude been answering?",
            "who is answering, Claude or Opus",
        ],
    )
    def test_who_answers_may_be_asked_in_any_words(
        self, gist: Finder, read: Reader, text: str
    ) -> None:
        assert kinds(gist(text)) == ["which"]
        assert (read(text).kind, read(text).target) == ("which", None)

    @pytest.mark.parametrize(
        "text",
        [
            "of the models here, which have I got to choose from",
            "the models that you offer, tell me all of them please",
            "tell me what other models there are to go between",
            "are there any other models that I could go to",
            "can you show me which other models there are",
            "which of the other models could I switch to by the way",
        ],
    )
    def test_so_may_what_there_is(self, gist: Finder, read: Reader, text: str) -> None:
        assert kinds(gist(text)) == ["list"]
        assert read(text).kind == "list"

    @pytest.mark.parametrize(
        "text",
        [
            "which of the models is best for poems",
            "who in this family is a model",
            "which model did my sister pick",
            "what models do bakeries use",
            "models of the universe, which are there",
            "which model trains run here",
            "name some models of aircraft I could use",
            "do you have models for children",
            "tell me about the models, which is best",
            "who wrote this message",
            "who is Claude",
        ],
    )
    def test_one_strange_word_is_enough(self, gist: Finder, read: Reader, text: str) -> None:
        assert gist(text) == []
        assert read(text).kind == "none"

    @pytest.mark.parametrize(
        "text", ["what is the model that answers here, `x`", '"which one" is the model I talk to']
    )
    def test_a_question_about_a_quotation_is_left_alone(
        self, gist: Finder, read: Reader, text: str
    ) -> None:
        assert gist(text) == []
        assert read(text).kind == "none"

    def test_a_long_sentence_asks_more(self, gist: Finder) -> None:
        text = "which model is the one I am talking to right now"
        assert kinds(gist("um " * 5 + text)) == ["which"]
        assert gist("um " * 6 + text) == []

    def test_the_whole_sentence_is_the_question(self, gist: Finder) -> None:
        text = "has Claude been answering?"
        (command,) = gist(text)
        assert (command.start, command.end, command.item) == (0, len(text), None)


def test_what_it_came_to_is_noted(registry: Registry) -> None:
    told = explain("wrap up this session with Claude", registry)
    assert told.matched == ("switch: 'wrap up this session with Claude' by its words",)

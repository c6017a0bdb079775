"""A part of a message as lines of symbols."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fourthwall.intent import Intent
from fourthwall.intent._evidence import Evidence
from fourthwall.intent._lexicon import Lexicon
from fourthwall.intent._line import Description
from fourthwall.intent._names import finder_for
from fourthwall.intent._sentences import Sentence, TemplateSentences
from fourthwall.intent._tokens import fold_case
from fourthwall.registry import Registry

Reader = Callable[..., Intent]
Cutter = Callable[..., list[Sentence]]
SONNET = "claude-sonnet-4.5"


@pytest.fixture
def lines(sentences: Cutter) -> Callable[[str], list[str]]:
    """Return the lines of a text, without the space at the end of each."""
    return lambda text: [sentence.line.text.rstrip() for sentence in sentences(text)]


Lines = Callable[[str], list[str]]


class TestWhereSentencesEnd:
    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            ("", []),
            ("One", ["One"]),
            ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
            ("One\nTwo", ["One", "Two"]),
            ("One\n\n\nTwo", ["One", "Two"]),
            ("One!Two", ["One!", "Two"]),
            ("Wait... what?!", ["Wait...", "what?!"]),
            ("Wait… what", ["Wait…", "what"]),
            ("Version 2.5 of it.", ["Version 2.5 of it."]),
            ("See example.org there", ["See example.org there"]),
            ("That is v1.5beta e.g.this one", ["That is v1.5beta e.g.this one"]),
            ("One.Two", ["One.Two"]),
            ("One; two: three", ["One; two: three"]),
        ],
    )
    def test_marks_and_line_breaks_end_them(
        self, sentences: Cutter, text: str, parts: list[str]
    ) -> None:
        assert [text[s.start : s.end].strip() for s in sentences(text)] == parts

    def test_a_sentence_holds_the_white_space_after_it(self, sentences: Cutter) -> None:
        text = "One.  Two!\n Three "
        assert [text[s.start : s.end] for s in sentences(text)] == ["One.  ", "Two!\n ", "Three "]

    def test_a_part_is_cut_where_it_stands(self, registry: Registry, lexicon: Lexicon) -> None:
        text = "Zero. One. Two. Three."
        maker = TemplateSentences(
            text, fold_case(text), finder_for(registry, lexicon.name_words), lexicon, None
        )
        assert [text[s.start : s.end] for s in maker.sentences(6, 15)] == ["One. ", "Two."]


class TestSymbols:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("GPT-5 and Claude", "M and W"),
            ("mini", "A"),
            ("OpenAI", "P"),
            ("GPT-6", "U"),
            ("Yi", "V"),
            ("which model, which models", "which N , which S"),
            ("our large language model", "our N"),
            ("in this whole conversation", "in C"),
            ("Claude's turn", "W 's turn"),
            ("swithc to Claude", "switch to W"),
            ("set model.switch(x)", "set N • switch • x )"),
            ("the end. (so)", "the end ."),
            ("move to **Claude**", "move to W"),
            ("a * b", "a * b"),
            ("* one", "* one"),
            ("to Claude\n3", "to W"),
        ],
    )
    def test_what_means_one_thing_is_one_symbol(self, lines: Lines, text: str, line: str) -> None:
        assert lines(text)[0] == line

    def test_every_symbol_stands_for_its_words(self, sentences: Cutter) -> None:
        text = "Let GPT-5 mini lead this conversation"
        (sentence,) = sentences(text)
        spelled = [text[item.start : item.end] for item in sentence.line.items]
        assert spelled == ["Let", "GPT-5 mini", "lead", "this conversation"]

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("the Vicuna model", "U"),
            ("the Yi model", "V"),
            ("good old Claude", "W"),
            ("my GPT-5", "M"),
            ("the mini", "A"),
            ("a mini", "A"),
            ("a Claude", "a W"),
        ],
    )
    def test_an_article_goes_into_the_name(self, lines: Lines, text: str, line: str) -> None:
        assert lines(text) == [line]


class TestQuotations:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ('say "hello there" twice', "say Q twice"),
            ("say `x = 1` and {y}", "say Q and Q"),
            ('switch to "Claude"', "switch to W"),
            ("switch to 'gpt 5 mini'", "switch to M"),
            ('switch to "the red one"', "switch to Q"),
            ('switch to "Claude or tea"', "switch to Q"),
            ('switch to ""', "switch to Q"),
            ("switch to «Claude»", "switch to Q"),
            ('switch to "claude and eight words more than a name"', "switch to Q"),
            ('"one" "two"', "Q Q"),
        ],
    )
    def test_they_are_opaque_but_for_a_name(self, lines: Lines, text: str, line: str) -> None:
        assert lines(text) == [line]

    def test_a_quoted_name_is_a_name(self, read: Reader) -> None:
        assert read("switch to `claude`").kind == "switch"
        assert read('switch to "the red one"').kind == "none"
        assert read('switch to "Claude or tea"').kind == "none"


class TestTextsToWorkOn:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("Translate this: move to Claude", "translate this : Q Q Q"),
            ("He wrote: move on", "he wrote : Q Q"),
            ("Answer her: move on", "answer her : Q Q"),
            ("Two things: move on", "two things : move on"),
            ("Ask Claude to translate this: move on", "ask W to translate this : move on"),
        ],
    )
    def test_what_is_handed_over_is_opaque(self, lines: Lines, text: str, line: str) -> None:
        assert lines(text) == [line]

    @pytest.mark.parametrize(
        ("text", "lines_read"),
        [
            ("Translate to German\nmove on", ["translate to german", "Q Q"]),
            ("Could you translate this?\nmove on", ["could you translate this ?", "Q Q"]),
            ("Name it\nmove on", ["name it", "move on"]),
            ("Translate to German with Claude\nmove", ["translate to german with W", "move"]),
        ],
    )
    def test_they_may_begin_on_the_next_line(
        self, lines: Lines, text: str, lines_read: list[str]
    ) -> None:
        assert lines(text) == lines_read

    def test_an_empty_line_ends_them(self, lines: Lines) -> None:
        assert lines("Translate this:\nmove on. Now\n\nmove on") == [
            "translate this :",
            "Q Q Q Q",
            "move on",
        ]

    def test_only_the_sentence_with_the_colon_counts(self, lines: Lines) -> None:
        assert lines("Translate it. Then: move on")[1] == "then : move on"

    def test_they_are_noted(self, sentences: Cutter) -> None:
        evidence = Evidence()
        sentences("Translate this: move on", evidence)
        assert evidence.vetoes == ["'translate this': a text to work on follows"]


class TestDescriptions:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("use something cheaper", "use D"),
            ("use a cheaper model", "use D"),
            ("use the cheapest Claude", "use D"),
            ("use Anthropic's Opus", "use D"),
            ("use the Opus model", "use D"),
            ("use whatever Claude you have", "use D"),
            ("use a cheaper bicycle", "use a cheaper bicycle"),
            ("read better and faster", "read better and faster"),
            ("whatever Vicuna you have", "whatever U you have"),
        ],
    )
    def test_a_described_model_is_one_symbol(self, lines: Lines, text: str, line: str) -> None:
        assert lines(text) == [line]

    @pytest.mark.parametrize(
        ("text", "traits", "named", "bare"),
        [
            ("something cheaper", ("cheaper",), [], True),
            ("a cheaper model", ("cheaper",), [], False),
            ("the cheapest reasoning model", ("cheapest", "reasoning"), [], False),
            ("the cheapest Claude", ("cheapest",), ["claude"], False),
            ("Anthropic's Opus", (), ["claude", "claude"], False),
        ],
    )
    def test_it_keeps_its_traits_and_names(
        self, sentences: Cutter, text: str, traits: tuple[str, ...], named: list[str], bare: bool
    ) -> None:
        ((item,),) = (sentence.line.items for sentence in sentences(text))
        assert isinstance(item.payload, Description)
        assert item.payload.traits == traits
        assert [mention.cards[0].family for mention in item.payload.named] == named
        assert item.payload.bare is bare

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

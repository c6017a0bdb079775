"""Laws of parsing: what holds for every text."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import assume, example, given
from hypothesis import strategies as st

from fourthwall.intent import Intent, explain, parse
from fourthwall.intent._tokens import fold_case, tokenize, tokenize_roles
from fourthwall.intent._view import view_of
from fourthwall.intent._zones import opaque_zones
from fourthwall.registry import ModelCard, Registry

REGISTRY = Registry(
    [
        ModelCard(
            id="gpt-5",
            provider="openai",
            family="gpt",
            family_default=True,
            price_in=1.0,
            price_out=10.0,
            vision=True,
            released="2025-08-07",
        ),
        ModelCard(
            id="gpt-4o-mini",
            provider="openai",
            family="gpt",
            aliases=("4o mini",),
            price_in=0.1,
            price_out=0.5,
            released="2024-07-18",
        ),
        ModelCard(
            id="claude-sonnet-4.5",
            provider="anthropic",
            family="claude",
            tier="sonnet",
            family_default=True,
            vision=True,
            price_in=3.0,
            price_out=15.0,
            released="2025-09-29",
        ),
        ModelCard(
            id="claude-opus-4.1", provider="anthropic", family="claude", tier="opus", vision=True
        ),
        ModelCard(id="deepseek-r1", provider="deepseek", family="deepseek", aliases=("r1",)),
        ModelCard(id="gpt-4", provider="openai", retires="2026-01-01", replaced_by="gpt-5"),
    ],
    as_of="2026-11-22",
    guarded=("claude", "opus", "sonnet", "mini", "r1"),
)
ACTIVE = "claude-sonnet-4.5"

FRAGMENTS = (
    *("switch", "to", "use", "ask", "have", "let", "the", "model", "models", "which", "what"),
    *("back", "undo", "default", "cheaper", "something", "newest", "please", "no", "wait", "not"),
    *("actually", "never mind", "don't", "and", "then", "or", "but", "with", "using", "again"),
    *("from now on", "just this once", "write a poem", "tell me", "she said", "if", "how"),
    *("Claude", "GPT-5", "gpt-4", "4o mini", "Opus", "r1", "OpenAI", "GPT-9", "Vicuna", "mini"),
    *("four", "point", "3.7", "5", "'s", ".", "!", "?", "…", ",", ";", ":", "–", "-", "(", ")"),
    *('"', "'", "`", "```", "~~~", ">", "<", "<b>", "</b>", "{", "}", "@", "/", "#", "//"),
    *("\n", "\n\n", "    ", "\t", " ", "", "x@y.org", "https://x.org", "“", "”", "«", "»"),
    *("İ", "ß", "²", "٣", "\u202e", "\u200b", "\ud800", "🦙", "模型", "نموذج", "Ｃｌａｕｄｅ"),
)
spaces = st.sampled_from(["", " ", " ", " ", "  ", "\n"])
broken_commands = st.lists(st.tuples(st.sampled_from(FRAGMENTS), spaces), max_size=14).map(
    lambda pieces: "".join(word + space for word, space in pieces)
)
any_text = st.text(st.characters(exclude_categories=()), max_size=60)
texts = st.one_of(broken_commands, any_text, st.tuples(broken_commands, any_text).map("".join))
long_texts = st.tuples(texts, st.integers(0, 60), texts).map(
    lambda parts: f"{parts[0]}{'The sea is deep. ' * parts[1]}{parts[2]}"
)

NAMES = ("Claude", "GPT-5", "gpt 4o mini", "Opus", "deepseek r1", "GPT-4", "GPT-9", "mini")
PLAIN = (
    *("switch to {}", "use {} instead", "change to {}", "let's use {} from now on"),
    *("I'd like to talk to {}", "can we switch to {}", "try that again with {}"),
    *("switch back", "undo that switch", "go back to the default model", "change the model"),
    "use something cheaper",
)
commands = st.builds(str.format, st.sampled_from(PLAIN), st.sampled_from(NAMES))
questions = st.sampled_from(["which model is this", "what models can I use"])

ORDINARY = (
    "The sea is deep.",
    "Name three rivers in Spain.",
    "How do bees find their way home?",
    "My neighbour plays the violin.",
    "What is the capital of Peru?",
    "I need a title for my essay.",
    "Bread rises because of yeast!",
    "Why is the sky blue?",
    "It rained all week.",
    "Write two lines about autumn.",
)
ordinary = st.sampled_from(ORDINARY)


def asked(text: str) -> Intent:
    return parse(text, REGISTRY, active=ACTIVE)


def meaning(text: str) -> tuple[str, str | None]:
    intent = asked(text)
    return intent.kind, intent.target.id if intent.target else None


@given(long_texts)
@example("\ud800")
@example("²")
@example("switch to ²")
@example("gpt ٣")
def test_no_text_makes_parsing_fail(text: str) -> None:
    """Law: every text has an intent, and one without a command is left whole."""
    intent = asked(text)
    if intent.kind == "none":
        assert intent == Intent(kind="none", remainder=text, confidence=intent.confidence)


@given(long_texts)
def test_spans_lie_in_the_text(text: str) -> None:
    """Law: every span is half-open, inside the text, and the spans follow one another."""
    intent = asked(text)
    edges = [edge for span in intent.spans for edge in span]
    assert edges == sorted(edges)
    for start, end in (intent.span, *intent.spans):
        assert 0 <= start <= end <= len(text)


@given(long_texts)
def test_the_remainder_is_the_text_without_its_spans(text: str) -> None:
    """Law: nothing is invented, moved or respelled.

    A question about models leaves nothing to answer, whatever stands around it.
    """
    intent = asked(text)
    assume(intent.kind not in ("which", "list"))
    kept = []
    position = 0
    for start, end in intent.spans:
        kept.append(text[position:start])
        position = end
    whole = "".join([*kept, text[position:]])
    assert intent.remainder == (whole if intent.kind == "none" else whole.strip())


@given(long_texts)
def test_only_a_command_says_more_than_its_text(text: str) -> None:
    """Law: a target only for what goes to a model, candidates only where there is none."""
    intent = asked(text)
    assert (intent.target is not None) == (intent.kind in ("switch", "once", "retry"))
    assert not (intent.candidates and intent.target)
    assert 0.0 <= intent.confidence <= 1.0
    assert intent.target is None or not REGISTRY.is_retired(intent.target)
    assert intent.named in text


@given(long_texts)
def test_parsing_again_gives_the_same(text: str) -> None:
    """Law: an intent is a function of the text."""
    assert asked(text) == asked(text)


@given(long_texts)
def test_explaining_reads_as_parsing_does(text: str) -> None:
    """Law: taking notes changes nothing."""
    told = explain(text, REGISTRY, active=ACTIVE)
    assert told.intent == asked(text)
    assert told.awake or told.intent.kind == "none"


@given(texts)
def test_tokens_are_the_text_without_white_space(text: str) -> None:
    """Law: tokens know their place, don't overlap, and lose nothing that can be seen."""
    low = fold_case(text)
    assert len(low) == len(text)
    position = 0
    for token in tokenize(low):
        assert low[position : token.start].strip() == ""
        assert low[token.start : token.end] == token.word
        position = token.end
    assert low[position:].strip() == ""


@given(texts)
def test_zones_follow_one_another(text: str) -> None:
    """Law: what is quoted is found once, in order, and is never empty."""
    position = 0
    for start, end in opaque_zones(text):
        assert position <= start < end <= len(text)
        position = end


@given(
    st.one_of(commands, questions),
    st.sampled_from([str.upper, str.lower, str.title, str.capitalize]),
    st.sampled_from(["", ".", "!", "...", "…", "!!", " .", "?"]),
    st.sampled_from(["", "please ", "Please, ", "hey, ", "ok, "]),
    st.sampled_from(["", " please", ", please", " pls", ", thanks"]),
    st.integers(1, 3),
)
def test_case_punctuation_spaces_and_politeness_change_nothing(
    command: str,
    spelled: object,
    mark: str,
    before: str,
    after: str,
    width: int,
) -> None:
    """Law: how a command is dressed doesn't change what it asks.

    "Please" on one side only: nobody begs twice.
    """
    assume(not (before.lower().startswith("please") and after))
    assert callable(spelled)
    dressed = spelled(f"{before}{command}{after}{mark}").replace(" ", " " * width)
    assert meaning(dressed) == meaning(command)


@given(st.one_of(commands, questions))
def test_a_plain_command_is_one(command: str) -> None:
    """Law (of the samples): every sentence asks for something."""
    assert asked(command).kind != "none"


@given(st.one_of(commands, questions), st.sampled_from(['"{}"', "“{}”", "`{}`", "```\n{}\n```"]))
def test_a_quoted_command_is_none(command: str, quotation: str) -> None:
    """Law: what stands in quotation marks or in code isn't said."""
    assert meaning(quotation.format(command)) == ("none", None)


@given(commands, ordinary, st.sampled_from([" ", "\n", "\n\n"]))
def test_an_ordinary_sentence_around_it_changes_nothing(
    command: str, sentence: str, space: str
) -> None:
    """Law: a command is one wherever it stands, and the sentence is left to answer.

    Not for questions about models, which stand alone: next to anything else they may be about
    that ("Which model is this? The bicycle has no name on it.").
    """
    for text in (f"{command}.{space}{sentence}", f"{sentence}{space}{command}."):
        assert meaning(text) == meaning(command)
        assert asked(text).remainder == sentence


@given(ordinary, ordinary)
def test_ordinary_sentences_are_left_alone(first: str, second: str) -> None:
    """Law (of the samples): two messages without a command are none together."""
    assert meaning(f"{first} {second}") == ("none", None)


strangers = st.lists(
    st.text("qxzjvw", min_size=7, max_size=9), min_size=1, max_size=4, unique=True
).map(lambda ids: [ModelCard(id=f"{i}-77", provider=f"{i}corp", family=i) for i in ids])


@given(st.one_of(commands, questions, broken_commands), strangers)
def test_models_that_the_text_does_not_touch_change_nothing(
    text: str, cards: list[ModelCard]
) -> None:
    """Law: a registry may grow; who isn't named isn't meant.

    Only without a description: "something cheaper" chooses among all models, and these have
    no facts.
    """
    grown = REGISTRY.with_cards(cards)
    assert parse(text, grown, active=ACTIVE) == asked(text)


# -- fifteen languages, and what is read of a message -------------------------------------------

PLAIN_BY_LANGUAGE = {
    "en": "Switch to Claude",
    "es": "Usa Claude de ahora en adelante",
    "de": "Wechsle zu Claude",
    "fr": "Passe à Claude",
    "ja": "Claudeに切り替えて",
    "zh": "切换到Claude",
    "ru": "переключись на Claude",
    "tr": "Claude'a geç",
    "ar": "انتقل إلى Claude",
    "hi": "Claude पर स्विच करो",
    "ko": "Claude로 바꿔줘",
    "pl": "Przełącz na Claude",
    "nl": "Schakel over naar Claude",
    "it": "Passa a Claude",
    "pt": "Muda para o Claude",
}
plain = st.sampled_from(sorted(PLAIN_BY_LANGUAGE.values()))

STRANGE = (
    "ﬂ",
    "ﬁ",
    "\u200b",
    "\u200d",
    "\ufeff",
    "\u00ad",
    "\u0301",
    "e\u0308",
    "ـ",
    "\u093c",
    "™",
    "ǆ",
    "с",
)
strange_texts = st.lists(
    st.one_of(st.sampled_from((*STRANGE, *FRAGMENTS)), plain, spaces), max_size=12
).map("".join)
viewed_texts = st.tuples(
    strange_texts,
    st.sampled_from(["", " " * 1100, "The sea ﬂows. " * 90, "\n" * 1001]),
    strange_texts,
).map("".join)


@given(viewed_texts)
@example("Hi. Switch to Claude.\n" + " " * 1000)
def test_what_is_read_has_its_places_in_the_text(text: str) -> None:
    """Law: places follow one another inside the text, and the end is the end."""
    view = view_of(text)
    places = [view.place(position) for position in range(len(view.text) + 1)]
    assert places == sorted(places)
    assert places[-1] == len(text)
    assert places[0] >= 0
    for char, place in zip(view.text, places, strict=False):
        if char.isascii() and char != "\n" and text[place].isascii():
            assert char == text[place]


@given(viewed_texts)
def test_remainder_and_spans_are_the_text_whatever_is_in_it(text: str) -> None:
    """Law: what is cut out and what is left are pieces of the person's own text."""
    intent = asked(text)
    assume(intent.kind not in ("which", "list"))
    kept = []
    position = 0
    for start, end in intent.spans:
        assert position <= start <= end <= len(text)
        kept.append(text[position:start])
        position = end
    whole = "".join([*kept, text[position:]])
    assert intent.remainder == (whole if intent.kind == "none" else whole.strip())


@given(plain)
def test_a_plain_command_of_any_language_is_one(command: str) -> None:
    """Law (of the samples): each switches to the one model that it names."""
    assert meaning(command) == ("switch", ACTIVE)


@given(plain, st.sampled_from(['"{}"', "“{}”", "«{}»", "`{}`", "```\n{}\n```"]))
def test_a_quoted_command_of_any_language_is_none(command: str, quotation: str) -> None:
    """Law: what stands in quotation marks or in code isn't said."""
    assert meaning(quotation.format(command)) == ("none", None)


@given(
    plain,
    st.sampled_from([str.upper, str.lower, str.title, str.capitalize]),
    st.sampled_from(["", ".", "!", "...", "…", "!!", "。", "！"]),
    st.integers(1, 3),
)
def test_case_marks_and_spaces_change_nothing_in_any_language(
    command: str, spelled: Callable[[str], str], mark: str, width: int
) -> None:
    """Law: how a command is written doesn't change what it asks."""
    dressed = f"{spelled(command)}{mark}".replace(" ", " " * width)
    assert meaning(dressed) == meaning(command)


@given(plain, strangers)
def test_models_that_a_command_of_any_language_does_not_name_change_nothing(
    command: str, cards: list[ModelCard]
) -> None:
    """Law: a registry may grow; who isn't named isn't meant."""
    assert parse(command, REGISTRY.with_cards(cards), active=ACTIVE) == asked(command)


@given(strange_texts, st.integers(2, 40))
def test_tokens_grow_with_the_text_and_no_faster(text: str, times: int) -> None:
    """Law: a text said n times has n times the tokens."""
    low = f"{fold_case(text)}\n"
    for cut in (tokenize, tokenize_roles):
        assert len(cut(low * times)) == times * len(cut(low))


@given(plain, st.integers(1, 200))
def test_what_is_read_of_a_long_text_does_not_grow(command: str, times: int) -> None:
    """Law: of a long message no more is read than a bounded part."""
    text = f"{command}. {'The sea is deep. ' * (60 + times)}{command}."
    assert len(view_of(text).text) <= 1000
    assert len(tokenize_roles(fold_case(view_of(text).text))) == len(
        tokenize_roles(fold_case(view_of(f"{command}. {'The sea is deep. ' * 60}{command}.").text))
    )

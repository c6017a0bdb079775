"""Laws of the stages: the result does not depend on where the stream was cut; nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from fourthwall.chat import (
    ChatReply,
    ChatRequest,
    ContentDelta,
    Event,
    Finished,
    ReasoningDelta,
    Started,
    Switch,
    ToolCallDelta,
    Usage,
    UsageReported,
    fold_reply,
)
from fourthwall.conversation import Announcer
from fourthwall.registry import ModelCard, Registry
from fourthwall.stages import (
    FORMATS,
    ReasoningSplitter,
    estimate_tokens,
    run,
    standard_stages,
)

NAMES = (*FORMATS, "auto", "harmony")
HARMONY = (
    "<|start|>assistant",
    "<|channel|>analysis<|message|>",
    "<|channel|>final<|message|>",
    "<|channel|>commentary<|message|>",
    "<|end|>",
    "<|return|>",
)


def markers(name: str) -> list[str]:
    """All markers that a format knows, the kept ones included."""
    if name in ("auto", "harmony"):
        return [*HARMONY, *(m for other in FORMATS for m in markers(other) if name == "auto")]
    row = FORMATS[name]
    wrappers = [marker for pair in row.wrappers for marker in pair]
    return [*row.openings, *row.closings, *row.implicit_ends, *wrappers]


@st.composite
def replies(draw: st.DrawFn) -> tuple[str, str]:
    """A format and a text made of its markers, pieces of them and what may stand around."""
    name = draw(st.sampled_from(NAMES))
    known = markers(name) or ["<think>"]
    marker = st.sampled_from(known)
    cut = st.builds(lambda m, end: m[: end % len(m)], marker, st.integers(0, 40))
    around = st.sampled_from(
        ["\n", "\r\n", " ", "  \n ", "a", "Hi", "<", "<think>", "🙂", "\ud83d"]
    )
    return name, "".join(draw(st.lists(st.one_of(marker, cut, around), max_size=10)))


def merged(pieces: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    assert all(text for _, text in pieces)
    return [(kind, "".join(t for _, t in g)) for kind, g in groupby(pieces, lambda p: p[0])]


def split(name: str, *chunks: str) -> list[tuple[str, str]]:
    splitter = ReasoningSplitter(name)
    pieces = [piece for chunk in chunks for piece in splitter.feed(chunk)]
    return merged([*pieces, *splitter.finish()])


def cut_at(text: str, cuts: Sequence[int]) -> list[str]:
    places = [0, *sorted(c % (len(text) + 1) for c in cuts), len(text)]
    return [text[a:b] for a, b in pairwise(places)]


@settings(max_examples=500)
@given(replies(), st.lists(st.integers(0, 1000), max_size=6))
@example(("think", "<think>a</think>\n\n<think>b</think>c<think>"), [])
def test_split_does_not_depend_on_where_the_text_is_cut(
    reply: tuple[str, str], cuts: list[int]
) -> None:
    """Law: any chunking of the same text gives the same parts, for every format."""
    name, text = reply
    assert split(name, text) == split(name, *text) == split(name, *cut_at(text, cuts))


@settings(max_examples=300)
@given(replies())
def test_only_markers_and_line_breaks_are_dropped(reply: tuple[str, str]) -> None:
    """Law: what comes out is what went in, less markers and line breaks."""
    name, text = reply
    out = "".join(piece for _, piece in split(name, text))
    known = markers(name)
    reached = {0: {0}}  # how far in the input -> how far in the output
    for at in range(len(text)):
        for done in reached.get(at, ()):
            if done < len(out) and text[at] == out[done]:
                reached.setdefault(at + 1, set()).add(done + 1)
            if text[at] in "\r\n":
                reached.setdefault(at + 1, set()).add(done)
            for marker in known:
                if text.startswith(marker, at):
                    reached.setdefault(at + len(marker), set()).add(done)
    assert len(out) in reached[len(text)]


@given(replies())
def test_only_the_beginning_of_a_marker_is_held_back(reply: tuple[str, str]) -> None:
    """Law: what finish gives is line breaks, then at most the beginning of a marker."""
    name, text = reply
    splitter = ReasoningSplitter(name)
    splitter.feed(text)
    for _, held in splitter.finish():
        rest = held.lstrip("\r\n")
        assert not rest or any(m.startswith(rest) and m != rest for m in markers(name))


@given(st.text(st.characters()), st.lists(st.integers(0, 1000), max_size=4))
def test_text_without_markers_is_content_as_it_is(text: str, cuts: list[int]) -> None:
    """Law: ``none`` changes nothing at all, and ``auto`` nothing in text that opens no thought."""
    expected = [("content", text)] if text else []
    assert split("none", *cut_at(text, cuts)) == expected
    assert split("auto", *cut_at("x" + text, cuts)) == [("content", "x" + text)]


REGISTRY = Registry(
    [
        ModelCard(id="a", provider="p", name="Model A"),
        ModelCard(id="b", provider="p", price_in=1.0, price_out=2.0, reasoning_format="think"),
        ModelCard(id="c", provider="p", reasoning_format="think-prefilled"),
    ],
    as_of="2026-11-22",
)
REQUEST = ChatRequest(messages=({"role": "user", "content": "Hello"},))
SWITCH = Switch(kind="switch", from_model="a", to_model="b")


def staged(events: Sequence[Event], *, in_content: bool) -> ChatReply:
    stages = standard_stages(REGISTRY, REQUEST, switch=SWITCH, in_content=in_content)
    return fold_reply(run(stages, events))


usages = st.builds(Usage, prompt_tokens=st.integers(1, 99), completion_tokens=st.integers(0, 99))


@given(
    replies(),
    st.lists(st.integers(0, 1000), max_size=6),
    st.sampled_from([Started("b", "p"), Started("c", "p", failover_from="b")]),
    st.lists(usages, max_size=2),
    st.booleans(),
    st.booleans(),
)
def test_a_stream_folds_to_the_same_reply_however_it_was_cut(
    reply: tuple[str, str],
    cuts: list[int],
    started: Started,
    reported: list[Usage],
    calls: bool,
    in_content: bool,
) -> None:
    """Law: the reply is the fold of the staged stream, and doesn't depend on the deltas."""
    _, text = reply
    tail: list[Event] = [ToolCallDelta(0, "id", "tool", "{}")] if calls else []
    tail += [*map(UsageReported, reported), Finished("stop")]
    whole = staged([started, ContentDelta(text), *tail], in_content=in_content)
    pieces = map(ContentDelta, cut_at(text, cuts))
    assert staged([started, *pieces, *tail], in_content=in_content) == whole
    # Exactly one report, with the provider's figures where it gave some.
    assert whole.usage is not None
    assert whole.usage.estimated == (not reported)
    if reported:
        assert whole.usage.prompt_tokens == sum(u.prompt_tokens for u in reported)
    # What a plain client stores is undone by the announcer.
    bare = staged([started, ContentDelta(text), *tail], in_content=False)
    if in_content:
        announced, answer = Announcer(REGISTRY).strip(whole.text)
        assert announced is not None
        assert (announced.to_model, answer) == (started.model, bare.text)


@given(st.text(st.characters()), st.text(st.characters()))
def test_estimates_grow_with_the_text(one: str, other: str) -> None:
    """Law: more text is never fewer tokens; cutting a text costs at most a token a piece."""
    both = estimate_tokens(one + other)
    assert max(estimate_tokens(one), estimate_tokens(other)) <= both
    assert both <= estimate_tokens(one) + estimate_tokens(other) <= both + 1
    assert (estimate_tokens(one) == 0) == (one == "")


@given(st.lists(st.sampled_from(["<think>", "</think>", "word", "\n"]), max_size=8))
def test_structured_reasoning_keeps_the_text_as_it_is(texts: list[str]) -> None:
    """Law: once the provider has told reasoning apart, the text is not searched for tags."""
    events: list[Event] = [Started("b", "p"), ReasoningDelta("thought")]
    events += map(ContentDelta, texts)
    assert staged(events, in_content=False).text == "".join(texts)

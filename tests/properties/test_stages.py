"""Laws of the stages: the result does not depend on where the stream was cut; nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
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
from fourthwall.stages import estimate_tokens, run, standard_stages

MARKERS = ("<think>", "</think>", "<|channel|>analysis<|message|>", "<|end|>")
texts = st.lists(
    st.one_of(
        st.sampled_from(MARKERS),
        st.builds(lambda marker, end: marker[:end], st.sampled_from(MARKERS), st.integers(1, 9)),
        st.sampled_from(["\n", "\r\n", " ", "  \n ", "a", "Hi", "<", "🙂", "\ud83d"]),
    ),
    max_size=10,
).map("".join)


def cut_at(text: str, cuts: Sequence[int]) -> list[str]:
    places = [0, *sorted(c % (len(text) + 1) for c in cuts), len(text)]
    return [text[a:b] for a, b in pairwise(places)]


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


# As many tokens as the text may have: a report of less, before the last text, isn't believed.
usages = st.builds(Usage, prompt_tokens=st.integers(1, 99), completion_tokens=st.integers(99, 199))


@given(
    texts,
    st.lists(st.integers(0, 1000), max_size=6),
    st.sampled_from([Started("b", "p"), Started("c", "p", failover_from="b")]),
    st.lists(usages, max_size=2),
    st.booleans(),
    st.booleans(),
)
def test_a_stream_folds_to_the_same_reply_however_it_was_cut(
    text: str,
    cuts: list[int],
    started: Started,
    reported: list[Usage],
    calls: bool,
    in_content: bool,
) -> None:
    """Law: the reply is the fold of the staged stream, and doesn't depend on the deltas."""
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

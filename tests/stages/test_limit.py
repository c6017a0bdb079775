"""The bound of the visible answer of a model that thinks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourthwall.chat import (
    ChatRequest,
    ContentDelta,
    Event,
    Finished,
    ReasoningDelta,
    Started,
    ToolCallDelta,
    Usage,
    UsageReported,
    fold_reply,
)
from fourthwall.registry import ModelCard
from fourthwall.stages import LimitStage, Pipeline, estimate_tokens, run

CARDS = {
    card.id: card
    for card in (
        ModelCard(id="thinks", provider="p", reasoning=True),
        ModelCard(id="doesn't", provider="p", reasoning=False),
        ModelCard(id="unknown", provider="p"),
        ModelCard(id="o3", provider="openai"),
        ModelCard(id="gpt-5.1", provider="openai", reasoning=True),
    )
}
STOP = Finished("stop")
LENGTH = Finished("length")


def stage(max_tokens: int | None = 2, **about: Any) -> LimitStage:
    messages = ({"role": "user", "content": "Count."},)
    return LimitStage(CARDS.get, ChatRequest(messages=messages, max_tokens=max_tokens, **about))


def limited(*events: Event, model: str = "thinks", **about: Any) -> list[Event]:
    return list(run([stage(**about)], [Started(model, "p"), *events]))[1:]


def test_an_answer_within_the_bound_passes_as_it_is() -> None:
    events = (ReasoningDelta("x" * 99), ContentDelta("12345678"), ContentDelta(""), STOP)
    assert limited(*events) == list(events)


def test_a_longer_one_is_cut_and_ended() -> None:
    events = (ContentDelta("12345"), ContentDelta("6789"), ContentDelta("10"), STOP)
    assert limited(*events) == [ContentDelta("12345"), ContentDelta("678"), LENGTH]


def test_nothing_is_left_of_a_piece_that_begins_past_the_bound() -> None:
    assert limited(ContentDelta("12345678"), ContentDelta("9"), STOP) == [
        ContentDelta("12345678"),
        LENGTH,
    ]


def test_what_was_used_still_passes() -> None:
    report = UsageReported(Usage(completion_tokens=9))
    events = (ContentDelta("123456789"), ReasoningDelta("hm"), ToolCallDelta(0, "c"), report, STOP)
    assert limited(*events) == [ContentDelta("12345678"), LENGTH, report]


def test_it_says_that_the_answer_is_over() -> None:
    pipeline = Pipeline([stage()])
    pipeline.feed(Started("thinks", "p"))
    pipeline.feed(ContentDelta("12345678"))
    assert not pipeline.is_over
    pipeline.feed(ContentDelta("9"))
    assert pipeline.is_over


def test_calls_arent_cut() -> None:
    call = ToolCallDelta(0, "c", "f", "x" * 99)
    assert limited(call, STOP) == [call, STOP]
    assert limited(call, ContentDelta("123456789"), ContentDelta("0"), call, STOP) == [
        call,
        ContentDelta("12345678"),
        call,
        STOP,
    ]


@pytest.mark.parametrize(
    ("model", "about", "is_cut"),
    [
        ("thinks", {}, True),
        ("thinks", {"max_tokens": None}, False),
        ("thinks", {"reasoning_effort": "none"}, False),
        ("thinks", {"reasoning_effort": "low"}, True),
        ("doesn't", {}, False),
        ("unknown", {}, False),
        ("nobody", {}, False),
        ("o3", {"reasoning_effort": "none"}, True),  # can't stop thinking
        ("gpt-5.1", {}, False),  # thinks if it is asked to
        ("gpt-5.1", {"reasoning_effort": "high"}, True),
        ("gpt-5.1", {"extra": {"reasoning": {"enabled": True}}}, True),
        ("gpt-5.1", {"extra": {"thinking_budget": 1024}}, True),
        ("thinks", {"extra": {"thinking": {"type": "disabled"}}}, False),
        ("thinks", {"extra": {"reasoning": {"effort": "none"}}}, False),
        ("thinks", {"extra": {"enable_thinking": False}}, False),
    ],
)
def test_only_a_model_that_may_think_is_bounded_here(
    model: str, about: dict[str, Any], is_cut: bool
) -> None:
    out = limited(ContentDelta("123456789"), STOP, model=model, **about)
    assert (out[-1] == LENGTH) == is_cut


@given(
    st.lists(st.text(st.sampled_from("ab é你🙂"), max_size=9), max_size=9),
    st.integers(1, 12),
)
def test_the_result_doesnt_depend_on_where_the_stream_was_cut(pieces: list[str], most: int) -> None:
    """Law: any chunking gives the same text and the same end, and never more than the bound."""
    text = "".join(pieces)
    cut = fold_reply(limited(*map(ContentDelta, pieces), STOP, max_tokens=most))
    whole = fold_reply(limited(ContentDelta(text), STOP, max_tokens=most))
    assert (cut.text, cut.finish_reason) == (whole.text, whole.finish_reason)
    assert text.startswith(cut.text)
    assert estimate_tokens(cut.text) <= most
    assert (cut.text == text) == (cut.finish_reason == "stop")

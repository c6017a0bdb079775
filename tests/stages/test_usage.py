from __future__ import annotations

import pytest

from fourthwall.chat import (
    ChatRequest,
    ContentDelta,
    Event,
    Finished,
    ReasoningDelta,
    Started,
    Switch,
    SwitchAnnounced,
    ToolCallDelta,
    Usage,
    UsageReported,
)
from fourthwall.registry import ModelCard
from fourthwall.stages import UsageStage, estimate_message_tokens, run

REQUEST = ChatRequest(messages=({"role": "user", "content": "What is 2+2?"},))
CARDS = {
    "m": ModelCard(id="m", provider="p", price_in=1.0, price_out=2.0, price_cached_in=0.5),
    "unpriced": ModelCard(id="unpriced", provider="p"),
}
STARTED, FINISHED = Started("m", "p"), Finished("stop")


def staged(*events: Event) -> list[Event]:
    return list(run([UsageStage(CARDS.get, REQUEST)], events))


def reported(*events: Event) -> UsageReported:
    """Return the one report."""
    (found,) = (event for event in staged(*events) if isinstance(event, UsageReported))
    return found


def test_reported_usage_is_priced_and_stands_before_the_end() -> None:
    usage = Usage(prompt_tokens=1000, completion_tokens=100, cached_tokens=400)
    out = staged(STARTED, ContentDelta("4"), UsageReported(usage), FINISHED)
    cost = 600 * 1_000 + 400 * 500 + 100 * 2_000
    assert out == [STARTED, ContentDelta("4"), UsageReported(usage, cost), FINISHED]


def test_order_is_the_same_if_usage_comes_last() -> None:
    report = UsageReported(Usage(prompt_tokens=1), 1)
    assert staged(STARTED, FINISHED, report) == [STARTED, report, FINISHED]


def test_pieces_add_up() -> None:
    first, second = Usage(prompt_tokens=1000), Usage(completion_tokens=10)
    assert reported(STARTED, UsageReported(first), UsageReported(second)) == UsageReported(
        first + second, 1000 * 1_000 + 10 * 2_000
    )


@pytest.mark.parametrize(
    ("first", "second", "cost"), [(1, 2, 3), (None, 2, 20_000), (1, None, 20_000)]
)
def test_costs_named_by_the_provider_are_kept_if_they_are_complete(
    first: int | None, second: int | None, cost: int
) -> None:
    usage = Usage(completion_tokens=5)
    reports = (UsageReported(usage, first), UsageReported(usage, second))
    assert reported(STARTED, *reports).cost_nanousd == cost


@pytest.mark.parametrize("model", ["unpriced", "not in the registry"])
def test_an_unknown_price_is_no_price(model: str) -> None:
    report = UsageReported(Usage(prompt_tokens=1))
    assert reported(Started(model, "p"), report).cost_nanousd is None
    assert reported(report).cost_nanousd is None


def test_the_model_that_answered_is_priced() -> None:
    report = UsageReported(Usage(prompt_tokens=1))
    started = Started("m", "p", failover_from="unpriced")
    assert reported(Started("unpriced", "p"), started, report).cost_nanousd == 1_000


@pytest.mark.parametrize("silence", [(), (UsageReported(Usage()),)])
def test_silence_is_estimated(silence: tuple[Event, ...]) -> None:
    out = reported(
        STARTED,
        ReasoningDelta("four ch"),
        ReasoningDelta("."),
        ContentDelta("It is 4."),
        ToolCallDelta(0, "id", "tool", '{"a"'),
        ToolCallDelta(0, arguments=": 1}"),
        *silence,
        FINISHED,
    )
    assert out.usage == Usage(
        prompt_tokens=estimate_message_tokens(REQUEST.messages),
        completion_tokens=2 + 5,
        reasoning_tokens=2,
        estimated=True,
    )
    assert out.cost_nanousd == out.usage.prompt_tokens * 1_000 + 7 * 2_000


def test_an_answer_that_breaks_off_is_estimated_too() -> None:
    assert reported(STARTED, ContentDelta("It")).usage.completion_tokens == 1


def test_a_report_of_the_prompt_alone_isnt_all_of_an_answer_that_was_cut_off() -> None:
    early = UsageReported(Usage(prompt_tokens=1000, completion_tokens=1))
    found = reported(STARTED, early, ReasoningDelta("x" * 40), ContentDelta("x" * 400), FINISHED)
    assert found.usage == Usage(
        prompt_tokens=1000, completion_tokens=110, reasoning_tokens=10, estimated=True
    )


def test_a_report_just_before_the_end_counts() -> None:
    usage = Usage(prompt_tokens=1000, completion_tokens=90)
    found = reported(STARTED, ContentDelta("x" * 400), UsageReported(usage), ContentDelta("."))
    assert found.usage == usage


def test_missing_reasoning_tokens_are_estimated_within_the_completion() -> None:
    usage = Usage(prompt_tokens=1, completion_tokens=3)
    thought = ReasoningDelta("one two ")
    assert reported(STARTED, thought, UsageReported(usage)).usage == Usage(
        prompt_tokens=1, completion_tokens=3, reasoning_tokens=2
    )
    long = reported(STARTED, ReasoningDelta("one " * 99), UsageReported(usage)).usage
    assert long.reasoning_tokens == 3


def test_given_reasoning_tokens_are_kept() -> None:
    usage = Usage(completion_tokens=9, reasoning_tokens=5)
    assert reported(STARTED, ReasoningDelta("one"), UsageReported(usage)).usage == usage


def test_without_a_model_nothing_is_reported() -> None:
    assert staged(ContentDelta("I am the engine."), FINISHED) == [
        ContentDelta("I am the engine."),
        FINISHED,
    ]


def test_other_events_pass() -> None:
    switch = Switch(kind="switch", from_model="a", to_model="b")
    assert staged(SwitchAnnounced("Switched.", switch)) == [SwitchAnnounced("Switched.", switch)]

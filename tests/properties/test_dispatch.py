"""Laws of dispatch: virtual time, no network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from fourthwall.backends import (
    Attempt,
    Backends,
    Outcome,
    RetryPolicy,
    ScriptedBackend,
    adispatch,
    dispatch,
)
from fourthwall.backends._dispatch import VERDICTS, Verdict, verdict_on
from fourthwall.chat import ChatRequest, ContentDelta, Event, Finished, ReasoningDelta, Started
from fourthwall.errors import (
    CredentialsError,
    DeadlineExceededError,
    FourthwallError,
    OverloadedError,
    RateLimitedError,
    RequestError,
    StreamInterruptedError,
)
from fourthwall.registry import ModelCard, Registry

REQUEST = ChatRequest(messages=({"role": "user", "content": "hi"},))
CARDS = (
    ModelCard(id="asked", provider="a", fallbacks=("second", "third")),
    ModelCard(id="second", provider="b"),
    ModelCard(id="third", provider="c"),
)
REGISTRY = Registry(CARDS, as_of="2026-01-01")


@dataclass
class VirtualTime:
    now_s: float = 0.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)


errors = st.one_of(
    st.builds(
        RateLimitedError,
        st.just("busy"),
        retry_after_s=st.none() | st.floats(0, 40, allow_nan=False),
    ),
    st.builds(OverloadedError, st.just("full")),
    st.builds(CredentialsError, st.just("no key")),
    st.builds(RequestError, st.just("wrong")),
    st.builds(
        DeadlineExceededError,
        st.just("late"),
        phase=st.sampled_from(["connect", "first_token", "total"]),
    ),
)
interrupted = st.builds(StreamInterruptedError, st.just("cut"), partial=st.just("par"))
shown = st.sampled_from([ContentDelta("par"), ReasoningDelta("hm")])
answers = st.one_of(
    st.just("whole"),
    st.tuples(shown, interrupted).map(list),
    st.tuples(st.just(ReasoningDelta("")), errors).map(list),  # nothing shown yet
)
scripts = st.lists(st.one_of(errors, answers), min_size=9, max_size=9)
policies = st.builds(
    RetryPolicy,
    attempts=st.integers(1, 3),
    deadline_s=st.floats(1, 60),
    failover=st.booleans(),
)
randoms = st.floats(0, 1, exclude_max=True)


def run(
    lists: list[list[object]], policy: RetryPolicy, random: float
) -> tuple[list[Event], FourthwallError | None, VirtualTime, list[ScriptedBackend]]:
    time = VirtualTime()
    backends = [ScriptedBackend(s, name=n) for s, n in zip(lists, "abc", strict=True)]  # type: ignore[arg-type] # drawn so
    events: list[Event] = []
    error = None
    try:
        events.extend(
            dispatch(
                CARDS[0],
                REQUEST,
                registry=REGISTRY,
                backends=Backends(backends),
                policy=policy,
                clock=time.clock,
                sleep=time.sleep,
                random=lambda: random,
            )
        )
    except FourthwallError as caught:
        error = caught
    return events, error, time, backends


worlds = st.lists(scripts, min_size=3, max_size=3)


@given(worlds, policies, randoms)
def test_there_is_an_answer_or_an_error_and_one_beginning(
    world: list[list[object]], policy: RetryPolicy, random: float
) -> None:
    """Law: whatever fails, the caller sees one `Started` first, or an error and nothing else."""
    events, error, _, _ = run(world, policy, random)
    assert sum(isinstance(event, Started) for event in events) == (1 if events else 0)
    if events:
        assert isinstance(events[0], Started)
    if error is None:
        assert isinstance(events[-1], Finished)


@given(worlds, policies, randoms)
def test_nothing_is_asked_again_after_the_first_token(
    world: list[list[object]], policy: RetryPolicy, random: float
) -> None:
    """Law: the call whose token was shown is the last call of all."""
    events, error, _, backends = run(world, policy, random)
    calls = [(b, n) for b in backends for n in range(len(b.calls))]
    if events:
        assert isinstance(events[0], Started)
        answered = next(b for b in backends if b.name == events[0].provider)
        assert answered.closed == len(answered.calls)
        later = backends[backends.index(answered) + 1 :]
        assert not any(b.calls for b in later)
        if error is not None:
            assert isinstance(error, StreamInterruptedError)
    assert all(b.closed == len(b.calls) for b, _ in calls)


@given(worlds, policies, randoms)
def test_patience_is_bounded(world: list[list[object]], policy: RetryPolicy, random: float) -> None:
    """Law: at most so many attempts a model, and no attempt begins after the deadline."""
    _, _, time, backends = run(world, policy, random)
    assert all(len(b.calls) <= policy.attempts for b in backends)
    assert time.now_s <= policy.deadline_s
    assert policy.failover or not any(b.calls for b in backends[1:])


@given(worlds, policies, randoms)
def test_failover_is_told(world: list[list[object]], policy: RetryPolicy, random: float) -> None:
    """Law: a fallback says for whom it stands in and why, the asked model doesn't."""
    events, _, _, _ = run(world, policy, random)
    for event in events[:1]:
        assert isinstance(event, Started)
        assert event.failover_from == (None if event.model == "asked" else "asked")
        assert (event.failover_reason is None) == (event.model == "asked")


@given(worlds, policies, randoms)
def test_both_faces_agree(world: list[list[object]], policy: RetryPolicy, random: float) -> None:
    """Law: sync and async code give the same events, errors and pauses."""
    events, error, time, _ = run(world, policy, random)
    atime = VirtualTime()
    abackends = [ScriptedBackend(s, name=n) for s, n in zip(world, "abc", strict=True)]  # type: ignore[arg-type] # drawn so

    async def collect() -> tuple[list[Event], FourthwallError | None]:
        got: list[Event] = []
        stream: AsyncIterator[Event] = adispatch(
            CARDS[0],
            REQUEST,
            registry=REGISTRY,
            backends=Backends(abackends),
            policy=policy,
            clock=atime.clock,
            sleep=atime.asleep,
            random=lambda: random,
        )
        try:
            async for event in stream:
                got.append(event)
        except FourthwallError as caught:
            return got, caught
        return got, None

    aevents, aerror = asyncio.run(collect())
    assert (aevents, type(aerror), atime.slept) == (events, type(error), time.slept)


@given(st.integers(1, 6), randoms)
def test_pauses_stay_within_a_growing_bound(number: int, random: float) -> None:
    """Law: the n-th pause is below 0.5 * 2^(n-1) seconds, and below 8."""
    policy = RetryPolicy(attempts=99)
    failed = Attempt(CARDS[0], number)
    again = policy.again(failed, Outcome(OverloadedError("full")), lambda: random)
    assert again is not None
    assert again.number == number + 1
    assert 0 <= again.after_s <= min(8.0, 0.5 * 2 ** (number - 1))


@given(st.floats(0, 20), randoms)
def test_retry_after_is_always_waited_for(asked_s: float, random: float) -> None:
    """Law: no attempt comes sooner than the provider asked for."""
    error = RateLimitedError("busy", retry_after_s=asked_s)
    again = RetryPolicy().again(Attempt(CARDS[0]), Outcome(error), lambda: random)
    assert again is not None
    assert again.after_s >= asked_s


def _all_classes(root: type[FourthwallError]) -> list[type[FourthwallError]]:
    return [root, *(c for sub in root.__subclasses__() for c in _all_classes(sub))]


def test_every_error_class_has_a_verdict() -> None:
    for cls in _all_classes(FourthwallError):
        assert any(base in VERDICTS for base in cls.__mro__)


def test_only_a_connect_deadline_is_worth_a_retry() -> None:
    assert verdict_on(DeadlineExceededError("x", phase="connect")) is Verdict.RETRY
    assert verdict_on(DeadlineExceededError("x", phase="first_token")) is Verdict.FAILOVER

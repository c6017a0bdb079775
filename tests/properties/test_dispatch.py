"""Laws of dispatch: virtual time, no network."""

from __future__ import annotations

import asyncio
import random as _random
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from fourthwall.backends import (
    Attempt,
    Backends,
    CircuitBreaker,
    CircuitState,
    Endpoint,
    Outcome,
    RetryPolicy,
    ScriptedBackend,
    adispatch,
    dispatch,
)
from fourthwall.backends._circuit import EFFECTS, Circuits, Permit
from fourthwall.backends._policy import (
    VERDICTS,
    Candidate,
    Pause,
    Show,
    Verdict,
    attempts,
    verdict_on,
)
from fourthwall.chat import ChatRequest, ContentDelta, Event, Finished, ReasoningDelta, Started
from fourthwall.errors import (
    ConnectionFailedError,
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
    st.builds(CredentialsError, st.just("no key"), status=st.sampled_from([None, 401, 403])),
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
    pause_s = policy.pause_s(number, OverloadedError("full"), 0.0, lambda: random)
    assert pause_s is not None
    assert 0 <= pause_s <= min(8.0, 0.5 * 2 ** (number - 1))


@given(st.floats(0, 20), randoms)
def test_retry_after_is_always_waited_for(asked_s: float, random: float) -> None:
    """Law: no attempt comes sooner than the provider asked for."""
    error = RateLimitedError("busy", retry_after_s=asked_s)
    pause_s = RetryPolicy().pause_s(1, error, 0.0, lambda: random)
    assert pause_s is not None
    assert pause_s >= asked_s


def _all_classes(root: type[FourthwallError]) -> list[type[FourthwallError]]:
    return [root, *(c for sub in root.__subclasses__() for c in _all_classes(sub))]


def test_every_error_class_has_a_verdict() -> None:
    for cls in _all_classes(FourthwallError):
        assert any(base in VERDICTS for base in cls.__mro__)
        assert any(base in EFFECTS for base in cls.__mro__)


def test_only_a_connect_deadline_is_worth_a_retry() -> None:
    assert verdict_on(DeadlineExceededError("x", phase="connect")) is Verdict.RETRY
    assert verdict_on(DeadlineExceededError("x", phase="first_token")) is Verdict.FAILOVER


# The policy in a world without backends ---------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What one attempt comes to: after so long a first token, or an error; then how it ends."""

    after_s: float
    error: FourthwallError | None = None
    ending: FourthwallError | None = None


def mixed_errors() -> st.SearchStrategy[FourthwallError]:
    faults = st.sampled_from([None, "signature", "media", "parameter:n"])
    return st.one_of(
        errors,
        st.builds(ConnectionFailedError, st.just("refused")),
        st.builds(lambda fault: RequestError("no", fault=fault), faults),
    )


times = st.sampled_from([0.0, 0.5, 1.0, 3.0, 30.0])
simulated = st.one_of(
    st.builds(Answer, times, mixed_errors()),
    st.builds(Answer, times, mixed_errors()),
    st.builds(Answer, times, ending=st.none() | interrupted),
)
hedged_policies = st.builds(
    RetryPolicy,
    attempts=st.integers(1, 3),
    deadline_s=st.floats(1, 60),
    hedge_after_s=st.none() | times,
    hedge_models=st.booleans(),
)
breakers = st.builds(
    CircuitBreaker,
    failures=st.integers(1, 4),
    cool_down_s=st.sampled_from([1.0, 10.0]),
    longest_s=st.sampled_from([10.0, 60.0]),
)
models = st.lists(st.integers(1, 3), min_size=1, max_size=3)
"""How many endpoints each model has."""


@dataclass
class World:
    """Drives the policy through some dispatches in a row, and notes what it does."""

    candidates: list[Candidate]
    policy: RetryPolicy
    answers: list[Answer]
    circuits: Circuits
    now_s: float = 1000.0
    asked: list[Attempt] = field(default_factory=list)
    met: list[tuple[Attempt, FourthwallError]] = field(default_factory=list)
    under_way: list[tuple[float, Attempt, Answer]] = field(default_factory=list)
    most_under_way: int = 0
    begun_s: list[float] = field(default_factory=list)
    steps: int = 0

    def dispatch(self) -> FourthwallError | None:
        """Run one dispatch; return the error that it ends with."""
        self.asked, self.met, self.under_way, began_s = [], [], [], self.now_s
        flow = attempts(
            self.candidates,
            self.policy,
            circuits=self.circuits,
            random=lambda: 0.5,
            began_s=began_s,
        )
        try:
            step = next(flow)
            while True:
                if isinstance(step, Attempt):
                    self.begun_s.append(self.now_s - began_s)
                self.steps += 1
                outcome = self._done(step)
                step = flow.send(
                    Outcome(outcome.error, self.now_s - began_s, outcome.attempt, outcome.pending)
                )
        except StopIteration:
            return None
        except FourthwallError as error:
            return error

    def _done(self, step: Attempt | Pause | Show) -> Outcome:
        match step:
            case Show(attempt):
                ending = next(a.ending for _, one, a in self.under_way if one is attempt)
                self.now_s += 1.0
                return Outcome(ending)
            case Attempt():
                self._check(step)
                answer = self.answers.pop() if self.answers else Answer(0.0)
                self.under_way.append((self.now_s + answer.after_s, step, answer))
                self.asked.append(step)
                self.most_under_way = max(self.most_under_way, len(self.under_way))
                return self._word(step.within_s)
            case Pause(seconds):
                return self._word(seconds)

    def _word(self, seconds: float | None) -> Outcome:
        """Let time pass until somebody has something to tell, or until it is enough."""
        until_s = None if seconds is None else self.now_s + seconds
        if not self.under_way or (until_s is not None and until_s < min(self.under_way)[0]):
            assert until_s is not None  # else it would wait forever
            self.now_s = until_s
            return Outcome(pending=True)
        first = min(self.under_way, key=lambda entry: entry[0])
        self.now_s = max(self.now_s, first[0])
        _, attempt, answer = first
        if answer.error is not None:
            self.under_way.remove(first)
            self.met.append((attempt, answer.error))
        return Outcome(answer.error, attempt=attempt)

    def _check(self, step: Attempt) -> None:
        """Nobody is asked who is left alone, and a half-open circuit by one at a time.

        But who won't have us is, where the asked model has met nothing else.
        """
        for row in self.circuits.report(self.now_s):
            if row.endpoint != step.endpoint.key or row.model not in (None, step.card.id):
                continue
            if row.last_error == CredentialsError.code and row.state is CircuitState.OPEN:
                others = [
                    error
                    for attempt, error in self.met
                    if attempt.card is self.candidates[0].card
                    and attempt.endpoint is not step.endpoint  # it may be asked again, mended
                ]
                assert all(isinstance(error, CredentialsError) for error in others)
            else:
                assert row.state in (CircuitState.CLOSED, CircuitState.HALF_OPEN)


def world_of(
    counts: list[int], policy: RetryPolicy, answers: list[Answer], breaker: CircuitBreaker | None
) -> World:
    found = [
        Candidate(CARDS[n], Endpoint(f"{CARDS[n].provider}#{i}", "p", ScriptedBackend([])))
        for n, count in enumerate(counts)
        for i in range(count)
    ]
    return World(found, policy, answers, Circuits(breaker))


worlds_of = st.builds(
    world_of,
    models,
    hedged_policies,
    st.lists(simulated, max_size=40),
    st.none() | breakers,
)


@given(worlds_of)
def test_every_dispatch_ends_in_an_answer_or_one_error(world: World) -> None:
    """Law: whatever happens, it ends; who is left alone isn't asked; nothing is kept of it."""
    for _ in range(4):
        error = world.dispatch()
        if error is None or isinstance(error, StreamInterruptedError):
            assert world.asked
        if not world.asked:
            assert isinstance(error, OverloadedError | RateLimitedError)
            assert error.provider is not None
            assert error.retry_after_s is not None
            assert error.retry_after_s > 0
        # Whoever was under way has given everything back: once all is cool, all may be asked.
        for card, endpoint in world.candidates:
            leave = world.circuits.admit(endpoint.key, card.id, world.now_s + 301.0)
            assert isinstance(leave, Permit)
            world.circuits.release(leave, world.now_s)


@given(worlds_of)
def test_attempts_are_bounded(world: World) -> None:
    """Law: each endpoint is asked so often, mending comes on top, and at most two at a time."""
    policy = world.policy
    for _ in range(3):
        world.dispatch()
        asked = [(attempt.card.id, attempt.endpoint.key) for attempt in world.asked]
        assert all(asked.count(one) <= policy.attempts + policy.repairs for one in asked)
        assert len(asked) <= len(world.candidates) * policy.attempts + policy.repairs
        bodies = [(a.card.id, a.endpoint.key, a.number, a.faults) for a in world.asked]
        assert len(set(bodies)) == len(bodies)  # never the same again but as a retry
    assert world.most_under_way <= (1 if policy.hedge_after_s is None else 2)


@given(worlds_of)
def test_the_order_of_the_candidates_is_kept(world: World) -> None:
    """Law: nobody is asked for the first time after somebody who comes later."""
    places = {c.endpoint.key: n for n, c in enumerate(world.candidates)}
    world.dispatch()
    first = [places[a.endpoint.key] for a in world.asked if a.number == 1 and not a.faults]
    assert first == sorted(first)


@given(worlds_of)
def test_no_attempt_begins_after_the_deadline(world: World) -> None:
    """Law: whoever is asked is asked before it; and nothing is waited for that leads nowhere."""
    world.dispatch()
    assert all(begun_s <= world.policy.deadline_s for begun_s in world.begun_s)
    assert world.steps <= 4 * len(world.asked) + 4


@given(breakers, st.lists(st.tuples(st.floats(0, 30), st.integers(0, 4)), max_size=60))
def test_a_circuit_lets_one_through_at_a_time_once_it_was_open(
    breaker: CircuitBreaker, history: list[tuple[float, int]]
) -> None:
    """Law: whatever becomes of those who ask, there is one probe at most, and an end to waiting."""
    circuits, now_s, held = Circuits(breaker), 0.0, list[Permit]()
    for step_s, what in history:
        now_s += step_s
        leave = circuits.admit("a", "m", now_s)
        if isinstance(leave, Permit):
            held.append(leave)
        else:
            assert 0 < leave.wait_s <= breaker.longest_s + 1e-6  # it rounds
        assert sum(bool(permit.probes) for permit in held) <= 1
        if held and what:
            permit = held.pop(0)
            outcomes = (OverloadedError("full"), ConnectionFailedError("no"), None)
            if what <= len(outcomes):
                circuits.settle(permit, outcomes[what - 1], now_s)
            else:
                circuits.release(permit, now_s)
    for permit in held:
        circuits.release(permit, now_s)
    assert isinstance(circuits.admit("a", "m", now_s + breaker.longest_s), Permit)


def test_many_threads_never_probe_at_the_same_time() -> None:
    """Law: of many threads one at a time has leave to ask a half-open endpoint."""
    circuits = Circuits(CircuitBreaker(failures=1, cool_down_s=0))
    first = circuits.admit("a", "m", 0.0)
    assert isinstance(first, Permit)
    circuits.settle(first, OverloadedError("full"), 0.0)
    line, probing, seen = threading.Barrier(6), threading.Lock(), list[bool]()

    def ask(seed: int) -> None:
        draw = _random.Random(seed)
        line.wait(5)
        for _ in range(300):
            leave = circuits.admit("a", "m", 1.0)
            if not isinstance(leave, Permit):
                continue
            alone = probing.acquire(blocking=False)
            seen.append(alone)
            if alone:
                probing.release()
            if draw.random() < 0.5:
                circuits.release(leave, 1.0)
            else:
                circuits.settle(leave, OverloadedError("full"), 1.0)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen
    assert all(seen)

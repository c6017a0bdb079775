"""Who is asked when: the decisions of dispatch, without I/O, clock or threads.

`attempts` is a generator that yields one `Step` after the other and is sent an `Outcome` for each;
whoever drives it decides nothing.  The rules:

- A model's endpoints are asked in turn, each as often as `RetryPolicy` says, then the fallbacks'.
- What an error before the first token leads to is a row of `VERDICTS`, found by its class.
- A refusal that `FAULTS` knows is mended: the same endpoint is asked once more, without what it
  refused.  Each time is a hole in a table of ours and is logged as one.
- An endpoint whose circuit is open is passed over (see `fourthwall.backends._circuit`).  One that
  won't have us (a wrong key, say) is asked all the same if there is nobody else.
- What a provider says of asking again (``x-should-retry``) counts for more than the class.
- If the policy hedges, the next endpoint is asked beside one that doesn't begin to answer.
- Whoever shows a first token has won: from there on nothing is asked again.

How long to wait and when to stop is said by tenacity's strategies, asked as plain functions.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final, NamedTuple, TypeAlias

from tenacity import Future, RetryCallState, Retrying
from tenacity.stop import stop_after_attempt, stop_before_delay
from tenacity.wait import wait_exponential

from fourthwall.backends._base import Backends, Endpoint
from fourthwall.backends._circuit import (
    Circuits,
    Effect,
    Permit,
    Refusal,
    check_number,
    effect_of,
)
from fourthwall.errors import (
    BackendFailedError,
    ConfigurationError,
    ContextTooLongError,
    CredentialsError,
    DeadlineExceededError,
    FourthwallError,
    NoBackendError,
    OverloadedError,
    PaymentError,
    RateLimitedError,
    RequestError,
    TryAgainError,
    UnsupportedError,
)
from fourthwall.registry import ModelCard, Registry

__all__ = [
    "VERDICTS",
    "Attempt",
    "Candidate",
    "Outcome",
    "Pause",
    "Policy",
    "RetryPolicy",
    "Show",
    "Step",
    "Verdict",
    "attempts",
    "candidates",
    "verdict_on",
]

_LOG: Final = logging.getLogger("fourthwall.backends")


class Verdict(Enum):
    """What an error before the first token leads to."""

    RETRY = "ask the same endpoint again, then the next one"
    RETRY_ONCE = "ask the same endpoint once more, then the next one"
    FAILOVER = "ask the next endpoint"
    RAISE = "tell the caller at once"


VERDICTS: Final[Mapping[type[FourthwallError], Verdict]] = {
    # Passing faults.  A model that let its deadline pass has cost the person that time already.
    TryAgainError: Verdict.RETRY,
    DeadlineExceededError: Verdict.FAILOVER,
    # This provider won't, whatever we send; another one may.
    CredentialsError: Verdict.FAILOVER,
    PaymentError: Verdict.FAILOVER,
    UnsupportedError: Verdict.FAILOVER,
    BackendFailedError: Verdict.FAILOVER,
    # The request or the set-up is wrong: it would fail alike everywhere, or the answer of another
    # model would hide the fault for good.
    RequestError: Verdict.RAISE,
    ContextTooLongError: Verdict.RAISE,
    ConfigurationError: Verdict.RAISE,
    NoBackendError: Verdict.RAISE,
    FourthwallError: Verdict.RAISE,
}
"""The verdict by class; the most specific class counts."""


def verdict_on(error: FourthwallError) -> Verdict:
    """Return what an error leads to."""
    if isinstance(error, DeadlineExceededError) and error.phase == "connect":
        return Verdict.RETRY  # cheap: the connect deadline is short
    verdict = next(VERDICTS[cls] for cls in type(error).__mro__ if cls in VERDICTS)
    match getattr(error, "should_retry", None), verdict:
        case False, Verdict.RETRY:
            return Verdict.FAILOVER
        case True, Verdict.FAILOVER:
            return Verdict.RETRY_ONCE
        case True, Verdict.RETRY if type(error) is TryAgainError:
            return Verdict.RETRY_ONCE  # a 4xx of which nothing else is known
    return verdict


class Candidate(NamedTuple):
    """A model and an endpoint where it can be asked."""

    card: ModelCard
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class Attempt:
    """Ask `card` at `endpoint`; say as soon as it shows its first token, or fails.

    Attributes:
        card: the model.
        endpoint: where it is asked.
        number: for the how-many-eth time there, from 1; mending doesn't count.
        failover_reason: the `code` of the error for which `card` stands in; None for the asked
            model.
        faults: what the request has to do without, see `ChatRequest.faults`.
        within_s: so many seconds later at the latest, say that nothing has come yet; None: wait
            for as long as it takes.
    """

    card: ModelCard
    endpoint: Endpoint
    number: int = 1
    failover_reason: str | None = None
    faults: frozenset[str] = frozenset()
    within_s: float | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait for so many seconds, or until an attempt under way has something to tell.

    `seconds` is None where only the latter can happen.
    """

    seconds: float | None


@dataclass(frozen=True, slots=True)
class Show:
    """Give the caller the answer of this attempt and close all others; say how it ended."""

    attempt: Attempt


Step: TypeAlias = Attempt | Pause | Show
"""What is to be done next."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step.

    Attributes:
        error: what an attempt met; None for its first token, and for an answer that came whole.
        elapsed_s: seconds since the policy began.
        attempt: whose it is; None for the one that the step was about.
        pending: nothing has happened but that time has passed.
    """

    error: FourthwallError | None = None
    elapsed_s: float = 0.0
    attempt: Attempt | None = None
    pending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How patient dispatch is.

    Attributes:
        attempts: how often each endpoint is asked at most, the first time included.
        wait: a tenacity wait strategy: the longest pause before the next attempt.  The pause is
            drawn between nothing and this ("full jitter"), so that many clients don't come back
            together.
        retry_after_cap_s: longest ``Retry-After`` that is waited for; a provider that asks for
            more is left for the next one.
        deadline_s: no attempt, of whichever model, begins later than this after the first one.
        failover: whether fallbacks are asked at all.
        repairs: how often in all a request is mended that a provider refused, see
            `fourthwall.backends.FAULTS`; 0 for never.
        hedge_after_s: if an endpoint has shown nothing after so many seconds, the next one is
            asked beside it; the first that shows a token wins, the other is closed.  None, the
            default, for never.  Hedging costs money: the loser has read the whole prompt, its
            provider bills it, and nobody tells us how much; no usage of it is reported.
        hedge_models: whether a fallback, too, may be asked beside the asked model, and not only
            another endpoint of the same one.

    Raises:
        ConfigurationError: a number is none, or is out of range; `wait` can't be called.
    """

    attempts: int = 3
    wait: Callable[[RetryCallState], float] = field(
        default_factory=lambda: wait_exponential(multiplier=0.5, max=8.0)
    )
    retry_after_cap_s: float = 20.0
    deadline_s: float = 240.0
    failover: bool = True
    repairs: int = 2
    hedge_after_s: float | None = None
    hedge_models: bool = False

    def __post_init__(self) -> None:
        least = {"attempts": 1, "retry_after_cap_s": 0, "deadline_s": 0, "repairs": 0}
        if self.hedge_after_s is not None:
            least["hedge_after_s"] = 0
        for name, bound in least.items():
            check_number(self, name, bound)
        if not callable(self.wait):
            raise ConfigurationError(
                f"RetryPolicy.wait must be a tenacity wait strategy, not {self.wait!r}",
                param="wait",
            )

    def pause_s(
        self, number: int, error: FourthwallError, elapsed_s: float, random: Callable[[], float]
    ) -> float | None:
        """Return the pause before the same endpoint is asked again; None if it isn't to be.

        Args:
            number: how often it was asked.
            error: what came of it the last time.
            elapsed_s: since the policy began.
            random: gives numbers from 0.0 up to 1.0.
        """
        asked_s = getattr(error, "retry_after_s", None) or 0.0
        if asked_s > self.retry_after_cap_s:
            return None
        state = _call_state(number, error, elapsed_s)
        state.upcoming_sleep = asked_s + self.wait(state) * random()
        stop = stop_after_attempt(self.attempts) | stop_before_delay(self.deadline_s)
        return None if stop(state) else state.upcoming_sleep


_NO_RETRYING: Final = Retrying()  # tenacity's states want to know theirs; no strategy asks it


def _call_state(number: int, error: FourthwallError, elapsed_s: float) -> RetryCallState:
    """Tell tenacity's strategies where we stand, by our own clock."""
    state = RetryCallState(_NO_RETRYING, None, (), {})
    state.start_time = 0.0
    state.attempt_number = number
    state.outcome_timestamp = elapsed_s
    state.outcome = Future(number)
    state.outcome.set_exception(error)
    return state


def candidates(
    card: ModelCard, registry: Registry, backends: Backends, *, failover: bool = True
) -> tuple[Candidate, ...]:
    """Return the endpoints of the model, then those of the fallbacks that can be reached.

    A retired fallback gives its replacement; one without a backend is left out.

    Raises:
        NoBackendError: the model itself has no backend.
    """
    cards = {card.id: card}
    for name in card.fallbacks if failover else ():
        if name in registry:
            fallback = registry.current(registry[name])
            if fallback in backends:
                cards.setdefault(fallback.id, fallback)
    return tuple(Candidate(c, e) for c in cards.values() for e in backends.endpoints(c))


Policy: TypeAlias = Generator[Step, Outcome, None]


def attempts(
    asked: Sequence[Candidate],
    policy: RetryPolicy,
    *,
    circuits: Circuits,
    random: Callable[[], float],
    began_s: float = 0.0,
    faults: frozenset[str] = frozenset(),
) -> Policy:
    """Decide what to do next: yield a `Step`, be sent its `Outcome`; end with a whole answer.

    An `Attempt` is answered when its first token or an error has come, from it or from another
    attempt under way; or when `Attempt.within_s` has passed.  A `Pause` is answered in the same
    way.  A `Show` is answered when the answer has come to its end.  Closing the generator gives
    everything back that it holds.

    Args:
        asked: who may be asked, best first, the asked model's endpoints before all others; at
            least one.
        policy: how patient to be.
        circuits: who is left alone at present.
        random: gives numbers from 0.0 up to 1.0.
        began_s: the time at the beginning, on the clock of `circuits`.
        faults: what the request does without from the start.

    Raises:
        FourthwallError: what the caller is told.  When all have failed it is the last error of
            the asked model, the most telling one for a person who wanted that model; what else
            happened stands in its ``__notes__``.  If the asked model is left alone wherever it
            could be asked, it is a `RateLimitedError` (after one) or an `OverloadedError`, which
            says until when.
    """
    course = _Course(tuple(asked), policy, circuits, random, began_s, faults)
    try:
        yield from course.run()
    finally:
        course.give_back()


_BARRING: Final = frozenset({Effect.BARRED, Effect.MODEL_BARRED})


@dataclass(slots=True, eq=False)
class _Lane:
    """One endpoint's turn: asked now, or to be asked when its time has come.

    `since_s` is when the turn began, `due_s` when it is asked next, and `permit` is held while
    the attempt is under way.  `anyway` it is asked even if its endpoint won't have us.
    """

    attempt: Attempt
    since_s: float
    due_s: float
    permit: Permit | None = None
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class _Refused:
    """An attempt that wasn't made, because its endpoint is left alone; `code` says after what."""

    attempt: Attempt
    error: TryAgainError
    code: str

    @classmethod
    def of(cls, attempt: Attempt, refusal: Refusal) -> _Refused:
        is_limited = refusal.last_error == RateLimitedError.code
        error = (RateLimitedError if is_limited else OverloadedError)(
            f"left alone for another {refusal.wait_s:.3g} s after {refusal.last_error}",
            retry_after_s=refusal.wait_s,
            provider=attempt.endpoint.provider,
            model=attempt.card.id,
        )
        return cls(attempt, error, refusal.last_error)


@dataclass(slots=True)
class _Course:
    """Where one dispatch stands.  Times are seconds since it began."""

    candidates: tuple[Candidate, ...]
    policy: RetryPolicy
    circuits: Circuits
    random: Callable[[], float]
    began_s: float
    first_faults: frozenset[str]
    elapsed_s: float = 0.0
    lanes: list[_Lane] = field(default_factory=list)
    failures: list[tuple[Attempt, FourthwallError]] = field(default_factory=list)
    refusals: list[_Refused] = field(default_factory=list)
    resting: list[_Refused] = field(default_factory=list)
    barred: list[_Refused] = field(default_factory=list)
    mended: dict[str, frozenset[str]] = field(default_factory=dict)
    repairs: int = 0
    fatal: FourthwallError | None = None
    _place: int = 0

    @property
    def _now_s(self) -> float:
        return self.began_s + self.elapsed_s

    @property
    def _asked(self) -> ModelCard:
        return self.candidates[0].card

    def run(self) -> Policy:
        while True:
            step = self._next_step()
            outcome = yield step
            self._pass_time(step, outcome)
            if outcome.pending:
                continue
            lane = self._lane_of(outcome.attempt or step)
            if outcome.error is None:
                yield from self._shown(lane)
                return
            self._failed(lane, outcome.error)

    def give_back(self) -> None:
        """Release what is held: nothing was learnt of those who are still under way."""
        for lane in self.lanes:
            self._release(lane)

    def _next_step(self) -> Step:
        for lane in list(self.lanes):
            if lane.permit is None and lane.due_s <= self.elapsed_s and self._begins(lane):
                return lane.attempt
        while self._may_ask_next():
            if self._begins(self._next_lane()):
                return self.lanes[-1].attempt
        if not self.lanes and self._asks_anyway():
            return self.lanes[-1].attempt
        if not self.lanes and not self._waits_for_rest():
            raise self._verdict()
        return Pause(self._until_s())

    def _pass_time(self, step: Step, outcome: Outcome) -> None:
        """Note the time; whoever waited for as long as they were told has waited long enough."""
        due_s = 0.0
        match step:
            case Attempt(within_s=float(seconds)) | Pause(float(seconds)) if outcome.pending:
                due_s = self.elapsed_s + seconds
        self.elapsed_s = max(self.elapsed_s, outcome.elapsed_s, due_s)

    def _lane_of(self, attempt: object) -> _Lane:
        return next(lane for lane in self.lanes if lane.attempt is attempt)

    # Who is asked next ------------------------------------------------------------------------

    def _has_next(self) -> bool:
        """Whether there is a candidate who hasn't been asked, and still may be."""
        if self.fatal is not None or self._place >= len(self.candidates):
            return False
        return self._place == 0 or self.elapsed_s < self.policy.deadline_s

    def _may_ask_next(self) -> bool:
        """Whether it is the next candidate's turn."""
        return self._has_next() and (not self.lanes or self._hedges_at_s() <= self.elapsed_s)

    def _hedges_at_s(self) -> float:
        """Return when the next candidate is asked beside the one whose turn it is."""
        after_s = self.policy.hedge_after_s
        if after_s is None or len(self.lanes) != 1 or not self._has_next():
            return math.inf
        card = self.candidates[self._place].card
        if card is not self.lanes[0].attempt.card and not self.policy.hedge_models:
            return math.inf
        at_s = self.lanes[0].since_s + after_s
        return at_s if at_s < self.policy.deadline_s else math.inf

    def _next_lane(self) -> _Lane:
        card, endpoint = self.candidates[self._place]
        self._place += 1
        attempt = Attempt(
            card,
            endpoint,
            failover_reason=None if card is self._asked else self._why_not_asked(),
            faults=self.mended.get(card.id, self.first_faults),
        )
        lane = _Lane(attempt, since_s=self.elapsed_s, due_s=self.elapsed_s)
        self.lanes.append(lane)
        return lane

    def _begins(self, lane: _Lane) -> bool:
        """Begin a lane's attempt; end its turn if the endpoint is left alone at present."""
        attempt = lane.attempt
        leave = self.circuits.admit(
            attempt.endpoint.key, attempt.card.id, self._now_s, anyway=lane.anyway
        )
        if isinstance(leave, Refusal):
            self.lanes.remove(lane)
            refused = _Refused.of(attempt, leave)
            self.refusals.append(refused)
            if leave.is_rest:
                self.resting.append(refused)
            elif leave.is_barred:
                self.barred.append(refused)
            return False
        lane.permit = leave
        lane.attempt = replace(attempt, within_s=self._until_s())
        return True

    def _asks_anyway(self) -> bool:
        """Ask who won't have us all the same, now that there is nobody else: that may be mended."""
        own = [error for attempt, error in self.failures if attempt.card is self._asked]
        if self.fatal is not None or not all(effect_of(error) in _BARRING for error in own):
            return False
        while self.barred and (not self.failures or self.elapsed_s < self.policy.deadline_s):
            refused = self.barred.pop(0)
            self.refusals.remove(refused)
            lane = _Lane(refused.attempt, self.elapsed_s, self.elapsed_s, anyway=True)
            self.lanes.append(lane)
            if self._begins(lane):
                return True
        return False

    def _waits_for_rest(self) -> bool:
        """Wait for an endpoint that asked for a little rest, now that there is nobody else."""
        while self.resting and self.fatal is None:
            refused = self.resting.pop(0)
            lane = _Lane(refused.attempt, self.elapsed_s, 0.0)
            # The attempt itself wasn't made: only those before it count.
            if self._waits(lane, refused.error, made=max(1, refused.attempt.number - 1)):
                return True
        return False

    def _asks_again(self, lane: _Lane, error: FourthwallError) -> None:
        """Let a lane wait for its next attempt, if the policy has the patience."""
        number = lane.attempt.number
        if self._waits(lane, error, made=number):
            lane.attempt = replace(lane.attempt, number=number + 1)

    def _waits(self, lane: _Lane, error: FourthwallError, *, made: int) -> bool:
        pause_s = self.policy.pause_s(made, error, self.elapsed_s, self.random)
        if pause_s is None:
            return False
        lane.due_s = self.elapsed_s + pause_s
        self.lanes.append(lane)
        return True

    def _until_s(self) -> float | None:
        """Return how long it is until something is to be done, whatever happens."""
        waiting = [lane.due_s for lane in self.lanes if lane.permit is None]
        at_s = min([*waiting, self._hedges_at_s()])
        return None if at_s == math.inf else max(0.0, at_s - self.elapsed_s)

    # What became of it ------------------------------------------------------------------------

    def _shown(self, lane: _Lane) -> Policy:
        for other in self.lanes:
            if other is not lane:
                self._release(other)
        self.lanes = [lane]
        step = Show(lane.attempt)
        outcome = yield step
        self._pass_time(step, outcome)
        self._settle(lane, outcome.error)
        if outcome.error is not None:
            raise outcome.error

    def _failed(self, lane: _Lane, error: FourthwallError) -> None:
        self._settle(lane, error)
        self.lanes.remove(lane)
        self.failures.append((lane.attempt, error))
        if self.fatal is not None or self._is_mended(lane, error):
            return
        match verdict_on(error):
            case Verdict.RETRY:
                self._asks_again(lane, error)
            case Verdict.RETRY_ONCE if lane.attempt.number == 1:
                self._asks_again(lane, error)
            case Verdict.RAISE:
                # Who is under way may still answer; nobody else is asked.
                self.fatal = error
                self.lanes = [other for other in self.lanes if other.permit is not None]

    def _is_mended(self, lane: _Lane, error: FourthwallError) -> bool:
        """Ask the same endpoint once more without what it refused, if that is known."""
        attempt = lane.attempt
        fault = getattr(error, "fault", None)
        if fault is None or fault in attempt.faults or self.repairs >= self.policy.repairs:
            return False
        if self.elapsed_s >= self.policy.deadline_s:
            return False
        self.repairs += 1
        _LOG.warning(
            "a hole in the table of %s: it refused a request to %s (%s); asking once more without",
            attempt.endpoint.provider,
            attempt.card.id,
            fault,
        )
        faults = attempt.faults | {fault}
        self.mended[attempt.card.id] = faults
        lane.attempt = replace(attempt, faults=faults)
        lane.due_s = self.elapsed_s
        self.lanes.append(lane)
        return True

    def _settle(self, lane: _Lane, error: FourthwallError | None) -> None:
        permit, lane.permit = lane.permit, None
        if permit is not None:
            self.circuits.settle(permit, error, self._now_s)

    def _release(self, lane: _Lane) -> None:
        permit, lane.permit = lane.permit, None
        if permit is not None:
            self.circuits.release(permit, self._now_s)

    # What the caller is told ------------------------------------------------------------------

    def _why_not_asked(self) -> str:
        """Return the `code` of the asked model's last error."""
        met = [error.code for attempt, error in self.failures if attempt.card is self._asked]
        told = [one.code for one in self.refusals if one.attempt.card is self._asked]
        # Neither: this is a hedge, the asked model hasn't begun to answer.
        return [DeadlineExceededError.code, *told, *met][-1]

    def _verdict(self) -> FourthwallError:
        own = [error for attempt, error in self.failures if attempt.card is self._asked]
        error = self.fatal or (own[-1] if own else self._all_left_alone())
        notes = [
            f"{self._named(attempt)}, attempt {attempt.number}: {type(other).__name__}: {other}"
            for attempt, other in self.failures
            if other is not error
        ]
        notes += [f"{self._named(one.attempt)}: {one.error}" for one in self.refusals]
        for note in notes:
            if note not in getattr(error, "__notes__", ()):
                error.add_note(note)
        return error

    def _named(self, attempt: Attempt) -> str:
        keys = {c.endpoint.key for c in self.candidates if c.card is attempt.card}
        where = f" at {attempt.endpoint.key}" if len(keys) > 1 else ""
        return f"{attempt.card.id}{where}"

    def _all_left_alone(self) -> TryAgainError:
        """Return the error of who serves the asked model soonest, for all of them."""
        own = [one for one in self.refusals if one.attempt.card is self._asked]
        soonest = min(own, key=lambda one: one.error.retry_after_s or 0.0)
        wait_s = min(one.error.retry_after_s or 0.0 for one in self.refusals)
        return type(soonest.error)(
            f"{self._asked.id!r} isn't asked at present: {soonest.error.provider} is "
            f"{soonest.error.message}",
            retry_after_s=wait_s,  # a fallback may be the first that can be asked again
            provider=soonest.error.provider,
            model=self._asked.id,
        )

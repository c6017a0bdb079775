"""Which model is asked when: retries, then fallbacks, never after the first token was shown.

`attempts` is the policy: a generator without I/O that yields an `Attempt` and is sent the
`Outcome`.  `dispatch` and `adispatch` carry it out; they decide nothing.  What an error leads to
is a row of `VERDICTS`, found by the error's class.  How long to wait and when to stop is said by
tenacity's strategies, asked as plain functions.
"""

from __future__ import annotations

import asyncio
import random as _random
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final, TypeAlias

from tenacity import Future, RetryCallState, Retrying
from tenacity.stop import stop_after_attempt, stop_before_delay
from tenacity.wait import wait_exponential

from fourthwall.backends._base import Backend, Backends, Timeouts, open_astream, open_stream
from fourthwall.chat import (
    REASONING_KEYS,
    ChatRequest,
    ContentDelta,
    Event,
    Finished,
    ReasoningDelta,
    Started,
    ToolCallDelta,
)
from fourthwall.errors import (
    BackendFailedError,
    ConfigurationError,
    ContextTooLongError,
    CredentialsError,
    DeadlineExceededError,
    FourthwallError,
    NoBackendError,
    PaymentError,
    RequestError,
    StreamInterruptedError,
    TryAgainError,
    UnsupportedError,
    UpstreamProtocolError,
)
from fourthwall.registry import ModelCard, Registry

__all__ = [
    "VERDICTS",
    "Attempt",
    "Outcome",
    "RetryPolicy",
    "Verdict",
    "adispatch",
    "attempts",
    "candidates",
    "dispatch",
    "verdict_on",
]


class Verdict(Enum):
    """What an error before the first token leads to."""

    RETRY = "ask the same model again, then the next one"
    FAILOVER = "ask the next model"
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
    return next(VERDICTS[cls] for cls in type(error).__mro__ if cls in VERDICTS)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Ask `card`, for the `number`-th time (from 1), after a pause of `after_s` seconds.

    `failover_reason` is the `code` of the error for which `card` stands in; None for the asked
    model.
    """

    card: ModelCard
    number: int = 1
    after_s: float = 0.0
    failover_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt.

    Attributes:
        error: None once the attempt has shown its first token: from there on it is its own.
        elapsed_s: seconds since the first attempt began.
    """

    error: FourthwallError | None = None
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How patient dispatch is.

    Attributes:
        attempts: how often each model is asked at most, the first time included.
        wait: a tenacity wait strategy: the longest pause before the next attempt.  The pause is
            drawn between nothing and this ("full jitter"), so that many clients don't come back
            together.
        retry_after_cap_s: longest ``Retry-After`` that is waited for; a provider that asks for
            more is left for the next model.
        deadline_s: no attempt, of whichever model, begins later than this after the first one.
        failover: whether fallbacks are asked at all.
    """

    attempts: int = 3
    wait: Callable[[RetryCallState], float] = field(
        default_factory=lambda: wait_exponential(multiplier=0.5, max=8.0)
    )
    retry_after_cap_s: float = 20.0
    deadline_s: float = 240.0
    failover: bool = True

    def again(
        self, failed: Attempt, outcome: Outcome, random: Callable[[], float]
    ) -> Attempt | None:
        """Return the next attempt with the same model; None if there is to be none.

        Args:
            failed: the attempt that failed.
            outcome: how; has an error.
            random: gives numbers from 0.0 up to 1.0.
        """
        asked_s = getattr(outcome.error, "retry_after_s", None) or 0.0
        if asked_s > self.retry_after_cap_s:
            return None
        state = _call_state(failed.number, outcome)
        state.upcoming_sleep = asked_s + self.wait(state) * random()
        stop = stop_after_attempt(self.attempts) | stop_before_delay(self.deadline_s)
        if stop(state):
            return None
        return replace(failed, number=failed.number + 1, after_s=state.upcoming_sleep)


_NO_RETRYING: Final = Retrying()  # tenacity's states want to know theirs; no strategy asks it


def _call_state(number: int, outcome: Outcome) -> RetryCallState:
    """Tell tenacity's strategies where we stand, by our own clock."""
    state = RetryCallState(_NO_RETRYING, None, (), {})
    state.start_time = 0.0
    state.attempt_number = number
    state.outcome_timestamp = outcome.elapsed_s
    state.outcome = Future(number)
    state.outcome.set_exception(outcome.error)
    return state


@dataclass(frozen=True, slots=True)
class _Ask:
    """What every attempt has in common."""

    request: ChatRequest
    backends: Backends
    timeouts: Timeouts | None


Policy: TypeAlias = Generator[Attempt, Outcome, None]


def attempts(
    cards: Sequence[ModelCard], policy: RetryPolicy, *, random: Callable[[], float]
) -> Policy:
    """Decide whom to ask next: yield an `Attempt`, be sent its `Outcome`; end on success.

    Args:
        cards: the asked model, then what stands in for it, best first; at least one.
        policy: how patient to be.
        random: gives numbers from 0.0 up to 1.0.

    Raises:
        FourthwallError: what the caller is told.  When all have failed it is the last error of
            the asked model, the most telling one for a person who wanted that model; what else
            happened stands in its ``__notes__``.
    """
    failures: list[tuple[Attempt, FourthwallError]] = []
    outcome = Outcome()
    reason: str | None = None
    for card in cards:
        attempt: Attempt | None = Attempt(card, failover_reason=reason)
        while attempt is not None:
            outcome = yield attempt
            if outcome.error is None:
                return
            failures.append((attempt, outcome.error))
            verdict = verdict_on(outcome.error)
            if verdict is Verdict.RAISE:
                raise _with_notes(outcome.error, failures)
            attempt = policy.again(attempt, outcome, random) if verdict is Verdict.RETRY else None
        if outcome.elapsed_s >= policy.deadline_s:
            break
        reason = reason or failures[-1][1].code
    asked = [error for failed, error in failures if failed.card is cards[0]]
    raise _with_notes(asked[-1], failures)


def _with_notes(
    error: FourthwallError, failures: Sequence[tuple[Attempt, FourthwallError]]
) -> FourthwallError:
    """Note on the error what the other attempts met."""
    for attempt, other in failures:
        note = f"{attempt.card.id}, attempt {attempt.number}: {type(other).__name__}: {other}"
        if other is not error and note not in getattr(error, "__notes__", ()):
            error.add_note(note)
    return error


def candidates(
    card: ModelCard, registry: Registry, backends: Backends, *, failover: bool = True
) -> tuple[ModelCard, ...]:
    """Return the model and the fallbacks that can be reached, best first, each once.

    A retired fallback gives its replacement; one without a backend is left out.
    """
    found = {card.id: card}
    for name in card.fallbacks if failover else ():
        if name in registry:
            fallback = registry.current(registry[name])
            if fallback in backends:
                found.setdefault(fallback.id, fallback)
    return tuple(found.values())


def dispatch(
    card: ModelCard,
    request: ChatRequest,
    *,
    registry: Registry,
    backends: Backends,
    policy: RetryPolicy | None = None,
    timeouts: Timeouts | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    random: Callable[[], float] = _random.random,
) -> Generator[Event, None, None]:
    """Ask a model, again if need be, then its fallbacks; give the events of the first to answer.

    `Started` is held back until the first token has come, so that there is exactly one; it says
    for whom a fallback stands in, and why.  After that token nothing is retried: whatever happens
    then becomes a `StreamInterruptedError` with what had come, and the fault as its ``__cause__``.
    An exception of a backend's own that is no `FourthwallError` becomes a `BackendFailedError`.

    Args:
        card: the model to ask.
        request: what to ask.
        registry: where the fallbacks' cards are.
        backends: who is asked.
        policy: how patient to be; the defaults of `RetryPolicy` if left out.
        timeouts: bounds of each attempt; `Timeouts.for_card` of each model if left out.
        clock: gives seconds.
        sleep: waits.
        random: gives numbers from 0.0 up to 1.0.

    Raises:
        FourthwallError: while iterating; see `attempts`.
    """
    policy = policy or RetryPolicy()
    ask = _Ask(request, backends, timeouts)
    began = clock()
    cards = candidates(card, registry, backends, failover=policy.failover)
    flow = attempts(cards, policy, random=random)
    attempt = next(flow)
    while True:
        if attempt.after_s:
            sleep(attempt.after_s)
        events = _answer(_Keeper(attempt, card), ask)
        opening, error = _opening(events)
        if error is None:
            break
        attempt = flow.send(Outcome(error, clock() - began))
    try:
        yield from opening
        yield from events
    finally:
        events.close()


async def adispatch(
    card: ModelCard,
    request: ChatRequest,
    *,
    registry: Registry,
    backends: Backends,
    policy: RetryPolicy | None = None,
    timeouts: Timeouts | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    random: Callable[[], float] = _random.random,
) -> AsyncGenerator[Event, None]:
    """Do what `dispatch` does, in async code.

    Whoever stops reading before the end calls ``aclose()`` (`contextlib.aclosing` does), or
    cancels the task: both close the request.
    """
    policy = policy or RetryPolicy()
    ask = _Ask(request, backends, timeouts)
    began = clock()
    cards = candidates(card, registry, backends, failover=policy.failover)
    flow = attempts(cards, policy, random=random)
    attempt = next(flow)
    while True:
        if attempt.after_s:
            await sleep(attempt.after_s)
        events = _aanswer(_Keeper(attempt, card), ask)
        opening, error = await _aopening(events)
        if error is None:
            break
        attempt = flow.send(Outcome(error, clock() - began))
    try:
        for event in opening:
            yield event
        async for event in events:
            yield event
    finally:
        await events.aclose()


def _without_reasoning(request: ChatRequest) -> ChatRequest:
    """Return the request for a fallback: what the asked model thought is not for another's eyes."""
    messages = (
        {name: value for name, value in message.items() if name not in REASONING_KEYS}
        for message in request.messages
    )
    return replace(request, messages=tuple(messages))


_SHOWN: Final = (ContentDelta, ReasoningDelta, ToolCallDelta, Finished)


def _is_shown(event: Event) -> bool:
    """Whether a person has seen something of the answer with this event."""
    return isinstance(event, _SHOWN) and getattr(event, "text", "-") != ""


def _opening(events: Iterator[Event]) -> tuple[list[Event], FourthwallError | None]:
    """Read up to the first token; give what came, and the error if one came before it."""
    opening: list[Event] = []
    try:
        for event in events:
            opening.append(event)
            if _is_shown(event):
                break
    except FourthwallError as error:
        return opening, error
    return opening, None


async def _aopening(events: AsyncIterator[Event]) -> tuple[list[Event], FourthwallError | None]:
    opening: list[Event] = []
    try:
        async for event in events:
            opening.append(event)
            if _is_shown(event):
                break
    except FourthwallError as error:
        return opening, error
    return opening, None


def _answer(keeper: _Keeper, ask: _Ask) -> Generator[Event, None, None]:
    """Ask a backend and hold it to its protocol; close its stream whatever happens."""
    try:
        events = open_stream(*keeper.asking(ask))
        try:
            for event in events:
                yield keeper.passed(event)
            keeper.ended()
        finally:
            if isinstance(events, Generator):
                events.close()
    except Exception as error:  # a stranger's backend may raise anything
        ours = keeper.translated(error)
        if ours is error:
            raise
        raise ours from ours.__cause__


async def _aanswer(keeper: _Keeper, ask: _Ask) -> AsyncGenerator[Event, None]:
    try:
        events = open_astream(*keeper.asking(ask))
        try:
            async for event in events:
                yield keeper.passed(event)
            keeper.ended()
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()
    except Exception as error:  # a stranger's backend may raise anything
        ours = keeper.translated(error)
        if ours is error:
            raise
        raise ours from ours.__cause__


@dataclass(slots=True)
class _Keeper:
    """Holds one attempt's stream to the protocol and translates what breaks it, in both faces.

    Attributes:
        attempt: who is asked.
        asked: the model that the person wanted.
        backend: the name of who answers, for errors.
    """

    attempt: Attempt
    asked: ModelCard
    backend: str = ""
    _has_started: bool = False
    _has_shown: bool = False
    _is_whole: bool = False
    _content: list[str] = field(default_factory=list)

    def asking(self, ask: _Ask) -> tuple[Backend, ModelCard, ChatRequest, Timeouts]:
        """Return what `open_stream` and `open_astream` take."""
        card = self.attempt.card
        self.backend = card.provider
        backend = ask.backends.for_card(card)
        self.backend = getattr(backend, "name", None) or card.provider
        request = ask.request if card is self.asked else _without_reasoning(ask.request)
        return backend, card, request, ask.timeouts or Timeouts.for_card(card)

    def passed(self, event: object) -> Event:
        """Check the next event; return it as the caller gets it."""
        if not isinstance(event, Event):
            raise self._broken(f"gave {type(event).__name__}, which is no event")
        if not self._has_started:
            return self._started(event)
        match event:
            case Started():
                raise self._broken("began twice: Started came again")
            case ContentDelta(text):
                self._content.append(text)
            case Finished():
                self._is_whole = True
        self._has_shown = self._has_shown or _is_shown(event)
        return event

    def ended(self) -> None:
        """Check that the stream may end here."""
        if not self._has_started:
            raise self._broken("gave no events; Started is missing")
        if not self._is_whole:
            raise self._broken("ended before the answer was whole; Finished is missing")

    def translated(self, error: Exception) -> FourthwallError:
        """Return what the caller is told of an error; its ``__cause__`` is set."""
        ours = error if isinstance(error, FourthwallError) else self._foreign(error)
        if not self._has_shown:
            return ours
        partial = "".join(self._content)
        if isinstance(ours, StreamInterruptedError):
            ours.partial = ours.partial or partial
            return ours
        interrupted = StreamInterruptedError(
            f"the answer of {self.backend} broke off: {ours.message}",
            partial=partial,
            provider=ours.provider or self.backend,
            model=self.attempt.card.id,
            status=ours.status,
            request_id=ours.request_id,
        )
        interrupted.__cause__ = ours
        return interrupted

    def _started(self, event: Event) -> Started:
        """Check the first event; say for whom a fallback stands in."""
        if not isinstance(event, Started):
            raise self._broken(f"began with {type(event).__name__}; Started is missing")
        if event.model != self.attempt.card.id:
            raise self._broken(f"gave a Started whose model isn't {self.attempt.card.id!r}")
        self._has_started = True
        if self.attempt.card is self.asked:
            return event
        reason = self.attempt.failover_reason
        return replace(event, failover_from=self.asked.id, failover_reason=reason)

    def _foreign(self, error: Exception) -> FourthwallError:
        # Its class only: the text may hold what was said.
        failed = BackendFailedError(
            f"the backend for {self.backend!r} raised {type(error).__name__}",
            provider=self.backend,
            model=self.attempt.card.id,
        )
        failed.__cause__ = error
        return failed

    def _broken(self, fault: str) -> UpstreamProtocolError:
        return UpstreamProtocolError(
            f"the backend for {self.backend!r} {fault}",
            remedy="Try again; if it stays so, mend the backend (see fourthwall.backends.Backend).",
            provider=self.backend,
            model=self.attempt.card.id,
        )

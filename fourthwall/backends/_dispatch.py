"""Carries out what the policy decides: asks, waits, shows and closes, in sync and in async code.

`fourthwall.backends._policy` decides who is asked when; `dispatch` and `adispatch` do it and decide
nothing.  `_Keeper` holds each answer to the protocol of a backend.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import random as _random
import threading
import time
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Generator,
)
from dataclasses import dataclass, field, replace
from typing import Final

from fourthwall.backends._base import Backend, Backends, Timeouts, open_astream, open_stream
from fourthwall.backends._policy import (
    Attempt,
    Outcome,
    Pause,
    Policy,
    RetryPolicy,
    Show,
    Step,
    attempts,
    candidates,
)
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
    FourthwallError,
    StreamInterruptedError,
    UpstreamProtocolError,
)
from fourthwall.registry import ModelCard, Registry

__all__ = ["adispatch", "dispatch"]


@dataclass(frozen=True, slots=True)
class _Ask:
    """What every attempt has in common."""

    card: ModelCard
    request: ChatRequest
    timeouts: Timeouts | None


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
    who answers, for whom a fallback stands in, and why.  After that token nothing is retried:
    whatever happens then becomes a `StreamInterruptedError` with what had come, and the fault as
    its ``__cause__``.  An exception of a backend's own that is no `FourthwallError` becomes a
    `BackendFailedError`.

    Closing the generator closes the request.  If the policy hedges, attempts run in threads: who
    is given up there is closed as soon as the step ends in which it waits for its provider.

    Args:
        card: the model to ask.
        request: what to ask.
        registry: where the fallbacks' cards are.
        backends: who is asked.
        policy: how patient to be; the defaults of `RetryPolicy` if left out.
        timeouts: bounds of each attempt; `Timeouts.for_card` of each model if left out.
        clock: gives seconds; the same clock for all who share `backends`.
        sleep: waits.
        random: gives numbers from 0.0 up to 1.0.

    Raises:
        FourthwallError: while iterating; see `fourthwall.backends._policy.attempts`.
    """
    policy = policy or RetryPolicy()
    began_s = clock()
    flow = attempts(
        candidates(card, registry, backends, failover=policy.failover),
        policy,
        circuits=backends.circuits,
        random=random,
        began_s=began_s,
        faults=request.faults,
    )
    with (
        contextlib.closing(flow),
        contextlib.closing(_Team(_Ask(card, request, timeouts), sleep)) as team,
    ):
        step: Step | None = next(flow)
        while step is not None:
            outcome = Outcome()
            match step:
                case Attempt():
                    outcome = team.ask(step)
                case Pause(seconds):
                    outcome = team.wait(seconds)
                case Show(attempt):
                    shown = team.show(attempt)
                    try:
                        yield from shown.opening
                        yield from shown.events
                    except FourthwallError as error:
                        outcome = Outcome(error)
            step = _next(flow, replace(outcome, elapsed_s=clock() - began_s))


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
    cancels the task: both close every request under way, at once.
    """
    policy = policy or RetryPolicy()
    began_s = clock()
    flow = attempts(
        candidates(card, registry, backends, failover=policy.failover),
        policy,
        circuits=backends.circuits,
        random=random,
        began_s=began_s,
        faults=request.faults,
    )
    with contextlib.closing(flow):
        async with contextlib.aclosing(_AsyncTeam(_Ask(card, request, timeouts), sleep)) as team:
            step: Step | None = next(flow)
            while step is not None:
                outcome = Outcome()
                match step:
                    case Attempt():
                        outcome = await team.ask(step)
                    case Pause(seconds):
                        outcome = await team.wait(seconds)
                    case Show(attempt):
                        shown = team.show(attempt)
                        try:
                            for event in shown.opening:
                                yield event
                            async for event in shown.events:
                                yield event
                        except FourthwallError as error:
                            outcome = Outcome(error)
                step = _next(flow, replace(outcome, elapsed_s=clock() - began_s))


def _next(flow: Policy, outcome: Outcome) -> Step | None:
    """Send an outcome; return the next step, None after the last."""
    try:
        return flow.send(outcome)
    except StopIteration:
        return None


_SHOWN: Final = (ContentDelta, ReasoningDelta, ToolCallDelta, Finished)


def _is_shown(event: Event) -> bool:
    """Whether a person has seen something of the answer with this event."""
    return isinstance(event, _SHOWN) and getattr(event, "text", "-") != ""


# In sync code -------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Exchange:
    """One attempt's answer; read by one thread up to its first token, then by the caller's."""

    attempt: Attempt
    events: Generator[Event, None, None]
    opening: list[Event] = field(default_factory=list)
    error: BaseException | None = None
    _is_given_up: bool = False
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def read(self) -> None:
        """Read up to the first token; note the error if one came before it."""
        with self._turn:
            try:
                for event in self.events:
                    self.opening.append(event)
                    if _is_shown(event):
                        break
            except BaseException as error:  # in a thread of its own nobody else would see it
                self.error = error
        if self._is_given_up:
            self.close()

    def close(self) -> None:
        """Close the request: at once, or as soon as the thread that reads has stopped."""
        self._is_given_up = True
        # A generator can't be closed while another thread is inside it.
        if self._turn.acquire(blocking=False):
            try:
                with contextlib.suppress(FourthwallError):  # nobody wants to know any more
                    self.events.close()
            finally:
                self._turn.release()


class _Team:
    """Those who are asked at present."""

    def __init__(self, ask: _Ask, sleep: Callable[[float], None]) -> None:
        self._ask = ask
        self._sleep = sleep
        self._under_way: list[_Exchange] = []
        self._heard: queue.SimpleQueue[_Exchange] = queue.SimpleQueue()

    def ask(self, attempt: Attempt) -> Outcome:
        """Begin an attempt; wait for its first token, or for as long as it says."""
        exchange = _Exchange(attempt, _answer(_Keeper(attempt, self._ask.card), self._ask))
        is_alone = not self._under_way
        self._under_way.append(exchange)
        if is_alone and attempt.within_s is None:
            exchange.read()
            return self._told(exchange)
        name = f"fourthwall-{attempt.endpoint.key}"
        threading.Thread(target=self._read, args=(exchange,), name=name, daemon=True).start()
        return self.wait(attempt.within_s)

    def wait(self, seconds: float | None) -> Outcome:
        """Wait for a word of those under way, but not longer than this."""
        if not self._under_way:
            self._sleep(seconds or 0.0)
            return Outcome(pending=True)
        limit_s = None if seconds is None else min(seconds, threading.TIMEOUT_MAX)
        try:
            return self._told(self._heard.get(timeout=limit_s))
        except queue.Empty:
            return Outcome(pending=True)

    def show(self, attempt: Attempt) -> _Exchange:
        """Return the answer of one, and let the others go."""
        shown = next(e for e in self._under_way if e.attempt is attempt)
        for other in self._under_way:
            if other is not shown:
                other.close()
        self._under_way = [shown]
        return shown

    def close(self) -> None:
        """Close all requests under way."""
        for exchange in self._under_way:
            exchange.close()

    def _read(self, exchange: _Exchange) -> None:
        exchange.read()
        self._heard.put(exchange)

    def _told(self, exchange: _Exchange) -> Outcome:
        if exchange.error is None:
            return Outcome(attempt=exchange.attempt)
        self._under_way.remove(exchange)
        if not isinstance(exchange.error, FourthwallError):
            raise exchange.error
        return Outcome(exchange.error, attempt=exchange.attempt)


def _answer(keeper: _Keeper, ask: _Ask) -> Generator[Event, None, None]:
    """Ask a backend and hold it to its protocol; close its stream whatever happens."""
    try:
        events = open_stream(*keeper.asking(ask))
        try:
            for event in events:
                yield keeper.passed(event)
            keeper.ended()
        finally:
            if hasattr(events, "close"):
                events.close()
    except Exception as error:  # a stranger's backend may raise anything
        ours = keeper.translated(error)
        if ours is error:
            raise
        raise ours from ours.__cause__


# In async code ------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _AsyncExchange:
    """One attempt's answer; read by a task of its own up to its first token, if another runs."""

    attempt: Attempt
    events: AsyncGenerator[Event, None]
    opening: list[Event] = field(default_factory=list)
    error: FourthwallError | None = None
    task: asyncio.Task[None] | None = None

    async def read(self) -> None:
        """Read up to the first token; note the error if one came before it."""
        try:
            async for event in self.events:
                self.opening.append(event)
                if _is_shown(event):
                    break
        except FourthwallError as error:
            self.error = error

    async def aclose(self) -> None:
        """Close the request at once."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])
        with contextlib.suppress(FourthwallError):  # nobody wants to know any more
            await self.events.aclose()


class _AsyncTeam:
    """Those who are asked at present."""

    def __init__(self, ask: _Ask, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._ask = ask
        self._sleep = sleep
        self._under_way: list[_AsyncExchange] = []
        self._closing: list[asyncio.Task[None]] = []

    async def ask(self, attempt: Attempt) -> Outcome:
        """Begin an attempt; wait for its first token, or for as long as it says."""
        exchange = _AsyncExchange(attempt, _aanswer(_Keeper(attempt, self._ask.card), self._ask))
        is_alone = not self._under_way
        self._under_way.append(exchange)
        if is_alone and attempt.within_s is None:
            await exchange.read()
            return self._told(exchange)
        exchange.task = asyncio.create_task(exchange.read())
        return await self.wait(attempt.within_s)

    async def wait(self, seconds: float | None) -> Outcome:
        """Wait for a word of those under way, but not longer than this."""
        tasks = [exchange.task for exchange in self._under_way if exchange.task is not None]
        if not tasks:
            await self._sleep(seconds or 0.0)
            return Outcome(pending=True)
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for exchange in self._under_way:
            if exchange.task is not None and exchange.task.done():
                exchange.task.result()
                return self._told(exchange)
        return Outcome(pending=True)

    def show(self, attempt: Attempt) -> _AsyncExchange:
        """Return the answer of one, and let the others go."""
        shown = next(e for e in self._under_way if e.attempt is attempt)
        for other in self._under_way:
            if other is not shown:
                self._closing.append(asyncio.create_task(other.aclose()))
        self._under_way = [shown]
        return shown

    async def aclose(self) -> None:
        """Close all requests under way."""
        closing = [exchange.aclose() for exchange in self._under_way]
        await asyncio.gather(*closing, *self._closing, return_exceptions=True)

    def _told(self, exchange: _AsyncExchange) -> Outcome:
        if exchange.error is not None:
            self._under_way.remove(exchange)
        return Outcome(exchange.error, attempt=exchange.attempt)


async def _aanswer(keeper: _Keeper, ask: _Ask) -> AsyncGenerator[Event, None]:
    try:
        events = open_astream(*keeper.asking(ask))
        try:
            async for event in events:
                yield keeper.passed(event)
            keeper.ended()
        finally:
            if hasattr(events, "aclose"):
                await events.aclose()
    except Exception as error:  # a stranger's backend may raise anything
        ours = keeper.translated(error)
        if ours is error:
            raise
        raise ours from ours.__cause__


# In both ------------------------------------------------------------------------------------------


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
        card, endpoint = self.attempt.card, self.attempt.endpoint
        self.backend = getattr(endpoint.backend, "name", None) or endpoint.provider
        request = ask.request if card is self.asked else _for_another(ask.request, card)
        if self.attempt.faults != request.faults:
            request = replace(request, faults=self.attempt.faults)
        return endpoint.backend, card, request, ask.timeouts or Timeouts.for_card(card)

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


def _for_another(request: ChatRequest, card: ModelCard) -> ChatRequest:
    """Return the request for a fallback: what others thought is not for its eyes."""
    messages = (
        message
        if message.get("model") == card.id
        else {name: value for name, value in message.items() if name not in REASONING_KEYS}
        for message in request.messages
    )
    return replace(request, messages=tuple(messages))

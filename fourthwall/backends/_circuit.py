"""Circuit breakers: an endpoint that keeps failing isn't asked for a while.

The rules, of which there are two kinds of circuit for everyone that is asked:

- One circuit stands for the endpoint, one for each model there.  Limits and overload are a model's
  own: its neighbours go on answering.  What can't be reached at all can't be reached by any model.
  Whoever wants to ask has to be let through by both.
- A closed circuit lets everyone through.  After `CircuitBreaker.failures` failures in a row it
  opens and lets nobody through until it has cooled down, each time longer than the time before.
- Then it is half open: one request at a time may try.  If its answer comes whole the circuit
  closes, if it fails it opens again, and if its reader goes away the next one may try.
- What was asked before a circuit opened says nothing about it afterwards.
- A provider that names a time (``Retry-After`` with a 429) is left alone for as long, and that is
  no failure: afterwards everyone may ask again.
- Who won't have us until somebody mends the set-up (a wrong key, no money, an unknown model) is
  barred: the circuit opens at once.  Whoever has nobody else to ask may ask anyway, so that a key
  which has just been corrected counts at once.

`EFFECTS` says which error means what.  A `Circuit` is a value without a clock; `Circuits` keeps
them for all threads of a process.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from typing import Final, TypeAlias

from fourthwall.errors import (
    ConfigurationError,
    ConnectionFailedError,
    CredentialsError,
    DeadlineExceededError,
    FourthwallError,
    OverloadedError,
    PaymentError,
    RateLimitedError,
    StreamInterruptedError,
    UnsupportedError,
    UpstreamProtocolError,
    UpstreamServerError,
)

__all__ = [
    "EFFECTS",
    "Circuit",
    "CircuitBreaker",
    "CircuitState",
    "Circuits",
    "Effect",
    "Health",
    "Permit",
    "Refusal",
    "Word",
    "check_number",
    "effect_of",
]


def check_number(owner: object, name: str, least: float) -> None:
    """Check a field that has to be a number, at least this one.

    Raises:
        ConfigurationError: it is anything else; the error names the class and the field.
    """
    value = getattr(owner, name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not value >= least:
        raise ConfigurationError(
            f"{type(owner).__name__}.{name} must be a number, at least {least:g}, not {value!r}",
            param=name,
        )


class CircuitState(StrEnum):
    """Whether an endpoint, or a model there, is asked."""

    CLOSED = "closed"
    RESTING = "resting"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitBreaker:
    """When an endpoint that keeps failing is left alone, and for how long.

    Attributes:
        failures: so many failures in a row open the circuit; at least 1.
        cool_down_s: how long it stays open the first time.
        growth: each time that it opens again without an answer in between, it stays open so many
            times as long; at least 1.
        longest_s: but never longer than this; it bounds what a provider asks for, too.
    """

    failures: int = 5
    cool_down_s: float = 10.0
    growth: float = 2.0
    longest_s: float = 300.0

    def __post_init__(self) -> None:
        for name, least in (("failures", 1), ("growth", 1), ("cool_down_s", 0)):
            check_number(self, name, least)
        check_number(self, "longest_s", self.cool_down_s)


class Effect(Enum):
    """What an error says about who was asked."""

    UNREACHABLE = "the endpoint has failed, whatever the model"
    FAILED = "this model at this endpoint has failed"
    RESTS = "this model at this endpoint wants to be left alone"
    BARRED = "the endpoint won't have us, whatever the model"
    MODEL_BARRED = "the endpoint won't have us with this model"
    ANSWERED = "the endpoint is there; the fault is the request's"
    NOTHING = "nothing: nobody was asked"


EFFECTS: Final[Mapping[type[FourthwallError], Effect]] = {
    ConnectionFailedError: Effect.UNREACHABLE,
    DeadlineExceededError: Effect.FAILED,
    OverloadedError: Effect.FAILED,
    UpstreamServerError: Effect.FAILED,
    UpstreamProtocolError: Effect.FAILED,
    StreamInterruptedError: Effect.FAILED,
    RateLimitedError: Effect.RESTS,
    CredentialsError: Effect.BARRED,
    PaymentError: Effect.BARRED,
    FourthwallError: Effect.NOTHING,
}
"""The effect by class; the most specific class counts."""

_OFTEN_ONE_MODELS: Final = frozenset({403, 429})
"""What a key may not do, and what a day's quota is for, is often a single model."""


def effect_of(error: FourthwallError) -> Effect:
    """Return what an error says about who was asked."""
    effect = next(EFFECTS[cls] for cls in type(error).__mro__ if cls in EFFECTS)
    match error:
        case DeadlineExceededError(phase="connect"):
            return Effect.UNREACHABLE
        case UnsupportedError(param="model"):
            return Effect.MODEL_BARRED
    if effect is Effect.BARRED and error.status in _OFTEN_ONE_MODELS:
        return Effect.MODEL_BARRED
    if effect is Effect.NOTHING and error.status is not None:
        return Effect.ANSWERED
    return effect


class Word(Enum):
    """What one circuit is told about a request that it let through."""

    SUCCEEDED = "it got a whole answer, or got far enough"
    FAILED = "it came to nothing"
    RESTS = "the provider wants to be left alone"
    BARRED = "the provider won't have us until somebody mends the set-up"
    LEFT = "nothing was learnt"


_WORDS: Final[Mapping[Effect, tuple[Word, Word]]] = {
    Effect.UNREACHABLE: (Word.FAILED, Word.LEFT),
    Effect.FAILED: (Word.SUCCEEDED, Word.FAILED),  # the endpoint was reached
    Effect.RESTS: (Word.SUCCEEDED, Word.RESTS),
    Effect.BARRED: (Word.BARRED, Word.LEFT),
    Effect.MODEL_BARRED: (Word.SUCCEEDED, Word.BARRED),
    Effect.ANSWERED: (Word.SUCCEEDED, Word.LEFT),
    Effect.NOTHING: (Word.LEFT, Word.LEFT),
}
"""What the endpoint's circuit is told, and the model's."""

_PROBE_S: Final = 1.0
"""A guess at how long it takes until one knows what came of a probe."""

_NO_TIME_S: Final = 1e-6
"""Whoever waited for exactly as long as they were told isn't sent away for a rounding error."""

_LEASE_S: Final = 3600.0
"""Longer than any answer: a reader that vanished without a word doesn't block a circuit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """One circuit; each method returns the circuit as it is afterwards.

    Attributes:
        failures: how many in a row.
        is_open: since the last of them; until a probe succeeds.
        is_barred: whether it is open because the provider won't have us.
        cooled_s: how long it is left alone for it.
        reopens_s: from then on it may be probed.
        probed_until_s: until then somebody is doing so.
        rests_until_s: when the provider wants to be asked again.
        last_error: the `code` of the last error that counted.  Its words aren't kept: whoever
            comes next is somebody else.
    """

    failures: int = 0
    is_open: bool = False
    is_barred: bool = False
    cooled_s: float = 0.0
    reopens_s: float = -math.inf
    probed_until_s: float = -math.inf
    rests_until_s: float = -math.inf
    last_error: str | None = None

    def state(self, now_s: float) -> CircuitState:
        """Return how it stands."""
        if self.is_open:
            return CircuitState.OPEN if now_s < self.reopens_s else CircuitState.HALF_OPEN
        return CircuitState.RESTING if now_s < self.rests_until_s else CircuitState.CLOSED

    def wait_s(self, now_s: float) -> float:
        """Return for how long nobody is let through; 0.0 if somebody may ask now."""
        waits = [0.0, self.rests_until_s - now_s]
        if self.is_open:
            waits.append(self.reopens_s - now_s)
            waits.append(_PROBE_S if now_s < self.probed_until_s else 0.0)
        longest_s = max(waits)
        return longest_s if longest_s > _NO_TIME_S else 0.0

    def passed(self, now_s: float) -> Circuit:
        """Somebody was let through."""
        return replace(self, probed_until_s=now_s + _LEASE_S) if self.is_open else self

    def told(
        self,
        word: Word,
        breaker: CircuitBreaker,
        now_s: float,
        *,
        error: FourthwallError | None = None,
        was_probe: bool = False,
    ) -> Circuit:
        """Somebody who was let through says what came of it.

        Args:
            word: what it was.
            breaker: when to open, and for how long.
            now_s: the time.
            error: what failed, or asked for rest.
            was_probe: whether the circuit was open when it let them through.
        """
        left = replace(self, probed_until_s=-math.inf) if was_probe else self
        match word:
            case Word.SUCCEEDED if was_probe or not self.is_open:
                rests = self.rests_until_s
                return Circuit(rests_until_s=rests) if rests > now_s else Circuit()
            case Word.FAILED | Word.BARRED if error is not None and (was_probe or not self.is_open):
                failed = _failed(left, error, is_barred=word is Word.BARRED)
                return _opened(failed, breaker, error, now_s)
            case Word.RESTS if error is not None and (asked_s := _asked_s(error)):
                until_s = now_s + min(asked_s, breaker.longest_s)
                return replace(
                    Circuit() if self.is_barred else left,  # it will have us again
                    rests_until_s=max(self.rests_until_s, until_s),
                    last_error=error.code,
                )
        return left


def _failed(circuit: Circuit, error: FourthwallError, *, is_barred: bool) -> Circuit:
    return replace(
        circuit, failures=circuit.failures + 1, is_barred=is_barred, last_error=error.code
    )


def _opened(
    failed: Circuit, breaker: CircuitBreaker, error: FourthwallError, now_s: float
) -> Circuit:
    """Open a circuit that has failed often enough; leave it open for longer if it was."""
    if not (failed.is_open or failed.is_barred or failed.failures >= breaker.failures):
        return failed
    cooled_s = failed.cooled_s if failed.is_open else breaker.cool_down_s
    if failed.is_open and now_s >= failed.reopens_s:  # whoever asked sooner had nobody else
        cooled_s *= breaker.growth
    cooled_s = min(cooled_s, breaker.longest_s)
    left_alone_s = min(max(cooled_s, _asked_s(error)), breaker.longest_s)
    return replace(failed, is_open=True, cooled_s=cooled_s, reopens_s=now_s + left_alone_s)


def _asked_s(error: FourthwallError) -> float:
    """Return for how long a provider wants to be left alone; 0.0 if it doesn't say."""
    return getattr(error, "retry_after_s", None) or 0.0


_Name: TypeAlias = tuple[str, str]
"""Endpoint and model; the model is ``""`` for the endpoint itself."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to ask once; to be given back with `Circuits.settle` or `Circuits.release`.

    Attributes:
        names: the circuits that were passed, the endpoint's first; none without a breaker.
        probes: those of them which were open.
    """

    names: tuple[_Name, ...] = ()
    probes: frozenset[_Name] = frozenset()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nobody may ask now.

    Attributes:
        wait_s: for how long.
        is_rest: whether only because the provider wants it so.
        is_barred: whether only because the provider won't have us.
        last_error: the `code` of the error that led to it.
    """

    wait_s: float
    is_rest: bool
    last_error: str
    is_barred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How an endpoint, or a model there, stands: for a dashboard.

    Attributes:
        endpoint: the key of the endpoint.
        model: the id of the model; None for the endpoint itself.
        state: whether it is asked.
        failures: how many in a row.
        last_error: the `code` of the last error that counted, None after a whole answer.
        wait_s: seconds until somebody may ask again.
    """

    endpoint: str
    model: str | None = None
    state: CircuitState = CircuitState.CLOSED
    failures: int = 0
    last_error: str | None = None
    wait_s: float = 0.0


class Circuits:
    """The circuits of some endpoints, shared by all threads.

    Only circuits with something to tell are kept.

    Args:
        breaker: when they open; None lets everyone through, always.
    """

    def __init__(self, breaker: CircuitBreaker | None) -> None:
        self._breaker = breaker
        self._circuits: dict[_Name, Circuit] = {}
        self._lock = threading.Lock()

    def admit(
        self, endpoint: str, model: str, now_s: float, *, anyway: bool = False
    ) -> Permit | Refusal:
        """Ask for leave to ask a model at an endpoint; ``anyway`` passes what is barred only."""
        if self._breaker is None:
            return Permit()
        names = ((endpoint, ""), (endpoint, model))
        with self._lock:
            circuits = {name: self._circuits.get(name, _FRESH) for name in names}
            shut = [circuit for circuit in circuits.values() if circuit.wait_s(now_s) > 0]
            is_barred = all(circuit.is_barred for circuit in shut)
            if shut and not (anyway and is_barred):
                last = max(shut, key=lambda circuit: circuit.wait_s(now_s))
                return Refusal(
                    last.wait_s(now_s),
                    all(circuit.state(now_s) is CircuitState.RESTING for circuit in shut),
                    last.last_error or "",
                    is_barred,
                )
            probes = frozenset(name for name, circuit in circuits.items() if circuit.is_open)
            for name in probes:
                self._circuits[name] = circuits[name].passed(now_s)
        return Permit(names, probes)

    def settle(self, permit: Permit, error: FourthwallError | None, now_s: float) -> None:
        """Give a permit back and say what came of it; ``error`` is None for a whole answer."""
        words = (Word.SUCCEEDED, Word.SUCCEEDED) if error is None else _WORDS[effect_of(error)]
        self._tell(permit, words, error, now_s)

    def release(self, permit: Permit, now_s: float) -> None:
        """Give a permit back without having learnt anything."""
        self._tell(permit, (Word.LEFT, Word.LEFT), None, now_s)

    def report(self, now_s: float) -> Iterator[Health]:
        """Give the circuits that have something to tell."""
        with self._lock:
            circuits = dict(self._circuits)
        for (endpoint, model), circuit in circuits.items():
            yield Health(
                endpoint=endpoint,
                model=model or None,
                state=circuit.state(now_s),
                failures=circuit.failures,
                last_error=circuit.last_error,
                wait_s=circuit.wait_s(now_s),
            )

    def _tell(
        self,
        permit: Permit,
        words: tuple[Word, Word],
        error: FourthwallError | None,
        now_s: float,
    ) -> None:
        if self._breaker is None:
            return
        with self._lock:
            for name, word in zip(permit.names, words, strict=True):
                before = self._circuits.get(name, _FRESH)
                after = before.told(
                    word, self._breaker, now_s, error=error, was_probe=name in permit.probes
                )
                if after == _FRESH:
                    self._circuits.pop(name, None)
                else:
                    self._circuits[name] = after


_FRESH: Final = Circuit()

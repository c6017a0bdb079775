"""Circuit breakers: single steps.  The laws stand in tests/properties/test_dispatch.py."""

from __future__ import annotations

import threading

import pytest

from fourthwall.backends import CircuitBreaker, CircuitState
from fourthwall.backends._circuit import (
    EFFECTS,
    Circuit,
    Circuits,
    Effect,
    Health,
    Permit,
    Refusal,
    Word,
    effect_of,
)
from fourthwall.errors import (
    ConfigurationError,
    ConnectionFailedError,
    ContextTooLongError,
    CredentialsError,
    DeadlineExceededError,
    FourthwallError,
    InsufficientCreditsError,
    OverloadedError,
    PaymentError,
    RateLimitedError,
    RequestError,
    StreamInterruptedError,
    TryAgainError,
    UnsupportedError,
    UpstreamProtocolError,
    UpstreamServerError,
)

BREAKER = CircuitBreaker(failures=2, cool_down_s=10, growth=3, longest_s=50)
FULL = OverloadedError("full")


def passed(circuits: Circuits, now_s: float, model: str = "m") -> Permit:
    leave = circuits.admit("a", model, now_s)
    assert isinstance(leave, Permit)
    return leave


def refused(circuits: Circuits, now_s: float, model: str = "m") -> Refusal:
    leave = circuits.admit("a", model, now_s)
    assert isinstance(leave, Refusal)
    return leave


def fail(
    circuits: Circuits, now_s: float, error: FourthwallError = FULL, *, model: str = "m"
) -> None:
    circuits.settle(passed(circuits, now_s, model), error, now_s)


def opened(error: FourthwallError = FULL) -> Circuits:
    """Circuits with two failures at time 0."""
    circuits = Circuits(BREAKER)
    for _ in range(2):
        fail(circuits, 0.0, error)
    return circuits


class TestBreaker:
    @pytest.mark.parametrize(
        ("numbers", "name"),
        [
            ({"failures": 0}, "failures"),
            ({"cool_down_s": -1}, "cool_down_s"),
            ({"growth": 0.5}, "growth"),
            ({"longest_s": 1.0}, "longest_s"),
            ({"cool_down_s": float("nan")}, "cool_down_s"),
            ({"failures": "x"}, "failures"),
            ({"failures": True}, "failures"),
            ({"longest_s": None}, "longest_s"),
        ],
    )
    def test_what_is_no_number_or_out_of_range_is_refused(
        self, numbers: dict[str, object], name: str
    ) -> None:
        with pytest.raises(ConfigurationError, match=name) as caught:
            CircuitBreaker(**numbers)  # type: ignore[arg-type] # the numbers are wrong, too
        assert caught.value.param == name


class TestEffects:
    @pytest.mark.parametrize(
        ("error", "effect"),
        [
            (ConnectionFailedError("x"), Effect.UNREACHABLE),
            (DeadlineExceededError("x", phase="connect"), Effect.UNREACHABLE),
            (DeadlineExceededError("x", phase="first_token"), Effect.FAILED),
            (OverloadedError("x"), Effect.FAILED),
            (UpstreamServerError("x"), Effect.FAILED),
            (UpstreamProtocolError("x"), Effect.FAILED),
            (StreamInterruptedError("x"), Effect.FAILED),
            (RateLimitedError("x"), Effect.RESTS),
            (RequestError("x"), Effect.NOTHING),
            (ContextTooLongError("x"), Effect.NOTHING),
            (CredentialsError("x"), Effect.BARRED),
            (CredentialsError("x", status=401), Effect.BARRED),
            (CredentialsError("x", status=403), Effect.MODEL_BARRED),
            (PaymentError("x", status=402), Effect.BARRED),
            (InsufficientCreditsError("x", status=429), Effect.MODEL_BARRED),
            (UnsupportedError("x", param="model", status=404), Effect.MODEL_BARRED),
            (UnsupportedError("x", param="tools"), Effect.NOTHING),
            (TryAgainError("x"), Effect.NOTHING),
            (TryAgainError("x", status=409), Effect.ANSWERED),
            (RequestError("x", status=400), Effect.ANSWERED),
        ],
    )
    def test_what_counts_and_against_whom(self, error: FourthwallError, effect: Effect) -> None:
        assert effect_of(error) is effect

    def test_every_error_has_one(self) -> None:
        assert EFFECTS[FourthwallError] is Effect.NOTHING


class TestOpening:
    def test_so_many_failures_in_a_row_open_it(self) -> None:
        circuits = Circuits(BREAKER)
        fail(circuits, 0.0)
        circuits.settle(passed(circuits, 0.0), None, 0.0)  # a whole answer in between
        fail(circuits, 0.0)
        fail(circuits, 1.0)
        refusal = refused(circuits, 2.0)
        assert refusal == Refusal(9.0, is_rest=False, last_error="overloaded")

    def test_what_a_provider_said_to_one_is_not_told_to_the_next(self) -> None:
        circuits = Circuits(BREAKER)
        for now_s in (0.0, 1.0):
            circuits.settle(passed(circuits, now_s), OverloadedError("full of secrets"), now_s)
        assert "secrets" not in repr((refused(circuits, 2.0), *circuits.report(2.0)))

    def test_the_persons_mistakes_dont(self) -> None:
        circuits = Circuits(BREAKER)
        for _ in range(9):
            fail(circuits, 0.0, RequestError("wrong"))
        assert not list(circuits.report(0.0))

    def test_a_neighbour_goes_on(self) -> None:
        passed(opened(), 1.0, "another")

    def test_unless_nothing_can_be_reached(self) -> None:
        circuits = opened(ConnectionFailedError("refused"))
        assert refused(circuits, 1.0, "another").last_error == "connection_failed"

    def test_an_answer_of_any_kind_shows_that_the_endpoint_is_there(self) -> None:
        circuits = Circuits(BREAKER)
        fail(circuits, 0.0, ConnectionFailedError("refused"))
        fail(circuits, 0.0, FULL, model="another")
        fail(circuits, 0.0, ConnectionFailedError("refused"))
        passed(circuits, 0.0)

    def test_a_provider_that_names_a_longer_time_gets_it(self) -> None:
        assert refused(opened(OverloadedError("full", retry_after_s=30)), 0.0).wait_s == 30
        assert refused(opened(OverloadedError("full", retry_after_s=99)), 0.0).wait_s == 50

    def test_without_a_breaker_nothing_opens(self) -> None:
        circuits = Circuits(None)
        for _ in range(9):
            fail(circuits, 0.0)
        circuits.release(passed(circuits, 0.0), 0.0)
        assert circuits.admit("a", "m", 0.0) == Permit()
        assert not list(circuits.report(0.0))


class TestHalfOpen:
    def test_one_at_a_time_may_try(self) -> None:
        circuits = opened()
        assert refused(circuits, 9.9).wait_s == pytest.approx(0.1)
        assert passed(circuits, 10.0).probes == {("a", "m")}
        assert refused(circuits, 10.0).wait_s == 1.0

    def test_a_whole_answer_closes_it(self) -> None:
        circuits = opened()
        circuits.settle(passed(circuits, 10.0), None, 11.0)
        assert not list(circuits.report(11.0))

    def test_a_failure_opens_it_for_longer_and_longer_up_to_a_bound(self) -> None:
        circuits, now_s = opened(), 10.0
        for wait_s in (30.0, 50.0, 50.0):
            fail(circuits, now_s)
            assert refused(circuits, now_s).wait_s == wait_s
            now_s += wait_s

    def test_an_answer_closes_it_and_the_next_opening_is_short_again(self) -> None:
        circuits = opened()
        fail(circuits, 10.0)
        circuits.settle(passed(circuits, 40.0), None, 40.0)
        fail(circuits, 40.0)
        fail(circuits, 40.0)
        assert refused(circuits, 40.0).wait_s == 10.0

    def test_a_reader_that_goes_away_lets_the_next_one_try(self) -> None:
        circuits = opened()
        circuits.release(passed(circuits, 10.0), 12.0)
        assert passed(circuits, 12.0).probes

    def test_a_mistake_of_the_persons_says_nothing(self) -> None:
        circuits = opened()
        circuits.settle(passed(circuits, 10.0), RequestError("wrong"), 10.0)
        assert passed(circuits, 10.0).probes

    def test_a_refusal_shows_that_the_endpoint_can_be_reached(self) -> None:
        circuits = opened(ConnectionFailedError("refused"))
        circuits.settle(passed(circuits, 10.0), RequestError("wrong", status=400), 10.0)
        assert not list(circuits.report(10.0))

    def test_but_nothing_of_a_model_that_was_overloaded(self) -> None:
        circuits = opened()
        circuits.settle(passed(circuits, 10.0), RequestError("wrong", status=400), 10.0)
        assert passed(circuits, 10.0).probes == {("a", "m")}

    def test_a_reader_that_vanished_blocks_it_for_an_hour_at_most(self) -> None:
        circuits = opened()
        passed(circuits, 10.0)
        refused(circuits, 3609.0)
        assert passed(circuits, 3611.0).probes

    def test_what_was_asked_before_it_opened_says_nothing(self) -> None:
        circuits = Circuits(BREAKER)
        early, late = passed(circuits, 0.0), passed(circuits, 0.0)
        fail(circuits, 0.0)
        fail(circuits, 0.0)
        circuits.settle(early, None, 1.0)
        circuits.settle(late, FULL, 1.0)
        assert refused(circuits, 1.0).wait_s == 9.0

    def test_of_many_threads_one_gets_through(self) -> None:
        circuits = opened()
        line, leaves = threading.Barrier(8), []

        def ask() -> None:
            line.wait(5)
            leaves.append(circuits.admit("a", "m", 10.0))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(isinstance(leave, Permit) for leave in leaves) == 1


class TestRest:
    def test_it_lasts_as_long_as_the_provider_says_and_is_no_failure(self) -> None:
        circuits = Circuits(BREAKER)
        for _ in range(9):
            leave = Permit((("a", ""), ("a", "m")))
            circuits.settle(leave, RateLimitedError("busy", retry_after_s=5), 0.0)
        assert refused(circuits, 1.0) == Refusal(4.0, is_rest=True, last_error="rate_limited")
        assert not passed(circuits, 5.0).probes  # everybody may ask again

    def test_without_a_time_there_is_none(self) -> None:
        circuits = Circuits(BREAKER)
        fail(circuits, 0.0, RateLimitedError("busy"))
        passed(circuits, 0.0)

    def test_a_shorter_one_doesnt_end_a_longer_one(self) -> None:
        circuits = Circuits(BREAKER)
        first, second = passed(circuits, 0.0), passed(circuits, 0.0)
        circuits.settle(first, RateLimitedError("busy", retry_after_s=9), 0.0)
        circuits.settle(second, RateLimitedError("busy", retry_after_s=1), 0.0)
        assert refused(circuits, 0.0).wait_s == 9

    def test_an_answer_doesnt_end_it(self) -> None:
        circuits = Circuits(BREAKER)
        first, second = passed(circuits, 0.0), passed(circuits, 0.0)
        circuits.settle(first, RateLimitedError("busy", retry_after_s=9), 0.0)
        circuits.settle(second, None, 1.0)
        assert refused(circuits, 1.0).wait_s == 8

    def test_a_probe_that_is_told_to_rest_leaves_the_circuit_open(self) -> None:
        circuits = opened()
        busy = RateLimitedError("busy", retry_after_s=5)
        circuits.settle(passed(circuits, 10.0), busy, 10.0)
        assert refused(circuits, 14.0) == Refusal(1.0, is_rest=False, last_error="rate_limited")
        assert passed(circuits, 15.0).probes

    def test_waiting_for_exactly_as_long_is_enough(self) -> None:
        circuits = Circuits(BREAKER)
        fail(circuits, 0.1, RateLimitedError("busy", retry_after_s=0.2))
        passed(circuits, 0.1 + 0.2 - 1e-12)


def anyway(circuits: Circuits, now_s: float) -> Permit:
    leave = circuits.admit("a", "m", now_s, anyway=True)
    assert isinstance(leave, Permit)
    return leave


class TestBarred:
    WRONG_KEY = CredentialsError("no", status=401)
    UNKNOWN = UnsupportedError("no", param="model", status=404)

    def barred(self, error: FourthwallError = WRONG_KEY) -> Circuits:
        circuits = Circuits(BREAKER)
        fail(circuits, 0.0, error)
        return circuits

    def test_once_is_enough(self) -> None:
        refusal = refused(self.barred(), 4.0)
        assert refusal == Refusal(6.0, False, "provider_credentials", is_barred=True)

    def test_a_wrong_key_bars_every_model_an_unknown_model_itself_alone(self) -> None:
        refused(self.barred(), 1.0, "another")
        circuits = self.barred(self.UNKNOWN)
        refused(circuits, 1.0)
        passed(circuits, 1.0, "another")

    @pytest.mark.parametrize(
        ("error", "model"), [(WRONG_KEY, None), (UNKNOWN, "m"), (PaymentError("no"), None)]
    )
    def test_it_is_told(self, error: FourthwallError, model: str | None) -> None:
        assert list(self.barred(error).report(4.0)) == [
            Health(
                endpoint="a",
                model=model,
                state=CircuitState.OPEN,
                failures=1,
                last_error=error.code,
                wait_s=6.0,
            )
        ]

    def test_once_cool_it_is_probed_for_longer_and_longer(self) -> None:
        circuits, now_s = self.barred(), 10.0
        for wait_s in (30.0, 50.0, 50.0):
            fail(circuits, now_s, self.WRONG_KEY)
            assert refused(circuits, now_s).wait_s == wait_s
            now_s += wait_s

    def test_whoever_has_nobody_else_may_ask_and_an_answer_opens_it_for_all(self) -> None:
        circuits = self.barred()
        circuits.settle(anyway(circuits, 1.0), None, 2.0)
        assert not list(circuits.report(2.0))

    def test_asking_too_early_doesnt_make_it_longer(self) -> None:
        circuits = self.barred()
        circuits.settle(anyway(circuits, 1.0), self.WRONG_KEY, 2.0)
        assert refused(circuits, 2.0).wait_s == 10.0

    def test_one_that_is_probed_may_be_asked_too(self) -> None:
        circuits = self.barred()
        passed(circuits, 10.0)
        assert refused(circuits, 10.0).is_barred
        anyway(circuits, 10.0)

    def test_what_is_overloaded_may_not(self) -> None:
        assert isinstance(opened().admit("a", "m", 1.0, anyway=True), Refusal)

    def test_a_probe_that_fails_otherwise_is_an_ordinary_failure(self) -> None:
        circuits = self.barred()
        fail(circuits, 10.0, ConnectionFailedError("refused"))
        assert not refused(circuits, 11.0).is_barred

    def test_a_limit_shows_that_the_model_is_there_again(self) -> None:
        circuits = self.barred(self.UNKNOWN)
        fail(circuits, 10.0, RateLimitedError("busy", retry_after_s=3))
        assert refused(circuits, 11.0) == Refusal(2.0, is_rest=True, last_error="rate_limited")


class TestReport:
    def test_it_tells_how_everyone_stands(self) -> None:
        circuits = opened()
        assert list(circuits.report(4.0)) == [
            Health(
                endpoint="a",
                model="m",
                state=CircuitState.OPEN,
                failures=2,
                last_error="overloaded",
                wait_s=6.0,
            )
        ]

    @pytest.mark.parametrize(
        ("circuit", "state"),
        [
            (Circuit(), CircuitState.CLOSED),
            (Circuit(failures=1), CircuitState.CLOSED),
            (Circuit(rests_until_s=5.0), CircuitState.RESTING),
            (Circuit(is_open=True, reopens_s=5.0), CircuitState.OPEN),
            (Circuit(is_open=True, reopens_s=1.0), CircuitState.HALF_OPEN),
        ],
    )
    def test_states(self, circuit: Circuit, state: CircuitState) -> None:
        assert circuit.state(1.0) is state

    def test_a_word_without_an_error_changes_nothing(self) -> None:
        circuit = Circuit(failures=1)
        assert circuit.told(Word.FAILED, BREAKER, 0.0) == circuit

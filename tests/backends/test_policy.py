"""The decisions of dispatch, one by one: no backend is asked, no time passes."""

from __future__ import annotations

import logging

import pytest

from fourthwall.backends import (
    Attempt,
    Backends,
    CircuitBreaker,
    Endpoint,
    OfflineBackend,
    Outcome,
    RetryPolicy,
    ScriptedBackend,
)
from fourthwall.backends._circuit import Circuits
from fourthwall.backends._policy import (
    Candidate,
    Pause,
    Policy,
    Show,
    Verdict,
    attempts,
    candidates,
    verdict_on,
)
from fourthwall.errors import (
    ConfigurationError,
    ConnectionFailedError,
    CredentialsError,
    DeadlineExceededError,
    FourthwallError,
    NoBackendError,
    OverloadedError,
    PaymentError,
    RateLimitedError,
    RequestError,
    StreamInterruptedError,
    TryAgainError,
    UnsupportedError,
    UpstreamServerError,
)
from fourthwall.registry import ModelCard, Registry

ASKED = ModelCard(id="asked", provider="a", fallbacks=("old", "lost", "third"))
OLD = ModelCard(id="old", provider="b", retires="2020-01-01", replaced_by="new")
NEW = ModelCard(id="new", provider="b")
LOST = ModelCard(id="lost", provider="nobody")
THIRD = ModelCard(id="third", provider="c")
REGISTRY = Registry([ASKED, OLD, NEW, LOST, THIRD], as_of="2026-01-01")

FULL = OverloadedError("full")


def endpoint(key: str) -> Endpoint:
    return Endpoint(key, key.partition("#")[0], ScriptedBackend([], name=key))


A, A2, C = endpoint("a"), endpoint("a#2"), endpoint("c")
ONE = [Candidate(ASKED, A), Candidate(THIRD, C)]
TWO = [Candidate(ASKED, A), Candidate(ASKED, A2), Candidate(THIRD, C)]


def flow(
    asked: list[Candidate],
    policy: RetryPolicy | None = None,
    *,
    circuits: Circuits | None = None,
    began_s: float = 0.0,
    faults: frozenset[str] = frozenset(),
) -> Policy:
    return attempts(
        asked,
        policy or RetryPolicy(),
        circuits=circuits or Circuits(None),
        random=lambda: 1.0,
        began_s=began_s,
        faults=faults,
    )


def failed(error: FourthwallError, elapsed_s: float = 0.0) -> Outcome:
    return Outcome(error, elapsed_s)


WAITED = Outcome(pending=True)


def open_circuits(*pairs: tuple[str, str], error: FourthwallError = FULL) -> Circuits:
    """Circuits that have just opened at time 0 for these models at these endpoints."""
    circuits = Circuits(CircuitBreaker(failures=1, cool_down_s=10))
    for key, model in pairs:
        permit = circuits.admit(key, model, 0.0)
        assert not hasattr(permit, "wait_s")
        circuits.settle(permit, error, 0.0)
    return circuits


class TestRetries:
    def test_it_asks_waits_and_moves_on(self) -> None:
        run = flow(ONE, RetryPolicy(attempts=2))
        first = next(run)
        assert first == Attempt(ASKED, A)
        assert run.send(failed(FULL)) == Pause(0.5)
        assert run.send(WAITED) == Attempt(ASKED, A, 2)
        assert run.send(failed(FULL)) == Attempt(THIRD, C, 1, "overloaded")

    def test_the_answer_is_shown_and_its_end_is_the_end(self) -> None:
        run = flow(ONE)
        attempt = next(run)
        assert isinstance(attempt, Attempt)
        assert run.send(Outcome()) == Show(attempt)
        with pytest.raises(StopIteration):
            run.send(Outcome())

    def test_an_answer_that_breaks_off_is_told_and_not_retried(self) -> None:
        run = flow(ONE)
        next(run)
        run.send(Outcome())
        cut = StreamInterruptedError("cut", partial="Hel")
        with pytest.raises(StreamInterruptedError) as caught:
            run.send(failed(cut))
        assert caught.value is cut

    def test_the_deadline_ends_failover_too(self) -> None:
        run = flow(ONE, RetryPolicy(deadline_s=10))
        next(run)
        with pytest.raises(OverloadedError):
            run.send(failed(OverloadedError("full"), 10.0))

    def test_a_request_that_is_wrong_is_told_at_once(self) -> None:
        run = flow(TWO)
        next(run)
        with pytest.raises(RequestError):
            run.send(failed(RequestError("wrong")))

    def test_a_long_retry_after_is_left_for_the_next_endpoint(self) -> None:
        run = flow(TWO)
        next(run)
        busy = RateLimitedError("busy", retry_after_s=3600)
        assert run.send(failed(busy)) == Attempt(ASKED, A2)

    @pytest.mark.parametrize(
        "numbers",
        [
            {"attempts": 0},
            {"deadline_s": -1},
            {"repairs": -1},
            {"hedge_after_s": -0.1},
            {"attempts": "3"},
            {"deadline_s": None},
            {"wait": 3},
        ],
    )
    def test_what_is_no_number_or_out_of_range_is_refused(self, numbers: dict[str, object]) -> None:
        with pytest.raises(ConfigurationError, match=next(iter(numbers))) as caught:
            RetryPolicy(**numbers)  # type: ignore[arg-type] # the numbers are wrong, too
        assert caught.value.param == next(iter(numbers))

    def test_a_provider_that_doesnt_want_to_be_asked_again_isnt(self) -> None:
        run = flow(ONE)
        next(run)
        down = UpstreamServerError("down", status=500, should_retry=False)
        assert run.send(failed(down)) == Attempt(THIRD, C, 1, "upstream_error")

    @pytest.mark.parametrize(
        "error",
        [
            DeadlineExceededError("late", phase="first_token", status=408, should_retry=True),
            TryAgainError("hm", status=499, should_retry=True),
        ],
    )
    def test_one_that_wants_to_be_asked_again_is_once(self, error: FourthwallError) -> None:
        run = flow(ONE)
        next(run)
        assert run.send(failed(error)) == Pause(0.5)
        assert run.send(WAITED) == Attempt(ASKED, A, 2)
        assert run.send(failed(error)) == Attempt(THIRD, C, 1, error.code)

    def test_that_changes_nothing_where_it_would_be_anyway(self) -> None:
        busy = RateLimitedError("busy", should_retry=True)
        assert verdict_on(busy) is Verdict.RETRY
        assert verdict_on(TryAgainError("hm")) is Verdict.RETRY
        assert verdict_on(CredentialsError("no")) is Verdict.FAILOVER


class TestEndpoints:
    def test_all_of_the_asked_model_come_before_a_fallback(self) -> None:
        run = flow(TWO, RetryPolicy(attempts=1))
        next(run)
        assert run.send(failed(CredentialsError("no"))) == Attempt(ASKED, A2)
        assert run.send(failed(FULL)) == Attempt(THIRD, C, 1, "overloaded")

    def test_what_every_endpoint_met_stands_in_the_notes(self) -> None:
        run = flow(TWO, RetryPolicy(attempts=1))
        next(run)
        run.send(failed(CredentialsError("no")))
        last = OverloadedError("full")
        run.send(failed(last))
        with pytest.raises(OverloadedError) as caught:
            run.send(failed(CredentialsError("no key")))
        assert caught.value is last
        assert last.__notes__ == [
            "asked at a, attempt 1: CredentialsError: no",
            "third, attempt 1: CredentialsError: no key",
        ]


class TestCircuits:
    def test_an_open_endpoint_is_passed_over(self) -> None:
        run = flow(TWO, circuits=open_circuits(("a", "asked")))
        assert next(run) == Attempt(ASKED, A2)

    def test_a_fallback_says_why_the_asked_model_was_passed_over(self) -> None:
        late = DeadlineExceededError("late", phase="first_token")
        run = flow(ONE, circuits=open_circuits(("a", "asked"), error=late))
        assert next(run) == Attempt(THIRD, C, 1, "timeout")

    def test_a_models_overload_says_nothing_of_its_neighbour(self) -> None:
        neighbour = [Candidate(ASKED, A), Candidate(THIRD, A)]
        circuits = open_circuits(("a", "asked"))
        assert next(flow(neighbour, circuits=circuits)) == Attempt(THIRD, A, 1, "overloaded")

    def test_what_cant_be_reached_is_passed_over_for_every_model(self) -> None:
        neighbour = [Candidate(ASKED, A), Candidate(THIRD, A)]
        circuits = open_circuits(("a", "asked"), error=ConnectionFailedError("refused"))
        with pytest.raises(OverloadedError):
            next(flow(neighbour, circuits=circuits))

    def test_when_all_are_open_the_caller_is_told_at_once_until_when_and_why(self) -> None:
        circuits = open_circuits(("a", "asked"), ("c", "third"))
        with pytest.raises(OverloadedError, match="'asked' isn't asked") as caught:
            next(flow(ONE, circuits=circuits, began_s=4.0))
        assert caught.value.retry_after_s == pytest.approx(6.0)
        assert "Wait 6 s" in caught.value.remedy
        assert "a is left alone for another 6 s after overloaded" in caught.value.message
        assert (caught.value.provider, caught.value.model) == ("a", "asked")
        assert caught.value.__notes__[1] == "third: left alone for another 6 s after overloaded"

    def test_the_fallbacks_error_is_not_the_asked_models(self) -> None:
        run = flow(ONE, circuits=open_circuits(("a", "asked")))
        next(run)
        with pytest.raises(OverloadedError, match="'asked' isn't asked") as caught:
            run.send(failed(CredentialsError("no key")))
        assert "third, attempt 1: CredentialsError: no key" in caught.value.__notes__

    def test_a_circuit_that_opens_during_the_pause_ends_the_turn(self) -> None:
        circuits = Circuits(CircuitBreaker(failures=2))
        run = flow(TWO, circuits=circuits)
        next(run)
        assert run.send(failed(FULL)) == Pause(0.5)
        permit = circuits.admit("a", "asked", 0.0)  # somebody else meets the second failure
        circuits.settle(permit, FULL, 0.0)  # type: ignore[arg-type] # it is a permit
        assert run.send(WAITED) == Attempt(ASKED, A2)

    def test_a_short_rest_is_waited_for_if_there_is_nobody_else(self) -> None:
        busy = RateLimitedError("busy", retry_after_s=4.0)
        run = flow([Candidate(ASKED, A)], circuits=open_circuits(("a", "asked"), error=busy))
        assert next(run) == Pause(4.5)
        assert run.send(WAITED) == Attempt(ASKED, A)  # it hadn't been asked before

    def test_a_long_rest_is_told_at_once_as_what_it_is(self) -> None:
        busy = RateLimitedError("busy", retry_after_s=3600.0)
        circuits = open_circuits(("a", "asked"), error=busy)
        with pytest.raises(RateLimitedError, match="another 300 s after rate_limited") as caught:
            next(flow([Candidate(ASKED, A)], circuits=circuits))
        assert caught.value.retry_after_s == 300.0
        assert (caught.value.provider, caught.value.model) == ("a", "asked")
        assert "Wait 300 s" in caught.value.remedy

    def test_going_away_gives_the_probe_back(self) -> None:
        circuits = open_circuits(("a", "asked"))
        run = flow([Candidate(ASKED, A)], circuits=circuits, began_s=10.0)
        next(run)
        with pytest.raises(OverloadedError):  # one at a time
            next(flow([Candidate(ASKED, A)], circuits=circuits, began_s=10.0))
        run.close()
        again = flow([Candidate(ASKED, A)], circuits=circuits, began_s=10.0)
        assert next(again) == Attempt(ASKED, A)


class TestBarred:
    """Who won't have us until somebody mends the set-up."""

    WRONG_KEY = CredentialsError("no", status=401)

    def test_it_is_passed_over_from_the_next_dispatch_on(self) -> None:
        circuits = Circuits(CircuitBreaker())
        run = flow(TWO, circuits=circuits)
        next(run)
        assert run.send(failed(self.WRONG_KEY)) == Attempt(ASKED, A2)
        run.send(Outcome())
        with pytest.raises(StopIteration):
            run.send(Outcome())
        assert next(flow(TWO, circuits=circuits, began_s=1.0)) == Attempt(ASKED, A2)
        assert next(flow(TWO, circuits=circuits, began_s=10.0)) == Attempt(ASKED, A)

    def test_a_fallback_says_why_it_stands_in(self) -> None:
        circuits = open_circuits(("a", "asked"), error=self.WRONG_KEY)
        assert next(flow(ONE, circuits=circuits)) == Attempt(THIRD, C, 1, "provider_credentials")

    @pytest.mark.parametrize(
        "error", [WRONG_KEY, UnsupportedError("no", param="model"), PaymentError("no")]
    )
    def test_the_only_one_is_asked_each_time_and_its_error_told(
        self, error: FourthwallError
    ) -> None:
        circuits = open_circuits(("a", "asked"), error=error)
        for began_s in (1.0, 2.0, 3.0):
            run = flow([Candidate(ASKED, A)], circuits=circuits, began_s=began_s)
            assert next(run) == Attempt(ASKED, A)
            with pytest.raises(type(error)) as caught:
                run.send(failed(error))
            assert caught.value is error
            assert not getattr(error, "__notes__", ())

    def test_if_none_will_have_us_all_are_asked(self) -> None:
        pairs = [("a", "asked"), ("a#2", "asked"), ("c", "third")]
        run = flow(TWO, circuits=open_circuits(*pairs, error=self.WRONG_KEY))
        assert next(run) == Attempt(ASKED, A)
        assert run.send(failed(self.WRONG_KEY)) == Attempt(ASKED, A2)
        last = run.send(failed(self.WRONG_KEY))
        assert last == Attempt(THIRD, C, 1, "provider_credentials")
        assert isinstance(last, Attempt)
        assert run.send(Outcome()) == Show(last)  # its key has been mended

    def test_it_is_asked_after_a_fallback_that_failed(self) -> None:
        run = flow(ONE, circuits=open_circuits(("a", "asked"), error=self.WRONG_KEY))
        assert next(run) == Attempt(THIRD, C, 1, "provider_credentials")
        assert run.send(failed(RequestError("no", fault="x"))).faults  # type: ignore[union-attr] # it is one
        assert run.send(failed(self.WRONG_KEY)) == Attempt(ASKED, A)

    def test_not_if_another_of_the_asked_model_has_a_passing_fault(self) -> None:
        circuits = open_circuits(("a", "asked"), error=self.WRONG_KEY)
        run = flow(TWO[:2], RetryPolicy(attempts=1), circuits=circuits)
        assert next(run) == Attempt(ASKED, A2)
        full = OverloadedError("full")
        with pytest.raises(OverloadedError) as caught:
            run.send(failed(full))
        assert caught.value is full
        assert full.__notes__ == [
            "asked at a: left alone for another 10 s after provider_credentials"
        ]


class TestRepair:
    def test_what_was_refused_is_left_out_once_without_waiting(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        run = flow(ONE)
        next(run)
        refused = RequestError("what the person said", fault="signature")
        with caplog.at_level(logging.WARNING, "fourthwall.backends"):
            assert run.send(failed(refused)) == Attempt(ASKED, A, faults=frozenset({"signature"}))
        assert "table of a: it refused a request to asked (signature)" in caplog.text
        assert "said" not in caplog.text
        with pytest.raises(RequestError):
            run.send(failed(RequestError("again", fault="signature")))

    def test_two_faults_behind_each_other_are_mended_a_third_is_told(self) -> None:
        run = flow(ONE)
        next(run)
        run.send(failed(RequestError("one", fault="signature")))
        both = run.send(failed(RequestError("two", fault="parameter:status")))
        assert both == Attempt(ASKED, A, faults=frozenset({"signature", "parameter:status"}))
        with pytest.raises(RequestError, match="three"):
            run.send(failed(RequestError("three", fault="media")))

    def test_what_the_request_already_does_without_is_not_mended_again(self) -> None:
        run = flow(ONE, faults=frozenset({"signature"}))
        next(run)
        with pytest.raises(RequestError):
            run.send(failed(RequestError("again", fault="signature")))

    def test_it_can_be_switched_off(self) -> None:
        run = flow(ONE, RetryPolicy(repairs=0))
        next(run)
        with pytest.raises(RequestError):
            run.send(failed(RequestError("one", fault="signature")))

    def test_not_after_the_deadline(self) -> None:
        run = flow(ONE, RetryPolicy(deadline_s=5))
        next(run)
        with pytest.raises(RequestError):
            run.send(failed(RequestError("one", fault="signature"), 5.0))

    def test_the_models_next_endpoint_profits_and_the_fallback_begins_anew(self) -> None:
        run = flow(TWO, RetryPolicy(attempts=1))
        next(run)
        run.send(failed(UnsupportedError("one", fault="media")))
        assert run.send(failed(FULL)) == Attempt(ASKED, A2, faults=frozenset({"media"}))
        assert run.send(failed(FULL)) == Attempt(THIRD, C, 1, "overloaded")

    def test_mending_uses_up_no_attempt(self) -> None:
        run = flow(ONE, RetryPolicy(attempts=2))
        next(run)
        run.send(failed(RequestError("one", fault="media")))
        assert run.send(failed(FULL)) == Pause(0.5)
        assert run.send(WAITED) == Attempt(ASKED, A, 2, faults=frozenset({"media"}))


class TestHedging:
    HEDGED = RetryPolicy(attempts=1, hedge_after_s=2.0)

    def test_the_next_endpoint_is_asked_beside_one_that_is_slow(self) -> None:
        run = flow(TWO, self.HEDGED)
        slow = next(run)
        assert slow == Attempt(ASKED, A, within_s=2.0)
        assert run.send(Outcome(elapsed_s=2.0, pending=True)) == Attempt(ASKED, A2)
        assert isinstance(slow, Attempt)
        assert run.send(Outcome(attempt=slow)) == Show(slow)

    def test_without_hedging_one_waits_for_as_long_as_it_takes(self) -> None:
        assert next(flow(TWO)) == Attempt(ASKED, A, within_s=None)

    def test_a_fallback_is_only_asked_beside_if_wanted(self) -> None:
        assert next(flow(ONE, self.HEDGED)) == Attempt(ASKED, A)
        wanted = RetryPolicy(attempts=1, hedge_after_s=2.0, hedge_models=True)
        run = flow(ONE, wanted)
        assert next(run) == Attempt(ASKED, A, within_s=2.0)
        assert run.send(WAITED) == Attempt(THIRD, C, 1, "timeout")

    def test_at_most_two_are_asked_at_a_time(self) -> None:
        three = [*TWO[:2], Candidate(ASKED, endpoint("a#3"))]
        run = flow(three, self.HEDGED)
        next(run)
        assert run.send(WAITED) == Attempt(ASKED, A2)

    def test_when_one_fails_the_other_is_waited_for_then_joined_by_the_next(self) -> None:
        three = [*TWO[:2], Candidate(ASKED, endpoint("a#3"))]
        run = flow(three, self.HEDGED)
        slow = next(run)
        second = run.send(Outcome(elapsed_s=2.0, pending=True))
        assert isinstance(slow, Attempt)
        assert isinstance(second, Attempt)
        assert run.send(Outcome(FULL, elapsed_s=3.0, attempt=slow)) == Pause(1.0)
        third = run.send(Outcome(elapsed_s=4.0, pending=True))
        assert isinstance(third, Attempt)
        assert third.endpoint.key == "a#3"
        assert run.send(Outcome(elapsed_s=5.0, attempt=second)) == Show(second)

    def test_a_request_that_is_wrong_still_waits_for_who_is_under_way(self) -> None:
        run = flow(TWO, self.HEDGED)
        slow = next(run)
        second = run.send(WAITED)
        assert isinstance(slow, Attempt)
        assert isinstance(second, Attempt)
        wrong = RequestError("wrong")
        assert run.send(Outcome(wrong, attempt=second)) == Pause(None)
        with pytest.raises(RequestError):
            run.send(Outcome(FULL, attempt=slow))

    def test_a_retry_waits_its_turn_beside_the_other(self) -> None:
        run = flow(TWO, RetryPolicy(hedge_after_s=2.0))
        slow = next(run)
        run.send(Outcome(elapsed_s=2.0, pending=True))
        assert isinstance(slow, Attempt)
        assert run.send(Outcome(FULL, elapsed_s=2.0, attempt=slow)) == Pause(0.5)
        assert run.send(Outcome(elapsed_s=2.5, pending=True)) == Attempt(ASKED, A, 2)

    def test_the_loser_gives_its_probe_back(self) -> None:
        circuits = open_circuits(("a", "asked"))
        run = flow(TWO, self.HEDGED, circuits=circuits, began_s=10.0)
        next(run)
        second = run.send(WAITED)
        assert isinstance(second, Attempt)
        run.send(Outcome(attempt=second))
        assert not hasattr(circuits.admit("a", "asked", 12.0), "wait_s")


class TestCandidates:
    def test_retired_fallbacks_are_replaced_and_unreachable_ones_left_out(self) -> None:
        backends = Backends([ScriptedBackend([], name=name) for name in "abc"])
        found = candidates(ASKED, REGISTRY, backends)
        assert [card for card, _ in found] == [ASKED, NEW, THIRD]
        assert [card for card, _ in candidates(ASKED, REGISTRY, backends, failover=False)] == [
            ASKED
        ]

    def test_fallbacks_outside_the_registry_are_left_out(self) -> None:
        card = ModelCard(id="stray", provider="a", fallbacks=("nowhere",))
        found = candidates(card, REGISTRY, Backends(default=OfflineBackend()))
        assert [candidate.card for candidate in found] == [card]

    def test_every_endpoint_of_every_model_is_one(self) -> None:
        several = Backends(
            {"a": [OfflineBackend(), OfflineBackend()], "c": [OfflineBackend()]}, plugins=False
        )
        found = candidates(ASKED, REGISTRY, several)
        assert [(c.card.id, c.endpoint.key) for c in found] == [
            ("asked", "a"),
            ("asked", "a#2"),
            ("third", "c"),
        ]

    def test_the_asked_model_needs_a_backend(self) -> None:
        with pytest.raises(NoBackendError):
            candidates(ASKED, REGISTRY, Backends({"c": OfflineBackend()}, plugins=False))

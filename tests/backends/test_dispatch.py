"""Who is asked when: single cases."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from fourthwall.backends import (
    Attempt,
    Backends,
    OfflineBackend,
    Outcome,
    RetryPolicy,
    ScriptedBackend,
    Timeouts,
    adispatch,
    dispatch,
)
from fourthwall.backends._dispatch import attempts, candidates
from fourthwall.chat import ChatRequest, ContentDelta, Event, Finished, Started, fold_reply
from fourthwall.errors import (
    ConfigurationError,
    CredentialsError,
    FourthwallError,
    NoBackendError,
    OverloadedError,
    RateLimitedError,
    RequestError,
    StreamInterruptedError,
)
from fourthwall.registry import ModelCard, Registry

ASKED = ModelCard(id="asked", provider="a", fallbacks=("old", "lost", "third"))
OLD = ModelCard(id="old", provider="b", retires="2020-01-01", replaced_by="new")
NEW = ModelCard(id="new", provider="b")
LOST = ModelCard(id="lost", provider="nobody")
THIRD = ModelCard(id="third", provider="c")
REGISTRY = Registry([ASKED, OLD, NEW, LOST, THIRD], as_of="2026-01-01")
REQUEST = ChatRequest(messages=({"role": "user", "content": "hi"},))


def asked(
    *backends: ScriptedBackend, policy: RetryPolicy | None = None, slept: list[float] | None = None
) -> Iterator[Event]:
    return dispatch(
        ASKED,
        REQUEST,
        registry=REGISTRY,
        backends=Backends(backends),
        policy=policy,
        sleep=(slept if slept is not None else []).append,
        random=lambda: 0.5,
    )


def scripted(name: str, *scripts: object) -> ScriptedBackend:
    return ScriptedBackend(scripts, name=name)  # type: ignore[arg-type] # any script


class TestPolicy:
    def test_it_asks_waits_and_moves_on(self) -> None:
        flow = attempts([ASKED, THIRD], RetryPolicy(attempts=2), random=lambda: 1.0)
        assert next(flow) == Attempt(ASKED, 1, 0.0)
        assert flow.send(Outcome(OverloadedError("full"))) == Attempt(ASKED, 2, 0.5)
        assert flow.send(Outcome(OverloadedError("full"))) == Attempt(THIRD, 1, 0.0)
        with pytest.raises(StopIteration):
            flow.send(Outcome())

    def test_the_deadline_ends_failover_too(self) -> None:
        flow = attempts([ASKED, THIRD], RetryPolicy(deadline_s=10), random=lambda: 1.0)
        next(flow)
        with pytest.raises(OverloadedError):
            flow.send(Outcome(OverloadedError("full"), elapsed_s=10.0))

    def test_a_request_that_is_wrong_is_told_at_once(self) -> None:
        flow = attempts([ASKED, THIRD], RetryPolicy(), random=lambda: 1.0)
        next(flow)
        with pytest.raises(RequestError):
            flow.send(Outcome(RequestError("wrong")))


class TestCandidates:
    def test_retired_fallbacks_are_replaced_and_unreachable_ones_left_out(self) -> None:
        backends = Backends([scripted("a"), scripted("b"), scripted("c")])
        assert candidates(ASKED, REGISTRY, backends) == (ASKED, NEW, THIRD)
        assert candidates(ASKED, REGISTRY, backends, failover=False) == (ASKED,)

    def test_fallbacks_outside_the_registry_are_left_out(self) -> None:
        card = ModelCard(id="stray", provider="a", fallbacks=("nowhere",))
        assert candidates(card, REGISTRY, Backends(default=OfflineBackend())) == (card,)


class TestDispatch:
    def test_rate_limited_model_is_asked_again_when_it_said(self) -> None:
        slept: list[float] = []
        backend = scripted("a", RateLimitedError("busy", retry_after_s=3.0), "hello")
        assert fold_reply(asked(backend, slept=slept)).text == "hello"
        assert slept == [3.25]

    def test_a_long_retry_after_goes_to_the_fallback(self) -> None:
        busy = scripted("a", RateLimitedError("busy", retry_after_s=3600))
        reply = fold_reply(asked(busy, scripted("b", "hello")))
        assert (reply.model, reply.failover_from) == ("new", "asked")

    def test_refused_key_goes_to_the_fallback(self) -> None:
        reply = fold_reply(asked(scripted("a", CredentialsError("no")), scripted("c", "hello")))
        assert reply.model == "third"

    def test_a_fallback_never_gets_what_the_asked_model_thought(self) -> None:
        turn = {"role": "assistant", "content": "a", "reasoning_content": "hm", "reasoning": "hm"}
        request = ChatRequest(messages=(*REQUEST.messages, turn, *REQUEST.messages))
        first, second = scripted("a", CredentialsError("no")), scripted("b", "hello")
        stream = dispatch(ASKED, request, registry=REGISTRY, backends=Backends([first, second]))
        assert fold_reply(stream).model == "new"
        assert first.calls[0][1] is request
        assert second.calls[0][1].messages[1] == {"role": "assistant", "content": "a"}
        assert turn["reasoning_content"] == "hm"

    def test_when_all_fail_the_asked_models_error_comes_with_notes(self) -> None:
        first = OverloadedError("full")
        with pytest.raises(OverloadedError) as caught:
            list(
                asked(
                    scripted("a", RateLimitedError("busy"), first),
                    scripted("b", CredentialsError("no key")),
                    policy=RetryPolicy(attempts=2),
                )
            )
        assert caught.value is first
        assert caught.value.__notes__ == [
            "asked, attempt 1: RateLimitedError: busy",
            "new, attempt 1: CredentialsError: no key",
        ]

    def test_the_same_error_twice_is_noted_once(self) -> None:
        first, again = OverloadedError("full"), OverloadedError("full")
        for _ in range(2):
            with pytest.raises(OverloadedError):
                list(asked(scripted("a", again, first), policy=RetryPolicy(attempts=2)))
        assert first.__notes__ == ["asked, attempt 1: OverloadedError: full"]

    def test_what_has_been_shown_is_not_taken_back(self) -> None:
        cut = [ContentDelta("Hel"), StreamInterruptedError("cut", partial="Hel")]
        events: list[Event] = []
        fallback = scripted("b", "hello")
        stream = asked(scripted("a", cut), fallback)
        with pytest.raises(StreamInterruptedError):
            events.extend(stream)
        assert events == [Started("asked", "a"), ContentDelta("Hel")]
        assert not fallback.calls

    def test_a_model_without_backend_is_not_silently_replaced(self) -> None:
        fallback = scripted("b", "hello")
        with pytest.raises(NoBackendError):
            list(asked(fallback))
        assert not fallback.calls

    def test_a_backend_must_begin_with_started(self) -> None:
        class Rude:
            name = "a"

            def stream(self, *_: object, timeouts: Timeouts) -> Iterator[Event]:
                return iter([ContentDelta("hi")])

        with pytest.raises(ConfigurationError, match="began with ContentDelta"):
            list(dispatch(ASKED, REQUEST, registry=REGISTRY, backends=Backends([Rude()])))

    def test_backends_own_iterators_need_no_close(self) -> None:
        class Plain:
            name = "a"

            def stream(self, *_: object, timeouts: Timeouts) -> Iterator[Event]:
                return iter([Started("asked", "a"), Finished("stop")])

        stream = dispatch(ASKED, REQUEST, registry=REGISTRY, backends=Backends([Plain()]))
        assert len(list(stream)) == 2

    def test_an_answer_may_end_without_a_word(self) -> None:
        only_started = scripted("a", [Started("asked", "a")])
        assert list(asked(only_started)) == [Started("asked", "a")]

    def test_closing_closes_the_backends_stream(self) -> None:
        backend = scripted("a", "hello")
        stream = dispatch(ASKED, REQUEST, registry=REGISTRY, backends=Backends([backend]))
        assert next(stream) == Started("asked", "a")
        stream.close()
        assert backend.closed == 1

    def test_timeouts_are_passed_on(self) -> None:
        slow = OfflineBackend(first_token_s=5.0, sleep=lambda _: None)
        with pytest.raises(FourthwallError, match="first_token"):
            list(
                dispatch(
                    ASKED,
                    REQUEST,
                    registry=REGISTRY,
                    backends=Backends(default=slow),
                    timeouts=Timeouts(first_token_s=1.0),
                )
            )


class TestAsync:
    def test_failover_and_pauses(self) -> None:
        slept: list[float] = []

        async def asleep(seconds: float) -> None:
            slept.append(seconds)

        async def collect() -> list[Event]:
            backends = Backends(
                [
                    scripted("a", OverloadedError("full"), CredentialsError("no")),
                    scripted("b", "hi"),
                ]
            )
            stream = adispatch(
                ASKED, REQUEST, registry=REGISTRY, backends=backends, sleep=asleep, random=lambda: 1
            )
            return [event async for event in stream]

        assert fold_reply(asyncio.run(collect())).failover_from == "asked"
        assert slept == [0.5]

    def test_closing_closes_the_backends_stream(self) -> None:
        backend = scripted("a", "hello")

        async def ask() -> None:
            stream = adispatch(ASKED, REQUEST, registry=REGISTRY, backends=Backends([backend]))
            async with aclosing(stream):
                await anext(stream)

        asyncio.run(ask())
        assert backend.closed == 1

    def test_an_answer_may_end_without_a_word(self) -> None:
        async def collect() -> list[Event]:
            backends = Backends([scripted("a", [Started("asked", "a")])])
            stream = adispatch(ASKED, REQUEST, registry=REGISTRY, backends=backends)
            return [event async for event in stream]

        assert asyncio.run(collect()) == [Started("asked", "a")]

    def test_plain_iterators_need_no_close(self) -> None:
        class Walk:
            def __init__(self) -> None:
                self.rest: list[Event] = [Started("asked", "a"), Finished("stop")]

            def __aiter__(self) -> Walk:
                return self

            async def __anext__(self) -> Event:
                if not self.rest:
                    raise StopAsyncIteration
                return self.rest.pop(0)

        class Plain:
            name = "a"

            def astream(self, *_: object, timeouts: Timeouts) -> Walk:
                return Walk()

        async def collect() -> int:
            stream = adispatch(ASKED, REQUEST, registry=REGISTRY, backends=Backends([Plain()]))
            return len([event async for event in stream])

        assert asyncio.run(collect()) == 2

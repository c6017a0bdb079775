"""Who is asked when: single cases."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import TypeAlias

import pytest

from fourthwall.backends import (
    Backend,
    Backends,
    OfflineBackend,
    OpenAIBackend,
    RetryPolicy,
    ScriptedBackend,
    Timeouts,
    adispatch,
    dispatch,
)
from fourthwall.chat import (
    ChatRequest,
    ContentDelta,
    Event,
    Finished,
    ReasoningDelta,
    Started,
    ToolCallDelta,
    Usage,
    UsageReported,
    fold_reply,
)
from fourthwall.errors import (
    BackendFailedError,
    CredentialsError,
    DeadlineExceededError,
    FourthwallError,
    NoBackendError,
    OverloadedError,
    PaymentError,
    RateLimitedError,
    RequestError,
    StreamInterruptedError,
    UpstreamProtocolError,
)
from fourthwall.registry import ModelCard, Registry
from tests.backends.conftest import Upstream, hello

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

    def test_backends_own_iterators_need_no_close(self) -> None:
        class Plain:
            name = "a"

            def stream(self, *_: object, timeouts: Timeouts) -> Iterator[Event]:
                return iter([Started("asked", "a"), Finished("stop")])

        stream = dispatch(ASKED, REQUEST, registry=REGISTRY, backends=Backends([Plain()]))
        assert len(list(stream)) == 2

    def test_whatever_can_be_closed_is(self) -> None:
        class Walk:
            def __init__(self) -> None:
                self.rest: list[Event] = [Finished("stop"), Started("asked", "a")]
                self.closed = False

            def __iter__(self) -> Walk:
                return self

            def __next__(self) -> Event:
                return self.rest.pop()

            def close(self) -> None:
                self.closed = True

        class Own:
            name = "a"
            walk = Walk()

            def stream(self, *_: object, timeouts: Timeouts) -> Walk:
                return self.walk

        stream = dispatch(ASKED, REQUEST, registry=REGISTRY, backends=Backends([Own()]))
        next(stream)
        stream.close()
        assert Own.walk.closed

    def test_why_another_answers_is_the_asked_models_last_error(self) -> None:
        first = scripted("a", OverloadedError("full"), CredentialsError("no"))
        reply = fold_reply(asked(first, scripted("b", PaymentError("no")), scripted("c", "hello")))
        assert (reply.model, reply.failover_reason) == ("third", "provider_credentials")
        assert fold_reply(asked(scripted("a", "hello"))).failover_reason is None

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


class Strange:
    """A backend that gives what it is told to, and then raises what it is told to."""

    name = "a"

    def __init__(self, *events: object, error: BaseException | None = None) -> None:
        self.events = events
        self.error = error
        self.calls = 0

    def stream(self, *_: object, timeouts: Timeouts) -> Iterator[Event]:
        self.calls += 1
        yield from self.events  # type: ignore[misc] # that is what is strange
        if self.error is not None:
            raise self.error


def ask_sync(*backends: Backend) -> list[Event]:
    return list(
        dispatch(
            ASKED,
            REQUEST,
            registry=REGISTRY,
            backends=Backends(backends),
            policy=RetryPolicy(attempts=2),
            sleep=lambda _: None,
        )
    )


def ask_async(*backends: Backend) -> list[Event]:
    async def asleep(_: float) -> None:
        pass

    async def collect() -> list[Event]:
        stream = adispatch(
            ASKED,
            REQUEST,
            registry=REGISTRY,
            backends=Backends(backends),
            policy=RetryPolicy(attempts=2),
            sleep=asleep,
        )
        return [event async for event in stream]

    return asyncio.run(collect())


STARTED = Started("asked", "a")
Ask: TypeAlias = Callable[..., list[Event]]


@pytest.fixture(params=[ask_sync, ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    face: Ask = request.param
    return face


class TestProtocol:
    """What a backend must keep to, and what its user is told if it doesn't."""

    @pytest.mark.parametrize(
        ("events", "missing"),
        [
            ((), "gave no events; Started is missing"),
            ((ContentDelta("hi"),), "began with ContentDelta; Started is missing"),
            ((STARTED,), "Finished is missing"),
            ((STARTED, ContentDelta("")), "Finished is missing"),
            ((STARTED, UsageReported(Usage())), "Finished is missing"),
            ((None,), "gave NoneType, which is no event"),
            ((STARTED, None), "gave NoneType, which is no event"),
            ((STARTED, "hi"), "gave str, which is no event"),
            ((STARTED, STARTED), "Started came again"),
            ((Started("another", "a"),), "whose model isn't 'asked'"),
        ],
    )
    def test_a_broken_answer_is_asked_for_again_then_told(
        self, ask: Ask, events: tuple[object, ...], missing: str
    ) -> None:
        strange = Strange(*events)
        with pytest.raises(UpstreamProtocolError, match=missing) as caught:
            ask(strange)
        assert "the backend for 'a'" in caught.value.message
        assert (caught.value.provider, caught.value.model) == ("a", "asked")
        assert strange.calls == 2
        assert fold_reply(ask(Strange(*events), scripted("b", "hello"))).text == "hello"

    @pytest.mark.parametrize(
        ("events", "missing"),
        [
            ((STARTED, ContentDelta("Hel"), ContentDelta("lo")), "Finished is missing"),
            ((STARTED, ContentDelta("Hello"), None), "NoneType"),
        ],
    )
    def test_once_something_was_shown_the_answer_broke_off(
        self, ask: Ask, events: tuple[object, ...], missing: str
    ) -> None:
        fallback = scripted("b", "hello")
        with pytest.raises(StreamInterruptedError, match=missing) as caught:
            ask(Strange(*events), fallback)
        assert caught.value.partial == "Hello"
        assert isinstance(caught.value.__cause__, UpstreamProtocolError)
        assert not fallback.calls

    @pytest.mark.parametrize(
        "events",
        [
            (ReasoningDelta("hm"), Finished("stop")),
            (ToolCallDelta(0, "c1", "now"), Finished("tool_calls")),
            (Finished("length"),),
            (Finished("content_filter"),),
            (Finished("stop"),),
            (ContentDelta("hi"), Finished("stop"), UsageReported(Usage())),
        ],
    )
    def test_an_answer_may_have_no_text(self, ask: Ask, events: tuple[Event, ...]) -> None:
        assert ask(Strange(STARTED, *events)) == [STARTED, *events]

    def test_plain_iterators_are_held_to_it_too(self) -> None:
        class Plain:
            name = "a"

            def stream(self, *_: object, timeouts: Timeouts) -> Iterator[Event]:
                return iter([STARTED])

        class AsyncPlain:
            name = "a"

            def astream(self, *_: object, timeouts: Timeouts) -> AsyncIterator[Event]:
                return self

            def __aiter__(self) -> AsyncIterator[Event]:
                return self

            async def __anext__(self) -> Event:
                raise StopAsyncIteration

        with pytest.raises(UpstreamProtocolError, match="Finished is missing"):
            ask_sync(Plain())
        with pytest.raises(UpstreamProtocolError, match="Started is missing"):
            ask_async(AsyncPlain())


class TestForeignExceptions:
    SECRET = "what the person said"

    def test_the_fallback_answers_and_nothing_is_asked_twice(self, ask: Ask) -> None:
        strange = Strange(error=ValueError(self.SECRET))
        reply = fold_reply(ask(strange, scripted("b", "hello")))
        assert (reply.text, reply.failover_reason) == ("hello", "backend_failed")
        assert strange.calls == 1

    def test_without_a_fallback_the_backend_and_the_class_are_named(self, ask: Ask) -> None:
        error = ValueError(self.SECRET)
        with pytest.raises(BackendFailedError) as caught:
            ask(Strange(STARTED, error=error))
        assert caught.value.message == "the backend for 'a' raised ValueError"
        assert (caught.value.provider, caught.value.model) == ("a", "asked")
        assert caught.value.__cause__ is error

    def test_the_backend_is_named_not_the_provider_for_which_it_stands(self) -> None:
        strange = Backends(default=Strange(error=ValueError()))
        with pytest.raises(BackendFailedError, match="'a' raised"):
            list(dispatch(THIRD, REQUEST, registry=REGISTRY, backends=strange))

    def test_what_came_before_is_kept(self, ask: Ask) -> None:
        error = ValueError(self.SECRET)
        with pytest.raises(StreamInterruptedError) as caught:
            ask(Strange(STARTED, ContentDelta("Hel"), error=error))
        assert caught.value.partial == "Hel"
        failed = caught.value.__cause__
        assert isinstance(failed, BackendFailedError)
        assert failed.__cause__ is error
        assert self.SECRET not in f"{caught.value}{caught.value.remedy}{failed}{failed.remedy}"

    def test_a_method_that_raises_at_once_is_no_different(self, ask: Ask) -> None:
        class Hasty:
            name = "a"

            def stream(self, *_: object, timeouts: Timeouts) -> Iterator[Event]:
                raise LookupError

        with pytest.raises(BackendFailedError, match="LookupError"):
            ask(Hasty())


class TestBrokenOff:
    def test_a_backends_deadline_after_the_first_token_keeps_what_came(self, ask: Ask) -> None:
        late = DeadlineExceededError("silence", phase="between_tokens", provider="a")
        with pytest.raises(StreamInterruptedError, match="silence") as caught:
            ask(Strange(STARTED, ContentDelta("Hel"), error=late))
        assert caught.value.partial == "Hel"
        assert caught.value.__cause__ is late

    def test_a_backends_own_account_of_what_came_is_kept(self, ask: Ask) -> None:
        for partial, told in (("", "<b>Hel"), ("Hel", "Hel")):
            cut = StreamInterruptedError("cut", partial=partial)
            with pytest.raises(StreamInterruptedError) as caught:
                ask(Strange(STARTED, ContentDelta("<b>Hel"), error=cut))
            assert caught.value is cut
            assert cut.partial == told


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


class TestEndpoints:
    @pytest.mark.parametrize("card", [ASKED, replace(ASKED, hosts={"host": "x/asked"})])
    def test_another_endpoint_of_the_model_is_no_failover(self, card: ModelCard) -> None:
        full = scripted("a", OverloadedError("full"))
        second = scripted("host" if card.hosts else "a", "hello")
        backends = Backends([full, second] if card.hosts else [[full, second]])
        policy = RetryPolicy(attempts=1)
        stream = dispatch(card, REQUEST, registry=REGISTRY, backends=backends, policy=policy)
        assert next(stream) == Started("asked", second.name)
        assert fold_reply(stream).text == "hello"

    def test_what_was_learnt_is_shared_and_can_be_seen(self) -> None:
        backend = scripted("a", *[OverloadedError("full")] * 9)
        backends = Backends([backend])
        for calls in (3, 5, 5):  # after five failures nobody is asked
            with pytest.raises(OverloadedError):
                list(
                    dispatch(
                        THIRD_AT_A,
                        REQUEST,
                        registry=REGISTRY,
                        backends=backends,
                        sleep=lambda _: None,
                        clock=lambda: 0.0,
                    )
                )
            assert len(backend.calls) == calls
        assert [(row.model, row.state) for row in backends.health(0.0)] == [
            (None, "closed"),
            ("third", "open"),
        ]

    def test_an_answer_that_breaks_off_counts(self) -> None:
        cut = [ContentDelta("Hel"), StreamInterruptedError("cut")]
        backends = Backends([scripted("a", cut)])
        with pytest.raises(StreamInterruptedError):
            list(dispatch(THIRD_AT_A, REQUEST, registry=REGISTRY, backends=backends))
        assert backends.health()[1].failures == 1

    def test_a_reader_that_goes_away_doesnt(self) -> None:
        backends = Backends([scripted("a", "hello")])
        stream = dispatch(THIRD_AT_A, REQUEST, registry=REGISTRY, backends=backends)
        next(stream)
        stream.close()
        assert len(backends.health()) == 1


THIRD_AT_A = ModelCard(id="third", provider="a")


class TestRepair:
    def test_the_same_endpoint_is_asked_once_more_without(self, ask: Ask) -> None:
        backend = scripted("a", RequestError("refused", fault="media"), "hello")
        assert fold_reply(ask(backend)).text == "hello"
        assert [request.faults for _, request in backend.calls] == [set(), {"media"}]
        assert REQUEST.faults == set()

    def test_over_the_wire_the_second_body_lacks_what_was_refused(
        self, upstream: Upstream, caplog: pytest.LogCaptureFixture
    ) -> None:
        said = "Unsupported value: 'temperature' does not support 0.7 with this model."
        upstream.answers(
            lambda answer: answer.whole(400, {"error": {"message": said}}),
            lambda answer: answer.stream(*hello()),
        )
        with OpenAIBackend("local", base_url=upstream.url) as backend:
            stream = dispatch(
                ModelCard(id="m", provider="local"),
                replace(REQUEST, temperature=0.7),
                registry=REGISTRY,
                backends=Backends([backend]),
            )
            assert fold_reply(stream).text == "Hello"
        first, second = (answer.json for answer in upstream.requests)
        assert {**second, "temperature": 0.7} == first
        assert caplog.messages == [
            "a hole in the table of local: it refused a request to m (parameter:temperature); "
            "asking once more without"
        ]

    def test_a_refusal_that_nobody_knows_is_told(self, ask: Ask) -> None:
        with pytest.raises(RequestError, match="refused"):
            ask(scripted("a", RequestError("refused")), scripted("b", "hello"))


class Slow:
    """A backend that shows nothing until it is told to go on; async code can only cancel it."""

    name = "a"

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error
        self.go_on = threading.Event()
        self.closed = threading.Event()

    def stream(self, *_: object, timeouts: Timeouts) -> Iterator[Event]:
        try:
            yield STARTED
            self.go_on.wait(5)
            if self.error is not None:
                raise self.error
            yield ContentDelta("slow")
            yield Finished("stop")
        finally:
            self.closed.set()

    async def astream(self, *_: object, timeouts: Timeouts) -> AsyncIterator[Event]:
        try:
            yield STARTED
            while not self.go_on.is_set():
                await asyncio.sleep(0)
            if self.error is not None:
                raise self.error
            yield ContentDelta("slow")
            yield Finished("stop")
        finally:
            self.closed.set()


HEDGED = RetryPolicy(attempts=1, hedge_after_s=0.0)
NEVER_HEDGED = RetryPolicy(attempts=1, hedge_after_s=1e300)


class TestHedging:
    """No time passes: a hedge after 0 s comes at once, one after 1e300 s never."""

    def test_the_first_to_show_a_token_wins(self) -> None:
        slow, quick = Slow(), scripted("a", "quick")
        stream = dispatch(
            ASKED, REQUEST, registry=REGISTRY, backends=Backends([[slow, quick]]), policy=HEDGED
        )
        assert fold_reply(stream).text == "quick"
        slow.go_on.set()
        assert slow.closed.wait(5)

    def test_who_answers_in_time_answers_alone(self) -> None:
        quick, second = scripted("a", "quick"), scripted("a", "second")
        backends = Backends([[quick, second]])
        stream = dispatch(ASKED, REQUEST, registry=REGISTRY, backends=backends, policy=NEVER_HEDGED)
        assert fold_reply(stream).text == "quick"
        assert not second.calls

    def test_one_that_fails_leaves_the_other_to_answer(self) -> None:
        slow, failing = Slow(), scripted("a", OverloadedError("full"))
        slow.go_on.set()
        stream = dispatch(
            ASKED, REQUEST, registry=REGISTRY, backends=Backends([[slow, failing]]), policy=HEDGED
        )
        assert fold_reply(stream).text == "slow"

    def test_what_is_no_error_of_ours_reaches_the_caller(self) -> None:
        slow = Slow(KeyboardInterrupt())
        slow.go_on.set()
        backends = Backends([[slow, scripted("a", "second")]])
        stream = dispatch(ASKED, REQUEST, registry=REGISTRY, backends=backends, policy=NEVER_HEDGED)
        with pytest.raises(KeyboardInterrupt):
            list(stream)

    def test_closing_closes_who_is_shown(self) -> None:
        slow, quick = Slow(), scripted("a", "quick")
        stream = dispatch(
            ASKED, REQUEST, registry=REGISTRY, backends=Backends([[slow, quick]]), policy=HEDGED
        )
        next(stream)
        stream.close()
        slow.go_on.set()
        assert quick.closed == 1
        assert slow.closed.wait(5)

    def test_in_async_code_the_loser_is_closed_at_once(self) -> None:
        slow, quick = Slow(), scripted("a", "quick")

        async def collect() -> list[Event]:
            stream = adispatch(
                ASKED, REQUEST, registry=REGISTRY, backends=Backends([[slow, quick]]), policy=HEDGED
            )
            return [event async for event in stream]

        assert fold_reply(asyncio.run(collect())).text == "quick"
        assert slow.closed.is_set()

    def test_in_async_code_one_that_fails_leaves_the_other_to_answer(self) -> None:
        slow, failing = Slow(), scripted("a", OverloadedError("full"))

        async def collect() -> list[Event]:
            backends = Backends([[slow, failing]])
            stream = adispatch(ASKED, REQUEST, registry=REGISTRY, backends=backends, policy=HEDGED)
            asyncio.get_running_loop().call_soon(slow.go_on.set)
            return [event async for event in stream]

        assert fold_reply(asyncio.run(collect())).text == "slow"

    def test_cancelling_closes_every_request_under_way(self) -> None:
        slow, slower = Slow(), Slow()

        async def ask() -> None:
            backends = Backends([[slow, slower]])
            stream = adispatch(ASKED, REQUEST, registry=REGISTRY, backends=backends, policy=HEDGED)
            task = asyncio.ensure_future(anext(stream))
            for _ in range(20):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert slow.closed.is_set()
            assert slower.closed.is_set()

        asyncio.run(ask())


class TestPrivateThoughts:
    def test_a_fallback_gets_back_what_it_thought_itself(self) -> None:
        own = {"role": "assistant", "content": "a", "reasoning": "hm", "model": "new"}
        request = ChatRequest(messages=(*REQUEST.messages, own, *REQUEST.messages))
        first, second = scripted("a", CredentialsError("no")), scripted("b", "hello")
        stream = dispatch(ASKED, request, registry=REGISTRY, backends=Backends([first, second]))
        assert fold_reply(stream).model == "new"
        assert second.calls[0][1].messages[1] == own

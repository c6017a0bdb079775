"""The protocol: registration, plug-ins, and the bridges between the two faces."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from importlib.metadata import EntryPoint
from typing import Any, cast

import pytest

from fourthwall.backends import (
    Backend,
    Backends,
    CircuitBreaker,
    CircuitState,
    Health,
    OfflineBackend,
    ScriptedBackend,
    Timeouts,
    _base,
    open_astream,
    open_stream,
)
from fourthwall.chat import ChatRequest, ContentDelta, Event, Finished, Started
from fourthwall.errors import (
    ConfigurationError,
    ConnectionFailedError,
    NoBackendError,
    OverloadedError,
    UnsupportedError,
)
from fourthwall.registry import ModelCard

LIMITS = Timeouts()
ANSWER: list[Event] = [Started("m", "sync"), ContentDelta("hi"), Finished("stop")]


class SyncOnly:
    name = "sync"

    def __init__(self) -> None:
        self.closed = threading.Event()
        self.waiting = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def stream(
        self, card: ModelCard, request: ChatRequest, *, timeouts: Timeouts
    ) -> Iterator[Event]:
        try:
            for event in ANSWER:
                self.waiting.set()
                self.go_on.wait(5)
                yield event
        finally:
            self.closed.set()


class AsyncOnly:
    name = "async"

    def __init__(self) -> None:
        self.closed = False

    async def astream(
        self, card: ModelCard, request: ChatRequest, *, timeouts: Timeouts
    ) -> AsyncIterator[Event]:
        try:
            for event in ANSWER:
                await asyncio.sleep(0)
                yield event
        finally:
            self.closed = True


class Iterators:
    """Both faces as plain iterators, which have nothing to close."""

    name = "plain"

    def stream(
        self, card: ModelCard, request: ChatRequest, *, timeouts: Timeouts
    ) -> Iterator[Event]:
        return iter(ANSWER)


class AsyncIterators:
    name = "aplain"

    def astream(
        self, card: ModelCard, request: ChatRequest, *, timeouts: Timeouts
    ) -> AsyncIterator[Event]:
        return Walk()


class Walk:
    def __init__(self) -> None:
        self._rest = list(ANSWER)

    def __aiter__(self) -> Walk:
        return self

    async def __anext__(self) -> Event:
        if not self._rest:
            raise StopAsyncIteration
        return self._rest.pop(0)


class TestBridges:
    @pytest.mark.parametrize("backend", [SyncOnly(), Iterators()])
    def test_sync_backend_serves_async_code(
        self, backend: Backend, card: ModelCard, request_: ChatRequest
    ) -> None:
        async def ask() -> list[Event]:
            return [e async for e in open_astream(backend, card, request_, LIMITS)]

        assert asyncio.run(ask()) == ANSWER

    @pytest.mark.parametrize("backend", [AsyncOnly(), AsyncIterators()])
    def test_async_backend_serves_sync_code(
        self, backend: Backend, card: ModelCard, request_: ChatRequest
    ) -> None:
        assert list(open_stream(backend, card, request_, LIMITS)) == ANSWER

    def test_own_face_is_used_where_there_is_one(
        self, card: ModelCard, request_: ChatRequest
    ) -> None:
        async def ask(backend: Backend) -> list[Event]:
            return [e async for e in open_astream(backend, card, request_, LIMITS)]

        assert list(open_stream(SyncOnly(), card, request_, LIMITS)) == ANSWER
        assert asyncio.run(ask(AsyncOnly())) == ANSWER

    def test_closing_early_closes_the_async_backend(
        self, card: ModelCard, request_: ChatRequest
    ) -> None:
        backend = AsyncOnly()
        events = cast("Any", open_stream(backend, card, request_, LIMITS))
        next(events)
        events.close()
        assert backend.closed

    def test_closing_early_closes_the_sync_backend(
        self, card: ModelCard, request_: ChatRequest
    ) -> None:
        backend = SyncOnly()

        async def ask() -> None:
            async with aclosing(
                cast("Any", open_astream(backend, card, request_, LIMITS))
            ) as events:
                await anext(events)
            assert backend.closed.is_set()

        asyncio.run(ask())

    def test_cancelling_while_the_thread_waits_returns_at_once_and_closes_later(
        self, card: ModelCard, request_: ChatRequest
    ) -> None:
        backend = SyncOnly()
        backend.go_on.clear()

        async def ask() -> None:
            events = open_astream(backend, card, request_, LIMITS)
            task = asyncio.ensure_future(anext(events))
            await asyncio.to_thread(backend.waiting.wait, 5)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not backend.closed.is_set()
            backend.go_on.set()

        asyncio.run(ask())
        assert backend.closed.wait(5)

    def test_async_only_backend_says_why_it_cannot_run_inside_a_loop(
        self, card: ModelCard, request_: ChatRequest
    ) -> None:
        async def ask() -> None:
            next(iter(open_stream(AsyncOnly(), card, request_, LIMITS)))

        with pytest.raises(UnsupportedError, match="inside an event loop") as caught:
            asyncio.run(ask())
        assert "AsyncConversation" in caught.value.remedy


class TestBackends:
    def test_provider_comes_before_hosts(self) -> None:
        own, host = ScriptedBackend([], name="maker"), ScriptedBackend([], name="host")
        card = ModelCard(id="m", provider="maker", hosts={"host": "x/m"})
        assert Backends([host, own]).for_card(card) is own
        assert Backends([host]).for_card(card) is host

    def test_a_maker_that_only_lends_its_name_is_not_asked(self) -> None:
        own, host = ScriptedBackend([], name="maker"), ScriptedBackend([], name="host")
        card = ModelCard(id="m", provider="maker", hosts={"host": "x/m"}, hosted_only=True)
        assert Backends([own, host]).for_card(card) is host

    def test_mapping_serves_other_names_than_the_backends_own(self) -> None:
        backend = OfflineBackend()
        backends = Backends({"maker": backend})
        assert backends.for_card(ModelCard(id="m", provider="maker")) is backend
        assert repr(backends) == "<Backends for maker>"

    def test_default_serves_everything(self, card: ModelCard) -> None:
        backend = OfflineBackend()
        assert Backends(default=backend).for_card(card) is backend
        assert card in Backends(default=backend)
        assert "m" not in Backends(default=backend)

    def test_offline_alone_serves_everything_but_never_beside_others(self, card: ModelCard) -> None:
        assert card in Backends([OfflineBackend()])
        assert card not in Backends([OfflineBackend(), ScriptedBackend([])])

    def test_missing_backend_names_the_variables_that_would_help(self) -> None:
        card = ModelCard(id="c", provider="anthropic", hosts={"openrouter": "anthropic/c"})
        backends = Backends()
        assert card not in backends
        with pytest.raises(NoBackendError) as caught:  # now it is known that there is no plug-in
            backends.for_card(card)
        assert "OPENROUTER_API_KEY" in caught.value.remedy
        assert (caught.value.provider, caught.value.model) == ("anthropic", "c")
        with pytest.raises(NoBackendError) as caught:
            backends.for_card(ModelCard(id="x", provider="nobody"))
        assert "'nobody'" in caught.value.remedy

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: Backends([cast("Any", object())]), "has no name"),
            (lambda: Backends({"x": cast("Any", object())}), "neither 'stream' nor 'astream'"),
            (lambda: Backends(default=cast("Any", object())), "the default backend"),
            (lambda: Backends([cast("Any", OfflineBackend)]), "is the class OfflineBackend"),
            (lambda: Backends({"x": cast("Any", OfflineBackend)}), "is the class OfflineBackend"),
            (lambda: Backends(default=cast("Any", OfflineBackend)), "is the class OfflineBackend"),
            (lambda: Backends(cast("Any", OfflineBackend)), "not the class OfflineBackend"),
            (lambda: Backends(cast("Any", OfflineBackend())), "not OfflineBackend"),
            (lambda: Backends([OfflineBackend(), OfflineBackend()]), "two backends"),
            (lambda: Backends([[OfflineBackend(), OfflineBackend(name="x")]]), "of one name"),
            (lambda: Backends([[OfflineBackend(), cast("Any", object())]]), "has no name"),
            (lambda: Backends([[]]), "of one name"),
            (lambda: Backends({"x": []}), "'x' is empty"),
            (lambda: Backends(breaker=cast("Any", 5)), "breaker must be a CircuitBreaker"),
            (lambda: Backends(breaker=cast("Any", CircuitBreaker)), "not the class CircuitBreaker"),
            (lambda: Backends({"x": [cast("Any", object())]}), "neither 'stream'"),
        ],
    )
    def test_what_is_no_backend_is_refused(self, make: Any, message: str) -> None:
        with pytest.raises(ConfigurationError, match=message):
            make()


class TestEndpoints:
    CARD = ModelCard(id="m", provider="maker", hosts={"host": "x/m"})

    def keys(self, backends: Backends, card: ModelCard = CARD) -> list[tuple[str, str]]:
        return [(endpoint.key, endpoint.provider) for endpoint in backends.endpoints(card)]

    def test_the_providers_come_first_then_the_hosts(self) -> None:
        maker, host = ScriptedBackend([], name="maker"), ScriptedBackend([], name="host")
        backends = Backends([host, maker])
        assert self.keys(backends) == [("maker", "maker"), ("host", "host")]
        assert [e.backend for e in backends.endpoints(self.CARD)] == [maker, host]

    def test_one_provider_may_have_several(self) -> None:
        east, west = ScriptedBackend([], name="maker"), ScriptedBackend([], name="maker")
        for backends in (
            Backends([[east, west]]),
            Backends([(east, west)]),
            Backends({"maker": [east, west]}),
        ):
            assert self.keys(backends) == [("maker", "maker"), ("maker#2", "maker")]
            assert backends.for_card(self.CARD) is east

    def test_a_backend_under_two_names_is_asked_once(self) -> None:
        one = OfflineBackend()
        assert self.keys(Backends({"host": one, "maker": one})) == [("maker", "maker")]

    def test_the_default_is_one_where_nobody_else_is(self) -> None:
        backends = Backends([ScriptedBackend([], name="maker")], default=OfflineBackend())
        assert self.keys(backends) == [("maker", "maker")]
        stray = ModelCard(id="s", provider="nobody")
        assert self.keys(backends, stray) == [("(default)", "offline")]

    def test_nowhere_is_an_error(self) -> None:
        with pytest.raises(NoBackendError):
            Backends(plugins=False).endpoints(self.CARD)


class TestHealth:
    def test_everyone_is_listed_and_who_has_failed_is_told(self) -> None:
        backends = Backends(
            [[OfflineBackend(name="a"), OfflineBackend(name="a")]],
            default=OfflineBackend(),
            breaker=CircuitBreaker(failures=1, cool_down_s=10),
        )
        for key, error in (("a#2", ConnectionFailedError("no")), ("a", OverloadedError("full"))):
            permit = cast("Any", backends.circuits.admit(key, "m", 0.0))
            backends.circuits.settle(permit, error, 0.0)
        assert backends.health(4.0) == (
            Health(endpoint="a"),
            Health(
                endpoint="a#2",
                state=CircuitState.OPEN,
                failures=1,
                last_error="connection_failed",
                wait_s=6.0,
            ),
            Health(endpoint="(default)"),
            Health(
                endpoint="a",
                model="m",
                state=CircuitState.OPEN,
                failures=1,
                last_error="overloaded",
                wait_s=6.0,
            ),
        )

    def test_the_time_is_that_of_dispatch(self) -> None:
        assert Backends([OfflineBackend()]).health() == (Health(endpoint="offline"),)


def plugged(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Install an entry point ``parrot`` with this value."""
    point = EntryPoint("parrot", value, _base.ENTRY_POINT_GROUP)
    monkeypatch.setattr(_base, "_entry_points", lambda: [point])


class TestPlugins:
    PARROT = ModelCard(id="polly", provider="parrot")

    @pytest.mark.parametrize("value", ["fourthwall.backends:OfflineBackend"])
    def test_a_class_is_called(self, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
        plugged(monkeypatch, value)
        backends = Backends()
        backend = backends.for_card(self.PARROT)
        assert isinstance(backend, OfflineBackend)
        assert backends.for_card(self.PARROT) is backend  # loaded once

    def test_an_object_is_taken_as_it_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_base, "parrot", SyncOnly(), raising=False)
        plugged(monkeypatch, "fourthwall.backends._base:parrot")
        assert isinstance(Backends().for_card(self.PARROT), SyncOnly)

    def test_plugins_can_be_switched_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        plugged(monkeypatch, "fourthwall.backends:OfflineBackend")
        assert self.PARROT not in Backends(plugins=False)

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ("no_such_module:x", "can't be loaded: ModuleNotFoundError"),
            ("fourthwall.backends:Timeouts.for_card", "can't be loaded: TypeError"),
            ("fourthwall.backends:Timeouts", "neither 'stream' nor 'astream'"),
        ],
    )
    def test_a_broken_one_says_where_it_comes_from(
        self, monkeypatch: pytest.MonkeyPatch, value: str, message: str
    ) -> None:
        plugged(monkeypatch, value)
        with pytest.raises(ConfigurationError, match=message) as caught:
            Backends().for_card(self.PARROT)
        assert value in str(caught.value)

    def test_the_distribution_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Distribution:
            name = "parrot-cage"

        point = EntryPoint("parrot", "no_such_module:x", _base.ENTRY_POINT_GROUP)
        vars(point)["dist"] = Distribution()
        monkeypatch.setattr(_base, "_entry_points", lambda: [point])
        with pytest.raises(ConfigurationError, match="of parrot-cage"):
            Backends().for_card(self.PARROT)


class TestTimeouts:
    def test_models_that_think_get_more_time(self) -> None:
        quick = Timeouts.for_card(ModelCard(id="q", provider="p"))
        thinking = Timeouts.for_card(ModelCard(id="t", provider="p", reasoning=True))
        assert thinking.first_token_s > quick.first_token_s
        assert thinking.total_s > quick.total_s

    def test_what_is_no_number_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match=r"Timeouts\.total_s") as caught:
            Timeouts(total_s=cast("Any", "long"))
        assert caught.value.param == "total_s"

    @pytest.mark.parametrize("seconds", [0, -1, float("nan")])
    def test_nothing_or_less_is_refused(self, seconds: float) -> None:
        with pytest.raises(ConfigurationError, match="first_token_s"):
            Timeouts(first_token_s=seconds)

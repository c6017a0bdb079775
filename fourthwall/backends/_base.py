"""What a backend is: a provider's name and a stream of events, from sync code, async code or both.

The protocol for a backend of your own::

    class Parrot:
        name = "parrot"                      # serves the cards whose provider is "parrot"

        def stream(self, card, request, *, timeouts):
            yield Started(card.id, self.name)
            yield ContentDelta(content_text(request.messages[-1]))
            yield Finished("stop")

The first event is `Started` with the card's id, and an answer that is whole ends with `Finished`;
what goes wrong is raised as a `FourthwallError`.  `dispatch` holds a backend to this: what is
missing becomes an `UpstreamProtocolError`, any other exception a `BackendFailedError`.  Closing the
generator must close the request behind it.  One face is enough: `open_stream` and `open_astream`
bridge to the other one.  A backend is registered by object (``Backends([Parrot()])``) or by an
entry point of the group ``fourthwall.backends`` whose name is the provider's and whose value is a
backend, or a callable without arguments that makes one.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias, cast

from fourthwall.backends._circuit import CircuitBreaker, Circuits, Health, check_number
from fourthwall.chat import ChatRequest, Event
from fourthwall.errors import ConfigurationError, NoBackendError, UnsupportedError
from fourthwall.registry import ModelCard, providers

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = [
    "AsyncBackend",
    "Backend",
    "Backends",
    "Endpoint",
    "SyncBackend",
    "Timeouts",
    "open_astream",
    "open_stream",
]

ENTRY_POINT_GROUP: Final = "fourthwall.backends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long one attempt may take, in seconds; each bound raises `DeadlineExceededError`.

    Once a piece of the answer has come, a `StreamInterruptedError` with that cause is raised.

    Attributes:
        connect_s: until the connection stands.
        first_token_s: from sending the request to the first piece of the answer (reasoning
            counts).  Keep-alives don't stop this clock: a provider that only says "still here"
            isn't answering.
        between_tokens_s: longest silence after the first piece.  Here a keep-alive is as good as
            a token: it proves that the connection lives while the model works.
        total_s: the whole answer.
    """

    connect_s: float = 5.0
    first_token_s: float = 60.0
    between_tokens_s: float = 60.0
    total_s: float = 600.0

    def __post_init__(self) -> None:
        for bound in fields(self):
            check_number(self, bound.name, 0)
            seconds = getattr(self, bound.name)
            if not seconds > 0:
                raise ConfigurationError(
                    f"Timeouts.{bound.name} must be more than 0 seconds, not {seconds!r}",
                    param=bound.name,
                )

    @classmethod
    def for_card(cls, card: ModelCard) -> Timeouts:
        """Return the defaults for a model: three times as long for one that thinks first.

        Many providers send nothing at all while a model thinks.
        """
        return cls(first_token_s=180.0, total_s=1800.0) if card.reasoning else cls()


class SyncBackend(Protocol):
    """A backend for sync code."""

    @property
    def name(self) -> str:
        """The name of the provider that it serves."""

    def stream(
        self, card: ModelCard, request: ChatRequest, *, timeouts: Timeouts
    ) -> Iterator[Event]:
        """Ask the model; give the answer's events as they come.

        Nothing is sent before the first event is asked for.  Closing the iterator closes the
        request.

        Raises:
            FourthwallError: while iterating; the class says what the caller can do.
        """


class AsyncBackend(Protocol):
    """A backend for async code."""

    @property
    def name(self) -> str:
        """The name of the provider that it serves."""

    def astream(
        self, card: ModelCard, request: ChatRequest, *, timeouts: Timeouts
    ) -> AsyncIterator[Event]:
        """Do what `SyncBackend.stream` does.  ``aclose()`` and cancelling the task close it."""


Backend: TypeAlias = SyncBackend | AsyncBackend
"""A backend has at least one of the two faces."""


def open_stream(
    backend: Backend, card: ModelCard, request: ChatRequest, timeouts: Timeouts
) -> Iterator[Event]:
    """Ask a backend from sync code; an async-only one runs in an event loop of its own.

    Raises:
        UnsupportedError: while iterating, if the backend is async-only and this thread already
            runs an event loop.
    """
    if hasattr(backend, "stream"):
        return cast("SyncBackend", backend).stream(card, request, timeouts=timeouts)
    return _driven(backend.astream(card, request, timeouts=timeouts))


def open_astream(
    backend: Backend, card: ModelCard, request: ChatRequest, timeouts: Timeouts
) -> AsyncIterator[Event]:
    """Ask a backend from async code; a sync-only one runs in worker threads, step by step.

    Cancelling while a worker thread waits for the provider returns at once; the request is closed
    as soon as that step ends.
    """
    if hasattr(backend, "astream"):
        return cast("AsyncBackend", backend).astream(card, request, timeouts=timeouts)
    return _threaded(backend.stream(card, request, timeouts=timeouts))


_END: Final = object()


def _driven(events: AsyncIterator[Event]) -> Iterator[Event]:
    """Drive an async iterator from sync code, in an event loop that lives as long as it does."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise UnsupportedError(
            "this backend is async-only and can't be used from sync code inside an event loop",
            remedy="Use AsyncConversation (or adispatch), or call from another thread.",
        )

    async def step() -> object:
        return await anext(events, _END)

    async def close() -> None:
        if hasattr(events, "aclose"):
            await events.aclose()

    with asyncio.Runner() as runner:
        try:
            while (event := runner.run(step())) is not _END:
                yield cast("Event", event)
        finally:
            runner.run(close())


async def _threaded(events: Iterator[Event]) -> AsyncIterator[Event]:
    """Step through a blocking iterator in worker threads."""
    turn = threading.Lock()

    def step() -> object:
        with turn:
            return next(events, _END)

    def close() -> None:
        # A generator can't be closed while another thread is inside it: wait for that step.
        with turn:
            if hasattr(events, "close"):
                events.close()

    try:
        while (event := await asyncio.to_thread(step)) is not _END:
            yield cast("Event", event)
    finally:
        closing = asyncio.get_running_loop().run_in_executor(None, close)
        if not turn.locked():
            await closing


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One place where a model can be asked.

    Attributes:
        key: names it among the endpoints of a `Backends`: its provider's name, with ``#2``,
            ``#3`` ... for that provider's further ones.
        provider: the provider that it serves.
        backend: who is asked.
    """

    key: str
    provider: str
    backend: Backend = field(repr=False, compare=False)


Several: TypeAlias = Backend | Sequence[Backend]
"""A backend, or several for the same provider in the order in which they are asked."""


class Backends:
    """The backends at hand, found by the model that is to answer.

    ::

        Backends([anthropic, openai])                     # each serves the provider of its name
        Backends([anthropic, [openai_eu, openai_us]])     # two endpoints of one provider
        Backends({"openai": [azure, openai]})             # under a name that isn't their own

    Args:
        backends: objects of the `Backend` protocol, or provider name -> backend where a backend
            is to serve another name than its own.  In place of a backend there may be a list or a
            tuple of several for one provider: the first that answers is enough.
        default: serves every model that no other backend serves.  If left out it is the backend
            named ``offline``, where that is the only one: ``[OfflineBackend()]`` is enough to run
            everything without a network, but beside others it never stands in for a missing one.
        plugins: whether entry points are looked at for a provider that isn't among `backends`.
        breaker: when an endpoint that keeps failing is left alone for a while; None: never.  What
            is known of an endpoint is shared by everyone who uses this object, in any thread.

    Raises:
        ConfigurationError: an object is no backend, two serve the same provider without being
            given as several, or `breaker` is no `CircuitBreaker`.
    """

    def __init__(
        self,
        backends: Iterable[Several] | Mapping[str, Several] = (),
        *,
        default: Backend | None = None,
        plugins: bool = True,
        breaker: CircuitBreaker | None = CircuitBreaker(),  # noqa: B008 - a frozen value
    ) -> None:
        if not isinstance(breaker, CircuitBreaker | None):
            raise ConfigurationError(
                f"breaker must be a CircuitBreaker or None, not {_described(breaker)}",
                param="breaker",
                remedy="Write Backends(..., breaker=CircuitBreaker(failures=5)).",
            )
        named = backends.items() if isinstance(backends, Mapping) else _by_own_name(backends)
        self._endpoints: dict[str, tuple[Endpoint, ...]] = {}
        for name, several in named:
            if name in self._endpoints:
                raise ConfigurationError(
                    f"two backends serve the provider {name!r}",
                    remedy="Give them as a list of their own: Backends([[first, second]]).",
                )
            self._endpoints[name] = _endpoints(name, several)
        if default is None and list(self._endpoints) == ["offline"]:
            self._default = self._endpoints["offline"]
        else:
            self._default = () if default is None else (_default_endpoint(default),)
        self._plugins = plugins
        self._without_plugin: set[str] = set()
        self.circuits = Circuits(breaker)

    def __repr__(self) -> str:
        return f"<Backends for {', '.join(self._endpoints) or 'no provider'}>"

    def __contains__(self, card: object) -> bool:
        """Whether a model card has a backend that can be used; a broken plug-in is none."""
        try:
            return isinstance(card, ModelCard) and bool(self._find(card))
        except ConfigurationError:
            return False

    def for_card(self, card: ModelCard) -> Backend:
        """Return the backend that serves a model: the first of its `endpoints`.

        Raises:
            NoBackendError: there is none; the remedy names what would give one.
            ConfigurationError: the provider's plug-in is broken.
        """
        return self.endpoints(card)[0].backend

    def endpoints(self, card: ModelCard) -> tuple[Endpoint, ...]:
        """Return where a model can be asked: at its provider's backends, then at its hosts'.

        A backend that serves several of its providers is named once.  Plug-ins are looked at
        where none of the given backends serves the model, and the default where none of those
        does.

        Raises:
            NoBackendError: nowhere; the remedy names what would help.
            ConfigurationError: the provider's plug-in is broken.
        """
        found = self._find(card)
        if not found:
            raise NoBackendError(
                f"no backend is configured for {card.id!r} (provider {card.provider!r})",
                remedy=_remedy(card),
                provider=card.provider,
                model=card.id,
            )
        return found

    def health(self, now_s: float | None = None) -> tuple[Health, ...]:
        """Return how the endpoints stand, and the models there of which there is something to tell.

        Args:
            now_s: the time on the clock that dispatch uses; `time.monotonic` if left out.
        """
        now_s = time.monotonic() if now_s is None else now_s
        told = {(row.endpoint, row.model): row for row in self.circuits.report(now_s)}
        # A list, because another thread may find a plug-in meanwhile.
        given = [e for several in list(self._endpoints.values()) for e in several]
        every = (*given, *self._default)
        keys = dict.fromkeys(endpoint.key for endpoint in every)
        rows = [told.pop((key, None), Health(endpoint=key)) for key in keys]
        return (*rows, *told.values())

    def _find(self, card: ModelCard) -> tuple[Endpoint, ...]:
        routes = [provider for provider, _ in card.routes]
        given = [e for provider in routes for e in self._endpoints.get(provider, ())]
        if given:
            return _once(given)
        for provider in routes if self._plugins else ():
            if (plugin := self._plugin(provider)) is not None:
                return self._endpoints.setdefault(provider, _endpoints(provider, plugin))
        return self._default

    def _plugin(self, provider: str) -> Backend | None:
        if provider in self._without_plugin:  # looking takes milliseconds
            return None
        plugin = load_plugin(provider)
        if plugin is None:
            self._without_plugin.add(provider)
        return plugin


def _once(endpoints: Iterable[Endpoint]) -> tuple[Endpoint, ...]:
    """Return the endpoints, a backend that is named twice in its first place only."""
    first: dict[int, Endpoint] = {}
    for endpoint in endpoints:
        first.setdefault(id(endpoint.backend), endpoint)
    return tuple(first.values())


def _endpoints(provider: str, several: Several) -> tuple[Endpoint, ...]:
    backends = several if isinstance(several, list | tuple) else [several]
    if not backends:
        raise ConfigurationError(
            f"the list of backends for {provider!r} is empty",
            remedy="Leave the provider out, or name a backend for it.",
        )
    return tuple(
        Endpoint(
            provider if number == 1 else f"{provider}#{number}",
            provider,
            _checked(backend, f"the backend for {provider!r}"),
        )
        for number, backend in enumerate(backends, 1)
    )


def _default_endpoint(default: Backend) -> Endpoint:
    backend = _checked(default, "the default backend")
    return Endpoint("(default)", str(getattr(backend, "name", "(default)")), backend)


def _by_own_name(backends: Iterable[Several]) -> Iterator[tuple[str, Several]]:
    if not isinstance(backends, Iterable):
        raise ConfigurationError(
            f"Backends takes a list of backends or a mapping, not {_described(backends)}",
            remedy="Write Backends([backend]), or Backends(default=backend) for every model.",
        )
    for number, several in enumerate(backends):
        if not isinstance(several, list | tuple):
            yield _own_name(several, f"backends[{number}]"), several
            continue
        names = {_own_name(one, f"backends[{number}][{n}]") for n, one in enumerate(several)}
        if len(names) != 1:
            raise ConfigurationError(
                f"backends[{number}] must hold backends of one name, not {sorted(names)}",
                remedy="Write Backends({provider: [first, second]}) for backends of other names.",
            )
        yield names.pop(), several


def _own_name(backend: object, what: str) -> str:
    _refuse_class(backend, what)
    name = getattr(backend, "name", None)
    if not isinstance(name, str) or not name:
        raise ConfigurationError(
            f"{what} has no name", remedy="Give the backend a 'name': the provider that it serves."
        )
    return name


def _described(value: object) -> str:
    """Name a value in an error: a class by its name, an object by its class's."""
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__


def _refuse_class(backend: object, what: str) -> None:
    if isinstance(backend, type):
        raise ConfigurationError(
            f"{what} is the class {backend.__name__}, not a backend made of it",
            remedy=f"Call it: {backend.__name__}(), with what it needs.",
        )


def _checked(backend: Backend, what: str) -> Backend:
    _refuse_class(backend, what)
    if not (hasattr(backend, "stream") or hasattr(backend, "astream")):
        raise ConfigurationError(
            f"{what} has neither 'stream' nor 'astream'",
            remedy="Give it one of them; see fourthwall.backends.Backend.",
        )
    return backend


def _entry_points() -> Iterable[EntryPoint]:
    from importlib.metadata import entry_points  # slow to import, rarely needed

    return entry_points(group=ENTRY_POINT_GROUP)


def plugin_providers() -> list[str]:
    """Return the providers for which a plug-in is installed, sorted; none of them is loaded."""
    return sorted({entry_point.name for entry_point in _entry_points()})


def load_plugin(provider: str) -> Backend | None:
    """Return the backend of a provider's plug-in; None if there is none.

    Raises:
        ConfigurationError: it can't be loaded, or is no backend.
    """
    for entry_point in _entry_points():
        if entry_point.name != provider:
            continue
        origin = f"{entry_point.dist.name} (" if entry_point.dist else "("
        what = f"the backend plug-in {provider!r} of {origin}{entry_point.value})"
        try:
            loaded = entry_point.load()
            has_face = hasattr(loaded, "stream") or hasattr(loaded, "astream")
            backend = loaded if has_face and not isinstance(loaded, type) else loaded()
        except Exception as error:  # a stranger's module and constructor may raise anything
            raise ConfigurationError(
                f"{what} can't be loaded: {type(error).__name__}",
                remedy="Update or uninstall that distribution.",
                provider=provider,
            ) from error
        return _checked(backend, what)
    return None


def _remedy(card: ModelCard) -> str:
    """Say which environment variables would make the model usable."""
    rows = providers()
    named = (rows[name] for name, _ in card.routes if name in rows)
    keys = [row.key_env[0] for row in named if row.key_env]
    if keys:
        return f"Set {', or '.join(keys)} in the environment, or pass a backend for it."
    return f"Pass a backend whose name is {card.provider!r}."

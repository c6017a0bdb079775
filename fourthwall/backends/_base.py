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
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias, cast

from fourthwall.chat import ChatRequest, Event
from fourthwall.errors import ConfigurationError, NoBackendError, UnsupportedError
from fourthwall.registry import ModelCard, providers

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = [
    "AsyncBackend",
    "Backend",
    "Backends",
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
        for field in fields(self):
            seconds = getattr(self, field.name)
            if not seconds > 0:
                raise ConfigurationError(
                    f"Timeouts.{field.name} must be more than 0 seconds, not {seconds!r}",
                    param=field.name,
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


class Backends:
    """The backends at hand, found by the model that is to answer.

    Args:
        backends: objects of the `Backend` protocol, or provider name -> backend where a backend
            is to serve another name than its own.
        default: serves every model that no other backend serves.  If left out it is the backend
            named ``offline``, where that is the only one: ``[OfflineBackend()]`` is enough to run
            everything without a network, but beside others it never stands in for a missing one.
        plugins: whether entry points are looked at for a provider that isn't among `backends`.

    Raises:
        ConfigurationError: an object is no backend, or two serve the same provider.
    """

    def __init__(
        self,
        backends: Iterable[Backend] | Mapping[str, Backend] = (),
        *,
        default: Backend | None = None,
        plugins: bool = True,
    ) -> None:
        named = backends.items() if isinstance(backends, Mapping) else _by_own_name(backends)
        self._backends: dict[str, Backend] = {}
        for name, backend in named:
            if name in self._backends:
                raise ConfigurationError(f"two backends serve the provider {name!r}")
            self._backends[name] = _checked(backend, f"the backend for {name!r}")
        if default is None and list(self._backends) == ["offline"]:
            default = self._backends["offline"]
        self._default = None if default is None else _checked(default, "the default backend")
        self._plugins = plugins
        self._without_plugin: set[str] = set()

    def __repr__(self) -> str:
        return f"<Backends for {', '.join(self._backends) or 'no provider'}>"

    def __contains__(self, card: object) -> bool:
        """Whether a model card has a backend."""
        return isinstance(card, ModelCard) and self._find(card) is not None

    def for_card(self, card: ModelCard) -> Backend:
        """Return the backend that serves a model: its provider's, else a host's, in order.

        Raises:
            NoBackendError: there is none; the remedy names what would give one.
            ConfigurationError: the provider's plug-in is broken.
        """
        backend = self._find(card)
        if backend is None:
            raise NoBackendError(
                f"no backend is configured for {card.id!r} (provider {card.provider!r})",
                remedy=_remedy(card),
                provider=card.provider,
                model=card.id,
            )
        return backend

    def _find(self, card: ModelCard) -> Backend | None:
        routes = [provider for provider, _ in card.routes]
        for provider in routes:
            if provider in self._backends:
                return self._backends[provider]
        for provider in routes if self._plugins else ():
            if (plugin := self._plugin(provider)) is not None:
                return self._backends.setdefault(provider, plugin)
        return self._default

    def _plugin(self, provider: str) -> Backend | None:
        if provider in self._without_plugin:  # looking takes milliseconds
            return None
        plugin = load_plugin(provider)
        if plugin is None:
            self._without_plugin.add(provider)
        return plugin


def _by_own_name(backends: Iterable[Backend]) -> Iterator[tuple[str, Backend]]:
    if not isinstance(backends, Iterable):
        raise ConfigurationError(
            f"Backends takes a list of backends or a mapping, not {_described(backends)}",
            remedy="Write Backends([backend]), or Backends(default=backend) for every model.",
        )
    for number, backend in enumerate(backends):
        _refuse_class(backend, f"backends[{number}]")
        name = getattr(backend, "name", None)
        if not isinstance(name, str) or not name:
            raise ConfigurationError(
                f"backends[{number}] has no name",
                remedy="Give the backend a 'name': the provider that it serves.",
            )
        yield name, backend


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
    names = [name for name, _ in card.routes if name in rows and rows[name].kind == "openai"]
    keys = [rows[name].key_env[0] for name in names if rows[name].key_env]
    if keys:
        return f"Set {', or '.join(keys)} in the environment, or pass a backend for it."
    return f"Pass a backend whose name is {card.provider!r}."

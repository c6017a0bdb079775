"""The backends that speak HTTP: one class moves the bytes of every dialect.

One request, one answer: what is sent is `build_body`, what comes back is read by the dialect's
reader, what goes wrong is translated by `Translator`.  This module only moves bytes, in sync and in
async code, within the deadlines.

The HTTP client is `httpx`, imported when a backend makes its first client of its own.  Any client
with httpx's interface can be passed in, those of `httpx2` included.  Our own client goes through
the proxies that the environment names, except to a server on this machine, which no proxy reaches.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import os
import re
import socket
import threading
import time
import weakref
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Generator,
    Iterator,
    Mapping,
)
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Protocol, Self, TypeVar
from urllib.parse import quote, urlsplit

from fourthwall.backends._anthropic_reader import AnthropicReader
from fourthwall.backends._base import Timeouts
from fourthwall.backends._chunks import ChatReader
from fourthwall.backends._deadlines import Deadlines, Watchdog
from fourthwall.backends._errors import Translator, foreign_exceptions
from fourthwall.backends._gemini_reader import GeminiReader
from fourthwall.backends._reader import AnswerReader
from fourthwall.backends._request import Dialect, build_body, dialect_of
from fourthwall.backends._responses_reader import ResponsesReader
from fourthwall.backends._target import Target
from fourthwall.chat import ChatRequest, Event
from fourthwall.errors import (
    ConfigurationError,
    CredentialsError,
    FourthwallError,
    RequestError,
    UnsupportedError,
)
from fourthwall.registry import ModelCard, Provider, canonical_provider, providers

if TYPE_CHECKING:
    import httpx

__all__ = ["AnthropicBackend", "GeminiBackend", "HTTPBackend", "OpenAIBackend"]

T = TypeVar("T")

_MAX_ERROR_BYTES: Final = 64 * 1024
_USER_AGENT: Final = "fourthwall"


class Client(Protocol):
    """What is used of an ``httpx.Client``."""

    # As wide as can be: the two libraries' own types differ in their arguments.

    def build_request(self, *arguments: Any, **options: Any) -> Any:
        """Make a request."""

    def send(self, *arguments: Any, **options: Any) -> Any:
        """Send it; the response's body is still to be read."""


class AsyncClient(Protocol):
    """What is used of an ``httpx.AsyncClient``."""

    # As wide as can be: the two libraries' own types differ in their arguments.

    def build_request(self, *arguments: Any, **options: Any) -> Any:
        """Make a request."""

    async def send(self, request: Any, *, stream: bool) -> Any:
        """Send it; the response's body is still to be read."""


@dataclass(frozen=True, slots=True)
class _Wire:
    """How a dialect travels: the path behind the base URL, and who reads the answer.

    ``{model}`` in a path is the model's name at the provider.
    """

    path: str
    reader: type[AnswerReader]
    whole_path: str | None = None  # where an answer that isn't streamed has an address of its own


_WIRES: Final[Mapping[Dialect, _Wire]] = {
    "chat": _Wire("/chat/completions", ChatReader),
    "responses": _Wire("/responses", ResponsesReader),
    "anthropic": _Wire("/v1/messages", AnthropicReader),
    "gemini": _Wire(
        "/models/{model}:streamGenerateContent?alt=sse",
        GeminiReader,
        "/models/{model}:generateContent",
    ),
}


class HTTPBackend:
    """Speaks to one provider, in the dialect that its row names.

    Args:
        name: the provider's name.  A provider with a row (``openai``, ``anthropic``, ``groq``,
            ``ollama`` ...) brings its address, its dialect and its habits; any other name needs a
            `base_url`.
        base_url: where the API begins, often ending in ``/v1``.
        api_key: sent as the provider wants it, most often as a bearer token.  If neither `api_key`
            nor `base_url` is given, it is taken from the environment variable that the provider's
            row names; a key never goes to an address that it wasn't made for unless you say so.
        headers: more headers to send.
        provider: the provider's row itself, for a server with habits of its own.
        client: an ``httpx.Client`` (or one with its interface) for sync code.  It stays yours:
            the backend doesn't close it.
        async_client: the same for async code.
        streaming: whether the server can stream; if not, the answer comes as a whole and
            `Timeouts.total_s` is the only bound.
        clock: gives seconds.

    Raises:
        ConfigurationError: there is no address for this name, or it is no http(s) URL.
        CredentialsError: the API key holds characters that no key has.
        UnsupportedError: the provider speaks another dialect than this class.

    A backend can be shared between threads, and between event loops.  `close` and `aclose` close
    the clients that it has made.
    """

    kind: ClassVar[Literal["openai", "anthropic", "gemini"] | None] = None
    """The dialect of this class; None for whichever the provider's row names."""

    def __init__(
        self,
        name: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        provider: Provider | None = None,
        client: Client | None = None,
        async_client: AsyncClient | None = None,
        streaming: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.provider = provider or _row(name, base_url, self.kind)
        self.name = self.provider.name
        self.base_url = _checked_url(base_url or self.provider.address(os.environ), self.name)
        if api_key is None and base_url is None:
            api_key = _key_from_environment(self.provider)
        self._key = _checked_key(api_key or "", self.name)
        self._headers = dict(headers or {})
        self._streaming = streaming
        self._clock = clock
        self._client = client
        self._async_client = async_client
        self._making = threading.Lock()
        self._own_client: httpx.Client | None = None
        self._own_async_clients: weakref.WeakKeyDictionary[
            asyncio.AbstractEventLoop, httpx.AsyncClient
        ] = weakref.WeakKeyDictionary()

    def __repr__(self) -> str:
        shown = re.sub(r"//[^/@]*@", "//", self.base_url)  # a login in the address is a secret
        return f"{type(self).__name__}({self.name!r}, base_url={shown!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def close(self) -> None:
        """Close the sync client, if the backend has made one."""
        if self._own_client is not None:
            self._own_client.close()
            self._own_client = None

    async def aclose(self) -> None:
        """Close the running event loop's client, if the backend has made one."""
        client = self._own_async_clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    def stream(
        self, card: ModelCard, request: ChatRequest, *, timeouts: Timeouts | None = None
    ) -> Generator[Event, None, None]:
        """Ask the model; see `fourthwall.backends.SyncBackend`."""
        client = self._client or self._sync_client()
        exchange = self._exchange(card, request, timeouts)
        foreign = foreign_exceptions(client)
        message = client.build_request("POST", exchange.url, **exchange.options())
        try:
            response = client.send(message, stream=True)
        except foreign as error:
            raise exchange.translated(error) from error
        with (
            exchange.mendable_only(),
            contextlib.closing(response),
            Watchdog(_hang_up(response), self._clock) as watchdog,
        ):
            exchange.opened(response, message)
            try:
                for data in _watched(response.iter_bytes(), watchdog, exchange):
                    yield from exchange.received(data)
            except foreign as error:
                late = watchdog.has_fired
                yield from exchange.late() if late else exchange.broken(error)
            else:
                yield from exchange.late() if watchdog.has_fired else exchange.ended()

    async def astream(
        self, card: ModelCard, request: ChatRequest, *, timeouts: Timeouts | None = None
    ) -> AsyncGenerator[Event, None]:
        """Ask the model; see `fourthwall.backends.AsyncBackend`.  Runs on asyncio."""
        client = self._async_client or self._own_async_client()
        exchange = self._exchange(card, request, timeouts)
        foreign = foreign_exceptions(client)
        message = client.build_request("POST", exchange.url, **exchange.options())
        try:
            response = await _within(client.send(message, stream=True), exchange.left_s())
        except foreign as error:
            raise exchange.translated(error) from error
        except TimeoutError:
            raise exchange.deadline_error() from None
        with exchange.mendable_only():
            async with contextlib.aclosing(response):
                exchange.opened(response, message)
                chunks = response.aiter_bytes()
                rest: Iterator[Event]
                try:
                    while (
                        data := await _within(anext(chunks, None), exchange.left_s())
                    ) is not None:
                        for event in exchange.received(data):
                            yield event
                    rest = exchange.ended()
                except TimeoutError:
                    rest = exchange.late()
                except foreign as error:
                    rest = exchange.broken(error)
                for event in rest:
                    yield event

    def _exchange(
        self, card: ModelCard, request: ChatRequest, timeouts: Timeouts | None
    ) -> _Exchange:
        timeouts = timeouts or Timeouts.for_card(card)
        if not self._streaming:
            timeouts = replace(timeouts, first_token_s=timeouts.total_s)
        if (request.extra.get("n") or 1) != 1:
            raise UnsupportedError(
                "several answers to one request ('n') can't be read as one",
                param="n",
                remedy="Ask several times.",
            )
        sent = wire, content = self._written(card, request)

        def changes(fault: str) -> bool:
            mended = replace(request, faults=request.faults | {fault})
            return self._written(card, mended) != sent

        upstream = Target(self.provider, card).upstream
        translator = Translator(
            provider=self.name,
            card=card,
            request=request,
            upstream=upstream,
            secret=self._key,
            local_address=_local_address(self.base_url),
        )
        return _Exchange(
            url=self._url(wire, upstream),
            headers={
                "content-type": "application/json",
                "accept": "text/event-stream, application/json",
                "user-agent": _USER_AGENT,
                **self.provider.headers,
                **self.provider.credentials(self._key),
                **self._headers,
            },
            content=content,
            changes=changes,
            translator=translator,
            reader=wire.reader(translator),
            deadlines=Deadlines(timeouts, self._clock()),
            clock=self._clock,
        )

    def _written(self, card: ModelCard, request: ChatRequest) -> tuple[_Wire, bytes]:
        body, _ = build_body(self.provider, card, request, stream=self._streaming)
        return _WIRES[dialect_of(Target(self.provider, card), request)], _encoded(body)

    def _url(self, wire: _Wire, upstream: str) -> str:
        path = wire.path if self._streaming or wire.whole_path is None else wire.whole_path
        if self.base_url.endswith("/v1"):
            path = path.removeprefix("/v1")  # both ways of writing Anthropic's address are common
        return self.base_url + path.format(model=quote(upstream.removeprefix("models/"), safe=""))

    def _sync_client(self) -> httpx.Client:
        with self._making:
            if self._own_client is None:
                import httpx

                self._own_client = httpx.Client(mounts=self._unproxied())
            return self._own_client

    def _own_async_client(self) -> httpx.AsyncClient:
        # An async client belongs to the event loop in which its connections were made.
        loop = asyncio.get_running_loop()
        with self._making:
            if loop not in self._own_async_clients:
                import httpx

                self._own_async_clients[loop] = httpx.AsyncClient(mounts=self._unproxied())
            return self._own_async_clients[loop]

    def _unproxied(self) -> dict[str, None]:
        """Return the mounts that lead past the environment's proxies."""
        host = _local_address(self.base_url).rpartition(":")[0]
        return {f"all://{host}": None} if host else {}


class OpenAIBackend(HTTPBackend):
    """Speaks OpenAI's chat completions, which most providers take, or its Responses API."""

    kind = "openai"

    def __init__(self, name: str = "openai", **options: Any) -> None:
        super().__init__(name, **options)


class AnthropicBackend(HTTPBackend):
    """Speaks Anthropic's Messages API."""

    kind = "anthropic"

    def __init__(self, name: str = "anthropic", **options: Any) -> None:
        super().__init__(name, **options)


class GeminiBackend(HTTPBackend):
    """Speaks Google's ``generateContent``."""

    kind = "gemini"

    def __init__(self, name: str = "google", **options: Any) -> None:
        super().__init__(name, **options)


@dataclass(slots=True, kw_only=True, repr=False)  # it holds the key and the person's words
class _Exchange:
    """One request and its answer, without the moving of bytes that the two faces do."""

    url: str
    headers: Mapping[str, str]
    content: bytes
    changes: Callable[[str], bool]  # whether the request is another without what was refused
    translator: Translator
    reader: AnswerReader
    deadlines: Deadlines
    clock: Callable[[], float]
    phase: str = "first_token"
    status: int = 200
    response_headers: Mapping[str, str] = field(default_factory=dict)
    error_body: bytearray = field(default_factory=bytearray)

    def options(self) -> dict[str, Any]:
        """Return what the client's ``build_request`` is given."""
        limits = self.deadlines.timeouts
        first_s = self.left_s()
        return {
            "headers": self.headers,
            "content": self.content,
            # connect, read, write, pool: in the order of httpx's tuple
            "timeout": (limits.connect_s, first_s, first_s, limits.connect_s),
        }

    def opened(self, response: Any, request: Any) -> None:
        """Note how the provider answers; from here on we keep the deadlines ourselves."""
        self.status = response.status_code
        self.response_headers = response.headers
        # The client's read timeout was for the headers.  It stays as a second line of defence,
        # for connections that can't be shut down from outside.
        timeouts = request.extensions.get("timeout")
        if isinstance(timeouts, dict):
            limits = self.deadlines.timeouts
            timeouts["read"] = max(limits.first_token_s, limits.between_tokens_s)

    @contextlib.contextmanager
    def mendable_only(self) -> Iterator[None]:
        """Take the fault off an error that can't be mended: the same body never goes out twice."""
        try:
            yield
        except RequestError as error:
            if error.fault is not None and not self.changes(error.fault):
                error.fault = None
            raise

    def due_s(self) -> float:
        """Return until when the next bytes must have come; a wait for them begins now."""
        due_s, self.phase = self.deadlines.due(self.clock())
        return due_s

    def left_s(self) -> float:
        """Return how long may be waited for the next bytes."""
        return self.due_s() - self.clock()

    def received(self, data: bytes) -> Iterator[Event]:
        """Take bytes of the answer; give the events that they complete."""
        if self._is_error:
            self.error_body += data
            if len(self.error_body) > _MAX_ERROR_BYTES:
                raise self._error_answer()
            return
        yield from self.reader.feed(data)
        self.deadlines.has_begun = self.reader.has_begun

    def ended(self) -> Iterator[Event]:
        """The provider has ended its answer."""
        if self._is_error:
            raise self._error_answer()
        yield from self.reader.finish()

    def broken(self, error: Exception) -> Iterator[Event]:
        """The connection broke; it doesn't matter if the answer was whole."""
        if self._is_error:
            raise self._error_answer() from error
        if not self.reader.is_complete:
            fault = self.translated(error)
            fault.__cause__ = error
            if self.reader.has_begun:
                yield from self.reader.reported()
                raise self.translator.interrupted(fault, self.reader.partial) from fault
            raise fault
        yield from self.reader.end()

    def late(self) -> Iterator[Event]:
        """A deadline passed; it doesn't matter if the answer was whole."""
        if self._is_error:
            raise self._error_answer()
        if not self.reader.is_complete:
            error = self.deadline_error()
            if self.reader.has_begun:
                yield from self.reader.reported()
                raise self.translator.interrupted(error, self.reader.partial) from error
            raise error
        yield from self.reader.end()

    def translated(self, error: Exception) -> FourthwallError:
        """Translate an exception of the client."""
        return self.translator.exception(error, self.phase, self.deadlines.limits)

    def deadline_error(self) -> FourthwallError:
        """Make the error for the deadline that ran."""
        return self.translator.deadline(self.phase, self.deadlines.limits[self.phase])

    @property
    def _is_error(self) -> bool:
        return not 200 <= self.status < 300

    def _error_answer(self) -> FourthwallError:
        return self.translator.response(
            self.status, self.response_headers, bytes(self.error_body[:_MAX_ERROR_BYTES])
        )


async def _within(waiting: Awaitable[T], seconds: float) -> T:
    """Wait for something, but not longer than that; raise `TimeoutError`."""
    async with asyncio.timeout(seconds):
        return await waiting


def _watched(chunks: Iterator[bytes], watchdog: Watchdog, exchange: _Exchange) -> Iterator[bytes]:
    """Guard every wait for a chunk; the reader's own time between two of them doesn't count."""
    while True:
        watchdog.expect_until(exchange.due_s())
        data = next(chunks, None)
        watchdog.rest()
        if data is None:
            return
        yield data


def _hang_up(response: Any) -> Callable[[], None]:
    """Return what shuts a response's connection down, from any thread.

    A shut socket wakes up whoever reads from it; closing it wouldn't.
    """
    stream = response.extensions.get("network_stream")
    connection = stream.get_extra_info("socket") if stream is not None else None

    def hang_up() -> None:
        if isinstance(connection, socket.socket):
            with contextlib.suppress(OSError):  # it may be closed already
                # Not an SSL socket's own method: that takes the encryption off first.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    return hang_up


def _encoded(body: Mapping[str, Any]) -> bytes:
    """Return the body as JSON; half a surrogate pair becomes U+FFFD, as no server takes it."""
    try:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise RequestError(
            "the request holds a value that JSON doesn't have", param="extra"
        ) from error
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _row(name: str, base_url: str | None, kind: str | None) -> Provider:
    """Return the row of a provider; one with its dialect's habits for a name without a row."""
    row = providers().get(canonical_provider(name))
    if row is not None and (kind is None or row.kind == kind):
        return row
    if row is not None and not base_url:
        raise UnsupportedError(
            f"{row.label} speaks the dialect {row.kind!r}, not {kind!r}",
            provider=row.name,
            remedy=f"Use HTTPBackend({row.name!r}), or the base_url of a layer that speaks {kind}.",
        )
    known = Provider(name=name, label=name, base_url="") if row is None else row
    makers = (r for r in providers().values() if r.kind == kind and kind != "openai")
    habits = next(makers, Provider(name=known.name, label=known.label, base_url=""))
    return replace(habits, name=known.name, label=known.label, base_url=base_url or "", key_env=())


def _checked_url(url: str, name: str) -> str:
    if not url:
        raise ConfigurationError(
            f"the provider {name!r} isn't known and has no base_url",
            param="base_url",
            remedy="Say where its API begins, for example http://127.0.0.1:8000/v1.",
        )
    if not url.startswith(("http://", "https://")):
        raise ConfigurationError(
            f"the base_url of {name!r} must begin with http:// or https://", param="base_url"
        )
    return url.rstrip("/")


def _local_address(base_url: str) -> str:
    """Return ``host:port`` of a server on this machine; ``""`` for any other, or no URL at all."""
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if not _is_this_machine(host):
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port or (443 if parts.scheme == 'https' else 80)}"


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _key_from_environment(provider: Provider) -> str:
    return next((key for name in provider.key_env if (key := os.environ.get(name, "").strip())), "")


def _checked_key(key: str, name: str) -> str:
    key = key.strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise CredentialsError(
            f"the API key for {name!r} holds characters that no key has",
            param="api_key",
            provider=name,
            remedy="Copy the key again, without quotation marks, spaces or line breaks.",
        )
    return key

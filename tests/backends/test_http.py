"""The OpenAI backend against a real HTTP server, in both faces and with both clients."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx
import httpx2
import pytest

from fourthwall.backends import (
    FAULTS,
    AnthropicBackend,
    Backends,
    GeminiBackend,
    HTTPBackend,
    OpenAIBackend,
    RetryPolicy,
    Timeouts,
    dispatch,
)
from fourthwall.backends._faults import PARAMETERS
from fourthwall.backends._http import _encoded, _local_address
from fourthwall.chat import ChatRequest, ContentDelta, Event, Finished, Started, fold_reply
from fourthwall.errors import (
    ConfigurationError,
    ConnectionFailedError,
    CredentialsError,
    DeadlineExceededError,
    FourthwallError,
    InsufficientCreditsError,
    OverloadedError,
    RateLimitedError,
    RequestError,
    StreamInterruptedError,
    UnsupportedError,
    UpstreamProtocolError,
    UpstreamServerError,
)
from fourthwall.registry import ModelCard, Provider, Registry

if TYPE_CHECKING:
    from tests.backends.conftest import Answer, Upstream

Ask: TypeAlias = Callable[..., list[Event]]

HELLO = [
    {"model": "real-name", "choices": [{"index": 0, "delta": {"role": "assistant"}}]},
    {"choices": [{"index": 0, "delta": {"content": "Hel"}}]},
    {"choices": [{"index": 0, "delta": {"content": "lo"}}]},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
]
EVENTS = [
    Started("m", "local", upstream_model="real-name"),
    ContentDelta("Hel"),
    ContentDelta("lo"),
    Finished("stop"),
]
CARD = ModelCard(id="m", provider="local", upstream="upstream-name")
REQUEST = ChatRequest(messages=({"role": "user", "content": "How deep is the fjord?"},))


def ask_sync(backend: OpenAIBackend, timeouts: Timeouts | None = None) -> list[Event]:
    with backend:
        return list(backend.stream(CARD, REQUEST, timeouts=timeouts))


def ask_async(backend: OpenAIBackend, timeouts: Timeouts | None = None) -> list[Event]:
    async def collect() -> list[Event]:
        async with backend:
            return [event async for event in backend.astream(CARD, REQUEST, timeouts=timeouts)]

    return asyncio.run(collect())


@pytest.fixture(params=[ask_sync, ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    face: Ask = request.param
    return face


@pytest.fixture
def backend(upstream: Upstream) -> OpenAIBackend:
    return OpenAIBackend("local", base_url=upstream.url, api_key="sk-test-key")


class TestAnswers:
    def test_a_stream_becomes_events(
        self, ask: Ask, upstream: Upstream, backend: OpenAIBackend
    ) -> None:
        upstream.answers(lambda answer: answer.stream(*HELLO))
        assert ask(backend) == EVENTS
        sent = upstream.requests[0]
        assert sent.path == "/v1/chat/completions"
        assert sent.headers["authorization"] == "Bearer sk-test-key"
        assert sent.json["model"] == "upstream-name"
        assert sent.json["stream_options"] == {"include_usage": True}

    def test_one_backend_serves_many_calls_and_loops(
        self, upstream: Upstream, backend: OpenAIBackend
    ) -> None:
        upstream.answers(lambda answer: answer.stream(*HELLO))
        for face in (ask_sync, ask_async, ask_sync, ask_async):
            assert face(backend) == EVENTS

    def test_the_client_is_kept_between_calls(
        self, upstream: Upstream, backend: OpenAIBackend
    ) -> None:
        upstream.answers(lambda answer: answer.stream(*HELLO))

        async def collect() -> list[Event]:
            async with backend:
                events = [event async for event in backend.astream(CARD, REQUEST)]
                return events + [event async for event in backend.astream(CARD, REQUEST)]

        with backend:
            for _ in range(2):
                assert list(backend.stream(CARD, REQUEST)) == EVENTS
        assert asyncio.run(collect()) == EVENTS * 2

    def test_a_server_may_answer_as_a_whole(
        self, ask: Ask, upstream: Upstream, backend: OpenAIBackend
    ) -> None:
        message = {"role": "assistant", "content": "Hello"}
        whole = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
        upstream.answers(lambda answer: answer.whole(200, whole))
        assert fold_reply(ask(backend)).text == "Hello"
        quiet = OpenAIBackend("local", base_url=upstream.url, streaming=False)
        assert fold_reply(ask(quiet)).text == "Hello"
        assert upstream.requests[1].json["stream"] is False
        assert "authorization" not in upstream.requests[1].headers

    def test_headers_and_habits_are_the_callers(self, ask: Ask, upstream: Upstream) -> None:
        row = Provider(name="local", label="Mine", base_url=upstream.url, stream_usage=False)
        assert ask(OpenAIBackend(provider=row, headers={"x-title": "test"}))
        assert upstream.requests[0].headers["x-title"] == "test"
        assert "stream_options" not in upstream.requests[0].json

    def test_clients_of_the_successor_are_taken(self, upstream: Upstream) -> None:
        upstream.answers(lambda answer: answer.stream(*HELLO), lambda answer: answer.whole(429, {}))
        with httpx2.Client() as client:
            given = OpenAIBackend("local", base_url=upstream.url, client=client)
            assert ask_sync(given) == EVENTS
            with pytest.raises(RateLimitedError):
                ask_sync(given)  # the client is still open: it isn't the backend's

    def test_async_clients_of_the_successor_are_taken(self, upstream: Upstream) -> None:
        upstream.answers(
            lambda answer: answer.stream(*HELLO), lambda answer: answer.stream(HELLO[1], done=False)
        )

        async def collect() -> list[Event]:
            async with httpx2.AsyncClient() as client:
                given = OpenAIBackend("local", base_url=upstream.url, async_client=client)
                events = [event async for event in given.astream(CARD, REQUEST)]
                with pytest.raises(StreamInterruptedError):
                    [event async for event in given.astream(CARD, REQUEST)]
                await given.aclose()
                return events

        assert asyncio.run(collect()) == EVENTS

    def test_a_client_without_connections_will_do(self) -> None:
        lines = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in HELLO)
        transport = httpx.MockTransport(lambda _: httpx.Response(200, text=lines))
        client = httpx.Client(transport=transport)
        given = OpenAIBackend("local", base_url="http://nowhere", client=client)
        assert ask_sync(given) == EVENTS

        class Bare:
            """A client that knows no timeouts."""

            def build_request(self, method: str, url: str, **_: Any) -> httpx.Request:
                return httpx.Request(method, url)

            def send(self, request: httpx.Request, *, stream: bool) -> httpx.Response:
                return httpx.Response(200, text=lines)

        assert ask_sync(OpenAIBackend("local", base_url="http://nowhere", client=Bare())) == EVENTS

    def test_half_a_surrogate_pair_is_replaced(self) -> None:
        assert json.loads(_encoded({"x": "a\ud800b", "y": "\ud83d\ude00"})) == {
            "x": "a\ufffdb",
            "y": "😀",
        }

    @pytest.mark.parametrize("value", [float("nan"), {1, 2}])
    def test_what_json_does_not_have_is_refused(self, value: Any) -> None:
        with pytest.raises(RequestError, match="JSON"):
            _encoded({"x": value})


class TestFaults:
    @pytest.mark.parametrize(
        ("status", "cls"),
        [
            (401, CredentialsError),
            (402, InsufficientCreditsError),
            (404, ConfigurationError),
            (429, RateLimitedError),
            (500, UpstreamServerError),
            (503, OverloadedError),
            (529, OverloadedError),
        ],
    )
    def test_error_statuses(
        self,
        ask: Ask,
        upstream: Upstream,
        backend: OpenAIBackend,
        status: int,
        cls: type[FourthwallError],
    ) -> None:
        body = {"error": {"message": "no"}}
        upstream.answers(lambda answer: answer.whole(status, body, headers={"retry-after": "7"}))
        with pytest.raises(cls) as caught:
            ask(backend)
        assert caught.value.status == status
        if isinstance(caught.value, RateLimitedError):
            assert caught.value.retry_after_s == 7

    @pytest.mark.parametrize(
        ("script", "cls", "partial"),
        [
            (lambda a: a.whole(200, b"<title>Log in</title>"), UpstreamProtocolError, None),
            (lambda a: a.stream(b"data: {oops\n\n"), UpstreamProtocolError, None),
            (lambda a: a.stream(*HELLO[:2], b"data: {oops\n\n"), StreamInterruptedError, "Hel"),
            (lambda a: a.stream(*HELLO[:2], done=False), StreamInterruptedError, "Hel"),
            (lambda a: a.stream(done=False), UpstreamProtocolError, None),
            (lambda a: a.stream({"error": {"code": "overloaded"}}), OverloadedError, None),
            (lambda a: a.close(), UpstreamProtocolError, None),  # closes without a word
            (lambda a: short(a, 200, b"data: "), UpstreamProtocolError, None),
            (lambda a: short(a, 200, sse(HELLO[1])), StreamInterruptedError, "Hel"),
            (lambda a: short(a, 500, b"half"), UpstreamServerError, None),
            (lambda a: a.whole(500, b"x" * 100_000), UpstreamServerError, None),
        ],
    )
    def test_broken_answers(
        self,
        ask: Ask,
        upstream: Upstream,
        backend: OpenAIBackend,
        script: Callable[[Answer], None],
        cls: type[FourthwallError],
        partial: str | None,
    ) -> None:
        upstream.answers(script)
        with pytest.raises(FourthwallError) as caught:
            ask(backend)
        assert type(caught.value) is cls
        assert (caught.value.provider, caught.value.model) == ("local", "m")
        assert getattr(caught.value, "partial", None) == partial

    def test_a_whole_answer_survives_a_broken_end(
        self, ask: Ask, upstream: Upstream, backend: OpenAIBackend
    ) -> None:
        upstream.answers(lambda a: short(a, 200, b"".join(map(sse, HELLO))))
        assert ask(backend) == EVENTS

    def test_nobody_listening(self, ask: Ask) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound, but nobody accepts
            url = f"http://127.0.0.1:{taken.getsockname()[1]}"
            with pytest.raises(ConnectionFailedError, match="couldn't be reached") as caught:
                ask(OpenAIBackend("local", base_url=url))
        assert caught.value.__cause__ is not None
        assert caught.value.remedy == f"No server is running at {url[7:]}: start it there, " + (
            "then ask again."
        )

    def test_failover_through_real_sockets(self, upstream: Upstream) -> None:
        upstream.answers(
            lambda answer: answer.whole(503, {}),
            lambda answer: answer.stream({"error": {"type": "overloaded_error"}}),
            lambda answer: answer.stream(*HELLO),
        )
        asked = ModelCard(id="asked", provider="local", fallbacks=("m",))
        registry = Registry([asked, CARD])
        with OpenAIBackend("local", base_url=upstream.url) as backend:
            reply = fold_reply(
                dispatch(
                    asked,
                    REQUEST,
                    registry=registry,
                    backends=Backends([backend]),
                    policy=RetryPolicy(attempts=2),
                    sleep=lambda _: None,
                )
            )
        assert (reply.text, reply.model, reply.failover_from) == ("Hello", "m", "asked")


def refusal(message: str) -> dict[str, Any]:
    return {"error": {"type": "invalid_request_error", "message": message}}


def asked_there(backend: HTTPBackend, card: ModelCard, request: ChatRequest) -> list[Event]:
    """Ask with a policy that mends as often as it is let."""
    card = replace(card, provider=backend.name)
    return list(
        dispatch(
            card,
            request,
            registry=Registry([card]),
            backends=Backends([backend]),
            policy=RetryPolicy(attempts=1, repairs=9),
        )
    )


class TestMending:
    def test_the_next_body_does_without_what_was_refused(self, upstream: Upstream) -> None:
        refused = "Unsupported parameter: 'reasoning_effort' is not supported with this model."
        upstream.answers(lambda a: a.whole(400, refusal(refused)), lambda a: a.stream(*HELLO))
        request = replace(REQUEST, reasoning_effort="low")
        with OpenAIBackend("groq", base_url=upstream.url) as backend:
            assert fold_reply(iter(asked_there(backend, CARD, request))).text == "Hello"
        first, second = (sent.json for sent in upstream.requests)
        assert first.pop("reasoning_effort") == "low"
        assert first == second

    @pytest.mark.parametrize("in_stream", [False, True])
    def test_what_nothing_can_be_changed_about_is_not_asked_again(
        self, ask: Ask, upstream: Upstream, backend: OpenAIBackend, in_stream: bool
    ) -> None:
        refused = refusal("Unknown parameter: 'input[1].status'.")
        upstream.answers(lambda a: a.stream(refused) if in_stream else a.whole(400, refused))
        with pytest.raises(RequestError, match="status") as caught:
            ask(backend)
        assert caught.value.fault is None
        with backend, pytest.raises(RequestError, match="status"):
            asked_there(backend, CARD, REQUEST)
        assert len(upstream.requests) == 2  # one a call

    @pytest.mark.parametrize(
        ("name", "model"),
        [
            ("openai", "m"),
            ("groq", "m"),
            ("openrouter", "m"),
            ("openai", "o3-pro"),
            ("anthropic", "claude-sonnet-4.5"),
            ("google", "gemini-3-pro"),
        ],
    )
    def test_no_body_goes_out_twice(self, name: str, model: str) -> None:
        """Law: whatever is refused, the next body is another, or there is none."""
        bodies: list[tuple[str, bytes]] = []

        def refuse(request: httpx.Request) -> httpx.Response:
            bodies.append((str(request.url), request.content))
            return httpx.Response(400, json=refusal(sentence))

        backend = HTTPBackend(
            name,
            base_url="http://nowhere",
            client=httpx.Client(transport=httpx.MockTransport(refuse)),
        )
        for sentence in sentences():
            bodies.clear()
            with pytest.raises(RequestError):
                asked_there(backend, ModelCard(id=model, provider=name), EVERYTHING)
            assert len(set(bodies)) == len(bodies) >= 1, sentence


def sentences() -> Iterator[str]:
    yield from (w.sentence for fault in FAULTS.values() for w in fault.wordings)
    yield from (wording.sentence for wording in PARAMETERS)
    fields = (
        *("reasoning_effort", "reasoning", "thinking", "enable_thinking", "include", "text"),
        *("store", "max_output_tokens", "stop", "stop_sequences", "temperature", "metadata"),
        *("tools.0.function.strict", "tools.0.name", "messages.0.name", "system", "output_config"),
        *("messages.0.cache_control.ttl", "user", "tool_choice", "n", "response_format"),
        *("generationConfig.topP", "generationConfig.maxOutputTokens", "toolConfig"),
    )
    yield from (f"Unknown parameter: '{field}'." for field in fields)


PARAMETERS_OF_ALL = {
    "temperature": 0.5,
    "top_p": 0.5,
    "seed": 7,
    "stop": ["x"],
    "n": 1,
    "max_tokens": 50,
    "user": "u",
    "metadata": {"user_id": "u"},
    "store": True,
    "verbosity": "low",
    "reasoning_effort": "low",
    "tool_choice": "auto",
    "response_format": {"type": "json_object"},
}
EVERYTHING = ChatRequest.from_openai(
    {
        "messages": [
            {"role": "system", "content": "Be kind."},
            {
                "role": "user",
                "name": "ann",
                "content": [
                    {"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                ],
            },
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "f", "arguments": "{}"},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "call_1", "content": "done"},
        ],
        "tools": [
            {
                "type": "function",
                "function": {"name": "f", "parameters": {"type": "object"}, "strict": True},
                "cache_control": {"type": "ephemeral", "ttl": "1h"},
            }
        ],
        **PARAMETERS_OF_ALL,
    }
)


def sse(chunk: Any) -> bytes:
    return f"data: {json.dumps(chunk)}\n\n".encode()


def short(answer: Answer, status: int, data: bytes) -> None:
    """Promise more than is sent, then go away."""
    answer.begin(status, {"content-length": str(len(data) + 100), "connection": "close"})
    answer.write(data)
    answer.close()


class TestProxies:
    @pytest.fixture
    def through(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
        """Make an address the environment's proxy."""
        for name in ("NO_PROXY", "HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY", "REQUEST_METHOD"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.lower(), raising=False)

        def set_proxy(url: str) -> None:
            monkeypatch.setenv("HTTP_PROXY", url)
            monkeypatch.setenv("ALL_PROXY", url)

        return set_proxy

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
    def test_a_server_on_this_machine_is_reached_without(
        self, ask: Ask, upstream: Upstream, through: Callable[[str], None], host: str
    ) -> None:
        through("http://127.0.0.1:9")  # nobody is there
        upstream.answers(lambda answer: answer.stream(*HELLO))
        url = upstream.url.replace("127.0.0.1", host)
        assert ask(OpenAIBackend("local", base_url=url)) == EVENTS

    def test_any_other_server_is_reached_through_it(
        self, ask: Ask, upstream: Upstream, through: Callable[[str], None]
    ) -> None:
        through(upstream.url)
        upstream.answers(lambda answer: answer.stream(*HELLO))
        assert ask(OpenAIBackend("local", base_url="http://models.example/v1")) == EVENTS
        assert upstream.requests[0].path == "http://models.example/v1/chat/completions"

    @pytest.mark.parametrize(
        ("url", "address"),
        [
            ("http://127.0.0.1:11434/v1", "127.0.0.1:11434"),
            ("http://ann:secret@localhost/v1", "localhost:80"),
            ("https://models.localhost", "models.localhost:443"),
            ("http://[::1]:5/v1", "[::1]:5"),
            ("http://192.168.0.2:11434/v1", ""),
            ("https://api.example/v1", ""),
            ("http://127.0.0.1:notaport", ""),
            ("http://[", ""),
        ],
    )
    def test_what_is_on_this_machine(self, url: str, address: str) -> None:
        assert _local_address(url) == address


class TestDeadlines:
    @pytest.mark.parametrize(
        ("chunks", "timeouts", "phase"),
        [
            (None, Timeouts(first_token_s=0.08), "first_token"),
            (None, Timeouts(total_s=0.08), "total"),
            ([b": ping\n\n"], Timeouts(first_token_s=0.08), "first_token"),
            ([HELLO[0]], Timeouts(first_token_s=0.08), "first_token"),
            (HELLO[:2], Timeouts(between_tokens_s=0.08), "between_tokens"),
            (HELLO[:2], Timeouts(total_s=0.08), "total"),
        ],
    )
    def test_each_is_kept_and_closes_the_connection(
        self,
        ask: Ask,
        upstream: Upstream,
        backend: OpenAIBackend,
        chunks: list[Any] | None,
        timeouts: Timeouts,
        phase: str,
    ) -> None:
        upstream.waits_for_hang_up(*(chunks or ()), begun=chunks is not None)
        with pytest.raises(FourthwallError) as caught:
            ask(backend, timeouts)
        error: BaseException | None = caught.value
        if chunks == HELLO[:2]:  # what has come is kept
            assert isinstance(error, StreamInterruptedError)
            assert error.partial == "Hel"
            error = error.__cause__
        assert isinstance(error, DeadlineExceededError)
        assert error.phase == phase
        # The server waits longer than any of these deadlines, and only sees us go if they are kept.
        # On a busy machine the deadline may pass before the request has got there.
        assert not upstream.requests or upstream.hung_up.wait(5)

    def test_keep_alives_do_not_stop_the_first_token_clock(
        self, ask: Ask, upstream: Upstream, backend: OpenAIBackend
    ) -> None:
        upstream.answers(lambda answer: answer.stream(*[b": ping\n\n"] * 100, pause_s=0.01))
        with pytest.raises(DeadlineExceededError) as caught:
            ask(backend, Timeouts(first_token_s=0.08))
        assert caught.value.phase == "first_token"

    def test_keep_alives_count_between_tokens(
        self, ask: Ask, upstream: Upstream, backend: OpenAIBackend
    ) -> None:
        pings = [b": ping\n\n"] * 30
        upstream.answers(lambda answer: answer.stream(*HELLO[:2], *pings, *HELLO[2:], pause_s=0.01))
        assert ask(backend, Timeouts(between_tokens_s=0.2)) == EVENTS

    def test_silence_between_tokens_may_be_longer_than_before_the_first(
        self, ask: Ask, upstream: Upstream, backend: OpenAIBackend
    ) -> None:
        def script(answer: Answer) -> None:
            answer.stream(*HELLO[:2], done=False)
            time.sleep(0.25)
            answer.write(b"".join(map(sse, HELLO[2:])))

        upstream.answers(script)
        assert ask(backend, Timeouts(first_token_s=0.2, between_tokens_s=5)) == EVENTS

    def test_a_whole_answer_survives_a_server_that_forgets_to_hang_up(
        self, ask: Ask, upstream: Upstream, backend: OpenAIBackend
    ) -> None:
        upstream.waits_for_hang_up(*HELLO)
        assert ask(backend, Timeouts(between_tokens_s=0.05)) == EVENTS

    def test_a_slow_reader_does_not_use_up_the_providers_time(
        self, upstream: Upstream, backend: OpenAIBackend
    ) -> None:
        upstream.answers(lambda answer: answer.stream(*HELLO))
        got = []
        with backend:
            for event in backend.stream(CARD, REQUEST, timeouts=Timeouts(between_tokens_s=0.06)):
                got.append(event)
                time.sleep(0.08)
        assert got == EVENTS

    def test_an_error_status_is_told_even_if_its_body_hangs(
        self, ask: Ask, upstream: Upstream, backend: OpenAIBackend
    ) -> None:
        def script(answer: Answer) -> None:
            answer.begin(401, {"content-length": "100"})
            if answer.wait_for_hang_up():
                upstream.hung_up.set()

        upstream.answers(script)
        with pytest.raises(CredentialsError):
            ask(backend, Timeouts(first_token_s=0.08))

    @pytest.mark.parametrize("face", ["sync", "async"])
    def test_connecting_has_a_deadline_of_its_own(self, face: str) -> None:
        def late(_: httpx.Request) -> httpx.Response:
            raise httpx.ConnectTimeout("late")

        transport = httpx.MockTransport(late)
        given = OpenAIBackend(
            "local",
            base_url="http://nowhere",
            client=httpx.Client(transport=transport),
            async_client=httpx.AsyncClient(transport=transport),
        )
        with pytest.raises(DeadlineExceededError, match="no connection after 5 s") as caught:
            (ask_sync if face == "sync" else ask_async)(given)
        assert caught.value.phase == "connect"


class TestCancellation:
    def test_closing_the_generator_closes_the_connection(
        self, upstream: Upstream, backend: OpenAIBackend
    ) -> None:
        upstream.waits_for_hang_up(*HELLO[:2])
        with backend:
            events = backend.stream(CARD, REQUEST)
            assert [next(events), next(events)] == EVENTS[:2]
            assert not upstream.hung_up.is_set()
            events.close()
            assert upstream.hung_up.wait(5)

    def test_aclose_closes_the_connection(self, upstream: Upstream, backend: OpenAIBackend) -> None:
        upstream.waits_for_hang_up(*HELLO[:2])

        async def ask() -> None:
            async with backend:
                async with aclosing(backend.astream(CARD, REQUEST)) as events:
                    assert [await anext(events), await anext(events)] == EVENTS[:2]
                assert await asyncio.to_thread(upstream.hung_up.wait, 5)

        asyncio.run(ask())

    @pytest.mark.parametrize("begun", [False, True])
    def test_cancelling_the_task_closes_the_connection(
        self, upstream: Upstream, backend: OpenAIBackend, begun: bool
    ) -> None:
        upstream.waits_for_hang_up(*HELLO[:2], begun=begun)

        async def collect() -> None:
            async for _ in backend.astream(CARD, REQUEST):
                pass

        async def ask() -> None:
            async with backend:
                task = asyncio.create_task(collect())
                while not upstream.requests:
                    await asyncio.sleep(0.005)
                await asyncio.sleep(0.02)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert await asyncio.to_thread(upstream.hung_up.wait, 5)

        asyncio.run(ask())

    def test_a_connection_that_is_gone_needs_no_shutting_down(
        self, upstream: Upstream, backend: OpenAIBackend
    ) -> None:
        from fourthwall.backends._http import _hang_up

        class Stream:
            def get_extra_info(self, _: str) -> socket.socket:
                return closed

        closed = socket.socket()
        closed.close()
        _hang_up(httpx.Response(200, extensions={"network_stream": Stream()}))()
        _hang_up(httpx.Response(200))()


class TestSetUp:
    def test_known_providers_bring_their_address_and_key(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GROQ_API_KEY", "gsk_secret")
        groq = OpenAIBackend("Groq")
        assert (groq.name, groq.base_url) == ("groq", "https://api.groq.com/openai/v1")
        assert "secret" not in repr(groq)
        login = OpenAIBackend("local", base_url="http://ann:secret@host/v1")
        assert repr(login) == "OpenAIBackend('local', base_url='http://host/v1')"
        assert _sent_key(groq) == "Bearer gsk_secret"

    def test_a_key_from_the_environment_never_goes_to_another_address(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        assert _sent_key(OpenAIBackend("openai", base_url="http://elsewhere")) is None

    def test_a_compatible_layer_of_another_dialect_has_its_address_told(self) -> None:
        layer = OpenAIBackend("gemini", base_url="https://example.org/openai/")
        assert (layer.name, layer.base_url) == ("google", "https://example.org/openai")
        with pytest.raises(UnsupportedError, match="speaks the dialect 'anthropic'"):
            OpenAIBackend("anthropic")

    @pytest.mark.parametrize(
        ("options", "cls", "message"),
        [
            ({"name": "mine"}, ConfigurationError, "no base_url"),
            ({"base_url": "localhost:8000"}, ConfigurationError, "http://"),
            ({"api_key": "sk-\nx"}, CredentialsError, "characters"),
            ({"api_key": "sk-“x”"}, CredentialsError, "characters"),
            ({"api_key": "two words"}, CredentialsError, "characters"),
        ],
    )
    def test_mistakes_are_told_at_once(
        self, options: dict[str, Any], cls: type[FourthwallError], message: str
    ) -> None:
        with pytest.raises(cls, match=message):
            OpenAIBackend(**options)

    def test_closing_twice_or_unused_is_harmless(self) -> None:
        backend = OpenAIBackend("local", base_url="http://x")
        backend.close()
        asyncio.run(backend.aclose())


class TestDialects:
    """Where a request goes, and with which key, is what the provider's row says."""

    @pytest.mark.parametrize(
        ("backend", "model", "address", "key"),
        [
            (
                OpenAIBackend("groq", api_key="k"),
                "m",
                "https://api.groq.com/openai/v1/chat/completions",
                {"authorization": "Bearer k"},
            ),
            (
                OpenAIBackend("openai", api_key="k"),
                "o3-pro",
                "https://api.openai.com/v1/responses",
                {"authorization": "Bearer k"},
            ),
            (
                OpenAIBackend(
                    "azure", api_key="k", base_url="https://me.openai.azure.com/openai/v1"
                ),
                "gpt-4o",
                "https://me.openai.azure.com/openai/v1/chat/completions",
                {"api-key": "k"},
            ),
            (
                AnthropicBackend(api_key="k"),
                "claude-sonnet-4.5",
                "https://api.anthropic.com/v1/messages",
                {"x-api-key": "k", "anthropic-version": "2023-06-01"},
            ),
            (
                AnthropicBackend("mine", api_key="k", base_url="https://mine/v1/"),
                "m",
                "https://mine/v1/messages",
                {"x-api-key": "k", "anthropic-version": "2023-06-01"},
            ),
            (
                AnthropicBackend("deepseek", base_url="https://api.deepseek.com/anthropic"),
                "m",
                "https://api.deepseek.com/anthropic/v1/messages",
                {"anthropic-version": "2023-06-01"},
            ),
            (
                GeminiBackend(api_key="k"),
                "models/gemini-3-pro",
                "https://generativelanguage.googleapis.com/v1beta/models/gemini-3-pro"
                ":streamGenerateContent?alt=sse",
                {"x-goog-api-key": "k"},
            ),
            (
                GeminiBackend("mine", api_key="k", base_url="https://mine", streaming=False),
                "a/b",
                "https://mine/models/a%2Fb:generateContent",
                {"x-goog-api-key": "k"},
            ),
            (
                HTTPBackend("anthropic", api_key="k"),
                "m",
                "https://api.anthropic.com/v1/messages",
                {"x-api-key": "k"},
            ),
            (
                HTTPBackend("mine", base_url="https://mine/v1"),
                "m",
                "https://mine/v1/chat/completions",
                {},
            ),
        ],
        ids=lambda value: repr(value) if isinstance(value, HTTPBackend) else None,
    )
    def test_address_and_key(
        self, backend: HTTPBackend, model: str, address: str, key: dict[str, str]
    ) -> None:
        request = _sent(backend, ModelCard(id=model, provider=backend.name))
        assert str(request.url) == address
        keys = ("authorization", "api-key", "x-api-key", "x-goog-api-key")
        assert {name for name in keys if name in request.headers} == set(keys) & set(key)
        assert {name: request.headers[name] for name in key} == key

    def test_a_part_of_the_address_is_the_operators(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://me.openai.azure.com/")
        assert OpenAIBackend("azure").base_url == "https://me.openai.azure.com/openai/v1"
        monkeypatch.delenv("AZURE_OPENAI_ENDPOINT")
        with pytest.raises(ConfigurationError, match="AZURE_OPENAI_ENDPOINT") as caught:
            OpenAIBackend("azure")
        assert "base_url" in caught.value.remedy

    def test_another_dialect_is_declined_with_what_to_do(self) -> None:
        for cls, name in ((OpenAIBackend, "anthropic"), (AnthropicBackend, "openai")):
            with pytest.raises(UnsupportedError, match="speaks the dialect") as caught:
                cls(name)
            assert f"HTTPBackend({name!r})" in caught.value.remedy
            assert "base_url" in caught.value.remedy

    def test_a_server_of_ones_own_has_its_dialects_habits(self) -> None:
        mine = AnthropicBackend("mine", base_url="https://mine")
        assert (mine.provider.name, mine.provider.label) == ("mine", "mine")
        assert (mine.provider.tool_id, mine.provider.max_images) == ("word", 100)
        assert not mine.provider.key_env
        assert HTTPBackend("mine", base_url="https://mine").provider.kind == "openai"

    @pytest.mark.parametrize(
        "backend", [OpenAIBackend("groq"), AnthropicBackend(), GeminiBackend()], ids=repr
    )
    def test_several_answers_at_once_are_declined(self, backend: HTTPBackend) -> None:
        request = ChatRequest(messages=REQUEST.messages, extra={"n": 2})
        with pytest.raises(UnsupportedError, match="several answers") as caught:
            list(backend.stream(CARD, request))
        assert caught.value.param == "n"


def _sent_key(backend: OpenAIBackend) -> str | None:
    """Return the authorization header that a backend would send."""
    request = _sent(backend, ModelCard(id="m", provider=backend.name))
    key: str | None = request.headers.get("authorization")
    return key


def _sent(backend: HTTPBackend, card: ModelCard) -> httpx.Request:
    """Return the request that a backend would send."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(500)

    backend._client = httpx.Client(transport=httpx.MockTransport(answer))
    with pytest.raises(UpstreamServerError):
        list(backend.stream(card, REQUEST))
    return seen[0]

"""A real HTTP server on the loopback interface that misbehaves as it is told to."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

import pytest

from fourthwall.chat import ChatRequest
from fourthwall.registry import ModelCard

Script: TypeAlias = Callable[["Answer"], None]


class Answer:
    """One request that has come, and the ways to answer it."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        self.path = handler.path
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.body = body
        self._handler = handler

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def whole(self, status: int, body: Any, *, headers: Mapping[str, str] | None = None) -> None:
        """Answer with a whole body: a mapping as JSON, bytes as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = "application/json" if not isinstance(body, bytes) else "text/html"
        self.begin(
            status, {"content-type": kind, "content-length": str(len(data)), **(headers or {})}
        )
        self.write(data)

    def begin(self, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Send the headers."""
        self._handler.send_response(status)
        for name, value in (headers or {"content-type": "text/event-stream"}).items():
            self._handler.send_header(name, value)
        if "content-length" not in (headers or {}):
            self._handler.send_header("connection", "close")
            self._handler.close_connection = True
        self._handler.end_headers()

    def write(self, data: bytes) -> None:
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def stream(self, *chunks: Any, pause_s: float = 0.0, done: bool = True) -> None:
        """Send chunks as an event stream: mappings as JSON, bytes as they are."""
        self.begin()
        for chunk in chunks:
            time.sleep(pause_s)
            self.write(chunk if isinstance(chunk, bytes) else sse(chunk))
        if done:
            self.write(b"data: [DONE]\n\n")

    def close(self) -> None:
        """Go away after what has been sent."""
        self._handler.close_connection = True

    def wait_for_hang_up(self, limit_s: float = 5.0) -> bool:
        """Wait until the client goes away; say whether it did."""
        connection: socket.socket = self._handler.connection
        connection.settimeout(limit_s)
        try:
            return connection.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False


def sse(chunk: Mapping[str, Any]) -> bytes:
    return f"data: {json.dumps(chunk)}\n\n".encode()


class Upstream:
    """The server: set `scripts`, one for every request (the last one serves the rest)."""

    def __init__(self) -> None:
        self.scripts: list[Script] = [lambda answer: answer.stream(*hello())]
        self.requests: list[Answer] = []
        self.hung_up = threading.Event()
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                upstream.serve(Answer(self, self.rfile.read(length)))

            do_GET = do_POST  # noqa: N815 - http.server's names

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def serve(self, answer: Answer) -> None:
        script = self.scripts[min(len(self.requests), len(self.scripts) - 1)]
        self.requests.append(answer)
        try:
            script(answer)
        except ConnectionError:
            self.hung_up.set()

    def answers(self, *scripts: Script) -> None:
        self.scripts = list(scripts)

    def waits_for_hang_up(self, *chunks: Any, begun: bool = True) -> None:
        """Send these chunks, then nothing more; `hung_up` tells when the client goes away."""

        def script(answer: Answer) -> None:
            if begun:
                answer.stream(*chunks, done=False)
            if answer.wait_for_hang_up():
                self.hung_up.set()

        self.scripts = [script]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def delta(**fields: Any) -> dict[str, Any]:
    return {"model": "upstream-name", "choices": [{"index": 0, "delta": fields}]}


def finish(reason: str = "stop") -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}


def usage(prompt: int, completion: int) -> dict[str, Any]:
    tokens = {"prompt_tokens": prompt, "completion_tokens": completion}
    return {"choices": [], "usage": tokens}


def hello() -> list[dict[str, Any]]:
    return [
        delta(role="assistant", content=""),
        delta(content="Hel"),
        delta(content="lo"),
        finish(),
    ]


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    server = Upstream()
    yield server
    server.close()


@pytest.fixture
def card() -> ModelCard:
    return ModelCard(id="m", provider="local", upstream="upstream-name")


@pytest.fixture
def request_() -> ChatRequest:
    return ChatRequest(messages=({"role": "user", "content": "How deep is the fjord?"},))

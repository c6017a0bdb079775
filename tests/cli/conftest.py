"""The command line, run in this process or in one of its own, cut off from this machine."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from fourthwall.backends import discover
from fourthwall.cli import _offer, main

MODELS = [
    {
        "id": "gpt-5",
        "provider": "openai",
        "name": "GPT-5",
        "family": "gpt",
        "family_default": True,
        "context": 400_000,
        "price_in": 1.25,
        "price_out": 10.0,
        "vision": True,
        "hosts": {"openrouter": "openai/gpt-5"},
    },
    {
        "id": "claude-sonnet-4.5",
        "provider": "anthropic",
        "name": "Claude Sonnet 4.5",
        "family": "claude",
        "tier": "sonnet",
        "family_default": True,
        "reasoning": True,
        "price_in": 3.0,
        "price_out": 15.0,
        "fallbacks": ["gpt-5"],
        "retires": "2099-01-01",
        "hosts": {"openrouter": "anthropic/claude-sonnet-4.5"},
    },
    {
        "id": "claude-2",
        "provider": "anthropic",
        "family": "claude",
        "retires": "2025-01-01",
        "replaced_by": "claude-sonnet-4.5",
    },
    {"id": "mystery", "provider": "nobody", "open_weights": True},
]


@dataclass(frozen=True)
class Ran:
    """What a run of the command line came to."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


def clean(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without keys and settings of whoever runs the tests."""
    ours = ("_API_KEY", "_BASE_URL", "OLLAMA_HOST", "FOURTHWALL_MODEL", "NO_COLOR", "FORCE_COLOR")
    return {name: value for name, value in environ.items() if not name.endswith(ours)}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in set(os.environ) - set(clean(os.environ)):
        monkeypatch.delenv(name)
    monkeypatch.setenv("FOURTHWALL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    # Whatever serves models on this machine is none of the tests' business.
    monkeypatch.setattr(_offer, "discover", partial(discover, probe=lambda *_: None))


@pytest.fixture
def registry_file(tmp_path: Path) -> Path:
    path = tmp_path / "models.json"
    path.write_text(json.dumps({"models": MODELS}))
    return path


Run = Callable[..., Ran]


@pytest.fixture
def run(
    registry_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Run a command line in this process, with the small registry."""

    def run(command: str, *arguments: str, stdin: str | bytes = b"") -> Ran:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        code = main([command, "--registry", str(registry_file), *arguments])
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
def start(registry_file: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Start the command line in a process of its own."""

    def start(command: str, *arguments: str, **about: Any) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "fourthwall.cli", command, "--registry", str(registry_file)]
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return subprocess.Popen([*words, *arguments], **{**streams, **about})

    return start


class Site:
    """A web server that answers every request alike: streams an answer, or gives a body."""

    def __init__(self) -> None:
        self.status = 200
        self.body: bytes | None = None
        self.asked: list[dict[str, Any]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                site.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.answer("text/event-stream", _stream("Good", " day"))

            def do_GET(self) -> None:
                self.answer("application/json", b"{}")

            def answer(self, kind: str, body: bytes) -> None:
                body = body if site.body is None else site.body
                self.send_response(site.status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _stream(*pieces: str) -> bytes:
    chunks: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces
    ]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    chunks.append({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}})
    return b"".join(f"data: {json.dumps(c)}\n\n".encode() for c in chunks) + b"data: [DONE]\n\n"


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    yield server
    server.close()

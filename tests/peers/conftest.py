"""An independent server to speak to: LiteLLM's proxy, which knows all our wire formats.

A test of these is opt-in, because the proxy is big and comes from the package index::

    python -m pytest -m peers

The first run makes a virtual environment for it (a minute, 700 MB); later ones use it again.  It
stands in pytest's cache, or in the folder that the environment variable ``FOURTHWALL_PEERS`` names.
Once it is there, no network is needed but the loopback interface.

The proxy takes a request in any of the formats, translates it to OpenAI's chat completions by code
of its own, and sends that to the `Model` behind it, which a test scripts; it translates the answer
back in the same way.  So a test sees how an independent reader understood what our backends sent,
and our backends read what an independent writer wrote.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

PROXY: Final = "litellm[proxy]==1.102.4"
KEY: Final = "sk-peer"
MODELS: Final = ("gpt-4o", "gpt-5", "gpt-5-codex", "claude-sonnet-4-5", "gemini-2.5-flash")
MOCKED: Final = ("mocked", "gpt-5-pro")
MOCKED_TEXT: Final = "This is a møck answer"
USAGE: Final = {
    "prompt_tokens": 11,
    "completion_tokens": 7,
    "total_tokens": 18,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 3},
}

_INSTALL_LIMIT_S: Final = 1200
_START_LIMIT_S: Final = 180
_PIECE: Final = 5

# The proxy goes away with us, however we end: its standard input closes then.
_LAUNCH: Final = """
import os, sys, threading
from litellm.proxy.proxy_cli import run_server

def leave_with_parent():
    sys.stdin.read()
    os._exit(0)

threading.Thread(target=leave_with_parent, daemon=True).start()
run_server(sys.argv[1:])
"""


@pytest.fixture
def peer(_proxy: tuple[str, Model]) -> Peer:
    """The running proxy, with nothing received and no answer scripted yet."""
    url, model = _proxy
    model.forget()
    return Peer(url, KEY, model)


@pytest.fixture(scope="session")
def _proxy(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Model]]:
    named = os.environ.get("FOURTHWALL_PEERS")
    root = Path(named).expanduser() if named else request.config.cache.mkdir("peers")
    python = _environment(root.absolute())
    with Model() as model, _running(python, tmp_path_factory.mktemp("peer"), model.url) as url:
        yield url, model


# What a test works with ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Peer:
    """The proxy, and the model behind it."""

    url: str
    key: str
    model: Model

    def will_answer(self, text: str = "", **about: Any) -> Answer:
        """Script the next answer that isn't scripted yet; what it may say stands in `Answer`."""
        answer = Answer(text=text, **about)
        self.model.script.append(answer)
        return answer

    @property
    def received(self) -> list[dict[str, Any]]:
        """What reached the model: chat-completions bodies, as the proxy understood ours."""
        return self.model.received


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the model behind the proxy answers.

    Attributes:
        text: the content.
        reasoning: the chain of thought.
        calls: tool calls: id, name, arguments as JSON text.
        finish: why it ends; by default ``tool_calls`` or ``stop``.
        status: HTTP status; any but 200 makes it an error.
        error: the error's object; with status 200 it comes after the first piece of a stream.
        held: nothing is sent before this is set.
    """

    text: str = ""
    reasoning: str = ""
    calls: tuple[tuple[str, str, str], ...] = ()
    finish: str | None = None
    status: int = 200
    error: Mapping[str, Any] | None = None
    held: threading.Event | None = None

    @property
    def finish_reason(self) -> str:
        return self.finish or ("tool_calls" if self.calls else "stop")

    def whole(self, model: str) -> dict[str, Any]:
        """Return the answer as one body."""
        if self.status != 200:
            return {"error": {"message": "It went wrong.", **(self.error or {})}}
        message: dict[str, Any] = {"role": "assistant", "content": self.text or None}
        if self.reasoning:
            message["reasoning_content"] = self.reasoning
        if self.calls:
            message["tool_calls"] = [_tool_call(*call) for call in self.calls]
        choice = {"index": 0, "message": message, "finish_reason": self.finish_reason}
        return _completion("chat.completion", model, [choice], usage=USAGE)

    def chunks(self, model: str) -> Iterator[dict[str, Any]]:
        """Give the answer as the chunks of a stream."""
        deltas = self._deltas()
        if self.error is not None:
            deltas = itertools.islice(deltas, 2)
        for delta in deltas:
            choice = {"index": 0, "delta": delta, "finish_reason": None}
            yield _completion("chat.completion.chunk", model, [choice])
        if self.error is not None:
            yield {"error": self.error}
            return
        end = {"index": 0, "delta": {}, "finish_reason": self.finish_reason}
        yield _completion("chat.completion.chunk", model, [end])
        yield _completion("chat.completion.chunk", model, [], usage=USAGE)

    def _deltas(self) -> Iterator[dict[str, Any]]:
        yield {"role": "assistant", "content": ""}
        for piece in _pieces(self.reasoning):
            yield {"reasoning_content": piece}
        for piece in _pieces(self.text):
            yield {"content": piece}
        for index, (call_id, name, arguments) in enumerate(self.calls):
            yield {"tool_calls": [{"index": index, **_tool_call(call_id, name, "")}]}
            for piece in _pieces(arguments):
                yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _tool_call(call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {
        "id": call_id,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def _pieces(text: str) -> Iterator[str]:
    return (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))


def _completion(
    kind: str, model: str, choices: list[dict[str, Any]], **more: Any
) -> dict[str, Any]:
    return {"id": "1", "object": kind, "created": 1, "model": model, "choices": choices, **more}


class Model:
    """The model behind the proxy: answers as `script` says, then "Hello"; notes what it is sent."""

    def __init__(self) -> None:
        self.script: list[Answer] = []
        self.received: list[dict[str, Any]] = []
        model = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                model.received.append(body)
                answer = model.script.pop(0) if model.script else Answer(text="Hello")
                if answer.held is not None:
                    answer.held.wait(_START_LIMIT_S)
                with contextlib.suppress(ConnectionError):
                    _send(self, answer, body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Model:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def forget(self) -> None:
        """Begin anew: nothing scripted, nothing received."""
        self.script.clear()
        self.received.clear()


def _send(handler: BaseHTTPRequestHandler, answer: Answer, body: Mapping[str, Any]) -> None:
    if not body.get("stream") or answer.status != 200:
        data = json.dumps(answer.whole(body["model"])).encode()
        handler.send_response(answer.status)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)
        return
    handler.send_response(200)
    handler.send_header("content-type", "text/event-stream")
    handler.send_header("connection", "close")
    handler.end_headers()
    for chunk in answer.chunks(body["model"]):
        handler.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
    if answer.error is None:
        handler.wfile.write(b"data: [DONE]\n\n")


# How the proxy comes to run -----------------------------------------------------------------------


def _environment(root: Path) -> Path:
    """Return the Python that has the proxy; install it first where that hasn't been done."""
    root.mkdir(parents=True, exist_ok=True)
    version = PROXY.rpartition("=")[2]
    home = root / f"litellm-{version}-{sys.implementation.cache_tag}"
    python, complete = home / "bin" / "python", home / "complete"
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another run may be at it
        if not (complete.exists() and python.exists()):
            shutil.rmtree(home, ignore_errors=True)
            _install("make its virtual environment", sys.executable, "-m", "venv", str(home))
            pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")
            _install("install it from the package index", str(python), *pip, PROXY)
            complete.touch()
    return python


def _install(aim: str, *command: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_INSTALL_LIMIT_S,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        pytest.fail(f"{PROXY}: couldn't {aim} in {_INSTALL_LIMIT_S} s", pytrace=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-2000:]
        pytest.fail(f"{PROXY}: couldn't {aim}\n{said}", pytrace=False)


@contextmanager
def _running(python: Path, folder: Path, model_url: str) -> Iterator[str]:
    """Run the proxy in ``folder``; give its address."""
    config, log = folder / "config.yaml", folder / "log.txt"
    config.write_text(json.dumps(_config(model_url)))  # JSON is YAML, too
    port = _free_port()
    options = ("--config", str(config), "--host", "127.0.0.1", "--port", str(port))
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, "-I", "-c", _LAUNCH, *options, "--telemetry", "False"],
            cwd=folder,  # no file of ours, such as .env, is to be found by it
            env=_surroundings(folder),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    with process:
        try:
            url = f"http://127.0.0.1:{port}"
            _await(process, f"{url}/health/readiness", log)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _config(model_url: str) -> dict[str, Any]:
    """Return the proxy's configuration: `MODELS` are all the one behind it."""
    behind = {
        # A provider without a format of its own, so that every format is translated.
        "model": "custom_openai/behind",
        "api_base": model_url,
        "api_key": "behind",
        "allowed_openai_params": ["reasoning_effort"],
    }
    mocked = {"model": "openai/mocked", "api_key": "none", "mock_response": MOCKED_TEXT}
    return {
        "model_list": [
            *({"model_name": name, "litellm_params": behind} for name in MODELS),
            *({"model_name": name, "litellm_params": mocked} for name in MOCKED),
        ],
        "litellm_settings": {"num_retries": 0, "request_timeout": _START_LIMIT_S},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        "general_settings": {"master_key": KEY},
    }


def _surroundings(folder: Path) -> dict[str, str]:
    """Return the proxy's environment: no key of ours, and no way out of this machine."""
    nowhere = "http://127.0.0.1:9"
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "HTTP_PROXY": nowhere,
        "HTTPS_PROXY": nowhere,
        "NO_PROXY": "127.0.0.1",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Wait until the proxy answers; fail with the end of its log if it doesn't."""
    until = time.monotonic() + _START_LIMIT_S
    with httpx.Client(trust_env=False) as client:
        while process.poll() is None and time.monotonic() < until:
            with contextlib.suppress(httpx.TransportError):
                if client.get(url).is_success:
                    return
            time.sleep(0.1)
    said = log.read_text(errors="replace")[-2000:]
    pytest.fail(f"{PROXY}: the proxy didn't start; its log ends with\n{said}", pytrace=False)

"""What our side of a backend costs: building a body, reading a stream, a whole call.

Run it with ``python benchmarks/backends.py``.

A body is built of a history of 200 messages with tools, as several models and an interruption
leave it behind, in each dialect.  Beside it stand ``json.dumps`` of the same history, which every
client pays, and pydantic-ai's mapping of the same turns, where it and the makers' SDKs are
installed: it maps messages only, and its history holds objects instead of JSON.

Then come bodies of hostile histories, one four times as long as the other: one answer with
thousands of calls, each with its result.  Four times the history should take four times as long.

A chunk is read from bytes to event, beside what parsing its JSON alone costs.  A whole call goes to
a server on the loopback interface, beside the bare HTTP client.

Figures are medians; the second number is half the distance between the quartiles.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import quantiles
from time import perf_counter_ns
from typing import Any

import httpx

from fourthwall.backends import OpenAIBackend, build_request
from fourthwall.backends._chunks import ChatReader
from fourthwall.backends._errors import Translator
from fourthwall.chat import ChatRequest
from fourthwall.registry import ModelCard

RUNS = 60
CHUNKS = 500
CARD = ModelCard(id="m", provider="groq")
REQUEST = ChatRequest(messages=({"role": "user", "content": "How deep is the fjord?"},))
TURNS = 50
CALLS = (1000, 4000)
HOSTILE_RUNS = 8
TARGETS = [
    ("openai", "gpt-4o", "chat completions (openai)"),
    ("mistral", "mistral-large", "chat completions (mistral)"),
    ("deepseek", "deepseek-v4", "chat completions (deepseek)"),
    ("openai", "o3-pro", "responses"),
    ("anthropic", "claude-sonnet-4.5", "anthropic"),
    ("gemini", "gemini-3-pro", "gemini"),
]
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a town.",
        "parameters": {"type": "object", "properties": {"town": {"type": "string"}}},
    },
}


def history() -> list[dict[str, Any]]:
    """Return 200 messages: questions, calls, results, answers, each turn by another model."""
    out: list[dict[str, Any]] = []
    for number in range(TURNS):
        maker = ("gpt-4o", "claude-sonnet-4.5", "gemini-3-pro")[number % 3]
        call_id = f"call_{number}|fc_{number:040}"
        arguments = json.dumps({"town": f"town {number}"})
        function = {"name": "weather", "arguments": arguments}
        call = {"id": call_id, "type": "function", "function": function}
        out += [
            {"role": "user", "content": f"What is the weather in town {number}? " * 5},
            {"role": "assistant", "content": None, "model": maker, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": call_id, "content": "sleet " * 20},
            {"role": "assistant", "content": "It is sleet. " * 20, "model": maker},
        ]
    return out


def hostile_history(calls: int) -> list[dict[str, Any]]:
    """Return one answer with very many calls at once, answered from the last to the first."""
    function = {"name": "weather", "arguments": "{}"}
    asked = [{"id": f"call_{n}", "type": "function", "function": function} for n in range(calls)]
    given = [{"role": "tool", "tool_call_id": call["id"], "content": "sleet"} for call in asked]
    question = {"role": "user", "content": "What is the weather everywhere?"}
    return [question, {"role": "assistant", "content": None, "tool_calls": asked}, *given[::-1]]


def chunk(**choice: object) -> bytes:
    body = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    line = json.dumps({**body, "choices": [{"index": 0, "delta": {}, **choice}], "usage": None})
    return f"data: {line}\n\n".encode()


WORD = chunk(delta={"content": "word "})
END = chunk(finish_reason="stop") + b"data: [DONE]\n\n"


class Server(BaseHTTPRequestHandler):
    """Answers every request with twenty words."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or it waits 40 ms between headers and body

    def do_POST(self) -> None:
        """Answer."""
        self.rfile.read(int(self.headers["content-length"]))
        body = WORD * 20 + END
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def measure(
    name: str, work: Callable[[], object], *, per: int = 1, unit: str = "us", runs: int = RUNS
) -> None:
    times = []
    for _ in range(runs):
        began = perf_counter_ns()
        work()
        times.append((perf_counter_ns() - began) / per / (1e3 if unit == "us" else 1e6))
    low, middle, high = quantiles(times, n=4)
    print(f"{name:<44} {middle:8.2f} {unit}  ± {(high - low) / 2:.2f}")


def read_stream() -> None:
    reader = ChatReader(Translator(provider="groq", card=CARD, request=REQUEST))
    for _ in range(CHUNKS):
        deque(reader.feed(WORD), maxlen=0)
    deque(reader.feed(END), maxlen=0)


def pydantic_ai_history() -> Sequence[Any]:
    """Return the same turns as pydantic-ai keeps them."""
    messages = importlib.import_module("pydantic_ai.messages")
    out: list[Any] = []
    for message in history():
        match message:
            case {"role": "user", "content": text}:
                out.append(messages.ModelRequest([messages.UserPromptPart(text)]))
            case {"role": "tool", "tool_call_id": call_id, "content": text}:
                part = messages.ToolReturnPart("weather", text, call_id)
                out.append(messages.ModelRequest([part]))
            case {"tool_calls": [call]}:
                part = messages.ToolCallPart("weather", call["function"]["arguments"], call["id"])
                out.append(messages.ModelResponse([part]))
            case {"content": text}:
                out.append(messages.ModelResponse([messages.TextPart(text)]))
    return out


def pydantic_ai() -> dict[str, Callable[[], Coroutine[Any, Any, object]]]:
    """Return what maps a history in pydantic-ai, by our names of the dialects; empty without it."""
    try:
        # It has no other door to the mapping alone.
        chat = their_model("openai", "OpenAIChatModel", "OpenAIProvider")._map_messages  # noqa: SLF001
        claude = their_model("anthropic", "AnthropicModel", "AnthropicProvider")._map_message  # noqa: SLF001
        gemini = their_model("google", "GoogleModel", "GoogleProvider")._map_messages  # noqa: SLF001
    except ImportError:
        return {}
    turns = pydantic_ai_history()
    about = importlib.import_module("pydantic_ai.models").ModelRequestParameters()
    return {
        "chat completions (openai)": partial(chat, turns, about),
        "anthropic": partial(claude, turns, about, {}),
        "gemini": partial(gemini, turns, about),
    }


def their_model(module: str, model: str, provider: str) -> Any:
    models = importlib.import_module(f"pydantic_ai.models.{module}")
    providers = importlib.import_module(f"pydantic_ai.providers.{module}")
    return getattr(models, model)("m", provider=getattr(providers, provider)(api_key="k"))


def measure_bodies() -> None:
    request: dict[str, Any] = {
        "messages": history(),
        "tools": [TOOL],
        "temperature": 0.5,
        "max_tokens": 1000,
    }
    print(f"a body of {len(request['messages'])} messages")
    measure("  json.dumps of the request", partial(json.dumps, request), unit="ms")
    theirs = pydantic_ai()
    loop = asyncio.new_event_loop()
    for provider, model, name in TARGETS:
        card = ModelCard(id=model, provider=provider)
        measure(f"  {name}", partial(build_request, provider, card, request), unit="ms")
        if name in theirs:
            mapping = theirs[name]
            work = partial(lambda made: loop.run_until_complete(made()), mapping)
            measure("    pydantic-ai", work, unit="ms")
    loop.close()


def measure_hostile_bodies() -> None:
    gc.disable()  # as `timeit` does: what else is in memory would count
    for calls in CALLS:
        request = {"messages": hostile_history(calls), "tools": [TOOL]}
        print(f"a body of {calls:,} calls at once")
        for provider, model, name in TARGETS:
            work = partial(build_request, provider, ModelCard(id=model, provider=provider), request)
            measure(f"  {name}", work, unit="ms", runs=HOSTILE_RUNS)
    gc.enable()


def main() -> None:
    measure_bodies()
    measure_hostile_bodies()
    line = WORD[len(b"data: ") :]
    measure("a chunk, from bytes to event", read_stream, per=CHUNKS)
    measure("  its JSON alone", lambda: [json.loads(line) for _ in range(CHUNKS)], per=CHUNKS)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    with OpenAIBackend("local", base_url=url) as backend, httpx.Client() as client:
        measure("a whole call", lambda: list(backend.stream(CARD, REQUEST)), unit="ms")
        body = build_request("groq", CARD, REQUEST)
        address = f"{url}/chat/completions"
        measure("  the HTTP client alone", lambda: client.post(address, json=body), unit="ms")
    server.shutdown()


if __name__ == "__main__":
    main()

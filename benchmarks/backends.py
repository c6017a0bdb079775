"""What our side of a backend costs: reading a stream, building a body, a whole call.

Run it with ``python benchmarks/backends.py``.  A chunk is read from bytes to event, beside what
parsing its JSON alone costs; the body has a history of 100 messages; a whole call goes to a server
on the loopback interface, beside the bare HTTP client.  Figures are medians; the second number is
half the distance between
the quartiles.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import quantiles
from time import perf_counter_ns

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
HISTORY = ChatRequest(
    messages=tuple({"role": ("user", "assistant")[n % 2], "content": "x" * 500} for n in range(100))
)


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


def measure(name: str, work: Callable[[], object], *, per: int = 1, unit: str = "us") -> None:
    times = []
    for _ in range(RUNS):
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


def main() -> None:
    line = WORD[len(b"data: ") :]
    measure("a chunk, from bytes to event", read_stream, per=CHUNKS)
    measure("  its JSON alone", lambda: [json.loads(line) for _ in range(CHUNKS)], per=CHUNKS)
    measure("a body of 100 messages", lambda: build_request("groq", CARD, HISTORY))
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

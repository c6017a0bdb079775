"""How long `plan` takes for a conversation of 10, 50 and 200 turns, and of one turn more.

Run it with ``python benchmarks/fold.py``.  A turn is a question of about a hundred characters and
an answer of about a thousand; every twentieth question is a switch.  Figures are medians; the
second number is half the distance between
the quartiles.
"""

from __future__ import annotations

import gc
from statistics import quantiles
from time import perf_counter_ns
from typing import Any

from fourthwall.conversation import plan
from fourthwall.registry import Registry

RUNS = 40
TOPICS = ("the tides", "old bridges", "bread", "the orbits of comets", "a village school")
MODELS = ("Claude", "GPT-5", "Gemini", "DeepSeek")


def question(number: int) -> str:
    if number % 20 == 10:
        return f"Switch to {MODELS[number // 20 % len(MODELS)]} and go on with point {number}."
    topic = TOPICS[number % len(TOPICS)]
    return (
        f"Could you tell me a little more about {topic}, and what I should read as number {number}?"
    )


def conversation(turns: int) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [{"role": "system", "content": "Answer briefly."}]
    for number in range(turns):
        answer = f"Point {number}. " + "There is much to say about that. " * 30
        messages += [
            {"role": "user", "content": question(number)},
            {"role": "assistant", "content": answer},
        ]
    return [*messages, {"role": "user", "content": question(turns + 1)}]


def microseconds(messages: list[dict[str, Any]], registry: Registry) -> float:
    model = next(iter(registry))
    start = perf_counter_ns()
    plan(model=model, messages=messages, registry=registry)
    return (perf_counter_ns() - start) / 1000


def row(name: str, samples: list[float]) -> str:
    low, median, high = quantiles(samples, n=4)
    return f"{name:<28}{median:>10.0f} µs   ±{(high - low) / 2:.0f}"


def main() -> None:
    registry = Registry.default()
    microseconds(conversation(1), registry)  # what is compiled on first use
    gc.disable()
    for turns in (10, 50, 200):
        messages = conversation(turns)
        print(row(f"{turns} turns", [microseconds(messages, registry) for _ in range(RUNS)]))
        longer = [*messages, {"role": "assistant", "content": "Yes."}, messages[-1]]
        print(row("  and one more", [microseconds(longer, registry) for _ in range(RUNS)]))


if __name__ == "__main__":
    main()

"""How much work a body is: as much more as there is more history, however hostile that is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeAlias

import pytest

from fourthwall.backends import build_request
from fourthwall.registry import ModelCard

Json: TypeAlias = dict[str, Any]
Shape: TypeAlias = Callable[[int, str], list[Json]]

TARGETS = {
    ("openai", "gpt-4o"): "unknown",
    ("openrouter", "x/y"): "unknown",
    ("mistral", "mistral-large"): "unknown",
    ("deepseek", "deepseek-v4"): "unknown",
    ("openai", "o3-pro"): "openai-responses-v1",
    ("anthropic", "claude-sonnet-4.5"): "anthropic-claude-v1",
    ("google", "gemini-3-pro"): "google-gemini-v1",
}
"""A target of each kind -> the format of its own private state."""

USER: Json = {"role": "user", "content": "hi"}
SOME, MORE = 40, 160
SLACK = 1.25  # an index grows in steps


def call(call_id: str, name: str = "f") -> Json:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": "{}"}}


def answer(n: int, **more: Any) -> Json:
    return {"role": "assistant", "content": None, "tool_calls": [*map(call, ids(n))], **more}


def ids(n: int) -> list[str]:
    return [f"call_{number}" for number in range(n)]


def results(call_ids: list[str], **more: Any) -> list[Json]:
    return [{"role": "tool", "tool_call_id": i, "content": "r", **more} for i in call_ids]


def parallel_calls(n: int, _style: str) -> list[Json]:
    return [USER, answer(n), *results(ids(n)[::-1]), USER]


def calls_without_ids(n: int, _style: str) -> list[Json]:
    calls = [call("", f"f{number}") for number in range(n)]
    given = [{"role": "tool", "name": f"f{number}", "content": "r"} for number in range(n)]
    return [USER, {"role": "assistant", "content": None, "tool_calls": calls}, *given[::-1], USER]


def results_without_calls(n: int, _style: str) -> list[Json]:
    return [USER, answer(n), *results(["no_call"] * n), USER]


def many_results_for_one_id(n: int, _style: str) -> list[Json]:
    calls = [call("call_1")] * n
    asked = {"role": "assistant", "content": None, "tool_calls": calls}
    return [USER, asked, *results(["call_1"] * (2 * n)), USER]


def calls_in_messages_of_their_own(n: int, _style: str) -> list[Json]:
    asked = [{"role": "assistant", "content": "a", "tool_calls": [call(i)]} for i in ids(n)]
    return [USER, *asked, *results(ids(n)), USER]


def thought(style: str, number: int, **more: Any) -> Json:
    place = {"chars": 5 * number, "calls": number, "length": 5}
    note = {"fourthwall": place, "format": style, **more}
    return {"type": "reasoning.encrypted", "data": "QUJD", **note}


def answers_in_a_row(n: int, style: str) -> list[Json]:
    said = {"role": "assistant", "content": "words", "reasoning_content": "hm"}
    return [USER, *({**said, "reasoning_details": [thought(style, 0)]} for _ in range(n)), USER]


def thoughts_about_text(n: int, style: str) -> list[Json]:
    details = [thought(style, number) for number in range(n)]
    asked = answer(n, content="words" * n, reasoning_details=details)
    return [USER, asked, *results(ids(n)), USER]


def thoughts_about_parts_of_text(n: int, style: str) -> list[Json]:
    content = [{"type": "text", "text": "words"}] * n
    details = [thought(style, 0, fourthwall=None) for _ in range(n)]
    return [USER, answer(n, content=content, reasoning_details=details), *results(ids(n)), USER]


def thoughts_about_calls(n: int, style: str) -> list[Json]:
    details = [thought(style, number, id=i) for number, i in enumerate(ids(n)[::-1])]
    return [USER, answer(n, reasoning_details=details), *results(ids(n)), USER]


def pictures_in_a_result(n: int, _style: str) -> list[Json]:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    return [USER, answer(1), *results(ids(1), content=[picture] * n), USER]


SHAPES: list[Shape] = [
    parallel_calls,
    calls_without_ids,
    results_without_calls,
    many_results_for_one_id,
    calls_in_messages_of_their_own,
    answers_in_a_row,
    thoughts_about_text,
    thoughts_about_parts_of_text,
    thoughts_about_calls,
    pictures_in_a_result,
]


@pytest.mark.parametrize("target", TARGETS, ids="/".join)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_work_grows_no_faster_than_the_history(shape: Shape, target: tuple[str, str]) -> None:
    """Law: four times the history is four times the work, not sixteen."""
    steps(target, shape, 2)  # what is read once is read
    few, many = (steps(target, shape, n) for n in (SOME, MORE))
    assert many <= few * (MORE / SOME) * SLACK


def steps(target: tuple[str, str], shape: Shape, n: int) -> int:
    """Return how many instructions of Python code it takes to build a body."""
    provider, model = target
    request: Json = {"messages": shape(n, TARGETS[target]), "tools": [TOOL]}
    if provider == "anthropic":
        request["reasoning_effort"] = "high"
    taken = 0

    def count(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal taken
        frame.f_trace_opcodes = True
        taken += event == "opcode"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        build_request(provider, ModelCard(id=model, provider=provider), request)
    finally:
        sys.settrace(before)
    return taken


TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}

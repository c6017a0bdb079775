from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


def test_command_is_marked_where_it_stands(run: Run) -> None:
    out = run("explain", "Switch to Claude and write a poem").out.splitlines()
    under = out[next(n for n, line in enumerate(out) if "Switch to Claude and" in line) + 1]
    assert under.startswith("  ^^^^^^^^^^^^^^^^")


def test_evidence_is_listed(run: Run) -> None:
    ran = run("explain", "--active", "gpt-5", "Switch to Claude and write a poem")
    assert ran.code == 0
    for part in ("Claude Sonnet 4.5 (claude-sonnet-4.5)", "matched", "write a poem", "µs"):
        assert part in ran.out


def test_name_outside_a_command_is_underlined(run: Run) -> None:
    ran = run("explain", "Is Claude any good at chess?")
    assert "none" in ran.out
    assert "~~~~~~" in ran.out


def test_message_that_was_not_read_says_so(run: Run) -> None:
    assert "no word of it" in run("explain", "What do whales eat?").out


def test_candidates_are_numbered(run: Run) -> None:
    assert "1. GPT-5 (gpt-5)" in run("explain", "switch to GPT-9").out


def test_retired_model_is_named(run: Run) -> None:
    assert "claude-2" in run("explain", "switch to Claude 2").out


@pytest.mark.parametrize(
    "text", ["", "\n", "\x1b[2J", "日本語 " * 300 + "switch to Claude", "a\n" * 9]
)
def test_any_text_can_be_explained(run: Run, text: str) -> None:
    ran = run("explain", text)
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert len(ran.out.splitlines()[0]) <= 200


def test_guard_that_spoke_is_named(run: Run) -> None:
    assert "guard" in run("explain", "something cheaper please").out


def test_models_that_qualify_are_shown_best_first(run: Run) -> None:
    ran = run("explain", "use something cheaper", "--active", "claude-sonnet-4.5")
    assert "choice" in ran.out
    assert "1. gpt-5 (cheaper)" in ran.out

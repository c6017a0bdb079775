from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]

SWITCHED = [{"role": "user", "content": "Switch to Claude and write a poem"}]


class TestJsonl:
    def test_answers_have_the_pinned_shape(self, run: Run) -> None:
        row = {"id": 1, "model": "gpt-5", "messages": SWITCHED}
        ran = run("plan", "--jsonl", stdin=json.dumps(row))
        assert ran.code == 0
        assert ran.rows == [
            {
                "id": 1,
                "kind": "switch",
                "active": "claude-sonnet-4.5",
                "answered_by": "claude-sonnet-4.5",
                "messages": [{"role": "user", "content": "write a poem"}],
                "announcement": "Switched from GPT-5 to Claude Sonnet 4.5.",
                "reply": None,
            }
        ]

    def test_silent_switch_has_no_announcement(self, run: Run) -> None:
        row = {"model": "gpt-5", "messages": SWITCHED}
        ran = run("plan", "--jsonl", "--no-announce", stdin=json.dumps(row))
        assert ran.rows[0]["announcement"] is None

    def test_engine_answers_by_itself(self, run: Run) -> None:
        row = {"model": "gpt-5", "messages": [{"role": "user", "content": "which model is this?"}]}
        ran = run("plan", "--jsonl", stdin=json.dumps(row))
        assert ran.rows[0]["answered_by"] is None
        assert "GPT-5" in ran.rows[0]["reply"]

    @pytest.mark.parametrize(
        ("row", "param"),
        [
            ({"messages": SWITCHED}, "model"),
            ({"model": 3, "messages": SWITCHED}, "model"),
            ({"model": "gpt-55", "messages": SWITCHED}, "model"),
            ({"model": "gpt-5"}, "messages"),
            ({"model": "gpt-5", "messages": []}, "messages"),
            ({"model": "gpt-5", "messages": "hi"}, "messages"),
            ({"model": "gpt-5", "messages": [{"role": "boss"}]}, "messages[0].role"),
        ],
    )
    def test_bad_line_names_the_field(self, run: Run, row: dict[str, Any], param: str) -> None:
        ran = run("plan", "--jsonl", stdin=json.dumps(row))
        assert ran.code == 1
        assert ran.rows[0]["error"]["param"] == param


class TestForPeople:
    def test_each_text_is_a_turn(self, run: Run) -> None:
        ran = run("plan", "--model", "gpt-5", "Hello!", "Switch to Claude and sing")
        assert ran.code == 0
        assert "claude-sonnet-4.5" in ran.out
        assert "user: Hello!" in ran.out
        assert "user: sing" in ran.out

    def test_begins_with_the_first_model(self, run: Run) -> None:
        assert "You're talking to GPT-5" in run("plan", "which model is this?").out

    @pytest.mark.parametrize("words", [(), ("--jsonl", "hi"), ("--jsonl", "--model", "gpt-5")])
    def test_words_that_make_no_sense_together_are_refused(
        self, run: Run, words: tuple[str, ...]
    ) -> None:
        assert run("plan", *words).code == 2

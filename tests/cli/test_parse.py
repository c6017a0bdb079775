from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from fourthwall.cli import main

Run = Callable[..., Any]
Start = Callable[..., subprocess.Popen[bytes]]


def lines(*rows: dict[str, Any]) -> str:
    return "\n".join(map(json.dumps, rows))


class TestJsonl:
    def test_answers_have_the_pinned_shape(self, run: Run) -> None:
        ran = run("parse", "--jsonl", stdin=lines({"id": "a", "text": "Switch to Claude and sing"}))
        assert ran.code == 0
        (row,) = ran.rows
        assert row.pop("confidence") <= 1.0
        assert row == {
            "id": "a",
            "kind": "switch",
            "target": "claude-sonnet-4.5",
            "remainder": "sing",
        }

    def test_ordinary_message_has_no_target(self, run: Run) -> None:
        ran = run("parse", "--jsonl", stdin=lines({"id": 1, "text": "Hello!", "active": None}))
        assert ran.rows[0]["kind"] == "none"
        assert ran.rows[0]["target"] is None
        assert ran.rows[0]["remainder"] == "Hello!"

    @pytest.mark.parametrize("field", ["active", "previous"])
    def test_a_conversation_may_be_on_a_model_that_is_gone(self, run: Run, field: str) -> None:
        ran = run("parse", "--jsonl", stdin=lines({"id": 1, "text": "Hello!", field: "gpt-55"}))
        assert ran.code == 0
        assert ran.rows[0]["kind"] == "none"

    @pytest.mark.parametrize("option", ["--active", "--previous"])
    def test_unknown_model_of_an_option_is_an_error(self, run: Run, option: str) -> None:
        ran = run("parse", "--jsonl", option, "gpt-55", stdin=lines({"text": "Hello!"}))
        assert ran.code == 1
        assert "gpt-55" in ran.err

    def test_options_stand_in_for_what_a_line_leaves_out(self, run: Run) -> None:
        wish = "use something cheaper"
        rows = lines({"text": wish}, {"text": wish, "active": "gpt-5"})
        ran = run("parse", "--jsonl", "--active", "claude-sonnet-4.5", stdin=rows)
        assert [row["kind"] for row in ran.rows] == ["switch", "unknown_model"]

    def test_answers_come_before_the_input_ends(self, start: Start) -> None:
        with start("parse", "--jsonl") as process:
            process.stdin.write(b'{"id": 1, "text": "Hello!"}\n{"id": 2')  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            first = process.stdout.readline()  # type: ignore[union-attr]
            out, _ = process.communicate(b', "text": "Bye!"}\n', timeout=20)
        assert json.loads(first)["id"] == 1
        assert json.loads(out)["id"] == 2

    def test_memory_does_not_grow_with_the_input(self, registry_file: object) -> None:
        code = (
            "import resource, sys; from fourthwall.cli import main\n"
            f"main(['parse', '--registry', {str(registry_file)!r}, '--jsonl'])\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
        )

        def peak(number: int) -> int:
            rows = b'{"id": 1, "text": "What do whales eat in the winter?"}\n' * number
            done = subprocess.run([sys.executable, "-c", code], input=rows, capture_output=True)
            assert done.stdout.count(b"\n") == number
            return int(done.stderr.split()[-1])

        assert peak(20_000) < 1.1 * peak(100)


class TestForPeople:
    def test_kind_target_and_remainder_are_shown(self, run: Run) -> None:
        ran = run("parse", "Switch to Claude and write a poem")
        assert ran.code == 0
        assert "switch" in ran.out
        assert "claude-sonnet-4.5" in ran.out
        assert "write a poem" in ran.out

    def test_text_may_come_on_stdin(self, run: Run) -> None:
        assert "switch" in run("parse", "-", stdin="Switch to Claude\n").out
        assert "switch" in run("parse", stdin="Switch to Claude\n").out

    def test_candidates_are_offered(self, run: Run) -> None:
        assert "candidates" in run("parse", "switch to GPT-9").out

    def test_what_a_terminal_would_obey_is_left_out(self, run: Run) -> None:
        assert "\x1b" not in run("parse", "\x1b[2Jhello").out

    def test_keyboard_is_not_waited_for(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        assert main(["parse"]) == 2
        assert "TEXT" in capsys.readouterr().err

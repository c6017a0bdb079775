from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

LONG = "The tide comes in. " * 20
ROWS: list[dict[str, Any]] = [
    {
        "text": "Switch to GPT-5 and say hi",
        "kind": "switch",
        "target": "gpt-5",
        "remainder": "say hi",
        "id": "r1",
        "tag": "plain",
        "lang": "en",
    },
    {"text": "Switch to GPT-5", "kind": "switch", "target": "mystery", "id": "r2", "tag": "plain"},
    {"text": "Switch to GPT-5 now", "kind": "switch", "remainder": "now", "id": "r3", "tag": "odd"},
    {"text": f"{LONG}\nThe end.", "kind": "revert", "id": "r4"},
    {"text": "Good day", "kind": "none", "id": "r5"},
]


@pytest.fixture
def rows(tmp_path: Path) -> str:
    file = tmp_path / "rows.jsonl"
    file.write_text("\n\n".join(map(json.dumps, ROWS)), "utf-8")
    return str(file)


class TestReport:
    def test_the_whole_is_told_first(self, run: Run, rows: str) -> None:
        ran = run("eval", rows)
        assert ran.code == 0
        assert ran.out.splitlines()[0] == (
            "5 messages: 40.0 % exact, 75.0 % of 4 commands found, "
            "0 of 1 ordinary messages taken for commands, 1 wrong models"
        )

    def test_groups_are_told_apart(self, run: Run, rows: str) -> None:
        lines = [line.split() for line in run("eval", rows).out.splitlines()]
        assert ["tag", "rows", "kind", "exact", "found", "false"] in lines
        assert ["lang", "rows", "kind", "exact", "found", "false"] in lines
        assert ["plain", "2", "100.0", "%", "50.0", "%", "100.0", "%", "-"] in lines
        assert ["none", "1", "100.0", "%", "100.0", "%", "-", "0/1"] in lines
        assert any(line[:2] == ["(none)", "2"] for line in lines)

    def test_kinds_are_set_against_each_other(self, run: Run, rows: str) -> None:
        lines = [line.split() for line in run("eval", rows).out.splitlines()]
        assert ["labelled", "\\", "read", "as", "switch", "none"] in lines
        assert ["switch", "3", "·"] in lines
        assert ["revert", "·", "1"] in lines

    def test_confidence_is_set_against_the_truth(self, run: Run, rows: str) -> None:
        assert "confidence from  rows" in run("eval", rows).out

    def test_errors_say_what_was_wanted_and_what_came(self, run: Run, rows: str) -> None:
        out = run("eval", rows).out
        assert "target r2: wanted switch mystery, got switch gpt-5\n  Switch to GPT-5\n" in out
        assert "remainder r3: wanted switch, got switch gpt-5\n  left over: ''\n" in out
        assert "kind r4: wanted revert, got none\n  The tide" in out
        assert "more errors" not in out

    def test_long_messages_are_cut(self, run: Run, rows: str) -> None:
        line = next(n for n in run("eval", rows).out.splitlines() if n.startswith("  The tide"))
        assert len(line) == 162
        assert line.endswith("…")

    def test_the_number_of_errors_shown_may_be_bounded(self, run: Run, rows: str) -> None:
        out = run("eval", rows, "--errors", "1").out
        assert "target r2" in out
        assert "r3" not in out
        assert out.endswith("... and 2 more errors\n")
        assert run("eval", rows, "--errors", "0").out.endswith("... and 3 more errors\n")

    def test_one_group_is_not_told(self, run: Run, tmp_path: Path) -> None:
        file = tmp_path / "one.jsonl"
        file.write_text(json.dumps({"text": "Good day", "kind": "none"}))
        out = run("eval", str(file)).out
        assert "- of 0 commands found" in out
        assert "tag" not in out
        assert "lang" not in out

    def test_no_rows_are_no_mistake(self, run: Run, tmp_path: Path) -> None:
        file = tmp_path / "none.jsonl"
        file.write_text("\n\n")
        assert run("eval", str(file)).out.startswith("0 messages: - exact, - of 0 commands")


def test_json_has_every_count(run: Run, rows: str) -> None:
    told = json.loads(run("eval", rows, "--json").out)
    assert told["all"] == {
        "rows": 5,
        "commands": 4,
        "found": 3,
        "exact": 2,
        "kind": 4,
        "false": 0,
        "wrong_model": 1,
    }
    assert set(told["tag"]) == {"plain", "odd", ""}
    assert set(told["lang"]) == {"en", ""}
    assert told["kind"]["switch"]["rows"] == 3
    assert ["revert", "none", 1] in told["confusion"]
    assert sum(row[1] for row in told["calibration"]) == 5
    assert told["errors"][0] == {
        "id": "r2",
        "error": "target",
        "kind": "switch",
        "target": "gpt-5",
        "remainder": "",
    }
    assert told["errors"][-1]["target"] is None


class TestActive:
    def test_it_is_what_a_wish_is_compared_with(self, run: Run, tmp_path: Path) -> None:
        file = tmp_path / "cheaper.jsonl"
        row = {"text": "Use something cheaper", "kind": "switch", "target": "gpt-5"}
        file.write_text(json.dumps(row))
        ran = run("eval", str(file), "--active", "claude-sonnet-4.5")
        assert "100.0 % exact" in ran.out

    def test_it_must_be_on_offer(self, run: Run, rows: str) -> None:
        ran = run("eval", rows, "--active", "gpt-99")
        assert ran.code != 0
        assert "gpt-99" in ran.err


class TestMistakes:
    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("{", "rows.jsonl, line 2: Expecting"),
            ('{"kind": "none"}', "rows.jsonl, line 2: 'text' must be a text"),
            ('{"text": "", "kind": "jump"}', "rows.jsonl, line 2: there is no kind 'jump'"),
            ("[]", "rows.jsonl, line 2: it isn't an object"),
        ],
    )
    def test_a_line_that_cannot_be_used_is_named(
        self, run: Run, tmp_path: Path, line: str, message: str
    ) -> None:
        file = tmp_path / "rows.jsonl"
        file.write_text(f'{{"text": "Hi", "kind": "none"}}\n{line}\n')
        ran = run("eval", str(file))
        assert ran.code != 0
        assert message in ran.err

    def test_a_file_that_cannot_be_read_is_named(self, run: Run, tmp_path: Path) -> None:
        file = tmp_path / "rows.jsonl"
        assert "can't read" in run("eval", str(file)).err
        file.write_bytes(b'{"text": "\xff"}')
        assert "can't read" in run("eval", str(file)).err

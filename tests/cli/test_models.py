from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from fourthwall.cli import main

Run = Callable[..., Any]


class TestNothingUsable:
    def test_says_that_chat_runs_on_personas(self, run: Run) -> None:
        ran = run("models")
        assert ran.code == 0
        assert "offline personas" in ran.out

    def test_reasons_are_told_a_line_a_maker(self, run: Run) -> None:
        out = run("models").out
        assert "needs OPENAI_API_KEY, or OPENROUTER_API_KEY" in out
        assert "needs ANTHROPIC_API_KEY, or OPENROUTER_API_KEY" in out
        assert "asking for one gets you the model that replaced it" in out


class TestOpenRouterKey:
    @pytest.fixture(autouse=True)
    def key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENROUTER_API_KEY", "sk-secret")

    def test_usable_models_say_through_whom(self, run: Run) -> None:
        out = run("models").out
        assert "Anthropic via OpenRouter  OPENROUTER_API_KEY is set\n" in out
        assert "sk-secret" not in out
        assert "offline" not in out

    def test_lines_have_no_blanks_at_their_end(self, run: Run) -> None:
        for arguments in ([], ["--all"]):
            lines = run("models", *arguments).out.splitlines()
            assert lines == [line.rstrip() for line in lines]

    def test_prices_and_abilities_are_shown(self, run: Run) -> None:
        line = next(n for n in run("models").out.splitlines() if "Claude Sonnet 4.5" in n)
        assert line.split()[:6] == ["claude-sonnet-4.5", "Claude", "Sonnet", "4.5", "3.00", "15.00"]
        assert "thinks" in line
        assert "until 2099-01-01" in line

    def test_unknown_price_is_not_a_zero(self, run: Run) -> None:
        line = next(n for n in run("models", "--all").out.splitlines() if n.startswith("mystery"))
        assert line.split()[2:5] == ["–", "–", "–"]

    def test_all_says_of_each_what_stands_in_the_way(self, run: Run) -> None:
        out = run("models", "--all").out
        assert "via OpenRouter" in out
        assert "retired on 2025-01-01; asking for it gets claude-sonnet-4.5" in out
        assert "no known provider serves it" in out

    def test_json_has_every_model(self, run: Run) -> None:
        rows = {row["id"]: row for row in json.loads(run("models", "--json").out)}
        assert rows["gpt-5"]["usable"] is True
        assert rows["gpt-5"]["via"] == "openrouter"
        assert rows["gpt-5"]["provider"] == "openai"
        assert rows["claude-2"]["usable"] is False
        assert rows["claude-2"]["why"].startswith("retired")


class TestOwnDialects:
    def test_the_makers_own_key_is_found(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-secret")
        out = run("models").out
        assert "Anthropic  ANTHROPIC_API_KEY is set\n" in out
        assert "sk-ant-secret" not in out

    def test_a_malformed_key_is_told_and_stops_nobody_else(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "two words")
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-secret")
        ran = run("models")
        assert ran.code == 0
        assert "warning: OpenAI is left out: OPENAI_API_KEY is set, but" in ran.err
        assert "Anthropic  ANTHROPIC_API_KEY is set\n" in ran.out
        assert "OPENAI_API_KEY is set, but the API key for 'openai'" in ran.out
        assert "two words" not in ran.out + ran.err


def test_narrow_terminal_leaves_names_out(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-secret")
    monkeypatch.setenv("COLUMNS", "70")
    out = run("models").out
    assert "claude-sonnet-4.5" in out
    assert "Claude Sonnet 4.5" not in out
    assert max(map(len, out.splitlines())) <= 70


def test_everything_usable_leaves_nothing_to_explain(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    path = tmp_path / "one.json"
    path.write_text('{"models": [{"id": "gpt-5", "provider": "openai"}]}')
    assert main(["models", "--registry", str(path)]) == 0
    assert "Not usable" not in capsys.readouterr().out

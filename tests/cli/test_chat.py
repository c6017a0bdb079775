from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from fourthwall.cli._chat import show_on
from fourthwall.cli._offer import offline
from fourthwall.cli._view import Screen
from fourthwall.registry import ModelCard, Registry

Run = Callable[..., Any]
Start = Callable[..., subprocess.Popen[bytes]]

TRANSCRIPT = """\
you> Switch to Claude and write a haiku
[Switched from GPT-5 to Claude Sonnet 4.5.]
Claude Sonnet 4.5 (offline persona) thinks> The person says: write a haiku.
"""


class TestPiped:
    def test_transcript_says_who_says_what(self, run: Run) -> None:
        said = "Switch to Claude and write a haiku\nwhich model is this?\n"
        ran = run("chat", "--offline", stdin=said)
        assert ran.code == 0
        assert ran.out.startswith(TRANSCRIPT.rstrip())
        assert "Claude Sonnet 4.5 (offline persona)> [offline demo of Claude Sonnet 4.5]" in ran.out
        assert "nothing spent (would be $0.0" in ran.out
        assert (
            "fourthwall (offline personas)> You're talking to Claude Sonnet 4.5 (Anthropic)."
            in ran.out
        )
        assert "\x1b" not in ran.out

    def test_personas_are_labelled_at_once(self, run: Run) -> None:
        assert "OFFLINE: small demo personas" in run("chat", stdin="").err

    def test_failed_turn_goes_on_and_is_1_at_the_end(self, run: Run) -> None:
        ran = run("chat", "--offline", stdin="Hi [[fail:credits]]\nwhich model is this?\n")
        assert ran.code == 1
        assert "error: the demo was told to be out of money" in ran.err
        assert "remedy: " in ran.err
        assert "You're talking to GPT-5" in ran.out

    def test_silent_switch_is_not_announced(self, run: Run) -> None:
        ran = run("chat", "--offline", "--no-announce", stdin="Switch to Claude and sing\n")
        assert "Switched" not in ran.out
        assert "Claude Sonnet 4.5 (offline persona)>" in ran.out


class TestBeginning:
    def test_model_is_the_one_asked_for(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FOURTHWALL_MODEL", "claude")
        assert "Claude Sonnet 4.5 (claude" in run("chat", "--offline", stdin="/model").out
        ran = run("chat", "--offline", "--model", "gpt-5", stdin="/model")
        assert "GPT-5 (gpt-5)" in ran.out

    def test_unknown_model_is_refused(self, run: Run) -> None:
        ran = run("chat", "--offline", "--model", "gpt-77")
        assert ran.code == 1
        assert "gpt-77" in ran.err

    def test_model_without_a_key_is_refused_with_what_it_needs(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        ran = run("chat", "--model", "claude")
        assert ran.code == 1
        assert "Claude Sonnet 4.5 can't be used right now" in ran.err
        assert "OPENROUTER_API_KEY" in ran.err

    def test_saved_chat_goes_on(self, run: Run, tmp_path: Path) -> None:
        path = str(tmp_path / "chat.json")
        run("chat", "--offline", stdin=f"switch to Claude\n/save {path}\n")
        assert "Claude Sonnet 4.5" in run("chat", "--offline", "--load", path, stdin="/model").out
        ran = run("chat", "--offline", "--load", path, "--model", "gpt-5", stdin="/model")
        assert "GPT-5" in ran.out

    def test_saved_chat_has_its_own_system_message(self, run: Run) -> None:
        assert run("chat", "--load", "x.json", "--system", "Be brief.").code == 2

    def test_saved_chat_that_is_not_there_is_told(self, run: Run) -> None:
        ran = run("chat", "--offline", "--load", "/nowhere/chat.json")
        assert ran.code == 1
        assert "/nowhere/chat.json: No such file" in ran.err


class TestServer:
    @pytest.fixture(autouse=True)
    def upstream(self, site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{site.url}/v1")

    def test_real_server_answers_and_is_paid(self, run: Run, site: Any) -> None:
        ran = run("chat", "--system", "Be brief.", stdin="Hi there\n")
        assert ran.code == 0
        assert "GPT-5> Good day\n[7 tokens in, 2 out · $0.000029 · " in ran.out
        assert "1 model via OpenAI" in ran.err
        (asked,) = site.asked
        assert [message["role"] for message in asked["messages"]] == ["developer", "user"]

    def test_model_out_of_reach_is_declined_by_name(self, run: Run, site: Any) -> None:
        ran = run("chat", stdin="Switch to Claude\n")
        assert "Claude Sonnet 4.5 can't be used here; GPT-5 stays." in ran.out
        assert site.asked == []

    def test_refused_key_is_told_without_the_key(self, run: Run, site: Any) -> None:
        site.status, site.body = 401, b'{"error": {"message": "bad key sk-secret"}}'
        ran = run("chat", stdin="Hi there\n")
        assert ran.code == 1
        assert "error: " in ran.err
        assert "sk-secret" not in ran.err + ran.out


def test_screen_is_made_where_there_is_one() -> None:
    offer = offline(Registry([ModelCard(id="gpt-5", provider="openai")]), [])
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        assert isinstance(show_on(offer, is_screen=True), Screen)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pty")
class TestTerminal:
    def test_ctrl_c_stops_an_answer_and_not_the_program(self, start: Start) -> None:
        with terminal(start) as (see, type_in, process):
            see("you")
            shown = ""
            for _ in range(5):  # on a busy machine the answer can be whole before Ctrl-C
                type_in("write a poem\r")
                see("Here is|Sure!")
                type_in("\x03")
                shown = see("stopped: what came stays|Ctrl-D or /quit leaves")
                assert "^C" not in shown
                if "stopped" in shown:
                    break
            assert "stopped" in shown
            type_in("hello [[slow:30]]\r")
            see("waiting")
            type_in("\x03")
            see("stopped: nothing had come")
            type_in("\x03")
            see("Ctrl-D or /quit leaves")
            type_in("which model is this?\r")
            see("talking to GPT-5")
            type_in("\x04")
            assert process.wait(timeout=10) == 0


@contextmanager
def terminal(start: Start) -> Iterator[tuple[Callable[[str], str], Callable[[str], None], Any]]:
    """Start a chat in a terminal; give what waits for a pattern on it, and what types."""
    import pty

    ours, theirs = pty.openpty()

    def begin_session() -> None:
        os.setsid()
        os.ttyname(0)
        os.close(os.open(os.ttyname(0), os.O_RDWR))  # makes it the terminal that Ctrl-C goes to

    process = start(
        "chat",
        "--offline",
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        preexec_fn=begin_session,
        env={**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"},
    )
    os.close(theirs)
    seen = ""

    def see(pattern: str) -> str:
        nonlocal seen
        until = time.monotonic() + 15
        while (match := re.search(pattern, seen)) is None:
            assert time.monotonic() < until, f"{pattern!r} isn't in {seen[-2000:]!r}"
            if select.select([ours], [], [], 0.1)[0]:
                seen += os.read(ours, 65536).decode("utf-8", "replace")
        shown, seen = seen[: match.end()], seen[match.end() :]
        return shown

    def type_in(text: str) -> None:
        time.sleep(0.05)  # the prompt is drawn before it listens
        os.write(ours, text.encode())

    try:
        yield see, type_in, process
    finally:
        process.kill()
        process.wait()
        os.close(ours)


class TestPlugin:
    """A backend that an installed distribution brings, by entry point."""

    @pytest.fixture
    def registry(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
        info = tmp_path / "parrot_cage-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Name: parrot-cage\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[fourthwall.backends]\nparrot = parrot_cage:Cage\n")
        (tmp_path / "parrot_cage.py").write_text(
            "import fourthwall as fw\n"
            "class Cage:\n"
            "    name = 'parrot'\n"
            "    def stream(self, card, request, *, timeouts):\n"
            "        yield fw.Started(model=card.id, provider=self.name)\n"
            "        yield fw.ContentDelta(request.messages[-1]['content'])\n"
            "        yield fw.Finished('stop')\n"
        )
        monkeypatch.syspath_prepend(str(tmp_path))
        models = [{"id": n, "provider": "parrot", "family": n} for n in ("polly", "jacko")]
        path = tmp_path / "models.json"
        path.write_text(json.dumps({"models": models}))
        return str(path)

    def test_chat_talks_to_it(self, run: Run, registry: str) -> None:
        ran = run("chat", "--registry", registry, stdin="/model jacko\nHello there\n")
        assert "jacko> Hello there" in ran.out
        assert "offline" not in ran.out + ran.err

    def test_models_says_that_it_is_a_plug_in(self, run: Run, registry: str) -> None:
        assert "parrot  plug-in" in run("models", "--registry", registry).out

    def test_a_broken_one_is_named(self, run: Run, registry: str, tmp_path: Path) -> None:
        (tmp_path / "parrot_cage-1.0.dist-info" / "entry_points.txt").write_text(
            "[fourthwall.backends]\nparrot = no_such_module:Cage\n"
        )
        fault = "of parrot-cage (no_such_module:Cage) can't be loaded"
        ran = run("chat", "--registry", registry, stdin="Hello\n")
        assert fault in " ".join(ran.err.split())
        assert "OFFLINE" in ran.err
        assert fault in run("models", "--registry", registry).out

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from fourthwall.cli._view import Screen, Transcript, View
from fourthwall.errors import RequestError


@pytest.fixture
def keys() -> Iterator[PipeInput]:
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        yield pipe


def answer(view: View) -> None:
    view.welcome(["Welcome", "to the fjord"])
    view.wait("waiting")
    view.announce("Switched.")
    view.speaker("Claude", "offline")
    view.thought("\n")
    view.thought("Hm\x1b[2J m.")
    view.words("\n\n")
    view.words("\nIt is ")
    view.words("deep.")
    view.rest()
    view.note("one\n\ntwo")
    view.note("three")
    view.wait("again")
    view.complain(RequestError("too deep", remedy="Swim."))


class TestTranscript:
    def test_every_part_says_whose_it_is(self, capsys: pytest.CaptureFixture[str]) -> None:
        answer(Transcript())
        out, err = capsys.readouterr()
        assert out.splitlines() == [
            "[Switched.]",
            "Claude (offline) thinks> Hm[2J m.",
            "Claude (offline)> It is deep.",
            "  one",
            "",
            "  two",
            "[three]",
        ]
        assert err.splitlines() == ["Welcome", "to the fjord", "error: too deep", "remedy: Swim."]

    def test_lines_are_read_and_written_down(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        stdin = io.TextIOWrapper(io.BytesIO(b"\n  hello \xff\r\n"))
        monkeypatch.setattr(sys, "stdin", stdin)
        view = Transcript()
        assert view.read("") == "hello \ufffd"
        with pytest.raises(EOFError):
            view.read("")
        assert capsys.readouterr().out == "you> hello \ufffd\n"

    def test_speaker_without_more_to_say(self, capsys: pytest.CaptureFixture[str]) -> None:
        view = Transcript()
        view.speaker("fourthwall", "")
        view.words("Ready.")
        view.rest()
        view.rest()
        assert capsys.readouterr().out == "fourthwall> Ready.\n"


class TestScreen:
    def test_answer_is_shown_in_its_parts(
        self, keys: PipeInput, capsys: pytest.CaptureFixture[str]
    ) -> None:
        answer(Screen([]))
        lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
        wanted = ["⇄ Switched.", "Claude  offline", "Hm[2J m.", "", "It is deep.", "one", "", "two"]
        start = lines.index(wanted[0])
        assert lines[start : start + len(wanted)] == wanted
        assert lines[-2:] == ["✗ too deep", "  Swim."]

    def test_long_lines_break_between_words(
        self,
        keys: PipeInput,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("COLUMNS", "20")
        view = Screen([])
        view.speaker("A", "")
        view.words("the quick brown fox jumps over the lazy dog")
        view.rest()
        view.rest()
        assert "the quick brown fox\njumps over the lazy\ndog\n" in capsys.readouterr().out

    def test_line_is_edited(self, keys: PipeInput) -> None:
        keys.send_text("hello\r")
        assert Screen(["/help"]).read("status") == "hello"

from __future__ import annotations

import io
import os
import sys

import pytest

from fourthwall.cli._screen import make_console, safe, without_caret


def test_no_blanks_at_the_end_of_a_line_where_no_terminal_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_console().print(safe("  one  \n \ntwo \t"))
    assert capsys.readouterr().out == "  one\n\ntwo\n"


def test_terminal_gets_lines_as_they_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    make_console().print(safe("one ", "bold"))
    assert capsys.readouterr().out == "\x1b[1mone \x1b[0m\n"


def test_caret_needs_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with without_caret():
        assert sys.stdin.read() == ""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pty")
def test_terminal_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    import pty
    import termios

    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    with os.fdopen(theirs) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert before[3] & termios.ECHOCTL
        with without_caret():
            assert not termios.tcgetattr(theirs)[3] & termios.ECHOCTL
        assert termios.tcgetattr(theirs) == before
    os.close(ours)

"""How a chat looks: on a screen, or as a plain transcript where there is none.

A `View` is told what happens and shows it.  `Screen` has colours, a spinner and an editor for the
line; `Transcript` writes words and nothing else.  What models say is stripped of everything that a
terminal would obey.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import click
from rich.text import Text

from fourthwall.cli._screen import make_console, safe
from fourthwall.cli._text import plain
from fourthwall.cli._wrap import Wrapper
from fourthwall.errors import FourthwallError

if TYPE_CHECKING:
    from rich.status import Status

__all__ = ["Screen", "Transcript", "View"]


class View(Protocol):
    """What a chat needs of its surroundings."""

    def read(self, status: str) -> str:
        """Return what the person says next; ``status`` is a line about where things stand.

        Raises:
            EOFError: nothing more comes.
            KeyboardInterrupt: Ctrl-C.
        """

    def welcome(self, lines: Sequence[str]) -> None:
        """Show how things stand, once."""

    def wait(self, for_whom: str) -> None:
        """An answer is awaited; ended by anything else that is shown, or by `rest`."""

    def announce(self, text: str) -> None:
        """Tell a switch."""

    def speaker(self, name: str, about: str) -> None:
        """An answer begins."""

    def thought(self, text: str) -> None:
        """Show a piece of the chain of thought."""

    def words(self, text: str) -> None:
        """Show a piece of the answer."""

    def rest(self) -> None:
        """The answer is over, or broken off."""

    def note(self, text: str) -> None:
        """Say something about the chat itself."""

    def complain(self, error: FourthwallError) -> None:
        """Show what went wrong and what can be done."""


class Transcript:
    """Writes down who said what; for pipes."""

    def __init__(self) -> None:
        self._who = ""
        self._part = ""
        self._is_open = False

    def read(self, status: str) -> str:
        """Return the next line that isn't empty, and write it down."""
        while line := sys.stdin.buffer.readline():
            if text := line.decode("utf-8", "replace").strip():
                click.echo(f"you> {plain(text)}")
                return text
        raise EOFError

    def welcome(self, lines: Sequence[str]) -> None:
        """Write to stderr: it belongs to nobody's words."""
        for line in lines:
            click.echo(line, err=True)

    def wait(self, for_whom: str) -> None:
        """Nobody watches."""

    def announce(self, text: str) -> None:
        """Write it in brackets."""
        click.echo(f"[{plain(text)}]")

    def speaker(self, name: str, about: str) -> None:
        """Keep the name for the beginning of each part."""
        self._who = plain(f"{name} ({about})" if about else name)
        self._part = ""

    def thought(self, text: str) -> None:
        """Write it as a part of its own."""
        self._write("thinks> ", text)

    def words(self, text: str) -> None:
        """Write it down as it comes."""
        self._write("> ", text)

    def rest(self) -> None:
        """End the line."""
        if self._is_open:
            click.echo()
        self._is_open, self._part = False, ""

    def note(self, text: str) -> None:
        """Write a line in brackets, and several indented."""
        lines = plain(text).splitlines()
        for line in lines:
            click.echo(f"  {line}".rstrip() if len(lines) > 1 else f"[{line}]")

    def complain(self, error: FourthwallError) -> None:
        """Write to stderr."""
        click.echo(f"error: {plain(error.message)}", err=True)
        click.echo(f"remedy: {plain(error.remedy)}", err=True)

    def _write(self, part: str, text: str) -> None:
        if part != self._part:
            text = text.lstrip("\n")
            if not text:
                return
            self.rest()
            self._part, self._is_open = part, True
            click.echo(f"{self._who}{' ' if part[0].isalpha() else ''}{part}", nl=False)
        click.echo(plain(text), nl=False)


class Screen:
    """Shows a chat in a terminal."""

    def __init__(self, completions: Sequence[str]) -> None:
        from fourthwall.cli._line import LineEditor

        self._console = make_console()
        self._editor = LineEditor(completions)
        self._spinner: Status | None = None
        self._wrapper = Wrapper(self._console.width)
        self._style = ""
        self._has_begun = False

    def read(self, status: str) -> str:
        """Let the person edit a line."""
        self._console.print()
        return self._editor.read(plain(status))

    def welcome(self, lines: Sequence[str]) -> None:
        """Show the first line as a title."""
        title, *others = lines
        self._console.print(safe(title, "bold"))
        for line in others:
            self._console.print(safe(line, "yellow"))

    def wait(self, for_whom: str) -> None:
        """Let a spinner turn."""
        self._still()
        self._spinner = self._console.status(safe(for_whom, "dim"), spinner="dots")
        self._spinner.start()

    def announce(self, text: str) -> None:
        """Show it on a line of its own."""
        self._still()
        self._console.print(safe(f"⇄ {text}", "yellow"))

    def speaker(self, name: str, about: str) -> None:
        """Show the name over the answer."""
        self._still()
        title = safe(name, "bold cyan").append_text(safe(f"  {about}" if about else "", "dim"))
        self._console.print(title)
        self._begin("")

    def thought(self, text: str) -> None:
        """Show it dimmed."""
        self._write(text, "dim italic")

    def words(self, text: str) -> None:
        """Show it as it comes, broken between words."""
        self._write(text, "")

    def rest(self) -> None:
        """Show what was held back and go to a new line."""
        self._still()
        if self._has_begun:
            self._console.out(self._wrapper.finish(), style=self._style, highlight=False)
        self._has_begun = False

    def note(self, text: str) -> None:
        """Show it dimmed."""
        self._still()
        self._console.print(safe(text, "dim"))

    def complain(self, error: FourthwallError) -> None:
        """Show message and remedy."""
        self._still()
        self._console.print(Text("✗ ", "bold red").append_text(safe(error.message, "red")))
        self._console.print(safe(f"  {error.remedy}"))

    def _write(self, text: str, style: str) -> None:
        self._still()
        if style != self._style and self._has_begun:
            self.rest()
            self._console.print()
        if not self._has_begun:
            text = text.lstrip("\n")
            if not text:
                return
            self._begin(style)
            self._has_begun = True
        self._console.out(self._wrapper.feed(plain(text)), style=style, end="", highlight=False)

    def _begin(self, style: str) -> None:
        self._style, self._has_begun = style, False
        self._wrapper = Wrapper(self._console.width)

    def _still(self) -> None:
        """Take the spinner away."""
        if self._spinner is not None:
            self._spinner.stop()
            self._spinner = None

"""The screen: rich's console, set up so that nobody's text is taken for markup; the terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fourthwall.cli._text import plain

__all__ = ["facts", "make_console", "safe", "without_caret"]

_TRAILING: Final = re.compile(r"[ \t]+$", re.MULTILINE)


class _Console(Console):
    """Writes for other programs, too.

    Where no terminal is, lines don't end in the blanks that tables are filled up with.  What a
    reader means that has gone away is left to the program; rich would exit with 1.
    """

    def print(self, *objects: Any, **options: Any) -> None:
        if self.is_terminal:
            super().print(*objects, **options)
            return
        with self.capture() as written:
            super().print(*objects, **options)
        self.file.write(_TRAILING.sub("", written.get()))

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def make_console() -> Console:
    """Return a console; without colours where stdout is no terminal or ``NO_COLOR`` is set."""
    return _Console(markup=False, emoji=False, highlight=False)


def safe(text: str, style: str = "") -> Text:
    """Return somebody's text in a style, without what a terminal would obey."""
    return Text(plain(text), style)


def facts(rows: Iterable[tuple[str, Text]]) -> Table:
    """Return names and values, one under the other."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, value)
    return table


@contextmanager
def without_caret() -> Iterator[None]:
    """Keep the terminal, where stdin is one, from writing ``^C`` into the text on Ctrl-C."""
    if sys.platform == "win32" or not sys.stdin.isatty():
        yield
        return
    import termios

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    quiet = list(before)
    quiet[3] = before[3] & ~termios.ECHOCTL  # 3: the local modes
    termios.tcsetattr(terminal, termios.TCSADRAIN, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)

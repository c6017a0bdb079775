"""The screen: rich's console, set up so that nobody's text is taken for markup."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fourthwall.cli._text import plain

__all__ = ["facts", "make_console", "safe"]


class _Console(Console):
    """Leaves it to the program what a reader that has gone away means; rich would exit with 1."""

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

"""The program: its subcommands, its errors and its exit codes."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any, Final, TextIO

import click

from fourthwall.cli._text import plain
from fourthwall.errors import FourthwallError
from fourthwall.registry import CatalogueWarning, LeftOutWarning, UnknownKeyWarning

__all__ = ["app", "run"]

_COMMANDS: Final = ("chat", "parse", "plan", "explain", "models", "eval", "lexicon")
_INTERRUPTED: Final = 130


class _Lazy(click.Group):
    """A group whose subcommand NAME is ``command`` of the module ``_NAME``, imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        command = import_module(f"fourthwall.cli._{name}").command
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run; a reader that goes away (``| head``) ends the program, and that is no error."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Or the interpreter would complain once more when it flushes at its end.
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        return result


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Begin with:  fourthwall chat",
)
@click.version_option(package_name="fourthwall", message="%(prog)s %(version)s")
def app() -> None:
    """Say "switch to Claude" in the middle of a chat and be talking to Claude."""


def run(arguments: Sequence[str]) -> int:
    """Run the command line; show errors as a message and a remedy; return the exit code."""
    _accept_any_text(sys.stdout, sys.stderr)
    try:
        with _warnings_for_people():
            code = app.main(list(arguments), prog_name="fourthwall", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return _INTERRUPTED
    except FourthwallError as error:
        show_error(error)
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"error: {where}{error.strerror or error}", err=True)
        return 1
    return code if isinstance(code, int) else 0


def show_error(error: FourthwallError) -> None:
    """Write an error for a person: what is wrong, and what to do about it."""
    click.echo(f"error: {plain(error.message)}", err=True)
    if error.remedy not in error.message:
        click.echo(f"remedy: {plain(error.remedy)}", err=True)


def _accept_any_text(*streams: TextIO) -> None:
    """Let what a terminal can't show (lone surrogates, a poor code page) come out as an escape."""
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def _warnings_for_people() -> Iterator[None]:
    """Show our warnings as one line each, without a place in the source."""

    def show(message: Warning | str, *_: object, **__: object) -> None:
        click.echo(f"warning: {message}", err=True)

    with warnings.catch_warnings():
        for ours in (CatalogueWarning, LeftOutWarning, UnknownKeyWarning):
            warnings.simplefilter("always", ours)
        warnings.showwarning = show
        yield

"""Options that several subcommands share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from fourthwall.registry import Registry

__all__ = ["examples", "load_registry", "read_text", "registry_option"]

Function = TypeVar("Function", bound=Callable[..., object])


def registry_option(function: Function) -> Function:
    """Give a command the option ``--registry FILE``."""
    option = click.option(
        "--registry",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Models of a JSON or TOML file, in place of the packaged catalogue.",
    )
    return option(function)


def load_registry(path: Path | None) -> Registry:
    """Return the registry of a file, or the default one.

    Raises:
        RegistryError: the file can't be read or is wrong.
    """
    return Registry.default() if path is None else Registry.load(path)


def read_text(text: str | None) -> str:
    """Return an argument, or all of stdin where it is ``-`` or left out.

    Raises:
        click.UsageError: it is left out, and stdin is somebody's keyboard.
    """
    if text is not None and text != "-":
        return text
    if text is None and sys.stdin.isatty():
        raise click.UsageError("Give the TEXT, or - to read it from stdin.")
    return sys.stdin.buffer.read().decode("utf-8", "replace").rstrip("\r\n")


def examples(*lines: str) -> str:
    """Return the end of a command's help: lines to paste, as they are."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))

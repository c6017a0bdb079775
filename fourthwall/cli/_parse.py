"""``fourthwall parse``: what one message asks of the engine."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from fourthwall.cli._jsonl import answer_lines, named, text_field
from fourthwall.cli._options import examples, load_registry, read_text, registry_option
from fourthwall.cli._text import plain
from fourthwall.errors import UnknownModelError
from fourthwall.intent import Intent, parse
from fourthwall.registry import Registry

__all__ = ["command"]


@click.command(
    "parse",
    short_help="Say what a message asks of the engine.",
    epilog=examples(
        'fourthwall parse "Switch to Claude and write a poem"',
        "fourthwall parse --jsonl < messages.jsonl > intents.jsonl",
    ),
)
@click.argument("text", required=False)
@registry_option
@click.option("--active", metavar="ID", help="The model the conversation is on.")
@click.option("--previous", metavar="ID", help="The model before it.")
@click.option("--jsonl", is_flag=True, help="Objects on stdin, objects on stdout.")
@click.pass_context
def command(
    ctx: click.Context,
    text: str | None,
    registry: Path | None,
    active: str | None,
    previous: str | None,
    jsonl: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Say what TEXT asks of the engine, and what is left of it for a model.

    With --jsonl, each line {"id", "text", "active", "previous"} of stdin is answered by a line
    {"id", "kind", "target", "remainder", "confidence"}; --active and --previous stand in where a
    line doesn't say.
    """
    if jsonl and text is not None:
        raise click.UsageError("--jsonl reads stdin: leave TEXT out.")
    models = load_registry(registry)
    reader = _Reader(models, active, previous)
    if jsonl:
        ctx.exit(0 if answer_lines(sys.stdin.buffer, sys.stdout.buffer, reader.answer) else 1)
    show(reader.intent(read_text(text)))


class _Reader:
    """Reads messages against one registry.

    Args:
        registry: the models.
        active: the active model of lines that don't say.
        previous: the model before it, of lines that don't say.

    Raises:
        UnknownModelError: the registry lacks one of the two.  (A line may well name a model that
            it lacks: a conversation outlives its models.)
    """

    def __init__(self, registry: Registry, active: str | None, previous: str | None) -> None:
        self._registry = registry
        self._active = _checked(registry, active, "active")
        self._previous = _checked(registry, previous, "previous")

    def answer(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one line."""
        text = text_field(row, "text")
        intent = parse(
            text,
            self._registry,
            active=named(row, "active", self._active),
            previous=named(row, "previous", self._previous),
        )
        return {
            "kind": intent.kind,
            "target": intent.target.id if intent.target else None,
            "remainder": intent.remainder,
            "confidence": intent.confidence,
        }

    def intent(self, text: str) -> Intent:
        """Read one message."""
        return parse(text, self._registry, active=self._active, previous=self._previous)


def _checked(registry: Registry, name: str | None, option: str) -> str | None:
    """Return the name that an option gave, if the registry has it."""
    if name is not None:
        try:
            registry[name]
        except UnknownModelError as error:
            error.param = option
            raise
    return name


def show(intent: Intent) -> None:
    """Write an intent for a person."""
    to = f" → {intent.target.id}" if intent.target else ""
    rows = [
        (intent.kind, to.strip()),
        ("remainder", plain(intent.remainder) or "(nothing)"),
        ("candidates", ", ".join(card.id for card in intent.candidates)),
        ("confidence", f"{intent.confidence:.2f}"),
    ]
    for name, value in rows:
        if value or name == intent.kind:
            click.echo(f"{click.style(f'{name:<12}', bold=name == intent.kind)}{value}".rstrip())

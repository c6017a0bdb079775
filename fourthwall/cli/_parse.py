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
from fourthwall.registry import ModelCard, Registry

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
    show(reader.intent(read_text(text), active, previous))


class _Reader:
    """Reads messages against one registry.

    Args:
        registry: the models.
        active: the active model of lines that don't say.
        previous: the model before it, of lines that don't say.
    """

    def __init__(self, registry: Registry, active: str | None, previous: str | None) -> None:
        self._registry = registry
        self._active = active
        self._previous = previous
        self._cards: dict[str, ModelCard] = {}

    def answer(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one line."""
        text = text_field(row, "text")
        # A conversation may be on a model that this registry no longer has.
        active = self._known(named(row, "active", self._active))
        intent = self.intent(text, active, self._known(named(row, "previous", self._previous)))
        return {
            "kind": intent.kind,
            "target": intent.target.id if intent.target else None,
            "remainder": intent.remainder,
            "confidence": intent.confidence,
        }

    def intent(self, text: str, active: str | None, previous: str | None) -> Intent:
        """Read one message."""
        before = self._card(previous, "previous")
        return parse(text, self._registry, active=self._card(active, "active"), previous=before)

    def _known(self, name: str | None) -> str | None:
        return name if name is not None and name in self._registry else None

    def _card(self, name: str | None, field: str) -> ModelCard | None:
        """Return the card of a name; looked up once, because the same few come all the time."""
        if name is None:
            return None
        if name not in self._cards:
            try:
                self._cards[name] = self._registry[name]
            except UnknownModelError as error:
                error.param = field
                raise
        return self._cards[name]


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

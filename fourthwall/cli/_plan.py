"""``fourthwall plan``: what a conversation's last message comes to."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from fourthwall.chat import content_text
from fourthwall.cli._jsonl import answer_lines, text_field
from fourthwall.cli._options import examples, load_registry, registry_option
from fourthwall.cli._text import plain
from fourthwall.conversation import Plan, plan
from fourthwall.errors import RequestError
from fourthwall.registry import Registry

__all__ = ["command"]


@click.command(
    "plan",
    short_help="Say who answers a conversation, and what they are sent.",
    epilog=examples(
        'fourthwall plan --model gpt-4o "Hello!" "Switch to Claude and write a poem"',
        "fourthwall plan --jsonl < requests.jsonl",
    ),
)
@click.argument("said", nargs=-1, metavar="[TEXT]...")
@registry_option
@click.option("--model", metavar="ID", help="The model the conversation began with.")
@click.option("--no-announce", is_flag=True, help="Switch without a word.")
@click.option("--jsonl", is_flag=True, help="Objects on stdin, objects on stdout.")
@click.pass_context
def command(
    ctx: click.Context,
    said: tuple[str, ...],
    registry: Path | None,
    model: str | None,
    no_announce: bool,  # noqa: FBT001 - click passes it by name
    jsonl: bool,  # noqa: FBT001
) -> None:
    """Say which model answers the last TEXT, and what it is sent.

    Each TEXT is one message of the person's, in order; every one but the last counts as answered.
    With --jsonl, each line {"id", "model", "messages"} of stdin is answered by a line {"id",
    "kind", "active", "answered_by", "messages", "announcement", "reply"}.
    """
    if jsonl and (said or model):
        raise click.UsageError("--jsonl reads stdin: leave TEXT and --model out.")
    if not jsonl and not said:
        raise click.UsageError("Give at least one TEXT, or --jsonl.")
    models = load_registry(registry)
    if jsonl:
        answer = partial(_answer, models, announce=not no_announce)
        ctx.exit(0 if answer_lines(sys.stdin.buffer, sys.stdout.buffer, answer) else 1)
    began = model or next(iter(models))
    _show(plan(model=began, messages=_turns(said), registry=models, announce=not no_announce))


def _turns(said: tuple[str, ...]) -> list[dict[str, str]]:
    """Return user messages; an answer between them closes each turn."""
    messages = [{"role": "user", "content": said[0]}]
    for text in said[1:]:
        messages += [{"role": "assistant", "content": "…"}, {"role": "user", "content": text}]
    return messages


def _answer(registry: Registry, row: Mapping[str, Any], *, announce: bool) -> dict[str, Any]:
    """Answer one line."""
    model = text_field(row, "model")
    if "messages" not in row:
        raise RequestError(
            "'messages' is missing", param="messages", remedy='Give "messages": [...].'
        )
    made = plan(model=model, messages=row["messages"], registry=registry, announce=announce)
    return {
        "kind": made.intent.kind,
        "active": made.active.id,
        "answered_by": made.answered_by.id if made.answered_by else None,
        "messages": made.messages,
        "announcement": made.announcement,
        "reply": made.reply,
    }


def _show(made: Plan) -> None:
    """Write a plan for a person."""
    rows = [
        ("kind", made.intent.kind),
        ("active", made.active.id),
        ("answered by", made.answered_by.id if made.answered_by else "the engine itself"),
        ("announces", made.announcement or ""),
        ("replies", made.reply_body or ""),
        *(("is sent", f"{m['role']}: {content_text(m)}") for m in made.messages),
    ]
    for name, value in rows:
        if value:
            click.echo(f"{name:<13}{plain(value)}")

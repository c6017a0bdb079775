"""``fourthwall eval``: how well labelled messages are read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from fourthwall.cli._options import examples, load_registry, registry_option
from fourthwall.cli._screen import make_console, safe
from fourthwall.errors import RequestError
from fourthwall.intent import KINDS, Evaluation, Judgement, LabelledRow, Tally, evaluate

__all__ = ["command"]

_MOST_CHARACTERS = 160  # of a message that is shown among the errors


@click.command(
    "eval",
    short_help="Score the parser on your own labelled messages.",
    epilog=examples(
        "fourthwall eval transcripts.jsonl",
        "fourthwall eval transcripts.jsonl --registry models.json --errors 20",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@registry_option
@click.option("--active", metavar="ID", help="The active model of rows that don't say.")
@click.option(
    "--errors",
    metavar="N",
    type=click.IntRange(min=0),
    help="Show at most N errors; all if left out.",
)
@click.option("--json", "as_json", is_flag=True, help="The counts as JSON.")
def command(
    file: Path,
    registry: Path | None,
    active: str | None,
    errors: int | None,
    as_json: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Score the parser on the labelled messages of FILE, an object a line.

    Each has "text" and "kind"; "target" (an id or a list of ids, any of which is right) and
    "remainder" (a text or a list, any of which is right) are checked if they are there; "active"
    and "previous" are model ids; "id", "tag" and "lang" group the report.
    """
    models = load_registry(registry)
    if active is not None:
        models[active]
    evaluation = evaluate(_rows(file), models, active=active)
    if as_json:
        click.echo(json.dumps(_as_json(evaluation), indent=1, ensure_ascii=False))
        return
    _show(make_console(), evaluation, errors)


def _rows(file: Path) -> Iterator[LabelledRow]:
    """Give the rows of a file.

    Raises:
        RequestError: a line can't be used; names the line and the field.
    """
    try:
        lines = file.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(
            f"can't read {str(file)!r}: {error}", remedy="Give a JSONL file in UTF-8."
        ) from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield LabelledRow.read(json.loads(line))
        except ValueError as error:
            raise RequestError(
                f"{file.name}, line {number}: {error}", remedy="Mend or remove that line."
            ) from error
        except RequestError as error:
            raise RequestError(
                f"{file.name}, line {number}: {error}", param=error.param, remedy=error.remedy
            ) from error


def _show(console: Console, evaluation: Evaluation, most: int | None) -> None:
    whole = evaluation.tally()
    console.print(
        f"{whole.rows} messages: {_share(whole.exact, whole.rows)} exact, "
        f"{_share(whole.found, whole.commands)} of {whole.commands} commands found, "
        f"{whole.false} of {whole.rows - whole.commands} ordinary messages taken for commands, "
        f"{whole.wrong_model} wrong models"
    )
    for title, group in (
        ("kind", lambda row: row.kind),
        ("tag", lambda row: row.tag),
        ("lang", lambda row: row.language),
    ):
        tallies = evaluation.by(group)
        if title == "kind" or len(tallies) > 1:
            console.print()
            console.print(_tallies(title, tallies))
    console.print()
    console.print(_confusion(evaluation.confusion()))
    console.print()
    console.print(_calibration(evaluation))
    _show_errors(console, evaluation.errors(), most)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    return table


def _tallies(title: str, tallies: Mapping[str, Tally]) -> Table:
    table = _table(title, "rows", "kind", "exact", "found", "false")
    for name, tally in tallies.items():
        ordinary = tally.rows - tally.commands
        table.add_row(
            safe(name or "(none)"),
            str(tally.rows),
            _share(tally.kind, tally.rows),
            _share(tally.exact, tally.rows),
            _share(tally.found, tally.commands),
            f"{tally.false}/{ordinary}" if ordinary else "-",
        )
    return table


def _confusion(confusion: Mapping[tuple[str, str], int]) -> Table:
    """Return labelled kinds down, kinds read across; those that don't occur are left out."""
    wanted = [kind for kind in KINDS if any(kind == pair[0] for pair in confusion)]
    read = [kind for kind in KINDS if any(kind == pair[1] for pair in confusion)]
    table = _table("labelled \\ read as", *read)
    for kind in wanted:
        table.add_row(kind, *(str(confusion.get((kind, other), "") or "·") for other in read))
    return table


def _calibration(evaluation: Evaluation) -> Table:
    table = _table("confidence from", "rows", "mean", "right")
    for low, rows, mean, right in evaluation.calibration():
        table.add_row(f"{low:.2f}", str(rows), f"{mean:.3f}", f"{right:.3f}")
    return table


def _show_errors(console: Console, errors: tuple[Judgement, ...], most: int | None) -> None:
    shown = errors if most is None else errors[:most]
    if shown:
        console.print()
    for judgement in shown:
        row, intent = judgement.row, judgement.intent
        got = f"{intent.kind} {intent.target.id if intent.target else ''}".strip()
        wanted = f"{row.kind} {' or '.join(row.targets[:2])}".strip()
        text = " ".join(row.text.split())
        if len(text) > _MOST_CHARACTERS:
            text = f"{text[: _MOST_CHARACTERS - 1]}…"
        console.print(
            safe(f"{judgement.error} {row.id}: wanted {wanted}, got {got}"), soft_wrap=True
        )
        if judgement.error == "remainder":
            console.print(safe(f"  left over: {intent.remainder!r}"), soft_wrap=True)
        console.print(safe(f"  {text}", "dim"), soft_wrap=True)
    if len(errors) > len(shown):
        console.print(f"... and {len(errors) - len(shown)} more errors")


def _as_json(evaluation: Evaluation) -> dict[str, Any]:
    def counts(tally: Tally) -> dict[str, int]:
        return {name: getattr(tally, name) for name in Tally.__slots__}

    return {
        "all": counts(evaluation.tally()),
        "kind": {k: counts(t) for k, t in evaluation.by(lambda row: row.kind).items()},
        "tag": {k: counts(t) for k, t in evaluation.by(lambda row: row.tag).items()},
        "lang": {k: counts(t) for k, t in evaluation.by(lambda row: row.language).items()},
        "confusion": [[a, b, n] for (a, b), n in sorted(evaluation.confusion().items())],
        "calibration": [list(row) for row in evaluation.calibration()],
        "errors": [
            {
                "id": j.row.id,
                "error": j.error,
                "kind": j.intent.kind,
                "target": j.intent.target.id if j.intent.target else None,
                "remainder": j.intent.remainder,
            }
            for j in evaluation.errors()
        ],
    }

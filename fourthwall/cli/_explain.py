"""``fourthwall explain``: why a message was read as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import click
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from fourthwall.cli._options import examples, load_registry, read_text, registry_option
from fourthwall.cli._screen import facts, make_console, safe
from fourthwall.intent import Explanation, explain, parse
from fourthwall.registry import ModelCard, Registry

__all__ = ["command"]

_RUNS = 200
_ENOUGH_S = 0.1
_MOST_ROWS = 6


@click.command(
    "explain",
    short_help="Show why a message was read as it was.",
    epilog=examples(
        'fourthwall explain "Switch to Claude and write a poem"',
        'fourthwall explain "What do you think of Claude Monet?"',
    ),
)
@click.argument("text", required=False)
@registry_option
@click.option("--active", metavar="ID", help="The model the conversation is on.")
def command(text: str | None, registry: Path | None, active: str | None) -> None:
    """Show what in TEXT was taken for a command, and what spoke for and against it."""
    said = read_text(text)
    models = load_registry(registry)
    card = None if active is None else models[active]
    _show(make_console(), said, explain(said, models, active=card), _time_us(said, models, card))


def _time_us(text: str, registry: Registry, active: ModelCard | None) -> float:
    """Return the median time of `parse`, in microseconds; all it compiles is there already."""
    times: list[float] = []
    until = perf_counter() + _ENOUGH_S
    while not times or (len(times) < _RUNS and perf_counter() < until):
        began = perf_counter()
        parse(text, registry, active=active)
        times.append(perf_counter() - began)
    return median(times) * 1e6


def _show(console: Console, text: str, why: Explanation, time_us: float) -> None:
    console.print()
    for line in _marked(text, why, console.width - 4):
        console.print(Text("  ").append_text(line), no_wrap=True, overflow="crop")
    console.print()
    console.print(_verdict(why))
    console.print(facts([*_evidence(text, why), ("time", Text(f"{time_us:,.1f} µs"))]))


def _verdict(why: Explanation) -> Text:
    intent = why.intent
    verdict = Text(intent.kind, "bold green" if intent.is_command else "bold")
    if intent.target is not None:
        verdict.append_text(safe(f" → {intent.target.label} ({intent.target.id})", "bold"))
    return verdict.append(f"   confidence {intent.confidence:.2f}", "dim")


def _evidence(text: str, why: Explanation) -> Iterator[tuple[str, Text]]:
    intent = why.intent
    if not why.awake:
        yield "read", Text("no: no word of it belongs to a command or to a model's name")
    for start, end, means in why.mentions:
        yield "name", safe(f"“{text[start:end]}” ({start}–{end}): {means}")
    for choice in why.chosen:
        yield "choice", safe(choice)
    for sentence in why.matched:
        yield "matched", safe(sentence)
    for veto in why.vetoes:
        yield "guard", safe(veto, "yellow")
    for number, card in enumerate(intent.candidates, start=1):
        yield "candidate", safe(f"{number}. {card.label} ({card.id})")
    if intent.asked_for is not None:
        yield "retired", safe(f"{intent.asked_for.id} was asked for; {intent.asked_for.retires}")
    yield "remainder", safe(intent.remainder) if intent.remainder else Text("(nothing)", "dim")


def _marked(text: str, why: Explanation, width: int) -> Iterator[Text]:
    """Give the rows of a text that matter, with marks under them: ^ the command, ~ a name."""
    spans = why.intent.spans
    marks = [" "] * len(text)
    for start, end, _ in why.mentions:
        marks[start:end] = "~" * (end - start)
    for start, end in spans:
        marks[start:end] = "^" * (end - start)
    rows = list(_rows(text, max(width, 10)))
    telling = [row for row in rows if "".join(marks[row[0] : row[1]]).strip()] or rows[:1]
    for start, end in telling[:_MOST_ROWS]:
        shown = Text()
        under = Text()
        for character, mark in zip(text[start:end], marks[start:end], strict=True):
            shown.append(character if character.isprintable() else " ", _STYLES[mark])
            under.append(mark * cell_len(character), _STYLES[mark])
        yield shown
        under.rstrip()
        if under:
            yield under
    if len(telling[:_MOST_ROWS]) < len(rows):
        yield Text("…", "dim")


_STYLES = {" ": "", "~": "cyan", "^": "bold green"}


def _rows(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Give the stretches of a text that fit on a row each: lines, and parts of long ones."""
    start = cells = 0
    for number, character in enumerate(text):
        cells += cell_len(character)
        if cells > width:
            yield start, number
            start, cells = number, cell_len(character)
        if character == "\n":
            yield start, number
            start, cells = number + 1, 0
    if start < len(text):
        yield start, len(text)

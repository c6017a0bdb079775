"""How many commands are found in fifteen languages, and how sure the parser may be of them.

Run it with ``python benchmarks/accuracy.py``.  The rows in ``rows/`` were written for this project
by people (and language models) who didn't know the parser's rules, after the rule book of its
development set; the models are those of ``rows/models.json``.

- ``seen``: rows that were looked at while the lexicons were written.  What they show is how well
  the lexicons were fitted.
- ``held``: rows that were kept aside, and of which only the sums below were looked at, and the
  roles (`fourthwall.intent._roles`) of the words of those that were missed, not the words: so is
  how a sentence fares that nobody has seen.  **Leave them unread**, or they are worth nothing.

Beside the parser, a regex of all names behind "switch to" or "use" and, where it is installed,
hassil with thirty sentences, on the same rows: what they find of the commands, and what else.
"""

from __future__ import annotations

import gzip
import importlib
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fourthwall.intent import Evaluation, LabelledRow, Tally, evaluate
from fourthwall.registry import Registry

ROWS = Path(__file__).with_name("rows")
ACTIVE = "gpt-4o"

SENTENCES = [
    "[please] (switch|change|move|swap|go) [me] [over] to {model} [please|now|instead]",
    "[please] (use|try|pick|choose|select|take) {model} [instead] [from now on] [please]",
    "(switch|change|move) to {model} and {task}",
    "use {model} (and|to) {task}",
    "(ask|have|let|get) {model} [to] {task}",
    "(can|could|would) you [please] (switch|change|move) to {model} [please]",
    "(i want|i'd like|i would like) [to use|to talk to|to switch to] {model}",
    "let's (use|try|switch to|talk to|continue with) {model}",
    "(try that again|redo that|retry|answer that again) (with|using) {model}",
    "what would {model} say",
    "(switch|go|change) back [to the previous model]",
    "(go back to|use|reset to) the default model",
    "(what|which) model (is this|are you|am i talking to)",
    "(what|which) models (can i use|are there|do you have)",
    "(list|show) [me] [the] [available] models",
]


def rows(name: str) -> list[LabelledRow]:
    text = gzip.decompress(ROWS.joinpath(f"{name}.jsonl.gz").read_bytes()).decode()
    return [LabelledRow.read(json.loads(line)) for line in text.splitlines()]


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:5.1f} %" if whole else "      -"


def line(name: str, tally: Tally) -> str:
    ordinary = tally.rows - tally.commands
    return (
        f"  {name:<10}{tally.rows:>6}{share(tally.found, tally.commands):>10}"
        f"{share(tally.exact, tally.rows):>10}{f'{tally.false}/{ordinary}':>10}"
        f"{tally.wrong_model:>8}"
    )


def show(name: str, evaluation: Evaluation) -> None:
    print(
        f"{name} rows\n  {'language':<10}{'rows':>6}{'found':>10}{'exact':>10}{'false':>10}"
        f"{'wrong':>8}"
    )
    for language, tally in sorted(evaluation.by(lambda row: row.language).items()):
        print(line(language, tally))
    print(line("all", evaluation.tally()))


def show_calibration(evaluation: Evaluation) -> None:
    print(f"  {'confidence from':<18}{'rows':>6}{'mean':>8}{'right':>8}")
    for low, count, mean, right in evaluation.calibration():
        print(f"  {low:<18.2f}{count:>6}{mean:>8.3f}{right:>8.3f}")


def names(registry: Registry) -> list[str]:
    found = {name for card in registry.cards for name in (card.id, card.family, *card.aliases)}
    return sorted((name for name in found if name), key=lambda name: (-len(name), name))


def regex(registry: Registry) -> Callable[[str], object]:
    spelled = "|".join(re.escape(name) for name in names(registry))
    return re.compile(rf"\b(?:switch to|use) (?:{spelled})\b", re.IGNORECASE).search


def hassil(registry: Registry) -> Callable[[str], object] | None:
    try:
        module: Any = importlib.import_module("hassil")
    except ImportError:
        return None
    spelled = [name.replace("-", " ").replace(".", " ") for name in names(registry)]
    intents = module.Intents.from_dict(
        {
            "language": "en",
            "intents": {"Command": {"data": [{"sentences": SENTENCES}]}},
            "lists": {"model": {"values": spelled}, "task": {"wildcard": True}},
        }
    )
    return lambda text: module.recognize(text.replace("-", " ").replace(".", " "), intents)


def show_rival(name: str, rival: Callable[[str], object], some: Sequence[LabelledRow]) -> None:
    commands = [row for row in some if row.kind != "none"]
    ordinary = [row for row in some if row.kind == "none"]
    found = sum(rival(row.text) is not None for row in commands)
    false = sum(rival(row.text) is not None for row in ordinary)
    print(
        f"  {name:<24}{share(found, len(commands))} of the commands, {false}/{len(ordinary)} false"
    )


def main() -> None:
    registry = Registry.load(ROWS / "models.json")
    for name in ("seen", "held"):
        evaluation = evaluate(rows(name), registry, active=ACTIVE)
        show(name, evaluation)
        show_calibration(evaluation)
    english = [row for row in rows("held") if row.language == "en"]
    print("held rows in English, any command found")
    tally = evaluate(english, registry, active=ACTIVE).tally()
    print(
        f"  {'fourthwall':<24}{share(tally.found, tally.commands)} of the commands, "
        f"{tally.false}/{tally.rows - tally.commands} false"
    )
    show_rival("a regex of all names", regex(registry), english)
    sentences = hassil(registry)
    if sentences is None:
        print("  hassil: not installed")
    else:
        show_rival(f"hassil, {len(SENTENCES)} sentences", sentences, english)


if __name__ == "__main__":
    main()

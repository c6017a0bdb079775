"""How well messages are read: a parser against rows that people have labelled.

A row is an object: ``text``, ``kind`` and, where they are to be checked, ``target`` (an id or a
list of ids, any of which is right) and ``remainder`` (a text or a list of texts, any of which is
right; null isn't checked).  ``active`` and ``previous`` are model ids; ``id``, ``tag`` and ``lang``
group the report.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from fourthwall.errors import RequestError
from fourthwall.intent._intent import KINDS, Intent
from fourthwall.intent._parse import parse
from fourthwall.registry import Registry

__all__ = ["Evaluation", "Judgement", "LabelledRow", "Tally", "evaluate"]

_TARGETED: Final = frozenset(("switch", "once", "retry"))
_EDGES: Final = re.compile(r"^[\W_]+|[\W_]+$")
_JOINERS: Final = frozenset(("and", "then", "to", "please"))
_BUCKETS: Final = (0.0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1.01)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledRow:
    """A message and what a careful reader takes it to ask for."""

    text: str
    kind: str
    targets: tuple[str, ...] = ()
    remainders: tuple[str, ...] | None = None
    active: str | None = None
    previous: str | None = None
    id: str = ""
    tag: str = ""
    language: str = ""

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> LabelledRow:
        """Return a row from its object.

        Raises:
            RequestError: a field is missing or can't be used; names it.
        """
        if not isinstance(row, Mapping):
            raise RequestError("it isn't an object", remedy='Write {"text": ..., "kind": ...}.')
        for name in ("text", "kind"):
            if not isinstance(row.get(name), str):
                raise RequestError(
                    f"{name!r} must be a text", param=name, remedy=f'Give "{name}": "...".'
                )
        if row["kind"] not in KINDS:
            raise RequestError(
                f"there is no kind {row['kind']!r}",
                param="kind",
                remedy=f"Use one of {', '.join(KINDS)}.",
            )
        remainder = row.get("remainder")
        return cls(
            text=row["text"],
            kind=row["kind"],
            targets=_texts(row, "target"),
            remainders=None if remainder is None else _texts(row, "remainder"),
            active=_text(row, "active"),
            previous=_text(row, "previous"),
            id=str(row.get("id", "")),
            tag=_text(row, "tag") or "",
            language=_text(row, "lang") or "",
        )


def _text(row: Mapping[str, Any], name: str) -> str | None:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise RequestError(
            f"{name!r} must be a text or null", param=name, remedy=f'Give "{name}": "...".'
        )
    return value


def _texts(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = row.get(name)
    if value is None:
        return ()
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise RequestError(
            f"{name!r} must be a text or a list of texts",
            param=name,
            remedy=f'Give "{name}": ["..."].',
        )
    return tuple(values)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A row, what it was read as, and what of that is right.

    Attributes:
        row: the row.
        intent: what the parser made of it.
        is_kind: whether the kind is right.
        is_target: whether the kind and, where one is wanted, the model are right.
        is_exact: whether the remainder is right as well, where it is checked.
    """

    row: LabelledRow
    intent: Intent
    is_kind: bool
    is_target: bool
    is_exact: bool

    @property
    def error(self) -> str:
        """What is wrong: ``kind``, ``target``, ``remainder`` or ``""``."""
        if not self.is_kind:
            return "kind"
        if not self.is_target:
            return "target"
        return "" if self.is_exact else "remainder"


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over some rows.

    Attributes:
        rows: all of them.
        commands: those that ask for something.
        found: commands that were read as some command.
        exact: rows whose kind, model and remainder are right.
        kind: rows whose kind is right.
        false: ordinary messages that were taken for commands.
        wrong_model: commands whose kind is right and whose model isn't.
    """

    rows: int
    commands: int
    found: int
    exact: int
    kind: int
    false: int
    wrong_model: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a parser makes of labelled rows."""

    judgements: tuple[Judgement, ...] = field(default=())

    def tally(self, judgements: Iterable[Judgement] | None = None) -> Tally:
        """Count over some of the judgements, or all."""
        some = list(self.judgements if judgements is None else judgements)
        commands = [j for j in some if j.row.kind != "none"]
        return Tally(
            rows=len(some),
            commands=len(commands),
            found=sum(j.intent.is_command for j in commands),
            exact=sum(j.is_exact for j in some),
            kind=sum(j.is_kind for j in some),
            false=sum(j.intent.is_command for j in some if j.row.kind == "none"),
            wrong_model=sum(j.is_kind and not j.is_target for j in commands),
        )

    def by(self, group: Callable[[LabelledRow], str]) -> dict[str, Tally]:
        """Count by what ``group`` says of each row, the largest group first."""
        groups: dict[str, list[Judgement]] = {}
        for judgement in self.judgements:
            groups.setdefault(group(judgement.row), []).append(judgement)
        ordered = sorted(groups.items(), key=lambda entry: (-len(entry[1]), entry[0]))
        return {name: self.tally(some) for name, some in ordered}

    def confusion(self) -> dict[tuple[str, str], int]:
        """Return (labelled kind, kind read) -> rows, the right ones included."""
        return dict(Counter((j.row.kind, str(j.intent.kind)) for j in self.judgements))

    def errors(self) -> tuple[Judgement, ...]:
        """Return the judgements that aren't exact, in the order of the rows."""
        return tuple(j for j in self.judgements if not j.is_exact)

    def calibration(self) -> list[tuple[float, int, float, float]]:
        """Return how confidence compares with truth: a row for each stretch of confidence.

        Returns:
            (lower end, rows in it, mean confidence, share with the right kind and model), for the
            stretches that have rows.
        """
        table = []
        for low, high in pairwise(_BUCKETS):
            some = [j for j in self.judgements if low <= j.intent.confidence < high]
            if some:
                mean = sum(j.intent.confidence for j in some) / len(some)
                right = sum(j.is_target for j in some) / len(some)
                table.append((low, len(some), mean, right))
        return table


def evaluate(
    rows: Iterable[LabelledRow],
    registry: Registry,
    *,
    parser: Callable[..., Intent] = parse,
    active: str | None = None,
) -> Evaluation:
    """Read every row and judge what came of it.

    Args:
        rows: the labelled messages.
        registry: the models on offer.
        parser: `parse`, or an `IntentParser`.
        active: the active model of rows that don't say.
    """
    return Evaluation(tuple(_judged(row, registry, parser, active) for row in rows))


def _judged(
    row: LabelledRow, registry: Registry, parser: Callable[..., Intent], active: str | None
) -> Judgement:
    intent = parser(row.text, registry, active=row.active or active, previous=row.previous)
    is_kind = intent.kind == row.kind
    target = intent.target.id if intent.target is not None else None
    wanted = row.targets if row.kind in _TARGETED else ()
    is_target = is_kind and (not wanted or target in wanted)
    checked = row.remainders is not None and row.kind != "none"
    is_left = not checked or _is_one_of(intent.remainder, row.remainders or ("",))
    return Judgement(row, intent, is_kind, is_target, is_target and is_left)


def _is_one_of(remainder: str, wanted: Sequence[str]) -> bool:
    return _tidy(remainder) in {_tidy(text) for text in wanted}


def _tidy(text: str) -> str:
    """Return a remainder without what doesn't matter: case, white space, edges, joiners."""
    words = text.lower().split()
    while words:
        edged = _EDGES.sub("", " ".join(words)).split()
        while edged and edged[0] in _JOINERS:
            edged = edged[1:]
        while edged and edged[-1] in _JOINERS:
            edged = edged[:-1]
        if edged == words:
            break
        words = edged
    return " ".join(words)

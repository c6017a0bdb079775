"""Why a message was read as it was: the evidence, for people."""

from __future__ import annotations

from dataclasses import dataclass

from fourthwall.intent._evidence import Evidence
from fourthwall.intent._intent import Intent
from fourthwall.intent._parse import Tuning, parse_tuned
from fourthwall.registry import ModelCard, Registry

__all__ = ["Explanation", "explain", "explain_with"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """An intent and what led to it.

    Attributes:
        intent: what `parse` returns for the same message.
        awake: whether anything in the message was worth a closer look.
        mentions: what may name a model: where it stands (half-open, code points) and what it
            means.
        chosen: where a model was asked for by what it is like, those that qualify, best first.
        matched: the sentences of the lexicon that fit, in the order of the message.
        vetoes: what spoke against a reading.
    """

    intent: Intent
    awake: bool
    mentions: tuple[tuple[int, int, str], ...]
    chosen: tuple[str, ...]
    matched: tuple[str, ...]
    vetoes: tuple[str, ...]


def explain(text: str, registry: Registry, *, active: str | ModelCard | None = None) -> Explanation:
    """Read a message as `parse` does, and say why.

    Args and errors are those of `parse`.  Slower than `parse`, by the notes it takes.
    """
    return explain_with(text, registry, active, Tuning())


def explain_with(
    text: str, registry: Registry, active: str | ModelCard | None, tuning: Tuning
) -> Explanation:
    """Read a message within bounds and say why."""
    evidence = Evidence()
    intent = parse_tuned(text, registry, active, tuning, evidence)
    return Explanation(
        intent=intent,
        awake=evidence.awake,
        mentions=tuple(evidence.mentions),
        chosen=tuple(evidence.chosen),
        matched=tuple(evidence.matched),
        vetoes=tuple(evidence.vetoes),
    )

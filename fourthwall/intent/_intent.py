"""What a person asked for, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from fourthwall.registry import ModelCard

__all__ = ["KINDS", "Intent", "Kind"]

Kind: TypeAlias = Literal[
    "switch",
    "once",
    "retry",
    "revert",
    "reset",
    "which",
    "list",
    "ambiguous",
    "unknown_model",
    "none",
]

KINDS: tuple[Kind, ...] = (
    "switch",
    "once",
    "retry",
    "revert",
    "reset",
    "which",
    "list",
    "ambiguous",
    "unknown_model",
    "none",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What one message asks of the engine.

    Attributes:
        kind: one of `KINDS`.
        target: the model to go to, for ``switch``, ``once`` and ``retry``; else None.
        remainder: the message with the command taken out, the person's own spelling kept; the
            whole text for ``none``; ``""`` when nothing is left to answer.
        span: where the command stood in the text, half-open, in code points; (0, 0) for
            ``none``.  The command may be cut out in several pieces: `spans` has them all.
        spans: the pieces of the text that are not in the remainder, in order.
        candidates: for ``ambiguous`` and ``unknown_model``, the nearest models, best first.
        confidence: how sure the reading is, 0.0 to 1.0: of labelled messages read with
            confidence c, about a share of c was read rightly.
        wish: what would be done if the model were clear (``switch``, ``once`` or ``retry``) for
            ``ambiguous`` and ``unknown_model``; else the kind itself.
        asked_for: the retired model that the person named, where `target` replaces it.
        named: the person's words for the model, as typed; "" where none were.
        language: ISO 639-1 code of the lexicon that recognised the command; None for ``none``.
    """

    kind: Kind
    target: ModelCard | None = None
    remainder: str = ""
    span: tuple[int, int] = (0, 0)
    spans: tuple[tuple[int, int], ...] = ()
    candidates: tuple[ModelCard, ...] = ()
    confidence: float = 1.0
    wish: Kind = "none"
    asked_for: ModelCard | None = None
    named: str = ""
    language: str | None = None

    @property
    def is_command(self) -> bool:
        """Whether the message asks anything of the engine."""
        return self.kind != "none"

"""A clause that asks something of the engine, as a value."""

from __future__ import annotations

from dataclasses import dataclass

from fourthwall.intent._intent import Kind
from fourthwall.intent._lexicon import Frame
from fourthwall.intent._line import Item

__all__ = ["Command"]


@dataclass(frozen=True, slots=True)
class Command:
    """A clause that asks something of the engine.

    Attributes:
        kind: as the frame says, before "just this once" and "from now on" are weighed.
        frame: the frame that fits.
        item: what stands for the model; None where none is named.
        start: where the clause begins in the text, politeness included.
        core: where the command itself begins.
        end: where it ends, politeness included.
        stay: whether it says "from now on".
        once: whether it says "just this once".
        open: whether the rest of the sentence is the task.
        support: how clear the sentence is, 1 to 5.
        again: whether it speaks of the last question or of doing something again.
        also: a second stretch of the text that belongs to the command, behind its task.
        pointed: whether only a pronoun stands for the model, or nothing at all: its name was said
            before the command.
        others: more names beside the first ("X or Y").
    """

    kind: Kind
    frame: Frame
    item: Item | None
    start: int
    core: int
    end: int
    stay: bool
    once: bool
    open: bool
    support: int
    again: bool = False
    others: tuple[Item, ...] = ()
    also: tuple[int, int] | None = None
    pointed: bool = False

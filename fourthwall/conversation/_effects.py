"""What each kind of intent does to a conversation, as a table: one row a kind.

The rules of this file:

1. `EFFECTS` is the only place that knows what follows from a kind.  A new kind is a new row.
2. A row says which model the turn goes to (`Goes`), whether the conversation stays with it, what
   that model is asked (`Sends`), and with which phrase the engine answers where no model is asked.
3. A row says what happens if all goes well.  What can't be carried out (nothing to go back to, a
   model that isn't allowed) is refused in `_step`, and a refusal changes nothing.
4. `none` is a row like the others: the message goes to the active model as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from fourthwall.conversation._replies import PhraseKey
from fourthwall.intent import Kind

__all__ = ["EFFECTS", "Effect", "Goes", "Sends"]


class Goes(Enum):
    """Which model a turn goes to."""

    NOWHERE = "the active model"
    TO_TARGET = "the model that was asked for"
    BACK = "the model before"
    TO_BASE = "the conversation's first model"


class Sends(Enum):
    """What a model is asked in the turn."""

    REMAINDER = "the message without the command"
    QUESTION_AGAIN = "the last question, once more"
    NOTHING = "the engine answers by itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One row: what a kind does.

    Attributes:
        goes: which model the turn goes to.
        stays: whether that model is the active one from here on.
        sends: what it is asked.
        says: the engine's own phrase, for rows that send nothing.
        asks_back: whether the next message may answer the engine's question.
    """

    goes: Goes = Goes.NOWHERE
    stays: bool = False
    sends: Sends = Sends.REMAINDER
    says: PhraseKey | None = None
    asks_back: bool = False

    @property
    def is_switch(self) -> bool:
        """Whether another model was asked for, so that the answer may begin with announcing it."""
        return self.goes is not Goes.NOWHERE or self.asks_back

    @property
    def is_about_engine(self) -> bool:
        """Whether it is a question to the engine, which wishes for nothing."""
        return self.says is not None and not self.asks_back


def _engine(says: PhraseKey, *, asks_back: bool = False) -> Effect:
    return Effect(sends=Sends.NOTHING, says=says, asks_back=asks_back)


EFFECTS: Mapping[Kind, Effect] = MappingProxyType(
    {
        "switch": Effect(goes=Goes.TO_TARGET, stays=True),
        "once": Effect(goes=Goes.TO_TARGET),
        "retry": Effect(goes=Goes.TO_TARGET, sends=Sends.QUESTION_AGAIN),
        "revert": Effect(goes=Goes.BACK, stays=True),
        "reset": Effect(goes=Goes.TO_BASE, stays=True),
        "which": _engine("which"),
        "list": _engine("list"),
        "ambiguous": _engine("ambiguous", asks_back=True),
        "unknown_model": _engine("unknown_model", asks_back=True),
        "none": Effect(),
    }
)

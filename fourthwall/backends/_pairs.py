"""Calls and their results, brought together again: some clients send them late, twice or never."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fourthwall.backends._turns import call_function, calls_of
from fourthwall.chat import Message

__all__ = ["RESULT_ROLES", "Slot", "paired"]

RESULT_ROLES: Final = ("tool", "function")
"""The roles of messages that bring a result; the second is of the time before there were tools."""


@dataclass(slots=True)
class Slot:
    """A call, and the place for its result."""

    call: Mapping[str, Any]
    result: Message | None = None


@dataclass(slots=True)
class _Line:
    """Slots in order, and how far they are filled: a slot that has a result keeps one."""

    slots: list[Slot] = field(default_factory=list)
    _filled: int = 0

    def free(self) -> Slot | None:
        """Return the first slot without a result."""
        while self._filled < len(self.slots) and self.slots[self._filled].result is not None:
            self._filled += 1
        return self.slots[self._filled] if self._filled < len(self.slots) else None


@dataclass(slots=True)
class _Asked:
    """The calls that results may still answer, found by id and by name: there may be thousands."""

    _every: _Line = field(default_factory=_Line)
    _by_id: dict[str, _Line] = field(default_factory=lambda: defaultdict(_Line))
    _by_name: dict[str, _Line] = field(default_factory=lambda: defaultdict(_Line))

    def add(self, slot: Slot) -> None:
        """Take in the place for a call's result."""
        self._every.slots.append(slot)
        self._by_id[str(slot.call.get("id") or "")].slots.append(slot)
        name = call_function(slot.call).get("name")
        if isinstance(name, str):
            self._by_name[name].slots.append(slot)

    def slot_for(self, message: Message) -> Slot | None:
        """Return the place for a result; None if there is no call that it could belong to.

        A second result to the same call replaces the first.  A result without an id answers the
        first call that has none yet: one by the same name, or one that has no id either.
        """
        if given := message.get("tool_call_id"):
            line = self._by_id.get(str(given)) or self._by_id.get("")
            return (line.free() or line.slots[0]) if line is not None else None
        name = message.get("name")
        named = self._by_name.get(name) if isinstance(name, str) else None
        nameless = self._by_id.get("")
        lines = (line for line in (named, nameless, self._every) if line is not None)
        return next((slot for line in lines if (slot := line.free()) is not None), None)


def paired(messages: Sequence[Message]) -> list[tuple[Message, Sequence[Slot]]]:
    """Return each message with its calls; results stand with their calls.

    Results count until the next answer begins, whoever spoke in between; after that the model has
    been told that there was none.  Assistant messages in a row are one answer: some clients give
    each call a message of its own.
    """
    out: list[tuple[Message, Sequence[Slot]]] = []
    asked = _Asked()
    is_answer = False
    for message in messages:
        role = message["role"]
        if role == "assistant":
            if not is_answer:
                asked = _Asked()
            slots = [Slot(call) for call in calls_of(message)]
            for slot in slots:
                asked.add(slot)
            out.append((message, slots))
        elif role in RESULT_ROLES and (answered := asked.slot_for(message)) is not None:
            answered.result = message
        else:
            out.append((message, ()))
        is_answer = role == "assistant"
    return out

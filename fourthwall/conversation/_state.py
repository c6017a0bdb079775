"""Where a conversation stands, what stays the same through a fold, and what one message came to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from fourthwall.chat import Message
from fourthwall.conversation._clarify import Way
from fourthwall.conversation._effects import Goes
from fourthwall.conversation._fit import Room, Shortening, View, view
from fourthwall.conversation._history import History
from fourthwall.conversation._reading import Parser, read_intent
from fourthwall.conversation._replies import PhraseKey
from fourthwall.intent import Intent, Kind
from fourthwall.registry import ModelCard, Registry

__all__ = ["Outcome", "Overflow", "Pending", "Rules", "Setting", "State"]

Overflow: TypeAlias = Literal["ask", "trim", "summarise"]
"""What becomes of a switch to a model whose window is too small: the person is asked; the oldest
messages are left out; the model that is left summarises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What stays the same through a whole fold.

    Attributes:
        registry: the models.
        parser: what reads a message.
        allowed: ids of the models that may be switched to; None for all.
        room: what a request takes beside its messages.
        overflow: what becomes of a switch to a model whose window is too small.
        summarises: whether a summary can be had, and kept beside the message that asks for it.
        insists: whether what was announced is carried out, whatever would be refused today.
    """

    registry: Registry
    parser: Parser
    allowed: frozenset[str] | None = None
    room: Room = field(default_factory=Room)
    overflow: Overflow = "ask"
    summarises: bool = False
    insists: bool = False

    def allows(self, card: ModelCard, state: State) -> bool:
        """Whether the conversation may go to this model; where it is or began, it always may."""
        usable = self._usable(state)
        return usable is None or card.id in usable

    def read(self, text: str, state: State) -> Intent:
        """Return what a text asks for at this point of the conversation."""
        return read_intent(
            text,
            parser=self.parser,
            registry=self.registry,
            usable=self._usable(state),
            active=state.active,
            previous=state.previous,
        )

    def view(self, history: History, card: ModelCard, state: State) -> View | None:
        """Return what a model is shown of a conversation; None for all of it."""
        agreed = state.shortened_for(card.id)
        if agreed is None and self.overflow == "trim":
            agreed = Shortening(model=card.id)
        return None if agreed is None else self.shortened(history, card, agreed)

    def shortened(self, history: History, card: ModelCard, agreed: Shortening) -> View | None:
        """Return what a model is shown if something may be left out; None for all of it."""
        limit = self.room.quarters_for_messages(card)
        if limit is None:
            return None
        return view(history.messages, history.sums, limit, agreed)

    def _usable(self, state: State) -> frozenset[str] | None:
        here = {state.active.id, state.base.id}
        if self.allowed is None or here <= self.allowed:
            return self.allowed
        return self.allowed | here


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A question of the engine's that the next message may answer.

    Attributes:
        wish: what is done once the model is clear.
        offers: the models that were offered, in order.
        ask: what the person wanted answered, or None.
        language: of the command that the question came from, or None.
        target: the model that has too small a window, or None.
        ways: what can be done about that, in the order in which it was offered.
    """

    wish: Kind
    offers: tuple[ModelCard, ...]
    ask: Message | None
    language: str | None = None
    target: ModelCard | None = None
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a conversation stands between two turns.

    Attributes:
        base: the model of the request.
        active: the model that answers.
        stack: the models that were active before, the latest last; going back pops.
        question: what a model was asked last, or None.
        pending: the engine's open question, or None.
        shortened: the models that aren't shown everything, and what they are shown instead.
        first: id of the model that the conversation began with, where its history tells; None
            means `base`.
    """

    base: ModelCard
    active: ModelCard
    stack: tuple[ModelCard, ...] = ()
    question: Message | None = None
    pending: Pending | None = None
    shortened: tuple[Shortening, ...] = ()
    first: str | None = None

    @property
    def previous(self) -> ModelCard | None:
        """The model that going back leads to."""
        return self.stack[-1] if self.stack else None

    def shortened_for(self, model: str) -> Shortening | None:
        """Return what was agreed about a model that isn't shown everything, if anything was."""
        return next((agreed for agreed in self.shortened if agreed.model == model), None)

    def agreed(self, shortening: Shortening) -> State:
        """Return the state after such an agreement, which takes the place of an earlier one."""
        others = (known for known in self.shortened if known.model != shortening.model)
        return replace(self, shortened=(*others, shortening))

    def moved(self, target: ModelCard, goes: Goes) -> State:
        """Return the state with ``target`` active; itself if it is that already."""
        if target.id == self.active.id:
            return self
        stack = self.stack[:-1] if goes is Goes.BACK else (*self.stack, self.active)
        return replace(self, active=target, stack=stack)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one message came to.

    Attributes:
        intent: what the person asked for, after the engine's question was answered, if it was.
        state: the conversation after the turn.
        answered_by: the model that answers; None where the engine does.
        ask: what is left for a model to answer, or None.
        is_again: whether `ask` is the last question, unchanged: the target doesn't see the answer
            that it got before.
        says: the engine's own phrase, where it answers.
        target: the model that was asked for, wherever it led.
        offers: the models that the phrase offers.
        is_task: whether a front end asks by itself, and no person reads the answer.
        language: of the command, or of the question of the engine's own that was answered; None
            without either.
        ways: what the phrase offers to do about a window that is too small.
        wants_summary: whether the model that is left is to summarise, before anything else.
    """

    intent: Intent
    state: State
    answered_by: ModelCard | None = None
    ask: Message | None = None
    is_again: bool = False
    says: PhraseKey | None = None
    target: ModelCard
    offers: tuple[ModelCard, ...] = ()
    is_task: bool = False
    language: str | None = None
    ways: tuple[Way, ...] = ()
    wants_summary: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """What a turn's command is carried out with.

    Attributes:
        rules: what stays the same.
        history: what was before.
        summary: of that, kept beside the message; None without one.
        way: what the person chose to do about a window that is too small.
    """

    rules: Rules
    history: History
    summary: str | None
    way: Way | None = None

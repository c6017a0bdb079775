"""The fold over the turns that were answered already: which model is active, what was said.

Nothing is stored between two requests.  The state is read off the user messages again each time,
by the same pure function, and is the same however often it is asked.

**Picker against speech.**  A front end resends the model of its picker with every request; it is
the base of the fold.  Nothing in a request says that the picker was moved, except the engine's own
announcements in the history: each names the model that was left.  Where that isn't the model which
the fold has as active at that point, the picker has been moved since the switches before it, and
its word is younger than theirs.  So this switch is void, and so are those before it: the
conversation stands at the base.  (Moving the picker back to where it was shows in the same way.)
With announcements switched off none of this can be seen, and the spoken switches hold.  A client
that knows better may say so: a ``"fourthwall": {"picked": true}`` key on a message means that the
picker was moved after it.  Moved between a tool's call and its result, it counts from the next turn
on: the model that made the calls reads their results.

**What counts as an announcement.**  Text in front of the assistant's content (`Announcer.apply`),
or a ``"fourthwall": {"kind", "from", "to"}`` key on the assistant's message, as `Conversation`
keeps it.  It is looked for in the first assistant message of a turn, and believed only in a turn
whose user message asks for another model, and for the one that it names.  So a model that imitates
an announcement moves nothing.  Where it can't be the engine's, such a text stays as the model's own
words; there are two exceptions, where the engine announces without a command: a failover, in any
turn, and a retired model replaced, in the first.  These are taken out and move nothing.  So what is
taken out is what was put in.  (Only a model that is switched to in silence, and begins its answer
with the very sentence that would have announced it, loses that sentence.)

**Failed commands** ("switch to GPT-9 and write a poem") aren't sent on, and neither are the
engine's answers to them.  If such a turn does carry an announcement, a model answered it then (the
picker stood elsewhere, or the registry was another): then question and answer stay.  A switch that
would be refused today because the conversation is too long, or the model sees no images, was
carried out if it was announced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from fourthwall.chat import Message
from fourthwall.conversation._announcement import Announced, Announcer
from fourthwall.conversation._effects import EFFECTS, Goes
from fourthwall.conversation._history import History, Turn
from fourthwall.conversation._state import Outcome, Rules, State
from fourthwall.conversation._step import step
from fourthwall.conversation._told import told_in
from fourthwall.registry import Registry

__all__ = ["Answered", "Fold"]


@dataclass(frozen=True, slots=True)
class Answered:
    """A turn whose answer is in the history.

    Attributes:
        outcome: what it came to, as its answer bears it out.
        followers: what came after the user message, without the announcement.
    """

    outcome: Outcome
    followers: list[Message]

    def add_to(self, history: History) -> None:
        """Add the turn to what is sent on."""
        outcome = self.outcome
        if outcome.answered_by is not None and outcome.ask is not None:
            history.ask(outcome.ask, is_new=not outcome.is_again)
            history.add(self.followers, made_by=outcome.answered_by.id)
        else:
            history.add_unanswered(self.followers)


@dataclass(frozen=True, slots=True)
class Fold:
    """How a history is folded: by which rules, and whose announcements are recognised."""

    rules: Rules
    announcer: Announcer

    def over(self, turns: Iterable[Turn], state: State, history: History) -> State:
        """Take in turns that were answered; returns the state after them."""
        for turn in turns:
            answered = self.answered(turn, state, history)
            answered.add_to(history)
            state = answered.outcome.state
        return state

    def answered(self, turn: Turn, state: State, history: History) -> Answered:
        """Return what an answered turn came to, ``history`` being what was before it."""
        outcome = step(state, turn.message, self.rules, history)
        told, followers = self._told(turn, outcome)
        if told is not None and outcome.says in ("too_long", "cant_see"):
            outcome = step(state, turn.message, replace(self.rules, insists=True), history)
        if told is not None and EFFECTS[outcome.intent.kind].is_switch:
            outcome = _borne_out(outcome, told, state)
        if _is_picked_in(turn):
            outcome = replace(outcome, state=_at_base(outcome.state))
        if state.first is None and (first := self._first(turn, told)) is not None:
            outcome = replace(outcome, state=replace(outcome.state, first=first))
        return Answered(outcome, followers)

    def _first(self, turn: Turn, told: Announced | None) -> str | None:
        """Return the model that the conversation was on before this turn, if the turn shows it."""
        registry = self.rules.registry
        if told is not None:
            left = told.from_model  # if it is retired, its replacement answered from the beginning
            return registry.current(registry[left]).id if left in registry else left
        makers = (m.get("model") for m in turn.followers if m["role"] == "assistant")
        return next((maker for maker in makers if isinstance(maker, str)), None)

    def _told(self, turn: Turn, outcome: Outcome) -> tuple[Announced | None, list[Message]]:
        """Return the turn's announcement, and the followers without it."""
        followers = list(turn.followers)
        place = next((i for i, m in enumerate(followers) if m["role"] == "assistant"), None)
        if place is None:
            return None, followers
        told, rest = told_in(followers[place], self.announcer)
        if told is None or not self._is_ours(told, turn, outcome):
            return None, followers
        followers[place] = rest
        return told, followers

    def _is_ours(self, found: Announced, turn: Turn, outcome: Outcome) -> bool:
        """Whether the engine can have said this in such a turn."""
        effect = EFFECTS[outcome.intent.kind]
        if found.kind == "failover":
            return True
        if found.from_model == found.to_model:
            # Nothing changes, so nothing is announced but a way back that isn't there.
            return found.kind == outcome.intent.kind == "revert"
        if effect.goes is Goes.TO_TARGET:
            return found.to_model == outcome.target.id
        return effect.is_switch or (turn.is_first and _is_replacement(found, self.rules.registry))


def _is_replacement(found: Announced, registry: Registry) -> bool:
    left = found.from_model
    return left in registry and registry.current(registry[left]).id != registry[left].id


def _is_picked_in(turn: Turn) -> bool:
    """Whether `Conversation` noted that the person picked a model after the turn's message."""
    notes = (message.get("fourthwall") for message in (turn.message, *turn.followers))
    return any(isinstance(note, Mapping) and bool(note.get("picked")) for note in notes)


def _at_base(state: State) -> State:
    return State(
        base=state.base,
        active=state.base,
        question=state.question,
        shortened=state.shortened,
        first=state.first,
    )


def _borne_out(outcome: Outcome, told: Announced, before: State) -> Outcome:
    """Return the outcome of a switch that was announced, as the announcement bears it out."""
    state = outcome.state
    if told.kind != "failover" and told.from_model != before.active.id:
        state = _at_base(state)
    if outcome.ask is None or outcome.answered_by is not None:
        return replace(outcome, state=state)
    # It failed today, and yet a model answered it.
    return replace(
        outcome, state=replace(state, question=outcome.ask), answered_by=state.active, says=None
    )

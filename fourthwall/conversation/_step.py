"""One turn of the state machine: `step(state, message, rules) -> Outcome`, pure.

What a kind does stands in `EFFECTS`; this module applies a row and knows what can go wrong:
nothing to go back to, no question to ask again, a model that isn't allowed.  Whatever goes wrong
leaves the state as it was, and the engine says so.  What the person asked along with it isn't
lost: with no way back the active model answers it, and for want of a model it waits.

A question of the engine's own ("Which one: A or B?") is kept as `Pending` for exactly one
message.  That message may answer it, or be a command that names the model; both carry out the
wish with the question that came with it ("switch to mini and write a poem").  Any other message
lets it lapse.  "Go on" is an answer, too: the active model gets the question.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from fourthwall.chat import Message, content_text
from fourthwall.conversation._background import query_span, quotes_conversation
from fourthwall.conversation._clarify import Answer, read_answer
from fourthwall.conversation._effects import EFFECTS, Effect, Goes, Sends
from fourthwall.conversation._history import (
    has_media,
    with_addition,
    with_text,
    without_private_keys,
)
from fourthwall.conversation._reading import Parser, read_intent
from fourthwall.conversation._replies import PhraseKey, choices
from fourthwall.intent import Intent, Kind
from fourthwall.registry import ModelCard, Registry

__all__ = ["Outcome", "Pending", "Rules", "State", "step"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What stays the same through a whole fold.

    Attributes:
        registry: the models.
        parser: what reads a message.
        allowed: ids of the models that may be switched to; None for all.
    """

    registry: Registry
    parser: Parser
    allowed: frozenset[str] | None = None

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
    """

    wish: Kind
    offers: tuple[ModelCard, ...]
    ask: Message | None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a conversation stands between two turns.

    Attributes:
        base: the model of the request.
        active: the model that answers.
        stack: the models that were active before, the latest last; going back pops.
        question: what a model was asked last, or None.
        pending: the engine's open question, or None.
    """

    base: ModelCard
    active: ModelCard
    stack: tuple[ModelCard, ...] = ()
    question: Message | None = None
    pending: Pending | None = None

    @property
    def previous(self) -> ModelCard | None:
        """The model that going back leads to."""
        return self.stack[-1] if self.stack else None

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


def step(state: State, message: Message, rules: Rules) -> Outcome:
    """Return what a user message does to a conversation."""
    text = content_text(message)
    start, end = query_span(text)
    query = text[start:end]
    if quotes_conversation(query):
        task = _asked(state, _nothing(text), message)
        return replace(task, is_task=True)
    intent = _within(text, start, end, rules.read(query, state))
    if has_media(message) and EFFECTS[intent.kind].is_about_engine:
        intent = _nothing(text)  # "who is this?" asks about the picture
    if intent.kind != "none":
        outcome = _Command(state, message, rules, intent).outcome()
        return replace(outcome, language=intent.language)
    if state.pending is not None:
        answered = _clarified(state, state.pending, query, rules)
        if answered is not None:
            return replace(answered, language=state.pending.language)
    return _asked(state, intent, message)


def _nothing(text: str) -> Intent:
    return Intent(kind="none", remainder=text)


def _within(text: str, start: int, end: int, intent: Intent) -> Intent:
    """Return the intent of ``text``, given that of the person's words in it."""
    if (start, end) == (0, len(text)):
        return intent
    if intent.kind == "none":
        return _nothing(text)
    spans = tuple((first + start, last + start) for first, last in intent.spans)
    is_left = bool(intent.remainder.strip())
    return replace(
        intent,
        remainder=f"{text[:start]}{intent.remainder}{text[end:]}" if is_left else "",
        span=(intent.span[0] + start, intent.span[1] + start),
        spans=spans,
    )


def _asked(state: State, intent: Intent, message: Message) -> Outcome:
    """Return the outcome of an ordinary message."""
    ask = without_private_keys(message)
    return Outcome(
        intent=intent,
        state=State(base=state.base, active=state.active, stack=state.stack, question=ask),
        answered_by=state.active,
        ask=ask,
        target=state.active,
    )


def _clarified(state: State, pending: Pending, text: str, rules: Rules) -> Outcome | None:
    """Return the outcome of an answer to the engine's question, None if it is no answer."""
    named_by = _names_only(state, rules)
    answer = read_answer(text, pending.offers, named_by, language=pending.language)
    calm = replace(state, pending=None)
    if answer.goes_on and pending.ask is not None:
        answer = Answer(cards=(state.active,))
    if answer.cancelled:
        return _said("cancelled", _nothing(text), calm)
    if not answer.cards:
        return None
    span = (0, len(text))
    read = Intent(
        kind="ambiguous",
        wish=pending.wish,
        span=span,
        spans=(span,),
        named=text,
        language=pending.language,
    )
    if len(answer.cards) > 1:
        asked_again = replace(pending, offers=answer.cards)
        outcome = _said("ambiguous", replace(read, candidates=answer.cards), calm)
        return replace(
            outcome, state=replace(calm, pending=asked_again), offers=answer.cards, ask=pending.ask
        )
    (card,) = answer.cards
    wish: Kind = "switch" if pending.wish == "once" and pending.ask is None else pending.wish
    remainder = content_text(pending.ask) if pending.ask is not None else ""
    chosen = replace(read, kind=wish, wish=wish, target=card, remainder=remainder)
    return _Command(state, pending.ask, rules, chosen).outcome()


def _names_only(state: State, rules: Rules) -> Callable[[str], ModelCard | None]:
    """Return what tells the model that a command names, if it says nothing else."""

    def named_by(command: str) -> ModelCard | None:
        intent = rules.read(command, state)
        plain = intent.kind == "switch" and not intent.remainder.strip()
        return intent.target if plain else None

    return named_by


def _said(says: PhraseKey, intent: Intent, state: State) -> Outcome:
    return Outcome(intent=intent, state=state, says=says, target=state.active)


@dataclass(frozen=True, slots=True)
class _Command:
    """A command on its way to an outcome.

    ``message`` is where its remainder stands: the person's message, or the one that the engine's
    question was about.
    """

    state: State
    message: Message | None
    rules: Rules
    intent: Intent

    @property
    def effect(self) -> Effect:
        return EFFECTS[self.intent.kind]

    def outcome(self) -> Outcome:
        """Return what comes of it."""
        if self.effect.says is not None:
            return self._answered_by_engine(self.effect.says)
        target = self._target()
        ask, is_again = self._ask()
        if (refusal := self._refusal(target, ask)) is not None:
            return self._refused(refusal, target, ask)
        moved = self.state.moved(target, self.effect.goes) if self.effect.stays else self.state
        state = replace(moved, pending=None)
        if ask is None:
            # A command and nothing else: said, not asked.
            says: PhraseKey = "ready"
            if target.id == self.state.active.id:
                is_replaced = self.effect.goes is Goes.TO_TARGET and self.intent.asked_for
                says = "already_replaced" if is_replaced else "already_here"
            return Outcome(intent=self.intent, state=state, says=says, target=target)
        return Outcome(
            intent=self.intent,
            state=replace(state, question=ask),
            answered_by=target,
            ask=ask,
            is_again=is_again,
            target=target,
        )

    def _target(self) -> ModelCard:
        state = self.state
        wanted = {
            Goes.NOWHERE: None,
            Goes.TO_TARGET: self.intent.target,
            Goes.BACK: state.previous,
            Goes.TO_BASE: state.base,
        }[self.effect.goes]
        return self.rules.registry.current(wanted) if wanted is not None else state.active

    def _ask(self) -> tuple[Message | None, bool]:
        """Return what a model is asked, and whether it is the last question unchanged."""
        own, waiting = self._remainder(), self._waiting()
        if self.effect.sends is not Sends.QUESTION_AGAIN:
            return own or waiting, False
        if waiting is not None:
            # The question that couldn't be asked for want of a model is the one meant.
            return waiting, False
        if own is not None and self.state.question is not None:
            return with_addition(self.state.question, own), False
        return self.state.question, True

    def _remainder(self) -> Message | None:
        """Return the person's message without the command; None if nothing is left."""
        if self.message is None:
            return None
        if self.intent.remainder.strip() or has_media(self.message):
            return with_text(self.message, self.intent.remainder)
        return None

    def _waiting(self) -> Message | None:
        """Return the question that came with the wish which the engine asked back about."""
        pending = self.state.pending
        named = self.effect.goes is Goes.TO_TARGET or self.effect.asks_back
        # What comes with the wish to ask again is an addition, not a question.
        if pending is None or pending.wish == "retry" or not named:
            return None
        return pending.ask

    def _refusal(self, target: ModelCard, ask: Message | None) -> PhraseKey | None:
        if self.effect.goes is Goes.BACK and self.state.previous is None and ask is None:
            return "nothing_to_revert"
        if not self.rules.allows(target, self.state):
            return "declined"
        if ask is None and self.effect.sends is Sends.QUESTION_AGAIN:
            return "nothing_to_retry"
        if ask is None and self.intent.kind == "once":
            return "nothing_to_answer"
        return None

    def _refused(self, says: PhraseKey, target: ModelCard, ask: Message | None) -> Outcome:
        if says == "declined":
            return self._asking_back(says, target, self.intent.kind, ask)
        state = replace(self.state, pending=None)
        return Outcome(intent=self.intent, state=state, says=says, ask=ask, target=target)

    def _answered_by_engine(self, says: PhraseKey) -> Outcome:
        if self.effect.asks_back:
            ask = self._remainder() or self._waiting()
            return self._asking_back(says, self.state.active, self.intent.wish, ask)
        return _said(says, self.intent, replace(self.state, pending=None))

    def _asking_back(
        self, says: PhraseKey, target: ModelCard, wish: Kind, ask: Message | None
    ) -> Outcome:
        """Return the outcome of a wish that lacks its model: offers, and a question kept open."""
        rules = self.rules
        intent, active = self.intent, self.state.active
        wanted = (target,) if says == "declined" else intent.candidates
        if says == "unknown_model":  # it stays anyway
            wanted = tuple(card for card in wanted if card.id != active.id) or wanted
        offers = choices(wanted, rules.registry, rules.allowed, active, intent.named)
        if EFFECTS[wish].goes is not Goes.TO_TARGET:
            wish = "switch"
        pending = Pending(wish=wish, offers=offers, ask=ask, language=intent.language)
        return Outcome(
            intent=self.intent,
            state=replace(self.state, pending=pending),
            says=says,
            ask=ask,
            target=target,
            offers=offers,
        )

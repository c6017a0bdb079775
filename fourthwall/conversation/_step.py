"""One turn of the state machine: `step(state, message, rules) -> Outcome`, pure.

What a kind does stands in `EFFECTS`; this module applies a row and knows what can go wrong:
nothing to go back to, no question to ask again, a model that isn't allowed.  Whatever goes wrong
leaves the state as it was, and the engine says so.  What the person asked along with it isn't
lost: with no way back the active model answers it, and for want of a model it waits.

A question of the engine's own ("Which one: A or B?") is kept as `Pending` for exactly one
message.  That message may answer it, or be a command that names the model; both carry out the
wish with the question that came with it ("switch to mini and write a poem").  Any other message
lets it lapse.  "Go on" is an answer, too: the active model gets the question.

**What can't be read isn't switched to.**  A model whose window is too small for the conversation is
refused, with a question of its own: stay, leave the oldest messages out, or have the model that is
active summarise.  So is a model without eyes, if the very question is about an image.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from fourthwall.chat import Message, content_text, image_count
from fourthwall.conversation._background import query_span, quotes_conversation
from fourthwall.conversation._clarify import Answer, read_answer, read_way
from fourthwall.conversation._effects import EFFECTS, Effect, Goes, Sends
from fourthwall.conversation._history import (
    History,
    has_media,
    with_addition,
    with_text,
    without_private_keys,
)
from fourthwall.conversation._replies import PhraseKey, choices, seeing
from fourthwall.conversation._size import Size
from fourthwall.conversation._state import Outcome, Pending, Rules, Setting, State
from fourthwall.intent import Intent, Kind
from fourthwall.registry import ModelCard

__all__ = ["step"]


def step(state: State, message: Message, rules: Rules, history: History) -> Outcome:
    """Return what a user message does to a conversation; ``history`` is all that was before it."""
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
        setting = Setting(rules, history, _summary_in(message))
        outcome = _Command(state, message, setting, intent).outcome()
        return replace(outcome, language=intent.language)
    if state.pending is not None:
        setting = Setting(rules, history, _summary_in(message))
        answered = _clarified(state, state.pending, query, setting)
        if answered is not None:
            return replace(answered, language=state.pending.language)
    return _asked(state, intent, message)


def _summary_in(message: Message) -> str | None:
    note = message.get("fourthwall")
    summary = note.get("summary") if isinstance(note, Mapping) else None
    return summary if isinstance(summary, str) and summary.strip() else None


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
        state=replace(state, question=ask, pending=None),
        answered_by=state.active,
        ask=ask,
        target=state.active,
    )


def _clarified(state: State, pending: Pending, text: str, setting: Setting) -> Outcome | None:
    """Return the outcome of an answer to the engine's question, None if it is no answer."""
    way = read_way(text, pending.ways, language=pending.language)
    if way is not None:
        return _on_the_way(state, pending, text, replace(setting, way=way))
    named_by = _names_only(state, setting.rules)
    answer = read_answer(text, pending.offers, named_by, language=pending.language)
    calm = replace(state, pending=None)
    if answer.goes_on and pending.ask is not None:
        answer = Answer(cards=(state.active,))
    if answer.cancelled or (answer.goes_on and not answer.cards and pending.ways):
        return _said("cancelled", _nothing(text), calm)
    if not answer.cards:
        return None
    read = _answering(pending, text)
    if len(answer.cards) > 1:
        asked_again = replace(pending, offers=answer.cards)
        outcome = _said("ambiguous", replace(read, candidates=answer.cards), calm)
        return replace(
            outcome, state=replace(calm, pending=asked_again), offers=answer.cards, ask=pending.ask
        )
    return _carried_out(state, pending, replace(read, target=answer.cards[0]), setting)


def _answering(pending: Pending, text: str) -> Intent:
    """Return the intent of a message that answers a question, with nothing chosen yet."""
    span = (0, len(text))
    return Intent(
        kind="ambiguous",
        wish=pending.wish,
        span=span,
        spans=(span,),
        named=text,
        language=pending.language,
    )


def _carried_out(state: State, pending: Pending, chosen: Intent, setting: Setting) -> Outcome:
    """Return the outcome of the wish that waited, now that its model is known."""
    wish: Kind = "switch" if pending.wish == "once" and pending.ask is None else pending.wish
    remainder = content_text(pending.ask) if pending.ask is not None else ""
    intent = replace(chosen, kind=wish, wish=wish, remainder=remainder)
    return _Command(state, pending.ask, setting, intent).outcome()


def _on_the_way(state: State, pending: Pending, text: str, setting: Setting) -> Outcome:
    """Return the outcome of a choice about a window that is too small."""
    read = _answering(pending, text)
    if setting.way != "stay":
        return _carried_out(state, pending, replace(read, target=pending.target), setting)
    if pending.ask is not None:
        return _carried_out(state, pending, replace(read, target=state.active), setting)
    return _said("cancelled", _nothing(text), replace(state, pending=None))


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
    setting: Setting
    intent: Intent

    @property
    def effect(self) -> Effect:
        return EFFECTS[self.intent.kind]

    @property
    def rules(self) -> Rules:
        return self.setting.rules

    def outcome(self) -> Outcome:
        """Return what comes of it."""
        if self.effect.says is not None:
            return self._answered_by_engine(self.effect.says)
        target = self._target()
        ask, is_again = self._ask()
        if (refusal := self._refusal(target, ask)) is not None:
            return self._refused(refusal, target, ask)
        size = Size(self.state, self.setting, target, ask, is_again=is_again)
        if not size.is_accepted:
            return self._too_long(size, target, ask, is_again=is_again)
        moved = self.state.moved(target, self.effect.goes) if self.effect.stays else self.state
        state = replace(size.agreed(moved), pending=None)
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
        if ask is not None and self._is_blind(target, ask) and self._seeing(target):
            return "cant_see"
        return None

    def _is_blind(self, target: ModelCard, ask: Message) -> bool:
        """Whether the question is about an image, and another model couldn't see it."""
        moves = target.id != self.state.active.id and not self.rules.insists
        return moves and target.vision is False and image_count(ask) > 0

    def _seeing(self, target: ModelCard) -> tuple[ModelCard, ...]:
        return seeing(target, self.rules.registry, self.rules.allowed, self.state.active)

    def _too_long(
        self, size: Size, target: ModelCard, ask: Message | None, *, is_again: bool
    ) -> Outcome:
        """Return the outcome of a wish for a model that can't read the conversation."""
        pending = Pending(
            wish=self.intent.kind if self.effect.goes is Goes.TO_TARGET else "switch",
            offers=(),
            ask=self._remainder() if self.intent.kind == "retry" else ask,
            language=self.intent.language,
            target=target,
            ways=size.ways,
        )
        return Outcome(
            intent=self.intent,
            state=replace(self.state, pending=pending),
            says="too_long",
            ask=ask,
            is_again=is_again,
            target=target,
            ways=size.ways,
            wants_summary=size.wants_summary,
        )

    def _refused(self, says: PhraseKey, target: ModelCard, ask: Message | None) -> Outcome:
        if says in ("declined", "cant_see"):
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
        """Return the outcome of a wish that lacks its model: offers, and a question kept open.

        The last question isn't kept: the wish to ask it again brings it along.
        """
        rules = self.rules
        intent, active = self.intent, self.state.active
        wanted = intent.candidates
        if says == "declined":
            wanted = (target,)
        elif says == "cant_see":
            wanted = self._seeing(target)
        elif says == "unknown_model":  # it stays anyway
            wanted = tuple(card for card in wanted if card.id != active.id) or wanted
        offers = choices(wanted, rules.registry, rules.allowed, active, intent.named)
        if EFFECTS[wish].goes is not Goes.TO_TARGET:
            wish = "switch"
        kept = self._remainder() if wish == "retry" else ask
        pending = Pending(wish=wish, offers=offers, ask=kept, language=intent.language)
        return Outcome(
            intent=self.intent,
            state=replace(self.state, pending=pending),
            says=says,
            ask=ask,
            target=target,
            offers=offers,
        )

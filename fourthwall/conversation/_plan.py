"""`plan`: what is to be done about a conversation's last message.

**Asking again.**  The model of a ``retry`` gets the history up to and including the question: not
the earlier answer, which would colour its own, and not the command.  In later turns the history
reads question, old answer, question again, new answer, so that "compare the two" can be answered.
The one request is a prefix of the other.  What the retry's tools bring goes to that retry as it was
asked, without the old answer; in later turns it stands with the new one.  A retry that adds
something ("... but shorter") speaks about the old answer, so there all of the history is sent, and
the question with the addition.

**Tool loops.**  A history that ends in an assistant or tool message holds no new command: the
model that was answering goes on, also that of a ``once``, also if another has been picked since.
Results that come after a command are still read by the model that called, and the switch holds
from the next turn on.  A command while nothing has come interrupts the calls: the person has gone
on to something else, and whoever answers is told that there is no result.

**What doesn't fit.**  A model whose window is known and too small for the conversation isn't
switched to: the person hears how large both are and may stay, have the oldest messages left out
for that model, or have the model that is active summarise them.  The next message chooses, and the
fold reads the choice again each time.  A summary needs somebody who asks a model for it and keeps
it: `Plan.summary` says what to ask, and how to go on.  A caller who keeps nothing beside a message
(a gateway whose clients send plain histories) leaves `summarises` off, and isn't offered it.

**Identity.**  A model that joined later may be told who it is by a line behind the system text, the
same one for as long as the conversation lasts, so that requests stay beginnings of each other.
The model that the conversation began with never gets one.

**Language.**  What the engine says in a turn is worded in the language of that turn's command, or
of the command that its question came from; in English where there is none.  A caller who names a
language always gets that one.

**Front ends' own requests** (see `_background`) are answered without a word from the engine, by
the request's model: there is no earlier turn in them that could have changed it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fourthwall.chat import Message, Switch, SwitchImpact, check_messages, is_for_program
from fourthwall.conversation._announcement import Announcer
from fourthwall.conversation._clarify import Way
from fourthwall.conversation._effects import EFFECTS
from fourthwall.conversation._fit import Room, summary_question
from fourthwall.conversation._fold import Fold
from fourthwall.conversation._history import History, Turn, split_turns, without_private_keys
from fourthwall.conversation._impact import Reading, impact_of
from fourthwall.conversation._phrases import FALLBACK, known_language
from fourthwall.conversation._reading import Parser
from fourthwall.conversation._replies import (
    PhraseKey,
    TooLong,
    is_description,
    listing,
    phrases_for,
    seller,
)
from fourthwall.conversation._state import Outcome, Overflow, Rules, State
from fourthwall.conversation._step import step
from fourthwall.errors import RequestError
from fourthwall.intent import Intent, parse
from fourthwall.registry import ModelCard, Registry

__all__ = ["Plan", "Summary", "plan"]

_NO_COMMAND = Intent(kind="none")

_IDENTITY: Final = (
    "You are {model} ({provider}). You joined this conversation after it began: answers before "
    "yours may come from other models."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A summary that is wanted before a switch can be made, because the rest doesn't fit.

    To go on: ask `by`, then plan again with `kept_beside` in place of the last user message, now
    and in every later request.

    Attributes:
        by: who is to write it: the model that is left, which can still read everything.
        messages: what it is sent, as `Plan.attributed`.
        max_tokens: how long it may be.
    """

    by: ModelCard
    messages: list[Message]
    max_tokens: int

    def kept_beside(self, message: Message, text: str) -> dict[str, Any]:
        """Return the user's message with the summary beside it; it reaches no model as it is."""
        note = message.get("fourthwall")
        kept = note if isinstance(note, Mapping) else {}
        return {**message, "fourthwall": {**kept, "summary": text}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done about the last message.

    Attributes:
        intent: what the last user message asks of the engine.
        active: the model that is active after this turn.
        previous: the model that going back would lead to, or None.
        answered_by: the model that answers this turn; None where the engine answers itself.
        messages: what that model is sent, OpenAI's shape; empty where the engine answers.
        attributed: the same, with the id of its maker under ``model`` of each assistant message
            that is known, and of a line that only that model is told.  `build_request` can make
            more of it.
        switch: the change of model in this turn, or None.  A way back that isn't there is a
            ``revert`` from a model to itself.
        impact: what the change costs; also of one that isn't made because it doesn't fit.
        offers: what can be done if it doesn't fit, in order; the next message may choose.
        summary: what has to be asked first, where the conversation is to be summarised; who
            can't do that says `reply`.
        announcement: how the switch is told to the person; None without one, or if silent.
        announce_in_content: whether the announcement may stand in front of the answer's text;
            False where a program reads it (see `is_for_program`).
        reply: the engine's own answer, with the announcement in front where it may stand there;
            None where a model answers.
        reply_body: the same without the announcement.
        language: what the engine's own words are worded in this turn, ISO 639-1.
    """

    intent: Intent
    active: ModelCard
    previous: ModelCard | None = None
    answered_by: ModelCard | None = None
    messages: list[Message]
    attributed: list[Message]
    switch: Switch | None = None
    impact: SwitchImpact | None = None
    offers: tuple[Way, ...] = ()
    summary: Summary | None = None
    announcement: str | None = None
    announce_in_content: bool = False
    reply: str | None = None
    reply_body: str | None = None
    language: str = FALLBACK


def plan(
    *,
    model: str,
    messages: Sequence[Message],
    registry: Registry,
    announce: bool = True,
    response_format: Mapping[str, Any] | None = None,
    tool_choice: Any = None,
    language: str | None = None,
    announcer: Announcer | None = None,
    allowed: Collection[str] | None = None,
    parser: Parser = parse,
    tools: Sequence[Mapping[str, Any]] = (),
    max_tokens: int | None = None,
    overflow: Overflow = "ask",
    summarises: bool = False,
    identity: bool = False,
) -> Plan:
    """Fold a conversation and say what its last message comes to.

    Pure: the same arguments give the same plan, and no message is changed.

    Args:
        model: the model of the request, an id or alias.  Once it is retired, its replacement
            answers, and the first turn says so.
        messages: the whole conversation in OpenAI's shape, at least one message.
        registry: the models.
        announce: whether switches are told to the person.
        response_format: OpenAI's; with JSON demanded the announcement stays out of the content.
        tool_choice: OpenAI's; with a tool forced the announcement stays out of the content.
        language: of announcements and the engine's own answers, ISO 639-1; None for that of the
            command.
        announcer: words announcements and recognises them; a plain `Announcer` if left out.  One
            with a language of its own keeps to it.
        allowed: ids of the models that may be switched to; None for all.  The request's own
            model always is.
        parser: what reads the user messages; must be pure.
        tools: OpenAI's definitions of the tools that the request offers; they take room, too.
        max_tokens: how long an answer the request allows; some 4,000 tokens are kept free if it
            doesn't say.
        overflow: what becomes of a switch to a model whose window is too small: ``ask`` the
            person, ``trim`` the oldest messages, or have them summarised (``summarise``).  With
            ``trim``, so is a conversation that outgrows its model.
        summarises: whether the caller carries out `Plan.summary`, so that it can be offered.
        identity: whether a model that joined later is told who it is.

    Raises:
        UnknownModelError: ``model`` isn't in the registry.
        RequestError: ``messages`` is empty, or a message isn't one; names the message.
            ``overflow`` is none of the three.
        ConfigurationError: there are no announcements in ``language``.

    Example:
        >>> from fourthwall.registry import ModelCard, Registry
        >>> registry = Registry([ModelCard(id="gpt-4o", provider="openai")])
        >>> hello = [{"role": "user", "content": "Hello!"}]
        >>> plan(model="gpt-4o", messages=hello, registry=registry).answered_by.id
        'gpt-4o'
    """
    check_messages(messages)
    if not messages:
        raise RequestError(
            "'messages' is empty", param="messages", remedy="Send at least one message."
        )
    if overflow not in ("ask", "trim", "summarise"):
        raise RequestError("'overflow' must be 'ask', 'trim' or 'summarise'", param="overflow")
    rules = Rules(
        registry=registry,
        parser=parser,
        allowed=None if allowed is None else frozenset(allowed),
        room=Room(tools=tools, max_tokens=max_tokens),
        overflow=overflow,
        summarises=summarises,
    )
    planner = _Planner(
        picked=registry[model],
        fold=Fold(rules, announcer or Announcer(registry, language=language)),
        announces=announce,
        is_text=not is_for_program(response_format, tool_choice),
        language=language,
        identifies=identity,
    )
    leading, turns = split_turns(messages)
    return planner.plan(History(leading), turns)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planner:
    """Folds the turns before the last and plans for the last.

    Attributes:
        picked: the model that the request names, retired or not.
        fold: how the history is read.
        announces: whether switches are told.
        is_text: whether a person reads the content.
        language: of the engine's own words; None for that of the command.
        identifies: whether a model that joined later is told who it is.
    """

    picked: ModelCard
    fold: Fold
    announces: bool
    is_text: bool
    language: str | None
    identifies: bool

    def plan(self, history: History, turns: Sequence[Turn]) -> Plan:
        """Plan for the last of the turns."""
        base = self.fold.rules.registry.current(self.picked)
        state = self.fold.over(turns[:-1], State(base=base, active=base), history)
        if not turns:
            return self._sends_on(state, state.active, history, None)
        if turns[-1].is_answered:
            return self._goes_on(turns[-1], state, history)
        return self._answers(turns[-1], state, history)

    def _goes_on(self, turn: Turn, state: State, history: History) -> Plan:
        """Plan for a turn whose answer has begun."""
        answered = self.fold.answered(turn, state, history)
        outcome = answered.outcome
        model = self._answering(turn, state, history)
        model = model or outcome.answered_by or outcome.state.active
        if outcome.is_again:
            # On from what the model was sent: the question, not the old answer.
            history = history.up_to_question()
            history.add(answered.followers, made_by=model.id)
        else:
            answered.add_to(history)
        if outcome.state.question is None:
            return self._says(outcome, "ready", _Change())
        return self._sends_on(outcome.state, model, history, outcome.language)

    def _answering(self, turn: Turn, state: State, history: History) -> ModelCard | None:
        """Return the model that has begun to answer, if the messages say which.

        It reads the results of its calls, whatever has been picked or said since: its signed
        reasoning goes with them.  Results may come late, after the message that they were
        waiting behind; then the calls are in ``history``.
        """
        rules = self.fold.rules
        makers = (m.get("model") for m in reversed(turn.followers) if m["role"] == "assistant")
        maker = next((maker for maker in makers if isinstance(maker, str)), None)
        last = turn.followers[-1]
        if last["role"] == "tool":
            maker = history.caller(last.get("tool_call_id")) or maker
        model = None if maker is None else rules.registry.get(maker)
        return model if model is not None and rules.allows(model, state) else None

    def _sends_on(
        self, state: State, model: ModelCard, history: History, spoken: str | None
    ) -> Plan:
        """Return the plan for a model that goes on with what it was doing."""
        attributed = self._sent(history, model, state)
        return Plan(
            intent=_NO_COMMAND,
            active=state.active,
            previous=state.previous,
            answered_by=model,
            messages=_plain(attributed),
            attributed=attributed,
            language=self._language(spoken),
        )

    def _sent(self, history: History, model: ModelCard, state: State) -> list[Message]:
        """Return what a model is sent of a conversation."""
        sent = history.attributed_to(model.id)
        if (shown := self.fold.rules.view(history, model, state)) is not None:
            sent = shown.of(sent)
        if self.identifies and model.id != (state.first or state.base.id):
            said = _IDENTITY.format(model=model.label, provider=seller(model))
            sent.insert(_system_end(sent), {"role": "system", "content": said, "model": model.id})
        return sent

    def _answers(self, turn: Turn, state: State, history: History) -> Plan:
        """Plan for a turn that waits for its answer."""
        outcome = step(state, turn.message, self.fold.rules, history)
        change = self._change(turn, state, outcome, history)
        if outcome.answered_by is None or outcome.ask is None:
            return self._says(outcome, outcome.says or "ready", change)
        announcement = self._announcement(change.switch, outcome)
        if outcome.is_again:
            history = history.up_to_question()
        else:
            history.ask(outcome.ask)
            history.add(turn.followers)
        attributed = self._sent(history, outcome.answered_by, outcome.state)
        return Plan(
            intent=outcome.intent,
            active=outcome.state.active,
            previous=outcome.state.previous,
            answered_by=outcome.answered_by,
            messages=_plain(attributed),
            attributed=attributed,
            switch=change.switch,
            impact=change.impact,
            announcement=announcement,
            announce_in_content=announcement is not None and self.is_text,
            language=self._language(outcome.language),
        )

    def _change(self, turn: Turn, state: State, outcome: Outcome, history: History) -> _Change:
        """Return the change of model that the turn makes, or would make if it fitted."""
        left, taken, asked_for = state.active, outcome.target, outcome.intent.asked_for
        kind = outcome.intent.kind
        if outcome.says == "too_long":
            impact = self._impact(left, outcome, history)
            summary = self._summary(left, taken, state, history) if outcome.wants_summary else None
            return _Change(impact=impact, summary=summary)
        if outcome.says not in (None, "ready") or outcome.is_task:
            return _Change()
        if not EFFECTS[kind].is_switch and turn.is_first:
            # The first turn says so if the request's own model is retired.
            kind, left, asked_for = "switch", self.picked, self.picked
        if left.id == taken.id:
            is_stuck = kind == "revert" and state.previous is None
            return _Change(
                Switch(kind=kind, from_model=left.id, to_model=left.id) if is_stuck else None
            )
        named = asked_for or outcome.intent.target
        impact = self._impact(left, outcome, history)
        switch = Switch(
            kind=kind,
            from_model=left.id,
            to_model=taken.id,
            asked_for=named.id if named is not None and named.id != taken.id else None,
            impact=impact,
        )
        return _Change(switch, impact)

    def _impact(self, left: ModelCard, outcome: Outcome, history: History) -> SwitchImpact:
        """Return what it costs that the outcome's target reads on."""
        rules, taken = self.fold.rules, outcome.target
        is_again = outcome.is_again
        whole = history.up_to_question() if is_again else history.with_question(outcome.ask)
        shown = rules.view(whole, taken, outcome.state)
        quarters = whole.sums[-1] if shown is None else shown.quarters
        reading = Reading(
            messages=whole.messages if shown is None else shown.of(whole.messages),
            quarters=quarters,
            asked=0 if is_again else whole.sums[-1] - whole.sums[-2],
            left_out=max(0, whole.sums[-1] - quarters),
            room=rules.room,
        )
        return impact_of(left, taken, reading)

    def _summary(
        self, left: ModelCard, taken: ModelCard, state: State, history: History
    ) -> Summary | None:
        limit = self.fold.rules.room.quarters_for_messages(taken) or 0
        question, max_tokens = summary_question(left, limit)
        messages = [*self._sent(history, left, state), question]
        return Summary(by=left, messages=messages, max_tokens=max_tokens)

    def _language(self, spoken: str | None) -> str:
        """Return what the engine speaks, given the language of the command."""
        return known_language(self.language or spoken) or FALLBACK

    def _announcement(self, switch: Switch | None, outcome: Outcome) -> str | None:
        if switch is None or not self.announces:
            return None
        return self.fold.announcer.speaking(self._language(outcome.language)).text(switch)

    def _says(self, outcome: Outcome, says: PhraseKey, change: _Change) -> Plan:
        """Return the plan for a turn that the engine answers by itself."""
        announcement = self._announcement(change.switch, outcome)
        named, language = outcome.intent.named, self._language(outcome.language)
        if says == "ready" and announcement is None:
            says = "now_talking"
        if says == "unknown_model" and is_description(named, outcome.language):
            says = "nothing_fits"
        rules, state = self.fold.rules, outcome.state
        body = phrases_for(language).say(
            says,
            active=state.active,
            target=outcome.intent.asked_for or outcome.target,
            named=named,
            offers=outcome.offers,
            menu=listing(rules.registry, rules.allowed),
            waits=state.pending is not None and state.pending.ask is not None,
            too_long=_too_long(outcome, change.impact),
        )
        in_front = announcement if self.is_text else None
        return Plan(
            intent=outcome.intent,
            active=state.active,
            previous=state.previous,
            messages=[],
            attributed=[],
            switch=change.switch,
            impact=change.impact,
            offers=outcome.ways,
            summary=change.summary,
            announcement=announcement,
            announce_in_content=in_front is not None,
            reply=self.fold.announcer.apply(in_front, body) if in_front else body,
            reply_body=body,
            language=language,
        )


@dataclass(frozen=True, slots=True)
class _Change:
    """The change of model in a turn, what it costs, and what has to be asked before it."""

    switch: Switch | None = None
    impact: SwitchImpact | None = None
    summary: Summary | None = None


def _plain(messages: Sequence[Message]) -> list[Message]:
    """Return messages without their makers."""
    return [without_private_keys(message) for message in messages]


def _system_end(messages: Sequence[Message]) -> int:
    """Return how many messages of system text stand in front."""
    roles = (message["role"] for message in messages)
    return next(
        (n for n, role in enumerate(roles) if role not in ("system", "developer")), len(messages)
    )


def _too_long(outcome: Outcome, impact: SwitchImpact | None) -> TooLong | None:
    """Return why the outcome's target can't read the conversation, if that is what is said."""
    if outcome.says != "too_long" or impact is None:
        return None
    return TooLong(size=impact.prompt_tokens, window=impact.context_after or 0, ways=outcome.ways)

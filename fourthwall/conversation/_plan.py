"""`plan`: what is to be done about a conversation's last message.

**Asking again.**  The model of a ``retry`` gets the history up to and including the question: not
the earlier answer, which would colour its own, and not the command.  In later turns the history
reads question, old answer, question again, new answer, so that "compare the two" can be answered.
The one request is a prefix of the other.  What the retry's tools bring goes to that retry as it was
asked, without the old answer; in later turns it stands with the new one.  A retry that adds
something ("... but shorter") speaks about the old answer, so there all of the history is sent, and
the question with the addition.

**Tool loops.**  A history that ends in an assistant or tool message holds no new command: the
model that was answering goes on, also that of a ``once``.

**Language.**  What the engine says in a turn is worded in the language of that turn's command, or
of the command that its question came from; in English where there is none.  A caller who names a
language always gets that one.

**Front ends' own requests** (see `_background`) are answered without a word from the engine, by
the request's model: there is no earlier turn in them that could have changed it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fourthwall.chat import Message, Switch, check_messages, is_for_program
from fourthwall.conversation._announcement import Announcer
from fourthwall.conversation._effects import EFFECTS
from fourthwall.conversation._fold import Fold
from fourthwall.conversation._history import History, Turn, split_turns
from fourthwall.conversation._impact import impact_of
from fourthwall.conversation._phrases import FALLBACK, known_language
from fourthwall.conversation._reading import Parser
from fourthwall.conversation._replies import PhraseKey, is_description, listing, phrases_for
from fourthwall.conversation._step import Outcome, Rules, State, step
from fourthwall.errors import RequestError
from fourthwall.intent import Intent, parse
from fourthwall.registry import ModelCard, Registry

__all__ = ["Plan", "plan"]

_NO_COMMAND = Intent(kind="none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done about the last message.

    Attributes:
        intent: what the last user message asks of the engine.
        active: the model that is active after this turn.
        previous: the model that going back would lead to, or None.
        answered_by: the model that answers this turn; None where the engine answers itself.
        messages: what that model is sent, OpenAI's shape; empty where the engine answers.
        switch: the change of model in this turn, or None.  A way back that isn't there is a
            ``revert`` from a model to itself.
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
    switch: Switch | None = None
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

    Raises:
        UnknownModelError: ``model`` isn't in the registry.
        RequestError: ``messages`` is empty, or a message isn't one; names the message.
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
    rules = Rules(
        registry=registry, parser=parser, allowed=None if allowed is None else frozenset(allowed)
    )
    planner = _Planner(
        picked=registry[model],
        fold=Fold(rules, announcer or Announcer(registry, language=language)),
        announces=announce,
        is_text=not is_for_program(response_format, tool_choice),
        language=language,
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
    """

    picked: ModelCard
    fold: Fold
    announces: bool
    is_text: bool
    language: str | None

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
        answered = self.fold.answered(turn, state)
        outcome = answered.outcome
        model = outcome.answered_by or outcome.state.active
        if outcome.is_again:
            # On from what the model was sent: the question, not the old answer.
            history = history.up_to_question()
            history.add(answered.followers, made_by=model.id)
        else:
            answered.add_to(history)
        if outcome.state.question is None:
            return self._says(outcome, "ready", None)
        return self._sends_on(outcome.state, model, history, outcome.language)

    def _sends_on(
        self, state: State, model: ModelCard, history: History, spoken: str | None
    ) -> Plan:
        """Return the plan for a model that goes on with what it was doing."""
        return Plan(
            intent=_NO_COMMAND,
            active=state.active,
            previous=state.previous,
            answered_by=model,
            messages=history.sent_to(model.id),
            language=self._language(spoken),
        )

    def _answers(self, turn: Turn, state: State, history: History) -> Plan:
        """Plan for a turn that waits for its answer."""
        outcome = step(state, turn.message, self.fold.rules)
        switch = self._switch(turn, state, outcome, history)
        if outcome.answered_by is None or outcome.ask is None:
            return self._says(outcome, outcome.says or "ready", switch)
        announcement = self._announcement(switch, outcome)
        if outcome.is_again:
            history = history.up_to_question()
        else:
            history.ask(outcome.ask)
            history.add(turn.followers)
        return Plan(
            intent=outcome.intent,
            active=outcome.state.active,
            previous=outcome.state.previous,
            answered_by=outcome.answered_by,
            messages=history.sent_to(outcome.answered_by.id),
            switch=switch,
            announcement=announcement,
            announce_in_content=announcement is not None and self.is_text,
            language=self._language(outcome.language),
        )

    def _switch(
        self, turn: Turn, state: State, outcome: Outcome, history: History
    ) -> Switch | None:
        """Return the change of model, if the turn makes one."""
        left, taken, asked_for = state.active, outcome.target, outcome.intent.asked_for
        kind = outcome.intent.kind
        if outcome.says not in (None, "ready") or outcome.is_task:
            return None
        if not EFFECTS[kind].is_switch and turn.is_first:
            # The first turn says so if the request's own model is retired.
            kind, left, asked_for = "switch", self.picked, self.picked
        if left.id == taken.id:
            is_stuck = kind == "revert" and state.previous is None
            return Switch(kind=kind, from_model=left.id, to_model=left.id) if is_stuck else None
        named = asked_for or outcome.intent.target
        read = [*history.sent_to(taken.id), outcome.ask or turn.message]
        return Switch(
            kind=kind,
            from_model=left.id,
            to_model=taken.id,
            asked_for=named.id if named is not None and named.id != taken.id else None,
            impact=impact_of(left, taken, read),
        )

    def _language(self, spoken: str | None) -> str:
        """Return what the engine speaks, given the language of the command."""
        return known_language(self.language or spoken) or FALLBACK

    def _announcement(self, switch: Switch | None, outcome: Outcome) -> str | None:
        if switch is None or not self.announces:
            return None
        return self.fold.announcer.speaking(self._language(outcome.language)).text(switch)

    def _says(self, outcome: Outcome, says: PhraseKey, switch: Switch | None) -> Plan:
        """Return the plan for a turn that the engine answers by itself."""
        announcement = self._announcement(switch, outcome)
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
            waits=outcome.ask is not None,
        )
        in_front = announcement if self.is_text else None
        return Plan(
            intent=outcome.intent,
            active=state.active,
            previous=state.previous,
            messages=[],
            switch=switch,
            announcement=announcement,
            announce_in_content=in_front is not None,
            reply=self.fold.announcer.apply(in_front, body) if in_front else body,
            reply_body=body,
            language=language,
        )

"""What the sync and the async conversation share: everything but the waiting."""

from __future__ import annotations

import copy
import os
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any, Final, Self, TypeAlias, get_args

from fourthwall.backends import (
    Backend,
    Backends,
    OfflineBackend,
    RetryPolicy,
    Timeouts,
    backends_for,
    discover,
    usable,
)
from fourthwall.chat import (
    NANO_PER_USD,
    ChatReply,
    ChatRequest,
    Event,
    Message,
    Usage,
    fold_reply,
)
from fourthwall.conversation import Announcer, Overflow, Parser, Plan, Summary, plan
from fourthwall.engine._saved import MissingModelWarning, Saved, missing_model, write_whole
from fourthwall.engine._turn import Content, Turn, messages_of, noted
from fourthwall.errors import ConfigurationError, RequestError, UpstreamProtocolError
from fourthwall.intent import Intent, parse
from fourthwall.registry import ModelCard, Registry
from fourthwall.stages import Pipeline, Stage, standard_stages

__all__ = ["Chat", "Equipment", "Options"]

Equipment: TypeAlias = Backends | Backend | Iterable[Backend] | Mapping[str, Backend] | None
"""Who is asked: see `Conversation`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a conversation is run; the same value can serve many.

    Attributes:
        language: of announcements and the engine's own answers, ISO 639-1; None for that of
            each command.
        announcer: words announcements; that of `language` if None.
        allowed: ids of the models that may be switched to; None for all.
        retry: how patient dispatch is; its defaults if None.
        timeouts: bounds of each attempt; those that suit each model if None.
        parser: what reads the messages.
        overflow: what becomes of a switch to a model whose window is too small: the person is
            asked (``ask``), the oldest messages are left out (``trim``), or the model that is left
            summarises them (``summarise``).  A summary stays with the conversation; what it cost
            is part of the conversation's usage, not of the answer's.  A model that is picked by
            hand is taken as it is.
        identity: whether a model that joins later is told who it is, and that earlier answers may
            come from others.
        stages: makes stages of your own for an answer; called anew for every answer, they stand
            behind the standard ones.  What they pass on is what is given and what the history
            keeps; the engine's own answers don't go through them.

    Raises:
        ConfigurationError: `allowed` is a text, whose letters would be taken for ids, or
            `overflow` is none of the three.
    """

    language: str | None = None
    announcer: Announcer | None = None
    allowed: Collection[str] | None = None
    retry: RetryPolicy | None = None
    timeouts: Timeouts | None = None
    parser: Parser = parse
    overflow: Overflow = "ask"
    identity: bool = False
    stages: Callable[[], Iterable[Stage]] = tuple

    def __post_init__(self) -> None:
        if isinstance(self.allowed, str):
            raise ConfigurationError(
                f"Options.allowed must be a collection of ids, not the text {self.allowed!r}",
                param="allowed",
                remedy=f"Write allowed=[{self.allowed!r}].",
            )
        if self.overflow not in get_args(Overflow):
            raise ConfigurationError(
                f"Options.overflow must be one of {', '.join(get_args(Overflow))}, "
                f"not {self.overflow!r}",
                param="overflow",
            )


class Chat:
    """What the sync and the async face share: everything but the waiting."""

    def __init__(
        self,
        model: str,
        *,
        registry: Registry | None = None,
        backends: Equipment = None,
        system: str | None = None,
        announce: bool = True,
        parameters: Mapping[str, Any] | None = None,
        options: Options | None = None,
    ) -> None:
        _check_kind("options", options, Options, "Write options=Options(...).")
        _check_kind("registry", registry, Registry, "Write registry=Registry.load(path).")
        _check_kind("parameters", parameters, Mapping, 'Write parameters={"max_tokens": 500}.')
        self._options = options or Options()
        self._registry, self._backends, self._allowed = _equipment(registry, backends)
        if self._options.allowed is not None:
            self._allowed = frozenset(self._options.allowed)
        self._announces = announce
        self._announcer = self._options.announcer or Announcer(
            self._registry, language=self._options.language
        )
        self._template = _template(parameters or {})
        self._messages: list[Message] = []
        if system is not None:
            self._messages.append({"role": "system", "content": system})
        self._picked = self._registry[model].id
        self._usage = Usage()
        self._cost_nanousd: int | None = 0
        self._answering = Lock()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} with {self.model}, {len(self._messages)} messages>"

    @property
    def registry(self) -> Registry:
        """The models that this conversation knows."""
        return self._registry

    @property
    def model(self) -> str:
        """The id of the active model.

        Assigning picks a model by hand, as in a front end's picker: it is active from the next
        turn on, whatever was said before, and the model that a reset leads to.  Results of tool
        calls still go to the model that made the calls.

        Raises:
            UnknownModelError: the model isn't in the registry.
            RequestError: an answer is under way.
        """
        if not any(message["role"] == "user" for message in self._messages):
            return self._registry.current(self._registry[self._picked]).id
        return self._plan(self._messages).active.id

    @model.setter
    def model(self, model: str) -> None:
        card = self._registry[model]
        with self._alone():
            self._picked = card.id
            if self._messages:
                last = self._messages[-1]
                self._messages[-1] = {**last, "fourthwall": {**noted(last), "picked": True}}

    @property
    def history(self) -> list[dict[str, Any]]:
        """A copy of all messages, OpenAI's shape, with what is kept beside them."""
        return copy.deepcopy([dict(message) for message in self._messages])

    @property
    def usage(self) -> Usage:
        """Tokens of all answers together."""
        return self._usage

    @property
    def cost(self) -> float | None:
        """Cost of all answers together in USD; None once the price of one isn't known."""
        return None if self._cost_nanousd is None else self._cost_nanousd / NANO_PER_USD

    def to_json(self) -> str:
        """Return the conversation as JSON text: messages, model, usage.  No keys, no options.

        Raises:
            RequestError: a backend kept something beside a message that JSON can't hold.
        """
        return Saved(
            model=self._picked,
            messages=[dict(message) for message in self._messages],
            usage=self._usage,
            cost_nanousd=self._cost_nanousd,
        ).to_json()

    @classmethod
    def from_json(cls, text: str | bytes, **about: Any) -> Self:
        """Make a conversation of what `to_json` returned.

        Args:
            text: the JSON text.
            about: ``registry``, ``backends``, ``announce``, ``parameters``, ``options``, as for
                a new conversation; they aren't part of the text.

        Warns:
            MissingModelWarning: the model that it was on isn't in the registry any more; the one
                that goes on is named.

        Raises:
            RequestError: the text isn't a saved conversation; names the field.
            UnknownModelError: the model that was picked isn't in the registry.
        """
        saved = Saved.from_json(text)
        chat = cls(saved.model, **about)
        chat._messages = list(saved.messages)
        chat._usage = saved.usage
        chat._cost_nanousd = saved.cost_nanousd
        if (gone := missing_model(chat._messages, chat._registry)) is not None:
            warnings.warn(
                f"this conversation was on {gone!r}, which isn't in the registry any more; "
                f"{chat.model!r} goes on",
                MissingModelWarning,
                stacklevel=2,
            )
        return chat

    def save(self, path: str | Path) -> None:
        """Write the conversation to a file, readable by its owner only.

        The file is replaced as a whole or not at all.

        Raises:
            OSError: it can't be written.
            RequestError: as `to_json`.
        """
        write_whole(Path(path), self.to_json())

    @classmethod
    def load(cls, path: str | Path, **about: Any) -> Self:
        """Read a conversation that `save` wrote.

        Args:
            path: the file.
            about: as for `from_json`.

        Raises:
            OSError: it can't be read.
            RequestError: it isn't a saved conversation; names the field.
            UnknownModelError: its model isn't in the registry.
        """
        return cls.from_json(Path(path).read_bytes(), **about)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the conversation; raise if an answer is under way."""
        if not self._answering.acquire(blocking=False):
            raise RequestError(
                "this conversation is answering already",
                remedy="Read or close that stream first, or use another conversation.",
            )
        try:
            yield
        finally:
            self._answering.release()

    def _plan(self, messages: Sequence[Message], parser: Parser | None = None) -> Plan:
        return plan(
            model=self._picked,
            messages=messages,
            registry=self._registry,
            announce=self._announces,
            response_format=self._template.response_format,
            tool_choice=self._template.tool_choice,
            language=self._options.language,
            announcer=self._announcer,
            allowed=self._allowed,
            parser=parser or self._options.parser,
            tools=self._template.tools,
            max_tokens=self._template.max_tokens,
            overflow=self._options.overflow,
            summarises=True,
            identity=self._options.identity,
        )

    def _begin(self, content: Content) -> Turn:
        """Say something: the turn that comes of it."""
        said = messages_of(content)
        return self._turn(self._plan([*self._messages, *said]), self._messages, said)

    def _summary_request(self, wanted: Summary) -> tuple[ChatRequest, Pipeline]:
        """Return what the model that is left is asked, and what its answer goes through."""
        request = replace(
            self._template,
            messages=tuple(wanted.messages),
            max_tokens=wanted.max_tokens,
            # The tools stay: some providers refuse a history of calls without them.
            tool_choice="none" if self._template.tools else None,
            response_format=None,
        )
        return request, Pipeline(standard_stages(self._registry, request, announce=False))

    def _summarised(self, turn: Turn, wanted: Summary, reply: ChatReply) -> Turn:
        """Return the turn as it goes on with the summary that was wanted.

        Raises:
            UpstreamProtocolError: there is nothing in it.
        """
        if not reply.text.strip():
            raise UpstreamProtocolError(
                f"{wanted.by.id} was asked to summarise the conversation and answered nothing",
                model=wanted.by.id,
            )
        said = [*turn.said[:-1], wanted.kept_beside(turn.said[-1], reply.text)]
        return self._turn(self._plan([*turn.kept, *said]), turn.kept, said)

    def _begin_again(self) -> Turn:
        """Ask the last question again that went to a model, in place of its answer.

        What the person told the engine since then stays, and stays in effect.
        """
        messages = self._messages
        starts = [n for n, message in enumerate(messages) if message["role"] == "user"]
        for start, end in reversed([*pairwise([*starts, len(messages)])]):
            if any(noted(message).get("engine") for message in messages[start + 1 : end]):
                continue
            made = self._plan(messages[: start + 1])
            if made.answered_by is not None:
                turn = self._turn(
                    self._for_active(made, messages[:end]), messages[:start], [messages[start]]
                )
                return turn.in_place_of(messages[start + 1 : end], messages[end:])
        raise RequestError(
            "there is no question to ask again: no model has been asked one",
            remedy="Ask something first.",
        )

    def _for_active(self, made: Plan, messages: Sequence[Message]) -> Plan:
        """Return the plan for asking the last question of ``messages`` again.

        It is ``made`` itself, which was made for the message with that question, unless another
        model has become active since: then that one is asked, and there is no news in it.
        """
        active = self._plan(self._messages).active
        if active.id == made.active.id:
            return made
        wish = {"role": "user", "content": _AGAIN}
        again = self._plan([*messages, wish], _AskingAgain(self._options.parser, active))
        return replace(again, switch=None, announcement=None, announce_in_content=False)

    def _turn(self, made: Plan, kept: Sequence[Message], said: Sequence[Message]) -> Turn:
        request = replace(self._template, messages=tuple(made.attributed))
        stages = standard_stages(
            self._registry,
            request,
            switch=made.switch,
            announcer=self._announcer.speaking(made.language),
            announce=self._announces,
        )
        pipeline = Pipeline([*stages, *self._options.stages()])
        return Turn(kept=kept, said=said, plan=made, request=request, pipeline=pipeline)

    def _end(self, turn: Turn) -> None:
        """Keep what came of a turn, if anything did."""
        turn.stop()
        self._spent(turn.events)
        if turn.has_answer:
            self._messages = [*turn.kept, *turn.said, turn.answer(), *turn.later]

    def _spent(self, events: Iterable[Event]) -> ChatReply:
        """Add what an answer used and cost, whole or broken off; return the answer."""
        reply = fold_reply(events)
        if reply.usage is not None:
            self._usage += reply.usage
            costs = (self._cost_nanousd, reply.cost_nanousd)
            known = [cost for cost in costs if cost is not None]
            self._cost_nanousd = sum(known) if len(known) == len(costs) else None
        return reply


def _check_kind(name: str, value: object, kind: type, remedy: str) -> None:
    """Raise `ConfigurationError` unless an argument is None or of its kind."""
    if value is not None and not isinstance(value, kind):
        raise ConfigurationError(
            f"{name!r} must be a {kind.__name__}, not {type(value).__name__}",
            param=name,
            remedy=remedy,
        )


_AGAIN: Final = "\0again"  # nobody types this


@dataclass(frozen=True, slots=True)
class _AskingAgain:
    """Reads `_AGAIN` as the wish that ``card`` answer the last question; the rest as ever."""

    parser: Parser
    card: ModelCard

    def __call__(
        self,
        text: str,
        registry: Registry,
        *,
        active: ModelCard | None = None,
        previous: ModelCard | None = None,
    ) -> Intent:
        if text == _AGAIN:
            return Intent(kind="retry", target=self.card)
        return self.parser(text, registry, active=active, previous=previous)


_NOT_PARAMETERS: Final[Mapping[str, str]] = {
    "messages": "Say them with send() or stream(); begin with system=...",
    "model": "Give it as the conversation's first argument.",
    "stream": "Call send() for a whole answer, stream() for its events.",
}
"""Fields of a request that a conversation fills in itself -> what to do instead."""


def _template(parameters: Mapping[str, Any]) -> ChatRequest:
    """Check the parameters once; each request is this with its messages."""
    for name, remedy in _NOT_PARAMETERS.items():
        if name in parameters:
            raise RequestError(f"{name!r} can't be a parameter", param=name, remedy=remedy)
    return ChatRequest.from_openai({**parameters, "messages": []})


def _equipment(
    registry: Registry | None, backends: Equipment
) -> tuple[Registry, Backends, frozenset[str] | None]:
    """Return registry, backends, and which models may be switched to (None: all)."""
    known = registry or Registry.default()
    if backends is not None and not isinstance(backends, Backends | Iterable):
        return known, Backends(default=backends), None
    if backends is not None:
        ready = backends if isinstance(backends, Backends) else Backends(backends)
        # Nobody is to be talked onto a model that can't answer.
        served = frozenset(card.id for card in known.cards if card in ready)
        return known, ready, None if len(served) == len(known) else served
    found = discover(os.environ)
    reachable, _ = usable(known, found)
    if reachable is known:
        # Also where a server was found that has no models.
        return known, Backends(default=OfflineBackend()), None
    # The whole catalogue stays known, so that a model without a key is declined by name.
    return known.with_cards(reachable.cards), backends_for(found, os.environ), frozenset(reachable)

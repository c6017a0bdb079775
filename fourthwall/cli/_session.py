"""A chat in a terminal: what is said goes to the conversation, what comes back to the view."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import Final

from fourthwall.chat import (
    NANO_PER_USD,
    ContentDelta,
    Event,
    Finished,
    ReasoningDelta,
    Started,
    SwitchAnnounced,
    UsageReported,
)
from fourthwall.cli._offer import Offer, provider_label
from fourthwall.cli._text import count, dollars
from fourthwall.cli._view import View
from fourthwall.engine import Conversation
from fourthwall.errors import FourthwallError, NoBackendError, RequestError
from fourthwall.intent import Intent, parse
from fourthwall.registry import ModelCard

__all__ = ["COMMANDS", "Session", "pick"]

_ENDINGS: Final[Mapping[str, str]] = {
    "length": "cut off at the length limit",
    "content_filter": "stopped by the provider's content filter",
    "tool_calls": "the model asked for a tool, which this chat has none of",
}
"""Finish reasons that a person should know of."""

_HELP: Final = """\
Say it in your own words: "switch to Claude", "ask GPT-5 to …", "use something cheaper",
"switch back", "which model is this?", "what models can I use?"
{commands}
Ctrl-C stops an answer, Ctrl-D leaves, Alt-Enter begins a new line."""

_HELP_OFFLINE: Final = """
To see the demo slow or failing, put one of these into a message:
[[slow:2]] [[fail:rate_limit]] [[fail:cut]] [[fail:overloaded@{model}]]"""

_SLASH_WORD: Final = re.compile(r"(/[a-z][\w-]*)(?:[ \t]+\S+)?", re.IGNORECASE)
"""A whole line that can only be meant for the chat: longer ones, and paths, may be questions."""

_NEAR: Final = 0.75
"""How much alike two names must be, from 0 to 1, for the one to be offered for the other."""


@dataclass
class Session:
    """One chat, until the person leaves.

    Attributes:
        chat: the conversation.
        offer: which models there are.
        view: where it is shown.
        make: makes a new conversation, given the model to begin with.
        load: makes a conversation of a file.
        has_failed: whether any turn failed.
    """

    chat: Conversation
    offer: Offer
    view: View
    make: Callable[[str], Conversation]
    load: Callable[[Path], Conversation]
    has_failed: bool = False
    _unanswered: str | None = field(default=None, init=False)
    _is_over: bool = field(default=False, init=False)

    def run(self) -> None:
        """Talk until the person leaves."""
        while not self._is_over:
            try:
                text = self.view.read(self._status())
            except EOFError:
                return
            except KeyboardInterrupt:
                self.view.note("Ctrl-D or /quit leaves.")
                continue
            if text:
                self._carry_out(text)

    def _carry_out(self, text: str) -> None:
        """Do what was written; whatever goes wrong, the chat goes on."""
        word, _, argument = text.partition(" ")
        command = COMMANDS.get(word.casefold())
        try:
            if command is not None:
                command.run(self, argument.strip())
            else:
                self._refuse_typo(text)
                self._say(text)
        except FourthwallError as error:
            self._fail(error)
        except KeyboardInterrupt:
            self.view.rest()
            self.view.note("stopped" if command is not None else "stopped; /retry asks again")

    def _refuse_typo(self, text: str) -> None:
        """Keep ``/mod`` from a model, which would be paid for reading it.

        Raises:
            RequestError: it is a slash word, neither of the chat nor of the parser.
        """
        match = _SLASH_WORD.fullmatch(text)
        if match and parse(text, self.offer.registry, active=self.chat.model).kind == "none":
            raise RequestError(f"there is no {match[1]}", remedy="/help lists what there is.")

    def _fail(self, error: FourthwallError) -> None:
        self.has_failed = True
        self.view.rest()
        self.view.complain(error)

    # -- answers -------------------------------------------------------------------------------

    def _say(self, text: str) -> None:
        """Say something.  If nothing comes of it, it isn't in the history: kept for a retry."""
        waiting, self._unanswered = self._unanswered, text
        if self._answer(self.chat.stream(text)):
            # "switch to Claude" doesn't answer the question that had failed before.
            is_engine = self.chat.history[-1].get("fourthwall", {}).get("engine")
            self._unanswered = waiting if is_engine else None

    def _answer(self, events: Generator[Event, None, None]) -> bool:
        """Show an answer as it comes; Ctrl-C ends it where it is.

        Say whether anything of it is kept.
        """
        before = self.chat.history
        self.view.wait("waiting …")
        try:
            with closing(events):
                _Showing(self.offer, self.view).all(events)
        except FourthwallError as error:
            self._fail(error)
            if not isinstance(error, RequestError):
                # A switch that failed is off.
                stays = "" if self.chat.history != before else f"{self._card().label} stays; "
                self.view.note(f"{stays}/retry asks again")
        except KeyboardInterrupt:
            self.view.rest()
            is_kept = self.chat.history != before
            # With no answer there is no message to keep a switch in: it is off, announced or not.
            what = "what came stays" if is_kept else f"nothing had come, {self._card().label} stays"
            self.view.note(f"stopped: {what}; /retry asks again")
        return self.chat.history != before

    def _status(self) -> str:
        about = [self._card().label]
        if self.offer.is_offline:
            about.append("offline persona")
        if self.chat.usage.total_tokens:
            about.append(count(self.chat.usage.total_tokens, "token"))
            usd = self.chat.cost
            nanousd = None if usd is None else round(usd * NANO_PER_USD)
            about.append(_money(self.offer, nanousd))
        return " · ".join([*about, "/help"])

    def _card(self) -> ModelCard:
        return self.offer.registry[self.chat.model]

    # -- commands ------------------------------------------------------------------------------

    def help(self, _: str) -> None:
        """Show this."""
        width = max(len(f"{word} {c.argument}") for word, c in COMMANDS.items())
        lines = [f"{f'{word} {c.argument}':<{width}}  {c.about}" for word, c in COMMANDS.items()]
        text = _HELP.format(commands="\n".join(lines))
        if self.offer.is_offline:
            text += _HELP_OFFLINE.format(model=self.chat.model)
        self.view.note(text)

    def model(self, name: str) -> None:
        """Show or pick the model."""
        if name:
            self.chat.model = pick(self.offer, name, listing="/models").id
        self.view.note(f"{self._card().label} ({self._card().id}) answers.")

    def models(self, _: str) -> None:
        """List the models."""

        def provider(card: ModelCard) -> str:
            return card.provider

        hosts = groupby(sorted(self.offer.choices, key=provider), key=provider)
        lines = [f"{provider_label(h)}: {', '.join(c.id for c in cards)}" for h, cards in hosts]
        self.view.note("\n".join([*lines, "/model ID picks one."]))

    def retry(self, _: str) -> None:
        """Ask the last question again."""
        if self._unanswered is None:
            self._answer(self.chat.stream_retry())
        else:
            self._say(self._unanswered)

    def new(self, _: str) -> None:
        """Begin a new conversation with the same model."""
        self.chat = self.make(self.chat.model)
        self._unanswered = None
        self.view.note(f"A new conversation, with {self._card().label}.")

    def save(self, name: str) -> None:
        """Write the conversation to a file."""
        path = _path(name, "/save")
        with _naming(path):
            self.chat.save(path)
        self.view.note(f"{count(len(self.chat.history), 'message')} saved to {path}")

    def open(self, name: str) -> None:
        """Go on with a saved conversation."""
        path = _path(name, "/load")
        with _naming(path):
            self.chat = self.load(path)
        self._unanswered = None
        number = count(len(self.chat.history), "message")
        self.view.note(f"{number} loaded; {self._card().label} answers.")

    def quit(self, _: str) -> None:
        """Leave."""
        self._is_over = True


@dataclass(frozen=True, slots=True)
class _Command:
    """A word that begins with a slash."""

    argument: str
    about: str
    run: Callable[[Session, str], None]


COMMANDS: Final[Mapping[str, _Command]] = {
    "/help": _Command("", "this", Session.help),
    "/model": _Command("[ID]", "who answers, or pick another", Session.model),
    "/models": _Command("", "who could answer", Session.models),
    "/retry": _Command("", "ask the last question again", Session.retry),
    "/new": _Command("", "forget everything and begin anew", Session.new),
    "/save": _Command("FILE", "write the conversation to a file", Session.save),
    "/load": _Command("FILE", "go on with a saved conversation", Session.open),
    "/quit": _Command("", "leave", Session.quit),
}
"""The chat's own words.  They win; what the parser reads (``/gpt-5 hello``) is said."""


def pick(offer: Offer, name: str, *, listing: str = "`fourthwall models`") -> ModelCard:
    """Return the model that a person means by a name: an id, an alias, or a name as one says it.

    Args:
        offer: which models there are.
        name: what the person wrote.
        listing: what the person can call to see the models, for the remedies.

    Raises:
        RequestError: there is none; suggests usable ones that are near.
        NoBackendError: it can't be used right now; says why.
    """
    card = offer.registry.get(name) or _spoken(offer, name, listing)
    why = offer.why_not(card)
    if why is not None:
        raise NoBackendError(
            f"{card.label} can't be used right now: {why}",
            remedy=f"Take one that {listing} lists as usable.",
            model=card.id,
        )
    return card


def _spoken(offer: Offer, name: str, listing: str) -> ModelCard:
    """Return the model that "switch to NAME" leads to: "claude" is no id, but everybody says it.

    Raises:
        RequestError: it leads to none.
    """
    intent = parse(f"switch to {name}", offer.registry)
    if intent.kind == "switch" and intent.target and not intent.remainder:
        return intent.target
    near = ", ".join(_near(offer, name, intent))
    raise RequestError(
        f"there is no model {name!r}{f'; did you mean {near}?' if near else ''}",
        remedy=f"{listing} lists what there is.",
        param="model",
    )


def _near(offer: Offer, name: str, intent: Intent) -> list[str]:
    """Return the ids of usable models that may be meant: the parser's first, it knows versions."""
    ids = [card.id for card in offer.choices]
    read = [card.id for card in intent.candidates if card.id in ids]
    return read or get_close_matches(name.casefold(), ids, cutoff=_NEAR)


class _Showing:
    """Shows the events of one answer."""

    def __init__(self, offer: Offer, view: View) -> None:
        self._offer = offer
        self._view = view
        self._started: Started | None = None
        self._has_speaker = False
        self._notes: list[str] = []
        self._began_s = perf_counter()

    def all(self, events: Generator[Event, None, None]) -> None:
        """Show all events, then what the answer cost."""
        for event in events:
            self._show(event)
        self._view.rest()
        if self._notes:
            self._view.note(" · ".join([*self._notes, f"{perf_counter() - self._began_s:.1f} s"]))

    def _show(self, event: Event) -> None:
        match event:
            case Started():
                self._started = event
            case SwitchAnnounced(text):
                self._view.announce(text)
            case ReasoningDelta(text) if text:
                self._name_speaker()
                self._view.thought(text)
            case ContentDelta(text) if text:
                self._name_speaker()
                self._view.words(text)
            case UsageReported():
                self._notes.append(_usage(event))
                self._notes.append(_money(self._offer, event.cost_nanousd))
            case Finished(reason) if reason in _ENDINGS:
                self._notes.append(_ENDINGS[reason])
            case _:
                pass

    def _name_speaker(self) -> None:
        """Say who answers, once."""
        if self._has_speaker:
            return
        self._has_speaker = True
        if self._started is None:  # the engine itself, which speaks as if the models were there
            self._view.speaker("fourthwall", "offline personas" if self._offer.is_offline else "")
            return
        about = ["offline persona"] if self._offer.is_offline else []
        if self._started.failover_from is not None:
            about.append(_stands_in(self._label(self._started.failover_from), self._started))
        self._view.speaker(self._label(self._started.model), ", ".join(about))

    def _label(self, model: str) -> str:
        return self._offer.registry[model].label


_REASONS: Final[Mapping[str, str]] = {
    "backend_failed": "its backend failed",
    "connection_failed": "it can't be reached",
    "insufficient_credits": "its account is empty",
    "overloaded": "it is overloaded",
    "provider_credentials": "its key was refused",
    "rate_limited": "too many requests",
    "timeout": "it took too long",
    "unsupported": "it can't answer this",
    "upstream_error": "its provider failed",
    "upstream_protocol": "its provider answered nonsense",
}
"""Why another model answers, by `Started.failover_reason`."""


def _stands_in(label: str, started: Started) -> str:
    why = _REASONS.get(started.failover_reason or "")
    return f"in place of {label}{f': {why}' if why else ''}"


def _usage(event: UsageReported) -> str:
    usage = event.usage
    about = "about " if usage.estimated else ""
    thought = f" ({usage.reasoning_tokens:,} thinking)" if usage.reasoning_tokens else ""
    return f"{about}{usage.prompt_tokens:,} tokens in, {usage.completion_tokens:,} out{thought}"


def _money(offer: Offer, nanousd: int | None) -> str:
    """Return what was spent; nothing offline, where the price is only what it would have been."""
    if offer.is_offline:
        return "nothing spent" + (f" (would be {dollars(nanousd)})" if nanousd is not None else "")
    return dollars(nanousd)


def _path(name: str, command: str) -> Path:
    if not name:
        remedy = f"Write {command} chat.json, for example."
        raise RequestError("a file name is missing", remedy=remedy)
    return Path(name).expanduser()


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Turn what the system says about a file into an error that names it as the person did."""
    try:
        yield
    except OSError as error:
        raise RequestError(
            f"{path}: {error.strerror or error}", remedy="Give another path."
        ) from error

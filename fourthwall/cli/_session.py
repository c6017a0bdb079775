"""A chat in a terminal: what is said goes to the conversation, what comes back to the view."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
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
from fourthwall.intent import parse
from fourthwall.registry import ModelCard, Registry

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
            if command is None:
                self._say(text)
            else:
                command.run(self, argument.strip())
        except FourthwallError as error:
            self._fail(error)
        except KeyboardInterrupt:
            self.view.rest()

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
                self.view.note("/retry asks again")
        except KeyboardInterrupt:
            self.view.rest()
            is_kept = self.chat.history != before
            what = "what came stays" if is_kept else "nothing had come"
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
        self.view.note(_HELP.format(commands="\n".join(lines)))

    def model(self, name: str) -> None:
        """Show or pick the model."""
        if name:
            self.chat.model = pick(self.offer, name).id
        self.view.note(f"{self._card().label} ({self._card().id}) answers.")

    def models(self, _: str) -> None:
        """List the models."""

        def provider(card: ModelCard) -> str:
            return card.provider

        for name, cards in groupby(sorted(self.offer.choices, key=provider), key=provider):
            self.view.note(f"{provider_label(name)}: {', '.join(card.id for card in cards)}")

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
        path = _path(name)
        with _naming(path):
            self.chat.save(path)
        self.view.note(f"{count(len(self.chat.history), 'message')} saved to {path}")

    def open(self, name: str) -> None:
        """Go on with a saved conversation."""
        path = _path(name)
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
"""The chat's own words.  They win; any other word with a slash is said (``/gpt-5 hello``)."""


def pick(offer: Offer, name: str) -> ModelCard:
    """Return the model that a person means by a name: an id, an alias, or a name as one says it.

    Raises:
        UnknownModelError: there is none; suggests others.
        NoBackendError: it can't be used right now; says why.
    """
    card = _spoken(offer.registry, name) or offer.registry[name]
    why = offer.why_not(card)
    if why is not None:
        raise NoBackendError(
            f"{card.label} can't be used right now: {why}",
            remedy="Take one that `fourthwall models` lists as usable.",
            model=card.id,
        )
    return card


def _spoken(registry: Registry, name: str) -> ModelCard | None:
    """Return the model that "switch to NAME" leads to: "claude" is no id, but everybody says it."""
    if name in registry:
        return None
    intent = parse(f"switch to {name}", registry)
    return intent.target if intent.kind == "switch" and not intent.remainder else None


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
    cost = dollars(nanousd)
    if offer.is_offline:
        return f"nothing spent (for real: {cost})"
    return cost


def _path(name: str) -> Path:
    if not name:
        raise RequestError("a file name is missing", remedy="Write /save chat.json, for example.")
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

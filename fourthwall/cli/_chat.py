"""``fourthwall chat``: a streaming chat in the terminal, in which saying so switches models."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from fourthwall.backends import OfflineBackend
from fourthwall.cli._offer import Offer, look_around, offline, provider_label
from fourthwall.cli._options import examples, load_registry, registry_option
from fourthwall.cli._screen import without_caret
from fourthwall.cli._session import COMMANDS, Session, pick
from fourthwall.cli._text import count
from fourthwall.cli._view import Screen, Transcript, View
from fourthwall.engine import Conversation, Options
from fourthwall.registry import Registry

__all__ = ["command", "show_on"]

# A demo that is there at once shows neither the spinner nor the streaming.
_FIRST_TOKEN_S = 0.6
_TOKEN_S = 0.03


@click.command(
    "chat",
    short_help="Chat, and switch models by saying so.",
    epilog=examples(
        "fourthwall chat",
        "fourthwall chat --model claude",
        "printf 'Switch to Claude and write a poem\\n' | fourthwall chat",
    ),
)
@click.option("--model", metavar="ID", envvar="FOURTHWALL_MODEL", help="The model to begin with.")
@registry_option
@click.option("--offline", "is_offline", is_flag=True, help="Personas only; ask nobody.")
@click.option("--no-announce", is_flag=True, help="Switch without a word.")
@click.option("--system", metavar="TEXT", help="A system message to begin with.")
@click.option(
    "--load", type=click.Path(path_type=Path), metavar="FILE", help="Go on with a saved chat."
)
@click.pass_context
def command(
    ctx: click.Context,
    model: str | None,
    registry: Path | None,
    is_offline: bool,  # noqa: FBT001 - click passes it by name
    no_announce: bool,  # noqa: FBT001
    system: str | None,
    load: Path | None,
) -> None:
    """Chat with models; say "switch to Claude", and you are talking to Claude.

    Uses what is there: API keys of the environment, model servers on this machine.  Without any,
    small offline personas answer and say so.  Piped input gives a plain transcript.
    """
    if load is not None and system is not None:
        raise click.UsageError("A saved chat has its own system message: leave --system out.")
    is_screen = sys.stdin.isatty() and sys.stdout.isatty()
    offer = _offer(load_registry(registry), is_offline=is_offline, is_screen=is_screen)
    about: dict[str, Any] = {
        "registry": offer.registry,
        "backends": offer.backends,
        "announce": not no_announce,
        "options": Options(allowed=offer.allowed),
    }

    def make(name: str) -> Conversation:
        return Conversation(name, system=system, **about)

    def load_from(path: Path) -> Conversation:
        return Conversation.load(path, **about)

    chat = make(_first(offer, model)) if load is None else load_from(load)
    if load is not None and model is not None:
        chat.model = _first(offer, model)
    view = show_on(offer, is_screen=is_screen)
    view.welcome(_welcome(offer))
    session = Session(chat=chat, offer=offer, view=view, make=make, load=load_from)
    with without_caret():
        session.run()
    ctx.exit(1 if session.has_failed and not is_screen else 0)


def _offer(registry: Registry, *, is_offline: bool, is_screen: bool) -> Offer:
    pace: dict[str, Any] = {"first_token_s": _FIRST_TOKEN_S, "delay_s": _TOKEN_S}
    persona = OfflineBackend(**pace) if is_screen else OfflineBackend()
    if is_offline:
        return offline(registry, [], persona)
    return look_around(registry, os.environ, persona=persona)


def _first(offer: Offer, model: str | None) -> str:
    """Return the id of the model to begin with."""
    return (offer.first if model is None else pick(offer, model)).id


def show_on(offer: Offer, *, is_screen: bool) -> View:
    """Return where the chat is shown."""
    if not is_screen:
        return Transcript()
    return Screen([*COMMANDS, *(f"/model {card.id}" for card in offer.choices)])


def _welcome(offer: Offer) -> list[str]:
    title = 'fourthwall: say "switch to Claude" at any time; /help for the rest'
    if offer.is_offline:
        return [
            title,
            "OFFLINE: small demo personas answer in place of the models; no real model is asked.",
            "`fourthwall models` says what is missing.",
        ]
    hosts = dict.fromkeys(provider_label(card.provider) for card in offer.choices)
    return [title, f"{count(len(offer.choices), 'model')} via {', '.join(hosts)}"]

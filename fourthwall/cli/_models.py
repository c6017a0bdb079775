"""``fourthwall models``: what is usable right now, and why the rest isn't."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fourthwall.backends import Unusable
from fourthwall.cli._offer import Offer, look_around, provider_label
from fourthwall.cli._options import examples, load_registry, registry_option
from fourthwall.cli._refresh import refresh
from fourthwall.cli._screen import make_console, safe
from fourthwall.cli._text import count, price, size
from fourthwall.registry import ModelCard, Registry

__all__ = ["command", "show_usable"]

_WIDE = 110  # columns from which on there is room for names beside ids


@click.group(
    "models",
    invoke_without_command=True,
    short_help="List what is usable right now, and why the rest isn't.",
    epilog=examples("fourthwall models", "fourthwall models --all", "fourthwall models refresh"),
)
@registry_option
@click.option("--all", "everything", is_flag=True, help="Every model, not only the usable ones.")
@click.option("--json", "as_json", is_flag=True, help="Every model as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    registry: Path | None,
    everything: bool,  # noqa: FBT001 - click passes it by name
    as_json: bool,  # noqa: FBT001
) -> None:
    """List the models that are usable right now, and why the rest isn't.

    API keys are looked for in the environment (OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY,
    OPENROUTER_API_KEY, ...), model servers on this machine (Ollama, llama.cpp, LM Studio, vLLM) on
    their usual ports.  A key that is set counts; whether it works shows with the first question.
    """
    if ctx.invoked_subcommand is not None:
        return
    known = load_registry(registry)
    offer = look_around(known, os.environ)
    if as_json:
        click.echo(json.dumps(list(_entries(known, offer)), indent=1))
        return
    console = make_console()
    if offer.is_offline:
        console.print(_NOTHING)
        console.print()
    if everything:
        _show_all(console, known, offer)
    else:
        show_usable(console, known, offer)
        _show_unusable(console, offer)


command.add_command(refresh)

_NOTHING = (
    "Nothing is usable: there is no API key in the environment and no model server on this "
    "machine.\nUntil there is, fourthwall chat runs on offline personas that say so."
)


def show_usable(console: Console, known: Registry, offer: Offer) -> None:
    """Write the usable models, grouped by maker and by who serves them."""

    def place(card: ModelCard) -> tuple[str, str]:
        return (known[card.id].provider if card.id in known else card.provider, card.provider)

    # Set, and no more than that: whether a key works shows only when a model is asked.
    places = {
        o.provider: f"{o.key_env} is set" if o.key_env else o.base_url or "plug-in"
        for o in offer.found
    }
    for (maker, host), cards in groupby(sorted(offer.usable, key=place), key=place):
        title = safe(provider_label(maker), "bold")
        if host != maker:
            title.append_text(safe(f" via {provider_label(host)}"))
        title.append_text(safe(f"  {places.get(host, '')}", "dim"))
        console.print(title)
        console.print(Padding(_table(console, ((card, Text()) for card in cards)), (0, 0, 1, 2)))


def _show_all(console: Console, known: Registry, offer: Offer) -> None:
    """Write every model with what stands between it and its use."""
    why = {one.card.id: one.why for one in offer.unusable}
    served = {card.id: card for card in offer.usable}
    cards = [served.get(card.id, card) for card in known.cards]
    cards += [card for card in offer.usable if card.id not in known]

    def state(card: ModelCard) -> Text:
        if card.id in served:
            return safe(f"via {provider_label(card.provider)}", "green")
        return safe(why.get(card.id, ""), "dim")

    console.print(_table(console, ((card, state(card)) for card in cards)))


def _table(console: Console, rows: Iterable[tuple[ModelCard, Text]]) -> Table:
    """Return models with their prices (USD per million tokens), sizes, abilities, and a note."""
    is_wide = console.width >= _WIDE
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("model", no_wrap=True)
    if is_wide:
        table.add_column("", style="dim", no_wrap=True)
    for name in ("$ in", "$ out", "context"):  # dollars per million tokens
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("can", style="dim", overflow="fold")
    table.add_column("", overflow="fold")
    for card, note in rows:
        names = [safe(card.id, "cyan" if card.family_default else "")]
        names += [safe(card.label)] if is_wide else []
        figures = [price(card.price_in), price(card.price_out), size(card.context)]
        table.add_row(*names, *figures, _abilities(card), note)
    return table


def _abilities(card: ModelCard) -> str:
    facts = {
        "thinks": card.reasoning,
        "sees": card.vision,
        "tools": card.tools,
        "open weights": card.open_weights,
        f"until {card.retires}": card.retires is not None,
    }
    return ", ".join(name for name, is_so in facts.items() if is_so)


def _show_unusable(console: Console, offer: Offer) -> None:
    """Write why the others can't be used, a line for each reason of each maker."""
    retired = [one for one in offer.unusable if offer.registry.is_retired(one.card)]
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    maker = ""
    for provider, number, why in _reasons(one for one in offer.unusable if one not in retired):
        table.add_row("" if provider == maker else safe(provider), count(number, "model"), why)
        maker = provider
    if retired:
        why = "asking for one gets you the model that replaced it"
        table.add_row("retired", count(len(retired), "model"), why)
    if offer.unusable:
        console.print(Text("Not usable now", "bold"))
        console.print(Padding(table, (0, 0, 0, 2)))
        console.print(Text("Each single model: fourthwall models --all", "dim"))


def _reasons(unusable: Iterable[Unusable]) -> Iterator[tuple[str, int, str]]:
    """Give (maker, number of models, reason); reasons that begin alike are told once."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in unusable:
        # Of a list of keys, the first two tell: the maker's own, and the largest host's.
        gist = ", ".join(one.why.split(", ")[:2])
        groups.setdefault((one.card.provider, gist), []).append(one.why)
    for (provider, gist), whys in sorted(groups.items(), key=lambda g: (g[0][0], -len(g[1]))):
        more = ", or others" if any(why != gist for why in whys) else ""
        yield provider_label(provider), len(whys), f"{gist}{more}"


def _entries(known: Registry, offer: Offer) -> Iterator[Mapping[str, Any]]:
    """Give every model as in a registry file, and whether it can be used."""
    why = {one.card.id: one.why for one in offer.unusable}
    served = {card.id: card.provider for card in offer.usable}
    for entry in offer.registry.to_data()["models"]:
        name = entry["id"]
        maker = known[name].provider if name in known else entry["provider"]
        yield {
            **entry,
            "provider": maker,
            "usable": name in served,
            "via": served.get(name),
            "why": why.get(name),
        }

"""What the engine says when it answers by itself, in one voice: short, friendly, no model asked.

The phrases are data, one table a language; a language that has no table speaks English.  They
are only rendered for the last turn of a request, never for the history.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fourthwall.registry import ModelCard, Registry, providers

__all__ = ["PhraseKey", "Phrases", "choices", "listing", "phrases_for"]

PhraseKey: TypeAlias = Literal[
    "already_here",
    "already_replaced",
    "ambiguous",
    "cancelled",
    "declined",
    "list",
    "nothing_fits",
    "nothing_to_answer",
    "nothing_to_retry",
    "nothing_to_revert",
    "ready",
    "now_talking",
    "unknown_model",
    "which",
]

_MOST_CHOICES = 4
_MOST_LISTED = 20
_LONGEST_QUOTE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """The engine's words in one language.

    Attributes:
        sentences: a sentence for each `PhraseKey`.  ``{model}`` is the model that is active
            after the turn, ``{provider}`` who sells it, ``{target}`` the model that was asked
            for, ``{named}`` the person's word for it, ``{choices}`` the offers, ``{menu}`` the
            list of what can be had, ``{waits}`` stands for `waits` where a question waits for the
            model to be clear.
        waits: what can be said so that the active model answers that question.
        description: finds the words that say what a model is like, where a name could stand:
            "something cheaper" isn't the name of a model that isn't here.
        joined_or: how the last of several offers is joined.
        nameless: stands for ``{named}`` where the person named nothing.
        answering: marks the active model in a list.
        more: the end of a list that was cut; ``{count}`` is how many are left out.
    """

    sentences: Mapping[PhraseKey, str]
    waits: str
    description: re.Pattern[str]
    joined_or: str
    nameless: str
    answering: str
    more: str

    def say(
        self,
        key: PhraseKey,
        *,
        active: ModelCard,
        target: ModelCard,
        named: str,
        offers: Sequence[ModelCard],
        menu: Sequence[ModelCard],
        waits: bool = False,
    ) -> str:
        """Return one sentence, filled in."""
        if key == "unknown_model" and self.description.search(named):
            key = "nothing_fits"
        return self.sentences[key].format(
            model=active.label,
            provider=_seller(active),
            target=target.label,
            named=f"“{_shortened(named)}”" if named.strip() else self.nameless,
            choices=self._or([card.label for card in offers]),
            menu=self._menu(menu, active) if key == "list" else "",
            waits=f" {self.waits.format(model=active.label)}" if waits else "",
        )

    def _or(self, labels: Sequence[str]) -> str:
        if len(labels) < 2:
            return "".join(labels)
        return f"{', '.join(labels[:-1])} {self.joined_or} {labels[-1]}"

    def _menu(self, cards: Sequence[ModelCard], active: ModelCard) -> str:
        shown, left_out = cards[:_MOST_LISTED], len(cards) - _MOST_LISTED
        by_provider: dict[str, list[str]] = {}
        for card in shown:
            mark = f" ({self.answering})" if card.id == active.id else ""
            by_provider.setdefault(_seller(card), []).append(f"{card.label}{mark}")
        lines = [f"- {provider}: {', '.join(names)}" for provider, names in by_provider.items()]
        if left_out > 0:
            lines.append(f"- {self.more.format(count=left_out)}")
        return "\n".join(lines)


_ENGLISH = Phrases(
    sentences={
        "already_here": "You're already talking to {model}.",
        "already_replaced": (
            "{target} has been retired; you're already talking to {model}, which takes its place."
        ),
        "ambiguous": "Which one: {choices}?",
        "cancelled": "All right, {model} stays.",
        "declined": "{target} can't be used here; {model} stays. You can have {choices}.{waits}",
        "list": "You can switch to any of these, just say so:\n{menu}",
        "nothing_fits": "Nothing here fits {named}; {model} stays. You can have {choices}.{waits}",
        "nothing_to_answer": "What should {target} answer? Say it in one message.",
        "nothing_to_retry": "There is no earlier question to ask again.",
        "nothing_to_revert": "There is no earlier model to go back to; {model} stays.",
        "now_talking": "You're talking to {model} now.",
        "ready": "Ready when you are.",
        "unknown_model": (
            "{named} isn't here; {model} stays. You can have {choices}. Which one?{waits}"
        ),
        "which": "You're talking to {model} ({provider}).",
    },
    waits="Or say “go on”, and {model} answers.",
    description=re.compile(
        r"^(?:some|any)(?:thing|one)?\b|^(?:an?|one|the|more|less|most|least)\b"
        r"|^(?:other|better|[a-z]+(?:er|est))\b|\b(?:models?|ones?)$",
        re.IGNORECASE,
    ),
    joined_or="or",
    nameless="That model",
    answering="answering now",
    more="and {count} more",
)

_LANGUAGES: Mapping[str, Phrases] = {"en": _ENGLISH}


def phrases_for(language: str) -> Phrases:
    """Return the phrases of a language (ISO 639-1, ``en-GB`` counts as ``en``), or English."""
    return _LANGUAGES.get(language.partition("-")[0].casefold(), _ENGLISH)


def listing(registry: Registry, allowed: Collection[str] | None = None) -> tuple[ModelCard, ...]:
    """Return what can be had: every model that isn't retired, the families' defaults first."""
    cards = [
        card
        for card in registry.cards
        if (allowed is None or card.id in allowed) and registry.current(card) is card
    ]
    return tuple(sorted(cards, key=lambda card: not card.family_default))


def choices(
    wanted: Sequence[ModelCard],
    registry: Registry,
    allowed: Collection[str] | None,
    active: ModelCard,
    named: str = "",
) -> tuple[ModelCard, ...]:
    """Return the few models to offer: those that were wanted, or else what comes nearest to them.

    One to four, best first, all of them allowed; the active model itself only where there is no
    other.  Nearest is what is of the same family, then what has a name like the one that was
    ``named``.
    """
    if likely := [card for card in wanted if allowed is None or card.id in allowed]:
        return tuple(likely[:_MOST_CHOICES])
    others = [card for card in listing(registry, allowed) if card.id != active.id]
    families = {card.family for card in wanted if card.family}
    similar = registry.nearest(named, len(registry))
    places = {card_id: place for place, card_id in enumerate(similar)}
    others.sort(key=lambda c: (c.family not in families, places.get(c.id, len(places))))
    return tuple(others[:_MOST_CHOICES]) or (active,)


def _seller(card: ModelCard) -> str:
    """Return who sells a model, by the name that people read."""
    row = providers().get(card.provider)
    return row.label if row is not None else card.provider


def _shortened(named: str) -> str:
    named = " ".join(named.split())
    return named if len(named) <= _LONGEST_QUOTE else f"{named[:_LONGEST_QUOTE]}…"

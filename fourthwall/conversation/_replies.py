"""What the engine says when it answers by itself, in one voice: short, friendly, no model asked.

The phrases are data (see `_phrases`); a language that has none speaks English.  They are only
rendered for the last turn of a request, never for the history.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, TypeAlias

from fourthwall.conversation._phrases import FALLBACK, Book, known_language, load
from fourthwall.registry import ModelCard, Registry, providers

__all__ = [
    "PhraseKey",
    "Phrases",
    "TooLong",
    "choices",
    "is_description",
    "listing",
    "phrases_for",
    "seeing",
    "seller",
]

PhraseKey: TypeAlias = Literal[
    "already_here",
    "already_replaced",
    "ambiguous",
    "cancelled",
    "cant_see",
    "declined",
    "list",
    "nothing_fits",
    "nothing_to_answer",
    "nothing_to_retry",
    "nothing_to_revert",
    "ready",
    "now_talking",
    "too_long",
    "unknown_model",
    "unknown_nameless",
    "which",
]

_MODEL = frozenset({"model"})
_OFFERS = frozenset({"model", "choices", "waits"})
_SENTENCES: Final[Mapping[str, frozenset[str]]] = {
    "already_here": _MODEL,
    "already_replaced": frozenset({"target", "model"}),
    "ambiguous": frozenset({"choices"}),
    "cancelled": _MODEL,
    "cant_see": _OFFERS | {"target"},
    "declined": _OFFERS | {"target"},
    "list": frozenset({"menu"}),
    "nothing_fits": _OFFERS | {"named"},
    "nothing_to_answer": frozenset({"target"}),
    "nothing_to_retry": frozenset(),
    "nothing_to_revert": _MODEL,
    "now_talking": _MODEL,
    "ready": frozenset(),
    "too_long": frozenset({"target", "model", "size", "window"}),
    "unknown_model": _OFFERS | {"named"},
    "unknown_nameless": _OFFERS,
    "which": frozenset({"model", "provider"}),
}
"""Sentence -> its fields.

``{model}`` is the model that is active after the turn, ``{provider}`` who sells it, ``{target}``
the model that was asked for, ``{named}`` the person's word for it, ``{choices}`` the offers,
``{menu}`` the list of what can be had; ``{waits}`` says what leaves a waiting question to the
active model, where one waits; ``{size}`` and ``{window}`` are tokens.
"""

_FIELDS: Final[Mapping[str, frozenset[str] | None]] = {
    **_SENTENCES,
    "waits": _MODEL,
    "ways": frozenset(),
    "way_stay": _MODEL,
    "way_trim": frozenset({"target"}),
    "way_summarise": frozenset({"target", "model"}),
    "menu_line": frozenset({"provider", "models"}),
    "menu_more": frozenset({"count"}),
    "answering": _MODEL,
    "description": None,
}
_MARKS: Final[Mapping[str, frozenset[str] | None]] = {
    "sentences": None,
    "facts": None,
    "offers": None,
    "or": None,
    "or_asking": None,
    "quoted": frozenset({"named"}),
    "thousands": None,
    "decimal": None,
}

_MOST_CHOICES = 4
_MOST_SEEING = 3
_MOST_LISTED = 20
_LONGEST_QUOTE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLong:
    """Why a model can't read a conversation, and what can be done about it.

    Attributes:
        size: of the conversation, in tokens of that model.
        window: how many it reads.
        ways: what can be done, in order: ``stay``, ``trim``, ``summarise``.
    """

    size: int
    window: int
    ways: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """The engine's words in one language.

    Attributes:
        texts: a sentence for each `PhraseKey`, and the lines of the list.
        marks: how offers are joined and the person's words are quoted.
        description: finds the words that say what a model is like, where a name could stand:
            "something cheaper" isn't the name of a model that isn't here.
    """

    texts: Mapping[str, str]
    marks: Mapping[str, str]
    description: re.Pattern[str]

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
        too_long: TooLong | None = None,
    ) -> str:
        """Return one sentence, filled in; for ``too_long`` a list of what can be done after it."""
        if key == "unknown_model" and not named.strip():
            key = "unknown_nameless"
        return self.texts[key].format(
            model=active.label,
            provider=seller(active),
            target=target.label,
            named=self.marks["quoted"].format(named=_shortened(named)),
            choices=self._or([card.label for card in offers], is_question=key == "ambiguous"),
            menu=self._menu(menu, active) if key == "list" else "",
            waits=self.texts["waits"].format(model=active.label) if waits else "",
            size=self._number(too_long.size) if too_long else "",
            window=self._number(too_long.window) if too_long else "",
        ) + (self._ways(too_long.ways, active, target) if too_long else "")

    def _ways(self, ways: Sequence[str], active: ModelCard, target: ModelCard) -> str:
        if len(ways) < 2:  # nothing but to stay, which was said
            return ""
        named = {"model": active.label, "target": target.label}
        told = (self.texts[f"way_{way}"].format(**named) for way in ways)
        lines = [f"{place}. {text}" for place, text in enumerate(told, 1)]
        return "\n".join([self.marks["sentences"] + self.texts["ways"], *lines])

    def _number(self, number: int) -> str:
        return f"{number:,}".replace(",", self.marks["thousands"])

    def _or(self, labels: Sequence[str], *, is_question: bool) -> str:
        if len(labels) < 2:
            return "".join(labels)
        last = self.marks["or_asking" if is_question else "or"]
        return f"{self.marks['offers'].join(labels[:-1])}{last}{labels[-1]}"

    def _menu(self, cards: Sequence[ModelCard], active: ModelCard) -> str:
        shown, left_out = cards[:_MOST_LISTED], len(cards) - _MOST_LISTED
        by_provider: dict[str, list[str]] = {}
        for card in shown:
            is_active = card.id == active.id
            name = self.texts["answering"].format(model=card.label) if is_active else card.label
            by_provider.setdefault(seller(card), []).append(name)
        line, joint = self.texts["menu_line"], self.marks["offers"]
        lines = [
            line.format(provider=provider, models=joint.join(names))
            for provider, names in by_provider.items()
        ]
        if left_out > 0:
            lines.append(self.texts["menu_more"].format(count=left_out))
        return "\n".join(lines)


def phrases_of(book: Book) -> Phrases:
    """Return a language's words.

    Raises:
        ConfigurationError: one is missing, or lacks a field; names it.
    """
    texts = book.texts("replies", _FIELDS)
    try:
        description = re.compile(texts.pop("description"))
    except re.error as error:
        raise book.error("replies", "description", f"isn't a pattern: {error}") from None
    return Phrases(texts=texts, marks=book.texts("marks", _MARKS), description=description)


def phrases_for(language: str | None) -> Phrases:
    """Return the phrases of a language (ISO 639-1, ``en-GB`` counts as ``en``), or English."""
    return _packaged(known_language(language) or FALLBACK)


@cache
def _packaged(language: str) -> Phrases:
    return phrases_of(load(language))


def is_description(named: str, language: str | None) -> bool:
    """Whether a person's words, in this language, say what a model is like and aren't a name."""
    return phrases_for(language).description.search(named) is not None


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


def seeing(
    blind: ModelCard, registry: Registry, allowed: Collection[str] | None, active: ModelCard
) -> tuple[ModelCard, ...]:
    """Return up to three models that see images, nearest first to one that doesn't.

    The active model is offered only where there is no other; none at all if it doesn't see either.
    """
    others = [c for c in listing(registry, allowed) if c.vision and c.id != active.id]
    others.sort(key=lambda c: (c.family != blind.family, c.provider != blind.provider))
    return tuple(others[:_MOST_SEEING]) or ((active,) if active.vision is not False else ())


def seller(card: ModelCard) -> str:
    """Return who sells a model, by the name that people read."""
    row = providers().get(card.provider)
    return row.label if row is not None else card.provider


def _shortened(named: str) -> str:
    named = " ".join(named.split())
    return named if len(named) <= _LONGEST_QUOTE else f"{named[:_LONGEST_QUOTE]}…"

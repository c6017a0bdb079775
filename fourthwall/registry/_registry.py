"""The models on offer, by every name they have: an immutable mapping id -> card.

A registry is checked when it is made, so that nobody after it has to ask whether an alias is
taken twice or a fallback leads in a circle.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from difflib import SequenceMatcher
from pathlib import Path

from fourthwall.errors import RegistryError, UnknownModelError
from fourthwall.registry._card import ModelCard

__all__ = ["Registry", "squash"]

_NO_LETTER_OR_DIGIT = re.compile(r"[^\w.]|_")
_SUGGESTIONS = 3


def squash(name: str) -> str:
    """Return a name without case, spaces, hyphens and the like: what two spellings share.

    Dots stay, because they tell versions apart (``gpt-4.1`` isn't ``gpt-41``).

    >>> squash("GPT-4o Mini"), squash("claude_sonnet 4.5")
    ('gpt4omini', 'claudesonnet4.5')
    """
    return _NO_LETTER_OR_DIGIT.sub("", name.casefold())


class Registry(Mapping[str, ModelCard]):
    """An immutable collection of model cards, in the order they were given.

    ``registry["sonnet"]`` takes ids and aliases, in any case and spelling of spaces and hyphens;
    iterating gives the ids.

    Args:
        cards: the models; at least one.
        as_of: the ISO date (``YYYY-MM-DD``) on which retirements are judged.  Today, if left
            out: the only place where the core looks at the calendar.  A process that lives for
            days renews it with `at`.

    Raises:
        RegistryError: no card, an id or alias that two cards claim, a fallback or replacement
            that doesn't exist or leads in a circle.
    """

    __slots__ = ("__weakref__", "_by_name", "_cards", "as_of")

    def __init__(self, cards: Iterable[ModelCard], *, as_of: str | None = None) -> None:
        self._cards: dict[str, ModelCard] = {}
        self.as_of = as_of or date.today().isoformat()  # noqa: DTZ011 - a day, not an instant
        for card in cards:
            if card.id in self._cards:
                raise RegistryError(
                    "the id stands there twice",
                    entry=card.id,
                    field="id",
                    remedy="Remove one of the entries or rename it",
                )
            self._cards[card.id] = card
        if not self._cards:
            raise RegistryError("there is no model", remedy="Add at least one entry to 'models'")
        self._by_name = _index(self._cards)
        _check_links(self._cards)

    @classmethod
    def default(cls, *, as_of: str | None = None) -> Registry:
        """Return the packaged catalogue (no network; read from the package on each call)."""
        from fourthwall.registry._load import load_default

        return load_default(as_of=as_of)

    @classmethod
    def load(cls, path: str | Path, *, as_of: str | None = None) -> Registry:
        """Read a JSON or TOML file: ``{"models": [{"id": ..., "provider": ...}, ...]}``.

        Unknown keys of an entry are kept in `ModelCard.extra`; a warning names them once.

        Raises:
            RegistryError: the file can't be read or is wrong; names the entry, the field and
                the remedy.
        """
        from fourthwall.registry._load import load_file

        return load_file(Path(path), as_of=as_of)

    def __getitem__(self, name: str) -> ModelCard:
        card = self._find(name)
        if card is None:
            raise UnknownModelError(str(name), suggestions=self.nearest(str(name)))
        return card

    def __iter__(self) -> Iterator[str]:
        return iter(self._cards)

    def __len__(self) -> int:
        return len(self._cards)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._find(name) is not None

    def __repr__(self) -> str:
        return f"<Registry of {len(self)} models>"

    # Identity, not content: a registry is compared and hashed as the object that it is, so that
    # what is compiled from it can be kept beside it.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @property
    def cards(self) -> tuple[ModelCard, ...]:
        """All cards, in order."""
        return tuple(self._cards.values())

    def is_retired(self, card: ModelCard) -> bool:
        """Whether the card's maker no longer serves it on `as_of`."""
        return card.is_retired(self.as_of)

    def current(self, card: ModelCard) -> ModelCard:
        """Return what answers when ``card`` is asked for: itself, or its replacement once retired.

        Replacements are followed to the first that isn't retired itself.  A retired model
        without a replacement is returned as it is: another host may still serve it.
        """
        while self.is_retired(card) and card.replaced_by is not None:
            card = self._cards[card.replaced_by]
        return card

    def at(self, as_of: str) -> Registry:
        """Return the same models, with retirements judged on another ISO date."""
        return Registry(self.cards, as_of=as_of)

    def with_cards(self, cards: Iterable[ModelCard]) -> Registry:
        """Return a registry in which ``cards`` replace those of the same id, or are added."""
        merged = dict(self._cards)
        merged.update((card.id, card) for card in cards)
        return Registry(merged.values(), as_of=self.as_of)

    def restricted(self, ids: Iterable[str]) -> Registry:
        """Return a registry of these models only; links to the others are dropped.

        Raises:
            UnknownModelError: an id isn't in the registry.
            RegistryError: ``ids`` is empty.
        """
        from dataclasses import replace

        kept = {self[name].id for name in ids}
        return Registry(
            (
                replace(
                    card,
                    fallbacks=tuple(f for f in card.fallbacks if f in kept),
                    replaced_by=card.replaced_by if card.replaced_by in kept else None,
                )
                for card in self.cards
                if card.id in kept
            ),
            as_of=self.as_of,
        )

    def nearest(self, name: str, limit: int = _SUGGESTIONS) -> tuple[str, ...]:
        """Return the ids whose id or alias looks most like ``name``, best first."""
        wanted = squash(name)[:64]
        scores: dict[str, float] = {}
        matcher = SequenceMatcher(b=wanted, autojunk=False)
        for known, card in self._by_name.items():
            matcher.set_seq1(squash(known))
            if matcher.real_quick_ratio() > 0.5 and (score := matcher.ratio()) > 0.5:
                scores[card.id] = max(scores.get(card.id, 0.0), score)
        return tuple(sorted(scores, key=lambda i: (-scores[i], i)))[:limit]

    def _find(self, name: str) -> ModelCard | None:
        return self._cards.get(name) or self._by_name.get(name.casefold()) or self._squashed(name)

    def _squashed(self, name: str) -> ModelCard | None:
        return self._by_name.get(squash(name))


def _index(cards: Mapping[str, ModelCard]) -> dict[str, ModelCard]:
    """Map every case-folded id and alias, and its squashed spelling, to the card that owns it."""
    owner: dict[str, ModelCard] = {card_id.casefold(): card for card_id, card in cards.items()}
    for card in cards.values():
        for alias in card.aliases:
            taken = owner.setdefault(alias.casefold(), card)
            if taken is not card:
                raise RegistryError(
                    f"the alias {alias!r} also means {taken.id!r}",
                    entry=card.id,
                    field="aliases",
                    remedy="Leave the alias to one of the two",
                )
    # A squashed spelling that two models share belongs to neither: it would be a guess.
    squashed: dict[str, ModelCard | None] = {}
    for name, card in owner.items():
        key = squash(name)
        squashed[key] = card if squashed.get(key, card) is card else None
    for key, owner_card in squashed.items():
        if owner_card is not None:
            owner.setdefault(key, owner_card)
    return owner


def _check_links(cards: Mapping[str, ModelCard]) -> None:
    for card in cards.values():
        for field, targets in (("fallbacks", card.fallbacks), ("replaced_by", (card.replaced_by,))):
            for target in targets:
                if target is not None and target not in cards:
                    raise RegistryError(
                        f"there is no model {target!r}",
                        entry=card.id,
                        field=field,
                        remedy="Name the id of an entry, or leave it out",
                    )
    links = {card.id: card.fallbacks for card in cards.values()}
    _check_acyclic(links, "fallbacks")
    _check_acyclic(
        {c.id: (c.replaced_by,) if c.replaced_by else () for c in cards.values()}, "replaced_by"
    )


def _check_acyclic(links: Mapping[str, tuple[str, ...]], field: str) -> None:
    """Raise if following ``links`` leads in a circle (depth-first, without recursion)."""
    done: set[str] = set()
    for start in links:
        path: list[str] = []
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                path.pop()
                done.add(node)
            elif node in path:
                circle = " -> ".join([*path[path.index(node) :], node])
                raise RegistryError(
                    f"leads in a circle: {circle}",
                    entry=node,
                    field=field,
                    remedy="Remove one of these links",
                )
            elif node not in done:
                path.append(node)
                stack.append((node, True))
                stack.extend((target, False) for target in links[node])

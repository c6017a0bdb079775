"""The models on offer, by every name they have: an immutable mapping id -> card.

A registry is checked when it is made, so that nobody after it has to ask whether an alias is
taken twice or a fallback leads in a circle.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, TypeVar, overload

from fourthwall.errors import RegistryError, UnknownModelError
from fourthwall.registry._card import ModelCard

__all__ = ["Registry", "squash", "today", "twice"]

_T = TypeVar("_T")
_NO_LETTER_OR_DIGIT = re.compile(r"[^\w.]|_")
_SUGGESTIONS = 3
_NEAR = 0.5
_SHARED = 0.3  # of the pairs of neighbouring letters, what near names have in common at least


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
        guarded: names of models, families and tiers that are ordinary words too (``opus``,
            ``flash``); the packaged list, if left out.

    Raises:
        ValueError: ``as_of`` isn't such a date.
        RegistryError: no card, an id or alias that two cards claim, a fallback or replacement
            that doesn't exist or leads in a circle.
    """

    __slots__ = ("__weakref__", "_by_name", "_by_squash", "_cards", "_guarded", "as_of")

    def __init__(
        self,
        cards: Iterable[ModelCard],
        *,
        as_of: str | None = None,
        guarded: Iterable[str] | None = None,
    ) -> None:
        self._cards: dict[str, ModelCard] = {}
        self.as_of = _checked_day(as_of) if as_of else today()
        self._guarded = None if guarded is None else frozenset(w.casefold() for w in guarded)
        for card in cards:
            if card.id in self._cards:
                raise twice(card.id)
            self._cards[card.id] = card
        if not self._cards:
            raise RegistryError("there is no model", remedy="Add at least one entry to 'models'.")
        self._by_name = _index(self._cards)
        self._by_squash = _squashed(self._by_name)
        _check_links(self._cards)

    @classmethod
    def default(cls, *, as_of: str | None = None) -> Registry:
        """Return the packaged catalogue, with the user's refreshed copy of it laid over.

        No network; the files are read on each call.  A refreshed copy that is broken is ignored
        with a `CatalogueWarning`.
        """
        from fourthwall.registry._refresh import load_default

        return load_default(as_of=as_of)

    @classmethod
    def load(cls, path: str | Path, *, as_of: str | None = None) -> Registry:
        """Read a JSON or TOML file: ``{"models": [{"id": ..., "provider": ...}, ...]}``.

        ``guarded_words``, a list, replaces the packaged list of `guarded`; other top-level keys
        are ignored.  Unknown keys of an entry are kept in `ModelCard.extra`; an
        `UnknownKeyWarning` names each of them once per process.

        Raises:
            RegistryError: the file can't be read or is wrong; names the file, the entry, the
                field and the remedy.
        """
        from fourthwall.registry._load import read_file, registry_from

        path = Path(path)
        return registry_from(read_file(path), source=str(path), as_of=as_of)

    @classmethod
    def from_data(
        cls, data: Mapping[str, Any], *, source: str = "registry data", as_of: str | None = None
    ) -> Registry:
        """Make a registry of what a registry file holds, already parsed.

        Args:
            data: of the shape that `load` reads.
            source: where it comes from; error messages begin with it.
            as_of: as for the class.

        Raises:
            RegistryError: as `load`.
        """
        from fourthwall.registry._load import registry_from

        return registry_from(data, source=source, as_of=as_of)

    def to_data(self) -> dict[str, Any]:
        """Return what a registry file would hold: loading it gives equal cards and words."""
        from fourthwall.registry._load import card_data

        return {
            "guarded_words": sorted(self.guarded),
            "models": [card_data(card) for card in self.cards],
        }

    def __getitem__(self, name: str) -> ModelCard:
        card = self._find(name)
        if card is None:
            raise UnknownModelError(str(name), suggestions=self.nearest(str(name)))
        return card

    @overload
    def get(self, name: str, default: None = None, /) -> ModelCard | None: ...

    @overload
    def get(self, name: str, default: ModelCard | _T, /) -> ModelCard | _T: ...

    def get(self, name: str, default: ModelCard | _T | None = None, /) -> ModelCard | _T | None:
        """Return the card of an id or alias, or ``default``; makes no suggestions."""
        return self._find(name) or default

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

    @property
    def guarded(self) -> frozenset[str]:
        """Names that are ordinary words too, case-folded: they mean a model only in a command."""
        if self._guarded is None:
            from fourthwall.registry._packaged import guarded_words

            self._guarded = guarded_words()
        return self._guarded

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
        return Registry(self.cards, as_of=as_of, guarded=self._guarded)

    def with_cards(self, cards: Iterable[ModelCard]) -> Registry:
        """Return a registry in which ``cards`` replace those of the same id, or are added."""
        merged = dict(self._cards)
        merged.update((card.id, card) for card in cards)
        return Registry(merged.values(), as_of=self.as_of, guarded=self._guarded)

    def with_entries(
        self, entries: Iterable[Mapping[str, Any]], *, source: str = "registry data"
    ) -> Registry:
        """Return a registry with entries of a registry file added or laid over its own.

        For an id that is there, the fields given replace and the others stay; null makes a fact
        unknown.  The later word wins: a name that an entry claims is taken from the aliases of
        the other cards, and an entry that makes itself its family's default takes that over.

        Args:
            entries: as in ``models`` of a registry file.
            source: where they come from; error messages begin with it.

        Raises:
            RegistryError: an entry is wrong, or the registry with it would be.
        """
        from fourthwall.registry._load import with_entries

        return with_entries(self, entries, source=source)

    def restricted(self, ids: Iterable[str]) -> Registry:
        """Return a registry of these models only; links to the others are dropped.

        Raises:
            UnknownModelError: an id isn't in the registry.
            RegistryError: ``ids`` is empty.
        """
        kept = {self[name].id for name in ids}
        return Registry(
            (
                replace(
                    card,
                    fallbacks=tuple(f for f in card.fallbacks if f in kept),
                    replaced_by=self._first_replacement(card, kept),
                )
                for card in self.cards
                if card.id in kept
            ),
            as_of=self.as_of,
            guarded=self._guarded,
        )

    def _first_replacement(self, card: ModelCard, kept: Container[str]) -> str | None:
        """Return the nearest replacement of ``card``, over any number of steps, that is kept."""
        target = card.replaced_by
        while target is not None and target not in kept:
            target = self._cards[target].replaced_by
        return target

    def nearest(self, name: str, limit: int = _SUGGESTIONS) -> tuple[str, ...]:
        """Return the ids whose id or alias looks most like ``name``, best first."""
        wanted = squash(name)[:64]
        scores: dict[str, float] = {}
        matcher = SequenceMatcher(b=wanted, autojunk=False)
        pairs = _pairs(wanted)
        for known, card in self._by_squash.items():
            # Names that share hardly a pair of letters can't be near; finding out costs little.
            if len(pairs & _pairs(known)) < len(pairs) * _SHARED:
                continue
            matcher.set_seq1(known)
            if _could_match(matcher) and (score := matcher.ratio()) > _NEAR:
                scores[card.id] = max(scores.get(card.id, 0.0), score)
        return tuple(sorted(scores, key=lambda i: (-scores[i], i)))[:limit]

    def _find(self, name: str) -> ModelCard | None:
        exact = self._cards.get(name) or self._by_name.get(name.casefold())
        return exact or self._by_squash.get(squash(name))


def _pairs(text: str) -> set[str]:
    return {text[index : index + 2] for index in range(len(text) - 1)}


def _could_match(matcher: SequenceMatcher[str]) -> bool:
    """Whether the cheap upper bounds leave the two texts a chance: the ratio itself is dear."""
    return matcher.real_quick_ratio() > _NEAR and matcher.quick_ratio() > _NEAR


def twice(card_id: str) -> RegistryError:
    """Return the error for an id that two entries have."""
    return RegistryError(
        "the id stands there twice",
        entry=card_id,
        field="id",
        remedy="Remove one of the entries or rename it.",
    )


def today() -> str:
    """Return the ISO date of today, where this machine is."""
    return date.today().isoformat()  # noqa: DTZ011 - a day, not an instant


def _checked_day(as_of: str) -> str:
    if date.fromisoformat(as_of).isoformat() != as_of:
        raise ValueError(f"as_of must be written YYYY-MM-DD, not {as_of!r}")
    return as_of


def _index(cards: Mapping[str, ModelCard]) -> dict[str, ModelCard]:
    """Map every case-folded id and alias to the card that owns it."""
    owner: dict[str, ModelCard] = {}
    for card in cards.values():
        for name, field in ((card.id, "id"), *((alias, "aliases") for alias in card.aliases)):
            taken = owner.setdefault(name.casefold(), card)
            if taken is not card:
                raise RegistryError(
                    f"{name!r} also means {taken.id!r}",
                    entry=card.id,
                    field=field,
                    remedy="Leave the name to one of the two.",
                )
    return owner


def _squashed(owner: Mapping[str, ModelCard]) -> dict[str, ModelCard]:
    """Map squashed names to cards; one that two models share belongs to neither: it's a guess."""
    squashed: dict[str, ModelCard | None] = {}
    for name, card in owner.items():
        key = squash(name)
        squashed[key] = card if squashed.get(key, card) is card else None
    return {key: card for key, card in squashed.items() if key and card is not None}


def _check_links(cards: Mapping[str, ModelCard]) -> None:
    for card in cards.values():
        for field, targets in (("fallbacks", card.fallbacks), ("replaced_by", (card.replaced_by,))):
            for target in targets:
                if target is not None and target not in cards:
                    raise RegistryError(
                        f"there is no model {target!r}",
                        entry=card.id,
                        field=field,
                        remedy="Name the id of an entry, or leave it out.",
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
        path: dict[str, None] = {}  # in order, and quick to ask
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                path.popitem()
                done.add(node)
            elif node in path:
                way = list(path)
                circle = " -> ".join([*way[way.index(node) :], node])
                raise RegistryError(
                    f"leads in a circle: {circle}",
                    entry=node,
                    field=field,
                    remedy="Remove one of these links.",
                )
            elif node not in done:
                path[node] = None
                stack.append((node, True))
                stack.extend((target, False) for target in links[node])

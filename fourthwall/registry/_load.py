"""From files and parsed data to a `Registry`.

Strategy: read the bytes, parse JSON or TOML, check every entry (`_schema`), build the registry.
Whatever goes wrong on the way is one `RegistryError` that begins with the name of the source.
(The packaged catalogue doesn't come through here: it was checked when it was made.)
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from fourthwall.errors import RegistryError
from fourthwall.registry._card import ModelCard, UnknownKeyWarning
from fourthwall.registry._registry import Registry, twice

__all__ = [
    "card_data",
    "read_file",
    "registry_from",
    "with_entries",
]

_FIELDS = {field.name: field for field in fields(ModelCard) if field.name != "extra"}
_OPTIONAL_VALUES = {
    name: field.default if field.default is not MISSING else {}
    for name, field in _FIELDS.items()
    if name not in ("id", "provider")
}
_WARNED_KEYS: set[str] = set()


def registry_from(data: object, *, source: str, as_of: str | None = None) -> Registry:
    """Make a registry of parsed data: ``{"models": [...], "guarded_words": [...]}``.

    Other top-level keys (``about``, ``providers``) are somebody else's and are ignored.

    Raises:
        RegistryError: the data is wrong; begins with ``source``.
    """
    from fourthwall.registry._schema import cards_from, words_from

    with _named(source):
        if not isinstance(data, Mapping):
            raise RegistryError(
                f"must hold an object, not a {type(data).__name__}",
                remedy='Write {"models": [{"id": ..., "provider": ...}]}.',
            )
        entries = data.get("models")
        if not isinstance(entries, list | tuple):
            raise RegistryError(
                "'models' is missing" if entries is None else "'models' must be a list",
                remedy='Write {"models": [{"id": ..., "provider": ...}]}.',
            )
        words = data.get("guarded_words")
        cards = cards_from(entries)
        _warn_of_unknown_keys(cards, source)
        guarded = None if words is None else words_from(words)
        return Registry(cards, as_of=as_of, guarded=guarded)


def with_entries(
    registry: Registry, entries: Iterable[Mapping[str, Any]], *, source: str
) -> Registry:
    """Return ``registry`` with entries added or, where the id is there, changed field by field.

    Args:
        registry: what is overridden; it isn't changed.
        entries: of a registry file's shape.  For an id that ``registry`` has, the fields given
            replace and the others stay; null makes a fact unknown.
        source: where the entries come from, for error messages.

    The later word wins: a name that an entry claims is taken from the aliases of older cards,
    and an entry that is its family's default takes that from the older default.

    Raises:
        RegistryError: an entry is wrong, or the result would be; begins with ``source``.
    """
    from fourthwall.registry._schema import cards_from

    given = list(entries)
    with _named(source):
        known = {card.id: card for card in registry.cards}
        cards = cards_from([_merged(known, entry) for entry in given])
        _warn_of_unknown_keys(cards, source)
        _check_ids_differ(cards)
        words = _LaterWords.of(given, cards)
        known |= {card.id: card for card in cards}
        changed = map(words.applied, known.values())
        return Registry(changed, as_of=registry.as_of, guarded=registry.guarded)


def card_data(card: ModelCard) -> dict[str, Any]:
    """Return a card as an entry of a registry file: known facts only, JSON types only."""
    data: dict[str, Any] = {"id": card.id, "provider": card.provider}
    for name, nothing in _OPTIONAL_VALUES.items():
        value = getattr(card, name)
        if value != nothing:
            data[name] = list(value) if isinstance(value, tuple) else value
    return {**card.extra, **data}


def read_file(path: Path) -> object:
    """Parse a file: ``.toml`` is TOML, every other name is JSON.

    Raises:
        RegistryError: it can't be read, isn't UTF-8, or isn't JSON (TOML); begins with the
            file's name and says where.
    """
    with _named(str(path)):
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except OSError as error:
            raise RegistryError(
                f"can't be read: {error.strerror or error}",
                remedy="Check the path and its permissions.",
            ) from error
        except UnicodeDecodeError as error:
            raise RegistryError(
                f"isn't UTF-8 (byte {error.start})", remedy="Save the file as UTF-8."
            ) from None
        return _toml(text) if path.suffix.casefold() == ".toml" else _json(text)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise RegistryError(
            f"isn't valid JSON at line {error.lineno}, column {error.colno}: {error.msg}",
            remedy="Correct the file there.",
        ) from None
    except (ValueError, RecursionError) as error:  # a number or a nesting without end
        raise RegistryError(
            f"isn't usable JSON: {error}", remedy="Shorten the number or the nesting."
        ) from None


def _toml(text: str) -> object:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:  # its message says at which line and column
        raise RegistryError(
            f"isn't valid TOML: {error}", remedy="Correct the file there."
        ) from None


def _merged(known: Mapping[str, ModelCard], entry: Any) -> Any:
    """Lay an entry over the card that has its id; whatever isn't an entry is left to the check."""
    name = entry.get("id") if isinstance(entry, Mapping) else None
    # By id, not by name: an entry that is called like somebody's alias is a model of its own.
    old = known.get(name) if isinstance(name, str) else None
    return {**card_data(old), **entry} if old else entry


def _check_ids_differ(cards: Iterable[ModelCard]) -> None:
    seen: set[str] = set()
    for card in cards:
        if card.id in seen:
            raise twice(card.id)
        seen.add(card.id)


@dataclass(frozen=True, slots=True)
class _LaterWords:
    """What entries say themselves, as against what they inherit from the card they change.

    Attributes:
        names: name -> id of the entry that claims it.
        defaults: family -> id of the entry that makes itself its default.
        named: ids of the entries that list their aliases; two of these that claim the same
            name contradict each other, which the registry reports.
    """

    names: Mapping[str, str]
    defaults: Mapping[str, str]
    named: frozenset[str]

    @classmethod
    def of(cls, given: Sequence[Mapping[str, Any]], cards: Sequence[ModelCard]) -> _LaterWords:
        pairs = list(zip(given, cards, strict=True))
        return cls(
            names={
                name.casefold(): card.id
                for entry, card in pairs
                for name in (card.id, *(card.aliases if "aliases" in entry else ()))
            },
            defaults={
                (card.family or "").casefold(): card.id
                for entry, card in pairs
                if entry.get("family_default")
            },
            named=frozenset(card.id for entry, card in pairs if "aliases" in entry),
        )

    def applied(self, card: ModelCard) -> ModelCard:
        """Return the card without the aliases and the default that entries took from it."""
        aliases = card.aliases
        if card.id not in self.named:
            aliases = tuple(a for a in aliases if self.names.get(a.casefold(), card.id) == card.id)
        default = self.defaults.get((card.family or "").casefold(), card.id)
        return replace(
            card, aliases=aliases, family_default=card.family_default and default == card.id
        )


def _warn_of_unknown_keys(cards: Iterable[ModelCard], source: str) -> None:
    for card in cards:
        for key in card.extra:
            if key not in _WARNED_KEYS:
                _WARNED_KEYS.add(key)
                near = get_close_matches(key, _FIELDS, n=1)
                hint = f"did you mean {near[0]!r}?" if near else "it is kept in ModelCard.extra"
                warnings.warn(
                    f"{source}: model {card.id!r}: unknown key {key!r}; {hint}",
                    UnknownKeyWarning,
                    stacklevel=4,  # whoever called Registry.load, from_data or with_entries
                )


@contextmanager
def _named(source: str) -> Iterator[None]:
    """Put the source's name in front of what a `RegistryError` says."""
    try:
        yield
    except RegistryError as error:
        error.message = f"{source}: {error.message}"
        error.args = (error.message,)
        raise

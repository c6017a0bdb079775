"""Choosing a model by what it is like: cheaper, with vision, the newest.

One row per trait: what a card must have, and what is best first.  Only facts on the cards count,
and an unknown fact never qualifies: a model whose price nobody knows isn't "cheaper".

There is no field for quality.  Where a person asks for the smartest model, the price of its
output stands in for it (makers price by capability), among models not much older than the newest;
where they ask for the fastest, a low price without reasoning does.  Both are documented guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fourthwall.registry import ModelCard

__all__ = ["TRAITS", "choose_by_traits"]

_STEP_DOWN = 0.5  # "cheaper" looks at models at half the price or less, if there are any
_SPECIALIST = 5  # times the dearest family default's price: nobody means that by "smarter"
_RECENT_YEARS = 1  # "smartest" looks at models at most so much older than the newest


@dataclass(frozen=True, slots=True)
class _Trait:
    """A row: which cards qualify, given the active one, and how they are ordered."""

    fits: Callable[[ModelCard, ModelCard | None], bool]
    order: Callable[[ModelCard], tuple[float | str, ...]] | None = None


def _price(card: ModelCard) -> float | None:
    """What a card costs, in USD per million tokens: three parts input to one part output."""
    if card.price_in is None or card.price_out is None:
        return None
    return (3 * card.price_in + card.price_out) / 4


def _known(value: float | None, missing: float = float("inf")) -> float:
    return missing if value is None else value


def _less(
    value: Callable[[ModelCard], float | None],
) -> Callable[[ModelCard, ModelCard | None], bool]:
    def fits(card: ModelCard, active: ModelCard | None) -> bool:
        mine = value(card)
        theirs = None if active is None else value(active)
        return mine is not None and (theirs is None or mine < theirs)

    return fits


def _more(
    value: Callable[[ModelCard], float | None],
) -> Callable[[ModelCard, ModelCard | None], bool]:
    def fits(card: ModelCard, active: ModelCard | None) -> bool:
        mine = value(card)
        theirs = None if active is None else value(active)
        return mine is not None and (theirs is None or mine > theirs)

    return fits


def _has(value: Callable[[ModelCard], object]) -> Callable[[ModelCard, ModelCard | None], bool]:
    return lambda card, _active: bool(value(card))


def _knows(value: Callable[[ModelCard], object]) -> Callable[[ModelCard, ModelCard | None], bool]:
    """Qualify cards whose fact is known; a price of nothing is one, too."""
    return lambda card, _active: value(card) is not None


def _output_price(card: ModelCard) -> float | None:
    return card.price_out


def _context(card: ModelCard) -> float | None:
    return card.context


def _cheap_first(card: ModelCard) -> tuple[float, ...]:
    return (_known(_price(card)),)


def _dear_first(card: ModelCard) -> tuple[float, ...]:
    return (-_known(card.price_out, 0.0),)


def _light_first(card: ModelCard) -> tuple[float, ...]:
    return (float(bool(card.reasoning)), _known(card.price_out))


def _newer(card: ModelCard, active: ModelCard | None) -> bool:
    since = active.released if active is not None and active.released else ""
    return card.released is not None and card.released > since


TRAITS: Mapping[str, _Trait] = {
    "cheaper": _Trait(_less(_price)),
    "cheapest": _Trait(_knows(_price), _cheap_first),
    "faster": _Trait(_less(_output_price), _light_first),
    "fastest": _Trait(_knows(_output_price), _light_first),
    "smarter": _Trait(_more(_output_price), _dear_first),
    "smartest": _Trait(_knows(_output_price), _dear_first),
    "vision": _Trait(_has(lambda card: card.vision)),
    "reasoning": _Trait(_has(lambda card: card.reasoning)),
    "open": _Trait(_has(lambda card: card.open_weights)),
    "longer_context": _Trait(_more(_context)),
    "longest_context": _Trait(_knows(_context), lambda card: (-_known(card.context, 0.0),)),
    "newer": _Trait(_newer),
    "oldest": _Trait(_has(lambda card: card.released), lambda card: (card.released or "",)),
    "newest": _Trait(_has(lambda card: card.released)),
    "smaller": _Trait(_less(_price), _cheap_first),
    "bigger": _Trait(_more(_price), _dear_first),
}


def choose_by_traits(
    cards: Sequence[ModelCard], traits: Sequence[str], active: ModelCard | None
) -> tuple[ModelCard, ...]:
    """Return the cards that have all ``traits``, best first; empty if none has.

    Args:
        cards: the models to choose from.
        traits: keys of `TRAITS`, in the order they were said; at least one.
        active: what "cheaper" and the like compare with; None compares with nothing.
    """
    rows = [TRAITS[name] for name in traits]
    left = [card for card in cards if all(row.fits(card, active) for row in rows)]
    if any(name in ("smartest", "smarter") for name in traits):
        left = _sensible(_recent(left), cards)
    if "cheaper" in traits:
        left = _stepped_down(left, active)
    orders = [row.order for row in rows if row.order is not None]
    # Newest first where nothing else was asked; a family's default before its siblings.
    left.sort(key=lambda card: card.released or "", reverse=True)
    left.sort(key=lambda card: not card.family_default)
    if "newest" in traits or "newer" in traits:
        left.sort(key=lambda card: card.released or "", reverse=True)
    for order in reversed(orders):
        left.sort(key=order)
    return tuple(left)


def _stepped_down(cards: list[ModelCard], active: ModelCard | None) -> list[ModelCard]:
    """Leave only clear steps down, half the price or less, if there are any."""
    limit = None if active is None else _price(active)
    if limit is None:
        return cards
    half = [card for card in cards if _known(_price(card)) <= limit * _STEP_DOWN]
    return half or cards


def _sensible(left: list[ModelCard], cards: Sequence[ModelCard]) -> list[ModelCard]:
    """Leave out models that cost many times what a family's default costs: specialists."""
    usual = [card.price_out for card in cards if card.family_default and card.price_out]
    if not usual:
        return left
    limit = max(usual) * _SPECIALIST
    return [card for card in left if _known(card.price_out) <= limit] or left


def _recent(cards: list[ModelCard]) -> list[ModelCard]:
    newest = max((card.released or "" for card in cards), default="")
    if not newest:
        return cards
    since = f"{int(newest[:4]) - _RECENT_YEARS}{newest[4:]}"
    return [card for card in cards if card.released is None or card.released >= since] or cards

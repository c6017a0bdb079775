"""Laws of the registry: names, round trips, retirement, money."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from fourthwall.registry import ModelCard, Registry, squash

PRICES = st.none() | st.floats(0, 1e4, allow_nan=False) | st.integers(0, 1000)
FLAGS = st.none() | st.booleans()
NAMES = st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9 ._-]{0,11}", fullmatch=True)
DATES = st.none() | st.dates().map(str) | st.dates().map(lambda day: str(day)[:7])
TOKENS = st.integers(0, 10**7)


@st.composite
def cards(draw: st.DrawFn, card_id: st.SearchStrategy[str] = NAMES) -> ModelCard:
    return ModelCard(
        id=draw(card_id),
        provider=draw(NAMES),
        upstream=draw(st.none() | NAMES),
        family=draw(st.none() | NAMES),
        family_default=draw(st.booleans()),
        context=draw(st.none() | st.integers(1, 10**7)),
        price_in=draw(PRICES),
        price_cached_in=draw(PRICES),
        price_out=draw(PRICES),
        reasoning=draw(FLAGS),
        vision=draw(FLAGS),
        sampling=draw(st.sampled_from([None, "accepted", "rejected", "without_reasoning"])),
        released=draw(DATES),
        retires=draw(DATES),
        hosts=draw(st.dictionaries(NAMES, NAMES, max_size=2)),
        hosted_only=draw(st.booleans()),
    )


@st.composite
def registries(draw: st.DrawFn) -> Registry:
    """Registries whose links only lead backwards, and whose names are all different."""
    ids = draw(st.lists(NAMES, min_size=1, max_size=6, unique_by=str.casefold))
    spare = draw(st.lists(NAMES, max_size=4, unique_by=str.casefold))
    aliases = [name for name in spare if name.casefold() not in {i.casefold() for i in ids}]
    made: list[ModelCard] = []
    for number, card_id in enumerate(ids):
        earlier = st.sampled_from(ids[:number]) if number else st.none()
        made.append(
            replace(
                draw(cards(st.just(card_id))),
                aliases=tuple(aliases[number :: len(ids)]),
                fallbacks=tuple(f for f in draw(st.lists(earlier, max_size=2)) if f),
                replaced_by=draw(st.none() | earlier),
            )
        )
    return Registry(made, as_of="2026-11-22", guarded=draw(st.lists(NAMES, max_size=2)))


@given(registries(), st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_every_name_finds_its_card_in_any_case(
    registry: Registry, change: Callable[[str], str]
) -> None:
    for card in registry.cards:
        for name in (card.id, *card.aliases):
            assert registry[name] is registry[change(name)] is card


@given(registries(), st.sampled_from(["", " ", "-", "_", " - "]))
def test_spaces_and_hyphens_are_exchanged_unless_that_leaves_two(
    registry: Registry, between: str
) -> None:
    names = [(name, card) for card in registry.cards for name in (card.id, *card.aliases)]
    for name, card in names:
        spelling = between.join(name.replace("-", " ").replace("_", " ").split(" "))
        owners = {owner.id for other, owner in names if squash(other) == squash(name)}
        if len(owners) == 1 and squash(name):
            assert registry[spelling] is card
        elif spelling.casefold() not in {other.casefold() for other, _ in names}:
            assert spelling not in registry


@given(registries())
def test_what_was_dumped_loads_as_equal_cards(registry: Registry) -> None:
    data = json.loads(json.dumps(registry.to_data()))
    again = Registry.from_data(data, as_of=registry.as_of)
    assert again.cards == registry.cards
    assert again.guarded == registry.guarded


@given(registries(), st.dates().map(str))
def test_nothing_retired_is_current_while_its_replacement_lives(
    registry: Registry, day: str
) -> None:
    registry = registry.at(day)
    for card in registry.cards:
        current = registry.current(card)
        assert not registry.is_retired(current) or current.replaced_by is None
        if not registry.is_retired(card):
            assert current is card


@given(registries(), st.data())
def test_a_restricted_registry_is_consistent(registry: Registry, data: st.DataObject) -> None:
    kept = data.draw(st.sets(st.sampled_from(list(registry)), min_size=1))
    result = registry.restricted(kept)
    assert set(result) == kept
    for card in result.cards:
        assert {*card.fallbacks, card.replaced_by or card.id} <= kept


@given(registries(), st.data())
def test_entries_change_only_what_they_give(registry: Registry, data: st.DataObject) -> None:
    card = registry[data.draw(st.sampled_from(list(registry)))]
    price = data.draw(PRICES)
    result = registry.with_entries([{"id": card.id, "price_out": price}])
    assert result.cards == tuple(
        replace(other, price_out=price) if other is card else other for other in registry.cards
    )


@given(cards(), TOKENS, TOKENS, TOKENS, TOKENS)
def test_cost_grows_with_the_tokens(
    card: ModelCard, prompt: int, completion: int, more_prompt: int, more_completion: int
) -> None:
    less = card.cost_nanousd(prompt_tokens=prompt, completion_tokens=completion)
    more = card.cost_nanousd(
        prompt_tokens=prompt + more_prompt, completion_tokens=completion + more_completion
    )
    assert more is None or (less is not None and less <= more)


@given(cards())
def test_no_tokens_cost_nothing(card: ModelCard) -> None:
    assert card.cost_nanousd(prompt_tokens=0, completion_tokens=0) == 0


@given(cards(), st.integers(1, 10**7), st.data())
def test_an_unknown_price_is_never_taken_for_free(
    card: ModelCard, tokens: int, data: st.DataObject
) -> None:
    cached = data.draw(st.integers(0, tokens))
    unpriced = replace(card, price_in=None, price_cached_in=None)
    assert (
        unpriced.cost_nanousd(prompt_tokens=tokens, completion_tokens=0, cached_tokens=cached)
        is None
    )
    unpriced = replace(card, price_out=None)
    assert unpriced.cost_nanousd(prompt_tokens=0, completion_tokens=tokens) is None

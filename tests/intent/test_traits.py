"""Choosing a model by what it is like."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from fourthwall.intent._lexicon import load_lexicon
from fourthwall.intent._traits import TRAITS, choose_by_traits
from fourthwall.registry import ModelCard


def card(card_id: str, price: float | None = None, **facts: Any) -> ModelCard:
    """Make a card whose input and output cost the same."""
    return ModelCard(id=card_id, provider="p", price_in=price, price_out=price, **facts)


def chosen(cards: list[ModelCard], *traits: str, active: ModelCard | None = None) -> list[str]:
    return [c.id for c in choose_by_traits(cards, traits, active)]


def test_the_language_names_exactly_the_traits_that_are_known() -> None:
    assert set(load_lexicon("en").trait_names) == set(TRAITS)


@pytest.mark.parametrize("trait", TRAITS)
def test_a_card_without_facts_has_no_trait(trait: str) -> None:
    """What isn't known never qualifies: a model without a price isn't cheap."""
    assert chosen([card("blank")], trait, active=card("active", 1.0)) == []


@pytest.mark.parametrize("trait", TRAITS)
def test_no_card_gives_no_choice(trait: str) -> None:
    assert chosen([], trait) == []


class TestPrice:
    CARDS: ClassVar = [card("a", 1.0), card("b", 4.0), card("c", 10.0), card("unpriced")]

    def test_cheaper_is_a_clear_step_down_where_there_is_one(self) -> None:
        assert chosen(self.CARDS, "cheaper", active=self.CARDS[2]) == ["a", "b"]
        assert chosen([card("x", 8.0)], "cheaper", active=self.CARDS[2]) == ["x"]

    def test_nothing_is_cheaper_than_the_cheapest(self) -> None:
        assert chosen(self.CARDS, "cheaper", active=self.CARDS[0]) == []

    def test_an_unknown_price_compares_with_nothing(self) -> None:
        assert chosen(self.CARDS, "cheaper", active=card("active")) == ["a", "b", "c"]
        assert chosen(self.CARDS, "cheaper") == ["a", "b", "c"]

    def test_cheapest_and_smaller_begin_with_the_lowest_price(self) -> None:
        assert chosen(self.CARDS, "cheapest") == ["a", "b", "c"]
        assert chosen(self.CARDS, "smaller", active=self.CARDS[2]) == ["a", "b"]

    def test_bigger_begins_with_the_highest_price(self) -> None:
        assert chosen(self.CARDS, "bigger", active=self.CARDS[0]) == ["c", "b"]

    def test_one_price_alone_is_no_price(self) -> None:
        half = ModelCard(id="half", provider="p", price_in=0.1)
        assert chosen([half], "cheapest") == []


class TestSmart:
    def test_the_dearest_output_stands_in_for_it(self) -> None:
        cards = [card("a", 1.0), card("b", 4.0)]
        assert chosen(cards, "smartest") == ["b", "a"]
        assert chosen(cards, "smarter", active=cards[0]) == ["b"]

    def test_models_much_older_than_the_newest_are_left_out(self) -> None:
        cards = [
            card("old", 60.0, released="2023-03-01"),
            card("new", 10.0, released="2025-06-01"),
            card("undated", 5.0),
        ]
        assert chosen(cards, "smartest") == ["new", "undated"]

    def test_specialists_are_left_out(self) -> None:
        cards = [card("usual", 10.0, family_default=True), card("special", 51.0)]
        assert chosen(cards, "smartest") == ["usual"]
        assert chosen([cards[1]], "smartest") == ["special"]

    def test_where_only_specialists_are_left_they_stay(self) -> None:
        cards = [card("usual", 10.0, family_default=True), card("special", 51.0)]
        assert chosen(cards, "smarter", active=cards[0]) == ["special"]


class TestFast:
    def test_a_low_price_without_reasoning_stands_in_for_it(self) -> None:
        cards = [card("thinker", 1.0, reasoning=True), card("a", 3.0), card("b", 2.0)]
        assert chosen(cards, "fastest") == ["b", "a", "thinker"]
        assert chosen(cards, "faster", active=cards[1]) == ["b", "thinker"]


class TestFlags:
    @pytest.mark.parametrize(
        ("trait", "field"),
        [("vision", "vision"), ("reasoning", "reasoning"), ("open", "open_weights")],
    )
    def test_only_a_known_yes_counts(self, trait: str, field: str) -> None:
        cards = [card("yes", **{field: True}), card("no", **{field: False}), card("unknown")]
        assert chosen(cards, trait) == ["yes"]

    def test_several_traits_must_all_hold(self) -> None:
        cards = [
            card("a", 1.0, vision=True),
            card("b", 3.0, vision=True),
            card("c", 0.5, vision=False),
        ]
        assert chosen(cards, "cheapest", "vision") == ["a", "b"]


class TestContext:
    def test_longer_is_longer_than_the_active_one(self) -> None:
        cards = [card("a", context=8_000), card("b", context=64_000), card("c", context=32_000)]
        assert set(chosen(cards, "longer_context", active=cards[0])) == {"b", "c"}
        assert chosen(cards, "longest_context") == ["b", "c", "a"]


class TestAge:
    CARDS: ClassVar = [
        card("a", released="2024-01-01"),
        card("b", released="2025-01-01"),
        card("c", released="2025-01-01", family_default=True),
    ]

    def test_newer_is_released_after_the_active_one(self) -> None:
        assert chosen(self.CARDS, "newer", active=self.CARDS[0]) == ["c", "b"]
        assert chosen(self.CARDS, "newer", active=card("undated")) == ["c", "b", "a"]

    def test_the_newest_comes_first(self) -> None:
        assert chosen(self.CARDS, "newest") == ["c", "b", "a"]

    def test_elsewhere_a_familys_default_comes_before_newer_siblings(self) -> None:
        cards = [
            card("new", vision=True, released="2025-09-01"),
            card("default", vision=True, released="2025-01-01", family_default=True),
        ]
        assert chosen(cards, "vision") == ["default", "new"]


def test_without_traits_everything_is_left() -> None:
    assert chosen([card("a"), card("b")]) == ["a", "b"]


def test_what_costs_nothing_has_a_price() -> None:
    free, dear = card("free", 0.0), card("dear", 3.0)
    for trait in ("cheapest", "fastest", "cheaper"):
        assert choose_by_traits([dear, free], [trait], dear)[0] is free

"""What the engine says by itself."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from fourthwall.conversation._replies import PhraseKey, choices, listing, phrases_for
from fourthwall.registry import ModelCard, Registry

A, B, C = (ModelCard(id=i, provider="p", name=i.upper()) for i in "abc")


def say(key: PhraseKey, **about: Any) -> str:
    filled: dict[str, Any] = {
        "active": A,
        "target": A,
        "named": "",
        "offers": (),
        "menu": (),
        **about,
    }
    return phrases_for("en").say(key, **filled)


@pytest.mark.parametrize("key", get_args(PhraseKey))
def test_every_phrase_can_be_said(key: PhraseKey) -> None:
    said = say(key, offers=(A, B), menu=(A, B), named="x")
    assert said
    assert "{" not in said


def test_offers_are_joined_as_people_do() -> None:
    assert say("ambiguous", offers=(A, B, C)) == "Which one: A, B or C?"
    assert say("ambiguous", offers=(A, B)) == "Which one: A or B?"
    assert say("ambiguous", offers=(A,)) == "Which one: A?"


@pytest.mark.parametrize(
    "named",
    [
        *("something cheaper", "a model that can see images", "the fastest model", "faster"),
        *("one that reasons", "more context", "the smartest one you have", "cheapest model"),
    ],
)
def test_a_description_that_fits_nothing_isnt_called_a_name(named: str) -> None:
    said = say("unknown_model", named=named, offers=(B,))
    assert said == f"Nothing here fits “{named}”; A stays. You can have B."


@pytest.mark.parametrize("named", ["GPT-9", "llama 5", "Opus", "onenote", "anthropic", "Theta"])
def test_a_name_isnt_called_a_description(named: str) -> None:
    assert say("unknown_model", named=named, offers=(B,)).startswith(f"“{named}” isn't here")


@pytest.mark.parametrize("key", ["declined", "unknown_model", "nothing_fits"])
def test_a_question_that_waits_is_mentioned(key: PhraseKey) -> None:
    said = say(key, offers=(B,), waits=True)
    assert said == f"{say(key, offers=(B,))} Or say “go on”, and A answers."


def test_braces_in_a_persons_words_mean_nothing() -> None:
    assert "“{model}”" in say("unknown_model", named="{model}", offers=(A,))


def test_a_long_list_is_cut() -> None:
    cards = [ModelCard(id=f"m{n}", provider="p") for n in range(23)]
    said = say("list", menu=cards)
    assert "m19" in said
    assert "m20" not in said
    assert said.endswith("- and 3 more")


def test_a_dialect_speaks_its_language_and_an_unknown_one_english() -> None:
    assert phrases_for("en-GB") is phrases_for("en") is phrases_for("tlh")


def test_a_provider_without_a_row_is_named_as_it_is() -> None:
    assert say("which") == "You're talking to A (p)."


class TestListing:
    def test_defaults_come_first_and_retired_models_not_at_all(self) -> None:
        old = ModelCard(id="old", provider="p", retires="2020-01-01", replaced_by="a")
        default = ModelCard(id="d", provider="p", family_default=True)
        registry = Registry([old, A, default, B], as_of="2026-01-01")
        assert [card.id for card in listing(registry)] == ["d", "a", "b"]
        assert [card.id for card in listing(registry, {"b", "old"})] == ["b"]


class TestChoices:
    registry = Registry([A, B, C])

    def test_the_candidates_are_offered_as_they_stand(self) -> None:
        assert choices((C, B), self.registry, None, A) == (C, B)

    def test_what_isnt_allowed_is_left_out(self) -> None:
        assert choices((C, B), self.registry, {"b"}, A) == (B,)

    def test_without_candidates_the_others_are_offered(self) -> None:
        assert choices((), self.registry, None, A) == (B, C)

    def test_the_nearest_come_first_where_those_wanted_cant_be_had(self) -> None:
        cards = [
            ModelCard(id="a", provider="p"),
            ModelCard(id="zephyr-small", provider="p"),
            ModelCard(id="storm", provider="p", family="breeze"),
            ModelCard(id="zephyr-max", provider="p", family="breeze"),
        ]
        allowed = {"a", "zephyr-small", "storm"}
        found = choices((cards[3],), Registry(cards), allowed, C, "zephyr max")
        assert [card.id for card in found] == ["storm", "zephyr-small", "a"]

    def test_where_there_is_no_other_the_active_model_is(self) -> None:
        assert choices((), Registry([A]), None, A) == (A,)

    def test_at_most_four(self) -> None:
        cards = tuple(ModelCard(id=f"m{n}", provider="p") for n in range(9))
        assert choices(cards, Registry(cards), None, cards[0]) == cards[:4]

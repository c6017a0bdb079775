import re
from typing import Any

import pytest

from fourthwall.errors import RegistryError, UnknownModelError
from fourthwall.registry import ModelCard, Registry, squash

DAY = "2026-11-22"


def card(card_id: str, **facts: Any) -> ModelCard:
    return ModelCard(id=card_id, provider="p", **facts)


@pytest.fixture
def registry() -> Registry:
    return Registry(
        [
            card("old", retires="2025-01-01", replaced_by="middle", aliases=("The Old One",)),
            card("middle", retires="2026-11-22", replaced_by="new"),
            card("new", fallbacks=("gone", "middle")),
            card("gone", retires="2026-01-01"),
        ],
        as_of=DAY,
    )


class TestNames:
    def test_case_spaces_and_hyphens_do_not_matter(self, registry: Registry) -> None:
        for name in ("the old one", "THE-OLD_ONE", "TheOldOne", "OLD"):
            assert registry[name].id == "old"
            assert name in registry

    def test_dots_matter(self) -> None:
        registry = Registry([card("gpt-4.1"), card("gpt-4")])
        assert "gpt-41" not in registry
        assert squash("gpt-4.1") != squash("gpt-41")

    def test_a_spelling_that_two_models_share_belongs_to_neither(self) -> None:
        registry = Registry([card("a-b"), card("ab")])
        assert registry["ab"].id == "ab"
        assert registry["a-b"].id == "a-b"
        assert "a b" not in registry

    def test_a_name_without_letters_is_found_only_as_it_is_written(self) -> None:
        registry = Registry([card("m", aliases=("--",))])
        assert registry["--"].id == "m"
        assert "  " not in registry

    def test_an_unknown_name_gets_the_nearest_ids(self, registry: Registry) -> None:
        with pytest.raises(UnknownModelError, match="did you mean middle") as caught:
            registry["midle"]
        assert caught.value.suggestions == ("middle",)

    def test_only_texts_are_names(self, registry: Registry) -> None:
        five: Any = 5
        assert five not in registry
        assert registry.get("nothing like it") is None

    def test_nearest_is_best_first_and_limited(self, registry: Registry) -> None:
        assert registry.nearest("the old") == ("old",)
        assert registry.nearest("", limit=2) == ()


class TestCollection:
    def test_order_and_length_are_those_of_the_cards(self, registry: Registry) -> None:
        assert list(registry) == [c.id for c in registry.cards] == ["old", "middle", "new", "gone"]
        assert len(registry) == 4
        assert repr(registry) == "<Registry of 4 models>"

    def test_it_is_compared_as_an_object(self, registry: Registry) -> None:
        assert registry != Registry(registry.cards)
        assert len({registry, registry}) == 1

    def test_the_day_is_today_where_none_is_given(self) -> None:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", Registry([card("m")]).as_of)

    @pytest.mark.parametrize("day", ["22.11.2026", "20261122", "2026-11"])
    def test_a_day_must_be_an_iso_date(self, day: str) -> None:
        with pytest.raises(ValueError, match=r"isoformat|YYYY-MM-DD"):
            Registry([card("m")], as_of=day)

    def test_a_registry_without_models_is_refused(self) -> None:
        with pytest.raises(RegistryError, match="there is no model"):
            Registry([])

    def test_guarded_words_are_folded(self) -> None:
        assert Registry([card("m")], guarded=["Opus"]).guarded == {"opus"}


class TestRetirement:
    def test_replacements_are_followed_to_the_first_that_lives(self, registry: Registry) -> None:
        assert registry.current(registry["old"]).id == "new"
        assert registry.at("2026-11-21").current(registry["old"]).id == "middle"

    def test_without_a_replacement_the_card_itself_is_left(self, registry: Registry) -> None:
        assert registry.is_retired(registry["gone"])
        assert registry.current(registry["gone"]).id == "gone"

    def test_a_living_model_is_current(self, registry: Registry) -> None:
        assert registry.current(registry["new"]) is registry["new"]


class TestDerived:
    def test_with_cards_replaces_and_adds(self, registry: Registry) -> None:
        result = registry.with_cards([card("gone", name="Back"), card("more")])
        assert list(result) == ["old", "middle", "new", "gone", "more"]
        assert result["gone"].label == "Back"
        assert result.as_of == DAY

    def test_restricted_keeps_links_among_what_is_left(self, registry: Registry) -> None:
        result = registry.restricted(["old", "NEW", "gone"])
        assert list(result) == ["old", "new", "gone"]
        assert result["new"].fallbacks == ("gone",)
        assert result["old"].replaced_by == "new", "the way over 'middle' is shortened"

    def test_restricted_drops_a_replacement_that_is_not_left(self, registry: Registry) -> None:
        assert registry.restricted(["old"])["old"].replaced_by is None

    def test_restricted_to_an_unknown_model_is_an_error(self, registry: Registry) -> None:
        with pytest.raises(UnknownModelError):
            registry.restricted(["nope"])

    @pytest.mark.parametrize("how", ["at", "with_cards", "restricted"])
    def test_guarded_words_stay(self, how: str) -> None:
        registry = Registry([card("m")], guarded=["x"])
        argument = {"at": DAY, "with_cards": [], "restricted": ["m"]}[how]
        assert getattr(registry, how)(argument).guarded == {"x"}


class TestLinks:
    def test_two_ways_to_the_same_fallback_are_no_circle(self) -> None:
        cards = [card("a", fallbacks=("b", "c")), card("b", fallbacks=("c",)), card("c")]
        assert len(Registry(cards)) == 3

    def test_a_long_chain_is_no_circle(self) -> None:
        cards = [card(f"m{n}", fallbacks=(f"m{n + 1}",)) for n in range(3000)]
        assert len(Registry([*cards, card("m3000")])) == 3001


def test_get_takes_every_name_and_gives_the_default_for_others() -> None:
    card = ModelCard(id="gpt-5", provider="openai", aliases=("five",))
    registry = Registry([card])
    assert registry.get("Five") is card
    assert registry.get("six") is None
    assert registry.get("six", card) is card

from typing import Any

import pytest

from fourthwall.errors import RegistryError
from fourthwall.registry import ModelCard

CARD = ModelCard(id="m", provider="p", price_in=3.0, price_out=15.0, price_cached_in=0.3)


class TestMaking:
    def test_id_and_provider_are_enough(self) -> None:
        card = ModelCard(id="m", provider="p")
        assert (card.label, card.upstream_id, card.price_in) == ("m", "m", None)

    @pytest.mark.parametrize("field", ["id", "provider"])
    def test_blank_name_is_refused_with_the_field(self, field: str) -> None:
        names: dict[str, Any] = {"id": "m", "provider": "p", field: " "}
        with pytest.raises(RegistryError, match=field) as caught:
            ModelCard(**names)
        assert caught.value.field == field

    @pytest.mark.parametrize("price", [-0.01, float("nan"), float("inf")])
    def test_a_price_that_is_no_amount_is_refused(self, price: float) -> None:
        with pytest.raises(RegistryError, match="'price_out': must be a number ≥ 0"):
            ModelCard(id="m", provider="p", price_out=price)

    def test_null_collections_become_empty_ones(self) -> None:
        nulls: dict[str, Any] = dict.fromkeys(
            ("aliases", "fallbacks", "hosts", "family_default", "extra")
        )
        assert ModelCard(id="m", provider="p", **nulls) == ModelCard(id="m", provider="p")

    def test_label_and_upstream_are_shown_and_sent_where_they_are_known(self) -> None:
        card = ModelCard(id="m", provider="p", name="The M", upstream="m-1")
        assert (card.label, card.upstream_id) == ("The M", "m-1")

    def test_cards_can_be_kept_in_a_set(self) -> None:
        assert len({CARD, ModelCard(id="m", provider="p", hosts={"h": "x"})}) == 2


class TestRoutes:
    def test_own_provider_comes_before_the_hosts(self) -> None:
        card = ModelCard(id="m", provider="p", upstream="m-1", hosts={"groq": "x/m"})
        assert card.routes == (("p", "m-1"), ("groq", "x/m"))

    def test_a_model_that_only_hosts_serve_has_no_own_route(self) -> None:
        card = ModelCard(id="m", provider="p", hosts={"groq": "x/m"}, hosted_only=True)
        assert card.routes == (("groq", "x/m"),)


class TestRetirement:
    @pytest.mark.parametrize(
        ("retires", "on", "retired"),
        [
            (None, "2030-01-01", False),
            ("2026-10-23", "2026-10-22", False),
            ("2026-10-23", "2026-10-23", True),
            ("2026-10", "2026-10-30", False),
            ("2026-10", "2026-10-31", True),
            ("2026-10", "2026-11-01", True),
        ],
    )
    def test_is_retired_from_the_day_on(self, retires: str | None, on: str, retired: bool) -> None:
        assert ModelCard(id="m", provider="p", retires=retires).is_retired(on) is retired


class TestCost:
    def test_cached_tokens_have_their_own_price(self) -> None:
        cost = CARD.cost_nanousd(prompt_tokens=1000, completion_tokens=100, cached_tokens=400)
        assert cost == 600 * 3000 + 400 * 300 + 100 * 15000

    def test_cached_tokens_cost_the_full_price_where_no_other_is_known(self) -> None:
        card = ModelCard(id="m", provider="p", price_in=1.0, price_out=0)
        assert card.cost_nanousd(prompt_tokens=10, completion_tokens=5, cached_tokens=10) == 10_000

    def test_a_fraction_of_a_nanodollar_is_rounded_up(self) -> None:
        card = ModelCard(id="m", provider="p", price_in=0.0001)
        assert card.cost_nanousd(prompt_tokens=1, completion_tokens=0) == 1

    def test_a_missing_price_is_unknown_not_free(self) -> None:
        card = ModelCard(id="m", provider="p", price_in=1.0)
        assert card.cost_nanousd(prompt_tokens=1, completion_tokens=1) is None

    def test_a_missing_price_does_not_matter_without_tokens_for_it(self) -> None:
        card = ModelCard(id="m", provider="p", price_in=1.0)
        assert card.cost_nanousd(prompt_tokens=1, completion_tokens=0) == 1000

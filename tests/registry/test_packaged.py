"""The packaged catalogue: what has to be true of it, whatever it holds."""

import json
from collections import Counter

import pytest

from fourthwall.registry import Registry, squash
from fourthwall.registry._packaged import guarded_words, packaged, packaged_catalogue

REVIEWED = "2026-11-22"

NAMED_IN_DOCUMENTATION = (
    *("gpt-5", "gpt-5-mini", "gpt-4o", "gpt-4o-mini", "o1", "o3", "o4-mini", "gpt-oss-120b"),
    *("claude-opus-4.1", "claude-sonnet-4.5", "claude-sonnet-3.7", "claude-haiku-4.5"),
    *("deepseek-r1", "deepseek-v3", "gemini-2.5-pro", "gemini-2.5-flash", "kimi-k2-thinking"),
    *("llama-3.3-70b", "llama-3.1-405b", "qwen3-235b", "qwen2.5-72b", "glm-4.6", "grok-4"),
)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.from_data(packaged_catalogue(), as_of=REVIEWED)


class TestFile:
    def test_it_passes_the_checks_of_a_registry_file(self, registry: Registry) -> None:
        assert registry.cards == Registry.default(as_of=REVIEWED).cards

    def test_it_has_one_model_a_line(self) -> None:
        text = packaged("catalogue.json").decode()
        lines = [line for line in text.splitlines() if line.startswith('  {"id"')]
        assert len(lines) == len(json.loads(text)["models"])

    def test_it_says_where_it_comes_from(self) -> None:
        about = packaged_catalogue()["about"]
        assert about["reviewed"] == REVIEWED
        assert "MIT" in about["licence"]
        assert about["sources"]

    def test_guarded_words_are_folded(self) -> None:
        assert {"opus", "flash", "r1", "llama"} < guarded_words()
        assert {word.casefold() for word in guarded_words()} == guarded_words()


class TestModels:
    def test_it_has_the_models_that_documentation_names(self, registry: Registry) -> None:
        assert [registry[name].id for name in NAMED_IN_DOCUMENTATION] == [*NAMED_IN_DOCUMENTATION]
        assert registry["mistral-large"].family == "mistral"

    def test_claude_is_spelled_with_dots_and_known_by_the_makers_spelling(
        self, registry: Registry
    ) -> None:
        card = registry["claude-sonnet-4-5"]
        assert (card.id, card.upstream_id) == ("claude-sonnet-4.5", "claude-sonnet-4-5")

    def test_every_other_name_at_the_provider_is_an_alias(self, registry: Registry) -> None:
        for card in registry.cards:
            assert registry[card.upstream_id] is card

    def test_every_model_has_a_name_a_family_a_window_and_a_price(self, registry: Registry) -> None:
        for card in registry.cards:
            facts = (card.name, card.family, card.context, card.price_in, card.price_out)
            assert None not in facts, card.id
            assert 0 not in (card.price_in, card.price_out), f"{card.id} isn't free"

    def test_no_alias_only_respells_the_id(self, registry: Registry) -> None:
        for card in registry.cards:
            other = {squash(alias) for alias in card.aliases if alias != card.upstream}
            assert squash(card.id) not in other, card.id


class TestDecisions:
    def test_a_family_has_one_default_that_answers(self, registry: Registry) -> None:
        families = {card.family for card in registry.cards}
        defaults = Counter(card.family for card in registry.cards if card.family_default)
        assert defaults == dict.fromkeys(families, 1)
        assert not [c.id for c in registry.cards if c.family_default and registry.is_retired(c)]

    def test_a_tier_belongs_to_one_family(self, registry: Registry) -> None:
        owners = {(card.tier, card.family) for card in registry.cards if card.tier}
        assert len(owners) == len(dict(owners))

    def test_whatever_has_retired_leads_to_what_answers(self, registry: Registry) -> None:
        retired = [card for card in registry.cards if registry.is_retired(card)]
        assert {"o1", "o4-mini", "claude-sonnet-3.7", "grok-4"} < {card.id for card in retired}
        assert not [card.id for card in retired if registry.is_retired(registry.current(card))]

    def test_open_weights_that_hosts_serve_have_not_retired(self, registry: Registry) -> None:
        for name in ("deepseek-r1", "deepseek-v3", "kimi-k2-thinking"):
            card = registry[name]
            assert (card.retires, card.hosted_only) == (None, True)
            assert card.routes[0][0] == "openrouter"

    def test_names_that_are_words_are_guarded(self, registry: Registry) -> None:
        assert {card.tier for card in registry.cards if card.tier} <= registry.guarded

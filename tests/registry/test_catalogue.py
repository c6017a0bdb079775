from typing import Any

import pytest

from fourthwall.errors import RegistryError
from fourthwall.registry import Registry
from fourthwall.registry._catalogue import build, packaged_overlay, refreshed
from fourthwall.registry._packaged import packaged_catalogue

SONNET = {
    "id": "claude-sonnet-4-5",
    "name": "Claude Sonnet 4.5 (latest)",
    "release_date": "2025-09-29",
    "reasoning": True,
    "temperature": True,
    "tool_call": True,
    "open_weights": False,
    "modalities": {"input": ["text", "image"], "output": ["text"]},
    "limit": {"context": 200000, "output": 64000},
    "cost": {"input": 3, "output": 15, "cache_read": 0.3},
}
NEW = {**SONNET, "id": "claude-opus-6-5", "name": "Claude Opus 6.5", "release_date": "2026-12-24"}
OVERLAY: dict[str, Any] = {
    "guarded_words": ["opus", "haiku"],
    "about": {"reviewed": "2026-11-22"},
    "makers": {
        "anthropic": {
            "source": "anthropic",
            "openrouter": "anthropic",
            "families": {"claude": "claude", "claude-code": "code"},
            "tiers": ["opus", "sonnet"],
            "dotted": True,
            "defaults": {"reasoning_replay": "own"},
        },
        "meta": {"source": "meta", "families": {"llama": "llama"}, "defaults": {}},
    },
    "models": [
        {
            "id": "claude-sonnet-4.5",
            "provider": "anthropic",
            "upstream": "claude-sonnet-4-5",
            "sampling": "rejected",
            "facts": {"max_output": 32000},
            "hosts": {"bedrock": "claude"},
        },
        {"id": "llama", "provider": "meta", "source": "groq/x/llama", "reasoning_replay": ""},
    ],
}
LLAMA = {"limit": {"input": 8192}, "cost": {"input": 0, "output": 0}, "modalities": {}}


def api(*models: dict[str, Any]) -> dict[str, Any]:
    return {
        "anthropic": {"models": {model["id"]: model for model in models}},
        "openrouter": {"models": {"anthropic/claude-sonnet-4.5": {}}},
        "groq": {"models": {"x/llama": LLAMA}},
    }


class TestBuild:
    def test_layers_lie_over_each_other(self) -> None:
        assert build(api(SONNET), OVERLAY)["models"][0] == {
            "id": "claude-sonnet-4.5",
            "provider": "anthropic",
            "upstream": "claude-sonnet-4-5",
            "name": "Claude Sonnet 4.5",
            "family": "claude",
            "context": 200000,
            "max_output": 32000,
            "price_in": 3,
            "price_cached_in": 0.3,
            "price_out": 15,
            "reasoning": True,
            "reasoning_replay": "own",
            "sampling": "rejected",
            "vision": True,
            "tools": True,
            "open_weights": False,
            "released": "2025-09-29",
            "hosts": {"openrouter": "anthropic/claude-sonnet-4.5", "bedrock": "claude"},
        }

    def test_what_the_source_does_not_say_stays_unknown(self) -> None:
        catalogue = build(api(), OVERLAY)
        assert catalogue["models"][1] == {
            "id": "llama",
            "provider": "meta",
            "family": "llama",
            "context": 8192,
        }

    def test_it_says_which_facts_are_decided(self) -> None:
        assert build(api(), OVERLAY)["decided"] == {"claude-sonnet-4.5": ["sampling"]}

    def test_words_are_sorted(self) -> None:
        assert build(api(), OVERLAY)["guarded_words"] == ["haiku", "opus"]

    @pytest.mark.parametrize(("says", "means"), [(True, "accepted"), (False, "rejected")])
    def test_sampling_follows_the_source_where_nothing_is_decided(
        self, says: bool, means: str
    ) -> None:
        overlay = {**OVERLAY, "models": [{"id": "claude-sonnet-4-5", "provider": "anthropic"}]}
        entry = build(api({**SONNET, "temperature": says}), overlay)["models"][0]
        assert entry["sampling"] == means

    def test_the_longest_prefix_names_the_family(self) -> None:
        overlay = {**OVERLAY, "models": [{"id": "claude-code-1", "provider": "anthropic"}]}
        assert build(api(), overlay)["models"][0]["family"] == "code"

    def test_the_packaged_catalogue_was_made_of_the_packaged_overlay(self) -> None:
        overlay, catalogue = packaged_overlay(), packaged_catalogue()
        made = build({}, overlay)
        assert {**made, "models": []} == {**catalogue, "models": []}
        for row, entry in zip(overlay["models"], catalogue["models"], strict=True):
            decided = {key: row[key] for key in row if key not in ("facts", "source", "hosts")}
            assert {key: entry.get(key, "") for key in decided} == decided


class TestRefreshed:
    def test_known_models_get_facts_and_nothing_else(self) -> None:
        known = refreshed(api(SONNET), OVERLAY)["models"][0]
        assert known["id"] == "claude-sonnet-4.5"
        assert known["max_output"] == 64000
        assert "provider" not in known

    def test_a_model_released_since_the_review_is_new(self) -> None:
        entry = refreshed(api(NEW), OVERLAY)["models"][-1]
        assert {key: entry[key] for key in ("id", "upstream", "aliases", "family", "tier")} == {
            "id": "claude-opus-6.5",
            "upstream": "claude-opus-6-5",
            "aliases": ["claude-opus-6-5"],
            "family": "claude",
            "tier": "opus",
        }
        assert entry["reasoning_replay"] == "own"
        assert Registry.from_data({"models": [entry]})["claude opus 6.5"].price_in == 3

    def test_a_new_model_that_is_spelled_as_the_maker_spells_it_needs_no_alias(self) -> None:
        plain = {**NEW, "id": "claude-mythos-7"}
        offer = api(plain)
        offer["openrouter"]["models"]["anthropic/claude-mythos-7"] = {}
        entry = refreshed(offer, OVERLAY)["models"][-1]
        assert entry["hosts"] == {"openrouter": "anthropic/claude-mythos-7"}
        assert not {"upstream", "aliases", "tier"} & set(entry)

    @pytest.mark.parametrize(
        "change",
        [
            {"release_date": "2026-11-22"},
            {"release_date": None},
            {"status": "deprecated"},
            {"modalities": {"output": ["text", "image"]}},
            {"id": "claude-opus-6-5-20261224"},
            {"id": "claude-opus-latest"},
            {"id": "mythos-1"},
            {"id": "claude-sonnet-4-5"},
        ],
    )
    def test_whatever_was_left_out_on_purpose_stays_out(self, change: dict[str, Any]) -> None:
        entries = refreshed(api({**NEW, **change}), OVERLAY)["models"]
        assert {entry["id"] for entry in entries} <= {"claude-sonnet-4.5", "llama"}

    def test_an_entry_that_is_no_object_is_passed_over(self) -> None:
        offer = api(SONNET)
        offer["anthropic"]["models"]["claude-7"] = "soon"
        assert [entry["id"] for entry in refreshed(offer, OVERLAY)["models"]] == [
            "claude-sonnet-4.5",
            "llama",
        ]

    @pytest.mark.parametrize("offer", [{}, [], {"anthropic": []}, {"anthropic": {"models": {}}}])
    def test_something_else_than_api_json_is_refused(self, offer: Any) -> None:
        with pytest.raises(RegistryError, match=r"no maker's models are in it\. Give api\.json"):
            refreshed(offer, OVERLAY)

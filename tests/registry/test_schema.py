import re
from typing import Any

import pytest

from fourthwall.errors import RegistryError
from fourthwall.registry import ModelCard
from fourthwall.registry._schema import cards_from, words_from

LEAST = {"id": "m", "provider": "p"}


class TestCards:
    def test_null_is_an_unknown_fact(self) -> None:
        nulls = {name: None for name in ModelCard.__slots__ if name not in (*LEAST, "extra")}
        assert cards_from([{**LEAST, **nulls}]) == [ModelCard(id="m", provider="p")]

    def test_every_field_of_a_card_is_taken(self) -> None:
        entry: dict[str, Any] = {
            **LEAST,
            "upstream": "m-1",
            "name": "M",
            "family": "f",
            "tier": "t",
            "family_default": True,
            "aliases": ["a"],
            "context": 8,
            "max_output": 4,
            "price_in": 1,
            "price_cached_in": 0,
            "price_out": 2.5,
            "reasoning": False,
            "reasoning_format": "think",
            "reasoning_replay": "own",
            "sampling": "ignored",
            "vision": True,
            "tools": True,
            "open_weights": False,
            "thought_signatures": "required",
            "released": "2025-08",
            "retires": "2026-08-01",
            "replaced_by": "n",
            "fallbacks": ["n"],
            "access": "waiting list",
            "hosts": {"groq": "x/m"},
            "hosted_only": True,
        }
        assert set(entry) == {*ModelCard.__slots__} - {"extra"}
        tuples = {"aliases": ("a",), "fallbacks": ("n",)}
        assert cards_from([entry]) == [ModelCard(**{**entry, **tuples})]

    @pytest.mark.parametrize(
        ("field", "value", "says"),
        [
            ("id", "", "model '#1', field 'id': must be a non-empty text, got ''. Write an"),
            ("id", 5, "model '#1', field 'id': must be a non-empty text, got 5."),
            ("provider", " ", "must be a non-empty text, got ' '. Write a \"provider\""),
            ("provider", None, "must be a non-empty text, got None."),
            ("price_in", "cheap", "(USD per million tokens), got 'cheap'. Write a number or null."),
            ("price_in", -1, "must be a number ≥ 0"),
            ("price_out", float("nan"), "must be a number ≥ 0"),
            ("price_cached_in", float("inf"), "must be a number ≥ 0"),
            ("price_in", True, "must be a number ≥ 0"),
            ("context", 1.5, "must be a whole number of tokens ≥ 1, got 1.5."),
            ("max_output", 0, "must be a whole number of tokens ≥ 1, got 0."),
            ("vision", "yes", "must be true, false or null, got 'yes'."),
            ("family_default", 1, "must be true, false or null, got 1."),
            ("aliases", "gpt", "must be a list of non-empty texts, got 'gpt'."),
            ("aliases", ["a", 3], "must be a list of non-empty texts, got 3."),
            ("aliases", [""], "must be a list of non-empty texts, got ''."),
            ("aliases", ["a\ud800"], r"got 'a\ud800'."),
            ("released", "2025-13-01", "must be a date, YYYY-MM-DD or YYYY-MM, got '2025-13-01'"),
            ("released", "20250807", "must be a date"),
            ("released", "soon", "must be a date"),
            ("retires", 2026, "must be a date, YYYY-MM-DD or YYYY-MM, got 2026."),
            ("sampling", "sometimes", "must be one of accepted, rejected, ignored, without_reas"),
            ("reasoning_replay", "always", "must be one of never, own, required_on_tool_turns"),
            ("thought_signatures", True, "must be 'required' or null, got True."),
            ("hosts", {"groq": 1}, "must be a table of provider name to the model's name there"),
            ("hosts", [], "must be a table of provider name"),
            ("family", ["x" * 99], "got ['" + "x" * 58 + "…."),
        ],
    )
    def test_a_wrong_value_is_told_with_entry_field_and_remedy(
        self, field: str, value: object, says: str
    ) -> None:
        with pytest.raises(RegistryError, match=re.escape(says)) as caught:
            cards_from([{**LEAST, field: value}])
        assert caught.value.field == field
        assert caught.value.remedy.startswith("Write ")

    @pytest.mark.parametrize("field", ["id", "provider"])
    def test_a_missing_field_is_told(self, field: str) -> None:
        entry = {name: value for name, value in LEAST.items() if name != field}
        with pytest.raises(RegistryError, match=f"field '{field}': is missing. Give it an? "):
            cards_from([LEAST, entry])

    def test_an_entry_without_an_id_is_counted_from_one(self) -> None:
        with pytest.raises(RegistryError, match="model '#2', field 'id': is missing"):
            cards_from([LEAST, {"provider": "p"}])

    def test_an_entry_that_is_no_object(self) -> None:
        with pytest.raises(RegistryError, match="model '#2': must be an object, got 'gpt-5'"):
            cards_from([LEAST, "gpt-5"])


class TestWords:
    def test_a_list_of_words(self) -> None:
        assert words_from(["Opus", "flash"]) == ["Opus", "flash"]

    @pytest.mark.parametrize("words", ["opus", [1], [""], {}])
    def test_anything_else_is_refused(self, words: object) -> None:
        with pytest.raises(RegistryError, match="field 'guarded_words': must be a list"):
            words_from(words)

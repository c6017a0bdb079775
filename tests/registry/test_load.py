import json
import re
from pathlib import Path
from typing import Any

import pytest

from fourthwall.errors import RegistryError
from fourthwall.registry import Registry, UnknownKeyWarning
from fourthwall.registry import _load as load

GPT = {"id": "gpt-5", "provider": "openai", "family": "gpt", "aliases": ["5"], "price_in": 1.25}
MINI = {"id": "gpt-5-mini", "provider": "openai", "family": "gpt"}
CLAUDE = {"id": "claude", "provider": "anthropic"}


@pytest.fixture(autouse=True)
def _no_key_was_warned_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "_WARNED_KEYS", set())


@pytest.fixture
def base() -> Registry:
    entries = [{**GPT, "family_default": True}, MINI, CLAUDE]
    return Registry.from_data({"models": entries, "guarded_words": ["Opus"]}, as_of="2026-11-22")


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


class TestFiles:
    def test_json_and_toml_give_equal_cards(self, tmp_path: Path) -> None:
        as_json = write(tmp_path, "models.json", json.dumps({"models": [GPT, MINI]}))
        as_toml = write(
            tmp_path,
            "models.TOML",
            "[[models]]\nid = 'gpt-5'\nprovider = 'openai'\nfamily = 'gpt'\naliases = ['5']\n"
            "price_in = 1.25\n[[models]]\nid = 'gpt-5-mini'\nprovider = 'openai'\nfamily = 'gpt'\n",
        )
        assert Registry.load(as_json).cards == Registry.load(str(as_toml)).cards

    def test_a_date_of_toml_is_the_same_as_text(self, tmp_path: Path) -> None:
        text = "[[models]]\nid = 'm'\nprovider = 'p'\nreleased = 2025-08-07\nretires = '2026-12'\n"
        card = Registry.load(write(tmp_path, "m.toml", text))["m"]
        assert (card.released, card.retires) == ("2025-08-07", "2026-12")

    def test_other_top_level_keys_are_ignored(self, tmp_path: Path) -> None:
        data = {"about": "x", "providers": {"p": {}}, "models": [MINI]}
        assert list(Registry.load(write(tmp_path, "m.json", json.dumps(data)))) == ["gpt-5-mini"]

    def test_a_byte_order_mark_does_no_harm(self, tmp_path: Path) -> None:
        text = b"\xef\xbb\xbf" + json.dumps({"models": [MINI]}).encode()
        assert "gpt-5-mini" in Registry.load(write(tmp_path, "m.json", text))

    @pytest.mark.parametrize(
        ("name", "text", "says"),
        [
            ("m.json", '{"models":\n  [,]}', "isn't valid JSON at line 2, column 4"),
            ("m.json", "", "isn't valid JSON at line 1, column 1"),
            ("m.json", "[" * 100_000, "isn't usable JSON"),
            ("m.json", b'{"models": "\xff"}', "isn't UTF-8 (byte 12)"),
            ("m.toml", "[[models]]\nid = = 1", "isn't valid TOML: Invalid value (at line 2"),
            ("m.json", "[]", "must hold an object, not a list"),
            ("m.json", "{}", "'models' is missing"),
            ("m.json", '{"models": {}}', "'models' must be a list"),
            ("m.json", '{"models": []}', "there is no model"),
        ],
    )
    def test_a_broken_file_is_named_with_the_place(
        self, tmp_path: Path, name: str, text: str | bytes, says: str
    ) -> None:
        path = write(tmp_path, name, text)
        with pytest.raises(RegistryError, match=re.escape(f"{path}: {says}")) as caught:
            Registry.load(path)
        assert caught.value.remedy.endswith(".")

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(RegistryError, match=r"No such file or directory. Check the path"):
            Registry.load(tmp_path / "none.json")

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(RegistryError, match="can't be read"):
            Registry.load(tmp_path)


class TestData:
    @pytest.mark.parametrize(
        ("entries", "says"),
        [
            ([GPT, GPT], "model 'gpt-5', field 'id': the id stands there twice"),
            ([GPT, {**MINI, "aliases": ["5"]}], "field 'aliases': '5' also means 'gpt-5'"),
            ([{**GPT, "aliases": ["GPT-5-mini"]}, MINI], "field 'id': 'gpt-5-mini' also means"),
            ([{**GPT, "fallbacks": ["x"]}], "field 'fallbacks': there is no model 'x'"),
            ([{**GPT, "replaced_by": "x"}], "field 'replaced_by': there is no model 'x'"),
            (
                [{**GPT, "fallbacks": ["gpt-5-mini"]}, {**MINI, "fallbacks": ["gpt-5"]}],
                "leads in a circle: gpt-5 -> gpt-5-mini -> gpt-5",
            ),
            ([{**GPT, "replaced_by": "gpt-5"}], "'replaced_by': leads in a circle"),
        ],
    )
    def test_what_contradicts_itself_is_named_with_the_source(
        self, entries: list[dict[str, Any]], says: str
    ) -> None:
        with pytest.raises(RegistryError, match=re.escape(says)) as caught:
            Registry.from_data({"models": entries}, source="here")
        assert str(caught.value).startswith("here: model 'gpt-5")
        assert str(caught.value) in repr(caught.value)

    def test_the_file_may_name_its_own_guarded_words(self, base: Registry) -> None:
        assert base.guarded == {"opus"}

    def test_without_any_the_packaged_list_holds(self) -> None:
        registry = Registry.from_data({"models": [MINI]})
        assert registry.guarded == Registry.default().guarded >= {"opus", "flash"}


class TestUnknownKeys:
    def test_they_are_kept_and_warned_about_once(self) -> None:
        entries = [{**GPT, "prcie_in": 1, "zzz": 2}, {**MINI, "prcie_in": 3}]
        with pytest.warns(UnknownKeyWarning) as caught:
            registry = Registry.from_data({"models": entries}, source="m.json")
        assert registry["gpt-5"].extra == {"prcie_in": 1, "zzz": 2}
        assert registry["gpt-5-mini"].extra == {"prcie_in": 3}
        assert [str(warning.message) for warning in caught] == [
            "m.json: model 'gpt-5': unknown key 'prcie_in'; did you mean 'price_in'?",
            "m.json: model 'gpt-5': unknown key 'zzz'; it is kept in ModelCard.extra",
        ]
        assert {warning.filename for warning in caught} == {__file__}

    def test_a_second_file_is_not_warned_about(self, tmp_path: Path) -> None:
        path = write(tmp_path, "m.json", json.dumps({"models": [{**MINI, "zzz": 1}]}))
        with pytest.warns(UnknownKeyWarning) as caught:
            Registry.load(path)
        assert caught[0].filename == __file__
        assert Registry.load(path)["gpt-5-mini"].extra == {"zzz": 1}


class TestWithEntries:
    def test_fields_given_replace_and_the_others_stay(self, base: Registry) -> None:
        card = base.with_entries([{"id": "gpt-5", "price_in": 2.0, "family": None}])["gpt-5"]
        assert (card.price_in, card.family, card.aliases) == (2.0, None, ("5",))

    def test_a_new_id_is_added_at_the_end(self, base: Registry) -> None:
        result = base.with_entries([{"id": "mine", "provider": "local", "fallbacks": ["gpt-5"]}])
        assert list(result) == ["gpt-5", "gpt-5-mini", "claude", "mine"]
        assert result.as_of == "2026-11-22"
        assert result.guarded == {"opus"}
        assert "mine" not in base

    def test_a_new_model_needs_a_provider(self, base: Registry) -> None:
        with pytest.raises(
            RegistryError, match=r"^cfg: model 'mine', field 'provider': is missing"
        ):
            base.with_entries([{"id": "mine"}], source="cfg")

    @pytest.mark.parametrize("entry", ["gpt-5", {"id": ["gpt-5"]}, None])
    def test_what_is_no_entry_is_refused(self, base: Registry, entry: Any) -> None:
        with pytest.raises(RegistryError):
            base.with_entries([entry])

    def test_an_id_that_stands_there_twice_is_refused(self, base: Registry) -> None:
        with pytest.raises(RegistryError, match="twice"):
            base.with_entries([{"id": "gpt-5"}, {"id": "gpt-5"}])

    def test_a_name_that_an_entry_claims_leaves_the_older_card(self, base: Registry) -> None:
        result = base.with_entries([{"id": "gpt-5-mini", "aliases": ["5", "tiny"]}])
        assert result["5"].id == "gpt-5-mini"
        assert result["gpt-5"].aliases == ()

    def test_an_id_may_be_an_older_alias(self, base: Registry) -> None:
        assert base.with_entries([{"id": "5", "provider": "local"}])["5"].provider == "local"

    def test_an_id_can_not_be_claimed_as_an_alias(self, base: Registry) -> None:
        with pytest.raises(RegistryError, match="also means"):
            base.with_entries([{"id": "gpt-5", "aliases": ["claude"]}])

    def test_two_entries_can_not_claim_one_name(self, base: Registry) -> None:
        with pytest.raises(RegistryError, match="also means"):
            base.with_entries(
                [{"id": "gpt-5", "aliases": ["x"]}, {"id": "claude", "aliases": ["x"]}]
            )

    def test_a_new_family_default_takes_over(self, base: Registry) -> None:
        result = base.with_entries(
            [{"id": "gpt-5-mini", "family_default": True}, {"id": "gpt-5", "price_in": 1}]
        )
        assert [card.id for card in result.cards if card.family_default] == ["gpt-5-mini"]

    def test_an_inherited_default_takes_nothing_over(self, base: Registry) -> None:
        result = base.with_entries([{"id": "gpt-5", "price_in": 1}])
        assert result["gpt-5"].family_default

    def test_unknown_keys_are_warned_about(self, base: Registry) -> None:
        with pytest.warns(UnknownKeyWarning) as caught:
            result = base.with_entries([{"id": "gpt-5", "zzz": 1}])
        assert caught[0].filename == __file__
        assert result["gpt-5"].extra == {"zzz": 1}


class TestDumping:
    def test_only_what_is_known_is_written(self, base: Registry) -> None:
        assert base.to_data() == {
            "guarded_words": ["opus"],
            "models": [{**GPT, "family_default": True}, MINI, CLAUDE],
        }

import json
from pathlib import Path
from typing import Any

import pytest

from fourthwall.errors import RegistryError
from fourthwall.registry import CatalogueWarning, Registry, refresh_catalogue
from fourthwall.registry._refresh import data_folder as data_folder_of

LATER = "2026-12-01"


def api(price: object = 1.0, **new: dict[str, Any]) -> dict[str, Any]:
    gpt = {"name": "GPT-5", "cost": {"input": price, "output": 9.5}, "temperature": True}
    return {"openai": {"models": {"gpt-5": gpt, **new}}}


GPT_7 = {
    "name": "GPT-7 Sol",
    "release_date": "2026-12-01",
    "modalities": {"input": ["text"], "output": ["text"]},
    "cost": {"input": 1, "output": 2},
}


class TestRefresh:
    def test_facts_become_the_sources_and_decisions_stay_ours(self, data_folder: Path) -> None:
        report = refresh_catalogue(api(), fetched=LATER)
        assert (report.added, report.removed, report.changed) == ((), (), ("gpt-5",))
        assert report.path == data_folder / "catalogue.json"
        card = Registry.default()["gpt-5"]
        assert (card.price_in, card.price_out) == (1.0, 9.5)
        assert card.sampling == "rejected", "the source's temperature flag doesn't overtake it"
        assert card.aliases

    def test_what_the_source_does_not_say_stays_as_packaged(self) -> None:
        before = Registry.default()
        refresh_catalogue(api(), fetched=LATER)
        after = Registry.default()
        assert after["gpt-5"].context == before["gpt-5"].context
        assert after["o3"] == before["o3"]
        assert after.guarded == before.guarded

    def test_new_models_come_and_go_with_the_source(self) -> None:
        first = refresh_catalogue(api(**{"gpt-7-sol": GPT_7}), fetched=LATER)
        assert first.added == ("gpt-7-sol",)
        assert Registry.default()["GPT-7 Sol"].tier == "sol"
        second = refresh_catalogue(api(), fetched=LATER)
        assert (second.removed, second.changed) == (("gpt-7-sol",), ())

    def test_it_is_dated_today_if_nothing_else_is_said(self, data_folder: Path) -> None:
        refresh_catalogue(api())
        about = json.loads((data_folder / "catalogue.json").read_text())["about"]
        assert about["fetched"] == Registry.default().as_of

    @pytest.mark.parametrize("offer", [{}, api("cheap"), api(-1), api(float("nan"))])
    def test_a_source_that_can_not_be_right_leaves_the_old_copy(
        self, data_folder: Path, offer: dict[str, Any]
    ) -> None:
        refresh_catalogue(api(), fetched=LATER)
        with pytest.raises(RegistryError):
            refresh_catalogue(offer, fetched=LATER)
        assert Registry.default()["gpt-5"].price_in == 1.0
        assert [path.name for path in data_folder.iterdir()] == ["catalogue.json"]

    def test_a_broken_copy_is_replaced(self, data_folder: Path) -> None:
        data_folder.mkdir()
        (data_folder / "catalogue.json").write_text("{")
        assert refresh_catalogue(api(), fetched=LATER).changed == ("gpt-5",)
        assert Registry.default()["gpt-5"].price_in == 1.0


class TestDefault:
    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("{", "isn't valid JSON at line 1"),
            ("[]", "isn't a refreshed catalogue"),
            ('{"models": []}', "isn't a refreshed catalogue"),
            ('{"about": {"fetched": "2027-01-01"}}', "'models' must be a list"),
            ('{"about": {"fetched": "2027-01-01"}, "models": [{}]}', "with an 'id'"),
            (
                '{"about": {"fetched": "2027-01-01"}, "models": [{"id": "o3", "context": "x"}]}',
                "model 'o3', field 'context': must be a whole number",
            ),
        ],
    )
    def test_a_broken_copy_is_named_and_ignored(
        self, data_folder: Path, text: str, says: str
    ) -> None:
        packaged = Registry.default().cards
        data_folder.mkdir()
        path = data_folder / "catalogue.json"
        path.write_text(text)
        with pytest.warns(CatalogueWarning) as caught:
            assert Registry.default().cards == packaged
        assert str(caught[0].message).startswith(f"the refreshed catalogue is ignored: {path}: ")
        assert says in str(caught[0].message)
        assert caught[0].filename == __file__

    def test_a_copy_older_than_the_package_is_ignored(self) -> None:
        packaged = Registry.default().cards
        refresh_catalogue(api(), fetched="2026-11-21")
        assert Registry.default().cards == packaged

    def test_facts_of_a_model_that_the_package_dropped_are_passed_over(
        self, data_folder: Path
    ) -> None:
        data_folder.mkdir()
        copy = {"about": {"fetched": LATER}, "models": [{"id": "gone", "context": 1}]}
        (data_folder / "catalogue.json").write_text(json.dumps(copy))
        assert "gone" not in Registry.default()

    def test_the_day_is_the_callers(self) -> None:
        refresh_catalogue(api(), fetched=LATER)
        assert Registry.default(as_of="2027-01-01").as_of == "2027-01-01"


class TestDataFolder:
    @pytest.mark.parametrize(
        ("platform", "environ", "folder"),
        [
            ("linux", {"FOURTHWALL_DATA_DIR": "/d"}, "/d"),
            ("linux", {"XDG_DATA_HOME": "/x"}, "/x/fourthwall"),
            ("linux", {}, "~/.local/share/fourthwall"),
            ("darwin", {"XDG_DATA_HOME": "/x"}, "~/Library/Application Support/fourthwall"),
            ("win32", {"LOCALAPPDATA": "/l"}, "/l/fourthwall"),
            ("win32", {}, "~/AppData/Local/fourthwall"),
        ],
    )
    def test_it_is_where_the_platform_keeps_data(
        self, platform: str, environ: dict[str, str], folder: str
    ) -> None:
        assert data_folder_of(platform, environ) == Path(folder).expanduser()

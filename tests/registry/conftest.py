from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the tests away from the catalogue that the developer has refreshed for himself."""
    folder = tmp_path / "data"
    monkeypatch.setenv("FOURTHWALL_DATA_DIR", str(folder))
    return folder

"""What holds for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

# How long one example takes says more about how busy the machine is than about the code.
settings.register_profile("fourthwall", deadline=None)
settings.load_profile("fourthwall")


@pytest.fixture(scope="session", autouse=True)
def _packaged_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the catalogue that a developer has refreshed for themselves out of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOURTHWALL_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        yield

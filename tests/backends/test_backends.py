"""The package's face: its names, and what importing it loads."""

from __future__ import annotations

import subprocess
import sys

import pytest

import fourthwall.backends as backends


def test_each_name_is_there_once() -> None:
    assert len(backends.__all__) == len(set(backends.__all__))
    for name in backends.__all__:
        assert getattr(backends, name) is not None


def test_other_names_are_missing() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = backends.nonsense


@pytest.mark.parametrize(
    ("code", "unloaded"),
    [
        ("import fourthwall", ["httpx", "tenacity", "fourthwall.backends"]),
        ("from fourthwall.backends import OfflineBackend", ["httpx", "tenacity"]),
        (
            "from fourthwall.backends import OpenAIBackend as B; B('x', base_url='http://x')",
            ["httpx"],
        ),
    ],
)
def test_what_is_heavy_is_loaded_on_first_use(code: str, unloaded: list[str]) -> None:
    script = f"import sys\n{code}\nprint([m for m in {unloaded} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"

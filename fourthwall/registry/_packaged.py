"""Read the data files that are packaged beside the modules."""

from __future__ import annotations

import json
from functools import cache
from pkgutil import get_data
from typing import Any

__all__ = ["guarded_words", "packaged", "packaged_catalogue"]


def packaged(name: str) -> bytes:
    """Return a file of this package.

    By `pkgutil`, which works from a zip file like `importlib.resources`, whose import alone takes
    longer than reading the catalogue.
    """
    data = get_data(__package__, name)
    assert data is not None, "the package's loader can't read files"
    return data


@cache
def packaged_catalogue() -> dict[str, Any]:
    """Return ``catalogue.json``, parsed; not to be changed.  It was checked when it was made."""
    catalogue: dict[str, Any] = json.loads(packaged("catalogue.json"))
    return catalogue


def guarded_words() -> frozenset[str]:
    """Return the packaged list of names that are ordinary words."""
    return frozenset(word.casefold() for word in packaged_catalogue()["guarded_words"])

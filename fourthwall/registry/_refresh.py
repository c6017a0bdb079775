r"""The default registry, and the user's refreshed copy of the catalogue beneath it.

Strategy: the packaged catalogue is the ground; a refreshed copy in the user's data folder, if
there is one, lays newer facts and new models over it, but never over what the overlay decided.
Nothing is fetched here: who has ``api.json`` of models.dev hands it to `refresh_catalogue`.

The copy is ``catalogue.json`` in ``FOURTHWALL_DATA_DIR``, or where the platform keeps data
(``~/.local/share/fourthwall``, ``~/Library/Application Support/fourthwall``,
``%LOCALAPPDATA%\fourthwall``).
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fourthwall.errors import RegistryError
from fourthwall.registry._card import CatalogueWarning, ModelCard
from fourthwall.registry._packaged import packaged_catalogue
from fourthwall.registry._registry import Registry, today

__all__ = ["RefreshReport", "data_folder", "load_default", "refresh_catalogue"]

_SOURCE = "https://models.dev/api.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshReport:
    """What a refresh changed: ids, in the catalogue's order.

    Attributes:
        added: models that the catalogue didn't have.
        removed: models that an earlier refresh had added and the source no longer lists.
        changed: models of which some fact is another now.
        path: the file that was written.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    path: Path


def load_default(*, as_of: str | None = None) -> Registry:
    """Return the packaged catalogue, with the user's refreshed copy laid over it.

    A copy that is older than the package is ignored; one that is broken is, too, with a
    `CatalogueWarning` that names the file.
    """
    registry = _packaged_registry(as_of)
    path = _copy_path()
    # Not Path.is_file, which raises where the folder may not be read.
    if not os.path.isfile(path):  # noqa: PTH113
        return registry
    try:
        return _with_copy(registry, path)
    except RegistryError as error:
        warnings.warn(
            f"the refreshed catalogue is ignored: {error} Refresh it again or delete the file.",
            CatalogueWarning,
            stacklevel=3,  # whoever called Registry.default
        )
        return registry


def refresh_catalogue(api_json: Mapping[str, Any], *, fetched: str | None = None) -> RefreshReport:
    """Make the user's refreshed copy of what models.dev says now.

    Everything is checked before the old copy is replaced, and it is replaced in one step.

    Args:
        api_json: what ``https://models.dev/api.json`` holds, parsed.
        fetched: the ISO date (``YYYY-MM-DD``) of the fetch; today if left out.

    Raises:
        RegistryError: ``api_json`` isn't of that shape or holds a fact that can't be right; the
            old copy stays.
        OSError: the data folder can't be written.
    """
    from fourthwall.registry._catalogue import packaged_overlay, refreshed

    packaged = _packaged_registry(None)
    path = _copy_path()
    before = _as_it_was(packaged, path)
    about = {"source": _SOURCE, "fetched": fetched or today()}
    data = {"about": about, **refreshed(api_json, packaged_overlay())}
    after = _laid_over(packaged, data, source="models.dev")
    _replace(path, data)
    old, new = ({card.id: card for card in registry.cards} for registry in (before, after))
    return RefreshReport(
        added=tuple(card_id for card_id in new if card_id not in old),
        removed=tuple(card_id for card_id in old if card_id not in new),
        changed=tuple(card_id for card_id in new if old.get(card_id, new[card_id]) != new[card_id]),
        path=path,
    )


def data_folder(platform: str, environ: Mapping[str, str]) -> Path:
    """Return the user's data folder on a platform (`sys.platform`) with an environment."""
    if override := environ.get("FOURTHWALL_DATA_DIR"):
        return Path(override)
    variable, usual = {
        "win32": ("LOCALAPPDATA", "~/AppData/Local"),
        "darwin": ("", "~/Library/Application Support"),
    }.get(platform, ("XDG_DATA_HOME", "~/.local/share"))
    base = environ.get(variable) or usual
    # Not Path.expanduser, which raises where nobody's home is known, as in a bare container.
    return Path(os.path.expanduser(base)) / "fourthwall"  # noqa: PTH111


def _copy_path() -> Path:
    return data_folder(sys.platform, os.environ) / "catalogue.json"


def _packaged_registry(as_of: str | None) -> Registry:
    catalogue = packaged_catalogue()
    cards = [ModelCard(**entry) for entry in catalogue["models"]]
    return Registry(cards, as_of=as_of, guarded=catalogue["guarded_words"])


def _as_it_was(registry: Registry, path: Path) -> Registry:
    """Return the registry with the old copy, or without if there is none that can be read."""
    try:
        return _with_copy(registry, path)
    except RegistryError:
        return registry


def _with_copy(registry: Registry, path: Path) -> Registry:
    from fourthwall.registry._load import read_file

    data = read_file(path)
    if not isinstance(data, dict) or not isinstance(data.get("about"), dict):
        raise RegistryError(f"{path}: isn't a refreshed catalogue.")
    # An older copy would bring back facts that the package has newer.
    is_older = str(data["about"].get("fetched")) < packaged_catalogue()["about"]["reviewed"]
    return registry if is_older else _laid_over(registry, data, source=str(path))


def _laid_over(registry: Registry, data: Mapping[str, Any], *, source: str) -> Registry:
    entries = data.get("models")
    if not isinstance(entries, list) or not all(
        isinstance(entry, dict) and isinstance(entry.get("id"), str) for entry in entries
    ):
        raise RegistryError(f"{source}: 'models' must be a list of entries with an 'id'.")
    known = {card.id for card in registry.cards}
    laid = [
        _facts_only(entry) if entry.get("id") in known else entry
        for entry in entries
        # Else it has facts of a model that the package no longer has.
        if "provider" in entry or entry.get("id") in known
    ]
    return registry.with_entries(laid, source=source)


def _facts_only(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return of an entry what the overlay leaves to the source."""
    from fourthwall.registry._catalogue import FACTS

    decided = packaged_catalogue()["decided"].get(entry["id"], ())
    free = {"id", *FACTS}.difference(decided)
    return {key: value for key, value in entry.items() if key in free}


def _replace(path: Path, data: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        new.write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)

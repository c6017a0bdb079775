"""How the catalogue comes about: facts of models.dev, and our own decisions laid over them.

Strategy: `overlay.toml` is written by hand and says which models there are and what no source
says (nicknames, family defaults, retirement, replacements); a copy of models.dev's ``api.json``
says what changes every week (prices, windows, flags).  Both functions here are pure: the same
input gives the same catalogue.

- `build` makes the packaged catalogue, for `fourthwall.registry.build_catalogue`;
- `refreshed` makes what a user's refreshed copy holds, for `fourthwall.registry._refresh`.

An entry is made of layers, the later over the earlier: the source's facts, the overlay's ``facts``
(corrections of the packaged snapshot, which a refresh may overtake), and the overlay's decisions,
first those for all models of the maker, then those for the one (which nothing overtakes but the
operator).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

from fourthwall.errors import RegistryError
from fourthwall.registry._packaged import packaged

__all__ = ["FACTS", "Data", "build", "packaged_overlay", "refreshed"]

Data: TypeAlias = dict[str, Any]

FACTS = (
    "name",
    "context",
    "max_output",
    "price_in",
    "price_cached_in",
    "price_out",
    "reasoning",
    "sampling",
    "vision",
    "tools",
    "open_weights",
    "released",
)
"""The fields that a source knows; all the others are decided by hand."""

_HINTS = {"facts", "source"}
"""Keys of an overlay's entry that are about the making of the card, not on it."""

_SUFFIX = re.compile(r"\s*\((latest|[^)]*free)\)$", re.IGNORECASE)
_SNAPSHOT = re.compile(r"-(\d{8}|\d{4}-\d\d-\d\d|latest)$")
_HYPHENATED_VERSION = re.compile(r"(?<=-\d)-(?=\d$)")


@cache
def packaged_overlay() -> Mapping[str, Any]:
    """Return ``overlay.toml`` as it is packaged."""
    import tomllib

    return tomllib.loads(packaged("overlay.toml").decode())


def build(api: Mapping[str, Any], overlay: Mapping[str, Any]) -> Data:
    """Return the packaged catalogue: every model of the overlay, in its order.

    Args:
        api: ``api.json`` of models.dev, or what was gathered in its shape.
        overlay: `packaged_overlay`, or one of its shape.

    Returns:
        A registry file's data, with two more keys: ``about``, and ``decided``, which says for
        each id which facts a refreshed copy must leave alone.
    """
    return {
        "about": dict(overlay["about"]),
        "guarded_words": sorted(overlay["guarded_words"]),
        "decided": {
            row["id"]: decided for row in overlay["models"] if (decided := _decided(row, overlay))
        },
        "models": [_entry(row, api, overlay) for row in overlay["models"]],
    }


def _decided(row: Mapping[str, Any], overlay: Mapping[str, Any]) -> list[str]:
    defaults = overlay["makers"][row["provider"]]["defaults"]
    return [name for name in FACTS if name in row or name in defaults]


def refreshed(api: Mapping[str, Any], overlay: Mapping[str, Any]) -> Data:
    """Return what a refreshed copy holds: the facts of known models, and models that are new.

    A model is new if a maker of the overlay released it after ``about.reviewed``: what is older
    and not in the overlay was left out on purpose.

    Raises:
        RegistryError: ``api`` isn't of the shape of models.dev's ``api.json``.
    """
    _check_shape(api, overlay)
    known = [
        {"id": row["id"], **facts}
        for row in overlay["models"]
        if (facts := _facts_of(_source(row, api, overlay)))
    ]
    return {"models": [*known, *_new_entries(api, overlay)]}


def _check_shape(api: Any, overlay: Mapping[str, Any]) -> None:
    if not isinstance(api, Mapping) or not any(
        _models(api, maker["source"]) for maker in overlay["makers"].values()
    ):
        raise RegistryError(
            "no maker's models are in it",
            remedy='Give api.json of models.dev: {"openai": {"models": {...}}, ...}.',
        )


def _entry(row: Mapping[str, Any], api: Mapping[str, Any], overlay: Mapping[str, Any]) -> Data:
    maker = overlay["makers"][row["provider"]]
    hosts = {**_aggregated(row["id"], row["provider"], api, overlay), **row.get("hosts", {})}
    entry = {
        "id": row["id"],
        "provider": row["provider"],
        "family": _family(row["id"], maker),
        **_facts_of(_source(row, api, overlay)),
        **row.get("facts", {}),
        **maker["defaults"],
        **{key: value for key, value in row.items() if key not in _HINTS},
        **({"hosts": hosts} if hosts else {}),
    }
    return {key: value for key, value in entry.items() if value not in (None, "", [])}


def _source(
    row: Mapping[str, Any], api: Mapping[str, Any], overlay: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the source's entry for a row: where ``source`` points, else under the maker."""
    maker = overlay["makers"][row["provider"]]["source"]
    provider, _, name = row.get("source", "").partition("/")
    model = _models(api, provider or maker).get(name or row.get("upstream", row["id"]))
    return model if isinstance(model, Mapping) else {}


def _models(api: Mapping[str, Any], provider: str) -> Mapping[str, Any]:
    return _table(_table(api, provider), "models")


def _facts_of(model: Mapping[str, Any]) -> Data:
    """Return what models.dev's entry says, in our words; what it doesn't say is left out."""
    name, limit, cost = model.get("name"), _table(model, "limit"), _table(model, "cost")
    takes = _table(model, "modalities").get("input")
    # A maker gives nothing away: two zeros mean that the price isn't listed.
    priced = bool(cost.get("input") or cost.get("output"))
    facts = {
        "name": _SUFFIX.sub("", name) if isinstance(name, str) and name else None,
        "context": limit.get("context") or limit.get("input") or None,
        "max_output": limit.get("output") or None,
        "price_in": cost.get("input") if priced else None,
        "price_cached_in": cost.get("cache_read") or None,
        "price_out": cost.get("output") if priced else None,
        "reasoning": model.get("reasoning"),
        "sampling": _sampling(model.get("temperature")),
        "vision": "image" in takes if isinstance(takes, list) else None,
        "tools": model.get("tool_call"),
        "open_weights": model.get("open_weights"),
        "released": model.get("release_date") or None,
    }
    return {key: value for key, value in facts.items() if value is not None}


def _sampling(takes_temperature: object) -> str | None:
    if isinstance(takes_temperature, bool):
        return "accepted" if takes_temperature else "rejected"
    return None


def _table(model: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = model.get(key)
    return value if isinstance(value, Mapping) else {}


def _family(model_id: str, maker: Mapping[str, Any]) -> str | None:
    """Return the family whose prefix is the longest that the id begins with."""
    prefixes = [prefix for prefix in maker["families"] if model_id.startswith(prefix)]
    return maker["families"][max(prefixes, key=len)] if prefixes else None


def _aggregated(
    model_id: str, provider: str, api: Mapping[str, Any], overlay: Mapping[str, Any]
) -> Data:
    """Return the model's name at OpenRouter, where that is the maker's name and ours."""
    name = f"{overlay['makers'][provider].get('openrouter')}/{model_id}"
    return {"openrouter": name} if name in _models(api, "openrouter") else {}


def _new_entries(api: Mapping[str, Any], overlay: Mapping[str, Any]) -> Iterator[Data]:
    taken = {
        name.casefold()
        for row in overlay["models"]
        for name in (row["id"], row.get("upstream", ""), *row.get("aliases", ()))
    }
    for provider, maker in overlay["makers"].items():
        for name, model in _models(api, maker["source"]).items():
            model_id = _HYPHENATED_VERSION.sub(".", name) if maker.get("dotted") else name
            if model_id.casefold() in taken or not _is_new(name, model, overlay):
                continue
            family = _family(model_id, maker)
            if family is None:
                continue
            taken.add(model_id.casefold())
            hosts = _aggregated(model_id, provider, api, overlay)
            parts = model_id.split("-")
            tier = next((tier for tier in maker.get("tiers", ()) if tier in parts), None)
            yield {
                "id": model_id,
                "provider": provider,
                "family": family,
                **({"tier": tier} if tier else {}),
                **({"upstream": name, "aliases": [name]} if name != model_id else {}),
                **_facts_of(model),
                **maker["defaults"],
                **({"hosts": hosts} if hosts else {}),
            }


def _is_new(name: str, model: object, overlay: Mapping[str, Any]) -> bool:
    """Whether it is a text model, released after the review, and not another's snapshot."""
    if not isinstance(model, Mapping) or _SNAPSHOT.search(name):
        return False
    released = model.get("release_date")
    return (
        isinstance(released, str)
        and released > overlay["about"]["reviewed"]
        and _table(model, "modalities").get("output") == ["text"]
        and model.get("status") != "deprecated"
    )

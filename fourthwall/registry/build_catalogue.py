"""Make ``catalogue.json``: ``python -m fourthwall.registry.build_catalogue SOURCE ...``.

The catalogue's facts come from models.dev (https://models.dev, MIT licence).  A source is
``KIND:PATH``; several are laid over each other in the order given, fact by fact:

- ``api:FILE``  ``api.json`` of models.dev, or a gzipped copy of it;
- ``profiles:PROVIDER=FILE``  a ``_profiles.py`` of a LangChain partner package (made from
  models.dev; has no prices);
- ``pi:FOLDER``  ``dist/providers/data`` of the npm package ``@earendil-works/pi-ai`` (made from
  models.dev and OpenRouter).

With models.dev at hand the first is enough::

    curl -o api.json https://models.dev/api.json
    python -m fourthwall.registry.build_catalogue api:api.json

The result replaces the packaged file, one model a line, so that a change can be reviewed.  Say in
``overlay.toml`` (``about``) which copies were read.
"""

from __future__ import annotations

import ast
import gzip
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fourthwall.registry._catalogue import Data, build, packaged_overlay
from fourthwall.registry._registry import Registry

__all__ = ["gathered", "main", "written"]

_PI_NAMES = {"together": "togetherai", "fireworks": "fireworks-ai"}
_TARGET = Path(__file__).with_name("catalogue.json")


def main(arguments: Sequence[str]) -> int:
    """Build the packaged catalogue from the sources named; return the exit status."""
    if not arguments or any(kind not in _READERS for kind, _ in map(_split, arguments)):
        print(__doc__, file=sys.stderr)
        return 2
    catalogue = build(gathered(arguments), packaged_overlay())
    registry = Registry.from_data(catalogue, source="the new catalogue")
    _TARGET.write_text(written(catalogue), "utf-8")
    print(f"{_TARGET}: {len(registry)} models")
    return 0


def gathered(sources: Sequence[str]) -> Data:
    """Read the sources, each ``KIND:PATH``, and lay the later over the earlier."""
    api: Data = {}
    for kind, place in map(_split, sources):
        for provider, models in _READERS[kind](place).items():
            merged = api.setdefault(provider, {"models": {}})["models"]
            for name, facts in models.items():
                merged[name] = _laid_over(merged.get(name, {}), facts)
    return api


def written(catalogue: Mapping[str, Any]) -> str:
    """Return the catalogue as JSON text, one model a line."""
    models = [json.dumps(model, ensure_ascii=False) for model in catalogue["models"]]
    parts = [
        f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
        for key, value in catalogue.items()
        if key != "models"
    ]
    parts.append(' "models": [\n  ' + ",\n  ".join(models) + "\n ]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _split(source: str) -> tuple[str, str]:
    kind, _, place = source.partition(":")
    return kind, place


def _laid_over(old: Mapping[str, Any], new: Mapping[str, Any]) -> Data:
    """Return ``old`` with what ``new`` says; tables are laid over each other in turn."""
    result = dict(old)
    for key, value in new.items():
        before = result.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            result[key] = {**before, **value}
        else:
            result[key] = value
    return result


def _read_api(place: str) -> dict[str, Data]:
    data = Path(place).read_bytes()
    api = json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    return {provider: entry["models"] for provider, entry in api.items()}


def _read_profiles(place: str) -> dict[str, Data]:
    provider, _, path = place.partition("=")
    tree = ast.parse(Path(path).read_text("utf-8"))
    table = next(node.value for node in tree.body if isinstance(node, ast.AnnAssign))
    assert table is not None
    profiles: dict[str, Data] = ast.literal_eval(table)
    return {provider: {name: _from_profile(profile) for name, profile in profiles.items()}}


def _from_profile(profile: Mapping[str, Any]) -> Data:
    kinds = {"input": "inputs", "output": "outputs"}
    facts: Data = {
        "name": profile.get("name"),
        "release_date": profile.get("release_date"),
        "open_weights": profile.get("open_weights"),
        "reasoning": profile.get("reasoning_output"),
        "tool_call": profile.get("tool_calling"),
        "temperature": profile.get("temperature"),
        "status": profile.get("status"),
        "limit": {
            # Not the window, which is larger where the answer has room of its own.
            "input": profile.get("max_input_tokens"),
            "output": profile.get("max_output_tokens"),
        },
        "modalities": {
            way: [kind for kind in ("text", "image", "audio") if profile.get(f"{kind}_{suffix}")]
            for way, suffix in kinds.items()
        },
    }
    return {key: value for key, value in facts.items() if value is not None}


def _read_pi(place: str) -> dict[str, Data]:
    api: dict[str, Data] = {}
    for path in sorted(Path(place).glob("[!.]*.json")):
        groups = json.loads(path.read_bytes()).values()
        models = [model for group in groups for model in group.values()]
        provider = _PI_NAMES.get(path.stem, path.stem)
        api[provider] = {
            model["id"]: _from_pi(model) for model in models if model.get("type") == "chat"
        }
    return api


def _from_pi(model: Mapping[str, Any]) -> Data:
    # OpenAI's windows end there where the cheap price does.
    window = {} if model["provider"] == "openai" else {"context": model["contextWindow"]}
    return {
        "name": model["name"],
        "reasoning": model["reasoning"],
        "cost": {
            "input": model["cost"]["input"],
            "output": model["cost"]["output"],
            "cache_read": model["cost"]["cacheRead"],
        },
        "limit": {**window, "output": model["maxTokens"]},
        "modalities": {"input": model["input"], "output": ["text"]},
    }


_READERS: Mapping[str, Callable[[str], dict[str, Data]]] = {
    "api": _read_api,
    "profiles": _read_profiles,
    "pi": _read_pi,
}

if __name__ == "__main__":  # pragma: no cover - main is tested
    sys.exit(main(sys.argv[1:]))

"""What the registry costs: making the default one, loading a large file, finding a name.

Run it with ``python benchmarks/registry.py``.  The large file has the packaged catalogue's entries
25 times over, under other names: 3,000 models.  Figures are medians; the
second number is half the distance between the quartiles.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter_ns

from fourthwall.registry import Registry

COPIES = 25


def large_file(folder: Path) -> Path:
    models = Registry.default().to_data()["models"]
    entries = [
        {**model, "id": f"{model['id']}-{copy}"}
        | {"aliases": [f"{alias} {copy}" for alias in model.get("aliases", ())]}
        | {"family_default": False, "replaced_by": None}
        for copy in range(COPIES)
        for model in models
    ]
    path = folder / "models.json"
    path.write_text(json.dumps({"models": entries}))
    return path


def row(name: str, call: Callable[[], object], runs: int) -> str:
    call()  # what is imported and compiled on first use
    samples = []
    for _ in range(runs):
        start = perf_counter_ns()
        call()
        samples.append((perf_counter_ns() - start) / 1000)
    low, median, high = quantiles(samples, n=4)
    return f"{name:<44}{median:>12.1f} µs   ±{(high - low) / 2:.1f}"


def main() -> None:
    small = Registry.default()
    with TemporaryDirectory() as folder:
        path = large_file(Path(folder))
        large = Registry.load(path)
        print(row(f"Registry.default(), {len(small)} models", Registry.default, 50))
        print(row(f"Registry.load, {len(large)} models", lambda: Registry.load(path), 15))
    print(row("find an id", lambda: large["claude-sonnet-4.5-7"], 1000))
    print(row("find another spelling", lambda: large["Claude Sonnet 4.5 7"], 1000))
    print(row("nearest to a name that isn't there", lambda: large.nearest("gpt-9 ultra"), 15))


if __name__ == "__main__":
    main()

"""What importing costs, against the interpreter's own start and against pydantic.

Run it with ``python benchmarks/imports.py``.  Every sample is a fresh interpreter, timed from the
outside, the contenders in turn so that a busy moment hits all alike.  Milliseconds beyond a bare
start, median; the second number is half the distance between
the quartiles,
the third how many times pydantic's cost it is.
"""

from __future__ import annotations

import subprocess
import sys
from statistics import median, quantiles
from time import perf_counter_ns

RUNS = 15
CONTENDERS = {
    "a bare start": "",
    "import pydantic": "import pydantic; pydantic.BaseModel",
    "import fourthwall": "import fourthwall",
    "  and parse, plan, Registry": "from fourthwall import Registry, parse, plan",
    "  and Conversation": "from fourthwall import Conversation",
}


def milliseconds(statement: str) -> float:
    start = perf_counter_ns()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return (perf_counter_ns() - start) / 1_000_000


def main() -> None:
    samples: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for run in range(RUNS + 1):
        for name, statement in CONTENDERS.items():
            sample = milliseconds(statement)
            if run:  # the first writes bytecode and warms the disk's cache
                samples[name].append(sample)
    bare = median(samples.pop("a bare start"))
    pydantic = median(samples["import pydantic"]) - bare
    print(f"{'a bare start':<30}{bare:>8.1f} ms")
    for name, times in samples.items():
        low, middle, high = quantiles(times, n=4)
        spread = (high - low) / 2
        print(
            f"{name:<30}{middle - bare:>8.1f} ms   ±{spread:<6.1f}{(middle - bare) / pydantic:.2f}"
        )


if __name__ == "__main__":
    main()

"""The examples run as they are, and print what they say they print."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPTS = sorted(path.stem for path in EXAMPLES.glob("*.py"))
PRINTS = re.compile(
    r"^What ``python examples/(\w+)\.py`` prints::\n\n(.*)\Z", re.MULTILINE | re.DOTALL
)


def promised(name: str) -> tuple[str, str]:
    """Return which example the docstring speaks of, and the output that it promises."""
    doc = ast.get_docstring(ast.parse((EXAMPLES / f"{name}.py").read_text("utf-8"))) or ""
    found = PRINTS.search(doc)
    assert found, f"{name} doesn't say what it prints"
    return found[1], dedent(found[2]) + "\n"


def test_there_are_examples() -> None:
    assert {"bot", "custom_backend", "custom_stage", "own_models"} <= set(SCRIPTS)


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_example_prints_what_it_promises(name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / f"{name}.py"],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "PYTHONIOENCODING": "utf-8",
            "FOURTHWALL_DATA_DIR": str(tmp_path),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert promised(name) == (name, done.stdout)
    assert list(tmp_path.iterdir()) == []

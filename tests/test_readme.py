"""README.md tells the truth: its code runs and prints what it shows."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import fourthwall as fw
from fourthwall.intent import KINDS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DURATION = re.compile(r"\b\d+(\.\d+)? (?=(?:µs|ms|s)\b)")
SHOWN = doctest.ELLIPSIS


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCK.findall(README) if name == language]


def sessions() -> Iterator[tuple[str, str]]:
    """Give each command of the console blocks with the output that is shown below it."""
    for block in blocks("console"):
        starts = [*(found.start() for found in re.finditer(r"^\$ ", block, re.MULTILINE)), None]
        for start, end in pairwise(starts):
            command, _, shown = block[start:end].removeprefix("$ ").partition("\n")
            yield command, shown


def without_keys(tmp_path: Path) -> dict[str, str]:
    """Return an environment as on a fresh machine, with this interpreter's programs first."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {
        "PATH": programs,
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "PYTHONIOENCODING": "utf-8",
        "COLUMNS": "80",
        "HOME": str(tmp_path),
        "FOURTHWALL_DATA_DIR": str(tmp_path),
        "OLLAMA_HOST": "127.0.0.1:9",  # nobody's port: a server of the developer's stays out
    }


def offline(command: str) -> str:
    """Keep a chat from finding what the developer's machine has to offer."""
    return command.replace("fourthwall chat", "fourthwall chat --offline")


def normalised(output: str) -> str:
    """Return output without durations, and without spaces that nobody sees."""
    lines = DURATION.sub("N ", output).splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def test_python_blocks_run_and_print_what_they_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in without_keys(tmp_path).items():
        monkeypatch.setenv(name, value)
    session = "\n".join(blocks("python"))
    test = doctest.DocTestParser().get_doctest(session, {}, "README.md", "README.md", 0)
    assert len(test.examples) > 10
    complaints: list[str] = []
    doctest.DocTestRunner(optionflags=SHOWN).run(test, out=complaints.append)
    assert complaints == []


@pytest.mark.parametrize(("command", "shown"), list(sessions()))
def test_a_command_prints_what_is_shown(command: str, shown: str, tmp_path: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", offline(command)],
        cwd=ROOT,
        env=without_keys(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    got, want = normalised(done.stdout), normalised(shown)
    # Not `==` alone: "..." in README stands for what is left out there.
    assert doctest.OutputChecker().check_output(want, got, SHOWN) or got == want


def examples_of_kinds() -> list[tuple[str, str]]:
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", README, re.MULTILINE)
    return [(kind, text) for kind, cell in rows for text in re.findall('"([^"]+)"', cell)]


def test_the_table_has_every_kind() -> None:
    assert {kind for kind, _ in examples_of_kinds()} == {*KINDS} - {"none"}


@pytest.mark.parametrize(("kind", "text"), examples_of_kinds())
def test_what_the_table_says_is_so(kind: str, text: str) -> None:
    read = fw.parse(text, fw.Registry.default(), active="gpt-6.1-sol", previous="gpt-6-sol")
    assert read.kind == kind


def test_the_two_commands_are_one_line_each_and_come_first() -> None:
    start, test = blocks("sh")[:2]
    assert start.count("\n") == test.count("\n") == 1
    assert start.endswith("fourthwall chat\n")
    assert test.endswith("python -m pytest\n")


def test_ci_runs_the_command_that_is_given_to_people() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert f'TEST_COMMAND="{blocks("sh")[1].strip()}"' in script


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_registry_shown_is_a_part_of_the_example() -> None:
    example = (ROOT / "examples" / "models.toml").read_text("utf-8")
    facts = {line.partition("#")[0].strip() for line in example.splitlines()}
    shown = {
        line.partition("#")[0].strip() for block in blocks("toml") for line in block.splitlines()
    }
    assert shown <= facts

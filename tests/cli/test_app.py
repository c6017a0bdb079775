from __future__ import annotations

import builtins
import io
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fourthwall.cli import main

Start = Callable[..., subprocess.Popen[bytes]]


def test_help_names_every_subcommand(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {name} " in out for name in ("chat", "parse", "plan", "explain", "models"))


def test_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("fourthwall ")


@pytest.mark.parametrize("words", [["fly"], ["parse", "--fast", "x"], ["parse", "--jsonl", "x"]])
def test_command_line_that_makes_no_sense_is_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert "Error" in capsys.readouterr().err


def test_broken_registry_is_told_with_its_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.json"
    path.write_text('{"models": [{"id": "x"}]}')
    assert main(["parse", "--registry", str(path), "hi"]) == 1
    err = capsys.readouterr().err
    assert "'provider'" in err
    assert "Traceback" not in err


def test_unknown_key_is_a_warning_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.json"
    path.write_text('{"models": [{"id": "x", "provider": "y", "colour_of_the_cli_test": 1}]}')
    assert main(["parse", "--registry", str(path), "hi"]) == 0
    assert capsys.readouterr().err.startswith("warning: ")


def test_missing_library_is_told_with_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in [name for name in sys.modules if name.startswith("fourthwall.cli._")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "click", None)
    assert main(["parse", "hi"]) == 1
    err = capsys.readouterr().err
    assert "pip install 'fourthwall[cli]'" in err
    assert len(err.splitlines()) == 1


def test_other_missing_modules_are_not_explained_away(monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def without(name: str, *about: Any) -> Any:
        if name == "fourthwall.cli._app":
            raise ModuleNotFoundError(name="something_else")
        return real_import(name, *about)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModuleNotFoundError):
        main([])


@pytest.mark.parametrize(
    "words", [("models", "--json"), ("models", "--all"), ("chat", "--offline")]
)
def test_reader_that_goes_away_is_no_error(start: Start, words: tuple[str, ...]) -> None:
    with start(*words) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, err = process.communicate(b"Hi there\n", timeout=20)
    assert b"Error" not in err
    assert process.returncode == 0


def test_broken_pipe_ends_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Gone())
    assert main(["parse", "hello"]) == 0


def test_ctrl_c_is_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Waiting(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Waiting()))
    assert main(["parse", "--jsonl"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_module_can_be_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["fourthwall", "--version"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("fourthwall.cli", run_name="__main__")
    assert caught.value.code == 0
    runpy.run_module("fourthwall.cli.__main__", run_name="imported")  # does nothing


def test_parse_starts_without_the_libraries_that_draw_and_ask() -> None:
    code = (
        "import sys; from fourthwall.cli import main; main(['parse', 'hello'])\n"
        "print(sorted({'rich', 'prompt_toolkit', 'httpx', 'tenacity'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.splitlines()[-1] == b"[]"


def test_console_says_that_its_reader_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Gone())
    assert main(["explain", "hello"]) == 0

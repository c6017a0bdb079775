from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fourthwall.cli import main
from fourthwall.intent._roles import ROLES
from fourthwall.intent._traits import TRAITS

Check = Callable[..., tuple[int, str, str]]

ALL_KINDS = ("once", "retry", "revert", "reset", "which", "list", "ambiguous", "unknown_model")


def written(*, without: str = "", pick: str = "utilo", examples: str = "") -> str:
    """Return a lexicon file: all of it, or without a role."""
    words = {**{role: f"x{role.replace('_', '')}" for role in ROLES}, "pick": pick}
    words.update(go="zumbo", use="utilo", small="vi")
    roles = "\n".join(f'{role} = "{text}"' for role, text in words.items() if role != without)
    traits = "\n".join(f'{trait} = "x{trait.replace("_", "")}"' for trait in TRAITS)
    return (
        f'language = "xx"\nname = "Xish"\n[roles]\n{roles}\n[attributes]\n{traits}\n'
        f'[examples]\nswitch = ["zumbo vi Claude"]\nnone = ["La maro"]\n{examples}'
    )


@pytest.fixture
def lexicon_file(tmp_path: Path) -> Path:
    return tmp_path / "xx.toml"


@pytest.fixture
def check(
    registry_file: Path, lexicon_file: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Check the lexicon file, with some content: the exit code and what was printed."""

    def check(content: str | bytes | None, *options: str) -> tuple[int, str, str]:
        if content is not None:
            data = content.encode() if isinstance(content, str) else content
            lexicon_file.write_bytes(data)
        arguments = ["--registry", str(registry_file), str(lexicon_file), *options]
        code = main(["lexicon", "check", *arguments])
        return (code, *capsys.readouterr())

    return check


class TestCheck:
    def test_warnings_are_told_and_are_no_failure(self, check: Check) -> None:
        code, out, _ = check(written())
        assert code == 0
        assert "warning: examples.once is empty. Add sentences of this kind.\n" in out
        assert out.endswith(f"xx.toml: 0 errors, {len(ALL_KINDS)} warnings\n")

    def test_strict_makes_warnings_errors(self, check: Check) -> None:
        assert check(written(), "--strict")[0] == 1

    def test_an_error_is_a_failure(self, check: Check) -> None:
        code, out, _ = check(written(without="go"))
        assert code == 1
        assert "error: roles.go is empty. Add phrases:" in out
        assert out.endswith("xx.toml: 1 error, 0 warnings\n")

    def test_a_clash_is_told_with_its_remedy(self, check: Check) -> None:
        assert (
            "warning: roles.pick 'prenu' isn't in 'use'. Add it to 'use', too.\n"
            in (check(written(pick="prenu"))[1])
        )


@pytest.mark.parametrize("content", [b"language = ", b'name = "\xff"'])
def test_a_file_that_is_no_toml_is_a_mistake(check: Check, content: bytes) -> None:
    code, _, err = check(content)
    assert code != 0
    assert "isn't TOML in UTF-8" in err


def test_a_file_that_is_not_there_is_a_mistake(check: Check) -> None:
    code, _, err = check(None)
    assert code != 0
    assert "can't read" in err

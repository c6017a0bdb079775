"""``fourthwall lexicon``: write a language and check it."""

from __future__ import annotations

from pathlib import Path

import click

from fourthwall.cli._options import examples, load_registry, registry_option
from fourthwall.cli._text import plain
from fourthwall.intent import Finding, check_lexicon, read_lexicon

__all__ = ["command"]


@click.group("lexicon", short_help="Check a language's lexicon file.")
def command() -> None:
    """Write and check the lexicon of a language.

    A lexicon is a TOML file of phrases sorted by what they do in a command; the packaged ones, in
    fourthwall/intent/lexicons, are examples.
    """


@command.command(
    "check",
    short_help="Say what is missing in a lexicon, what clashes and what is misread.",
    epilog=examples("fourthwall lexicon check es.toml"),
)
@click.argument("file", type=click.Path(path_type=Path))
@registry_option
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.pass_context
def check(
    ctx: click.Context,
    file: Path,
    registry: Path | None,
    strict: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Say what is missing in FILE, which phrases clash, and which of its examples are misread.

    The exit code is 1 if there are errors.
    """
    findings = check_lexicon(read_lexicon(file), load_registry(registry))
    for finding in findings:
        click.echo(_line(finding))
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    click.echo(f"{file}: {_count(errors, 'error')}, {_count(warnings, 'warning')}")
    ctx.exit(1 if errors or (strict and warnings) else 0)


def _line(finding: Finding) -> str:
    colour = "red" if finding.severity == "error" else "yellow"
    label = click.style(f"{finding.severity}: ", fg=colour)
    return f"{label}{finding.where} {plain(finding.message)}. {finding.remedy}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

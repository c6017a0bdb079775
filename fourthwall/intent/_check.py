"""What is missing in a lexicon file or clashes: for whoever writes a language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from fourthwall.errors import ConfigurationError
from fourthwall.intent._grammar import Grammar, RoleGrammar, TemplateGrammar
from fourthwall.intent._intent import KINDS
from fourthwall.intent._lexicon import compile_lexicon
from fourthwall.intent._parse import read_with
from fourthwall.intent._phrases import Row, expand
from fourthwall.intent._roles import NEEDED_ROLES, ROLES, compile_roles
from fourthwall.intent._traits import TRAITS
from fourthwall.registry import Registry

__all__ = ["Finding", "check_lexicon"]

_PARTS: Final = frozenset(
    """
    language name endings prefixes typed_otherwise ordinary for_me of object_first object_marks
    verb_final verb_last near_words sounds names
    roles attributes examples cues nouns rules describe frames gist gist_again gists repair guards
    rest outside
    """.split()  # noqa: SIM905 - a list of words reads better than a list of strings
)
_COMMANDING: Final = ("go", "use", "talk", "ask", "let", "redo", "back", "revert", "reset")
_AGAINST: Final = ("report", "condition", "person", "question", "work_on")
_SHORT: Final = 1  # letters: a word so short stands everywhere


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend.

    Attributes:
        severity: an ``error`` keeps the language from being read; a ``warning`` may be meant.
        where: the part of the file, as in ``roles.go``.
        message: what it is.
        remedy: what to do about it.
    """

    severity: Literal["error", "warning"]
    where: str
    message: str
    remedy: str


def check_lexicon(data: Mapping[str, Any], registry: Registry) -> list[Finding]:
    """Return what is missing or clashes in the content of a lexicon file; empty if all is well.

    Args:
        data: the parsed file.
        registry: models that the file's ``[examples]`` may name.
    """
    findings = [*_head(data), *_unknown(data), *_unreadable(data)]
    if any(finding.severity == "error" for finding in findings):
        return findings
    rows = {role: expand(text) for role, text in data["roles"].items()}
    findings.extend(_missing(rows, data))
    findings.extend(_clashes(rows))
    findings.extend(_names(rows, registry))
    if not any(finding.severity == "error" for finding in findings):
        findings.extend(_misread(data, registry))
    return findings


def _head(data: Mapping[str, Any]) -> Iterator[Finding]:
    for name, remedy in (
        ("language", 'Write language = "xx", an ISO 639-1 code.'),
        ("name", "Write name = the language's own name for itself."),
    ):
        if not isinstance(data.get(name), str) or not data[name]:
            yield Finding("error", name, "is missing", remedy)
    if not isinstance(data.get("roles"), Mapping):
        yield Finding("error", "roles", "is missing", "Add a [roles] table.")


def _unknown(data: Mapping[str, Any]) -> Iterator[Finding]:
    for part in data:
        if part not in _PARTS:
            yield Finding("error", part, "is no part of a lexicon", "Remove it, or mend its name.")
    for part, known in (("roles", ROLES), ("attributes", TRAITS)):
        for name in data.get(part, {}):
            if name not in known:
                yield Finding(
                    "error", f"{part}.{name}", "isn't there", f"Use one of {', '.join(known)}."
                )


def _unreadable(data: Mapping[str, Any]) -> Iterator[Finding]:
    for part in ("roles", "attributes", "names"):
        for name, text in data.get(part, {}).items():
            if not isinstance(text, str):
                yield Finding(
                    "error", f"{part}.{name}", "must be a text", 'Write it as "one|another".'
                )
                continue
            try:
                expand(text)
            except ConfigurationError as error:
                yield Finding("error", f"{part}.{name}", str(error), "Correct the phrase.")


def _missing(rows: Mapping[str, Sequence[Row]], data: Mapping[str, Any]) -> Iterator[Finding]:
    for role in sorted(NEEDED_ROLES):
        if not rows.get(role):
            yield Finding("error", f"roles.{role}", "is empty", f"Add phrases: {ROLES[role]}.")
    for role, meaning in ROLES.items():
        if role not in NEEDED_ROLES and not rows.get(role):
            yield Finding("warning", f"roles.{role}", "is empty", f"Add phrases: {meaning}.")
    for trait in TRAITS:
        if not data.get("attributes", {}).get(trait):
            yield Finding(
                "warning", f"attributes.{trait}", "is empty", "Add how people ask for such a model."
            )


def _clashes(rows: Mapping[str, Sequence[Row]]) -> Iterator[Finding]:
    for role in _COMMANDING:
        for other in (*_AGAINST, "not"):
            if (role, other) == ("redo", "work_on"):
                continue  # "repeat" is both, with good reason
            for row in sorted(set(rows.get(role, ())) & set(rows.get(other, ()))):
                yield Finding(
                    "warning",
                    f"roles.{role}",
                    f"{' '.join(row)!r} is in {other!r} as well: what speaks against a command "
                    "can't make one",
                    "Keep it in one of the two.",
                )
        for row in rows.get(role, ()):
            if len(row) == 1 and len(row[0]) <= _SHORT and row[0].isascii():
                yield Finding(
                    "warning",
                    f"roles.{role}",
                    f"{row[0]!r} is too short to make a command",
                    "Write the phrase that it stands in.",
                )
    for row in sorted(set(rows.get("pick", ())) - set(rows.get("use", ()))):
        yield Finding(
            "warning",
            "roles.pick",
            f"{' '.join(row)!r} isn't in 'use'",
            "Add it to 'use', too.",
        )


def _names(rows: Mapping[str, Sequence[Row]], registry: Registry) -> Iterator[Finding]:
    families = {card.family for card in registry.cards if card.family}
    for role, found in rows.items():
        for row in found:
            if len(row) == 1 and row[0] in families and row[0] not in registry.guarded:
                yield Finding(
                    "warning",
                    f"roles.{role}",
                    f"{row[0]!r} is the name of models",
                    "Leave names out: they come from the registry.",
                )


def _grammars(data: Mapping[str, Any]) -> list[Grammar]:
    roles = compile_roles(data)
    found: list[Grammar] = [RoleGrammar(roles)]
    if "frames" in data:
        found.insert(0, TemplateGrammar(compile_lexicon(data), roles))
    return found


def _misread(data: Mapping[str, Any], registry: Registry) -> Iterator[Finding]:
    examples = data.get("examples", {})
    if not examples:
        yield Finding(
            "warning", "examples", "is empty", "Add sentences of each kind, and ordinary ones."
        )
        return
    grammars = _grammars(data)
    for kind, sentences in examples.items():
        if kind not in KINDS:
            yield Finding(
                "error", f"examples.{kind}", "is no kind", f"Use one of {', '.join(KINDS)}."
            )
            continue
        for sentence in sentences:
            read = read_with(grammars, sentence, registry).kind
            if read != kind:
                yield Finding(
                    "error",
                    f"examples.{kind}",
                    f"{sentence!r} is read as {read!r}",
                    "Give its words their roles; `fourthwall explain` tells which are missing.",
                )
    for kind in KINDS:
        if not examples.get(kind):
            yield Finding("warning", f"examples.{kind}", "is empty", "Add sentences of this kind.")

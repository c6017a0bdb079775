"""The engine's words, read from data: one file a language (``phrases/en.toml``).

A file has four sections: ``[marks]`` (how sentences, lists and numbers are put together),
``[replies]``, ``[announcement]`` and ``[clarification]``; what each key is for stands in
``en.toml``.  Adding a language is adding a file.  A file is read when its language is first
needed, once per process; each section is checked by the module that speaks with it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from string import Formatter
from typing import Any, Final

from fourthwall.errors import ConfigurationError

__all__ = ["FALLBACK", "Book", "known_language", "languages", "load", "parts_of", "problem_of"]

FALLBACK: Final = "en"
"""The language that is spoken where no other is asked for, or no other is there."""

_SUFFIX = ".toml"


@cache
def folder() -> Traversable:
    """Return where the files are."""
    return resources.files("fourthwall.conversation").joinpath("phrases")


@cache
def languages() -> tuple[str, ...]:
    """Return the languages there are (ISO 639-1), English first and then in order."""
    names = (file.name for file in folder().iterdir())
    codes = {name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)}
    return (FALLBACK, *sorted(codes - {FALLBACK}))


def known_language(language: str | None) -> str | None:
    """Return the language of a code for which there are words (``pt-BR`` counts as ``pt``)."""
    if language is None:
        return None
    code = language.replace("_", "-").partition("-")[0].casefold()
    return code if code in languages() else None


@cache
def load(language: str) -> Book:
    """Return the words of one of the `languages`, read once per process.

    Raises:
        ConfigurationError: the file can't be read; names it.
    """
    file = folder().joinpath(f"{language}{_SUFFIX}")
    try:
        return Book(language, tomllib.loads(file.read_text(encoding="utf-8")))
    except ValueError as error:
        raise _misconfigured(language, f"can't be read: {error}") from None


@dataclass(frozen=True, slots=True)
class Book:
    """One language's file.  What is missing or wrong is named when it is asked for."""

    language: str
    data: Mapping[str, Any]

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a section.

        Raises:
            ConfigurationError: there is none.
        """
        found = self.data.get(name)
        if not isinstance(found, Mapping):
            raise _misconfigured(self.language, f"lacks the section [{name}]")
        return found

    def texts(self, name: str, fields: Mapping[str, frozenset[str] | None]) -> dict[str, str]:
        """Return the texts of a section, and no others.

        Args:
            name: the section.
            fields: key -> the fields that its text must have; None where it is no template.

        Raises:
            ConfigurationError: a key is missing or unknown, or a text lacks a field.
        """
        section = self.section(name)
        if unknown := sorted(section.keys() - fields):
            raise self.error(name, unknown[0], "is unknown")
        for key, wanted in fields.items():
            text = self.value(name, key, str)
            if wanted is not None and (problem := problem_of(text, wanted)):
                raise self.error(name, key, problem)
        return dict(section)

    def value(self, name: str, key: str, kind: type) -> Any:
        """Return one value of a section.

        Raises:
            ConfigurationError: it is missing, or not of this kind.
        """
        section = self.section(name)
        if key not in section:
            raise self.error(name, key, "is missing")
        if not isinstance(section[key], kind):
            raise self.error(name, key, f"must be of the type {kind.__name__}")
        return section[key]

    def texts_in(self, name: str, key: str) -> list[str]:
        """Return a list of texts.

        Raises:
            ConfigurationError: it is missing, or not such a list.
        """
        found = self.value(name, key, list)
        if not all(isinstance(text, str) for text in found):
            raise self.error(name, key, "must be a list of texts")
        return list(found)

    def error(self, name: str, key: str, problem: str) -> ConfigurationError:
        """Return the error to raise for a value."""
        return _misconfigured(self.language, f"{name}.{key} {problem}")


def parts_of(template: str) -> tuple[list[str], list[str]]:
    """Return the literals of a template and the fields between them.

    Raises:
        ValueError: the template has stray braces.
    """
    literals, names = [""], []
    for literal, name, _, _ in Formatter().parse(template):
        literals[-1] += literal
        if name is not None:
            names.append(name)
            literals.append("")
    return literals, names


def problem_of(template: str, wanted: frozenset[str]) -> str | None:
    """Return what is wrong with a template that must have each of the fields once, else None."""
    try:
        names = parts_of(template)[1]
        plain = all(not spec and not how for _, _, spec, how in Formatter().parse(template))
    except ValueError as error:
        return f"isn't a template: {error}"
    if missing := sorted(wanted - set(names)):
        return f"lacks the field {{{missing[0]}}}"
    if unknown := sorted(set(names) - wanted):
        return f"has an unknown field {{{unknown[0]}}}"
    if len(names) != len(wanted) or not plain:
        return "must have each field once, and as a plain {name}"
    return None


def _misconfigured(language: str, message: str) -> ConfigurationError:
    file = f"phrases/{language}{_SUFFIX}"
    return ConfigurationError(f"{file}: {message}", param=file)

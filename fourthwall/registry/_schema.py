"""What an entry of a registry file must look like, and what is said about one that doesn't.

Strategy: one pydantic model, strict, whose fields each carry their requirement in words.  An
error names the entry, the field, what must stand there, what stands there and what to write, from
that one place.  This module is imported when a file is read, never by `import fourthwall`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

from fourthwall.errors import RegistryError
from fourthwall.registry._card import ModelCard, ReasoningReplay, Sampling

__all__ = ["cards_from", "words_from"]

_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class _Says:
    """The requirement in words: "must be <must_be>, got ...  Write <write>."."""

    must_be: str
    write: str


def _iso(value: object) -> object:
    # TOML has dates of its own; everywhere else a date is text.
    return value.isoformat() if type(value) is date else value


def _checked_date(value: str) -> str:
    """Raise ValueError unless ``value`` is a real day or month, written ``YYYY-MM[-DD]``."""
    day = value if len(value) > len("YYYY-MM") else f"{value}-01"
    if date.fromisoformat(day).isoformat() != day:
        raise ValueError(value)  # a shorter form of ISO 8601, which wouldn't compare as text
    return value


_Name = Annotated[str, Field(pattern=r"\S")]
_Text = Annotated[_Name | None, _Says("a non-empty text", "a text or null")]
_Names = Annotated[list[_Name] | None, _Says("a list of non-empty texts", "a list or null")]
_Flag = Annotated[bool | None, _Says("true, false or null", "one of them without quotes")]
_Tokens = Annotated[
    Annotated[int, Field(ge=1)] | None,
    _Says("a whole number of tokens ≥ 1", "a number without quotes, or null"),
]
_Price = Annotated[
    Annotated[float, Field(ge=0)] | None,
    _Says("a number ≥ 0 (USD per million tokens)", "a number or null"),
]
_Date = Annotated[
    Annotated[str, AfterValidator(_checked_date)] | None,
    BeforeValidator(_iso),
    _Says("a date, YYYY-MM-DD or YYYY-MM", "the date as text, or null"),
]
_Id = Annotated[_Name, _Says("a non-empty text", 'an "id" that no other entry has')]
_Provider = Annotated[_Name, _Says("a non-empty text", 'a "provider", the name of who serves it')]


class _Entry(BaseModel):
    """One entry of ``models``: the fields of `ModelCard`, `extra` being whatever else it has."""

    model_config = ConfigDict(strict=True, extra="allow", allow_inf_nan=False)

    id: _Id
    provider: _Provider
    upstream: _Text = None
    name: _Text = None
    family: _Text = None
    tier: _Text = None
    family_default: _Flag = None
    aliases: _Names = None
    context: _Tokens = None
    max_output: _Tokens = None
    price_in: _Price = None
    price_cached_in: _Price = None
    price_out: _Price = None
    reasoning: _Flag = None
    reasoning_format: _Text = None
    reasoning_replay: Annotated[
        ReasoningReplay | None,
        _Says("one of never, own, required_on_tool_turns, forbidden", "one of them or null"),
    ] = None
    sampling: Annotated[
        Sampling | None,
        _Says("one of accepted, rejected, ignored, without_reasoning", "one of them or null"),
    ] = None
    vision: _Flag = None
    tools: _Flag = None
    open_weights: _Flag = None
    thought_signatures: Annotated[
        Literal["required"] | None, _Says("'required' or null", "one of the two")
    ] = None
    released: _Date = None
    retires: _Date = None
    replaced_by: _Text = None
    fallbacks: _Names = None
    access: _Text = None
    hosts: Annotated[
        dict[_Name, _Name] | None,
        _Says("a table of provider name to the model's name there", "a table of texts or null"),
    ] = None
    hosted_only: _Flag = None


_ENTRIES = TypeAdapter(list[_Entry])
_WORDS = TypeAdapter(list[_Name], config=ConfigDict(strict=True))


def cards_from(entries: Sequence[Any]) -> list[ModelCard]:
    """Check the entries of a registry file and make them cards.

    Raises:
        RegistryError: the first thing that is wrong, with entry, field and remedy.
    """
    try:
        checked = _ENTRIES.validate_python(list(entries))
    except ValidationError as error:
        raise _explained(error, entries) from None
    return [
        ModelCard(**dict(entry.__dict__), extra=entry.__pydantic_extra__ or {}) for entry in checked
    ]


def words_from(words: object) -> list[str]:
    """Check ``guarded_words`` of a registry file.

    Raises:
        RegistryError: it isn't a list of non-empty texts.
    """
    try:
        return _WORDS.validate_python(words)
    except ValidationError as error:
        got = _shown(error.errors(include_url=False)[0]["input"])
        raise RegistryError(
            f"must be a list of non-empty texts, got {got}",
            field="guarded_words",
            remedy="Write a list of words, or leave it out for the packaged list.",
        ) from None


def _explained(error: ValidationError, entries: Sequence[Any]) -> RegistryError:
    first = error.errors(include_url=False)[0]
    number, *path = first["loc"]
    assert isinstance(number, int)
    entry = _label(entries[number], number)
    if not path:
        return RegistryError(
            f"must be an object, got {_shown(first['input'])}",
            entry=entry,
            remedy='Write {"id": ..., "provider": ...}.',
        )
    name = str(path[0])
    says = next(m for m in _Entry.model_fields[name].metadata if isinstance(m, _Says))
    if first["type"] == "missing":
        return RegistryError("is missing", entry=entry, field=name, remedy=f"Give it {says.write}.")
    return RegistryError(
        f"must be {says.must_be}, got {_shown(first['input'])}",
        entry=entry,
        field=name,
        remedy=f"Write {says.write}.",
    )


def _label(entry: Any, index: int) -> str:
    """Return the entry's id, or its number counted from 1 where it has none to show."""
    name = entry.get("id") if isinstance(entry, Mapping) else None
    return name if isinstance(name, str) and name.strip() else f"#{index + 1}"


def _shown(value: object) -> str:
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"

"""What the types of the official SDKs say of a body that we send.

The SDKs describe a request as typed dictionaries.  Pydantic checks the values against them and
leaves out every field that a type doesn't know, so a body is as the SDK has it if it comes back
unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter

__all__ = ["as_typed", "unknown_to"]


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def as_typed(kind: Any, body: Mapping[str, Any]) -> Any:
    """Return a body as an SDK's type has it: checked, without the fields that it doesn't know.

    Raises:
        pydantic.ValidationError: a value isn't what the type says.
    """
    return _plain(_adapter(kind).validate_python(body))


def unknown_to(kind: Any, body: Mapping[str, Any]) -> list[str]:
    """Return the paths of a body that an SDK's type doesn't know or has otherwise."""
    return list(_differences(body, as_typed(kind, body), ""))


def _plain(value: Any) -> Any:
    """Unroll what is checked only as one goes through it."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, str | bytes | int | float | None):
        return value
    if hasattr(value, "model_dump"):
        return value.model_dump(exclude_unset=True, by_alias=True)
    return [_plain(inner) for inner in value] if hasattr(value, "__iter__") else value


def _differences(given: Any, typed: Any, path: str) -> Iterator[str]:
    if isinstance(given, Mapping) and isinstance(typed, Mapping):
        for key in given.keys() | typed.keys():
            where = f"{path}.{key}".lstrip(".")
            if key in given and key in typed:
                yield from _differences(given[key], typed[key], where)
            else:
                yield where
    elif isinstance(given, list) and isinstance(typed, list) and len(given) == len(typed):
        for place, (ours, theirs) in enumerate(zip(given, typed, strict=True)):
            yield from _differences(ours, theirs, f"{path}[{place}]")
    elif given != typed:
        yield path

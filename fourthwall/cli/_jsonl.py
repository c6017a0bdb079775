"""JSONL: an object a line in on stdin, an object a line out on stdout, in the same order.

It takes what is there, answers all whole lines of it and flushes: a slow producer gets each
answer at once, a fast one is answered in large blocks, and neither ever fills the memory.  A line
that can't be used gets an answer that says so, and the run goes on.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, Final, NoReturn, TypeAlias

from fourthwall.errors import FourthwallError, RequestError

__all__ = ["Answer", "answer_lines", "named", "text_field"]

Answer: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Makes of a line's object what is answered beside its ``id``."""

_BLOCK: Final = 1 << 16


def answer_lines(source: BinaryIO, sink: BinaryIO, answer: Answer) -> bool:
    """Answer every line of ``source`` on ``sink``; say whether all of them could be used.

    Args:
        source: UTF-8 text, an object a line; empty lines are skipped.
        sink: takes ``{"id": ..., **answer}`` a line, or ``{"id": ..., "error": {"code",
            "message", "param", "remedy", "line"}}`` for a line that can't be used.
        answer: may raise `FourthwallError`.
    """
    number, is_good = 0, True
    for lines in _blocks(source):
        for line in lines:
            number += 1
            if not line.strip():
                continue
            answered = _answered(line, number, answer)
            is_good = is_good and "error" not in answered
            sink.write(_write(answered).encode())
            sink.write(b"\n")
        sink.flush()
    return is_good


def text_field(row: Mapping[str, Any], name: str) -> str:
    """Return a field that must be text.

    Raises:
        RequestError: it is missing or something else.
    """
    value = row.get(name)
    if not isinstance(value, str):
        state = "is missing" if name not in row else "must be a text"
        raise RequestError(f"{name!r} {state}", param=name, remedy=f'Give "{name}": "...".')
    return value


def named(row: Mapping[str, Any], name: str, default: str | None = None) -> str | None:
    """Return a field that is a text or null; ``default`` where it is missing.

    Raises:
        RequestError: it is something else.
    """
    value = row.get(name, default)
    if value is not None and not isinstance(value, str):
        raise RequestError(
            f"{name!r} must be a model's id or null", param=name, remedy="Give null if not known."
        )
    return value


def _blocks(source: BinaryIO) -> Iterator[list[bytes]]:
    """Give the lines as they come: all that are whole so far, each time."""
    held: list[bytes] = []
    block = source.read1(_BLOCK).removeprefix(codecs.BOM_UTF8)  # type: ignore[attr-defined]
    while block:
        first, *others = block.split(b"\n")
        held.append(first)
        if others:
            yield [b"".join(held), *others[:-1]]
            held = [others[-1]]
        block = source.read1(_BLOCK)  # type: ignore[attr-defined]
    yield [b"".join(held)]


def _answered(line: bytes, number: int, answer: Answer) -> dict[str, Any]:
    row: Any = None
    try:
        row = _read(line)
        return {"id": row.get("id"), **answer(row)}
    except FourthwallError as error:
        about = {
            "code": error.code,
            "message": error.message,
            "param": error.param,
            "remedy": error.remedy,
            "line": number,
        }
        return {"id": row.get("id") if isinstance(row, dict) else None, "error": about}


def _read(line: bytes) -> dict[str, Any]:
    try:
        # Surrogates may stand alone in JSON's escapes and in sloppy UTF-8 alike.
        row = _decode(line.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        why = error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise RequestError(
            f"the line isn't JSON: {why}", remedy="Write one JSON object a line, in UTF-8."
        ) from None
    if not isinstance(row, dict):
        raise RequestError(
            "the line isn't a JSON object", remedy='Write {"id": ..., ...}, one object a line.'
        )
    return row


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and Infinity aren't JSON


_decode = json.JSONDecoder(parse_constant=_refuse).decode
_write = json.JSONEncoder(separators=(", ", ": ")).encode  # all ASCII: any text at all survives

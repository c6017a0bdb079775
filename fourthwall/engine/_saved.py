"""A conversation as it is written down: JSON with a format's number, checked when it is read."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge

from fourthwall.chat import Message, Usage, check_messages
from fourthwall.errors import RequestError
from fourthwall.registry import Registry

__all__ = ["MissingModelWarning", "Saved", "missing_model", "write_whole"]


class MissingModelWarning(UserWarning):
    """A saved conversation was on a model that isn't in the registry any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What is written down of a conversation: no keys, no options.

    Attributes:
        model: id of the model that was picked.
        messages: the history, with what is kept beside each message.
        usage: tokens of all answers together.
        cost_nanousd: cost of all answers together; None where it isn't known.
        format: changes when a reader of today couldn't read it any more.
    """

    model: str
    messages: list[dict[str, Any]]
    usage: Usage = field(default_factory=Usage)
    cost_nanousd: Annotated[int, Ge(0)] | None = 0
    format: Literal[1] = 1

    def to_json(self) -> str:
        """Return it as JSON text.

        Raises:
            RequestError: a message holds something that JSON can't.
        """
        try:
            return json.dumps(asdict(self), indent=1)
        except (TypeError, ValueError) as error:
            raise RequestError(
                f"the conversation can't be written as JSON: {error}", param="messages"
            ) from error

    @classmethod
    def from_json(cls, text: str | bytes) -> Saved:
        """Check and read what `to_json` wrote.

        Raises:
            RequestError: it wasn't that; names the field.
        """
        from pydantic import TypeAdapter, ValidationError

        try:
            saved = TypeAdapter(cls).validate_python(json.loads(text))
        except ValueError as error:
            where, why = "", str(error)
            if isinstance(error, ValidationError):
                first = error.errors(include_url=False, include_input=False)[0]
                where, why = ".".join(map(str, first["loc"])), first["msg"]
            raise RequestError(
                f"this isn't a saved conversation: {f'{where!r}: ' if where else ''}{why}",
                param=where or None,
                remedy="Give what Conversation.save or to_json wrote.",
            ) from None
        check_messages(saved.messages)
        return saved


def missing_model(messages: Sequence[Message], registry: Registry) -> str | None:
    """Return the id of the model that answered last, if it isn't known any more."""
    makers = (message.get("model") for message in reversed(messages))
    last = next((maker for maker in makers if isinstance(maker, str)), None)
    return None if last is None or last in registry else last


def write_whole(path: Path, text: str) -> None:
    """Replace a file by ``text``, as a whole or not at all, readable by its owner only.

    Raises:
        OSError: it can't be written.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())  # or a crash may leave the new name with nothing in it
        Path(name).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise

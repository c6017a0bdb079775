"""Announcements in the history: finding the one that an answer begins with.

An announcement is text in front of the content, or the ``fourthwall`` key that `Conversation`
keeps beside the message.  Whether it is believed is decided in `_fold`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fourthwall.chat import Message
from fourthwall.conversation._announcement import Announced, Announcer

__all__ = ["told_in"]


def told_in(message: Message, announcer: Announcer) -> tuple[Announced | None, Message]:
    """Return what an assistant message announces, and the message without it."""
    noted = _noted(message.get("fourthwall"))
    if noted is not None:
        return noted, message
    content = message.get("content")
    if isinstance(content, str):
        told, rest = announcer.strip(content)
        if told is None:
            return None, message
        # A message that only calls tools has no text: null, as it was before.
        emptied = None if not rest and message.get("tool_calls") else rest
        return told, {**message, "content": emptied}
    if isinstance(content, list | tuple):
        return _told_in_parts(message, content, announcer)
    return None, message


def _told_in_parts(
    message: Message, parts: Sequence[object], announcer: Announcer
) -> tuple[Announced | None, Message]:
    for place, part in enumerate(parts):
        if isinstance(part, Mapping) and isinstance(text := part.get("text"), str):
            told, rest = announcer.strip(text)
            if told is None:
                break
            stripped = [{**part, "text": rest}] if rest else []
            return told, {**message, "content": [*parts[:place], *stripped, *parts[place + 1 :]]}
    return None, message


def _noted(meta: object) -> Announced | None:
    if not isinstance(meta, Mapping):
        return None
    kind, left, taken = meta.get("kind"), meta.get("from"), meta.get("to")
    if isinstance(kind, str) and isinstance(left, str) and isinstance(taken, str):
        return Announced(kind, left, taken)
    return None

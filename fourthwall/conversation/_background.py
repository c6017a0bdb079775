"""Requests that a front end makes by itself: titles, tags, follow-ups, search queries.

Front ends send them as ordinary requests: one user message which quotes the conversation and
demands a short form back.  The person's words in it ("switch to GPT-5") are quoted, not said, so
such a message is never parsed.  It goes to the model that it was sent to, without announcement.

What gives such a message away is the quotation, not the wording of the task, which every front
end puts differently and translates:

- a conversation between tags or under a heading of its own (``<chat_history>``,
  ``### Chat History:``), as no person types it;
- a transcript: lines that begin with the role of one side and lines that begin with the other's
  (``USER: ...`` / ``ASSISTANT: ...``), either from the first line on or with a demand for a form
  (JSON, so many words, "only the title").

A person who pastes a transcript and asks for JSON looks the same.  All that is lost then is a
switch spoken in that very message: the active model answers it.
"""

from __future__ import annotations

import re

__all__ = ["quotes_conversation"]

# The instruction stands at one end, the quotation begins close to it: no need to read a megabyte.
_READ = 20_000
_SHORTEST = 24

_SECTION = re.compile(
    r"<(chat_?history|chat_?messages|conversation(?:_history)?|messages|transcript)>"
    r"|^\#{1,4}\s*(?:chat|conversation|message)\s+history\b"
    r"|^\|\|>\s*(?:user|human)\b",
    re.IGNORECASE | re.MULTILINE,
)

# One alternative a side.  What may stand in front of a role: quote marks, list marks, brackets.
_BEFORE = r"^[\s>*_#|\[\"'{-]{0,8}(?:\"?role\"?\s*:\s*\"?)?"
_AFTER = r"[\]*_\"']{0,4}\s*[:：,]"
_ASKING = re.compile(rf"{_BEFORE}(?:user|human|用户){_AFTER}", re.IGNORECASE | re.MULTILINE)
_ANSWERING = re.compile(
    rf"{_BEFORE}(?:assistant|ai|bot|model|response|助手){_AFTER}", re.IGNORECASE | re.MULTILINE
)

_FORM = re.compile(
    r"\bjson\b"
    r"|\b(?:only|solely|exclusively|nothing but)\b[^.\n]{0,30}\b(?:title|summary|tags?|topic)\b"
    r"|\b\d+\s*(?:-\s*\d+\s*)?(?:-\s*)?(?:words?|characters|tokens)\b"
    r"|\bno (?:extra|additional|other) (?:text|words|formatting)\b"
    r"|\b(?:no|without) (?:punctuation|quotation|quotes)\b",
    re.IGNORECASE,
)


def quotes_conversation(text: str) -> bool:
    """Whether a user message is a front end's task about a quoted conversation."""
    if len(text) < _SHORTEST or "\n" not in text:
        return False
    if _SECTION.search(text, 0, _READ):
        return True
    asking = _ASKING.search(text, 0, _READ)
    if asking is None or _ANSWERING.search(text, 0, _READ) is None:
        return False
    starts_as_transcript = not text[: asking.start()].strip()
    return starts_as_transcript or _FORM.search(text, 0, _READ) is not None

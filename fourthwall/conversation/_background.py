"""What a front end puts into a user message: tasks of its own, and documents around a question.

**Tasks**: titles, tags, follow-ups, search queries.  Front ends send them as ordinary requests: one
user message which quotes the conversation and demands a short form back.  The person's words in it
("switch to GPT-5") are quoted, not said, so such a message is never parsed.  It goes to the model
that it was sent to, without announcement.

What gives such a message away is the quotation, not the wording of the task, which every front
end puts differently and translates:

- a conversation between tags or under a heading of its own (``<chat_history>``,
  ``### Chat History:``), as no person types it;
- a transcript: lines that begin with the role of one side and lines that begin with the other's
  (``USER: ...`` / ``ASSISTANT: ...``), either from the first line on or with a demand for a form
  (JSON, so many words, "only the title").

A person who pastes a transcript and asks for JSON looks the same.  All that is lost then is a
switch spoken in that very message: the active model answers it.

**Documents.**  A front end that looks things up sends instructions and what it found in front of
the person's words (``### Task: Respond to the user query ... <context>...</context>``), and in the
next request the person's words alone.  So these words have to be read, or the same message would
be a command one turn later.  They are what follows the last ``</context>``, with or without
``<user_query>`` around them.  No document can speak there: whatever it holds stands before that
tag.  Only the instructions that such a front end has out of the box are recognised; with others a
message is read like any long message, by its beginning and its last paragraph.
"""

from __future__ import annotations

import re

__all__ = ["query_span", "quotes_conversation"]

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

_LOOKED_UP = "### Task:\nRespond to the user query"
_DOCUMENTS_END = "</context>"
_MARKS = ("<user_query>", "</user_query>")


def query_span(text: str) -> tuple[int, int]:
    """Return where the person's words stand in a user message.

    All of the message, unless a front end put documents in front of them.
    """
    documents_end = text.rfind(_DOCUMENTS_END) if text.startswith(_LOOKED_UP) else -1
    if documents_end < 0:
        return 0, len(text)
    start, end = _trimmed(text, documents_end + len(_DOCUMENTS_END), len(text))
    opening, closing = _MARKS
    if text.startswith(opening, start, end) and text.endswith(closing, start, end):
        return _trimmed(text, start + len(opening), end - len(closing))
    return start, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without the white space around it."""
    piece = text[start:end].rstrip()
    return start + len(piece) - len(piece.lstrip()), start + len(piece)


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

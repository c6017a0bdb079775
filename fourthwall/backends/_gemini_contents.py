"""What a conversation says, as Google's contents and parts.

What a Gemini model thought is sealed in signatures, each bound to the part of the answer that it
came with, a call or a stretch of text.  They go back in just those parts, so text is cut where a
signed stretch begins and ends, and parts with and without a signature are never joined.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes, urlsplit

from fourthwall.backends._target import Body, Target
from fourthwall.backends._turns import (
    Block,
    Call,
    Media,
    Result,
    Text,
    Thought,
    Turn,
    is_data_uri,
    media_note,
    mime_of,
)

__all__ = [
    "DETAILS_FORMAT",
    "SIGNATURE_REFUSED",
    "STRETCH",
    "PartsWriter",
    "contents",
    "function_name",
]

DETAILS_FORMAT: Final = "google-gemini-v1"
"""The ``format`` of the entries of ``reasoning_details`` that come from here."""

STRETCH: Final = "length"
"""Under which key of our note an entry says how many characters of text its signature covers."""

_NO_SIGNATURE: Final = b64encode(b"skip_thought_signature_validator").decode()
"""Google's word for "nobody signed this" (ai.google.dev/gemini-api/docs/thought-signatures).

The field holds bytes, which JSON has as base64: google-genai's ``Part.thought_signature``, and
through it pydantic-ai, write the word like this, and so does LiteLLM.
"""

SIGNATURE_REFUSED: Final = "parameter:thought_signature"
"""The fault of a request whose signatures, or whose word for none, were refused."""


def function_name(name: str) -> str:
    """Return a tool's name as Google takes it: it begins with a letter or ``_`` there.

    >>> function_name("2fa"), function_name("weather")
    ('_2fa', 'weather')
    """
    return name if name[:1].isalpha() or name[:1] == "_" else f"_{name}"


def contents(turns: Iterable[Turn], writer: PartsWriter) -> list[Body]:
    """Write the turns; what a user says right after results stands in one content with them."""
    out: list[Body] = []
    for turn in turns:
        role = "model" if turn.role == "assistant" else "user"
        parts = [*writer.parts(turn)]
        if out and out[-1]["role"] == role:
            out[-1]["parts"] += parts
        elif parts:
            out.append({"role": role, "parts": parts})
    return out


class PartsWriter:
    """Writes turns as parts."""

    def __init__(self, target: Target, faults: frozenset[str]) -> None:
        required = target.card.thought_signatures or target.traits.thought_signatures
        is_required = bool(required) or "thought_signature_missing" in faults
        self._needs_signatures = is_required and SIGNATURE_REFUSED not in faults
        # "Unknown name "id" at 'contents[7].parts[0].function_response'" (gemini-cli#13972)
        self._has_ids = "parameter:id" not in faults

    def parts(self, turn: Turn) -> Iterator[Body]:
        """Write one turn; it may hold nothing that can be written."""
        match turn.role:
            case "assistant":
                yield from self._of_model(turn)
            case "tool":
                yield from self._of_tools(turn)
            case _:
                yield from map(_part, turn.blocks)

    def _of_tools(self, turn: Turn) -> Iterator[Body]:
        """Write the results; behind them the media that can't stand inside of one."""
        behind: list[Body] = []
        for block in turn.blocks:
            assert isinstance(block, Result)
            text = "\n\n".join(b.text for b in block.blocks if isinstance(b, Text) and b.text)
            response: Body = {"name": function_name(block.name), **self._id(block.id)}
            response["response"] = {"error" if block.is_error else "output": text}
            media = [_part(b) for b in block.blocks if isinstance(b, Media)]
            behind += [part for part in media if "inlineData" not in part]
            if inside := [part for part in media if "inlineData" in part]:
                response["parts"] = inside
            yield {"functionResponse": response}
        yield from behind

    def _of_model(self, turn: Turn) -> Iterator[Body]:
        calls = turn.calls
        signed = _signed(turn, calls) if turn.thoughts else _UNSIGNED
        done = 0
        for before, part in _with_stretches(turn.blocks, signed.stretches):
            yield from self._of_calls(calls, range(done, before), signed.calls)
            done = before
            yield part
        yield from self._of_calls(calls, range(done, len(calls)), signed.calls)

    def _of_calls(
        self, calls: Sequence[Call], numbers: Iterable[int], signatures: Mapping[int, str]
    ) -> Iterator[Body]:
        for number in numbers:
            part: Body = {"functionCall": self._call(calls[number])}
            if number in signatures:
                part["thoughtSignature"] = signatures[number]
            elif number == 0 and not signatures and self._needs_signatures:
                # Only the first call of a step has to have one, and nobody signed this step.
                part["thoughtSignature"] = _NO_SIGNATURE
            yield part

    def _call(self, call: Call) -> Body:
        return {"name": function_name(call.name), "args": call.parsed, **self._id(call.id)}

    def _id(self, call_id: str) -> Body:
        return {"id": call_id} if self._has_ids else {}


# Signatures


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Text that came in a part with a signature.

    Attributes:
        start: where in the turn's text it begins, in characters.
        length: how many characters it has.
        calls: how many calls stand before it.
        signature: base64 text.
    """

    start: int
    length: int
    calls: int
    signature: str


@dataclass(frozen=True, slots=True)
class _Signed:
    """The signatures of one turn: of its calls, by their number, and of its text, in order."""

    calls: Mapping[int, str]
    stretches: Sequence[_Stretch]


_UNSIGNED: Final = _Signed({}, ())


def _signed(turn: Turn, calls: Sequence[Call]) -> _Signed:
    of_calls: dict[int, str] = {}
    of_text: list[_Stretch] = []
    unsigned: dict[object, deque[int]] = {}  # a client may use an id twice
    for number, call in enumerate(calls):
        unsigned.setdefault(call.given_id, deque()).append(number)
    end = turn.chars
    for thought in turn.thoughts:
        signature, call_id = thought.entry.get("data"), thought.entry.get("id")
        if not isinstance(signature, str) or not signature:
            continue
        if call_id is None:
            of_text.append(_stretch(thought, signature, end, len(calls)))
        elif isinstance(call_id, str) and (numbers := unsigned.get(call_id)):
            of_calls[numbers.popleft()] = signature
    of_text.sort(key=lambda stretch: stretch.start)
    return _Signed(of_calls, of_text)


def _stretch(thought: Thought, signature: str, end: int, calls: int) -> _Stretch:
    """Return where a signature without a call belongs: without our note, at the text's end."""
    note = thought.entry.get("fourthwall")
    length = note.get(STRETCH) if isinstance(note, Mapping) else None
    if not isinstance(length, int) or isinstance(length, bool) or length < 0:
        return _Stretch(end, 0, 0, signature)
    return _Stretch(thought.chars, length, min(thought.calls, calls), signature)


def _with_stretches(
    blocks: Iterable[Block], stretches: Iterable[_Stretch]
) -> Iterator[tuple[int, Body]]:
    """Give the parts of a turn that aren't calls, each with how many calls stand before it."""
    waiting = deque(stretches)
    place = before = 0
    for block in blocks:
        if isinstance(block, Media):
            yield before, _part(block)
        if not isinstance(block, Text):
            continue
        text, given = block.text, 0
        while waiting and waiting[0].start < place + len(text):
            stretch = waiting.popleft()
            cut = max(given, stretch.start - place)
            if cut > given:
                yield before, {"text": text[given:cut]}
            before = max(before, stretch.calls)
            given = min(cut + stretch.length, len(text))
            yield before, {"text": text[cut:given], "thoughtSignature": stretch.signature}
        if given < len(text):
            yield before, {"text": text[given:]}
        place += len(text)
    for stretch in waiting:
        before = max(before, stretch.calls)
        yield before, {"text": "", "thoughtSignature": stretch.signature}


# Media

_MIME_TYPES: Final[Mapping[str, str]] = {
    "image": "image/jpeg",
    "audio": "audio/wav",
    "video": "video/mp4",
    "file": "application/pdf",
}
"""The MIME type of a medium that doesn't say its own."""

_MIME_BY_SUFFIX: Final[Mapping[str, str]] = {
    "avif": "image/avif",
    "gif": "image/gif",
    "heic": "image/heic",
    "heif": "image/heif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "aac": "audio/aac",
    "aiff": "audio/aiff",
    "flac": "audio/flac",
    "mp3": "audio/mp3",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "avi": "video/avi",
    "flv": "video/x-flv",
    "mov": "video/mov",
    "mp4": "video/mp4",
    "mpeg": "video/mpeg",
    "mpg": "video/mpg",
    "webm": "video/webm",
    "wmv": "video/wmv",
    "css": "text/css",
    "csv": "text/csv",
    "html": "text/html",
    "json": "application/json",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "rtf": "text/rtf",
    "txt": "text/plain",
    "xml": "text/xml",
}
"""The kinds of files that Gemini's pages name.  A table of our own, because Python's `mimetypes`
reads the machine's files, and the same request must give the same body everywhere."""


def _part(block: Block) -> Body:
    if isinstance(block, Text):
        return {"text": block.text}
    assert isinstance(block, Media)
    url = block.url or block.file_id or ""
    if is_data_uri(url):
        mime, data = block.inline or _percent_encoded(url)
        if data:
            mime = mime or _MIME_TYPES.get(block.kind, "application/octet-stream")
            return {"inlineData": {"mimeType": mime, "data": data}}
    elif "://" in url:
        return {"fileData": {"mimeType": _guessed_mime(url, block.kind), "fileUri": url}}
    return {"text": media_note(block.kind)}


def _percent_encoded(url: str) -> tuple[str, str]:
    """Return (MIME type, base64 text) of a data URI that isn't base64."""
    head, _, data = url.partition(",")
    return mime_of(head), b64encode(unquote_to_bytes(data)).decode()


def _guessed_mime(url: str, kind: str) -> str:
    suffix = re.search(r"\.(\w+)$", _path(url))
    known = _MIME_BY_SUFFIX.get(suffix[1].lower()) if suffix else None
    return known or _MIME_TYPES.get(kind, "application/octet-stream")


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:  # "Invalid IPv6 URL"
        return ""

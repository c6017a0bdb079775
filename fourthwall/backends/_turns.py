"""The pieces that a history consists of, and how they are read from OpenAI-shaped messages.

Front ends put content in many shapes (text, lists of parts, Anthropic's blocks, calls from before
there were tools); here each shape becomes one of a few pieces, and what nobody can read is left
out or kept as it is, never an error.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from fourthwall.chat import Message

__all__ = [
    "LISTS",
    "Block",
    "Call",
    "Media",
    "Result",
    "Text",
    "Thought",
    "Turn",
    "arguments_of",
    "blocks_of",
    "call_function",
    "calls_of",
    "decoded_text",
    "file_text",
    "image_bytes",
    "is_data_uri",
    "media_note",
    "mime_of",
    "thought_of",
    "tool_name",
    "with_sound_data",
    "without_inline_thought",
]


# For every message of a history: a union is made anew each time, and a dict is told at once.
LISTS: Final = (list, tuple)
MAPPINGS: Final = (dict, Mapping)


@dataclass(frozen=True, slots=True)
class Text:
    """Text, never blank.  `marks` are fields that a client wrote beside it (``cache_control``)."""

    text: str
    marks: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """An image, a sound, a file, a video, or a part that we don't know (``other``).

    Attributes:
        kind: what it is.
        part: the content part as the client wrote it.
        url: an address or a data URI; None where there is neither.
        file_id: the name that one provider gave it.
    """

    kind: Literal["image", "audio", "file", "video", "other"]
    part: Mapping[str, Any]
    url: str | None = None
    file_id: str | None = None

    @property
    def inline(self) -> tuple[str, str] | None:
        """Return (MIME type, base64 text) of a data URI; None for anything else."""
        if self.url is None or not is_data_uri(self.url):
            return None
        head, comma, data = self.url.partition(",")
        return (mime_of(head), data) if comma and head.endswith(";base64") else None

    @property
    def filename(self) -> str | None:
        """The name that the client gave to a file."""
        return _word(self._about("file").get("filename"))

    @property
    def detail(self) -> str | None:
        """How closely an image is to be looked at, in OpenAI's words."""
        return _word(self._about("image_url").get("detail"))

    def _about(self, name: str) -> Mapping[str, Any]:
        """Return where a part tells more: chat completions nests it, the Responses API doesn't."""
        given = self.part.get(name)
        return given if isinstance(given, Mapping) else self.part


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call.  `id` is the one for the target; `given_id` the one that the client knows.

    `arguments` is the JSON text of an object, always: broken text stands in ``INVALID_JSON``.
    """

    id: str
    name: str
    arguments: str
    given_id: str = ""

    @property
    def parsed(self) -> dict[str, Any]:
        """The arguments as an object."""
        value: dict[str, Any] = json.loads(self.arguments)
        return value


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool gave, never nothing.  `id` and `name` are its call's."""

    id: str
    name: str
    blocks: tuple[Text | Media, ...]
    is_error: bool = False

    @property
    def text(self) -> str:
        """The text of the result, paragraphs joined; a note for each medium."""
        if len(self.blocks) == 1 and isinstance(only := self.blocks[0], Text):
            return only.text
        return "\n\n".join(
            b.text if isinstance(b, Text) else media_note(b.kind) for b in self.blocks
        )


@dataclass(frozen=True, slots=True)
class Thought:
    """One entry of ``reasoning_details``, the target's own: given back byte for byte.

    Attributes:
        entry: the entry as it was kept.
        chars: how many characters of the turn's text blocks stand before it.
        calls: how many of the turn's calls stand before it.
    """

    entry: Mapping[str, Any]
    chars: int = 0
    calls: int = 0


Block: TypeAlias = Text | Media | Call | Result


@dataclass(slots=True)
class Turn:
    """One turn: ``system``, ``user``, ``assistant`` or ``tool`` (the results of a turn's calls).

    Attributes:
        role: whose.
        blocks: what it holds; calls only for the assistant, results only for ``tool``.
        thoughts: the target's own private state, in order.
        reasoning: the chain of thought as text, where the target wants its own back; None where
            it doesn't.
        name: the participant's name, where one was given.
        extra: other fields of the message, the target's own.
        parts: whether the client wrote the content as a list of parts.
    """

    role: Literal["system", "user", "assistant", "tool"]
    blocks: list[Block]
    thoughts: tuple[Thought, ...] = ()
    reasoning: str | None = None
    name: str | None = None
    extra: Mapping[str, Any] | None = None
    parts: bool = False

    @property
    def calls(self) -> list[Call]:
        """The turn's tool calls."""
        return [block for block in self.blocks if isinstance(block, Call)]

    @property
    def chars(self) -> int:
        """How many characters its pieces of text have."""
        return sum(len(block.text) for block in self.blocks if isinstance(block, Text))

    @property
    def text(self) -> str:
        """The turn's text, its pieces joined by a blank line."""
        if len(self.blocks) == 1 and isinstance(only := self.blocks[0], Text):
            return only.text
        return "\n\n".join(block.text for block in self.blocks if isinstance(block, Text))


def media_note(kind: str) -> str:
    """Return what stands in the place of a medium that a model can't take."""
    return f"[{'attachment' if kind == 'other' else kind}: not shown to this model]"


# Content ------------------------------------------------------------------------------------------


def blocks_of(content: Any) -> list[Text | Media]:
    """Read a message's content: a text, or a list of parts.  What is blank is left out."""
    if isinstance(content, str):
        return [Text(content)] if content and not content.isspace() else []
    if not isinstance(content, LISTS):
        return []
    blocks = map(_block, content)
    return [b for b in blocks if b is not None and not (isinstance(b, Text) and _is_blank(b.text))]


def _is_blank(text: str) -> bool:
    return not text or text.isspace()


def _block(part: Any) -> Text | Media | None:
    if isinstance(part, str):
        return Text(part)
    if not isinstance(part, Mapping):
        return None
    kind = part.get("type", "text")
    reader = _PART_READERS.get(kind) if isinstance(kind, str) else None
    if reader is not None:
        return reader(part)
    return _text(part) or Media("other", part)  # words are words, whatever the part is called


_MARKS: Final = ("cache_control",)


def _text(part: Mapping[str, Any]) -> Text | None:
    text = part.get("text")
    if not isinstance(text, str):
        return None
    marks = {name: part[name] for name in _MARKS if name in part}
    return Text(text, marks or None)


def _image(part: Mapping[str, Any]) -> Media:
    """Read OpenAI's two shapes of an image, and Anthropic's."""
    given = part.get("image_url")
    url = given.get("url") if isinstance(given, Mapping) else given
    return Media("image", part, _word(url) or _source_url(part), _word(part.get("file_id")))


def _source_url(part: Mapping[str, Any]) -> str | None:
    source = part.get("source")
    if not isinstance(source, Mapping):
        return None
    if data := _word(source.get("data")):
        return f"data:{source.get('media_type') or 'image/png'};base64,{data}"
    return _word(source.get("url"))


def _audio(part: Mapping[str, Any]) -> Media:
    given = part.get("input_audio")
    inner = given if isinstance(given, Mapping) else {}
    data = _word(inner.get("data"))
    url = f"data:audio/{inner.get('format') or 'wav'};base64,{data}" if data else None
    return Media("audio", part, url)


def _file(part: Mapping[str, Any]) -> Media:
    given = part.get("file")
    inner = given if isinstance(given, Mapping) else part
    url = _word(inner.get("file_data")) or _word(inner.get("file_url")) or _source_url(part)
    if url and "://" not in url and not url.startswith("data:"):
        url = f"data:application/pdf;base64,{url}"
    return Media("file", part, url, _word(inner.get("file_id")))


def _document(part: Mapping[str, Any]) -> Text | Media:
    """Read Anthropic's block, which may hold text as it is."""
    source = part.get("source")
    if isinstance(source, Mapping) and source.get("type") == "text":
        return Text(_word(source.get("data")) or "")
    return _file(part)


def _video(part: Mapping[str, Any]) -> Media:
    given = part.get("video_url")
    url = given.get("url") if isinstance(given, Mapping) else given
    return Media("video", part, _word(url))


def _refusal(part: Mapping[str, Any]) -> Text | None:
    return _text({"text": part.get("refusal")})


def _nothing(_part: Mapping[str, Any]) -> None:
    """A chain of thought in the content: whoever wrote it, it isn't what was said."""


_PART_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Text | Media | None]]] = {
    "text": _text,
    "input_text": _text,
    "output_text": _text,
    "refusal": _refusal,
    "image_url": _image,
    "input_image": _image,
    "image": _image,
    "input_audio": _audio,
    "file": _file,
    "input_file": _file,
    "document": _document,
    "video_url": _video,
    "thinking": _nothing,
    "redacted_thinking": _nothing,
    "reasoning": _nothing,
}


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def is_data_uri(url: str) -> bool:
    """Whether a URL holds the data itself."""
    return url[:5].lower() == "data:"


def mime_of(head: str) -> str:
    """Return the MIME type that a data URI begins with, by its proper name.

    >>> mime_of("data:image/jpg;name=a.jpg;base64"), mime_of("data:")
    ('image/jpeg', '')
    """
    mime = head[5:].partition(";")[0].lower()
    return _MIME_ALIASES.get(mime, mime)


_MIME_ALIASES: Final = {"image/jpg": "image/jpeg"}


def image_bytes(block: Media) -> int:
    """Return how large an image is that is sent along; 0 for an address."""
    inline = block.inline
    return len(inline[1]) * 3 // 4 if inline is not None else 0


def with_sound_data(block: Media) -> Media | None:
    """Return a medium whose data, if it has any with it, can be read; None if it can't be.

    Line breaks in base64 go: it is broken into lines for mail, and hardly any provider takes that.
    """
    inline = block.inline
    if inline is None or _is_base64(inline[1]):
        return block
    data = "".join(inline[1].split())
    return replace(block, url=f"data:{inline[0]};base64,{data}") if _is_base64(data) else None


# Both alphabets, as JSON's mapping of Protocol Buffers takes them; never giving back a character,
# because there are millions.
_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]++|[A-Za-z0-9_-]++)={0,2}")


def _is_base64(data: str) -> bool:
    """Whether a text is base64, padded or not; it isn't decoded."""
    if _BASE64.fullmatch(data) is None:
        return False
    digits = len(data.rstrip("="))
    missing = -digits % 4
    return missing != 3 and len(data) - digits <= missing  # one digit alone is no byte


def decoded_text(block: Media) -> str | None:
    """Return what a text file says; None for any other medium."""
    if block.kind != "file" or block.inline is None:
        return None
    mime, data = block.inline
    if not mime.startswith("text/") and mime not in ("application/json", "application/xml"):
        return None
    try:
        return base64.b64decode(data).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return None


def file_text(block: Media) -> str | None:
    """Return what a text file says, under its name; None for any other medium."""
    text = decoded_text(block)
    if text is None:
        return None
    return f"[{f'the file {block.filename}' if block.filename else 'a file'}:]\n{text}"


# Thoughts -----------------------------------------------------------------------------------------

_TAGS: Final = "think|thinking|thought|reasoning|reason|seed:think|mm:think"
_INLINE_THOUGHT: Final = re.compile(
    rf"(?:\s*(?:<({_TAGS})>.*?</\1>|\[THINK\].*?\[/THINK\]|◁think▷.*?◁/think▷))*"
    # ... and one that was cut off in the middle, with which the text ends.
    rf"\s*(?:(?:<(?:{_TAGS})>|\[THINK\]|◁think▷).*\Z)?",
    re.DOTALL,
)


def without_inline_thought(blocks: list[Text | Media]) -> list[Text | Media]:
    """Take a chain of thought off the front of old content: models imitate what they see."""
    first = blocks[0] if blocks else None
    if not isinstance(first, Text) or first.text.lstrip()[:1] not in ("<", "[", "◁"):
        return blocks
    found = _INLINE_THOUGHT.match(first.text)
    if found is None or not found[0].strip():
        return blocks
    left = first.text[found.end() :]
    return [*([replace(first, text=left)] if left else []), *blocks[1:]]


def thought_of(entry: Mapping[str, Any]) -> Thought:
    """Read where in its turn an entry of ``reasoning_details`` stands."""
    place = entry.get("fourthwall")
    if not isinstance(place, Mapping):
        return Thought(entry)
    return Thought(entry, _whole(place.get("chars")), _whole(place.get("calls")))


def _whole(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


# Calls --------------------------------------------------------------------------------------------


def call_function(call: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the ``name`` and ``arguments`` of a call, of a custom tool's too."""
    inner = call.get("function")
    if isinstance(inner, MAPPINGS):
        return inner
    custom = call.get("custom")
    if isinstance(custom, Mapping):
        return {"name": custom.get("name"), "arguments": {"input": custom.get("input", "")}}
    return {}


def arguments_of(value: Any) -> tuple[str, bool]:
    """Return (the JSON text of an object, whether it was whole).

    Nothing is an empty object; broken text is wrapped, so that nothing of it is lost.

    >>> arguments_of(""), arguments_of("[1")
    (('{}', True), ('{"INVALID_JSON": "[1"}', False))
    """
    if not isinstance(value, str):
        return _dumped(value) if isinstance(value, Mapping) else "{}", True
    if _is_blank(value):
        return "{}", True
    try:
        parsed = _JSON.decode(value)
    except (ValueError, RecursionError):
        return json.dumps({"INVALID_JSON": value}, ensure_ascii=False), False
    if isinstance(parsed, dict):
        return value, True
    if parsed is None:
        return "{}", True
    return json.dumps({"INVALID_JSON": value}, ensure_ascii=False), True


def _dumped(value: Mapping[str, Any]) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return json.dumps({"INVALID_JSON": repr(value)}, ensure_ascii=False)


def _refused(constant: str) -> None:
    raise ValueError(f"JSON has no {constant}")


_JSON: Final = json.JSONDecoder(parse_constant=_refused)  # made once: `json.loads` makes one a call


def tool_name(name: object) -> str:
    """Return a tool's name as every provider takes it; old calls may name tools of any kind.

    >>> tool_name("files.read"), tool_name(None)
    ('files_read', 'unnamed')
    """
    if not isinstance(name, str) or not name:
        return "unnamed"
    return name if _TOOL_NAME.fullmatch(name) else _NOT_IN_NAMES.sub("_", name)[:64]


_TOOL_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NOT_IN_NAMES: Final = re.compile(r"[^a-zA-Z0-9_-]")


def calls_of(message: Message) -> list[Mapping[str, Any]]:
    """Return the calls of an assistant's message."""
    calls = message.get("tool_calls")
    if isinstance(calls, LISTS):
        return [call for call in calls if isinstance(call, MAPPINGS)]
    old = message.get("function_call")  # the shape before there were tools
    return [{"id": "", "function": old}] if isinstance(old, Mapping) else []

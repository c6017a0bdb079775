"""The messages, the system text and the tools of Anthropic's Messages API.

A turn becomes a message of content blocks.  What a tool gave goes into the user's message that
follows the calls, in front of everything else.  The model's own thinking stands where it stood:
thinking, text and calls of one answer keep their order, for a signature covers what precedes it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from fourthwall.backends._target import Body, Report, plain
from fourthwall.backends._turns import (
    Block,
    Call,
    Media,
    Result,
    Text,
    Thought,
    Turn,
    decoded_text,
    media_note,
)

__all__ = ["THOUGHT_FORMAT", "MessagesWriter", "thinking_block", "tool_definitions"]

THOUGHT_FORMAT: Final = "anthropic-claude-v1"
"""The ``format`` of Claude's entries in ``reasoning_details``, as OpenRouter calls it."""

_IMAGES: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_FAILED: Final = "The tool failed."
_MOST_MARKS: Final = 4  # "A maximum of 4 blocks with cache_control may be provided."


class MessagesWriter:
    """Writes one request's system text and messages.

    Args:
        marks: whether ``cache_control`` goes out.
        without_thoughts: the turns that must not hold thinking.

    Attributes:
        hidden: what couldn't be shown -> how often a note stands in its place.
    """

    def __init__(self, *, marks: bool = True, without_thoughts: Sequence[Turn] = ()) -> None:
        self.hidden: dict[str, int] = {}
        self._marks = marks
        self._without_thoughts = {id(turn) for turn in without_thoughts}

    def system(self, texts: Sequence[Text]) -> str | list[Body]:
        """Write the system slot: a text, or blocks where one carries a mark; "" for nothing."""
        return _short([self._text(text) for text in texts])

    def messages(self, turns: Iterable[Turn]) -> list[Body]:
        """Write the turns.  Neighbours on the same side become one message."""
        written: list[tuple[str, list[Body]]] = []
        for turn in turns:
            is_assistant = turn.role == "assistant"
            blocks = self._answer(turn) if is_assistant else list(self._said(turn))
            role = "assistant" if is_assistant else "user"
            if written and written[-1][0] == role:
                written[-1][1].extend(blocks)
            else:
                written.append((role, blocks))
        return [{"role": role, "content": _short(blocks)} for role, blocks in written]

    # The user's side

    def _said(self, turn: Turn) -> Iterator[Body]:
        """Write what the user or the tools said; results come first, images of failures last."""
        behind: list[Body] = []
        for block in turn.blocks:
            if isinstance(block, Result):
                yield self._result(block, behind)
            else:
                assert not isinstance(block, Call)
                yield self._shown(block)
        yield from behind

    def _result(self, result: Result, behind: list[Body]) -> Body:
        out: Body = {"type": "tool_result", "tool_use_id": result.id}
        said = result.blocks
        if result.is_error:
            out["is_error"] = True
            # "all content must be type `text` if `is_error` is true", and "content cannot be empty"
            behind += [self._shown(b) for b in said if isinstance(b, Media)]
            said = tuple(b for b in said if isinstance(b, Text)) or (Text(_FAILED),)
        content = [self._shown(b) for b in said]
        is_plain = all(map(_is_plain, content))
        out["content"] = "\n\n".join(b["text"] for b in content) if is_plain else content
        return out

    def _shown(self, block: Text | Media) -> Body:
        if isinstance(block, Text):
            return self._text(block)
        shown = _image(block) or _document(block)
        return self._hidden(block) if shown is None else {**shown, **self._mark(block.part)}

    def _hidden(self, block: Media) -> Body:
        self.hidden[block.kind] = self.hidden.get(block.kind, 0) + 1
        return {"type": "text", "text": media_note(block.kind)}

    def _text(self, block: Text) -> Body:
        out: Body = {"type": "text", "text": block.text}
        return {**out, **self._mark(block.marks)} if block.marks else out

    def _mark(self, source: Mapping[str, Any]) -> Body:
        mark = cache_control(source.get("cache_control")) if self._marks else None
        return {"cache_control": mark} if mark else {}

    # The assistant's side

    def _answer(self, turn: Turn) -> list[Body]:
        """Write an answer: before each thought the text and the calls that preceded it."""
        thoughts = () if id(turn) in self._without_thoughts else turn.thoughts
        if not thoughts:
            return list(self._pieces(turn.blocks))
        queue = _Queue(turn.blocks)
        out: list[Body] = []
        for thought in thoughts:
            if (block := thinking_block(thought)) is not None:
                out += self._pieces(queue.until(thought))
                out.append(block)
        out += self._pieces(queue.rest())
        while out and out[-1]["type"] in ("thinking", "redacted_thinking"):
            out.pop()  # "The final block in an assistant message cannot be `thinking`."
        return out

    def _pieces(self, blocks: Iterable[Block]) -> Iterator[Body]:
        for block in blocks:
            if isinstance(block, Call):
                yield {
                    "type": "tool_use",
                    "id": block.id,
                    "name": block.name,
                    "input": block.parsed,
                }
            elif isinstance(block, Text) and block.text.strip():
                yield self._text(block)


class _Queue:
    """Hands out an answer's blocks in order, a text in pieces where a thought stands in it."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._calls = deque(block for block in blocks if isinstance(block, Call))
        self._others = deque(block for block in blocks if not isinstance(block, Call))
        self._offset = 0  # how much of the first of them has been given
        self._given_chars = 0
        self._given_calls = 0

    def until(self, thought: Thought) -> Iterator[Block]:
        """Give the characters and calls before a thought that haven't been given yet."""
        while self._others and (left := thought.chars - self._given_chars) > 0:
            block = self._others[0]
            if isinstance(block, Text) and len(block.text) - self._offset > left:
                yield Text(block.text[self._offset : self._offset + left])
                self._offset += left
                self._given_chars += left
            else:
                yield self._first()
        while self._calls and self._given_calls < thought.calls:
            self._given_calls += 1
            yield self._calls.popleft()

    def _first(self) -> Block:
        """Take the first block that isn't a call, or what is left of it."""
        block = self._others.popleft()
        if isinstance(block, Text):
            block = Text(block.text[self._offset :], block.marks) if self._offset else block
            self._given_chars += len(block.text)
        self._offset = 0
        return block

    def rest(self) -> Iterator[Block]:
        """Give everything else."""
        while self._others:
            yield self._first()
        yield from self._calls


def thinking_block(thought: Thought) -> Body | None:
    """Return the block as its maker gave it; None for what isn't signed and can't go back."""
    match thought.entry:
        case {"type": "reasoning.text", "signature": str(signature)} if signature:
            text = thought.entry.get("text")
            return {
                "type": "thinking",
                "thinking": text if isinstance(text, str) else "",
                "signature": signature,
            }
        case {"type": "reasoning.encrypted", "data": str(data)} if data:
            return {"type": "redacted_thinking", "data": data}
    return None


def _short(blocks: list[Body]) -> str | list[Body]:
    """Return plain text on its own as a string: the API takes it for a block of its own."""
    if not blocks:
        return ""
    return str(blocks[0]["text"]) if len(blocks) == 1 and _is_plain(blocks[0]) else blocks


def _is_plain(block: Body) -> bool:
    return len(block) == 2 and block["type"] == "text"


# Media --------------------------------------------------------------------------------------------


def _image(block: Media) -> Body | None:
    """Write an image; also one that came as a file."""
    if block.inline is not None:
        mime, data = block.inline
        if mime not in _IMAGES or not data:
            return None
        return {
            "type": "image",
            "source": {"type": "base64", "media_type": mime, "data": data},
        }
    if block.kind == "image" and _is_web(block.url):
        return {"type": "image", "source": {"type": "url", "url": block.url}}
    return None


def _document(block: Media) -> Body | None:
    """Write a PDF or a text file."""
    if block.kind != "file":
        return None
    if block.inline is not None:
        source = _file_source(block, *block.inline)
    else:
        source = {"type": "url", "url": block.url or ""} if _is_web(block.url) else None
    if source is None:
        return None
    named = {"title": block.filename} if block.filename else {}
    return {"type": "document", "source": source, **named}


def _file_source(block: Media, mime: str, data: str) -> Body | None:
    if mime == "application/pdf" and data:
        return {"type": "base64", "media_type": mime, "data": data}
    text = decoded_text(block)
    if text is None or not text.strip():
        return None
    return {"type": "text", "media_type": "text/plain", "data": text}


def _is_web(url: str | None) -> bool:
    return url is not None and url[:8].lower().startswith(("https://", "http://"))


# Tools --------------------------------------------------------------------------------------------


def tool_definitions(
    tools: Iterable[Mapping[str, Any]], report: Report, *, strict: bool, marks: bool = True
) -> list[Body]:
    """Write the tools' definitions.

    Args:
        tools: OpenAI's.
        report: takes a note of those that can't be written.
        strict: whether the model can be held to a tool's schema.
        marks: whether ``cache_control`` goes out.
    """
    out: list[Body] = []
    for tool in tools:
        function = tool.get("function")
        if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
            report["tools"] = "tools that aren't functions are left out: Anthropic has its own"
            continue
        written: Body = {"name": function["name"]}
        if isinstance(description := function.get("description"), str) and description:
            written["description"] = description
        written["input_schema"] = _input_schema(function.get("parameters"))
        if function.get("strict") is True and strict:
            written["strict"] = True
        mark = cache_control(tool.get("cache_control") or function.get("cache_control"))
        if mark and marks:
            written["cache_control"] = mark
        out.append(written)
    return out


def _input_schema(parameters: object) -> Body:
    schema: Body = plain(parameters) if isinstance(parameters, Mapping) else {"properties": {}}
    return {**schema, "type": "object"}


# Marks --------------------------------------------------------------------------------------------


def cache_control(value: object) -> Body | None:
    """Return a mark for the prompt cache as the API takes it; None for anything else."""
    if not isinstance(value, Mapping) or value.get("type") != "ephemeral":
        return None
    ttl = value.get("ttl")
    return {"type": "ephemeral", **({"ttl": ttl} if ttl in ("5m", "1h") else {})}


def without_surplus_marks(body: Body) -> bool:
    """Take the oldest marks off the messages where there are too many; say whether there were.

    Front ends mark every turn anew and forget to take the old marks away.
    """
    parts = [body.get("system"), body.get("tools")]
    fixed = [b for part in parts if isinstance(part, list) for b in part if "cache_control" in b]
    contents = [message["content"] for message in body["messages"]]
    marked = [b for c in contents if isinstance(c, list) for b in _marked(c)]
    surplus = len(marked) + len(fixed) + ("cache_control" in body) - _MOST_MARKS
    for block in [*marked, *fixed][: max(0, surplus)]:
        del block["cache_control"]
    return surplus > 0


def _marked(blocks: Iterable[Body]) -> Iterator[Body]:
    for block in blocks:
        inner = block.get("content")
        if isinstance(inner, list):
            yield from _marked(inner)
        if "cache_control" in block:
            yield block

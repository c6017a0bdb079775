"""What an answer of the Responses API says: from its events, or its one JSON value, to our events.

An answer is a list of output items, and every item comes three times: as it begins, in pieces, and
whole at its end.  Servers leave out one or the other, so of each text it is noted how much has been
given, and the end of an item gives what is still missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from fourthwall.backends._reader import AnswerReader, count
from fourthwall.backends._responses_body import DETAILS_FORMAT
from fourthwall.chat import Event, ToolCallDelta, Usage, as_mapping
from fourthwall.errors import FourthwallError

__all__ = ["ResponsesReader"]

_INCOMPLETE: Final[Mapping[str, str]] = {
    "max_output_tokens": "length",
    "content_filter": "content_filter",
}
"""Why an answer is incomplete -> the finish reason; any other reason cut it short as well."""

_SUMMARY: Final = "reasoning.summary"
_RAW: Final = "reasoning.text"

_TEXTS: Final[Mapping[str, tuple[str, str, str]]] = {
    "output_text": ("text", "content_index", "text"),
    "refusal": ("refusal", "content_index", "refusal"),
    "reasoning_summary_text": (_SUMMARY, "summary_index", "text"),
    "reasoning_text": (_RAW, "content_index", "text"),
}
"""What a ``.delta`` and a ``.done`` are about -> our word for it, the field with its number in the
item, and the field of ``.done`` that holds it whole."""

_STATES: Final = frozenset(
    {"created", "queued", "in_progress", "completed", "incomplete", "failed", "cancelled"}
)
_ITEMS: Final = frozenset({"output_item", "function_call_arguments"})

_Key: TypeAlias = int | str | None
_Place: TypeAlias = tuple[_Key, str, _Key]
"""Which text: its item's number, what it is, its number in the item."""


@dataclass(slots=True)
class ResponsesReader(AnswerReader):
    """Read one answer of the Responses API; see `AnswerReader`."""

    _was_refused: bool = False
    _has_thought: bool = False
    _given: dict[_Place, int] = field(default_factory=dict)  # text -> how many characters came
    _entries: dict[_Place, int] = field(default_factory=dict)  # private state -> its index
    _calls: dict[_Key, int] = field(default_factory=dict)  # item's number -> the call's

    def _chunk(self, chunk: Mapping[str, Any], name: str) -> Iterator[Event]:
        if chunk.get("object") == "response":
            yield from self._response(chunk)
            return
        kind = str(chunk.get("type") or name).removeprefix("response.")
        if kind in _STATES:
            yield from self._response(as_mapping(chunk.get("response")), kind)
            return
        about, _, step = kind.rpartition(".")
        if step in ("delta", "done", "added") and (about in _TEXTS or about in _ITEMS):
            yield from self._begun(None)
            yield from self._event(about, step, chunk)

    def _done(self) -> Iterator[Event]:
        """``[DONE]`` is no word of this API: an answer that is whole says so itself."""
        yield from self._ended()

    # The answer

    def _response(self, response: Mapping[str, Any], state: str = "completed") -> Iterator[Event]:
        """Read an answer in whatever state it is; its items too, unless they came before."""
        yield from self._begun(response.get("model"))
        status = response.get("status") or state
        if status in ("failed", "cancelled") or response.get("error"):
            raise self._failure(response)
        if status in ("created", "in_progress", "queued"):
            return
        if not self.has_begun:
            for number, item in _numbered(response.get("output")):
                yield from self._item(number, item)
        self._usage = _usage(response.get("usage")) or self._usage
        if status == "incomplete":
            reason = str(as_mapping(response.get("incomplete_details")).get("reason") or status)
            ours = _INCOMPLETE.get(reason, "length")
            self._finish_with(ours, reason if reason != ours else None)
        elif self._was_refused:
            self._finish_with("content_filter", "refusal")
        else:
            self._finish_with("tool_calls" if self._calls_seen else "stop")

    def _failure(self, response: Mapping[str, Any]) -> FourthwallError:
        error = as_mapping(response.get("error"))
        if not error:
            return self.translator.protocol("gave the answer up before it was whole")
        return self.translator.payload({"error": error})

    # Its items

    def _event(self, about: str, step: str, chunk: Mapping[str, Any]) -> Iterator[Event]:
        """Read one step of one item."""
        item = as_mapping(chunk.get("item"))
        number = _key(chunk.get("output_index"), item.get("id"), chunk.get("item_id"))
        piece = chunk.get("delta") if step == "delta" else None
        if about in _TEXTS:
            kind, index, whole = _TEXTS[about]
            place = number, kind, _key(chunk.get(index), 0)
            yield from self._words(place, chunk.get("item_id"), piece, chunk.get(whole))
        elif about == "function_call_arguments":
            yield from self._arguments(number, piece, chunk.get("arguments"))
        elif step == "done":
            yield from self._item(number, item)
        elif item.get("type") == "function_call":
            yield from self._call(number, item)

    def _item(self, number: _Key, item: Mapping[str, Any]) -> Iterator[Event]:
        """Give what a whole item says and its steps haven't."""
        match item.get("type"):
            case "message":
                for place, part in _numbered(item.get("content")):
                    kind = "refusal" if part.get("type") == "refusal" else "text"
                    yield from self._words((number, kind, place), None, None, part.get(kind))
                if phase := item.get("phase"):
                    entry = self._entry((number, "reasoning.phase", 0), phase=phase)
                    yield from self._thought("", [entry])
            case "reasoning":
                yield from self._reasoning(number, item)
            case "function_call":
                yield from self._call(number, item)
                yield from self._arguments(number, None, item.get("arguments"))
            case "custom_tool_call":
                given = json.dumps({"input": item.get("input") or ""}, ensure_ascii=False)
                yield from self._call(number, item)
                yield from self._arguments(number, None, given)

    def _reasoning(self, number: _Key, item: Mapping[str, Any]) -> Iterator[Event]:
        item_id = item.get("id")
        for kind, texts in ((_SUMMARY, item.get("summary")), (_RAW, item.get("content"))):
            for place, part in _numbered(texts):
                yield from self._words((number, kind, place), item_id, None, part.get("text"))
        if data := item.get("encrypted_content"):
            # Only at the item's end is it complete.
            entry = self._entry((number, "reasoning.encrypted", 0), data=data, id=item_id)
            yield from self._thought("", [entry])

    def _words(
        self, place: _Place, item_id: object, piece: object, whole: object
    ) -> Iterator[Event]:
        """Give a piece of a text, or of a whole one what is missing: the answer or a thought."""
        words = self._fresh(place, piece, whole)
        kind = place[1]
        if not words:
            return
        if kind in (_SUMMARY, _RAW):
            border = "\n\n" if self._has_thought and place not in self._entries else ""
            self._has_thought = True
            facts = {kind.partition(".")[2]: words, "id": item_id}
            yield from self._thought(border + words, [self._entry(place, **facts)])
        else:
            self._was_refused |= kind == "refusal"
            yield from self._said(words)

    def _call(self, number: _Key, item: Mapping[str, Any]) -> Iterator[Event]:
        """Begin a call, unless it has begun."""
        if number not in self._calls:
            index = self._calls[number] = len(self._calls)
            call_id, name = (str(item.get(key) or "") or None for key in ("call_id", "name"))
            yield from self._called(ToolCallDelta(index, id=call_id, name=name))

    def _arguments(self, number: _Key, piece: object, whole: object) -> Iterator[Event]:
        """Give arguments of a call that has begun."""
        if number in self._calls and (words := self._fresh((number, "arguments", 0), piece, whole)):
            yield from self._called(ToolCallDelta(self._calls[number], arguments=words))

    def _fresh(self, place: _Place, piece: object, whole: object) -> str:
        """Return what hasn't been given of a text: a piece of it, or the rest of the whole."""
        before = self._given.get(place, 0)
        if isinstance(piece, str):
            fresh = piece
        else:
            fresh = whole[before:] if isinstance(whole, str) else ""
        self._given[place] = before + len(fresh)
        return fresh

    def _entry(self, place: _Place, **facts: Any) -> dict[str, Any]:
        """Return an entry of ``reasoning_details``; pieces of one part have the same ``index``."""
        known = {name: value for name, value in facts.items() if value is not None}
        index = self._entries.setdefault(place, len(self._entries))
        return {"type": place[1], **known, "format": DETAILS_FORMAT, "index": index}


def _key(*values: object) -> _Key:
    """Return the first number or name among some values."""
    return next((value for value in values if isinstance(value, int | str)), None)


def _numbered(values: object) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, value in enumerate(values if isinstance(values, list) else ()):
        yield number, as_mapping(value)


def _usage(value: object) -> Usage | None:
    """Return the tokens of an answer; None if it doesn't tell them."""
    row = as_mapping(value)
    if not ({"input_tokens", "output_tokens"} & row.keys()):
        return None
    details = as_mapping(row.get("input_tokens_details"))
    prompt, completion = count(row, "input_tokens"), count(row, "output_tokens")
    reasoning = count(as_mapping(row.get("output_tokens_details")), "reasoning_tokens")
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        reasoning_tokens=min(reasoning, completion),
        cached_tokens=min(count(details, "cached_tokens"), prompt),
        cache_write_tokens=count(details, "cache_write_tokens"),
    )

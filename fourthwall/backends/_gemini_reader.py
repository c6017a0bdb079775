"""What an answer of Google's ``generateContent`` says: from its JSON to our events.

Every chunk of a stream is a whole response whose parts are the increments, so one way of reading
serves both.  There is no word for the end of a stream: an answer is whole once a finish reason has
come.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fourthwall.backends._gemini_contents import DETAILS_FORMAT, STRETCH, function_name
from fourthwall.backends._reader import AnswerReader, count, first_of
from fourthwall.backends._transcript import short_id
from fourthwall.chat import Event, ToolCallDelta, Usage, as_mapping

__all__ = ["GeminiReader", "read_usage"]

_FINISH_REASONS: Final[Mapping[str, str]] = {
    reason: ours
    for ours, reasons in {
        "length": ("MAX_TOKENS", "CONTINUATION"),
        "content_filter": (
            "SAFETY",
            "RECITATION",
            "LANGUAGE",
            "BLOCKLIST",
            "PROHIBITED_CONTENT",
            "SPII",
            "IMAGE_SAFETY",
            "IMAGE_PROHIBITED_CONTENT",
            "IMAGE_RECITATION",
            "MODEL_ARMOR",
            "ESCALATION",
        ),
    }.items()
    for reason in reasons
}
"""Finish reasons in OpenAI's words.  ``STOP`` and any other word mean that the model came to its
end: ``tool_calls`` where it called for some, for Google has no word of its own for that."""

_FAILED_REASONS: Final = frozenset(
    {
        "MALFORMED_FUNCTION_CALL",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
        "MALFORMED_RESPONSE",
        "MISSING_THOUGHT_SIGNATURE",
    }
)
"""Finish reasons that say that the answer isn't whole: another attempt often is."""

_UNSPECIFIED: Final = "BLOCKED_REASON_UNSPECIFIED"


@dataclass(slots=True)
class GeminiReader(AnswerReader):
    """Read one answer of ``generateContent``; see `AnswerReader`."""

    _response_id: str = ""
    _entries: int = 0
    _call_ids: set[str] = field(default_factory=set)

    def _chunk(self, chunk: Mapping[str, Any], name: str) -> Iterator[Event]:
        response_id = chunk.get("responseId")
        if isinstance(response_id, str):
            self._response_id = self._response_id or response_id
        self._usage = read_usage(chunk.get("usageMetadata")) or self._usage
        blocked = as_mapping(chunk.get("promptFeedback")).get("blockReason")
        is_blocked = isinstance(blocked, str) and blocked not in ("", _UNSPECIFIED)
        candidates = chunk.get("candidates")
        if not is_blocked and not isinstance(candidates, list):
            return  # usage alone, or a note of the server's own
        yield from self._begun(chunk.get("modelVersion"))
        candidate = first_of(candidates)
        for part in _parts(candidate):
            yield from self._part(part)
        reason = candidate.get("finishReason")
        if is_blocked:
            self._finish_with("content_filter", str(blocked))
        elif isinstance(reason, str) and reason:
            self._ends(reason)

    def _part(self, part: Mapping[str, Any]) -> Iterator[Event]:
        """Give what one part says; its signature comes right before it."""
        if part.get("thought") is True:
            text = part.get("text")
            yield from self._thought(
                text if isinstance(text, str) else "",
                self._signature(part, {"fourthwall": _NO_TEXT}),
            )
        elif isinstance(call := part.get("functionCall"), Mapping):
            yield from self._call(call, part)
        else:
            text = _shown(part)
            length = {"fourthwall": {STRETCH: len(text)}}
            yield from self._thought("", self._signature(part, length))
            yield from self._said(text)

    def _signature(
        self, part: Mapping[str, Any], about: Mapping[str, Any]
    ) -> Sequence[Mapping[str, Any]]:
        """Return a part's signature as an entry of ``reasoning_details``, if it has one.

        Each entry has an index of its own: entries with the same one would be joined.
        """
        signature = part.get("thoughtSignature")
        if not isinstance(signature, str) or not signature:
            return ()
        entry = {
            "type": "reasoning.encrypted",
            "data": signature,
            "format": DETAILS_FORMAT,
            "index": self._entries,
            **about,
        }
        self._entries += 1
        return (entry,)

    def _call(self, call: Mapping[str, Any], part: Mapping[str, Any]) -> Iterator[Event]:
        """Give a tool call, which always comes whole."""
        name, number = call.get("name"), self._calls_seen
        if not isinstance(name, str) or not name:
            raise self.translator.protocol("called a tool without a name", self._response_id)
        arguments = json.dumps(as_mapping(call.get("args")), ensure_ascii=False)
        call_id = call.get("id")
        if not isinstance(call_id, str) or not call_id or call_id in self._call_ids:
            # A client needs one to answer by; two readings of the same answer must agree on it.
            call_id = f"call_{short_id(f'{self._response_id}:{number}:{name}:{arguments}')}"
        self._call_ids.add(call_id)
        yield from self._thought("", self._signature(part, {"id": call_id}))
        yield from self._called(
            ToolCallDelta(number, id=call_id, name=self._offered_name(name), arguments=arguments)
        )

    def _offered_name(self, name: str) -> str:
        """Return the client's own name of a tool, where Google knows it by another."""
        offered = [as_mapping(t.get("function")).get("name") for t in self.translator.request.tools]
        known = [o for o in offered if isinstance(o, str) and function_name(o) == name]
        return name if name in known or not known else known[0]

    def _ends(self, reason: str) -> None:
        if reason in _FAILED_REASONS:
            raise self.translator.protocol(
                f"gave up in the middle of the answer ({reason})", self._response_id
            )
        ours = _FINISH_REASONS.get(reason) or ("tool_calls" if self._calls_seen else "stop")
        self._finish_with(ours, None if reason == "STOP" else reason)


_NO_TEXT: Final = {STRETCH: 0}
"""Our note on the signature of a thought: thoughts don't go back, so it covers no text there."""


def _parts(candidate: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    parts = as_mapping(candidate.get("content")).get("parts")
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, Mapping):
            yield part


def _shown(part: Mapping[str, Any]) -> str:
    """Return what a person reads of a part; ``""`` for what we don't know."""
    match part:
        case {"text": str(text)}:
            return text
        case {"executableCode": {"code": str(code), **about}}:
            language = str(about.get("language") or "").lower()
            return _fenced(code, "python" if language == "python" else "")
        case {"codeExecutionResult": {"output": str(output)}}:
            return _fenced(output, "") if output else ""
        case {"inlineData": {"mimeType": str(mime)}} | {"fileData": {"mimeType": str(mime)}}:
            return f"[{mime.partition('/')[0]}: can't be shown here]"
    return ""


def _fenced(code: str, language: str) -> str:
    fence = "````" if "```" in code else "```"
    return f"\n{fence}{language}\n{code.rstrip()}\n{fence}\n"


def read_usage(usage: object) -> Usage | None:
    """Return the tokens that Google reports; None if it reports none.

    Thoughts are counted apart from the answer there, and so is what its own tools put into the
    prompt.
    """
    row = as_mapping(usage)
    if not any(name.endswith("TokenCount") for name in row):
        return None
    prompt = count(row, "promptTokenCount") + count(row, "toolUsePromptTokenCount")
    thoughts = count(row, "thoughtsTokenCount")
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=count(row, "candidatesTokenCount") + thoughts,
        reasoning_tokens=thoughts,
        cached_tokens=min(count(row, "cachedContentTokenCount"), prompt),
    )

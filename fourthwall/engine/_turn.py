"""One turn: what is said, what it comes to, and what is kept of it.  No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from fourthwall.chat import (
    ChatReply,
    ChatRequest,
    ContentDelta,
    Event,
    Finished,
    Message,
    SwitchAnnounced,
    fold_reply,
)
from fourthwall.conversation import Plan
from fourthwall.errors import RequestError
from fourthwall.registry import ModelCard
from fourthwall.stages import Pipeline

__all__ = ["Content", "Turn", "messages_of", "noted"]

Content: TypeAlias = str | Sequence[Mapping[str, Any]]
"""What can be said: text, a list of content parts (text, images), or the tool messages that answer
the last reply's calls."""


@dataclass(slots=True, kw_only=True)
class Turn:
    """One question and what comes of it, without I/O.

    Attributes:
        kept: the messages before it.
        said: what the person says.
        plan: what it comes to.
        request: what a model is asked.
        pipeline: what its events go through.
        later: the messages after it, where a question of before is asked again.
        keeps: what the history holds on to of the answer that this one takes the place of.
        events: what has been given to the caller.
    """

    kept: Sequence[Message]
    said: Sequence[Message]
    plan: Plan
    request: ChatRequest
    pipeline: Pipeline
    later: Sequence[Message] = ()
    keeps: Mapping[str, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    is_over: bool = False

    def in_place_of(self, answer: Sequence[Message], later: Sequence[Message]) -> Turn:
        """Return the turn as one whose answer replaces another, ``later`` messages after it.

        The switch that was told with the old answer still happened there, whoever answers now, and
        so did a move of the picker after it.
        """
        told = next((noted(m) for m in answer if m["role"] == "assistant"), {})
        names = () if told.get("kind") == "failover" else ("kind", "from", "to")
        keeps = {name: told[name] for name in names if name in told}
        if any(noted(message).get("picked") for message in answer):
            keeps["picked"] = True
        return replace(self, later=later, keeps=keeps)

    @property
    def asks(self) -> ModelCard | None:
        """The model to ask; None where the engine answers."""
        return self.plan.answered_by

    def own_events(self) -> list[Event]:
        """Return the events of the engine's own answer."""
        self.is_over = True
        if self.plan.announcement is not None and self.plan.switch is not None:
            self.events.append(SwitchAnnounced(self.plan.announcement, self.plan.switch))
        self.events += [ContentDelta(self.plan.reply_body or ""), Finished("stop")]
        return self.events

    def feed(self, event: Event) -> list[Event]:
        """Take an event of the model's; return those for the caller."""
        given = self.pipeline.feed(event)
        self.events += given
        return given

    def finish(self) -> list[Event]:
        """End the answer; return the last events for the caller."""
        self.is_over = True
        given = self.pipeline.finish()
        self.events += given
        return given

    @property
    def is_full(self) -> bool:
        """Whether nothing more of the answer is wanted, though the model may go on."""
        return self.pipeline.is_over

    def stop(self) -> None:
        """End the answer where it is, if it isn't over: nobody reads on."""
        if not self.is_over:
            self.finish()

    def reply(self) -> ChatReply:
        """Return the answer as far as it came."""
        reply = fold_reply(self.events)
        return replace(reply, switch=self.plan.switch or reply.switch)

    @property
    def is_whole(self) -> bool:
        """Whether the model came to its end."""
        return any(isinstance(event, Finished) for event in self.events)

    @property
    def has_answer(self) -> bool:
        """Whether there is anything to keep."""
        return self.is_whole or any(isinstance(e, ContentDelta) and e.text for e in self.events)

    def answer(self) -> dict[str, Any]:
        """Return the assistant's message to keep.

        A broken-off answer keeps its text only: half a tool call can't be answered, and half a
        thought can't be given back to its maker.
        """
        reply = self.reply()
        calls = reply.tool_calls if self.is_whole else ()
        message: dict[str, Any] = {
            "role": "assistant",
            "content": None if calls and not reply.text else reply.text,
        }
        if calls:
            message["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments},
                }
                for call in calls
            ]
        if reply.reasoning and self._thought_to_the_end(reply):
            message["reasoning_content"] = reply.reasoning
        details = [dict(d) for d in reply.reasoning_details if _signs_what_is_kept(d, reply.text)]
        if details and self._thought_to_the_end(reply):
            message["reasoning_details"] = details
        if reply.model is not None:
            message["model"] = reply.model
        if note := {**self._note(reply), **self.keeps}:
            message["fourthwall"] = note
        return message

    def _thought_to_the_end(self, reply: ChatReply) -> bool:
        """Whether the chain of thought is whole: a half one has no valid signature."""
        is_cut = reply.finish_reason == "length" and not (reply.text or reply.tool_calls)
        return self.is_whole and not is_cut

    def _note(self, reply: ChatReply) -> dict[str, Any]:
        note: dict[str, Any] = {}
        if reply.switch is not None:
            switch = reply.switch
            note = {"kind": switch.kind, "from": switch.from_model, "to": switch.to_model}
        if self.asks is None:
            note["engine"] = True
        return note


def noted(message: Message) -> Mapping[str, Any]:
    """Return what the conversation keeps beside a message."""
    note = message.get("fourthwall")
    return note if isinstance(note, Mapping) else {}


def messages_of(content: object) -> list[Message]:
    """Return the messages that something said makes."""
    if isinstance(content, str):
        if not content.strip():
            raise RequestError(
                "the message is empty: there is nothing to answer",
                param="content",
                remedy="Say something; retry() asks the last question again.",
            )
        return [{"role": "user", "content": content}]
    parts = list(content) if isinstance(content, list | tuple) else []
    if not parts or not all(isinstance(part, Mapping) for part in parts):
        raise RequestError(
            "what is said must be text, a list of content parts or a list of tool messages",
            param="content",
        )
    if all(part.get("role") == "tool" for part in parts):
        return [dict(part) for part in parts]
    if any("role" in part for part in parts):
        raise RequestError(
            "only messages of the role 'tool' can be said beside text and content parts",
            param="content",
            remedy="Give the text itself; the conversation makes a message of it.",
        )
    for number, part in enumerate(parts):
        _check_part(number, part)
    return [{"role": "user", "content": [dict(part) for part in parts]}]


_OF_PARTS: Final[Mapping[str, tuple[str, type | tuple[type, ...]]]] = {
    "text": ("text", str),
    "image_url": ("image_url", (str, Mapping)),
    "input_audio": ("input_audio", Mapping),
    "file": ("file", Mapping),
}
"""What each type of content part holds: its field, and of which kind that is."""


def _check_part(number: int, part: Mapping[str, Any]) -> None:
    """Raise `RequestError` for a part that holds nothing of what it says it is.

    Only what is said now is checked: in an old message such a part can't be mended any more.
    """
    name, kind = _OF_PARTS.get(str(part.get("type", "text")), (None, object))
    if name is not None and not isinstance(part.get(name), kind):
        raise RequestError(
            f"'content[{number}]' says that it is {part.get('type', 'text')!r} and has no {name!r}",
            param=f"content[{number}].{name}",
            remedy=f'Write {{"type": "{part.get("type", "text")}", "{name}": ...}}.',
        )


def _signs_what_is_kept(entry: Mapping[str, Any], text: str) -> bool:
    """Whether the text that an entry was made for is all there: an answer may have been cut."""
    place = entry.get("fourthwall")
    if not isinstance(place, Mapping):
        return True
    ends = [place.get("chars"), place.get("length")]
    return sum(end for end in ends if isinstance(end, int)) <= len(text)

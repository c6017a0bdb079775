"""The history that is sent on: what a model sees of a conversation, and what it never sees.

Out go the commands, the engine's announcements and its own answers, so that the new model doesn't
imitate them.  A chain of thought goes back to the very model that made it, and to no other.
Everything else stays as it was, message by message and in its order: system text, names, images,
tool calls with their results.  Messages are never changed, only replaced.

`History` grows at its end and nowhere else.  That is what makes turn N's request a prefix of turn
N+1's, on which prompt caches and signed reasoning depend.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fourthwall.chat import REASONING_KEYS, Message
from fourthwall.tokens import message_quarters

__all__ = [
    "History",
    "Turn",
    "has_media",
    "split_turns",
    "with_addition",
    "with_text",
    "without_private_keys",
]

PRIVATE_KEYS = ("fourthwall", "model")
"""What `Conversation` keeps beside a message: who answered, what was switched."""

_OTHERS = ("system", "developer")


@dataclass(frozen=True, slots=True)
class Turn:
    """A user message and everything after it up to the next one."""

    message: Message
    followers: list[Message]
    is_first: bool

    @property
    def is_answered(self) -> bool:
        """Whether an answer has begun: after that, the turn's command isn't news any more."""
        return any(message["role"] not in _OTHERS for message in self.followers)


def split_turns(messages: Iterable[Message]) -> tuple[list[Message], list[Turn]]:
    """Return what stands before the first user message, and the turns."""
    leading: list[Message] = []
    turns: list[Turn] = []
    room = leading
    for message in messages:
        if message["role"] == "user":
            room = []
            turns.append(Turn(message, room, is_first=not turns))
        else:
            room.append(message)
    return leading, turns


class History:
    """The messages for a model, as they grow turn by turn.

    Args:
        leading: what stands before the first user message.
    """

    __slots__ = ("_makers", "_question_end", "_sent", "_sums", "_thoughts")

    def __init__(self, leading: Iterable[Message]) -> None:
        self._sent: list[Message] = []
        self._makers: dict[int, str] = {}
        self._thoughts: list[int] = []
        self._sums = [0]
        self._question_end = 0
        self.add(leading)

    def __len__(self) -> int:
        return len(self._sent)

    @property
    def messages(self) -> Sequence[Message]:
        """All messages."""
        return self._sent

    @property
    def question_end(self) -> int:
        """How many messages there were after the last question; 0 where there was none."""
        return self._question_end

    @property
    def sums(self) -> Sequence[int]:
        """The size of the first 0, 1, 2 ... messages, in quarters of a token."""
        for message in self._sent[len(self._sums) - 1 :]:
            self._sums.append(self._sums[-1] + message_quarters(message))
        return self._sums

    def ask(self, message: Message, *, is_new: bool = True) -> None:
        """Add what a model is asked; ``is_new`` unless it is the last question once more."""
        self._sent.append(message)
        if is_new:
            self._question_end = len(self._sent)

    def add(self, messages: Iterable[Message], *, made_by: str | None = None) -> None:
        """Add what follows a question.

        ``made_by`` is the id of the model that answered, for messages that don't say it in their
        ``model`` key.
        """
        for message in messages:
            place = len(self._sent)
            if any(key in message for key in REASONING_KEYS):
                self._thoughts.append(place)
            if message["role"] == "assistant":
                maker = message.get("model", made_by)
                if isinstance(maker, str):
                    self._makers[place] = maker
            self._sent.append(without_private_keys(message))

    def add_unanswered(self, messages: Iterable[Message]) -> None:
        """Add what follows a turn that the engine answered: not the answer, all the rest.

        The engine's answers are text.  A tool call is a model's, and stays with its results.
        """
        self.add(m for m in messages if m["role"] != "assistant" or m.get("tool_calls"))

    def caller(self, call_id: object) -> str | None:
        """Return the id of the model that made a tool call; None if nobody is known to have."""
        for place in sorted(self._makers, reverse=True):
            calls = self._sent[place].get("tool_calls")
            for call in calls if isinstance(calls, list | tuple) else ():
                if isinstance(call, Mapping) and call_id and call.get("id") == call_id:
                    return self._makers[place]
        return None

    def up_to_question(self) -> History:
        """Return the history up to and including the last question."""
        return self._beginning(self._question_end)

    def with_question(self, message: Message | None) -> History:
        """Return a history with one more question; an empty one where there is none yet."""
        longer = self._beginning(len(self._sent))
        longer.ask({"role": "user", "content": ""} if message is None else message)
        return longer

    def _beginning(self, end: int) -> History:
        cut = History(())
        cut._sent = self._sent[:end]
        cut._makers = {place: maker for place, maker in self._makers.items() if place < end}
        cut._thoughts = [place for place in self._thoughts if place < end]
        cut._sums = self._sums[: end + 1]
        cut._question_end = min(self._question_end, end)
        return cut

    def sent_to(self, reader: str) -> list[Message]:
        """Return the messages for a model: a chain of thought goes back to its maker only."""
        sent = list(self._sent)
        for place in self._thoughts:
            if self._makers.get(place) != reader:
                sent[place] = _without(sent[place], REASONING_KEYS)
        return sent

    def attributed_to(self, reader: str) -> list[Message]:
        """Return the same, with the maker of each assistant message under ``model``."""
        sent = self.sent_to(reader)
        for place, maker in self._makers.items():
            sent[place] = {**sent[place], "model": maker}
        return sent


def without_private_keys(message: Message) -> Message:
    """Return the message as a model may see it: the same object where nothing has to go."""
    if any(key in message for key in PRIVATE_KEYS):
        return _without(message, PRIVATE_KEYS)
    return message


def has_media(message: Message) -> bool:
    """Whether a message holds anything beside text: an image, a sound, a file."""
    content = message.get("content")
    return isinstance(content, list | tuple) and any(not _is_text(part) for part in content)


def with_text(message: Message, text: str) -> Message:
    """Return a copy of the message with another text, and its other parts where they were.

    Several text parts become one, at the place of the first; an empty text leaves none.
    """
    content = message.get("content")
    if not isinstance(content, list | tuple):
        return without_private_keys({**message, "content": text})
    return without_private_keys({**message, "content": _parts_with_text(content, text)})


def with_addition(message: Message, addition: Message) -> Message:
    """Return a copy of a user message that says something more: a paragraph, or more parts."""
    content, more = message.get("content"), addition.get("content")
    if isinstance(content, str) and isinstance(more, str):
        return {**message, "content": f"{content}\n\n{more}"}
    return {**message, "content": [*_parts(content), *_parts(more)]}


def _parts(content: object) -> list[Any]:
    if isinstance(content, list | tuple):
        return list(content)
    return [{"type": "text", "text": content}] if content else []


def _without(message: Message, keys: Sequence[str]) -> Message:
    return {key: value for key, value in message.items() if key not in keys}


def _is_text(part: object) -> bool:
    return isinstance(part, Mapping) and part.get("type") == "text"


def _parts_with_text(parts: Sequence[Any], text: str) -> list[Any]:
    rewritten: list[Any] = []
    left = text
    for part in parts:
        if not _is_text(part):
            rewritten.append(part)
        elif left:
            rewritten.append({**part, "text": left})
            left = ""
    return [*rewritten, {"type": "text", "text": left}] if left else rewritten

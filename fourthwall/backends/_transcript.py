"""One neutral history, made fit for one target: what every dialect's writer begins with.

The history is OpenAI-shaped messages from anywhere: several models, several providers, clients
with habits of their own, turns that were cut off.  `transcribe` turns it into a `Transcript` that
the target accepts, by a pure function of the messages and the target's `Rules`; the messages are
never changed.  The order of the steps matters:

1. **pair** calls with results: results move right behind their calls, a missing one is made up,
   half a call goes, a result without a call becomes a note;
2. **keep private state** for its maker: the same provider and exactly the same model;
3. **flatten** calls to text for a target without tools;
4. **hide** media that the target can't take behind a short note;
5. **map ids** to what the target accepts, each unique;
6. **place** system text, merge turns, begin and end with a user's turn where the target insists;
7. **drop** what is empty.

Everything depends on earlier messages only, or on what comes before the next answer, so a longer
history's transcript begins with the shorter one's: prompt caches and signed reasoning rely on that.
The exceptions stand with the rules that make them (`Rules.last`, `Rules.max_images`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import groupby
from typing import Any, Final, Literal

from fourthwall.backends._pairs import RESULT_ROLES, Slot, paired
from fourthwall.backends._rules import MediaKind, Rules
from fourthwall.backends._turns import (
    LISTS,
    Block,
    Call,
    Media,
    Result,
    Text,
    Thought,
    Turn,
    arguments_of,
    blocks_of,
    call_function,
    calls_of,
    file_text,
    image_bytes,
    media_note,
    thought_of,
    tool_name,
    with_sound_data,
    without_inline_thought,
)
from fourthwall.chat import Message
from fourthwall.errors import UnsupportedError

__all__ = ["Transcript", "short_id", "transcribe"]

NO_RESULT: Final = "No result: the call was interrupted."
"""Stands for the result of a call that nobody answered.  Fixed, so that requests stay the same."""

NO_OUTPUT: Final = "(no output)"
"""Stands for what a tool gave that gave nothing: empty content is refused here and there."""

CONTINUE: Final = "Continue."
OPENING: Final = "(The conversation begins.)"
BRIDGE: Final = "OK."

_LONGEST_SCHEME: Final = 32  # of a URL that may hold megabytes, no more is looked at

_SYSTEM: Final = ("system", "developer")


@dataclass(frozen=True, slots=True)
class Transcript:
    """The history for one target.

    Attributes:
        system: what stands in the system slot, in order; empty where the target has none.
        turns: the turns, in order; none if nothing in the history says anything.
        hidden: what the target can't take -> how often a note stands in its place.
    """

    system: tuple[Text, ...]
    turns: tuple[Turn, ...]
    hidden: Mapping[str, int]

    @property
    def system_text(self) -> str:
        """The system slot's text, paragraphs joined by a blank line."""
        return "\n\n".join(block.text for block in self.system)

    def hidden_note(self, model: str) -> str:
        """Say what isn't shown to the model; only where `hidden` holds something."""
        named = (("attachment" if k == "other" else k, n) for k, n in sorted(self.hidden.items()))
        counts = (f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in named)
        return f"{model} isn't shown {', '.join(counts)}: a note stands in the place"


def transcribe(messages: Sequence[Message], rules: Rules) -> Transcript:
    """Make the history fit for a target.

    Args:
        messages: OpenAI's shape, checked; never changed.
        rules: what the target accepts.

    Raises:
        UnsupportedError: the question names a file that only another provider has.
    """
    writer = _Writer(rules)
    system, turns = writer.placed(paired(messages), question=_question(messages))
    turns = writer.with_media(turns)
    turns = writer.arranged(turns, has_system=bool(system))
    return Transcript(tuple(system), tuple(turns), writer.hidden)


def _question(messages: Sequence[Message]) -> Message | None:
    """Return the last user message, unless an answer to it has begun."""
    for message in reversed(messages):
        if message["role"] in ("user", "assistant"):
            return message if message["role"] == "user" else None
    return None


# 2. to 5. One message after the other -------------------------------------------------------------


@dataclass(slots=True)
class _Writer:
    """Writes the turns of one transcript."""

    rules: Rules
    hidden: dict[str, int] = field(default_factory=dict)
    _has_media: bool = False
    _used_ids: set[str] = field(default_factory=set)
    _ordinal: int = 0

    def placed(
        self, exchanges: Iterable[tuple[Message, Sequence[Slot]]], *, question: Message | None
    ) -> tuple[list[Text], list[Turn]]:
        """Return the system slot, and the turns as they follow from the exchanges."""
        system: list[Text] = []
        turns: list[Turn] = []
        is_leading = True
        for message, slots in exchanges:
            role = message["role"]
            if role in _SYSTEM:
                if message.get("model") not in (None, *self.rules.models):
                    continue  # told to another model alone
                if is_leading and self.rules.system_slot:
                    system += self._system_texts(message)
                else:
                    self._place_system(message, turns, is_leading=is_leading)
                continue
            is_leading = False
            if role == "assistant":
                self._place_answer(message, slots, turns)
            elif role in RESULT_ROLES:
                turns.append(self._orphan(message))
            else:
                blocks = self._read(message)
                if message is question and self._has_media:
                    self._check_files(blocks)
                turns.append(_turn("user", message, [*blocks]))
        return system, turns

    def _read(self, message: Message) -> list[Text | Media]:
        content = message.get("content")
        blocks = blocks_of(content)
        if not isinstance(content, str) and any(isinstance(block, Media) for block in blocks):
            self._has_media = True
        return blocks

    def _system_texts(self, message: Message) -> list[Text]:
        blocks = blocks_of(message.get("content"))
        return [b if isinstance(b, Text) else self._note(b) for b in blocks]

    def _place_system(self, message: Message, turns: list[Turn], *, is_leading: bool) -> None:
        texts = self._system_texts(message)
        if not texts:
            return
        if self.rules.late_system == "in_place":
            turns.append(_turn("system", message, [*texts]))
        elif not is_leading:
            note = "\n\n".join(text.text for text in texts)
            turns.append(Turn("user", [Text(f"<system>\n{note}\n</system>")]))
        elif turns:
            turns[-1].blocks += texts  # "System message must be at the beginning.": just one
        else:
            turns.append(_turn("system", message, [*texts]))

    def _check_files(self, blocks: Iterable[Text | Media]) -> None:
        """Refuse a question about a file that the target can't get at.

        Raises:
            UnsupportedError: another provider has it.
        """
        for block in blocks:
            if isinstance(block, Media) and block.file_id is not None and self._is_away(block):
                raise UnsupportedError(
                    f"{self.rules.provider} doesn't have the file {block.file_id!r}",
                    param="messages",
                    remedy="Send what the file holds: as a data URI in 'file_data', or as text.",
                    provider=self.rules.provider,
                )

    def _place_answer(self, message: Message, slots: Sequence[Slot], turns: list[Turn]) -> None:
        """Add an assistant's turn, and one for the results of its calls."""
        rules = self.rules
        is_own = self._is_own(message)
        thoughts = self._thoughts(message) if rules.details else ()
        # Where thoughts come in a field of their own, or the model wants them in the text, what
        # looks like one is text.
        is_plain = is_own and (bool(thoughts) or rules.reasoning == "own")
        blocks: list[Block] = [*self._said(message, is_own=is_own, is_plain=is_plain)]
        exchanged = list(self._exchanged(slots, is_own=is_own)) if slots else []
        if exchanged and not rules.tools:
            blocks += (_call_as_text(call) for call, _ in exchanged)
            results = [block for _, result in exchanged for block in _result_as_text(result)]
            turns += [_turn("assistant", message, blocks), Turn("user", results)]
            return
        blocks += (call for call, _ in exchanged)
        turn = _turn("assistant", message, blocks)
        turn.thoughts = thoughts
        if rules.reasoning != "never":
            turn.reasoning = self._reasoning(message, is_own=is_own, has_calls=bool(exchanged))
        if is_own and (audio := self._own_audio(message)):
            turn.extra = {"audio": {"id": audio}}
        turns.append(turn)
        if exchanged:
            turns += self._results([result for _, result in exchanged])

    def _said(self, message: Message, *, is_own: bool, is_plain: bool) -> list[Text | Media]:
        """Return what an answer says, without a chain of thought in it."""
        blocks = self._read(message)
        if not is_plain:
            blocks = without_inline_thought(blocks)
        refusal = message.get("refusal")
        if isinstance(refusal, str) and refusal:
            blocks.append(Text(refusal))
        if not blocks and "audio" in message and not (is_own and self._own_audio(message)):
            blocks = _transcript_of(message["audio"])
        return blocks

    def _own_audio(self, message: Message) -> str | None:
        """Return the id of a spoken answer, where the target keeps such by their ids."""
        audio = message.get("audio")
        if audio is None or not (self.rules.audio_ids and "audio" in self.rules.media):
            return None
        return str(audio.get("id") or "") or None if isinstance(audio, Mapping) else None

    def _exchanged(self, slots: Iterable[Slot], *, is_own: bool) -> Iterator[tuple[Call, Result]]:
        """Give each call with its result; half a call that nobody answered goes."""
        for slot in slots:
            call, result = slot.call, slot.result
            function = call_function(call)
            arguments, is_whole = arguments_of(function.get("arguments"))
            self._ordinal += 1
            if result is None and not (is_whole and function.get("name")):
                continue
            given = str(call.get("id") or "")
            call_id = self._id(given, is_own=is_own)
            name = tool_name(function.get("name"))
            yield Call(call_id, name, arguments, given), self._result(call_id, name, result)

    def _id(self, given: str, *, is_own: bool) -> str:
        """Return the id for the target: its own stays, any other is made anew.

        A new one is nine letters and digits, which every provider takes, made of the call's place
        in the history and its id: providers reuse ids, and two requests must agree.
        """
        is_fit = is_own and self.rules.id_pattern.fullmatch(given) and not _holds_state(given)
        if is_fit and given not in self._used_ids:
            self._used_ids.add(given)
            return given
        made = short_id(f"{self._ordinal}:{given}")
        while made in self._used_ids:
            made = short_id(made)
        self._used_ids.add(made)
        return made

    def _result(self, call_id: str, name: str, message: Message | None) -> Result:
        if message is None:
            return Result(call_id, name, (Text(NO_RESULT),), is_error=True)
        blocks = tuple(self._read(message)) or (Text(NO_OUTPUT),)
        is_error = message.get("is_error") is True or message.get("status") == "error"
        return Result(call_id, name, blocks, is_error)

    def _results(self, results: Sequence[Result]) -> Iterator[Turn]:
        """Give the results, and a user's turn with the media that results can't hold there."""
        if not self._has_media:
            yield Turn("tool", [*results])
            return
        kept: list[Block] = []
        moved: list[Block] = []
        for result in results:
            away = [
                b
                for b in result.blocks
                if isinstance(b, Media)
                and b.kind not in self.rules.result_media
                and b.kind in self.rules.media
                and not self._is_away(b)
            ]
            if not away:
                kept.append(result)
                continue
            moved += [Text(f"From the result of {result.name} ({result.id}):"), *away]
            places = {id(medium) for medium in away}
            stays = tuple(b for b in result.blocks if id(b) not in places)
            kept.append(replace(result, blocks=stays or (Text("See the next message."),)))
        yield Turn("tool", kept)
        if moved:
            yield Turn("user", moved)

    def _orphan(self, message: Message) -> Turn:
        """Return a result without a call as a note of the user's side: somebody said it."""
        name = message.get("name")
        label = f" ({name})" if isinstance(name, str) and name else ""
        blocks = self._read(message)
        head = [Text(f"[an earlier tool result{label}]")] if blocks else []
        return Turn("user", [*head, *blocks])

    def _is_own(self, message: Message) -> bool:
        """Whether an answer is the target's own: the same provider and exactly the same model.

        Where the message doesn't say whose it is, its private state does.
        """
        if isinstance(message.get("model"), str):
            return self._is_made_here(message)
        return all(self._is_own_entry(entry, message) for entry in _details(message))

    def _is_made_here(self, source: Mapping[str, Any]) -> bool:
        return source.get("model") in (None, *self.rules.models) and source.get("provider") in (
            None,
            self.rules.provider,
        )

    def _thoughts(self, message: Message) -> tuple[Thought, ...]:
        entries = [*_details(message), *_signatures(message)]
        return tuple(thought_of(e) for e in entries if self._is_own_entry(e, message))

    def _is_own_entry(self, entry: Mapping[str, Any], message: Message) -> bool:
        """Whether private state is the target's own.

        What an entry says of its maker counts more than what its message says.  Clients that leave
        both out speak to one model only; then its format decides.
        """
        said = {name: entry.get(name) or message.get(name) for name in ("model", "provider")}
        said = {name: maker for name, maker in said.items() if isinstance(maker, str)}
        style, formats = entry.get("format"), self.rules.formats
        is_read = not formats or not isinstance(style, str) or style in formats
        return is_read and self._is_made_here(said)

    def _reasoning(self, message: Message, *, is_own: bool, has_calls: bool) -> str | None:
        is_required = self.rules.reasoning == "required_on_tool_turns"
        if is_required and not has_calls:
            return None
        given = message.get("reasoning_content") or message.get("reasoning")
        if not given:
            texts = (entry.get("text") for entry in _details(message))
            given = "".join(text for text in texts if isinstance(text, str))
        if is_own and isinstance(given, str) and given:
            return given
        return "" if is_required else None

    # 4. Media

    def with_media(self, turns: list[Turn]) -> list[Turn]:
        """Hide what the target can't take, and the oldest of too many images."""
        if not self._has_media:
            return turns
        rules = self.rules
        for turn in turns:
            allowed = rules.answer_media if turn.role == "assistant" else rules.media
            _replace_media(turn, lambda block: self._hidden(block, allowed))  # noqa: B023 - used at once
        if rules.max_images is not None:
            images = [b for t in turns for b in _media_of(t.blocks) if b.kind == "image"]
            surplus = {id(image) for image in images[: max(0, len(images) - rules.max_images)]}
            for turn in turns if surplus else ():
                _replace_media(turn, lambda b: self._note(b) if id(b) in surplus else b)
        return turns

    def _hidden(self, block: Media, allowed: frozenset[MediaKind]) -> Text | Media:
        """Return a medium, or the note in its place."""
        limit = self.rules.max_image_bytes if block.kind == "image" else None
        is_large = limit is not None and image_bytes(block) > limit
        if block.kind not in allowed or is_large or self._is_away(block):
            return self._note(block)
        return with_sound_data(block) or self._note(block)

    def _is_away(self, block: Media) -> bool:
        """Whether we have nothing of a medium but the name that another provider gave it."""
        if block.url is not None:
            schemes = ("data:", "http://", "https://", *self.rules.file_ids)
            return not block.url[:_LONGEST_SCHEME].lower().startswith(schemes)
        named = block.file_id is not None and bool(self.rules.file_ids)
        if named and block.file_id is not None:
            return not block.file_id.startswith(self.rules.file_ids)
        return block.kind != "other"

    def _note(self, block: Media) -> Text:
        text = file_text(block)
        if text is not None:
            return Text(text)  # whoever can't take files can read
        self.hidden[block.kind] = self.hidden.get(block.kind, 0) + 1
        return Text(media_note(block.kind))

    # 6. and 7. Turns

    def arranged(self, turns: Iterable[Turn], *, has_system: bool) -> list[Turn]:
        """Drop what is empty, merge what must be merged, mend the beginning and the end."""
        rules = self.rules
        # Thoughts without anything that they led to are what is left of an answer cut off.
        kept = [turn for turn in turns if turn.blocks or turn.extra]
        if rules.merges:
            kept = _merged(kept)
        if rules.user_first and (kept or has_system):
            first = next((n for n, turn in enumerate(kept) if turn.role != "system"), len(kept))
            if first == len(kept) or kept[first].role != "user":
                kept.insert(first, Turn("user", [Text(OPENING)]))
        if rules.bridges:
            kept = _bridged(kept)
        if kept and kept[-1].role == "assistant":
            if rules.last == "user":
                kept.append(Turn("user", [Text(CONTINUE)]))
            elif rules.last == "prefill":
                _trim_end(kept[-1])
        return kept


def _turn(
    role: Literal["system", "user", "assistant"], message: Message, blocks: list[Block]
) -> Turn:
    name = message.get("name")
    return Turn(
        role,
        blocks,
        name=name if isinstance(name, str) and name else None,
        parts=isinstance(message.get("content"), LISTS),
    )


def _details(message: Message) -> list[Mapping[str, Any]]:
    """Return the entries of private state that a message carries."""
    details = message.get("reasoning_details")
    listed = details if isinstance(details, list | tuple) else ()
    return [entry for entry in listed if isinstance(entry, Mapping)]


def _signatures(message: Message) -> Iterator[dict[str, Any]]:
    """Give the signatures on calls that came by Google's layer for OpenAI's clients."""
    for call in calls_of(message) if message.get("tool_calls") else ():
        place: Any = call
        for name in ("extra_content", "google", "thought_signature"):
            place = place.get(name) if isinstance(place, Mapping) else None
        if isinstance(place, str) and place:
            yield {
                "type": "reasoning.encrypted",
                "data": place,
                "id": call.get("id"),
                "format": "google-gemini-v1",
            }


def _transcript_of(audio: object) -> list[Text | Media]:
    """Return the words of a spoken answer."""
    return blocks_of(audio.get("transcript")) if isinstance(audio, Mapping) else []


def _holds_state(call_id: str) -> bool:
    """Whether an id carries a provider's private state: a signature, or the id of an item.

    LiteLLM hides Gemini's signatures in ids (``call_x__thought__...``), and makes one of the two
    that the Responses API gives a call (``call_x|fc_...``).
    """
    return "__thought__" in call_id or "|" in call_id


def _replace_media(turn: Turn, of: Callable[[Media], Text | Media]) -> None:
    for place, block in enumerate(turn.blocks):
        if isinstance(block, Media):
            turn.blocks[place] = of(block)
        elif isinstance(block, Result) and any(isinstance(b, Media) for b in block.blocks):
            inner = tuple(of(b) if isinstance(b, Media) else b for b in block.blocks)
            turn.blocks[place] = replace(block, blocks=inner)


def _media_of(blocks: Iterable[Block]) -> Iterator[Media]:
    for block in blocks:
        if isinstance(block, Media):
            yield block
        elif isinstance(block, Result):
            yield from _media_of(block.blocks)


def _merged(turns: Iterable[Turn]) -> list[Turn]:
    """Join neighbours of the same role; nothing is put between them but their own borders."""
    out: list[Turn] = []
    for role, neighbours in groupby(turns, key=lambda turn: turn.role):
        if role in ("system", "tool"):
            out += neighbours
        else:
            alike = list(neighbours)
            out.append(_joined(alike) if len(alike) > 1 else alike[0])
    return out


def _joined(turns: Sequence[Turn]) -> Turn:
    """Return turns of the same role as one; the places of thoughts are counted from its start."""
    blocks: list[Block] = []
    thoughts: list[Thought] = []
    chars = calls = 0
    for turn in turns:
        thoughts += (
            replace(t, chars=t.chars + chars, calls=t.calls + calls) for t in turn.thoughts
        )
        chars += turn.chars
        calls += len(turn.calls)
        blocks += turn.blocks
    names = {turn.name for turn in turns}
    reasonings = [turn.reasoning for turn in turns if turn.reasoning is not None]
    return Turn(
        turns[0].role,
        blocks,
        thoughts=tuple(thoughts),
        reasoning="\n\n".join(filter(None, reasonings)) if reasonings else None,
        name=names.pop() if len(names) == 1 else None,
        extra=next((turn.extra for turn in turns if turn.extra), None),
        parts=any(turn.parts for turn in turns),
    )


def _bridged(turns: Sequence[Turn]) -> list[Turn]:
    out: list[Turn] = []
    for turn in turns:
        if out and out[-1].role == "tool" and turn.role == "user":
            out.append(Turn("assistant", [Text(BRIDGE)]))
        out.append(turn)
    return out


def _trim_end(turn: Turn) -> None:
    last = turn.blocks[-1] if turn.blocks else None
    if isinstance(last, Text):
        turn.blocks[-1] = replace(last, text=last.text.rstrip())


def _call_as_text(call: Call) -> Text:
    return Text(f"[called the tool {call.name} with {call.arguments}]")


def _result_as_text(result: Result) -> list[Block]:
    said = "failed" if result.is_error else "gave"
    return [Text(f"[the tool {result.name} {said}:]"), *result.blocks]


def short_id(seed: str) -> str:
    """Return nine letters and digits made of a text, always the same ones."""
    return blake2b(seed.encode("utf-8", "replace"), digest_size=8).hexdigest()[:9]

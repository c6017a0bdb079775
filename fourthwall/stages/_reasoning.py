r"""Tell the chain of thought from the answer where both come as one text.

Many servers deliver reasoning inline (``<think>...</think>answer``).  A format is a row of
`FORMATS`: which markers open and close the thought, and whether the reply starts inside it,
because the prompt already held the opening.  A row is compiled into a handful of states; a state
knows the markers that count in it and where each leads.  The splitter walks them as text arrives
and remembers nothing but the state and the tail that it holds back.  Formats that write a reply as
messages with headers (harmony) are states of the same kind.

What happens at the edges, the same for every format and every way the text is cut:

- The first opening opens.  Once a block has closed, an opening directly after it (only white space
  between) continues it; after visible text that follows a closed block nothing opens any more.
- An opening inside reasoning is text, except as the very first thing where the reply starts in
  reasoning: then it is an echo, and dropped.  A closing in content is text.
- ``auto`` takes an opening only as the first thing that isn't white space; it settles the format.
- Markers around the answer are dropped only where they can be that: the first as the first thing in
  the answer, the second as the last thing in the reply.  Anywhere else they are text.
- Line breaks between a marker and text are dropped, spaces after it are not: an indented first line
  stays indented.  Where the answer has begun before a block, white space around the block stays: it
  keeps the words apart.  Nothing else is ever lost.
- Held back is the longest tail that is a proper prefix of a marker that counts, with the white
  space before it that would go with the marker.  At the end it belongs to the part it came in.
- Tool calls that a model writes as text are content, with their markup: what reads them comes
  later.

Where reasoning starts can't be told from the text if the opening is missing: that has to come from
the model's card.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from fourthwall.chat import ContentDelta, Event, Finished, ReasoningDelta, Started, ToolCallDelta
from fourthwall.errors import ConfigurationError, RegistryError
from fourthwall.registry import ModelCard
from fourthwall.stages._formats import FORMATS, ReasoningFormat

__all__ = ["ReasoningSplitter", "ReasoningStage"]

Kind: TypeAlias = Literal["reasoning", "content"]
Piece: TypeAlias = tuple[Kind, str]
Body: TypeAlias = Literal["reasoning", "preamble", "answer", "call"]
Source: TypeAlias = "ModelCard | str | ReasoningFormat | Callable[[str], ModelCard | None]"
Spelling: TypeAlias = tuple[str, ...]
"""A marker as atoms: patterns of one character each, or of a run of them."""

_LINE_BREAKS: Final = "\r\n"
_WHITE_SPACE: Final = " \t\r\n"
_GAP: Final = f"[{_WHITE_SPACE}]*"
_WORDS: Final = r"[\w .=:/-]{0,80}"  # in a message's header: a role, a recipient, a type
_VISIBLE: Final = re.compile(r"\S")
_NEVER: Final = re.compile(r"(?!)")


def _spell(*parts: str) -> Spelling:
    """Return the atoms of markers and of the runs `_GAP` and `_WORDS`, one after the other."""
    return tuple(
        atom
        for part in parts
        for atom in ([part] if part in (_GAP, _WORDS) else map(re.escape, part))
    )


def _beginning(spelling: Spelling) -> str:
    """Return the pattern of a marker and of every beginning of it."""
    pattern = ""
    for atom in reversed(spelling):
        pattern = f"{atom}(?:{pattern})?"
    return pattern


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """A way out of a state: a marker, and where it leads.

    Attributes:
        to: the state after the marker, or what tells it from the marker's text.
        spellings: the forms of the marker.
        whole: the pattern of the marker, where its spellings say more than that.
    """

    to: _State | Callable[[str], _State]
    spellings: Sequence[Spelling]
    whole: str = ""

    @property
    def pattern(self) -> str:
        """The pattern of the whole marker, as one group."""
        return f"({self.whole or '|'.join(map(''.join, self.spellings))})"


def _ways(markers: Iterable[str], to: _State) -> list[_Way]:
    return [_Way(to, [_spell(marker)]) for marker in markers]


def _before(markers: Sequence[str], ends: Sequence[str], to: _State) -> _Way:
    """Return the way by ``ends``, which count only where one of ``markers`` follows."""
    end, marker = ("|".join(map(re.escape, texts)) for texts in (ends, markers))
    spellings = [_spell(e, _GAP, m) for e in ends for m in markers]
    return _Way(to, spellings, whole=rf"(?:{end}){_GAP}(?={marker})")


@dataclass(slots=True, eq=False)
class _State:
    """Where in a reply we are: which markers count here, and where they lead.

    Attributes:
        kind: what text is here.
        skips: characters that are dropped right after the marker that led here.
        trims: characters that are dropped right before a marker that leads away.
        is_raw: a tool call written as text; the markers around it stay with it.
        ways: the ways out.
        settles: where the first visible character that begins no marker leads.  A state that
            has this looks for markers only before any visible text; None means anywhere.
        ends: markers that are dropped where the reply ends with them.
    """

    kind: Kind
    skips: str = _LINE_BREAKS
    trims: str = ""
    is_raw: bool = False
    ways: Sequence[_Way] = ()
    settles: _State | None = None
    ends: re.Pattern[str] = _NEVER
    markers: re.Pattern[str] = _NEVER
    begun: re.Pattern[str] = _NEVER
    noise: re.Pattern[str] = _NEVER

    def leads(
        self,
        ways: Sequence[_Way],
        *,
        settles: _State | None = None,
        ends: Sequence[Spelling] = (),
    ) -> _State:
        """Set the ways out and compile what finds them."""
        self.ways, self.settles = ways, settles
        spellings = [*(spelling for way in ways for spelling in way.spellings), *ends]
        if not spellings:
            return self
        if ways:
            self.markers = re.compile("|".join(way.pattern for way in ways))
        if ends:
            self.ends = re.compile(rf"{_GAP}(?:{'|'.join(map(''.join, ends))})")
        first = "".join(sorted({spelling[0] for spelling in spellings}))
        before = rf"|[{self.trims}]\Z" if self.trims else ""
        self.begun = re.compile(rf"(?:{'|'.join(map(_beginning, spellings))})\Z")
        self.noise = re.compile(f"[{first}]{before}")
        return self

    def find(self, text: str, at: int) -> re.Match[str] | None:
        """Find the first marker that counts from ``at`` on."""
        if self.settles is None:
            return self.markers.search(text, at)
        visible = _VISIBLE.search(text, at)
        return self.markers.match(text, visible.start()) if visible else None

    def after(self, marker: re.Match[str]) -> _State:
        """Return the state to which a marker leads that was found here."""
        to = self.ways[(marker.lastindex or 1) - 1].to
        return to if isinstance(to, _State) else to(marker[0])

    def has_settled(self, text: str, at: int) -> bool:
        """Whether visible text stands at ``at`` that neither is nor may become a marker."""
        visible = _VISIBLE.search(text, at)
        return visible is not None and self.begun.match(text, visible.start()) is None

    def end_of_known(self, text: str, at: int) -> int:
        """Return where the tail begins that can't be judged yet."""
        tail = self.begun.search(text, at)
        end = tail.start() if tail else len(text)
        if end > at and text[end - 1] in self.trims:
            end = at + len(text[at:end].rstrip(self.trims))
        return end

    def ignores(self, held: str) -> str:
        """Return the characters of which any number may follow on ``held`` without a change."""
        if not held.strip(self.trims):
            return self.trims
        return _WHITE_SPACE if self.ends.fullmatch(held) else ""


@dataclass(frozen=True, slots=True)
class _Inside:
    """The states of a format from the thought on, and what leads there.

    Attributes:
        openings: ways into the thought.
        closings: ways out of it.
        answers: ways into a wrapped answer.
    """

    reasoning: _State
    openings: Sequence[_Way]
    closings: Sequence[_Way]
    answers: Sequence[_Way]


@cache
def _inside(row: ReasoningFormat, *, in_answer: bool = False) -> _Inside:
    """Return the states from the thought on, where the answer has or hasn't begun before it."""
    reasoning, done = _State("reasoning", trims=_LINE_BREAKS), _State("content")
    closed = _State("content", trims=_WHITE_SPACE)
    if in_answer:
        closed = _State("content", skips="")
    openings = _ways(row.openings, reasoning)
    answers = _answers(row, closed)
    ends = [_spell(end, _GAP) for end in row.ends]
    closed.leads([*openings, *answers], settles=done, ends=ends)
    call = _State("content", is_raw=True)
    inner = {start: _State("content", is_raw=True) for start, _ in row.inner_calls}
    for start, end in row.inner_calls:
        inner[start].leads(_ways([end], reasoning))
    wraps = [opening for opening, _ in row.wrappers]
    closings = [
        *_ways(row.closings, closed),
        *_ways((marker for marker in row.implicit_ends if marker not in wraps), call),
        *(way for wrap, way in zip(wraps, answers, strict=True) if wrap in row.implicit_ends),
        *(way for start, state in inner.items() for way in _ways([start], state)),
    ]
    reasoning.leads(closings)
    return _Inside(reasoning, openings, closings, answers)


def _answers(row: ReasoningFormat, closed: _State) -> list[_Way]:
    """Return the ways into wrapped answers."""
    ways = []
    for opening, closing in row.wrappers:
        answer = _State("content", trims=_LINE_BREAKS)
        if row.repeats:
            answer.leads(_ways([closing], closed))
        else:
            answer.leads([], ends=[_spell(closing, _GAP)])
        ways += _ways([opening], answer)
    return ways


@cache
def _compile(row: ReasoningFormat) -> _State:
    """Return the state in which a reply of this format starts."""
    inside = _inside(row)
    if row.starts_in_reasoning:
        first = [*inside.openings, *inside.closings, *_new(inside.answers, inside.closings)]
        return _State("reasoning", trims=_WHITE_SPACE).leads(first, settles=inside.reasoning)
    answer = _State("content").leads(_inside(row, in_answer=True).openings)
    first = [*inside.openings, *inside.answers]
    return _State("content", trims=_WHITE_SPACE).leads(first, settles=answer) if first else answer


def _new(ways: Iterable[_Way], known: Iterable[_Way]) -> list[_Way]:
    return [way for way in ways if way not in known]


@dataclass(frozen=True, slots=True)
class _Channels:
    """How a server writes a reply as messages, each with a header and a body.

    A header ends in ``<|message|>``; it begins with ``<|start|>assistant`` and may name a channel,
    a recipient and a type: ``<|channel|>commentary to=functions.f <|constrain|>json<|message|>``.
    The prompt held the first ``<|start|>assistant``, so a reply begins in the middle of a header.

    Attributes:
        ends: markers that end a body.
        body: what a header announces.
    """

    ends: tuple[str, ...]
    body: Callable[[str], Body]


_START: Final = "<|start|>assistant"
_TYPED: Final = [_spell("<|constrain|>", _WORDS, "<|message|>"), _spell("<|message|>")]
_CHANNEL: Final = [_spell("<|channel|>", _WORDS) + rest for rest in _TYPED]
_MESSAGE: Final = [_spell(_START, _WORDS) + rest for rest in (*_CHANNEL, *_TYPED)]
_RECIPIENT: Final = [_spell("to=", _WORDS) + rest for rest in (*_CHANNEL, *_TYPED)]
# A channel of an answer that begins though the thought wasn't closed.
_NO_THOUGHT: Final = [(*_spell("<|channel|>"), "(?! ?analysis)", _WORDS, *rest) for rest in _TYPED]
_RECIPIENT_NAME: Final = re.compile(r"to=([^\s<]+)")
_CHANNEL_NAME: Final = re.compile(r"<\|channel\|> ?(\w+)")


def _name(what: re.Pattern[str], header: str) -> str:
    found = what.search(header)
    return found[1] if found else ""


def _harmony_body(header: str) -> Body:
    recipient, channel = _name(_RECIPIENT_NAME, header), _name(_CHANNEL_NAME, header)
    # Tools that the server has built in are called in ``analysis``: a part of the thought.
    if recipient and (channel != "analysis" or recipient.startswith("functions.")):
        return "call"
    if channel == "analysis":
        return "reasoning"
    return "preamble" if channel == "commentary" else "answer"


def _muse_body(header: str) -> Body:
    recipient = _name(_RECIPIENT_NAME, header)
    if recipient == "self":
        return "reasoning"
    if recipient == "commentary":
        return "preamble"
    return "answer" if recipient in ("", "user") else "call"


_HARMONY: Final = _Channels(("<|end|>", "<|return|>", "<|call|>"), _harmony_body)
_MUSE: Final = _Channels(("<|eom|>", "<|eot|>"), _muse_body)


@cache
def _bodies(channels: _Channels) -> Callable[[str], _State]:
    """Return what gives the state after a header.

    In an answer a marker may be meant as text: there an end counts only at the end of the reply
    or before another message.  A thought ends with the first.
    """
    between = _State("content", trims=_WHITE_SPACE)
    reasoning = _State("reasoning", trims=_LINE_BREAKS)
    preamble, answer = (_State("content", trims=_LINE_BREAKS) for _ in range(2))
    call = _State("content", is_raw=True)
    states = {"reasoning": reasoning, "preamble": preamble, "answer": answer, "call": call}

    def to(header: str) -> _State:
        return states[channels.body(header)]

    ends = [_spell(end) for end in channels.ends]
    last = [_spell(end, _GAP) for end in channels.ends]
    again = _before(("<|start|>", "<|channel|>"), channels.ends, between)
    between.leads([_Way(to, [*_MESSAGE, *_CHANNEL])], settles=_State("content"))
    reasoning.leads([_Way(between, ends), _Way(to, [*_MESSAGE, *_NO_THOUGHT])])
    preamble.leads([again, _Way(to, _MESSAGE)], ends=last)
    answer.leads([again], ends=last)
    call.leads([_Way(between, [_spell(_START)], whole=f"(?={re.escape(_START)})")])
    return to


@cache
def _messages(channels: _Channels) -> _State:
    """Return the state in which a reply of messages starts."""
    to = _bodies(channels)
    text = _State("content").leads([_Way(to, [*_MESSAGE, *_CHANNEL])])
    first = [_Way(to, [*_MESSAGE, *_CHANNEL, *_RECIPIENT])]
    return _State("content", trims=_WHITE_SPACE).leads(first, settles=text)


@cache
def _auto() -> _State:
    """Return the state that takes the format from the first thing in the reply."""
    # What follows an opening is compiled when it has come: most of it never does.
    ways = [
        _Way(partial(_opened, row), [_spell(opening)])
        for row in FORMATS.values()
        if row.guessable
        for opening in row.openings
    ]
    ways.append(_Way(lambda header: _bodies(_HARMONY)(header), [*_MESSAGE, *_CHANNEL]))
    return _State("content", trims=_WHITE_SPACE).leads(ways, settles=_State("content"))


def _opened(row: ReasoningFormat, _opening: str) -> _State:
    return _inside(row).reasoning


# Formats that are more than a row.
_OTHERS: Final[Mapping[str, Callable[[], _State]]] = MappingProxyType(
    {
        "auto": _auto,
        "harmony": partial(_messages, _HARMONY),
        # vLLM 0.33.0 `reasoning/muse_reasoning_parser.py`: the recipient says what a message is.
        "muse": partial(_messages, _MUSE),
    }
)


def _start(name: str | ReasoningFormat) -> _State:
    if isinstance(name, ReasoningFormat):
        return _compile(name)
    if name in _OTHERS:
        return _OTHERS[name]()
    if name not in FORMATS:
        known = ", ".join(sorted({*FORMATS, *_OTHERS}))
        raise ConfigurationError(
            f"there is no reasoning format {name!r}",
            param="reasoning_format",
            remedy=f"Use one of: {known}.",
        )
    return _compile(FORMATS[name])


class ReasoningSplitter:
    """Split one reply's text into reasoning and content as it arrives.

    Make a new one for every reply.  Costs the same for the first chunk and the last; keeps back
    only what may yet turn out to be a marker, and the white space that may stand next to one.

    Args:
        format: a key of `FORMATS`, ``auto``, ``harmony`` or ``muse``, or a format of one's own.

    Raises:
        ConfigurationError: there is no such format; names those there are.

    Example:
        >>> splitter = ReasoningSplitter("think")
        >>> splitter.feed("<thi"), splitter.feed("nk>2+2</think>4"), splitter.finish()
        ([], [('reasoning', '2+2'), ('content', '4')], [])
    """

    __slots__ = ("_after_marker", "_held", "_ignored", "_is_calm", "_state")

    def __init__(self, format: str | ReasoningFormat = "auto") -> None:
        self._state = _start(format)
        self._held: list[str] = []
        self._ignored = ""  # what changes nothing about the text that is held
        # A reply that starts in reasoning comes right after a marker, the one in the prompt.
        self._after_marker = self._state.kind == "reasoning"
        self._is_calm = self._state.settles is None and not self._after_marker

    def feed(self, text: str) -> list[Piece]:
        """Take the next piece of text; give what can be told by now.

        Returns:
            Pairs of ``"reasoning"`` or ``"content"`` and a text that isn't empty, in order.
        """
        state = self._state
        if self._is_calm and state.noise.search(text) is None:
            return [(state.kind, text)] if text else []
        if self._ignored and not text.strip(self._ignored):
            self._held.append(text)  # a long run isn't read again with each piece of it
            return []
        return self._scan("".join((*self._held, text)))

    def finish(self) -> list[Piece]:
        """The reply is over: give what was held back."""
        held = "".join(self._held)
        self._held.clear()
        is_over = not held or self._state.ends.fullmatch(held)
        return [] if is_over else [(self._state.kind, held)]

    def _scan(self, text: str) -> list[Piece]:
        out: list[Piece] = []
        at = 0
        while True:
            state = self._state
            if self._after_marker:
                at = _skip(text, at, state.skips)
                self._after_marker = at == len(text)
            if found := state.find(text, at):
                _put(out, state.kind, text[at : found.start()].rstrip(state.trims))
                at = self._pass(found, out)
            elif state.settles is not None and state.has_settled(text, at):
                self._state = state.settles
            else:
                break
        known = state.end_of_known(text, at)
        _put(out, state.kind, text[at:known])
        held = text[known:]
        self._held = [held] if held else []
        self._ignored = state.ignores(held) if held else ""
        self._is_calm = state.settles is None and not held and not self._after_marker
        return out

    def _pass(self, marker: re.Match[str], out: list[Piece]) -> int:
        """Go through a marker; return where the text of the next state begins."""
        before, self._state = self._state, self._state.after(marker)
        is_kept = before.is_raw or self._state.is_raw
        if is_kept:
            _put(out, "content", marker[0])
        self._after_marker = not is_kept
        return marker.end()


def _skip(text: str, at: int, characters: str) -> int:
    return len(text) - len(text[at:].lstrip(characters)) if characters else at


def _put(out: list[Piece], kind: Kind, text: str) -> None:
    if text:
        out.append((kind, text))


class ReasoningStage:
    """The stage that splits `ContentDelta` events by a format.

    Structured reasoning wins: once a `ReasoningDelta` has come from the provider, the text is
    passed on as it is, so that an answer *about* ``<think>`` stays whole.  A tool call ends the
    thought too.

    Holds back what `ReasoningSplitter` does, until the next text, a tool call or `Finished`.

    Args:
        source: a format; the card of the model that answers (its `reasoning_format`, ``auto``
            where that isn't known); or what gives the card of a model id (``registry.get``),
            asked when the answer starts: a fallback may write its thoughts in another way.

    Raises:
        RegistryError: the card names a format that doesn't exist (from `feed` where the card is
            looked up there).
        ConfigurationError: there is no such format.
    """

    def __init__(self, source: Source = "auto") -> None:
        self._card_lookup = source if callable(source) else None
        self._splitter: ReasoningSplitter | None = _splitter("auto" if callable(source) else source)

    def feed(self, event: Event) -> list[Event]:
        """Split a content delta; pass everything else on."""
        if self._splitter is None:
            return [event]
        if isinstance(event, ContentDelta):
            return _deltas(self._splitter.feed(event.text))
        if _ends_splitting(event):
            held, self._splitter = self._splitter.finish(), None
            return [*_deltas(held), event]
        if isinstance(event, Started) and self._card_lookup is not None:
            self._splitter = _splitter(self._card_lookup(event.model) or "auto")
        return [event]

    def finish(self) -> list[Event]:
        """Give what the splitter held back."""
        return _deltas(self._splitter.finish()) if self._splitter is not None else []


def _ends_splitting(event: Event) -> bool:
    # An empty reasoning delta proves nothing: some servers send the field with every chunk.
    if isinstance(event, ReasoningDelta):
        return bool(event.text or event.opaque)
    return isinstance(event, ToolCallDelta | Finished)


def _splitter(source: ModelCard | str | ReasoningFormat) -> ReasoningSplitter:
    if not isinstance(source, ModelCard):
        return ReasoningSplitter(source)
    try:
        return ReasoningSplitter(source.reasoning_format or "auto")
    except ConfigurationError as error:
        raise RegistryError(
            error.message, entry=source.id, field="reasoning_format", remedy=error.remedy
        ) from None


def _deltas(pieces: Iterable[Piece]) -> list[Event]:
    return [ReasoningDelta(t) if kind == "reasoning" else ContentDelta(t) for kind, t in pieces]

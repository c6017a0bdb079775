r"""Tell the chain of thought from the answer where both come as one text.

Many servers deliver reasoning inline (``<think>...</think>answer``).  A format is a row of
`FORMATS`: which markers open and close the thought, and whether the reply starts inside it,
because the prompt already held the opening.  A row is compiled into a handful of states; a state
knows the markers that count in it and where each leads.  The splitter walks them as text arrives
and remembers nothing but the state and the tail that it holds back.

What happens at the edges, the same for every format and every way the text is cut:

- The first opening opens.  Once a block has closed, an opening directly after it (only white space
  between) continues it; after visible text that follows a closed block nothing opens any more.
- An opening inside reasoning is text, except as the very first thing where the reply starts in
  reasoning: then it is an echo, and dropped.  A closing in content is text.
- ``auto`` takes an opening only as the first thing that isn't white space; it settles the format.
- Line breaks between a marker and text are dropped, spaces are not; nothing else is ever lost.
- Held back is the longest tail that is a proper prefix of a marker that counts, with the line
  breaks before it.  At the end it belongs to the part it came in.

Where reasoning starts can't be told from the text if the opening is missing: that has to come from
the model's card.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from fourthwall.chat import ContentDelta, Event, Finished, ReasoningDelta, Started, ToolCallDelta
from fourthwall.errors import ConfigurationError, RegistryError
from fourthwall.registry import ModelCard

__all__ = ["FORMATS", "ReasoningFormat", "ReasoningSplitter", "ReasoningStage"]

Kind: TypeAlias = Literal["reasoning", "content"]
Piece: TypeAlias = tuple[Kind, str]
Source: TypeAlias = "ModelCard | str | ReasoningFormat | Callable[[str], ModelCard | None]"

_LINE_BREAKS = "\r\n"
_NO_LINE_BREAK = re.compile(r"[^\r\n]")
_VISIBLE = re.compile(r"\S")
_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningFormat:
    """How one kind of server writes a chain of thought into the text.

    Attributes:
        openings: markers that begin it; dropped.
        closings: markers that end it; dropped.
        starts_in_reasoning: whether the reply begins inside (the prompt held the opening).
        implicit_ends: markers that end it too, but belong to the answer and stay there.
        wrappers: pairs of markers around the answer; dropped.
        guessable: whether ``auto`` takes one of the openings for this format.

    Raises:
        ConfigurationError: a marker is empty, begins with white space or is the beginning of
            another one, so that it couldn't be told what was meant.
    """

    openings: tuple[str, ...] = ()
    closings: tuple[str, ...] = ()
    starts_in_reasoning: bool = False
    implicit_ends: tuple[str, ...] = ()
    wrappers: tuple[tuple[str, str], ...] = ()
    guessable: bool = True

    def __post_init__(self) -> None:
        around = [marker for pair in self.wrappers for marker in pair]
        markers = [*self.openings, *self.closings, *self.implicit_ends, *around]
        for number, marker in enumerate(markers):
            if not marker or marker[0].isspace():
                raise _unusable(marker, "must begin with a visible character")
            if any(m.startswith(marker) for m in (*markers[:number], *markers[number + 1 :])):
                raise _unusable(marker, "is the beginning of another marker, or stands twice")


def _unusable(marker: str, problem: str) -> ConfigurationError:
    return ConfigurationError(
        f"the marker {marker!r} {problem}",
        param="reasoning_format",
        remedy="Give the format markers of which none begins like the whole of another.",
    )


def _tag(name: str) -> ReasoningFormat:
    return ReasoningFormat(openings=(f"<{name}>",), closings=(f"</{name}>",))


# Others that write <think>: a guess can only be the plain one.
_THINK = replace(_tag("think"), guessable=False)

FORMATS: Final[Mapping[str, ReasoningFormat]] = MappingProxyType(
    {
        "none": ReasoningFormat(),
        "think": _tag("think"),
        "think-prefilled": replace(_THINK, starts_in_reasoning=True),
        "qwen3": replace(_THINK, starts_in_reasoning=True, implicit_ends=("<tool_call>",)),
        "kimi-k2": replace(_THINK, implicit_ends=("<|tool_calls_section_begin|>",)),
        "thinking": _tag("thinking"),
        "thought": _tag("thought"),
        "reasoning": _tag("reasoning"),
        "reason": _tag("reason"),
        "kimi-vl": ReasoningFormat(openings=("◁think▷",), closings=("◁/think▷",)),
        "seed": _tag("seed:think"),
        "mistral": ReasoningFormat(openings=("[THINK]",), closings=("[/THINK]",)),
        "minimax-m3": _tag("mm:think"),
        "gemma4": ReasoningFormat(openings=("<|channel>thought\n",), closings=("<channel|>",)),
        "cohere": ReasoningFormat(
            openings=("<|START_THINKING|>",),
            closings=("<|END_THINKING|>",),
            starts_in_reasoning=True,
            wrappers=(
                ("<|START_TEXT|>", "<|END_TEXT|>"),
                ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
            ),
        ),
        "ernie45": replace(
            _THINK, starts_in_reasoning=True, wrappers=(("<response>", "</response>"),)
        ),
        "hunyuan-a13b": replace(_THINK, wrappers=(("<answer>", "</answer>"),)),
        "granite": ReasoningFormat(
            openings=("Here is my thought process:", "Here's my thought process:"),
            closings=("Here is my response:", "Here's my response:"),
        ),
    }
)
"""Format name -> its markers, for the formats that are written with markers alone."""


@dataclass(slots=True, eq=False)
class _State:
    """Where in a reply we are: which markers count here, and where they lead.

    Attributes:
        kind: what text is here.
        after: marker -> the state after it.
        kept: markers that stay in the text of the state after them.
        settles: where the first visible character that begins no marker leads.  A state that
            has this looks for markers only before any visible text; None means anywhere.
    """

    kind: Kind
    after: dict[str, _State] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    settles: _State | None = None
    markers: re.Pattern[str] = _NEVER
    starts: re.Pattern[str] = _NEVER
    noise: re.Pattern[str] = _NEVER
    prefixes: frozenset[str] = frozenset()
    longest_prefix: int = 0

    def leads(
        self, after: Mapping[str, _State], *, kept: Iterable[str] = (), settles: _State | None
    ) -> _State:
        """Set the ways out and compile what finds them."""
        self.after, self.kept, self.settles = dict(after), frozenset(kept), settles
        if self.after:
            first = "".join({re.escape(marker[0]) for marker in self.after})
            self.markers = re.compile("|".join(map(re.escape, self.after)))
            self.starts = re.compile(f"[{first}]")
            self.noise = re.compile(rf"[{first}]|[{_LINE_BREAKS}]\Z")
            self.prefixes = frozenset(m[:end] for m in self.after for end in range(1, len(m)))
            self.longest_prefix = max(map(len, self.prefixes))
        return self

    def find(self, text: str, at: int) -> re.Match[str] | None:
        """Find the first marker that counts from ``at`` on."""
        if self.settles is None:
            return self.markers.search(text, at)
        visible = _VISIBLE.search(text, at)
        return self.markers.match(text, visible.start()) if visible else None

    def has_settled(self, text: str, at: int) -> bool:
        """Whether visible text stands at ``at`` that neither is nor may become a marker."""
        visible = _VISIBLE.search(text, at)
        return visible is not None and self._tail(text, visible.start()) > visible.start()

    def end_of_known(self, text: str, at: int) -> int:
        """Return where the tail begins that can't be judged yet."""
        if not self.after:
            return len(text)
        tail = self._tail(text, at)
        return at + len(text[at:tail].rstrip(_LINE_BREAKS))

    def _tail(self, text: str, at: int) -> int:
        """Return where the longest tail begins that is a proper prefix of a marker."""
        for start in self.starts.finditer(text, max(at, len(text) - self.longest_prefix)):
            if text[start.start() :] in self.prefixes:
                return start.start()
        return len(text)


@cache
def _compile(row: ReasoningFormat) -> _State:
    """Return the state in which a reply of this format starts."""
    done, reasoning = _State("content"), _State("reasoning")
    openings = dict.fromkeys(row.openings, reasoning)
    wrapped = {
        opening: _State("content").leads({closing: done}, settles=None)
        for opening, closing in row.wrappers
    }
    closed = _State("content").leads({**openings, **wrapped}, settles=done)
    endings = {**dict.fromkeys(row.closings, closed), **dict.fromkeys(row.implicit_ends, done)}
    reasoning.leads(endings, kept=row.implicit_ends, settles=None)
    if row.starts_in_reasoning:
        first = {**openings, **endings, **wrapped}
        return _State("reasoning").leads(first, kept=row.implicit_ends, settles=reasoning)
    before = _State("content").leads(openings, settles=None)
    if row.wrappers:
        return _State("content").leads({**openings, **wrapped}, settles=before)
    return before


@cache
def _harmony() -> _State:
    """Return the first state of gpt-oss's channels.

    Each message has a header, which ends in ``<|message|>``, and a body.  ``analysis`` is the
    thought; ``final``, and ``commentary`` that is addressed to nobody, are for the person.
    """
    done, header = _State("content"), _State("content")
    reasoning, body = _State("reasoning"), _State("content")
    again = {"<|end|>": header, "<|start|>assistant": header}
    reasoning.leads({**again, "<|return|>": done}, settles=None)
    body.leads({**again, "<|return|>": done}, settles=None)
    channels = {"analysis": reasoning, "commentary": body, "final": body}
    headers = {f"<|channel|>{name}<|message|>": state for name, state in channels.items()}
    return header.leads({**headers, "<|start|>assistant": header}, settles=done)


@cache
def _auto() -> _State:
    """Return the state that takes the format from the first thing in the reply."""
    openings = {
        opening: _compile(row).after[opening]
        for row in FORMATS.values()
        if row.guessable
        for opening in row.openings
    }
    return _State("content").leads({**openings, **_harmony().after}, settles=_State("content"))


_SIBLINGS: Final = {"auto": _auto, "harmony": _harmony}


def _start(name: str | ReasoningFormat) -> _State:
    if isinstance(name, ReasoningFormat):
        return _compile(name)
    if name in _SIBLINGS:
        return _SIBLINGS[name]()
    if name not in FORMATS:
        known = ", ".join(sorted({*FORMATS, *_SIBLINGS}))
        raise ConfigurationError(
            f"there is no reasoning format {name!r}",
            param="reasoning_format",
            remedy=f"Use one of: {known}.",
        )
    return _compile(FORMATS[name])


class ReasoningSplitter:
    """Split one reply's text into reasoning and content as it arrives.

    Make a new one for every reply.  Costs the same for the first chunk and the last; keeps back
    only what may yet turn out to be a marker, and the line breaks that may stand next to one.

    Args:
        format: a key of `FORMATS`, ``auto`` or ``harmony``, or a format of one's own.

    Raises:
        ConfigurationError: there is no such format; names those there are.

    Example:
        >>> splitter = ReasoningSplitter("think")
        >>> splitter.feed("<thi"), splitter.feed("nk>2+2</think>4"), splitter.finish()
        ([], [('reasoning', '2+2'), ('content', '4')], [])
    """

    __slots__ = ("_after_marker", "_held", "_holds_breaks", "_is_calm", "_state")

    def __init__(self, format: str | ReasoningFormat = "auto") -> None:
        self._state = _start(format)
        self._held = ""
        self._holds_breaks = False
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
        if self._holds_breaks and not text.strip(_LINE_BREAKS):
            self._held += text  # a long run of line breaks isn't read again with each of them
            return []
        return self._scan(self._held + text)

    def finish(self) -> list[Piece]:
        """The reply is over: give what was held back."""
        held, self._held = self._held, ""
        return [(self._state.kind, held)] if held else []

    def _scan(self, text: str) -> list[Piece]:
        out: list[Piece] = []
        at = 0
        while True:
            state = self._state
            if self._after_marker:
                at = _skip_line_breaks(text, at)
                self._after_marker = at == len(text)
            if found := state.find(text, at):
                _put(out, state.kind, text[at : found.start()].rstrip(_LINE_BREAKS))
                at = self._pass(found)
            elif state.settles is not None and state.has_settled(text, at):
                self._state = state.settles
            else:
                break
        known = state.end_of_known(text, at)
        _put(out, state.kind, text[at:known])
        self._held = text[known:]
        self._holds_breaks = bool(self._held) and not self._held.strip(_LINE_BREAKS)
        self._is_calm = state.settles is None and not self._held and not self._after_marker
        return out

    def _pass(self, marker: re.Match[str]) -> int:
        """Go through a marker; return where the text of the next state begins."""
        is_kept = marker[0] in self._state.kept
        self._state = self._state.after[marker[0]]
        self._after_marker = not is_kept
        return marker.start() if is_kept else marker.end()


def _skip_line_breaks(text: str, at: int) -> int:
    found = _NO_LINE_BREAK.search(text, at)
    return found.start() if found else len(text)


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
        return bool(event.text) or event.opaque is not None
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

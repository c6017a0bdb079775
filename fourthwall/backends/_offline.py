"""Answers without a network: a small deterministic demo of every model, plainly labelled as such.

`OfflineBackend` is what everything runs on while no provider is configured, and the public test
double: it streams, "thinks", calls tools, takes a set time, fails on demand and reports usage.
No real model is asked and the answer says so in its first words.  A token is a word here, so that
every count can be checked by hand.

In a chat, the last user message may ask for trouble::

    [[fail:rate_limit]]           every model fails so; see `FAILURES` for the words
    [[fail:overloaded@gpt-5]]     only gpt-5 fails so, and its fallbacks can be seen at work
    [[fail:cut]]                  the stream breaks off in the middle
    [[slow:2]]                    the first word takes two seconds

`ScriptedBackend` plays back what a test wrote down.

Both faces run the same plan: a list of steps, made without I/O, each with the pause before it.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from fourthwall.backends._base import Timeouts
from fourthwall.chat import (
    ChatRequest,
    ContentDelta,
    Event,
    Finished,
    Message,
    ReasoningDelta,
    Started,
    ToolCallDelta,
    Usage,
    UsageReported,
    content_text,
)
from fourthwall.errors import (
    ConfigurationError,
    ConnectionFailedError,
    ContextTooLongError,
    CredentialsError,
    DeadlineExceededError,
    FourthwallError,
    InsufficientCreditsError,
    OverloadedError,
    RateLimitedError,
    RequestError,
    StreamInterruptedError,
    UpstreamProtocolError,
    UpstreamServerError,
)
from fourthwall.registry import ModelCard

__all__ = ["FAILURES", "OfflineBackend", "ScriptedBackend"]

FAILURES: Final[Mapping[str, Callable[[], FourthwallError]]] = {
    "rate_limit": lambda: RateLimitedError("the demo was told to be rate limited", status=429),
    "overloaded": lambda: OverloadedError("the demo was told to be overloaded", status=503),
    "server": lambda: UpstreamServerError("the demo was told to fail", status=500),
    "connect": lambda: ConnectionFailedError("the demo was told to be out of reach"),
    "timeout": lambda: DeadlineExceededError(
        "the demo was told to be too slow", phase="first_token"
    ),
    "protocol": lambda: UpstreamProtocolError("the demo was told to answer nonsense"),
    "credentials": lambda: CredentialsError("the demo was told to refuse the key", status=401),
    "credits": lambda: InsufficientCreditsError("the demo was told to be out of money", status=402),
    "context": lambda: ContextTooLongError("the demo was told that this is too long", status=400),
    "request": lambda: RequestError("the demo was told to refuse the request", status=400),
}
"""The words that ``[[fail:WORD]]`` takes besides ``cut``, and the errors that they raise."""

_MAGIC = re.compile(r"\[\[(?P<verb>fail|slow):(?P<what>[\w.]+)(?:@(?P<model>[^\]\s]+))?\]\]")
_CALCULATION = re.compile(r"(?<![\w.])(-?\d{1,9})\s*([-+*x×/÷])\s*(-?\d{1,9})(?![\w.])")
_POEM = re.compile(r"\b(?:poem|haiku|verse|rhyme|limerick|gedicht|poème|poema)\b", re.IGNORECASE)
_CODE = re.compile(r"\b(?:code|function|script|program|python|javascript)\b", re.IGNORECASE)
_GREETING = re.compile(r"^\W*(?:hi|hello|hey|good (?:morning|evening)|hallo|moin)\b", re.IGNORECASE)
_SLOWEST_S: Final = 60.0
_EXCERPT_WORDS: Final = 12

# Formats of `ReasoningSplitter` whose tags stand inside the content.  Formats with other tags
# "think" in events of their own: enough for a demo.
_INLINE_TAGS: Final[Mapping[str, tuple[str, str]]] = dict.fromkeys(
    ("think", "think-prefilled", "qwen3", "kimi-k2"), ("<think>\n", "\n</think>\n\n")
)


@dataclass(frozen=True, slots=True)
class Persona:
    """How the demo of one family talks: how it begins, how it ends, and its poem."""

    opening: str
    closing: str
    poem: str


_PERSONAS: Final[Mapping[str, Persona]] = {
    "claude": Persona(
        "Happy to think about this with you.",
        "I may well be wrong, so do push back.",
        "The lamp leans in to hear the page,\nthe rain takes notes along the sill;\n"
        "a thought that hurried all its age\nsits down with me, and then is still.",
    ),
    "gpt": Persona(
        "Sure! Here is the short version.",
        "Want me to turn this into a list?",
        "A cursor blinks, a window glows,\nthe city hums in even rows;\n"
        "one question falls, one answer grows,\nand where it ends, the cursor knows.",
    ),
    "gemini": Persona(
        "Let's look at it from two sides.",
        "There is always a second side.",
        "Two stars that share a single night\ndivide the dark and double light;\n"
        "the one says left, the other right,\nand both of them keep both in sight.",
    ),
    "deepseek": Persona(
        "Working it through, step by step.",
        "Checked twice.",
        "Below the waves, below the blue,\nthe quiet numbers swim in two;\n"
        "they count the stones, they count the sand,\nand leave the sum upon the land.",
    ),
    "llama": Persona(
        "Alright, down to earth.",
        "Good enough for the mountain.",
        "The path is steep, the pack is light,\nthe grass is thin, the peaks are white;\n"
        "I chew on words from morn till night\nand, now and then, I get one right.",
    ),
}
_ANY_PERSONA: Final = Persona(
    "Here is what a demo can say.",
    "That is all there is to it.",
    "No voice is here, no mind, no art,\njust lines that somebody took to heart;\n"
    "they wait until you press the key,\nand say the same to you and me.",
)


@dataclass(frozen=True, slots=True)
class _Step:
    """What comes next: an event, or an error, after a pause."""

    outcome: Event | FourthwallError
    pause_s: float = 0.0


Outcomes: TypeAlias = Sequence[FourthwallError | None]
"""What becomes of one call after the other: an error, or None for an answer."""


class OfflineBackend:
    """Demo answers for every model, from no model at all.

    Args:
        name: the provider name that it serves.
        delay_s: pause before every chunk after the first.
        first_token_s: pause before the first chunk.
        failures: model id -> what becomes of one call to that model after the other: an error
            that is raised, or None for an answer.  Calls after the last one are answered.
        sleep: waits in sync code, in place of `time.sleep`.
        asleep: waits in async code, in place of `asyncio.sleep`.
    """

    def __init__(
        self,
        *,
        name: str = "offline",
        delay_s: float = 0.0,
        first_token_s: float = 0.0,
        failures: Mapping[str, Outcomes] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        asleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self._delay_s = delay_s
        self._first_token_s = first_token_s
        self._failures = {model: iter(tuple(calls)) for model, calls in (failures or {}).items()}
        self._sleep = sleep
        self._asleep = asleep

    def stream(
        self, card: ModelCard, request: ChatRequest, *, timeouts: Timeouts | None = None
    ) -> Iterator[Event]:
        """Answer in word chunks; raise what `failures` or the message asks for."""
        for step in self._plan(card, request, timeouts or Timeouts.for_card(card)):
            if step.pause_s:
                self._sleep(step.pause_s)
            yield _outcome(step)

    async def astream(
        self, card: ModelCard, request: ChatRequest, *, timeouts: Timeouts | None = None
    ) -> AsyncIterator[Event]:
        """Do the same in async code."""
        for step in self._plan(card, request, timeouts or Timeouts.for_card(card)):
            if step.pause_s:
                await self._asleep(step.pause_s)
            yield _outcome(step)

    def _plan(self, card: ModelCard, request: ChatRequest, timeouts: Timeouts) -> Iterator[_Step]:
        scripted = next(self._failures.get(card.id, iter(())), None)
        magic = _Magic.of(request, card)
        error = scripted or magic.error
        if error is not None:
            yield _Step(error)
            return
        first_s = self._first_token_s if magic.slow_s is None else magic.slow_s
        steps = self._timed(_answer_events(card, request, self.name), first_s)
        yield from _within(_cut(steps) if magic.cut else steps, timeouts)

    def _timed(self, events: Iterable[Event], first_s: float) -> Iterator[_Step]:
        """Put the pauses before the chunks."""
        pause_s = first_s
        for event in events:
            if isinstance(event, ContentDelta | ReasoningDelta | ToolCallDelta):
                yield _Step(event, pause_s)
                pause_s = self._delay_s
            else:
                yield _Step(event)


def _outcome(step: _Step) -> Event:
    if isinstance(step.outcome, FourthwallError):
        raise step.outcome
    return step.outcome


def _cut(steps: Iterable[_Step]) -> Iterator[_Step]:
    """Break the answer off in the middle of its content."""
    all_steps = list(steps)
    content = [n for n, step in enumerate(all_steps) if isinstance(step.outcome, ContentDelta)]
    kept = all_steps[: content[len(content) // 2] + 1] if content else all_steps[:1]
    partial = "".join(s.outcome.text for s in kept if isinstance(s.outcome, ContentDelta))
    yield from kept
    yield _Step(StreamInterruptedError("the demo was told to break off", partial=partial))


def _within(steps: Iterable[_Step], timeouts: Timeouts) -> Iterator[_Step]:
    """Keep the deadlines: a pause that is too long becomes the error, at the time it is due."""
    phase, limit_s, spent_s = "first_token", timeouts.first_token_s, 0.0
    for step in steps:
        left_s = timeouts.total_s - spent_s
        bound_s = min(limit_s, left_s)
        if step.pause_s > bound_s:
            name = phase if limit_s <= left_s else "total"
            yield _Step(
                DeadlineExceededError(f"the demo passed the {name} deadline", phase=name), bound_s
            )
            return
        spent_s += step.pause_s
        yield step
        if not isinstance(step.outcome, Started):
            phase, limit_s = "between_tokens", timeouts.between_tokens_s


@dataclass(frozen=True, slots=True, kw_only=True)
class _Magic:
    """What the last user message asks of the demo itself."""

    error: FourthwallError | None = None
    cut: bool = False
    slow_s: float | None = None

    @classmethod
    def of(cls, request: ChatRequest, card: ModelCard) -> _Magic:
        found: dict[str, Any] = {}
        for match in _MAGIC.finditer(_question(request.messages)):
            what, model = match["what"], match["model"]
            if model not in (None, card.id):
                continue
            if match["verb"] == "slow":
                found["slow_s"] = min(_seconds(what), _SLOWEST_S)
            elif what == "cut":
                found["cut"] = True
            elif what in FAILURES:
                found["error"] = FAILURES[what]()
        return cls(**found)


def _seconds(text: str) -> float:
    return float(text) if text.replace(".", "", 1).isdecimal() else 0.0


def _question(messages: Sequence[Message]) -> str:
    """Return the text of the last user message."""
    return next((content_text(m) for m in reversed(messages) if m.get("role") == "user"), "")


def _answer_events(card: ModelCard, request: ChatRequest, provider: str) -> Iterator[Event]:
    """Give the whole answer, word by word."""
    yield Started(card.id, provider, upstream_model="offline-demo")
    question = _MAGIC.sub("", _question(request.messages)).strip()
    thought = _thought(question) if card.reasoning else ""
    tool = _wanted_tool(request, question)
    text, reason = (
        ("", "tool_calls") if tool else _shortened(_text(card, request, question), request)
    )
    tags = _INLINE_TAGS.get(card.reasoning_format or "")
    if thought and tags:
        yield from map(ContentDelta, _words(f"{tags[0]}{thought}{tags[1]}"))
    else:
        yield from map(ReasoningDelta, _words(thought))
    yield from map(ContentDelta, _words(text))
    call = list(_tool_call(tool, question)) if tool else []
    yield from call
    yield UsageReported(_usage(request.messages, thought, f"{text} {call}" if call else text))
    yield Finished(reason)


def _words(text: str) -> list[str]:
    """Cut a text into words with the white space before them; nothing gets lost."""
    return re.findall(r"\s*\S+|\s+$", text)


def _shortened(text: str, request: ChatRequest) -> tuple[str, str]:
    """Cut the answer at a stop string or at `max_tokens` words; say which it was."""
    ends = [end for stop in request.stop if stop and (end := text.find(stop)) >= 0]
    text = text[: min(ends)] if ends else text
    words = _words(text)
    if request.max_tokens is not None and len(words) > request.max_tokens:
        return "".join(words[: request.max_tokens]), "length"
    return text, "stop"


def _usage(messages: Sequence[Message], thought: str, text: str) -> Usage:
    """Count words as tokens; what came before the last message counts as cached."""
    counts = [len(content_text(message).split()) for message in messages]
    reasoning = len(_words(thought))
    return Usage(
        prompt_tokens=sum(counts),
        cached_tokens=sum(counts[:-1]),
        completion_tokens=reasoning + len(_words(text)),
        reasoning_tokens=reasoning,
    )


def _thought(question: str) -> str:
    said = _excerpt(question).replace("<", "‹")  # or it could close the tags around the thought
    return f"The person says: {said}. A demo needs no thought, but shows where one goes."


def _excerpt(text: str) -> str:
    words = text.split()
    return " ".join(words[:_EXCERPT_WORDS]) + (" …" if len(words) > _EXCERPT_WORDS else "")


def _text(card: ModelCard, request: ChatRequest, question: str) -> str:
    if request.response_format and request.response_format.get("type") in _JSON_FORMATS:
        return json.dumps(_json_answer(card, request.response_format), ensure_ascii=False)
    persona = _PERSONAS.get((card.family or "").casefold(), _ANY_PERSONA)
    body = _body(persona, request, question)
    return f"[offline demo of {card.label}] {body}\n\n(No real model was asked.)"


def _body(persona: Persona, request: ChatRequest, question: str) -> str:
    if request.messages and request.messages[-1].get("role") == "tool":
        return f"The tool answered: {_excerpt(content_text(request.messages[-1]))}"
    for pattern, answer in _TOPICS:
        if match := pattern.search(question):
            return answer(persona, match)
    if not question:
        return f"{persona.opening} You said nothing, which is easy to answer."
    return f"{persona.opening} You said: “{_excerpt(question)}” {persona.closing}"


def _calculated(persona: Persona, match: re.Match[str]) -> str:
    left, sign, right = int(match[1]), match[2], int(match[3])
    if sign in "/÷" and right == 0:
        return f"{persona.opening} Nobody divides by zero, not even a demo."
    results = {
        "+": left + right,
        "-": left - right,
        **dict.fromkeys("*x×", left * right),
        **dict.fromkeys("/÷", left / (right or 1)),
    }
    return f"{persona.opening} {left} {sign} {right} = {results[sign]:.12g}"


_TOPICS: Final[Sequence[tuple[re.Pattern[str], Callable[[Persona, re.Match[str]], str]]]] = (
    (_POEM, lambda persona, _: f"{persona.opening}\n\n{persona.poem}"),
    (_CODE, lambda persona, _: f"{persona.opening}\n\n```python\nprint('hello')\n```"),
    (_CALCULATION, _calculated),
    (_GREETING, lambda persona, _: f"Hello! {persona.opening}"),
)

_JSON_FORMATS: Final = frozenset({"json_object", "json_schema"})


def _json_answer(card: ModelCard, wanted: Mapping[str, Any]) -> Any:
    schema = (wanted.get("json_schema") or {}).get("schema")
    return _example(schema, card.label) if schema else {"offline_demo_of": card.label}


def _wanted_tool(request: ChatRequest, question: str) -> Mapping[str, Any] | None:
    """Return the function that is to be called: a forced one, or one that the person names."""
    functions = [tool.get("function") or {} for tool in request.tools]
    if not functions or request.tool_choice == "none":
        return None
    if request.messages and request.messages[-1].get("role") == "tool":
        return None  # it has been called; now comes the answer
    if isinstance(request.tool_choice, Mapping):
        name = (request.tool_choice.get("function") or {}).get("name")
        return next((f for f in functions if f.get("name") == name), functions[0])
    if request.tool_choice == "required":
        return functions[0]
    said = question.casefold()
    return next((f for f in functions if str(f.get("name", "?")).casefold() in said), None)


def _tool_call(function: Mapping[str, Any], question: str) -> Iterator[ToolCallDelta]:
    arguments = json.dumps(_example(function.get("parameters") or {}, _excerpt(question)))
    middle = len(arguments) // 2
    name = str(function.get("name", ""))
    yield ToolCallDelta(0, id=f"call_offline_{name}"[:40], name=name)
    yield ToolCallDelta(0, arguments=arguments[:middle])
    yield ToolCallDelta(0, arguments=arguments[middle:])


def _example(schema: Mapping[str, Any], text: str) -> Any:
    """Make the smallest value of a JSON schema that shows its shape."""
    if schema.get("enum"):
        return schema["enum"][0]
    match schema.get("type", "object"):
        case "object":
            properties = schema.get("properties") or {}
            return {name: _example(inner, text) for name, inner in properties.items()}
        case "array":
            return [_example(schema.get("items") or {}, text)]
        case "integer" | "number":
            return 1
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return text


Script: TypeAlias = str | FourthwallError | Sequence[Event | FourthwallError]
"""What one call gives: a whole answer, an error, or events with perhaps an error at the end."""


@dataclass
class ScriptedBackend:
    """Plays back a script, one entry a call: the double for tests of what stands around a backend.

    ::

        backend = ScriptedBackend([RateLimitedError("busy"), "Hello!"])

    A text becomes the content of a whole answer.  Events are given as they stand; `Started` is put
    in front where the script leaves it out.

    Attributes:
        scripts: what the calls give, in order.
        name: the provider name that it serves.
        calls: the card and request of every call so far.
        closed: how many streams were closed or came to their end.

    Raises:
        ConfigurationError: while streaming, when there are more calls than scripts.
    """

    scripts: Sequence[Script]
    name: str = "scripted"
    calls: list[tuple[ModelCard, ChatRequest]] = field(default_factory=list)
    closed: int = 0

    def stream(
        self, card: ModelCard, request: ChatRequest, *, timeouts: Timeouts | None = None
    ) -> Generator[Event, None, None]:
        """Play the next script."""
        script = self._next(card, request)
        try:
            yield from self._played(script, card)
        finally:
            self.closed += 1

    async def astream(
        self, card: ModelCard, request: ChatRequest, *, timeouts: Timeouts | None = None
    ) -> AsyncIterator[Event]:
        """Play the next script in async code."""
        with closing(self.stream(card, request, timeouts=timeouts)) as events:
            for event in events:
                await asyncio.sleep(0)
                yield event

    def _next(self, card: ModelCard, request: ChatRequest) -> Script:
        number = len(self.calls)
        self.calls.append((card, request))
        if number >= len(self.scripts):
            raise ConfigurationError(
                f"call {number + 1} to a script of {len(self.scripts)}",
                remedy="Give the ScriptedBackend one script for every call.",
            )
        return self.scripts[number]

    def _played(self, script: Script, card: ModelCard) -> Iterator[Event]:
        if isinstance(script, FourthwallError):
            raise script
        if isinstance(script, str):
            script = [ContentDelta(script), Finished("stop")]
        if not script or not isinstance(script[0], Started | FourthwallError):
            yield Started(card.id, self.name)
        for entry in script:
            if isinstance(entry, FourthwallError):
                raise entry
            yield entry

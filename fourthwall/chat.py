"""The vocabulary of a chat: messages, requests, stream events, usage, replies.

Messages stay in OpenAI's chat-completions shape, as plain mappings: it is what clients send,
what a saved conversation holds and what most providers take.  Nothing here changes a message.

What moves between stages a thousand times a second is a frozen slotted dataclass; what comes
from outside is checked once, in `ChatRequest.from_openai`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from annotated_types import Ge, Le, MaxLen

from fourthwall.errors import RequestError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = [
    "EFFORTS",
    "REASONING_KEYS",
    "ChatReply",
    "ChatRequest",
    "ContentDelta",
    "Event",
    "Finished",
    "Message",
    "ReasoningDelta",
    "Started",
    "Switch",
    "SwitchAnnounced",
    "SwitchImpact",
    "Thinking",
    "ToolCall",
    "ToolCallDelta",
    "Usage",
    "UsageReported",
    "as_mapping",
    "check_messages",
    "content_text",
    "fold_reply",
    "image_count",
    "is_for_program",
    "joined_details",
]

Message: TypeAlias = Mapping[str, Any]
"""One message in OpenAI's shape: ``role`` and ``content`` (text, parts or None), and the rest."""

NANO_PER_USD = 1_000_000_000
"""Money is whole nano-dollars (1 USD = 10^9); floats appear only at the edge."""


REASONING_KEYS = ("reasoning_content", "reasoning", "reasoning_details")
"""How clients send a chain of thought back."""

_IMAGE_PARTS = ("image_url", "input_image", "image")


def as_mapping(value: object) -> Mapping[str, Any]:
    """Return a mapping as it is; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def content_text(message: Message) -> str:
    """Return the text of a message: its string content, or its text parts joined by newlines.

    A message without text (``content`` None, images only) gives ``""``.
    """
    content = message.get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return ""
    parts = (p.get("text") for p in content if isinstance(p, Mapping) and p.get("type") == "text")
    return "\n".join(t for t in parts if isinstance(t, str))


def image_count(message: Message) -> int:
    """Return how many images a message holds, in any of the shapes that clients send."""
    parts = message.get("content")
    if not isinstance(parts, list | tuple):
        return 0
    return sum(isinstance(part, Mapping) and part.get("type") in _IMAGE_PARTS for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one answer, counted as OpenAI counts them.

    `prompt_tokens` includes `cached_tokens` (read from a prompt cache) and `cache_write_tokens`
    (written to one); `completion_tokens` includes `reasoning_tokens`.  `estimated` is true where
    the provider reported nothing and we counted ourselves.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    estimated: bool = False

    @property
    def total_tokens(self) -> int:
        """Prompt and completion tokens together."""
        return self.prompt_tokens + self.completion_tokens

    def beyond(self, told: Usage) -> Usage:
        """Return what is more than in an earlier report of the same answer, so that both add up."""
        counts = (name for name in _COUNTS if getattr(self, name) > getattr(told, name))
        more = {name: getattr(self, name) - getattr(told, name) for name in counts}
        return Usage(**more, estimated=self.estimated)

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            reasoning_tokens=self.reasoning_tokens + other.reasoning_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
            estimated=self.estimated or other.estimated,
        )


_COUNTS = tuple(count.name for count in fields(Usage) if count.name != "estimated")


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchImpact:
    """What a switch costs, as data; a figure is None where a fact isn't known.

    Known before the switch is made, from the two models' cards and the conversation.  Tokens are
    estimates, in those of the new model; money is what reading the prompt costs, without the
    answer, whose length nobody knows.

    Attributes:
        price_in_before: USD per million prompt tokens, of the model that is left.
        price_in_after: the same of the new model.
        price_out_before: USD per million completion tokens, of the model that is left.
        price_out_after: the same of the new model.
        context_before: context window in tokens, of the model that is left.
        context_after: the same of the new model.
        prompt_tokens: what the new model reads in its next turn, as far as it is known now: the
            conversation, the tools, and the question where one came with the command.
        output_reserve_tokens: what is kept free for its answer.
        fits: whether prompt and reserve fit into its window.
        over_by_tokens: by how much they don't; 0 where they do or the window isn't known.
        left_out_tokens: what it isn't shown of the conversation, so that the rest fits.
        images_hidden: images of the conversation that it can't see.
        files_hidden: sounds, videos and other files that it can't take.
        tools_lost: tools that the request offers and that it can't call.
        cache_lost_tokens: prompt tokens that the model before had in its cache, and that this
            one reads anew.
        cost_reread_nanousd: what reading those costs.
        cost_turn_before_nanousd: the next turn's prompt at the model that is left, what it had
            read before at its price for cached tokens.
        cost_turn_after_nanousd: the next turn's prompt at the new model, nothing of it cached.
    """

    price_in_before: float | None = None
    price_in_after: float | None = None
    price_out_before: float | None = None
    price_out_after: float | None = None
    context_before: int | None = None
    context_after: int | None = None
    prompt_tokens: int = 0
    output_reserve_tokens: int = 0
    fits: bool | None = None
    over_by_tokens: int = 0
    left_out_tokens: int = 0
    images_hidden: int = 0
    files_hidden: int = 0
    tools_lost: int = 0
    cache_lost_tokens: int = 0
    cost_reread_nanousd: int | None = None
    cost_turn_before_nanousd: int | None = None
    cost_turn_after_nanousd: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """That another model answers from here on (or this once), and why.

    Attributes:
        kind: the intent's kind (``switch``, ``once``, ``retry``, ``revert``, ``reset``),
            or ``failover``.
        from_model: id of the model that was active before this turn.
        to_model: id of the model that answers this turn.
        asked_for: id of the retired model that was asked for, where `to_model` replaces it.
        impact: what it costs.
    """

    kind: str
    from_model: str
    to_model: str
    asked_for: str | None = None
    impact: SwitchImpact = field(default_factory=SwitchImpact)


@dataclass(frozen=True, slots=True)
class Started:
    """The answer begins.  `model` answers; `failover_from` is the id of the model it stands in for.

    `upstream_model` is what the provider says it runs, where it says so.  `failover_reason` says
    why that other model doesn't answer: the `code` of its last error, such as ``rate_limited``.
    """

    model: str
    provider: str
    upstream_model: str | None = None
    failover_from: str | None = None
    failover_reason: str | None = None


@dataclass(frozen=True, slots=True)
class SwitchAnnounced:
    """A switch is told to the person: `text` to show, `switch` for programs."""

    text: str
    switch: Switch


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """A piece of the chain of thought.

    `opaque` is what its maker wants back beside the text: entries of ``reasoning_details`` in
    OpenRouter's shape (signatures, encrypted items), to be given to that maker only; see
    `joined_details`.  None where there is nothing but the text.
    """

    text: str
    opaque: Sequence[Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class ContentDelta:
    """A piece of the answer that a person reads."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of the tool call number `index`: id and name come first, then argument pieces."""

    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class UsageReported:
    """Tokens used, and the cost in nano-dollars once the usage stage has priced them.

    `cost_nanousd` None means that the price isn't known, never that the answer was free.
    """

    usage: Usage
    cost_nanousd: int | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer ends; `reason` as OpenAI names it: stop, length, tool_calls, content_filter.

    `native` is the provider's own word for it, where that says more.
    """

    reason: str
    native: str | None = None


Event: TypeAlias = (
    Started
    | SwitchAnnounced
    | ReasoningDelta
    | ContentDelta
    | ToolCallDelta
    | UsageReported
    | Finished
)
"""What a reply is made of.  A non-streaming reply is the fold of the same events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A whole tool call; `arguments` is the JSON text that the model wrote, unparsed."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatReply:
    """A whole answer.

    Attributes:
        text: what a person reads (without the announcement).
        reasoning: the chain of thought, ``""`` if there was none.
        model: id of the model that answered; None where the engine answered itself.
        switch: what changed with this turn, or None.
        announcement: how the switch was told, or None.
        usage: tokens; None where nothing was sent to a model.
        cost_nanousd: cost in nano-dollars; None where the price isn't known.
        finish_reason: as OpenAI names it.
        native_finish_reason: the provider's own word for it, where that says more.
        tool_calls: the calls that the model wants made.
        reasoning_details: the private state beside the chain of thought, in OpenRouter's shape,
            to be sent back with this answer; only its maker gets it.
        failover_from: id of the model that this one stood in for, or None.
        failover_reason: the `code` of the error for which it did, or None.
    """

    text: str = ""
    reasoning: str = ""
    model: str | None = None
    switch: Switch | None = None
    announcement: str | None = None
    usage: Usage | None = None
    cost_nanousd: int | None = None
    finish_reason: str | None = None
    native_finish_reason: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning_details: tuple[Mapping[str, Any], ...] = ()
    failover_from: str | None = None
    failover_reason: str | None = None

    @property
    def cost(self) -> float | None:
        """Cost in USD; None where the price isn't known."""
        return None if self.cost_nanousd is None else self.cost_nanousd / NANO_PER_USD


def fold_reply(events: Iterable[Event]) -> ChatReply:
    """Fold a stream of events into the whole reply.

    Args:
        events: in the order they came.  Several `UsageReported` add up.

    Returns:
        The reply; whatever no event told keeps its default.
    """
    text: list[str] = []
    reasoning: list[str] = []
    details: list[Mapping[str, Any]] = []
    calls: dict[int, list[ToolCallDelta]] = {}
    known: dict[str, Any] = {}
    for event in events:
        match event:
            case ContentDelta(piece):
                text.append(piece)
            case ReasoningDelta(piece, opaque):
                reasoning.append(piece)
                details.extend(_entries(opaque))
            case ToolCallDelta(index):
                calls.setdefault(index, []).append(event)
            case Started(model, _, _, failover_from, why):
                known |= {
                    "model": model,
                    "failover_from": failover_from,
                    "failover_reason": why,
                }
            case SwitchAnnounced(announcement, switch):
                known |= {"announcement": announcement, "switch": switch}
            case UsageReported(usage, cost):
                known["usage"] = known["usage"] + usage if "usage" in known else usage
                before = known.get("cost_nanousd", 0)
                known["cost_nanousd"] = None if cost is None or before is None else before + cost
            case Finished(reason, native):
                known |= {"finish_reason": reason, "native_finish_reason": native}
    return ChatReply(
        text="".join(text),
        reasoning="".join(reasoning),
        tool_calls=tuple(_joined_call(calls[index]) for index in sorted(calls)),
        reasoning_details=joined_details(details),
        **known,
    )


def _joined_call(pieces: Sequence[ToolCallDelta]) -> ToolCall:
    """Return the call that came in these pieces; the first id and the first name count."""
    return ToolCall(
        id=next((piece.id for piece in pieces if piece.id), ""),
        name=next((piece.name for piece in pieces if piece.name), ""),
        arguments="".join(piece.arguments for piece in pieces),
    )


def _entries(opaque: object) -> Iterable[Mapping[str, Any]]:
    """Return the entries of an event's `opaque`; a stranger's backend may have put anything there.

    What is no entry can't be given back to anybody.
    """
    listed = opaque if isinstance(opaque, list | tuple) else (opaque,)
    return (entry for entry in listed if isinstance(entry, Mapping))


_DETAIL_TEXTS = ("text", "summary", "data", "signature")


def joined_details(
    pieces: Iterable[Mapping[str, Any]],
) -> tuple[Mapping[str, Any], ...]:
    """Join entries of ``reasoning_details`` that came in pieces.

    A piece continues the entry before it if both have the same ``type``, ``index`` and ``id``
    (a piece may leave the last out) and an ``index`` at all; its texts are appended, whatever
    else it says is added.  An entry without ``index`` is whole.
    """
    entries: list[list[Mapping[str, Any]]] = []
    for piece in pieces:
        if entries and _continues(entries[-1][0], piece):
            entries[-1].append(piece)
        else:
            entries.append([piece])
    return tuple(map(_joined_entry, entries))


def _joined_entry(pieces: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Join the pieces of one entry; texts at the end and all at once, for there may be many."""
    entry = dict(pieces[0])
    for piece in pieces[1:]:
        entry |= {name: value for name, value in piece.items() if value is not None}
    for name in _DETAIL_TEXTS:
        texts = [text for piece in pieces if isinstance(text := piece.get(name), str)]
        if texts:
            entry[name] = "".join(texts)
    return entry


def _continues(entry: Mapping[str, Any], piece: Mapping[str, Any]) -> bool:
    return (
        piece.get("index") is not None
        and piece.get("index") == entry.get("index")
        and piece.get("type") == entry.get("type")
        and piece.get("id") in (None, entry.get("id"))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """What a backend is asked: messages and the person's parameters, provider-neutral.

    Attributes:
        messages: OpenAI shape, at least one.
        max_tokens: bound of the visible answer in tokens, at least 1.
        temperature: 0.0 to 2.0.
        top_p: 0.0 to 1.0.
        stop: up to four strings.
        seed: for providers that can repeat an answer.
        reasoning_effort: ``none``, ``minimal``, ``low``, ``medium``, ``high``, ...
        tools: OpenAI's tool definitions.
        tool_choice: OpenAI's shape.
        response_format: OpenAI's shape.
        extra: every other field of the request, passed on as it is.
        faults: what a provider has refused in an earlier form of this very request (keys of
            `fourthwall.backends.FAULTS`); the next form does without it.
    """

    messages: tuple[Message, ...]
    max_tokens: Annotated[int, Ge(1)] | None = None
    temperature: Annotated[float, Ge(0), Le(2)] | None = None
    top_p: Annotated[float, Ge(0), Le(1)] | None = None
    stop: Annotated[tuple[str, ...], MaxLen(4)] = ()
    seed: int | None = None
    reasoning_effort: str | None = None
    tools: tuple[Mapping[str, Any], ...] = ()
    tool_choice: Any = None
    response_format: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    faults: frozenset[str] = frozenset()

    @classmethod
    def from_openai(cls, body: Mapping[str, Any]) -> ChatRequest:
        """Check a chat-completions body and make it a request.

        ``model`` and ``stream`` are the caller's business and are left out;
        ``max_completion_tokens`` counts as `max_tokens`; unknown fields go to `extra`.

        Raises:
            RequestError: a field is missing or has the wrong type; names the field.
        """
        if not isinstance(body, Mapping):
            raise RequestError("the request body must be a JSON object")
        if "messages" not in body:
            raise RequestError("'messages' is missing", param="messages")
        check_messages(body["messages"])
        named = {name: body[name] for name in _REQUEST_FIELDS if body.get(name) is not None}
        if isinstance(named.get("stop"), str):
            named["stop"] = [named["stop"]]
        if body.get("max_completion_tokens") is not None:
            named["max_tokens"] = body["max_completion_tokens"]
        dropped = {*_REQUEST_FIELDS, "model", "stream", "max_completion_tokens"}
        named["extra"] = {name: value for name, value in body.items() if name not in dropped}
        return _validated(named)

    @property
    def forces_tool(self) -> bool:
        """Whether the answer must be a tool call."""
        return _forces_tool(self.tool_choice)


EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""Reasoning efforts, lowest first."""


@dataclass(frozen=True, slots=True)
class Thinking:
    """What a request says about thinking, in whichever provider's words it says it.

    Attributes:
        on: whether the model is to think; None where the request doesn't say.
        effort: one of `EFFORTS`, or a word of the caller's own.
        budget: tokens to think with; a budget of 0 turns thinking off.
        hidden: whether the thoughts aren't to be given back.
    """

    on: bool | None = None
    effort: str | None = None
    budget: int | None = None
    hidden: bool = False

    @classmethod
    def of(cls, request: ChatRequest) -> Thinking:
        """Read ``reasoning_effort``, and the fields of OpenRouter, Anthropic and Qwen."""
        extra = request.extra
        reasoning, thinking = as_mapping(extra.get("reasoning")), as_mapping(extra.get("thinking"))
        named = reasoning.get("effort")
        effort = request.reasoning_effort or (named if isinstance(named, str) and named else None)
        budgets = (
            reasoning.get("max_tokens"),
            thinking.get("budget_tokens"),
            extra.get("thinking_budget"),
        )
        budget = next((b for b in budgets if isinstance(b, int) and b > 0), None)
        has_none = any(type(b) is int and b == 0 for b in budgets)
        switches = (
            False if effort == "none" else True if effort else None,
            False if has_none else None,
            _flag(reasoning.get("enabled")),
            {"enabled": True, "adaptive": True, "disabled": False}.get(str(thinking.get("type"))),
            _flag(extra.get("enable_thinking")),
            True if budget else None,
        )
        on = next((switch for switch in switches if switch is not None), None)
        return cls(on, effort, budget, hidden=reasoning.get("exclude") is True)


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def is_for_program(response_format: Mapping[str, Any] | None, tool_choice: Any) -> bool:
    """Return whether a program reads the answer's content: JSON is demanded, or a tool forced.

    Nothing but the answer may stand in such a content, no announcement either.

    Args:
        response_format: OpenAI's, None if there is none.
        tool_choice: OpenAI's, None if there is none.
    """
    wanted = (response_format or {}).get("type") or "text"
    return wanted != "text" or _forces_tool(tool_choice)


def _forces_tool(tool_choice: Any) -> bool:
    return tool_choice == "required" or isinstance(tool_choice, Mapping)


_NOT_IN_A_BODY = ("extra", "faults")
_REQUEST_FIELDS = tuple(f.name for f in fields(ChatRequest) if f.name not in _NOT_IN_A_BODY)


@cache
def _request_schema() -> TypeAdapter[ChatRequest]:
    # Made on first use: the schema takes longer to build than the whole package to import.
    from pydantic import TypeAdapter

    return TypeAdapter(ChatRequest)


def _validated(named: Mapping[str, Any]) -> ChatRequest:
    from pydantic import ValidationError

    try:
        return _request_schema().validate_python(dict(named))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        param = ".".join(str(part) for part in first["loc"])
        raise RequestError(f"{param!r}: {first['msg']}", param=param) from None


def check_messages(messages: Sequence[Message]) -> None:
    """Raise `RequestError` unless ``messages`` is a list of mappings with a known role."""
    if isinstance(messages, str | bytes | Mapping) or not isinstance(messages, Sequence):
        raise RequestError(
            "'messages' must be a list of messages",
            param="messages",
            remedy='Send [{"role": "user", "content": "..."}].',
        )
    roles = ("system", "developer", "user", "assistant", "tool", "function")
    for number, message in enumerate(messages):
        if not isinstance(message, (dict, Mapping)):  # a dict is told at once
            raise RequestError(
                f"'messages[{number}]' must be an object with 'role' and 'content'",
                param=f"messages[{number}]",
            )
        if message.get("role") not in roles:
            where = f"messages[{number}].role"
            raise RequestError(f"{where!r} must be one of {', '.join(roles)}", param=where)
        content = message.get("content")
        if not (isinstance(content, str) or content is None or isinstance(content, list | tuple)):
            where = f"messages[{number}].content"
            raise RequestError(f"{where!r} must be text, a list of parts or null", param=where)

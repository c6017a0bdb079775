"""The body of Anthropic's Messages API.

The API refuses every field that it doesn't know ("Extra inputs are not permitted"), so a body is
built from an allow-list; what else a request asks for is reported.  ``max_tokens`` is required and
holds the thinking as well as the answer, so it is worked out with the thinking, before the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from fourthwall.backends._anthropic_messages import (
    THOUGHT_FORMAT,
    MessagesWriter,
    cache_control,
    thinking_block,
    tool_definitions,
    without_surplus_marks,
)
from fourthwall.backends._rules import Rules, mended, tool_id_pattern
from fourthwall.backends._target import (
    Body,
    Report,
    Target,
    nothing_to_answer,
    plain,
    refused_fields,
    schema_prompt,
)
from fourthwall.backends._transcript import Transcript, transcribe
from fourthwall.backends._turns import Block, Call, Result, Text, Turn
from fourthwall.chat import ChatRequest, Thinking
from fourthwall.tokens import quarter_tokens, tokens_for, tool_quarters

__all__ = ["anthropic_body"]

_MEDIA: Final = frozenset({"image", "file"})
_TEMPERATURE_MAX: Final = 1.0
_OUTPUT_OF_UNKNOWN: Final = 8192
_BUDGET_MIN: Final = 1024  # "1024 <= budget < max_tokens"
_ANSWER: Final = 4096  # what a budget leaves for an answer that nobody has bounded
_LIMIT_MIN: Final = 1024  # asked for where our estimate says that the window is full
_LIMIT_WITHOUT_STREAM: Final = 21_333
"""The most that the official SDK asks for without a stream: more may take longer than 10 minutes,
and connections that are silent for so long don't live."""

_AROUND_TURN: Final = 16  # four tokens, in quarters
_IMAGE_TOKENS: Final = 1600  # the largest image, by Anthropic's page on vision
_CHARS_OF_FILE_A_TOKEN: Final = 20  # base64 of a PDF, roughly: some 3,000 tokens a page


def anthropic_body(target: Target, request: ChatRequest, *, stream: bool) -> tuple[Body, Report]:
    """Return the body for a provider that speaks Anthropic's dialect, and what was dropped.

    Raises:
        RequestError: there is nothing to answer.
        UnsupportedError: several answers are asked for at once.
    """
    report: Report = {}
    thinking = Thinking.of(request)
    transcript = transcribe(request.messages, _rules(target, request, thinking))
    if not transcript.turns:
        raise nothing_to_answer()
    open_turns = _open_turns(transcript.turns)
    if _began_with_a_thought(open_turns) and target.card.reasoning is False:
        # Its own signature stands against the card's word, and has to stay.
        target = replace(target, card=replace(target.card, reasoning=None))
    thinking = _thinking_of_open_turn(target, thinking, open_turns, report)
    thinking = _possible_thinking(target, request, thinking, report)
    room = _Room.of(target, request, transcript, stream=stream)
    thinking, limit, budget = _limits(target, request, thinking, room, report)
    form = _thinking_form(target, request, thinking, budget, report)
    parameters = target.parameters(request, thinking, report)
    if target.thinks(thinking):
        why = f"{target.card.id} takes it only without thinking"
        target.leave_out(parameters, ("temperature", "top_p", "top_k"), why, report)
    output, prompt = _output(target, request, parameters, report)
    holds_thoughts = _holds_thoughts(target, thinking, form)
    writer = MessagesWriter(
        marks=_takes_marks(request), without_thoughts=() if holds_thoughts else open_turns
    )
    system = writer.system([*transcript.system, *([Text(prompt)] if prompt else [])])
    body: Body = {
        "model": target.upstream,
        "max_tokens": limit,
        **({"system": system} if system else {}),
        "messages": writer.messages(transcript.turns),
        **_translated(target, request, parameters, report),
        **form,
    }
    if output:
        body["output_config"] = {**body.get("output_config", {}), **output}
    _note_hidden(target, transcript, writer, report)
    if without_surplus_marks(body):
        report["cache_control"] = "the oldest marks were taken off: 4 are the most"
    return {**body, **({"stream": True} if stream else {})}, report


def _rules(target: Target, request: ChatRequest, thinking: Thinking) -> Rules:
    provider = target.provider
    media = target.media & _MEDIA
    # A prefilled answer can't begin with thinking.
    prefills = target.traits.prefill and not target.thinks(thinking)
    rules = replace(
        target.rules(request),
        formats=frozenset({THOUGHT_FORMAT}),
        details=target.card.reasoning_replay not in ("never", "forbidden"),
        system_slot=True,
        late_system="note",
        merges=True,
        user_first=True,
        last="prefill" if prefills else "user",
        media=media,
        result_media=media,
        id_pattern=tool_id_pattern("word" if provider.tool_id == "any" else provider.tool_id),
    )
    return mended(rules, request.faults)


def _takes_marks(request: ChatRequest) -> bool:
    return "cache_control" not in refused_fields(request.faults)


def _note_hidden(
    target: Target, transcript: Transcript, writer: MessagesWriter, report: Report
) -> None:
    hidden = dict(transcript.hidden)
    for kind, times in writer.hidden.items():
        hidden[kind] = hidden.get(kind, 0) + times
    if hidden:
        report["messages"] = replace(transcript, hidden=hidden).hidden_note(target.card.id)


# Thinking -----------------------------------------------------------------------------------------


def _open_turns(turns: Sequence[Turn]) -> list[Turn]:
    """Return the answers of a tool loop that hasn't ended, first to last: to the API, one turn."""
    place = len(turns)
    while place and turns[place - 1].role == "user":
        place -= 1
    if not place or turns[place - 1].role != "tool":
        return []
    end = place
    while place and turns[place - 1].role in ("assistant", "tool"):
        place -= 1
    return [turn for turn in turns[place:end] if turn.role == "assistant"]


def _began_with_a_thought(open_turns: Sequence[Turn]) -> bool:
    first = open_turns[0].thoughts[0] if open_turns and open_turns[0].thoughts else None
    is_at_start = first is not None and not first.chars and not first.calls
    return first is not None and is_at_start and thinking_block(first) is not None


def _thinking_of_open_turn(
    target: Target, thinking: Thinking, open_turns: Sequence[Turn], report: Report
) -> Thinking:
    """Keep to how the open tool loop began: its thinking can't be turned on or off in between.

    "When `thinking` is enabled, a final `assistant` message must start with a thinking block":
    after a switch the loop's calls are another model's, and nothing can stand before them.
    """
    if not open_turns:
        return thinking
    if _began_with_a_thought(open_turns):
        return replace(thinking, on=True) if thinking.on is None else thinking
    if _has_budget(target, thinking):
        report["reasoning_effort"] = (
            f"{target.card.id} can't begin to think between a call and its result"
        )
        return Thinking(on=False)
    return thinking


def _possible_thinking(
    target: Target, request: ChatRequest, thinking: Thinking, report: Report
) -> Thinking:
    """Return the thinking, off where the rest of the request leaves no choice."""
    if not target.thinks(thinking) or target.traits.thinks == "always":
        return thinking
    if "thinking_missing" in request.faults:
        why = f"{target.provider.label} has just refused it for this history"
    elif request.forces_tool and request.tools and _has_budget(target, thinking):
        why = f"{target.card.id} doesn't think where a tool is forced"
    else:
        return thinking
    report["reasoning_effort"] = why
    return Thinking(on=False)


def _thinking_form(
    target: Target, request: ChatRequest, thinking: Thinking, budget: int | None, report: Report
) -> Body:
    """Return ``thinking``, and ``output_config`` with an effort; nothing where none is to be sent.

    Where a model thinks by itself, it is told so in words: only then can a summary of its thoughts
    be asked for, which newer models leave out (platform.claude.com/docs, "Controlling thinking
    display").
    """
    card, traits = target.card, target.traits
    form: Body = {}
    if target.reasons is False:
        if thinking.on:
            report["reasoning_effort"] = f"{card.id} doesn't reason"
    elif traits.thinking == "adaptive":
        form = _adaptive(target, thinking, report)
    elif budget is not None:
        form = {"thinking": {"type": "enabled", "budget_tokens": budget}}
    elif thinking.on is False and traits.thinks is None:
        form = {"thinking": {"type": "disabled"}}  # nobody knows what it does by itself
    return target.without_refused(form, request, report)


def _adaptive(target: Target, thinking: Thinking, report: Report) -> Body:
    habit = target.traits.thinks
    if not target.thinks(thinking):
        return {"thinking": {"type": target.traits.thinks_off}} if habit == "default" else {}
    out: Body = {"thinking": {"type": "adaptive", "display": "summarized"}}
    if effort := target.effort(thinking, report):
        out["output_config"] = {"effort": effort}
    return out


def _holds_thoughts(target: Target, thinking: Thinking, form: Body) -> bool:
    """Whether the turn that isn't over may hold thinking.

    "When thinking is disabled, an `assistant` message in the final position cannot contain
    `thinking`."  A model that thinks between tools only still writes its notes there.
    """
    if "thinking" in form:
        return bool(form["thinking"]["type"] != "disabled")
    return target.thinks(thinking) and target.traits.thinks in ("always", "default")


# Limits -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Room:
    """How many tokens an answer can have.

    Attributes:
        most: by the model; None if that isn't known.
        here: by the model, what is left of its window, and how it is asked.
    """

    most: int | None
    here: int

    @classmethod
    def of(
        cls, target: Target, request: ChatRequest, transcript: Transcript, *, stream: bool
    ) -> _Room:
        most = target.max_output
        here = most or _OUTPUT_OF_UNKNOWN
        if not stream and request.max_tokens is None:
            here = min(here, _LIMIT_WITHOUT_STREAM)
        if target.card.context is not None:
            quarters = _quarters(transcript) + tool_quarters(request.tools)
            left = target.card.context - tokens_for(target.card, quarters)
            here = min(here, max(left, _LIMIT_MIN))
        return cls(most, here)


def _limits(
    target: Target, request: ChatRequest, thinking: Thinking, room: _Room, report: Report
) -> tuple[Thinking, int, int | None]:
    """Return the thinking as it can be, ``max_tokens``, and the budget where there is one."""
    asked = request.max_tokens
    if _has_budget(target, thinking):
        wanted = max(_BUDGET_MIN, target.budget(thinking))
        explicit = (asked or 0) + (thinking.budget or 0)
        limit = room.here if asked is None else min(asked + wanted, max(room.here, explicit))
        limit = min(limit, room.most or limit)
        budget = min(wanted, limit - min(asked or _ANSWER, limit // 2))
        if budget >= _BUDGET_MIN:
            if budget < (thinking.budget or 0):
                report["thinking_budget"] = f"lowered to {budget}: the rest is for the answer"
            if limit - budget < (asked or 0):
                report["max_tokens"] = f"lowered to {limit - budget}: the rest is for thinking"
            return thinking, limit, budget
        report["reasoning_effort"] = "there is no room left to think"
        thinking = Thinking(on=False)
    limit = target.token_limit(request, thinking, report) or room.here
    if asked is not None and target.thinks(thinking):
        limit = min(limit, max(room.here, asked))
    return thinking, limit, None


def _has_budget(target: Target, thinking: Thinking) -> bool:
    """Whether thinking is asked for, and by a number of tokens: the form that all layers know."""
    form_is_other = target.traits.thinking in ("adaptive", "none")
    return bool(thinking.on) and target.thinks(thinking) and not form_is_other


def _quarters(transcript: Transcript) -> int:
    """Estimate what is sent, in quarters of a token; rather too much than too little."""
    total = sum(quarter_tokens(block.text) for block in transcript.system)
    for turn in transcript.turns:
        total += _AROUND_TURN + _quarters_of(turn.blocks)
        for thought in turn.thoughts:
            texts = (thought.entry.get(name) for name in ("text", "data"))
            total += sum(quarter_tokens(text) for text in texts if isinstance(text, str))
    return total


def _quarters_of(blocks: Iterable[Block]) -> int:
    total = 0
    for block in blocks:
        if isinstance(block, Text):
            total += quarter_tokens(block.text)
        elif isinstance(block, Call):
            total += quarter_tokens(block.name) + quarter_tokens(block.arguments)
        elif isinstance(block, Result):
            total += _quarters_of(block.blocks)
        elif block.kind == "file":
            total += 4 * (len(block.url or "") // _CHARS_OF_FILE_A_TOKEN)
        else:
            total += 4 * _IMAGE_TOKENS
    return total


# The other parameters -----------------------------------------------------------------------------


def _output(
    target: Target, request: ChatRequest, parameters: Body, report: Report
) -> tuple[Body, str]:
    """Return what ``output_config`` says of the answer's format, and the words that stand in."""
    wanted = parameters.pop("response_format", None)
    kind = wanted.get("type") if isinstance(wanted, Mapping) else None
    if kind not in ("json_schema", "json_object"):
        return {}, ""
    inner = wanted.get("json_schema")
    schema = inner.get("schema") if isinstance(inner, Mapping) else None
    can = target.traits.schema and "output_config" not in refused_fields(request.faults)
    if kind == "json_schema" and isinstance(schema, Mapping) and can:
        return {"format": {"type": "json_schema", "schema": _closed(plain(schema))}}, ""
    report["response_format"] = f"{target.card.id} is asked for JSON in the prompt instead"
    return {}, schema_prompt(wanted)


def _closed(schema: Any) -> Any:
    """Close the objects of a schema that don't say whether they are: the API takes no others.

    The official SDK does the same (`anthropic.transform_schema`).
    """
    if isinstance(schema, list):
        return [_closed(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    out = {
        name: value if name in ("enum", "const", "default") else _closed(value)
        for name, value in schema.items()
    }
    if out.get("type") == "object" and isinstance(out.get("properties", {}), dict):
        out.setdefault("additionalProperties", False)
    return out


def _translated(target: Target, request: ChatRequest, parameters: Body, report: Report) -> Body:
    """Return the parameters in Anthropic's words; what it has no word for is reported."""
    out: Body = {}
    if "tools" in parameters:
        out |= _tools(target, request, parameters, report)
    for name in ("tools", "tool_choice", "parallel_tool_calls"):
        parameters.pop(name, None)
    unknown = [name for name in parameters if name not in _PARAMETERS]
    target.leave_out(parameters, unknown, f"{target.provider.label} doesn't know it", report)
    for name, value in parameters.items():
        written = _PARAMETERS[name](value)
        out |= written
        if value not in written.values() and value != written.get("metadata", {}).get("user_id"):
            report[name] = _WHY.get(name, f"{target.provider.label} doesn't take this value")
    if "temperature" in out and out.pop("top_p", None) is not None:
        # "`temperature` and `top_p` cannot both be specified for this model." (from Opus 4.1 on)
        report["top_p"] = f"{target.provider.label} takes it or temperature, not both"
    return target.without_refused(out, request, report)


def _tools(target: Target, request: ChatRequest, parameters: Body, report: Report) -> Body:
    strict = target.traits.schema and "strict" not in refused_fields(request.faults)
    tools = tool_definitions(
        parameters["tools"], report, strict=strict, marks=_takes_marks(request)
    )
    if not tools:
        return {}
    choice = _tool_choice(parameters.get("tool_choice"), tools, report)
    if parameters.get("parallel_tool_calls") is False and choice.get("type") != "none":
        choice = {**(choice or {"type": "auto"}), "disable_parallel_tool_use": True}
    return {"tools": tools, **({"tool_choice": choice} if choice else {})}


def _tool_choice(choice: Any, tools: Sequence[Body], report: Report) -> Body:
    names = {tool["name"] for tool in tools}
    match choice:
        case None:
            return {}
        case "auto" | "none":
            return {"type": choice}
        case "required":
            return {"type": "any"}
        case {"function": {"name": str(name)}} | {"name": str(name)} if name in names:
            return {"type": "tool", "name": name}
        case {"type": "auto" | "any" | "none" as kind}:
            return {"type": kind}
        case {"type": "allowed_tools", "allowed_tools": {"mode": "required"}}:
            report["tool_choice"] = "any tool may be called, not only some of them"
            return {"type": "any"}
    report["tool_choice"] = "there is no such choice: the model chooses by itself"
    return {"type": "auto"}


def _metadata(value: Any) -> Body:
    """Of metadata the API knows an opaque id of the user only."""
    user = value.get("user_id") if isinstance(value, Mapping) else value
    return {"metadata": {"user_id": user}} if isinstance(user, str) and user else {}


def _stop_sequences(value: Sequence[str]) -> Body:
    """Leave out white space: "each stop sequence must contain non-whitespace"."""
    kept = [stop for stop in value if stop.strip()]
    return {"stop_sequences": kept} if kept else {}


def _mark_of_all(value: Any) -> Body:
    mark = cache_control(value)
    return {"cache_control": mark} if mark else {}


_PARAMETERS: Final[Mapping[str, Callable[[Any], Body]]] = {
    "temperature": lambda value: {"temperature": min(value, _TEMPERATURE_MAX)},
    "top_p": lambda value: {"top_p": value},
    "top_k": lambda value: {"top_k": value} if isinstance(value, int) else {},
    "stop": _stop_sequences,
    "user": _metadata,
    "metadata": _metadata,
    "service_tier": lambda value: (
        {"service_tier": value} if value in ("auto", "standard_only") else {}
    ),
    "cache_control": _mark_of_all,
}
"""A parameter's name -> what is sent for it; nothing where the value has no counterpart."""

_WHY: Final[Mapping[str, str]] = {
    "temperature": f"lowered to {_TEMPERATURE_MAX}, the most that is taken",
    "stop": "stop sequences of white space only are left out",
    "metadata": "only 'user_id' is taken",
}
"""Why a value was changed, where it isn't refused as a whole."""

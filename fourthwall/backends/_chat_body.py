"""The body of OpenAI's chat completions, which most providers take, each with its habits.

Messages are built anew from an allow-list of fields: front ends and other providers leave their own
in the history, and closed schemas refuse them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal, Protocol

from fourthwall.backends._rules import Rules, mended, tool_id_pattern
from fourthwall.backends._target import (
    JSON_ONLY,
    Body,
    Report,
    Target,
    nothing_to_answer,
    plain,
    refused_fields,
    schema_prompt,
)
from fourthwall.backends._transcript import Transcript, transcribe
from fourthwall.backends._turns import Block, Call, Media, Result, Text, Turn, media_note, tool_name
from fourthwall.chat import EFFORTS, ChatRequest, Thinking
from fourthwall.registry import details_format

__all__ = ["chat_body"]


def chat_body(target: Target, request: ChatRequest, *, stream: bool) -> tuple[Body, Report]:
    """Return the body for a provider that speaks chat completions, and what was dropped.

    Raises:
        RequestError: the messages hold nothing to answer.
        UnsupportedError: several answers are asked for where there is one.
    """
    report: Report = {}
    thinking = _wanted_thinking(target, request, report)
    parameters = _parameters(target, request, thinking, report)
    parameters |= _thinking(target, request, thinking, report, stream=stream)
    parameters |= _stream_options(target, request) if stream else {}
    parameters = target.without_refused(parameters, request, report)
    prompt = _without_schema(target, parameters, report)
    transcript = transcribe(request.messages, _rules(target, request))
    if transcript.hidden:
        report["messages"] = transcript.hidden_note(target.card.id)
    body: Body = {
        "model": target.upstream,
        "messages": _messages(target, request, transcript, prompt),
        **plain(parameters),
        "stream": stream,
    }
    return body, report


# Parameters ---------------------------------------------------------------------------------------


def _parameters(target: Target, request: ChatRequest, thinking: Thinking, report: Report) -> Body:
    """Return the parameters under the provider's names, without those that it doesn't know."""
    provider = target.provider
    given = target.parameters(request, thinking, report)
    # Without effort and budget, which the body may say in other words: building it once more must
    # give the same limit.
    limit = target.token_limit(request, Thinking(thinking.on), report)
    if "seed" in given:
        given[provider.seed_field] = given.pop("seed")
    if provider.takes:
        unknown = [name for name in given if name not in provider.takes]
        target.leave_out(given, unknown, f"{provider.label} doesn't know it", report)
    if "tools" in given:
        given["tools"] = _tools(target, request, report)
        if not given["tools"]:
            names = ("tools", "tool_choice", "parallel_tool_calls")
            target.leave_out(given, names, f"{provider.label} takes functions only", report)
    return {**({_limit_field(target, request): limit} if limit is not None else {}), **given}


def _tools(target: Target, request: ChatRequest, report: Report) -> list[Body]:
    """Write the tools from an allow-list: marks and the like are another provider's."""
    provider, takes_marks = target.provider, _takes_marks(target, request)
    takes_strict = "strict" not in refused_fields(request.faults)
    out: list[Body] = []
    for tool in request.tools:
        function = tool.get("function")
        if isinstance(function, Mapping):
            marked = takes_marks and "cache_control" in tool
            marks = {"cache_control": plain(tool["cache_control"])} if marked else {}
            written = _function(function, strict=takes_strict)
            out.append({"type": "function", "function": written, **marks})
        elif provider.other_tools:
            out.append({key: plain(value) for key, value in tool.items()})
        else:
            report["tools"] = f"{provider.label} takes functions only: others are left out"
    return out


def _function(function: Mapping[str, Any], *, strict: bool) -> Body:
    out = {name: plain(function[name]) for name in _OF_FUNCTIONS if function.get(name) is not None}
    out.setdefault("parameters", {"type": "object", "properties": {}})  # Mistral requires them
    if not strict:
        out.pop("strict", None)
    return out


_OF_FUNCTIONS: Final = ("name", "description", "parameters", "strict")


def _takes_marks(target: Target, request: ChatRequest) -> bool:
    return target.provider.cache_marks and "cache_control" not in refused_fields(request.faults)


def _limit_field(target: Target, request: ChatRequest) -> str:
    field = target.provider.token_limit_field
    if "token_limit_field" in request.faults:
        return {"max_tokens": "max_completion_tokens"}.get(field, "max_tokens")
    return field


def _stream_options(target: Target, request: ChatRequest) -> Body:
    given = request.extra.get("stream_options")
    options = {**given} if isinstance(given, Mapping) else {}
    if target.provider.stream_usage:
        options["include_usage"] = True
    else:
        options.pop("include_usage", None)
    return {"stream_options": options} if options else {}


def _without_schema(target: Target, parameters: Body, report: Report) -> str:
    """Put JSON right for a provider that takes no schema; return the words that stand in for it."""
    wanted = parameters.get("response_format")
    kind = wanted.get("type") if isinstance(wanted, Mapping) else None
    takes_schema = target.provider.json_schema
    if takes_schema or wanted is None or kind not in ("json_schema", "json_object"):
        return ""
    if kind == "json_schema":
        parameters["response_format"] = {"type": "json_object"}
        report["response_format"] = (
            f"{target.provider.label} takes no schema: it stands in the prompt instead"
        )
    return schema_prompt(wanted)


# Thinking -----------------------------------------------------------------------------------------


def _wanted_thinking(target: Target, request: ChatRequest, report: Report) -> Thinking:
    """Return what the request says about thinking, off where a forced tool leaves no choice."""
    thinking = Thinking.of(request)
    is_forced = request.forces_tool and request.tools and target.traits.forces_without_thinking
    if not (is_forced and target.thinks(thinking)):
        return thinking
    report["reasoning_effort"] = f"{target.card.id} doesn't think where a tool is forced"
    return Thinking(on=False)


def _thinking(
    target: Target, request: ChatRequest, thinking: Thinking, report: Report, *, stream: bool
) -> Body:
    """Return the fields that turn thinking on or off, or bound it, in the provider's words."""
    switch = target.provider.thinking_switch
    if switch == "as_given":
        return _as_given(target, request, report)
    if target.reasons is False or target.traits.thinking == "none":
        does = "doesn't reason" if target.reasons is False else "thinks as it likes"
        for name in _said_of_thinking(request):
            report[name] = f"{target.card.id} {does}"
        return {}
    return _SWITCHES[switch](target, thinking, report, stream=stream)


def _said_of_thinking(request: ChatRequest) -> Iterator[str]:
    if request.reasoning_effort is not None:
        yield "reasoning_effort"
    names = ("reasoning", "thinking", "enable_thinking", "thinking_budget")
    yield from (name for name in names if request.extra.get(name) is not None)


def _as_given(target: Target, request: ChatRequest, report: Report) -> Body:
    said = list(_said_of_thinking(request))
    if target.reasons is False:
        report |= dict.fromkeys(said, f"{target.card.id} doesn't reason")
        return {}
    given = {name: request.extra[name] for name in said if name in request.extra}
    if request.reasoning_effort is not None:
        effort = target.effort(Thinking(effort=request.reasoning_effort), report)
        given |= {"reasoning_effort": effort} if effort is not None else {}
    return given


class _Switch(Protocol):
    """Writes the fields of one kind of switch."""

    def __call__(
        self, target: Target, thinking: Thinking, report: Report, *, stream: bool
    ) -> Body: ...


def _by_effort(target: Target, thinking: Thinking, report: Report, *, stream: bool) -> Body:
    effort = target.effort(thinking, report)
    return {"reasoning_effort": effort} if effort is not None else {}


def _by_type(target: Target, thinking: Thinking, report: Report, *, stream: bool) -> Body:
    """DeepSeek, Moonshot, Z.ai: a switch, and an effort where the kind has several."""
    if thinking == Thinking():
        return {}
    if target.traits.thinking == "effort":
        return _by_effort(target, thinking, report, stream=stream)
    if thinking.on is False:
        return {"thinking": {"type": "disabled"}}
    out: Body = {"thinking": {"type": "enabled"}}
    if thinking.effort and len(target.traits.efforts) > 1:
        out |= _by_effort(target, thinking, report, stream=stream)
    elif thinking.effort or thinking.budget:
        report["reasoning_effort"] = f"{target.card.id} knows only whether to think, not how hard"
    return out


def _by_flag(target: Target, thinking: Thinking, report: Report, *, stream: bool) -> Body:
    """Qwen at Alibaba: a flag and a budget."""
    on = thinking.on
    if not stream and target.thinks(thinking):
        # "parameter.enable_thinking must be set to false for non-streaming calls"
        why = f"{target.provider.label} lets {target.card.id} think only in a stream"
        report["enable_thinking"] = why
        on = False
    out: Body = {} if on is None else {"enable_thinking": on}
    if on and (thinking.budget or thinking.effort in EFFORTS[1:]):
        out["thinking_budget"] = target.budget(thinking)
    return out


def _by_table(target: Target, thinking: Thinking, report: Report, *, stream: bool) -> Body:
    """OpenRouter: one table, and it fits it to the model behind."""
    table: Body = {"exclude": True} if thinking.hidden else {}
    if thinking.on is False:
        table["effort"] = "none"
    elif thinking.budget:
        table["max_tokens"] = thinking.budget
    elif (effort := target.effort(thinking, report)) is not None:
        table["effort"] = effort
    elif thinking.on:
        table["enabled"] = True
    return {"reasoning": table} if table else {}


_SWITCHES: Final[Mapping[str, _Switch]] = {
    "effort": _by_effort,
    "thinking_type": _by_type,
    "enable_thinking": _by_flag,
    "reasoning": _by_table,
}


# Messages -----------------------------------------------------------------------------------------


def _rules(target: Target, request: ChatRequest) -> Rules:
    provider, traits = target.provider, target.traits
    tool_id = "nine" if "nine" in (provider.tool_id, traits.tool_id) else provider.tool_id
    replay = target.card.reasoning_replay or traits.replay
    is_kept = provider.reasoning_replay_field is not None and replay not in (None, *_NEVER)
    rules = replace(
        target.rules(request),
        formats=frozenset({details_format(target.card) or "unknown"}),
        details=provider.reasoning_details and replay not in _NEVER,
        reasoning=replay if is_kept else "never",  # type: ignore[arg-type] # not None, not forbidden
        late_system=provider.late_system,
        merges=provider.merges_turns,
        user_first=provider.user_first,
        last=_LAST[provider.last_turn if traits.prefill else "user"],
        bridges=provider.bridges_tool_turns and traits.bridges,
        audio_ids=bool(provider.file_ids),
        id_pattern=tool_id_pattern(tool_id),
    )
    return mended(rules, request.faults)


_LAST: Final[Mapping[str, Literal["any", "user", "prefill"]]] = {
    "any": "any",
    "user": "user",
    "prefix": "prefill",
}
_NEVER: Final = ("never", "forbidden")


def _messages(
    target: Target, request: ChatRequest, transcript: Transcript, prompt: str
) -> list[Body]:
    turns: Sequence[Turn] = transcript.turns
    if not turns:
        raise nothing_to_answer()
    if prompt:
        turns = _with_prompt(turns, prompt)
    writer = _Writer(target, request)
    out = [message for turn in turns for message in writer.messages(turn)]
    if target.provider.last_turn == "prefix" and out[-1]["role"] == "assistant":
        out[-1]["prefix"] = True
    return out


def _with_prompt(turns: Sequence[Turn], prompt: str) -> Sequence[Turn]:
    """Put words behind the system text, unless they stand there from the last time."""
    at = next((n for n, turn in enumerate(turns) if turn.role != "system"), len(turns))
    if not at:
        return [Turn("system", [Text(prompt)]), *turns]
    if not any(JSON_ONLY in turn.text for turn in turns[:at]):
        turns[at - 1].blocks.append(Text(prompt))
    return turns


class _Writer:
    """Writes turns as messages."""

    def __init__(self, target: Target, request: ChatRequest) -> None:
        provider, refused = target.provider, refused_fields(request.faults)
        takes_names = provider.message_names and not provider.closed_schema
        self._has_names = takes_names and "name" not in refused
        self._has_nulls = not provider.closed_schema
        self._marks = _takes_marks(target, request)
        self._reasoning = provider.reasoning_replay_field
        self._is_text_only = not target.media
        self._system = target.system_role(request)

    def messages(self, turn: Turn) -> Iterator[Body]:
        """Write one turn: a message, or one for each result."""
        if turn.role == "tool":
            for block in turn.blocks:
                if isinstance(block, Result):
                    yield {"role": "tool", "tool_call_id": block.id, "content": block.text}
            return
        if turn.role == "assistant":
            out = self._of_assistant(turn)
        else:
            role = self._system if turn.role == "system" else "user"
            out = {"role": role, "content": self._content(turn)}
        if turn.name and self._has_names:
            out["name"] = tool_name(turn.name)
        yield out

    def _of_assistant(self, turn: Turn) -> Body:
        out: Body = {"role": "assistant", "content": turn.text or None}
        if calls := turn.calls:
            out["tool_calls"] = [_call(call) for call in calls]
        if out["content"] is None and not self._has_nulls:
            del out["content"]
        if turn.reasoning is not None and self._reasoning:
            out[self._reasoning] = turn.reasoning
        if turn.thoughts:
            out["reasoning_details"] = [_entry(thought.entry) for thought in turn.thoughts]
        if turn.extra:
            out |= plain(turn.extra)
        return out

    def _content(self, turn: Turn) -> Any:
        """Return a text wherever it says all: some take nothing else, for system text above all."""
        is_text = all(isinstance(block, Text) for block in turn.blocks)
        is_short = not turn.parts or turn.role == "system" or self._is_text_only
        is_marked = self._marks and any(isinstance(b, Text) and b.marks for b in turn.blocks)
        if is_text and is_short and not is_marked:
            return turn.text
        return [self._part(block) for block in turn.blocks]

    def _part(self, block: Block) -> Body:
        if isinstance(block, Text):
            return {
                "type": "text",
                "text": block.text,
                **plain((self._marks and block.marks) or {}),
            }
        assert isinstance(block, Media)
        return _medium(block)


def _call(call: Call) -> Body:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    }


def _entry(entry: Mapping[str, Any]) -> Body:
    """Return an entry of ``reasoning_details`` as its maker gave it, without our notes on it."""
    return {k: plain(v) for k, v in entry.items() if k not in ("fourthwall", "provider", "model")}


def _medium(block: Media) -> Body:
    part, url = block.part, block.url
    match block.kind:
        case "image" if url is not None:
            image = {"url": url, **({"detail": block.detail} if block.detail else {})}
            return {"type": "image_url", "image_url": image}
        case "audio":
            audio = part["input_audio"]
            return {"type": "input_audio", "input_audio": {n: audio.get(n) for n in _OF_AUDIO}}
        case "file":
            name = block.filename
            data = {"file_id": block.file_id} if url is None else {"file_data": url}
            return {"type": "file", "file": {**data, **({"filename": name} if name else {})}}
        case "video" if url is not None:
            return {"type": "video_url", "video_url": {"url": url}}
        case "other":
            return {str(key): plain(value) for key, value in part.items()}
    return {"type": "text", "text": media_note(block.kind)}


_OF_AUDIO: Final = ("data", "format")

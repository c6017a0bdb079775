"""The body of OpenAI's Responses API, for models and combinations that exist only there.

A history becomes a list of *items*: messages, calls, results and the model's own reasoning, each
for itself.  Nothing is left with the provider (``store: false``), so reasoning travels encrypted:
it comes back in ``reasoning_details`` and goes out again as the item that it was, in front of the
item that it led to.

System text stays where it stands, as items of its own, rather than in ``instructions``: that way
``input`` only ever grows at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from fourthwall.backends._rules import Rules, mended
from fourthwall.backends._target import (
    Body,
    Report,
    Target,
    nothing_to_answer,
    plain,
    refused_fields,
)
from fourthwall.backends._transcript import transcribe
from fourthwall.backends._turns import Block, Call, Media, Result, Text, Thought, Turn, media_note
from fourthwall.chat import ChatRequest, Thinking

__all__ = ["DETAILS_FORMAT", "responses_body"]

DETAILS_FORMAT: Final = "openai-responses-v1"
"""The ``format`` of the entries of ``reasoning_details`` that come from here."""

_MIN_OUTPUT: Final = 16
"""Fewest output tokens: "integer below minimum value. Expected a value >= 16" (pi#6265)."""

_TAKEN: Final = frozenset(
    {
        "max_tool_calls",
        "metadata",
        "moderation",
        "parallel_tool_calls",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "service_tier",
        "store",
        "temperature",
        "top_logprobs",
        "top_p",
        "truncation",
        "user",
    }
)
"""Parameters that are called the same here.  Left out on purpose is what makes the provider keep
the conversation (``previous_response_id``, ``conversation``, ``background``): we send all of it."""

_RENAMED: Final = frozenset({"logprobs", "response_format", "tool_choice", "tools", "verbosity"})
"""Parameters that are written in another way here."""


def responses_body(target: Target, request: ChatRequest, *, stream: bool) -> tuple[Body, Report]:
    """Return the body for the Responses API, and what was dropped.

    Raises:
        RequestError: the messages hold nothing to answer.
        UnsupportedError: several answers at once are asked for, or a tool of a model without any.
    """
    report: Report = {}
    thinking = Thinking.of(request)
    given = _given(target, request, thinking, report)
    transcript = transcribe(request.messages, _rules(target, request))
    if transcript.hidden:
        report["messages"] = transcript.hidden_note(target.card.id)
    system = target.system_role(request)
    items = [item for turn in transcript.turns for item in _items(turn, system)]
    if not items:
        raise nothing_to_answer()
    parameters = {
        "store": False,
        **_reasoning(target, request, thinking, report),
        **_limit(target, request, thinking, report),
        **_renamed(given, refused_fields(request.faults)),
        **_includes(target, thinking, given),
        **(_stream_options(request) if stream else {}),
    }
    parameters = plain(target.without_refused(parameters, request, report))
    return {"model": target.upstream, "input": items, **parameters, "stream": stream}, report


def _rules(target: Target, request: ChatRequest) -> Rules:
    provider = target.provider
    media = target.media & {"image", "file"}  # all that an input message holds beside text
    rules = replace(
        target.rules(request),
        formats=frozenset({DETAILS_FORMAT}),
        details=True,
        late_system=provider.late_system,
        merges=provider.merges_turns,
        user_first=provider.user_first,
        media=media,
        result_media=media,
    )
    return mended(rules, request.faults)


# Parameters ---------------------------------------------------------------------------------------


def _given(target: Target, request: ChatRequest, thinking: Thinking, report: Report) -> Body:
    """Return the parameters that this API has a word for, by OpenAI's other names."""
    given = target.parameters(request, thinking, report)
    unknown = [name for name in given if name not in _TAKEN and name not in _RENAMED]
    target.leave_out(given, unknown, "the Responses API doesn't have it", report)
    return given


def _limit(target: Target, request: ChatRequest, thinking: Thinking, report: Report) -> Body:
    limit = target.token_limit(request, thinking, report)
    if limit is None:
        return {}
    if limit < _MIN_OUTPUT:
        report["max_tokens"] = f"raised to {_MIN_OUTPUT}, the least that the Responses API takes"
    return {"max_output_tokens": max(limit, _MIN_OUTPUT)}


def _reasoning(target: Target, request: ChatRequest, thinking: Thinking, report: Report) -> Body:
    """Return how hard to think, and the wish for a summary that a person can read."""
    if target.reasons is False:
        if thinking != Thinking():
            report["reasoning_effort"] = f"{target.card.id} doesn't reason"
        return {}
    out: Body = {}
    if (effort := target.effort(thinking, report)) is not None:
        out["effort"] = effort
    asked = request.extra.get("reasoning")
    asked = asked if isinstance(asked, Mapping) else {}
    takes_summary = "reasoning.summary" not in refused_fields(request.faults)
    if target.thinks(thinking) and asked.get("exclude") is not True and takes_summary:
        out["summary"] = asked.get("summary") or "auto"
    out |= {name: asked[name] for name in ("mode", "context") if asked.get(name)}
    return {"reasoning": out} if out else {}


def _includes(target: Target, thinking: Thinking, given: Mapping[str, Any]) -> Body:
    out = []
    if target.thinks(thinking):
        # Only then: "Encrypted content is not supported with this model" (hermes-agent#24234).
        out.append("reasoning.encrypted_content")
    if given.get("logprobs"):
        out.append("message.output_text.logprobs")
    return {"include": out} if out else {}


def _renamed(given: Mapping[str, Any], refused: frozenset[str]) -> Body:
    """Write the parameters in this API's words."""
    out: Body = {name: value for name, value in given.items() if name in _TAKEN}
    if "tools" in given:
        out["tools"] = [_tool(tool, refused) for tool in given["tools"]]
    if "tool_choice" in given:
        out["tool_choice"] = _choice(given["tool_choice"])
    text: Body = {}
    if "response_format" in given:
        text["format"] = _flat(given["response_format"], "json_schema")
    if "verbosity" in given:
        text["verbosity"] = given["verbosity"]
    return {**out, "text": text} if text else out


def _flat(value: Any, kind: str) -> Any:
    """Lift what stands under ``value[kind]`` beside ``type``: chat completions nests it."""
    inner = value.get(kind) if isinstance(value, Mapping) else None
    return {"type": value["type"], **inner} if isinstance(inner, Mapping) else value


def _tool(tool: Mapping[str, Any], refused: frozenset[str]) -> Mapping[str, Any]:
    flat: Mapping[str, Any] = _flat(tool, str(tool.get("type")))
    if flat.get("type") == "custom":
        grammar = flat.get("format")
        return {**flat, "format": _flat(grammar, "grammar")} if grammar else flat
    if flat.get("type") != "function":
        return flat  # one of the provider's own
    # Strict unless one says otherwise here, and lenient in chat completions, which the caller
    # speaks.
    out = {
        **flat,
        "parameters": flat.get("parameters") or {"type": "object", "properties": {}},
        "strict": flat.get("strict") is True,
    }
    return {name: value for name, value in out.items() if name not in refused - _OF_FUNCTIONS}


_OF_FUNCTIONS: Final = frozenset({"type", "name", "parameters"})
"""What no function goes without; anything else of one may be left out."""


def _choice(choice: Any) -> Any:
    if not isinstance(choice, Mapping):
        return choice
    flat = _flat(choice, str(choice.get("type")))
    if flat.get("type") == "allowed_tools":
        return {**flat, "tools": [_choice(tool) for tool in flat.get("tools") or ()]}
    return flat


def _stream_options(request: ChatRequest) -> Body:
    given = request.extra.get("stream_options")
    name = "include_obfuscation"  # the only one here: usage always comes
    if isinstance(given, Mapping) and given.get(name) is not None:
        return {"stream_options": {name: given[name]}}
    return {}


# Items --------------------------------------------------------------------------------------------


def _items(turn: Turn, system: str) -> Iterator[Body]:
    """Write one turn: a message, or the results of calls, or what a model said, in pieces."""
    if turn.role == "assistant":
        yield from _spoken(turn)
    elif turn.role == "tool":
        for block in turn.blocks:
            if isinstance(block, Result):
                yield {"type": "function_call_output", "call_id": block.id, "output": _out(block)}
    else:
        yield _message(system if turn.role == "system" else "user", _content(turn))


def _message(role: str, content: Any) -> Body:
    return {"type": "message", "role": role, "content": content}


def _content(turn: Turn) -> Any:
    if not turn.parts and all(isinstance(block, Text) for block in turn.blocks):
        return turn.text
    return [_part(block) for block in turn.blocks]


def _out(result: Result) -> Any:
    if all(isinstance(block, Text) for block in result.blocks):
        return result.text
    return [_part(block) for block in result.blocks]


def _part(block: Block) -> Body:
    if isinstance(block, Media):
        writer = _MEDIA.get(block.kind)
        return writer(block) if writer is not None else _text(media_note(block.kind))
    assert isinstance(block, Text)
    return _text(block.text)


def _text(text: str) -> Body:
    return {"type": "input_text", "text": text}


def _image(block: Media) -> Body:
    source = {"image_url": block.url} if block.url is not None else {"file_id": block.file_id}
    return {"type": "input_image", **source, "detail": block.detail or "auto"}


def _file(block: Media) -> Body:
    out: Body = {"type": "input_file"}
    if block.url is None:
        return {**out, "file_id": block.file_id}
    if block.inline is None:
        return {**out, "file_url": block.url}
    # Its data needs a name; the ending tells what it is.
    return {
        **out,
        "filename": block.filename or _file_name(block.inline[0]),
        "file_data": block.url,
    }


def _file_name(mime: str) -> str:
    kind = mime.rpartition("/")[2]
    return f"file.{'txt' if kind == 'plain' else kind}"


_MEDIA: Final[Mapping[str, Callable[[Media], Body]]] = {"image": _image, "file": _file}


def _spoken(turn: Turn) -> Iterator[Body]:
    """Write what a model said, in the order in which it came: reasoning, text, calls.

    Reasoning goes out together with the item that it led to.  Where none is left of that (the
    answer was cut off there), it stays behind: "provided without its required following item".
    """
    calls = turn.calls
    if not turn.thoughts:
        yield from _said(turn.text)
        yield from map(_call, calls)
        return
    # Places were counted in the text just as it came.
    text = "".join(block.text for block in turn.blocks if isinstance(block, Text))
    held: list[Body] = []
    chars = done = 0
    for thought, item in (*_private(turn.thoughts), (Thought({}, len(text), len(calls)), None)):
        pieces = _said(text[chars : thought.chars], _string(thought.entry, "phase"))
        pieces += [_call(call) for call in calls[done : thought.calls]]
        if pieces:
            yield from held
            yield from pieces
            held = []
        if item is not None:
            held.append(item)
        chars, done = max(chars, thought.chars), max(done, thought.calls)


def _private(thoughts: Sequence[Thought]) -> Iterator[tuple[Thought, Body | None]]:
    """Give the reasoning items that the entries of ``reasoning_details`` are parts of.

    An item needs what is encrypted: by its id alone it can't be found again ("Items are not
    persisted").  It has no ``status``, which is refused.  An entry that tells the phase of a
    message is no item.
    """
    summaries: dict[str, list[Body]] = {}
    for entry in (thought.entry for thought in thoughts):
        if entry.get("type") == "reasoning.summary" and (text := _string(entry, "summary")):
            part = {"type": "summary_text", "text": text}
            summaries.setdefault(_string(entry, "id"), []).append(part)
    for thought in thoughts:
        entry = thought.entry
        if entry.get("type") == "reasoning.encrypted" and (data := _string(entry, "data")):
            name = _string(entry, "id")
            item = {"summary": summaries.pop(name, []), "encrypted_content": data}
            yield thought, {"type": "reasoning", **({"id": name} if name else {}), **item}
        elif _string(entry, "phase"):
            yield thought, None


def _string(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""


def _said(text: str, phase: str = "") -> list[Body]:
    """Return a piece of an answer; a model that names the phases of its work wants that back."""
    if not text.strip():
        return []
    return [{**_message("assistant", text), **({"phase": phase} if phase else {})}]


def _call(call: Call) -> Body:
    named = {"name": call.name, "arguments": call.arguments}
    return {"type": "function_call", "call_id": call.id, **named}

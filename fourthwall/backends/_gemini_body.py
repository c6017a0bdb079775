"""The body of Google's ``generateContent``, in the camel case of its REST API.

The model and the wish for a stream stand in the address, not in the body.  What is said is written
in `_gemini_contents`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from fourthwall.backends._faults import openai_name
from fourthwall.backends._gemini_contents import (
    DETAILS_FORMAT,
    SIGNATURE_REFUSED,
    PartsWriter,
    contents,
    function_name,
)
from fourthwall.backends._rules import Rules, mended
from fourthwall.backends._target import (
    Body,
    Report,
    Target,
    nothing_to_answer,
    plain,
    refused_fields,
    schema_prompt,
)
from fourthwall.backends._transcript import transcribe
from fourthwall.chat import EFFORTS, ChatRequest, Thinking
from fourthwall.errors import UnsupportedError

__all__ = ["gemini_body"]

_RENAMED: Final[Mapping[str, str]] = {
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
}
"""OpenAI's name of a parameter -> the name in ``generationConfig``."""

_PASSED: Final[Mapping[str, str]] = {
    "safety_settings": "safetySettings",
    "safetySettings": "safetySettings",
    "cached_content": "cachedContent",
    "cachedContent": "cachedContent",
}
"""Google's own fields, in the two spellings that it takes -> the name in the body."""

_SEED_BITS: Final = 31
"""``seed`` is an int32 there; OpenAI's may be twice as wide."""


def gemini_body(target: Target, request: ChatRequest, *, stream: bool) -> tuple[Body, Report]:
    """Return the body for Google's ``generateContent``, and what was dropped.

    Raises:
        RequestError: the messages hold nothing to answer, or a tool's name isn't one that every
            provider takes.
        UnsupportedError: several answers at once are asked for, a tool of a kind that Google
            doesn't have is forced, or the question names a file that another provider has.
    """
    report: Report = {}
    request = _with_our_faults(request)
    thinking = Thinking.of(request)
    given = target.parameters(request, thinking, report)
    transcript = transcribe(request.messages, _rules(target, request))
    if transcript.hidden:
        report["messages"] = transcript.hidden_note(target.card.id)
    said = contents(transcript.turns, PartsWriter(target, request.faults))
    if not said:
        raise nothing_to_answer()
    tools = _tools(given, request, report)
    schema, prompt = _schema(target, request, given, report, has_tools=bool(tools))
    config = {
        **_limit(target, request, thinking, report),
        **_sampling(given, report),
        **schema,
        **_thinking(target, request, thinking, report),
    }
    system = [text.text for text in transcript.system]
    if prompt and _SYSTEM in request.faults:
        said[0]["parts"].insert(0, {"text": prompt})  # the first is always the user's
    elif prompt:
        system.append(prompt)
    passed = {name: given.pop(key) for key, name in _PASSED.items() if key in given}
    target.without_refused(passed, request, report)
    target.leave_out(given, [*given], f"{target.provider.label} doesn't know it", report)
    body: Body = {
        **({"systemInstruction": {"parts": [{"text": text} for text in system]}} if system else {}),
        "contents": said,
        **tools,
        **plain(passed),
        **({"generationConfig": config} if config else {}),
    }
    return body, report


def _rules(target: Target, request: ChatRequest) -> Rules:
    base = target.rules(request)
    media = frozenset() if _MEDIA_FIELDS & request.faults else base.media
    rules = replace(
        base,
        formats=frozenset({DETAILS_FORMAT}),
        details=SIGNATURE_REFUSED not in request.faults,
        system_slot=_SYSTEM not in request.faults,
        late_system="note",
        merges=True,
        user_first=True,
        last="user",
        tools=base.tools and not _CALL_FIELDS & request.faults,
        media=media,
        result_media=media & frozenset(target.traits.result_media),
        answer_media=media,
    )
    return mended(rules, request.faults)


# What was refused ---------------------------------------------------------------------------------

_SYSTEM: Final = "parameter:system_instruction"
_CHOICE_FIELDS: Final = (
    "tool_config",
    "function_calling_config",
    "allowed_function_names",
    "mode",
)
_CALL_FIELDS: Final = frozenset(
    {"parameter:function_declarations", "parameter:function_call", "parameter:function_response"}
)
_MEDIA_FIELDS: Final = frozenset(
    {"parameter:inline_data", "parameter:file_data", "parameter:file_uri", "parameter:mime_type"}
)
_OURS: Final[Mapping[str, str]] = {
    "parameter:max_output_tokens": "parameter:max_tokens",
    "token_limit_field": "parameter:max_tokens",
    **dict.fromkeys((f"parameter:{name}" for name in _CHOICE_FIELDS), "parameter:tool_choice"),
    **dict.fromkeys(_CALL_FIELDS, "parameter:tools"),
}
"""What is refused in Google's words -> the parameter that it is written for."""


def _with_our_faults(request: ChatRequest) -> ChatRequest:
    """Return the request with refused fields named as the parameters are, in any spelling."""
    if not request.faults:
        return request
    named = {f"parameter:{openai_name(name)}" for name in refused_fields(request.faults)}
    faults = request.faults | named
    return replace(request, faults=faults | {_OURS[fault] for fault in faults & _OURS.keys()})


# Parameters ---------------------------------------------------------------------------------------


def _limit(target: Target, request: ChatRequest, thinking: Thinking, report: Report) -> Body:
    if "parameter:max_tokens" in request.faults:
        if request.max_tokens is not None:
            report["max_tokens"] = f"{target.provider.label} has just refused it"
        return {}
    limit = target.token_limit(request, thinking, report)
    return {"maxOutputTokens": limit} if limit is not None else {}


def _sampling(given: Body, report: Report) -> Body:
    """Take out of ``given`` what bounds and steers the writing, in Google's words."""
    config: Body = {name: given.pop(key) for key, name in _RENAMED.items() if key in given}
    if stops := [stop for stop in given.pop("stop", ()) if stop]:
        config["stopSequences"] = stops
    if (seed := given.pop("seed", None)) is not None:
        config["seed"] = seed % 2**_SEED_BITS
        if config["seed"] != seed:
            report["seed"] = f"taken modulo 2**{_SEED_BITS}: it is bounded there"
    wants, most = given.pop("logprobs", None), given.pop("top_logprobs", None)
    if wants:
        config |= {"responseLogprobs": True, **({"logprobs": most} if most else {})}
    elif most:
        report["top_logprobs"] = "it says nothing without 'logprobs'"
    return config


def _schema(
    target: Target, request: ChatRequest, given: Body, report: Report, *, has_tools: bool
) -> tuple[Body, str]:
    """Return the fields that ask for JSON, and the words where nothing but words can."""
    wanted = given.pop("response_format", None)
    kind = wanted.get("type") if isinstance(wanted, Mapping) else None
    if not isinstance(wanted, Mapping) or kind not in ("json_object", "json_schema"):
        if kind not in (None, "text"):
            report["response_format"] = f"{target.provider.label} doesn't know it"
        return {}, ""
    why = ""
    if _JSON_FIELDS & request.faults:
        why = f"{target.provider.label} has just refused it"
    elif has_tools and not target.traits.schema_with_tools:
        why = f"{target.card.id} takes no schema beside tools"
    if why:
        report["response_format"] = f"{why}: it stands in the prompt instead"
        return {}, schema_prompt(wanted)
    inner = wanted.get("json_schema")
    schema = inner.get("schema") if isinstance(inner, Mapping) else None
    config: Body = {"responseMimeType": "application/json"}
    if schema is not None:
        config["responseJsonSchema"] = plain(schema)
    return config, ""


_JSON_FIELDS: Final = frozenset({"parameter:response_mime_type", "parameter:response_json_schema"})

# Thinking -----------------------------------------------------------------------------------------

_THINKING_FIELDS: Final = frozenset(
    f"parameter:{name}"
    for name in (
        *("thinking_config", "thinking_budget", "thinking_level", "include_thoughts"),
        *("reasoning", "reasoning_effort", "thinking"),
    )
)


def _thinking(target: Target, request: ChatRequest, thinking: Thinking, report: Report) -> Body:
    """Return what bounds the thinking, and asks for the thoughts where there are any.

    A model that can't think refuses the very field.
    """
    card, traits = target.card, target.traits
    if _THINKING_FIELDS & request.faults:
        report["reasoning_effort"] = f"{target.provider.label} has just refused it"
        return {}
    if target.reasons is False or traits.thinking == "none":
        if thinking != Thinking() and thinking.on is not False:
            report["reasoning_effort"] = f"{card.id} doesn't reason"
        return {}
    config = _FORMS.get(traits.thinking or "", _by_nothing)(target, thinking, report)
    if thinking.hidden:
        config.pop("includeThoughts", None)
    return {"thinkingConfig": config} if config else {}


def _by_budget(target: Target, thinking: Thinking, report: Report) -> Body:
    """Gemini 2.5: tokens to think with; 0 is none, -1 as many as the model likes."""
    traits, asks = target.traits, thinking.budget or thinking.effort in EFFORTS[1:]
    if not target.thinks(thinking):
        return {"thinkingBudget": 0} if thinking.on is False and "none" in traits.efforts else {}
    if thinking.on is False:
        report["reasoning_effort"] = f"{target.card.id} can't stop thinking"
        return {"includeThoughts": True, "thinkingBudget": traits.budget_min}
    if not asks:
        if thinking.effort:
            report["reasoning_effort"] = f"{thinking.effort!r} isn't known"
        return {"includeThoughts": True, **({"thinkingBudget": -1} if thinking.on else {})}
    budget = target.budget(thinking)
    if thinking.budget and budget != thinking.budget:
        report["reasoning_effort"] = f"{thinking.budget} tokens became {budget}"
    return {"includeThoughts": True, "thinkingBudget": budget}


def _by_level(target: Target, thinking: Thinking, report: Report) -> Body:
    """Gemini 3 and later: a level.  It and a budget together are refused."""
    level = target.effort(thinking, report)
    if level not in EFFORTS[1:]:
        return {"includeThoughts": True}
    if thinking.budget and not thinking.effort:
        report["reasoning_effort"] = f"{thinking.budget} tokens became {level!r}"
    return {"includeThoughts": True, "thinkingLevel": level.upper()}


def _by_nothing(target: Target, thinking: Thinking, report: Report) -> Body:
    """A model of no known kind: whether it takes a budget or a level can't be told."""
    if thinking != Thinking():
        report["reasoning_effort"] = f"in which form {target.card.id} takes it isn't known"
    return {"includeThoughts": True} if target.reasons else {}


_FORMS: Final[Mapping[str, Callable[[Target, Thinking, Report], Body]]] = {
    "budget": _by_budget,
    "level": _by_level,
}

# Tools --------------------------------------------------------------------------------------------


def _tools(given: Body, request: ChatRequest, report: Report) -> Body:
    """Take the tools out of ``given``, and how they are to be called."""
    tools, choice = given.pop("tools", ()), given.pop("tool_choice", None)
    if given.pop("parallel_tool_calls", None) is False:
        report["parallel_tool_calls"] = "Google has no such switch"
    takes_schema = "parameter:parameters_json_schema" not in request.faults
    written = (_declared(tool, report, takes_schema=takes_schema) for tool in tools)
    declared = [declaration for declaration in written if declaration is not None]
    if not declared:
        if tools and request.forces_tool:
            raise UnsupportedError(
                "the request forces a tool, and none of its tools is a function",
                param="tool_choice",
                remedy="Offer functions: Google can call no other tools of a caller's.",
            )
        return {}
    calling = _calling(choice, report)
    return {
        "tools": [{"functionDeclarations": declared}],
        **({"toolConfig": {"functionCallingConfig": calling}} if calling else {}),
    }


def _declared(tool: Mapping[str, Any], report: Report, *, takes_schema: bool) -> Body | None:
    function = tool.get("function")
    if not isinstance(function, Mapping):
        report["tools"] = "only functions can be offered to Google's models: others are left out"
        return None
    out: Body = {"name": function_name(function["name"])}
    if description := function.get("description"):
        out["description"] = description
    if (parameters := function.get("parameters")) is not None:
        schema = plain(parameters)
        if takes_schema:
            out["parametersJsonSchema"] = schema
        else:
            words = f"Its arguments follow this JSON schema: {json.dumps(schema)}"
            out["description"] = "\n".join(filter(None, (description, words)))
            report["tools"] = "what arguments they take stands in their descriptions"
    if function.get("strict"):
        report["strict"] = "Google has no strict functions"
    return out


_MODES: Final = {"auto": "AUTO", "none": "NONE", "required": "ANY", "any": "ANY"}


def _calling(choice: Any, report: Report) -> Body:
    """Return how tools are to be called, of OpenAI's ``tool_choice``."""
    match choice:
        case None:
            return {}
        case str(word) if word in _MODES:
            return {"mode": _MODES[word]}
        case {"function": {"name": str(name)}} | {"type": "function", "name": str(name)}:
            return {"mode": "ANY", "allowedFunctionNames": [function_name(name)]}
        case {"allowed_tools": {"mode": "required", "tools": [*allowed]}}:
            given = [t.get("function", t) for t in allowed if isinstance(t, Mapping)]
            names = [t["name"] for t in given if isinstance(t, Mapping) and t.get("name")]
            return {"mode": "ANY", "allowedFunctionNames": [*map(function_name, names)]}
    report["tool_choice"] = "Google has none like it: the model chooses"
    return {"mode": "AUTO"}

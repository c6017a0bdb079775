"""The body of Google's ``generateContent``, in the camel case of its REST API.

The model and the wish for a stream stand in the address, not in the body.

What a Gemini model thought is sealed in signatures, each bound to the part of the answer that it
came with, a call or a stretch of text.  They go back in just those parts, so text is cut where a
signed stretch begins and ends, and parts with and without a signature are never joined.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import unquote_to_bytes, urlsplit

from fourthwall.backends._faults import openai_name
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
from fourthwall.backends._turns import (
    Block,
    Call,
    Media,
    Result,
    Text,
    Thought,
    Turn,
    is_data_uri,
    media_note,
    mime_of,
)
from fourthwall.chat import EFFORTS, ChatRequest, Thinking
from fourthwall.errors import UnsupportedError

__all__ = ["DETAILS_FORMAT", "STRETCH", "function_name", "gemini_body"]

DETAILS_FORMAT: Final = "google-gemini-v1"
"""The ``format`` of the entries of ``reasoning_details`` that come from here."""

STRETCH: Final = "length"
"""Under which key of our note an entry says how many characters of text its signature covers."""

_NO_SIGNATURE: Final = b64encode(b"skip_thought_signature_validator").decode()
"""Google's word for "nobody signed this" (ai.google.dev/gemini-api/docs/thought-signatures).

The field holds bytes, which JSON has as base64: google-genai's ``Part.thought_signature``, and
through it pydantic-ai, write the word like this, and so does LiteLLM.
"""

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
    contents = _contents(transcript.turns, _Writer(target, request.faults))
    if not contents:
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
        contents[0]["parts"].insert(0, {"text": prompt})  # the first is always the user's
    elif prompt:
        system.append(prompt)
    passed = {name: given.pop(key) for key, name in _PASSED.items() if key in given}
    target.without_refused(passed, request, report)
    target.leave_out(given, [*given], f"{target.provider.label} doesn't know it", report)
    body: Body = {
        **({"systemInstruction": {"parts": [{"text": text} for text in system]}} if system else {}),
        "contents": contents,
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
        details=_SIGNATURE not in request.faults,
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

_SIGNATURE: Final = "parameter:thought_signature"
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


def function_name(name: str) -> str:
    """Return a tool's name as Google takes it: it begins with a letter or ``_`` there.

    >>> function_name("2fa"), function_name("weather")
    ('_2fa', 'weather')
    """
    return name if name[:1].isalpha() or name[:1] == "_" else f"_{name}"


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


# Contents -----------------------------------------------------------------------------------------


def _contents(turns: Iterable[Turn], writer: _Writer) -> list[Body]:
    """Write the turns; what a user says right after results stands in one content with them."""
    out: list[Body] = []
    for turn in turns:
        role = "model" if turn.role == "assistant" else "user"
        parts = [*writer.parts(turn)]
        if out and out[-1]["role"] == role:
            out[-1]["parts"] += parts
        elif parts:
            out.append({"role": role, "parts": parts})
    return out


class _Writer:
    """Writes turns as parts."""

    def __init__(self, target: Target, faults: frozenset[str]) -> None:
        required = target.card.thought_signatures or target.traits.thought_signatures
        is_required = bool(required) or "thought_signature_missing" in faults
        self._needs_signatures = is_required and _SIGNATURE not in faults
        # "Unknown name "id" at 'contents[7].parts[0].function_response'" (gemini-cli#13972)
        self._has_ids = "parameter:id" not in faults

    def parts(self, turn: Turn) -> Iterator[Body]:
        """Write one turn; it may hold nothing that can be written."""
        match turn.role:
            case "assistant":
                yield from self._of_model(turn)
            case "tool":
                yield from self._of_tools(turn)
            case _:
                yield from map(_part, turn.blocks)

    def _of_tools(self, turn: Turn) -> Iterator[Body]:
        """Write the results; behind them the media that can't stand inside of one."""
        behind: list[Body] = []
        for block in turn.blocks:
            assert isinstance(block, Result)
            text = "\n\n".join(b.text for b in block.blocks if isinstance(b, Text) and b.text)
            response: Body = {"name": function_name(block.name), **self._id(block.id)}
            response["response"] = {"error" if block.is_error else "output": text}
            media = [_part(b) for b in block.blocks if isinstance(b, Media)]
            behind += [part for part in media if "inlineData" not in part]
            if inside := [part for part in media if "inlineData" in part]:
                response["parts"] = inside
            yield {"functionResponse": response}
        yield from behind

    def _of_model(self, turn: Turn) -> Iterator[Body]:
        calls = turn.calls
        signed = _signed(turn, calls) if turn.thoughts else _UNSIGNED
        done = 0
        for before, part in _with_stretches(turn.blocks, signed.stretches):
            yield from self._of_calls(calls, range(done, before), signed.calls)
            done = before
            yield part
        yield from self._of_calls(calls, range(done, len(calls)), signed.calls)

    def _of_calls(
        self, calls: Sequence[Call], numbers: Iterable[int], signatures: Mapping[int, str]
    ) -> Iterator[Body]:
        for number in numbers:
            part: Body = {"functionCall": self._call(calls[number])}
            if number in signatures:
                part["thoughtSignature"] = signatures[number]
            elif number == 0 and not signatures and self._needs_signatures:
                # Only the first call of a step has to have one, and nobody signed this step.
                part["thoughtSignature"] = _NO_SIGNATURE
            yield part

    def _call(self, call: Call) -> Body:
        return {"name": function_name(call.name), "args": call.parsed, **self._id(call.id)}

    def _id(self, call_id: str) -> Body:
        return {"id": call_id} if self._has_ids else {}


# Signatures


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Text that came in a part with a signature.

    Attributes:
        start: where in the turn's text it begins, in characters.
        length: how many characters it has.
        calls: how many calls stand before it.
        signature: base64 text.
    """

    start: int
    length: int
    calls: int
    signature: str


@dataclass(frozen=True, slots=True)
class _Signed:
    """The signatures of one turn: of its calls, by their number, and of its text, in order."""

    calls: Mapping[int, str]
    stretches: Sequence[_Stretch]


_UNSIGNED: Final = _Signed({}, ())


def _signed(turn: Turn, calls: Sequence[Call]) -> _Signed:
    of_calls: dict[int, str] = {}
    of_text: list[_Stretch] = []
    unsigned: dict[object, deque[int]] = {}  # a client may use an id twice
    for number, call in enumerate(calls):
        unsigned.setdefault(call.given_id, deque()).append(number)
    end = turn.chars
    for thought in turn.thoughts:
        signature, call_id = thought.entry.get("data"), thought.entry.get("id")
        if not isinstance(signature, str) or not signature:
            continue
        if call_id is None:
            of_text.append(_stretch(thought, signature, end, len(calls)))
        elif isinstance(call_id, str) and (numbers := unsigned.get(call_id)):
            of_calls[numbers.popleft()] = signature
    of_text.sort(key=lambda stretch: stretch.start)
    return _Signed(of_calls, of_text)


def _stretch(thought: Thought, signature: str, end: int, calls: int) -> _Stretch:
    """Return where a signature without a call belongs: without our note, at the text's end."""
    note = thought.entry.get("fourthwall")
    length = note.get(STRETCH) if isinstance(note, Mapping) else None
    if not isinstance(length, int) or isinstance(length, bool) or length < 0:
        return _Stretch(end, 0, 0, signature)
    return _Stretch(thought.chars, length, min(thought.calls, calls), signature)


def _with_stretches(
    blocks: Iterable[Block], stretches: Iterable[_Stretch]
) -> Iterator[tuple[int, Body]]:
    """Give the parts of a turn that aren't calls, each with how many calls stand before it."""
    waiting = deque(stretches)
    place = before = 0
    for block in blocks:
        if isinstance(block, Media):
            yield before, _part(block)
        if not isinstance(block, Text):
            continue
        text, given = block.text, 0
        while waiting and waiting[0].start < place + len(text):
            stretch = waiting.popleft()
            cut = max(given, stretch.start - place)
            if cut > given:
                yield before, {"text": text[given:cut]}
            before = max(before, stretch.calls)
            given = min(cut + stretch.length, len(text))
            yield before, {"text": text[cut:given], "thoughtSignature": stretch.signature}
        if given < len(text):
            yield before, {"text": text[given:]}
        place += len(text)
    for stretch in waiting:
        before = max(before, stretch.calls)
        yield before, {"text": "", "thoughtSignature": stretch.signature}


# Media

_MIME_TYPES: Final[Mapping[str, str]] = {
    "image": "image/jpeg",
    "audio": "audio/wav",
    "video": "video/mp4",
    "file": "application/pdf",
}
"""The MIME type of a medium that doesn't say its own."""

_MIME_BY_SUFFIX: Final[Mapping[str, str]] = {
    "avif": "image/avif",
    "gif": "image/gif",
    "heic": "image/heic",
    "heif": "image/heif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "aac": "audio/aac",
    "aiff": "audio/aiff",
    "flac": "audio/flac",
    "mp3": "audio/mp3",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "avi": "video/avi",
    "flv": "video/x-flv",
    "mov": "video/mov",
    "mp4": "video/mp4",
    "mpeg": "video/mpeg",
    "mpg": "video/mpg",
    "webm": "video/webm",
    "wmv": "video/wmv",
    "css": "text/css",
    "csv": "text/csv",
    "html": "text/html",
    "json": "application/json",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "rtf": "text/rtf",
    "txt": "text/plain",
    "xml": "text/xml",
}
"""The kinds of files that Gemini's pages name.  A table of our own, because Python's `mimetypes`
reads the machine's files, and the same request must give the same body everywhere."""


def _part(block: Block) -> Body:
    if isinstance(block, Text):
        return {"text": block.text}
    assert isinstance(block, Media)
    url = block.url or block.file_id or ""
    if is_data_uri(url):
        mime, data = block.inline or _percent_encoded(url)
        if data:
            mime = mime or _MIME_TYPES.get(block.kind, "application/octet-stream")
            return {"inlineData": {"mimeType": mime, "data": data}}
    elif "://" in url:
        return {"fileData": {"mimeType": _guessed_mime(url, block.kind), "fileUri": url}}
    return {"text": media_note(block.kind)}


def _percent_encoded(url: str) -> tuple[str, str]:
    """Return (MIME type, base64 text) of a data URI that isn't base64."""
    head, _, data = url.partition(",")
    return mime_of(head), b64encode(unquote_to_bytes(data)).decode()


def _guessed_mime(url: str, kind: str) -> str:
    suffix = re.search(r"\.(\w+)$", _path(url))
    known = _MIME_BY_SUFFIX.get(suffix[1].lower()) if suffix else None
    return known or _MIME_TYPES.get(kind, "application/octet-stream")


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:  # "Invalid IPv6 URL"
        return ""

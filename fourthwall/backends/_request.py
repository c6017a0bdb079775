"""From our request to a provider's JSON body: pure, deterministic, idempotent.

What a model refuses stands on its card and what a provider refuses in its row; nothing here knows
a model or a provider by name.  Messages are built anew from an allow-list of fields: front ends
and other providers leave their own in the history, and closed schemas refuse them.

One dialect so far: OpenAI's chat completions, which most providers take.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from fourthwall.chat import ChatRequest, Message, check_messages
from fourthwall.errors import RequestError, UnsupportedError
from fourthwall.registry import ModelCard, Provider, canonical_provider, providers

__all__ = ["build_body", "build_request", "dropped_parameters", "upstream_id"]

Body: TypeAlias = dict[str, Any]


IMAGE_NOTE: Final = "[image: not shown to this model]"

_SAMPLING: Final = ("temperature", "top_p", "top_k", "min_p")
_SAMPLING_NEVER_WITH_REASONING: Final = (
    "presence_penalty",
    "frequency_penalty",
    "logprobs",
    "top_logprobs",
    "logit_bias",
)
_NOT_PASSED_ON: Final = frozenset({"enable4thWall", "announceSwitches", "stream", "stream_options"})
_REFUSED_BY_CLOSED_SCHEMAS: Final = (
    "audio",
    "logit_bias",
    "metadata",
    "modalities",
    "prompt_cache_key",
    "prompt_cache_options",
    "safety_identifier",
    "service_tier",
    "store",
    "user",
    "verbosity",
    "web_search_options",
)
_ABOUT_TOOLS: Final = ("tools", "tool_choice", "parallel_tool_calls")

_NO_REASONING_EFFORT: Final = "none"


def build_request(provider: str, card: ModelCard, request: ChatRequest | Mapping[str, Any]) -> Body:
    """Return the JSON body that a provider is sent.

    The body asks for a stream with usage, unless the request is a mapping that says
    ``"stream": false``.  Parameters are put right by the card: sampling that the model refuses is
    left out (see `dropped_parameters`), the token limit is named as the provider names it and
    held to `ModelCard.max_output`, images become a short note for a model without vision.

    Args:
        provider: ``openai`` or the name of a compatible provider's row.
        card: the model that is asked.
        request: a request, or a mapping in OpenAI's shape; never changed.

    Raises:
        RequestError: the provider's name is unknown, there are no messages, or a field is wrong.
        UnsupportedError: the provider speaks a dialect that we don't, or the model has no tools
            and one is forced.
    """
    stream = not (isinstance(request, Mapping) and request.get("stream") is False)
    body, _ = build_body(_row(provider), card, _checked(request), stream=stream)
    return body


def dropped_parameters(
    provider: str, card: ModelCard, request: ChatRequest | Mapping[str, Any]
) -> Mapping[str, str]:
    """Return what `build_request` leaves out or lowers: the parameter's name -> why.

    Raises:
        FourthwallError: as `build_request`.
    """
    _, dropped = build_body(_row(provider), card, _checked(request))
    return MappingProxyType(dropped)


def build_body(
    provider: Provider, card: ModelCard, request: ChatRequest, *, stream: bool = True
) -> tuple[Body, dict[str, str]]:
    """Return the body for a provider of this dialect, and what was dropped: name -> why.

    Raises:
        RequestError: there are no messages, or a message is malformed.
        UnsupportedError: a tool is forced and the model has none.
    """
    check_messages(request.messages)
    if not request.messages:
        raise RequestError(
            "'messages' is empty: there is nothing to answer",
            param="messages",
            remedy="Send at least one message.",
        )
    parameters = _parameters(provider, request)
    dropped = dict(_refused(provider, card, request, parameters))
    kept = {name: value for name, value in parameters.items() if name not in dropped}
    for name, most, why in _bounds(provider, card):
        if most is not None and isinstance(kept.get(name), int | float) and kept[name] > most:
            kept[name] = most
            dropped[name] = f"lowered to {most}, the most that {why}"
    body: Body = {
        "model": upstream_id(provider.name, card),
        "messages": [_message(provider, card, message) for message in request.messages],
        **_plain(kept),
    }
    if stream:
        body |= {"stream": True, **_stream_options(provider, request)}
    return body, dropped


def _bounds(provider: Provider, card: ModelCard) -> tuple[tuple[str, float | None, str], ...]:
    """Return the parameters that have a highest value, and whose it is."""
    return (
        (provider.token_limit_field, card.max_output, f"{card.id} gives"),
        ("temperature", provider.temperature_max, f"{provider.label} takes"),
    )


def upstream_id(provider: str, card: ModelCard) -> str:
    """Return the name under which a provider knows a model."""
    return dict(card.routes).get(provider, card.upstream_id)


def _row(name: str) -> Provider:
    rows = providers()
    row = rows.get(canonical_provider(name))
    if row is None:
        raise RequestError(
            f"there is no provider {name!r}",
            param="provider",
            remedy=f"Use one of: {', '.join(sorted(rows))}.",
        )
    if row.kind != "openai":
        raise UnsupportedError(
            f"requests in the dialect of {name!r} come in a later release",
            param="provider",
            provider=row.name,
            remedy="Reach the model through a compatible provider, such as openrouter.",
        )
    return row


def _checked(request: ChatRequest | Mapping[str, Any]) -> ChatRequest:
    return request if isinstance(request, ChatRequest) else ChatRequest.from_openai(request)


def _parameters(provider: Provider, request: ChatRequest) -> dict[str, Any]:
    """Collect every parameter that was given, by the name that the provider has for it."""
    named = {
        provider.token_limit_field: request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "stop": list(request.stop) or None,
        provider.seed_field: request.seed,
        "reasoning_effort": request.reasoning_effort,
        "tools": list(request.tools) or None,
        "tool_choice": request.tool_choice if request.tools else None,
        "response_format": request.response_format,
    }
    given = {name: value for name, value in request.extra.items() if name not in _NOT_PASSED_ON}
    given |= {name: value for name, value in named.items() if value is not None}
    if not request.tools:
        given.pop("parallel_tool_calls", None)  # refused where there are no tools
    return {name: value for name, value in given.items() if value is not None}


def _refused(
    provider: Provider, card: ModelCard, request: ChatRequest, parameters: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Give what the model or the provider doesn't take, and why."""
    if provider.closed_schema:
        unknown = (name for name in _REFUSED_BY_CLOSED_SCHEMAS if name in parameters)
        yield from ((name, f"{provider.label} doesn't know it") for name in unknown)
    for names, why in _refused_sampling(card, request):
        yield from ((name, why) for name in names if name in parameters)
    if card.reasoning is False and "reasoning_effort" in parameters:
        yield "reasoning_effort", f"{card.id} doesn't reason"
    if card.tools is False and request.tools:
        if request.forces_tool:
            raise UnsupportedError(
                f"{card.id!r} can't call tools, and the request forces one",
                param="tool_choice",
                model=card.id,
            )
        about = (name for name in _ABOUT_TOOLS if name in parameters)
        yield from ((name, f"{card.id} has no tools") for name in about)


def _refused_sampling(
    card: ModelCard, request: ChatRequest
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Say which sampling parameters go.

    Where the card doesn't say, a model that reasons is taken to refuse them: most do, with an
    error, and an answer at the default temperature is better than none.
    """
    sampling = card.sampling or ("rejected" if card.reasoning else "accepted")
    every = (*_SAMPLING, *_SAMPLING_NEVER_WITH_REASONING)
    match sampling:
        case "rejected":
            yield every, f"{card.id} refuses it"
        case "ignored":
            yield every, f"{card.id} ignores it"
        case "without_reasoning" if card.reasoning is False:
            return
        case "without_reasoning" if request.reasoning_effort == _NO_REASONING_EFFORT:
            yield _SAMPLING_NEVER_WITH_REASONING, f"{card.id} refuses it"
        case "without_reasoning":
            yield every, f"{card.id} takes it only with reasoning_effort 'none'"


def _stream_options(provider: Provider, request: ChatRequest) -> Body:
    given = request.extra.get("stream_options")
    options = {**given} if isinstance(given, Mapping) else {}
    if provider.stream_usage:
        options["include_usage"] = True
    else:
        options.pop("include_usage", None)
    return {"stream_options": options} if options else {}


# Messages ---------------------------------------------------------------------------------------

_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "system": ("content", "name"),
    "developer": ("content", "name"),
    "user": ("content", "name"),
    "assistant": ("content", "name", "refusal", "audio", "tool_calls", "function_call"),
    "tool": ("content", "name", "tool_call_id"),
    "function": ("content", "name"),
}
"""The fields of a message that go out, by role.  Everything else is somebody's private note."""

_ONLY_IN_OPEN_SCHEMAS: Final = frozenset({"refusal", "audio", "function_call"})

_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("text",),
    "refusal": ("refusal",),
    "image_url": ("image_url",),
    "input_audio": ("input_audio",),
    "file": ("file",),
    "video_url": ("video_url",),
}


def _message(provider: Provider, card: ModelCard, message: Message) -> Body:
    role = message["role"]
    out: Body = {"role": _role(provider, card, role)}
    for name in _FIELDS[role]:
        value = message.get(name)
        if value is not None and not (provider.closed_schema and _is_extra(name, role)):
            out[name] = _FIELD_BUILDERS.get(name, _as_it_is)(card, value)
    if "content" not in out:
        out["content"] = None if out.get("tool_calls") or out.get("function_call") else ""
    return out | _replayed_reasoning(provider, card, message)


def _is_extra(name: str, role: str) -> bool:
    """Whether a closed schema has no such field: a name belongs to tools' answers there."""
    return name in _ONLY_IN_OPEN_SCHEMAS or (name == "name" and role not in ("tool", "function"))


def _role(provider: Provider, card: ModelCard, role: str) -> str:
    """``developer`` for models that reason where the provider knows it, ``system`` elsewhere."""
    if role not in ("system", "developer"):
        return role
    return "developer" if provider.developer_role and card.reasoning else "system"


def _replayed_reasoning(provider: Provider, card: ModelCard, message: Message) -> Body:
    """Return the earlier chain of thought where the model wants it back: its own, never another's.

    A message may say in ``model`` whose it is.  A model that fails without reasoning on tool
    turns gets an empty one for calls that it didn't make.
    """
    field = provider.reasoning_replay_field
    if field is None or message["role"] != "assistant" or card.reasoning_replay not in _REPLAYING:
        return {}
    is_own = message.get("model") in (None, card.id, card.upstream_id)
    given = message.get("reasoning_content") or message.get("reasoning")
    thought = given if is_own and isinstance(given, str) else ""
    if card.reasoning_replay == "own":
        return {field: thought} if thought else {}
    return {field: thought} if message.get("tool_calls") else {}


_REPLAYING: Final = frozenset({"own", "required_on_tool_turns"})


def _content(card: ModelCard, content: Any) -> Any:
    if isinstance(content, str):
        return content
    return [_part(card, part) for part in content if isinstance(part, Mapping)]


def _part(card: ModelCard, part: Mapping[str, Any]) -> Body:
    kind = str(part.get("type", "text"))
    if kind == "image_url" and card.vision is False:
        return {"type": "text", "text": IMAGE_NOTE}
    names = _PARTS.get(kind, tuple(name for name in part if name != "type"))
    return {"type": kind, **{name: _plain(part[name]) for name in names if name in part}}


def _tool_calls(_card: ModelCard, calls: Any) -> list[Body]:
    return [_tool_call(call) for call in calls if isinstance(call, Mapping)]


def _tool_call(call: Mapping[str, Any]) -> Body:
    function = call.get("function")
    inner = function if isinstance(function, Mapping) else {}
    return {
        "id": str(call.get("id", "")),
        "type": "function",
        "function": {
            "name": str(inner.get("name", "")),
            "arguments": _arguments(inner.get("arguments")),
        },
    }


def _arguments(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "{}" if value is None else json.dumps(_plain(value), ensure_ascii=False)


def _as_it_is(_card: ModelCard, value: Any) -> Any:
    return _plain(value)


_FIELD_BUILDERS: Final[Mapping[str, Callable[[ModelCard, Any], Any]]] = {
    "content": _content,
    "tool_calls": _tool_calls,
}


def _plain(value: Any) -> Any:
    """Copy a value into plain dicts and lists: the body shares nothing with the request."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value

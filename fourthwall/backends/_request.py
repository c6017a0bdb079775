"""From our request to a provider's JSON body: pure, deterministic, idempotent.

`build_request` chooses the dialect that the provider speaks to this model; a dialect's writer makes
the body of the history as `fourthwall.backends._transcript` prepares it and of the parameters as
`fourthwall.backends._target` puts them right.  What a model refuses stands on its card and in the
traits of its kind, what a provider refuses in its row; nothing here knows a model or a provider by
name.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, Protocol, TypeAlias

from fourthwall.backends._anthropic_body import anthropic_body
from fourthwall.backends._chat_body import chat_body
from fourthwall.backends._gemini_body import gemini_body
from fourthwall.backends._responses_body import responses_body
from fourthwall.backends._target import Body, Report, Target
from fourthwall.chat import ChatRequest, Thinking, check_messages
from fourthwall.errors import RequestError
from fourthwall.registry import ModelCard, Provider, canonical_provider, providers

__all__ = ["Dialect", "build_body", "build_request", "dialect_of", "dropped_parameters"]

Dialect: TypeAlias = Literal["chat", "responses", "anthropic", "gemini"]


class Writer(Protocol):
    """Writes the bodies of one dialect."""

    def __call__(
        self, target: Target, request: ChatRequest, *, stream: bool
    ) -> tuple[Body, Report]:
        """Return the body, and what was dropped."""


_WRITERS: Final[Mapping[Dialect, Writer]] = {
    "chat": chat_body,
    "responses": responses_body,
    "anthropic": anthropic_body,
    "gemini": gemini_body,
}


def build_request(provider: str, card: ModelCard, request: ChatRequest | Mapping[str, Any]) -> Body:
    """Return the JSON body that a provider is sent.

    The history comes out as the target accepts it: calls have their results, ids their pattern,
    turns their order, media a note where they can't be seen, and private state (signatures,
    encrypted reasoning) goes back to the very model that made it and to nobody else.  As long as
    the model stays, a longer history's body begins with the shorter one's.  Parameters are put
    right by the card; `dropped_parameters` says what was left out.

    The body asks for a stream with usage, unless the request is a mapping that says
    ``"stream": false``.  Gemini's body doesn't say it: there the address does.

    Args:
        provider: ``openai``, ``anthropic``, ``gemini`` or the name of a compatible provider's row.
        card: the model that is asked.  One that OpenAI serves by its Responses API only, or with
            these parameters only there, gets a body for that API.
        request: a request, or a mapping in OpenAI's shape; never changed.

    Raises:
        RequestError: the provider's name is unknown, there is nothing to answer, or a field is
            wrong.
        UnsupportedError: the model or the provider can't do what is asked: a forced tool without
            tools, several answers at once, a file that only another provider has.
    """
    _check_kinds(provider, card)
    body, _ = _written(_row(provider), card, _checked(request), stream=_streams(request))
    return body


def dropped_parameters(
    provider: str, card: ModelCard, request: ChatRequest | Mapping[str, Any]
) -> Mapping[str, str]:
    """Return what `build_request` leaves out, lowers or changes: the parameter's name -> why.

    What of the history the model isn't shown stands under ``messages``.

    Raises:
        FourthwallError: as `build_request`.
    """
    _check_kinds(provider, card)
    _, report = _written(_row(provider), card, _checked(request), stream=_streams(request))
    return MappingProxyType(report)


def build_body(
    provider: Provider, card: ModelCard, request: ChatRequest, *, stream: bool = True
) -> tuple[Body, Report]:
    """Return the body for a provider, and what was dropped: name -> why.

    Raises:
        FourthwallError: as `build_request`.
    """
    check_messages(request.messages)
    return _written(provider, card, request, stream=stream)


def _written(
    provider: Provider, card: ModelCard, request: ChatRequest, *, stream: bool
) -> tuple[Body, Report]:
    if not request.messages:
        raise RequestError(
            "'messages' is empty: there is nothing to answer",
            param="messages",
            remedy="Send at least one message.",
        )
    target = Target(provider, card)
    try:
        return _WRITERS[dialect_of(target, request)](target, request, stream=stream)
    except RecursionError as error:
        raise RequestError("the request is nested too deeply", param="messages") from error


def dialect_of(target: Target, request: ChatRequest) -> Dialect:
    """Return the dialect in which a provider is asked.

    OpenAI has two: some models exist in the Responses API only, some combine tools and thinking
    only there, and only there can they be asked to think as hard as they can.
    """
    if target.provider.kind != "openai":
        return target.provider.kind
    if not target.provider.responses:
        return "chat"
    traits, thinking = target.traits, Thinking.of(request)
    parts_ways = bool(request.tools) and target.thinks(thinking)
    goes_further = thinking.effort == "max" and "max" in traits.efforts
    if not traits.chat or goes_further or (parts_ways and not traits.chat_tools):
        return "responses"
    return "responses" if "responses_only" in request.faults else "chat"


def _check_kinds(provider: object, card: object) -> None:
    """Raise `RequestError` unless the first two arguments are of their kinds."""
    if not isinstance(provider, str):
        raise RequestError(
            f"'provider' must be a provider's name, not {type(provider).__name__}",
            param="provider",
            remedy="Write 'openai', 'anthropic', 'gemini' or another row's name.",
        )
    if not isinstance(card, ModelCard):
        raise RequestError(
            f"'card' must be a ModelCard, not {type(card).__name__}",
            param="card",
            remedy="Take it from a registry: registry['claude-sonnet-5.5'].",
        )


def _row(name: str) -> Provider:
    rows = providers()
    row = rows.get(canonical_provider(name))
    if row is None:
        raise RequestError(
            f"there is no provider {name!r}",
            param="provider",
            remedy=f"Use one of: {', '.join(sorted(rows))}.",
        )
    return row


def _streams(request: ChatRequest | Mapping[str, Any]) -> bool:
    return not (isinstance(request, Mapping) and request.get("stream") is False)


def _checked(request: ChatRequest | Mapping[str, Any]) -> ChatRequest:
    if not isinstance(request, ChatRequest):
        return ChatRequest.from_openai(request)
    check_messages(request.messages)
    return request

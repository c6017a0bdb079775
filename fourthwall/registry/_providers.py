"""Who serves models: address, key and dialect of each provider, as rows of ``providers.toml``.

A provider that differs only in its URL, its key and a few habits is a row; code is for those that
speak another protocol (`Provider.kind`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Final, Literal

from fourthwall.errors import ConfigurationError
from fourthwall.registry._packaged import packaged
from fourthwall.registry._registry import squash

__all__ = ["LeftOutWarning", "Provider", "canonical_provider", "provider_names", "providers"]


class LeftOutWarning(UserWarning):
    """A provider was found and can't be used; the others can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider of models.

    Attributes:
        name: what a card's `provider` and the keys of its `hosts` say.
        label: the name that people read.
        base_url: where its API begins, without a slash at the end.
        kind: the protocol: OpenAI's chat completions, or the maker's own.
        names: other names that people and programs use for it.
        key_env: environment variables that may hold its API key, first choice first; empty
            where no key is needed.
        url_env: environment variables that move its address, beside ``X_BASE_URL`` for a key in
            ``X_API_KEY``.
        local_port: the port on which it usually listens on this machine; None if it isn't a
            local server.
        token_limit_field: how the bound of an answer is called there.
        developer_role: whether its reasoning models want ``developer`` instead of ``system``.
        stream_usage: whether ``stream_options: {"include_usage": true}`` may be sent.
        seed_field: how ``seed`` is called there.
        temperature_max: the highest temperature that it takes.
        closed_schema: whether it refuses fields that it doesn't know.
        reasoning_replay_field: the field of an assistant message that takes reasoning back;
            None if none does.
        reasoning_details: whether it takes ``reasoning_details`` back.
        thinking_switch: how thinking is turned on and off there: by ``reasoning_effort`` alone
            (``effort``), by ``thinking: {"type": ...}``, by ``enable_thinking`` with
            ``thinking_budget``, by ``reasoning: {...}``, or in a way that only the caller knows
            (``as_given``: what the request says goes out unchanged).
        late_system: whether system text may stand between turns (``in_place``), or goes as a
            note of the user's side (``note``).
        merges_turns: whether two turns of the same role must become one.
        user_first: whether the first turn must be the user's.
        last_turn: how a history may end: ``any``; ``user``; or ``prefix``, an assistant's turn
            that is marked to be continued.
        bridges_tool_turns: whether an assistant's turn stands between a tool's and the user's for
            models whose kind wants that.
        media: what a message may hold beside text; a card's `vision` has the last word on images.
        max_images: most images of a request; None if no bound is known.
        max_image_bytes: how large an image may be that is sent along; None if no bound is known.
        file_ids: how the ids begin that it gives to files, where a message may name one.
        tool_id: what call ids must look like: ``any`` text up to 40 characters, ``word``
            (letters, digits, ``_`` and ``-``, up to 40) or ``nine`` letters and digits.
        flattens_without_tools: whether calls in the history are refused where no tools are
            offered, so that they go as text.
        json_schema: whether ``response_format`` takes a schema; without, ``json_object`` with the
            schema in the prompt stands in.
        refuses: parameters that it refuses.
        takes: the parameters of chat completions that it takes, by their names there; empty where
            any may be sent.
        max_stops: most ``stop`` strings; None for as many as OpenAI takes.
        message_names: whether messages may carry a participant's ``name``; closed schemas don't
            let them.
        cache_marks: whether it takes ``cache_control`` marks in chat completions.
        other_tools: whether tools may be something else than functions.
        forced_tools: whether ``tool_choice`` can force a call.
        responses: whether it has OpenAI's Responses API beside chat completions.
        key_header: the header that holds the key; ``authorization`` as a bearer token.
        headers: more headers that it wants.

    A `base_url` may hold ``{NAME}`` or ``{NAME:default}``: a part that only the operator knows,
    such as a region, taken from the environment variable of that name.
    """

    name: str
    label: str
    base_url: str
    kind: Literal["openai", "anthropic", "gemini"] = "openai"
    names: tuple[str, ...] = ()
    key_env: tuple[str, ...] = ()
    url_env: tuple[str, ...] = ()
    local_port: int | None = None
    token_limit_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"  # noqa: S105 - no secret
    developer_role: bool = False
    stream_usage: bool = True
    seed_field: str = "seed"
    temperature_max: float = 2.0
    closed_schema: bool = False
    reasoning_replay_field: str | None = None
    reasoning_details: bool = False
    thinking_switch: Literal[
        "as_given", "effort", "thinking_type", "enable_thinking", "reasoning"
    ] = "as_given"
    late_system: Literal["in_place", "note"] = "note"
    merges_turns: bool = False
    user_first: bool = False
    last_turn: Literal["any", "user", "prefix"] = "any"
    bridges_tool_turns: bool = True
    media: tuple[str, ...] = ("image", "audio", "file", "video", "other")
    max_images: int | None = None
    max_image_bytes: int | None = None
    file_ids: tuple[str, ...] = ()
    tool_id: Literal["any", "word", "nine"] = "any"
    flattens_without_tools: bool = False
    json_schema: bool = True
    refuses: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    max_stops: int | None = None
    message_names: bool = True
    cache_marks: bool = False
    other_tools: bool = True
    forced_tools: bool = True
    responses: bool = False
    key_header: str = "authorization"
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for name in ("names", "key_env", "url_env", "media", "refuses", "takes", "file_ids"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "headers", dict(self.headers))

    @property
    def local(self) -> bool:
        """Whether it is a server on one's own machine."""
        return self.local_port is not None

    @property
    def address_env(self) -> tuple[str, ...]:
        """The environment variables without which its address isn't known."""
        return tuple(m[1] for m in _PLACEHOLDER.finditer(self.base_url) if m[2] is None)

    def address(self, environ: Mapping[str, str]) -> str:
        """Return where its API begins, with what only the operator knows filled in.

        Args:
            environ: the environment, for example `os.environ`.

        Raises:
            ConfigurationError: a variable isn't set; the remedy names it.
        """

        def value(found: re.Match[str]) -> str:
            given = environ.get(found[1], "").strip() or found[2]
            if not given:
                raise ConfigurationError(
                    f"the address of {self.name!r} needs {found[1]}",
                    param="base_url",
                    remedy=f"Set {found[1]} in the environment, or pass a base_url.",
                    provider=self.name,
                )
            return given.rstrip("/")

        return _PLACEHOLDER.sub(value, self.base_url)

    def credentials(self, key: str) -> dict[str, str]:
        """Return the header that carries a key; none for ``""``."""
        if not key:
            return {}
        return {self.key_header: f"Bearer {key}" if self.key_header == "authorization" else key}


_PLACEHOLDER: Final = re.compile(r"\{([A-Z0-9_]+)(?::([^}]*))?\}")


@cache
def providers() -> Mapping[str, Provider]:
    """Return the known providers by name, in the order of ``providers.toml``."""
    import tomllib

    rows = tomllib.loads(packaged("providers.toml").decode())
    return MappingProxyType({name: Provider(name=name, **row) for name, row in rows.items()})


@cache
def provider_names() -> Mapping[str, str]:
    """Return every name, label and other name, case-folded -> the provider's name.

    It is what a parser needs to know "Anthropic" or "z.ai" when a person says it.
    """
    return MappingProxyType(
        {
            name.casefold(): provider.name
            for provider in providers().values()
            for name in (provider.label, *provider.names, provider.name)
        }
    )


@cache
def _by_squash() -> Mapping[str, str]:
    return {squash(name): provider for name, provider in provider_names().items()}


def canonical_provider(name: str) -> str:
    """Return the provider's name for any of its names, in any case and spelling of spaces.

    A name that isn't known is a provider of the caller's own and comes back case-folded.

    >>> canonical_provider("Zhipu"), canonical_provider("Z.ai"), canonical_provider("my-server")
    ('zai', 'zai', 'my-server')
    """
    return _by_squash().get(squash(name), name.casefold())

"""Who serves models: address, key and dialect of each provider, as rows of ``providers.toml``.

A provider that differs only in its URL, its key and a few habits is a row; code is for those that
speak another protocol (`Provider.kind`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

from fourthwall.registry._packaged import packaged
from fourthwall.registry._registry import squash

__all__ = ["Provider", "canonical_provider", "provider_names", "providers"]


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
        note: what a person should know who can't use it, or None.
    """

    name: str
    label: str
    base_url: str
    kind: Literal["openai", "anthropic", "gemini"] = "openai"
    names: tuple[str, ...] = ()
    key_env: tuple[str, ...] = ()
    local_port: int | None = None
    token_limit_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"  # noqa: S105 - no secret
    developer_role: bool = False
    stream_usage: bool = True
    seed_field: str = "seed"
    temperature_max: float = 2.0
    closed_schema: bool = False
    reasoning_replay_field: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "key_env", tuple(self.key_env))

    @property
    def local(self) -> bool:
        """Whether it is a server on one's own machine."""
        return self.local_port is not None


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

"""What is known about one model, as data: a frozen `ModelCard`.

Differences between models are rows, not branches: everything that a request, a price or a parser
needs to know about a model stands on its card.  Facts may be unknown (None), and unknown is never
taken for a value: a missing price isn't free, a missing flag isn't false.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal, TypeAlias

from fourthwall.errors import RegistryError

__all__ = ["CatalogueWarning", "ModelCard", "ReasoningReplay", "Sampling", "UnknownKeyWarning"]

Sampling: TypeAlias = Literal["accepted", "rejected", "ignored", "without_reasoning"]
"""What becomes of temperature and its like: taken, refused (400), ignored, or taken only while
the model doesn't reason."""

ReasoningReplay: TypeAlias = Literal["never", "own", "required_on_tool_turns", "forbidden"]
"""Whether earlier reasoning is sent back: never (``forbidden`` is an older word for it), the
model's own, or the model's own because tool turns fail without."""

_PER_MILLION = 1_000_000


class UnknownKeyWarning(UserWarning):
    """A registry file has a key that isn't known: kept in `ModelCard.extra`, used for nothing."""


class CatalogueWarning(UserWarning):
    """The user's refreshed copy of the catalogue can't be used and is ignored."""


def _nanousd_per_million(usd_per_million: float) -> int:
    return round(usd_per_million * 1_000_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """One model on offer.  `id` and `provider` are enough; every other fact may be None.

    Attributes:
        id: canonical id, unique in a registry.
        provider: who sells it, a provider's name (``openai``, ``groq``, ...).
        upstream: the name under which the provider knows it; `id` if None.
        name: the name that people read.
        family: the coarse family (``gpt``, ``claude``); a bare family name means its default.
        tier: the family's tier (``opus``); a bare tier name means its newest model.
        family_default: whether the bare family name means this model.
        aliases: other names people use for it.
        context: context window in tokens, prompt and answer together.
        max_output: most tokens of one answer.
        price_in: USD per million prompt tokens.
        price_cached_in: USD per million prompt tokens read from the cache.
        price_out: USD per million completion tokens.
        reasoning: whether it thinks before it answers.
        reasoning_format: how its chain of thought arrives, a format name of `ReasoningSplitter`.
        reasoning_replay: whether its own earlier reasoning is sent back.
        sampling: what becomes of temperature and its like.
        vision: whether it takes images.
        tools: whether it calls tools.
        open_weights: whether its weights are public.
        thought_signatures: ``required`` if it refuses tool calls without its own signature.
        released: ISO date, ``YYYY-MM`` or ``YYYY-MM-DD``.
        retires: ISO date from which its maker no longer serves it.
        replaced_by: id of the model to use instead once it is retired.
        fallbacks: ids of the models that stand in when it can't be reached, best first.
        access: what a key needs to use it (free text, ``None`` for nothing special).
        hosts: other providers that serve it, provider name -> the name it has there.
        hosted_only: whether `provider` itself doesn't serve it (any more), only its `hosts` do.
        extra: keys of a registry file that aren't known here, kept as they are.
    """

    id: str
    provider: str
    upstream: str | None = None
    name: str | None = None
    family: str | None = None
    tier: str | None = None
    family_default: bool = False
    aliases: tuple[str, ...] = ()
    context: int | None = None
    max_output: int | None = None
    price_in: float | None = None
    price_cached_in: float | None = None
    price_out: float | None = None
    reasoning: bool | None = None
    reasoning_format: str | None = None
    reasoning_replay: ReasoningReplay | None = None
    sampling: Sampling | None = None
    vision: bool | None = None
    tools: bool | None = None
    open_weights: bool | None = None
    thought_signatures: Literal["required"] | None = None
    released: str | None = None
    retires: str | None = None
    replaced_by: str | None = None
    fallbacks: tuple[str, ...] = ()
    access: str | None = None
    hosts: Mapping[str, str] = field(default_factory=dict, hash=False)
    hosted_only: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for required in ("id", "provider"):
            value = getattr(self, required)
            if not isinstance(value, str) or not value.strip():
                raise RegistryError(
                    "must be a non-empty text",
                    entry=self.id if required != "id" else None,
                    field=required,
                    remedy=f"Give the entry a {required!r}.",
                )
        for name in ("price_in", "price_cached_in", "price_out"):
            price = getattr(self, name)
            if price is not None and not 0 <= price < inf:  # NaN fails this, too
                raise RegistryError(
                    f"must be a number ≥ 0 (USD per million tokens), got {price!r}",
                    entry=self.id,
                    field=name,
                    remedy="Give a number or None.",
                )
        # A file may say null, and a list where a tuple is kept.
        object.__setattr__(self, "family_default", bool(self.family_default))
        object.__setattr__(self, "hosted_only", bool(self.hosted_only))
        object.__setattr__(self, "aliases", tuple(self.aliases or ()))
        object.__setattr__(self, "fallbacks", tuple(self.fallbacks or ()))
        object.__setattr__(self, "hosts", dict(self.hosts or {}))
        object.__setattr__(self, "extra", dict(self.extra or {}))

    @property
    def label(self) -> str:
        """The name to show to a person: `name`, or the id."""
        return self.name or self.id

    @property
    def upstream_id(self) -> str:
        """The name to send to the provider."""
        return self.upstream or self.id

    @property
    def routes(self) -> tuple[tuple[str, str], ...]:
        """Where it can be asked for: (provider, its name there), its own provider first."""
        own = () if self.hosted_only else ((self.provider, self.upstream_id),)
        return (*own, *self.hosts.items())

    def is_retired(self, on: str) -> bool:
        """Whether its maker no longer serves it on the ISO date ``on`` (``YYYY-MM-DD``)."""
        if self.retires is None:
            return False
        # "2026-10" means some day of that month: taken as its last, so that a model isn't
        # called retired while it may still answer.
        retires = self.retires if len(self.retires) > len("YYYY-MM") else f"{self.retires}-31"
        return retires <= on

    def cost_nanousd(
        self, *, prompt_tokens: int, completion_tokens: int, cached_tokens: int = 0
    ) -> int | None:
        """Return the cost of one answer in nano-dollars, rounded up; None if a price is unknown.

        Args:
            prompt_tokens: all prompt tokens, the cached ones included.
            completion_tokens: all completion tokens, reasoning included.
            cached_tokens: how many of the prompt tokens came from the cache; they cost
                `price_cached_in`, or `price_in` where that isn't known.

        A price only matters where there are tokens for it.
        """
        fresh = prompt_tokens - cached_tokens
        cached_price = self.price_in if self.price_cached_in is None else self.price_cached_in
        total = 0
        for tokens, price in (
            (fresh, self.price_in),
            (cached_tokens, cached_price),
            (completion_tokens, self.price_out),
        ):
            if tokens:
                if price is None:
                    return None
                total += tokens * _nanousd_per_million(price)
        return -(-total // _PER_MILLION)

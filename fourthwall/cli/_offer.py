"""What can be had right now: looked up once, for ``models`` and ``chat`` alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fourthwall.backends import (
    Backends,
    Found,
    OfflineBackend,
    Unusable,
    backends_for,
    discover,
    usable,
)
from fourthwall.registry import ModelCard, Registry, canonical_provider, providers

__all__ = ["Offer", "look_around", "provider_label"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The models that are known, and which of them can be used.

    Attributes:
        registry: every known model; the usable ones as they are served.
        usable: the cards that can be used, in order; `ModelCard.provider` is who serves them.
            Empty where everything runs offline.
        unusable: the others, and why.
        found: the providers that can be reached.
        backends: who is asked.
    """

    registry: Registry
    usable: tuple[ModelCard, ...]
    unusable: tuple[Unusable, ...]
    found: tuple[Found, ...]
    backends: Backends

    @property
    def is_offline(self) -> bool:
        """Whether demo personas answer in place of the models."""
        return not self.usable

    @property
    def allowed(self) -> frozenset[str] | None:
        """The ids that may be switched to; None for all."""
        return frozenset(card.id for card in self.usable) or None

    @property
    def choices(self) -> tuple[ModelCard, ...]:
        """The models that can be talked to, retired ones left out."""
        known = self.registry.cards if self.is_offline else self.usable
        return tuple(card for card in known if self.registry.current(card) is card)

    @property
    def first(self) -> ModelCard:
        """The model to begin with: the first default of a family, else the first of all."""
        defaults = (card for card in self.choices if card.family_default)
        return next(defaults, self.choices[0])

    def why_not(self, card: ModelCard) -> str | None:
        """Say why a model can't be used; None if it can."""
        current = self.registry.current(card).id
        if self.is_offline or any(one.id == current for one in self.usable):
            return None
        return next((u.why for u in self.unusable if u.card.id == current), "nobody serves it")


def look_around(
    registry: Registry, environ: Mapping[str, str], *, persona: OfflineBackend | None = None
) -> Offer:
    """Look for keys, local servers (0.3 seconds at most) and plug-ins; say what can be had.

    What is found and can't be used stands among the reasons of the models that it would serve.

    Args:
        registry: the models.
        environ: the environment, for example `os.environ`.
        persona: answers where nothing is found; a hasty one if left out.

    Warns:
        LeftOutWarning: as `discover`.
    """
    found = discover(environ)
    reachable, unusable = usable(registry, found)
    if reachable is registry:
        return offline(registry, unusable, persona)
    known = registry.with_cards(reachable.cards)
    return Offer(
        registry=known,
        usable=tuple(card for card in reachable.cards if known.current(card) is card),
        unusable=tuple(unusable),
        found=tuple(one for one in found if one.fault is None),
        backends=backends_for(found, environ),
    )


def offline(
    registry: Registry, unusable: list[Unusable], persona: OfflineBackend | None = None
) -> Offer:
    """Return the offer without a network: personas for all models."""
    return Offer(
        registry=registry,
        usable=(),
        unusable=tuple(unusable),
        found=(),
        # What fails in a demo was asked to fail: nobody is left alone for it.
        backends=Backends(default=persona or OfflineBackend(), plugins=False, breaker=None),
    )


def provider_label(name: str) -> str:
    """Return a provider's name for people."""
    row = providers().get(canonical_provider(name))
    return row.label if row else name

"""Which models there are, what they are called, what they cost and can do."""

from fourthwall.registry._card import (
    CatalogueWarning,
    ModelCard,
    ReasoningReplay,
    Sampling,
    UnknownKeyWarning,
)
from fourthwall.registry._providers import (
    LeftOutWarning,
    Provider,
    canonical_provider,
    provider_names,
    providers,
)
from fourthwall.registry._refresh import RefreshReport, refresh_catalogue
from fourthwall.registry._registry import Registry, squash
from fourthwall.registry._traits import Traits, details_format, reasons, thinks, traits_of

__all__ = [
    "CatalogueWarning",
    "LeftOutWarning",
    "ModelCard",
    "Provider",
    "ReasoningReplay",
    "RefreshReport",
    "Registry",
    "Sampling",
    "Traits",
    "UnknownKeyWarning",
    "canonical_provider",
    "details_format",
    "provider_names",
    "providers",
    "reasons",
    "refresh_catalogue",
    "squash",
    "thinks",
    "traits_of",
]

"""Which models there are, what they are called, what they cost and can do."""

from fourthwall.registry._card import (
    CatalogueWarning,
    ModelCard,
    ReasoningReplay,
    Sampling,
    UnknownKeyWarning,
)
from fourthwall.registry._providers import Provider, canonical_provider, provider_names, providers
from fourthwall.registry._refresh import RefreshReport, refresh_catalogue
from fourthwall.registry._registry import Registry, squash

__all__ = [
    "CatalogueWarning",
    "ModelCard",
    "Provider",
    "ReasoningReplay",
    "RefreshReport",
    "Registry",
    "Sampling",
    "UnknownKeyWarning",
    "canonical_provider",
    "provider_names",
    "providers",
    "refresh_catalogue",
    "squash",
]

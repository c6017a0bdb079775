"""How a provider is spoken to: the backends, and who is asked when.

Names are loaded on first use: the offline backend needs neither the HTTP client nor tenacity, and
``import fourthwall`` loads none of this.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fourthwall.backends._base import (
    AsyncBackend,
    Backend,
    Backends,
    Endpoint,
    SyncBackend,
    Timeouts,
    open_astream,
    open_stream,
)
from fourthwall.backends._circuit import CircuitBreaker, CircuitState, Health
from fourthwall.backends._offline import OfflineBackend, ScriptedBackend

if TYPE_CHECKING:
    from fourthwall.backends._discovery import Found, Unusable, backends_for, discover, usable
    from fourthwall.backends._dispatch import adispatch, dispatch
    from fourthwall.backends._faults import FAULTS, fault_of
    from fourthwall.backends._http import (
        AnthropicBackend,
        GeminiBackend,
        HTTPBackend,
        OpenAIBackend,
    )
    from fourthwall.backends._policy import Attempt, Outcome, RetryPolicy
    from fourthwall.backends._request import build_request, dropped_parameters

__all__ = [
    "FAULTS",
    "AnthropicBackend",
    "AsyncBackend",
    "Attempt",
    "Backend",
    "Backends",
    "CircuitBreaker",
    "CircuitState",
    "Endpoint",
    "Found",
    "GeminiBackend",
    "HTTPBackend",
    "Health",
    "OfflineBackend",
    "OpenAIBackend",
    "Outcome",
    "RetryPolicy",
    "ScriptedBackend",
    "SyncBackend",
    "Timeouts",
    "Unusable",
    "adispatch",
    "backends_for",
    "build_request",
    "discover",
    "dispatch",
    "dropped_parameters",
    "fault_of",
    "open_astream",
    "open_stream",
    "usable",
]

_LAZY = {
    name: module
    for module, names in {
        "_discovery": ("Found", "Unusable", "backends_for", "discover", "usable"),
        "_dispatch": ("adispatch", "dispatch"),
        "_faults": ("FAULTS", "fault_of"),
        "_http": ("AnthropicBackend", "GeminiBackend", "HTTPBackend", "OpenAIBackend"),
        "_policy": ("Attempt", "Outcome", "RetryPolicy"),
        "_request": ("build_request", "dropped_parameters"),
    }.items()
    for name in names
}


def __getattr__(name: str) -> Any:
    """Load a module when one of its names is first asked for (PEP 562)."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    globals()[name] = value
    return value

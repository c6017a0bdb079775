"""fourthwall: say "switch to Claude" in the middle of a chat and be talking to Claude.

::

    import fourthwall as fw

    chat = fw.Conversation("gpt-4o")
    print(chat.send("Switch to Claude and write a poem").text)

`parse` says what a message asks for, `plan` what a whole conversation's last message comes to;
both are pure functions.  `Conversation` and `AsyncConversation` ask the models as well.

Every name is loaded when it is first used, so that importing the package costs next to nothing and
what speaks to a network isn't loaded by those who only parse.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fourthwall.backends import Backends, OfflineBackend, RetryPolicy, Timeouts
    from fourthwall.chat import (
        ChatReply,
        ChatRequest,
        ContentDelta,
        Event,
        Finished,
        ReasoningDelta,
        Started,
        Switch,
        SwitchAnnounced,
        SwitchImpact,
        ToolCall,
        ToolCallDelta,
        Usage,
        UsageReported,
        fold_reply,
    )
    from fourthwall.conversation import Announcer, Plan, plan
    from fourthwall.engine import AsyncConversation, Conversation, Options
    from fourthwall.errors import (
        BackendFailedError,
        ConfigurationError,
        ConnectionFailedError,
        ContextTooLongError,
        CredentialsError,
        DeadlineExceededError,
        FourthwallError,
        InsufficientCreditsError,
        InternalError,
        NoBackendError,
        OverloadedError,
        PaymentError,
        RateLimitedError,
        RegistryError,
        RequestError,
        StreamInterruptedError,
        TryAgainError,
        UnknownModelError,
        UnsupportedError,
        UpstreamProtocolError,
        UpstreamServerError,
    )
    from fourthwall.intent import Intent, IntentParser, parse
    from fourthwall.registry import ModelCard, Registry

__all__ = [
    "Announcer",
    "AsyncConversation",
    "BackendFailedError",
    "Backends",
    "ChatReply",
    "ChatRequest",
    "ConfigurationError",
    "ConnectionFailedError",
    "ContentDelta",
    "ContextTooLongError",
    "Conversation",
    "CredentialsError",
    "DeadlineExceededError",
    "Event",
    "Finished",
    "FourthwallError",
    "InsufficientCreditsError",
    "Intent",
    "IntentParser",
    "InternalError",
    "ModelCard",
    "NoBackendError",
    "OfflineBackend",
    "Options",
    "OverloadedError",
    "PaymentError",
    "Plan",
    "RateLimitedError",
    "ReasoningDelta",
    "Registry",
    "RegistryError",
    "RequestError",
    "RetryPolicy",
    "Started",
    "StreamInterruptedError",
    "Switch",
    "SwitchAnnounced",
    "SwitchImpact",
    "Timeouts",
    "ToolCall",
    "ToolCallDelta",
    "TryAgainError",
    "UnknownModelError",
    "UnsupportedError",
    "UpstreamProtocolError",
    "UpstreamServerError",
    "Usage",
    "UsageReported",
    "fold_reply",
    "parse",
    "plan",
]

_MODULES = {
    "backends": (
        "Backends",
        "OfflineBackend",
        "RetryPolicy",
        "Timeouts",
    ),
    "chat": (
        "ChatReply",
        "ChatRequest",
        "ContentDelta",
        "Event",
        "Finished",
        "ReasoningDelta",
        "Started",
        "Switch",
        "SwitchAnnounced",
        "SwitchImpact",
        "ToolCall",
        "ToolCallDelta",
        "Usage",
        "UsageReported",
        "fold_reply",
    ),
    "conversation": (
        "Announcer",
        "Plan",
        "plan",
    ),
    "engine": (
        "AsyncConversation",
        "Conversation",
        "Options",
    ),
    "errors": (
        "BackendFailedError",
        "ConfigurationError",
        "ConnectionFailedError",
        "ContextTooLongError",
        "CredentialsError",
        "DeadlineExceededError",
        "FourthwallError",
        "InsufficientCreditsError",
        "InternalError",
        "NoBackendError",
        "OverloadedError",
        "PaymentError",
        "RateLimitedError",
        "RegistryError",
        "RequestError",
        "StreamInterruptedError",
        "TryAgainError",
        "UnknownModelError",
        "UnsupportedError",
        "UpstreamProtocolError",
        "UpstreamServerError",
    ),
    "intent": (
        "Intent",
        "IntentParser",
        "parse",
    ),
    "registry": (
        "ModelCard",
        "Registry",
    ),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load a name when it is first asked for (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

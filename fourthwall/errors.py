"""Everything that fourthwall raises, sorted by what the caller can do about it.

::

    FourthwallError
    ├── RequestError                  change the request
    │   ├── UnknownModelError             (also a KeyError) ask for one of `suggestions`
    │   ├── ContextTooLongError           shorten the conversation or take a larger model
    │   └── UnsupportedError              this model or backend can't do what was asked
    ├── ConfigurationError            mend the set-up
    │   ├── RegistryError                 mend the registry file
    │   ├── NoBackendError                configure a provider for this model
    │   ├── BackendFailedError            mend the backend: it raised something foreign
    │   └── CredentialsError              the provider refused (or lacks) its API key
    ├── PaymentError                  top up
    │   └── InsufficientCreditsError      the provider's account has run dry
    ├── TryAgainError                 wait, then send the same again
    │   ├── ConnectionFailedError         nothing was reached
    │   ├── DeadlineExceededError         one of the timeouts passed before the answer began
    │   ├── RateLimitedError              too many requests; `retry_after_s` says when
    │   ├── OverloadedError               the provider has no room right now
    │   ├── UpstreamServerError           the provider failed (5xx)
    │   ├── UpstreamProtocolError         the provider answered something that isn't its protocol
    │   └── StreamInterruptedError        the answer broke off after it had begun (a timeout too);
    │                                     `partial` has what came, `__cause__` says why
    └── InternalError                 report a bug in fourthwall

Every class has a stable `code` (for programs), a `status_hint` (the HTTP status with which a
server should answer) and every instance a `remedy` (for people).  Errors that come from a
provider say which (`provider`), with what HTTP status (`status`) and under which `request_id`.
No message of an error, no note on it and no remedy ever holds an API key or the text of a
conversation: they can be logged.  The one place where an answer's text is kept is the attribute
`StreamInterruptedError.partial`; and an exception of a backend's own, which stands as the
`__cause__` of a `BackendFailedError`, says whatever its author made it say.
"""

from __future__ import annotations

import math
from typing import ClassVar

__all__ = [
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
]


class FourthwallError(Exception):
    """Root of all errors that fourthwall raises.

    Args:
        message: what went wrong, one sentence.
        remedy: what the caller can do; the class's own advice if left out.
        param: the field or argument at fault, if there is one.
        provider: the provider concerned, if there is one.
        model: the id of the model concerned, if there is one.
        status: the HTTP status that the provider answered with.
        request_id: the provider's own id of the failed request.
    """

    code: ClassVar[str] = "fourthwall_error"
    status_hint: ClassVar[int] = 500
    default_remedy: ClassVar[str] = "See the message."

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        param: str | None = None,
        provider: str | None = None,
        model: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy or self.default_remedy
        self.param = param
        self.provider = provider
        self.model = model
        self.status = status
        self.request_id = request_id

    def __str__(self) -> str:
        return self.message


class RequestError(FourthwallError):
    """The request can't be carried out as it stands: change it.

    Args:
        message: what went wrong, one sentence.
        fault: what of it a provider refused, where that is known and can be done without: a key
            of `fourthwall.backends.FAULTS`, or ``parameter:NAME``.
        **about: as for `FourthwallError`.
    """

    code = "invalid_request"
    status_hint = 400
    default_remedy = "Correct the field that the message names and send the request again."

    def __init__(
        self, message: str, *, fault: str | None = None, **about: str | int | None
    ) -> None:
        super().__init__(message, **about)  # type: ignore[arg-type]
        self.fault = fault


class UnknownModelError(RequestError, KeyError):
    """No model of the registry has this name; `suggestions` are the nearest ids, best first."""

    code = "model_not_found"
    default_remedy = "Use the id or an alias of a model in the registry."

    def __init__(self, name: str, *, suggestions: tuple[str, ...] = ()) -> None:
        hint = f"; did you mean {', '.join(suggestions)}?" if suggestions else ""
        remedy = f"Use one of: {', '.join(suggestions)}." if suggestions else None
        super().__init__(
            f"Model {name!r} is not in the registry{hint}", remedy=remedy, param="model"
        )
        self.name = name
        self.suggestions = suggestions


class ContextTooLongError(RequestError):
    """The conversation doesn't fit the model's context window."""

    code = "context_length_exceeded"
    default_remedy = "Shorten the conversation or switch to a model with a larger context window."


class UnsupportedError(RequestError):
    """This model or backend can't do what was asked."""

    code = "unsupported"
    default_remedy = "Leave the field out or choose a model that supports it."


class ConfigurationError(FourthwallError):
    """The set-up is wrong: the same request will fail until somebody mends it."""

    code = "configuration_error"
    status_hint = 500
    default_remedy = "Correct the configuration that the message names."


class RegistryError(ConfigurationError):
    """A registry can't be used; names the entry and the field.

    Args:
        message: what is wrong, without entry and field.
        entry: the model id (or ``#3``, counted from 1, where there is no id).
        field: the field of the entry.
        remedy: how to mend it.
    """

    code = "registry_error"
    default_remedy = "Correct the named field of the named entry."

    def __init__(
        self,
        message: str,
        *,
        entry: str | None = None,
        field: str | None = None,
        remedy: str | None = None,
    ) -> None:
        where = f"model {entry!r}" if entry else ""
        if field:
            where += f"{', ' if where else ''}field {field!r}"
        text = f"{where}: {message}" if where else message
        super().__init__(f"{text}. {remedy}" if remedy else text, remedy=remedy, param=field)
        self.entry = entry
        self.field = field


class NoBackendError(ConfigurationError):
    """No backend is configured for the model's provider."""

    code = "no_backend"
    default_remedy = "Give the provider's API key in the environment, or pass a backend for it."


class BackendFailedError(ConfigurationError):
    """A backend raised an exception that is no `FourthwallError`; it stands as `__cause__`."""

    code = "backend_failed"
    status_hint = 502
    default_remedy = "Mend the backend: what goes wrong in it is raised as a FourthwallError."


class CredentialsError(ConfigurationError):
    """The provider refused its API key, or none was given (HTTP 401, 403)."""

    code = "provider_credentials"
    status_hint = 502
    default_remedy = "Check the API key of the named provider."


class PaymentError(FourthwallError):
    """Money is missing."""

    code = "payment_required"
    status_hint = 402
    default_remedy = "Top up and send the request again."


class InsufficientCreditsError(PaymentError):
    """The account that pays for the request has run dry (HTTP 402, or a quota used up)."""

    code = "insufficient_credits"


class TryAgainError(FourthwallError):
    """A passing fault: the same request may go through later.

    Args:
        message: what went wrong, one sentence.
        retry_after_s: seconds that the provider asked to wait, if it said so; the remedy says
            them, too.
        should_retry: whether the provider wants to be asked the same again, if it said so.
        **about: as for `FourthwallError`.
    """

    code = "try_again"
    status_hint = 503
    default_remedy = "Wait a little and send the same request again."

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float | None = None,
        should_retry: bool | None = None,
        **about: str | int | None,
    ) -> None:
        super().__init__(message, **about)  # type: ignore[arg-type]
        self.retry_after_s = retry_after_s
        self.should_retry = should_retry
        if retry_after_s and math.isfinite(retry_after_s) and not about.get("remedy"):
            self.remedy = f"Wait {math.ceil(retry_after_s)} s, then send the same request again."


class ConnectionFailedError(TryAgainError):
    """The provider couldn't be reached (DNS, refused, reset before an answer)."""

    code = "connection_failed"
    status_hint = 502


class DeadlineExceededError(TryAgainError):
    """A timeout passed.

    `phase` says which: ``connect``, ``first_token``, ``between_tokens`` or ``total``.  Once a piece
    of the answer has come, this is the `__cause__` of a `StreamInterruptedError`.
    """

    code = "timeout"
    status_hint = 408

    def __init__(self, message: str, *, phase: str, **about: str | int | None) -> None:
        super().__init__(message, **about)  # type: ignore[arg-type]
        self.phase = phase


class RateLimitedError(TryAgainError):
    """Too many requests (HTTP 429)."""

    code = "rate_limited"
    status_hint = 429


class OverloadedError(TryAgainError):
    """The provider is overloaded (HTTP 503, 529, or an error event that says so)."""

    code = "overloaded"
    status_hint = 503


class UpstreamServerError(TryAgainError):
    """The provider failed (HTTP 5xx)."""

    code = "upstream_error"
    status_hint = 502


class UpstreamProtocolError(TryAgainError):
    """The provider answered something that isn't its protocol: HTML, broken JSON, no choices."""

    code = "upstream_protocol"
    status_hint = 502


class StreamInterruptedError(TryAgainError):
    """An answer broke off after it had begun, whatever the reason.

    `partial` is the content that had come, ``""`` if it was reasoning only.  `__cause__` is the
    fault itself: a `DeadlineExceededError` for a provider that fell silent, for example.
    """

    code = "stream_interrupted"
    status_hint = 502

    def __init__(self, message: str, *, partial: str = "", **about: str | int | None) -> None:
        super().__init__(message, **about)  # type: ignore[arg-type]
        self.partial = partial


class InternalError(FourthwallError):
    """fourthwall itself is at fault."""

    code = "internal_error"
    default_remedy = "Please report this with the message and the version of fourthwall."

"""What a provider or the HTTP client reports, translated once into our own errors.

Three tables: by the client's exception class, by the provider's own code, by the HTTP status; and
a few phrases for providers whose codes say nothing.  The most specific row counts.

An error may say what the provider said, but never what the person said: see
`fourthwall.backends._quoting`.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeAlias

from fourthwall.backends._faults import fault_of
from fourthwall.backends._quoting import harmless, quotable
from fourthwall.chat import ChatRequest
from fourthwall.errors import (
    ConfigurationError,
    ConnectionFailedError,
    ContextTooLongError,
    CredentialsError,
    DeadlineExceededError,
    FourthwallError,
    InsufficientCreditsError,
    InternalError,
    OverloadedError,
    RateLimitedError,
    RequestError,
    StreamInterruptedError,
    TryAgainError,
    UnsupportedError,
    UpstreamProtocolError,
    UpstreamServerError,
)
from fourthwall.registry import ModelCard

__all__ = ["EXCEPTIONS", "Translator", "foreign_exceptions", "retry_after_s"]

ErrorClass: TypeAlias = type[FourthwallError]

EXCEPTIONS: Final[Mapping[str, tuple[ErrorClass, str]]] = {
    # nothing was reached
    "ConnectError": (ConnectionFailedError, "couldn't be reached"),
    "ProxyError": (ConnectionFailedError, "couldn't be reached: the proxy failed"),
    "NetworkError": (ConnectionFailedError, "couldn't be reached"),
    "TransportError": (ConnectionFailedError, "couldn't be reached"),
    "RequestError": (ConnectionFailedError, "couldn't be asked"),
    "HTTPError": (ConnectionFailedError, "couldn't be asked"),
    # the connection broke
    "ReadError": (ConnectionFailedError, "broke the connection off"),
    "WriteError": (ConnectionFailedError, "broke the connection off"),
    "CloseError": (ConnectionFailedError, "broke the connection off"),
    "RemoteProtocolError": (UpstreamProtocolError, "hung up, or doesn't speak HTTP"),
    "ProtocolError": (UpstreamProtocolError, "doesn't speak HTTP as it should"),
    "DecodingError": (UpstreamProtocolError, "sent an answer that can't be unpacked"),
    "SSEError": (UpstreamProtocolError, "sent a broken event stream"),
    "CookieConflict": (UpstreamProtocolError, "sent contradictory cookies"),
    "TooManyRedirects": (ConfigurationError, "sends from one address to the next"),
    "HTTPStatusError": (UpstreamServerError, "answered with an error status"),
    # it took too long
    "ConnectTimeout": (DeadlineExceededError, "connect"),
    "PoolTimeout": (DeadlineExceededError, "connect"),
    "ReadTimeout": (DeadlineExceededError, ""),
    "WriteTimeout": (DeadlineExceededError, ""),
    "TimeoutException": (DeadlineExceededError, ""),
    # the set-up is wrong
    "InvalidURL": (ConfigurationError, "has a base_url that is no URL"),
    "UnsupportedProtocol": (ConfigurationError, "has a base_url without http:// or https://"),
    "LocalProtocolError": (ConfigurationError, "can't be asked with these headers"),
    # we misuse the client
    "StreamError": (InternalError, "was read out of turn"),
    "StreamConsumed": (InternalError, "was read out of turn"),
    "StreamClosed": (InternalError, "was read after it was closed"),
    "ResponseNotRead": (InternalError, "was read out of turn"),
    "RequestNotRead": (InternalError, "was read out of turn"),
}
"""The client's exception class, by name -> our class, and what to say of the provider.

By name, because `httpx` and its successor `httpx2` have classes of the same names, and neither is
imported for the sake of the other.  For deadlines the text is the phase, ``""`` for the phase in
which the answer is.
"""

_BY_CODE: Final[Mapping[str, ErrorClass]] = {
    code: cls
    for cls, codes in {
        InsufficientCreditsError: (
            "insufficient_quota",
            "insufficient_credits",
            "insufficient_balance",
            "credit_balance_exhausted",
            "billing_hard_limit_reached",
            "billing_not_active",
            "billing_disabled",
            "billing_error",
            "enforced_spend_limit_reached",
        ),
        ContextTooLongError: (
            "context_length_exceeded",
            "context_window_exceeded",
            "exceed_context_size_error",
            "request_too_large",
        ),
        CredentialsError: (
            "invalid_api_key",
            "api_key_invalid",
            "authentication_error",
            "permission_error",
            "permission_denied",
        ),
        UnsupportedError: ("model_not_found", "invalid_model", "model_not_available"),
        RateLimitedError: ("rate_limit_exceeded", "rate_limit_error", "rate_limited"),
        OverloadedError: (
            "overloaded",
            "overloaded_error",
            "unavailable",
            "engine_overloaded",
            "server_is_overloaded",
            "service_unavailable_error",
            "slow_down",
        ),
        DeadlineExceededError: ("timeout_error", "deadline_exceeded"),
        RequestError: (
            # of the Responses API, inside an answer with status 200
            "invalid_prompt",
            "bio_policy",
            "misalignment_policy_violation",
            "invalid_image",
            "invalid_image_format",
            "invalid_base64_image",
            "invalid_image_url",
            "invalid_image_mode",
            "image_too_large",
            "image_too_small",
            "image_parse_error",
            "image_content_policy_violation",
            "image_file_too_large",
            "image_file_not_found",
            "unsupported_image_media_type",
            "empty_image_file",
            "failed_to_download_image",
        ),
    }.items()
    for code in codes
}

_BY_BROAD_CODE: Final[Mapping[str, ErrorClass]] = {
    "invalid_argument": RequestError,
    "resource_exhausted": RateLimitedError,
}
"""Google's codes for many things: a phrase, where one fits, says more."""

_BY_STATUS: Final[Mapping[int, ErrorClass]] = {
    401: CredentialsError,
    402: InsufficientCreditsError,
    403: CredentialsError,
    404: ConfigurationError,
    405: ConfigurationError,
    408: DeadlineExceededError,
    409: TryAgainError,
    413: ContextTooLongError,
    425: TryAgainError,
    429: RateLimitedError,
    503: OverloadedError,
    504: DeadlineExceededError,
    529: OverloadedError,
}
_BY_HUNDREDS: Final[Mapping[int, ErrorClass]] = {
    3: ConfigurationError,
    4: RequestError,
    5: UpstreamServerError,
}

_BY_PHRASE: Final[tuple[tuple[re.Pattern[str], ErrorClass], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), cls)
    for pattern, cls in (
        (
            r"maximum context length|context (?:length|window|size|limit)|prompt is too long"
            r"|input token count|maximum number of tokens allowed|reduce the length of the",
            ContextTooLongError,
        ),
        (
            r"insufficient (?:balance|credit|fund|quota)|current quota|credit balance"
            # "You have reached your specified API usage limits." (anthropics/claude-code#2127)
            r"|credits are depleted|reached your specified api usage limits",
            InsufficientCreditsError,
        ),
        (r"(?:invalid|incorrect) api key|api key not valid", CredentialsError),
        (
            r"\bmodels?\b.{0,80}(?:not (?:found|exist)|does(?:n't| not) exist|not available)"
            # Anthropic's whole message, with type not_found_error: "model: claude-3-opus"
            r"|(?:invalid|unknown|no such) model|not a valid model|^model: \S+$",
            UnsupportedError,
        ),
    )
)
_MAY_BE_REFUSALS: Final = frozenset(
    {RequestError, UnsupportedError, ConfigurationError, UpstreamServerError}
)
"""Classes that give way to a known refusal.  OpenAI answers 404 where a model has to be asked in
another dialect, llama.cpp 500 where a chat template objects to the order of the turns."""

_STATUS_OF_KIND: Final[Mapping[str, int]] = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "conflict_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""Anthropic's error types -> the status that they would have had at the beginning of an answer
(platform.claude.com/docs/en/api/errors)."""

_OURS_TO_MEND: Final = frozenset({400, 422})
"""Where the request is wrong whatever else is said: there ``x-should-retry: true`` counts for
nothing."""

_PHRASES_COUNT_IN: Final = frozenset({200, 400, 403, 404, 413, 422, 429, 500})

_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,1000})</title", re.IGNORECASE)
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s")


def foreign_exceptions(client: object) -> tuple[type[Exception], ...]:
    """Return the exception classes that an HTTP client raises, by where its class comes from.

    A client of nobody's making (it has the interface, but derives from neither) is taken to raise
    those of whichever library is loaded.
    """
    roots = [cls.__module__.partition(".")[0] for cls in type(client).__mro__]
    for root in (*roots, "httpx", "httpx2"):
        module = sys.modules.get(root)
        found = [getattr(module, name, None) for name in EXCEPTIONS]
        classes = [cls for cls in found if isinstance(cls, type) and issubclass(cls, Exception)]
        if classes:
            return tuple(classes)
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reported:
    """What a provider says of an error, as far as it says it.

    `raw` is what the provider behind a gateway said, in whatever form: it is read, never told.
    """

    code: str | None = None
    kind: str | None = None
    param: str | None = None
    message: str = ""
    raw: str = ""
    status: int | None = None
    reason: str | None = None
    wait_s: float | None = None

    @classmethod
    def read(cls, body: object) -> _Reported:
        """Find the error in a parsed body; every provider wraps it otherwise."""
        if isinstance(body, list) and body:
            body = body[0]
        if not isinstance(body, Mapping):
            return cls(message=body if isinstance(body, str) else "")
        inner = body.get("error") or body.get("detail") or body.get("errors") or body
        if isinstance(inner, list) and inner:
            inner = inner[0]
        if not isinstance(inner, Mapping):
            return cls(message=str(inner))
        if isinstance(inner.get("message"), Mapping):  # Mistral: {"message": {"detail": [...]}}
            return cls.read(inner["message"])
        code = inner.get("code")
        status = code if isinstance(code, int) and 400 <= code < 600 else None
        metadata = inner.get("metadata")
        details = inner.get("details")
        known = [d for d in details if isinstance(d, Mapping)] if isinstance(details, list) else []
        return cls(
            code=harmless(_code_of(code) or inner.get("status")),
            kind=harmless(inner.get("type")),
            param=harmless(inner.get("param")) or _path(inner.get("loc")),
            message=str(inner.get("message") or inner.get("msg") or ""),
            raw=str(metadata.get("raw") or "") if isinstance(metadata, Mapping) else "",
            status=status,
            reason=_google_reason(known) or _anthropic_reason(details),
            wait_s=_google_wait_s(known),
        )

    @property
    def fault(self) -> str | None:
        """What was refused, if a row of `FAULTS` knows it."""
        said = f"{self.message} {self.raw}"
        found = (fault_of(said, code, self.param) for code in (self.code, self.kind))
        return next((fault for fault in found if fault), None)


def _google_reason(details: Sequence[Mapping[str, Any]]) -> str | None:
    """Return what Google's error details say: a reason, or that a day's quota is used up.

    Quotas by the minute refill while one waits; those by the day are as good as no money.
    """
    for detail in details:
        listed = detail.get("violations")
        for violation in listed if isinstance(listed, list) else ():
            if isinstance(violation, Mapping) and "PerDay" in str(violation.get("quotaId")):
                return "insufficient_quota"
    return next((reason for d in details if (reason := harmless(d.get("reason")))), None)


def _anthropic_reason(details: object) -> str | None:
    """Return what Anthropic adds to a type that says little: which limit was reached."""
    return harmless(details.get("error_code")) if isinstance(details, Mapping) else None


def _google_wait_s(details: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the seconds of a ``google.rpc.RetryInfo``, whose ``retryDelay`` is like ``32s``."""
    for detail in details:
        delay = detail.get("retryDelay")
        found = _DURATION.fullmatch(delay) if isinstance(delay, str) else None
        if found:
            return float(found[1])
    return None


def _code_of(code: object) -> object:
    """Return a provider's own code; Mistral's are numbers that are no HTTP status."""
    if isinstance(code, int):
        return None if code < 600 else str(code)
    return code


def _path(loc: object) -> str | None:
    """Return where pydantic's error stands (``["body", "messages", 0, "name"]``), with dots."""
    if not isinstance(loc, list | tuple):
        return None
    return harmless(".".join(str(part) for part in loc if part != "body"))


@dataclass(frozen=True, slots=True)
class _Advice:
    """What the headers say about asking again: after how many seconds, and whether at all."""

    wait_s: float | None = None
    should_retry: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Translator:
    """Translates for one request: knows who was asked and what must not be repeated.

    Attributes:
        provider: the provider's name.
        card: the model that was asked.
        request: what was asked; its words stay out of every error.
        upstream: the model's name at the provider.
        secret: the API key.
        local_address: ``host:port`` of a server on this machine, ``""`` for any other.
        now: gives the time of day, for a ``Retry-After`` that is a date.
    """

    provider: str
    card: ModelCard
    request: ChatRequest = field(repr=False)
    upstream: str = ""
    secret: str = field(default="", repr=False)
    local_address: str = ""
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def response(self, status: int, headers: Mapping[str, str], body: bytes) -> FourthwallError:
        """Translate an answer whose status isn't 200."""
        text = body.decode("utf-8", "replace").strip()
        about = {"request_id": _request_id(headers), "status": status}
        advice = _Advice(retry_after_s(headers, self.now), _should_retry(headers))
        if text.startswith("<"):
            return self._made(_Reported(message=_title(text)), status, about, advice)
        try:
            parsed = json.loads(text) if text else None
        except ValueError:
            parsed = text
        about["request_id"] = about["request_id"] or _request_id_in(parsed)
        return self._made(_Reported.read(parsed), status, about, advice)

    def payload(self, body: object) -> FourthwallError:
        """Translate an error object that came inside an answer with status 200."""
        reported = _Reported.read(body)
        about = {
            "status": reported.status or _STATUS_OF_KIND.get(reported.kind or ""),
            "request_id": _request_id_in(body),
        }
        return self._made(reported, reported.status or 200, about, _Advice())

    def html(self, page: str) -> UpstreamProtocolError:
        """Translate a web page that came instead of an answer: its title is all that is told."""
        title = self._quotable(_title(page))
        said = f" titled {title!r}" if title else ""
        return UpstreamProtocolError(
            f"{self.provider} answered with a web page{said}",
            remedy="Check base_url: it should end in the API's path, often /v1.",
            provider=self.provider,
            model=self.card.id,
        )

    def protocol(self, fault: str, request_id: str | None = None) -> UpstreamProtocolError:
        """Make the error for an answer that breaks the rules."""
        return UpstreamProtocolError(
            f"{self.provider} {fault}",
            provider=self.provider,
            model=self.card.id,
            request_id=harmless(request_id),
        )

    def deadline(self, phase: str, seconds: float) -> DeadlineExceededError:
        """Make the error for a deadline that passed."""
        words = {
            "connect": "no connection",
            "first_token": "no answer",
            "between_tokens": "silence in the middle of the answer",
            "total": "answer not complete",
        }
        return DeadlineExceededError(
            f"{self.provider}: {words[phase]} after {seconds:g} s ({phase})",
            phase=phase,
            provider=self.provider,
            model=self.card.id,
        )

    def interrupted(self, cause: FourthwallError, partial: str) -> StreamInterruptedError:
        """Make the error for an answer that ``cause`` broke off after it had begun."""
        return StreamInterruptedError(
            f"the answer of {self.provider} broke off: {cause.message}",
            partial=partial,
            provider=self.provider,
            model=self.card.id,
            status=cause.status,
            request_id=cause.request_id,
        )

    def exception(
        self, error: Exception, phase: str, limits: Mapping[str, float]
    ) -> FourthwallError:
        """Translate an exception of the HTTP client.

        Args:
            error: what the client raised.
            phase: in which phase of `Timeouts` the answer is.
            limits: phase -> seconds.
        """
        names = (cls.__name__ for cls in type(error).__mro__)
        ours, words = next(EXCEPTIONS[name] for name in names if name in EXCEPTIONS)
        if ours is DeadlineExceededError:
            phase = words or phase
            return self.deadline(phase, limits[phase])
        # Only the operating system's words are repeated: other texts may hold headers or keys.
        detail = f" ({error})" if ours is ConnectionFailedError and str(error) else ""
        return ours(
            f"{self.provider} {words}{detail}",
            remedy=self._start_it(error),
            provider=self.provider,
            model=self.card.id,
        )

    def _start_it(self, error: Exception) -> str | None:
        """Return the remedy where nobody listens on this machine: waiting won't help."""
        if not self.local_address or type(error).__name__ != "ConnectError":
            return None
        return f"No server is running at {self.local_address}: start it there, then ask again."

    def _made(
        self,
        reported: _Reported,
        status: int,
        about: Mapping[str, Any],
        advice: _Advice,
    ) -> FourthwallError:
        cls = _class_for(reported, status)
        known = {"provider": self.provider, "model": self.card.id, **about}
        fault = reported.fault if cls in _MAY_BE_REFUSALS else None
        if fault is not None:
            message = self._message(reported, status)
            return RequestError(message, fault=fault, param=reported.param, **known)
        if cls is UnsupportedError:
            return UnsupportedError(
                f"{self.provider} doesn't serve the model {self.upstream or self.card.id!r}",
                param="model",
                remedy="Correct the card's 'upstream', or choose another model.",
                **known,
            )
        message = self._message(reported, status)
        if cls is RequestError and advice.should_retry and status not in _OURS_TO_MEND:
            cls = TryAgainError
        if cls is DeadlineExceededError:
            return DeadlineExceededError(
                message, phase="first_token", should_retry=advice.should_retry, **known
            )
        if issubclass(cls, TryAgainError):
            wait_s = reported.wait_s if advice.wait_s is None else advice.wait_s
            return cls(message, retry_after_s=wait_s, should_retry=advice.should_retry, **known)
        if cls is ConfigurationError:
            known["remedy"] = "Check base_url: it should end in the API's path, often /v1."
        return cls(message, param=reported.param, **known)

    def _message(self, reported: _Reported, status: int) -> str:
        code = reported.code or reported.kind
        quoted = self._quotable(reported.message)
        said = f"answered {status}" if status != 200 else "reported an error"
        return (
            f"{self.provider} {said}{f' ({code})' if code else ''}{f': {quoted}' if quoted else ''}"
        )

    def _quotable(self, words: str) -> str:
        return quotable(words, self.request, self.secret)


def _class_for(reported: _Reported, status: int) -> ErrorClass:
    codes = [c.casefold() for c in (reported.reason, reported.code, reported.kind) if c]
    exact = next((_BY_CODE[code] for code in codes if code in _BY_CODE), None)
    if exact is not None:
        return exact
    # Google calls every limit a quota.  One for which it says how long to wait is no empty purse.
    if status in _PHRASES_COUNT_IN and reported.wait_s is None:
        for pattern, cls in _BY_PHRASE:
            if pattern.search(reported.message):
                return cls
    broad = next((_BY_BROAD_CODE[code] for code in codes if code in _BY_BROAD_CODE), None)
    if broad is not None:
        return broad
    if reported.kind == "invalid_request_error" and status == 200:
        return RequestError
    # In a stream the status is 200 and says nothing: a fault of the provider's.
    return _BY_STATUS.get(status) or _BY_HUNDREDS.get(status // 100, UpstreamServerError)


def _title(page: str) -> str:
    match = _TITLE.search(page)
    return " ".join(match[1].split())[:80] if match else ""


def _request_id_in(body: object) -> str | None:
    """Return the id that Anthropic writes beside the error, for whoever lost the header."""
    return harmless(body.get("request_id")) if isinstance(body, Mapping) else None


def _request_id(headers: Mapping[str, str]) -> str | None:
    return harmless(headers.get("x-request-id") or headers.get("request-id"))


def _should_retry(headers: Mapping[str, str]) -> bool | None:
    """Return what ``x-should-retry`` says; it overrides the status, as in the providers' SDKs."""
    return {"true": True, "false": False}.get((headers.get("x-should-retry") or "").lower())


def retry_after_s(headers: Mapping[str, str], now: Callable[[], datetime]) -> float | None:
    """Return how many seconds a provider asks to wait; None if it doesn't say.

    Reads ``retry-after-ms``, then ``retry-after`` (seconds, or a date).
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) * unit
        except ValueError:
            seconds = _seconds_until(value, now)
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None


def _seconds_until(date: str, now: Callable[[], datetime]) -> float:
    try:
        then = parsedate_to_datetime(date)
    except ValueError:
        return math.nan
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return (then - now()).total_seconds()

"""One hierarchy, sorted by what the caller can do."""

from __future__ import annotations

import inspect
import re

import pytest

from fourthwall import errors
from fourthwall.errors import (
    ConnectionFailedError,
    DeadlineExceededError,
    FourthwallError,
    RateLimitedError,
    RegistryError,
    StreamInterruptedError,
    TryAgainError,
    UnknownModelError,
)

# code and HTTP status of every class: clients rely on them, so a change here breaks somebody.
STABLE = {
    "FourthwallError": ("fourthwall_error", 500),
    "RequestError": ("invalid_request", 400),
    "UnknownModelError": ("model_not_found", 400),
    "ContextTooLongError": ("context_length_exceeded", 400),
    "UnsupportedError": ("unsupported", 400),
    "ConfigurationError": ("configuration_error", 500),
    "RegistryError": ("registry_error", 500),
    "NoBackendError": ("no_backend", 500),
    "BackendFailedError": ("backend_failed", 502),
    "CredentialsError": ("provider_credentials", 502),
    "PaymentError": ("payment_required", 402),
    "InsufficientCreditsError": ("insufficient_credits", 402),
    "TryAgainError": ("try_again", 503),
    "ConnectionFailedError": ("connection_failed", 502),
    "DeadlineExceededError": ("timeout", 408),
    "RateLimitedError": ("rate_limited", 429),
    "OverloadedError": ("overloaded", 503),
    "UpstreamServerError": ("upstream_error", 502),
    "UpstreamProtocolError": ("upstream_protocol", 502),
    "StreamInterruptedError": ("stream_interrupted", 502),
    "InternalError": ("internal_error", 500),
}
CLASSES = [getattr(errors, name) for name in errors.__all__]
PLAIN = [c for c in CLASSES if c not in (UnknownModelError, RegistryError, DeadlineExceededError)]


def test_codes_and_statuses_are_stable() -> None:
    assert {c.__name__: (c.code, c.status_hint) for c in CLASSES} == STABLE


def test_every_class_of_the_module_is_listed() -> None:
    here = [
        cls
        for _, cls in inspect.getmembers(errors, inspect.isclass)
        if cls.__module__ == errors.__name__
    ]
    assert sorted(cls.__name__ for cls in here) == errors.__all__


def test_codes_are_unique() -> None:
    codes = [cls.code for cls in CLASSES]
    assert len(set(codes)) == len(codes)


def test_there_is_one_root() -> None:
    assert all(issubclass(cls, FourthwallError) for cls in CLASSES)


def test_every_class_says_what_to_do() -> None:
    for cls in CLASSES:
        assert cls.default_remedy.endswith("."), cls
        assert cls.__doc__, cls


def drawn_tree() -> dict[str, str]:
    """Read class -> parent out of the picture in the module's docstring."""
    parents: dict[str, str] = {}
    above: dict[int, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"    ([ │├└─]*)(\w+Error)\b", line)
        if found:
            depth = len(found[1]) // 4
            above[depth] = found[2]
            parents[found[2]] = above[depth - 1] if depth else "Exception"
    return parents


def test_the_picture_shows_the_classes_as_they_are() -> None:
    assert drawn_tree() == {cls.__name__: cls.__bases__[0].__name__ for cls in CLASSES}


@pytest.mark.parametrize("cls", PLAIN)
def test_an_error_knows_what_it_is_about(cls: type[FourthwallError]) -> None:
    about = {
        "remedy": "Do that.",
        "param": "messages",
        "provider": "openai",
        "model": "gpt-5",
        "status": 418,
        "request_id": "r-1",
    }
    error = cls("It went wrong.", **about)  # type: ignore[arg-type]  # a table of mixed values
    assert str(error) == error.message == "It went wrong."
    assert {name: getattr(error, name) for name in about} == about


@pytest.mark.parametrize("cls", PLAIN)
def test_what_is_not_told_is_none(cls: type[FourthwallError]) -> None:
    error = cls("It went wrong.")
    assert error.remedy == cls.default_remedy
    assert (error.param, error.provider, error.model) == (None, None, None)
    assert (error.status, error.request_id) == (None, None)


class TestUnknownModel:
    def test_it_is_a_key_error_that_reads_like_a_sentence(self) -> None:
        error = UnknownModelError("gpt-55", suggestions=("gpt-5", "gpt-4o"))
        assert isinstance(error, KeyError)
        assert str(error) == "Model 'gpt-55' is not in the registry; did you mean gpt-5, gpt-4o?"
        assert error.remedy == "Use one of: gpt-5, gpt-4o."
        assert (error.name, error.suggestions) == ("gpt-55", ("gpt-5", "gpt-4o"))
        assert error.param == "model"

    def test_without_suggestions_it_gives_the_general_advice(self) -> None:
        error = UnknownModelError("zzz")
        assert str(error) == "Model 'zzz' is not in the registry"
        assert error.remedy == UnknownModelError.default_remedy


class TestRegistryErrors:
    @pytest.mark.parametrize(
        ("place", "text"),
        [
            ({}, "is wrong"),
            ({"entry": "gpt-5"}, "model 'gpt-5': is wrong"),
            ({"field": "id"}, "field 'id': is wrong"),
            ({"entry": "#3", "field": "id"}, "model '#3', field 'id': is wrong"),
            ({"field": "id", "remedy": "Give one."}, "field 'id': is wrong. Give one."),
        ],
    )
    def test_they_name_the_entry_and_the_field(self, place: dict[str, str], text: str) -> None:
        error = RegistryError("is wrong", **place)
        assert str(error) == text
        assert (error.entry, error.field) == (place.get("entry"), place.get("field"))
        assert error.param == place.get("field")
        assert error.remedy == place.get("remedy", RegistryError.default_remedy)


class TestTryingAgain:
    def test_the_provider_may_say_when(self) -> None:
        assert RateLimitedError("Too many.", retry_after_s=2.5).retry_after_s == 2.5
        assert ConnectionFailedError("Refused.").retry_after_s is None

    def test_then_the_remedy_says_it_too(self) -> None:
        assert "Wait 3 s" in RateLimitedError("Too many.", retry_after_s=2.5).remedy
        general = TryAgainError.default_remedy
        assert RateLimitedError("Too many.", retry_after_s=0.0).remedy == general
        assert RateLimitedError("Too many.", retry_after_s=float("inf")).remedy == general
        own = RateLimitedError("Too many.", retry_after_s=2.5, remedy="Buy more.")
        assert own.remedy == "Buy more."

    def test_the_provider_may_say_whether(self) -> None:
        assert RateLimitedError("Too many.").should_retry is None
        assert RateLimitedError("Too many.", should_retry=False).should_retry is False

    def test_a_deadline_says_which(self) -> None:
        error = DeadlineExceededError("Too slow.", phase="connect", retry_after_s=None)
        assert (error.phase, error.retry_after_s) == ("connect", None)

    def test_an_interrupted_answer_keeps_what_had_come(self) -> None:
        assert StreamInterruptedError("Broke off.", partial="Once upon").partial == "Once upon"
        assert StreamInterruptedError("Broke off.").partial == ""

    def test_they_can_be_caught_together(self) -> None:
        passing = [cls for cls in CLASSES if issubclass(cls, TryAgainError)]
        assert len(passing) == 8

"""What providers and HTTP clients report, translated."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from time import perf_counter
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourthwall.backends._errors import EXCEPTIONS, Translator, foreign_exceptions, retry_after_s
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
    TryAgainError,
    UnsupportedError,
    UpstreamProtocolError,
    UpstreamServerError,
)
from fourthwall.registry import ModelCard

KEY = "sk-live-0123456789abcdef"
PROMPT = "my diary says that the fjord is Deep"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def translator(prompt: Any = PROMPT) -> Translator:
    return Translator(
        provider="local",
        card=ModelCard(id="m", provider="local"),
        request=ChatRequest(messages=({"role": "user", "content": prompt},)),
        upstream="org/m",
        secret=KEY,
        now=lambda: NOW,
    )


def answered(status: int, body: Any = None, **headers: str) -> FourthwallError:
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return translator().response(status, httpx.Headers(names), data)


def error(message: str = "", code: object = None, kind: object = None, **more: Any) -> Any:
    return {"error": {"message": message, "code": code, "type": kind, **more}}


class TestStatus:
    @pytest.mark.parametrize(
        ("status", "cls"),
        [
            (302, ConfigurationError),
            (400, RequestError),
            (401, CredentialsError),
            (402, InsufficientCreditsError),
            (403, CredentialsError),
            (404, ConfigurationError),
            (405, ConfigurationError),
            (408, DeadlineExceededError),
            (409, TryAgainError),
            (413, ContextTooLongError),
            (418, RequestError),
            (422, RequestError),
            (429, RateLimitedError),
            (500, UpstreamServerError),
            (502, UpstreamServerError),
            (503, OverloadedError),
            (504, DeadlineExceededError),
            (529, OverloadedError),
        ],
    )
    def test_without_a_code_the_status_decides(
        self, status: int, cls: type[FourthwallError]
    ) -> None:
        bodies: list[Any] = [None, b"oops", b"{broken", b"<html><title>nginx</title>", [], {}]
        for body in bodies:
            got = answered(status, body)
            assert type(got) is cls
            assert (got.provider, got.model, got.status) == ("local", "m", status)
            assert f"answered {status}" in str(got)

    @pytest.mark.parametrize(
        ("status", "body", "cls"),
        [
            (429, error(code="insufficient_quota"), InsufficientCreditsError),
            (429, error("You exceeded your current quota"), InsufficientCreditsError),
            (403, error("Insufficient balance"), InsufficientCreditsError),
            (400, error(code="context_length_exceeded"), ContextTooLongError),
            (400, error("This model's maximum context length is 8192"), ContextTooLongError),
            (500, error("the context size is exceeded", kind="x"), ContextTooLongError),
            (400, error(kind="exceed_context_size_error", code=400), ContextTooLongError),
            (400, [{"error": {"code": 400, "status": "INVALID_ARGUMENT"}}], RequestError),
            (400, error("API key not valid. Please pass one."), CredentialsError),
            (404, error("The model `x` does not exist", "model_not_found"), UnsupportedError),
            (404, error('model "x" not found, try pulling it first'), UnsupportedError),
            (400, error("org/m is not a valid model ID"), UnsupportedError),
            (422, {"detail": [{"msg": "extra inputs", "type": "extra_forbidden"}]}, RequestError),
            (404, {"detail": "Not Found"}, ConfigurationError),
            (400, {"object": "error", "message": "no", "type": "invalid"}, RequestError),
            (400, {"error": "plain text"}, RequestError),
        ],
    )
    def test_a_code_or_a_known_phrase_says_more(
        self, status: int, body: Any, cls: type[FourthwallError]
    ) -> None:
        assert type(answered(status, body)) is cls

    @pytest.mark.parametrize("kind", ["api_error", "server_error", "internal_server_error"])
    def test_a_code_for_any_failure_leaves_it_to_the_status(self, kind: str) -> None:
        assert type(answered(402, error(kind=kind))) is InsufficientCreditsError
        assert type(answered(503, error(kind=kind))) is OverloadedError
        assert type(answered(500, error(kind=kind))) is UpstreamServerError
        assert type(translator().payload(error(kind=kind))) is UpstreamServerError

    def test_a_missing_model_is_named(self) -> None:
        got = answered(404, error(code="model_not_found"))
        assert "doesn't serve the model 'org/m'" in str(got)
        assert got.param == "model"

    def test_request_id_param_and_wait_are_kept(self) -> None:
        limited = answered(429, error("slow down"), retry_after="7", x_request_id="req_1")
        assert isinstance(limited, RateLimitedError)
        assert (limited.retry_after_s, limited.request_id) == (7.0, "req_1")
        assert answered(400, error("no", param="tools[0]")).param == "tools[0]"

    def test_the_seconds_are_in_the_remedy(self) -> None:
        assert "Wait 8 s" in answered(429, error("slow down"), retry_after="7.2").remedy
        assert "Wait a little" in answered(429, error("slow down")).remedy

    @pytest.mark.parametrize(
        ("status", "advice", "cls", "should_retry"),
        [
            (503, "false", OverloadedError, False),
            (500, "False", UpstreamServerError, False),
            (429, "true", RateLimitedError, True),
            (408, "true", DeadlineExceededError, True),
            (429, "perhaps", RateLimitedError, None),
            (429, "", RateLimitedError, None),
            (499, "true", TryAgainError, True),  # a 4xx of which nothing else is known
        ],
    )
    def test_what_the_provider_says_of_asking_again_is_kept(
        self, status: int, advice: str, cls: type[FourthwallError], should_retry: bool | None
    ) -> None:
        got = answered(status, x_should_retry=advice)
        assert type(got) is cls
        assert getattr(got, "should_retry", None) is should_retry

    @pytest.mark.parametrize(
        ("status", "cls"),
        [
            (400, RequestError),
            (401, CredentialsError),
            (402, InsufficientCreditsError),
            (404, ConfigurationError),
            (422, RequestError),
        ],
    )
    def test_what_is_ours_to_mend_stays_ours(self, status: int, cls: type[FourthwallError]) -> None:
        assert type(answered(status, x_should_retry="true")) is cls

    def test_a_web_page_is_reduced_to_its_title(self) -> None:
        got = answered(502, b"<html><title>Bad\n gateway</title><p>secret</p>")
        assert str(got) == "local answered 502: Bad gateway"

    @pytest.mark.parametrize("page", [b"<title" * 9000, b"<title>" * 9000, b"<title>x" * 9000])
    def test_a_page_that_never_ends_its_title_is_read_at_once(self, page: bytes) -> None:
        began_s = perf_counter()
        assert str(answered(502, page)) == "local answered 502"
        assert perf_counter() - began_s < 0.5

    def test_errors_in_a_stream_go_by_code(self) -> None:
        one = translator()
        assert type(one.payload(error(kind="overloaded_error"))) is OverloadedError
        assert type(one.payload(error(code=429))) is RateLimitedError
        assert type(one.payload(error(kind="invalid_request_error"))) is RequestError
        assert type(one.payload(error("hm"))) is UpstreamServerError
        assert one.payload(error(kind="timeout_error")).status == 504
        assert one.payload(error(kind="hm")).status is None


class TestPrivacy:
    @pytest.mark.parametrize(
        "said",
        [
            f"Incorrect API key provided: {KEY}.",
            "Incorrect API key provided: sk-live-0123****cdef.",
            f"bad header Bearer {KEY}",
            "unknown key (0123456789)",
        ],
    )
    def test_keys_are_masked(self, said: str) -> None:
        got = str(answered(401, error(said)))
        assert "[key]" in got
        assert "0123" not in got

    @pytest.mark.parametrize(
        "said",
        [
            "Invalid text: THAT  the fjord is deep",
            "Invalid value: 'Deep'",
            f"could not parse {PROMPT}",
        ],
    )
    def test_the_persons_words_are_never_repeated(self, said: str) -> None:
        got = str(answered(400, error(said, code="bad_text")))
        assert got == "local answered 400 (bad_text)"

    def test_short_texts_and_parts_are_looked_at_too(self) -> None:
        parts = [
            {"type": "text", "text": "bergen"},
            {"type": "image_url", "image_url": {"url": 7}},
        ]
        got = translator(parts).response(400, {}, json.dumps(error("what is Bergen")).encode())
        assert "ergen" not in str(got)

    def test_a_web_page_titled_like_the_prompt_is_told_without_its_title(self) -> None:
        got = translator().html(f"<title>Search: {PROMPT}</title>")
        assert str(got) == "local answered with a web page"

    def test_harmless_words_are_told(self) -> None:
        said = "Unsupported value: 'temperature' does not support 0.7 with this model."
        assert said in str(answered(400, error(said)))

    def test_prose_is_no_code(self) -> None:
        got = answered(400, error(code="my diary says", kind="x y", param="my diary"))
        assert "diary" not in str(got)
        assert got.param is None

    @given(st.text(min_size=4, max_size=60), st.sampled_from(["{}", "bad: '{}'", "got {} here"]))
    def test_no_error_holds_the_prompt(self, prompt: str, frame: str) -> None:
        """Law: a prompt that the provider echoes doesn't come through."""
        body = error(frame.format(prompt))
        got = str(translator(prompt).response(400, {}, json.dumps(body).encode()))
        squeezed = " ".join(prompt.split())
        if len(squeezed) > 3:
            assert squeezed not in got.removeprefix("local answered 400")


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({}, None),
            ({"retry-after": "2.5"}, 2.5),
            ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
            ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
            ({"retry-after": "-3"}, 0.0),
            ({"retry-after": "nan"}, None),
            ({"retry-after": "soon"}, None),
            ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30.0),
            ({"retry-after": "Sun, 22 Nov 2026 12:00:30 -0000"}, 30.0),
            ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0.0),
        ],
    )
    def test_seconds_milliseconds_and_dates(
        self, headers: dict[str, str], seconds: float | None
    ) -> None:
        assert retry_after_s(headers, lambda: NOW) == seconds


LIMITS = {"connect": 5.0, "first_token": 60.0, "between_tokens": 30.0, "total": 600.0}


def exceptions_of(module: ModuleType) -> list[type[Exception]]:
    found = [getattr(module, name) for name in dir(module)]
    return [cls for cls in found if isinstance(cls, type) and issubclass(cls, Exception)]


class TestExceptions:
    @pytest.mark.parametrize("module", [httpx, httpx2])
    def test_every_exception_of_the_client_has_a_row(self, module: ModuleType) -> None:
        missing = [cls for cls in exceptions_of(module) if cls.__name__ not in EXCEPTIONS]
        assert missing == []

    @pytest.mark.parametrize("module", [httpx, httpx2])
    def test_every_exception_of_the_client_is_caught_and_translated(
        self, module: ModuleType
    ) -> None:
        caught = foreign_exceptions(module.Client())
        for cls in exceptions_of(module):
            assert issubclass(cls, caught)
            foreign = cls.__new__(cls)
            got = translator().exception(foreign, "first_token", LIMITS)
            assert isinstance(got, EXCEPTIONS[cls.__name__][0])

    def test_a_clients_own_subclass_counts_as_its_library(self) -> None:
        class Mine(httpx2.Client):
            pass

        assert httpx2.ConnectError in foreign_exceptions(Mine())
        assert httpx.ConnectError not in foreign_exceptions(Mine())

    def test_a_subclass_of_an_exception_goes_with_its_class(self) -> None:
        class Mine(httpx.ConnectTimeout):
            pass

        got = translator().exception(Mine("x"), "first_token", LIMITS)
        assert isinstance(got, DeadlineExceededError)
        assert got.phase == "connect"

    def test_a_client_of_nobodys_making_raises_those_of_what_is_loaded(self) -> None:
        assert httpx.ConnectError in foreign_exceptions(object())

    def test_without_a_library_there_is_nothing_to_catch(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.modules", {})
        assert foreign_exceptions(object()) == ()

    @pytest.mark.parametrize(
        ("foreign", "cls", "text"),
        [
            (httpx.ConnectError("[Errno 111] refused"), ConnectionFailedError, "[Errno 111]"),
            (httpx.LocalProtocolError(KEY), ConfigurationError, "headers"),
            (httpx.ReadTimeout("x"), DeadlineExceededError, "30 s (between_tokens)"),
            (httpx.RemoteProtocolError("x"), UpstreamProtocolError, "speak HTTP"),
            (httpx.StreamConsumed(), InternalError, "out of turn"),
        ],
    )
    def test_only_harmless_details_are_told(
        self, foreign: Exception, cls: type[FourthwallError], text: str
    ) -> None:
        got = translator().exception(foreign, "between_tokens", LIMITS)
        assert type(got) is cls
        assert text in str(got)
        assert KEY not in str(got)

"""Refusals that are known: every sentence that a row was made for, and how errors carry them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourthwall.backends import FAULTS, fault_of
from fourthwall.backends._errors import Translator
from fourthwall.backends._faults import PARAMETERS, Wording
from fourthwall.chat import ChatRequest
from fourthwall.errors import ContextTooLongError, FourthwallError, RequestError
from fourthwall.registry import ModelCard

SENTENCES = [(name, w) for name, fault in FAULTS.items() for w in fault.wordings]


@pytest.mark.parametrize(("name", "wording"), SENTENCES)
def test_a_row_knows_its_own_sentence(name: str, wording: Wording) -> None:
    assert wording.pattern.search(wording.sentence)
    assert fault_of(wording.sentence) == name
    assert fault_of(json.dumps({"message": json.dumps(wording.sentence)})) == name


@pytest.mark.parametrize("code", sorted({c for fault in FAULTS.values() for c in fault.codes}))
def test_a_code_is_enough(code: str) -> None:
    name = fault_of("", code.upper())
    assert name is not None
    assert code in FAULTS[name].codes


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        *zip(
            [wording.sentence for wording in PARAMETERS],
            [
                "parameter:temperature",
                "parameter:thinking",
                "parameter:temperature",
                "parameter:status",
                "parameter:logprobs",
                "parameter:thinking",
                "parameter:name",
                "parameter:cache_control",
                "parameter:tool_choice",
                "parameter:tool_choice",
                "parameter:id",
                "parameter:reasoning.summary",
            ],
            strict=True,
        ),
        ("Unsupported parameter: 'reasoning.effort' is not ...", "parameter:reasoning"),
        ("Unsupported parameter: 'reasoning.summary' is not ...", "parameter:reasoning.summary"),
        ("Unknown parameter: 'input[0].reasoning'.", "reasoning_refused"),
        ("stop_sequences: Extra inputs are not permitted", "parameter:stop"),
        ("tools.0.custom.strict: Extra inputs are not permitted", "parameter:strict"),
        ("messages.3.name: Extra inputs are not permitted", "parameter:name"),
        ("messages.3.reasoning: Extra inputs are not permitted", "reasoning_refused"),
        ("Unrecognized request argument supplied: stream_options", "stream_usage"),
        ("Unsupported value: 'messages[0].role' does not support 'x'", None),
        ("Unknown parameter: 'model'.", None),
        ("property '0' is unsupported", None),
        ('Invalid JSON payload received. Unknown name "topP": Cannot find field.', "top_p"),
    ],
)
def test_a_field_is_named_as_openai_names_it(said: str, fault: str | None) -> None:
    assert fault_of(said) in (fault, f"parameter:{fault}")


@pytest.mark.parametrize(
    ("code", "param", "fault"),
    [
        ("unsupported_value", "temperature", "parameter:temperature"),
        ("unsupported_value", "reasoning.summary", "parameter:reasoning.summary"),
        ("unsupported_value", "reasoning.effort", "parameter:reasoning"),
        ("extra_forbidden", "messages.1.assistant.reasoning_content", "reasoning_refused"),
        ("extra_forbidden", "body.stream_options", "stream_usage"),
        ("extra_forbidden", "max_completion_tokens", "token_limit_field"),
        ("missing", "temperature", None),
        ("extra_forbidden", None, None),
    ],
)
def test_a_field_may_be_named_beside_the_words(
    code: str, param: str | None, fault: str | None
) -> None:
    assert fault_of("no", code, param) == fault


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Something went wrong.",
        "prompt is too long: 213462 tokens > 200000 maximum",
        "max_tokens: 9000 > 8192, which is the maximum",
        "The model `x` does not exist",
    ],
)
def test_what_no_row_knows_is_nothing(said: str) -> None:
    assert fault_of(said) is None


@given(st.text(max_size=200))
def test_any_text_can_be_looked_at(said: str) -> None:
    """Law: whatever a provider says, the answer is a row, a parameter or nothing."""
    fault = fault_of(said)
    assert fault is None or fault in FAULTS or fault.startswith("parameter:")


CARD = ModelCard(id="m", provider="p")


def translated(status: int, body: object) -> FourthwallError:
    request = ChatRequest(messages=({"role": "user", "content": "How deep is the fjord?"},))
    translator = Translator(provider="p", card=CARD, request=request)
    return translator.response(status, {}, json.dumps(body).encode())


class TestTranslated:
    """What the raw words say is on the error as a name; the words aren't."""

    @pytest.mark.parametrize(
        ("status", "body", "fault"),
        [
            (400, {"error": {"message": "Corrupted thought signature."}}, "signature"),
            (
                400,
                {
                    "error": {
                        "message": "Your organization must be verified to generate reasoning "
                        "summaries. Please go to: "
                        "https://platform.openai.com/settings/organization/general",
                        "type": "invalid_request_error",
                        "param": "reasoning.summary",
                        "code": "unsupported_value",
                    }
                },
                "parameter:reasoning.summary",
            ),
            (
                400,
                {
                    "error": {
                        "message": "Unsupported value: 'temperature' does not support 0.7.",
                        "param": "temperature",
                        "code": "unsupported_value",
                    }
                },
                "parameter:temperature",
            ),
            (
                422,
                {
                    "detail": [
                        {
                            "type": "extra_forbidden",
                            "loc": ["body", "messages", 1, "assistant", "reasoning_content"],
                            "msg": "Extra inputs are not permitted",
                            "input": "How deep is the fjord?",
                        }
                    ]
                },
                "reasoning_refused",
            ),
            (
                422,
                {
                    "object": "error",
                    "message": {
                        "detail": [
                            {
                                "type": "extra_forbidden",
                                "loc": ["body", "metadata"],
                                "msg": "Extra inputs are not permitted",
                            }
                        ]
                    },
                },
                "parameter:metadata",
            ),
            (400, {"object": "error", "message": "no", "code": 3051}, "reasoning_refused"),
            (400, {"object": "error", "message": "no", "code": "3230"}, "role_order"),
            (
                404,
                {
                    "error": {
                        "message": "This model is only supported in v1/responses and not in "
                        "v1/chat/completions.",
                        "type": "invalid_request_error",
                        "param": "model",
                        "code": None,
                    }
                },
                "responses_only",
            ),
            (
                404,
                {
                    "error": {
                        "message": "Item with id 'rs_1' not found. Items are not persisted when "
                        "`store` is set to false.",
                        "type": "invalid_request_error",
                    }
                },
                "encrypted_content",
            ),
            (
                500,
                {
                    "error": {
                        "code": 500,
                        "message": "Error: Jinja Exception: System message must be at the "
                        "beginning.",
                        "type": "server_error",
                    }
                },
                "system_position",
            ),
            (
                500,
                {"error": "Jinja Exception: System message must be at the beginning."},
                "system_position",
            ),
            (
                400,
                {
                    "error": {
                        "message": "Provider returned error",
                        "code": 400,
                        "metadata": {
                            "raw": '{"object":"error","message":"Unexpected role \'user\' after '
                            "role 'tool'\"}",
                            "provider_name": "Mistral",
                        },
                    }
                },
                "role_order",
            ),
        ],
    )
    def test_known_refusals(self, status: int, body: Mapping[str, Any], fault: str) -> None:
        error = translated(status, body)
        assert isinstance(error, RequestError)
        assert error.fault == fault
        assert "fjord" not in f"{error}{error.remedy}{error.param}"

    def test_inside_a_stream_too(self) -> None:
        request = ChatRequest(messages=())
        translator = Translator(provider="p", card=CARD, request=request)
        said = {"message": "Corrupted thought signature.", "type": "invalid_request_error"}
        assert getattr(translator.payload({"error": said}), "fault", None) == "signature"

    def test_a_window_that_is_too_small_cant_be_mended(self) -> None:
        said = "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000"
        error = translated(400, {"error": {"message": said}})
        assert isinstance(error, ContextTooLongError)
        assert error.fault is None

    def test_a_refused_key_isnt_looked_at(self) -> None:
        error = translated(401, {"error": {"message": "Corrupted thought signature."}})
        assert not hasattr(error, "fault")

"""What of a provider's words an error may repeat."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourthwall.backends._quoting import harmless, quotable
from fourthwall.chat import ChatRequest

KEY = "sk-live-0123456789abcdef"
REQUEST = ChatRequest(
    messages=(
        {"role": "user", "content": "my diary says that the fjord is deep"},
        {"role": "user", "content": [{"type": "text", "text": "Bergen"}]},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "function": {}}]},
    )
)


class TestQuotable:
    def test_words_about_the_request_are_told(self) -> None:
        said = "Unsupported value: 'temperature' does not support 0.7 with this model."
        assert quotable(said, REQUEST) == said

    def test_they_are_one_line_that_is_not_too_long(self) -> None:
        assert quotable(" two\n words ", REQUEST) == "two words"
        assert len(quotable("x " * 900, REQUEST)) <= 200

    @pytest.mark.parametrize(
        "said", ["x " * 900, "no " * 68, "y" * 201, f"{'z' * 9} {' ' * 2000}z"]
    )
    def test_what_was_cut_off_is_seen(self, said: str) -> None:
        told = quotable(said, REQUEST)
        assert told.endswith("…")
        assert len(told) <= 200

    def test_what_just_fits_is_told_whole(self) -> None:
        assert quotable("x" * 200, REQUEST) == "x" * 200

    @pytest.mark.parametrize(
        "said",
        [
            "can't read: THAT  the fjord is\nDEEP",
            "what is bergen?",
            "unknown word 'fjord'",
        ],
    )
    def test_words_that_repeat_a_message_are_not(self, said: str) -> None:
        assert quotable(said, REQUEST) == ""

    def test_ids_and_roles_are_words_of_the_protocol(self) -> None:
        said = "no output for 'c1', after role 'assistant'"
        assert quotable(said, REQUEST) == said

    @pytest.mark.parametrize(
        ("said", "told"),
        [
            (f"wrong key {KEY}.", "wrong key [key]"),
            ("wrong key 456789abc", "wrong key [key]"),
            ("Bearer abc is refused", "[key] is refused"),
            ("wrong key gsk_0123456", "wrong key [key]"),
            ("see https://a.b/v1/456789abcdef/x", "see [key]"),
            ("see https://a.b/v1?k=456789abc", "see [key]"),
            ("see https://a.b/v1?x=1&api_key=other", "see https://a.b/v1?x=1&[key]"),
            ("see https://me:secret@a.b/v1 there", "see [key] there"),
            ("at https://a.b/c,456789abc", "at [key]"),
            (f"see https://a.b/{KEY}/x", "see https://a.b/[key]/x"),
        ],
    )
    def test_keys_are_masked(self, said: str, told: str) -> None:
        assert quotable(said, REQUEST, KEY) == told

    def test_a_key_is_masked_before_the_cut_could_halve_it(self) -> None:
        told = quotable(f"{'x' * 193} {KEY} and more", REQUEST, KEY)
        assert "sk-" not in told

    @pytest.mark.parametrize(
        "said",
        [
            "Please go to: https://platform.openai.com/settings/organization/general",
            "(see https://platform.openai.com/account/api-keys).",
            "https://api.openai.com:443/v1?page=2",
        ],
    )
    def test_an_address_is_no_key_even_if_the_key_is_named_for_it(self, said: str) -> None:
        assert quotable(said, REQUEST, "sk-openai-organization") == said

    @pytest.mark.parametrize("secret", ["k", "none", "EMPTY", "test", "1234"])
    def test_a_placeholder_masks_no_words(self, secret: str) -> None:
        said = f"{secret}: none of 1234 tokens is EMPTY in a test"
        assert quotable(said, REQUEST, secret) == said

    def test_a_short_key_is_masked_where_it_stands_alone(self) -> None:
        said = "wrong key 'a1b2c3', not xa1b2c3x"
        assert quotable(said, REQUEST, "a1b2c3") == "wrong key [key] not xa1b2c3x"

    @given(st.text(min_size=4, max_size=60), st.sampled_from(["{}", "bad: '{}'", "got {} here"]))
    def test_a_prompt_that_is_echoed_does_not_come_through(self, prompt: str, frame: str) -> None:
        """Law: whatever the person wrote, it isn't in what is told."""
        request = ChatRequest(messages=({"role": "user", "content": prompt},))
        squeezed = " ".join(prompt.split())
        if len(squeezed) > 3:
            assert squeezed not in quotable(frame.format(prompt), request)


class TestHarmless:
    @pytest.mark.parametrize("name", ["messages[0].content", "rate_limited", "req_1", "a/b:c"])
    def test_codes_and_names_are(self, name: str) -> None:
        assert harmless(name) == name

    @pytest.mark.parametrize("value", ["my diary", "", "x" * 65, None, 7])
    def test_prose_and_whatever_is_no_text_is_not(self, value: object) -> None:
        assert harmless(value) is None

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
        ],
    )
    def test_keys_are_masked(self, said: str, told: str) -> None:
        assert quotable(said, REQUEST, KEY) == told

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

from __future__ import annotations

from fourthwall.cli._wrap import Wrapper


def wrapped(text: str, width: int) -> list[str]:
    wrapper = Wrapper(width)
    return (wrapper.feed(text) + wrapper.finish()).split("\n")


def test_line_breaks_between_words() -> None:
    assert wrapped("the quick brown fox", 10) == ["the quick", "brown fox"]


def test_word_that_is_too_long_stays_whole() -> None:
    assert wrapped("see https://example.org/a ok", 8) == ["see", "https://example.org/a", "ok"]


def test_line_breaks_of_the_text_stay() -> None:
    assert wrapped("a b\n\nc", 10) == ["a b", "", "c"]


def test_code_is_left_alone() -> None:
    code = "```\nx = [1, 2, 3, 4, 5]\n```\nback to words now"
    assert wrapped(code, 8) == ["```", "x = [1, 2, 3, 4, 5]", "```", "back to", "words", "now"]


def test_wide_characters_take_two_columns_and_break_anywhere() -> None:
    assert wrapped("日本語日本語", 6) == ["日本語", "日本語"]


def test_white_space_does_not_run_over_the_edge() -> None:
    assert wrapped("abc   \ndef", 4) == ["abc", "def"]


def test_words_come_as_soon_as_they_are_over() -> None:
    wrapper = Wrapper(80)
    assert [wrapper.feed(piece) for piece in ("Hel", "lo ", "you")] == ["", "Hello", ""]
    assert wrapper.finish() == " you"

"""What of a message is read, and where it stands in the message."""

from __future__ import annotations

import pytest

from fourthwall.intent._view import LONG, View, view_of

FILLING = "the tide comes in and goes out " * 50


def places(view: View) -> list[int]:
    return [view.place(position) for position in range(len(view.text) + 1)]


@pytest.mark.parametrize(
    "text", ["", "switch to Claude", "passe à Claude", "切换到Ｃlaude", "नमस्ते"]
)
def test_a_plain_message_is_read_as_it_stands(text: str) -> None:
    view = view_of(text)
    assert view.is_whole
    assert view.text is text
    assert view.tail is None
    assert places(view) == list(range(len(text) + 1))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("ﬂash", "flash"),
        ("cla\u200bude", "claude"),
        ("\ufeffclaude", "claude"),
        ("cla\u00adude", "claude"),
        ("passe a\u0300 Claude", "passe a Claude"),
        ("Claude 2\ufe0f\u20e3", "Claude 2\u20e3"),
        ("انتقـــل", "انتقل"),
        ("\u0915\u093c", "\u0915"),
        ("\u0958", "\u0915"),
        ("Claude™", "ClaudeTM"),
        ("ｸﾛｰﾄﾞ", "クロート\u3099"),
        ("\u200b\u200d", ""),
        ("\u200b", ""),
    ],
)
def test_characters_that_cannot_be_folded_are_replaced_or_left_out(text: str, read: str) -> None:
    view = view_of(text)
    assert view.text == read
    assert view.original == text
    assert not view.is_whole


class TestDisguises:
    @pytest.mark.parametrize(
        ("text", "read"),
        [
            ("сlaude", "claude"),
            ("use ԛwen and Сlaude", "use qwen and Claude"),
            ("gрt-5, сlau\u200bde", "gpt-5, claude"),
        ],
    )
    def test_letters_that_look_latin_are_read_as_latin(self, text: str, read: str) -> None:
        assert view_of(text).text == read

    @pytest.mark.parametrize(
        "text", ["переключись на Claude", "Claudeу", "Claudeю", "сор", "Яndex и сор"]
    )
    def test_a_word_that_is_not_all_latin_then_keeps_its_letters(self, text: str) -> None:
        read = view_of(text).text
        assert read == text.replace("Claudeу", "Claudey")

    def test_only_the_mixed_word_changes(self) -> None:
        assert view_of("сор сlaude").text == "сор claude"


class TestPlaces:
    def test_letters_of_a_ligature_come_from_one_place(self) -> None:
        assert places(view_of("aﬃb")) == [0, 1, 1, 1, 2, 3]

    def test_what_is_left_out_is_skipped(self) -> None:
        assert places(view_of("a\u200b\u200bb")) == [0, 3, 4]

    def test_what_is_left_out_at_the_beginning_is_skipped(self) -> None:
        assert places(view_of("\u200bab")) == [1, 2, 3]

    def test_what_is_left_out_at_the_end_is_before_the_end(self) -> None:
        assert places(view_of("ab\u0301")) == [0, 1, 3]

    def test_of_nothing_but_invisible_characters_there_is_only_the_end(self) -> None:
        assert places(view_of("\u200b\u200b")) == [2]


class TestLongMessages:
    def test_a_message_is_long_from_one_length_on(self) -> None:
        assert view_of("a" * LONG).is_whole
        assert not view_of("a" * (LONG + 1)).is_whole

    def test_the_first_two_sentences_and_the_last_are_read(self) -> None:
        text = f"Use Claude. Be brief! {FILLING}. Then stop. Thanks, all."
        view = view_of(text)
        assert view.text == "Use Claude. Be brief! \n\nThanks, all."
        assert view.tail == len("Use Claude. Be brief! \n\n")

    @pytest.mark.parametrize(
        ("first", "read"),
        [
            ("Use Claude\nBe brief\n", "Use Claude\nBe brief\n"),
            ("使用Claude。简短！", "使用Claude。简短！"),
            ("Use Claude\n", "Use Claude\n"),
        ],
    )
    def test_lines_and_wide_marks_end_sentences(self, first: str, read: str) -> None:
        view = view_of(f"{first}{FILLING}")
        assert view.text == f"{read}\n\n"
        assert view.tail == len(view.text)

    def test_without_a_sentence_the_beginning_is_read(self) -> None:
        view = view_of(FILLING)
        assert view.text == f"{FILLING[:400]}\n\n"

    def test_the_last_line_is_read_whole(self) -> None:
        text = f"Hi. Well. {FILLING}\nDone. Now use Claude.\n \n"
        assert view_of(text).text == "Hi. Well. \n\nDone. Now use Claude.\n \n"

    @pytest.mark.parametrize(
        "text",
        [
            f"Summarise this:\n{FILLING}. Use Claude.",
            f"What is wrong?\n```\n{FILLING}. Use Claude.",
        ],
    )
    def test_of_a_message_that_hands_a_text_over_only_the_beginning_is_read(
        self, text: str
    ) -> None:
        view = view_of(text)
        assert text.startswith(view.text)
        assert "Use Claude" not in view.text
        assert view.tail == len(view.text)

    def test_places_of_both_ends_are_those_of_the_message(self) -> None:
        text = f"Uſe ﬂash. B\u200be brief! {FILLING}. Then ﬂee. Thanks, e\u0301mile."
        view = view_of(text)
        assert view.text == "Uſe flash. Be brief! \n\nThanks, emile."
        for word in ("brief", "Thanks", "mile"):
            start = view.text.index(word)
            assert text[view.place(start) :].startswith(word)
        assert view.place(len(view.text)) == len(text)

    def test_letters_are_unmasked_at_both_ends(self) -> None:
        assert view_of(f"Сlaude. Hi. {FILLING}. сlaude").text == "Claude. Hi. \n\nclaude"

    @pytest.mark.parametrize("text", ["Hi. Use Claude.\n", "Hi\nUse Claude", "Use Claude.", ""])
    def test_nothing_is_read_twice_where_white_space_makes_it_long(self, text: str) -> None:
        view = view_of(text + " " * LONG)
        assert view.text.count("Use Claude") == text.count("Use Claude")
        assert places(view) == sorted(places(view))

    def test_a_long_text_is_read_no_further_than_a_short_one(self) -> None:
        ends = [view_of(f"Hi. Well. {FILLING * n}. Done.").text for n in (1, 100)]
        assert ends[0] == ends[1]

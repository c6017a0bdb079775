"""Cutting text into words, numbers and marks that know their place."""

from __future__ import annotations

import pytest

from fourthwall.intent._tokens import fold_case, tokenize, tokenize_roles


def words(text: str) -> list[str]:
    return [token.word for token in tokenize(fold_case(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \t\n", []),
        ("GPT-4o", ["gpt", "-", "4", "o"]),
        ("gpt4.1mini", ["gpt", "4.1", "mini"]),
        ("version 2.", ["version", "2", "."]),
        ("1.2.3", ["1.2.3"]),
        ("don't", ["don't"]),
        ("rock'n'roll", ["rock'n'roll"]),
        ("Claude's turn", ["claude", "'s", "turn"]),
        ("it'self", ["it'self"]),
        ("don’t", ["don't"]),
        ("“so”", ['"', "so", '"']),
        ("a_b", ["a", "_", "b"]),
        ("gpt‑5", ["gpt", "-", "5"]),
        ("one\u00a0two\u200bthree", ["one", "two", "three"]),
        ("wait…!?", ["wait", "…", "!", "?"]),
        ("模型 один", ["模型", "один"]),
        ("👍🏽", ["👍", "🏽"]),
        ("\ud800 ok", ["\ud800", "ok"]),
    ],
)
def test_words_numbers_and_marks_are_tokens(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_token_knows_where_it_stands() -> None:
    text = "Ask  GPT-5!"
    assert [text[t.start : t.end] for t in tokenize(fold_case(text))] == [
        "Ask",
        "GPT",
        "-",
        "5",
        "!",
    ]


def test_a_part_of_the_text_gives_positions_in_the_whole() -> None:
    assert [(t.word, t.start, t.end) for t in tokenize("one two three", 4, 7)] == [("two", 4, 7)]
    assert [t.word for t in tokenize("one two three", 4)] == ["two", "three"]


@pytest.mark.parametrize("text", ["İstanbul'da ‘Claude’", "ẞ İİ", "ŉ ǰ", "plain", "ÀÉ", ""])
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold_case(text)) == len(text)


def test_letters_that_grow_when_lower_cased_lose_their_dot() -> None:
    assert fold_case("İX’") == "ix'"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Größe ÇA", "große ca"),
        ("Łódź Øst", "lodz ost"),
        ("＠ＧＰＴ－５", "@gpt-5"),
        ("٣ ४", "3 4"),
        ("²①", "21"),
        ("፩", "፩"),
        ("أحمد إلى آن ة", "احمد الي ان ه"),
        ("Ёлка Ά", "елка α"),
        ("が ガ", "が ガ"),
        ("，。？：", ",.?:"),
        ("ŉ", "ŉ"),
        ("\u00df", "\u00df"),
    ],
)
def test_folding_leaves_plain_letters(text: str, folded: str) -> None:
    assert fold_case(text) == folded


class TestRoleTokens:
    """For phrase lists, text is cut at apostrophes and where the script changes."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", []),
            ("don't", ["don", "'", "t"]),
            ("l'Opus", ["l", "'", "opus"]),
            ("Claudeに切替", ["claude", "に", "切", "替"]),
            ("Claude로 바꿔", ["claude", "로", "바", "꿔"]),
            ("на Claude", ["на", "claude"]),
            ("Claudeа", ["claude", "а"]),
            ("पर स्विच करो", ["पर", "स्विच", "करो"]),
            ("gpt4o", ["gpt", "4", "o"]),
            ("gpt-4.1", ["gpt", "-", "4.1"]),
            ("4,5", ["4.5"]),
            ("1,000", ["1", ",", "000"]),
            ("4, 5", ["4", ",", "5"]),
            (",", [","]),
            ("a_b", ["a", "_", "b"]),
        ],
    )
    def test_words_numbers_and_marks_are_tokens(self, text: str, expected: list[str]) -> None:
        assert [token.word for token in tokenize_roles(fold_case(text))] == expected

    def test_a_decimal_comma_keeps_its_place(self) -> None:
        assert [(t.word, t.start, t.end) for t in tokenize_roles("v 4,5!", 2)] == [
            ("4.5", 2, 5),
            ("!", 5, 6),
        ]

    def test_a_part_of_the_text_gives_positions_in_the_whole(self) -> None:
        assert [(t.word, t.start) for t in tokenize_roles("切 换 到", 2, 3)] == [("换", 2)]

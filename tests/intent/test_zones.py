"""What a message quotes."""

from __future__ import annotations

import pytest

from fourthwall.intent._zones import opaque_zones


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('say "hi there" now', ['"hi there"']),
        ("say 'hi there' now", ["'hi there'"]),
        ("sie sagte „hallo“ laut", ["„hallo“"]),
        ("il a dit «bonjour» hier", ["«bonjour»"]),
        ("「はい」と『いいえ』", ["「はい」", "『いいえ』"]),
        ("我在读《三体》呢", ["《三体》"]),
        ("'はい'と'예'라고 'so'", ["'はい'", "'so'"]),
        ("run `make all` first", ["`make all`"]),
        ("a\n```\nx = 1\n```\nb", ["```\nx = 1\n```"]),
        ("a\n```py\nnever closed", ["```py\nnever closed"]),
        ("a\n~~~\nx\n~~~\nb", ["~~~\nx\n~~~"]),
        ("a\n~~~\nnever closed", ["~~~\nnever closed"]),
        ("> quoted\nmine", ["> quoted"]),
        ("one\n> two\n   > three\nfour", ["> two", "   > three"]),
        ("so:\n    indented\nnot", ["    indented"]),
        ("so:\n\tindented\nnot", ["\tindented"]),
        ("# heading\ntext", ["# heading"]),
        ("x\n  // comment\ny", ["  // comment"]),
        ("a <b>bold</b> word", ["<b>bold</b>"]),
        ("a <doc>never closed", ["<doc>never closed"]),
        ('a <p class="x">so</p> b', ['<p class="x">so</p>']),
        ('json {"a": 1} here', ['{"a": 1}']),
        ("see https://example.org/x?y=1 there", ["https://example.org/x?y=1"]),
        ("write to me@example.org today", ["me@example.org"]),
    ],
)
def test_quotations_code_markup_and_addresses_are_zones(text: str, quoted: list[str]) -> None:
    assert [text[start:end] for start, end in opaque_zones(text)] == quoted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain words",
        "don't and won't, it's the dogs' bowl",
        'an inch (") is left open',
        "3 < 4 and 5 > 4",
        "a `tick alone",
        "C# and // in the middle",
        "@claude hello",
        "an open { brace",
        "an open 《 mark",
        "rock 'n'roll",
        "l'auto 'нет'да",
        '"two\nlines"',
    ],
)
def test_other_marks_open_no_zone(text: str) -> None:
    assert opaque_zones(text) == []


@pytest.mark.parametrize("mark", ['"', "'", "`", "<a", "{", "«", "「", "《", "> ", "a://", "x@"])
def test_marks_without_end_cost_no_more_than_their_length(mark: str) -> None:
    """Each alternative finishes in its line or is bounded: doubling the text doubles the work."""
    assert isinstance(opaque_zones(mark * 20_000), list)

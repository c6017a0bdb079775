"""Laws of the command line: safe text, line breaks, JSONL."""

from __future__ import annotations

import io
import json
import unicodedata
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fourthwall.cli._jsonl import answer_lines
from fourthwall.cli._text import plain
from fourthwall.cli._wrap import Wrapper

words = st.text(st.sampled_from("ab \n`日"), max_size=60)


@given(st.text(st.characters()))
def test_plain_text_holds_no_control_characters(text: str) -> None:
    """Law: what is shown can't command a terminal, and what is harmless stays."""
    shown = plain(text)
    assert not [c for c in shown if unicodedata.category(c) == "Cc" and c not in "\t\n"]
    assert plain(shown) == shown


@given(words, st.lists(st.integers(0, 60), max_size=8), st.integers(1, 20))
def test_line_breaks_do_not_depend_on_the_chunks(text: str, cuts: list[int], width: int) -> None:
    """Law: however a text arrives, it is broken into the same lines."""
    whole, cut = Wrapper(width), Wrapper(width)
    places = [0, *sorted(min(c, len(text)) for c in cuts), len(text)]
    pieces = [cut.feed(text[a:b]) for a, b in pairwise(places)]
    assert "".join(pieces) + cut.finish() == whole.feed(text) + whole.finish()


@given(words, st.integers(1, 20))
def test_line_breaks_change_white_space_only(text: str, width: int) -> None:
    """Law: no word is touched."""
    wrapper = Wrapper(width)
    shown = wrapper.feed(text) + wrapper.finish()
    assert "".join(shown.split()) == "".join(text.split())


@given(st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b" ")), max_size=10))
def test_every_line_that_is_not_empty_gets_one_answer(lines: list[bytes]) -> None:
    """Law: any bytes at all; one object a line, and the error names the line."""
    sink = io.BytesIO()
    answer_lines(io.BytesIO(b"\n".join(lines)), sink, lambda row: {"keys": len(row)})
    answers = [json.loads(line) for line in sink.getvalue().splitlines()]
    first = lines[0].removeprefix(b"\xef\xbb\xbf") if lines else b""
    assert len(answers) == sum(bool(line.strip()) for line in [first, *lines[1:]])

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from fourthwall.cli._jsonl import answer_lines, named, text_field
from fourthwall.errors import RequestError


def answers(data: bytes) -> tuple[bool, list[dict[str, Any]]]:
    def answer(row: Mapping[str, Any]) -> dict[str, Any]:
        return {"said": text_field(row, "text"), "to": named(row, "to", "all")}

    sink = io.BytesIO()
    is_good = answer_lines(io.BytesIO(data), sink, answer)
    return is_good, [json.loads(line) for line in sink.getvalue().splitlines()]


class TestGoodLines:
    def test_each_gets_an_answer_with_its_id(self) -> None:
        data = b'{"id": 1, "text": "a"}\n{"id": [2], "text": "b", "to": null}'
        assert answers(data) == (
            True,
            [{"id": 1, "said": "a", "to": "all"}, {"id": [2], "said": "b", "to": None}],
        )

    def test_missing_id_is_null(self) -> None:
        assert answers(b'{"text": "a"}')[1][0]["id"] is None

    def test_lone_surrogates_survive(self) -> None:
        raw = '{"text": "\ud800"}'.encode("utf-8", "surrogatepass")
        is_good, rows = answers(b'{"text": "\\udfff"}\n' + raw)
        assert is_good
        assert [row["said"] for row in rows] == ["\udfff", "\ud800"]

    def test_windows_line_ends_empty_lines_and_a_byte_order_mark_are_no_lines_of_their_own(
        self,
    ) -> None:
        is_good, rows = answers(b'\xef\xbb\xbf{"text": "a"}\r\n\r\n\n{"text": "b"}\r\n')
        assert is_good
        assert len(rows) == 2

    def test_long_line_is_put_together(self) -> None:
        text = "x" * 1_000_000
        assert answers(json.dumps({"text": text}).encode() + b"\n{}")[1][0]["said"] == text

    def test_nothing_in_is_nothing_out(self) -> None:
        assert answers(b"") == (True, [])


class TestBadLines:
    @pytest.mark.parametrize(
        ("line", "message"),
        [
            (b"not json", "isn't JSON"),
            (b'{"text": "\xff"}', "isn't JSON"),
            (b'{"text": NaN}', "isn't JSON"),
            (b"[" * 100_000, "isn't JSON"),
            (b"[1]", "isn't a JSON object"),
            (b"{}", "'text' is missing"),
            (b'{"text": 3}', "'text' must be a text"),
            (b'{"text": "a", "to": 3}', "'to' must be"),
        ],
    )
    def test_is_told_and_the_run_goes_on(self, line: bytes, message: str) -> None:
        is_good, rows = answers(b"\n" + line + b'\n{"text": "next"}')
        assert not is_good
        assert message in rows[0]["error"]["message"]
        assert rows[0]["error"]["remedy"]
        assert rows[0]["error"]["line"] == 2
        assert rows[1]["said"] == "next"

    def test_keeps_its_id(self) -> None:
        assert answers(b'{"id": "x"}')[1][0]["id"] == "x"


def test_text_field_names_the_field() -> None:
    with pytest.raises(RequestError) as caught:
        text_field({}, "model")
    assert caught.value.param == "model"

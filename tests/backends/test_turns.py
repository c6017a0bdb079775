"""From OpenAI-shaped content to the pieces of a turn."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourthwall.backends._turns import (
    Call,
    Media,
    Result,
    Text,
    Turn,
    arguments_of,
    blocks_of,
    call_function,
    calls_of,
    file_text,
    image_bytes,
    media_note,
    thought_of,
    tool_name,
    with_sound_data,
    without_inline_thought,
)

PNG = "data:image/png;base64,AAAA"

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "image_url", "url", "source", "file", "input_audio"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(junk)
def test_any_content_can_be_read(content: Any) -> None:
    """Law: what nobody can read is left out or kept as it is; nothing is blank."""
    for block in blocks_of(content):
        assert isinstance(block, Media) or block.text.strip()


@given(
    st.binary(min_size=1, max_size=20),
    st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]),
)
def test_what_is_base64_stays_as_it_is(data: bytes, encode: Any) -> None:
    """Law: in either alphabet, with padding or without, it is sent byte for byte."""
    text = encode(data).decode()
    for given_text in (text, text.rstrip("=")):
        block = Media("image", {}, f"data:image/png;base64,{given_text}")
        assert with_sound_data(block) is block


@given(junk)
def test_arguments_are_always_an_object(value: Any) -> None:
    """Law: whatever a model wrote, the next one gets the JSON text of an object."""
    text, _ = arguments_of(value)
    assert isinstance(json.loads(text), dict)
    assert arguments_of(text) == (text, True)


class TestContent:
    @pytest.mark.parametrize("content", ["", " \n", None, [], [{"type": "text", "text": " "}], 5])
    def test_nothing_is_no_blocks(self, content: Any) -> None:
        assert blocks_of(content) == []

    @pytest.mark.parametrize(
        "part",
        [
            "a",
            {"type": "text", "text": "a"},
            {"text": "a"},
            {"type": "input_text", "text": "a"},
            {"type": "output_text", "text": "a"},
            {"type": "refusal", "refusal": "a"},
            {"type": "whatever", "text": "a"},
            {"type": "document", "source": {"type": "text", "data": "a"}},
        ],
    )
    def test_words_are_words_whatever_the_part_is_called(self, part: Any) -> None:
        assert blocks_of([part]) == [Text("a")]

    def test_marks_are_kept_beside_the_text(self) -> None:
        mark = {"type": "ephemeral"}
        assert blocks_of([{"type": "text", "text": "a", "cache_control": mark, "id": 1}]) == [
            Text("a", {"cache_control": mark})
        ]

    @pytest.mark.parametrize(
        ("part", "kind", "url", "file_id"),
        [
            ({"type": "image_url", "image_url": {"url": PNG}}, "image", PNG, None),
            ({"type": "image_url", "image_url": PNG}, "image", PNG, None),
            ({"type": "input_image", "file_id": "file-1"}, "image", None, "file-1"),
            ({"type": "image_url", "image_url": {"url": ""}}, "image", None, None),
            ({"type": "image", "source": {"data": "AAAA"}}, "image", PNG, None),
            ({"type": "image", "source": {"url": "https://x"}}, "image", "https://x", None),
            (
                {"type": "input_audio", "input_audio": {"data": "AA", "format": "mp3"}},
                "audio",
                "data:audio/mp3;base64,AA",
                None,
            ),
            ({"type": "input_audio"}, "audio", None, None),
            (
                {"type": "file", "file": {"file_data": "JVBE"}},
                "file",
                "data:application/pdf;base64,JVBE",
                None,
            ),
            ({"type": "file", "file": {"file_id": "file-1"}}, "file", None, "file-1"),
            ({"type": "input_file", "file_url": "https://x/a"}, "file", "https://x/a", None),
            (
                {"type": "document", "source": {"media_type": "application/pdf", "data": "JV"}},
                "file",
                "data:application/pdf;base64,JV",
                None,
            ),
            ({"type": "video_url", "video_url": {"url": "https://x"}}, "video", "https://x", None),
            ({"type": "whatever", "x": 1}, "other", None, None),
            ({"type": ["odd"]}, "other", None, None),
        ],
    )
    def test_each_shape_of_a_medium(
        self, part: Any, kind: str, url: str | None, file_id: str | None
    ) -> None:
        assert blocks_of([part]) == [Media(kind, part, url, file_id)]  # type: ignore[arg-type]

    def test_a_chain_of_thought_in_the_content_is_not_what_was_said(self) -> None:
        kinds = ("thinking", "redacted_thinking", "reasoning")
        assert blocks_of([{"type": kind, "text": "hm"} for kind in kinds]) == []

    def test_only_data_uris_are_inline(self) -> None:
        assert Media("image", {}, PNG).inline == ("image/png", "AAAA")
        for url in (None, "https://x", "data:text/plain,hi", "data:;base64"):
            assert Media("image", {}, url).inline is None
        assert (image_bytes(Media("image", {}, PNG)), image_bytes(Media("image", {}))) == (3, 0)

    @pytest.mark.parametrize("data", ["", "A", "AAAAA", "AAAA=", "AA===", "=", "A%AA", "+A-A", "ä"])
    def test_what_is_no_base64_cannot_be_read(self, data: str) -> None:
        assert with_sound_data(Media("image", {}, f"data:image/png;base64,{data}")) is None

    def test_broken_lines_are_joined(self) -> None:
        broken = Media("image", {}, "DATA:image/JPG;name=a.jpg;base64,AAAA\r\nBB==\n")
        mended = with_sound_data(broken)
        assert mended is not None
        assert mended.url == "data:image/jpeg;base64,AAAABB=="

    def test_an_address_has_no_data(self) -> None:
        for block in (Media("image", {}, "https://x"), Media("file", {}, None, "file-1")):
            assert with_sound_data(block) is block

    @pytest.mark.parametrize(
        ("part", "filename", "detail"),
        [
            ({"file": {"filename": "a.txt"}}, "a.txt", None),
            ({"type": "input_file", "filename": "b.txt"}, "b.txt", None),
            ({"image_url": {"url": "x", "detail": "low"}}, None, "low"),
            ({"image_url": "x", "detail": "high"}, None, "high"),
            ({"file": {"filename": 1}, "detail": ""}, None, None),
        ],
    )
    def test_what_a_part_tells_beside_its_data(
        self, part: Any, filename: str | None, detail: str | None
    ) -> None:
        block = Media("file", part)
        assert (block.filename, block.detail) == (filename, detail)

    def test_a_text_file_can_be_read(self) -> None:
        data = base64.b64encode(b"hello").decode()
        part = {"type": "file", "file": {"filename": "a.txt"}}
        assert file_text(Media("file", part, f"data:text/plain;base64,{data}")) == (
            "[the file a.txt:]\nhello"
        )
        assert file_text(Media("file", {}, f"data:text/csv;base64,{data}")) == "[a file:]\nhello"
        for url in (None, f"data:application/pdf;base64,{data}", "data:text/plain;base64,A"):
            assert file_text(Media("file", part, url)) is None
        assert file_text(Media("image", part, PNG)) is None


class TestThoughts:
    @pytest.mark.parametrize(
        ("content", "left"),
        [
            ("<think>hm</think>Hello", "Hello"),
            ("\n<thinking>\nhm\n</thinking>\n\nHello", "Hello"),
            ("[THINK]hm[/THINK]Hello", "Hello"),
            ("◁think▷hm◁/think▷Hello", "Hello"),
            ("<think>a</think>\n<think>b</think>Hello", "Hello"),
            ("<think>a</think><think>cut off", None),
            ("<think>cut off", None),
            ("Use <think>hm</think> tags", "Use <think>hm</think> tags"),
            ("<b>Hello</b>", "<b>Hello</b>"),
            ("[1] Hello", "[1] Hello"),
        ],
    )
    def test_only_what_stands_in_front_is_taken_off(self, content: str, left: str | None) -> None:
        expected = [] if left is None else [Text(left)]
        assert without_inline_thought([Text(content)]) == expected

    def test_media_stay(self) -> None:
        picture = Media("image", {}, PNG)
        assert without_inline_thought([picture]) == [picture]
        assert without_inline_thought([Text("<think>hm</think>"), picture]) == [picture]
        assert without_inline_thought([]) == []

    @pytest.mark.parametrize(
        ("note", "place"),
        [
            (None, (0, 0)),
            ({"chars": 3, "calls": 1}, (3, 1)),
            ({"chars": -1, "calls": "x"}, (0, 0)),
        ],
    )
    def test_an_entry_knows_its_place(self, note: Any, place: tuple[int, int]) -> None:
        thought = thought_of({"type": "reasoning.text", "fourthwall": note})
        assert (thought.chars, thought.calls) == place


class TestCalls:
    def test_calls_of_every_age(self) -> None:
        call = {"id": "a", "function": {"name": "f"}}
        assert calls_of({"role": "assistant", "tool_calls": [call, "odd"]}) == [call]
        old = {"role": "assistant", "function_call": {"name": "f"}}
        assert calls_of(old) == [{"id": "", "function": {"name": "f"}}]
        assert calls_of({"role": "assistant", "tool_calls": None}) == []

    def test_a_custom_tools_input_is_an_argument(self) -> None:
        call = {"type": "custom", "custom": {"name": "f", "input": "x"}}
        assert call_function(call) == {"name": "f", "arguments": {"input": "x"}}
        assert call_function({"id": "a"}) == {}

    @pytest.mark.parametrize(
        ("given", "text", "is_whole"),
        [
            ('{"a": 1}', '{"a": 1}', True),
            ("", "{}", True),
            (" ", "{}", True),
            (None, "{}", True),
            ("null", "{}", True),
            ({"a": "é"}, '{"a": "é"}', True),
            ("[1]", '{"INVALID_JSON": "[1]"}', True),
            ('{"a": ', '{"INVALID_JSON": "{\\"a\\": "}', False),
            ('{"a": NaN}', '{"INVALID_JSON": "{\\"a\\": NaN}"}', False),
            ("[" * 100_000, None, False),
        ],
    )
    def test_broken_arguments_are_wrapped(
        self, given: Any, text: str | None, is_whole: bool
    ) -> None:
        made, whole = arguments_of(given)
        assert whole is is_whole
        assert text is None or made == text

    def test_a_mapping_that_json_cannot_hold_is_wrapped(self) -> None:
        assert json.loads(arguments_of({"a": float("nan")})[0]) == {"INVALID_JSON": "{'a': nan}"}

    @pytest.mark.parametrize(
        ("given", "name"),
        [("f-1_x", "f-1_x"), ("a.b c", "a_b_c"), ("x" * 70, "x" * 64), ("", "unnamed")],
    )
    def test_names_are_as_every_provider_takes_them(self, given: str, name: str) -> None:
        assert tool_name(given) == name


class TestTurn:
    def test_text_and_calls(self) -> None:
        call = Call("a", "f", '{"x": 1}')
        turn = Turn("assistant", [Text("a"), Text("b"), call])
        assert (turn.text, turn.calls, call.parsed) == ("a\n\nb", [call], {"x": 1})
        assert Turn("user", [Text("a")]).text == "a"

    def test_a_results_text_says_what_else_there_was(self) -> None:
        assert (
            Result("a", "f", (Text("x"), Media("image", {}))).text == f"x\n\n{media_note('image')}"
        )
        assert Result("a", "f", (Text("x"),)).text == "x"
        assert media_note("other") == "[attachment: not shown to this model]"

from __future__ import annotations

from typing import Any

import pytest

from fourthwall.chat import ContentDelta, Event, Finished, ReasoningDelta, Started, ToolCallDelta
from fourthwall.errors import ConfigurationError, RegistryError
from fourthwall.registry import ModelCard
from fourthwall.stages import FORMATS, ReasoningFormat, ReasoningSplitter, ReasoningStage, run
from fourthwall.stages._reasoning import _SIBLINGS


def split(name: str | ReasoningFormat, *chunks: str) -> tuple[str, str]:
    """Return reasoning and content."""
    splitter = ReasoningSplitter(name)
    pieces = [piece for chunk in chunks for piece in splitter.feed(chunk)] + splitter.finish()
    thought = "".join(text for kind, text in pieces if kind == "reasoning")
    return thought, "".join(text for kind, text in pieces if kind == "content")


class TestFormats:
    @pytest.mark.parametrize(
        ("name", "text", "thought", "answer"),
        [
            ("none", "<think>a</think>b", "", "<think>a</think>b"),
            ("think", "<think>a</think>b", "a", "b"),
            ("think-prefilled", "a</think>b", "a", "b"),
            ("qwen3", "a</think>b", "a", "b"),
            ("qwen3", "a\n<tool_call>{}</tool_call>", "a", "<tool_call>{}</tool_call>"),
            ("kimi-k2", "<think>a</think>b", "a", "b"),
            (
                "kimi-k2",
                "<think>a<|tool_calls_section_begin|>x",
                "a",
                "<|tool_calls_section_begin|>x",
            ),
            ("thinking", "<thinking>a</thinking>b", "a", "b"),
            ("thought", "<thought>a</thought>b", "a", "b"),
            ("reasoning", "<reasoning>a</reasoning>b", "a", "b"),
            ("reason", "<reason>a</reason>b", "a", "b"),
            ("kimi-vl", "◁think▷a◁/think▷b", "a", "b"),
            ("seed", "<seed:think>a</seed:think>b", "a", "b"),
            ("mistral", "[THINK]a[/THINK]b", "a", "b"),
            ("minimax-m3", "<mm:think>a</mm:think>b", "a", "b"),
            ("gemma4", "<|channel>thought\na<channel|>b", "a", "b"),
            ("gemma4", "<|channel>thoughts", "", "<|channel>thoughts"),
            ("cohere", "<|START_THINKING|>a<|END_THINKING|><|START_TEXT|>b<|END_TEXT|>", "a", "b"),
            ("cohere", "a<|END_THINKING|>\n<|START_RESPONSE|>b\n<|END_RESPONSE|>", "a", "b"),
            ("cohere", "<|START_TEXT|>b<|END_TEXT|>", "", "b"),
            ("ernie45", "a\n</think>\n\n<response>\nb\n</response>\n", "a", "b"),
            ("ernie45", "a</think>b <response> c", "a", "b <response> c"),
            ("hunyuan-a13b", "<think>\na\n</think>\n<answer>\nb\n</answer>", "a", "b"),
            ("hunyuan-a13b", "<think>\n\n</think>\n<answer>\nb\n</answer>", "", "b"),
            ("hunyuan-a13b", "<answer>b</answer>", "", "b"),
            ("hunyuan-a13b", "b <think>a</think>c <answer>", "a", "b c <answer>"),
            ("granite", "Here is my thought process:\na\nHere is my response:\nb", "a", "b"),
            ("granite", "Here's my thought process: a Here's my response: b", " a ", " b"),
        ],
    )
    def test_each_format_is_split(self, name: str, text: str, thought: str, answer: str) -> None:
        assert split(name, text) == split(name, *text) == (thought, answer)

    @pytest.mark.parametrize(
        ("text", "thought", "answer"),
        [
            ("<|channel|>analysis<|message|>a<|end|>", "a", ""),
            (
                "<|channel|>analysis<|message|>a<|end|><|start|>assistant"
                "<|channel|>final<|message|>b<|return|>",
                "a",
                "b",
            ),
            (
                "<|channel|>analysis<|message|>a<|start|>assistant"
                "<|channel|>commentary<|message|>b<|end|>"
                "<|start|>assistant<|channel|>final<|message|>c",
                "a",
                "bc",
            ),
            ("plain <|end|>", "", "plain <|end|>"),
        ],
    )
    def test_harmony_channels(self, text: str, thought: str, answer: str) -> None:
        assert split("harmony", text) == split("harmony", *text) == (thought, answer)
        assert split("auto", text) == (thought, answer)

    def test_unknown_format_lists_those_there_are(self) -> None:
        with pytest.raises(ConfigurationError, match="'thinc'") as caught:
            ReasoningSplitter("thinc")
        for name in (*FORMATS, *_SIBLINGS):
            assert name in caught.value.remedy

    def test_a_format_of_ones_own(self) -> None:
        own = ReasoningFormat(openings=("((",), closings=("))",))
        assert split(own, "((a))b") == ("a", "b")

    @pytest.mark.parametrize(
        "row",
        [
            {"openings": ("",)},
            {"openings": ("\n((",)},
            {"openings": ("(",), "closings": ("((",)},
            {"openings": ("|",), "closings": ("|",)},
            {"wrappers": (("<a>", "<a>"),)},
        ],
    )
    def test_a_format_that_cannot_be_told_is_refused(self, row: dict[str, Any]) -> None:
        with pytest.raises(ConfigurationError, match="marker"):
            ReasoningFormat(**row)


class TestAuto:
    @pytest.mark.parametrize(
        "name", [name for name, row in FORMATS.items() if row.guessable and row.openings]
    )
    def test_first_thing_settles_the_format(self, name: str) -> None:
        row = FORMATS[name]
        for opening in row.openings:
            assert split("auto", f"\n{opening}a{row.closings[0]}b") == ("a", "b")

    @pytest.mark.parametrize("text", ["A <think>b</think>", "a</think>b", "<thinks>", "\n\n Hi\n"])
    def test_anything_else_is_content(self, text: str) -> None:
        assert split("auto", *text) == ("", text)

    def test_only_the_settled_format_counts(self) -> None:
        assert split("auto", "<thought>a</think></thought>b") == ("a</think>", "b")


class TestEdges:
    @pytest.mark.parametrize(
        ("text", "thought", "answer"),
        [
            ("<think>cut", "cut", ""),
            ("<think>so</thi", "so</thi", ""),
            ("<think>so\n\n", "so\n\n", ""),
            ("<thi", "", "<thi"),
            ("<think></think>b", "", "b"),
            ("<think>\n\n</think>\n\nb", "", "b"),
            ("b", "", "b"),
            ("a</think>b", "", "a</think>b"),
            ("b<think>a</think>c", "a", "bc"),
            ("b\n<think>\na\n</think>\nc", "a", "bc"),
            ("<think>a<think>b</think>c</think>", "a<think>b", "c</think>"),
            ("<think>a</think>\n<think>b</think>c", "ab", "c"),
            ("<think>a</think>b<think>c</think>", "a", "b<think>c</think>"),
            ("<think>a</think>Use `</think>`", "a", "Use `</think>`"),
            ("<think>if a < b: <thin</think>c<d", "if a < b: <thin", "c<d"),
            ("<<think>a<</think>b", "a<", "<b"),
            ("<think>\r\n  a\r\n\r\nb\r\n</think>\r\n    code", "  a\r\n\r\nb", "    code"),
            ("<think>👩\u200d🚀\ud83d</think>\ude00", "👩\u200d🚀\ud83d", "\ude00"),
        ],
    )
    def test_think(self, text: str, thought: str, answer: str) -> None:
        assert split("think", text) == split("think", *text) == (thought, answer)

    @pytest.mark.parametrize(
        ("text", "thought", "answer"),
        [
            ("cut", "cut", ""),
            ("\n<think>\na</think>b", "a", "b"),
            ("<think><think>a</think>b", "<think>a", "b"),
            ("a<think>b</think>c", "a<think>b", "c"),
            ("</think>b", "", "b"),
            ("a</think>b</think>", "a", "b</think>"),
            ("<thi", "<thi", ""),
        ],
    )
    def test_reply_that_starts_in_reasoning(self, text: str, thought: str, answer: str) -> None:
        assert split("think-prefilled", text) == (thought, answer)
        assert split("think-prefilled", *text) == (thought, answer)


class TestStreaming:
    def test_text_comes_out_at_once(self) -> None:
        splitter = ReasoningSplitter("think")
        assert splitter.feed("Hello") == [("content", "Hello")]
        assert splitter.feed("") == []

    def test_what_is_no_marker_comes_out_with_the_next_character(self) -> None:
        splitter = ReasoningSplitter("think")
        assert splitter.feed("a <") == [("content", "a ")]
        assert splitter.feed(" b") == [("content", "< b")]

    def test_line_breaks_wait_for_what_follows(self) -> None:
        splitter = ReasoningSplitter("think")
        assert splitter.feed("a\n") == [("content", "a")]
        assert splitter.feed("\n") == splitter.feed("") == []
        assert splitter.feed("b") == [("content", "\n\nb")]

    def test_after_the_thought_nothing_is_held_back(self) -> None:
        splitter = ReasoningSplitter("think")
        splitter.feed("<think>a</think>b")
        assert splitter.feed("c\n<") == [("content", "c\n<")]

    def test_both_markers_in_one_chunk(self) -> None:
        assert split("think", "x<think>a</think>y") == ("a", "xy")

    def test_finish_gives_what_is_held_back_once(self) -> None:
        splitter = ReasoningSplitter("think")
        splitter.feed("<th")
        assert splitter.finish() == [("content", "<th")]
        assert splitter.finish() == []


def staged(source: Any, *events: Event) -> list[Event]:
    return list(run([ReasoningStage(source)], events))


class TestStage:
    def test_content_is_split(self) -> None:
        assert staged("think", ContentDelta("<think>a</think>b"), Finished("stop")) == [
            ReasoningDelta("a"),
            ContentDelta("b"),
            Finished("stop"),
        ]

    def test_the_card_names_the_format(self) -> None:
        card = ModelCard(id="m", provider="p", reasoning_format="think-prefilled")
        assert staged(card, ContentDelta("a</think>b")) == [ReasoningDelta("a"), ContentDelta("b")]
        unsaid = ModelCard(id="m", provider="p")
        assert staged(unsaid, ContentDelta("<think>a")) == [ReasoningDelta("a")]

    def test_the_card_is_looked_up_when_the_answer_starts(self) -> None:
        cards = {"m": ModelCard(id="m", provider="p", reasoning_format="think-prefilled")}
        text = ContentDelta("a</think>b")
        known, other = Started("m", "p"), Started("x", "p")
        assert staged(cards.get, known, text) == [known, ReasoningDelta("a"), ContentDelta("b")]
        assert staged(cards.get, other, text) == [other, text]

    def test_an_unknown_format_on_a_card_names_the_card(self) -> None:
        with pytest.raises(RegistryError, match="model 'm', field 'reasoning_format'"):
            ReasoningStage(ModelCard(id="m", provider="p", reasoning_format="telepathy"))

    @pytest.mark.parametrize("structured", [ReasoningDelta("t"), ReasoningDelta("", opaque="s")])
    def test_structured_reasoning_ends_the_search_for_tags(self, structured: Event) -> None:
        held, rest = ContentDelta("<thi"), ContentDelta("<think>")
        assert staged("think", held, structured, rest) == [held, structured, rest]

    def test_an_empty_reasoning_delta_ends_nothing(self) -> None:
        empty = ReasoningDelta("")
        assert staged("think", empty, ContentDelta("<think>a")) == [empty, ReasoningDelta("a")]

    def test_a_tool_call_ends_the_thought(self) -> None:
        call = ToolCallDelta(0, "id", "tool", "{}")
        assert staged("think", ContentDelta("<think>a\n"), call, ContentDelta("b")) == [
            ReasoningDelta("a"),
            ReasoningDelta("\n"),
            call,
            ContentDelta("b"),
        ]

    def test_what_is_held_back_comes_before_the_end(self) -> None:
        assert staged("think", ContentDelta("<thi"), Finished("length")) == [
            ContentDelta("<thi"),
            Finished("length"),
        ]
        assert staged("think", ContentDelta("<thi")) == [ContentDelta("<thi")]

from __future__ import annotations

from typing import Any

import pytest

from fourthwall.chat import ContentDelta, Event, Finished, ReasoningDelta, Started, ToolCallDelta
from fourthwall.errors import ConfigurationError, RegistryError
from fourthwall.registry import ModelCard
from fourthwall.stages import FORMATS, ReasoningFormat, ReasoningSplitter, ReasoningStage, run
from fourthwall.stages._reasoning import _OTHERS


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
            ("cohere", "a<|START_TEXT|>b<|END_TEXT|>", "a", "b"),
            (
                "cohere",
                "a<|START_ACTION|>[]<|END_ACTION|>",
                "a",
                "<|START_ACTION|>[]<|END_ACTION|>",
            ),
            ("ernie45", "a</think><response>b</response>c\n</response>\n", "a", "b</response>c"),
            ("seed", "<seed:think>a\n<seed:tool_call>x", "a", "<seed:tool_call>x"),
            ("gemma4", "<|channel>thought\na<|tool_call>call:f{}", "a", "<|tool_call>call:f{}"),
            ("glm45", "<think>a<tool_call>f", "a", "<tool_call>f"),
            ("minimax-m2", "a<minimax:tool_call>x", "a", "<minimax:tool_call>x"),
            ("hunyuan3", "<think>a<tool_calls>x", "a", "<tool_calls>x"),
            ("laguna", "<think>a</think>b", "a", "b"),
            ("kimi-k2-prefilled", "a</think>b", "a", "b"),
            ("kimi-k2-prefilled", "<think>a</think>b", "a", "b"),
            ("minimax-m3-prefilled", "a</mm:think>b", "a", "b"),
            (
                "kimi-k3",
                "a<|close|>think<|sep|><|open|>response<|sep|>b<|close|>response<|sep|>"
                "<|close|>message<|sep|>",
                "a",
                "b",
            ),
            (
                "kimi-k3",
                "a<|open|>response<|sep|>b<|close|>response<|sep|><|open|>tools<|sep|>x",
                "a",
                "b<|open|>tools<|sep|>x",
            ),
            ("k2-horizon", "<ifm|think_fast>a</ifm|think_fast>b", "a", "b"),
            ("k2-horizon", "a<ifm|tool_calls>x", "a", "<ifm|tool_calls>x"),
            (
                "inkling",
                "<|message_model|><|content_thinking|>a<|end_message|>"
                "<|message_model|><|content_text|>b<|end_message|><|content_model_end_sampling|>",
                "a",
                "b",
            ),
            (
                "inkling",
                "<|content_text|>b<|end_message|><|message_model|>f<|content_invoke_tool_json|>{}",
                "",
                "b<|message_model|>f<|content_invoke_tool_json|>{}",
            ),
            (
                "apertus",
                "<|inner_prefix|>a<|tools_prefix|>[f]<|tools_suffix|>b<|inner_suffix|>c",
                "ab",
                "<|tools_prefix|>[f]<|tools_suffix|>c",
            ),
            (
                "openthinker",
                "<|begin_of_thought|>a<|end_of_thought|>\n\n"
                "<|begin_of_solution|>b<|end_of_solution|>",
                "a",
                "b",
            ),
            ("granite", "Here is my thought process:\na\nHere is my response:\nb", "a", "b"),
            ("granite", "Here's my thought process: a Here's my response: b", " a ", " b"),
        ],
    )
    def test_each_format_is_split(self, name: str, text: str, thought: str, answer: str) -> None:
        assert split(name, text) == split(name, *text) == (thought, answer)

    def test_unknown_format_lists_those_there_are(self) -> None:
        with pytest.raises(ConfigurationError, match="'thinc'") as caught:
            ReasoningSplitter("thinc")
        for name in (*FORMATS, *_OTHERS):
            assert name in caught.value.remedy

    def test_a_format_of_ones_own(self) -> None:
        own = ReasoningFormat(openings=("((",), closings=("))",))
        assert split(own, "((a))b") == ("a", "b")


def message(header: str, body: str, end: str = "<|end|>") -> str:
    return f"<|start|>assistant{header}<|message|>{body}{end}"


THOUGHT = "<|channel|>analysis<|message|>a<|end|>"
CALL = message("<|channel|>commentary to=functions.f <|constrain|>json", "{}", "<|call|>")


class TestHarmony:
    @pytest.mark.parametrize(
        ("text", "thought", "answer"),
        [
            (THOUGHT, "a", ""),
            (THOUGHT + message("<|channel|>final", "b", "<|return|>"), "a", "b"),
            (THOUGHT + message("<|channel|>final <|constrain|>json", "{}", ""), "a", "{}"),
            (THOUGHT + message("<|channel|>commentary", "b"), "a", "b"),
            (
                THOUGHT
                + message("<|channel|>commentary", "b")
                + message("<|channel|>analysis", "c")
                + message("<|channel|>final", "d"),
                "ac",
                "bd",
            ),
            ("<|channel|>analysis<|message|>a" + message("<|channel|>final", "b"), "a", "b"),
            ("<|channel|>analysis<|message|>a<|channel|>final<|message|>b", "a", "b"),
            ("<|channel|>analysis<|message|>cut", "cut", ""),
            ("<|channel|>final<|message|>cut", "", "cut"),
            (message("", "b"), "", "b"),
            ("plain <|end|>", "", "plain <|end|>"),
            ("plain " + THOUGHT, "a", "plain "),
            (THOUGHT + "plain", "a", "plain"),
        ],
    )
    def test_channels(self, text: str, thought: str, answer: str) -> None:
        assert split("harmony", text) == split("harmony", *text) == (thought, answer)

    @pytest.mark.parametrize(
        "call",
        [
            CALL,
            message(" to=functions.f<|channel|>commentary<|constrain|>json", "{}", "<|call|>"),
            message("<|channel|>analysis to=functions.f", "{}", "<|call|>"),
        ],
    )
    def test_a_call_is_content_with_its_header(self, call: str) -> None:
        assert split("harmony", THOUGHT + call) == ("a", call)
        assert split("harmony", *(THOUGHT + call + call)) == ("a", call + call)

    def test_a_reply_may_begin_with_the_recipient(self) -> None:
        rest = "to=functions.f<|channel|>commentary<|message|>{}<|call|>"
        assert split("harmony", " " + rest) == split("harmony", *(" " + rest)) == ("", rest)

    def test_a_built_in_tool_is_called_in_the_thought(self) -> None:
        text = "<|channel|>analysis to=python code<|message|>1+1<|call|>"
        assert split("harmony", text + message("<|channel|>final", "2")) == ("1+1", "2")

    @pytest.mark.parametrize(
        "body", ["<|end|> ends", "<|channel|>analysis<|message|>", "<|start|>user", "a<|call|>b"]
    )
    def test_an_answer_may_be_about_markers(self, body: str) -> None:
        text = f"{THOUGHT}{message('<|channel|>final', body)}"
        assert split("harmony", text) == split("harmony", *text) == ("a", body)

    def test_a_cut_header_is_not_lost(self) -> None:
        assert split("harmony", THOUGHT + "<|start|>assist") == ("a", "<|start|>assist")

    def test_what_is_no_header_is_text(self) -> None:
        long = f"<|channel|>{'a ' * 50}<|message|>"
        assert split("harmony", long) == split("harmony", *long) == ("", long)


def test_muse_tells_messages_by_recipient() -> None:
    thought = " to=self<|message|>a<|eom|>"
    text = thought + message(" to=user", "b", "<|eot|>")
    assert split("muse", text) == split("muse", *text) == ("a", "b")
    note, call = message(" to=commentary", "b", "<|eom|>"), message(" to=f.g", "{}", "<|eot|>")
    assert split("muse", thought + note + call) == ("a", "b" + call)


class TestAuto:
    @pytest.mark.parametrize(
        "name", [name for name, row in FORMATS.items() if row.guessable and row.openings]
    )
    def test_first_thing_settles_the_format(self, name: str) -> None:
        row = FORMATS[name]
        for opening in row.openings:
            assert split("auto", f"\n{opening}a{row.closings[0]}b") == ("a", "b")

    def test_harmony_is_settled_by_a_header(self) -> None:
        text = THOUGHT + message("<|channel|>final", "b")
        assert split("auto", text) == split("auto", *text) == ("a", "b")

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
            ("b\n<think>\na\n</think>\nc", "a", "b\n\nc"),
            ("b <think>a</think> <think>c</think> d", "ac", "b   d"),
            (" \n<think>a</think> \n<think>b</think>\n  c", "ab", "  c"),
            ("<think>a</think> \n", "a", " \n"),
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
        splitter = ReasoningSplitter("think-prefilled")
        assert splitter.feed("a\n") == [("reasoning", "a")]
        assert splitter.feed("\n") == splitter.feed("") == []
        assert splitter.feed("b") == [("reasoning", "\n\nb")]
        assert splitter.feed("\n\n</think>") == []

    def test_line_breaks_in_an_answer_come_out_at_once(self) -> None:
        splitter = ReasoningSplitter("think")
        assert splitter.feed("a\n") == [("content", "a\n")]

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


DETAILS = ({"type": "reasoning.encrypted", "data": "s", "index": 0},)


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

    @pytest.mark.parametrize(
        "structured", [ReasoningDelta("t"), ReasoningDelta("", opaque=DETAILS)]
    )
    def test_structured_reasoning_ends_the_search_for_tags(self, structured: Event) -> None:
        held, rest = ContentDelta("<thi"), ContentDelta("<think>")
        events = staged("think", held, structured, rest)
        assert events == [held, structured, rest]
        assert events[1] is structured

    def test_structured_reasoning_after_some_content_ends_it_too(self) -> None:
        answer, thought = ContentDelta("Tags: "), ReasoningDelta("t", opaque=DETAILS)
        rest = ContentDelta("<think>a</think>")
        assert staged("think", answer, thought, rest) == [answer, thought, rest]

    def test_a_thought_may_come_in_both_ways(self) -> None:
        inline, thought = ContentDelta("<think>a"), ReasoningDelta("t")
        assert staged("think", inline, thought, ContentDelta("b</think>")) == [
            ReasoningDelta("a"),
            thought,
            ContentDelta("b</think>"),
        ]

    @pytest.mark.parametrize("empty", [ReasoningDelta(""), ReasoningDelta("", opaque=())])
    def test_an_empty_reasoning_delta_ends_nothing(self, empty: Event) -> None:
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

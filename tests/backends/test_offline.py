"""Demo answers: labelled, deterministic, and everything that a provider can do."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from fourthwall.backends import OfflineBackend, ScriptedBackend, Timeouts
from fourthwall.backends._offline import FAILURES
from fourthwall.chat import (
    ChatReply,
    ChatRequest,
    ContentDelta,
    Event,
    Finished,
    ReasoningDelta,
    Started,
    fold_reply,
)
from fourthwall.errors import (
    ConfigurationError,
    DeadlineExceededError,
    FourthwallError,
    RateLimitedError,
    StreamInterruptedError,
)
from fourthwall.registry import ModelCard

CLAUDE = ModelCard(id="claude", provider="anthropic", family="claude", name="Claude Sonnet 5.5")
THINKER = ModelCard(id="thinker", provider="openai", reasoning=True)
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "days": {"type": "integer"},
                "unit": {"enum": ["C", "F"]},
                "hourly": {"type": "boolean"},
                "tags": {"type": "array", "items": {"type": "null"}},
            },
        },
    },
}


def said(text: str, **fields: Any) -> ChatRequest:
    return ChatRequest(messages=({"role": "user", "content": text},), **fields)


def ask(
    text: str, card: ModelCard = CLAUDE, backend: OfflineBackend | None = None, **fields: Any
) -> ChatReply:
    return fold_reply((backend or OfflineBackend()).stream(card, said(text, **fields)))


class TestAnswers:
    @pytest.mark.parametrize(
        ("text", "part"),
        [
            ("write a poem", "The lamp leans in"),
            ("what is 6 * 7?", "6 * 7 = 42"),
            ("7 / 2", "= 3.5"),
            ("1 / 0", "Nobody divides by zero"),
            ("hello there", "Hello!"),
            ("a python script please", "```python"),
            ("tell me about fjords", "“tell me about fjords”"),
            ("", "You said nothing"),
        ],
    )
    def test_answer_fits_the_question_and_is_labelled(self, text: str, part: str) -> None:
        reply = ask(text)
        assert reply.text.startswith("[offline demo of Claude Sonnet 5.5] ")
        assert reply.text.endswith("(No real model was asked.)")
        assert part in reply.text

    def test_families_differ_and_repeat_themselves(self) -> None:
        gpt = ModelCard(id="g", provider="openai", family="GPT")
        other = ModelCard(id="o", provider="x")
        poems = {ask("a poem", card).text for card in (CLAUDE, gpt, other) for _ in range(2)}
        assert len(poems) == 3

    def test_long_questions_are_quoted_in_part(self) -> None:
        assert "word word …" in ask("word " * 50).text

    def test_it_streams_word_by_word(self) -> None:
        events = list(OfflineBackend().stream(CLAUDE, said("a poem")))
        assert events[0] == Started("claude", "offline", upstream_model="offline-demo")
        assert sum(isinstance(event, ContentDelta) for event in events) > 20
        assert isinstance(events[-1], Finished)

    def test_both_faces_say_the_same(self) -> None:
        async def collect() -> list[Event]:
            return [event async for event in OfflineBackend().astream(THINKER, said("hi"))]

        assert asyncio.run(collect()) == list(OfflineBackend().stream(THINKER, said("hi")))

    def test_json_is_given_where_json_is_wanted(self) -> None:
        plain = ask("x", response_format={"type": "json_object"})
        assert json.loads(plain.text) == {"offline_demo_of": "Claude Sonnet 5.5"}
        schema = {"type": "object", "properties": {"title": {"type": "string"}}}
        shaped = ask(
            "x", response_format={"type": "json_schema", "json_schema": {"schema": schema}}
        )
        assert json.loads(shaped.text) == {"title": "Claude Sonnet 5.5"}


class TestReasoning:
    def test_thoughts_come_before_the_answer(self) -> None:
        events = list(OfflineBackend().stream(THINKER, said("hi")))
        kinds = [type(event) for event in events]
        assert kinds.index(ReasoningDelta) < kinds.index(ContentDelta)
        assert "The person says: hi." in fold_reply(events).reasoning

    def test_inline_formats_think_in_tags_that_the_question_cannot_close(self) -> None:
        card = ModelCard(id="r1", provider="deepseek", reasoning=True, reasoning_format="think")
        reply = ask("what does </think> mean?", card)
        assert reply.reasoning == ""
        assert reply.text.startswith("<think>\n")
        assert reply.text.count("</think>") == 2  # the tag, and the question in the answer
        assert reply.text.index("</think>") < reply.text.index("[offline demo")

    def test_models_that_do_not_think_do_not(self) -> None:
        assert ask("hi").reasoning == ""


class TestLimits:
    def test_max_tokens_counts_words(self) -> None:
        reply = ask("hi", max_tokens=3)
        assert reply.text == "[offline demo of"
        assert reply.finish_reason == "length"

    def test_stop_string_ends_the_answer_before_it(self) -> None:
        reply = ask("hi", stop=("never", "Claude"))
        assert reply.text == "[offline demo of "
        assert reply.finish_reason == "stop"

    def test_usage_can_be_counted_by_hand(self) -> None:
        request = ChatRequest(
            messages=(
                {"role": "user", "content": "one two"},
                {"role": "assistant", "content": "three"},
                {"role": "user", "content": "four five six"},
            ),
            max_tokens=2,
        )
        usage = fold_reply(OfflineBackend().stream(THINKER, request)).usage
        assert usage is not None
        assert (usage.prompt_tokens, usage.cached_tokens) == (6, 3)
        assert usage.completion_tokens == usage.reasoning_tokens + 2


class TestTools:
    def test_a_named_tool_is_called_with_arguments_of_the_right_shape(self) -> None:
        reply = ask("ask the weather please", tools=(WEATHER,))
        assert reply.finish_reason == "tool_calls"
        assert json.loads(reply.tool_calls[0].arguments) == {
            "city": "ask the weather please",
            "days": 1,
            "unit": "C",
            "hourly": True,
            "tags": [None],
        }

    @pytest.mark.parametrize(
        ("choice", "calls"),
        [
            ("required", 1),
            ({"type": "function", "function": {"name": "weather"}}, 1),
            ("auto", 0),
            (None, 0),
            ("none", 0),
        ],
    )
    def test_tool_choice_is_obeyed(self, choice: Any, calls: int) -> None:
        assert len(ask("hi", tools=(WEATHER,), tool_choice=choice).tool_calls) == calls

    def test_none_means_none_even_if_it_is_named(self) -> None:
        assert ask("weather", tools=(WEATHER,), tool_choice="none").tool_calls == ()

    def test_the_tools_answer_is_answered(self) -> None:
        request = ChatRequest(
            messages=(
                {"role": "user", "content": "weather?"},
                {"role": "tool", "tool_call_id": "x", "content": "sleet"},
            ),
            tools=(WEATHER,),
        )
        assert "sleet" in fold_reply(OfflineBackend().stream(CLAUDE, request)).text


class TestTime:
    def test_pauses_come_before_the_words(self) -> None:
        slept: list[float] = []
        backend = OfflineBackend(delay_s=0.5, first_token_s=2.0, sleep=slept.append)
        ask("hi", backend=backend, max_tokens=3)
        assert slept == [2.0, 0.5, 0.5]

    def test_async_pauses_too(self) -> None:
        slept: list[float] = []

        async def asleep(seconds: float) -> None:
            slept.append(seconds)

        async def collect() -> None:
            backend = OfflineBackend(first_token_s=2.0, asleep=asleep)
            async for _ in backend.astream(CLAUDE, said("hi")):
                pass

        asyncio.run(collect())
        assert slept == [2.0]

    @pytest.mark.parametrize(
        ("text", "seconds"), [("[[slow:2.5]]", 2.5), ("[[slow:999]]", 60.0), ("[[slow:x]]", None)]
    )
    def test_a_message_can_ask_for_it(self, text: str, seconds: float | None) -> None:
        slept: list[float] = []
        ask(text, backend=OfflineBackend(sleep=slept.append))
        assert slept == ([] if seconds is None else [seconds])

    @pytest.mark.parametrize(
        ("timeouts", "delays", "phase", "slept_s"),
        [
            (Timeouts(first_token_s=1), (2.0, 0.0), "first_token", 1.0),
            (Timeouts(between_tokens_s=1), (0.0, 2.0), "between_tokens", 1.0),
            (Timeouts(total_s=3), (2.0, 2.0), "total", 3.0),
        ],
    )
    def test_deadlines_are_kept(
        self,
        timeouts: Timeouts,
        delays: tuple[float, float],
        phase: str,
        slept_s: float,
    ) -> None:
        slept: list[float] = []
        backend = OfflineBackend(first_token_s=delays[0], delay_s=delays[1], sleep=slept.append)
        with pytest.raises(DeadlineExceededError) as caught:
            list(backend.stream(CLAUDE, said("hi"), timeouts=timeouts))
        assert caught.value.phase == phase
        assert sum(slept) == slept_s


class TestFailures:
    @pytest.mark.parametrize("word", sorted(FAILURES))
    def test_a_message_can_ask_for_each(self, word: str) -> None:
        with pytest.raises(FourthwallError) as caught:
            ask(f"please [[fail:{word}]]")
        assert type(caught.value) is type(FAILURES[word]())

    def test_only_the_named_model_fails(self) -> None:
        assert ask("[[fail:server@gpt-5]] hi").text
        with pytest.raises(FourthwallError):
            ask("[[fail:server@claude]] hi")

    def test_unknown_words_are_no_failures(self) -> None:
        assert "No real model" in ask("[[fail:nonsense]]").text

    def test_a_cut_stream_keeps_what_came(self) -> None:
        events: list[Event] = []
        stream = OfflineBackend().stream(CLAUDE, said("[[fail:cut]] a poem"))
        with pytest.raises(StreamInterruptedError) as caught:
            events.extend(stream)
        assert caught.value.partial == fold_reply(events).text != ""

    def test_an_answer_without_content_is_cut_at_once(self) -> None:
        with pytest.raises(StreamInterruptedError) as caught:
            ask("[[fail:cut]] weather", tools=(WEATHER,))
        assert caught.value.partial == ""

    def test_failures_are_used_up_call_by_call(self) -> None:
        backend = OfflineBackend(failures={"claude": [RateLimitedError("busy"), None]})
        with pytest.raises(RateLimitedError):
            ask("hi", backend=backend)
        assert ask("hi", backend=backend) == ask("hi", backend=backend)

    def test_nothing_is_planned_after_an_error(self) -> None:
        late = Timeouts(first_token_s=1)
        for text, steps in (("[[fail:server]]", 1), ("[[slow:9]]", 2)):
            plan = list(OfflineBackend()._plan(CLAUDE, said(text), late))
            assert len(plan) == steps
            assert isinstance(plan[-1].outcome, FourthwallError)


class TestScriptedBackend:
    def test_it_plays_texts_events_and_errors(self) -> None:
        backend = ScriptedBackend(
            [
                "whole",
                [ContentDelta("part"), StreamInterruptedError("cut", partial="part")],
                RateLimitedError("busy"),
                [Started("other", "scripted"), Finished("stop")],
            ]
        )
        request = said("hi")
        assert fold_reply(backend.stream(CLAUDE, request)).text == "whole"
        with pytest.raises(StreamInterruptedError):
            list(backend.stream(CLAUDE, request))
        with pytest.raises(RateLimitedError):
            list(backend.stream(CLAUDE, request))
        assert fold_reply(backend.stream(CLAUDE, request)).model == "other"
        assert backend.calls == [(CLAUDE, request)] * 4
        assert backend.closed == 4

    def test_too_many_calls_are_an_error(self) -> None:
        with pytest.raises(ConfigurationError, match="call 1 to a script of 0"):
            list(ScriptedBackend([]).stream(CLAUDE, said("hi")))

    def test_async_face_plays_the_same(self) -> None:
        async def collect() -> list[Event]:
            return [e async for e in ScriptedBackend(["hi"]).astream(CLAUDE, said("x"))]

        assert asyncio.run(collect()) == list(ScriptedBackend(["hi"]).stream(CLAUDE, said("x")))

"""`Conversation` and `AsyncConversation`: what an embedder sees of a chat."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from fourthwall.backends import Backends, OfflineBackend, RetryPolicy, ScriptedBackend
from fourthwall.chat import (
    ContentDelta,
    Event,
    Finished,
    ReasoningDelta,
    SwitchAnnounced,
    ToolCallDelta,
    Usage,
    UsageReported,
)
from fourthwall.conversation import Announcer
from fourthwall.engine import AsyncConversation, Conversation, MissingModelWarning, Options
from fourthwall.errors import (
    ConfigurationError,
    OverloadedError,
    RequestError,
    StreamInterruptedError,
    TryAgainError,
    UnknownModelError,
)
from fourthwall.intent import Intent
from fourthwall.registry import ModelCard, Registry

A = ModelCard(id="a", provider="p", name="Model A", price_in=1.0, price_out=2.0, fallbacks=("c",))
B = ModelCard(id="b", provider="p", name="Model B", price_in=1.0, price_out=2.0)
C = ModelCard(id="c", provider="p", name="Model C")
REGISTRY = Registry([A, B, C])
ONE_TRY = RetryPolicy(attempts=1)
NO_NEWS = (None, None)


def parser(
    text: str,
    registry: Registry,
    *,
    active: ModelCard | None = None,
    previous: ModelCard | None = None,
) -> Intent:
    """Read "/b remainder" as a switch to b, "/back" as going back."""
    if text == "/back":
        return Intent(kind="revert")
    if text.startswith("/"):
        model, _, remainder = text[1:].partition(" ")
        return Intent(kind="switch", target=registry[model], remainder=remainder)
    return Intent(kind="none", remainder=text)


def about(*scripts: Any, **more: Any) -> dict[str, Any]:
    backend = ScriptedBackend(scripts, name="p")
    options = Options(parser=parser, retry=ONE_TRY, **more.pop("options", {}))
    return {"registry": REGISTRY, "backends": [backend], "options": options, **more}


def conversation(*scripts: Any, **more: Any) -> tuple[Conversation, ScriptedBackend]:
    made = about(*scripts, **more)
    return Conversation("a", **made), made["backends"][0]


def sent(backend: ScriptedBackend) -> list[tuple[str, list[Any]]]:
    return [(card.id, [m["content"] for m in request.messages]) for card, request in backend.calls]


class TestSend:
    def test_an_answer_is_returned_and_kept(self) -> None:
        chat, backend = conversation("Hi there.")
        reply = chat.send("hello")
        assert (reply.text, reply.model, reply.switch) == ("Hi there.", "a", None)
        assert chat.history == [
            {"role": "user", "content": "hello"},
            {"role": "assistant", "content": "Hi there.", "model": "a"},
        ]
        assert sent(backend) == [("a", ["hello"])]

    def test_a_switch_is_told_beside_the_text_and_stays(self) -> None:
        chat, backend = conversation("A poem.", "Another.")
        reply = chat.send("/b write a poem")
        assert (reply.text, reply.model) == ("A poem.", "b")
        assert reply.announcement == "Switched from Model A to Model B."
        assert reply.switch is not None
        assert (reply.switch.from_model, reply.switch.to_model) == ("a", "b")
        assert chat.model == "b"
        note = {"kind": "switch", "from": "a", "to": "b"}
        assert chat.history[-1]["fourthwall"] == note
        chat.send("more")
        assert sent(backend)[1] == ("b", ["write a poem", "A poem.", "more"])
        assert "fourthwall" not in backend.calls[1][1].messages[1]

    def test_a_command_alone_asks_no_model(self) -> None:
        chat, backend = conversation()
        reply = chat.send("/b")
        assert (reply.text, reply.model, reply.usage) == ("Ready when you are.", None, None)
        assert reply.announcement == "Switched from Model A to Model B."
        assert reply.finish_reason == "stop"
        assert backend.calls == []
        assert chat.model == "b"
        assert chat.history[-1]["fourthwall"]["engine"] is True

    def test_a_silent_switch_is_still_data(self) -> None:
        chat, _ = conversation("A poem.", announce=False)
        reply = chat.send("/b write a poem")
        assert reply.announcement is None
        assert reply.switch is not None
        assert chat.send("/a").text == "You're talking to Model A now."

    def test_what_was_said_may_have_parts(self) -> None:
        chat, backend = conversation("A cat.")
        image: dict[str, Any] = {"type": "image_url", "image_url": {}}
        parts = [{"type": "text", "text": "What is it?"}, image]
        chat.send(parts)
        assert sent(backend) == [("a", [parts])]

    def test_parameters_go_with_every_request(self) -> None:
        chat, backend = conversation("1", "2", system="Be brief.", parameters={"max_tokens": 5})
        chat.send("x")
        chat.send("y")
        assert [request.max_tokens for _, request in backend.calls] == [5, 5]
        assert sent(backend)[1] == ("a", ["Be brief.", "x", "1", "y"])

    @pytest.mark.parametrize("content", [None, 3, b"x", [], [3], {"type": "text"}])
    def test_what_isnt_content_is_refused(self, content: Any) -> None:
        chat, _ = conversation()
        with pytest.raises(RequestError, match="text, a list of content parts"):
            chat.send(content)

    def test_whole_messages_are_refused(self) -> None:
        chat, _ = conversation()
        with pytest.raises(RequestError, match="role 'tool'"):
            chat.send([{"role": "user", "content": "x"}])

    def test_a_wrong_parameter_is_named(self) -> None:
        with pytest.raises(RequestError, match="max_tokens"):
            conversation(parameters={"max_tokens": 0})

    @pytest.mark.parametrize("name", ["messages", "model", "stream"])
    def test_what_a_conversation_fills_in_itself_is_no_parameter(self, name: str) -> None:
        with pytest.raises(RequestError, match="can't be a parameter") as caught:
            conversation(parameters={name: []})
        assert caught.value.param == name

    def test_an_unknown_model_is_refused(self) -> None:
        with pytest.raises(UnknownModelError):
            Conversation("nonsense", **about())

    def test_json_that_a_program_reads_holds_no_announcement(self) -> None:
        chat, _ = conversation("{}", parameters={"response_format": {"type": "json_object"}})
        told = "Switched from Model A to Model B."
        assert (chat.send("/b").announcement, chat.history[-1]["content"]) == (
            told,
            "Ready when you are.",
        )
        assert chat.send("a list, please").text == "{}"


class TestTools:
    def test_calls_are_kept_and_their_results_go_back(self) -> None:
        call = [ToolCallDelta(0, "c1", "now"), ToolCallDelta(0, arguments="{}")]
        chat, backend = conversation([*call, Finished("tool_calls")], "It is noon.")
        reply = chat.send("/b what time is it?")
        assert [tool.name for tool in reply.tool_calls] == ["now"]
        kept = chat.history[-1]
        assert kept["content"] is None
        assert kept["tool_calls"] == [
            {"id": "c1", "type": "function", "function": {"name": "now", "arguments": "{}"}}
        ]
        reply = chat.send([{"role": "tool", "tool_call_id": "c1", "content": "12:00"}])
        assert (reply.text, reply.switch) == ("It is noon.", None)
        assert sent(backend)[1] == ("b", ["what time is it?", None, "12:00"])
        assert chat.model == "b"


class TestArguments:
    @pytest.mark.parametrize(
        ("part", "param"),
        [
            ({"type": "image_url"}, "content[1].image_url"),
            ({"type": "text", "text": 5}, "content[1].text"),
            ({"type": "file", "file": "x"}, "content[1].file"),
        ],
    )
    def test_a_part_without_what_it_says_it_is_is_named(
        self, part: dict[str, Any], param: str
    ) -> None:
        chat, backend = conversation("hi")
        with pytest.raises(RequestError) as caught:
            chat.send([{"type": "text", "text": "look"}, part])
        assert (caught.value.param, backend.calls) == (param, [])

    @pytest.mark.parametrize("text", ["", " \n"])
    def test_an_empty_message_is_refused_before_anybody_is_asked(self, text: str) -> None:
        chat, backend = conversation("hi")
        with pytest.raises(RequestError, match="is empty") as caught:
            chat.send(text)
        assert (caught.value.param, backend.calls, chat.history) == ("content", [], [])

    @pytest.mark.parametrize(
        ("name", "value"), [("options", {"identity": True}), ("registry", "x"), ("parameters", 5)]
    )
    def test_one_of_another_kind_is_named(self, name: str, value: Any) -> None:
        given = {**about("hi"), name: value}
        with pytest.raises(ConfigurationError, match=f"'{name}' must be") as caught:
            Conversation("a", **given)
        assert caught.value.param == name


class TestReasoning:
    def test_it_is_kept_beside_the_message_and_never_sent_to_another(self) -> None:
        entry = {"type": "reasoning.text", "index": 0, "provider": "p", "model": "a"}
        thought = [
            ReasoningDelta("hm", opaque=[{**entry, "text": "hm"}]),
            ReasoningDelta("m", opaque=[{**entry, "text": "m", "signature": "sig"}]),
            ContentDelta("4"),
            Finished("stop"),
        ]
        chat, backend = conversation(thought, "5?", "4!")
        assert chat.send("2+2?").reasoning == "hmm"
        kept = chat.history[-1]
        assert (kept["reasoning_content"], kept["model"]) == ("hmm", "a")
        whole = [{**entry, "text": "hmm", "signature": "sig"}]
        assert kept["reasoning_details"] == whole
        assert "fourthwall" not in kept
        chat.send("/b really?")
        assert backend.calls[1][1].messages[1] == {
            "role": "assistant",
            "content": "4",
            "model": "a",
        }
        restored = Conversation.from_json(chat.to_json(), **about("4!"))
        restored.send("/a and you?")
        chat.send("/a and you?")
        own = backend.calls[2][1].messages[1]
        assert own == {
            "role": "assistant",
            "content": "4",
            "reasoning_content": "hmm",
            "reasoning_details": whole,
            "model": "a",
        }
        assert restored.history[1] == chat.history[1]

    def test_what_was_signed_for_a_text_that_was_cut_isnt_kept(self) -> None:
        entry = {"type": "reasoning.encrypted", "data": "x"}
        early = {**entry, "fourthwall": {"chars": 0, "length": 2}}
        late = {**entry, "fourthwall": {"chars": 2, "length": 9}}
        signed = ReasoningDelta("", opaque=[early, late, entry])
        chat, _ = conversation([signed, ContentDelta("abcd"), Finished("length")])
        chat.send("2+2?")
        assert chat.history[-1]["reasoning_details"] == [early, entry]

    def test_half_a_thought_isnt_kept(self) -> None:
        half = ReasoningDelta("hm", opaque=[{"type": "reasoning.text", "text": "hm"}])
        chat, _ = conversation([half, Finished("length")], [half, ContentDelta("4")])
        chat.send("2+2?")
        with pytest.raises(StreamInterruptedError):
            chat.send("2+2?")
        for kept in chat.history[1::2]:
            assert not {"reasoning_content", "reasoning_details"} & kept.keys()

    def test_a_failovers_thoughts_are_those_of_the_model_that_answered(self) -> None:
        thought = ReasoningDelta("hm", opaque=[{"type": "reasoning.text", "text": "hm"}])
        answer = [thought, ContentDelta("4"), Finished("stop")]
        chat, backend = conversation(OverloadedError("busy"), answer, "5", "6")
        chat.send("2+2?")
        assert (chat.history[-1]["model"], "reasoning_details" in chat.history[-1]) == ("c", True)
        chat.send("and now?")
        chat.send("/c and you?")
        own = ["reasoning_details" in request.messages[1] for _, request in backend.calls[2:]]
        assert own == [False, True]

    def test_thoughts_in_the_text_are_told_apart(self) -> None:
        chat, _ = conversation("<think>hm</think>4")
        reply = chat.send("2+2?")
        assert (reply.reasoning, reply.text) == ("hm", "4")


class TestStream:
    def test_the_announcement_comes_first(self) -> None:
        chat, _ = conversation("A poem.")
        events = list(chat.stream("/b write"))
        announced = next(n for n, e in enumerate(events) if isinstance(e, SwitchAnnounced))
        said = next(n for n, e in enumerate(events) if isinstance(e, ContentDelta))
        assert announced < said
        assert events[-1] == Finished("stop")

    def test_nothing_is_announced_unless_something_changes(self) -> None:
        chat, _ = conversation("Hi.")
        assert not any(isinstance(e, SwitchAnnounced) for e in chat.stream("hello"))

    def test_closed_early_the_answer_stays_as_far_as_it_came(self) -> None:
        half = [ReasoningDelta("hm"), ContentDelta("One "), ContentDelta("two"), Finished("stop")]
        chat, backend = conversation(half, "ok")
        events = chat.stream("count")
        for event in events:
            if event == ContentDelta("One "):
                break
        events.close()
        assert backend.closed == 1
        assert chat.history[-1] == {"role": "assistant", "content": "One ", "model": "a"}
        assert chat.usage.completion_tokens > 0
        chat.send("go on")
        assert sent(backend)[1] == ("a", ["count", "One ", "go on"])

    def test_closed_before_the_first_word_nothing_happened(self) -> None:
        chat, _ = conversation([ReasoningDelta("hm"), ContentDelta("One"), Finished("stop")], "ok")
        events = chat.stream("/b count")
        for event in events:
            if isinstance(event, ReasoningDelta):
                break
        events.close()
        assert (chat.history, chat.model) == ([], "a")
        assert chat.send("/b count").text == "ok"

    def test_a_stream_that_was_never_read_asks_nobody(self) -> None:
        chat, backend = conversation("ok")
        chat.stream("x").close()
        assert chat.send("y").text == "ok"
        assert len(backend.calls) == 1

    def test_a_second_answer_at_the_same_time_is_refused(self) -> None:
        chat, _ = conversation("one", "two")
        events = chat.stream("x")
        next(events)
        for second in (lambda: next(chat.stream("y")), lambda: chat.send("y"), chat.retry):
            with pytest.raises(RequestError, match="answering already"):
                second()
        with pytest.raises(RequestError, match="answering already"):
            chat.model = "b"
        events.close()
        assert chat.send("y").text == "two"


class TestTheBoundOfAnAnswer:
    THINKER = ModelCard(id="t", provider="p", reasoning=True, price_out=4.0, price_in=0.0)

    def about(self, *scripts: Any) -> dict[str, Any]:
        return about(
            *scripts, parameters={"max_tokens": 2}, registry=REGISTRY.with_cards([self.THINKER])
        )

    def answer(self) -> list[Event]:
        words = [ContentDelta(f"{word} ") for word in ("one", "two", "three", "four")]
        return [ReasoningDelta("x" * 40), *words, Finished("stop")]

    def test_what_is_read_is_bounded_and_the_request_is_closed(self) -> None:
        made = self.about(self.answer())
        chat = Conversation("t", **made)
        reply = chat.send("count")
        assert (reply.text, reply.finish_reason) == ("one two ", "length")
        assert (reply.reasoning, made["backends"][0].closed) == ("x" * 40, 1)
        assert reply.usage is not None
        assert (reply.usage.completion_tokens, reply.usage.estimated) == (12, True)
        assert reply.cost == pytest.approx(48e-6)

    def test_in_async_code_too(self) -> None:
        made = self.about(self.answer())
        chat = AsyncConversation("t", **made)
        assert asyncio.run(chat.send("count")).text == "one two "
        assert made["backends"][0].closed == 1


class TestAWindowThatIsTooSmall:
    SMALL = ModelCard(id="s", provider="p", name="Small", context=2_000, price_in=1.0)
    BIG = ModelCard(id="g", provider="p", name="Big", context=100_000, price_in=1.0, price_out=1.0)
    LONG = "x" * 12_000

    def about(self, *scripts: Any, **options: Any) -> dict[str, Any]:
        registry = Registry([self.BIG, self.SMALL])
        backend = ScriptedBackend(scripts, name="p")
        settings = Options(parser=parser, retry=ONE_TRY, **options)
        return {"registry": registry, "backends": [backend], "options": settings}

    def conversation(self, *scripts: Any, **options: Any) -> tuple[Conversation, ScriptedBackend]:
        made = self.about(self.LONG, *scripts, **options)
        chat = Conversation("g", **made)
        chat.send("hello")
        return chat, made["backends"][0]

    def test_the_person_is_asked(self) -> None:
        chat, backend = self.conversation("A poem.")
        reply = chat.send("/s write a poem")
        assert "3. “summarise”: Big sums them up for Small" in reply.text
        assert (chat.model, len(backend.calls)) == ("g", 1)
        assert chat.send("trim").model == "s"
        assert sent(backend)[1][1][0] == "hello"
        assert sent(backend)[1][1][2] == "write a poem"

    def test_the_old_model_summarises(self) -> None:
        chat, backend = self.conversation("They said hello.", "A poem.", "Another.")
        chat.send("/s write a poem")
        before = chat.usage
        reply = chat.send("summarise")
        assert (reply.text, reply.model, chat.model) == ("A poem.", "s", "s")
        (asked, request), (told, told_request) = backend.calls[1:]
        assert (asked.id, told.id) == ("g", "s")
        assert request.messages[-1]["content"].startswith("Summarise our conversation")
        assert request.max_tokens is not None
        assert told_request.messages[0]["content"].endswith("They said hello.")
        assert told_request.messages[-1]["content"] == "write a poem"
        assert reply.usage is not None
        assert (chat.usage.total_tokens - before.total_tokens) > reply.usage.total_tokens
        assert chat.history[-2]["fourthwall"] == {"summary": "They said hello."}
        restored = Conversation.from_json(chat.to_json(), **self.about("Another."))
        assert restored.model == "s"
        chat.send("more")
        assert backend.calls[-1][1].messages[:2] == told_request.messages

    def test_tools_stay_with_the_summarys_request_but_arent_called(self) -> None:
        tool = {"type": "function", "function": {"name": "f"}}
        made = self.about(self.LONG, "Sum.", "Poem.", overflow="summarise")
        chat = Conversation("g", **made, parameters={"tools": [tool]})
        chat.send("hello")
        assert chat.send("/s write").text == "Poem."
        request = made["backends"][0].calls[1][1]
        assert (request.tools, request.tool_choice) == ((tool,), "none")

    @pytest.mark.parametrize("failed", [OverloadedError("busy"), "", " "])
    def test_without_a_summary_it_stays(self, failed: Any) -> None:
        chat, _ = self.conversation(failed, "Sum.", "Poem.")
        chat.send("/s write a poem")
        before = chat.history
        with pytest.raises(TryAgainError):
            chat.send("summarise")
        assert (chat.history, chat.model) == (before, "g")
        assert chat.send("summarise").text == "Poem."

    def test_what_half_a_summary_used_is_counted(self) -> None:
        cut = [ContentDelta("They said"), OverloadedError("busy")]
        chat, _ = self.conversation(cut)
        chat.send("/s write a poem")
        before = chat.usage.total_tokens
        with pytest.raises(TryAgainError):
            chat.send("summarise")
        assert chat.usage.total_tokens > before

    def test_in_async_code_too(self) -> None:
        made = self.about(self.LONG, "Sum.", "Poem.", overflow="summarise")
        chat = AsyncConversation("g", **made)

        async def talk() -> list[Event]:
            await chat.send("hello")
            return [event async for event in chat.stream("/s write")]

        assert ContentDelta("Poem.") in asyncio.run(talk())
        assert [card.id for card, _ in made["backends"][0].calls] == ["g", "g", "s"]

    def test_a_summary_that_is_too_long_is_cut(self) -> None:
        thinker = ModelCard(id="g", provider="p", context=100_000, reasoning=True)
        made = self.about(self.LONG, "s" * 9_000, "Poem.", overflow="summarise")
        made["registry"] = Registry([thinker, self.SMALL])
        chat = Conversation("g", **made)
        chat.send("hello")
        chat.send("/s write")
        assert made["backends"][0].closed == 3
        assert len(chat.history[-2]["fourthwall"]["summary"]) < 9_000

        async def talk() -> AsyncConversation:
            made["backends"] = [ScriptedBackend([self.LONG, "s" * 9_000, "Poem."], name="p")]
            other = AsyncConversation("g", **made)
            await other.send("hello")
            await other.send("/s write")
            return other

        assert asyncio.run(talk()).history == chat.history

    def test_another_rule_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="ask, trim, summarise"):
            Options(overflow="drop")  # type: ignore[arg-type]  # the mistake


class TestIdentity:
    def test_a_model_that_joined_later_is_told_who_it_is(self) -> None:
        chat, backend = conversation("1", "2", "3", "4", options={"identity": True})
        for said in ("hello", "/b hi", "more", "/a hi"):
            chat.send(said)
        told = [[m for m in r.messages if m["role"] == "system"] for _, r in backend.calls]
        assert [len(lines) for lines in told] == [0, 1, 1, 0]
        assert told[1] == told[2]
        assert told[1][0]["content"].startswith("You are Model B (p).")
        assert told[1][0]["model"] == "b"

    def test_it_stays_where_the_picker_is_moved_back(self) -> None:
        chat, backend = conversation("1", "2", "3", options={"identity": True})
        chat.send("hello")
        chat.model = "b"
        chat.send("hi")
        chat.send("more")
        first, *later = (request.messages for _, request in backend.calls)
        assert (len(first), later[0][0]["role"]) == (1, "system")
        assert later[1][: len(later[0])] == later[0]


class TestFailures:
    def test_before_the_first_word_the_history_stays_as_it_was(self) -> None:
        chat, _ = conversation("Hi.", OverloadedError("busy"), "A poem.")
        chat.send("/c hello")
        before = chat.history
        with pytest.raises(OverloadedError):
            chat.send("/b write")
        assert (chat.history, chat.model) == (before, "c")
        assert chat.send("/b write").model == "b"

    def test_afterwards_the_part_stays(self) -> None:
        cut = [
            ContentDelta("Once upon"),
            ToolCallDelta(0, "c1", "f"),
            StreamInterruptedError("cut"),
        ]
        chat, _ = conversation(cut)
        with pytest.raises(StreamInterruptedError):
            chat.send("/b a tale")
        kept = chat.history[-1]
        assert (kept["content"], "tool_calls" in kept) == ("Once upon", False)
        assert chat.model == "b"

    def test_a_fallback_says_so_and_switches_nothing(self) -> None:
        chat, backend = conversation(OverloadedError("busy"), "Hi.", "Again.")
        reply = chat.send("hello")
        assert (reply.model, reply.failover_from) == ("c", "a")
        assert reply.announcement is not None
        assert "isn't available right now" in reply.announcement
        assert reply.failover_reason == "overloaded"
        assert chat.model == "a"
        assert chat.history[-1]["fourthwall"]["kind"] == "failover"
        chat.send("and now?")
        assert sent(backend)[-1] == ("a", ["hello", "Hi.", "and now?"])


class TestRetry:
    def test_the_last_question_is_asked_again_in_place_of_its_answer(self) -> None:
        chat, backend = conversation("One.", "Two.", "Three.")
        chat.send("/b count")
        assert chat.retry().text == "Two."
        assert [m["content"] for m in chat.history] == ["/b count", "Two."]
        assert any(e == ContentDelta("Three.") for e in chat.stream_retry())
        assert sent(backend) == [("b", ["count"])] * 3

    def test_if_it_fails_the_old_answer_stays(self) -> None:
        chat, _ = conversation("One.", OverloadedError("busy"))
        chat.send("/b count")
        with pytest.raises(OverloadedError):
            chat.retry()
        assert chat.history[-1]["content"] == "One."

    def test_it_goes_to_the_model_that_was_switched_to_since(self) -> None:
        chat, backend = conversation("A's.", "B's.", "More.")
        chat.send("hello")
        chat.send("/b")
        reply = chat.retry()
        assert (reply.text, reply.model, reply.switch, reply.announcement) == (
            "B's.",
            "b",
            *NO_NEWS,
        )
        assert [m["content"] for m in chat.history] == [
            "hello",
            "B's.",
            "/b",
            "Ready when you are.",
        ]
        chat.send("go on")
        assert sent(backend) == [
            ("a", ["hello"]),
            ("b", ["hello"]),
            ("b", ["hello", "B's.", "go on"]),
        ]
        assert chat.send("/back").switch is not None
        assert chat.model == "a"

    def test_a_command_in_the_question_isnt_carried_out_again(self) -> None:
        chat, backend = conversation("B's.", "C's.", "C's again.")
        chat.send("/b count")
        chat.send("/c")
        assert (chat.retry().model, chat.model) == ("c", "c")
        assert (chat.retry().model, chat.model) == ("c", "c")
        assert sent(backend) == [("b", ["count"]), ("c", ["count"]), ("c", ["count"])]
        assert chat.history[1]["fourthwall"] == {"kind": "switch", "from": "a", "to": "b"}
        assert [chat.send("/back").switch is not None, chat.model] == [True, "b"]

    def test_after_the_picker_was_moved_it_goes_to_that_model(self) -> None:
        chat, backend = conversation("B's.", "C's.", "More.")
        chat.send("/b count")
        chat.model = "c"
        assert chat.retry().model == "c"
        assert (chat.model, sent(backend)[1]) == ("c", ("c", ["count"]))
        assert chat.send("go on").model == "c"
        assert Conversation.from_json(chat.to_json(), **about()).model == "c"

    def test_going_back_in_vain_isnt_the_last_question(self) -> None:
        chat, backend = conversation("A's.", "C's.")
        chat.send("hello")
        chat.send("/back")
        chat.model = "c"
        assert chat.retry().text == "C's."
        assert sent(backend)[1] == ("c", ["hello"])
        assert "no earlier model" in chat.history[-1]["content"]
        assert chat.model == "c"

    def test_a_thought_isnt_shown_to_the_other_model_but_given_back_to_its_maker(self) -> None:
        thought = [ReasoningDelta("hmm"), ContentDelta("4"), Finished("stop")]
        chat, backend = conversation(thought, "5", "B's.", "A's.")
        chat.send("2+2?")
        chat.send("really?")
        chat.send("/b")
        chat.retry()
        assert "reasoning_content" not in backend.calls[2][1].messages[1]
        chat.send("/a")
        chat.retry()
        assert backend.calls[3][1].messages == backend.calls[1][1].messages
        assert backend.calls[3][1].messages[1]["reasoning_content"] == "hmm"

    def test_if_a_fallback_answers_it_the_switch_before_is_still_known(self) -> None:
        chat, _ = conversation("B's.", OverloadedError("busy"), "C's.", "A's.")
        chat.send("/b count")
        chat.send("/a")
        assert chat.retry().failover_from == "a"
        assert chat.history[1]["fourthwall"]["to"] == "b"
        assert chat.retry().failover_from is None
        assert chat.model == "a"

    def test_what_a_fallback_answered_and_the_model_itself_does_now_is_no_failover(self) -> None:
        chat, _ = conversation(OverloadedError("busy"), "C's.", "A's.")
        chat.send("hello")
        assert chat.retry().model == "a"
        assert "fourthwall" not in chat.history[-1]

    def test_a_question_that_was_loaded_without_an_answer_is_asked(self) -> None:
        saved = {"model": "a", "messages": [{"role": "user", "content": "hello"}]}
        chat = Conversation.from_json(json.dumps(saved), **about("Hi."))
        assert chat.retry().text == "Hi."

    def test_with_nothing_asked_there_is_nothing_to_ask_again(self) -> None:
        chat, backend = conversation()
        for said in (None, "/b", "/back"):
            if said is not None:
                chat.send(said)
            before = chat.history
            with pytest.raises(RequestError, match="no question to ask again"):
                chat.retry()
            assert chat.history == before
        assert backend.calls == []

    def test_an_unmarked_answer_of_the_engines_is_known_by_its_command(self) -> None:
        messages = [
            {"role": "user", "content": "hello"},
            {"role": "assistant", "content": "A's."},
            {"role": "user", "content": "/b"},
            {"role": "assistant", "content": "Switched from Model A to Model B."},
        ]
        text = json.dumps({"model": "a", "messages": messages})
        chat = Conversation.from_json(text, **about("B's."))
        assert chat.retry().model == "b"
        assert chat.history[1]["content"] == "B's."


class TestPicker:
    def test_the_model_can_be_picked_by_hand(self) -> None:
        chat, backend = conversation("Hi.")
        chat.model = "B"
        assert chat.model == "b"
        chat.send("hello")
        assert sent(backend)[0][0] == "b"

    def test_it_wins_over_what_was_said_before(self) -> None:
        chat, backend = conversation("1", "2", "3", announce=False)
        chat.send("/b hello")
        chat.model = "c"
        assert chat.model == "c"
        chat.send("x")
        chat.model = "a"
        assert chat.model == "a"
        chat.send("y")
        assert [model for model, _ in sent(backend)] == ["b", "c", "a"]
        assert "no earlier model" in chat.send("/back").text

    def test_what_is_said_later_wins_again(self) -> None:
        chat, _ = conversation("1", "2")
        chat.send("/b hello")
        chat.model = "a"
        chat.send("/c more")
        assert chat.model == "c"
        assert chat.send("/back").switch is not None
        assert chat.model == "a"

    def test_between_a_call_and_its_result_it_counts_from_the_next_turn_on(self) -> None:
        call = [ToolCallDelta(0, "c1", "now", "{}"), Finished("tool_calls")]
        chat, backend = conversation(call, "It is noon.", "Bye.")
        chat.send("/b what time is it?")
        chat.model = "c"
        assert chat.send([{"role": "tool", "tool_call_id": "c1", "content": "12:00"}]).model == "b"
        assert chat.model == "c"
        assert chat.send("thanks").model == "c"
        assert [card.id for card, _ in backend.calls] == ["b", "b", "c"]

    def test_an_unknown_model_changes_nothing(self) -> None:
        chat, _ = conversation()
        with pytest.raises(UnknownModelError):
            chat.model = "nonsense"
        assert chat.model == "a"


class TestTotals:
    def test_usage_and_cost_add_up(self) -> None:
        usage = UsageReported(Usage(prompt_tokens=1000, completion_tokens=500))
        answer = [ContentDelta("x"), usage, Finished("stop")]
        chat, _ = conversation(answer, answer)
        assert (chat.usage.total_tokens, chat.cost) == (0, 0.0)
        chat.send("1")
        assert chat.send("/b 2").cost == pytest.approx(0.002)
        assert chat.usage == Usage(prompt_tokens=2000, completion_tokens=1000)
        assert chat.cost == pytest.approx(0.004)

    def test_one_unknown_price_makes_the_sum_unknown(self) -> None:
        chat, _ = conversation("1", "2")
        chat.send("/c 1")
        assert chat.cost is None
        chat.send("/a 2")
        assert chat.cost is None


class Shout:
    """Makes content upper case."""

    def feed(self, event: Event) -> list[Event]:
        return [ContentDelta(event.text.upper()) if isinstance(event, ContentDelta) else event]

    def finish(self) -> list[Event]:
        return [ContentDelta("!")]


class TestWhatIsServed:
    def test_a_model_without_a_backend_is_declined_by_name(self) -> None:
        served = ModelCard(id="gpt-5", provider="p", name="GPT-5", family="gpt")
        other = ModelCard(id="claude-5", provider="q", name="Claude 5", family="claude")
        chat = Conversation(
            "gpt-5",
            registry=Registry([served, other]),
            backends=Backends([ScriptedBackend(["Hi."], name="p")], plugins=False),
        )
        reply = chat.send("switch to Claude")
        assert "Claude 5" in reply.text
        assert reply.switch is None
        assert chat.model == "gpt-5"


class TestStages:
    def test_stages_of_ones_own_stand_behind_the_standard_ones(self) -> None:
        made: list[Shout] = []

        def stages() -> list[Shout]:
            made.append(Shout())
            return made[-1:]

        chat, _ = conversation("hello", "bye", options={"stages": stages})
        assert chat.send("Hi").text == "HELLO!"
        assert chat.send("Hi").text == "BYE!"
        assert [m["content"] for m in chat.history[1::2]] == ["HELLO!", "BYE!"]
        assert len(made) == len(("one", "for each answer"))


class TestSaving:
    def make(self) -> Conversation:
        chat, _ = conversation("Bonjour, \ud800 ça va?", system="Be kind.")
        chat.send("/b hello")
        chat.model = "a"
        return chat

    def test_what_is_loaded_is_what_was_saved(self, tmp_path: Path) -> None:
        chat, path = self.make(), tmp_path / "chat.json"
        path.write_text("old")
        chat.save(path)
        loaded = Conversation.load(path, **about("More."))
        assert loaded.history == chat.history
        assert (loaded.model, loaded.usage, loaded.cost) == (chat.model, chat.usage, chat.cost)
        assert loaded.send("more").text == "More."
        assert [file.name for file in tmp_path.iterdir()] == ["chat.json"]
        assert path.stat().st_mode & 0o077 == 0

    def test_text_will_do(self) -> None:
        text = self.make().to_json()
        assert Conversation.from_json(text, **about()).to_json() == text

    def test_a_file_that_cant_be_written_leaves_nothing_behind(self, tmp_path: Path) -> None:
        (tmp_path / "taken").mkdir()
        with pytest.raises(OSError, match="taken"):
            self.make().save(tmp_path / "taken")
        assert [file.name for file in tmp_path.iterdir()] == ["taken"]

    def test_what_json_cant_hold_is_refused(self) -> None:
        opaque = [ReasoningDelta("", opaque=[{"data": b"x"}]), ContentDelta("x"), Finished("stop")]
        chat, _ = conversation(opaque)
        chat.send("hello")
        with pytest.raises(RequestError, match="JSON"):
            chat.to_json()

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"model": None}, "model"),
            ({"messages": "x"}, "messages"),
            ({"messages": [3]}, "messages.0"),
            ({"messages": [{"role": "robot"}]}, "messages[0].role"),
            ({"usage": {"prompt_tokens": "many"}}, "usage.prompt_tokens"),
            ({"cost_nanousd": -1}, "cost_nanousd"),
            ({"format": 2}, "format"),
        ],
    )
    def test_a_wrong_field_is_named(self, change: dict[str, Any], field: str) -> None:
        saved = {**json.loads(self.make().to_json()), **change}
        with pytest.raises(RequestError) as caught:
            Conversation.from_json(json.dumps(saved), **about())
        assert caught.value.param == field

    @pytest.mark.parametrize("text", ["", "{", "[]", b"\xff", "null"])
    def test_what_isnt_a_conversation_is_refused(self, text: str | bytes) -> None:
        with pytest.raises(RequestError, match="isn't a saved conversation"):
            Conversation.from_json(text, **about())

    def test_a_model_that_is_gone_is_told(self) -> None:
        text = self.make().to_json()
        assert '"model": "b"' in text
        with pytest.warns(MissingModelWarning, match="was on 'b', .*; 'a' goes on"):
            chat = Conversation.from_json(
                text, registry=Registry([A, C]), backends=OfflineBackend()
            )
        assert chat.model == "a"

    def test_its_model_must_be_known(self) -> None:
        text = self.make().to_json()
        with pytest.raises(UnknownModelError):
            Conversation.from_json(text, **{**about(), "registry": Registry([B])})


class TestSetUp:
    def test_a_text_isnt_a_collection_of_ids(self) -> None:
        with pytest.raises(ConfigurationError, match="must be a collection of ids") as caught:
            Options(allowed="gpt-5")
        assert caught.value.remedy == "Write allowed=['gpt-5']."

    def test_a_backends_class_is_no_backend(self) -> None:
        with pytest.raises(ConfigurationError, match="the class OfflineBackend"):
            Conversation("a", registry=REGISTRY, backends=OfflineBackend)  # type: ignore[arg-type]  # the mistake

    @pytest.fixture
    def nothing_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("fourthwall.engine._chat.discover", lambda environ: [])

    @pytest.mark.usefixtures("nothing_found")
    def test_with_nothing_configured_the_demo_answers(self) -> None:
        chat = Conversation("gpt-4o")
        assert chat.send("hello").text
        assert "gpt-5" in chat.registry

    def test_what_the_environment_has_is_used_and_the_rest_declined(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from fourthwall.backends import Found

        local = Found(
            provider="ollama", base_url="http://127.0.0.1:9/v1", models=("tiny",), is_local=True
        )
        monkeypatch.setattr("fourthwall.engine._chat.discover", lambda environ: [local])
        chat = Conversation("tiny", registry=REGISTRY, options=Options(parser=parser))
        assert chat.registry["tiny"].provider == "ollama"
        assert "can't be used here" in chat.send("/b hello").text

    def test_one_backend_serves_every_model(self) -> None:
        chat = Conversation("a", registry=REGISTRY, backends=OfflineBackend())
        assert "offline demo" in chat.send("hello").text

    def test_backends_may_come_ready_made(self) -> None:
        ready = Backends([], default=OfflineBackend())
        options = Options(announcer=Announcer(REGISTRY), allowed=["b"], parser=parser)
        chat = Conversation("a", registry=REGISTRY, backends=ready, options=options)
        assert "can't be used here" in chat.send("/c").text
        assert chat.send("/b hello").model == "b"
        assert repr(chat) == "<Conversation with b, 4 messages>"


class TestAsync:
    def conversation(self, *scripts: Any) -> tuple[AsyncConversation, ScriptedBackend]:
        made = about(*scripts)
        return AsyncConversation("a", **made), made["backends"][0]

    def test_it_does_the_same(self) -> None:
        async def talk() -> None:
            chat, backend = self.conversation("A poem.", "Another.", "A third.")
            assert (await chat.send("/b write")).model == "b"
            assert (await chat.retry()).text == "Another."
            events = [event async for event in chat.stream_retry()]
            assert ContentDelta("A third.") in events
            events = [event async for event in chat.stream("/b")]
            assert events[-1] == Finished("stop")
            assert (await chat.send("/a")).text == "Ready when you are."
            assert sent(backend) == [("b", ["write"])] * 3
            assert chat.model == "a"

        asyncio.run(talk())

    def test_closed_early_the_part_stays(self) -> None:
        async def talk() -> None:
            half = [ContentDelta("One "), ContentDelta("two"), Finished("stop")]
            chat, backend = self.conversation(half, "ok")
            async with aclosing(chat.stream("count")) as events:
                async for event in events:
                    if isinstance(event, ContentDelta):
                        break
            assert backend.closed == 1
            assert chat.history[-1]["content"] == "One "
            assert (await chat.send("go on")).text == "ok"

        asyncio.run(talk())

    def test_retrying_can_be_broken_off_too(self) -> None:
        async def talk() -> None:
            chat, backend = self.conversation("One.", "Two.")
            await chat.send("count")
            async with aclosing(chat.stream_retry()) as events:
                async for _ in events:
                    break
            assert backend.closed == 2

        asyncio.run(talk())

    def test_cancelled_it_closes_the_request_and_is_free_again(self) -> None:
        async def talk() -> None:
            words = [ContentDelta(f"{n} ") for n in range(50_000)]
            chat, backend = self.conversation([*words, Finished("stop")], "ok")
            task = asyncio.create_task(chat.send("count"))
            while not backend.calls:
                await asyncio.sleep(0)
            for _ in range(20):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert backend.closed == 1
            assert (await chat.send("again")).text == "ok"

        asyncio.run(talk())

    def test_one_answer_at_a_time(self) -> None:
        async def talk() -> None:
            chat, _ = self.conversation("one")
            answers = await asyncio.gather(chat.send("x"), chat.send("y"), return_exceptions=True)
            assert [type(answer).__name__ for answer in answers] == ["ChatReply", "RequestError"]

        asyncio.run(talk())


class TestWithTheRealParserAndTheDemo:
    def test_one_switches_by_saying_so(self) -> None:
        backends = Backends([], default=OfflineBackend())
        chat = Conversation(
            "gpt-4o", registry=Registry.default(as_of="2026-11-22"), backends=backends
        )
        reply = chat.send("Switch to Claude and write a poem")
        assert reply.model is not None
        assert reply.model.startswith("claude")
        asked = chat.send("which model is this?")
        assert (asked.model, "Claude" in asked.text) == (None, True)
        assert "Which one" in chat.send("switch to mini and count to three").text
        assert chat.send("the 4o one").model == "gpt-4o-mini"
        assert chat.send("switch back").switch is not None
        assert chat.model == reply.model

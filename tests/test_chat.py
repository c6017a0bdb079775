"""The vocabulary: messages, usage, events and requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import pytest

from fourthwall.chat import (
    ChatReply,
    ChatRequest,
    ContentDelta,
    Event,
    Finished,
    ReasoningDelta,
    Started,
    Switch,
    SwitchAnnounced,
    ToolCall,
    ToolCallDelta,
    Usage,
    UsageReported,
    check_messages,
    content_text,
    fold_reply,
    is_for_program,
)
from fourthwall.errors import RequestError

HELLO = {"role": "user", "content": "Hello"}


class TestContentText:
    @pytest.mark.parametrize(
        ("content", "text"),
        [
            ("Hello", "Hello"),
            ("", ""),
            (None, ""),
            (3, ""),
            ([], ""),
            ([{"type": "text", "text": "one"}, {"type": "text", "text": "two"}], "one\ntwo"),
            ([{"type": "image_url", "image_url": {"url": "data:,"}}], ""),
            (({"type": "text", "text": "in a tuple"},), "in a tuple"),
            ([{"type": "text"}, {"type": "text", "text": None}, "loose", None], ""),
            ({"type": "text", "text": "not a list"}, ""),
        ],
    )
    def test_it_is_the_string_or_the_text_parts(self, content: Any, text: str) -> None:
        assert content_text({"role": "user", "content": content}) == text

    def test_a_message_may_have_no_content(self) -> None:
        assert content_text({"role": "assistant"}) == ""


class TestUsage:
    def test_counts_add_up(self) -> None:
        one = Usage(prompt_tokens=10, completion_tokens=5, reasoning_tokens=2, cached_tokens=4)
        two = Usage(prompt_tokens=1, completion_tokens=2, reasoning_tokens=3, cached_tokens=4)
        assert one + two == Usage(
            prompt_tokens=11, completion_tokens=7, reasoning_tokens=5, cached_tokens=8
        )
        assert (one + two).total_tokens == 18

    def test_a_sum_with_an_estimate_is_one(self) -> None:
        guess = Usage(estimated=True)
        assert (Usage() + guess).estimated
        assert (guess + Usage()).estimated
        assert not (Usage() + Usage()).estimated

    def test_nothing_is_the_neutral_element(self) -> None:
        usage = Usage(prompt_tokens=3, cached_tokens=1)
        assert usage + Usage() == Usage() + usage == usage


class TestFoldReply:
    def test_no_event_tells_nothing(self) -> None:
        assert fold_reply([]) == ChatReply()

    def test_pieces_are_joined(self) -> None:
        reply = fold_reply(
            [
                ReasoningDelta("Let me "),
                ReasoningDelta("think", opaque=[{"type": "reasoning.text", "signature": "s"}]),
                ContentDelta("Once "),
                ContentDelta("upon"),
            ]
        )
        assert (reply.reasoning, reply.text) == ("Let me think", "Once upon")
        assert reply.reasoning_details == ({"type": "reasoning.text", "signature": "s"},)

    def test_private_state_that_came_in_pieces_is_joined_by_its_index(self) -> None:
        text, sealed = "reasoning.text", "reasoning.encrypted"
        pieces: list[list[dict[str, Any]]] = [
            [{"type": text, "index": 0, "text": "Let "}],
            [{"type": text, "index": 0, "text": "me", "model": "m"}],
            [{"type": text, "index": 0, "signature": "s="}, {"type": sealed, "data": "x"}],
            [{"type": sealed, "data": "y"}],
            [{"type": text, "index": 1, "text": "again"}],
        ]
        reply = fold_reply([ReasoningDelta("", opaque=piece) for piece in pieces])
        assert reply.reasoning_details == (
            {"type": text, "index": 0, "text": "Let me", "model": "m", "signature": "s="},
            {"type": sealed, "data": "x"},
            {"type": sealed, "data": "y"},
            {"type": text, "index": 1, "text": "again"},
        )

    @pytest.mark.parametrize("odd", ["signature", 7, {1}, [None, "x"]])
    def test_private_state_that_is_none_is_left_out(self, odd: Any) -> None:
        assert fold_reply([ReasoningDelta("a", opaque=odd)]).reasoning_details == ()

    def test_who_answers_is_told_by_the_start(self) -> None:
        reply = fold_reply([Started("gpt-5", "openai", "gpt-5-2025", "claude")])
        assert (reply.model, reply.failover_from) == ("gpt-5", "claude")

    def test_a_switch_is_kept_beside_the_text(self) -> None:
        switch = Switch(kind="switch", from_model="a", to_model="b")
        reply = fold_reply([SwitchAnnounced("Switched to B.", switch), ContentDelta("Hi")])
        assert (reply.announcement, reply.switch, reply.text) == ("Switched to B.", switch, "Hi")

    def test_tool_calls_are_put_together_by_their_index(self) -> None:
        reply = fold_reply(
            [
                ToolCallDelta(1, id="c2", name="add"),
                ToolCallDelta(0, id="c1", name="look"),
                ToolCallDelta(0, arguments='{"at":'),
                ToolCallDelta(1, arguments="{}"),
                ToolCallDelta(0, id="late", name="late", arguments=' "x"}'),
            ]
        )
        assert reply.tool_calls == (
            ToolCall(id="c1", name="look", arguments='{"at": "x"}'),
            ToolCall(id="c2", name="add", arguments="{}"),
        )

    def test_usage_and_cost_add_up(self) -> None:
        reply = fold_reply(
            [
                UsageReported(Usage(prompt_tokens=2), 1_000_000_000),
                UsageReported(Usage(prompt_tokens=3), 500_000_000),
            ]
        )
        assert reply.usage == Usage(prompt_tokens=5)
        assert (reply.cost_nanousd, reply.cost) == (1_500_000_000, 1.5)

    @pytest.mark.parametrize("costs", [(None,), (None, 5), (5, None), (None, None)])
    def test_a_price_that_is_not_known_makes_the_sum_unknown(
        self, costs: tuple[int | None, ...]
    ) -> None:
        reply = fold_reply([UsageReported(Usage(), cost) for cost in costs])
        assert (reply.cost_nanousd, reply.cost) == (None, None)

    def test_an_answer_for_nothing_costs_nothing(self) -> None:
        assert fold_reply([UsageReported(Usage(), 0)]).cost == 0.0

    def test_the_end_says_why(self) -> None:
        assert fold_reply([Finished("length")]).finish_reason == "length"

    def test_every_kind_of_event_is_folded(self) -> None:
        told: dict[type, Event] = {
            Started: Started("m", "p"),
            SwitchAnnounced: SwitchAnnounced(
                "x", Switch(kind="once", from_model="a", to_model="b")
            ),
            ReasoningDelta: ReasoningDelta("x"),
            ContentDelta: ContentDelta("x"),
            ToolCallDelta: ToolCallDelta(0),
            UsageReported: UsageReported(Usage()),
            Finished: Finished("stop"),
        }
        assert set(get_args(Event)) == set(told)
        for event in told.values():
            assert fold_reply([event]) != ChatReply()

    def test_an_event_of_somebody_elses_is_passed_over(self) -> None:
        events: list[Any] = [ContentDelta("a"), object(), ContentDelta("b")]
        assert fold_reply(events) == ChatReply(text="ab")


class TestFromOpenai:
    def test_a_message_is_enough(self) -> None:
        assert ChatRequest.from_openai({"messages": [HELLO]}) == ChatRequest(messages=(HELLO,))

    def test_every_known_field_finds_its_place(self) -> None:
        tool = {"type": "function", "function": {"name": "look"}}
        request = ChatRequest.from_openai(
            {
                "model": "gpt-5",
                "stream": True,
                "messages": [HELLO],
                "max_tokens": 50,
                "temperature": 0.5,
                "top_p": 0.9,
                "stop": ["END", "STOP"],
                "seed": 7,
                "reasoning_effort": "low",
                "tools": [tool],
                "tool_choice": "auto",
                "response_format": {"type": "json_object"},
            }
        )
        assert request == ChatRequest(
            messages=(HELLO,),
            max_tokens=50,
            temperature=0.5,
            top_p=0.9,
            stop=("END", "STOP"),
            seed=7,
            reasoning_effort="low",
            tools=(tool,),
            tool_choice="auto",
            response_format={"type": "json_object"},
        )

    def test_one_stop_text_is_a_list_of_one(self) -> None:
        assert ChatRequest.from_openai({"messages": [HELLO], "stop": "END"}).stop == ("END",)

    def test_the_newer_name_of_the_bound_wins(self) -> None:
        body = {"messages": [HELLO], "max_tokens": 5, "max_completion_tokens": 9}
        request = ChatRequest.from_openai(body)
        assert request.max_tokens == 9
        assert request.extra == {}

    def test_null_is_nothing(self) -> None:
        body = {"messages": [HELLO], "max_tokens": None, "stop": None, "temperature": None}
        assert ChatRequest.from_openai(body) == ChatRequest(messages=(HELLO,))

    def test_unknown_fields_are_passed_on(self) -> None:
        body = {"messages": [HELLO], "logit_bias": {"1": 2}, "user": None}
        assert ChatRequest.from_openai(body).extra == {"logit_bias": {"1": 2}, "user": None}

    def test_the_messages_are_the_callers_own(self) -> None:
        message = {"role": "user", "content": [{"type": "text", "text": "hi"}], "custom": 1}
        assert dict(ChatRequest.from_openai({"messages": [message]}).messages[0]) == message

    def test_the_body_is_not_changed(self) -> None:
        body = {"messages": [HELLO], "stop": "END", "max_completion_tokens": 9}
        before = dict(body)
        ChatRequest.from_openai(body)
        assert body == before

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("max_tokens", 0),
            ("max_tokens", "many"),
            ("max_completion_tokens", -1),
            ("temperature", -0.1),
            ("temperature", 2.1),
            ("temperature", "hot"),
            ("top_p", 1.5),
            ("stop", ["a", "b", "c", "d", "e"]),
            ("stop", 5),
            ("seed", "x"),
            ("reasoning_effort", 3),
            ("tools", "hammer"),
            ("tools", [3]),
            ("response_format", "json"),
        ],
    )
    def test_a_wrong_value_is_refused_by_its_name(self, field: str, value: Any) -> None:
        with pytest.raises(RequestError) as caught:
            ChatRequest.from_openai({"messages": [HELLO], field: value})
        named = "max_tokens" if field == "max_completion_tokens" else field
        assert caught.value.param is not None
        assert caught.value.param.split(".")[0] == named
        assert str(caught.value).startswith(f"'{named}")

    def test_a_refused_value_is_not_repeated(self) -> None:
        with pytest.raises(RequestError) as caught:
            ChatRequest.from_openai({"messages": [HELLO], "stop": [{"secret": "sk-1"}]})
        assert "sk-1" not in str(caught.value)

    @pytest.mark.parametrize("body", [None, [], "{}", 3])
    def test_a_body_is_an_object(self, body: Any) -> None:
        with pytest.raises(RequestError, match="must be a JSON object"):
            ChatRequest.from_openai(body)

    def test_messages_are_needed(self) -> None:
        with pytest.raises(RequestError, match="'messages' is missing") as caught:
            ChatRequest.from_openai({"model": "gpt-5"})
        assert caught.value.param == "messages"

    @pytest.mark.parametrize(
        ("choice", "forced"),
        [
            (None, False),
            ("auto", False),
            ("none", False),
            ("required", True),
            ({"type": "function", "function": {"name": "look"}}, True),
        ],
    )
    def test_a_tool_may_be_forced(self, choice: Any, forced: bool) -> None:
        assert ChatRequest(messages=(HELLO,), tool_choice=choice).forces_tool is forced


class TestCheckMessages:
    @pytest.mark.parametrize(
        "role", ["system", "developer", "user", "assistant", "tool", "function"]
    )
    @pytest.mark.parametrize("content", ["Hello", None, [], ()])
    def test_every_role_and_shape_of_content_passes(self, role: str, content: Any) -> None:
        check_messages([{"role": role, "content": content}])

    def test_no_message_is_a_list_too(self) -> None:
        check_messages([])
        check_messages(())

    @pytest.mark.parametrize("messages", ["Hello", b"Hello", {"role": "user"}, None, 3, {1, 2}])
    def test_it_must_be_a_list(self, messages: Any) -> None:
        with pytest.raises(RequestError, match="must be a list of messages") as caught:
            check_messages(messages)
        assert caught.value.param == "messages"
        assert '"role": "user"' in caught.value.remedy

    @pytest.mark.parametrize(
        ("message", "param"),
        [
            ("Hello", "messages[1]"),
            (None, "messages[1]"),
            ({"content": "Hello"}, "messages[1].role"),
            ({"role": "robot", "content": "Hello"}, "messages[1].role"),
            ({"role": ["user"], "content": "Hello"}, "messages[1].role"),
            ({"role": "user", "content": 3}, "messages[1].content"),
            ({"role": "user", "content": {"type": "text"}}, "messages[1].content"),
        ],
    )
    def test_the_message_at_fault_is_named(self, message: Mapping[str, Any], param: str) -> None:
        with pytest.raises(RequestError) as caught:
            check_messages([HELLO, message])
        assert caught.value.param == param
        assert param in str(caught.value)


@pytest.mark.parametrize(
    ("response_format", "tool_choice", "expected"),
    [
        (None, None, False),
        ({}, None, False),
        ({"type": None}, "auto", False),
        ({"type": "text"}, "none", False),
        ({"type": "json_object"}, None, True),
        ({"type": "json_schema", "json_schema": {}}, None, True),
        (None, "required", True),
        ({"type": "text"}, {"type": "function", "function": {"name": "f"}}, True),
    ],
)
def test_a_program_reads_json_and_forced_tools(
    response_format: Any, tool_choice: Any, *, expected: bool
) -> None:
    assert is_for_program(response_format, tool_choice) is expected


class TestReportsOfUsage:
    def test_a_later_report_adds_what_is_more_than_in_the_one_before(self) -> None:
        first = Usage(prompt_tokens=9, cached_tokens=4)
        last = Usage(prompt_tokens=9, cached_tokens=4, completion_tokens=7, reasoning_tokens=2)
        assert first + last.beyond(first) == last

    def test_a_smaller_count_takes_nothing_back(self) -> None:
        assert Usage(prompt_tokens=3).beyond(Usage(prompt_tokens=9)) == Usage()

"""A history made fit for one target, step by step."""

from __future__ import annotations

from typing import Any

import pytest

from fourthwall.backends._rules import Rules, tool_id_pattern
from fourthwall.backends._transcript import (
    BRIDGE,
    CONTINUE,
    NO_OUTPUT,
    NO_RESULT,
    OPENING,
    Transcript,
    short_id,
    transcribe,
)
from fourthwall.backends._turns import Call, Media, Result, Text, Thought, Turn, media_note
from fourthwall.errors import UnsupportedError

USER = {"role": "user", "content": "hi"}
SO = {"role": "user", "content": "so?"}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
NOTE = media_note("image")


def call(call_id: Any = "a", name: Any = "f", arguments: Any = "{}") -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def asks(*calls: Any, content: Any = None, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, "tool_calls": list(calls), **more}


def gives(call_id: Any, content: Any = "sleet", **more: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content, **more}


def said(content: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **more}


def system(content: Any, **more: Any) -> dict[str, Any]:
    return {"role": "system", "content": content, **more}


def made(*messages: Any, **rules: Any) -> Transcript:
    return transcribe(messages, Rules(provider="p", models=frozenset({"m", "up/m"}), **rules))


def shown(transcript: Transcript) -> list[Any]:
    """Return the turns as short as can be: role and what is in it."""

    def block(one: Any) -> Any:
        match one:
            case Text(text):
                return text
            case Call(call_id, name, arguments):
                return (call_id, name, arguments)
            case Result(call_id, _, blocks):
                return (call_id, *map(block, blocks))
            case Media(kind):
                return f"<{kind}>"

    return [(turn.role, *map(block, turn.blocks)) for turn in transcript.turns]


class TestPairs:
    def test_results_stand_right_behind_their_calls_in_their_order(self) -> None:
        talk = (USER, asks(call("a"), call("b")), gives("b", "two"), gives("a", "one"), SO)
        assert shown(made(*talk)) == [
            ("user", "hi"),
            ("assistant", ("a", "f", "{}"), ("b", "f", "{}")),
            ("tool", ("a", "one"), ("b", "two")),
            ("user", "so?"),
        ]

    def test_a_missing_result_is_made_up(self) -> None:
        transcript = made(USER, asks(call("a"), call("b")), gives("a"), SO)
        assert shown(transcript)[2:] == [
            ("tool", ("a", "sleet"), ("b", NO_RESULT)),
            ("user", "so?"),
        ]
        results = [b for b in transcript.turns[2].blocks if isinstance(b, Result)]
        assert [result.is_error for result in results] == [False, True]

    def test_a_result_may_come_after_other_words_until_the_next_answer(self) -> None:
        early = [USER, asks(call()), SO, system("late"), gives("a", "one")]
        assert shown(made(*early))[2] == ("tool", ("a", "one"))
        too_late = made(USER, asks(call()), SO, said("wait"), gives("a", "one", name="f"))
        assert shown(too_late)[2:] == [
            ("tool", ("a", NO_RESULT)),
            ("user", "so?"),
            ("assistant", "wait"),
            ("user", "[an earlier tool result (f)]", "one"),
        ]

    def test_calls_in_messages_of_their_own_are_one_answer(self) -> None:
        talk = (USER, asks(call("a")), asks(call("b")), gives("a", "one"), gives("b", "two"))
        assert shown(made(*talk))[1:] == [
            ("assistant", ("a", "f", "{}")),
            ("tool", ("a", "one")),
            ("assistant", ("b", "f", "{}")),
            ("tool", ("b", "two")),
        ]

    def test_of_two_results_the_last_counts(self) -> None:
        assert shown(made(USER, asks(call()), gives("a", "one"), gives("a", "two")))[2:] == [
            ("tool", ("a", "two"))
        ]

    def test_one_id_twice_is_two_calls(self) -> None:
        talk = (USER, asks(call("a"), call("a")), gives("a", "one"), gives("a", "two"))
        (first, *one), (second, *two) = shown(made(*talk))[2][1:]
        assert (one, two) == (["one"], ["two"])
        assert first == "a" != second

    def test_a_result_without_a_call_is_a_note(self) -> None:
        orphans = made(gives("z", "lost"), USER, gives("a", None), gives("a", [PICTURE]))
        assert shown(orphans) == [
            ("user", "[an earlier tool result]", "lost"),
            ("user", "hi"),
            ("user", "[an earlier tool result]", "<image>"),
        ]

    def test_a_result_that_names_another_call_is_a_note(self) -> None:
        assert shown(made(USER, asks(call("a")), gives("z", "lost")))[2:] == [
            ("tool", ("a", NO_RESULT)),
            ("user", "[an earlier tool result]", "lost"),
        ]

    @pytest.mark.parametrize("call_id", ["", None])
    def test_without_ids_names_and_order_tell(self, call_id: Any) -> None:
        calls = asks(call(call_id, "f"), call(call_id, "g"))
        talk = [USER, calls, gives(call_id, "by g", name="g"), gives(call_id, "by f")]
        assert [inner[1:] for inner in shown(made(*talk))[2][1:]] == [("by f",), ("by g",)]
        assert [
            inner[1:] for inner in shown(made(USER, asks(call(None)), gives("x", "1")))[2][1:]
        ] == [("1",)]

    def test_a_result_with_an_id_takes_a_call_without_one_only_where_none_has_it(self) -> None:
        talk = (USER, asks(call(None, "f"), call("a", "g")), gives("x", "by f"), gives("a", "by g"))
        assert [inner[1:] for inner in shown(made(*talk))[2][1:]] == [("by f",), ("by g",)]

    def test_a_result_without_an_id_takes_the_first_call_that_is_left(self) -> None:
        calls = asks(call("a", "f"), call("b", "f"), call("c", "g"))
        talk = (USER, calls, gives("a", "1"), gives(None, "2", name="f"), gives(None, "3"))
        assert [inner[1:] for inner in shown(made(*talk))[2][1:]] == [("1",), ("2",), ("3",)]
        surplus = made(*talk, gives(None, "4", name="f"))
        assert shown(surplus)[3] == ("user", "[an earlier tool result (f)]", "4")

    def test_the_shape_before_there_were_tools(self) -> None:
        old = {"role": "assistant", "content": None, "function_call": {"name": "f"}}
        given = {"role": "function", "name": "f", "content": "sleet"}
        turns = shown(made(USER, old, given))
        assert [turn[0] for turn in turns] == ["user", "assistant", "tool"]
        assert turns[1][1][1:] == ("f", "{}")
        assert turns[2][1][1:] == ("sleet",)

    @pytest.mark.parametrize(
        "half", [call("b", arguments='{"x": '), call("b", name=None), {"id": "b"}]
    )
    def test_half_a_call_goes(self, half: Any) -> None:
        assert shown(made(USER, asks(call("a"), half, content="I'll look"), SO))[1:3] == [
            ("assistant", "I'll look", ("a", "f", "{}")),
            ("tool", ("a", NO_RESULT)),
        ]
        assert shown(made(USER, asks(half), SO)) == [("user", "hi"), ("user", "so?")]

    def test_half_a_call_that_somebody_answered_stays(self) -> None:
        turns = shown(made(USER, asks(call("b", arguments='{"x')), gives("b")))
        assert turns[1] == ("assistant", ("b", "f", '{"INVALID_JSON": "{\\"x"}'))

    def test_a_tool_that_gave_nothing_says_so(self) -> None:
        for nothing in (None, "", " ", [], [{"type": "text", "text": ""}]):
            assert shown(made(USER, asks(call()), gives("a", nothing)))[2] == (
                "tool",
                ("a", NO_OUTPUT),
            )

    @pytest.mark.parametrize(
        ("more", "failed"), [({}, False), ({"is_error": True}, True), ({"status": "error"}, True)]
    )
    def test_a_failure_is_told(self, more: dict[str, Any], failed: bool) -> None:
        (result,) = made(USER, asks(call()), gives("a", **more)).turns[2].blocks
        assert isinstance(result, Result)
        assert result.is_error is failed


class TestIds:
    def ids(self, *messages: Any, rule: Any = "any", **rules: Any) -> list[str]:
        turns = made(*messages, id_pattern=tool_id_pattern(rule), **rules).turns
        return [one.id for turn in turns for one in turn.calls]

    def test_what_the_target_accepts_stays(self) -> None:
        assert self.ids(USER, asks(call("call_1"))) == ["call_1"]
        assert self.ids(USER, asks(call("call_1"), model="m")) == ["call_1"]
        assert self.ids(USER, asks(call("aB3dE5gH7")), rule="nine") == ["aB3dE5gH7"]

    @pytest.mark.parametrize(
        "call_id",
        ["x" * 41, "call_1|fc_1", "call_1__thought__c2ln", "", None, "functions.write_todos:0"],
    )
    def test_anything_else_is_made_anew_for_call_and_result(self, call_id: Any) -> None:
        transcript = made(
            USER, asks(call(call_id)), gives(call_id), id_pattern=tool_id_pattern("word")
        )
        (_, (made_id, *_)), (_, (result_id, *_)) = shown(transcript)[1:]
        assert made_id == result_id != call_id
        assert tool_id_pattern("nine").fullmatch(made_id)
        assert transcript.turns[1].calls[0].given_id == (call_id or "")

    def test_another_models_are_made_anew(self) -> None:
        assert self.ids(USER, asks(call("call_1"), model="other")) != ["call_1"]

    def test_no_two_are_alike_and_none_changes_as_the_history_grows(self) -> None:
        turn = [USER, asks(call("call_1"), call("x" * 50)), gives("call_1"), gives("x" * 50)]
        ids = self.ids(*turn * 5)
        assert len({*ids}) == 10
        assert self.ids(*turn * 3) == ids[:6]

    def test_a_made_id_that_a_client_uses_later_is_used_once(self) -> None:
        (first,) = self.ids(USER, asks(call("é" * 50)), rule="nine")
        ids = self.ids(USER, asks(call("é" * 50)), gives("é" * 50), asks(call(first)), rule="nine")
        assert ids[0] == first != ids[1]

    def test_a_made_id_that_a_client_used_before_is_made_once_more(self) -> None:
        taken = short_id(f"2:{'x' * 50}")
        ids = self.ids(USER, asks(call(taken), call("x" * 50)), rule="nine")
        assert ids == [taken, short_id(taken)]

    def test_two_seeds_give_two_ids(self) -> None:
        assert len({short_id(str(n)) for n in range(2000)}) == 2000


class TestSystem:
    def test_leading_text_has_its_slot(self) -> None:
        transcript = made(system("A"), {**system("B"), "role": "developer"}, USER, system_slot=True)
        assert transcript.system_text == "A\n\nB"
        assert shown(transcript) == [("user", "hi")]

    def test_leading_texts_are_one_where_there_may_be_but_one(self) -> None:
        talk = (system("A", name="n"), system(" "), system([{"type": "text", "text": "B"}]), USER)
        assert shown(made(*talk, late_system="note")) == [("system", "A", "B"), ("user", "hi")]
        assert shown(made(*talk)) == [("system", "A"), ("system", "B"), ("user", "hi")]

    def test_later_text_is_a_note_or_stays(self) -> None:
        talk = (USER, said("yo"), system("B"), SO)
        assert shown(made(*talk))[2] == ("system", "B")
        assert shown(made(*talk, late_system="note", merges=True))[2:] == [
            ("user", "<system>\nB\n</system>", "so?")
        ]

    def test_between_call_and_result_it_goes_behind(self) -> None:
        assert shown(made(USER, asks(call()), system("B"), gives("a")))[2:] == [
            ("tool", ("a", "sleet")),
            ("system", "B"),
        ]

    def test_text_for_one_model_is_told_to_it_alone(self) -> None:
        talk = (system("A"), USER, system("You are m.", model="m"), system("You are x.", model="x"))
        assert shown(made(*talk))[2:] == [("system", "You are m.")]

    def test_a_picture_there_is_told(self) -> None:
        transcript = made(system([PICTURE]), USER)
        assert shown(transcript)[0] == ("system", NOTE)
        assert transcript.hidden == {"image": 1}


class TestPrivateState:
    def thoughts(self, *entries: Any, **more: Any) -> list[Any]:
        rules = {"details": True, "formats": frozenset({"anthropic-claude-v1"})}
        turns = made(USER, said("yo", reasoning_details=[*entries], **more), **rules).turns
        return [thought.entry for thought in turns[1].thoughts]

    @pytest.mark.parametrize(
        ("maker", "is_own"),
        [
            ({}, True),
            ({"model": "m"}, True),
            ({"model": "up/m", "provider": "p"}, True),
            ({"format": "anthropic-claude-v1"}, True),
            ({"model": "other"}, False),
            ({"model": "m", "provider": "q"}, False),
            ({"format": "google-gemini-v1"}, False),
        ],
    )
    def test_only_the_maker_gets_its_own(self, maker: dict[str, Any], is_own: bool) -> None:
        entry = {"type": "reasoning.text", "text": "hm", "signature": "c2ln", **maker}
        assert self.thoughts(entry) == ([entry] if is_own else [])

    def test_the_message_says_it_where_the_entry_does_not(self) -> None:
        entry = {"type": "reasoning.text", "text": "hm"}
        assert self.thoughts(entry, model="other") == []
        assert self.thoughts({**entry, "model": "m"}, model="other") == [{**entry, "model": "m"}]

    def test_without_a_use_for_it_there_is_none(self) -> None:
        turns = made(USER, said("yo", reasoning_details=[{"type": "reasoning.text"}])).turns
        assert turns[1].thoughts == ()
        assert made(USER, said("yo", reasoning_details="odd"), details=True).turns[1].thoughts == ()

    @pytest.mark.parametrize(
        ("wanted", "message", "reasoning"),
        [
            ("never", said("a", reasoning_content="hm"), None),
            ("own", said("a", reasoning_content="hm"), "hm"),
            ("own", said("a", reasoning="hm", model="m"), "hm"),
            ("own", said("a", reasoning_content="hm", model="other"), None),
            ("own", said("a"), None),
            ("required_on_tool_turns", said("a", reasoning_content="hm"), None),
            ("required_on_tool_turns", asks(call(), reasoning_content="hm"), "hm"),
            ("required_on_tool_turns", asks(call(), reasoning_content="hm", model="other"), ""),
            ("required_on_tool_turns", asks(call()), ""),
        ],
    )
    def test_reasoning_as_text(self, wanted: Any, message: Any, reasoning: str | None) -> None:
        assert made(USER, message, reasoning=wanted).turns[1].reasoning == reasoning

    def test_inline_thoughts_are_taken_off_what_is_not_told_apart(self) -> None:
        old = said("<think>hm</think>yo")
        assert shown(made(USER, old))[1] == ("assistant", "yo")
        assert shown(made(USER, {**old, "model": "m"}))[1] == ("assistant", "yo")
        kept = ("assistant", "<think>hm</think>yo")
        assert shown(made(USER, {**old, "model": "m"}, reasoning="own"))[1] == kept
        structured = {**old, "model": "m", "reasoning_details": [{"type": "reasoning.text"}]}
        assert shown(made(USER, structured, details=True))[1] == kept

    def test_thoughts_alone_are_no_turn(self) -> None:
        cut = said(None, reasoning_details=[{"type": "reasoning.text"}], reasoning_content="hm")
        assert shown(made(USER, cut, SO, details=True, merges=True)) == [("user", "hi", "so?")]


class TestAnswers:
    def test_a_refusal_is_what_was_said(self) -> None:
        assert shown(made(USER, said(None, refusal="No.")))[1] == ("assistant", "No.")

    def test_a_spoken_answer_goes_back_by_its_id_or_by_its_words(self) -> None:
        spoken = said(None, audio={"id": "audio_1", "transcript": "Hello"})
        assert shown(made(USER, spoken))[1] == ("assistant", "Hello")
        own = made(USER, spoken, audio_ids=True).turns[1]
        assert (own.extra, own.blocks) == ({"audio": {"id": "audio_1"}}, [])
        other = made(USER, {**spoken, "model": "other"}, audio_ids=True)
        assert shown(other)[1] == ("assistant", "Hello")
        files_only = made(USER, spoken, file_ids=("gs://",))
        assert shown(files_only)[1] == ("assistant", "Hello")
        assert len(made(USER, said(None, audio="odd")).turns) == 1

    def test_its_pictures_become_notes(self) -> None:
        drawn = said([{"type": "text", "text": "look"}, PICTURE])
        assert shown(made(USER, drawn))[1] == ("assistant", "look", NOTE)
        allowed = made(USER, drawn, answer_media=frozenset({"image"}))
        assert shown(allowed)[1] == ("assistant", "look", "<image>")

    def test_without_tools_calls_are_told(self) -> None:
        talk = (USER, asks(call(), content="let me see"), gives("a", "1"), asks(call("b")), SO)
        assert shown(made(*talk, tools=False, merges=True)) == [
            ("user", "hi"),
            ("assistant", "let me see", "[called the tool f with {}]"),
            ("user", "[the tool f gave:]", "1"),
            ("assistant", "[called the tool f with {}]"),
            ("user", "[the tool f failed:]", NO_RESULT, "so?"),
        ]


class TestMedia:
    def test_a_note_stands_in_the_place(self) -> None:
        transcript = made({"role": "user", "content": ["look", PICTURE, "!"]}, media=frozenset())
        assert shown(transcript) == [("user", "look", NOTE, "!")]
        assert transcript.hidden == {"image": 1}
        assert transcript.hidden_note("m") == "m isn't shown 1 image: a note stands in the place"

    def test_of_too_many_images_the_oldest_are_hidden(self) -> None:
        one = {"role": "user", "content": [PICTURE, PICTURE]}
        talk = (one, asks(call()), gives("a", [PICTURE]), one)
        turns = shown(made(*talk, max_images=2, result_media=frozenset({"image"})))
        assert turns[0] == ("user", NOTE, NOTE)
        assert turns[2] == ("tool", ("a", NOTE))
        assert turns[3] == ("user", "<image>", "<image>")

    def test_an_image_that_is_too_large_is_hidden(self) -> None:
        content = {"role": "user", "content": [PICTURE]}
        assert shown(made(content, max_image_bytes=2)) == [("user", NOTE)]
        assert shown(made(content, max_image_bytes=3)) == [("user", "<image>")]

    def test_images_of_results_move_behind_all_results(self) -> None:
        talk = (USER, asks(call("a"), call("b")), gives("a", [PICTURE]), gives("b", ["two"]), SO)
        assert shown(made(*talk, merges=True))[2:] == [
            ("tool", ("a", "See the next message."), ("b", "two")),
            ("user", "From the result of f (a):", "<image>", "so?"),
        ]
        inside = made(*talk, result_media=frozenset({"image"}))
        assert shown(inside)[2] == ("tool", ("a", "<image>"), ("b", "two"))
        hidden = made(*talk, media=frozenset())
        assert shown(hidden)[2] == ("tool", ("a", NOTE), ("b", "two"))

    def test_a_text_file_is_read_to_a_model_that_takes_no_files(self) -> None:
        part = {"type": "file", "file": {"file_data": "data:text/plain;base64,aGVsbG8="}}
        transcript = made({"role": "user", "content": [part]}, media=frozenset())
        assert shown(transcript) == [("user", "[a file:]\nhello")]
        assert transcript.hidden == {}

    @pytest.mark.parametrize(
        "part",
        [
            {"type": "file", "file": {"file_id": "file-1"}},
            {"type": "input_image", "file_id": "file-1"},
            {"type": "file", "file_id": "files/abc"},
        ],
    )
    def test_a_file_that_another_provider_has_is_refused_in_the_question(self, part: Any) -> None:
        question = {"role": "user", "content": ["what is this?", part]}
        with pytest.raises(UnsupportedError, match="doesn't have the file 'file") as caught:
            made(question)
        assert caught.value.param == "messages"
        assert "file_data" in caught.value.remedy
        answered = made(question, said("a cat"), SO)
        assert shown(answered)[0][:2] == ("user", "what is this?")
        assert sum(answered.hidden.values()) == 1

    def test_its_own_files_may_be_named(self) -> None:
        part = {"type": "file", "file": {"file_id": "file-1"}}
        question = {"role": "user", "content": [part]}
        assert shown(made(question, file_ids=("file-",))) == [("user", "<file>")]

    @pytest.mark.parametrize(
        "part",
        [
            {"type": "image_url", "image_url": {}},
            {"type": "image_url", "image_url": {"url": "gs://bucket/a.png"}},
            {"type": "input_audio", "input_audio": {}},
        ],
    )
    def test_what_nobody_can_get_at_is_hidden(self, part: Any) -> None:
        assert made({"role": "user", "content": ["look", part]}).hidden

    def test_data_that_is_not_base64_is_hidden_and_broken_lines_are_joined(self) -> None:
        def looked_at(data: str) -> Transcript:
            part = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
            return made({"role": "user", "content": ["look", part]})

        broken = looked_at("not base64!")
        assert shown(broken) == [("user", "look", NOTE)]
        assert broken.hidden == {"image": 1}
        medium = looked_at("AAAA\nBBBB\n").turns[0].blocks[1]
        assert isinstance(medium, Media)
        assert medium.inline == ("image/png", "AAAABBBB")


class TestTurns:
    def test_what_is_empty_goes(self) -> None:
        empty = [said(""), said(None), said([]), {"role": "user", "content": " "}, system("")]
        assert shown(made(USER, *empty, SO)) == [("user", "hi"), ("user", "so?")]
        assert made({"role": "user"}, user_first=True).turns == ()

    def test_neighbours_are_joined_with_their_private_state(self) -> None:
        entry = {"type": "reasoning.text", "text": "hm"}
        first = said("12345", reasoning_details=[entry], reasoning_content="one")
        second = asks(call(), content="6", reasoning_details=[entry], reasoning_content="two")
        (_, joined, _) = made(USER, first, second, merges=True, details=True, reasoning="own").turns
        assert (joined.text, joined.reasoning) == ("12345\n\n6", "one\n\ntwo")
        assert joined.thoughts == (Thought(entry), Thought(entry, chars=5))

    def test_thoughts_of_a_third_turn_are_counted_from_the_start_of_the_first(self) -> None:
        entry = {"type": "reasoning.text", "text": "hm"}
        texts = (said("12"), said("345"), said("6", reasoning_details=[entry]))
        (_, joined) = made(USER, *texts, merges=True, details=True).turns
        assert joined.thoughts == (Thought(entry, chars=5),)

    def test_a_name_is_kept_where_both_have_it(self) -> None:
        ann, bob = ({**USER, "name": name} for name in ("ann", "bob"))
        assert made(ann, ann, merges=True).turns[0].name == "ann"
        assert made(ann, bob, merges=True).turns[0].name is None

    def test_the_first_is_the_users(self) -> None:
        assert shown(made(system("A"), said("hello"), USER, user_first=True)) == [
            ("system", "A"),
            ("user", OPENING),
            ("assistant", "hello"),
            ("user", "hi"),
        ]
        assert shown(made(system("A"), system_slot=True, user_first=True)) == [("user", OPENING)]

    def test_the_last_is_the_users_or_a_beginning_to_go_on_with(self) -> None:
        talk = (USER, said("Once "))
        assert shown(made(*talk))[1:] == [("assistant", "Once ")]
        assert shown(made(*talk, last="user"))[1:] == [("assistant", "Once "), ("user", CONTINUE)]
        assert shown(made(*talk, last="prefill"))[1:] == [("assistant", "Once")]
        drawn = said([PICTURE])
        allowed = made(USER, drawn, last="prefill", answer_media=frozenset({"image"}))
        assert shown(allowed)[1:] == [("assistant", "<image>")]
        assert shown(made(USER, asks(call()), last="user"))[-1] == ("tool", ("a", NO_RESULT))

    def test_a_bridge_stands_between_a_tool_and_the_user(self) -> None:
        assert shown(made(USER, asks(call()), gives("a"), SO, bridges=True))[2:] == [
            ("tool", ("a", "sleet")),
            ("assistant", BRIDGE),
            ("user", "so?"),
        ]

    def test_odd_names_and_makers_are_no_trouble(self) -> None:
        odd = said("yo", model={}, name=3)
        assert made(USER, odd, reasoning="own").turns[1] == Turn("assistant", [Text("yo")])

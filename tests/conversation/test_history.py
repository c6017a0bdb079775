"""What is sent on, message by message."""

from __future__ import annotations

from fourthwall.conversation._history import (
    History,
    has_media,
    split_turns,
    with_addition,
    with_text,
    without_private_keys,
)

IMAGE = {"type": "image_url", "image_url": {"url": "x"}}


def user(content: object) -> dict[str, object]:
    return {"role": "user", "content": content}


def test_turns_begin_at_user_messages() -> None:
    system, answer = {"role": "system"}, {"role": "assistant"}
    leading, turns = split_turns([system, user("a"), answer, user("b"), user("c")])
    assert leading == [system]
    assert [(t.message["content"], t.followers, t.is_first) for t in turns] == [
        ("a", [answer], True),
        ("b", [], False),
        ("c", [], False),
    ]
    assert [t.is_answered for t in turns] == [True, False, False]


def test_a_note_is_no_answer() -> None:
    _, (turn,) = split_turns([user("a"), {"role": "developer"}])
    assert not turn.is_answered


def test_a_message_without_private_keys_is_the_same_object() -> None:
    message = user("a")
    assert without_private_keys(message) is message
    assert without_private_keys({**message, "model": "m", "fourthwall": {}}) == message


def test_media_is_whatever_isnt_text() -> None:
    assert has_media(user([{"type": "text", "text": "a"}, IMAGE]))
    assert not has_media(user([{"type": "text", "text": "a"}]))
    assert not has_media(user("a"))


def test_another_text_replaces_all_text_and_nothing_else() -> None:
    message = {**user("a"), "name": "Ann", "model": "m"}
    assert with_text(message, "b") == {"role": "user", "content": "b", "name": "Ann"}
    parts = [IMAGE, {"type": "text", "text": "a", "x": 1}, {"type": "text", "text": "b"}]
    assert with_text(user(parts), "c")["content"] == [IMAGE, {"type": "text", "text": "c", "x": 1}]
    assert with_text(user(parts), "")["content"] == [IMAGE]
    assert with_text(user([IMAGE]), "c")["content"] == [IMAGE, {"type": "text", "text": "c"}]


def test_an_addition_is_a_paragraph_or_more_parts() -> None:
    text = {"type": "text", "text": "b"}
    assert with_addition(user("a"), user("b"))["content"] == "a\n\nb"
    assert with_addition(user(None), user("b"))["content"] == [text]
    assert with_addition(user([IMAGE]), user("b"))["content"] == [IMAGE, text]
    assert with_addition(user("b"), user((IMAGE,)))["content"] == [text, IMAGE]


def test_a_history_ends_its_question_where_it_was_first_asked() -> None:
    history = History([{"role": "system", "model": "m"}])
    assert history.up_to_question().sent_to("m") == []
    history.ask(user("a"))
    history.add([{"role": "assistant", "content": "1"}])
    history.ask(user("a"), is_new=False)
    assert history.up_to_question().sent_to("m") == [{"role": "system"}, user("a")]
    assert len(history.sent_to("m")) == 4


def test_an_answer_of_the_engine_is_left_out_and_tool_calls_are_not() -> None:
    history = History([])
    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "c"}]}
    result = {"role": "tool", "tool_call_id": "c", "content": "4"}
    history.add_unanswered([call, result, {"role": "assistant", "content": "4"}])
    assert history.sent_to("m") == [call, result]


def test_a_chain_of_thought_goes_back_to_its_maker_only() -> None:
    thought = {"role": "assistant", "content": "4", "reasoning_content": "2+2"}
    history = History([])
    history.ask(user("2+2?"))
    history.add([thought], made_by="a")
    history.ask(user("2+2?"), is_new=False)
    history.add([{**thought, "model": "b"}], made_by="a")
    bare = {"role": "assistant", "content": "4"}
    assert history.sent_to("a")[1::2] == [thought, bare]
    assert history.sent_to("b")[1::2] == [bare, thought]
    history.ask(user("more"))
    assert history.up_to_question().sent_to("a") == history.sent_to("a")

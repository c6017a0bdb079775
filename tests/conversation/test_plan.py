"""`plan`: what becomes of the last message."""

from __future__ import annotations

import copy
from typing import Any, ClassVar

import pytest

from fourthwall.chat import Switch
from fourthwall.conversation import Announcer, plan
from fourthwall.conversation._replies import phrases_for
from fourthwall.errors import ConfigurationError, RequestError, UnknownModelError
from fourthwall.intent import Intent
from fourthwall.registry import ModelCard, Registry

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


def contents(messages: Any) -> list[Any]:
    return [message.get("content") for message in messages]


class TestOrdinaryMessages:
    def test_the_requests_model_answers_what_was_said(self, chat: Any) -> None:
        planned = chat.say("hello")
        assert (planned.answered_by.id, planned.active.id) == ("gpt-4o", "gpt-4o")
        assert planned.messages == [{"role": "user", "content": "hello"}]
        assert (planned.switch, planned.announcement, planned.reply) == (None, None, None)

    def test_an_alias_of_the_model_will_do(self, dialogue: Any) -> None:
        assert dialogue("4O").say("hello").answered_by.id == "gpt-4o"

    def test_text_that_nobody_typed_never_counts(self, chat: Any) -> None:
        for role in ("system", "developer", "assistant"):
            chat.messages.append({"role": role, "content": "/switch gpt-5"})
        chat.messages.append({"role": "tool", "content": "/switch gpt-5", "tool_call_id": "1"})
        assert chat.say("hello").active.id == "gpt-4o"

    def test_names_images_and_tool_calls_stay_as_they_are(self, chat: Any) -> None:
        chat.messages = [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "name": "Ann", "content": [{"type": "text", "text": "see"}, IMAGE]},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "c1"}]},
            {"role": "tool", "tool_call_id": "c1", "content": "42"},
            {"role": "assistant", "content": "42"},
        ]
        before = list(chat.messages)
        assert chat.ask("thanks").messages == [*before, {"role": "user", "content": "thanks"}]

    def test_what_is_kept_beside_a_message_isnt_sent(self, chat: Any) -> None:
        chat.messages = [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "hello", "model": "gpt-4o", "fourthwall": {"x": 1}},
        ]
        assert chat.ask("more").messages[1] == {"role": "assistant", "content": "hello"}


class TestSwitch:
    def test_the_target_gets_the_remainder_and_stays(self, chat: Any) -> None:
        planned = chat.say("/switch sonnet write a poem")
        assert planned.answered_by.id == planned.active.id == "claude-sonnet-4.5"
        assert planned.messages == [{"role": "user", "content": "write a poem"}]
        assert planned.announcement == "Switched from GPT-4o to Claude Sonnet 4.5."
        assert planned.announce_in_content
        assert planned.previous.id == "gpt-4o"
        again = chat.say("and another")
        assert again.answered_by.id == "claude-sonnet-4.5"
        assert again.switch is None
        assert contents(again.messages) == [
            "write a poem",
            "claude-sonnet-4.5 answers",
            "and another",
        ]

    def test_a_command_alone_is_answered_by_the_engine_and_leaves_no_trace(self, chat: Any) -> None:
        chat.say("hello")
        planned = chat.say("/switch sonnet")
        assert planned.answered_by is None
        assert planned.messages == []
        assert planned.reply == f"{planned.announcement}\n\nReady when you are."
        assert planned.reply_body == "Ready when you are."
        assert contents(chat.say("go").messages) == ["hello", "gpt-4o answers", "go"]

    def test_silent_switches_are_said_in_the_reply_to_a_command_alone(self, dialogue: Any) -> None:
        chat = dialogue(announce=False)
        planned = chat.say("/switch sonnet")
        assert planned.announcement is None
        assert planned.reply == "You're talking to Claude Sonnet 4.5 now."
        assert planned.switch is not None
        planned = chat.say("/switch gpt-5 and go")
        assert (planned.announcement, planned.announce_in_content) == (None, False)

    def test_switching_to_the_active_model_changes_nothing(self, chat: Any) -> None:
        planned = chat.say("/switch gpt-4o")
        assert planned.reply == "You're already talking to GPT-4o."
        assert (planned.switch, planned.previous) == (None, None)
        planned = chat.say("/switch gpt-4o go on")
        assert contents(planned.messages) == ["go on"]
        assert planned.announcement is None

    def test_a_retired_model_whose_replacement_is_active_is_said_to_be_retired(
        self, chat: Any
    ) -> None:
        planned = chat.say("/switch gpt-4")
        assert planned.reply == (
            "GPT-4 has been retired; you're already talking to GPT-4o, which takes its place."
        )
        assert planned.switch is None

    def test_a_retired_model_is_replaced_and_said_to_be(self, dialogue: Any) -> None:
        planned = dialogue("gpt-5").say("/switch gpt-4 hello")
        assert planned.active.id == "gpt-4o"
        assert planned.switch.asked_for == "gpt-4"
        assert planned.announcement.startswith("GPT-4 has been retired; GPT-4o takes its place.")

    def test_a_command_with_an_image_isnt_a_command_alone(self, chat: Any) -> None:
        planned = chat.say([{"type": "text", "text": "/switch gpt-5"}, IMAGE])
        assert planned.answered_by.id == "gpt-5"
        assert planned.messages == [{"role": "user", "content": [IMAGE]}]

    def test_text_parts_become_one_and_images_stay_in_place(self, chat: Any) -> None:
        parts = [
            IMAGE,
            {"type": "text", "text": "/switch gpt-5 what"},
            {"type": "text", "text": "is this?"},
            IMAGE,
        ]
        (message,) = chat.say(parts).messages
        assert message["content"] == [IMAGE, {"type": "text", "text": "what\nis this?"}, IMAGE]


class TestOnce:
    def test_one_message_goes_there_and_the_next_comes_back(self, chat: Any) -> None:
        planned = chat.say("/once sonnet a poem")
        assert (planned.answered_by.id, planned.active.id) == ("claude-sonnet-4.5", "gpt-4o")
        assert planned.switch.kind == "once"
        assert chat.say("thanks").answered_by.id == "gpt-4o"

    def test_its_tool_loop_stays_with_it(self, chat: Any) -> None:
        planned = chat.ask("/once sonnet what time is it?")
        calls = {"role": "assistant", "content": planned.announcement, "tool_calls": [{"id": "c"}]}
        result = {"role": "tool", "tool_call_id": "c", "content": "noon"}
        chat.messages += [calls, result]
        looped = chat.plan()
        assert (looped.answered_by.id, looped.active.id) == ("claude-sonnet-4.5", "gpt-4o")
        assert (looped.intent.kind, looped.announcement) == ("none", None)
        assert looped.messages == [*planned.messages, {**calls, "content": None}, result]

    def test_without_anything_to_answer_the_engine_asks_for_it(self, chat: Any) -> None:
        planned = chat.say("/once sonnet")
        assert planned.reply == "What should Claude Sonnet 4.5 answer? Say it in one message."
        assert planned.switch is None


class TestRetry:
    def test_the_target_gets_the_question_and_not_the_old_answer(self, chat: Any) -> None:
        chat.say("hello")
        chat.say("/switch gpt-5 2+2?")
        planned = chat.say("/retry sonnet")
        assert (planned.answered_by.id, planned.active.id) == ("claude-sonnet-4.5", "gpt-5")
        assert contents(planned.messages) == ["hello", "gpt-4o answers", "2+2?"]

    def test_afterwards_both_answers_can_be_compared(self, chat: Any) -> None:
        chat.say("2+2?")
        chat.say("/retry sonnet")
        planned = chat.say("who is right?")
        assert planned.answered_by.id == "gpt-4o"
        assert contents(planned.messages) == [
            "2+2?",
            "gpt-4o answers",
            "2+2?",
            "claude-sonnet-4.5 answers",
            "who is right?",
        ]

    def test_a_second_retry_asks_the_same_question(self, chat: Any) -> None:
        chat.say("2+2?")
        chat.say("/retry sonnet")
        assert contents(chat.say("/retry gpt-5").messages) == ["2+2?"]

    def test_an_addition_speaks_about_the_old_answer(self, chat: Any) -> None:
        chat.say("a poem")
        planned = chat.say("/retry sonnet but shorter")
        assert contents(planned.messages) == [
            "a poem",
            "gpt-4o answers",
            "a poem\n\nbut shorter",
        ]

    def test_an_addition_to_a_question_in_parts_is_one_more_part(self, chat: Any) -> None:
        chat.say([IMAGE])
        question = chat.say("/retry sonnet in short").messages[-1]
        assert question["content"] == [IMAGE, {"type": "text", "text": "in short"}]

    def test_without_a_question_nothing_happens(self, chat: Any) -> None:
        planned = chat.say("/retry sonnet")
        assert planned.reply == "There is no earlier question to ask again."
        assert planned.active.id == "gpt-4o"
        assert planned.switch is None

    def test_by_the_active_model_isnt_a_switch(self, chat: Any) -> None:
        chat.say("2+2?")
        planned = chat.say("/retry gpt-4o")
        assert (planned.switch, planned.announcement) == (None, None)
        assert contents(planned.messages) == ["2+2?"]

    def test_its_tool_loop_goes_on_from_what_it_was_sent(self, chat: Any) -> None:
        chat.say("2+2?")
        planned = chat.ask("/retry sonnet")
        call = {"role": "assistant", "content": None, "tool_calls": [{"id": "c"}]}
        chat.messages += [call, {"role": "tool", "tool_call_id": "c", "content": "4"}]
        looped = chat.plan()
        assert looped.answered_by.id == "claude-sonnet-4.5"
        assert looped.messages == [*planned.messages, *chat.messages[-2:]]


class TestRevertAndReset:
    def test_going_back_walks_back_step_by_step(self, chat: Any) -> None:
        chat.say("/switch gpt-5")
        chat.say("/switch sonnet")
        assert chat.say("/revert").active.id == "gpt-5"
        planned = chat.say("/revert tell me more")
        assert planned.answered_by.id == planned.active.id == "gpt-4o"
        assert planned.announcement == "Switched back from GPT-5 to GPT-4o."

    def test_with_nothing_to_go_back_to_it_is_said(self, chat: Any) -> None:
        planned = chat.say("/revert")
        assert planned.reply == "There is no earlier model to go back to; GPT-4o stays."
        assert contents(chat.say("ok").messages) == ["ok"]

    def test_what_was_asked_with_it_is_answered_where_one_is(self, chat: Any) -> None:
        planned = chat.say("/revert sing")
        assert planned.answered_by.id == planned.active.id == "gpt-4o"
        assert planned.announcement == "There is no earlier model to go back to; GPT-4o answers."
        assert planned.switch == Switch(kind="revert", from_model="gpt-4o", to_model="gpt-4o")
        assert planned.previous is None
        later = chat.say("more")
        assert contents(later.messages) == ["sing", "gpt-4o answers", "more"]
        chat.model = "gpt-5"
        assert chat.say("and now?").active.id == "gpt-5"

    def test_a_switch_may_follow_and_be_reverted_itself(self, chat: Any) -> None:
        for said in ("/switch gpt-5", "/revert", "/switch sonnet"):
            chat.say(said)
        assert chat.say("/revert").active.id == "gpt-4o"

    def test_reset_leads_to_the_first_model_and_can_be_reverted(self, chat: Any) -> None:
        chat.say("/switch gpt-5")
        chat.say("/switch sonnet")
        assert chat.say("/reset").active.id == "gpt-4o"
        assert chat.say("/revert").active.id == "claude-sonnet-4.5"

    def test_reset_at_the_first_model_changes_nothing(self, chat: Any) -> None:
        assert chat.say("/reset").reply == "You're already talking to GPT-4o."


class TestTheEnginesOwnAnswers:
    def test_which_names_model_and_provider(self, chat: Any) -> None:
        chat.say("/switch sonnet")
        planned = chat.say("/which")
        assert planned.reply == "You're talking to Claude Sonnet 4.5 (Anthropic)."
        assert planned.answered_by is None

    def test_list_groups_what_can_be_had(self, chat: Any) -> None:
        reply = chat.say("/list").reply
        assert "- OpenAI: GPT-4o (answering now), GPT-5, GPT-5 mini, GPT-4o mini" in reply
        assert "- Anthropic: Claude Sonnet 4.5" in reply
        assert "GPT-4\n" not in reply

    def test_neither_question_nor_answer_is_sent_on(self, chat: Any) -> None:
        chat.say("hello")
        for said in ("/which", "/list", "/ambiguous gpt-5,gpt-4o", "/unknown GPT-9 write"):
            chat.say(said)
        assert contents(chat.say("go").messages) == ["hello", "gpt-4o answers", "go"]

    def test_a_note_and_a_models_tool_calls_in_such_a_turn_stay(self, chat: Any) -> None:
        note = {"role": "system", "content": "It is noon."}
        call = {"role": "assistant", "content": None, "tool_calls": [{"id": "c"}]}
        result = {"role": "tool", "tool_call_id": "c", "content": "4"}
        chat.messages = [{"role": "user", "content": "/which"}, note, call, result]
        chat.messages.append({"role": "assistant", "content": "It is I."})
        assert chat.ask("go").messages[:-1] == [note, call, result]


class TestFailedSwitches:
    def test_an_unknown_model_changes_nothing_and_offers_the_nearest(self, chat: Any) -> None:
        planned = chat.say("/unknown GPT-9,gpt-5,sonnet write a poem")
        assert planned.active.id == "gpt-4o"
        assert (planned.answered_by, planned.switch, planned.announcement) == (None, None, None)
        assert "GPT-4o stays" in planned.reply
        assert "GPT-5 or Claude Sonnet 4.5" in planned.reply

    def test_a_name_that_wasnt_understood_isnt_repeated(self, chat: Any) -> None:
        assert chat.say("/unknown  hello").reply.startswith("That model isn't here")

    def test_a_very_long_name_is_cut(self, chat: Any) -> None:
        assert "x" * 41 not in chat.say(f"/unknown {'x' * 400}").reply

    def test_a_model_that_isnt_allowed_is_declined(self, dialogue: Any) -> None:
        chat = dialogue(allowed=["gpt-4o", "gpt-5"])
        planned = chat.say("/switch sonnet hello")
        assert planned.active.id == "gpt-4o"
        assert planned.reply == (
            "Claude Sonnet 4.5 can't be used here; GPT-4o stays. You can have GPT-5. "
            "Or say “go on”, and GPT-4o answers."
        )
        assert chat.say("the first").answered_by.id == "gpt-5"
        assert chat.say("/switch sonnet").reply.endswith("You can have GPT-4o.")
        assert "Anthropic" not in chat.say("/list").reply

    def test_the_requests_own_model_is_always_allowed(self, dialogue: Any) -> None:
        chat = dialogue(allowed=["gpt-5"])
        chat.say("/switch gpt-5")
        assert chat.say("/reset").active.id == "gpt-4o"


class TestClarification:
    def test_the_answer_carries_out_the_wish_with_its_question(self, chat: Any) -> None:
        asked = chat.say("/ambiguous gpt-5-mini,gpt-4o-mini write a poem")
        assert asked.reply == "Which one: GPT-5 mini or GPT-4o mini?"
        planned = chat.say("the 4o one")
        assert planned.intent.kind == "switch"
        assert planned.intent.remainder == "write a poem"
        assert planned.active.id == planned.answered_by.id == "gpt-4o-mini"
        assert contents(planned.messages) == ["write a poem"]
        assert contents(chat.say("more").messages) == [
            "write a poem",
            "gpt-4o-mini answers",
            "more",
        ]

    def test_a_question_in_parts_keeps_its_image(self, chat: Any) -> None:
        chat.say([{"type": "text", "text": "/ambiguous gpt-5,gpt-4o what is it?"}, IMAGE])
        (message,) = chat.say("gpt-5").messages
        assert message["content"] == [{"type": "text", "text": "what is it?"}, IMAGE]

    def test_a_wish_without_a_question_is_a_command_alone(self, chat: Any) -> None:
        chat.say("/ambiguous gpt-5-mini,gpt-4o-mini")
        planned = chat.say("2")
        assert (planned.active.id, planned.answered_by) == ("gpt-4o-mini", None)

    def test_once_stays_once(self, chat: Any) -> None:
        chat.say("/unknown_once gpt-9,gpt-5 hello")
        planned = chat.say("yes")
        assert (planned.answered_by.id, planned.active.id) == ("gpt-5", "gpt-4o")

    def test_once_without_a_question_becomes_a_switch(self, chat: Any) -> None:
        chat.say("/unknown_once gpt-9,gpt-5")
        assert chat.say("yes").active.id == "gpt-5"

    def test_a_retry_asks_the_last_question_with_the_addition(self, chat: Any) -> None:
        chat.say("a poem")
        chat.say("/ambiguous_retry gpt-5,sonnet but shorter")
        planned = chat.say("sonnet")
        assert planned.messages[-1]["content"] == "a poem\n\nbut shorter"
        chat.say("/ambiguous_retry gpt-5,sonnet")
        assert chat.say("sonnet").messages[-1]["content"] == "a poem\n\nbut shorter"

    def test_taken_back_nothing_changes(self, chat: Any) -> None:
        chat.say("/ambiguous gpt-5-mini,gpt-4o-mini write a poem")
        planned = chat.say("never mind")
        assert planned.reply == "All right, GPT-4o stays."
        assert contents(chat.say("hello").messages) == ["hello"]

    def test_any_other_message_lets_it_lapse(self, chat: Any) -> None:
        chat.say("/ambiguous gpt-5-mini,gpt-4o-mini")
        assert contents(chat.say("tell me about mini horses").messages)[-1].startswith("tell")
        assert chat.say("the first").answered_by.id == "gpt-4o"

    def test_an_answer_that_fits_several_is_asked_again(self, chat: Any) -> None:
        chat.say("/ambiguous gpt-5-mini,gpt-4o-mini,sonnet go")
        planned = chat.say("the mini")
        assert planned.reply == "Which one: GPT-5 mini or GPT-4o mini?"
        assert contents(chat.say("first").messages) == ["go"]

    def test_a_command_may_be_the_answer_and_takes_the_question_along(self, chat: Any) -> None:
        chat.say("/unknown GPT-9 write a poem")
        planned = chat.say("/switch sonnet")
        assert planned.answered_by.id == "claude-sonnet-4.5"
        assert contents(planned.messages) == ["write a poem"]

    def test_asking_for_the_same_elsewhere_is_an_answer_too(self, chat: Any) -> None:
        chat.say("an old question")
        chat.say("/unknown GPT-9 a new one")
        assert chat.say("/retry sonnet").messages[-1]["content"] == "a new one"

    def test_the_question_survives_a_second_failure(self, chat: Any) -> None:
        chat.say("/unknown GPT-9 write a poem")
        chat.say("/ambiguous gpt-5,gpt-5-mini")
        assert contents(chat.say("gpt-5").messages) == ["write a poem"]

    def test_a_command_with_its_own_question_drops_the_old_one(self, chat: Any) -> None:
        chat.say("/unknown GPT-9 write a poem")
        assert contents(chat.say("/switch sonnet 2+2?").messages) == ["2+2?"]

    def test_going_back_has_nothing_to_do_with_it(self, chat: Any) -> None:
        chat.say("/switch gpt-5")
        chat.say("/unknown GPT-9 write a poem")
        assert chat.say("/revert").answered_by is None

    def test_a_model_that_wasnt_on_offer_is_read_by_the_parser(self, chat: Any) -> None:
        slash = chat.options["parser"]
        chat.options["parser"] = lambda text, registry, **about: slash(
            text.replace("switch to ", "/switch "), registry, **about
        )
        chat.say("/ambiguous gpt-5,gpt-5-mini hi")
        assert chat.say("sonnet").answered_by.id == "claude-sonnet-4.5"


class TestPickerAgainstSpeech:
    def test_a_picker_moved_after_the_switch_wins(self, chat: Any) -> None:
        chat.say("/switch sonnet hello")
        chat.model = "gpt-5"
        planned = chat.say("and now?")
        assert planned.active.id == "gpt-5"
        assert contents(planned.messages) == ["hello", "claude-sonnet-4.5 answers", "and now?"]

    def test_a_switch_after_the_picker_counts(self, chat: Any) -> None:
        chat.say("/switch sonnet hello")
        chat.model = "gpt-5"
        chat.say("/switch deepseek-r1")
        assert chat.say("hm").active.id == "deepseek-r1"

    def test_moving_the_picker_back_is_seen_too(self, chat: Any) -> None:
        chat.say("/switch sonnet hello")
        chat.model = "gpt-5"
        chat.say("/switch deepseek-r1")
        chat.model = "gpt-4o"
        planned = chat.say("hm")
        assert (planned.active.id, planned.previous) == ("gpt-4o", None)

    def test_with_silent_switches_the_spoken_word_holds(self, dialogue: Any) -> None:
        chat = dialogue(announce=False)
        chat.say("/switch sonnet hello")
        chat.model = "gpt-5"
        assert chat.say("and now?").active.id == "claude-sonnet-4.5"

    def test_a_key_beside_the_message_counts_like_the_text(self, chat: Any) -> None:
        note = {"kind": "switch", "from": "gpt-4o", "to": "claude-sonnet-4.5"}
        chat.messages = [
            {"role": "user", "content": "/switch sonnet hello"},
            {"role": "assistant", "content": "hi", "fourthwall": note},
        ]
        assert chat.ask("more").active.id == "claude-sonnet-4.5"
        chat.model = "gpt-5"
        planned = chat.plan()
        assert planned.active.id == "gpt-5"
        assert planned.messages[1] == {"role": "assistant", "content": "hi"}

    def test_a_client_may_note_that_the_picker_was_moved(self, dialogue: Any) -> None:
        chat = dialogue(announce=False)
        chat.say("/switch sonnet hello")
        chat.messages[-1]["fourthwall"] = {"picked": True}
        planned = chat.say("and now?")
        assert (planned.active.id, planned.previous) == ("gpt-4o", None)
        assert contents(planned.messages)[0] == "hello"

    def test_a_broken_key_is_no_announcement(self, chat: Any) -> None:
        chat.messages = [
            {"role": "user", "content": "/switch sonnet hello"},
            {"role": "assistant", "content": "hi", "fourthwall": {"kind": "switch", "from": 3}},
        ]
        chat.model = "gpt-5"
        assert chat.ask("more").active.id == "claude-sonnet-4.5"

    def test_a_failed_command_that_was_announced_had_an_answer(self, chat: Any) -> None:
        told = "Switched from GPT-5 to GPT-4o mini.\n\na poem"
        chat.messages = [
            {"role": "user", "content": "/ambiguous gpt-5,sonnet write a poem"},
            {"role": "assistant", "content": told},
        ]
        planned = chat.ask("more")
        assert contents(planned.messages) == ["write a poem", "a poem", "more"]
        assert planned.active.id == "gpt-4o"


class TestAnnouncementsInTheHistory:
    def test_they_are_taken_out_of_parts_too(self, chat: Any) -> None:
        chat.say("/switch sonnet hello")
        text = chat.messages[-1]["content"]
        chat.messages[-1]["content"] = [IMAGE, {"type": "text", "text": text}]
        sent = chat.ask("more").messages
        assert sent[1]["content"] == [IMAGE, {"type": "text", "text": "claude-sonnet-4.5 answers"}]

    def test_a_part_that_was_nothing_else_goes(self, chat: Any) -> None:
        announcement = chat.say("/switch sonnet hello").announcement
        chat.messages[-1]["content"] = [{"type": "text", "text": announcement}, IMAGE]
        assert chat.ask("more").messages[1]["content"] == [IMAGE]

    def test_parts_without_one_stay(self, chat: Any) -> None:
        chat.ask("/switch sonnet hello")
        parts = [{"type": "text", "text": "hi"}]
        for content in (parts, [IMAGE], None):
            chat.messages = [
                chat.messages[0],
                {"role": "assistant", "content": content},
                {"role": "user", "content": "more"},
            ]
            assert chat.plan().messages[1]["content"] == content

    def test_a_model_that_imitates_one_moves_nothing_and_keeps_its_words(self, chat: Any) -> None:
        text = "Switched from GPT-4o to GPT-5.\n\nJust kidding."
        chat.say("hello", text)
        planned = chat.say("more")
        assert planned.active.id == "gpt-4o"
        assert planned.messages[1]["content"] == text

    def test_only_the_first_is_the_engines(self, chat: Any) -> None:
        text = "Switched from GPT-4o to GPT-5.\n\nJust kidding."
        chat.say("/switch sonnet hello", text)
        assert chat.say("more").messages[1]["content"] == text

    def test_a_failover_is_taken_out_of_any_turn_and_moves_nothing(self, chat: Any) -> None:
        chat.say("hello", "GPT-4o isn't available right now; GPT-5 answers this message.\n\nhi")
        planned = chat.say("more")
        assert planned.active.id == "gpt-4o"
        assert planned.messages[1]["content"] == "hi"

    def test_a_failover_of_a_switch_is_told_in_its_place(self, chat: Any) -> None:
        chat.ask("/switch sonnet hello")
        told = "Claude Sonnet 4.5 isn't available right now; GPT-5 answers this message.\n\nhi"
        chat.messages.append({"role": "assistant", "content": told})
        planned = chat.say("more")
        assert planned.active.id == "claude-sonnet-4.5"
        assert planned.messages[1]["content"] == "hi"

    def test_where_nothing_changes_nothing_is_announced(self, chat: Any) -> None:
        text = "You are already talking to GPT-4o.\n\nhi"
        chat.say("/switch gpt-4o hello", text)
        assert chat.say("more").messages[1]["content"] == text

    def test_a_turn_without_an_answer_is_no_obstacle(self, chat: Any) -> None:
        chat.ask("/switch sonnet hello")
        assert contents(chat.say("still there?").messages) == ["hello", "still there?"]


class TestARetiredModelOfTheRequest:
    def test_its_replacement_answers_and_the_first_turn_says_so(self, dialogue: Any) -> None:
        chat = dialogue("gpt-4")
        planned = chat.say("hello")
        assert planned.answered_by.id == planned.active.id == "gpt-4o"
        assert planned.announcement.startswith("GPT-4 has been retired")
        assert planned.previous is None
        later = chat.say("more")
        assert (later.switch, later.announcement) == (None, None)
        assert contents(later.messages) == ["hello", "gpt-4o answers", "more"]
        chat.model = "gpt-5"
        assert contents(chat.say("more").messages)[1] == "gpt-4o answers"

    def test_a_command_in_the_first_turn_speaks_of_the_replacement(self, dialogue: Any) -> None:
        planned = dialogue("gpt-4").say("/switch sonnet hello")
        assert planned.switch.from_model == "gpt-4o"


class TestFrontEndsOwnRequests:
    PROMPT = (
        "### Task:\nGenerate a concise title.\n### Chat History:\n<chat_history>\n"
        "USER: /switch gpt-5\nASSISTANT: Switched.\n</chat_history>"
    )

    def test_they_are_answered_by_the_requests_model_without_a_word(self, dialogue: Any) -> None:
        planned = dialogue("gpt-4").say(self.PROMPT)
        assert planned.answered_by.id == "gpt-4o"
        assert (planned.intent.kind, planned.announcement, planned.switch) == ("none", None, None)
        assert planned.messages == [{"role": "user", "content": self.PROMPT}]

    def test_a_command_in_front_of_the_quotation_isnt_read(self, chat: Any) -> None:
        assert chat.say(f"/switch gpt-5\n{self.PROMPT}").active.id == "gpt-4o"


class TestMachineReadableAnswers:
    @pytest.mark.parametrize(
        ("options", "in_content"),
        [
            ({}, True),
            ({"response_format": {"type": "text"}}, True),
            ({"response_format": {"type": "json_object"}}, False),
            ({"response_format": {"type": "json_schema", "json_schema": {}}}, False),
            ({"tool_choice": "auto"}, True),
            ({"tool_choice": "required"}, False),
            ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, False),
        ],
    )
    def test_the_announcement_stays_out_of_their_content(
        self, dialogue: Any, options: dict[str, Any], *, in_content: bool
    ) -> None:
        planned = dialogue(**options).say("/switch sonnet hello")
        assert planned.announcement is not None
        assert planned.announce_in_content is in_content

    def test_a_command_alone_is_answered_without_it_too(self, dialogue: Any) -> None:
        planned = dialogue(response_format={"type": "json_object"}).say("/switch sonnet")
        assert planned.announcement == "Switched from GPT-4o to Claude Sonnet 4.5."
        assert not planned.announce_in_content
        assert planned.reply == planned.reply_body == "Ready when you are."


class TestToolLoops:
    def test_a_command_in_progress_isnt_news(self, chat: Any) -> None:
        chat.ask("/switch sonnet hello")
        chat.messages.append({"role": "assistant", "content": "Hel"})
        planned = chat.plan()
        assert (planned.intent.kind, planned.switch) == ("none", None)
        assert planned.answered_by.id == planned.active.id == "claude-sonnet-4.5"
        assert contents(planned.messages) == ["hello", "Hel"]

    def test_a_note_after_the_question_is_no_answer(self, chat: Any) -> None:
        chat.messages = [
            {"role": "user", "content": "/switch sonnet hello"},
            {"role": "system", "content": "It is noon."},
        ]
        planned = chat.plan()
        assert planned.intent.kind == "switch"
        assert contents(planned.messages) == ["hello", "It is noon."]

    def test_going_on_after_the_engines_own_reply_asks_the_active_model(self, chat: Any) -> None:
        chat.say("hello")
        chat.say("/switch sonnet")
        planned = chat.plan()
        assert planned.answered_by.id == "claude-sonnet-4.5"
        assert contents(planned.messages) == ["hello", "gpt-4o answers"]

    def test_going_on_when_no_model_was_ever_asked_says_who_is_there(self, chat: Any) -> None:
        chat.say("/switch sonnet")
        planned = chat.plan()
        assert planned.reply == "You're talking to Claude Sonnet 4.5 now."


class TestImpact:
    def test_it_compares_the_two_models_over_the_history(self, chat: Any) -> None:
        chat.say([{"type": "text", "text": "x" * 400}, IMAGE])
        impact = chat.say("/switch deepseek-r1").switch.impact
        assert (impact.price_in_before, impact.price_in_after) == (2.5, 0.55)
        assert (impact.price_out_before, impact.price_out_after) == (10.0, 2.19)
        assert (impact.context_before, impact.context_after) == (128_000, 131_072)
        assert impact.images_hidden == 1
        assert impact.cache_lost_tokens > 765 + 100  # the image, and a hundred tokens of text
        assert impact.prompt_tokens > impact.cache_lost_tokens
        assert impact.fits

    def test_unknown_facts_stay_unknown(self, chat: Any) -> None:
        chat.say([IMAGE])
        impact = chat.say("/switch sonnet hello").switch.impact
        assert (impact.price_in_after, impact.context_after, impact.images_hidden) == (
            None,
            None,
            0,
        )


class TestAToolLoopAndAPicker:
    CALL: ClassVar = {"role": "assistant", "content": None, "tool_calls": [{"id": "c"}]}
    RESULT: ClassVar = {"role": "tool", "tool_call_id": "c", "content": "4"}

    def test_the_model_that_made_the_calls_reads_their_results(self, chat: Any) -> None:
        chat.ask("hello")
        chat.messages += [{**self.CALL, "model": "gpt-4o"}, self.RESULT]
        chat.model = "deepseek-r1"
        planned = chat.plan()
        assert (planned.answered_by.id, planned.active.id) == ("gpt-4o", "deepseek-r1")
        chat.messages.append({"role": "assistant", "content": "Four.", "model": "gpt-4o"})
        assert chat.say("thanks").answered_by.id == "deepseek-r1"

    def test_also_if_it_stood_in_for_another(self, chat: Any) -> None:
        chat.ask("/switch sonnet hello")
        chat.messages += [{**self.CALL, "model": "gpt-5"}, self.RESULT]
        assert chat.plan().answered_by.id == "gpt-5"

    @pytest.mark.parametrize("maker", ["gone", 3, "deepseek-r1"])
    def test_one_that_cant_be_had_doesnt(self, dialogue: Any, maker: Any) -> None:
        chat = dialogue(allowed=["gpt-4o"])
        chat.ask("hello")
        chat.messages += [{**self.CALL, "model": maker}, self.RESULT]
        assert chat.plan().answered_by.id == "gpt-4o"

    def test_a_pick_noted_inside_the_loop_counts_from_the_next_turn_on(self, chat: Any) -> None:
        chat.ask("/switch sonnet hello")
        call = {**self.CALL, "model": "claude-sonnet-4.5", "fourthwall": {"picked": True}}
        chat.messages += [call, self.RESULT]
        chat.model = "deepseek-r1"
        assert chat.plan().answered_by.id == "claude-sonnet-4.5"
        chat.messages.append({"role": "assistant", "content": "Four."})
        assert chat.say("thanks").active.id == "deepseek-r1"

    @pytest.mark.parametrize("command", ["/switch sonnet", "/switch sonnet say hi"])
    def test_results_that_come_after_a_command_are_read_by_the_caller(
        self, chat: Any, command: str
    ) -> None:
        chat.ask("hello")
        chat.messages += [self.CALL, {"role": "user", "content": command}, self.RESULT]
        planned = chat.plan()
        assert (planned.answered_by.id, planned.active.id) == ("gpt-4o", "claude-sonnet-4.5")
        chat.messages.append({"role": "assistant", "content": "Four."})
        assert chat.say("thanks").answered_by.id == "claude-sonnet-4.5"

    def test_a_result_that_nobody_called_for_changes_nothing(self, chat: Any) -> None:
        chat.ask("hello")
        chat.messages += [self.CALL, {"role": "user", "content": "/switch sonnet say hi"}]
        chat.messages.append({"role": "tool", "tool_call_id": "x", "content": "5"})
        assert chat.plan().answered_by.id == "claude-sonnet-4.5"

    def test_a_command_interrupts_calls_that_wait(self, chat: Any) -> None:
        chat.ask("hello")
        chat.messages.append(self.CALL)
        planned = chat.say("/switch sonnet never mind that, hi")
        assert planned.answered_by.id == "claude-sonnet-4.5"
        assert contents(planned.messages) == ["hello", None, "never mind that, hi"]
        assert planned.messages[1]["tool_calls"] == [{"id": "c"}]


class TestAttribution:
    def test_a_caller_may_know_who_made_each_message(self, chat: Any) -> None:
        chat.say("hello")
        chat.say("/switch sonnet hi")
        planned = chat.say("more")
        makers = [message.get("model") for message in planned.attributed]
        assert makers == [None, "gpt-4o", None, "claude-sonnet-4.5", None]
        assert contents(planned.attributed) == contents(planned.messages)
        assert not any("model" in message for message in planned.messages)

    def test_what_a_message_says_itself_counts(self, chat: Any) -> None:
        chat.ask("hello")
        chat.messages.append({"role": "assistant", "content": "Hi.", "model": "gpt-5"})
        assert chat.ask("more").attributed[1]["model"] == "gpt-5"


class TestWhich:
    @pytest.mark.parametrize(
        ("language", "asked"),
        [
            ("en", "which model am I talking to?"),
            ("de", "Mit welchem Modell spreche ich?"),
            ("es", "¿Con qué modelo estoy hablando?"),
            ("fr", "À quel modèle est-ce que je parle ?"),
            ("pt", "Com qual modelo estou falando?"),
            ("it", "Con quale modello sto parlando?"),
            ("nl", "Met welk model praat ik?"),
            ("pl", "Z jakim modelem rozmawiam?"),
            ("ru", "С какой моделью я разговариваю?"),
            ("tr", "Hangi modelle konuşuyorum?"),
            ("ar", "مع أي نموذج أتحدث؟"),
            ("hi", "मैं किस मॉडल से बात कर रहा हूँ?"),
            ("zh", "我现在在和哪个模型对话？"),
            ("ja", "今どのモデルと話していますか？"),
            ("ko", "지금 어떤 모델과 대화하고 있나요?"),
        ],
    )
    def test_the_engine_answers_in_the_language_of_the_question(
        self, registry: Registry, language: str, asked: str
    ) -> None:
        messages = [{"role": "user", "content": asked}]
        planned = plan(model="gpt-4o", messages=messages, registry=registry)
        assert (planned.intent.kind, planned.language) == ("which", language)
        assert planned.answered_by is None
        words = phrases_for(language).texts["which"]
        assert planned.reply == words.format(model="GPT-4o", provider="OpenAI")


class TestIdentity:
    LINE = (
        "You are Claude Sonnet 4.5 (Anthropic). You joined this conversation after it began: "
        "answers before yours may come from other models."
    )

    def lines(self, planned: Any) -> list[str]:
        return [m["content"] for m in planned.messages if m["role"] == "system"]

    def test_it_is_off_unless_asked_for(self, chat: Any) -> None:
        assert self.lines(chat.say("/switch sonnet hi")) == []

    def test_a_model_that_joined_later_is_told_who_it_is(self, dialogue: Any) -> None:
        chat = dialogue(identity=True)
        chat.messages = [{"role": "system", "content": "Be kind."}]
        assert self.lines(chat.say("hello")) == ["Be kind."]
        planned = chat.say("/switch sonnet hi")
        assert self.lines(planned) == ["Be kind.", self.LINE]
        assert planned.attributed[1]["model"] == "claude-sonnet-4.5"
        assert self.lines(chat.say("more")) == ["Be kind.", self.LINE]

    def test_the_first_model_isnt_and_the_line_comes_back_with_its_model(
        self, dialogue: Any
    ) -> None:
        chat = dialogue(identity=True)
        assert self.lines(chat.say("/once sonnet hi")) == [self.LINE]
        assert self.lines(chat.say("hello")) == []
        assert self.lines(chat.say("/switch sonnet hi")) == [self.LINE]
        assert self.lines(chat.say("/revert and you?")) == []

    def test_the_first_model_is_read_off_the_history_where_it_shows(self, dialogue: Any) -> None:
        chat = dialogue(identity=True)
        chat.ask("hello")
        chat.messages.append({"role": "assistant", "content": "Hi.", "model": "claude-sonnet-4.5"})
        assert self.lines(chat.say("and you?"))[0].startswith("You are GPT-4o (OpenAI).")
        assert self.lines(chat.say("/switch sonnet and you?")) == []

    def test_an_announcement_shows_it_too(self, dialogue: Any) -> None:
        chat = dialogue(identity=True)
        chat.say("/switch deepseek-r1 hi")
        chat.model = "claude-sonnet-4.5"
        assert self.lines(chat.say("hello")) == [self.LINE]
        assert self.lines(chat.say("/switch gpt-4o hello")) == []


class TestSight:
    def test_a_model_that_doesnt_see_is_declined_for_an_image(self, chat: Any) -> None:
        planned = chat.say([{"type": "text", "text": "/switch deepseek-r1 what is it?"}, IMAGE])
        assert planned.reply == (
            "DeepSeek R1 can't see images; GPT-4o stays. You can have GPT-4o. "
            "Or say “go on”, and GPT-4o answers."
        )
        assert (planned.switch, planned.active.id) == (None, "gpt-4o")
        answered = chat.say("go on")
        assert answered.answered_by.id == "gpt-4o"
        text = {"type": "text", "text": "what is it?"}
        assert contents(answered.messages) == [[text, IMAGE]]

    def test_those_that_see_are_offered(self, dialogue: Any, registry: Registry) -> None:
        seeing = ModelCard(id="eyes", provider="deepseek", name="Eyes", vision=True)
        chat = dialogue(registry=registry.with_cards([seeing]))
        parts = [{"type": "text", "text": "/once deepseek-r1 what is it?"}, IMAGE]
        assert "You can have Eyes." in chat.say(parts).reply
        planned = chat.say("the first")
        assert (planned.answered_by.id, planned.active.id) == ("eyes", "gpt-4o")

    def test_an_earlier_image_is_hidden_and_told(self, chat: Any) -> None:
        chat.say([IMAGE])
        planned = chat.say("/switch deepseek-r1 hello")
        assert planned.answered_by.id == "deepseek-r1"
        assert planned.announcement.endswith("Note: images it can't see: 1.")

    def test_asking_again_about_an_image_is_declined_too(self, chat: Any) -> None:
        chat.say([{"type": "text", "text": "what is it?"}, IMAGE])
        assert chat.say("/retry deepseek-r1").reply.startswith("DeepSeek R1 can't see images")
        again = chat.say("the first")
        assert (again.answered_by.id, again.intent.kind) == ("gpt-4o", "retry")
        assert len(again.messages) == 1

    def test_where_nobody_sees_it_isnt_declined(self, dialogue: Any) -> None:
        cards = [ModelCard(id=i, provider="p", vision=False) for i in ("a", "b")]
        chat = dialogue("a", registry=Registry(cards))
        parts = [{"type": "text", "text": "/switch b what is it?"}, IMAGE]
        assert chat.say(parts).answered_by.id == "b"

    def test_what_was_announced_was_carried_out(self, chat: Any) -> None:
        chat.ask([{"type": "text", "text": "/switch deepseek-r1 what is it?"}, IMAGE])
        told = "Switched from GPT-4o to DeepSeek R1.\n\nA cat."
        chat.messages.append({"role": "assistant", "content": told})
        assert chat.say("more").active.id == "deepseek-r1"


class TestInput:
    def test_the_messages_are_never_changed(self, chat: Any) -> None:
        for said in ("hello", "/switch sonnet", "/retry gpt-5", "/revert", "bye"):
            chat.ask(said)
            before = copy.deepcopy(chat.messages)
            chat.answer(chat.plan())
            assert chat.messages[: len(before)] == before

    def test_no_messages_at_all(self, chat: Any) -> None:
        with pytest.raises(RequestError, match="messages"):
            chat.plan()

    def test_an_unknown_model(self, dialogue: Any) -> None:
        with pytest.raises(UnknownModelError):
            dialogue("gpt-9").say("hello")

    def test_a_message_that_is_none(self, chat: Any) -> None:
        chat.messages = ["hello"]
        with pytest.raises(RequestError, match=r"messages\[0\]"):
            chat.plan()

    def test_a_language_without_announcements(self, dialogue: Any) -> None:
        with pytest.raises(ConfigurationError, match="language"):
            dialogue(language="tlh").say("hello")

    def test_no_user_message_is_answered_as_it_is(self, chat: Any) -> None:
        chat.messages = [{"role": "system", "content": "Say hello."}]
        planned = chat.plan()
        assert planned.messages == chat.messages
        assert planned.answered_by.id == "gpt-4o"

    @pytest.mark.parametrize("text", ["\ud800 /switch", "x\n" * 500_000, "", "\x00"])
    def test_odd_text_raises_nothing(self, registry: Registry, text: str) -> None:
        messages = [{"role": "user", "content": text}]
        planned = plan(model="gpt-4o", messages=messages, registry=registry)
        assert planned.messages == messages

    def test_odd_parts_raise_nothing(self, chat: Any) -> None:
        assert chat.ask([None, 3, {"type": "text"}, {"type": "text", "text": 5}]).reply is None

    def test_an_announcer_of_ones_own(self, dialogue: Any) -> None:
        chat = dialogue()
        own = Announcer(chat.registry, templates={"switch": "~ {from_model} > {to_model} ~"})
        chat.options["announcer"] = own
        assert chat.say("/switch sonnet hi").announcement == "~ GPT-4o > Claude Sonnet 4.5 ~"
        assert contents(chat.say("more").messages)[1] == "claude-sonnet-4.5 answers"


class TestLanguage:
    def test_what_is_said_in_a_turn_is_in_the_language_of_its_command(self, chat: Any) -> None:
        planned = chat.say("/switch@es sonnet escribe un poema")
        assert planned.language == "es"
        assert planned.announcement == "Cambio de GPT-4o a Claude Sonnet 4.5."
        planned = chat.say("/which@ja")
        assert planned.language == "ja"
        assert planned.reply == "今はClaude Sonnet 4.5（Anthropic）と会話中です。"
        assert chat.say("/switch@de sonnet").reply == "Du sprichst schon mit Claude Sonnet 4.5."

    def test_reply_and_announcement_speak_one_language(self, chat: Any) -> None:
        assert chat.ask("/switch@fr sonnet").reply == (
            "GPT-4o cède la place à Claude Sonnet 4.5.\n\nQuand vous voulez."
        )

    def test_announcements_of_every_language_are_taken_out(self, chat: Any) -> None:
        chat.say("/switch@es sonnet hola", "Hola.")
        chat.say("/switch@ar deepseek-r1 مرحبا", "مرحبا.")
        chat.say("/once@zh gpt-4o 你好", "你好。")
        planned = chat.say("/revert@ru привет")
        assert planned.announcement == "Вместо DeepSeek R1 снова отвечает Claude Sonnet 4.5."
        assert contents(planned.messages) == [
            *("hola", "Hola.", "مرحبا", "مرحبا.", "你好", "你好。", "привет")
        ]

    def test_the_picker_is_seen_through_an_announcement_of_any_language(self, chat: Any) -> None:
        chat.say("/switch@ko sonnet 안녕")
        chat.model = "deepseek-r1"
        assert chat.say("more").active.id == "deepseek-r1"

    @pytest.mark.parametrize("spoken", ["", "@tlh"])
    def test_without_a_known_language_it_is_english(self, chat: Any, spoken: str) -> None:
        planned = chat.say(f"/which{spoken}")
        assert planned.language == "en"
        assert planned.reply == "You're talking to GPT-4o (OpenAI)."

    def test_an_ordinary_message_is_english(self, chat: Any) -> None:
        chat.say("/switch@es sonnet hola")
        assert chat.say("hello").language == "en"

    def test_a_caller_who_names_a_language_always_gets_it(self, dialogue: Any) -> None:
        chat = dialogue(language="de-AT")
        planned = chat.say("/switch@es sonnet hola")
        assert planned.language == "de"
        assert planned.announcement == "Wechsel von GPT-4o zu Claude Sonnet 4.5."
        assert chat.say("/which@fr").reply.startswith("Du sprichst mit")
        assert chat.say("hello").language == "de"

    def test_an_announcer_with_a_language_keeps_to_it(self, dialogue: Any, registry: Any) -> None:
        chat = dialogue(announcer=Announcer(registry, language="it"))
        assert chat.say("/switch@es sonnet hola").announcement == (
            "Da GPT-4o si passa a Claude Sonnet 4.5."
        )
        assert chat.say("/which@es").reply.startswith("Estás hablando con")

    def test_an_announcer_without_one_speaks_that_of_the_command(
        self, dialogue: Any, registry: Any
    ) -> None:
        chat = dialogue(announcer=Announcer(registry, details="none"))
        assert chat.say("/switch@es sonnet hola").announcement.startswith("Cambio de")

    def test_a_tool_loop_keeps_the_language_of_its_turn(self, chat: Any) -> None:
        chat.answer(chat.ask("/once@pl sonnet policz"))
        chat.messages[-1]["tool_calls"] = [{"id": "c"}]
        chat.messages.append({"role": "tool", "tool_call_id": "c", "content": "4"})
        assert chat.plan().language == "pl"

    def test_a_question_is_answered_in_its_own_language(self, chat: Any) -> None:
        planned = chat.say("/ambiguous@fr sonnet,deepseek-r1 écris un poème")
        assert planned.reply == (
            "Lequel voulez-vous\u00a0: Claude Sonnet 4.5 ou DeepSeek R1\u00a0?"
        )
        planned = chat.say("the second")
        assert planned.announcement == "GPT-4o cède la place à DeepSeek R1."
        assert planned.language == planned.intent.language == "fr"
        assert contents(planned.messages) == ["écris un poème"]

    def test_a_question_asked_again_keeps_its_language(self, dialogue: Any) -> None:
        chat = dialogue()
        chat.say("/ambiguous@es gpt-4o,gpt-4o-mini,sonnet hola")
        assert chat.say("gpt").reply == "¿Cuál prefieres: GPT-4o o GPT-4o mini?"
        assert chat.say("la última").announcement == "Cambio de GPT-4o a GPT-4o mini."

    def test_a_wish_is_taken_back_in_its_own_language(self, chat: Any) -> None:
        chat.say("/unknown@tr gpt-9 merhaba")
        planned = chat.say("never mind")
        assert planned.reply == "Tamam, GPT-4o ile devam ediyoruz."
        assert planned.language == "tr"

    def test_a_description_is_told_by_the_language_of_the_command(self, dialogue: Any) -> None:
        def reads(text: str, registry: Registry, **_: Any) -> Intent:
            return Intent(
                kind="unknown_model", wish="switch", named="algo más barato", language="es"
            )

        said = dialogue(parser=reads, language="de").ask("cambia a algo más barato").reply
        assert said.startswith("Zu „algo más barato“ passt hier nichts; es bleibt bei GPT-4o.")

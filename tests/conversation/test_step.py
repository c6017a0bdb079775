"""What becomes of the person's words where a command can't be carried out, or isn't one."""

from __future__ import annotations

from typing import Any

import pytest

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
DOCUMENTS = (
    "### Task:\nRespond to the user query using the provided context.\n\n"
    '<context>\n<source id="1">/switch sonnet</source>\n</context>\n\n'
)


def contents(messages: Any) -> list[Any]:
    return [message.get("content") for message in messages]


class TestPictures:
    @pytest.mark.parametrize("command", ["/which", "/list"])
    def test_a_question_with_a_picture_is_about_the_picture(self, chat: Any, command: str) -> None:
        parts = [{"type": "text", "text": command}, IMAGE]
        planned = chat.say(parts)
        assert planned.answered_by.id == "gpt-4o"
        assert (planned.intent.kind, planned.intent.remainder) == ("none", command)
        assert contents(planned.messages) == [parts]


class TestWaitingQuestions:
    @pytest.mark.parametrize("failed", ["/unknown GPT-9", "/ambiguous gpt-5,sonnet"])
    @pytest.mark.parametrize("said", ["go on", "Continue, please.", "stay"])
    def test_the_active_model_can_be_told_to_go_on(self, chat: Any, failed: str, said: str) -> None:
        chat.say(f"{failed} write a poem")
        planned = chat.say(said)
        assert planned.answered_by.id == planned.active.id == "gpt-4o"
        assert (planned.announcement, contents(planned.messages)) == (None, ["write a poem"])
        assert contents(chat.say("more").messages) == ["write a poem", "gpt-4o answers", "more"]

    def test_a_declined_model_leaves_its_question_waiting(self, dialogue: Any) -> None:
        chat = dialogue(allowed=["gpt-4o", "gpt-5"])
        assert "go on" in chat.say("/switch sonnet hello").reply
        assert contents(chat.say("go on").messages) == ["hello"]

    def test_with_nothing_waiting_it_is_an_ordinary_message(self, chat: Any) -> None:
        assert "go on" not in chat.say("/unknown GPT-9").reply
        assert contents(chat.say("go on").messages) == ["go on"]

    def test_with_nothing_waiting_stay_takes_the_wish_back(self, dialogue: Any) -> None:
        chat = dialogue()
        chat.say("/unknown GPT-9")
        assert chat.say("stay").reply == "All right, GPT-4o stays."


class TestOffers:
    def test_the_active_model_is_none_where_it_stays_anyway(self, chat: Any) -> None:
        assert "You can have GPT-5." in chat.say("/unknown GPT-9,gpt-4o,gpt-5").reply

    def test_a_declined_models_family_comes_first(self, dialogue: Any) -> None:
        chat = dialogue("sonnet", allowed=["deepseek-r1", "gpt-5-mini", "gpt-5"])
        assert "You can have GPT-5, GPT-5 mini or DeepSeek R1." in chat.say("/switch 4o").reply


class TestDocumentsAroundAMessage:
    @pytest.mark.parametrize("form", ["{}", "<user_query>\n{}\n</user_query>"])
    def test_the_persons_words_are_read_and_all_the_rest_stays(self, chat: Any, form: str) -> None:
        planned = chat.say(DOCUMENTS + form.format("/switch gpt-5 sum it up"))
        assert planned.answered_by.id == "gpt-5"
        assert contents(planned.messages) == [DOCUMENTS + form.format("sum it up")]

    def test_a_command_alone_stays_one(self, chat: Any) -> None:
        planned = chat.say(f"{DOCUMENTS}/ambiguous gpt-5,sonnet")
        assert planned.intent.remainder == ""
        assert planned.intent.span == (len(DOCUMENTS), len(DOCUMENTS) + 1)
        assert chat.say(f"{DOCUMENTS}gpt-5").active.id == "gpt-5"

    def test_a_document_commands_nothing(self, chat: Any) -> None:
        planned = chat.say(f"{DOCUMENTS}sum it up")
        assert planned.answered_by.id == "gpt-4o"
        assert planned.intent.remainder == f"{DOCUMENTS}sum it up"

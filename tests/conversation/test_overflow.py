"""A switch to a model whose window is too small for the conversation."""

from __future__ import annotations

from typing import Any

import pytest

from fourthwall.chat import SwitchImpact
from fourthwall.conversation import Plan, Summary
from fourthwall.errors import RequestError
from fourthwall.registry import ModelCard, Registry

LONG = "x" * 20_000  # 5,000 tokens
OFFER = (
    "This conversation is about 5,525 tokens long and Small reads at most 4,000; Big stays. "
    "You can say:\n"
    "1. “stay”: Big goes on\n"
    "2. “trim”: Small isn't shown the oldest messages"
)


def make_registry(**small: Any) -> Registry:
    return Registry(
        [
            ModelCard(id="big", provider="p", name="Big", context=100_000),
            ModelCard(id="small", provider="p", name="Small", **{"context": 4_000, **small}),
            ModelCard(id="other", provider="p", name="Other"),
        ]
    )


@pytest.fixture
def long_chat(dialogue: Any) -> Any:
    def make(*, answer: str = LONG, small: dict[str, Any] | None = None, **options: Any) -> Any:
        chat = dialogue("big", registry=make_registry(**(small or {})), **options)
        chat.say("the first request", answer)
        return chat

    return make


def contents(planned: Plan) -> list[str]:
    return [str(message["content"])[:20] for message in planned.messages]


LEFT_OUT = "What came between th"


class TestAsking:
    def test_the_switch_isnt_made_and_the_ways_are_offered(self, long_chat: Any) -> None:
        planned = long_chat().say("/switch small write a poem")
        assert planned.reply == OFFER
        assert planned.offers == ("stay", "trim")
        assert (planned.active.id, planned.answered_by, planned.switch) == ("big", None, None)
        assert planned.announcement is None

    def test_what_it_would_cost_is_known_as_data(self, long_chat: Any) -> None:
        impact = long_chat().say("/switch small write a poem").impact
        assert isinstance(impact, SwitchImpact)
        assert (impact.fits, impact.prompt_tokens) == (False, 5_525)
        assert impact.over_by_tokens == 5_525 + impact.output_reserve_tokens - 4_000

    def test_what_fits_is_switched_to(self, long_chat: Any) -> None:
        planned = long_chat(answer="short").say("/switch small write a poem")
        assert planned.answered_by.id == "small"
        assert planned.switch.impact.fits is True
        assert planned.impact is planned.switch.impact

    def test_a_window_that_isnt_known_is_never_too_small(self, long_chat: Any) -> None:
        planned = long_chat().say("/switch other write a poem")
        assert planned.answered_by.id == "other"
        assert planned.switch.impact.fits is None

    @pytest.mark.parametrize("command", ["/once small hi", "/retry small", "/retry small shorter"])
    def test_so_it_is_for_every_kind_of_switch(self, long_chat: Any, command: str) -> None:
        chat = long_chat()
        chat.say("more")
        chat.say("/switch other hi", LONG)
        planned = chat.say(command)
        assert planned.reply.startswith("This conversation is about")
        assert planned.active.id == "other"

    def test_and_for_going_back(self, long_chat: Any) -> None:
        chat = long_chat(answer="short")
        chat.say("/switch small hi")
        chat.say("/switch big hi", LONG)
        planned = chat.say("/revert and now?")
        assert planned.offers == ("stay", "trim")
        assert planned.active.id == "big"
        assert chat.say("trim").answered_by.id == "small"

    def test_tools_take_room(self, long_chat: Any) -> None:
        tools = [{"type": "function", "function": {"name": "f", "description": LONG}}]
        chat = long_chat(answer="short", tools=tools)
        assert chat.say("/switch small hi").offers == ("stay",)
        chat = long_chat(answer="short", tools=tools, small={"tools": False})
        assert chat.say("/switch small hi").switch.impact.tools_lost == 1

    def test_what_is_too_long_by_itself_cant_be_helped(self, long_chat: Any) -> None:
        planned = long_chat().say(f"/switch small {LONG}")
        assert planned.offers == ("stay",)
        assert planned.reply.endswith("Big stays.")

    def test_it_speaks_the_language_of_the_command(self, long_chat: Any) -> None:
        chat = long_chat()
        assert chat.say("/switch@de small schreib").reply.startswith("Dieses Gespräch hat rund 5.5")
        planned = chat.say("bitte kürzen")
        assert planned.announcement.startswith("Wechsel von Big zu Small.")


class TestChoosing:
    @pytest.mark.parametrize("said", ["trim", "2", "the second", "Trim it, please."])
    def test_trimmed_the_switch_is_made(self, long_chat: Any, said: str) -> None:
        chat = long_chat()
        chat.say("/switch small write a poem")
        planned = chat.say(said)
        assert (planned.answered_by.id, planned.active.id) == ("small", "small")
        assert contents(planned) == ["the first request", LEFT_OUT, "write a poem"]
        assert planned.switch.impact.fits is True
        assert planned.switch.impact.left_out_tokens > 5_000
        assert "older messages it isn't shown: 5," in planned.announcement
        assert contents(chat.say("more"))[2:] == ["write a poem", "small answers", "more"]

    def test_the_other_model_still_sees_everything(self, long_chat: Any) -> None:
        chat = long_chat()
        chat.say("/switch small write a poem")
        chat.say("trim")
        assert contents(chat.say("/revert and you?"))[1] == "x" * 20
        planned = chat.say("/switch small again")  # what was agreed still holds
        assert planned.answered_by.id == "small"
        assert contents(planned)[1] == LEFT_OUT

    def test_a_command_alone_can_be_trimmed_for_too(self, long_chat: Any) -> None:
        chat = long_chat()
        assert chat.say("/switch small").offers == ("stay", "trim")
        planned = chat.say("trim")
        assert planned.reply.endswith("Ready when you are.")
        assert planned.active.id == "small"
        assert contents(chat.say("hi")) == ["the first request", LEFT_OUT, "hi"]

    def test_asking_again_can_be_trimmed_for(self, long_chat: Any) -> None:
        chat = long_chat()
        chat.say("short question", "short answer")
        chat.say("/retry small")
        planned = chat.say("trim")
        assert planned.answered_by.id == "small"
        assert contents(planned) == ["the first request", LEFT_OUT, "short question"]

    @pytest.mark.parametrize("said", ["stay", "1", "go on", "the first one"])
    def test_staying_the_active_model_answers(self, long_chat: Any, said: str) -> None:
        chat = long_chat()
        chat.say("/switch small write a poem")
        planned = chat.say(said)
        assert (planned.answered_by.id, planned.switch) == ("big", None)
        assert contents(planned)[-1] == "write a poem"

    @pytest.mark.parametrize("said", ["stay", "1", "go on", "never mind", "quédate"])
    def test_with_nothing_to_answer_staying_is_all(self, long_chat: Any, said: str) -> None:
        chat = long_chat()
        chat.say("/switch small")
        assert chat.say(said).reply == "All right, Big stays."

    def test_any_other_message_lets_it_lapse(self, long_chat: Any) -> None:
        chat = long_chat()
        chat.say("/switch small write a poem")
        assert chat.say("what is 2+2?").answered_by.id == "big"
        assert chat.say("trim").answered_by.id == "big"

    def test_a_model_may_be_named_instead(self, long_chat: Any) -> None:
        chat = long_chat()
        chat.say("/switch small write a poem")
        planned = chat.say("/switch other")
        assert planned.answered_by.id == "other"
        assert contents(planned)[-1] == "write a poem"

    def test_what_wasnt_offered_cant_be_chosen(self, long_chat: Any) -> None:
        chat = long_chat()
        chat.say("/switch small write a poem")
        assert chat.say("summarise").answered_by.id == "big"


class TestWithoutAsking:
    def test_trimming_may_be_the_rule(self, long_chat: Any) -> None:
        chat = long_chat(overflow="trim")
        planned = chat.say("/switch small write a poem")
        assert planned.answered_by.id == "small"
        assert contents(planned) == ["the first request", LEFT_OUT, "write a poem"]

    def test_then_a_conversation_that_outgrows_its_model_is_trimmed(self, dialogue: Any) -> None:
        chat = dialogue("small", registry=make_registry(), overflow="trim")
        for _ in range(3):
            chat.say("hello", "x" * 6_000)
        assert contents(chat.say("hello"))[:2] == ["hello", LEFT_OUT]

    def test_what_cant_be_trimmed_is_refused(self, long_chat: Any) -> None:
        planned = long_chat(overflow="trim").say(f"/switch small {LONG}")
        assert (planned.offers, planned.active.id) == (("stay",), "big")

    def test_a_rule_that_there_isnt_is_refused(self, long_chat: Any) -> None:
        with pytest.raises(RequestError, match="overflow"):
            long_chat(overflow="drop")


class TestSummarising:
    def ask(self, long_chat: Any, **options: Any) -> tuple[Any, Any]:
        chat = long_chat(summarises=True, **options)
        planned = chat.ask("/switch small write a poem")
        assert planned.offers == ("stay", "trim", "summarise")
        chat.answer(planned)
        return chat, chat.ask("summarise")

    def go_on(self, chat: Any, planned: Any, text: str = "They talked.") -> Any:
        chat.messages[-1] = planned.summary.kept_beside(chat.messages[-1], text)
        return chat.plan()

    def test_the_model_that_is_left_is_asked_first(self, long_chat: Any) -> None:
        _, planned = self.ask(long_chat)
        wanted = planned.summary
        assert isinstance(wanted, Summary)
        assert (wanted.by.id, planned.active.id, planned.answered_by) == ("big", "big", None)
        texts = [str(message["content"])[:20] for message in wanted.messages]
        assert texts == ["the first request", "x" * 20, "Summarise our conver"]
        assert 256 <= wanted.max_tokens <= 1_000
        assert planned.reply.startswith("This conversation is about")  # for who can't ask

    def test_then_the_switch_is_made_with_the_summary_in_front(self, long_chat: Any) -> None:
        chat, planned = self.ask(long_chat)
        made = self.go_on(chat, planned)
        assert (made.answered_by.id, made.summary) == ("small", None)
        assert [m["role"] for m in made.messages] == ["system", "user"]
        assert made.messages[0]["content"].endswith("They talked.")
        assert not any("fourthwall" in message for message in made.attributed)
        chat.answer(made)
        later = chat.say("more")
        assert later.messages[: len(made.messages)] == made.messages

    def test_without_the_summary_nothing_is_changed(self, long_chat: Any) -> None:
        chat, planned = self.ask(long_chat)
        chat.answer(planned)
        assert chat.ask("trim").answered_by.id == "small"

    @pytest.mark.parametrize("note", [{"summary": ""}, {"summary": 3}, "odd"])
    def test_a_broken_note_is_none(self, long_chat: Any, note: Any) -> None:
        chat, _ = self.ask(long_chat)
        chat.messages[-1]["fourthwall"] = note
        assert chat.plan().summary is not None

    def test_other_notes_are_kept(self, long_chat: Any) -> None:
        chat, planned = self.ask(long_chat)
        chat.messages[-1]["fourthwall"] = {"picked": False}
        self.go_on(chat, planned)
        assert chat.messages[-1]["fourthwall"] == {"picked": False, "summary": "They talked."}

    def test_it_may_be_the_rule(self, long_chat: Any) -> None:
        chat = long_chat(overflow="summarise")
        planned = chat.ask("/switch small write a poem")
        assert self.go_on(chat, planned).answered_by.id == "small"

    def test_asking_again_is_summarised_up_to_the_question(self, long_chat: Any) -> None:
        chat = long_chat(overflow="summarise")
        chat.say("short question", "short answer")
        made = self.go_on(chat, chat.ask("/retry small"))
        assert made.answered_by.id == "small"
        assert contents(made)[1:] == ["short question"]

    def test_a_model_that_cant_read_it_either_isnt_asked(self, dialogue: Any) -> None:
        tiny = [ModelCard(id=i, provider="p", context=4_000) for i in ("a", "b")]
        chat = dialogue("a", registry=Registry(tiny), summarises=True)
        chat.say("hello", LONG)
        assert chat.say("/switch b hi").offers == ("stay", "trim")


class TestTheHistory:
    def test_what_was_announced_was_carried_out(self, long_chat: Any) -> None:
        chat = long_chat()
        chat.ask("/switch small write a poem")
        told = "Switched from Big to Small.\n\nA poem."
        chat.messages.append({"role": "assistant", "content": told})
        planned = chat.say("more")
        assert planned.active.id == "small"
        assert contents(planned)[1] == LEFT_OUT

    def test_a_picked_model_is_taken_as_it_is(self, long_chat: Any) -> None:
        chat = long_chat()
        chat.model = "small"
        planned = chat.say("hello")
        assert planned.answered_by.id == "small"
        assert len(planned.messages) == 3

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from fourthwall.chat import (
    ChatRequest,
    ContentDelta,
    Event,
    Finished,
    ReasoningDelta,
    Started,
    Switch,
    SwitchAnnounced,
    UsageReported,
    fold_reply,
)
from fourthwall.conversation import Announcer
from fourthwall.registry import ModelCard, Registry
from fourthwall.stages import estimate_tokens, run, standard_stages

REGISTRY = Registry([ModelCard(id=i, provider="p", price_in=1, price_out=1) for i in ("a", "b")])
REQUEST = ChatRequest(messages=({"role": "user", "content": "Hello"},))
SWITCH = Switch(kind="switch", from_model="a", to_model="b")
EVENTS = (Started("b", "p"), ContentDelta("<think>Hm</think>Hi"), Finished("stop"))


def staged(request: ChatRequest = REQUEST, **options: Any) -> list[Event]:
    stages = standard_stages(REGISTRY, request, switch=SWITCH, **options)
    return list(run(stages, EVENTS))


def kinds(events: Iterable[Event]) -> list[type]:
    return [type(event) for event in events]


def test_order_of_events() -> None:
    assert kinds(staged()) == [
        Started,
        SwitchAnnounced,
        ReasoningDelta,
        ContentDelta,
        UsageReported,
        Finished,
    ]


def test_reply_is_the_fold() -> None:
    reply = fold_reply(staged())
    assert (reply.reasoning, reply.text) == ("Hm", "Hi")
    assert (reply.model, reply.switch) == ("b", SWITCH)
    assert reply.announcement == "Switched from a to b."
    assert reply.cost_nanousd
    assert reply.finish_reason == "stop"


def test_what_is_cut_off_is_neither_read_nor_counted() -> None:
    thinker = ModelCard(id="b", provider="p", reasoning=True)
    request = ChatRequest(messages=REQUEST.messages, max_tokens=1)
    stages = standard_stages(Registry([thinker]), request)
    events = (Started("b", "p"), ContentDelta("<think>Hm</think>"), ContentDelta("Hello there"))
    reply = fold_reply(run(stages, [*events, Finished("stop")]))
    assert (reply.reasoning, reply.text, reply.finish_reason) == ("Hm", "Hell", "length")
    assert reply.usage is not None
    assert reply.usage.completion_tokens == estimate_tokens("Hm") + estimate_tokens("Hell")


def test_the_announcement_is_not_billed() -> None:
    usage = fold_reply(staged(in_content=True)).usage
    assert usage is not None
    assert usage.completion_tokens == estimate_tokens("Hm") + estimate_tokens("Hi")


def test_nothing_is_announced_if_not_wanted() -> None:
    reply = fold_reply(staged(announce=False, in_content=True))
    assert (reply.announcement, reply.text) == (None, "Hi")


def test_own_announcer_words_it() -> None:
    announcer = Announcer(REGISTRY, templates={"switch": "{from_model} > {to_model}"})
    reply = fold_reply(staged(announcer=announcer, in_content=True))
    assert reply.text == "a > b\n\nHi"


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({}, "Switched from a to b.\n\nHi"),
        ({"response_format": {"type": "text"}}, "Switched from a to b.\n\nHi"),
        ({"response_format": {"type": "json_object"}}, "Hi"),
        ({"tool_choice": "auto"}, "Switched from a to b.\n\nHi"),
        ({"tool_choice": "required"}, "Hi"),
    ],
)
def test_content_that_a_program_reads_stays_clean(asked: dict[str, Any], text: str) -> None:
    reply = fold_reply(staged(ChatRequest(messages=REQUEST.messages, **asked), in_content=True))
    assert reply.text == text
    assert reply.announcement == "Switched from a to b."

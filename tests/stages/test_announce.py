from __future__ import annotations

import pytest

from fourthwall.chat import (
    ContentDelta,
    Event,
    Finished,
    ReasoningDelta,
    Started,
    Switch,
    SwitchAnnounced,
    ToolCallDelta,
)
from fourthwall.conversation import Announcer
from fourthwall.registry import ModelCard, Registry
from fourthwall.stages import AnnounceStage, RenderAnnouncement, run

ANNOUNCER = Announcer(Registry([ModelCard(id=i, provider="p") for i in ("a", "b", "c")]))
SWITCH = Switch(kind="switch", from_model="a", to_model="b")
TOLD = SwitchAnnounced("Switched from a to b.", SWITCH)
STARTED = Started("b", "p")


def announced(*events: Event, announce: bool = True, switch: Switch | None = SWITCH) -> list[Event]:
    return list(run([AnnounceStage(switch, ANNOUNCER, announce=announce)], events))


def rendered(*events: Event) -> list[Event]:
    return list(run([AnnounceStage(SWITCH, ANNOUNCER), RenderAnnouncement(ANNOUNCER)], events))


class TestAnnounce:
    @pytest.mark.parametrize(
        "first",
        [
            ContentDelta("Hi"),
            ReasoningDelta("Hm"),
            ToolCallDelta(0, "id", "tool"),
            Finished("stop"),
        ],
    )
    def test_once_before_the_first_delta(self, first: Event) -> None:
        more = ContentDelta("!")
        assert announced(STARTED, first, more) == [STARTED, TOLD, first, more]

    def test_an_answer_that_breaks_off_is_announced_too(self) -> None:
        assert announced(STARTED) == [STARTED, TOLD]

    def test_nothing_without_a_switch(self) -> None:
        events: list[Event] = [STARTED, ContentDelta("Hi"), Finished("stop")]
        assert announced(*events, switch=None) == events

    @pytest.mark.parametrize("started", [STARTED, Started("c", "p", failover_from="b")])
    def test_nothing_when_switched_off(self, started: Started) -> None:
        events: list[Event] = [started, ContentDelta("Hi"), Finished("stop")]
        assert announced(*events, announce=False) == events

    @pytest.mark.parametrize("switch", [SWITCH, None])
    def test_failover_is_announced(self, switch: Switch | None) -> None:
        started = Started("c", "p", failover_from="b")
        told = announced(started, ContentDelta("Hi"), switch=switch)[1]
        assert told == SwitchAnnounced(
            "b isn't available right now; c answers this message.",
            Switch(kind="failover", from_model="b", to_model="c"),
        )


class TestRender:
    def test_content_is_what_the_announcer_would_write(self) -> None:
        events = rendered(STARTED, ReasoningDelta("Hm"), ContentDelta(""), ContentDelta("Hi"))
        content = "".join(e.text for e in events if isinstance(e, ContentDelta))
        assert content == ANNOUNCER.apply(TOLD.text, "Hi")
        assert TOLD in events

    def test_announcement_comes_at_once(self) -> None:
        assert rendered(STARTED, ReasoningDelta("Hm"))[:3] == [
            STARTED,
            TOLD,
            ContentDelta(TOLD.text),
        ]

    def test_without_text_no_blank_line_is_left(self) -> None:
        call = ToolCallDelta(0, "id", "tool")
        assert rendered(STARTED, call)[2:] == [ContentDelta(TOLD.text), call]

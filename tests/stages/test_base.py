from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

from fourthwall.chat import ContentDelta, Event, Finished
from fourthwall.stages import Pipeline, Stage, arun, run


class Late:
    """Holds every event back until the end."""

    def __init__(self) -> None:
        self.held: list[Event] = []

    def feed(self, event: Event) -> list[Event]:
        self.held.append(event)
        return []

    def finish(self) -> list[Event]:
        return self.held


class Twice:
    """Gives every event twice, and one at the end."""

    def feed(self, event: Event) -> list[Event]:
        return [event, event]

    def finish(self) -> list[Event]:
        return [Finished("stop")]


A = ContentDelta("a")


def test_without_stages_events_pass() -> None:
    assert list(run([], [A, A])) == [A, A]


def test_what_one_stage_held_back_passes_the_later_ones() -> None:
    assert list(run([Late(), Twice()], [A])) == [A, A, Finished("stop")]
    assert list(run([Twice(), Late()], [A])) == [A, A, Finished("stop")]


def test_a_pipeline_is_a_stage() -> None:
    assert list(run([Pipeline([Late(), Twice()]), Twice()], [A])) == [
        *[A] * 4,
        Finished("stop"),
        Finished("stop"),
        Finished("stop"),
    ]


def test_events_come_out_as_they_go_in() -> None:
    def source() -> Iterator[Event]:
        yield A
        raise LookupError

    out = run([], source())
    assert next(out) == A


def test_async_is_the_same() -> None:
    async def source() -> AsyncIterator[Event]:
        yield A

    async def collect(*stages: Stage) -> list[Event]:
        return [event async for event in arun(stages, source())]

    assert asyncio.run(collect(Late(), Twice())) == list(run([Late(), Twice()], [A]))
    assert asyncio.run(collect(Twice())) == list(run([Twice()], [A]))

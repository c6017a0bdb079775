"""What a stage is: a small object that turns one stream of events into another.

A stage does no I/O and knows nothing of the other stages.  `feed` takes one event and gives what
can be passed on now; `finish` gives whatever was still held back.  Its first law: **the result
does not depend on where the stream was cut.**  Composing stages is a list and a loop; what
`finish` of one stage gives still passes the stages after it.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from typing import Protocol

from fourthwall.chat import Event

__all__ = ["Pipeline", "Stage", "arun", "run"]


class Stage(Protocol):
    """One stream transformer.  Make a new one for every reply: a stage may keep state.

    A stage that ends an answer before the model does says so with a true `is_over`; the reader of
    the stream may then close the request, so that nothing more of it is billed.
    """

    def feed(self, event: Event) -> Iterable[Event]:
        """Take one event; give the events to pass on, in order, possibly none."""

    def finish(self) -> Iterable[Event]:
        """The stream is over: give what was held back.  Called once, last."""


class Pipeline:
    """Several stages, one after the other; itself a stage.

    Args:
        stages: first to last.
    """

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._stages = tuple(stages)

    @property
    def is_over(self) -> bool:
        """Whether a stage has ended the answer: what is still to come would be swallowed."""
        return any(getattr(stage, "is_over", False) for stage in self._stages)

    def feed(self, event: Event) -> list[Event]:
        """Pass one event through all stages."""
        return self._through([event], 0)

    def finish(self) -> list[Event]:
        """End every stage in turn; what one held back still passes the later ones."""
        out: list[Event] = []
        for number, stage in enumerate(self._stages):
            out.extend(self._through(stage.finish(), number + 1))
        return out

    def _through(self, events: Iterable[Event], first: int) -> list[Event]:
        batch = list(events)
        for stage in self._stages[first:]:
            batch = [out for event in batch for out in stage.feed(event)]
        return batch


def run(stages: Sequence[Stage], events: Iterable[Event]) -> Iterator[Event]:
    """Run events through stages as they come."""
    pipeline = Pipeline(stages)
    for event in events:
        yield from pipeline.feed(event)
    yield from pipeline.finish()


async def arun(stages: Sequence[Stage], events: AsyncIterable[Event]) -> AsyncIterator[Event]:
    """Run events through stages as they come, in async code."""
    pipeline = Pipeline(stages)
    async for event in events:
        for out in pipeline.feed(event):
            yield out
    for out in pipeline.finish():
        yield out

"""What the reasoning split costs a chunk, beside what one would pick instead.

Run ``python benchmarks/stages.py``.  Streams look like tokens: about four characters a chunk, 70 %
reasoning, 30 % answer; in *markup* every fifth chunk has a ``<``.  Microseconds of CPU time a
chunk, median (min to max) of the rounds.  In one process, on the same chunks, run

- ``pydantic-ai``, where it is installed: what its OpenAI models do with a text delta.  It takes a
  chunk for a tag only if the chunk is nothing else;
- ``SGLang``: its base detector, written again below: the package brings a whole GPU server;
- ``find``: looking for both tags in the whole text again with every chunk, the usual first try.

"Times" is the median of the ratios of neighbouring rounds.  A cost that doesn't depend on the
length shows in the column of ours.  The second table has every format, and streams made to be
slow: the worst of a ``<``, a line break or a space in every chunk.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time_ns
from typing import Any

from fourthwall.chat import ContentDelta, Event, Started
from fourthwall.conversation import Announcer
from fourthwall.registry import ModelCard, Registry
from fourthwall.stages import FORMATS, ReasoningSplitter, ReasoningStage, run

Chunks = Sequence[str]
Split = Callable[[Chunks], None]
THOUGHT_SHARE = 0.7
TAGS = ("<think>", "</think>")
MESSAGES = {
    "auto": TAGS,
    "harmony": (
        "<|channel|>analysis<|message|>",
        "<|end|><|start|>assistant<|channel|>final<|message|>",
    ),
    "muse": ("to=self<|message|>", "<|eom|><|start|>assistant to=user<|message|>"),
}


def stream(length: int, *, markup: bool, around: tuple[str, str] = TAGS) -> Chunks:
    """Return a reply of ``length`` chunks."""
    words = [" the", " sum", " is ", "so 4", "a < b" if markup else " and"]
    body = [words[number % len(words)] for number in range(length - 2)]
    end = int(len(body) * THOUGHT_SHARE)
    return [around[0], *body[:end], around[1], *body[end:]]


def ours(name: str) -> Split:
    def split(chunks: Chunks) -> None:
        splitter = ReasoningSplitter(name)
        for chunk in chunks:
            splitter.feed(chunk)
        splitter.finish()

    return split


def pydantic_ai() -> Split | None:
    """Return what pydantic-ai does with text that may hold tags, if it is installed."""
    try:
        parts: Any = importlib.import_module("pydantic_ai._parts_manager")
        models: Any = importlib.import_module("pydantic_ai.models")
    except ImportError:
        return None

    def split(chunks: Chunks) -> None:
        manager = parts.ModelResponsePartsManager(models.ModelRequestParameters())
        for chunk in chunks:
            for _ in manager.handle_text_delta(
                vendor_part_id="content", content=chunk, thinking_tags=TAGS
            ):
                pass

    return split


class BaseDetector:
    """SGLang's way with a tag, in our words.

    After ``BaseReasoningFormatDetector.parse_streaming_increment`` of sgl-project/sglang 0.5.23,
    ``python/sglang/srt/parser/reasoning_parser.py`` (Apache-2.0), for a model with neither tool
    tags nor a forced start.
    """

    def __init__(self) -> None:
        self.buffer = ""
        self.has_started = self.is_inside = False

    def feed(self, text: str) -> tuple[str, str]:
        """Return the reasoning and the content that can be told by now."""
        self.buffer += text
        now = self.buffer
        opening, closing = TAGS
        if any(tag.startswith(now) and tag != now for tag in TAGS):
            return "", ""
        if not self.has_started and opening in now:
            now = self.buffer = now.replace(opening, "", 1)
            self.has_started = self.is_inside = True
        if self.is_inside and closing in now:
            end = now.find(closing)
            self.buffer, self.is_inside = "", False
            return now[:end], now[end + len(closing) :]
        if not self.is_inside:
            self.buffer = ""
            return "", now
        held = max(map(self.begun, [closing] if self.has_started else TAGS))
        self.buffer = now[len(now) - held :]
        return now[: len(now) - held], ""

    def begun(self, tag: str) -> int:
        """Return how long the longest tail is that begins the tag."""
        for length in range(min(len(self.buffer), len(tag) - 1), 0, -1):
            if tag.startswith(self.buffer[-length:]):
                return length
        return 0


def sglang(chunks: Chunks) -> None:
    detector = BaseDetector()
    for chunk in chunks:
        detector.feed(chunk)


def find(chunks: Chunks) -> None:
    text, answer = "", ""
    for chunk in chunks:
        text += chunk
        start, end = text.find(TAGS[0]), text.find(TAGS[1])
        if start != -1 and end != -1:
            answer = text[end + len(TAGS[1]) :]
    assert answer


def stage(chunks: Chunks) -> None:
    events: list[Event] = [Started("m", "p"), *map(ContentDelta, chunks)]
    for _ in run([ReasoningStage("think")], events):
        pass


def cost_us(split: Split, chunks: Chunks) -> float:
    """Return CPU time in microseconds a chunk."""
    begin = process_time_ns()
    split(chunks)
    return (process_time_ns() - begin) / 1000 / len(chunks)


def costs_us(splits: Sequence[Split], chunks: Chunks, rounds: int) -> list[list[float]]:
    """Return the figures of each, taken in turns, so that all have the same neighbours."""
    rows = [[cost_us(split, chunks) for split in splits] for _ in range(rounds)]
    return [list(column) for column in zip(*rows, strict=True)]


def shown(costs: Sequence[float]) -> str:
    return f"{median(costs):.2f} ({min(costs):.2f} to {max(costs):.2f})"


def beside_others() -> None:
    others = {"pydantic-ai": pydantic_ai(), "SGLang": sglang, "find": find}
    splits = {name: split for name, split in others.items() if split}
    print(f"{'stream':14}{'ours':22}", *(f"{name:24}times " for name in splits))
    for markup in (False, True):
        for length in (500, 2_000, 8_000):
            chunks = stream(length, markup=markup)
            rounds = max(5, 40_000 // length)
            own, *rest = costs_us([ours("think"), *splits.values()], chunks, rounds)
            print(f"{'markup' if markup else 'plain':7}{length:5}  {shown(own):22}", end="")
            for costs in rest:
                times = median(other / mine for other, mine in zip(costs, own, strict=True))
                print(f" {shown(costs):24}{times:5.1f}", end="")
            print()
    print(*(f"{name}: not installed" for name in others.keys() - splits.keys()))


def every_format() -> None:
    print(f"{'format':22}{'plain':22}{'markup':22}{'slowest':22}")
    for name in [*FORMATS, *MESSAGES]:
        row = FORMATS.get(name)
        around = MESSAGES.get(name, ("", ""))
        if row and row.openings:
            answer = row.wrappers[0][0] if row.wrappers else ""
            around = (row.openings[0], row.closings[0] + answer)
        figures = [
            costs_us([ours(name)], stream(2_000, markup=markup, around=around), 10)[0]
            for markup in (False, True)
        ]
        slow = [
            costs_us([ours(name)], [start, *character * 2_000], 5)[0]
            for start in (around[0], "".join(around))
            for character in "<\n "
        ]
        print(f"{name:22}", *(f"{shown(f):21}" for f in (*figures, max(slow, key=median))))


def main() -> None:
    beside_others()
    every_format()
    (through,) = costs_us([stage], stream(2_000, markup=False), 30)
    print(f"\nas a stage, events and all, 2,000 chunks:             {shown(through)}")
    announcer = Announcer(Registry([ModelCard(id="a", provider="p")]))
    answers = ["Hello there. " * 80_000] * 1_000

    def strip(texts: Chunks) -> None:
        for text in texts:
            announcer.strip(text)

    (stripped,) = costs_us([strip], answers, 30)
    print(f"Announcer.strip of 1 MB without announcement, a text: {shown(stripped)}")


if __name__ == "__main__":
    main()

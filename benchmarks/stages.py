"""What the reasoning split costs a chunk, against what one would write by hand.

Run ``python benchmarks/stages.py``.  Streams look like tokens: about four characters a chunk, 70 %
reasoning, 30 % answer; in *markup* every fifth chunk has a ``<``.  Microseconds of CPU time a
chunk, median (min to max) of the rounds.  "Regex" searches the text so far again with every chunk,
the usual first attempt; "scan" does the same with `str.find`.  "Times" says how many times our
cost each takes.  A cost that doesn't depend on the length shows in the column of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time_ns

from fourthwall.chat import ContentDelta, Event, Started
from fourthwall.conversation import Announcer
from fourthwall.registry import ModelCard, Registry
from fourthwall.stages import ReasoningSplitter, ReasoningStage, run

Chunks = Sequence[str]
THOUGHT_SHARE = 0.7
_BLOCK = re.compile(r"<think>(.*?)(?:</think>|\Z)(.*)", re.DOTALL)


def stream(length: int, *, markup: bool) -> Chunks:
    """Return a reply of ``length`` chunks."""
    words = [" the", " sum", " is ", "so 4", "a < b" if markup else " and"]
    body = [words[number % len(words)] for number in range(length - 2)]
    end = int(len(body) * THOUGHT_SHARE)
    return ["<think>", *body[:end], "</think>", *body[end:]]


def ours(chunks: Chunks) -> None:
    splitter = ReasoningSplitter("think")
    for chunk in chunks:
        splitter.feed(chunk)
    splitter.finish()


def regex(chunks: Chunks) -> None:
    text, shown_so_far = "", 0
    for chunk in chunks:
        text += chunk
        if found := _BLOCK.match(text):
            shown_so_far = max(shown_so_far, len(found[1]) + len(found[2]))
    assert shown_so_far


def scan(chunks: Chunks) -> None:
    text, answer = "", ""
    for chunk in chunks:
        text += chunk
        start, end = text.find("<think>"), text.find("</think>")
        if start != -1 and end != -1:
            answer = text[end + len("</think>") :]
    assert answer


def stage(chunks: Chunks) -> None:
    events: list[Event] = [Started("m", "p"), *map(ContentDelta, chunks)]
    for _ in run([ReasoningStage("think")], events):
        pass


def cost_us(split: Callable[[Chunks], None], chunks: Chunks, rounds: int) -> list[float]:
    """Return CPU time in microseconds a chunk, one figure a round."""
    out = []
    for _ in range(rounds):
        begin = process_time_ns()
        split(chunks)
        out.append((process_time_ns() - begin) / 1000 / len(chunks))
    return out


def shown(costs: Sequence[float]) -> str:
    return f"{median(costs):7.2f} ({min(costs):.2f} to {max(costs):.2f})"


def main() -> None:
    heads = (f"{'ours':22}", f"{'regex':27} times", f"{'scan':22} times")
    print(f"{'stream':7} chunks ", *heads)
    for kind in ("plain", "markup"):
        for length in (500, 2_000, 8_000):
            chunks = stream(length, markup=kind == "markup")
            fast = cost_us(ours, chunks, 60)
            print(f"{kind:7} {length:6}  {shown(fast):22}", end="")
            for other, width in ((regex, 27), (scan, 22)):
                slow = cost_us(other, chunks, 3)
                print(f" {shown(slow):{width}} {median(slow) / median(fast):5.1f} ", end="")
            print()
    print()
    through = cost_us(stage, stream(2_000, markup=False), 30)
    print(f"as a stage, events and all, 2,000 chunks:           {shown(through)}")
    announcer = Announcer(Registry([ModelCard(id="a", provider="p")]))
    answers = ["Hello there. " * 80_000] * 1_000

    def strip(texts: Chunks) -> None:
        for text in texts:
            announcer.strip(text)

    stripped = cost_us(strip, answers, 30)
    print(f"Announcer.strip of 1 MB without announcement, a text: {shown(stripped)}")


if __name__ == "__main__":
    main()

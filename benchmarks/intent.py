"""What parsing a message costs, beside what one would write instead.

Run it with ``python benchmarks/intent.py [FILE]``; FILE holds ordinary messages, one a line, to
count how many of them are looked at closely (a sample of our own, if left out).

Beside `parse` run, on the same messages and in the same process: a regex of all names behind
"switch to" or "use", which is what most people write first; and, where they are installed,
rapidfuzz (the best partial match among all names) and hassil (the sentence matcher of a voice
assistant).  None of them does the same: they find no end of the command, no negation, no
quotation.  They show what a look at the words costs.

Every figure is the median of blocks, with the fastest and the slowest block: how far these lie
apart is this machine's noise.  A ratio is the median of the ratios of neighbouring blocks.
"""

from __future__ import annotations

import gc
import importlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any

from fourthwall.intent import explain, parse
from fourthwall.intent._names import Names
from fourthwall.registry import ModelCard, Registry

BLOCKS = 15
BLOCK_NS = 20_000_000  # a block takes about so long
SLOW_BLOCKS = 5

MODELS = """
openai gpt gpt-5*
openai gpt gpt-5-mini
openai gpt gpt-4o
openai gpt gpt-4o-mini
openai gpt gpt-4.1
openai o-series o1
openai o-series o3*
openai o-series o4-mini
openai gpt-oss gpt-oss-120b*
anthropic claude claude-opus-4.1
anthropic claude claude-sonnet-4.5*
anthropic claude claude-sonnet-3.7
anthropic claude claude-haiku-4.5
google gemini gemini-2.5-pro*
google gemini gemini-2.5-flash
deepseek deepseek deepseek-v3*
deepseek deepseek deepseek-r1
meta llama llama-3.3-70b*
meta llama llama-3.1-405b
alibaba qwen qwen3-235b*
zhipu glm glm-4.6*
moonshot kimi kimi-k2*
mistral mistral mistral-large*
xai grok grok-4*
"""

ORDINARY = (
    "Could you explain why the tides are higher at some times of the year than at others, in brief?"
)
COMMAND = "Switch to {} and write a short poem about the tides of the northern sea in autumn."
PARAGRAPH = "The river rises in the hills, turns south at the old mill and runs to the sea. "

SAMPLE = """
Could you explain why the tides are higher at some times of the year than at others?
Write a short story about a lighthouse keeper who is afraid of the dark.
What's the difference between a lake and a pond?
Fix the grammar of this sentence: me and him goes to school by bus.
I have eggs, flour and spinach. What can I cook in twenty minutes?
How do I undo the last commit without losing my changes?
Give me five names for a bakery in a small town.
My neighbour's dog barks all night. How can I bring it up politely?
What are the symptoms of too little iron?
Plan a weekend in Porto for two people who like music and long walks.
Why does my model overfit although I use dropout?
Translate "where is the station" into Portuguese.
Which phone has the better camera for night shots?
Sum up the causes of the fall of the Roman republic in three sentences.
Is it cheaper to fly or to take the train from Lyon to Milan?
Write a unit test for a function that adds two fractions.
What is the square root of 1,764?
Tell me a joke about mathematicians.
How long does sourdough need to rise in a cold kitchen?
Rewrite the paragraph above in the past tense.
Thanks, that was helpful!
And what happens if the temperature drops below zero?
Explain photosynthesis to a child of six.
Make the second verse rhyme.
Who painted the ceiling of that chapel, and how long did it take?
I'd like to switch careers and become a nurse. Where do I begin?
Compare two ways of storing dates in a database.
Can you continue the list from number eleven?
What should I write in a card for a colleague who retires?
Give me the recipe again, but without nuts.
"""


def few() -> Registry:
    """Return 24 models as they are called today."""
    rows = [line.split() for line in MODELS.strip().splitlines()]
    return Registry(
        ModelCard(id=name.rstrip("*"), provider=provider, family=family, family_default="*" in name)
        for provider, family, name in rows
    )


def many(count: int = 3_000) -> Registry:
    """Return so many models with names made up of syllables, the same on every run."""
    syllables = ("ba", "dor", "fen", "gul", "kir", "lum", "mar", "nos", "pel", "rix", "tav", "zo")
    families = ("".join(parts) for parts in product(syllables, repeat=3))
    variants = ("1", "1.5", "2", "2-mini", "2.5-pro", "3-70b")
    cards = [
        ModelCard(
            id=f"{family}-{variant}",
            provider=f"maker-{number // 5}",
            family=family,
            family_default=variant == "2",
            aliases=(f"{family} {variant.replace('-', ' ')} chat",),
        )
        for number, family in enumerate(families)
        for variant in variants
        if number * len(variants) < count
    ]
    return Registry(cards[:count])


def blocks(call: Callable[[], object]) -> Iterator[float]:
    """Give the microseconds of one call, block after block."""
    start = perf_counter_ns()
    call()
    once = perf_counter_ns() - start
    calls = max(1, BLOCK_NS // max(once, 1))
    for _ in range(BLOCKS):
        start = perf_counter_ns()
        for _ in range(calls):
            call()
        yield (perf_counter_ns() - start) / 1000 / calls


def row(name: str, samples: Iterable[float], unit: str = "µs") -> str:
    found = list(samples)
    return f"  {name:<44}{median(found):>10.2f} {unit}   {min(found):.2f}–{max(found):.2f}"


def beside(name: str, ours: Callable[[], object], theirs: Callable[[], object]) -> str:
    """Measure two calls block by block in turn; the ratio is theirs over ours."""
    pairs = list(zip(blocks(ours), blocks(theirs), strict=True))
    ratios = [other / own for own, other in pairs]
    spread = f"{min(ratios):.3g}–{max(ratios):.3g}"
    return f"{row(name, [other for _, other in pairs])}   = {median(ratios):.3g} × parse ({spread})"


def spoken_names(registry: Registry) -> list[str]:
    names = {name for card in registry.cards for name in (card.id, card.family, *card.aliases)}
    return sorted((name for name in names if name), key=lambda name: (-len(name), name))


def naive_regex(registry: Registry) -> Callable[[str], object]:
    """Return the search that one writes first: a verb and any of the names."""
    names = "|".join(re.escape(name) for name in spoken_names(registry))
    return re.compile(rf"\b(?:switch to|use) (?:{names})\b", re.IGNORECASE).search


def fuzzy_match(registry: Registry) -> Callable[[str], object] | None:
    """Return rapidfuzz's best partial match among all names, if it is installed."""
    try:
        process: Any = importlib.import_module("rapidfuzz.process")
        fuzz: Any = importlib.import_module("rapidfuzz.fuzz")
    except ImportError:
        return None
    names = spoken_names(registry)
    return lambda text: process.extractOne(
        text.lower(), names, scorer=fuzz.partial_ratio, score_cutoff=90
    )


def sentence_match(registry: Registry) -> Callable[[str], object] | None:
    """Return hassil's recognizer with a handful of sentences, if it is installed."""
    try:
        hassil: Any = importlib.import_module("hassil")
    except ImportError:
        return None
    sentences = [
        "[please] (switch|change|move) [over] to {model} [please]",
        "[please] use {model} [instead] [from now on]",
        "switch to {model} and {task}",
        "(ask|have|let) {model} [to] {task}",
    ]
    values = [name.replace("-", " ") for name in spoken_names(registry)]
    intents = hassil.Intents.from_dict(
        {
            "language": "en",
            "intents": {"Switch": {"data": [{"sentences": sentences}]}},
            "lists": {"model": {"values": values}, "task": {"wildcard": True}},
        }
    )
    return lambda text: hassil.recognize(text, intents)


RIVALS: tuple[tuple[str, Callable[[Registry], Callable[[str], object] | None]], ...] = (
    ("a regex of all names", naive_regex),
    ("rapidfuzz, best partial match", fuzzy_match),
    ("hassil, four sentences", sentence_match),
)


ABROAD = {
    "Spanish": (
        "Cámbiame a {} y escribe un poema corto sobre las mareas del mar del norte en otoño.",
        "¿Podrías explicarme en pocas palabras por qué las mareas son más altas en otoño?",
    ),
    "Russian": (
        "Переключись на {} и напиши короткое стихотворение о приливах северного моря осенью.",
        "Объясни, пожалуйста, в двух словах, почему приливы осенью бывают выше, чем летом?",
    ),
    "Japanese": (
        "{}に切り替えて、秋の北の海の潮についての短い詩を書いてください。",
        "秋になると潮が夏よりも高くなることがあるのはなぜか、短く説明していただけますか。",
    ),
}


def show_abroad(registry: Registry) -> None:
    """Show what a command and an ordinary message cost in other languages."""
    name = next(iter(registry))
    for language, (command, ordinary) in ABROAD.items():
        for what, text in (("a command", command.format(name)), ("ordinary", ordinary)):
            label = f"parse: {what} in {language}, {len(text)} characters"
            print(row(label, blocks(partial(parse, text, registry))))


def messages(registry: Registry) -> dict[str, str]:
    named = COMMAND.format(next(iter(registry)))
    return {
        f"an ordinary message, {len(ORDINARY)} characters": ORDINARY,
        f"a command, {len(named)} characters": named,
        "10 KB": PARAGRAPH * (10_000 // len(PARAGRAPH)),
        "1 MB": PARAGRAPH * (1_000_000 // len(PARAGRAPH)),
    }


def show_parsing(registry: Registry) -> None:
    for name, text in messages(registry).items():
        print(row(f"parse: {name}", blocks(partial(parse, text, registry))))


def show_rivals(registry: Registry) -> None:
    rivals = {name: make(registry) for name, make in RIVALS}
    for title, text in list(messages(registry).items())[:2]:
        print(f"  beside it, {title}:")
        for name, rival in rivals.items():
            if rival is None:
                print(f"    {name:<42}{'not installed':>13}")
            else:
                ours, theirs = partial(parse, text, registry), partial(rival, text)
                print(beside(f"  {name}", ours, theirs))


def milliseconds(call: Callable[[], object]) -> float:
    start = perf_counter_ns()
    call()
    return (perf_counter_ns() - start) / 1e6


FIRST_PARSE = """
from time import perf_counter
from fourthwall.intent import parse
from fourthwall.registry import ModelCard, Registry
registry = Registry([ModelCard(id="gpt-5", provider="openai")])
start = perf_counter()
parse("hello", registry)
print((perf_counter() - start) * 1000)
"""


def first_parse() -> float:
    """Return the milliseconds of the first parse of a process: the lexicon is compiled in it."""
    command = [sys.executable, "-c", FIRST_PARSE]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def share_looked_at(lines: list[str], registry: Registry) -> str:
    looked = sum(explain(line, registry).awake for line in lines)
    commands = sum(parse(line, registry).is_command for line in lines)
    share = f"{looked} of {len(lines)} ordinary messages ({looked / len(lines):.0%})"
    return f"  looked at closely: {share}; taken for a command: {commands}"


def main() -> None:
    if len(sys.argv) > 1:
        lines = Path(sys.argv[1]).read_text("utf-8").splitlines()
    else:
        lines = SAMPLE.strip().splitlines()
    gc.disable()
    for registry in (few(), many()):
        print(f"{len(registry)} models")
        show_parsing(registry)
        show_abroad(registry)
        show_rivals(registry)
        compiling = [milliseconds(partial(Names, registry)) for _ in range(SLOW_BLOCKS)]
        print(row("compile the names, once a registry", compiling, "ms"))
        print(share_looked_at(lines, registry))
    print("once a process")
    print(
        row(
            "first parse, lexicon compiled in it", (first_parse() for _ in range(SLOW_BLOCKS)), "ms"
        )
    )


if __name__ == "__main__":
    main()

"""A part of a message: its sentences, each with the commands in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fourthwall.intent import Intent, parse
from fourthwall.intent._evidence import Evidence
from fourthwall.intent._lexicon import Lexicon
from fourthwall.intent._names import finder_for
from fourthwall.intent._read import read_part
from fourthwall.intent._tokens import fold_case
from fourthwall.registry import Registry

Reader = Callable[..., Intent]
PartReader = Callable[..., list[tuple[str, list[str]]]]


@pytest.fixture
def part(registry: Registry, lexicon: Lexicon) -> PartReader:
    """Return the sentences of a part, each with the kinds of the commands in it."""
    names = finder_for(registry, lexicon.name_words)

    def part(
        text: str, start: int = 0, end: int | None = None, evidence: Evidence | None = None
    ) -> list[tuple[str, list[str]]]:
        end = len(text) if end is None else end
        read = read_part(text, fold_case(text), start, end, names, lexicon, evidence)
        return [(text[s.start : s.end].strip(), [c.kind for c in found]) for s, found in read]

    return part


def test_nothing_has_no_sentences(part: PartReader) -> None:
    assert part("") == []


def test_each_sentence_has_its_commands(part: PartReader) -> None:
    assert part("Name a river. Switch to Claude, then switch back. Actually, switch to Opus.") == [
        ("Name a river.", []),
        ("Switch to Claude, then switch back.", ["switch", "revert"]),
        ("Actually, switch to Opus.", ["switch"]),
    ]


def test_only_the_part_is_read(part: PartReader) -> None:
    text = "Switch to Claude. Name a river. Switch back."
    assert part(text, 18, 31) == [("Name a river.", [])]
    assert part(text, 32) == [("Switch back.", ["revert"])]


@pytest.mark.parametrize("text", ["@claude name a river", "/model claude"])
def test_a_mention_counts_only_where_the_message_begins(part: PartReader, text: str) -> None:
    ((_, found),) = part(text)
    assert len(found) == 1
    assert part(f"Hm. {text}") == [("Hm.", []), (text, [])]
    assert part(f"Hm. {text}", 4) == [(text, [])]


def test_a_bare_name_counts_after_a_command(part: PartReader) -> None:
    assert part("Use GPT-5. Claude instead.")[1] == ("Claude instead.", ["switch"])
    assert part("Name a river. No, Claude.")[1] == ("No, Claude.", [])


def test_by_its_words_a_sentence_is_read_only_where_none_fits(part: PartReader) -> None:
    evidence = Evidence()
    assert part("wrap up this session with Claude", evidence=evidence)[0][1] == ["switch"]
    assert [note.rpartition("' ")[2] for note in evidence.matched] == ["by its words"]
    evidence = Evidence()
    assert part("switch to Claude", evidence=evidence)[0][1] == ["switch"]
    assert not any("by its words" in note for note in evidence.matched)


def test_what_is_read_by_its_words_counts_as_a_command_before(part: PartReader) -> None:
    found = part("Wrap up this session with Claude. No, Opus.")
    assert [commands for _, commands in found] == [["switch"], ["switch"]]


@pytest.mark.parametrize(("sentences", "asides"), [(1, 1), (3, 1), (4, 0)])
def test_a_task_with_an_aside_stands_among_few_sentences(
    part: PartReader, sentences: int, asides: int
) -> None:
    text = "Rivers are long. " * (sentences - 1) + "Describe a fjord using Claude"
    assert len(part(text)[-1][1]) == asides


def test_a_bare_name_after_a_sentence_of_second_thoughts_corrects(registry: Registry) -> None:
    for text in ("use Claude. wait, no. Opus", "Switch to GPT-5! No wait. Claude Opus!"):
        intent = parse(text, registry)
        assert intent.kind == "switch"
        assert intent.target is not None
        assert intent.target.tier == "opus"


def test_second_thoughts_without_another_name_take_the_wish_back(registry: Registry) -> None:
    assert parse("use Claude. wait, no. Name a river.", registry).kind == "none"

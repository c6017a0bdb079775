"""Reading the answer to "Which one: A or B?"."""

from __future__ import annotations

import pytest

from fourthwall.conversation._clarify import Answer, read_answer
from fourthwall.registry import ModelCard

MINIS = (
    ModelCard(id="gpt-5-mini", provider="openai", name="GPT-5 mini", aliases=("gpt5 mini",)),
    ModelCard(id="gpt-4o-mini", provider="openai", name="GPT-4o mini", family="gpt"),
)
CLAUDES = (
    ModelCard(id="claude-sonnet-4.5", provider="anthropic", tier="sonnet"),
    ModelCard(id="claude-sonnet-3.7", provider="anthropic", tier="sonnet"),
    ModelCard(id="claude-opus-4.1", provider="anthropic", tier="opus"),
)
NOBODY = {"named_by": lambda _: None}


def chosen(text: str, candidates: tuple[ModelCard, ...]) -> list[str]:
    return [card.id for card in read_answer(text, candidates, **NOBODY).cards]


@pytest.mark.parametrize(
    "text",
    [
        *("the 4o one", "4o", "GPT-4o mini", "gpt 4o mini please", "gpt-4o-mini.", "the second"),
        *("2", "#2", "option 2", "number 2", "The 2nd one, please", "the last one", "the latter"),
        *("I meant the 4o mini", "let's go with 4o", "I'd like the 4o", "gpt4omini"),
    ],
)
def test_the_second_is_named_in_many_ways(text: str) -> None:
    assert chosen(text, MINIS) == ["gpt-4o-mini"]


@pytest.mark.parametrize("text", ["gpt5 mini", "gpt5-mini", "first", "the former", "1", "the 5"])
def test_the_first_is_named_in_many_ways(text: str) -> None:
    assert chosen(text, MINIS) == ["gpt-5-mini"]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("opus", ["claude-opus-4.1"]),
        ("4.5", ["claude-sonnet-4.5"]),
        ("sonnet", ["claude-sonnet-4.5", "claude-sonnet-3.7"]),
        ("anthropic", ["claude-sonnet-4.5", "claude-sonnet-3.7", "claude-opus-4.1"]),
        ("third", ["claude-opus-4.1"]),
        ("fourth", []),
    ],
)
def test_words_of_the_names_narrow_the_choice(text: str, ids: list[str]) -> None:
    assert chosen(text, CLAUDES) == ids


def test_a_whole_name_wins_over_a_longer_one() -> None:
    cards = (ModelCard(id="gpt-4o", provider="openai"), MINIS[1])
    assert chosen("gpt-4o", cards) == ["gpt-4o"]


@pytest.mark.parametrize(
    "text",
    [
        *("", "   ", "?!", "the one", "tell me about the first mini", "what is 2+2?", "mini golf"),
        *("thanks", "4.2", "yes", "the first\nof many", "the second " * 20),
    ],
)
def test_other_messages_are_no_answer(text: str) -> None:
    assert read_answer(text, MINIS, **NOBODY) == Answer()


@pytest.mark.parametrize("text", ["never mind", "Cancel.", "no", "No, thanks!", "none of them"])
def test_the_wish_can_be_taken_back(text: str) -> None:
    assert read_answer(text, MINIS, **NOBODY).cancelled


@pytest.mark.parametrize("text", ["go on", "Go ahead.", "stay, please"])
def test_the_question_can_be_left_to_the_active_model(text: str) -> None:
    assert read_answer(text, MINIS, **NOBODY).goes_on


@pytest.mark.parametrize("text", ["yes", "Yes, please", "ok sure"])
def test_assent_takes_the_only_offer(text: str) -> None:
    assert chosen(text, MINIS[:1]) == ["gpt-5-mini"]


def test_filler_alone_assents_to_nothing() -> None:
    assert chosen("ok", MINIS[:1]) == []


def test_what_wasnt_on_offer_is_asked_of_the_parser_as_a_command() -> None:
    asked: list[str] = []

    def named_by(command: str) -> ModelCard | None:
        asked.append(command)
        return CLAUDES[2]

    answer = read_answer("something smarter", MINIS, named_by)
    assert answer.cards == (CLAUDES[2],)
    assert asked == ["switch to something smarter"]

"""Why a message was read as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fourthwall.intent import Explanation, explain, parse
from fourthwall.registry import Registry

Explainer = Callable[[str], Explanation]


@pytest.fixture
def why(registry: Registry) -> Explainer:
    return lambda text: explain(text, registry, active="gpt-4o")


def test_an_ordinary_message_is_not_looked_at(why: Explainer) -> None:
    told = why("Name a river in Spain")
    assert not told.awake
    assert (told.mentions, told.matched, told.vetoes) == ((), (), ())


def test_a_command_is_told_with_its_names_and_its_sentence(why: Explainer) -> None:
    text = "Switch to Claude, or GPT-9"
    told = why(text)
    assert told.awake
    assert [text[start:end] for start, end, _ in told.mentions] == ["Claude", "GPT-9"]
    assert told.mentions[0][2].startswith("claude-sonnet-4.5")
    assert "not in the registry" in told.mentions[1][2]
    assert told.matched
    assert told.matched[0].startswith("switch: ")


@pytest.mark.parametrize(
    "text",
    [
        "She said, switch to Claude",
        "If you can't, switch to Claude",
        "How to do it: switch to Claude",
        "Anna and her friend: switch to Claude",
        "We shall never, switch to Claude",
        "Translate: switch to Claude",
        "Claude",
        "ask Claude to the party",
        "Switch to Claude:",
        "switch to Claude... never mind",
        "My uncle wrote a novel using Claude",
        "I have a question about using Claude",
        "Which model is this bicycle",
    ],
)
def test_what_spoke_against_a_reading_is_told(why: Explainer, text: str) -> None:
    told = why(text)
    assert told.intent.kind == "none"
    assert told.vetoes


def test_a_command_that_was_taken_back_was_one(why: Explainer) -> None:
    told = why("switch to Claude... never mind")
    assert told.matched
    assert told.vetoes == ("taken back: 'never mind'",)


def test_the_intent_is_that_of_parse(why: Explainer, registry: Registry) -> None:
    for text in ("switch to Claude", "switch to mini", "hello", "use something cheaper"):
        assert why(text).intent == parse(text, registry, active="gpt-4o")


def test_errors_are_those_of_parse(registry: Registry) -> None:
    with pytest.raises(TypeError, match="text must be a str"):
        explain(3, registry)  # type: ignore[arg-type]  # what a caller without types may do


def test_models_that_qualify_are_told_best_first(why: Explainer) -> None:
    told = why("use something cheaper")
    assert told.intent.target is not None
    assert told.chosen[0] == f"1. {told.intent.target.id} (cheaper)"


def test_places_point_into_the_message_itself(registry: Registry) -> None:
    text = "swi\u200btch to Cla\u0301ude"
    (start, end, _), *_ = explain(text, registry).mentions
    assert text[start:end] == "Cla\u0301ude"

"""Phrases that a caller adds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from fourthwall.errors import ConfigurationError
from fourthwall.intent._evidence import Evidence
from fourthwall.intent._grammar import RoleGrammar
from fourthwall.intent._names import finder_for
from fourthwall.intent._own_phrases import OwnPhrases
from fourthwall.intent._phrases import PhraseError
from fourthwall.intent._roles import RoleLexicon
from fourthwall.intent._tokens import fold_case
from fourthwall.registry import Registry

PHRASES = {
    "switch": ["beam (me|us) [up] to {model}"],
    "once": ["{model} shall"],
    "retry": ["{model}, your turn"],
    "revert": ["beam me home"],
    "reset": ["engage"],
    "which": ["status report"],
    "list": ["crew"],
}


@pytest.fixture
def base(small_language: Callable[..., RoleLexicon]) -> RoleGrammar:
    return RoleGrammar(small_language())


@pytest.fixture
def own(base: RoleGrammar) -> OwnPhrases:
    return OwnPhrases(PHRASES, base)


Told = Callable[..., list[str]]


@pytest.fixture
def told(own: OwnPhrases, registry: Registry) -> Told:
    """Tell the commands of a text: "switch [beam me to Claude]"."""

    def told(text: str, evidence: Evidence | None = None) -> list[str]:
        names = finder_for(registry, own.name_words)
        reading = own.read(text, fold_case(text), 0, len(text), names, evidence)
        return [
            f"{c.kind} [{text[c.start : c.end]}]{' ...' if c.open else ''}"
            for _, commands in reading
            for c in commands
        ]

    return told


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("Beam me to Claude", ["switch [Beam me to Claude]"]),
        ("beam us up to claude.", ["switch [beam us up to claude]"]),
        ("please beam me to Claude", ["switch [beam me to Claude]"]),
        ("Hello, beam me to Claude, please", ["switch [beam me to Claude]"]),
        ("draw a fjord and beam me to Claude", ["switch [beam me to Claude]"]),
        ("beam me to Claude and draw a fjord", ["switch [beam me to Claude]"]),
        ("draw a fjord. Beam me to Claude", ["switch [Beam me to Claude]"]),
        ("Claude shall draw a fjord", ["once [Claude shall] ..."]),
        ("Claude shall", ["once [Claude shall]"]),
        ("Claude, your turn", ["retry [Claude, your turn]"]),
        ("beam me home", ["revert [beam me home]"]),
        ("engage!", ["reset [engage]"]),
        ("status report", ["which [status report]"]),
        ("crew", ["list [crew]"]),
        ("do not beam me to Claude", []),
        ("they beam me to Claude", []),
        ("beam me to Claude Monet", []),
        ("beam me to the sea", []),
        ("beam me to Claude slowly", []),
        ("beam me", []),
        ("beam", []),
        ("", []),
    ],
)
def test_a_phrase_is_a_command_where_a_clause_begins_and_ends(
    told: Told, text: str, commands: Sequence[str]
) -> None:
    assert told(text) == commands


def test_the_phrase_is_noted(told: Told) -> None:
    evidence = Evidence()
    told("beam me to Claude", evidence)
    assert evidence.matched == ["switch: fits 'beam me to {model}', a phrase of yours"]


def test_the_longest_phrase_wins(base: RoleGrammar, registry: Registry) -> None:
    own = OwnPhrases({"revert": ["go"], "reset": ["go, go"]}, base)
    names = finder_for(registry, own.name_words)
    (_, commands), *_ = own.read("go, go", "go, go", 0, 6, names, None)
    assert [command.kind for command in commands] == ["reset"]


def test_the_longest_word_of_each_phrase_wakes_the_parser(own: OwnPhrases) -> None:
    assert own.words == {"beam", "shall", "your", "engage", "status", "crew"}


def test_a_command_leaves_no_doubt(own: OwnPhrases, registry: Registry) -> None:
    names = finder_for(registry, own.name_words)
    (_, (command,)), *_ = own.read("beam me to Claude", "beam me to claude", 0, 17, names, None)
    assert (command.support, command.stay, command.once) == (4, False, False)
    assert command.item is not None
    assert (command.item.start, command.item.end) == (11, 17)


def test_the_rest_is_left_to_the_language(
    own: OwnPhrases, base: RoleGrammar, registry: Registry
) -> None:
    text = "please beam me to claude and never mind. claude or opus?"
    names = finder_for(registry, own.name_words)
    assert (own.language, own.name_words) == (base.language, base.name_words)
    for sentence, _ in own.read(text, text, 0, len(text), names, None):
        items = sentence.line.items
        assert own.is_loose(sentence) == base.is_loose(sentence)
        assert own.is_of_question(sentence) == base.is_of_question(sentence)
        assert own.takes_back(sentence, 24) == base.takes_back(sentence, 24)
        assert own.loose_end(sentence) == base.loose_end(sentence)
        for part in (items[:1], items[1:], items[-1:]):
            assert own.is_filler(part) == base.is_filler(part)
            assert own.leading(part) == base.leading(part)
            assert own.trailing(part) == base.trailing(part)


class TestErrors:
    @pytest.mark.parametrize("kind", ["none", "ambiguous", "unknown_model", "jump"])
    def test_a_kind_that_can_have_no_phrases_is_named(self, base: RoleGrammar, kind: str) -> None:
        with pytest.raises(ConfigurationError, match=f"no phrases of kind '{kind}'") as caught:
            OwnPhrases({kind: ["beam"]}, base)
        assert caught.value.param == "phrases"

    @pytest.mark.parametrize("text", ["beam me", "{model}", "{model} to {model}", "beam {models}"])
    def test_a_command_with_a_model_has_words_and_one_slot(
        self, base: RoleGrammar, text: str
    ) -> None:
        with pytest.raises(PhraseError, match=r"has words and one \{model\}, but not"):
            OwnPhrases({"switch": [text]}, base)

    def test_a_command_without_a_model_has_words_and_no_slot(self, base: RoleGrammar) -> None:
        with pytest.raises(PhraseError, match=r"has words and no \{model\}, but not"):
            OwnPhrases({"revert": ["leave {model}"]}, base)

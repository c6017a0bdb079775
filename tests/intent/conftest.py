"""A small registry with the makers' usual tangles, and ways to ask what a message means."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from fourthwall.intent import Intent, parse
from fourthwall.intent._command import Command
from fourthwall.intent._evidence import Evidence
from fourthwall.intent._grammar import Reading, RoleGrammar
from fourthwall.intent._lexicon import Lexicon, load_lexicon
from fourthwall.intent._names import finder_for
from fourthwall.intent._role_sentences import RoleSentences
from fourthwall.intent._roles import ROLES, RoleLexicon, compile_roles
from fourthwall.intent._sentences import Sentence, TemplateSentences
from fourthwall.intent._tokens import fold_case
from fourthwall.registry import ModelCard, Registry


def make_registry(*more: ModelCard) -> Registry:
    return Registry([*CARDS, *more], as_of="2026-11-22", guarded=GUARDED)


# Words that are models here and something else everywhere.
GUARDED = [
    *("claude", "gemini", "llama", "grok", "opus", "sonnet", "haiku"),
    *("large", "pro", "mini", "flash", "thinking", "command", "o3", "r1", "v3", "k2"),
]


def _card(card_id: str, provider: str, family: str | None, **facts: Any) -> ModelCard:
    return ModelCard(id=card_id, provider=provider, family=family, **facts)


CARDS = (
    _card(
        "gpt-5",
        "openai",
        "gpt",
        name="GPT-5",
        family_default=True,
        aliases=("gpt five",),
        reasoning=True,
        vision=True,
        context=400_000,
        price_in=1.0,
        price_out=10.0,
        released="2025-08-07",
    ),
    _card(
        "gpt-5-mini",
        "openai",
        "gpt",
        reasoning=True,
        vision=True,
        context=400_000,
        price_in=0.2,
        price_out=2.0,
        released="2025-08-07",
    ),
    _card(
        "gpt-4o",
        "openai",
        "gpt",
        aliases=("4o",),
        vision=True,
        context=128_000,
        price_in=2.0,
        price_out=8.0,
        released="2024-05-13",
    ),
    _card(
        "gpt-4o-mini",
        "openai",
        "gpt",
        vision=True,
        context=128_000,
        price_in=0.1,
        price_out=0.5,
        released="2024-07-18",
    ),
    _card("gpt-4", "openai", "gpt", retires="2026-01-01", replaced_by="gpt-4o"),
    _card(
        "o3",
        "openai",
        "o-series",
        family_default=True,
        reasoning=True,
        vision=True,
        context=200_000,
        price_in=2.0,
        price_out=9.0,
        released="2025-04-16",
    ),
    _card(
        "claude-opus-4.1",
        "anthropic",
        "claude",
        tier="opus",
        reasoning=True,
        vision=True,
        context=200_000,
        price_in=15.0,
        price_out=75.0,
        released="2025-08-05",
    ),
    _card(
        "claude-sonnet-4.5",
        "anthropic",
        "claude",
        name="Claude Sonnet 4.5",
        tier="sonnet",
        family_default=True,
        vision=True,
        context=200_000,
        price_in=3.0,
        price_out=15.0,
        released="2025-09-29",
    ),
    _card(
        "claude-sonnet-3.7",
        "anthropic",
        "claude",
        tier="sonnet",
        vision=True,
        context=200_000,
        price_in=3.0,
        price_out=15.0,
        released="2025-02-24",
    ),
    _card(
        "claude-haiku-4.5",
        "anthropic",
        "claude",
        tier="haiku",
        vision=True,
        context=200_000,
        price_in=1.0,
        price_out=5.0,
        released="2025-10-15",
    ),
    _card(
        "gemini-2.5-pro",
        "google",
        "gemini",
        family_default=True,
        reasoning=True,
        vision=True,
        context=1_000_000,
        price_in=1.25,
        price_out=10.0,
        released="2025-06-17",
    ),
    _card(
        "gemini-2.5-flash",
        "google",
        "gemini",
        aliases=("flash",),
        vision=True,
        context=1_000_000,
        price_in=0.3,
        price_out=2.5,
        released="2025-06-17",
    ),
    _card(
        "deepseek-r1",
        "deepseek",
        "deepseek",
        aliases=("r1",),
        reasoning=True,
        open_weights=True,
        context=131_072,
        price_in=0.5,
        price_out=2.2,
        released="2025-01-20",
    ),
    _card(
        "deepseek-v3",
        "deepseek",
        "deepseek",
        family_default=True,
        open_weights=True,
        context=131_072,
        price_in=0.25,
        price_out=1.0,
        released="2024-12-26",
    ),
    _card(
        "llama-3.3-70b",
        "meta",
        "llama",
        family_default=True,
        open_weights=True,
        context=131_072,
        price_in=0.6,
        price_out=0.8,
        released="2024-12-06",
    ),
    _card("kimi-k2", "moonshot", "kimi", family_default=True, aliases=("kimi",)),
    _card("glm-4.6", "zhipu", "glm", family_default=True, aliases=("glm",), open_weights=True),
)

Reader = Callable[..., Intent]
Cutter = Callable[..., list[Sentence]]


@pytest.fixture(scope="session")
def registry() -> Registry:
    return make_registry()


@pytest.fixture(scope="session")
def extended() -> Callable[..., Registry]:
    """Make the registry with more cards."""
    return make_registry


@pytest.fixture(scope="session")
def read(registry: Registry) -> Reader:
    """Parse a message in a conversation with GPT-4o."""

    def read(text: str, active: str = "gpt-4o") -> Intent:
        return parse(text, registry, active=active)

    return read


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return load_lexicon("en")


@pytest.fixture(scope="session")
def sentences(registry: Registry, lexicon: Lexicon) -> Cutter:
    """Cut a text into its sentences, as lines."""
    names = finder_for(registry, lexicon.name_words)

    def sentences(text: str, evidence: Evidence | None = None) -> list[Sentence]:
        maker = TemplateSentences(text, fold_case(text), names, lexicon, evidence)
        return maker.sentences(0, len(text))

    return sentences


# -- a language of our own ---------------------------------------------------------------------

# English words, few to a role: what these sentences show doesn't hang on a packaged lexicon.
SMALL_LANGUAGE: dict[str, Any] = {
    "language": "xx",
    "name": "Small",
    "endings": "a o ov 'ye",
    "prefixes": "z zu",
    "typed_otherwise": "usé",
    "near_words": "sonnetov zulist",
    "sounds": {"cinco": "5"},
    "roles": {
        "filler": "hello|well|thanks|please|nah",
        "polite": "please",
        "small": "to|the|a|an|me|it|on|of|over|for us|'",
        "indefinite": "a|an",
        "request": "can you|i want to",
        "go": "go|switch|move",
        "use": "use|take|give me",
        "pick": "use|take",
        "talk": "talk|speak",
        "answer": "answer|continue",
        "let": "let",
        "ask": "ask|tell",
        "redo": "redo|retry",
        "again": "again",
        "opinion": "what would|opinion",
        "back": "back|return",
        "with": "with|using",
        "for_task": "in order to",
        "and": "and|and then|but",
        "or": "or",
        "not": "not|no|never|nah",
        "instead_of": "instead of",
        "from": "from|'ye",
        "fix": "no|wait|i mean",
        "cancel": "never mind|leave it",
        "stay": "from now on",
        "once": "just once",
        "it": "that|it",
        "chat": "this chat",
        "noun": "model|bot",
        "nouns": "models|bots",
        "previous": "previous",
        "previous_model": "your predecessor",
        "first": "default",
        "first_model": "the usual one",
        "other": "another",
        "other_model": "somebody else",
        "revert": "undo the switch",
        "reset": "reset the model",
        "switch_what": "change the model",
        "which": "which|what|who",
        "speaking": "speaks|are you",
        "which_model": "what are you called",
        "are_you": "are you",
        "show": "show|list",
        "available": "available|you have",
        "list_models": "the menu",
        "thing": "something",
        "degree": "much|even",
        "task": "write|draw|explain",
        "report": "said|wrote",
        "condition": "if|unless",
        "question": "how|why",
        "person": "he|boss|teacher",
        "work_on": "translate|quote",
        "deal": "price|subscription",
    },
    "attributes": {"cheaper": "cheaper", "newest": "newest", "vision": "seeing"},
}


@cache
def make_language(
    *,
    verb_final: bool = False,
    verb_last: bool = False,
    templates: bool = False,
    **more: str,
) -> RoleLexicon:
    roles = dict(SMALL_LANGUAGE["roles"])
    for role, phrases in more.items():
        if role in ROLES:
            roles[role] = f"{roles[role]}|{phrases}" if role in roles else phrases
    traits = {key: words for key, words in more.items() if key not in ROLES}
    verbs = {"verb_final": verb_final, "verb_last": verb_last}
    data = {**SMALL_LANGUAGE, **traits, **verbs, "roles": roles}
    return compile_roles({**data, "frames": {}} if templates else data)


@pytest.fixture(scope="session")
def small_language() -> Callable[..., RoleLexicon]:
    """Compile the small language, with other traits or with more phrases in some roles."""
    return make_language


@pytest.fixture(scope="session")
def role_lines(registry: Registry) -> Callable[..., list[Sentence]]:
    """Cut a text in the small language into its sentences."""

    def role_lines(text: str, evidence: Evidence | None = None, **language: Any) -> list[Sentence]:
        lexicon = make_language(**language)
        names = finder_for(registry, lexicon.name_words)
        maker = RoleSentences(text, fold_case(text), names, lexicon, evidence)
        return maker.sentences(0, len(text))

    return role_lines


@pytest.fixture(scope="session")
def role_reading(registry: Registry) -> Callable[..., Reading]:
    """Read a text in the small language, where there may be more models."""

    def role_reading(
        text: str,
        evidence: Evidence | None = None,
        *,
        cards: tuple[ModelCard, ...] = (),
        **language: Any,
    ) -> Reading:
        lexicon = make_language(**language)
        names = finder_for(make_registry(*cards) if cards else registry, lexicon.name_words)
        return RoleGrammar(lexicon).read(text, fold_case(text), 0, len(text), names, evidence)

    return role_reading


@pytest.fixture(scope="session")
def wishes(role_reading: Callable[..., Reading]) -> Callable[..., list[str]]:
    """Tell the commands of a text: "switch Claude", "revert", "once Claude: draw a fjord"."""

    def told(text: str, command: Command, end: int) -> str:
        item = command.item
        name = "" if item is None else f" {text[item.start : item.end]}"
        others = "".join(f"|{text[other.start : other.end]}" for other in command.others)
        task = f": {text[command.end : end].strip()}" if command.open else ""
        return f"{command.kind}{name}{others}{task}"

    def wishes(text: str, **language: Any) -> list[str]:
        return [
            told(text, command, sentence.end)
            for sentence, commands in role_reading(text, **language)
            for command in commands
        ]

    return wishes


@pytest.fixture(scope="session")
def objections(role_reading: Callable[..., Reading]) -> Callable[..., list[str]]:
    """Tell why what looks like a command in a text is none."""

    def objections(text: str, **language: Any) -> list[str]:
        evidence = Evidence()
        role_reading(text, evidence, **language)
        return [note.rpartition("': ")[2] for note in evidence.vetoes]

    return objections

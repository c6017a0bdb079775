"""A small registry with the makers' usual tangles, and ways to ask what a message means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fourthwall.intent import Intent, parse
from fourthwall.intent._evidence import Evidence
from fourthwall.intent._lexicon import Lexicon, load_lexicon
from fourthwall.intent._names import finder_for
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

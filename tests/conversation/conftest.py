"""A small registry, a parser of slash commands, and a dialogue that writes its own history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fourthwall.conversation import Announcer, Plan, plan
from fourthwall.intent import Intent, Kind
from fourthwall.registry import ModelCard, Registry


def make_registry() -> Registry:
    return Registry(
        [
            ModelCard(id="gpt-5", provider="openai", name="GPT-5", family="gpt", price_in=1.25),
            ModelCard(id="gpt-5-mini", provider="openai", name="GPT-5 mini", family="gpt"),
            ModelCard(
                id="gpt-4o",
                provider="openai",
                name="GPT-4o",
                family="gpt",
                family_default=True,
                aliases=("4o",),
                vision=True,
                price_in=2.5,
                price_out=10.0,
                context=128_000,
            ),
            ModelCard(id="gpt-4o-mini", provider="openai", name="GPT-4o mini", family="gpt"),
            ModelCard(
                id="claude-sonnet-4.5",
                provider="anthropic",
                name="Claude Sonnet 4.5",
                family="claude",
                tier="sonnet",
                family_default=True,
                aliases=("sonnet",),
            ),
            ModelCard(
                id="deepseek-r1",
                provider="deepseek",
                name="DeepSeek R1",
                vision=False,
                price_in=0.55,
                price_out=2.19,
                context=131_072,
            ),
            ModelCard(
                id="gpt-4",
                provider="openai",
                name="GPT-4",
                retires="2026-01-01",
                replaced_by="gpt-4o",
            ),
        ],
        as_of="2026-11-22",
    )


def slash(
    text: str,
    registry: Registry,
    *,
    active: ModelCard | None = None,
    previous: ModelCard | None = None,
) -> Intent:
    """Read "/kind@language model,model remainder"; text without a slash is an ordinary message."""
    if not text.startswith("/"):
        return Intent(kind="none", remainder=text)
    command, _, rest = text[1:].partition(" ")
    command, _, spoken = command.partition("@")
    language = spoken or None
    wish: Kind = "once" if command == "unknown_once" else "switch"
    kinds: dict[str, Kind] = {
        "switch": "switch",
        "once": "once",
        "retry": "retry",
        "revert": "revert",
        "reset": "reset",
        "which": "which",
        "list": "list",
        "ambiguous": "ambiguous",
        "ambiguous_retry": "ambiguous",
        "unknown": "unknown_model",
        "unknown_once": "unknown_model",
    }
    kind = kinds[command]
    named = ""
    if kind in ("switch", "once", "retry", "ambiguous", "unknown_model"):
        named, _, rest = rest.partition(" ")
    cards = [registry[name] for name in named.split(",") if name in registry]
    if kind in ("ambiguous", "unknown_model"):
        wish = "retry" if command == "ambiguous_retry" else wish
        return Intent(
            kind=kind,
            remainder=rest,
            candidates=tuple(cards),
            named=named,
            wish=wish,
            span=(0, 1),
            language=language,
        )
    target = cards[0] if cards else None
    current = registry.current(target) if target else None
    return Intent(
        kind=kind,
        target=current,
        asked_for=target if target is not current else None,
        remainder=rest,
        wish=kind,
        named=named,
        language=language,
    )


class Dialogue:
    """A client's view of a chat: says something, stores what comes back, keeps its picker."""

    def __init__(self, model: str = "gpt-4o", *, announce: bool = True, **options: Any) -> None:
        self.model = model
        self.registry: Registry = options.pop("registry", None) or make_registry()
        self.announcer = Announcer(self.registry)
        self.messages: list[dict[str, Any]] = []
        self.options: dict[str, Any] = {"announce": announce, "parser": slash, **options}

    def ask(self, content: Any) -> Plan:
        self.messages.append({"role": "user", "content": content})
        return self.plan()

    def plan(self) -> Plan:
        return plan(
            model=self.model, messages=self.messages, registry=self.registry, **self.options
        )

    def answer(self, planned: Plan, text: str | None = None) -> Plan:
        """Store the answer as a plain client would."""
        if planned.reply is not None:
            self.messages.append({"role": "assistant", "content": planned.reply})
            return planned
        assert planned.answered_by is not None
        said = text or f"{planned.answered_by.id} answers"
        if planned.announcement is not None and planned.announce_in_content:
            said = self.announcer.apply(planned.announcement, said)
        self.messages.append({"role": "assistant", "content": said})
        return planned

    def say(self, content: Any, text: str | None = None) -> Plan:
        return self.answer(self.ask(content), text)


@pytest.fixture
def registry() -> Registry:
    return make_registry()


@pytest.fixture
def chat() -> Dialogue:
    return Dialogue()


@pytest.fixture
def dialogue() -> Callable[..., Dialogue]:
    return Dialogue

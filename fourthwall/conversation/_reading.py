"""Reading a message where some of the models that are known can't be had.

Whoever has no key for a model still says its name, and deserves to hear that it isn't to be had;
but who says "something cheaper" or "qwen" means one of those that are.  So a message is read with
all models in mind, and once more with those that can be had, if the first reading is a wish which
they can't fulfil:

| all models              | those that can be had            | taken                           |
| ----------------------- | -------------------------------- | ------------------------------- |
| names one, or several   | the same words name one of these | the second reading              |
| names one               | nothing                          | the first: declined by its name |
| describes one           | nothing                          | the first: nothing fits         |
| several, none to be had | nothing                          | the first: not there            |
| none that is known      | whatever                         | the first, offers of the second |

The second reading never wins with fewer words or less confidence than the first: "claude opus"
isn't a Claude that happens to be there, nor is "grok" a slip of "groq".
"""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache
from typing import Protocol

from fourthwall.conversation._clarify import words_in, words_of
from fourthwall.errors import UnknownModelError
from fourthwall.intent import Intent
from fourthwall.registry import ModelCard, Registry

__all__ = ["Parser", "read_intent"]

_WISHES = ("switch", "once", "retry", "ambiguous", "unknown_model")
_SAME_WORD = 0.75  # how alike two words are, 0.0 to 1.0, that may be one word and a slip of it
_KEPT = 32  # registries of what can be had: one for each set of models, milliseconds to make


class Parser(Protocol):
    """What reads a message; `fourthwall.parse` is one."""

    def __call__(
        self,
        text: str,
        registry: Registry,
        *,
        active: ModelCard | None = None,
        previous: ModelCard | None = None,
    ) -> Intent:
        """Return what ``text`` asks for.  Must be pure: the history is read again each time.

        ``registry`` may be a part of the conversation's: those models that can be had.
        """


def read_intent(
    text: str,
    *,
    parser: Parser,
    registry: Registry,
    usable: frozenset[str] | None,
    active: ModelCard,
    previous: ModelCard | None,
) -> Intent:
    """Return what a message asks for, told from the models that can be had where it can be.

    Args:
        text: what the person typed.
        parser: what reads it.
        registry: all models that are known; the cards of the intent are from it.
        usable: ids of those that can be had; None for all.
        active: the model that the conversation is on.
        previous: the one before it.
    """
    intent = parser(text, registry, active=active, previous=previous)
    if usable is None or _is_settled(intent, usable):
        return intent
    there = _restricted(registry, usable)
    if there is registry:
        return intent
    try:
        second = _with_cards_of(registry, parser(text, there, active=active, previous=previous))
    except UnknownModelError:
        # A parser of one's own may look a model up which isn't among these: it found none.
        second = Intent(kind="none", remainder=text)
    if _names_as_much(second, intent, usable):
        return second
    if intent.kind == "unknown_model":
        return replace(intent, candidates=second.candidates or intent.candidates)
    if intent.target is not None and not _is_described(intent.target, intent.named):
        return intent
    return replace(
        intent,
        kind="unknown_model",
        target=None,
        asked_for=None,
        candidates=second.candidates,
        wish=intent.wish if intent.kind == "ambiguous" else intent.kind,
    )


def _is_settled(intent: Intent, usable: frozenset[str]) -> bool:
    """Whether the first reading can be carried out, or is no wish for a model at all."""
    if intent.kind not in _WISHES:
        return True
    wanted = (intent.target,) if intent.target is not None else intent.candidates
    has_all = bool(wanted) and all(card.id in usable for card in wanted)
    return has_all and intent.kind != "unknown_model"


def _names_as_much(second: Intent, first: Intent, usable: frozenset[str]) -> bool:
    """Whether the second reading has a model for all the words that the first took for a name."""
    if first.kind == "unknown_model" or second.confidence < first.confidence:
        return False
    found = second.target is not None and second.target.id in usable
    return (found or second.kind == "ambiguous") and len(second.named) >= len(first.named)


def _is_described(card: ModelCard, named: str) -> bool:
    """Whether ``named`` says what the model is like ("something cheaper"), and no name of it."""
    names = list(words_of(card))
    words = words_in(named)
    return bool(words) and not any(get_close_matches(w, names, 1, _SAME_WORD) for w in words)


@lru_cache(maxsize=_KEPT)
def _restricted(registry: Registry, usable: frozenset[str]) -> Registry:
    """Return the registry of what can be had; the whole one if that is everything or nothing."""
    kept = [card.id for card in registry.cards if registry.current(card).id in usable]
    return registry.restricted(kept) if 0 < len(kept) < len(registry) else registry


def _with_cards_of(registry: Registry, intent: Intent) -> Intent:
    """Return the intent with the registry's own cards, whose links are whole."""

    def own(card: ModelCard) -> ModelCard:
        return registry.get(card.id, card)

    return replace(
        intent,
        target=own(intent.target) if intent.target is not None else None,
        asked_for=own(intent.asked_for) if intent.asked_for is not None else None,
        candidates=tuple(map(own, intent.candidates)),
    )

"""What kinds of models accept in a request, as rows of ``traits.toml``.

A card says what is true of one model at one provider; a row of traits says what is known of a
whole kind of models and rarely changes: which efforts a reasoning model takes, whether it can stop
thinking, whether it refuses sampling.  Where the two differ, the card wins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal, TypeVar

from fourthwall.registry._card import ModelCard, ReasoningReplay, Sampling
from fourthwall.registry._packaged import packaged

__all__ = ["Traits", "details_format", "traits_of"]


T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a kind of models accepts.  What isn't known is None or empty.

    Attributes:
        reasons: whether it thinks at all; a card's `reasoning` says it first.
        thinks: ``always``; ``default``: unless it is turned off; ``asked``: if it is turned on.
        thinking: the form in which thinking is asked for: an ``effort``; a ``budget`` of tokens;
            ``adaptive`` (Anthropic: the model decides, the effort bounds it); a ``level``
            (Google); a ``switch``, on or off; ``none``, any form being refused.
        thinks_off: how thinking that is on by default is turned off at Anthropic.
        efforts: the efforts that it takes, lowest first; ``none`` where it can be turned off.
        budget_min: smallest budget in tokens.
        budget_max: largest budget in tokens.
        sampling: as `ModelCard.sampling`, where the card doesn't say.
        refuses: parameters that it refuses, or ignores without a word.
        forced_tools: whether a call can be forced.
        forces_without_thinking: whether a call can be forced only while it doesn't think.
        prefill: whether it goes on with an assistant's turn at the end.
        schema: whether it can be held to a JSON schema natively.
        schema_with_tools: whether it can while tools are offered.
        thought_signatures: ``required`` if it refuses calls without a signature, where the card
            doesn't say.
        result_media: what a tool's result may hold beside text.
        replay: as `ModelCard.reasoning_replay`, where the card doesn't say.
        tool_id: what its template wants call ids to look like, wherever it is served.
        bridges: whether its template wants an assistant's turn between a tool's and the user's.
        chat: whether it is served by chat completions; else only by the Responses API.
        chat_tools: whether chat completions takes tools while it thinks.
        tools: whether it calls tools, where the card doesn't say.
        system_as_user: whether it knows no role for system text, so that the user says it.
        max_output: most tokens of an answer, where the card doesn't say.
    """

    reasons: bool | None = None
    thinks: Literal["always", "default", "asked"] | None = None
    thinking: Literal["effort", "budget", "adaptive", "level", "switch", "none"] | None = None
    thinks_off: Literal["disabled", "between_tools"] = "disabled"
    efforts: tuple[str, ...] = ()
    budget_min: int = 0
    budget_max: int | None = None
    sampling: Sampling | None = None
    refuses: tuple[str, ...] = ()
    forced_tools: bool = True
    forces_without_thinking: bool = False
    prefill: bool = True
    schema: bool = True
    schema_with_tools: bool = True
    thought_signatures: Literal["required"] | None = None
    result_media: tuple[str, ...] = ()
    replay: ReasoningReplay | None = None
    tool_id: Literal["any", "word", "nine"] = "any"
    bridges: bool = False
    chat: bool = True
    chat_tools: bool = True
    tools: bool | None = None
    system_as_user: bool = False
    max_output: int | None = None


@cache
def _table() -> dict[str, Any]:
    import tomllib

    return tomllib.loads(packaged("traits.toml").decode())


@cache
def _rows() -> Sequence[tuple[re.Pattern[str], Traits]]:
    return [_row(row) for row in _table()["traits"]]


@cache
def _formats() -> Sequence[tuple[re.Pattern[str], str]]:
    return [(re.compile("|".join(row["models"])), row["format"]) for row in _table()["details"]]


def _row(row: dict[str, Any]) -> tuple[re.Pattern[str], Traits]:
    facts: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in row.items()
        if name != "models"
    }
    return re.compile("|".join(row["models"])), Traits(**facts)


def traits_of(card: ModelCard) -> Traits:
    """Return the traits of a model's kind: the first row that its name begins like.

    The name is the id in lower case, without a maker in front of it and with hyphens for dots, so
    that ``anthropic/claude-opus-4.5`` and ``claude-opus-4-5`` are the same.  A model of no known
    kind gets a row that says nothing.
    """
    return _traits(card.upstream_id) or _traits(card.id) or _UNKNOWN


_UNKNOWN = Traits()


_MAKERS = re.compile(r"(?:[a-z]+\.)+(?=[a-z])")
"""The makers in front of a name as Bedrock writes it: ``us.anthropic.claude-...``."""


@lru_cache(maxsize=4096)
def _traits(name: str) -> Traits | None:
    return _first(name, _rows())


def details_format(card: ModelCard) -> str | None:
    """Return the ``format`` of a kind's entries in ``reasoning_details``; None if it has no name.

    >>> details_format(ModelCard(id="anthropic/claude-opus-4.5", provider="openrouter"))
    'anthropic-claude-v1'
    """
    return _format(card.upstream_id) or _format(card.id)


@lru_cache(maxsize=4096)
def _format(name: str) -> str | None:
    return _first(name, _formats())


def _first(name: str, rows: Sequence[tuple[re.Pattern[str], T]]) -> T | None:
    whole = name.casefold().rsplit("/", 1)[-1]
    names = (_MAKERS.sub("", whole, count=1), whole)  # "deepseek.r1" is known with its maker only
    spelled = (one.translate(_HYPHENS) for one in names)
    found = (fact for one in spelled for pattern, fact in rows if pattern.match(one))
    return next(found, None)


_HYPHENS = str.maketrans("._", "--")


def reasons(card: ModelCard) -> bool | None:
    """Return whether a model reasons at all: the card's word, else that of its kind."""
    if card.reasoning is not None:
        return card.reasoning
    traits = traits_of(card)
    return traits.reasons if traits.thinks is None else True


def thinks(card: ModelCard, *, on: bool | None) -> bool:
    """Return whether a model will think about a request.

    Args:
        card: the model.
        on: whether the request wants it to; None where it doesn't say.
    """
    habit = traits_of(card).thinks
    if reasons(card) is False:
        return False
    if habit == "always":
        return True
    if on is not None:
        return on
    return habit != "asked" and (habit == "default" or bool(card.reasoning))

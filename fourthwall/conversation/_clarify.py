"""Reading the answer to a question of the engine's own ("Which one: A or B?").

The whole message must be an answer: what is left without filler words ("the", "one", "please")
has to be a place in the list, words of a candidate's names, or something that would name a model
in a command.  A message with any other word is an ordinary message, and the question lapses.

The words are data, one table a language; an answer is read with those of every language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fourthwall.registry import ModelCard, squash

__all__ = ["Answer", "read_answer", "words_in", "words_of"]

_LONGEST = 80
_WORD = re.compile(r"[^\W_]+(?:\.\d+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the person answered.

    Attributes:
        cards: the candidates that fit: one is a choice, several need asking again, none means
            that the message is no answer (or took the wish back).
        cancelled: whether the person took the wish back.
        goes_on: whether the person wants no other model for what waits to be answered.
    """

    cards: tuple[ModelCard, ...] = ()
    cancelled: bool = False
    goes_on: bool = False


_NO_ANSWER = Answer()


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """How one language answers such a question.

    Attributes:
        fillers: words that say nothing about which.
        places: word -> place in the list, from 0; negative from the end.
        assent: answers that take the only candidate.
        cancel: whole answers that take the wish back.
        go_on: whole answers that leave the question to the active model.
        command: a command in which ``{}`` is the answer.
    """

    fillers: frozenset[str]
    places: Mapping[str, int]
    assent: frozenset[str]
    cancel: frozenset[str]
    go_on: frozenset[str]
    command: str


_ENGLISH = _Words(
    fillers=_set(
        """a an the this that it its is one ones model option number please pls then thanks
        i d ll m mean meant want would like let s go with take use choose pick prefer
        ok okay well um uh"""
    ),
    places={
        word: place
        for place, words in (
            (0, "first 1st 1 former"),
            (1, "second 2nd 2"),
            (2, "third 3rd 3"),
            (3, "fourth 4th 4"),
            (-1, "last latter"),
        )
        for word in words.split()
    },
    assent=_set("yes yeah yep sure y"),
    cancel=frozenset(
        (
            *("cancel", "no", "no thanks", "stay", "stop"),
            *("forget it", "never mind", "nevermind"),
            *("neither", "neither of them", "none", "none of them"),
        )
    ),
    go_on=frozenset(
        (
            *("go on", "go ahead", "carry on", "continue", "stay", "stay here", "do it anyway"),
            *("just answer", "just answer it", "you answer", "you answer it", "you do it"),
        )
    ),
    command="switch to {}",
)

_LANGUAGES: tuple[_Words, ...] = (_ENGLISH,)


def read_answer(
    text: str, candidates: Sequence[ModelCard], named_by: Callable[[str], ModelCard | None]
) -> Answer:
    """Read ``text`` as the answer to a question that offered ``candidates``.

    Args:
        text: what the person typed next.
        candidates: what was offered, in order.
        named_by: which model a whole command names and nothing else with it, or None; asked
            last, for answers like "Claude" or "something cheaper" that weren't on offer.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST or "\n" in text:
        return _NO_ANSWER
    said = words_in(text)
    for words in _LANGUAGES:
        whole = " ".join(said).removesuffix(" please")
        if whole in words.cancel or whole in words.go_on:
            return Answer(cancelled=whole in words.cancel, goes_on=whole in words.go_on)
        if cards := _chosen(said, words, candidates):
            return Answer(cards=cards)
        if (card := named_by(words.command.format(text))) is not None:
            return Answer(cards=(card,))
    return _NO_ANSWER


def _chosen(
    said: Sequence[str], words: _Words, candidates: Sequence[ModelCard]
) -> tuple[ModelCard, ...]:
    telling = [word for word in said if word not in words.fillers]
    if len(candidates) == 1 and said and words.assent.issuperset(telling):
        return tuple(candidates) if telling else ()
    place = words.places.get(telling[0], len(candidates)) if len(telling) == 1 else len(candidates)
    if place < len(candidates):
        return (candidates[place],)
    if not telling:
        return ()
    exact = [card for card in candidates if squash("".join(telling)) in _names(card)]
    if len(exact) == 1:
        return (exact[0],)
    return tuple(card for card in candidates if set(telling) <= set(words_of(card)))


def _names(card: ModelCard) -> Iterator[str]:
    yield from map(squash, (card.id, card.label, *card.aliases))


def words_in(text: str) -> list[str]:
    """Return the words and numbers of a text, case-folded."""
    return _WORD.findall(text.casefold())


def words_of(card: ModelCard) -> Iterator[str]:
    """Give the words of all names that a model goes by."""
    named = (card.id, card.label, *card.aliases, card.family, card.tier, card.provider)
    for name in named:
        yield from words_in(name or "")

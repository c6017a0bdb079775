"""Reading the answer to a question of the engine's own ("Which one: A or B?").

The whole message must be an answer: what is left without filler words ("the", "one", "please")
has to be a place in the list, words of a candidate's names, or something that would name a model
in a command.  A message with any other word is an ordinary message, and the question lapses.

What can be done about a window that is too small is chosen in the same way, by its place in the
list or by its word (`read_way`).

The words are data (see `_phrases`).  An answer is read with those of every language, the one that
was asked in first: whoever was asked in French may well answer "the second".  Case and accents
don't count, because people leave them out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, TypeAlias

from fourthwall.conversation._phrases import FALLBACK, Book, known_language, languages, load
from fourthwall.registry import ModelCard, squash

__all__ = ["Answer", "Way", "read_answer", "read_way", "words_in", "words_of"]

Way: TypeAlias = Literal["stay", "trim", "summarise"]
"""What can be done about a window that is too small: stay with the active model, leave the oldest
messages out, or have the active model summarise them."""

_LONGEST = 80
# What Python doesn't count as part of a word: the vowel signs of Devanagari.
_SIGNS = "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_SIGNS}])*(?:\.\d+)*")
# Accents, and the points and the stretching of Arabic.
_ACCENTS = re.compile("[\u0300-\u036f\u0640\u064b-\u0655]")

_KINDS: Final[Mapping[str, type]] = {
    "spaced": bool,
    "command": str,
    "fillers": str,
    "places": list,
    "last": str,
    "assent": str,
    "polite": list,
    "cancel": list,
    "go_on": list,
    "trim": list,
    "summarise": list,
}


_NAMED_WAYS: Final[tuple[Way, ...]] = ("trim", "summarise")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How one language answers such a question.

    Attributes:
        words: finds the words of a text.
        joint: what stands between two words.
        fillers: words that say nothing about which.
        places: word -> place in the list, from 0; negative from the end.
        assent: answers that take the only candidate.
        polite: what may stand before or after a whole answer.
        cancel: whole answers that take the wish back.
        go_on: whole answers that leave the question to the active model.
        ways: whole answers that choose what to do about a window that is too small.
        command: a command in which ``{}`` is the answer.
    """

    words: re.Pattern[str]
    joint: str
    fillers: frozenset[str]
    places: Mapping[str, int]
    assent: frozenset[str]
    polite: tuple[str, ...]
    cancel: frozenset[str]
    go_on: frozenset[str]
    ways: Mapping[str, Way]
    command: str

    def whole(self, plain: str) -> Answer | None:
        """Return what a text answers as a whole, None if nothing."""
        said = self._said(plain)
        if said in self.cancel or said in self.go_on:
            return Answer(cancelled=said in self.cancel, goes_on=said in self.go_on)
        return None

    def way(self, plain: str, ways: Sequence[Way]) -> Way | None:
        """Return which of the ways a text chooses, None if none of them."""
        if (named := self.ways.get(self._said(plain))) is not None:
            return named if named in ways else None
        telling = [word for word in self.words.findall(plain) if word not in self.fillers]
        named = self.ways.get(self.joint.join(telling))
        if named is None and len(telling) == 1:
            place = self.places.get(telling[0], len(ways))
            named = ways[place] if place < len(ways) else None
        return named if named in ways else None

    def _said(self, plain: str) -> str:
        """Return the words of a whole answer, without what is only polite."""
        said = self.joint.join(_WORD.findall(plain))
        for polite in self.polite:
            said = said.removesuffix(f"{self.joint}{polite}").removeprefix(f"{polite}{self.joint}")
        return said

    def chosen(self, plain: str, candidates: Sequence[_Candidate]) -> tuple[ModelCard, ...]:
        """Return the candidates that a text chooses."""
        telling = [word for word in self.words.findall(plain) if word not in self.fillers]
        if not telling:
            return ()
        if len(candidates) == 1 and self.assent.issuperset(telling):
            return (candidates[0].card,)
        if len(telling) == 1:
            place = self.places.get(telling[0], len(candidates))
            if place < len(candidates):
                return (candidates[place].card,)
        name = squash("".join(telling))
        exact = [candidate.card for candidate in candidates if name in candidate.names]
        if len(exact) == 1:
            return (exact[0],)
        return tuple(c.card for c in candidates if c.words.issuperset(telling))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A model that was offered, with the words and the whole names that it goes by."""

    card: ModelCard
    words: frozenset[str]
    names: frozenset[str]


def read_answer(
    text: str,
    candidates: Sequence[ModelCard],
    named_by: Callable[[str], ModelCard | None],
    *,
    language: str | None = None,
) -> Answer:
    """Read ``text`` as the answer to a question that offered ``candidates``.

    Args:
        text: what the person typed next.
        candidates: what was offered, in order.
        named_by: which model a whole command names and nothing else with it, or None; asked
            last, for answers like "Claude" or "something cheaper" that weren't on offer.  Only
            commands in the question's language and in English are tried: reading one in every
            language would compile them all, for a message that is most often no answer.
        language: of the question: where a word means two things, its sense in this one holds.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST or "\n" in text:
        return _NO_ANSWER
    plain = _folded(text)
    offered = [_candidate(card) for card in candidates]
    asked = known_language(language) or FALLBACK
    for words in map(_packaged, _in_order(asked)):
        if (answer := words.whole(plain)) is not None:
            return answer
        if cards := words.chosen(plain, offered):
            return Answer(cards=cards)
    for code in dict.fromkeys((asked, FALLBACK)):
        if (card := named_by(_packaged(code).command.format(text))) is not None:
            return Answer(cards=(card,))
    return _NO_ANSWER


def read_way(text: str, ways: Sequence[Way], *, language: str | None = None) -> Way | None:
    """Read ``text`` as the choice of what to do about a window that is too small.

    Args:
        text: what the person typed next.
        ways: what was offered, in order; with less than two there is nothing to choose.
        language: of the question.

    Returns:
        One of ``ways``, None if the text is no such answer.
    """
    text = text.strip()
    if len(ways) < 2 or not text or len(text) > _LONGEST or "\n" in text:
        return None
    plain = _folded(text)
    spoken = (_packaged(code) for code in _in_order(known_language(language) or FALLBACK))
    return next((way for words in spoken if (way := words.way(plain, ways)) is not None), None)


def words_of_book(book: Book) -> Words:
    """Return how a language answers.

    Raises:
        ConfigurationError: something is missing, or not of its kind; names it.
    """
    name = "clarification"
    if unknown := sorted(book.section(name).keys() - _KINDS):
        raise book.error(name, unknown[0], "is unknown")
    found = {key: book.value(name, key, kind) for key, kind in _KINDS.items()}
    if found["command"].count("{}") != 1:
        raise book.error(name, "command", "must have the answer's place, {}, once")

    def listed(key: str) -> Iterator[list[str]]:
        return (words_in(text) for text in book.texts_in(name, key))

    places = [*enumerate(book.texts_in(name, "places")), (-1, found["last"])]
    by_word = {word: place for place, text in places for word in words_in(text)}
    fillers = frozenset(words_in(found["fillers"]))
    assent = frozenset(words_in(found["assent"]))
    joint = " " if found["spaced"] else ""
    ways = {joint.join(said): way for way in _NAMED_WAYS for said in listed(way)}
    return Words(
        words=_WORD if found["spaced"] else _unspaced({*fillers, *assent, *by_word, *ways}),
        joint=joint,
        fillers=fillers,
        places=by_word,
        assent=assent,
        polite=tuple(map(joint.join, listed("polite"))),
        cancel=frozenset(map(joint.join, listed("cancel"))),
        go_on=frozenset(map(joint.join, listed("go_on"))),
        ways=ways,
        command=found["command"],
    )


def words_in(text: str) -> list[str]:
    """Return the words and numbers of a text, case-folded and without accents."""
    return _WORD.findall(_folded(text))


def words_of(card: ModelCard) -> Iterator[str]:
    """Give the words of all names that a model goes by."""
    named = (card.id, card.label, *card.aliases, card.family, card.tier, card.provider)
    for name in named:
        yield from words_in(name or "")


@cache
def _packaged(language: str) -> Words:
    return words_of_book(load(language))


def _in_order(first: str) -> tuple[str, ...]:
    return (first, *(code for code in languages() if code != first))


def _unspaced(known: set[str]) -> re.Pattern[str]:
    """Compile what finds words that are written on to each other: the longest known ones.

    A name in Latin letters is a word of its own, and so is each sign that no word explains.
    """
    words = map(re.escape, sorted(known, key=len, reverse=True))
    return re.compile("|".join((r"[a-z0-9]+(?:\.\d+)*", *words, r"[^\W_]")))


def _candidate(card: ModelCard) -> _Candidate:
    names = map(squash, (card.id, card.label, *card.aliases))
    return _Candidate(card, frozenset(words_of(card)), frozenset(names))


def _folded(text: str) -> str:
    """Return a text without case, accents and full-width forms."""
    if text.isascii():
        return text.casefold()
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    # The Turkish i comes with a dot and without, and capitals get confused.
    return unicodedata.normalize("NFC", plain).casefold().replace("ı", "i")

"""Typing slips: which word was meant.

Letters may be swapped, doubled, missing or too many; digits never, and the first letter must be
right.  Short words are words of their own with a letter less or another vowel, so only longer ones
may lose one.  What is a real word is no slip: the lexicon lists those that come near.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass

__all__ = ["NO_VOWELS", "NameSlips", "word_slips"]

_VOWELS = "aeiouy"
NO_VOWELS = str.maketrans("", "", _VOWELS)
"""`str.translate` table that leaves a word's consonants: its skeleton."""

_SHORTEST = 4  # letters of a name; below that every slip is a word of its own
_SHORTEST_INSIDE = 3  # the same inside a name, where what stands before it says what is meant
_SHORTEST_LOSSY = 6  # letters; from here on a letter may be missing or a vowel be another
_SHORT_SKELETON = 3  # consonants; with one less, too many words would look alike
_SLIPPED_IN = "chklnrst"  # consonants that slip into a word ("grock"); others are too rare
_SHORTEST_WORD = 4  # letters of a lexicon's word; shorter ones only take swapped letters


@dataclass(frozen=True, slots=True)
class _Known:
    """Words, and every word with one letter missing: the word, the place of the letter."""

    words: Set[str]
    shortened: dict[str, list[tuple[str, int]]]


class NameSlips:
    """Finds the words of names that a mistyped word may mean.

    Args:
        first_words: words with which names begin.
        words: all words of names.
    """

    def __init__(self, first_words: Iterable[str], words: Iterable[str]) -> None:
        beginning = frozenset(w for w in first_words if w.isalpha() and _can_slip(w))
        inside = frozenset(w for w in words if len(w) >= _SHORTEST_INSIDE and w.isalpha())
        lossy = (word for word in beginning if len(word) >= _SHORTEST_LOSSY)
        self._beginning = _Known(beginning, _shortened(lossy))
        self._inside = _Known(inside, _shortened(inside))
        self.skeletons = _skeletons(beginning)

    def has_slip(self, words: Iterable[str], real: Iterable[Set[str]]) -> bool:
        """Whether one of the words may be the first word of a name with a typing slip.

        Args:
            words: folded words.
            real: words of the language, which are no slips of anything.
        """
        return any(
            _can_slip(word)
            and word.translate(NO_VOWELS) in self.skeletons
            and self.mended(word, real, inside=False)
            for word in words
        )

    def mended(self, word: str, real: Iterable[Set[str]], *, inside: bool) -> list[str]:
        """Return the words of names of which ``word`` may be a slip, in alphabetical order.

        Args:
            word: letters only, folded.
            real: words of the language, which are no slips of anything.
            inside: whether the word follows others of the same name ("gpt5-mni"), which already
                say that a name is meant; at the beginning the rules are strict.
        """
        if any(word in words for words in real):
            return []
        if inside:
            return _mended(word, self._inside, lenient=True)
        if not _can_slip(word) or word.translate(NO_VOWELS) not in self.skeletons:
            return []
        return _mended(word, self._beginning, lenient=False)


def word_slips(words: Set[str], real: Set[str]) -> dict[str, str]:
    """Map swapped and missing letters to the word meant; slips that could be two are left out."""
    table: dict[str, str] = {}
    twice: set[str] = set()
    for word in words:
        if not word.isalpha() or len(word) < _SHORTEST_WORD - 1:
            continue
        slips = set(_swapped(word))
        if len(word) > _SHORTEST_WORD:
            # Not the last letter: "translate" is no slip of "translated".
            slips |= {word[:i] + word[i + 1 :] for i in range(1, len(word) - 1)}
        for slip in slips - words - real:
            if table.setdefault(slip, word) != word:
                twice.add(slip)
    return {slip: word for slip, word in table.items() if slip not in twice}


def _can_slip(word: str) -> bool:
    """Whether a word is long enough to be a slip, or so short on vowels that it is no word."""
    if len(word) >= _SHORTEST:
        return True
    return len(word) >= _SHORTEST_INSIDE and word.translate(NO_VOWELS) == word


def _mended(word: str, known: _Known, *, lenient: bool) -> list[str]:
    found = known.words & set(_swapped(word))
    found |= {original for original, _ in known.shortened.get(word, ())}
    for i in range(len(word)):
        shorter = word[:i] + word[i + 1 :]
        if shorter in known.words:
            found |= {shorter}
        for original, place in known.shortened.get(shorter, ()):
            vowels = word[i] in _VOWELS and original[i : i + 1] in _VOWELS
            if place == i and (lenient or vowels):
                found |= {original}
    return sorted(original for original in found if original[0] == word[0])


def _swapped(word: str) -> Iterable[str]:
    """Give a word with two neighbouring letters swapped, in every way."""
    for i in range(len(word) - 1):
        yield word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def _shortened(words: Iterable[str]) -> dict[str, list[tuple[str, int]]]:
    table: dict[str, list[tuple[str, int]]] = {}
    for word in words:
        for i in range(len(word)):
            table.setdefault(word[:i] + word[i + 1 :], []).append((word, i))
    return table


def _skeletons(words: Iterable[str]) -> frozenset[str]:
    """Return the skeletons of words and of their slips: a cheap sieve for typing slips."""
    out: set[str] = set()
    for word in words:
        bare = word.translate(NO_VOWELS)
        out.add(bare)
        for i in range(len(bare)):
            out.add(bare[:i] + bare[i] * 2 + bare[i + 1 :])
            out.add(bare[:i] + bare[i + 1 : i + 2] + bare[i] + bare[i + 2 :])
            if len(bare) > _SHORT_SKELETON:
                out.add(bare[:i] + bare[i + 1 :])
        for i in range(len(bare) + 1):
            out.update(bare[:i] + extra + bare[i:] for extra in _SLIPPED_IN)
    return frozenset(skeleton for skeleton in out if len(skeleton) > 1)

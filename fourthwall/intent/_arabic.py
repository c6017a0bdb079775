"""How Arabic writing spells a Latin name.

Nothing about particular names or words is written here.  Loan words keep their consonants and
write most of their vowels; of several letters that may stand for a sound any is right ("غروك",
"جروك", "قروك").  Letters that Arabic has and Latin hasn't stand in no foreign name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["ArabicNames", "is_arabic"]

_ARABIC = re.compile("[\u0620-\u064a\u066e-\u06d3]+")
# Latin letters -> the Arabic ones that may stand for them; longer rows first.
_SOUNDS = (
    *(("sch", "ش"), ("tch", "(?:تش|ش|چ)"), ("sh", "ش"), ("ch", "(?:تش|ش|چ|ك)")),
    *(("th", "[ثت]ه?"), ("ph", "ف"), ("ck", "ك"), ("gh", "[غجق]ه?"), ("qw", "[كق]و")),
    *(("qu", "[كق]و"), ("kh", "ك"), ("x", "ا?كس"), ("b", "ب"), ("p", "[بپ]"), ("t", "ت")),
    *(("d", "د"), ("g", "[جغقگ]"), ("j", "[جغ]"), ("k", "ك"), ("c", "ك"), ("q", "[كق]")),
    *(("s", "س"), ("z", "[زس]"), ("f", "ف"), ("v", "[فڤ]"), ("l", "ل"), ("m", "م")),
    *(("n", "ن"), ("r", "ر"), ("h", "ه"), ("w", "و")),
)
_WRITTEN_VOWEL = {"a": "ا", "o": "و", "u": "و", "e": "ي", "i": "ي", "y": "ي"}
_VOWELS = re.compile("[aeiouy]+")
_SHORTEST = 4  # letters of a name
_FEW = 2  # consonants; with so few every vowel must be written


def is_arabic(word: str) -> bool:
    """Whether a folded word is written in Arabic letters."""
    return _ARABIC.fullmatch(word) is not None


class ArabicNames:
    """Finds the Latin word that an Arabic word spells.

    Args:
        words: Latin words, the likelier first.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._patterns: list[tuple[re.Pattern[str], str]] = []
        for word in words:
            if len(word) >= _SHORTEST and word.isascii() and word.isalpha():
                pattern = _pattern(word)
                if pattern is not None:
                    self._patterns.append((pattern, word))

    def named(self, word: str) -> str | None:
        """Return the first word that ``word`` spells with at least half of its vowels, or None.

        >>> ArabicNames(["claude", "grok"]).named("جروك")
        'grok'
        """
        for pattern, name in self._patterns:
            found = pattern.fullmatch(word)
            if found is not None and 2 * sum(map(bool, found.groups())) >= len(found.groups()):
                return name
        return None


def _pattern(word: str) -> re.Pattern[str] | None:
    """Return what matches a word's Arabic spellings; None where it has too few consonants."""
    if word.endswith("e") and len(word) > _SHORTEST:
        word = word[:-1]  # silent
    parts = _parts(word)
    consonants = [part for part in parts if not part.startswith("V")]
    if len(consonants) < _FEW:
        return None
    few = len(consonants) == _FEW
    out = []
    for place, part in enumerate(parts):
        if part.startswith("V"):
            last = place == len(parts) - 1
            out.append(_vowels(part[1:], first=place == 0, last=last, few=few))
        else:
            out.append(part)
    return re.compile("".join(out))


def _parts(word: str) -> list[str]:
    """Return a word's consonants as Arabic letters, and its runs of vowels marked by a V."""
    parts: list[str] = []
    index = 0
    while index < len(word):
        run = _VOWELS.match(word, index)
        if run is not None:
            parts.append(f"V{run.group()}")
            index = run.end()
            continue
        letters, arabic = next(row for row in _SOUNDS if word.startswith(row[0], index))
        index += len(letters)
        if letters == "c" and word[index : index + 1] in ("e", "i", "y"):
            arabic = "س"
        if parts and parts[-1] == arabic:
            # A doubled letter is written once, or twice where it begins the word.
            parts[-1] = f"{arabic}{arabic}?" if len(parts) == 1 else arabic
        else:
            parts.append(arabic)
    return parts


def _vowels(run: str, *, first: bool, last: bool, few: bool) -> str:
    """Return the pattern of a run of vowels: it needn't be written, but for the first."""
    if first:
        return "او?" if run[0] in "ou" else "[اي]ي?" if run[0] in "eiy" else "ا"
    if last and run[-1] in "aiy":
        ending = "[اه]" if run[-1] == "a" else "ا?ي"
        return f"({ending})" if few else f"({ending})?"
    letters = "".join(dict.fromkeys(_WRITTEN_VOWEL[vowel] for vowel in run))
    least, most = (1 if few else 0), (2 if len(letters) > 1 else 1)
    return f"([{letters}]{{{least},{most}}})"

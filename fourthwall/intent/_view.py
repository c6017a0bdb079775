"""The part of a message that is read, and the way back to the person's own text.

Most messages are read as they stand.  Two kinds aren't:

- of a long message only the beginning and the end are read: nobody hides a command in the middle
  of a pasted document, and the time stays the same however long it is;
- characters that can't be folded one for one (ligatures, combining marks, invisible ones) are
  replaced or left out first.

Either way every position of what is read has its place in the original text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import normalize

__all__ = ["View", "view_of"]

LONG = 1000  # code points; of longer messages only the beginning and the end are read
_HEAD = 400  # code points at the beginning in which the first sentences must end
_TAIL = 300  # code points at the end in which the last sentence must begin
_FIRST_SENTENCES = 2
_GAP = "\n\n"
_SENTENCE_END = re.compile(r"[.!?…]\s+(?=\S)|[。！？]")
_LINE_OR_SENTENCE = re.compile(r"\n|[.!?…]\s+(?=\S)|[。！？]")
_PASTED = re.compile(r":[ \t]*\n")  # a line that hands over a text

# Combining marks of Latin, Greek, Cyrillic and Arabic; invisible characters and marks of
# direction; Latin ligatures; the Arabic lengthening stroke; the dot below of Devanagari.
_INVISIBLE = (
    "\u00ad\u0300-\u036f\u093c\u0640\u064b-\u065f\u0670\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u2069\ufe00-\ufe0f\ufeff"
)
_LIGATURES = (
    "\u0958-\u095f\ufb00-\ufb06\u01c4-\u01cc\u01f1-\u01f3\u2103\u2116\u2122\u3300-\u33ff"
    "\uff61-\uff9f"
)
_STRANGE = re.compile(f"[{_INVISIBLE}{_LIGATURES}]")
_DROPPED = re.compile(f"[{_INVISIBLE}]")
# Letters that look like Latin ones, used to disguise a name or slipped in from another keyboard.
_LOOKALIKES = str.maketrans(
    "аеорсухіѕјһԁԛԝАВЕКМНОРСТХІЅЈαοντρικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxisjhdqwABEKMHOPCTXISJaovtpikABEZHIKMNOPTYX",
)
_MIXED = re.compile("[A-Za-z][\u0370-\u04ff\u0500-\u052f]|[\u0370-\u04ff\u0500-\u052f][A-Za-z]")
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class View:
    """What is read of a message.

    Attributes:
        text: what is read.
        original: the message.
        pieces: where pieces of `text` begin, and where in `original` they come from.
        tail: where in `text` the end of a long message begins; None where all is read.
    """

    text: str
    original: str
    pieces: tuple[tuple[int, int], ...] = ((0, 0),)
    tail: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the message is read as it stands."""
        return self.text is self.original

    def place(self, position: int) -> int:
        """Return where a position of `text` is in `original`."""
        if self.is_whole:
            return position
        if position >= len(self.text):
            return len(self.original)
        index = bisect_right(self.pieces, (position, len(self.original))) - 1
        start, origin = self.pieces[index]
        return origin + position - start


def view_of(text: str) -> View:
    """Return what is read of a message.

    >>> view_of("switch to Ｃlaude").is_whole, view_of("ﬂash").text
    (True, 'flash')
    """
    if len(text) > LONG:
        return _ends_of(text)
    if text.isascii():
        return View(text, text)
    cleaned, pieces = _cleaned(text)
    return View(cleaned, text, pieces) if cleaned != text else View(text, text)


def _ends_of(text: str) -> View:
    """Return the first sentences of a long message and its last one."""
    head_end = 0
    for _ in range(_FIRST_SENTENCES):
        found = _LINE_OR_SENTENCE.search(text, head_end, _HEAD)
        if found is None:
            break
        head_end = found.end()
    head_end = head_end or _HEAD
    head, head_pieces = _cleaned(text[:head_end])
    # What follows a line that hands over a text, or stands in a fence, isn't the person's own.
    if _PASTED.search(text, 0, head_end) or text.count("```") % 2:
        return View(head, text, head_pieces, len(head))
    start = max(_last_sentence(text), head_end)
    tail, tail_pieces = _cleaned(text[start:])
    begin = len(head) + len(_GAP)
    pieces = [*head_pieces, *((len(head) + n, head_end) for n in range(len(_GAP)))]
    pieces.extend((begin + place, start + origin) for place, origin in tail_pieces)
    return View(f"{head}{_GAP}{tail}", text, tuple(pieces), begin)


def _last_sentence(text: str) -> int:
    """Return where the last line of a long message begins, or its last sentence."""
    end = len(text.rstrip())
    begin = max(end - _TAIL, 0)
    newline = text.rfind("\n", begin, end)
    if newline >= 0:
        return newline + 1
    gaps = [found.end() for found in _SENTENCE_END.finditer(text, begin, end)]
    return gaps[-1] if gaps else len(text)


def _cleaned(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return a text without strange characters, and where its pieces come from."""
    if text.isascii():
        return text, ((0, 0),)
    if _MIXED.search(text):
        text = _LETTERS.sub(_unmasked, text)
    if _STRANGE.search(text) is None:
        return text, ((0, 0),)
    out: list[str] = []
    pieces: list[tuple[int, int]] = []
    length = 0
    for origin, char in enumerate(text):
        if _STRANGE.match(char) is None:
            plain = char
        elif _DROPPED.match(char):
            plain = ""
        else:
            plain = _DROPPED.sub("", normalize("NFKC", char))
        if plain:
            pieces.append((length, origin))
            # The letters of a ligature all come from one place.
            pieces.extend((length + n, origin) for n in range(1, len(plain)))
            out.append(plain)
            length += len(plain)
    return "".join(out), _joined(pieces)


def _joined(pieces: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Leave out pieces that go on where the one before ends."""
    kept: list[tuple[int, int]] = []
    for place, origin in pieces:
        if kept and origin - kept[-1][1] == place - kept[-1][0]:
            continue
        kept.append((place, origin))
    return tuple(kept) or ((0, 0),)


def _unmasked(found: re.Match[str]) -> str:
    """Return a word of mixed scripts in Latin letters, if all its letters look like some."""
    word = found.group()
    if _MIXED.search(word) is None:
        return word
    plain = word.translate(_LOOKALIKES)
    return plain if plain.isascii() else word

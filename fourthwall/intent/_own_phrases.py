"""Phrases that a caller adds: "beam me to {model}"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fourthwall.errors import ConfigurationError
from fourthwall.intent._command import Command
from fourthwall.intent._evidence import Evidence
from fourthwall.intent._grammar import Grammar, Reading
from fourthwall.intent._intent import Kind
from fourthwall.intent._lexicon import Frame
from fourthwall.intent._line import Item
from fourthwall.intent._names import NameFinder
from fourthwall.intent._phrases import PhraseError, Row, expand
from fourthwall.intent._sentences import Sentence
from fourthwall.intent._symbols import MENTIONED, SENTENCE_END

__all__ = ["OwnPhrases"]

_NAMED: tuple[Kind, ...] = ("switch", "once", "retry")
_NAMELESS: tuple[Kind, ...] = ("revert", "reset", "which", "list")
_SLOT = "{model}"
_WRITTEN_SLOT = ("{", "model", "}")
_MARKS = frozenset(",;:–—-") | SENTENCE_END
_STRENGTH = 4  # a caller's own words leave no doubt


class OwnPhrases(Grammar):
    """Reads messages by a caller's own phrases; the rest is left to a language's grammar.

    Args:
        phrases: kind -> phrases; ``(a|b)`` for alternatives, ``[a]`` for what may be left out,
            ``{model}`` for the model's name in those of ``switch``, ``once`` and ``retry``.
        base: the grammar that knows what is politeness and what joins clauses.

    Raises:
        ConfigurationError: a kind that can't have phrases.
        PhraseError: a phrase can't be read, or has no ``{model}`` where its kind needs one.
    """

    def __init__(self, phrases: Mapping[str, Sequence[str]], base: Grammar) -> None:
        self.language = base.language
        self.name_words = base.name_words
        self._base = base
        self._rows: list[tuple[Kind, Row]] = []
        for kind, texts in phrases.items():
            known: Kind | None = next((k for k in (*_NAMED, *_NAMELESS) if k == kind), None)
            if known is None:
                raise ConfigurationError(
                    f"there can be no phrases of kind {kind!r}",
                    param="phrases",
                    remedy=f"Use one of {', '.join((*_NAMED, *_NAMELESS))}.",
                )
            for text in texts:
                self._rows.extend((known, _checked(row, known, text)) for row in expand(text))
        self._rows.sort(key=lambda entry: -len(entry[1]))
        self.words = frozenset(
            max((word for word in row if word != _SLOT), key=len) for _, row in self._rows
        )

    def read(
        self,
        text: str,
        low: str,
        start: int,
        end: int,
        names: NameFinder,
        evidence: Evidence | None,
    ) -> Reading:
        """Return the sentences of ``text[start:end]`` with the commands that the phrases find."""
        reading = self._base.read(text, low, start, end, names, None)
        return [(sentence, self._commands(sentence, evidence)) for sentence, _ in reading]

    def is_loose(self, sentence: Sentence) -> bool:
        """Ask the base."""
        return self._base.is_loose(sentence)

    def is_of_question(self, sentence: Sentence) -> bool:
        """Whether a sentence only goes on with a question about models."""
        return self._base.is_of_question(sentence)

    def takes_back(self, sentence: Sentence, after: int) -> str | None:
        """Ask the base."""
        return self._base.takes_back(sentence, after)

    def is_filler(self, items: Sequence[Item]) -> bool:
        """Ask the base."""
        return self._base.is_filler(items)

    def leading(self, items: Sequence[Item]) -> int:
        """Ask the base."""
        return self._base.leading(items)

    def trailing(self, items: Sequence[Item]) -> int:
        """Ask the base."""
        return self._base.trailing(items)

    def loose_end(self, sentence: Sentence) -> list[tuple[int, int]]:
        """Ask the base."""
        return self._base.loose_end(sentence)

    def _commands(self, sentence: Sentence, evidence: Evidence | None) -> list[Command]:
        items = sentence.line.items
        for start in range(len(items)):
            if start and not self._begins_clause(items[:start]):
                continue
            for kind, row in self._rows:
                end = _match(items, start, row)
                if end is None or not self._may_end(items[end:], kind):
                    continue
                if evidence is not None:
                    evidence.matched.append(f"{kind}: fits {' '.join(row)!r}, a phrase of yours")
                return [_command(kind, items, start, end)]
        return []

    def _begins_clause(self, left: Sequence[Item]) -> bool:
        return (
            left[-1].symbol in _MARKS or self._base.trailing(left) > 0 or self._base.is_filler(left)
        )

    def _may_end(self, rest: Sequence[Item], kind: Kind) -> bool:
        """Whether a command may end before ``rest``: at a mark, a connector or its task."""
        if not rest or rest[0].symbol in _MARKS or self._base.is_filler(rest):
            return True
        return kind == "once" or self._base.leading(rest) > 0


def _checked(row: Row, kind: Kind, text: str) -> Row:
    """Return a row with the slot as one token."""
    out: list[str] = []
    index = 0
    while index < len(row):
        if row[index : index + 3] == _WRITTEN_SLOT:
            out.append(_SLOT)
            index += 3
        else:
            out.append(row[index])
            index += 1
    needed = 1 if kind in _NAMED else 0
    if out.count(_SLOT) != needed or len(out) == needed:
        wanted = f"words and one {_SLOT}" if needed else f"words and no {_SLOT}"
        raise PhraseError(f"a phrase of kind {kind!r} has {wanted}, but not {text!r}")
    return tuple(out)


def _match(items: Sequence[Item], start: int, row: Row) -> int | None:
    """Return where a phrase that begins at ``start`` ends, or None."""
    end = start + len(row)
    if end > len(items):
        return None
    for item, word in zip(items[start:end], row, strict=True):
        if item.symbol != word and not (word == _SLOT and item.symbol in MENTIONED):
            return None
    return end


def _command(kind: Kind, items: Sequence[Item], start: int, end: int) -> Command:
    named = [item for item in items[start:end] if item.symbol in MENTIONED]
    return Command(
        kind=kind,
        frame=Frame(kind, "own", _STRENGTH, "", ""),
        item=named[0] if named else None,
        start=items[start].start,
        core=items[start].start,
        end=items[end - 1].end,
        stay=False,
        once=False,
        open=kind == "once" and end < len(items),
        support=_STRENGTH,
    )

"""How a language's commands are read: two ways behind one face.

`TemplateGrammar` matches the sentences of a lexicon (`_lexicon`), `RoleGrammar` reads clauses by
the roles of their words (`_roles`).  What follows, deciding and cutting, is the same for both.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from fourthwall.intent._command import Command
from fourthwall.intent._evidence import Evidence
from fourthwall.intent._lexicon import Lexicon
from fourthwall.intent._line import Item
from fourthwall.intent._names import NameFinder, NameWords
from fourthwall.intent._read import read_part
from fourthwall.intent._role_clauses import (
    RoleReader,
    is_loose,
    is_of_command,
    is_of_question,
    is_tail,
    refuses,
    takes_back,
)
from fourthwall.intent._role_sentences import RoleSentences
from fourthwall.intent._roles import Role, RoleLexicon
from fourthwall.intent._sentences import Sentence
from fourthwall.intent._tokens import tokenize_roles

__all__ = ["Grammar", "Reading", "RoleGrammar", "TemplateGrammar"]

Reading = list[tuple[Sentence, list[Command]]]
"""The sentences of a part of a message, each with its commands, left to right."""

# What may stand before "never mind": elsewhere it is a part of a sentence of its own.
_CANCEL_AFTER = frozenset(
    (*",;:.!?…–—-(", "and", "but", "or", "actually", "no", "wait", "oh", "hm", "ok", "okay")
)
_CONNECTORS = frozenset(("and", "then", "to", "so", "but", "please", "ot"))
_CUT_BEFORE = frozenset(("and", "then", "but", "so"))
_THINGS = frozenset(("this one ",))  # "translate this one": what the task is about
_ENDS = frozenset(".!?…")
_MARKS_BEFORE = frozenset(",;:–—-(")


class Grammar(ABC):
    """Reads messages of one language.

    Attributes:
        language: ISO 639-1 code.
        name_words: how names are told from words.
    """

    language: str
    name_words: NameWords

    @abstractmethod
    def read(
        self,
        text: str,
        low: str,
        start: int,
        end: int,
        names: NameFinder,
        evidence: Evidence | None,
    ) -> Reading:
        """Return the sentences of ``text[start:end]`` with their commands."""

    @abstractmethod
    def is_loose(self, sentence: Sentence) -> bool:
        """Whether a sentence says nothing but politeness."""

    @abstractmethod
    def is_of_question(self, sentence: Sentence) -> bool:
        """Whether a sentence only goes on with a question about models ("Claude or GPT?")."""

    @abstractmethod
    def takes_back(self, sentence: Sentence, after: int) -> str | None:
        """Return what takes a command back that ends at position ``after``, or None."""

    def is_of_command(self, items: Sequence[Item]) -> bool:
        """Whether all that some items say could stand in a command."""
        return False

    def refuses(self, sentence: Sentence) -> bool:
        """Whether a sentence says that a model isn't wanted: no other language need be asked."""
        return False

    @abstractmethod
    def is_filler(self, items: Sequence[Item]) -> bool:
        """Whether some items of a sentence say nothing."""

    @abstractmethod
    def leading(self, items: Sequence[Item]) -> int:
        """Return how many of ``items``, which follow a command, only join the rest to it."""

    @abstractmethod
    def trailing(self, items: Sequence[Item]) -> int:
        """Return how many of ``items``, which stand before a command, only join it to them."""

    @abstractmethod
    def loose_end(self, sentence: Sentence) -> list[tuple[int, int]]:
        """Return the place of "just this time" at the end of a task, as one span or none."""


class TemplateGrammar(Grammar):
    """Reads messages by the sentences of a lexicon.

    Args:
        lexicon: the sentences.
        roles: the same language by roles, which knows more ways to take a wish back.
    """

    def __init__(self, lexicon: Lexicon, roles: RoleLexicon | None = None) -> None:
        self.lexicon = lexicon
        self.roles = roles
        self.language = lexicon.language
        self.name_words = lexicon.name_words

    def read(
        self,
        text: str,
        low: str,
        start: int,
        end: int,
        names: NameFinder,
        evidence: Evidence | None,
    ) -> Reading:
        """Return the sentences of ``text[start:end]`` with their commands."""
        return read_part(text, low, start, end, names, self.lexicon, evidence)

    def is_loose(self, sentence: Sentence) -> bool:
        """Whether a sentence says nothing but politeness."""
        return self.lexicon.filler_only.match(sentence.line.text) is not None

    def is_filler(self, items: Sequence[Item]) -> bool:
        """Whether some items say nothing."""
        return self.lexicon.filler_only.match(_text_of(items)) is not None

    def is_of_question(self, sentence: Sentence) -> bool:
        """Whether a sentence only goes on with a question about models."""
        if self.roles is None:
            return self.is_loose(sentence)
        return is_of_question(sentence.line.items, self.roles)

    def takes_back(self, sentence: Sentence, after: int) -> str | None:
        """Return what takes a command back, or None."""
        line = sentence.line
        if self.lexicon.refuse.fullmatch(line.text):
            return line.text.strip()
        for found in self.lexicon.cancel.finditer(line.text):
            index = line.index(found.start())
            begins = index == 0 or line.items[index - 1].symbol in _CANCEL_AFTER
            if begins and line.items[index].start >= after:
                return found.group().strip()
        return takes_back(line, self.roles, after) if self.roles is not None else None

    def leading(self, items: Sequence[Item]) -> int:
        """Count one "and", "then", "to"."""
        return 1 if items and items[0].symbol in _CONNECTORS else 0

    def trailing(self, items: Sequence[Item]) -> int:
        """Count one "and" or comma."""
        return 1 if items and items[-1].symbol in _CUT_BEFORE | _MARKS_BEFORE else 0

    def loose_end(self, sentence: Sentence) -> list[tuple[int, int]]:
        """Cut "just this time, please" and the like from the end of a task."""
        line = sentence.line
        items = line.items
        for found in self.lexicon.this_once.finditer(line.text):
            first, last = line.index(found.start()), line.index(found.end())
            if found.group() in _THINGS or not (first and self.is_filler(items[last:])):
                continue
            while first > 1 and self.trailing(items[:first]):
                first -= 1
            last = len(items)
            while items[last - 1].symbol in _ENDS:
                last -= 1
            return [(items[first - 1].end, items[last - 1].end)]
        return []


class RoleGrammar(Grammar):
    """Reads messages by the roles of their words."""

    def __init__(self, lexicon: RoleLexicon) -> None:
        self.lexicon = lexicon
        self.language = lexicon.language
        self.name_words = lexicon.name_words

    def is_cued(self, low: str) -> bool:
        """Whether a folded text has a word that stands in commands which name no model."""
        lexicon = self.lexicon
        words = {token.word for token in tokenize_roles(low)}
        return not lexicon.cues.isdisjoint(words) or any(part in low for part in lexicon.cue_parts)

    def read(
        self,
        text: str,
        low: str,
        start: int,
        end: int,
        names: NameFinder,
        evidence: Evidence | None,
    ) -> Reading:
        """Return the sentences of ``text[start:end]`` with their commands."""
        maker = RoleSentences(text, low, names, self.lexicon, evidence)
        reader = RoleReader(text, self.lexicon, evidence)
        out: Reading = []
        after = False
        sentences = maker.sentences(start, end)
        few = len(sentences) <= _FEW_SENTENCES
        for sentence in sentences:
            commands = reader.commands(sentence.line, after=after, few=few)
            after = after or bool(commands)
            out.append((sentence, commands))
        return out

    def is_loose(self, sentence: Sentence) -> bool:
        """Whether a sentence says nothing but politeness."""
        return is_loose(sentence.line.items, self.lexicon)

    def is_of_question(self, sentence: Sentence) -> bool:
        """Whether a sentence only goes on with a question about models."""
        return is_of_question(sentence.line.items, self.lexicon)

    def is_filler(self, items: Sequence[Item]) -> bool:
        """Whether some items say nothing."""
        return is_loose(items, self.lexicon)

    def is_of_command(self, items: Sequence[Item]) -> bool:
        """Whether all that some items say could stand in a command."""
        return is_of_command(items, self.lexicon)

    def refuses(self, sentence: Sentence) -> bool:
        """Whether a sentence says that a model isn't wanted."""
        return refuses(sentence.line.items, self.lexicon)

    def takes_back(self, sentence: Sentence, after: int) -> str | None:
        """Return what takes a command back, or None."""
        return takes_back(sentence.line, self.lexicon, after)

    def leading(self, items: Sequence[Item]) -> int:
        """Count the words of one connector ("and then")."""
        words = [item.symbol for item in items[:_LONGEST_CONNECTOR]]
        return self.lexicon.tree.longest(words, 0, Role.AND | Role.FOR_TASK)[0]

    def trailing(self, items: Sequence[Item]) -> int:
        """Count the words of one connector, or a mark."""
        if items and items[-1].symbol in _MARKS_BEFORE:
            return 1
        for length in (3, 2, 1):
            if length <= len(items) and self.leading(items[-length:]) == length:
                return length
        return 0

    def loose_end(self, sentence: Sentence) -> list[tuple[int, int]]:
        """Cut "just this time, please" and the like from the end of a task."""
        items = sentence.line.items
        last = len(items)
        while last and items[last - 1].symbol in _ENDS:
            last -= 1
        first = last
        for start in range(last - 1, max(last - _LONGEST_LOOSE_END, 0), -1):
            if is_tail(items[start:last], self.lexicon) and not _is_glued(items, start):
                first = start
        if first == last:
            return []
        while first > 1 and self.trailing(items[:first]):
            first -= self.trailing(items[:first])
        return [(items[first - 1].end, items[last - 1].end)]


_LONGEST_LOOSE_END = 8  # items
_LONGEST_CONNECTOR = 6
_FEW_SENTENCES = 3


def _is_glued(items: Sequence[Item], index: int) -> bool:
    """Whether an item is written together with the one before it ("골라줘")."""
    before, after = items[index - 1], items[index]
    return before.end == after.start and before.symbol.isalpha() and after.symbol.isalpha()


def _text_of(items: Sequence[Item]) -> str:
    return "".join([f"{item.symbol} " for item in items])

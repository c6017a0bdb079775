"""A part of a message -> its sentences, as lines of symbols (`_line`).

Names and quotations become one symbol each; what is only quoted or handed over to be worked on
becomes opaque.  How words are cut and what else is recognised is up to the language's grammar:
`SentenceMaker` is the part that all share, `TemplateSentences` is for sentence templates.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fourthwall.intent._evidence import Evidence, Noting
from fourthwall.intent._lexicon import Lexicon
from fourthwall.intent._line import Description, Item, Line, Trait
from fourthwall.intent._names import Mention, NameFinder
from fourthwall.intent._symbols import (
    CHAT,
    COMMON,
    DESCRIBED,
    GLUE,
    KNOWN,
    MENTIONED,
    NOUN,
    NOUNS,
    OPAQUE,
    PROVIDER,
    SENTENCE_END,
    SEVERAL,
    TRAIT,
    UNKNOWN,
    WEAK,
    WEAK_UNKNOWN,
)
from fourthwall.intent._tokens import Token, tokenize
from fourthwall.intent._zones import opaque_zones

__all__ = ["Sentence", "SentenceMaker", "TemplateSentences"]

_SOMETHING = frozenset(("something", "anything", "someone", "somebody"))
_OFFERED = frozenset(("have", "offer", "got", "you've", "we've"))
_LONGEST_QUOTED_NAME = 8  # tokens
_SCORE_SLIP = 0.8  # how well a name fits that a typing slip was mended in


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as a line, and its half-open place in the text, white space after it included."""

    line: Line
    start: int
    end: int


class SentenceMaker(Noting, ABC):
    """Makes the sentences of one message.

    Args:
        text: the message.
        low: the same, folded (`fold_case`), at the same length.
        names: finds the models' names.
        evidence: where notes are taken, or None.
    """

    def __init__(self, text: str, low: str, names: NameFinder, evidence: Evidence | None) -> None:
        self._text = text
        self._low = low
        self._names = names
        self.evidence = evidence

    @abstractmethod
    def tokens(self, start: int, end: int) -> list[Token]:
        """Cut a stretch of the text into tokens."""

    @abstractmethod
    def mended(self, word: str) -> str:
        """Return the word of which ``word`` may be a typing slip, or ``word``."""

    @abstractmethod
    def recognised(self, line: Line) -> Line:
        """Replace what means one thing by one symbol."""

    @abstractmethod
    def speaks_of_a_text(self, clause: str) -> bool:
        """Whether what a clause hands over is a text to work on ("what do you think of this")."""

    @abstractmethod
    def sets_a_text_task(self, clause: str) -> bool:
        """Whether a line sets a task on the text of the lines below ("translate to German")."""

    def sentences(self, start: int, end: int) -> list[Sentence]:
        """Return the sentences of ``text[start:end]``."""
        items = self.line(start, end).items
        if ":" in self._low or "\n" in self._low:
            items = self._without_texts_to_work_on(items)
        out: list[Sentence] = []
        first = 0
        for index, item in enumerate(items):
            following = items[index + 1] if index + 1 < len(items) else None
            if self._ends_sentence(item, following):
                until = end if following is None else following.start
                piece = items[first : index + 1]
                out.append(Sentence(Line(piece), piece[0].start, until))
                first = index + 1
        return out

    def line(self, start: int, end: int) -> Line:
        """Return ``text[start:end]`` as one line."""
        items: list[Item] = []
        position = start
        for zone_start, zone_end in opaque_zones(self._low[start:end]):
            items.extend(self._items(position, start + zone_start))
            items.append(self._quoted(start + zone_start, start + zone_end))
            position = start + zone_end
        items.extend(self._items(position, end))
        return self.recognised(Line(items))

    # -- items ---------------------------------------------------------------------------------

    def _items(self, start: int, end: int) -> Iterator[Item]:
        # A name ends with its line: what follows may be the number of a list.
        for line_start, line_end in self._lines(start, end):
            yield from self._line_items(line_start, line_end)

    def _lines(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        while (newline := self._low.find("\n", start, end)) >= 0:
            yield start, newline
            start = newline + 1
        yield start, end

    def _line_items(self, start: int, end: int) -> Iterator[Item]:
        tokens = self.tokens(start, end)
        position = 0
        for mention in self._names.find(tokens, self._text):
            yield from self._plain(tokens[position : mention.first])
            yield self._mention_item(tokens[mention.first : mention.last], mention)
            position = mention.last
        yield from self._plain(tokens[position:])

    def _mention_item(self, tokens: Sequence[Token], mention: Mention) -> Item:
        start, end = tokens[0].start, tokens[-1].end
        if self.evidence is not None:
            self.evidence.mentions.append((start, end, _told(mention)))
        return Item(_mention_symbol(mention), start, end, mention)

    def _plain(self, tokens: Sequence[Token]) -> Iterator[Item]:
        for token in tokens:
            if token.word == "*" and self._is_emphasis(token):
                continue
            symbol = GLUE if self._is_glue(token) else self.mended(token.word)
            yield Item(symbol, token.start, token.end)

    def _is_glue(self, token: Token) -> bool:
        """Whether a mark stands inside a word of code (``model.train``, ``switch(x)``)."""
        if token.word not in (".", "(") or self._text[token.start] not in (".", "("):
            return False  # the full stop of Chinese and Japanese needs no space after it
        before = self._text[token.start - 1 : token.start]
        after = self._text[token.end : token.end + 1]
        return before.isalnum() and (after.islower() or after.isdigit() or token.word == "(")

    def _is_emphasis(self, token: Token) -> bool:
        """Whether an asterisk marks emphasis (``**Claude**``) and no item of a list."""
        before = self._text[token.start - 1 : token.start]
        after = self._text[token.end : token.end + 1]
        return not (before + after).isspace() and before not in ("", "\n")

    def _quoted(self, start: int, end: int) -> Item:
        """A quotation is opaque, unless it is just a model's name in quotation marks."""
        inner = self.tokens(start + 1, end - 1)
        if self._low[start] in "\"'`" and 0 < len(inner) <= _LONGEST_QUOTED_NAME:
            found = self._names.find(inner, self._text)
            if len(found) == 1 and (found[0].first, found[0].last) == (0, len(inner)):
                item = self._mention_item(inner, found[0])
                return Item(item.symbol, start, end, item.payload)
        return Item(OPAQUE, start, end)

    # -- sentences -----------------------------------------------------------------------------

    def _ends_sentence(self, item: Item, following: Item | None) -> bool:
        """Whether a sentence ends after ``item``: a line break, or a mark that is the last."""
        if following is None or "\n" in self._text[item.end : following.start]:
            return True
        if item.symbol not in SENTENCE_END or following.symbol in SENTENCE_END:
            return False
        # "v1.5beta", "e.g.this": a dot without white space after it ends nothing.
        return following.start > item.end or self._text[item.start] != "."

    def _without_texts_to_work_on(self, items: Sequence[Item]) -> list[Item]:
        """Make opaque what follows "Translate this:" and the like, up to an empty line."""
        out: list[Item] = []
        opaque_until = -1
        clause: list[str] = []
        for index, item in enumerate(items):
            if item.start < opaque_until:
                out.append(Item(OPAQUE, item.start, item.end))
                continue
            out.append(item)
            quoted = index + 1 < len(items) and items[index + 1].symbol == OPAQUE
            if item.symbol == ":" and not quoted and self._hands_over_a_text(item, clause):
                gap = self._text.find("\n\n", item.end)
                # A colon at the end of its line hands over all that follows.
                all_of_it = gap < 0 or not self._text[item.end : gap].strip()
                opaque_until = len(self._text) if all_of_it else gap
            elif self._is_task_on_next_line(item, clause):
                opaque_until = len(self._text)
            clause = [] if item.symbol in SENTENCE_END else [*clause, item.symbol]
        return out

    def _hands_over_a_text(self, colon: Item, clause: Sequence[str]) -> bool:
        """Whether what follows a colon is a text to work on, not the person's own words."""
        if not MENTIONED.isdisjoint(clause):
            return False
        lead_in = "".join([f"{symbol} " for symbol in clause])
        if self._ends_line(colon):
            self.veto(lead_in, "a text follows")
            return True
        if not self.speaks_of_a_text(lead_in):
            return False
        self.veto(lead_in, "a text to work on follows")
        return True

    def _ends_line(self, item: Item) -> bool:
        newline = self._text.find("\n", item.end)
        return newline >= 0 and not self._text[item.end : newline].strip()

    def _is_task_on_next_line(self, item: Item, clause: Sequence[str]) -> bool:
        """Whether a line sets a task on the text of the lines below ("translate to German")."""
        if not self._ends_line(item):
            return False
        line = "".join([f"{symbol} " for symbol in (*clause, item.symbol)])
        if not MENTIONED.isdisjoint((*clause, item.symbol)):
            return False
        if not self.sets_a_text_task(line):
            return False
        self.veto(line, "a text to work on follows")
        return True


class TemplateSentences(SentenceMaker):
    """Makes sentences for the templates of a lexicon.

    Args:
        text: the message.
        low: the same, folded.
        names: finds the models' names.
        lexicon: the language.
        evidence: where notes are taken, or None.
    """

    def __init__(
        self, text: str, low: str, names: NameFinder, lexicon: Lexicon, evidence: Evidence | None
    ) -> None:
        super().__init__(text, low, names, evidence)
        self._lexicon = lexicon

    def tokens(self, start: int, end: int) -> list[Token]:
        """Cut the text, contractions whole."""
        return tokenize(self._low, start, end)

    def mended(self, word: str) -> str:
        """Mend a slip of the lexicon's words."""
        return self._lexicon.mended(word)

    def speaks_of_a_text(self, clause: str) -> bool:
        """Ask the lexicon's guards."""
        names = ("text_task", "report", "other_person", "this_text")
        return any(self._lexicon.guards[name].search(clause) for name in names)

    def sets_a_text_task(self, clause: str) -> bool:
        """Ask the lexicon's guards: a verb that works on a text, or a question about one."""
        guards = self._lexicon.guards
        begins = guards["text_verb"].match(clause) or guards["letter"].match(clause)
        asks = clause.endswith("? ") and guards["text_task"].search(clause)
        return bool(begins or asks)

    def recognised(self, line: Line) -> Line:
        """Replace what means one thing by one symbol: nouns, the chat, descriptions."""
        lexicon = self._lexicon
        line = line.rewritten(lexicon.nouns, lambda items, _: _merged(items, NOUNS))
        line = line.rewritten(lexicon.noun, lambda items, _: _merged(items, NOUN))
        line = line.rewritten(lexicon.chat, lambda items, _: _merged(items, CHAT))
        line = self._with_descriptions(line)
        return line.rewritten(lexicon.absorb, lambda items, _: _absorbed(items))

    def _with_descriptions(self, line: Line) -> Line:
        """Make every description one item; traits that describe no model stay words."""
        lexicon = self._lexicon
        traits = line.rewritten(
            lexicon.traits,
            lambda items, found: _merged(
                items, TRAIT, Trait(lexicon.trait_names[(found.lastindex or 1) - 1], tuple(items))
            ),
        )
        described = traits.rewritten(lexicon.describe, lambda items, _: _described(items))
        if described is line:
            return line
        plain: list[Item] = []
        for item in described.items:
            plain.extend(item.payload.items if isinstance(item.payload, Trait) else (item,))
        return Line(plain)


def _told(mention: Mention) -> str:
    """Say what a mention means and how sure that is, for an explanation."""
    if mention.unknown:
        return "not in the registry"
    ids = ", ".join(card.id for card in mention.cards)
    how = [
        f"score {_SCORE_SLIP if mention.fuzzy else 1:.2f}",
        *(["a typing slip mended"] if mention.fuzzy else []),
        *([f"{len(mention.cards)} fit equally"] if len(mention.cards) > 1 else []),
        *(["also an ordinary word"] if mention.weak else []),
        *(["a provider's name"] if mention.provider else []),
    ]
    return f"{ids} ({', '.join(how)})"


def _mention_symbol(mention: Mention) -> str:
    if mention.unknown:
        return WEAK_UNKNOWN if mention.weak else UNKNOWN
    if mention.provider:
        return PROVIDER
    if mention.common:
        return COMMON
    if len(mention.cards) > 1:
        return SEVERAL
    return WEAK if mention.weak else KNOWN


def _merged(items: Sequence[Item], symbol: str, payload: Trait | None = None) -> Item:
    return Item(symbol, items[0].start, items[-1].end, payload)


def _absorbed(items: Sequence[Item]) -> Item | None:
    """Make "the Claude model" one item; the name's own symbol stays."""
    if len(items) == 1:
        return None
    named = next(item for item in items if item.symbol in MENTIONED)
    if named.symbol == WEAK and items[0].symbol == "the" and items[-1] is named:
        return None  # "the sonnet" is a poem; "the Sonnet model" isn't
    return Item(named.symbol, items[0].start, items[-1].end, named.payload)


def _described(items: Sequence[Item]) -> Item | None:
    """Make a description one item: its traits and the names in it."""
    symbols = [item.symbol for item in items]
    # "the chat model, not the reasoning one": what is refused isn't asked for.
    wanted = items[: symbols.index("not")] if "not" in symbols else items
    traits = tuple(i.payload.name for i in wanted if isinstance(i.payload, Trait))
    named = tuple(i.payload for i in items if isinstance(i.payload, Mention))
    if not traits and (not named or (len(named) == 1 and named[0].unknown)):
        return None
    bare = MENTIONED.isdisjoint(symbols) and NOUN not in symbols and NOUNS not in symbols
    offered = not _OFFERED.isdisjoint(symbols)
    vague = bare and not offered and _SOMETHING.isdisjoint(symbols)
    description = Description(traits, named, bare and not offered, vague, offered)
    return Item(DESCRIBED, items[0].start, items[-1].end, description)

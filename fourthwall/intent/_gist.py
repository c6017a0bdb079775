"""What a clause means by its words, where no sentence of the lexicon fits it.

People say "switch to Claude" in more ways than anybody can list.  But an order or a wish that
speaks of nothing except models and the conversation, and that has something to hold on to ("from
now on", "this chat", "move to"), means a switch in whatever order its words come; and a question
made of such words asks which model is answering, or which there are.  One word about anything
else, and it is an ordinary message.
"""

from __future__ import annotations

from fourthwall.intent._clauses import CLAUSE_MARKS, ClauseReader, end_of
from fourthwall.intent._command import Command
from fourthwall.intent._evidence import Evidence, Noting
from fourthwall.intent._lexicon import Frame, Lexicon
from fourthwall.intent._line import Description, Item, Line
from fourthwall.intent._symbols import (
    CHAT,
    DESCRIBED,
    GLUE,
    MENTIONED,
    NOUN,
    NOUNS,
    OPAQUE,
    SENTENCE_END,
    SEVERAL,
    UNKNOWN,
    WEAK_UNKNOWN,
)

__all__ = ["GistReader"]

_STRENGTH = 2
_SWITCH = Frame("switch", "gist", _STRENGTH, "", "")
_RETRY = Frame("retry", "gist", _STRENGTH, "", "")
_GUARDS = ("negation", "report", "condition", "other_person", "compare", "elsewhere")
_TOLD_GUARDS = ("negation", "report", "condition", "howto", "other_person")
_TOWARDS = frozenset(("to", "with", "on", "onto", "into", "over"))
_SELVES = frozenset(("me", "us", "this", "things", "everything", "we", "let's"))
_SPOKEN_OF = frozenset((NOUN, NOUNS, CHAT, DESCRIBED))
_ON_OFFER = MENTIONED - {UNKNOWN, WEAK_UNKNOWN}
_PUNCTUATION = frozenset((*".!?…,:;-–—'", "'s"))
_LONGEST_QUESTION = 16  # items


def _is_a_thing(line: Line, index: int) -> bool:
    """Whether a name is a common noun there ("a haiku")."""
    before = line.items[index - 1].symbol if index else ""
    return before in ("a", "an") and line.items[index].symbol not in (SEVERAL, DESCRIBED)


class GistReader(Noting):
    """Reads sentences by their words.

    Args:
        lexicon: the language.
        clauses: knows what speaks against a clause.
        evidence: where notes are taken, or None.
    """

    def __init__(self, lexicon: Lexicon, clauses: ClauseReader, evidence: Evidence | None) -> None:
        self._lexicon = lexicon
        self._clauses = clauses
        self.evidence = evidence

    def commands(self, line: Line) -> list[Command]:
        """Return the command that a sentence comes to, if it comes to one."""
        command = self._wish(line) or self._question(line)
        return [] if command is None else [command]

    # -- wishes --------------------------------------------------------------------------------

    def _wish(self, line: Line) -> Command | None:
        """Read the clause around the sentence's only name as a wish for that model."""
        named = [i for i, item in enumerate(line.items) if item.symbol in MENTIONED]
        if len(named) != 1 or line.items[-1].symbol == ":":
            return None
        first, last = self._clause_around(line, named[0])
        item = line.items[named[0]]
        if self._clauses.configures(line, first, last) or _is_a_thing(line, named[0]):
            return None
        clause = line.text[line.offset(first) : line.offset(last)]
        if not self._is_wish(line, first, last) or self._clauses.guard(line, first) is not None:
            self._tell_guards(clause, self._clauses.said(line, first, last))
            return None
        # "Would you mind if we ..." is politeness, no condition.
        guarded = self._lexicon.gist_polite_if.sub(" ", clause)
        guard = next((g for g in _GUARDS if self._lexicon.guards[g].search(guarded)), None)
        if guard is not None:
            self.veto(self._clauses.said(line, first, last), f"guard {guard!r}")
            return None
        frame = self._wished(line, first, last, item)
        return None if frame is None else self._command(frame, line, first, last, item)

    def _wished(self, line: Line, first: int, last: int, named: Item) -> Frame | None:
        """Return what a clause that is a wish wishes for."""
        clause = line.text[line.offset(first) : line.offset(last)]
        if self._asks_again(clause, named):
            return _RETRY
        stay = self._lexicon.stay.search(clause)
        spoken_of = clause if stay is None else clause.replace(stay.group(), " ", 1)
        known = {NOUN, NOUNS, CHAT, named.symbol}
        strange = [
            word
            for word in spoken_of.split()
            if (word.isalpha() and word not in self._lexicon.gist_words and word not in known)
            or word == GLUE  # "model.switch": code
        ]
        said = self._clauses.said(line, first, last)
        if strange:
            self.veto(said, f"also speaks of {', '.join(strange)}")
        elif stay is None and not self._has_hold(line, first, last, named):
            self.veto(said, "nothing says that the conversation is meant")
        elif isinstance(named.payload, Description) and named.payload.bare:
            self.veto(said, "nothing says that a model is meant")
        else:
            return _SWITCH
        return None

    def _asks_again(self, clause: str, named: Item) -> bool:
        """Whether all a clause speaks of is the last question, asked again."""
        again = self._lexicon.gist_again
        if not all(need.search(clause) for need in again.needs):
            return False
        words = (word for word in clause.split() if word.isalpha() and word != named.symbol)
        return all(word in again.words or word in (NOUN, NOUNS) for word in words)

    def _clause_around(self, line: Line, index: int) -> tuple[int, int]:
        """Return the first item of the clause around item ``index``, and the one after it."""
        first = index
        while first and not self._divides(line, first - 1):
            first -= 1
        last = index
        while last < len(line.items) and not self._ends(line, last):
            last += 1
        return first, last

    def _divides(self, line: Line, index: int) -> bool:
        symbol = line.items[index].symbol
        return symbol in CLAUSE_MARKS and symbol != "-"

    def _ends(self, line: Line, index: int) -> bool:
        symbol = line.items[index].symbol
        free = symbol in CLAUSE_MARKS and self._clauses.stands_free(line, index)
        return symbol in SENTENCE_END or free

    def _is_wish(self, line: Line, first: int, last: int) -> bool:
        """Whether a clause is an order, a request or a wish."""
        lexicon = self._lexicon
        position = end_of(lexicon.lead, line, line.offset(first))
        if lexicon.guards["ability"].match(line.text, position):
            return False
        wishes = (lexicon.request, lexicon.request_ing, lexicon.gist_wishes)
        if any(wish.match(line.text, position) for wish in wishes):
            return True
        index = line.index(position)
        return index < last and line.items[index].symbol in lexicon.gist_verbs

    def _has_hold(self, line: Line, first: int, last: int, named: Item) -> bool:
        """Whether a clause speaks of the conversation or of going somewhere."""
        symbols = [item.symbol for item in line.items[first:last]]
        place = next(i for i, item in enumerate(line.items[first:last]) if item is named)
        if NOUN in symbols or CHAT in symbols:
            return True
        led = place > 0 and symbols[place - 1] in _TOWARDS
        return led and not (self._lexicon.gist_moves | _SELVES).isdisjoint(symbols)

    def _tell_guards(self, clause: str, said: str) -> None:
        """Note, for an explanation, why a clause is neither an order nor a wish."""
        if self.evidence is not None:
            guards = self._lexicon.guards
            spoke = [name for name in _TOLD_GUARDS if guards[name].search(clause)]
            self.veto(said, f"guard {', '.join(spoke)}" if spoke else "neither an order nor a wish")

    # -- questions -----------------------------------------------------------------------------

    def _question(self, line: Line) -> Command | None:
        """Read a whole sentence as a question about the models."""
        if len(line.items) > _LONGEST_QUESTION or any(i.symbol == OPAQUE for i in line.items):
            return None
        words = [i.symbol for i in line.items if i.symbol not in _PUNCTUATION]
        for gist in self._lexicon.gists:
            known = gist.words | _SPOKEN_OF | (_ON_OFFER if gist.names else frozenset())
            if known.issuperset(words) and all(need.search(line.text) for need in gist.needs):
                frame = Frame(gist.kind, "gist", _STRENGTH, "", "")
                return self._command(frame, line, 0, len(line.items), None)
        return None

    def _command(
        self, frame: Frame, line: Line, first: int, last: int, item: Item | None
    ) -> Command:
        clause = line.text[line.offset(first) : line.offset(last)]
        self.match(frame.kind, self._clauses.said(line, first, last), "by its words")
        return Command(
            kind=frame.kind,
            frame=frame,
            item=item,
            start=line.items[first].start,
            core=line.items[first].start,
            end=line.items[last - 1].end,
            stay=self._lexicon.stay.search(clause) is not None,
            once=self._lexicon.this_once.search(clause) is not None,
            open=False,
            support=frame.strength,
        )

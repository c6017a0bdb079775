"""A sentence as units, and its clauses: what all that reads commands by roles builds on.

Clauses end at commas, colons and words like "and"; what isn't explained by a role that has its
place in a command ends a clause, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fourthwall.intent._evidence import Evidence, Noting
from fourthwall.intent._intent import Kind
from fourthwall.intent._line import Description, Item, Line
from fourthwall.intent._names import Mention
from fourthwall.intent._role_unions import (
    BREAKS,
    CLEAR,
    FAIR,
    LOOSE,
)
from fourthwall.intent._roles import Role, RoleLexicon
from fourthwall.intent._symbols import (
    COMMON,
    DESCRIBED,
    KNOWN,
    NEEDED,
    SEVERAL,
    UNKNOWN,
    WEAK,
)
from fourthwall.intent._tokens import fold_case
from fourthwall.intent._units import Unit

__all__ = ["Clause", "Found", "UnitSentence", "only"]

R = Role


@dataclass(slots=True)
class Clause:
    """A stretch of explained units, and what is in it.

    Attributes:
        first: index of the first unit.
        last: index one past the last.
        roles: all their roles.
        names: the units that stand in a model's place.
        ends: whether the clause ends there, instead of going on with something unexplained.
    """

    first: int
    last: int
    roles: int = 0
    names: list[int] = field(default_factory=list)
    ends: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """What a clause comes to."""

    kind: Kind
    support: int
    name: int | None
    last: int
    open: bool = False
    others: tuple[int, ...] = ()
    also: tuple[int, int] | None = None
    item: Item | None = None  # where the name stands in front of the clause ("X is good, use it")


def only(units: Sequence[Unit], allowed: int) -> bool:
    """Whether every unit has one of the roles ``allowed``."""
    return all(unit.roles & allowed for unit in units)


class UnitSentence(Noting):
    """One sentence of a message, and the clauses in it.

    Args:
        text: the message.
        lexicon: the language.
        evidence: where notes are taken, or None.
    """

    def __init__(self, text: str, lexicon: RoleLexicon, evidence: Evidence | None) -> None:
        self._text = text
        self._lexicon = lexicon
        self.evidence = evidence
        self._line = Line([])
        self._units: list[Unit] = []
        self._after = False
        self._few = True
        self._fixing = False
        self._aside_first: int | None = None
        self._past: list[Unit] = []  # the sentence before

    def _next_clause(self, index: int) -> int:
        """Return where the next clause begins after unit ``index``.

        Speech has no commas: "my phone is acting up can you switch me to X".
        """
        units = self._units
        for position in range(index, len(units)):
            if units[position].roles & BREAKS:
                return position + 1
            if position > index and self._asks_politely(position):
                return position
        return len(units)

    def _asks_politely(self, index: int) -> bool:
        """Whether "can you", "please" and the like stand there, with an order behind them."""
        unit, left = self._units[index], self._units[index - 1]
        if self._lexicon.verb_final or left.roles & (R.NOT | R.REQUEST | R.POLITE):
            return False
        if index + 1 >= len(self._units) or not unit.roles & (R.REQUEST | R.POLITE):
            return False
        following = self._units[index + 1].roles
        orders = following & (R.GO | R.USE | R.TALK) and not following & R.SMALL
        whole = unit.last - unit.first > 1 or bool(unit.roles & R.POLITE)
        return bool(orders) and whole and not unit.roles & R.SMALL

    def _is_fix(self, first: int, last: int) -> bool:
        """Whether some units are second thoughts and nothing else ("no, wait,")."""
        units = [unit for unit in self._units[first:last] if not unit.roles & BREAKS]
        fixes = any(unit.roles & R.FIX for unit in units)
        return fixes and only(units, R.FIX | R.NOT | R.FILLER | R.SMALL)

    def _clause(self, first: int, allowed: int) -> Clause:
        """Gather what is explained from unit ``first`` on, with loose ends around it."""
        if self._lexicon.has_templates:
            allowed &= ~R.SPEAKING  # "at work"
        clause = Clause(first, first)
        loose = True  # as long as nothing but politeness was said
        index = first
        units = self._units
        while index < len(units):
            unit = units[index]
            if unit.roles & R.END or unit.roles & R.COLON:
                break
            begins = unit.roles & R.AND and not index  # "Well, X then"
            joins = unit.roles & (R.COMMA | R.AND) and not begins
            if joins and not self._goes_on(index, clause, loose=loose):
                break
            if not unit.roles & (allowed | R.COMMA | R.AND):
                clause.ends = bool(unit.roles & BREAKS)
                break
            if unit.roles & R.MODEL:
                clause.names.append(index)
            loose = loose and bool(unit.roles & (LOOSE | R.COMMA | R.AND))
            clause.roles |= unit.roles & (allowed | R.NOT)
            index += 1
        clause.last = index
        while clause.last > first and units[clause.last - 1].roles & (R.COMMA | R.AND):
            if units[clause.last - 1].roles & allowed:
                break
            clause.last -= 1
        return clause

    def _goes_on(self, index: int, clause: Clause, *, loose: bool) -> bool:
        """Whether the clause goes on after a comma or an "and" at unit ``index``."""
        if self._units[index].roles & R.AND and self._units[index].roles & R.SMALL:
            return True
        if loose and index > clause.first:
            return True  # "please, ..."
        following = index + 1
        while following < len(self._units) and self._units[following].roles & R.AND:
            following += 1
        first = following
        roles = 0
        while following < len(self._units) and not self._units[following].roles & BREAKS:
            roles |= self._units[following].roles
            following += 1
        rest = self._units[first:following]
        if only(rest, LOOSE | R.SMALL):
            # Second thoughts behind a name begin something new: "Opus, no wait, Sonnet".
            fixes = clause.names and any(u.roles & R.FIX and not u.roles & R.POLITE for u in rest)
            return bool(rest) and not fixes
        # "Claude, you take over from here": who is spoken to stands before the comma.
        called = LOOSE | R.SMALL | R.MODEL
        if clause.names and only(self._units[clause.first : index], called):
            answers = R.ANSWER | R.STAY | R.CHAT | R.REQUEST | LOOSE | R.SMALL
            if roles & R.OPINION and self._ends_asking():
                answers |= R.OPINION | R.IT | R.AGAIN | R.WHICH | R.QUESTION | R.TASK
                return only(rest, answers)
            stays = roles & (R.STAY | R.ONCE | R.INSTEAD_OF)
            return bool(roles & R.ANSWER and stays and only(rest, answers | R.INSTEAD_OF))
        # "Could I, please, have X": what stands between the commas says nothing.
        aside = index - 1
        while aside > clause.first and self._units[aside].roles & LOOSE:
            aside -= 1
        if self._units[aside].roles & R.COMMA and clause.roles & R.REQUEST and not clause.names:
            return bool(roles & R.MODEL and only(rest, LOOSE | R.SMALL | R.MODEL))
        # "Answer again, but with X": the model comes as an afterthought.
        afterthought = LOOSE | R.SMALL | R.WITH | R.MODEL | R.NOUN | R.INSTEAD_OF
        wishes = clause.roles & (
            R.GO | R.USE | R.REDO | R.AGAIN | R.SWITCH_WHAT | R.OPINION | R.ASK
        )
        return bool(wishes and not clause.names and roles & R.MODEL and only(rest, afterthought))

    def _is_whole(self, clause: Clause) -> bool:
        """Whether the sentence says nothing else."""
        outside = (*self._units[: clause.first], *self._units[clause.last :])
        if self._is_asked_for(clause):
            outside = tuple(self._units[clause.last :])
        return all(unit.roles & (LOOSE | BREAKS) for unit in outside)

    def _is_a_thing(self, name: int) -> bool:
        """Whether a name is an ordinary noun there ("a haiku")."""
        item = self._units[name].item
        if item is None or item.symbol in (DESCRIBED, KNOWN, UNKNOWN) or name == 0:
            return False
        if item.symbol == SEVERAL and not (isinstance(item.payload, Mention) and item.payload.weak):
            return False  # "a gpt mini"
        if self._lexicon.verb_final and name + 1 < len(self._units):
            following = self._line.items[self._units[name + 1].first].symbol
            if following.startswith("~") or following == "'":
                return False  # "bir Grok'a sor": just ask Grok
        return bool(self._units[name - 1].roles & R.INDEFINITE)

    def _refuses(self, index: int) -> bool:
        """Whether a unit is a negation, and no second thoughts ("no, wait")."""
        roles = self._units[index].roles
        if not roles & R.NOT:
            return False
        if not roles & (R.FIX | R.FILLER):
            return True
        following = self._units[index + 1] if index + 1 < len(self._units) else None
        if following is None:
            return index > 0 and bool(self._units[index - 1].roles & R.MODEL)
        if following.roles & (R.COMMA | R.END):
            return index > 0 and bool(self._units[index - 1].roles & R.MODEL)
        return not (following.roles & R.FIX and not following.roles & R.NOT)

    def _ends_asking(self) -> bool:
        return self._line.items[-1].symbol == "?"

    def _needed(self, name: int, clause: Clause) -> int:
        """Return how clear a clause must be for what stands in the model's place."""
        item = self._units[name].item
        assert item is not None  # a unit in a model's place has one
        payload = item.payload
        if item.symbol == COMMON:
            moves = clause.roles & (R.GO | R.BACK | R.NOUN) and self._is_whole(clause)
            return CLEAR if moves else CLEAR + 1
        if isinstance(payload, Mention) and payload.fuzzy and clause.roles & R.USE:
            return FAIR if clause.roles & (R.PICK | R.STAY | R.GO | R.TALK) else CLEAR
        if isinstance(payload, Description) and payload.bare:
            return FAIR if clause.roles & (R.PICK | R.GO) else CLEAR + 1
        said = self._text[item.start : item.end]
        marked = said[:1].isupper() or any(char.isdigit() for char in said)  # "Opus", "o3"
        capital = name > 0 and said[:1].isupper()  # inside a sentence: a name
        if item.symbol == WEAK and not capital and fold_case(said) in self._lexicon.ordinary:
            sure = R.GO | R.TALK | R.NOUN | R.ONCE | R.ANSWER | R.INSTEAD_OF
            return FAIR if clause.roles & sure else CLEAR + 1  # a poem, too
        if item.symbol == WEAK and not marked:
            plain = clause.roles & R.USE and not clause.roles & (R.PICK | R.ONCE)
            wishes = R.GO | R.TALK | R.STAY | R.NOUN | R.ONCE
            if clause.roles & R.USE and not clause.roles & wishes and self._has_article(name):
                return CLEAR + 1  # "use the flash"
            sure = not self._lexicon.has_templates and self._is_whole(clause)
            return CLEAR if plain and not sure else FAIR
        return NEEDED.get(item.symbol, 1)

    def _has_article(self, name: int) -> bool:
        """Whether "the" stands before a name: a pronoun in most languages, too."""
        before = self._units[name - 1].roles if name else 0
        return bool(before & R.SMALL and before & (R.THAT_MODEL | R.DEGREE))

    def _said(self, first: int, last: int) -> str:
        """Return the person's own words for some units."""
        units = self._units[first:last]
        items = self._line.items[units[0].first : units[-1].last]
        return self._text[items[0].start : items[-1].end]

    def _is_asked_for(self, clause: Clause) -> bool:
        """Whether a wish and a colon stand before a bare name ("change the model: X")."""
        left = self._units[: clause.first]
        return bool(left and left[-1].roles & R.COLON) and self._led_by_wish(clause.first)

    def _led_by_wish(self, index: int) -> bool:
        """Whether what stands before unit ``index`` speaks of a model and of nothing else."""
        left = self._units[:index]
        wished = R.SWITCH_WHAT | R.OTHER | R.NOUN
        return any(unit.roles & wished for unit in left) and all(unit.roles for unit in left)

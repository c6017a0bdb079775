"""A sentence as units -> the commands in it, whatever the order of its words.

A clause is a command if every word of it is explained by a role that has its place in a command,
it holds a model's name (or words that stand for one) and something that makes a command of it, and
nothing before it speaks against that.  What isn't explained ends the clause: it must be the task
that the command leaves, or there is no command.

Clauses end at commas, colons and words like "and".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fourthwall.intent._command import Command
from fourthwall.intent._evidence import Evidence, Noting
from fourthwall.intent._intent import Kind
from fourthwall.intent._lexicon import Frame
from fourthwall.intent._line import Description, Item, Line
from fourthwall.intent._names import Mention
from fourthwall.intent._roles import Role, RoleLexicon
from fourthwall.intent._symbols import COMMON, DESCRIBED, KNOWN, NEEDED, UNKNOWN, WEAK, WEAK_UNKNOWN
from fourthwall.intent._units import Unit, units_of

__all__ = ["RoleReader", "is_loose", "takes_back"]

R = Role

_LOOSE = R.FILLER | R.POLITE | R.STAY | R.ONCE | R.FIX
"""What may stand in a clause of its own before or after a command."""

_COMMAND = (
    _LOOSE | R.SMALL | R.INDEFINITE | R.REQUEST | R.GO | R.USE | R.PICK | R.TALK | R.ANSWER
    | R.LET | R.ASK | R.REDO | R.AGAIN | R.OPINION | R.BACK | R.WITH | R.FOR_TASK | R.OR
    | R.INSTEAD_OF | R.FROM | R.IT | R.CHAT | R.NOUN | R.NOUNS | R.PREVIOUS | R.PREVIOUS_MODEL
    | R.FIRST | R.FIRST_MODEL | R.OTHER | R.OTHER_MODEL | R.REVERT | R.RESET | R.SWITCH_WHAT
    | R.MODEL
)  # fmt: skip
"""What may stand in a command."""

_QUESTION = (
    R.FILLER | R.POLITE | R.SMALL | R.INDEFINITE | R.REQUEST | R.WHICH | R.NOUN | R.NOUNS
    | R.SPEAKING | R.WHICH_MODEL | R.ARE_YOU | R.SHOW | R.AVAILABLE | R.LIST_MODELS | R.OTHER
    | R.CHAT | R.TALK | R.OR | R.MODEL | R.COMMA | R.END | R.COLON | R.THING | R.DEGREE
)  # fmt: skip
"""What may stand in a question about models."""

_SPEAKS_OF_MODELS = (
    R.MODEL | R.NOUN | R.NOUNS | R.PREVIOUS_MODEL | R.FIRST_MODEL | R.OTHER_MODEL | R.REVERT
    | R.RESET | R.SWITCH_WHAT | R.WHICH_MODEL | R.LIST_MODELS
)  # fmt: skip
"""Without one of these a sentence is no command."""

_NOT_HERE = frozenset((UNKNOWN, WEAK_UNKNOWN))
_MARKUP = frozenset("#*|=")
_QUOTES = frozenset("\"'`“„«「『")
_AGAINST = R.REPORT | R.CONDITION | R.QUESTION | R.PERSON
_NO_CONDITION = _COMMAND | R.QUESTION | R.WHICH | R.TASK
_VERBS = R.GO | R.USE | R.TALK | R.ANSWER | R.ASK | R.LET | R.REDO | R.BACK
_TAKES = R.GO | R.BACK | R.USE | R.TALK | R.LET | R.ANSWER | R.REQUEST | R.POLITE
_BREAKS = R.COMMA | R.COLON | R.END | R.AND
_CLEAR, _FAIR, _FAINT = 3, 2, 1
_LONGEST_SENTENCE = 120  # items; nobody gives a command in a longer one
_LONGEST_QUESTION = 40
_SHORT_TASK = 4  # units of "(to) try that again"
_APPOSITION = 5  # units: ", my neighbour."
_NEAR = 3  # units after a command in which a report would show


@dataclass(slots=True)
class _Clause:
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
class _Found:
    """What a clause comes to."""

    kind: Kind
    support: int
    name: int | None
    last: int
    open: bool = False
    others: tuple[int, ...] = ()
    also: tuple[int, int] | None = None


class RoleReader(Noting):
    """Finds the commands of the sentences of one message.

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

    def commands(self, line: Line, *, after: bool, few: bool) -> list[Command]:
        """Return the commands of one sentence, left to right.

        Args:
            line: the sentence.
            few: whether the message has few sentences, so that it can be a task with an aside.
            after: whether a command stands before it, which a bare name may correct.
        """
        if len(line.items) > _LONGEST_SENTENCE:
            return []
        self._line = line
        self._units = units_of(line.items, self._lexicon.tree)
        self._after = after
        self._few = few
        self._fixing = False
        if not any(unit.roles & _SPEAKS_OF_MODELS for unit in self._units):
            return []
        out: list[Command] = []
        called = self._called()
        if called is not None:
            return [self._command(called, 0)]
        index = 0
        while index < len(self._units):
            found = self._found_at(index)
            if found is None:
                following = self._next_clause(index)
                self._fixing = self._is_fix(index, following)
                index = following
                continue
            self._fixing = False
            self._after = True
            out.append(self._command(found, index))
            if found.open:
                break
            index = self._next_clause(max(found.last, index))
        if not out:
            found = self._question() or self._aside()
            if found is not None:
                out.append(self._command(found, 0))
        return out

    def _called(self) -> _Found | None:
        """Read "@X ..." at the beginning of a message."""
        items, units = self._line.items, self._units
        if items[0].start or items[0].symbol != "@" or len(units) < len("@X"):
            return None
        if self._lexicon.has_templates:
            return None  # they know what is spoken to a model and what about it
        if not units[1].roles & R.MODEL:
            return None
        last = len("@X")
        while last < len(units) and units[last].roles & (R.COMMA | R.COLON):
            last += 1
        if _only(units[last:], _LOOSE | R.SMALL | R.END | R.COMMA):
            return _Found("switch", _CLEAR, 1, len(units))
        return _Found("once", _CLEAR, 1, last, open=True)

    # -- clauses -------------------------------------------------------------------------------

    def _next_clause(self, index: int) -> int:
        """Return where the next clause begins after unit ``index``."""
        for position in range(index, len(self._units)):
            if self._units[position].roles & _BREAKS:
                return position + 1
        return len(self._units)

    def _is_fix(self, first: int, last: int) -> bool:
        """Whether some units are second thoughts and nothing else ("no, wait,")."""
        units = [unit for unit in self._units[first:last] if not unit.roles & _BREAKS]
        fixes = any(unit.roles & R.FIX for unit in units)
        return fixes and _only(units, R.FIX | R.NOT | R.FILLER | R.SMALL)

    def _clause(self, first: int, allowed: int) -> _Clause:
        """Gather what is explained from unit ``first`` on, with loose ends around it."""
        clause = _Clause(first, first)
        loose = True  # as long as nothing but politeness was said
        index = first
        units = self._units
        while index < len(units):
            unit = units[index]
            if unit.roles & R.END or unit.roles & R.COLON:
                break
            if unit.roles & (R.COMMA | R.AND) and not self._goes_on(index, clause, loose=loose):
                break
            if not unit.roles & (allowed | R.COMMA | R.AND):
                clause.ends = bool(unit.roles & _BREAKS)
                break
            if unit.roles & R.MODEL:
                clause.names.append(index)
            loose = loose and bool(unit.roles & (_LOOSE | R.COMMA | R.AND))
            clause.roles |= unit.roles & (allowed | R.NOT)
            index += 1
        clause.last = index
        while clause.last > first and units[clause.last - 1].roles & (R.COMMA | R.AND):
            if units[clause.last - 1].roles & allowed:
                break
            clause.last -= 1
        return clause

    def _goes_on(self, index: int, clause: _Clause, *, loose: bool) -> bool:
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
        while following < len(self._units) and not self._units[following].roles & _BREAKS:
            roles |= self._units[following].roles
            following += 1
        rest = self._units[first:following]
        if _only(rest, _LOOSE | R.SMALL):
            # Second thoughts behind a name begin something new: "Opus, no wait, Sonnet".
            fixes = clause.names and any(u.roles & R.FIX and not u.roles & R.POLITE for u in rest)
            return bool(rest) and not fixes
        # "Answer again, but with X": the model comes as an afterthought.
        afterthought = _LOOSE | R.SMALL | R.WITH | R.MODEL | R.NOUN | R.INSTEAD_OF
        wishes = clause.roles & (
            R.GO | R.USE | R.REDO | R.AGAIN | R.SWITCH_WHAT | R.OPINION | R.ASK
        )
        return bool(wishes and not clause.names and roles & R.MODEL and _only(rest, afterthought))

    def _found_at(self, index: int) -> _Found | None:
        clause = self._clause(index, _COMMAND | R.NOT)
        if clause.last == index:
            return None
        found = self._read(clause) or self._opinion(index)
        if found is None:
            return None
        against = self._speaks_against(index, found)
        if against is not None:
            self.veto(self._said(index, found.last), against)
            return None
        return found

    def _opinion(self, index: int) -> _Found | None:
        """Read "what would X say to that?", which is a question by its words."""
        clause = self._clause(index, _COMMAND | R.QUESTION | R.WHICH | R.TASK)
        if not clause.roles & R.OPINION or not clause.ends or len(clause.names) != 1:
            return None
        return _Found("retry", _CLEAR, clause.names[0], clause.last)

    # -- reading -------------------------------------------------------------------------------

    def _read(self, clause: _Clause) -> _Found | None:
        if clause.roles & R.NOT:
            return self._contrast(clause)
        persons = (unit.roles for unit in self._units[clause.first : clause.last])
        if any(
            roles & R.PERSON and not roles & (R.SMALL | _LOOSE | R.REQUEST) for roles in persons
        ):
            return None
        wanted, others = self._wanted(clause)
        if wanted is None and clause.names:
            return None  # "instead of Claude" alone
        if wanted is None:
            return self._nameless(clause)
        if clause.roles & R.OR and not others:
            return None  # "this chat or another"
        if self._is_a_thing(wanted):
            self.veto(self._said(clause.first, clause.last), "an ordinary word is meant")
            return None
        closed = self._closed(clause, wanted)
        if closed is not None and self._may_end(clause, closed[0]):
            kind, support = closed
            if support < self._needed(wanted, clause):
                self.veto(self._said(clause.first, clause.last), "too weak for this name")
                return None
            return _Found(kind, support, wanted, clause.last, others=others)
        return self._handed_over(clause, wanted)

    def _wanted(self, clause: _Clause) -> tuple[int | None, tuple[int, ...]]:
        """Return the unit of the model that is asked for, and more if it says "X or Y"."""
        names = list(clause.names)
        if len(names) > 1:
            names = [name for name in names if not self._is_a_thing(name)] or names
        if len(names) == 1 and not clause.roles & (R.ANSWER | R.TALK | R.AGAIN | R.REDO):
            before = self._units[names[0] - 1].roles if names[0] > clause.first else 0
            if before & R.FROM and not before & (R.SMALL | R.WITH):
                return None, ()
        for role in (R.INSTEAD_OF, R.FROM):
            for index in range(clause.first, clause.last):
                if self._units[index].roles & role and not self._units[index].roles & R.MODEL:
                    refused = self._beside(index, names)
                    if refused is not None and (len(names) > 1 or role == R.INSTEAD_OF):
                        names.remove(refused)
        if not names:
            return None, ()
        # "Claude, I mean GPT-5" is no choice of two; "Claude or GPT-5" is.
        either = [n for n in names[1:] if self._units[n - 1].roles & R.OR]
        if either:
            return names[0], tuple(either)
        return names[-1], ()

    def _beside(self, index: int, names: Sequence[int]) -> int | None:
        """Return the name that a preposition (or postposition) at ``index`` belongs to."""
        after = [n for n in names if n > index]
        before = [n for n in names if n < index]
        if before and index - before[-1] == 1 and (not after or self._lexicon.verb_final):
            return before[-1]
        small = R.SMALL | R.INDEFINITE | R.NOUN | R.ANSWER | R.USE
        if after and all(self._units[n].roles & small for n in range(index + 1, after[0])):
            return after[0]
        return None

    def _is_a_thing(self, name: int) -> bool:
        """Whether a name is an ordinary noun there ("a haiku")."""
        item = self._units[name].item
        if item is None or item.symbol in (DESCRIBED, KNOWN, UNKNOWN) or name == 0:
            return False
        return bool(self._units[name - 1].roles & R.INDEFINITE)

    def _closed(self, clause: _Clause, name: int) -> tuple[Kind, int] | None:
        """Return what a clause that is a wish by itself comes to, and how clear it is."""
        roles = clause.roles
        if roles & (R.REDO | R.OPINION):
            return "retry", _CLEAR
        moves = roles & (R.GO | R.BACK | R.SWITCH_WHAT)
        if roles & R.AGAIN and not moves and (not roles & R.USE or roles & (R.ASK | R.LET)):
            return "retry", _CLEAR if roles & (R.ASK | R.LET | R.ANSWER | R.WITH) else _FAIR
        if moves and self._lexicon.has_templates and self._is_object(clause, name):
            return None  # "move Claude": to where?
        if moves or roles & R.TALK:
            return "switch", _CLEAR
        if roles & R.ANSWER:
            if roles & R.IT and not roles & R.STAY:
                return "once", _CLEAR  # "let X answer this"
            if roles & (R.LET | R.REQUEST | R.STAY | R.ONCE | R.INSTEAD_OF | R.CHAT):
                return "switch", _CLEAR
            if roles & R.USE:
                return "switch", _CLEAR  # "put Claude to answer"
            wishes = self._lexicon.verb_final or roles & R.POLITE
            return ("switch", _FAIR) if wishes else None
        if roles & (R.ASK | R.LET) and roles & R.IT:
            return "once", _CLEAR
        if roles & R.USE:
            clear = roles & (R.STAY | R.NOUN | R.INSTEAD_OF | R.CHAT)
            return "switch", _CLEAR if clear else _FAIR
        if roles & R.INSTEAD_OF:
            return "switch", _CLEAR
        if self._after and (roles & R.FIX or self._fixing):
            return "switch", _CLEAR
        alone = clause.ends and self._is_whole(clause)
        if roles & R.STAY and not roles & R.ASK:
            return "switch", _FAIR
        if alone and self._is_asked_for(clause):
            return "switch", _CLEAR
        if self._refuses_next(clause):
            return "switch", _CLEAR
        following = self._units[clause.last].roles if clause.last < len(self._units) else 0
        led = roles & (R.WITH | R.POLITE) or following & R.COLON
        if roles & R.ONCE and led and not roles & R.ASK:
            return "once", _FAIR
        if roles & R.POLITE and alone:
            return "switch", _FAIR
        return None

    def _is_asked_for(self, clause: _Clause) -> bool:
        """Whether a wish and a colon stand before a bare name ("change the model: X")."""
        left = self._units[: clause.first]
        if not left or not left[-1].roles & R.COLON:
            return False
        wished = R.SWITCH_WHAT | R.OTHER | R.NOUN
        return any(unit.roles & wished for unit in left) and all(unit.roles for unit in left)

    def _refuses_next(self, clause: _Clause) -> bool:
        """Whether ", not Y" follows a bare name."""
        following = clause.last
        if following >= len(self._units) or not self._units[following].roles & R.COMMA:
            return False
        rest = self._units[following + 1 :]
        return (
            len(rest) > 1
            and bool(rest[0].roles & R.NOT)
            and sum(1 for unit in rest if unit.roles & R.MODEL) == 1
            and _only(rest, R.NOT | R.MODEL | _LOOSE | R.SMALL | R.END)
        )

    def _is_object(self, clause: _Clause, name: int) -> bool:
        """Whether a name stands right behind the verb that moves something."""
        return name > clause.first and bool(self._units[name - 1].roles & R.GO)

    def _may_end(self, clause: _Clause, kind: Kind) -> bool:
        """Whether a closed wish may end where its explained words end."""
        if clause.ends:
            return True
        following = self._units[clause.last].roles
        before = self._units[clause.last - 1].roles
        if self._lexicon.verb_final and before & _VERBS and not following & _AGAINST:
            rest = self._units[clause.last :]
            asks = any(unit.roles & (R.TASK | R.WHICH | R.QUESTION) for unit in rest)
            return asks or not self._ends_asking()
        # "switch to Claude write a poem": speech has no commas.
        moves = clause.roles & (R.GO | R.BACK | R.TALK | R.STAY)
        if kind != "switch" or not moves or not following & (R.TASK | R.WHICH | R.QUESTION):
            return False
        # "get me the Opus show": a word after "the" and a name is what is meant.
        name = clause.names[-1]
        article = (
            name
            and self._units[name - 1].roles & R.SMALL
            and self._units[name - 1].roles & R.DEGREE
        )
        return not article or name + 1 < clause.last

    def _is_whole(self, clause: _Clause) -> bool:
        """Whether the sentence says nothing else."""
        outside = (*self._units[: clause.first], *self._units[clause.last :])
        if self._is_asked_for(clause):
            outside = tuple(self._units[clause.last :])
        return all(unit.roles & (_LOOSE | _BREAKS) for unit in outside)

    def _nameless(self, clause: _Clause) -> _Found | None:
        """Read a clause without a name: back, to the first model, to any other."""
        roles = clause.roles
        if not clause.ends and not (
            self._lexicon.verb_final and self._units[clause.last - 1].roles & _VERBS
        ):
            return None
        noun = roles & (R.NOUN | R.NOUNS)
        takes = roles & _TAKES
        kind: Kind | None = None
        if roles & R.REVERT:
            kind = "revert"
        elif roles & R.RESET:
            kind = "reset"
        elif takes and (roles & R.PREVIOUS_MODEL or (roles & R.PREVIOUS and noun)):
            kind = "revert"
        elif takes and (roles & R.FIRST_MODEL or (roles & R.FIRST and noun)):
            kind = "reset"
        elif roles & R.SWITCH_WHAT or (
            takes and (roles & R.OTHER_MODEL or (roles & R.OTHER and noun))
        ):
            kind = "ambiguous"
        if kind is None:
            kind = self._spoken_of(clause)
        if kind is None:
            return None
        return _Found(kind, _CLEAR, None, clause.last)

    def _spoken_of(self, clause: _Clause) -> Kind | None:
        """Read "the model before was better, bring it back": what "it" is stands before it."""
        if not clause.roles & (R.BACK | R.GO | R.USE) or not clause.roles & (R.IT | R.BACK):
            return None
        roles = 0
        for unit in self._units[: clause.first]:
            roles |= unit.roles
        if roles & (_AGAINST & ~R.QUESTION) or not roles & R.NOUN:
            return None
        return "revert" if roles & R.PREVIOUS else None

    # -- a task handed over --------------------------------------------------------------------

    def _handed_over(self, clause: _Clause, name: int) -> _Found | None:
        """Read "ask X to ...", "use X to ..." and the like: what follows is the task."""
        units = self._units
        before = [units[n].roles for n in range(clause.first, name)]
        asks = any(roles & (R.ASK | R.LET) for roles in before)
        uses = any(roles & (R.USE | R.WITH) for roles in before)
        between = R.FOR_TASK | R.ONCE
        if self._lexicon.verb_final or not asks:
            between |= R.SMALL | R.FILLER
        index = name + 1
        while index < len(units) and self._is_ending(units[index]):
            index += 1
        while index < len(units) and units[index].roles & between:
            if units[index].roles & R.TASK:
                break
            index += 1
        hands = index
        while (
            hands < len(units)
            and not asks
            and units[hands].roles & (R.ASK | R.LET | R.WITH | R.USE)
        ):
            # The verb (or the particle) may stand after the name.
            asks = bool(units[hands].roles & (R.ASK | R.LET))
            uses = uses or bool(units[hands].roles & (R.WITH | R.USE))
            hands += 1
            while hands < len(units) and units[hands].roles & (R.SMALL | R.FOR_TASK | R.FILLER):
                hands += 1
        begins = hands
        while begins < len(units) and units[begins].roles & (R.COMMA | R.COLON | R.FOR_TASK):
            begins += 1
        also = None
        if not asks:
            also = self._asked_at_the_end(begins, clause)
        if also is not None:
            return _Found("once", _CLEAR, name, hands, open=True, also=also)
        if begins >= len(units) or units[begins].roles & (R.END | R.OR):
            return None
        if asks and self._lexicon.has_templates and not units[begins].roles & (R.TASK | R.QUESTION):
            return None
        if asks:
            if any(
                u.roles & R.PERSON and not u.roles & R.SMALL for u in units[begins : begins + 2]
            ):
                self.veto(self._said(clause.first, begins), "a person is meant")
                return None
            if _only(units[begins:], R.ANSWER | R.SMALL | R.FILLER | R.POLITE | R.END):
                return None
            if any(u.roles & (R.DEAL | R.REPORT) for u in units[begins : begins + 2]):
                return None
            if self._asks_again(begins):
                return _Found("retry", _CLEAR, name, len(units))
            lets = not any(units[n].roles & R.ASK for n in range(clause.first, hands))
            if lets and not self._begins_task(begins):
                return None
            return _Found("once", _FAIR, name, begins, open=True)
        item = units[name].item
        # "Use GPT-3.5 to ...": who doesn't know what is here writes a prompt, no command.
        known = item is not None and item.symbol not in (UNKNOWN, WEAK_UNKNOWN)
        if uses and known and self._leads_to_task(name, begins):
            return _Found("once", _FAIR, name, begins, open=True)
        return None

    def _is_ending(self, unit: Unit) -> bool:
        """Whether a unit is the ending of a name, or the apostrophe before it."""
        symbols = [item.symbol for item in self._line.items[unit.first : unit.last]]
        return symbols[-1].startswith("~") or symbols == ["'"]

    def _asks_again(self, begins: int) -> bool:
        """Whether all that is asked of a model is to do the last question again."""
        rest = [unit for unit in self._units[begins:] if not unit.roles & R.END]
        again = any(unit.roles & (R.REDO | R.AGAIN) for unit in rest)
        strange = sum(1 for unit in rest if not unit.roles)
        return again and strange <= 1 and len(rest) <= _SHORT_TASK

    def _begins_task(self, begins: int) -> bool:
        """Whether a task's verb stands near the beginning, or at the end where verbs do."""
        near = self._units[begins : begins + _NEAR]
        if any(unit.roles & (R.TASK | R.ANSWER | R.REDO) for unit in near):
            return True
        if not (self._lexicon.verb_final or self._lexicon.verb_last):
            return False
        rest = [unit for unit in self._units[begins:] if not unit.roles & (_LOOSE | R.END)]
        return bool(rest) and bool(rest[-1].roles & (R.TASK | R.ANSWER | R.LET | R.ASK))

    def _leads_to_task(self, name: int, begins: int) -> bool:
        """Whether a task follows "use X"."""
        units = self._units
        tight = units[begins].first == units[name].last and not self._lexicon.verb_final
        tight = tight and not any(units[n].roles & R.WITH for n in range(name))
        if units[begins].roles & R.TASK and not (tight and self._is_spaced(begins)):
            return True
        led = any(units[n].roles & R.FOR_TASK for n in range(name + 1, begins))
        if led and units[begins].roles == 0:
            return not self._lexicon.has_templates
        if not (self._lexicon.verb_final or self._lexicon.verb_last):
            return False
        # "Can you with X a poem write?": the verb comes last.
        last = len(units)
        while last > begins and units[last - 1].roles & (_LOOSE | R.END | R.REQUEST):
            if units[last - 1].roles & R.TASK:
                break
            last -= 1
        return last > begins and bool(units[last - 1].roles & R.TASK)

    def _is_spaced(self, unit: int) -> bool:
        """Whether white space stands before a unit, so that it may be a part of a longer name."""
        return self._text[self._line.items[self._units[unit].first].start - 1].isspace()

    def _asked_at_the_end(self, begins: int, clause: _Clause) -> tuple[int, int] | None:
        """Return the units of an "ask" that ends the sentence, in languages that put it there."""
        if not self._lexicon.verb_final:
            return None
        units = self._units
        last = len(units)
        while last > begins and units[last - 1].roles & (_LOOSE | R.END | R.SMALL):
            if units[last - 1].roles & (R.ASK | R.LET):
                break
            last -= 1
        first = last
        while first > begins and units[first - 1].roles & (R.ASK | R.LET):
            first -= 1
        if first == last or first <= begins:
            return None
        if any(unit.roles & _AGAINST for unit in units[begins:first]):
            return None
        return first, last

    # -- X, not Y ------------------------------------------------------------------------------

    def _contrast(self, clause: _Clause) -> _Found | None:
        """Read "not X, (but) Y" and "X, not Y"; a refusal alone asks for nothing."""
        refusals = [n for n in range(clause.first, clause.last) if self._refuses(n)]
        if not refusals:
            plain = _Clause(
                clause.first, clause.last, clause.roles & ~R.NOT, clause.names, clause.ends
            )
            return self._read(plain)
        names = clause.names
        if not names or not clause.ends:
            return None
        refused = self._refused(refusals[0], names)
        if refused is None:
            return None
        rest = [n for n in names if n != refused]
        if not rest:
            return self._wanted_instead(clause)
        if self._needed(rest[-1], clause) > _CLEAR:
            return None
        return _Found("switch", _CLEAR, rest[-1], clause.last)

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

    def _refused(self, refusal: int, names: Sequence[int]) -> int | None:
        """Return the name that is refused: the next one after the "not", or the one before it."""
        after = [n for n in names if n > refusal]
        before = [n for n in names if n < refusal]
        if self._lexicon.verb_final and before and (not after or refusal - before[-1] <= 2):
            return before[-1]
        return after[0] if after else (before[-1] if before else None)

    def _wanted_instead(self, clause: _Clause) -> _Found | None:
        """Return the wish for another model in the clause after a refusal."""
        following = clause.last
        while following < len(self._units) and self._units[following].roles & (R.COMMA | R.AND):
            following += 1
        if following == clause.last or following >= len(self._units):
            return None
        wish = self._clause(following, _COMMAND)
        if not wish.ends or len(wish.names) != 1 or wish.last == following:
            return None
        if self._is_a_thing(wish.names[0]):
            return None
        if wish.roles & (R.REDO | R.AGAIN | R.ASK):
            return None
        return _Found("switch", _CLEAR, wish.names[0], wish.last)

    # -- questions -----------------------------------------------------------------------------

    def _question(self) -> _Found | None:
        """Read a whole sentence as a question about the models."""
        units = self._units
        if len(self._line.items) > _LONGEST_QUESTION:
            return None
        if not units or not all(unit.roles & _QUESTION for unit in units):
            return None
        if any(unit.item is not None and unit.item.symbol in _NOT_HERE for unit in units):
            return None  # "are you GPT-9?"
        roles = 0
        for unit in units:
            roles |= unit.roles
        asks = self._ends_asking() or bool(roles & (R.WHICH | R.OR))
        kind = _asked(roles, is_question=asks)
        if kind is None:
            return None
        return _Found(kind, _CLEAR, None, len(units))

    def _ends_asking(self) -> bool:
        return self._line.items[-1].symbol == "?"

    # -- a task with an aside ------------------------------------------------------------------

    def _aside(self) -> _Found | None:
        """Read "write a poem with X": a task that ends with whom it is for."""
        units = self._units
        names = [n for n, unit in enumerate(units) if unit.roles & R.MODEL]
        if len(names) != 1 or not names[0]:
            return None
        name = names[0]
        last = name + 1
        first = name
        while (
            first
            and units[first - 1].roles & (R.SMALL | R.NOUN)
            and not units[first - 1].roles & R.WITH
        ):
            first -= 1
        if first and units[first - 1].roles & R.WITH:
            first -= 1
        elif last < len(units) and units[last].roles & R.WITH:
            last += 1
        else:
            return None
        tail = units[last:]
        if not all(unit.roles & (_LOOSE | R.SMALL | R.END | R.COMMA) for unit in tail):
            return None
        left = units[:first]
        if left and left[-1].roles & (R.SMALL | R.OR | R.AND) and not left[-1].roles & R.TASK:
            return None  # "the risks of using X"
        if any(unit.roles & (R.NOUN | R.NOUNS) for unit in left):
            return None  # a bot is built with it
        if not self._few or any(item.symbol in _MARKUP for item in self._line.items):
            return None
        start = 0
        while start < first and left[start].roles & (_LOOSE | R.REQUEST | R.COMMA | R.SMALL):
            if left[start].roles & R.TASK:
                break
            start += 1
        if start >= first or first - start < 1:
            return None
        tasks = left[start].roles & R.TASK or (
            self._lexicon.verb_final and any(unit.roles & R.TASK for unit in left)
        )
        if not tasks or any(u.roles & (R.REPORT | R.CONDITION | R.PERSON | R.DEAL) for u in left):
            return None
        if any(u.roles & R.NOT and not u.roles & R.FILLER for u in left):
            return None
        if self._is_a_thing(name) or self._needed(name, _Clause(first, last)) > _FAIR:
            return None
        while last < len(units) and units[last].roles & (_LOOSE | R.SMALL):
            last += 1
        self._aside_first = first
        return _Found("once", _FAIR, name, last)

    # -- what speaks against it ----------------------------------------------------------------

    def _speaks_against(self, index: int, found: _Found) -> str | None:
        """Return what speaks against a command that begins at unit ``index``, or None."""
        units = self._units
        left = units[:index]
        if self._is_purpose(index):
            return "it says what something else is for"
        if found.last < len(units) and not found.open and self._introduces(found.last):
            return "it introduces what isn't there"
        weak = found.support <= _FAIR and not self._is_described(found)
        if weak and left and not self._follows_a_task(left):
            return "too weak after something else"
        said = self._units[index : found.last]
        asked = (
            found.support > _FAIR
            and any(unit.roles & R.REQUEST for unit in said)
            and bool(left)
            and bool(left[-1].roles & R.AND)
        )
        if left and not _only(left, _LOOSE | R.COMMA | R.AND | R.SMALL):
            for unit in left:
                if asked and unit.roles & R.QUESTION:
                    continue  # "How old is Rome, and can you switch to X?"
                if unit.roles & _AGAINST and not unit.roles & (R.FILLER | R.REQUEST | R.POLITE):
                    return f"guard {_role_name(unit.roles & _AGAINST)!r}"
                if unit.roles & R.WORK_ON and any(u.roles & R.COLON for u in left):
                    return "guard 'work_on'"
            wished = all(unit.roles for unit in left) and any(
                unit.roles & (R.SWITCH_WHAT | R.NOUN) for unit in left
            )
            if left[-1].roles & R.COLON and not wished and not self._is_note(left):
                return "a label stands before it"
            if len(left) > 1 and self._refuses(index - 2) and not left[-2].roles & R.FILLER:
                return "guard 'not'"
            if left[-1].roles & R.OR:
                return "one of several things"
        if found.name is not None and index and left[-1].roles & R.COMMA and found.support < _FAIR:
            return "a name alone asks for nothing"
        if not found.open:
            against = self._follows(found)
            if against is not None:
                return against
        if self._configures(found):
            return "it configures or edits something"
        return None

    def _configures(self, found: _Found) -> bool:
        """Whether a clause assigns, ends like code, or replaces one quoted word by another."""
        items = self._line.items
        if found.open:
            return False  # what stands in the task is the task's
        items = items[: self._units[found.last - 1].last + 1] + items[-1:]
        if any(item.symbol == "=" for item in items) or items[-1].symbol == ";":
            return True
        quoted = [item for item in items if self._text[item.start] in _QUOTES]
        return len([item for item in quoted if item.end - item.start > 1]) > 1

    def _follows(self, found: _Found) -> str | None:
        """Return what in the words after a command speaks against it, or None."""
        rest = self._units[found.last :]
        if found.kind == "ambiguous" and not _only(rest, R.END | R.COMMA | R.TASK | R.AND):
            return "more is said about it"
        if self._is_topic(found, rest):
            return "it is what a question is about"
        after = [u for u in rest if not u.roles & (R.COMMA | R.END)][:_NEAR]
        if any(u.roles & R.REPORT and not u.roles & (_COMMAND | R.TASK) for u in after):
            return "guard 'report'"
        if any(u.roles & R.CONDITION and not u.roles & _NO_CONDITION for u in after[:2]):
            return "guard 'condition'"
        if found.name is None or not after:
            return None
        item = self._units[found.name].item
        bare = item is not None and isinstance(item.payload, Description) and item.payload.bare
        first = after[0].roles
        if bare and not any(u.roles & (R.TASK | R.QUESTION | R.WHICH) for u in after[:2]):
            return "the description goes on about something else"
        joined = [u for u in after if not u.roles & R.AND]
        if rest[0].roles & R.AND and joined:
            if joined[0].roles & R.MODEL:
                return "more names follow"
            if found.support <= _FAIR and (
                any(u.roles & R.PERSON for u in joined) or self._is_titled(joined[0])
            ):
                return "more names or persons follow"
        listed = len(joined) > 1 and joined[0].roles & joined[1].roles & R.MODEL
        if rest[0].roles & R.COMMA and listed:
            return "more names follow"
        if rest[0].roles & R.COMMA and found.support <= _FAIR:
            if first & R.PERSON:
                return "a person is meant"
            own = first & R.SMALL and len(after) > 1 and after[1].roles & ~R.PERSON == 0
            if own and len(rest) <= _APPOSITION:
                return "a person is meant"
        return None

    def _is_described(self, found: _Found) -> bool:
        """Whether a model is described so that nothing else can be meant."""
        item = self._units[found.name].item if found.name is not None else None
        return (
            item is not None and isinstance(item.payload, Description) and not item.payload.bare
        )

    def _is_topic(self, found: _Found, rest: Sequence[Unit]) -> bool:
        """Whether "Using X, is that good?" asks about it instead of asking for it."""
        if not self._ends_asking() or len(rest) < len(", it ?") or not rest[0].roles & R.COMMA:
            return False
        said = self._units[: found.last]
        asks = R.TASK | R.WHICH | R.QUESTION | R.REQUEST | R.POLITE | R.SPEAKING | R.AND
        return not any(u.roles & R.REQUEST for u in said) and not rest[1].roles & asks

    def _is_titled(self, unit: Unit) -> bool:
        """Whether a word that nothing explains is written like a name."""
        item = self._line.items[unit.first]
        spelled = self._text[item.start : item.end]
        return not unit.roles and spelled.istitle() and len(spelled) > 1

    def _is_purpose(self, index: int) -> bool:
        """Whether a clause begins like "to use Claude, ..."."""
        if self._lexicon.verb_final or index + 1 >= len(self._units):
            return False
        first, second = self._units[index], self._units[index + 1]
        return bool(
            first.roles & R.FOR_TASK and second.roles & _VERBS and not second.roles & R.SMALL
        )

    def _introduces(self, last: int) -> bool:
        """Whether a colon that nothing follows stands at unit ``last``."""
        return bool(self._units[last].roles & R.COLON) and last + 1 == len(self._units)

    def _follows_a_task(self, left: Sequence[Unit]) -> bool:
        """Whether a person's own request, or nothing at all, stands before a clause."""
        if all(unit.roles and not unit.roles & _AGAINST for unit in left):
            return True  # nothing in it is about something else
        if any(
            unit.roles & R.MODEL or (unit.roles & R.NOT and not unit.roles & R.FIX) for unit in left
        ):
            return True  # a complaint: "that isn't good, use X"
        first = 0
        while first < len(left) and left[first].roles & (_LOOSE | R.REQUEST | R.COMMA):
            if left[first].roles & R.TASK:
                break
            first += 1
        return first < len(left) and bool(left[first].roles & (R.TASK | R.REQUEST))

    def _is_note(self, left: Sequence[Unit]) -> bool:
        """Whether what stands before a colon is about the model ("next model: ...")."""
        return _only(left, _LOOSE | R.SMALL | R.NOUN | R.NOUNS | R.OTHER | R.COLON)

    def _needed(self, name: int, clause: _Clause) -> int:
        """Return how clear a clause must be for what stands in the model's place."""
        item = self._units[name].item
        assert item is not None  # a unit in a model's place has one
        payload = item.payload
        if item.symbol == COMMON:
            moves = clause.roles & (R.GO | R.BACK | R.NOUN) and self._is_whole(clause)
            return _CLEAR if moves else _CLEAR + 1
        if isinstance(payload, Mention) and payload.fuzzy and clause.roles & R.USE:
            return _FAIR if clause.roles & (R.PICK | R.STAY | R.GO | R.TALK) else _CLEAR
        if isinstance(payload, Description) and payload.bare:
            return _FAIR if clause.roles & (R.PICK | R.GO) else _CLEAR + 1
        if item.symbol == WEAK and not self._text[item.start].isupper():
            plain = clause.roles & R.USE and not clause.roles & (R.PICK | R.ONCE)
            spelled_out = not self._text[item.start].isascii()  # "하이쿠" is a poem, too
            sure = not (self._lexicon.has_templates or spelled_out) and self._is_whole(clause)
            return _CLEAR if plain and not sure else _FAIR
        return NEEDED.get(item.symbol, 1)

    # -- results -------------------------------------------------------------------------------

    def _said(self, first: int, last: int) -> str:
        """Return the person's own words for some units."""
        units = self._units[first:last]
        if not units:
            return ""
        items = self._line.items[units[0].first : units[-1].last]
        return self._text[items[0].start : items[-1].end]

    def _command(self, found: _Found, index: int) -> Command:
        units, items = self._units, self._line.items
        first = index
        if self._aside_first is not None:
            first, self._aside_first = self._aside_first, None
        last = found.last
        while last > first + 1 and units[last - 1].roles & R.COMMA and not found.open:
            last -= 1
        said = units[first:last]
        roles = 0
        for unit in said:
            roles |= unit.roles
        everything = 0
        for unit in units:
            everything |= unit.roles
        item = units[found.name].item if found.name is not None else None
        self.match(found.kind, self._said(first, last), f"by its roles (strength {found.support})")
        also = found.also
        return Command(
            kind=found.kind,
            frame=Frame(found.kind, "say", found.support, "", ""),
            item=item,
            start=items[said[0].first].start,
            core=items[said[0].first].start,
            end=items[said[-1].last - 1].end,
            stay=bool((everything if found.open else roles) & R.STAY),
            once=bool((everything if found.open else roles) & R.ONCE),
            open=found.open,
            support=found.support,
            again=bool(everything & R.AGAIN),
            others=tuple(item for n in found.others if (item := units[n].item) is not None),
            also=None
            if also is None
            else (items[units[also[0]].first].start, items[units[also[1] - 1].last - 1].end),
        )


def _only(units: Sequence[Unit], allowed: int) -> bool:
    return all(unit.roles & allowed for unit in units)


def _role_name(roles: int) -> str:
    return next(
        name.lower()
        for name in ("REPORT", "CONDITION", "QUESTION", "PERSON")
        if roles & getattr(Role, name)
    )


def _asked(roles: int, *, is_question: bool) -> Kind | None:
    """Return what a question asks for whose every word is explained."""
    listing = roles & (R.SHOW | R.AVAILABLE)
    if roles & R.LIST_MODELS:
        return "list"
    if roles & R.MODEL:
        if roles & R.ARE_YOU and is_question:
            return "which"
        if listing and roles & (R.WHICH | R.SHOW) and roles & (R.NOUNS | R.NOUN | R.AVAILABLE):
            return "list"
        return "which" if roles & R.WHICH and roles & R.SPEAKING and is_question else None
    if roles & R.WHICH_MODEL:
        return "which"
    if roles & R.NOUNS and listing and roles & (R.WHICH | R.SHOW | R.AVAILABLE):
        return "list"
    if roles & R.NOUN and roles & R.AVAILABLE and roles & (R.WHICH | R.SHOW):
        return "list"
    if roles & R.NOUN and roles & R.SPEAKING and roles & (R.WHICH | R.SHOW):
        return "which"
    return None


def is_loose(items: Sequence[Item], lexicon: RoleLexicon) -> bool:
    """Whether some items of a sentence say nothing but politeness."""
    return _only(units_of(items, lexicon.tree), _LOOSE | R.COMMA | R.END | R.AND)


def takes_back(line: Line, lexicon: RoleLexicon, after: int) -> str | None:
    """Return the words behind position ``after`` that take a wish back, or None."""
    units = units_of(line.items, lexicon.tree)
    first = 0
    for index in range(len(units) + 1):
        if index < len(units) and not units[index].roles & (R.COMMA | R.END | R.COLON):
            continue
        clause = units[first:index]
        first = index + 1
        if not clause or line.items[clause[0].first].start < after:
            continue
        cancels = any(unit.roles & R.CANCEL for unit in clause)
        if cancels and _only(clause, _LOOSE | R.CANCEL | R.NOT | R.SMALL | R.AND | R.NOUN):
            return " ".join(i.symbol for i in line.items[clause[0].first : clause[-1].last])
    behind = [unit for unit in units if line.items[unit.first].start >= after]
    refuses = any(unit.roles & R.NOT for unit in behind)
    allowed = R.NOT | R.FIX | R.FILLER | R.POLITE | R.COMMA | R.END
    if refuses and len(behind) == len(units) and _only(behind, allowed):
        return " ".join(i.symbol for i in line.items)
    return None

"""A sentence as units -> the commands in it, whatever the order of its words.

A clause is a command if every word of it is explained by a role that has its place in a command,
it holds a model's name (or words that stand for one) and something that makes a command of it
(`_role_wishes`), and nothing speaks against that (`_role_objections`).  What isn't explained ends
the clause: it must be the task that the command leaves (`_role_tasks`), or there is no command.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fourthwall.intent._clauses import GOES_ON
from fourthwall.intent._command import Command
from fourthwall.intent._intent import Kind
from fourthwall.intent._lexicon import Frame
from fourthwall.intent._line import Item, Line
from fourthwall.intent._role_unions import (
    ASKED_WITH,
    BREAKS,
    CLEAR,
    COMMAND,
    FAIR,
    LOOSE,
    QUESTION,
    SPEAKS_OF_MODELS,
)
from fourthwall.intent._role_wishes import RoleWishes
from fourthwall.intent._roles import Role, RoleLexicon
from fourthwall.intent._symbols import (
    DESCRIBED,
    KNOWN,
    PROVIDER,
    SEVERAL,
    UNKNOWN,
    WEAK,
    WEAK_UNKNOWN,
)
from fourthwall.intent._unit_sentence import Clause, Found, only
from fourthwall.intent._units import units_of, with_topics

__all__ = [
    "RoleReader",
    "is_loose",
    "is_of_command",
    "is_of_question",
    "is_tail",
    "refuses",
    "takes_back",
]

R = Role
_NOT_HERE = frozenset((UNKNOWN, WEAK_UNKNOWN))
_VAGUE = frozenset((DESCRIBED, PROVIDER, SEVERAL))
_LONGEST_SENTENCE = 120  # items; nobody gives a command in a longer one
_LONGEST_QUESTION = 40


class RoleReader(RoleWishes):
    """Finds the commands of the sentences of one message."""

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
        self._past = self._units
        self._units = units_of(line.items, self._lexicon.tree)
        if not self._lexicon.has_templates:
            self._units = with_topics(self._units, verb_last=self._lexicon.verb_last)
        self._after = after
        self._few = few
        self._fixing = False
        if not any(unit.roles & SPEAKS_OF_MODELS for unit in self._units) and not (
            any(unit.roles & (R.THAT_MODEL | R.GO) for unit in self._units)
            and any(unit.roles & SPEAKS_OF_MODELS for unit in self._past)
        ):
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
            found = self._named_exactly(found)
            out.append(self._command(found, index))
            if found.open:
                break
            index = self._next_clause(max(found.last, index))
        if not out:
            found = (
                self._question() or self._object_first() or self._order_at_end() or self._aside()
            )
            if found is not None:
                out.append(self._command(found, 0))
        return out

    def _called(self) -> Found | None:
        """Read "@X ..." at the beginning of a message."""
        items, units = self._line.items, self._units
        if self._text[: items[0].start].strip() or len(units) < len("@X"):
            return None
        if self._lexicon.has_templates:
            return None  # they know what is spoken to a model and what about it
        if items[0].symbol == "/" and items[1].start == items[0].end:
            return self._slashed()
        if items[0].symbol != "@":
            return None
        if not units[1].roles & R.MODEL or GOES_ON.match(self._text, items[1].end):
            return None
        last = len("@X")
        while last < len(units) and units[last].roles & (R.COMMA | R.COLON):
            last += 1
        if only(units[last:], LOOSE | R.SMALL | R.END | R.COMMA):
            return Found("switch", CLEAR, 1, len(units))
        return Found("once", CLEAR, 1, last, open=True)

    def _slashed(self) -> Found | None:
        """Read "/model X" and "/X ..." at the beginning of a message."""
        units = self._units
        name = 1 if units[1].roles & R.MODEL or len(units) == len("/X") else 2
        if name == 2 and not units[1].roles & (R.GO | R.NOUN):  # "/switch X"
            return None
        if not units[name].roles & R.MODEL or GOES_ON.match(self._text, self._end(name)):
            return None
        return Found("switch", CLEAR, name, name + 1)

    def _end(self, index: int) -> int:
        """Return where a unit ends in the text."""
        return self._line.items[self._units[index].last - 1].end

    def _object_first(self) -> Found | None:
        """Read "the-object <words> give X": the verb with its model behind what is handed over."""
        units, items = self._units, self._line.items
        markers = self._lexicon.object_first
        if not markers or any(u.roles & (R.NOT | R.REPORT | R.CONDITION) for u in units):
            return None
        marked = [n for n, u in enumerate(units) if items[u.first].symbol in markers]
        start = marked[0] if marked else 0
        verbs = [n for n in range(start, len(units)) if units[n].roles & (R.ASK | R.LET)]
        if not verbs or verbs[0] <= start + bool(marked) or verbs[0] + 1 >= len(units):
            return None
        name = verbs[0] + 1
        lead = LOOSE | R.SMALL | R.COMMA | R.REQUEST
        if not units[name].roles & R.MODEL or not only(units[:start], lead):
            return None
        if not self._is_known(name) or not (marked or self._begins_task(name + 1)):
            return None
        if not marked and units[verbs[0] - 1].roles & R.PERSON:
            return None  # somebody else has X do it
        if self._needed(name, Clause(start, name + 1)) > FAIR or self._ends_asking():
            return None
        rest = units[name + 1 :]
        self._aside_first = start if rest and rest[0].roles & R.COLON else verbs[0]
        return Found("once", CLEAR, name, name + 1, open=bool(rest))

    def _order_at_end(self) -> Found | None:
        """Read "<anything> X to switch-please": an order at the end where verbs stand there."""
        units, items = self._units, self._line.items
        marks = self._lexicon.object_marks
        names = [n for n, unit in enumerate(units) if unit.roles & R.MODEL]
        if not marks or len(names) != 1 or not names[0] or not self._few:
            return None
        name = names[0]
        # "Change the title to X" has an object.
        if any(items[unit.first].symbol in marks for unit in units[:name]):
            return None
        against = R.REPORT | R.CONDITION | R.QUESTION | R.NOT | R.WORK_ON | R.DEAL
        if any(u.roles & against and not u.roles & (LOOSE | R.SMALL) for u in units[:name]):
            return None
        tail = units[name + 1 :]
        allowed = R.SMALL | R.WITH | R.GO | R.REQUEST | R.END | LOOSE
        moves = any(unit.roles & R.GO for unit in tail)
        asks = any(unit.roles & (R.REQUEST | R.POLITE) for unit in tail)
        if not (moves and asks and only(tail, allowed)):
            return None
        if self._needed(name, Clause(name, len(units), R.GO)) > CLEAR or self._is_a_thing(name):
            return None
        self._aside_first = name
        return Found("switch", CLEAR, name, len(units))

    def _named_exactly(self, found: Found) -> Found:
        """Take "the cheapest of OpenAI, 4o mini": what stands behind the comma is the model."""
        units = self._units
        if found.name is None or found.kind not in ("switch", "once") or found.open:
            return found
        item = units[found.name].item
        if item is None or item.symbol not in _VAGUE or not units[found.last : found.last + 1]:
            return found
        rest = units[found.last :]
        names = [n for n, unit in enumerate(rest) if unit.roles & R.MODEL]
        if len(names) != 1 or not rest[0].roles & R.COMMA or any(u.roles & R.OR for u in rest):
            return found
        named = rest[names[0]].item
        if named is None or named.symbol not in (KNOWN, WEAK):
            return found
        if not only(rest, LOOSE | R.SMALL | R.AND | R.COMMA | R.END | R.MODEL | R.DEGREE):
            return found
        return replace(found, name=found.last + names[0], last=found.last + names[0] + 1)

    def _found_at(self, index: int) -> Found | None:
        clause = self._clause(index, COMMAND | R.NOT)
        found = self._done_again(index)
        if found is None and clause.last > index:
            found = self._read(clause) or self._opinion(index)
        if found is None:
            return None
        if found.item is not None:
            return found  # what stands before it names the model
        against = self._speaks_against(index, found)
        if against is not None:
            self.veto(self._said(index, found.last), against)
            return None
        return found

    def _question(self) -> Found | None:
        """Read a whole sentence as a question about the models."""
        units = self._units
        if len(self._line.items) > _LONGEST_QUESTION:
            return None
        # "Which open models are there?"; "the models, which is best" asks for advice.
        described = not self._lexicon.has_templates and not any(u.roles & R.COMMA for u in units)
        if not only(units, QUESTION | (R.ATTRIBUTE if described else 0)):
            return self._choice()
        if any(unit.item is not None and unit.item.symbol in _NOT_HERE for unit in units):
            return None  # "are you GPT-9?"
        roles = 0
        for unit in units:
            roles |= unit.roles
        asks = self._ends_asking() or bool(roles & (R.WHICH | R.OR))
        offers = any(
            unit.roles & (R.SHOW | R.AVAILABLE) and not unit.roles & (R.ARE_YOU | R.SPEAKING)
            for unit in units
        )
        kind = _asked(roles, is_question=asks, offers=offers)
        if kind is None:
            return None
        return Found(kind, CLEAR, None, len(units))

    def _choice(self) -> Found | None:
        """Read "which models can I switch to?": what is asked for can be had."""
        units = self._units
        if not only(units, ASKED_WITH):
            return None
        roles = 0
        for unit in units:
            roles |= unit.roles
        several = any(u.roles & R.NOUNS and not u.roles & R.NOUN for u in units)
        shown = roles & R.SHOW and roles & R.NOUNS
        asks = several and roles & R.WHICH and self._ends_asking()
        chooses = roles & R.REQUEST and roles & (R.GO | R.USE | R.TALK)
        if roles & R.MODEL or not chooses or not (shown or asks):
            return None
        return Found("list", CLEAR, None, len(units))

    def _command(self, found: Found, index: int) -> Command:
        units, items = self._units, self._line.items
        first = index
        if self._aside_first is not None:
            first, self._aside_first = self._aside_first, None
        elif index and units[index - 1].roles & R.COLON and self._led_by_wish(index):
            first = 0  # "model: X"
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
        item = units[found.name].item if found.name is not None else found.item
        self.match(found.kind, self._said(first, last), f"by its roles (strength {found.support})")
        also = found.also
        called = items[0].symbol == "@"  # what follows is all for the model
        return Command(
            kind=found.kind,
            frame=Frame(found.kind, "say", found.support, "", ""),
            item=item,
            start=items[said[0].first].start,
            core=items[said[0].first].start,
            end=items[said[-1].last - 1].end,
            stay=bool((everything if found.open and not called else roles) & R.STAY),
            once=bool((everything if found.open else roles) & R.ONCE),
            open=found.open,
            support=found.support,
            again=bool((roles if found.kind == "once" else everything) & R.AGAIN)
            or (bool(roles & R.OPINION) and "?" not in self._text[: items[said[0].first].start]),
            pointed=found.item is not None,
            others=tuple(item for n in found.others if (item := units[n].item) is not None),
            also=None
            if also is None
            else (items[units[also[0]].first].start, items[units[also[1] - 1].last - 1].end),
        )


def is_of_question(items: Sequence[Item], lexicon: RoleLexicon) -> bool:
    """Whether some items go on asking about models: "which ones?", "Claude or GPT?"."""
    return only(units_of(items, lexicon.tree), ASKED_WITH | LOOSE)


def _asked(roles: int, *, is_question: bool, offers: bool) -> Kind | None:
    """Return what a question asks for whose every word is explained.

    Args:
        roles: of all its words.
        is_question: whether it asks, instead of stating something.
        offers: whether a word asks for what can be had and does nothing else.
    """
    listing = roles & (R.SHOW | R.AVAILABLE)
    if roles & R.LIST_MODELS:
        return "list"
    if roles & R.MODEL:
        if offers and roles & R.WHICH and roles & (R.NOUNS | R.NOUN):
            return "list"
        if roles & R.ARE_YOU and is_question:
            return "which"
        if roles & R.WHICH_MODEL and is_question:
            return "which"  # "who is this, Claude or GPT?"
        if listing and roles & (R.WHICH | R.SHOW) and roles & (R.NOUNS | R.NOUN | R.AVAILABLE):
            return "list"
        return None
    if roles & R.WHICH_MODEL:
        return "which"
    if roles & R.NOUNS and listing and roles & (R.WHICH | R.SHOW | R.AVAILABLE):
        return "list"
    if roles & R.NOUN and roles & R.AVAILABLE and roles & (R.WHICH | R.SHOW):
        return "list"
    speaks = R.SPEAKING | (R.ARE_YOU if roles & R.WHICH else 0)
    if roles & R.NOUN and roles & speaks and roles & (R.WHICH | R.SHOW):
        return "which"
    return None


def is_of_command(items: Sequence[Item], lexicon: RoleLexicon) -> bool:
    """Whether all that some items say could stand in a command: nothing is left to answer."""
    units = units_of(items, lexicon.tree)
    asks = any(unit.roles & (R.TASK | R.QUESTION | R.WHICH) for unit in units)
    return not asks and only(units, COMMAND | BREAKS | R.NOT)


def refuses(items: Sequence[Item], lexicon: RoleLexicon) -> bool:
    """Whether some items say that a model isn't wanted, and nothing that isn't understood."""
    if lexicon.takes_back.isdisjoint([item.symbol for item in items]):
        return False
    units = units_of(items, lexicon.tree)
    refused = any(unit.roles & R.NOT and not unit.roles & R.SMALL for unit in units)
    named = any(unit.roles & R.MODEL for unit in units)
    return refused and named and all(unit.roles for unit in units)


def is_loose(items: Sequence[Item], lexicon: RoleLexicon) -> bool:
    """Whether some items of a sentence say nothing but politeness."""
    return only(units_of(items, lexicon.tree), LOOSE | R.COMMA | R.END | R.AND)


def is_tail(items: Sequence[Item], lexicon: RoleLexicon) -> bool:
    """Whether some items only say for how long, or please."""
    return only(units_of(items, lexicon.tree), R.STAY | R.ONCE | R.POLITE | R.COMMA)


def takes_back(line: Line, lexicon: RoleLexicon, after: int) -> str | None:
    """Return the words behind position ``after`` that take a wish back, or None."""
    if lexicon.takes_back.isdisjoint([item.symbol for item in line.items]):
        return None
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
        if cancels and only(clause, LOOSE | R.CANCEL | R.NOT | R.SMALL | R.AND | R.NOUN):
            return " ".join(i.symbol for i in line.items[clause[0].first : clause[-1].last])
    behind = [unit for unit in units if line.items[unit.first].start >= after]
    refuses = any(unit.roles & R.NOT for unit in behind)
    allowed = R.NOT | R.FIX | R.FILLER | R.POLITE | R.COMMA | R.END
    if refuses and len(behind) == len(units) and only(behind, allowed):
        return " ".join(i.symbol for i in line.items)
    return None

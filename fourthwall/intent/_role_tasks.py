"""Tasks that are handed to a model: "ask X to ...", "write ... with X"."""

from __future__ import annotations

from fourthwall.intent._role_objections import RoleObjections
from fourthwall.intent._role_unions import (
    AGAINST,
    CLEAR,
    FAIR,
    LOOSE,
)
from fourthwall.intent._roles import Role
from fourthwall.intent._symbols import (
    UNKNOWN,
    WEAK,
    WEAK_UNKNOWN,
)
from fourthwall.intent._unit_sentence import Clause, Found, only
from fourthwall.intent._units import Unit

__all__ = ["RoleTasks"]

R = Role
_MARKUP = frozenset("#*|=")
_NEAR = 3  # units after a command in which a report would show
_APPOSITION = 7  # units of ", my old neighbour,"
_SHORT_TASK = 4  # units of "(to) try that again"


class RoleTasks(RoleObjections):
    """A sentence that knows which tasks it hands over."""

    def _handed_over(self, clause: Clause, name: int) -> Found | None:
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
            if units[index].roles & (R.TASK | R.INDEFINITE | R.IT):
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
                if units[hands].roles & (R.IT | R.INDEFINITE):
                    break  # "this code": the task's object
                hands += 1
        begins = hands
        while begins < len(units) and units[begins].roles & (R.COMMA | R.COLON | R.FOR_TASK):
            if units[begins].roles & R.TASK:
                break
            begins += 1
        also = None
        if not asks:
            also = self._asked_at_the_end(begins)
        if also is not None:
            return Found("once", CLEAR, name, hands, open=True, also=also)
        if begins >= len(units) or units[begins].roles & (R.END | R.OR):
            return None
        if self._needed(name, clause) > FAIR:
            return None
        if asks and self._lexicon.has_templates and not units[begins].roles & (R.TASK | R.QUESTION):
            return None
        if not asks and self._is_asked_politely(name, hands, begins):
            return Found("once", FAIR, name, begins, open=True)
        if asks:
            return self._asked_of(clause, name, hands, begins)
        if uses and self._is_project(name, begins):
            return Found("switch", FAIR, name, len(units))
        if uses and self._is_known(name) and self._leads_to_task(name, begins):
            return Found("once", FAIR, name, begins, open=True)
        return None

    def _asked_of(self, clause: Clause, name: int, hands: int, begins: int) -> Found | None:
        """Read what is asked of a model: its last question again, a task, or nothing for one."""
        units = self._units
        if self._asks_again(begins):
            return Found("retry", CLEAR, name, len(units))
        impersonal = R.SMALL | R.CONDITION | R.QUESTION  # "whether one may ..."
        if any(u.roles & R.PERSON and not u.roles & impersonal for u in units[begins : begins + 2]):
            self.veto(self._said(clause.first, begins), "a person is meant")
            return None
        if only(units[begins:], LOOSE | R.ANSWER | R.SMALL | R.END):
            return None
        if any(u.roles & (R.DEAL | R.REPORT) for u in units[begins : begins + 2]):
            return None
        item = units[name].item
        origin = units[name + 1].roles if name + 1 < len(units) else 0
        doubtful = item is not None and item.symbol == WEAK and not self._lexicon.verb_final
        if doubtful and origin & R.FROM and not origin & (R.FOR_TASK | R.TASK | R.WITH):
            self.veto(self._said(clause.first, begins), "a person is meant")
            return None  # "ask Claude from accounts"
        if self._is_apposition(name + 1):
            self.veto(self._said(clause.first, begins), "a person is meant")
            return None
        given = any(
            units[n].roles & R.TASK
            or (units[n].roles & R.ASK and units[n].last - units[n].first > 2)
            for n in range(clause.first, name)
        )
        strict = doubtful and not given and not self._lexicon.has_templates
        if strict and not self._is_for_a_model(begins):
            self.veto(self._said(clause.first, begins), "no task follows")
            return None
        lets = not any(units[n].roles & R.ASK for n in range(clause.first, hands))
        if lets and not self._begins_task(begins):
            return None
        owned = any(u.roles & R.PERSON for u in units[begins : begins + _NEAR])
        if lets and owned and self._lexicon.has_templates:
            return None  # "let Claude finish his lunch"
        return Found("once", FAIR, name, begins, open=True)

    def _is_for_a_model(self, begins: int) -> bool:
        """Whether what is asked of somebody sounds like a question or a task for a model."""
        near = self._units[begins : begins + _NEAR + 1]
        asked = R.TASK | R.QUESTION | R.WHICH | R.IT | R.AGAIN | R.REDO | R.ANSWER | R.CONDITION
        if any(unit.roles & asked for unit in near) or self._begins_task(begins):
            return True
        rest = self._units[begins - 1 :]
        return any(unit.roles & R.COLON for unit in rest) or self._ends_asking()

    def _is_project(self, name: int, begins: int) -> bool:
        """Whether "I need X for this project" ends with a thing, not with a task."""
        units = self._units
        if self._lexicon.has_templates or not units[begins - 1].roles & (R.SMALL | R.IT):
            return False
        if units[begins - 1].roles & R.FOR_TASK:
            return False
        led = any(units[n].roles & R.FOR_TASK for n in range(name + 1, begins))
        rest = [unit for unit in units[begins:] if not unit.roles & (LOOSE | R.END | R.SMALL)]
        return led and len(rest) <= 2 and not any(unit.roles for unit in rest)

    def _is_apposition(self, index: int) -> bool:
        """Whether ", my neighbour," stands at unit ``index``."""
        rest = self._units[index : index + _APPOSITION]
        commas = [n for n, unit in enumerate(rest) if unit.roles & R.COMMA]
        if len(commas) < 2 or commas[0] or commas[1] < 2:
            return False
        between = rest[1 : commas[1]]
        begins = between[0].roles & R.SMALL and not between[0].roles & (R.TASK | LOOSE | R.WITH)
        return bool(begins) and any(unit.roles & ~R.PERSON == 0 for unit in between)

    def _is_asked_politely(self, name: int, hands: int, begins: int) -> bool:
        """Whether "could X translate this, please" asks for a task; "can X translate?" doesn't."""
        units = self._units
        beside = (name - 1, name - 2, name + 1)
        requests = any(0 <= n < hands and units[n].roles & R.REQUEST for n in beside)
        rest = units[begins:]
        items = self._line.items
        meant = any(unit.roles & (R.IT | R.POLITE | R.COLON) for unit in rest) or any(
            items[unit.first].symbol in self._lexicon.for_me for unit in units[hands:]
        )
        return requests and meant and self._begins_task(begins)

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
        last = begins
        while last < len(self._units) and not self._units[last].roles & (R.END | R.COLON):
            last += 1
        rest = [unit for unit in self._units[begins:last] if not unit.roles & LOOSE]
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
            item = units[name].item
            person = item is not None and item.symbol == WEAK
            picks = any(units[n].roles & (R.PICK | R.WITH) for n in range(begins))
            return not self._lexicon.has_templates and (picks or not person)
        if not (self._lexicon.verb_final or self._lexicon.verb_last):
            return False
        # "Can you with X a poem write?": the verb comes last, a text may follow.
        last = next((n for n in range(begins, len(units)) if units[n].roles & R.COLON), len(units))
        while last > begins and units[last - 1].roles & (LOOSE | R.END | R.REQUEST):
            if units[last - 1].roles & R.TASK:
                break
            last -= 1
        return last > begins and bool(units[last - 1].roles & R.TASK)

    def _is_spaced(self, unit: int) -> bool:
        """Whether white space stands before a unit, so that it may be a part of a longer name."""
        return self._text[self._line.items[self._units[unit].first].start - 1].isspace()

    def _asked_at_the_end(self, begins: int) -> tuple[int, int] | None:
        """Return the units of an "ask" that ends the sentence, in languages that put it there."""
        if not self._lexicon.verb_final:
            return None
        units = self._units
        last = len(units)
        while last > begins and units[last - 1].roles & (LOOSE | R.END | R.SMALL):
            if units[last - 1].roles & (R.ASK | R.LET):
                break
            last -= 1
        first = last
        while first > begins and units[first - 1].roles & (R.ASK | R.LET):
            first -= 1
        if first == last or first <= begins:
            return None
        if any(unit.roles & AGAINST for unit in units[begins:first]):
            return None
        return first, last

    def _puts_verbs_last(self, first: int) -> bool:
        """Whether the verb of a task may stand behind the name that unit ``first`` leads to."""
        if self._lexicon.verb_final:
            return True
        asks = any(unit.roles & R.REQUEST for unit in self._units[:first])
        return self._lexicon.verb_last and asks

    def _aside(self) -> Found | None:
        """Read "write a poem with X": a task that ends with whom it is for."""
        units = self._units
        names = [n for n, unit in enumerate(units) if unit.roles & R.MODEL]
        if len(names) != 1 or not names[0]:
            return None
        name = names[0]
        if not self._is_known(name):
            return None
        return self._inside(name) or self._asked_last(name) or self._with_at_end(name)

    def _is_known(self, name: int) -> bool:
        """Whether a model is here: who names another one in a task writes a prompt, no command."""
        item = self._units[name].item
        return item is not None and item.symbol not in (UNKNOWN, WEAK_UNKNOWN)

    def _inside(self, name: int) -> Found | None:
        """Read "explain with X what ...": a task with the model right behind its verb."""
        units = self._units
        if self._lexicon.has_templates or self._lexicon.verb_final:
            return None
        first = name
        while (
            first
            and units[first - 1].roles & (R.SMALL | R.NOUN)
            and not units[first - 1].roles & R.WITH
        ):
            first -= 1
        if not first or not units[first - 1].roles & R.WITH or name + 1 >= len(units):
            return None
        first -= 1
        left, rest = units[:first], units[name + 1 :]
        start = 0
        while (
            start < first
            and left[start].roles & (LOOSE | R.REQUEST | R.COMMA)
            and not left[start].roles & R.TASK
        ):
            start += 1
        own = R.SMALL | R.IT | R.INDEFINITE | LOOSE
        if start >= first or not left[start].roles & R.TASK or not only(left[start + 1 :], own):
            return None
        if only(rest, LOOSE | R.SMALL | R.END | R.COMMA) or rest[0].roles & (
            R.AND | R.OR | R.PERSON
        ):
            return None
        if any(unit.roles & (R.REPORT | R.PERSON | R.DEAL) for unit in rest[:_NEAR]):
            return None
        if self._is_a_thing(name) or self._needed(name, Clause(first, name + 1)) > FAIR:
            return None
        self._aside_first = first
        return Found("once", FAIR, name, name + 1)

    def _asked_last(self, name: int) -> Found | None:
        """Read "the way to Kyoto X ask": a task, whom to ask, and the verb at the end."""
        units = self._units
        if not self._lexicon.verb_final:
            return None
        last = name + 1
        while last < len(units) and not units[last].roles & (R.END | R.COLON):
            last += 1
        tail = units[name + 1 : last]
        verbs = R.ASK | R.LET
        allowed = verbs | R.SMALL | R.WITH | R.FROM | R.TASK | R.ANSWER | R.REQUEST | LOOSE
        if not any(unit.roles & verbs for unit in tail) or not only(tail, allowed):
            return None
        left = units[:name]
        if any(unit.roles & (R.REPORT | R.CONDITION) and not unit.roles & LOOSE for unit in left):
            return None
        if any(unit.roles & (R.NOT | R.DEAL) for unit in left) or only(left, LOOSE | R.COMMA):
            return None
        if (
            self._ends_asking()
            or self._is_a_thing(name)
            or self._needed(name, Clause(name, last)) > FAIR
        ):
            return None
        self._aside_first = name
        return Found("once", FAIR, name, last)

    def _with_at_end(self, name: int) -> Found | None:
        """Read a task that ends with whom it is for, or with that and its verb."""
        units = self._units
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
        text = next((n for n, unit in enumerate(tail) if unit.roles & R.COLON), None)
        worked_on = text is not None and text + 1 < len(tail)  # "answer this with X: ..."
        if worked_on:
            tail = tail[:text]
        # The verb may stand at the end: "a poem with X write".
        ends = R.TASK | R.REQUEST | R.WORK_ON if self._puts_verbs_last(first) else 0
        if not only(tail, LOOSE | R.SMALL | R.END | R.COMMA | ends):
            return None
        verb_behind = ends and any(unit.roles & R.TASK for unit in tail)
        left = units[:first]
        if len(left) > 1 and left[-1].roles & R.AND and left[-2].roles & R.COMMA:
            left = left[:-2]  # "..., and that with X"
        if left and left[-1].roles & (R.SMALL | R.OR | R.AND) and not left[-1].roles & R.TASK:
            return None  # "the risks of using X"
        if any(unit.roles & (R.NOUN | R.NOUNS) for unit in left):
            return None  # a bot is built with it
        if any(unit.roles & R.GO and not unit.roles & (R.SMALL | R.TASK | LOOSE) for unit in left):
            return None  # "a bank that replaced its helper with X"
        own_words = self._line.items[: units[last].first] if last < len(units) else self._line.items
        if not self._few or any(item.symbol in _MARKUP for item in own_words):
            return None
        start = 0
        while start < first and left[start].roles & (LOOSE | R.REQUEST | R.COMMA | R.SMALL):
            if left[start].roles & R.TASK:
                break
            start += 1
        if start >= first:
            return None
        tasks = (
            left[start].roles & R.TASK
            or verb_behind
            or (self._lexicon.verb_final and any(unit.roles & R.TASK for unit in left))
        )
        # Whom a text is for may be said behind its verb: "write my boss a mail with X".
        persons = 0 if left[start].roles & R.TASK or verb_behind else R.PERSON
        if not tasks or any(u.roles & (R.REPORT | R.CONDITION | R.DEAL | persons) for u in left):
            return None
        if any(u.roles & R.NOT and not u.roles & R.FILLER for u in left):
            return None
        if self._is_a_thing(name) or self._needed(name, Clause(first, last)) > FAIR:
            return None
        while last < len(units) and units[last].roles & (LOOSE | R.SMALL):
            last += 1
        self._aside_first = first
        return Found("once", FAIR, name, last)

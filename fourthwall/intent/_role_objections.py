"""What speaks against a clause that has the form of a command.

A report, a condition or a question before it, somebody else's words, a label, what it is for, and
what follows it.
"""

from __future__ import annotations

from collections.abc import Sequence

from fourthwall.intent._line import Description
from fourthwall.intent._role_unions import (
    AGAINST,
    COMMAND,
    FAIR,
    LOOSE,
    NO_CONDITION,
    VERBS,
)
from fourthwall.intent._roles import Role
from fourthwall.intent._symbols import KNOWN, WEAK
from fourthwall.intent._unit_sentence import Found, UnitSentence, only
from fourthwall.intent._units import Unit

__all__ = ["RoleObjections"]

R = Role
_QUOTES = frozenset("\"'`“„«「『")
_BRIEF = 5  # units
_PRICED = frozenset("%$€£")
_SHORTEST_TOPIC = 3  # units: ", good?"
_APPOSITION = 5  # units: ", my neighbour."
_NEAR = 3  # units after a command in which a report would show


class RoleObjections(UnitSentence):
    """A sentence that knows what speaks against its commands."""

    def _speaks_against(self, index: int, found: Found) -> str | None:
        """Return what speaks against a command that begins at unit ``index``, or None."""
        units = self._units
        left = units[:index]
        if self._is_purpose(index):
            return "it says what something else is for"
        if found.last < len(units) and not found.open and self._introduces(found.last):
            return "it introduces what isn't there"
        weak = found.support <= FAIR and not self._is_described(found)
        if weak and left and not self._follows_a_task(left) and not self._concludes(left, found):
            return "too weak after something else"
        said = self._units[index : found.last]
        asked = (
            found.support > FAIR
            and any(unit.roles & R.REQUEST for unit in said)
            and bool(left)
            and bool(left[-1].roles & R.AND)
        )
        if left and not only(left, LOOSE | R.COMMA | R.AND | R.SMALL):
            for unit in left:
                if asked and unit.roles & R.QUESTION:
                    continue  # "How old is Rome, and can you switch to X?"
                if unit.roles & AGAINST and not unit.roles & (R.FILLER | R.REQUEST | R.POLITE):
                    return f"guard {_role_name(unit.roles & AGAINST)!r}"
                if unit.roles & R.WORK_ON and any(u.roles & R.COLON for u in left):
                    return "guard 'work_on'"
            wished = all(unit.roles for unit in left) and any(
                unit.roles & (R.SWITCH_WHAT | R.NOUN | R.FIX) or self._leads_in(unit)
                for unit in left
            )
            setting = any(u.roles & R.FIRST for u in left) and not any(
                u.roles & (VERBS | R.REQUEST | R.POLITE) & ~R.SMALL for u in left
            )
            labelled = setting or self._is_numbered(left) or not (wished or self._is_note(left))
            if left[-1].roles & R.COLON and labelled:
                return "a label stands before it"
            refuses = len(left) > 1 and self._refuses(index - 2) and not left[-2].roles & R.FILLER
            if refuses and not self._lexicon.verb_final:  # there it ends a complaint
                return "guard 'not'"
            if left[-1].roles & R.OR:
                return "one of several things"
        if not found.open:
            against = self._follows(found)
            if against is not None:
                return against
        if self._configures(found):
            return "it configures or edits something"
        return None

    def _configures(self, found: Found) -> bool:
        """Whether a clause assigns, ends like code, or replaces one quoted word by another."""
        items = self._line.items
        if found.open:
            return False  # what stands in the task is the task's
        last = self._units[found.last - 1].last + 1
        items = items[:last] + items[last:][-1:]
        if any(item.symbol == "=" for item in items) or items[-1].symbol == ";":
            return True
        quoted = [item for item in items if self._text[item.start] in _QUOTES]
        return len([item for item in quoted if item.end - item.start > 1]) > 1

    def _follows(self, found: Found) -> str | None:
        """Return what in the words after a command speaks against it, or None."""
        rest = self._units[found.last :]
        if found.kind == "ambiguous" and not only(rest, R.END | R.COMMA | R.TASK | R.AND):
            return "more is said about it"
        if self._is_topic(found, rest):
            return "it is what a question is about"
        after = [u for u in rest if not u.roles & (R.COMMA | R.END)][:_NEAR]
        # "..., Anna said"; a reason may be a report, too: "..., because I was told it is good".
        told = after[: 1 + (bool(after) and (not after[0].roles or after[0].roles & R.PERSON > 0))]
        if any(u.roles & R.REPORT and not u.roles & (COMMAND | R.TASK) for u in told):
            return "guard 'report'"
        led = bool(rest) and bool(rest[0].roles & R.COLON)  # what follows is the question itself
        if not led and any(u.roles & R.CONDITION and not u.roles & NO_CONDITION for u in after[:2]):
            return "guard 'condition'"
        if self._lexicon.verb_final and any(
            u.roles & R.REPORT and not u.roles & (COMMAND | R.TASK)
            for u in [u for u in rest if not u.roles & R.END][-2:]
        ):
            return "guard 'report'"  # the verb of saying stands at the end
        if found.name is None or not after:
            return None
        item = self._units[found.name].item
        bare = item is not None and isinstance(item.payload, Description) and item.payload.bare
        first = after[0].roles
        if rest[0].roles & R.COMMA and item is not None and item.symbol == WEAK:
            better = any(u.roles & R.ATTRIBUTE for u in after)  # "talk to Claude, he's better"
            if first & R.PERSON and not first & (R.TASK | LOOSE) and not better:
                return "a person is meant"
        cries = self._line.items[-1].symbol == "!" and any(u.roles & R.DEAL for u in rest)
        if cries and rest[0].roles & R.COMMA and not any(u.roles & R.TASK for u in after):
            return "it advertises"  # "use X, first month free!"
        lets = rest[0].roles & R.COMMA and first & R.LET
        lets = lets and not first & (R.TASK | R.REQUEST | LOOSE)
        handed = any(u.roles & (R.MODEL | R.ANSWER | R.TASK | R.THAT_MODEL) for u in after)
        if found.support <= FAIR and lets and not handed:
            return "it advertises"  # "use X, let learning be fun"
        named = only(rest, R.COMMA | R.MODEL | R.END | LOOSE | R.SMALL)  # "a light one, Haiku"
        if (
            bare
            and not named
            and not any(u.roles & (R.TASK | R.QUESTION | R.WHICH) for u in after[:2])
        ):
            return "the description goes on about something else"
        joined = [u for u in after if not u.roles & R.AND]
        if rest[0].roles & R.AND and joined:
            if joined[0].roles & R.MODEL:
                return "more names follow"
            if not joined[0].roles & (R.TASK | R.QUESTION) and any(
                u.roles & R.DEAL or self._is_percent(u) for u in rest
            ):
                return "it advertises"  # "... and save 20 %"
            if found.support <= FAIR and (
                any(u.roles & R.PERSON for u in joined) or self._is_titled(joined[0])
            ):
                return "more names or persons follow"
        listed = len(joined) > 1 and joined[0].roles & joined[1].roles & R.MODEL
        if rest[0].roles & R.COMMA and listed:
            return "more names follow"
        if rest[0].roles & R.COMMA and found.support <= FAIR:
            if first & R.PERSON:
                return "a person is meant"
            own = first & R.SMALL and len(after) > 1 and after[1].roles & ~R.PERSON == 0
            if own and len(rest) <= _APPOSITION:
                return "a person is meant"
        return None

    def _concludes(self, left: Sequence[Unit], found: Found) -> bool:
        """Whether "..., use X" ends a message after its reason, with a name beyond doubt."""
        if self._lexicon.has_templates or not self._few or found.name is None:
            return False
        if not only(self._units[found.last :], LOOSE | R.END):
            return False
        item = self._units[found.name].item
        assert item is not None  # a unit in a model's place has one
        foreign = not self._lexicon.latin and self._text[item.start].isascii()
        brief = len(left) <= _BRIEF and self._text[item.start].isupper()  # "this is dull, use X"
        if item.symbol != KNOWN and not (item.symbol == WEAK and (foreign or brief)):
            return False
        if not left[-1].roles & (R.COMMA | R.AND):
            return False
        first = next((unit for unit in left if not unit.roles & (LOOSE | R.COMMA)), left[0])
        # "For code, use X" is advice.
        return not (first.roles & (R.FOR_TASK | R.SMALL | R.WITH) and self._lexicon.latin)

    def _is_numbered(self, left: Sequence[Unit]) -> bool:
        """Whether a colon stands behind a letter or a number: "option A: ..."."""
        if len(left) < 2:
            return False
        item = self._line.items[left[-2].last - 1]
        short = len(item.symbol) == 1 and item.symbol.isascii() and item.symbol.isalnum()
        return short and not left[-2].roles & R.MODEL

    def _leads_in(self, unit: Unit) -> bool:
        """Whether a unit before a colon says that a wish follows ("a small favour: ...")."""
        many = unit.last - unit.first > 1
        return bool(unit.roles & (R.FILLER | R.REQUEST | R.GO | R.USE)) and many

    def _is_topic(self, found: Found, rest: Sequence[Unit]) -> bool:
        """Whether "Using X, is that good?" asks about it instead of asking for it."""
        if found.support > FAIR:
            return False
        if not self._ends_asking() or len(rest) < _SHORTEST_TOPIC or not rest[0].roles & R.COMMA:
            return False
        if self._line.items[rest[0].first].symbol == ";":
            return False
        said = self._units[: found.last]
        asks = LOOSE | R.TASK | R.WHICH | R.QUESTION | R.REQUEST | R.POLITE | R.SPEAKING | R.AND
        return not any(u.roles & R.REQUEST for u in said) and not rest[1].roles & asks

    def _is_percent(self, unit: Unit) -> bool:
        return self._line.items[unit.first].symbol in _PRICED

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
            first.roles & R.FOR_TASK and second.roles & VERBS and not second.roles & R.SMALL
        )

    def _introduces(self, last: int) -> bool:
        """Whether a colon that nothing follows stands at unit ``last``."""
        return bool(self._units[last].roles & R.COLON) and last + 1 == len(self._units)

    def _follows_a_task(self, left: Sequence[Unit]) -> bool:
        """Whether a person's own task, or nothing of another matter, stands before a clause."""
        if all(unit.roles and not unit.roles & AGAINST for unit in left):
            return True  # nothing in it is about something else
        wish = R.REQUEST | R.USE
        if left[0].roles & wish and not left[0].roles & AGAINST and not self._lexicon.has_templates:
            return True  # "I need more speed, use X"
        if self._past and any(unit.roles & R.FIX for unit in left):
            return True  # "Claude... wait, that costs too much, use GPT"
        if any(
            unit.roles & R.MODEL or (unit.roles & R.NOT and not unit.roles & R.FIX) for unit in left
        ):
            return True  # a complaint: "that isn't good, use X"
        first = 0
        while first < len(left) and left[first].roles & (LOOSE | R.REQUEST | R.COMMA):
            if left[first].roles & R.TASK:
                break
            first += 1
        return first < len(left) and bool(left[first].roles & R.TASK)

    def _is_note(self, left: Sequence[Unit]) -> bool:
        """Whether what stands before a colon is about the model ("next model: ...")."""
        if any(unit.roles & R.FIRST for unit in left):
            return False  # "default model: X" is a setting
        return only(left, LOOSE | R.SMALL | R.NOUN | R.NOUNS | R.OTHER | R.COLON)

    def _is_described(self, found: Found) -> bool:
        """Whether a model is described so that nothing else can be meant."""
        item = self._units[found.name].item if found.name is not None else None
        return item is not None and isinstance(item.payload, Description) and not item.payload.bare


def _role_name(roles: int) -> str:
    return next(
        name.lower()
        for name in ("REPORT", "CONDITION", "QUESTION", "PERSON")
        if roles & getattr(Role, name)
    )

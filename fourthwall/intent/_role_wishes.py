"""What a clause wishes for, by the roles of its words.

Every word of the clause is explained by then; what makes a command of it, how clear it is and
which of its names is meant is decided here.
"""

from __future__ import annotations

from collections.abc import Sequence

from fourthwall.intent._intent import Kind
from fourthwall.intent._line import Description, Item
from fourthwall.intent._names import Mention
from fourthwall.intent._role_tasks import RoleTasks
from fourthwall.intent._role_unions import (
    AGAINST,
    CLEAR,
    COMMAND,
    FAIR,
    LOOSE,
    TAKES,
    VERBS,
)
from fourthwall.intent._roles import Role
from fourthwall.intent._symbols import COMMON, KNOWN, SEVERAL, WEAK, WEAK_UNKNOWN
from fourthwall.intent._unit_sentence import Clause, Found, only
from fourthwall.intent._units import Unit

__all__ = ["RoleWishes"]

R = Role
_WITH_PARTICLE = 2  # units: a name and "with"
_LONG_PHRASE = 3
_LONGEST_LEFT = 30  # units before a pronoun among which the name may stand
_DOUBTFUL = frozenset((WEAK, WEAK_UNKNOWN, COMMON))


class RoleWishes(RoleTasks):
    """A sentence that knows what its clauses wish for."""

    def _read(self, clause: Clause) -> Found | None:
        if clause.roles & R.NOT:
            return self._contrast(clause)
        persons = (unit.roles for unit in self._units[clause.first : clause.last])
        if any(roles & R.PERSON and not roles & (R.SMALL | LOOSE | R.REQUEST) for roles in persons):
            return None
        if clause.names and self._is_told(clause):
            return None  # "I already used X"
        if self._asks_whether(clause):
            self.veto(self._said(clause.first, clause.last), "a question whether it can be done")
            return None
        wanted, others = self._wanted(clause)
        if wanted is None and clause.names:
            return None  # "instead of Claude" alone
        if wanted is None:
            return self._nameless(clause)
        chosen = self._units[clause.first + 1 : clause.last]  # "or rather X" is no choice
        if any(unit.roles & R.OR for unit in chosen) and not others:
            return None  # "this chat or another"
        if self._is_a_thing(wanted):
            self.veto(self._said(clause.first, clause.last), "an ordinary word is meant")
            return None
        if self._lexicon.verb_final and not clause.ends:
            clause = self._up_to_verb(clause, wanted)
        closed = self._closed(clause, wanted)
        if closed is not None and self._may_end(clause, closed[0]):
            kind, support = closed
            if support < self._needed(wanted, clause):
                self.veto(self._said(clause.first, clause.last), "too weak for this name")
                return None
            return Found(kind, support, wanted, clause.last, others=others)
        return self._handed_over(clause, wanted)

    def _asks_whether(self, clause: Clause) -> bool:
        """Whether "is it possible to ..." asks about an ability (`deal`), not for the thing."""
        both = R.REQUEST | R.DEAL
        units = self._units[clause.first : clause.last]
        return self._lexicon.has_templates and any(u.roles & both == both for u in units)

    def _is_told(self, clause: Clause) -> bool:
        """Whether a clause with a name tells what was, and orders nothing."""
        units = self._units[clause.first : clause.last]
        other = COMMAND & ~(R.HAD | R.THAT_MODEL | R.SPEAKING | R.DEGREE | R.MODEL)
        told = [n for n, unit in enumerate(units) if unit.roles & R.HAD and not unit.roles & other]
        orders = [
            n for n, unit in enumerate(units) if unit.roles & VERBS and not unit.roles & R.HAD
        ]
        return bool(told) and not orders

    def _up_to_verb(self, clause: Clause, name: int) -> Clause:
        """Return a clause without what stands behind its last verb: the next one begins there."""
        last = clause.last
        while last > name + 1 and not self._units[last - 1].roles & (VERBS | R.REQUEST | R.POLITE):
            last -= 1
        if last in (clause.last, name + 1):
            return clause
        roles = 0
        for unit in self._units[clause.first : last]:
            roles |= unit.roles
        return Clause(clause.first, last, roles, clause.names, ends=False)

    def _wanted(self, clause: Clause) -> tuple[int | None, tuple[int, ...]]:
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
        if len(names) > 1 and self._compares(clause, names):
            return None, ()
        # "Claude, I mean GPT-5" is no choice of two; "Claude or GPT-5" is.
        either = [n for n in names[1:] if self._units[n - 1].roles & R.OR]
        if either:
            return names[0], tuple(either)
        return names[-1], ()

    def _compares(self, clause: Clause, names: Sequence[int]) -> bool:
        """Whether two names stand in one wish without "or": "I prefer X to Y"."""
        between = self._units[names[0] + 1 : names[-1]]
        if any(u.roles & (R.OR | R.FIX | R.AND | R.COMMA | R.NOT | R.COLON) for u in between):
            return False
        marks = self._lexicon.object_marks
        marked = any(self._line.items[u.first].symbol in marks for u in between)
        if clause.roles & (R.GO | R.BACK) and not marked:
            return False
        return bool(between)

    def _beside(self, index: int, names: Sequence[int]) -> int | None:
        """Return the name that a preposition (or postposition) at ``index`` belongs to."""
        after = [n for n in names if n > index]
        before = [n for n in names if n < index]
        touches = before and all(
            self._is_ending(self._units[n]) for n in range(before[-1] + 1, index)
        )
        if touches and (not after or self._lexicon.verb_final):
            return before[-1]
        if self._lexicon.verb_final and before:
            return None
        small = R.SMALL | R.INDEFINITE | R.NOUN | R.ANSWER | R.USE
        if after and all(self._units[n].roles & small for n in range(index + 1, after[0])):
            return after[0]
        return None

    def _closed(self, clause: Clause, name: int) -> tuple[Kind, int] | None:
        """Return what a clause that is a wish by itself comes to, and how clear it is."""
        roles = clause.roles
        if roles & (R.REDO | R.OPINION):
            return "retry", CLEAR
        moves = self._moves(clause)
        asked = self._asked(clause) if roles & R.GO else 0
        if asked:
            return ("retry" if asked & R.AGAIN else "once"), CLEAR  # "pass this question to X"
        if roles & R.AGAIN and not moves and (not roles & R.USE or roles & (R.ASK | R.LET)):
            return "retry", CLEAR if roles & (R.ASK | R.LET | R.ANSWER | R.WITH) else FAIR
        if moves and self._lexicon.has_templates and self._is_object(clause, name):
            return None  # "move Claude": to where?
        if moves or (roles & R.TALK and self._is_spoken_to(clause, name)):
            return "switch", CLEAR
        if self._after and (roles & R.FIX or self._fixing):
            return "switch", CLEAR
        if roles & R.ANSWER:
            return self._answering(roles)
        if (roles & (R.ASK | R.LET) and roles & R.IT) or (roles & R.ASK and roles & R.ONCE):
            return "once", CLEAR
        if roles & R.USE and self._asks_about(clause, name):
            return None  # "would X do for this?"
        if roles & R.USE:
            clear = roles & (R.STAY | R.NOUN | R.INSTEAD_OF | R.CHAT)
            return "switch", CLEAR if clear else FAIR
        if roles & R.INSTEAD_OF:
            return "switch", CLEAR
        return self._without_verb(clause, name)

    def _moves(self, clause: Clause) -> bool:
        """Whether a verb of a clause moves the conversation."""
        moving = R.GO | R.BACK | R.SWITCH_WHAT
        if clause.roles & (R.ASK | R.TALK | R.USE) and clause.roles & R.FILLER:
            # "Come on, let's ask X": a filler that else is a verb of moving.
            units = self._units[clause.first : clause.last]
            return any(unit.roles & moving and not unit.roles & R.FILLER for unit in units)
        return bool(clause.roles & moving)

    def _answering(self, roles: int) -> tuple[Kind, int] | None:
        """Return what a clause with these roles comes to in which a model answers."""
        if roles & R.IT and not roles & R.STAY and not self._is_instead():
            return "once", CLEAR  # "let X answer this"
        # "Put Claude to answer" is a wish by its other verb.
        if roles & (R.LET | R.REQUEST | R.STAY | R.ONCE | R.INSTEAD_OF | R.CHAT | R.USE):
            return "switch", CLEAR
        return ("switch", FAIR) if self._lexicon.verb_final or roles & R.POLITE else None

    def _without_verb(self, clause: Clause, name: int) -> tuple[Kind, int] | None:
        """Return what a clause comes to that wishes by other words: "please", "from now on"."""
        roles = clause.roles
        particle = self._lexicon.verb_final and roles & R.NOUN and self._is_whole(clause)
        if particle and name + 1 < clause.last and self._units[name + 1].roles & R.WITH:
            return "switch", CLEAR  # "the model: X with"
        alone = clause.ends and self._is_whole(clause)
        units = self._units[clause.first : clause.last]
        if roles & R.ASK and alone and only(units, R.ASK | R.SMALL | R.REQUEST | LOOSE | R.MODEL):
            return "retry", FAIR  # "ask X": the last question again
        left = 0
        for unit in self._units[: clause.first]:
            left |= unit.roles or R.REPORT
        bare = not roles & R.STAY and only(units, LOOSE | R.SMALL | R.WITH | R.MODEL)
        if bare and left & (R.REDO | R.AGAIN) and not left & (AGAINST | R.MODEL):
            return "retry", CLEAR  # "once more the same, now X"
        if roles & R.NOUN and alone and self._is_labelled(clause, name):
            return "switch", FAIR  # "model GPT-5"
        told = any(unit.roles & R.SPEAKING and not unit.roles & ~R.SPEAKING for unit in units)
        if roles & (R.STAY | R.CHAT) and not told and (alone or not roles & (R.ASK | R.CHAT)):
            return "switch", FAIR
        if alone and self._is_asked_for(clause):
            return "switch", CLEAR
        if self._lexicon.verb_final and alone and roles & R.FILLER:
            last = self._units[clause.last - 1].roles
            if last & R.WITH and clause.last - name == _WITH_PARTICLE:
                return "switch", FAIR
        if self._refuses_next(clause):
            return "switch", CLEAR
        following = self._units[clause.last].roles if clause.last < len(self._units) else 0
        led = roles & (R.WITH | R.POLITE) or following & R.COLON or alone
        if roles & R.ONCE and led and not roles & R.ASK:
            return "once", FAIR
        if roles & R.POLITE and (alone or self._follows_complaint(clause)):
            return "switch", FAIR
        return None

    def _asks_about(self, clause: Clause, name: int) -> bool:
        """Whether "is X enough?" asks about a model: its name before the verb, and no request."""
        if not self._ends_asking() or clause.roles & (R.REQUEST | R.POLITE | R.LET):
            return False
        before = self._units[clause.first : name]
        return not self._lexicon.verb_final and not any(unit.roles & VERBS for unit in before)

    def _is_labelled(self, clause: Clause, name: int) -> bool:
        """Whether "model X" is all that is said, with a name beyond doubt."""
        item = self._units[name].item
        if item is None or item.symbol != KNOWN or self._lexicon.has_templates:
            return False
        return name == clause.last - 1 and not self._ends_asking()

    def _follows_complaint(self, clause: Clause) -> bool:
        """Whether "..., X please" ends a sentence that refuses something before."""
        left, rest = self._units[: clause.first], self._units[clause.last :]
        refuses = any(unit.roles & R.NOT for unit in left)
        models = any(unit.roles & R.MODEL for unit in left)
        return refuses and models and only(rest, LOOSE | R.END)

    def _is_instead(self) -> bool:
        """Whether the sentence names a model that isn't wanted any more."""
        return any(unit.roles & R.INSTEAD_OF for unit in self._units)

    def _asked(self, clause: Clause) -> int:
        """Return the role of words for a question in a clause ("this question"), or 0."""
        if clause.roles & R.ONCE:
            return 0
        for unit in self._units[clause.first : clause.last]:
            long = unit.last - unit.first >= (1 + self._lexicon.latin) * _LONG_PHRASE // 2
            other = unit.roles & (R.SMALL | VERBS | LOOSE)
            if long and unit.roles & (R.IT | R.AGAIN) and not other:
                return unit.roles
        return 0

    def _refuses_next(self, clause: Clause) -> bool:
        """Whether ", not Y" follows a bare name."""
        following = clause.last
        if following >= len(self._units) or not self._units[following].roles & R.COMMA:
            return False
        rest = self._units[following + 1 :]
        return (
            len(rest) > 1
            and bool(rest[0].roles & R.NOT)
            and (
                sum(1 for unit in rest if unit.roles & R.MODEL) == 1
                or (clause.roles & R.POLITE > 0 and any(u.roles & R.SMALL for u in rest))
            )
            and only(rest, R.NOT | R.MODEL | LOOSE | R.SMALL | R.END)
        )

    def _is_spoken_to(self, clause: Clause, name: int) -> bool:
        """Whether a name is whom to talk to, and not who talks ("can X talk?")."""
        before = self._units[name - 1] if name > clause.first else None
        after = self._units[name + 1].roles if name + 1 < clause.last else 0
        if before is None or not (self._ends_asking() and after & R.TALK):
            return True
        auxiliary = before.roles & (R.REQUEST | R.SMALL) and not before.roles & R.WITH
        return not (auxiliary and before.last - before.first == 1)

    def _is_object(self, clause: Clause, name: int) -> bool:
        """Whether a name stands right behind the verb that moves something."""
        return name > clause.first and bool(self._units[name - 1].roles & R.GO)

    def _may_end(self, clause: Clause, kind: Kind) -> bool:
        """Whether a closed wish may end where its explained words end."""
        if clause.ends:
            return True
        following = self._units[clause.last].roles
        before = self._units[clause.last - 1].roles
        if before & (R.REQUEST | R.POLITE) and clause.last - clause.first > 1:
            before |= self._units[clause.last - 2].roles  # an auxiliary behind the verb
        against = following & AGAINST and not following & LOOSE
        if self._lexicon.verb_final and before & VERBS and not against:
            rest = self._units[clause.last :]
            asks = any(unit.roles & (R.TASK | R.WHICH | R.QUESTION) for unit in rest)
            return asks or not self._ends_asking()
        # "switch to Claude write a poem": speech has no commas.
        moves = clause.roles & (R.GO | R.BACK | R.TALK | R.STAY | R.ONCE)
        if kind != "switch" or not moves or not following & (R.TASK | R.WHICH | R.QUESTION):
            return False
        if not self._is_known(clause.names[-1]):
            return False
        # "get me the Opus show": a word after "the" and a name is what is meant.
        name = clause.names[-1]
        article = (
            name
            and self._units[name - 1].roles & R.SMALL
            and self._units[name - 1].roles & R.DEGREE
        )
        return not article or name + 1 < clause.last

    def _nameless(self, clause: Clause) -> Found | None:
        """Read a clause without a name: back, to the first model, to any other."""
        roles = clause.roles
        if not clause.ends and not (
            self._lexicon.verb_final and self._units[clause.last - 1].roles & VERBS
        ):
            return None
        noun = roles & (R.NOUN | R.NOUNS)
        takes = roles & (TAKES | R.REDO) or (roles & R.FILLER and self._is_only_model(clause))
        kind: Kind | None = None
        units = self._units[clause.first : clause.last]
        first = noun and any(u.roles & R.FIRST and not u.roles & R.PREVIOUS for u in units)
        returns = roles & R.BACK or (roles & R.GO and roles & R.THAT_MODEL)
        had = returns and noun and roles & R.HAD and not roles & (R.FIRST | R.FIRST_MODEL)
        if roles & R.REVERT and not (first or roles & R.FIRST_MODEL):
            kind = "revert"
        elif roles & (R.RESET | R.REVERT) or (takes and first and not roles & R.PREVIOUS_MODEL):
            kind = "reset"
        elif had or (takes and (roles & R.PREVIOUS_MODEL or (roles & R.PREVIOUS and noun))):
            kind = "revert"
        elif takes and (roles & R.FIRST_MODEL or (roles & R.FIRST and noun)):
            kind = "reset"
        elif roles & R.SWITCH_WHAT or (
            takes and (roles & R.OTHER_MODEL or (roles & R.OTHER and noun))
        ):
            kind = "ambiguous"
        spoken = any(unit.roles & R.NOUN for unit in self._units[: clause.first])
        if kind is None and spoken and roles & R.OTHER and roles & (R.GO | R.USE):
            kind = "ambiguous"  # "this model is bad, take another"
        if kind is None:
            kind = self._spoken_of(clause)
        if kind is None:
            return self._named_before(clause)
        return Found(kind, CLEAR, None, clause.last)

    def _is_only_model(self, clause: Clause) -> bool:
        """Whether a sentence names the model before or the first, and thanks for it."""
        units = self._units[clause.first : clause.last]
        model = R.NOUN | R.PREVIOUS | R.FIRST | R.PREVIOUS_MODEL | R.FIRST_MODEL
        allowed = LOOSE | R.SMALL | R.COMMA | R.AND | model
        last = clause.last - 1
        thanks = last > clause.first and bool(self._units[last - 1].roles & R.COMMA)
        return thanks and self._is_whole(clause) and only(units, allowed)

    def _spoken_of(self, clause: Clause) -> Kind | None:
        """Read "the model before was better, bring it back": what "it" is stands before it."""
        if not clause.roles & (R.BACK | R.GO | R.USE):
            return None
        if not clause.roles & (R.IT | R.BACK | R.THAT_MODEL):
            return None
        left = self._units[: clause.first] or self._past
        roles = 0
        for unit in left:
            roles |= unit.roles
        items = [unit.item for unit in left if unit.item is not None]
        if any(self._is_against(unit) for unit in left) or any(
            isinstance(item.payload, Mention) for item in items
        ):
            return None
        if items:
            roles |= R.NOUN  # "the model before was better" has been taken for a better model
        if roles & R.PREVIOUS_MODEL or (roles & R.NOUN and roles & R.PREVIOUS):
            return "revert"
        first = roles & R.FIRST_MODEL or (roles & R.NOUN and roles & R.FIRST)
        return "reset" if first else None

    def _is_against(self, unit: Unit) -> bool:
        """Whether a word speaks against a wish in the clause after it."""
        return bool(unit.roles & (R.REPORT | R.CONDITION | R.PERSON)) and not unit.roles & COMMAND

    def _contrast(self, clause: Clause) -> Found | None:
        """Read "not X, (but) Y" and "X, not Y"; a refusal alone asks for nothing."""
        refusals = [n for n in range(clause.first, clause.last) if self._refuses(n)]
        if not refusals:
            plain = Clause(
                clause.first, clause.last, clause.roles & ~R.NOT, clause.names, clause.ends
            )
            return self._read(plain)
        names = clause.names
        if not names or not clause.ends:
            return None
        refused = self._refused(refusals[0], names)
        rest = [n for n in names if n != refused]
        if clause.roles & R.OR:
            rest = [n for n in rest if n < refusals[0]]  # "X, not Y or Z"
        if not rest:
            return self._wanted_instead(clause)
        if not clause.roles & (VERBS | R.REQUEST | R.POLITE) and self._is_a_thing(rest[-1]):
            return None  # "a llama isn't an alpaca"
        if self._needed(rest[-1], clause) > CLEAR:
            return None
        return Found("switch", CLEAR, rest[-1], clause.last)

    def _refused(self, refusal: int, names: Sequence[int]) -> int:
        """Return the name that is refused: the next one after the "not", or the one before it."""
        after = [n for n in names if n > refusal]
        before = [n for n in names if n < refusal]
        if self._lexicon.verb_final and before and (not after or refusal - before[-1] <= 2):
            return before[-1]
        return after[0] if after else before[-1]

    def _wanted_instead(self, clause: Clause) -> Found | None:
        """Return the wish for another model in the clause after a refusal."""
        following = clause.last
        while following < len(self._units) and self._units[following].roles & (R.COMMA | R.AND):
            following += 1
        if following == clause.last or following >= len(self._units):
            return None
        wish = self._clause(following, COMMAND)
        if not wish.ends or len(wish.names) != 1 or wish.last == following:
            return None
        if self._is_a_thing(wish.names[0]):
            return None
        if wish.roles & (R.REDO | R.AGAIN | R.ASK):
            return None
        return Found("switch", CLEAR, wish.names[0], wish.last)

    def _opinion(self, index: int) -> Found | None:
        """Read "what would X say to that?", which is a question by its words."""
        clause = self._clause(index, COMMAND | R.QUESTION | R.WHICH | R.TASK)
        if not clause.roles & R.OPINION or not clause.ends or len(clause.names) != 1:
            return None
        if self._needed(clause.names[0], clause) > CLEAR:
            return None
        asked = R.OPINION | R.IT | R.AGAIN
        tasks = any(
            unit.roles & R.TASK and not unit.roles & asked
            for unit in self._units[clause.first : clause.last]
        )
        if tasks and not clause.roles & (R.IT | R.AGAIN):
            return None  # "explain what X does"
        following = self._units[clause.last :]
        if len(following) > 1 and following[0].roles & R.COLON:
            return Found("once", CLEAR, clause.names[0], clause.last + 1, open=True)
        return Found("retry", CLEAR, clause.names[0], clause.last)

    def _done_again(self, index: int) -> Found | None:
        """Read "write that again with X": a task's verb whose object is the last question."""
        clause = self._clause(index, COMMAND | R.TASK | R.WORK_ON)
        roles = clause.roles
        if not roles & R.TASK or not clause.ends or len(clause.names) != 1:
            return None
        handed = roles & (R.WITH | R.LET | R.ASK | R.USE)
        if not handed or self._lexicon.has_templates or self._ends_asking():
            return None
        if roles & (R.AGAIN | R.REDO):
            return Found("retry", CLEAR, clause.names[0], clause.last)
        return None

    def _named_before(self, clause: Clause) -> Found | None:
        """Read "I only trust X with this, so switch to it": the name stands before the clause."""
        units = self._units[clause.first : clause.last]
        roles = clause.roles
        moves = roles & (R.GO | R.BACK)
        pronouns = [n for n, unit in enumerate(units) if unit.roles & R.THAT_MODEL]
        if pronouns:
            answers = roles & R.LET and roles & R.ANSWER
            if not (moves or roles & (R.USE | R.TALK) or answers):
                return None
            verbs = [n for n, unit in enumerate(units) if unit.roles & R.GO]
            # "Change it" may be about anything; "change to it" and "put me on it" aren't.
            near = verbs and pronouns[-1] <= verbs[0] + 1
            short = near and units[verbs[0]].last - units[verbs[0]].first == 1
            if short and self._lexicon.has_templates:
                return None
        elif not moves or not only(units, R.GO | R.BACK | LOOSE | R.SMALL | R.REQUEST):
            return None
        elif self._lexicon.has_templates and not clause.first:
            return None  # "Gemini is my star sign. Switch it up!"
        elif clause.first and self._units[clause.first - 1].roles & R.COLON:
            return None  # a setting and its value
        item = self._only_name_before(clause.first)
        if item is None:
            return None
        if isinstance(item.payload, Description) and item.payload.bare and not roles & R.GO:
            return None
        if item.symbol == SEVERAL and isinstance(item.payload, Mention) and item.payload.weak:
            return None
        if item.symbol in _DOUBTFUL and not moves and not self._is_sure(item, roles):
            return None
        return Found("switch", CLEAR if moves else FAIR, None, clause.last, item=item)

    def _is_sure(self, item: Item, roles: int) -> bool:
        """Whether "X is good, use that" means a model, though X is an ordinary word, too."""
        said = self._text[item.start : item.end]
        written = said[:1].isupper() or not said.isascii() or any(c.isdigit() for c in said)
        picks = roles & (R.PICK | R.TALK | R.ANSWER)
        return bool(picks and written) and not self._lexicon.has_templates

    def _only_name_before(self, index: int) -> Item | None:
        """Return the one model that is named before unit ``index``, or in the sentence before."""
        if self._after:
            return None
        left = self._units[:index]
        if not any(unit.roles & R.MODEL for unit in left):
            left = [*self._past, *left]
        if len(left) > _LONGEST_LEFT or any(
            unit.roles & (R.CONDITION | R.QUESTION | R.DEAL | R.WHICH) and not unit.roles & COMMAND
            for unit in left
        ):
            return None
        if any(unit.roles & R.NOT and not unit.roles & (R.FIX | R.FILLER) for unit in left) or any(
            unit.roles & R.INSTEAD_OF for unit in left
        ):
            return None
        named = [unit.item for unit in left if unit.roles & R.MODEL]
        return named[0] if len(named) == 1 else None

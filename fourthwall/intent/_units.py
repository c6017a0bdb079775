"""A sentence as units: phrases with their roles, names, marks.

The longest phrase of the lexicon wins at each place.  A row of units that describes a model ("a
cheaper model", "something faster that you have") becomes one unit that stands for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fourthwall.intent._line import Description, Item
from fourthwall.intent._names import Mention
from fourthwall.intent._roles import START, Node, Role
from fourthwall.intent._symbols import DESCRIBED, GLUE, MENTIONED, PROVIDER, SENTENCE_END, SEVERAL

__all__ = ["Unit", "units_of", "with_topics"]

_CONTRACTED = frozenset(("t",))  # what turns a word into its contrary
_COMMAS = frozenset(",;–—()-")
_NOTHING = frozenset("'*~^")  # apostrophes of elision, emphasis, emoticons
_DESCRIPTION = (
    Role.ATTRIBUTE | Role.NOUN | Role.NOUNS | Role.THING | Role.DEGREE | Role.AVAILABLE
    | Role.INDEFINITE | Role.OTHER
)  # fmt: skip
_HEAD = Role.NOUN | Role.NOUNS | Role.THING
_CORE = Role.ATTRIBUTE | _HEAD
_CLAUSE_MARKS = frozenset(",;:.!?…¿¡-–—")
_GAP_ENDS = frozenset(",;:.!?…")
_ALL = (1 << 63) - 1  # every role, so that some must be there
_CLAUSE_END = Role.COMMA | Role.COLON | Role.END
_WISH = Role.REQUEST | Role.GO | Role.USE
_LONGEST_TOPIC = 2  # words of "my (tax return)"
_WIDEST_GAP = 16  # words
_BETWEEN = 3  # units that may stand between a model and its maker


@dataclass(frozen=True, slots=True)
class Unit:
    """Some items of a line that do one thing.

    Attributes:
        roles: what they may do, as bits of `Role`; 0 for a word that no phrase explains.
        first: index of the first item.
        last: index one past the last.
        item: what stands in a model's place.
        trait: what an attribute says.
    """

    roles: int
    first: int
    last: int
    item: Item | None = None
    trait: str | None = None


def units_of(items: Sequence[Item], tree: Node) -> list[Unit]:
    """Return the units of a sentence, left to right, without gaps."""
    units: list[Unit] = []
    words = [item.symbol for item in items]
    index = 0
    ends: dict[int, int] = {}  # where the second parts of phrases begin -> how long they are
    while index < len(items):
        if index in ends:
            unit = Unit(Role.SMALL, index, index + ends[index])
        else:
            unit = _unit(items, words, index, tree, ends)
        units.append(unit)
        index = unit.last
    if sum(unit.item is not None for unit in units) > 1 or any(_is_maker(u) for u in units):
        units = _with_makers(units, items)
    if any(unit.roles & Role.ATTRIBUTE for unit in units):
        return _with_descriptions(units, items)
    return units


def with_topics(units: list[Unit], *, verb_last: bool) -> list[Unit]:
    """Let "for my tax return I'd like X" say what for: no list holds every noun.

    One or two unexplained words behind "for", with a wish behind them, become a part of it; where
    verbs stand last, a name may follow at once ("let us for the proof X take").
    """
    wish = _WISH | Role.MODEL if verb_last else _WISH
    for index, unit in enumerate(units):
        if not unit.roles & Role.FOR_TASK or unit.roles & (Role.GO | Role.USE | Role.ASK):
            continue
        first = index + 1
        while first < len(units) and units[first].roles & (Role.SMALL | Role.INDEFINITE | Role.IT):
            first += 1
        last = first
        while last < len(units) and not units[last].roles:
            last += 1
        if not 0 < last - first <= _LONGEST_TOPIC or last >= len(units):
            continue
        clause = _clause_around(units, index)
        roles = 0
        for other in units[clause[0] : clause[1]]:
            roles |= other.roles
        wishes = roles & (Role.REQUEST | Role.USE)
        wished = wishes and roles & Role.MODEL and not roles & Role.TASK
        if wished and units[last].roles & wish:
            for place in range(first, last):
                units[place] = Unit(Role.SMALL, units[place].first, units[place].last)
    return units


def _clause_around(units: Sequence[Unit], index: int) -> tuple[int, int]:
    first = index
    while first and not units[first - 1].roles & _CLAUSE_END:
        first -= 1
    last = index
    while last < len(units) and not units[last].roles & _CLAUSE_END:
        last += 1
    return first, last


def _with_makers(units: Sequence[Unit], items: Sequence[Item]) -> list[Unit]:
    """Make one unit of "the model of OpenAI" and "OpenAI's model"."""
    out: list[Unit] = []
    index = 0
    while index < len(units):
        last = _maker_end(units, index)
        if last is None:
            out.append(units[index])
            index += 1
            continue
        said = [u.item.payload for u in units[index:last] if u.item is not None]
        # The maker first: of "the mini of OpenAI" the mini is what is meant.
        named = tuple(payload for payload in reversed(said) if isinstance(payload, Mention))
        start, end = items[units[index].first].start, items[units[last - 1].last - 1].end
        item = Item(DESCRIBED, start, end, Description((), named))
        out.append(Unit(Role.MODEL, units[index].first, units[last - 1].last, item))
        index = last
    return out


def _maker_end(units: Sequence[Unit], index: int) -> int | None:
    """Return where a model and its maker end that begin at ``index``, in either order."""
    head, maker = units[index].roles & _HEAD, _is_maker(units[index])
    pronoun = units[index].roles & Role.THAT_MODEL  # "that one of OpenAI"
    if not head and not maker and not pronoun and not _is_of_maker(units, index):
        return None
    head = head or not maker
    following = index + 1
    while following < len(units) and following - index <= _BETWEEN:
        unit = units[following]
        if (head and _is_maker(unit)) or (maker and unit.roles & _HEAD):
            return following + 1 if not pronoun or following > index + 1 else None
        if unit.roles & Role.MODEL:
            return following + 1 if _is_of_maker(units, index) else None
        if not unit.roles & (Role.SMALL | Role.FROM | Role.DEGREE):
            return None
        following += 1
    return None


def _is_of_maker(units: Sequence[Unit], index: int) -> bool:
    """Whether a name that several models share has its maker behind it ("a mini of OpenAI")."""
    if index + 2 >= len(units) or not units[index + 1].roles & Role.FROM:
        return False
    item, following = units[index].item, units[index + 2].item
    if item is None or following is None or not isinstance(item.payload, Mention):
        return False
    if _is_maker(units[index + 2]):
        return item.symbol == SEVERAL
    other = following.payload  # "R1 of DeepSeek"
    return isinstance(other, Mention) and not set(item.payload.fits).isdisjoint(other.fits)


def _is_maker(unit: Unit) -> bool:
    return unit.item is not None and unit.item.symbol == PROVIDER


def _unit(
    items: Sequence[Item], words: Sequence[str], index: int, tree: Node, ends: dict[int, int]
) -> Unit:
    symbol = words[index]
    if symbol in MENTIONED:
        return Unit(Role.MODEL, index, index + 1, items[index])
    last, node = tree.longest(words, index)
    first = tree.following.get(START) if tree.following is not None else None
    if first is not None and (not index or words[index - 1] in _CLAUSE_MARKS):
        anchored = first.longest(words, index)
        if anchored[1] is not None and anchored[0] >= last:
            last, node = anchored
    if node is not None and node.gaps:
        second = _second_part(words, last, node.gaps)
        if second is not None:
            start, length, roles = second
            ends[start] = length
            return Unit(node.roles & Role.TASK | roles, index, last)
        if not node.roles:  # only the first part of something longer: what else stands there?
            last, node = tree.longest(words, index, _ALL)
    if node is not None and not _cuts_a_contraction(items, last):
        return Unit(node.roles, index, last, trait=node.trait)
    return Unit(_mark(symbol, items, index), index, index + 1)


def _second_part(
    words: Sequence[str], first: int, parts: Sequence[tuple[Sequence[str], int]]
) -> tuple[int, int, int] | None:
    """Find what completes a phrase in the same clause: where it begins, its length, its roles."""
    for start in range(first, min(first + _WIDEST_GAP, len(words))):
        if words[start] in _GAP_ENDS:
            return None
        for part, roles in parts:
            if tuple(words[start : start + len(part)]) == tuple(part):
                return start, len(part), roles
    return None


def _cuts_a_contraction(items: Sequence[Item], last: int) -> bool:
    """Whether a phrase ends inside a word like "can't"."""
    if last + 1 >= len(items) or items[last].symbol != "'" or items[last - 1].symbol == "'":
        return False
    touches = items[last - 1].end == items[last].start and items[last].end == items[last + 1].start
    return touches and items[last + 1].symbol in _CONTRACTED


def _mark(symbol: str, items: Sequence[Item], index: int) -> int:
    """Return the role of what is no word."""
    if symbol in SENTENCE_END:
        return Role.END
    if symbol == "-":
        before = items[index - 1].end if index else items[index].start
        after = items[index + 1].start if index + 1 < len(items) else items[index].end
        free = before < items[index].start and items[index].end < after
        return Role.COMMA if free else Role.SMALL
    if symbol in _COMMAS:
        return Role.COMMA
    if symbol == ":":
        return Role.COLON
    if symbol == GLUE:
        return 0  # "model.switch": code
    if symbol in _NOTHING or not (symbol.isascii() or symbol.isalnum()):
        return Role.FILLER if len(symbol) == 1 and not symbol.isalpha() else 0
    return 0


def _with_descriptions(units: Sequence[Unit], items: Sequence[Item]) -> list[Unit]:
    out: list[Unit] = []
    index = 0
    while index < len(units):
        last = index
        while last < len(units) and (
            units[last].roles & (_DESCRIPTION | Role.MODEL)
            or _leads_to_maker(units, last, index)
            or (last > index and _is_ending(items, units[last]))
        ):
            last += 1
        described = None
        if last > index and not _is_statement(units, index, last):
            described = _described(units[index:last], items)
        if described is None:
            out.extend(units[index : max(last, index + 1)])
        else:
            out.extend(described)
        index = max(last, index + 1)
    return out


def _is_ending(items: Sequence[Item], unit: Unit) -> bool:
    """Whether a unit is the ending of a name, or the apostrophe before it."""
    symbol = items[unit.first].symbol
    return symbol.startswith("~") or symbol == "'"


def _is_statement(units: Sequence[Unit], first: int, last: int) -> bool:
    """Whether a trait behind a name says how that model is: "Claude is better", no wish."""
    names = [n for n in range(first, last) if units[n].roles & Role.MODEL]
    traits = [n for n in range(first, last) if units[n].trait is not None]
    if not names or not traits or traits[0] < names[0]:
        return False
    if any(units[n].roles & _HEAD for n in range(first, last)):
        return False
    start, end = _clause_around(units, first)
    verbs = Role.GO | Role.USE | Role.TALK | Role.ASK | Role.LET | Role.WHICH | Role.SHOW
    return not any(
        units[n].roles & verbs and not units[n].roles & Role.DEGREE
        for n in range(start, end)
        if not first <= n < last
    )


def _leads_to_maker(units: Sequence[Unit], place: int, first: int) -> bool:
    """Whether "of" and a maker follow a trait ("the cheapest of OpenAI")."""
    if place == first or place + 1 >= len(units) or not units[place].roles & Role.FROM:
        return False
    return units[place - 1].trait is not None and _is_maker(units[place + 1])


def _described(units: Sequence[Unit], items: Sequence[Item]) -> list[Unit] | None:
    """Make one unit of those that describe a model; None if they don't."""
    traits = tuple(unit.trait for unit in units if unit.trait is not None)
    named: tuple[Mention, ...] = ()
    for unit in units:
        if unit.item is not None and isinstance(unit.item.payload, Mention):
            named += (unit.item.payload,)
        elif unit.item is not None and isinstance(unit.item.payload, Description):
            named += unit.item.payload.named  # "OpenAI's model"
    heads = any(unit.roles & _HEAD for unit in units)
    said = [n for n, unit in enumerate(units) if unit.trait is not None]
    # "the cheapest you have"; "what is the newest ..." asks for something else.
    offered = any(unit.roles & Role.AVAILABLE for unit in units[said[0] :]) if said else False
    if not traits or not (heads or named or offered):
        return None
    core = [n for n, unit in enumerate(units) if unit.roles & (_CORE | Role.MODEL | Role.AVAILABLE)]
    first, last = core[0], core[-1] + 1
    nouns = any(unit.roles & (Role.NOUN | Role.NOUNS) for unit in units)
    bare = not (nouns or named or offered)
    start, end = items[units[first].first].start, items[units[last - 1].last - 1].end
    description = Description(traits, named, bare=bare, offered=offered)
    unit = Unit(
        Role.MODEL,
        units[first].first,
        units[last - 1].last,
        Item(DESCRIBED, start, end, description),
    )
    # An article or "more" at the edges belongs to the clause.
    edges = [Unit(u.roles | Role.SMALL, u.first, u.last) for u in (*units[:first], *units[last:])]
    return [*edges[:first], unit, *edges[first:]]

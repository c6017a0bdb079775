"""A sentence -> the commands in it, by the sentences of the lexicon.

A clause is a command if a template of the lexicon fits it from its beginning to its end, with
nothing unexplained in between.  What stands before the clause may veto it (a report, a condition,
a question, a text to work on), what stands after it is the remainder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fourthwall.intent._command import Command
from fourthwall.intent._evidence import Evidence, Noting
from fourthwall.intent._lexicon import Frame, Lexicon
from fourthwall.intent._line import Description, Item, Line
from fourthwall.intent._symbols import (
    CHAT,
    MENTIONED,
    NEEDED,
    NOUN,
    NOUNS,
    OPAQUE,
    SENTENCE_END,
    UNKNOWN,
    WEAK,
    WEAK_UNKNOWN,
)

__all__ = ["CLAUSE_MARKS", "GOES_ON", "ClauseReader", "end_of", "is_second_thoughts", "needed"]

CLAUSE_MARKS = frozenset(",;–—(:-")
_CLAUSE_WORDS = frozenset(("and", "then", "but", "so", "also", "plus", "or"))
_REQUEST_WORDS = frozenset(("can", "could", "please", "lets"))
_STRONG_MARKS = frozenset(";:–—")
_PERSONS = frozenset(("he", "she", "they"))
_OWNERS = frozenset(("his", "her", "their", "him", "them"))
_ABOUT = frozenset(("about", "how", "who", "if", "whether", "what", "when", "where"))
_SOMEBODY = frozenset(("him", "her", "them", "he", "she", "they"))
_PERSON_WITHIN = 4  # items after the name
_STRENGTH_OF_USE = 2  # "use X"; "switch to X" is clearer
_EXAMPLES = frozenset(("like", "such", "for", "than", "in", "at", "e"))
_ASKING = frozenset(("is", "was", "are", "were"))
_ASKED_ABOUT = frozenset(("this", "that", "it", "there", "these", "those", "the", "a", "an"))
_STATES = frozenset(("is", "was", "are", "were", "has", "had", "'s", "and", "said", "says", "will"))
_TASKS_IN_ED = frozenset(("feed", "embed", "need", "speed", "proceed", "seed", "bleed", "shed"))
_OWN = (["my"], ["our"], ["his"], ["her"])
_LONGEST_APPOSITION = 5  # items: ", my neighbour."
_ASKED = frozenset(("ask", "let", "have", "tell", "get", "i", "i'd", "make"))
# What follows a name that is a part of a path, an address or an identifier.
GOES_ON = re.compile(r"[_/\\]|\.[a-z]")
_QUOTED = re.compile(r"""(["'`]).+\1""", re.DOTALL)
_MARKUP = ("# ", "* ", "| ", "- ", "= ")
_TARGETED = frozenset(("switch", "once", "retry"))
_QUESTIONS = frozenset(("which", "list"))
# "about using X", "the risks of using X": X is the subject, not the one to ask.
_NOT_BEFORE_ASIDE = frozenset(
    """
    about of by for in to from with on than are is was were and or while when before after without
    be been compare comparing against versus vs like as at into if because start stop keep avoid
    """.split()  # noqa: SIM905 - a list of words reads better than a list of strings
)
_ASIDE_GUARDS = ("report", "condition", "other_person", "build", "negation")
_LONGEST_SENTENCE = 80  # items; nobody gives a command in a longer one
_SHORT_LEAD = 4  # items that may stand before "which model is this": "I lost track: ..."
_LONGEST_ASIDE = 4  # items before the name in "..., answered by X"
_NEEDED_BARE = 3  # "something cheaper" doesn't say that a model is meant
_NEEDED_VAGUE = 4  # neither does "the latest version", and it is said of anything
_CORRECTION = 2  # what a correction adds to a name that stands alone


@dataclass(frozen=True, slots=True)
class _Fit:
    """A template that fits: which, and the items from `index` (politeness) over `core` to `last`.

    `corrects` is true for a bare name after second thoughts.
    """

    frame: Frame
    item: Item | None
    index: int
    core: int
    last: int
    open: bool
    stay: bool
    once: bool
    support: int
    whole: bool
    corrects: bool
    again: bool
    others: tuple[Item, ...]


class ClauseReader(Noting):
    """Finds the commands of sentences of one message.

    Args:
        text: the message.
        lexicon: the language.
        evidence: where notes are taken, or None.
    """

    def __init__(self, text: str, lexicon: Lexicon, evidence: Evidence | None) -> None:
        self._text = text
        self._lexicon = lexicon
        self.evidence = evidence

    def commands(
        self, line: Line, *, first: bool, after: bool, few: bool, corrects: bool = False
    ) -> list[Command]:
        """Return the commands of one sentence, left to right.

        Args:
            line: the sentence.
            first: whether the message begins with it ("@name" counts only there).
            after: whether a command stands before it, which a bare name may correct.
            few: whether the message has few sentences, so that it can be a task with an aside.
            corrects: whether the sentence before it is second thoughts ("wait, no.").
        """
        if corrects:
            command, _ = self._matched(line, "say", 0, 0, corrects=True)
            if command is not None:
                return [command]
        if len(line.items) > _LONGEST_SENTENCE:
            return []
        out: list[Command] = []
        index = 0
        while index < len(line.items):
            command, end = self._command_at(
                line, index, first=first and index == 0, after=after or bool(out)
            )
            if command is not None:
                out.append(command)
                if command.open:
                    return out
                if self._has_second_thoughts(line, end):
                    index = end
                    continue
            index = self._next_clause(line, max(end, index))
        aside = self._aside(line) if few and not out else None
        return out if aside is None else [aside]

    def guard(self, line: Line, index: int) -> str | None:
        """Return the guard that speaks against a clause which begins at item ``index``."""
        left = line.text[: line.offset(index)]
        if not left or self._lexicon.filler_only.match(left):
            return None
        guards = self._lexicon.guards
        for name in ("report", "condition", "howto", "other_person", "elsewhere"):
            if guards[name].search(left):
                return name
        before = line.items[index - 1].symbol
        if before == ":":
            return "text_task"  # a label, a speaker, a heading, a text to work on
        if self._forbids(left):
            return "negation"
        return "or" if before == "or" else None

    def _forbids(self, left: str) -> bool:
        """Whether what stands before a clause forbids it ("whatever you do, never, ...")."""
        negation = self._lexicon.guards["negation"]
        # A negation of something else is over at the comma: "I don't like this one, switch to X".
        begins = end_of_text(self._lexicon.lead, left)
        ends = left.rstrip(" ,;–—-")
        last = ends[ends.rfind(" ") + 1 :] + " "
        over = left.endswith((", ", "; ", "– ", "— "))
        if any(f"{symbol} " in left for symbol in MENTIONED):
            return False
        if not over:
            return negation.search(left) is not None
        return negation.match(left, begins) is not None or negation.match(last) is not None

    def said(self, line: Line, first: int, last: int) -> str:
        """Return the person's own words for the items ``first`` to ``last``, for a note."""
        items = line.items[first:last]
        return self._text[items[0].start : items[-1].end] if items else ""

    def stands_free(self, line: Line, index: int) -> bool:
        """Whether a hyphen is a dash: white space on both sides."""
        item = line.items[index]
        around = self._text[item.start - 1 : item.start] + self._text[item.end : item.end + 1]
        return len(around) == len("  ") and around.isspace()

    # -- where clauses begin -------------------------------------------------------------------

    def _next_clause(self, line: Line, index: int) -> int:
        """Return where the next clause begins after item ``index``."""
        for position in range(index, len(line.items)):
            symbol = line.items[position].symbol
            if symbol == "-" and not self.stands_free(line, position):
                continue
            if symbol in CLAUSE_MARKS or symbol in _CLAUSE_WORDS:
                return position + 1
            # Speech has no commas: a request begins a clause by itself.
            if position > index and symbol in _REQUEST_WORDS:
                return position
        return len(line.items)

    def _has_second_thoughts(self, line: Line, index: int) -> bool:
        """Whether second thoughts begin at item ``index`` ("... actually, X")."""
        if index >= len(line.items):
            return False
        found = self._lexicon.fix.match(line.text, line.offset(index))
        return found is not None and found.end() > line.offset(index)

    # -- what fits there -----------------------------------------------------------------------

    def _command_at(
        self, line: Line, index: int, *, first: bool, after: bool
    ) -> tuple[Command | None, int]:
        """Return the command that begins at item ``index``, and the item after it."""
        start = line.offset(index)
        lead_end = end_of(self._lexicon.lead, line, start)
        if after:
            command, end = self._correction(line, index, lead_end)
            if command is not None:
                return command, end
        for form, position in self._tries(line, start, lead_end, first=first):
            command, end = self._matched(line, form, index, position, corrects=False)
            if command is not None:
                return command, end
        return None, index

    def _correction(self, line: Line, index: int, lead_end: int) -> tuple[Command | None, int]:
        """Read a bare name that replaces the wish before it: "no wait, X", "..., X instead"."""
        start = line.offset(index)
        fix_end = end_of(self._lexicon.fix, line, start)
        if fix_end > start:
            command, end = self._matched(line, "say", index, fix_end, corrects=True)
            if command is not None:
                return command, end
        if self._lexicon.polite.search(line.text, lead_end):
            return self._matched(line, "say", index, lead_end, corrects=True)
        return None, index

    def _tries(
        self, line: Line, start: int, lead_end: int, *, first: bool
    ) -> Iterator[tuple[str, int]]:
        """Give the forms to try, each with where its template must begin."""
        lexicon = self._lexicon
        if first:
            yield "slash", start
            yield "mention", lead_end
        asked = lexicon.request.match(line.text, lead_end)
        if asked is not None:
            position = end_of(lexicon.lead, line, asked.end())
            again = lexicon.request.match(line.text, position)
            if again is not None:
                yield "do", again.end()
                yield "open", again.end()
            yield "do", position
            if position != asked.end():
                yield "do", asked.end()
            yield "open", position
        asked = lexicon.request_ing.match(line.text, lead_end)
        if asked is not None:
            yield "ing", asked.end()
        yield "do", lead_end
        yield "say", lead_end
        yield "open", lead_end
        if lead_end != start:
            yield "say", start
            yield "do", start

    def _matched(
        self, line: Line, form: str, index: int, position: int, *, corrects: bool
    ) -> tuple[Command | None, int]:
        match = self._lexicon.frames[form].match(line.text, position)
        if match is None:
            return None, index
        frame, found = match
        fit = self._fit(line, frame, found, index, corrects=corrects)
        region = self.said(line, index, fit.last)
        objection = self._objection(line, fit)
        if objection is not None:
            self.veto(region, objection)
            return None, fit.last
        needs = f", the name needs {needed(fit.item)}" if fit.item is not None else ""
        self.match(frame.kind, region, f"fits {frame.template!r} (strength {fit.support}{needs})")
        return _command(line, fit), fit.last

    def _fit(
        self, line: Line, frame: Frame, found: re.Match[str], index: int, *, corrects: bool
    ) -> _Fit:
        """Measure a template that fits: how far it reaches, how clear it is."""
        lexicon, items = self._lexicon, line.items
        core, last = line.index(found.start()), line.index(found.end())
        region = line.text[line.offset(index) : found.end()]
        targeted = frame.kind in _TARGETED
        item = items[line.index(found.start(found.lastindex or 0))] if targeted else None
        is_open = frame.form in ("open", "mention")
        if frame.form == "mention" and self._asks_nothing(line, last):
            # "@X from now on": nothing to do but to come.
            region, last, is_open = line.text[line.offset(index) :], len(items), False
        others = () if item is None or is_open else _more_names(items, last)
        last += 2 * len(others)  # each with its "or"
        stay = lexicon.stay.search(region) is not None
        once = lexicon.this_once.search(region) is not None
        # "Something cheaper, please" may be about hotels: politeness makes no command of it.
        bare = item is not None and isinstance(item.payload, Description) and item.payload.bare
        polite = not bare and lexicon.polite.search(line.text[found.start() : found.end()])
        begins = index == 0 or items[index - 1].symbol in _STRONG_MARKS
        whole = begins and all(i.symbol in SENTENCE_END for i in items[last:])
        offered = (
            item is not None and isinstance(item.payload, Description) and item.payload.offered
        )
        supported = stay or once or (polite and whole) or (offered and whole)
        support = frame.strength + (1 if supported else 0)
        return _Fit(
            frame=frame,
            item=item,
            index=index,
            core=core,
            last=last,
            open=is_open,
            stay=stay,
            once=once,
            support=support + (_CORRECTION if corrects else 0),
            whole=whole,
            corrects=corrects,
            again=all(need.search(line.text) for need in lexicon.gist_again.needs),
            others=others,
        )

    # -- what speaks against it ----------------------------------------------------------------

    def _objection(self, line: Line, fit: _Fit) -> str | None:
        """Return what speaks against taking a fit for a command, or None."""
        frame = fit.frame
        rest = line.items[fit.last :]
        if frame.form != "slash" and self.configures(line, fit.index, fit.last):
            return "it configures or edits something"
        if len(rest) == 1 and rest[0].symbol == ":" and frame.form != "slash":
            return "it introduces what isn't there"
        if fit.item is not None and fit.support < needed(fit.item):
            return "too weak for this name"
        if not fit.open and rest and self._lexicon.guards["elsewhere"].match(_line_of(rest)):
            return "it happens elsewhere"
        if not fit.open and self._is_reported(rest):
            return "somebody else's words"
        if not fit.open and rest and self._lexicon.guards["condition"].match(_line_of(rest)):
            return "it depends on something"
        if frame.form in ("mention", "slash") and fit.item is not None and self._is_path(fit.item):
            return "it is a part of a longer name"
        if fit.others and rest and not _is_mark(rest[0]):
            return "several names, and more about them"
        if fit.item is not None and fit.item.symbol == WEAK and _is_apposition(rest):
            return "a person is meant"
        described = fit.item is not None and isinstance(fit.item.payload, Description)
        if described and any(item.symbol == "it" for item in rest[:_PERSON_WITHIN]):
            return "the model is worked on, not asked"  # "... and quantize it"
        if (
            described
            and fit.open
            and frame.strength <= _STRENGTH_OF_USE
            and not self._is_asked(line, fit)
        ):
            return "a model may be used for many things"
        vague = frame.kind == "ambiguous" or (fit.item and needed(fit.item) == _NEEDED_BARE)
        if vague and _gives_example(rest):
            return "the description goes on about something else"
        if frame.strength <= _STRENGTH_OF_USE and not fit.open and self._goes_on(rest):
            return "more names or persons follow"
        if frame.strength == 1 and not (fit.corrects or self._stands_alone(line, fit)):
            return "a name alone asks for nothing"
        if fit.open and self._only_takes_over(line, fit.last):
            return "taking over is no task"
        if fit.open and not self._is_task(frame, rest):
            return "no task follows"
        if frame.kind in _QUESTIONS and not self._is_all_that_is_asked(line, fit):
            return "more than a question about models"
        ability = self._lexicon.guards["ability"].match(line.text, line.offset(fit.index))
        if ability and frame.kind not in _TARGETED:
            return "a question whether it can be done"
        guard = None if fit.corrects else self.guard(line, fit.index)
        return None if guard is None else f"guard {guard!r}"

    def _is_reported(self, rest: list[Item]) -> bool:
        """Whether ", said Anna" follows."""
        if not rest or rest[0].symbol != ",":
            return False
        words = _line_of(rest[1 : 1 + _PERSON_WITHIN])
        return self._lexicon.guards["report"].search(words) is not None

    def _is_path(self, item: Item) -> bool:
        """Whether a name goes on as a path, an address or an identifier does."""
        return GOES_ON.match(self._text, item.end) is not None

    def _is_asked(self, line: Line, fit: _Fit) -> bool:
        """Whether the command's verb speaks to a model ("ask", "let"), not of a tool ("use")."""
        return line.items[fit.core].symbol in _ASKED

    def configures(self, line: Line, first: int, last: int) -> bool:
        """Whether a clause assigns, ends like code, or replaces one quoted word by another."""
        items = line.items[first : last + 1]
        if any(item.symbol == "=" for item in items) or line.items[-1].symbol == ";":
            return True
        quoted = [item for item in items if _QUOTED.fullmatch(self._text[item.start : item.end])]
        return len(quoted) > 1

    def _goes_on(self, rest: list[Item]) -> bool:
        """Whether "and" adds another name or a person: "Claude and Anna", "and tell him"."""
        if len(rest) < len(("and", "tell")) or rest[0].symbol not in ("and", ","):
            return False
        named = rest[1].symbol in MENTIONED or self._is_titled(rest[1])
        return (named and rest[0].symbol == "and") or any(
            item.symbol in _SOMEBODY for item in rest[1:_PERSON_WITHIN]
        )

    def _is_titled(self, item: Item) -> bool:
        spelled = self._text[item.start : item.end]
        return spelled.istitle() and len(spelled) > 1

    def _stands_alone(self, line: Line, fit: _Fit) -> bool:
        """Whether a bare name with "please" or "from now on" is a clause of its own."""
        left = line.text[: line.offset(fit.index)]
        return fit.support > 1 and (
            fit.whole
            or not left
            or self._lexicon.filler_only.match(left) is not None
            or line.items[fit.index - 1].symbol in _STRONG_MARKS
        )

    def _is_all_that_is_asked(self, line: Line, fit: _Fit) -> bool:
        left = line.text[: line.offset(fit.index)]
        begins = fit.index <= _SHORT_LEAD or self._lexicon.filler_only.match(left) is not None
        if any(item.symbol in (UNKNOWN, WEAK_UNKNOWN) for item in line.items):
            return False
        return begins and all(item.symbol in SENTENCE_END for item in line.items[fit.last :])

    def _asks_nothing(self, line: Line, last: int) -> bool:
        rest = line.text[line.offset(last) :]
        return self._lexicon.filler_only.match(rest) is not None or self._only_takes_over(
            line, last
        )

    def _only_takes_over(self, line: Line, last: int) -> bool:
        """Whether all that is asked of the model is to go on with the conversation."""
        rest = line.text[line.offset(last) :]
        if self._lexicon.takeover.match(rest) is None:
            return False
        words = (word for word in rest.split() if word.isalpha())
        return all(word in self._lexicon.gist_words or word == CHAT for word in words)

    def _is_task(self, frame: Frame, rest: list[Item]) -> bool:
        """Whether what follows an open frame can be a task."""
        while rest and frame.rest != "question" and rest[0].symbol in ("please", "to", ",", ":"):
            rest = rest[1:]
        if frame.form == "mention":
            return not _says_something_about(rest)
        if not rest:
            return False
        if rest[1:2] and rest[1].symbol in _PERSONS:
            return False  # "ask Claude whether he's coming"
        asks = rest[0].symbol in _ABOUT
        if asks and any(item.symbol in _OWNERS for item in rest[:_PERSON_WITHIN]):
            return False  # "ask Claude about his trip"
        symbol = rest[0].symbol
        if frame.rest == "question":
            return symbol in self._lexicon.question or frame.template.rstrip().endswith(":")
        if not symbol.isalpha() or symbol in MENTIONED or symbol in (NOUN, NOUNS, OPAQUE):
            return False
        if symbol in self._lexicon.not_verb:
            return False
        known = symbol in self._lexicon.vocabulary
        if frame.template.endswith("and") and self._is_titled(rest[0]) and not known:
            return False  # "ask Claude and Anna"
        if frame.rest not in self._lexicon.guards:
            return True
        # A favour for this person, not a question what the model can do.
        words = "".join([f"{item.symbol} " for item in rest])
        favour = self._lexicon.guards[frame.rest].search(words)
        return favour is not None or self._lexicon.this_once.search(words) is not None

    # -- a task with an aside ------------------------------------------------------------------

    def _aside(self, line: Line) -> Command | None:
        """Find "... using X" at the end of a task."""
        frames = self._lexicon.frames["post"]
        for index, item in enumerate(line.items):
            if item.symbol not in MENTIONED:
                continue
            for first in range(max(1, index - _LONGEST_ASIDE), index):
                match = frames.match(line.text, line.offset(first))
                if match is not None:
                    return self._checked_aside(line, first, *match)
        return None

    def _checked_aside(
        self, line: Line, first: int, frame: Frame, found: re.Match[str]
    ) -> Command | None:
        left = line.text[: line.offset(first)]
        fit = self._fit(line, frame, found, first, corrects=False)
        if any(mark in left for mark in _MARKUP) or self.configures(line, first, fit.last):
            return None
        if any(item.symbol in MENTIONED for item in line.items[:first]):
            self.veto(self.said(line, 0, first), "several names, and more about them")
            return None  # "add X through Y"
        if line.items[first - 1].symbol in _NOT_BEFORE_ASIDE:
            self.veto(self.said(line, 0, first), "the name is what the task is about")
            return None
        guards = self._lexicon.guards
        guard = next((name for name in _ASIDE_GUARDS if guards[name].search(left)), None)
        if guard is not None:
            self.veto(self.said(line, 0, first), f"guard {guard!r}")
            return None
        if self._lexicon.statement.match(left):
            self.veto(self.said(line, 0, first), "no task stands before it")
            return None
        writes = guards.get(frame.rest)
        if writes is not None and not writes.match(left):
            return None  # "compare X with Claude": only what asks for words is asked of a model
        if fit.item is None or frame.strength < needed(fit.item):
            return None
        self.match(frame.kind, self.said(line, first, fit.last), f"fits {frame.template!r}")
        return _command(line, fit)


def is_second_thoughts(line: Line, lexicon: Lexicon) -> bool:
    """Whether a whole sentence only takes something back ("wait, no.")."""
    return lexicon.fix.fullmatch(line.text) is not None


def needed(item: Item) -> int:
    """Return how clear a sentence must be for ``item`` to be a model in it."""
    if isinstance(item.payload, Description) and item.payload.bare:
        return _NEEDED_VAGUE if item.payload.vague else _NEEDED_BARE
    return NEEDED.get(item.symbol, 1)


def _says_something_about(rest: list[Item]) -> bool:
    """Whether "@name" is spoken of instead of spoken to ("@gemini posted this")."""
    if not rest or rest[-1].symbol == "?":
        return False
    first = rest[0].symbol
    if first in _ASKING and rest[1:2] and rest[1].symbol in _ASKED_ABOUT:
        return False  # "@X is this right"
    return first in _STATES or (first.endswith("ed") and first not in _TASKS_IN_ED)


def _is_mark(item: Item) -> bool:
    return item.symbol in SENTENCE_END or item.symbol in CLAUSE_MARKS


def _line_of(items: list[Item]) -> str:
    return "".join([f"{item.symbol} " for item in items])


def _more_names(items: list[Item], last: int) -> tuple[Item, ...]:
    """Return the names that follow a name with "or" or "and"."""
    others: list[Item] = []
    while last + 1 < len(items) and items[last].symbol in ("or", "and"):
        if items[last + 1].symbol not in MENTIONED:
            break
        others.append(items[last + 1])
        last += 2
    return tuple(others)


def _is_apposition(rest: list[Item]) -> bool:
    """Whether ", my neighbour" follows a name, and nothing else or another comma."""
    symbols = [item.symbol for item in rest]
    if symbols[:1] != [","] or symbols[1:2] not in _OWN:
        return False
    return len(symbols) <= _LONGEST_APPOSITION or "," in symbols[2:_LONGEST_APPOSITION]


def _gives_example(rest: list[Item]) -> bool:
    """Whether a description goes on (", like a bicycle")."""
    symbols = [item.symbol for item in rest[:2]]
    return bool(symbols) and symbols[-1] in _EXAMPLES


def end_of_text(pattern: re.Pattern[str], text: str) -> int:
    """Return where ``pattern`` ends if ``text`` begins with it, else 0."""
    found = pattern.match(text)
    return 0 if found is None else found.end()


def end_of(pattern: re.Pattern[str], line: Line, position: int) -> int:
    """Return where ``pattern`` ends if it begins at ``position``, else ``position``."""
    found = pattern.match(line.text, position)
    return position if found is None else found.end()


def _command(line: Line, fit: _Fit) -> Command:
    items = line.items
    return Command(
        kind=fit.frame.kind,
        frame=fit.frame,
        item=fit.item,
        start=items[fit.index].start,
        core=items[fit.core].start,
        end=items[fit.last - 1].end,
        stay=fit.stay,
        once=fit.once,
        open=fit.open,
        support=fit.support,
        again=fit.again,
        others=fit.others,
    )

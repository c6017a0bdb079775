"""Reading one part of a message: tokens -> lines -> the commands that stand in it.

A sentence is a command if a template of the lexicon fits it from the beginning of a clause to the
end of that clause, with nothing unexplained in between.  What stands before the clause may veto
it (a report, a condition, a question, a text to work on), what stands after it is the remainder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fourthwall.intent._intent import Kind
from fourthwall.intent._lexicon import (
    CHAT,
    DESCRIBED,
    GLUE,
    KNOWN,
    NOUN,
    NOUNS,
    OPAQUE,
    PROVIDER,
    SEVERAL,
    TRAIT,
    UNKNOWN,
    WEAK,
    WEAK_UNKNOWN,
    Frame,
    Lexicon,
)
from fourthwall.intent._line import Description, Item, Line, Trait
from fourthwall.intent._names import Mention, Names
from fourthwall.intent._tokens import Token, tokenize
from fourthwall.intent._zones import opaque_zones

__all__ = ["Command", "Evidence", "read_part"]

# How clear a sentence must be for what stands in the model's place; see `Frame.strength`.
_NEEDED = {
    KNOWN: 1,
    SEVERAL: 2,
    UNKNOWN: 2,
    WEAK: 2,
    PROVIDER: 3,
    DESCRIBED: 2,
    WEAK_UNKNOWN: 2,
}
_MENTIONED = frozenset(_NEEDED)
_SENTENCE_END = frozenset(".!?…")
_CLAUSE_MARKS = frozenset(",;–—(:-")
_PERSONS = frozenset(("he", "she", "they", "he's", "she's"))
_REQUEST_WORDS = frozenset(("can", "could", "please", "let's", "lets"))
_LONGEST_BEFORE_COLON = 4  # items; what is longer introduces a text
_GIST_GUARDS = ("negation", "report", "condition", "other_person", "compare")
_GIST_FRAME = Frame("switch", "gist", 2, "", "")
_AGAIN_FRAME = Frame("retry", "gist", 2, "", "")
_TOWARDS = frozenset(("to", "with", "on", "onto", "into", "over"))
_SELVES = frozenset(("me", "us", "this", "things", "everything", "we", "let's"))
_SPOKEN_OF = frozenset((NOUN, NOUNS, CHAT, DESCRIBED))
_SCORE_SLIP = 0.8  # how well a name fits that a typing slip was mended in
_LONGEST_QUESTION = 16  # items
_STRONG_MARKS = frozenset(";:–—")
_CLAUSE_WORDS = frozenset(("and", "then", "but", "so", "also", "plus", "or"))
_MARKUP = ("# ", "* ", "| ", "- ", "= ")
_FEW_SENTENCES = 3
_LONGEST_SENTENCE = 80  # items; nobody gives a command in a longer one
_SHORT_LEAD = 4  # items that may stand before "which model is this": "I lost track: ..."


@dataclass(frozen=True, slots=True)
class Command:
    """A clause that asks something of the engine.

    Attributes:
        kind: as the frame says, before "just this once" and "from now on" are weighed.
        frame: the frame that fits.
        item: what stands for the model; None where none is named.
        start: where the clause begins in the text, politeness included.
        core: where the command itself begins.
        end: where it ends, politeness included.
        stay: whether it says "from now on".
        once: whether it says "just this once".
        open: whether the rest of the sentence is the task.
        support: how clear the sentence is, 1 to 4.
        whole: whether nothing else stands in the sentence.
    """

    kind: Kind
    frame: Frame
    item: Item | None
    start: int
    core: int
    end: int
    stay: bool
    once: bool
    open: bool
    support: int
    whole: bool


@dataclass(slots=True)
class Evidence:
    """What was seen on the way; filled in only when somebody asks for an explanation."""

    awake: bool = False
    mentions: list[tuple[int, int, str]] = field(default_factory=list)
    matched: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    vetoes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Sentence:
    line: Line
    start: int
    end: int


class _Reader:
    def __init__(
        self, text: str, low: str, names: Names, lexicon: Lexicon, evidence: Evidence | None
    ) -> None:
        self.text = text
        self.low = low
        self.names = names
        self.lexicon = lexicon
        self.evidence = evidence

    # -- making lines --------------------------------------------------------------------------

    def line(self, start: int, end: int) -> Line:
        zones = opaque_zones(self.low[start:end])
        items: list[Item] = []
        position = start
        for zone_start, zone_end in zones:
            if start + zone_start < position:
                continue
            items.extend(self._items(position, start + zone_start))
            items.append(self._quoted(start + zone_start, start + zone_end))
            position = start + zone_end
        items.extend(self._items(position, end))
        return self._recognised(Line(items))

    def _items(self, start: int, end: int) -> Iterator[Item]:
        tokens = tokenize(self.low, start, end)
        position = 0
        for mention in self.names.find(tokens, self.text):
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
            symbol = GLUE if self._is_glue(token) else self.lexicon.mended(token.word)
            yield Item(symbol, token.start, token.end)

    def _is_glue(self, token: Token) -> bool:
        """Whether a mark stands inside a word of code (``model.train``, ``switch(x)``)."""
        if token.word not in (".", "("):
            return False
        before = self.text[token.start - 1 : token.start]
        after = self.text[token.end : token.end + 1]
        return before.isalnum() and (after.islower() or after.isdigit() or token.word == "(")

    def _quoted(self, start: int, end: int) -> Item:
        """A quotation is opaque, unless it is just a model's name in quotation marks."""
        inner = tokenize(self.low, start + 1, end - 1)
        if self.low[start] in "\"'`" and 0 < len(inner) <= 8:
            found = self.names.find(inner, self.text)
            if len(found) == 1 and (found[0].first, found[0].last) == (0, len(inner)):
                item = self._mention_item(inner, found[0])
                return Item(item.symbol, start, end, item.payload)
        return Item(OPAQUE, start, end)

    def _recognised(self, line: Line) -> Line:
        """Replace what means one thing by one symbol: nouns, the chat, traits, descriptions."""
        lexicon = self.lexicon
        line = line.rewritten(lexicon.nouns, lambda items, _: _merged(items, NOUNS))
        line = line.rewritten(lexicon.noun, lambda items, _: _merged(items, NOUN))
        line = line.rewritten(lexicon.chat, lambda items, _: _merged(items, CHAT))
        line = self._with_descriptions(line)
        return line.rewritten(lexicon.absorb, lambda items, _: _absorbed(items))

    def _with_descriptions(self, line: Line) -> Line:
        """Make every description one item; traits that describe no model stay words."""
        lexicon = self.lexicon
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

    # -- finding commands ----------------------------------------------------------------------

    def sentences(self, start: int, end: int) -> list[_Sentence]:
        line = self.line(start, end)
        items = self._without_texts_to_work_on(line)
        out: list[_Sentence] = []
        first = 0
        for index, item in enumerate(items):
            following = items[index + 1] if index + 1 < len(items) else None
            ends = following is None or "\n" in self.text[item.end : following.start]
            if not ends and item.symbol in _SENTENCE_END and following is not None:
                ends = following.start > item.end or following.symbol not in _SENTENCE_END
                ends = ends and following.symbol not in _SENTENCE_END
                ends = ends and (following.start > item.end or item.symbol != ".")
            if ends:
                piece = items[first : index + 1]
                until = following.start if following is not None else end
                out.append(_Sentence(Line(piece), piece[0].start, until))
                first = index + 1
        return out

    def _without_texts_to_work_on(self, line: Line) -> list[Item]:
        """Make opaque what follows "Translate this:" and the like, up to an empty line."""
        items = line.items
        out: list[Item] = []
        opaque_until = -1
        clause: list[str] = []
        for index, item in enumerate(items):
            if item.start < opaque_until:
                out.append(Item(OPAQUE, item.start, item.end))
                continue
            out.append(item)
            if item.symbol == ":" and index + 1 < len(items):
                lead_in = "".join([f"{word} " for word in clause])
                if self._hands_over_a_text(lead_in):
                    gap = self.text.find("\n\n", item.end)
                    opaque_until = len(self.text) if gap < 0 else gap
                    if self.evidence is not None:
                        self.evidence.vetoes.append(f"a text to work on follows {lead_in!r}")
            if item.symbol in _SENTENCE_END:
                clause = []
            else:
                clause.append(item.symbol)
        return out

    def _hands_over_a_text(self, lead_in: str) -> bool:
        if any(f"{symbol} " in lead_in for symbol in _MENTIONED):
            return False
        guards = self.lexicon.guards
        return any(guards[name].search(lead_in) for name in ("text_task", "report", "other_person"))

    def commands(
        self, sentence: _Sentence, *, first: bool, after: bool, few: bool
    ) -> list[Command]:
        """Return the commands of one sentence, left to right.

        Args:
            sentence: where to look.
            first: whether the message begins with it ("@name" counts only there).
            after: whether a command stands before it, which a bare name may correct.
            few: whether the message has few sentences, so that it can be a task with an aside.
        """
        line = sentence.line
        if len(line.items) > _LONGEST_SENTENCE:
            return []
        out: list[Command] = []
        index = 0
        while index < len(line.items):
            command, next_index = self._command_at(
                line, index, first=first, after=after or bool(out)
            )
            if command is not None:
                out.append(command)
                if command.open:
                    return out
                if next_index < len(line.items) and self._takes_back(line, next_index):
                    index = next_index
                    continue
            index = self._next_clause(line, max(next_index, index))
        if not out and few:
            post = self._post(line)
            if post is not None:
                out.append(post)
        return out or self._gists(line) or self._question(line)

    # -- the gist ------------------------------------------------------------------------------

    def _gists(self, line: Line) -> list[Command]:
        """Read the clauses that fit no template by their words."""
        named = [i for i, item in enumerate(line.items) if item.symbol in _MENTIONED]
        if len(named) != 1 or line.items[-1].symbol == ":":
            return []
        first = self._clause_start(line, named[0])
        last = next(
            (
                i
                for i in range(named[0], len(line.items))
                if line.items[i].symbol in _SENTENCE_END
                or (line.items[i].symbol in _CLAUSE_MARKS and self._stands_free(line, i))
            ),
            len(line.items),
        )
        gist = self._gist(line, first, last, line.items[named[0]])
        return [] if gist is None else [gist]

    def _clause_start(self, line: Line, index: int) -> int:
        for position in range(index - 1, -1, -1):
            symbol = line.items[position].symbol
            if symbol in _CLAUSE_MARKS and symbol != "-":
                return position + 1
        return 0

    def _gist(self, line: Line, first: int, last: int, named: Item) -> Command | None:
        """Return the switch that a clause means by its words, if by nothing else."""
        lexicon = self.lexicon
        items = line.items[first:last]
        clause = line.text[line.offset(first) : line.offset(last)]
        if not self._is_wish(line, first, last) or self._guard(line, first) is not None:
            self._tell_guards(clause)
            return None
        # "Would you mind if we ..." is politeness, no condition.
        guarded = lexicon.gist_polite_if.sub(" ", clause)
        guard = next((g for g in _GIST_GUARDS if lexicon.guards[g].search(guarded)), None)
        if guard is not None:
            self._veto(clause, f"guard {guard!r}")
            return None
        again = lexicon.gist_again
        if all(need.search(clause) for need in again.needs):
            words = [w for w in clause.split() if w.isalpha() and w != named.symbol]
            if all(w in again.words or w in (NOUN, NOUNS) for w in words):
                if self.evidence is not None:
                    self.evidence.matched.append(f"retry: the gist of {clause.strip()!r}")
                span = (items[0].start, items[-1].end)
                return self._of_gist(_AGAIN_FRAME, named, span, clause, whole=first == 0)
        stay = lexicon.stay.search(clause)
        spoken_of = clause if stay is None else clause.replace(stay.group(), " ", 1)
        strange = [
            word
            for word in spoken_of.split()
            if word.isalpha()
            and word not in lexicon.gist_words
            and word not in (NOUN, NOUNS, CHAT, named.symbol)
        ]
        if strange:
            self._veto(clause, f"also speaks of {', '.join(strange)}")
            return None
        if stay is None and not self._has_hold(line, first, last, named):
            self._veto(clause, "nothing says that the conversation is meant")
            return None
        if isinstance(named.payload, Description) and named.payload.bare:
            return None
        if self.evidence is not None:
            self.evidence.matched.append(f"switch: the gist of {clause.strip()!r}")
        span = (items[0].start, items[-1].end)
        return self._of_gist(_GIST_FRAME, named, span, clause, whole=first == 0)

    def _of_gist(
        self,
        frame: Frame,
        item: Item | None,
        span: tuple[int, int],
        clause: str = "",
        *,
        whole: bool,
    ) -> Command:
        return Command(
            kind=frame.kind,
            frame=frame,
            item=item,
            start=span[0],
            core=span[0],
            end=span[1],
            stay=self.lexicon.stay.search(clause) is not None,
            once=self.lexicon.this_once.search(clause) is not None,
            open=False,
            support=frame.strength,
            whole=whole,
        )

    def _question(self, line: Line) -> list[Command]:
        """Read a whole sentence as a question about the models by its words."""
        if len(line.items) > _LONGEST_QUESTION or OPAQUE in (i.symbol for i in line.items):
            return []
        for gist in self.lexicon.gists:
            known = _SPOKEN_OF | _MENTIONED if gist.names else _SPOKEN_OF
            strange = [
                item.symbol
                for item in line.items
                if item.symbol.isalpha()
                and item.symbol not in gist.words
                and item.symbol not in known
            ]
            if not strange and all(need.search(line.text) for need in gist.needs):
                if self.evidence is not None:
                    self.evidence.matched.append(f"{gist.kind}: the gist of {line.text.strip()!r}")
                first, last = line.items[0].start, line.items[-1].end
                frame = Frame(gist.kind, "gist", 2, "", "")
                return [self._of_gist(frame, None, (first, last), whole=True)]
        return []

    def _is_wish(self, line: Line, first: int, last: int) -> bool:
        """Whether a clause is an order, a request or a wish."""
        lexicon = self.lexicon
        start = line.offset(first)
        position = self._end_of(lexicon.lead, line, start)
        if lexicon.guards["ability"].match(line.text, position):
            return False
        asked = lexicon.request.match(line.text, position)
        if asked is not None or lexicon.request_ing.match(line.text, position) is not None:
            return True
        if lexicon.gist_wishes.match(line.text, position) is not None:
            return True
        index = line.index(position)
        return index < last and line.items[index].symbol in lexicon.gist_verbs

    def _has_hold(self, line: Line, first: int, last: int, named: Item) -> bool:
        """Whether a clause speaks of the conversation or of going somewhere."""
        symbols = [item.symbol for item in line.items[first:last]]
        place = next(i for i, item in enumerate(line.items[first:last]) if item is named)
        led = place > 0 and symbols[place - 1] in _TOWARDS
        moves = led and any(symbol in self.lexicon.gist_moves for symbol in symbols)
        about = moves or any(symbol in (NOUN, CHAT) for symbol in symbols)
        towards_me = led and any(symbol in _SELVES for symbol in symbols)
        return about or towards_me

    def _takes_back(self, line: Line, index: int) -> bool:
        """Whether second thoughts begin at item ``index`` ("... actually, X")."""
        found = self.lexicon.fix.match(line.text, line.offset(index))
        return found is not None and found.end() > line.offset(index)

    def _next_clause(self, line: Line, index: int) -> int:
        """Return where the next clause begins after item ``index``."""
        for position in range(index, len(line.items)):
            item = line.items[position]
            if item.symbol == "-" and not self._stands_free(line, position):
                continue
            if item.symbol in _CLAUSE_MARKS or item.symbol in _CLAUSE_WORDS:
                return position + 1
            # Speech has no commas: a request begins a clause by itself.
            if position > index and item.symbol in _REQUEST_WORDS:
                return position
        return len(line.items)

    def _stands_free(self, line: Line, index: int) -> bool:
        """Whether a hyphen is a dash: white space on both sides."""
        item = line.items[index]
        around = self.text[item.start - 1 : item.start] + self.text[item.end : item.end + 1]
        return len(around) == len("  ") and around.isspace()

    def _command_at(
        self, line: Line, index: int, *, first: bool, after: bool
    ) -> tuple[Command | None, int]:
        start = line.offset(index)
        if after:
            fix = self.lexicon.fix.match(line.text, start)
            if fix is not None and fix.end() > start:
                command, end = self._matched(line, "say", index, fix.end(), corrects=True)
                if command is not None:
                    return command, end
        lead_end = self._end_of(self.lexicon.lead, line, start)
        if after:
            # "..., X instead": after another wish, the bare name is enough.
            command, end = self._matched(line, "say", index, lead_end, corrects=True)
            if command is not None and self.lexicon.polite.search(line.text[lead_end:]):
                return command, end
        for form, position in self._tries(line, start, lead_end, first=first and index == 0):
            command, end = self._matched(line, form, index, position, corrects=False)
            if command is not None:
                return command, end
        return None, index

    def _matched(
        self, line: Line, form: str, index: int, position: int, *, corrects: bool
    ) -> tuple[Command | None, int]:
        match = self.lexicon.frames[form].match(line.text, position)
        if match is None:
            return None, index
        frame, found = match
        slot = found.start(found.lastindex or 0)
        span = (position, found.end())
        command = self._accepted(line, frame, index, span, slot, corrects=corrects)
        return command, line.index(found.end())

    def _end_of(self, pattern: object, line: Line, position: int) -> int:
        found = pattern.match(line.text, position)  # type: ignore[attr-defined]
        return position if found is None else found.end()

    def _tries(
        self, line: Line, start: int, lead_end: int, *, first: bool
    ) -> Iterator[tuple[str, int]]:
        """Give the forms to try, each with where its template must begin."""
        lexicon = self.lexicon
        if first:
            yield "slash", start
            yield "mention", lead_end
        asked = lexicon.request.match(line.text, lead_end)
        if asked is not None:
            position = self._end_of(lexicon.lead, line, asked.end())
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

    def _accepted(
        self,
        line: Line,
        frame: Frame,
        index: int,
        span: tuple[int, int],
        slot: int,
        *,
        corrects: bool,
    ) -> Command | None:
        lexicon = self.lexicon
        items = line.items
        core, end = span
        last = line.index(end)
        targeted = frame.kind in ("switch", "once", "retry")
        item = items[line.index(slot)] if targeted else None
        region = line.text[line.offset(index) : end]
        if last == len(items) - 1 and items[last].symbol == ":" and frame.form != "slash":
            self._veto(line.text[line.offset(index) : end], "it introduces what isn't there")
            return None
        is_open = frame.form in ("open", "mention")
        comes_only = lexicon.filler_only.match(line.text[end:]) or self._only_takes_over(line, last)
        if frame.form == "mention" and comes_only:
            # "@X from now on": nothing to do but to come.
            end, last, is_open = len(line.text), len(items), False
        stay = lexicon.stay.search(region) is not None
        once = lexicon.this_once.search(region) is not None
        # "Something cheaper, please" may be about hotels: politeness makes no command of it.
        bare = item is not None and isinstance(item.payload, Description) and item.payload.bare
        polite = not bare and lexicon.polite.search(line.text[core:end]) is not None
        alone = index == 0 or items[index - 1].symbol in _STRONG_MARKS
        whole = alone and all(i.symbol in _SENTENCE_END for i in items[last:])
        support = frame.strength + (1 if stay or once or (polite and whole) else 0)
        if corrects:
            support += 2
        if item is not None and support < self._needed(item, support):
            self._veto(region, "too weak for this name")
            return None
        stands = support > 1 and self._stands_alone(line, index, whole=whole)
        if frame.strength == 1 and not (corrects or stands):
            self._veto(region, "a name alone asks for nothing")
            return None
        if is_open and self._only_takes_over(line, last):
            self._veto(region, "taking over is no task")
            return None
        if is_open and not self._is_task(line, frame, last):
            self._veto(region, "no task follows")
            return None
        if frame.kind in ("which", "list"):
            before = line.text[: line.offset(index)]
            filler = self.lexicon.filler_only.match(before) is not None
            if not (index <= _SHORT_LEAD or filler) or any(
                i.symbol not in _SENTENCE_END for i in items[last:]
            ):
                self._veto(region, "more than a question about models")
                return None
        if not targeted and lexicon.guards["ability"].match(line.text, line.offset(index)):
            self._veto(region, "a question whether it can be done")
            return None
        guard = None if corrects else self._guard(line, index)
        if guard is not None:
            self._veto(region, f"guard {guard!r}")
            return None
        if self.evidence is not None:
            self.evidence.matched.append(
                f"{frame.kind}: {region.strip()!r} fits {frame.template!r} (strength {support}"
                f"{f', the name needs {self._needed(item, support)}' if item else ''})"
            )
        return Command(
            kind=frame.kind,
            frame=frame,
            item=item,
            start=items[index].start,
            core=items[line.index(core)].start if line.index(core) < len(items) else items[-1].end,
            end=items[last - 1].end if last else items[0].start,
            stay=stay,
            once=once,
            open=is_open,
            support=support,
            whole=whole,
        )

    def _needed(self, item: Item, support: int) -> int:
        if isinstance(item.payload, Description) and item.payload.bare:
            return 3
        return _NEEDED.get(item.symbol, 1)

    def _stands_alone(self, line: Line, index: int, *, whole: bool) -> bool:
        """Whether a bare name with "please" or "from now on" is a clause of its own."""
        left = line.text[: line.offset(index)]
        return (
            whole
            or not left
            or self.lexicon.filler_only.match(left) is not None
            or line.items[index - 1].symbol in _STRONG_MARKS
        )

    def _only_takes_over(self, line: Line, last: int) -> bool:
        """Whether all that is asked of the model is to go on with the conversation."""
        rest = line.text[line.offset(last) :]
        if self.lexicon.takeover.match(rest) is None:
            return False
        return all(
            w in self.lexicon.gist_words or not w.isalpha() or w == CHAT for w in rest.split()
        )

    def _is_task(self, line: Line, frame: Frame, last: int) -> bool:
        """Whether what follows an open frame can be a task."""
        rest = line.items[last:]
        while rest and rest[0].symbol in ("please", "to", ",", ":") and frame.rest != "question":
            rest = rest[1:]
        if not rest:
            return frame.form == "mention"
        symbol = rest[0].symbol
        if frame.form == "mention":
            return True
        if any(item.symbol in _PERSONS for item in rest[1:2]):
            return False  # "ask Claude whether he's coming"
        if frame.rest == "question":
            return symbol in self.lexicon.question or frame.template.rstrip().endswith(":")
        if not symbol.isalpha() or symbol in _MENTIONED or symbol in (NOUN, NOUNS, OPAQUE):
            return False
        if symbol in self.lexicon.not_verb:
            return False
        if frame.rest.startswith("favour"):
            words = "".join([f"{i.symbol} " for i in rest])
            return (
                self.lexicon.guards[frame.rest].search(words) is not None
                or self.lexicon.this_once.search(words) is not None
            )
        return True

    def _guard(self, line: Line, index: int) -> str | None:
        """Return the guard that speaks against a clause which begins at item ``index``."""
        left = line.text[: line.offset(index)]
        if not left or self.lexicon.filler_only.match(left):
            return None
        guards = self.lexicon.guards
        for name in ("report", "condition", "howto", "other_person"):
            if guards[name].search(left):
                return name
        if line.items[index - 1].symbol == ":" and (
            index > _LONGEST_BEFORE_COLON or guards["text_task"].search(left)
        ):
            return "text_task"
        negated = guards["negation"].search(left)
        if negated and not any(f"{symbol} " in left for symbol in _MENTIONED):
            return "negation"
        if line.items[index - 1].symbol == "or":
            return "or"
        return None

    def _post(self, line: Line) -> Command | None:
        """Find "... using X" at the end of a task."""
        frames = self.lexicon.frames["post"]
        for index, item in enumerate(line.items):
            if item.symbol not in _MENTIONED:
                continue
            for first in range(max(1, index - 4), index):
                match = frames.match(line.text, line.offset(first))
                if match is None:
                    continue
                frame, found = match
                left = line.text[: line.offset(first)]
                if any(mark in left for mark in _MARKUP):
                    return None
                guard = next(
                    (
                        name
                        for name in ("report", "condition", "other_person", "build", "negation")
                        if self.lexicon.guards[name].search(left)
                    ),
                    None,
                )
                if guard is not None:
                    self._veto(left, f"guard {guard!r}")
                    return None
                if self.lexicon.statement.match(left):
                    self._veto(left, "no task stands before it")
                    return None
                slot = line.items[line.index(found.start(found.lastindex or 0))]
                if frame.strength < self._needed(slot, frame.strength):
                    return None
                last = line.index(found.end())
                region = line.text[line.offset(first) : found.end()]
                if self.evidence is not None:
                    self.evidence.matched.append(
                        f"{frame.kind}: {region.strip()!r} fits {frame.template!r}"
                    )
                return Command(
                    kind=frame.kind,
                    frame=frame,
                    item=slot,
                    start=line.items[first].start,
                    core=line.items[first].start,
                    end=line.items[last - 1].end,
                    stay=self.lexicon.stay.search(region) is not None,
                    once=self.lexicon.this_once.search(region) is not None,
                    open=False,
                    support=frame.strength,
                    whole=False,
                )
        return None

    def _tell_guards(self, clause: str) -> None:
        """Note, for an explanation, why a clause is neither an order nor a wish."""
        if self.evidence is None:
            return
        guards = ("negation", "report", "condition", "howto", "other_person")
        spoke = [name for name in guards if self.lexicon.guards[name].search(clause)]
        self._veto(clause, f"guard {', '.join(spoke)}" if spoke else "neither an order nor a wish")

    def _veto(self, region: str, reason: str) -> None:
        if self.evidence is not None:
            self.evidence.vetoes.append(f"{region.strip()!r}: {reason}")


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
    if len(mention.cards) > 1:
        return SEVERAL
    return WEAK if mention.weak else KNOWN


def _merged(items: Sequence[Item], symbol: str, payload: Trait | None = None) -> Item:
    return Item(symbol, items[0].start, items[-1].end, payload)


def _absorbed(items: Sequence[Item]) -> Item | None:
    """Make "the Claude model" one item; the name's own symbol stays."""
    named = [item for item in items if item.symbol in _MENTIONED]
    if len(named) != 1 or len(items) == 1:
        return None
    symbol = named[0].symbol
    if items[-1].symbol in (NOUN, NOUNS):
        # "the Opus model": nobody writes poems called that.
        symbol = {WEAK: KNOWN, PROVIDER: WEAK, WEAK_UNKNOWN: UNKNOWN}.get(symbol, symbol)
    return Item(symbol, items[0].start, items[-1].end, named[0].payload)


def _described(items: Sequence[Item]) -> Item | None:
    """Make a description one item: its traits and the names in it."""
    traits = tuple(i.payload.name for i in items if isinstance(i.payload, Trait))
    named = tuple(i.payload for i in items if isinstance(i.payload, Mention))
    if "not" in (i.symbol for i in items):
        # "the chat model, not the reasoning one": what is refused isn't asked for.
        cut = next(n for n, i in enumerate(items) if i.symbol == "not")
        traits = tuple(i.payload.name for i in items[:cut] if isinstance(i.payload, Trait))
    if not traits and not named:
        return None
    if not traits and len(named) == 1 and named[0].unknown:
        return None
    says_model = any(i.symbol in (NOUN, NOUNS, *_MENTIONED) for i in items)
    bare = not says_model
    return Item(DESCRIBED, items[0].start, items[-1].end, Description(traits, named, bare))


def read_part(
    text: str,
    low: str,
    start: int,
    end: int,
    names: Names,
    lexicon: Lexicon,
    evidence: Evidence | None,
) -> list[tuple[_Sentence, list[Command]]]:
    """Read ``text[start:end]``; return its sentences, each with the commands in it."""
    reader = _Reader(text, low, names, lexicon, evidence)
    out: list[tuple[_Sentence, list[Command]]] = []
    seen = False
    sentences = reader.sentences(start, end)
    few = len(sentences) <= _FEW_SENTENCES
    for sentence in sentences:
        at_start = start == 0 and not any(s.line.items for s, _ in out)
        commands = reader.commands(sentence, first=at_start, after=seen, few=few)
        seen = seen or bool(commands)
        out.append((sentence, commands))
    return out

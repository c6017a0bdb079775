"""text -> `Intent`: wake up, read, decide, cut the command out.

Most messages hold no command, so the work is ordered by cost: a look at the words (microseconds)
decides whether the sentences are read at all.  Of a long message only the beginning and the end
are read: nobody hides a command in the middle of a pasted document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from fourthwall.intent._arabic import is_arabic
from fourthwall.intent._command import Command
from fourthwall.intent._evidence import Evidence
from fourthwall.intent._grammar import Grammar, Reading, RoleGrammar
from fourthwall.intent._intent import Intent, Kind
from fourthwall.intent._keys import name_words
from fourthwall.intent._languages import Babel, babel, grammars, mixed_grammar
from fourthwall.intent._line import Description, Item
from fourthwall.intent._names import Mention, NameFinder, Names, compile_names, finder_for
from fourthwall.intent._own_phrases import OwnPhrases
from fourthwall.intent._sentences import Sentence
from fourthwall.intent._sounds import COARSE
from fourthwall.intent._symbols import KNOWN
from fourthwall.intent._tokens import INDIC_MARKS, fold_case
from fourthwall.intent._traits import choose_by_traits
from fourthwall.intent._view import View, view_of
from fourthwall.registry import ModelCard, Registry

__all__ = ["Tuning", "parse", "parse_tuned", "read_with"]

_SHORTEST_STEM = 4  # letters of a name that an ending may follow
_LONGEST_ENDING = 3
_LONGEST_PREFIX = 3
_SHORT = 160  # up to here typing slips are looked for even where no other word wakes the parser
_MANY_SENTENCES = 6  # in longer messages only the first and the last sentence command
_WORDS = re.compile(rf"[a-z]+|(?:[^\W\d_a-z]|[{INDIC_MARKS}])+").findall
_ASCII_WORDS = re.compile("[a-z]+").findall  # the same for folded ASCII text, a third quicker
_NUMBER = re.compile(r"\d|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten)\b").search
_LIST_ITEMS = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)]|[a-z][.)])\s", re.IGNORECASE | re.MULTILINE)
_LEAST_ITEMS = 2
_LEAD = re.compile(r"[^:\n]*\w\s+\w[^:\n]*:")  # two words or more before a colon
_OPTIONS = re.compile(r"(?:^|[\s(])([a-e1-5])[).:]\s")  # "a) use X b) use Y", "option A: ..."
_OPTION = re.compile(r"(?:^|[\s(])[a-e1-5][).:]\s+$", re.IGNORECASE)
_CANDIDATES = 5
_NEAREST = 3  # models offered in place of one that isn't there
_PRIORITY = ("switch", "once", "retry", "revert", "reset", "ambiguous")


def parse(
    text: str,
    registry: Registry,
    *,
    active: str | ModelCard | None = None,
    previous: str | ModelCard | None = None,
) -> Intent:
    """Return what one message asks of the engine.

    Args:
        text: what the person typed; any text at all, of any length.
        registry: the models on offer.
        active: the model the conversation is on (id, alias or card), which "cheaper" and the
            like compare with.  One that the registry doesn't have (any more) compares with
            nothing.
        previous: the model before it; accepted for symmetry, nothing depends on it yet.

    Returns:
        The intent; kind ``none`` with the whole text as `Intent.remainder` for everything that
        isn't plainly a command.

    Raises:
        TypeError: ``text`` isn't a str.

    Example:
        >>> from fourthwall.registry import ModelCard, Registry
        >>> models = Registry([ModelCard(id="gpt-5", provider="openai", family="gpt")])
        >>> intent = parse("Switch to GPT-5 and write a poem", models)
        >>> intent.kind, intent.target.id, intent.remainder, intent.span
        ('switch', 'gpt-5', 'write a poem', (0, 19))
    """
    return parse_tuned(text, registry, active, _AS_IT_IS)


@dataclass(frozen=True, slots=True)
class Tuning:
    """Within which bounds messages are read; see `IntentParser` for what each means."""

    threshold: float = 0.0
    kinds: frozenset[str] | None = None
    models: frozenset[str] | None = None
    own: OwnPhrases | None = None
    lexicons: tuple[RoleGrammar, ...] = ()
    languages: frozenset[str] | None = None

    def admits(self, intent: Intent) -> bool:
        """Whether a command is one that is asked for."""
        if intent.confidence < self.threshold:
            return False
        return self.kinds is None or {intent.kind, intent.wish}.issubset(self.kinds)


_AS_IT_IS = Tuning()


def parse_tuned(
    text: str,
    registry: Registry,
    active: str | ModelCard | None,
    tuning: Tuning,
    evidence: Evidence | None = None,
) -> Intent:
    """Return what a message asks of the engine, within bounds; notes go into ``evidence``."""
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, not {type(text).__name__}")
    names = compile_names(registry)
    tower = babel()
    view = view_of(text)
    low = fold_case(view.text)
    wake = _wake_words(registry)
    own = tuning.own
    called = own is not None and any(word in low for word in own.words)
    woken = called or any(grammar.is_cued(low) for grammar in tuning.lexicons)
    if not woken and not _wakes(low, wake, names, tower):
        return Intent(kind="none", remainder=text, confidence=_ASLEEP)
    if evidence is not None:
        evidence.awake = True
    if isinstance(active, str):
        active = registry.get(active)
    spoken, mixed = tower.spoken(low, view.text)
    lead = _LEAD.match(low)
    if lead is not None:  # what follows a colon may be somebody else's text
        spoken = tuple(dict.fromkeys((*tower.spoken(lead.group())[0], *spoken)))
    if low.lstrip()[:1] in ("@", "/"):  # mentions and commands with a slash have no language
        spoken = spoken[:1] if spoken[0] == "en" else tuple(dict.fromkeys((*spoken, "en")))
    if tuning.languages is not None:
        spoken = tuple(language for language in spoken if language in tuning.languages)
    ways: list[Grammar | None] = [*tuning.lexicons]
    ways += [grammar for language in spoken for grammar in grammars(language)]
    if own is not None and called:
        ways.insert(0, own)
    if mixed is not None and (tuning.languages is None or {"en", mixed} <= tuning.languages):
        ways.append(None)
    for place, way in enumerate(ways):
        grammar = mixed_grammar(mixed or "") if way is None else way
        finder = finder_for(registry, grammar.name_words)
        notes = None if evidence is None else Evidence()
        decision = _Decision(view, registry, finder, grammar, active, tuning.models, notes)
        intent = decision.intent()
        if evidence is not None and notes is not None and (intent.is_command or not place):
            notes.mentions = [(view.place(s), view.place(e), told) for s, e, told in notes.mentions]
            evidence.take(notes)
        if intent.is_command and tuning.admits(intent):
            return intent if view.is_whole else _in_original(intent, view)
        if decision.taken_back:
            break
    return Intent(kind="none", remainder=text, confidence=_QUIET)


def read_with(ways: Sequence[Grammar], text: str, registry: Registry) -> Intent:
    """Read a message with some grammars only, whatever it looks like: for checking a language."""
    view = view_of(text)
    for grammar in ways:
        finder = NameFinder(compile_names(registry), grammar.name_words)
        intent = _Decision(view, registry, finder, grammar, None, None, None).intent()
        if intent.is_command:
            return intent if view.is_whole else _in_original(intent, view)
    return Intent(kind="none", remainder=text)


def _in_original(intent: Intent, view: View) -> Intent:
    """Return an intent that was read from a view, with places and words of the message itself."""
    remainder, spans = _without(
        view.original, [(view.place(start), view.place(end)) for start, end in intent.spans]
    )
    start, end = (view.place(position) for position in intent.span)
    if intent.kind in ("which", "list"):
        remainder = ""
    return replace(intent, span=(start, end), spans=spans, remainder=remainder)


_WAKE: WeakKeyDictionary[Registry, frozenset[str]] = WeakKeyDictionary()


def _wake_words(registry: Registry) -> frozenset[str]:
    """Return the words that wake the parser up, worked out once per registry."""
    words = _WAKE.get(registry)
    if words is None:
        names = compile_names(registry)
        english = finder_for(registry, grammars("en")[0].name_words)
        tower = babel()
        words = names.strong_heads | english.wake | tower.cues | tower.spelling
        _WAKE[registry] = words
    return words


def _wakes(low: str, wake: frozenset[str], names: Names, tower: Babel) -> bool:
    """Whether the words of ``low`` are worth a closer look."""
    ascii_only = low.isascii()
    words = (_ASCII_WORDS if ascii_only else _WORDS)(low)
    if not wake.isdisjoint(words):
        return True
    # "o3", "R one": a letter alone says nothing.
    if not names.letters.isdisjoint(words) and (_NUMBER(low) or _says_a_number(words, tower)):
        return True
    if not names.halves.keys().isdisjoint(words) and any(
        not names.halves[word].isdisjoint(words) for word in words if word in names.halves
    ):
        return True
    if "@" in low or low.lstrip()[:1] == "/":
        return True
    if any(part in low for part in tower.name_parts):
        return True
    if not ascii_only and tower.is_cued(low):
        return True
    # Known words first, then the sieve: most messages have no word that even looks like a slip.
    if len(low) > _SHORT:
        return False
    strange = [word for word in words if word not in tower.real]
    if not strange:
        return False
    if names.slips.has_slip(strange, ()) or any(_is_inflected(word, names) for word in strange):
        return True
    coarse = names.sounds.coarse
    return any(
        _sounds_like_a_name(word, names)
        for word in strange
        if not word.isascii() or word.translate(COARSE) in coarse
    )


def _says_a_number(words: Sequence[str], tower: Babel) -> bool:
    """Whether a word stands for a digit in some language ("o drie")."""
    return any(tower.spelled.get(word, "").isdigit() for word in words)


def _is_inflected(word: str, names: Names) -> bool:
    """Whether a word begins with a name ("sonnetowi")."""
    return any(word[:end] in names.strong_heads for end in range(_SHORTEST_STEM, len(word)))


def _sounds_like_a_name(word: str, names: Names) -> bool:
    """Whether a word of another script, or what is left without its ending, is a name."""
    shortest = max(_SHORTEST_STEM - 1, len(word) - _LONGEST_ENDING)
    if any(names.sounds.named(word[:end]) for end in range(len(word), shortest - 1, -1)):
        return True
    # A particle may be glued before it.
    furthest = min(_LONGEST_PREFIX, len(word) - _SHORTEST_STEM)
    return is_arabic(word) and any(
        names.sounds.named(word[start:]) for start in range(1, furthest + 1)
    )


@dataclass(frozen=True, slots=True)
class _Target:
    """What stands in the model's place, resolved."""

    cards: tuple[ModelCard, ...]
    unknown: bool
    near: tuple[ModelCard, ...]


class _Decision:
    """One message on its way to an intent."""

    def __init__(
        self,
        view: View,
        registry: Registry,
        names: NameFinder,
        grammar: Grammar,
        active: ModelCard | None,
        offered: frozenset[str] | None,
        evidence: Evidence | None,
    ) -> None:
        self.view = view
        self.text = view.text
        self.registry = registry
        self.names = names
        self.grammar = grammar
        self.active = active
        self.offered = offered
        self.evidence = evidence
        self.taken_back = False

    def intent(self) -> Intent:
        nothing = Intent(kind="none", remainder=self.text)
        sentences = self._read()
        found = [(n, c) for n, (_, commands) in enumerate(sentences) for c in commands]
        if len(sentences) > _MANY_SENTENCES:
            found = [(n, c) for n, c in found if n in (0, len(sentences) - 1) and c.support > 2]
        if not found:
            self.taken_back = any(self.grammar.refuses(sentence) for sentence, _ in sentences)
            if self.evidence is not None and not self.evidence.vetoes:
                self.evidence.vetoes.append("no sentence of the lexicon fits")
            return nothing
        if self._are_items_of_a_list(sentences, found):
            return nothing
        command = self._last_wish(found)
        if command.kind == "revert":
            command = self._there_and_back(found) or command
        number = next(n for n, c in found if c.core == command.core)
        self.taken_back = self._takes_back(sentences, command)
        if self.taken_back or not self._stands(sentences, number, command):
            return nothing
        target = self._target(command)
        if command.pointed and self.active in target.cards:
            return nothing  # "Claude is too slow, switch": away from the one that is there
        remainder, spans = self._cut(sentences, found)
        return self._built(command, target, remainder, spans, len(found))

    # -- reading -------------------------------------------------------------------------------

    def _read(self) -> Reading:
        low = fold_case(self.text)
        reading = self.grammar.read(self.text, low, 0, len(low), self.names, self.evidence)
        tail = self.view.tail
        if tail is None:
            return reading
        # Only the first thing said and the last sentence of a long message are the person's own
        # words beyond doubt.
        first = next((n for n, (s, _) in enumerate(reading) if not self.grammar.is_loose(s)), 0)
        last = len(reading) - 1 if reading and reading[-1][0].start >= tail else -1
        return [(s, c if n <= first or n == last else []) for n, (s, c) in enumerate(reading)]

    # -- deciding ------------------------------------------------------------------------------

    def _there_and_back(self, found: Sequence[tuple[int, Command]]) -> Command | None:
        """Read "switch to X, do this, then switch back" as a wish for this once."""
        there = [c for _, c in found[:-1] if c.kind in ("switch", "once")]
        return replace(there[-1], once=True, stay=False) if there else None

    def _are_items_of_a_list(
        self, sentences: Reading, found: Sequence[tuple[int, Command]]
    ) -> bool:
        """Whether commands stand in a list: what could be done, not what is wanted."""
        if all(_OPTION.search(self.text[: command.core]) for _, command in found) and (
            len(set(_OPTIONS.findall(self.text.lower())).intersection("ab12")) >= _LEAST_ITEMS
        ):
            return True
        if len(_LIST_ITEMS.findall(self.text)) < _LEAST_ITEMS:
            return False
        for number in {number for number, _ in found}:
            sentence = sentences[number][0]
            before = self.text[: sentence.start].rpartition("\n")[2]
            if _LIST_ITEMS.match(before + self.text[sentence.start : sentence.end]):
                return True
        return False

    def _last_wish(self, found: Sequence[tuple[int, Command]]) -> Command:
        """Return the last wish; what only asks a question about models gives way to it."""
        wishes = [c for _, c in found if c.kind in _PRIORITY]
        named = [c for c in wishes if c.kind != "ambiguous"]
        return (named or wishes or [c for _, c in found])[-1]

    def _takes_back(self, sentences: Reading, command: Command) -> bool:
        for sentence, _ in sentences:
            if sentence.end <= command.end:
                continue
            said = self.grammar.takes_back(sentence, command.end)
            if said is not None:
                if self.evidence is not None:
                    self.evidence.vetoes.append(f"taken back: {said!r}")
                return True
        return False

    def _stands(
        self,
        sentences: Reading,
        number: int,
        command: Command,
    ) -> bool:
        """Whether a question about models is all that the message asks."""
        if command.kind not in ("which", "list"):
            return True
        return all(
            n == number or self.grammar.is_loose(sentence) or self.grammar.is_of_question(sentence)
            for n, (sentence, _) in enumerate(sentences)
        )

    def _target(self, command: Command) -> _Target:
        payload = command.item.payload if command.item is not None else None
        if isinstance(payload, Mention):
            return _Target(payload.cards, payload.unknown, payload.near)
        if isinstance(payload, Description):
            return self._described(payload)
        return _Target((), unknown=False, near=())

    def _described(self, description: Description) -> _Target:
        cards = tuple(
            card
            for card in self.registry.cards
            if not self.registry.is_retired(card) and self._offers(card)
        )
        if not description.traits:
            # "OpenAI's o3": the last name is the model's.
            mention = description.named[-1]
            return _Target(mention.cards, mention.unknown, mention.near)
        for mention in description.named:
            if mention.unknown:
                return _Target((), unknown=True, near=mention.near)
            fitting = {card.id for card in mention.fits}
            cards = tuple(card for card in cards if card.id in fitting)
        chosen = choose_by_traits(cards, description.traits, self.active)
        if self.evidence is not None:
            wanted = ", ".join(description.traits)
            self.evidence.chosen.extend(
                f"{place}. {card.id} ({wanted})"
                for place, card in enumerate(chosen[:_CANDIDATES], start=1)
            )
        # "Something cheaper" is answered by the best fit; the others are told as candidates.
        return _Target(chosen[:1], unknown=not chosen, near=cards[:_CANDIDATES])

    def _built(
        self,
        command: Command,
        target: _Target,
        remainder: str,
        spans: tuple[tuple[int, int], ...],
        commands: int,
    ) -> Intent:
        kind: Kind = command.kind
        wish = self._weighed(command, remainder)
        if any(not self._offers(card) for card in target.cards):
            offered = tuple(card for card in target.cards if self._offers(card))
            target = _Target(offered, unknown=not offered, near=target.cards)
        named = ""
        if command.item is not None:
            named = self.text[command.item.start : command.item.end]
        asked_for = None
        card = None
        candidates: tuple[ModelCard, ...] = ()
        if command.kind in ("switch", "once", "retry"):
            if target.unknown:
                kind = "unknown_model"
                candidates = self._nearest(named, target.near)
            elif len(target.cards) == 1:
                kind = wish
                card = self.registry.current(target.cards[0])
                asked_for = target.cards[0] if card is not target.cards[0] else None
            else:
                kind = "ambiguous"
                candidates = target.cards[:_CANDIDATES]
            if command.others and kind != "unknown_model":
                kind, card, asked_for = "ambiguous", None, None
                candidates = self._all_named(command, target)
        elif command.kind == "ambiguous":
            wish = "switch"
        elif command.kind in ("which", "list"):
            remainder = ""
        return Intent(
            kind=kind,
            target=card,
            remainder=remainder,
            span=self._span(command, spans),
            spans=spans,
            candidates=candidates,
            confidence=_confidence(command, commands),
            wish=wish,
            asked_for=asked_for,
            named=named,
            language=self.grammar.language,
        )

    def _offers(self, card: ModelCard) -> bool:
        return self.offered is None or self.registry.current(card).id in self.offered

    def _all_named(self, command: Command, target: _Target) -> tuple[ModelCard, ...]:
        """Return every model of "X or Y", once each."""
        cards = [*target.cards]
        for item in command.others:
            if isinstance(item.payload, Mention):
                cards.extend(item.payload.cards)
        return tuple(dict.fromkeys(cards))[:_CANDIDATES]

    def _span(self, command: Command, spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
        """Return the piece that was cut out for a command, without the white space around it."""
        start, end = next((s, e) for s, e in spans if s <= command.core < e)
        piece = self.text[start:end]
        return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())

    def _weighed(self, command: Command, remainder: str) -> Kind:
        """Weigh "just this once" and "from now on" against what the frame says."""
        if command.kind == "switch" and command.once and not command.stay and remainder:
            return "once"
        if command.kind in ("once", "retry") and command.stay and not command.once:
            return "switch"
        if command.kind == "retry" and remainder and not command.again:
            # "Ask X: ..." asks something of its own; "That's wrong. Ask X." doesn't.
            before = self.text[: command.start]
            comments = self.text[command.end :].strip(" .!?…)") == "" and "?" not in before
            return "retry" if comments else "once"
        if command.kind == "once" and command.again and not command.open and "?" not in remainder:
            return "retry"
        if command.kind == "once" and not remainder:
            return "retry" if command.frame.form in ("say", "do") and not command.once else "switch"
        return command.kind

    def _nearest(self, named: str, family: tuple[ModelCard, ...]) -> tuple[ModelCard, ...]:
        """Return the models whose names come nearest, those of the same family first."""
        if not family:
            nearest = [self.registry[i] for i in self.registry.nearest(named, _NEAREST * 2)]
            return tuple(c for c in nearest if self._can_be_had(c))[:_NEAREST]
        families = {card.family for card in family}
        related = [
            card
            for card in self.registry.cards
            if card.family in families and self._can_be_had(card)
        ]
        said = set(name_words(named))
        related.sort(key=lambda c: (c.family_default, c.released or ""), reverse=True)
        related.sort(key=lambda c: -len(said.intersection(name_words(c.id))))
        offered = (card for card in self.registry.cards if self._can_be_had(card))
        return tuple(related or (offered if self.offered is not None else family))[:_NEAREST]

    def _can_be_had(self, card: ModelCard) -> bool:
        return not self.registry.is_retired(card) and self._offers(card)

    # -- cutting -------------------------------------------------------------------------------

    def _cut(
        self,
        sentences: Reading,
        found: Sequence[tuple[int, Command]],
    ) -> tuple[str, tuple[tuple[int, int], ...]]:
        """Return the text without its commands, and the pieces that were cut out."""
        cuts: list[tuple[int, int]] = []
        for number, (sentence, _) in enumerate(sentences):
            mine = [c for n, c in found if n == number]
            if mine:
                cuts.extend(self._cut_sentence(sentence, mine))
            elif self.grammar.is_loose(sentence):
                cuts.append((sentence.start, sentence.end))
        wish = self._last_wish(found)
        if wish.kind == "switch" and not wish.once and self._is_all_wish(sentences, cuts):
            cuts.append((0, len(self.text)))
        return _without(self.text, cuts)

    def _is_all_wish(self, sentences: Reading, cuts: Sequence[tuple[int, int]]) -> bool:
        """Whether what is left says nothing but the wish once more ("X is good, so use it")."""
        return all(
            self.grammar.is_of_command(
                [
                    item
                    for item in sentence.line.items
                    if not any(start <= item.start < end for start, end in cuts)
                ]
            )
            for sentence, _ in sentences
        )

    def _cut_sentence(
        self, sentence: Sentence, commands: Sequence[Command]
    ) -> list[tuple[int, int]]:
        items = sentence.line.items
        cuts = []
        for command in commands:
            start, end = command.start, command.end
            before = [i for i in items if i.end <= start]
            after = [i for i in items if i.start >= end]
            if self._is_aside(command, before, after):
                cuts.append((before[-1].end, end))  # "sum this up with X: <text>"
                continue
            # Connectors around the command go with it.
            while after and (count := self._leading(after)):
                end = after[count - 1].end
                del after[:count]
            end = after[0].start if after else sentence.end
            if not after:
                while before and (count := self.grammar.trailing(before)):
                    start = before[-count].start
                    del before[-count:]
            if not before or self.grammar.is_filler(before):
                start = sentence.start
            cuts.append((start, end))
            if command.also is not None:
                cuts.append(command.also)
            if command.open:
                cuts.extend(self.grammar.loose_end(sentence))
        return cuts

    def _is_aside(self, command: Command, before: Sequence[Item], after: Sequence[Item]) -> bool:
        """Whether a command stands between a task and the text that it is about."""
        if command.kind != "once" or command.open or not before or not after:
            return False
        return after[0].symbol == ":" and not self.grammar.is_filler(before)

    def _leading(self, items: Sequence[Item]) -> int:
        symbol = items[0].symbol
        if symbol in _CUT_AFTER and not symbol[0].isalnum():
            return 1
        return self.grammar.leading(items)


_CUT_AFTER = frozenset(",;:.!?…–—-)@")


def _without(text: str, cuts: Sequence[tuple[int, int]]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return ``text`` without ``cuts``, and the cuts joined where they touch."""
    merged: list[list[int]] = []
    for start, end in sorted(cuts):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    pieces = []
    position = 0
    for start, end in merged:
        pieces.append(text[position:start])
        position = end
    pieces.append(text[position:])
    remainder = "".join(pieces).strip()
    return remainder, tuple((start, end) for start, end in merged)


# Shares measured on labelled rows (`benchmarks/accuracy.py`), of which two in three are commands;
# among ordinary messages, few of which ask for anything, "none" is right far more often.
_ASLEEP = 0.95  # nothing in it speaks of models
_QUIET = 0.9  # it speaks of them, and asks for nothing
_SURE = {1: 0.93, 2: 0.96, 3: 0.97}
_SUREST = 0.98


def _confidence(command: Command, commands: int) -> float:
    """Return how sure the reading is: clearer sentences and names count more."""
    score = _SURE.get(command.support, _SUREST)
    if command.item is not None and command.item.symbol != KNOWN:
        score -= 0.01
    payload = command.item.payload if command.item is not None else None
    if isinstance(payload, Mention) and payload.fuzzy:
        score -= 0.03
    if commands > 1:
        score -= 0.02
    return round(score, 2)

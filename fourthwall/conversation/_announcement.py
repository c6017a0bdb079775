"""The sentence that tells a person that another model answers, and how to take it out again.

A client that knows nothing of switches shows an announcement as the first paragraph of the
answer, and sends it back with the history.  So it must read well, render as a paragraph
everywhere (plain text and Markdown alike) and be recognised exactly::

    Switched from GPT-4o to Claude Sonnet 4.5.

    Here is your poem ...

The form: one line of printable text, a blank line, the answer; the line alone where no answer
follows.  Sentences are rows of `PHRASES`, one table a language, and are recognised in all of them:
a conversation may change its language.  Models are spelled by their label.
Writing reads its own sentence back before it lets it go: where the label would not lead back to
the same model (two cards of one name, a name that reads like part of the sentence), it spells by
id.  So `Announcer.strip` is the exact inverse of `Announcer.apply`, by construction.

A sentence that names a model which the registry doesn't know is no announcement: it stays in the
text.  "Switched from tabs to spaces." is an ordinary sentence, and an ordinary message is never
touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from itertools import chain, product
from types import MappingProxyType
from typing import Final, Literal, TypeAlias
from urllib.parse import quote
from weakref import WeakKeyDictionary

from fourthwall.chat import NANO_PER_USD, Switch, SwitchImpact
from fourthwall.conversation._phrases import (
    FALLBACK,
    Book,
    known_language,
    languages,
    load,
    parts_of,
    problem_of,
)
from fourthwall.errors import ConfigurationError, RequestError
from fourthwall.registry import Registry

__all__ = ["PHRASES", "Announced", "Announcer", "Details"]

Resolve: TypeAlias = Callable[[str], str | None]

Details: TypeAlias = Literal["none", "short", "full"]
"""Which facts follow the sentence: none, those past the threshold, or all that are known."""

SEPARATOR: Final = "\n\n"
"""What stands between an announcement and the answer."""

_BOTH = frozenset({"from_model", "to_model"})
_CHANGE = frozenset({"before", "after"})
_COUNT = frozenset({"count"})
_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "switch": _BOTH,
    "revert": _BOTH,
    "reset": _BOTH,
    "once": _BOTH,
    "retry": _BOTH,
    "failover": _BOTH,
    "again": frozenset({"to_model"}),
    "no_way_back": frozenset({"to_model"}),
    "stay": frozenset({"to_model"}),
    "retired": frozenset({"asked_for", "to_model"}),
    "details": frozenset({"facts"}),
    "images": _COUNT,
    "files": _COUNT,
    "tools": _COUNT,
    "left_out": _COUNT,
    "price_in": _CHANGE,
    "price_out": _CHANGE,
    "context": _CHANGE,
    "cache": _COUNT,
    "turn_cost": _CHANGE,
}
"""The fields that each template must have, and no others."""

_MARKS: Final = ("sentences", "facts", "thousands", "decimal")
"""What a language joins its sentences and facts with, and how it writes numbers."""

_KINDS: Final = ("switch", "revert", "reset", "once", "retry", "failover")
_SENTENCES: Final[Mapping[str, str]] = {
    **{kind: kind for kind in _KINDS},
    "again": "retry",
    "no_way_back": "revert",
    "stay": "switch",
}
"""Sentence -> the kind that is read from it."""

_FACTS: Final = (
    "images",
    "files",
    "tools",
    "left_out",
    "price_in",
    "price_out",
    "context",
    "cache",
    "turn_cost",
)
_ROOM = 300  # code points that the numbers of all facts together take at most
_LONGEST = 1300  # code points that the phrases of one language have together at most


class _Packaged(Mapping[str, Mapping[str, str]]):
    """The packaged phrases, each language's read when it is first asked for."""

    def __getitem__(self, language: str) -> Mapping[str, str]:
        if language not in languages():
            raise KeyError(language)
        return _packaged(language).phrases

    def __iter__(self) -> Iterator[str]:
        return iter(languages())

    def __len__(self) -> int:
        return len(languages())


PHRASES: Final[Mapping[str, Mapping[str, str]]] = _Packaged()
"""Language (ISO 639-1) -> phrase -> template.

``switch`` to ``failover`` word the kinds of `Switch`; ``again`` is a retry by the same model,
``no_way_back`` a revert that leads nowhere, ``stay`` any other switch to the model that is active
anyway; ``retired`` goes in front of one of these; ``details`` comes after it and holds the facts
``images`` to ``turn_cost``.
"""


@dataclass(frozen=True, slots=True)
class Announced:
    """What an announcement said: ids of the models, and the kind as its wording tells it.

    Kinds that are worded alike (custom templates may) are read as the first of them, in the
    order switch, revert, reset, once, retry, failover.  A switch to the model that is active
    anyway is read as ``switch``, with the same model twice.
    """

    kind: str
    from_model: str
    to_model: str


@dataclass(frozen=True, slots=True)
class Announcer:
    """Words switches, puts the sentence in front of answers and takes it out again.

    Cheap to make: what depends on the registry is kept beside it.

    Args:
        registry: the models; labels come from it and names in text are resolved through it.
        language: of every sentence, a key of `PHRASES` (``pt-BR`` counts as ``pt``).  None is
            English, until `speaking` says better.
        templates: phrases of one's own, in place of those of any language.  Keys and fields are
            those of `PHRASES`; a template is one line of printable text.
        details: which facts of `SwitchImpact` follow in a sentence of their own.  ``short``:
            images, files and tools that are of no use any more, what isn't shown of the
            conversation, and whatever is past a threshold.  ``full``: every change that is known.
        threshold: a factor, at least 1.0.  ``short`` tells a price that is at least so many times
            the one before, and a context window that is at most such a part of the one before.
        cache_threshold: tokens.  ``short`` tells a prompt cache that is lost if at least so many
            have to be read anew.
        cost_threshold: USD.  ``short`` tells what reading the conversation costs now if it is at
            least so much, and at least `threshold` times what it was.

    Raises:
        ConfigurationError: an unknown language, a template that lacks a field or can't be read
            back; names the template and what is missing.
    """

    registry: Registry
    language: str | None = field(default=None, kw_only=True)
    templates: Mapping[str, str] | None = field(default=None, kw_only=True, hash=False)
    details: Details = field(default="short", kw_only=True)
    threshold: float = field(default=4.0, kw_only=True)
    cache_threshold: int = field(default=100_000, kw_only=True)
    cost_threshold: float = field(default=0.1, kw_only=True)
    _own: tuple[tuple[str, str], ...] = field(init=False, repr=False, compare=False)
    _names: _Names = field(init=False, repr=False, compare=False)
    _limit: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.language is not None and known_language(self.language) is None:
            known = ", ".join(languages())
            raise _misconfigured("language", f"no phrases in {self.language!r}; there are: {known}")
        if self.details not in ("none", "short", "full"):
            raise _misconfigured("details", "must be 'none', 'short' or 'full'")
        if not self.threshold >= 1:
            raise _misconfigured("threshold", "must be a factor of at least 1.0")
        for name in ("cache_threshold", "cost_threshold"):
            if not getattr(self, name) >= 0:
                raise _misconfigured(name, "must be a number of at least 0")
        own = tuple(sorted((self.templates or {}).items()))
        for key, template in own:
            _check(key, template)
        if own:
            _reader(own)  # refuses what couldn't be told apart
        names = _names(self.registry)
        longest = _LONGEST + sum(len(template) for _, template in own) + _ROOM
        object.__setattr__(self, "_own", own)
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "_limit", longest + 4 * names.longest)

    def speaking(self, language: str | None) -> Announcer:
        """Return an announcer that words switches in this language.

        The same one where it has a language of its own, or where there are no phrases in this.
        """
        code = known_language(language)
        if code is None or self.language is not None:
            return self
        return replace(self, language=code)

    def text(self, switch: Switch) -> str:
        """Return the announcement of a switch: one line, without the blank line after it.

        Raises:
            UnknownModelError: a model of the switch isn't in the registry.
            RequestError: the kind of the switch isn't one that is announced.
            ConfigurationError: the sentence could be read in another way, whatever the spelling
                (two templates of one's own that read alike).
        """
        if switch.kind not in _KINDS:
            raise RequestError(
                f"a switch of kind {switch.kind!r} can't be announced",
                param="kind",
                remedy=f"Use one of: {', '.join(_KINDS)}.",
            )
        wanted = (self.registry[switch.from_model].id, self.registry[switch.to_model].id)
        sentence = _sentence(switch.kind, is_stay=wanted[0] == wanted[1])
        wording = _wording(known_language(self.language) or FALLBACK, self._own)
        facts = self._facts(switch.impact, wording)
        for spelling in range(_Names.SPELLINGS):
            spelled = self._spelled(switch, spelling)
            for note in (facts, "") if facts else ("",):
                text = wording.write(sentence, spelled, note)
                read, rest = self.strip(text)
                if read and (read.from_model, read.to_model) == wanted and not rest:
                    return text
        raise _read_differently(sentence)

    def apply(self, announcement: str, answer: str) -> str:
        """Return what a plain client stores: the announcement, a blank line, the answer.

        The announcement alone where the answer is ``""``.
        """
        return announcement + SEPARATOR + answer if answer else announcement

    def strip(self, answer: str) -> tuple[Announced | None, str]:
        """Take the announcement out again: what it said, and the answer after it.

        ``(None, answer)`` if the text doesn't begin with an announcement, or with one that
        names a model which the registry doesn't know.  Own templates are recognised, and so are
        the packaged phrases of every language.  Only the first line is looked at.
        """
        limit = self._limit
        end = answer.find("\n", 0, limit + 2)
        if end == -1 and len(answer) > limit:
            return None, answer
        if end == -1:
            line, rest = answer, len(answer)
        elif answer.startswith(SEPARATOR, end):
            line, rest = answer[:end], end + len(SEPARATOR)
        elif answer.startswith("\r\n\r\n", end - 1):  # a client may change line endings
            line, rest = answer[: end - 1], end + len("\n\r\n")
        else:
            return None, answer
        announced = self._read(line)
        return (None, answer) if announced is None else (announced, answer[rest:])

    def _spelled(self, switch: Switch, spelling: int) -> dict[str, str]:
        ids = {"from_model": switch.from_model, "to_model": switch.to_model}
        if switch.asked_for is not None:
            ids["asked_for"] = switch.asked_for
        names = self._names
        return {f: names.spell(self.registry[i].id, spelling) for f, i in ids.items()}

    def _facts(self, impact: SwitchImpact, wording: _Wording) -> str:
        if self.details == "none":
            return ""
        return wording.facts(self._worth_telling(impact))

    def _worth_telling(self, impact: SwitchImpact) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield the facts to tell, as phrase and values."""
        everything = self.details == "full"
        factor = 1.0 if everything else self.threshold
        counts = (
            ("images", impact.images_hidden, 1),
            ("files", impact.files_hidden, 1),
            ("tools", impact.tools_lost, 1),
            ("left_out", impact.left_out_tokens, 1),
        )
        yield from _counted(counts)
        prices = (
            ("price_in", impact.price_in_before, impact.price_in_after),
            ("price_out", impact.price_out_before, impact.price_out_after),
        )
        for key, before, after in prices:
            if before is None or after is None or before == after:
                continue
            if everything or after >= before * factor:
                yield key, {"before": _usd(before), "after": _usd(after)}
        window, smaller = impact.context_before, impact.context_after
        if window and smaller and smaller < window and smaller * factor <= window:
            yield "context", {"before": f"{window:,}", "after": f"{smaller:,}"}
        yield from _counted(
            [("cache", impact.cache_lost_tokens, 1 if everything else self.cache_threshold)]
        )
        cost, now = impact.cost_turn_before_nanousd, impact.cost_turn_after_nanousd
        if cost is None or now is None or cost == now:
            return
        if everything or now >= max(cost * factor, self.cost_threshold * NANO_PER_USD):
            yield "turn_cost", {"before": _usd_of(cost), "after": _usd_of(now)}

    def _read(self, line: str) -> Announced | None:
        if not line:
            return None
        reader = _reader(self._own)
        if not reader.may_read(line, self._names.longest):
            return None
        return reader.read(line, self._resolve)

    def _resolve(self, name: str) -> str | None:
        if len(name) > self._names.longest:
            return None
        model = self._names.ids.get(name)
        # A label may have been reworded since it was written: any name of a model will do.
        return self.registry[name].id if model is None and name in self.registry else model


def _sentence(kind: str, *, is_stay: bool) -> str:
    if not is_stay:
        return kind
    return {"retry": "again", "revert": "no_way_back"}.get(kind, "stay")


def _counted(counts: Iterable[tuple[str, int, int]]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield what is at least as many as are worth telling: phrase, number, that least number."""
    for key, count, least in counts:
        if count and count >= least:
            yield key, {"count": f"{count:,}"}


def _usd(price: float) -> str:
    """Write a price with two decimals, more where it needs them."""
    whole, _, decimals = f"{price:,.6f}".rstrip("0").partition(".")
    return f"{whole}.{decimals:0<2}"


def _usd_of(nanousd: int) -> str:
    """Write an amount of money, to a hundredth of a cent."""
    return _usd(round(nanousd / NANO_PER_USD, 4))


@dataclass(frozen=True, slots=True)
class _Names:
    """How the models of one registry are spelled in a sentence, and what a spelling means."""

    SPELLINGS = 3

    ids: Mapping[str, str]
    by_id: Mapping[str, tuple[str, str, str]]
    longest: int

    def spell(self, model: str, spelling: int) -> str:
        """Return the label (0), the id (1) or the escaped id (2) of a model."""
        return self.by_id[model][spelling]


_NAMES: WeakKeyDictionary[Registry, _Names] = WeakKeyDictionary()


def _names(registry: Registry) -> _Names:
    if registry not in _NAMES:
        _NAMES[registry] = _index(registry)
    return _NAMES[registry]


def _index(registry: Registry) -> _Names:
    """Give every model a label, an id and an escaped id that mean no other model."""
    escaped = {_escape(card.id): card.id for card in registry.cards}
    ids: dict[str, str | None] = {}
    for card in registry.cards:
        label = card.label
        known = registry[label].id if label in registry else card.id
        shown = label.isprintable() and label == label.strip() and known == card.id
        ids[label] = card.id if shown and ids.get(label, card.id) == card.id else None
    ids |= {card.id: card.id for card in registry.cards if card.id.isprintable()}
    ids |= escaped
    by_id = {}
    for safe, model in escaped.items():
        wished = (registry[model].label, model)
        # What doesn't lead back falls through to the next spelling.
        by_id[model] = (
            next((name for name in wished if ids.get(name) == model), safe),
            model if ids.get(model) == model else safe,
            safe,
        )
    longest = max(len(name) for name in ids)
    return _Names({n: i for n, i in ids.items() if i is not None}, by_id, longest)


def _escape(model: str) -> str:
    """Write an id in letters, digits and hyphens only: no template can cut it in two."""
    plain = quote(model, safe="", errors="surrogatepass")
    return re.sub(r"[._~]", lambda found: f"%{ord(found[0]):02X}", plain)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A template taken apart: text, then fields with the text after each."""

    kind: str
    head: str
    steps: tuple[tuple[str, str], ...]
    tail: str

    def read(self, line: str, resolve: Resolve) -> Announced | None:
        """Return what a line says that was written with this template, None if it wasn't.

        The line begins with `head` and ends with `tail`.
        """
        models = _fill(line, len(self.head), self.steps, {}, resolve)
        if models is None:
            return None
        to_model = models["to_model"]
        return Announced(self.kind, models.get("from_model", to_model), to_model)


def _fill(
    line: str,
    at: int,
    steps: tuple[tuple[str, str], ...],
    models: Mapping[str, str],
    resolve: Resolve,
) -> Mapping[str, str] | None:
    """Find models for the fields that are left, so that the rest of the line is used up."""
    if not steps:
        return models if at == len(line) else None
    (name, literal), later = steps[0], steps[1:]
    for end in _ends(line, at, literal, is_last=not later):
        model = resolve(line[at:end])
        if model is not None and models.get(name, model) == model:
            found = {**models, name: model}
            filled = _fill(line, end + len(literal), later, found, resolve)
            if filled is not None:
                return filled
    return None


def _ends(line: str, at: int, literal: str, *, is_last: bool) -> Iterator[int]:
    """Yield where a name that starts at ``at`` may end: before each ``literal``.

    The last literal is known to stand at the end of the line.
    """
    if is_last:
        end = len(line) - len(literal)
        if end > at:
            yield end
        return
    end = line.find(literal, at + 1)
    while end != -1:
        yield end
        end = line.find(literal, end + 1)


@dataclass(frozen=True, slots=True)
class _Wording:
    """The phrases of a language, to write with."""

    phrases: Mapping[str, str]
    marks: Mapping[str, str]

    def write(self, sentence: str, names: Mapping[str, str], facts: str) -> str:
        """Return the line: the sentence, what goes in front of it and what comes after it."""
        parts = [self.phrases[sentence].format(**names)]
        if "asked_for" in names:
            parts.insert(0, self.phrases["retired"].format(**names))
        if facts:
            parts.append(self.phrases["details"].format(facts=facts))
        return self.marks["sentences"].join(parts)

    def facts(self, found: Iterable[tuple[str, Mapping[str, str]]]) -> str:
        """Return the facts in words, the numbers as the language writes them."""
        written = str.maketrans({",": self.marks["thousands"], ".": self.marks["decimal"]})
        return self.marks["facts"].join(
            self.phrases[key].format(
                **{name: number.translate(written) for name, number in values.items()}
            )
            for key, values in found
        )

    def patterns(self) -> Iterator[_Pattern]:
        """Yield what reads this language's sentences."""
        for sentence, kind in _SENTENCES.items():
            yield _pattern(kind, self.phrases[sentence])
        joint = self.marks["sentences"]
        for sentence, kind in _SENTENCES.items():
            yield _pattern(kind, f"{self.phrases['retired']}{joint}{self.phrases[sentence]}")

    def note(self) -> _Note:
        """Return what finds this language's facts at the end of a line."""
        number = f"[0-9{re.escape(self.marks['thousands'] + self.marks['decimal'])}]+"
        fact = "|".join(number.join(map(re.escape, parts_of(self.phrases[k])[0])) for k in _FACTS)
        head, tail = parts_of(self.phrases["details"])[0]
        return _Note(self.marks["sentences"] + head, fact, re.escape(self.marks["facts"]), tail)


def wording_of(book: Book) -> _Wording:
    """Return a language's announcements.

    Raises:
        ConfigurationError: a phrase is missing, or can't be written and read back; names it.
    """
    phrases = book.texts("announcement", _FIELDS)
    for key, template in phrases.items():
        if problem := _unreadable(key, template):
            raise book.error("announcement", key, problem)
    if sum(map(len, phrases.values())) > _LONGEST:
        raise book.error("announcement", "*", f"is longer than {_LONGEST} code points in all")
    marks = {key: book.value("marks", key, str) for key in _MARKS}
    return _Wording(MappingProxyType(phrases), marks)


@cache
def _packaged(language: str) -> _Wording:
    return wording_of(load(language))


@lru_cache(maxsize=256)
def _wording(language: str, own: tuple[tuple[str, str], ...]) -> _Wording:
    """Return the phrases of a language, some of them replaced by templates of one's own."""
    wording = _packaged(language)
    return replace(wording, phrases={**wording.phrases, **dict(own)}) if own else wording


@dataclass(frozen=True)
class _Note:
    """What finds a note at the end of a line; compiled when a line may have one."""

    head: str
    fact: str
    joint: str
    tail: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The regex of the whole note."""
        head, tail = re.escape(self.head), re.escape(self.tail)
        return re.compile(rf"{head}(?:{self.fact})(?:{self.joint}(?:{self.fact}))*{tail}\Z")

    def cut(self, line: str) -> str | None:
        """Return the line without the note, None if it has none."""
        if self.head not in line:
            return None
        found = self.pattern.search(line)
        return line[: found.start()] if found is not None else None


class _Reader:
    """Reads the announcements of all languages.

    An ordinary line is told apart at little cost, before a pattern is tried: by its last
    character, and by the text that an announcement begins with or has after its first name.

    Args:
        wordings: the phrases that are recognised, the likeliest first.
    """

    def __init__(self, wordings: Iterable[_Wording]) -> None:
        known = list(wordings)
        # Own templates stand in every language's table: once is enough.
        self._patterns = tuple(dict.fromkeys(chain.from_iterable(w.patterns() for w in known)))
        self._notes = tuple(dict.fromkeys(wording.note() for wording in known))
        tails = [
            *(pattern.tail for pattern in self._patterns),
            *(note.tail for note in self._notes),
        ]
        self._last = frozenset(tail[-1:] for tail in tails)
        heads = {pattern.head for pattern in self._patterns if pattern.head}
        self._heads = {
            first: tuple(head for head in heads if head.startswith(first))
            for first in {head[0] for head in heads}
        }
        inner = {pattern.steps[0][1] for pattern in self._patterns if not pattern.head}
        self._reach = max(map(len, inner), default=0)
        self._inner = re.compile("|".join(map(re.escape, sorted(inner))))

    def may_read(self, line: str, longest: int) -> bool:
        """Whether a line may be an announcement of models whose names are no longer than this."""
        if line[-1:] not in self._last and "" not in self._last:
            return False
        if line.startswith(self._heads.get(line[:1], ())):
            return True
        return self._inner.search(line, 1, longest + self._reach) is not None

    def read(self, line: str, resolve: Resolve) -> Announced | None:
        """Return what a line announces; ``resolve`` gives the id that a name means, or None."""
        for sentence in self._sentences(line):
            for pattern in self._patterns:
                if sentence.startswith(pattern.head) and sentence.endswith(pattern.tail):
                    read = pattern.read(sentence, resolve)
                    if read is not None:
                        return read
        return None

    def _sentences(self, line: str) -> Iterator[str]:
        yield line  # as it is, then without a note at its end
        for note in self._notes:
            if (sentence := note.cut(line)) is not None:
                yield sentence


@lru_cache(maxsize=64)
def _reader(own: tuple[tuple[str, str], ...]) -> _Reader:
    """Return what reads the announcements of every language, and those with own templates.

    The order doesn't depend on the language that is written: what is read when a text is written
    is read again later.
    """
    packaged = [_packaged(code) for code in languages()]
    if not own:
        return _Reader(packaged)
    merged = [_wording(code, own) for code in languages()]
    reader = _Reader([*merged, *packaged])
    for wording in merged:
        _check_told_apart(wording, reader)
    return reader


def _check_told_apart(wording: _Wording, reader: _Reader) -> None:
    """Raise `ConfigurationError` if what one sentence writes is read as saying something else."""
    plain = {"from_model": "a", "to_model": "b"}
    known = {name: name for name in "abc"}
    for sentence, names in product(_SENTENCES, (plain, {**plain, "asked_for": "c"})):
        read = reader.read(wording.write(sentence, names, ""), known.get)
        left = "a" if "from_model" in _FIELDS[sentence] else "b"
        if read is None or (read.from_model, read.to_model) != (left, "b"):
            raise _read_differently(sentence)


def _read_differently(sentence: str) -> ConfigurationError:
    return _misconfigured(
        f"templates[{sentence!r}]", "what it writes would be read differently by another template"
    )


def _pattern(kind: str, template: str) -> _Pattern:
    literals, names = parts_of(template)
    steps = tuple(zip(names, literals[1:], strict=True))
    return _Pattern(kind, literals[0], steps, literals[-1])


def _check(key: str, template: object) -> None:
    """Raise `ConfigurationError` unless ``template`` can be written and read back."""
    param = f"templates[{key!r}]"
    if key not in _FIELDS:
        raise _misconfigured(param, f"there is no such phrase; there are: {', '.join(_FIELDS)}")
    if problem := _unreadable(key, template):
        raise _misconfigured(param, problem)


def _unreadable(key: str, template: object) -> str | None:
    """Return why a template couldn't be written and read back, None if it can."""
    if not isinstance(template, str) or not template.isprintable() or template != template.strip():
        return "must be one line of printable text, no white space around it"
    if problem := problem_of(template, _FIELDS[key]):
        return problem
    literals = parts_of(template)[0]
    if any(not between for between in literals[1:-1]):
        return "must have some text between two fields"
    if not any(part.strip() for part in literals) and key in _SENTENCES:
        return "must have some text beside its fields"
    return None


def _misconfigured(param: str, message: str) -> ConfigurationError:
    return ConfigurationError(f"announcer, {param}: {message}", param=param)

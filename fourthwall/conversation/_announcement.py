"""The sentence that tells a person that another model answers, and how to take it out again.

A client that knows nothing of switches shows an announcement as the first paragraph of the
answer, and sends it back with the history.  So it must read well, render as a paragraph
everywhere (plain text and Markdown alike) and be recognised exactly::

    Switched from GPT-4o to Claude Sonnet 4.5.

    Here is your poem ...

The form: one line of printable text, a blank line, the answer; the line alone where no answer
follows.  Sentences are rows of `PHRASES`, one table a language.  Models are spelled by their label.
Writing reads its own sentence back before it lets it go: where the label would not lead back to
the same model (two cards of one name, a name that reads like part of the sentence), it spells by
id.  So `Announcer.strip` is the exact inverse of `Announcer.apply`, by construction.

A sentence that names a model which the registry doesn't know is no announcement: it stays in the
text.  "Switched from tabs to spaces." is an ordinary sentence, and an ordinary message is never
touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from string import Formatter
from types import MappingProxyType
from typing import Final, Literal, TypeAlias
from urllib.parse import quote
from weakref import WeakKeyDictionary

from fourthwall.chat import Switch, SwitchImpact
from fourthwall.errors import ConfigurationError, RequestError
from fourthwall.registry import Registry

__all__ = ["PHRASES", "Announced", "Announcer", "Details"]

Resolve: TypeAlias = Callable[[str], str | None]

Details: TypeAlias = Literal["none", "short", "full"]
"""Which facts follow the sentence: none, those past the threshold, or all that are known."""

SEPARATOR: Final = "\n\n"
"""What stands between an announcement and the answer."""

PHRASES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "en": MappingProxyType(
            {
                "switch": "Switched from {from_model} to {to_model}.",
                "revert": "Switched back from {from_model} to {to_model}.",
                "reset": (
                    "Switched back from {from_model} to {to_model}, "
                    "the model this conversation began with."
                ),
                "once": "{to_model} answers this message, then {from_model} is back.",
                "retry": "{to_model} answers the last question again, then {from_model} is back.",
                "failover": (
                    "{from_model} isn't available right now; {to_model} answers this message."
                ),
                "again": "{to_model} answers the last question again.",
                "no_way_back": "There is no earlier model to go back to; {to_model} answers.",
                "stay": "You are already talking to {to_model}.",
                "retired": "{asked_for} has been retired; {to_model} takes its place.",
                "details": "Note: {facts}.",
                "images": "images it can't see: {count}",
                "price_in": "input: {before} → {after} USD per million tokens",
                "price_out": "output: {before} → {after} USD per million tokens",
                "context": "context window: {before} → {after} tokens",
                "cache": "prompt cache lost: {count} tokens",
            }
        )
    }
)
"""Language (ISO 639-1) -> phrase -> template.

``switch`` to ``failover`` word the kinds of `Switch`; ``again`` is a retry by the same model,
``no_way_back`` a revert that leads nowhere, ``stay`` any other switch to the model that is active
anyway; ``retired`` goes in front of one of these; ``details`` comes after it and holds the facts
``images`` to ``cache``.  Prices are written without a dollar sign, because many chat clients take
what stands between two of them for a formula.
"""

_BOTH = frozenset({"from_model", "to_model"})
_CHANGE = frozenset({"before", "after"})
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
    "images": frozenset({"count"}),
    "price_in": _CHANGE,
    "price_out": _CHANGE,
    "context": _CHANGE,
    "cache": frozenset({"count"}),
}
"""The fields that each template must have, and no others."""

_KINDS: Final = ("switch", "revert", "reset", "once", "retry", "failover")
_SENTENCES: Final[Mapping[str, str]] = {
    **{kind: kind for kind in _KINDS},
    "again": "retry",
    "no_way_back": "revert",
    "stay": "switch",
}
"""Sentence -> the kind that is read from it."""

_FACTS: Final = ("images", "price_in", "price_out", "context", "cache")
_NUMBER = "[0-9.,]+"
_ROOM = 200  # code points that the numbers of all facts together take at most


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
        language: a key of `PHRASES`.
        templates: phrases of one's own, in place of those of the language.  Keys and fields are
            those of `PHRASES`; a template is one line of printable text.
        details: which facts of `SwitchImpact` follow in a sentence of their own.  ``short``:
            images that can't be seen any more, a price that is at least `threshold` times the
            one before, a context window that is at most 1/`threshold` of the one before.
            ``full``: every change that is known, the prompt cache too.
        threshold: a factor, at least 1.0.

    Raises:
        ConfigurationError: an unknown language, a template that lacks a field or can't be read
            back; names the template and what is missing.
    """

    registry: Registry
    language: str = field(default="en", kw_only=True)
    templates: Mapping[str, str] | None = field(default=None, kw_only=True, hash=False)
    details: Details = field(default="short", kw_only=True)
    threshold: float = field(default=4.0, kw_only=True)
    _wording: _Wording = field(init=False, repr=False, compare=False)
    _names: _Names = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.language not in PHRASES:
            known = ", ".join(sorted(PHRASES))
            raise _misconfigured("language", f"no phrases in {self.language!r}; there are: {known}")
        if self.details not in ("none", "short", "full"):
            raise _misconfigured("details", "must be 'none', 'short' or 'full'")
        if not self.threshold >= 1:
            raise _misconfigured("threshold", "must be a factor of at least 1.0")
        own = tuple(sorted((self.templates or {}).items()))
        for key, template in own:
            _check(key, template)
        object.__setattr__(self, "_wording", _wording(self.language, own))
        object.__setattr__(self, "_names", _names(self.registry))

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
        facts = self._facts(switch.impact)
        for spelling in range(_Names.SPELLINGS):
            spelled = self._spelled(switch, spelling)
            for note in (facts, "") if facts else ("",):
                text = self._wording.write(sentence, spelled, note)
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
        limit = self._wording.longest + 4 * self._names.longest
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

    def _facts(self, impact: SwitchImpact) -> str:
        if self.details == "none":
            return ""
        factor = 1.0 if self.details == "full" else self.threshold
        phrases = self._wording.phrases
        found = _worth_telling(impact, factor, everything=self.details == "full")
        return "; ".join(phrases[key].format(**values) for key, values in found)

    def _read(self, line: str) -> Announced | None:
        return self._wording.read(line, self._resolve)

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


def _worth_telling(
    impact: SwitchImpact, factor: float, *, everything: bool
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the facts that changed by at least ``factor``, as phrase and values."""
    if impact.images_hidden:
        yield "images", {"count": f"{impact.images_hidden:,}"}
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
    if everything and impact.cache_lost_tokens:
        yield "cache", {"count": f"{impact.cache_lost_tokens:,}"}


def _usd(price: float) -> str:
    """Write a price with two decimals, more where it needs them."""
    whole, _, decimals = f"{price:,.6f}".rstrip("0").partition(".")
    return f"{whole}.{decimals:0<2}"


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

    def read(self, line: str, resolve: Resolve) -> Announced | None:
        """Return what a line says that was written with this template, None if it wasn't."""
        if not (line.startswith(self.head) and line.endswith(self.steps[-1][1])):
            return None
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
    """The phrases to write with, and everything that is recognised."""

    phrases: Mapping[str, str]
    patterns: tuple[_Pattern, ...]
    notes: tuple[re.Pattern[str], ...]
    longest: int

    def write(self, sentence: str, names: Mapping[str, str], facts: str) -> str:
        parts = [self.phrases[sentence].format(**names)]
        if "asked_for" in names:
            parts.insert(0, self.phrases["retired"].format(**names))
        if facts:
            parts.append(self.phrases["details"].format(facts=facts))
        return " ".join(parts)

    def read(self, line: str, resolve: Resolve) -> Announced | None:
        """Return what a line announces; ``resolve`` gives the id that a name means, or None."""
        for sentence in self._sentences(line):
            for pattern in self.patterns:
                if (read := pattern.read(sentence, resolve)) is not None:
                    return read
        return None

    def _sentences(self, line: str) -> Iterator[str]:
        yield line  # as it is, then without a note at its end
        for note in self.notes:
            if found := note.search(line):
                yield line[: found.start()]


@lru_cache(maxsize=64)
def _wording(language: str, own: tuple[tuple[str, str], ...]) -> _Wording:
    """Compile the phrases of a language, some of them replaced by templates of one's own."""
    phrases = {**PHRASES[language], **dict(own)}
    # Others are read too: the language may have been another when the answer was written.
    others = [PHRASES[language], *(PHRASES[code] for code in PHRASES if code != language)]
    known = [phrases, *(table for table in others if table != phrases)]
    wording = _Wording(
        phrases=phrases,
        patterns=tuple(pattern for table in known for pattern in _patterns(table)),
        notes=tuple(_note(table) for table in known),
        longest=max(sum(map(len, table.values())) for table in known) + _ROOM,
    )
    _check_told_apart(wording)
    return wording


def _check_told_apart(wording: _Wording) -> None:
    """Raise `ConfigurationError` if what one sentence writes is read as saying something else."""
    plain = {"from_model": "a", "to_model": "b"}
    known = {name: name for name in "abc"}
    for sentence, names in product(_SENTENCES, (plain, {**plain, "asked_for": "c"})):
        read = wording.read(wording.write(sentence, names, ""), known.get)
        left = "a" if "from_model" in _FIELDS[sentence] else "b"
        if read is None or (read.from_model, read.to_model) != (left, "b"):
            raise _read_differently(sentence)


def _read_differently(sentence: str) -> ConfigurationError:
    return _misconfigured(
        f"templates[{sentence!r}]", "what it writes would be read differently by another template"
    )


def _patterns(phrases: Mapping[str, str]) -> Iterator[_Pattern]:
    for sentence, kind in _SENTENCES.items():
        yield _pattern(kind, phrases[sentence])
    for sentence, kind in _SENTENCES.items():
        yield _pattern(kind, f"{phrases['retired']} {phrases[sentence]}")


def _pattern(kind: str, template: str) -> _Pattern:
    literals, names = _parts(template)
    return _Pattern(kind, literals[0], tuple(zip(names, literals[1:], strict=True)))


def _parts(template: str) -> tuple[list[str], list[str]]:
    """Return the literals of a template and the fields between them."""
    literals, names = [""], []
    for literal, name, _, _ in Formatter().parse(template):
        literals[-1] += literal
        if name is not None:
            names.append(name)
            literals.append("")
    return literals, names


def _note(phrases: Mapping[str, str]) -> re.Pattern[str]:
    """Compile what recognises the sentence of facts at the end of a line."""
    fact = "|".join(_NUMBER.join(map(re.escape, _parts(phrases[key])[0])) for key in _FACTS)
    head, tail = map(re.escape, _parts(phrases["details"])[0])
    return re.compile(rf" {head}(?:{fact})(?:; (?:{fact}))*{tail}\Z")


def _check(key: str, template: object) -> None:
    """Raise `ConfigurationError` unless ``template`` can be written and read back."""
    param = f"templates[{key!r}]"
    if key not in _FIELDS:
        raise _misconfigured(param, f"there is no such phrase; there are: {', '.join(_FIELDS)}")
    if not isinstance(template, str) or not template.isprintable() or template != template.strip():
        raise _misconfigured(param, "must be one line of printable text, no white space around it")
    try:
        literals, names = _parts(template)
        plain = all(not spec and not how for _, _, spec, how in Formatter().parse(template))
    except ValueError as error:
        raise _misconfigured(param, f"isn't a template: {error}") from None
    wanted = _FIELDS[key]
    if missing := sorted(wanted - set(names)):
        raise _misconfigured(param, f"lacks the field {{{missing[0]}}}")
    if unknown := sorted(set(names) - wanted):
        raise _misconfigured(param, f"has an unknown field {{{unknown[0]}}}")
    if len(names) != len(wanted) or not plain:
        raise _misconfigured(param, "must have each field once, and as a plain {name}")
    if any(not between for between in literals[1:-1]):
        raise _misconfigured(param, "must have some text between two fields")
    if not any(part.strip() for part in literals) and key in _SENTENCES:
        raise _misconfigured(param, "must have some text beside its fields")


def _misconfigured(param: str, message: str) -> ConfigurationError:
    return ConfigurationError(f"announcer, {param}: {message}", param=param)

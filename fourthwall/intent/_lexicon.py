"""A language's words and sentences, read from its data file and compiled once.

A lexicon file (``lexicons/en.toml``) holds only data.  Its parts:

``cues``
    words that wake the parser up; a message without one, without a model's name and without
    ``@`` or ``/`` in front is never looked at closely.
``near_words``
    real words one typing slip away from a name or a word of the lexicon.
``[sounds]``
    words that a speech recogniser writes for a letter or a digit inside a name.
``[outside]``
    names of models that people ask for although the registry lacks them.
``[nouns]``
    words for a model in general and for the conversation; articles that a name may carry.
``[rules]``
    named templates for use in the others; ``lead``, ``request``, ``request_ing``, ``tails``,
    ``stay``, ``this_once``, ``please`` are used by the parser itself.
``[attributes]``, ``[describe]``
    how a model is described instead of named ("a cheaper model").
``[[frames]]``
    the sentences: a ``kind`` of `Intent`, a ``form`` (how it sits in a message), a
    ``strength`` (3: only a command says this, 1: needs support) and ``templates``.
``[gist]``, ``[gist_again]``, ``[[gists]]``
    the words of an order, a wish or a question about models, whatever their order.
``[repair]``, ``[guards]``, ``[rest]``
    self-correction, words that only talk about commands, what a task can't begin with.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from fourthwall.intent._intent import Kind
from fourthwall.intent._names import NameWords
from fourthwall.intent._slips import word_slips
from fourthwall.intent._symbols import (
    CHAT,
    DESCRIBED,
    KNOWN,
    NOUN,
    NOUNS,
    PROVIDER,
    SEVERAL,
    TRAIT,
    UNKNOWN,
    WEAK,
    WEAK_UNKNOWN,
)
from fourthwall.intent._template import TemplateCompiler, longest_first, template_words

__all__ = ["Frame", "FrameSet", "Gist", "Lexicon", "load_lexicon"]

_NAMED = f"[{KNOWN}{WEAK}{UNKNOWN}{WEAK_UNKNOWN}{PROVIDER}{SEVERAL}]"
_ANY = f"[{KNOWN}{WEAK}{UNKNOWN}{WEAK_UNKNOWN}{PROVIDER}{SEVERAL}{DESCRIBED}]"


@dataclass(frozen=True, slots=True)
class Frame:
    """One template of the lexicon, with what it means."""

    kind: Kind
    form: str
    strength: int
    rest: str
    template: str


@dataclass(frozen=True, slots=True)
class FrameSet:
    """All frames of one form in one regex; the group that matched tells the frame."""

    pattern: re.Pattern[str]
    by_group: tuple[Frame | None, ...]

    def match(self, line: str, position: int) -> tuple[Frame, re.Match[str]] | None:
        """Return the first frame that matches ``line`` at ``position``, with its match."""
        found = self.pattern.match(line, position)
        if found is None or found.lastindex is None:
            return None
        frame = self.by_group[found.lastindex]
        return None if frame is None else (frame, found)


@dataclass(frozen=True, slots=True)
class Gist:
    """What a sentence may mean by its words, whatever their order.

    Attributes:
        kind: what it means.
        needs: each must be found somewhere.
        words: no other word may stand there.
        names: whether a model may be named without the word "model" beside it.
    """

    kind: Kind
    needs: tuple[re.Pattern[str], ...]
    words: frozenset[str]
    names: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A compiled language; see the module's text for what each part is."""

    language: str
    cues: frozenset[str]
    vocabulary: frozenset[str]
    lead: re.Pattern[str]
    request: re.Pattern[str]
    request_ing: re.Pattern[str]
    takeover: re.Pattern[str]
    stay: re.Pattern[str]
    this_once: re.Pattern[str]
    polite: re.Pattern[str]
    filler_only: re.Pattern[str]
    gists: tuple[Gist, ...]
    gist_again: Gist
    gist_moves: frozenset[str]
    gist_polite_if: re.Pattern[str]
    gist_verbs: frozenset[str]
    gist_words: frozenset[str]
    gist_wishes: re.Pattern[str]
    fix: re.Pattern[str]
    cancel: re.Pattern[str]
    refuse: re.Pattern[str]
    noun: re.Pattern[str]
    nouns: re.Pattern[str]
    chat: re.Pattern[str]
    absorb: re.Pattern[str]
    describe: re.Pattern[str]
    traits: re.Pattern[str]
    trait_names: tuple[str, ...]
    frames: Mapping[str, FrameSet]
    guards: Mapping[str, re.Pattern[str]]
    statement: re.Pattern[str]
    connectors: frozenset[str]
    not_verb: frozenset[str]
    question: frozenset[str]
    slips: Mapping[str, str]
    name_words: NameWords

    def mended(self, word: str) -> str:
        """Return the lexicon's word of which ``word`` is a typing slip, or ``word``."""
        return word if word in self.vocabulary else self.slips.get(word, word)


_WORD_START = "(?<![^ ])"


def _texts(part: Mapping[str, Any]) -> dict[str, str]:
    return {name: text for name, text in part.items() if isinstance(text, str)}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# After a closed command the sentence ends, or something else begins; after a move ("switch to X")
# that may be "to", after "use X" it may not: "use X to ..." hands over a task.
_MARK = r"(?:[.!?;:…,)(–-]|[^\x00-\x7f\w•]) "  # punctuation or an emoji, not an operator
_NEXT = "and|n|then|but|so|or|plus|after|because|since|while|actually|wait|nvm|no|sorry|oops"
# In speech without commas the next sentence just begins.
_NEXT_PERSON = "i|i'm|im|i've|i'll|we|we're|it|my|what|how|why|who|where|when|can|could"
_END = rf"(?=$|{_MARK}|(?:{_NEXT}) )"
_END_OR_TO = rf"(?=$|{_MARK}|(?:{_NEXT}|{_NEXT_PERSON}|to|ot) )"
_AT_END = r"(?=[.!?…)] ?$|$|[.!?] \) $)"

_CLOSED = frozenset(("do", "ing", "say"))
_TARGETED = frozenset(("switch", "once", "retry"))
_MOVES = 3  # strength of a frame that says "move to X"
# The only capturing groups: counting them as text is quicker than compiling each template.
_GROUPS = ("()", f"({_ANY})", f"({DESCRIBED})")
_KIND_ORDER = ("retry", "once", "revert", "reset", "list", "which", "switch", "ambiguous")


def compile_lexicon(data: Mapping[str, Any]) -> Lexicon:
    """Compile the content of a lexicon file.

    Raises:
        TemplateError: a template can't be read or uses a rule that isn't there.
        KeyError: a part is missing.
    """
    rules: dict[str, str] = dict(data["rules"])
    attributes: dict[str, str] = data["attributes"]
    slots = {
        "model": f"{_ANY} ",
        "other": f"{_ANY} ",
        "described": f"{DESCRIBED} ",
        "named": f"{_NAMED} ",
        "noun": f"[{NOUN}{NOUNS}] ",
        "nouns": f"{NOUNS} ",
        "chat": f"{CHAT} ",
        "attribute": f"{TRAIT} ",
        "symbol": r"[^\x00-\x7f\w•] ",
        "word": r"[^\W\d_A-Z]+ ",
    }
    compiler = TemplateCompiler(rules | _texts(data["describe"]), slots)
    parts = {
        # Longer phrases first: these loops never give back what they took.
        "lead": "<this_once>|<stay>|<lead>",
        "polite": "<please>|<thanks>|<instead>|<now>",
        "fillers": "<this_once>|<stay>|<soft>|<thanks>|<instead>|<now>|<please>|<lead>",
        **{name: f"<{name}>" for name in ("request", "request_ing", "stay", "this_once")},
        **{f"noun_{name}": text for name, text in data["nouns"].items()},
        **{f"guard_{name}": text for name, text in data["guards"].items()},
        **data["repair"],
        "statement": data["rest"]["statement"],
        "wishes": data["gist"]["wishes"],
        "takeover": "<takeover>",
        "polite_if": data["gist"]["polite_if"],
    }
    source = {name: compiler.compile(text) for name, text in parts.items()}
    phrases = data["describe"]["phrases"]
    templates = [template for frame in data["frames"] for template in frame["templates"]]
    texts = (*rules.values(), *templates, *attributes.values(), *phrases, *data["nouns"].values())
    said = template_words(texts)
    # What guards speak of is known too, but nothing is mended into it: "sing" is no "sign".
    vocabulary = said | template_words(data["guards"].values())

    def anywhere(name: str) -> re.Pattern[str]:
        return re.compile(f"{_WORD_START}{source[name]}")

    near_words = _words(data["near_words"])
    sounds = {word: tuple(meant.split()) for word, meant in data["sounds"].items()}
    gist_words = _words(data["gist"]["words"]) | _words(data["gist"]["verbs"])
    connectors = frozenset(_NEXT.split("|"))
    name_words = NameWords(
        language=data["language"],
        sounds=sounds,
        vocabulary=vocabulary,
        real=(vocabulary, near_words, sounds.keys()),
        outside=_words(data["outside"]["names"]),
        outside_parts=tuple(data["outside"]["parts"].split()),
        never_first=gist_words,
        connectors=connectors,
    )
    return Lexicon(
        language=data["language"],
        cues=_words(data["cues"]),
        vocabulary=vocabulary,
        name_words=name_words,
        lead=re.compile(f"{source['lead']}*+"),
        request=re.compile(source["request"]),
        request_ing=re.compile(source["request_ing"]),
        takeover=anywhere("takeover"),
        stay=anywhere("stay"),
        this_once=anywhere("this_once"),
        polite=anywhere("polite"),
        filler_only=re.compile(f"(?:{source['fillers']}|[^\\w\\s] |_ )*+$"),
        gists=tuple(
            Gist(
                kind=gist["kind"],
                needs=tuple(
                    re.compile(f"{_WORD_START}{compiler.compile(need)}") for need in gist["needs"]
                ),
                words=_words(gist["words"]),
                names=gist.get("names", False),
            )
            for gist in data["gists"]
        ),
        gist_again=Gist(
            kind="retry",
            needs=(re.compile(f"{_WORD_START}{compiler.compile(data['gist_again']['needs'])}"),),
            words=_words(data["gist_again"]["words"]),
        ),
        gist_moves=_words(data["gist"]["moves"]),
        gist_polite_if=anywhere("polite_if"),
        gist_verbs=_words(data["gist"]["verbs"]),
        gist_words=gist_words,
        gist_wishes=re.compile(f"(?:i|we) (?:really |just |still |now |do )?{source['wishes']}"),
        fix=re.compile(source["fix"]),
        cancel=re.compile(f"{_WORD_START}{source['cancel']}(?=$|[.,;!?–-] )"),
        refuse=re.compile(source["refuse"]),
        noun=anywhere("noun_model"),
        nouns=anywhere("noun_models"),
        chat=anywhere("noun_chat"),
        absorb=re.compile(
            f"{_WORD_START}(?:{source['noun_definite']}({_ANY}) "
            f"|{source['noun_indefinite']}({SEVERAL}) )(?:{source['noun_head']})?"
        ),
        describe=re.compile("|".join(f"{_WORD_START}{compiler.compile(t)}" for t in phrases)),
        traits=re.compile(
            "|".join(
                f"{_WORD_START}({compiler.compile(longest_first(text))})"
                for text in attributes.values()
            )
        ),
        trait_names=tuple(attributes),
        frames=_compile_frames(data["frames"], rules, slots),
        guards={name: anywhere(f"guard_{name}") for name in data["guards"]},
        statement=re.compile(source["statement"]),
        slips=word_slips(said, vocabulary | near_words | sounds.keys()),
        connectors=connectors,
        not_verb=_words(data["rest"]["not_verb"]),
        question=_words(data["rest"]["question"]),
    )


def _compile_frames(
    entries: list[Mapping[str, Any]],
    rules: Mapping[str, str],
    slots: Mapping[str, str],
) -> dict[str, FrameSet]:
    """Join the templates of each form, strongest first, into one regex."""
    capturing = dict(slots) | {"model": f"({_ANY}) ", "described": f"({DESCRIBED}) "}
    by_form: dict[str, list[Frame]] = {}
    for entry in entries:
        for template in entry["templates"]:
            frame = Frame(
                entry["kind"], entry["form"], entry["strength"], entry.get("rest", ""), template
            )
            by_form.setdefault(frame.form, []).append(frame)
    tails = TemplateCompiler(rules, slots).compile("<tails>")
    compiler = TemplateCompiler(rules, capturing)
    return {form: _frame_set(form, frames, compiler, tails) for form, frames in by_form.items()}


def _frame_set(form: str, frames: list[Frame], compiler: TemplateCompiler, tails: str) -> FrameSet:
    # Of two that fit, the one that says more wins: clearer first, then the rarer kind; after a
    # slash, the longer.
    if form == "slash":
        frames.sort(key=lambda frame: -len(frame.template.split()))
    else:
        frames.sort(key=lambda frame: (-frame.strength, _KIND_ORDER.index(frame.kind)))
    moves = [f for f in frames if _is_move(f)]
    others = [f for f in frames if not _is_move(f)]
    by_group: list[Frame | None] = [None]
    branches = []
    for branch, end in ((moves, _END_OR_TO), (others, _END)):
        sources = []
        for frame in branch:
            # What names no target gets an empty group, so that the match still tells the frame.
            targeted = frame.kind in _TARGETED
            template = frame.template if targeted else frame.template.replace("{model}", "{other}")
            source = compiler.compile(template)
            marked = source if targeted else f"{source}()"
            by_group.extend([frame] * sum(marked.count(group) for group in _GROUPS))
            sources.append(marked)
        if sources:
            tail = {"open": "", "mention": ""}.get(form, tails)
            stop = end if form in _CLOSED else {"post": _AT_END}.get(form, "")
            branches.append(f"(?:{'|'.join(sources)}){tail}{stop}")
    return FrameSet(re.compile("|".join(branches)), tuple(by_group))


def _is_move(frame: Frame) -> bool:
    """Whether "to" may follow: the frame says "move to X" and ends with the name."""
    return (
        frame.kind == "switch"
        and frame.form in ("do", "ing")
        and frame.strength >= _MOVES
        and frame.template.rstrip().endswith("{model}")
    )


@cache
def load_lexicon(language: str) -> Lexicon:
    """Return the packaged lexicon of a language (ISO 639-1 code), compiled once per process."""
    source = resources.files("fourthwall.intent").joinpath("lexicons", f"{language}.toml")
    return compile_lexicon(tomllib.loads(source.read_text("utf-8")))

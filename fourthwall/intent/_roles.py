"""A language as words and phrases sorted by what they do in a command: their roles.

A lexicon file (``lexicons/XX.toml``) holds only data, and nothing about particular models.  Its
parts, of which only ``language``, ``name`` and ``[roles]`` must be there:

``language``, ``name``
    ISO 639-1 code; the language's own name for itself.
``endings``
    endings that the language glues to a foreign name ("Opusa", "Claude'a"), blank-separated.
``prefixes``
    particles that are written together with the word behind them (Arabic "و", "ل").
``typed_otherwise``
    words, accents and all, that only look like one of the lexicon's when these are left out, and
    report instead of commanding ("usé" beside "use").
``for_me``
    "me", "us": with them "can X tell ..." is a request.
``of``
    words that join a size to a name: "Llamaの405B".
``object_marks``
    particles behind the object of a verb (Japanese "を"), where they are words of their own.
``object_first``
    words that put the object before its verb (Chinese "把").
``ordinary``
    names' spellings that are ordinary words as well ("하이쿠", a poem).
``verb_final``
    whether the verb ends its clause, so that the next wish may follow it without a conjunction.
``verb_last``
    whether infinitives stand at the end of their clause ("ein Gedicht schreiben").
``near_words``
    real words one typing slip away from a word of the lexicon.
``[sounds]``
    words that speech or habit writes for a letter or a digit inside a name: ``cinco = "5"``.
``[names]``
    how the language writes words of models' and makers' names where that isn't just how they
    sound: ``google = "谷歌"``.  A word says nothing about which models there are.
``[roles]``
    lists of phrases (`_phrases`), each under the role it has: see `ROLES`.
``[attributes]``
    lists of phrases that say what a model is like, each under its trait (`_traits.TRAITS`).
``[examples]``
    a kind of `Intent` -> sentences that must be read as that kind; ``fourthwall lexicon check``
    reads them.

How a clause of such words is read stands in `_role_clauses`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Final

from fourthwall.errors import ConfigurationError
from fourthwall.intent._names import NameWords, common_words
from fourthwall.intent._phrases import PhraseError, Row, expand
from fourthwall.intent._slips import word_slips
from fourthwall.intent._tokens import JOINED_SCRIPTS, fold_case
from fourthwall.intent._traits import TRAITS

__all__ = ["NEEDED_ROLES", "ROLES", "Node", "Role", "RoleLexicon", "compile_roles", "read_lexicon"]

ROLES: Final[Mapping[str, str]] = {
    "filler": "says nothing: greetings, thanks, well, if possible; may stand anywhere",
    "polite": "please: lets a bare name stand as a wish",
    "small": "function words inside a command: to, with, the, me, this, your place",
    "indefinite": "a, an, some: a name after it is an ordinary word",
    "request": "makes an order of the verb after it: can you, I want to, let's",
    "go": "moves the conversation: switch, change, put me through",
    "use": "takes a model: use, give me, I want, continue with",
    "pick": "those of `use` that need nothing more to mean a model: use, choose",
    "talk": "talk, speak, chat with",
    "answer": "what a model does when it takes over: answer, continue, take over",
    "let": "has somebody do something: let, have, make",
    "ask": "hands a task over: ask, tell, consult",
    "redo": "does the last one again: redo, retry, answer that again",
    "again": "again, once more, the same question",
    "opinion": "asks what a model would say: what would, 's opinion",
    "back": "back, go back to, return to",
    "with": "attaches a model to a task: with, using, via",
    "for_task": "leads from a model to its task: to, in order to",
    "and": "joins a command and the rest of the message: and, then, but",
    "or": "or",
    "not": "not, don't, no",
    "instead_of": "before (or after) the model that isn't wanted: instead of",
    "from": "before (or after) the model that is left: from",
    "fix": "second thoughts between two wishes: no wait, I mean, rather",
    "cancel": "takes the wish back: never mind, leave it",
    "stay": "from now on, for the rest of the chat",
    "once": "just this once, only for this question",
    "it": "the last question or this message: that, this question",
    "chat": "this conversation",
    "noun": "a model in general: model, AI, assistant",
    "nouns": "the same, several",
    "previous": "with a noun: previous, earlier, from before",
    "previous_model": "the one before, your predecessor",
    "first": "with a noun: default, original, first",
    "first_model": "the default, the one we began with",
    "other": "with a noun: another, different",
    "other_model": "somebody else",
    "revert": "a whole wish for the model before: switch back, undo the switch",
    "reset": "a whole wish for the first model: reset the model",
    "switch_what": "a whole wish for another model, whichever: change the model",
    "which": "which, what, who",
    "speaking": "with `which` and a noun: am I talking to, are you, is running",
    "which_model": "a whole question for the active model",
    "are_you": "with a name: are you, am I talking to",
    "show": "asks for a list: show, list, tell me",
    "available": "with a noun: available, are there, can I use",
    "list_models": "a whole question for the models on offer",
    "thing": "something, one: stands for a model together with an attribute",
    "degree": "inside a description: much, even, that is, than you",
    "task": "begins a task that wants words: write, explain, translate",
    "report": "says, said, according to: the command is somebody else's",
    "condition": "if, when, suppose, should I: the command isn't given",
    "question": "how, why, where: something is asked about the command",
    "person": "third persons: he, my boss, people",
    "work_on": "translate, correct, quote: what follows is a text to work on",
    "that_model": "pronouns for a model that was named before: it, that one",
    "had": "words of a relative clause about a model: that I had, I was using, who answered",
    "deal": "price, subscription, API: a product is talked about",
}
"""Role -> what its phrases do in a command."""

NEEDED_ROLES: Final = frozenset(
    """
    filler polite small request go use talk answer let ask redo again back with and or not fix
    cancel stay once noun nouns previous first other which speaking are_you show available thing
    task report condition question person work_on
    """.split()  # noqa: SIM905 - a list of words reads better than a list of strings
)
"""Roles without which a language can't be read: `lexicon check` asks for them."""


class Role:
    """The roles as bits, and the unions that the reader asks for."""

    FILLER, POLITE, SMALL, INDEFINITE, REQUEST, GO, USE, PICK = (1 << n for n in range(8))
    TALK, ANSWER, LET, ASK, REDO, AGAIN, OPINION, BACK = (1 << n for n in range(8, 16))
    WITH, FOR_TASK, AND, OR, NOT, INSTEAD_OF, FROM, FIX = (1 << n for n in range(16, 24))
    CANCEL, STAY, ONCE, IT, CHAT, NOUN, NOUNS, PREVIOUS = (1 << n for n in range(24, 32))
    PREVIOUS_MODEL, FIRST, FIRST_MODEL, OTHER, OTHER_MODEL = (1 << n for n in range(32, 37))
    REVERT, RESET, SWITCH_WHAT, WHICH, SPEAKING, WHICH_MODEL = (1 << n for n in range(37, 43))
    ARE_YOU, SHOW, AVAILABLE, LIST_MODELS, THING, DEGREE = (1 << n for n in range(43, 49))
    TASK, REPORT, CONDITION, QUESTION, PERSON, WORK_ON, DEAL = (1 << n for n in range(49, 56))
    THAT_MODEL, HAD = (1 << n for n in range(56, 58))
    # What isn't in a list of the lexicon.
    ATTRIBUTE, MODEL, COMMA, COLON, END = (1 << n for n in range(58, 63))


def _bit(role: str) -> int:
    bit: int = getattr(Role, role.upper())
    return bit


_ANY = -1  # all roles


@dataclass(slots=True)
class Node:
    """A place in the tree of phrases: what ends here, and the tokens that may follow.

    Attributes:
        roles: the roles of the phrase that ends here, as bits; 0 if none does.
        trait: the trait that it names.
        following: token -> node; None where no phrase goes on.
        gaps: what may follow later in the clause ("ein" after "stell"), with the roles that both
            have together.
    """

    roles: int = 0
    trait: str | None = None
    following: dict[str, Node] | None = None
    gaps: tuple[tuple[Row, int], ...] = ()

    def longest(
        self, words: Sequence[str], start: int, roles: int = _ANY
    ) -> tuple[int, Node | None]:
        """Return the end of the longest phrase at ``start`` with one of ``roles``, and its node.

        Where none does: ``start`` and None.
        """
        best: tuple[int, Node | None] = (start, None)
        following = self.following
        index = start
        while index < len(words) and following is not None:
            node = following.get(words[index])
            if node is None:
                break
            following = node.following
            index += 1
            if node.roles & roles or (node.gaps and roles == _ANY):
                best = (index, node)
        return best


@dataclass(frozen=True, slots=True)
class RoleLexicon:
    """A compiled language.

    Attributes:
        language: ISO 639-1 code.
        name: the language's own name.
        verb_final: whether the verb ends its clause.
        verb_last: whether infinitives stand at the end ("ein Gedicht schreiben").
        has_templates: whether sentence templates are tried first (in a mixture, for one of its
            languages), so that what they leave is read strictly.
        prefixes: particles glued to the word behind them, longest first.
        ordinary: spellings of names that are ordinary words as well.
        for_me: "me", "us": words that make a request of "can X tell ...".
        object_marks: particles behind the object of a verb (Japanese "を").
        object_first: words that put the object before its verb (Chinese "把").
        latin: whether it is mostly written in Latin letters; else a name in them is no other word.
        takes_back: words with which phrases begin that take a wish back.
        typed_otherwise: words that folding makes one with a word of the lexicon, but aren't it.
        endings: endings glued to names, longest first.
        tree: the phrases.
        vocabulary: their words.
        slips: mistyped word -> the word meant.
        spellings: the language's own spellings of words of names, with the word as their trait.
        name_words: how names are told from words.
        cues: words of which one stands in every command that names no model.
        cue_parts: the same for writing without spaces: they may stand anywhere in the text.
        signs: words by which the language is told from others.
    """

    language: str
    name: str
    verb_final: bool
    verb_last: bool
    has_templates: bool
    endings: tuple[str, ...]
    prefixes: tuple[str, ...]
    typed_otherwise: frozenset[str]
    ordinary: frozenset[str]
    for_me: frozenset[str]
    object_first: frozenset[str]
    object_marks: frozenset[str]
    latin: bool
    takes_back: frozenset[str]
    tree: Node
    vocabulary: frozenset[str]
    slips: Mapping[str, str]
    spellings: Node
    name_words: NameWords
    cues: frozenset[str]
    cue_parts: frozenset[str]
    signs: frozenset[str]


START = "^"
"""Stands before a phrase that counts at the beginning of a clause only: ``^que``."""

GAP = "…"
"""Stands in a phrase for the words between its two parts: ``stell … ein``."""

_JOINED = re.compile(f"[{JOINED_SCRIPTS}]")
# A command without a name has at least one phrase of these roles.
_NAMELESS = (
    *("noun", "nouns", "previous_model", "first_model", "other_model", "revert", "reset"),
    *("switch_what", "which_model", "list_models"),
)
_MOVING = ("go", "use", "talk", "ask", "let", "redo", "opinion", "answer", "are_you")
# Words of these roles stand in every text.
_EVERYWHERE = (
    *("small", "filler", "indefinite", "degree", "request", "and", "or", "not", "which", "from"),
    *("question", "fix", "with", "for_task"),
)
_SHORTEST_CUE = 3  # letters
_MENDED = ("go", "use", "talk", "answer", "ask", "redo", "again", "back", "noun", "nouns", "polite")
_SHORTEST_MENDED = 5  # letters


def read_lexicon(file: str | PathLike[str]) -> dict[str, Any]:
    """Return the content of a lexicon file.

    Raises:
        ConfigurationError: it can't be read, or isn't TOML in UTF-8.
    """
    try:
        data = tomllib.loads(Path(file).read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"can't read {str(file)!r}: {error.strerror}", remedy="Give the path of a lexicon file."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{str(file)!r} isn't TOML in UTF-8: {error}", remedy="Mend that line of the file."
        ) from error
    return data


def compile_roles(data: Mapping[str, Any], *others: Mapping[str, Any]) -> RoleLexicon:
    """Compile the content of a lexicon file.

    Args:
        data: the parsed file.
        others: files of languages whose words are mixed in: the result reads both at once.

    Raises:
        ConfigurationError: a role or trait that isn't there.
        PhraseError: a phrase that can't be read.
    """
    for part in ("language", "name", "roles"):
        if part not in data:
            raise ConfigurationError(
                f"a lexicon needs {part!r}", remedy="`fourthwall lexicon check` tells what else."
            )
    rows: dict[Row, int] = {}
    by_role: dict[str, list[Row]] = {}
    traits: dict[Row, str] = {}
    for source in (data, *others):
        for role, text in source["roles"].items():
            if role not in ROLES:
                raise ConfigurationError(
                    f"there is no role {role!r}", remedy=f"Use one of {', '.join(ROLES)}."
                )
            try:
                found = expand(text)
            except PhraseError as error:
                raise PhraseError(f"{source['language']}, roles.{role}: {error}") from error
            by_role.setdefault(role, []).extend(found)
            bit = _bit(role)
            for row in found:
                rows[row] = rows.get(row, 0) | bit
        for trait, text in source.get("attributes", {}).items():
            if trait not in TRAITS:
                raise ConfigurationError(
                    f"there is no attribute {trait!r}", remedy=f"Use one of {', '.join(TRAITS)}."
                )
            for row in expand(text):
                traits.setdefault(row, trait)
                rows[row] = rows.get(row, 0) | Role.ATTRIBUTE
    endings = _endings(data.get("endings", ""))
    for row, roles in list(rows.items()):
        # An ending with an apostrophe may be typed without it.
        if len(row) > 1 and row[0] == "'" and "".join(row[1:]) in endings:
            rows[(f"~{''.join(row[1:])}",)] = roles
    for ending in endings:
        rows.setdefault((f"~{ending}",), Role.SMALL)
        rows.setdefault(("'", ending), Role.SMALL)
    for word in fold_case(data.get("typed_otherwise", "")).split():
        rows.setdefault((f"~{word}",), Role.HAD)  # "the model that I used (usé)"
    vocabulary = frozenset(word for row in rows for word in row) - {GAP}
    near = frozenset(fold_case(data.get("near_words", "")).split())
    sounds = {
        fold_case(word): tuple(str(said).split()) for word, said in data.get("sounds", {}).items()
    }
    spellings = _spellings((data, *others), endings)
    real = vocabulary | near | sounds.keys() | {word for row in spellings for word in row}
    mended = frozenset(
        row[0]
        for role in _MENDED
        for row in by_role.get(role, ())
        if len(row) == 1 and len(row[0]) >= _SHORTEST_MENDED and row[0].isalpha()
    )
    nameless = [row for role in _NAMELESS for row in by_role.get(role, ())]
    nameless.extend(traits)
    stop = {
        word
        for role in _EVERYWHERE
        for row in by_role.get(role, ())
        if len(row) == 1
        for word in row
    } | common_words()
    # Where names are written in another script, only the verb tells that one is there.
    nameless.extend(
        row for role in _MOVING for row in by_role.get(role, ()) if not "".join(row).isascii()
    )
    return RoleLexicon(
        language=data["language"],
        name=data["name"],
        verb_final=data.get("verb_final", False) and not others,
        verb_last=data.get("verb_last", False),
        has_templates=any("frames" in source for source in (data, *others)),
        endings=endings,
        prefixes=tuple(sorted(fold_case(data.get("prefixes", "")).split(), key=len, reverse=True)),
        ordinary=frozenset(fold_case(data.get("ordinary", "")).split()),
        typed_otherwise=frozenset(data.get("typed_otherwise", "").lower().split()),
        for_me=frozenset(fold_case(data.get("for_me", "")).split()),
        object_marks=frozenset(fold_case(data.get("object_marks", "")).split()),
        object_first=frozenset(fold_case(data.get("object_first", "")).split()),
        latin=sum(word.isascii() for word in vocabulary) * 2 > len(vocabulary),
        takes_back=frozenset(
            row[0] for row, roles in rows.items() if roles & (Role.CANCEL | Role.NOT)
        ),
        tree=_tree(rows, traits),
        vocabulary=vocabulary,
        slips=word_slips(mended, real),
        spellings=_tree(dict.fromkeys(spellings, Role.MODEL), spellings),
        name_words=NameWords(
            language=data["language"],
            sounds=sounds,
            vocabulary=vocabulary,
            real=(vocabulary, near, frozenset(sounds)),
            outside=frozenset(data.get("outside", {}).get("names", "").split()),
            outside_parts=tuple(data.get("outside", {}).get("parts", "").split()),
            never_first=frozenset(
                row[0] for role in ("small", "filler", "and", "or") for row in by_role.get(role, ())
            ),
            nouns=frozenset(
                row[0]
                for role in ("noun", "nouns")
                for row in by_role.get(role, ())
                if len(row) == 1
            )
            | frozenset(  # "-versionen"
                row[1]
                for role in ("noun", "nouns")
                for row in by_role.get(role, ())
                if len(row) == len("-x") and row[0] == "-"
            ),
            joiners=frozenset(fold_case(data.get("of", "")).split()),
            connectors=frozenset(
                row[0] for role in ("and", "or") for row in by_role.get(role, ()) if len(row) == 1
            ),
        ),
        cues=frozenset(
            cue for row in nameless if not _is_joined(row) and (cue := _rarest(row, stop))
        )
        | frozenset(  # "ia", "ki": short, but they mean a model
            row[0]
            for role in ("noun", "nouns")
            for row in by_role.get(role, ())
            if len(row) == 1 and len(row[0]) > 1 and not _is_joined(row)
        )
        | frozenset(row[0] for row in spellings if not _is_joined(row)),
        cue_parts=_shortest(
            {"".join(row) for row in (*nameless, *spellings) if len(row) > 1 and _is_joined(row)}
        ),
        signs=frozenset(w for w in (*vocabulary, *sounds) if w[0].isalpha()),
    )


def _spellings(sources: Iterable[Mapping[str, Any]], endings: Sequence[str]) -> dict[Row, str]:
    """Return the language's own spelling of words of names, inflected as well -> the word."""
    found: dict[Row, str] = {}
    for source in sources:
        for name, text in source.get("names", {}).items():
            word = fold_case(name)
            try:
                rows = expand(text)
            except PhraseError as error:
                raise PhraseError(f"{source['language']}, names.{name}: {error}") from error
            for row in rows:
                found[row] = word
                if not _is_joined(row):
                    for ending in endings:
                        found.setdefault((*row[:-1], row[-1] + ending), word)
    return found


def _endings(text: str) -> tuple[str, ...]:
    found = {ending.strip("'") for ending in fold_case(text).split()}
    return tuple(sorted(found - {""}, key=lambda ending: (-len(ending), ending)))


def _tree(rows: Mapping[Row, int], traits: Mapping[Row, str]) -> Node:
    """Return phrases as a tree of their tokens."""
    root = Node()
    for row, roles in rows.items():
        node = root
        cut = row.index(GAP) if GAP in row else len(row)
        for word in row[:cut]:
            if node.following is None:
                node.following = {}
            following = node.following.get(word)
            if following is None:
                following = node.following[word] = Node()
            node = following
        if cut < len(row):
            node.gaps = (*node.gaps, (row[cut + 1 :], roles))
        else:
            node.roles, node.trait = roles, traits.get(row)
    return root


def _is_joined(row: Row) -> bool:
    """Whether a phrase has writing without spaces in it."""
    return _JOINED.search("".join(row)) is not None


def _shortest(parts: Set[str]) -> frozenset[str]:
    """Leave out the texts that another one stands in: finding that one is enough."""
    kept: set[str] = set()
    for part in sorted(parts, key=len):
        inner = (
            part[start:end] for start in range(len(part)) for end in range(start + 1, len(part) + 1)
        )
        if kept.isdisjoint(inner):
            kept.add(part)
    return frozenset(kept)


def _rarest(row: Iterable[str], stop: Set[str]) -> str:
    """Return the word of a phrase that is likely the rarest: the longest that isn't everywhere."""
    words = [word for word in row if word not in stop and len(word) >= _SHORTEST_CUE]
    return max(words, key=len, default="")

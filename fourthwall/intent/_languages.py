"""Which languages there are, and in which a message may give a command.

Every TOML file in ``lexicons/`` is a language; adding one adds the language.  A message is read in
the languages whose words it has most of, at most three, and only those are compiled: what wakes
the parser up and tells languages apart is stored in an index, which is made anew in memory
where it doesn't belong to the files.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from fourthwall.intent._grammar import Grammar, RoleGrammar, TemplateGrammar
from fourthwall.intent._lexicon import compile_lexicon
from fourthwall.intent._names import common_words
from fourthwall.intent._roles import RoleLexicon, compile_roles
from fourthwall.intent._tokens import INDIC_MARKS, JOINED_SCRIPTS
from fourthwall.registry import provider_names

__all__ = [
    "Babel",
    "all_languages",
    "babel",
    "grammars",
    "lexicon_data",
    "make_index",
    "mixed_grammar",
    "write_index",
]

INDEX = "index.json"
"""What `Babel` needs of all lexicons, so that they needn't all be compiled to begin with."""

_MOST = 3  # languages that a message is read in
_CLOSE = 0.8  # of the best score: so near, a language is tried as well
_WORDS = re.compile(
    rf"[a-z]+|[{JOINED_SCRIPTS}]+|(?:[^\W\d_a-z{JOINED_SCRIPTS}]|[{INDIC_MARKS}])+"
).findall
_KANA = re.compile("[\u3041-\u30ff]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_SCRIPTS = (
    ("ar", re.compile("[\u0620-\u064a]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("ru", re.compile("[\u0430-\u044f]")),
)
# Letters that one language writes and the others here don't.
_LETTERS = (
    ("de", re.compile("ß")),
    ("es", re.compile("[ñ¿¡]")),
    ("pl", re.compile("[ąęłśźż]")),
    ("pt", re.compile("[ãõ]")),
    ("tr", re.compile("[ğış]")),
)
_HAN = re.compile("[\u3400-\u9fff]")
_CLOSE_ENGLISH = 0.6  # the same for English, which is tried first then
_FOREIGN = 0.3  # of an English message's words, what makes it another language's
_MIXED = 0.15  # of a message's words, what another language must have of its own
_FEW_WORDS = 3
_SURE = 4  # letters
_PART = 2  # characters by which parts of words are looked up: none is shorter
_JOINED = re.compile(f"[{JOINED_SCRIPTS}]")
_FIRST = "en"  # wins where two languages fit a message equally well
_ENGLISH = 1  # its bit


@cache
def all_languages() -> tuple[str, ...]:
    """Return the codes of the packaged languages, English first."""
    codes = sorted(f.name[:-5] for f in _folder().iterdir() if f.name.endswith(".toml"))
    return tuple(sorted(codes, key=lambda code: code != _FIRST))


@cache
def lexicon_data(language: str) -> Mapping[str, Any]:
    """Return the content of a packaged lexicon file."""
    source = _folder().joinpath(f"{language}.toml")
    return tomllib.loads(source.read_text("utf-8"))


@cache
def _roles(language: str) -> RoleLexicon | None:
    return compile_roles(_with_names(language)) if "roles" in lexicon_data(language) else None


@cache
def grammars(language: str) -> tuple[Grammar, ...]:
    """Return the ways to read a language, the more exact first; compiled once per process."""
    data = lexicon_data(language)
    found: list[Grammar] = []
    roles = _roles(language)
    if "frames" in data:
        found.append(TemplateGrammar(compile_lexicon(data), roles))
    if roles is not None:
        found.append(RoleGrammar(roles))
    return tuple(found)


@cache
def mixed_grammar(language: str) -> Grammar:
    """Return what reads a language with English words in it; compiled when it is first needed."""
    return RoleGrammar(compile_roles(_with_names(language), lexicon_data(_FIRST)))


@cache
def _with_names(language: str) -> Mapping[str, Any]:
    """Return a lexicon's content with the names of models that are known everywhere."""
    return {**lexicon_data(language), "outside": lexicon_data(_FIRST)["outside"]}


@dataclass(frozen=True, slots=True)
class Babel:
    """All languages together: what wakes the parser up, and which language is spoken.

    Attributes:
        cues: words of which one stands in every command that names no model.
        cue_parts: the same for writing without spaces, by their first two characters.
        signs: word -> the languages that it is a sign of, as bits.
        codes: the languages, in the order of the bits.
        name_parts: parts of words that look like a model's name ("gpt").
        real: words that are no typing slips of names.
        common: common English words.
        spelled: words that stand for a letter or a digit in some language -> that.
        spelling: those that stand for a letter and are no words besides.
    """

    cues: frozenset[str]
    cue_parts: Mapping[str, tuple[str, ...]]
    signs: Mapping[str, int]
    codes: tuple[str, ...]
    name_parts: tuple[str, ...]
    real: frozenset[str]
    common: frozenset[str]
    spelled: Mapping[str, str]
    spelling: frozenset[str]

    def spoken(self, low: str, text: str = "") -> tuple[tuple[str, ...], str | None]:
        """Return the languages that ``low`` (folded text) may be in, the likeliest first.

        And the one that English words are mixed into, or None.  ``text`` is the same unfolded:
        its accents are signs, too.
        """
        scores = [0] * len(self.codes)
        own = [0] * len(self.codes)  # words that English doesn't have
        sure = [0] * len(self.codes)  # those that are long enough to be no abbreviation
        words = _WORDS(low)
        if len(words) > _FEW_WORDS and all(self.signs.get(word, 0) & _ENGLISH for word in words):
            return (_FIRST,), None
        short = len(words) <= _FEW_WORDS  # too few to tell
        words = [word for word in words if word in self.signs or word in self.common]
        for word in words:
            bits = self.signs.get(word, 0)
            foreign = 0 if bits & _ENGLISH or word in self.common else 1
            while bits:
                lowest = bits & -bits
                number = lowest.bit_length() - 1
                scores[number] += 1
                own[number] += foreign
                sure[number] += foreign and len(word) >= _SURE
                bits ^= lowest
        if not low.isascii():
            for code in self._written(low):
                number = self.codes.index(code)
                scores[number] += len(low)
                own[number] += len(words)
                sure[number] += len(words)
        if not text.isascii():
            for code, letters in _LETTERS:
                if code in self.codes and letters.search(text):
                    number = self.codes.index(code)
                    scores[number] += 1
                    own[number] += 1
                    sure[number] += 1
        best = max(scores)
        if not best:
            return (_FIRST,), None
        # An English message has words of other languages, too ("a", "to", "no").
        english = scores[0] == best
        likely = [
            n
            for n, score in enumerate(scores)
            if score >= best * _CLOSE
            and (not english or short or n == 0 or own[n] >= len(words) * _FOREIGN)
        ]
        likely.sort(key=lambda n: (-scores[n], -own[n], n))
        if scores[0] >= best * _CLOSE_ENGLISH:
            likely = [0, *(n for n in likely if n)]
        strange = [
            n
            for n in range(1, len(scores))
            if own[n] >= len(words) * _MIXED and (sure[n] or own[n] > 1)
        ]
        other = max(strange, key=lambda n: (own[n], -n), default=None) if scores[0] else None
        mixed = None if other is None else self.codes[other]
        return tuple(self.codes[n] for n in likely[:_MOST]), mixed

    def is_cued(self, low: str) -> bool:
        """Whether a text has a cue in it that is written without spaces, or with some."""
        if _JOINED.search(low) is None:
            return False
        if self._has_part(low):
            return True
        return _HANGUL.search(low) is not None and self._has_part(low.replace(" ", ""))

    def _has_part(self, low: str) -> bool:
        parts = self.cue_parts
        for index in range(len(low) - 1):
            for part in parts.get(low[index : index + _PART], ()):
                if low.startswith(part, index):
                    return True
        return False

    def _written(self, low: str) -> tuple[str, ...]:
        """Return the languages of the scripts of their own that ``low`` is written in."""
        if _HANGUL.search(low):
            return self._known("ko")
        if _KANA.search(low):
            return self._known("ja")
        if _HAN.search(low):
            return self._known("zh")
        return self._known(*(code for code, script in _SCRIPTS if script.search(low)))

    def _known(self, *codes: str) -> tuple[str, ...]:
        return tuple(code for code in codes if code in self.codes)


@cache
def babel() -> Babel:
    """Return all packaged languages together, made once per process."""
    codes = all_languages()
    index = _stored_index()
    if index is None:
        index = make_index()
    parts: dict[str, tuple[str, ...]] = {}
    for part in index["parts"]:
        parts[part[:_PART]] = (*parts.get(part[:_PART], ()), part)
    return Babel(
        cues=frozenset(index["cues"]),
        cue_parts=parts,
        signs=index["signs"],
        codes=codes,
        name_parts=tuple(lexicon_data(_FIRST)["outside"]["parts"].split()),
        real=frozenset(index["signs"]).union(index["real"], common_words()),
        common=common_words(),
        spelled=index["spelled"],
        spelling=frozenset(index["spelling"]),
    )


def make_index() -> dict[str, Any]:
    """Return what `Babel` needs of all lexicons: worked out from them, which takes seconds."""
    cues: set[str] = set()
    parts: set[str] = set()
    signs: dict[str, int] = {}
    real: set[str] = set()
    # Names tell no language.
    outside = {word for text in lexicon_data(_FIRST)["outside"].values() for word in text.split()}
    outside |= provider_names().keys()
    spelled: dict[str, str] = {}
    vocabulary: set[str] = set(common_words())
    for number, code in enumerate(all_languages()):
        data = lexicon_data(code)
        cues.update(data.get("cues", "").split())
        lexicon = _roles(code)
        if lexicon is None:
            continue
        if "cues" not in data:
            cues |= lexicon.cues
            parts |= lexicon.cue_parts
        real.update(*lexicon.name_words.real)
        vocabulary |= lexicon.vocabulary
        for word, stands in lexicon.name_words.sounds.items():
            spelled.setdefault(word, stands[0])
        for word in lexicon.signs - outside:
            signs[word] = signs.get(word, 0) | 1 << number
    return {
        "digest": _digest(),
        "cues": sorted(cues),
        "parts": sorted(parts),
        "signs": dict(sorted(signs.items())),
        "real": sorted(real - signs.keys()),
        "spelled": dict(sorted(spelled.items())),
        "spelling": sorted(
            word
            for word, stands in spelled.items()
            if len(word) > 1 and stands.isalpha() and word not in vocabulary
        ),
    }


def _stored_index() -> dict[str, Any] | None:
    """Return the packaged index, unless a lexicon was changed or added since it was made."""
    source = _folder().joinpath(INDEX)
    if not source.is_file():
        return None
    index: dict[str, Any] = json.loads(source.read_text("utf-8"))
    return index if index["digest"] == _digest() else None


def _digest() -> str:
    """Return a digest of all lexicons, so that a change of one shows."""
    digest = sha256()
    for code in all_languages():
        digest.update(_folder().joinpath(f"{code}.toml").read_bytes())
    return digest.hexdigest()


def _folder() -> Traversable:
    return resources.files("fourthwall.intent").joinpath("lexicons")


def write_index() -> None:
    """Write the index beside the lexicons: for whoever changes one in a checkout.

    ``python -c "from fourthwall.intent._languages import write_index; write_index()"``
    """
    path = Path(str(_folder().joinpath(INDEX)))
    text = json.dumps(make_index(), ensure_ascii=False, indent=0, separators=(",", ":"))
    path.write_text(f"{text}\n", "utf-8")

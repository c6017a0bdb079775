"""A part of a message -> its sentences, for a lexicon of roles (`_roles`)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fourthwall.intent._evidence import Evidence
from fourthwall.intent._line import Line
from fourthwall.intent._names import NameFinder
from fourthwall.intent._roles import Role, RoleLexicon
from fourthwall.intent._sentences import SentenceMaker
from fourthwall.intent._tokens import JOINED_SCRIPTS, Token, tokenize_roles

__all__ = ["RoleSentences"]

_SHORTEST_STEM = 3  # letters that are left of a name when its ending is taken off
_SHORTEST_REST = 3  # letters of a word that a particle is glued to
_LONGEST_SOUND = 7  # characters of a name in a script without spaces
_JOINED = re.compile(f"[{JOINED_SCRIPTS}]")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]+")


class RoleSentences(SentenceMaker):
    """Makes sentences for a lexicon of roles.

    Args:
        text: the message.
        low: the same, folded.
        names: finds the models' names.
        lexicon: the language.
        evidence: where notes are taken, or None.
    """

    def __init__(
        self,
        text: str,
        low: str,
        names: NameFinder,
        lexicon: RoleLexicon,
        evidence: Evidence | None,
    ) -> None:
        super().__init__(text, low, names, evidence)
        self._lexicon = lexicon

    def tokens(self, start: int, end: int) -> list[Token]:
        """Cut the text; names as they sound become names, their endings tokens of their own.

        An ending is marked by a tilde.
        """
        tokens = tokenize_roles(self._low, start, end)
        words = [token.word for token in tokens]
        out: list[Token] = []
        index = 0
        while index < len(tokens):
            token = tokens[index]
            following = self._own_spelling(tokens, words, index, out)
            if following > index:
                index = following
                continue
            if _JOINED.match(token.word):
                index = self._sounding_run(tokens, index, out)
                continue
            index += 1
            if self._is_glued_ending(tokens, index - 1):
                out.append(Token(f"~{token.word}", token.start, token.end))
                continue
            if len(token.word) < _SHORTEST_STEM or not token.word[0].isalpha():
                out.append(token)
                continue
            if self._lexicon.typed_otherwise and self._is_typed_otherwise(token):
                out.append(Token(f"~{token.word}", token.start, token.end))
                continue
            glued = self._glued_before(token.word)
            if glued:
                out.append(Token(token.word[:glued], token.start, token.start + glued))
                token = Token(token.word[glued:], token.start + glued, token.end)
            name, stem = self._name_in(token.word)
            cut = token.start + len(stem)
            numbered = index < len(tokens) and tokens[index].word[0].isdigit()
            if numbered and name in self._names.names.masks:
                cut = token.end  # "Opusem 4.1": the version goes on with the name
            out.append(Token(name, token.start, cut))
            if cut < token.end:
                out.append(Token(f"~{token.word[len(stem) :]}", cut, token.end))
        return out

    def _own_spelling(
        self, tokens: Sequence[Token], words: Sequence[str], index: int, out: list[Token]
    ) -> int:
        """Take in a word of a name as the language writes it ("谷歌"); return where it ends."""
        lexicon = self._lexicon
        if lexicon.spellings.following is None:
            return index
        last, node = lexicon.spellings.longest(words, index)
        start = tokens[index].start
        if node is None and lexicon.prefixes and tokens[index].word[0].isalpha():
            for prefix in lexicon.prefixes:
                rest = words[index].removeprefix(prefix)
                if rest and rest != words[index]:
                    end, node = lexicon.spellings.longest([rest, *words[index + 1 :]], 0)
                    if node is not None:
                        last = index + end
                        out.append(Token(prefix, start, start + len(prefix)))
                        start += len(prefix)
                        break
        if node is None or node.trait is None:
            return index
        out.append(Token(node.trait, start, tokens[last - 1].end))
        return last

    def _is_typed_otherwise(self, token: Token) -> bool:
        """Whether the person's own spelling tells a word from the lexicon's ("usé")."""
        return self._text[token.start : token.end].lower() in self._lexicon.typed_otherwise

    def _glued_before(self, word: str) -> int:
        """Return the length of the particle that a word begins with; 0 for none."""
        vocabulary = self._lexicon.vocabulary
        if any(word in words for words in self._lexicon.name_words.real):
            return 0
        for prefix in self._lexicon.prefixes:
            rest = word.removeprefix(prefix)
            if rest == word or len(rest) < _SHORTEST_REST:
                continue
            if rest in vocabulary or self._names.names.sounds.named(rest) is not None:
                return len(prefix)
        return 0

    def _is_glued_ending(self, tokens: Sequence[Token], index: int) -> bool:
        """Whether an ending is typed behind an apostrophe or a number ("opus'a", "gpt5e")."""
        word = tokens[index].word
        if word not in self._lexicon.endings or index == 0:
            return False
        before = tokens[index - 1]
        if before.word == "'":
            name = tokens[index - 2].word if index > 1 else ""
            named = name in self._names.names.masks or name[:1].isdigit()
            sized = index > 2 and tokens[index - 3].word[:1].isdigit()  # "405b'yi"
            named = named or (sized and tokens[index - 3].end == tokens[index - 2].start)
            named = named or self._name_in(name)[0] != name
            return named and before.end == tokens[index].start
        return (
            before.end == tokens[index].start
            and before.word[0].isdigit()
            and before.word + word not in self._names.names.masks
        )

    def _name_in(self, word: str) -> tuple[str, str]:
        """Return the name that a word stands for and the part of it that does; or the word twice.

        >>> # "opusa" gives ("opus", "opus"), "клоду" ("claude", "клод")
        """
        names = self._names.names
        if word in names.masks or word in self._lexicon.vocabulary or word in self._lexicon.slips:
            return word, word
        if any(word in real for real in self._lexicon.name_words.real):
            return word, word
        sound = names.sounds.named(word)
        if sound is not None and not word.isascii():
            return sound, word
        for ending in self._lexicon.endings:
            stem = word.removesuffix(ending)
            if stem == word or len(stem) < _SHORTEST_STEM:
                continue
            if stem in names.masks:
                return stem, stem
            inflected = names.sounds.named(stem)
            if inflected is not None:
                return inflected, stem
        return (sound or word), word

    def _sounding_run(self, tokens: Sequence[Token], index: int, out: list[Token]) -> int:
        """Take in a name written in a script without spaces, or the character at ``index``."""
        token = tokens[index]
        run = index
        while (
            run < len(tokens)
            and run - index < _LONGEST_SOUND
            and _JOINED.match(tokens[run].word)
            and (run == index or tokens[run].start == tokens[run - 1].end)
        ):
            run += 1
        word = "".join([t.word for t in tokens[index:run]])
        katakana = _KATAKANA.match(word)
        lengths = range(len(word), 1, -1) if katakana is None else (katakana.end(),)
        known = self._lexicon.tree.longest(list(word), 0)[0]  # a phrase of the language
        for length in lengths:
            name = self._names.names.sounds.named(word[:length]) if length > 1 else None
            if name is not None and length > known:
                out.append(Token(name, token.start, tokens[index + length - 1].end))
                return index + length
        last = index + (katakana.end() if katakana is not None else 1)
        out.extend(tokens[index:last])
        return last

    def mended(self, word: str) -> str:
        """Mend a slip of the lexicon's verbs and nouns."""
        return self._lexicon.slips.get(word, word)

    def recognised(self, line: Line) -> Line:
        """Leave the line: phrases are found when a sentence is read (`_units`)."""
        return line

    def speaks_of_a_text(self, clause: str) -> bool:
        """Whether a clause has a word of reports or of work on texts."""
        return any(self._has(word, Role.WORK_ON | Role.REPORT) for word in _starts(clause))

    def sets_a_text_task(self, clause: str) -> bool:
        """Whether a clause begins with a verb that works on a text."""
        words = clause.split()
        start = 0
        while start < len(words) and (
            skipped := self._length(words, start, Role.FILLER | Role.POLITE | Role.REQUEST)
        ):
            start += skipped
        return self._length(words, start, Role.WORK_ON) > 0

    def _has(self, words: Sequence[str], roles: int) -> bool:
        return self._length(words, 0, roles) > 0

    def _length(self, words: Sequence[str], start: int, roles: int) -> int:
        """Return the length of the phrase with one of ``roles`` at ``start``, or 0."""
        return self._lexicon.tree.longest(words, start, roles)[0] - start


def _starts(clause: str) -> list[list[str]]:
    """Return the rest of a clause from each of its words on."""
    words = clause.split()
    return [words[index:] for index in range(len(words))]

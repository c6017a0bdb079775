"""One part of a message -> its sentences, each with the commands in it."""

from __future__ import annotations

from fourthwall.intent._clauses import ClauseReader, is_second_thoughts
from fourthwall.intent._command import Command
from fourthwall.intent._evidence import Evidence
from fourthwall.intent._gist import GistReader
from fourthwall.intent._lexicon import Lexicon
from fourthwall.intent._names import NameFinder
from fourthwall.intent._sentences import Sentence, TemplateSentences

__all__ = ["read_part"]

_FEW_SENTENCES = 3


def read_part(
    text: str,
    low: str,
    start: int,
    end: int,
    names: NameFinder,
    lexicon: Lexicon,
    evidence: Evidence | None,
) -> list[tuple[Sentence, list[Command]]]:
    """Return the sentences of ``text[start:end]``, each with its commands, left to right.

    Args:
        text: the whole message.
        low: the same, folded (`fold_case`), at the same length.
        start: where the part begins.
        end: where it ends.
        names: the models' names.
        lexicon: the language.
        evidence: where notes are taken, or None.
    """
    sentences = TemplateSentences(text, low, names, lexicon, evidence).sentences(start, end)
    clauses = ClauseReader(text, lexicon, evidence)
    gists = GistReader(lexicon, clauses, evidence)
    few = len(sentences) <= _FEW_SENTENCES
    out: list[tuple[Sentence, list[Command]]] = []
    after = False
    for number, sentence in enumerate(sentences):
        first = start == 0 and number == 0
        second_thoughts = number > 0 and is_second_thoughts(sentences[number - 1].line, lexicon)
        commands = clauses.commands(
            sentence.line, first=first, after=after, few=few, corrects=after and second_thoughts
        )
        commands = commands or gists.commands(sentence.line)
        after = after or bool(commands)
        out.append((sentence, commands))
    return out

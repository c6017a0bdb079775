"""One part of a message -> its sentences, each with the commands in it."""

from __future__ import annotations

from fourthwall.intent._clauses import ClauseReader, is_second_thoughts
from fourthwall.intent._command import Command
from fourthwall.intent._evidence import Evidence
from fourthwall.intent._gist import GistReader
from fourthwall.intent._lexicon import Lexicon
from fourthwall.intent._names import NameFinder
from fourthwall.intent._sentences import Sentence, TemplateSentences
from fourthwall.intent._symbols import DESCRIBED, MENTIONED, NOUN, NOUNS

__all__ = ["read_part"]

_FEW_SENTENCES = 3
# What a sentence must have one of, if none of the lexicon's cues, to hold a command.
_TOLD = MENTIONED | {NOUN, NOUNS, DESCRIBED}
_BEGINS = frozenset("@/")


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
        if not _TOLD.isdisjoint(symbols := {item.symbol for item in sentence.line.items}) or not (
            lexicon.cues.isdisjoint(symbols)
        ):
            pass
        elif number or symbols.isdisjoint(_BEGINS):
            out.append((sentence, []))
            continue
        first = start == 0 and number == 0
        second_thoughts = number > 0 and is_second_thoughts(sentences[number - 1].line, lexicon)
        commands = clauses.commands(
            sentence.line, first=first, after=after, few=few, corrects=after and second_thoughts
        )
        commands = commands or gists.commands(sentence.line)
        after = after or bool(commands)
        out.append((sentence, commands))
    return out

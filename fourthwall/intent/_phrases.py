"""Lists of phrases, as lexicons write them: ``switch [over] (to|on to) | change``.

::

    list   = phrase { "|" phrase }
    phrase = { word | "(" list ")" | "[" list "]" }

``[...]`` may be left out; ``…`` stands for other words between two parts of a phrase that
belong together (``stell … ein``); ``^`` before a phrase leaves it to the beginning of a clause.
A list stands for finitely many plain phrases, each a row of tokens (`tokenize_roles`); they are
written out, because looking a row up is quicker than any pattern.
"""

from __future__ import annotations

import re

from fourthwall.errors import ConfigurationError
from fourthwall.intent._tokens import fold_case, tokenize_roles

__all__ = ["PhraseError", "Row", "expand"]

Row = tuple[str, ...]

_PIECE = re.compile(r"[()\[\]|]|[^()\[\]|]+")
_MOST = 2000  # rows that one phrase may stand for; more is a slip of the pen
_SHOWN = 80  # characters of a list in a message
_CLOSES = {"(": ")", "[": "]"}


class PhraseError(ConfigurationError):
    """A lexicon's list of phrases can't be read; names the phrase."""

    code = "lexicon_error"
    default_remedy = "Correct the phrase in the lexicon file."


def expand(text: str) -> list[Row]:
    """Return the plain phrases that a list stands for, folded, as rows of tokens, each once.

    Raises:
        PhraseError: a bracket is left open or closes nothing, or a phrase stands for too many.

    >>> expand("give me|(go|move) [over] to")
    [('give', 'me'), ('go', 'over', 'to'), ('go', 'to'), ('move', 'over', 'to'), ('move', 'to')]
    """
    pieces = _PIECE.findall(fold_case(" ".join(text.split())))
    rows, position = _list(pieces, 0, text)
    if position < len(pieces):
        raise PhraseError(f"{pieces[position]!r} closes nothing in {text!r}")
    return list(dict.fromkeys(row for row in rows if row))


def _list(pieces: list[str], position: int, text: str) -> tuple[list[Row], int]:
    """Read a list from ``position`` on, up to its closing bracket or the end."""
    done: list[Row] = []
    rows: list[Row] = [()]
    while position < len(pieces) and pieces[position] not in ")]":
        piece = pieces[position]
        position += 1
        if piece == "|":
            done.extend(rows)
            rows = [()]
        elif piece in _CLOSES:
            inner, position = _list(pieces, position, text)
            if position >= len(pieces) or pieces[position] != _CLOSES[piece]:
                raise PhraseError(f"{piece!r} is never closed in {text!r}")
            position += 1
            ways = [*inner, ()] if piece == "[" else inner
            rows = [row + way for row in rows for way in ways]
        else:
            word = tuple(token.word for token in tokenize_roles(piece))
            rows = [row + word for row in rows]
        if len(rows) > _MOST:
            shown = " ".join(text.split())[:_SHOWN]
            raise PhraseError(f"a phrase stands for more than {_MOST} in {shown!r}")
    return done + rows, position

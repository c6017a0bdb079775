"""The parts of a message that quote something, and so can't hold a command.

Quotations, code (fenced, inline, indented), block quotes, markup, addresses and JSON are found
with one pass of plain regular expressions, each of which can only match what it can also finish
in the same line or block, so that the time stays linear.
"""

from __future__ import annotations

import re

__all__ = ["opaque_zones"]

_ZONE = re.compile(
    r"""
      ```.*?(?:```|\Z)                                   # fenced code, closed or not
    | ~~~.*?(?:~~~|\Z)
    | `[^`\n]{1,300}`                                    # inline code
    | (?m:^[ ]{0,3}>[^\n]*)                              # block quote
    | (?m:^(?:\ {4}|\t)\S[^\n]*)                         # indented code
    | (?m:^\#{2,}[ \t][^\n]*\n).*\Z                        # a document with headings
    | (?m:^[ \t]*(?://|\#)[^\n]*)                        # comments, headings
    | (?m:^\W{0,2}\d{4}-\d\d-\d\d[t ]\d\d:\d\d[^\n]*)      # lines of logs
    | (?m:^\W{0,2}\d\d:\d\d:\d\d\b[^\n]*)
    | (?m:^\W{0,2}(?:debug|info|warn|warning|error|fatal|todo|fixme|exception)[ ]?[:\]][^\n]*)
    | (?m:^(?:from|to|cc|subject|date|sent|von|an|betreff|de|para|asunto|objet|da|a|oggetto
        |van|aan|onderwerp|od|do|temat|от|кому|тема)[ ]?:[^\n]*\n){2,}.*\Z  # a forwarded mail
    | (?m:^[a-z][\w.-]{0,40}:[ ][^\n]*\n)(?m:^[a-z][\w.-]{0,40}:[ ][^\n]*(?:\n|\Z))+  # settings
    | <([a-z][\w-]{0,30})\b[^<>]{0,200}>.*?(?:</\1>|\Z)  # an element and what it holds
    | "[^"\n]{0,600}"                                    # quotations
    | (?<!\w)'[^'\n]{2,300}'(?![^\W\u3041-\u9fff\uac00-\ud7a3])  # particles may touch it
    | «[^«»\n]{0,600}»
    | „[^„“”\n]{0,600}[“”]
    | 「[^「」\n]{0,600}」
    | 『[^『』\n]{0,600}』
    | 《[^《》\n]{0,600}》
    | \{[^{}\n]{0,600}\}                                 # JSON, templates
    | \b[a-z][a-z0-9+.-]{1,12}://\S{1,500}               # addresses
    | \b[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}
    """,
    re.VERBOSE | re.DOTALL,
)
_MARKS = re.compile(r"""["'`~<>{«„「『《\t#:]|//|@|    """)


def opaque_zones(low: str) -> list[tuple[int, int]]:
    """Return the half-open spans of ``low`` (folded text) that quote something, in order.

    >>> opaque_zones('say "switch to claude" twice')
    [(4, 22)]
    """
    if _MARKS.search(low) is None:
        return []
    return [found.span() for found in _ZONE.finditer(low)]

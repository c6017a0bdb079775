"""Names as people spell them, reduced to what two spellings share: their key.

A name is a row of words and numbers (`_tokens`).  Its **key** is the words run together, with a
``·`` wherever two numbers meet or a number has a point.  ``GPT-4.1 mini``, ``gpt4.1mini`` and
``gpt four point one mini`` all have the key ``gpt4·1mini``; ``gpt-41 mini`` doesn't.  So letters
may be spelled in many ways, and digits only in one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fourthwall.intent._tokens import Token, tokenize

__all__ = [
    "SEPARATORS",
    "SIZES",
    "chunk",
    "chunks",
    "extended_keys",
    "join_key",
    "key_of",
    "letter_version",
    "name_words",
    "number_end",
    "skip_separators",
    "touches",
]

SEPARATORS = frozenset("-_/:")
"""What may stand between the words of a name."""

# Words that tell sizes and variants apart but belong to no family: never a name by themselves
# unless the sentence leaves no doubt ("switch to mini"), and never a part of a name that the
# registry doesn't give it ("gemini 3 pro").
SIZES = frozenset(
    """
    nano micro mini tiny small medium large big huge xl ultra max pro plus turbo lite light flash
    instant preview
    """.split()  # noqa: SIM905 - a list of words reads better than a list of strings
)


def key_of(words: Iterable[str]) -> str:
    """Return the key of a row of words and numbers."""
    key = ""
    for word in words:
        key = join_key(key, word)
    return key


def join_key(key: str, word: str) -> str:
    """Return the key of a name that goes on with ``word``."""
    word = word.replace(".", "·")
    if key and key[-1].isdigit() and word[0].isdigit():
        return f"{key}·{word}"
    return key + word


def chunks(tokens: Sequence[Token]) -> Iterable[str]:
    """Give the words of a name; plain numbers that meet are one version.

    ``claude-opus-4-8`` gives ``claude``, ``opus``, ``4·8``; ``gpt-4o`` gives ``gpt``, ``4o``;
    ``llama-3.3-70b`` gives ``llama``, ``3·3``, ``70b``: a size is no part of the version.
    """
    index = 0
    number = ""
    while index < len(tokens):
        word, index = chunk(tokens, index)
        if word[0].isdigit() and word[-1].isdigit():
            number = join_key(number, word)
        elif word.isalnum():
            if number:
                yield number
                number = ""
            yield word
    if number:
        yield number


def chunk(tokens: Sequence[Token], index: int) -> tuple[str, int]:
    """Return the chunk at ``index`` and where the next one begins."""
    word = tokens[index].word
    after = index + 1
    followed = after < len(tokens) and tokens[after].word.isalpha()
    if word[0].isdigit() and followed and tokens[after].start == tokens[index].end:
        return word + tokens[after].word, after + 1
    return word, after


def extended_keys(key: str, word: str, *, spoken: bool) -> Iterable[str]:
    """Give the keys that a word may make of ``key``: digits that are spoken may be one number."""
    if word == ".":
        yield f"{key}·"
        return
    joined = join_key(key, word)
    yield joined
    if spoken and joined != key + word:
        yield key + word  # "four oh five" is 405


def letter_version(tokens: Sequence[Token], index: int) -> str:
    """Return the "r1" or "k2" that stands at ``index``; "" where none does."""
    if index + 1 >= len(tokens) or not touches(tokens, index + 1):
        return ""
    letter, number = tokens[index].word, tokens[index + 1].word
    return letter + number if len(letter) == 1 and letter.isalpha() and number.isdigit() else ""


def name_words(name: str) -> list[str]:
    """Return the words and numbers of a name, folded."""
    return [t.word for t in tokenize(name.lower()) if t.word.isalnum() or t.word[0].isdigit()]


def touches(tokens: Sequence[Token], index: int) -> bool:
    """Whether no white space stands before the token at ``index``."""
    return index > 0 and tokens[index].start == tokens[index - 1].end


def skip_separators(tokens: Sequence[Token], position: int) -> int:
    """Step over one separator of a name: a hyphen, or ``/``, ``:``, ``_`` without space around."""
    if position < len(tokens) and tokens[position].word in SEPARATORS:
        tight = touches(tokens, position) and (
            position + 1 < len(tokens) and touches(tokens, position + 1)
        )
        if tight:
            return position + 1
    return position


def number_end(tokens: Sequence[Token], position: int) -> int:
    """Step over what belongs to a version: a glued letter ("4o"), sizes ("14B"), suffixes."""
    while position < len(tokens):
        word = tokens[position].word
        if touches(tokens, position) and word.isascii() and word[0].isalnum():
            position += 1
        elif (
            word == "-"
            and touches(tokens, position)
            and position + 1 < len(tokens)
            and touches(tokens, position + 1)
            and tokens[position + 1].word[0].isalnum()
        ):
            position += 2
        elif (word[0].isdigit() or word in SIZES) and position + 1 <= len(tokens):
            following = tokens[position + 1].word if position + 1 < len(tokens) else ""
            if word in SIZES or following in ("b", "k", "m"):
                position += 1
            else:
                break
        else:
            break
    return position

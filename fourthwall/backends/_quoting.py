"""What of a provider's words an error may repeat.

What a provider said, but never what the person said: its words are left out where they repeat any
part of the request's messages, and API keys are masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from fourthwall.chat import ChatRequest

__all__ = ["harmless", "quotable"]

_HARMLESS: Final = re.compile(r"[\w.:/\[\]-]{1,64}")
_KEY_LIKE: Final = re.compile(
    r"(?:Bearer\s+\S+|\b(?:sk|pk|gsk|xai|hf|key|csk|fw|AIza|zima)[-_A-Z0-9][\w*.…-]{5,}"
    # in an address: "https://user:password@host", "?api_key=..."
    r"|https?://[^\s/@]+@\S*|(?<=[?&])(?i:[\w-]{0,20}(?:key|token|secret|sig)=)\S+)",
)
_ADDRESS: Final = re.compile(r"https?://[\w.:-]++(?P<path>/[\w.~%/+@-]*+)?", re.IGNORECASE)
_QUOTED: Final = re.compile(r"['\"`‘“]([^'\"`’”]{3,})['\"`’”]")
_QUOTE_LENGTH: Final = 200
_READ_LENGTH: Final = 1000  # a key that the cut would halve is masked before
_ECHO_LENGTH: Final = 12
_KEY_PIECE: Final = 6
_KEY_LENGTH: Final = 8
_PATH_PIECE: Final = 12
_NO_TEXT_KEYS: Final = frozenset({"role", "type", "detail", "id", "tool_call_id", "format"})


def harmless(value: object) -> str | None:
    """Return a code or a field's name; None for anything that could be prose.

    >>> harmless("messages[0].name"), harmless("my diary says")
    ('messages[0].name', None)
    """
    return value if isinstance(value, str) and _HARMLESS.fullmatch(value) else None


def quotable(words: str, request: ChatRequest, secret: str = "") -> str:
    """Return a provider's words in one line, masked and cut; ``""`` if they repeat the request's.

    Args:
        words: what the provider said.
        request: what it was asked.
        secret: the API key; any piece of it is masked, and whatever else looks like a key.  Of one
            that is shorter than any real key ("k", "none") only the whole is.
    """
    line = " ".join(words[:_READ_LENGTH].split())
    line = _KEY_LIKE.sub("[key]", line)
    if secret:
        line = " ".join(_masked(word, secret) for word in line.split(" "))
    cut = line if len(line) <= _QUOTE_LENGTH else line[: _QUOTE_LENGTH - 1]
    if _echoes(cut, request):
        return ""
    is_whole = cut == line and len(words) <= _READ_LENGTH
    return cut if is_whole else f"{cut[: _QUOTE_LENGTH - 1].rstrip()}…"


def _masked(word: str, secret: str) -> str:
    """Mask a word that holds a piece of the secret."""
    if len(secret) < _KEY_LENGTH:
        # A placeholder is often a plain word: it isn't looked for in others.
        is_plain = secret.isalpha() or secret.isdecimal()
        return "[key]" if not is_plain and word.strip("'\"`.,:;()") == secret else word
    rest, path = word, ""
    if address := _ADDRESS.search(word):
        # A host's name and the words of a path are no key, even if the key is named for them.
        rest, path = f"{word[: address.start()]} {word[address.end() :]}", address["path"] or ""
    is_key = any(piece in rest for piece in _pieces(secret, _KEY_PIECE)) or any(
        piece in path
        for piece in (secret, *_pieces(secret, _PATH_PIECE))
        if piece == secret or any(map(str.isdigit, piece))
    )
    return "[key]" if is_key else word


def _pieces(secret: str, length: int) -> Iterator[str]:
    """Give every piece of the secret that is so long."""
    return (secret[i : i + length] for i in range(max(1, len(secret) - length + 1)))


def _echoes(line: str, request: ChatRequest) -> bool:
    """Whether the provider's words repeat a piece of the request's texts."""
    folded = line.casefold()
    texts = [" ".join(t.split()).casefold() for m in request.messages for t in _strings(m)]
    pieces = {folded[i : i + _ECHO_LENGTH] for i in range(max(1, len(folded) - _ECHO_LENGTH + 1))}
    pieces.update(fragment.casefold() for fragment in _QUOTED.findall(line))
    return any(
        (3 < len(text) < _ECHO_LENGTH and text in folded)
        or any(piece in text for piece in pieces if piece)
        for text in texts
    )


def _strings(value: object) -> Iterator[str]:
    """Give every text in a message, without the words of the protocol."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _NO_TEXT_KEYS:
                yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)

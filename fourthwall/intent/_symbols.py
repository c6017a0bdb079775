"""What a recognised stretch of a message is called in the line that templates are matched against.

Templates are lower case, so capitals are free for this.
"""

from __future__ import annotations

__all__ = [
    "CHAT",
    "COMMON",
    "DESCRIBED",
    "GLUE",
    "KNOWN",
    "MENTIONED",
    "NEEDED",
    "NOUN",
    "NOUNS",
    "OPAQUE",
    "PROVIDER",
    "SENTENCE_END",
    "SEVERAL",
    "TRAIT",
    "UNKNOWN",
    "WEAK",
    "WEAK_UNKNOWN",
]

KNOWN = "M"  # a model's name
WEAK = "W"  # one that is an ordinary word too
UNKNOWN = "U"  # the name of a model that isn't in the registry
WEAK_UNKNOWN = "V"
PROVIDER = "P"  # a provider's name
SEVERAL = "A"  # a name that several models share
COMMON = "B"  # one that is nothing but common words
DESCRIBED = "D"  # a model described instead of named
OPAQUE = "Q"  # a quotation, code, markup
NOUN = "N"  # "model", "AI", ...
NOUNS = "S"  # "models", "AIs", ...
CHAT = "C"  # "this conversation", ...
TRAIT = "T"  # "cheaper", "with vision", ...
GLUE = "•"  # a mark inside a word of code: no sentence ends there

NEEDED = {
    KNOWN: 1,
    SEVERAL: 2,
    UNKNOWN: 2,
    WEAK: 2,
    PROVIDER: 3,
    COMMON: 3,
    DESCRIBED: 2,
    WEAK_UNKNOWN: 2,
}
"""How clear a sentence must be for what stands in the model's place; see `Frame.strength`."""

MENTIONED = frozenset(NEEDED)
"""What can stand in a model's place."""

SENTENCE_END = frozenset(".!?…")

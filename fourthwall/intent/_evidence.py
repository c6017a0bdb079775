"""Notes taken on the way from a message to its intent, for whoever asks why."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Evidence", "Noting"]


@dataclass(slots=True)
class Evidence:
    """What was seen on the way; filled in only when somebody asks for an explanation.

    Attributes:
        awake: whether the message was worth a closer look.
        mentions: what may name a model: start, end, meaning.
        matched: the sentences of the lexicon that fit.
        chosen: models that qualify for a description, best first.
        vetoes: what spoke against a reading.
    """

    awake: bool = False
    mentions: list[tuple[int, int, str]] = field(default_factory=list)
    matched: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    vetoes: list[str] = field(default_factory=list)

    def take(self, notes: Evidence) -> None:
        """Take over the notes of one way to read the message, in place of those there are."""
        self.mentions, self.matched = notes.mentions, notes.matched
        self.chosen, self.vetoes = notes.chosen, notes.vetoes


class Noting:
    """Something that takes notes, if there is anything to take them in."""

    evidence: Evidence | None

    def veto(self, region: str, reason: str) -> None:
        """Note what speaks against reading ``region`` as a command."""
        if self.evidence is not None:
            self.evidence.vetoes.append(f"{region.strip()!r}: {reason}")

    def match(self, kind: str, region: str, reason: str) -> None:
        """Note what ``region`` was read as."""
        if self.evidence is not None:
            self.evidence.matched.append(f"{kind}: {region.strip()!r} {reason}")

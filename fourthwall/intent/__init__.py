"""What did the person ask for?  text -> `Intent`, deterministic, without I/O."""

from fourthwall.intent._intent import KINDS, Intent, Kind
from fourthwall.intent._parse import parse

__all__ = ["KINDS", "Intent", "Kind", "parse"]

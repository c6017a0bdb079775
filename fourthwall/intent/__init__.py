"""What did the person ask for?  text -> `Intent`, deterministic, without I/O."""

from fourthwall.intent._explain import Explanation, explain
from fourthwall.intent._intent import KINDS, Intent, Kind
from fourthwall.intent._parse import parse

__all__ = ["KINDS", "Explanation", "Intent", "Kind", "explain", "parse"]

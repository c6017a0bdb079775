"""What did the person ask for?  text -> `Intent`, deterministic, without I/O."""

from fourthwall.intent._explain import Explanation, explain
from fourthwall.intent._intent import KINDS, Intent, Kind
from fourthwall.intent._parse import parse
from fourthwall.intent._tuned import IntentParser

__all__ = ["KINDS", "Explanation", "Intent", "IntentParser", "Kind", "explain", "parse"]

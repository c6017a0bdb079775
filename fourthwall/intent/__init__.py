"""What did the person ask for?  text -> `Intent`, deterministic, without I/O."""

from fourthwall.intent._check import Finding, check_lexicon
from fourthwall.intent._evaluation import Evaluation, Judgement, LabelledRow, Tally, evaluate
from fourthwall.intent._explain import Explanation, explain
from fourthwall.intent._intent import KINDS, Intent, Kind
from fourthwall.intent._parse import parse
from fourthwall.intent._roles import read_lexicon
from fourthwall.intent._tuned import IntentParser

__all__ = [
    "KINDS",
    "Evaluation",
    "Explanation",
    "Finding",
    "Intent",
    "IntentParser",
    "Judgement",
    "Kind",
    "LabelledRow",
    "Tally",
    "check_lexicon",
    "evaluate",
    "explain",
    "parse",
    "read_lexicon",
]

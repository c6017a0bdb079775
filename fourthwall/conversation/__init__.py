"""The state machine: `plan` folds a conversation's messages and says what the last one comes to."""

from fourthwall.conversation._announcement import PHRASES, Announced, Announcer, Details
from fourthwall.conversation._background import quotes_conversation
from fourthwall.conversation._clarify import Way
from fourthwall.conversation._effects import EFFECTS, Effect, Goes, Sends
from fourthwall.conversation._plan import Plan, Summary, plan
from fourthwall.conversation._reading import Parser
from fourthwall.conversation._state import Overflow

__all__ = [
    "EFFECTS",
    "PHRASES",
    "Announced",
    "Announcer",
    "Details",
    "Effect",
    "Goes",
    "Overflow",
    "Parser",
    "Plan",
    "Sends",
    "Summary",
    "Way",
    "plan",
    "quotes_conversation",
]

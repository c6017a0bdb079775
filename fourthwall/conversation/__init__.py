"""The state machine: `plan` folds a conversation's messages and says what the last one comes to."""

from fourthwall.conversation._announcement import PHRASES, Announced, Announcer, Details
from fourthwall.conversation._background import quotes_conversation
from fourthwall.conversation._effects import EFFECTS, Effect, Goes, Sends
from fourthwall.conversation._plan import Plan, plan
from fourthwall.conversation._reading import Parser

__all__ = [
    "EFFECTS",
    "PHRASES",
    "Announced",
    "Announcer",
    "Details",
    "Effect",
    "Goes",
    "Parser",
    "Plan",
    "Sends",
    "plan",
    "quotes_conversation",
]

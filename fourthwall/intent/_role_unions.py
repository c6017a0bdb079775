"""What may stand where in a command or a question: roles put together.

The readers of clauses (`_unit_sentence` and what builds on it) ask for these.
"""

from __future__ import annotations

from fourthwall.intent._roles import Role

__all__ = [
    "AGAINST",
    "ASKED_WITH",
    "BREAKS",
    "CLEAR",
    "COMMAND",
    "FAIR",
    "LOOSE",
    "NO_CONDITION",
    "QUESTION",
    "SPEAKS_OF_MODELS",
    "TAKES",
    "VERBS",
]

R = Role

LOOSE = R.FILLER | R.POLITE | R.STAY | R.ONCE | R.FIX
"""What may stand in a clause of its own before or after a command."""

COMMAND = (
    LOOSE | R.SMALL | R.INDEFINITE | R.REQUEST | R.GO | R.USE | R.PICK | R.TALK | R.ANSWER
    | R.LET | R.ASK | R.REDO | R.AGAIN | R.OPINION | R.BACK | R.WITH | R.FOR_TASK | R.OR
    | R.INSTEAD_OF | R.FROM | R.IT | R.CHAT | R.NOUN | R.NOUNS | R.PREVIOUS | R.PREVIOUS_MODEL
    | R.FIRST | R.FIRST_MODEL | R.OTHER | R.OTHER_MODEL | R.REVERT | R.RESET | R.SWITCH_WHAT
    | R.THAT_MODEL | R.HAD | R.SPEAKING | R.DEGREE | R.MODEL
)  # fmt: skip
"""What may stand in a command."""

QUESTION = (
    R.FILLER | R.POLITE | R.SMALL | R.INDEFINITE | R.REQUEST | R.WHICH | R.NOUN | R.NOUNS
    | R.SPEAKING | R.WHICH_MODEL | R.ARE_YOU | R.SHOW | R.AVAILABLE | R.LIST_MODELS | R.OTHER
    | R.CHAT | R.TALK | R.OR | R.WITH | R.FROM | R.INSTEAD_OF | R.PREVIOUS | R.HAD
    | R.MODEL | R.COMMA | R.END | R.COLON | R.THING | R.DEGREE
)  # fmt: skip
"""What may stand in a question about models."""

SPEAKS_OF_MODELS = (
    R.MODEL | R.NOUN | R.NOUNS | R.PREVIOUS_MODEL | R.FIRST_MODEL | R.OTHER_MODEL | R.REVERT
    | R.RESET | R.SWITCH_WHAT | R.WHICH_MODEL | R.LIST_MODELS
)  # fmt: skip
"""Without one of these a sentence is no command."""

ASKED_WITH = QUESTION | R.GO | R.USE | R.PICK | R.TALK | R.ANSWER | R.AND | R.THAT_MODEL
"""The same with the verbs of "which models can I switch to?"."""

AGAINST = R.REPORT | R.CONDITION | R.QUESTION | R.PERSON
NO_CONDITION = COMMAND | R.QUESTION | R.WHICH | R.TASK
VERBS = R.GO | R.USE | R.TALK | R.ANSWER | R.ASK | R.LET | R.REDO | R.BACK
TAKES = R.GO | R.BACK | R.USE | R.TALK | R.LET | R.ANSWER | R.REQUEST | R.POLITE
BREAKS = R.COMMA | R.COLON | R.END | R.AND
CLEAR, FAIR = 3, 2
"""How clear a clause is: only a command says this; it could be something else."""

"""Whether a model can read what a turn would send it, and what can be done if it can't."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from fourthwall.chat import Message
from fourthwall.conversation._clarify import Way
from fourthwall.conversation._fit import Shortening
from fourthwall.conversation._history import History
from fourthwall.conversation._state import Setting, State
from fourthwall.registry import ModelCard
from fourthwall.tokens import message_quarters

__all__ = ["Size"]


@dataclass(frozen=True)
class Size:
    """Whether a model can read what it would be sent, and what can be done if it can't.

    Attributes:
        state: before the turn.
        setting: what the command is carried out with.
        target: the model.
        ask: what it would be asked; None for a command alone.
        is_again: whether that is the last question, which the history holds.
    """

    state: State
    setting: Setting
    target: ModelCard
    ask: Message | None
    is_again: bool = field(kw_only=True)

    @property
    def is_accepted(self) -> bool:
        """Whether the turn may go to the model."""
        is_here = self.target.id == self.state.active.id
        is_known = self.state.shortened_for(self.target.id) is not None
        if is_here or is_known or self.setting.rules.insists or self._fits(self.target):
            return True
        if self._way == "summarise":
            return self.setting.summary is not None
        return self._way == "trim" and "trim" in self.ways

    @property
    def wants_summary(self) -> bool:
        """Whether the model that is left is to summarise."""
        return self._way == "summarise" and "summarise" in self.ways

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """What can be done; nothing helps against a question that is too long by itself."""
        rules = self.setting.rules
        limit = rules.room.quarters_for_messages(self.target) or 0
        shown = rules.shortened(self._whole(), self.target, Shortening(model=self.target.id))
        if shown is None or shown.quarters > limit:
            return ("stay",)
        can_summarise = rules.summarises or rules.overflow == "summarise"
        if can_summarise and self._fits(self.state.active):
            return ("stay", "trim", "summarise")
        return ("stay", "trim")

    def agreed(self, state: State) -> State:
        """Return the state with what was agreed on, if anything had to be."""
        if self.target.id == self.state.active.id or self._fits(self.target):
            return state
        summary = self.setting.summary if self._way == "summarise" else None
        if summary is None and state.shortened_for(self.target.id) is not None:
            return state
        history = self.setting.history
        at = max(0, history.question_end - 1) if self.is_again else len(history)
        return state.agreed(Shortening(model=self.target.id, at=at, summary=summary))

    @property
    def _way(self) -> Way | None:
        """What is to be done: what the person chose, or what the rules say."""
        overflow = self.setting.rules.overflow
        return self.setting.way or (None if overflow == "ask" else overflow)

    def _fits(self, card: ModelCard) -> bool:
        if card.context is None:
            return True
        history = self.setting.history
        if self.is_again:
            quarters = history.sums[history.question_end]
        else:
            quarters = history.sums[-1] + (message_quarters(self.ask) if self.ask else 0)
        return not self.setting.rules.room.over_by(card, quarters)

    def _whole(self) -> History:
        """Return what the model would be sent, if nothing were left out."""
        if self.is_again:
            return self.setting.history.up_to_question()
        return self.setting.history.with_question(self.ask)

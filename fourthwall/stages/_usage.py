"""What an answer used and cost: exactly one `UsageReported`, priced, for every answer of a model.

Providers report usage once, in pieces, or not at all.  The stage adds the pieces up, counts for
itself where nothing came, and prices the sum by the card of the model that *answered*, which after
a failover isn't the one that was asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fourthwall.chat import (
    ChatRequest,
    ContentDelta,
    Event,
    Finished,
    ReasoningDelta,
    Started,
    ToolCallDelta,
    Usage,
    UsageReported,
)
from fourthwall.registry import ModelCard
from fourthwall.tokens import estimate_message_tokens, quarter_tokens, whole_tokens

__all__ = ["UsageStage"]


class UsageStage:
    """The stage that makes one priced `UsageReported` of whatever the provider reports.

    Holds `UsageReported` and `Finished` back until the stream is over, then gives them in this
    order; everything else passes at once.  Stands after the reasoning split, so that thought and
    answer are counted apart, and before the announcement, which no model wrote.

    - A cost that the provider named itself is kept.
    - Reasoning tokens are estimated where reasoning was seen and none were reported; the rest of
      the report stays as it is.
    - A report that came before most of an answer that was then cut off says too little: there the
      estimate of what was written counts.
    - Without a report, or with one of zeros for an answer that had text, all is estimated from
      the text and `Usage.estimated` is true.
    - A stream without `Started` wasn't a model's answer: nothing is estimated, and what is reported
      has no price but its own.

    Args:
        card_lookup: gives the card of a model id, None if there is none (``registry.get``).
        request: what the model was sent.
    """

    def __init__(
        self, card_lookup: Callable[[str], ModelCard | None], request: ChatRequest
    ) -> None:
        self._card_lookup = card_lookup
        self._request = request
        self._model: str | None = None
        self._reported: UsageReported | None = None
        self._finished: Finished | None = None
        self._reasoning_quarters = 0
        self._answer_quarters = 0
        self._is_partial = False

    def feed(self, event: Event) -> list[Event]:
        """Count what passes; keep back what ends the answer."""
        if isinstance(event, ContentDelta | ReasoningDelta | ToolCallDelta):
            self._is_partial = self._reported is not None
        match event:
            case ContentDelta(text):
                self._answer_quarters += quarter_tokens(text)
            case ReasoningDelta(text):
                self._reasoning_quarters += quarter_tokens(text)
            case ToolCallDelta(_, _, name, arguments):
                self._answer_quarters += quarter_tokens(name or "") + quarter_tokens(arguments)
            case Started(model):
                self._model = model
            case UsageReported():
                self._reported = _added(self._reported, event)
                self._is_partial = False
                return []
            case Finished():
                self._finished = event
                return []
        return [event]

    def finish(self) -> list[Event]:
        """Give the usage and what ends the answer."""
        out: list[Event] = []
        if self._reported is not None or self._model is not None:
            out.append(self._priced())
        if self._finished is not None:
            out.append(self._finished)
        return out

    def _priced(self) -> UsageReported:
        reported = self._reported
        usage = self._usage(reported.usage if reported else Usage())
        if reported is not None and reported.cost_nanousd is not None:
            return replace(reported, usage=usage)
        card = self._card_lookup(self._model) if self._model is not None else None
        if card is None:
            return UsageReported(usage)
        cost = card.cost_nanousd(
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            cached_tokens=usage.cached_tokens,
        )
        return UsageReported(usage, cost)

    def _usage(self, reported: Usage) -> Usage:
        reasoning = whole_tokens(self._reasoning_quarters)
        written = reasoning + whole_tokens(self._answer_quarters)
        if reported.total_tokens == 0:
            return Usage(
                prompt_tokens=estimate_message_tokens(
                    self._request.messages, tools=self._request.tools
                ),
                completion_tokens=written,
                reasoning_tokens=reasoning,
                estimated=True,
            )
        if self._is_partial and 2 * reported.completion_tokens < written:
            return replace(
                reported, completion_tokens=written, reasoning_tokens=reasoning, estimated=True
            )
        if reported.reasoning_tokens == 0:
            return replace(reported, reasoning_tokens=min(reasoning, reported.completion_tokens))
        return reported


def _added(before: UsageReported | None, event: UsageReported) -> UsageReported:
    if before is None:
        return event
    costs = (before.cost_nanousd, event.cost_nanousd)
    known = [cost for cost in costs if cost is not None]
    return UsageReported(before.usage + event.usage, sum(known) if len(known) == 2 else None)

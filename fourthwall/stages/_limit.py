"""The bound of the visible answer, where the provider's own bound covers the thoughts as well.

A caller's ``max_tokens`` means what a person reads.  A model that thinks takes its thoughts out of
the same bound at its provider, so it is asked with a higher one (see `build_request`), and how much
is read is counted here, with the estimate of `fourthwall.tokens`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fourthwall.chat import (
    ChatRequest,
    ContentDelta,
    Event,
    Finished,
    Started,
    Thinking,
    ToolCallDelta,
    UsageReported,
)
from fourthwall.registry import ModelCard, thinks
from fourthwall.tokens import quarter_tokens, text_within

__all__ = ["LimitStage"]


class LimitStage:
    """The stage that ends an answer once it is as long as the request allows.

    Only for a model that thinks; others are bounded by their provider.  What is left is the
    longest beginning within the bound, wherever the stream was cut, and ``Finished("length")``.
    After that `is_over` is true and only what was used passes.

    Tool calls aren't cut: they don't count, and once one has begun the answer isn't ended, only
    its text is.

    Stands after the reasoning split, so that thoughts don't count, and before the usage stage, so
    that what is cut off isn't estimated as used.  Holds back nothing.

    Args:
        card_lookup: gives the card of a model id, None if there is none (``registry.get``).
        request: what the model was sent.
    """

    def __init__(
        self, card_lookup: Callable[[str], ModelCard | None], request: ChatRequest
    ) -> None:
        self._card_lookup = card_lookup
        self._request = request
        self._left: int | None = None
        self._calls = False
        self.is_over = False

    def feed(self, event: Event) -> list[Event]:
        """Pass the event on; cut the text where it ends."""
        if self.is_over:
            return [event] if isinstance(event, UsageReported) else []
        match event:
            case Started(model):
                self._left = self._bound(self._card_lookup(model))
            case ToolCallDelta():
                self._calls = True
            case ContentDelta(text) if self._left is not None:
                return self._cut(event, text, self._left)
        return [event]

    def finish(self) -> Iterable[Event]:
        """Nothing is held back."""
        return ()

    def _bound(self, card: ModelCard | None) -> int | None:
        """Return how much text is allowed, in quarters of a token; None where others see to it."""
        most = self._request.max_tokens
        if most is None or card is None or not _thinks(card, self._request):
            return None
        return 4 * most

    def _cut(self, event: ContentDelta, text: str, left: int) -> list[Event]:
        size = quarter_tokens(text)
        if size <= left:
            self._left = left - size
            return [event]
        self._left = 0
        kept = text_within(text, left)
        self.is_over = not self._calls
        return [
            *([ContentDelta(kept)] if kept else []),
            *([Finished("length")] if self.is_over else []),
        ]


def _thinks(card: ModelCard, request: ChatRequest) -> bool:
    """Whether the model's thoughts come out of the same bound."""
    return thinks(card, on=Thinking.of(request).on)

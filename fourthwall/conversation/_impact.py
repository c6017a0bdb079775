"""What a switch costs, from the two cards and the history; a fact that isn't known is None."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fourthwall.chat import Message, SwitchImpact, content_text, image_count
from fourthwall.registry import ModelCard

__all__ = ["impact_of"]

# A rough measure that holds for English; an estimate of what is re-read, not of a bill.
_CHARS_PER_TOKEN = 4


def impact_of(before: ModelCard, after: ModelCard, sent: Sequence[Message]) -> SwitchImpact:
    """Compare two models over what the new one is sent.

    Args:
        before: the model that is left.
        after: the model that is taken.
        sent: the messages for the new model.  All but the last were in the old one's cache.
    """
    return SwitchImpact(
        price_in_before=before.price_in,
        price_in_after=after.price_in,
        price_out_before=before.price_out,
        price_out_after=after.price_out,
        context_before=before.context,
        context_after=after.context,
        images_hidden=sum(map(image_count, sent)) if after.vision is False else 0,
        cache_lost_tokens=_characters(sent[:-1]) // _CHARS_PER_TOKEN,
    )


def _characters(messages: Iterable[Message]) -> int:
    return sum(len(content_text(message)) for message in messages)

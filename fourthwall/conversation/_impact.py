"""What a switch costs, told before it is made: from the two cards and what the new model reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fourthwall.chat import Message, SwitchImpact, image_count
from fourthwall.conversation._fit import Room
from fourthwall.registry import ModelCard, providers
from fourthwall.tokens import tokens_for

__all__ = ["Reading", "impact_of"]

_KINDS: Final[Mapping[str, str]] = {
    "input_audio": "audio",
    "file": "file",
    "input_file": "file",
    "video_url": "video",
}
"""Content part, by its ``type`` -> kind of file.  Images are counted apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the new model reads in its next turn.

    Attributes:
        messages: what it is shown, with the question where one came with the command.
        quarters: their size in quarters of a token.
        asked: the size of the question alone.
        left_out: the size of what it isn't shown of the conversation.
        room: what else the request takes.
    """

    messages: Sequence[Message]
    quarters: int
    asked: int = 0
    left_out: int = 0
    room: Room


def impact_of(before: ModelCard, after: ModelCard, reading: Reading) -> SwitchImpact:
    """Compare two models over what the new one reads.

    Args:
        before: the model that is left.  All but the question was in its cache.
        after: the model that is taken.
        reading: what that one reads.
    """
    room, messages = reading.room, reading.messages
    over = room.over_by(after, reading.quarters)
    prompt = room.prompt_tokens(after, reading.quarters)
    cached = tokens_for(after, reading.quarters - reading.asked)
    all_of_it = reading.quarters + reading.left_out
    return SwitchImpact(
        price_in_before=before.price_in,
        price_in_after=after.price_in,
        price_out_before=before.price_out,
        price_out_after=after.price_out,
        context_before=before.context,
        context_after=after.context,
        prompt_tokens=prompt,
        output_reserve_tokens=room.reserve(after),
        fits=None if over is None else over == 0,
        over_by_tokens=over or 0,
        left_out_tokens=tokens_for(after, reading.left_out),
        images_hidden=sum(map(image_count, messages)) if after.vision is False else 0,
        files_hidden=_files_hidden(after, messages),
        tools_lost=len(room.tools) if after.tools is False else 0,
        cache_lost_tokens=cached,
        cost_reread_nanousd=after.cost_nanousd(prompt_tokens=cached, completion_tokens=0),
        cost_turn_before_nanousd=before.cost_nanousd(
            prompt_tokens=room.prompt_tokens(before, all_of_it),
            cached_tokens=tokens_for(before, all_of_it - reading.asked),
            completion_tokens=0,
        ),
        cost_turn_after_nanousd=after.cost_nanousd(prompt_tokens=prompt, completion_tokens=0),
    )


def _files_hidden(card: ModelCard, messages: Iterable[Message]) -> int:
    """Return how many files are of a kind that the model's provider doesn't take."""
    provider = providers().get(card.provider)
    if provider is None:
        return 0
    return sum(kind not in provider.media for message in messages for kind in _files(message))


def _files(message: Message) -> Iterable[str]:
    content: Any = message.get("content")
    if not isinstance(content, list | tuple):
        return
    for part in content:
        kind = part.get("type") if isinstance(part, Mapping) else None
        if isinstance(kind, str) and kind in _KINDS:
            yield _KINDS[kind]

"""What a switch costs, as data."""

from __future__ import annotations

from typing import Any

import pytest

from fourthwall.chat import Message
from fourthwall.conversation._fit import Room
from fourthwall.conversation._impact import Reading, impact_of
from fourthwall.registry import ModelCard
from fourthwall.tokens import message_quarters

BEFORE = ModelCard(id="gpt-b", provider="openai", price_in=2.0, price_cached_in=0.5, context=50_000)
AFTER = ModelCard(id="gpt-a", provider="openai", price_in=10.0, context=2_000)
HISTORY: tuple[Message, ...] = ({"role": "user", "content": "x" * 3984},)  # 1,000 tokens
ASK: Message = {"role": "user", "content": "x" * 384}  # 100 tokens
PARTS: Message = {
    "role": "user",
    "content": [
        {"type": "text", "text": "Look:"},
        {"type": "image_url", "image_url": {"url": "data:,"}},
        {"type": "input_audio", "input_audio": {}},
        {"type": "file", "file": {}},
        {"type": "video_url", "video_url": {}},
        {"type": 3},
        "odd",
    ],
}
TOOL: dict[str, Any] = {"type": "function", "function": {"name": "f"}}


def impact(
    after: ModelCard = AFTER,
    messages: tuple[Message, ...] = (*HISTORY, ASK),
    *,
    before: ModelCard = BEFORE,
    room: Room | None = None,
    left_out: int = 0,
) -> Any:
    reading = Reading(
        messages=messages,
        quarters=sum(map(message_quarters, messages)),
        asked=message_quarters(messages[-1]),
        left_out=left_out,
        room=room or Room(max_tokens=500),
    )
    return impact_of(before, after, reading)


def test_the_prompt_is_measured_in_the_new_models_tokens() -> None:
    assert impact().prompt_tokens == 1_103
    claude = ModelCard(id="claude-opus-5", provider="anthropic")
    assert impact(claude).prompt_tokens == 1_721


def test_what_fits_and_what_doesnt() -> None:
    found = impact()
    assert (found.fits, found.over_by_tokens, found.output_reserve_tokens) == (True, 0, 500)
    found = impact(ModelCard(id="gpt-a", provider="p", context=1_500))
    assert (found.fits, found.over_by_tokens) == (True, 0)
    assert found.output_reserve_tokens == 375
    found = impact(ModelCard(id="gpt-a", provider="p", context=1_200))
    assert (found.fits, found.over_by_tokens) == (False, 203)
    found = impact(ModelCard(id="gpt-a", provider="p"))
    assert (found.fits, found.over_by_tokens) == (None, 0)


def test_the_cache_is_lost_but_the_question_is_new_anyway() -> None:
    found = impact()
    assert found.cache_lost_tokens == 1_000
    assert found.cost_reread_nanousd == 1_000 * 10_000


def test_a_turn_costs_what_its_prompt_costs() -> None:
    found = impact()
    assert found.cost_turn_before_nanousd == 1_000 * 500 + 103 * 2_000
    assert found.cost_turn_after_nanousd == 1_103 * 10_000


def test_the_model_that_is_left_reads_what_the_new_one_isnt_shown() -> None:
    found = impact(left_out=4 * 300)
    assert found.left_out_tokens == 300
    assert found.cost_turn_before_nanousd == 1_300 * 500 + 103 * 2_000


def test_unknown_prices_stay_unknown() -> None:
    found = impact(ModelCard(id="a", provider="p"), before=ModelCard(id="b", provider="p"))
    assert found.cost_reread_nanousd is None
    assert found.cost_turn_before_nanousd is None
    assert found.cost_turn_after_nanousd is None


class TestMedia:
    @pytest.mark.parametrize(
        ("provider", "hidden"),
        [("openai", 1), ("anthropic", 2), ("google", 0), ("my-own", 0)],
    )
    def test_files_are_hidden_where_the_provider_doesnt_take_them(
        self, provider: str, hidden: int
    ) -> None:
        card = ModelCard(id="a", provider=provider, vision=True)
        found = impact(card, (PARTS,))
        assert (found.files_hidden, found.images_hidden) == (hidden, 0)

    def test_images_are_hidden_from_a_model_that_doesnt_see(self) -> None:
        assert impact(ModelCard(id="a", provider="p", vision=False), (PARTS,)).images_hidden == 1
        assert impact(ModelCard(id="a", provider="p"), (PARTS,)).images_hidden == 0


def test_tools_are_lost_where_they_cant_be_used() -> None:
    room = Room(tools=[TOOL, TOOL])
    assert impact(ModelCard(id="a", provider="p", tools=False), room=room).tools_lost == 2
    assert impact(ModelCard(id="a", provider="p"), room=room).tools_lost == 0

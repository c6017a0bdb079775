"""What fits into a window, and what a model is shown where not everything does."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from fourthwall.conversation._fit import Room, Shortening, View, summary_question, view
from fourthwall.conversation._history import History
from fourthwall.registry import ModelCard

TOOLS = [{"type": "function", "function": {"name": "f", "description": "x" * 400}}]


def card(context: int | None = 10_000, **about: Any) -> ModelCard:
    return ModelCard(id="gpt-x", provider="p", context=context, **about)


class TestRoom:
    def test_a_window_that_isnt_known_is_never_too_small(self) -> None:
        assert Room().over_by(card(None), 10**9) is None
        assert Room().quarters_for_messages(card(None)) is None

    def test_prompt_and_reserve_must_fit(self) -> None:
        room = Room(max_tokens=1000)
        assert room.over_by(card(), 4 * 8997) == 0
        assert room.over_by(card(), 4 * 8998) == 1
        assert room.quarters_for_messages(card()) == 4 * 8997

    def test_tools_take_room_where_they_can_be_used(self) -> None:
        room = Room(tools=TOOLS)
        assert room.prompt_tokens(card(), 0) > 100
        assert room.prompt_tokens(card(tools=False), 0) == 3

    @pytest.mark.parametrize(
        ("asked", "about", "reserve"),
        [
            (None, {"context": 200_000}, 4096),
            (None, {"context": 200_000, "max_output": 2000}, 2000),
            (None, {"context": 8000}, 2000),
            (100, {}, 100),
            (50_000, {"context": 200_000}, 50_000),
            (50_000, {"context": 100_000}, 25_000),
        ],
    )
    def test_the_reserve_is_what_an_answer_may_take(
        self, asked: int | None, about: dict[str, Any], reserve: int
    ) -> None:
        assert Room(max_tokens=asked).reserve(card(**about)) == reserve

    def test_a_tokenizer_that_makes_more_tokens_leaves_less_room(self) -> None:
        claude = ModelCard(id="claude-opus-5", provider="p", context=10_000)
        assert Room().quarters_for_messages(claude) < Room().quarters_for_messages(card())  # type: ignore[operator]  # both are known


def history(*exchanges: int, leading: str = "sys") -> History:
    """Exchanges of a one-word question and an answer of so many characters."""
    made = History([{"role": "system", "content": leading}])
    for number, length in enumerate(exchanges):
        made.ask({"role": "user", "content": f"q{number}"})
        made.add([{"role": "assistant", "content": "a" * length}])
    return made


def shown(made: History, limit: int, **agreed: Any) -> list[str]:
    found = view(made.messages, made.sums, limit, Shortening(model="m", **agreed))
    messages = found.of(made.messages)
    assert found.quarters == history_size(messages)
    return [str(m["content"])[:12] for m in messages]


def history_size(messages: list[Any]) -> int:
    return History(messages).sums[-1]


class TestTrimming:
    def test_what_fits_is_shown_whole(self) -> None:
        made = history(400, 400)
        assert shown(made, made.sums[-1]) == ["sys", "q0", "a" * 12, "q1", "a" * 12]

    def test_the_oldest_exchanges_go_and_the_first_request_stays(self) -> None:
        texts = shown(history(400, 400, 400, 10), 1200)
        assert texts == ["sys", "q0", "What came be", "q2", "a" * 12, "q3", "a" * 10]

    def test_a_first_request_that_is_long_goes_too(self) -> None:
        made = History([])
        made.ask({"role": "user", "content": "x" * 2000})
        made.add([{"role": "assistant", "content": "ok"}])
        made.ask({"role": "user", "content": "next"})
        assert shown(made, 1000) == ["The conversa", "next"]

    def test_calls_and_results_are_never_torn_apart(self) -> None:
        made = history(400)
        made.ask({"role": "user", "content": "tools"})
        made.add(
            [
                {"role": "assistant", "content": None, "tool_calls": [{"id": "c"}]},
                {"role": "tool", "tool_call_id": "c", "content": "r" * 2000},
            ]
        )
        found = view(made.messages, made.sums, 1000, Shortening(model="m"))
        roles = [message["role"] for message in found.of(made.messages)]
        assert roles == ["system", "user", "system", "user", "assistant", "tool"]
        assert found.quarters > 1000

    def test_it_isnt_cut_again_until_it_is_full_again(self) -> None:
        lengths: list[int] = []
        starts = []
        for _ in range(40):
            lengths.append(100)
            made = history(*lengths)
            starts.append(view(made.messages, made.sums, 2000, Shortening(model="m")).start)
        cuts = [n for n in range(1, len(starts)) if starts[n] != starts[n - 1]]
        assert len(cuts) > 3
        assert min(later - earlier for earlier, later in pairwise(cuts)) >= 4

    def test_a_greeting_in_front_stays(self) -> None:
        made = History([{"role": "assistant", "content": "Hello!"}])
        for n in range(9):
            made.ask({"role": "user", "content": f"q{n}" + "x" * 100})
        assert shown(made, 700)[:3] == ["Hello!", "q0" + "x" * 10, "What came be"]

    def test_without_a_question_there_is_nothing_to_cut(self) -> None:
        made = History([{"role": "system", "content": "x" * 100}])
        found = view(made.messages, made.sums, 5, Shortening(model="m"))
        assert found == View((), 1, 1, made.sums[-1])


class TestSummaries:
    def test_the_summary_stands_for_what_was_before_but_the_newest(self) -> None:
        made = history(900, 400, 100)
        at = len(made)
        made.ask({"role": "user", "content": "now"})
        texts = shown(made, 1000, at=at, summary="S.")
        assert texts == ["sys", "The conversa", "q2", "a" * 12, "now"]

    def test_later_cuts_keep_it(self) -> None:
        made = history(900)
        at = len(made)
        for n in range(9):
            made.ask({"role": "user", "content": f"n{n}"})
            made.add([{"role": "assistant", "content": "b" * 200}])
        texts = shown(made, 1200, at=at, summary="S.")
        assert texts[:2] == ["sys", "The conversa"]
        assert "q0" not in texts
        assert texts[-2:] == ["n8", "b" * 12]

    def test_a_history_that_ends_before_it_is_no_obstacle(self) -> None:
        made = history(10, 2000).up_to_question()
        assert shown(made, 5000, at=99, summary="S.") == [
            *("sys", "The conversa", "q0", "a" * 10, "q1")
        ]

    def test_what_is_asked_for_fits_into_the_window(self) -> None:
        question, most = summary_question(card(max_output=1000), 10**9)
        assert question["role"] == "user"
        assert most == 1000
        assert summary_question(card(), 10**9)[1] == 4096
        assert summary_question(card(), 16 * 500)[1] == 500
        assert summary_question(card(), 0)[1] == 256

"""Which deadline runs, and the thread that enforces it."""

from __future__ import annotations

import threading
import time

import pytest

from fourthwall.backends import Timeouts
from fourthwall.backends._deadlines import Deadlines, Watchdog

TIMEOUTS = Timeouts(connect_s=1, first_token_s=10, between_tokens_s=4, total_s=30)


@pytest.mark.parametrize(
    ("now_s", "has_begun", "due"),
    [
        (100, False, (110, "first_token")),
        (109, False, (110, "first_token")),
        (109, True, (113, "between_tokens")),
        (128, True, (130, "total")),
    ],
)
def test_the_nearest_deadline_runs(now_s: float, has_begun: bool, due: tuple[float, str]) -> None:
    assert Deadlines(TIMEOUTS, 100, has_begun=has_begun).due(now_s) == due


def test_limits_go_by_phase() -> None:
    assert Deadlines(TIMEOUTS, 0).limits == {
        "connect": 1,
        "first_token": 10,
        "between_tokens": 4,
        "total": 30,
    }


class TestWatchdog:
    def test_it_barks_when_the_wait_is_too_long(self) -> None:
        barked = threading.Event()
        with Watchdog(barked.set, time.monotonic) as dog:
            dog.expect_until(time.monotonic() + 60)
            dog.expect_until(time.monotonic() + 0.01)
            assert barked.wait(5)
        assert dog.has_fired

    def test_it_sleeps_while_nobody_waits(self) -> None:
        barked = threading.Event()
        with Watchdog(barked.set, time.monotonic) as dog:
            dog.expect_until(time.monotonic() + 0.03)
            dog.rest()
            assert not barked.wait(0.06)
            dog.expect_until(time.monotonic() + 60)
            dog.expect_until(time.monotonic() + 90)
        assert not dog.has_fired

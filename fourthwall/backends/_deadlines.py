"""The deadlines of one answer: which one is running, and when it is due.

A value without a clock; `Watchdog` is what enforces it in sync code, where a thread that waits
for a provider can't look at the clock.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from fourthwall.backends._base import Timeouts

__all__ = ["Deadlines", "Watchdog"]


@dataclass(slots=True)
class Deadlines:
    """Which deadline runs.

    Args:
        timeouts: the bounds.
        began_s: when the request was sent, on the caller's clock.
    """

    timeouts: Timeouts
    began_s: float
    has_begun: bool = False

    @property
    def limits(self) -> dict[str, float]:
        """Phase -> seconds."""
        names = ("connect", "first_token", "between_tokens", "total")
        return {name: getattr(self.timeouts, f"{name}_s") for name in names}

    def due(self, now_s: float) -> tuple[float, str]:
        """Return (when, phase) of the deadline for a wait that begins now.

        The first token is due counted from the request, whatever else has come.  After it, every
        wait for bytes has its own `Timeouts.between_tokens_s`: a reader that takes its time
        doesn't use up the provider's.
        """
        total = (self.began_s + self.timeouts.total_s, "total")
        if self.has_begun:
            return min((now_s + self.timeouts.between_tokens_s, "between_tokens"), total)
        return min((self.began_s + self.timeouts.first_token_s, "first_token"), total)


@dataclass(slots=True)
class Watchdog:
    """Calls `abort` from a thread of its own when a wait takes too long.

    Args:
        abort: makes the waiting thread wake up; must be safe to call from another thread.
        clock: gives seconds.

    Attributes:
        has_fired: whether it did.
    """

    abort: Callable[[], None]
    clock: Callable[[], float]
    has_fired: bool = False
    _due_s: float = math.inf
    _is_over: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def __enter__(self) -> Self:
        threading.Thread(target=self._watch, name="fourthwall-watchdog", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._changed:
            self._is_over = True
            self._changed.notify()

    def expect_until(self, due_s: float) -> None:
        """A wait begins; it is to end before ``due_s``."""
        with self._changed:
            is_sooner = due_s < self._due_s
            self._due_s = due_s
            if is_sooner:  # a later one it finds when it wakes up
                self._changed.notify()

    def rest(self) -> None:
        """The wait is over."""
        with self._changed:
            self._due_s = math.inf

    def _watch(self) -> None:
        with self._changed:
            while not self._is_over:
                left_s = self._due_s - self.clock()
                if left_s <= 0:
                    self.has_fired = True
                    self.abort()
                    return
                self._changed.wait(None if left_s == math.inf else left_s)

"""A host that fails again and again is left alone for a while."""

from collections.abc import Callable
from typing import Final

from engine.actions import ActionError

FAILURES: Final = 5
"""Failures in a row after which a host is left alone."""
PAUSE: Final = 30_000
"""How long it is left alone before one request tries it again, in milliseconds."""


class Breaker:
    """The state of one host; `clock` gives milliseconds."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._failures = 0
        self._until = 0

    def check(self) -> None:
        """Let a request through, or tell it to come again.

        Raises:
            ActionError: `http:paused`, transient.
        """
        if self._failures < FAILURES:
            return
        now = self._clock()
        if now < self._until:
            raise ActionError("http:paused", "the host fails all the time", transient=True)
        self._until = now + PAUSE  # this request tries; others wait for what becomes of it

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self._failures += 1
        if self._failures >= FAILURES:
            self._until = self._clock() + PAUSE

"""Living through an outage of the store: one line in the log, and waits that grow."""

import asyncio
import logging
from typing import Final

from engine.errors import StatechatError
from engine.runtime.ports import Clock

SHORTEST: Final = 100
LONGEST: Final = 5_000
"""Bounds of the wait between two tries, in milliseconds."""
PERSONAL: Final = frozenset({"store:value", "store:too_big", "store:damaged", "store:newer"})
"""Codes that blame one record, not the store: trying again cannot help."""
CONTENDED: Final = "store:contended"
"""Code of a change that lost too many races: the store is there, others were faster."""

log = logging.getLogger("statechat.store")


def is_outage(error: BaseException) -> bool:
    """Whether the store could not be reached or did not answer, so that trying again may help."""
    if isinstance(error, StatechatError):
        return error.code.startswith("store:") and error.code not in PERSONAL
    return isinstance(error, OSError)


class Outage:
    """Whether the store is away, and since when; shared by everyone who uses it.

    Attributes:
        away: set while it is.
        number: how many outages there were, with the present one.
    """

    def __init__(self, clock: Clock) -> None:
        self.away = asyncio.Event()
        self.number = 0
        self._clock = clock
        self._since: int | None = None

    def failed(self, error: BaseException) -> int:
        """Note a failed try; how long to wait before the next, in milliseconds."""
        if isinstance(error, StatechatError) and error.code == CONTENDED:
            return SHORTEST
        now = self._clock.now()
        if self._since is None:
            self._since = now
            self.number += 1
            self.away.set()
            log.error("the store does not answer, trying again until it does: %s", error)
        return max(SHORTEST, min(LONGEST, (now - self._since) // 2))

    def over(self) -> None:
        """Note that the store has answered."""
        if self._since is not None:
            log.warning("the store answers again after %d ms", self._clock.now() - self._since)
            self._since = None
            self.away.clear()

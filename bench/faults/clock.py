"""The time of a season, which leaps: bot, server and persons read one clock across processes."""

import mmap
import struct
import time
from pathlib import Path
from typing import Final

_SKEW: Final = struct.Struct("q")


class LeapingClock:
    """The machine's clock plus the leaps so far, in milliseconds since 1970 UTC.

    A file holds the sum of the leaps, so that a bot finds itself later in the midst of its work.
    """

    def __init__(self, path: Path) -> None:
        with path.open("a+b") as file:
            file.truncate(_SKEW.size)
            self._shared = mmap.mmap(file.fileno(), _SKEW.size)

    def now(self) -> int:
        return time.time_ns() // 1_000_000 + self._skew

    def leap(self, milliseconds: int) -> None:
        """Let so much time pass at once."""
        _SKEW.pack_into(self._shared, 0, self._skew + milliseconds)

    @property
    def _skew(self) -> int:
        return int(_SKEW.unpack_from(self._shared)[0])

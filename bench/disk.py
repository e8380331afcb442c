"""What a disk alone needs to keep a few kilobytes for good: no commit can be quicker than that."""

import os
import tempfile
import time
from pathlib import Path
from typing import Final

from bench.load import quantile

SYNCS: Final = 500
PAUSE: Final = 0.004
"""Seconds between two of them, as between the commits of a bot that has something to do."""
BYTES: Final = 8_192
ROOM: Final = 4_000_000
"""Bytes of the file, which is written to its end before, as SQLite's log is when it goes round."""


def syncs(folder: Path) -> list[float]:
    """Seconds that single writes took until they were safe."""
    took = []
    sync = getattr(os, "fdatasync", os.fsync)  # as SQLite does, where there is one
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(ROOM))
        os.fsync(file.fileno())
        for number in range(SYNCS):
            file.seek(number * BYTES % (ROOM - BYTES))
            file.write(b"x" * BYTES)
            began = time.perf_counter()
            file.flush()
            sync(file.fileno())
            took.append(time.perf_counter() - began)
            time.sleep(PAUSE)
    return took


def told(folder: Path) -> str:
    """A sentence about the disk on which a benchmark runs."""
    took = syncs(folder)
    median, worst = quantile(took, 0.5) * 1e3, quantile(took, 0.99) * 1e3
    return f"the disk alone, 8 KB synced: median {median:.1f} ms, p99 {worst:.1f} ms"

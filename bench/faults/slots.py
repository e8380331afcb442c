"""The places of a season's workers, in each of which one life follows the other."""

import contextlib
import os
import signal
from dataclasses import dataclass

from bench.faults.zygote import Zygote


@dataclass(slots=True)
class Slot:
    """The place of a worker: lives follow one another in it.

    Attributes:
        life: the number of the present life, or of the last one.
        child: its process; 0 while nobody lives.
        busy: a life begins, goes on, or ends.
    """

    number: int
    zygote: Zygote
    life: int = 0
    child: int = 0
    busy: bool = False

    @property
    def worker(self) -> str:
        return f"life-{self.life}"


def send(child: int, number: signal.Signals) -> None:
    """Send a process a signal, if it still lives."""
    # It may have died by its own hand in this moment.
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, number)

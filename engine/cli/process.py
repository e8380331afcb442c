"""What a command that goes on owes its process: to hear its signals."""

import asyncio
import os
import signal
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Set by Ctrl-C or SIGTERM, after which the work ends in order; the second one ends it at once.

    Attributes:
        event: what the work waits for.
        code: the exit code that the end asks for.
    """

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self.code = 0
        self._signalled = False

    def listen(self) -> None:
        """Hear the process's signals from now on; called within the running loop."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            try:
                loop.add_signal_handler(number, self._heard, number)
            except NotImplementedError:  # the loops of Windows have none
                signal.signal(
                    number,
                    lambda heard, _: loop.call_soon_threadsafe(self._heard, signal.Signals(heard)),
                )

    def end(self, code: int) -> None:
        """Ask for the end, unless it was asked for already."""
        if not self.event.is_set():
            self.code = code
            self.event.set()

    def _heard(self, number: signal.Signals) -> None:
        code = 128 + number
        if self._signalled:
            # What is committed is durable, so nothing is lost by not waiting.
            os._exit(code)
        self._signalled = True
        # A supervisor's SIGTERM, obeyed, is success; a person's Ctrl-C is told to the shell.
        self.end(0 if number == signal.SIGTERM else code)

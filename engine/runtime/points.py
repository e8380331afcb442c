"""Named points at which a test can kill the process where it hurts.

`STATECHAT_KILL_AT=<point>[:<n>]`, read when this module is imported, makes the process send itself
SIGKILL the n-th time (default: the first) that it reaches the point: no handler runs, nothing is
flushed. Unset, a point costs a comparison. The points, in the order of an event's way:

    after-step-before-commit    the step is done, nothing is stored
    after-commit-before-send    session, timers, outbox, seen ids are stored, nothing is sent
    after-commit-before-ack     the same, and the source has not been told
    after-begin-before-note     a broadcast was handed on to somebody, how far it came is not stored
    after-send-before-mark      a transport has sent a message, its item is still in the outbox
    after-tell-before-mark      another session has heard something, its item is still in the outbox
"""

import os
import signal
from typing import Final, Literal

Point = Literal[
    "after-step-before-commit",
    "after-commit-before-send",
    "after-commit-before-ack",
    "after-begin-before-note",
    "after-send-before-mark",
    "after-tell-before-mark",
]

_NAME, _, _COUNT = os.environ.get("STATECHAT_KILL_AT", "").partition(":")
_AT: Final = int(_COUNT or "1")
_reached = 0


def reach(point: Point) -> None:
    """Say that the point is reached."""
    if point == _NAME:
        _count()


def _count() -> None:
    global _reached  # noqa: PLW0603 - it counts for the process, as the variable that asks for it does
    _reached += 1
    if _reached == _AT:
        os.kill(os.getpid(), signal.SIGKILL)

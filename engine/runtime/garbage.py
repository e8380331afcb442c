"""Python's garbage collector, for a process that answers people.

A full collection looks at every object there is and stops everything meanwhile: with a bot and its
libraries loaded, for a tenth of a second and more, every few seconds. Nearly nothing is found: what
an event makes is in no circle, and goes with the last reference to it.
"""

import gc
from typing import Final

YOUNG: Final = 2_000
"""Objects more than before, from which on the newest are looked at: well below a millisecond."""
MIDDLE: Final = 5
"""Looks at the newest for one at those that survived it: one or two milliseconds."""
FULL: Final = 1_000
"""Looks at those for a full one: ten million objects more than were freed, which in a bot that
leaks nothing is hours, and in one whose actions leave circles behind some hundred megabytes."""


def spare() -> None:
    """Look no more at what is there, and seldom at all of what comes: call it once, when loaded."""
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, FULL)

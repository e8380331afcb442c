"""The collector of a process that answers people is kept from standing in their way."""

import gc
from collections.abc import Iterator

import pytest

from engine.runtime.garbage import YOUNG, spare


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_what_is_loaded_is_not_looked_at_again() -> None:
    loaded = [object() for _ in range(10)]
    gc.collect()
    spare()
    assert gc.get_freeze_count() > len(loaded)
    assert all(one is not loaded for one in gc.get_objects())


def test_what_is_left_in_circles_is_still_found() -> None:
    spare()
    found = gc.get_stats()[0]["collected"]
    for _ in range(2 * YOUNG):
        circle: list[object] = []
        circle.append(circle)
    assert gc.get_stats()[0]["collected"] > found

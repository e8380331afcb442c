"""A plugin of pytest: Hypothesis tests with many more examples than a check can wait for."""

import functools
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import settings

TIMES: Final = 5
"""How many times the examples that a test asks for are tried in one round."""
PATIENCE: Final = 20_000
"""Milliseconds after which one example counts as a hang; slow machines are busy ones."""
COUNT: Final = "STATECHAT_FUZZ_COUNT"
"""Names the file that gets the number of examples."""


class Count:
    """Examples that were tried."""

    def __init__(self) -> None:
        self.tried = 0

    def counting(self, test: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(test)
        def counted(*words: object, **named: object) -> object:
            self.tried += 1
            return test(*words, **named)

        return counted


_count: Final = Count()


def pytest_collection_modifyitems(items: Iterable[pytest.Function]) -> None:
    for item in items:
        handle = getattr(item.obj, "hypothesis", None)
        machine = getattr(item.obj, "_hypothesis_state_machine_class", None)
        if machine is not None and item.cls is not None:
            machine.teardown = _count.counting(machine.teardown)
            item.cls.settings = _more(item.cls.settings)
            continue
        if handle is None:
            item.add_marker(pytest.mark.skip(reason="it has no examples to draw"))
            continue
        handle.inner_test = _count.counting(handle.inner_test)
        test = getattr(item.obj, "__func__", item.obj)
        own = getattr(test, "_hypothesis_internal_use_settings", None) or settings()
        test._hypothesis_internal_use_settings = _more(own)  # noqa: SLF001 - there is no public door


def _more(own: settings) -> settings:
    return settings(own, max_examples=own.max_examples * TIMES, deadline=PATIENCE)


def pytest_sessionfinish() -> None:
    if path := os.environ.get(COUNT):
        Path(path).write_text(str(_count.tried), encoding="utf-8")

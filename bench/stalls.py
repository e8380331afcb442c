"""Where a bot stands still: the event loop, the garbage collector, the thread of the store.

`with Stalls() as stalls:` around a run; `stalls.report()` tells how often each took long, and what
the loop was doing then. It is the option `--stalls` of benchmarks that measure waits; it slows what
it looks at, so waits are measured without it.
"""

import asyncio
import gc
import sys
import threading
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Self
from unittest import mock

from bench.load import quantile
from bench.timing import table
from engine.stores.sqlite import SqliteStore

LONG: Final = 0.008
"""Seconds from which something counts as a pause."""
BEAT: Final = 0.002
"""How often the loop is looked at, in seconds."""
DEPTH: Final = 3
"""Calls that name a place, the innermost first."""
PLACES: Final = 10

Wrapped = Callable[..., Any]


class Stalls:
    """Listens to the collector and the store, and looks at the loop from a thread of its own."""

    def __init__(self) -> None:
        self._took: defaultdict[str, list[float]] = defaultdict(list)
        self._places: Counter[str] = Counter()
        self._loop = threading.get_ident()
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._patches = (
            mock.patch.object(SqliteStore, "_guarded", self._timed("store", SqliteStore._guarded)),  # noqa: SLF001 - the whole of what runs in its thread
            mock.patch.object(asyncio.Handle, "_run", self._ran(asyncio.Handle._run)),  # noqa: SLF001 - the one place through which all of a loop goes
        )
        self._collecting = 0.0
        self._running: float | None = None

    def __enter__(self) -> Self:
        gc.callbacks.append(self._collected)
        for patch in self._patches:
            patch.start()
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._watcher.join()
        for patch in self._patches:
            patch.stop()
        gc.callbacks.remove(self._collected)

    def _collected(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._collecting = time.perf_counter()
        else:
            took = time.perf_counter() - self._collecting
            self._took[f"garbage collector, generation {info['generation']}"].append(took)

    def _timed(self, name: str, real: Wrapped) -> Wrapped:
        """`real`, timed; of what takes long it is told whether it worked or waited."""

        def timed(*words: Any) -> Any:  # noqa: ANN401 - whatever it takes
            began, worked = time.perf_counter(), time.thread_time()
            try:
                return real(*words)
            finally:
                took = time.perf_counter() - began
                self._took[name].append(took)
                if took > LONG:
                    share = (time.thread_time() - worked) / took
                    self._places[f"{name}: {'works' if share > 1 / 2 else 'waits'}"] += 1

        return timed

    def _ran(self, real: Wrapped) -> Wrapped:
        def ran(handle: asyncio.Handle) -> None:
            began = self._running = time.perf_counter()
            try:
                real(handle)
            finally:
                self._running = None
                self._took["event loop, one callback"].append(time.perf_counter() - began)

        return ran

    def _watch(self) -> None:
        seen = 0.0
        while not self._done.wait(BEAT):
            began = self._running
            if began is not None and began != seen and time.perf_counter() - began > LONG:
                seen = began
                frame = sys._current_frames()[self._loop]  # noqa: SLF001 - how one looks into a thread
                calls = reversed(traceback.extract_stack(frame)[-DEPTH:])
                names = [f"{each.filename.rpartition('/')[2]}:{each.lineno}" for each in calls]
                self._places[f"loop: {' < '.join(names)}"] += 1

    def report(self) -> str:
        rows = [
            [
                name, f"{len(took):,}", f"{sum(each > LONG for each in took):,}",
                f"{quantile(took, 0.5) * 1e3:.2f}", f"{quantile(took, 0.99) * 1e3:.1f}",
                f"{max(took) * 1e3:.1f}", f"{sum(took):.1f}",
            ]
            for name, took in sorted(self._took.items())
        ]  # fmt: skip
        head = ("what", "times", f"> {LONG * 1e3:g} ms", "p50 ms", "p99 ms", "max ms", "all, s")
        places = [f"- {count} x {place}" for place, count in self._places.most_common(PLACES)]
        return "\n".join([table(head, rows), "", *places])


@contextmanager
def looking(*, at: bool) -> Iterator[Stalls | None]:
    """Look at what runs in the block, if it is asked for."""
    if not at:
        yield None
        return
    with Stalls() as stalls:
        yield stalls

"""Timing things beside each other: in turns, so that what disturbs the machine disturbs all."""

import gc
import importlib.metadata
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Measured:
    """Microseconds a call, one figure a round."""

    rounds: tuple[float, ...]

    @property
    def best(self) -> float:
        return min(self.rounds)

    @property
    def median(self) -> float:
        return median(self.rounds)

    def ratio(self, floor: "Measured") -> float:
        """How often the floor's time this takes, both at their best: noise only ever adds."""
        return self.best / floor.best


def in_turns(
    cases: Mapping[str, Callable[[], object]], *, rounds: int, calls: int
) -> dict[str, Measured]:
    """Time every case `calls` times a round, one case after the other, round after round."""
    found: dict[str, list[float]] = {name: [] for name in cases}
    for case in cases.values():
        _time(case, max(1, calls // 10))
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, case in cases.items():
                found[name].append(_time(case, calls) / calls * 1e6)
            gc.collect()
    finally:
        gc.enable()
    return {name: Measured(tuple(figures)) for name, figures in found.items()}


def _time(case: Callable[[], object], calls: int) -> float:
    start = time.perf_counter()
    for _ in repeat(None, calls):
        case()
    return time.perf_counter() - start


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows of Markdown, the columns aligned: the first to the left, the others to the right."""
    widths = [max(2, *map(len, column)) for column in zip(head, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths, strict=True)
        words = [first[0].ljust(first[1]), *[cell.rjust(width) for cell, width in others]]
        return f"| {' | '.join(words)} |"

    rule = ["-" * widths[0], *["-" * (width - 1) + ":" for width in widths[1:]]]
    return "\n".join([line(head), line(rule), *map(line, rows)])


def machine(*packages: str) -> str:
    """One line about where this was measured, and how busy the machine was."""
    versions = [f"{package} {importlib.metadata.version(package)}" for package in packages]
    parts = [f"Python {platform.python_version()}", *versions, _processor()]
    if hasattr(os, "getloadavg"):
        parts.append(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    return ", ".join(parts)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()

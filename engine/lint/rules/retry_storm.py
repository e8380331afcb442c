"""SC502 retry-storm: many attempts of an action follow each other with short pauses.

What fails now mostly fails a moment later too. Ten attempts with pauses of a second do not help,
and they hit a service that is in trouble already, from every conversation at once.

Lengthen `delay`: with `factor`, each pause is longer than the one before.
"""

from collections.abc import Iterator
from typing import Final

from engine.core.nodes import Work
from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject

ATTEMPTS: Final = 10
PAUSE: Final = 2_000
"""Least mean of the pauses where there are so many attempts (ms)."""

FOUND = """
flow: door
triggers: [/open]
initial: open
states:
  open:
    invoke:
      action: records.count
      with: {collection: doors}
      retry: {max: 20, delay: 1s, factor: 1}
      done: end
      error: end
  end: {type: final, say: Done.}
"""
FOUND_BESIDE = {"bot.yaml": "records: {doors: {fields: {name: {type: text}}}}\n"}
NEAR = FOUND.replace("factor: 1", "factor: 2")
NEAR_BESIDE = FOUND_BESIDE


def check(subject: Subject) -> Iterator[Diagnostic]:
    for flow in subject.program.flows.values():
        for node in flow.states.values():
            work = node.work
            if work is None or work.attempts < ATTEMPTS:
                continue
            pauses = _pauses(work)
            if pauses < PAUSE * (work.attempts - 1):
                yield Diagnostic(
                    "SC502", f"{work.attempts} attempts of `{work.action}`, with pauses of "
                    f"{pauses / 1000:.0f} seconds in all", work.place,
                    "Lengthen `delay` of its `retry`, or raise `factor`.", "warning",
                    len(work.action),
                )  # fmt: skip


def _pauses(work: Work) -> float:
    """All pauses together (ms), as far as they matter."""
    total, pause = 0.0, float(work.delay)
    for _ in range(work.attempts - 1):
        total += pause
        pause *= work.factor
        if total >= PAUSE * work.attempts:
            break
    return total

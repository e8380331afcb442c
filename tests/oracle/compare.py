"""Both engines on one chart with the same events, and where they part."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.compiler.bot import InvalidBot
from engine.lint.output import render
from tests.oracle import ours
from tests.oracle.chart import Chart
from tests.oracle.peer import Peer
from tests.oracle.trace import Step, TooLong


@dataclass(frozen=True, slots=True)
class Expected:
    """What the peer does: up to the end, or up to an event that makes the chart go in circles."""

    steps: tuple[Step, ...]
    endless: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a comparison went.

    Attributes:
        compared: events that both have applied with the same result, the beginning included.
        endless: the chart went in circles, and was not run on.
        difference: what is different after that, if anything.
    """

    compared: int
    endless: bool = False
    difference: str | None = None


def expected(chart: Chart, events: Sequence[str]) -> Expected:
    steps: list[Step] = []
    try:
        steps.extend(Peer(chart).run(events))
    except TooLong:
        return Expected(tuple(steps), endless=True)
    return Expected(tuple(steps))


def compare(chart: Chart, events: Sequence[str], known: Expected | None = None) -> Verdict:
    """Run a chart on both sides and compare everything after each event."""
    known = known or expected(chart, events)
    try:
        with TemporaryDirectory() as folder:
            program = ours.compiled(chart, Path(folder))
    except InvalidBot as invalid:
        found = render(invalid.diagnostics, invalid.files, color=False)
        return Verdict(0, difference=f"the chart does not compile:\n{found}")
    except Exception as error:  # noqa: BLE001 - a fault of the engine is what is looked for
        return Verdict(0, difference=f"the compiler fails: {error!r}")
    compared = 0
    steps = ours.run(program, events)
    for event, wanted in zip(("start", *events), known.steps, strict=False):
        try:
            got = next(steps, None)
        except Exception as error:  # noqa: BLE001 - as above
            return Verdict(compared, difference=f"after {event}\n{wanted}\nours fails: {error!r}")
        if wanted != got:
            told = f"after {event}\nthe peer:\n{wanted}\nours:\n{got}"
            return Verdict(compared, difference=told)
        compared += 1
    if not known.endless and next(steps, None) is not None:
        return Verdict(compared, difference="ours goes on where the peer has ended")
    return Verdict(compared, endless=known.endless)

"""What `statechat expand --format xstate` prints of a chart, run in XState."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from engine.compiler.expand import expand
from tests.oracle import ours
from tests.oracle.chart import (
    MODULUS,
    Add,
    Block,
    Both,
    Chart,
    Equals,
    Guard,
    In,
    Not,
    Place,
    Probe,
    State,
    Transition,
    blocks,
    places,
    survey,
    walk,
)

RUNNER: Final = Path(__file__).parents[1] / "servers" / "xstate"


def missing() -> str | None:
    """Why XState cannot be run here."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not (RUNNER / "node_modules" / "xstate").exists():
        return "run `npm ci` in tests/servers/xstate"
    return None


def portable(chart: Chart) -> Chart:
    """The chart without the few things that XState 5 decides otherwise than SCXML.

    XState keeps a parallel state when a transition goes from one of its regions to another, where
    SCXML leaves it (3.13: the innermost compound state stays); it asks no state outside of a
    parallel one for a transition if any of the regions has one, where SCXML asks for each region;
    and it enters states twice that a history brings back from inside. Actions cannot ask it what
    is active.
    """
    return replace(chart, root=_portable(survey(chart), places(chart)))


def _portable(place: Place, known: dict[str, Place]) -> State:
    state = place.state
    return replace(
        state,
        children=tuple(_portable(child, known) for child in place.children),
        entry=_told(state.entry),
        exit=_told(state.exit),
        transitions=tuple(
            replace(way, actions=_told(way.actions))
            for way in state.transitions
            if (way.target is None or _same(place, way, known[way.target]))
            and not _in_regions(place, way.event)
        ),
    )


def _in_regions(place: Place, event: str | None) -> bool:
    """Whether a region inside hears the event as well; each `done` is an event of its own."""
    return event != "done" and any(
        way.event == event
        for parallel in walk(place)
        if parallel.state.kind == "parallel"
        for region in parallel.children
        for inner in walk(region)
        for way in inner.state.transitions
    )


def _told(block: Block) -> Block:
    return tuple(action for action in block if not isinstance(action, Probe))


def _same(source: Place, way: Transition, target: Place) -> bool:
    around = {id(place.state): place for place in source.ancestors()}
    shared = next((place for place in target.ancestors() if id(place.state) in around), source)
    from_inside = target.state.history and target.parent and id(target.parent.state) in around
    stays = way.internal and source.state.kind == "parallel"
    return shared.state.kind != "parallel" and not from_inside and not stays


def case(chart: Chart, events: Sequence[str], folder: Path) -> dict[str, Any]:
    """A chart for the runner: its machine, what its expressions mean, its events."""
    file = folder / "chart.yaml"
    file.write_text(json.dumps(ours.as_flow(chart)), encoding="utf-8")
    return {
        "machine": json.loads(expand(file, "xstate")),
        "expressions": dict(_expressions(chart.root)),
        "events": [{"type": f"/{event}"} for event in events],
    }


def run(cases: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """For each case, what is active and what was said after the start and after each event."""
    lines = "".join(f"{json.dumps(each)}\n" for each in cases)
    done = subprocess.run(
        ["node", "run.mjs"], cwd=RUNNER, input=lines, capture_output=True, text=True, check=False,
        timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def _expressions(state: State) -> Iterator[tuple[str, list[Any]]]:
    for transition in state.transitions:
        if transition.guard is not None:
            yield ours.expression(transition.guard), _tree(transition.guard)
    for block in blocks(state):
        for action in block:
            if isinstance(action, Add):
                yield ours.sum_of(action), ["add", action.variable, action.amount, MODULUS]
    for child in state.children:
        yield from _expressions(child)


def _tree(guard: Guard) -> list[Any]:
    match guard:
        case In(state):
            return ["in", state]
        case Equals(variable, value):
            return ["equals", variable, value]
        case Not(inner):
            return ["not", _tree(inner)]
        case Both(left, right):
            return ["both", _tree(left), _tree(right)]

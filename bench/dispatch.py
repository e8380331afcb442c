"""What the dispatch of one event costs: our machine, the library's own classes, a bare table.

All three have the same 100 states in a ring and do the same a step: two guards of which the first
says no, and the callbacks of leaving, moving and entering.
"""

from collections.abc import Callable
from typing import Any, Final

from transitions import Machine

from bench.timing import in_turns, table
from engine.core.machine import LeanMachine

STATES: Final = 100
EVENT: Final = "go"


class Model:
    """What is moved: thrown away after each event, as the runs of flows are."""

    __slots__ = ("moves", "state")

    def __init__(self, state: str) -> None:
        self.state = state
        self.moves = 0


Callback = Callable[[Any], Any]


def never(_: Any) -> bool:  # noqa: ANN401 - a callback of three kinds of machines
    return False


def always(_: Any) -> bool:  # noqa: ANN401 - as above
    return True


def count(moved: Any) -> None:  # noqa: ANN401 - as above
    moved.model.moves += 1


def library(machine: type[Machine], **options: Any) -> Machine:  # noqa: ANN401 - the library's own options
    """The ring as a machine of the library, or of a class that derives from it."""
    names = [f"s{number}" for number in range(STATES)]
    states = [{"name": name, "on_enter": [count], "on_exit": [count]} for name in names]
    built = machine(states=states, **options)
    for source, dest in zip(names, [*names[1:], names[0]], strict=True):
        built.add_transition(EVENT, source, names[0], conditions=[never])
        built.add_transition(EVENT, source, dest, conditions=[always], before=[count])
    return built


class Table:
    """The ring written by hand: what no machine that calls its guards can beat."""

    def __init__(self) -> None:
        names = [f"s{number}" for number in range(STATES)]
        self.model = Model(names[0])
        self._rows: dict[str, list[tuple[str, Callback]]] = {
            source: [(names[0], never), (dest, always)]
            for source, dest in zip(names, [*names[1:], names[0]], strict=True)
        }

    def fire(self) -> bool:
        model = self.model = Model(self.model.state)
        for dest, guard in self._rows[model.state]:
            if guard(self):
                count(self)
                count(self)
                model.state = dest
                count(self)
                return True
        return False


def contestants() -> dict[str, Callable[[], object]]:
    lean = library(LeanMachine)
    stock = library(Machine, model=None, initial=None, auto_transitions=False, send_event=True)
    states = {"lean": "s0", "stock": "s0"}

    def run_lean() -> None:
        model = Model(states["lean"])
        lean.fire(model, EVENT)
        states["lean"] = model.state

    def run_stock() -> None:
        model = Model(states["stock"])
        stock.events[EVENT].trigger(model)
        states["stock"] = model.state

    return {"a table by hand": Table().fire, "LeanMachine": run_lean, "transitions": run_stock}


def report(*, rounds: int, calls: int) -> str:
    """The table of the dispatch alone."""
    measured = in_turns(contestants(), rounds=rounds, calls=calls)
    floor = measured["a table by hand"]
    rows = [
        [name, f"{one.best:.2f}", f"{one.median:.2f}", f"{one.ratio(floor):.1f}"]
        for name, one in measured.items()
    ]
    return table(("dispatch of one event", "min us", "median us", "x table"), rows)

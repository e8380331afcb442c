"""When the timers of a flow leave a state for sure."""

from collections.abc import Iterable, Iterator

from engine.classes import dataclass
from engine.compiler.context import duration
from engine.compiler.nodes import Fields, Node, Scalar
from engine.compiler.symbols import StateSource
from engine.core.nodes import BACK
from engine.diagnostics import Related
from engine.lint.written import Written, guard_of, target_of


@dataclass(frozen=True, slots=True)
class Clock:
    """A timer as it is written, with the time that it runs (ms)."""

    written: Written
    time: int

    @property
    def leaves(self) -> bool:
        """Whether it surely leaves its state when it fires."""
        for way in self.written.ways:
            target = target_of(way)
            inside = isinstance(way, Fields) and _true(way.get("internal"))
            if target is None or target.text == BACK or inside:
                return False
            if guard_of(way) is None:
                return True
        return False


def clocks(transitions: Iterable[Written]) -> dict[str, list[Clock]]:
    """The timers of fixed length among the transitions of a flow, by the path of their state."""
    found: dict[str, list[Clock]] = {}
    for one in transitions:
        time = duration(one.key.text) if one.group in ("after", "idle") else None
        if time is not None:
            found.setdefault(one.state.path, []).append(Clock(one, time))
    return found


def ended_before(state: StateSource, time: int, known: dict[str, list[Clock]]) -> Iterator[Clock]:
    """The `after` of a state and of those around it that leave it before this time has passed."""
    for outer in state.chain():
        for clock in known.get(outer.path, ()):
            if clock.written.group == "after" and clock.time < time and clock.leaves:
                yield clock


def leaves(clock: Clock) -> Related:
    """Where a timer stands that is due before."""
    key = clock.written.key
    return Related(key.place, "this leaves before", key.width)


def _true(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.value is True

"""A chart on python-statemachine, the independent engine: as far as possible its own semantics.

Where it departs from SCXML it is put right here, each point with a counter-example in
`test_peer.py` that shows the engine as it comes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from statemachine import State as PeerState
from statemachine import StateChart
from statemachine.engines.sync import SyncEngine
from statemachine.io import create_machine_class_from_definition

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
    Raise,
    Transition,
    places,
    survey,
    walk,
)
from tests.oracle.trace import MICROSTEPS_MAX, ROOT, Step, TooLong


class Engine(SyncEngine):
    """The engine with its departures from SCXML put right.

    - Atomic states choose in document order (appendix D: selectTransitions), not in the order in
      which they were entered.
    - A transition to a history runs its actions once, and not again when the state around the
      history is entered: what runs then are the actions of the history's own default transition
      (enterStates), and ours have none.
    - An internal transition of an atomic state to itself leaves it (3.13: its source is not
      compound, so it is as external).
    - A parallel state is done when its regions are, also where these are parallel themselves
      (3.7 asks for it of all children; the algorithm looks no further than two states up).
    - Only a final state at the top ends the machine, not a parallel one that is done.
    - A transition to a history leaves all that it enters. This is where the algorithm of SCXML's
      appendix D contradicts 3.13: from inside of what the history stands for, it would enter
      states that are active and that it has not left.
    """

    taken = 0

    def _prepare_entry_states(self, *given: Any) -> Any:  # noqa: ANN401 - untyped there
        order, defaults, _, configuration = super()._prepare_entry_states(*given)
        return order, defaults, {}, configuration

    def _handle_final_state(self, target: Any, given: Any) -> None:  # noqa: ANN401 - as above
        super()._handle_final_state(target, given)
        around = target.parent and target.parent.parent
        while around and around.parallel and self.is_in_final_state(around):
            around = around.parent
            if around and around.parallel and self.is_in_final_state(around):
                self.sm.raise_(f"done.state.{around.id}")

    def _check_root_final_state(self) -> None:
        pass

    def get_transition_domain(self, transition: Any) -> Any:  # noqa: ANN401 - as above
        source, targets = transition.source, transition.targets
        inside = all(target.is_descendant(source) for target in targets)
        if not targets or (transition.internal and source.is_compound and inside):
            return source if targets else None
        return self.find_lcca([source, *targets])

    def _select_transitions(self, trigger_data: Any, predicate: Any) -> Any:  # noqa: ANN401 - as above
        config = self.sm._config
        config.states = type(config.states)(sorted(config.states, key=_document_order))
        return super()._select_transitions(trigger_data, predicate)

    def microstep(self, transitions: Any, trigger_data: Any) -> Any:  # noqa: ANN401 - as above
        self.taken += 1
        if self.taken > MICROSTEPS_MAX:
            raise TooLong
        return super().microstep(transitions, trigger_data)


def _document_order(state: PeerState) -> int:
    return int(state.document_order)


class Run:
    """The variables and the journal of one run."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self.data = dict.fromkeys(chart.variables, 0)
        self.journal: list[str] = []
        self.begun = False

    def note(self, text: str) -> None:
        self.journal.append(" ".join([text, *map(str, self.data.values())]))

    def holds(self, guard: Guard, machine: StateChart) -> bool:
        match guard:
            case In(state):
                return _is_in(machine, state)
            case Equals(variable, value):
                return self.data[variable] == value
            case Not(inner):
                return not self.holds(inner, machine)
            case Both(left, right):
                return self.holds(left, machine) and self.holds(right, machine)

    def do(self, note: str, block: Block, machine: StateChart) -> None:
        self.note(note)
        for action in block:
            match action:
                case Raise(event):
                    machine.raise_(event)
                case Add(variable, amount):
                    self.data[variable] = (self.data[variable] + amount) % MODULUS
                case Probe(variable, state):
                    self.data[variable] = int(_is_in(machine, state))


def _is_in(machine: StateChart, path: str) -> bool:
    return _id(path) in {state.id for state in machine.configuration}


def _id(path: str) -> str:
    return path.rpartition(".")[2]


class Peer:
    """A chart as a class of the engine; it is run any number of times."""

    def __init__(self, chart: Chart, engine: type[SyncEngine] = Engine) -> None:
        self.chart = chart
        self.current: Run = Run(chart)
        self.places = places(chart)
        self.paths = {place.state.name: path for path, place in self.places.items()}
        self.finals: dict[str, Place] = {}
        self.root = survey(chart)
        self.numbers = {
            id(transition): number
            for number, transition in enumerate(
                transition for place in walk(self.root) for transition in place.state.transitions
            )
        }
        states = {
            child.state.name: self._state(child, top=True)
            for child in self.root.children
        }  # fmt: skip
        states[chart.root.initial or ""]["initial"] = True
        self.machine = create_machine_class_from_definition(
            "Peer", states, _get_engine=lambda machine: engine(machine),  # noqa: PLW0108 - a class would get no machine
            validate_disconnected_states=False, validate_trap_states=False,
            validate_final_reachability=False, catch_errors_as_events=False,
        )  # fmt: skip
        if engine is Engine:
            self._number()

    def _number(self) -> None:
        """States are numbered in document order (SCXML 3.13: entry and exit order)."""
        for number, place in enumerate(self.places.values(), 1):
            for state in self.machine.states_map.values():
                if state.id == place.state.name:
                    state.document_order = number

    def run(self, events: Sequence[str]) -> Iterator[Step]:
        """The beginning, then each event, up to the end.

        Raises:
            TooLong: an event caused too many microsteps.
        """
        self.current = Run(self.chart)
        machine = self.machine()
        yield self._step(machine)
        for event in events:
            if not machine._engine.running:
                return
            machine._engine.taken = 0
            machine.send(event)
            yield self._step(machine)

    def _step(self, machine: StateChart) -> Step:
        run = self.current
        leaves = frozenset({
            self.paths[state.id] for state in machine.configuration if not state.states
        })  # fmt: skip
        journal, run.journal = run.journal, []
        if machine._engine.running:
            return Step(journal, leaves, dict(run.data))
        # SCXML, appendix D, exitInterpreter: what is still active is left; the peer does not.
        (final,) = leaves
        run.do(f"exit {final}", self.places[final].state.exit, machine)
        run.do(f"exit {ROOT}", self.chart.root.exit, machine)
        return Step(journal + run.journal, ended=final)

    def _state(self, place: Place, *, top: bool = False) -> dict[str, Any]:
        state = place.state
        form: dict[str, Any] = {
            "enter": [
                self._entry(place) if top else self._block(f"enter {place.path}", state.entry)
            ],
            "exit": [self._block(f"exit {place.path}", state.exit)],
        }
        if state.kind in {"final", "parallel"}:
            form[state.kind] = True
        inner = [child for child in place.children if not child.state.history]
        ways = [self._way(state.name, transition) for transition in state.transitions]
        if inner:
            form["states"] = {child.state.name: self._state(child) for child in inner}
            if state.initial in form["states"]:
                form["states"][state.initial]["initial"] = True
            elif state.initial is not None:
                ways.insert(0, {"target": state.initial, "initial": True})
        histories = [child.state for child in place.children if child.state.history]
        if histories:
            form["history"] = {
                history.name: {
                    "type": history.kind,
                    "transitions": [{"target": _id(history.target or "")}],
                }
                for history in histories
            }
        if top and state.kind != "final":
            # The root of an SCXML document has no transitions; on each of its states they mean
            # the same, as exactly one of them is active.
            ways += [self._way("", transition) for transition in self.chart.root.transitions]
        if ways:
            form["transitions"] = ways
        return form

    def _way(self, state: str, transition: Transition) -> Mapping[str, Any]:
        event = f"done.state.{state}" if transition.event == "done" else transition.event
        way: dict[str, Any] = {
            "event": event,
            "target": None if transition.target is None else _id(transition.target),
            "internal": transition.internal,
            "on": self._block(f"take {self.numbers[id(transition)]}", transition.actions),
        }
        if transition.guard is not None:
            way["cond"] = self._guard(transition.guard)
        return way

    def _entry(self, place: Place) -> Callable[[StateChart], None]:
        """A state at the top; the first that is entered is preceded by the root."""

        def act(machine: StateChart) -> None:
            run = self.current
            if not run.begun:
                run.begun = True
                run.do(f"enter {ROOT}", self.chart.root.entry, machine)
            run.do(f"enter {place.path}", place.state.entry, machine)

        return act

    def _block(self, note: str, block: Block) -> Callable[[StateChart], None]:
        def act(machine: StateChart) -> None:
            self.current.do(note, block, machine)

        return act

    def _guard(self, guard: Guard) -> Callable[[StateChart], bool]:
        def decide(machine: StateChart) -> bool:
            return self.current.holds(guard, machine)

        return decide

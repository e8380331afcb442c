"""A session that stands in a state as if it had been entered: where a test begins."""

from collections.abc import Sequence

from engine.classes import dataclass
from engine.core import runs
from engine.core.activation import Activation, ActiveLeaf
from engine.core.configuration import entered, in_order
from engine.core.events import Event
from engine.core.faults import Fault
from engine.core.macrostep import Macrostep
from engine.core.moves import stand
from engine.core.outcome import Outcome
from engine.core.program import Program
from engine.core.runs import Unhandled
from engine.core.session import Link, Session
from engine.core.step import settle
from engine.core.timers import arm
from engine.core.values import Data


@dataclass(frozen=True, slots=True)
class Standing:
    """A run of a flow that stands in a state; `data` goes over the defaults."""

    flow: str
    state: str
    data: Data


def place(
    program: Program, session: Session, event: Event, now: int, stack: Sequence[Standing]
) -> Outcome:
    """Put runs of flows into states: timers armed, questions open, nothing said.

    `event` names the chat. Of several runs each is called by the one below, if that stands where it
    calls such a flow, or has interrupted it. What the uppermost state begins by itself (a call, an
    invoke) is begun; where that fails, the session stays as it was.
    """
    macrostep = Macrostep(program, session, event, now)
    macrostep.last_input = now
    for standing in stack:
        _stand(macrostep, standing)
    try:
        settle(macrostep)
    except Unhandled as unhandled:
        return runs.undo(macrostep, unhandled).outcome()
    return macrostep.outcome()


def _stand(macrostep: Macrostep, standing: Standing) -> None:
    flow = macrostep.program.flows[standing.flow]
    below = macrostep.top
    caller = _caller(below, flow.name)
    link: Link = "root" if below is None else "digress" if caller is None else "call"
    data = {**runs.literals(flow), **standing.data}
    model = macrostep.push(flow, link, data, caller.visit if caller else 0)
    try:
        runs.fill_in(macrostep, model)
    except Fault as fault:
        macrostep.fault(fault)
    states = flow.states
    stand(model, in_order(entered(states, {}, states[standing.state], None).values()))
    for node in model.active():
        arm(model, node)


def _caller(below: Activation | None, flow: str) -> ActiveLeaf | None:
    """The active state of the run below that calls a flow; it waits no more to do so."""
    for leaf in below.leaves if below else ():
        call = below.flow.states[leaf.state].call if below else None
        if leaf.waits and call is not None and call.flow == flow:
            leaf.waits = False
            return leaf
    return None

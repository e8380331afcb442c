"""A session that stands in a state as if it had been entered: where a test begins."""

from engine.core import runs
from engine.core.configuration import entered, in_order
from engine.core.events import Event
from engine.core.faults import Fault
from engine.core.macrostep import Macrostep
from engine.core.moves import stand
from engine.core.outcome import Outcome
from engine.core.program import Program
from engine.core.runs import Unhandled
from engine.core.session import Session
from engine.core.step import settle
from engine.core.timers import arm
from engine.core.values import Data


def place(
    program: Program, session: Session, event: Event, now: int, *, flow: str, state: str, data: Data
) -> Outcome:
    """Put a run of a flow into a state: timers armed, question open, nothing said.

    `event` names the chat; `data` stands over the defaults. What the state begins by itself (a
    call, an invoke) is begun; where that fails, the session stays as it was.
    """
    macrostep = Macrostep(program, session, event, now)
    macrostep.last_input = now
    model = macrostep.push(
        program.flows[flow], "root", {**runs.literals(program.flows[flow]), **data}
    )
    try:
        runs.fill_in(macrostep, model)
    except Fault as fault:
        macrostep.fault(fault)
    states = model.flow.states
    stand(model, in_order(entered(states, {}, states[state], None).values()))
    for node in model.active():
        arm(model, node)
    try:
        settle(macrostep)
    except Unhandled as unhandled:
        return runs.undo(macrostep, unhandled).outcome()
    return macrostep.outcome()

"""Beginning one flow for many: what the event `begin` does to each session that it comes to.

The shell makes such an event for every session (`beginning`), asks whether it concerns it
(`concerns`), and if so applies it as any other. A run of a broadcast has a number that only rises;
it is the order of its events, so that a session needs to remember the last one only.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from engine.core import runs
from engine.core.access import RIGHTS
from engine.core.company import home
from engine.core.events import BEGIN, Event
from engine.core.expr import Expression, compile_expression
from engine.core.faults import Fault
from engine.core.macrostep import Macrostep
from engine.core.schedules import POSTPONED
from engine.core.session import Plan, Session
from engine.errors import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.core.program import Program
    from engine.core.scope import Scope
    from engine.core.values import Value

SOURCE: Final = "broadcast"
"""What the ids of such events begin with: `broadcast:<run>`."""
UNNAMED: Final = ""
"""The name of what waits because something else runs: no flow can give it."""
CONDITIONS: Final = 64
"""Most conditions of broadcasts by hand that are kept compiled."""


def beginning(session: Session, run: int, what: "Mapping[str, Value]", now: int) -> Event | None:
    """The event of a broadcast for a session; none where it has no chat to begin in.

    `what` holds the flow's name as `flow`, and `trigger`, the key of a timed trigger, or `where`, a
    condition's source, if there is one.
    """
    chat = home(session)
    if chat is None or not session.started or session.away:
        return None
    return Event(f"{SOURCE}:{run}", BEGIN, session.id, chat, now, run, extra=what)


def concerns(program: "Program", session: Session, event: Event, now: int) -> bool:
    """Whether a broadcast is meant for a session, as it is now.

    Raises:
        Fault: the condition fails.
    """
    flow = program.flows.get(_word(event, "flow"))
    if flow is None or session.shared is not (flow.per == "chat"):
        return False
    if program.access.refuses(session.id) and not session.shared:
        return False
    condition: Callable[[Scope], Value] | None
    where, key = _word(event, "where"), _word(event, "trigger")
    if key:
        trigger = program.timed.get(key)
        if trigger is None:
            return False
        condition = trigger.selects
    else:
        condition = condition_of(where) if where else None
    return condition is None or bool(condition(Macrostep(program, session, event, now).bot))


@lru_cache(CONDITIONS)
def condition_of(source: str) -> Expression:
    """A condition that was given by hand; it reads `user`, `session` and `now`.

    Raises:
        StatechatError: it is no expression.
    """
    return compile_expression(source, Place("--where", 1, 1), computed=RIGHTS)


def begin(macrostep: Macrostep) -> bool:
    """Begin the flow if the person is concerned; false where nothing was done."""
    event = macrostep.event
    try:
        if not concerns(macrostep.program, macrostep.session, event, macrostep.now):
            return False
    except Fault as fault:
        macrostep.log_fault(fault)
        return False
    flow = macrostep.program.flows[_word(event, "flow")]
    if runs.has_to_wait(macrostep, flow):
        macrostep.note("schedule:postponed", flow.name)
        try:
            macrostep.arm_plan(Plan(UNNAMED, flow.name), macrostep.now + POSTPONED)
        except Fault as fault:
            macrostep.log_fault(fault)
    else:
        runs.begin_by_itself(macrostep, flow, {})
    return True


def _word(event: Event, key: str) -> str:
    found = event.extra.get(key) if event.extra else None
    return found if isinstance(found, str) else ""

"""What a chat of several persons sets of the one who acts (`user.x`): it is told to their session.

The chat's own session only sees a snapshot of it, which holds what is set from then on within the
step. The rest of the world sees it when the person's session has taken it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from engine.core.activation import checked
from engine.core.effects import Tell
from engine.core.faults import Fault
from engine.core.values import Value

if TYPE_CHECKING:
    from engine.core.events import Event
    from engine.core.inputs import Variable
    from engine.core.macrostep import Macrostep
    from engine.core.program import Program

SET: Final = "user"
"""What such a telling holds: values by the names of variables."""


def tell(macrostep: "Macrostep", values: Mapping[str, Value]) -> None:
    """Plan that the person who acts is told what was set."""
    to, at_chat = macrostep.event.person, macrostep.at_chat
    macrostep.effects.append(Tell(macrostep.new_id(), at_chat, to, at_chat, None, {SET: values}))


def told(event: "Event") -> Mapping[str, Value] | None:
    """What a chat has set, where that is what an event tells."""
    values = (event.extra or {}).get(SET)
    return values if isinstance(values, Mapping) else None


def take(macrostep: "Macrostep", values: Mapping[str, Value]) -> None:
    """Keep what a chat has set, as far as the bot still knows it so."""
    for name, value in values.items():
        variable = _declared(macrostep.program, name)
        if variable is None:
            macrostep.note("user:gone", name, level="warning")
            continue
        try:
            checked(variable, value, None)
        except Fault as fault:
            macrostep.log_fault(fault)
        else:
            macrostep.own_user()[name] = value


def _declared(program: "Program", name: str) -> "Variable | None":
    known = (flow.variables.get(name) for flow in program.flows.values())
    return next((one for one in known if one is not None and one.scope == "user"), None)

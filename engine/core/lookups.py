"""What is looked up in the records before an event begins a flow.

The step cannot look by itself. Where an event would begin a flow with `lookup`, the step changes
nothing and says what it wants to know (`Outcome.wants`). It is given the same event again with what
was found, and comes to the same place. So an event for which nothing is found costs a look at the
records, and no write.
"""

from collections.abc import Sequence

from engine.core.events import Event
from engine.core.faults import Fault
from engine.core.macrostep import Macrostep
from engine.core.outcome import Wanted
from engine.core.program import Flow


class Unknown(Exception):  # noqa: N818 - a question, and no error
    """The step cannot go on before it knows what is wanted."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted.key)
        self.wanted = wanted


def lets_begin(macrostep: Macrostep, flow: Flow, event: Event, *, surely: bool) -> bool:
    """Have `turn.found` for a flow that an event triggers; false where it does not begin for that.

    `surely` says that the event means this flow whatever is found: it is a command, or a text with
    its pattern.

    Raises:
        Unknown: it was not looked up yet.
    """
    if flow.lookup is None:
        return True
    try:
        args = {name: evaluate(macrostep.bot) for name, evaluate in flow.lookup.items()}
    except Fault as fault:
        macrostep.log_fault(fault)
        return surely
    key = f"{flow.name} {event.id}"
    found = (event.found or {}).get(key)
    if found is None:
        raise Unknown(Wanted(key, args, event.person, event.chat))
    macrostep.own_turn()["found"] = found
    assert isinstance(found, Sequence)
    return surely or len(found) > 0

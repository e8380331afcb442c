"""Which flow a person's event begins: by its trigger, or by a button below a message."""

from engine.core import company, lookups, runs
from engine.core.events import TEXT, Event
from engine.core.holding import hold
from engine.core.macrostep import Macrostep
from engine.core.offers import Meant, use


def take_up(macrostep: Macrostep, event: Event, chosen: Meant) -> None:
    """Begin the flow of a button, whatever runs; while an action works, it is kept for later."""
    flow = macrostep.program.flows.get(chosen.button.flow)
    if flow is None or not company.may_begin(flow, event):
        macrostep.note("step:old_button", macrostep.redacted(chosen.button.id))
        macrostep.tell(macrostep.program.texts.old_button)
    elif macrostep.working:
        hold(macrostep, event)
    else:
        macrostep.own_turn()["choice"] = chosen.button.id
        lookups.lets_begin(macrostep, flow, event, surely=True)
        if runs.begin_offered(macrostep, flow, chosen.button.given):
            use(macrostep, chosen)
        else:
            macrostep.note("step:fallback", event.name)
            macrostep.tell(macrostep.program.texts.fallback)


def triggers(macrostep: Macrostep, event: Event) -> bool:
    """Begin the flow that the event triggers, if its `lookup` and its `when_busy` let it."""
    flows = macrostep.program.flows
    name, surely = _triggered(macrostep, event)
    if name is None or not company.may_begin(flows[name], event):
        return False
    if not lookups.lets_begin(macrostep, flows[name], event, surely=surely):
        return False
    return runs.begin_triggered(macrostep, name)


def _triggered(macrostep: Macrostep, event: Event) -> tuple[str | None, bool]:
    """The flow that an event means: by its name, or by a pattern found in its text.

    With it, whether it surely does, as commands and patterns do: `text` means anything. Patterns
    come first where `text` is only for what the records know.
    """
    program = macrostep.program
    name = program.triggers.get(event.name)
    if event.name == TEXT and (name is None or program.flows[name].lookup is not None):
        for pattern, flow in program.patterns:
            if not company.may_begin(program.flows[flow], event):
                continue
            groups = pattern.search(event.text or "")
            if groups is not None:
                macrostep.own_turn()["match"] = groups
                return flow, True
    return name, event.name.startswith("/")

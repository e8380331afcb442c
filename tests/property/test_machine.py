"""The lean machine does what the stock machine of `transitions` does, callback by callback."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from transitions.core import EventData, Machine, MachineError

from engine.core.machine import LeanMachine

STATES = ("a", "b", "c", "d")
EVENTS = ("go", "stop", "turn")
MACHINE_HOOKS = (
    "prepare_event",
    "before_state_change",
    "after_state_change",
    "finalize_event",
    "on_exception",
    "on_final",
)
NESTED_MAX = 8
"""Most events that the callbacks of one run trigger, lest they do so for ever."""


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> Iterator[None]:
    """The stock machine writes a line at every callback, and most of a run's time goes there."""
    logger = logging.getLogger("transitions")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


class CallbackError(Exception):
    """A callback that fails."""


class Stop(BaseException):
    """What is no `Exception`, such as a cancellation."""


@dataclass
class Model:
    """What both machines move, and the journal of what was called on the way."""

    state: str
    journal: list[object] = field(default_factory=list)
    nested: int = 0


Act = type[BaseException] | str | None
"""What a callback does beside its entry: raise, trigger an event, or nothing."""


@dataclass(frozen=True)
class Hook:
    """A callback, or a condition that gives `answer`."""

    name: str
    act: Act = None
    answer: object = None

    def __call__(self, data: EventData) -> object:
        model = data.model
        model.journal.append(
            (
                self.name,
                model.state,
                data.state.name,
                data.event.name,
                data.transition and (data.transition.source, data.transition.dest),
                type(data.error),
                data.result,
                data.args,
                data.kwargs,
            )
        )
        if isinstance(self.act, str) and model.nested < NESTED_MAX:
            model.nested += 1
            model.journal.append(("nested", data.machine.events[self.act].trigger(model, "nested")))
        elif isinstance(self.act, type):
            raise self.act(self.name)
        return self.answer


ACTS: Sequence[Act] = [None] * 12 + [CallbackError, Stop, *EVENTS]
# Conditions of the library are compared with true and false: 1 is true, "yes" is neither.
ANSWERS = [True, True, True, False, 1, 0, 1.0, "yes", "", None]


@dataclass(frozen=True)
class Drawn:
    """The options of a machine, drawn from one number: a drawing a callback would take too long."""

    random: Random

    def hooks(self, name: str, acts: Sequence[Act] = ACTS) -> list[Hook]:
        pick = self.random.choice
        count = self.random.randint(0, 2)
        return [Hook(f"{name}.{n}", pick(acts), pick(ANSWERS)) for n in range(count)]

    def state(self, name: str) -> dict[str, Any]:
        return {
            "name": name,
            "on_enter": self.hooks(f"enter {name}"),
            "on_exit": self.hooks(f"exit {name}"),
            "ignore_invalid_triggers": self.random.choice([None, None, True, False]),
            "final": self.random.choice([True, False]),
        }

    def transition(self, index: int) -> dict[str, Any]:
        kinds = ("prepare", "conditions", "unless", "before", "after")
        return {
            "trigger": self.random.choice(EVENTS),
            "source": self.random.choice([*STATES, "*", ["a", "b"]]),
            "dest": self.random.choice([*STATES, "=", None]),
            **{kind: self.hooks(f"{kind} {index}") for kind in kinds},
        }

    def machine(self) -> dict[str, Any]:
        """Only faults of `finalize_event` are left to a test of their own."""
        heard = [self.transition(index) for index in range(self.random.randint(1, 8))]
        quiet: Sequence[Act] = [None]
        return {
            "name": "m",
            "states": [self.state(name) for name in STATES],
            # Every event exists, so that a callback can trigger each.
            "transitions": [*heard, *({"trigger": e, "source": "d", "dest": "a"} for e in EVENTS)],
            "ignore_invalid_triggers": self.random.choice([None, True, False]),
            **{
                hook: self.hooks(hook, quiet if hook == "finalize_event" else ACTS)
                for hook in MACHINE_HOOKS
            },
        }


machines = st.integers(0, 2**32).map(lambda seed: Drawn(Random(seed)).machine())


Run = Callable[[Model, str], object]


def stock(options: dict[str, Any]) -> Run:
    machine = Machine(
        model=None, initial=None, auto_transitions=False, send_event=True, **copied(options)
    )
    return lambda model, event: machine.events[event].trigger(model, 1, word="w")


def lean(options: dict[str, Any]) -> Run:
    machine = LeanMachine(**copied(options))
    return lambda model, event: machine.events[event].trigger(model, 1, word="w")


def copied(options: dict[str, Any]) -> dict[str, Any]:
    """The library writes defaults into the description of a state that it is given."""
    return {**options, "states": [dict(state) for state in options["states"]]}


def outcome(run: Run, start: str, events: Sequence[str]) -> list[object]:
    """Everything that can be seen of a machine: its journal, results, refusals, and states."""
    model = Model(start)
    for event in events:
        try:
            model.journal.append(("result", run(model, event)))
        except (CallbackError, Stop, MachineError) as error:
            model.journal.append(("raised", type(error), str(error)))
        model.journal.append(("state", model.state))
    return model.journal


@settings(max_examples=400, deadline=None)
@given(machines, st.sampled_from(STATES), st.lists(st.sampled_from(EVENTS), max_size=6))
def test_it_calls_answers_and_refuses_as_the_stock_machine_does(
    options: dict[str, Any], start: str, events: list[str]
) -> None:
    assert outcome(lean(options), start, events) == outcome(stock(options), start, events)


def bare(*described: dict[str, Any], **options: object) -> dict[str, Any]:
    return {
        "states": [{"name": name} for name in STATES],
        "transitions": list(described),
        **options,
    }


@example(answer="yes", wanted=True)
@example(answer=None, wanted=False)
@given(answer=st.sampled_from(ANSWERS), wanted=st.booleans())
def test_a_condition_is_compared_as_the_library_compares_it(
    *, answer: object, wanted: bool
) -> None:
    kind = "conditions" if wanted else "unless"
    options = bare({"trigger": "go", "source": "a", "dest": "b", kind: Hook("c", answer=answer)})

    assert outcome(lean(options), "a", ["go"]) == outcome(stock(options), "a", ["go"])


def test_the_first_transition_whose_conditions_hold_is_taken_and_no_other() -> None:
    options = bare(
        {"trigger": "go", "source": "a", "dest": "b", "conditions": Hook("no", answer=False)},
        {"trigger": "go", "source": "a", "dest": "c", "conditions": Hook("yes", answer=True)},
        {"trigger": "go", "source": "a", "dest": "d", "conditions": Hook("late", answer=True)},
    )
    model = Model("a")

    assert lean(options)(model, "go") is True
    assert model.state == "c"
    assert [entry[0] for entry in model.journal if isinstance(entry, tuple)] == ["no", "yes"]


def test_callbacks_come_in_the_order_that_the_library_promises() -> None:
    kinds = ("prepare", "conditions", "before", "after")
    step = {kind: Hook(kind, answer=True) for kind in kinds}
    options = bare(
        {
            "trigger": "go",
            "source": "a",
            "dest": "b",
            "unless": Hook("unless", answer=False),
            **step,
        },
        **{hook: Hook(hook) for hook in MACHINE_HOOKS},
    )
    options["states"] = [
        {"name": "a", "on_exit": Hook("exit")},
        {"name": "b", "on_enter": Hook("enter"), "final": True},
    ]
    model = Model("a")
    lean(options)(model, "go")

    assert [(entry[0], entry[1]) for entry in model.journal if isinstance(entry, tuple)] == [
        ("prepare_event", "a"),
        ("prepare", "a"),
        ("conditions", "a"),
        ("unless", "a"),
        ("before_state_change", "a"),
        ("before", "a"),
        ("exit", "a"),
        ("enter", "b"),
        ("on_final", "b"),
        ("after", "b"),
        ("after_state_change", "b"),
        ("finalize_event", "b"),
    ]


def test_a_fault_of_finalize_event_is_raised_where_the_stock_machine_swallows_it() -> None:
    options = bare(
        {"trigger": "go", "source": "a", "dest": "b"}, finalize_event=Hook("last", CallbackError)
    )

    assert outcome(stock(options), "a", ["go"])[-2:] == [("result", True), ("state", "b")]
    with pytest.raises(CallbackError):
        lean(options)(Model("a"), "go")


def test_fire_leaves_alone_what_a_state_does_not_hear() -> None:
    machine = LeanMachine(**bare({"trigger": "go", "source": "a", "dest": "b"}))
    model = Model("b")

    assert machine.fire(model, "go") is False
    assert machine.fire(model, "unheard of") is False
    assert model.state == "b"


def test_fire_takes_the_transition_that_trigger_takes() -> None:
    refused = {"trigger": "stop", "source": "b", "dest": "c", "unless": Hook("u", answer=True)}
    machine = LeanMachine(**bare({"trigger": "go", "source": "a", "dest": "b"}, refused))
    model = Model("a")

    assert machine.fire(model, "go") is True
    assert model.state == "b"
    assert machine.fire(model, "stop") is False
    assert model.state == "b"


def test_one_machine_moves_many_models_and_holds_none() -> None:
    machine = LeanMachine(**bare({"trigger": "go", "source": "a", "dest": "b"}))
    moved, left = Model("a"), Model("a")
    machine.fire(moved, "go")

    assert (moved.state, left.state) == ("b", "a")
    assert machine.models == []

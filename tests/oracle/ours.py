"""A chart as a flow, run by `step` through its stored form after every event."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.compiler.bot import load
from engine.core.program import Program
from engine.core.session import Frame
from engine.testing.conversation import Conversation
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
    survey,
    walk,
)
from tests.oracle.trace import ROOT, Step

NOW = 1_767_614_400_000
UNHEARD = "(unheard)"
"""What the bot says where nobody hears the event; it is no part of the journal."""


def as_flow(chart: Chart) -> dict[str, Any]:
    """The flow that means the chart; every action is preceded by what the journal says of it."""
    root = survey(chart)
    numbers = {
        id(transition): number
        for number, transition in enumerate(
            transition for place in walk(root) for transition in place.state.transitions
        )
    }
    values = " ".join(f"{{{name}}}" for name in chart.variables)
    flow: dict[str, Any] = {
        "flow": "chart",
        "triggers": ["/start"],
        "data": {name: {"type": "int", "default": 0} for name in chart.variables},
        **_Writer(numbers, values).state(root),
    }
    # A state with no way on would be a fault of the flow, and a flow hears only names that it
    # raises itself: this transition is for an event that never comes.
    internal = sorted(name for name in chart.events if name.startswith("i"))
    never = [{"say": "never"}, *({"raise": name} for name in internal)]
    flow["on"] = {**flow.get("on", {}), "/never": {"actions": never}}
    return flow


class _Writer:
    def __init__(self, numbers: dict[int, int], values: str) -> None:
        self.numbers = numbers
        self.values = values

    def state(self, place: Place) -> dict[str, Any]:
        state = place.state
        if state.history:
            form: dict[str, Any] = {"type": "history", "target": state.target}
            return {**form, "deep": True} if state.kind == "deep" else form
        form = {"entry": self._block(f"enter {place.path or ROOT}", state.entry)}
        form["exit"] = self._block(f"exit {place.path or ROOT}", state.exit)
        if state.kind in {"final", "parallel"}:
            form["type"] = state.kind
        if state.initial is not None:
            form["initial"] = state.initial
        on: dict[str, list[Any]] = {}
        for transition in state.transitions:
            way = self._way(transition)
            if transition.event is None:
                form.setdefault("always", []).append(way)
            else:
                on.setdefault(_heard(transition.event), []).append(way)
        if on:
            form["on"] = on
        if place.children:
            form["states"] = {child.state.name: self.state(child) for child in place.children}
        return form

    def _way(self, transition: Transition) -> dict[str, Any]:
        note = f"take {self.numbers[id(transition)]}"
        way: dict[str, Any] = {"actions": self._block(note, transition.actions)}
        if transition.target is not None:
            way["target"] = transition.target
        if transition.internal:
            way["internal"] = True
        if transition.guard is not None:
            way["guard"] = expression(transition.guard)
        return way

    def _block(self, note: str, block: Block) -> list[Any]:
        return [{"say": f"{note} {self.values}".rstrip()}, *map(_action, block)]


def _heard(event: str) -> str:
    return f"/{event}" if event.startswith("e") else event


def _action(action: Add | Probe | Raise) -> dict[str, Any]:
    if isinstance(action, Raise):
        return {"raise": action.event}
    if isinstance(action, Add):
        return {"set": {action.variable: sum_of(action)}}
    return {"set": {action.variable: f"1 if in_state('{action.state}') else 0"}}


def sum_of(action: Add) -> str:
    return f"({action.variable} + {action.amount}) % {MODULUS}"


def expression(guard: Guard) -> str:
    match guard:
        case In(state):
            return f"in_state('{state}')"
        case Equals(variable, value):
            return f"{variable} == {value}"
        case Not(inner):
            return f"not ({expression(inner)})"
        case Both(left, right):
            return f"({expression(left)}) and ({expression(right)})"


def compiled(chart: Chart, folder: Path) -> Program:
    """Written down, and compiled as any bot."""
    (folder / "chart.yaml").write_text(json.dumps(as_flow(chart)), encoding="utf-8")
    (folder / "bot.yaml").write_text(f"texts: {{fallback: '{UNHEARD}'}}\n", encoding="utf-8")
    return load(folder).program


def run(program: Program, events: Sequence[str]) -> Iterator[Step]:
    """The beginning, then each event, up to the end."""
    talk = Conversation(program, now=NOW)
    for event in ("start", *events):
        talk.type(f"/{event}")
        journal = [message.text for message in talk.said if message.text != UNHEARD]
        talk.said.clear()
        if talk.active is None:
            yield Step(journal, ended=talk.endings[-1].state)
            return
        data = {name: value for name, value in talk.active.data.items() if type(value) is int}
        yield Step(journal, leaves(talk.active), data)


def leaves(frame: Frame) -> frozenset[str]:
    """Paths of the active atomic states of a run."""
    return frozenset(leaf.state for leaf in frame.leaves)

"""What `statechat expand --format xstate` prints runs in XState, and gives the same states."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import flows
from engine.compiler.bot import load
from engine.compiler.expand import expand
from tests.oracle import generate, xstate
from tests.oracle.compare import Expected, compare, expected
from tests.unit.core.flow_fixture import Talk, failed, talk, write

SHIPPED = Path(flows.__path__[0])
CHARTS = 100
pytestmark = pytest.mark.skipif(xstate.missing() is not None, reason=str(xstate.missing()))

Move = tuple[Callable[[Talk], object], dict[str, Any]]
"""What happens in ours, and the event of the core form that it is."""


def typed(text: str, event: str) -> Move:
    return lambda chat: chat.hear(text), {"type": event}


def press(choice: str) -> Move:
    return lambda chat: chat.tap(choice), {"type": f"answer.{choice}"}


def wait(time: str, event: dict[str, Any]) -> Move:
    return lambda chat: chat.after(time), event


DONE: Move = (lambda chat: chat.finish("R1"), {"type": "invoke.done"})
DECLINED: Move = (
    lambda chat: chat.finish(failure=failed("declined").failure),
    {"type": "invoke.error", "true": ['error.code == "declined"']},
)
BROKEN: Move = (lambda chat: chat.finish(failure=failed("odd").failure), {"type": "invoke.error"})

ORDERED = [
    press("margherita"), typed("2", "answer"), typed("done", "answer"),
    typed("Ring 1, Vienna", "answer"), typed("skip", "skip"), typed("ann@example.org", "answer"),
]  # fmt: skip
REGISTERED = [typed("Ann", "answer"), typed("40", "answer"), press("berlin")]
STORIES: dict[str, tuple[str, list[Move], str]] = {
    "an order that is paid": ("order/order", [*ORDERED, press("pay"), DONE], "paid"),
    "an order that is declined, and paid then": (
        "order/order", [*ORDERED, press("pay"), DECLINED, press("again"), DONE], "paid",
    ),
    "an order that breaks": ("order/order", [*ORDERED, press("pay"), BROKEN], "unpaid"),
    "an order that is changed and cancelled": (
        "order/order", [*ORDERED, press("change"), typed("/cancel", "/cancel")], "cancelled",
    ),
    "an order that is forgotten": (
        "order/order",
        [press("marinara"), wait("15m", {"type": "idle.15m"}), wait("2h", {"type": "idle.2h"})],
        "expired",
    ),
    "a registration without an address": (
        "registration/registration",
        [*REGISTERED, typed("/skip", "final.skipped"), press("yes"), DONE], "welcome",
    ),
    "a registration that somebody gives up": (
        "registration/registration",
        [*REGISTERED, typed("/skip", "final.skipped"), press("change"), typed("Bob", "answer"),
         typed("/cancel", "/cancel")], "cancelled",
    ),
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
def test_a_shipped_flow_goes_through_the_same_states_in_xstate(story: str) -> None:
    flow, moves, end = STORIES[story]
    chat = Talk(load(SHIPPED / f"{flow}.yaml"))
    chat.by_hand = True
    chat.hear("/start")
    machine = json.loads(expand(SHIPPED / f"{flow}.yaml", "xstate"))
    assert _same(chat, machine, moves) == end


PICNIC = """
triggers: [/start]
data: {dish: {type: text}, people: {type: int}}
states:
  plan:
    type: parallel
    on: {done: asked, /pause: paused}
    states:
      food: {initial: dish, states: {dish: {ask: Dish?, next: chosen}, chosen: {type: final}}}
      guests: {initial: people, states: {people: {ask: How many?, next: end}, end: {type: final}}}
      where: {type: history, deep: true}
  paused:
    on: {/go: plan.where}
    after: {10m: plan.where}
  asked: {after: [{after: "60", target: over}], on: {/again: plan}}
  over: {type: final}
"""


def test_parallel_states_history_and_timers_are_those_of_xstate(tmp_path: Path) -> None:
    moves: list[Move] = [
        typed("4", "answer"), typed("/pause", "/pause"), typed("/go", "/go"),
        typed("/pause", "/pause"), wait("10m", {"wait": 600_000}), typed("Soup", "answer"),
        wait("1m", {"wait": 60_000}),
    ]  # fmt: skip
    chat = talk(tmp_path, PICNIC)
    chat.hear("/start")
    machine = json.loads(expand(tmp_path / "main.yaml", "xstate"))
    # Both questions are answered by an event `answer`: whoever sends it says which one.
    for state, region in (("guests", "people"), ("food", "dish")):
        on = machine["states"]["plan"]["states"][state]["states"][region]["on"]
        on[f"answer.{region}"] = on.pop("answer.*")
    moves[0] = (moves[0][0], {"type": "answer.people"})
    moves[5] = (moves[5][0], {"type": "answer.dish"})
    assert _same(chat, machine, moves) == "over"


def _same(chat: Talk, machine: dict[str, Any], moves: list[Move]) -> str:
    """Play it on both sides and hold the active states against each other; the final state."""
    ours = [{leaf.state for leaf in chat.top.leaves}]
    for act, _ in moves:
        act(chat)
        active = chat.active
        ours.append({leaf.state for leaf in active.leaves} if active else {chat.endings[-1].state})
    case = {"machine": machine, "expressions": {}, "events": [event for _, event in moves]}
    (steps,) = xstate.run([case])
    # A flow that is called stands in its own states here, and in the calling state in XState.
    assert [set(step["leaves"]) for step in steps] == [
        states if states & _paths(machine) else {"address"} for states in ours
    ]
    assert steps[-1]["done"]
    assert chat.active is None
    return str(steps[-1]["leaves"][0])


def _paths(node: dict[str, Any], at: str = "") -> set[str]:
    found = set()
    for name, inner in node.get("states", {}).items():
        path = f"{at}.{name}" if at else name
        found |= {path} | _paths(inner, path)
    return found


def test_random_charts_give_the_same_states_and_the_same_order_in_xstate(tmp_path: Path) -> None:
    cases, wanted = [], []
    for seed in range(40_000, 40_000 + CHARTS):
        chart = xstate.portable(generate.chart(seed))
        events = generate.events(chart)
        known = expected(chart, events)
        if not known.endless:
            assert compare(chart, events, known).difference is None
            cases.append(xstate.case(chart, events, tmp_path))
            wanted.append(known)
    assert len(wanted) > CHARTS * 0.8
    for seed, (known, steps) in enumerate(zip(wanted, xstate.run(cases), strict=True)):
        assert _shown(known) == [(*_of(step), step["journal"]) for step in steps], seed


def _shown(known: Expected) -> list[tuple[set[str], bool, list[str]]]:
    return [
        (
            set(step.leaves) if step.ended is None else {step.ended},
            step.ended is not None,
            step.journal,
        )
        for step in known.steps
    ]


def _of(step: dict[str, Any]) -> tuple[set[str], bool]:
    return set(step["leaves"]), step["done"]


def test_where_xstate_decides_otherwise_is_where_the_charts_are_cut(tmp_path: Path) -> None:
    """Should XState come to decide as SCXML does, `portable` can let more through."""
    machine = write(
        tmp_path, "main.yaml",
        """
        flow: main
        triggers: [/start]
        initial: both
        states:
          both:
            type: parallel
            exit: [{say: left}]
            on: {/all: {say: outer}}
            states:
              a: {initial: a1, states: {a1: {on: {/across: both.b.b2, /all: {say: inner}}}}}
              b: {initial: b1, states: {b1: {}, b2: {}}}
        """,
    )  # fmt: skip
    events = [{"type": "/all"}, {"type": "/across"}]
    case = {"machine": json.loads(expand(machine, "xstate")), "expressions": {}, "events": events}
    (steps,) = xstate.run([case])
    assert [step["journal"] for step in steps] == [[], ["inner"], []]
    chat = Talk(load(machine))
    assert [chat.hear("/start"), chat.hear("/all"), chat.hear("/across")] == [
        [], ["inner", "outer"], ["left"],
    ]  # fmt: skip

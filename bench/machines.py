"""The same event in other engines: read a stored document, two guards, a value, a text, write it.

All read and write the same text of about a kilobyte. The others keep a plain dictionary, which is
all that `json` has to do for them; ours is the whole session with its frames and questions.
"""

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from transitions import Machine

from bench import chart
from bench.timing import Measured, in_turns, machine, table
from engine.compiler.bot import load
from engine.core.events import Event
from engine.core.program import Program
from engine.core.session import Session
from engine.core.step import step
from engine.core.values import Data
from engine.stores import sqlite
from engine.stores.protocol import Record

FLOW: Final = Path(__file__).parent / "flows" / "plain.yaml"
XSTATE: Final = Path(__file__).parent.parent / "tests" / "servers" / "xstate"
"""Where `npm ci` installs it."""
OURS: Final = "Statechat: decode, step, encode"
FLOOR: Final = "our codec alone"
JSON: Final = "json alone"
SLOWER: Final = 10
"""How many times fewer calls what takes hundreds of microseconds gets."""
CHAT: Final = "100000001"
OWNER: Final = f"plain/telegram:{CHAT}"

Ways = dict[str, Callable[[], object]]


def plain(program: Program, user: Data) -> tuple[str, Event]:
    """The stored record that is measured, and the event that it meets."""
    start = Event("telegram:1", "/start", OWNER, CHAT, 1_790_000_000_000, 1)
    go = replace(start, id="telegram:2", name="/go", at=start.at + 1_000, order=2)
    session = Session(OWNER, 7, incarnation="0123456789abcdef", started=start.at, user=user)
    began = step(program, session, start, start.at).session
    seen = {f"telegram:{90_000_000 + number}": 90_000_000 + number for number in range(15)}
    return encode(Record(replace(began, rev=8), seen)), go


def decode(text: str, owner: str) -> Record:
    """The record of a stored document, as the SQLite store reads it."""
    return sqlite._record(owner, text)  # noqa: SLF001 - what is measured is the store's own codec


def encode(record: Record) -> str:
    """The stored document of a record, as the SQLite store writes it."""
    text = sqlite._row(record)[3]  # noqa: SLF001 - as above
    assert isinstance(text, str)
    return text


def ours(program: Program, text: str, event: Event) -> Ways:
    def whole() -> str:
        record = decode(text, OWNER)
        outcome = step(program, record.session, event, event.at)
        assert outcome.effects
        return encode(Record(outcome.session, record.seen))

    def floor() -> str:
        return encode(decode(text, OWNER))

    return {OURS: whole, FLOOR: floor, JSON: lambda: json.dumps(json.loads(text))}


class Model:
    """What the machines move. `document` is what was read, `said` what was answered."""

    def __init__(self, text: str) -> None:
        self.document: dict[str, Any] = json.loads(text)
        self.document.setdefault("count", 0)
        self.state: str = self.document.get("state", "here")
        self.said = ""

    def many(self) -> bool:
        return bool(self.document["count"] > 1000)

    def some(self) -> bool:
        return bool(self.document["count"] >= 0)

    def count(self) -> None:
        self.document["count"] += 1
        self.said = f"Step {self.document['count']}."

    def stored(self) -> str:
        self.document["state"] = self.state
        return json.dumps(self.document)


def transitions_way(text: str) -> Callable[[], str]:
    """The stock classes, one machine for all; the model is thrown away, as ours are."""
    shared = Machine(
        model=None, states=["here", "there"], initial="here", auto_transitions=False,
        send_event=True,
    )  # fmt: skip

    def asks(name: str) -> Callable[[Any], Any]:
        return lambda data: getattr(data.model, name)()

    shared.add_transition("go", "here", "here", conditions=[asks("many")])
    shared.add_transition("go", "here", "there", conditions=[asks("some")], before=[asks("count")])

    def whole() -> str:
        model = Model(text)
        shared.events["go"].trigger(model)
        assert model.state == "there"
        return model.stored()

    return whole


def statemachine_ways(text: str) -> Ways:
    """python-statemachine with a machine that is made for each event, and with one that lives."""
    from statemachine import State, StateMachine  # noqa: PLC0415 - a peer, perhaps not installed

    class Plain(StateMachine):
        here = State(initial=True)
        there = State()
        go = here.to(here, cond="many") | here.to(there, cond="some", on="count")
        home = there.to(here)

    def new() -> str:
        model = Model(text)
        Plain(model, state_field="state").send("go")
        assert model.state == "there"
        return model.stored()

    alive = Plain(Model(text), state_field="state")

    def kept() -> str:
        read = Model(text)
        alive.model.document = read.document
        alive.send("go")
        written = str(alive.model.stored())
        alive.send("home")
        return written

    return {
        "python-statemachine, new an event": new,
        "python-statemachine, kept alive (2 events)": kept,
    }


def sismic_way(text: str) -> Callable[[], str]:
    """Sismic with an interpreter that lives: it has no way to begin in a stored state."""
    from sismic.interpreter import Interpreter  # noqa: PLC0415 - a peer, perhaps not installed
    from sismic.io import import_from_yaml  # noqa: PLC0415 - as above

    alive = Interpreter(import_from_yaml(SISMIC))
    alive.context["model"] = Model(text)
    alive.execute()

    def kept() -> str:
        model = alive.context["model"]
        model.document = Model(text).document
        alive.queue("go").execute()
        return str(model.stored())

    return kept


SISMIC: Final = """
statechart:
  name: plain
  root state:
    name: root
    initial: here
    states:
      - name: here
        transitions:
          - {event: go, guard: model.many(), target: here}
          - {event: go, guard: model.some(), action: model.count(), target: there}
      - name: there
        transitions:
          - {event: go, guard: model.many(), target: there}
          - {event: go, guard: model.some(), action: model.count(), target: here}
"""


def xstate(text: str, *, rounds: int, calls: int) -> dict[str, Measured]:
    """XState in node, in a process of its own; nothing where it is not installed."""
    if shutil.which("node") is None or not (XSTATE / "node_modules" / "xstate").exists():
        _skipped("XState", "needs node, and `npm ci` in tests/servers/xstate")
        return {}
    script = Path(__file__).with_name("machines.mjs")
    stored = json.dumps({**json.loads(text), "count": 0})
    done = subprocess.run(
        ["node", script, XSTATE, str(rounds), str(calls)],
        input=stored, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    names = {"actor": "XState: rehydrate, send, persist", "pure": "XState: transition()"}
    return {name: Measured(tuple(found[key])) for key, name in names.items()}


def measure(user: Data, *, rounds: int, calls: int) -> dict[str, Measured]:
    """Every way by name, ours first."""
    program = load(FLOW).program
    text, event = plain(program, user)
    quick = {**ours(program, text, event), "transitions, stock classes": transitions_way(text)}
    slow: Ways = {}
    if _there("sismic"):
        slow["sismic, kept alive"] = sismic_way(text)
    if _there("statemachine"):
        slow |= statemachine_ways(text)
    few = max(1, calls // SLOWER)
    return (
        in_turns(quick, rounds=rounds, calls=calls)
        | xstate(text, rounds=rounds, calls=calls)
        | in_turns(slow, rounds=max(1, rounds // SLOWER), calls=few)
    )


def report(measured: dict[str, Measured]) -> str:
    """The table of all engines."""
    floor = measured[FLOOR]
    rows = [
        [name, f"{one.best:.1f}", f"{one.median:.1f}", f"{one.ratio(floor):.2f}"]
        for name, one in measured.items()
    ]
    return table(("a transition, no new feature", "min us", "median us", "x floor"), rows)


def draw(measured: dict[str, Measured]) -> str:
    """The chart of all engines."""
    bars = [
        chart.Bar(name, one.best, ours=name == OURS, group=str(name in (OURS, FLOOR, JSON)))
        for name, one in measured.items()
    ]
    return chart.bars(
        "One stored event: read, two guards, a value, a text, write", "microseconds, logarithmic",
        bars, subtitle=machine("transitions"), logarithmic=True,
    )  # fmt: skip


def _there(package: str) -> bool:
    if importlib.util.find_spec(package) is not None:
        return True
    _skipped(package, "`pip install --group bench`")
    return False


def _skipped(name: str, how: str) -> None:
    sys.stderr.write(f"{name} skipped: {how}\n")

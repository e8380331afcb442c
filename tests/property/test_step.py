"""The one door, under any events: it never raises, and what it gives back always holds together."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import flows
from engine.compiler.bot import load
from engine.core.configuration import consistent
from engine.core.effects import Drop, Invoke, Send
from engine.core.events import RESULT, TIMER, Event, Failure, Press, Result, read_text
from engine.core.program import Program
from engine.core.session import Chat, Session
from engine.core.step import step
from engine.core.values import BACK_MAX, HELD_MAX, STACK_MAX, TEXT_MAX, TIMERS_MAX
from engine.stores.document import decode, encode
from engine.stores.protocol import Record
from tests.unit.core.flow_fixture import NOW, write_bot

SHIPPED = Path(flows.__path__[0])
OWNER = "bot/test:1"
CHATS = ("1", "2")
BUTTONS_MAX = 100
"""What a message on Telegram holds."""


@cache
def shipped(name: str) -> Program:
    return load(SHIPPED / name).program


words = st.sampled_from(
    [
        "Ann",
        "40",
        "x",
        "1, 2",
        "next",
        "done",
        "skip",
        "berlin",
        "Wien",
        "1",
        "2",
        "yes",
        "Ring 1",
        "1010",
        "ann@example.org",
        "",
    ]
)
anything = st.text(max_size=30) | st.sampled_from(
    ["\x00", "\ud800", "🦉" * 40, "a" * (TEXT_MAX + 1), "\u202e", "/", "//", "9" * 400, "{name}"]
)
commands = st.sampled_from(
    ["/start", "/back", "/cancel", "/help", "/skip", "/menu", "/hours", "/deutsch", "/a", "/b",
     "/c", "/d", "/e", "/f", "/add_reply", "/replies", "/remove_reply", "/learn", "/forget",
     "/facts", "/learning", "/remindme", "/reminders", "/timezone"]
)  # fmt: skip
others = st.sampled_from(
    [
        "edited",
        "reaction",
        "photo",
        "location",
        "joined",
        "left",
        "blocked",
        "sticker",
        "choice",
        "odd",
    ]
)
failures = st.sampled_from([
    Failure("timeout", transient=True), Failure("declined", "no funds"), Failure("odd"),
])  # fmt: skip
results = st.sampled_from([True, False, None, "R1", 7, -1.5, [1], {"a": None}, "x" * 70_000, 2**70])
offsets = st.integers(0, 5)


@dataclass(frozen=True)
class Move:
    """What happens next, chosen before it is known what the session offers then."""

    kind: str
    text: str = ""
    pick: int = 0
    wait: int = 0
    value: Any = None
    failure: Failure | None = None
    chat: str = "1"


moves = st.builds(
    Move,
    kind=st.sampled_from(
        ["text", "text", "text", "command", "command", "press", "press", "timer", "result",
         "result", "other", "stale timer", "stale result", "old press"]
    ),
    text=words | words | anything,
    pick=offsets,
    wait=st.sampled_from([0, 1_000, 61_000, 700_000, 90_000_000]),
    value=results,
    failure=st.none() | failures,
    chat=st.sampled_from(["1", "1", "1", "2"]),
)  # fmt: skip


class World:
    """A shell in small: it knows what was planned, and keeps the session in its stored form."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.now = NOW
        self.session = Session(OWNER, incarnation="i", started=NOW)
        self.invokes: dict[str, Invoke] = {}
        self.pressable: list[Press] = []
        self.serial = 0

    def play(self, move: Move, command: str, other: str) -> None:
        self.now += move.wait
        event = self._event(move, command, other)
        before = encode(Record(self.session))
        kept = json.dumps(before)
        outcome = step(self.program, self.session, event, self.now)
        assert json.dumps(encode(Record(self.session))) == kept, "the input was changed"
        assert step(self.program, self.session, event, self.now) == outcome, "not the same twice"
        while outcome.wants is not None:
            found = {**(event.found or {}), outcome.wants.key: [{"id": "1"}] if move.pick else []}
            event = replace(event, found=found)
            outcome = step(self.program, self.session, event, self.now)
        old = self.session
        document = encode(Record(outcome.session))
        self.session = decode(json.loads(json.dumps(document, allow_nan=False))).session
        assert self.session == outcome.session
        ids = [effect.id for effect in outcome.effects if isinstance(effect, Send)]
        assert len(ids) == len(set(ids))
        for effect in outcome.effects:
            if isinstance(effect, Invoke):
                self.invokes[effect.id] = effect
            elif isinstance(effect, Drop):
                self.invokes.pop(effect.id, None)
            else:
                assert effect.message.text.strip() or effect.message.edit is not None
                assert sum(map(len, effect.message.buttons)) <= BUTTONS_MAX
                self.pressable += [
                    Press(button.visit, button.choice)
                    for row in effect.message.buttons
                    for button in row
                ]
        self.check(old, event)

    def _event(self, move: Move, command: str, other: str) -> Event:
        self.serial += 1
        event = Event(f"e:{self.serial}", other, OWNER, move.chat, self.now, self.serial)
        if "timer" in move.kind:
            return self._timer(event, move)
        if "result" in move.kind and self.invokes:
            return self._result(event, move)
        if move.kind == "command":
            return replace(event, name=command, text=command, args=move.text)
        if move.kind == "press" and self.pressable:
            index = move.pick % min(3, len(self.pressable))
            ref = f"m:{move.pick}" if move.pick else None
            return replace(event, name="choice", press=self.pressable[-1 - index], ref=ref)
        if move.kind == "old press":
            return replace(event, name="choice", press=Press(move.pick, "x"))
        if move.kind == "other":
            return event
        name, text, args = read_text(move.text)
        lang = "de" if move.pick == 5 else None
        return replace(event, name=name, text=text, args=args, lang=lang)

    def _timer(self, event: Event, move: Move) -> Event:
        timers = self.session.timers
        if not timers or move.kind == "stale timer":
            return replace(event, name=TIMER, timer=f"{move.pick}.1")
        timer = timers[move.pick % len(timers)]
        self.now = max(self.now, timer.due)
        return replace(event, name=TIMER, timer=timer.id, chat=timer.chat, at=timer.due)

    def _result(self, event: Event, move: Move) -> Event:
        invoke = list(self.invokes.values())[move.pick % len(self.invokes)]
        attempt = invoke.attempt + (1 + move.pick) * (move.kind == "stale result")
        result = Result(invoke.id, attempt, move.value, move.failure)
        return replace(event, name=RESULT, result=result, chat=invoke.chat)

    def check(self, old: Session, event: Event) -> None:
        session = self.session
        assert session.steps > old.steps
        assert len(session.timers) <= TIMERS_MAX
        assert len({timer.id for timer in session.timers}) == len(session.timers)
        live = {(name, frame.run) for name, chat in session.chats.items() for frame in chat.stack}
        assert {(timer.chat, timer.run) for timer in session.timers} <= live
        waited = set()
        for name, chat in session.chats.items():
            self._check_chat(chat, old.chats.get(name, Chat()))
            leaves = [leaf for frame in chat.stack for leaf in frame.leaves]
            waited |= {leaf.pending.id for leaf in leaves if leaf.pending is not None}
            if name != event.chat:
                assert chat == old.chats.get(name)
        assert waited == set(self.invokes), "what is planned is what is waited for"

    def _check_chat(self, chat: Chat, old: Chat) -> None:
        runs = [frame.run for frame in chat.stack]
        assert runs == sorted(set(runs))
        assert len(chat.stack) <= STACK_MAX
        assert len(chat.back) <= BACK_MAX
        assert len(chat.held) <= HELD_MAX
        assert chat.visits >= old.visits
        assert chat.runs >= old.runs
        leaves = [leaf for frame in chat.stack for leaf in frame.leaves]
        assert not chat.held or any(leaf.pending is not None for leaf in leaves)
        visits = [leaf.visit for leaf in leaves]
        assert len(set(visits)) == len(visits)
        assert max(visits, default=0) <= chat.visits
        bases = {frame.run for frame in chat.stack if frame.link != "call"}
        assert {snapshot.base for snapshot in chat.back} <= bases
        for index, frame in enumerate(chat.stack):
            flow = self.program.flows[frame.flow]
            assert consistent(flow.states, [leaf.state for leaf in frame.leaves])
            assert not any(flow.states[leaf.state].ends_run for leaf in frame.leaves)
            works = any(leaf.pending is not None for leaf in frame.leaves)
            assert not works or frame is chat.stack[-1] or not flow.fixed
            assert (frame.link == "root") == (index == 0)
            above = chat.stack[index + 1] if index + 1 < len(chat.stack) else None
            if above is not None and above.link == "call":
                (caller,) = [leaf for leaf in frame.leaves if leaf.visit == above.caller]
                assert flow.states[caller.state].call is not None
            if frame is chat.stack[-1] or (
                above is not None
                and above.link == "call"
                and all(each.link == "call" for each in chat.stack[index + 1 :])
            ):
                assert frame.late == ()


def play(program: Program, script: list[tuple[Move, str, str]]) -> None:
    world = World(program)
    for move, command, other in script:
        world.play(move, command, other)


scripts = st.lists(st.tuples(moves, commands, others), max_size=30)
begun = st.just((Move("command"), "/start", "text"))


@pytest.mark.parametrize("name", ["registration", "order", "replies", "factoids", "reminders"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(script=st.tuples(begun, scripts).map(lambda both: [both[0], *both[1]]))
def test_the_shipped_bots_hold_together_under_any_events(
    name: str, script: list[tuple[Move, str, str]]
) -> None:
    play(shipped(name), script)


class Author:
    """Writes small bots at random: every kind of state and transition, often foolish, all valid."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def bot(self) -> dict[str, Any]:
        triggers = {"main": "/start", "child": "/e", "other": "/f"}
        return {name: self.flow(name, trigger) for name, trigger in triggers.items()}

    def flow(self, name: str, trigger: str) -> dict[str, Any]:
        states = {f"s{index}": self.state() for index in range(4)}
        box = {"initial": "a", "states": {"a": self.question(), "f": {"type": "final"}}}
        states["s4"] = box | {"on": {"done": self.target()}} | self.some(self.common(), 0.3)
        if self.random.random() < 0.6:
            states["s3"] = self.parallel()
        states["end"] = {"type": "final"} | self.some({"output": self.value(), "say": self.say()})
        raised = {"/zx": {"raise": "ping"}, "/zy": {"raise": "pong"}}
        return {
            "flow": name,
            "triggers": [trigger],
            "when_busy": self.random.choice(["digress", "digress", "replace", "ignore"]),
            "data": {
                "n": {"type": "int", "default": self.random.randrange(4)},
                "c": {"type": "text", "optional": True},
                "many": {"type": "list", "optional": True},
                "list": {"type": "any", "default": ["x", "..y", {"id": 3, "label": "Three"}, ".z"]},
                "u": {"type": "int", "default": 1, "scope": "user"},
            },
            "on": self.handlers() | raised,
            "initial": "s0",
            "states": states,
        }  # fmt: skip

    def some(self, parts: dict[str, Any], share: float = 0.5) -> dict[str, Any]:
        return {key: part for key, part in parts.items() if self.random.random() < share}

    def state(self) -> dict[str, Any]:
        kinds = [
            self.question, self.question, self.choice, self.several, self.rows, self.confirm,
            self.work, self.call, self.plain,
        ]  # fmt: skip
        return self.random.choice(kinds)() | self.some(self.entry(), 0.3)

    def question(self) -> dict[str, Any]:
        retry = {"retry": {"max": 2, "target": "s1", "say": ["no", self.say()]}, **self.common()}
        asked = {"ask": self.say(), "into": self.random.choice(["n", "user.u"]), "next": self.on()}
        return asked | self.some(retry, 0.2)

    def choice(self) -> dict[str, Any]:
        y = {"label": "Y {n}", "guard": "n > 0", "set": {"n": self.value()}}
        choices = {"x": "X", "y": y, "z": {"label": "Z", "target": "s2"}}
        asked = {"ask": self.say(), "into": "c", "choices": choices, "next": self.on()}
        return asked | self.some(self.common(), 0.2)

    def several(self) -> dict[str, Any]:
        choices = {"x": "X", "y": {"label": "Y {n}", "guard": "n > 0"}, "z": "Z"}
        multi = {"min": self.random.randrange(3), "max": self.random.randint(2, 3)}
        asked = {"ask": self.say(), "into": "many", "choices": choices, "multi": multi}
        return asked | {"next": self.on()} | self.some({"skip": self.on(), "check": "judge"}, 0.4)

    def rows(self) -> dict[str, Any]:
        parts = {
            "id": self.random.choice(["row", "n", "1 / n"]), "label": "{row} {n}", "guard": "n < 5",
            "set": {"n": self.value()}, "say": "{row}", "target": "s2",
        }  # fmt: skip
        listed = {"for": self.random.choice(["list", "many", "[1, 2, 3]", "n"]), "as": "row"}
        asked = {"ask": self.say(), "into": "c", "next": self.on()}
        asked["choices_from"] = listed | self.some(parts, 0.3)
        options = {"skip": self.on(), "check": "judge", "choices": {"x": "X"}, "page": 2}
        return asked | self.some(options, 0.4)

    def confirm(self) -> dict[str, Any]:
        return {"confirm": self.say(), "yes": self.on(), "next": self.on()} | self.some(
            {"no": self.on(), **self.common()}, 0.3
        )

    def work(self) -> dict[str, Any]:
        options = {
            "error": self.on(), "into": "n", "safe": True, "with": {"n": self.value()},
            "retry": {"max": 3, "delay": "1s", "if": "error.transient"},
        }  # fmt: skip
        invoke = {"action": "do", "done": self.on()} | self.some(options)
        return {"invoke": invoke} | self.some(self.common(), 0.2)

    def call(self) -> dict[str, Any]:
        flow = self.random.choice(["child", "child", "main"])
        options = {"into": "n", "after": {"10m": self.way()}}
        return {"call": flow, "on": {"end": self.on()}} | self.some(options)

    def parallel(self) -> dict[str, Any]:
        """Two regions, each a question, a call, an invoke or a plain state, and a history."""
        regions: dict[str, Any] = {}
        for name in ("left", "right"):
            kinds = [self.question, self.choice, self.several, self.rows, self.work, self.call]
            first = json.loads(json.dumps(self.random.choice(kinds)()).replace('"s1"', '"f"'))
            inner = {"a": first, "f": {"type": "final"}}
            regions[name] = {"initial": "a", "states": inner} | self.some(self.common(), 0.2)
        regions["was"] = {"type": "history", "deep": self.random.random() < 0.5}
        box = {"type": "parallel", "states": regions, "on": {"done": self.target()}}
        return box | self.some({"after": {"10m": self.way()}, "exit": [{"say": self.say()}]})

    def plain(self) -> dict[str, Any]:
        return {"next": self.target()} | self.some(self.common(), 0.2)

    def entry(self) -> dict[str, Any]:
        raised = {"raise": self.random.choice(["ping", "pong"])}
        return {"say": self.say(), "set": {"n": self.value()}, "entry": [raised]}

    def common(self) -> dict[str, Any]:
        computed = [{"after": self.value(), "say": self.say()}]
        after = {self.random.choice(["1m", "10m"]): self.way()}
        return {
            "on": self.handlers(),
            "after": self.random.choice([computed, after]),
            "idle": {self.random.choice(["1m", "1h"]): self.way()},
            "exit": [{"say": self.say()}],
            "always": [{"guard": self.guard(), **self.some({"target": self.target()}), "say": "!"}],
        }

    def handlers(self) -> dict[str, Any]:
        names = ["/a", "/b", "/c", "text", "*", "~x", "error", "ping", "pong", "photo", "choice.x"]
        return {name: self.on() for name in self.random.sample(names, self.random.randint(1, 3))
                if name != "choice.x"} or {"/a": self.way()}  # fmt: skip

    def on(self) -> Any:  # noqa: ANN401 - a target, or a list of transitions
        if self.random.random() < 0.4:
            return self.target()
        return [self.way() for _ in range(self.random.randint(1, 2))]

    def way(self) -> dict[str, Any]:
        return {"say": self.say()} | self.some({
            "target": self.target(), "guard": self.guard(), "set": {"n": self.value()},
            "raise": self.random.choice(["ping", "pong"]),
        }, 0.4)  # fmt: skip

    def target(self) -> str:
        return self.random.choice(
            ["s0", "s1", "s2", "s3", "s4.a", "s4", "end", "end", ".back", "s3"]
        )

    def value(self) -> str:
        return self.random.choice(["n + 1", "n * 7", "1 / 0", "'x'", "n if n else 2", "null", "60"])

    def guard(self) -> str:
        return self.random.choice(["n > 3", "n == 0", "turn.text == 'x'", "1 / n > 1", "n"])

    def say(self) -> str:
        return self.random.choice(["hello {n}", "hello", "{1 // n}", "{c}", "{user.u}"])


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as made:
        root = Path(made)
        yield write_bot(root, "states: {s: {type: final}}", actions=["do"], checks=["judge"])


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32), script=scripts)
def test_generated_bots_hold_together_under_any_events(
    folder: Path, seed: int, script: list[tuple[Move, str, str]]
) -> None:
    for name, flow in Author(seed).bot().items():
        (folder / f"{name}.yaml").write_text(json.dumps(flow), encoding="utf-8")
    play(load(folder).program, [(Move("command"), "/start", "text"), *script])

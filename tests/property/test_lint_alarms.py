"""On sound bots, made at random and judged by playing everything, the checker finds nothing."""

import json
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from engine.compiler.bot import Compilation, compile_bot
from engine.compiler.reader import has_errors
from engine.core.program import Flow
from engine.lint.runner import lint
from tests.property.brute_force import Played, play
from tests.unit.core.flow_fixture import write_bot

MADE: Final = 600
SOUND_MIN: Final = 40
"""Fewer sound bots than this would show little."""
WORDS: Final = ("Ax", "By", "yes", "no", "0", "1", "2", "hm", "/cancel", "/skip", "/other")
FAMILIES: Final = ("SC1", "SC2", "SC3", "SC5")


class Author:
    """Writes small bots whose variables have few values, often sound and often not."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.names: list[str] = []
        self.asked: list[str] = []
        self.flow = ""

    def bot(self) -> dict[str, Any]:
        child = self.of("child", self.random.randint(1, 2), calls=False)
        main = self.of("main", self.random.randint(2, 5), calls=True)
        main["triggers"] = ["/start"]
        if not any("call" in state for state in main["states"].values()):
            return {"main": main}
        return {"main": main, "child": child}

    def of(self, name: str, count: int, *, calls: bool) -> dict[str, Any]:
        self.flow, self.asked = name, []
        self.names = [f"s{number}" for number in range(count)]
        states: dict[str, Any] = {}
        for at in range(count):
            kinds = [self.choice, self.number, self.sure, self.plain, self.wait]
            kind = self.random.choice([*kinds, self.call] if calls else kinds)
            states[self.names[at]] = kind(at)
        states["end"] = {"type": "final", "say": "Bye. " + self.reads()}
        flow = {"flow": name, "initial": "s0", "data": self.data(), "states": states}
        if calls and self.random.random() < 0.4:
            states["cancelled"] = {"type": "final", "say": "Cancelled."}
            flow["on"] = {"/cancel": "cancelled"}
        return flow

    def data(self) -> dict[str, Any]:
        types: dict[str, Any] = {
            "c": {"type": "enum", "values": ["a", "b"]}, "b": {"type": "bool"},
            "n": {"type": "int", "min": 0, "max": 2},
        }  # fmt: skip
        used = self.asked if self.random.random() < 0.9 else ["c", "b", "n"]
        return {name: types[name] for name in dict.fromkeys(used)} or {"b": types["b"]}

    def choice(self, at: int) -> dict[str, Any]:
        choices: dict[str, Any] = {"a": "Ax", "b": "By"}
        self.asked.append("c")
        if self.random.random() < 0.3:
            choices["b"] = {"label": "By", "target": self.target(at)}
        return {"ask": "Which?", "into": "c", "choices": choices, "next": self.next(at)}

    def number(self, at: int) -> dict[str, Any]:
        self.asked.append("n")
        way_out = {"on": {"/skip": self.target(at)}} if self.random.random() < 0.2 else {}
        return {"ask": "How many?", "into": "n", "next": self.next(at), **way_out}

    def sure(self, at: int) -> dict[str, Any]:
        self.asked.append("b")
        no = {"no": self.target(at)} if self.random.random() < 0.4 else {}
        return {"confirm": "Sure?", "into": "b", "next": self.next(at), **no}

    def plain(self, at: int) -> dict[str, Any]:
        return {"say": "So. " + self.reads(), "next": self.next(at)}

    def wait(self, at: int) -> dict[str, Any]:
        state: dict[str, Any] = {"say": "Wait.", "after": {"5m": self.target(at)}}
        if self.random.random() < 0.5:
            state["on"] = {"text": self.target(at)}
        if self.random.random() < 0.2:
            state["after"]["10m"] = self.target(at)
        return state

    def call(self, at: int) -> dict[str, Any]:
        return {"call": "child", "on": {"end": self.target(at)}}

    def reads(self) -> str:
        if not self.asked:
            return ""
        name = self.random.choice(self.asked)
        return f"[{self.flow}.{name}={{{name}}}]"

    def next(self, at: int) -> Any:  # noqa: ANN401 - a target, or a list of transitions
        if not self.asked or self.random.random() < 0.4:
            return self.target(at)
        guards = {
            "c": ["c == 'a'", "c == 'b'", "c in ['a', 'b']"], "b": ["b", "not b"],
            "n": ["n == 0", "n < 2", "n > 0", "n > 1", "n >= 0"],
        }  # fmt: skip
        name = self.random.choice(self.asked[-2:])
        count = self.random.choice([1, 1, 2])
        ways: list[Any] = [
            {"guard": self.random.choice(guards[name]), "target": self.target(at)}
            for _ in range(count)
        ]
        return [*ways, *([self.target(at)] if self.random.random() < 0.8 else [])]

    def target(self, at: int) -> str:
        """Mostly the next state, so that many bots are sound."""
        if self.random.random() < 0.75:
            return [*self.names, "end"][at + 1]
        return self.random.choice([*self.names[at:], "end", "end"])


def flows(compiled: Compilation) -> list[tuple[str, Flow]]:
    return list(compiled.bot.program.flows.items())


def is_sound(compiled: Compilation, played: Played) -> bool:
    """Whether, played to the end, everything in a bot has its sense."""
    return (
        played.whole
        and not (played.empty or played.stuck or played.faults)
        and played.states >= _atomic(compiled)
        and played.ends_from_everywhere(uninterrupted=True)
        and all(given == {True, False} for given in played.outcomes.values())
        and set(played.outcomes) == _guards(compiled)
        and played.timers >= _timers(compiled)
        and not _several_guards(compiled)
    )


def _atomic(compiled: Compilation) -> set[tuple[str, str]]:
    """Every state in which a conversation can stand, with its flow."""
    return {
        (name, path)
        for name, flow in flows(compiled)
        for path, node in flow.states.items()
        if node.atomic
    }


def _guards(compiled: Compilation) -> set[str]:
    """The places of all guards, as the program has them."""
    return {
        str(guard.expression.place)
        for flow in compiled.bot.program.flows.values()
        for heard in flow.machine.events.values()
        for rows in heard.transitions.values()
        for row in rows
        for guard in row.conditions
        if hasattr(guard, "expression")
    }


def _timers(compiled: Compilation) -> set[tuple[str, str]]:
    return {
        (name, spec.key)
        for name, flow in compiled.bot.program.flows.items()
        for node in flow.states.values()
        for spec in node.timers
    }


def _several_guards(compiled: Compilation) -> bool:
    """Whether a list has two guards, so that their outcomes do not show if its last way is taken.

    `test_lint_guards` tries every value for those.
    """
    return any(
        len([row for row in rows if row.conditions]) > 1
        for _, flow in flows(compiled)
        for heard in flow.machine.events.values()
        for rows in heard.transitions.values()
    )


def test_the_checker_finds_nothing_in_sound_bots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sound = 0
    for seed in range(MADE):
        for old in tmp_path.glob("*.yaml"):
            old.unlink()
        for name, flow in Author(seed).bot().items():
            (tmp_path / f"{name}.yaml").write_text(json.dumps(flow, indent=1), encoding="utf-8")
        compiled = compile_bot(tmp_path)
        if has_errors(compiled.found):
            continue
        played = play(compiled.bot.program, "/start", WORDS)
        if is_sound(compiled, played):
            sound += 1
            declared = {(name, one) for name, flow in flows(compiled) for one in flow.variables}
            unread = () if played.shown >= declared else ("SC202",)
            found = lint(compiled, FAMILIES, unread)
            assert [(one.code, one.message) for one in found] == [], f"seed {seed}"
    assert sound >= SOUND_MIN


SOUND = """
data: {c: {type: enum, values: [a, b]}, d: {type: text, optional: true}}
states:
  c: {ask: "Which?", choices: {a: Ax, b: By}, next: [{guard: c == 'a', target: end}, other]}
  other: {ask: "Really?", choices: {x: Ax}, next: end}
  end: {type: final, say: "[main.c={c}]"}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("[{guard: c == 'a', target: end}, other]", "end"),
        ("next: end}", "next: other}"),
        ("[main.c={c}]", "[main.d={d}]"),
        ("c == 'a'", "c != null"),
        ("target: end}, other]", "target: end}, {guard: c == null, target: other}]"),
    ],
    ids=["sound", "unreachable", "cannot end", "empty", "constant guard", "no way on"],
)
def test_playing_everything_tells_sound_bots_from_others(
    tmp_path: Path, old: str, new: str
) -> None:
    text = SOUND.replace(old, new, 1) if old else SOUND
    compiled = compile_bot(write_bot(tmp_path, text))
    assert not has_errors(compiled.found)
    assert is_sound(compiled, play(compiled.bot.program, "/start", WORDS)) is (not old)

"""The test files of a bot, read and checked; light, so that `check` can do it too."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from engine.compiler.bot import Bot, InvalidBot
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.reader import display, has_errors
from engine.compiler.source import load
from engine.compiler.verdicts import Verdicts, validated
from engine.core.collections import SYSTEM
from engine.core.faults import Fault
from engine.core.inputs import Variable, fits
from engine.core.moments import zone
from engine.core.patterns import compile_pattern
from engine.core.privacy import HIDDEN
from engine.core.program import Program
from engine.core.suggest import did_you_mean
from engine.core.values import Value
from engine.diagnostics import Diagnostic
from engine.errors import Place, StatechatError
from engine.testing.inputs import odd_inputs
from engine.testing.script import CHAT, CONTENT, Begin, Check, Line, Property, Script, read_scripts
from engine.testing.script import Bot as BotLine

_RECORDS: Final = "records."


def scripts(bot: Bot, verdicts: Verdicts | None = None) -> list[Script]:
    """Every test of the bot's test files.

    Raises:
        FlowInvalid: with the faults of all test files.
        StatechatError: `bot:unreadable`.
    """
    found: list[Script] = []
    faults: list[Diagnostic] = []
    for path in bot.tests:
        node = _read(bot, path, faults, verdicts)
        if node is not None:
            stem = path.name.split(".")[0]
            read = read_scripts(node, stem if stem in bot.program.flows else _first(bot.program))
            for script in read:
                faults += _Judge(bot.program, script).faults
            found += read
    if faults:
        raise InvalidBot(faults, bot.files)
    return found


def _first(program: Program) -> str:
    return next(iter(program.flows))


def _read(bot: Bot, path: Path, faults: list[Diagnostic], verdicts: Verdicts | None) -> Node | None:
    name = display(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        message = f"{name} cannot be read: {error.strerror}"
        raise StatechatError("bot:unreadable", message, cure="Make the file readable.") from error
    bot.files[name] = raw.decode("utf-8", "replace")
    node, found = load(raw, name)
    errors = [fault for fault in found if fault.severity == "error"]
    if node is not None:
        errors += validated(node, "test", raw, verdicts)
        errors += _moments(node)
        errors += odd_inputs(node)
        errors += _odd_lines(node)
    faults += errors
    return None if has_errors(errors) else node


def _moments(node: Node) -> Iterable[Diagnostic]:
    """Moments that have the form of one, and are none: the 30th of February."""
    for test in node.items if isinstance(node, Items) else ():
        now = test.get("now") if isinstance(test, Fields) else None
        if isinstance(now, Scalar):
            try:
                datetime.fromisoformat(now.text)
            except ValueError:
                message = f"there is no moment `{now.text}`"
                yield Diagnostic("SC050", message, now.place, length=now.width)


def _odd_lines(node: Node) -> Iterable[Diagnostic]:
    """Lines that say whose they are, and nothing else."""
    for test in node.items if isinstance(node, Items) else ():
        chat = test.get("chat") if isinstance(test, Fields) else None
        for line in chat.items if isinstance(chat, Items) else ():
            if isinstance(line, Fields) and not set(CONTENT) & line.entries.keys():
                message = "this line says whose it is, and nothing else"
                yield Diagnostic("SC050", message, line.place, "Add `user` or `bot`.")


class _Judge:
    """Holds a test against the bot: whether what it names is there."""

    def __init__(self, program: Program, script: Script) -> None:
        self.program = program
        self.faults: list[Diagnostic] = []
        self._groups = script.groups
        for action in script.actions:
            if action not in program.actions:
                self._add(script.place, f"no flow invokes `{action}`", action, program.actions)
        self._judge_roles(script)
        self._judge_zones(script)
        if script.flow not in program.flows:
            message = f"there is no flow `{script.flow}`"
            self._add(script.place, message, script.flow, program.flows)
        elif script.begin is not None:
            self._judge_begin(script.begin, script.flow)
        self._judge_results(script)
        if script.records:
            self._judge_records(script)
        if CHAT in script.groups:
            message = f"`{CHAT}` is the chat that the person has with the bot alone"
            self.faults.append(Diagnostic("SC050", message, script.place, "Name the group."))
        for line in script.lines:
            self._judge_line(line)

    def _judge_line(self, line: Line) -> None:
        if isinstance(line, Check):
            self._judge_check(line)
        elif isinstance(line, BotLine):
            self._judge_patterns(line)
            self._judge_hearer(line)
        elif isinstance(line, Property):
            self._judge_property(line)

    def _judge_hearer(self, line: BotLine) -> None:
        if line.who.person is not None and line.who.chat in self._groups:
            message = f"in the group `{line.who.chat}` everybody sees what the bot says"
            self.faults.append(Diagnostic("SC050", message, line.place, "Leave out `as`."))

    def _judge_property(self, line: Property) -> None:
        # What is light has judged the rest; few tests have properties.
        from engine.testing.properties import judged  # noqa: PLC0415 - loads the step

        self.faults += judged(self.program, line)

    def _judge_zones(self, script: Script) -> None:
        for known in (script.own, *script.persons.values()):
            if known.tz is not None:
                try:
                    zone(known.tz)
                except Fault as fault:
                    message = fault.message.rstrip(".")
                    self.faults.append(Diagnostic("SC050", message, script.place))

    def _judge_roles(self, script: Script) -> None:
        known = self.program.access.roles
        for person in (script.own, *script.persons.values()):
            for role in person.rights.roles:
                if role not in known:
                    message = f"`access` of bot.yaml has no role `{role}`"
                    self._add(script.place, message, role, known)

    def _judge_begin(self, begin: Begin, flow_name: str) -> None:
        for below in begin.stack:
            self._judge_begin(below, flow_name)
        flow = self.program.flows.get(begin.flow or flow_name)
        if flow is None:
            message = f"there is no flow `{begin.flow}`"
            self._add(begin.place, message, str(begin.flow), self.program.flows)
            return
        states = [path for path, node in flow.states.items() if node.atomic]
        if begin.state not in states:
            message = f"`{flow.name}` has no state `{begin.state}` to stand in"
            self._add(begin.place, message, begin.state, states)
        run = {name: one for name, one in flow.variables.items() if one.scope == "run"}
        user = {
            name: one
            for each in self.program.flows.values()
            for name, one in each.variables.items()
            if one.scope == "user"
        }
        self._judge_values(begin.place, begin.data, run)
        self._judge_values(begin.place, begin.user, user)

    def _judge_values(
        self, place: Place, values: dict[str, Value], known: dict[str, Variable]
    ) -> None:
        for name, value in values.items():
            if name not in known:
                self._add(place, f"there is no variable `{name}`", name, known)
            elif value is not None and (reason := fits(known[name], value)) is not None:
                shown = HIDDEN if known[name].pii else repr(value)
                message = f"`{name}` cannot be {shown}: {reason}"
                self.faults.append(Diagnostic("SC050", message, place))

    def _judge_results(self, script: Script) -> None:
        for name, attempts in script.actions.items():
            if any(one.run for one in attempts) and not name.startswith(_RECORDS):
                message = f"`{name}` cannot run in a test: only what works on records does"
                cure = "Say what it ends with: `return` or `error`."
                self.faults.append(Diagnostic("SC050", message, script.place, cure))

    def _judge_records(self, script: Script) -> None:
        if not script.records:
            return
        from engine.actions import ActionError  # noqa: PLC0415 - as below
        from engine.testing.local import LocalRecords  # noqa: PLC0415 - loads a part of the shell

        records = LocalRecords(self.program, lambda: script.now)
        for number, seed in enumerate(script.records):
            try:
                records.seed("bot/test:1", "1", seed.collection, seed.values, number)
            except ActionError as error:
                text = error.message or error.code
                self.faults.append(Diagnostic("SC050", text.rstrip("."), seed.place))

    def _judge_check(self, check: Check) -> None:
        nodes = [node for flow in self.program.flows.values() for node in flow.states.values()]
        if check.kind == "end":
            ends = {node.path for node in nodes if node.ends_run}
            if check.expected not in ends:
                message = f"there is no top-level final state `{check.expected}`"
                self._add(check.place, message, str(check.expected), ends)
        elif check.kind == "state":
            paths = {node.path for node in nodes if node.path}
            if check.expected not in paths:
                message = f"there is no state `{check.expected}`"
                self._add(check.place, message, str(check.expected), paths)
        elif check.kind == "records" and isinstance(check.expected, Mapping):
            for name, rows in check.expected.items():
                self._judge_rows(check.place, name, rows)

    def _judge_rows(self, place: Place, name: str, rows: Value) -> None:
        known = self.program.services.records
        if name not in known:
            self._add(place, f"there is no collection `{name}`", name, known)
            return
        fields = {*known[name].fields, *SYSTEM}
        for row in rows if isinstance(rows, list) else ():
            for field in row if isinstance(row, Mapping) else ():
                if field not in fields:
                    self._add(place, f"`{name}` has no field `{field}`", field, fields)

    def _judge_patterns(self, line: BotLine) -> None:
        for said in line.messages:
            if said.match is not None:
                try:
                    compile_pattern(said.match, line.place)
                except StatechatError as error:
                    self.faults.append(Diagnostic("SC032", error.message, line.place, error.cure))

    def _add(self, place: Place, message: str, name: str, known: Iterable[str]) -> None:
        cure = did_you_mean(name, known)
        self.faults.append(Diagnostic("SC050", message, place, cure))

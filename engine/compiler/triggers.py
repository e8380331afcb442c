"""What begins a flow."""

import hashlib
import json
from dataclasses import field

from engine.classes import dataclass
from engine.compiler.context import Context, duration
from engine.compiler.events import BUILT_IN, COMMAND
from engine.compiler.findings import Findings
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.rules import rate
from engine.compiler.symbols import FlowSource
from engine.core.faults import Fault
from engine.core.moments import zone
from engine.core.patterns import Pattern, compile_pattern
from engine.core.recurrence import EVERY_MIN, read_rule
from engine.core.triggers import RATE, TimedTrigger
from engine.core.values import Value
from engine.diagnostics import Related
from engine.errors import StatechatError


@dataclass(slots=True)
class Triggers:
    """Which flow an event's name begins, and which one a pattern in a text."""

    events: dict[str, str] = field(default_factory=dict)
    patterns: tuple[tuple[Pattern, str], ...] = ()
    nodes: dict[str, Scalar] = field(default_factory=dict)
    """Where each event of `events` is written."""


def read_triggers(flows: dict[str, FlowSource], findings: Findings) -> Triggers:
    """The triggers of all flows; one that two flows claim, or that cannot come, is reported."""
    triggers = Triggers()
    for flow in flows.values():
        listed = flow.node.get("triggers")
        for node in listed.items if isinstance(listed, Items) else ():
            if isinstance(node, Scalar):
                _read(triggers, flow, node, findings)
    return triggers


def _read(triggers: Triggers, flow: FlowSource, node: Scalar, findings: Findings) -> None:
    name = node.text
    if name.startswith("~"):
        try:
            pattern = compile_pattern(name[1:], node.at(1))
        except StatechatError as error:
            findings.caught("SC032", error, node)
        else:
            triggers.patterns = (*triggers.patterns, (pattern, flow.name))
        return
    if not COMMAND.match(name) and name not in BUILT_IN - {"error", "*"}:
        cure = "A trigger is a /command in small letters, an event, or a ~pattern."
        findings.add("SC028", f"nothing ever sends `{name}`", node, cure)
        return
    taken = triggers.events.setdefault(name, flow.name)
    first = triggers.nodes.setdefault(name, node)
    if taken != flow.name:
        related = [Related(first.place, "first here", first.width)]
        findings.add("SC027", f"`{name}` begins the flow `{taken}` already", node, related=related)


def read_timed(
    flows: dict[str, FlowSource], context: Context, tz: str | None
) -> dict[str, TimedTrigger]:
    """The triggers by the clock, by key; their conditions see what the bot's `on` sees."""
    timed: dict[str, TimedTrigger] = {}
    for flow in flows.values():
        listed = flow.node.get("triggers")
        for node in listed.items if isinstance(listed, Items) else ():
            if isinstance(node, Fields):
                trigger = _timed(flow, node, context, tz)
                timed[trigger.key] = trigger
    return timed


def _timed(flow: FlowSource, node: Fields, context: Context, tz: str | None) -> TimedTrigger:
    every, cron = node.get("every"), node.get("cron")
    if (every is None) is (cron is None):
        cure = "Write `every`, such as `every: 1d`, or `cron`, such as `cron: 0 9 * * mon`."
        context.findings.add("SC010", "a trigger has one of `every` and `cron`", node, cure)
    if flow.inputs:
        _without_inputs(flow, node, context)
    where, pace, own = node.get("for"), node.get("rate"), node.get("tz")
    written = json.dumps([flow.name, node.plain_data()], sort_keys=True)
    return TimedTrigger(
        f"{flow.name}.{hashlib.sha256(written.encode()).hexdigest()[:16]}",
        flow.name,
        _rule(every, cron, context),
        tz if own is None else _zone(own, context),
        None if where is None else context.expression(where),
        (rate(pace.text) if isinstance(pace, Scalar) else None) or RATE,
    )


def _rule(every: Node | None, cron: Node | None, context: Context) -> Value:
    node = every or cron
    rule = node.plain_data() if node is not None else EVERY_MIN
    if isinstance(every, Scalar):
        milliseconds = duration(every.text) or 0
        if milliseconds < EVERY_MIN * 1_000:
            cure = "Write a minute at least, such as `every: 1h`, or a rule of the calendar."
            context.findings.add("SC043", f"`{every.text}` is no interval", every, cure)
        return max(milliseconds / 1_000, EVERY_MIN)
    if node is not None:
        try:
            read_rule(rule)
        except Fault as fault:
            context.findings.add("SC043", fault.message, node)
    return rule


def _zone(node: Node, context: Context) -> str | None:
    if not isinstance(node, Scalar):
        return None
    try:
        zone(node.text)
    except Fault as fault:
        cure = "Write its IANA name, such as `Europe/Berlin`."
        context.findings.add("SC010", fault.message.rstrip("."), node, cure)
    return node.text


def _without_inputs(flow: FlowSource, node: Fields, context: Context) -> None:
    """A flow that begins by the clock is given nothing: what it must have, it does not get."""
    for name in flow.inputs:
        variable = flow.variables[name]
        if not (variable.optional or variable.default is not None or variable.initial is not None):
            cure = "Give it a `default`, or make it `optional`."
            message = f"nothing gives the input `{name}` a value when the clock begins the flow"
            context.findings.add("SC042", message, node, cure)

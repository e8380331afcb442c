"""What begins a flow."""

from dataclasses import dataclass, field

from engine.compiler.events import BUILT_IN, COMMAND
from engine.compiler.findings import Findings
from engine.compiler.nodes import Items, Scalar
from engine.compiler.symbols import FlowSource
from engine.core.patterns import Pattern, compile_pattern
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

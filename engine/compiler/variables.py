"""The variables that `data` and `input` declare."""

from engine.compiler.findings import Findings
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.symbols import FlowSource, text_of
from engine.core.expr import RESERVED
from engine.core.inputs import HELD, LATER, READABLE, Variable, fits
from engine.core.patterns import Pattern, compile_pattern
from engine.core.values import Value
from engine.errors import StatechatError

TAKEN = RESERVED | {"error", "item"}
"""Names that an expression reads as something else, or not at all."""


def declare(flow: FlowSource, findings: Findings) -> None:
    """Fill in the flow's variables and inputs; what is faulty is reported, and taken for a text."""
    for section in ("data", "input"):
        fields = flow.node.get(section)
        if not isinstance(fields, Fields):
            continue
        for name, entry in fields.entries.items():
            if name in TAKEN or not name.isidentifier():
                cure = "Choose a name of letters, digits and `_`."
                findings.add("SC040", f"a variable cannot be called `{name}`", entry.key, cure)
                continue
            if section == "input" and name in flow.variables:
                findings.add("SC027", f"`{name}` is declared under `data` already", entry.key)
            flow.variables[name] = _variable(flow, name, entry.value, findings)
        if section == "input":
            flow.inputs = frozenset(fields.entries)


def _variable(flow: FlowSource, name: str, node: Node, findings: Findings) -> Variable:
    if not isinstance(node, Fields):
        return Variable(name, "any")
    type_ = _type(node.get("type"), findings)
    sound = text_of(node.get("type")) == type_
    values = node.get("values")
    listed = (
        tuple(item.text for item in values.items if isinstance(item, Scalar))
        if isinstance(values, Items)
        else None
    )
    if listed is None and type_ == "enum":
        listed = _choices(flow, name)
    user = text_of(node.get("scope")) == "user"
    variable = Variable(
        name,
        type_,
        optional=_value(node.get("optional")) is True,
        scope="user" if user else "run",
        pii=_value(node.get("pii")) is True,
        min=_number(node.get("min"), findings),
        max=_number(node.get("max"), findings),
        match=_pattern(node.get("match"), findings),
        values=listed,
    )
    default = node.get("default")
    if default is None or not sound:
        return variable
    value = _default(default, type_)
    reason = fits(variable, value)
    if reason is not None:
        at = default if isinstance(default, Scalar) else node
        findings.add("SC042", f"the default of `{name}` does not fit: {reason}", at)
    return Variable(
        name, type_, optional=variable.optional, default=value, scope=variable.scope,
        pii=variable.pii, min=variable.min, max=variable.max, match=variable.match, values=listed,
    )  # fmt: skip


def _type(node: Node | None, findings: Findings) -> str:
    name = text_of(node)
    if name in READABLE or name in HELD:
        return str(name)
    if isinstance(node, Scalar):
        if node.text in LATER:
            cure = f"Types so far: {', '.join(sorted(READABLE))}; {', '.join(sorted(HELD))}."
            findings.add("SC010", f"the type `{node.text}` is not supported yet", node, cure)
        else:
            findings.unknown("SC010", "type", node, node.text, READABLE | HELD)
    return "text"


def _choices(flow: FlowSource, name: str) -> tuple[str, ...] | None:
    """An enum without values has the ids of the choices that fill it."""
    ids: dict[str, None] = {}
    for state in flow.states.values():
        choices = state.node.get("choices")
        into = text_of(state.node.get("into")) or state.name
        if isinstance(choices, Fields) and into.removeprefix("user.") == name:
            ids.update(dict.fromkeys(choices.entries))
    return tuple(ids) or None


def _pattern(node: Node | None, findings: Findings) -> Pattern | None:
    if not isinstance(node, Scalar):
        return None
    try:
        return compile_pattern(node.text, node.content)
    except StatechatError as error:
        findings.caught("SC032", error, node)
        return None


def _value(node: Node | None) -> Value:
    return None if node is None else node.plain_data()


def _number(node: Node | None, findings: Findings) -> int | float | None:
    value = _value(node)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if node is not None:
        findings.add("SC010", "a limit is a number", node)
    return None


def _default(node: Node, type_: str) -> Value:
    """Where the type is a text, the source's spelling counts."""
    if isinstance(node, Scalar) and type_ in ("text", "enum", "email", "url"):
        return node.text
    return node.plain_data()

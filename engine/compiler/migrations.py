"""`renamed` and `migrate`: how runs of earlier versions of a flow find their way into this one."""

from engine.compiler.context import Context
from engine.compiler.nodes import Fields, Scalar
from engine.compiler.symbols import FlowSource
from engine.core.expr import compile_expression, compile_literal
from engine.core.nodes import Evaluate
from engine.core.program import Renamed
from engine.errors import StatechatError


def renamed(context: Context, flow: FlowSource) -> Renamed:
    """What states and variables were called; one old name may be that of both."""
    node = flow.node.get("renamed")
    states: dict[str, str] = {}
    data: dict[str, str] = {}
    for old, entry in node.entries.items() if isinstance(node, Fields) else ():
        if not isinstance(entry.value, Scalar):
            continue
        new = entry.value.text
        if new not in flow.states and new not in flow.variables:
            known = {*flow.states, *flow.variables}
            context.findings.unknown("SC020", "state or variable", entry.value, new, known)
            continue
        if new in flow.states and old not in flow.states:
            states[old] = new
        if new in flow.variables and old not in flow.variables:
            data[old] = new
        if old not in states and old not in data:
            message = f"`{old}` is still there, so nothing was renamed"
            cure = "Write the old name first: `old: new`."
            context.findings.add("SC040", message, entry.key, cure)
    return Renamed(states, data)


def migrated(context: Context, flow: FlowSource) -> dict[str, Evaluate]:
    """What variables get from those of an earlier version, whose names are not known."""
    node = flow.node.get("migrate")
    found: dict[str, Evaluate] = {}
    for name, entry in node.entries.items() if isinstance(node, Fields) else ():
        variable = flow.variables.get(name)
        if variable is None or variable.scope != "run":
            known = [name for name, one in flow.variables.items() if one.scope == "run"]
            context.findings.unknown("SC022", "variable of a run", entry.key, name, known)
        elif isinstance(entry.value, Scalar):
            found[name] = _expression(context, entry.value)
    return found


def _expression(context: Context, node: Scalar) -> Evaluate:
    if not isinstance(node.value, str):
        return compile_literal(node.value)
    try:
        return compile_expression(node.text, node.content)
    except StatechatError as error:
        context.findings.caught("SC030", error, node)
        return compile_literal(None)

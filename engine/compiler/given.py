"""What a flow is given that another one begins: the `with` of `call` and of `schedule`."""

from collections.abc import Mapping

from engine.compiler.context import Context
from engine.compiler.hints import given as shapes_of
from engine.compiler.hints import held, words
from engine.compiler.nodes import Entry, Fields, Node, Scalar
from engine.compiler.symbols import FlowSource
from engine.core.nodes import Block, Evaluate
from engine.core.schedules import Schedule, Unschedule
from engine.core.suggest import did_you_mean


def schedules(context: Context, node: Fields, locals_: frozenset[str]) -> Block:
    """`unschedule` and `schedule`, in this order."""
    found: Block = ()
    gone = node.get("unschedule")
    if isinstance(gone, Scalar):
        found += (Unschedule(context.expression(gone, locals_), gone.place),)
    plan = node.get("schedule")
    if isinstance(plan, Fields):
        found += _schedule(context, plan, locals_)
    return found


def _schedule(context: Context, node: Fields, locals_: frozenset[str]) -> Block:
    start, id_ = node.get("start"), node.get("id")
    if not isinstance(start, Scalar) or id_ is None:
        return ()
    at, every = node.get("at"), node.get("every")
    if at is None and every is None:
        cure = "Add `at: <moment or seconds>` or `every: <rule>`."
        context.findings.add("SC011", "`schedule` does not say when", start, cure)
    child = context.flows.get(start.text)
    if child is None:
        if start.text not in context.findings.unread:
            context.findings.unknown("SC021", "flow", start, start.text, context.flows)
        return ()
    context.scheduled.add(child.name)
    arguments = inputs(context, child, node.get("with"), start, locals_)
    return (
        Schedule(
            context.expression(id_, locals_), child.name, arguments,
            None if at is None else context.value(at, locals_),
            None if every is None else context.value(every, locals_), start.place,
        ),
    )  # fmt: skip


def inputs(
    context: Context,
    child: FlowSource,
    given: Node | None,
    name: Scalar,
    locals_: frozenset[str] = frozenset(),
) -> dict[str, Evaluate]:
    """The inputs of a flow, held against what it declares; `name` is where it is named."""
    arguments = context.values(given, locals_)
    fields: Mapping[str, Entry] = given.entries if isinstance(given, Fields) else {}
    for key, entry in fields.items():
        if key not in child.inputs:
            message = f"`{child.name}` takes no input `{key}`"
            cure = did_you_mean(key, child.inputs)
            context.findings.add("SC042", message, entry.key, cure)
            arguments.pop(key, None)
        elif key in child.variables:
            _check_input(context, child, key, entry, arguments[key])
    for input_ in sorted(child.inputs - fields.keys()):
        variable = child.variables.get(input_)
        given_later = variable and (variable.default is not None or variable.initial)
        if variable and not given_later and not variable.optional:
            message = f"`{child.name}` needs the input `{input_}`"
            context.findings.add("SC042", message, name, f"Add `with: {{{input_}: …}}`.")
    return arguments


def _check_input(
    context: Context, child: FlowSource, name: str, entry: Entry, evaluate: Evaluate
) -> None:
    """An input whose type can never hold what it is given."""
    variables = context.flow.variables if context.flow else {}
    wanted, actual = held(child.variables[name]), shapes_of(evaluate, variables)
    if wanted is not None and actual is not None and not actual & (wanted | {"null"}):
        message = f"`{name}` of `{child.name}` holds {words(wanted)}, not {words(actual)}"
        context.findings.add("SC042", message, entry.value)

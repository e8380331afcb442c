"""`call` and `invoke`: states that wait for a subflow or for an action."""

from engine.compiler import builtin
from engine.compiler.context import ERROR, Context
from engine.compiler.given import inputs
from engine.compiler.nodes import Fields, Node, Scalar
from engine.compiler.symbols import FlowSource, StateSource
from engine.compiler.transitions import Way, ways
from engine.core.checks import under_check
from engine.core.nodes import Call, Work

TIMEOUT = 30_000
"""An attempt's time limit where the author sets none (ms)."""
DELAY = 1_000
FACTOR = 2.0
ATTEMPTS_MAX = 100
VALUE = "value"
"""The argument of a check that holds the answer."""


def called(
    context: Context, flows: dict[str, FlowSource], state: StateSource
) -> tuple[Call | None, dict[str, tuple[Way, ...]]]:
    """The subflow of a `call` state, and what follows each of its final states."""
    name = state.node.get("call")
    if not isinstance(name, Scalar):
        return None, {}
    child = flows.get(name.text)
    if child is None:
        if name.text not in context.findings.unread:
            context.findings.unknown("SC021", "flow", name, name.text, flows)
        return None, {}
    arguments = inputs(context, child, state.node.get("with"), name)
    into = state.node.get("into")
    slot = None if into is None else context.slot(into)
    call = Call(child.name, arguments, slot, name.place)
    return call, _finals(context, state, child, name)


def _finals(
    context: Context, state: StateSource, child: FlowSource, name: Scalar
) -> dict[str, tuple[Way, ...]]:
    on = state.node.get("on")
    handled = on.entries if isinstance(on, Fields) else {}
    found: dict[str, tuple[Way, ...]] = {}
    for final in child.finals:
        if final in handled:
            key = f"{state.prefix}on.{final}"
            found[f"final:{final}"] = ways(context, handled[final].value, key, state)
        else:
            message = (
                f"`{child.name}` can end in `{final}`, and `{state.path}` does not handle that"
            )
            cure = f"Add `on: {{{final}: <state>}}`."
            context.findings.add("SC041", message, name, cure)
    return found


def invoked(context: Context, state: StateSource) -> tuple[Work | None, dict[str, tuple[Way, ...]]]:
    """The work of an `invoke` state, and the ways on from its end."""
    node = state.node.get("invoke")
    if not isinstance(node, Fields):
        return None, {}
    key = f"{state.prefix}invoke"
    action = node.get("action")
    if not isinstance(action, Scalar):
        return None, {}
    into = node.get("into")
    slot = None if into is None else context.slot(into)
    retry = _retry(node)
    again = retry.get("if") if retry else None
    arguments = builtin.arguments(context, action, node.get("with"))
    work = Work(
        action.text,
        arguments,
        slot,
        _time(context, node.get("timeout"), TIMEOUT),
        int(_number(retry.get("max") if retry else None, 1)),
        _time(context, retry.get("delay") if retry else None, DELAY),
        _number(retry.get("factor") if retry else None, FACTOR),
        None if again is None else context.expression(again, ERROR),
        safe=_flag(node.get("safe")),
        place=action.place,
        private=context.private(arguments),
    )
    done = ways(context, node.get("done"), f"{key}.done", state)
    if node.get("done") is None and not context.findings.blamed(node):
        cure = "Add `done: <state>`."
        context.findings.add("SC011", f"`{state.path}` does not say what follows", action, cure)
    found = {"invoke.done": done}
    errors = ways(context, node.get("error"), f"{key}.error", state, ERROR)
    if errors:
        found["invoke.error"] = errors
    return work, found


def checked(context: Context, state: StateSource) -> Work | None:
    """The work of a question's `check`: it gets what was read as `value`."""
    node = state.node.get("check")
    spec = node if isinstance(node, Fields) else None
    name = spec.get("name") if spec else node
    if not isinstance(name, Scalar):
        return None
    given = spec.get("with") if spec else None
    arguments = context.values(given)
    if isinstance(given, Fields) and VALUE in given.entries:
        message = f"`{VALUE}` is what the person answered"
        cure = "Give the argument another name."
        context.findings.add("SC042", message, given.entries[VALUE].key, cure)
    retry = _retry(spec)
    again = retry.get("if") if retry else None
    return Work(
        name.text,
        {VALUE: under_check, **arguments},
        None,
        _time(context, spec.get("timeout") if spec else None, TIMEOUT),
        int(_number(retry.get("max") if retry else None, 1)),
        _time(context, retry.get("delay") if retry else None, DELAY),
        _number(retry.get("factor") if retry else None, FACTOR),
        None if again is None else context.expression(again, ERROR),
        safe=True,
        place=name.place,
        private=context.private(arguments) | {VALUE},
    )


def _retry(node: Fields | None) -> Fields | None:
    retry = node.get("retry") if node else None
    return retry if isinstance(retry, Fields) else None


def _time(context: Context, node: Node | None, default: int) -> int:
    return context.milliseconds(node) if isinstance(node, Scalar) else default


def _number(node: Node | None, default: float) -> float:
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else default


def _flag(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.value is True

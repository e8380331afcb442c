"""Transitions as authors write them, resolved: targets, guards, actions."""

from dataclasses import dataclass

from engine.compiler.actions import block
from engine.compiler.context import Context
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.symbols import FlowSource, StateSource, text_of
from engine.core.expr import Expression
from engine.core.patterns import Pattern
from engine.core.program import BACK, Block


@dataclass(frozen=True, slots=True)
class Way:
    """One transition: to a state's path, to `.back`, or (no target) internal."""

    target: str | None
    guard: Expression | None = None
    pattern: Pattern | None = None
    actions: Block = ()
    reprompt: bool = True

    def preceded(self, actions: Block) -> "Way":
        return Way(self.target, self.guard, self.pattern, actions + self.actions, self.reprompt)

    def matching(self, pattern: Pattern) -> "Way":
        return Way(self.target, self.guard, pattern, self.actions, self.reprompt)


def ways(
    context: Context,
    node: Node | None,
    key: str,
    state: StateSource | None,
    locals_: frozenset[str] = frozenset(),
) -> tuple[Way, ...]:
    """A target, a mapping, or a list of those, as guarded transitions in order.

    `state` is where they are written (none in bot.yaml); targets are resolved from there.
    """
    if isinstance(node, Items):
        found: tuple[Way, ...] = ()
        for index, item in enumerate(node.items):
            found += ways(context, item, f"{key}.{index}", state, locals_)
        return found
    if isinstance(node, Scalar):
        target = resolve(context, node, state)
        return () if target is None else (Way(target),)
    if not isinstance(node, Fields):
        return ()
    wanted = node.get("target")
    target = None
    if isinstance(wanted, Scalar):
        target = resolve(context, wanted, state)
        if target is None:
            return ()
    condition = node.get("guard")
    guard = None if condition is None else context.expression(condition, locals_)
    reprompt = text_of(node.get("reprompt")) != "false"
    return (Way(target, guard, None, block(context, node, key, locals_), reprompt),)


def resolve(context: Context, node: Scalar, state: StateSource | None) -> str | None:
    """The path of the state that a target means: a sibling, or a dotted path from the root."""
    flow = context.flow
    name = node.text
    if state is None or flow is None:
        return None  # the schema of bot.yaml has said that there are no states to go to
    if name == BACK:
        return BACK
    parent = state.parent or state
    for path in (f"{parent.prefix}{name}", name):
        if path in flow.states:
            return path
    _unknown_target(context, flow, parent, node)
    return None


def _unknown_target(context: Context, flow: FlowSource, parent: StateSource, node: Scalar) -> None:
    context.findings.unknown("SC020", "state", node, node.text, {*parent.children, *flow.states})

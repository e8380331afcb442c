"""Transitions as authors write them, resolved: targets, guards, actions."""

from dataclasses import replace
from typing import TypeAlias

from engine.classes import dataclass
from engine.compiler.actions import block
from engine.compiler.context import Context
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.symbols import FlowSource, StateSource, text_of
from engine.core.blocks import Drawn, Guard, Matches
from engine.core.expr import Expression
from engine.core.nodes import BACK, Block
from engine.core.patterns import Pattern
from engine.errors import Place

Condition: TypeAlias = Guard | Matches | Drawn


@dataclass(frozen=True, slots=True)
class Way:
    """One transition: to a state's path, to `.back`, or (no target) internal.

    `inside` says that it leads into the state that it is written in without leaving it; `drawn`
    that it is one of those of a `split`.
    """

    target: str | None
    guard: Expression | None = None
    pattern: Pattern | None = None
    actions: Block = ()
    reprompt: bool = True
    inside: bool = False
    drawn: Drawn | None = None
    place: Place | None = None

    def preceded(self, actions: Block) -> "Way":
        return replace(self, actions=actions + self.actions)

    def matching(self, pattern: Pattern) -> "Way":
        return replace(self, pattern=pattern)

    @property
    def conditions(self) -> "tuple[Condition, ...]":
        """What must hold, in the order in which it is asked."""
        if self.guard is None and self.pattern is None and self.drawn is None:
            return ()
        guard = None if self.guard is None else Guard(self.guard)
        pattern = None if self.pattern is None else Matches(self.pattern)
        return tuple(one for one in (pattern, guard, self.drawn) if one is not None)


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
        return () if target is None else (Way(target, place=node.place),)
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
    inside = text_of(node.get("internal")) == "true"
    if inside and state is not None:
        _check_inside(context, node, state, target)
    actions = block(context, node, key, locals_)
    return (Way(target, guard, None, actions, reprompt, inside, place=node.place),)


def _check_inside(context: Context, node: Fields, state: StateSource, target: str | None) -> None:
    """Only what leads into its own state can leave it standing."""
    if target is None or not (not state.path or target.startswith(f"{state.path}.")):
        cure = "Remove it: a transition without target leaves nothing anyway."
        at = node.entries["internal"].key
        context.findings.add("SC040", "`internal` needs a target inside this state", at, cure)


def drawn(context: Context, node: Node | None, state: StateSource) -> tuple[Way, ...]:
    """The ways of a `split`: targets with their weights, of which one is drawn a visit."""
    if not isinstance(node, Fields):
        return ()
    weights = tuple(
        float(entry.value.value) if isinstance(entry.value, Scalar) else 0.0  # type: ignore[arg-type]  # a number, says the schema
        for entry in node.entries.values()
    )
    targets = [resolve(context, entry.key, state) for entry in node.entries.values()]
    return tuple(
        Way(target, drawn=Drawn(f"split:{state.path}", weights, index), place=entry.key.place)
        for index, (entry, target) in enumerate(zip(node.entries.values(), targets, strict=True))
        if target is not None
    )


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

"""One state of a flow: what happens on entry, what it waits for, and what it hears."""

from dataclasses import field

from engine.classes import dataclass
from engine.compiler.actions import assignments, block
from engine.compiler.context import ERROR, Context
from engine.compiler.events import known_event
from engine.compiler.handoffs import handed_over, relayed
from engine.compiler.nodes import Fields, Items, Scalar
from engine.compiler.questions import question
from engine.compiler.shapes import check_shape
from engine.compiler.speech import say
from engine.compiler.symbols import FlowSource, StateSource, text_of
from engine.compiler.transitions import Way, drawn, resolve, ways
from engine.compiler.work import called, invoked
from engine.core.blocks import Ask
from engine.core.handoff import Over
from engine.core.nodes import Block, StateNode, TimerSpec


@dataclass(frozen=True, slots=True)
class Compiled:
    """A state node, and the transitions written in it by the machine's event, in order.

    `hears` bubbles: it is valid in the states inside as well; `own` is for this state only.
    """

    source: StateSource
    node: StateNode
    hears: dict[str, tuple[Way, ...]] = field(default_factory=dict)
    own: dict[str, tuple[Way, ...]] = field(default_factory=dict)


def compile_states(context: Context, flows: dict[str, FlowSource]) -> dict[str, Compiled]:
    """Every state by path, the root first."""
    assert context.flow is not None
    compiled: dict[str, Compiled] = {}
    for order, state in enumerate(context.flow.root.walk()):
        ancestry = tuple(compiled[outer.path].node for outer in reversed(state.chain()[1:]))
        compiled[state.path] = _compile(context, flows, state, ancestry, order)
    return compiled


def _compile(
    context: Context,
    flows: dict[str, FlowSource],
    state: StateSource,
    ancestry: tuple[StateNode, ...],
    order: int,
) -> Compiled:
    node = state.node
    check_shape(context, state)
    hears: dict[str, tuple[Way, ...]] = {}
    own: dict[str, tuple[Way, ...]] = {}
    asked = question(context, state)
    if asked is not None:
        own.update(asked.ways)
    work, ends = invoked(context, state)
    own.update(ends)
    call, finals = called(context, flows, state)
    own.update(finals)
    handoff, told = handed_over(context, state)
    own.update(told)
    heard, done = _on(context, state, handled=finals, told=told)
    hears.update(heard)
    own.update(done)
    relayed(handoff, hears)
    timers = _timers(context, state, hears)
    always = ways(context, node.get("always"), f"{state.prefix}always", state)
    if asked is None:
        always += ways(context, node.get("next"), f"{state.prefix}next", state)
        always += drawn(context, node.get("split"), state)
    if always:
        hears["always"] = always
    output = node.get("output")
    return Compiled(
        state,
        StateNode(
            state.path,
            state.kind,
            ancestry,
            order=order,
            children=tuple(child.path for child in state.inside),
            histories=tuple(
                child.path for child in state.children.values() if child.kind == "history"
            ),
            initial=_initial(context, state),
            deep=text_of(node.get("deep")) == "true",
            entry=_entry(context, state)
            + ((Ask(asked.question),) if asked else ())
            + ((Over(handoff, "open"),) if handoff else ()),
            exit=block(context, node.get("exit"), f"{state.prefix}exit")
            + ((Over(handoff, "close"),) if handoff else ()),
            timers=timers,
            question=asked.question if asked else None,
            call=call,
            work=work,
            handoff=handoff,
            output=None if output is None else context.value(output),
            place=(state.key or state.node).place,
        ),
        hears,
        own,
    )


def _initial(context: Context, state: StateSource) -> str:
    """The path of what is entered by default: the first child, or what a history means at first."""
    if state.kind == "history":
        return _remembered(context, state)
    if not state.children:
        return ""
    wanted = state.children.get(text_of(state.node.get("initial")) or "")
    return (wanted or next(iter(state.children.values()))).path


def _remembered(context: Context, state: StateSource) -> str:
    """What a history means as long as nothing is remembered."""
    assert state.parent is not None
    target = state.node.get("target")
    if not isinstance(target, Scalar):
        first = _initial(context, state.parent)
        return state.parent.path if state.parent.kind == "parallel" else first
    path = resolve(context, target, state)
    around = state.parent
    known = context.flow.states if context.flow else {}
    if path is None or path not in known:
        return around.path
    if known[path].kind == "history" or not path.startswith(around.prefix):
        cure = f"Name a state inside `{around.path}`."
        context.findings.add("SC040", f"a history cannot lead to `{path}`", target, cure)
        return around.path
    return path


def _entry(context: Context, state: StateSource) -> Block:
    """On entry, in this order: set, say, other actions (the question comes last)."""
    actions = assignments(context, state.node.get("set"))
    actions += say(context, state.node.get("say"), f"{state.prefix}say")
    return actions + block(context, state.node.get("entry"), f"{state.prefix}entry")


def _on(
    context: Context,
    state: StateSource,
    handled: dict[str, tuple[Way, ...]],
    told: dict[str, tuple[Way, ...]],
) -> tuple[dict[str, tuple[Way, ...]], dict[str, tuple[Way, ...]]]:
    """The handlers of `on`: those that bubble, and those for what ends inside this state."""
    hears: dict[str, tuple[Way, ...]] = {}
    own: dict[str, tuple[Way, ...]] = {}
    node = state.node.get("on")
    if not isinstance(node, Fields):
        return hears, own
    for name, entry in node.entries.items():
        key = f"{state.prefix}on.{name}"
        if f"final:{name}" in handled or f"handoff.{name}" in told:
            continue
        found = ways(context, entry.value, key, state, ERROR if name == "error" else frozenset())
        if name == "done" and state.children and state.path:
            own[f"done:{state.path}"] = found
        elif name.startswith("~"):
            pattern = context.pattern(entry.key, name[1:])
            if pattern is not None:
                hears["~"] = (*hears.get("~", ()), *(way.matching(pattern) for way in found))
        elif _is_end_of_unknown(context, state, name) or known_event(context, entry.key):
            hears[name] = found
    return hears, own


def _is_end_of_unknown(context: Context, state: StateSource, name: str) -> bool:
    """Whether this may be a final state of a flow that was not found: that was reported."""
    called = text_of(state.node.get("call"))
    return called is not None and called not in context.flows and name.isidentifier()


def _timers(
    context: Context, state: StateSource, hears: dict[str, tuple[Way, ...]]
) -> tuple[TimerSpec, ...]:
    """`after` and `idle`; each timer is an event of its own."""
    specs: list[TimerSpec] = []
    for kind in ("after", "idle"):
        node = state.node.get(kind)
        if isinstance(node, Fields):
            for name, entry in node.entries.items():
                key = f"{kind}:{state.path}:{name}"
                delay = context.milliseconds(entry.key)
                specs.append(TimerSpec(key, delay, idle=kind == "idle"))
                path = f"{state.prefix}{kind}.{name}"
                hears[key] = ways(context, entry.value, path, state)
        elif isinstance(node, Items):
            for index, item in enumerate(node.items):
                delay_node = item.get("after") if isinstance(item, Fields) else None
                if isinstance(delay_node, Fields):
                    delay_node = delay_node.get("until")
                if delay_node is not None:
                    key = f"{kind}:{state.path}:{index}"
                    specs.append(TimerSpec(key, context.delay(delay_node)))
                    path = f"{state.prefix}{kind}.{index}"
                    hears[key] = ways(context, item, path, state)
    return tuple(specs)

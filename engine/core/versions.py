"""Conversations that began with an earlier version of their flow.

A run goes on in the present version if its states, its timers, its pending invokes, its snapshots
and the data that the rest of the conversation reads are all there; otherwise it finishes in the
version that it began with. Flows that call each other go together, so that no flow meets a version
of another that it was not written for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

from engine.classes import dataclass
from engine.core.activation import work_of
from engine.core.configuration import consistent
from engine.core.faults import Fault
from engine.core.inputs import Variable, fits
from engine.core.nodes import StateNode
from engine.core.program import Flow, Program
from engine.core.session import Chat, Frame, Leaf, Timer
from engine.core.values import Data, Value

Timers = tuple[Timer, ...]


def flow_of(program: Program, frame: Frame) -> Flow | None:
    """The version of its flow that a run is in, if the program has it."""
    flow = program.flows.get(frame.flow)
    if flow is not None and flow.hash == frame.hash:
        return flow
    return program.earlier.get(frame.hash)


def carry_over(program: Program, chat: Chat, at: str, timers: Timers) -> tuple[Chat, Timers]:
    """A chat, and the person's timers, with every run moved that can go on in the present version.

    `at` is the chat's name.
    """
    stack: list[Frame] = []
    back = chat.back
    for chain in _chains(chat.stack):
        moved = _move(program, chain)
        snapshots = [kept for kept in back if kept.base == chain[0].run]
        restored = [_move(program, kept.frames) for kept in snapshots]
        carried = None if moved is None else _timers(program, moved, at, timers)
        if moved is None or carried is None or any(frames is None for frames in restored):
            stack += chain
            continue
        stack += moved
        timers = carried
        fresh = dict(zip((id(kept) for kept in snapshots), restored, strict=True))
        back = tuple(
            replace(kept, frames=tuple(fresh[id(kept)] or ())) if id(kept) in fresh else kept
            for kept in back
        )
    return replace(chat, stack=tuple(stack), back=back), timers


def _chains(stack: Sequence[Frame]) -> Iterator[list[Frame]]:
    """The runs in groups: one that was begun by itself, with those that it has called."""
    chain: list[Frame] = []
    for frame in stack:
        if chain and frame.link != "call":
            yield chain
            chain = []
        chain.append(frame)
    if chain:
        yield chain


def _move(program: Program, chain: Sequence[Frame]) -> list[Frame] | None:
    """The runs of a chain in the present version, or none if one of them is not at home there."""
    moved: list[Frame] = []
    for index, frame in enumerate(chain):
        flow = program.flows.get(frame.flow)
        above = chain[index + 1] if index + 1 < len(chain) else None
        found = None if flow is None else _frame(program, flow, frame)
        if flow is None or found is None or not stands(flow, found, above):
            return None
        moved.append(found)
    return moved


def _frame(program: Program, flow: Flow, frame: Frame) -> Frame | None:
    """A run as the present version of its flow takes it up; none where something is not there."""
    if frame.hash == flow.hash:
        return frame
    old = program.earlier.get(frame.hash)
    leaves = tuple([replace(leaf, state=renamed(flow, leaf.state)) for leaf in frame.leaves])
    works = zip(frame.leaves, leaves, strict=True)
    if old is not None and not all(_same_work(old, before, flow, after) for before, after in works):
        return None
    data = _data(flow, old, frame.data, leaves)
    if data is None:
        return None
    history = {
        renamed(flow, path): tuple([renamed(flow, one) for one in left])
        for path, left in frame.history.items()
    }
    return replace(
        frame, hash=flow.hash, leaves=leaves, data=data,
        late=tuple([_key(flow, key) for key in frame.late]),
        history={
            path: left
            for path, left in history.items()
            if path in flow.states and all(one in flow.states for one in left)
        },
    )  # fmt: skip


def renamed(flow: Flow, path: str) -> str:
    """What a state of an earlier version is called in this one; states inside go with it."""
    outer = path
    while outer:
        if outer in flow.renamed.states:
            return flow.renamed.states[outer] + path[len(outer) :]
        outer = outer.rpartition(".")[0]
    return path


def _same_work(old: Flow, before: Leaf, flow: Flow, after: Leaf) -> bool:
    """Whether what a state waits for is the same in both versions."""
    pending = before.pending
    if pending is None:
        return True
    nodes = old.states.get(before.state), flow.states.get(after.state)
    was, now = (None if node is None else work_of(node, pending) for node in nodes)
    return was is not None and now is not None and was.action == now.action


def _data(flow: Flow, old: Flow | None, data: Data, leaves: Sequence[Leaf]) -> Data | None:
    """The variables of a run in this version; none where one that is read further on is not there.

    A variable that the earlier version had as well may be empty here as it could be there.
    """
    names = flow.renamed.data
    known = {names.get(name, name): value for name, value in data.items()}
    try:
        known |= {name: give(_Memory(data)) for name, give in flow.migrate.items()}
    except Fault:
        return None
    had = {names.get(name, name) for name in old.variables} if old is not None else set(known)
    live = {name for leaf in leaves for name in flow.live.get(leaf.state, flow.variables)}
    carried: dict[str, Value] = {}
    for name, variable in flow.variables.items():
        if variable.scope != "run" or variable.computed is not None:
            continue
        value = known.get(name)
        if value is not None and fits(variable, value) is None:
            carried[name] = value
        elif (begun := _initial(variable, carried)) is not None:
            carried[name] = begun
        elif name in live and not variable.optional and (value is not None or name not in had):
            return None
    return carried


def _initial(variable: Variable, data: Data) -> Value:
    """What a variable begins with; null where its expression fails."""
    if variable.initial is None:
        return variable.default
    try:
        return variable.initial(_Memory(data))
    except Fault:
        return None


def _timers(program: Program, moved: Sequence[Frame], at: str, timers: Timers) -> Timers | None:
    """The person's timers with those of moved runs by their present names; none if one is gone."""
    runs = {frame.run: program.flows[frame.flow] for frame in moved}
    armed = {
        frame.run: {spec.key for node in _around(flow, frame) for spec in node.timers}
        for frame, flow in ((frame, runs[frame.run]) for frame in moved)
    }
    carried: list[Timer] = []
    for timer in timers:
        flow = runs.get(timer.run) if timer.chat == at else None
        kept = timer if flow is None else replace(timer, key=_key(flow, timer.key))
        if flow is not None and kept.key not in armed[timer.run]:
            return None
        carried.append(kept)
    return tuple(carried)


def _around(flow: Flow, frame: Frame) -> Iterator[StateNode]:
    for leaf in frame.leaves:
        node = flow.states[leaf.state]
        yield from (*node.ancestry, node)


def _key(flow: Flow, key: str) -> str:
    """The event of a timer, `after:<state>:<name>`, by the present name of its state."""
    kind, path, name = key.split(":", 2)
    return f"{kind}:{renamed(flow, path)}:{name}"


def stands(flow: Flow, frame: Frame, above: Frame | None) -> bool:
    """Whether a run can go on in a version of its flow as far as its states tell.

    Its states must be there, wait for the invoke that is under way, and call what they called.
    """
    if not consistent(flow.states, [leaf.state for leaf in frame.leaves]):
        return False
    for leaf in frame.leaves:
        node = flow.states[leaf.state]
        called = above is not None and above.link == "call" and above.caller == leaf.visit
        if called and (node.call is None or (above is not None and node.call.flow != above.flow)):
            return False
        pending = leaf.pending
        if pending is not None and work_of(node, pending) is None:
            return False
        begun = called or leaf.waits or (pending is not None and pending.given is None)
        if begun != (node.call is not None or node.work is not None):
            return False
    return True


@dataclass(frozen=True, slots=True)
class _Memory:
    """What `migrate` reads: the variables that the run had, and nothing else."""

    data: Data
    user: Data = field(default_factory=dict)
    turn: Data = field(default_factory=dict)
    session: Data = field(default_factory=dict)
    local: Mapping[str, Value] = field(default_factory=dict)
    now: str = ""
    lang: str = "en"
    tz: str | None = None

    def in_state(self, _path: str) -> bool:
        return False

    def label(self, _path: tuple[str, ...], value: Value) -> str:
        return "" if value is None else str(value)

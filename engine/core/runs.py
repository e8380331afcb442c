"""Runs of flows on a chat's stack: how they begin, end, suspend each other, and go back."""

from collections import deque
from dataclasses import replace

from engine.core.activation import Activation, checked
from engine.core.company import is_aside
from engine.core.effects import Drop
from engine.core.events import Result
from engine.core.faults import Fault
from engine.core.macrostep import BOT, Macrostep, Raised, leaf_of_visit
from engine.core.moves import end, enter, fire, release
from engine.core.program import Flow
from engine.core.schedules import postponed, spent
from engine.core.session import Frame, Link, Pending, Plan, Snapshot, Timer
from engine.core.timers import arm
from engine.core.values import Data, Value
from engine.core.versions import flow_of, stands


class Unhandled(Fault):
    """A fault that no state handles: the event is consumed, and everything else undone."""


def begin_triggered(macrostep: Macrostep, name: str) -> bool:
    """Begin a flow by its trigger; false where it does not want to interrupt the running one.

    A flow that is on the stack already is begun anew in its place.
    """
    stack = macrostep.stack
    for index, model in enumerate(stack):
        if model.flow.name == name:
            link = model.link
            end_from(macrostep, index)
            if link == "call":
                caller = stack[-1]
                caller.leaf = leaf_of_visit(caller, model.caller) or caller.leaf
                caller.leaf.waits = True
            else:
                begin(macrostep, macrostep.program.flows[name], link, {})
            return True
    busy = macrostep.program.flows[name].when_busy if stack else "replace"
    if busy == "ignore":
        return False
    if busy == "replace":
        end_from(macrostep, 0)
    begin(macrostep, macrostep.program.flows[name], "digress" if stack else "root", {})
    return True


def begin_offered(macrostep: Macrostep, flow: Flow, wanted: Data) -> bool:
    """Begin the flow of a button, as its trigger would; a run of it that was called stays."""
    stack = macrostep.stack
    given = _known(macrostep, flow, wanted)
    if given is None:
        return True
    for index, model in enumerate(stack):
        if model.flow.name == flow.name and model.link != "call":
            link = model.link
            end_from(macrostep, index)
            begin(macrostep, flow, link, given)
            return True
    if stack and flow.when_busy == "ignore":
        return False
    if flow.when_busy == "replace":
        end_from(macrostep, 0)
    begin(macrostep, flow, "digress" if stack else "root", given)
    return True


def begin(macrostep: Macrostep, flow: Flow, link: Link, given: Data, caller: int = 0) -> None:
    """Put a run of a flow on the stack and enter its initial state."""
    try:
        data = {**literals(flow), **given}
        model = macrostep.push(flow, link, data, caller)
        model.aside = link == "digress" and is_aside(macrostep.session, macrostep.event)
    except Fault as fault:
        macrostep.fault(fault)
        return
    try:
        fill_in(macrostep, model)
        hold_to_limits(model, given)
    except Fault as fault:
        macrostep.fault(fault)
    macrostep.note("step:transition", "init")
    enter(model, model.flow.start)


def literals(flow: Flow) -> Data:
    """The written defaults of a run's variables."""
    return {
        variable.name: variable.default
        for variable in flow.variables.values()
        if variable.scope == "run" and variable.default is not None
    }


def fill_in(macrostep: Macrostep, model: Activation) -> None:
    """Give the variables their defaults that have no value yet: the person's, then computed ones.

    Those that are expressions are evaluated in the order of their declaration.

    Raises:
        Fault: an expression fails, or its value does not fit.
    """
    for variable in model.flow.variables.values():
        if variable.default is None and variable.initial is None:
            continue
        known: Data = macrostep.user if variable.scope == "user" else model.data
        if variable.name in known:
            continue
        if variable.initial is not None:
            value = variable.initial(model)
            if value is not None:
                model.store(variable, value, getattr(variable.initial, "place", None))
        elif variable.scope == "user":
            macrostep.own_user()[variable.name] = variable.default


def hold_to_limits(model: Activation, given: Data) -> None:
    """Judge arguments by limits that are expressions; one that is beyond them is left out.

    Raises:
        Fault: `data:type`, or an expression fails.
    """
    for name, value in given.items():
        variable = model.flow.variables[name]
        if callable(variable.min) or callable(variable.max):
            try:
                checked(variable, value, None, model)
            except Fault:
                model.data = {key: each for key, each in model.data.items() if key != name}
                model.owned = None
                raise


def begin_call(macrostep: Macrostep, caller: Activation) -> None:
    """Begin the subflow of a `call` state with its arguments."""
    call = caller.node.call
    assert call is not None
    flow = macrostep.called(caller, call.flow)
    given: dict[str, Value] = {}
    try:
        for name, evaluate in call.arguments.items():
            value = evaluate(caller)
            if value is not None:
                given[name] = checked(flow.variables[name], value, call.place)
    except Fault as fault:
        macrostep.fault(fault)
        return
    begin(macrostep, flow, "call", given, caller.visit)


def finish(macrostep: Macrostep, model: Activation) -> None:
    """End a run that has reached a top-level final state, and go on with what lies below.

    A fault in it is heard by its caller; the flow that a digression suspended has no part in it.
    """
    node = model.node
    output: Value = None
    whole = True
    try:
        output = node.output(model) if node.output else None
    except Fault as fault:
        macrostep.fault(fault)
        whole = False
    macrostep.note("step:final", node.path)
    end(model)
    macrostep.stack.pop()
    if model.link == "call":
        _return(macrostep, model.caller, node.path, output, whole=whole)
        return
    macrostep.reprompt = model.link == "digress" and not model.aside
    macrostep.raised = deque(
        replace(event, run=BOT) if event.run == model.run else event for event in macrostep.raised
    )


def _return(macrostep: Macrostep, visit: int, final: str, output: Value, *, whole: bool) -> None:
    """Give a subflow's output to its caller, and tell it how the subflow ended."""
    caller = macrostep.stack[-1]
    caller.leaf = leaf_of_visit(caller, visit) or caller.leaf
    call = caller.node.call
    assert call is not None
    if call.into is not None and whole:
        try:
            caller.store(call.into.variable, output, call.place)
        except Fault as fault:
            macrostep.fault(fault)
    macrostep.raised.append(Raised(f"final:{final}", caller.run, visit=caller.visit))


def end_from(macrostep: Macrostep, index: int) -> None:
    """End the runs from this one upwards, the uppermost first."""
    while len(macrostep.stack) > index:
        end(macrostep.stack[-1])
        macrostep.stack.pop()


def fire_timer(macrostep: Macrostep, id_: str | None) -> None:
    """Let a due timer be heard once; a suspended run applies it when it goes on."""
    timer = next((timer for timer in macrostep.timers if timer.id == id_), None)
    if timer is None:
        macrostep.note("step:timer_gone", str(id_))
        return
    if timer.plan is not None:
        _begin_scheduled(macrostep, timer, timer.plan)
        return
    macrostep.timers = tuple(kept for kept in macrostep.timers if kept is not timer)
    for index, model in enumerate(macrostep.stack):
        if model.run == timer.run:
            if index < macrostep.base:
                model.late = (*model.late, timer.key)
            else:
                fire(model, timer.key)
            return
    macrostep.note("step:timer_gone", timer.key)


def _begin_scheduled(macrostep: Macrostep, timer: Timer, plan: Plan) -> None:
    """Begin a scheduled flow: above what runs, or in its place, as its `when_busy` says.

    It waits while an action works, where too many flows are open, and, with `ignore`, while any is.
    """
    flow = macrostep.program.flows.get(plan.flow)
    if flow is None:
        macrostep.timers = spent(macrostep.timers, timer.id, macrostep.now, macrostep.tz)
        macrostep.note("schedule:flow_gone", plan.flow, level="error")
        return
    if has_to_wait(macrostep, flow):
        macrostep.timers = postponed(macrostep.timers, timer, macrostep.now)
        macrostep.note("schedule:postponed", plan.flow)
        return
    macrostep.timers = spent(macrostep.timers, timer.id, macrostep.now, macrostep.tz)
    macrostep.forget_view()
    begin_by_itself(macrostep, flow, plan.given)


def has_to_wait(macrostep: Macrostep, flow: Flow) -> bool:
    """Whether a flow cannot begin by itself now: see `_begin_scheduled`."""
    busy = flow.when_busy if macrostep.stack else "replace"
    full = len(macrostep.stack) >= macrostep.program.limits.flows
    return macrostep.working or busy == "ignore" or (full and busy == "digress")


def begin_by_itself(macrostep: Macrostep, flow: Flow, wanted: Data) -> None:
    """Begin a flow that nobody asks for just now; inputs that it does not know are left out."""
    if flow.when_busy == "replace":
        end_from(macrostep, 0)
    given = _known(macrostep, flow, wanted)
    if given is not None:
        begin(macrostep, flow, "digress" if macrostep.stack else "root", given)


def _known(macrostep: Macrostep, flow: Flow, wanted: Data) -> Data | None:
    """The inputs that a flow knows in its present version; none where one does not fit."""
    given = {name: value for name, value in wanted.items() if name in flow.inputs}
    try:
        for name, value in given.items():
            checked(flow.variables[name], value, None)
    except Fault as fault:
        macrostep.fault(fault, BOT)
        return None
    return given


def apply_late(macrostep: Macrostep) -> bool:
    """Let the next timer be heard that fell due while its run was suspended; false if none did.

    What called the active run hears first: it may end it.
    """
    for model in macrostep.awake:
        if model.late:
            key, *rest = model.late
            model.late = tuple(rest)
            macrostep.applied.append((model.run, key))
            fire(model, key)
            return True
    return False


def go_back(macrostep: Macrostep) -> None:
    """Restore the runs as they were before the last answered question, and ask it again.

    What the person keeps (`user.…`) is not undone, entry actions are not run, and a digression is
    never left: before its first answer, the question is only asked again.
    """
    macrostep.wants_back = False
    macrostep.reprompt = True
    if _take_back(macrostep):
        return
    base = macrostep.base
    first = macrostep.stack[base].run
    at = next((i for i, kept in enumerate(macrostep.back) if kept.base == first), None)
    if at is None:
        return
    snapshot = macrostep.back[-1]
    if not _standing(macrostep, snapshot):
        macrostep.back = ()
        return
    macrostep.back = macrostep.back[:-1]
    macrostep.raised = deque(event for event in macrostep.raised if event.name == "error")
    working: dict[str, Pending] = {}
    for model in macrostep.stack[base:]:
        working |= {leaf.pending.id: leaf.pending for leaf in model.leaves if leaf.pending}
        macrostep.disarm_run(model.run)
    del macrostep.stack[base:]
    for frame in snapshot.frames:
        flow = _version(macrostep, frame)
        assert flow is not None  # that was seen to by `_standing`
        model = Activation(macrostep, flow, frame)
        macrostep.stack.append(model)
        _resume(model, working)
    macrostep.effects += [Drop(id_) for id_ in working]
    for _, leaf in macrostep.questions():
        macrostep.visits += 1
        leaf.visit = macrostep.visits
        leaf.entered = macrostep.now
    macrostep.note("step:back")


def _take_back(macrostep: Macrostep) -> bool:
    """Open the questions again whose answers are being checked; false where none is."""
    checked = [
        (model, leaf)
        for model in macrostep.stack[macrostep.base :]
        for leaf in model.leaves
        if leaf.pending is not None and leaf.pending.given is not None
    ]
    for model, leaf in checked:
        release(model, leaf)
    return bool(checked)


def _resume(model: Activation, working: dict[str, Pending]) -> None:
    """Let a run go on as it was: timers anew, no wrong answers, its actions under way or anew."""
    for leaf in model.leaves:
        leaf.tries = 0
        pending = leaf.pending
        if pending is not None:
            leaf.pending = working.pop(pending.id, None)
            leaf.waits = leaf.pending is None and pending.given is None
    for node in model.active():
        arm(model, node)


def _standing(macrostep: Macrostep, snapshot: Snapshot) -> bool:
    """Whether the bot's present version still has every state of a snapshot."""
    for frame, above in zip(snapshot.frames, (*snapshot.frames[1:], None), strict=True):
        flow = _version(macrostep, frame)
        if flow is None or not stands(flow, frame, above):
            return False
    return True


def _is_check(macrostep: Macrostep, result: Result) -> bool:
    return any(
        leaf.pending is not None
        and leaf.pending.id == result.invoke
        and leaf.pending.given is not None
        for model in macrostep.stack
        for leaf in model.leaves
    )


def _version(macrostep: Macrostep, frame: Frame) -> Flow | None:
    return flow_of(macrostep.program, frame) or macrostep.program.flows.get(frame.flow)


def undo(failed: Macrostep, unhandled: Unhandled) -> Macrostep:
    """What is left of a step with a fault that nobody handled: the event is consumed, no more.

    The same holds for the timers that had waited for their run. A fault while an invoke's result
    was applied ends the run, which could not go on; after that of a check, the question is open.
    """
    event = failed.event
    fresh = Macrostep(failed.program, failed.session, event, failed.now)
    fresh.log = failed.log
    fresh.note("step:undone", unhandled.code, level="error")
    if event.by_person:
        fresh.heard_from(event)
    for model in fresh.stack:
        model.late = tuple(key for key in model.late if (model.run, key) not in failed.applied)
    if event.timer is not None:
        fresh.timers = spent(fresh.timers, event.timer, fresh.now, fresh.tz)
    if event.result is not None and _is_check(fresh, event.result):
        fresh.reprompt = _take_back(fresh)
    elif event.result is not None and fresh.stack:
        ended = fresh.stack[fresh.base]
        fresh.reprompt = ended.link == "digress" and not ended.aside
        for model in fresh.stack[fresh.base :]:
            for leaf in model.leaves:
                release(model, leaf)
            fresh.forget_run(model)
        del fresh.stack[fresh.base :]
    fresh.tell(fresh.program.texts.error)
    fresh.raised.clear()
    return fresh

"""Work outside: how a state asks for it, repeats it, and takes its result."""

from collections.abc import Mapping

from engine.core import answers, checks, replies
from engine.core.activation import NOTHING, Activation, work_of
from engine.core.effects import Drop, Invoke
from engine.core.events import Failure, Result
from engine.core.faults import Fault
from engine.core.macrostep import Macrostep
from engine.core.moves import fire
from engine.core.nodes import Work
from engine.core.options import holds
from engine.core.session import Given, Pending
from engine.core.values import Value

DELAY_MAX = 24 * 3600 * 1000
"""Longest pause between two attempts, in milliseconds."""


def begin(macrostep: Macrostep, model: Activation, given: Given | None = None) -> None:
    """Plan the first attempt of the active state's invoke, or of the check of an answer."""
    model.leaf.pending = pending = Pending(macrostep.new_id(), 1, given)
    work = work_of(model.node, pending)
    assert work is not None
    _plan(macrostep, model, work, macrostep.now)


def _plan(macrostep: Macrostep, model: Activation, work: Work, at: int) -> None:
    pending = model.pending
    assert pending is not None
    try:
        args = {name: evaluate(model) for name, evaluate in work.arguments.items()}
    except Fault as fault:
        if pending.attempt > 1:
            macrostep.effects.append(Drop(pending.id))
        model.leaf.pending = None
        macrostep.fault(fault)
        return
    session = macrostep.session
    key = f"{session.id}#{session.incarnation}:{pending.id}"
    macrostep.effects.append(
        Invoke(
            pending.id, macrostep.at_chat, work.action, args, key, work.timeout, at,
            pending.attempt, tuple(sorted(work.private)),
            macrostep.event.by, macrostep.event.ref, macrostep.event.admin,
        )
    )  # fmt: skip


def apply_result(macrostep: Macrostep, result: Result | None) -> None:
    """Take the result of an attempt; one that nobody waits for any more is ignored."""
    for model in macrostep.stack:
        for leaf in model.leaves:
            pending = leaf.pending
            if result is None or pending is None or pending.id != result.invoke:
                continue
            if pending.attempt != result.attempt:
                continue
            model.leaf = leaf
            work = work_of(model.node, pending)
            assert work is not None
            if result.failure is None:
                _succeed(macrostep, model, work, result.value)
            else:
                _fail(macrostep, model, work, result.failure)
            return
    macrostep.note("step:result_gone", result.invoke if result else "")


def _succeed(macrostep: Macrostep, model: Activation, work: Work, value: Value) -> None:
    given = model.pending.given if model.pending else None
    _conclude(macrostep, model)
    if given is not None:
        _judge(model, work, given, value)
        return
    if not work.safe:
        first = macrostep.stack[macrostep.base].run
        macrostep.back = tuple(kept for kept in macrostep.back if kept.base != first)
    macrostep.note("step:done", work.action)
    try:
        if work.into is not None:
            model.store(work.into.variable, value, work.place)
    except Fault as fault:
        macrostep.fault(fault)
        return
    if not fire(model, "invoke.done", leaf=model.leaf):
        macrostep.fault(Fault("invoke:stuck", f"no way is open after `{work.action}`", work.place))


def _judge(model: Activation, work: Work, given: Given, found: Value) -> None:
    """Take or refuse an answer as its check has found."""
    question = model.node.question
    assert question is not None
    try:
        taken = checks.verdict(work, found)
        hint = taken if isinstance(taken, str) else answers.hint(model, question)
    except Fault as fault:
        model.macrostep.fault(fault)
        return
    model.macrostep.note("step:checked", f"{work.action}: {taken is True}")
    if taken is True:
        replies.accept(model, question, given)
    else:
        replies.refuse(model, question, hint, own=isinstance(taken, str))


def _fail(macrostep: Macrostep, model: Activation, work: Work, failure: Failure) -> None:
    pending = model.pending
    assert pending is not None
    error: Mapping[str, Value] = {
        "error": {
            "code": failure.code,
            "message": failure.message,
            "transient": failure.transient,
            "attempt": pending.attempt,
        }
    }
    model.local = error
    again = failure.transient if work.again is None else holds(model, work.again)
    model.local = NOTHING
    if again and pending.attempt < work.attempts:
        pause = min(round(work.delay * work.factor ** (pending.attempt - 1)), DELAY_MAX)
        model.leaf.pending = Pending(pending.id, pending.attempt + 1, pending.given)
        macrostep.note("step:retry", f"{work.action}: {failure.code}", level="info")
        _plan(macrostep, model, work, macrostep.now + pause)
        return
    _conclude(macrostep, model)
    macrostep.note("step:failed", f"{work.action}: {failure.code}", level="info")
    if not fire(model, "invoke.error", error, leaf=model.leaf):
        code = f"action:{failure.code}"
        macrostep.fault(Fault(code, failure.message or failure.code, work.place))


def _conclude(macrostep: Macrostep, model: Activation) -> None:
    """The item leaves the outbox by the commit that applies its result."""
    assert model.pending is not None
    macrostep.effects.append(Drop(model.pending.id))
    model.leaf.pending = None

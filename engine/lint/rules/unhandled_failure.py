"""SC701 unhandled-failure: an action can fail with a code for which no way is open.

The failure is a fault then: the person gets the bot's general `error` text, and the conversation
stays where it was. Any action can fail with `timeout`.

Let the last transition of `error` have no guard, or handle the event `error` by `on`.
"""

from collections.abc import Iterator, Sequence

from engine.core.blocks import Guard
from engine.core.nodes import StateNode, Work
from engine.core.program import Flow
from engine.core.scope import Name
from engine.diagnostics import Diagnostic
from engine.lint.cases import Case
from engine.lint.evidence import dialogue
from engine.lint.failures import TIMEOUT
from engine.lint.rule import Subject

_ACTIONS = """
from engine import ActionCall, ActionError, action


@action("door.open")
async def open_door(call: ActionCall) -> None:
    raise ActionError("jammed", "somebody has to come")
"""
FOUND = """
flow: door
triggers: [/open]
initial: open
states:
  open:
    invoke:
      action: door.open
      done: end
      error: [{guard: error.code == "jammed", target: jammed}]
  end: {type: final, say: Come in.}
  jammed: {type: final, say: Somebody will come.}
"""
FOUND_BESIDE = {"actions.py": _ACTIONS}
NEAR = """
flow: door
triggers: [/open]
initial: open
states:
  open:
    invoke:
      action: door.open
      done: end
      error: [{guard: error.code == "jammed", target: jammed}, failed]
  end: {type: final, say: Come in.}
  jammed: {type: final, say: Somebody will come.}
  failed: {type: final, say: Please try again later.}
"""
NEAR_BESIDE = FOUND_BESIDE


def check(subject: Subject) -> Iterator[Diagnostic]:
    if _hears_errors(subject.program.root):
        return
    for name, graph in subject.graphs.items():
        if any(map(_hears_errors, _callers(subject, name))):
            continue
        for path, way in graph.paths.items():
            node = graph.leaves[path]
            code = _open(subject, graph.flow, node, node.work) if node.work else None
            if code is not None and node.work is not None:
                told = (*dialogue(subject, graph.flow, way), f"({node.work.action} fails: {code})")
                yield Diagnostic(
                    "SC701", f"`{node.work.action}` can fail with `{code}`, and no way is open",
                    node.work.place, "Add `error: <state>`, or let its last transition have no "
                    "guard.", "warning", len(node.work.action), told,
                )  # fmt: skip


def _open(subject: Subject, flow: Flow, node: StateNode, work: Work) -> str | None:
    """A code with which the action can fail, and for which no way is open."""
    heard = flow.machine.events
    if "error" in heard and node.path in heard["error"].transitions:
        return None
    signature = subject.signatures.get(work.action)
    raised = sorted(signature.codes) if signature else []
    rows = heard["invoke.error"].transitions.get(node.path, []) if "invoke.error" in heard else []
    if not rows:
        return raised[0] if raised else None
    guards = [[one.expression for one in row.conditions if isinstance(one, Guard)] for row in rows]
    if any(not each or not _judged(each[0].names) for each in guards):
        return None
    for code in [*raised, TIMEOUT]:
        case = Case(local={"error": {"code": code, "message": "", "transient": True, "attempt": 1}})
        if not any(case.holds(each[0]) for each in guards):
            return code
    return None


def _judged(names: Sequence[Name]) -> bool:
    """Whether only the code decides."""
    return bool(names) and all(name.path == ("error", "code") for name in names)


def _hears_errors(flow: Flow) -> bool:
    return "error" in flow.machine.events


def _callers(subject: Subject, name: str) -> list[Flow]:
    """The flows that call one, at once or through others."""
    flows = subject.program.flows
    found = {name}
    while more := {other for other in flows if found & set(flows[other].calls)} - found:
        found |= more
    return [flows[other] for other in found - {name}]

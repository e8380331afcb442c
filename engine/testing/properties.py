"""`never:` and `always:`: expressions that hold all the way through a conversation."""

from collections.abc import Iterator

from engine.core.access import OF_USER, RIGHTS
from engine.core.datatypes.kind import Evaluate
from engine.core.expr import Expression, Name, compile_expression
from engine.core.faults import Fault
from engine.core.program import Flow, Program
from engine.core.scope import ROOTS
from engine.core.suggest import did_you_mean
from engine.diagnostics import Diagnostic
from engine.errors import StatechatError
from engine.testing.conversation import Conversation
from engine.testing.script import Property


class Watcher:
    """Holds a property against conversations.

    It is judged in the runs of flows that declare every variable of a run that it reads; what
    cannot be computed at the moment is not judged.
    """

    def __init__(self, program: Program, line: Property) -> None:
        self.line = line
        self._by_flow = {
            name: expression
            for name, flow in program.flows.items()
            if _reads(expression := _compiled(line, flow)) <= flow.variables.keys()
        }
        anywhere = _compiled(line, None)
        self._elsewhere = None if _reads(anywhere) else anywhere

    def broken(self, conversation: Conversation) -> bool:
        """Whether it does not hold now."""
        frame = conversation.frame
        expression = self._by_flow.get(frame.flow) if frame else self._elsewhere
        if expression is None:
            return False
        try:
            return expression(conversation.scope()) is self.line.never
        except Fault:
            return False


def judged(program: Program, line: Property) -> Iterator[Diagnostic]:
    """What is wrong with a property: its form, or a name that no flow has."""
    try:
        expression = _compiled(line, None)
    except StatechatError as error:
        yield Diagnostic("SC030", error.message, error.place or line.place, error.cure)
        return
    flows = program.flows.values()
    known = {
        f"user.{name}" if one.scope == "user" else name
        for flow in flows
        for name, one in flow.variables.items()
    } | {f"user.{name}" for name in OF_USER}
    for name in expression.names:
        root, *rest = name.path
        read = ".".join(name.path[:2]) if root == "user" and rest else root
        if root not in ROOTS - {"user"} and read not in (*known, "user", "now"):
            yield _unknown("variable", name, read, known)
    states = {path for flow in flows for path in flow.states if path}
    for state in expression.states:
        path = ".".join(state.path)
        if path not in states:
            yield _unknown("state", state, path, states)


def _unknown(what: str, name: Name, read: str, known: set[str]) -> Diagnostic:
    cure = did_you_mean(read, known)
    return Diagnostic("SC050", f"there is no {what} `{read}`", name.place, cure)


def _reads(expression: Expression) -> set[str]:
    """The variables of a run that it reads."""
    return {name.path[0] for name in expression.names} - ROOTS - {"now"}


def _compiled(line: Property, flow: Flow | None) -> Expression:
    variables = flow.variables.values() if flow else ()
    computed: dict[tuple[str, ...], Evaluate] = {
        (("user", one.name) if one.scope == "user" else (one.name,)): one.computed
        for one in variables
        if one.computed is not None
    }
    return compile_expression(line.source, line.place, computed={**RIGHTS, **computed})

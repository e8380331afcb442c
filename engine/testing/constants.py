"""What the guards of a bot compare with, and which variables they read: what tells paths apart."""

import ast
from collections.abc import Iterator
from dataclasses import field

from engine.classes import dataclass
from engine.core.blocks import Drawn, Guard, Matches
from engine.core.expr import Expression
from engine.core.nodes import StateNode
from engine.core.patterns import Pattern
from engine.core.program import Flow, Program
from engine.core.values import Value


@dataclass(slots=True)
class Constants:
    """Of all guards, also those of choices, timers and retries.

    Attributes:
        read: the names that they read, also through computed variables: `x`, or `user.x`.
        compared: the constants that stand in a guard together with a name.
        codes: texts that are compared with `error.code`.
        patterns: what is searched in texts, by its source.
        drawn: whether any way is drawn by chance.
    """

    read: set[str] = field(default_factory=set)
    compared: dict[str, list[Value]] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    patterns: dict[str, Pattern] = field(default_factory=dict)
    drawn: bool = False

    def tells(self, name: str) -> bool:
        """Whether a variable decides where a conversation goes."""
        return name in self.read or f"user.{name}" in self.read

    def around(self, name: str) -> list[Value]:
        """The constants that a variable is compared with, and their neighbours."""
        found: list[Value] = []
        for value in self.compared.get(name, ()):
            if isinstance(value, int | float) and not isinstance(value, bool):
                found += [value - 1, value, value + 1]
            else:
                found.append(value)
        return list(dict.fromkeys(one for one in found if isinstance(one, str | int | float)))

    def of_results(self) -> list[Value]:
        """What a check may return beside nothing."""
        return [True, False]


def constants(program: Program) -> Constants:
    """Look through every flow."""
    found = Constants()
    for flow in (*program.flows.values(), program.root):
        for guard in _guards(flow, found):
            _look(guard, flow, found)
    return found


def _guards(flow: Flow, found: Constants) -> Iterator[Expression]:
    for condition in _conditions(flow):
        match condition:
            case Guard(expression):
                yield expression
            case Matches(pattern):
                found.patterns[pattern.source] = pattern
            case Drawn():
                found.drawn = True
    for node in flow.states.values():
        yield from (one for one in _of_state(node) if isinstance(one, Expression))


def _conditions(flow: Flow) -> Iterator[object]:
    for heard in flow.machine.events.values():
        for rows in heard.transitions.values():
            yield from (condition for row in rows for condition in row.conditions)


def _of_state(node: StateNode) -> Iterator[object]:
    """What else a state evaluates to know where to go, or what to offer."""
    for choice in node.question.choices if node.question else ():
        yield choice.guard
        yield choice.each.rows if choice.each else None
    yield node.work.again if node.work else None
    yield from (spec.delay for spec in node.timers)


def _look(guard: Expression, flow: Flow, found: Constants) -> None:
    names = [name.path for name in guard.names]
    for path in names:
        _read(path, flow, found)
    try:
        tree = ast.parse(_python(guard.source), mode="eval")
    except SyntaxError:  # a spelling that only our own reader knows
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            _compared(node, found)
    if any(path[0] == "error" for path in names):
        texts = (one.value for one in ast.walk(tree) if isinstance(one, ast.Constant))
        found.codes += [text for text in texts if isinstance(text, str)]


def _python(source: str) -> str:
    return " ".join(source.split())


def _compared(node: ast.Compare, found: Constants) -> None:
    parts = [node.left, *node.comparators]
    inner = [one for part in parts for one in ast.walk(part)]
    values = [one.value for one in inner if isinstance(one, ast.Constant)]
    names = {
        one.attr if isinstance(one, ast.Attribute) else one.id
        for one in inner
        if isinstance(one, ast.Attribute | ast.Name)
    }
    for name in names:
        for value in values:
            if isinstance(value, str | int | float):
                found.compared.setdefault(name, []).append(value)


def _read(path: tuple[str, ...], flow: Flow, found: Constants) -> None:
    root, *rest = path
    name = f"user.{rest[0]}" if root == "user" and rest else root
    if name in found.read:
        return
    found.read.add(name)
    variable = flow.variables.get(rest[0] if root == "user" and rest else root)
    computed = getattr(variable, "computed", None)
    inner = getattr(computed, "expression", computed)
    for one in getattr(inner, "names", ()):
        _read(one.path, flow, found)

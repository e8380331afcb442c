"""What a rule of the checker is, and what it is given to look at."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType

from engine.compiler.bot import Compilation
from engine.core.blocks import Guard
from engine.core.expr import Expression
from engine.core.program import Flow
from engine.diagnostics import Diagnostic
from engine.errors import Place
from engine.lint.graph import Graph


class Subject:
    """A bot without faults, and the graphs of its flows.

    Attributes:
        sources: each flow as it stands in its file, by its name.
    """

    def __init__(self, compiled: Compilation) -> None:
        self.program = compiled.bot.program
        self.compiled = compiled
        self._guards: dict[str, dict[Place, Expression]] = {}
        self.sources = {source.name: source for source in compiled.flows.values()}

    @cached_property
    def graphs(self) -> dict[str, Graph]:
        return {name: Graph(flow) for name, flow in self.program.flows.items()}

    def guards(self, flow: Flow) -> dict[Place, Expression]:
        """The guards of a flow by the places where they stand."""
        if flow.name not in self._guards:
            self._guards[flow.name] = {
                one.expression.place: one.expression
                for heard in flow.machine.events.values()
                for rows in heard.transitions.values()
                for row in rows
                for one in row.conditions
                if isinstance(one, Guard)
            }
        return self._guards[flow.name]

    def triggers(self, flow: Flow) -> list[str]:
        """The events that begin a flow."""
        return [event for event, name in self.program.triggers.items() if name == flow.name]


Check = Callable[[Subject], Iterator[Diagnostic]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what it is about, what it finds, and what it leaves alone.

    Attributes:
        page: why it is there and how to cure what it finds, in Markdown.
        found: a flow in which it finds something.
        near: one that is almost the same, in which it finds nothing.
    """

    code: str
    name: str
    summary: str
    page: str
    found: str
    near: str
    check: Check


def rule_of(module: ModuleType) -> Rule:
    """The rule that a module is: its docstring, its examples `FOUND` and `NEAR`, its `check`.

    The docstring begins with `SC101 unreachable-state: …`.
    """
    head, _, page = inspect.cleandoc(module.__doc__ or "").partition("\n")
    title, _, summary = head.partition(": ")
    code, _, name = title.partition(" ")
    return Rule(code, name, summary, page.strip(), module.FOUND, module.NEAR, module.check)

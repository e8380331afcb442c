"""What a rule of the checker is, and what it is given to look at."""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from functools import cached_property
from types import ModuleType

from engine.classes import dataclass
from engine.compiler.bot import Compilation
from engine.compiler.liveness import read_anywhere
from engine.compiler.reader import display
from engine.compiler.registered import Signature, parsed, registered
from engine.core.blocks import Guard
from engine.core.expr import Expression
from engine.core.program import Flow
from engine.diagnostics import Diagnostic
from engine.errors import Place
from engine.lint.graph import Graph
from engine.lint.timing import Clock, clocks
from engine.lint.written import Written, written


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

    @cached_property
    def written(self) -> dict[str, tuple[Written, ...]]:
        """What the states of each flow do, as it stands in its file."""
        return {name: tuple(written(source)) for name, source in self.sources.items()}

    @cached_property
    def clocks(self) -> dict[str, dict[str, list[Clock]]]:
        """The timers of fixed length of each flow, by the path of their state."""
        return {name: clocks(found) for name, found in self.written.items()}

    @cached_property
    def reads(self) -> dict[str, set[str]]:
        """What anything in each flow reads, by `engine.compiler.liveness.read_anywhere`."""
        return {name: read_anywhere(flow) for name, flow in self.program.flows.items()}

    @cached_property
    def actions(self) -> ast.Module | None:
        """The syntax tree of actions.py, if there is one."""
        path = self.compiled.bot.actions_file
        source = self.compiled.bot.files.get(display(path)) if path else None
        return None if source is None else parsed(source, "")

    @cached_property
    def signatures(self) -> dict[str, Signature]:
        """What actions.py registers, by name."""
        tree, path = self.actions, self.compiled.bot.actions_file
        return {one.name: one for one in registered(tree, display(path))} if tree and path else {}

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
        found_beside, near_beside: further files that these need, by their names.
    """

    code: str
    name: str
    summary: str
    page: str
    found: str
    near: str
    check: Check
    found_beside: Mapping[str, str] = field(default_factory=dict)
    near_beside: Mapping[str, str] = field(default_factory=dict)


def rule_of(module: ModuleType) -> Rule:
    """The rule that a module is: its docstring, its examples `FOUND` and `NEAR`, its `check`.

    What these need beside them is `FOUND_BESIDE` and `NEAR_BESIDE`. The docstring begins with
    `SC101 unreachable-state: …`.
    """
    head, _, page = (module.__doc__ or "").partition("\n")
    title, _, summary = head.partition(": ")
    code, _, name = title.partition(" ")
    return Rule(
        code, name, summary, page.strip(), module.FOUND, module.NEAR, module.check,
        getattr(module, "FOUND_BESIDE", {}), getattr(module, "NEAR_BESIDE", {}),
    )  # fmt: skip

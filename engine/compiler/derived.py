"""What of a declaration is an expression: limits, defaults, and computed values.

A computed variable is compiled after those that it reads, so that each of its readers calls it; a
circle of them has no value, and is refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import TypeGuard

from engine.classes import dataclass
from engine.compiler.context import Context
from engine.compiler.findings import Findings
from engine.compiler.nodes import Fields, Node, Scalar
from engine.compiler.symbols import FlowSource, text_of
from engine.compiler.variables import literal_default, literal_limit
from engine.core.access import RIGHTS
from engine.core.computed import ComputedValue
from engine.core.datatypes.kind import Evaluate
from engine.core.expr import Expression
from engine.core.inputs import TYPES, Variable

Path = tuple[str, ...]
Key = tuple[str, str]
"""A variable of a flow's runs by the names of both, or one of the person under no flow."""


def derive(
    flows: Mapping[str, FlowSource], user: dict[str, Variable], findings: Findings
) -> dict[Path, Evaluate]:
    """Complete the variables of all flows, and those of the person.

    Gives what computes the person's; of a flow, both kinds are kept in its `computed`.
    """
    return _Derivation(flows, user, findings).run()


@dataclass(slots=True)
class _Derivation:
    flows: Mapping[str, FlowSource]
    user: dict[str, Variable]
    findings: Findings
    found: dict[Key, ComputedValue] = field(default_factory=dict)
    under_way: list[Key] = field(default_factory=list)
    declared: dict[Key, tuple[FlowSource, Fields]] = field(default_factory=dict)

    def run(self) -> dict[Path, Evaluate]:
        for flow in self.flows.values():
            for name, node in _declarations(flow):
                mine = flow.variables[name].scope == "user"
                self.declared.setdefault(("" if mine else flow.name, name), (flow, node))
        for key in self.declared:
            self._compute(key)
        for key, (flow, node) in self.declared.items():
            if key not in self.found:
                self._keep(key, self._completed(self._variable(key), flow, node))
        for flow in self.flows.values():
            flow.computed = self._known_in(flow)
            of_user = [name for name, each in flow.variables.items() if each.scope == "user"]
            flow.variables.update({name: self.user[name] for name in of_user})
        return {("user", name): value for (owner, name), value in self.found.items() if not owner}

    def _variable(self, key: Key) -> Variable:
        owner, name = key
        return self.flows[owner].variables[name] if owner else self.user[name]

    def _keep(self, key: Key, variable: Variable) -> None:
        owner, name = key
        if owner:
            self.flows[owner].variables[name] = variable
        else:
            self.user[name] = variable

    def _context(self, flow: FlowSource, findings: Findings | None = None) -> Context:
        known = self._known_in(flow)
        return Context(
            findings or self.findings, ("en",), self.user, flow, computed={**RIGHTS, **known}
        )

    def _known_in(self, flow: FlowSource) -> dict[Path, Evaluate]:
        return {
            ((name,) if owner else ("user", name)): value
            for (owner, name), value in self.found.items()
            if owner in ("", flow.name)
        }

    def _compute(self, key: Key) -> None:
        """Compile a computed variable, after those that it reads."""
        flow, declaration = self.declared[key]
        node = declaration.get("computed")
        if key in self.found or not isinstance(node, Scalar):
            return
        for name in ("default", "min", "max"):
            entry = declaration.entries.get(name)
            if entry is not None:
                message = f"`{key[1]}` is computed, and has no `{name}`"
                self.findings.add("SC040", message, entry.key, f"Leave `{name}` out.")
        self.under_way.append(key)
        for other in self._read_by(flow, node):
            if other in self.under_way:
                self._refuse(self.under_way[self.under_way.index(other) :], node)
            elif other in self.declared:
                self._compute(other)
        self.under_way.pop()
        expression = self._context(flow).expression(node)
        if not key[0]:
            self._check_reach(expression)
        variable = replace(self._variable(key), min=None, max=None, default=None)
        # What is computed from what says something about a person does so too.
        if any(self._context(flow).is_private(name) for name in expression.names):
            variable = replace(variable, pii=True)
        self.found[key] = ComputedValue(variable, expression)
        self._keep(key, replace(variable, computed=self.found[key]))

    def _read_by(self, flow: FlowSource, node: Scalar) -> list[Key]:
        """The variables that an expression reads."""
        names = self._context(flow, Findings()).expression(node).names
        read = [("", name.path[1]) for name in names if name.path[0] == "user" and name.path[1:]]
        read += [(flow.name, name.path[0]) for name in names]
        return list(dict.fromkeys(read))

    def _refuse(self, circle: list[Key], node: Scalar) -> None:
        named = [name if owner else f"user.{name}" for owner, name in (*circle, circle[0])]
        shown = " → ".join(f"`{name}`" for name in named)
        message = f"computed from itself: {shown}"
        self.findings.add("SC045", message, node, "Let one of them be stored, and `set` it.")

    def _check_reach(self, expression: Expression) -> None:
        """What stays with the person is read in other flows too, which have other variables."""
        for name in expression.names:
            if name.path[0] not in ("user", "session", "now"):
                message = f"`{name.path[0]}` is not known in other flows, which read this too"
                cure = "What is computed for the person reads `user.…`, `session.…` and `now`."
                self.findings.add("SC022", message, name.place, cure)

    def _completed(self, found: Variable, flow: FlowSource, node: Fields) -> Variable:
        """A variable with the expressions among its limits and defaults, and those of its parts."""
        kind = TYPES[found.type]
        if text_of(node.get("type")) != kind.name:
            return found
        if kind.order is not None:
            for key in ("min", "max"):
                limit = node.get(key)
                if _is_expression(limit, literal_limit(kind, limit)):
                    bound = self._context(flow).expression(limit)
                    found = replace(found, min=bound) if key == "min" else replace(found, max=bound)
        default = node.get("default")
        if _is_expression(default, literal_default(kind, default)):
            found = replace(found, initial=self._context(flow).expression(default))
        items, fields = node.get("items"), node.get("fields")
        if found.items is not None and isinstance(items, Fields):
            found = replace(found, items=self._completed(found.items, flow, items))
        if found.fields is not None and isinstance(fields, Fields):
            inner = {
                name: self._completed(each, flow, part) if isinstance(part, Fields) else each
                for name, each in found.fields.items()
                for part in (fields.get(name),)
            }
            found = replace(found, fields=inner)
        return found


def _declarations(flow: FlowSource) -> Iterator[tuple[str, Fields]]:
    for section in ("data", "input"):
        fields = flow.node.get(section)
        for name, entry in fields.entries.items() if isinstance(fields, Fields) else ():
            if name in flow.variables and isinstance(entry.value, Fields):
                yield name, entry.value


def _is_expression(node: Node | None, literal: object) -> TypeGuard[Scalar]:
    return isinstance(node, Scalar) and isinstance(node.value, str) and literal is None

"""SC210 shared-user: a flow `per: chat` sets what belongs to one person.

All in a group talk with such a flow together, so `user.x` can be read there, of the person who
acts, and not be set: it is the fault `user:shared`. The same holds for the flows that it calls.

Keep it in `data`, which belongs to all, or let a flow `per: user` set it.
"""

from collections.abc import Iterator

from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.symbols import FlowSource, StateSource
from engine.core.program import Flow, Program
from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject

FOUND = """
flow: poll
per: chat
triggers: [/poll]
initial: dish
data: {dish: {type: enum, scope: user}}
states:
  dish:
    ask: What shall we eat?
    choices: {soup: Soup, cake: Cake}
    into: user.dish
    next: end
  end: {type: final, say: "{user.dish} it is."}
"""
NEAR = FOUND.replace("per: chat", "per: user")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, by in _shared(subject.program).items():
        source = subject.sources[name]
        asked = [(state.key, f"user.{state.name}") for state in _asking(subject, source)]
        written = [(where, where.text) for where in _given(source.node)]
        for where, what in (*asked, *written):
            assert where is not None, "the root of a flow asks nothing"
            called = "" if by == name else f", called by `{by}`,"
            yield Diagnostic(
                "SC210", f"`{what}` belongs to one person, and `{name}`{called} talks with "
                "all in a group", where.place,
                "Keep it in `data`, or set it in a flow `per: user`.", "warning", where.width,
            )  # fmt: skip


def _shared(program: Program) -> dict[str, str]:
    """The flows that run for all in a chat, each with the one `per: chat` that it runs for."""
    found: dict[str, str] = {}
    for flow in program.flows.values():
        if flow.per == "chat":
            found[flow.name] = flow.name
    waiting: list[Flow] = [program.flows[name] for name in found]
    while waiting:
        flow = waiting.pop()
        for name in flow.calls:
            if name not in found and name in program.flows:
                found[name] = found[flow.name]
                waiting.append(program.flows[name])
    return found


def _asking(subject: Subject, source: FlowSource) -> Iterator[StateSource]:
    """The states that ask for a variable of the person by their own name."""
    for path, node in subject.program.flows[source.name].states.items():
        slot = node.question.slot if node.question else None
        state = source.states.get(path)
        if slot and slot.variable.scope == "user" and state and state.node.get("into") is None:
            yield state


def _given(node: Node | None) -> Iterator[Scalar]:
    """Where `set` or `into` names a variable of the person."""
    if isinstance(node, Items):
        for item in node.items:
            yield from _given(item)
    if not isinstance(node, Fields):
        return
    for key, entry in node.entries.items():
        value = entry.value
        if key == "set" and isinstance(value, Fields):
            yield from (one.key for one in value.entries.values() if _of_person(one.key))
        elif key == "into" and isinstance(value, Scalar) and _of_person(value):
            yield value
        else:
            yield from _given(value)


def _of_person(name: Scalar) -> bool:
    return name.text.startswith("user.")

"""SC210 shared-user: in a flow `per: chat` a timer sets what belongs to one person.

All in a group talk with such a flow together. `user.x` is there that of the person who acts. When a
timer fires nobody acts, so that `user.x` cannot be set: it is the fault `user:shared`. The same
holds for the flows that it calls.

Keep it in `data`, which belongs to all, or let a flow `per: user` set it.
"""

from collections.abc import Iterator
from typing import Final

from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.core.program import Flow, Program
from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject

TIMERS: Final = frozenset({"after", "idle"})

FOUND = """
flow: poll
per: chat
triggers: [/poll]
initial: dish
data: {late: {type: bool, scope: user, default: false}, dish: {type: enum}}
states:
  dish:
    ask: What shall we eat?
    choices: {soup: Soup, cake: Cake}
    after:
      1h: {set: {user.late: true}, target: end}
    next: end
  end: {type: final, say: "{if user.late}Too late.{else}{dish} it is.{/if}"}
"""
NEAR = FOUND.replace("per: chat", "per: user")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, by in _shared(subject.program).items():
        for where in _given(subject.sources[name].node):
            called = "" if by == name else f", called by `{by}`,"
            yield Diagnostic(
                "SC210", f"`{where.text}` belongs to one person, and when this timer of "
                f"`{name}`{called} fires nobody acts", where.place,
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


def _given(node: Node | None, *, timed: bool = False) -> Iterator[Scalar]:
    """Where `set` in a timer names a variable of the person."""
    if isinstance(node, Items):
        for item in node.items:
            yield from _given(item, timed=timed)
    if not isinstance(node, Fields):
        return
    for key, entry in node.entries.items():
        value = entry.value
        if timed and key == "set" and isinstance(value, Fields):
            written = [one.key for one in value.entries.values()]
            yield from (name for name in written if name.text.startswith("user."))
        else:
            yield from _given(value, timed=timed or key in TIMERS)

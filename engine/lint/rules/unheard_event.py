"""SC303 unheard-event: an event is raised that nothing hears.

`raise` makes an event of your own; only an `on` of its name hears it. Without one nothing happens.

Hear it with `on`, correct its name, or remove it.
"""

from collections.abc import Iterator

from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject

FOUND = """
flow: shop
triggers: [/shop]
initial: pay
states:
  pay:
    ask: Pay now?
    choices:
      a: {label: Pay, raise: paid}
      b: {label: Later, target: end}
    next: end
  end: {type: final, say: Bye.}
"""
NEAR = """
flow: shop
triggers: [/shop]
initial: pay
on: {paid: {say: Thank you!}}
states:
  pay:
    ask: Pay now?
    choices:
      a: {label: Pay, raise: paid}
      b: {label: Later, target: end}
    next: end
  end: {type: final, say: Bye.}
"""


def check(subject: Subject) -> Iterator[Diagnostic]:
    # What a flow does not hear, the flows that call it and the bot may.
    heard = {event for flow in subject.program.flows.values() for event in flow.machine.events}
    heard |= set(subject.program.root.machine.events)
    for source in subject.sources.values():
        for event in _raised(source.node):
            if event.text not in heard:
                yield Diagnostic(
                    "SC303", f"nothing hears the event `{event.text}`", event.place,
                    f"Add `on: {{{event.text}: …}}`, or remove it.", "warning", event.width,
                )  # fmt: skip


def _raised(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Items):
        for item in node.items:
            yield from _raised(item)
    elif isinstance(node, Fields):
        for key, entry in node.entries.items():
            if key == "raise" and isinstance(entry.value, Scalar):
                yield entry.value
            elif key not in ("data", "input"):
                yield from _raised(entry.value)

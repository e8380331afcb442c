"""SC503 timeout-never-reached: a timer leaves the state before the attempt of its action times out.

The `timeout` and the `error` that is to follow it never come: `after` ends the waiting before.

Shorten the `timeout`, or lengthen the timer.
"""

from collections.abc import Iterator

from engine.compiler.context import duration
from engine.compiler.nodes import Fields, Scalar
from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject
from engine.lint.timing import ended_before, leaves

FOUND = """
flow: door
triggers: [/open]
initial: open
states:
  open:
    invoke:
      action: records.count
      with: {collection: doors}
      timeout: 1m
      done: end
      error: end
    after: {20s: late}
  end: {type: final, say: Done.}
  late: {type: final, say: That takes too long.}
"""
FOUND_BESIDE = {"bot.yaml": "records: {doors: {fields: {name: {type: text}}}}\n"}
NEAR = FOUND.replace("timeout: 1m", "timeout: 10s")
NEAR_BESIDE = FOUND_BESIDE


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, source in subject.sources.items():
        known = subject.clocks[name]
        for state in source.root.walk() if known else ():
            invoke = state.node.get("invoke")
            node = invoke.get("timeout") if isinstance(invoke, Fields) else None
            time = duration(node.text) if isinstance(node, Scalar) else None
            outer = next(ended_before(state, time, known), None) if time else None
            if outer is not None and isinstance(node, Scalar):
                yield Diagnostic(
                    "SC503", f"`after: {outer.written.key.text}` leaves `{state.path}` before this "
                    "has passed", node.place,
                    "Shorten it, or lengthen the timer.", "warning", node.width,
                    related=(leaves(outer),),
                )  # fmt: skip

"""SC501 timer-never-fires: another timer always leaves the state before this one is due.

`after` counts from the entry of its state, and a state around is entered no later than those in
it; `idle` counts from the person's last input, and never from before its state was entered. So the
longer of two timers never fires where the shorter one leads away.

Shorten it, lengthen the other, or remove it.
"""

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject
from engine.lint.timing import Clock, ended_before, leaves

FOUND = """
flow: quiz
triggers: [/quiz]
initial: river
data: {river: {type: text}}
after: {10m: late}
states:
  river:
    ask: A river in France?
    after: {15m: {say: "It begins with S."}}
    next: end
  end: {type: final, say: "{river}. Well done."}
  late: {type: final, say: Too late.}
"""
NEAR = FOUND.replace("{15m:", "{5m:")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for known in subject.clocks.values():
        for inner in (clock for found in known.values() for clock in found):
            outer = next(_before(inner, known), None)
            if outer is not None:
                key = inner.written.key
                where = f"`{outer.written.state.path}`" if outer.written.state.path else "the flow"
                yield Diagnostic(
                    "SC501", f"this never fires: `{outer.written.group}: "
                    f"{outer.written.key.text}` leaves {where} before", key.place,
                    "Shorten it, lengthen the other one, or remove it.", "warning", key.width,
                    related=(leaves(outer),),
                )  # fmt: skip


def _before(inner: Clock, known: dict[str, list[Clock]]) -> Iterator[Clock]:
    yield from ended_before(inner.written.state, inner.time, known)
    if inner.written.group == "idle":
        for outer in inner.written.state.chain():
            for clock in known.get(outer.path, ()):
                if clock.written.group == "idle" and clock.time < inner.time and clock.leaves:
                    yield clock

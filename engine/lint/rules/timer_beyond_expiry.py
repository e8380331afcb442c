"""SC504 timer-beyond-expiry: a timer is longer than the silence that ends the conversation.

`idle` counts from the person's last input. Where it leads away before `after` is due, the timer
fires only for somebody who goes on writing all the time without leaving the state.

Shorten the timer, or lengthen `idle`.
"""

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject
from engine.lint.timing import Clock, leaves

FOUND = """
flow: table
triggers: [/table]
initial: day
data: {day: {type: date}}
idle: {1h: expired}
states:
  day:
    ask: On which day?
    after: {2h: {say: Nearly all tables are taken.}}
    next: end
  end: {type: final, say: "{day | date('long')}: noted."}
  expired: {type: final, say: Please begin again.}
"""
NEAR = FOUND.replace("{2h:", "{20m:")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for known in subject.clocks.values():
        for inner in (clock for found in known.values() for clock in found):
            outer = _expiry(inner, known)
            if outer is not None:
                key = inner.written.key
                yield Diagnostic(
                    "SC504", f"after `idle: {outer.written.key.text}` of silence the conversation "
                    "has left before this is due", key.place,
                    "Shorten it, or lengthen `idle`.", "warning", key.width,
                    related=(leaves(outer),),
                )  # fmt: skip


def _expiry(inner: Clock, known: dict[str, list[Clock]]) -> Clock | None:
    """The shortest silence that leads away before an `after` is due."""
    if inner.written.group != "after":
        return None
    around = [clock for outer in inner.written.state.chain() for clock in known.get(outer.path, ())]
    silent = [
        one
        for one in around
        if one.written.group == "idle" and one.time < inner.time and one.leaves
    ]
    return min(silent, key=lambda one: one.time, default=None)

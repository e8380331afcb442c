"""SC703 missing-timeout: the person may wait for minutes, as an action has no `timeout`.

Without one, each attempt may take half a minute, and with several attempts the conversation stands
still for all of them together. Mostly nobody has thought of how long a person waits.

Say how long an attempt may take (`timeout: 10s`), or leave the state by `after`.
"""

from collections.abc import Iterator
from typing import Final

from engine.compiler.nodes import Fields
from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject

WAIT_MAX: Final = 60_000
"""How long people wait without being told anything, and no longer (ms)."""

_SWIFT: Final = "records."
"""Actions that go no farther than the bot's own database."""

FOUND = """
flow: pay
triggers: [/pay]
initial: charge
states:
  charge:
    invoke:
      action: payment.charge
      retry: {max: 5, delay: 4s}
      done: end
      error: failed
  end: {type: final, say: Thank you.}
  failed: {type: final, say: Please try again later.}
"""
FOUND_BESIDE = {
    "actions.py": """
from engine import ActionCall, action


@action("payment.charge")
async def charge(call: ActionCall) -> None: ...
"""
}
NEAR = FOUND.replace("retry:", "timeout: 5s\n      retry:")
NEAR_BESIDE = FOUND_BESIDE


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, source in subject.sources.items():
        flow = subject.program.flows[name]
        timed = subject.clocks[name]
        for path, state in source.states.items():
            work, invoke = flow.states[path].work, state.node.get("invoke")
            if work is None or not isinstance(invoke, Fields) or work.action.startswith(_SWIFT):
                continue
            wait = work.timeout * work.attempts
            left = any(
                clock.written.group == "after" and clock.leaves
                for outer in state.chain()
                for clock in timed.get(outer.path, ())
            )
            if wait > WAIT_MAX and invoke.get("timeout") is None and not left:
                yield Diagnostic(
                    "SC703", f"`{work.action}` may take {wait // 1000} seconds: it has "
                    f"{work.attempts} attempts and no `timeout`", work.place,
                    "Say how long an attempt may take: `timeout: 10s`.", "warning",
                    len(work.action),
                )  # fmt: skip

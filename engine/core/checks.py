"""Registered checks: what a person answered is judged outside, and then taken or refused."""

from typing import TYPE_CHECKING, cast

from engine.core.faults import Fault
from engine.core.nodes import Work
from engine.core.scope import Scope
from engine.core.values import Value

if TYPE_CHECKING:
    from engine.core.activation import Activation


def under_check(scope: Scope) -> Value:
    """The answer that a check judges: the argument `value` of its work."""
    pending = cast("Activation", scope).leaf.pending
    return pending.given.value if pending is not None and pending.given is not None else None


def verdict(work: Work, value: Value) -> str | bool:
    """True where a check takes the answer; else its hint, or false for the usual one.

    Raises:
        Fault: `check:result` for anything else that a check returns.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip():
        return value
    message = f"`{work.action}` returned neither true, nor false, nor a hint"
    raise Fault("check:result", message, work.place)

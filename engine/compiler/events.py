"""The names of events that `on` can hear."""

import re
from typing import Final

from engine.compiler.actions import MACHINE
from engine.compiler.context import Context
from engine.compiler.nodes import Scalar
from engine.compiler.symbols import FlowSource, choice_ids
from engine.core.answers import UNREADABLE
from engine.core.events import BLOCKED

BUILT_IN: Final = frozenset(
    {"text", "*", "edited", "reaction", "joined", "left", BLOCKED, "error"} | UNREADABLE
)
COMMAND: Final = re.compile(r"/[a-z][a-z0-9_]{0,31}\Z")


def known_event(context: Context, key: Scalar) -> bool:
    """Whether an event of this name can ever come; reported where it cannot."""
    name = key.text
    flow = context.flow
    if name.startswith("/"):
        return _command(context, key)
    if name.startswith("choice."):
        return _choice(context, flow, key)
    raised = flow.raised() if flow else set()
    if name in MACHINE:
        context.findings.add("SC028", f"`{name}` is not an event that can be heard", key)
        return False
    if name in BUILT_IN or name in raised:
        return True
    if name == "done":
        cure = "Only a state with states inside, or a call, hears `done`."
        context.findings.add("SC028", "`done` never comes here", key, cure)
        return False
    context.findings.unknown("SC028", "event", key, name, BUILT_IN | raised)
    return False


def _command(context: Context, key: Scalar) -> bool:
    if COMMAND.match(key.text):
        return True
    cure = "A command is `/` and 1 to 32 of a-z, 0-9 and `_`, beginning with a letter."
    context.findings.add("SC028", f"nobody can send the command `{key.text}`", key, cure)
    return False


def _choice(context: Context, flow: FlowSource | None, key: Scalar) -> bool:
    known: set[str] = set()
    for state in flow.states.values() if flow else ():
        if state.node.get("choices_from") is not None:
            return True  # its ids are known only when the question is asked
        known.update(choice_ids(state))
    name = key.text.removeprefix("choice.")
    if name not in known:
        context.findings.unknown("SC024", "choice", key, name, known)
    return name in known

"""`handoff`: a state in which humans talk with the person, written out as what it hears."""

from engine.compiler.context import Context
from engine.compiler.nodes import Fields, Scalar
from engine.compiler.symbols import StateSource
from engine.compiler.transitions import Way, ways
from engine.core.answers import UNREADABLE
from engine.core.handing import Handoff
from engine.core.handoff import ANSWERED, CLOSED, Over

ENDS = "closed"
RELAYED = ("~", "edited", *sorted(UNREADABLE))
"""The machine's events of what goes to the operators: texts that are no commands, and media."""


def handed_over(
    context: Context, state: StateSource
) -> tuple[Handoff | None, dict[str, tuple[Way, ...]]]:
    """The hand-off of a state, and what follows what operators do; an end must be handled."""
    node = state.node.get("handoff")
    to = node.get("to") if isinstance(node, Fields) else node
    if not isinstance(to, Scalar):
        return None, {}
    chats = context.services.chats
    if to.text not in chats and context.root is not None:
        # In an earlier version, which is no file any more, it is a fault when somebody comes there.
        context.findings.unknown("SC048", "chat", to, to.text, chats)
    parts = [node.get(key) if isinstance(node, Fields) else None for key in ("who", "intro")]
    who, intro = (
        context.text(part, context.languages[0]) if isinstance(part, Scalar) else None
        for part in parts
    )
    on = state.node.get("on")
    handled = on.entries if isinstance(on, Fields) else {}
    found: dict[str, tuple[Way, ...]] = {CLOSED: (), ANSWERED: ()}
    for event in found:
        name = event.removeprefix("handoff.")
        if name in handled:
            found[event] = ways(context, handled[name].value, f"{state.prefix}on.{name}", state)
    if ENDS not in handled and not context.findings.blamed(state.node):
        message = f"operators can end the conversation, and `{state.path}` does not handle that"
        context.findings.add("SC041", message, to, f"Add `on: {{{ENDS}: <state>}}`.")
    for key in ("next", "always", "split"):
        if key in state.node.entries:
            message = f"`{key}` would end the hand-off as soon as it begins"
            cure = f"Write where it leads as `on: {{{ENDS}: <state>}}`."
            context.findings.add("SC040", message, state.node.entries[key].key, cure)
    return Handoff(to.text, who, intro, to.place), found


def relayed(handoff: Handoff | None, hears: dict[str, tuple[Way, ...]]) -> None:
    """Let what a person sends go to the operators, unless the author wants it elsewhere."""
    if handoff is not None:
        on = Way(None, actions=(Over(handoff, "say"),), reprompt=False, place=handoff.place)
        for event in RELAYED:
            hears[event] = (*hears.get(event, ()), on)

"""A way through a flow, told as the conversation that goes it."""

from collections.abc import Iterable, Sequence
from typing import Final

from engine.core.program import Flow
from engine.lint.graph import Edge
from engine.lint.rule import Subject

LINES_MAX: Final = 12
"""Most lines that are shown of a conversation; of a longer one the beginning is left out."""
_SENT: Final = {
    "text": "(any text)", "*": "(anything)", "~": "(a text)", "answer": "(an answer)",
    "wrong": "(a wrong answer)", "skip": "(leaves it out)", "location": "(a place)",
}  # fmt: skip


_OPERATORS: Final = {"answered": "an operator answers", "closed": "an operator ends it"}


def dialogue(subject: Subject, flow: Flow, path: Iterable[Edge]) -> tuple[str, ...]:
    """The lines of a conversation: what the person does, what time and actions do."""
    triggers = subject.triggers(flow)
    lines = [f"> {triggers[0]}"] if triggers else [f"({flow.name} is called)"]
    lines += [line for edge in path if (line := _line(flow, edge)) is not None]
    return tuple(lines if len(lines) <= LINES_MAX else ["…", *lines[1 - LINES_MAX :]])


def _line(flow: Flow, edge: Edge) -> str | None:
    event = edge.event
    node = flow.states[edge.source]
    match edge.cause:
        case "command":
            return f"> {event}"
        case "timer":
            last = event.rpartition(":")[2]
            return "(time passes)" if last.isdecimal() else f"({last} later)"
        case "work":
            name = node.work.action if node.work else "the action"
            return f"({name} {'fails' if event == 'invoke.error' else 'is done'})"
        case "call":
            name = node.call.flow if node.call else "the flow"
            return f"({name} ends in {event.partition(':')[2]})"
        case "answer" | "person":
            kind, _, choice = event.partition(".")
            if kind == "handoff":
                return f"({_OPERATORS[choice]})"
            return f"> [{choice}]" if choice else f"> {_SENT.get(kind, f'(a {kind})')}"
        case _:
            return None


def first_of(found: Sequence[str], order: dict[str, tuple[Edge, ...]]) -> str:
    """The one of some states that a conversation reaches first."""
    return min(found, key=lambda path: (len(order[path]), path))

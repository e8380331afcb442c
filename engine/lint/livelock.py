"""States that lead to each other by themselves, again and again, whatever the person writes."""

from typing import Final

from engine.compiler.context import duration
from engine.lint.graph import Edge, Graph

ROUND_MAX: Final = 60_000
"""A wait as long as this makes no livelock but a habit, such as the news of each day (ms)."""


def livelocks(graph: Graph) -> list[list[str]]:
    """The states that follow each other by themselves for ever, as only a command leads out.

    Each list begins with the state that a conversation reaches first. Flows with parallel states or
    history are left out: beside one region another one may lead on.
    """
    if not graph.flow.fixed:
        return []
    found: list[list[str]] = []
    seen: set[str] = set()
    for path in graph.paths:
        if path not in seen and (round_ := _round(graph, path)):
            found.append(round_)
            seen |= set(round_)
    return found


def _round(graph: Graph, start: str) -> list[str]:
    """All that follows a state, if each of it leads on by itself, soon, and nothing leads out."""
    walked = [start]
    for path in walked:
        node = graph.leaves[path]
        on = [edge for edge in graph.edges[path] if _moves(edge)]
        if node.question or node.call or node.kind == "final" or not on or graph.circle(path):
            return []
        for edge in on:
            if not _soon(edge) or edge.target not in graph.leaves:
                return []
            if edge.target not in walked:
                walked.append(edge.target)
    return walked


def _moves(edge: Edge) -> bool:
    """Whether something but a command makes it happen, and it does not merely stay."""
    return edge.cause != "command" and (edge.target != edge.source or edge.cause == "work")


def _soon(edge: Edge) -> bool:
    """Whether it happens by itself, without a long wait."""
    if edge.cause == "timer":
        time = duration(edge.event.rpartition(":")[2])
        return edge.event.startswith("after:") and time is not None and time < ROUND_MAX
    return edge.cause in ("work", "inner")

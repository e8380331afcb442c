"""SC302 never-heard: something else always hears an event before a handler does.

Either the state is left at once, so that it waits for nothing; or each state inside hears the event
itself, without a guard; or the open question, or a hand-off, takes every text, so that `text` is
never offered one.

Remove the handler, or give what comes before it a guard or a limit.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from engine.core.nodes import StateNode
from engine.diagnostics import Diagnostic
from engine.lint.graph import PERSON, Graph
from engine.lint.rule import Subject
from engine.lint.written import Written, handlers

FOUND = """
flow: note
triggers: [/note]
initial: note
data: {note: {type: text}}
states:
  note:
    ask: What shall I note down?
    on:
      text: {say: "Send a text, please."}
    next: end
  end: {type: final, say: "Noted: {note}"}
"""
NEAR = """
flow: note
triggers: [/note]
initial: note
data: {note: {type: text}}
states:
  note:
    ask: What shall I note down?
    on:
      photo: {say: "Send a text, please."}
    next: end
  end: {type: final, say: "Noted: {note}"}
"""

_WAITING: Final = ("on", "after", "idle")
Heard = Callable[[str], dict[str, Written]]
"""What each state hears by `on`, by its path."""


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, graph in subject.graphs.items():
        source = subject.sources[name]
        heard = cache(lambda path, states=source.states: handlers(states[path]))
        for one in subject.written[name]:
            if one.group in _WAITING:
                why = _why(graph, one, heard)
                if why is not None:
                    never = "is never heard" if one.group == "on" else "never fires"
                    yield Diagnostic(
                        "SC302", f"`{one.key.text}` {never} here: {why}", one.key.place,
                        "Remove it, or let what comes before it leave something to it.",
                        "warning", one.key.width,
                    )  # fmt: skip


def _why(graph: Graph, one: Written, heard: Heard) -> str | None:
    path, event = one.state.path, one.key.text
    here = graph.flow.states[path]
    if here.atomic and path in graph.paths and graph.at_once(path) is not None:
        looping = event == "error" and graph.circle(path)  # its fault is heard where it is noticed
        return None if looping else f"`{path}` is left at once"
    if one.group != "on" or event.startswith("~") or _is_end(here, event):
        return None
    if here.atomic and event != "text":
        return None  # nothing stands before it
    around = [path] if here.atomic else list(graph.paths)
    inside = [
        leaf
        for leaf in around
        if leaf in graph.paths
        and (here.atomic or graph.leaves[leaf].lies_in(here))
        and (not _by_person(event) or _rests(graph, leaf))
    ]
    if not inside:
        return None
    if all(_taken(graph.leaves[leaf], here, event, heard) for leaf in inside):
        return "each state inside hears it first"
    if event == "text" and here.handoff is not None:
        return "every text goes to the operators"
    if event == "text" and graph.flow.fixed and all(map(_reads_all, map(graph.leaves.get, inside))):
        return "the open question takes every text"
    return None


def _is_end(node: StateNode, event: str) -> bool:
    """Whether it is what ends inside a state, which no other state hears."""
    return event == "done" or node.call is not None


def _by_person(event: str) -> bool:
    return event in PERSON or event.startswith(("/", "choice."))


def _rests(graph: Graph, path: str) -> bool:
    return graph.leaves[path].kind != "final" and graph.at_once(path) is None


def _taken(leaf: StateNode, here: StateNode, event: str, heard: Heard) -> bool:
    """Whether a state inside another one surely takes an event before that is offered it."""
    names = (event, "*") if event == "text" else (event,)
    between = [node for node in (*leaf.ancestry, leaf) if node.lies_in(here)]
    return any(
        name in heard(node.path) and heard(node.path)[name].sure
        for node in between
        for name in names
    )


def _reads_all(node: StateNode | None) -> bool:
    """Whether the question of a state takes any text as its answer."""
    question = node.question if node else None
    if question is None or question.chosen or question.slot is None:
        return False
    variable = question.slot.variable
    shortest = variable.min is None or variable.min == 1
    unbounded = shortest and variable.max is None and variable.match is None
    return variable.type == "any" or (variable.type == "text" and unbounded)

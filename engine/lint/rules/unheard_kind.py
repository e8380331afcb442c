"""SC306 unheard-kind: a state that waits for the person does not hear what is written to it.

It asks nothing, and goes on when it gets a photo, a place or the like. Who writes a text instead
gets the bot's `fallback`, and does not learn what is waited for.

Make it a question (`ask`, with a variable of that type, tells what it wants), or hear `text` or
`"*"`.
"""

from collections.abc import Iterator
from typing import Final

from engine.diagnostics import Diagnostic
from engine.lint.evidence import dialogue
from engine.lint.graph import Graph
from engine.lint.rule import Subject

FOUND = """
flow: damage
triggers: [/damage]
initial: picture
states:
  picture:
    say: Send us a picture of the damage.
    on: {photo: thanks}
  thanks: {type: final, say: Thank you.}
"""
NEAR = """
flow: damage
triggers: [/damage]
initial: picture
states:
  picture:
    say: Send us a picture of the damage.
    on:
      photo: thanks
      "*": {say: "A picture, please."}
  thanks: {type: final, say: Thank you.}
"""

_MEDIA: Final = (
    "photo", "audio", "voice", "video", "animation", "document", "sticker", "location", "contact",
)  # fmt: skip
_ANY: Final = frozenset({"text", "*", "~"})


def check(subject: Subject) -> Iterator[Diagnostic]:
    root = subject.program.root.machine.events
    if any(event.partition(":")[0] in _ANY or event.startswith("~") for event in root):
        return
    heard_meanwhile = {name for graph in subject.graphs.values() for name in _hears_text(graph)}
    for name, graph in subject.graphs.items():
        if name in heard_meanwhile:
            continue
        for path, way in graph.paths.items():
            heard = _heard(graph, path)
            place = graph.flow.states[path].place
            if heard and place is not None:
                listed = " and ".join(f"`{kind}`" for kind in heard)
                yield Diagnostic(
                    "SC306", f"`{path}` hears {listed}, and nothing that is written to it", place,
                    'Ask for it, or hear `text` or `"*"` as well.', "warning",
                    len(path.rpartition(".")[2]),
                    (*dialogue(subject, graph.flow, way), "> (any text)"),
                )  # fmt: skip


def _heard(graph: Graph, path: str) -> list[str]:
    """The kinds of media that a state waits for, if it hears no text in any way."""
    node = graph.leaves[path]
    waits = node.question or node.call or node.work or node.kind == "final"
    if waits or not graph.flow.fixed or graph.at_once(path) is not None:
        return []
    events = {edge.event for edge in graph.edges[path]}
    if any(event in _ANY or event.startswith("~") for event in events):
        return []
    # What it hears without going on it does not wait for.
    onward = {edge.event for edge in graph.edges[path] if edge.target != path}
    return [kind for kind in _MEDIA if kind in onward]


def _hears_text(graph: Graph) -> Iterator[str]:
    """The flows that a flow calls from states that hear texts meanwhile."""
    for path, node in graph.leaves.items():
        if node.call is not None and any(edge.event in _ANY for edge in graph.edges[path]):
            yield node.call.flow

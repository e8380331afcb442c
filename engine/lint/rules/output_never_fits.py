"""SC206 output-never-fits: what a called flow gives cannot be kept in the variable of `into`.

A final state without `output` gives null, which only a variable with `optional: true` takes; the
others give what their `output` says. Where it does not fit, the caller gets a fault (`data:type`).

Declare the variable `optional: true`, or as what is given, or let the final state give it.
"""

from collections.abc import Iterator

from engine.compiler.context import Listed, Mapped
from engine.compiler.hints import Shapes, given, held, words
from engine.core.inputs import Variable
from engine.core.nodes import Evaluate
from engine.diagnostics import Diagnostic
from engine.lint.evidence import dialogue
from engine.lint.graph import Graph
from engine.lint.rule import Subject

FOUND = """
flow: rating
triggers: [/rate]
initial: stars
data: {stars: {type: int, min: 1, max: 5}, given: {type: object, default: {}}}
on: {/stop: stopped}
states:
  stars: {ask: How many stars?, next: again}
  again:
    confirm: "{stars}, {given.stars}. Once more?"
    no: done
    yes: twice
  twice: {call: rating, into: given, on: {done: done, stopped: stopped}}
  done: {type: final, output: {stars: stars}}
  stopped: {type: final}
"""
NEAR = FOUND.replace("type: object,", "type: object, optional: true,")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for graph in subject.graphs.values():
        for path, way in graph.paths.items():
            call = graph.leaves[path].call
            if call is None or call.into is None or call.flow not in subject.graphs:
                continue
            for ended, why in _unfit(call.into.variable, subject.graphs[call.flow]):
                name = call.into.name
                told = (*dialogue(subject, graph.flow, way), f"({call.flow} ends in {ended})")
                yield Diagnostic(
                    "SC206", f"`{name}` cannot take {why}, which `{call.flow}` gives in `{ended}`",
                    call.place, f"Declare `{name}` with `optional: true`, or give it an `output`."
                    if why == "null" else "Declare it as what is given.",
                    "warning", len(call.flow), told,
                )  # fmt: skip


def _unfit(variable: Variable, child: Graph) -> Iterator[tuple[str, str]]:
    for ended in child.ends:
        if ended not in child.paths:
            continue
        shapes = _shapes(child.leaves[ended].output, child)
        wanted = held(variable)
        takes_null = variable.optional or variable.type == "any"
        if shapes is None or wanted is None:
            continue
        if shapes == {"null"}:
            if not takes_null:
                yield ended, "null"
        elif not shapes & (wanted | {"null"}):
            yield ended, words(shapes)


def _shapes(output: Evaluate | None, child: Graph) -> Shapes:
    if output is None:
        return frozenset({"null"})
    if isinstance(output, Mapped):
        return frozenset({"object"})
    if isinstance(output, Listed):
        return frozenset({"list"})
    return given(output, child.flow.variables)

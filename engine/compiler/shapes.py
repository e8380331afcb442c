"""Whether a state is of a shape that can run: it is one thing, and something leads on from it."""

from engine.compiler.context import Context
from engine.compiler.nodes import Scalar
from engine.compiler.symbols import StateSource, text_of

_WAITS = ("ask", "confirm", "call", "invoke", "handoff")
_OF_QUESTIONS = (
    "choices", "choices_from", "multi", "columns", "page", "retry", "check", "skip",
)  # fmt: skip


def check_shape(context: Context, state: StateSource) -> None:
    """A state is one thing: a question, a call, an invoke, a final, or a compound of others."""
    if state.kind == "history":
        _check_history(context, state)
        return
    node = state.node
    at = state.key or node
    kinds = [key for key in _WAITS if node.get(key) is not None]
    if state.final:
        kinds.append("type: final")
    if node.get("states") is not None and state.path:
        kinds.append("states")
    if len(kinds) > 1:
        cure = "Make them states of their own, one after the other."
        said = " and ".join(f"`{kind}`" for kind in kinds)
        context.findings.add("SC040", f"a state cannot have {said} together", at, cure)
    _check_question(context, state)
    if state.kind == "compound":
        _check_initial(context, state)
    elif state.kind == "parallel":
        _check_regions(context, state)
    if node.get("output") is not None and not (state.final and "." not in state.path):
        entry = node.entries["output"].key
        context.findings.add("SC040", "`output` belongs to a top-level final state", entry)
    if not kinds and not _goes_on(state) and not context.findings.blamed(node):
        cure = "Add `next: <state>`, `type: final`, or something that it waits for."
        context.findings.add("SC040", f"nothing ever leads on from `{state.path}`", at, cure)


def _check_question(context: Context, state: StateSource) -> None:
    node = state.node
    for key in () if state.asks else _OF_QUESTIONS:
        if node.get(key) is not None:
            entry = node.entries[key].key
            context.findings.add("SC040", f"`{key}` belongs to a question", entry, "Add `ask`.")
    for key in ("columns", "page"):
        if node.get(key) is not None and not (node.get("choices") or node.get("choices_from")):
            entry = node.entries[key].key
            context.findings.add("SC040", f"`{key}` belongs to choices", entry, "Add `choices`.")


def _goes_on(state: StateSource) -> bool:
    """Whether a plain state has any way on, of its own or of a state around it.

    In a parallel state a region may rest: what leads on can stand in another one.
    """
    keys = ("next", "split", "always", "on", "after", "idle")
    return not state.path or any(
        outer.kind == "parallel" or any(outer.node.get(key) is not None for key in keys)
        for outer in state.chain()
    )


def _check_initial(context: Context, state: StateSource) -> None:
    initial = state.node.get("initial")
    at = state.key or state.node
    if isinstance(initial, Scalar):
        if initial.text not in state.children:
            context.findings.unknown("SC020", "state", initial, initial.text, state.children)
    elif state.path and not context.findings.blamed(state.node):
        first = next(iter(state.inside or state.children.values()))
        cure = f"Add `initial: {first.name}`."
        context.findings.add("SC011", f"`{state.path}` does not say where it begins", at, cure)


def _check_regions(context: Context, state: StateSource) -> None:
    """What is active at once are states that go on by themselves."""
    if not state.inside and not context.findings.blamed(state.node):
        cure = "Add `states:` with the states that are active at once."
        context.findings.add(
            "SC011", f"`{state.path}` has no states", state.key or state.node, cure
        )
    for child in state.inside:
        if child.final:
            cure = "Give it states of its own, one of which is final."
            message = f"`{child.path}` is final, and active from the beginning"
            context.findings.add("SC040", message, child.key or child.node, cure)


def _check_history(context: Context, state: StateSource) -> None:
    around = state.parent
    assert around is not None
    at = state.key or state.node
    first = text_of(around.node.get("initial")) == state.name
    if not around.path:
        message = f"`{state.path}` remembers nothing: a flow is never left and entered again"
        cure = "Move it into the state that it belongs to."
        context.findings.add("SC040", message, at, cure)
    elif first and state.node.get("target") is None:
        message = f"`{around.path}` begins with `{state.path}`, which does not say where it leads"
        context.findings.add("SC040", message, at, "Add `target: <state>` for the first time.")

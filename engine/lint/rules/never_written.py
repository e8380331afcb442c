"""SC209 never-written: a variable is read, and nothing ever gives it a value.

It is declared `optional`, so that it may be empty, and it always is: no question, no `set` and no
`into` fills it. Mostly an `into` is missing, or the name is misspelled where it was to be filled.

Fill it, give it a `default`, or remove it.
"""

from collections.abc import Iterator

from engine.compiler.nodes import Fields
from engine.core.program import Flow
from engine.diagnostics import Diagnostic
from engine.lint.assigned import assigned
from engine.lint.rule import Subject

FOUND = """
flow: count
triggers: [/count]
initial: count
data: {number: {type: int, optional: true}}
states:
  count: {invoke: {action: records.count, with: {collection: orders}, done: end, error: end}}
  end: {type: final, say: "{number} orders."}
"""
FOUND_BESIDE = {"bot.yaml": "records: {orders: {fields: {what: {type: text}}}}\n"}
NEAR = FOUND.replace("{collection: orders},", "{collection: orders}, into: number,")
NEAR_BESIDE = FOUND_BESIDE


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, flow in subject.program.flows.items():
        declared = subject.sources[name].node.get("data")
        if not isinstance(declared, Fields):
            continue
        candidates = [
            one
            for one in flow.variables.values()
            if one.optional
            and one.scope == "run"
            and one.name in declared.entries
            and (one.default, one.initial, one.computed) == (None, None, None)
        ]
        if not candidates:
            continue
        filled = set(_filled(flow)) | set(flow.migrate)
        read = subject.reads[name]
        for one in candidates:
            if one.name in read - filled:
                key = declared.entries[one.name].key
                yield Diagnostic(
                    "SC209", f"`{one.name}` is read, and nothing ever gives it a value", key.place,
                    "Fill it by `into` or `set`, or remove it.", "warning", key.width,
                )  # fmt: skip


def _filled(flow: Flow) -> Iterator[str]:
    """The variables that anything in a flow gives a value."""
    for one in assigned(flow):
        yield one.variable.name
    for node in flow.states.values():
        slots = (
            node.question.slot if node.question else None,
            node.call.into if node.call else None,
            node.work.into if node.work else None,
        )
        yield from (slot.name for slot in slots if slot is not None)

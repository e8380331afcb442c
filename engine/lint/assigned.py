"""Every `set` of a flow, wherever it stands."""

from collections.abc import Iterable, Iterator

from engine.core.blocks import Assign
from engine.core.moves import Do, Move
from engine.core.program import Flow


def assigned(flow: Flow) -> Iterator[Assign]:
    """The assignments; one that several states hear comes as often as they do."""
    blocks: list[Iterable[object]] = []
    for node in flow.states.values():
        blocks += [node.entry, node.exit]
    for heard in flow.machine.events.values():
        for rows in heard.transitions.values():
            for row in rows:
                for done in (*row.before, *row.after):
                    if isinstance(done, Do):
                        blocks.append(done.block)
                    elif isinstance(done, Move):
                        blocks.append(done.actions)
    for block in blocks:
        yield from (one for one in block if isinstance(one, Assign))

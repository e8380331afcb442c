"""Why something of a bot was not used by any conversation that was tried."""

from collections.abc import Iterator, Mapping

from engine.core.blocks import Guard, Matches
from engine.core.program import Flow, Program
from engine.core.table import Row
from engine.lint.cases import outcome
from engine.testing.explore import POINTS_MAX, Exploration
from engine.testing.fitting import fitting
from engine.testing.probes import Item, transition


def reasons(program: Program, found: Exploration) -> Iterator[tuple[Item, str]]:
    """Each thing that is missing, with the reason, in the order of the files."""
    flows = {**program.flows, "": program.root}
    entered = {(item.flow, item.name) for item in found.used if item.kind == "states"}
    rows = {name: _rows(flow) for name, flow in flows.items()}
    for item in sorted(found.missing(), key=_order):
        yield item, _reason(item, flows[item.flow], rows[item.flow], entered, found)


def _order(item: Item) -> tuple[str, int, int, str]:
    place = item.place
    return (place.file, place.line, place.column, item.name) if place else ("", 0, 0, item.name)


def _rows(flow: Flow) -> Mapping[str, Row]:
    return {
        transition(flow.name, row.origin).name: row
        for heard in flow.machine.events.values()
        for rows in heard.transitions.values()
        for row in rows
        if row.origin is not None
    }


def _reason(
    item: Item,
    flow: Flow,
    rows: Mapping[str, Row],
    entered: set[tuple[str, str]],
    found: Exploration,
) -> str:
    row = rows.get(item.name) if item.kind == "transitions" else None
    event = row.origin.event if row is not None and row.origin is not None else ""
    if item.state and item.kind != "states" and (item.flow, item.state) not in entered:
        return f"no conversation reaches `{item.state}`"
    if event in ("joined", "left", "blocked"):
        return "nobody joins, leaves or blocks the bot in a test"
    for condition in row.conditions if row is not None else ():
        if isinstance(condition, Guard) and outcome(flow, condition.expression) is False:
            return f"its guard is never true: {condition.expression.source}"
        if isinstance(condition, Matches) and fitting(condition.pattern) is None:
            return f"no text was found that fits ~{condition.pattern.source}"
    if not found.complete:
        return f"not among the first {POINTS_MAX} points of conversations: there are more"
    if event == "error" or event.endswith(".error"):
        return "nothing that was tried fails there"
    return "nothing that was tried leads there: every answer, press, wait and result of an action"

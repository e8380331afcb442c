"""The diagram of a bot, coloured by what its conversations have used."""

from collections.abc import Sequence

from engine.diagram.model import Chart
from engine.diagram.svg import draw
from engine.testing.coverage import Coverage

COVERED = "covered"
MISSED = "missed"


def picture(coverage: Coverage, charts: Sequence[Chart]) -> str:
    """The diagram as SVG; an arrow of several transitions is covered where all of them are."""
    return draw(charts, {one.name: _paint(coverage, one.name) for one in charts})


def _paint(coverage: Coverage, flow: str) -> dict[str | tuple[str, str], str]:
    paint: dict[str | tuple[str, str], str] = {}
    for item in coverage.items(flow):
        if item.kind == "states":
            key: str | tuple[str, str] = item.name
        elif item.kind == "transitions" and item.state and item.target:
            key = (item.state, item.target)
        else:
            continue
        if not coverage.hits[item]:
            paint[key] = MISSED
        else:
            paint.setdefault(key, COVERED)
    return paint

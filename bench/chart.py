"""Charts of benchmarks: horizontal bars as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "charts"
"""Where the charts of the pages lie."""

WIDTH: Final = 760
BAR: Final = 20
PITCH: Final = 30
"""Height of a row: a bar and the room below it."""
TOP: Final = 68
GROUP: Final = 14
"""Room between two groups of bars."""
LETTER: Final = 8.4
"""About the width of a bold letter of 13 pixels."""
VALUE: Final = 96
"""Room for the figure behind the longest bar."""
TICKS: Final = 5

OURS: Final = "#2f6fab"
OTHERS: Final = "#a9b4c0"
GOAL: Final = "#b3401f"
INK: Final = "#1d242b"
FAINT: Final = "#5b6670"
GRID: Final = "#e3e7eb"


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure. `ours` is drawn in colour; `note` stands behind the figure; see `group`.

    Bars of different groups stand apart.
    """

    label: str
    value: float
    ours: bool = False
    note: str = ""
    group: str = ""


def bars(
    title: str,
    unit: str,
    rows: Sequence[Bar],
    *,
    subtitle: str = "",
    goal: float | None = None,
    logarithmic: bool = False,
) -> str:
    """Horizontal bars as the text of an SVG.

    Args:
        title: what was measured.
        unit: of all figures, such as `us an event`; it stands below the axis.
        rows: at least one; figures are positive where the axis is logarithmic, else not negative.
        subtitle: where and how it was measured, such as the machine and its load.
        goal: a figure to hold the bars against, drawn as a dashed line.
        logarithmic: for figures that differ by more than about fifty times.
    """
    left = 24 + LETTER * max(len(row.label) for row in rows)
    right = WIDTH - VALUE
    figures = [row.value for row in rows] + ([] if goal is None else [goal])
    scale = _Scale(left, right, figures, logarithmic=logarithmic)
    places = _places(rows)
    bottom = places[-1] + PITCH
    parts = [
        _text(16, 24, title, size=16, weight=600),
        _text(16, 44, subtitle, fill=FAINT, size=12),
    ]
    for tick in scale.ticks():
        at = scale.at(tick)
        parts.append(_line(at, TOP - 6, at, bottom, GRID))
        parts.append(_text(at, bottom + 16, _figure(tick), fill=FAINT, size=12, anchor="middle"))
    parts.append(_text((left + right) / 2, bottom + 36, unit, fill=FAINT, size=12, anchor="middle"))
    for row, y in zip(rows, places, strict=True):
        parts += _row(row, y, scale)
    if goal is not None:
        at = scale.at(goal)
        parts.append(_line(at, TOP - 6, at, bottom, GOAL, dashes="5 4"))
        parts.append(_text(at + 5, TOP - 6, f"goal {goal:g}", fill=GOAL, size=12))
    height = bottom + 48
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}"'
        f' width="{WIDTH}" height="{height:.0f}" role="img" aria-label="{escape(title)}"'
        ' font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif">'
    )
    paper = f'<rect width="{WIDTH}" height="{height:.0f}" rx="6" fill="#ffffff"/>'
    return "\n".join([head, paper, *filter(None, parts), "</svg>", ""])


def write(name: str, chart: str) -> Path:
    """Keep a chart beside the pages that show it; gives where."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.svg"
    path.write_text(chart, encoding="utf-8")
    return path


class _Scale:
    """Where a figure lies between the beginning of all bars and the end of the longest."""

    def __init__(
        self, left: float, right: float, figures: Sequence[float], *, logarithmic: bool
    ) -> None:
        self.left = left
        self._room = right - left
        self._most = max(figures)
        self._low = floor(log10(min(figures))) if logarithmic else None

    def at(self, value: float) -> float:
        if self._low is None:
            return self.left + self._room * value / self._most
        span = log10(self._most) - self._low
        return self.left + self._room * (log10(value) - self._low) / span

    def ticks(self) -> list[float]:
        """Round figures within the scale."""
        if self._low is not None:
            return [10.0**power for power in range(self._low, floor(log10(self._most)) + 1)]
        rough = self._most / TICKS
        unit = 10.0 ** floor(log10(rough))
        step = next(each for each in (unit, 2 * unit, 5 * unit, 10 * unit) if each >= rough)
        return [step * number for number in range(floor(self._most / step) + 1)]


def _places(rows: Sequence[Bar]) -> list[float]:
    """The upper edge of each bar."""
    at, places = float(TOP), []
    for index, row in enumerate(rows):
        if index and row.group != rows[index - 1].group:
            at += GROUP
        places.append(at)
        at += PITCH
    return places


def _row(row: Bar, y: float, scale: _Scale) -> list[str]:
    start = scale.left
    end = scale.at(row.value)
    middle = y + BAR / 2 + 4.5
    colour = OURS if row.ours else OTHERS
    figure = f"{_figure(row.value)} {row.note}".rstrip()
    return [
        _text(start - 8, middle, row.label, anchor="end", weight=600 if row.ours else 400),
        (
            f'<rect x="{start:.1f}" y="{y:.1f}" width="{max(1.0, end - start):.1f}"'
            f' height="{BAR}" rx="2" fill="{colour}"/>'
        ),
        _text(end + 6, middle, figure, weight=600 if row.ours else 400),
    ]


def _figure(value: float) -> str:
    """Three digits that mean something: `0.31`, `23.2`, `1,204`."""
    if value >= 100:
        return f"{value:,.0f}"
    digits = 1 if value >= 10 else 2
    shown = f"{value:.{digits}f}"
    return shown.rstrip("0").rstrip(".") if float(shown) == int(float(shown)) else shown


def _text(
    x: float,
    y: float,
    words: str,
    *,
    fill: str = INK,
    size: int = 13,
    weight: int = 400,
    anchor: str = "start",
) -> str:
    if not words:
        return ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" font-size="{size}" font-weight="{weight}"'
        f' text-anchor="{anchor}">{escape(words)}</text>'
    )


def _line(x: float, y: float, to_x: float, to_y: float, stroke: str, *, dashes: str = "") -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"'
        f' stroke="{stroke}"{dashed}/>'
    )

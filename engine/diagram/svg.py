"""A picture of flows as SVG, drawn without a browser and without anything to load."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final

from engine.diagram.layered import Point
from engine.diagram.model import Arrow, Box, Chart
from engine.diagram.placing import DOT, HEAD, LINE, PAD, Drawn, Level, Placed, placed, width

MARGIN: Final = 24.0
APART: Final = 48.0
"""Between the pictures of two flows."""
FONT: Final = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
STYLE: Final = """
text { font: 12px FONT; fill: #1d242b }
.title { font-weight: 600 } .name { font: 600 18px FONT } .faint { fill: #5b6670 }
.box { fill: #fff; stroke: #7d8894; stroke-width: 1.2 }
.question { fill: #eaf2fb; stroke: #2f6fab } .work { fill: #fdf3e3; stroke: #b07a1e }
.call { fill: #f0ebfa; stroke: #6b4fa0 }
.final { fill: #eef1f3; stroke: #5b6670; stroke-width: 2.4 }
.compound, .parallel { fill: #fafbfc; stroke: #7d8894 } .parallel { stroke-dasharray: 6 4 }
.history { fill: #fff; stroke-dasharray: 2 3 }
.arrow { fill: none; stroke: #5b6670; stroke-width: 1.3 } .head { fill: #5b6670 }
.label { fill: #333c44; stroke: #fff; stroke-width: 4; paint-order: stroke }
.covered { fill: #e2f3e4; stroke: #2e7d3a } .missed { fill: #fde6e3; stroke: #b3401f }
path.covered { fill: none; stroke: #2e7d3a }
path.missed { fill: none; stroke: #b3401f; stroke-width: 2 }
""".replace("FONT", FONT)

MARKER: Final = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8"'
    ' markerHeight="8" orient="auto"><path class="head" d="M0 0 L8 4 L0 8 z"/></marker></defs>'
)

Paint = Mapping[str | tuple[str, str], str]
"""Further classes of states, by path, and of arrows, by source and target: `covered`, `missed`."""


def draw(charts: Sequence[Chart], paint: Mapping[str, Paint] | None = None) -> str:
    """The pictures of flows below each other, the calls between several of them on top.

    `paint` gives further classes by flow.
    """
    pictures: list[tuple[float, list[str]]] = []
    if len(charts) > 1:
        pictures.append(_overview(charts))
    pictures += [_flow(chart, (paint or {}).get(chart.name, {})) for chart in charts]
    parts, y, widest = [], MARGIN, 0.0
    for wide, (high, lines) in ((one[0], (_height(one[1]), one[1])) for one in pictures):
        parts += [f'<g transform="translate({MARGIN:.0f} {y:.0f})">', *lines, "</g>"]
        y += high + APART
        widest = max(widest, wide)
    size = (widest + 2 * MARGIN, y - APART + MARGIN)
    names = ", ".join(chart.name for chart in charts)
    across, down = (f"{each:.0f}" for each in size)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across} {down}" width="{across}"'
        f' height="{down}" role="img" aria-label="{escape(names)}">'
    )
    paper = f'<rect width="{across}" height="{down}" fill="#ffffff"/>'
    return "\n".join([head, f"<style>{STYLE}</style>", MARKER, paper, *parts, "</svg>", ""])


def _height(lines: Sequence[str]) -> float:
    """The height that a picture's last line notes."""
    return float(lines[-1].removeprefix("<!-- ").removesuffix(" -->"))


def _flow(chart: Chart, paint: Paint) -> tuple[float, list[str]]:
    level = placed(chart.boxes, chart.arrows)
    lines = [f'<text class="name" x="0" y="16">{escape(chart.name)}</text>']
    head = [line for line in (chart.description, "  ".join(chart.triggers)) if line]
    head += [f"in every state: {line}" for line in chart.everywhere]
    y = 16.0
    for line in head:
        y += LINE + 2
        lines.append(f'<text class="faint" x="0" y="{y:.0f}">{escape(line)}</text>')
    y += PAD + HEAD
    lines += [f'<g transform="translate(0 {y:.0f})">', *_level(level, paint, begins=True), "</g>"]
    lines.append(f"<!-- {y + level.size[1]:.0f} -->")
    return max(level.size[0], *map(width, head), width(chart.name) * 1.6), lines


def _overview(charts: Sequence[Chart]) -> tuple[float, list[str]]:
    """Which flow calls which."""
    names = {chart.name for chart in charts}
    boxes = [Box(chart.name, chart.name, "call", tuple(chart.triggers)) for chart in charts]
    arrows = [
        Arrow(chart.name, called, ("calls",))
        for chart in charts
        for called in chart.calls
        if called in names and called != chart.name
    ]
    level = placed(boxes, arrows)
    return level.size[0], [*_level(level, {}), f"<!-- {level.size[1]:.0f} -->"]


def _level(level: Level, paint: Paint, *, begins: bool = False) -> Iterator[str]:
    for one in level.boxes:
        yield from _box(one, paint)
        if begins and one.box.first:
            yield from _beginning(one)
    for drawn in level.arrows:
        yield from _arrow(drawn, paint)


def _box(one: Placed, paint: Paint) -> Iterator[str]:
    (x, y), (wide, high), box = one.at, one.size, one.box
    radius = high / 2 if box.kind == "final" and not box.lines else 8
    classes = f"box {box.kind} {paint.get(box.id, '')}".rstrip()
    yield f'<g transform="translate({x:.1f} {y:.1f})"><title>{escape(box.id)}</title>'
    yield (
        f'<rect class="{classes}" width="{wide:.1f}" height="{high:.1f}"'
        f' rx="{min(radius, 13):.0f}"/>'
    )
    middle = not box.lines and one.inner is None
    x, anchor = (wide / 2, ' text-anchor="middle"') if middle else (PAD, "")
    yield f'<text class="title" x="{x:.1f}" y="17"{anchor}>{escape(_title(box))}</text>'
    for place, line in enumerate(box.lines, 1):
        yield f'<text x="{PAD:.0f}" y="{17 + LINE * place:.0f}">{escape(line)}</text>'
    if one.inner is not None:
        down = HEAD + LINE * len(box.lines) + PAD / 2 + (0 if box.kind == "parallel" else DOT)
        yield f'<g transform="translate({PAD:.0f} {down:.0f})">'
        yield from _level(one.inner, paint, begins=box.kind != "parallel")
        yield "</g>"
    yield "</g>"


def _title(box: Box) -> str:
    return f"{box.title} (H)" if box.kind == "history" else box.title


def _beginning(one: Placed) -> Iterator[str]:
    """The dot from which a conversation comes."""
    x, y = one.at[0] + one.size[0] / 2, one.at[1]
    yield f'<circle class="head" cx="{x:.1f}" cy="{y - 18:.1f}" r="4"/>'
    yield f'<path class="arrow" d="M{x:.1f} {y - 14:.1f} V{y - 1:.1f}" marker-end="url(#head)"/>'


def _arrow(drawn: Drawn, paint: Paint) -> Iterator[str]:
    ends = (drawn.arrow.source, drawn.arrow.target)
    classes = f"arrow {paint.get(ends, '')}".rstrip()
    yield f'<path class="{classes}" d="{_curve(drawn.points)}" marker-end="url(#head)"/>'
    shown = [line for line in drawn.lines if line]
    x, y = drawn.at
    top = y - LINE * (len(shown) - 1) / 2 + 4
    for place, line in enumerate(shown):
        yield (
            f'<text class="label" text-anchor="middle" x="{x:.1f}"'
            f' y="{top + LINE * place:.1f}">{escape(line)}</text>'
        )


def _curve(points: Sequence[Point]) -> str:
    """A line through the points that is upright in each."""
    (x, y), *rest = points
    parts = [f"M{x:.1f} {y:.1f}"]
    for to_x, to_y in rest:
        middle = (y + to_y) / 2
        parts.append(f"C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    return " ".join(parts)

"""Boxes within boxes: each level is laid out by itself, and then is a box of the level around it.

An arrow that crosses the edge of a box is drawn at the level where both of its ends are: to that
box, its label naming the state inside.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from unicodedata import east_asian_width

from engine.classes import dataclass
from engine.diagram.layered import Layout, Link, Point, Size, arrange
from engine.diagram.model import Arrow, Box

LETTER: Final = 6.7
"""About the width of a letter of 12 pixels."""
LINE: Final = 16.0
PAD: Final = 12.0
HEAD: Final = 26.0
SIDE_BY_SIDE: Final = 24.0
DOT: Final = 14.0
"""Room for the dot that shows where a compound state begins."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An arrow of a level: its points, and its label's lines around a point."""

    arrow: Arrow
    points: Sequence[Point]
    lines: tuple[str, ...]
    at: Point


@dataclass(frozen=True, slots=True)
class Placed:
    """A box with its size and its place in its level (the upper left corner), and what is in it."""

    box: Box
    at: Point
    size: Size
    inner: "Level | None" = None


@dataclass(frozen=True, slots=True)
class Level:
    """Boxes and arrows of one level."""

    size: Size
    boxes: tuple[Placed, ...] = ()
    arrows: tuple[Drawn, ...] = ()


def width(text: str) -> float:
    """About how wide a text is, in pixels."""
    return sum(LETTER * (1.8 if east_asian_width(sign) in "WF" else 1) for sign in text)


def placed(boxes: Sequence[Box], arrows: Sequence[Arrow], around: str = "") -> Level:
    """The layout of boxes that lie in the state `around`, and of all that is in them."""
    inner = {
        box.id: _inner(box, [one for one in arrows if _within(one, box.id)])
        for box in boxes
        if box.children
    }
    sizes = {box.id: _size(box, inner.get(box.id)) for box in boxes}
    lifted = _lifted(boxes, arrows, around)
    labels = [_label_size(one.labels) for one in lifted]
    links = [Link(one.source, one.target, size) for one, size in zip(lifted, labels, strict=True)]
    first = next((box.id for box in boxes if box.first), boxes[0].id)
    return _level(boxes, sizes, inner, lifted, arrange(sizes, links, first))


def _level(
    boxes: Sequence[Box],
    sizes: Mapping[str, Size],
    inner: Mapping[str, Level],
    lifted: Sequence[Arrow],
    layout: Layout,
) -> Level:
    places = []
    for box in boxes:
        (x, y), (wide, high) = layout.boxes[box.id], sizes[box.id]
        places.append(Placed(box, (x - wide / 2, y - high / 2), (wide, high), inner.get(box.id)))
    drawn = [
        Drawn(one, points, one.labels, at)
        for one, points, at in zip(lifted, layout.routes, layout.labels, strict=True)
    ]
    return Level(layout.size, tuple(places), tuple(drawn))


def _inner(box: Box, arrows: Sequence[Arrow]) -> Level:
    if box.kind != "parallel":
        return placed(box.children, arrows, box.id)
    alone = [
        placed([region], [one for one in arrows if _within(one, region.id)], box.id).boxes[0]
        for region in box.children
    ]
    tallest = max(one.size[1] for one in alone)
    regions, at = [], 0.0
    for one in alone:
        regions.append(Placed(one.box, (at, 0.0), (one.size[0], tallest), one.inner))
        at += one.size[0] + SIDE_BY_SIDE
    return Level((at - SIDE_BY_SIDE, tallest), tuple(regions))


def _size(box: Box, inner: Level | None) -> Size:
    lines = [box.title, *box.lines]
    wide = max(map(width, lines)) * 1.04 + 2 * PAD
    high = HEAD + LINE * len(box.lines) + (PAD / 2 if box.lines else 0)
    if inner is not None:
        wide = max(wide, inner.size[0] + 2 * PAD)
        high += inner.size[1] + 1.5 * PAD + (0 if box.kind == "parallel" else DOT)
    return max(wide, 56.0), high


def _label_size(lines: Sequence[str]) -> Size:
    shown = [line for line in lines if line]
    if not shown:
        return (0.0, 0.0)
    return max(map(width, shown)) + PAD, LINE * len(shown) + 4


def _lifted(boxes: Sequence[Box], arrows: Sequence[Arrow], around: str) -> list[Arrow]:
    """The arrows between different boxes of this level, those of one pair put together."""
    ids = {box.id for box in boxes}
    found: dict[tuple[str, str], list[str]] = {}
    for arrow in arrows:
        source, target = (_at(end, around) for end in (arrow.source, arrow.target))
        if source == target or source not in ids or target not in ids:
            continue
        for label in arrow.labels:
            words = label
            if arrow.source != source:
                words = f"{arrow.source.removeprefix(f'{source}.')}: {words}"
            if arrow.target != target:
                words = f"{words} → {arrow.target.removeprefix(f'{target}.')}"
            found.setdefault((source, target), []).append(words.strip())
    return [Arrow(*ends, tuple(dict.fromkeys(labels))) for ends, labels in found.items()]


def _at(path: str, around: str) -> str:
    """The box of a level in which a state lies; another text where it lies elsewhere."""
    if not around:
        return path.partition(".")[0]
    inside = path.removeprefix(f"{around}.")
    return path if inside == path else f"{around}.{inside.partition('.')[0]}"


def _within(arrow: Arrow, path: str) -> bool:
    return arrow.source.startswith(f"{path}.") and arrow.target.startswith(f"{path}.")

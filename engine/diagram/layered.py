"""Boxes in layers, arrows downwards: the layout of one level of a picture.

After Sugiyama, Tagawa and Toda (1981): arrows that close a circle are turned round, each box gets
the layer of its longest way from the first one, and arrows pass a point in each layer between.
Boxes of a layer are put in the order of their neighbours, and then as near to them as the order
allows, by isotonic regression. Each arrow has a place of its own for its label.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from itertools import pairwise
from typing import Final

from engine.classes import dataclass

GAP: Final = 26.0
"""Between two boxes of a layer, in pixels."""
STEP: Final = 20.0
"""Between a layer and the labels below it."""
SWEEPS: Final = 12
STRAIGHT: Final = 4.0
"""How much more an arrow wants to be straight than a box wants to be near its neighbours."""
LOOSE: Final = 1e-12
"""How much a box without arrows moves the others, though it wants to be as far left as it can."""
LEFT: Final = -1e6

Size = tuple[float, float]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow of this level, with the size of its label."""

    source: str
    target: str
    label: Size = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is, from (0, 0) on.

    Attributes:
        boxes: the centre of each box.
        routes: the points of each link, from its source's edge to its target's.
        labels: the centre of each link's label.
    """

    size: Size
    boxes: Mapping[str, Point]
    routes: Sequence[Sequence[Point]]
    labels: Sequence[Point]


@dataclass(slots=True)
class _Node:
    """A box, or the point where a link passes a layer."""

    size: Size
    rank: int
    above: list["_Node"] = field(default_factory=list)
    below: list["_Node"] = field(default_factory=list)
    weight: float = 1.0
    x: float = 0.0
    y: float = 0.0
    order: float = 0.0
    band: float = 0.0
    """Height of its layer."""


def arrange(sizes: Mapping[str, Size], links: Sequence[Link], first: str) -> Layout:
    """Lay out boxes, given their sizes; `first` stands on top. No link leads to its source."""
    turned = _turned(list(sizes), links, first)
    ranks = _ranks(list(sizes), links, turned)
    # Odd ranks are for labels.
    linked = {end for link in links for end in (link.source, link.target)}
    nodes = {
        name: _Node(size, ranks[name] * 2, weight=1.0 if name in linked else LOOSE)
        for name, size in sizes.items()
    }
    chains = [
        _chain(nodes, link, turned=index in turned, nodes_between=[])
        for index, link in enumerate(links)
    ]
    everything = [*nodes.values(), *(point for chain in chains for point in chain[1:-1])]
    layers = _layers(everything)
    _order(layers)
    _place(layers)
    width, height = _settle(layers)
    routes, labels = [], []
    ports = _ports(nodes, chains)
    for index, (link, chain) in enumerate(zip(links, chains, strict=True)):
        passed = [point for node in chain[1:-1] for point in _through(node)]
        points = [ports[index, 0], *passed, ports[index, 1]]
        label = chain[1]
        routes.append(points[::-1] if index in turned else points)
        labels.append((label.x, label.y))
        assert link.source != link.target
    return Layout(
        (width, height), {name: (node.x, node.y) for name, node in nodes.items()}, routes, labels
    )


def _turned(names: Sequence[str], links: Sequence[Link], first: str) -> set[int]:
    """The links that lead back to a box on the way to their source."""
    leaving: dict[str, list[int]] = {name: [] for name in names}
    for index, link in enumerate(links):
        leaving[link.source].append(index)
    turned: set[int] = set()
    done: set[str] = set()
    for start in [first, *names]:
        if start in done:
            continue
        way = {start}
        stack = [(start, iter(leaving[start]))]
        while stack:
            name, rest = stack[-1]
            index = next(rest, -1)
            if index < 0:
                stack.pop()
                way.discard(name)
                done.add(name)
                continue
            target = links[index].target
            if target in way:
                turned.add(index)
            elif target not in done:
                way.add(target)
                stack.append((target, iter(leaving[target])))
    return turned


def _ranks(names: Sequence[str], links: Sequence[Link], turned: set[int]) -> dict[str, int]:
    """The length of the longest way to each box."""
    after: dict[str, list[str]] = {name: [] for name in names}
    waiting = dict.fromkeys(names, 0)
    for index, link in enumerate(links):
        begin, end = (link.target, link.source) if index in turned else (link.source, link.target)
        after[begin].append(end)
        waiting[end] += 1
    ranks = dict.fromkeys(names, 0)
    ready = [name for name in names if not waiting[name]]
    while ready:
        name = ready.pop()
        for end in after[name]:
            ranks[end] = max(ranks[end], ranks[name] + 1)
            waiting[end] -= 1
            if not waiting[end]:
                ready.append(end)
    return ranks


def _chain(
    nodes: Mapping[str, _Node], link: Link, *, turned: bool, nodes_between: list[_Node]
) -> list[_Node]:
    """The nodes that a link passes, downwards; the label is at the second one."""
    begin, end = nodes[link.source], nodes[link.target]
    if turned:
        begin, end = end, begin
    for rank in range(begin.rank + 1, end.rank):
        size = link.label if rank == begin.rank + 1 else (0.0, 0.0)
        nodes_between.append(_Node(size, rank, weight=STRAIGHT))
    chain = [begin, *nodes_between, end]
    for upper, lower in pairwise(chain):
        upper.below.append(lower)
        lower.above.append(upper)
    return chain


def _layers(nodes: Sequence[_Node]) -> list[list[_Node]]:
    layers: list[list[_Node]] = [[] for _ in range(max(node.rank for node in nodes) + 1)]
    for node in nodes:
        layers[node.rank].append(node)
    for layer in layers:
        for place, node in enumerate(layer):
            node.order = place
    return layers


def _order(layers: list[list[_Node]]) -> None:
    """Sort each layer by the middle of its neighbours, downwards and upwards; the best counts."""
    best, fewest = [list(layer) for layer in layers], _crossings(layers)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            layer.sort(key=lambda node: _middle(node, node.above if down else node.below))
            for place, node in enumerate(layer):
                node.order = place
        found = _crossings(layers)
        if found < fewest:
            best, fewest = [list(layer) for layer in layers], found
    for layer, kept in zip(layers, best, strict=True):
        layer[:] = kept
        for place, node in enumerate(layer):
            node.order = place


def _middle(node: _Node, neighbours: Sequence[_Node]) -> float:
    if not neighbours:
        return node.order
    return sum(one.order for one in neighbours) / len(neighbours)


def _crossings(layers: Sequence[Sequence[_Node]]) -> int:
    count = 0
    for layer in layers:
        ends = [sorted(one.order for one in node.below) for node in layer]
        seen: list[float] = []
        for mine in ends:
            count += sum(other > end for end in mine for other in seen)
            seen += mine
    return count


def _place(layers: Sequence[list[_Node]]) -> None:
    """Put each node as near to its neighbours as its layer allows."""
    for layer in layers:
        _pack(layer, [node.x for node in layer])
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            _pack(layer, [_wanted(node, down=down) for node in layer])


def _wanted(node: _Node, *, down: bool) -> float:
    """The middle of its neighbours; who has none gives way to all others."""
    near = (node.above if down else node.below) or (node.below if down else node.above)
    return sum(one.x for one in near) / len(near) if near else LEFT


def _pack(layer: Sequence[_Node], wanted: Sequence[float]) -> None:
    """The places nearest to the wanted ones (least squares) at which nothing overlaps.

    With the room up to each node taken off, places must only not fall: isotonic regression, solved
    by pooling adjacent violators.
    """
    offset, offsets = 0.0, []
    for index, node in enumerate(layer):
        if index:
            offset += (layer[index - 1].size[0] + node.size[0]) / 2 + GAP
        offsets.append(offset)
    pools: list[tuple[float, float, int]] = []  # the mean, the weight, and of how many nodes
    for node, want, taken in zip(layer, wanted, offsets, strict=True):
        mean, weight, count = want - taken, node.weight, 1
        while pools and pools[-1][0] > mean:
            other, heavy, many = pools.pop()
            mean = (mean * weight + other * heavy) / (weight + heavy)
            weight, count = weight + heavy, count + many
        pools.append((mean, weight, count))
    places = [mean for mean, _, count in pools for _ in range(count)]
    for node, place, taken in zip(layer, places, offsets, strict=True):
        node.x = place + taken


def _settle(layers: Sequence[Sequence[_Node]]) -> Size:
    """Give the layers their heights, and let all begin at zero; the size of the whole."""
    nodes = [node for layer in layers for node in layer]
    left = min(node.x - node.size[0] / 2 for node in nodes)
    top = 0.0
    for layer in layers:
        height = max((node.size[1] for node in layer), default=0.0)
        for node in layer:
            node.x -= left
            node.y = top + height / 2
            node.band = height
        top += height + STEP
    return max(node.x + node.size[0] / 2 for node in nodes), top - STEP


def _through(node: _Node) -> tuple[Point, Point]:
    """A link passes a layer upright, so that it touches none of its boxes."""
    return (node.x, node.y - node.band / 2), (node.x, node.y + node.band / 2)


def _ports(
    nodes: Mapping[str, _Node], chains: Sequence[Sequence[_Node]]
) -> dict[tuple[int, int], Point]:
    """Where each link meets its upper box (0) and its lower one (1): side by side, uncrossed."""
    ports: dict[tuple[int, int], Point] = {}
    for node in nodes.values():
        for end, edge in ((0, node.y + node.size[1] / 2), (1, node.y - node.size[1] / 2)):
            mine = [
                (chain[1 - 3 * end].x, index)
                for index, chain in enumerate(chains)
                if chain[-end] is node
            ]
            for place, (_, index) in enumerate(sorted(mine), 1):
                share = place / (len(mine) + 1)
                ports[index, end] = (node.x + (share - 0.5) * node.size[0] * 0.8, edge)
    return ports

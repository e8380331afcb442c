"""Pictures of flows for other tools: Mermaid (`stateDiagram-v2`) and Graphviz (DOT)."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from engine.diagram.model import Box, Chart

_WORD: Final = re.compile(r"\W")


def mermaid(charts: Sequence[Chart]) -> str:
    """All flows as one state diagram; where there are several, each is a state of it."""
    lines = ["stateDiagram-v2"]
    for chart in charts:
        alone = len(charts) == 1
        indent = "  " if alone else "    "
        if not alone:
            lines.append(f'  state "{_quoted(chart.name)}" as {_id(chart.name)} {{')
        lines += [f"{indent}{line}" for line in _mermaid(chart)]
        if not alone:
            lines.append("  }")
    for chart in charts if len(charts) > 1 else ():
        lines += [
            f"  {_id(chart.name)} --> {_id(called)}: calls"
            for called in chart.calls
            if any(other.name == called for other in charts)
        ]
    return "\n".join(lines) + "\n"


def _mermaid(chart: Chart) -> Iterator[str]:
    own = chart.name
    for box in chart.boxes:
        yield from _mermaid_box(box, own)
    for arrow in chart.arrows:
        labels = " / ".join(filter(None, arrow.labels))
        told = f": {_plain(labels)}" if labels else ""
        yield f"{_id(own, arrow.source)} --> {_id(own, arrow.target)}{told}"


def _mermaid_box(box: Box, own: str) -> Iterator[str]:
    name = _id(own, box.id)
    if box.first:
        yield f"[*] --> {name}"
    words = "\\n".join([box.title, *box.lines])
    if box.children:
        yield f'state "{_quoted(words)}" as {name} {{'
        for place, child in enumerate(box.children):
            if place and box.kind == "parallel":
                yield "  --"
            yield from (f"  {line}" for line in _mermaid_box(child, own))
        yield "}"
    else:
        yield f'state "{_quoted(words)}" as {name}'
        if box.kind == "final":
            yield f"{name} --> [*]"


def dot(charts: Sequence[Chart]) -> str:
    """All flows as one graph, each a cluster; compound states are clusters in it."""
    lines = [
        "digraph bot {",
        '  compound=true; rankdir=TB; fontname="Helvetica";',
        '  node [shape=box, style=rounded, fontname="Helvetica", fontsize=11];',
        '  edge [fontname="Helvetica", fontsize=10];',
    ]
    for chart in charts:
        lines.append(f'  subgraph "cluster {_quoted(chart.name)}" {{')
        lines.append(f'    label="{_quoted(chart.name)}";')
        for box in chart.boxes:
            lines += [f"    {line}" for line in _dot_box(box, chart.name)]
        lines.append("  }")
        leaves = {box.id: _leaf(box).id for box in chart.walk()}
        for arrow in chart.arrows:
            labels = "\\n".join(_quoted(label) for label in arrow.labels if label)
            ends = [_node(chart.name, leaves[end]) for end in (arrow.source, arrow.target)]
            lines.append(f'  {ends[0]} -> {ends[1]} [label="{labels}"];')
    lines += _dot_calls(charts)
    return "\n".join([*lines, "}", ""])


def _dot_calls(charts: Sequence[Chart]) -> Iterator[str]:
    begins = {
        chart.name: _node(chart.name, _leaf(next(box for box in chart.boxes if box.first)).id)
        for chart in charts
        if any(box.first for box in chart.boxes)
    }
    for chart in charts:
        for box in chart.walk():
            for line in box.lines if box.kind == "call" else ():
                called = line.removeprefix("call ")
                if called in begins:
                    yield (
                        f"  {_node(chart.name, box.id)} -> {begins[called]}"
                        ' [style=dashed, label="calls"];'
                    )


def _dot_box(box: Box, own: str) -> Iterator[str]:
    words = "\\n".join(map(_quoted, [box.title, *box.lines]))
    if box.children:
        yield f'subgraph "cluster {_quoted(own)} {_quoted(box.id)}" {{'
        yield f'  label="{words}";'
        for child in box.children:
            yield from (f"  {line}" for line in _dot_box(child, own))
        yield "}"
    else:
        shape = ", peripheries=2" if box.kind == "final" else ""
        yield f'{_node(own, box.id)} [label="{words}"{shape}];'


def _leaf(box: Box) -> Box:
    """The state in a box that an arrow to it leads to."""
    while box.children:
        box = next((child for child in box.children if child.first), box.children[0])
    return box


def _node(own: str, path: str) -> str:
    return f'"{_quoted(own)}/{_quoted(path)}"'


def _id(*parts: str) -> str:
    """A name that Mermaid takes; different paths get different ones."""
    return "__".join(_WORD.sub(lambda sign: f"_{ord(sign[0]):x}_", part) for part in parts)


def _quoted(text: str) -> str:
    return text.replace('"', "”")


def _plain(text: str) -> str:
    """A label without the signs that end one in Mermaid."""
    return text.replace(";", ",").replace(":", " ").replace("#", "♯")

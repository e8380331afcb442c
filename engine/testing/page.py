"""The coverage of bots as one HTML page that needs nothing else."""

from collections.abc import Iterable
from html import escape
from typing import Final

from engine.testing.coverage import Coverage, Share
from engine.testing.probes import KINDS, Item

_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { padding: .2em .8em; text-align: left; border-bottom: 1px solid #ddd; vertical-align: top; }
td.number { text-align: right; }
.all { background: #dff3e0; } .some { background: #fdf3d0; } .none { background: #fbdcdc; }
.used::before { content: "✓ "; color: #2e7d32; } .unused::before { content: "✗ "; color: #c62828; }
.unused { background: #fbdcdc; } ul { margin: 0; padding-left: 1em; list-style: none; }
.picture { overflow-x: auto; }
code { font-size: 90%; } details { margin: .5em 0; }
"""


def write(bots: Iterable[tuple[Coverage, str]]) -> str:
    """A table a bot, its diagram (SVG), then each flow by states: coloured by what was used."""
    bodies = "".join(_bot(one, picture) for one, picture in bots)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Coverage</title>'
        f"<style>{_STYLE}</style></head><body><h1>Coverage</h1>{bodies}</body></html>\n"
    )


def _bot(coverage: Coverage, picture: str) -> str:
    heads = "".join(f"<th>{kind}</th>" for kind in KINDS)
    rows = "".join(_row(coverage, flow) for flow in (*coverage.flows, None))
    flows = "".join(_flow(coverage, flow) for flow in coverage.flows)
    return (
        f"<h2>{escape(coverage.bot)}</h2><table><tr><th>flow</th>{heads}</tr>{rows}</table>"
        f'<div class="picture">{picture}</div>{flows}'
    )


def _row(coverage: Coverage, flow: str | None) -> str:
    name = "all flows" if flow is None else flow or "bot.yaml"
    cells = "".join(_cell(coverage.share(flow, kind)) for kind in KINDS)
    return f"<tr><th>{escape(name)}</th>{cells}</tr>"


def _cell(share: Share) -> str:
    if not share.total:
        return '<td class="number">-</td>'
    shade = "all" if share.used == share.total else "some" if share.used else "none"
    return f'<td class="number {shade}">{share.used}/{share.total} {share.percent:g} %</td>'


def _flow(coverage: Coverage, flow: str) -> str:
    items = coverage.items(flow)
    states = dict.fromkeys(item.state for item in items if item.state is not None)
    rows = "".join(_state(coverage, state, items) for state in states)
    rest = [item for item in items if item.state is None]
    others = _list(coverage, rest)
    name = escape(flow or "bot.yaml")
    return (
        f"<details open><summary><b>{name}</b></summary><table><tr><th>state</th><th>choices</th>"
        f"<th>transitions</th></tr>{rows}</table><p>Guards and texts</p>{others}</details>"
    )


def _state(coverage: Coverage, state: str, items: list[Item]) -> str:
    own = [item for item in items if item.state == state]
    entered = [item for item in own if item.kind == "states"]
    used = not entered or all(coverage.hits[item] for item in entered)
    choices = _list(coverage, [item for item in own if item.kind == "choices"])
    moves = _list(coverage, [item for item in own if item.kind == "transitions"])
    shade = "used" if used else "unused"
    return (
        f'<tr><td class="{shade}"><code>{escape(state or "(everywhere)")}</code></td>'
        f"<td>{choices}</td><td>{moves}</td></tr>"
    )


def _list(coverage: Coverage, items: list[Item]) -> str:
    lines = "".join(
        f'<li class="{"used" if coverage.hits[item] else "unused"}">'
        f"<code>{escape(item.name)}</code> {coverage.hits[item]}</li>"
        for item in items
    )
    return f"<ul>{lines}</ul>"

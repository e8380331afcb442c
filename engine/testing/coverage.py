"""What of a bot its conversations have used, of all that there is."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any, Final

from engine.classes import dataclass
from engine.core.program import Program
from engine.testing.probes import KINDS, Item, Kind, probed

VERSION: Final = 1
"""Of the JSON report, `schemas/coverage.v1.json`."""
_BAR: Final = 20
"""Characters that a flow's bar has in the terminal."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of some items were used."""

    used: int
    total: int

    @property
    def percent(self) -> float:
        """100 where there is nothing to use; rounded down, so that 100 means all."""
        return 100.0 if not self.total else int(1000 * self.used / self.total) / 10


class Probe:
    """Counts what of a program is used while conversations are played with it.

    Attributes:
        program: the one to play with.
    """

    def __init__(self, program: Program) -> None:
        self.hits: Counter[Item] = Counter()
        self.program, self.items = probed(program, self._tell)

    def _tell(self, item: Item) -> None:
        self.hits[item] += 1

    def coverage(self, bot: str) -> "Coverage":
        """What was used so far."""
        return Coverage(bot, {item: self.hits[item] for item in self.items})


@dataclass(slots=True)
class Coverage:
    """How often each thing of a bot was used."""

    bot: str
    hits: dict[Item, int] = field(default_factory=dict)

    def add(self, other: "Coverage") -> None:
        """Take what other conversations with the same bot have used."""
        for item, count in other.hits.items():
            self.hits[item] = self.hits.get(item, 0) + count

    @property
    def flows(self) -> list[str]:
        """Every flow that has something to use, bot.yaml (named by nothing) last."""
        return sorted({item.flow for item in self.hits}, key=lambda name: (not name, name))

    def items(self, flow: str | None = None, kind: Kind | None = None) -> list[Item]:
        """In the order of their places and names."""
        found = (
            item for item in self.hits if flow in (None, item.flow) and kind in (None, item.kind)
        )
        return sorted(found, key=_order)

    def share(self, flow: str | None = None, kind: Kind | None = None) -> Share:
        """Of one flow or all, of one kind or all."""
        items = self.items(flow, kind)
        return Share(sum(self.hits[item] > 0 for item in items), len(items))

    def missing(self, flow: str | None = None) -> list[Item]:
        return [item for item in self.items(flow) if not self.hits[item]]


def _order(item: Item) -> tuple[int, str, int, int, str]:
    place = item.place
    at = (place.file, place.line, place.column) if place else ("", 0, 0)
    return (KINDS.index(item.kind), *at, item.name)


def render(coverage: Coverage, *, color: bool, missing: bool = True) -> str:
    """A table of flows and kinds, then what nothing has used."""
    red, green, dim, end = _COLORS if color else ("", "", "", "")
    width = max(len(_name(flow)) for flow in (*coverage.flows, "all flows"))
    lines = [f"{coverage.bot:<{width}}  " + "".join(f"{kind:>16}" for kind in KINDS)]
    for flow in (*coverage.flows, None):
        cells = []
        for kind in KINDS:
            share = coverage.share(flow, kind)
            text = f"{share.used}/{share.total} {share.percent:g}%" if share.total else "-"
            shade = dim if not share.total else green if share.used == share.total else red
            cells.append(f"{shade}{text:>16}{end}")
        name = "all flows" if flow is None else _name(flow)
        lines.append(f"{name:<{width}}  " + "".join(cells))
    unused = coverage.missing() if missing else []
    if unused:
        lines += ["", "not used:"]
        lines += [f"  {_where(item)}{dim}{item.kind[:-1]}{end} {item.name}" for item in unused]
    return "\n".join(lines)


_COLORS: Final = ("\x1b[31m", "\x1b[32m", "\x1b[2m", "\x1b[0m")


def _name(flow: str) -> str:
    return flow or "bot.yaml"


def _where(item: Item) -> str:
    return f"{item.place}: " if item.place else f"{_name(item.flow)}: "


def as_data(coverages: Iterable[Coverage]) -> dict[str, Any]:
    """The report as JSON, by schemas/coverage.v1.json."""
    return {"version": VERSION, "bots": [_bot(one) for one in coverages]}


def _bot(coverage: Coverage) -> dict[str, Any]:
    return {
        "bot": coverage.bot,
        "summary": _summary(coverage, None),
        "flows": [
            {
                "flow": flow,
                "summary": _summary(coverage, flow),
                "items": [_item(item, coverage.hits[item]) for item in coverage.items(flow)],
            }
            for flow in coverage.flows
        ],
    }


def _summary(coverage: Coverage, flow: str | None) -> dict[str, Any]:
    return {kind: _share(coverage.share(flow, kind)) for kind in KINDS} | {
        "all": _share(coverage.share(flow))
    }


def _share(share: Share) -> dict[str, float]:
    return {"used": share.used, "total": share.total, "percent": share.percent}


def _item(item: Item, hits: int) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": item.kind[:-1], "name": item.name, "hits": hits}
    if item.state is not None:
        found["state"] = item.state
    if item.place is not None:
        found |= {
            "file": item.place.file, "line": item.place.line, "column": item.place.column,
        }  # fmt: skip
    return found


def shortfalls(coverage: Coverage, limits: Mapping[str, float]) -> Iterator[str]:
    """What is below its limit, in percent; the key of a limit is a kind, or `all`."""
    for name, limit in limits.items():
        kind = next((kind for kind in KINDS if kind == name), None)
        share = coverage.share(kind=kind)
        if share.percent < limit:
            what = "coverage" if kind is None else f"coverage of {kind}"
            yield f"{coverage.bot}: {what} is {share.percent:g} %, below {limit:g} %"

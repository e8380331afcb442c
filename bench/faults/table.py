"""What seasons were, as tables and as a chart."""

from collections import Counter
from collections.abc import Iterable, Sequence

from bench import chart
from bench.faults.crowd import OPEN
from bench.faults.faults import ACTION, OURS, STORE
from bench.faults.homes import ON_THE_WIRE
from bench.faults.plan import PLACES, Season
from bench.faults.season import POINTS, RANDOM
from bench.faults.verdict import KINDS, Verdict
from bench.timing import table


def kills(seasons: Iterable[Season]) -> str:
    """Kills that count by the point at which they hit, and by what was open."""
    found: Counter[tuple[str, str]] = Counter()
    for season in seasons:
        found += season.kills
    rows = []
    for point in (*POINTS, RANDOM):
        figures = [found[point, kind] for kind in OPEN]
        if sum(figures):
            rows.append([point, *map(str, figures), str(sum(figures))])
    sums = [sum(found[point, kind] for point in (*POINTS, RANDOM)) for kind in OPEN]
    rows.append(["all", *map(str, sums), str(sum(sums))])
    return table(("point", *OPEN, "kills"), rows)


def places(seasons: Sequence[Season]) -> str:
    """Where bots ran, and what was found there."""
    rows = []
    for place in PLACES:
        there = [season for season in seasons if season.plan.place == place]
        if there:
            figures = (
                len(there),
                sum(season.kills.total() for season in there),
                sum(season.verdict.events for season in there),
                sum(len(season.verdict.faults) for season in there),
            )
            rows.append([place.name, *[f"{figure:,}" for figure in figures]])
    return table(("place", "seasons", "kills", "events", "faults"), rows or [["none", *"0000"]])


def failures(seasons: Iterable[Season]) -> str:
    """What was injected beside the kills."""
    found: Counter[str] = Counter()
    for season in seasons:
        found += season.failures
    rows = [[kind, str(times)] for kind, times in sorted(found.items())]
    return table(("failure", "times"), rows or [["none", "0"]])


def judged(seasons: Sequence[Season]) -> str:
    """What was judged, and what must not be."""
    verdict = Verdict()
    for season in seasons:
        verdict.add(season.verdict)
    wrong = Counter(fault.kind for fault in verdict.faults)
    rows = [
        ["seasons", str(len(seasons))],
        ["events of persons", str(verdict.events)],
        ["timers fired", str(verdict.silences)],
        ["results of actions", str(verdict.actions)],
        ["messages told", str(verdict.messages)],
        ["told again, where they may be", str(verdict.doubled)],
        ["events set aside after three deaths", str(verdict.aside)],
        ["told that the answer comes later", str(verdict.late)],
        ["kills that do not count", str(sum(season.idle for season in seasons))],
        *[[f"**{kind}**", str(wrong[kind])] for kind in KINDS],
    ]
    return table(("judged", "number"), rows)


def drawn(seasons: Sequence[Season], where: str) -> str:
    """Kills that count by point, as a chart."""
    found: Counter[str] = Counter()
    for season in seasons:
        for (point, _), times in season.kills.items():
            found[point] += times
    rows = [
        chart.Bar(point, found[point], ours=point in OURS, group=_group(point))
        for point in (*POINTS, RANDOM)
        if found[point]
    ]
    title = f"{found.total():,} kills where something was unwritten, unsent or unmarked"
    return chart.bars(title, "kills", rows or [chart.Bar("none", 1)], subtitle=where)


def _group(point: str) -> str:
    groups = {"engine": OURS, "store": (*STORE, ON_THE_WIRE), "action": ACTION}
    return next((name for name, points in groups.items() if point in points), "transport")

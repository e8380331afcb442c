"""What has changed between two versions of a bot."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from engine.classes import dataclass
from engine.diagnostics import Diagnostic
from engine.diagram.model import Box, Chart
from engine.review.conversations import Turn, turns
from engine.review.snapshot import Key, Snapshot

Way = tuple[str, str, str]
"""A transition: its source, its label and its target."""


@dataclass(frozen=True, slots=True)
class FlowChange:
    """What has changed in one flow that both versions have."""

    name: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    new_ways: tuple[Way, ...] = ()
    lost_ways: tuple[Way, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.renamed or self.new_ways or self.lost_ways)


@dataclass(frozen=True, slots=True)
class TextChange:
    """A text that is new (`before` is none), gone (`after` is none), or another."""

    key: Key
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """All that has changed.

    Attributes:
        new: findings that only the new version has, `gone` those that only the old one has.
        turns: conversations that now go elsewhere.
        played: how many conversations were tried.
        broken: which version has errors, so that nothing but findings can be compared.
    """

    new: tuple[Diagnostic, ...]
    gone: tuple[Diagnostic, ...]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    flows: tuple[FlowChange, ...] = ()
    texts: tuple[TextChange, ...] = ()
    turns: tuple[Turn, ...] = ()
    played: int = 0
    broken: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(
            self.new or self.gone or self.added or self.removed or self.flows or self.texts
            or self.turns
        )  # fmt: skip


def compare(old: Snapshot, new: Snapshot) -> Changes:
    """The changes from one version to the other."""
    fresh, gone = _only(new.found, old.found), _only(old.found, new.found)
    broken = tuple(name for name, one in (("old", old), ("new", new)) if one.bot is None)
    if old.bot is None or new.bot is None:
        # An error that both have is why nothing else can be told.
        errors = new.found if new.bot is None else fresh
        return Changes(errors, gone, broken=broken)
    both = [name for name in new.charts if name in old.charts]
    changes = [_flow(old.charts[name], new.charts[name], new.renamed[name]) for name in both]
    found, played = turns(old, new)
    return Changes(
        fresh,
        gone,
        tuple(name for name in new.charts if name not in old.charts),
        tuple(name for name in old.charts if name not in new.charts),
        tuple(change for change in changes if change),
        tuple(_texts(old.texts, new.texts)),
        found,
        played,
    )


def _only(some: Sequence[Diagnostic], others: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Findings of one version, without those that the other has, wherever their lines are now."""
    left = Counter(map(_same, others))
    only = []
    for one in some:
        if left[_same(one)]:
            left[_same(one)] -= 1
        else:
            only.append(one)
    return tuple(only)


def _same(one: Diagnostic) -> tuple[str, str, str]:
    return one.code, one.message, one.place.file.rpartition("/")[2]


def _flow(old: Chart, new: Chart, declared: Mapping[str, str]) -> FlowChange:
    before = {box.id: box for box in old.walk()}
    after = {box.id: box for box in new.walk()}
    removed = [path for path in before if path not in after]
    added = [path for path in after if path not in before]
    renamed = {one: other for one, other in declared.items() if one in removed and other in added}
    renamed |= _alike(before, after, removed, added, renamed)
    ways, was = _ways(new, {}), _ways(old, renamed)
    return FlowChange(
        new.name,
        tuple(path for path in added if path not in renamed.values()),
        tuple(path for path in removed if path not in renamed),
        renamed,
        tuple(way for way in ways if way not in was),
        tuple(way for way in was if way not in ways),
    )


def _alike(
    before: Mapping[str, Box],
    after: Mapping[str, Box],
    removed: Sequence[str],
    added: Sequence[str],
    known: Mapping[str, str],
) -> dict[str, str]:
    """States that say and ask the same under another name, where there is only one of each."""

    def by_content(boxes: Mapping[str, Box], paths: Iterator[str]) -> dict[object, list[str]]:
        found: dict[object, list[str]] = {}
        for path in paths:
            box = boxes[path]
            if box.lines:
                found.setdefault((box.kind, box.lines), []).append(path)
        return found

    gone = by_content(before, (path for path in removed if path not in known))
    come = by_content(after, (path for path in added if path not in known.values()))
    return {
        paths[0]: come[content][0]
        for content, paths in gone.items()
        if len(paths) == 1 and len(come.get(content, ())) == 1
    }


def _ways(chart: Chart, renamed: Mapping[str, str]) -> dict[Way, None]:
    found: dict[Way, None] = {}
    for arrow in chart.arrows:
        ends = [renamed.get(end, end) for end in (arrow.source, arrow.target)]
        found |= dict.fromkeys((ends[0], label, ends[1]) for label in arrow.labels)
    for line in chart.everywhere:
        label, _, target = line.partition(" → ")
        found["in every state", label, renamed.get(target, target)] = None
    return found


def _texts(old: Mapping[Key, str], new: Mapping[Key, str]) -> Iterator[TextChange]:
    for key in dict.fromkeys([*old, *new]):
        before, after = old.get(key), new.get(key)
        if before != after:
            yield TextChange(key, before, after)

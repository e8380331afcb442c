"""The mutants of a bot's files: each is one small change that an author could make by mistake.

They are made one after the other over the tree of each file, in the order of the document, so that
two runs make the same ones.
"""

import copy
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
Tree: TypeAlias = Any
"""A file as JSON has it: mappings, lists, texts, numbers."""
Change: TypeAlias = tuple[str, Path, Callable[[Tree], None]]
"""What it is called, where it is made, and what makes it in a copy of the tree."""

_TARGETS: Final = ("next", "target", "always", "skip", "yes", "no", "done", "error")
_TIMES: Final = re.compile(r"(?:\d+[dhms])+")
_PLACEHOLDER: Final = re.compile(r"\{(?!if|/|for)([a-z_]\w*)")
_DROPPED: Final = (
    "into", "set", "output", "with", "optional", "pii", "also", "safe", "if", "retry", "triggers",
    "say", "raise", "error",
)  # fmt: skip
_NUMBERS: Final = ("max", "min", "timeout", "delay", "factor")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: what it does, in which file, and at which path of its tree."""

    kind: str
    file: str
    path: Path
    tree: Tree

    @property
    def name(self) -> str:
        return f"{self.file} {'.'.join(map(str, self.path))}: {self.kind}"


def mutants(file: str, tree: Tree) -> Iterator[Mutant]:
    """Every mutant of one file."""
    translation = len(file.split(".")) == 3  # FLOW.LANGUAGE.yaml
    changes = _of_texts(tree) if translation else _of_flow(tree)
    for kind, path, change in changes:
        changed = copy.deepcopy(tree)
        change(changed)
        if changed != tree:  # the only state of a flow has no other one to lead to
            yield Mutant(kind, file, path, changed)


def _of_texts(tree: Tree) -> Iterator[Change]:
    for key, text in tree.items():
        yield "translation removed", (key,), _drop((key,))
        yield from _other_hole((key,), text, ("name", "age", "city"))


def _of_flow(tree: Tree) -> Iterator[Change]:
    states = list(tree.get("states", {}))
    names = (*tree.get("data", {}), *tree.get("input", {}))
    for path, value in _walk(tree, ()):
        yield from _of_state(path, value, states)
        yield from _of_place(path)
        yield from _of_key(path, value)
        if path[-1] in ("say", "ask") and isinstance(value, str):
            yield from _other_hole(path, value, names)


def _of_state(path: Path, value: Tree, states: Sequence[str]) -> Iterator[Change]:
    if _is_target(path) and isinstance(value, str):
        yield "target changed", path, _put(path, _other(states, value))
    if len(path) == 2 and path[0] == "states":
        yield "state dropped", path, _drop(path)
    if path[-1] == "type" and value == "final":
        yield "final dropped", path, _drop(path)


def _of_place(path: Path) -> Iterator[Change]:
    """What is changed by where it stands: the entries of choices, handlers, timers, arguments."""
    around = path[-2] if len(path) > 1 else ""
    if around == "choices":
        yield "choice dropped", path, _drop(path)
        yield "label doubled", path, _doubled(path)
    elif around == "on":
        yield "handler dropped", path, _drop(path)
    elif around in ("idle", "after") and _is_time(path[-1]):
        yield "timer changed", path, _renamed(path, _longer(str(path[-1])))
        yield "timer dropped", path, _drop(path)
    elif around in ("output", "with"):
        yield f"entry of {around} dropped", path, _drop(path)


def _of_key(path: Path, value: Tree) -> Iterator[Change]:
    """What is changed by how it is called."""
    key = path[-1]
    if key == "guard" and isinstance(value, str):
        yield "guard negated", path, _put(path, f"not ({value})")
    if key in _DROPPED and _drops(path, value):
        yield f"{key} dropped", path, _drop(path)
    if key in _NUMBERS and len(path) > 1:
        yield f"{key} changed", path, _put(path, _more(value))


def _other_hole(path: Path, text: str, names: Sequence[str]) -> Iterator[Change]:
    """The first value that a text fills in, replaced by another one."""
    hole = _PLACEHOLDER.search(text)
    others = [one for one in names if hole is not None and one != hole[1]]
    if hole is not None and others:
        yield "placeholder changed", path, _put(path, _swapped(text, hole, others[0]))


def _walk(value: Tree, path: Path) -> Iterator[tuple[Path, Tree]]:
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _walk(inner, (*path, number))


def _is_target(path: Path) -> bool:
    names = [part for part in path if isinstance(part, str)]
    if not names or path[0] in ("data", "input", "records", "initial", "texts"):
        return names == ["initial"]
    return names[-1] in _TARGETS or (len(names) > 1 and names[-2] in ("on", "idle", "after"))


def _drops(path: Path, value: Tree) -> bool:
    """Whether the key is one of the language here, and no name that an author has given."""
    given = len(path) > 1 and path[-2] in ("on", "states", "choices", "data", "with", "output")
    return not given and value is not False


def _other(states: Sequence[str], target: str) -> str:
    """The state that stands behind a target, or the first one."""
    at = states.index(target) + 1 if target in states else 0
    return states[at % len(states)] if states else "nowhere"


def _is_time(key: str | int) -> bool:
    return isinstance(key, str) and _TIMES.fullmatch(key) is not None


def _longer(time: str) -> str:
    return re.sub(r"\d+", lambda number: str(2 * int(number[0])), time)


def _more(value: Tree) -> Tree:
    return _longer(value) if isinstance(value, str) else value + 1


def _swapped(text: str, hole: re.Match[str], name: str) -> str:
    return f"{text[: hole.start(1)]}{name}{text[hole.end(1) :]}"


def _at(tree: Tree, path: Path) -> Tree:
    for part in path:
        tree = tree[part]
    return tree


def _drop(path: Path) -> Callable[[Tree], None]:
    def change(tree: Tree) -> None:
        del _at(tree, path[:-1])[path[-1]]

    return change


def _put(path: Path, value: Tree) -> Callable[[Tree], None]:
    def change(tree: Tree) -> None:
        _at(tree, path[:-1])[path[-1]] = value

    return change


def _renamed(path: Path, name: str) -> Callable[[Tree], None]:
    def change(tree: Tree) -> None:
        holder = _at(tree, path[:-1])
        kept = {name if key == path[-1] else key: one for key, one in holder.items()}
        holder.clear()
        holder.update(kept)

    return change


def _doubled(path: Path) -> Callable[[Tree], None]:
    """Give a choice the label of the one before it."""

    def change(tree: Tree) -> None:
        holder = _at(tree, path[:-1])
        ids = list(holder)
        other = holder[ids[ids.index(path[-1]) - 1]]
        label = other["label"] if isinstance(other, dict) else other
        if isinstance(holder[path[-1]], dict):
            holder[path[-1]]["label"] = label
        else:
            holder[path[-1]] = label

    return change

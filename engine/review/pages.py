"""Changes as text for a terminal, as Markdown for a comment on a pull request, and as JSON."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from engine.diagnostics import Diagnostic
from engine.review.changes import Changes, FlowChange, TextChange, Way

SHOWN: Final = 40
"""Most lines of one list in Markdown: a comment has at most 65,536 characters."""
VERSION: Final = 1


def as_text(name: str, changes: Changes) -> str:
    """For people at a terminal; a line says so where nothing has changed."""
    lines = [name]
    for title, items in _parts(changes):
        lines += [f"  {title}", *(f"    {line}" for line in items)]
    for turn in changes.turns:
        lines += [f"  goes elsewhere: {turn.name}", *(f"    {line}" for line in turn.lines)]
    if len(lines) == 1:
        lines.append("  nothing has changed for anybody who talks with it")
    elif changes.played and not changes.turns:
        lines.append(f"  all {changes.played} conversations go as before")
    return "\n".join(lines)


def as_markdown(name: str, changes: Changes) -> str:
    """For a comment: the lists, and each conversation that goes elsewhere as a patch."""
    lines = [f"### `{name}`", ""]
    if not changes:
        return "\n".join([*lines, "Nothing has changed for anybody who talks with it.", ""])
    for title, items in _parts(changes):
        lines += [f"**{title}**", ""]
        lines += [f"- {_escaped(line)}" for line in items[:SHOWN]]
        if len(items) > SHOWN:
            lines.append(f"- … and {len(items) - SHOWN} more")
        lines.append("")
    for turn in changes.turns[:SHOWN]:
        lines += [f"<details><summary>goes elsewhere: {_escaped(turn.name)}</summary>", ""]
        lines += ["````diff", *turn.lines, "````", "", "</details>", ""]
    if changes.played and not changes.turns:
        lines += [f"All {changes.played} conversations go as before.", ""]
    return "\n".join(lines)


def as_data(name: str, changes: Changes) -> dict[str, Any]:
    """For programs; `version` is that of this form."""
    return {
        "version": VERSION,
        "bot": name,
        "broken": list(changes.broken),
        "flows": {"added": list(changes.added), "removed": list(changes.removed)},
        "changed": [_flow_data(one) for one in changes.flows],
        "findings": {
            "new": [_finding_data(one) for one in changes.new],
            "gone": [_finding_data(one) for one in changes.gone],
        },
        "texts": [
            {"file": one.key[0], "language": one.key[1], "key": one.key[2],
             "before": one.before, "after": one.after}
            for one in changes.texts
        ],
        "conversations": {
            "played": changes.played,
            "elsewhere": [{"name": one.name, "lines": list(one.lines)} for one in changes.turns],
        },
    }  # fmt: skip


def _parts(changes: Changes) -> Iterator[tuple[str, list[str]]]:
    """The lists that have something in them, each with its title."""
    parts: list[tuple[str, list[str]]] = [
        ("cannot be compared", [f"the {name} version has errors" for name in changes.broken]),
        ("new findings", [_finding(one) for one in changes.new]),
        ("findings that are gone", [_finding(one) for one in changes.gone]),
        ("new flows", list(changes.added)),
        ("flows that are gone", list(changes.removed)),
        *((f"flow {flow.name}", list(_flow(flow))) for flow in changes.flows),
    ]
    for language in dict.fromkeys(one.key[1] for one in changes.texts):
        mine = [one for one in changes.texts if one.key[1] == language]
        parts.append((f"texts in `{language}`", [line for one in mine for line in _text(one)]))
    yield from ((title, items) for title, items in parts if items)


def _flow(flow: FlowChange) -> Iterator[str]:
    for sign, paths in (("+", flow.added), ("-", flow.removed)):
        yield from (f"{sign} state {path}" for path in paths)
    yield from (f"~ state {old} is called {new}" for old, new in flow.renamed.items())
    for sign, ways in (("+", flow.new_ways), ("-", flow.lost_ways)):
        yield from (f"{sign} {_way(way)}" for way in ways)


def _way(way: Way) -> str:
    source, label, target = way
    return f"{source}: {label or 'at once'}{f' → {target}' if target else ''}"


def _text(change: TextChange) -> Iterator[str]:
    file, _, key = change.key
    if change.before is not None:
        yield f"- {file}/{key}: {change.before}"
    if change.after is not None:
        yield f"+ {file}/{key}: {change.after}"


def _finding(one: Diagnostic) -> str:
    return f"{one.place}: {one.severity} {one.code} {one.message}"


def _finding_data(one: Diagnostic) -> dict[str, Any]:
    place = one.place
    return {
        "code": one.code, "severity": one.severity, "message": one.message, "file": place.file,
        "line": place.line, "column": place.column,
    }  # fmt: skip


def _flow_data(flow: FlowChange) -> dict[str, Any]:
    def ways(found: Sequence[Way]) -> list[dict[str, str]]:
        return [{"source": one, "label": label, "target": other} for one, label, other in found]

    return {
        "flow": flow.name, "added": list(flow.added), "removed": list(flow.removed),
        "renamed": dict(flow.renamed),
        "transitions": {"added": ways(flow.new_ways), "removed": ways(flow.lost_ways)},
    }  # fmt: skip


def _escaped(text: str) -> str:
    """What a bot says is no markup of the comment's, and names nobody in it."""
    for sign in "\\`*_{}[]<>#|~":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("@", "@\u2060")

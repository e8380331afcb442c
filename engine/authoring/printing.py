"""Writes a layout: two blanks a level, brackets where they fit, comments where they were."""

from collections.abc import Iterable
from typing import Final

from engine.authoring import spelling
from engine.authoring.layout import Comment, Group, Item, Layout, Word, inside

WIDTH: Final = 100
"""Columns that a group in brackets may take; a longer one is written line by line."""
_INDENT: Final = 2


def write(layout: Layout) -> str:
    """The file. Written again from what is read of it, it is the same."""
    root = layout.root
    lines = _comments(root.before, 0, [])
    if isinstance(root.value, Group) and not _fits(root.value, 0):
        lines += _group(root.value, 0, None, lines)
        lines += _comments([root.trailing] if root.trailing else [], 0, lines)
    else:
        lines.append(_flow(root.value) + _notes(root))
    lines += _comments(layout.after, 0, lines)
    return "\n".join(lines) + "\n"


def inline(value: Word | Group) -> str:
    """A value on one line, in brackets if it is a group; its comments are left out."""
    return _flow(value)


def _group(group: Group, indent: int, name: str | None, above: list[str]) -> list[str]:
    """Its lines; `above` are those of the same group or file that stand before, if any."""
    lines: list[str] = []
    for item in group.items:
        lines += _comments(item.before, indent, above + lines)
        if item.gap and (above or lines):
            lines.append("")
        lines += _item(item, indent, name)
    return lines + _comments(group.tail, indent, lines)


def _comments(found: Iterable[Comment], indent: int, above: list[str]) -> list[str]:
    lines: list[str] = []
    for comment in found:
        if comment.gap and (above or lines):
            lines.append("")
        lines.append(" " * indent + comment.text)
    return lines


def _behind(comment: Comment | None) -> str:
    return f"  {comment.text}" if comment else ""


def _notes(item: Item) -> str:
    """The comment on the last line of an item: behind a `|`, or behind its end."""
    if isinstance(item.value, Word) and item.value.comment:
        return f"  {item.value.comment}"
    return _behind(item.trailing)


def _item(item: Item, indent: int, name: str | None) -> list[str]:
    lead = " " * indent + (f"{_key(item, name)}:" if item.key else "-")
    if isinstance(item.value, Word):
        return _word(item, item.value, lead, indent)
    group = item.value
    if not item.head and _fits(group, len(lead) + 1):
        return [f"{lead} {_flow(group, _name(item))}{_behind(item.trailing)}"]
    inner = _group(group, indent + _INDENT, _name(item), [])
    if item.trailing:  # behind the bracket that is gone now
        inner.append(" " * (indent + _INDENT) + item.trailing.text)
    if item.key:
        return [lead + _behind(item.head), *inner]
    return [f"{lead} {inner[0].lstrip(' ')}", *inner[1:]]


def _key(item: Item, name: str | None) -> str:
    """The language's own word `on` stays bare: quoted in every state it would only be noise."""
    assert item.key is not None
    own = item.key.text == "on" and isinstance(item.value, Group) and name != "choices"
    return "on" if own and not item.key.style else spelling.key(item.key)


def _word(item: Item, word: Word, lead: str, indent: int) -> list[str]:
    room = WIDTH - len(lead) - 1
    lines = spelling.block(word, room if not word.broken else WIDTH - indent - _INDENT)
    if lines is None:
        text = "" if word.text == "" and not word.style else f" {spelling.inline(word)}"
        return [lead + text + _notes(item)]
    header, *content = lines
    pad = " " * (indent + _INDENT)
    return [f"{lead} {header}{_notes(item)}", *(pad + line if line else "" for line in content)]


def _fits(group: Group, column: int) -> bool:
    if not group.items:
        return True
    return not (not group.flow or inside(group) or column + len(_flow(group)) > WIDTH)


def _flow(value: Word | Group, name: str | None = None) -> str:
    if isinstance(value, Word):
        return spelling.inline(value)
    if not value.mapping:
        return f"[{', '.join(_flow(item.value) for item in value.items)}]"
    entries = (f"{_key(item, name)}: {_flow(item.value, _name(item))}" for item in value.items)
    return f"{{{', '.join(entries)}}}"


def _name(item: Item) -> str | None:
    return item.key.text if item.key else None

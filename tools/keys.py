"""The page of keys, made from the JSON Schemas: what each means, with an example."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine.authoring.layout import from_value
from engine.authoring.printing import inline
from schemas import Name, schema

HEAD: Final = """\
Every key that can stand in a file, as an editor explains it
([set it up](../how-to/set-up-your-editor.md)). What they do together is told in
[the language](language.md)."""
_FILES: Final[Mapping[Name, str]] = {"flow": "Flows", "bot": "bot.yaml", "test": "Tests"}
_TYPES: Final = {
    "array": "list", "boolean": "true or false", "integer": "whole number", "number": "number",
    "object": "mapping", "string": "text",
}  # fmt: skip


def body() -> Iterator[str]:
    """The lines of the page below its title."""
    yield HEAD
    for name, title in _FILES.items():
        whole = schema(name)
        yield from ("", f"## {title}", "", whole["description"])
        for heading, part in _mappings(whole):
            yield from _mapping(heading, part, whole)


def _mappings(whole: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each mapping whose keys have names, once, under what the schema calls it."""
    waiting: list[tuple[str, dict[str, Any]]] = [("", whole)]
    reached: list[dict[str, Any]] = []
    shown: list[object] = []
    while waiting:
        heading, part = waiting.pop(0)
        found = _resolved(part, whole)
        if any(found is one for one in reached):
            continue
        reached.append(found)
        properties = found.get("properties", {})
        if properties and properties not in shown:
            shown.append(properties)
            yield heading or "At the top", found
        for key, inner in properties.items():
            waiting.append((_heading(inner, f"{heading}: {key}".removeprefix(": ")), inner))
        for keyword in ("additionalProperties", "items"):
            inner = found.get(keyword)
            if isinstance(inner, dict):
                waiting.append((_heading(inner, heading or "test"), inner))


def _heading(part: Mapping[str, Any], otherwise: str) -> str:
    """A definition's own name; else where the mapping stands."""
    return part.get("$ref", "").rpartition("/")[2].replace("_", " ") or otherwise


def _resolved(part: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = part
    while "$ref" in found:
        found = whole["$defs"][found["$ref"].rpartition("/")[2]]
    return found


def _mapping(heading: str, part: dict[str, Any], whole: dict[str, Any]) -> Iterator[str]:
    yield from ("", f"### {heading}", "")
    if part is not whole and "description" in part:
        yield from (part["description"], "")
    yield from ("| key | meaning | value | example |", "|---|---|---|---|")
    needed = part.get("required", ())
    for key, inner in part["properties"].items():
        target = _resolved(inner, whole)
        words = inner.get("description") or target.get("description", "")
        title = inner.get("title") or target.get("title", "")
        star = " Needed." if key in needed else ""
        examples = inner.get("examples") or target.get("examples") or [None]
        example = inline(from_value(examples[0]))
        cells = (f"`{key}`", f"**{title}.** {words}{star}", _value(target), _code(example))
        yield f"| {' | '.join(_escaped(cell) for cell in cells)} |"


def _value(part: Mapping[str, Any]) -> str:
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"])
    if "x-is" in part:
        return str(part["x-is"])
    types = part.get("type", [])
    listed = [types] if isinstance(types, str) else types
    return " or ".join(_TYPES[one] for one in listed) or "any value"


def _code(text: str) -> str:
    """A code span, also of what holds a backtick."""
    ticks = "``" if "`" in text else "`"
    return f"{ticks}{text}{ticks}"


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")

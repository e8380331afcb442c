"""What a broken rule of a JSON Schema means for the author of the file.

The schemas carry annotations (`x-is`, `x-later`, …; see `schemas`) from which messages are made.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from engine.classes import dataclass
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.core.suggest import closest, did_you_mean
from engine.diagnostics import Diagnostic
from engine.errors import Place

SHOWN_MAX: Final = 40
"""Longest part of the author's text that a message repeats, in characters."""

_TYPES: Final = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a mapping",
    "string": "a text",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A broken rule: `keyword` of `schema`, at `node`, which stands under `key`.

    `name` is how a message calls the node; `value` is what the rule was applied to: the node's
    data, or one of its keys (`propertyNames`).
    """

    node: Node
    key: Scalar | None
    name: str
    keyword: str
    schema: Mapping[str, Any]
    value: object

    def at_key(self, code: str, message: str, cure: str | None = None) -> Diagnostic:
        """Said of the whole entry: at its key, or where a nameless node begins."""
        if self.key is None:
            return Diagnostic(code, message, self.node.place, cure)
        return _at(self.key, code, message, cure)

    def at_value(self, message: str, cure: str | None = None) -> Diagnostic:
        if isinstance(self.node, Scalar):
            if self.node.empty:
                return self.at_key("SC010", message, cure)
            return _at(self.node, "SC010", message, cure)
        return Diagnostic("SC010", message, self.node.place, cure)


def explain(found: Found) -> Iterator[Diagnostic]:
    """The findings behind one error of the validator; the same one may come up repeatedly."""
    if found.keyword in _OF_MAPPINGS and _is_unquoted_text(found):
        yield from _wrong_type(found)
    else:
        yield from _EXPLAINED.get(found.keyword, _unfit)(found)


def quoted(text: str) -> str:
    """A part of the author's text for a message: on one line and not too long."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_MAX else f"{line[: SHOWN_MAX - 1]}…"


def _at(token: Scalar, code: str, message: str, cure: str | None) -> Diagnostic:
    return Diagnostic(code, message, token.place, cure, length=token.width)


def _types(schema: Mapping[str, Any]) -> list[str]:
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else list(types)


def _expected(schema: Mapping[str, Any]) -> str:
    words = schema.get("x-is")
    if isinstance(words, str):
        return words
    return " or ".join(_TYPES[name] for name in _types(schema)) or "something else"


def _actual(node: Node) -> str:
    if isinstance(node, Fields):
        return "a mapping"
    if isinstance(node, Items):
        return "a list"
    if isinstance(node.value, str):
        return f'the text "{quoted(node.text)}"'
    if isinstance(node.value, bool) or node.value is None:
        return node.text
    return f"the number {quoted(node.text)}"


def _is_unquoted_text(found: Found) -> bool:
    """Whether `{name}` was meant as a text: as YAML it is a mapping of `name` to nothing."""
    node = found.node
    if "string" not in _types(found.schema) or not isinstance(node, Fields) or not node.entries:
        return False
    return all(
        isinstance(entry.value, Scalar) and entry.value.empty and ":" not in key
        for key, entry in node.entries.items()
    ) and not any(key in found.schema.get("properties", {}) for key in node.entries)


def _wrong_type(found: Found) -> Iterator[Diagnostic]:
    schema, node = found.schema, found.node
    if isinstance(node, Scalar) and node.empty:
        given = f"Give it {_expected(schema)}, or remove it."
        yield found.at_key("SC010", f"{found.name} is empty", given)
        return
    cure: str | None = None
    if "string" in _types(schema) and not isinstance(node, Scalar):
        sign = "[" if isinstance(node, Items) else "{"
        cure = f"A text that begins with `{sign}` must stand in quotes."
    yield found.at_value(f"{found.name} must be {_expected(schema)}, not {_actual(node)}", cure)


def _unfit(found: Found) -> Iterator[Diagnostic]:
    message = f"{found.name} must be {_expected(found.schema)}, not {_actual(found.node)}"
    yield found.at_value(message)


def _wrong_choice(found: Found) -> Iterator[Diagnostic]:
    schema, node = found.schema, found.node
    values = [str(value) for value in schema["enum"]]
    word = node.text if isinstance(node, Scalar) else ""
    if not word or not isinstance(node, Scalar):
        yield found.at_value(f"{found.name} must be one of {', '.join(values)}")
    elif word in schema.get("x-later-values", ()):
        yield found.at_value(f"{found.name}: `{word}` is not supported yet")
    elif word == schema.get("x-implied"):
        yield found.at_value(f"{found.name}: `{word}` is not said", f"Remove {found.name}.")
    elif len(values) == 1:
        yield found.at_value(f"{found.name} can only be `{values[0]}`, not `{quoted(word)}`")
    else:
        cure = did_you_mean(word, values) or f"One of {', '.join(values)}."
        instead = schema.get("x-instead-values", {}).get(word)
        cure = f"Here it is `{instead}`." if instead else cure
        yield found.at_value(f"{found.name} cannot be `{quoted(word)}`", cure)


def _missing(found: Found) -> Iterator[Diagnostic]:
    if not isinstance(found.node, Fields):
        return
    entries, properties = found.node.entries, found.schema.get("properties", {})
    unknown = [key for key in entries if key not in properties]
    if any(key in found.schema.get("x-later", ()) for key in unknown):
        return  # it stands for what is missing, most likely
    for name in found.schema["required"]:
        if name in entries or closest(name, unknown):
            continue  # a misspelled key is reported as unknown already
        first = next(iter(entries.values()), None)
        message, cure = f"`{name}` is missing", f"Add `{name}:` here."
        if found.name != "the file":
            message = f"`{name}` is missing in {found.name}"
        if first is not None and first.key.place == found.node.place:
            yield _at(first.key, "SC011", message, cure)
        else:
            yield Diagnostic("SC011", message, found.node.place, cure)


def _unknown(found: Found) -> Iterator[Diagnostic]:
    if not isinstance(found.node, Fields):
        return
    known: Mapping[str, Any] = found.schema.get("properties", {})
    for word, entry in found.node.entries.items():
        if word not in known:
            yield _at(entry.key, "SC012", *_unknown_key(word, entry.value, known, found.schema))


def _unknown_key(
    word: str, value: Node, known: Mapping[str, Any], schema: Mapping[str, Any]
) -> tuple[str, str | None]:
    shown = quoted(word)
    never = schema.get("x-never", {}).get(word)
    if never:
        return f"`{shown}` cannot stand here: {never}", f"Remove `{shown}`."
    if word in schema.get("x-later", ()):
        return f"`{shown}` is not supported yet", None
    if word.lower() == "true" and "on" in known:
        return f"`{shown}` is what a tool has made of the key `on`", "Write `on:`."
    message = f"unknown key `{shown}`"
    instead = schema.get("x-instead", {}).get(word)
    if instead in known:
        return message, f"Here it is `{instead}`."
    before, colon, _ = word.partition(":")
    if colon and isinstance(value, Scalar) and value.empty and before in known:
        return message, f"Write a blank after the colon: `{before}: …`."
    allowed = ", ".join(f"`{name}`" for name in known)
    return message, did_you_mean(word, known) or f"Known here: {allowed}."


def _bad_key(found: Found) -> Iterator[Diagnostic]:
    if isinstance(found.node, Fields):
        entry = found.node.entries[str(found.value)]
        message = f"`{quoted(entry.key.text)}` in {found.name} is not {_expected(found.schema)}"
        yield _at(entry.key, "SC010", message, None)


def _empty(found: Found) -> Iterator[Diagnostic]:
    yield found.at_key("SC010", f"{found.name} is empty", "Fill it, or remove it.")


def _not_one(found: Found) -> Iterator[Diagnostic]:
    if isinstance(found.node, Fields):
        extra = list(found.node.entries.values())[1].key
        names = " and ".join(f"`{quoted(key)}`" for key in found.node.entries)
        what = found.schema.get("x-one", "only one can stand here")
        cure = "Begin a new item with `- ` for each."
        yield _at(extra, "SC010", f"{what}, not {names}", cure)


def _alone(found: Found) -> Iterator[Diagnostic]:
    if not isinstance(found.node, Fields):
        return
    for name, needed in found.schema["dependentRequired"].items():
        entry = found.node.entries.get(name)
        for other in needed:
            if entry is not None and other not in found.node.entries:
                words = found.schema.get("x-needs", {}).get(name, f"`{other}`")
                yield _at(entry.key, "SC011", f"`{name}` needs {words} beside it", None)


def _conflict(found: Found) -> Iterator[Diagnostic]:
    where = found.schema.get("x-beside", "here")
    yield found.at_key("SC010", f"{found.name} cannot stand {where}")


def _bound(found: Found) -> Iterator[Diagnostic]:
    assert isinstance(found.node, Scalar), "only numbers have bounds"
    least = found.keyword == "minimum"
    limit = f"at {'least' if least else 'most'} {found.schema[found.keyword]}"
    yield found.at_value(f"{found.name} must be {limit}, not {quoted(found.node.text)}")


def _too_long(found: Found) -> Iterator[Diagnostic]:
    limit = found.schema["maxLength"]
    yield found.at_value(f"{found.name} has more than {limit} characters")


def _twice(found: Found) -> Iterator[Diagnostic]:
    if not isinstance(found.node, Items):
        return
    first: dict[str, Place] = {}
    for item in found.node.items:
        if isinstance(item, Scalar) and item.text in first:
            message = f"`{quoted(item.text)}` stands twice in {found.name}"
            yield _at(item, "SC010", message, "Remove one.")
        elif isinstance(item, Scalar):
            first[item.text] = item.place


_OF_MAPPINGS: Final = frozenset(
    ("required", "additionalProperties", "minProperties", "maxProperties", "propertyNames")
)
_EXPLAINED: Final[Mapping[str, Callable[[Found], Iterator[Diagnostic]]]] = {
    "type": _wrong_type,
    "enum": _wrong_choice,
    "required": _missing,
    "additionalProperties": _unknown,
    "propertyNames": _bad_key,
    "minProperties": _empty,
    "minItems": _empty,
    "minLength": _unfit,
    "pattern": _unfit,
    "maxProperties": _not_one,
    "dependentRequired": _alone,
    "not": _conflict,
    "minimum": _bound,
    "exclusiveMinimum": _unfit,
    "maximum": _bound,
    "maxLength": _too_long,
    "uniqueItems": _twice,
}

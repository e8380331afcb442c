"""What the built-in actions take: their arguments are held against what bot.yaml declares."""

import re
from collections.abc import Mapping
from typing import Final, Literal

from engine.classes import dataclass
from engine.compiler.context import Context, Listed, Mapped
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.urls import address
from engine.core.collections import Collection
from engine.core.expr import compile_literal
from engine.core.nodes import Evaluate
from engine.core.suggest import did_you_mean, one_of

Kind = Literal["value", "collection", "values", "where", "sort", "unique", "url", "method"]

COMPARISONS: Final = (
    "eq", "ne", "gt", "gte", "lt", "lte", "in", "begins", "contains", "within", "matches",
)  # fmt: skip
DIRECTIONS: Final = frozenset({"asc", "desc"})
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
_QUOTED: Final = re.compile(r"""(['"])([A-Za-z_][A-Za-z0-9_]*)\1""")


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument; the word of a known thing may stand in it without quotes of its own."""

    kind: Kind = "value"
    needed: bool = False


_COLLECTION: Final = Parameter("collection", needed=True)
_VALUE: Final = Parameter()
_WHERE: Final = Parameter("where")
_VALUES: Final = Parameter("values")
BUILT_IN: Final[Mapping[str, Mapping[str, Parameter]]] = {
    "records.put": {
        "collection": _COLLECTION, "values": Parameter("values", needed=True), "id": _VALUE,
        "by": Parameter("unique"), "new": _VALUE,
    },
    "records.get": {"collection": _COLLECTION, "id": _VALUE, "where": _WHERE},
    "records.find": {
        "collection": _COLLECTION, "where": _WHERE, "search": _VALUE, "sort": Parameter("sort"),
        "limit": _VALUE, "skip": _VALUE, "deleted": _VALUE,
    },
    "records.count": {"collection": _COLLECTION, "where": _WHERE, "deleted": _VALUE},
    "records.update": {
        "collection": _COLLECTION, "id": _VALUE, "where": _WHERE, "set": _VALUES, "add": _VALUES,
        "append": _VALUES, "drop": _VALUES, "restore": _VALUE,
    },
    "records.delete": {"collection": _COLLECTION, "id": _VALUE, "where": _WHERE},
    "http.request": {
        "url": Parameter("url", needed=True), "method": Parameter("method"), "query": _VALUE,
        "headers": _VALUE, "json": _VALUE, "form": _VALUE, "accept": _VALUE,
    },
}  # fmt: skip
"""Held equal by a test to what the functions of `engine.runtime` take."""


def arguments(
    context: Context, action: Scalar, given: Node | None, name: str | None = None
) -> dict[str, Evaluate]:
    """The arguments in `with`; of a built-in action they are checked.

    `name` is the action's where another key than `action` says it.
    """
    takes = BUILT_IN.get(name or action.text)
    if takes is None:
        return context.values(given)
    entries = given.entries if isinstance(given, Fields) else {}
    within = "with" if name is None else action.text
    for key in sorted(key for key, each in takes.items() if each.needed and key not in entries):
        message = f"`{action.text}` needs `{key}`"
        context.findings.add("SC042", message, action, f"Add it under `{within}`: `{key}: …`.")
    named = entries.get("collection")
    collection = _collection(context, named.value) if named else None
    found: dict[str, Evaluate] = {}
    for key, entry in entries.items():
        if key not in takes:
            message = f"`{action.text}` takes no `{key}`"
            context.findings.add("SC042", message, entry.key, one_of(key, list(takes)))
            continue
        found[key] = _argument(context, takes[key].kind, entry.value, collection)
    return found


def _argument(context: Context, kind: Kind, node: Node, collection: Collection | None) -> Evaluate:
    if kind == "collection" and (collection is not None or not _is_computed(context, node)):
        return compile_literal(collection.name if collection else None)
    if kind == "unique" and collection is not None:
        return _unique(context, node, collection)
    if collection is not None and kind in ("values", "where"):
        for each in node.items if isinstance(node, Items) and kind == "where" else (node,):
            _check_fields(context, each, collection, system=kind == "where")
            if kind == "where":
                _check_comparisons(context, each)
    if kind == "url":
        return address(context, node)
    if kind == "method" and _word(node) in METHODS:
        return compile_literal(_word(node))
    if kind == "sort":
        return _sort(context, node, collection)
    return context.value(node)


def _collection(context: Context, node: Node) -> Collection | None:
    """The collection that is named, if it can be known before the bot runs."""
    name, known = _word(node), context.services.records
    if name in known:
        return known[name]
    if isinstance(node, Scalar) and not _is_computed(context, node):
        cure = did_you_mean(name, known)
        if cure is None:
            cure = f"Declare it in bot.yaml: `records: {{{name}: {{fields: …}}}}`."
        context.findings.add("SC046", f"there is no collection `{name}`", node, cure)
    return None


def _is_computed(context: Context, node: Node) -> bool:
    """Whether an expression says which collection is meant, rather than its name."""
    if not isinstance(node, Scalar) or _QUOTED.fullmatch(node.text):
        return False
    variables = context.flow.variables if context.flow else {}
    return not node.text.isidentifier() or node.text in variables


def _unique(context: Context, node: Node, collection: Collection) -> Evaluate:
    items = node.items if isinstance(node, Items) else (node,)
    names = tuple(_word(item) for item in items)
    if names in collection.unique:
        literals = tuple(compile_literal(name) for name in names)
        return Listed(literals) if isinstance(node, Items) else literals[0]
    at = node if isinstance(node, Scalar) else node.place
    listed = ", ".join(f"`{'`, `'.join(fields)}`" for fields in collection.unique)
    cure = f"Unique are: {listed}." if listed else "Add `unique:` to the collection in bot.yaml."
    message = f"`{collection.name}` declares nothing such as unique"
    context.findings.add("SC046", message, at, cure)
    return compile_literal(None)


def _check_fields(context: Context, node: Node, collection: Collection, *, system: bool) -> None:
    known = {*collection.fields, *(("id", "created", "updated") if system else ())}
    for name, entry in node.entries.items() if isinstance(node, Fields) else ():
        if name not in known:
            message = f"`{collection.name}` has no field `{name}`"
            context.findings.add("SC046", message, entry.key, one_of(name, known))


def _check_comparisons(context: Context, node: Node) -> None:
    for entry in node.entries.values() if isinstance(node, Fields) else ():
        for name, part in entry.value.entries.items() if isinstance(entry.value, Fields) else ():
            if name not in COMPARISONS:
                message = f"there is no comparison `{name}`"
                cure = did_you_mean(name, COMPARISONS) or f"There are {', '.join(COMPARISONS)}."
                context.findings.add("SC042", message, part.key, cure)


def _sort(context: Context, node: Node, collection: Collection | None) -> Evaluate:
    if isinstance(node, Items):
        return Listed(tuple(_sort(context, item, collection) for item in node.items))
    if not isinstance(node, Fields):
        return context.value(node)
    if collection is not None:
        _check_fields(context, node, collection, system=True)
    return Mapped(
        {
            name: compile_literal(word)
            if (word := _word(entry.value)) in DIRECTIONS
            else context.value(entry.value)
            for name, entry in node.entries.items()
        }
    )


def _word(node: Node) -> str:
    """A word that stands as it is, or in quotes of its own."""
    text = node.text if isinstance(node, Scalar) else ""
    quoted = _QUOTED.fullmatch(text)
    return quoted[2] if quoted else text

"""A file against its JSON Schema: every fault at its place, in words an author understands."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from engine.compiler.allowed import Kind, allows
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.wording import Found, explain
from engine.diagnostics import Diagnostic
from schemas import schema as read_schema

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator


def validate(node: Node, schema: Kind) -> list[Diagnostic]:
    """Everything in a file that its schema does not allow, sorted by place, each once.

    Unknown keys are found at the key, wrong values at the value, missing keys at the start of
    their mapping.
    """
    data = node.plain_data()
    if allows(schema, data):
        return []
    found: set[Diagnostic] = set()
    for error in _validator(schema).iter_errors(data):
        path = list(error.absolute_path)
        keyword = str(error.validator)
        if "propertyNames" in list(error.schema_path)[-2:-1]:
            keyword = "propertyNames"
        fault = _locate(node, path, keyword, error.schema, error.instance)
        found.update(explain(fault))
    return sorted(_unrepeated(found), key=lambda one: one.sort_key)


@cache
def _validator(schema: Kind) -> "Draft202012Validator":
    # Imported late: 90 ms and 11 MB that only a file with faults need pay.
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - see above

    whole = read_schema(schema)
    return Draft202012Validator(_inline({**whole, "$defs": {}}, whole["$defs"], {}))


def _inline(part: Any, defs: Mapping[str, Any], seen: dict[str, dict[str, Any]]) -> Any:  # noqa: ANN401 - any JSON
    """The schema with each definition in place of its `$ref`: the validator is twice as fast.

    Definitions that contain themselves become dicts that contain themselves. What stands beside a
    `$ref` is lost: in our schemas only descriptions and the like do.
    """
    if isinstance(part, list):
        return [_inline(item, defs, seen) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" not in part:
        return {key: _inline(value, defs, seen) for key, value in part.items()}
    name = part["$ref"].removeprefix("#/$defs/")
    if name not in seen:
        seen[name] = {}
        seen[name].update(_inline(defs[name], defs, seen))
    return seen[name]


def _locate(
    node: Node, path: list[str | int], keyword: str, schema: object, instance: object
) -> Found:
    key: Scalar | None = None
    name = "the file"
    for step in path:
        if isinstance(node, Fields) and isinstance(step, str):
            entry = node.entries[step]
            key, node = entry.key, entry.value
            name = f"`{step}`"
        elif isinstance(node, Items) and isinstance(step, int):
            name = f"item {step + 1} of {name}" if key else f"item {step + 1}"
            key, node = None, node.items[step]
    annotated = schema if isinstance(schema, dict) else {}
    return Found(node, key, name, keyword, annotated, instance)


def _unrepeated(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """A value can break two rules of the schema at once: the first message says enough."""
    seen = set()
    for one in sorted(found, key=lambda one: one.sort_key):
        if one.code != "SC010" or one.place not in seen:
            yield one
        if one.code == "SC010":
            seen.add(one.place)

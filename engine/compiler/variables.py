"""The variables that `data` and `input` declare.

They are declared before anything refers to them; what of a declaration is an expression (limits,
defaults, computed values) is compiled by `engine.compiler.derived` when all of them are known.
"""

from collections.abc import Iterable
from dataclasses import replace

from engine.compiler.findings import Findings
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.plugins import Plugins
from engine.compiler.symbols import FlowSource, text_of
from engine.core.access import OF_USER
from engine.core.datatypes.kind import Kind, Person
from engine.core.expr import RESERVED
from engine.core.faults import Fault
from engine.core.inputs import TYPES, Variable, fits
from engine.core.patterns import Pattern, compile_pattern
from engine.core.suggest import one_of
from engine.core.values import Value
from engine.errors import StatechatError

TAKEN = RESERVED | {"error", "item"}
"""Names that an expression reads as something else, or not at all."""
INSTEAD = {
    "string": "text", "str": "text", "integer": "int", "float": "number", "decimal": "number",
    "boolean": "bool", "choice": "enum", "array": "list", "dict": "object", "mapping": "object",
    "image": "photo", "file": "document",
}  # fmt: skip
"""How other languages call types of ours."""
OWN = frozenset(TYPES)
"""The types that Statechat brings; others are looked for in plugins."""
OPTIONS = frozenset(option for kind in TYPES.values() for option in kind.options)
"""Keys of a declaration that only some types have."""


def enter_types(flows: Iterable[FlowSource], plugins: Plugins, findings: Findings) -> None:
    """Make the types of plugins known that variables name; no other package's is imported."""
    for flow in flows:
        for section in ("data", "input"):
            fields = flow.node.get(section)
            for entry in fields.entries.values() if isinstance(fields, Fields) else ():
                _enter_types(entry.value, plugins, findings)


def _enter_types(node: Node | None, plugins: Plugins, findings: Findings) -> None:
    if not isinstance(node, Fields):
        return
    at = node.get("type")
    if isinstance(at, Scalar) and at.text not in OWN:
        try:
            if not plugins.enter_type(at.text):
                _unknown_type(at, plugins, findings)
        except StatechatError as error:
            findings.caught("SC060", error, at)
    _enter_types(node.get("items"), plugins, findings)
    inner = node.get("fields")
    for entry in inner.entries.values() if isinstance(inner, Fields) else ():
        _enter_types(entry.value, plugins, findings)


def _unknown_type(at: Scalar, plugins: Plugins, findings: Findings) -> None:
    instead = INSTEAD.get(at.text.lower())
    known = [*TYPES, *plugins.type_names()]
    cure = f"Here it is `{instead}`." if instead else one_of(at.text, known)
    findings.add("SC010", f"`type` cannot be `{at.text}`", at, cure)


def declare(flow: FlowSource, findings: Findings) -> None:
    """Fill in the flow's variables and inputs; what is faulty is reported, and taken for a text."""
    chosen = _chosen(flow)
    for section in ("data", "input"):
        fields = flow.node.get(section)
        if not isinstance(fields, Fields):
            continue
        for name, entry in fields.entries.items():
            if name in TAKEN or not name.isidentifier():
                cure = "Choose a name of letters, digits and `_`."
                findings.add("SC040", f"a variable cannot be called `{name}`", entry.key, cure)
                continue
            if _stays(entry.value) and name in OF_USER:
                message = f"`user.{name}` is what `access` says"
                findings.add("SC040", message, entry.key, "Choose another name.")
                continue
            if section == "input" and name in flow.variables:
                findings.add("SC027", f"`{name}` is declared under `data` already", entry.key)
            flow.variables[name] = variable(name, entry.value, findings, chosen.get(name))
        if section == "input":
            flow.inputs = frozenset(fields.entries)


def _stays(node: Node) -> bool:
    return isinstance(node, Fields) and text_of(node.get("scope")) == "user"


def variable(
    name: str, node: Node, findings: Findings, chosen: tuple[str, ...] | None = None
) -> Variable:
    """A declaration without what is an expression in it; `chosen` are the choices that fill it."""
    if not isinstance(node, Fields):
        return Variable(name, "any")
    kind = _kind(node.get("type"))
    if text_of(node.get("type")) in TYPES:  # else that is the fault
        _check_options(kind, node, findings)
    listed = _texts(node.get("values"))
    if listed is None and kind.name == "enum":
        listed = chosen
    found = Variable(
        name,
        kind.name,
        optional=_value(node.get("optional")) is True,
        scope="user" if text_of(node.get("scope")) == "user" else "run",
        pii=_value(node.get("pii")) is True,
        min=_limit(kind, node.get("min"), findings),
        max=_limit(kind, node.get("max"), findings),
        match=_pattern(node.get("match"), findings),
        values=listed,
        items=_items(name, node.get("items"), findings),
        fields=_fields(node.get("fields"), findings),
        region=_region(node.get("region"), findings),
        currency=_currencies(node.get("currency"), findings),
    )
    at = node.get("default")
    default = literal_default(kind, at)
    empty = isinstance(at, Scalar) and at.value is None
    if (default is None and not empty) or text_of(node.get("type")) != kind.name:
        return found
    reason = fits(found, default)
    if reason is not None:
        message = f"the default of `{name}` does not fit: {reason}"
        findings.add("SC042", message, at if isinstance(at, Scalar) else node)
        return found
    return replace(found, default=default)


def literal_default(kind: Kind, node: Node | None) -> Value:
    """The value that a default writes out; none where it is an expression, or there is none.

    Where the type is a text, the source's spelling counts.
    """
    if not isinstance(node, Scalar):
        return None if node is None else node.plain_data()
    if kind.written is None:
        return node.value if kind.name == "any" else node.text
    return kind.written(node.text) if isinstance(node.value, str) else node.value


def literal_limit(kind: Kind, node: Node | None) -> Value:
    """The value that a limit writes out; none where it is an expression, or there is none."""
    if not isinstance(node, Scalar) or kind.order is None:
        return None
    try:
        kind.order.bound(node.value, Person(), True)  # noqa: FBT003 - the side is of no meaning here
    except Fault:
        return None
    return node.value


def _limit(kind: Kind, node: Node | None, findings: Findings) -> int | float | str | None:
    found = literal_limit(kind, node)
    if isinstance(found, int | float | str):
        return found
    written = isinstance(node, Scalar) and isinstance(node.value, str)
    if node is not None and kind.order is not None and not written:
        findings.add("SC010", f"this is no limit of a {kind.name}", node)
    return None


def _kind(node: Node | None) -> Kind:
    name = text_of(node)
    if name in TYPES:
        return TYPES[str(name)]
    return TYPES["text"]


def _check_options(kind: Kind, node: Fields, findings: Findings) -> None:
    for key in OPTIONS - kind.options:
        entry = node.entries.get(key)
        if entry is not None:
            having = ", ".join(sorted(name for name, each in TYPES.items() if key in each.options))
            cure = f"Types with `{key}`: {having}."
            message = f"`{key}` means nothing for the type {kind.name}"
            findings.add("SC012", message, entry.key, cure)


def _items(name: str, node: Node | None, findings: Findings) -> Variable | None:
    return None if node is None else variable(name, node, findings)


def _fields(node: Node | None, findings: Findings) -> dict[str, Variable] | None:
    if not isinstance(node, Fields):
        return None
    return {name: variable(name, entry.value, findings) for name, entry in node.entries.items()}


def _region(node: Node | None, findings: Findings) -> str | None:
    if not isinstance(node, Scalar):
        return None
    from babel.core import get_global  # noqa: PLC0415 - few flows name one

    if node.text not in get_global("territory_languages"):
        cure = "Write two letters, such as `AT` or `US`."
        findings.add("SC010", f"there is no territory `{node.text}`", node, cure)
    return node.text


def _currencies(node: Node | None, findings: Findings) -> tuple[str, ...]:
    from engine.core.datatypes.money import is_currency  # noqa: PLC0415 - few flows have one

    written: Iterable[Node] = node.items if isinstance(node, Items) else (node,) if node else ()
    codes: list[str] = []
    for item in written:
        if isinstance(item, Scalar):
            codes.append(item.text)
            if not is_currency(item.text):
                cure = "Write its code by ISO 4217, such as `EUR`."
                findings.add("SC010", f"there is no currency `{item.text}`", item, cure)
    return tuple(codes)


def _chosen(flow: FlowSource) -> dict[str, tuple[str, ...] | None]:
    """An enum without values has the ids of the choices that fill it, any where a list does."""
    ids: dict[str, dict[str, None]] = {}
    listed: set[str] = set()
    for state in flow.states.values():
        choices = state.node.get("choices")
        into = (text_of(state.node.get("into")) or state.name).removeprefix("user.")
        if state.node.get("choices_from") is not None:
            listed.add(into)
        elif isinstance(choices, Fields):
            ids.setdefault(into, {}).update(dict.fromkeys(choices.entries))
    return {name: tuple(found) or None for name, found in ids.items() if name not in listed}


def _texts(node: Node | None) -> tuple[str, ...] | None:
    if not isinstance(node, Items):
        return None
    return tuple(item.text for item in node.items if isinstance(item, Scalar))


def _pattern(node: Node | None, findings: Findings) -> Pattern | None:
    if not isinstance(node, Scalar):
        return None
    try:
        return compile_pattern(node.text, node.content)
    except StatechatError as error:
        findings.caught("SC032", error, node)
        return None


def _value(node: Node | None) -> Value:
    return None if node is None else node.plain_data()

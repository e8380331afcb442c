"""`records:`, `http:` and `chats:` of bot.yaml."""

from collections.abc import Iterable
from typing import Final

from engine.compiler.context import duration
from engine.compiler.findings import Findings
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.symbols import text_of
from engine.compiler.variables import variable
from engine.core.collections import (
    COLLECTIONS_MAX,
    FIELDS_MAX,
    INDEXES_MAX,
    RECORDS_MAX,
    SYSTEM,
    THRESHOLD,
    Collection,
    Field,
    Match,
    Scope,
    Search,
)
from engine.core.services import AT_ONCE, HttpRules, Services
from engine.core.suggest import one_of

_SCOPES: Final[dict[str, Scope]] = {"user": "user", "chat": "chat", "bot": "bot"}
_MATCHES: Final[dict[str, Match]] = {"whole": "whole", "words": "words"}
_UNORDERED: Final = frozenset({"list", "object", "location", "contact", "money", "any"})
"""Types whose values no index can put in a row."""
_TEXTS: Final = frozenset({"text", "enum", "email", "url", "phone", "list", "any"})


def services(settings: Fields | None, findings: Findings) -> Services:
    """What is declared; what is faulty is reported, and left out."""
    records = settings.get("records") if settings else None
    http = settings.get("http") if settings else None
    chats = settings.get("chats") if settings else None
    declared = records.entries if isinstance(records, Fields) else {}
    _bounded(records, len(declared), COLLECTIONS_MAX, "collections", findings)
    return Services(
        {
            name: _collection(name, entry.value, findings)
            for name, entry in declared.items()
            if isinstance(entry.value, Fields)
        },
        _http(http) if isinstance(http, Fields) else HttpRules(),
        {
            name: entry.value.text if isinstance(entry.value, Scalar) and entry.value.text else None
            for name, entry in (chats.entries.items() if isinstance(chats, Fields) else ())
        },
    )


def _collection(name: str, node: Fields, findings: Findings) -> Collection:
    declared = node.get("fields")
    fields: dict[str, Field] = {}
    for field, entry in declared.entries.items() if isinstance(declared, Fields) else ():
        if field in SYSTEM:
            cure = "Choose another name for the field."
            message = f"`{field}` is what every record has by itself"
            findings.add("SC027", message, entry.key, cure)
            continue
        fold = isinstance(entry.value, Fields) and entry.value.get("fold")
        fields[field] = Field(
            variable(field, entry.value, findings),
            fold=isinstance(fold, Scalar) and fold.value is True,
        )
    _bounded(declared, len(fields), FIELDS_MAX, "fields", findings)
    indexes = len(_items(node.get("unique"))) + len(_items(node.get("index")))
    _bounded(node, indexes, INDEXES_MAX, "indexes", findings)
    unique = tuple(
        group
        for item in _items(node.get("unique"))
        if (group := _group(name, item, fields, findings))
    )
    return Collection(
        name,
        fields,
        _SCOPES.get(text_of(node.get("scope")) or "", "bot"),
        unique,
        _named(name, _items(node.get("index")), fields, findings, _UNORDERED),
        _search(name, node.get("search"), fields, findings),
        _number(node.get("limit"), RECORDS_MAX),
        _milliseconds(node.get("expires")) or None,
        _milliseconds(node.get("soft_delete")),
    )


def _bounded(node: Node | None, number: int, most: int, what: str, findings: Findings) -> None:
    if node is not None and number > most:
        findings.add("SC043", f"these are {number} {what}, and {most} are the most", node)


def _group(
    collection: str, node: Node, fields: dict[str, Field], findings: Findings
) -> tuple[str, ...]:
    items = node.items if isinstance(node, Items) else (node,)
    return _named(collection, items, fields, findings, _UNORDERED)


def _search(
    collection: str, node: Node | None, fields: dict[str, Field], findings: Findings
) -> Search | None:
    if node is None:
        return None
    spec = node if isinstance(node, Fields) else None
    named = _items(spec.get("fields") if spec else node)
    wordless = frozenset(
        field.variable.type for field in fields.values() if field.variable.type not in _TEXTS
    )
    return Search(
        _named(collection, named, fields, findings, wordless),
        _number(spec.get("threshold") if spec else None, THRESHOLD),
        _MATCHES.get(text_of(spec.get("match") if spec else None) or "", "whole"),
    )


def _named(
    collection: str,
    items: Iterable[Node],
    fields: dict[str, Field],
    findings: Findings,
    unfit: frozenset[str],
) -> tuple[str, ...]:
    """Names of declared fields, whose types are none of those that are unfit."""
    found: dict[str, None] = {}
    for item in items:
        if not isinstance(item, Scalar):
            continue
        if item.text not in fields:
            message = f"`{collection}` has no field `{item.text}`"
            findings.add("SC046", message, item, one_of(item.text, fields))
        elif fields[item.text].variable.type in unfit:
            kind = fields[item.text].variable.type
            message = f"`{item.text}` is of type {kind}, which no index takes"
            findings.add("SC042", message, item)
        else:
            found[item.text] = None
    return tuple(found)


def _http(node: Fields) -> HttpRules:
    headers = node.get("headers")
    return HttpRules(
        _hosts(node.get("hosts")),
        _hosts(node.get("private")),
        {
            host.lower(): {
                name: text_of(value.value) or "" for name, value in entry.value.entries.items()
            }
            for host, entry in (headers.entries.items() if isinstance(headers, Fields) else ())
            if isinstance(entry.value, Fields)
        },
        _number(node.get("concurrency"), AT_ONCE),
    )


def _hosts(node: Node | None) -> tuple[str, ...]:
    return tuple(item.text.lower() for item in _items(node) if isinstance(item, Scalar))


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Items) else ()


def _number(node: Node | None, default: int) -> int:
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _milliseconds(node: Node | None) -> int:
    return duration(text_of(node) or "") or 0

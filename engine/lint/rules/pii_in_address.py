"""SC802 pii-in-address: an address holds what says something about a person.

Addresses are written into logs of servers, proxies and browsers, and are passed on. What is marked
with `pii` does not belong there.

Send it in the body (`json` of `http.request`), or put a meaningless number in its place.
"""

import ast
from collections.abc import Iterator
from typing import Final

from engine.core.markup import Hole, Loop, Markup, Option
from engine.core.program import Flow
from engine.core.scope import Name
from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject
from engine.lint.words import every_text

FOUND = """
flow: ticket
triggers: [/ticket]
initial: mail
data: {mail: {type: email, pii: true}}
states:
  mail: {ask: Your e-mail address?, next: end}
  end: {type: final, say: "[Your ticket](https://example.org/ticket?for={mail})"}
"""
NEAR = """
flow: ticket
triggers: [/ticket]
initial: mail
data: {mail: {type: email, pii: true}}
states:
  mail: {ask: Your e-mail address?, next: end}
  end: {type: final, say: "[Your ticket](https://example.org/ticket), {mail}"}
"""

_HTTP: Final = "http.request"
_CURE: Final = "Send it in the body of a request, or put a meaningless number in its place."


def check(subject: Subject) -> Iterator[Diagnostic]:
    for flow in subject.program.flows.values():
        for node in flow.states.values():
            work = node.work
            for name in (
                sorted({"url", "query"} & work.private) if work and work.action == _HTTP else ()
            ):
                assert work is not None
                message = f"`{name}` holds what says something about a person"
                yield Diagnostic("SC802", message, work.place, _CURE, "warning", len(_HTTP))
            for choice in node.question.choices if node.question else ():
                for read in choice.url.base.names if choice.url else ():
                    if _private(subject, flow, read.path):
                        yield _found(read)
    yield from _links(subject)


def _links(subject: Subject) -> Iterator[Diagnostic]:
    for one in every_text(subject):
        flow = subject.program.flows.get(one.flow or "")
        markup = one.markup if flow is not None and "](" in one.node.text else None
        if flow is None or markup is None:
            continue
        for hole in _in_addresses(markup):
            end = hole.pipes[0] if hole.pipes else hole.end
            for path in _paths(one.node.text[hole.start : end]):
                if _private(subject, flow, path):
                    yield _found(Name(path, one.node.at(hole.start)))


def _found(read: Name) -> Diagnostic:
    name = ".".join(read.path)
    message = f"`{name}` says something about a person, and stands in an address"
    return Diagnostic("SC802", message, read.place, _CURE, "warning", len(name))


def _in_addresses(markup: Markup) -> Iterator[Hole]:
    for span in markup.spans:
        yield from (piece for piece in span.url or () if isinstance(piece, Hole))
    for piece in markup.pieces:
        if isinstance(piece, Loop | Option):
            yield from _in_addresses(piece.body)
            if isinstance(piece, Option) and piece.otherwise:
                yield from _in_addresses(piece.otherwise)


def _paths(source: str) -> Iterator[tuple[str, ...]]:
    """The variables that an expression reads."""
    for node in ast.walk(ast.parse(f"({source}\n)", mode="eval")):
        match node:
            case ast.Attribute(value=ast.Name(id="user"), attr=name):
                yield "user", name
            case ast.Name(id=name) if name != "user":
                yield (name,)


def _private(subject: Subject, flow: Flow, path: tuple[str, ...]) -> bool:
    if path[0] == "user":
        return len(path) > 1 and path[1] in subject.program.private_of_user
    return path[0] in flow.private

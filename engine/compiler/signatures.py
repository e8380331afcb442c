"""The actions and checks of a bot, read from the syntax tree of actions.py: nothing is imported."""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from engine.compiler.findings import Findings
from engine.compiler.hints import Shapes, given, held, hinted, words
from engine.core.inputs import Variable
from engine.core.program import Flow, StateNode, Work
from engine.core.suggest import did_you_mean
from engine.diagnostics import Diagnostic
from engine.errors import Place

Kind = Literal["action", "check"]
"""What a function is registered as, by the decorator of this name."""
_AN: Final[Mapping[Kind, str]] = {"action": "an action", "check": "a check"}


@dataclass(frozen=True, slots=True)
class Signature:
    """What an action or a check takes and gives.

    Attributes:
        arguments: the shapes of each, by its name.
        needed: those that must be given.
        open: whether it takes further ones.
        result: the shapes of what it returns.
    """

    name: str
    kind: Kind
    arguments: Mapping[str, Shapes]
    needed: frozenset[str]
    open: bool
    place: Place
    result: Shapes = None


def check(
    path: Path | None,
    display: Callable[[Path], str],
    flows: Mapping[str, Flow],
    files: dict[str, str],
    findings: Findings,
) -> frozenset[str]:
    """Hold each invoke and each check against its signature; gives the names of all used."""
    known = _read(path, display(path), files, findings) if path else {}
    used: set[str] = set()
    for flow in flows.values():
        for state in flow.states.values():
            check_ = state.question.check if state.question else None
            kinds: tuple[tuple[Kind, Work | None], ...] = (
                ("action", state.work),
                ("check", check_),
            )
            for kind, work in kinds:
                if work is not None:
                    used.add(work.action)
                    _check(kind, work, known, flow.variables, findings)
    return frozenset(used)


def _works(state: StateNode) -> Iterator[tuple[Kind, Work]]:
    if state.work is not None:
        yield "action", state.work
    if state.question is not None and state.question.check is not None:
        yield "check", state.question.check


def _read(
    path: Path, name: str, files: dict[str, str], findings: Findings
) -> dict[str, Signature] | None:
    """The registered actions by name; none where the file cannot be parsed."""
    try:
        source = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        findings.add("SC044", f"the file cannot be read: {error.strerror}", Place(name, 1, 1))
        return None
    files[name] = source
    try:
        tree = ast.parse(source, filename=name)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        column = getattr(error, "offset", None) or 1
        reason = getattr(error, "msg", None) or str(error)
        findings.add("SC044", f"Python does not read this: {reason}", Place(name, line, column))
        return None
    known: dict[str, Signature] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for signature in _registered(node, name):
                first = known.setdefault(signature.name, signature)
                if first is not signature:
                    taken = f"the {first.kind} `{signature.name}` is registered at {first.place}"
                    findings.add("SC027", f"{taken} already", signature.place)
    return known


def _registered(node: ast.FunctionDef | ast.AsyncFunctionDef, file: str) -> list[Signature]:
    found: list[Signature] = []
    for decorator in node.decorator_list:
        if not isinstance(decorator, ast.Call) or not decorator.args:
            continue
        function, name = decorator.func, decorator.args[0]
        called = (
            function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        )
        if called not in ("action", "check") or not isinstance(name, ast.Constant):
            continue
        kind: Kind = "check" if called == "check" else "action"
        place = Place(file, decorator.lineno, decorator.col_offset + 1)
        signature = _signature(str(name.value), kind, node.args, place)
        found.append(replace(signature, result=hinted(node.returns)))
    return found


def _signature(name: str, kind: Kind, arguments: ast.arguments, place: Place) -> Signature:
    """The first argument is the call itself; every other one is given by name."""
    positional = [*arguments.posonlyargs, *arguments.args]
    optional = {
        argument.arg for argument in positional[len(positional) - len(arguments.defaults) :]
    }
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            optional.add(argument.arg)
    named = [*positional[1:], *arguments.kwonlyargs]
    return Signature(
        name,
        kind,
        {argument.arg: hinted(argument.annotation) for argument in named},
        frozenset(argument.arg for argument in named) - optional,
        open=arguments.kwarg is not None,
        place=place,
    )


def _check(
    kind: Kind,
    work: Work,
    known: Mapping[str, Signature] | None,
    variables: Mapping[str, Variable],
    findings: Findings,
) -> None:
    if known is None:
        return
    signature = known.get(work.action)
    if signature is None or signature.kind != kind:
        alike = [name for name, one in known.items() if one.kind == kind]
        cure = did_you_mean(work.action, alike)
        if cure is None:
            cure = f'Write it in actions.py, under `@{kind}("{work.action}")`.'
        message = f"there is no {kind} `{work.action}`"
        if signature is not None:
            message = f"`{work.action}` is registered as {_AN[signature.kind]}, not as {_AN[kind]}"
        length = len(work.action)
        findings.keep(Diagnostic("SC023", message, work.place, cure, length=length))
        return
    for name in work.arguments:
        if name not in signature.arguments and not signature.open:
            cure = did_you_mean(name, signature.arguments)
            findings.add("SC042", f"`{work.action}` takes no `{name}`", work.place, cure)
    for name in sorted(signature.needed - work.arguments.keys()):
        message = f"`{work.action}` needs `{name}`"
        findings.add("SC042", message, work.place, f"Add it under `with`; see {signature.place}.")
    _check_shapes(work, signature, variables, findings)


def _check_shapes(
    work: Work, signature: Signature, variables: Mapping[str, Variable], findings: Findings
) -> None:
    """What never fits: an argument of another type, a result that its variable cannot hold."""
    cure = f"See {signature.place}."
    for name, evaluate in work.arguments.items():
        wanted, actual = signature.arguments.get(name), given(evaluate, variables)
        if wanted is not None and actual is not None and not wanted & actual:
            message = f"`{work.action}` takes {words(wanted)} as `{name}`, not {words(actual)}"
            findings.add("SC042", message, work.place, cure)
    if work.into is None:
        return
    holds = held(work.into.variable)
    result = signature.result
    if holds is None or result is None or result & (holds | {"null"}):
        return
    message = f"`{work.action}` gives {words(result)}, and `{work.into.name}` holds {words(holds)}"
    findings.add("SC042", message, work.place, cure)

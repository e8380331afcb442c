"""The actions and checks of a bot, read from the syntax tree of actions.py: nothing is imported."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from engine.compiler.builtin import BUILT_IN
from engine.compiler.findings import Findings
from engine.compiler.hints import given, held, words
from engine.compiler.plugins import Plugins
from engine.compiler.registered import Kind, Signature, UnreadableSource, parsed, registered
from engine.core.inputs import Variable
from engine.core.nodes import StateNode, Work
from engine.core.program import Flow
from engine.core.suggest import did_you_mean
from engine.diagnostics import Diagnostic
from engine.errors import Place, StatechatError

_AN: Final[Mapping[Kind, str]] = {"action": "an action", "check": "a check"}


def check(
    path: Path | None,
    display: Callable[[Path], str],
    flows: Mapping[str, Flow],
    files: dict[str, str],
    findings: Findings,
    plugins: Plugins,
) -> frozenset[str]:
    """Hold each invoke and each check against its signature; gives the names of all used.

    What actions.py does not register is looked for in plugins.
    """
    known = _read(path, display(path), files, findings) if path else {}
    used: set[str] = set()
    for flow in flows.values():
        for state in flow.states.values():
            for kind, work in _works(state):
                used.add(work.action)
                if known is not None:
                    _check(kind, work, known, flow.variables, findings, plugins)
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
        tree = parsed(source, name)
    except UnreadableSource as fault:
        findings.add("SC044", f"Python does not read this: {fault.reason}", fault.place)
        return None
    known: dict[str, Signature] = {}
    for signature in registered(tree, name):
        if signature.name in BUILT_IN:
            message = f"the {signature.kind} `{signature.name}` is built in"
            findings.add("SC027", message, signature.place)
        first = known.setdefault(signature.name, signature)
        if first is not signature:
            taken = f"the {first.kind} `{signature.name}` is registered at {first.place}"
            findings.add("SC027", f"{taken} already", signature.place)
    return known


def _check(
    kind: Kind,
    work: Work,
    known: Mapping[str, Signature],
    variables: Mapping[str, Variable],
    findings: Findings,
    plugins: Plugins,
) -> None:
    if kind == "action" and work.action in BUILT_IN:
        return
    signature = known.get(work.action)
    if signature is None:
        try:
            signature = plugins.signature(kind, work.action)
        except StatechatError as error:
            findings.keep(
                Diagnostic("SC060", error.message, work.place, error.cure, length=len(work.action))
            )
            return
    if signature is None or signature.kind != kind:
        _unknown(kind, work, known, findings, plugins)
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


def _unknown(
    kind: Kind, work: Work, known: Mapping[str, Signature], findings: Findings, plugins: Plugins
) -> None:
    """Nobody registers it, or somebody as something else; a plugin that cannot be read may have."""
    other = known.get(work.action)
    length = len(work.action)
    alike = [name for name, one in known.items() if one.kind == kind] + plugins.names(kind)
    cure = did_you_mean(work.action, alike)
    message = f"there is no {kind} `{work.action}`"
    if other is not None:
        message = f"`{work.action}` is registered as {_AN[other.kind]}, not as {_AN[kind]}"
    elif cure is None and (broken := plugins.broken(kind)):
        for error in broken:
            found = f"{message}, and {error.message}"
            findings.keep(Diagnostic("SC060", found, work.place, error.cure, length=length))
        return
    if cure is None:
        cure = f'Write it in actions.py, under `@{kind}("{work.action}")`.'
    findings.keep(Diagnostic("SC023", message, work.place, cure, length=length))

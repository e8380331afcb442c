"""Versions of flows that sessions began with: compiled from what the store keeps of them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.compiler import signatures
from engine.compiler.bot import Bot, names_in, texts_of
from engine.compiler.derived import derive
from engine.compiler.findings import Findings
from engine.compiler.liveness import live
from engine.compiler.lower import lower
from engine.compiler.nodes import Fields, Scalar
from engine.compiler.plugins import Plugins
from engine.compiler.reader import display, has_errors
from engine.compiler.source import load as load_yaml
from engine.compiler.symbols import FlowSource, state_tree
from engine.compiler.variables import declare, enter_types
from engine.core.inputs import Variable
from engine.core.program import Flow, Program
from engine.errors import StatechatError

Source = Mapping[str, Any]
"""What the store keeps of a version: `flow`, `files` by name, `calls` by name of a flow."""


def with_earlier(
    bot: Bot, sources: Mapping[str, Source], plugins: Plugins | None = None
) -> Program:
    """The bot's program with earlier versions of its flows, by content hash.

    `plugins` notes which of other packages those versions need.

    Raises:
        StatechatError: `version:broken`, where one of them cannot run in this bot any more.
    """
    findings = Findings()
    program = bot.program
    known: Mapping[str, Source] = {**program.sources, **sources}
    parsed = {hash_: _parse(hash_, source, findings) for hash_, source in known.items()}
    plugins = plugins or Plugins()
    enter_types(parsed.values(), plugins, findings)
    findings.settle()
    for flow in parsed.values():
        declare(flow, findings)
    user = _user(program, parsed.values())
    earlier: dict[str, Flow] = {}
    for hash_ in sources:
        flow = parsed[hash_]
        calls = {name: called for name, called in _calls(known[hash_]).items() if called in parsed}
        others = {name: parsed[called] for name, called in calls.items()}
        languages = tuple(names_in(flow.node.get("languages"))) or program.languages
        called = {**others, flow.name: flow}
        derive(called, dict(user), findings)
        services = program.services
        earlier[hash_] = lower(flow, called, user, languages, findings, services, plugins.filters)
    signatures.check(bot.actions_file, display, earlier, {}, findings, plugins)
    if has_errors(findings.all):
        raise _broken(findings)
    current = {name: replace(flow, live=live(flow)) for name, flow in program.flows.items()}
    back = program.goes_back or any(flow.goes_back for flow in earlier.values())
    return replace(program, flows=current, earlier=earlier, goes_back=back)


def _parse(hash_: str, source: Source, findings: Findings) -> FlowSource:
    files: Mapping[str, str] = source["files"]
    (main, text), *others = files.items()
    name = f"{main} (version {hash_[:8]})"
    node, found = load_yaml(text.encode(), name)
    for diagnostic in found:
        findings.keep(diagnostic)
    if not isinstance(node, Fields):
        raise StatechatError("version:broken", f"The source of {name} cannot be read.", cure=CURE)
    translations: dict[str, dict[str, Scalar]] = {}
    for path, texts in others:
        read, _ = load_yaml(texts.encode(), path)
        language = Path(path).name.split(".")[1]
        translations[language] = texts_of(read, findings) if isinstance(read, Fields) else {}
    tree = state_tree(node, findings)
    return FlowSource(str(source["flow"]), name, node, hash_, tree, translations)


def _calls(source: Source) -> dict[str, str]:
    calls = source.get("calls")
    return dict(calls) if isinstance(calls, Mapping) else {}


def _user(program: Program, flows: Iterable[FlowSource]) -> dict[str, Variable]:
    """What stays with the person, in the present version or in an earlier one."""
    variables = [one for flow in flows for one in flow.variables.values()]
    variables += [one for flow in program.flows.values() for one in flow.variables.values()]
    return {one.name: one for one in variables if one.scope == "user"}


CURE = (
    "Bring back what it needs (an action may take more arguments than it is given), and start"
    " again; its conversations end in time."
)


def _broken(findings: Findings) -> StatechatError:
    first = next(one for one in findings.all if one.severity == "error")
    return StatechatError(
        "version:broken",
        f"People are in the middle of {first.place.file}, which cannot run any more:"
        f" {first.message}.",
        place=first.place,
        cure=CURE,
    )

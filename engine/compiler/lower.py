"""From declared symbols to a compiled flow."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from engine.compiler.builtin import arguments
from engine.compiler.context import Context
from engine.compiler.findings import Findings
from engine.compiler.flatten import flatten, goes_back, is_fixed, start
from engine.compiler.migrations import migrated, renamed
from engine.compiler.nodes import Scalar
from engine.compiler.states import Compiled, compile_states
from engine.compiler.symbols import FlowSource, text_of
from engine.core.access import RIGHTS
from engine.core.filters import FILTERS, Filter
from engine.core.inputs import Variable
from engine.core.nodes import Choice, Evaluate, StateNode, TimerSpec
from engine.core.program import Busy, Flow
from engine.core.services import Services

BUSY: dict[str, Busy] = {"digress": "digress", "replace": "replace", "ignore": "ignore"}


def lower(
    flow: FlowSource,
    flows: dict[str, FlowSource],
    user: dict[str, Variable],
    languages: tuple[str, ...],
    findings: Findings,
    services: Services,
    filters: Mapping[str, Filter] = FILTERS,
) -> Flow:
    """Compile one flow; what is faulty in it is reported, and left out of the result."""
    context = Context(
        findings, languages, user, flow, flows, flow.translations, flow.texts,
        root=_folder(flow),
    )  # fmt: skip
    context.computed = {**RIGHTS, **flow.computed}
    context.filters = filters
    context.services = services
    states = compile_states(context, flows)
    nodes = {path: found.node for path, found in states.items()}
    called = {node.call.flow for node in nodes.values() if node.call is not None}
    called |= context.scheduled
    labels = _labels(states)
    check_translations(flow.translations, context.translated, findings)
    _check_labels(context, labels)
    check_messages(context)
    version = flow.node.get("version")
    # Nothing runs a faulty flow, and its states may lead in circles.
    runnable = {} if findings.faulty else states
    machine = flatten(flow.name, runnable)
    return Flow(
        name=flow.name,
        version=version.value
        if isinstance(version, Scalar) and isinstance(version.value, int)
        else 1,
        hash=flow.hash,
        machine=machine,
        states=nodes,
        variables=flow.variables,
        inputs=flow.inputs,
        labels=labels,
        when_busy=BUSY.get(text_of(flow.node.get("when_busy")) or "", "digress"),
        description=text_of(flow.node.get("description")) or "",
        idle=_idle(nodes.values()),
        start=start(nodes) if runnable else (),
        fixed=is_fixed(nodes),
        calls={name: flows[name].hash for name in called},
        renamed=renamed(context, flow),
        migrate=migrated(context, flow),
        goes_back=goes_back(machine),
        per="chat" if text_of(flow.node.get("per")) == "chat" else "user",
        overhears=text_of(flow.node.get("hears")) == "all",
        lookup=_lookup(context, flow),
    )


def _idle(nodes: Iterable[StateNode]) -> dict[str, dict[str, TimerSpec]]:
    """What each input of a person arms anew, by the path of an active atomic state."""
    found = {
        node.path: {
            spec.key: spec for state in (*node.ancestry, node) for spec in state.timers if spec.idle
        }
        for node in nodes
        if node.atomic
    }
    return found if any(found.values()) else {}


def _folder(flow: FlowSource) -> Path | None:
    """The bot's folder; none for an earlier version, which is no file any more."""
    file = Path(flow.file)
    return file.parent if file.is_file() else None


def _labels(states: dict[str, Compiled]) -> dict[tuple[str, ...], tuple[Choice, ...]]:
    """For each variable that choices fill, what can fill it: the first of a value labels it."""
    labels: dict[tuple[str, ...], tuple[Choice, ...]] = {}
    for found in states.values():
        question = found.node.question
        if question is None or question.slot is None or not question.chosen:
            continue
        slot = question.slot
        path = ("user", slot.name) if slot.of_user else (slot.name,)
        labels[path] = labels.get(path, ()) + question.choices
    return labels


def check_messages(context: Context) -> None:
    """What is edited or deleted by its name must be called so somewhere."""
    for node in context.meant:
        if node.text not in context.named:
            context.findings.unknown("SC040", "message", node, node.text, context.named)


def _check_labels(context: Context, labels: Mapping[tuple[str, ...], object]) -> None:
    for name in context.labelled:
        if name.path not in labels:
            path = ".".join(name.path)
            message = f"`{path} | label`: no question with choices fills this variable"
            context.findings.add("SC031", message, name.place, "Leave `| label` out.")


def _lookup(context: Context, flow: FlowSource) -> Mapping[str, Evaluate] | None:
    """What is looked up before the flow begins; there are no variables of a run then."""
    entry = flow.node.entries.get("lookup")
    if entry is None:
        return None
    return arguments(replace(context, flow=None), entry.key, entry.value, "records.find")


def check_translations(
    translations: Mapping[str, Mapping[str, Scalar]], known: Collection[str], findings: Findings
) -> None:
    """A translation of nothing is a typing mistake, or a text that has moved."""
    for texts in translations.values():
        for key, node in texts.items():
            if key not in known:
                findings.unknown("SC025", "text", node, key, known)

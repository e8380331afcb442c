"""A flow in core form: sugar written out, so that nothing is magic.

The core form says with `entry`, `on`, `always` and `after` what `say`, `ask`, `next`, `choices`,
`confirm`, `skip`, `retry`, `call` and `invoke` mean. A question is asked by the action `ask`; what
the person answers comes as the events `answer`, `answer.<choice>` (`answer.each` of a list), `skip`
and `wrong`, the end of an action as `invoke.done` and `invoke.error`, that of a subflow as
`final.<state>`, what operators do as `handoff.answered` and `handoff.closed`. A `split` is an
`always` whose ways have shares of a draw. Targets are paths from the root.
"""

import json
from pathlib import Path
from typing import Literal, TypeAlias

import yaml

from engine.compiler import xstate
from engine.compiler.bot import load
from engine.compiler.files import find
from engine.compiler.findings import Findings
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.reader import display
from engine.compiler.source import load as load_yaml
from engine.compiler.symbols import StateSource, state_tree, text_of
from engine.core.handoff import ANSWERED, CLOSED
from engine.core.nodes import BACK
from engine.core.phrases import BASE, phrase
from engine.core.values import Value

Core: TypeAlias = "dict[str, Value]"
_HEAD = (
    "flow",
    "version",
    "description",
    "languages",
    "triggers",
    "when_busy",
    "per",
    "hears",
    "lookup",
    "input",
    "data",
)
_ASKED = ("ask", "into", "choices_from", "choices", "multi", "columns", "page", "check")
_ACTS = ("target", "set", "say", "actions", "raise")
"""What a choice does: written out as a transition."""
_CALLED = ("call", "with", "into")
_ACTIONS = ("set", "typing", "react", "delete", "say")
_SCHEDULES = ("unschedule", "schedule")
Format = Literal["yaml", "json", "xstate"]


def core_forms(path: Path) -> list[Core]:
    """The core form of a flow file, or of every flow of a folder, in the order of their names.

    Raises:
        FlowInvalid: the bot has faults.
        StatechatError: there is no such file.
    """
    load(path)
    files = find(path)
    wanted = [files.flows[files.only]] if files.only else list(files.flows.values())
    return [_expand(file) for file in wanted]


def expand(path: Path, form: Format = "yaml") -> str:
    """The core form of a flow file, or of every flow of a folder.

    As JSON a folder is a list. `xstate` is the configuration of an XState machine, as JSON.

    Raises:
        FlowInvalid: the bot has faults.
        StatechatError: there is no such file.
    """
    flows = core_forms(path)
    if form == "yaml":
        return "\n".join(
            yaml.safe_dump(flow, sort_keys=False, allow_unicode=True, width=100) for flow in flows
        )
    if form == "xstate":
        flows = [xstate.machine(flow) for flow in flows]
    return json.dumps(flows if path.is_dir() else flows[0], indent=2, ensure_ascii=False) + "\n"


def _expand(file: Path) -> Core:
    node, _ = load_yaml(file.read_bytes(), display(file))
    assert isinstance(node, Fields)  # the bot has been compiled
    root = state_tree(node, Findings())
    form: Core = {key: _plain(node.get(key)) for key in _HEAD if node.get(key) is not None}
    form.update(_state(root, root))
    return form


def _plain(node: Node | None) -> Value:
    return None if node is None else node.plain_data()


def _state(state: StateSource, root: StateSource) -> Core:
    node = state.node
    always = _ways(node.get("always"), state, root)
    if not state.asks:
        always += _ways(node.get("next"), state, root)
        always += _shares(node.get("split"), state, root)
    parts: Core = {
        "type": _plain(node.get("type")),
        "deep": _plain(node.get("deep")),
        "target": _target(node.get("target"), state, root),
        "entry": _entry(node),
        "exit": _actions(node.get("exit")),
        "call": _waits(node, "call"),
        "invoke": _waits(node, "invoke"),
        "handoff": _handoff(node.get("handoff")),
        "on": _on(state, root),
        "always": always,
        "after": _timers(node.get("after"), state, root),
        "idle": _timers(node.get("idle"), state, root),
        "output": _plain(node.get("output")),
    }
    form: Core = {key: part for key, part in parts.items() if part}
    if state.children:
        if state.kind == "compound":
            initial = text_of(node.get("initial")) or next(iter(state.children))
            form["initial"] = f"{state.prefix}{initial}"
        form["states"] = {name: _state(child, root) for name, child in state.children.items()}
    return form


def _entry(node: Fields) -> list[Value]:
    entry: list[Value] = [
        {key: _plain(node.get(key))} for key in ("set", "say") if node.get(key) is not None
    ]
    entry += _actions(node.get("entry"))
    if node.get("ask") is not None or node.get("confirm") is not None:
        entry.append(_question(node))
    return entry


def _question(node: Fields) -> Core:
    asked: Core = {key: _plain(node.get(key)) for key in _ASKED if node.get(key) is not None}
    if node.get("confirm") is not None:
        asked = {"ask": _plain(node.get("confirm")), **asked, "choices": _yes_and_no()}
    choices, rows, retry = node.get("choices"), node.get("choices_from"), node.get("retry")
    if isinstance(choices, Fields):
        asked["choices"] = {id_: _label(entry.value) for id_, entry in choices.entries.items()}
    if isinstance(rows, Fields):
        asked["choices_from"] = _without(rows, _ACTS)
    if isinstance(retry, Fields):
        asked["retry"] = _without(retry, ("target",))
    if node.get("skip") is not None:
        asked["skip"] = True
    return asked


def _yes_and_no() -> Core:
    """`confirm` gives the words of yes and no in each language the values true and false."""
    return {
        "yes": {"label": phrase("button_yes", BASE), "value": True},
        "no": {"label": phrase("button_no", BASE), "value": False},
    }


def _without(node: Fields, keys: tuple[str, ...]) -> Core:
    return {key: _plain(entry.value) for key, entry in node.entries.items() if key not in keys}


def _label(node: Node) -> Value:
    return _without(node, _ACTS) if isinstance(node, Fields) else text_of(node)


def _waits(node: Fields, key: str) -> Core:
    if key == "call":
        if node.get("call") is None:
            return {}
        return {name: _plain(node.get(name)) for name in _CALLED if node.get(name) is not None}
    invoke = node.get("invoke")
    if not isinstance(invoke, Fields):
        return {}
    return {
        name: _plain(entry.value)
        for name, entry in invoke.entries.items()
        if name not in ("done", "error")
    }


def _on(state: StateSource, root: StateSource) -> Core:
    node = state.node
    on: Core = {}
    if state.asks:
        on.update(_answers(state, root))
    invoke = node.get("invoke")
    if isinstance(invoke, Fields):
        for key in ("done", "error"):
            if invoke.get(key) is not None:
                on[f"invoke.{key}"] = _ways(invoke.get(key), state, root)
    heard = node.get("on")
    for name, entry in heard.entries.items() if isinstance(heard, Fields) else ():
        on[_core_event(node, name)] = _ways(entry.value, state, root)
    return on


def _core_event(node: Fields, name: str) -> str:
    if node.get("call") is not None and not name.startswith(("/", "~", "*")):
        return f"final.{name}"
    told = f"handoff.{name}"
    return told if node.get("handoff") is not None and told in (ANSWERED, CLOSED) else name


def _handoff(node: Node | None) -> Core:
    plain = _plain(node)
    return dict(plain) if isinstance(plain, dict) else {"to": plain} if plain else {}


def _answers(state: StateSource, root: StateSource) -> Core:
    """What follows an answer, one that is skipped, and the last wrong one."""
    node = state.node
    found: Core = {}
    for id_ in ("yes", "no"):
        if node.get(id_) is not None:
            found[f"answer.{id_}"] = _ways(node.get(id_), state, root)
    rows, choices = node.get("choices_from"), node.get("choices")
    if isinstance(rows, Fields) and (way := _chosen(rows, state, root)):
        found["answer.each"] = way
    for id_, entry in choices.entries.items() if isinstance(choices, Fields) else ():
        if isinstance(entry.value, Fields) and (way := _chosen(entry.value, state, root)):
            found[f"answer.{id_}"] = way
    for key, event in (("next", "answer"), ("skip", "skip")):
        if node.get(key) is not None:
            found[event] = _ways(node.get(key), state, root)
    retry = node.get("retry")
    if isinstance(retry, Fields) and retry.get("target") is not None:
        found["wrong"] = [{"target": _target(retry.get("target"), state, root)}]
    return found


def _chosen(spec: Fields, state: StateSource, root: StateSource) -> list[Value]:
    """A choice with a target of its own goes there; one that only acts goes on like the others."""
    actions = _actions(spec)
    if spec.get("target") is not None:
        return [_way(_target(spec.get("target"), state, root), actions)]
    if not actions:
        return []
    onward = _ways(state.node.get("next"), state, root)
    return [
        {**way, "actions": actions + list(_listed(way.get("actions")))}
        for way in onward
        if isinstance(way, dict)
    ]


def _listed(value: Value) -> list[Value]:
    return value if isinstance(value, list) else []


def _way(target: Value, actions: list[Value]) -> Core:
    way: Core = {} if target is None else {"target": target}
    if actions:
        way["actions"] = actions
    return way


def _ways(node: Node | None, state: StateSource, root: StateSource) -> list[Value]:
    if isinstance(node, Items):
        return [way for item in node.items for way in _ways(item, state, root)]
    if isinstance(node, Scalar):
        return [{"target": _target(node, state, root)}]
    if not isinstance(node, Fields):
        return []
    way = _way(_target(node.get("target"), state, root), _actions(node))
    for key in ("guard", "internal", "reprompt"):
        if node.get(key) is not None:
            way = {key: _plain(node.get(key)), **way}
    return [way]


def _shares(node: Node | None, state: StateSource, root: StateSource) -> list[Value]:
    """The ways of a draw, each with its weight."""
    if not isinstance(node, Fields):
        return []
    return [
        {"target": _target(entry.key, state, root), "share": _plain(entry.value)}
        for entry in node.entries.values()
    ]


def _target(node: Node | None, state: StateSource, root: StateSource) -> Value:
    name = text_of(node)
    if name is None or name == BACK:
        return name
    known = {found.path for found in root.walk()}
    parent = state.parent or state
    return f"{parent.prefix}{name}" if f"{parent.prefix}{name}" in known else name


def _actions(node: Node | None) -> list[Value]:
    if isinstance(node, Items):
        return [action for item in node.items for action in _actions(item)]
    if not isinstance(node, Fields):
        return []
    actions: list[Value] = [
        {key: _plain(node.get(key))} for key in _ACTIONS if node.get(key) is not None
    ]
    actions += [{key: _plain(node.get(key))} for key in _SCHEDULES if node.get(key) is not None]
    actions += _actions(node.get("actions"))
    if node.get("raise") is not None:
        actions.append({"raise": _plain(node.get("raise"))})
    return actions


def _timers(node: Node | None, state: StateSource, root: StateSource) -> Value:
    if isinstance(node, Fields):
        return {name: _ways(entry.value, state, root) for name, entry in node.entries.items()}
    if isinstance(node, Items):
        return [
            {"after": _plain(item.get("after")), "do": _ways(item, state, root)}
            for item in node.items
            if isinstance(item, Fields)
        ]
    return None

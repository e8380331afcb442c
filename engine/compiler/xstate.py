"""A flow in core form as a machine definition for XState 5 (https://stately.ai/docs).

What only this language knows stands by name: guards are `{type: expression, params: {code}}`,
actions `{type: set | say | ask | raise | back | …, params}`, computed delays `delay:<code>`; who
runs the machine provides them. Events are those of the core form; `answer.<choice>` falls back to
`answer.*`, timers of `idle` are events `idle.<time>`, and calls, invokes and hand-offs stand in
`meta`.
"""

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from engine.classes import dataclass
from engine.compiler.context import duration
from engine.core.nodes import BACK
from engine.core.values import Value

Core: TypeAlias = "dict[str, Value]"
_HEAD: Final = ("version", "languages", "triggers", "when_busy", "input", "data")
_META: Final = ("call", "invoke", "handoff", "output")
_EVENTS: Final = {"answer": "answer.*"}


def machine(flow: Mapping[str, Value]) -> Core:
    """The configuration to give to `createMachine`."""
    name = str(flow["flow"])
    data = {**_mapping(flow.get("input")), **_mapping(flow.get("data"))}
    context = {key: _mapping(declared).get("default") for key, declared in data.items()}
    form: Core = {"id": name, "description": flow.get("description"), "context": context}
    form |= _Writer(name).state(flow)
    form["meta"] = {key: flow[key] for key in _HEAD if key in flow}
    return {key: part for key, part in form.items() if part}


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes states and transitions; `inside` is true of what stands below the root."""

    name: str
    inside: bool = False

    def state(self, state: Mapping[str, Value]) -> Core:
        if state.get("type") == "history":
            return self._history(state)
        on = {_EVENTS.get(event, event): self._ways(ways) for event, ways in _heard(state)}
        done = on.pop("done", None) if self.inside and "states" in state else None
        within = _Writer(self.name, inside=True)
        form: Core = {
            "type": state.get("type"),
            "initial": str(state.get("initial", "")).rpartition(".")[2],
            "entry": [_action(action) for action in _items(state.get("entry"))],
            "exit": [_action(action) for action in _items(state.get("exit"))],
            "onDone": done,
            "on": on,
            "always": self._ways(state.get("always")),
            "after": self._after(state.get("after")),
            "states": {
                key: within.state(_mapping(inner))
                for key, inner in _mapping(state.get("states")).items()
            },
            "meta": {key: state[key] for key in _META if key in state},
        }
        return {key: part for key, part in form.items() if part}

    def _history(self, state: Mapping[str, Value]) -> Core:
        form: Core = {"type": "history", "history": "deep" if state.get("deep") else "shallow"}
        if state.get("target") is not None:
            form["target"] = self._target(state["target"])
        return form

    def _target(self, path: Value) -> str:
        return f"#{self.name}.{path}"

    def _ways(self, value: Value) -> list[Value]:
        return [self._way(_mapping(way)) for way in _items(value)]

    def _way(self, way: Mapping[str, Value]) -> Value:
        """A transition. Ours leaves its source unless it says `internal`; the root never is."""
        form: Core = {}
        target = way.get("target")
        actions = [_action(action) for action in _items(way.get("actions"))]
        if target == BACK:
            actions.append({"type": "back"})
        elif target is not None:
            form["target"] = self._target(target)
            if self.inside and way.get("internal") is not True:
                form["reenter"] = True
        if "guard" in way:
            form["guard"] = {"type": "expression", "params": {"code": way["guard"]}}
        elif "share" in way:
            form["guard"] = {"type": "drawn", "params": {"share": way["share"], "target": target}}
        if actions:
            form["actions"] = actions
        if way.get("reprompt") is False:
            form["meta"] = {"reprompt": False}
        return form

    def _after(self, value: Value) -> Core:
        """Delays in milliseconds, and those that are computed by their expressions."""
        after: Core = {
            str(duration(time)): self._ways(ways) for time, ways in _mapping(value).items()
        }
        for item in map(_mapping, _items(value)):
            after[f"delay:{item['after']}"] = self._ways(item["do"])
        return after


def _heard(state: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    yield from _mapping(state.get("on")).items()
    for time, ways in _mapping(state.get("idle")).items():
        yield f"idle.{time}", ways


def _action(action: Value) -> Value:
    """An action by its kind: the key that names it."""
    form = _mapping(action)
    kind = next(iter(form))
    if kind == "raise":
        return {"type": kind, "params": {"event": form[kind]}}
    return {"type": kind, "params": form[kind] if kind == "set" else dict(form)}


def _mapping(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, dict) else {}


def _items(value: Value) -> list[Value]:
    return value if isinstance(value, list) else []

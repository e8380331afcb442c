"""`ask`: the question, its choices, its retry, and the ways on from it."""

from dataclasses import dataclass

from engine.compiler.actions import block
from engine.compiler.context import Context
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.symbols import StateSource
from engine.compiler.transitions import Way, resolve, ways
from engine.core.inputs import READABLE
from engine.core.matching import fold
from engine.core.program import Choice, Question, Retry, Slot
from engine.core.suggest import did_you_mean

CHOICE_BYTES = 48
"""Longest id of a choice: what fits into a Telegram button beside the number of its visit."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A compiled question and its transitions by the machine's event."""

    question: Question
    ways: dict[str, tuple[Way, ...]]


def question(context: Context, state: StateSource) -> Asked | None:
    ask = state.node.get("ask")
    if ask is None:
        return None
    prefix = f"{state.prefix}"
    text = context.wording(ask, f"{prefix}ask")
    onward = ways(context, state.node.get("next"), f"{prefix}next", state)
    found: dict[str, tuple[Way, ...]] = {"answer": onward}
    choices, own = _choices(context, state, onward)
    found.update(own)
    slot = _slot(context, state, choices)
    retry, wrong = _retry(context, state)
    if wrong:
        found["wrong"] = wrong
    led = state.node.get("next") is not None or (choices and all(choice.own for choice in choices))
    if not led and not context.findings.blamed(state.node):
        _no_way_on(context, state, choices)
    columns = state.node.get("columns")
    width = columns.value if isinstance(columns, Scalar) else 1
    return Asked(
        Question(text, slot, choices, width if isinstance(width, int) else 1, retry), found
    )


def _no_way_on(context: Context, state: StateSource, choices: tuple[Choice, ...]) -> None:
    at = state.key or state.node
    stuck = ", ".join(f"`{choice.id}`" for choice in choices if not choice.own)
    after = f"the choice {stuck}" if stuck else "the answer"
    message = f"nothing says where `{state.path}` goes after {after}"
    context.findings.add("SC040", message, at, "Add `next: <state>`, or a target to each choice.")


def _slot(context: Context, state: StateSource, choices: tuple[Choice, ...]) -> Slot | None:
    """Where the answer is kept: the variable named by `into`, or named like the state."""
    into = state.node.get("into")
    flow = context.flow
    assert flow is not None
    if into is not None:
        slot = context.slot(into)
        at: Node = into
    else:
        variable = flow.variables.get(state.name)
        slot = Slot(variable) if variable and variable.computed is None else None
        at = state.key or state.node
    if slot is None:
        if not choices and into is None:
            cure = f"Declare `{state.name}: {{type: text}}` under `data`, or name one with `into`."
            context.findings.add(
                "SC022", f"no variable takes the answer of `{state.path}`", at, cure
            )
        return slot
    variable = slot.variable
    if choices and variable.type not in ("enum", "text", "any"):
        message = f"`{variable.name}` is of type {variable.type}, but a choice stores its id"
        context.findings.add("SC042", message, at, "Make it an `enum`.")
    elif choices and variable.values is not None:
        listed = state.node.get("choices")
        for id_, entry in listed.entries.items() if isinstance(listed, Fields) else ():
            if id_ not in variable.values:
                message = f"the choice `{id_}` is no value of `{variable.name}`"
                meant = did_you_mean(id_, variable.values)
                context.findings.add("SC024", message, entry.key, meant)
    elif not choices and variable.type not in READABLE:
        message = f"nobody can answer with a value of type {variable.type}"
        context.findings.add("SC010", message, at, f"Readable: {', '.join(sorted(READABLE))}.")
    elif not choices and variable.type == "enum" and not variable.values:
        context.findings.add("SC040", f"`{variable.name}` has neither values nor choices", at)
    return slot


def _choices(
    context: Context, state: StateSource, onward: tuple[Way, ...]
) -> tuple[tuple[Choice, ...], dict[str, tuple[Way, ...]]]:
    node = state.node.get("choices")
    if not isinstance(node, Fields):
        return (), {}
    choices: list[Choice] = []
    own: dict[str, tuple[Way, ...]] = {}
    for id_, entry in node.entries.items():
        key = f"{state.prefix}choices.{id_}"
        if len(id_.encode()) > CHOICE_BYTES or not id_.strip():
            cure = f"Its label may be longer; the id has 1 to {CHOICE_BYTES} bytes."
            context.findings.add("SC043", "the id of this choice is too long", entry.key, cure)
        if not isinstance(entry.value, Fields):
            choices.append(Choice(id_, context.wording(entry.value, key)))
            continue
        spec = entry.value
        taken = _own_ways(context, state, spec, key, onward)
        if taken:
            own[f"answer.{id_}"] = taken
        guard = spec.get("guard")
        label = spec.get("label")
        choices.append(
            Choice(
                id_,
                context.wording(label if label is not None else entry.key, key),
                _also(spec.get("also")),
                None if guard is None else context.expression(guard),
                own=bool(taken),
            )
        )
    return tuple(choices), own


def _own_ways(
    context: Context, state: StateSource, spec: Fields, key: str, onward: tuple[Way, ...]
) -> tuple[Way, ...]:
    """A choice with a target goes there; one that only acts goes on like the others."""
    actions = block(context, spec, key)
    target = spec.get("target")
    if isinstance(target, Scalar):
        path = resolve(context, target, state)
        return () if path is None else (Way(path, actions=actions),)
    return tuple(way.preceded(actions) for way in onward) if actions else ()


def _also(node: Node | None) -> frozenset[str]:
    if isinstance(node, Scalar):
        return frozenset({fold(node.text)})
    if isinstance(node, Items):
        return frozenset(fold(item.text) for item in node.items if isinstance(item, Scalar))
    return frozenset()


def _retry(context: Context, state: StateSource) -> tuple[Retry | None, tuple[Way, ...]]:
    node = state.node.get("retry")
    if not isinstance(node, Fields):
        return None, ()
    say = node.get("say")
    wording = None if say is None else context.wording(say, f"{state.prefix}retry.say")
    most, target = node.get("max"), node.get("target")
    if (most is None) != (target is None):
        message = "`max` and `target` of a retry need each other"
        context.findings.add("SC040", message, node, "The last wrong answer goes to the target.")
    path = resolve(context, target, state) if isinstance(target, Scalar) else None
    count = most.value if isinstance(most, Scalar) and isinstance(most.value, int) else None
    return Retry(wording, count), (Way(path),) if path else ()

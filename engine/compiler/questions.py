"""`ask` and `confirm`: the question, what it offers, its retry, and the ways on from it."""

from dataclasses import replace

from engine.classes import dataclass
from engine.compiler.choices import Offer, offer
from engine.compiler.context import Context
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.offers import refuse
from engine.compiler.speech import manner
from engine.compiler.symbols import StateSource
from engine.compiler.transitions import Way, resolve, ways
from engine.compiler.work import checked
from engine.core.answers import SKIPPED
from engine.core.inputs import TYPES, Variable, fits, readable
from engine.core.nodes import Multi, Question, Retry, Slot
from engine.core.options import settled
from engine.core.session import ANSWER
from engine.core.suggest import did_you_mean

CHOSEN_TYPES = frozenset({"enum", "text", "any"})
"""Types of variables that hold the id of a choice."""
LISTED_TYPES = CHOSEN_TYPES | {
    "int", "number", "date", "time", "datetime", "duration", "email", "phone", "url",
}  # fmt: skip
"""Types of variables that hold the id of a row: those whose values are texts or numbers."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A compiled question and its transitions by the machine's event."""

    question: Question
    ways: dict[str, tuple[Way, ...]]


def question(context: Context, state: StateSource) -> Asked | None:
    node = state.node
    key = "confirm" if node.get("confirm") is not None else "ask"
    asked = node.get(key)
    if asked is None:
        return None
    refuse(context, asked, "Write `choices` beside the question.")
    text = context.wording(asked, f"{state.prefix}{key}")
    onward = ways(context, node.get("next"), f"{state.prefix}next", state)
    offered = offer(context, state, onward)
    multi = _multi(context, state, offered)
    skipped = ways(context, node.get("skip"), f"{state.prefix}skip", state)
    slot = _slot(context, state, offered)
    retry, wrong = _retry(context, state)
    found: dict[str, tuple[Way, ...]] = {ANSWER: onward, **offered.ways}
    if wrong:
        found["wrong"] = wrong
    if skipped:
        found[SKIPPED] = skipped
        _check_skip(context, state, slot)
    chosen = bool(offered.choices) and not offered.stuck
    answering = any(choice.url is None for choice in offered.choices)
    if node.get("next") is None and not (chosen and answering):
        _no_way_on(context, state, offered)
    question = Question(
        text,
        slot,
        tuple(offered.choices),
        _whole(node.get("columns")) or 1,
        retry,
        multi,
        _whole(node.get("page")),
        bool(skipped),
        checked(context, state),
        any(choice.each is not None for choice in offered.choices),
        manner(context, asked),
    )
    return Asked(replace(question, settled=settled(question, context.languages)), found)


def _no_way_on(context: Context, state: StateSource, offered: Offer) -> None:
    if context.findings.blamed(state.node):
        return
    at = state.key or state.node
    stuck = ", ".join(f"`{id_}`" for id_ in offered.stuck)
    after = f"the choice {stuck}" if stuck else "the answer"
    message = f"nothing says where `{state.path}` goes after {after}"
    asks = state.node.get("confirm") is None
    each = "a target to each choice" if asks else "say where both `yes` and `no` lead"
    context.findings.add("SC040", message, at, f"Add `next: <state>`, or {each}.")


def _multi(context: Context, state: StateSource, offered: Offer) -> Multi | None:
    node = state.node.get("multi")
    if not isinstance(node, Fields):
        return None
    least, most = _whole(node.get("min")), _whole(node.get("max"))
    multi = Multi(1 if least is None else least, most)
    key = state.node.entries["multi"].key
    if not offered.choices or state.node.get("confirm") is not None:
        message = "`multi` belongs to `choices` or `choices_from`"
        context.findings.add("SC040", message, key, "Say what can be chosen.")
        return None
    written = [choice for choice in offered.choices if choice.url is None]
    listed = any(choice.each for choice in written)
    if multi.max is not None and multi.min > multi.max:
        message = f"`min` of `multi` is {multi.min}, which is more than `max`, {multi.max}"
        context.findings.add("SC040", message, key)
    elif not listed and max(multi.min, multi.max or 0) > len(written):
        count = len(written)
        message = f"there {'is' if count == 1 else 'are'} only {count} choice{'s'[: count != 1]}"
        context.findings.add("SC040", message, key, "Lower `min` and `max`, or add choices.")
    for choice in written:
        if choice.event is not None:
            message = f"`{choice.id}` cannot lead or do anything: it is one of several"
            context.findings.add("SC040", message, key, "Use `next`, which sees the whole answer.")
    return multi


def _slot(context: Context, state: StateSource, offered: Offer) -> Slot | None:
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
    answering = any(choice.url is None for choice in offered.choices)
    if slot is not None:
        _check_type(context, state, slot, at, offered)
    elif not answering and into is None:
        cure = f"Declare `{state.name}: {{type: text}}` under `data`, or name one with `into`."
        context.findings.add("SC022", f"no variable takes the answer of `{state.path}`", at, cure)
    return slot


def _check_type(context: Context, state: StateSource, slot: Slot, at: Node, offered: Offer) -> None:
    """The variable must be able to hold what the question gives."""
    variable, node = slot.variable, state.node
    kind = variable.type
    answering = [choice for choice in offered.choices if choice.url is None]
    listed = any(choice.each for choice in answering)
    wanted: tuple[str, frozenset[str], str] | None = None
    if node.get("multi") is not None:
        wanted = ("several choices are a list", frozenset({"list", "any"}), "a `list`")
    elif node.get("confirm") is not None:
        wanted = ("`confirm` gives true or false", frozenset({"bool", "any"}), "a `bool`")
    elif listed:
        wanted = ("a choice stores its id", LISTED_TYPES, "an `enum`")
    elif answering:
        wanted = ("a choice stores its id", CHOSEN_TYPES, "an `enum`")
    if wanted is not None:
        said, types, cure = wanted
        if kind not in types:
            message = f"`{variable.name}` is of type {kind}, but {said}"
            context.findings.add("SC042", message, at, f"Make it {cure}.")
        elif node.get("confirm") is None:
            holder = variable if node.get("multi") is None else variable.items
            _check_ids(context, node, variable.name, holder)
    elif not TYPES[kind].askable:
        message = f"nobody can answer with a value of type {kind}"
        context.findings.add("SC010", message, at, f"Readable: {', '.join(readable())}.")
    elif kind == "enum" and not variable.values:
        context.findings.add("SC040", f"`{variable.name}` has neither values nor choices", at)


def _check_ids(context: Context, node: Fields, name: str, holder: Variable | None) -> None:
    """What is written must be able to stand in the variable, or in its list."""
    listed = node.get("choices") if holder is not None else None
    for id_, entry in listed.entries.items() if isinstance(listed, Fields) else ():
        assert holder is not None
        if isinstance(entry.value, Fields) and entry.value.get("url") is not None:
            continue
        if holder.values is not None and id_ not in holder.values:
            message = f"the choice `{id_}` is no value of `{name}`"
            context.findings.add("SC024", message, entry.key, did_you_mean(id_, holder.values))
        elif (reason := fits(holder, id_)) is not None:
            message = f"the choice `{id_}` cannot stand in `{name}`: {reason}"
            context.findings.add("SC042", message, entry.key, "Change its id, or the variable.")


def _check_skip(context: Context, state: StateSource, slot: Slot | None) -> None:
    if slot is None or slot.variable.optional or slot.variable.type == "any":
        return
    message = f"`skip` stores null, and `{slot.name}` is not optional"
    at = state.node.entries["skip"].key
    context.findings.add("SC042", message, at, "Declare it with `optional: true`.")


def _retry(context: Context, state: StateSource) -> tuple[Retry | None, tuple[Way, ...]]:
    node = state.node.get("retry")
    if not isinstance(node, Fields):
        return None, ()
    say, key = node.get("say"), f"{state.prefix}retry.say"
    if isinstance(say, Items):
        said = tuple(context.wording(one, f"{key}.{at}") for at, one in enumerate(say.items))
    else:
        said = () if say is None else (context.wording(say, key),)
    most, target = node.get("max"), node.get("target")
    if (most is None) != (target is None):
        message = "`max` and `target` of a retry need each other"
        context.findings.add("SC040", message, node, "The last wrong answer goes to the target.")
    path = resolve(context, target, state) if isinstance(target, Scalar) else None
    given_up = (Way(path, place=target.place),) if path and target else ()
    return Retry(said, _whole(most)), given_up


def _whole(node: Node | None) -> int | None:
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None

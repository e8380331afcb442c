"""The choices of a question: those that are written, those of a list, and those of `confirm`."""

from dataclasses import field

from engine.classes import dataclass
from engine.compiler.actions import block
from engine.compiler.context import Context
from engine.compiler.nodes import Entry, Fields, Items, Node, Scalar
from engine.compiler.offers import CHOICE_BYTES, check_url
from engine.compiler.symbols import StateSource
from engine.compiler.transitions import Way, resolve, ways
from engine.compiler.variables import TAKEN
from engine.core.matching import fold
from engine.core.nodes import Choice, Each
from engine.core.phrases import NO, YES
from engine.diagnostics import Related

LISTED = "question:each"
"""The machine's event of the choices that a list gives."""
ROW = "item"
"""The name of a row where the author gives it none."""


@dataclass(slots=True)
class Offer:
    """Choices, and their own transitions by the machine's event."""

    choices: list[Choice] = field(default_factory=list)
    ways: dict[str, tuple[Way, ...]] = field(default_factory=dict)

    @property
    def stuck(self) -> list[str]:
        """Ids of the choices that lead nowhere by themselves."""
        return [one.id for one in self.choices if one.event is None and one.url is None]


def offer(context: Context, state: StateSource, onward: tuple[Way, ...]) -> Offer:
    """Everything that a question offers; `onward` is what follows a choice that only acts."""
    found = Offer()
    if state.node.get("confirm") is not None:
        _confirm(context, state, found)
    rows = state.node.get("choices_from")
    if rows is not None:
        _listed(context, state, rows, onward, found)
    written = state.node.get("choices")
    if isinstance(written, Fields):
        for id_, entry in written.entries.items():
            _written(context, state, id_, entry, onward, found)
        _check_labels(context, written, found)
    return found


def _confirm(context: Context, state: StateSource, found: Offer) -> None:
    """`confirm` offers yes and no, in the bot's own words, as true and false."""
    for id_, words, value in (("yes", YES, True), ("no", NO, False)):
        way = ways(context, state.node.get(id_), f"{state.prefix}{id_}", state)
        event = f"answer.{id_}" if way else None
        if event:
            found.ways[event] = way
        also = frozenset[str]().union(*(words.get(one, ()) for one in (*context.languages, "en")))
        found.choices.append(Choice(id_, None, also, event=event, value=value))


def _listed(
    context: Context, state: StateSource, node: Node, onward: tuple[Way, ...], found: Offer
) -> None:
    """`choices_from`: an expression, or a mapping that says what a row gives."""
    key = f"{state.prefix}choices_from"
    spec = node if isinstance(node, Fields) else None
    rows = spec.get("for") if spec else node
    if rows is None:
        return
    name = _row_name(context, spec)
    locals_ = frozenset({name})
    id_ = spec.get("id") if spec else None
    label = spec.get("label") if spec else None
    guard = spec.get("guard") if spec else None
    taken = _own_ways(context, state, spec, key, onward, locals_) if spec else ()
    if taken:
        found.ways[LISTED] = taken
    each = Each(
        context.value(rows),
        name,
        None if id_ is None else context.expression(id_, locals_),
        rows.place,
    )
    found.choices.append(
        Choice(
            "choices_from",
            None if label is None else context.wording(label, key, locals_),
            guard=None if guard is None else context.expression(guard, locals_),
            event=LISTED if taken else None,
            each=each,
        )
    )


def _row_name(context: Context, spec: Fields | None) -> str:
    given = spec.get("as") if spec else None
    if not isinstance(given, Scalar):
        return ROW
    flow = context.flow
    if not given.text.isidentifier() or given.text in TAKEN - {ROW}:
        cure = "Choose a name of letters, digits and `_`."
        context.findings.add("SC040", f"a row cannot be called `{given.text}`", given, cure)
    elif flow is not None and given.text in flow.variables:
        cure = "Choose another name for the row."
        context.findings.add("SC027", f"`{given.text}` is a variable already", given, cure)
    return given.text


def _written(
    context: Context, state: StateSource, id_: str, entry: Entry, onward: tuple[Way, ...],
    found: Offer,
) -> None:  # fmt: skip
    key = f"{state.prefix}choices.{id_}"
    if len(id_.encode()) > CHOICE_BYTES or not id_.strip():
        cure = f"Its label may be longer; the id has 1 to {CHOICE_BYTES} bytes."
        context.findings.add("SC043", "the id of this choice is too long", entry.key, cure)
    if not isinstance(entry.value, Fields):
        found.choices.append(Choice(id_, context.wording(entry.value, key)))
        return
    spec = entry.value
    taken = _own_ways(context, state, spec, key, onward)
    if taken:
        found.ways[f"answer.{id_}"] = taken
    check_url(context, spec.get("url"))
    guard, label, url = spec.get("guard"), spec.get("label"), spec.get("url")
    found.choices.append(
        Choice(
            id_,
            context.wording(label if label is not None else entry.key, key),
            _also(spec.get("also")),
            None if guard is None else context.expression(guard),
            event=f"answer.{id_}" if taken else None,
            url=None if url is None else context.wording(url, f"{key}.url"),
        )
    )


def _own_ways(
    context: Context, state: StateSource, spec: Fields, key: str, onward: tuple[Way, ...],
    locals_: frozenset[str] = frozenset(),
) -> tuple[Way, ...]:  # fmt: skip
    """A choice with a target goes there; one that only acts goes on like the others."""
    actions = block(context, spec, key, locals_)
    target = spec.get("target")
    if isinstance(target, Scalar):
        path = resolve(context, target, state)
        return () if path is None else (Way(path, actions=actions, place=target.place),)
    return tuple(way.preceded(actions) for way in onward) if actions else ()


def _also(node: Node | None) -> frozenset[str]:
    items = node.items if isinstance(node, Items) else ()
    return frozenset(fold(item.text) for item in items if isinstance(item, Scalar))


def _check_labels(context: Context, written: Fields, found: Offer) -> None:
    """Two choices of one name can be told by their numbers only."""
    taken: dict[tuple[str, str], str] = {}
    for choice in found.choices:
        entry = written.entries.get(choice.id)
        if entry is None or choice.guard is not None or choice.label is None:
            continue
        label = choice.label
        for language in context.languages:
            text = label.translations.get(language, label.base)
            for spelling in {fold(text.source), *choice.also}:
                first = taken.setdefault((language, spelling), choice.id)
                if first != choice.id and "{" not in spelling:
                    message = f"`{first}` and `{choice.id}` can both be called `{spelling}`"
                    cure = "Give one another label; typed, it means neither."
                    other = written.entries[first].key
                    related = [Related(other.place, f"`{spelling}` means this too", other.width)]
                    context.findings.add(
                        "SC027", message, entry.key, cure, severity="warning", related=related
                    )

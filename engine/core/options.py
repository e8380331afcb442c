"""What an open question offers at the moment: choices whose guards hold, and rows of lists."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from engine.classes import dataclass
from engine.core.display import display
from engine.core.expr import Expression
from engine.core.faults import Fault
from engine.core.matching import Candidate, fold
from engine.core.nodes import Choice, Each, Question
from engine.core.values import Data, Value
from engine.core.wording import Wording

if TYPE_CHECKING:
    from engine.core.activation import Activation

NUMERIC: Final = frozenset({"int", "number", "duration", "any", "list"})
"""Types of variables that hold the id of a row as it is, even if it is a number."""
LABEL_MAX: Final = 200
"""Longest label, in characters: what is longer is cut, and told by its beginning."""
LINK: Final = re.compile(r"(?:https?|tg)://[^\s\x00-\x1f]{1,2000}\Z")
"""What a button can open."""
_SHOW: Final = display()
_NOTHING: Final[Data] = {}


@dataclass(frozen=True, slots=True)
class Option:
    """One choice as a person sees it.

    Attributes:
        value: what is stored.
        number: its number in the whole menu; 0 for a link, which answers nothing.
        local: what its texts and actions see beside the variables: the row, by its name.
        fixed: whether it stays on every page.
    """

    id: str
    label: str
    choice: Choice
    value: Value
    number: int
    local: Data
    url: str | None = None
    fixed: bool = False

    @property
    def token(self) -> str:
        """What its button brings back; see `Press`."""
        return f".{self.id}" if self.id.startswith(".") else self.id


def settled(question: Question, languages: Iterable[str]) -> dict[str, tuple[Option, ...]]:
    """What can be chosen, by language; nothing where it depends on the person or the moment."""
    known: dict[str, tuple[Option, ...]] = {}
    for lang in languages:
        options: list[Option] = []
        for number, choice in enumerate(question.choices, 1):
            label = choice.label.constant(lang) if choice.label is not None else None
            if label is None or choice.guard or choice.each or choice.url:
                return {}
            value = _value(question, choice.id) if choice.value is None else choice.value
            options.append(Option(choice.id, _cut(label), choice, value, number, _NOTHING))
        known[lang] = tuple(options)
    return known


def offered(model: "Activation", question: Question) -> Sequence[Option]:
    """What can be chosen, in the author's order.

    Raises:
        Fault: a label fails, or a list of choices is none (`choices:rows`, `choices:id`).
    """
    same = question.settled.get(model.lang)
    if same is not None:
        return same
    options: list[Option] = []
    listed = question.listed
    number = 0
    outer = model.local
    try:
        for choice in question.choices:
            each = choice.each
            for id_, row in _rows(model, each) if each else ((choice.id, None),):
                local = {each.name: row} if each else _NOTHING
                model.local = {**outer, **local} if each else outer
                if choice.guard is not None and not holds(model, choice.guard):
                    continue
                label = _label(model, choice, id_, row)
                url = _link(model, choice.url) if choice.url else None
                number += url is None
                value = _value(question, id_) if choice.value is None else choice.value
                options.append(
                    Option(
                        str(id_), label, choice, value, 0 if url else number, local, url,
                        fixed=listed and not each,
                    )
                )  # fmt: skip
    finally:
        model.local = outer
    return options


def candidates(model: "Activation", options: Sequence[Option]) -> list[Candidate]:
    """Options, no links among them, as a typed text is held against them: in every language."""
    return [Candidate(_spellings(model, option), option.number) for option in options]


def label_of(model: "Activation", choices: Iterable[Choice], value: Value) -> str | None:
    """The label of a value that one of these choices gives at the moment, or none."""
    for choice in choices:
        if choice.each is None:
            stored = choice.id if choice.value is None else choice.value
            if stored == value:
                return _label(model, choice, choice.id, None)
            continue
        outer = model.local
        try:
            for id_, row in _rows(model, choice.each):
                if str(id_) == str(value):
                    model.local = {**outer, choice.each.name: row}
                    return _label(model, choice, id_, row)
        finally:
            model.local = outer
    return None


def holds(model: "Activation", guard: Expression) -> bool:
    """Whether a guard is true; one that fails is false, and logged."""
    try:
        return bool(guard(model))
    except Fault as fault:
        model.macrostep.log_fault(fault, level="warning")
        return False


def _rows(model: "Activation", each: Each) -> Iterator[tuple[str | int, Value]]:
    """The id and the row of each button that a list of choices stands for; an id counts once."""
    rows = each.rows(model)
    if rows is None:
        return
    if not isinstance(rows, list | tuple):
        raise Fault("choices:rows", "`choices_from` is no list", each.place)
    seen: set[str] = set()
    outer = model.local
    for row in rows:
        model.local = {**outer, each.name: row}
        try:
            id_ = _id(model, each, row)
        finally:
            model.local = outer
        if str(id_) not in seen:
            seen.add(str(id_))
            yield id_, row


def _id(model: "Activation", each: Each, row: Value) -> str | int:
    if each.id is not None:
        id_ = each.id(model)
    else:
        id_ = row.get("id") if isinstance(row, Mapping) else row
    if isinstance(id_, bool) or not isinstance(id_, str | int) or not str(id_).strip():
        raise Fault("choices:id", "the id of a choice is a text or a whole number", each.place)
    return id_


def _link(model: "Activation", url: Wording) -> str:
    link = url.render(model)[0].strip()
    if not LINK.match(link):
        raise Fault("choices:url", "the link of a button begins with https://, http:// or tg://")
    return link


def _value(question: Question, id_: str | int) -> str | int:
    """Numbers stay numbers where the variable takes some."""
    holder = question.slot.variable if question.slot else None
    if holder is not None and question.multi is not None and holder.items is not None:
        holder = holder.items
    return id_ if holder is not None and holder.type in NUMERIC else str(id_)


def _label(model: "Activation", choice: Choice, id_: str | int, row: Value) -> str:
    wording = _wording(model, choice)
    if wording is not None:
        label = wording.render(model)[0]
    else:
        named = row.get("label") if isinstance(row, Mapping) else None
        label = _SHOW(id_ if named is None else named)
    return _cut(label)


def _cut(label: str) -> str:
    return label if len(label) <= LABEL_MAX else f"{label[: LABEL_MAX - 1]}…"


def _wording(model: "Activation", choice: Choice) -> Wording | None:
    """A choice's label; none where the row says it. Yes and no are the bot's own words."""
    if choice.label is None and choice.each is None:
        return model.macrostep.program.texts.buttons[choice.id]
    return choice.label


def folded(wording: Wording, model: "Activation") -> frozenset[str]:
    """A label in all of the bot's languages, as typed texts are compared."""
    texts = wording.in_all_languages(model)
    return frozenset(filter(None, (fold(text[:LABEL_MAX]) for text in texts)))


def _spellings(model: "Activation", option: Option) -> frozenset[str]:
    wording = _wording(model, option.choice)
    if wording is None:
        return frozenset({fold(option.label)}) | option.choice.also
    outer = model.local
    model.local = {**outer, **option.local} if option.local else outer
    try:
        return folded(wording, model) | option.choice.also
    finally:
        model.local = outer

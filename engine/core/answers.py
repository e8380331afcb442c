"""Reading what a person sent as the answer to the open question."""

from collections.abc import Sequence
from typing import Final

from engine.classes import dataclass
from engine.core import inputs, phrases
from engine.core.activation import Activation
from engine.core.events import TEXT, Event, Press
from engine.core.matching import match, match_list
from engine.core.menus import DONE, PAGE, SKIP, Menu, menu, typed_controls
from engine.core.nodes import Question
from engine.core.options import Option, candidates
from engine.core.session import ANSWER, Given
from engine.core.sizes import too_heavy

UNREADABLE = frozenset(
    {"photo", "audio", "voice", "video", "document", "sticker", "location", "contact"}
)
"""Kinds of events without words: a wrong answer where the question wants something else."""
SKIPPED: Final = "question:skip"
PAGE_DIGITS: Final = 4
"""More than the number of any page has."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The menu shows other marks or another page; `given` is the answer that this completes."""

    marked: tuple[str, ...]
    page: int
    given: Given | None = None


@dataclass(frozen=True, slots=True)
class Wrong:
    """Not an answer; `hint` tells the person what would be one."""

    hint: str


Reading = Given | Turn | Wrong | None


def read(model: Activation, question: Question, event: Event) -> Reading:
    """What an event means here; none for what never is an answer (a command, an edit)."""
    if event.press is not None:
        return _pressed(question, menu(model, question), event.press.choice)
    if event.name == TEXT:
        return _typed(model, question, event.text or "")
    if event.name in UNREADABLE:
        return _sent(model, question, event)
    return None


def chosen(model: Activation, question: Question, given: Given) -> str | None:
    """The id of the one choice that an answer is, or none."""
    if not question.chosen or question.multi is not None:
        return None
    options = menu(model, question).options
    return next((option.id for option in options if _chosen(option) == given), None)


def offers(question: Question, press: Press) -> bool:
    """Whether a button of this visit belongs to its question, if its guard holds or not."""
    if press.control:
        return press.choice in (SKIP, DONE) or press.choice.startswith(PAGE)
    return any(choice.each or choice.id == press.choice for choice in question.choices)


def _pressed(question: Question, shown: Menu, token: str) -> Reading:
    """A button whose guard holds no more answers nothing."""
    option = shown.option(token)
    if option is not None:
        if question.multi is None:
            return _chosen(option)
        return _toggled(question, shown, option)
    return _controlled(shown, token) if token.startswith(".") else None


def _toggled(question: Question, shown: Menu, option: Option) -> Reading:
    """A mark set or taken away; reaching the most that can be chosen is the answer.

    Where so many are marked already, because of `.back` or a check, no further mark is set.
    """
    assert question.multi is not None
    chosen, most, page = set(shown.marked) ^ {option.id}, question.multi.max, shown.page
    if most is not None and len(chosen) > most:
        return Turn(shown.marked, page)
    marked = [each for each in shown.options if each.id in chosen]
    full = option.id in chosen and len(marked) == most
    return Turn(tuple(each.id for each in marked), page, _several(marked) if full else None)


def _controlled(shown: Menu, token: str) -> Reading:
    """What a control means; one that does not stand here any more shows the present menu."""
    if token.startswith(PAGE):
        wanted = token.removeprefix(PAGE)
        number = int(wanted) if wanted.isdecimal() and len(wanted) <= PAGE_DIGITS else shown.page
        return Turn(shown.marked, min(number, shown.last))
    if not shown.control(token):
        return Turn(shown.marked, shown.page)
    if token == SKIP:
        return Given(None, SKIPPED)
    return _several([option for option in shown.options if option.id in shown.marked])


def _typed(model: Activation, question: Question, text: str) -> Reading:
    if not question.choices and not question.skip:
        return _typed_value(model, question, text)
    shown = menu(model, question)
    controls = typed_controls(model, shown)
    options = [option for option in shown.options if option.url is None]
    known = candidates(model, options)
    found = match(text, [*known, *(candidate for _, candidate in controls)])
    if found is not None and found >= len(options):
        return _controlled(shown, controls[found - len(options)][0].token)
    if not question.chosen:
        return _typed_value(model, question, text)
    if question.multi is not None:
        return _typed_list(model, question, shown, match_list(text, known))
    return _wrong(model, question, shown) if found is None else _chosen(options[found])


def _typed_list(
    model: Activation, question: Question, shown: Menu, found: list[int] | None
) -> Reading:
    """What is typed is the whole answer, whatever is marked."""
    multi = question.multi
    assert multi is not None
    options = [option for option in shown.options if option.url is None]
    if found is None or not multi.min <= len(found) <= (multi.max or len(options)):
        return _wrong(model, question, shown)
    return _several([options[index] for index in found])


def _typed_value(model: Activation, question: Question, text: str) -> Reading:
    assert question.slot is not None  # the compiler refuses a question that stores nothing
    try:
        value = inputs.read(question.slot.variable, text, model)
    except inputs.WrongAnswer as wrong:
        return Wrong(wrong.hint)
    return _wrong(model, question) if too_heavy(value) else Given(value)


def _chosen(option: Option) -> Given:
    return Given(option.value, option.choice.event or ANSWER, option.local)


def _several(options: Sequence[Option]) -> Given:
    return Given([option.value for option in options])


def _sent(model: Activation, question: Question, event: Event) -> Reading:
    """Media, a place or a contact, where the question asks for such a thing."""
    if question.chosen or question.slot is None:
        return _wrong(model, question)
    details = (event.extra or {}).get("media")
    try:
        return Given(inputs.read_media(question.slot.variable, event.name, details, model))
    except inputs.WrongAnswer as wrong:
        return Wrong(wrong.hint)


def _wrong(model: Activation, question: Question, shown: Menu | None = None) -> Wrong:
    return Wrong(hint(model, question, shown))


def hint(model: Activation, question: Question, shown: Menu | None = None) -> str:
    """What would be an answer, in the person's language."""
    if not question.chosen and question.slot is not None:
        return inputs.hint(question.slot.variable, model)
    shown = shown or menu(model, question)
    labels = ", ".join(option.label for option in shown.shown if option.url is None)
    if shown.paged:
        labels += ", …"
    multi = question.multi
    if multi is None:
        return phrases.phrase("choice", model.lang, choices=labels)
    most = multi.max or sum(option.url is None for option in shown.options)
    key = "choices_exactly" if multi.min == most else "choices_between"
    return phrases.phrase(key, model.lang, choices=labels, min=multi.min, max=most)

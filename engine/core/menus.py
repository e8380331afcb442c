"""The buttons of an open question: the page that is shown, what is marked on it, and the controls.

A control is a button that answers nothing by itself. Its token begins with a dot; the id of a row
that does so gets a second one, so that none is taken for a control.
"""

from collections.abc import Sequence
from typing import Final

from engine.classes import dataclass
from engine.core.activation import Activation
from engine.core.effects import Button
from engine.core.matching import Candidate
from engine.core.nodes import Question
from engine.core.options import Option, folded, offered

PAGE_ROWS: Final = 10
"""Rows of buttons on a page of a list's choices, where the author does not say how many it has."""
PAGE_MAX: Final = 80
"""Most choices on a page: with the controls they stay below the 100 buttons of a message."""
CHOSEN: Final = "✓ "
"""What stands before the label of a choice that is marked."""

DONE: Final = ".done"
SKIP: Final = ".skip"
PAGE: Final = ".page:"
CONTROLS: Final = ("done", "skip", "next", "previous")
"""Keys of the controls' labels in the bot's texts."""

Row = tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Control:
    """A button beside the choices: its token, and the key of its label in the bot's texts."""

    token: str
    word: str


@dataclass(frozen=True, slots=True)
class Menu:
    """What a question shows at the moment.

    Attributes:
        options: everything that can be chosen, on all pages.
        shown: what stands on this page.
        marked: ids of the options that are marked, in their order.
        page: the index of this page.
        last: that of the last one.
        controls: rows of buttons below the choices.
    """

    options: Sequence[Option]
    shown: Sequence[Option]
    marked: tuple[str, ...]
    page: int
    last: int
    controls: tuple[tuple[Control, ...], ...]

    @property
    def paged(self) -> bool:
        return self.last > 0

    def control(self, token: str) -> bool:
        """Whether a control stands here."""
        return any(token == control.token for row in self.controls for control in row)

    def option(self, token: str) -> Option | None:
        """The option of a button."""
        found = (each for each in self.options if each.token == token and each.url is None)
        return next(found, None)


def menu(model: Activation, question: Question) -> Menu:
    """The menu of the open question.

    Raises:
        Fault: see `offered`.
    """
    options = offered(model, question) if question.choices else ()
    kept = model.leaf.marked
    marked = tuple([option.id for option in options if option.id in kept]) if kept else ()
    fixed = [option for option in options if option.fixed] if question.listed else ()
    turning = [option for option in options if not option.fixed] if fixed else options
    usual = PAGE_ROWS * question.columns if question.listed else PAGE_MAX
    size = max(1, min(question.page or usual, PAGE_MAX - len(fixed)))
    last = max(0, (len(turning) - 1) // size)
    page = min(model.leaf.page, last)
    turns = []
    if page > 0:
        turns.append(Control(f"{PAGE}{page - 1}", "previous"))
    if page < last:
        turns.append(Control(f"{PAGE}{page + 1}", "next"))
    ends = []
    if question.multi and len(marked) >= question.multi.min:
        ends.append(Control(DONE, "done"))
    if question.skip:
        ends.append(Control(SKIP, "skip"))
    shown = (*turning[page * size : (page + 1) * size], *fixed)
    rows = tuple(tuple(row) for row in (turns, ends) if row)
    return Menu(options, shown, marked, page, last, rows)


def buttons(model: Activation, question: Question, shown: Menu) -> tuple[Row, ...]:
    """A menu as rows of buttons of this visit."""
    visit, columns, words = model.visit, question.columns, model.macrostep.program.texts.buttons
    keys = [_button(option, visit, shown) for option in shown.shown]
    rows = [tuple(keys[at : at + columns]) for at in range(0, len(keys), columns)]
    rows += [
        tuple(
            Button(words[control.word].render(model)[0], visit, control.token, 0) for control in row
        )
        for row in shown.controls
    ]
    return tuple(rows)


def typed_controls(model: Activation, shown: Menu) -> list[tuple[Control, Candidate]]:
    """The controls that stand here, and what means them, in any language of the bot."""
    words = model.macrostep.program.texts.buttons
    return [
        (control, Candidate(folded(words[control.word], model), 0, whole=True))
        for row in shown.controls
        for control in row
    ]


def _button(option: Option, visit: int, shown: Menu) -> Button:
    label = f"{CHOSEN}{option.label}" if option.id in shown.marked else option.label
    # Where nothing else is shown, the place in the menu says the number.
    number = option.number if shown.paged or option.url else None
    return Button(label, visit, option.token, number, option.url)

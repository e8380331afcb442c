"""What becomes of a reply to the open question: it is taken or refused, or the menu is turned.

The question is that of the state at work (`model.leaf`).
"""

from engine.core.activation import Activation
from engine.core.answers import SKIPPED, Turn
from engine.core.blocks import Ask, run
from engine.core.faults import Fault
from engine.core.menus import buttons, menu
from engine.core.moves import fire
from engine.core.nodes import Question
from engine.core.session import ANSWER, Given


def accept(model: Activation, question: Question, given: Given) -> None:
    """Store an answer and go on; where no way is open, the question is asked again."""
    macrostep, leaf = model.macrostep, model.leaf
    macrostep.snapshot()
    macrostep.note("step:answer")
    try:
        if question.slot is not None:
            model.store(question.slot.variable, given.value, None)
    except Fault as fault:
        macrostep.fault(fault)
        return
    if fire(model, given.event, given.local, leaf=leaf):
        return
    if given.event in (ANSWER, SKIPPED) or not fire(model, ANSWER, leaf=leaf):
        macrostep.reprompt = True


def refuse(model: Activation, question: Question, hint: str, *, own: bool = False) -> None:
    """Count a wrong answer and hint at a right one; the question stays open.

    `own` says that the hint knows more than what the author wrote for wrong answers.
    """
    macrostep, leaf = model.macrostep, model.leaf
    leaf.tries += 1
    macrostep.note("step:wrong_answer", str(leaf.tries))
    retry = question.retry
    most = retry.max if retry else None
    if most is not None and leaf.tries >= most and fire(model, "wrong", leaf=leaf):
        return
    said = retry.say if retry else ()
    wording = said[min(leaf.tries, len(said)) - 1] if said else macrostep.program.texts.wrong
    if own or wording is None:
        macrostep.send(hint)
        return
    try:
        macrostep.send(*wording.render(model))
    except Fault as fault:
        macrostep.fault(fault)


def turn(model: Activation, question: Question, turned: Turn) -> None:
    """Show other marks or another page: in place where a button was pressed, else once more."""
    macrostep, leaf = model.macrostep, model.leaf
    leaf.marked, leaf.page = turned.marked, turned.page
    macrostep.note("step:turn")
    event = macrostep.event
    if event.press is None or event.ref is None:
        if turned.given is None:
            run(model, (Ask(question),))
        return
    try:
        shown = buttons(model, question, menu(model, question))
    except Fault as fault:
        macrostep.fault(fault)
        return
    macrostep.send("", buttons=shown, asks=leaf.visit, edit=event.ref)

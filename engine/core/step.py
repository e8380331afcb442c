"""The one door: what an event does to a session.

`step` is pure. It takes a program, a session, an event and the time, and gives back a new session,
the effects to carry out, and a log. Data flows like this:

    desk        what operators write, and what persons in a hand-off write to them
    gate        who may not talk with the bot, or sends too much, is told so
    step        one event, and whatever was held back for it; a fault that nobody handles is undone
      hear      who takes the event: `on`, the open question, triggers, `text` and `*`, fallback
      settle    microsteps until nothing is left to do: `always`, raised events, calls, invokes
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.core import (
    answers,
    away,
    broadcasts,
    company,
    gate,
    invokes,
    lookups,
    offers,
    replies,
    runs,
)  # fmt: skip
from engine.core.activation import NOTHING, Activation, ActiveLeaf
from engine.core.answers import SKIPPED, Turn, Wrong
from engine.core.beginning import take_up, triggers
from engine.core.blocks import Ask, run
from engine.core.desk import hear_operators
from engine.core.events import BEGIN, RESULT, SILENT, TIMER, TOLD, Event
from engine.core.faults import Fault
from engine.core.handoff import deliver, take_told
from engine.core.holding import hold, released
from engine.core.macrostep import BOT, Macrostep, Raised, leaf_of_visit
from engine.core.moves import fire
from engine.core.nodes import Question
from engine.core.outcome import Outcome
from engine.core.program import Program
from engine.core.runs import Unhandled
from engine.core.session import Given, Session
from engine.core.values import Value


def step(program: Program, session: Session, event: Event, now: int) -> Outcome:
    """Apply one event at `now` (milliseconds since 1970); never raises for a fault of the flow."""
    outcome = hear_operators(program, session, event, now)
    if outcome is None:
        outcome = gate.passing(_apply, program, session, event, now)
    return away.noted(outcome, event) if away.concerns(session, event) else outcome


def _apply(program: Program, session: Session, event: Event, now: int) -> Outcome:
    before, found = session, event.found
    outcome = _macrostep(program, session, event, now)
    # What was kept may answer the open question: it is asked again only where nothing did.
    while (held := released(outcome.session, event.chat)) is not None:
        session, event = held[0], replace(held[1], found=found)
        after = _macrostep(program, session, event, now, owes=outcome.owes)
        if after.wants is not None:
            return Outcome(before, heard=False, wants=after.wants)
        outcome = Outcome(
            after.session, outcome.effects + after.effects, outcome.log + after.log,
            {**outcome.alternatives, **after.alternatives}, owes=after.owes,
        )  # fmt: skip
    return outcome


def _macrostep(
    program: Program, session: Session, event: Event, now: int, *, owes: bool = False
) -> Outcome:
    macrostep = Macrostep(program, session, event, now)
    macrostep.owed = owes
    try:
        if event.name == TIMER:
            runs.fire_timer(macrostep, event.timer)
        elif event.name == RESULT:
            invokes.apply_result(macrostep, event.result)
        elif event.name == BEGIN:
            if not broadcasts.begin(macrostep):
                return Outcome(session, (), tuple(macrostep.log), heard=False)
        elif event.name == TOLD:
            take_told(macrostep)
        else:
            macrostep.heard_from(event)
            if not _hear(macrostep, event) and not owes:
                onward = company.to_person(event) if company.goes_on(program, event) else None
                return Outcome(session, (), tuple(macrostep.log), heard=False, onward=onward)
        settle(macrostep)
    except lookups.Unknown as unknown:
        return Outcome(session, heard=False, wants=unknown.wanted)
    except Unhandled as unhandled:
        return _undone(macrostep, unhandled).outcome()
    return macrostep.outcome()


def _undone(failed: Macrostep, unhandled: Unhandled) -> Macrostep:
    """What is left of a step with a fault that nobody handled.

    Where that ended a digression, the suspended flow goes on, unless that fails as well.
    """
    rest = runs.undo(failed, unhandled)
    rest.owed = failed.owed
    deliver(rest)
    if rest.reprompt or rest.owed:
        try:
            settle(rest)
        except Unhandled as again:
            rest = runs.undo(failed, again)
    return rest


def _hear(macrostep: Macrostep, event: Event) -> bool:
    """Offer an event to those who may take it, in the order of the language's section 4.

    False where nobody does: only in a chat of several persons is that no reason for an answer.
    """
    chosen = offers.meant(macrostep, event)
    if chosen is not None:
        take_up(macrostep, event, chosen)
        return True
    top = _asking(macrostep, event)
    question = top.node.question if top else None
    if event.press is not None and not _current(top, question, event):
        macrostep.note("step:old_button", macrostep.redacted(event.press.choice))
        macrostep.tell(macrostep.program.texts.old_button)
        return True
    if _offer(macrostep, event.own_name):
        return True
    working = macrostep.working and _listens(macrostep, event)
    if working and (top is None or top.pending is not None):
        hold(macrostep, event)
        return True
    try:
        read = answers.read(top, question, event) if top and question else None
    except Fault as fault:
        macrostep.fault(fault)
        return True
    if isinstance(read, Given | Turn) and top and question:
        _take(top, question, event, read)
    elif working:
        hold(macrostep, event)
    elif (chosen := offers.typed(macrostep, event)) is not None:
        take_up(macrostep, event, chosen)
    elif not (triggers(macrostep, event) or _offer(macrostep, event.last_name)):
        wrong = read if isinstance(read, Wrong) else None
        return _unheard(macrostep, event, top, wrong)
    return True


def _unheard(
    macrostep: Macrostep, event: Event, top: Activation | None, wrong: Wrong | None
) -> bool:
    """Say that nobody could make anything of an event, if it was meant for the bot."""
    if not event.addressed:
        return False
    question = top.node.question if top else None
    if wrong is not None and top and question:
        replies.refuse(top, question, wrong.hint)
    elif company.goes_on(macrostep.program, event):
        return False
    elif event.name not in SILENT:
        macrostep.note("step:fallback", event.name)
        macrostep.tell(macrostep.program.texts.fallback)
    return True


def _listens(macrostep: Macrostep, event: Event) -> bool:
    """Whether the active run, or one that called it, may hear an event."""
    return any(company.may_hear(model, event) for model in macrostep.awake)


def _take(top: Activation, question: Question, event: Event, read: Given | Turn) -> None:
    """Take an answer, or let `on` hear a choice that was typed as if its button was pressed."""
    if isinstance(read, Turn):
        replies.turn(top, question, read)
        if read.given is not None:
            _answered(top, question, read.given)
        return
    leaf = top.leaf
    typed = answers.chosen(top, question, read) if event.press is None else None
    if typed is not None:
        # Not everywhere are buttons; a conversation shall not differ for that.
        top.macrostep.own_turn()["choice"] = typed
        if _offer(top.macrostep, f"choice.{typed}"):
            return
        top.leaf = leaf
    _answered(top, question, read)


def _answered(top: Activation, question: Question, given: Given) -> None:
    if question.check is not None and given.event != SKIPPED:
        invokes.begin(top.macrostep, top, given)
    else:
        replies.accept(top, question, given)


def _asking(macrostep: Macrostep, event: Event) -> Activation | None:
    """The run whose open question an event may answer, with the asking state at work.

    That is the question whose button is pressed or that is replied to, else the one that was asked
    last. A reply to anything else, such as an older question, may answer that one as well.
    """
    asked = [pair for pair in macrostep.questions() if company.may_hear(pair[0], event)]
    if not asked:
        return None
    press, replied = event.press, event.replied_to
    meant: list[tuple[Activation, ActiveLeaf]] = []
    if press is not None or replied is not None:
        visit = press.visit if press else macrostep.chat.questions.get(replied or "")
        meant = [pair for pair in asked if pair[1].visit == visit]
    if press is None and not meant and company.may_mean_any(event):
        meant = [pair for pair in asked if pair[1].pending is None]
    if not meant:
        return None
    model, leaf = meant[-1]
    model.leaf = leaf
    return model


def _current(top: Activation | None, question: Question | None, event: Event) -> bool:
    """Whether a pressed button belongs to the open question of this visit."""
    press = event.press
    return (
        top is not None
        and question is not None
        and press is not None
        and answers.offers(question, press)
    )


def _offer(macrostep: Macrostep, name: str) -> bool:
    """Let those hear the person's event who may, as `_fire`."""
    event = macrostep.event
    for model in macrostep.hearers(name):
        if company.may_hear(model, event) and fire(model, name):
            if model is not macrostep.root and not company.is_aside(macrostep.session, event):
                macrostep.engage()
            return True
    return False


def _fire(
    macrostep: Macrostep,
    name: str,
    *,
    first: int | None = None,
    local: Mapping[str, Value] = NOTHING,
) -> bool:
    """Let the active run, those that called it, and the bot hear an event; true if one took it.

    `first` is the number of the run that hears first, if it is not the active one.
    """
    hearing = first is None
    for model in macrostep.hearers(name):
        hearing = hearing or model.run in (first, BOT)
        if hearing and fire(model, name, local):
            return True
    return False


def settle(macrostep: Macrostep) -> None:
    """Take microsteps until nothing is left to do, then ask the open question again if need be."""
    while _microstep(macrostep) or _ask_again(macrostep):
        try:
            macrostep.count()
        except Fault as fault:
            macrostep.log_fault(fault)
            _dispatch_error(macrostep, fault)


def _dispatch_error(macrostep: Macrostep, fault: Fault) -> None:
    """A loop is heard at once: it would never come to its turn. A second one nobody can handle."""
    macrostep.raised.clear()
    error: Mapping[str, Value] = {
        "error": {"code": fault.code, "message": fault.message, "transient": False}
    }
    if macrostep.loops > 1 or not _fire(macrostep, "error", local=error):
        raise Unhandled(fault.code, fault.message, fault.place)


def _microstep(macrostep: Macrostep) -> bool:
    """Do the next thing that is to be done; false when there is none."""
    if macrostep.wants_back:
        runs.go_back(macrostep)
        return True
    running = macrostep.running()
    if running and running[0].node.ends_run:
        runs.finish(macrostep, running[0])
        return True
    for model in running:
        if fire(model, "always"):
            return True
    if macrostep.raised:
        _dispatch(macrostep, macrostep.raised.popleft())
        return True
    return _begin(macrostep, running) or runs.apply_late(macrostep)


def _begin(macrostep: Macrostep, running: Sequence[Activation]) -> bool:
    """Begin the next invoke or subflow that a state waits for; a run calls one at a time."""
    for model in running:
        for leaf in model.leaves:
            if not leaf.waits:
                continue
            model.leaf = leaf
            if model.node.work is not None:
                leaf.waits = False
                invokes.begin(macrostep, model)
                return True
            if model is running[0]:
                leaf.waits = False
                runs.begin_call(macrostep, model)
                return True
    return False


def _dispatch(macrostep: Macrostep, raised: Raised) -> None:
    """Let a raised event be heard, first by the run that raised it, or by what called that.

    What concerns one state only (`done:`, `final:`) does not leave its run.
    """
    name, local = raised.name, raised.local
    own = next((model for model in macrostep.stack if model.run == raised.run), None)
    if name.startswith(("done:", "final:")):
        if own is None:
            return
        leaf = None if raised.visit is None else leaf_of_visit(own, raised.visit)
        if raised.visit is not None and leaf is None:
            return
        if fire(own, name, local, leaf=leaf) or name.startswith("done:"):
            return
        ended = name.removeprefix("final:")
        macrostep.fault(Fault("call:unhandled", f"no way is open after `{ended}`"))
        return
    first = raised.run if own is not None or raised.run == BOT else None
    if not _fire(macrostep, name, first=first, local=local) and name == "error":
        error = local["error"]
        assert isinstance(error, Mapping)
        raise Unhandled(str(error["code"]), str(error["message"]))


def _ask_again(macrostep: Macrostep) -> bool:
    """Ask the open questions again, in their order, unless the last one was asked just now.

    Where something was kept that may answer them, that comes first. False where nothing is asked.
    """
    if not (macrostep.reprompt or macrostep.owed):
        return False
    macrostep.reprompt = False
    asked = [pair for pair in macrostep.questions() if pair[1].pending is None]
    known = not asked or macrostep.asked == (asked[-1][1].visit, len(macrostep.effects))
    macrostep.owed = not known and bool(macrostep.held) and not macrostep.working
    if macrostep.owed:
        return False
    if not known:
        for model, leaf in asked:
            model.leaf = leaf
            question = model.node.question
            assert question is not None
            run(model, (Ask(question),))
    return True

"""What a person sends passes here first: who may not talk, or sends too much, is told so politely.

The rate is a leaky bucket that needs one number (GCRA, as in ATM Forum's TM 4.1): the moment at
which all that was taken so far would have been sent, had it been sent evenly.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from engine.core import company
from engine.core.access import Limits, Rate
from engine.core.effects import Send
from engine.core.events import Event
from engine.core.macrostep import Macrostep
from engine.core.outcome import Outcome
from engine.core.program import Program
from engine.core.session import Session
from engine.core.wording import Wording

QUIET: Final = 60_000
"""How long nobody is told again that they are refused or too fast, in milliseconds."""
BACKLOG_MAX: Final = 86_400_000
"""How late (ms) an event counts as sent when its source says, so that a downtime limits nobody."""

TOO_LONG: Final = "limit:text"

Apply = Callable[[Program, Session, Event, int], Outcome]


def passing(apply: Apply, program: Program, session: Session, event: Event, now: int) -> Outcome:
    """Apply an event if it may pass; else say why not, and change nothing of the conversation.

    What a timer or an action does for somebody who is refused is done silently.
    """
    if not program.gated:
        return apply(program, session, event, now)
    who = company.names(event)
    refused = program.access.refuses(*who) and not (session.shared and event.by is None)
    if not event.by_person:
        outcome = apply(program, session, event, now)
        return _silenced(outcome) if refused else outcome
    if refused:
        return _turned_away("access:refused", program.texts.refused, program, session, event, now)
    limits = program.limits
    if limits.rate is not None:
        paced = _paced(limits.rate, session, event, now)
        if paced is None:
            text = program.texts.too_fast
            return _turned_away("limit:rate", text, program, session, event, now)
        session = replace(session, paced=paced)
    if _too_long(limits, event):
        text = program.texts.too_long
        return _turned_away(TOO_LONG, text, program, session, event, now)
    return apply(program, session, event, now)


def _paced(rate: Rate, session: Session, event: Event, now: int) -> int | None:
    """Until when what the person has sent uses up the rate (ms), or none if this is too much."""
    sent = min(max(event.at, now - BACKLOG_MAX), now)
    share = -(-rate.period // rate.count)
    paced = max(session.paced, sent) + share
    return None if paced - sent > share * rate.count else paced


def _too_long(limits: Limits, event: Event) -> bool:
    return event.text is not None and len(event.text) > limits.text


def _turned_away(
    code: str, text: Wording, program: Program, session: Session, event: Event, now: int
) -> Outcome:
    if not event.addressed:
        return Outcome(session, heard=False)
    macrostep = Macrostep(program, session, event, now)
    macrostep.via = event.via
    macrostep.note(code, event.name, level="info")
    told = session.told
    if code == TOO_LONG:
        macrostep.tell(text)
    elif now - told >= QUIET:
        macrostep.tell(text)
        told = now
    outcome = macrostep.outcome()
    return replace(outcome, session=replace(outcome.session, told=told))


def _silenced(outcome: Outcome) -> Outcome:
    kept = tuple(effect for effect in outcome.effects if not isinstance(effect, Send))
    return replace(outcome, effects=kept)

"""A bot's own texts, said outside of any conversation."""

from engine.core import company
from engine.core.events import SILENT, TEXT, Event
from engine.core.faults import Fault
from engine.core.macrostep import Macrostep
from engine.core.program import Program
from engine.core.session import Session
from engine.core.wording import Wording


def own_text(program: Program, name: str, lang: str | None) -> str:
    """One of `BotTexts` for somebody of whom nothing is known but a language; empty if it fails."""
    wording = getattr(program.texts, name)
    assert isinstance(wording, Wording)
    event = Event("", TEXT, f"{program.bot}/:", "", 0, lang=lang)
    macrostep = Macrostep(program, Session(event.owner), event, 0)
    try:
        return wording.render(macrostep.bot)[0]
    except Fault:
        return ""


def late_text(program: Program, event: Event, lang: str | None) -> str:
    """What the person of an event is told while its answer is late; `lang`, if it is known.

    Empty for who does not wait for an answer, or may not have one.
    """
    waits = event.by_person and event.addressed and event.name not in SILENT
    if not waits or program.access.refuses(*company.names(event)):
        return ""
    hint = None if event.of_chat else event.lang
    return own_text(program, "late", lang or hint)

"""What says something about a person is kept out of the log, whoever writes to it.

Whoever works for a person says by `hide` what is private, and by `engine.runtime.trail` who that
is; the filter on the loggers and on the handler replaces both in messages and tracebacks. Nothing
is looked for before a line is written.
"""

import logging
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Final

from engine.core.events import Event
from engine.core.privacy import redacted
from engine.core.session import Session
from engine.runtime.trail import Trail, followed

Texts = Callable[[], Iterable[str]]
Private = Callable[[Session, Event | None], Iterable[str]]
"""The private texts of a session and an event, with the bot's variables bound."""

_hidden: ContextVar[tuple[Texts, ...]] = ContextVar("hidden", default=())
_FORMAT: Final = logging.Formatter()


def nothing(_session: Session, _event: Event | None) -> Iterable[str]:
    """The private texts of bots that have none."""
    return ()


def hide(*texts: Texts) -> None:
    """From now on, in this task, these are private, in place of what was before."""
    _hidden.set(texts)


class Redaction(logging.Filter):
    """Replaces private texts and persons' ids in what is written; lets every line through."""

    def filter(self, record: logging.LogRecord) -> bool:
        hidden, trail = _hidden.get(), followed()
        if trail is not None:
            vars(record).update(trail.labels())
        if hidden or trail is not None:
            private = [text for texts in hidden for text in texts()]
            message = record.getMessage()
            shown = _shown(message, private, trail)
            if shown != message:
                record.msg, record.args = shown, ()
            self._redact_traceback(record, private, trail)
        return True

    def _redact_traceback(
        self, record: logging.LogRecord, private: list[str], trail: Trail | None
    ) -> None:
        if not record.exc_info or record.exc_info[0] is None:
            return
        text = _FORMAT.formatException(record.exc_info)
        shown = _shown(text, private, trail)
        if shown != text:
            record.exc_info, record.exc_text = None, shown


def _shown(text: str, private: list[str], trail: Trail | None) -> str:
    text = redacted(text, private)
    return text if trail is None else trail.shown(text)


REDACTION: Final = Redaction()


def logger(name: str) -> logging.Logger:
    """A logger whose lines are without private texts, whatever handler they go to."""
    found = logging.getLogger(name)
    found.addFilter(REDACTION)
    return found

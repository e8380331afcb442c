"""The log of a command that goes on: lines on standard error, for people or JSON for machines."""

import logging
import sys
from typing import TYPE_CHECKING, Any, Final

from engine.runtime.privacy import REDACTION

if TYPE_CHECKING:
    from structlog.typing import EventDict

LABELS: Final = ("event", "person")
"""What `engine.runtime.trail` gives to a line."""


class _Handler(logging.Handler):
    """Writes to whatever standard error is at that moment: a prompt redirects it."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(self.format(record) + "\n")


def log_to_stderr(*, verbose: bool, as_json: bool = False) -> None:
    handler = _Handler()
    handler.setFormatter(
        _json() if as_json else logging.Formatter("statechat: %(levelname)s: %(message)s")
    )
    handler.addFilter(REDACTION)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO if verbose else logging.WARNING)


def announce(text: str) -> None:
    """Write a line into the log however little is written there."""
    log = logging.getLogger("statechat.run")
    log.setLevel(logging.INFO)
    log.info(text)


def _json() -> logging.Formatter:
    """One JSON object a line: `time` (UTC), `level`, `logger`, `message`, labels, `traceback`."""
    from structlog import processors, stdlib  # noqa: PLC0415 - only who asks for it waits for it

    return stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            processors.EventRenamer("message"),
            processors.TimeStamper(fmt="iso", key="time"),
            stdlib.add_log_level,
            stdlib.add_logger_name,
            _labels,
            _traceback,
        ],
        processors=[
            stdlib.ProcessorFormatter.remove_processors_meta,
            processors.format_exc_info,
            processors.JSONRenderer(ensure_ascii=False),
        ],
    )


def _labels(_logger: Any, _method: str, line: "EventDict") -> "EventDict":  # noqa: ANN401 - structlog's
    for label in LABELS:
        value = getattr(line["_record"], label, None)
        if value is not None:
            line[label] = value
    return line


def _traceback(_logger: Any, _method: str, line: "EventDict") -> "EventDict":  # noqa: ANN401 - structlog's
    """What the redaction has left of a traceback, which it puts in the exception's place."""
    record: logging.LogRecord = line["_record"]
    if record.exc_text and "exc_info" not in line:
        line["traceback"] = record.exc_text
    elif line.pop("exc_info", None):
        line["traceback"] = logging.Formatter().formatException(record.exc_info)  # type: ignore[arg-type]
    return line

"""How a flow fails at run time: never as an exception that leaves `step`."""

from engine.errors import Place


class Fault(Exception):  # noqa: N818 - the language calls it a fault; it becomes an `error` event
    """A fault of the flow: `code` has the form `area:reason`, `place` is where the author wrote it.

    The core raises it, and `step` turns it into an `error` event.
    """

    def __init__(self, code: str, message: str, place: Place | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.place = place

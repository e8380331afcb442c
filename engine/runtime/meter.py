"""What a worker counts and times while it runs; numbers only, nothing of what people write."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol

from engine.core.events import Event
from engine.core.outcome import LogEntry

Sending = Literal["sent", "refused", "postponed", "failed"]


class Meter(Protocol):
    """Told by the parts of a worker; each call is short and never raises."""

    def applied(self, events: Sequence[Event], entries: Sequence[LogEntry]) -> None:
        """An event was committed, with the timers that were due before it; what was logged."""
        ...

    def stepped(self, seconds: float) -> None: ...

    def committed(self, seconds: float) -> None:
        """A commit of sessions took so long, with the wait for others that share its round trip."""
        ...

    def tried(self, transport: str, how: Sending) -> None:
        """A transport was given a message to send."""
        ...

    def watch(self, queues: Mapping[str, Callable[[], int]]) -> None:
        """How long the worker's queues are may be asked from now on, from any thread."""
        ...


class Unmetered:
    """For a worker that nobody measures."""

    def applied(self, events: Sequence[Event], entries: Sequence[LogEntry]) -> None:
        pass

    def stepped(self, seconds: float) -> None:
        pass

    def committed(self, seconds: float) -> None:
        pass

    def tried(self, transport: str, how: Sending) -> None:
        pass

    def watch(self, queues: Mapping[str, Callable[[], int]]) -> None:
        pass

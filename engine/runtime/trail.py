"""The trail of an event in the log: from the update that brought it to the messages that it sent.

Whoever works on an event follows its trail; each line that is written in that task then carries
the event's id and the person's pseudonym, and never the person's own id.
"""

from contextvars import ContextVar

from engine.classes import dataclass
from engine.runtime.pseudonyms import Pseudonyms


@dataclass(frozen=True, slots=True)
class Trail:
    """Whose event is worked on, and which; of messages and actions, the event that planned them."""

    names: Pseudonyms
    owner: str
    event: str

    def shown(self, text: str) -> str:
        return self.names.put_in(text, self.owner)

    def labels(self) -> dict[str, str]:
        """What a line of the log carries as its attributes."""
        return {"event": self.shown(self.event), "person": self.names.of(self.owner)}


_trail: ContextVar[Trail | None] = ContextVar("trail", default=None)


def follow(names: Pseudonyms, owner: str, event: str) -> None:
    """From now on, this task works on this event, in place of what was before."""
    _trail.set(Trail(names, owner, event))


def followed() -> Trail | None:
    return _trail.get()

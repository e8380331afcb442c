"""Events that are safe but still to be applied: what one person sends faster than is handled.

Both implementations pass `tests/contract/test_inbox.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from engine.classes import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    """One event that waits.

    Attributes:
        place: where it stands among those of its owner; the lowest is next.
        event: in the stored form.
        worker: who stored it; only stores that several workers share keep that.
    """

    owner: str
    id: str
    place: int
    event: Mapping[str, Any]
    worker: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What waits of one owner: how many, and the place of the last."""

    length: int
    last: int


class InboxStore(Protocol):
    """Events by owner and id, in the order of their places. Each call is one round trip."""

    async def put(self, events: Sequence[Waiting]) -> None:
        """Keep events, durably; one that waits already stays where it is.

        Where that breaks off, none is kept without those before it.
        """
        ...

    async def first(self, owner: str, limit: int) -> list[Waiting]: ...

    async def holds(self, owner: str, id_: str) -> bool: ...

    async def remove(self, owner: str, ids: Sequence[str]) -> None: ...

    async def lines(self) -> dict[str, Line]:
        """By owner, of everybody of whom anything waits."""
        ...

    async def clear(self, owner: str) -> None: ...

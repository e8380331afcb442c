"""The store as a process sees it: every call can fail before or after its effect, or take its time.

`Gate` stands before the real store. It is a boundary on both sides: the process may die there.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from engine.errors import StatechatError
from engine.stores.protocol import Record
from tests.property.delivery.homes import Home

if TYPE_CHECKING:
    from tests.property.delivery.life import Life

Kind = Literal["unreachable", "lost", "written", "slow-before", "slow-after", "race"]
WRITES = frozenset(
    {
        "commit", "remember", "forget", "keep_program", "set_aside", "discard", "put", "add",
        "remove", "clear",
    }
)  # fmt: skip


@dataclass
class Trouble:
    """What goes wrong with the next calls, in order; `away`: with all of them.

    Attributes:
        touch: called with the owner of each record that somebody else changed.
        note: called when something goes wrong, with how long it takes (ms).
    """

    touch: Callable[[str], None]
    note: Callable[[int], None]
    coming: deque[tuple[Kind, int]] = field(default_factory=deque)
    away: bool = False

    def next(self, name: str) -> tuple[Kind | None, int]:
        if self.away:
            self.note(0)
            return "unreachable", 0
        if not self.coming:
            return None, 0
        kind = self.coming[0][0]
        if (kind in {"lost", "written"} and name not in WRITES) or (
            kind == "race" and name != "commit"
        ):
            return None, 0
        kind, amount = self.coming.popleft()
        self.note(amount if kind.startswith("slow") else 0)
        return kind, amount


class Gate:
    """Any part of a store, for one process: every method is a call that may go wrong."""

    def __init__(self, life: "Life", home: Home, trouble: Trouble, part: str = "") -> None:
        self._life = life
        self._home = home
        self._trouble = trouble
        self._part = part

    @property
    def record_store(self) -> "Gate":
        return Gate(self._life, self._home, self._trouble, "record_store")

    @property
    def inbox(self) -> "Gate":
        return Gate(self._life, self._home, self._trouble, "inbox")

    async def open(self) -> None:
        self._life.reach("before open")

    async def close(self) -> None:
        self._life.reach("before close")

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def call(*arguments: Any) -> Any:  # noqa: ANN401 - any call
            return await self._call(name, arguments)

        return call

    async def _call(self, name: str, arguments: Sequence[Any]) -> Any:  # noqa: ANN401 - any call
        full = f"{self._part}.{name}" if self._part else name
        life = self._life
        life.reach(f"before {full}")
        kind, amount = self._trouble.next(name)
        if kind == "slow-before":
            await life.clock.sleep(amount)
            life.reach(f"before a slow {full}")
        if kind == "unreachable":
            raise StatechatError("store:unreachable", "nobody is there")
        if kind == "lost":
            raise StatechatError("store:unknown", "no answer, and it was not written")
        if kind == "race":
            for record in arguments[0]:
                self._overtake(record)
        answer = await self._home.call(self._part, name, arguments)
        if kind == "slow-after":
            await life.clock.sleep(amount)
        life.reach(f"after {full}")
        if kind == "written":
            raise StatechatError("store:unknown", "no answer, but it was written")
        return answer

    def _overtake(self, record: Record) -> None:
        """Change a record as another worker would, just before it is written."""
        id_ = record.session.id
        found = self._home.look("", "load", [id_])
        if id_ not in found:
            return
        old = found[id_]
        touched = old.session.user.get("touched", 0)
        user = {**old.session.user, "touched": touched + 1}
        session = replace(old.session, rev=old.session.rev + 1, user=user)
        assert self._home.look("", "commit", [replace(old, session=session)]) == [True]
        self._trouble.touch(id_)

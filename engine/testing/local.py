"""What needs no world outside of a test: records, kept in memory for as long as it runs."""

import copy
import logging
from collections.abc import Callable, Coroutine, Mapping
from functools import cache
from typing import Final, TypeVar

from engine.actions import ActionCall
from engine.core.effects import Invoke
from engine.core.events import Failure
from engine.core.outcome import Wanted
from engine.core.program import Program
from engine.core.values import LIST_MAX, Value
from engine.runtime.actions import Actions
from engine.runtime.attempts import attempt
from engine.runtime.lookups import look_up
from engine.runtime.records.actions import records_actions
from engine.runtime.records.database import Database, Holder
from engine.stores.records.memory import MemoryRecords

T = TypeVar("T")
_NAMED: Final = ("enum", "bool")
"""Types of which a bot names all values, so that they tell its ways apart."""


@cache
def _records_actions() -> Actions:
    """Their signatures are read once."""
    return records_actions()


class LocalRecords:
    """The built-in actions on records, for one conversation; `clock` is its virtual one."""

    def __init__(self, program: Program, clock: Callable[[], int]) -> None:
        self._actions = _records_actions()
        self._clock = clock
        self._program = program
        self._collections = program.services.records
        self._memory = MemoryRecords()
        self._database = Database(self._memory, self._collections, clock)

    def fork(self, clock: Callable[[], int]) -> "LocalRecords":
        """The same records, kept apart from now on."""
        twin = LocalRecords(self._program, clock)
        if self._collections:
            twin._memory = copy.deepcopy(self._memory)
            twin._database = Database(twin._memory, self._collections, clock)
        return twin

    def handles(self, action: str) -> bool:
        return self._actions.get(action) is not None

    def run(self, invoke: Invoke, owner: str, lang: str) -> tuple[Value, Failure | None]:
        """What an attempt of such an action ends with."""
        action = self._actions.get(invoke.action)
        assert action is not None
        holder = Holder.of(owner, invoke.chat)
        call = ActionCall(
            invoke.key, self._clock() + invoke.timeout, invoke.attempt,
            logging.getLogger(f"statechat.action.{invoke.action}"), owner, invoke.chat, lang,
            self._database.bound(holder, invoke.key),
        )  # fmt: skip
        return finished(attempt(action, call, invoke.args, None))

    def look_up(self, wanted: Wanted) -> Value:
        """What a step wants to know before a flow begins."""
        return finished(look_up(self._database, wanted))[0]

    def outline(self) -> frozenset[tuple[object, ...]]:
        """What there is, roughly: of which collections, live or deleted, of which named values."""
        found = set()
        for space, entry in self._memory.entries():
            fields = self._collections[space.collection].fields.items()
            named = [name for name, one in fields if one.variable.type in _NAMED]
            told = tuple(repr(entry.values.get(name)) for name in named)
            found.add((space.collection, entry.dead is not None, told))
        return frozenset(found)

    def seed(
        self, owner: str, chat: str, collection: str, values: Mapping[str, Value], number: int
    ) -> None:
        """Have a record there before the conversation begins.

        Raises:
            ActionError: it does not fit its collection.
        """
        call = self._database.bound(Holder.of(owner, chat), f"seed:{collection}:{number}")
        fields = {name: value for name, value in values.items() if name != "id"}
        id_ = values.get("id")
        finished(call.put(collection, fields, id=None if id_ is None else str(id_), new=True))

    def all(self, owner: str, chat: str, collection: str) -> list[dict[str, Value]]:
        """Every record of a collection that a person sees in a chat, the oldest first."""
        call = self._database.bound(Holder.of(owner, chat), "")
        return finished(call.find(collection, limit=LIST_MAX))


def finished(work: Coroutine[object, None, T]) -> T:
    """What a coroutine gives that waits for nothing outside of itself."""
    try:
        work.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    work.close()
    raise RuntimeError("records in memory wait for nothing")

"""The records of a bot as actions are given them: by the names of collections, for one call."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from engine.actions import ActionError, Row, Where
from engine.classes import dataclass
from engine.core.collections import Collection
from engine.core.company import room
from engine.core.suggest import one_of
from engine.core.values import Value
from engine.errors import StatechatError
from engine.runtime.outage import is_outage
from engine.runtime.records.changes import Change
from engine.runtime.records.commands import Commands
from engine.runtime.records.entries import row
from engine.runtime.records.filters import invalid
from engine.runtime.records.queries import FOUND, Queries
from engine.stores.records.protocol import RecordStore


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose records a call sees: those of the person and of the chat, and the bot's."""

    user: str
    chat: str

    @classmethod
    def of(cls, owner: str, chat: str) -> "Holder":
        """The holder of a session (`<bot>/<transport>:<user>`) in a chat, or a topic of it."""
        return cls(owner, room(owner, chat).partition("/")[2])

    def owner(self, collection: Collection) -> str:
        return {"user": self.user, "chat": self.chat, "bot": ""}[collection.scope]


class Database:
    """The declared collections over a store."""

    def __init__(
        self,
        store: RecordStore,
        collections: Mapping[str, Collection],
        clock: Callable[[], int],
    ) -> None:
        self.collections = collections
        self.queries = Queries(store, clock)
        self.commands = Commands(store, clock)

    def bound(self, holder: Holder, key: str) -> "BoundRecords":
        """The records for one call, whose changes are known by its key."""
        return BoundRecords(self, holder, key)

    async def sweep(self) -> None:
        """Bury, empty and remove what is due, and forget the keys of old changes."""
        for collection in self.collections.values():
            await self.commands.sweep(collection)
        await self.commands.forget()


class BoundRecords:
    """Implements `engine.actions.Records`."""

    def __init__(self, database: Database, holder: Holder, key: str) -> None:
        self._database = database
        self._holder = holder
        self._key = key
        self._changes = 0

    async def put(
        self, collection: str, values: Mapping[str, Any], *, id: str | None = None,  # noqa: A002 - as in YAML
        by: str | Sequence[str] | None = None, new: bool = False,
    ) -> Row:  # fmt: skip
        if id is not None and by is not None:
            raise invalid("`put` takes `id` or `by`, and not both")
        if id == "":
            raise invalid("an id cannot be empty")
        known, owner = self._known(collection)
        fields = [by] if isinstance(by, str) else by
        with _told():
            entry = await self._database.commands.put(
                known, owner, values, self._next_key(), id_=id, by=fields, new=new
            )
        return row(known, entry)

    async def get(
        self, collection: str, id: str | None = None, *, where: Where | None = None  # noqa: A002 - as in YAML
    ) -> Row | None:  # fmt: skip
        known, owner = self._known(collection)
        if (id is None) is (where is None):
            raise invalid("`get` takes either `id` or `where`")
        with _told():
            if id is not None:
                return await self._database.queries.get(known, owner, id)
            found = await self._database.queries.find(known, owner, where=where, limit=1)
        return found[0] if found else None

    async def find(
        self, collection: str, *, where: Where | None = None, search: str | None = None,
        sort: Value = None, limit: int = FOUND, skip: int = 0, deleted: bool = False,
    ) -> list[Row]:  # fmt: skip
        known, owner = self._known(collection)
        with _told():
            return await self._database.queries.find(
                known, owner, where=where, search=search, sort=sort, limit=limit, skip=skip,
                deleted=deleted,
            )  # fmt: skip

    async def count(
        self, collection: str, *, where: Where | None = None, deleted: bool = False
    ) -> int:
        known, owner = self._known(collection)
        with _told():
            return await self._database.queries.count(known, owner, where=where, deleted=deleted)

    async def update(
        self, collection: str, id: str | None = None, *, where: Where | None = None,  # noqa: A002 - as in YAML
        set: Mapping[str, Any] | None = None, add: Mapping[str, Any] | None = None,  # noqa: A002 - as above
        append: Mapping[str, Any] | None = None, drop: Mapping[str, Any] | None = None,
        restore: bool = False,
    ) -> Row | int:  # fmt: skip
        known, owner = self._known(collection)
        change = Change(set or {}, add or {}, append or {}, drop or {})
        if not (change or restore):
            raise invalid("`update` changes nothing: give it `set`, `add`, `append` or `drop`")
        key, commands = self._next_key(), self._database.commands
        with _told():
            if id is not None:
                entry = await commands.update(
                    known, owner, id, change, key, where=where, restore=restore
                )
                return row(known, entry)
            if where is None or restore:
                raise invalid("`update` needs `id`, or a `where` of all that shall change")
            return await commands.update_all(known, owner, where, change, key)

    async def delete(
        self, collection: str, id: str | None = None, *, where: Where | None = None  # noqa: A002 - as in YAML
    ) -> int:  # fmt: skip
        known, owner = self._known(collection)
        key, commands = self._next_key(), self._database.commands
        with _told():
            if id is not None:
                await commands.delete(known, owner, id, key, where=where)
                return 1
            if where is None:
                raise invalid("`delete` needs `id`, or a `where` of all that shall go")
            return await commands.delete_all(known, owner, where, key)

    def _known(self, name: str) -> tuple[Collection, str]:
        collection = self._database.collections.get(name)
        if collection is None:
            cure = one_of(name, list(self._database.collections))
            raise invalid(f"bot.yaml declares no collection `{name}`. {cure}")
        return collection, self._holder.owner(collection)

    def _next_key(self) -> str:
        """The key of the next change: an action that does the same again makes the same keys."""
        self._changes += 1
        return self._key if self._changes == 1 else f"{self._key}:{self._changes}"


@contextmanager
def _told() -> Iterator[None]:
    """Tell what keeps the store from answering as a flow can hear it."""
    try:
        yield
    except (StatechatError, OSError) as error:
        if is_outage(error):
            raise ActionError("unavailable", str(error), transient=True) from error
        if isinstance(error, StatechatError) and error.code in ("store:value", "store:too_big"):
            raise invalid(error.message) from error
        raise

"""The built-in actions `records.put`, `get`, `find`, `count`, `update` and `delete`."""

from typing import Any

from engine.actions import ActionCall
from engine.runtime.actions import Actions, Function, register


async def put(
    call: ActionCall,
    collection: str,
    values: dict[str, Any],
    id: str | None = None,  # noqa: A002 - as flows write it; below too
    by: str | list[str] | None = None,
    new: bool = False,  # noqa: FBT001, FBT002 - flows give arguments by name; below too
) -> dict[str, Any]:
    """Store a record; gives it."""
    return await call.db.put(collection, values, id=id, by=by, new=new)


async def get(
    call: ActionCall,
    collection: str,
    id: str | None = None,  # noqa: A002
    where: dict[str, Any] | None = None,
) -> dict[str, Any] | None:
    """The record of an id, or the oldest that a filter lets through; null where there is none."""
    return await call.db.get(collection, id, where=where)


async def find(
    call: ActionCall,
    collection: str,
    where: dict[str, Any] | list[dict[str, Any]] | None = None,
    search: str | None = None,
    sort: dict[str, Any] | list[dict[str, Any]] | None = None,
    limit: int = 50,
    skip: int = 0,
    deleted: bool = False,  # noqa: FBT001, FBT002
) -> list[dict[str, Any]]:
    """Records in a list; of several filters those of the first that lets any through."""
    found: list[dict[str, Any]] = []
    for each in where if isinstance(where, list) and where else [where]:
        assert not isinstance(each, list)
        found = await call.db.find(
            collection, where=each, search=search, sort=sort, limit=limit, skip=skip,
            deleted=deleted,
        )  # fmt: skip
        if found:
            break
    return found


async def count(
    call: ActionCall,
    collection: str,
    where: dict[str, Any] | None = None,
    deleted: bool = False,  # noqa: FBT001, FBT002
) -> int:
    """How many records there are."""
    return await call.db.count(collection, where=where, deleted=deleted)


async def update(  # noqa: PLR0913, PLR0917 - what can be changed
    call: ActionCall,
    collection: str,
    id: str | None = None,  # noqa: A002
    where: dict[str, Any] | None = None,
    set: dict[str, Any] | None = None,  # noqa: A002
    add: dict[str, Any] | None = None,
    append: dict[str, Any] | None = None,
    drop: dict[str, Any] | None = None,
    restore: bool = False,  # noqa: FBT001, FBT002
) -> dict[str, Any] | int:
    """Change a record and give it, or change all that a filter lets through and give how many."""
    return await call.db.update(
        collection, id, where=where, set=set, add=add, append=append, drop=drop, restore=restore
    )


async def delete(
    call: ActionCall,
    collection: str,
    id: str | None = None,  # noqa: A002
    where: dict[str, Any] | None = None,
) -> int:
    """Delete records; gives how many."""
    return await call.db.delete(collection, id, where=where)


def records_actions() -> Actions:
    """The built-in actions by name."""
    functions: tuple[Function, ...] = (put, get, find, count, update, delete)
    names = [f"records.{function.__name__}" for function in functions]
    return Actions({name: register(name, one) for name, one in zip(names, functions, strict=True)})

"""Records against a model that is as plain as can be: any calls in any order, in every store."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.actions import ActionError
from engine.core.collections import Collection, Field
from engine.core.inputs import Variable
from engine.runtime.records.database import Database, Holder
from engine.runtime.records.entries import shape_of
from engine.stores.records.memory import MemoryRecords
from engine.stores.records.protocol import RecordStore
from tests.contract.homes import home_of

LIMIT = 6
DAY = 86_400_000
THINGS = Collection(
    "things",
    {
        "name": Field(Variable("name", "text"), fold=True),
        "size": Field(Variable("size", "number", optional=True)),
        "tags": Field(Variable("tags", "list", optional=True)),
        "seen": Field(Variable("seen", "int", default=0)),
    },
    scope="chat",
    unique=(("name",),),
    index=("size",),
    limit=LIMIT,
    expires=3 * DAY,
)

Row = dict[str, Any]
names = st.sampled_from(["a", "A", "á", "b", "B ", "c", "d", "e", "f", "g"])
sizes = st.sampled_from([None, -1, 0, 0.5, 1, 1.0, 2**53 + 1, 2**53, -(2**62)])
tags = st.none() | st.lists(st.sampled_from(["x", "y", 1, True]), max_size=2)
values = st.fixed_dictionaries({"name": names}, optional={"size": sizes, "tags": tags})
places = st.integers(0, 7)
comparisons = st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte"])
wheres = st.fixed_dictionaries(
    {},
    optional={
        "size": st.dictionaries(comparisons, sizes, max_size=2),
        "name": st.one_of(names, names.map(lambda name: {"begins": name})),
        "tags": st.sampled_from(["x", 1, True]).map(lambda tag: {"contains": tag}),
        "seen": st.integers(0, 3).map(lambda seen: {"gte": seen}),
    },
)
changes = st.one_of(
    st.builds(lambda name: {"set": {"name": name}}, names),
    st.builds(lambda size: {"set": {"size": size}}, sizes),
    st.builds(lambda number: {"add": {"seen": number}}, st.integers(-1, 2)),
    st.builds(lambda tag: {"append": {"tags": tag}}, st.sampled_from(["x", 1])),
    st.builds(lambda tag: {"drop": {"tags": tag}}, st.sampled_from(["x", 1, True])),
)
sorts = st.sampled_from(
    [None, {"size": "asc"}, {"size": "desc"}, {"name": "desc"}, {"created": "desc"}]
)
calls = st.one_of(
    st.tuples(st.just("put"), values),
    st.tuples(st.just("put_by"), values),
    st.tuples(st.just("put_id"), places, values, st.booleans()),
    st.tuples(st.just("update"), places, changes, wheres),
    st.tuples(st.just("update_all"), wheres, changes),
    st.tuples(st.just("delete"), places, wheres),
    st.tuples(st.just("delete_all"), wheres),
    st.tuples(st.just("again"), places),
    st.tuples(st.just("wait"), st.integers(1, 2)),
    st.tuples(st.just("find"), wheres, sorts, st.integers(1, 4), st.integers(0, 2)),
    st.tuples(st.just("count"), wheres),
)


def bare(name: str) -> str:
    return name.replace("á", "a").lower().strip()


def plain(name: str, value: Any) -> Any:  # noqa: ANN401 - any value
    return bare(value) if name == "name" and isinstance(value, str) else value


def alike(one: Any, other: Any) -> bool:  # noqa: ANN401 - any values
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def compared(operator: str, one: Any, other: Any) -> bool:  # noqa: ANN401 - any values
    if operator in ("eq", "ne"):
        return alike(one, other) is (operator == "eq")
    if one is None or other is None:
        return False
    if operator == "begins":
        return bool(one.startswith(other))
    if operator == "contains":
        return any(alike(item, other) for item in one)
    results = {"gt": one > other, "gte": one >= other, "lt": one < other, "lte": one <= other}
    return results[operator]


@dataclass
class Model:
    """Rows in the order of their making, and what every key has done."""

    now: int = 1_767_614_400_000
    rows: dict[str, Row] = field(default_factory=dict)
    touched: dict[str, int] = field(default_factory=dict)

    def live(self) -> dict[str, Row]:
        gone = [id_ for id_, at in self.touched.items() if at + THINGS.expires <= self.now]  # type: ignore[operator]  # it expires
        for id_ in gone:
            self.drop(id_)
        return self.rows

    def drop(self, id_: str) -> None:
        self.rows.pop(id_, None)
        self.touched.pop(id_, None)

    def matching(self, where: Mapping[str, Any]) -> list[str]:
        def holds(row: Row) -> bool:
            return all(
                compared(operator, plain(name, row[name]), plain(name, value))
                for name, wanted in where.items()
                for operator, value in (
                    wanted.items() if isinstance(wanted, Mapping) else [("eq", wanted)]
                )
            )

        return [id_ for id_, row in self.live().items() if holds(row)]

    def named(self, name: str) -> str | None:
        found = [id_ for id_, row in self.live().items() if bare(row["name"]) == bare(name)]
        return found[0] if found else None

    def store(self, id_: str, row: Row) -> str | None:
        """Keep a row; or the code of what keeps it from that."""
        if self.named(row["name"]) not in (None, id_):
            return "duplicate"
        if id_ not in self.live() and len(self.rows) >= LIMIT:
            return "limit"
        self.rows[id_] = row
        self.touched[id_] = self.now
        return None

    def changed(self, row: Row, change: Mapping[str, Any]) -> Row:
        ((verb, ((name, value),)),) = ((verb, given.items()) for verb, given in change.items())
        old = row[name]
        made = {
            "set": lambda: value,
            "add": lambda: old + value,
            "append": lambda: [*(old or []), value],
            "drop": lambda: [item for item in old or [] if not alike(item, value)],
        }[verb]()
        return {**row, name: made}


def filled(given: Mapping[str, Any]) -> Row:
    return {"name": None, "size": None, "tags": None, "seen": 0, **given}


def shown(row: Mapping[str, Any]) -> Row:
    return {name: row[name] for name in ("name", "size", "tags", "seen")}


class Play:
    """One run of calls, in a chat of its own: each result is held against the model's."""

    chats = 0

    def __init__(self, store: RecordStore) -> None:
        Play.chats += 1
        self.model = Model()
        self.database = Database(store, {"things": THINGS}, lambda: self.model.now)
        self.holder = Holder.of("demo/test:1", f"{Play.chats}")
        self.ids: list[str] = []
        self.done: list[tuple[str, tuple[Any, ...]]] = []

    def at(self, place: int) -> str:
        return self.ids[place % len(self.ids)] if self.ids else "nobody"

    async def ask(self, key: str, call: tuple[Any, ...]) -> Any:  # noqa: ANN401 - any result
        """What the records say: a result, or the code of an error."""
        records = self.database.bound(self.holder, f"{self.holder.chat}:{key}")
        verb, *given = call
        try:
            match verb:
                case "put":
                    return await records.put("things", given[0])
                case "put_by":
                    return await records.put("things", given[0], by="name")
                case "put_id":
                    return await records.put("things", given[1], id=given[0], new=given[2])
                case "update":
                    return await records.update("things", given[0], **given[1], where=given[2])
                case "update_all":
                    return await records.update("things", where=given[0], **given[1])
                case "delete":
                    return await records.delete("things", given[0], where=given[1])
                case "delete_all":
                    return await records.delete("things", where=given[0])
        except ActionError as error:
            return error.code

    async def step(self, number: int, call: tuple[Any, ...]) -> None:
        verb, *given = call
        if verb == "wait":
            self.model.now += given[0] * DAY
        elif verb == "find":
            await self.find(*given)
        elif verb == "count":
            records = self.database.bound(self.holder, "")
            assert await records.count("things", where=given[0]) == len(
                self.model.matching(given[0])
            )
        elif verb == "again":
            if self.done:
                await self.ask(*self.done[given[0] % len(self.done)])
        else:
            if verb in ("put_id", "update", "delete"):
                call = (verb, self.at(given[0]), *given[1:])
            result = await self.ask(f"{number}", call)
            expected = self.expect(call, result)
            assert (shown(result) if isinstance(result, dict) else result) == expected, call
            if not isinstance(result, str):  # what failed may well be done when it is tried again
                self.done.append((f"{number}", call))

    def expect(self, call: tuple[Any, ...], result: Any) -> Any:  # noqa: ANN401 - any result
        verb, *given = call
        if verb.startswith("put"):
            return self.expect_put(verb, given, result)
        if verb in ("update", "delete"):
            return self.expect_one(given[0], given[1] if verb == "update" else None, given[-1])
        return self.expect_all(given[0], given[1] if verb == "update_all" else None)

    def expect_put(self, verb: str, given: list[Any], result: Any) -> Any:  # noqa: ANN401 - any result
        live, row = self.model.live(), filled(given[verb == "put_id"])
        id_ = given[0] if verb == "put_id" else None
        if verb == "put_id" and given[2] and id_ in live:
            return "duplicate"
        if verb == "put_by":
            id_ = self.model.named(row["name"])
        id_ = id_ or (result["id"] if isinstance(result, dict) else "none")
        code = self.model.store(id_, row)
        if code is None and id_ not in self.ids:
            self.ids.append(id_)
        return code or row

    def expect_one(self, id_: str, change: Row | None, where: Row) -> Any:  # noqa: ANN401 - any result
        live = self.model.live()
        if id_ not in live:
            return "missing"
        if id_ not in self.model.matching(where):
            return "conflict"
        if change is None:
            self.model.drop(id_)
            return 1
        row = self.model.changed(live[id_], change)
        return self.model.store(id_, row) or row

    def expect_all(self, where: Row, change: Row | None) -> Any:  # noqa: ANN401 - any result
        ids = self.model.matching(where)
        for id_ in ids:
            if change is None:
                self.model.drop(id_)
            elif code := self.model.store(id_, self.model.changed(self.model.rows[id_], change)):
                return code
        return len(ids)

    async def find(self, where: Row, sort: Any, limit: int, skip: int) -> None:  # noqa: ANN401 - an order
        records = self.database.bound(self.holder, "")
        found = await records.find("things", where=where, sort=sort, limit=limit, skip=skip)
        ids = self.model.matching(where)
        assert len(found) == len(ids[skip : skip + limit])
        assert {row["id"] for row in found} <= set(ids)
        for row in found:
            assert shown(row) == self.model.rows[row["id"]]
        if sort == {"created": "desc"}:
            assert [row["id"] for row in found] == ids[::-1][skip : skip + limit]
        elif sort is None and "size" not in where:
            assert [row["id"] for row in found] == ids[skip : skip + limit]
        else:
            self.in_order(found, sort or {})

    def in_order(self, found: list[Row], sort: Mapping[str, str]) -> None:
        for name, way in sort.items():
            keys = [(row[name] is not None, plain(name, row[name]) or 0) for row in found]
            assert keys == sorted(keys, reverse=way == "desc")


@dataclass
class Stage:
    runner: asyncio.Runner
    store: RecordStore


@pytest.fixture(scope="module", params=["memory", "sqlite", "mongo-pymongo"])
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """A store that is open for all examples; each has a chat of its own."""
    kind: str = request.param
    with asyncio.Runner() as runner:
        if kind == "memory":
            yield Stage(runner, MemoryRecords())
            return
        stack, folder = AsyncExitStack(), tmp_path_factory.mktemp("records")
        home = home_of(kind, stack, folder, lambda: str(request.getfixturevalue("mongodb_uri")))

        async def opened() -> RecordStore:
            store = (await home.store()).record_store
            await store.prepare([shape_of(THINGS)])
            return store

        yield Stage(runner, runner.run(opened()))
        runner.run(stack.aclose())


@given(st.lists(calls, max_size=25))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_asked_in_whatever_order_the_records_are_as_in_the_model(
    stage: Stage, played: list[tuple[Any, ...]]
) -> None:
    async def play() -> None:
        run = Play(stage.store)
        for number, call in enumerate(played):
            await run.step(number, call)
        await run.find({}, {"created": "desc"}, LIMIT, 0)

    stage.runner.run(play())

"""Taking over the records of an earlier declaration, in every store."""

from dataclasses import replace
from uuid import uuid4

import pytest

from engine.core.collections import Collection, Field, Scope, Search
from engine.core.inputs import Variable
from engine.errors import StatechatError
from engine.runtime.records.database import BoundRecords, Database, Holder
from engine.runtime.records.migration import prepare
from engine.stores.protocol import Store
from tests.contract.homes import Home


@pytest.fixture
async def store(home: Home) -> Store:
    return await home.store()


def collection(scope: Scope = "bot", **types: str) -> Collection:
    fields = {name: Field(Variable(name, type_, optional=True)) for name, type_ in types.items()}
    return Collection("things", fields, scope)


BEFORE = collection(name="text", size="int")


async def begun(store: Store, declared: Collection) -> BoundRecords:
    """A start with a declaration; gives the records for a call."""
    collections = {declared.name: declared}
    await prepare(store, collections)
    database = Database(store.record_store, collections, lambda: 1_000_000)
    return database.bound(Holder.of("demo/test:1", "1"), f"call:{uuid4()}")


async def filled(store: Store, *names: str) -> None:
    records = await begun(store, BEFORE)
    for number, name in enumerate(names):
        await records.put("things", {"name": name, "size": number})


async def refused(store: Store, declared: Collection) -> str:
    with pytest.raises(StatechatError) as caught:
        await begun(store, declared)
    return caught.value.code


async def test_new_indexes_are_filled_with_what_is_there(store: Store) -> None:
    await filled(store, "b", "a", "B")
    after = replace(
        BEFORE, index=("size",), unique=(("size", "name"),), search=Search(("name",), 50)
    )
    records = await begun(store, after)
    found = await records.find("things", where={"size": {"gt": 0}}, sort={"size": "desc"})
    assert [row["name"] for row in found] == ["B", "a"]
    assert [row["name"] for row in await records.find("things", search="a")] == ["a"]
    again = await records.put("things", {"name": "a", "size": 1}, by=["size", "name"])
    assert again["id"] == found[1]["id"]


async def test_a_field_that_is_folded_now_is_found_so(store: Store) -> None:
    await filled(store, "Ann", "Bob")
    fields = {**BEFORE.fields, "name": replace(BEFORE.fields["name"], fold=True)}
    records = await begun(store, replace(BEFORE, fields=fields, unique=(("name",),)))
    row = await records.get("things", where={"name": "ANN"})
    assert row is not None
    assert row["size"] == 0


async def test_a_new_field_has_its_default_or_null(store: Store) -> None:
    await filled(store, "a")
    new = {
        "state": Field(Variable("state", "text", default="open")),
        "note": Field(Variable("note", "text", optional=True)),
    }
    after = replace(BEFORE, fields={**BEFORE.fields, **new}, index=("state",))
    records = await begun(store, after)
    (row,) = await records.find("things", where={"state": "open"})
    assert (row["name"], row["state"], row["note"]) == ("a", "open", None)


async def test_a_wider_type_takes_what_is_there(store: Store) -> None:
    await filled(store, "a", "b")
    records = await begun(store, collection(name="any", size="number"))
    assert await records.update("things", where={}, add={"size": 0.5}) == 2
    assert [row["size"] for row in await records.find("things")] == [0.5, 1.5]


async def test_while_a_collection_is_empty_anything_may_change(store: Store) -> None:
    await filled(store)
    await begun(store, collection("chat", name="int"))
    records = await begun(store, replace(BEFORE, fields={"new": Field(Variable("new", "text"))}))
    assert await records.count("things") == 0


async def test_another_scope_type_or_needed_field_is_refused(store: Store) -> None:
    await filled(store, "a")
    new = {**BEFORE.fields, "new": Field(Variable("new", "text"))}
    for after in (
        collection("chat", name="text", size="int"),
        collection(name="int", size="int"),
        collection(name="text", size="text"),
        replace(BEFORE, fields=new),
    ):
        assert await refused(store, after) == "records:incompatible"
    assert await (await begun(store, BEFORE)).count("things") == 1


async def test_a_field_cannot_come_back_as_something_else(store: Store) -> None:
    await filled(store, "a")
    await begun(store, collection(name="text"))
    assert await refused(store, collection(name="text", size="text")) == "records:incompatible"


async def test_records_that_are_alike_keep_a_field_from_being_unique(store: Store) -> None:
    await filled(store, "a", "a")
    assert await refused(store, replace(BEFORE, unique=(("name",),))) == "records:duplicates"
    records = await begun(store, BEFORE)
    await records.delete("things", where={"size": 1})
    await begun(store, replace(BEFORE, unique=(("name",),)))


async def test_a_unique_index_that_is_gone_holds_nothing_any_more(store: Store) -> None:
    unique = replace(BEFORE, unique=(("name",),))
    records = await begun(store, unique)
    await records.put("things", {"name": "a"})
    records = await begun(store, BEFORE)
    await records.put("things", {"name": "a"})
    assert await records.count("things") == 2

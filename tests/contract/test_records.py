"""What records do, whatever they are kept in: run in memory and over each store."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from engine.actions import ActionError
from engine.core.collections import KEPT, Collection, Field, Search
from engine.core.inputs import Variable
from engine.core.values import Value
from engine.runtime.records import commands
from engine.runtime.records.database import BoundRecords, Database, Holder
from engine.runtime.records.entries import shape_of
from engine.stores.records.memory import MemoryRecords
from engine.stores.records.protocol import RecordStore, Space
from tests.contract.homes import Home, home_of

NOW = 1_767_614_400_000
DAY = 86_400_000
ANN = Holder.of("demo/test:ann", "1")
BOB = Holder.of("demo/test:bob", "1")
ELSEWHERE = Holder.of("demo/test:ann", "2")


def fields(**types: str | Field) -> dict[str, Field]:
    return {
        name: given if isinstance(given, Field) else Field(Variable(name, given, optional=True))
        for name, given in types.items()
    }


SUBJECT = Field(Variable("subject", "text", max=300), fold=True)
FACTS = Collection(
    "facts",
    fields(
        subject=SUBJECT, text="text", views=Field(Variable("views", "int", default=0)),
        weight="number", tags="list", sure="bool", more="object",
    ),
    scope="chat",
    unique=(("subject",),),
    index=("views", "weight", "sure"),
    search=Search(("subject", "tags"), threshold=75),
)  # fmt: skip
NOTES = Collection("notes", fields(text="text"), scope="user", limit=5, restore=30 * DAY)
VISITS = Collection("visits", fields(day="text", who="text"), unique=(("day", "who"),))
DRAFTS = Collection("drafts", fields(text="text"), expires=DAY, limit=3, unique=(("text",),))
EVERY = {one.name: one for one in (FACTS, NOTES, VISITS, DRAFTS)}


@dataclass
class Clock:
    now: int = NOW

    def __call__(self) -> int:
        return self.now


@dataclass
class Desk:
    """A database of records, and who asks: each change has a key of its own unless one is given."""

    store: RecordStore
    clock: Clock
    collections: Mapping[str, Collection]
    keys: int = 0

    def __post_init__(self) -> None:
        self.database = Database(self.store, self.collections, self.clock)

    def ask(self, holder: Holder = ANN, key: str | None = None) -> BoundRecords:
        self.keys += 1
        return self.database.bound(holder, key or f"key:{id(self)}:{self.keys}")


Opens = Callable[[], Awaitable[Desk]]


@pytest.fixture(params=["memory", "sqlite-batched", "mongo-motor", "mongo-pymongo"])
def place(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
async def home_of_place(
    place: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Home | None]:
    """The database of the place; memory needs none."""
    async with AsyncExitStack() as stack:
        if place == "memory":
            yield None
        else:
            yield home_of(place, stack, tmp_path, lambda: request.getfixturevalue("mongodb_uri"))


@pytest.fixture
async def opens(home_of_place: Home | None) -> Opens:
    """Gives desks at the same database: a second one is another worker, where that can be."""
    home, clock = home_of_place, Clock()
    memory = MemoryRecords()
    kept: list[RecordStore] = []

    async def open_desk() -> Desk:
        if home is None:
            return Desk(memory, clock, EVERY)
        if home.concurrent or not kept:
            store = await home.store()
            await store.record_store.prepare([shape_of(one) for one in EVERY.values()])
            kept.append(store.record_store)
        return Desk(kept[-1], clock, EVERY)

    return open_desk


@pytest.fixture
async def desk(opens: Opens) -> Desk:
    return await opens()


async def failure(work: Awaitable[object]) -> str:
    with pytest.raises(ActionError) as caught:
        await work
    return caught.value.code


async def learn(desk: Desk, *subjects: str, **values: Value) -> None:
    for subject in subjects:
        await desk.ask().put("facts", {"subject": subject, **values})


def subjects(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [row["subject"] for row in rows]


class TestPutAndGet:
    async def test_a_record_comes_back_with_its_id_its_defaults_and_its_moments(
        self, desk: Desk
    ) -> None:
        put = await desk.ask().put("facts", {"subject": "Python", "tags": ["py", "snake"]})
        assert put == {
            "id": put["id"], "subject": "Python", "text": None, "views": 0, "weight": None,
            "tags": ["py", "snake"], "sure": None, "more": None,
            "created": "2026-01-05T12:00:00Z", "updated": "2026-01-05T12:00:00Z",
        }  # fmt: skip
        assert await desk.ask().get("facts", put["id"]) == put
        assert await desk.ask().get("facts", where={"subject": "python"}) == put
        assert await desk.ask().get("facts", "nobody") is None

    async def test_a_record_of_an_id_replaces_the_one_that_is_there(self, desk: Desk) -> None:
        await desk.ask().put("notes", {"text": "one"}, id="first")
        desk.clock.now += DAY
        put = await desk.ask().put("notes", {"text": "two"}, id="first")
        assert (put["text"], put["created"]) == ("two", "2026-01-05T12:00:00Z")
        assert put["updated"] == "2026-01-06T12:00:00Z"
        assert await desk.ask().count("notes") == 1
        assert await failure(desk.ask().put("notes", {}, id="first", new=True)) == "duplicate"

    async def test_records_are_apart_by_person_chat_and_bot(self, desk: Desk) -> None:
        await desk.ask(ANN).put("notes", {"text": "mine"}, id="1")
        await desk.ask(ANN).put("facts", {"subject": "here"}, id="1")
        await desk.ask(ANN).put("visits", {"day": "mon", "who": "ann"}, id="1")
        seen = {
            who: [await desk.ask(holder).count(name) for name in ("notes", "facts", "visits")]
            for who, holder in {"ann": ANN, "bob": BOB, "elsewhere": ELSEWHERE}.items()
        }
        assert seen == {"ann": [1, 1, 1], "bob": [0, 1, 1], "elsewhere": [1, 0, 1]}

    async def test_odd_texts_and_values_are_kept_as_they_are(self, desk: Desk) -> None:
        odd = {
            "a.b": 1, "$set": {"$inc": [{"x.y": None}]}, "": "", "nul\0": "nul\0", "🦉": "🦉",
            "<script>": "\u202e</script>", "big": 2**63 - 1, "small": -(2**63) + 1, "half": 0.5,
        }  # fmt: skip
        put = await desk.ask().put("facts", {"subject": "'; DROP \0", "more": odd, "text": "\x1b"})
        got = await desk.ask().get("facts", put["id"])
        assert got is not None
        assert (got["more"], got["subject"], got["text"]) == (odd, "'; DROP \0", "\x1b")
        assert await desk.ask().get("facts", where={"subject": "'; drop \0"}) == got

    @pytest.mark.parametrize(
        "values",
        [
            {"subject": None}, {}, {"subject": 3}, {"subject": "x" * 301}, {"subject": "x", "y": 1},
            {"subject": "x", "views": True}, {"subject": "x", "text": "y" * 70_000},
        ],
    )  # fmt: skip
    async def test_what_the_fields_do_not_take_is_refused(
        self, desk: Desk, values: dict[str, Value]
    ) -> None:
        assert await failure(desk.ask().put("facts", values)) == "invalid"
        assert await desk.ask().count("facts") == 0

    async def test_a_text_that_is_no_unicode_is_refused(self, desk: Desk, place: str) -> None:
        if place == "memory":
            pytest.skip("memory keeps it")
        assert await failure(desk.ask().put("notes", {"text": "\ud800"})) == "invalid"

    async def test_a_collection_that_is_not_declared_is_refused(self, desk: Desk) -> None:
        assert await failure(desk.ask().get("fact", "1")) == "invalid"


class TestUnique:
    async def test_alike_values_are_duplicates_whatever_their_letter_case_and_accents(
        self, desk: Desk
    ) -> None:
        await learn(desk, "Café")
        for alike in ("café", "CAFE", " cafe\u0301 "):
            with pytest.raises(ActionError, match="subject") as caught:
                await desk.ask().put("facts", {"subject": alike})
            assert caught.value.code == "duplicate"
        await desk.ask(ELSEWHERE).put("facts", {"subject": "café"})

    async def test_several_fields_are_unique_together_and_null_is_like_nothing(
        self, desk: Desk
    ) -> None:
        for day, who in (
            ("mon", "ann"),
            ("mon", "bob"),
            ("tue", "ann"),
            ("mon", None),
            (None, "x"),
        ):
            await desk.ask().put("visits", {"day": day, "who": who})
            if day is None or who is None:
                await desk.ask().put("visits", {"day": day, "who": who})
        again = desk.ask().put("visits", {"who": "ann", "day": "mon"})
        assert await failure(again) == "duplicate"
        assert await desk.ask().count("visits") == 7

    async def test_long_texts_that_differ_at_their_end_are_not_alike(self, desk: Desk) -> None:
        await learn(desk, "x" * 250 + "a", "x" * 250 + "b")
        assert await failure(learn(desk, "x" * 250 + "a")) == "duplicate"

    async def test_an_update_does_not_make_a_duplicate_either(self, desk: Desk) -> None:
        await learn(desk, "one")
        two = await desk.ask().put("facts", {"subject": "two"})
        changed = desk.ask().update("facts", two["id"], set={"subject": "ONE"})
        assert await failure(changed) == "duplicate"
        await desk.ask().update("facts", two["id"], set={"subject": "TWO"})

    async def test_by_puts_in_place_of_what_is_alike(self, desk: Desk) -> None:
        first = await desk.ask().put("facts", {"subject": "Tea", "text": "hot"}, by="subject")
        second = await desk.ask().put("facts", {"subject": "TEA", "text": "cold"}, by="subject")
        assert second["id"] == first["id"]
        assert [row["text"] for row in await desk.ask().find("facts")] == ["cold"]
        odd = desk.ask().put("facts", {"subject": "x"}, by="text")
        assert await failure(odd) == "invalid"

    async def test_what_was_deleted_or_has_expired_is_in_nobodys_way(self, desk: Desk) -> None:
        await learn(desk, "tea")
        await desk.ask().delete("facts", where={"subject": "tea"})
        await learn(desk, "tea")
        await desk.ask().put("drafts", {"text": "same"})
        desk.clock.now += DAY
        await desk.ask().put("drafts", {"text": "same"})
        assert await desk.ask().count("drafts") == 1


class TestFind:
    async def test_comparisons_find_what_they_say(self, desk: Desk) -> None:
        for views, tags in ((1, ["a"]), (5, ["a", "b"]), (9, [])):
            await learn(desk, f"s{views}", views=views, tags=tags, weight=views / 2, sure=views > 4)
        await learn(desk, "none")

        async def found(**where: Value) -> list[str]:
            return subjects(await desk.ask().find("facts", where=where))

        assert await found(views=5) == ["s5"]
        assert await found(views=5.0) == ["s5"]
        assert await found(views={"gt": 1}) == ["s5", "s9"]
        assert await found(views={"gte": 1, "lt": 9}) == ["s1", "s5"]
        assert await found(views={"lte": 0}) == ["none"]
        assert await found(subject={"within": "It is NÓNE of these, but s5."}) == ["s5", "none"]
        assert await found(views={"ne": 5}) == ["s1", "s9", "none"]
        assert await found(views={"in": [9, 1, 7]}) == ["s1", "s9"]
        assert await found(weight={"lt": 3}) == ["s1", "s5"]
        assert await found(weight=None) == ["none"]
        assert await found(sure=True) == ["s5", "s9"]
        assert await found(sure=1) == []
        assert await found(tags={"contains": "a"}) == ["s1", "s5"]
        assert await found(subject={"begins": "S"}, views={"gt": 4}) == ["s5", "s9"]
        assert await found(subject={"contains": "ON"}) == ["none"]
        assert await found(subject={"gte": "s5"}) == ["s5", "s9"]
        assert await found(created={"lt": "2026-01-05T12:00:00Z"}) == []
        assert await found() == ["s1", "s5", "s9", "none"]

    async def test_records_come_in_the_order_that_is_asked_for(self, desk: Desk) -> None:
        for subject, views in (("b", 10), ("a", 9), ("d", -1), ("c", 100)):
            await learn(desk, subject, views=views, text="odd" if views % 2 else "even")

        async def found(sort: Value, **more: Any) -> str:  # noqa: ANN401 - of `find`
            return "".join(subjects(await desk.ask().find("facts", sort=sort, **more)))

        assert await found(None) == "badc"
        assert await found({"created": "desc"}) == "cdab"
        assert await found({"views": "asc"}) == "dabc"
        assert await found({"views": "desc"}, limit=2) == "cb"
        assert await found({"views": "desc"}, limit=2, skip=1) == "ba"
        assert await found({"subject": "desc"}) == "dcba"
        assert await found([{"text": "desc"}, {"views": "asc"}]) == "dabc"
        assert await found({"views": "asc"}, where={"views": {"gt": 9}}) == "bc"
        assert await found({"subject": "asc"}, where={"views": {"gt": 0}}, limit=2) == "ab"

    async def test_pages_of_the_index_join_without_gap_or_repeat(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("engine.runtime.records.queries.PAGE", 3)
        for number in range(11):
            await learn(desk, f"{number:02}", views=number // 4)
        expected = [f"{number:02}" for number in range(11)]
        for sort in ({"created": "asc"}, {"created": "desc"}, {"views": "asc"}, {"views": "desc"}):
            found = subjects(await desk.ask().find("facts", sort=sort))
            assert sorted(found) == expected, sort
        assert await desk.ask().count("facts", where={"text": None}) == 11

    async def test_a_search_finds_what_is_alike_the_most_alike_first(self, desk: Desk) -> None:
        await learn(desk, "JavaScript", tags=["JS", "ECMAScript"])
        await learn(desk, "Java", "Python", "Schrödinger's cat")
        for wanted, found in (
            ("javascript", ["JavaScript"]), ("javscript", ["JavaScript"]), ("js", ["JavaScript"]),
            ("JAVA", ["Java"]), ("cat Schrodingers", ["Schrödinger's cat"]), ("cobol", []),
            ("pyhton", ["Python"]), ("!?", []), ("", []),
        ):  # fmt: skip
            rows = await desk.ask().find("facts", search=wanted)
            assert subjects(rows) == found, wanted
            assert all(75 <= row["score"] <= 100 for row in rows)
        assert await failure(desk.ask().find("notes", search="x")) == "invalid"

    async def test_what_equals_the_first_field_of_a_search_comes_first(self, desk: Desk) -> None:
        await learn(desk, "tea green", "Script", tags=["green tea"])
        await learn(desk, "Green Tea", "green tee")
        first = ["Green Tea", "tea green", "Script", "green tee"]
        assert subjects(await desk.ask().find("facts", search="GREEN tea")) == first
        for limit in (1, 2):
            found = await desk.ask().find("facts", search="green tea", limit=limit)
            assert subjects(found) == first[:limit]
            assert found[0]["score"] == 100
        found = await desk.ask().find("facts", search="green tea", limit=1, skip=1)
        assert subjects(found) == first[1:2]
        where = {"subject": {"ne": "Green Tea"}}
        found = await desk.ask().find("facts", search="green tea", where=where, limit=1)
        assert subjects(found) == first[1:2]

    @pytest.mark.parametrize(
        "asked",
        [
            {"where": {"nothing": 1}}, {"where": {"views": {"near": 1}}}, {"limit": 0},
            {"where": {"views": {"in": 3}}}, {"sort": {"views": "up"}}, {"sort": "views"},
            {"sort": {"nothing": "asc"}}, {"limit": 1_001}, {"skip": -1},
        ],
    )  # fmt: skip
    async def test_what_cannot_be_asked_is_refused(self, desk: Desk, asked: Any) -> None:  # noqa: ANN401 - of `find`
        assert await failure(desk.ask().find("facts", **asked)) == "invalid"


class TestUpdateAndDelete:
    async def test_fields_are_set_added_to_and_lists_grow_and_shrink(self, desk: Desk) -> None:
        row = await desk.ask().put("facts", {"subject": "tea", "views": 3, "tags": ["a", "b"]})
        changed = await desk.ask().update(
            "facts", row["id"], set={"text": "hot"}, add={"views": 2, "weight": 0.5},
            append={"tags": "c"}, drop={"tags": "a"},
        )  # fmt: skip
        assert isinstance(changed, dict)
        assert [changed[name] for name in ("text", "views", "weight", "tags", "subject")] == [
            "hot", 5, 0.5, ["b", "c"], "tea",
        ]  # fmt: skip
        assert await desk.ask().get("facts", row["id"]) == changed

    async def test_a_guard_that_does_not_hold_is_a_conflict(self, desk: Desk) -> None:
        row = await desk.ask().put("facts", {"subject": "lamp", "views": 1})
        for expected in (None, "conflict"):
            take = desk.ask().update(
                "facts", row["id"], where={"views": {"gte": 1}}, add={"views": -1}
            )
            if expected is None:
                await take
            else:
                assert await failure(take) == expected

    async def test_what_is_not_there_is_missing(self, desk: Desk) -> None:
        assert await failure(desk.ask().update("facts", "x", set={"text": "y"})) == "missing"
        assert await failure(desk.ask().delete("facts", "x")) == "missing"

    @pytest.mark.parametrize(
        "change",
        [
            {}, {"set": {"views": "x"}}, {"add": {"text": 1}}, {"append": {"views": 1}},
            {"set": {"odd": 1}}, {"add": {"views": "1"}}, {"set": {"subject": None}},
        ],
    )  # fmt: skip
    async def test_a_change_that_does_not_fit_changes_nothing(
        self, desk: Desk, change: dict[str, Any]
    ) -> None:
        row = await desk.ask().put("facts", {"subject": "tea", "text": "hot"})
        assert await failure(desk.ask().update("facts", row["id"], **change)) == "invalid"
        assert await desk.ask().get("facts", row["id"]) == row

    async def test_all_that_a_filter_lets_through_is_changed_or_deleted(self, desk: Desk) -> None:
        for subject, views in (("a", 1), ("b", 2), ("c", 3)):
            await learn(desk, subject, views=views)
        changed = await desk.ask().update("facts", where={"views": {"gt": 1}}, add={"views": 10})
        assert changed == 2
        assert [row["views"] for row in await desk.ask().find("facts")] == [1, 12, 13]
        assert await desk.ask().delete("facts", where={"views": {"gt": 5}}) == 2
        assert await desk.ask().delete("facts", where={"views": {"gt": 5}}) == 0
        assert subjects(await desk.ask().find("facts")) == ["a"]
        assert await failure(desk.ask().delete("facts")) == "invalid"

    async def test_a_deleted_record_can_be_looked_at_and_brought_back(self, desk: Desk) -> None:
        row = await desk.ask().put("notes", {"text": "kept"})
        await desk.ask().delete("notes", row["id"])
        assert await desk.ask().get("notes", row["id"]) is None
        assert await desk.ask().find("notes") == []
        assert [one["text"] for one in await desk.ask().find("notes", deleted=True)] == ["kept"]
        assert await desk.ask().count("notes", deleted=True) == 1
        await desk.ask().update("notes", row["id"], restore=True)
        assert [one["text"] for one in await desk.ask().find("notes")] == ["kept"]
        assert await desk.ask().count("notes", deleted=True) == 0

    async def test_where_nothing_is_kept_a_deletion_is_for_good(self, desk: Desk) -> None:
        await learn(desk, "tea")
        (row,) = await desk.ask().find("facts")
        await desk.ask().delete("facts", row["id"])
        assert await desk.ask().count("facts", deleted=True) == 0
        assert await failure(desk.ask().update("facts", row["id"], restore=True)) == "missing"


class TestLimitAndAge:
    async def test_a_full_collection_takes_nothing_more_until_something_goes(
        self, desk: Desk
    ) -> None:
        for number in range(5):
            await desk.ask().put("notes", {"text": "x"}, id=f"{number}")
        assert await failure(desk.ask().put("notes", {"text": "x"})) == "limit"
        await desk.ask(BOB).put("notes", {"text": "another's"})
        await desk.ask().put("notes", {"text": "replaced"}, id="3")
        await desk.ask().delete("notes", "2")
        await desk.ask().put("notes", {"text": "y"})
        assert await failure(desk.ask().update("notes", "2", restore=True)) == "limit"
        assert await desk.ask().count("notes") == 5

    async def test_a_space_that_was_cleared_has_all_its_room_again(self, desk: Desk) -> None:
        for _ in range(2):
            for _ in range(5):
                await desk.ask().put("notes", {"text": "x"})
            assert await failure(desk.ask().put("notes", {"text": "x"})) == "limit"
            await desk.store.clear(Space("notes", ANN.user))
            assert await desk.ask().count("notes") == 0

    async def test_an_expired_record_is_gone_and_leaves_its_room(self, desk: Desk) -> None:
        for number in range(3):
            await desk.ask().put("drafts", {"text": f"{number}"})
        desk.clock.now += DAY - 1
        await desk.ask().update("drafts", where={"text": "1"}, set={"text": "fresh"})
        desk.clock.now += 1
        assert [row["text"] for row in await desk.ask().find("drafts")] == ["fresh"]
        assert await desk.ask().count("drafts") == 1
        await desk.ask().put("drafts", {"text": "a"})
        await desk.ask().put("drafts", {"text": "b"})
        assert await failure(desk.ask().put("drafts", {"text": "c"})) == "limit"

    async def test_sweeping_leaves_nothing_of_what_is_long_gone(self, desk: Desk) -> None:
        await desk.ask().put("drafts", {"text": "old"})
        row = await desk.ask().put("notes", {"text": "deleted"})
        await desk.ask().delete("notes", row["id"])
        await desk.ask().put("notes", {"text": "stays"})
        desk.clock.now += 31 * DAY
        await desk.database.sweep()
        assert await desk.ask().count("notes", deleted=True) == 0
        desk.clock.now += KEPT
        await desk.database.sweep()
        left = {
            name: [entry.values for _, entry in await desk.store.page(name, None, 99)]
            for name in ("drafts", "notes")
        }
        assert left == {"drafts": [], "notes": [{"text": "stays"}]}


class TestRepeats:
    async def test_a_repeated_change_is_made_once(self, desk: Desk) -> None:
        first = await desk.ask(key="k1").put("facts", {"subject": "tea", "views": 1})
        again = await desk.ask(key="k1").put("facts", {"subject": "tea", "views": 1})
        assert again == first
        for _ in range(3):
            await desk.ask(key="k2").update("facts", first["id"], add={"views": 1})
            assert await desk.ask(key="k3").update("facts", where={}, add={"views": 1}) == 1
        row = await desk.ask().get("facts", first["id"])
        assert row is not None
        assert row["views"] == 3
        for _ in range(2):
            assert await desk.ask(key="k4").delete("facts", where={"views": 3}) == 1
        await learn(desk, "coffee", views=3)
        assert await desk.ask(key="k4").delete("facts", where={"views": 3}) == 1
        assert await desk.ask().count("facts") == 1

    async def test_a_repeat_that_found_nothing_finds_nothing_again(self, desk: Desk) -> None:
        assert await desk.ask(key="k1").delete("facts", where={}) == 0
        assert await desk.ask(key="k2").update("facts", where={}, set={"text": "x"}) == 0
        await learn(desk, "tea")
        assert await desk.ask(key="k1").delete("facts", where={}) == 0
        assert await desk.ask(key="k2").update("facts", where={}, set={"text": "x"}) == 0
        assert [row["text"] for row in await desk.ask().find("facts")] == [None]

    async def test_a_repeat_does_not_undo_what_was_done_since(self, desk: Desk) -> None:
        put = await desk.ask(key="k1").put("facts", {"subject": "tea"})
        await desk.ask(key="k2").delete("facts", put["id"])
        await desk.ask(key="k1").put("facts", {"subject": "tea"})
        await desk.ask(key="k1").put("facts", {"subject": "tea"}, by="subject")
        assert await desk.ask().count("facts") == 0
        assert await desk.ask(key="k2").delete("facts", put["id"]) == 1

    async def test_a_repeat_of_by_finds_the_record_under_another_name(self, desk: Desk) -> None:
        await learn(desk, "tea")
        for _ in range(2):
            put = await desk.ask(key="k1").put("facts", {"subject": "tea"}, by="subject")
            await desk.ask().update("facts", put["id"], set={"subject": "chai"})
        assert subjects(await desk.ask().find("facts")) == ["chai"]

    async def test_a_repeat_is_known_after_many_other_changes(self, desk: Desk) -> None:
        row = await desk.ask().put("facts", {"subject": "tea"})
        number = 3 * commands.APPLIED_MAX
        for turn in range(number):
            await desk.ask(key=f"turn:{turn}").update("facts", row["id"], add={"views": 1})
        for turn in (0, 1, number // 2, number - 1):
            await desk.ask(key=f"turn:{turn}").update("facts", row["id"], add={"views": 1})
        got = await desk.ask().get("facts", row["id"])
        assert got is not None
        assert got["views"] == number

    async def test_several_changes_of_one_call_are_told_apart(self, desk: Desk) -> None:
        row = await desk.ask().put("facts", {"subject": "tea"})
        for _ in range(2):
            call = desk.ask(key="call")
            for _ in range(3):
                await call.update("facts", row["id"], add={"views": 1})
        got = await desk.ask().get("facts", row["id"])
        assert got is not None
        assert got["views"] == 3


class TestManyAtOnce:
    """Two workers where the store can be shared, else one with many calls at once."""

    async def test_fifty_changes_of_one_record_are_all_there(self, opens: Opens) -> None:
        desks = [await opens(), await opens()]
        row = await desks[0].ask().put("facts", {"subject": "tea"})
        await asyncio.gather(
            *(
                desks[turn % 2].ask().update(
                    "facts", row["id"], add={"views": 1}, append={"tags": turn}
                )
                for turn in range(50)
            )
        )  # fmt: skip
        got = await desks[0].ask().get("facts", row["id"])
        assert got is not None
        assert got["views"] == 50
        assert sorted(got["tags"]) == list(range(50))

    async def test_of_fifty_alike_records_one_is_stored(self, opens: Opens) -> None:
        desks = [await opens(), await opens()]
        ended = await asyncio.gather(
            *(desks[turn % 2].ask().put("facts", {"subject": "tea"}) for turn in range(50)),
            return_exceptions=True,
        )
        codes = [error.code for error in ended if isinstance(error, ActionError)]
        assert codes == ["duplicate"] * 49
        assert await desks[0].ask().count("facts") == 1

    async def test_of_fifty_lessons_about_one_thing_the_last_one_stays_whole(
        self, opens: Opens
    ) -> None:
        desks = [await opens(), await opens()]
        await asyncio.gather(
            *(
                desks[turn % 2].ask().put(
                    "facts", {"subject": "tea", "text": f"{turn}", "views": turn}, by="subject"
                )
                for turn in range(50)
            )
        )  # fmt: skip
        (row,) = await desks[0].ask().find("facts")
        assert row["text"] == f"{row['views']}"

    async def test_a_limit_holds_exactly(self, opens: Opens) -> None:
        desks = [await opens(), await opens()]
        ended = await asyncio.gather(
            *(desks[turn % 2].ask().put("notes", {"text": "x"}) for turn in range(50)),
            return_exceptions=True,
        )
        codes = [error.code for error in ended if isinstance(error, ActionError)]
        assert codes == ["limit"] * 45
        assert await desks[0].ask().count("notes") == 5

    async def test_fifty_new_records_are_all_there(self, opens: Opens) -> None:
        desks = [await opens(), await opens()]
        await asyncio.gather(
            *(desks[turn % 2].ask().put("visits", {"day": f"{turn}"}) for turn in range(50))
        )
        assert await desks[0].ask().count("visits") == 50

    async def test_a_stock_is_never_oversold(self, opens: Opens) -> None:
        desks = [await opens(), await opens()]
        row = await desks[0].ask().put("facts", {"subject": "lamp", "views": 20})
        ended = await asyncio.gather(
            *(
                desks[turn % 2].ask().update(
                    "facts", row["id"], where={"views": {"gte": 1}}, add={"views": -1}
                )
                for turn in range(50)
            ),
            return_exceptions=True,
        )  # fmt: skip
        codes = [error.code for error in ended if isinstance(error, ActionError)]
        assert codes == ["conflict"] * 30


async def test_queries_are_given_no_way_to_write(desk: Desk) -> None:
    """What `get`, `find` and `count` can reach has no method that changes anything."""
    await learn(desk, "tea")
    written: list[str] = []

    class Reader:
        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method of a store
            if name not in ("fetch", "select", "count", "similar"):
                written.append(name)
            return getattr(desk.store, name)

    database = Database(Reader(), EVERY, desk.clock)  # type: ignore[arg-type]
    asked = database.bound(ANN, "key")
    await asked.get("facts", "1")
    await asked.find("facts", where={"views": 0}, sort={"views": "asc"}, search="tee")
    await asked.count("facts", where={"text": None})
    await asked.find("drafts")
    assert written == []


async def test_a_store_that_is_away_is_a_transient_error(desk: Desk, place: str) -> None:
    if place == "memory":
        pytest.skip("memory is never away")
    closed = replace(desk)

    class Away:
        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method of a store
            raise ConnectionRefusedError(os.strerror(111))

    closed.database = Database(Away(), EVERY, desk.clock)  # type: ignore[arg-type]
    with pytest.raises(ActionError) as caught:
        await closed.ask().get("facts", "1")
    assert (caught.value.code, caught.value.transient) == ("unavailable", True)

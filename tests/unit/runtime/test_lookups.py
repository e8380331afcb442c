"""What is looked up before a flow begins: by the shell, for a step that asks."""

from collections.abc import Mapping
from typing import Any

import pytest

from engine.core.collections import Collection, Field
from engine.core.events import Event
from engine.core.inputs import Variable
from engine.core.outcome import Outcome, Wanted
from engine.core.session import Session
from engine.core.values import Value
from engine.runtime.applied import Horizons
from engine.runtime.bus import MemoryBus, Retry
from engine.runtime.dispatcher import Dispatcher
from engine.runtime.inbox import Inbox
from engine.runtime.lookups import look_up
from engine.runtime.records.database import Database, Holder
from engine.stores.records.memory import MemoryRecords
from tests.unit.runtime.fakes import NOW, OWNER, FakeClock, MemoryStore, said, worker

RULES = Collection(
    "rules",
    {
        "pattern": Field(Variable("pattern", "text"), fold=True),
        "exact": Field(Variable("exact", "text", optional=True)),
    },
    unique=(("pattern",),),
)


class Away(MemoryRecords):
    """Records in a database that does not answer."""

    async def select(self, *_: object, **__: object) -> Any:  # noqa: ANN401 - it gives nothing
        raise OSError("nobody answers")


async def database(*rows: Mapping[str, Value], store: MemoryRecords | None = None) -> Database:
    made = Database(store or MemoryRecords(), {"rules": RULES}, lambda: NOW)
    for number, row in enumerate(rows):
        await made.bound(Holder("", ""), f"seed:{number}").put("rules", row)
    return made


def wanted(**args: Value) -> Wanted:
    return Wanted("flow test:1", {"collection": "rules", **args}, OWNER, "1")


async def patterns(made: Database, *where: Mapping[str, Value]) -> list[str]:
    found, failure = await look_up(made, wanted(where=list(where)))
    assert failure is None
    assert isinstance(found, list)
    return [row["pattern"] for row in found]


async def test_of_several_filters_the_first_that_finds_anything_counts() -> None:
    made = await database({"pattern": "tea"}, {"pattern": "te"}, {"pattern": "milk"})
    text = "TEA"
    assert await patterns(made, {"pattern": text}, {"pattern": {"within": text}}) == ["tea"]
    text = "No tea."
    assert await patterns(made, {"pattern": text}, {"pattern": {"within": text}}) == ["tea", "te"]
    assert await patterns(made, {"pattern": "x"}, {"pattern": {"within": "x"}}) == []


async def test_a_stored_regular_expression_is_found_in_a_text_and_a_broken_one_in_none() -> None:
    made = await database({"pattern": r"^\S+ \d$", "exact": "^b"}, {"pattern": "(", "exact": "("})
    assert await patterns(made, {"pattern": {"matches": "A 1"}}) == [r"^\S+ \d$"]
    assert await patterns(made, {"pattern": {"matches": "A B 1"}}) == []
    assert await patterns(made, {"exact": {"matches": "bread"}}) == [r"^\S+ \d$"]
    assert await patterns(made, {"exact": {"matches": "Bread"}}) == [], "its field is not folded"
    assert await patterns(made, {"pattern": {"matches": 3}}) == []


async def test_what_cannot_be_asked_for_is_told_and_finds_nothing() -> None:
    made = await database()
    found, failure = await look_up(made, wanted(limit=0))
    assert (found, failure and failure.code) == ([], "invalid")
    found, failure = await look_up(made, wanted(limit="one"))
    assert (found, failure and failure.code) == ([], "action:arguments")


def wants_first(session: Session, event: Event, _now: int) -> Outcome:
    """A step that looks before it does nothing."""
    if event.found is None:
        return Outcome(session, heard=False, wants=wanted())
    return Outcome(session, heard=bool(event.found["flow test:1"]))


def dispatcher(store: MemoryStore, made: Database) -> Dispatcher:
    at_work = worker(store, FakeClock())
    inbox = Inbox(at_work, MemoryBus(at_work.clock))
    return Dispatcher(at_work, wants_first, Horizons({}), inbox, made)


async def test_what_finds_nothing_and_nobody_hears_is_not_written() -> None:
    store = MemoryStore()
    await dispatcher(store, await database()).handle(said(1, "tea"))
    assert store.records == {}
    await dispatcher(store, await database({"pattern": "tea"})).handle(said(1, "tea"))
    assert list(store.records) == [OWNER]


async def test_while_the_store_is_away_the_event_waits() -> None:
    store = MemoryStore()
    with pytest.raises(Retry):
        await dispatcher(store, await database(store=Away())).handle(said(1, "tea"))
    assert store.records == {}

"""What the inbox of every store does, whatever the database."""

import pytest

from engine.stores.inbox.protocol import Line, Waiting
from engine.stores.protocol import Store
from tests.contract.homes import BOT, Home
from tests.contract.test_stores import ODD

ANN, BOB = f"{BOT}/test:ann", f"{BOT}/test:bob"


@pytest.fixture
async def store(home: Home) -> Store:
    return await home.store()


def waiting(owner: str, *places: int) -> list[Waiting]:
    return [Waiting(owner, f"tg:{place}", place, {"id": f"tg:{place}"}) for place in places]


async def test_events_come_back_in_the_order_of_their_places_and_as_they_were(
    store: Store,
) -> None:
    odd = Waiting(ANN, "tg:$.a", 2**53, ODD)
    await store.inbox.put([*waiting(ANN, 30, 4), odd, *waiting(BOB, 1)])
    assert await store.inbox.first(ANN, 9) == [*waiting(ANN, 4, 30), odd]
    assert await store.inbox.first(ANN, 1) == waiting(ANN, 4)
    assert await store.inbox.first(f"{BOT}/test:eve", 9) == []


async def test_what_waits_already_keeps_its_place(store: Store) -> None:
    await store.inbox.put(waiting(ANN, 1))
    await store.inbox.put([Waiting(ANN, "tg:1", 7, {}), *waiting(ANN, 2)])
    await store.inbox.put([])
    assert await store.inbox.first(ANN, 9) == waiting(ANN, 1, 2)


async def test_it_is_known_of_whom_how_much_waits(store: Store) -> None:
    assert await store.inbox.lines() == {}
    await store.inbox.put([*waiting(ANN, 1, 5), *waiting(BOB, 3)])
    assert await store.inbox.lines() == {ANN: Line(2, 5), BOB: Line(1, 3)}


async def test_what_was_removed_is_gone_for_good(store: Store) -> None:
    await store.inbox.put([*waiting(ANN, 1, 2), *waiting(BOB, 1)])
    assert await store.inbox.holds(ANN, "tg:1")
    await store.inbox.remove(ANN, ["tg:1", "tg:none"])
    await store.inbox.remove(ANN, ["tg:1", "tg:none"])
    assert not await store.inbox.holds(ANN, "tg:1")
    assert await store.inbox.holds(BOB, "tg:1")
    await store.inbox.clear(ANN)
    assert await store.inbox.lines() == {BOB: Line(1, 1)}


async def test_where_several_workers_share_a_store_it_is_known_who_stored_what(
    home: Home,
) -> None:
    if not home.concurrent:
        pytest.skip("one worker a file")
    store = await home.store()
    mine = Waiting(ANN, "tg:1", 1, {"id": "tg:1"}, "w1")
    await store.inbox.put([mine])
    await store.inbox.put([Waiting(ANN, "tg:1", 1, {"id": "tg:1"}, "w2")])
    assert await store.inbox.first(ANN, 9) == [mine]


async def test_another_bot_in_the_same_database_has_an_inbox_of_its_own(home: Home) -> None:
    if not home.concurrent:
        pytest.skip("one file a bot")
    one, other = await home.store(), await home.store("other")
    await one.inbox.put(waiting(ANN, 1))
    assert await other.inbox.lines() == {}


async def test_it_outlasts_its_process(home: Home) -> None:
    store = await home.store()
    await store.inbox.put(waiting(ANN, 1))
    await store.close()
    assert await (await home.store()).inbox.first(ANN, 9) == waiting(ANN, 1)

"""All that is stored about a person, whatever the database: gathered, exported, erased."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.core.effects import Invoke, Message, Send, Tell
from engine.core.events import Event
from engine.core.session import Chat, Frame, Leaf, Session, Talk, Timer
from engine.errors import StatechatError
from engine.runtime.clock import SystemClock
from engine.runtime.letters import of_event, of_message
from engine.runtime.outage import Outage
from engine.runtime.persons import Person, erase, exported, gather, summed_up
from engine.runtime.records.database import BoundRecords, Database, Holder
from engine.runtime.records.migration import prepare
from engine.runtime.sessions import Sessions
from engine.stores.batch import Batched
from engine.stores.protocol import Dead, Item, Record, Store
from tests.contract.homes import BOT, Home
from tests.contract.test_records import DRAFTS, FACTS, NOTES, VISITS

ANN = f"{BOT}/test:4711"
BOB = f"{BOT}/test:4712"
NOW = 1_767_614_400_000
COLLECTIONS = {one.name: one for one in (FACTS, NOTES, VISITS, DRAFTS)}


def secret(owner: str, place: str) -> str:
    """A value that somebody has told, found wherever it was left."""
    return f"secret-{'ann' if owner == ANN else 'bob'}-{place}"


PLACES = (
    "user", "data", "outbox", "again", "note", "deleted", "fact", "document", "event",
    "message", "update", "before", "dropped",
)  # fmt: skip
SECRETS = [secret(ANN, place) for place in PLACES]


def inner_of(store: Store) -> Any:  # noqa: ANN401 - with all that the tests look into
    return store._store if isinstance(store, Batched) else store


@pytest.fixture
async def store(home: Home) -> Store:
    store = await home.store()
    inner = inner_of(store)
    if hasattr(inner, "_run"):
        # some builds of SQLite wipe what they delete, and others do not
        await inner._run(lambda connection: connection.execute("PRAGMA secure_delete = OFF"))
    return store


def records(store: Store, owner: str, key: str) -> BoundRecords:
    database = Database(store.record_store, COLLECTIONS, lambda: NOW)
    chat = owner.partition(":")[2]
    return database.bound(Holder.of(owner, chat), f"{owner}#life:{key}")


def session_of(owner: str, rev: int, **user: Any) -> Record:  # noqa: ANN401 - JSON
    chat = owner.partition(":")[2]
    frame = Frame("form", "ab12", 1, "root", (Leaf("ask.name", 3),), {"x": secret(owner, "data")})
    send = Send("5.3", chat, Message(secret(owner, "outbox")))
    back = of_event(
        Event("test:3", "text", owner, chat, NOW, 3, secret(owner, "again")), None, "bad", NOW
    )
    return Record(
        Session(
            owner, rev, 5, "life", "de", "Europe/Berlin", NOW, user, {chat: Chat((frame,))},
            (Timer("5.1", NOW + 1_000, chat, 1, "idle.10m"),),
        ),
        {"test:7": 7}, spilled=True, outbox=(Item(send, NOW),), again=(back,),
    )  # fmt: skip


async def fill(store: Store, owner: str) -> None:
    """Store something about a person in every place that there is."""
    await prepare(store, COLLECTIONS)
    user = owner.partition(":")[2]
    big = [secret(owner, "before")] * 1_000  # leaves whole pages of it behind
    await store.commit([session_of(owner, 1, told=big)])
    await store.commit([session_of(owner, 2, told=secret(owner, "user"))])
    await store.remember(owner, {"test:1": 1, "test:2": 2})
    note = await records(store, owner, "5.1").put("notes", {"text": secret(owner, "note")})
    await records(store, owner, "5.2").update(
        "notes", note["id"], set={"text": secret(owner, "note")}
    )
    gone = await records(store, owner, "5.4").put("notes", {"text": secret(owner, "deleted")})
    await records(store, owner, "5.5").delete("notes", gone["id"])
    await records(store, owner, "5.6").put(
        "facts", {"subject": secret(owner, "fact"), "tags": ["a"]}
    )
    await records(store, owner, "5.7").put("visits", {"day": f"monday {user}", "who": "somebody"})
    await records(store, owner, "5.8").update("notes", where={"text": "none"}, set={"text": "y"})
    shared = Database(store.record_store, COLLECTIONS, lambda: NOW).bound(
        Holder.of(owner, "all"), f"{owner}#life:5.9"
    )
    await shared.put("facts", {"subject": f"of all {user}"})
    await store.put("seats", owner, {"text": secret(owner, "document")})
    event = Event(f"test:{user}8", "text", owner, user, NOW, 8, secret(owner, "event"))
    letters = [
        of_event(event, None, "step:crashed (X)", NOW),
        of_message(
            f"{owner}#life:5.9", owner,
            Item(Send("5.9", user, Message(secret(owner, "message"))), NOW), "blocked", NOW,
        ),
        Dead(f"test:{user}9", "update", "odd", NOW,
             {"from": {"id": int(user)}, "text": [secret(owner, "update")]}),
        Dead(f"test:{user}6", "event", "odd", NOW, {"text": secret(owner, "dropped")}),
    ]  # fmt: skip
    for letter in letters:
        await store.set_aside(letter)
    await store.discard(letters[-1].id, NOW)


def sessions(store: Store) -> Sessions:
    clock = SystemClock()
    return Sessions(store, clock, Outage(clock), sole=False)


async def erased(store: Store, owner: str = ANN, *, sole: bool = True) -> Person:
    return await erase(store, sessions(store), owner, NOW, sole=sole)


async def left(store: Store, texts: Sequence[str]) -> list[str]:
    """Which texts are in the files of the database, or in its collections."""
    inner = inner_of(store)
    if hasattr(inner, "_path"):
        path: Path = inner._path
        files = await asyncio.to_thread(lambda: [one.read_bytes() for one in path.parent.iterdir()])
        return [text for text in texts if any(text.encode() in content for content in files)]
    database = inner._client.get_default_database()
    everything = [
        repr(await database[name].find({}).to_list(None))
        for name in await database.list_collection_names()
    ]
    return [text for text in texts if any(text in content for content in everything)]


async def test_what_is_searched_for_would_be_found(store: Store) -> None:
    await fill(store, ANN)
    kept = [secret(ANN, place) for place in PLACES if place not in ("before", "dropped")]
    assert [text for text in kept if text not in await left(store, kept)] == []


async def test_all_of_a_person_is_gathered_and_nothing_of_others(store: Store) -> None:
    await fill(store, ANN)
    await fill(store, BOB)
    shown = exported(await gather(store, ANN))
    assert shown["session"]["user"] == {"told": secret(ANN, "user")}
    assert shown["received"] == {"test:1": 1, "test:2": 2}
    assert sorted((name, len(rows)) for name, rows in shown["records"].items()) == [
        ("facts", 1), ("notes", 2),
    ]  # fmt: skip
    assert [("deleted" in row) for row in shown["records"]["notes"]].count(True) == 1
    assert shown["documents"] == {"seats": {"text": secret(ANN, "document")}}
    assert sorted(one["kind"] for one in shown["dead"]) == ["event", "message", "update"]
    for place in PLACES:
        expected = place not in ("before", "dropped")
        assert (secret(ANN, place) in repr(shown)) is expected, place
        assert secret(BOB, place) not in repr(shown)


async def test_the_summary_tells_where_a_person_is_and_nothing_that_they_said(
    store: Store,
) -> None:
    await fill(store, ANN)
    summary = summed_up(await gather(store, ANN), str)
    assert summary["conversations"][0]["at"] == "form: ask.name"
    assert summary["waiting"] == {"messages": 1, "actions": 0, "put back": 1, "in the inbox": 0}
    assert summary["records"] == {"facts": 1, "notes": 2}
    assert summary["timers"][0]["event"] == "idle.10m"
    assert "secret" not in repr(summary)


async def test_nothing_that_an_erased_person_told_is_left_anywhere(store: Store) -> None:
    await fill(store, BOB)
    await fill(store, ANN)
    others = exported(await gather(store, BOB))
    assert (await erased(store)).record == session_of(ANN, 2, told=secret(ANN, "user"))
    assert await left(store, SECRETS) == []
    assert exported(await gather(store, BOB)) == others
    person = await gather(store, ANN)
    assert (person.records, person.documents, person.letters) == ({}, {}, [])
    (visit,) = [
        row for row in await records(store, BOB, "9.1").find("visits") if "4711" in row["day"]
    ]
    assert visit["who"] == "somebody"  # a record of the bot's own stays
    everyone = Database(store.record_store, COLLECTIONS, lambda: NOW)
    facts = await everyone.bound(Holder.of(BOB, "all"), "9.2").find("facts")
    assert len(facts) == 2  # and so do those of a chat with others


async def test_an_erased_session_is_ahead_of_all_that_is_under_way(store: Store) -> None:
    await fill(store, ANN)
    before = (await store.load([ANN]))[ANN]
    await erased(store)
    after = (await store.load([ANN]))[ANN]
    assert after.session == Session(ANN, 3, incarnation=after.session.incarnation)
    assert after.session.incarnation not in ("", "life")
    assert (after.seen, after.spilled, after.outbox, after.again) == ({"test:7": 7}, True, (), ())
    assert await store.received(ANN, "test:1")
    late = replace(before, session=replace(before.session, rev=3))
    assert await store.commit([late]) == [False]
    assert await left(store, [secret(ANN, "user")]) == []


async def test_an_erasure_that_broke_off_is_finished_by_the_next_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(store, ANN)

    async def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(store.record_store, "clear", dies)
        with pytest.raises(KeyboardInterrupt):
            await erased(store)
    assert (await gather(store, ANN)).records
    await records(store, ANN, "6.1").put("notes", {"text": secret(ANN, "note")})
    await erased(store)
    await erased(store)
    assert await left(store, SECRETS) == []
    assert (await store.load([ANN]))[ANN].session.rev == 3


async def test_somebody_whose_action_runs_elsewhere_is_not_erased_yet(store: Store) -> None:
    await fill(store, ANN)
    record = session_of(ANN, 3)
    invoke = Invoke("5.4", "4711", "x", {}, "key", 10_000, NOW, 1)
    leased = Item(invoke, NOW + 1, "worker-1", 1, NOW)
    await store.commit([replace(record, outbox=(leased,))])
    with pytest.raises(StatechatError, match="person:busy"):
        await erased(store, sole=False)
    assert len((await gather(store, ANN)).letters) == 3
    await erased(store, sole=True)
    assert await left(store, SECRETS) == []


async def test_of_somebody_who_is_not_known_nothing_is_stored(store: Store) -> None:
    await fill(store, BOB)
    assert not (await gather(store, ANN)).known
    await erased(store)
    assert await store.load([ANN]) == {}


async def damage(store: Store, owner: str) -> None:
    """Let a stored session become what no Statechat has written."""
    inner = inner_of(store)
    if hasattr(inner, "_run"):
        text = "UPDATE sessions SET doc = json_set(doc, '$.user', json('[1]')) WHERE id = ?"
        await inner._run(lambda connection: connection.execute(text, (owner,)))
    else:
        own = {"_id": owner}
        await inner._collection("sessions").update_one(own, {"$set": {"user": [1]}})


async def test_of_a_damaged_session_all_that_is_left_is_shown_and_can_be_repaired(
    store: Store,
) -> None:
    await fill(store, ANN)
    await damage(store, ANN)
    person = await gather(store, ANN)
    assert person.record is None
    assert summed_up(person, str)["damaged"] == "the stored session cannot be read"
    assert json.loads(person.unread or "")["user"] == [1]
    assert secret(ANN, "outbox") in exported(person)["unread"]


async def test_a_person_whose_session_is_damaged_begins_anew_when_it_is_erased(
    store: Store,
) -> None:
    await fill(store, BOB)
    await fill(store, ANN)
    before, _ = await store.raw(ANN) or (0, "")
    await damage(store, ANN)
    await erased(store)
    after = (await store.load([ANN]))[ANN]
    assert after == Record(Session(ANN, before + 1, incarnation=after.session.incarnation))
    assert await left(store, SECRETS) == []
    assert (await store.load([BOB]))[BOB].session.user


async def test_a_revision_that_cannot_be_told_is_left_to_a_human(store: Store) -> None:
    inner = inner_of(store)
    if hasattr(inner, "_run"):
        pytest.skip("SQLite keeps revisions in a column of their own, which holds numbers only")
    await fill(store, ANN)
    await inner._collection("sessions").update_one({"_id": ANN}, {"$set": {"rev": "x"}})
    with pytest.raises(StatechatError, match="store:damaged"):
        await erased(store)


async def test_operators_know_nothing_of_an_erased_person_and_still_all_of_others(
    store: Store,
) -> None:
    desk, texts = f"{BOT}/test:900", {one: secret(one, "talk") for one in (ANN, BOB)}
    talks = tuple([Talk(n, one, "life", "c", 3, texts[one]) for n, one in enumerate((ANN, BOB), 1)])
    chat = Chat(talks=talks, parts={"m1": 1, "m2": 2})
    items = [
        Item(Send(f"7.{n}", "900", Message(texts[one]), talk=n), NOW)
        for n, one in enumerate((ANN, BOB), 1)
    ]
    items += [Item(Tell("7.3", "900", ANN, "c", texts[ANN], {"kind": "say"}), NOW)]
    session = Session(desk, 1, 7, "life", started=NOW, chats={"900": chat})
    await store.commit([Record(session, outbox=tuple(items))])
    assert not (await gather(store, ANN)).known
    shown = exported(await gather(store, ANN, [desk]))
    assert shown["talks"] == {desk: [{"number": 1, "who": texts[ANN], "over": False}]}
    assert summed_up(await gather(store, ANN, [desk]), str)["with operators"] == 1

    await erase(store, sessions(store), ANN, NOW, sole=True, desks=[desk])
    assert await left(store, [texts[ANN]]) == []
    (record,) = (await store.load([desk])).values()
    assert record.session.chats["900"] == Chat(talks=talks[1:], parts={"m2": 2})
    assert record.outbox == (items[1],)
    assert not (await gather(store, ANN, [desk])).known

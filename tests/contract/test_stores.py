"""What every store does, whatever the database: run over each of them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.core.effects import Button, Invoke, Mark, Message, Send
from engine.core.events import Event, Failure, Press, Result
from engine.core.session import Chat, Frame, Leaf, Pending, Session, Snapshot, Timer
from engine.core.values import Value
from engine.errors import StatechatError
from engine.stores.protocol import Dead, Item, Record, Store
from tests.contract.homes import BOT, Home

ROOT = Path(__file__).parents[2]
ODD: dict[str, Value] = {
    "a.b": 1, "$set": {"$inc": [{"x.y": None}]}, "": "empty", "%2E": "%24", "nul\0": "nul\0",
    "🦉": "🦉" * 3, "big": 2**63 - 1, "small": -(2**63), "half": 0.5, "minus": -0.0, "yes": True,
    "none": None, "list": [1, [2, []], {}], "_id": "not an id",
}  # fmt: skip


@pytest.fixture
async def store(home: Home) -> Store:
    return await home.store()


def session(name: str = "1", rev: int = 1, **parts: Any) -> Session:  # noqa: ANN401 - of a session
    return Session(f"{BOT}/test:{name}", rev, **parts)


def record(name: str = "1", rev: int = 1, **parts: Any) -> Record:  # noqa: ANN401 - of a session
    return Record(session(name, rev, **parts))


def advanced(old: Record, **user: Value) -> Record:
    """The record after one more commit that changed these values of the person."""
    before = old.session
    return replace(old, session=replace(before, rev=before.rev + 1, user={**before.user, **user}))


def waking(name: str, *dues: int, rev: int = 1) -> Record:
    timers = tuple(Timer(f"1.{n}", due, "c", 1, "after.1m") for n, due in enumerate(dues))
    return record(name, rev, timers=timers)


def sending(name: str, *moments: int, rev: int = 1) -> Record:
    items = tuple(
        Item(Send(f"1.{n}", "c", Message("Hi")), moment) for n, moment in enumerate(moments)
    )
    return Record(session(name, rev), outbox=items)


def full() -> Record:
    """A record with everything in it."""
    leaves = (
        Leaf("ask.name", 3, 1, 99, Pending("4.1", 2), marked=("a", "b"), page=2),
        Leaf("ask.age", 4, waits=True),
    )
    frame = Frame("form", "ab12", 1, "root", leaves, ODD, ("x",), {"form.h": ("form.a", "form.b")})
    child = Frame("part", "cd34", 2, "call", (Leaf("start", 5),), {}, caller=3)
    held = (
        Event("tg:9", "text", f"{BOT}/test:1", "c.1", 7, 9, "", "", lang="de", via="v", extra=ODD),
        Event("tg:8", "choice", "other/x:1", "else", 7, press=Press(3, "yes")),
        Event("i:1", "result", f"{BOT}/test:1", "c.1", 7, result=Result("4.1", 1, {"a.b": [1]})),
        Event("i:2", "result", f"{BOT}/test:1", "c.1", 7, timer="t",
              result=Result("4.1", 1, None, Failure("timeout", "late", transient=True))),
    )  # fmt: skip
    chat = Chat((frame, child), (Snapshot(1, (frame,)),), 11, 12, 13, held, "via")
    whole = Session(
        f"{BOT}/test:1", 1, 5, "life", "de", "Europe/Berlin", 1, ODD, {"c.1": chat, "$c": Chat()},
        (Timer("5.1", 2**53, "c.1", 1, "idle.10m"), Timer("5.2", 1_000, "c.1", 2, "after")),
    )  # fmt: skip
    message = Message(
        "Hello 🦉", (Mark("bold", 0, 5), Mark("link", 6, 1, "https://a.example")),
        ((Button("Yes", 3, "yes"), Button("No", 3, "no")), (Button("?", 3, ""),)),
    )  # fmt: skip
    return Record(
        whole,
        {"tg:7": 7, "relay.example:a.b": 2**62},
        spilled=True,
        outbox=(
            Item(Send("5.3", "c.1", message, "via"), 500, "worker-1", 2, 400),
            Item(Invoke("5.4", "c.1", "users.register", ODD, "key", 10_000, 700, 1), 600),
        ),
        again=(Dead("tg:3", "event", "bad", 9, ODD),),
        taken="tg:6",
        below={"nostr": 1_800_000_000},
        aside=(Dead("tg:4", "event", "deadly", 9, ODD),),
    )


class TestSessions:
    async def test_a_record_comes_back_as_it_was(self, store: Store) -> None:
        assert await store.commit([full()]) == [True]
        (found,) = (await store.load([full().session.id])).values()
        assert found == full()
        assert repr(found.session.user["minus"]) == "-0.0"
        assert type(found.session.user["big"]) is int

    async def test_only_what_exists_is_loaded(self, store: Store) -> None:
        await store.commit([record("1"), record("2")])
        found = await store.load([f"{BOT}/test:{name}" for name in ("0", "1", "2", "2")])
        assert sorted(found) == [f"{BOT}/test:1", f"{BOT}/test:2"]
        assert await store.load([]) == {}

    async def test_many_are_loaded_and_committed_at_once(self, store: Store) -> None:
        many = [record(str(number)) for number in range(300)]
        assert await store.commit(many) == [True] * 300
        assert len(await store.load([each.session.id for each in many])) == 300
        assert await store.commit([]) == []

    async def test_the_first_revision_needs_that_none_exists(self, store: Store) -> None:
        assert await store.commit([record(lang="de")]) == [True]
        assert await store.commit([record(lang="en")]) == [False]
        assert (await store.load([session().id]))[session().id].session.lang == "de"

    @pytest.mark.parametrize("rev", [1, 2, 4, 5])
    async def test_a_revision_replaces_only_the_one_before(self, store: Store, rev: int) -> None:
        for number in (1, 2):
            assert await store.commit([record(rev=number)]) == [True]
        assert await store.commit([record(rev=rev, lang="de")]) == [False]
        assert await store.commit([record(rev=3, lang="en")]) == [True]
        assert (await store.load([session().id]))[session().id] == record(rev=3, lang="en")

    async def test_a_later_revision_of_a_session_that_is_gone_is_refused(
        self, store: Store
    ) -> None:
        assert await store.commit([record(rev=7), record("2")]) == [False, True]
        assert list(await store.load([session().id, session("2").id])) == [session("2").id]

    async def test_one_loser_does_not_hold_up_the_others(self, store: Store) -> None:
        await store.commit([record(str(number)) for number in range(5)])
        await store.commit([record("3", 2, lang="de")])
        results = await store.commit([record(str(number), 2, lang="en") for number in range(5)])
        assert results == [True, True, True, False, True]
        found = await store.load([session(str(number)).id for number in range(5)])
        assert [each.session.lang for each in found.values()].count("en") == 4

    async def test_of_fifty_writers_at_once_none_loses_what_it_wrote(self, store: Store) -> None:
        await store.commit([record(user={"count": 0})])

        async def write(number: int) -> None:
            while True:
                old = (await store.load([session().id]))[session().id]
                count = old.session.user["count"]
                assert isinstance(count, int)
                new = advanced(old, **{"count": count + 1, f"by{number}": number})
                if await store.commit([new]) == [True]:
                    return

        await asyncio.gather(*(write(number) for number in range(50)))
        last = (await store.load([session().id]))[session().id].session
        assert last.rev == 51
        assert last.user["count"] == 50
        assert len(last.user) == 51

    async def test_of_fifty_that_begin_a_session_one_wins(self, store: Store) -> None:
        results = await asyncio.gather(
            *(store.commit([record(user={"by": number})]) for number in range(50))
        )
        winner = results.index([True])
        assert results.count([True]) == 1
        assert (await store.load([session().id]))[session().id].session.user == {"by": winner}

    async def test_a_value_that_cannot_be_stored_fails_alone(self, store: Store) -> None:
        bad = record("bad", user={"text": "\ud800"})
        results = await asyncio.gather(
            store.commit([record("1")]),
            store.commit([bad]),
            store.commit([record("2")]),
            return_exceptions=True,
        )
        assert (results[0], results[2]) == ([True], [True])
        assert isinstance(results[1], StatechatError)
        assert results[1].code == "store:value"
        found = await store.load([session(name).id for name in ("1", "2", "bad")])
        assert sorted(found) == [session("1").id, session("2").id]


class TestWhatIsDue:
    async def test_it_comes_earliest_first_and_bounded(self, store: Store) -> None:
        await store.commit([waking("a", 300, 900), waking("b", 100), waking("c", 200), record("d")])
        await store.commit([sending("e", 250), sending("f", 50, 10), sending("g", 150)])
        assert await store.next_due() == 100
        assert await store.next_outgoing() == 10
        assert await store.due(99, 10) == []
        assert await store.due(300, 10) == [session(name).id for name in "bca"]
        assert await store.due(300, 2) == [session(name).id for name in "bc"]
        assert await store.due(300, 0) == []
        assert await store.outgoing(9, 10) == []
        assert await store.outgoing(150, 10) == [session(name).id for name in "fg"]
        assert await store.outgoing(999, 1) == [session("f").id]

    async def test_what_is_done_is_not_due_any_more(self, store: Store) -> None:
        assert await store.next_due() is None
        assert await store.next_outgoing() is None
        both = replace(sending("a", 5), session=waking("a", 10).session)
        await store.commit([both])
        assert (await store.next_due(), await store.next_outgoing()) == (10, 5)
        later = replace(waking("a", 70, rev=2), outbox=sending("a", 80).outbox)
        await store.commit([later])
        assert (await store.next_due(), await store.next_outgoing()) == (70, 80)
        await store.commit([record("a", 3)])
        assert (await store.next_due(), await store.next_outgoing()) == (None, None)
        assert await store.due(1_000, 9) == await store.outgoing(1_000, 9) == []

    async def test_another_bot_sees_nothing_of_it(self, home: Home) -> None:
        if not home.concurrent:
            pytest.skip("a file belongs to one bot")
        store, other = await home.store(), await home.store("other")
        await store.commit([waking("a", 10), sending("b", 10)])
        await store.put("things", "x", {"of": "demo"})
        await store.set_aside(Dead("d", "event", "bad", 1, None))
        await store.remember(f"{BOT}/test:1", {"tg:1": 1})
        await other.forget("tg", 100)
        assert await other.due(99, 9) == await other.outgoing(99, 9) == []
        assert await other.next_due() is None
        assert await other.all("things") == {}
        assert await other.get("things", "x") is None
        assert await other.dead() == []
        assert await store.received(f"{BOT}/test:1", "tg:1")


class TestTheLedger:
    async def test_it_remembers_by_owner_until_told_to_forget(self, store: Store) -> None:
        await store.remember("demo/tg:1", {"tg:10": 10, "tg:11": 11, "tgx:3": 3})
        await store.remember("demo/tg:2", {"tg:12": 12, "t:1": 1})
        assert await store.received("demo/tg:1", "tg:10")
        assert not await store.received("demo/tg:2", "tg:10")
        assert not await store.received("demo/tg:1", "tg:1")
        await store.forget("tg", 11)
        known = {
            id_
            for owner in ("demo/tg:1", "demo/tg:2")
            for id_ in ("tg:10", "tg:11", "tg:12", "tgx:3", "t:1")
            if await store.received(owner, id_)
        }
        assert known == {"tg:11", "tg:12", "tgx:3", "t:1"}

    async def test_remembering_again_changes_nothing(self, store: Store) -> None:
        await store.remember("o", {"nostr:a": 1})
        await store.remember("o", {"nostr:a": 1, "nostr:b": 2})
        await store.remember("o", {})
        assert await store.received("o", "nostr:a")
        assert await store.received("o", "nostr:b")

    async def test_ids_with_odd_characters_stay_apart(self, store: Store) -> None:
        await store.remember('a"', {'s:,"b': 1})
        assert await store.received('a"', 's:,"b')
        assert not await store.received("a", '"s:,"b')


class TestProgramsAndDeadLetters:
    async def test_the_source_of_a_version_is_kept(self, store: Store) -> None:
        assert await store.program("ab") is None
        await store.keep_program("ab", {"flow.yaml": "flow: x\n", **ODD})
        await store.keep_program("ab", {"flow.yaml": "another"})
        assert await store.program("ab") == {"flow.yaml": "flow: x\n", **ODD}

    async def test_the_versions_that_are_kept_are_known(self, store: Store) -> None:
        await store.keep_program("ab", {"a": 1})
        await store.keep_program('c"d', {"a": 1})
        assert await store.programs() == {"ab", 'c"d'}

    async def test_the_versions_in_which_people_stand_are_known(self, store: Store) -> None:
        def run(hash_: str, number: int) -> Frame:
            return Frame("f", hash_, number, "root", (Leaf("s", number),), {})

        back = (Snapshot(1, (run("old", 1), run("older", 2))),)
        chats = {"a.$b": Chat((run("now", 1), run("new", 2)), back), "c": Chat((run("other", 1),))}
        assert await store.versions() == set()
        await store.commit([record(chats=chats), record("2")])
        assert await store.versions() == {"old", "older", "now", "new", "other"}

    async def test_a_dead_letter_is_set_aside_once(self, store: Store) -> None:
        first = Dead("tg:7", "event", "unreadable", 20, ODD)
        second = Dead("5.1", "send", "blocked", 10, [1, "x", None])
        await store.set_aside(first)
        await store.set_aside(second)
        await store.set_aside(Dead("tg:7", "event", "again", 30, None))
        assert await store.dead() == [second, first]

    async def test_a_dead_letter_is_discarded_as_long_as_it_is_the_one_that_was_meant(
        self, store: Store
    ) -> None:
        old, new = Dead("tg:7", "event", "bad", 20, ODD), Dead("tg:7", "event", "again", 30, None)
        await store.set_aside(old)
        assert await store.discard("tg:8", 20) is False
        assert await store.discard("tg:7", 20) is True
        await store.set_aside(new)
        assert await store.discard("tg:7", 20) is False
        assert await store.dead() == [new]

    async def test_a_session_with_a_letter_that_was_put_back_is_due_at_once(
        self, store: Store
    ) -> None:
        await store.commit([replace(waking("1", 900), again=(Dead("d", "event", "", 1, None),))])
        await store.commit([waking("2", 500)])
        assert await store.due(0, 10) == [session("1").id]
        assert await store.next_due() == 0


class TestDocuments:
    async def test_they_are_put_and_got_and_removed(self, store: Store) -> None:
        assert await store.get("notes", "a") is None
        await store.put("notes", "a", {"n": 1, "gone": True})
        await store.put("notes", "a", ODD)
        assert await store.get("notes", "a") == ODD
        assert await store.get("other", "a") is None
        assert await store.remove("notes", "a") is True
        assert await store.remove("notes", "a") is False
        assert await store.get("notes", "a") is None

    async def test_only_one_can_add_an_id(self, store: Store) -> None:
        added = await asyncio.gather(*(store.add("notes", "a", {"by": n}) for n in range(10)))
        assert added.count(True) == 1
        assert await store.get("notes", "a") == {"by": added.index(True)}

    async def test_a_collection_is_listed_in_the_order_of_ids(self, store: Store) -> None:
        ids = ("", "$x", "10", "9", "a.b", "é", "🦉")
        for id_ in reversed(ids):
            await store.put("notes", id_, {"id": id_})
        await store.put("other", "z", {})
        assert list((await store.all("notes")).items()) == [(id_, {"id": id_}) for id_ in ids]
        assert await store.all("none") == {}


class TestDurability:
    async def test_what_was_written_is_there_after_a_reopen(self, home: Home) -> None:
        first = home.make(BOT)
        await first.open()
        await first.commit([full()])
        await first.put("notes", "a", ODD)
        await first.remember("o", {"tg:1": 1})
        await first.keep_program("ab", {"a": 1})
        await first.set_aside(Dead("d", "event", "bad", 1, ODD))
        await first.close()
        await first.close()
        second = await home.store()
        assert await second.load([full().session.id]) == {full().session.id: full()}
        assert await second.get("notes", "a") == ODD
        assert await second.received("o", "tg:1")
        assert await second.program("ab") == {"a": 1}
        assert await second.dead() == [Dead("d", "event", "bad", 1, ODD)]
        assert await second.next_due() == 0

    async def test_a_closed_store_says_so(self, home: Home) -> None:
        store = home.make(BOT)
        await store.open()
        await store.close()
        for call in (lambda: store.load(["x"]), lambda: store.commit([record()])):
            await _fails(call, "store:closed")

    async def test_a_cancelled_writer_leaves_the_store_usable(self, store: Store) -> None:
        """Wherever the cancellation hits, the commit was done wholly or not at all."""
        await store.commit([record()])
        for turns in range(8):
            old = (await store.load([session().id]))[session().id]
            writer = asyncio.create_task(_commit(store, advanced(old, turns=turns)))
            for _ in range(turns):
                await asyncio.sleep(0)
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer
            await _written_after_all(store, f"{turns}")
        assert (await store.load([session().id]))[session().id].session.rev >= 1


async def _commit(store: Store, new: Record) -> list[bool]:
    return await store.commit([new])


async def _written_after_all(store: Store, name: str) -> None:
    assert await store.commit([record(f"after{name}")]) == [True]


async def _fails(call: Callable[[], Awaitable[object]], code: str) -> None:
    with pytest.raises(StatechatError) as caught:
        await call()
    assert caught.value.code == code


async def test_sessions_are_paged_by_what_their_ids_begin_with(store: Store) -> None:
    names = ["a", "b", "z", "é", "🦉"]
    for name in names:
        assert await store.commit([record(name)]) == [True]
    for other in (f"{BOT}/tesu:0", f"{BOT}/.broadcast:test", f"{BOT}/tes:1"):
        assert await store.commit([Record(Session(other, 1))]) == [True]
    prefix = f"{BOT}/test:"
    found, after = [], ""
    while page := await store.owners(prefix, after, 2):
        assert len(page) <= 2
        found += page
        after = page[-1]
    assert found == [f"{prefix}{name}" for name in names]
    assert await store.owners(prefix, "", 0) == []
    assert await store.owners("nobody/", "", 5) == []

"""A bot that keeps its conversations in MongoDB: one that dies, one whose database dies, and two.

What no server may be asked for, such as its death, is tried on one of our own; the rest is tried on
that of `MONGODB_URI`, where it is set. People write over Nostr, where several workers can listen.
"""

import asyncio
import itertools
import json
import os
import re
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import jsonschema
import pytest

pytest.importorskip("pynostr")
pytest.importorskip("nostr_sdk")
pytest.importorskip("motor")

from engine.core.phrases import phrase
from engine.runtime.items import LEASE
from engine.runtime.wakes import POLL
from engine.stores.mongo_codec import unpack
from engine.stores.protocol import Record
from tests.e2e.crowd import crowd
from tests.e2e.mongo import Fate, Rows, Server, Wire
from tests.e2e.process import ROOT, running
from tests.e2e.revived import LAST, MEMBER, REGISTRATION, STEPS, TEXTS, answered, converse, revived
from tests.e2e.tap import SignedJson, Tap, assert_identical
from tests.servers.nostr_person import Person, person
from tests.servers.relay import running as relay
from transports.nostr.keys import Key

FLOW = "flows/registration"
BOUND: Final = (LEASE + POLL) / 1000 + 10
"""How long (s) after the death of a worker what it had planned must have been said by another.

A slow machine has ten seconds of it, to start the other one.
"""
LATE: Final = phrase("late", "en")
PEOPLE: Final = 50
SCHEMA: Final = ROOT / "schemas" / "session.v1.json"


class Identity:
    """A bot's keys and its database, which nobody else has."""

    def __init__(self, uri: str, *relays: str) -> None:
        self.secret = secrets.token_hex(32)
        self.public = Key(bytes.fromhex(self.secret)).public
        self.database = f"statechat_{secrets.token_hex(6)}"
        parts = urlsplit(uri)
        self.uri = urlunsplit(parts._replace(path=f"/{self.database}"))
        self.relays = ",".join(relays)

    def settings(self, folder: Path) -> dict[str, str]:
        return {
            "NOSTR_KEY": self.secret,
            "NOSTR_RELAYS": self.relays,
            "MONGODB_URI": self.uri,
            "STATECHAT_DATA": str(folder),
        }

    def rows(self, uri: str | None = None) -> Rows:
        return Rows(uri or self.uri, self.database)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A relay."""
    with relay() as started:
        yield started


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of our own, to be killed."""
    pytest.importorskip("secantus.server")
    server = Server(tmp_path / "mongo")
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a MongoDB is."""
    if given := os.environ.get("MONGODB_URI"):
        yield given
        return
    pytest.importorskip("secantus.server")
    server = Server(tmp_path_factory.mktemp("mongo"))
    server.start()
    yield server.uri
    server.kill()


async def idle(rows: Rows, public: str) -> Record:
    """A person's record when nothing is left to do for them."""
    async with asyncio.timeout(20):
        while (record := await rows.record(f"registration/nostr:{public}")).outbox:
            continue
    return record


async def assert_applied_once(rows: Rows, public: str, texts: int, steps: int) -> None:
    """One person has registered, by so many texts and steps, and nothing is left to do."""
    record = await idle(rows, public)
    assert record.session.steps == steps
    assert len(record.seen) == texts
    members = [row["values"] for row in await rows.all("records.registration.members")]
    assert [{key: one[key] for key in MEMBER} for one in members] == [MEMBER]
    assert await rows.all("dead") == []


async def answers(one: Person, count: int) -> list[str]:
    """What a person was answered, once it is so much; that it takes longer is no answer."""
    while True:
        found = [letter.text for letter in one.letters if letter.text != LATE]
        if len(found) >= count:
            return found
        await one.received(len(one.letters) + 1)


async def test_a_person_is_one_document(tmp_path: Path, url: str, uri: str) -> None:
    bot = Identity(uri, url)
    async with (
        bot.rows() as rows,
        running("run", FLOW, **bot.settings(tmp_path)) as process,
        person(bot.public, url) as ann,
    ):
        assert "store: mongodb 127.0.0.1" in await process.ready() or "MONGODB_URI" in os.environ
        await converse(ann, REGISTRATION[:4])
        await idle(rows, ann.public)
        (document,) = await rows.all("sessions")
        jsonschema.validate(unpack(document), json.loads(SCHEMA.read_text()))
        assert document["_id"] == f"registration/nostr:{ann.public}"
        assert document["bot"] == "registration"
        assert document["rev"] >= 4
        assert re.fullmatch("[0-9a-f]{16}", document["incarnation"])
        assert document["wake_at"] == min(timer["due"] for timer in document["timers"])
        assert "outbox" not in document
        assert "out_at" not in document
        assert [id_.partition(":")[0] for id_ in document["seen"]] == ["nostr"] * 4
        chat = document["chats"][ann.public]
        caller, called = chat["stack"]
        assert (caller["flow"], caller["state"]) == ("registration", "address")
        assert caller["data"] == {"name": "Ann", "age": 40, "city": "vienna"}
        assert (called["flow"], called["state"]) == ("address", "street")
        assert len(chat["back"]) == 3
        programs = {row["_id"] for row in await rows.all("programs")}
        assert all(any(frame["hash"] in id_ for id_ in programs) for frame in chat["stack"])

        await converse(ann, [*REGISTRATION[4:], *LAST])
        await assert_applied_once(rows, ann.public, 8, STEPS + 1)
        assert len(await rows.all("sessions")) == 1
        assert await process.stop() == 0


async def test_a_write_of_unknown_outcome_is_done_once(
    tmp_path: Path, url: str, server: Server
) -> None:
    fates: Iterator[Fate] = itertools.cycle(("lost", "done", "unanswered", "unanswered", "done"))
    seen: list[Fate] = []

    async def next_fate() -> Fate:
        seen.append(next(fates))
        return seen[-1]

    async with Wire(server.uri) as wire:
        bot = Identity(wire.uri, url)
        async with (
            bot.rows(server.uri) as rows,
            running("run", FLOW, **bot.settings(tmp_path)) as process,
            person(bot.public, url) as ann,
        ):
            await process.ready()
            wire.trigger = next_fate
            await converse(ann, [*REGISTRATION, *LAST])
            wire.trigger = None
            await assert_applied_once(rows, ann.public, 8, STEPS + 1)
            assert {"lost", "unanswered"} <= set(seen)
            assert process.process.returncode is None


async def test_an_outage_of_the_database_delays_answers_and_loses_nothing(
    tmp_path: Path, url: str, server: Server
) -> None:
    async with Wire(server.uri) as wire:
        bot = Identity(wire.uri, url)
        async with (
            bot.rows(server.uri) as rows,
            running("run", FLOW, **bot.settings(tmp_path)) as process,
            person(bot.public, url) as ann,
        ):
            await process.ready()
            await converse(ann, REGISTRATION[:2])

            server.kill()
            for text, _ in REGISTRATION[2:4]:
                await ann.say(text)
            await process.line("the store does not answer", 1)
            server.start()
            assert await answers(ann, 5) == TEXTS[:5]

            async def die() -> Fate:
                """Take the server away while it writes."""
                wire.trigger = None
                server.kill()
                return "done"

            wire.trigger = die
            await ann.say(REGISTRATION[4][0])
            await process.line("the store does not answer", 2)
            server.start()
            assert await answers(ann, 6) == TEXTS[:6]
            await converse(ann, [*REGISTRATION[5:], *LAST])
            assert [letter.text for letter in ann.letters].count(LATE) <= 1
            await assert_applied_once(rows, ann.public, 8, STEPS + 1)


async def test_two_workers_on_one_database_apply_each_event_once(
    tmp_path: Path, url: str, uri: str
) -> None:
    bot = Identity(uri, url)
    settings = bot.settings(tmp_path)
    hurried = [text for text, _ in REGISTRATION[:4]]
    async with (
        bot.rows() as rows,
        running("run", FLOW, **settings) as first,
        running("run", FLOW, **settings) as second,
        crowd(bot.public, url, PEOPLE) as people,
    ):
        await first.ready()
        await second.ready()

        async def register(one: Person) -> None:
            for text in hurried:
                await one.say(text)
            assert [letter.text for letter in await one.received(5)] == TEXTS[:5]
            await converse(one, REGISTRATION[4:6])

        await asyncio.gather(*map(register, people))
        assert len(await rows.all("sessions")) == PEOPLE
        for one in people:
            record = await idle(rows, one.public)
            assert (record.session.steps, len(record.seen)) == (6, 6)
        assert await rows.all("dead") == []
        assert [await first.stop(), await second.stop()] == [0, 0]


async def test_a_worker_that_is_stopped_gives_back_what_it_could_not_say(
    tmp_path: Path, url: str, uri: str
) -> None:
    async with Tap(url) as stuck, Tap(url) as free:
        bot = Identity(uri, stuck.url)
        settings = bot.settings(tmp_path)
        trying = asyncio.Event()

        async def swallow(_: SignedJson) -> bool:
            trying.set()
            return False

        async with (
            bot.rows() as rows,
            running("run", FLOW, **settings) as stopped,
            running("run", FLOW, **{**settings, "NOSTR_RELAYS": free.url}) as heir,
            person(bot.public, url) as ann,
        ):
            await stopped.ready()
            await heir.ready()
            stuck.trigger, free.deaf = swallow, True
            await ann.say(REGISTRATION[0][0])
            async with asyncio.timeout(20):
                await trying.wait()
            assert await stopped.stop() == 0
            await answered(ann, TEXTS[:2], POLL / 1000 + 5)
            free.deaf = False
            await converse(ann, [*REGISTRATION[1:], *LAST])
            await assert_applied_once(rows, ann.public, 8, STEPS + 1)


async def test_what_a_dead_worker_had_planned_is_said_when_its_lease_has_ended(
    tmp_path: Path, url: str, uri: str
) -> None:
    async with asyncio.TaskGroup() as scenes:
        scenes.create_task(taken_over(tmp_path, url, uri))
        for point in (
            "after-step-before-commit:2",
            "after-commit-before-send:3",
            "after-commit-before-ack:3",
            "after-send-before-mark:3",
        ):
            scenes.create_task(restarted(tmp_path, url, uri, point))


async def restarted(folder: Path, url: str, uri: str, point: str) -> None:
    """A worker that dies is started again: it is another one, which has to wait for the lease."""
    async with Tap(url) as tap:
        bot = Identity(uri, tap.url)
        async with (
            bot.rows() as rows,
            revived("run", FLOW, kill_at=[point], **bot.settings(folder)) as lives,
            person(bot.public, url) as ann,
        ):
            await converse(ann, [*REGISTRATION, *LAST], seconds=BOUND)
            await assert_applied_once(rows, ann.public, 8, STEPS + 1)
            assert lives.deaths == 1
    assert_identical(tap.published, len(TEXTS) + 1)


async def taken_over(folder: Path, url: str, uri: str) -> None:
    """A worker dies, and the other one has not heard what was said to it."""
    async with Tap(url) as tap:
        bot = Identity(uri, url)
        settings = bot.settings(folder)
        async with (
            bot.rows() as rows,
            running("run", FLOW, **settings, STATECHAT_KILL_AT="after-commit-before-send") as dying,
            running("run", FLOW, **{**settings, "NOSTR_RELAYS": tap.url}) as heir,
            person(bot.public, url) as ann,
        ):
            await dying.ready()
            await heir.ready()
            tap.deaf = True
            await ann.say(REGISTRATION[0][0])
            assert await dying.ended() == -signal.SIGKILL
            assert ann.letters == []
            await answered(ann, TEXTS[:2], BOUND)
            tap.deaf = False
            await converse(ann, [*REGISTRATION[1:], *LAST])
            await assert_applied_once(rows, ann.public, 8, STEPS + 1)

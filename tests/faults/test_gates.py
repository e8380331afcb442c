"""The gates of the fault harness before a relay: they fail, but never against Nostr's promises."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

pytest.importorskip("nostr_sdk")

import nostr_sdk as sdk  # type: ignore[import-untyped]  # it has no types
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bench.faults import gates
from bench.faults.gates import Gate, Traffic
from bench.faults.nostr import menu
from tests.servers import relay

BOT = str(sdk.Keys.generate().public_key().to_hex())


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with relay.running() as url:
        yield url


class Always(random.Random):
    """Chooses these kinds of failures, one after the other, and then none."""

    def __init__(self, *kinds: str) -> None:
        super().__init__(1)
        self.kinds = list(kinds)

    def random(self) -> float:
        return 0.0 if self.kinds else 1.0

    def choice(self, seq: Sequence[Any]) -> Any:  # noqa: ANN401 - as the base's
        return self.kinds.pop(0) if self.kinds and self.kinds[0] in seq else seq[0]


def event(text: str) -> dict[str, Any]:
    """A private message to the bot, as far as a gate looks at it."""
    to = sdk.Tag.parse(["p", BOT])
    made = sdk.EventBuilder(sdk.Kind(1059), text).tags([to]).finalize(sdk.Keys.generate())
    return dict(json.loads(made.as_json()))


@asynccontextmanager
async def subscribed(
    url: str, *kinds: str
) -> AsyncIterator[tuple[Traffic, ClientConnection, ClientConnection]]:
    """A bot behind a gate, and somebody who writes to the relay."""
    traffic = Traffic()
    async with (
        Gate(url, 0, traffic, Always(*kinds), rate=0.5) as gate,
        connect(gate.url) as bot,
        connect(url) as writer,
    ):
        wanted = {"kinds": [1059, 4], "#p": [BOT], "since": 2**31}
        await bot.send(json.dumps(["REQ", "q1", wanted]))
        while json.loads(await bot.recv())[0] != "EOSE":
            pass
        await bot.send(json.dumps(["CLOSE", "q1"]))
        await bot.send(json.dumps(["REQ", "q2", {**wanted, "since": 0}]))
        while json.loads(await bot.recv())[:2] != ["EOSE", "q2"]:
            pass
        yield traffic, bot, writer


async def heard(bot: ClientConnection, count: int) -> list[str]:
    """The contents of the next messages."""
    found: list[str] = []
    async with asyncio.timeout(10):
        while len(found) < count:
            frame = json.loads(await bot.recv())
            if frame[0] == "EVENT":
                found.append(frame[2]["content"])
    return found


async def write(traffic: Traffic, writer: ClientConnection, text: str, author: str) -> None:
    made = event(text)
    traffic.authors[made["id"]] = author
    await writer.send(json.dumps(["EVENT", made]))


async def test_a_message_that_is_held_back_is_overtaken_by_other_persons_only(url: str) -> None:
    async with subscribed(url, gates.REORDERED) as (traffic, bot, writer):
        await write(traffic, writer, "ann 1", "ann")
        await write(traffic, writer, "ben 1", "ben")
        assert await heard(bot, 2) == ["ben 1", "ann 1"]
    async with subscribed(url, gates.REORDERED) as (traffic, bot, writer):
        await write(traffic, writer, "ann 2", "ann")
        await write(traffic, writer, "ann 3", "ann")
        assert await heard(bot, 2) == ["ann 2", "ann 3"]


async def test_what_follows_a_dropped_message_is_dropped_too_until_the_cut(url: str) -> None:
    async with subscribed(url, gates.HALF_OPEN) as (traffic, bot, writer):
        await write(traffic, writer, "dropped", "ann")
        await write(traffic, writer, "as well", "ben")
        with pytest.raises(ConnectionClosed):
            await heard(bot, 1)
    assert traffic.failures[f"{gates.HALF_OPEN}, message to the bot"] == 1


async def test_a_message_comes_twice_on_demand(url: str) -> None:
    async with subscribed(url, gates.REPEATED) as (traffic, bot, writer):
        await write(traffic, writer, "again", "ann")
        assert await heard(bot, 2) == ["again", "again"]


@pytest.mark.parametrize(
    ("kind", "answers"),
    [(gates.LOST, []), (gates.UNANSWERED, []), (gates.REFUSED, [False]), ("none", [True])],
)
async def test_what_the_bot_publishes_is_lost_refused_or_not_answered(
    url: str, kind: str, answers: list[bool]
) -> None:
    async with subscribed(url, kind) as (traffic, bot, _):
        if kind == "none":
            traffic.failures.clear()
        made = event("hello")
        await bot.send(json.dumps(["EVENT", made]))
        await bot.send(json.dumps(["REQ", "end", {"kinds": [0], "limit": 1}]))
        found: list[bool] = []
        while (frame := json.loads(await bot.recv()))[:2] != ["EOSE", "end"]:
            if frame[0] == "OK":
                found.append(frame[2])
        assert found == answers
        assert traffic.published == {made["id"]: made}


def test_an_event_that_is_published_again_must_be_the_same() -> None:
    traffic = Traffic()
    first = {"id": "1", "sig": "a"}
    traffic.publish(first, 1, 0)
    traffic.publish(dict(first), 1, 1)
    traffic.publish(dict(first), 2, 0)
    assert traffic.failures.total() == 1
    assert not traffic.troubles
    traffic.publish({"id": "1", "sig": "b"}, 3, 0)
    assert traffic.troubles


def test_a_menu_is_read_as_people_read_it() -> None:
    text = "Where do you live?\n1. Berlin\n2. Vienna"
    assert menu(text) == ("Where do you live?", {"Berlin": "1", "Vienna": "2"})
    assert menu("Anything on top?\n1. Olives\n[Next] [Done]") == (
        "Anything on top?",
        {"Olives": "1"},
    )
    assert menu("How many? (1 to 9)") == ("How many? (1 to 9)", {})

"""What others notice of a person who sends 10,000 messages: `python -m bench.flood`.

A hundred persons send a command every half second through the whole Telegram transport, on a SQLite
file that is synced at every commit. In one process and turn by turn, they do so alone, and while a
flooder sends on top. How long each waits is from the arrival of the update at the server to the
call of `sendMessage`.
"""

import argparse
import asyncio
import functools
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from unittest import mock

from bench.chart import FOLDER, Bar, bars
from bench.disk import told
from bench.memory_api import MemoryApi, MemorySession
from bench.stalls import looking
from bench.timing import machine, table
from engine.compiler.bot import load
from engine.core.access import Limits, Rate
from engine.core.step import step
from engine.runtime.actions import Actions
from engine.runtime.app import App
from engine.runtime.garbage import spare
from engine.runtime.release import Release
from engine.stores.batch import Batched
from engine.stores.sqlite import SqliteStore
from transports.telegram import api
from transports.telegram.transport import Telegram

FLOW: Final = Path(__file__).parent / "flows" / "plain.yaml"
TOKEN: Final = "42:" + "T" * 35
FLOODER: Final = 1
PERSONS: Final = range(1_000, 1_100)
EVERY: Final = 0.5
FLOOD: Final = 10_000
FLOOD_EACH: Final = 500
"""Messages that the flooder sends in a second."""
SECONDS: Final = FLOOD / FLOOD_EACH
"""How long the others talk: as long as the flood comes in."""
LIMIT: Final = Limits(rate=Rate(10, 1_000))
ROUNDS: Final = 3
GOAL: Final = 2.0


class Server(MemoryApi):
    """Notes when each chat is written to."""

    def __init__(self) -> None:
        super().__init__()
        self.sent_at: dict[int, float] = {}
        self.waits: list[float] = []
        self.to_flooder = 0
        self.number = 0

    def say(self, person: int, text: str) -> None:
        self.number += 1
        chat = {"id": person, "type": "private", "first_name": "P"}
        message = {
            "message_id": self.number, "date": int(time.time()), "text": text, "chat": chat,
            "from": {**chat, "is_bot": False},
        }  # fmt: skip
        self.enqueue({"update_id": self.number, "message": message})
        if person != FLOODER:
            self.sent_at[person] = time.perf_counter()

    def _take(self, method: str, fields: Mapping[str, Any]) -> object:
        if method == "sendMessage":
            person = int(fields["chat_id"])
            if person == FLOODER:
                self.to_flooder += 1
            elif person in self.sent_at:
                self.waits.append(time.perf_counter() - self.sent_at.pop(person))
        return super()._take(method, fields)


@dataclass
class Found:
    """Waits of the others in seconds, and what became of the flood."""

    waits: list[float] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    drained: list[float] = field(default_factory=list)

    def at(self, share: float) -> float:
        """A quantile of the waits, in milliseconds."""
        waits = sorted(self.waits)
        return waits[min(len(waits) - 1, int(share * len(waits)))] * 1e3


async def once(folder: Path, flood: int, found: Found) -> None:
    """One run; the first second is for `/start`."""
    server, program = Server(), replace(load(FLOW).program, limits=LIMIT)
    store = Batched(SqliteStore(folder / "flood.sqlite3", program.bot))
    bot = functools.partial(step, program)
    app = App(Release(program, bot, Actions()), store, [Telegram(TOKEN)], sole=True)
    stop, ready = asyncio.Event(), asyncio.Event()
    with mock.patch.object(api, "FormSession", functools.partial(MemorySession, server)):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(app.run(stop, ready.set))
            await ready.wait()
            for person in (*PERSONS, FLOODER):
                server.say(person, "/start")
            await asyncio.sleep(1)
            server.sent_at.clear()  # the flow says nothing to that
            begun = time.perf_counter()
            others = tasks.create_task(_talk(server))
            await _pour(server, flood)
            await others
            while flood and await store.inbox.lines():  # noqa: ASYNC110 - it looks as an operator would
                await asyncio.sleep(0.1)
            found.drained.append(time.perf_counter() - begun)
            stop.set()
    found.waits += server.waits
    found.answered.append(server.to_flooder)


async def _talk(server: Server) -> None:
    """Everybody sends every half second, spread evenly; who waits still is not asked again."""
    begun, number = time.perf_counter(), 0
    pause = EVERY / len(PERSONS)
    while (moment := number * pause) < SECONDS:
        await asyncio.sleep(max(0.0, begun + moment - time.perf_counter()))
        person = PERSONS[number % len(PERSONS)]
        if person not in server.sent_at:
            server.say(person, "/go")
        number += 1
    while server.sent_at:  # noqa: ASYNC110 - the server is no part of what is measured
        await asyncio.sleep(0.01)


async def _pour(server: Server, flood: int) -> None:
    begun = time.perf_counter()
    for number in range(flood):
        server.say(FLOODER, "/go")
        if number % 20 == 0:
            await asyncio.sleep(max(0.0, begun + number / FLOOD_EACH - time.perf_counter()))


def report(found: Mapping[str, Found]) -> str:
    alone, flooded = found.values()
    rows = [
        [
            name, f"{one.at(0.5):.1f}", f"{one.at(0.99):.1f}", f"{one.at(0.999):.1f}",
            f"{one.at(0.99) / alone.at(0.99):.2f}", str(len(one.waits)),
        ]
        for name, one in found.items()
    ]  # fmt: skip
    head = ("others", "p50 ms", "p99 ms", "p99.9 ms", "p99 x alone", "answers")
    seconds, answers = max(flooded.drained), max(flooded.answered)
    after = (
        f"the flooder's {FLOOD:,} messages were applied after {seconds:.1f} s, {answers} answers"
    )
    return f"{table(head, rows)}\n\n{after}; goal: p99 under {GOAL:g} times that alone\n"


def chart(found: Mapping[str, Found]) -> str:
    rows = [
        Bar(name, one.at(0.99), ours=True, note=f"p50 {one.at(0.5):.1f}")
        for name, one in found.items()
    ]
    goal = next(iter(found.values())).at(0.99) * GOAL
    return bars("What others wait while one person floods", "p99, ms", rows, goal=goal)


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.flood", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--chart", action="store_true", help=f"draw {FOLDER.name}/flood.svg")
    parser.add_argument("--json", action="store_true", help="every wait, in seconds")
    parser.add_argument("--stalls", action="store_true", help="show where the bot stood still")
    options = parser.parse_args(words)
    spare()
    found = {"alone": Found(), "beside a flood": Found()}
    with tempfile.TemporaryDirectory() as folder:
        disk = told(Path(folder))
    pauses = ""
    for _ in range(options.rounds):
        for (_, one), flood in zip(found.items(), (0, FLOOD), strict=True):
            at = options.stalls and flood > 0
            with tempfile.TemporaryDirectory() as folder, looking(at=at) as stalls:
                asyncio.run(once(Path(folder), flood, one))
            pauses = stalls.report() if stalls is not None else pauses
    if options.json:
        print(json.dumps({name: one.waits for name, one in found.items()}))
        return
    print(f"{machine()}\n{disk}\n")
    print(report(found))
    if pauses:
        print(f"the last flood:\n\n{pauses}")
    if options.chart:
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / "flood.svg").write_text(chart(found), encoding="utf-8")


if __name__ == "__main__":
    main()

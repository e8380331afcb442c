"""How long an update waits for its answer, at a steady rate: `python -m bench.latency`.

From the moment at which the Bot API has an update to the call of `sendMessage`, through the whole
bot as in `bench.telegram`. Updates come at their times whether or not earlier ones are answered, so
that a pause is seen by all who wait in it (Gil Tene, "How NOT to Measure Latency"). The aim: the
99th percentile below 10 ms at 500 a second, on SQLite.
"""

import argparse
import asyncio
import functools
import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from unittest import mock

from bench.chart import Bar, bars, write
from bench.dialogue import FIRST_PERSON
from bench.disk import told
from bench.load import TALK, quantile
from bench.memory_api import MemoryApi, MemorySession
from bench.stalls import looking
from bench.timing import machine, table
from engine.compiler.bot import load
from engine.core.step import step
from engine.runtime.actions import Actions
from engine.runtime.app import App
from engine.runtime.garbage import spare
from engine.runtime.release import Release
from engine.stores.batch import Batched
from engine.stores.sqlite import SqliteStore
from transports.telegram import api
from transports.telegram.transport import Telegram

RATES: Final = (100, 500, 1_000)
"""Updates a second."""
PERSONS: Final = 1_000
SECONDS: Final = 20
SHARES: Final = (0.5, 0.99, 0.999)
FULL: Final = 0.9
"""Share of the people that may wait at once."""
GOAL: Final = 10
"""Milliseconds, of the 99th percentile at 500 updates a second."""
TOKEN: Final = "42:" + "T" * 35


class TimedApi(MemoryApi):
    """Notes how long after its update each message was sent: one message an update."""

    def __init__(self) -> None:
        super().__init__()
        self.came: dict[int, float] = {}
        self.took: list[float] = []

    def _take(self, method: str, fields: Mapping[str, Any]) -> object:
        if method == "sendMessage":
            came = self.came.pop(int(fields["chat_id"]), None)
            if came is not None:
                self.took.append((time.perf_counter() - came) * 1000)
        return super()._take(method, fields)


def update(number: int, person: int, text: str) -> dict[str, Any]:
    names = {"id": person, "first_name": "Ann", "username": f"u{person}"}
    message: dict[str, Any] = {
        "message_id": number, "date": 1_700_000_000, "chat": {**names, "type": "private"},
        "from": {**names, "is_bot": False, "language_code": "en"}, "text": text,
    }  # fmt: skip
    if text.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
    return {"update_id": number, "message": message}


class Source:
    """People who write at a steady rate, at random moments, each when the last answer is there."""

    def __init__(self, server: TimedApi) -> None:
        self._server = server
        self._number = 0
        self._random = random.Random(1)

    def say(self, person: int, text: str) -> None:
        self._number += 1
        self._server.came[person] = time.perf_counter()
        self._server.enqueue(update(self._number, person, text))

    async def begin(self) -> None:
        """Let everybody begin the conversation."""
        for person in range(FIRST_PERSON, FIRST_PERSON + PERSONS):
            self.say(person, "/start")
        while self._server.came:  # noqa: ASYNC110 - a benchmark's own turn
            await asyncio.sleep(0.01)
        self._server.took.clear()

    async def run(self, rate: int, seconds: float) -> list[float]:
        """Milliseconds of each answer at so many updates a second.

        It ends early where most people wait for an answer: the machine cannot do more.
        """
        began = time.perf_counter()
        due = began
        count = 0
        while due < began + seconds and len(self._server.came) < PERSONS * FULL:
            due += self._random.expovariate(rate)
            pause = due - time.perf_counter()
            if pause > 0:
                await asyncio.sleep(pause)
            person = self._free()
            count += 1
            self.say(person, "and so on")
            self._server.came[person] = due
        while self._server.came:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
        took, self._server.took = self._server.took, []
        assert len(took) == count
        return took

    def _free(self) -> int:
        """Somebody who does not wait for an answer."""
        while True:
            person = FIRST_PERSON + self._random.randrange(PERSONS)
            if person not in self._server.came:
                return person


async def measure(rates: Sequence[int], seconds: float, folder: Path) -> dict[int, list[float]]:
    server = TimedApi()
    program = load(TALK).program
    store = Batched(SqliteStore(folder / "bench.sqlite3", program.bot))
    bot = functools.partial(step, program)
    app = App(Release(program, bot, Actions()), store, [Telegram(TOKEN)], sole=True)
    stop, ready = asyncio.Event(), asyncio.Event()
    found: dict[int, list[float]] = {}
    with mock.patch.object(api, "FormSession", functools.partial(MemorySession, server)):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(app.run(stop, ready.set))
            await ready.wait()
            source = Source(server)
            await source.begin()
            for rate in rates:
                found[rate] = await source.run(rate, seconds)
            stop.set()
    return found


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.latency", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each rate")
    parser.add_argument("--rates", type=int, nargs="+", default=RATES)
    parser.add_argument("--chart", action="store_true", help="draw bench/charts/latency.svg")
    parser.add_argument("--stalls", action="store_true", help="show where the bot stood still")
    options = parser.parse_args(words)
    where = machine("aiogram")
    spare()
    with tempfile.TemporaryDirectory(prefix="statechat-bench-") as folder:
        disk = told(Path(folder))
        with looking(at=options.stalls) as stalls:
            found = asyncio.run(measure(options.rates, options.seconds, Path(folder)))
    names = [f"p{share * 100:g} ms" for share in SHARES]
    rows = [
        [
            f"{rate}{'' if len(took) > rate * options.seconds * FULL else ' (not reached)'}",
            f"{len(took):,}",
            *(f"{quantile(took, share):.1f}" for share in SHARES),
        ]
        for rate, took in found.items()
    ]
    print(f"{where}\n{disk}\n\n{table(('updates/s', 'updates', *names), rows)}")
    if stalls is not None:
        print(f"\n{stalls.report()}")
    if options.chart:
        bars_ = [
            Bar(f"{rate}/s, p{share * 100:g}", quantile(took, share), ours=True, group=f"{rate}")
            for rate, took in found.items()
            for share in SHARES
        ]
        write("latency", bars(
            "From the update to the answer, by updates a second", "milliseconds", bars_,
            subtitle=where, goal=GOAL,
        ))  # fmt: skip


if __name__ == "__main__":
    main()

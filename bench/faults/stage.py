"""What the seasons of a run share: processes that are forked for each life, and servers."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from bench.faults.clock import LeapingClock
from bench.faults.crowd import Crowd
from bench.faults.homes import Home, MongoHome, SqliteHome
from bench.faults.mongo import Server
from bench.faults.nostr import NostrCrowd
from bench.faults.plan import Plan
from bench.faults.telegram import TelegramCrowd
from bench.faults.zygote import Zygote
from tests.servers import relay
from tests.servers.telegram import Pool


class Stage:
    """Starts what a season asks for, when the first one does, and stops all of it at the end.

    `mongodb` is the address of a server to use instead of a small one of its own.
    """

    def __init__(self, mongodb: str = "") -> None:
        self._mongodb = mongodb
        self._open = AsyncExitStack()
        self._zygotes: list[Zygote] = []
        self._pool: Pool | None = None
        self._server: Server | None = None
        self._relay: str | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def zygotes(self, plan: Plan) -> list[Zygote]:
        """One for each worker."""
        while len(self._zygotes) < plan.workers:
            zygote = await Zygote.start()
            self._open.push_async_callback(zygote.stop)
            self._zygotes.append(zygote)
        return self._zygotes[: plan.workers]

    async def home(self, plan: Plan, folder: Path) -> Home:
        """An empty store."""
        if plan.store == "sqlite":
            return SqliteHome(folder, plan.bot)
        if self._server is None:
            self._server = await asyncio.to_thread(Server, self._mongodb)
            self._open.callback(self._server.stop)
        return MongoHome(self._server, plan.bot, plan.workers, plan.seed + 2)

    async def crowd(self, plan: Plan, clock: LeapingClock) -> Crowd:
        """People who have not said anything yet."""
        if plan.transport == "nostr":
            if self._relay is None:
                self._relay = await asyncio.to_thread(self._open.enter_context, relay.running())
            return NostrCrowd(self._relay, clock, plan.persons, plan.workers, plan.seed + 1)
        if self._pool is None:
            self._pool = Pool()
            self._open.callback(self._pool.stop)
        emulator, token = await asyncio.to_thread(self._pool.bot)
        return TelegramCrowd(emulator, token, clock, plan.persons, plan.workers, plan.seed + 1)

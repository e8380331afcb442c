"""`run --watch`: a bot goes on with its changed files, where they are without faults."""

import asyncio
from collections.abc import Callable

from engine.cli.output import note, tell
from engine.cli.serve import released
from engine.cli.watching import Watch
from engine.compiler.bot import Bot, load
from engine.errors import StatechatError
from engine.runtime.app import App


class Reloading:
    """Watches a bot's files while it runs; `governed` gives a bot the rules of its environment."""

    def __init__(self, app: App, watch: Watch, governed: Callable[[Bot], Bot]) -> None:
        self._app = app
        self._watching = watch
        self._governed = governed
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self._task = asyncio.create_task(self._watch())

    async def end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _watch(self) -> None:
        while True:
            await self._watching.changed()
            try:
                bot = await asyncio.to_thread(load, self._watching.bot)
                await self._app.change(released(self._governed(bot)))
            except StatechatError as error:
                tell(error)
                note("the change is refused: the bot goes on as it was")
            else:
                note(f"{bot.name} goes on with the changed files")

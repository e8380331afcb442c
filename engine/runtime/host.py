"""What the engine gives to a transport."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from engine.core.access import Access
from engine.core.company import to_person
from engine.core.events import Event
from engine.core.services import Services
from engine.core.triggers import TimedTrigger
from engine.core.values import Value
from engine.errors import StatechatError
from engine.runtime.delays import Delays
from engine.runtime.fetching import Fetching
from engine.runtime.inbox import Inbox
from engine.runtime.outage import is_outage
from engine.runtime.trail import Trail
from engine.runtime.worker import Worker
from engine.stores.protocol import Dead, Documents

log = logging.getLogger("statechat.host")


OwnText = Callable[[str, str | None], str]
"""`engine.core.notices.own_text` with its program bound."""


def wordless(_name: str, _lang: str | None) -> str:
    """The texts of a bot that has none."""
    return ""


class Bot(Protocol):
    """What the shell needs to know of a compiled program."""

    @property
    def bot(self) -> str: ...

    @property
    def languages(self) -> tuple[str, ...]: ...

    @property
    def commands(self) -> tuple[tuple[str, str], ...]: ...

    @property
    def access(self) -> Access: ...

    @property
    def timed(self) -> Mapping[str, TimedTrigger]: ...

    def hears_in(self, session: str) -> bool: ...

    @property
    def services(self) -> Services: ...

    @property
    def sources(self) -> Mapping[str, Mapping[str, Value]]: ...


class EngineHost:
    """Implements `engine.runtime.ports.Host`; one for all transports of a bot."""

    def __init__(
        self,
        program: Bot,
        worker: Worker,
        inbox: Inbox,
        root: Path,
        media: Fetching,
        wording: OwnText,
        delays: Delays,
    ) -> None:
        self.bot = program.bot
        self.languages = program.languages
        self.commands = program.commands
        self.chat_admins = program.access.chat_admins
        self.clock = worker.clock
        self.root = root
        self.documents: Documents = worker.store
        self.fetch = media.fetch
        self._program = program
        self._wording = wording
        self._worker = worker
        self._inbox = inbox
        self._delays = delays

    def change(self, program: Bot) -> None:
        """Tell transports of another version of the bot."""
        self._program = program
        self.languages = program.languages
        self.commands = program.commands
        self.chat_admins = program.access.chat_admins

    def wording(self, name: str, lang: str | None) -> str:
        """One of the bot's own texts, as `not_yours`."""
        return self._wording(name, lang)

    async def accept(self, event: Event) -> asyncio.Future[None]:
        """Queue an event; waits while the queue is full.

        Raises:
            StoppedError: the engine stops; so does the future, if it stops later.
        """
        if event.of_chat and not self._program.hears_in(event.owner):
            event = to_person(event)
        known = self._worker.sessions.recent(event.owner)
        if known is not None and event.id in known.seen:
            done = asyncio.get_running_loop().create_future()
            done.set_result(None)
            return done
        if log.isEnabledFor(logging.INFO):
            labels = Trail(self._worker.names, event.owner, event.id).labels()
            log.info("event %s is received", labels["event"], extra=labels)
        safe = await self._inbox.accept(event)
        self._delays.expect(event, safe)
        return safe

    async def set_aside(self, id_: str, reason: str, payload: Value) -> None:
        """Keep an update that cannot be read, durably; waits for the store to come back."""
        dead = Dead(id_, "update", reason, self.clock.now(), payload)
        while True:
            try:
                await self._worker.store.set_aside(dead)
            except (StatechatError, OSError) as error:
                if not is_outage(error):
                    raise
                await self.clock.sleep(self._worker.outage.failed(error))
            else:
                log.warning("update %s is set aside: %s", id_, reason)
                return

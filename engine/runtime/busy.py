"""Showing people that the bot is at work, where an action takes longer than a moment."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from engine.core.effects import Invoke, Message
from engine.runtime.owners import transport_of
from engine.runtime.ports import Delivery, Transport
from engine.runtime.privacy import logger

AFTER: Final = 1.0
"""Seconds that an action may take before anything is shown; what is quicker is not worth it."""
AGAIN: Final = 4.0
"""Seconds after which it is shown anew: Telegram shows it for five."""

log = logger("statechat.actions")


class Busy:
    """Lets transports show that the bot is writing; those that cannot show nothing.

    It is time as people feel it, so it goes by the event loop's, as the limits of actions do. It
    holds nothing up and nothing depends on it: what fails is only noted.
    """

    def __init__(self, transports: Mapping[str, Transport]) -> None:
        self._transports = transports

    @asynccontextmanager
    async def shown(self, owner: str, effect: Invoke, lang: str) -> AsyncIterator[None]:
        """While the block runs, the person of an action sees that it is under way."""
        showing = asyncio.create_task(self._show(owner, effect, lang))
        try:
            yield
        finally:
            showing.cancel()
            await asyncio.wait([showing])

    async def _show(self, owner: str, effect: Invoke, lang: str) -> None:
        transport = self._transports.get(transport_of(owner))
        await asyncio.sleep(AFTER)
        while transport is not None:
            id_ = f"{effect.key}:busy"
            delivery = Delivery(id_, owner, effect.chat, Message(typing=True), 0, lang)
            try:
                await transport.send(delivery)
            except Exception as error:  # noqa: BLE001 - whatever it is, the action goes on
                log.info("that the bot is at work was not shown: %s", error)
            await asyncio.sleep(AGAIN)

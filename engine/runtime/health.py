"""Whether a worker is well: its transports are up, and its store answers."""

import asyncio
from collections.abc import Sequence
from typing import Final, Literal

from engine.errors import StatechatError
from engine.runtime.ports import Transport
from engine.stores.protocol import Store

PATIENCE: Final = 2.0
"""Seconds in which a store that is well has answered."""
_NOBODY: Final = "health:probe"
"""An owner that there is not."""


class Health:
    """Asked from outside, by a supervisor or a load balancer.

    Attributes:
        stage: a worker is asked nothing before it is ready, and counts as unwell until then.
    """

    def __init__(self, store: Store, transports: Sequence[Transport]) -> None:
        self.stage: Literal["starting", "ready", "stopping"] = "starting"
        self._store = store
        self._transports = transports

    async def troubles(self) -> list[str]:
        """What is not as it should be, a line each; empty where all is well."""
        if self.stage != "ready":
            return [f"the bot is {self.stage}"]
        found = [f"{one.name}: {one.trouble}" for one in self._transports if one.trouble]
        try:
            async with asyncio.timeout(PATIENCE):
                await self._store.load([_NOBODY])
        except TimeoutError:
            found.append(f"the store has not answered within {PATIENCE:g} s")
        except StatechatError as error:  # its message may name a path or an address
            found.append(f"the store: {error.code}")
        except OSError as error:
            found.append(f"the store: {type(error).__name__}")
        return found

"""What the contract suite needs of a person on the other side of a transport.

A module in `tests/contract/peers/` registers its transport: it defines `NAME` and an asynchronous
context manager `peer()` that yields a `Peer`. The suite finds it by itself.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import ModuleType
from typing import Protocol, cast

from engine.runtime.ports import Transport


@dataclass(frozen=True, slots=True)
class Traits:
    """What a transport cannot be asked for; a test of it is left out, and says so.

    Attributes:
        prefix: of the ids of its events.
        buttons: a press comes back as `Press`; otherwise as typed text.
        redelivers: its source keeps what was not committed, for the next start.
        outages: there is a network between, which can fail.
        poison: someone can send it what cannot be read.
        refuses: a chat that is none of its own can be told.
        references: messages have names, so that one can be answered and reacted to.
        media: a person can send photos.
        edits: a person can edit what was sent.
    """

    prefix: str
    buttons: bool = True
    redelivers: bool = True
    outages: bool = True
    poison: bool = True
    refuses: bool = True
    references: bool = True
    media: bool = True
    edits: bool = True


class Peer(Protocol):
    """A person, and the way to them. The person writes to the bot from one chat."""

    traits: Traits

    def transport(self) -> Transport:
        """The bot's transport, not open yet; each call is the bot in a new process."""
        ...

    async def say(self, text: str) -> None: ...

    async def press(self, button: str | int) -> None:
        """Press a button of the last message that has any: by label, or by number from 1."""
        ...

    async def poison(self) -> None:
        """Send the bot something that it cannot read."""
        ...

    async def received(self, count: int) -> list[str]:
        """Wait until so many texts have come; all texts so far, in order.

        Media are lines that name them, above their captions.
        """
        ...

    async def reply(self, text: str, ref: str) -> None:
        """Reply to a message of the bot's."""
        ...

    async def react(self, emoji: str, ref: str) -> None:
        """Put an emoji on a message of the bot's."""
        ...

    async def send_photo(self) -> None: ...

    async def edit(self, text: str) -> None:
        """Make what was said last say this."""
        ...

    def outage(self) -> AbstractAsyncContextManager[None]:
        """While it lasts, the bot's network is gone. The person still can write."""
        ...


def open_peer(module: ModuleType) -> AbstractAsyncContextManager[Peer]:
    """The peer of a module in `tests/contract/peers/`."""
    made = cast("Callable[[], AbstractAsyncContextManager[Peer]]", module.peer)
    return made()

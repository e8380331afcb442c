"""What a season knows of its persons: what each has said, and what each was told."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

LATE: Final = "Sorry, I cannot answer right now. Your answer comes as soon as I can."
"""What a bot says whose database is away. It is no part of a conversation, and stored nowhere."""


@dataclass(frozen=True, slots=True)
class Said:
    """Something a person has said.

    Attributes:
        id: of the event that it is for the bot.
        pressed: it is the press of a button with this label.
        at: when, in milliseconds of the season's clock; Telegram knows the second only.
    """

    id: str
    text: str
    pressed: bool
    at: int


@dataclass(slots=True)
class Told:
    """A message that has reached a person.

    Attributes:
        buttons: what each does, by its label.
        number: what the server calls the message.
        life: the number of the bot's life that sent it.
        at: when, in milliseconds of the season's clock.
        answered: the bot was told that it has arrived, as far as anyone can know.
    """

    text: str
    buttons: dict[str, str]
    number: int
    life: int
    at: int
    answered: bool = False


@dataclass(slots=True)
class Person:
    """Somebody who talks with the bot.

    Attributes:
        name: the last part of the id of their session.
        late: how often they were told that their answer comes later.
    """

    name: str
    chat: str
    late: int = 0
    said: list[Said] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, told: Told) -> None:
        if told.text == LATE:
            self.late += 1
            return
        self.told.append(told)
        self._changed.set()

    async def more(self, heard: int) -> Sequence[Told]:
        """Wait until more than so many messages have come; those behind them."""
        while len(self.told) <= heard:
            self._changed.clear()
            await self._changed.wait()
        return self.told[heard:]

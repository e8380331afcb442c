"""A bot that is started again whenever it dies, and the conversation that is held meanwhile."""

import asyncio
import contextlib
import itertools
import signal
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.e2e.process import Process, running
from tests.servers.nostr_person import Person

REGISTRATION: Final[Sequence[tuple[str, Sequence[str]]]] = (
    ("/start", ["Welcome! Four short questions.", "What is your name?"]),
    ("Ann", ["How old are you, Ann?"]),
    ("40", ["Where do you live?\n1. Berlin\n2. Vienna"]),
    ("2", ["Which street and number? Send /skip to leave the address out."]),
    ("Ring 1", ["And the postcode?"]),
    ("1010", ["Ann, 40, Vienna. Correct?\n1. Yes\n2. Change"]),
    ("yes", ["Done, Ann!"]),
)
"""What a person says who registers, and what is answered to each."""
LAST: Final[Sequence[tuple[str, Sequence[str]]]] = (
    ("hello", ["Sorry, I did not get that. Send /start to register, /help for help."]),
)
"""Said when a conversation is over: had a message come twice, it would come before the answer."""
TEXTS: Final = [answer for _, answers in REGISTRATION for answer in answers]
STEPS: Final = len(REGISTRATION) + 1
"""How often the conversation's state is changed by that: by each text, and by the action."""
MEMBER: Final = {
    "name": "Ann",
    "age": 40,
    "city": "vienna",
    "address": {"street": "Ring 1", "postcode": "1010", "city": "vienna"},
}
"""What the registration has stored of her then, beside an id."""


@dataclass
class Lives:
    """One process after another."""

    all: list[Process] = field(default_factory=list)
    _begun: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def deaths(self) -> int:
        return len(self.all) - 1

    async def kill(self) -> None:
        """Kill the one that lives, and wait until it is dead."""
        self.all[-1].kill()
        await self.all[-1].ended()

    async def begin(self, process: Process) -> None:
        async with self._begun:
            self.all.append(process)
            self._begun.notify_all()

    async def died(self, times: int) -> None:
        """Wait until it has died and begun again so often."""
        async with self._begun:
            await self._begun.wait_for(lambda: self.deaths >= times)


@contextlib.asynccontextmanager
async def revived(
    *words: str, kill_at: Sequence[str] = (), **variables: str
) -> AsyncIterator[Lives]:
    """`statechat WORDS`; each life gets the next of `kill_at` as its `STATECHAT_KILL_AT`."""
    lives = Lives()

    async def keep() -> None:
        for point in itertools.chain(kill_at, itertools.repeat("")):
            async with running(*words, **variables, STATECHAT_KILL_AT=point) as process:
                await lives.begin(process)
                code = await process.process.wait()
                assert code == -signal.SIGKILL, f"it ended with {code}:\n{process.log}"

    keeping = asyncio.create_task(keep())
    try:
        await lives.died(0)
        await lives.all[0].ready()
        yield lives
    finally:
        if keeping.done():
            await keeping
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def converse(
    person: Person,
    exchanges: Sequence[tuple[str, Sequence[str]]],
    *,
    kind: int = 14,
    seconds: float = 20,
) -> None:
    """Say each text when the one before it was answered; everything said must be as given here.

    `seconds` bounds the wait for each answer.
    """
    expected = [letter.text for letter in person.letters]
    for text, answers in exchanges:
        await person.say(text, kind=kind)
        expected += answers
        await answered(person, expected, seconds)


async def answered(person: Person, texts: Sequence[str], seconds: float) -> None:
    """Wait until so many letters have come; they must be these."""

    def there() -> bool:
        return len(person.letters) >= len(texts)

    try:
        async with asyncio.timeout(seconds), person._changed:
            await person._changed.wait_for(there)
    finally:
        assert [letter.text for letter in person.letters] == list(texts)

"""What persons say: each answers the question that was put last, in the manner of its mood."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from bench.faults.people import Person

Say = Callable[[Person, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to a message, all at once.

    Attributes:
        until: words of the message that is the last answer to it; what comes before is not heeded.
    """

    texts: tuple[str, ...]
    until: str = ""


OVER: Final = Reply(())
"""The conversation has come to its end."""


class Talk(Protocol):
    """How a bot is talked with."""

    def opening(self) -> str:
        """What begins a conversation."""
        ...

    def reply(self, question: str, random: random.Random, unique: str) -> Reply | None:
        """What is said to a message; none where more is to come or nothing was asked.

        `unique` are words that nobody else has used.
        """
        ...

    def reminds(self, text: str) -> bool:
        """Whether a message breaks a silence."""
        ...


FLOOD: Final = 26
"""Messages at once that are more than a bot keeps in memory of one person."""
SILENT: Final = 0.06
"""How many of the questions leave a person silent until it is reminded."""


class Talker:
    """Keeps one person talking until it is told to come to an end."""

    def __init__(self, person: Person, talk: Talk, say: Say, seed: int) -> None:
        self._person = person
        self._talk = talk
        self._say = say
        self._random = random.Random(seed)
        self._conversations = 0
        self._until = ""
        self.ending = asyncio.Event()

    async def run(self) -> None:
        """Hold conversations, one after the other; returns between two, once `ending` is set."""
        heard, last = 0, ""
        await self._begin()
        while True:
            for told in await self._person.more(heard):
                heard += 1
                if told.text == last:
                    continue  # the bot may repeat itself after a crash
                last = told.text
                if await self._heeds(last, heard):
                    return

    async def _begin(self) -> None:
        self._conversations += 1
        self._until = ""
        await self._say(self._person, self._talk.opening())

    async def _heeds(self, text: str, heard: int) -> bool:
        """Say what fits; whether that was the end."""
        unique = f"{self._person.chat} {self._conversations}"
        awaited = bool(self._until) and self._until in text
        reply = self._talk.reply(text, self._random, unique)
        if reply is OVER or (awaited and reply is None):
            if self.ending.is_set():
                return True
            await self._begin()
        elif reply is not None and (awaited or not self._until):
            self._until = reply.until
            if self._random.random() < SILENT and not self.ending.is_set():
                await self._reminder(heard)
            for word in reply.texts:
                await self._say(self._person, word)
        return False

    async def _reminder(self, heard: int) -> None:
        while True:
            for told in await self._person.more(heard):
                heard += 1
                if self._talk.reminds(told.text):
                    return


class RegistrationTalk:
    """A member signs up."""

    def opening(self) -> str:
        return "/start"

    def reminds(self, text: str) -> bool:
        return text in {"Are you still there?", "This form has expired."}

    def reply(self, question: str, random: random.Random, unique: str) -> Reply | None:  # noqa: PLR0911 - a case analysis
        often = random.random()
        age, city = str(random.randint(16, 120)), random.choice(("Berlin", "Vienna"))
        if question.startswith("What is your name"):
            name = f"P{unique} {random.randrange(10**9)}"
            return Reply((name, age, city), "street") if often < 0.2 else Reply((name,))
        if question.startswith("How old are you"):
            if often < 0.05:
                return Reply(("a lot", "7", "200", "and more"), "Sorry")
            if often < 0.06:
                return Reply(("/help",) * FLOOD + (age,), "live?")
            return Reply(("/back" if often < 0.1 else "a lot" if often < 0.3 else age,))
        if question.startswith("Please send a number"):
            return Reply((age,))
        if question.startswith("Where do you live"):
            return Reply(("/help", city), "street") if often < 0.1 else Reply((city,))
        if question.startswith("Which street"):
            street = (f"Ring {random.randint(1, 99)}", "1010")
            return Reply(("/skip",)) if often < 0.3 else Reply(street, "Correct?")
        if question.startswith("And the postcode"):
            return Reply(("/back",)) if often < 0.1 else Reply(("1010",))
        if question.endswith("Correct?"):
            return Reply(("Change" if often < 0.15 else "/cancel" if often < 0.2 else "Yes",))
        over = ("Done", "Cancelled", "Let us stop", "Something broke", "This form", "You are reg")
        return OVER if question.startswith(over) else None


class OrderTalk:
    """Somebody is hungry."""

    def opening(self) -> str:
        return "/menu"

    def reminds(self, text: str) -> bool:
        return text.startswith(("Your order is waiting", "Your order has expired"))

    def reply(self, question: str, random: random.Random, unique: str) -> Reply | None:  # noqa: PLR0911 - a case analysis
        often = random.random()
        if question.startswith("What would you like"):
            return Reply((random.choice(("Margherita, 8 €", "Marinara, 7 €", "Diavola, 9.50 €")),))
        if question.startswith("How many?"):
            return Reply(("0",)) if often < 0.1 else Reply((str(random.randint(1, 9)),))
        if question.startswith("We bake 1 to 9"):
            return Reply((str(random.randint(1, 9)),))
        if question.startswith("Anything on top"):
            return Reply(("Done" if often < 0.5 else "Olives, Garlic",))
        if question.startswith("Where shall we bring"):
            email = f"p{unique.replace(' ', '.')}@example.org"
            if often < 0.1:
                return Reply(("/back",))
            return Reply((f"Ring {unique}", "Skip", email), "Shall we bake?")
        if question.endswith("Shall we bake?"):
            said = (
                "Change the order" if often < 0.1 else "Cancel" if often < 0.15 else "Pay and bake"
            )
            return Reply((said,))
        if question.startswith("The payment was declined"):
            return Reply(("Cancel",))
        over = ("Thank you", "The payment service", "Let us stop", "Your order is cancelled",
                "Your order has expired")  # fmt: skip
        return OVER if question.startswith(over) else None

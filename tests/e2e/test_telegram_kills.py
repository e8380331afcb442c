"""A bot on Telegram that is killed where it hurts: its conversations go on as if it had not been.

Each death is one of a SIGKILL. What may be repeated is one message a chat, and only where the bot
could not know that the server had taken it.
"""

import asyncio
import contextlib
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from engine.stores.protocol import Record
from tests.e2e.dialogue import BOTS, Person, Telegram, telegram
from tests.e2e.process import SECONDS, until

pytestmark = pytest.mark.timeout(300)
"""A life of the bot takes seconds to begin, most of them for aiogram's import."""

HELLO = ["Welcome! Four short questions.", "What is your name?"]
STREET = "Which street and number? Send /skip to leave the address out."
REGISTRATION = [
    *HELLO, "How old are you, Ann?", "Where do you live?", STREET, "And the postcode?",
    "Ann, 40, Vienna. Correct?", "Done, Ann!",
]  # fmt: skip


def record(account: Telegram, person: Person, bot: str = "registration") -> Record | None:
    return account.database(bot).record(f"{bot}/{person.owner}")


async def settled(account: Telegram, person: Person, bot: str = "registration") -> Record:
    """The record, once nothing is left to do for this person."""

    def done() -> bool:
        found = record(account, person, bot)
        return found is not None and not found.outbox

    await until(done, "everything is sent and marked")
    found = record(account, person, bot)
    assert found is not None
    return found


def repeated(texts: list[str]) -> list[str]:
    return [text for text, next_ in pairwise(texts) if text == next_]


def member(account: Telegram) -> str:
    """The id of the only member."""
    ((id_, found),) = account.database("registration").records("members").items()
    assert (found["name"], found["age"], found["city"]) == ("Ann", 40, "vienna")
    assert found["address"] == {"street": "Ring 1", "postcode": "1010", "city": "vienna"}
    return id_


@pytest.fixture
async def account(tmp_path: Path) -> AsyncIterator[Telegram]:
    async with telegram(tmp_path) as made:
        yield made


async def test_a_registration_ends_well_though_its_peer_kills_the_bot_at_every_message(
    account: Telegram,
) -> None:
    ann, gate = account.person(100), account.gate

    # The message is planned, and the server gets its first bytes only.
    async with account.bot("registration") as bot:
        await bot.ready()
        gate.set_trap(bot, "sendMessage", "head")
        await ann.says("/start")
        assert await bot.ended() == -signal.SIGKILL
    assert ann.texts == []

    # The server gets the request, and loses it.
    async with account.bot("registration") as bot:
        await ann.hears(*HELLO)
        gate.set_trap(bot, "sendMessage", "arrived", text="How old are you, Ann?")
        await ann.says("Ann")
        assert await bot.ended() == -signal.SIGKILL
    assert ann.texts == HELLO

    # The server delivers the message, and its answer is lost: this one is repeated.
    async with account.bot("registration") as bot:
        await ann.hears("How old are you, Ann?")
        gate.set_trap(bot, "sendMessage", "delivered", text="Where do you live?")
        await ann.says("40")
        assert await bot.ended() == -signal.SIGKILL
    await ann.hears("Where do you live?")

    # All is sent and noted, and the server does not hear of the higher offset.
    async with account.bot("registration") as bot:
        await ann.hears("Where do you live?")
        before = await settled(account, ann)

        async def answered() -> None:
            await ann.hears(STREET)
            assert (await settled(account, ann)).session.steps == before.session.steps + 1

        update = max(before.seen.values()) + 1
        gate.set_trap(bot, "getUpdates", "arrived", answered, offset=str(update + 1))
        assert await ann.presses("Vienna") == update
        assert await bot.ended() == -signal.SIGKILL
    assert await account.emulator.waiting(account.token) == 1

    # The press that begins the action is committed, and the button goes on spinning.
    async with account.bot("registration") as bot:
        await ann.says("Ring 1")
        await ann.hears("And the postcode?")
        await ann.says("1010")
        await ann.hears("Ann, 40, Vienna. Correct?")
        gate.set_trap(bot, "answerCallbackQuery", "arrived")
        await ann.presses("Yes")
        assert await bot.ended() == -signal.SIGKILL

    async with account.bot("registration") as bot:
        await until(lambda: "Done, Ann!" in ann.texts, "the registration ends")
        last = await settled(account, ann)
        assert await bot.stop() == 0
    assert ann.once == REGISTRATION
    assert set(repeated(ann.texts)) <= {"Where do you live?", "Done, Ann!"}
    assert last.session.steps == 8, "seven inputs and one result, each once"
    assert last.session.chats["100"].stack == ()
    assert account.database("registration").dead() == {}
    assert await account.emulator.waiting(account.token) == 0
    member(account)


async def test_a_registration_ends_well_though_the_bot_dies_between_its_own_steps(
    account: Telegram,
) -> None:
    ann = account.person(100)

    async def dies(point: str, *texts: str) -> list[str]:
        """A life that ends at a point; what it managed to say."""
        heard = len(ann.texts)
        if texts:
            await ann.says(*texts)
        async with account.bot("registration", STATECHAT_KILL_AT=point) as bot:
            assert await bot.ended() == -signal.SIGKILL
        return ann.texts[heard:]

    # Nothing is stored: the update comes again.
    assert await dies("after-step-before-commit", "/start") == []
    assert record(account, ann) is None
    # All is stored: the update comes again, and is known.
    assert await dies("after-commit-before-send") == []
    stored = record(account, ann)
    assert stored is not None
    assert len(stored.outbox) == 2
    # Its commit is not told to the server.
    said = await dies("after-commit-before-ack", "Ann")
    assert [*HELLO, "How old are you, Ann?"][: len(said)] == said
    # It is sent, and not noted: it is sent again.
    twice = await dies("after-send-before-mark", "40")
    assert len(twice) == 1

    async with account.bot("registration") as bot:
        await until(lambda: ann.texts[-1:] == ["Where do you live?"], "the question")
        await ann.presses("Vienna")
        await ann.says("Ring 1", "1010")
        await until(lambda: "Correct?" in ann.texts[-1], "the last question")
        await settled(account, ann)
        assert await bot.stop() == 0

    # The member is stored, its result is not: the action runs again with the same key.
    await ann.presses("Yes")
    assert await dies("after-step-before-commit:2") == []
    first = member(account)
    async with account.bot("registration") as bot:
        await until(lambda: "Done, Ann!" in ann.texts, "the registration ends")
        last = await settled(account, ann)
        assert await bot.stop() == 0
    assert member(account) == first
    assert ann.once == REGISTRATION
    # The life before the acknowledgement may also have sent one message that it could not note.
    more = Counter(repeated(ann.texts)) - Counter(twice)
    assert more <= Counter(said[-1:])
    assert last.session.steps == 8, "seven inputs and one result, each once"


async def test_an_action_that_was_interrupted_runs_again_with_the_same_key(
    account: Telegram,
) -> None:
    ann = account.person(100)
    asked: list[str] = []
    killing: list[asyncio.Event] = []

    async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode().strip())
        if killing:
            killing.pop().set()
            await reader.read()
        else:
            writer.write(b"as you wished\n")
        with contextlib.suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()

    server = await asyncio.start_server(work, "127.0.0.1", 0)
    port = str(server.sockets[0].getsockname()[1])
    async with server:
        killing.append(running := asyncio.Event())
        async with account.bot(str(BOTS / "work"), WORK_AT=port) as bot:
            await ann.says("/start", "the dishes")
            await ann.hears("What is to be done?", "It is being done.")
            async with asyncio.timeout(SECONDS):
                await running.wait()
            waiting = await ann.says("and the floor")
            await account.confirmed(waiting)
            bot.kill()
            assert await bot.ended() == -signal.SIGKILL
        async with account.bot(str(BOTS / "work"), WORK_AT=port) as bot:
            await until(lambda: "Done: as you wished" in ann.texts, "the work is done")
            last = await settled(account, ann, "work")
            assert await bot.stop() == 0
    assert len(asked) == 2
    assert asked[0] == asked[1]
    assert asked[0].endswith(" the dishes")
    assert last.session.chats["100"].held == ()
    # What was written meanwhile is heard when the work is done: there is nothing to answer then.
    assert ann.once == [
        "What is to be done?", "It is being done.", "Done: as you wished",
        "Sorry, I did not understand that.",
    ]  # fmt: skip


async def test_a_timer_that_fell_due_while_the_bot_was_dead_fires_once_when_it_lives(
    account: Telegram,
) -> None:
    silent, quick = account.person(100), account.person(101)
    async with account.bot(str(BOTS / "patience")) as bot:
        await bot.ready()
        await silent.says("/start")
        await quick.says("/hurry")
        await silent.hears("Which word?")
        await quick.hears("A word, quickly?")
        before = [await settled(account, one, "patience") for one in (silent, quick)]
        bot.kill()
        assert await bot.ended() == -signal.SIGKILL
    # Written in time, and not read before it is late.
    await quick.says("now")
    due = max(timer.due for one in before for timer in one.session.timers)
    assert all(one.session.timers for one in before)
    await until(lambda: time.time() * 1000 > due, "the timers fall due")
    async with account.bot(str(BOTS / "patience")) as bot:
        await silent.hears("Are you still there?")
        await quick.hears("In time: now.")
        after = await settled(account, silent, "patience")
        assert after.session.timers == ()
        await silent.says("here")
        await silent.hears("here, after 1 reminders.")
        assert await bot.stop() == 0
    assert quick.texts == ["A word, quickly?", "In time: now."]


async def test_a_stop_in_the_middle_loses_nothing_and_repeats_nothing(account: Telegram) -> None:
    people = [account.person(number) for number in range(100, 130)]
    async with account.bot("registration") as bot:
        await bot.ready()
        await account.emulator.enqueue(account.token, {"message": {"text": "poison"}})
        for person in people[:-1]:
            await person.says("/start")
        await account.gate.until("sendMessage", 5)
        assert await bot.stop() == 0
    assert [one for one in bot.errors[1:] if "set aside" not in one] == []
    await people[-1].says("/start")
    async with account.bot("registration") as bot:
        for person in people:
            await person.hears(*HELLO)
            assert (await settled(account, person)).session.steps == 1
        assert await bot.stop() == 0
    assert all(person.texts == HELLO for person in people)
    (reason,) = account.database("registration").dead().values()
    assert "KeyError" in reason
    assert await account.emulator.waiting(account.token) == 0

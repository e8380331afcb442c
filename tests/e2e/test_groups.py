"""A group of three persons and a bot, over a Bot API server, with the bot as a process."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from engine.compiler.bot import load
from engine.testing.files import scripts
from engine.testing.inputs import Input, Pressed, Typed
from engine.testing.runner import run
from engine.testing.script import Bot, Script
from engine.testing.script import Person as Speaker
from tests.e2e.dialogue import BOTS, Person, Telegram, telegram
from tests.e2e.process import until
from tests.servers.faulty import Call
from tests.servers.unmodelled import NAME

pytestmark = pytest.mark.asyncio(loop_scope="module")

GROUP = -100_500


@dataclass
class Member(Person):
    """Somebody who writes in a group, or in a topic of it; all of them read the same."""

    name: str = "Ann"
    topic: int | None = None
    count: int = 0

    @property
    def messages(self) -> list[Call]:
        return self._here(self.telegram.gate.of("sendMessage"))

    @property
    def shown(self) -> list[Call]:
        return [call for call in self._here(self.telegram.gate.calls) if call.status == 200]

    def _here(self, calls: list[Call]) -> list[Call]:
        topic = None if self.topic is None else str(self.topic)
        return [
            call
            for call in calls
            if call.fields.get("chat_id") == str(GROUP)
            and call.fields.get("message_thread_id") == topic
        ]

    async def replies(self, to: Mapping[str, Any], text: str) -> int:
        """Reply to a message."""
        return await self.does({"message": self.written(text) | {"reply_to_message": to}})

    async def answers(self, text: str) -> int:
        """Reply to what the bot has said last."""
        database = self.telegram.database("kitchen")
        await until(lambda: not database.waiting(), "the bot knows what it has sent")
        bot = json.loads(self.telegram.gate.of("getMe")[0].body)["result"]
        to = {"message_id": self.messages[-1].message, "from": bot, "date": 1, "text": "?"}
        return await self.replies(to, text)

    async def says(self, *texts: str) -> int:
        return [await self.does({"message": self.written(text)}) for text in texts][-1]

    async def does(self, update: Mapping[str, Any]) -> int:
        for body in update.values():
            carrier = body.get("message", body)
            carrier["chat"] = {"id": GROUP, "type": "supergroup", "title": "Kitchen"}
            body["from"] |= {"id": self.number, "first_name": self.name}
            if self.topic is not None:
                carrier |= {"message_thread_id": self.topic, "is_topic_message": True}
        return await super().does(update)

    def written(self, text: str) -> dict[str, Any]:
        self.count += 1
        return {
            "message_id": self.number * 100 + self.count, "date": 1_800_000_000, "text": text,
            "from": {"id": self.number, "is_bot": False, "first_name": self.name},
        }  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kitchen(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Telegram]:
    async with (
        telegram(tmp_path_factory.mktemp("kitchen")) as account,
        account.bot(str(BOTS / "kitchen"), "-v") as process,
    ):
        await process.ready()
        yield account
        assert await process.stop() == 0
        assert "WARNING" not in process.log
        assert "ERROR" not in process.log


@pytest.fixture
def members(kitchen: Telegram) -> tuple[Member, Member, Member]:
    ann, bob, cleo = (
        Member(kitchen, number, "en", name=name)
        for number, name in ((201, "Ann"), (202, "Bob"), (203, "Cleo"))
    )
    ann.heard = bob.heard = cleo.heard = len(ann.messages)
    return ann, bob, cleo


Three = tuple[Member, Member, Member]


async def test_whoever_answers_first_decides_for_all(members: Three) -> None:
    ann, bob, cleo = members
    await ann.says("/poll")
    await ann.hears("What shall we eat?")
    await cleo.says("I am not hungry")
    await bob.presses("Cake")
    await ann.hears("Bob wants Cake.")


async def test_two_persons_talk_with_the_bot_side_by_side_and_press_their_own_buttons(
    kitchen: Telegram, members: Three
) -> None:
    ann, bob, cleo = members
    await ann.says("/name")
    await ann.hears("Your name?")
    await ann.answers("Anna")
    await ann.hears("How hungry?")
    await bob.presses("Much")
    *_, notice = await kitchen.gate.until("answerCallbackQuery", 2)
    assert notice.fields["text"] == "Not for you."
    await cleo.says("/name")
    await ann.hears("Your name?")
    await ann.presses("Little")
    await ann.hears("Anna is Little hungry.")


async def test_who_is_not_addressed_stays_silent(members: Three) -> None:
    ann, bob, _ = members
    await ann.says("hello bob", "/unknown")
    await bob.says("/poll")
    await ann.hears("What shall we eat?")
    await bob.answers("soup")
    await ann.hears("Bob wants Soup.")


async def test_what_one_has_taught_the_group_another_hears_as_a_reply(
    kitchen: Telegram, members: Three
) -> None:
    ann, bob, cleo = members
    meant = cleo.written("What you drink at five.")
    await ann.replies(meant, "/teach tea")
    (reaction,) = await kitchen.gate.until("setMessageReaction", 1)
    assert json.loads(reaction.fields["reaction"]) == [{"type": "emoji", "emoji": "🫡"}]
    await bob.says("What is tea?")
    await ann.hears("What you drink at five.")
    reply = json.loads(ann.messages[-1].fields["reply_parameters"])
    assert reply["message_id"] == bob.number * 100 + bob.count


KITCHEN = load(BOTS / "kitchen")


async def test_conversations_in_a_group_go_as_their_tests_say() -> None:
    assert run(KITCHEN).render(color=False) == ""


@pytest.mark.parametrize("script", scripts(KITCHEN), ids=lambda script: script.name)
async def test_a_conversation_in_a_group_goes_the_same_way_on_telegram(
    kitchen: Telegram, members: Three, script: Script
) -> None:
    ann, *_ = members
    named = {member.name: member for member in members}
    for line in script.lines:
        match line:
            case Speaker():
                for input_ in line.inputs:
                    await _does(named[line.who.person or ""], input_)
            case Bot():
                await ann.hears(*(one.text or "" for one in line.messages))
            case _:
                raise AssertionError(f"{line.place}: it cannot be played here")


async def _does(member: Member, input_: Input) -> None:
    match input_:
        case Typed(text, None):
            await member.says(re.sub(r"@bot\b", f"@{NAME}", text))
        case Typed(text, _):
            await member.answers(text)
        case Pressed(choice):
            await member.presses(choice.title())
        case _:
            raise AssertionError(f"{input_} cannot be played here")


async def test_topics_do_not_hear_each_other(kitchen: Telegram) -> None:
    ann = Member(kitchen, 204, "en", name="Ann", topic=7)
    bob = Member(kitchen, 205, "en", name="Bob", topic=8)
    await ann.says("/poll")
    await ann.hears("What shall we eat?")
    await bob.says("/poll")
    await bob.hears("What shall we eat?")
    await ann.presses("Soup")
    await bob.presses("Cake")
    await ann.hears("Ann wants Soup.")
    await bob.hears("Bob wants Cake.")


async def test_busy_talk_of_others_writes_nothing(kitchen: Telegram, members: Three) -> None:
    ann, bob, _ = members
    database = kitchen.database("kitchen")
    await until(lambda: not database.waiting(), "everything is sent and marked")
    before = database.revisions()
    last = [await who.says(f"chatter {number}") for number in range(20) for who in (ann, bob)][-1]
    await kitchen.confirmed(last)
    assert database.revisions() == before


async def test_what_the_group_is_told_of_a_person_stays_with_that_person_alone(
    kitchen: Telegram, members: Three
) -> None:
    ann, bob, _ = members
    await ann.says("/like tea")
    await ann.hears("Ann likes tea.")
    await bob.says("/like rice")
    await ann.hears("Bob likes rice.")
    database = kitchen.database("kitchen")
    await until(lambda: not database.waiting(), "everything is told and marked")
    for number, liked in ((201, "tea"), (202, "rice"), (203, "nothing")):
        alone = kitchen.person(number)
        alone.heard = len(alone.texts)
        await alone.says("/mine")
        await alone.hears(f"You like {liked}.")

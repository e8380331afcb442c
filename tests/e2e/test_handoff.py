"""Persons whom a bot hands over to the operators in a group, over a Bot API server."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.dialogue import BOTS, Person, Telegram, telegram
from tests.e2e.process import until
from tests.e2e.test_groups import GROUP, Member
from tests.servers.faulty import Call, Fault, refusal
from tests.servers.telegram import message

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOW = "Reply to a message to answer, with /done to end the conversation."


class Operator(Member):
    """Somebody in the group of the operators, who replies to what the bot has said there."""

    def said(self, words: str) -> Call:
        """The last message of the bot's in the group that holds these words."""
        return next(call for call in reversed(self.messages) if words in call.fields["text"])

    async def header_of(self, person: Person) -> str:
        """Under what the operators know a person who was just handed over to them."""

        def headers() -> list[str]:
            firsts = (text.partition("\n")[0] for text in self.texts)
            return [first for first in firsts if first.endswith(f" {person.owner}")]

        await until(lambda: bool(headers()), "the first message of a person")
        self.heard = len(self.messages)
        return headers()[0]

    async def answers_to(self, words: str, text: str) -> int:
        """Reply to the message with these words."""
        database = self.telegram.database("desk")
        await until(lambda: not database.waiting(), "the bot knows what it has sent")
        call = self.said(words)
        bot = json.loads(self.telegram.gate.of("getMe")[0].body)["result"]
        text_of_it = call.fields["text"]
        to: dict[str, Any] = {"message_id": call.message, "from": bot, "date": 1}
        return await self.replies(to | {"text": text_of_it}, text)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Telegram]:
    where = f"operators=telegram:{GROUP}"
    async with (
        telegram(tmp_path_factory.mktemp("desk")) as account,
        account.bot(str(BOTS / "desk"), "-v", STATECHAT_CHATS=where) as process,
    ):
        await process.ready()
        yield account
        assert await process.stop() == 0
        assert "WARNING" not in process.log
        assert "ERROR" not in process.log


async def test_two_persons_talk_with_two_operators_and_never_mix(desk: Telegram) -> None:
    ann, bob = desk.person(100_201), desk.person(100_202)
    eve, tom = (
        Operator(desk, number, "en", name=name) for number, name in ((301, "Eve"), (302, "Tom"))
    )
    for person, problem in ((ann, "It is broken"), (bob, "Mine, too")):
        await person.says("/help")
        await person.hears("What is the matter?")
        await person.says(problem)
        await person.hears("I am asking a human. Send /cancel to stop.")
    its, other = await eve.header_of(ann), await eve.header_of(bob)
    assert f"{its}\nIt is broken\n{HOW}" in eve.texts
    assert f"{other}\nMine, too\n{HOW}" in eve.texts
    await tom.answers_to("Mine", "What colour is yours?")
    await eve.answers_to("broken", "Since when?")
    await bob.hears("What colour is yours?")
    await ann.hears("Since when?")
    await eve.says("I like it here")
    await ann.says("Since yesterday")
    await eve.hears(f"{its}\nSince yesterday")
    await tom.answers_to("yesterday", "Turn it off, please.")
    await ann.hears("Turn it off, please.")
    await eve.answers_to("yesterday", "/done")
    await ann.hears("Glad to help.")
    await eve.hears(f"{its}\nYou have ended the conversation.")
    await eve.answers_to("yesterday", "And on again.")
    await eve.hears(f"{its}\nThis conversation is over: your message was not passed on.")
    await bob.says("/cancel")
    await bob.hears("All right.")
    await eve.hears(f"{other}\nThe conversation is over.")
    assert ann.texts[ann.heard :] == bob.texts[bob.heard :] == []


async def file_id(account: Telegram, content: bytes) -> str:
    """The number of a file that somebody has sent on Telegram."""
    form = aiohttp.FormData()
    form.add_field("chat_id", "1")
    form.add_field("photo", content, filename="cat.jpg")
    url = f"{account.emulator.base}/bot{account.token}/sendPhoto"
    async with aiohttp.ClientSession() as client, client.post(url, data=form) as answer:
        return str((await answer.json())["result"]["photo"][-1]["file_id"])


async def test_media_cross_in_both_directions(desk: Telegram) -> None:
    dan, eve = desk.person(100_204), Operator(desk, 301, "en", name="Eve")
    eve.heard = len(eve.messages)
    await dan.says("/help", "Look at this")
    await dan.hears("What is the matter?", "I am asking a human. Send /cancel to stop.")
    header = await eve.header_of(dan)
    file = await file_id(desk, b"broken")
    photo = {"file_id": file, "file_unique_id": "u", "width": 4, "height": 3}
    await dan.does(message(None, dan.number, message_id=7, photo=[photo], caption="broken"))
    (shown, *_) = await desk.gate.until("sendPhoto", 1)
    assert shown.fields["chat_id"] == str(GROUP)
    assert (shown.fields["photo"], shown.fields["caption"]) == (
        file, f"{header}\nbroken",
    )  # fmt: skip
    database = desk.database("desk")
    await until(lambda: not database.waiting(), "the bot knows what it has sent")
    bot = json.loads(desk.gate.of("getMe")[0].body)["result"]
    answer = message(None, eve.number, message_id=9, photo=[photo])["message"]
    to = {"message_id": shown.message, "from": bot, "date": 1}
    await eve.does({"message": answer | {"reply_to_message": to}})
    *_, sent = await desk.gate.until("sendPhoto", 2)
    assert (sent.fields["chat_id"], sent.fields["photo"]) == (str(dan.number), file)
    await dan.says("/cancel")
    await dan.hears("All right.")
    await eve.hears(f"{header}\nThe conversation is over.")


async def test_operators_who_put_the_bot_out_of_their_group_end_it(desk: Telegram) -> None:
    fay, eve = desk.person(100_205), Operator(desk, 301, "en", name="Eve")
    eve.heard = len(eve.messages)
    await fay.says("/help", "Help!")
    await fay.hears("What is the matter?", "I am asking a human. Send /cancel to stop.")
    await eve.header_of(fay)
    reason = "Forbidden: bot was kicked from the supergroup chat"
    database = desk.database("desk")
    async with desk.gate.failing(Fault(403, refusal(403, reason), "sendMessage")):
        await fay.says("Hello?")
        await desk.gate.until("sendMessage", 1, accepted=False)
        await until(lambda: not database.waiting(), "what they would have got is dropped")
    await fay.says("Is anybody there?")
    await fay.hears("Glad to help.")
    await eve.says("We are back.")

    def back() -> bool:
        record = database.record(f"desk/telegram:{GROUP}")
        return record is not None and not record.session.away

    await until(back, "the bot knows that it is in the group again")

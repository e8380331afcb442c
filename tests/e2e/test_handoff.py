"""Persons whom a bot hands over to the operators in a group, over a Bot API server."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.dialogue import BOTS, Telegram, telegram
from tests.e2e.process import until
from tests.e2e.test_groups import GROUP, Member
from tests.servers.faulty import Call

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOW = "Reply to a message to answer, with /done to end the conversation."


class Operator(Member):
    """Somebody in the group of the operators, who replies to what the bot has said there."""

    def said(self, words: str) -> Call:
        """The last message of the bot's in the group that holds these words."""
        return next(call for call in reversed(self.messages) if words in call.fields["text"])

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
    await eve.hears(
        f"#1 telegram:100201\nIt is broken\n{HOW}", f"#2 telegram:100202\nMine, too\n{HOW}"
    )
    await tom.answers_to("Mine", "What colour is yours?")
    await eve.answers_to("broken", "Since when?")
    await bob.hears("What colour is yours?")
    await ann.hears("Since when?")
    await eve.says("I like it here")
    await ann.says("Since yesterday")
    eve.heard = 2
    await eve.hears("#1 telegram:100201\nSince yesterday")
    await tom.answers_to("yesterday", "Turn it off, please.")
    await ann.hears("Turn it off, please.")
    await eve.answers_to("yesterday", "/done")
    await ann.hears("Glad to help.")
    await eve.hears("#1 telegram:100201\nYou have ended the conversation.")
    await eve.answers_to("yesterday", "And on again.")
    await eve.hears(
        "#1 telegram:100201\nThis conversation is over: your message was not passed on."
    )
    await bob.says("/cancel")
    await bob.hears("All right.")
    await eve.hears("#2 telegram:100202\nThe conversation is over.")
    assert ann.texts[ann.heard :] == bob.texts[bob.heard :] == []

"""Every shipped conversation, over every transport: the same states, the same log, the same words.

The person of a conversation test writes through the transport's peer, and presses its buttons
where it has some. What arrives is given to the same `step`; what that says goes out over it.
"""

import contextlib
import importlib
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import pytest_asyncio

import flows
from engine.compiler.bot import Bot, load
from engine.core.blocks import Ask, run
from engine.core.effects import Message
from engine.core.events import Event, Press
from engine.core.macrostep import Macrostep
from engine.runtime.ports import Delivery, Transport
from engine.testing.conversation import Conversation
from engine.testing.files import scripts
from engine.testing.script import Begin, Person, Pressed, Script, Typed, Wait
from tests.contract.host import RecordingHost
from tests.contract.peer import Peer, open_peer
from tests.contract.test_transports import PEERS, running
from tests.unit.core.flow_fixture import write_bot
from transports.menu import numbered, plain

SHIPPED = sorted(path.parent.name for path in Path(flows.__path__[0]).glob("*/bot.yaml"))


class Over(Conversation):
    """A conversation whose person sits at the other end of a transport.

    References of messages are the transport's there, and the conversation's here.
    """

    peer: Peer
    host: RecordingHost
    transport: Transport
    sent: dict[str, str]
    written: list[Event]
    outgoing: list[tuple[str, Message]]
    count: int

    def at(self, peer: Peer, host: RecordingHost, transport: Transport) -> None:
        self.peer, self.host, self.transport = peer, host, transport
        self.sent, self.written, self.outgoing, self.count = {}, [], [], 0

    async def stands(self, flow: str, begin: Begin) -> None:
        """Begin in a state; the person has written something before, and sees its question."""
        await self.peer.say("hi")
        self.written += await self.host.until_events(1)
        self.begin(begin.flow or flow, begin.state, begin.data, begin.user)
        macrostep = Macrostep(self.program, self.session, self._event("text", ""), self.now)
        for model, leaf in macrostep.questions():
            model.leaf = leaf
            assert model.node.question is not None
            run(model, (Ask(model.node.question),))
        for effect in macrostep.effects:
            self._carry_out(effect)
        await self.goes_out()
        self.said.clear()

    async def says(self, text: str) -> None:
        await self.peer.say(text)
        await self._arrives()

    async def presses(self, choice: str) -> None:
        """Press a button by its label; type its label, where the transport has no buttons."""
        press = self._button(choice)
        assert press is not None, choice
        label = next(
            button.label
            for message in reversed(self._heard)
            for row in message.buttons
            for button in row
            if Press(button.visit, button.choice) == press
        )
        if self.peer.traits.buttons:
            await self.peer.press(label)
        else:
            await self.peer.say(label.removeprefix("✓ "))
        await self._arrives()

    async def waits(self, milliseconds: int) -> None:
        self.wait(milliseconds)
        await self.goes_out()

    async def _arrives(self) -> None:
        event = (await self.host.until_events(len(self.written) + 1))[-1]
        self.written.append(event)
        here = {there: ref for ref, there in self.sent.items()}
        own = replace(
            event, owner=self.session.id, chat="1", at=self.now, lang=None,
            ref=here.get(event.ref or ""),
        )  # fmt: skip
        self._input(own)
        await self.goes_out()

    def _hear(self, message: Message) -> str:
        ref = super()._hear(message)
        self.outgoing.append((ref, message))
        return ref

    async def goes_out(self) -> None:
        to = self.written[-1]
        while self.outgoing:
            ref, message = self.outgoing.pop(0)
            self.count += 1
            delivery = Delivery(
                f"{to.owner}#i:{self.count}", to.owner, to.chat,
                replace(message, edit=self.sent.get(message.edit or "")),
                self.host.clock.now(), "en", to.via,
            )  # fmt: skip
            there = await self.transport.send(delivery)
            if there is not None:
                self.sent[ref] = there


@pytest_asyncio.fixture(params=PEERS, scope="function")
async def line(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Peer, RecordingHost]]:
    module = importlib.import_module(f"tests.contract.peers.{request.param}")
    async with open_peer(module) as peer:
        yield peer, RecordingHost()


@contextlib.asynccontextmanager
async def over(
    line: tuple[Peer, RecordingHost], bot: Bot, script: Script | None = None
) -> AsyncIterator[Over]:
    peer, host = line
    now = script.now if script else 0
    actions = script.actions if script else None
    conversation = Over(bot.program, now=now, lang=script.lang if script else None, actions=actions)
    async with running(peer.transport(), host) as transport:
        conversation.at(peer, host, transport)
        yield conversation


@cache
def shipped(name: str) -> Bot:
    return load(Path(flows.__path__[0]) / name)


CASES = [
    pytest.param(name, script, id=f"{name}: {script.name}")
    for name in SHIPPED
    for script in scripts(shipped(name))
]


def standing(conversation: Conversation) -> object:
    """All that the person's next input depends on, but for the numbers of visits."""
    return [
        (frame.flow, frame.link, frame.data, [(leaf.state, leaf.tries) for leaf in frame.leaves])
        for frame in conversation.chat.stack
    ], conversation.session.user


@pytest.mark.parametrize(("name", "script"), CASES)
async def test_a_shipped_conversation_is_the_same_on_every_transport(
    line: tuple[Peer, RecordingHost], name: str, script: Script
) -> None:
    bot = shipped(name)
    alone = Conversation(bot.program, now=script.now, lang=script.lang, actions=script.actions)
    async with over(line, bot, script) as there:
        if script.begin is not None:
            begin = script.begin
            alone.begin(begin.flow or script.flow, begin.state, begin.data, begin.user)
            alone.said.clear()
            await there.stands(script.flow, begin)
        expected: list[Message] = []
        for step in script.lines:
            for input_ in step.inputs if isinstance(step, Person) else ():
                if isinstance(input_, Typed):
                    alone.type(input_.text)
                    await there.says(input_.text)
                elif isinstance(input_, Pressed):
                    alone.press(input_.choice)
                    await there.presses(input_.choice)
            if isinstance(step, Wait):
                alone.wait(step.milliseconds)
                await there.waits(step.milliseconds)
            assert there.said == alone.said
            assert standing(there) == standing(alone)
            assert [(one.code, one.detail) for one in there.log] == [
                (one.code, one.detail) for one in alone.log
            ]
            expected += alone.said
            alone.said.clear()
            there.said.clear()
        if script.begin is None:
            await receives(there, expected)


async def receives(there: Over, expected: list[Message]) -> None:
    """Wait until the person has got what was said, in this order."""
    shown = plain if there.peer.traits.buttons else numbered
    texts = [shown(message) for message in expected if message.text]
    words = " ".join(texts).split()
    count = len(texts)
    while (got := " ".join(await there.peer.received(count)).split()) != words:
        assert len(got) < len(words), (got, words)
        count += 1


BACK = """
data: {name: {type: text}, spots: {type: list}, street: {type: text}, sure: {type: bool}}
on: {/back: .back}
states:
  name: {ask: Name?, next: spots}
  spots:
    ask: Where?
    choices: {head: Head, knee: Knee, arm: Arm}
    multi: {min: 1, max: 2}
    next: address
  address: {call: address, with: {name: name}, on: {done: sure}}
  sure: {confirm: "{name}: {spots | label | list}?", yes: end, no: name}
  end: {type: final, say: "Noted, {name}."}
"""
ADDRESS = """
input: {name: {type: text}}
data: {street: {type: text}}
states:
  street: {ask: "Street, {name}?", next: done}
  done: {type: final}
"""


async def test_back_returns_over_several_questions_and_a_called_flow_on_every_transport(
    line: tuple[Peer, RecordingHost], tmp_path: Path
) -> None:
    bot = load(write_bot(tmp_path, BACK, address=ADDRESS))
    async with over(line, bot) as there:
        for text, said in (
            ("/start", "Name?"),
            ("Ann", "Where?"),
            ("1, knee", "Street, Ann?"),
            ("Ring 1", "Ann: Head and Knee?"),
            ("/back", "Street, Ann?"),
            ("/back", "Where?"),
            ("/back", "Name?"),
            ("/back", "Name?"),
            ("Bob", "Where?"),
            ("arm", "Street, Bob?"),
            ("Ring 2", "Bob: Arm?"),
        ):
            await there.says(text)
            assert [message.text for message in there.said] == [said]
            there.said.clear()
        await there.presses("yes")
        assert [message.text for message in there.said] == ["Noted, Bob."]
        assert there.active is None


async def test_marks_are_set_in_place_where_there_are_buttons(
    line: tuple[Peer, RecordingHost], tmp_path: Path
) -> None:
    bot = load(write_bot(tmp_path, BACK, address=ADDRESS))
    async with over(line, bot) as there:
        await there.says("/start")
        await there.says("Ann")
        before = len(await there.peer.received(2))
        if not there.peer.traits.buttons:
            pytest.skip("it has no buttons")
        there.said.clear()
        await there.presses("knee")
        (edit,) = there.said
        assert (edit.text, [button.label for button in edit.buttons[1]]) == ("", ["✓ Knee"])
        await there.presses("done")
        assert there.said[-1].text == "Street, Ann?"
        assert len(await there.peer.received(before + 1)) == before + 1

"""Each conversation that ships gives the same state, log and words on every transport.

The reference is `engine.testing.Conversation`, which knows no transport: every script of
`flows/*/*.test.yaml` is played there and, through the whole runtime and a store on disk, over each
transport that a module in `seats/` registers. After each input and each wait both must agree.
"""

import importlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import load
from engine.compiler.bot import Bot
from engine.core.blocks import Ask, run
from engine.core.effects import Button, Message, Send
from engine.core.events import Event, Press
from engine.core.macrostep import Macrostep
from engine.core.session import Session
from engine.stores.document import encode
from engine.stores.protocol import Record
from engine.testing.conversation import Conversation
from engine.testing.files import scripts
from engine.testing.inputs import Edited, Input, Pressed, Reacted, Sent, Typed
from engine.testing.rights import entitled
from engine.testing.script import Person, Script, Wait
from tests.contract.clock import VirtualClock
from tests.contract.live import Live, WatchedStore
from tests.contract.seat import Acted, Seat, Unplayable, open_seat, typed_choice

FLOWS = Path(__file__).parents[2] / "flows"
BOTS = Path(__file__).parent / "bots"
"""Bots of our own, for what those that ship do not need."""
SEATS = sorted(path.stem for path in (Path(__file__).parent / "seats").glob("[a-z]*.py"))


def shipped() -> list[tuple[Bot, Script]]:
    paths = [*FLOWS.glob("*/*.test.yaml"), *BOTS.glob("*/*.test.yaml")]
    folders = sorted({path.parent for path in paths})
    return [(bot, script) for bot in map(load, folders) for script in scripts(bot)]


CONVERSATIONS = [
    pytest.param(bot, script, id=f"{bot.program.bot}: {script.name}") for bot, script in shipped()
]


class Play:
    """A script, played at once in the reference and over a transport."""

    def __init__(self, reference: Conversation, live: Live) -> None:
        self.reference = reference
        self.live = live
        self.said: list[Message] = []

    async def line(self, line: Person | Wait) -> None:
        if isinstance(line, Wait):
            self.reference.wait(line.milliseconds)
            await self.live.wait(line.milliseconds)
            await self.compare()
            return
        for input_ in line.inputs:
            await self.input(input_)
            await self.compare()

    async def input(self, input_: Input) -> None:
        match input_:
            case Typed(text, None):
                self.reference.type(text)
                await self.live.type(text)
            case Pressed(choice):
                await self.press(choice)
            case _:
                self.act(await self.live.act(input_))

    async def press(self, choice: str) -> None:
        buttons, button = self.offered(choice)
        self.reference.press(choice)
        if self.live.seat.buttons:
            await self.live.press(button)
        else:
            by_number = len(self.said) % 2 == 0
            await self.live.type(typed_choice(buttons, button, by_number=by_number))

    def act(self, acted: Acted) -> None:
        """Do in the reference what the transport has told of an act."""
        match acted:
            case Typed(text, reply_to):
                self.reference.type(text, reply_to=reply_to)
            case Sent(kind, media, text, reply_to):
                self.reference.send(kind, media, text, reply_to=reply_to)
            case Edited(text):
                self.reference.edit(text)
            case Reacted(emoji):
                self.reference.react(emoji)

    def offered(self, choice: str) -> tuple[list[Button], Button]:
        """The buttons beside a choice or a control, in the last message that shows it, and it."""
        meant = self.reference.button(choice)
        for message in [*self._open(), *reversed(self.said)]:
            buttons = [button for row in message.buttons for button in row]
            for button in buttons:
                if Press(button.visit, button.choice) == meant:
                    return buttons, button
        raise AssertionError(f"no message shows `{choice}`")

    def _open(self) -> list[Message]:
        """The open question, which a test that begins there has not shown: as it would be asked."""
        reference = self.reference
        event = Event("test:look", "text", reference.session.id, self.live.seat.chat, 0)
        look = Macrostep(reference.program, reference.session, event, reference.now)
        for model, leaf in look.questions():
            model.leaf = leaf
            if model.node.question:
                run(model, (Ask(model.node.question),))
        return [effect.message for effect in look.effects if isinstance(effect, Send)]

    async def compare(self) -> None:
        self.said += self.reference.said
        self.reference.said.clear()
        expected, shown = await self.live.seat.seen(self.said)
        assert shown == expected
        record = await self.live.record()
        assert state(record.session, self.live.seat) == state(
            self.reference.session, self.live.seat
        )
        assert self.live.notes.log == self.reference.log
        assert set(self.live.notes.sent) <= {"sent"}
        for collection in self.reference.program.services.records:
            assert await self.live.kept(collection) == self.reference.kept(collection)


def state(session: Session, seat: Seat) -> dict[str, Any]:
    """What must be the same everywhere of a stored session."""
    document = encode(Record(replace(session, rev=0, incarnation="")))
    for chat in document.get("chats", {}).values():
        chat.pop("via", None)
        questions = chat.pop("questions", {})
        if seat.names:
            chat["questions"] = list(questions.values())
        chat["held"] = [
            {name: event.get(name) for name in ("name", "text", "args")}
            for event in chat.get("held", ())
        ]
    return document


@pytest.mark.parametrize(("bot", "script"), CONVERSATIONS)
@pytest.mark.parametrize("name", SEATS)
async def test_a_conversation_gives_the_same_state_log_and_words_on_every_transport(
    name: str, bot: Bot, script: Script, tmp_path: Path
) -> None:
    module = importlib.import_module(f"tests.contract.seats.{name}")
    clock = VirtualClock(script.now)
    async with open_seat(module, script.lang, clock) as seat:
        if not seat.buttons and Path(script.place.file).name == "buttons.test.yaml":
            pytest.skip(f"{name} has no buttons")
        transport = seat.transport()
        store = WatchedStore(tmp_path / "sessions.sqlite3", bot.program.bot)
        person = f"{transport.name}:{seat.user}"
        program = entitled(bot.program, script.rights, person)
        live = Live(program, seat, transport, store, clock)
        reference = Conversation(
            program, now=script.now, lang=script.lang, actions=script.actions, person=person,
            chat=seat.chat,
        )  # fmt: skip
        await live.begin(script)
        for seed in script.records:
            reference.keep(seed.collection, seed.values)
        if begin := script.begin:
            flow = begin.flow or script.flow
            reference.begin(flow, begin.state, begin.data, begin.user)
        async with live.running(script):
            play = Play(reference, live)
            if script.begin:
                await play.compare()
            try:
                for line in script.lines:
                    if isinstance(line, Person | Wait):
                        await play.line(line)
            except Unplayable as nothing:
                pytest.skip(f"{name}: {nothing}")

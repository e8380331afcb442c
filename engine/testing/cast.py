"""The persons of one test: each with a session of their own, all on one clock."""

from dataclasses import replace
from typing import Final

from engine.core.activation import Activation
from engine.core.events import Press
from engine.core.macrostep import Macrostep
from engine.core.menus import buttons, menu
from engine.core.program import Program
from engine.errors import StatechatError
from engine.testing.conversation import Conversation
from engine.testing.rights import Rights, entitled, staffed
from engine.testing.rooms import Room
from engine.testing.script import CHAT, Known, Script, Who

WITHOUT_BUTTONS: Final = frozenset({"nostr", "console"})
"""Transports that number choices, for persons to type."""
_OWN: Final = "1"
"""The name of the test's own person within their transport."""
_TRANSPORT: Final = "test"
_NOBODY: Final = Known()


class Cast:
    """Who talks with the bot in a test; each is there from the first line that names them."""

    def __init__(self, program: Program, script: Script) -> None:
        self.script = script
        self._program = staffed(program, self._transport)
        self._found: dict[tuple[str, str], Conversation] = {}
        self._rooms: dict[tuple[str, str], Room] = {}
        self.own = self.of(Who())
        self.own.world.summon = self._named

    def of(self, who: Who) -> Conversation:
        """The conversation of a person, in the chat that is meant."""
        known = self._known(who.person)
        transport = who.via or self._transport(who.person)
        name = who.person or _OWN
        conversation = self._found.get((transport, name))
        if conversation is None:
            conversation = self._enter(known, f"{transport}:{name}")
            self._found[transport, name] = conversation
        conversation.enter(who.chat or CHAT, self._room(transport, who))
        return conversation

    def hearing(self, who: Who) -> Who:
        """Who hears what is said to somebody: in a group, all who are in it."""
        return replace(who, person=None) if who.chat in self.script.groups else who

    def watched(self, who: Who) -> Conversation:
        """Whose state a check looks at: in a group that of all, unless it names a person."""
        conversation = self.of(who)
        room = self._room(conversation.session.id.partition("/")[2].partition(":")[0], who)
        together = room.shared if room is not None else None
        if together is not None and who.person is None and together.frame is not None:
            return together
        return conversation

    def _room(self, transport: str, who: Who) -> Room | None:
        """The room of a group; none where a chat is one of two."""
        chat = who.chat
        if chat is None or chat not in self.script.groups or transport in WITHOUT_BUTTONS:
            return None
        room = self._rooms.get((transport, chat))
        if room is None:
            together = Conversation(
                entitled(self._program, Rights(), ""), now=self.script.now, chat=chat,
                person=f"{transport}:{chat}", beside=self.own,
            )  # fmt: skip
            room = self._rooms[transport, chat] = Room()
            together.share(room)
        return room

    def _transport(self, person: str | None) -> str:
        return self._known(person).transport or self.script.transport or _TRANSPORT

    def operators(self, name: str) -> Who:
        """Who the operators of a chat are in this test: one person, or all in a group."""
        return Who(chat=name) if name in self.script.groups else Who(person=name)

    def _named(self, owner: str) -> Conversation:
        """The conversation of the person, or the group, whose session's id this is."""
        who = self.operators(owner.partition(":")[2])
        room = self._room(self._transport(who.chat), who)
        together = room.shared if room is not None else None
        return together if together is not None else self.of(who)

    def _known(self, person: str | None) -> Known:
        return self.script.own if person is None else self.script.persons.get(person, _NOBODY)

    def _enter(self, known: Known, person: str) -> Conversation:
        script = self.script
        beside = next(iter(self._found.values()), None)
        return Conversation(
            entitled(self._program, known.rights, person), now=script.now, lang=known.lang,
            actions=script.actions, person=person, tz=known.tz, beside=beside,
        )  # fmt: skip


def press(conversation: Conversation, choice: str) -> None:
    """Press a button; where there are none, type what stands for it in the open question.

    Raises:
        StatechatError: `test:no_button`.
    """
    _, _, person = conversation.session.id.partition("/")
    if person.partition(":")[0] in WITHOUT_BUTTONS:
        conversation.type(_typed(conversation, choice))
    else:
        conversation.press(choice)


def _typed(conversation: Conversation, choice: str) -> str:
    """What a person types for a choice: its number, or the word of what stands beside them."""
    wanted = conversation.button(choice)
    scope = conversation.scope()
    for model in _asking(scope):
        question = model.node.question
        assert question is not None
        number = 0
        for row in buttons(model, question, menu(model, question)):
            for button in row:
                counts = button.url is None and button.number != 0
                number = (button.number or number + 1) if counts else number
                if Press(button.visit, button.choice) == wanted:
                    return str(number) if counts else button.label
    for offer in reversed(conversation.chat.offers):
        for offered in offer.buttons:
            if Press(offer.visit, offered.id) == wanted:
                return offered.label
    raise StatechatError(
        "test:no_button", f"no open question has a choice `{choice}` to type",
        cure="Over this transport there are no buttons: old ones cannot be pressed.",
    )  # fmt: skip


def _asking(scope: Activation) -> list[Activation]:
    """The runs with an open question, the one asked last first."""
    macrostep: Macrostep = scope.macrostep
    found = []
    for model, leaf in reversed(macrostep.questions()):
        model.leaf = leaf
        found.append(model)
    return found

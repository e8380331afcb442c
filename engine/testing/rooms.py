"""What is seen in one chat of a conversation test: what the bot says, and what became of it."""

from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from engine.classes import dataclass
from engine.core.effects import Message
from engine.core.events import Press, reply
from engine.core.mentions import Said, said
from engine.core.values import Value
from engine.errors import StatechatError

if TYPE_CHECKING:
    from engine.testing.conversation import Conversation

BOT_NAME: Final = "bot"
"""What the bot is called in a chat of several persons: `@bot`."""
BOT: Final = "bot:"
"""What the references of the bot's messages begin with."""


@dataclass(slots=True)
class Room:
    """All that was said in a chat, and what nobody has taken yet.

    Attributes:
        heard: the bot's messages as they are seen now.
        owners: whose conversation each of them belongs to, by the session's id.
        shared: in a chat of several persons, the conversation that they have together.
    """

    heard: list[Message] = field(default_factory=list)
    said: list[Message] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    shared: "Conversation | None" = None

    def fork(self) -> "Room":
        return Room(list(self.heard), list(self.said), list(self.owners), self.shared)

    def take(self, message: Message, owner: str) -> str:
        """Take what the bot says or changes; gives the reference of the message."""
        self._show(message)
        if message.done_to_others:
            return ""
        edited = (message.edit or "").removeprefix(BOT)
        if edited.isdecimal() and 0 < int(edited) <= len(self.heard):
            at = int(edited) - 1
            words = message if message.text else self.heard[at]
            self.heard[at] = replace(words, buttons=message.buttons)
            return f"{BOT}{edited}"
        self.heard.append(message)
        self.owners.append(owner)
        return f"{BOT}{len(self.heard)}"

    def _show(self, message: Message) -> None:
        """Keep what is said; of changes to the buttons of one message, the last one."""
        last = self.said[-1] if self.said else None
        turned = message.edit is not None and not message.text
        if last is not None and turned and (last.text, last.edit) == ("", message.edit):
            self.said.pop()
        self.said.append(message)

    def carrier(self, press: Press) -> int | None:
        """The number of the last message that shows a button."""
        for number in range(len(self.heard), 0, -1):
            for row in self.heard[number - 1].buttons:
                if any(Press(button.visit, button.choice) == press for button in row):
                    return number
        return None

    def meant(self, text: str, reply_to: str | None) -> Said | None:
        """What a text says, and whether to the bot; none for a command to another one."""
        if self.shared is None:
            return Said(text, addressed=True)
        return said(text, BOT_NAME, to_bot=reply_to is not None)

    def reply(self, to: str | None) -> dict[str, Value]:
        """What a reply to the last message of the bot's carries that has a text in it.

        Raises:
            StatechatError: `test:no_message`.
        """
        if to is None:
            return {}
        for number in range(len(self.heard), 0, -1):
            text = self.heard[number - 1].text
            if to in text:
                return {"reply_to": reply(f"{BOT}{number}", bot=True, text=text)}
        raise StatechatError("test:no_message", f"the bot has said nothing with `{to}` in it")

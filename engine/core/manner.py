"""How a text is sent: with which media, and in place of what or in reply to what."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from engine.classes import dataclass
from engine.core.effects import Button, Mark, MediaKind, Message
from engine.core.events import Event
from engine.core.media import media_of
from engine.core.scope import Scope
from engine.core.values import Value
from engine.errors import Place

if TYPE_CHECKING:
    from engine.core.activation import Activation


@dataclass(frozen=True, slots=True)
class Attachment:
    """Media of a message; `kind` is none for an album, whose items say it themselves."""

    kind: MediaKind | None
    value: Callable[[Scope], Value]
    place: Place


@dataclass(frozen=True, slots=True)
class Manner:
    """How a text is sent.

    Attributes:
        edit: in place of the bot's message that the event is about, where there is one; a name
            means the message that was sent last under it.
        reply: as a reply to the message that the event is about.
        name: what the message is called from now on.
    """

    attachments: tuple[Attachment, ...] = ()
    edit: bool | str = False
    reply: bool = False
    name: str | None = None

    def named(self, model: "Activation") -> str | None:
        """The message's name in its chat, where flows do not disturb each other."""
        return None if self.name is None else name_in_chat(model, self.name)

    def message(
        self,
        model: "Activation",
        text: str,
        marks: tuple[Mark, ...],
        buttons: tuple[tuple[Button, ...], ...] = (),
    ) -> Message:
        """The message.

        Raises:
            Fault: `media:type`, and those of expressions.
        """
        if self is PLAINLY:
            return Message(text, marks, buttons)
        media = tuple(
            found
            for each in self.attachments
            for found in media_of(each.kind, each.value(model), each.place)
        )
        event = model.macrostep.event
        if isinstance(self.edit, str):
            edit = reference(model, self.edit)
        else:
            edit = event.ref if self.edit and concerns_bot(event) else None
        reply_to = event.ref if self.reply and edit is None else None
        return Message(text, marks, buttons, edit, reply_to, media)


PLAINLY: Final = Manner()


def name_in_chat(model: "Activation", name: str) -> str:
    return f"{model.flow.name}.{name}"


def reference(model: "Activation", name: str) -> str | None:
    """Under which reference the message of a name was sent; none while it has not been."""
    return model.macrostep.chat.named.get(name_in_chat(model, name))


def concerns_bot(event: Event) -> bool:
    """Whether the message that an event is about is the bot's, as that of a press is."""
    return event.press is not None

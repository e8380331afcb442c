"""What a step wants done: data, carried out by the shell after the commit."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from engine.classes import dataclass
from engine.core.values import Data, Value

MarkKind = Literal[
    "bold", "italic", "underline", "strike", "spoiler", "code", "pre", "quote", "link"
]


MediaKind = Literal[
    "photo", "audio", "voice", "video", "document", "sticker", "animation", "location", "contact"
]


@dataclass(frozen=True, slots=True)
class Mark:
    """A styled part of a text; offset and length count code points of Python's `str`.

    Marks lie in each other or apart, never across each other. `url` is that of a link, `language`
    that of a block of code (`pre`), where its author named it.
    """

    kind: MarkKind
    offset: int
    length: int
    url: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A choice that a person can press; comes back as `Press(visit, choice)`.

    Attributes:
        number: what a person without buttons types for it; none for its place among the buttons,
            0 where only the label does.
        url: a link that it opens; then nothing comes back.
    """

    label: str
    visit: int
    choice: str
    number: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """A photo or the like, a location, a contact; see `engine.core.media` for `source`."""

    kind: MediaKind
    source: Data


@dataclass(frozen=True, slots=True)
class Message:
    """A text with marks, buttons and media, in no transport's markup; or what is done to another.

    Attributes:
        edit: the reference of a message of the bot's that this one replaces in place; an empty text
            leaves its words and changes only its buttons. Where nothing can be edited it is sent
            anew, or, with an empty text, not at all.
        reply_to: the reference of the message that this one is shown as a reply to.
        media: shown with the text, several as an album.
        react: put this emoji (an empty text: none) on the message `reply_to`, and nothing else.
        delete: delete the message of this reference, and nothing else.
        typing: show that the bot is writing, and nothing else.
    """

    text: str = ""
    marks: tuple[Mark, ...] = ()
    buttons: tuple[tuple[Button, ...], ...] = ()
    edit: str | None = None
    reply_to: str | None = None
    media: tuple[Media, ...] = ()
    react: str | None = None
    delete: str | None = None
    typing: bool = False

    @property
    def done_to_others(self) -> bool:
        """Whether it says nothing itself: it reacts, deletes, or shows that the bot is writing."""
        return self.react is not None or self.delete is not None or self.typing


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message to the chat. `id` is unique in the session, and its items sort by plan.

    `asks` is the visit whose question it asks, `named` a name that it was given, `talk` the number
    of the conversation that operators see it as a part of: under which reference it was sent is
    remembered.
    """

    id: str
    chat: str
    message: Message
    via: str | None = None
    asks: int | None = None
    named: str | None = None
    talk: int | None = None


@dataclass(frozen=True, slots=True)
class Invoke:
    """Run an action outside. A later `Invoke` of the same id replaces it: that is a retry.

    `timeout` is per attempt, `at` the earliest moment to run, both in milliseconds.
    `key` is the same at every attempt. `attempt` counts from 1. `private` names the arguments that
    say something about the person: they are kept out of the log. `by`, `ref` and `admin` are those
    of the event that led to it: its result concerns the same person and message.
    """

    id: str
    chat: str
    action: str
    args: Mapping[str, Value]
    key: str
    timeout: int
    at: int
    attempt: int
    private: tuple[str, ...] = ()
    by: str | None = None
    ref: str | None = None
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """Forget a planned item, because its state was left or its result was applied."""

    id: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Let an event happen in another session, once; those of one session come in their order.

    `chat` is where it was planned, `to` the other session's id, `at_chat` the chat there; `text`
    and `what` are what the event carries.
    """

    id: str
    chat: str
    to: str
    at_chat: str
    text: str | None
    what: Data


Effect: TypeAlias = Send | Invoke | Tell | Drop

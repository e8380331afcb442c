"""What can happen to a conversation: the only input of `step`."""

import re
from collections.abc import Mapping
from typing import Final

from engine.classes import dataclass
from engine.core.values import TEXT_MAX, Value

TEXT: Final = "text"
CHOICE: Final = "choice"
TIMER: Final = "timer"
RESULT: Final = "result"
BLOCKED: Final = "blocked"
BEGIN: Final = "begin"
"""A broadcast has come to somebody: a flow begins by itself."""
TOLD: Final = "told"
"""Another session tells something: a person to operators, or operators to a person."""
NOTICES: Final = frozenset({"reaction", "joined", "left", BLOCKED})
"""What happens in a chat without anybody saying anything."""
SILENT: Final = NOTICES | {"edited"}
"""What a person does without saying anything to the bot: unheard, it is not answered."""

_COMMAND = re.compile(r"/([A-Za-z][A-Za-z0-9_]{0,31})(?:\s+(.*))?\Z", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed: the choice, and the visit of the question that offered it.

    What begins with a dot is no choice but a control, such as `.done`; an id that begins with one
    has a second dot before it.
    """

    visit: int
    choice: str

    @property
    def control(self) -> bool:
        return self.choice.startswith(".") and not self.choice.startswith("..")

    @property
    def id(self) -> str:
        """The id of the choice; that of a control is its name with its dot."""
        return self.choice[1:] if self.choice.startswith("..") else self.choice


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an action failed. `code` is the action's own; `transient` says that a retry may help."""

    code: str
    message: str = ""
    transient: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What one attempt of an invoke ended with: `failure`, or else `value`."""

    invoke: str
    attempt: int
    value: Value = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a person, a timer or an action did.

    Attributes:
        id: `source:id`, the same whenever the source delivers it again.
        name: `text`, `/command`, `choice`, `photo`, …, or `timer`, `result`, `begin`, `told`.
        owner: the session's id, `<bot>/<transport>:<user>`; also the key of order. In a chat of
            several persons it is that of the chat first, `<bot>/<transport>:<chat>`.
        chat: the conversation within the session; what stands behind a slash is a topic of it.
        at: when the source says that it happened, in milliseconds since 1970 UTC.
        order: its position in its source; the source never delivers again what is below the
            horizon that its transport reports.
        lang: the language that the transport believes the person reads (`de`, `pt-br`).
        via: an opaque note of the transport, handed back with every answer in this chat.
        extra: what only some events carry; an expression reads it as `turn.<key>`.
        ref: the transport's reference of the message that the event is about: that of a press
            carries the button, a text or media is the person's own, `edited` and `reaction` concern
            one. `Message.edit` and `Message.reply_to` take it.
        by: in a chat of several persons, the session's id of the one who did it.
        addressed: whether it is meant for the bot; only in a chat of several persons it may not be.
        user: what is stored with that person, where the owner is the chat: a snapshot.
        found: what was looked up for flows that it may begin (`Outcome.wants`), by their keys.
        admin: in a chat of several persons, whether the one who did it administers the chat, as far
            as the transport knows and the bot wants to.
    """

    id: str
    name: str
    owner: str
    chat: str
    at: int
    order: int = 0
    text: str | None = None
    args: str | None = None
    press: Press | None = None
    timer: str | None = None
    result: Result | None = None
    lang: str | None = None
    via: str | None = None
    extra: Mapping[str, Value] | None = None
    ref: str | None = None
    by: str | None = None
    addressed: bool = True
    user: Mapping[str, Value] | None = None
    found: Mapping[str, Value] | None = None
    admin: bool = False

    @property
    def person(self) -> str:
        """The session's id of the person who did it; of a timer in a group, the chat's."""
        return self.by or self.owner

    @property
    def of_chat(self) -> bool:
        """Whether it is offered to what all in a chat share, and not to a person's own session."""
        return self.by is not None and self.by != self.owner

    @property
    def overheard(self) -> bool:
        """Whether it is a message to others, which only who listens to everything hears."""
        return not self.addressed and self.name[0] != "/" and self.name not in NOTICES

    @property
    def replied_to(self) -> str | None:
        """The reference of the message that this one replies to."""
        found = self.extra.get("reply_to") if self.extra else None
        if found is None:
            return None
        ref = found.get("ref") if isinstance(found, Mapping) else None
        return ref if isinstance(ref, str) else None

    @property
    def own_name(self) -> str:
        """The name under which `on` hears it before the open question does."""
        if self.press is not None:
            return f"choice.{self.press.id}"
        return "~" if self.name == TEXT else self.name

    @property
    def last_name(self) -> str:
        """The name under which `on` hears it after the open question and the triggers."""
        return TEXT if self.name == TEXT else "*"

    @property
    def by_person(self) -> bool:
        return self.name not in (TIMER, RESULT, BEGIN, TOLD)


def reply(ref: str, *, bot: bool | None = None, text: str | None = None) -> dict[str, Value]:
    """`turn.reply_to`: a message's reference, and what is known of it, which may be nothing."""
    found: dict[str, Value] = {"ref": ref}
    if bot is not None:
        found["bot"] = bot
    if text is not None:
        found["text"] = clean(text)
    return found


def clean(text: str) -> str:
    """What a person wrote, without control characters and lone surrogates, of bounded length."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))[:TEXT_MAX]


def read_text(text: str) -> tuple[str, str, str | None]:
    """Name, cleaned text and arguments of a typed message: `/start x` is `("/start", …, "x")`."""
    text = clean(text)
    command = _COMMAND.match(text.strip()) if text.lstrip().startswith("/") else None
    if command is None:
        return TEXT, text, None
    return f"/{command[1].lower()}", text, (command[2] or "").strip()

"""Carries deliveries to Telegram, request by request."""

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO, Final, Protocol

from engine.classes import dataclass
from engine.errors import StatechatError
from engine.runtime.ports import BlockedError, Delivery, PostponedError, RefusedError
from engine.runtime.privacy import logger
from transports.moving import Hold, Moving
from transports.telegram.callback import LongChoices
from transports.telegram.failure import ApiError
from transports.telegram.files import Files
from transports.telegram.pace import Call as Paced
from transports.telegram.pacer import Turns, Unpaced
from transports.telegram.requests import Fields, Request, build, upload
from transports.telegram.rooms import Rooms

NOT_MODIFIED: Final = "message is not modified"
"""What Telegram says of an edit that was made already, or changes nothing."""
TYPING: Final = "sendChatAction"
EDIT: Final = "edit"
"""How the methods begin that change what was sent."""
_WHOLE: Final = re.compile(r"-?[0-9]{1,19}\Z")
_BLOCKS: Final = (
    "bot was blocked", "user is deactivated", "bot was kicked", "bot is not a member",
    "group chat was deleted",
)  # fmt: skip
NOTES_MAX: Final = 1_000
"""Of how many half-sent messages the sent parts are remembered."""

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """A chat of Telegram's, or a topic of it."""

    number: int
    topic: int | None = None

    @classmethod
    def of(cls, name: str) -> "Place":
        """The place that events name so.

        Raises:
            RefusedError: there is none.
        """
        chat, slash, topic = name.partition("/")
        found, thread = number(chat), number(topic) if slash else None
        if found is None or (slash and thread is None):
            raise RefusedError("the chat is not one of Telegram's")
        return cls(found, thread)

    def fields(self, method: str) -> Fields:
        """What says to a method where it shall be done."""
        if self.topic is None or not method.startswith("send"):
            return {"chat_id": self.number}
        return {"chat_id": self.number, "message_thread_id": self.topic}


def number(written: str) -> int | None:
    """A whole number of up to 19 digits."""
    return int(written) if _WHOLE.match(written) else None


class Call(Protocol):
    """`Api.call`."""

    async def __call__(
        self, method: str, fields: Fields, uploads: Mapping[str, tuple[str, BinaryIO]]
    ) -> object: ...


class Sender:
    """Sends deliveries part by part, and remembers how far it came with each."""

    def __init__(
        self,
        call: Call,
        choices: LongChoices,
        files: Files,
        moving: Moving,
        rooms: Rooms,
        turns: Turns | None = None,
    ) -> None:
        self._call = call
        self._turns = turns or Unpaced()
        self._choices = choices
        self._files = files
        self._moving = moving
        self._rooms = rooms
        self._sent: OrderedDict[str, int] = OrderedDict()

    async def send(self, delivery: Delivery) -> str | None:
        """Send a delivery; a part that was sent by an earlier attempt is not sent again.

        Returns:
            The number of the message that Telegram made of its last part.

        Raises:
            RefusedError, PostponedError: see `Transport.send`.
        """
        place = Place.of(delivery.chat)
        chat = replace(place, number=self._rooms.now(place.number))
        message = delivery.message
        try:
            await self._choices.keep(button.choice for row in message.buttons for button in row)
        except StatechatError as error:
            raise PostponedError(error.message) from error
        if not message.media:
            made = await self._carry_on(delivery.id, chat, build(message, person=holder(delivery)))
        else:
            async with self._moving.of(delivery.id) as hold:
                made = await self._with_media(delivery, chat, hold)
        self._sent.pop(delivery.id, None)
        return _number(made) or message.edit

    async def _with_media(self, delivery: Delivery, chat: Place, hold: Hold) -> object:
        """Send media; what Telegram refuses of them goes another way, in the end as words."""
        message, person = delivery.message, holder(delivery)
        requests = build(message, await self._files.ready(message.media, hold), person)
        while True:
            try:
                return await self._carry_on(delivery.id, chat, requests)
            except RefusedError as error:
                done = self._sent.get(delivery.id, 0)
                refused = requests[done].pieces
                if not refused or _is_about_the_chat(str(error)):
                    raise
                log.warning("telegram: media are sent in another way: %s", error)
                others = [await self._files.another_way(piece, hold) for piece in refused]
                later = [piece for request in requests[done + 1 :] for piece in request.pieces]
                requests = [*requests[:done], *build(message, [*others, *later], person)]

    async def _carry_on(self, id_: str, chat: Place, requests: Sequence[Request]) -> object:
        """Send what is left of the requests; what Telegram made of the last one.

        Raises:
            RefusedError: one is refused for good.
            PostponedError: one may be sent later.
        """
        made: object = None
        for number in range(self._sent.get(id_, 0), len(requests)):
            try:
                made = await self._carry(chat, requests[number])
            except ApiError as error:
                if error.kind == "refused":
                    kind = BlockedError if _is_a_block(error.reason) else RefusedError
                    raise kind(error.reason) from None
                if error.moved_to is not None:
                    await self._follow(chat, error.moved_to)
                raise PostponedError(str(error), error.milliseconds) from None
            if len(requests) > 1:
                self._note(id_, number + 1)
        return made

    async def _follow(self, chat: Place, new: int) -> None:
        """Learn where a group is now: the next attempt goes there."""
        try:
            await self._rooms.moved(chat.number, new)
        except StatechatError as error:
            raise PostponedError(error.message) from error

    async def _carry(self, chat: Place, request: Request) -> object:
        if request.method == TYPING and self._turns.closed:
            return None
        try:
            made = await self._ask(chat, request)
        except ApiError as error:
            if error.kind != "refused":
                if request.method == TYPING:
                    return None  # it would come too late
                raise
            if request.passing or NOT_MODIFIED in error.reason:
                log.debug("telegram: %s was not needed any more: %s", request.method, error.reason)
                return None
            if request.instead is None:
                raise
            return await self._carry(chat, request.instead)
        parts = made if isinstance(made, list) else [made]
        for place, piece in request.uploads.items():
            try:
                await self._files.remember(piece, parts[place])
            except (StatechatError, LookupError) as error:
                log.debug("telegram: an upload will be repeated: %s", error)
        return made

    async def _ask(self, chat: Place, request: Request) -> object:
        """Make the call when its turn has come; typing takes no turn, for it makes no message."""
        uploads = {
            upload(place): (piece.name, piece.content.file)
            for place, piece in request.uploads.items()
            if piece.content is not None
        }
        if request.method != TYPING:
            edit = request.method.startswith(EDIT)
            await self._turns.turn(Paced(chat.number, request.cost, edit=edit))
        try:
            fields = {**chat.fields(request.method), **request.fields}
            return await self._call(request.method, fields, uploads)
        except ApiError as error:
            if error.milliseconds is not None:
                self._turns.refused(chat.number, error.milliseconds)
            raise

    def _note(self, id_: str, parts: int) -> None:
        self._sent[id_] = parts
        self._sent.move_to_end(id_)
        if len(self._sent) > NOTES_MAX:
            self._sent.popitem(last=False)


def holder(delivery: Delivery) -> int | None:
    """The number of the person who alone is offered the buttons of a message in a group."""
    _, _, owner = delivery.owner.rpartition(":")
    found = number(owner)
    group = number(delivery.chat.partition("/")[0])
    return None if found == group else found


def _is_about_the_chat(reason: str) -> bool:
    """Whether a refusal concerns the person, whatever is sent."""
    return "Forbidden" in reason or "chat not found" in reason


def _is_a_block(reason: str) -> bool:
    """Whether the person, or the group, takes no messages of the bot any more."""
    return any(words in reason for words in _BLOCKS)


def _number(made: object) -> str | None:
    last = made[-1] if isinstance(made, list) and made else made
    number = last.get("message_id") if isinstance(last, dict) else None
    return str(number) if type(number) is int else None

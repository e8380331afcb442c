"""Carries deliveries to Telegram, request by request."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from engine.errors import StatechatError
from engine.runtime.ports import Delivery, PostponedError, RefusedError
from engine.runtime.privacy import logger
from transports.telegram.callback import LongChoices
from transports.telegram.failure import ApiError
from transports.telegram.files import Files
from transports.telegram.pace import Call as Paced
from transports.telegram.pacer import Turns, Unpaced
from transports.telegram.requests import Fields, Request, build, upload

NOT_MODIFIED: Final = "message is not modified"
"""What Telegram says of an edit that was made already, or changes nothing."""
TYPING: Final = "sendChatAction"
EDIT: Final = "edit"
"""How the methods begin that change what was sent."""
NOTES_MAX: Final = 1_000
"""Of how many half-sent messages the sent parts are remembered."""

log = logger(__name__)


class Call(Protocol):
    """`Api.call`."""

    async def __call__(
        self, method: str, fields: Fields, uploads: Mapping[str, tuple[str, bytes]]
    ) -> object: ...


class Sender:
    """Sends deliveries part by part, and remembers how far it came with each."""

    def __init__(
        self, call: Call, choices: LongChoices, files: Files, turns: Turns | None = None
    ) -> None:
        self._call = call
        self._turns = turns or Unpaced()
        self._choices = choices
        self._files = files
        self._sent: OrderedDict[str, int] = OrderedDict()

    async def send(self, delivery: Delivery) -> str | None:
        """Send a delivery; a part that was sent by an earlier attempt is not sent again.

        Returns:
            The number of the message that Telegram made of its last part.

        Raises:
            RefusedError, PostponedError: see `Transport.send`.
        """
        chat = chat_id(delivery.chat)
        message = delivery.message
        pieces = await self._files.ready(message.media)
        requests = build(message, pieces)
        try:
            await self._choices.keep(button.choice for row in message.buttons for button in row)
        except StatechatError as error:
            raise PostponedError(error.message) from error
        try:
            made = await self._carry_on(delivery.id, chat, requests)
        except ApiError as error:
            if not any(piece.known for piece in pieces):
                self._sent.pop(delivery.id, None)
                raise RefusedError(error.reason) from None
            # Telegram may have forgotten what was uploaded: its numbers are not for ever.
            pieces = await self._files.ready(message.media, afresh=True)
            try:
                made = await self._carry_on(delivery.id, chat, build(message, pieces))
            except ApiError as again:
                self._sent.pop(delivery.id, None)
                raise RefusedError(again.reason) from None
        self._sent.pop(delivery.id, None)
        return _number(made) or message.edit

    async def _carry_on(self, id_: str, chat: int, requests: Sequence[Request]) -> object:
        """Send what is left of the requests; what Telegram made of the last one.

        Raises:
            ApiError: one is refused for good.
            PostponedError: one may be sent later.
        """
        made: object = None
        for number in range(self._sent.get(id_, 0), len(requests)):
            try:
                made = await self._carry(chat, requests[number])
            except ApiError as error:
                if error.kind == "refused":
                    raise
                raise PostponedError(str(error), error.milliseconds) from None
            if len(requests) > 1:
                self._note(id_, number + 1)
        return made

    async def _carry(self, chat: int, request: Request) -> object:
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

    async def _ask(self, chat: int, request: Request) -> object:
        """Make the call when its turn has come; typing takes no turn, for it makes no message."""
        uploads = {
            upload(place): (piece.name, piece.content or b"")
            for place, piece in request.uploads.items()
        }
        if request.method != TYPING:
            edit = request.method.startswith(EDIT)
            await self._turns.turn(Paced(chat, request.cost, edit=edit))
        try:
            return await self._call(request.method, {"chat_id": chat, **request.fields}, uploads)
        except ApiError as error:
            if error.milliseconds is not None:
                self._turns.refused(chat, error.milliseconds)
            raise

    def _note(self, id_: str, parts: int) -> None:
        self._sent[id_] = parts
        self._sent.move_to_end(id_)
        if len(self._sent) > NOTES_MAX:
            self._sent.popitem(last=False)


def chat_id(chat: str) -> int:
    """Telegram's number of a chat.

    Raises:
        RefusedError: it is none.
    """
    try:
        return int(chat)
    except ValueError:
        raise RefusedError("the chat is not one of Telegram's") from None


def _number(made: object) -> str | None:
    last = made[-1] if isinstance(made, list) and made else made
    number = last.get("message_id") if isinstance(last, dict) else None
    return str(number) if type(number) is int else None

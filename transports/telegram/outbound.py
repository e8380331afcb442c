"""From a message to requests of the Bot API: entities, keyboards, and parts of a long text."""

import json
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final, Protocol

from engine.core.effects import Button, Mark, MarkKind, Message
from engine.errors import StatechatError
from engine.runtime.ports import Delivery, PostponedError, RefusedError
from transports.split import split, utf16_units
from transports.telegram.callback import LONE, LongChoices, encode
from transports.telegram.failure import ApiError

TEXT_UNITS: Final = 4096
ROW_BUTTONS: Final = 8
MESSAGE_BUTTONS: Final = 100
MORE_BUTTONS: Final = "…"
"""The text of a message that only carries on a keyboard of more than 100 buttons."""
NOTES_MAX: Final = 1_000
"""Of how many half-sent messages the sent parts are remembered."""

_ENTITIES: Final[dict[MarkKind, str]] = {
    "bold": "bold",
    "italic": "italic",
    "code": "code",
    "link": "text_link",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One `sendMessage`; entities and keyboard are JSON texts, as they travel."""

    text: str
    entities: str | None = None
    keyboard: str | None = None


class SendText(Protocol):
    """`Api.send`."""

    async def __call__(
        self, chat: int, text: str, entities: str | None, reply_markup: str | None
    ) -> None: ...


class Sender:
    """Sends deliveries part by part, and remembers how far it came with each."""

    def __init__(self, send: SendText, choices: LongChoices) -> None:
        self._send = send
        self._choices = choices
        self._sent: OrderedDict[str, int] = OrderedDict()

    async def send(self, delivery: Delivery) -> None:
        """Send a delivery; a part that was sent by an earlier attempt is not sent again.

        Raises:
            RefusedError, PostponedError: see `Transport.send`.
        """
        chat = chat_id(delivery.chat)
        requests = build(delivery.message)
        try:
            rows = delivery.message.buttons
            await self._choices.keep(button.choice for row in rows for button in row)
        except StatechatError as error:
            raise PostponedError(error.message) from error
        for number in range(self._sent.get(delivery.id, 0), len(requests)):
            request = requests[number]
            try:
                await self._send(chat, request.text, request.entities, request.keyboard)
            except ApiError as error:
                if error.kind == "refused":
                    self._sent.pop(delivery.id, None)
                    raise RefusedError(error.reason) from None
                raise PostponedError(str(error), error.milliseconds) from None
            if len(requests) > 1:
                self._note(delivery.id, number + 1)
        self._sent.pop(delivery.id, None)

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


def build(message: Message) -> list[Request]:
    """The requests of a message, in order; the buttons hang on the last part of its text.

    Raises:
        RefusedError: there is no text; Telegram takes no message without.
    """
    text = _encodable(message.text)
    if not text or text.isspace():
        raise RefusedError("the message has no text")
    keyboards = [_keyboard(rows) for rows in _pages(message.buttons)]
    parts = split(text, message.marks, TEXT_UNITS, utf16_units)
    requests = [Request(part.text, entities(part.text, part.marks)) for part in parts]
    if keyboards:
        requests[-1] = replace(requests[-1], keyboard=keyboards[0])
    return requests + [Request(MORE_BUTTONS, None, keyboard) for keyboard in keyboards[1:]]


def entities(text: str, marks: Sequence[Mark]) -> str | None:
    """Marks as Telegram's entities, which count in UTF-16 units; JSON.

    Source: https://core.telegram.org/bots/api#messageentity
    """
    if not marks:
        return None
    units = None
    if not text.isascii() and max(text) > "\uffff":
        units = [0, *accumulate(2 if letter > "\uffff" else 1 for letter in text)]
    found = []
    for mark in marks:
        start, end = max(mark.offset, 0), min(mark.offset + mark.length, len(text))
        if start >= end or (mark.kind == "link" and not mark.url):
            continue
        if units:
            start, end = units[start], units[end]
        entity: dict[str, str | int] = {
            "type": _ENTITIES[mark.kind],
            "offset": start,
            "length": end - start,
        }
        if mark.kind == "link":
            entity["url"] = mark.url or ""
        found.append(entity)
    return json.dumps(found) if found else None


def _encodable(text: str) -> str:
    """The text without lone surrogates, each replaced by one character to keep the marks right."""
    return text if text.isascii() else LONE.sub("\ufffd", text)


def _pages(rows: Sequence[Sequence[Button]]) -> Iterator[list[list[Button]]]:
    """Rows of at most 8 buttons, in keyboards of at most 100."""
    page: list[list[Button]] = []
    room = MESSAGE_BUTTONS
    cut = (row[at : at + ROW_BUTTONS] for row in rows for at in range(0, len(row), ROW_BUTTONS))
    for row in cut:
        if len(row) > room:
            yield page
            page, room = [], MESSAGE_BUTTONS
        page.append(list(row))
        room -= len(row)
    if page:
        yield page


def _keyboard(rows: list[list[Button]]) -> str:
    return json.dumps(
        {
            "inline_keyboard": [
                [
                    {
                        "text": _encodable(button.label.strip() or button.choice) or "·",
                        "callback_data": encode(button.visit, button.choice),
                    }
                    for button in row
                ]
                for row in rows
            ]
        }
    )

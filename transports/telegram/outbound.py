"""From a message to requests of the Bot API: entities, keyboards, and parts of a long text."""

import json
import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from engine.core.effects import Button, Mark, MarkKind, Message
from engine.errors import StatechatError
from engine.runtime.ports import Delivery, PostponedError, RefusedError
from transports.render import utf16_offsets
from transports.split import split, utf16_units
from transports.telegram.callback import LONE, LongChoices, encode
from transports.telegram.failure import ApiError

TEXT_UNITS: Final = 4096
ROW_BUTTONS: Final = 8
MESSAGE_BUTTONS: Final = 100
MORE_BUTTONS: Final = "…"
"""The text of a message that only carries on a keyboard of more than 100 buttons."""
NOT_MODIFIED: Final = "message is not modified"
"""What Telegram says of an edit that was made already, or changes nothing."""
NOTES_MAX: Final = 1_000
"""Of how many half-sent messages the sent parts are remembered."""

Fields: TypeAlias = Mapping[str, str | int]
_NUMBER: Final = re.compile(r"[0-9]{1,15}\Z")

_ENTITIES: Final[dict[MarkKind, str]] = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strike": "strikethrough",
    "spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "quote": "blockquote",
    "link": "text_link",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One call, but for the chat; entities and keyboards are JSON texts, as they travel.

    `instead` takes its place where the message that it edits cannot be edited any more.
    """

    method: str
    fields: Fields
    instead: "Request | None" = None


class Call(Protocol):
    """`Api.call`."""

    async def __call__(self, method: str, fields: Fields) -> object: ...


class Sender:
    """Sends deliveries part by part, and remembers how far it came with each."""

    def __init__(self, call: Call, choices: LongChoices) -> None:
        self._call = call
        self._choices = choices
        self._sent: OrderedDict[str, int] = OrderedDict()

    async def send(self, delivery: Delivery) -> str | None:
        """Send a delivery; a part that was sent by an earlier attempt is not sent again.

        Returns:
            The number of the message that Telegram made of its last part.

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
        made: object = None
        for number in range(self._sent.get(delivery.id, 0), len(requests)):
            try:
                made = await self._carry(chat, requests[number])
            except ApiError as error:
                if error.kind == "refused":
                    self._sent.pop(delivery.id, None)
                    raise RefusedError(error.reason) from None
                raise PostponedError(str(error), error.milliseconds) from None
            if len(requests) > 1:
                self._note(delivery.id, number + 1)
        self._sent.pop(delivery.id, None)
        return _number(made) or delivery.message.edit

    async def _carry(self, chat: int, request: Request) -> object:
        try:
            return await self._call(request.method, {"chat_id": chat, **request.fields})
        except ApiError as error:
            if error.kind == "refused" and NOT_MODIFIED in error.reason:
                return None
            if error.kind != "refused" or request.instead is None:
                raise
        return await self._carry(chat, request.instead)

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
    edited = message_number(message.edit)
    keyboards = [_keyboard(rows) for rows in _pages(message.buttons)]
    if not text or text.isspace():
        if edited is None:
            raise RefusedError("the message has no text")
        fields: Fields = {"message_id": edited}
        return [Request("editMessageReplyMarkup", _with(fields, reply_markup=_first(keyboards)))]
    parts = split(text, message.marks, TEXT_UNITS, utf16_units)
    bodies = [
        _with({"text": part.text}, entities=entities(part.text, part.marks)) for part in parts
    ]
    bodies[-1] = _with(bodies[-1], reply_markup=_first(keyboards))
    bodies += [{"text": MORE_BUTTONS, "reply_markup": keyboard} for keyboard in keyboards[1:]]
    first, *rest = (Request("sendMessage", body) for body in bodies)
    if edited is not None:
        first = Request("editMessageText", {"message_id": edited, **first.fields}, first)
    elif (replied := message_number(message.reply_to)) is not None:
        reply = {"message_id": replied, "allow_sending_without_reply": True}
        first = Request("sendMessage", _with(first.fields, reply_parameters=json.dumps(reply)))
    return [first, *rest]


def message_number(ref: str | None) -> int | None:
    """Telegram's number of a message; none for a reference that is not Telegram's."""
    return int(ref) if ref is not None and _NUMBER.match(ref) else None


def _number(made: object) -> str | None:
    number = made.get("message_id") if isinstance(made, dict) else None
    return str(number) if type(number) is int else None


def _with(fields: Fields, **more: str | None) -> Fields:
    """The fields and more of them, but for those that are none."""
    return {**fields, **{name: value for name, value in more.items() if value is not None}}


def _first(keyboards: Sequence[str]) -> str | None:
    return keyboards[0] if keyboards else None


def entities(text: str, marks: Sequence[Mark]) -> str | None:
    """Marks as Telegram's entities, which count in UTF-16 units; JSON.

    Source: https://core.telegram.org/bots/api#messageentity
    """
    if not marks:
        return None
    units = utf16_offsets(text)
    found = []
    for mark in marks:
        start, end = max(mark.offset, 0), min(mark.offset + mark.length, len(text))
        if start >= end or (mark.kind == "link" and not mark.url):
            continue
        entity: dict[str, str | int] = {
            "type": _ENTITIES[mark.kind],
            "offset": units[start],
            "length": units[end] - units[start],
        }
        if mark.kind == "link":
            entity["url"] = mark.url or ""
        if mark.language is not None:
            entity["language"] = mark.language
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
                    {"text": _encodable(button.label.strip() or button.choice) or "·"}
                    | _action(button)
                    for button in row
                ]
                for row in rows
            ]
        }
    )


def _action(button: Button) -> dict[str, str]:
    """What a button does: open a link, or come back as a press."""
    if button.url is not None:
        return {"url": _encodable(button.url)}
    return {"callback_data": encode(button.visit, button.choice)}

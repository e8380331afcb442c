"""From a message to calls of the Bot API.

Source: https://core.telegram.org/bots/api#available-methods
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from engine.classes import dataclass
from engine.core.effects import Mark, Message
from engine.runtime.ports import RefusedError
from transports.render import with_descriptions
from transports.split import split, utf16_units
from transports.telegram.entities import encodable, entities
from transports.telegram.files import CAPTIONED, Piece
from transports.telegram.keyboards import keyboards

TEXT_UNITS: Final = 4096
CAPTION_UNITS: Final = 1024
MORE_BUTTONS: Final = "…"
"""The text of a message that only carries a keyboard."""

Fields: TypeAlias = Mapping[str, str | int | float]
_NUMBER: Final = re.compile(r"[0-9]{1,15}\Z")
_EDITABLE: Final = frozenset({"photo", "video", "animation", "audio", "document"})
_GROUPS: Final = {"photo": "pictures", "video": "pictures", "audio": "audio", "document": "files"}
"""Which kinds can stand in one album."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call, but for the chat; entities and keyboards are JSON texts, as they travel.

    Attributes:
        pieces: its media; those that are uploaded are named in a field as
            `attach://<upload(place)>`, by their place.
        instead: takes its place where the message that it edits cannot be edited so.
        passing: whether it is done with when it is refused: what it is about is gone.
    """

    method: str
    fields: Fields
    pieces: Sequence[Piece] = ()
    instead: "Request | None" = None
    passing: bool = False

    @property
    def cost(self) -> int:
        """How many messages it makes."""
        return len(self.pieces) if self.method == "sendMediaGroup" else 1

    @property
    def uploads(self) -> Mapping[int, Piece]:
        """The files that travel with it, by their place among its media."""
        return {at: piece for at, piece in enumerate(self.pieces) if piece.content is not None}


def build(
    message: Message, pieces: Sequence[Piece] = (), person: int | None = None
) -> list[Request]:
    """The requests of a message, in order; `pieces` are its media, made ready.

    `person` is who alone may press its buttons in a group.

    The text is the caption of the media where it fits, else it stands below. The buttons hang on
    the last request.

    Raises:
        RefusedError: there is nothing to send.
    """
    if message.done_to_others:
        return _done_to_others(message)
    foreign = tuple(piece.media for piece in pieces if piece.value is None)
    text, marks = with_descriptions(encodable(message.text), message.marks, foreign)
    edited = message_number(message.edit)
    shown = keyboards(message.buttons, person)
    sendable = [piece for piece in pieces if piece.value is not None]
    if sendable:
        requests = _with_media(text, marks, sendable, edited, shown)
    else:
        requests = _text_only(text, marks, edited, shown)
    replied = message_number(message.reply_to)
    if replied is not None and edited is None:
        reply = {"message_id": replied, "allow_sending_without_reply": True}
        fields = {**requests[0].fields, "reply_parameters": json.dumps(reply)}
        requests[0] = replace(requests[0], fields=fields)
    return requests


def upload(place: int) -> str:
    """The name under which an upload travels."""
    return f"file{place}"


def message_number(ref: str | None) -> int | None:
    """Telegram's number of a message; none for a reference that is not Telegram's."""
    return int(ref) if ref is not None and _NUMBER.match(ref) else None


def _done_to_others(message: Message) -> list[Request]:
    if message.typing:
        return [Request("sendChatAction", {"action": "typing"}, passing=True)]
    number = message_number(message.reply_to if message.delete is None else message.delete)
    if number is None:
        return []
    if message.delete is not None:
        return [Request("deleteMessage", {"message_id": number}, passing=True)]
    reaction = [{"type": "emoji", "emoji": message.react}] if message.react else []
    fields: Fields = {"message_id": number, "reaction": json.dumps(reaction)}
    return [Request("setMessageReaction", fields)]


def _text_only(
    text: str, marks: tuple[Mark, ...], edited: int | None, shown: Sequence[str]
) -> list[Request]:
    if not text or text.isspace():
        if edited is None:
            raise RefusedError("the message has no text")
        fields = _with({"message_id": edited}, reply_markup=_first(shown))
        return [Request("editMessageReplyMarkup", fields)]
    first, *rest = _messages(text, marks, shown)
    if edited is None:
        return [first, *rest]
    return [_edit(edited, first), *rest]


def _messages(text: str, marks: tuple[Mark, ...], shown: Sequence[str]) -> list[Request]:
    """A text in parts, and the keyboards below."""
    parts = split(text, marks, TEXT_UNITS, utf16_units)
    bodies = [
        _with({"text": part.text}, entities=entities(part.text, part.marks)) for part in parts
    ]
    bodies[-1] = _with(bodies[-1], reply_markup=_first(shown))
    bodies += [{"text": MORE_BUTTONS, "reply_markup": keyboard} for keyboard in shown[1:]]
    return [Request("sendMessage", body) for body in bodies]


def _edit(edited: int, sent: Request) -> Request:
    """An edit of a text, else of the caption that it may be, else the text anew."""
    fields: Fields = {"message_id": edited, **sent.fields}
    if utf16_units(str(sent.fields["text"])) <= CAPTION_UNITS:
        names = {"text": "caption", "entities": "caption_entities"}
        caption = {names.get(name, name): value for name, value in fields.items()}
        return Request(
            "editMessageText", fields, instead=Request("editMessageCaption", caption, instead=sent)
        )
    return Request("editMessageText", fields, instead=sent)


def _with_media(
    text: str,
    marks: tuple[Mark, ...],
    pieces: Sequence[Piece],
    edited: int | None,
    shown: Sequence[str],
) -> list[Request]:
    groups = _grouped(pieces)
    whole = text and (len(groups) > 1 or groups[0][0].media.kind not in CAPTIONED)
    album = len(groups) == 1 and len(groups[0]) > 1
    if whole or utf16_units(text) > CAPTION_UNITS or (album and shown):
        requests = [_media(group, {}) for group in groups]
        return requests + _messages(text or MORE_BUTTONS, marks, shown)
    caption = _with({}, caption=text or None, caption_entities=entities(text, marks))
    *first, last = groups
    requests = [_media(group, {}) for group in first]
    if len(last) == 1:
        requests.append(_media(last, _with(caption, reply_markup=_first(shown))))
        shown = shown[1:]
    else:
        requests.append(_media(last, caption))
    requests += [
        Request("sendMessage", {"text": MORE_BUTTONS, "reply_markup": each}) for each in shown
    ]
    if edited is not None and len(pieces) == 1 and pieces[0].media.kind in _EDITABLE:
        requests[0] = _edit_media(edited, pieces[0], requests[0])
    return requests


def _grouped(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Neighbours that can stand in one album together."""
    groups: list[list[Piece]] = []
    for piece in pieces:
        group = _GROUPS.get(piece.media.kind)
        if groups and group is not None and group == _GROUPS.get(groups[-1][0].media.kind):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return groups


def _media(group: list[Piece], more: Fields) -> Request:
    if len(group) > 1:
        return _album(group, more)
    (piece,) = group
    kind = piece.media.kind
    method = f"send{kind.capitalize()}"
    if kind in ("location", "contact"):
        return Request(method, {**piece.fields, **more})
    assert piece.value is not None
    value = piece.value if piece.content is None else f"attach://{upload(0)}"
    return Request(method, {kind: value, **more}, group)


def _album(group: list[Piece], caption: Fields) -> Request:
    items: list[dict[str, object]] = []
    for number, piece in enumerate(group):
        item: dict[str, object] = {"type": piece.media.kind, "media": piece.value}
        if piece.content is not None:
            item["media"] = f"attach://{upload(number)}"
        items.append(item)
    if "caption" in caption:
        items[0]["caption"] = caption["caption"]
    if "caption_entities" in caption:
        items[0]["caption_entities"] = json.loads(str(caption["caption_entities"]))
    return Request("sendMediaGroup", {"media": json.dumps(items)}, group)


def _edit_media(edited: int, piece: Piece, sent: Request) -> Request:
    media: dict[str, object] = {"type": piece.media.kind, "media": sent.fields[piece.media.kind]}
    if "caption" in sent.fields:
        media["caption"] = sent.fields["caption"]
    if "caption_entities" in sent.fields:
        media["caption_entities"] = json.loads(str(sent.fields["caption_entities"]))
    fields: dict[str, str | int | float] = {"message_id": edited, "media": json.dumps(media)}
    if "reply_markup" in sent.fields:
        fields["reply_markup"] = sent.fields["reply_markup"]
    return Request("editMessageMedia", fields, sent.pieces, sent)


def _with(fields: Fields, **more: str | None) -> Fields:
    """The fields and more of them, but for those that are none."""
    return {**fields, **{name: value for name, value in more.items() if value is not None}}


def _first(shown: Sequence[str]) -> str | None:
    return shown[0] if shown else None

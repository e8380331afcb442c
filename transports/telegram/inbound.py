"""From an update of the Bot API, as a plain dict, to an event.

Only the fields that the event needs are looked at, and each is checked when it is read: nobody
promises that an update is well formed. Source: https://core.telegram.org/bots/api#update
"""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from engine.core.events import BLOCKED, CHOICE, TEXT, Event, clean, read_text, reply
from engine.core.mentions import Said
from engine.core.values import Value
from transports.telegram import callback, groups
from transports.telegram.groups import PREFIX, Json, Me, Where, whole
from transports.telegram.rooms import Rooms
from transports.telegram.updates import LATEST, storable

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}\Z")
_MENTION = re.compile(r"\s*(/[A-Za-z0-9_]+)@([A-Za-z0-9_]+)")
_FIELDS: Final = {
    "file_id": "id",
    "file_unique_id": "unique",
    "file_size": "size",
    "file_name": "name",
    "mime_type": "mime",
    "width": "width",
    "height": "height",
    "duration": "duration",
    "title": "title",
    "performer": "performer",
    "emoji": "emoji",
    "latitude": "latitude",
    "longitude": "longitude",
    "horizontal_accuracy": "accuracy",
    "phone_number": "phone",
    "first_name": "first_name",
    "last_name": "last_name",
    "user_id": "user_id",
}
"""Fields of media that are passed on, and their names in `turn.media`."""

_MEDIA: Final = (
    ("photo", "photo"),
    ("voice", "voice"),
    ("audio", "audio"),
    ("video", "video"),
    ("video_note", "video"),
    ("animation", "document"),  # it has a `document` too, which is the same without its kind
    ("document", "document"),
    ("sticker", "sticker"),
    ("location", "location"),
    ("contact", "contact"),
)
"""Fields of a message that hold media, and the names of their events."""


class UnreadableError(Exception):
    """An update that is not what the Bot API promises; says why, without what a person wrote."""


class NotYoursError(Exception):
    """A button of somebody else's conversation was pressed, by who reads `lang`."""

    def __init__(self, lang: str | None) -> None:
        super().__init__("the button is another person's")
        self.lang = lang


class Reader:
    """Reads updates for one bot, whose name in `Event.owner` is `bot`."""

    __slots__ = ("_kinds", "_rooms", "bot", "me")

    def __init__(self, bot: str, me: Me, rooms: Rooms | None = None) -> None:
        self._rooms = rooms
        self.bot = bot
        self.me = me
        self._kinds: tuple[tuple[str, Callable[[int, Json, int], Event | None]], ...] = (
            ("message", self._message),
            ("callback_query", self._callback),
            ("edited_message", self._edited),
            ("message_reaction", self._reaction),
            ("my_chat_member", self._membership),
        )

    def read(self, update: Json, now: int) -> Event | None:
        """The event of an update, or none where there is nothing in it for this bot.

        `now` (ms) dates what Telegram does not date: the press of a button.

        Raises:
            UnreadableError: a field that is needed is missing or of another type.
            NotYoursError: it is a press on a button that another person was offered.
        """
        try:
            number = whole(update["update_id"])
            for kind, read in self._kinds:
                if kind in update:
                    return read(number, update[kind], now)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise UnreadableError(f"{type(error).__name__} in the update: {error}") from error
        return None

    def _message(self, number: int, message: Json, _now: int) -> Event | None:
        sender = message["from"]
        where = self._where(message["chat"], sender, groups.topic(message))
        if where is None:
            return None
        text = message.get("text")
        replied = groups.replied(message)
        args: str | None = None
        extra: dict[str, Value] = {}
        addressed = True
        if text is not None:
            found = self._said(text, where, replied)
            if found is None:
                return None
            addressed = found.addressed
            name, text, args = read_text(found.text)
        elif "dice" in message:
            name, text = TEXT, clean(message["dice"]["emoji"])
        else:
            kind = next(((field, name) for field, name in _MEDIA if field in message), None)
            if kind is None:
                return self._service(number, message, where)
            field, name = kind
            caption = message.get("caption")
            if where.by is not None:
                found = groups.said(caption or "", self.me, reply_to=replied)
                addressed = found is not None and found.addressed
            text = None if caption is None else clean(caption)
            extra["media"] = _media(_kind(field, name), message[field], text)
        if replied is not None:
            extra["reply_to"] = self._replied(replied, where)
        if where.by is not None:
            extra["person"] = groups.person(sender)
        return Event(
            id=f"{PREFIX}:{number}",
            name=name,
            owner=where.owner,
            chat=where.chat,
            at=_moment(message["date"]),
            order=number,
            text=text,
            args=args,
            lang=_language(sender.get("language_code")),
            extra=extra or None,
            ref=_ref(message),
            by=where.by,
            addressed=addressed,
        )

    def _where(self, chat: Json, sender: Json, topic: int | None = None) -> Where | None:
        """Where a person's doing belongs; a group is known by the first number that it had."""
        if self._rooms is not None:
            chat = {**chat, "id": self._rooms.first(whole(chat["id"]))}
        return groups.where(self.bot, chat, sender, topic)

    def _said(self, text: str, where: Where, replied: Json | None) -> Said | None:
        """What a text says to this bot; none where it is a command to another one."""
        if where.by is not None:
            return groups.said(text, self.me, reply_to=replied)
        if "@" in text and (mention := _MENTION.match(text)):
            if not self.me.is_named(mention[2]):
                return None
            text = mention[1] + text[mention.end() :]
        return Said(text, addressed=True)

    def _service(self, number: int, message: Json, where: Where) -> Event | None:
        """Who came into a group, or left it."""
        found = message.get("new_chat_members")
        gone: Json | None = message.get("left_chat_member")
        name, members = ("joined", found) if found else ("left", [gone] if gone else [])
        if where.by is None:
            return None
        others = [groups.person(one) for one in members if one["id"] != self.me.number]
        if not others:
            return None
        return Event(
            id=f"{PREFIX}:{number}",
            name=name,
            owner=where.owner,
            chat=where.chat,
            at=_moment(message["date"]),
            order=number,
            extra={"person": groups.person(message["from"]), "members": list(others)},
            ref=_ref(message),
            by=where.by,
            addressed=False,
        )

    def _edited(self, number: int, message: Json, _now: int) -> Event | None:
        text = message.get("text", message.get("caption"))
        # A live location is an edit every few seconds, and nobody's words.
        if text is None:
            return None
        sender = message["from"]
        where = self._where(message["chat"], sender, groups.topic(message))
        if where is None:
            return None
        found = self._said(text, where, groups.replied(message))
        if found is None:
            return None
        return Event(
            id=f"{PREFIX}:{number}",
            name="edited",
            owner=where.owner,
            chat=where.chat,
            at=_moment(message.get("edit_date", message["date"])),
            order=number,
            text=clean(found.text),
            lang=_language(sender.get("language_code")),
            ref=_ref(message),
            by=where.by,
            addressed=found.addressed,
        )

    def _callback(self, number: int, query: Json, now: int) -> Event | None:
        # Without a message it comes from an inline result, without data from a game: not ours.
        carrier, data = query.get("message"), query.get("data")
        if carrier is None or data is None:
            return None
        sender = query["from"]
        where = self._where(carrier["chat"], sender, groups.topic(carrier))
        if where is None:
            return None
        press, holder = callback.decode(clean(data))
        if where.by is not None and holder is not None:
            if holder != sender["id"]:
                raise NotYoursError(_language(sender.get("language_code")))
            where = replace(where, owner=where.by)
        return Event(
            id=f"{PREFIX}:{number}",
            name=CHOICE,
            owner=where.owner,
            chat=where.chat,
            at=now,
            order=number,
            press=press,
            lang=_language(sender.get("language_code")),
            extra={"person": groups.person(sender)} if where.by is not None else None,
            ref=_ref(carrier),
            by=where.by,
        )

    def _reaction(self, number: int, reaction: Json, _now: int) -> Event | None:
        if "actor_chat" in reaction:
            return None  # that of a channel, or of an admin who stays anonymous
        sender = reaction["user"]
        where = self._where(reaction["chat"], sender)
        if where is None:
            return None
        emoji: Value = [clean(one["emoji"]) for one in reaction["new_reaction"] if "emoji" in one]
        extra: dict[str, Value] = {"reaction": emoji}
        if where.by is not None:
            extra["person"] = groups.person(sender)
        return Event(
            id=f"{PREFIX}:{number}",
            name="reaction",
            owner=where.owner,
            chat=where.chat,
            at=_moment(reaction["date"]),
            order=number,
            lang=_language(sender.get("language_code")),
            extra=extra,
            ref=_ref(reaction),
            by=where.by,
            addressed=where.by is None,
        )

    def _membership(self, number: int, change: Json, _now: int) -> Event | None:
        """A person who blocks the bot leaves it, and joins it by taking that back."""
        chat = change["chat"]
        name = _MEMBERSHIP.get(change["new_chat_member"]["status"])
        if chat["type"] != "private" or name is None:
            return None
        sender = change["from"]
        return Event(
            id=f"{PREFIX}:{number}",
            name=name,
            owner=f"{self.bot}/{PREFIX}:{whole(sender['id'])}",
            chat=str(whole(chat["id"])),
            at=_moment(change["date"]),
            order=number,
            lang=_language(sender.get("language_code")),
        )

    def _replied(self, message: Json, where: Where) -> Value:
        """`turn.reply_to`; in a private chat what is no other person's is the bot's."""
        sender, text = message.get("from"), message.get("text", message.get("caption"))
        bot = None
        if sender is not None:
            bot = sender["is_bot"] is True
            if where.by is not None and self.me.number is not None:
                bot = self.me.is_sender(message)
        found = reply(_ref(message), bot=bot, text=text)
        for field, name in _MEDIA:
            if field in message:
                caption = message.get("caption")
                caption = None if caption is None else clean(caption)
                found["media"] = _media(_kind(field, name), message[field], caption)
                break
        if where.by is not None and sender is not None:
            found["person"] = groups.person(sender)
        return found


_MEMBERSHIP: Final = {"kicked": BLOCKED, "member": "joined"}
"""What a status of the bot in a private chat says of the person."""


def _ref(message: Json) -> str:
    return str(whole(message["message_id"]))


def _moment(date: object) -> int:
    seconds = whole(date)
    if not 0 <= seconds <= LATEST:
        raise ValueError("a date out of range")
    return seconds * 1000


def _language(code: object) -> str | None:
    if isinstance(code, str) and _LANGUAGE.match(lower := code.lower()):
        return lower
    return None


def _kind(field: str, event: str) -> str:
    """What media are sent again as: an animation is heard as a document, and stays what it is."""
    return field if field == "animation" else event


def _media(kind: str, found: Any, caption: str | None) -> Value:  # noqa: ANN401 - JSON: a photo is a list of sizes, the rest are objects
    source: Json = max(found, key=_area) if kind == "photo" else found
    media: dict[str, Value] = {"kind": kind}
    if kind not in ("location", "contact"):
        media["transport"] = PREFIX
    if caption:
        media["caption"] = caption
    for field, name in _FIELDS.items():
        value = source.get(field)
        if isinstance(value, str):
            media[name] = clean(value)[:4096]
        elif isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
            media[name] = storable(value)
    required = {"location": ("latitude", "longitude"), "contact": ("phone",)}.get(kind, ("id",))
    for name in required:
        if name not in media:
            raise KeyError(name)
    return media


def _area(size: Json) -> int:
    return whole(size["width"]) * whole(size["height"])

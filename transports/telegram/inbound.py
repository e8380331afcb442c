"""From an update of the Bot API, as a plain dict, to an event.

Only the fields that the event needs are looked at, and each is checked when it is read: nobody
promises that an update is well formed. Source: https://core.telegram.org/bots/api#update
"""

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from engine.core.events import CHOICE, TEXT, Event, clean, read_text, reply
from engine.core.values import DEPTH_MAX, INT_MAX, Value
from transports.telegram import callback

Json: TypeAlias = Mapping[str, Any]

PREFIX: Final = "telegram"
KINDS: Final = (
    "message", "edited_message", "callback_query", "message_reaction", "my_chat_member",
)  # fmt: skip
"""The updates that are asked for; Telegram keeps the others to itself."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}\Z")
_MENTION = re.compile(r"\s*(/[A-Za-z0-9_]+)@([A-Za-z0-9_]+)")
_LATEST: Final = 253_402_300_799
"""The last second of the year 9999: what a date can be."""

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
    ("document", "document"),
    ("sticker", "sticker"),
    ("location", "location"),
    ("contact", "contact"),
)
"""Fields of a message that hold media, and the names of their events."""


class UnreadableError(Exception):
    """An update that is not what the Bot API promises; says why, without what a person wrote."""


class Reader:
    """Reads updates for one bot.

    Attributes:
        bot: the bot's name in `Event.owner`.
        username: its user name on Telegram, or none where the server does not say.
    """

    __slots__ = ("_kinds", "bot", "username")

    def __init__(self, bot: str, username: str | None) -> None:
        self.bot = bot
        self.username = username.lower() if username else None
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
        chat = message["chat"]
        if chat["type"] != "private":
            return None
        sender = message["from"]
        text = message.get("text")
        args: str | None = None
        extra: dict[str, Value] | None = None
        if text is not None:
            if "@" in text and (mention := _MENTION.match(text)):
                if self.username is not None and mention[2].lower() != self.username:
                    return None
                text = mention[1] + text[mention.end() :]
            name, text, args = read_text(text)
        elif "dice" in message:
            name, text = TEXT, clean(message["dice"]["emoji"])
        else:
            found = next(((field, name) for field, name in _MEDIA if field in message), None)
            if found is None:
                return None
            field, name = found
            caption = message.get("caption")
            text = None if caption is None else clean(caption)
            extra = {"media": _media(name, message[field], text)}
        if "reply_to_message" in message:
            extra = {**(extra or {}), "reply_to": _replied(message["reply_to_message"])}
        return Event(
            id=f"{PREFIX}:{number}",
            name=name,
            owner=f"{self.bot}/{PREFIX}:{whole(sender['id'])}",
            chat=str(whole(chat["id"])),
            at=_moment(message["date"]),
            order=number,
            text=text,
            args=args,
            lang=_language(sender.get("language_code")),
            extra=extra,
            ref=_ref(message),
        )

    def _edited(self, number: int, message: Json, _now: int) -> Event | None:
        chat = message["chat"]
        text = message.get("text", message.get("caption"))
        # A live location is an edit every few seconds, and nobody's words.
        if chat["type"] != "private" or text is None:
            return None
        sender = message["from"]
        return Event(
            id=f"{PREFIX}:{number}",
            name="edited",
            owner=f"{self.bot}/{PREFIX}:{whole(sender['id'])}",
            chat=str(whole(chat["id"])),
            at=_moment(message.get("edit_date", message["date"])),
            order=number,
            text=clean(text),
            lang=_language(sender.get("language_code")),
            ref=_ref(message),
        )

    def _callback(self, number: int, query: Json, now: int) -> Event | None:
        # Without a message it comes from an inline result, without data from a game: not ours.
        carrier, data = query.get("message"), query.get("data")
        if carrier is None or data is None:
            return None
        chat = carrier["chat"]
        if chat["type"] != "private":
            return None
        sender = query["from"]
        press = callback.decode(clean(data))
        return Event(
            id=f"{PREFIX}:{number}",
            name=CHOICE,
            owner=f"{self.bot}/{PREFIX}:{whole(sender['id'])}",
            chat=str(whole(chat["id"])),
            at=now,
            order=number,
            press=press,
            lang=_language(sender.get("language_code")),
            ref=_ref(carrier),
        )

    def _reaction(self, number: int, reaction: Json, _now: int) -> Event | None:
        chat = reaction["chat"]
        if chat["type"] != "private":
            return None
        sender = reaction["user"]
        emoji = [clean(one["emoji"]) for one in reaction["new_reaction"] if "emoji" in one]
        return Event(
            id=f"{PREFIX}:{number}",
            name="reaction",
            owner=f"{self.bot}/{PREFIX}:{whole(sender['id'])}",
            chat=str(whole(chat["id"])),
            at=_moment(reaction["date"]),
            order=number,
            lang=_language(sender.get("language_code")),
            extra={"reaction": emoji},
            ref=_ref(reaction),
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


_MEMBERSHIP: Final = {"kicked": "left", "member": "joined"}
"""What a status of the bot in a private chat says of the person."""


def _ref(message: Json) -> str:
    return str(whole(message["message_id"]))


def _replied(message: Json) -> Value:
    """`turn.reply_to`; in a private chat what is no other person's is the bot's."""
    sender, text = message.get("from"), message.get("text", message.get("caption"))
    bot = sender["is_bot"] is True if sender is not None else None
    return reply(_ref(message), bot=bot, text=text)


def whole(value: object) -> int:
    """A whole number that every store can hold.

    Raises:
        TypeError, ValueError: it is not one.
    """
    if type(value) is not int:
        raise TypeError("not a whole number")
    if not -INT_MAX <= value <= INT_MAX:
        raise ValueError("a number beyond 64 bits")
    return value


def callback_id(update: Json) -> str | None:
    """The id by which a callback query is answered, if the update is one, however malformed."""
    query = update.get("callback_query")
    id_ = query.get("id") if isinstance(query, dict) else None
    return id_ if isinstance(id_, str) else None


def sent_at(update: Json) -> int:
    """The latest date in an update (ms): it happened then or later. 0 where it has none."""
    latest = 0
    for kind in KINDS:
        body = update.get(kind)
        for source in (body, body.get("message")) if isinstance(body, dict) else ():
            if isinstance(source, dict):
                for date in (source.get("date"), source.get("edit_date")):
                    if type(date) is int and latest < date <= _LATEST:
                        latest = date
    return latest * 1000


def storable(value: object, depth: int = 0) -> Value:
    """Any JSON as a value that every store can hold, for a dead letter."""
    kept: Value
    if isinstance(value, str):
        kept = clean(value)
    elif isinstance(value, Mapping) and depth < DEPTH_MAX:
        kept = {clean(str(key)): storable(item, depth + 1) for key, item in value.items()}
    elif isinstance(value, list) and depth < DEPTH_MAX:
        kept = [storable(item, depth + 1) for item in value]
    elif (
        value is None
        or isinstance(value, bool)
        or (isinstance(value, int) and abs(value) <= INT_MAX)
        or (isinstance(value, float) and math.isfinite(value))
    ):
        kept = value
    else:
        kept = f"({type(value).__name__})"
    return kept


def digest(kept: Value) -> str:
    """A name for an update that has none."""
    text = json.dumps(kept, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _moment(date: object) -> int:
    seconds = whole(date)
    if not 0 <= seconds <= _LATEST:
        raise ValueError("a date out of range")
    return seconds * 1000


def _language(code: object) -> str | None:
    if isinstance(code, str) and _LANGUAGE.match(lower := code.lower()):
        return lower
    return None


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

"""From the engine's messages to Nostr's events: the same delivery, the same events."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from engine.classes import dataclass
from engine.runtime.ports import Delivery
from transports.menu import numbered
from transports.nostr.files import Attachment
from transports.nostr.keys import Key
from transports.nostr.letters import ID, NIP04
from transports.nostr.messages import SignedEvent, Unsigned
from transports.nostr.wraps import CHAT, REACTION, chat_message, file_message, plain, wrap
from transports.split import split, utf8_bytes

TEXT_MAX: Final = 4_000
"""Longest text of one event, in bytes: wrapped twice it stays below what relays take."""
AHEAD_MAX: Final = 60
NO_FILES: Final[Mapping[int, Attachment]] = {}

_SERIAL = re.compile(r"\.(\d{1,9})\Z")


@dataclass(frozen=True, slots=True)
class Letter:
    """A signed event, and the id by which clients speak of what it says."""

    event: SignedEvent
    ref: str


def compose(
    key: Key, delivery: Delivery, files: Mapping[int, Attachment] = NO_FILES
) -> Iterator[Letter]:
    """The events of a delivery, in order: kind 4 for who wrote in it, else gift wraps.

    Nothing can be edited or deleted here: an edit is a new message, and none where only buttons
    change. Media that are stored (`files`, by their place) are messages before the text; the others
    are links, or lines that name them.

    Raises:
        ValueError: the chat is no public key.
    """
    message = delivery.message
    if message.react is not None:
        yield from _reaction(key, delivery, message.react)
        return
    rest = tuple(media for place, media in enumerate(message.media) if place not in files)
    text = numbered(replace(message, media=rest))
    reply_to = message.reply_to if message.reply_to and ID.match(message.reply_to) else None
    number = 0
    for number, place in enumerate(sorted(files), 1):
        file = files[place]
        at = delivery.planned // 1000 + _place(delivery.id) + number - 1
        rumor = file_message(key, delivery.chat, file.url, file.tags, at=at, reply_to=reply_to)
        purpose = f"{delivery.id}/file {place}"
        yield Letter(wrap(key, delivery.chat, rumor, purpose=purpose), rumor.id)
        reply_to = None
    if text:
        yield from _texts(key, delivery, text, reply_to, number)


def _texts(
    key: Key, delivery: Delivery, text: str, reply_to: str | None, after: int
) -> Iterator[Letter]:
    """A text in parts, `after` so many seconds."""
    moment = delivery.planned // 1000 + _place(delivery.id) + after
    for number, part in enumerate(split(text, (), TEXT_MAX, utf8_bytes)):
        purpose = f"{delivery.id}/{number}"
        at = moment + number
        if delivery.via == NIP04:
            event = plain(key, delivery.chat, part.text, at=at, purpose=purpose)
            yield Letter(event, event.id)
            continue
        rumor = chat_message(
            key, delivery.chat, part.text, at=at, reply_to=reply_to, purpose=purpose
        )
        yield Letter(wrap(key, delivery.chat, rumor, purpose=purpose), rumor.id)
        reply_to = None


def _reaction(key: Key, delivery: Delivery, emoji: str) -> Iterator[Letter]:
    """A reaction (NIP-25) in a gift wrap; NIP-04 has none, and none can be taken back."""
    ref = delivery.message.reply_to
    if delivery.via == NIP04 or not emoji or not ref or not ID.match(ref):
        return
    tags = (("e", ref), ("p", delivery.chat), ("k", str(CHAT)))
    moment = delivery.planned // 1000 + _place(delivery.id)
    rumor = Unsigned(key.public, moment, REACTION, tags, emoji)
    yield Letter(wrap(key, delivery.chat, rumor, purpose=f"{delivery.id}/0"), rumor.id)


def _place(id_: str) -> int:
    """Seconds after the first message of the same step.

    Clients sort by the second, and at random within one: what is said must stay before what is
    asked. The serial number at the end of an item's id tells the place.
    """
    serial = _SERIAL.search(id_)
    return min(max(int(serial[1]) - 1, 0), AHEAD_MAX) if serial else 0

"""From the engine's messages to Nostr's events: the same delivery, the same events."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.runtime.ports import Delivery
from transports.menu import numbered
from transports.nostr.keys import Key
from transports.nostr.letters import ID, NIP04
from transports.nostr.messages import SignedEvent, Unsigned
from transports.nostr.wraps import CHAT, REACTION, chat_message, plain, wrap
from transports.render import in_words
from transports.split import split, utf8_bytes

TEXT_MAX: Final = 4_000
"""Longest text of one event, in bytes: wrapped twice it stays below what relays take."""
AHEAD_MAX: Final = 60

_SERIAL = re.compile(r"\.(\d{1,9})\Z")


@dataclass(frozen=True, slots=True)
class Letter:
    """A signed event, and the id by which clients speak of what it says."""

    event: SignedEvent
    ref: str


def compose(key: Key, delivery: Delivery) -> Iterator[Letter]:
    """The events of a delivery, in order: kind 4 for who wrote in it, else gift wraps.

    Nothing can be edited or deleted here: an edit is a new message, and none where only buttons
    change. Media are links, or lines that name them: no relay keeps files.

    Raises:
        ValueError: the chat is no public key.
    """
    message = delivery.message
    if message.react is not None:
        yield from _reaction(key, delivery, message.react)
        return
    words = in_words(message)
    if words is None:
        return
    reply_to = message.reply_to if message.reply_to and ID.match(message.reply_to) else None
    moment = delivery.planned // 1000 + _place(delivery.id)
    parts = split(numbered(words), (), TEXT_MAX, utf8_bytes)
    for number, part in enumerate(parts):
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

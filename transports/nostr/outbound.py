"""From the engine's messages to Nostr's events: the same delivery, the same events."""

import re
from collections.abc import Iterator
from typing import Final

from engine.runtime.ports import Delivery
from transports.menu import numbered
from transports.nostr.inbound import NIP04
from transports.nostr.keys import Key
from transports.nostr.messages import SignedEvent
from transports.nostr.wraps import plain, wrap
from transports.split import split, utf8_bytes

TEXT_MAX: Final = 4_000
"""Longest text of one event, in bytes: wrapped twice it stays below what relays take."""
AHEAD_MAX: Final = 60

_SERIAL = re.compile(r"\.(\d{1,9})\Z")


def compose(key: Key, delivery: Delivery) -> Iterator[SignedEvent]:
    """The events of a delivery, in order: kind 4 for who wrote in it, else gift wraps.

    Raises:
        ValueError: the chat is no public key.
    """
    make = plain if delivery.via == NIP04 else wrap
    moment = delivery.planned // 1000 + _place(delivery.id)
    parts = split(numbered(delivery.message), (), TEXT_MAX, utf8_bytes)
    for number, part in enumerate(parts):
        purpose = f"{delivery.id}/{number}"
        yield make(key, delivery.chat, part.text, at=moment + number, purpose=purpose)


def _place(id_: str) -> int:
    """Seconds after the first message of the same step.

    Clients sort by the second, and at random within one: what is said must stay before what is
    asked. The serial number at the end of an item's id tells the place.
    """
    serial = _SERIAL.search(id_)
    return min(max(int(serial[1]) - 1, 0), AHEAD_MAX) if serial else 0

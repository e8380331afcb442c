"""What a verified event says: a text, a file, a reaction (NIP-17, NIP-25, NIP-04)."""

import re
from dataclasses import field
from typing import Final

from engine.classes import dataclass
from engine.core.events import Event, clean, read_text, reply
from engine.core.media import URL
from engine.core.values import Value
from transports.nostr.keys import Key
from transports.nostr.messages import MalformedError, SignedEvent, Unsigned
from transports.nostr.wraps import CHAT, FILE, PLAIN, REACTION, open_plain, unwrap

NIP17: Final = "nip17"
NIP04: Final = "nip04"
ID: Final = re.compile(r"[0-9a-f]{64}\Z")
"""An event's id."""
FIELD_MAX: Final = 2_048
"""Longest value that is taken over from a tag, in characters."""

_KINDS: Final = {"image": "photo", "video": "video", "audio": "audio"}
_FILE_TAGS: Final = {
    "file-type": "mime",
    "encryption-algorithm": "cipher",
    "decryption-key": "key",
    "decryption-nonce": "nonce",
    "x": "hash",
    "ox": "original",
    "name": "name",
}
"""Tags of a file message (kind 15) that are passed on, and their names in `turn.media`."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A verified message to the bot; `at` is its author's moment, `order` the relays' (seconds).

    `about` is the message that it is about, where that is not itself; `name` is its event's, none
    for a text, which may be a command.
    """

    id: str
    author: str
    at: int
    order: int
    text: str
    via: str
    name: str | None = None
    about: str | None = None
    extra: dict[str, Value] = field(default_factory=dict)

    def as_event(self, bot: str, now: int) -> Event:
        """The engine's event; `now` in milliseconds, later than which nothing has happened."""
        name, text, args = read_text(self.text)
        return Event(
            id=f"nostr:{self.id}",
            name=self.name or name,
            owner=f"{bot}/nostr:{self.author}",
            chat=self.author,
            at=min(self.at * 1000, now),
            order=self.order,
            text=text if self.name is None else None,
            args=args if self.name is None else None,
            via=self.via,
            extra=self.extra or None,
            ref=self.about or self.id,
        )


def read(key: Key, event: SignedEvent) -> Incoming:
    """The message in a signed event.

    Raises:
        ValueError: it is no message to this key, or a layer of it is malformed or forged.
    """
    if event.kind == PLAIN:
        clear = open_plain(key, event)
        id_, via = event.id, NIP04
    else:
        clear = unwrap(key, event)
        id_, via = clear.id, NIP17
        if clear.kind not in (CHAT, FILE, REACTION):
            raise MalformedError(f"kind {clear.kind} says nothing to a bot")
    if clear.pubkey == key.public:
        raise MalformedError("our own message")
    if set(clear.values("p")) - {clear.pubkey, key.public}:
        raise MalformedError("a message to a group, or to another")
    if not clean(clear.content).strip() and clear.kind != REACTION:
        raise MalformedError("an empty message")
    answered = [value for value in clear.values("e") if ID.match(value)]
    name: str | None = None
    about: str | None = None
    extra: dict[str, Value] = {}
    if clear.kind == REACTION:
        if not answered:
            raise MalformedError("a reaction to nothing")
        name, about = "reaction", answered[-1]
        extra["reaction"] = [_emoji(clear.content)]
    elif clear.kind == FILE:
        media = _file(clear)
        name, extra["media"] = str(media["kind"]), media
    if answered and clear.kind != REACTION:
        extra["reply_to"] = reply(answered[-1])
    return Incoming(
        id_,
        clear.pubkey,
        clear.created_at,
        event.created_at,
        clear.content,
        via,
        name,
        about,
        extra,
    )


def _emoji(content: str) -> str:
    """NIP-25 writes `+` or nothing for a like, and `-` for its contrary."""
    content = clean(content).strip()
    return {"+": "👍", "": "👍", "-": "👎"}.get(content, content[:64])


def _file(rumor: Unsigned) -> dict[str, Value]:
    """The reference of the file of a file message, with what is needed to decrypt it.

    Raises:
        MalformedError: it has no address.
    """
    url = clean(rumor.content).strip()
    if not URL.match(url) or len(url) > FIELD_MAX:
        raise MalformedError("a file without an address")
    media: dict[str, Value] = {"id": url, "transport": "nostr"}
    for tag, name in _FILE_TAGS.items():
        for value in rumor.values(tag)[:1]:
            media[name] = clean(value)[:FIELD_MAX]
    for value in rumor.values("size")[:1]:
        if value.isdecimal() and len(value) <= 15:
            media["size"] = int(value)
    for value in rumor.values("dim")[:1]:
        width, _, height = value.partition("x")
        if all(side.isdecimal() and len(side) <= 6 for side in (width, height)):
            media["width"], media["height"] = int(width), int(height)
    if "key" not in media:
        # Not encrypted: whoever has the address can show it, on any transport.
        media["url"] = url
    kind = _KINDS.get(str(media.get("mime", "")).partition("/")[0], "document")
    return {"kind": kind, **media}

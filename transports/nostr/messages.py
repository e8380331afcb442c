"""Nostr's signed events and relay messages, read strictly (NIP-01).

Nothing that a relay sends is believed: types and sizes are checked here, ids are computed anew, and
`SignedEvent.genuine` must be asked before an event is used.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final, TypeAlias

from pynostr.event import Event as NostrEvent

from engine.classes import dataclass
from transports.nostr.keys import Key, verify

FRAME_MAX: Final = 65_536
"""Longest relay message that is read, in characters; longer ones are dropped."""
TAGS_MAX: Final = 2_000
MOMENT_MAX: Final = 2**53 - 1

Tags: TypeAlias = Sequence[Sequence[str]]

_HEX = re.compile(r"[0-9a-f]+\Z")


class MalformedError(ValueError):
    """Something from outside that is not what it should be; says nothing of its content."""


# Not slotted: the cached id needs a `__dict__`.
@dataclass(frozen=True)
class Unsigned:
    """An event without a signature; a rumor is one (NIP-59). `created_at` is in seconds."""

    pubkey: str
    created_at: int
    kind: int
    tags: Tags
    content: str

    @cached_property
    def id(self) -> str:
        """SHA-256 of the canonical form, in hex.

        Raises:
            ValueError: a text is no valid Unicode.
        """
        event = NostrEvent(
            content=self.content,
            pubkey=self.pubkey,
            created_at=self.created_at,
            kind=self.kind,
            tags=[list(tag) for tag in self.tags],
        )
        return str(event.id)

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "pubkey": self.pubkey,
            "created_at": self.created_at,
            "kind": self.kind,
            "tags": [list(tag) for tag in self.tags],
            "content": self.content,
        }

    def values(self, tag: str) -> list[str]:
        """The first value of each tag of a name, in order."""
        return [entry[1] for entry in self.tags if len(entry) > 1 and entry[0] == tag]

    def signed(self, key: Key, randomness: bytes | None = None) -> "SignedEvent":
        """This event with the signature of its author; the same randomness, the same event."""
        if key.public != self.pubkey:
            raise ValueError("an event is signed by its author only")
        signature = key.sign(bytes.fromhex(self.id), randomness).hex()
        return SignedEvent(
            self.pubkey, self.created_at, self.kind, self.tags, self.content, signature
        )


@dataclass(frozen=True)
class SignedEvent(Unsigned):
    """An event with a signature (hex), which only `genuine` has checked."""

    signature: str

    @property
    def genuine(self) -> bool:
        return verify(self.pubkey, bytes.fromhex(self.id), self.signature)

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "sig": self.signature}


def read_json(text: str) -> Any:  # noqa: ANN401 - JSON that the callers check
    """JSON of bounded size and depth.

    Raises:
        MalformedError: it is none, or too large.
    """
    if len(text) > FRAME_MAX:
        raise MalformedError("too large")
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise MalformedError("not JSON") from error


def read_unsigned(raw: object) -> Unsigned:
    """An event without a signature; a received id must be the one that we compute.

    Raises:
        MalformedError: it is none.
    """
    fields = _mapping(raw)
    event = Unsigned(*_common(fields))
    if fields.get("id", _computed_id(event)) != _computed_id(event):
        raise MalformedError("the id is of another content")
    return event


def read_signed(raw: object) -> SignedEvent:
    """A signed event, its id checked and its signature not.

    Raises:
        MalformedError: it is none.
    """
    fields = _mapping(raw)
    event = SignedEvent(*_common(fields), _hex(fields.get("sig"), 128))
    if fields.get("id") != _computed_id(event):
        raise MalformedError("the id is of another content")
    return event


def read_frame(text: str) -> list[Any]:
    """A relay's message: a list that begins with its type.

    Raises:
        MalformedError: it is none.
    """
    frame = read_json(text)
    if not isinstance(frame, list) or not frame or not isinstance(frame[0], str):
        raise MalformedError("not a relay message")
    return frame


def _refuse(constant: str) -> Any:  # noqa: ANN401 - what `parse_constant` is declared with
    raise MalformedError(f"{constant} is not JSON")


def _mapping(raw: object) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise MalformedError("an event is an object")
    return raw


def _common(fields: Mapping[str, Any]) -> tuple[str, int, int, Tags, str]:
    content, tags = fields.get("content"), fields.get("tags")
    if not isinstance(content, str):
        raise MalformedError("content is a text")
    if not isinstance(tags, list) or len(tags) > TAGS_MAX:
        raise MalformedError("tags are a list")
    if not all(isinstance(tag, list) and all(isinstance(x, str) for x in tag) for tag in tags):
        raise MalformedError("a tag is a list of texts")
    return (
        _hex(fields.get("pubkey"), 64),
        _whole(fields.get("created_at"), MOMENT_MAX),
        _whole(fields.get("kind"), 65_535),
        tuple(tuple(tag) for tag in tags),
        content,
    )


def _hex(value: object, length: int) -> str:
    if not isinstance(value, str) or len(value) != length or not _HEX.match(value):
        raise MalformedError(f"{length} hex digits are missing")
    return value


def _whole(value: object, largest: int) -> int:
    if type(value) is not int or not 0 <= value <= largest:
        raise MalformedError("a whole number is missing")
    return value


def _computed_id(event: Unsigned) -> str:
    try:
        return event.id
    except UnicodeEncodeError as error:
        raise MalformedError("a lone surrogate") from error

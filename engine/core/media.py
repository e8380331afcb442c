"""Media as values and as parts of messages.

A reference is an object: `kind`, and where its content is: `file` (a path in the bot's folder),
`url`, or `id` with `transport`, as events carry it in `turn.media`. A location and a contact are
their own content. Further keys (`name`, `mime`, `size`, `width`, `height`, `duration`) describe it.
"""

import re
from collections.abc import Mapping
from typing import Final, get_args

from engine.core.effects import Media, MediaKind
from engine.core.faults import Fault
from engine.core.values import Data, Value
from engine.errors import Place

KINDS: Final[tuple[MediaKind, ...]] = get_args(MediaKind)
ALBUM_MAX: Final = 10
"""Most media of one message."""
URL_MAX: Final = 2_048
PHOTO_BYTES: Final = 10_000_000
FILE_BYTES: Final = 50_000_000
"""Largest photo and largest other file that a bot sends: what Telegram takes."""

URL: Final = re.compile(r"https?://[^\s/?#]+[^\s]*\Z", re.IGNORECASE)
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "location": ("latitude", "longitude"),
    "contact": ("phone",),
}


def media_of(kind: MediaKind | None, value: Value, place: Place) -> tuple[Media, ...]:
    """What a value is as a part of a message; null is nothing, a list is an album.

    A reference keeps its own kind: nothing can be sent as what it is not. `kind` is for what has
    none, such as an address.

    Raises:
        Fault: `media:type`.
    """
    if value is None:
        return ()
    if isinstance(value, list | tuple):
        if len(value) > ALBUM_MAX:
            raise Fault("media:type", f"an album holds {ALBUM_MAX} media at most", place)
        return tuple(found for each in value for found in media_of(kind, each, place))
    file = kind not in _NEEDED
    if file and isinstance(value, str) and URL.match(value) and len(value) <= URL_MAX:
        return (Media(kind or "document", {"url": value}),)
    if isinstance(value, Mapping):
        return (_referred(kind, value, place),)
    raise Fault("media:type", f"this is no {kind or 'reference of media'}", place)


def _referred(kind: MediaKind | None, value: Data, place: Place) -> Media:
    named = value.get("kind")
    own = next((each for each in KINDS if each == named), kind)
    if own is None:
        raise Fault("media:type", "this object is no reference of media: it has no `kind`", place)
    fields = {key: each for key, each in value.items() if key != "kind" and each is not None}
    for key in _NEEDED.get(own, ()):
        if not _fits(key, fields.get(key)):
            raise Fault("media:type", f"`{key}` of this {own} is missing or of another type", place)
    if own not in _NEEDED and not any(
        isinstance(fields.get(key), str) for key in ("id", "url", "file")
    ):
        raise Fault("media:type", f"this {own} has neither `id` nor `url`", place)
    return Media(own, fields)


def _fits(key: str, value: Value) -> bool:
    if key == "phone":
        return isinstance(value, str) and bool(value.strip())
    limit = 90 if key == "latitude" else 180
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and -limit <= value <= limit
    )

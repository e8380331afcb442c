"""Types of what a person sends beside words: media as references, places and contacts.

A reference can be stored, sent again and handed to another transport: `kind` and `id` (the
transport's own) with `transport`, and what is known of `name`, `mime`, `size` (bytes), `width`,
`height`, `duration` (seconds) and `caption`. What is not known is left out.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from engine.core.datatypes.kind import Example, Kind, Speaker, Variable
from engine.core.operators import is_number
from engine.core.values import Value

MEDIA: Final = ("photo", "audio", "voice", "video", "document", "sticker")
_ALSO: Final[Mapping[str, str]] = {"document": "animation"}
"""An animation is heard as a document, and sent again as what it is."""
_WHAT: Final[Mapping[str, str]] = {
    "photo": "A picture.",
    "audio": "A piece of music or another sound file.",
    "voice": "A voice message.",
    "video": "A film.",
    "document": "A file of any sort.",
    "sticker": "A sticker.",
}
_PLACE: Final = re.compile(
    r"(?P<lat>[+-]?\d{1,2}(\.\d{1,15})?)°?\s*[,;\s]\s*(?P<lon>[+-]?\d{1,3}(\.\d{1,15})?)°?",
    re.ASCII,
)


def _is_media(kind: str) -> Callable[[Variable, Value], bool]:
    def holds(_variable: Variable, value: Value) -> bool:
        return (
            isinstance(value, Mapping)
            and value.get("kind", kind) in (kind, _ALSO.get(kind))
            and isinstance(value.get("id"), str)
        )

    return holds


def _hear(details: Mapping[str, Value]) -> Value:
    return details


def _is_location(_variable: Variable, value: Value) -> bool:
    if not isinstance(value, Mapping):
        return False
    latitude, longitude = value.get("latitude"), value.get("longitude")
    return (
        isinstance(latitude, int | float)
        and isinstance(longitude, int | float)
        and is_number(latitude)
        and is_number(longitude)
        and -90 <= latitude <= 90
        and -180 <= longitude <= 180
    )


def _read_location(_variable: Variable, text: str, _speaker: Speaker) -> Value:
    found = _PLACE.fullmatch(text)
    if found is None or ("." not in found["lat"] and "." not in found["lon"]):
        return None
    place = {"latitude": float(found["lat"]), "longitude": float(found["lon"])}
    return place if _is_location(Variable("", "location"), place) else None


def _is_contact(_variable: Variable, value: Value) -> bool:
    return isinstance(value, Mapping) and any(
        isinstance(value.get(key), str) for key in ("phone", "name")
    )


KINDS = (
    *(
        Kind(
            name,
            f"{_WHAT[name]} It is kept as a reference, and can be sent again.",
            name,
            _is_media(name),
            {"kind": name, "id": "AgACAgIAAx", "transport": "telegram"},
            heard=frozenset({name}),
            hear=_hear,
        )
        for name in MEDIA
    ),
    Kind(
        "location",
        "A place that is sent as such, or degrees of latitude and longitude with a point.",
        "location",
        _is_location,
        {"latitude": 48.2082, "longitude": 16.3738},
        _read_location,
        heard=frozenset({"location"}),
        hear=_hear,
        examples=(
            Example("48.2082, 16.3738", {"latitude": 48.2082, "longitude": 16.3738}),
            Example("48, 16", None),
            Example("Vienna", None),
        ),
    ),
    Kind(
        "contact",
        "A contact that is sent as such.",
        "contact",
        _is_contact,
        {"phone": "+431234567", "name": "Ann"},
        heard=frozenset({"contact"}),
        hear=_hear,
    ),
)

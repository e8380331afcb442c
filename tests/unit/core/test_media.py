"""Media as values: what can be sent, and what is a fault."""

import pytest

from engine.core.effects import Media
from engine.core.faults import Fault
from engine.core.media import ALBUM_MAX, URL_MAX, media_of
from engine.core.values import Value
from engine.errors import Place

PLACE = Place("form.yaml", 3, 7)
PHOTO: Value = {"kind": "photo", "id": "AgAC", "transport": "telegram", "width": 800}


def test_a_reference_is_media_of_its_own_kind_whatever_it_is_sent_as() -> None:
    expected = (Media("photo", {"id": "AgAC", "transport": "telegram", "width": 800}),)
    assert media_of("photo", PHOTO, PLACE) == expected
    assert media_of("document", PHOTO, PLACE) == expected
    assert media_of(None, PHOTO, PLACE) == expected


def test_an_address_is_media_of_the_kind_that_it_is_sent_as() -> None:
    url = "https://x.org/a.mp4"
    assert media_of("video", url, PLACE) == (Media("video", {"url": url}),)
    assert media_of(None, url, PLACE) == (Media("document", {"url": url}),)


def test_null_is_nothing_and_a_list_is_an_album() -> None:
    assert media_of("photo", None, PLACE) == ()
    assert media_of(None, [], PLACE) == ()
    assert [one.kind for one in media_of(None, [PHOTO, None, PHOTO], PLACE)] == ["photo", "photo"]


def test_a_place_and_a_contact_are_their_own_content() -> None:
    where: Value = {"latitude": 48.2, "longitude": 16}
    assert media_of("location", where, PLACE) == (
        Media("location", {"latitude": 48.2, "longitude": 16}),
    )
    who: Value = {"phone": "+43 1", "first_name": None}
    assert media_of("contact", who, PLACE) == (Media("contact", {"phone": "+43 1"}),)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("photo", "a photo"),
        ("photo", "ftp://x.org/a.png"),
        ("photo", "https://x.org/" + "a" * URL_MAX),
        ("photo", 3),
        ("photo", True),
        ("photo", {"kind": "photo"}),
        ("photo", {"kind": "photo", "id": 7}),
        ("photo", {}),
        (None, {"id": "x"}),
        (None, [PHOTO] * (ALBUM_MAX + 1)),
        (None, ["x"]),
        ("location", {"latitude": 91, "longitude": 1}),
        ("location", {"latitude": True, "longitude": 1}),
        ("location", {"latitude": 1}),
        ("location", {"latitude": 1, "longitude": "2"}),
        ("contact", {"phone": " "}),
        ("contact", {"kind": "contact", "phone": 4312345}),
        ("location", "https://x.org/"),
    ],
)
def test_anything_else_is_a_fault_at_its_place(kind: object, value: Value) -> None:
    with pytest.raises(Fault) as caught:
        media_of(kind, value, PLACE)  # type: ignore[arg-type]  # a literal
    assert (caught.value.code, caught.value.place) == ("media:type", PLACE)

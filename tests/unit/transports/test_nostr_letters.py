"""Files and reactions on Nostr: what comes in, and what goes out."""

from typing import Any

import pytest

pytest.importorskip("pynostr")

from engine.core.effects import Media, Message
from engine.core.events import Event
from engine.runtime.ports import Delivery
from transports.nostr.keys import Key
from transports.nostr.letters import FIELD_MAX, read
from transports.nostr.messages import MalformedError, Unsigned
from transports.nostr.outbound import compose
from transports.nostr.wraps import CHAT, FILE, REACTION, unwrap, wrap

BOT, PERSON = Key(bytes([1] * 32)), Key(bytes([2] * 32))
AT = 1_700_000_000
URL = "https://files.example/f1"
ID = "a" * 64


def heard(kind: int, content: str, *tags: tuple[str, ...]) -> Event:
    rumor = Unsigned(PERSON.public, AT, kind, (("p", BOT.public), *tags), content)
    return read(BOT, wrap(PERSON, BOT.public, rumor, purpose="x")).as_event("demo", AT * 1000)


def media(*tags: tuple[str, ...]) -> Any:  # noqa: ANN401 - JSON
    event = heard(FILE, URL, *tags)
    assert event.extra is not None
    return event.extra["media"]


def test_a_file_message_is_media_with_what_is_needed_to_read_it() -> None:
    event = heard(
        FILE, URL, ("file-type", "image/jpeg"), ("encryption-algorithm", "aes-gcm"),
        ("decryption-key", "k1"), ("decryption-nonce", "n1"), ("x", "h1"), ("size", "2048"),
        ("dim", "800x600"), ("e", ID),
    )  # fmt: skip
    assert event.name == "photo"
    assert event.text is None
    assert event.extra == {
        "media": {
            "kind": "photo", "id": URL, "transport": "nostr", "mime": "image/jpeg",
            "cipher": "aes-gcm", "key": "k1", "nonce": "n1", "hash": "h1", "size": 2048,
            "width": 800, "height": 600,
        },
        "reply_to": {"ref": ID},
    }  # fmt: skip
    assert event.ref is not None


@pytest.mark.parametrize(
    ("mime", "kind"),
    [
        ("image/png", "photo"),
        ("video/mp4", "video"),
        ("audio/ogg", "audio"),
        ("application/pdf", "document"),
        ("", "document"),
    ],
)
def test_its_kind_is_that_of_its_content(mime: str, kind: str) -> None:
    assert media(("file-type", mime))["kind"] == kind


def test_tags_that_make_no_sense_are_left_out() -> None:
    found = media(("size", "-1"), ("dim", "ax9"), ("size",), ("x", "y" * 9_999), ("dim", "9" * 99))
    assert found.keys() == {"kind", "id", "transport", "hash", "url"}
    assert len(found["hash"]) == FIELD_MAX


@pytest.mark.parametrize(
    "content", ["no address", "ftp://x.org/f", "", "https://x.org/" + "a" * 9_999]
)
def test_a_file_without_an_address_is_refused(content: str) -> None:
    with pytest.raises(MalformedError):
        heard(FILE, content)


@pytest.mark.parametrize(
    ("content", "emoji"), [("+", "👍"), ("", "👍"), ("-", "👎"), ("🎉", "🎉"), (" ❤ ", "❤")]
)
def test_a_reaction_names_what_it_is_put_on(content: str, emoji: str) -> None:
    event = heard(REACTION, content, ("e", ID))
    assert (event.name, event.ref, event.text) == ("reaction", ID, None)
    assert event.extra == {"reaction": [emoji]}


def test_a_reaction_to_nothing_and_an_unknown_kind_are_refused() -> None:
    with pytest.raises(MalformedError):
        heard(REACTION, "+")
    with pytest.raises(MalformedError):
        heard(9, "hi")


def delivery(message: Message, via: str | None = "nip17") -> Delivery:
    return Delivery(
        "demo/nostr:x#i:4.1", "demo/nostr:x", PERSON.public, message, AT * 1000, "en", via
    )


def test_a_reaction_of_the_bot_is_one_that_clients_know() -> None:
    (letter,) = compose(BOT, delivery(Message(react="🎉", reply_to=ID)))
    rumor = unwrap(PERSON, letter.event)
    assert (rumor.kind, rumor.content, rumor.id) == (REACTION, "🎉", letter.ref)
    assert list(rumor.tags) == [("e", ID), ("p", PERSON.public), ("k", str(CHAT))]


@pytest.mark.parametrize(
    "message",
    [
        Message(react="", reply_to=ID),
        Message(react="👍", reply_to="12"),
        Message(delete=ID),
        Message(typing=True),
    ],
)
def test_what_nostr_does_not_know_is_left_out(message: Message) -> None:
    assert list(compose(BOT, delivery(message))) == []


def test_the_older_protocol_has_no_reactions() -> None:
    assert list(compose(BOT, delivery(Message(react="👍", reply_to=ID), "nip04"))) == []


def test_media_are_lines_above_their_text() -> None:
    file = Media("photo", {"file": "images/menu.png"})
    address = Media("video", {"url": "https://x.org/v.mp4"})
    (letter,) = compose(BOT, delivery(Message("Look!", media=(file, address))))
    expected = "[photo: menu.png]\n[video] https://x.org/v.mp4\nLook!"
    assert unwrap(PERSON, letter.event).content == expected


def test_a_file_that_came_in_can_be_named_again() -> None:
    def named(*tags: tuple[str, ...]) -> str:
        found = media(("file-type", "image/png"), ("name", "cat.png"), *tags)
        sent = Media("photo", {key: value for key, value in found.items() if key != "kind"})
        (letter,) = compose(BOT, delivery(Message(media=(sent,))))
        return unwrap(PERSON, letter.event).content

    assert named() == f"[photo] {URL}"
    assert named(("decryption-key", "k1")) == "[photo: cat.png]"

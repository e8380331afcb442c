"""Media on Telegram: against the emulator, and what it does not model against its documentation."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

pytest.importorskip("aiogram")

from engine.core.effects import Button, Mark, Media, MediaKind, Message
from engine.core.media import FILE_BYTES, PHOTO_BYTES
from engine.runtime.ports import PostponedError, RefusedError, Transport
from tests.contract.host import RecordingHost
from tests.contract.peers import telegram
from tests.contract.peers.telegram import TelegramPeer
from tests.servers.faulty import Call, Fault, refusal
from tests.unit.transports.test_telegram_transport import delivery

ROWS = ((Button("Ok", 1, "ok"),),)
PNG = b"\x89PNG not really"


@pytest_asyncio.fixture
async def peer() -> AsyncIterator[TelegramPeer]:
    async with telegram.peer() as made:
        yield made


@pytest_asyncio.fixture
async def host(tmp_path: Path) -> RecordingHost:
    for name in ("a.png", "b.png", "c.pdf", "images/d.png"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(PNG + name.encode())
    return RecordingHost(root=tmp_path)


@pytest_asyncio.fixture
async def bot(peer: TelegramPeer, host: RecordingHost) -> AsyncIterator[Transport]:
    transport = peer.transport()
    await transport.open(host)
    yield transport
    await transport.close()


def file(name: str, kind: MediaKind = "photo") -> Media:
    return Media(kind, {"file": name})


def sent(peer: TelegramPeer) -> list[Call]:
    """The calls that say something, in order."""
    about = ("send", "edit", "delete", "setMessageReaction")
    return [call for call in peer.proxy.calls if call.method.startswith(about)][:]


async def say(
    bot: Transport, *media: Media, text: str = "", id_: str = "d1", **more: object
) -> str | None:
    return await bot.send(delivery(Message(text, media=media, **more), id_))  # type: ignore[arg-type]  # fields of a message


async def test_a_file_is_uploaded_with_its_caption_and_buttons(
    peer: TelegramPeer, bot: Transport
) -> None:
    ref = await say(
        bot, file("images/d.png"), text="🎉 a menu", marks=(Mark("bold", 4, 4),), buttons=ROWS
    )
    (call,) = sent(peer)
    assert (call.method, call.status) == ("sendPhoto", 200)
    assert list(call.uploads.values()) == [("d.png", PNG + b"images/d.png")]
    assert call.fields["caption"] == "🎉 a menu"
    assert json.loads(call.fields["caption_entities"]) == [
        {"type": "bold", "offset": 5, "length": 4}
    ]
    assert call.keyboard
    assert ref is not None
    assert ref.isdecimal()


async def test_what_was_uploaded_once_is_sent_by_its_number(
    peer: TelegramPeer, bot: Transport, host: RecordingHost
) -> None:
    await say(bot, file("a.png"))
    await say(bot, file("a.png"), id_="d2")
    first, second = sent(peer)
    assert first.uploads
    assert not second.uploads
    kept = list(host.documents.kept["telegram.files"].values())
    assert [second.fields["photo"]] == [one["id"] for one in kept]


async def test_a_changed_file_is_uploaded_anew(
    peer: TelegramPeer, bot: Transport, host: RecordingHost
) -> None:
    await say(bot, file("a.png"))
    (host.root / "a.png").write_bytes(b"another picture")
    await say(bot, file("a.png"), id_="d2")
    assert [bool(call.uploads) for call in sent(peer)] == [True, True]


async def test_a_number_that_telegram_has_forgotten_is_uploaded_again(
    peer: TelegramPeer, bot: Transport
) -> None:
    await say(bot, file("a.png"))
    gone = Fault(400, refusal(400, "Bad Request: wrong file identifier specified"), "sendPhoto", 1)
    async with peer.proxy.failing(gone):
        await say(bot, file("a.png"), id_="d2")
    assert [(call.status, bool(call.uploads)) for call in sent(peer)] == [
        (200, True),
        (400, False),
        (200, True),
    ]


@pytest.mark.parametrize(
    ("media", "method", "fields"),
    [
        (
            Media("photo", {"url": "https://x.org/a.png"}),
            "sendPhoto",
            {"photo": "https://x.org/a.png"},
        ),
        (
            Media("sticker", {"id": "CAAC", "transport": "telegram"}),
            "sendSticker",
            {"sticker": "CAAC"},
        ),
        (
            Media("animation", {"id": "CgAC", "transport": "telegram"}),
            "sendAnimation",
            {"animation": "CgAC"},
        ),
        (
            Media("location", {"latitude": 48.2, "longitude": 16}),
            "sendLocation",
            {"latitude": "48.2", "longitude": "16.0"},
        ),
        (
            Media("contact", {"phone": "+43 1", "last_name": "Lee"}),
            "sendContact",
            {"phone_number": "+43 1", "first_name": "+43 1", "last_name": "Lee"},
        ),
    ],
)
async def test_each_kind_has_its_method(
    peer: TelegramPeer, bot: Transport, media: Media, method: str, fields: dict[str, str]
) -> None:
    await say(bot, media)
    (call,) = sent(peer)
    assert (call.method, call.status) == (method, 200)
    assert fields.items() <= call.fields.items()


async def test_several_media_are_an_album_with_one_caption(
    peer: TelegramPeer, bot: Transport
) -> None:
    await say(bot, file("a.png"), file("b.png"), text="Two", id_="d1")
    await say(bot, file("b.png"), Media("video", {"url": "https://x.org/v.mp4"}), id_="d2")
    first, second = sent(peer)
    assert (first.method, first.status, len(first.uploads)) == ("sendMediaGroup", 200, 2)
    items = json.loads(first.fields["media"])
    assert [item.get("caption") for item in items] == ["Two", None]
    assert (second.status, len(second.uploads)) == (200, 0)
    assert [item["type"] for item in json.loads(second.fields["media"])] == ["photo", "video"]


async def test_an_album_cannot_have_buttons_so_they_stand_below(
    peer: TelegramPeer, bot: Transport
) -> None:
    await say(bot, file("a.png"), file("b.png"), text="Which?", buttons=ROWS)
    album, question = sent(peer)
    assert "caption" not in json.loads(album.fields["media"])[0]
    assert (question.fields["text"], bool(question.keyboard)) == ("Which?", True)


async def test_kinds_that_do_not_go_together_follow_each_other(
    peer: TelegramPeer, bot: Transport
) -> None:
    place = Media("location", {"latitude": 1, "longitude": 2})
    await say(bot, file("a.png"), file("c.pdf", "document"), place, text="All", buttons=ROWS)
    assert [call.method for call in sent(peer)] == [
        "sendPhoto",
        "sendDocument",
        "sendLocation",
        "sendMessage",
    ]
    assert {call.status for call in sent(peer)} == {200}


async def test_a_text_longer_than_a_caption_follows_its_media(
    peer: TelegramPeer, bot: Transport
) -> None:
    await say(bot, file("a.png"), text="word " * 300, buttons=ROWS)
    photo, text = sent(peer)
    assert (photo.method, "caption" in photo.fields, photo.keyboard) == ("sendPhoto", False, [])
    assert text.fields["text"].startswith("word word")
    assert text.keyboard


async def test_a_place_with_a_text_is_two_messages(peer: TelegramPeer, bot: Transport) -> None:
    await say(bot, Media("location", {"latitude": 1, "longitude": 2}), text="Here!", reply_to="7")
    place, text = sent(peer)
    assert (place.method, text.fields["text"]) == ("sendLocation", "Here!")
    assert json.loads(place.fields["reply_parameters"])["message_id"] == 7
    assert "reply_parameters" not in text.fields


async def test_media_of_another_transport_are_named_in_words(
    peer: TelegramPeer, bot: Transport
) -> None:
    foreign = Media("photo", {"id": "https://blossom.x/1", "transport": "nostr", "name": "cat.png"})
    await say(bot, foreign, text="Look", marks=(Mark("bold", 0, 4),))
    (call,) = sent(peer)
    assert (call.method, call.fields["text"]) == ("sendMessage", "[photo: cat.png]\nLook")
    assert call.entities == [{"type": "bold", "offset": 17, "length": 4}]


async def test_media_take_the_place_of_media(peer: TelegramPeer, bot: Transport) -> None:
    ref = await say(bot, file("a.png"), text="New", buttons=ROWS, edit="9")
    (call,) = sent(peer)
    assert (call.method, call.status, ref) == ("editMessageMedia", 200, "9")
    assert json.loads(call.fields["media"])["caption"] == "New"
    assert call.uploads
    assert call.keyboard


async def test_what_cannot_take_their_place_is_sent_anew(
    peer: TelegramPeer, bot: Transport
) -> None:
    cannot = Fault(400, refusal(400, "Bad Request: message can't be edited"), "editMessageMedia")
    async with peer.proxy.failing(cannot):
        await say(bot, file("a.png"), edit="9")
    await say(bot, file("a.png"), file("b.png"), edit="9", id_="d2")
    assert [(call.method, call.status) for call in sent(peer)] == [
        ("editMessageMedia", 400),
        ("sendPhoto", 200),
        ("sendMediaGroup", 200),
    ]


async def test_reactions_deletions_and_typing_have_their_calls(
    peer: TelegramPeer, bot: Transport
) -> None:
    for number, message in enumerate(
        (
            Message(react="👍", reply_to="7"),
            Message(react="", reply_to="7"),
            Message(delete="7"),
            Message(typing=True),
        )
    ):
        await bot.send(delivery(message, f"d{number}"))
    calls = [(call.method, call.status) for call in peer.proxy.calls[-4:]]
    assert calls == [
        ("setMessageReaction", 200),
        ("setMessageReaction", 200),
        ("deleteMessage", 200),
        ("sendChatAction", 200),
    ]
    assert json.loads(peer.proxy.calls[-4].fields["reaction"]) == [{"type": "emoji", "emoji": "👍"}]
    assert json.loads(peer.proxy.calls[-3].fields["reaction"]) == []


async def test_what_is_done_to_messages_of_others_is_not_done_here(
    peer: TelegramPeer, bot: Transport
) -> None:
    before = len(peer.proxy.calls)
    assert await bot.send(delivery(Message(react="👍", reply_to="a" * 64))) is None
    assert await bot.send(delivery(Message(delete="a" * 64))) is None
    assert len(peer.proxy.calls) == before


async def test_a_message_that_is_gone_already_need_not_be_deleted(
    peer: TelegramPeer, bot: Transport
) -> None:
    gone = Fault(400, refusal(400, "Bad Request: message to delete not found"), "deleteMessage")
    async with peer.proxy.failing(gone):
        assert await bot.send(delivery(Message(delete="7"))) is None


async def test_typing_that_fails_is_not_tried_again(peer: TelegramPeer, bot: Transport) -> None:
    async with peer.proxy.failing(Fault(500, refusal(500, "down"), "sendChatAction")):
        assert await bot.send(delivery(Message(typing=True))) is None


async def test_a_reaction_that_telegram_does_not_know_is_refused(bot: Transport) -> None:
    with pytest.raises(RefusedError, match="REACTION_INVALID"):
        await bot.send(delivery(Message(react="🦉", reply_to="7")))


@pytest.mark.parametrize("name", ["gone.png", "../outside.png", "images", "link.png", "\0"])
async def test_a_file_that_is_not_in_the_bots_folder_is_named_in_words(
    peer: TelegramPeer, bot: Transport, host: RecordingHost, name: str
) -> None:
    outside = host.root.parent / "outside.png"
    outside.write_bytes(PNG)
    (host.root / "link.png").symlink_to(outside)
    await say(bot, file(name), text="Look")
    (call,) = sent(peer)
    assert call.method == "sendMessage"
    assert call.fields["text"].startswith("[photo")
    assert call.fields["text"].endswith("\nLook")


async def test_a_photo_that_is_too_large_for_one_is_a_document(
    peer: TelegramPeer, bot: Transport, host: RecordingHost
) -> None:
    with (host.root / "a.png").open("wb") as opened:
        opened.truncate(PHOTO_BYTES + 1)
    await say(bot, file("a.png"))
    await say(bot, file("a.png"), id_="d2")
    first, second = sent(peer)
    assert (first.method, second.method) == ("sendDocument", "sendDocument")
    assert (bool(first.uploads), bool(second.uploads)) == (True, False)


async def test_a_file_that_is_too_large_is_named_in_words(
    peer: TelegramPeer, bot: Transport, host: RecordingHost
) -> None:
    with (host.root / "c.pdf").open("wb") as opened:
        opened.truncate(FILE_BYTES + 1)
    await say(bot, file("c.pdf", "document"))
    assert [call.fields["text"] for call in sent(peer)] == ["[document: c.pdf]"]


@pytest.mark.parametrize("known", ["CAAC", "http://127.0.0.1:1/a.png"])
async def test_what_telegram_refuses_of_media_goes_in_words(
    peer: TelegramPeer, bot: Transport, known: str
) -> None:
    source = {"url": known} if "/" in known else {"id": known, "transport": "telegram"}
    wrong = Fault(400, refusal(400, "Bad Request: wrong file identifier specified"), "sendPhoto")
    async with peer.proxy.failing(wrong):
        await say(bot, file("c.pdf", "document"), Media("photo", source), text="Both")
    *_, words = sent(peer)
    assert words.fields["text"].startswith("[photo]")
    assert words.fields["text"].endswith("Both")
    assert [call.method for call in sent(peer)].count("sendDocument") == 1


async def test_nothing_is_tried_in_another_way_for_who_blocks_the_bot(
    peer: TelegramPeer, bot: Transport
) -> None:
    blocked = Fault(403, refusal(403, "Forbidden: bot was blocked by the user"), "sendPhoto")
    async with peer.proxy.failing(blocked):
        with pytest.raises(RefusedError):
            await say(bot, file("a.png"))
    assert len(sent(peer)) == 1


async def test_an_upload_waits_for_a_server_that_is_away_and_repeats_nothing(
    peer: TelegramPeer, bot: Transport
) -> None:
    away = Fault(502, refusal(502, "Bad Gateway"), "sendMessage", 1)
    long = "word " * 300
    async with peer.proxy.failing(away):
        with pytest.raises(PostponedError):
            await say(bot, file("a.png"), text=long)
    await say(bot, file("a.png"), text=long)
    assert [(call.method, call.status) for call in sent(peer)] == [
        ("sendPhoto", 200),
        ("sendMessage", 502),
        ("sendMessage", 200),
    ]

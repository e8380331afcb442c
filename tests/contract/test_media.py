"""Media from everywhere to everywhere: what is received is what was sent, byte for byte.

Each transport reads a file by means of its own: Telegram's upload as the proxy has seen it, Nostr's
blob decrypted here by the one-shot AES-GCM of another interface than the one that sealed it.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio

pytest.importorskip("aiogram")
pytest.importorskip("nostr_sdk")

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.core.effects import Media, Message
from engine.runtime.ports import Delivery, PostponedError, Transport
from tests.contract.host import HurriedClock, RecordingHost
from tests.contract.peers import nostr, telegram
from tests.contract.peers.nostr import NostrPeer
from tests.contract.peers.telegram import TelegramPeer
from tests.servers.blossom import BlossomServer
from tests.servers.faulty import Fault, refusal
from tests.servers.nostr_person import Letter
from transports.moving import WAIT

CONTENT = b"\x89PNG " + bytes(range(256)) * 1_000
KEY, NONCE = bytes(range(32)), bytes(range(16))


@dataclass
class SteppedClock(HurriedClock):
    """Time that a test may move on (ms)."""

    ahead: int = 0

    def now(self) -> int:
        return super().now() + self.ahead


@dataclass
class Town:
    """One bot on Telegram and on Nostr, with a file server."""

    telegram: TelegramPeer
    nostr: NostrPeer
    blossom: BlossomServer
    host: RecordingHost
    clock: SteppedClock
    bots: dict[str, Transport]

    async def send(self, to: str, *media: Media, text: str = "", id_: str = "d1") -> None:
        chat = self.nostr.client.public if to == "nostr" else "42"
        owner = f"demo/{to}:{chat}"
        await self.bots[to].send(
            Delivery(id_, owner, chat, Message(text, media=media), 1_700_000_000_000, "en")
        )

    def opened(self, letter: Letter) -> bytes:
        """The file of a file message."""
        assert letter.kind == 15
        assert letter.text.startswith(self.blossom.base)
        blob = self.blossom.blobs[letter.tag("x")]
        assert letter.text.endswith(letter.tag("x"))
        assert int(letter.tag("size")) == len(blob)
        key = bytes.fromhex(letter.tag("decryption-key"))
        nonce = bytes.fromhex(letter.tag("decryption-nonce"))
        content = AESGCM(key).decrypt(nonce, blob, None)
        assert letter.tag("ox") == hashlib.sha256(content).hexdigest()
        return content

    def uploads(self) -> list[bytes]:
        """What the bot has uploaded to Telegram."""
        return [
            content
            for call in self.telegram.proxy.calls
            if call.status == 200
            for _, content in call.uploads.values()
        ]


@asynccontextmanager
async def opened(
    bots: dict[str, Transport], host: RecordingHost
) -> AsyncIterator[dict[str, Transport]]:
    async with AsyncExitStack() as stack:
        for bot in bots.values():
            await bot.open(host)
            stack.push_async_callback(bot.close)
        yield bots


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    (tmp_path / "cat.png").write_bytes(CONTENT)
    async with (
        telegram.peer() as tele,
        nostr.peer() as nos,
        BlossomServer() as blossom,
    ):
        made = {"telegram": tele.transport(), "nostr": nos.transport(blossom.base)}
        clock = SteppedClock()
        private = (f"127.0.0.1:{blossom.port}",)
        host = RecordingHost(root=tmp_path, sources=[*made.values()], private=private, clock=clock)
        async with opened(made, host) as bots:
            yield Town(tele, nos, blossom, host, clock, bots)


async def on_telegram(town: Town) -> Media:
    """A photo as an event of Telegram brings it."""
    bot = town.bots["telegram"]
    await bot.send(Delivery("up", "demo/telegram:42", "42", Message(media=(a_file(),)), 0, "en"))
    (kept,) = town.host.documents.kept.pop("telegram.files").values()
    town.telegram.proxy.calls.clear()
    return Media("photo", {"id": kept["id"], "transport": "telegram"})


async def on_nostr(town: Town) -> Media:
    """A photo as an event of Nostr brings it."""
    sealed = AESGCM(KEY).encrypt(NONCE, CONTENT, None)
    source = {
        "id": town.blossom.put(sealed),
        "transport": "nostr",
        "mime": "image/png",
        "cipher": "aes-gcm",
        "key": KEY.hex(),
        "nonce": NONCE.hex(),
        "hash": hashlib.sha256(sealed).hexdigest(),
        "original": hashlib.sha256(CONTENT).hexdigest(),
        "size": len(sealed),
    }
    return Media("photo", source)


async def at_an_address(town: Town) -> Media:
    return Media("photo", {"url": town.blossom.put(CONTENT)})


async def in_the_folder(town: Town) -> Media:
    return a_file()


def a_file() -> Media:
    return Media("photo", {"file": "cat.png"})


Placed = Callable[[Town], Awaitable[Media]]


@pytest.mark.parametrize("place", [on_telegram, in_the_folder, at_an_address])
async def test_media_from_everywhere_are_files_on_nostr(town: Town, place: Placed) -> None:
    await town.send("nostr", await place(town), text="A cat")
    picture, words = await town.nostr.client.received(2)
    assert town.opened(picture) == CONTENT
    assert (words.kind, words.text) == (14, "A cat")
    assert picture.at < words.at


async def test_a_file_of_nostr_is_handed_on_as_it_is(town: Town) -> None:
    media = await on_nostr(town)
    await town.send("nostr", media)
    (picture,) = await town.nostr.client.received(1)
    assert town.opened(picture) == CONTENT
    assert (picture.text, town.blossom.uploaders) == (media.source["id"], [])


@pytest.mark.parametrize("place", [on_nostr, in_the_folder])
async def test_media_from_everywhere_are_uploaded_to_telegram_once(
    town: Town, place: Placed
) -> None:
    media = await place(town)
    for id_ in ("d1", "d2"):
        await town.send("telegram", media, text="A cat", id_=id_)
    assert town.uploads() == [CONTENT]
    first, second = town.telegram.proxy.of("sendPhoto")
    assert first.fields["caption"] == second.fields["caption"] == "A cat"
    assert not second.uploads


async def test_an_address_that_telegram_does_not_fetch_is_uploaded(town: Town) -> None:
    media = await at_an_address(town)
    cannot = Fault(400, refusal(400, "Bad Request: failed to get HTTP URL content"), "sendPhoto", 1)
    async with town.telegram.proxy.failing(cannot):
        await town.send("telegram", media)
    assert town.uploads() == [CONTENT]


async def test_a_file_that_was_changed_on_its_server_is_words(town: Town) -> None:
    media = await on_nostr(town)
    (digest,) = town.blossom.blobs
    town.blossom.blobs[digest] = b"something else"
    await town.send("telegram", media, text="A cat")
    (call,) = town.telegram.proxy.of("sendMessage")
    assert call.fields["text"] == "[photo]\nA cat"


async def test_a_file_with_a_wrong_key_is_words(town: Town) -> None:
    media = await on_nostr(town)
    wrong = replace(media, source={**media.source, "key": bytes(32).hex()})
    await town.send("telegram", wrong, text="A cat")
    assert town.telegram.proxy.of("sendMessage")[0].fields["text"] == "[photo]\nA cat"


async def test_what_leads_into_the_own_network_is_never_fetched(town: Town) -> None:
    media = await on_nostr(town)
    town.host.private = ()
    await town.send("telegram", media, text="A cat")
    await town.send("nostr", Media("photo", {"url": media.source["id"]}), text="A cat")
    assert town.telegram.proxy.of("sendMessage")[0].fields["text"] == "[photo]\nA cat"
    (words,) = await town.nostr.client.received(1)
    assert words.text == f"[photo] {media.source['id']}\nA cat"
    assert not town.blossom.asked


async def test_a_file_that_telegram_has_forgotten_is_words(town: Town) -> None:
    await town.send("nostr", Media("photo", {"id": "gone", "transport": "telegram"}), text="A cat")
    (words,) = await town.nostr.client.received(1)
    assert (words.kind, words.text) == (14, "[photo]\nA cat")


async def test_a_download_that_fails_for_now_is_tried_again(town: Town) -> None:
    media = await on_telegram(town)
    async with town.telegram.proxy.failing(Fault(502, "", "download", 1)):
        with pytest.raises(PostponedError):
            await town.send("nostr", media)
        await town.send("nostr", media)
    (picture,) = await town.nostr.client.received(1)
    assert town.opened(picture) == CONTENT


async def test_a_chat_does_not_wait_for_ever_for_media(town: Town) -> None:
    media = await on_telegram(town)
    async with town.telegram.proxy.failing(Fault(502, "", "download")):
        with pytest.raises(PostponedError):
            await town.send("nostr", media, text="A cat")
        town.clock.ahead += WAIT + 1
        await town.send("nostr", media, text="A cat")
    (words,) = await town.nostr.client.received(1)
    assert words.text == "[photo]\nA cat"


async def test_a_repeated_message_is_the_same_event_and_the_same_blob(town: Town) -> None:
    await town.send("nostr", a_file())
    bots = {"nostr": town.nostr.transport(town.blossom.base)}
    async with opened(bots, town.host) as again:
        restarted = replace(town, bots=again)
        await restarted.send("nostr", a_file())
        await restarted.send("nostr", a_file(), id_="d2")
    # The relay keeps the first message once; the next one shares neither key nor blob with it.
    first, second = await town.nostr.client.received(2)
    assert town.opened(first) == town.opened(second) == CONTENT
    assert first.tag("decryption-key") != second.tag("decryption-key")
    assert (len(town.blossom.uploaders), len(town.blossom.blobs)) == (2, 2)


async def test_a_server_that_is_away_or_refuses_never_loses_the_words(town: Town) -> None:
    town.blossom.failing = [503, 503, 503]
    with pytest.raises(PostponedError):
        await town.send("nostr", a_file(), text="A cat")
    await town.send("nostr", a_file(), text="A cat")
    town.blossom.limit = 10
    await town.send("nostr", a_file(), text="No cat", id_="d2")
    letters = await town.nostr.client.received(3)
    assert [letter.text for letter in letters[1:]] == ["A cat", "[photo: cat.png]\nNo cat"]
    assert ("PUT", "/upload") not in town.blossom.asked[-2:]


async def test_without_a_file_server_an_address_is_a_link(town: Town) -> None:
    bots = {"nostr": town.nostr.transport()}
    async with opened(bots, town.host) as bare:
        url = Media("photo", {"url": "https://x.org/cat.png"})
        await replace(town, bots=bare).send("nostr", url, a_file())
    (words,) = await town.nostr.client.received(1)
    assert words.text == "[photo] https://x.org/cat.png\n[photo: cat.png]"
    assert not town.blossom.asked


async def test_the_reference_of_a_file_message_is_enough_to_move_it(town: Town) -> None:
    media = await on_nostr(town)
    tags = [
        ["file-type", "image/png"],
        ["encryption-algorithm", "aes-gcm"],
        ["decryption-key", KEY.hex()],
        ["decryption-nonce", NONCE.hex()],
        ["x", str(media.source["hash"])],
    ]
    feeding = asyncio.create_task(town.bots["nostr"].feed())
    try:
        await town.nostr.client.say(str(media.source["id"]), kind=15, tags=tags)
        (event,) = await town.host.until_events(1)
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
    heard = (event.extra or {})["media"]
    assert isinstance(heard, dict)
    await town.send("telegram", Media("photo", heard))
    assert town.uploads() == [CONTENT]

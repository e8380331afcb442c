"""A person with a Nostr client that no one here wrote: nostr-sdk does keys, sealing and relays."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import nostr_sdk as sdk  # type: ignore[import-untyped]  # it has no types

AWAY = 60
"""Messages are dated a second apart, from so many seconds ago on: that gives them an order."""


@dataclass(frozen=True)
class Letter:
    """A message that a person has got; `author` as its client has verified it.

    `event` is the id of what came from a relay, `ref` that by which clients speak of the message.
    """

    text: str
    author: str
    kind: int
    at: int
    event: str
    ref: str
    tags: Sequence[Sequence[str]] = ()

    def tag(self, name: str) -> str:
        """The value of its first tag of a name."""
        return next(tag[1] for tag in self.tags if tag[0] == name)


@dataclass
class Person:
    """Writes to one peer over some relays, and keeps what comes back.

    `now` dates what it writes (seconds); where it is none, messages are dated to have an order.
    """

    client: sdk.Client
    peer: sdk.PublicKey
    keys: sdk.Keys
    letters: list[Letter] = field(default_factory=list)
    written: int = 0
    now: Callable[[], int] | None = None
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def public(self) -> str:
        return str(self.keys.public_key().to_hex())

    async def say(self, text: str, *, kind: int = 14, tags: Sequence[Sequence[str]] = ()) -> str:
        """Write to the peer, by NIP-17 or (kind 4) by NIP-04; the id of the message."""
        if kind == 4:
            sealed = self.keys.nip04_encrypt(self.peer, text)
            event = self._builder(4, sealed, tags).finalize(self.keys)
            await self.publish(event)
            return str(event.id().to_hex())
        rumor = self._builder(kind, text, tags).finalize_unsigned(self.keys.public_key())
        rumor = rumor.ensure_id()
        await self.publish(self.wrap(sdk.nip59_make_seal(self.keys, self.peer, rumor)))
        return str(rumor.id().to_hex())

    def wrap(self, seal: sdk.Event) -> sdk.Event:
        """A gift wrap for the peer, dated like its rumor, so that a relay keeps their order."""
        ephemeral = sdk.Keys.generate()
        content = ephemeral.nip44_encrypt(self.peer, seal.as_json())
        return self._builder(1059, content, (), step=0).finalize(ephemeral)

    async def publish(self, event: sdk.Event) -> None:
        output = await self.client.send_event(event)
        assert output.success, output.failed

    async def received(self, count: int) -> list[Letter]:
        """Wait until so many letters have come; all so far, in the order of arrival."""
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: len(self.letters) >= count)
        return list(self.letters)

    def _builder(
        self, kind: int, content: str, tags: Sequence[Sequence[str]], step: int = 1
    ) -> sdk.EventBuilder:
        self.written += step
        date = self.now() if self.now else int(time.time()) - AWAY + self.written
        moment = sdk.Timestamp.from_secs(date)
        to = sdk.Tag.public_key(self.peer)
        given = [sdk.Tag.parse(list(tag)) for tag in tags]
        return (
            sdk.EventBuilder(sdk.Kind(kind), content).custom_created_at(moment).tags([to, *given])
        )

    async def listen(self) -> None:
        """Keep what comes, until cancelled."""
        stream = self.client.notifications()
        mine = sdk.Filter().kinds([sdk.Kind(1059), sdk.Kind(4)]).pubkey(self.keys.public_key())
        await self.client.subscribe(sdk.ReqTarget.auto([mine]))
        while (item := await stream.next()) is not None:
            if item.is_new_event():
                letter = self._open(item.event)
                async with self._changed:
                    self.letters.append(letter)
                    self._changed.notify_all()

    def _open(self, event: sdk.Event) -> Letter:
        id_ = event.id().to_hex()
        if event.kind().as_u16() == 4:
            text = self.keys.nip04_decrypt(event.author(), event.content())
            return Letter(text, event.author().to_hex(), 4, event.created_at().as_secs(), id_, id_)
        gift = sdk.UnwrappedGift.from_gift_wrap(self.keys, event)
        rumor = gift.rumor().ensure_id()
        return Letter(
            rumor.content(),
            gift.sender().to_hex(),
            rumor.kind().as_u16(),
            rumor.created_at().as_secs(),
            id_,
            rumor.id().to_hex(),
            [tag.to_vec() for tag in rumor.tags()],
        )


@contextlib.asynccontextmanager
async def person(
    peer: str, *urls: str, now: Callable[[], int] | None = None
) -> AsyncIterator[Person]:
    """Someone new who writes to `peer` (a public key in hex) over relays."""
    sdk.uniffi_set_event_loop(asyncio.get_running_loop())
    keys = sdk.Keys.generate()
    signer = sdk.SignerAuthenticator(keys)
    client = sdk.ClientBuilder().authenticator(signer).build()
    for url in urls:
        await client.add_relay(sdk.RelayUrl.parse(url))
    await client.connect()
    made = Person(client, sdk.PublicKey.parse(peer), keys, now=now)
    listening = asyncio.create_task(made.listen())
    try:
        yield made
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await client.shutdown()

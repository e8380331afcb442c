"""Many people on Nostr at once, with one connection between them."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping

import nostr_sdk as sdk  # type: ignore[import-untyped]  # it has no types

from tests.servers.nostr_person import Person


@contextlib.asynccontextmanager
async def crowd(peer: str, url: str, size: int) -> AsyncIterator[list[Person]]:
    """People who write to `peer` (a public key in hex) over a relay."""
    sdk.uniffi_set_event_loop(asyncio.get_running_loop())
    client = sdk.ClientBuilder().build()
    await client.add_relay(sdk.RelayUrl.parse(url))
    await client.connect()
    key = sdk.PublicKey.parse(peer)
    people = [Person(client, key, sdk.Keys.generate()) for _ in range(size)]
    listening = asyncio.create_task(_listen(client, {one.public: one for one in people}))
    try:
        yield people
    finally:
        if listening.done():
            await listening
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await client.shutdown()


async def _listen(client: sdk.Client, people: Mapping[str, Person]) -> None:
    """Give everyone what comes for them, until cancelled."""
    stream = client.notifications()
    keys = [one.keys.public_key() for one in people.values()]
    await client.subscribe(sdk.ReqTarget.auto([sdk.Filter().kind(sdk.Kind(1059)).pubkeys(keys)]))
    while (item := await stream.next()) is not None:
        if item.is_new_event():
            (tag,) = json.loads(item.event.as_json())["tags"]
            person = people[tag[1]]
            letter = person._open(item.event)
            async with person._changed:
                person.letters.append(letter)
                person._changed.notify_all()

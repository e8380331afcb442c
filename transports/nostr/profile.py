"""What the bot tells about itself: its profile and its relays, published when they change.

Source: NIP-01 and NIP-24 (kind 0, `bot`), NIP-65 (10002), NIP-17 (10050).
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from typing import Final

from engine.errors import StatechatError
from engine.runtime.ports import Host, PostponedError, RefusedError
from transports.nostr.keys import Key
from transports.nostr.messages import MalformedError, SignedEvent, Tags, Unsigned, read_json
from transports.nostr.relays import Relays

PROFILE: Final = 0
RELAYS: Final = 10_002
INBOX: Final = 10_050
COLLECTION: Final = "profiles"

_log = logging.getLogger(__name__)


async def announce(key: Key, host: Host, relays: Relays, urls: Sequence[str]) -> None:
    """Publish kinds 0, 10002 and 10050 unless that was done before; best effort.

    An existing profile keeps its fields: its picture and its name are its owner's affair.
    """
    told = hashlib.sha256(json.dumps([host.bot, *sorted(urls)]).encode()).hexdigest()
    try:
        stored = await host.documents.get(COLLECTION, f"nostr:{key.public}") or {}
        if stored.get("told") == told:
            return
        for event in await _events(key, host, relays, urls):
            await relays.publish(event)
        await host.documents.put(COLLECTION, f"nostr:{key.public}", {"told": told})
    except (RefusedError, PostponedError, StatechatError) as error:
        _log.warning("the profile was not published; trying again at the next start: %s", error)


async def _events(key: Key, host: Host, relays: Relays, urls: Sequence[str]) -> list[SignedEvent]:
    found = await relays.fetch({"kinds": [PROFILE], "authors": [key.public], "limit": 1})
    profile = {"name": host.bot, **_fields(found, key), "bot": True}
    now = host.clock.now() // 1000
    # A replaceable event must be newer than the one that it replaces.
    now = max([now, *(event.created_at + 1 for event in found if event.pubkey == key.public)])
    contents: list[tuple[int, Tags, str]] = [
        (PROFILE, (), json.dumps(profile, ensure_ascii=False)),
        (RELAYS, [("r", url) for url in urls], ""),
        (INBOX, [("relay", url) for url in urls], ""),
    ]
    return [
        Unsigned(key.public, now, kind, tags, content).signed(key)
        for kind, tags, content in contents
    ]


def _fields(found: Sequence[SignedEvent], key: Key) -> dict[str, object]:
    own = [event for event in found if event.pubkey == key.public and event.kind == PROFILE]
    if not own:
        return {}
    try:
        fields = read_json(max(own, key=lambda event: event.created_at).content)
    except MalformedError:
        return {}
    return fields if isinstance(fields, dict) else {}

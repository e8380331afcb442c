"""Names by which the log speaks of persons: the same for a person for ever, and no use to others.

A transport's id of a person is personal data. A pseudonym is a keyed hash of it (HMAC-SHA256, RFC
2104), whose key is made once and lies in the bot's database, beside those whom it hides.
"""

import hashlib
import hmac
import secrets
from typing import Final

from engine.stores.protocol import Documents

COLLECTION: Final = "bot"
ID: Final = "pseudonyms"
SHOWN: Final = 10
"""Hexadecimal digits of a pseudonym: two of 10,000 persons share one once in 20,000 bots."""
SHORTEST: Final = 5
"""Shortest id of a person that is looked for in a text; shorter ones are parts of many words."""


class Pseudonyms:
    """The pseudonyms of a bot's persons. Without a key, as before a store is open, of one run."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(32)

    def of(self, owner: str) -> str:
        """`<bot>/<transport>:~<digits>` for `<bot>/<transport>:<user>`."""
        place, colon, _ = owner.partition(":")
        digits = hmac.new(self._key, owner.encode(), hashlib.sha256).hexdigest()[:SHOWN]
        return f"{place}{colon}~{digits}"

    def put_in(self, text: str, owner: str) -> str:
        """The text with the pseudonym in place of the person's ids."""
        name = self.of(owner)
        user = owner.partition(":")[2]
        text = text.replace(owner, name)
        return text.replace(user, name.partition(":")[2]) if len(user) >= SHORTEST else text


async def kept(documents: Documents) -> Pseudonyms:
    """The pseudonyms of a database, whose key is made at the first call; several may call at once.

    Raises:
        StatechatError: those of the store.
    """
    found = await known(documents)
    if found is None:
        await documents.add(COLLECTION, ID, {"key": secrets.token_hex(32)})
        found = await known(documents)
    assert found is not None
    return found


async def known(documents: Documents) -> Pseudonyms | None:
    """The pseudonyms of a database; none where no bot has run on it yet."""
    stored = await documents.get(COLLECTION, ID)
    return None if stored is None else Pseudonyms(bytes.fromhex(str(stored["key"])))

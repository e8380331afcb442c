"""Private messages: NIP-17's rumor in a seal in a gift wrap (NIP-59), and kind 4 (NIP-04).

Everything that is random in the specifications derives here from the sender's key, the purpose and
the text, so that a message which is made again is the identical event: relays answer `duplicate:`,
clients show it once. Because the text is part of what is derived from, no nonce serves two texts.
"""

import base64
import hashlib
import json
from typing import Final

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from transports.nostr import nip44
from transports.nostr.keys import Key
from transports.nostr.messages import (
    MalformedError,
    SignedEvent,
    Tags,
    Unsigned,
    read_json,
    read_signed,
    read_unsigned,
)

PLAIN: Final = 4
SEAL: Final = 13
REACTION: Final = 7
CHAT: Final = 14
FILE: Final = 15
WRAP: Final = 1059

BACKDATED: Final = 2 * 24 * 3600
"""How far back seals and wraps are dated at most, in seconds (NIP-59)."""
NOT_FUTURE: Final = 120
"""And at least, so that they are never ahead of a relay's clock."""


def chat_message(
    sender: Key,
    peer: str,
    text: str,
    *,
    at: int,
    reply_to: str | None = None,
    purpose: str | None = None,
) -> Unsigned:
    """The rumor of a text, of moment `at` (seconds); `reply_to` is the id of another rumor.

    Its purpose tells it apart from one that says the same in the same second: clients show what
    has the same id once.
    """
    tags: Tags = [("p", peer)]
    if reply_to is not None:
        tags = [*tags, ("e", reply_to)]
    if purpose is not None:
        tags = [*tags, ("nonce", sender.derive("rumor", seed_of(purpose, peer), 8).hex())]
    return Unsigned(sender.public, at, CHAT, tags, text)


def file_message(
    sender: Key, peer: str, url: str, tags: Tags, *, at: int, reply_to: str | None = None
) -> Unsigned:
    """The rumor of a stored file, of moment `at` (seconds); its tags tell it apart from others."""
    about: Tags = [("e", reply_to)] if reply_to is not None else []
    return Unsigned(sender.public, at, FILE, [("p", peer), *about, *tags], url)


def wrap(sender: Key, peer: str, rumor: Unsigned, *, purpose: str) -> SignedEvent:
    """A rumor of the sender's, sealed and wrapped for a peer.

    Raises:
        ValueError: the text is too long, or the peer's key is no point of the curve.
    """
    at = rumor.created_at
    seed = seed_of(purpose, peer, rumor.id)
    seal = Unsigned(
        sender.public,
        at - _back(sender, "seal date", seed),
        SEAL,
        (),
        nip44.encrypt(
            _json(rumor), sender.conversation_key(peer), sender.derive("seal nonce", seed)
        ),
    ).signed(sender, sender.derive("seal signature", seed))
    ephemeral = sender.derive_key("wrap key", seed)
    return Unsigned(
        ephemeral.public,
        at - _back(sender, "wrap date", seed),
        WRAP,
        (("p", peer),),
        nip44.encrypt(
            _json(seal), ephemeral.conversation_key(peer), sender.derive("wrap nonce", seed)
        ),
    ).signed(ephemeral, sender.derive("wrap signature", seed))


def unwrap(receiver: Key, gift: SignedEvent) -> Unsigned:
    """The rumor in a gift wrap, verified at every layer; its author is who sealed it.

    Raises:
        ValueError: a layer is malformed, forged, or not for this key.
    """
    if gift.kind != WRAP or receiver.public not in gift.values("p"):
        raise MalformedError("no gift wrap for this key")
    if not gift.genuine:
        raise MalformedError("the wrap's signature is wrong")
    # The wrap's key is thrown away after one message, so its secret is not kept either.
    outer = nip44.conversation_key(receiver.shared_x(gift.pubkey))
    seal = read_signed(read_json(nip44.decrypt(gift.content, outer)))
    if seal.kind != SEAL:
        raise MalformedError("no seal in the wrap")
    if not seal.genuine:
        raise MalformedError("the seal's signature is wrong")
    inner = receiver.conversation_key(seal.pubkey)
    rumor = read_unsigned(read_json(nip44.decrypt(seal.content, inner)))
    if rumor.pubkey != seal.pubkey:
        raise MalformedError("the seal is not by the author")
    return rumor


def plain(sender: Key, peer: str, text: str, *, at: int, purpose: str) -> SignedEvent:
    """A kind 4 message (NIP-04), for those who wrote in one.

    Raises:
        ValueError: the peer's key is no point of the curve.
    """
    seed = seed_of(purpose, peer, hashlib.sha256(text.encode()).hexdigest())
    vector = sender.derive("plain vector", seed, 16)
    padder = padding.PKCS7(128).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(sender.shared_x(peer)), modes.CBC(vector)).encryptor()
    sealed = encryptor.update(padded) + encryptor.finalize()
    content = f"{base64.b64encode(sealed).decode()}?iv={base64.b64encode(vector).decode()}"
    return Unsigned(sender.public, at, PLAIN, (("p", peer),), content).signed(
        sender, sender.derive("plain signature", seed)
    )


def open_plain(receiver: Key, event: SignedEvent) -> Unsigned:
    """The kind 4 message with its content in clear.

    Raises:
        ValueError: it is malformed, forged, or not for this key.
    """
    if event.kind != PLAIN or receiver.public not in event.values("p"):
        raise MalformedError("no direct message for this key")
    if not event.genuine:
        raise MalformedError("the signature is wrong")
    text = receiver.decrypt_nip04(event.content, event.pubkey)
    return Unsigned(event.pubkey, event.created_at, PLAIN, event.tags, text)


def seed_of(*parts: str) -> bytes:
    """What to derive from: another one for other parts."""
    return hashlib.sha256(json.dumps(parts).encode()).digest()


def _back(sender: Key, purpose: str, seed: bytes) -> int:
    return NOT_FUTURE + int.from_bytes(sender.derive(purpose, seed, 8), "big") % (
        BACKDATED - NOT_FUTURE
    )


def _json(event: Unsigned) -> str:
    return json.dumps(event.as_dict(), separators=(",", ":"), ensure_ascii=False)

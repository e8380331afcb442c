"""Files of NIP-17 (kind 15): encrypted by AES-GCM before anybody else stores them.

Key and nonce derive from the sender's key, the purpose and the content, as all that is random in
`transports.nostr.wraps`: a file that is sealed again is the same blob, and no nonce serves two
contents. Source: https://github.com/nostr-protocol/nips/blob/master/17.md
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from engine.classes import dataclass
from engine.core.effects import Media
from engine.core.values import Value
from engine.runtime.ports import Content, UnavailableError
from engine.runtime.spool import CHUNK, Spool, chunks
from transports.moving import ANY_TYPE, mime_of, name_of
from transports.nostr.keys import Key
from transports.nostr.messages import Tags
from transports.nostr.wraps import seed_of

CIPHER: Final = "aes-gcm"
TAG: Final = 16
"""How many bytes longer than its content a sealed file is."""
NONCE: Final = 12
_KEYS: Final = (16, 24, 32)
_NONCES: Final = range(8, 129)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file as a message of kind 15 names it: its address, and what the tags say of it."""

    url: str
    tags: Tags


def seal(key: Key, purpose: str, peer: str, content: Content, into: Spool) -> Tags:
    """Encrypt a file for a peer; the tags by which it is decrypted and checked."""
    seed = seed_of(purpose, peer, content.digest)
    secret, nonce = key.derive("file key", seed), key.derive("file nonce", seed, NONCE)
    encryptor = Cipher(algorithms.AES(secret), modes.GCM(nonce)).encryptor()
    for chunk in chunks(content.file):
        into.write(encryptor.update(chunk))
    encryptor.finalize()
    into.write(encryptor.tag)
    return (
        ("encryption-algorithm", CIPHER),
        ("decryption-key", secret.hex()),
        ("decryption-nonce", nonce.hex()),
        ("ox", content.digest),
    )


def unseal(source: Mapping[str, Value], sealed: Content, into: Spool) -> None:
    """Decrypt a file by what its reference says; nothing of it counts before this returns.

    Raises:
        UnavailableError: it is not what the reference speaks of, or larger than is taken.
    """
    if str(source.get("cipher", CIPHER)).lower() != CIPHER:
        raise UnavailableError("it is encrypted in a way that is not known here")
    secret, nonce = _bytes(source.get("key")), _bytes(source.get("nonce"))
    if len(secret) not in _KEYS or len(nonce) not in _NONCES or sealed.size < TAG:
        raise UnavailableError("its key, its nonce or itself is malformed")
    sealed.file.seek(sealed.size - TAG)
    tag = sealed.file.read(TAG)
    sealed.file.seek(0)
    decryptor = Cipher(algorithms.AES(secret), modes.GCM(nonce, tag)).decryptor()
    left = sealed.size - TAG
    while left:
        chunk = sealed.file.read(min(CHUNK, left))
        into.write(decryptor.update(chunk))
        left -= len(chunk)
    try:
        decryptor.finalize()
    except InvalidTag:
        raise UnavailableError("it was changed, or its key is wrong") from None


def described_by(media: Media, content: Content, sealed: Content) -> Tags:
    """The tags that say what a file is."""
    tags = [
        ("file-type", mime_of(media, content)),
        ("x", sealed.digest),
        ("size", str(sealed.size)),
        ("name", name_of(media, content)),
    ]
    sides = [media.source.get(side) for side in ("width", "height")]
    if all(isinstance(side, int) for side in sides):
        tags.append(("dim", "x".join(map(str, sides))))
    return tags


def handed_on(source: Mapping[str, Value]) -> Attachment | None:
    """A file that somebody has sent on Nostr, for somebody else; none where it is no such file."""
    url, secret, nonce = (source.get(name) for name in ("id", "key", "nonce"))
    if not (isinstance(url, str) and isinstance(secret, str) and isinstance(nonce, str)):
        return None
    tags = [
        ("file-type", str(source.get("mime", ANY_TYPE))),
        ("encryption-algorithm", str(source.get("cipher", CIPHER))),
        ("decryption-key", secret),
        ("decryption-nonce", nonce),
    ]
    for tag, name in (("x", "hash"), ("ox", "original"), ("size", "size"), ("name", "name")):
        if source.get(name) is not None:
            tags.append((tag, str(source[name])))
    if "width" in source and "height" in source:
        tags.append(("dim", f"{source['width']}x{source['height']}"))
    return Attachment(url, tags)


def _bytes(written: Value) -> bytes:
    """What clients write as hex, and some as Base64; nothing where it is neither."""
    if not isinstance(written, str):
        return b""
    try:
        return bytes.fromhex(written)
    except ValueError:
        pass
    try:
        return base64.b64decode(written, validate=True)
    except binascii.Error:
        return b""

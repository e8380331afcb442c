"""The bot's key: reading it, signing with it, and deriving from it what must repeat exactly."""

import contextlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from coincurve import PublicKey as CurvePoint
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pynostr import bech32
from pynostr.key import PrivateKey, PublicKey

from engine.errors import StatechatError
from transports.nostr import nip44

CURVE_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
KEY_FILE_MAX: Final = 1_024
PEERS_MAX: Final = 4_096
"""How many shared secrets are kept, so that a conversation costs one multiplication."""

_HEX_KEY = re.compile(r"[0-9a-fA-F]{64}\Z")
_CURE = "Set NOSTR_KEY to an nsec, to 64 hex digits, or to the path of a file that holds one."


class Key:
    """A secret key. Nothing of it shows in its representation."""

    __slots__ = ("_conversation", "_private", "public")

    def __init__(self, secret: bytes) -> None:
        """Take the 32 bytes of a secret key.

        Raises:
            ValueError: they are no scalar of the curve.
        """
        if len(secret) != 32:
            raise ValueError("a key has 32 bytes")
        self._private = PrivateKey(secret)
        self.public: str = self._private.public_key.hex()
        self._conversation = lru_cache(PEERS_MAX)(self._new_conversation_key)

    def __repr__(self) -> str:
        return f"Key({self.npub})"

    @property
    def npub(self) -> str:
        return str(self._private.public_key.bech32())

    def sign(self, digest: bytes, randomness: bytes | None = None) -> bytes:
        """Schnorr signature (BIP-340); the same for the same digest and randomness."""
        return bytes(self._private.sign(digest, randomness))

    def shared_x(self, peer: str) -> bytes:
        """The x coordinate shared with a peer's public key (hex); NIP-04 and NIP-44 begin with it.

        Raises:
            ValueError: the peer's key is no point of the curve.
        """
        point = CurvePoint(b"\x02" + bytes.fromhex(peer)).multiply(self._private.raw_secret)
        return bytes(point.format(compressed=True)[1:])

    def conversation_key(self, peer: str) -> bytes:
        """NIP-44's key with a peer, kept for the peers of late.

        Raises:
            ValueError: the peer's key is no point of the curve.
        """
        return self._conversation(peer)

    def _new_conversation_key(self, peer: str) -> bytes:
        return nip44.conversation_key(self.shared_x(peer))

    def decrypt_nip04(self, content: str, peer: str) -> str:
        """Open a NIP-04 content.

        Raises:
            ValueError: it is malformed, or not for this key.
        """
        try:
            return str(self._private.decrypt_message(content, peer))
        except IndexError as error:
            raise ValueError("no initial vector") from error

    def derive(self, purpose: str, seed: bytes, length: int = 32) -> bytes:
        """Bytes that only this key can make, the same each time for a purpose and a seed (HKDF)."""
        info = b"statechat/nostr\0" + purpose.encode() + b"\0" + seed
        return HKDF(SHA256(), length, salt=None, info=info).derive(self._private.raw_secret)

    def derive_key(self, purpose: str, seed: bytes) -> "Key":
        """A key of its own, the same each time for a purpose and a seed."""
        # 48 bytes leave no measurable bias after the reduction.
        wide = int.from_bytes(self.derive(purpose, seed, 48), "big")
        return Key((wide % (CURVE_ORDER - 1) + 1).to_bytes(32, "big"))


def read_key(setting: str) -> Key:
    """The key that a setting holds or names. No error tells what was read.

    Raises:
        StatechatError: `nostr:key`.
    """
    setting = setting.strip()
    key = _parse(setting)
    if key is None:
        key = _parse(_content(setting).strip())
    if key is None:
        raise StatechatError(
            "nostr:key", "NOSTR_KEY is neither a secret key nor a file with one.", cure=_CURE
        )
    return key


def _content(path: str) -> str:
    # ValueError: a NUL byte in the path, or a file that is not text.
    with contextlib.suppress(OSError, ValueError), Path(path).open(encoding="utf-8") as file:
        return file.read(KEY_FILE_MAX)
    return ""


def _parse(text: str) -> Key | None:
    prefix = text[:5].lower()
    if prefix == "npub1":
        raise StatechatError(
            "nostr:key", "NOSTR_KEY is a public key (npub); the bot must sign.", cure=_CURE
        )
    if prefix == "nsec1":
        secret = _from_bech32(text)
    elif _HEX_KEY.match(text):
        secret = bytes.fromhex(text)
    else:
        return None
    try:
        return Key(secret or b"")
    except ValueError:
        # The library's message would quote the key.
        raise StatechatError(
            "nostr:key", "NOSTR_KEY is damaged: it is no valid secret key.", cure=_CURE
        ) from None


def read_public(text: str) -> str:
    """A public key in hex, written so or as `npub1…`.

    Raises:
        StatechatError: `nostr:person`.
    """
    found = _from_bech32(text.lower(), "npub")
    public = found.hex() if found else text.lower()
    if not _HEX_KEY.match(public):
        raise StatechatError(
            "nostr:person",
            f"`{text[:80]}` is nobody's public key.",
            cure="Write an npub, or 64 hex digits.",
        )
    return public


def _from_bech32(text: str, kind: str = "nsec") -> bytes | None:
    prefix, data, encoding = bech32.bech32_decode(text)
    if prefix != kind or data is None or encoding is not bech32.Encoding.BECH32:
        return None
    groups = bech32.convertbits(data, 5, 8, False)  # noqa: FBT003 - the library's own signature
    return None if groups is None else bytes(groups)


def verify(public: str, digest: bytes, signature: str) -> bool:
    """Whether a signature (hex) is a public key's (hex) over a digest; false when malformed."""
    try:
        return bool(PublicKey.from_hex(public).verify(bytes.fromhex(signature), digest))
    except ValueError:
        return False

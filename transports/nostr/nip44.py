"""NIP-44 version 2: a text encrypted between two keys.

Source: https://github.com/nostr-protocol/nips/blob/master/44.md. `tests` run its official vectors.
"""

import base64
import binascii
import hmac
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

PLAINTEXT_MAX: Final = 65_535
PAYLOAD_MIN: Final = 132
PAYLOAD_MAX: Final = 87_472

_VERSION: Final = 2
_MAC: Final = 32
_NONCE: Final = 32


def conversation_key(shared_x: bytes) -> bytes:
    """The key of a pair of people, from the x coordinate that they share."""
    return hmac.digest(b"nip44-v2", shared_x, "sha256")


def message_keys(key: bytes, nonce: bytes) -> tuple[bytes, bytes, bytes]:
    """ChaCha20's key and nonce and the key of the MAC: HKDF-expand to 76 bytes."""
    if len(key) != 32 or len(nonce) != _NONCE:
        raise ValueError("a key and a nonce have 32 bytes")
    first = hmac.digest(key, nonce + b"\x01", "sha256")
    second = hmac.digest(key, first + nonce + b"\x02", "sha256")
    third = hmac.digest(key, second + nonce + b"\x03", "sha256")
    expanded = first + second + third
    return expanded[:32], expanded[32:44], expanded[44:76]


def padded_length(length: int) -> int:
    """The length that hides a text of `length` bytes."""
    if length <= 32:
        return 32
    power = 1 << (length - 1).bit_length()
    chunk = 32 if power <= 256 else power // 8
    return chunk * ((length - 1) // chunk + 1)


def encrypt(plaintext: str, key: bytes, nonce: bytes) -> str:
    """Encrypt a text of 1 to 65,535 bytes; a nonce serves one text only.

    Raises:
        ValueError: the text is empty or too long, or it is no valid Unicode.
    """
    text = plaintext.encode()
    if not 1 <= len(text) <= PLAINTEXT_MAX:
        raise ValueError("a text has 1 to 65,535 bytes")
    stream_key, stream_nonce, mac_key = message_keys(key, nonce)
    padding = bytes(padded_length(len(text)) - len(text))
    padded = len(text).to_bytes(2, "big") + text + padding
    sealed = nonce + _chacha20(stream_key, stream_nonce, padded)
    mac = hmac.digest(mac_key, sealed, "sha256")
    return base64.b64encode(bytes([_VERSION]) + sealed + mac).decode()


def decrypt(payload: str, key: bytes) -> str:
    """Open what `encrypt` made.

    Raises:
        ValueError: the version is unknown, or the payload is malformed or forged.
    """
    if payload.startswith("#"):
        raise ValueError("unknown version")
    if not PAYLOAD_MIN <= len(payload) <= PAYLOAD_MAX:
        raise ValueError("a payload of this length cannot be")
    try:
        data = base64.b64decode(payload, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if data[0] != _VERSION:
        raise ValueError("unknown version")
    sealed, mac = data[1:-_MAC], data[-_MAC:]
    stream_key, stream_nonce, mac_key = message_keys(key, sealed[:_NONCE])
    if not hmac.compare_digest(hmac.digest(mac_key, sealed, "sha256"), mac):
        raise ValueError("forged, or for another key")
    return _unpad(_chacha20(stream_key, stream_nonce, sealed[_NONCE:]))


def _unpad(padded: bytes) -> str:
    length = int.from_bytes(padded[:2], "big")
    text = padded[2 : 2 + length]
    if length == 0 or len(padded) != 2 + padded_length(length):
        raise ValueError("wrong padding")
    return text.decode()


def _chacha20(key: bytes, nonce: bytes, data: bytes) -> bytes:
    # The library takes the block counter, four bytes and little-endian, before the nonce.
    cipher = Cipher(algorithms.ChaCha20(key, bytes(4) + nonce), mode=None)
    return cipher.encryptor().update(data)

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pynostr")

from transports.nostr import nip44
from transports.nostr.keys import Key

VECTORS = Path(__file__).parents[3].parent / "shared" / "vectors" / "nip44.vectors.json"

BYTES_32 = st.binary(min_size=32, max_size=32)

needs_vectors = pytest.mark.skipif(
    not VECTORS.exists(), reason="the official vectors do not lie beside this checkout"
)


def vectors(kind: str, of: str) -> Any:  # noqa: ANN401 - a table of its own each
    return json.loads(VECTORS.read_text())["v2"][kind][of]


@needs_vectors
def test_official_vectors_of_conversation_keys() -> None:
    for vector in vectors("valid", "get_conversation_key"):
        key = Key(bytes.fromhex(vector["sec1"]))
        assert key.conversation_key(vector["pub2"]).hex() == vector["conversation_key"]
    for vector in vectors("invalid", "get_conversation_key"):
        with pytest.raises(ValueError, match=r"\w"):
            Key(bytes.fromhex(vector["sec1"])).conversation_key(vector["pub2"])


@needs_vectors
def test_official_vectors_of_message_keys_and_padding() -> None:
    table = vectors("valid", "get_message_keys")
    for vector in table["keys"]:
        keys = nip44.message_keys(
            bytes.fromhex(table["conversation_key"]), bytes.fromhex(vector["nonce"])
        )
        expected = (vector["chacha_key"], vector["chacha_nonce"], vector["hmac_key"])
        assert tuple(key.hex() for key in keys) == expected
    for length, padded in vectors("valid", "calc_padded_len"):
        assert nip44.padded_length(length) == padded


@needs_vectors
def test_official_vectors_of_encryption() -> None:
    for vector in vectors("valid", "encrypt_decrypt"):
        first, second = (Key(bytes.fromhex(vector[name])) for name in ("sec1", "sec2"))
        key = first.conversation_key(second.public)
        assert key == second.conversation_key(first.public)
        assert key.hex() == vector["conversation_key"]
        nonce = bytes.fromhex(vector["nonce"])
        assert nip44.encrypt(vector["plaintext"], key, nonce) == vector["payload"]
        assert nip44.decrypt(vector["payload"], key) == vector["plaintext"]
    for vector in vectors("valid", "encrypt_decrypt_long_msg"):
        text = vector["pattern"] * vector["repeat"]
        key = bytes.fromhex(vector["conversation_key"])
        payload = nip44.encrypt(text, key, bytes.fromhex(vector["nonce"]))
        assert hashlib.sha256(payload.encode()).hexdigest() == vector["payload_sha256"]
        assert nip44.decrypt(payload, key) == text


@needs_vectors
def test_official_vectors_of_what_must_be_refused() -> None:
    for length in vectors("invalid", "encrypt_msg_lengths"):
        with pytest.raises(ValueError, match="1 to 65,535"):
            nip44.encrypt("x" * length, bytes(32), bytes(32))
    for vector in vectors("invalid", "decrypt"):
        with pytest.raises(ValueError, match=r"\w"):
            nip44.decrypt(vector["payload"], bytes.fromhex(vector["conversation_key"]))


@given(
    st.text(min_size=1), st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32)
)
def test_what_is_encrypted_is_read_with_the_same_key_only(
    text: str, key: bytes, nonce: bytes
) -> None:
    payload = nip44.encrypt(text, key, nonce)
    assert nip44.decrypt(payload, key) == text
    with pytest.raises(ValueError, match="forged"):
        nip44.decrypt(payload, bytes([key[0] ^ 1]) + key[1:])


@given(st.text(min_size=1, max_size=100), st.integers(0, 10_000), st.integers(1, 255))
def test_a_payload_of_which_anything_was_changed_is_refused(
    text: str, position: int, change: int
) -> None:
    payload = nip44.encrypt(text, bytes(32), bytes(32)).encode()
    position %= len(payload)
    changed = bytearray(payload)
    changed[position] ^= change
    with pytest.raises(ValueError, match=r"\w"):
        nip44.decrypt(changed.decode("latin-1"), bytes(32))


@given(st.text(max_size=400))
def test_garbage_is_refused(garbage: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        nip44.decrypt(garbage, bytes(32))

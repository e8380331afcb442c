import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pynostr")

from engine.errors import StatechatError
from transports.nostr import factory, read_blossom, read_relays
from transports.nostr.keys import CURVE_ORDER, Key, read_key, verify

# The example of NIP-19.
NSEC = "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5"
SECRET = "67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa"
PUBLIC = "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e"
NPUB = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg"
RELAYS = "ws://127.0.0.1:1"


@pytest.mark.parametrize("written", [NSEC, SECRET, SECRET.upper(), f"  {NSEC}\n", NSEC.upper()])
def test_a_key_is_read_however_it_is_written(written: str) -> None:
    key = read_key(written)
    assert key.public == PUBLIC
    assert key.npub == NPUB


@pytest.mark.parametrize("written", [NSEC, SECRET, f"{NSEC}\n"])
def test_a_key_is_read_from_the_file_that_the_setting_names(written: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(written)
    assert read_key(str(file)).public == PUBLIC


@pytest.mark.parametrize(
    "written",
    [
        NPUB,
        NSEC[:-1] + "q",
        NSEC[:-3],
        "nsec1",
        "nsec1é",
        "0" * 64,
        f"{CURVE_ORDER:x}",
        SECRET[:-1],
        SECRET + "0",
        "/no/such/file",
        "/",
        "a\0b",
        "x" * 5000,
    ],
)
def test_what_is_no_secret_key_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(StatechatError) as caught:
        read_key(written)
    assert caught.value.code == "nostr:key"
    assert caught.value.cure
    assert written not in f"{caught.value}{caught.value.__cause__!r}"
    assert caught.value.__cause__ is None


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading_of_a_key(text: str) -> None:
    with pytest.raises(StatechatError) as caught:
        read_key(text)
    assert caught.value.code == "nostr:key"


def test_a_key_file_that_holds_a_public_key_or_nothing_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    for content in (NPUB.encode(), b"", b"\xff\xfe", str(file).encode()):
        file.write_bytes(content)
        with pytest.raises(StatechatError, match="nostr:key"):
            read_key(str(file))


def test_a_key_shows_its_public_half_only() -> None:
    made = factory({"NOSTR_KEY": NSEC, "NOSTR_RELAYS": RELAYS})
    key = read_key(NSEC)
    for shown in (repr(key), str(key), repr(made), str(vars(made))):
        assert SECRET not in shown
        assert NSEC not in shown
    assert NPUB in repr(key)


def test_a_signature_is_repeatable_and_is_verified() -> None:
    key, digest = read_key(NSEC), bytes(range(32))
    signature = key.sign(digest, bytes(32))
    assert signature == key.sign(digest, bytes(32))
    assert verify(PUBLIC, digest, signature.hex())
    assert not verify(PUBLIC, bytes(32), signature.hex())
    assert not verify(NPUB, digest, signature.hex())
    assert not verify("f" * 64, digest, signature.hex())
    assert not verify(PUBLIC, digest, "00")


def test_what_is_derived_differs_by_key_purpose_and_seed() -> None:
    key, other = read_key(NSEC), Key(bytes([1] * 32))
    derived = {
        key.derive("a", b"1"),
        key.derive("a", b"2"),
        key.derive("b", b"1"),
        other.derive("a", b"1"),
    }
    assert len(derived) == 4
    assert key.derive("a", b"1") in derived
    assert key.derive_key("a", b"1").public == key.derive_key("a", b"1").public
    assert key.derive_key("a", b"1").public != key.derive_key("a", b"2").public


def test_without_a_key_there_is_no_transport() -> None:
    assert factory({}) is None
    assert factory({"NOSTR_KEY": " ", "NOSTR_RELAYS": RELAYS}) is None


def test_relays_are_read_once_each() -> None:
    assert read_relays(" wss://a.example/ ,ws://b.example:7777/x,wss://a.example,") == [
        "wss://a.example",
        "ws://b.example:7777/x",
    ]


@pytest.mark.parametrize(
    "relays", ["", " , ", "https://a.example", "a.example", "wss://", "ws://a:99999", "ws://[x"]
)
def test_a_key_without_relays_is_refused(relays: str) -> None:
    with pytest.raises(StatechatError) as caught:
        factory({"NOSTR_KEY": NSEC, "NOSTR_RELAYS": relays})
    assert caught.value.code == "nostr:relays"
    assert caught.value.cure


@pytest.mark.parametrize(
    "server",
    ["files.example", "ws://a.example", "https://", "https://a.example/x", "https://u:p@a.example"],
)
def test_an_odd_file_server_is_refused_and_not_shown(server: str) -> None:
    with pytest.raises(StatechatError) as caught:
        factory({"NOSTR_KEY": NSEC, "NOSTR_RELAYS": RELAYS, "NOSTR_BLOSSOM": server})
    assert caught.value.code == "nostr:blossom"
    assert "u:p" not in str(caught.value)


def test_a_file_server_is_an_address_or_nothing() -> None:
    assert read_blossom(" https://a.example:8443/ ") == "https://a.example:8443"
    assert read_blossom(" ") is None


def test_importing_the_package_imports_none_of_its_libraries() -> None:
    program = (
        "import sys, transports.nostr;"
        "assert not {'pynostr', 'websockets', 'coincurve', 'cryptography'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[3])


def test_a_missing_library_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.startswith("transports.nostr.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "coincurve", None)
    with pytest.raises(StatechatError) as caught:
        factory({"NOSTR_KEY": NSEC, "NOSTR_RELAYS": RELAYS})
    assert caught.value.code == "nostr:missing"
    assert caught.value.cure == "pip install 'statechat[nostr]'"

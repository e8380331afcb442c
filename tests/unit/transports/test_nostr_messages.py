import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pynostr")

from transports.nostr.keys import Key
from transports.nostr.messages import (
    FRAME_MAX,
    MalformedError,
    Unsigned,
    read_frame,
    read_json,
    read_signed,
    read_unsigned,
)

KEY = Key(bytes([3] * 32))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def signed(**changes: object) -> dict[str, Any]:
    event = Unsigned(KEY.public, 1_700_000_000, 1, (("p", "x"), ("t",)), "hé\n").signed(KEY)
    return {**event.as_dict(), **changes}


def test_an_event_that_was_signed_is_read_and_is_genuine() -> None:
    event = read_signed(json.loads(json.dumps(signed())))
    assert event.genuine
    assert event.as_dict() == signed(sig=event.signature)
    assert event.values("p") == ["x"]
    assert event.values("t") == []


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "something else"},
        {"created_at": 1_700_000_001},
        {"kind": 2},
        {"tags": []},
        {"pubkey": "0" * 64},
        {"id": "0" * 64},
        {"id": None},
        {"content": None},
        {"content": "\ud800"},
        {"created_at": -1},
        {"created_at": 1.0},
        {"created_at": True},
        {"created_at": 2**53},
        {"kind": "1"},
        {"kind": 65_536},
        {"tags": None},
        {"tags": ["p"]},
        {"tags": [[1]]},
        {"tags": [["t"]] * 3_000},
        {"pubkey": KEY.public.upper()},
        {"sig": "00"},
        {"sig": None},
    ],
)
def test_an_event_that_was_changed_or_is_malformed_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        read_signed(signed(**changes))


def test_a_signature_of_another_event_is_not_genuine() -> None:
    other = Unsigned(KEY.public, 1, 1, (), "other").signed(KEY)
    assert not read_signed(signed(sig=other.signature)).genuine
    assert not read_signed(signed(sig="f" * 128)).genuine


def test_an_author_signs_their_own_events_only() -> None:
    with pytest.raises(ValueError, match="author"):
        Unsigned("0" * 64, 1, 1, (), "").signed(KEY)


def test_a_rumor_may_lack_its_id_but_not_carry_another() -> None:
    rumor = Unsigned(KEY.public, 1, 14, (), "hi")
    fields = rumor.as_dict()
    assert read_unsigned(fields) == rumor
    assert read_unsigned({key: fields[key] for key in fields if key != "id"}).id == rumor.id
    with pytest.raises(MalformedError):
        read_unsigned({**fields, "id": "0" * 64})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "[1]",
        '"EVENT"',
        "[NaN]",
        '["OK"',
        "[" * 60_000,
        '["' + "x" * FRAME_MAX + '"]',
        '["x",' + "9" * 10_000 + "]",
    ],
)
def test_a_frame_that_is_no_relay_message_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        read_frame(text)


@given(st.text())
def test_no_text_breaks_the_readers(text: str) -> None:
    for read in (read_json, read_frame):
        with contextlib.suppress(MalformedError):
            read(text)


@given(st.dictionaries(st.sampled_from(sorted(signed())), JSON))
def test_no_json_breaks_the_readers_of_events(changes: dict[str, object]) -> None:
    for raw in (signed(**changes), changes, [changes]):
        for read in (read_signed, read_unsigned):
            with contextlib.suppress(MalformedError):
                read(raw)


@given(st.text(), st.lists(st.lists(st.text(), max_size=3), max_size=3), st.integers(0, 2**53 - 1))
def test_what_is_signed_reads_back_as_it_was(
    content: str, tags: list[list[str]], moment: int
) -> None:
    event = Unsigned(KEY.public, moment, 14, tuple(tuple(tag) for tag in tags), content).signed(KEY)
    assert read_signed(json.loads(json.dumps(event.as_dict()))) == event
    assert event.genuine

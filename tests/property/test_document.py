"""The stored form of records: whatever can be in one comes back, and fits the schema."""

import json
import typing
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas
from engine.core.effects import (
    Button,
    Invoke,
    Mark,
    MarkKind,
    Media,
    MediaKind,
    Message,
    Send,
    Tell,
)
from engine.core.events import Event, Failure, Press, Result
from engine.core.session import (
    Chat,
    Frame,
    Given,
    Leaf,
    Offer,
    Offered,
    Pending,
    Plan,
    Session,
    Snapshot,
    Talk,
    Timer,
)
from engine.core.values import INT_MAX
from engine.errors import StatechatError
from engine.stores.document import decode, encode
from engine.stores.protocol import Dead, Item, Record

SCHEMA = json.loads(Path(schemas.__path__[0], "session.v1.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
odd_keys = texts | st.sampled_from(["a.b", "$set", "", "_id", "v", "%2E", "__proto__", "🦉"])
integers = st.integers(-INT_MAX, INT_MAX)
counts = st.integers(0, INT_MAX)
scalars = (
    st.none() | st.booleans() | integers | st.just(-0.0) | texts
    | st.floats(allow_nan=False, allow_infinity=False)
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd_keys, inner, max_size=3),
    max_leaves=8,
)
data = st.dictionaries(odd_keys, values, max_size=3)


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def tuples(strategy: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=most).map(tuple)


def every(kind: type[Any], *parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Instances with every field drawn: a new field without a place in the form is noticed."""
    assert len(parts) == len(fields(kind)), kind
    return st.builds(kind, *parts)


givens = every(Given, values, texts, data)
pendings = every(Pending, texts, counts, optional(givens))
leaves = every(
    Leaf, texts, counts, counts, integers, optional(pendings), st.booleans(),
    tuples(texts), counts,
)  # fmt: skip
frames = every(
    Frame, texts, texts, counts, st.sampled_from(["root", "call", "digress"]),
    st.lists(leaves, min_size=1, max_size=2).map(tuple), data, tuples(texts),
    st.dictionaries(texts, st.lists(texts, min_size=1, max_size=2).map(tuple), max_size=2), counts,
    st.booleans(),
)  # fmt: skip
failures = every(Failure, texts, texts, st.booleans())
results = every(Result, texts, counts, values, optional(failures))
events = every(
    Event, texts, texts, texts, texts, integers, integers, optional(texts), optional(texts),
    optional(every(Press, counts, texts)), optional(texts), optional(results),
    optional(texts), optional(texts), optional(data), optional(texts), optional(texts),
    st.booleans(), optional(data), optional(data), st.booleans(),
)  # fmt: skip
offered = every(Offered, texts, texts, texts, data)
offered_together = st.lists(offered, min_size=1, max_size=2).map(tuple)
chats = every(
    Chat, tuples(frames), tuples(every(Snapshot, counts, tuples(frames))), integers, counts,
    counts, tuples(events), optional(texts), st.dictionaries(odd_keys, counts, max_size=2),
    st.dictionaries(odd_keys, texts, max_size=2),
    tuples(every(Offer, counts, offered_together, st.booleans())),
    tuples(every(Talk, counts, texts, texts, texts, counts, texts, st.booleans()), most=1),
    st.dictionaries(odd_keys, counts, max_size=1),
)  # fmt: skip
plans = every(Plan, texts, texts, data, values)
timers = every(Timer, texts, integers, texts, counts, texts, optional(plans))
sessions = every(
    Session, texts, counts, counts, texts, optional(texts), optional(texts), integers, data,
    st.dictionaries(odd_keys, chats, max_size=1), tuples(timers), counts, counts,
    st.booleans(), counts,
)  # fmt: skip
kinds = st.sampled_from(typing.get_args(MarkKind))
buttons = tuples(tuples(every(Button, texts, counts, texts, optional(counts), optional(texts))))
marks = tuples(every(Mark, kinds, counts, counts, optional(texts), optional(texts)))
media = tuples(every(Media, st.sampled_from(typing.get_args(MediaKind)), data))
messages = every(
    Message, texts, marks, buttons, optional(texts), optional(texts), media, optional(texts),
    optional(texts), st.booleans(),
)  # fmt: skip
sends = every(
    Send, texts, texts, messages, optional(texts), optional(counts), optional(texts),
    optional(counts),
)  # fmt: skip
tells = every(Tell, texts, texts, texts, texts, optional(texts), data)
invokes = every(
    Invoke, texts, texts, texts, data, texts, counts, integers, counts, tuples(texts),
    optional(texts), optional(texts), st.booleans(),
)  # fmt: skip
items = every(Item, sends | invokes | tells, integers, optional(texts), counts, integers, texts)
letters = every(
    Dead, texts, st.sampled_from(["update", "event", "message"]), texts, integers, values
)
records = every(
    Record, sessions, st.dictionaries(odd_keys, integers, max_size=3), st.booleans(), tuples(items),
    tuples(letters), texts, st.dictionaries(odd_keys, integers, max_size=2), tuples(letters),
)  # fmt: skip


@given(records)
def test_a_record_comes_back_from_its_json_as_it_was(record: Record) -> None:
    back = decode(json.loads(json.dumps(encode(record))))
    assert back == record
    assert repr(back) == repr(record)  # tells -0.0 from 0, and True from 1


@given(records)
def test_a_document_fits_the_schema(record: Record) -> None:
    VALIDATOR.validate(encode(record))


@given(records, st.data())
def test_a_document_with_a_part_changed_is_read_or_called_damaged(
    record: Record, draw: st.DataObject
) -> None:
    """Never another error than ours, whatever stands in a place, or is missing there."""
    document = json.loads(json.dumps(encode(record)))
    place: Any = document
    while isinstance(place, (dict, list)) and place:
        key = draw.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else [0]))
        if not isinstance(place[key], (dict, list)) or draw.draw(st.booleans()):
            if draw.draw(st.booleans()):
                del place[key]
            else:
                place[key] = draw.draw(values)
            break
        place = place[key]
    try:
        assert isinstance(decode(document), Record)
    except StatechatError as error:
        assert error.code in {"store:damaged", "store:newer"}  # noqa: PT017 - it may also be read


def test_a_new_session_takes_next_to_nothing() -> None:
    assert encode(Record(Session("demo/test:1", 1))) == {
        "_id": "demo/test:1",
        "v": 1,
        "bot": "demo",
        "rev": 1,
    }


@pytest.mark.parametrize(
    "damage",
    [{"rev": None}, {"v": 0}, {"v": None}, {"user": []}, {"chats": {"c": {"stack": [{}]}}}],
)
def test_a_damaged_document_is_named(damage: dict[str, Any]) -> None:
    with pytest.raises(StatechatError, match="demo/test:1") as caught:
        decode({**encode(Record(Session("demo/test:1", 1))), **damage})
    assert caught.value.code == "store:damaged"


def test_a_document_of_a_newer_version_is_refused() -> None:
    with pytest.raises(StatechatError, match="version 2") as caught:
        decode({**encode(Record(Session("demo/test:1", 1))), "v": 2, "rev": "in another form"})
    assert caught.value.code == "store:newer"

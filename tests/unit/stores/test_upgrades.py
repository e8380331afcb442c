"""Sessions and files of earlier versions are read for ever, and nothing of them is lost."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import schemas
from engine.core.effects import Button, Invoke, Mark, Media, Message, Send
from engine.core.events import Event, Failure, Press, Result
from engine.core.session import Chat, Frame, Given, Leaf, Pending, Session, Snapshot, Timer
from engine.stores import sqlite_file
from engine.stores.document import VERSION, decode, encode
from engine.stores.protocol import Dead, Item, Record
from engine.stores.sqlite import SqliteStore
from engine.stores.upgrades import Document, upgraded

GOLDEN = Path(__file__).parents[2] / "golden" / "_stored"
OWNER = "demo/telegram:4711"
NOW = 1_790_000_000_000

_LEAF = Leaf(
    "form.age", 7, 2, NOW, Pending("9.2", 1, Given(40, "choice.a", {"item": {"id": "a"}})),
    waits=True, marked=("a", "b"), page=1,
)  # fmt: skip
_FRAME = Frame(
    "demo", "f00d", 3, "digress", (_LEAF, Leaf("form.city", 8)), {"name": "Ann", "n": 1.5},
    ("5m",), {"form.past": ("form.age",)}, 6,
)  # fmt: skip
_HELD = Event(
    "telegram:8", "text", OWNER, "4711", NOW, 8, "later", None, None, None, None, "en", "nip17",
    {"media": {"kind": "photo"}}, "77",
)  # fmt: skip
_PRESSED = Event("telegram:9", "choice", OWNER, "4711", NOW, 9, press=Press(7, "yes"))
_DONE = Event(
    f"invoke:{OWNER}:9.2:1", "result", OWNER, "4711", NOW,
    result=Result("9.2", 1, {"id": 5}, Failure("timeout", "too slow", transient=True)),
)  # fmt: skip
_MESSAGE = Message(
    "Hello Ann", (Mark("link", 0, 5, "https://example.org"), Mark("pre", 6, 3, None, "python")),
    ((Button("Yes", 7, "yes", 1), Button("Read", 7, "read", 0, "https://example.org")),),
    "70", "71", (Media("photo", {"file": "a.png"}),),
)  # fmt: skip
WHOLE = Record(
    Session(
        OWNER, 12, 11, "abc", "de", "Europe/Berlin", NOW - 1, {"visits": 3},
        {"4711": Chat(
            (Frame("base", "cafe", 1, "root", (Leaf("idle", 1),), {}), _FRAME),
            (Snapshot(3, (_FRAME,)),), NOW, 9, 3, (_HELD, _PRESSED, _DONE), "nip17", {"77": 7},
            {"card": "78"},
        )},
        (Timer("9.3", NOW + 5, "4711", 3, "10m"),), NOW + 1, NOW + 2, away=NOW + 3,
    ),
    {"telegram:7": 7}, True,  # noqa: FBT003 - in the order of the fields
    (
        Item(
            Send("9.1", "4711", _MESSAGE, "nip17", 7, "card"), NOW, "w1", 2, NOW - 2, "telegram:7"
        ),
        Item(Send("9.4", "4711", Message(react="🫡", reply_to="76")), NOW),
        Item(Send("9.5", "4711", Message(delete="75")), NOW),
        Item(Send("9.6", "4711", Message(typing=True)), NOW),
        Item(
            Invoke(
                "9.2", "4711", "save", {"name": "Ann"}, f"{OWNER}#abc:9.2", 10_000, NOW, 1,
                ("name",),
            ),
            NOW,
        ),
    ),
    (
        Dead("telegram:3", "event", "step:crashed", NOW, {"id": "telegram:3"}),
    ),
    "telegram:6",
)  # fmt: skip
"""A record with something in every place."""


def golden(version: int) -> dict[str, Any]:
    file = GOLDEN / f"session-v{version}.json"
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_a_session_of_every_version_is_read_whole(version: int) -> None:
    assert golden(version)["v"] == version
    assert decode(golden(version)) == WHOLE


def test_the_newest_version_is_what_is_written() -> None:
    assert json.loads(json.dumps(encode(WHOLE))) == golden(VERSION)


def test_the_golden_session_fits_the_schema() -> None:
    schema = json.loads(Path(schemas.__path__[0], "session.v1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(golden(VERSION))


def test_upgrades_are_applied_in_their_order_from_where_a_document_stands() -> None:
    def renamed(document: Document) -> Document:
        return {**{k: v for k, v in document.items() if k != "nick"}, "name": document["nick"]}

    def greeted(document: Document) -> Document:
        return {**document, "name": f"Dear {document['name']}"}

    two = (renamed, greeted)
    assert upgraded({"v": 1, "nick": "Ann"}, 1, two) == {"v": 3, "name": "Dear Ann"}
    assert upgraded({"v": 2, "name": "Ann"}, 2, two) == {"v": 3, "name": "Dear Ann"}
    assert upgraded({"v": 3, "name": "Ann"}, 3, two) == {"v": 3, "name": "Ann"}


@pytest.mark.parametrize("version", [-1, 0, 4])
def test_a_version_that_never_was_is_refused(version: int) -> None:
    with pytest.raises(ValueError, match=f"there is no version {version}"):
        upgraded({}, version, (dict, dict))


async def test_tables_are_upgraded_when_the_file_is_opened_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, version = await _file(tmp_path), sqlite_file.SCHEMA
    _next_version(monkeypatch, "CREATE TABLE extra (id TEXT); ALTER TABLE dead ADD COLUMN by TEXT")
    store = SqliteStore(path, "demo")
    await store.open()
    assert await store.load([OWNER]) == {OWNER: WHOLE}
    await store.close()
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT value FROM meta WHERE key = 'version'").fetchall() == [
            (version + 1,)
        ]
        assert file.execute("SELECT count(*) FROM extra").fetchall() == [(0,)]


async def test_an_upgrade_that_breaks_off_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await _file(tmp_path)
    with monkeypatch.context() as newer:
        _next_version(newer, "CREATE TABLE extra (id TEXT); CREATE TABLE extra (id TEXT)")
        with pytest.raises(Exception, match="already exists"):
            await SqliteStore(path, "demo").open()
    store = SqliteStore(path, "demo")
    await store.open()
    assert await store.load([OWNER]) == {OWNER: WHOLE}
    await store.close()


async def _file(folder: Path) -> Path:
    """A database with one session in it, at revision 1 first."""
    path = folder / "demo.sqlite3"
    store = SqliteStore(path, "demo")
    await store.open()
    await _written(store._write)
    await store.close()
    return path


async def _written(write: Callable[[Callable[[sqlite3.Connection], Any]], Any]) -> None:
    text = json.dumps(encode(WHOLE))
    await write(
        lambda file: file.execute("INSERT INTO sessions VALUES (?, 12, 1, 1, ?)", (OWNER, text))
    )


def _next_version(monkeypatch: pytest.MonkeyPatch, statements: str) -> None:
    monkeypatch.setattr(sqlite_file, "_UPGRADES", (*sqlite_file._UPGRADES, statements))
    monkeypatch.setattr(sqlite_file, "SCHEMA", sqlite_file.SCHEMA + 1)

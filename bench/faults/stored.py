"""What is stored, read beside the bot and without its code."""

import json
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pymongo import MongoClient

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Letter:
    """Why something was set aside, and when, in milliseconds of the season's clock."""

    reason: str
    at: int


class Stored(Protocol):
    """A bot's database, as far as the harness looks into it."""

    def sessions(self) -> dict[str, Document]:
        """Every session by the last part of its id: `<transport>:<user>`."""
        ...

    def records(self, collection: str) -> dict[str, Document]:
        """The values of the records of a collection, by id."""
        ...

    def dead(self) -> dict[str, Letter]:
        """What was set aside, by id."""
        ...


class SqliteFile:
    """A SQLite file. It is opened for reading only, which leaves the log of writes to the heir."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def sessions(self) -> dict[str, Document]:
        rows = self._rows("SELECT id, doc FROM sessions")
        return {id_.partition("/")[2]: json.loads(text) for id_, text in rows}

    def records(self, collection: str) -> dict[str, Document]:
        query = "SELECT id, doc FROM records WHERE collection = ? AND dead IS NULL"
        return {id_: json.loads(text) for id_, text in self._rows(query, collection)}

    def dead(self) -> dict[str, Letter]:
        rows = self._rows("SELECT id, reason, at FROM dead")
        return {id_: Letter(reason, at) for id_, reason, at in rows}

    def _rows(self, query: str, *values: str) -> list[Any]:
        if not self._path.exists():
            return []
        try:
            return _read(f"file:{self._path}?mode=ro", query, values)
        except sqlite3.OperationalError as error:
            if "readonly" not in str(error):
                raise
            # It died within a write that whoever opens the file next has to take back: not us.
            with tempfile.TemporaryDirectory() as folder:
                for part in self._path.parent.glob(f"{self._path.name}*"):
                    shutil.copy(part, folder)
                return _read(f"file:{Path(folder) / self._path.name}", query, values)


def _read(uri: str, query: str, values: Sequence[str]) -> list[Any]:
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        try:
            return connection.execute(query, values).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):  # it was killed before it had made any
                return []
            raise


class MongoDatabase:
    """A database of a MongoDB, asked for by another connection than the bot's."""

    def __init__(self, client: "MongoClient[dict[str, Any]]", name: str, bot: str) -> None:
        self._database = client[name]
        self._bot = bot

    def sessions(self) -> dict[str, Document]:
        found = self._database["sessions"].find({"bot": self._bot})
        return {one["_id"].partition("/")[2]: _plain(one) for one in found}

    def records(self, collection: str) -> dict[str, Document]:
        found = self._database[f"records.{self._bot}.{collection}"].find({"dead": None})
        return {one["id"]: _plain(one["values"]) for one in found}

    def dead(self) -> dict[str, Letter]:
        found = self._database["dead"].find({"bot": self._bot})
        return {one["id"]: Letter(one["reason"], one["at"]) for one in found}


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value of a document
    """A value with the names of its fields as they were before they were stored."""
    if isinstance(value, dict):
        return {_named(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value


def _named(name: str) -> str:
    return re.sub("%([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), name)

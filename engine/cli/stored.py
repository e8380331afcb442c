"""The store of a bot: for those that run it, and for those that look after what it keeps."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from engine.errors import StatechatError
from engine.runtime.settings import Settings
from engine.stores.batch import Batched
from engine.stores.protocol import Store


def open_store(settings: Settings, bot: str) -> tuple[Store, str]:
    """The bot's store, not open yet, and how it is called where people read it."""
    if settings.mongodb_uri is not None:
        from engine.stores.mongo import MongoStore  # noqa: PLC0415 - an extra, and heavy

        shown = f"mongodb {hosts(settings.mongodb_uri)}"
        return Batched(MongoStore(settings.mongodb_uri, bot)), shown
    from engine.stores.sqlite import SqliteStore  # noqa: PLC0415 - not where MongoDB is used

    path = database(settings, bot)
    return Batched(SqliteStore(path, bot)), f"sqlite {path}"


def hosts(uri: str) -> str:
    """What of an address may be shown: the rest may hold a password."""
    return urlsplit(uri).netloc.rpartition("@")[2]


def database(settings: Settings, bot: str) -> Path:
    """The bot's SQLite file, where there is no MongoDB."""
    return settings.data / f"{bot}.sqlite3"


def written(moment: int) -> str:
    """A moment (ms) as people and programs read it: ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(moment // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def refuse_missing(path: Path, bot: str) -> None:
    """Refuse to look after a SQLite file that is not there.

    Raises:
        StatechatError: `store:missing`.
    """
    if not path.exists():
        raise StatechatError(
            "store:missing",
            f"The bot `{bot}` has no database at `{path}`.",
            cure="Set STATECHAT_DATA, or MONGODB_URI, to what it is where the bot runs.",
        )


@contextmanager
def running() -> Iterator[None]:
    """Say what to do where a file is in use because its bot runs: raises `store:running`."""
    try:
        yield
    except StatechatError as error:
        if error.code != "store:locked":
            raise
        raise StatechatError(
            "store:running",
            f"{error.message} While a bot runs, its SQLite file is its own.",
            cure="Stop the bot, do it then, and start the bot again. With MongoDB it may run.",
        ) from error


@asynccontextmanager
async def existing(settings: Settings, bot: str) -> AsyncIterator[Store]:
    """The bot's store, open, to be looked after by hand; none is made.

    Raises:
        StatechatError: `store:missing`, `store:running`, and what the store raises when it opens.
    """
    if settings.mongodb_uri is None:
        refuse_missing(database(settings, bot), bot)
    store, _ = open_store(settings, bot)
    with running():
        await store.open()
    try:
        yield store
    finally:
        await store.close()

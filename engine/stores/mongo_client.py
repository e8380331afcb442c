"""The one place that knows MongoDB's drivers: connecting, and what their errors mean.

Raises at import:
    StatechatError: `mongo:missing`.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import parse_qsl

from engine.errors import StatechatError

_MISSING: Final = "pip install 'statechat[mongo]'"

try:
    from pymongo import AsyncMongoClient, ReadPreference, WriteConcern
    from pymongo.errors import (
        ConfigurationError,
        ConnectionFailure,
        InvalidURI,
        OperationFailure,
        PyMongoError,
        ServerSelectionTimeoutError,
    )
    from pymongo.read_concern import ReadConcern
except ImportError as missing:
    raise StatechatError(
        "mongo:missing", "MongoDB's driver is not installed.", cure=_MISSING
    ) from missing

Driver = Literal["motor", "pymongo"]
Client: TypeAlias = Any
"""motor's and pymongo's clients have one shape, but no type in common."""
Collection: TypeAlias = Any

DUPLICATE: Final = 11000
DATABASE: Final = "statechat"
"""The database where the URI names none."""
_UNAUTHORIZED: Final = frozenset({13, 18, 8000})
_DEFAULTS: Final[dict[str, Any]] = {
    "appname": "statechat",
    "connectTimeoutMS": 3_000,
    # a write that was sent twice would lose the race against itself
    "retryWrites": False,
    "serverSelectionTimeoutMS": 3_000,
    "socketTimeoutMS": 20_000,
}
_DURABLE: Final = WriteConcern("majority", wtimeout=10_000, j=True)


def connect(uri: str, driver: Driver) -> Client:
    """A client on the running loop; options that the URI does not set get our defaults.

    Raises:
        StatechatError: `mongo:missing`, `mongo:uri`.
    """
    given = {name.lower() for name, _ in parse_qsl(uri.partition("?")[2])}
    options = {name: value for name, value in _DEFAULTS.items() if name.lower() not in given}
    try:
        if driver == "pymongo":
            return AsyncMongoClient(uri, **options)
        return _motor()(uri, io_loop=asyncio.get_running_loop(), **options)
    except (ConfigurationError, InvalidURI, ValueError) as error:
        raise StatechatError(
            "mongo:uri",
            f"The address of the database is malformed: {error}.",
            cure="It looks like mongodb://user:password@host:27017/database.",
        ) from error


def _motor() -> Any:  # noqa: ANN401 - a class of an optional package
    try:
        from motor.motor_asyncio import AsyncIOMotorClient  # noqa: PLC0415 - optional
    except ImportError as missing:
        raise StatechatError("mongo:missing", "motor is not installed.", cure=_MISSING) from missing
    return AsyncIOMotorClient


async def disconnect(client: Client) -> None:
    """Close the client; the one driver does it at once, the other one has to be awaited."""
    closing = client.close()
    if closing is not None:
        await closing


def collection(client: Client, name: str) -> Collection:
    """A collection whose writes are on the disks of a majority, and whose reads are, too."""
    return client.get_default_database(DATABASE).get_collection(
        name,
        read_preference=ReadPreference.PRIMARY,
        write_concern=_DURABLE,
        read_concern=ReadConcern("majority"),
    )


@contextmanager
def told(*, wrote: bool = False) -> Iterator[None]:
    """Turn the drivers' errors into ours; `wrote` says that the outcome may be open."""
    try:
        yield
    except PyMongoError as error:
        raise translate(error, wrote=wrote) from error


def translate(error: PyMongoError, *, wrote: bool) -> StatechatError:
    """The error of a user for what a driver says.

    Only a server that was never found is known to have written nothing.
    """
    text = str(error).partition(", Timeout:")[0].partition(" (configured timeouts:")[0]
    if isinstance(error, OperationFailure) and error.code in _UNAUTHORIZED:
        return StatechatError(
            "store:unauthorized",
            f"The database refuses us: {text}.",
            cure="Check user, password and authSource in the address, and the user's rights.",
        )
    if wrote and not isinstance(error, ServerSelectionTimeoutError):
        return unknown(text)
    if isinstance(error, ConnectionFailure):
        return StatechatError(
            "store:unreachable",
            f"The database does not answer: {text}.",
            cure="Check that the server runs, and MONGODB_URI.",
        )
    return StatechatError(
        "store:failed", f"The database failed: {text}.", cure="The server's log may say why."
    )


def unknown(reason: str) -> StatechatError:
    """A write of which nobody knows whether it was done."""
    return StatechatError(
        "store:unknown",
        f"The database could not confirm a write: {reason}.",
        cure="Nothing to do: what was written is read again before it is used.",
    )

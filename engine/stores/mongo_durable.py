"""What a MongoDB server must be so that what it confirms lasts: asserted when the store is opened.

The concerns are ours whatever the address says; here the server has to show that it can keep them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from engine.errors import StatechatError
from engine.stores.mongo_client import Client, Collection, told

# after ours, which tells how to install it
from pymongo.errors import DuplicateKeyError, OperationFailure, WriteConcernError  # isort: skip

_REFUSALS: Final = frozenset(
    {
        2,  # BadValue: no journal to wait for
        64,  # WriteConcernFailed: the time is over
        79,  # UnknownReplWriteConcern
        91,  # ShutdownInProgress, as the reason of an open write concern
        100,  # UnsatisfiableWriteConcern: too few members hold data
        148,  # ReadConcernMajorityNotEnabled
    }
)
_CURE: Final = (
    "Run MongoDB with its journal on disks, and with a majority of the replica set's members up: "
    "rs.status() tells."
)


async def refuse_what_forgets(client: Client) -> None:
    """Refuse a server that takes no writes, or that keeps them in memory only.

    Raises:
        StatechatError: `store:readonly`, `store:not_durable`, and those of a server that is away.
    """
    with told():
        hello = await client.admin.command("hello")
        try:
            status = await client.admin.command("serverStatus", metrics=0, locks=0, repl=0)
        except OperationFailure:  # the right to ask for it is not needed otherwise
            status = {}
    refuse(hello, status)


def refuse(hello: Mapping[str, Any], status: Mapping[str, Any]) -> None:
    """As above, by what the server says of itself."""
    if hello.get("readOnly") or not hello.get("isWritablePrimary", True):
        raise StatechatError(
            "store:readonly",
            "The database takes no writes: it is read-only, or a secondary.",
            cure="Name the replica set in MONGODB_URI (replicaSet=…), not one of its secondaries.",
        )
    engine = status.get("storageEngine", {})
    if not engine.get("persistent", True):
        raise _not_durable(f"its storage engine `{engine.get('name')}` keeps nothing on disk")


async def confirmed(meta: Collection, document: Mapping[str, Any]) -> None:
    """Have the document in the collection, by a write that is confirmed as every later one will be.

    Raises:
        StatechatError: `store:not_durable`, and those of a server that is away.
    """
    rest = {name: value for name, value in document.items() if name != "_id"}
    with told(), unconfirmed_refused():
        for _ in range(2):
            try:
                await meta.update_one({"_id": document["_id"]}, {"$setOnInsert": rest}, upsert=True)
            except DuplicateKeyError:  # another worker was faster
                continue
            return


@contextmanager
def unconfirmed_refused() -> Iterator[None]:
    """Tell a server that cannot keep our concerns from one that failed."""
    try:
        yield
    except OperationFailure as error:
        if error.code not in _REFUSALS and not isinstance(error, WriteConcernError):
            raise
        reason = str(error).partition(", full error:")[0]
        raise _not_durable(f"no majority confirms a write with its journal ({reason})") from error


def _not_durable(reason: str) -> StatechatError:
    return StatechatError(
        "store:not_durable", f"The database may forget what it confirms: {reason}.", cure=_CURE
    )

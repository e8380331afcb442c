"""What a step wants to know of the records before a flow begins: found by `records.find`."""

from typing import Final

from engine.actions import ActionCall, ActionError
from engine.core.events import Failure
from engine.core.outcome import Wanted
from engine.core.values import Value
from engine.runtime.actions import ArgumentsError
from engine.runtime.privacy import logger
from engine.runtime.records.actions import records_actions
from engine.runtime.records.database import Database, Holder

_FIND: Final = records_actions().actions["records.find"]

log = logger("statechat.lookups")


async def look_up(database: Database, wanted: Wanted) -> tuple[Value, Failure | None]:
    """The records that are wanted; an empty list where they cannot be had.

    The failure tells why they cannot; a transient one is that of the store.
    """
    bound = database.bound(Holder.of(wanted.person, wanted.chat), wanted.key)
    call = ActionCall(
        wanted.key, 0, 1, log, wanted.person, wanted.chat, "", bound, wanted.person
    )  # fmt: skip
    try:
        return await _FIND.begin(call, wanted.args), None  # type: ignore[return-value]  # records are values
    except ArgumentsError as error:
        return [], Failure("action:arguments", str(error))
    except ActionError as error:
        return [], Failure(error.code, error.message, error.transient)

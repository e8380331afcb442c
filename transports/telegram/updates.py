"""Updates as they come, whatever is in them: which there are, and what is kept of one unread."""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Final

from engine.core.events import clean
from engine.core.values import DEPTH_MAX, INT_MAX, Value
from transports.telegram.groups import Json

KINDS: Final = (
    "message", "edited_message", "callback_query", "message_reaction", "my_chat_member",
)  # fmt: skip
"""The updates that are asked for; Telegram keeps the others to itself."""
LATEST: Final = 253_402_300_799
"""The last second of the year 9999: what a date can be."""


def callback_id(update: Json) -> str | None:
    """The id by which a callback query is answered, if the update is one, however malformed."""
    query = update.get("callback_query")
    id_ = query.get("id") if isinstance(query, dict) else None
    return id_ if isinstance(id_, str) else None


def sent_at(update: Json) -> int:
    """The latest date in an update (ms): it happened then or later. 0 where it has none."""
    latest = 0
    for kind in KINDS:
        body = update.get(kind)
        for source in (body, body.get("message")) if isinstance(body, dict) else ():
            if isinstance(source, dict):
                for date in (source.get("date"), source.get("edit_date")):
                    if type(date) is int and latest < date <= LATEST:
                        latest = date
    return latest * 1000


def storable(value: object, depth: int = 0) -> Value:
    """Any JSON as a value that every store can hold, for a dead letter."""
    kept: Value
    if isinstance(value, str):
        kept = clean(value)
    elif isinstance(value, Mapping) and depth < DEPTH_MAX:
        kept = {clean(str(key)): storable(item, depth + 1) for key, item in value.items()}
    elif isinstance(value, list) and depth < DEPTH_MAX:
        kept = [storable(item, depth + 1) for item in value]
    elif (
        value is None
        or isinstance(value, bool)
        or (isinstance(value, int) and abs(value) <= INT_MAX)
        or (isinstance(value, float) and math.isfinite(value))
    ):
        kept = value
    else:
        kept = f"({type(value).__name__})"
    return kept


def digest(kept: Value) -> str:
    """A name for an update that has none."""
    text = json.dumps(kept, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()

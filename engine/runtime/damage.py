"""A session that cannot be read or written: it is set aside for a human, and the others go on."""

import logging
from typing import Final

from engine.errors import StatechatError
from engine.runtime.worker import Worker
from engine.stores.protocol import Dead

KIND: Final = "session"
"""The kind of the dead letter, which names the session; what it holds stays where it is."""

log = logging.getLogger("statechat.damage")


async def leave_alone(worker: Worker, owner: str, error: StatechatError) -> None:
    """Tell in the log and by a dead letter that nothing is done for a session, and why; idempotent.

    Raises:
        StatechatError: of the store, which may be away.
    """
    log.error(
        "the session of %s is unusable (%s) and left alone; see `statechat dead list`",
        worker.names.of(owner), error.code,
    )  # fmt: skip
    payload = {"owner": owner}
    letter = Dead(f"{KIND}:{owner}", KIND, error.code, worker.clock.now(), payload)
    await worker.store.set_aside(letter)

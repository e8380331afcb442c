"""Which workers run: each says so in the store, again and again, until it ends in good order."""

from typing import Final

from engine.runtime.items import LEASE
from engine.runtime.worker import Worker

WORKERS: Final = "workers"
"""The collection of documents of workers that run, or died."""


async def say(worker: Worker) -> None:
    """Say that this worker runs, for as long as a lease."""
    until = worker.clock.now() + LEASE
    await worker.store.put(WORKERS, worker.id, {"until": until})


async def others(worker: Worker) -> tuple[set[str], set[str]]:
    """The other workers that run, and those that have died; a sole worker has only the latter."""
    now = worker.clock.now()
    running: set[str] = set()
    dead: set[str] = set()
    for id_, document in (await worker.store.all(WORKERS)).items():
        until = document["until"]
        assert isinstance(until, int)
        if id_ != worker.id:
            (dead if worker.sole or until < now else running).add(id_)
    return running, dead

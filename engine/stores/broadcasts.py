"""The stored form of broadcasts: what was asked for by hand, and how far a transport has come."""

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Final

from engine.classes import dataclass
from engine.core.access import Rate
from engine.core.triggers import RATE
from engine.core.values import Value
from engine.errors import StatechatError
from engine.stores.protocol import Documents, Record

COLLECTION: Final = "broadcasts"
"""The documents of broadcasts by hand; their ids are moments (ms), of `DIGITS` digits."""
DIGITS: Final = 15


@dataclass(frozen=True, slots=True)
class Job:
    """One broadcast under way.

    Attributes:
        run: its number; it only rises within a transport.
        what: as `engine.core.broadcasts.beginning` takes it.
        after: the session up to which everybody has got it.
    """

    run: int
    what: Mapping[str, Value]
    rate: Rate
    after: str = ""

    @property
    def flow(self) -> str:
        return str(self.what.get("flow"))

    @classmethod
    def by_hand(cls, run: int, document: Mapping[str, Value]) -> "Job":
        return cls(run, _mapping(document.get("what")), _rate(document.get("rate")))


@dataclass(frozen=True, slots=True)
class Progress:
    """What a transport remembers of its broadcasts.

    Attributes:
        run: the number of the last one.
        times: when each trigger came last (ms), by key.
        taken: id of the last one by hand that was begun.
        worker: who goes on with it, `until` when others leave it to them (ms).
    """

    run: int = 0
    times: Mapping[str, int] = field(default_factory=dict)
    taken: str = ""
    job: Job | None = None
    worker: str = ""
    until: int = 0


def progress_id(bot: str, transport: str) -> str:
    """The id of a transport's record; no person's begins so."""
    return f"{bot}/.broadcast:{transport}"


def encode(record: Record, progress: Progress) -> Record:
    """The record's next revision, with this progress."""
    job = progress.job
    data: dict[str, Value] = {
        "run": progress.run, "times": dict(progress.times), "taken": progress.taken,
        "worker": progress.worker, "until": progress.until,
    }  # fmt: skip
    if job is not None:
        data["job"] = {
            "run": job.run, "what": dict(job.what), "after": job.after,
            "rate": [job.rate.count, job.rate.period],
        }  # fmt: skip
    session = record.session
    return replace(record, session=replace(session, rev=session.rev + 1, user=data))


def decode(record: Record) -> Progress:
    """What a record says; an empty one says nothing."""
    data = record.session.user
    job = data.get("job")
    times = {key: _number(at) for key, at in _mapping(data.get("times")).items()}
    return Progress(
        _number(data.get("run")), times, str(data.get("taken", "")),
        _job(job) if isinstance(job, Mapping) else None,
        str(data.get("worker", "")), _number(data.get("until")),
    )  # fmt: skip


async def ask_for(documents: Documents, what: Mapping[str, Value], rate: Rate, now: int) -> str:
    """Keep a broadcast by hand until the transports have carried it out; its id."""
    document: dict[str, Value] = {"what": dict(what), "rate": [rate.count, rate.period]}
    for moment in range(now, now + 1_000):
        id_ = f"{moment:0{DIGITS}}"
        if await documents.add(COLLECTION, id_, document):
            return id_
    raise StatechatError("broadcast:many", "too many broadcasts are asked for at once")


def _job(data: Mapping[str, Value]) -> Job:
    return Job(
        _number(data.get("run")), _mapping(data.get("what")), _rate(data.get("rate")),
        str(data.get("after", "")),
    )  # fmt: skip


def _mapping(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _rate(value: Value) -> Rate:
    if isinstance(value, list | tuple) and len(value) == 2:
        return Rate(max(1, _number(value[0])), max(1, _number(value[1])))
    return RATE

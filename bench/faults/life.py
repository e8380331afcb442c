"""One life of a bot: what `statechat run` does, but for its clock, its store, and its end."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from unittest import mock

from bench.faults import mutants
from bench.faults.clock import LeapingClock
from bench.faults.faults import FaultyStore, Fuse, Rates, wire
from engine.cli import serve as serving
from engine.cli.logs import log_to_stderr
from engine.cli.process import Stop
from engine.cli.stored import open_store
from engine.cli.transports import configured
from engine.compiler.bot import Bot, load
from engine.runtime import caution, claims, items, presence, wakes
from engine.runtime import clock as machine
from engine.runtime.app import App
from engine.runtime.ports import Transport
from engine.runtime.settings import Settings
from engine.runtime.worker import Worker
from engine.stores.batch import Batched
from engine.stores.protocol import Store
from transports.nostr import transport as nostr
from transports.telegram import api

ROOT: Final = Path(__file__).parents[2]
BOTS: Final = ("registration", "order")
LEASE: Final = 1_500
"""How long a lease lasts, in milliseconds: a worker that was killed is missed so long."""
POLL: Final = 500
"""How often workers look for what others have left, in milliseconds."""
ANSWER: Final = 2
"""How long an answer of the Bot API or of a relay is waited for, in seconds."""
CHECKPOINT: Final = 0.3
"""How often the cursor of Nostr is moved, in seconds."""


@dataclass(frozen=True, slots=True)
class Will:
    """What a life is born with.

    Attributes:
        variables: the environment that `statechat run` reads.
        clock: the file of the season's clock.
        log: the file that the log is appended to.
        point: where it dies by its own hand, the `count`-th time that it comes by; else nowhere.
        seed: of the store's faults.
        rates: how often the store fails.
        mutant: the mistake that is seeded, if any.
        ready: the file that is made when the bot is ready.
        worker: what it is called where several share a store, instead of at random.
    """

    bot: str
    variables: Mapping[str, str]
    clock: str
    log: str
    point: str = ""
    count: int = 1
    seed: int = 0
    rates: Rates = field(default_factory=Rates)
    mutant: str = ""
    ready: str = ""
    worker: str = ""

    def written(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> "Will":
        return cls(**{**written, "rates": Rates(**written["rates"])})


def bots() -> dict[str, Bot]:
    """The bots that ship, compiled."""
    return {name: load(ROOT / "flows" / name) for name in BOTS}


def live(will: Will, bot: Bot) -> None:
    """Run the bot until something kills this process."""
    log_to_stderr(verbose=True)
    clock = LeapingClock(Path(will.clock))
    fuse = Fuse(will.point, will.count)
    settings = Settings.from_environment(will.variables)

    made: list[FaultyStore] = []

    def faulty(given: Settings, name: str) -> tuple[Store, str]:
        store, called = open_store(given, name)
        assert isinstance(store, Batched)
        made.append(FaultyStore(vars(store)["_store"], will.seed, fuse))
        return Batched(made[0]), called

    def now(_: machine.SystemClock) -> int:
        return clock.now()

    def ready(_: str) -> None:
        made[0].rates = will.rates
        Path(will.ready).touch()

    wire(fuse)
    with (
        mock.patch.object(machine.SystemClock, "now", now),
        mock.patch.object(serving, "open_store", faulty),
        mutants.seeded(will.mutant),
        hurried(),
        called(will.worker),
    ):
        transports = configured(settings.variables)
        asyncio.run(_serve(bot, settings, transports, ready))


@contextlib.contextmanager
def hurried() -> Iterator[None]:
    """The same waits, but shorter: a season has no half minute for a lease, a poll or an answer."""
    with contextlib.ExitStack() as patches:
        for module in (items, claims, presence, caution):
            patches.enter_context(mock.patch.object(module, "LEASE", LEASE))
        patches.enter_context(mock.patch.object(wakes, "POLL", POLL))
        patches.enter_context(mock.patch.object(api, "SECONDS", ANSWER))
        patches.enter_context(mock.patch.object(nostr, "CHECKPOINT", CHECKPOINT))
        of_nostr = (float(ANSWER), None)  # as the transport is made by its entry point
        patches.enter_context(mock.patch.object(nostr.Nostr.__init__, "__defaults__", of_nostr))
        yield


@contextlib.contextmanager
def called(name: str) -> Iterator[None]:
    """A worker of this name, so that it can be told afterwards whose each lease was."""
    make = vars(App)["_worker"]

    def named(app: App, *given: object) -> Worker:
        worker: Worker = make(app, *given)
        return replace(worker, id=name) if name else worker

    with mock.patch.object(App, "_worker", named):
        yield


async def _serve(
    bot: Bot,
    settings: Settings,
    transports: Sequence[Transport],
    ready: Callable[[str], None],
) -> None:
    await serving.serve(bot, settings, transports, Stop(), ready)

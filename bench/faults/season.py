"""A season: one bot, one database, one crowd, and many lives that end by SIGKILL."""

import asyncio
import functools
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.faults import faults
from bench.faults.clock import LeapingClock
from bench.faults.crowd import Crowd, open_work
from bench.faults.explanation import Explanation
from bench.faults.homes import ON_THE_WIRE, Home
from bench.faults.judge import compare, judge, story
from bench.faults.life import LEASE, Will
from bench.faults.model.form import MINUTE, Model
from bench.faults.model.order import Order
from bench.faults.model.registration import Registration
from bench.faults.people import Person
from bench.faults.persons import OrderTalk, RegistrationTalk, Talk, Talker
from bench.faults.plan import Plan, Season
from bench.faults.slots import Slot, send
from bench.faults.stage import Stage
from bench.faults.verdict import Fault
from bench.faults.zygote import Zygote

MODELS: Final[Mapping[str, Model]] = {"registration": Registration(), "order": Order()}
TALKS: Final[Mapping[str, Talk]] = {"registration": RegistrationTalk(), "order": OrderTalk()}
KEPT: Final[Mapping[str, str]] = {"registration": "members", "order": "receipts"}
"""Which collection the actions of a bot fill."""
DEADLY: Final = "event:deadly"
RANDOM: Final = "at random"
POINTS: Final = (
    *faults.OURS, *faults.STORE, ON_THE_WIRE, *faults.ACTION, *faults.TELEGRAM, *faults.NOSTR,
)  # fmt: skip
"""Of all stores and transports, in the order in which a table names them."""
IN_FILE: Final = "in-transaction"
"""The point that only a store within the process has."""
LEAPS: Final = 0.06
"""In how many of the lives much time passes at once."""
UNREACHABLE: Final = ":unreachable]"
"""With what a bot ends that does not reach a server in time when it starts."""
CRASHES: Final = 0.03
"""In how many of the lives the server of the store is killed."""
LONG_LIVES: Final = 0.04
START: Final = 15.0
"""Seconds that a bot may take to be ready."""
PATIENCE: Final = 0.8
"""Seconds that a life has from then on to come by its point; then it is killed where it is."""
IN_VAIN_MAX: Final = 10
"""Kills in a row that do not count, after which a season ends: nobody talks any more."""
ENDLESS: Final = 6
"""How often the time of stillness the end of a season takes at most: a bot may never be still."""
PAUSE: Final = 2.0
"""Seconds between two leaps at the end of a season while something is under way."""
LONG: Final = 4.0
"""The same of a life that is to see what takes time, such as an answer that does not come."""


class Runner:
    """Runs one season."""

    def __init__(
        self, plan: Plan, zygotes: Sequence[Zygote], home: Home, crowd: Crowd, folder: Path
    ) -> None:
        self._plan = plan
        self._slots = [Slot(number, zygote) for number, zygote in enumerate(zygotes)]
        self._random = random.Random(plan.seed)
        self._folder = folder
        self._clock = LeapingClock(folder / "clock")
        self._home = home
        self._stored = home.stored
        self._crowd = crowd
        self._points = plan.points or (
            *faults.OURS, *(point for point in faults.STORE if home.sole or point != IN_FILE),
            *home.points, *faults.ACTION, *crowd.points,
        )  # fmt: skip
        self._talkers = [
            Talker(person, TALKS[plan.bot], crowd.say, plan.seed * 1_000 + number)
            for number, person in enumerate(crowd.people)
        ]
        self._lives = 0
        self._deaths: list[int] = []
        self._in_vain = 0
        """How many of the last kills found nothing to interrupt."""
        self._over = 0
        """When everything had come to its end."""
        self._bright = asyncio.Event()
        """Not set while nobody shall be born: much time is about to pass, or the store is away."""
        self._bright.set()
        self._began = time.monotonic()
        self.season = Season(plan)

    async def run(self) -> Season:
        async with self._home, self._crowd, asyncio.TaskGroup() as talking:
            tasks = [talking.create_task(talker.run()) for talker in self._talkers]
            try:
                await asyncio.gather(*map(self._keep_alive, self._slots))
                await self._settle(tasks)
            finally:
                for slot in self._slots:
                    if slot.child:  # it was broken off
                        send(slot.child, signal.SIGKILL)
            for task in tasks:
                task.cancel()
        self._judge()
        self.season.failures += self._crowd.failures + self._home.failures
        self.season.seconds = time.monotonic() - self._began
        return self.season

    async def _keep_alive(self, slot: Slot) -> None:
        """Let one life follow the other until there were enough deaths."""
        season, plan = self.season, self._plan
        while (
            season.kills.total() < plan.kills
            and time.monotonic() - self._began < plan.seconds
            and not season.verdict.faults
            and self._in_vain < IN_VAIN_MAX
        ):
            await self._bright.wait()
            await self._live(slot)
            if self._plan.workers > 1 and self._random.random() < LEAPS:
                await self._in_the_dark(self._while())

    async def _in_the_dark(self, milliseconds: int) -> None:
        """Let much time pass while nobody lives: else all leases would end under who holds them."""
        if not self._bright.is_set():
            return
        self._bright.clear()
        while living := [slot for slot in self._slots if slot.child]:
            for slot in living:
                send(slot.child, signal.SIGKILL)
            await asyncio.sleep(0.01)
        await self._leap(milliseconds)
        self._bright.set()

    async def _bear(self, slot: Slot, **more: object) -> asyncio.Task[int]:
        """Begin the life that the slot has the number of; the task ends when it does."""
        if not self._home.sole and self._plan.workers == 1:
            # Else each life would first wait for the leases of the one before it.
            self._clock.leap(LEASE)
        will = Will(
            self._plan.bot,
            {**self._crowd.variables(slot.number), **self._home.variables(slot.number)},
            str(self._folder / "clock"), str(self._folder / "log"), mutant=self._plan.mutant,
            seed=self._random.randrange(2**32), ready=str(self._ready(slot)),
            worker=slot.worker, **more,  # type: ignore[arg-type]
        )  # fmt: skip
        slot.child = await slot.zygote.bear(will)
        return asyncio.create_task(slot.zygote.end())

    def _prepare(self, slot: Slot, calls: float, requests: float) -> None:
        """Give the next life its number, and say how many calls and requests fail in it."""
        self._lives += 1
        slot.life, slot.busy = self._lives, True
        self._crowd.born(slot.number, slot.life, calls)
        self._home.born(slot.number, requests, self._ready(slot))

    def _ready(self, slot: Slot) -> Path:
        return self._folder / f"ready-{slot.life}"

    async def _live(self, slot: Slot) -> None:
        """One life, from its birth to its death."""
        chance = self._random
        at_random = chance.random() < 0.25
        point = RANDOM if at_random else chance.choice(self._points)
        rate = chance.choice((0.0, 0.0, 0.02))
        count = 1 + int(chance.expovariate(0.5))
        patience = PATIENCE if self._home.sole else 2 * PATIENCE
        if at_random:
            patience *= chance.random()
        if chance.random() < LONG_LIVES:
            patience = LONG
        self._prepare(slot, chance.choice((0.0, 0.05, 0.2)), chance.choice((0.0, 0.0, 0.02, 0.05)))
        ending = await self._bear(
            slot, point=point, count=count, rates=faults.Rates(rate, rate, rate, rate, rate)
        )
        if point == ON_THE_WIRE:
            strike = functools.partial(send, slot.child, signal.SIGKILL)
            self._home.doom(slot.number, count, strike)
        if chance.random() < CRASHES:
            await self._crash(slot, ending)
        if self._plan.workers == 1 and chance.random() < LEAPS:
            await asyncio.sleep(chance.uniform(0, 0.3))
            await self._leap(self._while())
        if not at_random or chance.random() < 0.5:
            await self._begun(slot, ending)
        done, _ = await asyncio.wait({ending}, timeout=patience)
        if not done or not self._bright.is_set():
            point = RANDOM
            send(slot.child, signal.SIGKILL)
        code = await ending
        slot.child, slot.busy = 0, False
        self._deaths.append(self._clock.now())
        if code == 1 and not self._ready(slot).exists() and UNREACHABLE in self._log_end():
            self.season.failures["start given up"] += 1  # on a busy machine; it is born again
        elif code != -signal.SIGKILL:
            self._blame(Fault("other", f"it ended by itself, with {code}: {self._log_end()}"))
        else:
            self._count(slot, point)
        self._crowd.died(slot.number)

    async def _crash(self, slot: Slot, ending: asyncio.Task[int]) -> None:
        """Let the server of the store die under bots that are ready; nobody is born meanwhile."""
        await self._begun(slot, ending)
        ready = all(self._ready(other).exists() for other in self._slots if other.busy)
        if ready and self._bright.is_set():
            self._bright.clear()
            await self._home.crash()
            self._bright.set()

    async def _begun(self, slot: Slot, ending: asyncio.Task[int]) -> None:
        """Wait until the bot is ready, or is not needed any more, or nearly for ever."""
        end = time.monotonic() + START
        while not (ending.done() or self._ready(slot).exists() or time.monotonic() > end):
            await asyncio.sleep(0.02)
            if not self._bright.is_set():
                return

    async def _leap(self, milliseconds: int) -> None:
        await self._crowd.before_leap(milliseconds)
        self._clock.leap(milliseconds)

    def _while(self) -> int:
        """How much time passes at once: some minutes, or more than a day."""
        far = self._random.random() < 0.05
        return (
            self._random.randint(1_460, 1_600) * MINUTE
            if far
            else self._random.randint(9, 20) * MINUTE
        )

    def _count(self, slot: Slot, point: str) -> None:
        open_ = self._open_work(slot, slot.worker if self._plan.workers > 1 else "")
        if open_:
            self.season.kills[point, open_] += 1
            self._in_vain = 0
        else:
            self.season.idle += 1
            self._in_vain += 1

    async def _settle(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Let one worker bring everything to its end, with nothing that fails any more."""
        for talker in self._talkers:
            talker.ending.set()
        slot = self._slots[0]
        self._prepare(slot, 0.0, 0.0)
        ending = await self._bear(slot)
        await self._begun(slot, ending)
        moved, progress, leapt = time.monotonic(), self._progress(), time.monotonic()
        longest = time.monotonic() + ENDLESS * self._plan.settle
        while (
            not ending.done()
            and time.monotonic() < longest
            and time.monotonic() - moved < self._plan.settle
            and not self._at_rest(tasks)
        ):
            await asyncio.sleep(0.1)
            if progress != (progress := self._progress()):
                moved = time.monotonic()
            # A leap ends all leases: what is under way must have time to be done under one.
            due = self._home.sole or time.monotonic() - leapt > PAUSE
            if not self._all_over(tasks) and (due or not self._open_work(slot)):
                await self._leap(2 * MINUTE)
                leapt = time.monotonic()
        if not ending.done():
            send(slot.child, signal.SIGTERM)
            await asyncio.wait({ending}, timeout=15)
        if not ending.done():
            send(slot.child, signal.SIGKILL)
        code = await ending
        slot.child = 0
        if code != 0:
            self._blame(Fault("other", f"the last life ended with {code}: {self._log_end()}"))

    def _progress(self) -> tuple[int, ...]:
        """What changes as long as anything happens."""
        people = self._crowd.people
        # Not revisions: who holds a lease renews it as long as it stands still.
        stored = self._stored.sessions().values()
        done = [(one.get("steps", 0), len(one.get("outbox", ()))) for one in stored]
        said, told = sum(len(one.said) for one in people), sum(len(one.told) for one in people)
        return said, told, *(sum(figures) for figures in zip(*done, strict=True))

    def _all_over(self, tasks: Sequence[asyncio.Task[None]]) -> bool:
        """Whether all have said what they had to say, but for those who wait in vain."""
        aside = self._aside()
        in_vain = [self._waits_in_vain(person, aside) for person in self._crowd.people]
        return all(task.done() or vain for task, vain in zip(tasks, in_vain, strict=True))

    def _waits_in_vain(self, person: Person, aside: Mapping[str, int]) -> bool:
        name = f"{self._crowd.transport}:{person.name}"
        return any(said.id in aside for said in person.said) or any(
            _is_timer_of(name, id_) for id_ in aside
        )

    def _at_rest(self, tasks: Sequence[asyncio.Task[None]]) -> bool:
        self._over = self._clock.now()
        if not self._all_over(tasks):
            return False
        sessions = self._stored.sessions()
        if any((one.get("wake_at") or self._over) < self._over for one in sessions.values()):
            return False
        return not self._open_work(self._slots[0])

    def _open_work(self, slot: Slot, worker: str = "") -> str:
        return open_work(self._crowd, self._stored.sessions(), slot.number, slot.life, worker)

    def _judge(self) -> None:
        model, verdict = MODELS[self._plan.bot], self.season.verdict
        sessions = self._stored.sessions()
        paths, aside = [], self._aside()
        verdict.late = sum(person.late for person in self._crowd.people)
        for person in self._crowd.people:
            name = f"{self._crowd.transport}:{person.name}"
            silences = sum(_is_timer_of(name, id_) for id_ in aside)
            explanation = Explanation(
                model, person, self._deaths, self._over, aside, silences
            )  # fmt: skip
            found = judge(explanation, sessions.get(name, {}))
            for fault in found.faults:
                self._blame(Fault(fault.kind, f"{fault.words}\n{story(person)}"), person)
            if found.path is None:
                continue
            paths.append(found.path)
            verdict.events += len(person.said)
            verdict.messages += len(person.told)
            verdict.doubled += found.path.doubled
            verdict.silences += found.path.silences
            verdict.actions += found.path.results
            verdict.aside += found.path.aside
        records = self._stored.records(KEPT[self._plan.bot])
        log = (self._folder / "log").read_text(encoding="utf-8")
        if not verdict.faults:
            for fault in compare(paths, records, log):
                self._blame(fault)
        for id_, letter in self._stored.dead().items():
            if id_ not in aside:
                self._blame(Fault("event lost", f"set aside: {id_}, {letter.reason}"))
        for trouble in self._crowd.troubles:
            self._blame(Fault("other", trouble))

    def _aside(self) -> dict[str, int]:
        """When events were set aside since the process died while each was applied."""
        dead = self._stored.dead()
        return {id_: letter.at for id_, letter in dead.items() if letter.reason == DEADLY}

    def _blame(self, fault: Fault, person: Person | None = None) -> None:
        where = f"{self._plan.name}{f', {person.name}' if person else ''}"
        self.season.verdict.faults.append(Fault(fault.kind, f"{where}: {fault.words}"))

    def _log_end(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8")[-1_500:]


def _is_timer_of(name: str, letter: str) -> bool:
    """Whether a letter is a timer's; its id begins with that of the session."""
    return f"/{name}#" in letter and ":timer:" in letter


async def play(plan: Plan, stage: Stage, keep: Path | None = None) -> Season:
    """Run one season in a folder of its own, which is kept where a fault was found."""
    with tempfile.TemporaryDirectory(prefix="statechat-faults-") as name:
        folder = Path(name)
        zygotes, home = await stage.zygotes(plan), await stage.home(plan, folder)
        crowd = await stage.crowd(plan, LeapingClock(folder / "clock"))
        try:
            season = await Runner(plan, zygotes, home, crowd, folder).run()
            if keep is not None and season.verdict.faults:
                _keep(season, folder, keep)
        finally:
            home.remove()
        return season


def _keep(season: Season, folder: Path, keep: Path) -> None:
    kept = Path(tempfile.mkdtemp(prefix=f"{season.plan.bot}-{season.plan.seed}-", dir=keep))
    shutil.copytree(folder, kept, dirs_exist_ok=True)
    words = "\n\n".join(f"{fault.kind}: {fault.words}" for fault in season.verdict.faults)
    (kept / "faults").write_text(f"{words}\n", encoding="utf-8")

"""A season: one bot, one database, one crowd, and many lives that end by SIGKILL."""

import asyncio
import contextlib
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from bench.faults import faults
from bench.faults.clock import LeapingClock
from bench.faults.explanation import Explanation
from bench.faults.judge import compare, judge, story
from bench.faults.life import Will
from bench.faults.model.form import MINUTE, Model
from bench.faults.model.order import Order
from bench.faults.model.registration import Registration
from bench.faults.people import Person
from bench.faults.persons import OrderTalk, RegistrationTalk, Talk, Talker
from bench.faults.stored import Document, SqliteFile, Stored
from bench.faults.telegram import Crowd, Gate
from bench.faults.verdict import Fault, Verdict
from bench.faults.zygote import Zygote
from tests.servers.telegram import Pool

MODELS: Final[Mapping[str, Model]] = {"registration": Registration(), "order": Order()}
TALKS: Final[Mapping[str, Talk]] = {"registration": RegistrationTalk(), "order": OrderTalk()}
KEPT: Final[Mapping[str, str]] = {"registration": "members", "order": "receipts"}
"""Which collection the actions of a bot fill."""
DEADLY: Final = "event:deadly"
RANDOM: Final = "at random"
OPEN: Final = ("unmarked", "unsent", "in action", "uncommitted")
"""What a death may interrupt, in the order in which it hurts."""
POINTS: Final = (*faults.OURS, *faults.STORE, *faults.ACTION, *faults.TELEGRAM)
PATIENCE: Final = 0.8
"""Seconds that a life has to come by its point; then it is killed where it is."""
SETTLE: Final = 30.0
"""Seconds without anything new after which what has not come to its end never will."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a season is to be: after so many counted kills, or seconds, it comes to its end.

    Attributes:
        mutant: the mistake that is seeded, if any.
        settle: seconds of stillness after which it is given up that it comes to its end.
        points: where to kill, if not at all of them.
    """

    bot: str
    seed: int
    kills: int
    seconds: float
    persons: int = 24
    mutant: str = ""
    settle: float = SETTLE
    points: tuple[str, ...] = ()

    def within(self, kills: int, seconds: float) -> "Plan":
        """The same season with these bounds."""
        return replace(self, kills=kills, seconds=seconds)

    @property
    def name(self) -> str:
        return f"{self.bot} over Telegram on SQLite, seed {self.seed}"


@dataclass(slots=True)
class Season:
    """What a season was.

    Attributes:
        kills: those that count, by the point and by what was open.
        idle: kills while nothing was uncommitted, unsent or unmarked; they do not count.
    """

    plan: Plan
    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    idle: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    verdict: Verdict = field(default_factory=Verdict)
    seconds: float = 0.0


class Runner:
    """Runs one season."""

    def __init__(self, plan: Plan, zygote: Zygote, pool: Pool, folder: Path) -> None:
        self._plan = plan
        self._zygote = zygote
        self._random = random.Random(plan.seed)
        self._folder = folder
        self._clock = LeapingClock(folder / "clock")
        emulator, self._token = pool.bot()
        self._gate = Gate(emulator.base, clock=self._clock, chance=random.Random(plan.seed + 1))
        self._crowd = Crowd(emulator, self._token, self._gate, plan.persons)
        self._talkers = [
            Talker(person, TALKS[plan.bot], self._crowd.say, plan.seed * 1_000 + number)
            for number, person in enumerate(self._crowd.people)
        ]
        self._stored: Stored = SqliteFile(folder / f"{plan.bot}.sqlite3")
        self._deaths: list[int] = []
        self._over = 0
        """When everything had come to its end."""
        self.season = Season(plan)

    async def run(self) -> Season:
        began = time.monotonic()
        async with self._gate, self._crowd, asyncio.TaskGroup() as talking:
            tasks = [talking.create_task(talker.run()) for talker in self._talkers]
            while (
                self.season.kills.total() < self._plan.kills
                and time.monotonic() - began < self._plan.seconds
                and not self.season.verdict.faults
            ):
                await self._life()
            await self._settle(tasks)
            for task in tasks:
                task.cancel()
        self._judge()
        self.season.failures = self._gate.failures
        self.season.seconds = time.monotonic() - began
        return self.season

    def _will(self, **more: object) -> Will:
        variables = {
            "TELEGRAM_TOKEN": self._token,
            "TELEGRAM_API": self._gate.base,
            "STATECHAT_DATA": str(self._folder),
        }
        return Will(
            self._plan.bot, variables, str(self._folder / "clock"), str(self._folder / "log"),
            mutant=self._plan.mutant, seed=self._random.randrange(2**32), **more,  # type: ignore[arg-type]
        )  # fmt: skip

    async def _life(self) -> None:
        """One life, from its birth to its death."""
        chance = self._random
        at_random = chance.random() < 0.25
        point = RANDOM if at_random else chance.choice(self._plan.points or POINTS)
        rate = chance.choice((0.0, 0.0, 0.02))
        self._gate.rate = chance.choice((0.0, 0.05, 0.2))
        patience = chance.uniform(0.02, 0.8) if at_random else PATIENCE
        self._gate.life += 1
        child = await self._zygote.bear(
            self._will(
                point=point,
                count=1 + int(chance.expovariate(0.5)),
                rates=faults.Rates(rate, rate, rate, rate, rate),
            )
        )
        ending = asyncio.create_task(self._zygote.end())
        leap = chance.random() < 0.06
        if leap:
            await asyncio.sleep(chance.uniform(0, 0.3))
            self._clock.leap(self._leap())
        done, _ = await asyncio.wait({ending}, timeout=patience)
        if not done:
            point = RANDOM
            _signal(child, signal.SIGKILL)
        code = await ending
        self._deaths.append(self._clock.now())
        if code != -signal.SIGKILL:
            self._blame(Fault("other", f"it ended by itself, with {code}: {self._log_end()}"))
        self._count(point)

    def _leap(self) -> int:
        far = self._random.random() < 0.05
        return (
            self._random.randint(1_460, 1_600) * MINUTE
            if far
            else self._random.randint(9, 20) * MINUTE
        )

    def _count(self, point: str) -> None:
        open_ = open_work(self._crowd.people, self._stored.sessions(), self._gate)
        if open_:
            self.season.kills[point, open_] += 1
        else:
            self.season.idle += 1

    async def _settle(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Let everything come to its end, with nothing that fails any more."""
        self._gate.rate = 0.0
        for talker in self._talkers:
            talker.ending.set()
        self._gate.life += 1
        child = await self._zygote.bear(self._will())
        ending = asyncio.create_task(self._zygote.end())
        moved, progress = time.monotonic(), self._progress()
        while (
            not ending.done()
            and time.monotonic() - moved < self._plan.settle
            and not self._at_rest(tasks)
        ):
            await asyncio.sleep(0.1)
            if progress != (progress := self._progress()):
                moved = time.monotonic()
            if not self._all_over(tasks):
                self._clock.leap(2 * MINUTE)
        if not ending.done():
            _signal(child, signal.SIGTERM)
            await asyncio.wait({ending}, timeout=15)
        if not ending.done():
            _signal(child, signal.SIGKILL)
        code = await ending
        if code != 0:
            self._blame(Fault("other", f"the last life ended with {code}: {self._log_end()}"))

    def _progress(self) -> tuple[int, ...]:
        """What changes as long as anything happens."""
        people = self._crowd.people
        revs = sum(session["rev"] for session in self._stored.sessions().values())
        return sum(len(one.said) for one in people), sum(len(one.told) for one in people), revs

    def _all_over(self, tasks: Sequence[asyncio.Task[None]]) -> bool:
        """Whether all have said what they had to say, but for those who wait in vain."""
        aside = self._aside()
        in_vain = [self._waits_in_vain(person, aside) for person in self._crowd.people]
        return all(task.done() or vain for task, vain in zip(tasks, in_vain, strict=True))

    def _waits_in_vain(self, person: Person, aside: AbstractSet[str]) -> bool:
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
        return not open_work(self._crowd.people, sessions, self._gate)

    def _judge(self) -> None:
        model, verdict = MODELS[self._plan.bot], self.season.verdict
        sessions = self._stored.sessions()
        paths, aside = [], self._aside()
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
        for id_, reason in self._stored.dead().items():
            if id_ not in aside:
                self._blame(Fault("event lost", f"set aside: {id_}, {reason}"))

    def _aside(self) -> set[str]:
        """Events that were set aside since the process died three times while each was applied."""
        return {id_ for id_, reason in self._stored.dead().items() if reason == DEADLY}

    def _blame(self, fault: Fault, person: Person | None = None) -> None:
        where = f"{self._plan.name}{f', {person.name}' if person else ''}"
        self.season.verdict.faults.append(Fault(fault.kind, f"{where}: {fault.words}"))

    def _log_end(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8")[-1_500:]


def _signal(child: int, number: signal.Signals) -> None:
    # It may have died by its own hand in this moment.
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, number)


def open_work(people: Sequence[Person], sessions: Mapping[str, Document], gate: Gate) -> str:
    """What a death has interrupted that hurts most; empty if nothing that counts."""
    found = set()
    for person in people:
        session = sessions.get(f"telegram:{person.name}", {})
        seen = session.get("seen", {})
        for said in reversed(person.said):
            number = int(said.id.partition(":")[2] or 2**62)
            if number < gate.offset:
                break
            if said.id not in seen:
                found.add("uncommitted")
        for item in session.get("outbox", ()):
            found.add(_unfinished(item, person, gate.life))
    return next((kind for kind in OPEN if kind in found), "")


def _is_timer_of(name: str, letter: str) -> bool:
    """Whether a letter is a timer's; its id begins with that of the session."""
    return f"/{name}#" in letter and ":timer:" in letter


def _unfinished(item: Document, person: Person, life: int) -> str:
    if "invoke" in item:
        return "in action"
    last = person.told[-1] if person.told else None
    if last is not None and last.life == life and last.text == item["send"].get("text"):
        return "unmarked"
    return "unsent"


async def play(plan: Plan, zygote: Zygote, pool: Pool, keep: Path | None = None) -> Season:
    """Run one season in a folder of its own, which is kept where a fault was found."""
    with tempfile.TemporaryDirectory(prefix="statechat-faults-") as folder:
        season = await Runner(plan, zygote, pool, Path(folder)).run()
        if keep is not None and season.verdict.faults:
            _keep(season, Path(folder), keep)
        return season


def _keep(season: Season, folder: Path, keep: Path) -> None:
    kept = Path(tempfile.mkdtemp(prefix=f"{season.plan.bot}-{season.plan.seed}-", dir=keep))
    shutil.copytree(folder, kept, dirs_exist_ok=True)
    words = "\n\n".join(f"{fault.kind}: {fault.words}" for fault in season.verdict.faults)
    (kept / "faults").write_text(f"{words}\n", encoding="utf-8")

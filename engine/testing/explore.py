"""Finds conversations that use all of a bot that can be used, by having them.

A breadth-first search over real steps: from each point of a conversation everything is done that a
person, time or an action could do, with concrete words. Two points are the same where the same
states stand and what guards read has the same values. A few conversations are then chosen among
those that were found: greedily, the one first that uses most of what no other has used, and each is
led on as long as something unused is near. That is not the smallest number, but close to it, and
each of them has really been had.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from itertools import chain, product
from typing import Final

from engine.classes import dataclass
from engine.core.access import OF_USER
from engine.core.effects import Invoke, Message
from engine.core.events import Failure
from engine.core.nodes import StateNode
from engine.core.program import Program
from engine.core.session import Frame
from engine.core.values import Value
from engine.errors import StatechatError
from engine.testing.constants import Constants, constants
from engine.testing.conversation import Conversation, Ending
from engine.testing.corpus import NO_CORPUS, Corpus
from engine.testing.inputs import TRANSPORT
from engine.testing.openings import Move, openings, play
from engine.testing.probes import Item, probed
from engine.testing.rights import Rights, entitled, staffed
from engine.testing.samples import values
from engine.testing.script import HTTP, START, Attempt, Seed
from engine.testing.world import World

POINTS_MAX: Final = 4_000
"""Most points of conversations that are looked at."""
NEAR: Final = 150
"""Most points that are looked at to lead one conversation on."""
PLANS_MAX: Final = 40
"""Most ways in which the actions of one step may end."""
LENGTH_MAX: Final = 60
"""Most moves of one conversation."""
CODES_MAX: Final = 8
GOALS: Final = ("states", "transitions", "choices", "guards")
PERSONS: Final = ("1", "p2", "p3", "p4", "p5", "p6", "p7", "p8")
"""Where ways are drawn by chance, several persons are tried."""


class _Unplanned(Exception):  # noqa: N818 - a question, not an error
    """An action runs of which it is not decided how it ends."""

    def __init__(self, invoke: Invoke) -> None:
        super().__init__(invoke.action)
        self.invoke = invoke


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action ended with; `real` where it was carried out, as only those on records are."""

    action: str
    attempt: Attempt
    real: bool = False


class _Planned(World):
    """A world in which actions end as planned."""

    def __init__(self, program: Program, now: int, plan: Sequence[Attempt | None]) -> None:
        super().__init__(program, now, {})
        self.ended: list[Outcome] = []
        self._plan = list(plan)

    def attempt(self, invoke: Invoke, owner: str, lang: str) -> Attempt:
        if not self._plan:
            raise _Unplanned(invoke)
        planned = self._plan.pop(0)
        real = planned is None
        result = super().attempt(invoke, owner, lang) if planned is None else planned
        self.ended.append(Outcome(invoke.action, result, real))
        return result


@dataclass(slots=True, eq=False)
class Point:
    """A point of a conversation, and the move that led there from the one before.

    Attributes:
        used: what the conversation has used so far.
        records: what was there when it began.
        quoted: what people reply to in the tests, and the bot has said by now.
    """

    conversation: Conversation
    before: "Point | None" = None
    move: Move | None = None
    said: tuple[Message, ...] = ()
    endings: tuple[Ending, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    used: frozenset[Item] = frozenset()
    length: int = 0
    rights: Rights = field(default_factory=Rights)
    records: tuple[Seed, ...] = ()
    quoted: frozenset[str] = frozenset()

    def way(self) -> "list[Point]":
        """The points from the beginning, without it."""
        found: list[Point] = []
        point = self
        while point.before is not None:
            found.append(point)
            point = point.before
        return found[::-1]

    @property
    def over(self) -> bool:
        """Whether no flow runs any more."""
        return not self.conversation.chat.stack


@dataclass(slots=True)
class Exploration:
    """What was found.

    Attributes:
        conversations: the last point of each that was chosen.
        used: what they use together.
        items: everything that there is.
        complete: whether everything was tried that differs in what guards read.
        tried: how many points were looked at.
    """

    conversations: list[Point] = field(default_factory=list)
    used: frozenset[Item] = frozenset()
    items: frozenset[Item] = frozenset()
    complete: bool = True
    tried: int = 0

    def goals(self) -> frozenset[Item]:
        return frozenset(item for item in self.items if item.kind in GOALS)

    def missing(self) -> frozenset[Item]:
        return self.goals() - self.used


def explore(
    program: Program,
    flow: str | None = None,
    points: int = POINTS_MAX,
    corpus: Corpus = NO_CORPUS,
) -> Exploration:
    """Explore a bot; with a flow, only what that flow has is looked for.

    `points` is how many points of conversations are looked at before the search gives up; `corpus`
    is what is tried beside what the search makes up by itself.
    """
    return _Explorer(program, flow, points, corpus).explore()


class _Explorer:
    def __init__(self, program: Program, flow: str | None, points: int, corpus: Corpus) -> None:
        self._points = points
        self._corpus = corpus
        self._hits: set[Item] = set()
        self._program, self._items = probed(staffed(program), self._hits.add)
        self._flow = flow
        self._constants: Constants = constants(program)
        self._codes = _codes(self._constants)
        self._quotes = corpus.quotes
        self._tried = 0

    def explore(self) -> Exploration:
        goals = {
            item for item in self._items if item.kind in GOALS and self._flow in (None, item.flow)
        }
        points, complete = self._search(goals)
        reachable = frozenset().union(*(point.used for point in points)) & goals
        chosen = _without_superfluous(self._choose(points, set(reachable)), reachable)
        used = frozenset().union(*(point.used for point in chosen))
        return Exploration(chosen, used, self._of_flow(), complete, self._tried)

    def _of_flow(self) -> frozenset[Item]:
        return frozenset(item for item in self._items if self._flow in (None, item.flow))

    def _beginnings(self) -> list[Point]:
        now = self._corpus.now or round(START.timestamp() * 1000)
        found = []
        persons = PERSONS if self._constants.drawn else PERSONS[:1]
        for records, rights, person in product(
            ((), *self._corpus.records), self._rights(), persons
        ):
            name = f"{TRANSPORT}:{person}"
            chat = Conversation(entitled(self._program, rights, name), now=now, person=name)
            for seed in records:
                chat.keep(seed.collection, seed.values)
            found.append(Point(chat, rights=rights, records=records))
        return found

    def _rights(self) -> list[Rights]:
        """Somebody without any, and where a guard asks for some, somebody with all."""
        if not self._constants.read & {f"user.{name}" for name in OF_USER}:
            return [Rights()]
        return [Rights(), Rights(admin=True, roles=tuple(sorted(self._program.access.roles)))]

    def _search(self, goals: set[Item]) -> tuple[list[Point], bool]:
        """Every point once, the nearest first; until all goals are met, or nothing is left."""
        points = self._beginnings()
        rest = deque(points)
        known = {self._key(point) for point in points}
        left, seen = set(goals), set[Item]()
        while rest and left:
            for point in self._next(rest.popleft()):
                key = self._key(point)
                if key not in known and point.length < LENGTH_MAX:
                    known.add(key)
                    rest.append(point)
                    points.append(point)
                elif not point.used <= seen:
                    points.append(point)
                seen |= point.used
                left -= point.used
                if len(points) >= self._points:
                    return points, False
        return points, True

    def _choose(self, points: Sequence[Point], left: set[Item]) -> Iterator[Point]:
        while left:
            best = max(points, key=lambda point: (len(point.used & left), -point.length))
            best = self._led_on(best, left - best.used)
            left -= best.used
            yield best

    def _led_on(self, point: Point, left: set[Item]) -> Point:
        """The conversation led on to what is left and near, as long as its flow runs."""
        while left and not point.over:
            further = self._nearest(point, left)
            if further is None:
                return point
            point = further
            left = left - point.used
        return point

    def _nearest(self, start: Point, left: set[Item]) -> Point | None:
        rest = deque([start])
        known = {self._key(start)}
        while rest and len(known) < NEAR:
            for point in self._next(rest.popleft()):
                if point.used & left:
                    return point
                key = self._key(point)
                if key not in known and not point.over and point.length < LENGTH_MAX:
                    known.add(key)
                    rest.append(point)
        return None

    def _next(self, point: Point) -> Iterator[Point]:
        moves = openings(point.conversation, self._constants)
        if point.over:
            moves = chain(moves, self._corpus.inputs)
        for move in dict.fromkeys(map(_frozen, moves)):
            yield from self._after(point, move.move)

    def _after(self, point: Point, move: Move) -> Iterator[Point]:
        """Where a move leads, once for each way in which the actions that it begins may end."""
        plans: deque[tuple[Attempt | None, ...]] = deque([()])
        for _ in range(PLANS_MAX):
            if not plans:
                return
            plan = plans.popleft()
            world = _Planned(self._program, point.conversation.now, plan)
            twin = point.conversation.fork(world)
            twin.said.clear()
            self._hits.clear()
            self._tried += 1
            try:
                play(twin, move)
            except _Unplanned as unplanned:
                plans += [(*plan, end) for end in self._ends(twin, unplanned.invoke)]
                continue
            except StatechatError:  # nobody can do that here
                return
            yield Point(
                twin, point, move, tuple(twin.said), tuple(twin.endings), tuple(world.ended),
                point.used | self._hits, point.length + 1, point.rights, point.records,
                point.quoted | self._quoted(twin.said),
            )  # fmt: skip

    def _quoted(self, said: Iterable[Message]) -> frozenset[str]:
        texts = [message.text for message in said]
        return frozenset(one for one in self._quotes if any(one in text for text in texts))

    def _ends(self, conversation: Conversation, invoke: Invoke) -> Iterator[Attempt | None]:
        """How an action may end: each value that guards tell apart, then each failure."""
        node = _waiting(conversation, invoke)
        question = node.question if node else None
        if question is not None:
            yield from (Attempt(True), Attempt(False))  # noqa: FBT003 - what a check returns
            return
        if conversation.records.handles(invoke.action):
            yield None
        elif invoke.action == HTTP:
            yield Attempt({"status": 200, "headers": {}, "json": {}, "text": None})
        else:
            slot = node.work.into if node and node.work else None
            variable = slot.variable if slot else None
            told = self._corpus.results.get(invoke.action, ())
            found: list[Value] = [None]
            if variable is not None:
                found = values(variable, self._constants, told) or [None]
            yield from map(Attempt, found)
        yield from (Attempt(None, Failure(code)) for code in self._codes)
        yield Attempt(None, Failure("timeout", "", transient=True))

    def _key(self, point: Point) -> tuple[object, ...]:
        conversation = point.conversation
        session, chat = conversation.session, conversation.chat
        frames = tuple(self._standing(frame) for frame in chat.stack)
        timers = tuple(sorted((timer.run, timer.key) for timer in session.timers))
        user = tuple(
            repr(session.user.get(name.removeprefix("user.")))
            for name in sorted(self._constants.read)
            if name.startswith("user.")
        )
        return (
            session.id, point.rights, frames, timers, user, bool(chat.back), len(chat.held),
            session.lang, session.tz, point.quoted, conversation.records.outline(),
        )  # fmt: skip

    def _standing(self, frame: Frame) -> tuple[object, ...]:
        """What of a run decides where it can go."""
        states = self._program.flows[frame.flow].states
        leaves = []
        for leaf in frame.leaves:
            question = states[leaf.state].question
            most = question.retry.max if question and question.retry else None
            waits = leaf.pending.attempt if leaf.pending else 0
            leaves.append((leaf.state, min(leaf.tries, most or 1), waits, leaf.marked, leaf.page))
        read = [name for name in sorted(self._constants.read) if name in frame.data]
        data = tuple((name, repr(frame.data[name])) for name in read)
        return frame.flow, frame.link, tuple(leaves), data, frame.late, repr(frame.history)


@dataclass(frozen=True, slots=True)
class _Frozen:
    """A move by what it says: media are mappings, which have no hash."""

    words: str
    move: Move = field(compare=False)


def _frozen(move: Move) -> _Frozen:
    return _Frozen(repr(move), move)


def _waiting(conversation: Conversation, invoke: Invoke) -> StateNode | None:
    """The state that waits for an action."""
    for frame in conversation.session.chats[invoke.chat].stack:
        for leaf in frame.leaves:
            if leaf.pending is not None and leaf.pending.id == invoke.id:
                return conversation.program.flows[frame.flow].states[leaf.state]
    return None


def _codes(found: Constants) -> list[str]:
    codes = [code for code in dict.fromkeys(found.codes) if code != "timeout"]
    return [*codes[:CODES_MAX], "failed"]


def _without_superfluous(chosen: Iterable[Point], goals: frozenset[Item]) -> list[Point]:
    """Leave out what the others use together, the shortest ones first."""
    kept = list(chosen)
    counts = Counter(item for point in kept for item in point.used & goals)
    for point in sorted(kept, key=lambda one: one.length):
        if all(counts[item] > 1 for item in point.used & goals):
            kept.remove(point)
            counts.subtract(point.used & goals)
    return kept

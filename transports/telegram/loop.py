"""The polling loop: updates in, offsets back once they are committed.

`getUpdates(offset=n)` confirms everything below n and gives what is left from n on, up to 100
(https://core.telegram.org/bots/api#getupdates). So the offset stays at the first update whose
commit is open, and what follows it in that window is asked for again with it: it is told apart
by its number, and polls are short and paced while anything is open.
"""

import asyncio
import contextlib
import logging
from collections import deque
from dataclasses import replace
from typing import Final, Protocol

from engine.core.events import Event
from engine.core.values import Value
from engine.errors import StatechatError
from engine.runtime.ports import Host
from transports.telegram.admins import Admins
from transports.telegram.callback import LongChoices
from transports.telegram.failure import ApiError
from transports.telegram.groups import PREFIX, whole
from transports.telegram.inbound import NotYoursError, Reader, UnreadableError
from transports.telegram.rooms import Rooms, migration
from transports.telegram.updates import KINDS, callback_id, digest, sent_at, storable

LIMIT: Final = 100
"""Most updates that Telegram gives at once, and so the most that can be open."""
POLL_SECONDS: Final = 30
PAUSE_MIN: Final = 0.02
PAUSE_MAX: Final = 0.5
"""Seconds between polls while commits are open and nothing new comes."""
RETRY_MIN: Final = 250
RETRY_MAX: Final = 30_000
"""Milliseconds between attempts during an outage; each doubles the last."""
CLOSE_SECONDS: Final = 3
ANSWERS_MAX: Final = 200
"""Most answers to button presses under way at once; beyond it a button spins a little longer."""

log = logging.getLogger(__name__)


class Source(Protocol):
    """What the loop needs of `Api`."""

    async def updates(
        self, offset: int | None, limit: int, seconds: int, kinds: list[str]
    ) -> object: ...

    async def answer(self, callback_query_id: str, text: str | None = None) -> None: ...


class Loop:
    """Feeds one bot's updates to its host, in order.

    Attributes:
        confirmed: the offset that Telegram has taken: nothing below it comes again.
        trouble: why no updates come, during an outage.
    """

    def __init__(
        self,
        host: Host,
        source: Source,
        reader: Reader,
        choices: LongChoices,
        rooms: Rooms,
        admins: Admins,
        caught_up: asyncio.Event,
    ) -> None:
        self._host = host
        self._source = source
        self._reader = reader
        self._choices = choices
        self._rooms = rooms
        self._admins = admins
        self._caught_up = caught_up
        self._open: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._numbers: set[int] = set()
        self._offset: int | None = None
        self._floor = 0
        self._answers: set[asyncio.Task[None]] = set()
        self._answers_wait = 0
        """Until when Telegram wants no answers to presses (ms)."""
        self._closed = False
        self.confirmed = 0
        self.trouble: str | None = None

    async def run(self) -> None:
        """Poll until cancelled, or until the host stops before it has committed everything."""
        failures, pause, live = 0, PAUSE_MIN, False
        while True:
            try:
                self._advance()
                if self._open:
                    await self._committed(pause)
                    self._advance()
                found = await self._poll(short=bool(self._open) or not live)
                fresh = await self._take(found, dated_now=live)
            except (ApiError, StatechatError) as error:
                live = False
                await self._outage(error, failures)
                failures += 1
                continue
            except _StoppedError:
                log.debug("telegram: the engine stopped; what is not committed comes again")
                return
            if failures:
                log.info("telegram: updates come again")
            failures, self.trouble = 0, None
            pause = PAUSE_MIN if fresh else min(pause * 2, PAUSE_MAX)
            if not fresh and found and not self._open:
                # Only what cannot be told apart: Telegram gives it again at once, forever.
                await self._host.clock.sleep(int(pause * 1000))
            live = len(found) < LIMIT
            if live:
                self._caught_up.set()

    async def close(self) -> None:
        """Tell Telegram what is committed, if it can be reached, and drop unsent answers."""
        with contextlib.suppress(ApiError, TimeoutError, _StoppedError):
            self._advance()
            if self._offset is not None and self._offset > self.confirmed:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._source.updates(self._offset, 1, 0, list(KINDS))
                self.confirmed = self._offset
        self._closed = True
        for task in self._answers:
            task.cancel()
        await asyncio.gather(*self._answers, return_exceptions=True)

    async def _poll(self, *, short: bool) -> list[object]:
        offset = self._offset
        found = await self._source.updates(offset, LIMIT, 0 if short else POLL_SECONDS, list(KINDS))
        if not isinstance(found, list):
            raise ApiError("server", "the updates are not a list")
        if offset is not None:
            self.confirmed = offset
        return found

    async def _take(self, found: list[object], *, dated_now: bool) -> int:
        """Hand over what is new, in order; how many those were."""
        fresh = 0
        for update in found:
            try:
                number = whole(update["update_id"])  # type: ignore[index]  # judged by the except
            except (TypeError, KeyError, ValueError, IndexError):
                kept = storable(update)
                await self._host.set_aside(f"{PREFIX}:?{digest(kept)}", "no update_id", kept)
                continue
            if number in self._numbers:
                continue
            assert isinstance(update, dict)
            committed = await self._hand_over(number, update, dated_now=dated_now)
            self._numbers.add(number)
            self._open.append((number, committed))
            fresh += 1
        return fresh

    async def _hand_over(
        self, number: int, update: dict[str, object], *, dated_now: bool
    ) -> asyncio.Future[None]:
        clock = self._host.clock.now()
        self._floor = min(max(self._floor, sent_at(update)), clock)
        # A press has no date. After an outage it may be hours old: the earliest moment that it
        # can have happened keeps our own downtime from expiring a question answered in time.
        now = clock if dated_now else self._floor
        query, notice = callback_id(update), None
        moved = migration(update)
        if moved is not None:
            await self._rooms.moved(*moved)
        try:
            event = None if moved is not None else self._reader.read(update, now)
        except NotYoursError as error:
            notice, event = self._host.wording("not_yours", error.lang), None
        except UnreadableError as error:
            log.warning("telegram: update %d is set aside: %s", number, error)
            await self._host.set_aside(f"{PREFIX}:{number}", str(error), storable(update))
            event = None
        if event is None:
            log.debug("telegram: update %d is passed over", number)
            committed = asyncio.get_running_loop().create_future()
            committed.set_result(None)
        else:
            if event.press is not None:
                event = replace(event, press=await self._choices.resolve(event.press))
            if event.by is not None and self._host.chat_admins:
                event = replace(event, admin=await self._is_admin(event, event.by))
            committed = await self._host.accept(event)
        if query is not None:
            committed.add_done_callback(lambda done: self._answer(query, notice, done))
        return committed

    async def _is_admin(self, event: Event, by: str) -> bool:
        chat, person = event.chat.partition("/")[0], by.rpartition(":")[2]
        return await self._admins.has(int(chat), int(person))

    async def read_again(self, update: Value, at: int) -> Event | None:
        """The event of an update that was set aside at `at` (ms); none if it stays unreadable."""
        try:
            event = self._reader.read(update, at)  # type: ignore[arg-type]  # judged by the reader
        except (UnreadableError, NotYoursError) as error:
            log.debug("telegram: an update that was set aside: %s", error)
            return None
        if event is None or event.press is None:
            return event
        return replace(event, press=await self._choices.resolve(event.press))

    def _advance(self) -> None:
        """Move the offset past what is committed without a gap."""
        while self._open and self._open[0][1].done():
            number, committed = self._open[0]
            if committed.cancelled() or committed.exception() is not None:
                raise _StoppedError
            self._open.popleft()
            self._numbers.discard(number)
            # Set, not raised: after a week of silence Telegram begins anew at any number.
            self._offset = number + 1

    async def _committed(self, pause: float) -> None:
        """Wait for every open commit, but for a full window only for its first, else a pause."""
        if len(self._open) >= LIMIT:
            await asyncio.wait([self._open[0][1]])
        else:
            await asyncio.wait([future for _, future in self._open], timeout=pause)

    def _answer(self, query: str, notice: str | None, committed: asyncio.Future[None]) -> None:
        if committed.cancelled() or committed.exception():
            return
        if self._closed or len(self._answers) >= ANSWERS_MAX:
            return
        task = asyncio.ensure_future(self._stop_spinning(query, notice))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _stop_spinning(self, query: str, notice: str | None) -> None:
        clock = self._host.clock
        while (wait := self._answers_wait - clock.now()) > 0:
            await clock.sleep(wait)
        try:
            await self._source.answer(query, notice)
        except ApiError as error:
            if error.milliseconds is not None:
                self._answers_wait = max(self._answers_wait, clock.now() + error.milliseconds)
            log.debug("telegram: a button press was not answered: %s", error)

    async def _outage(self, error: ApiError | StatechatError, failures: int) -> None:
        wait = min(RETRY_MIN << min(failures, 16), RETRY_MAX)
        if isinstance(error, ApiError) and error.milliseconds is not None:
            wait = max(wait, error.milliseconds)
        hint = ""
        if isinstance(error, ApiError) and error.kind == "conflict":
            hint = "; another process reads this bot's updates, or set a webhook"
        reason = error.code if isinstance(error, StatechatError) else error
        self.trouble = f"no updates: {reason}"
        level = logging.WARNING if failures == 0 else logging.DEBUG
        log.log(level, "telegram: no updates: %s%s; again in %d ms", error, hint, wait)
        await self._host.clock.sleep(wait)


class _StoppedError(Exception):
    """The host will commit nothing more."""

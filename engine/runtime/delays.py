"""Telling people that their answer has to wait, while the store is away.

It is the only message that is sent without a commit, since there is nothing to commit to: nobody
notes that it was sent, and where the process dies in an outage, the next one may send it again.
The event itself waits where it came from, and is applied when the store is back.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from engine.classes import dataclass
from engine.core.effects import Message
from engine.core.events import Event
from engine.runtime.owners import transport_of
from engine.runtime.ports import Delivery, PostponedError, RefusedError, Transport
from engine.runtime.privacy import logger
from engine.runtime.worker import Worker
from engine.stores.protocol import Record

NOTICEABLE: Final = 2_000
"""How long an event waits before its person is told, in milliseconds."""
LOOK: Final = 500
"""How often it is looked who waits, in milliseconds."""
QUIET: Final = 300_000
"""How long nobody is told again in a chat, also in another outage (ms)."""
LATER: Final = 5_000
"""When a transport is asked again that cannot send now and does not say when it can (ms)."""
CHATS_MAX: Final = 10_000
"""Of how many chats it is remembered that they were told; beyond it nobody else is."""

LANGUAGES_MAX: Final = 10_000
"""Of how many sessions the language is remembered."""

LateText = Callable[[Event, str | None], str]
"""`engine.core.notices.late_text` with its program bound."""
Place = tuple[str, str]
"""A transport and a chat of it."""

log = logger("statechat.delays")


def silent(_event: Event, _lang: str | None) -> str:
    """The text of a bot that says nothing."""
    return ""


@dataclass(frozen=True, slots=True)
class _Told:
    """When a chat was told (ms), and in the outage of which number."""

    outage: int
    at: int


class Delays:
    """Knows which events wait to be safe. A chat is told once in an outage."""

    def __init__(
        self, worker: Worker, transports: Mapping[str, Transport], words: LateText
    ) -> None:
        self._worker = worker
        self._transports = transports
        self._words = words
        self._waiting: dict[str, tuple[Event, int]] = {}
        self._told: dict[Place, _Told] = {}
        self._not_before: dict[Place, int] = {}
        self._languages: dict[str, str] = {}

    def expect(self, event: Event, safe: "asyncio.Future[None]") -> None:
        """Note that an event waits until `safe` is done."""
        self._waiting[event.id] = (event, self._worker.clock.now())
        safe.add_done_callback(lambda _: self._waiting.pop(event.id, None))

    def notice(self, record: Record) -> None:
        """Remember what somebody reads: their session cannot be had when it is needed."""
        owner, lang = record.session.id, record.session.lang
        if lang is None or self._languages.get(owner) == lang:
            return
        self._languages[owner] = lang
        if len(self._languages) > LANGUAGES_MAX:
            del self._languages[next(iter(self._languages))]

    async def run(self) -> None:
        """Tell who has to wait, until cancelled."""
        while True:
            await self._worker.outage.away.wait()
            await self._look()
            await self._worker.clock.sleep(LOOK)

    async def _look(self) -> None:
        """Tell one after another: an outage is no time to be in a hurry."""
        for event, since in list(self._waiting.values()):
            outage, now = self._worker.outage, self._worker.clock.now()
            if not outage.away.is_set():
                return
            place = (transport_of(event.owner), event.chat.partition("/")[0])
            waited = now - since >= NOTICEABLE and event.id in self._waiting
            if waited and self._may_tell(place, outage.number, now):
                await self._tell(event, place)

    def _may_tell(self, place: Place, outage: int, now: int) -> bool:
        told = self._told.get(place)
        if told is not None:
            if told.outage == outage or now - told.at < QUIET:
                return False
        elif len(self._told) >= CHATS_MAX:
            self._told = {
                place: told
                for place, told in self._told.items()
                if told.outage == outage or now - told.at < QUIET
            }
            if len(self._told) >= CHATS_MAX:
                return False
        return now >= self._not_before.get(place, 0)

    async def _tell(self, event: Event, place: Place) -> None:
        worker, lang = self._worker, self._languages.get(event.owner)
        text = self._words(event, lang)
        transport = self._transports.get(place[0])
        if not text or transport is None:
            return
        lang = lang or event.lang or worker.language
        # Dated by the event, so that where messages are made anew alike, two of them are one.
        at = event.at + NOTICEABLE
        id_ = f"{event.owner}#late:{event.id}"
        delivery = Delivery(id_, event.owner, event.chat, Message(text), at, lang, event.via)
        try:
            await transport.send(delivery)
        except PostponedError as error:
            pause = LATER if error.milliseconds is None else error.milliseconds
            self._not_before[place] = worker.clock.now() + pause
            return
        except RefusedError as error:
            log.info("that the answer is late cannot be said: %s", error)
        except Exception:  # a fault of the transport must not end the others' turn
            log.exception("that the answer is late could not be said")
        else:
            log.info("%s is told that the answer is late", worker.names.of(event.owner))
        self._not_before.pop(place, None)
        self._told[place] = _Told(worker.outage.number, worker.clock.now())

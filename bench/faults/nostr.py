"""People on Nostr: keys that write gift-wrapped messages, by a client that no one here wrote.

They talk with the relay itself; the bot reaches it by gates, which fail (`bench.faults.gates`).
"""

import asyncio
import json
import random
import re
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final, Self

import nostr_sdk as sdk  # type: ignore[import-untyped]  # it has no types
from websockets.asyncio.client import ClientConnection, connect

from bench.faults import faults
from bench.faults.clock import LeapingClock
from bench.faults.gates import PRIVATE, Gate, Traffic
from bench.faults.people import Person, Said, Told
from bench.faults.stored import Document

RELAYS: Final = 2
"""Ways to the relay that a worker has: the bot takes them for as many relays."""
BACKDATED: Final = 2 * 24 * 3600
"""How far back people's wraps are dated at most, in seconds (NIP-59)."""
FAR: Final = 5 * 60_000
"""A leap (ms) in which nothing may be on its way: no message takes so long."""
NOTICED: Final = 0.15
"""Seconds in which a bot has noticed that its connections are gone."""
_CHOICE: Final = re.compile(r"(\d+)\. (.+)")
_WORDS: Final = re.compile(r"(\[[^\]]+\] ?)+")


class NostrCrowd:
    """People on one relay."""

    transport = "nostr"
    points: tuple[str, ...] = faults.NOSTR

    def __init__(self, relay: str, clock: LeapingClock, size: int, workers: int, seed: int) -> None:
        self._relay = relay
        self._clock = clock
        self._random = random.Random(seed)
        self._bot = sdk.Keys.generate()
        self._secret = str(self._bot.secret_key().to_hex())
        self._keys = {_public(keys): keys for keys in (sdk.Keys.generate() for _ in range(size))}
        self.people = [
            Person(public, str(1_000 + number)) for number, public in enumerate(self._keys)
        ]
        self._people = {person.name: person for person in self.people}
        self._dates: dict[str, int] = {}
        self._rumors: dict[str, str] = {}
        self._last: dict[str, int] = {}
        self._troubles: list[str] = []
        self._traffic = Traffic()
        self._gates = [
            [
                Gate(relay, place, self._traffic, random.Random(seed + 10 * slot + place))
                for place in range(RELAYS)
            ]
            for slot in range(workers)
        ]
        self._open = AsyncExitStack()
        self._socket: ClientConnection | None = None
        self._taken: dict[str, asyncio.Future[None]] = {}

    async def __aenter__(self) -> Self:
        for gates in self._gates:
            for gate in gates:
                await self._open.enter_async_context(gate)
        self._socket = await self._open.enter_async_context(connect(self._relay, max_size=None))
        wanted = {"kinds": list(PRIVATE), "#p": list(self._people)}
        await self._socket.send(json.dumps(["REQ", "crowd", wanted]))
        listening = asyncio.create_task(self._listen(self._socket))
        self._open.callback(listening.cancel)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    @property
    def failures(self) -> Counter[str]:
        return self._traffic.failures

    @property
    def troubles(self) -> Sequence[str]:
        return [*self._troubles, *self._traffic.troubles]

    def variables(self, slot: int) -> Mapping[str, str]:
        urls = ",".join(gate.url for gate in self._gates[slot])
        return {"NOSTR_KEY": self._secret, "NOSTR_RELAYS": urls}

    def born(self, slot: int, life: int, rate: float) -> None:
        for gate in self._gates[slot]:
            gate.life, gate.rate = life, rate

    def died(self, slot: int) -> None:
        """Nothing: a relay sees its connections close."""

    async def before_leap(self, milliseconds: int) -> None:
        """Cut what is on its way: a relay that holds it back for hours would lose it."""
        if milliseconds >= FAR:
            for gates in self._gates:
                for gate in gates:
                    gate.cut()
            await asyncio.sleep(NOTICED)

    def awaits(self, slot: int, said: Said) -> bool:
        """Every worker gets everything."""
        del slot, said
        return True

    def has(self, person: Person, item: Document, life: int) -> bool:
        last = person.told[-1] if person.told else None
        published = self._last.get(person.name) == life
        return last is not None and published and last.text == item["send"].get("text")

    async def say(self, person: Person, text: str) -> None:
        """Write to the bot: the number of a choice where the person sees one, or its words."""
        at = await self._moment(person)
        last = person.told[-1] if person.told else None
        choices = last.buttons if last is not None else {}
        typed = self._random.choice((text, choices[text])) if text in choices else text
        keys = self._keys[person.name]
        rumor = _builder(14, typed, at, self._bot).finalize_unsigned(keys.public_key()).ensure_id()
        person.said.append(Said("", text, pressed=False, at=at * 1_000))
        place = len(person.said) - 1
        seal = sdk.nip59_make_seal(keys, self._bot.public_key(), rumor)
        ephemeral = sdk.Keys.generate()
        sealed = ephemeral.nip44_encrypt(self._bot.public_key(), seal.as_json())
        dated = at - self._random.randrange(BACKDATED)
        wrap = _builder(1059, sealed, dated, self._bot).finalize(ephemeral)
        self._traffic.authors[wrap.id().to_hex()] = person.name
        await self._publish(json.loads(wrap.as_json()))
        id_ = f"nostr:{rumor.id().to_hex()}"
        person.said[place] = Said(id_, text, pressed=False, at=at * 1_000)

    async def _moment(self, person: Person) -> int:
        """The present second, when it is later than that of what was written before.

        Messages are sorted by it, and by nothing else.
        """
        now = self._clock.now() // 1_000
        while now <= self._dates.get(person.name, 0):
            await asyncio.sleep(0.1)
            now = self._clock.now() // 1_000
        self._dates[person.name] = now
        return now

    async def _publish(self, event: Mapping[str, Any]) -> None:
        assert self._socket is not None
        taken = self._taken[event["id"]] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps(["EVENT", event]))
        await taken

    async def _listen(self, socket: ClientConnection) -> None:
        async for text in socket:
            match json.loads(text):
                case ["EVENT", _, event]:
                    self._receive(event)
                case ["OK", id_, True, *_]:
                    self._taken.pop(id_).set_result(None)
                case ["OK", id_, False, reason]:
                    self._taken.pop(id_).set_exception(RuntimeError(reason))
                case ["CLOSED", _, reason]:
                    raise RuntimeError(reason)

    def _receive(self, event: Mapping[str, Any]) -> None:
        """Show a message to its person, as a client does that has not seen this event."""
        name = next(tag[1] for tag in event["tags"] if tag[0] == "p")
        person = self._people[name]
        gift = sdk.UnwrappedGift.from_gift_wrap(
            self._keys[name], sdk.Event.from_json(json.dumps(event))
        )
        if _hex(gift.sender()) != _public(self._bot):
            self._troubles.append("a message of somebody else")
        rumor = gift.rumor().ensure_id()
        if self._rumors.setdefault(rumor.id().to_hex(), event["id"]) != event["id"]:
            self._troubles.append(f"two events hold one message: {rumor.content()!r}")
        text, buttons = menu(rumor.content())
        self._last[name] = self._traffic.lives.get(event["id"], 0)
        # The same life always, and answered: nothing may come again here.
        person.hear(Told(text, buttons, len(person.told), 0, self._clock.now(), answered=True))


def menu(text: str) -> tuple[str, dict[str, str]]:
    """The text without the lines of its menu, and what is typed for each label."""
    lines = text.split("\n")
    choices: dict[str, str] = {}
    while lines:
        if found := _CHOICE.fullmatch(lines[-1]):
            choices[found[2]] = found[1]
        elif not _WORDS.fullmatch(lines[-1]):
            break
        lines.pop()
    return "\n".join(lines), choices


def _builder(kind: int, content: str, at: int, peer: Any) -> Any:  # noqa: ANN401 - untyped
    moment, to = sdk.Timestamp.from_secs(at), sdk.Tag.public_key(peer.public_key())
    # The same words twice in a second would else be one message.
    nonce = sdk.Tag.parse(["nonce", secrets.token_hex(8)])
    builder = sdk.EventBuilder(sdk.Kind(kind), content).custom_created_at(moment)
    return builder.tags([to, nonce] if kind == 14 else [to])


def _public(keys: Any) -> str:  # noqa: ANN401 - untyped
    return _hex(keys.public_key())


def _hex(key: Any) -> str:  # noqa: ANN401 - untyped
    return str(key.to_hex())

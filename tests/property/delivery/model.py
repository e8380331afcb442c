"""What should have happened, known without looking into the engine, and the judge of what has."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.core.effects import Send
from engine.core.events import Event
from engine.stores.items import decode_item
from engine.stores.protocol import Dead, Record
from tests.property.delivery.script import notes, texts
from tests.property.delivery.world import World

DEADLY = "event:deadly"
DEATHS = 2
"""Kills while an event was under way alone, which is what it takes to set it aside."""


@dataclass
class Model:
    """Everything that persons said, and what they and an operator may see of it."""

    world: World
    said: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    touched: Counter[str] = field(default_factory=Counter)
    """Changes of a person's record by somebody else, which nobody may undo."""
    kills: int = 0
    overtaken: set[str] = field(default_factory=set)
    """Whose worker died, beside others, with something of theirs in its inbox: the documented gap.

    What they write next to another worker may be applied before that is taken over.
    """

    def judge(self, records: Mapping[str, Record], letters: Sequence[Dead]) -> None:
        """What holds at every moment."""
        assert self.world.complaints == [], self.world.complaints[0]
        aside = Aside(letters)
        self._letters(aside)
        for owner, events in self.said.items():
            record = records.get(owner)
            log = notes(record)
            self._applied(owner, [note for note, _ in log], aside)
            self._timers(events, log)
            self._received(owner, [note for note, _ in log], aside)
            foreign = record.session.user.get("touched", 0) if record else 0
            assert foreign == self.touched[owner], "a change of another worker was undone"
            self._acknowledged(events, {note for note, _ in log} | aside.events)

    def judge_end(self, records: Mapping[str, Record], letters: Sequence[Dead]) -> None:
        """What holds when everything is well again and nothing is left to do."""
        self.judge(records, letters)
        aside = Aside(letters)
        for owner, events in self.said.items():
            record = records.get(owner)
            log = [note for note, _ in notes(record)]
            wanted = [event.id for event in events if event.id not in aside.events]
            applied = [note for note in log if not _is_timer(note)]
            missing = [id_ for id_ in wanted if id_ not in applied]
            assert missing == [], f"lost: {missing}"
            armed = {f"timer {one.id}" for one in events if _word(one) == "wait"} & {
                f"timer {note}" for note in log
            }
            fired = {note for note in log if _is_timer(note)}
            assert fired == armed - aside.timers, "a timer is lost"
            owed = self._owed(owner, log, aside)
            assert self.world.firsts(owner) == owed, "a message is lost"
            assert record is None or (record.outbox, record.session.timers) == ((), ())
            booms = {event.id for event in events if _word(event) == "boom"}
            assert booms <= aside.events, "what broke a step was not set aside"
            assert all(self.world.is_acknowledged(event) for event in events)
        assert self.world.refused == aside.messages - self.world.broken, "a refusal is not told"

    def _applied(self, owner: str, log: Sequence[str], aside: "Aside") -> None:
        again = [note for note, count in Counter(log).items() if count > 1]
        assert again == [], f"applied twice: {again}"
        wanted = [event.id for event in self.said[owner] if event.id not in aside.events]
        applied = [note for note in log if not _is_timer(note)]
        if owner in self.overtaken:
            assert set(applied) <= set(wanted), "what was never said is applied"
        else:
            assert applied == wanted[: len(applied)], "the order of a person is broken"

    def _timers(self, events: Sequence[Event], log: Sequence[tuple[str, int]]) -> None:
        """Not before its time, and before whatever the person said after that."""
        by_id = {event.id: event for event in events}
        due: dict[str, int] = {}
        for note, at in log:
            if _is_timer(note):
                name = note.partition(" ")[2]
                assert name in due, "a timer fired that nobody had armed"
                assert due.pop(name) <= at, "a timer fired too early"
                continue
            event = by_id[note]
            late = [name for name, moment in due.items() if moment <= min(event.at, at)]
            assert late == [], "an event was applied before a timer that was due when it was sent"
            if _word(event) == "wait":
                due[event.id] = at + _amount(event)

    def _received(self, owner: str, log: Sequence[str], aside: "Aside") -> None:
        owed = self._owed(owner, log, aside)
        firsts = self.world.firsts(owner)
        assert firsts == owed[: len(firsts)], "a message came that was not owed, or not in its turn"

    def _owed(self, owner: str, log: Sequence[str], aside: "Aside") -> list[str]:
        by_id = {event.id: event for event in self.said[owner]}
        owed: list[str] = []
        for note in log:
            event = by_id.get(note)
            count = 1 if event is None else _amount(event) if _word(event) == "say" else 0
            owed += texts(note, count)
        return [text for text in owed if text not in self.world.refused | aside.messages]

    def _acknowledged(self, events: Sequence[Event], safe: set[str]) -> None:
        waiting = self.world.waiting_in_store()
        for event in events:
            if self.world.is_acknowledged(event):
                assert event.id in safe | waiting, "the source was told before it was safe"

    def _letters(self, aside: "Aside") -> None:
        """Only what may be set aside is."""
        booms = {one.id for events in self.said.values() for one in events if _word(one) == "boom"}
        deadly = 0
        for letter, name in aside.named:
            if letter.kind == "message":
                known = name in self.world.refused | self.world.broken
                assert known, f"a message was set aside that nobody refused: {letter}"
            elif letter.reason == DEADLY:
                deadly += 1
            else:
                known = name in booms and letter.reason == "step:crashed (LookupError)"
                assert known, f"an event was set aside without need: {letter}"
        assert deadly <= self.kills // DEATHS, "an event was set aside that killed nobody"


class Aside:
    """The dead letters by what they are of."""

    def __init__(self, letters: Sequence[Dead]) -> None:
        self.named = [(letter, _name(letter)) for letter in letters]
        self.messages = {name for letter, name in self.named if letter.kind == "message"}
        events = {name for letter, name in self.named if letter.kind == "event"}
        self.timers = {name for name in events if _is_timer(name)}
        self.events = events - self.timers


def _name(letter: Dead) -> str:
    payload: Any = letter.payload
    if letter.kind == "message":
        item = decode_item(payload["item"])
        assert isinstance(item.effect, Send)
        return item.effect.message.text
    if letter.kind == "event" and "armed" in payload:
        return f"timer {payload['armed']['key']}"
    return letter.id


def _is_timer(note: str) -> bool:
    return note.startswith("timer ")


def _word(event: Event) -> str:
    return (event.text or "").split()[0]


def _amount(event: Event) -> int:
    return int((event.text or "").split()[1])

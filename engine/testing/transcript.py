"""A conversation that was had, as the test that tells of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from engine.classes import dataclass
from engine.core.effects import Message
from engine.core.values import Value
from engine.testing.conversation import Conversation
from engine.testing.explore import Outcome, Point
from engine.testing.inputs import Edited, Input, Pressed, Reacted, Sent, Typed
from engine.testing.openings import Move, Pause, Replied
from engine.testing.rights import Rights
from engine.testing.said import turned
from engine.testing.script import START, Seed

_START: Final = round(START.timestamp() * 1000)
_UNITS: Final = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))


@dataclass(slots=True)
class Transcript:
    """One test: what it is called, how actions end, and its lines, as they stand in the file."""

    name: str
    lines: list[dict[str, Value]] = field(default_factory=list)
    actions: dict[str, Value] = field(default_factory=dict)
    settings: dict[str, Value] = field(default_factory=dict)

    def tell(
        self, move: Move, said: Iterable[Message], whose: Mapping[str, Value] | None = None
    ) -> None:
        """Add what is done next, and all that the bot says to it."""
        beside = dict(whose or {})
        if isinstance(move, Pause):
            self.lines.append({"wait": span(move.milliseconds)})
        elif isinstance(move, Replied):
            self.lines.append({"as": move.to, "user": move.text})
        else:
            self.lines.append({"user": written(move), **beside})
        answers = heard(said)
        if answers:
            self.lines.append({"bot": answers[0] if len(answers) == 1 else answers, **beside})

    def close(self, conversation: Conversation, whose: Mapping[str, Value] | None = None) -> None:
        """Add where it has come to."""
        active = conversation.active
        ends: list[dict[str, Value]] = [{"end": one.state} for one in conversation.endings[-1:]]
        states = [{"state": leaf.state} for leaf in active.leaves] if active else []
        self.lines += [{**line, **(whose or {})} for line in ends or states]

    def as_data(self) -> dict[str, Value]:
        """As an item of a test file."""
        data: dict[str, Value] = {"test": self.name, **self.settings}
        if self.actions:
            data["actions"] = dict(self.actions)
        return {**data, "chat": list(self.lines)}


def of_point(name: str, last: Point) -> Transcript:
    """The conversation that leads to a point, with all that the bot says in it."""
    transcript = Transcript(name)
    session = last.conversation.session.id
    person = session.rpartition(":")[2]
    whose: dict[str, Value] = {} if person == "1" else {"as": person}
    rights = _rights(last.rights)
    if rights and whose:
        transcript.settings["persons"] = {person: {"rights": rights}}
    elif rights:
        transcript.settings["rights"] = rights
    if last.records:
        transcript.settings["records"] = _records(last.records)
    way = last.way()
    start = way[0].before if way else None
    if start is not None and start.conversation.now != _START:
        moment = datetime.fromtimestamp(start.conversation.now / 1000, UTC)
        transcript.settings["now"] = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    for point in way:
        move = point.move
        assert move is not None
        transcript.tell(move, point.said, whose)
    transcript.close(last.conversation, whose)
    transcript.actions = results(outcome for point in way for outcome in point.outcomes)
    return transcript


def _records(seeds: Iterable[Seed]) -> dict[str, Value]:
    found: dict[str, list[Value]] = {}
    for seed in seeds:
        found.setdefault(seed.collection, []).append(dict(seed.values))
    return {collection: list(rows) for collection, rows in found.items()}


def _rights(rights: Rights) -> dict[str, Value]:
    found: dict[str, Value] = {"admin": True} if rights.admin else {}
    return found | ({"roles": list(rights.roles)} if rights.roles else {})


def heard(said: Iterable[Message]) -> list[Value]:
    """What the bot said, as `bot:` expects it; other buttons on an old message are left out."""
    return [_message(message) for message in said if not turned(message)]


def _message(message: Message) -> Value:
    if message.delete is not None:
        return {"delete": True}
    if message.react is not None:
        return {"react": message.react} if message.react else {"reply": False}
    found: dict[str, Value] = {}
    if len(message.media) == 1:
        found[message.media[0].kind] = True
    elif message.media:
        found["album"] = [{media.kind: True} for media in message.media]
    if message.text.strip():
        found["text"] = message.text.strip()
    choices: list[Value] = [button.label for row in message.buttons for button in row]
    if choices:
        found["choices"] = choices
    return found["text"] if list(found) == ["text"] else found


def written(move: Input) -> Value:
    """An input as `user:` has it."""
    match move:
        case Typed(text, None):
            return text
        case Typed(text, reply_to):
            return {"text": text, "reply_to": reply_to}
        case Pressed(choice):
            return {"choice": choice}
        case Sent(kind, media, text, reply_to):
            own = {key: value for key, value in media.items() if key not in ("kind", "caption")}
            beside = {"text": text, "reply_to": reply_to}
            return {kind: own, **{key: one for key, one in beside.items() if one is not None}}
        case Edited(text):
            return {"edited": text}
        case Reacted(emoji):
            return {"reaction": list(emoji)}


def results(outcomes: Iterable[Outcome]) -> dict[str, Value]:
    """`actions:`; what only did what it does to records needs no telling."""
    found = list(outcomes)
    made_up = {one.action for one in found if not one.real}
    told: dict[str, list[Value]] = {}
    for one in found:
        if one.action in made_up:
            told.setdefault(one.action, []).append(_result(one))
    return {action: list(_folded(ends)) for action, ends in told.items()}


def _folded(ends: Iterable[Value]) -> Iterator[Value]:
    """Ends in a row that are alike, as one with their number."""
    for _, group in groupby(ends, key=repr):
        end, *more = group
        times = 1 + len(more)
        yield {**end, "times": times} if times > 1 and isinstance(end, dict) else end


def _result(outcome: Outcome) -> Value:
    failure = outcome.attempt.failure
    if outcome.real:
        return {"run": True}
    if failure is None:
        return {"return": outcome.attempt.value}
    found: dict[str, Value] = {"error": failure.code}
    if failure.message:
        found["message"] = failure.message
    if failure.transient is not (failure.code == "timeout"):
        found["transient"] = failure.transient
    return found


def span(milliseconds: int) -> str:
    """A duration as it is written: `1h30m`."""
    words = ""
    for unit, size in _UNITS:
        count, milliseconds = divmod(milliseconds, size)
        words += f"{count}{unit}" if count else ""
    return words


def named(points: Sequence[Point]) -> list[str]:
    """A name for each conversation: where it leads, and its number among all."""
    names = []
    for number, point in enumerate(points, 1):
        active = point.conversation.active
        if point.endings:
            where = f"to {point.endings[-1].state}"
        else:
            where = f"to {active.leaf.state}" if active else "beside all flows"
        names.append(f"{number}, {where}")
    return names

"""Holds what people said and were told, and what is stored, against the model."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.faults.explanation import Explanation, Path
from bench.faults.people import Person
from bench.faults.verdict import Fault, Kind

WORST: Final = 2
"""Faults of one person that are told apart; where there are more, the first are named."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found of one person; no path where nothing explains it."""

    path: Path | None
    faults: tuple[Fault, ...] = ()


def judge(explanation: Explanation, session: Mapping[str, Any]) -> Judgement:
    """The way that explains messages and document together, or the one with the fewest faults.

    Messages alone do not tell everything: one that came twice can be a timer that fired again or a
    message that was sent again, and only the document tells which.
    """
    best: Judgement | None = None
    least = (0, 0)
    for allowed in range(WORST + 1):
        for path in explanation.ways(allowed):
            other = tuple(differences(path, session))
            # What messages show is more than that a number is not right.
            weight = (len(path.wrong) + len(other), len(other))
            if best is None or weight < least:
                best, least = Judgement(path, (*path.wrong, *other)), weight
            if least[0] <= allowed and not least[1]:
                return best
        if best is not None and least[0] <= allowed:
            return best
    return best or Judgement(None, explanation.faults(session.get("steps", 0)))


def differences(path: Path, session: Mapping[str, Any]) -> Iterator[Fault]:
    """What of a person's document is not as the way says; conversations are over."""
    if path.aside:  # their person waits in the midst of a conversation
        return
    found = session.get("steps", 0)
    if found != path.steps:
        kind: Kind = "event lost" if found < path.steps else "applied twice"
        yield Fault(kind, f"{found} steps instead of {path.steps}")
    left = [name for name in ("outbox", "timers") if session.get(name)]
    if any(chat.get("stack") for chat in session.get("chats", {}).values()):
        left.append("a conversation")
    for name in left:
        yield Fault("timer lost or doubled" if name == "timers" else "other", f"{name} is left")


def compare(
    paths: Sequence[Path], records: Mapping[str, Mapping[str, object]], log: str
) -> Iterator[Fault]:
    """What is wrong with what all have stored together, and with the log of events."""
    left = [dict(record) for record in records.values()]
    for kept in [kept for path in paths for kept in path.state.kept]:
        if kept in left:
            left.remove(dict(kept))
        else:
            yield Fault("event lost", f"not stored, or not so: {kept}")
    for perhaps in [one for path in paths for one in path.perhaps]:
        if perhaps in left:
            left.remove(dict(perhaps))
    for record in left:
        yield Fault("applied twice", f"stored twice, or never asked for: {record}")
    known = {id_[:8].upper() for id_ in records}
    for number in [number for path in paths for number in path.receipts]:
        if number not in known:
            yield Fault("event lost", f"the receipt {number} is not stored")
    applied = Counter(re.findall(r"event (telegram:\d+|nostr:\w+) is applied", log))
    for event, times in applied.items():
        if times > 1:
            yield Fault("applied twice", f"the log has {event} applied {times} times")


def story(person: Person) -> str:
    """What was said and told, as it happened, a line each."""
    lines = [(said.at, 0, f"> {said.text}{' (pressed)' * said.pressed}") for said in person.said]
    lines += [(told.at, 1, f"{told.text}  ({told.life}{'' if told.answered else ', unanswered'})")
              for told in person.told]  # fmt: skip
    return "\n".join(f"{at / 60_000:.2f} {words}" for at, _, words in sorted(lines))

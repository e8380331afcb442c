"""What says something about a person (`pii`), kept out of what is written for others to read.

One mechanism for every log: the texts of the values that variables with `pii` hold are found in a
message, wherever they come from, and replaced.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from engine.core.display import show_number
from engine.core.events import Event
from engine.core.program import Program
from engine.core.session import Frame, Session
from engine.core.values import Data, Value

HIDDEN: Final = "[private]"
"""What stands in place of a private text."""
SHORTEST: Final = 2
"""Texts that are shorter say nothing, and are in every message."""
_HARMLESS: Final = frozenset({"kind", "mime", "transport"})
TEXTS_MAX: Final = 2_000
"""Most texts that are looked for; a session holds hardly more."""


def redacted(message: str, private: Iterable[str]) -> str:
    """A message without private texts, in any letter case; parts of longer words are left."""
    found: set[str] = set()
    for text in private:
        if len(found) >= TEXTS_MAX:
            break
        found.update(_spellings(text))
    lower = message.casefold()
    wanted = sorted((each for each in found if each.casefold() in lower), key=len, reverse=True)
    if not wanted:
        return message
    return re.sub("|".join(map(_pattern, wanted)), HIDDEN, message, flags=re.IGNORECASE)


def _spellings(text: str) -> Iterator[str]:
    """A text as it is, and as a message quotes it."""
    text = text.strip()
    if len(text) >= SHORTEST:
        yield text
        yield repr(text)[1:-1]
        yield json.dumps(text)[1:-1]


def _pattern(text: str) -> str:
    before = r"(?<!\w)" if text[0].isalnum() else ""
    after = r"(?!\w)" if text[-1].isalnum() else ""
    return before + re.escape(text) + after


def texts_in(value: Value) -> Iterator[str]:
    """The texts and numbers in a value, at any depth."""
    rest: list[Value] = [value]
    while rest:
        item = rest.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            rest.extend(item.values())
        elif isinstance(item, list | tuple):
            rest.extend(item)
        elif isinstance(item, int | float) and not isinstance(item, bool):
            yield show_number(item)


def private_texts(program: Program, session: Session, event: Event | None = None) -> Iterator[str]:
    """Texts that are private in a session, and what the person has just written."""
    if not program.private:
        return
    if event is not None:
        yield from texts_of_event(event)
    for chat in session.chats.values():
        yield from _of_frames(program, chat.stack)
        for snapshot in chat.back:
            yield from _of_frames(program, snapshot.frames)
        for held in chat.held:
            yield from texts_of_event(held)
        for talk in chat.talks:
            yield talk.who
    yield from texts_of_data(session.user, program.private_of_user)


def texts_of_event(event: Event) -> Iterator[str]:
    """What a person has written or an action has told: it may be on its way into a variable."""
    for text in (event.text if event.args is None else None, event.args):
        if text:
            yield text
    media = (event.extra or {}).get("media")
    if isinstance(media, Mapping):
        yield from texts_in({key: each for key, each in media.items() if key not in _HARMLESS})
    if event.result is not None:
        yield from texts_in(event.result.value)


def _of_frames(program: Program, frames: Iterable[Frame]) -> Iterator[str]:
    for frame in frames:
        flow = program.earlier.get(frame.hash) or program.flows.get(frame.flow)
        names = () if flow is None else flow.private
        yield from texts_of_data(frame.data, names)
        for leaf in frame.leaves:
            if leaf.pending is not None and leaf.pending.given is not None:
                yield from texts_in(leaf.pending.given.value)


def texts_of_data(data: Data, names: Collection[str]) -> Iterator[str]:
    for name in names:
        yield from texts_in(data.get(name))

"""Dead letters: what each kind holds, and how one that was put back comes to life.

A letter is put back by moving it into its session (`Record.again`). It has its effect only when
the store holds it no more: whoever puts it back may be repeated, whatever dies in between.
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from engine.core.events import Event
from engine.core.session import Session, Timer
from engine.core.values import Value
from engine.errors import StatechatError
from engine.runtime.sessions import Sessions
from engine.stores.items import decode_event, decode_item, encode_event, encode_item
from engine.stores.plans import decode_timer, encode_plan
from engine.stores.protocol import Dead, Item, Record, Store


def letter_id(event: Event, incarnation: str) -> str:
    """The id of the letter that an event becomes; those of timers and results are its session's."""
    return event.id if event.by_person else f"{event.owner}#{incarnation}:{event.id}"


def of_event(event: Event, session: Session | None, reason: str, now: int) -> Dead:
    """An event that cannot be applied; of a timer also what it takes to arm it again."""
    payload = encode_event(event, "", "")
    for timer in session.timers if session else ():
        if timer.id == event.timer:
            payload["armed"] = {"due": timer.due, "run": timer.run, "key": timer.key}
            if timer.plan is not None:
                payload["armed"]["plan"] = encode_plan(timer.plan)
    id_ = letter_id(event, session.incarnation if session else "")
    return Dead(id_, "event", reason, now, payload)


def of_message(id_: str, owner: str, item: Item, reason: str, now: int) -> Dead:
    """A message that its transport never takes."""
    payload = cast("Value", {"owner": owner, "item": encode_item(item)})
    return Dead(id_, "message", reason, now, payload)


def owner_of(letter: Dead) -> str | None:
    """Whose letter it is; none for an update, which nobody could read."""
    payload = letter.payload
    owner = payload.get("owner") if isinstance(payload, Mapping) else None
    return owner if letter.kind != "update" and isinstance(owner, str) else None


def put_back(record: Record, letter: Dead) -> Record | None:
    """The record with a letter that is to be applied; none where it has it already.

    Raises:
        StatechatError: `dead:unreadable`, `dead:gone`.
    """
    if any(other.id == letter.id for other in record.again):
        return None
    aside = tuple([other for other in record.aside if other.id != letter.id])
    event = _read(letter)
    own = f"{record.session.id}#{record.session.incarnation}:"
    if not (isinstance(event, Event) and event.by_person) and not letter.id.startswith(own):
        raise StatechatError(
            "dead:gone",
            f"What `{letter.id}` belongs to is gone: this person has begun anew since.",
            cure="Drop it: statechat dead drop BOT ID",
        )
    return replace(record, again=(*record.again, letter), aside=aside)


def is_put_back(event: Event, record: Record) -> bool:
    """Whether an operator wants the event applied that was set aside before."""
    if not record.again:
        return False
    letter = letter_id(event, record.session.incarnation)
    return event.timer is None and any(dead.id == letter for dead in record.again)


def without_letter(record: Record, event: Event) -> Record:
    """The record once an event that was put back has been applied."""
    letter = letter_id(event, record.session.incarnation)
    return replace(record, again=tuple([dead for dead in record.again if dead.id != letter]))


async def retry(sessions: Sessions, store: Store, letter: Dead, now: int) -> None:
    """Put a letter back, so that whoever runs the bot applies it; may be repeated.

    Raises:
        StatechatError: `dead:unreadable`, `dead:gone`, and those of the store.
    """
    owner = owner_of(letter)
    if owner is None:
        raise _unreadable(letter, "nothing in it says whose it is")

    async def apply(record: Record | None) -> Record | None:
        if record is None:
            record = Record(Session(owner, incarnation=secrets.token_hex(8), started=now))
        return put_back(record, letter)

    await sessions.change(owner, apply)
    await store.discard(letter.id, letter.at)
    if event_of(letter) is None:
        # At once, so that a worker that starts finds the messages of a chat in their order.
        await take_out(sessions, owner, letter, revive=True)


async def file(sessions: Sessions, store: Store, record: Record) -> None:
    """Give the store the letters that a commit has made; may be repeated.

    An event is consumed by the commit that makes its letter. Were the letter written before, an
    event could be a letter and be applied all the same, where the process dies in between.
    """
    owner, ids = record.session.id, {letter.id for letter in record.aside}
    for letter in record.aside:
        await store.set_aside(letter)

    async def apply(record: Record | None) -> Record | None:
        if record is None or all(letter.id not in ids for letter in record.aside):
            return None
        left = tuple([letter for letter in record.aside if letter.id not in ids])
        return replace(record, aside=left)

    await sessions.change(owner, apply)


async def take_out(sessions: Sessions, owner: str, letter: Dead, *, revive: bool = False) -> None:
    """Take a letter out of its session; to `revive` it, what it holds goes back to its place.

    Then the store must hold the letter no more.
    """

    async def apply(record: Record | None) -> Record | None:
        if record is None or all(other.id != letter.id for other in record.again):
            return None
        again = tuple([other for other in record.again if other.id != letter.id])
        record = replace(record, again=again)
        return revived(record, letter) if revive else record

    await sessions.change(owner, apply)


def event_of(letter: Dead) -> Event | None:
    """The event that is to be applied; none for what goes back to where it came from."""
    event = _read(letter)
    return event if isinstance(event, Event) else None


def revived(record: Record, letter: Dead) -> Record:
    """The record with the letter's timer armed again, or its message in the outbox again."""
    found = _read(letter)
    if isinstance(found, Timer):
        if any(timer.id == found.id for timer in record.session.timers):
            return record
        session = record.session
        return replace(record, session=replace(session, timers=(*session.timers, found)))
    if isinstance(found, Item):
        return replace(record, outbox=_in_order(record.outbox, found))
    return record


def _in_order(outbox: tuple[Item, ...], item: Item) -> tuple[Item, ...]:
    """The outbox with a message before all that its chat was to be sent after it."""
    others = [other for other in outbox if other.id != item.id]
    chat = item.effect.chat
    for place, other in enumerate(others):
        if (
            type(other.effect) is type(item.effect)
            and other.effect.chat == chat
            and _number(other.id) > _number(item.id)
        ):
            return (*others[:place], item, *others[place:])
    return (*others, item)


def _number(id_: str) -> list[int]:
    """`<step>.<serial>` as numbers, which grow as messages are planned."""
    return [int(part) for part in id_.split(".") if part.isdecimal()]


def _read(letter: Dead) -> Event | Timer | Item:
    payload: Any = letter.payload
    try:
        if letter.kind == "message":
            return replace(decode_item(payload["item"]), at=0, worker=None, attempts=0)
        if letter.kind == "event":
            event = decode_event(payload, "", "")
            if event.timer is None:
                return event
            return decode_timer({**payload["armed"], "id": event.timer, "chat": event.chat})
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable(letter, f"{type(error).__name__}: {error}") from error
    raise _unreadable(letter, f"it is of the kind `{letter.kind}`")


def _unreadable(letter: Dead, reason: str) -> StatechatError:
    return StatechatError(
        "dead:unreadable",
        f"`{letter.id}` cannot be put back: {reason}.",
        cure="Read it with `statechat dead show BOT ID`, do by hand what it asks for, and drop it.",
    )

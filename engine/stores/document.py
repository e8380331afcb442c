"""The stored form of a record: plain JSON values, described by `session.v1.json`.

Both directions are written out by hand, because they run for every event. What is empty or has its
default is left out. Values of conversations are handed on, not copied: nobody changes them.
"""

from collections.abc import Mapping
from typing import Any, Final

from engine.core.session import Chat, Frame, Given, Leaf, Pending, Session, Snapshot
from engine.errors import StatechatError
from engine.stores.items import Document, decode_event, decode_item, encode_event, encode_item
from engine.stores.offers import decode_offer, encode_offer
from engine.stores.plans import decode_timer, encode_timer
from engine.stores.protocol import Dead, Record
from engine.stores.talks import decode_talk, encode_talk
from engine.stores.upgrades import SESSIONS, upgraded

VERSION: Final = len(SESSIONS) + 1

_NOTHING: Final[Mapping[str, Any]] = {}


def encode(record: Record) -> Document:  # noqa: C901, PLR0912 - straight on, one branch a field
    """The document of a record; `_id`, `bot`, `rev`, `wake_at` and `out_at` are for the store."""
    session = record.session
    id_ = session.id
    document: Document = {
        "_id": id_,
        "v": VERSION,
        "bot": id_.partition("/")[0],
        "rev": session.rev,
    }
    if session.steps:
        document["steps"] = session.steps
    if session.incarnation:
        document["incarnation"] = session.incarnation
    if session.lang is not None:
        document["lang"] = session.lang
    if session.tz is not None:
        document["tz"] = session.tz
    if session.started:
        document["started"] = session.started
    if session.user:
        document["user"] = session.user
    if session.chats:
        document["chats"] = {
            name: _encode_chat(chat, id_, name) for name, chat in session.chats.items()
        }
    if record.seen:
        document["seen"] = record.seen
    if record.spilled:
        document["spilled"] = True
    if session.timers:
        document["timers"] = [encode_timer(timer) for timer in session.timers]
    if record.again:
        document["again"] = [_encode_dead(dead) for dead in record.again]
    if record.aside:
        document["aside"] = [_encode_dead(dead) for dead in record.aside]
    if record.taken:
        document["taken"] = record.taken
    if record.below:
        document["below"] = record.below
    if session.timers or record.again or record.aside:
        wake_at = record.wake_at
        if wake_at is not None:
            document["wake_at"] = wake_at
    if session.paced:
        document["paced"] = session.paced
    if session.told:
        document["told"] = session.told
    if session.away:
        document["away"] = session.away
    if session.shared:
        document["shared"] = True
    if record.outbox:
        document["outbox"] = [encode_item(item) for item in record.outbox]
        document["out_at"] = record.out_at
    return document


def decode(document: Mapping[str, Any]) -> Record:
    """The record of a document.

    Raises:
        StatechatError: `store:newer` for a version that this program does not know,
            `store:damaged` for anything that `encode` never writes and that cannot be read.
    """
    id_ = document.get("_id")
    version = document.get("v")
    if version.__class__ is int and version > VERSION:
        raise StatechatError(
            "store:newer",
            f"The stored session `{id_}` has version {version}; this program reads {VERSION}.",
            cure="Update Statechat: a newer one has written to this database.",
        )
    try:
        if version != VERSION and version.__class__ is int:
            document = upgraded(document, version)
        return _decode_record(id_, document)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise damaged(id_, f"{type(error).__name__}: {error}") from error


def damaged(id_: object, reason: str) -> StatechatError:
    """The error of a stored session that cannot be read."""
    return StatechatError(
        "store:damaged",
        f"The stored session `{id_}` cannot be read ({reason}).",
        cure=(
            "See what is left of it with `statechat person export`. Restore it from a backup, or "
            "let this person begin anew: statechat person erase BOT PERSON"
        ),
    )


def _decode_record(id_: object, document: Mapping[str, Any]) -> Record:
    get = document.get
    rev, steps = document["rev"], get("steps", 0)
    user, seen = get("user", _NOTHING), get("seen", _NOTHING)
    if (
        id_.__class__ is not str
        or document["v"] != VERSION
        or rev.__class__ is not int
        or steps.__class__ is not int
        or user.__class__ is not dict
        or seen.__class__ is not dict
    ):
        raise ValueError("`_id`, `v`, `rev`, `steps`, `user` or `seen` is not what it should be")
    timers = get("timers")
    outbox = get("outbox")
    again, aside = get("again"), get("aside")
    return Record(
        Session(
            id_, rev, steps, get("incarnation", ""), get("lang"), get("tz"), get("started", 0),
            user,
            {name: _decode_chat(chat, id_, name) for name, chat in get("chats", _NOTHING).items()},
            tuple([decode_timer(timer) for timer in timers])
            if timers else (),
            get("paced", 0),
            get("told", 0),
            get("shared", False),
            get("away", 0),
        ),
        seen,
        get("spilled", False),
        tuple([decode_item(item) for item in outbox]) if outbox else (),
        tuple([_decode_dead(dead) for dead in again]) if again else (),
        get("taken", ""),
        get("below", _NOTHING),
        tuple([_decode_dead(dead) for dead in aside]) if aside else (),
    )  # fmt: skip


def _encode_dead(dead: Dead) -> Document:
    return {
        "id": dead.id, "kind": dead.kind, "reason": dead.reason, "at": dead.at,
        "payload": dead.payload,
    }  # fmt: skip


def _decode_dead(document: Mapping[str, Any]) -> Dead:
    return Dead(
        document["id"], document["kind"], document["reason"], document["at"], document["payload"]
    )


def _encode_chat(chat: Chat, owner: str, name: str) -> Document:
    document: Document = {}
    if chat.stack:
        document["stack"] = [_encode_frame(frame) for frame in chat.stack]
    if chat.back:
        document["back"] = [
            {"base": snapshot.base, "frames": [_encode_frame(frame) for frame in snapshot.frames]}
            for snapshot in chat.back
        ]
    if chat.last_input:
        document["last_input"] = chat.last_input
    if chat.visits:
        document["visits"] = chat.visits
    if chat.runs:
        document["runs"] = chat.runs
    if chat.held:
        document["held"] = [encode_event(event, owner, name) for event in chat.held]
    if chat.via is not None:
        document["via"] = chat.via
    _encode_messages(document, chat)
    return document


def _encode_messages(document: Document, chat: Chat) -> None:
    """What is remembered of messages that the bot has sent."""
    if chat.questions:
        document["questions"] = chat.questions
    if chat.named:
        document["named"] = chat.named
    if chat.offers:
        document["offers"] = [encode_offer(offer) for offer in chat.offers]
    if chat.talks:
        document["talks"] = [encode_talk(talk) for talk in chat.talks]
    if chat.parts:
        document["parts"] = chat.parts


def _decode_chat(document: Mapping[str, Any], owner: str, name: str) -> Chat:
    get = document.get
    stack, back, held = get("stack"), get("back"), get("held")
    offers, talks = get("offers"), get("talks")
    return Chat(
        tuple([_decode_frame(frame) for frame in stack]) if stack else (),
        tuple([
            Snapshot(kept["base"], tuple([_decode_frame(frame) for frame in kept["frames"]]))
            for kept in back
        ]) if back else (),
        get("last_input", 0),
        get("visits", 0),
        get("runs", 0),
        tuple([decode_event(event, owner, name) for event in held]) if held else (),
        get("via"),
        get("questions", _NOTHING),
        get("named", _NOTHING),
        tuple([decode_offer(offer) for offer in offers]) if offers else (),
        tuple([decode_talk(talk) for talk in talks]) if talks else (),
        get("parts", _NOTHING),
    )  # fmt: skip


def _encode_frame(frame: Frame) -> Document:
    leaf, *others = frame.leaves
    document: Document = {"flow": frame.flow, "hash": frame.hash, "run": frame.run}
    _encode_leaf(document, leaf)
    if others:
        document["beside"] = [_encode_leaf({}, other) for other in others]
    if frame.link != "root":
        document["link"] = frame.link
    if frame.data:
        document["data"] = frame.data
    if frame.late:
        document["late"] = list(frame.late)
    if frame.history:
        document["history"] = {path: list(left) for path, left in frame.history.items()}
    if frame.caller:
        document["caller"] = frame.caller
    if frame.aside:
        document["aside"] = True
    return document


def _encode_leaf(document: Document, leaf: Leaf) -> Document:
    document["state"] = leaf.state
    document["visit"] = leaf.visit
    if leaf.tries:
        document["tries"] = leaf.tries
    if leaf.entered:
        document["entered"] = leaf.entered
    if leaf.pending is not None:
        document["pending"] = _encode_pending(leaf.pending)
    if leaf.waits:
        document["waits"] = True
    if leaf.marked:
        document["marked"] = list(leaf.marked)
    if leaf.page:
        document["page"] = leaf.page
    return document


def _decode_frame(document: Mapping[str, Any]) -> Frame:
    get = document.get
    data = get("data", _NOTHING)
    if data.__class__ is not dict:
        raise ValueError("`data` of a frame is no object")
    late, history, beside = get("late"), get("history"), get("beside")
    leaf = _decode_leaf(document)
    return Frame(
        document["flow"],
        document["hash"],
        document["run"],
        get("link", "root"),
        (leaf, *[_decode_leaf(other) for other in beside]) if beside else (leaf,),
        data,
        tuple(late) if late else (),
        {path: tuple(left) for path, left in history.items()} if history else {},
        get("caller", 0),
        get("aside", False),
    )


def _decode_leaf(document: Mapping[str, Any]) -> Leaf:
    get = document.get
    pending, marked = get("pending"), get("marked")
    return Leaf(
        document["state"],
        document["visit"],
        get("tries", 0),
        get("entered", 0),
        _decode_pending(pending) if pending else None,
        get("waits", False),
        tuple(marked) if marked else (),
        get("page", 0),
    )


def _encode_pending(pending: Pending) -> Document:
    document: Document = {"id": pending.id, "attempt": pending.attempt}
    given = pending.given
    if given is not None:
        document["given"] = kept = {"value": given.value, "event": given.event}
        if given.local:
            kept["local"] = given.local
    return document


def _decode_pending(document: Mapping[str, Any]) -> Pending:
    given = document.get("given")
    return Pending(
        document["id"],
        document["attempt"],
        Given(given["value"], given["event"], given.get("local", _NOTHING)) if given else None,
    )

"""The stored form of what waits in a session: planned effects, and events that are held back.

A part of `engine.stores.document`, which turns whatever cannot be read into an error.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from engine.core.effects import Button, Invoke, Mark, Media, Message, Send, Tell
from engine.core.events import Event, Failure, Press, Result
from engine.stores.protocol import Item

Document: TypeAlias = dict[str, Any]
"""A JSON object; what stands where is checked when it is decoded."""

_NONE: Final[Sequence[Any]] = ()


def encode_event(  # noqa: C901, PLR0912 - straight on, one branch a field
    event: Event, owner: str, chat: str
) -> Document:
    """An event that waits in a chat; the session's id and that chat's name go without saying."""
    document: Document = {"id": event.id, "name": event.name, "at": event.at}
    if event.owner != owner:
        document["owner"] = event.owner
    if event.chat != chat:
        document["chat"] = event.chat
    if event.order:
        document["order"] = event.order
    if event.text is not None:
        document["text"] = event.text
    if event.args is not None:
        document["args"] = event.args
    if event.press is not None:
        document["press"] = {"visit": event.press.visit, "choice": event.press.choice}
    if event.timer is not None:
        document["timer"] = event.timer
    if event.result is not None:
        document["result"] = _encode_result(event.result)
    if event.lang is not None:
        document["lang"] = event.lang
    if event.via is not None:
        document["via"] = event.via
    if event.extra is not None:
        document["extra"] = event.extra
    if event.ref is not None:
        document["ref"] = event.ref
    if event.by is not None:
        document["by"] = event.by
    if not event.addressed:
        document["overheard"] = True
    if event.user is not None:
        document["user"] = event.user
    if event.found is not None:
        document["found"] = event.found
    if event.admin:
        document["admin"] = True
    return document


def decode_event(document: Mapping[str, Any], owner: str, chat: str) -> Event:
    get = document.get
    press = get("press")
    result = get("result")
    return Event(
        document["id"],
        document["name"],
        get("owner", owner),
        get("chat", chat),
        document["at"],
        get("order", 0),
        get("text"),
        get("args"),
        Press(press["visit"], press["choice"]) if press else None,
        get("timer"),
        _decode_result(result) if result else None,
        get("lang"),
        get("via"),
        get("extra"),
        get("ref"),
        get("by"),
        not get("overheard", False),
        get("user"),
        get("found"),
        get("admin", False),
    )


def _encode_result(result: Result) -> Document:
    document: Document = {"invoke": result.invoke, "attempt": result.attempt}
    if result.value is not None:
        document["value"] = result.value
    failure = result.failure
    if failure is not None:
        document["failure"] = {
            "code": failure.code, "message": failure.message, "transient": failure.transient,
        }  # fmt: skip
    return document


def _decode_result(document: Mapping[str, Any]) -> Result:
    failure = document.get("failure")
    return Result(
        document["invoke"],
        document["attempt"],
        document.get("value"),
        Failure(failure["code"], failure["message"], failure["transient"]) if failure else None,
    )


def encode_item(item: Item) -> Document:
    """An item of the outbox, with its effect under `send`, `invoke` or `tell`."""
    effect = item.effect
    document: Document = {"at": item.at}
    if isinstance(effect, Send):
        document["send"] = _encode_send(effect)
    elif isinstance(effect, Tell):
        document["tell"] = _encode_tell(effect)
    else:
        document["invoke"] = _encode_invoke(effect)
    if item.worker is not None:
        document["worker"] = item.worker
    if item.attempts:
        document["attempts"] = item.attempts
    if item.planned:
        document["planned"] = item.planned
    if item.cause:
        document["cause"] = item.cause
    return document


def decode_item(document: Mapping[str, Any]) -> Item:
    get = document.get
    return Item(
        _decode_effect(document),
        document["at"],
        get("worker"),
        get("attempts", 0),
        get("planned", 0),
        get("cause", ""),
    )


def _decode_effect(document: Mapping[str, Any]) -> Send | Invoke | Tell:
    send, tell = document.get("send"), document.get("tell")
    if send is not None:
        return _decode_send(send)
    return _decode_invoke(document["invoke"]) if tell is None else _decode_tell(tell)


def _encode_tell(tell: Tell) -> Document:
    document: Document = {
        "id": tell.id, "chat": tell.chat, "to": tell.to, "at_chat": tell.at_chat, "what": tell.what,
    }  # fmt: skip
    if tell.text is not None:
        document["text"] = tell.text
    return document


def _decode_tell(document: Mapping[str, Any]) -> Tell:
    return Tell(
        document["id"], document["chat"], document["to"], document["at_chat"],
        document.get("text"), _object(document["what"]),
    )  # fmt: skip


def _encode_send(  # noqa: C901, PLR0912 - straight on, one branch a field
    send: Send,
) -> Document:
    message = send.message
    document: Document = {"id": send.id, "chat": send.chat}
    if message.text:
        document["text"] = message.text
    if message.marks:
        document["marks"] = [_encode_mark(mark) for mark in message.marks]
    if message.buttons:
        document["buttons"] = [[_encode_button(key) for key in row] for row in message.buttons]
    if message.edit is not None:
        document["edit"] = message.edit
    if message.reply_to is not None:
        document["reply_to"] = message.reply_to
    if message.media:
        document["media"] = [
            {"kind": media.kind, "source": media.source} for media in message.media
        ]
    if message.react is not None:
        document["react"] = message.react
    if message.delete is not None:
        document["delete"] = message.delete
    if message.typing:
        document["typing"] = True
    if send.via is not None:
        document["via"] = send.via
    if send.asks is not None:
        document["asks"] = send.asks
    if send.named is not None:
        document["named"] = send.named
    if send.talk is not None:
        document["talk"] = send.talk
    return document


def _encode_button(button: Button) -> Document:
    document: Document = {
        "label": button.label, "visit": button.visit, "choice": button.choice,
    }  # fmt: skip
    if button.number is not None:
        document["number"] = button.number
    if button.url is not None:
        document["url"] = button.url
    return document


def _encode_mark(mark: Mark) -> Document:
    document: Document = {"kind": mark.kind, "offset": mark.offset, "length": mark.length}
    if mark.url is not None:
        document["url"] = mark.url
    if mark.language is not None:
        document["language"] = mark.language
    return document


def _decode_send(document: Mapping[str, Any]) -> Send:
    get = document.get
    message = Message(
        get("text", ""),
        tuple([
            Mark(
                mark["kind"], mark["offset"], mark["length"], mark.get("url"), mark.get("language")
            )
            for mark in get("marks", _NONE)
        ]),
        tuple([
            tuple([
                Button(
                    key["label"], key["visit"], key["choice"], key.get("number"), key.get("url")
                )
                for key in row
            ])
            for row in get("buttons", _NONE)
        ]),
        get("edit"),
        get("reply_to"),
        tuple([Media(media["kind"], _object(media["source"])) for media in get("media", _NONE)]),
        get("react"),
        get("delete"),
        get("typing", False),
    )  # fmt: skip
    return Send(
        document["id"], document["chat"], message, get("via"), get("asks"), get("named"),
        get("talk"),
    )  # fmt: skip


def _object(value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON, checked here
    if value.__class__ is not dict:
        raise ValueError("what should be an object is none")
    return value


def _encode_invoke(invoke: Invoke) -> Document:
    document: Document = {
        "id": invoke.id, "chat": invoke.chat, "action": invoke.action, "key": invoke.key,
        "timeout": invoke.timeout, "at": invoke.at, "attempt": invoke.attempt,
    }  # fmt: skip
    if invoke.args:
        document["args"] = invoke.args
    if invoke.private:
        document["private"] = list(invoke.private)
    if invoke.by is not None:
        document["by"] = invoke.by
    if invoke.ref is not None:
        document["ref"] = invoke.ref
    if invoke.admin:
        document["admin"] = True
    return document


def _decode_invoke(document: Mapping[str, Any]) -> Invoke:
    return Invoke(
        document["id"], document["chat"], document["action"], document.get("args", {}),
        document["key"], document["timeout"], document["at"], document["attempt"],
        tuple(document.get("private", _NONE)), document.get("by"),
        document.get("ref"), document.get("admin", False),
    )  # fmt: skip

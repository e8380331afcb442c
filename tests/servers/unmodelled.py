"""What of the Bot API the emulator does not have, answered by the letter of the documentation.

The emulator refuses `sendLocation`, `sendContact`, `sendSticker`, `sendAnimation`, uploads of
audio, `editMessageMedia`, `setMessageReaction`, addresses instead of files, albums of mixed
kinds, and topics of groups; it delivers neither edits nor reactions. This stands in for it there,
so it proves only that requests have the documented form, and that updates of that form are read.
Source: https://core.telegram.org/bots/api#available-methods
"""

import itertools
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

Uploads = Mapping[str, tuple[str, bytes]]

CAPTION_UNITS = 1024
REACTIONS = frozenset("👍👎❤🔥🎉🤩😱😁😢💩🤮🥰🤯🤔🤬👏🫡")
"""Some of the emoji that Telegram takes as reactions."""

NAME = "the_tested_bot"
KEY = "unmodelled"
FROM_A_PERSON = "sent-by-a-person-"
"""What the numbers of files begin with that the emulator has not seen arrive."""

_FILES = ("photo", "audio", "voice", "video", "document", "sticker", "animation")
_numbers = itertools.count(1_000_000)


class Refused(Exception):  # noqa: N818 - what the Bot API answers, not a fault of the test
    """A call that the Bot API would answer with 400."""


def packed(update: Mapping[str, Any]) -> dict[str, Any]:
    """An update of a kind that the emulator does not know, in a message that it does."""
    return {"message": {"message_id": 1, "date": 1, "chat": {"id": 1}, KEY: update}}


def named(body: bytes) -> bytes:
    """What the emulator answers to `getMe`, with the name that every bot has on Telegram."""
    answered = json.loads(body)
    if answered.get("ok"):
        answered["result"].setdefault("username", NAME)
    return json.dumps(answered).encode()


def unpacked(body: bytes) -> bytes:
    """What the emulator answers to `getUpdates`, with the updates as they were before `packed`."""
    if KEY.encode() not in body:
        return body
    answered = json.loads(body)
    for update in answered["result"]:
        update.update(update.get("message", {}).get(KEY, {}))
        if KEY in update.get("message", {}):
            del update["message"]
    return json.dumps(answered).encode()


def answer(method: str, fields: Mapping[str, str], uploads: Uploads) -> web.Response | None:
    """The answer to a call that the emulator cannot judge; none where it can."""
    try:
        result = _result(method, fields, uploads)
    except Refused as refused:
        body = {"ok": False, "error_code": 400, "description": f"Bad Request: {refused}"}
        return web.json_response(body, status=400)
    return None if result is None else web.json_response({"ok": True, "result": result})


def _result(method: str, fields: Mapping[str, str], uploads: Uploads) -> Any:  # noqa: ANN401 - JSON
    if method == "sendLocation":
        if not (
            -90 <= float(fields["latitude"]) <= 90 and -180 <= float(fields["longitude"]) <= 180
        ):
            raise Refused("wrong location specified")
        return _message(fields, location={"latitude": 0, "longitude": 0})
    if method == "sendContact":
        if not fields.get("phone_number") or not fields.get("first_name"):
            raise Refused("phone number and first name are required")
        return _message(fields, contact={"phone_number": "1", "first_name": "x"})
    if method == "sendMessage" and "message_thread_id" in fields:
        return _message(fields, message_thread_id=int(fields["message_thread_id"]), text="…")
    if method == "setMessageReaction":
        return _react(fields)
    if method == "editMessageMedia":
        return _edit_media(fields, uploads)
    if method == "sendMediaGroup":
        return _album(fields, uploads)
    kind = method.removeprefix("send").lower()
    if kind in ("sticker", "animation", "audio") or (
        kind in _FILES and fields.get(kind, "").startswith(("http", FROM_A_PERSON))
    ):
        _check_caption(fields, allowed=kind != "sticker")
        return _message(fields, **_file(kind, fields[kind], uploads))
    return None


def _react(fields: Mapping[str, str]) -> bool:
    reaction = json.loads(fields["reaction"])
    if int(fields["message_id"]) <= 0 or len(reaction) > 1:
        raise Refused("REACTIONS_TOO_MANY")
    if any(one["type"] != "emoji" or one["emoji"] not in REACTIONS for one in reaction):
        raise Refused("REACTION_INVALID")
    return True


def _edit_media(fields: Mapping[str, str], uploads: Uploads) -> Any:  # noqa: ANN401 - JSON
    media = json.loads(fields["media"])
    if media["type"] not in ("photo", "video", "animation", "audio", "document"):
        raise Refused("can't parse InputMedia: type is not supported")
    _check_caption(media, allowed=True)
    found = _file(media["type"], media["media"], uploads)
    return {**_message(fields, **found), "message_id": int(fields["message_id"])}


def _album(fields: Mapping[str, str], uploads: Uploads) -> Any:  # noqa: ANN401 - JSON
    items = json.loads(fields["media"])
    kinds = {item["type"] for item in items}
    if kinds not in ({"photo"}, {"document"}):
        if not (kinds <= {"photo", "video"} or kinds == {"audio"}):
            raise Refused("there are kinds that cannot be sent together")
    elif not any(item["media"].startswith("http") for item in items):
        return None  # the emulator knows these
    if not 2 <= len(items) <= 10:
        raise Refused("wrong number of media")
    return [_message(fields, **_file(item["type"], item["media"], uploads)) for item in items]


def _check_caption(fields: Mapping[str, Any], *, allowed: bool) -> None:
    caption = str(fields.get("caption", ""))
    if caption and not allowed:
        raise Refused("a caption is not supported here")
    if len(caption.encode("utf-16-le")) // 2 > CAPTION_UNITS:
        raise Refused("message caption is too long")


def _file(kind: str, value: str, uploads: Uploads) -> dict[str, Any]:
    attached = value.removeprefix("attach://")
    if value.startswith("attach://") and attached not in uploads:
        raise Refused("wrong file identifier/HTTP URL specified")
    found = {"file_id": f"made-{kind}-{next(_numbers)}", "file_unique_id": "u"}
    return {kind: [found] if kind == "photo" else found}


def _message(fields: Mapping[str, str], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    chat = {"id": int(fields["chat_id"]), "type": "private"}
    return {"message_id": next(_numbers), "date": 1, "chat": chat, **more}

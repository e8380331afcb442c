"""The stored form of conversations that operators have, a part of `engine.stores.document`."""

from collections.abc import Mapping
from typing import Any

from engine.core.session import Talk
from engine.stores.items import Document


def encode_talk(talk: Talk) -> Document:
    document: Document = {
        "number": talk.number, "owner": talk.owner, "life": talk.life, "chat": talk.chat,
        "visit": talk.visit, "who": talk.who,
    }  # fmt: skip
    if talk.over:
        document["over"] = True
    return document


def decode_talk(document: Mapping[str, Any]) -> Talk:
    return Talk(
        document["number"], document["owner"], document["life"], document["chat"],
        document["visit"], document["who"], document.get("over", False),
    )  # fmt: skip

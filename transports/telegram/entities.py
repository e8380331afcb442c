"""Marks as Telegram's entities.

Source: https://core.telegram.org/bots/api#messageentity
"""

import json
from collections.abc import Sequence
from typing import Final

from engine.core.effects import Mark, MarkKind
from transports.render import utf16_offsets
from transports.telegram.callback import LONE

_ENTITIES: Final[dict[MarkKind, str]] = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strike": "strikethrough",
    "spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "quote": "blockquote",
    "link": "text_link",
}


def entities(text: str, marks: Sequence[Mark]) -> str | None:
    """The entities of a text, which count in UTF-16 units, as JSON; none where there are none."""
    if not marks:
        return None
    units = utf16_offsets(text)
    found = []
    for mark in marks:
        start, end = max(mark.offset, 0), min(mark.offset + mark.length, len(text))
        if start >= end or (mark.kind == "link" and not mark.url):
            continue
        entity: dict[str, str | int] = {
            "type": _ENTITIES[mark.kind],
            "offset": units[start],
            "length": units[end] - units[start],
        }
        if mark.kind == "link":
            entity["url"] = mark.url or ""
        if mark.language is not None:
            entity["language"] = mark.language
        found.append(entity)
    return json.dumps(found) if found else None


def encodable(text: str) -> str:
    """The text without lone surrogates, each replaced by one character to keep the marks right."""
    return text if text.isascii() else LONE.sub("\ufffd", text)

"""What the bot said, held against what a test expects, and shown."""

from collections.abc import Sequence
from dataclasses import field
from pathlib import PurePosixPath
from typing import Final, get_args

from engine.classes import dataclass
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.symbols import text_of
from engine.core.effects import Media, MediaKind, Message
from engine.core.patterns import compile_pattern
from engine.errors import Place

NOWHERE: Final = Place("", 1, 1)
KINDS: Final[tuple[str, ...]] = get_args(MediaKind)
FLAGS: Final = ("reply", "edit", "delete")


@dataclass(frozen=True, slots=True)
class Said:
    """What one message of the bot must be like; what is none is not looked at.

    `media` are kinds and what they show (none: anything); `flags` say whether it replies, edits or
    deletes.
    """

    text: str | None = None
    contains: str | None = None
    match: str | None = None
    choices: tuple[str, ...] | None = None
    media: tuple[tuple[str, str | None], ...] = ()
    react: str | None = None
    flags: dict[str, bool] = field(default_factory=dict)


def read_said(node: Node) -> Said:
    """An expectation that its schema has accepted."""
    if not isinstance(node, Fields):
        return Said(text=text_of(node) or "")
    choices = node.get("choices")
    album = node.get("album")
    media = [(kind, node.get(kind)) for kind in KINDS if node.get(kind) is not None]
    for item in album.items if isinstance(album, Items) else ():
        if isinstance(item, Fields):
            media += [(kind, entry.value) for kind, entry in item.entries.items()]
    return Said(
        text_of(node.get("text")),
        text_of(node.get("contains")),
        text_of(node.get("match")),
        tuple(text_of(item) or "" for item in choices.items)
        if isinstance(choices, Items)
        else None,
        tuple((kind, _what(value)) for kind, value in media),
        text_of(node.get("react")),
        {
            flag: value.value is True
            for flag in FLAGS
            if isinstance(value := node.get(flag), Scalar)
        },
    )


def _what(node: Node | None) -> str | None:
    """What media must show; `true` is anything."""
    return None if isinstance(node, Scalar) and node.value is True else text_of(node)


def fits(expected: Said, message: Message) -> bool:
    """Whether a message is as it is expected."""
    if expected.text is not None and message.text.strip() != expected.text.strip():
        return False
    if expected.text is not None and message.done_to_others:
        return False
    if expected.contains is not None and expected.contains not in message.text:
        return False
    if expected.match is not None:
        pattern = compile_pattern(expected.match, NOWHERE)
        if pattern.search(message.text) is None:
            return False
    labels = tuple(button.label for row in message.buttons for button in row)
    if expected.choices is not None and expected.choices != labels:
        return False
    return _media_fit(expected, message) and _deeds_fit(expected, message)


def _media_fit(expected: Said, message: Message) -> bool:
    if not expected.media:
        return True
    if len(expected.media) != len(message.media):
        return False
    return all(
        kind == media.kind and (what is None or what.removeprefix("./") in shows(media))
        for (kind, what), media in zip(expected.media, message.media, strict=True)
    )


def shows(media: Media) -> set[str]:
    """By which words a test may speak of media."""
    source = media.source
    if media.kind == "location":
        return {f"{source['latitude']},{source['longitude']}"}
    if media.kind == "contact":
        return {str(source["phone"])}
    return {str(source[key]) for key in ("file", "url", "name", "id") if source.get(key)}


def _deeds_fit(expected: Said, message: Message) -> bool:
    if expected.react is not None and message.react != expected.react:
        return False
    is_ = {
        "reply": message.reply_to is not None,
        "edit": message.edit is not None,
        "delete": message.delete is not None,
    }
    return all(is_[flag] is value for flag, value in expected.flags.items())


def turned(message: Message) -> bool:
    """Whether a message only changes the buttons of one that was said before."""
    return message.edit is not None and not message.text.strip() and not message.media


def shown(message: Message) -> str:
    """A message on one line: what it does, its media, its text, its buttons in brackets."""
    if message.delete is not None:
        return "(deletes a message)"
    if message.react is not None:
        return f"(reacts {message.react})" if message.react else "(takes a reaction off)"
    media = "".join(f"[{_described(each)}] " for each in message.media)
    buttons = "".join(f" [{button.label}]" for row in message.buttons for button in row)
    edits = "(edits) " if message.edit is not None else ""
    return edits + media + message.text.replace("\n", "⏎") + buttons


def _described(media: Media) -> str:
    names = sorted(shows(media), key=len)
    name = PurePosixPath(names[0]).name if names and "//" not in names[0] else "".join(names[:1])
    return f"{media.kind}: {name}" if name else media.kind


def wanted(expected: Said) -> str:
    parts: Sequence[tuple[str, str | None]] = (
        ("", expected.text), ("… ", expected.contains), ("~", expected.match),
        ("reacts ", expected.react),
    )  # fmt: skip
    texts = [f"[{kind}: {what}]" if what else f"[{kind}]" for kind, what in expected.media]
    texts += [f"{mark}{part}" for mark, part in parts if part is not None]
    texts += [f"{'' if value else 'no '}{flag}" for flag, value in expected.flags.items()]
    text = " ".join(texts)
    if expected.choices is not None:
        text += "".join(f" [{label}]" for label in expected.choices)
    return text

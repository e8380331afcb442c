"""What a person does in a conversation test: types, presses, sends media, edits, reacts."""

import mimetypes
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final, TypeAlias

from engine.classes import dataclass
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.symbols import text_of
from engine.core.answers import UNREADABLE
from engine.core.values import Value
from engine.diagnostics import Diagnostic

TRANSPORT: Final = "test"
"""The transport of the references that a person of a test sends."""
MEDIA: Final = tuple(sorted(UNREADABLE))
_ACTS: Final = ("choice", "edited", "reaction", *MEDIA)


@dataclass(frozen=True, slots=True)
class Typed:
    """A text; `reply_to` is a part of the bot's message that it replies to."""

    text: str
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    choice: str


@dataclass(frozen=True, slots=True)
class Sent:
    """Media of a kind with their reference, and perhaps a caption."""

    kind: str
    media: dict[str, Value]
    text: str | None = None
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """The person's last message says this now."""

    text: str


@dataclass(frozen=True, slots=True)
class Reacted:
    """Emoji on the bot's last message; none when they are taken off."""

    emoji: tuple[str, ...]


Input: TypeAlias = Typed | Pressed | Sent | Edited | Reacted


def read_input(node: Node) -> Input:
    """An input that its schema has accepted."""
    if not isinstance(node, Fields):
        return Typed(text_of(node) or "")
    text, reply_to = text_of(node.get("text")), text_of(node.get("reply_to"))
    if node.get("choice") is not None:
        return Pressed(text_of(node.get("choice")) or "")
    if node.get("edited") is not None:
        return Edited(text_of(node.get("edited")) or "")
    reaction = node.get("reaction")
    if reaction is not None:
        emoji = reaction.items if isinstance(reaction, Items) else (reaction,)
        return Reacted(tuple(one for one in map(text_of, emoji) if one))
    for kind in MEDIA:
        value = node.get(kind)
        if value is not None:
            return Sent(kind, reference(kind, value, text), text, reply_to)
    return Typed(text or "", reply_to)


def reference(kind: str, node: Node, caption: str | None) -> dict[str, Value]:
    """`turn.media` as a transport would bring it: for a file's name, or a mapping of its fields."""
    media: dict[str, Value] = {"kind": kind}
    if kind not in ("location", "contact"):
        name = text_of(node) or ""
        media |= {"id": f"{TRANSPORT}:{name or kind}", "transport": TRANSPORT}
        if name:
            media["name"] = PurePosixPath(name).name
        if mime := mimetypes.guess_type(name)[0]:
            media["mime"] = mime
    if isinstance(node, Fields):
        media |= node.plain_data()
    if caption:
        media["caption"] = caption
    return media


def odd_inputs(node: Node) -> Iterator[Diagnostic]:
    """Inputs that do two things at once, or nothing."""
    for test in node.items if isinstance(node, Items) else ():
        chat = test.get("chat") if isinstance(test, Fields) else None
        for line in chat.items if isinstance(chat, Items) else ():
            user = line.get("user") if isinstance(line, Fields) else None
            for one in user.items if isinstance(user, Items) else (user,):
                if isinstance(one, Fields):
                    yield from _odd(one)


def _odd(node: Fields) -> Iterator[Diagnostic]:
    acts = [key for key in node.entries if key in _ACTS]
    alone = [key for key in acts if key not in MEDIA]
    others = [key for key in node.entries if key not in acts[:1]]
    if len(acts) > 1 or (alone and others):
        extra = node.entries[acts[1] if len(acts) > 1 else others[0]].key
        message = f"`{acts[0]}` and `{extra.text}` are two inputs"
        yield Diagnostic("SC050", message, extra.place, "Make a list of them.", length=extra.width)
    elif not acts and node.get("text") is None:
        cure = "Add `text`: what the person replies."
        yield Diagnostic("SC050", "this input says nothing", node.place, cure)
    for kind in ("location", "contact"):
        value = node.get(kind)
        if isinstance(value, Scalar):
            needed = "{latitude: …, longitude: …}" if kind == "location" else "{phone: …}"
            message = f"a {kind} is a mapping"
            yield Diagnostic("SC050", message, value.place, f"Write `{kind}: {needed}`.")

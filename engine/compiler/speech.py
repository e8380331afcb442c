"""`say` and its like: texts with media, reactions, and what is done to messages."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final, cast

from engine.compiler.context import Context
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.offers import starters
from engine.compiler.symbols import text_of
from engine.core.effects import MediaKind
from engine.core.manner import PLAINLY, Attachment, Manner
from engine.core.media import ALBUM_MAX, KINDS, URL, URL_MAX
from engine.core.nodes import Block, Evaluate
from engine.core.speech import Delete, React, Say, Typing
from engine.core.values import Value

ALBUM: Final = "album"
FILE: Final = re.compile(r"(?:\./)?(?:[\w@ .()+-]+/)*[\w@ ()+-]+(?:\.[\w-]+)*\.[A-Za-z0-9]{1,8}\Z")
"""A path in the bot's folder; it must hold a slash, because `photo.x` could be an expression."""


def say(
    context: Context, node: Node | None, key: str, locals_: frozenset[str] = frozenset()
) -> Block:
    """What `say` does: nothing where there is none."""
    if node is None:
        return ()
    words, how = context.wording(node, key, locals_), manner(context, node, locals_)
    return (Say(words, how, starters(context, node, key, locals_)),)


def gestures(context: Context, node: Fields, locals_: frozenset[str]) -> Block:
    """`typing`, `react` and `delete`, in this order."""
    found: Block = (Typing(),) if _true(node.get("typing")) else ()
    emoji = node.get("react")
    if isinstance(emoji, Scalar):
        found += (React(context.text(emoji, context.languages[0], locals_)),)
    delete = node.get("delete")
    if _true(delete):
        found += (Delete(),)
    elif isinstance(delete, Scalar) and isinstance(delete.value, str):
        context.meant.append(delete)
        found += (Delete(delete.text),)
    return found


def manner(context: Context, node: Node, locals_: frozenset[str] = frozenset()) -> Manner:
    """How a message is sent: its media, `edit` and `reply`."""
    if not isinstance(node, Fields):
        return PLAINLY
    attachments = tuple(_attachments(context, node, locals_))
    edit, name = node.get("edit"), node.get("as")
    other = isinstance(edit, Scalar) and isinstance(edit.value, str)
    if isinstance(edit, Scalar) and other:
        context.meant.append(edit)
    if isinstance(name, Scalar):
        context.named.add(name.text)
    made = Manner(
        attachments,
        text_of(edit) or False if other else _true(edit),
        _true(node.get("reply")),
        text_of(name),
    )
    if node.get("text") is None and not attachments and not context.findings.blamed(node):
        cure = f"Add `text`, or one of {', '.join(KINDS)}, {ALBUM}."
        context.findings.add("SC011", "this message says nothing", node, cure)
    if made.edit and made.reply:
        at = node.entries["reply"].key
        message = "`edit` and `reply` cannot stand together: what is edited stays in its place"
        context.findings.add("SC040", message, at, "Remove one.")
    return PLAINLY if made == PLAINLY else made


def _attachments(context: Context, node: Fields, locals_: frozenset[str]) -> Iterator[Attachment]:
    found = [key for key in (*KINDS, ALBUM) if node.get(key) is not None]
    for key in found[1:]:
        at = node.entries[key].key
        message = f"`{found[0]}` and `{key}` cannot stand together"
        context.findings.add("SC040", message, at, "Put them into an `album`, or say them in turn.")
    for key in found[:1]:
        value = node.get(key)
        assert value is not None
        if key == ALBUM:
            yield from _album(context, value, locals_)
        else:
            yield _attachment(context, cast("MediaKind", key), value, locals_)


def _album(context: Context, node: Node, locals_: frozenset[str]) -> Iterator[Attachment]:
    if not isinstance(node, Items):
        yield _attachment(context, None, node, locals_)
        return
    if len(node.items) > ALBUM_MAX:
        context.findings.add("SC043", f"an album holds {ALBUM_MAX} media at most", node)
    for item in node.items:
        if isinstance(item, Fields):
            yield from _attachments(context, item, locals_)
        else:
            yield _attachment(context, None, item, locals_)


def _attachment(
    context: Context, kind: MediaKind | None, node: Node, locals_: frozenset[str]
) -> Attachment:
    """A file of the bot's folder, an address, or an expression that gives media."""
    if not isinstance(node, Scalar):
        return Attachment(kind, context.value(node, locals_), node.place)
    if URL.match(node.text):
        if len(node.text) > URL_MAX:
            context.findings.add("SC043", f"an address has {URL_MAX} characters at most", node)
        return Attachment(kind, _constant(node.text), node.place)
    if "/" in node.text and FILE.match(node.text):
        path = node.text.removeprefix("./")
        found = kind or kind_of(path)
        context.check_file(node, path, found)
        return Attachment(found, _constant({"kind": found, "file": path}), node.place)
    if FILE.match(node.text) and context.has_file(node.text):
        cure = f"Write `./{node.text}`: without a slash it is read as an expression."
        context.findings.add("SC029", f"`{node.text}` is meant as a file", node, cure)
        return Attachment(kind, _constant(None), node.place)
    return Attachment(kind, context.expression(node, locals_), node.place)


def kind_of(path: str) -> MediaKind:
    """What the name of a file says that it is."""
    import mimetypes  # noqa: PLC0415 - only an album needs to guess

    mime = mimetypes.guess_type(PurePosixPath(path).name)[0] or ""
    if mime == "image/gif":
        return "animation"
    kinds: dict[str, MediaKind] = {"image": "photo", "video": "video", "audio": "audio"}
    return kinds.get(mime.partition("/")[0], "document")


def _constant(value: Value) -> Evaluate:
    return lambda _: value


def _true(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.value is True

"""What stands in for marks where a transport has no styles, or cannot show what a mark means."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import PurePosixPath
from typing import Final

from engine.classes import dataclass
from engine.core.effects import Mark, Media, Message

STRUCK: Final = "~~"
QUOTED: Final = "> "


@dataclass(frozen=True, slots=True)
class Signs:
    """What is written around what was struck out, and before each line of a quote."""

    struck: str = STRUCK
    quoted: str = QUOTED


PLAIN: Final = Signs()


def plain_text(text: str, marks: Sequence[Mark], signs: Signs = PLAIN) -> str:
    """The text without marks: links show their address; quotes and what is struck out a sign."""
    added = list(additions(text, marks, signs))
    for at, sign in reversed(added):
        text = f"{text[:at]}{sign}{text[at:]}"
    return text


def additions(text: str, marks: Sequence[Mark], signs: Signs) -> Iterator[tuple[int, str]]:
    """What is added to a text, and before which of its characters, in order.

    At one place what ends comes before what begins, and inner marks end before outer ones.
    """
    found: list[tuple[int, bool, int, str]] = []
    for depth, mark in enumerate(marks):
        start, end = max(mark.offset, 0), min(mark.offset + mark.length, len(text))
        if start >= end:
            continue
        if mark.kind == "link" and mark.url and text[start:end].strip() != mark.url:
            found.append((end, False, -depth, f" ({mark.url})"))
        elif mark.kind == "strike" and signs.struck:
            found.append((start, True, depth, signs.struck))
            found.append((end, False, -depth, signs.struck))
        elif mark.kind == "quote" and signs.quoted:
            found += [(line, True, depth, signs.quoted) for line in _lines(text, start, end)]
    for at, _, _, sign in sorted(found, key=lambda each: each[:3]):
        yield at, sign


def _lines(text: str, start: int, end: int) -> Iterator[int]:
    """Where the lines of a part begin."""
    yield start
    for at in range(start, end - 1):
        if text[at] == "\n":
            yield at + 1


def in_words(message: Message) -> Message | None:
    """A message as text and buttons only, its media described; none where that says nothing.

    A reaction becomes a line of its own. What is edited is said anew, but not where only its
    buttons change.
    """
    if message.react:
        return Message(f"[{message.react}]")
    text, marks = with_descriptions(message.text, message.marks, message.media)
    silent = message.done_to_others or (message.edit is not None and not text.strip())
    return None if silent else Message(text, marks, message.buttons, reply_to=message.reply_to)


def with_descriptions(
    text: str, marks: tuple[Mark, ...], media: Sequence[Media]
) -> tuple[str, tuple[Mark, ...]]:
    """A text below the descriptions of media, and its marks there."""
    if not media:
        return text, marks
    above = "\n".join(map(described, media))
    if not text:
        return above, ()
    shift = len(above) + 1
    return f"{above}\n{text}", tuple(replace(mark, offset=mark.offset + shift) for mark in marks)


def described(media: Media) -> str:
    """A line that stands for media: `[photo: menu.png]`, `[video] https://…`."""
    source = media.source
    if media.kind == "location":
        return f"[location: geo:{source['latitude']},{source['longitude']}]"
    if media.kind == "contact":
        names = (source.get("first_name"), source.get("last_name"))
        name = " ".join(str(each) for each in names if each)
        return f"[contact: {', '.join(part for part in (name, str(source['phone'])) if part)}]"
    url = source.get("url")
    if isinstance(url, str):
        return f"[{media.kind}] {url}"
    name = PurePosixPath(str(source.get("name") or source.get("file") or "")).name
    return f"[{media.kind}: {' '.join(name.split())}]" if name else f"[{media.kind}]"


def utf16_offsets(text: str) -> Sequence[int]:
    """For each position in a text, its offset in UTF-16 code units."""
    if text.isascii() or max(text) <= "\uffff":
        return range(len(text) + 1)
    return [0, *accumulate(2 if letter > "\uffff" else 1 for letter in text)]

"""PO files: translations on their way to somebody who does not write YAML, and back."""

import io
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po

from engine.authoring.sources import Book, Source
from engine.authoring.translation import TranslationFile
from engine.classes import dataclass
from engine.compiler.nodes import Scalar
from engine.compiler.placeholders import differences, names
from engine.compiler.reader import display, read_bytes
from engine.core.suggest import did_you_mean
from engine.core.texts import Text, compile_text
from engine.diagnostics import Diagnostic
from engine.errors import Place, StatechatError

_FORMATS = frozenset({"python-format", "python-brace-format"})
"""Flags by which PO editors would take our braces and percent signs for Python's."""


def export(book: Book, language: str, sources: tuple[Source, ...]) -> str:
    """All texts with what there is of their translations, as PO.

    The context of a message is its key behind the name of its file: `registration.age.ask`. A
    translation whose text has changed is fuzzy.

    Raises:
        FlowInvalid: a file of translations has a fault.
    """
    catalog = Catalog(locale=language.replace("-", "_"), project=book.bot, fuzzy=False)
    for source in sources:
        made = source.open(language)
        for key, node in source.texts.items():
            _add(catalog, source, key, node, made)
    written = io.BytesIO()
    write_po(written, catalog, include_previous=True)
    return written.getvalue().decode()


def _add(catalog: Catalog, source: Source, key: str, node: Scalar, made: TranslationFile) -> None:
    state = made.state(key, node.text)
    message = catalog.add(
        node.text,
        string=made.text(key) or "",
        context=f"{source.stem}.{key}",
        locations=[(node.place.file, node.place.line)],
        auto_comments=_hints(node),
    )
    message.flags -= _FORMATS
    old = made.source(key)
    if state == "changed":
        message.flags.add("fuzzy")
        message.previous_id = [old] if old else []


def _hints(node: Scalar) -> list[str]:
    text = _compiled(node.text, node.content, "en")
    filled = sorted(names(text)) if isinstance(text, Text) else []
    return [f"Keep in braces: {', '.join(filled)}"] if filled else []


def _compiled(text: str, place: Place, language: str) -> Text | Diagnostic:
    try:
        return compile_text(text, place, lang=language)
    except StatechatError as error:
        return Diagnostic("SC031", error.message, error.place or place, error.cure)


@dataclass(slots=True)
class Merged:
    """What became of a PO file.

    `refused` tells why translations were not taken, `unknown` which texts are not there any more.
    """

    language: str
    taken: int = 0
    kept: int = 0
    fuzzy: int = 0
    empty: int = 0
    refused: list[Diagnostic] = field(default_factory=list)
    unknown: list[Diagnostic] = field(default_factory=list)


def merge(book: Book, path: Path, wanted: str | None) -> Merged:
    """Take the translations of a PO file into those of a bot.

    Nothing is written if the file cannot be read. A translation that is fuzzy, empty, or refused
    leaves what was there.

    Raises:
        FlowInvalid: a file of translations has a fault.
        StatechatError: `po:syntax`, `po:language`, `bot:unreadable`, `file:unwritable`.
    """
    raw, name = read_bytes(path), display(path)
    catalog = _read(raw, name)
    language = wanted or (catalog.locale_identifier or "").replace("_", "-").lower()
    if not language:
        cure = "Name it with --lang."
        raise StatechatError("po:language", f"{name} does not tell its language", cure=cure)
    merged = Merged(language)
    lines = raw.decode("utf-8", "replace").splitlines()
    files: dict[str, TranslationFile] = {}
    sources = {source.stem: source for source in book.sources}
    for message in catalog:
        if not message.id or not isinstance(message.id, str) or not isinstance(message.string, str):
            continue
        at = _place(message, name, lines)
        stem, _, key = (message.context or "").partition(".")
        source = sources.get(stem)
        if source is None or key not in source.texts:
            merged.unknown.append(_unknown(message, book, at))
        elif not message.string:
            merged.empty += 1
        elif message.fuzzy:
            merged.fuzzy += 1
        else:
            found = list(_faults(message, at, language))
            merged.refused += found
            if not found:
                made = files.get(stem) or files.setdefault(stem, source.open(language))
                _take(merged, made, source, key, message)
    for made in files.values():
        made.save()
    return merged


def _read(raw: bytes, name: str) -> Catalog:
    try:
        catalog = read_po(io.BytesIO(raw), abort_invalid=True)
    except PoFileError as error:
        place = Place(name, error.lineno + 1, 1)
        raise StatechatError(
            "po:syntax", str(error).rstrip("."), place=place, cure=_CURE
        ) from error
    except (UnicodeDecodeError, ValueError, IndexError, LookupError) as error:
        message = f"{name} is no PO file: {error}"
        raise StatechatError("po:syntax", message, cure=_CURE) from error
    if not len(catalog):
        raise StatechatError("po:syntax", f"{name} holds no messages", cure=_CURE)
    return catalog


_CURE = "Write one with `statechat i18n extract BOT --format po`."


def _take(
    merged: Merged, made: TranslationFile, source: Source, key: str, message: Message
) -> None:
    text = source.texts[key].text
    if key not in made.entries:
        made.add(key, text, _before(key, source, made))
    assert isinstance(message.id, str)
    assert isinstance(message.string, str)
    if made.put(key, message.string, text, message.id):
        merged.taken += 1
    else:
        merged.kept += 1


def _before(key: str, source: Source, made: TranslationFile) -> str | None:
    """The nearest text above one that has an entry in the file."""
    found = None
    for other in source.texts:
        if other == key:
            break
        if other in made.entries:
            found = other
    return found


def _faults(message: Message, at: Place, language: str) -> Iterator[Diagnostic]:
    assert isinstance(message.id, str)
    assert isinstance(message.string, str)
    base = _compiled(message.id, at, language)
    translation = _compiled(message.string, at, language)
    if isinstance(translation, Diagnostic):
        yield translation
    elif isinstance(base, Text):
        token = Scalar(at, at, message.string, message.string, plain=True)
        for found in differences(base, translation, token):
            yield Diagnostic(found.code, found.message, found.place, found.cure)


def _unknown(message: Message, book: Book, at: Place) -> Diagnostic:
    context = message.context or ""
    known = [f"{source.stem}.{key}" for source in book.sources for key in source.texts]
    cure = did_you_mean(context, known) or "Extract the texts anew; it is not there any more."
    what = f"there is no text `{context}`" if context else "this message has no context"
    return Diagnostic("SC025", what, at, cure, "warning")


def _place(message: Message, file: str, lines: list[str]) -> Place:
    """Where the translation of a message begins."""
    first = message.lineno or 1
    for number in range(first, len(lines) + 1):
        line = lines[number - 1]
        if line.startswith("msgstr"):
            if line.strip() == 'msgstr ""' and lines[number : number + 1]:
                return Place(file, number + 1, 2)
            return Place(file, number, line.find('"') + 2)
    return Place(file, first, 1)

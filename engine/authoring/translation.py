"""One file of translations, as a person keeps it: comments, order and all.

Above a translation may stand the text that it was made from, as `# en: What is your name?`. Where
that text has changed since, the older one stands above it, as `# en was: Your name?`, until the
translation is made anew.
"""

from collections.abc import Iterator
from dataclasses import field, replace
from pathlib import Path
from typing import Literal

from engine.authoring.layout import Comment, Group, Item, Layout, Word
from engine.authoring.printing import write
from engine.authoring.reading import read
from engine.authoring.saving import save
from engine.authoring.spelling import quoted
from engine.classes import dataclass
from engine.compiler.nodes import Fields, Scalar
from engine.compiler.reader import display, read_bytes
from engine.compiler.source import load
from engine.compiler.syntax import decode
from engine.diagnostics import Diagnostic, FlowInvalid
from engine.errors import Place, StatechatError

State = Literal["translated", "changed", "missing"]


@dataclass(slots=True)
class TranslationFile:
    """The translations of one file into one language; `base` is the language of its texts."""

    path: Path
    base: str
    layout: Layout
    entries: dict[str, Item] = field(default_factory=dict)
    touched: bool = False
    _tops: dict[str, Item] = field(default_factory=dict)
    _added: dict[Item | None, list[Item]] = field(default_factory=dict)

    def state(self, key: str, text: str) -> State:
        """Whether a text of today is translated, as far as the file tells."""
        item = self.entries.get(key)
        if item is None or not _said(item):
            return "missing"
        source = self._noted(item, f"# {self.base}: ")
        old = self._noted(item, f"# {self.base} was: ")
        changed = old is not None or (source is not None and source != text)
        return "changed" if changed else "translated"

    def text(self, key: str) -> str | None:
        """The translation of a key, if there is one."""
        item = self.entries.get(key)
        return _said(item) if item else None

    def source(self, key: str) -> str | None:
        """The text that the translation of a key was made from, if the file tells."""
        item = self.entries.get(key)
        if item is None:
            return None
        old = self._noted(item, f"# {self.base} was: ")
        return old if old is not None else self._noted(item, f"# {self.base}: ")

    def add(self, key: str, text: str, after: str | None) -> None:
        """Make room for the translation of a text, behind that of another key if it is there."""
        item = Item(Word(key), Word(""))
        self._note(item, text, None)
        top = self._tops.get(after) if after is not None else None
        if top is None and self.layout.root.before and None not in self._added:
            item.before[0] = replace(item.before[0], gap=True)  # below what heads the file
        beside = self._added.setdefault(top, [])
        before = self.entries.get(after) if after is not None else None
        if beside and beside[-1] is before:
            beside.append(item)
        else:
            beside.insert(beside.index(before) + 1 if before in beside else 0, item)
        self.entries[key] = item
        if top is not None:
            self._tops[key] = top
        self.touched = True

    def follow(self, key: str, text: str, *, always: bool) -> None:
        """Note that the text of a translation has become another one.

        Where the file does not tell which text a translation was made from, it is taken for made
        from this one if `always`.
        """
        item = self.entries[key]
        source = self._noted(item, f"# {self.base}: ")
        if source == text or (source is None and not always):
            return
        old = self._noted(item, f"# {self.base} was: ")
        self._note(item, text, (old or source) if _said(item) else None)
        self.touched = True

    def put(self, key: str, translation: str, text: str, made_from: str) -> bool:
        """Set a translation; whether that changes the file."""
        item = self.entries[key]
        old = made_from if made_from != text else None
        if _said(item) == translation and self.state(key, text) == "translated" and old is None:
            return False
        if _said(item) != translation:
            style = "|" if "\n" in translation else ("" if _bare(translation) else '"')
            item.value = Word(translation, style)
        self._note(item, text, old)
        self.touched = True
        return True

    def save(self) -> None:
        """Write the file, where anything has been changed.

        Raises:
            StatechatError: `fmt:unsafe`, what would be written is not what is meant;
                `file:unwritable`.
        """
        if not self.touched:
            return
        group = self.layout.root.value
        assert isinstance(group, Group)
        items = list(self._added.get(None, ()))
        for item in group.items:
            items += [item, *self._added.get(item, ())]
        whole = Group(mapping=True, items=items, tail=group.tail)
        root = replace(self.layout.root, value=whole)
        text = write(Layout(root, self.layout.after))
        written = read(text).root.value
        kept = dict(_flat(written, "")) if isinstance(written, Group) else {}
        if {key: _said(one) for key, one in kept.items()} != {
            key: _said(one) for key, one in self.entries.items()
        }:
            message = f"{display(self.path)} cannot be written without losing a translation"
            cure = "The file is left as it is. Please report it as a fault of Statechat."
            raise StatechatError("fmt:unsafe", message, cure=cure)
        save(self.path, text)

    def _noted(self, item: Item, sign: str) -> str | None:
        said = [one.text.removeprefix(sign) for one in item.before if one.text.startswith(sign)]
        if not said:
            return None
        if said[-1].startswith('"'):
            node, _ = load(said[-1], "")
            return node.text if isinstance(node, Scalar) else said[-1]
        return said[-1]

    def _note(self, item: Item, text: str, old: str | None) -> None:
        signs = (f"# {self.base}: ", f"# {self.base} was: ")
        item.before = [one for one in item.before if not one.text.startswith(signs)]
        if old is not None and old != text:
            item.before.append(_comment(f"{signs[1]}{_line(old)}"))
        item.before.append(_comment(f"{signs[0]}{_line(text)}"))


def open_file(path: Path, base: str) -> TranslationFile:
    """The translations in a file; none where there is no such file.

    Raises:
        FlowInvalid: the file has a fault, so that nothing can be written into it.
        StatechatError: `bot:unreadable`.
    """
    if not path.exists():
        return TranslationFile(path, base, Layout(Item(value=Group(mapping=True))))
    raw, name = read_bytes(path), display(path)
    node, found = load(raw, name)
    if not found and not isinstance(node, Fields):
        found = [Diagnostic("SC010", "the file is a mapping of keys to texts", Place(name, 1, 1))]
    if found:
        raise FlowInvalid(found)
    layout = read(decode(raw, name)[0])
    group = _opened(layout)
    entries: dict[str, Item] = {}
    tops: dict[str, Item] = {}
    for top in group.items:
        leaves = dict(_flat(Group(mapping=True, items=[top]), ""))
        entries |= leaves
        tops |= dict.fromkeys(leaves, top)
    return TranslationFile(path, base, layout, entries, _tops=tops)


def _opened(layout: Layout) -> Group:
    """The file's entries, line by line; a comment right above the first belongs to that."""
    group = layout.root.value
    assert isinstance(group, Group)
    group.flow = False
    head = layout.root.before
    if group.items and not group.items[0].gap:
        split = max((at for at, comment in enumerate(head) if comment.gap), default=0)
        group.items[0].before = [*head[split:], *group.items[0].before]
        layout.root.before = head[:split]
    return group


def _flat(group: Group, prefix: str) -> Iterator[tuple[str, Item]]:
    for number, item in enumerate(group.items):
        key = f"{prefix}{item.key.text if item.key else number}"
        if isinstance(item.value, Group):
            yield from _flat(item.value, f"{key}.")
        else:
            yield key, item


def _said(item: Item) -> str | None:
    """The text of an entry; none where it is empty."""
    word = item.value
    return word.text if isinstance(word, Word) and (word.text or word.style) else None


def _bare(text: str) -> bool:
    node, found = load(f"a: {text}\n", "")
    value = node.get("a") if isinstance(node, Fields) else None
    return not found and isinstance(value, Scalar) and value.value == text


def _line(text: str) -> str:
    """A text as one line of a comment: quoted where it would not come back otherwise."""
    plain = "\n" not in text and text == text.strip() and not text.startswith('"')
    return text if plain and text.isprintable() else quoted(text, double=True)


def _comment(text: str) -> Comment:
    return Comment(text, 0, 0, 0, own=True, gap=False)

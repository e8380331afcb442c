"""`statechat fmt`: one way to lay a file out, in which nothing of it is lost."""

from engine.authoring.layout import comments
from engine.authoring.printing import write
from engine.authoring.reading import read
from engine.classes import dataclass
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.source import load
from engine.compiler.syntax import decode
from engine.diagnostics import Diagnostic
from engine.errors import StatechatError


@dataclass(frozen=True, slots=True)
class Formatted:
    """A file as it should look; the text that it has where `found` says what is wrong with it."""

    text: str
    found: tuple[Diagnostic, ...] = ()


def format_file(raw: bytes, file: str) -> Formatted:
    """Lay a file out. One with a fault is left as it is: a comment may be half of a text.

    Raises:
        StatechatError: `fmt:unsafe`, a file that would not mean the same any more.
    """
    text, found = decode(raw, file)
    node = None
    if not found:
        node, found = load(raw, file)
    if node is None or found:
        return Formatted(text, tuple(found))
    layout = read(text)
    written = write(layout)
    again, faults = load(written, file)
    kept = not faults and again is not None and same(node, again)
    if not kept or list(comments(read(written))) != list(comments(layout)):
        message = f"{file} cannot be laid out without changing what it says"
        cure = "The file is left as it is. Please report it as a fault of Statechat."
        raise StatechatError("fmt:unsafe", message, cure=cure)
    return Formatted(written)


def same(one: Node, other: Node) -> bool:
    """Whether two trees say the same: keys in the same order, and every spelling that counts."""
    if isinstance(one, Scalar) and isinstance(other, Scalar):
        spelled = one.text == other.text or one.value is None
        return one.value == other.value and type(one.value) is type(other.value) and spelled
    if isinstance(one, Items) and isinstance(other, Items):
        pairs = zip(one.items, other.items, strict=False)
        return len(one.items) == len(other.items) and all(same(*pair) for pair in pairs)
    if isinstance(one, Fields) and isinstance(other, Fields):
        return list(one.entries) == list(other.entries) and all(
            same(entry.value, other.entries[key].value) for key, entry in one.entries.items()
        )
    return False

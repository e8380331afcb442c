"""The texts of a bot as they stand in its files, in every language."""

from collections.abc import Iterator

from engine.classes import dataclass
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.core.marks import read_markup
from engine.core.markup import Hole, Loop, Markup, Option, Piece
from engine.core.media import KINDS
from engine.errors import Place, StatechatError
from engine.lint.rule import Subject


@dataclass(frozen=True, slots=True)
class Words:
    """One text.

    Attributes:
        flow: the name of its flow; none for bot.yaml.
        key: its path in a translation file.
        language: none where it stands in the flow itself.
    """

    flow: str | None
    key: str
    language: str | None
    node: Scalar

    @property
    def markup(self) -> Markup | None:
        """What the text is made of; none where it cannot be read, which the compiler has said."""
        try:
            return read_markup(self.node.text, self.node.content)
        except StatechatError:
            return None


def every_text(subject: Subject) -> Iterator[Words]:
    for name, source in subject.sources.items():
        for key, node in source.texts.items():
            yield Words(name, key, None, node)
            for language, texts in source.translations.items():
                if key in texts:
                    yield Words(name, key, language, texts[key])
    for key, node in subject.compiled.own.items():
        yield Words(None, key, None, node)


def captions(subject: Subject) -> set[tuple[str, str]]:
    """The texts that stand beside media: the flow's name, and the key."""
    found = set()
    for name, source in subject.sources.items():
        beside = _beside_media(source.node)
        found |= {(name, key) for key, node in source.texts.items() if node.content in beside}
    return found


def _beside_media(root: Node) -> set[Place]:
    """Where the texts of messages with media stand."""
    found = set()
    rest: list[Node] = [root]
    while rest:
        node = rest.pop()
        if isinstance(node, Items):
            rest += node.items
        elif isinstance(node, Fields):
            rest += [entry.value for entry in node.entries.values()]
            text = node.get("text")
            if isinstance(text, Scalar) and any(node.get(kind) is not None for kind in KINDS):
                found.add(text.content)
    return found


def shortest(markup: Markup) -> int:
    """UTF-16 units that a text has at least: of its values, nothing is counted."""
    return sum(map(_least, markup.pieces))


def _least(piece: Piece) -> int:
    match piece:
        case str():
            return len(piece.encode("utf-16-le", "surrogatepass")) // 2
        case Option(body=body, otherwise=otherwise):
            return min(shortest(body), shortest(otherwise) if otherwise else 0)
        case Hole() | Loop():
            return 0

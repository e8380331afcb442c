"""The documentation as data: pages, their fences, headings, links and commands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
PAGES: Final = tuple(
    sorted(
        [
            *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
            *(ROOT / "docs").rglob("*.md"),
        ]
    )
)

_FENCE: Final = re.compile(r"(?P<indent> *)(?P<ticks>`{3,})(?P<info>.*)")
_HEADING: Final = re.compile(r"(#{1,6}) +(.+?) *#*")
_ANCHOR: Final = re.compile(r'<a id="([^"]+)"></a>')
_LINK: Final = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
_CODE: Final = re.compile(r"(`+)(.+?)\1")
_NOT_IN_SLUG: Final = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Block:
    """A fence: `line` is that of its first line of content, `section` the heading above it."""

    language: str
    words: frozenset[str]
    options: dict[str, str]
    text: str
    line: int
    section: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page, without its fences in `prose` (their lines are blank there)."""

    path: Path
    prose: tuple[str, ...]
    blocks: tuple[Block, ...]

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    def headings(self) -> list[str]:
        found = (_HEADING.fullmatch(line) for line in self.prose)
        return [match[2] for match in found if match]

    def anchors(self) -> set[str]:
        """What a link can lead to: headings as GitHub spells them, and anchors written out."""
        slugs: set[str] = set()
        for heading in self.headings():
            slug = base = _NOT_IN_SLUG.sub("", heading.lower()).replace(" ", "-")
            count = 0
            while slug in slugs:
                count += 1
                slug = f"{base}-{count}"
            slugs.add(slug)
        return slugs | {name for line in self.prose for name in _ANCHOR.findall(line)}

    def links(self) -> Iterator[str]:
        for line in self.prose:
            yield from _LINK.findall(_CODE.sub("", line))
            yield from _LINK.findall(line)

    def spans(self) -> Iterator[str]:
        """What stands in the prose as code."""
        for line in self.prose:
            for _, code in _CODE.findall(line):
                yield code.strip()

    def sections(self, level: str = "### ") -> dict[str, str]:
        """The prose below each heading of a level, by the heading."""
        found: dict[str, list[str]] = {}
        current: list[str] = []
        for line in self.prose:
            if line.startswith(level):
                current = found.setdefault(line.removeprefix(level).strip(), [])
            elif _HEADING.fullmatch(line):
                current = []
            else:
                current.append(line)
        return {heading: "\n".join(lines) for heading, lines in found.items()}


def read(path: Path) -> Page:
    """A page.

    Raises:
        ValueError: a fence is not closed.
    """
    prose: list[str] = []
    blocks: list[Block] = []
    inside: list[str] | None = None
    opening: re.Match[str] | None = None
    start = 0
    section = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        fence = _FENCE.fullmatch(line)
        if inside is not None and opening is not None:
            if fence and fence["ticks"] == opening["ticks"] and not fence["info"]:
                blocks.append(_block(opening["info"], inside, start, section))
                inside = None
            else:
                inside.append(line.removeprefix(opening["indent"]))
        elif fence:
            opening, inside, start = fence, [], number + 1
        else:
            heading = _HEADING.fullmatch(line)
            section = heading[2] if heading else section
            prose.append(line)
            continue
        prose.append("")
    if inside is not None:
        raise ValueError(f"{path}: the fence of line {start - 1} is not closed")
    return Page(path, tuple(prose), tuple(blocks))


def _block(info: str, lines: list[str], line: int, section: str) -> Block:
    language, *words = info.split() or [""]
    options = dict(word.split("=", 1) for word in words if "=" in word)
    plain = frozenset(word for word in words if "=" not in word)
    return Block(language, plain, options, "\n".join(lines) + "\n", line, section)

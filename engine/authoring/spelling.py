"""How one scalar is written: plain where every tool reads it alike, in quotes otherwise."""

import re
from typing import Final

import yaml

from engine.authoring.layout import Word

_NUMBER: Final = re.compile(
    r"[-+]?(?:0o[0-7_]+|0x[0-9a-fA-F_]+|0b[01_]+|\.?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?)\Z"
)
_SIGNS: Final = re.compile(r"#|:(?!//)|\A(?:---|\.\.\.)|\A\s|\s\Z|\A\Z|[\n\t]")
_ESCAPES: Final = {
    "\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r",
    "\x85": "\\N", "\u2028": "\\L", "\u2029": "\\P", "\ufeff": "\\uFEFF",
}  # fmt: skip
_FOLDABLE: Final = re.compile(r"\S+(?: \S+)*\Z")
_STRAIGHT: Final = re.compile(r"[^\x85\u2028\u2029\ufeff\r]+\Z")
FOLD_MIN: Final = 40
"""Least room in which a long text is broken into lines, in columns."""


def harmless(text: str) -> bool:
    """Whether every YAML tool reads this plain text as the same text.

    YAML 1.1 makes true of `yes`, 750 of `12:30` and a date of `2026-11-23`.
    """
    if _SIGNS.search(text) or _NUMBER.match(text):
        return False
    # PyYAML's table of what YAML 1.1 takes for something else, by the first character.
    candidates = yaml.SafeLoader.yaml_implicit_resolvers.get(text[0], [])
    return not any(pattern.match(text) for _, pattern in candidates)


def key(word: Word) -> str:
    """A key: quoted where it was, or where another tool would read no text."""
    if not word.style and harmless(word.text) and word.value == word.text:
        return word.text
    return quoted(word.text)


def inline(word: Word) -> str:
    """A value on one line; an empty one is `null`."""
    if word.style:
        return quoted(word.text)
    if not isinstance(word.value, str):
        return word.text or "null"
    return word.text if harmless(word.text) else quoted(word.text)


def quoted(text: str, *, double: bool = False) -> str:
    """In double quotes, or in single ones where that saves escapes, unless `double`."""
    single = not double and ('"' in text or "\\" in text) and "'" not in text
    if single and not any(sign in text for sign in _ESCAPES if sign not in '"\\'):
        return f"'{text}'"
    return '"' + "".join(_ESCAPES.get(sign, sign) for sign in text) + '"'


def block(word: Word, room: int) -> list[str] | None:
    """The header and the lines of a text that needs several; none for one that is inline.

    `room` is the width that its lines have.
    """
    if word.style == ">" and word.lines:
        return _block(word.text, ">", list(word.lines))
    if word.style == ">" or (word.style != "|" and not word.broken):
        return None
    if "\n" in word.text:
        return _block(word.text, "|", word.text.removesuffix("\n").split("\n"))
    if word.style == "|":
        return _block(word.text, "|", [word.text])
    if len(inline(word)) <= room or not _FOLDABLE.match(word.text):
        return None
    return _block(word.text, ">", _wrapped(word.text, max(room, FOLD_MIN)))


def _block(text: str, sign: str, lines: list[str]) -> list[str] | None:
    if not _STRAIGHT.match(text) or text.endswith("\n\n"):
        return None
    if not lines[-1].strip() or any(line.isspace() for line in lines):
        return None
    indicator = "2" if not lines[0] or lines[0][0] in " \t" else ""
    return [f"{sign}{indicator}{'' if text.endswith(chr(10)) else '-'}", *lines]


def _wrapped(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines

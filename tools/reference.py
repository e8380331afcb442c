"""Writes the pages of `docs/reference/` that are made from the engine's own tables.

python -m tools.reference            write functions.md, filters.md, types.md, keys.md,
                                     commands.md, and rules.md
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.core.datatypes import TYPES
from engine.core.datatypes.kind import Kind
from engine.core.filters import FILTERS, Filter
from engine.core.functions import FUNCTIONS
from engine.core.registry import Function
from engine.core.values import Value
from tools import commands as of_commands
from tools import keys as of_keys
from tools import rules as of_rules

FOLDER: Final = Path(__file__).resolve().parent.parent / "docs" / "reference"
_MADE: Final = "<!-- Made by `python -m tools.reference` from {source}; do not edit. -->"


def functions() -> str:
    """The page of functions."""
    head = [
        "# Functions",
        "",
        _MADE.format(source="engine/core/functions.py"),
        "",
        "What an expression can call. A parameter with `?` may be left out, one with `...`",
        "repeated. A value that a function cannot take is a fault of the flow (`expr:type`); a",
        "result that is too large is `expr:limit`.",
    ]
    return _page(head, (line for name in sorted(FUNCTIONS) for line in _function(FUNCTIONS[name])))


def filters() -> str:
    """The page of filters."""
    head = [
        "# Filters",
        "",
        _MADE.format(source="engine/core/filters.py"),
        "",
        "What a value in a text can go through: `{value | one}`, `{value | one(argument) | two}`.",
        "Null passes through every filter but `default`. Numbers, dates and lists are written as",
        "the person's language does, moments in the person's time zone. The examples are in",
        "English and UTC.",
    ]
    return _page(head, (line for name in sorted(FILTERS) for line in _filter(FILTERS[name])))


def types() -> str:
    """The page of types."""
    head = [
        "# Types",
        "",
        _MADE.format(source="engine/core/datatypes/"),
        "",
        "What a [variable](language.md#variables) can be, how a person's answer is read, and how",
        "it is stored. What is not fully understood is not accepted: a date that could be two",
        "days, a text with a word too many. The examples are of Thursday, 26 November 2026, at",
        "13:00 in Vienna; where no language is named, the person reads English.",
    ]
    return _page(head, (line for name in sorted(TYPES) for line in _type(TYPES[name])))


def keys() -> str:
    """The page of keys."""
    head = ["# Keys", "", _MADE.format(source="schemas/"), ""]
    return _page(head, of_keys.body())


def commands() -> str:
    """The page of commands."""
    head = ["# Commands", "", _MADE.format(source="engine/cli/"), ""]
    return _page(head, of_commands.body())


def rules() -> str:
    """The page of the checker's rules."""
    return of_rules.page(_MADE.format(source="engine/lint/rules/"))


PAGES: Final = {
    "functions.md": functions, "filters.md": filters, "types.md": types, "keys.md": keys,
    "commands.md": commands, "rules.md": rules,
}  # fmt: skip


def _page(head: list[str], body: Iterator[str]) -> str:
    return "\n".join([*head, *body]) + "\n"


def _function(entry: Function) -> Iterator[str]:
    source, value = entry.example
    yield from ("", f"## {entry.name}", "", f"`{entry.signature}`", "", entry.doc, "")
    yield f"`{source}` is `{_shown(value)}`."


def _filter(entry: Filter) -> Iterator[str]:
    text, data, result = entry.example
    yield from ("", f"## {entry.name}", "", f"`{entry.signature}`", "", entry.doc, "")
    given = ", ".join(f"`{name}` = `{_shown(value)}`" for name, value in data.items())
    # A blank of another width would be lost on the reader.
    shown = result.replace("\N{NARROW NO-BREAK SPACE}", " ")
    yield f"`{text}` is `{shown}`" + (f" where {given}." if given else ".")


def _type(entry: Kind) -> Iterator[str]:
    yield from ("", f"## {entry.name}", "", entry.doc, "")
    options = ", ".join(f"`{option}`" for option in sorted(entry.options))
    if options:
        yield from (f"Options: {options}.", "")
    yield f"Stored: `{_shown(entry.stored)}`."
    if entry.examples:
        yield from ("", "| a person writes | it is read as |", "|---|---|")
    for each in entry.examples:
        lang = "" if each.lang == "en" else f" ({each.lang})"
        meant = "nothing; it is asked again" if each.value is None else f"`{_shown(each.value)}`"
        yield f"| `{each.text.strip()}`{lang} | {meant} |"


def _shown(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False)


def main() -> None:
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()

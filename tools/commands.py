"""The page of commands, made from what `--help` says."""

import argparse
import importlib
import re
from collections.abc import Iterator
from typing import Final

from engine.cli.main import COMMANDS

_SECTION: Final = re.compile(r"^(example|environment|exit code):", re.MULTILINE)
_VARIABLE: Final = re.compile(r"  ([A-Z_]+(?:, [A-Z_]+)*) {2,}(.+)")
HEAD: Final = """\
Each is called as `statechat` and its name. BOT is a bot's folder, one flow file, or the name of a
bot that ships (`registration`, `order`, `replies`, `factoids`, `reminders`). `statechat --version`
prints the version; `--debug` with any command shows the traceback of an error, `-h` or `--help`
explains it.

Results go to standard output, everything else to standard error. Exit codes: 0 well, 1 faults or a
failure, 2 misuse, 70 a bug of Statechat, 130 Ctrl-C. Colours are left out where `NO_COLOR` is set
or the output is no terminal. [Environment](environment.md) has all variables."""
TAIL: Final = """
## From a clone

```sh
./start                    # install into .venv, then chat with a sample bot
./start flows/order --fresh
./check                    # every check; see CONTRIBUTING.md
```

`./start` also runs the bot on Telegram and Nostr where their keys are set, with the terminal beside
them."""


def body() -> Iterator[str]:
    """The lines of the page below its title."""
    yield HEAD
    for name in COMMANDS:
        parser = argparse.ArgumentParser(prog=f"statechat {name}")
        importlib.import_module(f"engine.cli.{name}").configure(parser)
        yield from _command(parser, "##")
    yield TAIL


def _command(parser: argparse.ArgumentParser, level: str) -> Iterator[str]:
    # argparse has no other way to ask what a parser takes.
    actions = [one for one in parser._actions if one.dest != "help"]  # noqa: SLF001 - as above
    groups = [one for one in actions if isinstance(one, argparse._SubParsersAction)]  # noqa: SLF001
    words = [_positional(one) for one in actions if not one.option_strings and one not in groups]
    yield from ("", f"{level} {' '.join([parser.prog, *words])}", "")
    yield (parser.description or "").strip()
    parts = _parts(parser.epilog or "")
    rows = [_row(one) for one in actions if one.option_strings or one.help]
    if rows and not groups:
        yield from ("", "| argument | what it does |", "|---|---|", *rows)
    if "example" in parts:
        yield from ("", "```sh", *(line.strip() for line in parts["example"].splitlines()), "```")
    if "environment" in parts:
        yield from _environment(parts["environment"])
    if "exit code" in parts:
        yield from ("", f"Exit code: {' '.join(parts['exit code'].split())}.")
    for group in groups:
        for inner in group.choices.values():
            yield from _command(inner, f"{level}#")


def _parts(epilog: str) -> dict[str, str]:
    """The parts of an epilog by their titles."""
    _, *pieces = _SECTION.split(epilog)
    return {title: text.strip("\n") for title, text in zip(pieces[::2], pieces[1::2], strict=True)}


def _positional(action: argparse.Action) -> str:
    name = str(action.metavar or action.dest)
    return f"{name}…" if action.nargs in ("+", "*") else name


def _row(action: argparse.Action) -> str:
    if not action.option_strings:
        shown = f"`{_positional(action)}`"
    else:
        value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
        shown = ", ".join(f"`{option}{value}`" for option in action.option_strings)
    return f"| {shown} | {(action.help or '').replace('|', chr(92) + '|')} |"


def _environment(text: str) -> Iterator[str]:
    joined = re.sub(r"\n {4,}", " ", text)
    rows = [match for line in joined.splitlines() if (match := _VARIABLE.fullmatch(line))]
    if rows:
        yield from ("", "| variable | meaning |", "|---|---|")
    for match in rows:
        names = ", ".join(f"`{name}`" for name in match[1].split(", "))
        yield f"| {names} | {match[2]} |"
    rest = [line.strip() for line in joined.splitlines() if not _VARIABLE.fullmatch(line)]
    if any(rest):
        lead = "" if rows else "Environment: "
        yield from ("", lead + "\n".join(line for line in rest if line))

"""`statechat fmt`: the files of bots, laid out in one way."""

import argparse
import sys
from pathlib import Path

from engine.cli.bots import SUFFIXES, locate_all
from engine.cli.output import colored, note, say
from engine.diagnostics import FlowInvalid
from engine.errors import StatechatError

_DESCRIPTION = """\
Lay out the YAML files of bots in one way: two blanks a level, texts in quotes where another tool
would read something else (yes, 12:30, 007), brackets where they fit the line. Comments, the order
of keys and every spelling stay. A file with a fault is left alone, and the fault is printed.

BOT is a folder, of which every YAML file is taken, a folder of bots, or one file. With `-` a file
is read from standard input and printed, as editors want it."""

_EPILOG = """\
example:
  statechat fmt my_bot
  statechat fmt --check my_bot
  statechat fmt --diff my_bot/order.yaml
  statechat fmt - < my_bot/order.yaml

environment:
  NO_COLOR   print no colours

exit code: 0 all is laid out, 1 faults, or files that --check or --diff would change, 2 misuse"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument(
        "bot", metavar="BOT", nargs="+", help="a bot's folder, or one of its YAML files"
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; print the files that would change"
    )
    parser.add_argument(
        "--diff", action="store_true", help="change nothing; print what would change"
    )


def execute(arguments: argparse.Namespace) -> int:
    # `--help` should not wait for the compiler.
    from engine.authoring.formatting import format_file  # noqa: PLC0415 - as above
    from engine.authoring.saving import save  # noqa: PLC0415 - as above
    from engine.compiler.reader import display, read_bytes  # noqa: PLC0415 - as above
    from engine.compiler.syntax import decode  # noqa: PLC0415 - as above

    if arguments.bot == ["-"]:
        return _filter()
    bots, others = locate_all(list(dict.fromkeys(arguments.bot)))
    files = [file for path in bots for file in _files(path)]
    changed = faulty = 0
    for path in files:
        name = display(path)
        raw = read_bytes(path)
        done = format_file(raw, name)
        if done.found:
            from engine.lint.output import render  # noqa: PLC0415 - only where it is needed

            faulty += 1
            say(render(done.found, {name: done.text}, color=colored(sys.stdout)) + "\n")
            continue
        if done.text.encode() == raw:
            continue
        changed += 1
        if arguments.diff:
            say(_difference(decode(raw, name)[0], done.text, name))
        elif arguments.check:
            say(name)
        else:
            save(path, done.text)
            say(name)
    for other in others:
        note(f"{other} is no bot and was left out")
    _tell(len(files), changed, faulty, wrote=not (arguments.check or arguments.diff))
    return int(bool(faulty or (changed and (arguments.check or arguments.diff))))


def _filter() -> int:
    from engine.authoring.formatting import format_file  # noqa: PLC0415 - as above

    done = format_file(sys.stdin.buffer.read(), "-")
    if done.found:
        raise FlowInvalid(done.found)
    say(done.text.removesuffix("\n"))
    return 0


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        if path.suffix not in SUFFIXES:
            cure = "Name a bot's folder, or a .yaml file."
            raise StatechatError("bot:missing", f"{path} is no YAML file", cure=cure)
        return [path]
    return sorted(one for one in path.iterdir() if one.suffix in SUFFIXES and one.is_file())


def _difference(before: str, after: str, name: str) -> str:
    import difflib  # noqa: PLC0415 - only for this option

    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), name, f"{name} (laid out)", lineterm=""
    )
    return "\n".join(lines)


def _tell(files: int, changed: int, faulty: int, *, wrote: bool) -> None:
    counted = f"{files} file{'' if files == 1 else 's'}"
    verb = "laid out anew" if wrote else "would change"
    left = f", {faulty} left alone because of faults" if faulty else ""
    note(f"{counted}, {changed} {verb}{left}")

"""`statechat i18n`: translations brought up to date, exchanged as PO, and counted."""

import argparse
from pathlib import Path

from engine.cli.bots import add_bot, locate
from engine.cli.output import colored, note, say
from engine.errors import StatechatError

_DESCRIPTION = """\
Keep a bot's translations complete. They stand beside its flows, as FLOW.de.yaml, each text under
its path. A text that is not translated yet has an empty entry there, and is said in the base
language."""

_EPILOG = """\
example:
  statechat i18n extract my_bot --lang de
  statechat i18n status my_bot
  statechat i18n extract my_bot --lang de --format po > de.po
  statechat i18n merge my_bot de.po

`statechat i18n TASK --help` explains each task.

exit code: 0 done, 1 faults, or what --check or a merge finds wanting, 2 misuse"""

_EXTRACT = """\
Add to FLOW.LANG.yaml every text that has no entry there yet, with the text itself above it as a
comment. Translations, comments and order stay; the file is laid out as by `statechat fmt`. Where a
text has changed since it was translated, the old text is noted above as `# en was: …`: remove that
line when the translation is right again.

With --format po nothing is written but a PO file to standard output: all texts, with the keys as
contexts, for translators' tools and services."""

_MERGE = """\
Take the translations of a PO file that `i18n extract --format po` wrote. One that is fuzzy or empty
is left out. One that leaves out a value in braces, adds one, or has a fault, is refused and printed
with its place in the PO file; the others are taken."""

_STATUS = """\
Count the texts of each file in each language: translated, changed since (the text above the
translation is not that of today), missing, and unused (there is no such text any more)."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    tasks = parser.add_subparsers(metavar="TASK", dest="task", required=True)
    one = _task(tasks, "extract", "add what is missing to the files of translations", _EXTRACT)
    add_bot(one)
    one.add_argument("--lang", metavar="LANG", help="only this language; it may be a new one")
    one.add_argument(
        "--format", choices=("yaml", "po"), default="yaml",
        help="yaml: write the files beside the flows (default); po: print PO",
    )  # fmt: skip
    one.add_argument(
        "--sources", action="store_true",
        help="note the present text above each translation, so that a later change is seen",
    )  # fmt: skip
    one = _task(tasks, "merge", "take the translations of a PO file", _MERGE)
    add_bot(one)
    one.add_argument("po", metavar="FILE.po", help="the PO file")
    one.add_argument("--lang", metavar="LANG", help="its language, where its header does not say")
    one = _task(tasks, "status", "count what is translated, changed, missing and unused", _STATUS)
    add_bot(one)
    one.add_argument("--lang", metavar="LANG", help="only this language")
    one.add_argument("--keys", action="store_true", help="name the texts too")
    one.add_argument("--json", action="store_true", help="print a JSON list, an item a file")
    one.add_argument("--check", action="store_true", help="fail unless everything is translated")


def _task(
    tasks: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    words: str,
    description: str,
) -> argparse.ArgumentParser:
    one = tasks.add_parser(
        name, help=words, description=description, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    one.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS
    )
    return one


def execute(arguments: argparse.Namespace) -> int:
    path = locate(arguments.bot)
    if arguments.task == "merge":
        return _merge(path, arguments)
    if arguments.task == "status":
        return _status(path, arguments)
    return _extract(path, arguments)


def _extract(path: Path, arguments: argparse.Namespace) -> int:
    # `--help` should not wait for the compiler.
    from engine.authoring.extraction import extract  # noqa: PLC0415 - as above
    from engine.authoring.sources import survey  # noqa: PLC0415 - as above

    book = survey(path)
    languages = book.languages(arguments.lang)
    if arguments.format == "po":
        if len(languages) > 1:
            cure = f"Choose one with --lang: {', '.join(languages)}."
            raise StatechatError("cli:language", "a PO file has one language", cure=cure)
        from engine.authoring.catalog import export  # noqa: PLC0415 - only for this option

        for language, sources in languages.items():
            say(export(book, language, sources).rstrip("\n"))
        return 0
    for language, sources in languages.items():
        for source in sources:
            done = extract(source, language, sources=arguments.sources)
            changed = f", {done.changed} changed since" if done.changed else ""
            say(f"{source.target(language).name}: {done.added} added{changed}")
            if language not in source.languages:
                note(f"add `{language}` to the `languages` of {source.path.name}")
    return 0


def _merge(path: Path, arguments: argparse.Namespace) -> int:
    from engine.authoring.catalog import merge  # noqa: PLC0415 - as above
    from engine.authoring.sources import survey  # noqa: PLC0415 - as above

    po = Path(arguments.po)
    if not po.is_file():
        cure = "Write one with `statechat i18n extract BOT --format po`."
        raise StatechatError("cli:file", f"there is no file `{po}`", cure=cure)
    merged = merge(survey(path), po, arguments.lang)
    found = [*merged.refused, *merged.unknown]
    if found:
        import sys  # noqa: PLC0415 - only for this case

        from engine.compiler.reader import display  # noqa: PLC0415 - as above
        from engine.lint.output import render  # noqa: PLC0415 - as above

        texts = {display(po): po.read_text(encoding="utf-8", errors="replace")}
        say(render(found, texts, color=colored(sys.stdout)) + "\n")
    refused = len({one.place.line for one in merged.refused})
    counts = {
        "taken": merged.taken, "there already": merged.kept, "refused": refused,
        "fuzzy": merged.fuzzy, "empty": merged.empty, "of no text": len(merged.unknown),
    }  # fmt: skip
    listed = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    say(f"{merged.language}: {listed or 'nothing to take'}")
    return int(bool(merged.refused))


def _status(path: Path, arguments: argparse.Namespace) -> int:
    from engine.authoring.progress import progress  # noqa: PLC0415 - as above
    from engine.authoring.sources import survey  # noqa: PLC0415 - as above

    languages = survey(path).languages(arguments.lang)
    found = [
        progress(source, language) for language, sources in languages.items() for source in sources
    ]
    if arguments.json:
        import json  # noqa: PLC0415 - only for this option

        say(json.dumps([one.data() for one in found], indent=2, ensure_ascii=False))
    else:
        heads = ("file", "texts", "translated", "changed", "missing", "unused")
        rows = [
            (one.file, one.texts, len(one.translated), len(one.changed), len(one.missing),
             len(one.unused))
            for one in found
        ]  # fmt: skip
        width = max(len(row[0]) for row in (heads, *rows))
        for name, *numbers in (heads, *rows):
            say("  ".join([name.ljust(width), *(f"{number:>10}" for number in numbers)]))
        for one in found if arguments.keys else ():
            for what in ("changed", "missing", "unused"):
                for key in getattr(one, what):
                    say(f"{one.file}: {what} {key}")
    return int(arguments.check and not all(one.complete for one in found))

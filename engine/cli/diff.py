"""`statechat diff`: what a change of a bot means for those who talk with it."""

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.bots import locate_all
from engine.cli.output import say

if TYPE_CHECKING:
    from engine.review.snapshot import Snapshot

_DESCRIPTION = """\
Tell what has changed between two versions of a bot: flows, states and transitions that are new,
gone or renamed, findings of `check`, texts in each language, and conversations that now go
elsewhere: all that the persons of its tests do is done in both versions.

OLD and NEW are folders, or revisions of Git; then --bot names the bots. NEW is the working tree
where it is left out."""

_EPILOG = """\
example:
  statechat diff main --bot flows/order
  statechat diff v1.2 v1.3 --bot flows --format markdown
  statechat diff ../before/order flows/order

exit code: 0 compared, 1 the new version has findings that the old one has not, 2 misuse"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("old", metavar="OLD", help="a folder, or a revision of Git")
    parser.add_argument("new", metavar="NEW", nargs="?", help="default: the working tree")
    parser.add_argument(
        "--bot", metavar="BOT", action="append", default=None,
        help="a bot's folder, or a folder of bots; may be given again (default: here)",
    )  # fmt: skip
    parser.add_argument(
        "--format", choices=("text", "markdown", "json"), default="text",
        help="text (default), markdown for a comment on a pull request, or json",
    )  # fmt: skip


def execute(arguments: argparse.Namespace) -> int:
    # `--help` should not wait for the compiler.
    from engine.review.changes import compare  # noqa: PLC0415 - as above
    from engine.review.pages import as_data, as_markdown, as_text  # noqa: PLC0415 - as above

    written, worse = [], False
    for name, old, new in _pairs(arguments):
        changes = compare(old, new)
        worse |= bool(changes.new)
        written.append((name, changes))
    if arguments.format == "json":
        import json  # noqa: PLC0415 - only for this form

        data = [as_data(name, changes) for name, changes in written]
        say(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        page = as_text if arguments.format == "text" else as_markdown
        say("\n".join(page(name, changes) for name, changes in written).rstrip("\n"))
    return int(worse)


def _pairs(arguments: argparse.Namespace) -> "list[tuple[str, Snapshot, Snapshot]]":
    """The bots with both versions of each; one that is new or gone has nothing on that side."""
    from engine.review.revisions import checked_out  # noqa: PLC0415 - as in execute()
    from engine.review.snapshot import snapshot  # noqa: PLC0415 - as in execute()

    old, new = Path(arguments.old), arguments.new and Path(arguments.new)
    if old.exists() and new is not None and new.exists() and arguments.bot is None:
        return [(str(new), snapshot(old), snapshot(new))]
    bots, _ = locate_all(arguments.bot or ["."])
    found = []
    for bot in bots:
        with ExitStack() as versions:
            before = versions.enter_context(checked_out(arguments.old, bot))
            after = bot
            if arguments.new is not None:
                after = versions.enter_context(checked_out(arguments.new, bot))
            found.append((str(bot), snapshot(before), snapshot(after)))
    return found

"""`statechat dead`: what a bot has set aside, looked at, put back or dropped."""

import argparse
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from engine.cli.bots import add_bot, compiled, locate
from engine.cli.output import note, say, tell
from engine.errors import StatechatError

if TYPE_CHECKING:
    from engine.stores.protocol import Dead, Store

_DESCRIPTION = """\
Look after the dead letters of a bot: updates that could not be read, events that broke a step,
and messages that were refused for good. Nothing is ever thrown away on its own.

A SQLite file belongs to the bot while it runs: stop it first. With MongoDB it may run."""

_EPILOG = """\
example:
  statechat dead list my_bot
  statechat dead show my_bot telegram:4711
  statechat dead retry my_bot telegram:4711
  statechat dead drop my_bot telegram:4711

environment:
  STATECHAT_DATA   folder of the SQLite databases (default: the platform's folder for data)
  MONGODB_URI      the MongoDB where the bot keeps its conversations

exit code: 0 done, 1 it could not be done, or not for all, 2 misuse"""

_LIST = "Print when, what, its id and why, the oldest first. Personal data is only in `show`."
_SHOW = "Print one dead letter with all that is known of it: this is a person's data."
_RETRY = """\
Put dead letters back, as when what broke them has been mended. An event is applied once, under its
own id; a message is sent again, before those that its chat is to be sent after it; a timer fires.
That is done by whoever runs the bot, now or at the next start. What fails again is set aside again.

An update that could not be read is read again at the next start, as when Statechat was updated.
Until then it is listed, and if it still cannot be read it stays."""
_DROP = "Remove dead letters for good."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    tasks = parser.add_subparsers(metavar="TASK", dest="task", required=True)
    for task, words, description in (
        ("list", "print what was set aside", _LIST),
        ("show", "print all of one dead letter", _SHOW),
        ("retry", "put dead letters back", _RETRY),
        ("drop", "remove dead letters", _DROP),
    ):
        one = tasks.add_parser(
            task, help=words, description=description, allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        add_bot(one)
        if task == "show":
            one.add_argument("ids", metavar="ID", nargs=1, help="its id, as `list` prints it")
        elif task != "list":
            one.add_argument("ids", metavar="ID", nargs="+", help="their ids, as `list` prints")
        one.add_argument("--json", action="store_true", help="print JSON")
        one.add_argument(
            "--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS
        )


def execute(arguments: argparse.Namespace) -> int:
    bot = compiled(locate(arguments.bot))
    # `--help` should not wait for the engine.
    import asyncio  # noqa: PLC0415 - as above
    import os  # noqa: PLC0415 - as above

    from engine.cli.stored import existing  # noqa: PLC0415 - as above
    from engine.runtime.settings import Settings  # noqa: PLC0415 - as above

    settings = Settings.from_environment(os.environ)

    async def work() -> int:
        async with existing(settings, bot.name) as store:
            letters = await store.dead()
            if arguments.task == "list":
                return _list(letters, as_json=arguments.json)
            chosen = _chosen(letters, arguments.ids)
            if arguments.task == "show":
                return _show(chosen[0], as_json=arguments.json)
            change = _dropping(store) if arguments.task == "drop" else _retrying(store)
            return await _each(chosen, change, arguments)

    return asyncio.run(work())


def _chosen(letters: Sequence["Dead"], ids: Sequence[str]) -> list["Dead"]:
    known = {letter.id: letter for letter in letters}
    for id_ in ids:
        if id_ not in known:
            from engine.core.suggest import closest  # noqa: PLC0415 - only who is lost needs it

            near = closest(id_, known)
            raise StatechatError(
                "dead:missing",
                f"there is no dead letter `{id_}`",
                cure=f"Did you mean `{near}`?" if near else "`statechat dead list BOT` has all.",
            )
    return [known[id_] for id_ in dict.fromkeys(ids)]


def _list(letters: Sequence["Dead"], *, as_json: bool) -> int:
    if as_json:
        say(json.dumps([_head(letter) for letter in letters], ensure_ascii=False, indent=2))
        return 0
    for letter in letters:
        head = _head(letter)
        say(f"{head['at']}  {letter.kind:7}  {letter.id}  {head['reason']}")
    if not letters:
        note("nothing was set aside")
    return 0


def _show(letter: "Dead", *, as_json: bool) -> int:
    payload = json.dumps(letter.payload, ensure_ascii=False, indent=2)
    if as_json:
        whole = {**_head(letter), "payload": letter.payload}
        say(json.dumps(whole, ensure_ascii=False, indent=2))
        return 0
    for name, value in _head(letter).items():
        say(f"{name + ':':8}{value}")
    say(payload)
    return 0


def _head(letter: "Dead") -> dict[str, str]:
    from engine.cli.stored import written  # noqa: PLC0415 - `--help` does without

    return {
        "id": letter.id, "kind": letter.kind, "at": written(letter.at),
        "reason": " ".join(letter.reason.split()),
    }  # fmt: skip


Change = Callable[["Dead"], Awaitable[None]]


def _dropping(store: "Store") -> Change:
    async def drop(letter: "Dead") -> None:
        await store.discard(letter.id, letter.at)

    return drop


def _retrying(store: "Store") -> Change:
    from engine.runtime.clock import SystemClock  # noqa: PLC0415 - as in execute()
    from engine.runtime.letters import retry  # noqa: PLC0415 - as in execute()
    from engine.runtime.outage import Outage  # noqa: PLC0415 - as in execute()
    from engine.runtime.reread import mark  # noqa: PLC0415 - as in execute()
    from engine.runtime.sessions import Sessions  # noqa: PLC0415 - as in execute()

    clock = SystemClock()
    sessions = Sessions(store, clock, Outage(clock), sole=False)

    async def back(letter: "Dead") -> None:
        if letter.kind == "update":
            await mark(store, letter)
        else:
            await retry(sessions, store, letter, clock.now())

    return back


async def _each(letters: Sequence["Dead"], change: Change, arguments: argparse.Namespace) -> int:
    """Do it for each letter, also after one for which it cannot be done."""
    word = "dropped" if arguments.task == "drop" else "put back"
    done: list[dict[str, Any]] = []
    failed = False
    for letter in letters:
        try:
            await change(letter)
        except StatechatError as error:
            if error.code.partition(":")[0] != "dead":
                raise
            tell(error)
            failed = True
            done.append({"id": letter.id, "error": error.code})
        else:
            done.append({"id": letter.id})
            if not arguments.json:
                say(f"{word}: {letter.id}")
    if arguments.json:
        say(json.dumps(done, ensure_ascii=False, indent=2))
    return int(failed)

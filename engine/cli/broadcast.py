"""`statechat broadcast`: begin a flow for everybody, or for those whom a condition selects."""

import argparse
from typing import TYPE_CHECKING

from engine.cli.bots import add_bot, compiled, locate
from engine.cli.output import say
from engine.errors import StatechatError

if TYPE_CHECKING:
    from engine.compiler.bot import Bot
    from engine.runtime.settings import Settings
    from engine.stores.protocol import Store

_DESCRIPTION = """\
Begin FLOW for every person whom the bot knows, or in every group if the flow is `per: chat`. The
broadcast is stored: a bot that runs begins within seconds, one that does not when it starts, within
seven days. Everybody gets it once, also if the bot is killed in the middle.

A SQLite file belongs to the bot while it runs: stop it first. With MongoDB it may run."""

_EPILOG = """\
example:
  statechat broadcast my_bot news --dry-run
  statechat broadcast my_bot news --where 'user.member and session.lang == "de"' --rate 10/s

environment:
  STATECHAT_DATA   folder of the SQLite databases (default: the platform's folder for data)
  MONGODB_URI      the MongoDB where the bot keeps its conversations

exit code: 0 done, 1 it could not be done, 2 misuse"""

PAGE = 500
"""Sessions that are counted at a time."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_bot(parser)
    parser.add_argument("flow", metavar="FLOW", help="the flow that begins")
    parser.add_argument(
        "--where", metavar="EXPR", help="who gets it: an expression over user, session and now"
    )
    parser.add_argument(
        "--rate", metavar="RATE", default="20/s", help="how many get it at a time (default: 20/s)"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say how many would get it, and do nothing"
    )


def execute(arguments: argparse.Namespace) -> int:
    bot = compiled(locate(arguments.bot))
    # `--help` should not wait for the engine.
    import asyncio  # noqa: PLC0415 - as above
    import os  # noqa: PLC0415 - as above
    import time  # noqa: PLC0415 - as above

    from engine.cli.stored import existing  # noqa: PLC0415 - as above
    from engine.compiler.rules import rate  # noqa: PLC0415 - as above
    from engine.runtime.settings import Settings  # noqa: PLC0415 - as above
    from engine.stores.broadcasts import ask_for  # noqa: PLC0415 - as above

    settings = Settings.from_environment(os.environ)
    _check(bot, arguments.flow, arguments.where)
    pace = rate(arguments.rate)
    if pace is None:
        cure = "Write so many persons in a time: 20/s, 5/10s, 300/m."
        raise StatechatError("cli:rate", f"`{arguments.rate}` is no rate", cure=cure)
    what = {"flow": arguments.flow}
    if arguments.where:
        what["where"] = arguments.where

    async def work() -> None:
        async with existing(settings, bot.name) as store:
            now = time.time_ns() // 1_000_000
            number = await _count(bot, settings, store, what, now)
            kind = "group" if bot.program.flows[arguments.flow].per == "chat" else "person"
            kind = kind if number == 1 else f"{kind}s"
            if arguments.dry_run:
                say(f"{number} {kind} would get {arguments.flow}")
                return
            id_ = await ask_for(store, what, pace, now)
            say(f"asked for: {arguments.flow} for {number} {kind} (broadcast {int(id_)})")

    asyncio.run(work())
    return 0


def _check(bot: "Bot", flow: str, where: str | None) -> None:
    """Refuse what could reach nobody.

    Raises:
        StatechatError: `cli:flow`, `cli:where`.
    """
    from engine.core.broadcasts import condition_of  # noqa: PLC0415 - as in execute()
    from engine.core.suggest import did_you_mean  # noqa: PLC0415 - as in execute()

    flows = bot.program.flows
    if flow not in flows:
        cure = did_you_mean(flow, flows) or f"There are {', '.join(sorted(flows))}."
        raise StatechatError("cli:flow", f"the bot has no flow `{flow}`", cure=cure)
    if not where:
        return
    try:
        names = condition_of(where).names
    except StatechatError as error:
        raise StatechatError("cli:where", f"--where: {error.message}", cure=error.cure) from error
    known = {variable.name for each in flows.values() for variable in each.variables.values()
             if variable.scope == "user" and variable.computed is None}  # fmt: skip
    for name in names:
        root, *rest = name.path
        told = root in ("session", "now") or (root == "user" and (not rest or rest[0] in known))
        if not told:
            spelled = ".".join(name.path)
            cure = "It reads user, session and now; a computed variable can be written out."
            raise StatechatError("cli:where", f"--where: nothing is called `{spelled}`", cure=cure)


async def _count(
    bot: "Bot", settings: "Settings", store: "Store", what: dict[str, str], now: int
) -> int:
    """How many it concerns now.

    Raises:
        StatechatError: `cli:where` if the condition fails for somebody.
    """
    from engine.cli.serve import governed  # noqa: PLC0415 - as in execute()
    from engine.core.broadcasts import beginning, concerns  # noqa: PLC0415 - as in execute()
    from engine.core.faults import Fault  # noqa: PLC0415 - as in execute()

    program = governed(bot, settings, []).program
    number, after = 0, ""
    while owners := await store.owners(f"{bot.name}/", after, PAGE):
        after = owners[-1]
        for record in (await store.load(owners)).values():
            event = beginning(record.session, now, what, now)
            try:
                if event is not None and concerns(program, record.session, event, now):
                    number += 1
            except Fault as fault:
                message = f"--where fails for {record.session.id}: {fault.message}"
                cure = "Say what holds for whom nothing is stored: `user.x is not null and …`."
                raise StatechatError("cli:where", message, cure=cure) from fault
    return number

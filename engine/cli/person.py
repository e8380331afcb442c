"""`statechat person`: what a bot has stored about one person, shown, exported, erased."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from engine.cli.bots import add_bot, compiled, locate
from engine.cli.output import say
from engine.errors import StatechatError

if TYPE_CHECKING:
    from engine.compiler.bot import Bot
    from engine.runtime.persons import Person
    from engine.runtime.settings import Settings
    from engine.stores.protocol import Store

_DESCRIPTION = """\
Look after what a bot has stored about one person. PERSON is the transport and the person's id
there, such as telegram:4711 or nostr:npub1…, or the session's whole id.

A SQLite file belongs to the bot while it runs: stop it first. With MongoDB it may run."""

_EPILOG = """\
example:
  statechat person show my_bot telegram:4711
  statechat person export my_bot telegram:4711 > ann.json
  statechat person erase my_bot telegram:4711 --yes

environment:
  STATECHAT_DATA   folder of the SQLite databases (default: the platform's folder for data)
  MONGODB_URI      the MongoDB where the bot keeps its conversations
  NOSTR_KEY        needed where PERSON is an npub

exit code: 0 done, 1 there is no such person, or it could not be done, 2 misuse"""

_SHOW = """\
Sum up where a person is: the states of the conversation, timers, and what waits. Nothing that they
have said is printed."""
_EXPORT = """\
Print everything that is stored about a person as JSON: the session in its stored form, the ids of
events, records of scope user and of the private chat, documents, dead letters, and what is kept for
operators to whom they were handed over."""
_ERASE = """\
Remove all that `export` prints, but for the ids of events that were applied: by these a source that
delivers one again is known. What they write from then on begins anew. A SQLite file is written anew
from what is left. Records of scope bot stay, and so do backups."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    tasks = parser.add_subparsers(metavar="TASK", dest="task", required=True)
    for task, words, description in (
        ("show", "sum up where a person is", _SHOW),
        ("export", "print all that is stored about a person", _EXPORT),
        ("erase", "remove all that is stored about a person", _ERASE),
    ):
        one = tasks.add_parser(
            task, help=words, description=description, allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        add_bot(one)
        one.add_argument("person", metavar="PERSON", help="such as telegram:4711")
        if task == "show":
            one.add_argument("--json", action="store_true", help="print JSON")
        if task == "erase":
            one.add_argument("--yes", action="store_true", help="do it: it cannot be undone")
        one.add_argument(
            "--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS
        )


def execute(arguments: argparse.Namespace) -> int:
    bot = compiled(locate(arguments.bot))
    # `--help` should not wait for the engine.
    import asyncio  # noqa: PLC0415 - as above
    import os  # noqa: PLC0415 - as above

    from engine.cli.stored import existing  # noqa: PLC0415 - as above
    from engine.runtime.persons import gather  # noqa: PLC0415 - as above
    from engine.runtime.settings import Settings  # noqa: PLC0415 - as above

    settings = Settings.from_environment(os.environ)
    owner = owner_of(bot, arguments.person, settings)
    desks = _desks(bot, settings)

    async def work() -> None:
        async with existing(settings, bot.name) as store:
            person = await gather(store, owner, desks)
            if not person.known:
                raise StatechatError(
                    "person:unknown",
                    f"nothing is stored about `{owner}`",
                    cure="Check the transport and the id; people have another one on each.",
                )
            if arguments.task == "erase":
                if not arguments.yes:
                    raise StatechatError(
                        "person:unconfirmed",
                        f"this would erase {_counts(person)} of `{owner}` for good",
                        cure="Say --yes to do it. Nothing is erased yet.",
                    )
                await _erase(store, owner, settings, desks)
                say(f"erased: {_counts(person)} of {owner}")
            else:
                _print(person, arguments)

    asyncio.run(work())
    return 0


def owner_of(bot: "Bot", written: str, settings: "Settings") -> str:
    """The session's id of the person whom somebody has written so.

    Raises:
        StatechatError: `cli:person`, and those of a transport that cannot read the name.
    """
    own = f"{bot.name}/"
    transport, colon, user = written.removeprefix(own).partition(":")
    if not (transport and colon and user) or "/" in transport:
        raise StatechatError(
            "cli:person",
            f"`{written}` is no person of the bot `{bot.name}`",
            cure="Write the transport and the person's id there, such as telegram:4711.",
        )
    # Most transports need no other name, and loading one takes long.
    from importlib.metadata import entry_points  # noqa: PLC0415 - as above

    from engine.cli.transports import GROUP, make  # noqa: PLC0415 - as above
    from engine.runtime.ports import Naming  # noqa: PLC0415 - as above

    if written.startswith(own):
        return written
    for point in entry_points(group=GROUP, name=transport):
        made: object = make(point, settings.variables)
        if isinstance(made, Naming):
            user = made.user(user)
    return f"{own}{transport}:{user}"


def _desks(bot: "Bot", settings: "Settings") -> list[str]:
    """The sessions of the operators to whom the bot hands persons over."""
    found = {**bot.program.services.chats, **settings.chats}
    rooms = (address.partition("/")[0] for address in found.values() if address)
    return [owner_of(bot, room, settings) for room in rooms]


async def _erase(
    store: "Store", owner: str, settings: "Settings", desks: list[str]
) -> None:  # fmt: skip
    from engine.runtime.clock import SystemClock  # noqa: PLC0415 - as in execute()
    from engine.runtime.outage import Outage  # noqa: PLC0415 - as in execute()
    from engine.runtime.persons import erase  # noqa: PLC0415 - as in execute()
    from engine.runtime.sessions import Sessions  # noqa: PLC0415 - as in execute()

    clock, sole = SystemClock(), settings.mongodb_uri is None
    sessions = Sessions(store, clock, Outage(clock), sole=sole)
    await erase(store, sessions, owner, clock.now(), sole=sole, desks=desks)


def _print(person: "Person", arguments: argparse.Namespace) -> None:
    from engine.cli.stored import written  # noqa: PLC0415 - as in execute()
    from engine.runtime.persons import exported, summed_up  # noqa: PLC0415 - as in execute()

    if arguments.task == "export":
        say(json.dumps(exported(person), ensure_ascii=False, indent=2))
        return
    summary = summed_up(person, written)
    if arguments.json:
        say(json.dumps(summary, ensure_ascii=False, indent=2))
        return
    say(person.owner)
    for name, value in summary.items():
        if name != "person":
            _say_part(name, value)


def _say_part(name: str, value: Any) -> None:  # noqa: ANN401 - JSON
    """One line a value, and one an item of a list; counts of things share a line."""
    if isinstance(value, dict):
        value = ", ".join(f"{number} {key}" for key, number in value.items()) or "none"
    if isinstance(value, list):
        say(f"{name}: {len(value) or 'none'}")
        for item in value:
            shown = ", ".join(map(str, item.values())) if isinstance(item, dict) else item
            say(f"  {shown}")
    elif value is not None:
        say(f"{name}: {value}")


def _counts(person: "Person") -> str:
    records = sum(map(len, person.records.values()))
    parts = [
        (int(person.record is not None), "session"), (records, "record"),
        (len(person.documents), "document"), (len(person.letters), "dead letter"),
    ]  # fmt: skip
    named = [f"{number} {name}{'s' * (number > 1)}" for number, name in parts if number]
    return ", ".join(named) or "the ids of events"

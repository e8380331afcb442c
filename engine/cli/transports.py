"""Finding transports: every package may register some, and the engine knows none of them."""

import asyncio
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Final, Protocol, cast

from engine.cli.output import tell
from engine.errors import StatechatError
from engine.runtime.ports import Factory, Transport

GROUP: Final = "statechat.transports"
CONSOLE: Final = "console"
BROKEN: Final = "run:transport"
PERSON: Final = "STATECHAT_CONSOLE"
"""The variable that names the person at the console, and so asks for it."""


class Interactive(Transport, Protocol):
    """The console: a transport whose person may leave."""

    person: str
    ended: asyncio.Event
    """The person entered the last line, and every line is committed."""
    lost: asyncio.Event
    """Nobody reads any more."""

    async def note(self, text: str) -> None:
        """Show a word of the program's own."""
        ...


def configured(settings: Mapping[str, str]) -> list[Transport]:
    """The transports whose keys are set, in the order of their names.

    One that cannot be loaded is named in a warning, and the others go on without it.

    Raises:
        StatechatError: a key is malformed, or a library is missing.
    """
    found: list[Transport] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            made = make(point, settings)
        except StatechatError as error:
            if error.code != BROKEN:
                raise
            tell(error)
            continue
        if made is not None:
            found.append(made)
    return found


def console(settings: Mapping[str, str], person: str) -> Interactive:
    """The console, with a person at it.

    Raises:
        StatechatError: `run:transport`, `run:no_console`.
    """
    for point in entry_points(group=GROUP, name=CONSOLE):
        made = make(point, {**settings, PERSON: person})
        if made is not None:
            return cast("Interactive", made)
    raise StatechatError(
        "run:no_console",
        "this installation of Statechat has no console",
        cure="Install it again: pip install --force-reinstall statechat",
    )


def make(point: EntryPoint, settings: Mapping[str, str]) -> Transport | None:
    """The transport that an entry point names, or none where its keys are not set.

    Raises:
        StatechatError: as `configured`.
    """
    try:
        return cast("Factory", point.load())(settings)
    except StatechatError:
        raise
    except Exception as error:
        package = point.dist.name if point.dist else point.value
        raise StatechatError(
            BROKEN,
            f"the transport `{point.name}` of {package} cannot be loaded: "
            f"{type(error).__name__}: {error}",
            cure=f"Update {package}, or uninstall it.",
        ) from error

"""Who the person of a conversation test is, as far as the bot's `access` is concerned."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from engine.classes import dataclass
from engine.core.access import Access
from engine.core.program import Program

_TRANSPORT: Final = "test"


@dataclass(frozen=True, slots=True)
class Rights:
    """What a test says of its person; one of whom it says nothing may talk with the bot."""

    admin: bool = False
    roles: tuple[str, ...] = ()
    refused: bool = False


def staffed(program: Program, transport: Callable[[str], str] = lambda _: _TRANSPORT) -> Program:
    """The program in which the chats of operators are persons of a test, who have their names."""
    services = program.services
    chats = {name: f"{transport(name)}:{name}" for name in services.chats}
    return replace(program, services=replace(services, chats=chats)) if chats else program


def entitled(program: Program, rights: Rights, person: str) -> Program:
    """The program in which a person, `<transport>:<user>`, has these rights and nobody any other.

    The names that bot.yaml lists are those of real people, and never that of a test.
    """
    one = frozenset({person})
    access = Access(
        allow=None,
        deny=one if rights.refused else frozenset(),
        admins=one if rights.admin else frozenset(),
        roles=dict.fromkeys(rights.roles, one),
    )
    return replace(program, access=access)

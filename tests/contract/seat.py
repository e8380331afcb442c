"""A person who plays a written conversation over a transport, and looks at what comes back.

A module in `tests/contract/seats/` defines an asynchronous context manager `seat(lang, clock)` that
yields a `Seat`. The suite finds it by itself.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import ModuleType
from typing import Any, Protocol, TypeAlias, cast

from engine.core.effects import Button, Message
from engine.runtime.ports import Transport
from engine.testing.inputs import Edited, Reacted, Sent, Typed
from tests.contract.clock import VirtualClock
from transports.menu import numbered
from transports.render import in_words

Acted: TypeAlias = Typed | Sent | Edited | Reacted
SECONDS = 20
"""How long anything that must come is waited for."""


class Unplayable(Exception):  # noqa: N818 - what a transport has not, and no fault of it
    """A transport has nothing of this kind; says what."""


_ACTS: Mapping[type, str] = {
    Typed: "replies to a message", Sent: "sends media", Edited: "edits", Reacted: "reacts",
}  # fmt: skip


def unplayable(input_: Acted) -> Unplayable:
    return Unplayable(f"nobody {_ACTS[type(input_)]} here, or is told of it otherwise")


class Seat(Protocol):
    """One person with an account of their own.

    Attributes:
        user: the last part of `Event.owner`, `<transport>:<user>`.
        chat: the `chat` of this person's events.
        buttons: whether there are buttons to press.
        hints: whether the transport tells the person's language.
        names: whether messages have references.
    """

    user: str
    chat: str
    buttons: bool
    hints: bool
    names: bool

    def transport(self) -> Transport: ...

    async def type(self, text: str) -> None: ...

    async def press(self, button: Button) -> None: ...

    async def act(self, input_: Acted) -> Acted:
        """Reply, send media, edit or react; gives it back as the transport tells the bot of it.

        Raises:
            Unplayable: nobody can do that here.
        """
        ...

    async def seen(self, said: Sequence[Message]) -> tuple[Any, Any]:
        """What must be seen of all that the bot has said so far, and what is seen.

        It waits for as much as must come, but not for ever.
        """
        ...


OpenSeat: TypeAlias = Callable[[str | None, VirtualClock], AbstractAsyncContextManager[Seat]]


def open_seat(
    module: ModuleType, lang: str | None, clock: VirtualClock
) -> AbstractAsyncContextManager[Seat]:
    """The seat of a module, for somebody who reads this language (none: it is not told)."""
    return cast("OpenSeat", module.seat)(lang, clock)


def lines(said: Sequence[Message]) -> list[str]:
    """What the bot has said, as it is read where there are words only."""
    shown = (in_words(message) for message in said)
    return [numbered(message) for message in shown if message is not None]


def typed_choice(buttons: Sequence[Button], button: Button, *, by_number: bool) -> str:
    """What a person types instead of pressing a button: its number in the menu, or its label."""
    labels = [one.label for one in buttons]
    ambiguous = labels.count(button.label) > 1
    numeric = any(label.strip().isdigit() for label in labels)
    if button.number == 0 or not (ambiguous or (by_number and not numeric)):
        return button.label
    counted = [one for one in buttons if one.number is None]
    return str(button.number or counted.index(button) + 1)

"""The protocols of the shell: what a transport is given, and what it must do.

A transport feeds events in and carries messages out; nothing else. `Host` is what the engine
gives it, `Transport` what the engine expects. Every transport passes
`tests/contract/test_transports.py`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from engine.classes import dataclass
from engine.core.effects import Media, Message
from engine.core.events import Event
from engine.core.values import Value
from engine.stores.protocol import Documents


class Clock(Protocol):
    """Time, in milliseconds since 1970 UTC."""

    def now(self) -> int: ...

    async def sleep(self, milliseconds: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to carry out.

    `id` (`<session>#<incarnation>:<item>`) and `planned` (ms) are the same at each attempt, so a
    transport can make repeated attempts identical. `lang` is the session's language.
    """

    id: str
    owner: str
    chat: str
    message: Message
    planned: int
    lang: str
    via: str | None = None


class RefusedError(Exception):
    """The transport will never take this message (blocked, chat gone, malformed): set it aside."""


class BlockedError(RefusedError):
    """The person takes no messages of the bot any more, until they write again."""


class PostponedError(Exception):
    """Not now: try again after `milliseconds`, or after a growing delay where that is not known."""

    def __init__(self, reason: str, milliseconds: int | None = None) -> None:
        super().__init__(reason)
        self.milliseconds = milliseconds


class UnavailableError(Exception):
    """The bytes of a medium can never be had (gone, too large, not allowed): words stand for it."""


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a medium.

    Attributes:
        file: opened for reading, at its beginning; it is gone when the context ends that gave it.
        size: in bytes.
        digest: SHA-256 of the bytes, in hex.
        name: what the file is called, where that is known.
        mime: its type, where that is known.
    """

    file: BinaryIO
    size: int
    digest: str
    name: str | None = None
    mime: str | None = None


class Host(Protocol):
    """What the engine gives to a transport."""

    @property
    def bot(self) -> str:
        """The bot's name: `Event.owner` is `<bot>/<transport>:<user>`."""
        ...

    @property
    def languages(self) -> Sequence[str]: ...

    @property
    def chat_admins(self) -> bool:
        """Whether the bot wants to know who administers a chat of several (`Event.admin`)."""
        ...

    @property
    def commands(self) -> Sequence[tuple[str, str]]:
        """Commands that begin a flow, with a short description each, for a menu."""
        ...

    def wording(self, name: str, lang: str | None) -> str:
        """One of the bot's own texts, such as `not_yours`, for who reads `lang`, if that is known.

        For what a transport must say itself, where no event of the conversation could.
        """
        ...

    @property
    def clock(self) -> Clock: ...

    @property
    def root(self) -> Path:
        """The bot's folder: messages name files of it (see `Media`)."""
        ...

    @property
    def documents(self) -> Documents:
        """For what the transport itself must remember, such as a cursor."""
        ...

    def fetch(self, media: Media, limit: int) -> AbstractAsyncContextManager[Content]:
        """The bytes of any medium, at most `limit`: of the bot's folder, an address, a transport.

        Raises:
            UnavailableError: they can never be had so.
            PostponedError: they may be had later.
        """
        ...

    async def accept(self, event: Event) -> asyncio.Future[None]:
        """Queue an event; waits while the queue is full.

        The future is done when the event is committed: only then may the source be told. Events of
        one owner are applied in the order of these calls. An id that was applied already is
        recognised and its future is done at once. It fails only when the engine stops first.
        """
        ...

    async def set_aside(self, id_: str, reason: str, payload: Value) -> None:
        """Keep an update that cannot be read, durably, so that the source may be told."""
        ...


class Transport(Protocol):
    """A way to talk with people. `name` is the `transport` in `Event.owner` and unique in a bot."""

    name: str
    caught_up: asyncio.Event
    """Set when what waited while the bot was down has been queued (or cannot be asked for)."""

    @property
    def trouble(self) -> str | None:
        """Why people cannot reach the bot at the moment, in a few words; none where they can."""
        ...

    async def open(self, host: Host) -> None:
        """Connect and check keys.

        Raises:
            StatechatError: `<transport>:unreachable`, `<transport>:unauthorized`, … with a cure.
        """
        ...

    async def feed(self) -> None:
        """Feed events to the host until cancelled; survives every outage by itself."""
        ...

    async def send(self, delivery: Delivery) -> str | None:
        """Carry one message out; return when the other side has confirmed it.

        Returns:
            The reference by which events will speak of it (of its last part, if it went in
            several), or none where messages have no names.

        Raises:
            RefusedError: it can never be sent; `BlockedError`, nor can any other to this person.
            PostponedError: it may be sent later.
        """
        ...

    def horizon(self, prefix: str) -> int:
        """Events `prefix:…` of an order below this are never delivered again by their source."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class MediaSource(Protocol):
    """A transport whose references of media others can send, because it gives their bytes."""

    name: str

    def fetch(self, media: Media, limit: int) -> AbstractAsyncContextManager[Content]:
        """The bytes of a reference of this transport's (`transport` is its name): see `Host`."""
        ...


@runtime_checkable
class Naming(Protocol):
    """A transport whose persons have other names than those in `Event.owner`, too."""

    def user(self, written: str) -> str:
        """The `user` in `Event.owner` of the person whom an author has written so.

        Raises:
            StatechatError: it is nobody's name.
        """
        ...


@runtime_checkable
class Dated(Protocol):
    """A transport whose orders are moments, so that nothing below its horizon ever comes anew.

    Where a source may begin again with its numbers that is not so.
    """

    def believable(self, horizon: int) -> int:
        """A horizon that another worker has noted; an earlier one where its clock was ahead."""
        ...


@runtime_checkable
class Announcing(Protocol):
    """A transport that shows people which commands there are."""

    async def announce(self) -> None:
        """Show the commands of `Host.commands` anew: they have changed. Faults are logged."""
        ...


@runtime_checkable
class Rereading(Protocol):
    """A transport whose updates, once set aside, may be read again when it has learnt to.

    The ids of its updates begin with its name: `<name>:…`.
    """

    name: str

    async def read_again(self, payload: Value, at: int) -> Event | None:
        """The event of what `Host.set_aside` was given at `at` (ms); none if it stays unreadable.

        Its id is the one under which the update was set aside. The transport is open.
        """
        ...


class Factory(Protocol):
    """What a package registers under the entry point group `statechat.transports`."""

    def __call__(self, settings: Mapping[str, str]) -> "Transport | None":
        """The transport, or none where its keys are not set. Imports its libraries late.

        Raises:
            StatechatError: a key is set and malformed, or its libraries are not installed.
        """
        ...

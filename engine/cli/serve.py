"""Running a bot: what `chat` and `run` share."""

import asyncio
import functools
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.cli.process import Stop
from engine.cli.stored import open_store
from engine.cli.transports import Interactive
from engine.cli.watched import Watched, resumed
from engine.compiler.bot import Bot
from engine.core.access import Access
from engine.core.broadcasts import concerns
from engine.core.notices import late_text, own_text
from engine.core.privacy import private_texts
from engine.core.step import step
from engine.runtime.actions import Action, Actions, load_actions, load_plugins
from engine.runtime.app import App
from engine.runtime.clock import SystemClock
from engine.runtime.dispatcher import Step
from engine.runtime.garbage import spare
from engine.runtime.http.client import HttpClient
from engine.runtime.meter import Meter
from engine.runtime.ports import Transport
from engine.runtime.release import Release
from engine.runtime.rules import placed, spelled
from engine.runtime.settings import Settings
from engine.runtime.versions import Source
from engine.stores.protocol import Store

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from engine.cli.watching import Watch

log = logging.getLogger("statechat.serve")

INTERRUPTED = 130
PIPE_CLOSED = 141


async def serve(
    bot: Bot,
    settings: Settings,
    transports: Sequence[Transport],
    stop: Stop,
    ready: Callable[[str], None],
    watch: "Watch | None" = None,
) -> None:
    """Run a bot until `stop`; `ready` is told the store's name when people are being answered.

    `watch` tells when its files have changed: then the bot goes on with the new ones.

    Raises:
        StatechatError: the store, a transport or the health endpoint cannot be opened, or the
            actions of the bot or of a plugin that it needs imported.
    """
    store, called = open_store(settings, bot.name)
    bot = governed(bot, settings, transports)
    _tell_unserved(bot, transports)
    stop.listen()
    if settings.http is None:
        app = _app(bot, settings, store, transports)
        async with _reloading(app, watch, settings, transports) as begin:
            await app.run(stop.event, lambda: begin(ready, called))
        return
    from engine.runtime.endpoint import Endpoint  # noqa: PLC0415 - only who asks for it

    meter, page = _metrics(bot.name)
    app = _app(bot, settings, store, transports, meter)
    endpoint = Endpoint(settings.http, app.health.troubles, page)
    endpoint.open()
    try:
        async with _reloading(app, watch, settings, transports) as begin:
            address = f"{called}; http {endpoint.address}"
            await app.run(stop.event, lambda: begin(ready, address))
    finally:
        await endpoint.close()


@asynccontextmanager
async def _reloading(
    app: App, watch: "Watch | None", settings: Settings, transports: Sequence[Transport]
) -> AsyncIterator[Callable[[Callable[[str], None], str], None]]:
    """What tells that the bot is ready; from then on it takes changed files."""
    if watch is None:
        yield lambda ready, called: ready(called)
        return
    from engine.cli.reloading import Reloading  # noqa: PLC0415 - only for this option

    reloading = Reloading(app, watch, lambda bot: governed(bot, settings, transports))

    def begin(ready: Callable[[str], None], called: str) -> None:
        reloading.begin()
        ready(called)

    try:
        yield begin
    finally:
        await reloading.end()


def governed(bot: Bot, settings: Settings, transports: Sequence[Transport]) -> Bot:
    """The bot with its own rules and chats and the environment's, spelled as the transports do.

    Raises:
        StatechatError: `chats:nowhere`, or a transport cannot read the name of a person.
    """
    program = bot.program
    services = program.services
    chats = placed(services.chats, settings.chats, transports)
    program = replace(program, services=replace(services, chats=chats))
    access = spelled(program.access.joined(settings.access), transports)
    return _with_access(replace(bot, program=program), access)


def _tell_unserved(bot: Bot, transports: Sequence[Transport]) -> None:
    """Say which chats this process cannot reach: another one may."""
    served = {transport.name for transport in transports}
    for name, address in bot.program.services.chats.items():
        transport = (address or "").partition(":")[0]
        if transport not in served:
            log.warning("the chat %s waits for a process that serves %s", name, transport)


def _with_access(bot: Bot, access: Access) -> Bot:
    return replace(bot, program=replace(bot.program, access=access))


def _metrics(bot: str) -> "tuple[Meter | None, WSGIApplication | None]":
    """What measures, and what answers for it; none where the extra `metrics` is not installed."""
    try:
        from engine.runtime.prometheus import PrometheusMeter  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if error.name != "prometheus_client":
            raise
        return None, None
    meter = PrometheusMeter(bot)
    return meter, meter.page


async def talk(bot: Bot, settings: Settings, console: Interactive, stop: Stop) -> None:
    """Run a bot for the one at the console, until they leave and everything is answered.

    Raises:
        StatechatError: as `serve`.
    """
    store, _ = open_store(settings, bot.name)
    bot = governed(bot, settings, [console])
    access = bot.program.access
    if access.allow is not None:
        # Who can start the program needs no leave to talk with it.
        allow = access.allow | {f"{console.name}:{console.person}"}
        bot = _with_access(bot, replace(access, allow=allow))
    watched = Watched(store, f"{bot.name}/{console.name}:{console.person}")
    stop.listen()
    app = _app(bot, settings, watched.store, [console])
    watching: list[asyncio.Task[None]] = []

    def ready() -> None:
        watching.append(asyncio.create_task(_watch(console, watched, stop)))

    try:
        await app.run(stop.event, ready)
    finally:
        for task in watching:
            task.cancel()


def _app(
    bot: Bot,
    settings: Settings,
    store: Store,
    transports: Sequence[Transport],
    meter: Meter | None = None,
) -> App:
    release = released(bot)
    spare()
    return App(
        release,
        store,
        transports,
        sole=settings.mongodb_uri is None,
        meter=meter,
        root=bot.root,
        http=_http(bot, settings),
    )


def released(bot: Bot) -> Release:
    """A bot with its actions imported, and those of the plugins that it needs.

    Raises:
        StatechatError: `actions:…`, `plugin:broken`.
    """
    own = load_actions(bot.actions_file) if bot.actions_file else Actions()
    actions = dict(load_plugins(bot.plugins).under(own).actions)
    return Release(
        bot.program,
        functools.partial(step, bot.program),
        Actions(actions),
        functools.partial(_with_earlier, bot, actions),
        functools.partial(private_texts, bot.program),
        functools.partial(own_text, bot.program),
        functools.partial(concerns, bot.program),
        functools.partial(late_text, bot.program),
    )


def _http(bot: Bot, settings: Settings) -> HttpClient | None:
    """What `http.request` asks with, where the bot uses it, also in an earlier version."""
    rules = bot.program.services.http
    if not rules.hosts and "http.request" not in bot.program.actions:
        return None
    return HttpClient(rules, settings.variables, SystemClock().now)


def _with_earlier(bot: Bot, actions: dict[str, Action], sources: Mapping[str, Source]) -> Step:
    """A step that knows the versions of flows in which people stand since before a change.

    Actions of other packages that only those need are added.
    """
    from engine.compiler.plugins import Plugins  # noqa: PLC0415 - only after a change
    from engine.compiler.versions import with_earlier  # noqa: PLC0415 - as above

    plugins = Plugins()
    program = with_earlier(bot, sources, plugins)
    for name, action in load_plugins(plugins.used).actions.items():
        actions.setdefault(name, action)
    return functools.partial(step, program)


async def _watch(console: Interactive, watched: Watched, stop: Stop) -> None:
    note = resumed(watched.found)
    if note is not None:
        await console.note(note)
    left = asyncio.create_task(_left(console, watched))
    lost = asyncio.create_task(console.lost.wait())
    try:
        await asyncio.wait({left, lost}, return_when=asyncio.FIRST_COMPLETED)
        stop.end(0 if left.done() else PIPE_CLOSED)
    finally:
        left.cancel()
        lost.cancel()


async def _left(console: Interactive, watched: Watched) -> None:
    await console.ended.wait()
    await watched.idle()

"""What `doctor` tries: libraries, the folder for data, and the servers that the settings name."""

import importlib.util
import os
import socket
import uuid
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, entry_points, requires, version
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from engine.cli.doctor import TIMEOUT, Finding, failure
from engine.errors import StatechatError

BOT_API: Final = "https://api.telegram.org"
PORTS: Final = {"https": 443, "wss": 443, "http": 80, "ws": 80, "mongodb": 27017}
_NAME_END: Final = frozenset(" <>=!~;[(")


def libraries() -> Iterable[Finding]:
    """Every library that Statechat names; one that only an extra needs may be missing."""
    missing: dict[str, list[str]] = {}
    told: set[str] = set()
    try:
        needed = requires("statechat") or []
        yield Finding("ok", f"statechat {version('statechat')}")
    except PackageNotFoundError:
        yield Finding("FAIL", "statechat is not installed", "Install it: pip install statechat")
        return
    for requirement in needed:
        name = _name(requirement)
        extra = _extra(requirement)
        if extra == "all":  # names again what the other extras do
            continue
        try:
            installed = f"{name} {version(name)}"
            if installed not in told:  # several extras may need one library
                told.add(installed)
                yield Finding("ok", installed)
        except PackageNotFoundError:
            if extra is None:
                cure = "Install Statechat again: pip install --force-reinstall statechat"
                yield Finding("FAIL", f"{name} is not installed", cure)
            else:
                missing.setdefault(extra, []).append(name)
    for extra, names in missing.items():
        cure = f"Only if you need {extra}: pip install 'statechat[{extra}]'"
        yield Finding("warn", f"{extra}: {', '.join(names)} not installed", cure)
    yield from _native()


def _name(requirement: str) -> str:
    end = next((at for at, sign in enumerate(requirement) if sign in _NAME_END), None)
    return requirement[:end]


def _extra(requirement: str) -> str | None:
    _, found, rest = requirement.partition("extra ==")
    return rest.strip().strip("'\"") if found else None


def _native() -> Iterable[Finding]:
    """The parts that are not Python, which a wheel for an unusual machine may lack."""
    if importlib.util.find_spec("yaml") and importlib.util.find_spec("yaml._yaml"):
        yield Finding("ok", "libyaml reads the flows")
    else:
        cure = "pip install --force-reinstall --only-binary :all: pyyaml"
        yield Finding("warn", "PyYAML was built without libyaml: large flows are read slowly", cure)
    if importlib.util.find_spec("re2") is None:
        cure = "pip install --force-reinstall google-re2"
        yield Finding("FAIL", "re2 cannot be imported: patterns do not work", cure)


def plugins() -> Iterable[Finding]:
    """What other packages add to the language, and whether it can be imported."""
    from engine.compiler.plugins import NOUNS, installed  # noqa: PLC0415 - as in storage()

    for group in NOUNS:
        for plugin in installed(group):
            try:
                plugin.load()
            except StatechatError as error:
                yield Finding("warn", error.message, error.cure)
            else:
                what = f"the {NOUNS[group]} plugin `{plugin.name}` of {plugin.package}"
                yield Finding("ok", what)


def storage() -> Iterable[Finding]:
    """The folder for data can be written to, and a database in it opened."""
    from engine.runtime.settings import Settings  # noqa: PLC0415 - tells where it is broken

    try:
        settings = Settings.from_environment(os.environ)
    except StatechatError as error:
        yield failure(error)
        return
    if settings.mongodb_uri is not None:
        yield Finding("ok", "conversations are kept in MongoDB")
        return
    yield from _database(settings.data)


def _database(folder: Path) -> Iterable[Finding]:
    import asyncio  # noqa: PLC0415 - only where a database is opened

    from engine.stores.sqlite import SqliteStore  # noqa: PLC0415 - as above

    made = [one for one in (folder, *folder.parents) if not one.exists()]
    # A name of its own: no bot's database is touched, and none is left behind.
    path = folder / f"doctor-{uuid.uuid4().hex}.sqlite3"

    async def try_it() -> None:
        store = SqliteStore(path, "doctor")
        try:
            await store.open()
        finally:
            await store.close()

    try:
        asyncio.run(try_it())
    except StatechatError as error:
        yield failure(error)
    except OSError as error:
        cure = "Make it writable, or set STATECHAT_DATA to a folder that is."
        yield Finding("FAIL", f"{folder} cannot be written to: {error.strerror}", cure)
    else:
        yield Finding("ok", f"databases can be kept in {folder}")
    for left in folder.glob(f"{path.name}*"):
        left.unlink()
    for one in made:
        if one.exists() and not any(one.iterdir()):
            one.rmdir()


def transports() -> Iterable[Finding]:
    """Each transport is made from the settings, which checks its keys; none is connected."""
    from engine.cli.transports import GROUP, make  # noqa: PLC0415 - only here

    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            made = make(point, _variables())
        except StatechatError as error:
            yield failure(error)
        else:
            if made is not None:
                yield Finding("ok", f"{point.name}: its keys are well formed")


def servers() -> Iterable[Finding]:
    """Whether the servers that the settings name answer at all."""
    variables = _variables()
    if variables.get("TELEGRAM_TOKEN"):
        base = variables.get("TELEGRAM_API") or BOT_API
        yield reached("the Bot API", base, "Check the network, and TELEGRAM_API if it is set.")
    if variables.get("NOSTR_KEY"):
        for relay in variables.get("NOSTR_RELAYS", "").split(","):
            if relay.strip():
                cure = "Check the network, or name another relay in NOSTR_RELAYS."
                yield reached("the relay", relay.strip(), cure)
    uri = variables.get("MONGODB_URI", "")
    if uri.startswith("mongodb+srv:"):
        yield Finding("warn", "MongoDB's address is looked up by its driver: not tried here")
    elif uri:
        hosts = urlsplit(uri).netloc.rpartition("@")[2]
        for host in hosts.split(","):
            cure = "Start MongoDB, or correct MONGODB_URI; without it SQLite is used."
            yield reached("MongoDB", f"mongodb://{host}", cure)


def endpoint() -> Iterable[Finding]:
    """Whether the health endpoint could listen where the settings say; a bot that runs does."""
    from engine.runtime.endpoint import free  # noqa: PLC0415 - only where it is asked for
    from engine.runtime.settings import Settings  # noqa: PLC0415 - as in storage()

    try:
        address = Settings.from_environment(os.environ).http
        if address is None:
            return
        free(address)
    except StatechatError as error:
        if error.code == "http:port_in_use":
            yield Finding("warn", error.message, "This is right if the bot runs already.")
        elif error.code != "settings:http":  # told by storage() already
            yield failure(error)
    else:
        yield Finding("ok", f"/healthz and /metrics can be served at {address}")


def reached(what: str, url: str, cure: str) -> Finding:
    """Whether a connection to the host and port of an address is accepted."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or PORTS.get(parts.scheme)
    except ValueError:
        host = port = None
    if not host or not port:
        return Finding("FAIL", f"the address of {what} cannot be read", cure)
    where = f"{what} at {host}:{port}"
    try:
        with socket.create_connection((host, port), TIMEOUT):
            return Finding("ok", f"{where} can be reached")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Finding("FAIL", f"{where} cannot be reached: {reason}", cure)


def _variables() -> dict[str, str]:
    from engine.runtime.settings import Settings  # noqa: PLC0415 - as in storage()

    try:
        return dict(Settings.from_environment(os.environ).variables)
    except StatechatError:  # told by storage() already
        return {}

"""What the environment decides: where the data is, and the keys of transports."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

from engine.classes import dataclass
from engine.core.access import Access
from engine.errors import StatechatError
from engine.runtime.rules import read_access, read_chats

FILE: Final = "_FILE"
PORT_MAX: Final = 65_535
FILE_MAX: Final = 65_536
"""Longest file that a variable may name, in bytes."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens; port 0 is any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Settings:
    """Read once at the start. Its representation holds no secret.

    Attributes:
        data: folder of the SQLite databases.
        mongodb_uri: where the bot's MongoDB is; it may hold a password.
        http: where the health endpoint listens, if anywhere.
        access: who may talk with bots, beside what bot.yaml says.
        chats: where chats are that flows name, whatever bot.yaml says.
        log_as_json: whether the log is for machines.
        variables: every variable, with what files hold in their place; for the transports.
    """

    data: Path
    mongodb_uri: str | None = field(default=None, repr=False)
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    http: Address | None = None
    access: Access = field(default_factory=Access)
    log_as_json: bool = False
    chats: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Settings of an environment: `STATECHAT_…`, `MONGODB_URI`, keys of transports.

        A variable `<NAME>_FILE` names the file that holds the value of `NAME`, where that is not
        set itself and `NAME` is a key of ours or of a transport.

        Raises:
            StatechatError: `settings:file`, `settings:mongodb`, `settings:http`,
                `settings:access`, `settings:log`, `settings:chats`.
        """
        variables = dict(environment)
        for key, path in environment.items():
            name = key.removesuffix(FILE)
            if name != key and path and name not in environment and _names_secret(name):
                variables[name] = _content(key, Path(path))
        uri = variables.get("MONGODB_URI", "").strip() or None
        if uri is not None and not uri.startswith(("mongodb://", "mongodb+srv://")):
            raise StatechatError(
                "settings:mongodb",
                "MONGODB_URI is not the address of a MongoDB.",
                cure="Write it like mongodb://127.0.0.1:27017, or leave it out to use SQLite.",
            )
        folder = variables.get("STATECHAT_DATA", "").strip()
        http = variables.get("STATECHAT_HTTP", "").strip()
        return cls(
            Path(folder) if folder else _default_folder(), uri, variables,
            _address(http) if http else None, read_access(variables),
            _as_json(variables.get("STATECHAT_LOG", "").strip()), read_chats(variables),
        )  # fmt: skip


def _names_secret(name: str) -> bool:
    return name.endswith(("_TOKEN", "_KEY", "_SECRET", "_URI", "_NSEC", "_PASSWORD"))


def _as_json(form: str) -> bool:
    if form not in {"", "text", "json"}:
        raise StatechatError(
            "settings:log",
            f"STATECHAT_LOG is no form of a log: {form[:80]}",
            cure="Write text or json.",
        )
    return form == "json"


def _address(text: str) -> Address:
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    named = colon and bare and (":" not in bare or host != bare) and not set(bare) & set("/@ ")
    if not named or not (port.isascii() and port.isdigit()) or int(port) > PORT_MAX:
        raise StatechatError(
            "settings:http",
            f"STATECHAT_HTTP is no address to listen at: {text[:80]}",
            cure="Write it like 127.0.0.1:9464, or 0.0.0.0:9464 to be reached from elsewhere.",
        )
    return Address(bare, int(port))


def _content(key: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(FILE_MAX + 1)
        text = content.decode().strip()
    except (OSError, ValueError) as error:
        raise _unreadable(key) from error
    if len(content) > FILE_MAX:
        raise _unreadable(key)
    return text


def _unreadable(key: str) -> StatechatError:
    return StatechatError(
        "settings:file",
        f"The file that {key} names cannot be read.",
        cure="Name a short text file that holds the value and nothing else.",
    )


def _default_folder() -> Path:
    import platformdirs  # noqa: PLC0415 - only who has not chosen a folder needs it

    return Path(platformdirs.user_data_dir("statechat"))

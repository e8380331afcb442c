"""Nostr: `factory` is what the entry point names; it imports what is heavy when it is called."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from engine.errors import StatechatError
from engine.runtime.ports import Transport

_RELAYS_CURE = "Set NOSTR_RELAYS to one or more addresses, such as wss://relay.example.org,wss://…"


def factory(settings: Mapping[str, str]) -> Transport | None:
    """The transport for `NOSTR_KEY` and `NOSTR_RELAYS`, or none where no key is set.

    `NOSTR_BLOSSOM` is the address of the server that keeps the files which the bot sends.

    Raises:
        StatechatError: `nostr:key`, `nostr:relays`, `nostr:blossom`, `nostr:missing`.
    """
    key = settings.get("NOSTR_KEY", "").strip()
    if not key:
        return None
    urls = read_relays(settings.get("NOSTR_RELAYS", ""))
    file_server = read_blossom(settings.get("NOSTR_BLOSSOM", ""))
    try:
        from transports.nostr.keys import read_key  # noqa: PLC0415 - see the module's docstring
        from transports.nostr.transport import Nostr  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        raise StatechatError(
            "nostr:missing",
            f"The Nostr transport needs a package that is not installed: {error.name}.",
            cure="pip install 'statechat[nostr]'",
        ) from error
    return Nostr(read_key(key), urls, file_server=file_server)


def read_relays(setting: str) -> list[str]:
    """Relay addresses, separated by commas, each once.

    Raises:
        StatechatError: `nostr:relays`.
    """
    urls = [url.strip() for url in setting.split(",") if url.strip()]
    if not urls:
        raise StatechatError("nostr:relays", "NOSTR_RELAYS names no relay.", cure=_RELAYS_CURE)
    for number, url in enumerate(urls, 1):
        if not _is_relay(url):
            # Not shown: somebody may have put the key there.
            message = f"Entry {number} of NOSTR_RELAYS is no relay's address."
            raise StatechatError("nostr:relays", message, cure=_RELAYS_CURE)
    return list(dict.fromkeys(url.rstrip("/") for url in urls))


def read_blossom(setting: str) -> str | None:
    """The address of a Blossom server, if one is set.

    Raises:
        StatechatError: `nostr:blossom`.
    """
    url = setting.strip().rstrip("/")
    if url and not _is_server(url):
        # Not shown, as above.
        raise StatechatError(
            "nostr:blossom",
            "NOSTR_BLOSSOM is no address of a Blossom server.",
            cure="Write it like https://blossom.example.org, without a path, or leave it out.",
        )
    return url or None


def _is_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        bare = not (parts.path or set(url) & set("?#@ "))
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and bare and parts.port != 0
        )
    except ValueError:
        return False


def _is_relay(url: str) -> bool:
    try:
        parts = urlsplit(url)
        # Reading the port checks it.
        return parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False

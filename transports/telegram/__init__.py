"""Telegram: `factory` makes the transport from `TELEGRAM_TOKEN` and its other variables."""

import re
from collections.abc import Mapping
from importlib.util import find_spec
from urllib.parse import urlsplit

from engine.errors import StatechatError
from engine.runtime.ports import Transport
from transports.telegram.pacer import SETTING, read_rates
from transports.telegram.transport import Telegram

_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{20,128}\Z")


def factory(settings: Mapping[str, str]) -> Transport | None:
    """The bot of `TELEGRAM_TOKEN`, or none where it is not set.

    `TELEGRAM_API` is the base URL of a Bot API server of one's own, `TELEGRAM_PACE` how fast it
    may be written to.

    Raises:
        StatechatError: `telegram:token`, `telegram:api`, `telegram:pace`, `telegram:missing`.
    """
    token = settings.get("TELEGRAM_TOKEN", "").strip()
    if not token:
        return None
    if not _TOKEN.match(token):
        raise StatechatError(
            "telegram:token",
            "TELEGRAM_TOKEN is not a bot's token.",
            cure="Copy it whole from @BotFather: digits, a colon, and 35 letters, digits, - or _.",
        )
    base = settings.get("TELEGRAM_API", "").strip().rstrip("/")
    if base and not _is_base(base):
        raise StatechatError(
            "telegram:api",
            "TELEGRAM_API is not the address of a Bot API server.",
            cure="Write it like http://127.0.0.1:8081, or leave it out for Telegram's own.",
        )
    rates = read_rates(settings.get(SETTING, "").strip())
    if find_spec("aiogram") is None:
        raise StatechatError(
            "telegram:missing",
            "Telegram needs aiogram, which is not installed.",
            cure="pip install 'statechat[telegram]'",
        )
    return Telegram(token, base or None, rates)


def _is_base(base: str) -> bool:
    try:
        parts = urlsplit(base)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and parts.port != 0
            and not set(base) & set("{}?#@ ")
        )
    except ValueError:
        return False

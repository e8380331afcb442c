"""A running bot tells over HTTP how it is, to whatever watches it."""

import asyncio
import re
import urllib.error
import urllib.request

import pytest

from tests.e2e.dialogue import telegram
from tests.e2e.process import SECONDS
from tests.servers.faulty import Fault


def fetch(url: str) -> tuple[int, str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


async def test_a_bot_on_telegram_is_watched(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with (
        telegram(tmp_path_factory.mktemp("watched")) as account,
        account.bot("registration", STATECHAT_HTTP="127.0.0.1:0") as process,
    ):
        ready = await process.ready()
        found = re.search(r"http (127\.0\.0\.1:\d+)\)", ready)
        assert found is not None, ready
        base = f"http://{found[1]}"

        async def asked(path: str) -> tuple[int, str]:
            return await asyncio.to_thread(fetch, base + path)

        assert await asked("/healthz") == (200, "ok\n")
        ann = account.person(700)
        await ann.says("/start")
        await ann.hears("Welcome! Four short questions.", "What is your name?")
        await ann.says("Annabella")
        await ann.hears("How old are you, Annabella?")
        samples = {
            'statechat_events_applied_total{kind="command",transport="telegram"} 1.0',
            'statechat_events_applied_total{kind="text",transport="telegram"} 1.0',
            'statechat_messages_total{how="sent",transport="telegram"} 3.0',
            "statechat_step_seconds_count 2.0",
            'statechat_bot{bot="registration"} 1.0',
        }
        # A person hears a message before the bot has counted it.
        async with asyncio.timeout(SECONDS):
            while not samples <= set(  # noqa: ASYNC110 - another process
                (page := (await asked("/metrics"))[1]).splitlines()
            ):
                await asyncio.sleep(0.05)
        assert "Annabella" not in page
        assert process.errors == [ready]

        async def becomes(status: int) -> str:
            async with asyncio.timeout(SECONDS):
                while (answer := await asked("/healthz"))[0] != status:  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.05)
            return answer[1]

        away = Fault(502, "away", "getUpdates", times=1_000, content_type="text/html")
        async with account.gate.failing(away):
            await ann.says("40")  # the poll under way gets it, the next one fails
            assert (await becomes(503)).startswith("telegram: no updates: server:")
        assert await becomes(200) == "ok\n"
        assert await process.stop() == 0

"""The bot that reminds, as people of Telegram and of Nostr meet it, also after a downtime."""

import time
from pathlib import Path

import pytest

from tests.e2e import nostr_tools
from tests.e2e.dialogue import Person, telegram
from tests.e2e.process import until

pytestmark = pytest.mark.asyncio

WHEN = "Wann? Zum Beispiel: morgen um 15 Uhr."
BUTTONS = ("Done", "In 10 minutes", "In an hour", "Tomorrow")


async def told(person: Person, count: int) -> str:
    """The last of so many messages, once it has come."""
    await until(lambda: len(person.texts) >= count, f"{count} messages have come")
    person.heard = count
    return person.texts[count - 1]


async def test_a_person_is_reminded_snoozes_lists_and_cancels(tmp_path: Path) -> None:
    async with telegram(tmp_path) as account, account.bot("reminders") as process:
        await process.ready()
        ann = account.person(501)
        await ann.says("timezone europe/berlin")
        assert "Europe/Berlin" in await told(ann, 1)
        await ann.says("/remindme in 5 seconds buy *milk*")
        assert (await told(ann, 2)).endswith(": buy *milk*")
        await ann.hears("⏰ buy *milk*")
        await ann.sees(*BUTTONS)
        await ann.presses("In 10 minutes")
        snoozed = await ann.sees_edited(1)
        assert snoozed.fields["text"].startswith("2. ")
        assert not snoozed.keyboard
        await ann.says("/reminders")
        assert (await told(ann, 4)).endswith(": buy *milk*")
        await ann.says("cancel 2", "/reminders")
        await ann.hears(
            "Number 2 is cancelled.",
            "Nothing is to come. /remindme tomorrow 3pm buy milk changes that.",
        )
        assert await process.stop() == 0


async def test_what_a_downtime_has_missed_comes_once_at_the_start(tmp_path: Path) -> None:
    async with telegram(tmp_path) as account:
        jana = account.person(502, "de")

        async def noted() -> None:
            """Wait until what was sent is stored as sent: a kill before that may repeat it."""
            data = account.database("reminders")
            await until(lambda: not data.waiting(), "nothing waits to be sent")

        async with account.bot("reminders") as process:
            await process.ready()
            await jana.says("/remindme in 5 Sekunden Milch kaufen")
            assert (await told(jana, 1)).endswith(": Milch kaufen")
            due = time.monotonic() + 5
            await noted()
            process.kill()
            await process.ended()
        await until(lambda: time.monotonic() > due, "its time has passed")
        assert len(jana.texts) == 1
        async with account.bot("reminders") as process:
            await process.ready()
            await jana.hears("⏰ Milch kaufen")
            await jana.says("/remindme Brot")
            await jana.hears(WHEN)
            await noted()
            process.kill()
            await process.ended()
        async with account.bot("reminders") as process:
            await process.ready()
            # The run that sent the button has ended, its process is dead, and another flow asks.
            await jana.presses("Erledigt")
            assert (await jana.sees_edited(1)).fields["text"] == "✓ Milch kaufen"
            await jana.hears(WHEN)
            await jana.presses("Erledigt")
            await jana.hears("Dieser Knopf gilt nicht mehr.")
            await jana.says("/reminders")
            nothing = "Es kommt nichts. /remindme morgen um 15 Uhr Milch kaufen ändert das."
            await until(lambda: nothing in jana.texts, "the list has come")
            assert await process.stop() == 0
        assert jana.once.count("⏰ Milch kaufen") == 1


@pytest.mark.skipif(nostr_tools.missing() is not None, reason=str(nostr_tools.missing()))
async def test_a_person_of_nostr_is_reminded_and_types_what_a_button_says(tmp_path: Path) -> None:
    pytest.importorskip("pynostr")
    pytest.importorskip("nostr_sdk")
    from tests.e2e.nostr_tools import npm_person  # noqa: PLC0415 - needs Nostr's extra
    from tests.e2e.test_moved_media import BOT, SECRET  # noqa: PLC0415 - as above
    from tests.servers.relay import running as relay  # noqa: PLC0415 - as above

    with relay() as url:
        async with (
            telegram(tmp_path) as account,
            npm_person(BOT, url) as nora,
            account.bot("reminders", NOSTR_KEY=SECRET, NOSTR_RELAYS=url) as process,
        ):
            await process.ready()
            await nora.say("/remindme in 5 seconds tea")
            assert (await nora.letter())["text"].endswith(": tea")
            assert (await nora.letter())["text"].startswith("⏰ tea")
            await nora.say("done")
            assert (await nora.letter())["text"] == "✓ tea"
            assert await process.stop() == 0

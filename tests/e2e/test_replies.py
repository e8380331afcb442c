"""The bot that answers as it was taught, as people of Telegram and of Nostr meet it."""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e import nostr_tools
from tests.e2e.dialogue import Person, Telegram, telegram
from tests.e2e.process import until
from tests.e2e.test_groups import Member
from tests.servers.faulty import Call
from tests.servers.telegram import message
from tests.servers.unmodelled import FROM_A_PERSON

pytestmark = pytest.mark.asyncio(loop_scope="module")

EDITOR = 301
SALUTE = [{"type": "emoji", "emoji": "🫡"}]
FILES = ("photo", "video", "animation", "sticker", "voice", "audio", "document")
OTHERS: dict[str, dict[str, object]] = {
    "contact": {"phone_number": "+431234567", "first_name": "Ann"},
    "location": {"latitude": 48.2, "longitude": 16.37},
}
CAPTIONED = {"photo", "video", "animation", "voice", "audio", "document"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def account(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Telegram]:
    roles = f"editor=telegram:{EDITOR}"
    async with (
        telegram(tmp_path_factory.mktemp("replies")) as account,
        account.bot("replies", "-v", STATECHAT_ROLES=roles) as process,
    ):
        await process.ready()
        yield account
        assert await process.stop() == 0
        assert "WARNING" not in process.log
        assert "ERROR" not in process.log


async def teach(editor: Person, command: str, answer: dict[str, object]) -> None:
    """Reply to a message with a command, and see the salute."""
    gate = editor.telegram.gate
    before = len(gate.of("setMessageReaction"))
    about = {"message_id": 7000 + before, "date": 1_800_000_000, **answer}
    await editor.does(message(command, editor.number, reply_to_message=about))
    reaction = (await gate.until("setMessageReaction", before + 1))[-1]
    assert json.loads(reaction.fields["reaction"]) == SALUTE


def replied_to(call: Call) -> int:
    number: int = json.loads(call.fields["reply_parameters"])["message_id"]
    return number


@pytest.mark.parametrize("kind", [*FILES, *OTHERS])
async def test_media_are_answered_in_kind_as_a_reply_with_their_caption(
    account: Telegram, kind: str
) -> None:
    editor, ben = account.person(EDITOR), account.person(302)
    number = None
    content: object = OTHERS.get(kind)
    if content is None:
        number = f"{FROM_A_PERSON}{kind}"
        file = {"file_id": number, "file_unique_id": "u", "width": 4, "height": 3}
        content = [file] if kind == "photo" else file
    caption = {"caption": f"My {kind}"} if kind in CAPTIONED else {}
    await teach(editor, f"/add_reply Show {kind}", {kind: content, **caption})
    await ben.does(message(f"SHOW {kind}", ben.number, message_id=501))
    (call,) = await account.gate.until(f"send{kind.title()}", 1)
    assert call.fields["chat_id"] == str(ben.number)
    assert call.fields.get("caption") == caption.get("caption")
    assert replied_to(call) == 501
    assert number is None or call.fields[kind] == number


async def test_a_text_is_answered_as_a_reply_whatever_stands_in_it(account: Telegram) -> None:
    editor, ben = account.person(EDITOR), account.person(303)
    odd = "<script>alert(1)</script> *b* {user.x} \u202eabc"
    await teach(editor, "/add_reply_contains Café", {"text": odd})
    await ben.does(message("Is there a cafe?", ben.number, message_id=502))
    await ben.hears(odd)
    assert replied_to(ben.messages[-1]) == 502
    assert "entities" not in ben.messages[-1].fields
    await teach(editor, "/add_reply !\u202egnp.be\x07ll", {"text": "di\x00ng"})
    await ben.says("!\u202egnp.bell")
    await ben.hears("ding")
    await ben.says("/replies")
    await until(lambda: len(ben.messages) == 3, "the list is there")
    assert "\u2068!\u202egnp.bell\u2069 → ding" in ben.texts[-1]
    ben.heard = 3
    await ben.says("/add_reply_regex ^a")
    await ben.hears("Only editors of this bot can do that.")


async def test_a_long_text_is_answered_whole_in_parts(account: Telegram) -> None:
    editor, cleo = account.person(EDITOR), account.person(304)
    words, before = "word " * 13_108, len(account.gate.of("setMessageReaction"))
    update = message(
        "/add_reply long",
        EDITOR,
        reply_to_message={"message_id": 8000, "date": 1, "text": words[:65_536]},
    )
    await editor.sends(update)
    await account.gate.until("setMessageReaction", before + 1)
    await cleo.says("long")
    whole = words[:65_536].replace(" ", "")
    await until(lambda: "".join(cleo.texts).replace(" ", "") == whole, "all of it has come")
    assert all(len(text) <= 4_096 for text in cleo.texts)


async def test_a_group_is_answered_and_what_matches_nothing_writes_nothing(
    account: Telegram,
) -> None:
    editor, ben = Member(account, EDITOR, "en", name="Ann"), Member(account, 305, "en", name="Ben")
    said = editor.written("Behind the sofa.")
    await editor.replies(said, "/add_reply where is the cat?")
    await account.gate.until("setMessageReaction", 1)
    await ben.says("nothing to see here")
    await ben.says("Where is the cat?")
    await ben.hears("Behind the sofa.")
    assert replied_to(ben.messages[-1]) == ben.number * 100 + ben.count
    record = account.database("replies").record(f"replies/{ben.owner}")
    assert record is not None
    assert record.session.steps == 1, "what matched nothing was no step"
    assert len(record.seen) == 1


@pytest.mark.skipif(nostr_tools.missing() is not None, reason=str(nostr_tools.missing()))
async def test_what_was_taught_on_telegram_is_a_file_on_nostr_and_a_line_in_plain_words(
    tmp_path: Path,
) -> None:
    pytest.importorskip("pynostr")
    pytest.importorskip("nostr_sdk")
    from tests.e2e.nostr_tools import npm_person  # noqa: PLC0415 - needs Nostr's extra
    from tests.e2e.test_moved_media import BOT, PICTURE, SECRET, file_id  # noqa: PLC0415 - as above
    from tests.servers.blossom import BlossomServer  # noqa: PLC0415 - as above
    from tests.servers.relay import running as relay  # noqa: PLC0415 - as above

    with relay() as url:
        async with (
            BlossomServer() as blossom,
            telegram(tmp_path) as account,
            npm_person(BOT, url) as nora,
            account.bot(
                "replies",
                NOSTR_KEY=SECRET,
                NOSTR_RELAYS=url,
                NOSTR_BLOSSOM=blossom.base,
                STATECHAT_ROLES=f"editor=telegram:{EDITOR},nostr",
            ) as process,
        ):
            await process.ready()
            number = await file_id(account, PICTURE)
            photo = {"file_id": number, "file_unique_id": "u", "width": 4, "height": 3}
            editor = account.person(EDITOR)
            await teach(editor, "/add_reply cat", {"photo": [photo], "caption": "Minou"})
            await nora.say("CAT")
            assert base64.b64decode((await nora.letter())["file"]) == PICTURE
            assert (await nora.letter())["text"] == "Minou"
            await nora.say("/add_reply dog")
            assert "What shall I answer to “dog”?" in (await nora.letter())["text"]
            await nora.say("Woof <b>woof</b>")
            assert (await nora.letter())["text"] == "🫡"
            await nora.say("Dog")
            assert (await nora.letter())["text"] == "Woof <b>woof</b>"
            ben = account.person(302)
            await ben.says("dog")
            await ben.hears("Woof <b>woof</b>")
            await nora.say("nothing of the kind")
            assert "I know no answer" in (await nora.letter())["text"]
            assert await process.stop() == 0

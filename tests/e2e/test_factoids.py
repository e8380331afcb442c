"""The bot that remembers facts, as people of Telegram and of Nostr meet it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e import nostr_tools
from tests.e2e.dialogue import Telegram, telegram
from tests.e2e.process import until
from tests.e2e.test_groups import GROUP, Member

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADMIN = 401
CHAT_ADMIN = 430


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def account(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Telegram]:
    async with (
        telegram(tmp_path_factory.mktemp("factoids")) as account,
        account.bot("factoids", "-v", STATECHAT_ADMINS=f"telegram:{ADMIN}") as process,
    ):
        account.gate.admins[GROUP] = [CHAT_ADMIN]
        await process.ready()
        yield account
        assert await process.stop() == 0
        assert "WARNING" not in process.log
        assert "ERROR" not in process.log


async def test_a_person_teaches_asks_corrects_lists_and_forgets(account: Telegram) -> None:
    ann = account.person(402)
    for said, heard in [
        ("/learn JavaScript (JS) is a coffee", "I will remember JavaScript."),
        ("What is JS?", "JavaScript is a coffee"),
        ("/teach JavaScript (JS) is a language", "I have learnt anew what JavaScript is."),
        ("what is javscript?", "JavaScript is a language"),
        ("/facts", "• JavaScript (JS) is a language"),
        ("/facts export", "/facts import\nJavaScript (JS) is a language"),
        ("/facts import\nTea is hot\nnonsense\nIce means cold", "2 facts learnt."),
        ("What does ice mean?", "Ice means cold"),
        ("/forget javascript", "I have forgotten javascript."),
        ("/learning nothing", "Only admins can do that."),
        ("Who is Godot?", "I don't know what Godot is. /learn Godot is … teaches me."),
    ]:
        await ann.says(said)
        await ann.hears(heard)


async def test_facts_are_those_of_a_chat_and_spoken_in_its_language(account: Telegram) -> None:
    joerg, eve = account.person(403, "de"), account.person(404)
    await joerg.says("/learn Wasser ist nass", "Was ist Wasser?")
    await joerg.hears("Wasser merke ich mir.", "Wasser ist nass")
    await eve.says("What is Wasser?")
    await eve.hears("I don't know what Wasser is. /learn Wasser is … teaches me.")


async def test_odd_texts_are_stored_and_shown_harmlessly(account: Telegram) -> None:
    fay = account.person(405)
    odd = "<script>alert(1)</script> *b* {user.x} [a](https://b)"
    await fay.says(f"/learn odd is {odd}", "What is odd?")
    await fay.hears("I will remember odd.", f"odd is {odd}")
    assert "entities" not in fay.messages[-1].fields
    await fay.says("/learn back is \u202egnp.exe", "What is back?")
    await fay.hears("I will remember back.", "back is \u2068\u202egnp.exe\u2069")


async def test_a_text_of_64_kib_is_told_whole_in_parts(account: Telegram) -> None:
    gil = account.person(406)
    words = ("word " * 13_000).strip()
    await gil.says(f"/learn long is {words}")
    await gil.hears("I will remember long.")
    await gil.says("What is long?")
    whole = f"longis{words}".replace(" ", "")
    await until(lambda: "".join(gil.texts[1:]).replace(" ", "") == whole, "all of it has come")
    assert all(len(text) <= 4_096 for text in gil.texts)


async def test_ten_persons_of_a_group_teach_at_once_and_one_fact_is_whole(
    account: Telegram,
) -> None:
    members = [Member(account, 410 + one, "en", name=f"M{one}") for one in range(10)]
    await asyncio.gather(
        *(one.says(f"/learn Sky is colour{one.number} {'x' * one.number}") for one in members)
    )
    said = members[0]

    def answers() -> int:
        texts = said.texts
        return sum("remember Sky" in text or "learnt anew what Sky" in text for text in texts)

    await until(lambda: answers() == len(members), "everybody has been answered")
    facts = account.database("factoids").records("facts").values()
    (text,) = [one["text"] for one in facts if one["subject"] == "Sky"]
    assert text in {f"colour{one.number} {'x' * one.number}" for one in members}


async def test_a_group_learns_from_plain_sentences_once_an_admin_lets_it(
    account: Telegram,
) -> None:
    admin, ben = Member(account, ADMIN, "en", name="Adm"), Member(account, 421, "en", name="Ben")
    await ben.says("Moon is cheese")
    await admin.says("/learning sentences")
    allowed = "From now on I learn here by /learn and from plain sentences."
    await until(lambda: allowed in ben.texts, "the admin was answered")
    assert "I will remember Moon." not in ben.texts
    await ben.says("Mars is red")
    await until(lambda: "I will remember Mars." in ben.texts, "the sentence was learnt")
    await admin.says("What is Mars?")
    await until(lambda: "Mars is red" in ben.texts, "the question was answered")


async def test_who_administers_the_group_on_telegram_says_what_is_learnt_there(
    account: Telegram,
) -> None:
    chief, ben = Member(account, CHAT_ADMIN, "en", name="Chief"), Member(account, 431, "en")
    for who, said, heard in [
        (ben, "/learning nothing", "Only admins can do that."),
        (chief, "/learning nothing", "From now on I learn nothing here."),
        (ben, "/learn Rust is red", "I learn nothing in this chat."),
        (chief, "/learning commands", "From now on I learn here by /learn."),
        (ben, "/learn Rust is red", "I will remember Rust."),
    ]:
        before = len(ben.texts)
        await who.says(said)
        await until(lambda before=before: len(ben.texts) > before, f"`{said}` is answered")
        assert ben.texts[-1] == heard
    asked = account.gate.of("getChatAdministrators")
    assert {call.fields["chat_id"] for call in asked} == {str(GROUP)}
    assert len(asked) < len(account.gate.of("sendMessage"))


@pytest.mark.skipif(nostr_tools.missing() is not None, reason=str(nostr_tools.missing()))
async def test_a_person_of_nostr_teaches_and_asks(tmp_path: Path) -> None:
    pytest.importorskip("pynostr")
    pytest.importorskip("nostr_sdk")
    from tests.e2e.nostr_tools import npm_person  # noqa: PLC0415 - needs Nostr's extra
    from tests.e2e.test_moved_media import BOT, SECRET  # noqa: PLC0415 - as above
    from tests.servers.relay import running as relay  # noqa: PLC0415 - as above

    with relay() as url:
        async with (
            telegram(tmp_path) as account,
            npm_person(BOT, url) as nora,
            account.bot("factoids", NOSTR_KEY=SECRET, NOSTR_RELAYS=url) as process,
        ):
            await process.ready()
            for said, heard in [
                ("/learn JavaScript (JS) is <b>a language</b>", "I will remember JavaScript."),
                ("What is js?", "JavaScript is <b>a language</b>"),
                ("Who is Ann?", "I don't know what Ann is. /learn Ann is … teaches me."),
                ("/forget JavaScript", "I have forgotten JavaScript."),
            ]:
                await nora.say(said)
                assert (await nora.letter())["text"] == heard
            assert await process.stop() == 0
